"""核验.html in real Chromium, from disk, without a network: the code on a firm's notice."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import ROOT
from unit.test_check_codes import amended
from unit.test_files import record  # noqa: F401 (a fixture)

from ssj import protocol
from ssj.casebook.render import verifier_page
from ssj.draw import checkcodes, disclosure

ALTERED = json.loads((ROOT / "tests" / "vectors" / "altered_codes.json").read_text("utf-8"))
CLOCK = "Date.now = () => Date.parse('%sT04:00:00Z');"


@pytest.fixture
def at(browser, record):  # noqa: F811
    """The browser on a day inside the window, offline, at a phone's width; a function that sets
    another day.
    """
    scripts = []

    def day(text: str) -> None:
        for script in scripts:
            browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
        added = browser.execute_cdp_cmd(
            "Page.addScriptToEvaluateOnNewDocument", {"source": CLOCK % text}
        )
        scripts[:] = [added]

    browser.execute_cdp_cmd("Network.enable", {})
    offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    day(record["parameters"]["window"]["start"])
    yield day
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", scripts[0])
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd(
        "Network.emulateNetworkConditions", {**offline, "offline": False} | dict.fromkeys(
            ("downloadThroughput", "uploadThroughput"), -1
        )
    )  # fmt: skip


def page(folder: Path, *known) -> Path:
    path = folder / f"核验{len(list(folder.iterdir()))}.html"
    path.write_bytes(verifier_page(list(known)).encode("utf-8"))
    return path


def said(browser, path: Path, code: str, *given: Path) -> tuple[str, str, str]:
    """Open the page with the code as its fragment; colour and words of the verdict, whole text."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get("about:blank")
    browser.get(f"{path.as_uri()}#{quote(code)}")
    if given:
        browser.find_element(By.ID, "files").send_keys("\n".join(map(str, given)))
        WebDriverWait(browser, 120).until(
            lambda b: b.execute_script("return document.body.dataset.done") == "1"
        )
    box = browser.find_element(By.ID, "checked")
    verdict = box.find_element(By.CLASS_NAME, "verdict")
    return verdict.get_attribute("class").split()[-1], verdict.text, box.text


def test_a_code_is_verified_from_disk_without_a_network(browser, at, record, tmp_path):  # noqa: F811
    public = disclosure.published(record)
    own = page(tmp_path, checkcodes.known(public))
    for visit, code in checkcodes.codes(record).items():
        colour, verdict, text = said(browser, own, code)
        assert (colour, verdict.partition("：")[0]) == ("good", "相符")
        assert all(number in text for number in protocol.read_check(code).officers)
        named = {v["id"]: v["name"] for v in public["visits"]}
        assert named.get(visit, visit) in text
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390


def test_without_a_record_nothing_is_valid_and_with_one_it_is(browser, at, record, tmp_path):  # noqa: F811
    own, code = page(tmp_path), min(checkcodes.codes(record).values())
    colour, verdict, text = said(browser, own, code)
    assert (colour, "不等于有效" in verdict, "没有核验，不作数" in text) == ("open", True, True)
    given = tmp_path / "公开记录.json"
    given.write_bytes(protocol.canonical(disclosure.published(record)))
    assert said(browser, own, code, given)[0] == "good"
    changed = disclosure.published(record)
    changed["seed"] = "0" * 64
    given.write_bytes(protocol.canonical(changed))
    assert said(browser, own, code, given)[0] == "open"


def test_what_is_not_valid_is_never_called_so(browser, at, record, tmp_path):  # noqa: F811
    later, visit = amended(record)
    before, after = checkcodes.codes(record)[visit], checkcodes.codes(later)[visit]
    now = page(tmp_path, checkcodes.known(disclosure.published(later)))
    then = page(tmp_path, checkcodes.known(disclosure.published(record)))
    void = page(tmp_path, checkcodes.known(disclosure.published(record), void=True))
    second = checkcodes.known(disclosure.published(record)) | {"attempt": 2}
    cases = {
        "amended": (now, before, "bad", "换了检查人员"),
        "printed anew": (now, after, "good", "相符"),
        "printed anew, record of before": (then, after, "open", "还没有这次调整"),
        "void": (void, before, "bad", "作废"),
        "another attempt": (page(tmp_path, second), before, "open", "第 2 次抽取"),
        "half a code": (now, before[: len(before) // 2], "open", "不完整"),
        "no code": (now, "13800000000", "open", "不完整"),
    }
    for name, (path, code, colour, words) in cases.items():
        found, verdict, _ = said(browser, path, code)
        assert (name, found, words in verdict) == (name, colour, True), verdict
    at("2099-01-01")
    assert said(browser, now, after)[:2][0] == "bad" and "已过期" in said(browser, now, after)[1]
    at("2001-01-01")
    found, verdict, _ = said(browser, now, after)
    assert found == "open" and "还没到" in verdict


@pytest.mark.parametrize("case", ALTERED["cases"], ids=lambda case: case["name"])
def test_no_altered_code_is_verified(browser, at, tmp_path, case):
    given = case["input"]["documents"][0]
    own = page(tmp_path, checkcodes.known(given))
    colour, verdict, text = said(browser, own, case["input"]["code"])
    assert colour == "bad" and verdict.startswith("不符") and "这次检查\n" not in text
