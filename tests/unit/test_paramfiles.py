"""round.xlsx read: what is wrong is said with its sheet, row and column, all at once; cells as
people write them.
"""

from __future__ import annotations

import shutil
from datetime import date, datetime

import openpyxl
import pytest
from conftest import ROOT

from ssj.base import formats, params
from ssj.base.errors import InputError, Problem
from ssj.base.workdays import read_calendar
from ssj.casebook import taking
from ssj.rosters.rosters import load_round
from ssj.tables import fields, headings, paramfiles, parts, sheets
from ssj.workbooks import paramforms

SAMPLE = ROOT / "demo" / "params" / "sample60"


@pytest.fixture
def folder(tmp_path):
    values = params.read_round(SAMPLE / "round.toml").model_dump(by_alias=True)
    (tmp_path / "round.xlsx").write_bytes(paramforms.form(fields.ROUND, "sample60", values))
    return tmp_path


def edit(folder, sheet: str, cell: str, value) -> None:
    book = openpyxl.load_workbook(folder / "round.xlsx")
    book[sheet][cell].value = value
    book.save(folder / "round.xlsx")


def problems(folder) -> list[str]:
    with pytest.raises(InputError) as caught:
        paramfiles.read_round(folder)
    return [str(p) for p in caught.value.problems]


# name → (sheet, cell, value, message)
CASES = {
    "nothing where something must be": (
        "基本",
        "B4",
        None,
        "round.xlsx 工作表“基本” 第 4 行 “内容”列：“批次名称”还没有填。请填写。",
    ),
    "a date as text that is none": (
        "基本",
        "B6",
        "下月六日",
        (
            "round.xlsx 工作表“基本” 第 6 行 “内容”列：“检查期间第一天”应为日期，"
            "现为“下月六日”。请写成 2026-03-02。"
        ),
    ),
    "a time without its hour": (
        "公开活动",
        "B6",
        "2021-11-26",
        (
            "round.xlsx 工作表“公开活动” 第 6 行 “内容”列：“时间”应为日期和时间，"
            "现为“2021-11-26”。请写成 2026-02-24 10:00。"
        ),
    ),
    "a word that is not in the list": (
        "公开活动",
        "B3",
        "硬币",
        "round.xlsx 工作表“公开活动” 第 3 行 “内容”列：“来源”不是允许的值，现为“硬币”。",
    ),
    "neither yes nor no": (
        "基本",
        "B12",
        "可以",
        (
            "round.xlsx 工作表“基本” 第 12 行 “内容”列：“轮换”不是允许的值，现为“可以”。"
            "请从列表中选：是、否。"
        ),
    ),
    "text for a number": (
        "分类",
        "C4",
        "两倍",
        "round.xlsx 工作表“分类” 第 4 行 “风险权数”列：应为整数，现为“两倍”。请只写整数。",
    ),
    "half a number": (
        "分类",
        "C4",
        2.5,
        "round.xlsx 工作表“分类” 第 4 行 “风险权数”列：应为整数，现为“2.5”。请只写整数。",
    ),
    "no ratio": (
        "分类",
        "B4",
        "五成",
        "round.xlsx 工作表“分类” 第 4 行 “最高抽查比例”列：",
    ),
    "a class renamed to what is none": (
        "分类",
        "A4",
        "B 级",
        "round.xlsx 工作表“分类” 第 4 行 “等级”列：值不合要求",
    ),
    "a class twice": (
        "分类",
        "A4",
        "A",
        "round.xlsx 工作表“分类” 第 4 行 “等级”列：与第 3 行写重了，现为“A”。请删去一行，或改正。",
    ),
    "an entry without its name": (
        "分类",
        "A4",
        None,
        "round.xlsx 工作表“分类” 第 4 行 “等级”列：没有写等级。请补上。",
    ),
    "a row half filled in": (
        "审批",
        "C3",
        None,
        "round.xlsx 工作表“审批” 第 3 行 “审批日期”列：还没有填。请填写。",
    ),
    "a parameter renamed": (
        "基本",
        "A5",
        "单位名称",
        (
            "round.xlsx 工作表“基本” 第 5 行 “项目”列：不认识的项目，现为“单位名称”。"
            "请改回原来的写法，或删去这一行。"
        ),
    ),
    "a parameter twice": (
        "基本",
        "A5",
        "批次名称",
        (
            "round.xlsx 工作表“基本” 第 5 行 “项目”列：与第 4 行是同一项，现为“批次名称”。"
            "请删去一行。"
        ),
    ),
    "a column renamed": (
        "审批",
        "C2",
        "日期",
        "round.xlsx 工作表“审批” 第 2 行：缺少“审批日期”一列。请恢复列名。",
    ),
    "a column of one's own": (
        "审批",
        "D2",
        "备注",
        (
            "round.xlsx 工作表“审批” 第 2 行 “备注”列：这一列不是参数。"
            "请改回原来的列名，或删去这一列。"
        ),
    ),
    "a formula without a value": (
        "基本",
        "B4",
        "=A1",
        (
            "round.xlsx 工作表“基本” 第 4 行 “内容”列：公式没有算出的值。"
            "请在 Excel 中打开、重新计算并改正，复制后选择性粘贴为数值，再保存。"
        ),
    ),
    "a rule over several": (
        "基本",
        "B7",
        "2021-12-01",
        "round.xlsx：检查期间 window 的结束日早于开始日。请修改。",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_problem_is_named_by_its_place(folder, name):
    sheet, cell, value, message = CASES[name]
    edit(folder, sheet, cell, value)
    found = problems(folder)
    assert any(text.startswith(message) for text in found), found


# name → (sheet, cell, value, where it is read, as what)
WRITTEN = {
    "a day as text": ("基本", "B6", "2021年12月6日", "round.window.start", "2021-12-06"),
    "a day with a time": ("基本", "B6", datetime(2021, 12, 6), "round.window.start", "2021-12-06"),
    "a time as text": (
        "公开活动",
        "B6",
        "2021年11月26日 10:00",
        "event.time",
        "2021-11-26 10:00:00+08:00",
    ),
    "a full-width time": (
        "公开活动",
        "B6",
        "２０２１－１１－２６　１０：００",
        "event.time",
        "2021-11-26 10:00:00+08:00",
    ),
    "a number for a ratio": ("分类", "B4", 0.145, "classes.B.max_ratio", "0.145"),
    "percent": ("分类", "B4", "14.5 %", "classes.B.max_ratio", "0.145"),
    "full-width percent": ("分类", "B4", "２０％", "classes.B.max_ratio", "0.2"),
    "a number as text": ("分类", "C4", "２", "classes.B.weight", "2"),
    "a text of digits": ("基本", "B4", 2026, "round.title", "2026"),
    "names set off by commas": (
        "审批权限",
        "B3",
        "样例甲， 样例乙",
        "authority",
        ["样例甲", "样例乙"],
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_cells_are_read_as_people_write_them(folder, name):
    sheet, cell, value, path, expected = WRITTEN[name]
    edit(folder, sheet, cell, value)
    found = paramfiles.lookup(paramfiles.read_round(folder).model_dump(), path)
    assert (found[0]["approvers"] if path == "authority" else str(found)) == expected


def test_a_time_is_read_in_beijing_time(folder):
    assert paramfiles.read_round(folder).event.time.utcoffset() == formats.BEIJING.utcoffset(None)


def test_rows_may_stand_in_another_order_and_between_blank_ones(folder):
    given = paramfiles.read_round(folder)
    book = openpyxl.load_workbook(folder / "round.xlsx")
    page = book["基本"]
    rows = [[cell.value for cell in row] for row in page["A3:B19"]]
    page.delete_rows(3, 17)
    for n, (label, value) in enumerate(reversed(rows)):
        page.cell(3 + 2 * n, 1).value, page.cell(3 + 2 * n, 2).value = label, value
    page = book["审批"]
    page.insert_rows(4)
    book.save(folder / "round.xlsx")
    assert paramfiles.read_round(folder) == given


def test_all_problems_come_at_once(folder):
    edit(folder, "基本", "B4", None)
    edit(folder, "分类", "C4", "两倍")
    edit(folder, "审批", "D2", "备注")
    assert len(problems(folder)) == 3


def test_both_forms_are_refused(folder):
    shutil.copy(SAMPLE / "round.toml", folder)
    assert problems(folder) == [
        (
            "round.xlsx：既有 round.xlsx 和 round.toml，不知道以哪一个为准。"
            "请只留一个，另一个移到别的文件夹。"
        )
    ]


def test_neither_form(tmp_path):
    assert problems(tmp_path) == [
        (
            f"round.xlsx：找不到这个文件。请放到文件夹 {tmp_path.name} 中"
            "（用 TOML 的，是 round.toml）。"
        )
    ]


def test_a_sheet_that_is_missing_and_one_that_is_not_known(folder):
    book = openpyxl.load_workbook(folder / "round.xlsx")
    book["专项库"].title = "专项名录"
    book.save(folder / "round.xlsx")
    found = problems(folder)
    assert found[0].startswith("round.xlsx 工作表“专项名录”：不认识的工作表。请删去，或改回原名。")
    assert found[1] == "round.xlsx：缺少工作表“专项库”。请恢复这张表。"


def test_a_missing_sheet_is_said_once(folder):
    """What it would hold is not called missing one by one."""
    book = openpyxl.load_workbook(folder / "round.xlsx")
    del book["分类"], book["基本"]
    book.save(folder / "round.xlsx")
    assert problems(folder) == [
        "round.xlsx：缺少工作表“基本”。请恢复这张表。",
        "round.xlsx：缺少工作表“分类”。请恢复这张表。",
    ]


def broken(folder):
    (folder / "round.xlsx").write_bytes((folder / "round.xlsx").read_bytes()[:5000])


def opened_in_excel(folder):
    (folder / "~$round.xlsx").write_bytes(b"")


def no_workbook(folder):
    (folder / "round.xlsx").write_text("[round]\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (broken, "round.xlsx：工作簿已损坏或不完整。"),
        (opened_in_excel, "round.xlsx：表格正在 Excel 中打开。"),
        (no_workbook, "round.xlsx：内容不是 xlsx 表格，而是没有分列的文字。"),
    ],
)
def test_what_can_t_be_read_at_all(folder, spoil, message):
    spoil(folder)
    (text,) = problems(folder)
    assert text.startswith(message)
    assert paramfiles.raw(fields.ROUND, folder) == {}


PLACED = {
    "event.custodians": ("保管人", None, ""),
    "event.count": ("公开活动", 4, "内容"),
    "approval": ("审批", None, ""),
    "approval.1.approver": ("审批", 4, "审批人"),
    "classes.C.yearly_cap": ("分类", 5, "年度上限"),
    "above_cap": ("不计上限任务", None, ""),
    "risk_factors.tasks": ("降频和风险因素", 11, "内容"),
    "round.id": ("基本", 3, "内容"),
    "outside.工商登记": ("其他部门的名单", None, ""),
}


@pytest.mark.parametrize("column", PLACED)
def test_what_later_checks_find_is_named_by_its_place_too(folder, column):
    problem = Problem("P99", "不对", "请改正", file="round.toml", column=column)
    (found,) = paramfiles.placed(fields.ROUND, folder, [problem])
    assert (found.sheet, found.row, found.column) == PLACED[column]
    assert found.file == "round.xlsx" and found.message.endswith("不对")


def test_toml_keeps_its_own_places(tmp_path):
    shutil.copy(SAMPLE / "round.toml", tmp_path)
    problem = Problem("P99", "不对", "请改正", file="round.toml", column="event.count")
    assert paramfiles.placed(fields.ROUND, tmp_path, [problem]) == [problem]
    assert paramfiles.canonical(fields.ROUND, tmp_path) == (SAMPLE / "round.toml").read_bytes()


def test_the_canonical_text_of_a_workbook_reads_to_the_same(folder):
    text = paramfiles.canonical(fields.ROUND, folder)
    (folder / "kept").mkdir()
    (folder / "kept" / "round.toml").write_bytes(text)
    assert params.read_round(folder / "kept" / "round.toml") == paramfiles.read_round(folder)


# --- the calendar that all rounds share ---


def write_calendar(home, years=(), holidays=(), workdays=()) -> None:
    values = {"years": [*years], "holidays": [*holidays], "workdays": [*workdays]}
    (home / "calendar.xlsx").write_bytes(paramforms.form(fields.CALENDAR, "批次号", values))


def test_a_calendar_as_a_workbook(tmp_path):
    assert paramfiles.read_calendar(tmp_path)(date(2021, 10, 9)), "without one: 调休 of 2021"
    write_calendar(tmp_path, [2031], [date(2031, 1, 1)], [date(2031, 1, 4)])
    is_workday = paramfiles.read_calendar(tmp_path)
    assert [is_workday(date(2031, 1, day)) for day in (1, 2, 4, 5)] == [False, True, True, False]
    text = paramfiles.canonical(fields.CALENDAR, tmp_path).decode()
    assert text == "years = [2031]\nholidays = [2031-01-01]\nworkdays = [2031-01-04]\n"


def test_a_stage_takes_the_calendar_as_toml(tmp_path):
    (tmp_path / "params" / "2031Q1").mkdir(parents=True)
    write_calendar(tmp_path / "params", [2031], [date(2031, 1, 1)])
    taking.take_calendar(tmp_path / "params" / "2031Q1", tmp_path)
    assert not read_calendar(tmp_path / "calendar.toml")(date(2031, 1, 1))


def test_a_blank_calendar_declares_nothing(tmp_path):
    write_calendar(tmp_path)
    with pytest.raises(InputError, match="不知道 2031 年的节假日安排"):
        paramfiles.read_calendar(tmp_path)(date(2031, 1, 2))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"years": [2021]}, "calendar.xlsx “years”列：2021 年的节假日安排程序已经知道"),
        ({"years": [1999]}, "calendar.xlsx 工作表“年份” 第 3 行 “年份”列：值不合要求"),
        ({"holidays": ["元旦"]}, "calendar.xlsx 工作表“放假” 第 3 行 “日期”列：应为日期"),
    ],
)
def test_a_calendar_that_will_not_do(tmp_path, given, message):
    write_calendar(tmp_path, **given)
    with pytest.raises(InputError) as caught:
        paramfiles.read_calendar(tmp_path)
    assert str(caught.value.problems[0]).startswith(message)


def test_two_calendars_are_refused(tmp_path):
    write_calendar(tmp_path)
    (tmp_path / "calendar.toml").touch()
    with pytest.raises(InputError, match="既有 calendar.xlsx 和 calendar.toml"):
        paramfiles.read_calendar(tmp_path)


# The sheet 映射


def test_a_mapping_may_stand_in_the_parameters(tmp_path):
    """The sheet says what mapping.toml would; the round reads to the same, and its next has it."""
    folder = shutil.copytree(SAMPLE, tmp_path / "params" / "sample60")
    values = paramfiles.read_round(folder).model_dump(by_alias=True)
    book = openpyxl.load_workbook(folder / "targets.xlsx")
    for row in book.active.iter_rows():
        for cell in row if row[2].value else ():
            cell.value = {"信用风险等级": "风险", "A": "低风险", "类别": "行业门类"}.get(
                cell.value, cell.value
            )
    book.save(folder / "targets.xlsx")
    (folder / "round.toml").unlink()
    rows = [
        {"table": "targets", "header": "信用风险等级", "written": "风险"},
        {"table": "targets", "header": "类别", "written": "主体分类、行业门类"},
        {"header": "信用风险等级", "written": "低风险", "means": "A"},
    ]
    form = paramforms.form(fields.ROUND, "sample60", {**values, "mapping": rows})
    (folder / "round.xlsx").write_bytes(form)
    own = paramfiles.read_round(folder)
    assert own.model_dump()["mapping"][2]["means"] == "A" and "mapping" not in own.frozen()
    whole = {
        "targets": {"信用风险等级": ["风险"], "类别": ["主体分类", "行业门类"]},
        "values": {"信用风险等级": {"低风险": "A"}},
    }
    assert headings.of_parameters(folder) == whole
    found = load_round(folder, own)
    assert [str(p) for p in found.problems] == []
    plain = load_round(SAMPLE, paramfiles.read_round(SAMPLE))
    assert found.targets.equals(plain.targets)
    assert paramfiles.carried(fields.ROUND, own.model_dump(by_alias=True))["mapping"] == [
        dict.fromkeys(("table", "header", "written", "means")) | row for row in rows
    ]
    (folder / "mapping.toml").write_text('[targets]\n"类别" = "行业门类"\n', encoding="utf-8")
    with pytest.raises(InputError, match="既有 mapping.toml，批次参数的“映射”又写了"):
        parts.headings_of(folder, "targets")


def test_sheets_are_named_in_the_mapping(tmp_path):
    toml = '[[mapping]]\ntable = "targets"\nheader = "（工作表）"\nwritten = "甲、乙"\n'
    toml += '[[mapping]]\ntable = "targets"\nheader = "（工作表名作）"\nwritten = "类别"\n'
    toml += '[[mapping]]\ntable = "items"\nheader = "（工作表）"\nwritten = "全部"\n'
    (tmp_path / "round.toml").write_text(toml, encoding="utf-8")
    assert headings.of_parameters(tmp_path) == {
        "targets": {"sheet": ["甲", "乙"], "sheet_fills": "类别"},
        "items": {"sheet": "全部"},
    }
    assert set(fields.TABLES.values()) <= set(headings.TABLES)


def test_a_workbook_is_read_once(folder, monkeypatch):
    """However often its problems are placed; what is saved anew is read anew."""
    read, times = sheets.sheets_of, []
    monkeypatch.setattr(sheets, "sheets_of", lambda path: times.append(path) or read(path))
    for _ in range(3):
        paramfiles.placed(fields.ROUND, folder, [Problem("R05", "x", "y", file="round.toml")])
        paramfiles.read_round(folder)
    assert len(times) == 1
    edit(folder, "基本", "B4", "另一个名称")
    assert paramfiles.read_round(folder).round.title == "另一个名称" and len(times) == 2
