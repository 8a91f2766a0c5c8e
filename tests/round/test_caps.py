"""A round under yearly caps over all inspections (年度检查频次上限), from the tables to the
published page, the papers and the audit.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import docx
import pandas as pd
import pytest
from archived import DRAW, FREEZE, ROSTERS, data_of, failing, record_of, report_of
from conftest import ROOT, new_project, ran, ssj

from ssj.casebook import archive
from ssj.tables import schema, writing

ROUND = "sample60"
CAPS = "\n[year_caps]\nlevel = 2\ntogether = 3\n"


def inspections(project: Path, *rows: dict) -> None:
    frame = pd.DataFrame(
        list(rows), columns=list(schema.headers("other_inspections")), dtype=object
    )
    folder = project / "params" / "2021"
    folder.mkdir(exist_ok=True)
    writing.write_xlsx(folder / "other_inspections.xlsx", {"其他检查登记表": frame})


def inspection(firm: str, month: int, kind: str = "日常检查", **more: object) -> dict:
    return {
        "编号": firm,
        "检查日期": date(2021, month, 3),
        "检查类型": kind,
        "检查事由": f"样例{month}",
        "是否除外": "否",
        **more,
    }


FIRM = "91350100M000100Y43"  # with a valid check digit
SPECIAL = {"批准": "样例县政府 2021-02-01", "备案号": "样例备1号"}
EXEMPT = {"是否除外": "是", "除外依据": "样例工单"}


@pytest.fixture(scope="module")
def capped(tmp_path_factory):
    """Firms 0 and 1 are at a cap, 2 had a complaint and one special inspection, 3 off-site ones."""
    project = new_project(tmp_path_factory.mktemp("capped") / "project", ROUND)
    toml = project / "params" / ROUND / "round.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + CAPS, encoding="utf-8")
    frozen = archive.read_record(ROOT / "tests/reference/1a_freeze/out/freeze.json")
    able = [
        t["id"]
        for t in frozen["tables"]["targets"]
        if any(f["size"] for f in t["internal"]["frames"])
    ]
    firms = able[:4]
    inspections(
        project,
        inspection(firms[0], 2, "专项检查", **SPECIAL),
        inspection(firms[0], 3),
        *(inspection(firms[1], n, 检查层级="市级") for n in (1, 2, 3)),
        inspection(firms[2], 5, "投诉举报核查", **EXEMPT),
        inspection(firms[2], 6, "专项检查", **SPECIAL),
        *(inspection(firms[3], n, 检查方式="非现场") for n in (1, 2, 3)),
    )
    ran(project, "run", ROUND)
    return project, firms


def test_who_is_at_a_cap_is_not_drawn(capped):
    project, firms = capped
    frozen, drawn = record_of(project, FREEZE), record_of(project, DRAW)
    internal = {t["id"]: t["internal"] for t in frozen["tables"]["targets"]}
    assert {i for i, t in internal.items() if any(f["rule"] == "X3" for f in t["frames"])} == set(
        firms[:2]
    )
    assert not set(firms[:2]) & {v["id"] for v in drawn["visits"]}
    assert [internal[i]["inspected"] for i in firms] == [
        {"drawn": 0, "other": 2, "elsewhere": 0, "exempt": 0},
        {"drawn": 0, "other": 0, "elsewhere": 3, "exempt": 0},
        {"drawn": 0, "other": 1, "elsewhere": 0, "exempt": 1},
        {"drawn": 0, "other": 0, "elsewhere": 0, "exempt": 0},
    ]


def test_the_published_page_says_the_caps_and_how_many_reached_them(capped):
    project, firms = capped
    page = (data_of(project, FREEZE) / "public.html").read_text(encoding="utf-8")
    text = page[page.index("年度检查频次上限") :]
    assert "同一层级的各部门合计 2 次" in text and "各层级合计 3 次" in text
    assert "已达上限、不再抽取的（户）" in text
    internal = (data_of(project, FREEZE) / "auditor.html").read_text(encoding="utf-8")
    assert "每户已查的次数" in internal and firms[0] in internal


def test_the_count_of_each_firm_is_shown_before_the_freeze(capped, tmp_path):
    project, firms = capped
    page = (data_of(project, ROSTERS) / "auditor.html").read_text(encoding="utf-8")
    assert "每户已查的次数" in page and firms[0] in page[page.index("每户已查的次数") :]
    again = shutil.copytree(project / "params", tmp_path / "params").parent
    answer = ssj(again, "freeze", ROUND, "--yes")
    assert "2 户已达年度检查频次上限，本批次不抽" in answer.stdout + answer.stderr


def test_the_approval_says_the_count(capped):
    project, _ = capped
    folder = project / "outputs" / ROUND / "files" / "检查文书"
    ran(project, "papers", ROUND)
    paper = next(folder.glob("sample60-001 */*行政检查审批表.docx"))
    said = "\n".join(c.text for t in docx.Document(paper).tables for r in t.rows for c in r.cells)
    assert "2021 年封库以前已查" in said and "本层级各部门合计 2 次，各层级合计 3 次" in said


def test_the_audit_derives_it_again(capped):
    project, _ = capped
    assert failing(report_of(project)) == {}
    given = record_of(project, ROSTERS)["others"]
    assert len(given) == 10 and {r["file"] for r in given} == {"other_inspections.xlsx"}


def test_another_round_waiting_for_its_draw_stops_a_freeze(tmp_path):
    project = new_project(tmp_path / "project", "2021Q3", "2021Q4")
    ran(project, "freeze", "2021Q3", "--yes")
    answer = ssj(project, "freeze", "2021Q4", "--yes")
    assert answer.returncode and "2021Q3 已封库、还没有抽取" in answer.stderr
    assert "请先抽取 2021Q3，或作废它的封库" in answer.stderr


BAD = {
    "no date": ({"检查日期": None}, "“检查日期”列"),
    "no firm": ({"编号": None}, "“编号”列"),
    "another year": ({"检查日期": date(2020, 3, 3)}, "检查日期不在 2021 年"),
}


@pytest.mark.parametrize(("cells", "said"), BAD.values(), ids=BAD)
def test_a_freeze_stops_at_a_bad_row(cells, said, tmp_path):
    project = new_project(tmp_path / "project", ROUND)
    inspections(project, inspection(FIRM, 2), inspection(FIRM, 3) | cells)
    answer = ssj(project, "check", ROUND, "--all")
    assert answer.returncode
    out = answer.stdout + answer.stderr
    assert "other_inspections.xlsx" in out and "第 3 行" in out and said in out
