"""Odd rosters as they come from other systems, a folder of ``tests/cases`` each: what is read,
and what is said first (in whole messages where these tell what to do).

Each file stands in for one table of the sample round sample60.
"""

from __future__ import annotations

import base64
import csv
import datetime as dt
import re
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Border, Font, Side

from ssj.casebook import inspection
from ssj.rosters import listings, rosters
from ssj.rosters.rosters import Rosters
from ssj.tables import accounts, layout
from ssj.workbooks import rosterforms

CASES = ROOT / "tests" / "cases"
SAMPLE = ROOT / "demo" / "params" / "sample60"
WINDOW = (dt.date(2021, 12, 6), dt.date(2021, 12, 24))


def round_with(folder: Path, file: Path | None = None, mapping: str = "") -> Path:
    """The sample round's folder, one table replaced by the file."""
    made = folder / "sample60"
    shutil.copytree(SAMPLE, made)
    if file:
        for old in made.glob(f"{file.name.partition('.')[0]}.*"):
            old.unlink()
        shutil.copy(file, made / file.name)
    if mapping:
        (made / "mapping.toml").write_text(mapping, encoding="utf-8")
    return made


def load(folder: Path) -> Rosters:
    return rosters.load(folder, ("A", "B", "C", "D"), "sample60", WINDOW)


def case(folder: Path, name: str, mapping: str = "") -> Rosters:
    """The sample round with the file of a case."""
    (file,) = (p for p in (CASES / name).iterdir() if p.stem != "officers")
    return load(round_with(folder, file, mapping))


def sheets(
    path: Path, pages: Mapping[str, list[list[Any]]], states: Mapping[str, str] | None = None
) -> Path:
    """A workbook of these sheets, some of them hidden."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in pages.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
        page.sheet_state = (states or {}).get(name, "visible")
    book.save(path)
    return path


def sample(table: str = "targets") -> list[list[Any]]:
    """The header and the rows of a table of the sample round."""
    page = openpyxl.load_workbook(SAMPLE / f"{table}.xlsx").worksheets[0]
    rows = [list(row) for row in page.iter_rows(values_only=True)]
    top = next(n for n, row in enumerate(rows) if row[1] is not None)
    return rows[top:]


def errors(found: Rosters) -> list[str]:
    return [str(p) for p in found.every if p.severity == "error"]


# --- several sheets ---

BY_CATEGORY = ["施工企业", "物业服务", "燃气经营", "在建项目"]


def test_sheets_by_category_are_an_error_until_declared(tmp_path):
    found = case(tmp_path / "a", "42-sheets-by-category")
    (message,) = errors(found)
    assert message == (
        "targets.xlsx：有 4 张工作表都有这张表的列，不知道用哪一张，都没有读取：“施工企业”（16 "
        "行）、“物业服务”（14 行）、“燃气经营”（6 行）、“在建项目”（24 行）。请在 mapping.toml 的 "
        '[targets] 中写明，如 sheet = "在建项目"；几张都要的写 sheet = ["施工企业", "物业服务", '
        '"燃气经营"] 或 sheet = "全部"，以工作表名作类别的再加一行 sheet_fills = "类别"；不用的，'
        "也可以删去。"
    )
    assert found.tallies["targets"].unread == 60 and not len(found.targets)


@pytest.mark.parametrize("names", ["全部", BY_CATEGORY], ids=["all", "named"])
def test_declared_sheets_are_all_read(names, tmp_path):
    found = case(
        tmp_path, "42-sheets-by-category", f"[targets]\nsheet = {names!r}\n".replace("'", '"')
    )
    assert not found.problems and len(found.targets) == 60
    assert [(one.sheet, one.used) for one in found.tallies["targets"].files] == [
        *zip(BY_CATEGORY, (16, 14, 6, 24), strict=True)
    ]
    assert "检查对象名录库（targets.xlsx 工作表“燃气经营”）：读取 6 行。" in found.notes
    assert found.targets.equals(load(SAMPLE).targets.set_axis(found.targets.index))


def test_a_sheet_name_fills_the_category(tmp_path):
    """As bureaus have it that keep a sheet for each category and no such column."""
    head, *rows = sample()
    at = head.index("类别")
    pages = {
        name: [[*head[:at], *head[at + 1 :]]]
        + [[*row[:at], *row[at + 1 :]] for row in rows if row[at] == name]
        for name in BY_CATEGORY
    }
    file = sheets(tmp_path / "targets.xlsx", pages)
    found = load(round_with(tmp_path, file, '[targets]\nsheet = "全部"\nsheet_fills = "类别"\n'))
    assert not found.problems and found.targets["category"].value_counts().to_dict() == dict(
        zip(BY_CATEGORY, (16, 14, 6, 24), strict=True)
    )


def test_places_in_several_sheets(tmp_path):
    """A problem names its sheet, and so does the other row of a pair."""
    head, *rows = sample()
    file = sheets(tmp_path / "targets.xlsx", {"甲": [head, *rows[:5]], "乙": [head, *rows[4:9]]})
    found = load(round_with(tmp_path, file, '[targets]\nsheet = ["甲", "乙"]\n'))
    (message,) = errors(found)
    assert message.startswith(
        "targets.xlsx 工作表“乙” 第 2 行 “编号”列：编号与工作表“甲”第 6 行重复，"
    )


def test_last_years_sheet_first(tmp_path):
    found = case(tmp_path / "a", "46-last-years-sheet-first")
    (message,) = errors(found)
    assert "“2020年”（20 行）、“2021年”（60 行）" in message and 'sheet = "2021年"' in message
    declared = case(tmp_path / "b", "46-last-years-sheet-first", '[targets]\nsheet = "2021年"\n')
    assert not declared.problems and len(declared.targets) == 60
    assert accounts.lines(declared.tallies)[1] == (
        "检查对象名录库（targets.xlsx）：读取 60 行；另有工作表“2020年”（20 行）没有读取。"
    )


def test_very_hidden_full_copy(tmp_path):
    found = case(tmp_path, "48-veryhidden-full-copy")
    (message,) = errors(found)
    assert "“备份”（深度隐藏，60 行）、“名录”（30 行）" in message
    assert not len(found.targets)


# what stands on the sheets of targets.xlsx → states, what the first error says, mapping.toml
HEAD, *ROWS = sample()
SHEETS: dict[str, tuple[Any, dict[str, str], str, str]] = {
    "the table alone is hidden": (
        {"封面": [["名录"]], "名录": [HEAD, *ROWS]},
        {"名录": "hidden"},
        "这张表在隐藏的工作表上，没有读取：“名录”（隐藏，60 行）",
        '[targets]\nsheet = "名录"\n',
    ),
    "a quarter for each sheet, the last one hidden": (
        {"一季度": [HEAD, *ROWS[:9]], "二季度": [HEAD, *ROWS]},
        {"二季度": "veryHidden"},
        "“一季度”（9 行）、“二季度”（深度隐藏，60 行）",
        '[targets]\nsheet = "二季度"\n',
    ),
    "titles above, other order of columns": (
        {
            "2020": [["名录"], HEAD[::-1], *(row[::-1] for row in ROWS[:3])],
            "2021": [["名录"], [None], HEAD, *ROWS],
        },
        {},
        "“2020”（3 行）、“2021”（60 行）",
        '[targets]\nsheet = "2021"\n',
    ),
}


@pytest.mark.parametrize(("pages", "states", "said", "mapping"), SHEETS.values(), ids=SHEETS)
def test_sheets(pages, states, said, mapping, tmp_path):
    file = sheets(tmp_path / "targets.xlsx", pages, states)
    (message,) = errors(load(round_with(tmp_path / "a", file)))
    assert said in message
    found = load(round_with(tmp_path / "b", file, mapping))
    assert not errors(found) and len(found.targets) == 60


def test_sheets_that_are_no_table_are_in_the_account(tmp_path):
    pages = {"名录": [HEAD, *ROWS], "说明": [["怎样填"], ["一"], ["二"]], "空表": [HEAD]}
    found = load(round_with(tmp_path, sheets(tmp_path / "targets.xlsx", pages)))
    assert not found.problems and accounts.lines(found.tallies)[1] == (
        "检查对象名录库（targets.xlsx）：读取 60 行；另有工作表“说明”（2 行）没有读取。"
    )


# --- codes, by the column ---

MUTATED: dict[int, tuple[str, str]] = {  # row of the case → code of the finding, what it says
    3: ("T34", "只有 17 位，少 1 位"),
    4: ("T34", "只有 16 位，少 2 位"),
    5: ("T34", "有 19 位，多 1 位"),
    6: ("T34", "第 5 位是字母 O，应是数字 0"),
    7: ("T34", "第 11 位是字母 O，应是数字 0"),
    8: ("T34", "第 4 位是字母 I，应是数字 1"),
    9: ("T36", "小写字母"),
    10: ("T36", "全角字符"),
    11: ("T02", "中间有空格"),
    12: ("T36", "前后有空格"),
    13: ("F11", "看不见的字符"),
    14: ("T35", "13 位旧注册号"),
    15: ("T35", "组织机构代码"),
    16: ("F20", "占位的字"),
    17: ("F20", "占位的字"),
    18: ("F20", "占位的字"),
    19: ("F20", "占位的字"),
    20: ("T34", "一格里有 2 个编码"),
    21: ("T34", "开头的“01”不是登记管理部门"),
    22: ("T20", "校验位不符"),
    23: ("T02", "有几位写成了“*”"),
    24: ("T02", "开头有“'”"),
    25: ("T02", "第 10 位的“А”样子像英文字母，却不是"),
    26: ("T36", "前后有空格"),
    27: ("T34", "第 3—8 位“991521”不是行政区划代码"),
    28: ("T34", "第 3—8 位“190521”不是行政区划代码"),
    29: ("T20", "校验位不符"),
    30: ("T34", "14 位数字，比 15 位注册号少 1 位"),
    31: ("T35", "投资项目代码"),
    32: ("T34", "只有 16 位，少 2 位"),
}


def test_each_damaged_code_has_its_finding(tmp_path):
    found = case(tmp_path, "H-code-mutations")
    of_ids = [p for p in found.every if p.file == "targets.xlsx" and p.column == "编号"]
    assert {p.row: p.code for p in of_ids} == {row: code for row, (code, _) in MUTATED.items()}
    assert len(of_ids) == len(MUTATED)
    assert all(MUTATED[p.row][1] in p.message for p in of_ids)


# a code in an otherwise sound category → what is said of it
OTHER_CODES = {
    "911405": ("T34", "只有 6 位，少 12 位"),  # hardly anything is left
    "91140521MA0K00003991140521MA0K0000": ("T34", "一格里有 2 个编码"),
    "91140521MA0K000208、91140521MA0K00021B": ("T02", "一格里有 2 个编码"),
    "9114-0521-MA0K-0020-8X": ("T34", "中间有“-”"),
    "91140521MA0KOO208X": ("T34", "是字母 O，应是数字 0"),
    "91140521MA0K0S208X": ("T34", "第 14 位是字母 S，编码里没有这个字母"),
    "911405ZZMA0K002080": ("T34", "第 7 位是字母 Z"),
    "91149905MA0K00208X": ("T34", "第 3—8 位“149905”不是行政区划代码"),
    "X1140521MA0K00208X": ("T34", "开头的“X1”"),
    "9.1140521E+17": ("T04", "末几位已丢失"),
    "暂无": ("F20", "占位的字"),
    "91140521XXXX002081": ("T34", "有几位写成了“XXXX”"),
    "140521110056612": ("T24", "15 位注册号"),
    "YL-001": ("T35", "别的编号"),
    "140521NA000129X": ("T35", "合作社注册号"),
    "企独晋总字第008245号": ("T35", "文字号"),
    "140521202103150101": ("T35", "施工许可证号"),
}


@pytest.mark.parametrize(("code", "said"), OTHER_CODES.items(), ids=OTHER_CODES)
def test_other_codes(code, said, tmp_path):
    rows = [list(row) for row in ROWS]
    rows[3][0] = code
    found = load(round_with(tmp_path, sheets(tmp_path / "targets.xlsx", {"名录": [HEAD, *rows]})))
    (problem,) = (p for p in found.every if p.file == "targets.xlsx")
    assert (problem.code, problem.row) == (said[0], 5) and said[1] in problem.message


def test_every_code_cut_short_is_still_a_column_of_codes(tmp_path):
    """The worse the damage, the louder."""
    rows = [[str(row[0])[:16], *row[1:]] for row in ROWS[:36]]
    found = load(round_with(tmp_path, sheets(tmp_path / "targets.xlsx", {"名录": [HEAD, *rows]})))
    cut = [p for p in found.every if p.code == "T34"]
    assert len(cut) == 36
    assert {p.message.rpartition("：")[2] for p in cut} == {"只有 16 位，少 2 位"}


def test_numbers_of_another_kind_are_let_be_where_their_category_has_them(tmp_path):
    """Projects have project numbers, firms have codes: the sample round has both."""
    assert not load(round_with(tmp_path)).problems


# --- placeholders, and texts that errors leave ---


def test_placeholders_in_names(tmp_path):
    found = case(tmp_path, "60-placeholders-in-name")
    assert [(p.row, p.code, p.value) for p in found.every if p.severity == "error"] == [
        (2, "F20", "N/A"),
        (3, "F10", "#N/A"),
        (4, "F20", "NULL"),
        (5, "F20", "同上"),
        (6, "F20", "〃"),
        (7, "F20", "-"),
        (8, "F20", "/"),
        (9, "F20", "无"),
        (10, "F20", "不详"),
        (11, "F20", "待核实"),
    ]


def test_error_cells_in_a_csv(tmp_path):
    found = case(tmp_path, "61-csv-of-error-cells")
    assert [(p.row, p.column, p.code, p.severity) for p in found.every] == [
        (4, "名称", "F10", "error"),
        (5, "编号", "F10", "error"),
        (6, "类别", "F10", "error"),
        (7, "地址", "F10", "warning"),
    ]
    assert found.targets.loc[7, "address"] == "" and len(found.targets) == 57


WORDS = {  # what stands in a required column and an optional one → codes of what is said
    "N/A": ["F20"],
    "null": ["F20"],
    "——": ["F20"],
    "＃N/A": ["F10", "F10"],
    "#DIV/0!": ["F10", "F10"],
    "（空）": ["F20"],
    "同上": ["F20", "F20"],
    "待 补 充": ["F20"],
    "无锡路": [],
    "同上海": [],
}


@pytest.mark.parametrize("kind", ["xlsx", "csv", "xls"])
@pytest.mark.parametrize(("word", "codes"), WORDS.items(), ids=WORDS)
def test_placeholders_in_every_format(kind, word, codes, tmp_path):
    """An error in 名称; in 地址 blank, and said."""
    rows = [list(row) for row in ROWS[:9]]
    rows[2][1] = rows[4][HEAD.index("地址")] = word
    made = sheets(tmp_path / "targets.xlsx", {"名录": [HEAD, *rows]})
    found = load(round_with(tmp_path, converted(made, kind)))
    said = [p for p in found.every if p.code in ("F10", "F20")]
    assert [p.code for p in said] == codes and len(found.targets) == 9 - bool(codes)
    assert found.targets.loc[6, "address"] == ("" if codes else word)
    assert bool(codes) == (len(said) == 2 or any("按空白读取" in note for note in found.notes))


def converted(book: Path, kind: str) -> Path:
    """The first sheet as another kind of file: csv, or an xls of Excel 97."""
    rows = [
        list(row) for row in openpyxl.load_workbook(book).worksheets[0].iter_rows(values_only=True)
    ]
    path = book.with_suffix(f".{kind}")
    if kind == "csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [cell.date() if isinstance(cell, dt.datetime) else cell for cell in row]
                for row in rows
            )
    if kind == "xls":
        old = xlwt.Workbook()
        page, day = old.add_sheet("名录"), xlwt.easyxf(num_format_str="yyyy-mm-dd")
        for n, row in enumerate(rows):
            for at, cell in enumerate(row):
                if isinstance(cell, dt.datetime):
                    page.write(n, at, cell, day)
                elif isinstance(cell, str) and cell in ("#N/A", "#DIV/0!"):
                    page.row(n).set_cell_error(at, {"#N/A": 0x2A, "#DIV/0!": 0x07}[cell])
                elif cell is not None:
                    page.write(n, at, cell)
        old.save(path)
    return path


@pytest.mark.parametrize(
    ("name", "said"),
    {
        "样例 建筑公司": "两个汉字之间有空格",
        "样例\u3000建筑公司": "两个汉字之间有空格",
        "样例？建筑公司": "汉字后面有“？”",
        "样例□公司": "汉字后面有“□”",
        "样例建筑（A 座）公司": "",
        "样例 Building 公司": "",
    }.items(),
)
def test_a_rare_character_may_be_lost(name, said, tmp_path):
    rows = [list(row) for row in ROWS[:9]]
    rows[2][1] = name
    found = load(round_with(tmp_path, sheets(tmp_path / "targets.xlsx", {"名录": [HEAD, *rows]})))
    gaps = [p for p in found.every if p.code == "T37"]
    assert [(p.row, p.severity) for p in gaps] == ([(4, "warning")] if said else [])
    assert all(said in p.message for p in gaps)


# --- by content, whatever a file is called ---


def test_an_html_table_in_gbk(tmp_path):
    found = case(tmp_path, "06-html-table-only-gbk")
    assert not found.problems and len(found.targets) == 60
    assert "targets.xls 的内容不是工作簿，而是网页（HTML），按其中的表读取。" in found.notes
    assert same_as_sample(found)


def same_as_sample(found: Rosters) -> bool:
    own = load(SAMPLE).targets
    return own.reset_index(drop=True).equals(found.targets.reset_index(drop=True))


def test_text_named_xlsx(tmp_path):
    found = case(tmp_path, "11-csv-named-xlsx")
    assert not found.problems and same_as_sample(found)
    assert "targets.xlsx 的内容不是 xlsx 工作簿，而是分列的文字，按文字读取。" in found.notes


def test_big5_is_named(tmp_path):
    (message,) = errors(case(tmp_path, "17-csv-big5"))
    assert message.startswith("targets.csv：文字编码是 Big5（繁体），简体字在里面已经丢失。")


def test_a_wrong_dimension_is_no_damage(tmp_path):
    found = case(tmp_path, "33-dimension-row0")
    assert not found.problems and same_as_sample(found)


def test_biff5_is_named(tmp_path):
    (message,) = errors(case(tmp_path, "K-biff5"))
    assert message.startswith("targets.xls：内容不是 xls 表格，而是Excel 5.0/95 的旧格式。")


def test_officers_as_targets(tmp_path):
    (message,) = errors(case(tmp_path, "F2-officers-as-targets"))
    assert message == (
        "targets.xlsx 工作表“执法检查人员名录库” 第 1 行：这张表像是执法检查人员名录库（有“工号”"
        "“姓名”“部门”“人员类别”等列），不是检查对象名录库。请核对是不是放错了文件："
        "执法检查人员名录库应叫 officers.xlsx。"
    )


def cells() -> list[list[str]]:
    """The sample's targets as texts."""
    return [
        ["" if c is None else str(c.date() if isinstance(c, dt.datetime) else c) for c in row]
        for row in [HEAD, *ROWS]
    ]


def csv_bytes(mark: str, encoding: str) -> bytes:
    return "".join(mark.join(row) + "\r\n" for row in cells()).encode(encoding)


def html_bytes(encoding: str) -> bytes:
    """With unclosed cells, capitals, a title over the columns and a style, as Excel has it."""
    rows = "".join("<TR>" + "".join(f"<TD class=x>{c}" for c in row) + "</TR>\n" for row in cells())
    return (
        f'<html><head><meta http-equiv=Content-Type content="text/html; charset={encoding}">'
        "<style>td {mso-number-format:x}</style></head><body><TABLE>"
        f"<TR><TD colspan={len(HEAD)}>检查对象&nbsp;名录</TR>{rows}</TABLE></body></html>"
    ).encode(encoding)


def spreadsheet_bytes() -> bytes:
    rows = "".join(
        "<Row>"
        + "".join(
            f'<Cell ss:Index="{n}"><Data ss:Type="String">{c}</Data></Cell>'
            for n, c in enumerate(row, 1)
            if c
        )
        + "</Row>"
        for row in cells()
    )
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="名录"><Table>'
        f"{rows}</Table></Worksheet></Workbook>"
    ).encode()


def archive_bytes() -> bytes:
    page = base64.encodebytes(html_bytes("gbk")).decode()
    return (
        'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n--b\r\n'
        "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{page}\r\n--b--\r\n"
    ).encode()


CONTENTS: dict[str, tuple[str, Any]] = {
    "gbk text named xls": ("targets.xls", lambda: csv_bytes(",", "gbk")),
    "tabs in utf-16 named xls": ("targets.xls", lambda: csv_bytes("\t", "utf-16")),
    "tabs in utf-8 named xlsx": ("targets.xlsx", lambda: csv_bytes("\t", "utf-8-sig")),
    "html in utf-8 named xls": ("targets.xls", lambda: html_bytes("utf-8")),
    "html in gbk named xlsx": ("targets.xlsx", lambda: html_bytes("gbk")),
    "SpreadsheetML 2003 named xls": ("targets.xls", spreadsheet_bytes),
    "a web archive named xls": ("targets.xls", archive_bytes),
}


@pytest.mark.parametrize(("name", "make"), CONTENTS.values(), ids=CONTENTS)
def test_by_content(name, make, tmp_path):
    file = tmp_path / name
    file.write_bytes(make())
    found = load(round_with(tmp_path, file))
    assert not found.problems and same_as_sample(found)
    assert any("的内容不是" in note for note in found.notes)


NOT_TABLES = {
    "a PDF": ("targets.xlsx", b"%PDF-1.7\n", "而是PDF 文件"),
    "a picture": ("targets.xls", b"\x89PNG\r\n\x1a\n" + bytes(50), "而是图片"),
    "a page without tables": ("targets.xls", b"<html><body>404</body></html>", "里面没有表"),
    "prose": ("targets.xls", "见附件\n请查收\n".encode(), "而是没有分列的文字"),
    "nothing": ("targets.xlsx", b"", "而是空文件"),
    "Excel 4": ("targets.xls", b"\x09\x04\x06\x00\x00\x00\x10\x00", "而是Excel 4 的旧格式"),
}


@pytest.mark.parametrize(("name", "data", "said"), NOT_TABLES.values(), ids=NOT_TABLES)
def test_what_is_no_table_is_named(name, data, said, tmp_path):
    file = tmp_path / name
    file.write_bytes(data)
    (message,) = errors(load(round_with(tmp_path, file)))
    assert said in message and "损坏" not in message


def test_encodings_are_told_by_lines(tmp_path):
    file = tmp_path / "targets.csv"
    file.write_bytes(csv_bytes(",", "utf-8") + b"\xff\xff,x\r\n")
    (message,) = errors(load(round_with(tmp_path, file)))
    assert "UTF-8（第 62 行不合）" in message and "字节" not in message


@pytest.mark.parametrize(
    "name",
    [
        "targets（最新）.xlsx",
        "targets.xlsx.xlsx",
        "targets (1).xlsx",
        "副本targets.xlsx",
        "检查对象名录库2021.xlsx",
    ],
)
def test_a_near_name(name, tmp_path):
    folder = round_with(tmp_path)
    (folder / "targets.xlsx").rename(folder / name)
    (message,) = errors(load(folder))
    assert f"没有表格 targets，像是它的有：“{name}”。请核对后改名为 targets.xlsx" in message


def test_round_toml_under_a_near_name(tmp_path):
    folder = round_with(tmp_path)
    (folder / "round.toml").rename(folder / "round.toml.txt")
    look = inspection.inspect(folder, dt.datetime(2021, 11, 1, tzinfo=dt.UTC))
    (message,) = [str(p) for p in look.every if p.severity == "error"]
    assert "找不到这个文件，像是它的有：“round.toml.txt”。" in message


@pytest.mark.parametrize("name", ["问题清单.xlsx", "抽取结果.xlsx"])
def test_an_own_output_is_no_input(name, tmp_path):
    pages = {
        "问题清单.xlsx": {
            "问题清单": [["序号"]],
            "targets 名录": [HEAD, *ROWS],
            "读取情况": [["表"]],
        },
        "抽取结果.xlsx": {"入企检查": [["编号"]], "检查组": [["编号"]], "人员工作量": [["工号"]]},
    }[name]
    (message,) = errors(load(round_with(tmp_path, sheets(tmp_path / "targets.xlsx", pages))))
    assert f"这是 ssj 写出的{name}，不是名录" in message


# --- the worst cause first ---


@pytest.mark.parametrize("text", [None, "[round\n", ""], ids=["missing", "broken", "empty"])
def test_what_follows_from_round_toml_is_not_said(text, tmp_path):
    """No row is refused for a class that nobody could know."""
    folder = round_with(tmp_path, *[CASES / "06-html-table-only-gbk" / "targets.xls"])
    (folder / "round.toml").unlink()
    if text is not None:
        (folder / "round.toml").write_text(text, encoding="utf-8")
    look = inspection.inspect(folder, dt.datetime(2021, 11, 1, tzinfo=dt.UTC))
    assert {p.file.partition(".")[0] for p in look.errors} == {"round"}
    assert look.rosters.tallies["targets"].used == 60


# --- rows that are none, headers of two lines, dates as numbers ---


def test_subtotals_inside(tmp_path):
    found = case(tmp_path, "55-subtotals-inside")
    assert not found.problems and same_as_sample(found)
    assert "targets.xlsx 的第 18、33、40、65、66 行是小计行，没有读取。" in found.notes


@pytest.mark.parametrize(
    "row",
    [
        ["施工企业 汇总", None, 16],  # as Excel's 分类汇总 writes it
        [None, "本类小计：", "16户"],
        ["总计", 60, None, 12],
        ["合计16户"],
    ],
)
def test_other_subtotals(row, tmp_path):
    rows = [HEAD, *ROWS[:4], row, *ROWS[4:]]
    found = load(round_with(tmp_path, sheets(tmp_path / "targets.xlsx", {"名录": rows})))
    assert not found.problems and len(found.targets) == 60
    assert found.tallies["targets"].left_out == {6: "小计行"}


def test_a_firm_called_like_a_total_is_a_firm(tmp_path):
    rows = [list(row) for row in ROWS[:9]]
    rows[2][1] = "样例合计公司"
    rows[3][0], rows[3][1] = "合计", "样例公司"  # a spoilt id is said, not left out
    found = load(round_with(tmp_path, sheets(tmp_path / "targets.xlsx", {"名录": [HEAD, *rows]})))
    assert not found.tallies["targets"].left_out


def test_a_header_of_two_lines(tmp_path):
    found = case(tmp_path, "F4-two-row-header-without-merges")
    assert not found.problems and same_as_sample(found)


TWO_LINES = {
    "most of the titles in the second line": [
        ["基本情况", None, "监管情况", None, None, "地址"],
        ["编号", "名称", "类别", "信用风险等级", "状态", None],
    ],
    "half in each": [
        ["编号", "名称", None, "监管", None, "地址"],
        [None, None, "类别", "信用风险等级", "状态", None],
    ],
}


@pytest.mark.parametrize("head", TWO_LINES.values(), ids=TWO_LINES)
def test_other_headers_of_two_lines(head, tmp_path):
    rows = [[*row[:5], row[HEAD.index("地址")]] for row in ROWS]
    file = sheets(tmp_path / "targets.xlsx", {"名录": [["检查对象名录"], *head, *rows]})
    found = load(round_with(tmp_path, file))
    assert not errors(found) and len(found.targets) == 60


def test_one_line_and_data_below_is_one_line(tmp_path):
    rows = [HEAD, [None] * len(HEAD), *ROWS[:3]]
    found = load(round_with(tmp_path, sheets(tmp_path / "targets.xlsx", {"名录": rows})))
    assert len(found.targets) == 3 and found.tallies["targets"].rows == 3


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_blank_rows_with_borders_are_no_rows(kind, tmp_path):
    made = sheets(tmp_path / "targets.xlsx", {"名录": [HEAD, *ROWS]})
    book = openpyxl.load_workbook(made)
    line = Side(style="thin")
    for row in book.worksheets[0].iter_rows(min_row=62, max_row=3000, max_col=8):
        for cell in row:
            cell.border = Border(line, line, line, line)
    book.save(made)
    found = load(round_with(tmp_path, converted(made, kind)))
    assert not found.problems and found.tallies["targets"].rows == 60


def test_bare_date_serials(tmp_path):
    found = case(tmp_path, "36-date-serial-numbers")
    first = next(p for p in found.every if p.row == 2 and p.column == "成立日期")
    assert str(first) == (
        "targets.xlsx 工作表“名录” 第 2 行 “成立日期”列：日期是 Excel 的日期序号，意思是 "
        "2007-06-03，现为“39236”。请在 Excel 中把这一列的格式设为“日期”，核对后保存；"
        "从系统导出的，请重新导出。"
    )
    assert {p.code for p in found.every} == {"T07"} and len(found.every) == 112


@pytest.mark.parametrize(
    ("value", "day"), {44561: "2021-12-31", "44561": "2021-12-31", "43831.5": "2020-01-01"}.items()
)
def test_other_serials(value, day, tmp_path):
    rows = [list(row) for row in ROWS[:9]]
    rows[1][HEAD.index("成立日期")] = value
    found = load(round_with(tmp_path, sheets(tmp_path / "targets.xlsx", {"名录": [HEAD, *rows]})))
    assert [p.message for p in found.every if p.code == "T07"] == [
        f"日期是 Excel 的日期序号，意思是 {day}"
    ]


# --- what Excel shows is what is meant ---


def test_ids_with_a_number_format(tmp_path):
    found = case(tmp_path, "F6-number-format-000")
    assert [*found.items["id"]] == [f"00{n}" for n in range(1, 9)]


FORMATS = {  # number, format → id as read; or what is said
    (7, "0000"): "0007",
    (12, '"ZJ-"000'): "ZJ-012",
    (12, "\\Z\\J000"): "ZJ012",
    (1203, "00-000"): "01-203",
    (5, "General"): "5",
    (5, "0"): "5",
    (5, '"同上";"同上"'): '编号按数字格式“"同上";"同上"”显示',
    (5, ";;;"): "编号按数字格式“;;;”显示",
}


@pytest.mark.parametrize(("cell", "read"), FORMATS.items(), ids=[form for _, form in FORMATS])
def test_other_number_formats(cell, read, tmp_path):
    rows = [list(row) for row in sample("items")]
    rows[1][0] = cell[0]
    path = sheets(tmp_path / "items.xlsx", {"清单": rows})
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["A2"].number_format = cell[1]
    book.save(path)
    found = load(round_with(tmp_path, path))
    said = [p.message for p in found.every if p.code == "F21"]
    if "格式" in read:
        assert len(said) == 1 and said[0].startswith(read)
    else:
        assert not said and read in set(found.items["id"])


def test_struck_rows_and_comments_are_said(tmp_path):
    path = sheets(tmp_path / "targets.xlsx", {"名录": [HEAD, *ROWS]})
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    for row in (4, 5, 9):
        page.cell(row, 2).font = Font(strike=True)
    page["B7"].comment = Comment("已注销", "样例")
    book.save(path)
    found = load(round_with(tmp_path, path))
    (problem,) = found.problems
    assert problem.message == "有 3 行带删除线，同样读取：第 4、5、9 行"
    assert problem.severity == "warning" and len(found.targets) == 60
    assert "targets.xlsx 有 1 个批注：没有读取，请看过。" in found.notes


@pytest.mark.parametrize("by", ["", "样例"])
def test_comments_of_forms_and_of_sheets_that_are_not_read(by, tmp_path):
    """Those on the headings of a blank form say how to fill it in; a person's on it are counted."""
    file = tmp_path / "forms" / "targets.xlsx"
    rosterforms.write(file.parent)
    book = openpyxl.load_workbook(file)
    page = book.worksheets[0]
    titles = [cell.value for cell in page[1]]
    for row in ROWS:
        page.append([dict(zip(HEAD, row, strict=True)).get(title) for title in titles])
    book.worksheets[1]["A1"].comment = Comment("看", "样例")
    if by:
        page["B3"].comment = Comment("已搬走", by)
    book.save(file)
    found = load(round_with(tmp_path, file))
    assert len(found.targets) == 60
    said = [note for note in found.notes if "批注" in note]
    assert said == ["targets.xlsx 有 1 个批注：没有读取，请看过。"] * bool(by)


# --- rows joined, lists of an upper level, words ---


def test_rows_joined_that_are_different_items(tmp_path):
    """A merged 序号 taken as the id: each of the items under it is one of its own."""
    head, *rows = sample("items")
    path = sheets(tmp_path / "items.xlsx", {"清单": [["序号", *head[1:]], *rows]})
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    for top in (2, 5):
        page[f"A{top}"] = top
        page.merge_cells(f"A{top}:A{top + 2}")
    book.save(path)
    mapping = '[items]\n"事项编号" = "序号"\n'
    found = load(round_with(tmp_path, path, mapping))
    first, second = (p for p in found.every if p.code == "F23")
    names = "".join(f"“{row[1]}”" for row in rows[:3])
    assert first.message == f"第 2 至 4 行因为“序号”列合并成了一项，名称却不同（{names}）"
    assert "请换一列作编号" in first.remedy and (first.row, second.row) == (2, 5)
    assert len(found.items) == 2  # those that nothing is merged over


def test_words_spelt_otherwise(tmp_path):
    found = case(tmp_path / "a", "71-words-spelt-otherwise")
    assert [(p.row, p.code, p.value) for p in found.every if p.severity == "error"] == [
        (14, "T10", "低风险"),
        (15, "T10", "1"),
    ]
    said = {
        ("信用风险等级", "A级", "A"),
        ("信用风险等级", "B类", "B"),
        ("状态", "在营（开业）企业", "存续"),
        ("状态", "存续状态", "存续"),
        ("状态", "正常经营", "存续"),
        ("状态", "注销企业", "注销"),
        ("状态", "吊销，未注销", "吊销"),
    }
    for column, text, word in said:
        assert f"targets.xlsx 的“{column}”列有 1 格的“{text}”按“{word}”读取。" in found.notes
    mapping = '[values]\n"信用风险等级" = {"低风险" = "A", "1" = "C"}\n'
    mapped = case(tmp_path / "b", "71-words-spelt-otherwise", mapping)
    assert not errors(mapped) and mapped.targets.loc[14, "risk_class"] == "A"
    note = "targets.xlsx 的“信用风险等级”列有 1 格的“低风险”按“A”读取（mapping.toml）。"
    assert note in mapped.notes


@pytest.mark.parametrize(
    ("column", "text", "read"),
    [
        ("状态", "已竣工", "竣工"),
        ("状态", "撤销", "撤销"),
        ("状态", "吊销,未注销", "吊销"),
        ("信用风险等级", "信用风险A类", "A"),
        ("信用风险等级", "c级", "C"),
        ("状态", "大概还在", None),
    ],
)
def test_usual_spellings(column, text, read, tmp_path):
    rows = [list(row) for row in ROWS[:9]]
    rows[1][HEAD.index(column)] = text
    found = load(round_with(tmp_path, sheets(tmp_path / "targets.xlsx", {"名录": [HEAD, *rows]})))
    key = {"状态": "status", "信用风险等级": "risk_class"}[column]
    assert [p.code for p in found.every if p.row == 3 and p.severity == "error"] == (
        [] if read else ["T06"]
    )
    assert read is None or found.targets.loc[3, key] == read


@pytest.mark.parametrize(
    ("table", "titles", "cells"),
    [
        ("platform", ["平台任务号", "计划编号", "统一社会信用代码"], ["PT-1", "R1", "S001"]),
        ("external", ["抽查任务编号", "企业信用代码", "企业名称"], ["R1", "S001", "样例公司"]),
    ],
)
def test_aliases_of_what_comes_back(table, titles, cells, tmp_path):
    sheets(tmp_path / f"{table}.xlsx", {"表": [titles, cells]})
    listing = listings.load(tmp_path, table)
    assert listing.whole and listing.rows[0]["target"] == "S001"
    assert not [p for p in listing.problems if p.severity == "error"]


# --- nothing is lost without a line that says so ---

CELL = st.sampled_from([None, "", " ", "无", "N/A", "甲", "小计", "16户", 3])
PAGE = st.tuples(st.booleans(), st.lists(st.lists(CELL, min_size=5, max_size=5), max_size=4))


@settings(max_examples=25)
@given(
    pages=st.lists(PAGE, min_size=1, max_size=3),
    states=st.lists(st.sampled_from(["visible", "hidden", "veryHidden"]), min_size=2, max_size=2),
)
def test_every_row_of_every_sheet_is_in_an_account(pages, states, tmp_path_factory):
    """Random sheets, with the table's header or another, placeholders, blanks and subtotals."""
    folder = tmp_path_factory.mktemp("a")
    made = {
        f"表{n}": [list(HEAD[:5]) if table else ["某列", *"abcd"], *rows]
        for n, (table, rows) in enumerate(pages)
    }
    hidden = dict(zip(list(made)[1:], states, strict=False))
    file = sheets(folder / "targets.xlsx", made, hidden)
    found = load(round_with(folder, file))
    tally = found.tallies["targets"]
    held = sum(
        any(cell is not None and str(cell).strip() for cell in row)
        for _, rows in pages
        for row in rows
    )
    elsewhere = sum(rows for _, rows, _ in tally.others)
    told = tally.rows + (0 if tally.whole == ("F12",) else elsewhere)  # there they are counted once
    # sheets that are not read count their rows of data, without subtotals and examples
    no_data = sum(row[0] == "小计" or "小计" in row for _, rows in pages for row in rows)
    assert held - no_data <= told <= held


# --- more that look like these ---


def with_rows(extra: Mapping[int, list[Any]], numbered: bool = False) -> list[list[Any]]:
    """The sample's targets with further rows at some places, their cells from the left."""
    head, *rows = sample()
    own = []
    for n in range(len(rows) + 1):
        own += [[*extra[n], *[None] * (len(head) - len(extra[n]))]] if n in extra else []
        own += rows[n : n + 1]
    if numbered:
        return [["序号", *head], *([n, *row] for n, row in enumerate(own, 1))]
    return [head, *own]


# rows put between the data → what the account says of them
LEFT_OUT = {
    "a subtotal beside a blank number": (
        {20: [None, "小计（20户）"], 60: ["合计：60"]},
        "小计行 2",
    ),
    "the average": ({30: ["平均", None, None], 60: ["总计数", "60"]}, "小计行 2"),
    "a category and its count": (
        {16: ["施工企业 小计", 16], 30: ["物业服务 小计", 14]},
        "小计行 2",
    ),
    "columns are numbered": ({0: [*range(1, 20)]}, "列号行 1"),
    "columns are numbered after 甲": ({0: ["甲", "乙", *range(1, 18)]}, "列号行 1"),
    "columns are named as in the database": ({0: ["UNISCID", "ENTNAME", "ent_type"]}, "字段名行 1"),
    "some of them": ({0: ["tyxydm", None, "qylx", None, "zt2"]}, "字段名行 1"),
    "what fields hold": ({0: ["String", "String", "Text"]}, "字段名行 1"),
    "each page has the header": ({20: [*HEAD], 40: [*HEAD[:6]]}, "重复的表头 2"),
}


@pytest.mark.parametrize(("extra", "said"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_rows_that_are_no_data(extra, said, tmp_path):
    file = sheets(tmp_path / "targets.xlsx", {"名录": with_rows(extra)})
    found = load(round_with(tmp_path, file))
    tally = found.tallies["targets"]
    assert not errors(found) and (tally.used, tally.rows) == (60, 60 + len(extra))
    assert said in accounts.lines({"targets": tally})[0]


@pytest.mark.parametrize("extra", [{0: ["UNISCID", "ENTNAME", "ent_type"]}, {20: [*HEAD]}])
def test_rows_that_are_no_data_among_merged_cells(extra, tmp_path):
    file = sheets(tmp_path / "targets.xlsx", {"名录": with_rows(extra)})
    book = openpyxl.load_workbook(file)
    book.worksheets[0].merge_cells("S3:S4")
    book.save(file)
    tally = load(round_with(tmp_path, file)).tallies["targets"]
    assert len(tally.left_out) == 1 and tally.rows == 61


@pytest.mark.parametrize("known", [True, False])
def test_field_names_above_the_titles(known, tmp_path):
    """An export whose first row is the database's: the row of titles is the header."""
    fields = ["UNISCID", "ENTNAME"] if known else ["PRIPID", "REGORG"]
    above = [*fields, *(f"field_{'abcdefghijklmnopqrstuvwxyz'[n]}x" for n in range(len(HEAD) - 2))]
    found = load(
        round_with(tmp_path, sheets(tmp_path / "targets.xlsx", {"": [above, HEAD, *ROWS]}))
    )
    assert not errors(found) and len(found.targets) == 60


def test_a_row_of_codes_is_data():
    """Letters with digits, single letters and fewer than three words name no fields."""
    for row in (["ZJ001", "A", "B"], ["ABC", "DEF"], ["ABC", "DEF", 3], ["ABC", "公司", "DEF"]):
        assert layout.numbers_or_names(row) == "", row
        assert not layout.titles_again(row, [("编号",), ("名称",), ("类别",)])
    assert not layout.titles_again(["名称", "编号"], [("编号",), ("名称",)])


@pytest.mark.parametrize("merged", [False, True])
def test_rows_with_nothing_but_their_number(merged, tmp_path):
    file = sheets(tmp_path / "targets.xlsx", {"名录": with_rows({60: [], 61: []}, numbered=True)})
    book = openpyxl.load_workbook(file)
    page = book.worksheets[0]
    for n in range(62, 80):
        page.cell(n, 1).value = n - 1
    if merged:
        page.merge_cells("T2:T3")
    book.save(file)
    found = load(round_with(tmp_path, file))
    assert not errors(found) and len(found.targets) == 60
    assert "只有序号的行 18" in accounts.lines({"targets": found.tallies["targets"]})[0]


def test_a_sheet_that_goes_on_without_a_header_is_an_error(tmp_path):
    pages = {
        "名录": [HEAD, *ROWS[:30]],
        "续": ROWS[30:],
        "统计": [["类别", "户数"], ["施工企业", 16]],
    }
    file = sheets(tmp_path / "targets.xlsx", pages)
    (message,) = errors(load(round_with(tmp_path / "a", file)))
    assert message.startswith(
        "targets.xlsx：工作表“续”像是接着“名录”写的，没有表头，都没有读取。请把这些行接到“名录”的下面"
    )
    (again,) = errors(load(round_with(tmp_path / "b", file, '[targets]\nsheet = "全部"\n')))
    assert again == message
    found = load(round_with(tmp_path / "c", file, '[targets]\nsheet = "名录"\n'))
    assert not errors(found) and len(found.targets) == 30


WORDS = {
    "": ["B级（较低风险）", "低风险(B)", "信用风险B", "b档", "B等", "B 级", "信用风险B级企业"],
    "T10": ["高风险", "A级（B）", "1", "B+"],
}


@pytest.mark.parametrize(("code", "words"), WORDS.items(), ids=["understood", "refused"])
def test_classes_spelt_otherwise(code, words, tmp_path):
    head, *rows = sample()
    for row, word in zip(rows, words, strict=False):
        row[head.index("信用风险等级")] = word
    found = load(round_with(tmp_path, sheets(tmp_path / "targets.xlsx", {"名录": [head, *rows]})))
    wrong = [p.value for p in found.every if p.severity == "error"]
    assert wrong == (words if code else [])
    assert sum("按“B”读取" in note for note in found.notes) == (0 if code else len(words))


NO_NAMES = [
    "----",
    "……",
    "＋＋",
    "无。",
    "见上",
    "ditto",
    "见附件",
    "以下空白",
    "#CALC!",
    "Err:502",
]


@pytest.mark.parametrize("column", ["名称", "地址"])
def test_placeholders_of_other_spellings(column, tmp_path):
    head, *rows = sample()
    for row, word in zip(rows, NO_NAMES, strict=False):
        row[head.index(column)] = word
    found = load(round_with(tmp_path, sheets(tmp_path / "targets.xlsx", {"名录": [head, *rows]})))
    wrong = [p for p in found.every if p.code in ("F10", "F20")]
    if column == "名称":
        assert [p.row for p in wrong if p.severity == "error"] == [*range(2, 2 + len(NO_NAMES))]
    else:
        assert not errors(found) and set(found.targets["address"]).isdisjoint(NO_NAMES)


def test_a_page_in_big5_is_named(tmp_path):
    """Its charset says so."""
    page = "<table><tr><td>統一社會信用代碼</td><td>名稱</td></tr></table>".encode("big5")
    (tmp_path / "targets.xls").write_bytes(b'<html><meta charset="big5">' + page)
    (message,) = errors(load(round_with(tmp_path / "r", tmp_path / "targets.xls")))
    assert message.startswith("targets.xls：文字编码是 Big5（繁体）")


SIZES = ['ref="A1"', 'ref=""', 'ref="A1:C5"', 'ref="A0:A0"', 'ref="a1:s61"', 'ref="A1:XFD1048576"']


@pytest.mark.parametrize("size", SIZES)
def test_whatever_the_dimension_says(size, tmp_path):
    made = sheets(tmp_path / "made.xlsx", {"名录": [HEAD, *ROWS]})
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(tmp_path / "targets.xlsx", "w") as new:
        for name in old.namelist():
            held = old.read(name)
            if name.startswith("xl/worksheets/"):
                held, count = re.subn(
                    rb'<dimension ref="[^"]*"', f"<dimension {size}".encode(), held
                )
                assert count == 1
            new.writestr(name, held)
    found = load(round_with(tmp_path / "r", tmp_path / "targets.xlsx"))
    assert not errors(found) and len(found.targets) == 60


@pytest.mark.parametrize("table", ["items", "plan", "officers"])
def test_another_table_in_its_place_is_named(table, tmp_path):
    """By its columns, as csv and under other titles too."""
    other = {"工号": "人员编号", "姓名": "人员姓名", "部门": "工作单位", "任务名称": "计划名称"}
    head, *rows = sample(table)
    with (tmp_path / "targets.csv").open("w", encoding="gbk", newline="") as file:
        csv.writer(file).writerows([["某某名单"], [other.get(own, own) for own in head], *rows])
    (message,) = errors(load(round_with(tmp_path / "r", tmp_path / "targets.csv")))
    assert "这张表像是" in message and f"应叫 {table}.xlsx" in message


@pytest.mark.parametrize("version", [b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00"])
def test_older_formats_are_named(version, tmp_path):
    (tmp_path / "targets.xls").write_bytes(version + bytes(600))
    (message,) = errors(load(round_with(tmp_path / "r", tmp_path / "targets.xls")))
    assert re.search("内容不是 xls 表格，而是Excel [234] 的旧格式", message)
