"""见证.html in real Chromium, from disk and offline: custodians make keys and sign, and what they
sign is verified by the page, by protocol.py and by 核验.html.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import small_frozen

from ssj import protocol
from ssj.casebook.render import verifier_page, witness_page
from ssj.draw import disclosure

pytestmark = pytest.mark.browser
DICE = "1635241635241635"
CUSTODIANS = ("派驻纪检监察组", "样例配合部门")
PASSWORD = "样例密码1234"


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("witness") / "见证.html"
    path.write_bytes(witness_page().encode("utf-8"))
    return path


class Desk:
    """A custodian at a browser; what the page saves lands in ``folder``."""

    def __init__(self, browser, page, folder):
        from selenium.webdriver.common.by import By
        from selenium.webdriver.support.ui import WebDriverWait

        self.browser, self.folder, self.by = browser, folder, By
        self.wait = WebDriverWait(browser, 60)
        folder.mkdir(exist_ok=True)
        browser.execute_cdp_cmd(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)}
        )
        browser.execute_cdp_cmd("Network.enable", {})
        offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        browser.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
        browser.get(page.as_uri())
        self.wait.until(lambda b: b.execute_script("return document.body.dataset.ready") == "true")

    def type(self, place, text):
        self.browser.find_element(self.by.ID, place).send_keys(text)

    def click(self, place):
        self.browser.find_element(self.by.ID, place).click()

    def said(self, place="status"):
        return self.browser.execute_script(f"return document.getElementById('{place}').textContent")

    def until(self, words, place="status"):
        self.wait.until(lambda _: words in self.said(place))

    def saved(self, name) -> Path:
        path = self.folder / name
        self.wait.until(lambda _: path.exists() and path.stat().st_size)
        return path

    def make(self, name):
        self.type("name", name)
        self.type("password", PASSWORD)
        self.click("make")
        self.until("钥匙已做好")
        return self.saved("保管人钥匙.json")

    def open(self, key, password=PASSWORD):
        self.type("password", password)
        self.type("keyfile", str(key))

    def notice(self, path):
        self.type("noticefile", str(path))


@pytest.fixture(scope="module")
def keys(browser, page, tmp_path_factory):
    """Each custodian's key file, made in a page of their own."""
    folder = tmp_path_factory.mktemp("keys")
    return {
        name: Desk(browser, page, folder / str(n)).make(name) for n, name in enumerate(CUSTODIANS)
    }


def frozen(keys, time="2999-01-01T10:00:00+08:00", **change):
    record = {**small_frozen(), **change}
    named = [{"name": n, "key": json.loads(path.read_bytes())["key"]} for n, path in keys.items()]
    event = {"custodians": list(CUSTODIANS), "keys": named, "time": time}
    record["event"] = {**record["event"], **event}
    return {**record, "commitment": protocol.commit(record)}


def notice_of(record, folder):
    path = folder / "封库公告.json"
    path.write_bytes(protocol.canonical(disclosure.notice(record)))
    return path


@pytest.fixture(scope="module")
def attested(browser, page, keys, tmp_path_factory):
    """The record, its notice, and what two custodians signed."""
    record = frozen(keys)
    folder = tmp_path_factory.mktemp("attested")
    path, signed = notice_of(record, folder), {}
    for number, (name, key) in enumerate(keys.items()):
        desk = Desk(browser, page, folder / str(number))
        desk.open(key)
        desk.until("钥匙已打开")
        desk.notice(path)
        digits = record["commitment"][:16]
        desk.until(f"{digits[:8]} {digits[8:]}", "notice")
        assert "tiny" in desk.said("notice") and "请在确认以后勾选" in desk.said("signed")
        desk.click("only")
        desk.click("sign")
        signed[name] = desk.saved("attestation.json")
    return record, path, signed


def first_failing(document):
    return next((s.number for s in protocol.examine(document) if s.holds is False), None)


def test_two_custodians_sign(attested):
    record, path, signed = attested
    notice = protocol.read_file(path.read_bytes())[1]
    documents = [protocol.read_file(p.read_bytes())[1] for p in signed.values()]
    assert [protocol.kind_of(d) for d in documents] == ["attestation"] * 2
    assert [d["custodian"] for d in documents] == list(CUSTODIANS)
    assert [first_failing(d) for d in documents] == [None, None]
    steps = {s.number: s.holds for s in protocol.compare([notice, *documents])}
    assert steps[3] is True
    # in the draw record they count as signatures, and no banner is needed
    entries = [
        {**{k: d[k] for k in ("custodian", "received", "only", "signature")}, "first16": digits}
        for d in documents
        for digits in [record["commitment"][:16]]
    ]
    drawn = {
        **record,
        "entropy": {"text": DICE, "attestation": entries},
        **protocol.draw(record, DICE),
    }
    assert [s.holds for s in protocol.examine(drawn)] == [True] * 5
    assert protocol.banners(drawn) == ["demonstration"]
    # forged, copied from the other custodian, swapped
    first, second = entries
    for wrong in (
        {**first, "signature": "0" * 128},
        {**first, "signature": second["signature"]},
        {**first, "custodian": second["custodian"]},
        {**first, "received": second["received"][:-7] + "9+08:00", "only": False},
    ):
        spoilt = {**drawn, "entropy": {"text": DICE, "attestation": [wrong, second]}}
        assert first_failing(spoilt) == 4
        assert "uniqueness" in protocol.banners(spoilt)
    again = frozen(dict(zip(CUSTODIANS, signed.values(), strict=True)), attempt=2)
    moved = {**again, "entropy": {"text": DICE, "attestation": entries}}
    assert first_failing({**moved, **protocol.draw(again, DICE)}) == 4


def test_the_verifier_checks_them_with_the_notice(browser, attested, tmp_path):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    _, path, signed = attested
    verifier = tmp_path / "核验.html"
    verifier.write_bytes(verifier_page().encode("utf-8"))
    browser.get(verifier.as_uri())
    files = [path, *signed.values()]
    browser.find_element(By.ID, "files").send_keys("\n".join(map(str, files)))
    WebDriverWait(browser, 60).until(
        lambda b: b.execute_script("return document.body.dataset.done") == "1"
    )
    boxes = browser.execute_script(
        """return [...document.querySelectorAll('.file')].map(box => [
            box.querySelector('h2').textContent, box.querySelector('.verdict').className,
            box.textContent])"""
    )
    assert [kind for _, kind, _ in boxes] == ["verdict good"] * 4
    assert boxes[1][0] == "保管人的证明：attestation.json" and CUSTODIANS[0] in boxes[1][2]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("no notice", "这不是封库公告"),
        ("a changed notice", "不要签名"),
        ("a key that nobody announced", "公告的保管人公钥中没有"),
        ("another's key", "的公钥不是这把钥匙的"),
        ("after the event", "公告的时间已过"),
        ("a second commitment", "您已为本批次本次抽取签过另一个封库校验码"),
    ],
)
def test_the_page_does_not_sign(browser, page, keys, attested, tmp_path, what, said):
    _, path, signed = attested
    desk = Desk(browser, page, tmp_path / "saved")
    desk.open(keys[CUSTODIANS[0]])
    desk.until("钥匙已打开")
    if what == "no notice":
        path = signed[CUSTODIANS[0]]
    elif what == "a changed notice":
        notice = {**json.loads(path.read_bytes()), "commitment": "0" * 64}
        path = tmp_path / "changed.json"
        path.write_bytes(protocol.canonical(notice))
    else:
        other = {
            "a key that nobody announced": lambda: frozen({CUSTODIANS[1]: keys[CUSTODIANS[1]]}),
            "another's key": lambda: frozen({CUSTODIANS[0]: keys[CUSTODIANS[1]]}),
            "after the event": lambda: frozen(keys, time="2021-11-26T10:00:00+08:00"),
            "a second commitment": lambda: frozen(keys, salt="5b" * 32),
        }[what]()
        path = notice_of(other, tmp_path)
    desk.notice(path)
    desk.until(said, "status" if "notice" in what else "signed")
    desk.click("only")
    enabled = browser.execute_script("return !document.getElementById('sign').disabled")
    assert not enabled and not (tmp_path / "saved" / "attestation.json").exists()


def test_a_key_opens_with_its_password_alone(browser, page, keys, attested, tmp_path):
    desk = Desk(browser, page, tmp_path / "saved")
    desk.open(keys[CUSTODIANS[0]], PASSWORD + "x")
    desk.until("密码不对")
    desk.open(attested[1])
    desk.until("这不是本页做的钥匙文件")


def test_the_page_loads_nothing_and_fits_a_phone(browser, page):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 900, "deviceScaleFactor": 1, "mobile": True},
    )
    browser.get_log("browser")
    browser.get(page.as_uri())
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert browser.execute_script(wide) <= 0
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert browser.get_log("browser") == []
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    text = page.read_text(encoding="utf-8")
    assert "http" not in text.replace("http-equiv", "") and "<noscript>" in text
