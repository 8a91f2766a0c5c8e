"""The provincial platform in whole rounds: reconciled after a draw of ours, or drawing itself (外部
抽取); archived, audited, never called random.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from archived import (
    DRAW,
    FREEZE,
    data_of,
    entered_stages,
    failing,
    last,
    numbered,
    record_of,
    report_of,
)
from conftest import new_project
from faults.conftest import forge
from returned import export
from warm import amend, run

from ssj import protocol
from ssj.audit import verdict
from ssj.base import params
from ssj.casebook import archive, past
from ssj.draw import lists
from ssj.tables import writing

ROUND = "sample60"
pytestmark = pytest.mark.slow
PLATFORM, SECOND_PLATFORM = numbered("freeze", "draw", "platform", "platform")[-2:]
AMEND = last("freeze", "draw", "amend")


def file(project: Path, name: str) -> Path:
    return project / "outputs" / ROUND / "files" / name


def edit_cell(path: Path, row: int, column: int, value: str) -> None:
    book = openpyxl.load_workbook(path)
    book.worksheets[0].cell(row, column, value)
    book.save(path)


# --- drawn here, entered there ---


@pytest.fixture(scope="module")
def reconciled(done_sample60, tmp_path_factory) -> Path:
    """Reconciled with two differences, then mended there and reconciled again."""
    project = shutil.copytree(done_sample60, tmp_path_factory.mktemp("reconciled") / "project")
    record = record_of(project, DRAW)
    export(project, record, lambda rows: [{**rows[0], "名称": "演示旧名公司"}, *rows[2:]])
    assert run(project, "platform", ROUND) == 0
    export(project, record)
    assert run(project, "platform", ROUND) == 0
    return project


def test_reconciliations_audit_clean(reconciled):
    report = report_of(reconciled, fast=False)
    assert (report.exit_code, [s for s in report.steps if not s.holds]) == (0, [])
    assert report.stages == numbered("freeze", "draw", "platform", "platform")


def test_what_the_stages_hold(reconciled):
    first, second = (record_of(reconciled, stage) for stage in (PLATFORM, SECOND_PLATFORM))
    assert {
        k: n for k, n in first["counts"].items() if n and k not in ("drawn", "listed", "agrees")
    } == {"missing": 1, "name": 1}
    assert second["counts"]["agrees"] == second["counts"]["drawn"] == second["counts"]["listed"]
    assert [t["numbers"] for t in second["tasks"]] == [
        ["PT-S01"],
        ["PT-S02"],
        ["PT-S03"],
        ["PT-S04"],
    ]
    assert first["source"]["dropped"] == ["联系电话"]
    assert (
        b"13812345678" not in (data_of(reconciled, PLATFORM) / "in" / "platform.xlsx").read_bytes()
    )


def test_working_copies_of_both_stand_side_by_side(reconciled):
    for name in (
        "平台核对公告.html",
        "平台核对公告（核对2）.html",
        "平台核对过程记录（内部）（核对2）.html",
        "平台核对.xlsx",
        "平台核对（核对2）.xlsx",
    ):
        assert file(reconciled, name).exists(), name
    sheets = pd.read_excel(
        file(reconciled, "平台核对.xlsx"), sheet_name=None, dtype=str, engine="openpyxl"
    )
    assert list(sheets["需更正"]["核对结果"]) == ["名称不同", "平台缺少"] or list(
        sheets["需更正"]["核对结果"]
    ) == ["平台缺少", "名称不同"]


def test_the_public_page_names_nobody(reconciled):
    page = (data_of(reconciled, PLATFORM) / "public.html").read_text(encoding="utf-8")
    record = record_of(reconciled, DRAW)
    named = [
        row["identity"]["name"]
        for table in ("targets", "officers", "tasks")
        for row in record["tables"][table]
    ]
    assert [n for n in (*named, *(t["id"] for t in record["tables"]["targets"])) if n in page] == []
    assert "PT-S01" in page and "平台缺少" in page


@pytest.mark.parametrize("change", ["a row's finding", "a count", "a number", "a parameter"])
def test_an_edited_record_fails_v3(reconciled, tmp_path, change):
    project = shutil.copytree(reconciled, tmp_path / "project")

    def edit(folder: Path) -> None:
        path = folder / "out" / "platform.json"
        record = archive.read_record(path)
        if change == "a row's finding":
            record["rows"][0]["findings"] = (
                ["agrees"] if record["rows"][0]["findings"] != ["agrees"] else ["extra"]
            )
        elif change == "a count":
            record["counts"]["missing"] += 1
        elif change == "a number":
            record["tasks"][0]["numbers"] = ["PT-0"]
        else:
            record["parameters"]["bureau"] = "另一个局"
        path.write_bytes(protocol.canonical(record))

    forge(project, platform=edit)
    assert list(failing(report_of(project))) == [3]


def test_an_edited_list_fails_v3(reconciled, tmp_path):
    project = shutil.copytree(reconciled, tmp_path / "project")
    forge(
        project,
        platform=lambda folder: edit_cell(folder / "in" / "platform.xlsx", 2, 4, "演示又一名"),
    )
    assert list(failing(report_of(project))) == [3]


def test_an_edited_list_without_forged_ledger_fails_v2(reconciled, tmp_path):
    project = shutil.copytree(reconciled, tmp_path / "project")
    edit_cell(data_of(project, SECOND_PLATFORM) / "in" / "platform.xlsx", 2, 4, "演示又一名")
    assert list(failing(report_of(project))) == [2]


def test_a_list_taken_byte_for_byte_keeps_its_hash(done_sample60, tmp_path):
    """Even an edit that changes no finding (the date) shows: the copy is not the file whose hash
    was taken.
    """
    project = shutil.copytree(done_sample60, tmp_path / "project")
    export(
        project,
        record_of(project, DRAW),
        lambda rows: [{k: v for k, v in row.items() if k != "联系电话"} for row in rows],
    )
    assert run(project, "platform", ROUND) == 0
    assert list(failing(report_of(project))) == []

    def edit(folder: Path) -> None:
        source = folder / "in" / "platform.xlsx"
        book = openpyxl.load_workbook(source)
        book.save(source)  # other bytes, the same cells

    forge(project, platform=edit)
    assert (
        list(failing(report_of(project))) == [3]
        and "校验码与 stage.json 不一致"
        in next(s for s in report_of(project).steps if s.holds is False).detail
    )


def test_after_an_amendment_those_who_go_now_are_compared(done_sample60, tmp_path):
    project = shutil.copytree(done_sample60, tmp_path / "project")
    record = record_of(project, DRAW)
    seat = record["officers"]["taken"][0]
    assert amend(project, seat["officer"], "回避", "--visit", seat["visit"])[0] == 0
    export(project, record)
    assert run(project, "platform", ROUND) == 0
    found = record_of(project, SECOND_PLATFORM)
    assert (
        (data_of(project, SECOND_PLATFORM) / "in" / "amend.json").exists()
        and found["counts"]["officers"] >= 1
        and found["counts"]["missing"] == 0
    )
    assert list(failing(report_of(project))) == []


REFUSED = {
    "not drawn yet": ((), 4, "还没有抽取"),
    "no list": (("drawn",), 3, "没有表格 platform"),
    "bad cells": (("drawn", "bad"), 3, "输入资料有 2 个问题"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_write_nothing(name, done_sample60, tmp_path, capsys):
    state, code, text = REFUSED[name]
    project = (
        shutil.copytree(done_sample60, tmp_path / "p")
        if state
        else new_project(tmp_path / "p", ROUND)
    )
    if "bad" in state:
        export(
            project,
            record_of(project, DRAW),
            lambda rows: [
                {**rows[0], "编号": "不 是？"},
                {**rows[1], "登记日期": "昨天"},
                *rows[2:],
            ],
        )
    before = entered_stages(project) if state else []
    assert run(project, "platform", ROUND) == code
    assert text in capsys.readouterr().err
    assert (entered_stages(project) if state else []) == before and not (
        project / "outputs" / ROUND / PLATFORM
    ).exists()


def test_a_look_at_the_list_enters_nothing(done_sample60, tmp_path, capsys):
    """And its sheet and titles are declared as those of rosters are."""
    project = shutil.copytree(done_sample60, tmp_path / "project")
    folder, record = project / "params" / ROUND, record_of(project, DRAW)
    export(project, record)
    rows = pd.read_excel(folder / "platform.xlsx", dtype=str, engine="openpyxl").rename(
        columns={"编号": "主体码"}
    )
    writing.write_workbook(folder / "platform.xlsx", {"旧": rows.head(3), "新": rows})
    before = (project / "outputs" / "ledger.jsonl").read_bytes()
    assert run(project, "platform", ROUND, "--check") == 3
    said = capsys.readouterr().out
    assert said.startswith("platform.xlsx：没有读取")
    assert f"全部问题见 outputs/{ROUND}/files/平台名单问题清单.xlsx" in said
    mapping = '[platform]\nsheet = "新"\n"编号" = "主体码"\n'
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    assert run(project, "platform", ROUND, "--check") == 0
    said = capsys.readouterr().out
    assert "另有工作表“旧”（3 行）没有读取" in said and "没有错误，可以逐行核对" in said
    assert (project / "outputs" / "ledger.jsonl").read_bytes() == before
    assert run(project, "platform", ROUND) == 0
    assert (data_of(project, PLATFORM) / "in" / "mapping.toml").read_text("utf-8") == mapping
    assert not [s for s in report_of(project, fast=True).steps if s.holds is False]


# --- drawn there ---


def set_elsewhere(project: Path) -> None:
    path = project / "params" / ROUND / "round.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            'official_draw = "here"', 'official_draw = "platform"'
        ),
        encoding="utf-8",
    )


def external_rows(record: protocol.Record) -> list[dict]:
    """As many targets of each frame as the plan asks for, the first by id, not by ticket."""
    return [
        {
            "任务编号": task["id"],
            "编号": i,
            "平台任务编号": f"PT-{task['id']}",
            "抽取时间": "2021-11-26 10:30",
        }
        for task in record["tables"]["tasks"]
        for i in [
            t["id"]
            for t in record["tables"]["targets"]
            for f in t["internal"]["frames"]
            if f["task"] == task["id"] and f["size"]
        ][: lists.planned(record, task)[1]]
    ]


def write_external(project: Path, rows: list[dict]) -> None:
    writing.write_xlsx(project / "params" / ROUND / "external.xlsx", {"名单": pd.DataFrame(rows)})


@pytest.fixture(scope="module")
def frozen(tmp_path_factory) -> Path:
    project = new_project(tmp_path_factory.mktemp("frozen") / "project", ROUND)
    set_elsewhere(project)
    assert run(project, "freeze", ROUND) == 0
    return project


@pytest.fixture(scope="module")
def drawn(frozen, tmp_path_factory) -> Path:
    project = shutil.copytree(frozen, tmp_path_factory.mktemp("drawn") / "project")
    record = record_of(project, FREEZE)
    write_external(project, external_rows(record))
    assert run(project, "draw", ROUND) == 0
    return project


def test_a_look_at_the_list_that_the_platform_drew(frozen, tmp_path, capsys):
    project = shutil.copytree(frozen, tmp_path / "project")
    assert run(project, "platform", ROUND, "--check") == 3
    assert "external" in capsys.readouterr().out
    rows = external_rows(record_of(project, FREEZE))
    write_external(project, [*rows, {**rows[0], "任务编号": "S99"}])
    assert run(project, "platform", ROUND, "--check") == 3
    said = capsys.readouterr().out
    assert f"external.xlsx：{len(rows) + 1} 行中 {len(rows)} 行能用；错误 1 个" in said
    write_external(project, rows)
    assert run(project, "platform", ROUND, "--check") == 0
    assert "没有错误，可以抽取：ssj draw" in capsys.readouterr().out


def test_what_the_freeze_says(frozen):
    for audience in ("public", "auditor"):
        assert params.ELSEWHERE in (data_of(frozen, FREEZE) / f"{audience}.html").read_text(
            encoding="utf-8"
        )
    auditor = (data_of(frozen, FREEZE) / "auditor.html").read_text(encoding="utf-8")
    assert auditor.count(params.PLAN_ONLY) == 2, "beside the sizes and beside the chances"
    notice = archive.read_record(data_of(frozen, FREEZE) / "out" / "notice.json")
    assert notice["committed"]["official_draw"] == "platform"


def test_status_asks_for_the_list(frozen, capsys):
    assert run(frozen, "status") == 0
    assert "external.xlsx" in capsys.readouterr().out


def test_without_the_list_nothing_is_drawn(frozen, tmp_path, capsys):
    project = shutil.copytree(frozen, tmp_path / "project")
    assert run(project, "draw", ROUND) == 3
    assert "没有表格 external" in capsys.readouterr().err and entered_stages(project) == numbered(
        "freeze"
    )


def test_all_errors_of_list_and_event_at_once(frozen, tmp_path, capsys):
    project = shutil.copytree(frozen, tmp_path / "project")
    rows = external_rows(record_of(project, FREEZE))
    write_external(
        project,
        [{**rows[0], "任务编号": "S99"}, {**rows[1], "编号": "91999998MA000404XX"}, *rows[2:]],
    )
    path = project / "params" / ROUND / "entropy.toml"
    text = params.read_entropy(path).text
    path.write_text(path.read_text(encoding="utf-8").replace(text, "7" * 16), encoding="utf-8")
    assert run(project, "draw", ROUND) == 3
    said = capsys.readouterr().err
    assert (
        "任务编号不在本批次的抽查任务中" in said
        and "编号不在封库的检查对象名录库中" in said
        and "书写格式" in said
    )
    assert entered_stages(project) == numbered("freeze")


def test_the_list_is_the_draw(drawn):
    record = record_of(drawn, DRAW)
    rows = external_rows(record)
    assert {(p["task"], i) for p in record["drawn"] for i in p["external"]} == {
        (r["任务编号"], r["编号"]) for r in rows
    }
    assert {v["id"] for v in record["visits"]} == {r["编号"] for r in rows} and record[
        "platform_list"
    ][0]["number"] == "PT-S01"
    assert all(seats for seats in (record["officers"]["taken"],))


def test_the_audit_says_that_v5_is_not_checked(drawn, capsys):
    assert run(drawn, "audit", "outputs/" + ROUND) == 6
    said = capsys.readouterr().out
    assert f"【{params.ELSEWHERE}】" in said and "V5 不能核验，不能视为随机抽取" in said
    report = report_of(drawn)
    assert [s.number for s in report.steps if s.holds is None and s.detail != verdict.LEFT_OUT] == [
        5
    ] and report.exit_code == 6
    assert "外部抽取" in report.steps[4].detail


def test_every_page_and_paper_says_it(drawn):
    assert run(drawn, "receipt", ROUND, "--all") == 0
    pages = [
        *(
            p
            for p in file(drawn, ".").rglob("*.html")
            if p.name not in ("核验.html", "检查码核验.html", "见证.html")
        )
    ]
    assert len(pages) == 60 + 5
    assert [p.name for p in pages if params.ELSEWHERE not in p.read_text(encoding="utf-8")] == []
    facts = pd.read_excel(file(drawn, "抽取结果.xlsx"), sheet_name=None, engine="openpyxl")
    assert params.ELSEWHERE in set(facts["说明"]["内容"]) and set(
        facts["检查对象"]["抽取方式"]
    ) == {"外部抽取"}
    assert (
        json.loads(file(drawn, "公开记录.json").read_text(encoding="utf-8"))["committed"][
            "official_draw"
        ]
        == "platform"
    )


TAMPERED = {
    "a row of the list left out": (
        3,  # by its account; and 5
        lambda d: edit_cell(d / "in" / "external.xlsx", 2, 2, "91999998MA00030047"),
    ),
    "a drawn target exchanged": (
        5,
        lambda d: change_record(d, lambda r: r["drawn"][0]["external"].pop()),
    ),
    "a target added": (
        5,
        lambda d: change_record(
            d,
            lambda r: r["drawn"][1].update(
                external=sorted({*r["drawn"][1]["external"], "91999998MA00030047"})
            ),
        ),
    ),
    "a platform number": (
        5,
        lambda d: change_record(d, lambda r: r["platform_list"][0].update(number="PT-0")),
    ),
    "a visit left out": (6, lambda d: change_record(d, lambda r: r["visits"].pop())),
    "a team": (
        7,
        lambda d: change_record(d, lambda r: r["officers"]["taken"][0].update(choices=99)),
    ),
    "said to be drawn here": (
        3,
        lambda d: change_record(d, lambda r: r["parameters"].update(official_draw="here")),
    ),
}


def change_record(folder: Path, change) -> None:
    path = folder / "out" / "draw.json"
    record = archive.read_record(path)
    change(record)
    path.write_bytes(protocol.canonical(record))


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_fails_by_its_step(drawn, tmp_path, name):
    number, change = TAMPERED[name]
    project = shutil.copytree(drawn, tmp_path / "project")
    forge(project, draw=change)
    if name == "said to be drawn here":  # the protocol's own step 3 on the record by itself
        assert protocol.verify(record_of(project, DRAW))[0].holds is False
        assert 4 in list(failing(report_of(project)))
    else:
        assert next(iter(failing(report_of(project)))) == number


def test_an_external_round_amends_and_reconciles(drawn, tmp_path):
    project = shutil.copytree(drawn, tmp_path / "project")
    record = record_of(project, DRAW)
    seat = record["officers"]["taken"][0]
    assert amend(project, seat["officer"], "回避", "--visit", seat["visit"])[0] == 0
    export(project, record_of(project, AMEND))
    assert run(project, "platform", ROUND) == 0
    assert record_of(project, SECOND_PLATFORM)["counts"]["agrees"] == len(
        [i for p in record["drawn"] for i in p["external"]]
    )
    report = report_of(project)
    assert list(failing(report_of(project))) == [] and report.exit_code == 6


def test_later_rounds_count_its_visits_towards_caps_but_not_for_the_cool_down(drawn):
    book = archive.Archive(drawn / "outputs", archive.read_entries(drawn / "outputs"))
    found = past.history_of(book, "2022Q1", True)
    assert found["rounds"][0]["external"] is True and found["cool_down"] == []
    from ssj.rosters import history

    earlier = history.from_json(found)
    assert earlier.last() == {} and sum(earlier.counted(2021).values()) == len(
        record_of(drawn, DRAW)["visits"]
    )
