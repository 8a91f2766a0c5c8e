"""A new round's folder, and a rehearsal that enters nothing."""

from __future__ import annotations

import json
from datetime import datetime

import openpyxl
import pytest
from conftest import ROOT, new_project

from ssj.base import approvals, params
from ssj.base.errors import InputError, RefusedError, SsjError
from ssj.casebook import archive, inspection, runner
from ssj.tables import paramfiles, rawtables, schema
from ssj.upkeep import starter
from ssj.year import indicator_list, planning

NOW = datetime.fromisoformat("2021-11-22T09:00:00+08:00")


def names(folder) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_new_round_has_tables_with_headers_only(tmp_path):
    folder = starter.new_round(tmp_path / "params", "2026Q1", None)
    assert names(folder) == [
        "entropy.example.toml",
        "items.xlsx",
        "officers.xlsx",
        "plan.xlsx",
        "round.xlsx",
        "targets.xlsx",
    ]
    for stem in schema.TITLES:
        table = rawtables.read(folder / f"{stem}.xlsx", schema.headers(stem))
        assert (list(table.frame.columns), len(table.frame), table.problems) == (
            list(schema.headers(stem)),
            0,
            [],
        )
    assert names(tmp_path / "params") == ["2026Q1"], "nothing half-made is left"


def left(folder, read) -> list[tuple[str, int | None, str]]:
    """What is left to fill in: sheet, row, and what it is called."""
    with pytest.raises(InputError) as caught:
        read(folder)
    assert {p.message[-4:] for p in caught.value.problems} == {"还没有填"}
    return [
        (p.sheet, p.row, p.message.split("”")[0][1:] if "”" in p.message else p.column)
        for p in caught.value.problems
    ]


def fill(path, given: dict[tuple[str, str], object]) -> None:
    """Write into cells of a workbook of parameters, as a person would."""
    book = openpyxl.load_workbook(path)
    for (sheet, cell), value in given.items():
        assert not book[sheet][cell].protection.locked, f"{sheet} {cell} is protected"
        book[sheet][cell].value = value
    book.save(path)


def test_new_parameters_say_what_is_left_to_fill_in(tmp_path):
    """Seventeen values with the two custodians; the issue allows 25."""
    folder = starter.new_round(tmp_path, "2026Q1", None)
    assert left(folder, paramfiles.read_round) == [
        ("基本", 4, "批次名称"),
        ("基本", 5, "单位全称"),
        ("基本", 6, "检查期间第一天"),
        ("基本", 7, "检查期间最后一天"),
        ("基本", 8, "公布日"),
        *(("审批权限", row, "可以批准的人") for row in range(3, 7)),
        *(("审批", row, column) for row in (3, 4) for column in ("审批人", "审批日期")),
        ("公开活动", 6, "时间"),
        ("公开活动", 7, "地点"),
    ]
    assert {p.severity for p in inspection.inspect(folder, NOW).problems} == {"error"}


FIRST = {
    ("基本", "B4"): "2026年第一季度双随机抽查",
    ("基本", "B5"): "样例县住建局",
    ("基本", "B6"): "2026-03-02",
    ("基本", "B7"): "2026-03-31",
    ("基本", "B8"): "2026-03-02",
    **{("审批权限", f"B{row}"): "样例局长" for row in range(3, 7)},
    **{("审批", f"B{row}"): "样例局长" for row in (3, 4)},
    **{("审批", f"C{row}"): "2026-02-09" for row in (3, 4)},
    ("公开活动", "B6"): "2026-02-24 10:00",
    ("公开活动", "B7"): "样例厅",
    ("保管人", "A3"): "驻局纪检监察组（样例）",
    ("保管人", "A4"): "样例县市场监督管理局",
}
NEXT = {  # what is typed for the round after
    ("基本", "B4"): "2026年第二季度双随机抽查",
    ("基本", "B6"): "2026-06-01",
    ("基本", "B7"): "2026-06-30",
    ("基本", "B8"): "2026-06-01",
    ("审批", "C3"): "2026-05-08",
    ("审批", "C4"): "2026-05-08",
    ("公开活动", "B6"): "2026-05-25 10:00",
}


def test_filled_in_parameters_are_complete(tmp_path):
    """With 17 values typed for the first round, and 7 for the next."""
    folder = starter.new_round(tmp_path, "2026Q1", None)
    fill(folder / "round.xlsx", FIRST)
    read = paramfiles.read_round(folder)
    assert (read.round.id, read.event.notice_days, list(read.classes)) == (
        "2026Q1",
        3,
        ["A", "B", "C", "D"],
    )
    assert approvals.approval_problems(read) == []
    following = starter.new_round(tmp_path, "2026Q2", "2026Q1")
    assert len(left(following, paramfiles.read_round)) == len(NEXT) <= 8
    fill(following / "round.xlsx", NEXT)
    again = paramfiles.read_round(following)
    assert (again.classes, again.authority, again.event.custodians) == (
        read.classes,
        read.authority,
        read.event.custodians,
    )
    text = (
        (folder / "entropy.example.toml")
        .read_text(encoding="utf-8")
        .replace('time = "请填写"', "time = 2026-02-24T10:06:00+08:00")
    )
    (folder / "entropy.toml").write_text(text.replace("请填写", "样例"), encoding="utf-8")
    assert list(params.read_entropy(folder / "entropy.toml").roles) == [
        "主持",
        "操作",
        "记录",
        "监督",
        "见证",
    ]


def test_new_round_from_another(tmp_path):
    home = new_project(tmp_path, "sample60") / "params"
    folder = starter.new_round(home, "2026Q1", "sample60")
    for stem in schema.TITLES:
        assert (folder / f"{stem}.xlsx").read_bytes() == (
            home / "sample60" / f"{stem}.xlsx"
        ).read_bytes()
    assert len(left(folder, paramfiles.read_round)) == 7, "what belongs to one round is blank"
    assert not (folder / "entropy.toml").exists(), "nor is the other round's event"


def test_new_year(tmp_path):
    """A year's folder has its plan and its parameters, of a round or of the year before."""
    home = new_project(tmp_path, "sample60") / "params"
    folder = starter.new_round(home, "2026", "sample60")
    assert names(folder) == ["indicators.xlsx", "plan.xlsx", "year.xlsx"]
    assert indicator_list.read(folder, 2026, NOW.date()).problems == []
    assert (folder / "plan.xlsx").read_bytes() == (home / "sample60" / "plan.xlsx").read_bytes()
    assert left(folder, planning.read) == [
        ("基本", 4, "名称"),
        *(("批次", row, f"检查期间{day}天") for row in range(3, 7) for day in ("第一", "最后一")),
        ("审批权限", 3, "可以批准的人"),
        ("审批", 3, "审批人"),
        ("审批", 3, "审批日期"),
    ]
    days = {
        ("批次", f"{column}{row}"): f"2026-{3 * row - 6:02}-{day:02}"
        for row in range(3, 7)
        for column, day in (("B", 2), ("C", 28))
    }
    given = {("基本", "B4"): "样例计划", ("审批权限", "B3"): "样例局长", ("审批", "B3"): "样例局长"}
    fill(folder / "year.xlsx", {**days, **given, ("审批", "C3"): "2026-01-15"})
    read = planning.read(folder)
    assert (read.year, read.ids(), read.demonstration, read.rosters) == (
        2026,
        ["2026Q1", "2026Q2", "2026Q3", "2026Q4"],
        False,
        "sample60",
    )
    following = starter.new_round(home, "2027", "2026")
    assert [label for sheet, _, label in left(following, planning.read) if sheet != "批次"] == [
        "名称",
        "用哪个批次的名录",
        "审批日期",
    ]
    other = starter.new_round(home, "2028", None)
    assert list(rawtables.read(other / "plan.xlsx", schema.headers("plan")).frame.columns) == list(
        schema.headers("plan")
    )


# name → (round id, source, error class, message)
REFUSED = {
    "Chinese id": (
        "第一季度",
        None,
        SsjError,
        "批次号“第一季度”不合要求\n只能用英文字母、数字和“-”，如 2026Q1。",
    ),
    "path as id": (
        "../x",
        None,
        SsjError,
        "批次号“../x”不合要求\n只能用英文字母、数字和“-”，如 2026Q1。",
    ),
    "folder exists": (
        "sample60",
        None,
        RefusedError,
        "已经存在\n请换一个批次号，或直接修改其中的文件。",
    ),
    "no such source of a plan": ("2026", "2025Q4", SsjError, "请核对年份或批次号。"),
    "no such source": ("2026Q1", "2025Q4", SsjError, "找不到批次 2025Q4\n请核对；现有：sample60"),
}


@pytest.mark.parametrize(
    ("round_id", "source", "error", "message"), REFUSED.values(), ids=list(REFUSED)
)
def test_refused(round_id, source, error, message, tmp_path):
    home = new_project(tmp_path, "sample60") / "params"
    with pytest.raises(error) as caught:
        starter.new_round(home, round_id, source)
    assert type(caught.value) is error and str(caught.value).endswith(message)
    assert names(home) == ["sample60"] and names(tmp_path) == ["params"]


def test_source_with_a_table_missing_leaves_nothing(tmp_path):
    home = new_project(tmp_path, "sample60") / "params"
    (home / "sample60" / "plan.xlsx").unlink()
    with pytest.raises(InputError, match="文件夹“sample60”里没有表格 plan"):
        starter.new_round(home, "2026Q1", "sample60")
    assert names(home) == ["sample60"]


# --- rehearsal ---


def test_rehearsal_is_prepared_beside_outputs(tmp_path):
    project = new_project(tmp_path, "sample60")
    with archive.opened(project / "outputs") as book:
        for _ in range(2):  # a second one replaces the first
            place = starter.rehearsal(book, project / "params" / "sample60", NOW)
            assert place == project / "rehearsal" / "sample60" / "rosters"
            assert names(place) == ["in", "notebook.ipynb", "out"] and names(place / "out") == []
            (place / "out" / "rosters.json").touch()
    assert names(project / "outputs") == [".lock"], "no stage, no bag, no line"
    assert names(place / "in") == [
        "history.json",
        "items.xlsx",
        "officers.xlsx",
        "plan.xlsx",
        "round.toml",
        "stage.json",
        "targets.xlsx",
    ]
    stage = json.loads((place / "in" / "stage.json").read_text(encoding="utf-8"))
    assert (stage["rehearsal"], stage["round_id"], stage["attempt"], stage["time"]) == (
        True,
        "sample60",
        1,
        "2021-11-22T09:00:00+08:00",
    )
    notebook = runner.read_notebook(place / "notebook.ipynb")
    source = runner.read_notebook(ROOT / "notebooks" / "1_rosters.ipynb")
    assert [c.id for c in notebook.cells if c.id != "injected-parameters"] == [
        c.id for c in source.cells
    ]
    injected = next(c for c in notebook.cells if c.id == "injected-parameters")
    assert 'round_id = "sample60"\nattempt = 1' in injected.source
