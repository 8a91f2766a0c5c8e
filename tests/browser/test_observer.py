"""核验.html in real Chromium, from disk: what an observer wrote down, and what was published."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import small_frozen

from ssj import protocol
from ssj.casebook.render import verifier_page
from ssj.draw import disclosure

pytestmark = pytest.mark.browser
DICE = "1635241635241635"
LOTTERY = "01,07,09,18,25,33+16;03,04,11,20,26,31+02"
PARTY = "ab" * 32


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("observer") / "核验.html"
    path.write_bytes(verifier_page().encode("utf-8"))
    return path


def drawn(text=DICE, **event):
    frozen = small_frozen()
    frozen["event"] = {**frozen["event"], **event}
    frozen["commitment"] = protocol.commit(frozen)
    return {**frozen, "entropy": {"text": text}, **protocol.draw(frozen, text)}


def saved(folder: Path, name: str, document) -> Path:
    (folder / name).write_bytes(protocol.canonical(document))
    return folder / name


def tell(browser, page, digits="", outcome="", kind="dice", files=()):
    """Type an observer's record, press 核对, then give files: for each its verdict and its rows,
    and all that is said.
    """
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select, WebDriverWait

    browser.get(page.as_uri())
    browser.find_element(By.ID, "digits").send_keys(digits)
    Select(browser.find_element(By.ID, "kind")).select_by_value(kind)
    browser.find_element(By.ID, "outcome").send_keys(outcome)
    browser.find_element(By.ID, "observe").click()
    if files:
        browser.find_element(By.ID, "files").send_keys("\n".join(map(str, files)))
        WebDriverWait(browser, 60).until(
            lambda b: b.execute_script("return document.body.dataset.done") == "1"
        )
    verdicts, tables, text = browser.execute_script("""
        const box = document.getElementById('observed');
        const all = (what) => [...box.querySelectorAll(what)];
        return [
            all('.verdict').map(v => [v.className.replace('verdict ', ''), v.textContent]),
            all('table:not(.facts)').map(t => [...t.rows].map(r =>
                [r.cells[0].textContent, r.cells[1].textContent])),
            box.textContent]""")
    return verdicts, [dict(rows) for rows in tables], text


def grouped(digits):
    return " ".join(digits[n : n + 8] for n in range(0, len(digits), 8))


def test_without_any_file_the_seed_is_computed(browser, page):
    record = drawn()
    verdicts, _, text = tell(browser, page, grouped(record["commitment"]), " ".join(DICE))
    assert record["seed"] in text
    assert f"ssj/1,seed,{record['commitment']},{DICE}" in text
    assert [kind for kind, _ in verdicts] == ["open"] and "还没有放入公布的文件" in text
    short = tell(browser, page, record["commitment"][:16], DICE)
    assert record["seed"] not in short[2], "16 digits don't fix a seed"


@pytest.mark.parametrize(
    ("digits", "kind", "commitment"),
    [(64, "good", "相符"), (40, "good", "相符"), (39, "open", "未核验"), (16, "open", "未核验")],
)
def test_how_many_digits_prove(browser, page, tmp_path, digits, kind, commitment):
    record = drawn()
    path = saved(tmp_path, "公开记录.json", disclosure.published(record))
    told, (rows,), text = tell(browser, page, record["commitment"][:digits], DICE, files=[path])
    assert [k for k, _ in told] == [kind]
    assert rows == {
        "封库校验码": commitment,
        "公开随机数": "相符",
        "抽取随机数": "相符",
        "这份文件本身": "相符",
        "抽中名单": "未核验",
    }
    assert ("不足 40 位的不作证明" in text) is (kind == "open")


def another_seed(document):
    return {**document, "seed": "0" * 64}


def another_roll(_):
    return disclosure.published(drawn(DICE[::-1]))


def another_freeze(_):
    """All made anew after the event, with the dice that fell."""
    return disclosure.published(drawn(place="别处"))


@pytest.mark.parametrize(
    ("change", "row"),
    [(another_seed, "抽取随机数"), (another_roll, "公开随机数"), (another_freeze, "封库校验码")],
)
def test_what_was_not_seen_is_found(browser, page, tmp_path, change, row):
    record = drawn()
    path = saved(tmp_path, "公开记录.json", change(disclosure.published(record)))
    ((kind, said),), (rows,), _ = tell(browser, page, record["commitment"], DICE, files=[path])
    assert kind == "bad" and said.startswith(f"不符：{row}") and rows[row] == "不符"
    assert "请保存您的原件" in said


def test_a_notice_alone_says_no_more_than_it_shows(browser, page, tmp_path):
    record = drawn()
    path = saved(tmp_path, "封库公告.json", disclosure.notice(record))
    ((kind, said),), (rows,), _ = tell(browser, page, record["commitment"], DICE, files=[path])
    assert (kind, said) == ("good", "公告的封库校验码就是您抄下的。")
    assert list(rows) == ["封库校验码", "这份文件本身"]


def test_nothing_written_down_is_never_green(browser, page, tmp_path):
    record = drawn()
    path = saved(tmp_path, "公开记录.json", disclosure.published(record))
    for digits, outcome in ((record["commitment"], ""), ("", DICE)):
        told, (rows,), _ = tell(browser, page, digits, outcome, files=[path])
        assert [k for k, _ in told] == ["open"] and "不符" not in rows.values()
    told, rows, _ = tell(browser, page)
    assert (rows, told) == ([], [["open", "请输入您抄下的封库校验码，或者您自己记的结果。"]])


def test_few_outcomes_prove_nothing(browser, page, tmp_path):
    record = drawn("1635", count=4, form="[1-6]{4}")
    path = saved(tmp_path, "公开记录.json", disclosure.published(record))
    ((kind, said),), (rows,), _ = tell(browser, page, record["commitment"], "1635", files=[path])
    assert (kind, rows["公开随机数"]) == ("open", "未核验") and "2^40" in said


def test_draws_in_any_order_and_writing(browser, page, tmp_path):
    form = protocol.event_form("lottery", 2)
    record = drawn(LOTTERY, kind="lottery", count=2, form=form)
    path = saved(tmp_path, "公开记录.json", disclosure.published(record))
    typed = "33、7 9 18 25 1 ＋16； 20 4 11 3 26 31 2"
    ((kind, _),), _, text = tell(
        browser, page, record["commitment"].upper(), typed, "lottery", [path]
    )
    assert kind == "good" and LOTTERY in text


def test_parties_numbers_are_taken_from_the_record(browser, page, tmp_path):
    parties = [{"name": "样例协会", "sha256": protocol.sha256(PARTY)}]
    form = protocol.event_form("dice", 16, 1)
    record = drawn(f"{DICE}|{PARTY}", form=form, parties=parties)
    path = saved(tmp_path, "公开记录.json", disclosure.published(record))
    ((kind, _),), (rows,), text = tell(browser, page, record["commitment"], DICE, files=[path])
    assert kind == "good" and rows["抽取随机数"] == "相符" and "各参与方公开的数" in text


@pytest.mark.parametrize(
    ("digits", "outcome", "kind", "said"),
    [
        ("0" * 15, "", "dice", "应是 16 到 64 位，现在是 15 位"),
        ("0" * 65, "", "dice", "现在是 65 位"),
        ("g" * 16, "", "dice", "只有数字 0–9 和字母 a–f"),
        ("", "16352471", "dice", "第 7 个字符“7”不是骰子的点数"),
        ("", "12g", "beacon", "第 3 个字符“g”不是 0–9、a–f"),
        ("", "1 2 3", "lottery", "现在共 3 个号码"),
        ("", "1 2 3 4 5 5 16", "lottery", "号码 5 重复"),
        ("", "1 2 3 4 36 1 2", "lotto", "不在 1–35 之间"),
    ],
)
def test_what_can_not_have_been_seen_is_said(browser, page, digits, outcome, kind, said):
    (told,), rows, _ = tell(browser, page, digits, outcome, kind)
    assert told[0] == "open" and said in told[1] and rows == []


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_phone(browser, page, tmp_path, dark):
    record = drawn()
    path = saved(tmp_path, "公开记录.json", disclosure.published(record))
    metrics = {"width": 390, "height": 900, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
    tell(browser, page, record["commitment"], DICE, files=[path])
    wide, back, field = browser.execute_script("""
        const root = document.documentElement, of = (e) => getComputedStyle(e).backgroundColor;
        return [root.scrollWidth - root.clientWidth, of(document.body),
            of(document.getElementById('kind'))]""")
    assert wide <= 0 and back == field, "fields follow the page's colours"
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_least_digits_are_those_of_the_audit():
    from ssj.audit import outside

    text = (Path(protocol.__file__).parent / "verifier" / "observe.js").read_text(encoding="utf-8")
    assert f"LEAST = {outside.LEAST}, SURE = {outside.SURE}, WHOLE = 64" in text
