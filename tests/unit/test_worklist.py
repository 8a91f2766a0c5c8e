"""问题清单.xlsx: every problem once, in order, with a link to its marked cell; original sheets in
place, whatever the format; nothing personal.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlwt
from conftest import ROOT, examples
from hypothesis import given
from hypothesis import strategies as st
from unit.test_intake_fuzz import CELL
from unit.test_intake_fuzz import written as file_of

from ssj.base import files, triage
from ssj.base.errors import RefusedError
from ssj.casebook import inspection
from ssj.tables import schema, writing
from ssj.workbooks import marked, worklist

NOW = dt.datetime.fromisoformat("2021-11-22T09:00:00+08:00")
PHONE, IDENTITY = "13912345678", "11010519491231002X"
HEADERS = ["编号", "名称", "类别", "信用风险等级", "状态", "地址", "联系电话"]
# good; a class outside the scheme, a status unknown; blank category; text like a formula, a phone
# number in a text; two problems in one row
ROWS = [
    ["91999998MA0001001F", "样例一", "施工企业", "A", "存续", "=1+1", PHONE],
    ["91999998MA0001002J", "样例二", "施工企业", "Z", "也许", "@样例路", PHONE],
    ["XK-3", "样例三", "", "B", "存续", "-2", PHONE],
    ["XK-4", "样例四", "物业服务", "B", "存续", f"样例路，电{PHONE}，{IDENTITY}", PHONE],
]


def xlsx(path: Path, rows: list[list[str]], title: bool = True) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "名录"
    for n, row in enumerate([["样例检查对象名录", *[""] * 6]] * title + [HEADERS, *rows], 1):
        for at, cell in enumerate(row, 1):
            sheet.cell(n, at, cell or None).data_type = "s" if cell else "n"
    if title:
        sheet.merge_cells("A1:G1")
    book.save(path)
    return path


def xls(path: Path, rows: list[list[str]]) -> Path:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("名录")
    for n, row in enumerate([HEADERS, *rows]):
        for at, cell in enumerate(row):
            sheet.write(n, at, cell)
    book.save(str(path))
    return path


def plain(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADERS, *rows])
    return path


def parquet(path: Path, rows: list[list[str]]) -> Path:
    pd.DataFrame(rows, columns=HEADERS).to_parquet(path, index=False)
    return path


# writer, rows above the header
FORMATS = {"xlsx": (xlsx, 1), "xls": (xls, 0), "csv": (plain, 0), "parquet": (parquet, 0)}


@pytest.fixture
def folder(tmp_path) -> Path:
    made = shutil.copytree(ROOT / "demo" / "params" / "sample60", tmp_path / "sample60")
    (made / "targets.xlsx").unlink()
    return made


def written(folder: Path, **more):
    look = inspection.inspect(folder, NOW)
    path = worklist.write(
        folder.parent / "outputs" / "sample60" / "files" / worklist.FILE, look, folder, **more
    )
    return look, path, openpyxl.load_workbook(path)


def top_of(book) -> int:
    """The row of the list's header: under title, note and a line for each file."""
    column = book[worklist.LIST].iter_rows(max_col=1, values_only=True)
    return next(n for n, (cell,) in enumerate(column, 1) if cell == "序号")


def listed(book) -> list[dict]:
    page = book[worklist.LIST]
    return [
        dict(zip(worklist.COLUMNS, row, strict=True))
        for row in page.iter_rows(min_row=top_of(book) + 1, values_only=True)
        if isinstance(row[0], int)
    ]


@pytest.mark.parametrize("kind", FORMATS)
def test_every_problem_is_listed_and_its_cell_marked(kind, folder):
    write, above = FORMATS[kind]
    write(folder / f"targets.{kind}", ROWS)
    look, _, book = written(folder)
    page, rows = book[worklist.LIST], listed(book)
    assert [row["编号"] for row in rows] == [p.code for p in triage.ordered(look.every)] and len(
        rows
    ) == len(look.every)
    assert [row["级别"] for row in rows] == sorted(
        (row["级别"] for row in rows), key=["错误", "提醒"].index
    )
    name = "targets 名录" if kind.startswith("xls") else "targets"
    own = {
        (row["编号"], row["行"], row["列"]): n
        for n, row in enumerate(rows, top_of(book) + 1)
        if row["文件"] == f"targets.{kind}"
    }
    expected = {
        ("T10", above + 3, "信用风险等级"): "D",
        ("T06", above + 3, "状态"): "E",
        ("T01", above + 4, "类别"): "C",
        ("T17", above + 5, "地址"): "F",
    }
    assert expected.keys() <= own.keys()
    for (code, row, column), letter in expected.items():
        link = page.cell(own[code, row, column], 6).hyperlink
        assert link.location == f"'{name}'!{letter}{row}"
        cell = book[name][f"{letter}{row}"]
        assert cell.fill.start_color.rgb == "FFFFC7CE" and f"错误 {code}：" in cell.comment.text
    assert {p.row for p in look.every if p.file == f"targets.{kind}" and p.row} <= {
        cell.row for row in book[name].iter_rows() for cell in row if cell.comment
    }


@pytest.mark.parametrize("kind", FORMATS)
def test_original_cells_stand_in_their_place_as_text_and_without_personal_data(kind, folder):
    write, above = FORMATS[kind]
    write(folder / f"targets.{kind}", ROWS)
    _, path, book = written(folder)
    page = book["targets 名录" if kind.startswith("xls") else "targets"]
    assert [cell.value for cell in page[above + 1]] == HEADERS and all(
        cell.font.bold for cell in page[above + 1]
    )
    for n, row in enumerate(ROWS[:3], above + 2):
        assert [cell.value for cell in page[n]] == [
            *(cell or None for cell in row[:6]),
            marked.LEFT_OUT,
        ]
        assert {cell.data_type for cell in page[n]} <= {"s", "n"}, "no formula"
    assert page.cell(above + 5, 6).value == "样例路,电139******78,110*************2X"
    if above:
        assert (
            page.merged_cells.ranges == {openpyxl.worksheet.cell_range.CellRange("A1:G1")}
            and page["A1"].value == "样例检查对象名录"
        )
    with zipfile.ZipFile(path) as parts:
        text = "".join(parts.read(part).decode("utf-8", "ignore") for part in parts.namelist())
    assert PHONE not in text and IDENTITY not in text and "<f>" not in text


def test_a_whole_row_marks_its_first_cell_and_one_comment_holds_all(folder):
    xlsx(folder / "targets.xlsx", ROWS[:2])
    path = folder / "targets.xlsx"
    book = openpyxl.load_workbook(path)
    book.active["C2"] = "分类"  # a required column is missing; an unknown one is there
    book.save(path)
    look, _, made = written(folder)
    assert {p.code for p in look.every if p.file == "targets.xlsx"} >= {"F06", "F08"}
    page = made["targets 名录"]
    assert "F06" in page["A2"].comment.text and page["A2"].fill.start_color.rgb == "FFFFC7CE"
    assert "F08" in page["C2"].comment.text and page["C2"].fill.start_color.rgb == "FFFFEB9C"
    xlsx(path, [["", "样例", "施工企业", "Z", "也许", "", ""]] * 2)
    _, _, made = written(folder)
    cell = made["targets 名录"]["A3"]
    assert cell.value is None and cell.fill.start_color.rgb == "FFFFC7CE", (
        "a blank cell is marked too"
    )


def test_of_a_long_sheet_the_rows_with_problems(folder, monkeypatch):
    monkeypatch.setattr(marked, "MOST_ROWS", 50)
    good = [[f"XK-{n}", f"样例{n}号", "施工企业", "A", "存续", "", ""] for n in range(60)]
    good[40][3] = "Z"
    plain(folder / "targets.csv", good)
    _, _, book = written(folder)
    page = book["targets"]
    assert [cell.value for cell in page[1]][:3] == ["原行号", "编号", "名称"]
    assert (
        [row[0] for row in page.iter_rows(min_row=2, values_only=True)] == [42]
        and page["E2"].value == "Z"
        and page["E2"].comment
    )
    row = next(n for n, row in enumerate(listed(book), top_of(book) + 1) if row["编号"] == "T10")
    assert (
        book[worklist.LIST].cell(row, 6).hyperlink.location == "'targets'!E2"
        and book[worklist.LIST].cell(row, 6).value == 42
    )
    assert any(
        "只列有问题的行" in str(cell)
        for line in book[worklist.ACCOUNTS].iter_rows(values_only=True)
        for cell in line
    )


def test_of_very_many_rows_with_problems_those_with_errors(folder, monkeypatch):
    monkeypatch.setattr(marked, "MOST_ROWS", 3)
    monkeypatch.setattr(marked, "MOST_COMMENTS", 1)
    # no item covers the category: a warning for each
    rows = [
        [f"XK-{n}", f"样例{n}号", "没有的类别", "Z" if n in (5, 7) else "A", "存续", "", ""]
        for n in range(9)
    ]
    plain(folder / "targets.csv", rows)
    look, _, book = written(folder)
    page = book["targets"]
    assert sum(p.code == "T33" for p in look.every) == 9
    assert [row[0] for row in page.iter_rows(min_row=2, values_only=True)] == [2, 7, 9]
    assert [cell.coordinate for row in page.iter_rows() for cell in row if cell.comment] == [
        "E3"
    ], "errors have their comments first"
    linked = {
        row[5].value
        for row in book[worklist.LIST].iter_rows(min_row=4)
        if row[5].hyperlink and row[3].value == "targets.csv"
    }
    assert linked == {2, 7, 9}


def test_of_very_many_problems_the_kinds(folder, monkeypatch):
    xlsx(folder / "targets.xlsx", ROWS)
    monkeypatch.setattr(worklist, "MOST_LISTED", 2)
    look, _, book = written(folder)
    assert len(listed(book)) == 2
    top = top_of(book) + 3
    rest = [row[8] for row in book[worklist.LIST].iter_rows(min_row=top, values_only=True)]
    assert len(rest) == len(triage.kinds(triage.ordered(look.every)[2:])) and all(
        text.startswith("没有逐条列出：") for text in rest
    )


def test_above_the_list_stands_what_became_of_each_file(folder):
    xlsx(folder / "targets.xlsx", ROWS)
    _, _, book = written(folder)
    page = book[worklist.LIST]
    lines = [page.cell(n, 1).value for n in range(3, top_of(book))]
    assert lines[1].startswith("targets.xlsx：4 行中 1 行能用；错误 4 个，")
    assert [line.partition("：")[0] for line in lines] == [
        "items.xlsx",
        "targets.xlsx",
        "plan.xlsx",
    ]


def test_what_a_row_out_of_step_explains_names_it(folder):
    shift = ["91999998MA0001002J", "样例二", "", "施工企业", "A", "存续", "样例路"]
    xlsx(folder / "targets.xlsx", [ROWS[0], shift], title=False)
    look, _, book = written(folder)
    rows = listed(book)
    cause = next(row for row in rows if row["编号"] == "F17")
    explained = [row for row in rows if row["问题"].endswith(f"（多由第 {cause['序号']} 条引起）")]
    assert explained and {row["行"] for row in explained} == {3}
    assert len(explained) == len(triage.causes(look.every))


def test_without_problems_it_says_so(tmp_path):
    folder = shutil.copytree(ROOT / "demo" / "params" / "sample60", tmp_path / "sample60")
    look, _, book = written(folder)
    assert look.every == [] and listed(book) == []
    page = book[worklist.LIST]
    assert "没有发现问题" in page["A1"].value and page["I4"].value == "没有发现问题。"
    assert list(
        book[worklist.ACCOUNTS].iter_rows(min_row=2, max_row=5, max_col=4, values_only=True)
    ) == [
        ("随机抽查事项清单", "items.xlsx", 8, 8),
        ("检查对象名录库", "targets.xlsx", 60, 60),
        ("执法检查人员名录库", "officers.xlsx", 10, 10),
        ("年度抽查计划", "plan.xlsx", 4, 4),
    ]


def test_exceptions_and_further_sheets(folder):
    xlsx(folder / "targets.xlsx", ROWS)
    rows = [
        {
            "table": "检查对象名录库",
            "code": "T20",
            "id": "=91",
            "name": "样例二",
            "treatment": "放行",
        }
    ]
    _, _, book = written(
        folder,
        exceptions=rows,
        extra={
            "早期预警": pd.DataFrame({"编号": ["+1"], "天数": [3]}),
            "targets 名录": pd.DataFrame({"a": [1]}),
        },
    )
    page = book[worklist.EXCEPTIONS]
    assert [[cell.value for cell in row] for row in page.iter_rows(max_row=2)] == [
        list(schema.headers("exceptions")),
        ["检查对象名录库", "T20", "=91", "样例二", "放行", None, None, None, None],
    ]
    assert page["C2"].data_type == "s" and page["C2"].number_format == "@"
    assert (
        book["早期预警"]["A2"].value == "+1"
        and book["早期预警"]["A2"].data_type == "s"
        and book.sheetnames[-1] == "targets 名录~2"
    )


def test_it_is_replaced_whole_or_not_at_all(folder, monkeypatch):
    xlsx(folder / "targets.xlsx", ROWS)
    look, path, _ = written(folder)
    before = path.read_bytes()
    assert worklist.write(path, look, folder).read_bytes() == before, (
        "the same content gives the same bytes"
    )

    def locked(source, target):
        raise PermissionError(13, "locked")

    monkeypatch.setattr(files.os, "replace", locked)
    monkeypatch.setattr(files.time, "sleep", lambda seconds: None)
    with pytest.raises(RefusedError, match="问题清单.xlsx”正在别的程序中打开"):
        worklist.write(path, look, folder)
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == [
        worklist.FILE
    ]


NAMES = {
    "plain": ("targets 名录", [], "targets 名录"),
    "forbidden": ("a [1]:*?/\\b", [], "a _1______b"),
    "long": ("长" * 40, [], "长" * 31),
    "taken": ("Targets", ["targets"], "Targets~2"),
    "long and taken": ("长" * 40, ["长" * 31], "长" * 29 + "~2"),
    "empty": ("''", [], "表"),
}


@pytest.mark.parametrize(("text", "taken", "name"), NAMES.values(), ids=NAMES)
def test_names_of_sheets(text, taken, name):
    assert (
        writing.sheet_name(text, taken) == name
        and len(name) <= 31
        and not re.search(r"[][:*?/\\]", name)
    )


def test_files_of_a_folder_are_shown_each(folder):
    """A file of the folder targets/ has its own sheet, and problems that name it lead there."""
    (folder / "targets").mkdir()
    xlsx(folder / "targets" / "甲股.xlsx", ROWS)
    found = marked.originals(
        marked.of_round(folder),
        [worklist.Problem("T10", "错", "请改", "targets/甲股.xlsx", "名录", 4, "信用风险等级")],
    )
    own = next(one for one in found if one.file == "targets/甲股.xlsx")
    assert (
        own.name == "甲股 名录"
        and list(own.marks) == [(3, 3)]
        and own.link((3, 3)) == "internal:'甲股 名录'!D4"
    )


def test_no_file_takes_the_name_of_the_list(folder):
    (folder / "targets").mkdir()
    plain(folder / "targets" / "问题清单.csv", ROWS)
    look = inspection.Inspection([], [], [], inspection.inspect(folder, NOW).rosters)
    assert (
        "问题清单~2"
        in openpyxl.load_workbook(worklist.write(folder.parent / "w.xlsx", look, folder)).sheetnames
    )


@examples(1 / 4)
@given(data=st.data(), suffix=st.sampled_from([".xlsx", ".csv"]), few=st.booleans())
def test_whatever_stands_in_the_cells_it_opens_and_every_problem_with_a_row_is_marked(
    data, suffix, few, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("fuzz") / "sample60"
    shutil.copytree(ROOT / "demo" / "params" / "sample60", folder)
    (folder / "targets.xlsx").unlink()
    names = data.draw(st.permutations(HEADERS)) + data.draw(
        st.lists(st.sampled_from(["多余", "", "编号"]), max_size=2)
    )
    file_of(
        folder / f"targets{suffix}",
        [["样例县名录"]] * data.draw(st.integers(0, 2))
        + [names, *data.draw(st.lists(st.lists(CELL, max_size=9), max_size=6))],
    )
    look = inspection.inspect(folder, NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marked, "MOST_ROWS", 2 if few else 10**6)
        book = openpyxl.load_workbook(worklist.write(folder.parent / "w.xlsx", look, folder))
    rows = listed(book)
    assert len(rows) == len(look.every)
    own = [p for p in look.every if p.file == f"targets{suffix}" and p.row]
    page = next((page for page in book if page.title.startswith("targets")), None)
    if own and page:
        comments = "".join(
            cell.comment.text for row in page.iter_rows() for cell in row if cell.comment
        )
        assert all(f" {p.code}：" in comments for p in own) or few
        assert {cell.data_type for row in page.iter_rows() for cell in row} <= {
            "s",
            "n",
            "d",
            "b",
            "inlineStr",
        }
