"""结果回填表 against the drawn visits: each code once with its whole message, excuses, what a review fixes, several files; nothing is lost."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssj import finding_checks, findings, lists, protocol, schema
from ssj.errors import InputError

TIME = "2021-12-20T09:00:00+08:00"
HEADERS = {c.key: c.header for c in schema.LATER["results"]}
WHOLE = ("S004", "I1")  # the row that the cases change; S004 has I1 and I2, S001 has I1 alone


@pytest.fixture
def record(small_record) -> dict:
    """The small draw with a window; everybody's certificate lasts."""
    small_record["parameters"] |= {"window": {"start": "2021-12-06", "end": "2021-12-17"}, "title": "样例抽查", "bureau": "样例局",
                                   "publication_day": "2021-12-06", "deadlines": {"publish": 20, "objection": 20}}
    for officer in small_record["tables"]["officers"]:
        officer["internal"]["certificate_until"] = "2030-01-01"
    for target in small_record["tables"]["targets"]:
        target["internal"] |= {"section": "甲股" if target["id"] == "S001" else "乙股", "non_public_basis": ""}
    return small_record


def blank_rows(record) -> list[dict]:
    """What is handed out, Chinese headers as keys."""
    numbers, names, items, people = lists.visit_numbers(record), *(lists.names(record, t) for t in ("targets", "items", "officers"))
    team = {v["id"]: [t["officer"] for t in protocol.teams_now(record)["officers"] if t["visit"] == v["id"]] for v in record["visits"]}
    return [{"检查编号": numbers[v["id"]], "编号": v["id"], "名称": names[v["id"]], "事项编号": i, "事项名称": items[i],
             "检查人员": "、".join(f"{people[o]}（{o}）" for o in team[v["id"]])} for v in record["visits"] for i in v["items"]]


ANSWER = {"检查日期": "2021-12-08", "检查结果": "未发现问题", "录入人": "样例录入员", "录入日期": "2021-12-09", "审核人": "样例审核人"}
PROBLEM = {"检查结果": "发现问题已责令改正", "处置措施": "责令改正", "责任单位": "乙股"}


def answered(record, **change) -> list[dict]:
    """All rows of S004 and S001 answered, with the cells of S004's first changed."""
    return [{**row, **(ANSWER if row["编号"] != "S005" else {}), **(change if (row["编号"], row["事项编号"]) == WHOLE else {})}
            for row in blank_rows(record)]


def write(folder: Path, rows: list[dict], name: str = "results.csv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    headers = list(dict.fromkeys([*HEADERS.values(), *(key for row in rows for key in row)]))
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, headers, restval="")
        out.writeheader()
        out.writerows(rows)
    return folder


def read(record, folder: Path, rows: list[dict], **more) -> findings.Findings:
    return findings.read(write(folder, rows), record, more.pop("time", TIME), **more)


def said(found: findings.Findings) -> list[str]:
    return [str(p) for p in found.problems]


def test_the_form_as_handed_out_waits_without_a_problem(record, tmp_path):
    found = read(record, tmp_path, blank_rows(record))
    assert (said(found), found.rows, found.waiting, found.wrong) == ([], [], 5, 0)


def test_answered_rows_are_recorded(record, tmp_path):
    found = read(record, tmp_path, answered(record, **PROBLEM, 备注="样例"))
    assert (said(found), found.waiting, found.wrong, len(found.rows)) == ([], 2, 0, 3)
    assert [r for r in found.rows if (r["visit"], r["item"]) == WHOLE] == [{
        "visit": "S004", "number": "tiny-002", "item": "I1", "date": "2021-12-08", "officers": ["P2", "P3"], "results": ["发现问题已责令改正"],
        "measure": ["责令改正"], "responsible": "乙股", "due": "", "closed_on": "", "entered_by": "样例录入员", "entered_on": "2021-12-09",
        "reviewer": "样例审核人", "published_on": "", "address": "", "not_public": "", "excuse": "", "remark": "样例", "excused": [],
        "file": "results.csv", "row": 3}]


# name → (cells of S004's row I1, what is said)
CASES: dict[str, tuple[dict, list[str]]] = {}


@pytest.mark.parametrize("name", CASES)
def test_each_fault_is_said_once(record, tmp_path, name):
    change, expected = CASES[name]
    assert said(read(record, tmp_path, answered(record, **change))) == expected
