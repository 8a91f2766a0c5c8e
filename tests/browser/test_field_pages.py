"""现场检查表 in real Chromium, from disk, offline, at a phone's width: filled in, closed, opened
again, exported, taken in like a form; what was changed, of another round or another team is
refused.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from returned import TIME, windowed
from selenium.webdriver.common.by import By
from unit.test_check_codes import amended

from ssj import protocol
from ssj.draw import lists
from ssj.papers import fieldpages
from ssj.results import fieldfiles, findings

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
CLOCK = "Date.now = () => Date.parse('2021-12-09T04:00:00Z');"
SECRET = ("risk_class", "ticket", "salt", "frames", "size", "风险", "权数", "签号", "R1", "R2")


@pytest.fixture
def record(small_record) -> dict:
    record = windowed(small_record)
    for table, more in (
        ("targets", {"address": "样例路 1 号", "area": "", "risk_class": "A"}),
        ("items", {"basis": "法", "content": "查", "method": "现场检查", "guide": "看；问"}),
        ("officers", {"certificate": "", "post": ""}),
    ):  # fmt: skip
        for row in record["tables"][table]:
            row["internal"] = {**more, **row["internal"]}
    record["parameters"] |= {"classes": {}}
    return record


@pytest.fixture
def phone(browser):
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    clock = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": CLOCK})
    yield browser
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", clock)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    back = {**OFFLINE, "offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", back)


def pages(record, folder: Path) -> list[Path]:
    made = []
    for name, content in fieldpages.pages(record):
        made.append(folder / f"{name}.html")
        made[-1].write_bytes(content)
    return made


def tick(part, word: str, number: int = 0) -> None:
    """Tick the ``number``-th box that is called so."""
    found = [c for c in part.find_elements(By.CSS_SELECTOR, "label.choice") if c.text == word]
    found[number].find_element(By.TAG_NAME, "input").click()


def typed(browser, control, text: str) -> None:
    browser.execute_script(
        "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'));"
        "arguments[0].dispatchEvent(new Event('change'));",
        control,
        text,
    )


def fill(browser, photo: Path) -> None:
    """The first visit: no problem at its first item, one at the others."""
    visit = browser.find_element(By.TAG_NAME, "details")
    visit.find_element(By.TAG_NAME, "summary").click()
    typed(browser, visit.find_element(By.CSS_SELECTOR, "input[type=date]"), "2021-12-08")
    typed(browser, visit.find_element(By.CSS_SELECTOR, "input[type=text]"), "SM20211208001")
    items = visit.find_elements(By.CLASS_NAME, "item")
    tick(items[0], "未发现问题")
    for item in items[1:]:
        tick(item, "发现问题已责令改正")
        tick(item, "责令改正")
        typed(browser, item.find_element(By.CSS_SELECTOR, "input[type=text]"), "样例股")
        typed(browser, item.find_element(By.CSS_SELECTOR, "input[type=date]"), "2021-12-30")
        typed(browser, item.find_element(By.TAG_NAME, "textarea"), '说明，有“引号"和逗号,')
    visit.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(photo))
    browser.execute_async_script(
        "const done = arguments[0]; const wait = () => "
        "document.querySelector('ul.photos li') ? done() : setTimeout(wait, 20); wait();"
    )
    entered = browser.find_element(By.ID, "entered_by")
    name = entered.find_elements(By.TAG_NAME, "option")[1].get_attribute("value")
    typed(browser, entered, name)


def test_what_would_be_refused_is_said_on_the_page(phone, record, tmp_path):
    path = pages(record, tmp_path)[0]
    phone.get(path.as_uri())
    phone.execute_script("localStorage.clear()")
    phone.get(path.as_uri())
    assert phone.find_element(By.ID, "left").text == ""
    visit = phone.find_element(By.TAG_NAME, "details")
    visit.find_element(By.TAG_NAME, "summary").click()
    item = visit.find_element(By.CLASS_NAME, "item")
    tick(item, "未发现问题")
    typed(phone, item.find_element(By.TAG_NAME, "textarea"), "电话 138-1234-5678")
    said = phone.find_element(By.ID, "left").text
    for words in ("没有填检查日期", "手机号", "没有选录入人"):
        assert words in said
    typed(phone, item.find_element(By.TAG_NAME, "textarea"), "第 12345678901 号")
    assert "手机号" not in phone.find_element(By.ID, "left").text


def exported(browser) -> str:
    return browser.execute_script("return ssjField.fileText()")


def taken(record, folder: Path, *texts: str) -> findings.Findings:
    home = folder / f"round{len(list(folder.iterdir()))}" / "results"
    home.mkdir(parents=True)
    for number, text in enumerate(texts):
        (home / f"{fieldfiles.MARK} {number}.csv").write_bytes(text.encode("utf-8"))
    return findings.read(home.parent, record, TIME)


def codes(found: findings.Findings) -> list[str]:
    return [p.code for p in found.problems if p.severity == "error"]


def test_a_page_is_filled_closed_opened_again_and_taken_in(phone, record, tmp_path):
    photo = tmp_path / "IMG_1.jpg"
    photo.write_bytes(b"a picture")
    path = pages(record, tmp_path)[0]
    phone.get(path.as_uri())
    phone.execute_script("localStorage.clear()")
    phone.get(path.as_uri())
    assert phone.execute_script("return document.documentElement.scrollWidth") <= 390
    fill(phone, photo)
    before = exported(phone)
    phone.get("about:blank")
    phone.get(path.as_uri())
    assert exported(phone) == before
    assert "已保存" in phone.find_element(By.ID, "stored").text

    found = taken(record, tmp_path, before)
    assert codes(found) == []
    number = phone.find_element(By.TAG_NAME, "summary").text.split()[0]
    rows = [row for row in found.rows if row["number"] == number]
    visit = next(v for v, n in lists.visit_numbers(record).items() if n == number)
    items = next(v["items"] for v in record["visits"] if v["id"] == visit)
    seats = [t for each in protocol.teams_now(record).values() for t in each]
    team = sorted({t["officer"] for t in seats if t["visit"] == visit})
    assert [row["item"] for row in rows] == items and len(found.rows) == len(rows)
    assert [sorted(row["officers"]) for row in rows] == [team] * len(rows)
    assert {row["scan_code"] for row in rows} == {"SM20211208001"}
    assert rows[0]["results"] == ["未发现问题"] and rows[0]["entered_on"] == "2021-12-09"
    for row in rows[1:]:
        assert (row["measure"], row["responsible"], row["due"]) == (
            ["责令改正"],
            "样例股",
            "2021-12-30",
        )
        assert row["remark"].startswith('说明，有“引号"和逗号,')
    remark = rows[0]["remark"]
    assert protocol.sha256(b"a picture") in remark.replace("·", "") and "9 字节" in remark
    # the same as the form filled in by hand
    table = list(csv.reader(io.StringIO(before.split("\r\n", 2)[2])))
    form = tmp_path / "form"
    form.mkdir()
    with (form / "results.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table)
    places = ("file", "row")
    assert [{k: v for k, v in r.items() if k not in places} for r in found.rows] == [
        {k: v for k, v in r.items() if k not in places}
        for r in findings.read(form, record, TIME).rows
    ]


def test_what_was_changed_or_is_of_others_is_refused(phone, record, tmp_path):
    photo = tmp_path / "IMG_1.jpg"
    photo.write_bytes(b"a picture")
    first, *others = pages(record, tmp_path)
    phone.get(first.as_uri())
    phone.execute_script("localStorage.clear()")
    phone.get(first.as_uri())
    fill(phone, photo)
    text = exported(phone)
    head, _, rest = text.split("\r\n", 2)
    assert codes(taken(record, tmp_path, text.replace("未发现问题", "不配合检查情节严重", 1))) == [
        "E52"
    ]
    assert codes(taken(record, tmp_path, text[: len(text) // 2])) == ["E52"]
    assert codes(taken(record, tmp_path, text.replace("\r\n", "\n"))) == ["E52"]
    another = {**record, "round": "another"}
    assert codes(taken(another, tmp_path, text)) == ["E53"]
    assert codes(taken({**record, "commitment": "0" * 64}, tmp_path, text)) == ["E53"]
    assert codes(taken(record, tmp_path, text, text))[0] == "E23"
    # made to fit, under the name of another team
    team = next(csv.reader([head.removeprefix("\ufeff")]))
    team[4] = "P9"
    line = ",".join(team)
    digest = protocol.sha256(f"{line}\r\n{rest}")
    made = f"{line}\r\n{fieldfiles.DIGEST},{digest}\r\n{rest}"
    assert codes(taken(record, tmp_path, "\ufeff" + made)) == ["E54"]
    assert others, "the sample has several teams"


def test_after_an_amendment_the_page_is_made_anew(phone, record, tmp_path):
    later, visit = amended(record)
    number, photo = lists.visit_numbers(record)[visit], tmp_path / "IMG_1.jpg"
    photo.write_bytes(b"a picture")
    before, after = ([text for _, text in fieldpages.pages(own)] for own in (record, later))
    old, new = (
        next(text for text in made if f'"{number}"'.encode() in text) for made in (before, after)
    )
    for content, expected in ((old, ["E54"]), (new, [])):
        path = tmp_path / "page.html"
        path.write_bytes(content)
        phone.get(path.as_uri())
        phone.execute_script("localStorage.clear()")
        phone.get(path.as_uri())
        fill(phone, photo)
        found = taken(later, tmp_path, exported(phone))
        assert [code for code in codes(found) if code == "E54"] == expected


def test_nothing_internal_and_nothing_of_another_team_is_in_a_page(record, tmp_path):
    numbers = lists.visit_numbers(record)
    seen: list[str] = []
    for path in pages(record, tmp_path):
        text = path.read_text(encoding="utf-8")
        own = text[text.index('type="application/json">') : text.index("</script>")]
        mine = [number for number in numbers.values() if f'"{number}"' in own]
        others = [v for v, number in numbers.items() if number not in mine]
        assert not [v for v in others if f'"{v}"' in own]
        assert not [word for word in SECRET if f'"{word}' in own]
        seen += mine
    assert sorted(seen) == sorted(numbers.values())


def test_a_form_of_its_own_is_not_taken_for_an_exported_file(record, tmp_path):
    path = tmp_path / "results.csv"
    path.write_text("检查编号,编号\n", encoding="utf-8")
    assert list(fieldfiles.problems(path, record)) == []
    path.write_bytes("现场检查表,样例\r\n".encode("gbk"))
    assert [p.code for p in fieldfiles.problems(path, record)] == ["E52"]
