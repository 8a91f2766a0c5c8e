"""Publication through the whole course: a correction, a withdrawal, an objection and a posting with
its screenshot, archived, audited, kept.
"""

from __future__ import annotations

import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from archived import derived, numbered
from conftest import ROOT, ssj

from ssj import protocol
from ssj.casebook import archive, runner
from ssj.tables import schema

APPROVER = re.search(
    r'matter = "公布"\napprovers = \["([^"]+)"',
    (ROOT / "demo/params/sample60/round.toml").read_text(encoding="utf-8"),
)[1]
SHOT = "门户网站截图.png"
RESULTS, SECOND_RESULTS, THIRD_RESULTS = numbered(
    "freeze", "draw", "results", "results", "results"
)[-3:]


def write(folder: Path, table: str, *rows: dict[str, object]) -> None:
    """A register with its declared headers."""
    book = openpyxl.Workbook()
    columns = schema.LATER[table]
    book.active.append([c.header for c in columns])
    for row in rows:
        book.active.append([row.get(c.key) for c in columns])
    book.save(folder / f"{table}.xlsx")


def edit(folder: Path, number: str, item: str, **cells: object) -> None:
    """Change cells of one row of results.xlsx, by header."""
    book = openpyxl.load_workbook(folder / "results.xlsx")
    sheet = book.active
    at = {cell.value: cell.column for cell in sheet[1]}
    for n in range(2, sheet.max_row + 1):
        if (sheet.cell(n, at["检查编号"]).value, sheet.cell(n, at["事项编号"]).value) == (
            number,
            item,
        ):
            for header, value in cells.items():
                sheet.cell(n, at[header]).value = value
    book.save(folder / "results.xlsx")


@pytest.fixture(scope="module")
def twice(done_sample60, tmp_path_factory) -> tuple[Path, dict, dict]:
    """A project with two results stages, the second with all registers; a corrected row and a
    withdrawn visit as the first stage had them.
    """
    project = shutil.copytree(done_sample60, tmp_path_factory.mktemp("publication") / "project")
    assert ssj(project, "results", "sample60", "--sample").returncode == 0
    folder, first = project / "params" / "sample60", record(project, RESULTS, "results.json")
    row = next(r for r in first["rows"] if r["published_on"])
    gone = next(v for v in first["visits"] if v["published_on"] and v["number"] != row["number"])
    bad = row["results"] == ["未发现问题"]
    edit(
        folder,
        row["number"],
        row["item"],
        检查结果="发现问题已责令改正" if bad else "未发现问题",
        处置措施="责令改正" if bad else None,
        责任单位="样例股室",
        整改期限=None,
        完结日期=None,
    )
    received = date.fromisoformat(max(row["published_on"], gone["published_on"]))
    later = received + timedelta(3)
    write(
        folder,
        "corrections",
        {
            "number": row["number"],
            "item": row["item"],
            "action": "更正",
            "category": "异议成立",
            "reason": "内部缘由",
            "objection": "Y1",
            "approver": APPROVER,
            "approved_on": later,
        },
        {
            "number": gone["number"],
            "action": "撤下",
            "category": "公示期满",
            "reason": "内部缘由",
            "approver": APPROVER,
            "approved_on": later,
        },
    )
    write(
        folder,
        "objections",
        {
            "id": "Y1",
            "number": row["number"],
            "received_on": received,
            "content": "样例异议",
            "handler": "样例承办人",
            "answered_on": later,
            "outcome": "更正",
        },
    )
    write(
        folder,
        "postings",
        {
            "channel": "门户网站",
            "posted_on": later,
            "time": "16:30",
            "address": "https://example.org/ssj",
            "poster": "样例公开人",
            "screenshot": SHOT,
        },
    )
    (folder / "evidence").mkdir()
    (folder / "evidence" / SHOT).write_bytes(b"sample")
    answer = ssj(project, "results", "sample60")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return project, row, gone


def record(project: Path, stage: str, name: str) -> dict:
    return archive.read_record(project / "outputs" / "sample60" / stage / "data" / "out" / name)


def test_what_the_second_stage_says(twice):
    project, row, gone = twice
    made, view = (
        record(project, SECOND_RESULTS, "results.json"),
        record(project, SECOND_RESULTS, "published.json"),
    )
    assert made["postings"][0]["sha256"] == protocol.sha256(b"sample")
    assert all(
        v["posted_on"] == made["postings"][0]["posted_on"]
        for v in made["visits"]
        if v["public"]
        and v["state"] in ("reviewed", "published", "following", "closed")
        and v["entered_on"] <= made["postings"][0]["posted_on"]
    )
    shown = {v["number"]: v for v in view["visits"]}
    assert (
        shown[row["number"]]["entry"] == "已更正"
        and shown[row["number"]]["changes"][0]["category"] == "异议成立"
    )
    assert (shown[gone["number"]]["entry"], shown[gone["number"]]["items"]) == ("依法撤下", [])
    assert view["objections"] == {"received": 1, "answered": 1, "changed": 1}
    before = record(project, RESULTS, "published.json")
    assert next(v for v in before["visits"] if v["number"] == gone["number"])["items"], (
        "what stood there stays in the earlier archive"
    )
    assert not (project / f"outputs/sample60/{SECOND_RESULTS}/data/in" / SHOT).exists()


def test_public_copies(twice):
    project, row, gone = twice
    files, data = (
        project / "outputs/sample60/files",
        project / f"outputs/sample60/{SECOND_RESULTS}/data",
    )
    page = (files / "检查结果公示（录入2）.html").read_text(encoding="utf-8")
    copy = (files / "检查结果公示（录入2）.json").read_bytes()
    assert copy == (data / "out/published.json").read_bytes() and protocol.sha256(copy) in re.sub(
        "<[^>]*>", "", page
    )
    assert "内部缘由" not in page and "内部缘由" in (data / "auditor.html").read_text(
        encoding="utf-8"
    )
    for name in ("检查结果公示（网站文章）（录入2）.html", "检查结果公示（网站文章）（录入2）.txt"):
        text = (files / name).read_text(encoding="utf-8")
        assert (
            "内部缘由" not in text
            and "依法撤下" in text
            and "检查结果公示（录入2）.json" in text
            and "核验.html" in text
        )
    assert not [p.name for p in files.glob("检查结果公示*") if "录入2" not in p.name], (
        "what was withdrawn since can't be put on a site again"
    )
    listed = openpyxl.load_workbook(files / "平台录入表（录入2）.xlsx")
    marks = {(r[0].value, r[6].value) for r in listed["录入"].iter_rows(min_row=2)}
    assert (
        ("有改动", row["number"]) in marks
        and gone["number"] not in {number for _, number in marks}
        and "新增" not in {mark for mark, _ in marks}
    )
    assert {r[1].value for r in listed["更正撤下"].iter_rows(min_row=2)} == {
        row["number"],
        gone["number"],
    }
    assert openpyxl.load_workbook(files / "公示进度.xlsx")["说明"]["B1"].value


def test_progress_is_made_anew_each_day(twice, tmp_path):
    from ssj.site import sitecopies

    data = twice[0] / f"outputs/sample60/{SECOND_RESULTS}/data"
    today = date.fromisoformat(runner.read_stage(data)["time"][:10])
    assert [p.name for p in sitecopies.progress(data, tmp_path, today)] == ["公示进度.xlsx"]
    assert sitecopies.progress(data, tmp_path, today) == []
    assert [p.name for p in sitecopies.progress(data, tmp_path, today + timedelta(1))] == [
        "公示进度.xlsx"
    ]
    assert sitecopies.progress(data, tmp_path, today.replace(year=2040)) != [], (
        "holidays of 2040 are not known: as of the stage"
    )


def test_audit_holds(twice):
    answer = ssj(twice[0], "audit", "outputs/sample60", "--fast")
    assert answer.returncode == 0, answer.stdout


TAMPERED = {
    "an earlier correction": (
        "in/earlier.json",
        lambda r: r["rows"][0].update(reviewer="另一人"),
        "in/earlier.json",
    ),
    "a screenshot's hash": (
        "in/evidence.json",
        lambda r: r["files"][0].update(sha256="0" * 64),
        "results.json",
    ),
    "the public view": ("out/published.json", lambda r: r["visits"].pop(), "published.json"),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_audit_derives_it_again(case, twice, tmp_path):
    file, change, named = TAMPERED[case]
    round_ = shutil.copytree(twice[0] / "outputs/sample60", tmp_path / "sample60")
    path = round_ / f"{SECOND_RESULTS}/data" / file
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_bytes(protocol.canonical(value))
    found = derived(round_ / f"{SECOND_RESULTS}/data")
    assert found and found[0].startswith(named), found


REFUSED = {
    "a result changed again": (
        lambda folder, row: edit(
            folder,
            row["number"],
            row["item"],
            检查结果="不配合检查情节严重",
            处置措施="移送办案机构",
        ),
        "已审核的结果与上次归档的不同：检查结果",
    ),
    "the register of corrections emptied": (
        lambda folder, row: (folder / "corrections.xlsx").unlink(),
        "已归档的更正撤下登记表有一行不见了",
    ),
    "the objection gone": (
        lambda folder, row: (folder / "objections.xlsx").unlink(),
        "已归档的异议登记表有一行不见了",
    ),
    "another screenshot under the old name": (
        lambda folder, row: (folder / "evidence" / SHOT).write_bytes(b"other"),
        "截图与上次归档的不同",
    ),
    "the evidence gone": (
        lambda folder, row: shutil.rmtree(folder / "evidence"),
        "文件夹 evidence 中没有这个截图",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_nothing_is_recorded_until_it_is_mended(case, twice, tmp_path):
    change, said = REFUSED[case]
    project = shutil.copytree(twice[0], tmp_path / "project")
    change(project / "params" / "sample60", twice[1])
    ledger = (project / "outputs/ledger.jsonl").read_bytes()
    answer = ssj(project, "results", "sample60")
    assert answer.returncode == 3 and said in answer.stdout + answer.stderr, (
        answer.stdout + answer.stderr
    )
    assert (project / "outputs/ledger.jsonl").read_bytes() == ledger and not (
        project / f"outputs/sample60/{THIRD_RESULTS}"
    ).exists()


def test_a_wrong_screenshot_folder_is_no_obstacle(twice, tmp_path):
    """Files in evidence that no row names are listed all the same, so that they can't be swapped
    later.
    """
    project = shutil.copytree(twice[0], tmp_path / "project")
    (project / "params/sample60/evidence/另一个.png").write_bytes(b"more")
    assert ssj(project, "results", "sample60").returncode == 0
    listed = archive.read_record(
        project / f"outputs/sample60/{THIRD_RESULTS}/data/in/evidence.json"
    )["files"]
    assert sorted(file["file"] for file in listed) == sorted([SHOT, "另一个.png"])
