"""One more row in a file: everything else stays as it was, whatever stands under the table, and
what could not stay right is refused.
"""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from ssj.base.errors import InputError, SsjError
from ssj.tables import headings, rawtables, schema
from ssj.upkeep import editing, placing, sheet_rows

TITLES = [
    "统一社会信用代码",
    "企业名称",
    "类别",
    "信用风险等级",
    "状态",
    "成立日期",
    "投诉举报数",
    "联系人",
]
ROWS = [
    [
        "91350100M000100Y43",
        "样例建筑〇〇一公司",
        "施工",
        "A",
        "存续",
        date(2011, 3, 5),
        3,
        "样例甲",
    ],
    ["91110000101623741K", "样例燃气〇〇二公司", "燃气", "D", "存续", None, None, None],
]
NEW = {
    0: "330782202101010101",
    1: "样例<新>&公司",
    2: "施工",
    3: "B",
    4: "存续",
    5: date(2021, 6, 1),
    6: 2,
}


def own(table: str = "targets") -> headings.Headings:
    return headings.Headings(schema.headers(table), table)


def workbook(path: Path, *change) -> Path:
    """A roster as offices have them: title, header and rows with formats, widths, a drop-down, a
    rule, a filter, a print area, another sheet; ``change`` it further.
    """
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "名录 '一'"
    sheet.append(["样例县检查对象名录库"])
    sheet.merge_cells("A1:H1")
    sheet.append(TITLES)
    for row in ROWS:
        sheet.append(row)
    thin = Side(style="thin")
    for row in (2, 3, 4):
        for cell in sheet[row]:
            cell.border = Border(thin, thin, thin, thin)
            cell.font = Font(name="宋体", size=11, bold=row == 2)
            cell.alignment = Alignment(wrap_text=True, vertical="center")
            cell.fill = PatternFill("solid", fgColor="E7EEF5") if row == 2 else PatternFill()
    for cell in (sheet["A3"], sheet["A4"]):
        cell.number_format = "@"
    sheet["F3"].number_format = sheet["F4"].number_format = "yyyy/m/d"
    sheet.row_dimensions[4].height = 31.5
    sheet.column_dimensions["B"].width = 33
    sheet.freeze_panes = "B3"
    sheet.auto_filter.ref = "A2:H4"
    sheet.print_area = "A1:H4"
    lists = DataValidation("list", formula1='"A,B,C,D"')
    lists.add("D3:D4")
    sheet.add_data_validation(lists)
    sheet.conditional_formatting.add(
        "D3:D4",
        CellIsRule(operator="equal", formula=['"D"'], fill=PatternFill("solid", bgColor="FFCCCC")),
    )
    other = book.create_sheet("说明")
    other["A1"], other["B2"] = "不要动", 3.5
    other.merge_cells("A3:C3")
    for act in change:
        act(sheet)
    book.save(path)
    return path


def footer(sheet) -> None:
    """Two rows under the table, one merged, with a format of their own."""
    sheet["A6"], sheet["A7"] = "填表人：样例乙", "注：本表一式两份"
    sheet.merge_cells("A7:H7")
    sheet["A6"].font = Font(italic=True)


def close_footer(sheet) -> None:
    sheet["A5"], sheet["A6"] = "填表人：样例乙", "注：本表一式两份"
    sheet.merge_cells("A6:H6")
    sheet["A5"].font = Font(italic=True)
    sheet.row_dimensions[6].height = 40


def comment(sheet) -> None:
    sheet["B3"].comment = Comment("样例批注", "样例丙")


def chart(sheet) -> None:
    made = BarChart()
    made.add_data(Reference(sheet, min_col=7, min_row=2, max_row=4), titles_from_data=True)
    sheet.add_chart(made, "J3")


def link(sheet) -> None:
    sheet["B3"].hyperlink = "#说明!A1"


def tall(sheet) -> None:
    """One record over two rows, the second blank but for a cell."""
    sheet["A5"], sheet["B5"] = None, "样例分部"
    sheet.merge_cells("A4:A5")


def office_table(sheet) -> None:
    sheet.auto_filter.ref = None
    sheet.add_table(Table(displayName="名录", ref="A2:H4"))


def styled_blanks(sheet) -> None:
    for at in range(1, 9):
        sheet.cell(5, at).font = Font(color="FF0000")


def look(cell) -> tuple[str, ...]:
    """All of a cell's format."""
    return cell.number_format, *map(
        repr, (cell.font, cell.fill, cell.border, cell.alignment, cell.protection)
    )


def cells(sheet) -> dict[tuple[int, int], tuple]:
    """Cells that hold something or have a format."""
    return {
        (cell.row, cell.column): (cell.value, look(cell))
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None or cell.has_style
    }


def put(path: Path, new: dict = NEW) -> tuple[placing.Place, bytes]:
    where, before = placing.place(path, own()), path.read_bytes()
    path.write_bytes(editing.with_row(before, where, new))
    return where, before


# name → (changes, row of the new one, how many rows further down what stood below is)
LAYOUTS = {
    "plain": ([], 5, 0),
    "a footer after a blank row": ([footer], 5, 0),
    "a footer right below": ([close_footer], 5, 1),
    "a comment": ([comment], 5, 0),
    "a chart": ([chart], 5, 0),
    "a link": ([link], 5, 0),
    "a record of two rows": ([tall], 6, 0),
    "blank rows with a format": ([styled_blanks], 5, 0),
    "comment, chart, link and footer": ([comment, chart, link, footer], 5, 0),
}


@pytest.mark.parametrize(("change", "row", "moved"), LAYOUTS.values(), ids=LAYOUTS)
def test_everything_else_stays(change, row, moved, tmp_path):
    path = workbook(tmp_path / "targets.xlsx", *change)
    old = openpyxl.load_workbook(path)
    where, before = put(path)
    new = openpyxl.load_workbook(path)
    assert where.row == row and [s.title for s in new] == [s.title for s in old]
    expected = {
        (r + (moved if r >= row else 0), c): cell
        for (r, c), cell in cells(old.worksheets[0]).items()
    }
    assert {p: c for p, c in cells(new.worksheets[0]).items() if p[0] != row} == {
        p: c for p, c in expected.items() if p[0] != row
    }
    assert cells(new.worksheets[1]) == cells(old.worksheets[1])

    one, other = old.worksheets[0], new.worksheets[0]
    down = {f"A{r}:H{r}": f"A{r + moved}:H{r + moved}" for r in (6,)} if moved else {}
    assert {str(r) for r in other.merged_cells.ranges} == {
        down.get(str(r), str(r)) for r in one.merged_cells.ranges
    }
    assert {k: d.width for k, d in other.column_dimensions.items()} == {
        k: d.width for k, d in one.column_dimensions.items()
    }
    assert {k: d.height for k, d in other.row_dimensions.items() if k != row} == {
        k + (moved if k >= row else 0): d.height for k, d in one.row_dimensions.items() if k != row
    }
    assert (other.freeze_panes, other.sheet_properties, other.page_setup) == (
        one.freeze_panes,
        one.sheet_properties,
        one.page_setup,
    )
    end = row if row == 5 else 4
    assert [str(v.sqref) for v in other.data_validations.dataValidation] == [f"D3:D{end}"] and [
        v.formula1 for v in other.data_validations.dataValidation
    ] == ['"A,B,C,D"']
    assert [str(r.sqref) for r in other.conditional_formatting] == [f"D3:D{end}"]
    assert (other.auto_filter.ref, other.print_area) == (
        f"A2:H{end}",
        f"'名录 ''一'''!$A$1:$H${end}",
    )

    with zipfile.ZipFile(io.BytesIO(before)) as a, zipfile.ZipFile(path) as b:
        assert a.namelist() == b.namelist() and b.testzip() is None
        assert {n for n in a.namelist() if a.read(n) != b.read(n)} <= {
            "xl/worksheets/sheet1.xml",
            "xl/workbook.xml",
        }


def test_the_row(tmp_path):
    """Text as text, dates as dates with the column's format, all with the formats of the row above,
    and a height.
    """
    path = workbook(tmp_path / "targets.xlsx")
    put(path)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert [cell.value for cell in sheet[5]] == [
        "330782202101010101",
        "样例<新>&公司",
        "施工",
        "B",
        "存续",
        sheet["F3"].value.replace(2021, 6, 1),
        2,
        None,
    ]
    assert [cell.data_type for cell in sheet[5]][:7] == ["s", "s", "s", "s", "s", "d", "n"]
    for new, above in zip(sheet[5], sheet[4], strict=True):
        assert look(new) == look(above)
    assert sheet.row_dimensions[5].height == 31.5 and sheet.dimensions == "A1:H5"
    read = rawtables.read(path, own())
    assert [p for p in read.problems if p.severity == "error"] == []
    assert read.frame.loc[5, "编号"] == "330782202101010101" and read.frame.loc[
        5, "成立日期"
    ] == date(2021, 6, 1)


def test_a_date_where_dates_are_texts(tmp_path):
    path = workbook(
        tmp_path / "targets.xlsx", lambda sheet: sheet.__setitem__("F3", "2011年3月5日")
    )
    put(path)
    assert openpyxl.load_workbook(path).worksheets[0]["F5"].value == "2021-06-01"


def test_a_date_of_a_mac(tmp_path):
    """Where days count from 1904, a date is written as text."""
    path = workbook(
        tmp_path / "targets.xlsx",
        lambda sheet: setattr(sheet.parent, "epoch", openpyxl.utils.datetime.CALENDAR_MAC_1904),
    )
    put(path)
    assert openpyxl.load_workbook(path).worksheets[0]["F5"].value == "2021-06-01"


def test_the_first_row(tmp_path):
    """No row of data yet: under the header, without the header's format; an example row stays above
    it.
    """

    def empty(sheet):
        sheet.delete_rows(3, 2)
        sheet["A3"], sheet["B3"] = "示例", "样例公司"

    path = workbook(tmp_path / "targets.xlsx", empty)
    where, _ = put(path)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert (
        where.row == 4
        and where.above == 0
        and sheet["A3"].value == "示例"
        and sheet["A4"].value == NEW[0]
    )
    assert not sheet["A4"].font.bold
    assert list(rawtables.read(path, own()).frame["编号"]) == [NEW[0]]


def test_an_office_table_grows(tmp_path):
    path = workbook(tmp_path / "targets.xlsx", office_table)
    put(path)
    assert [t.ref for t in openpyxl.load_workbook(path).worksheets[0].tables.values()] == ["A2:H5"]


def test_macros_stay(tmp_path):
    path = workbook(tmp_path / "targets.xlsx")
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/vbaProject.bin", b"\x00VBA" * 100)
        book.writestr("xl/media/image1.png", b"\x89PNG" * 50)
    put(path)
    with zipfile.ZipFile(path) as book:
        assert (
            book.read("xl/vbaProject.bin") == b"\x00VBA" * 100
            and book.read("xl/media/image1.png") == b"\x89PNG" * 50
        )


BY_HAND = sheet_rows.BY_HAND
# name → (changes, message)
REFUSED = {
    "a comment and a footer right below": (
        [close_footer, comment],
        "数据下面还有内容（第 5 行），工作簿里又有批注",
    ),
    "a chart and a footer right below": (
        [close_footer, chart],
        "数据下面还有内容（第 5 行），工作簿里又有图片或图形",
    ),
    "a link and a footer right below": (
        [close_footer, link],
        "数据下面还有内容（第 5 行），工作簿里又有超链接",
    ),
    "a sum right below": (
        [
            lambda sheet: sheet.__setitem__("A5", "合计"),
            lambda sheet: sheet.__setitem__("G5", "=SUM(G3:G4)"),
        ],
        "工作簿里又有公式",
    ),
    "a protected sheet": ([lambda sheet: sheet.protection.enable()], "受保护"),
}


@pytest.mark.parametrize(("change", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(change, message, tmp_path):
    path = workbook(tmp_path / "targets.xlsx", *change)
    where = placing.place(path, own())
    with pytest.raises(SsjError) as error:
        editing.with_row(path.read_bytes(), where, NEW)
    assert message in str(error.value) and "请在 Excel" in error.value.remedy


def test_signed(tmp_path):
    path = workbook(tmp_path / "targets.xlsx")
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("_xmlsignatures/sig1.xml", "<Signature/>")
    with pytest.raises(SsjError, match="数字签名"):
        editing.with_row(path.read_bytes(), placing.place(path, own()), NEW)


@pytest.mark.parametrize("kind", ["parquet", "xls"])
def test_kinds_that_are_not_for_this(kind, tmp_path):
    import pandas as pd
    import xlwt

    path = tmp_path / f"targets.{kind}"
    if kind == "parquet":
        pd.DataFrame([[str(cell) for cell in ROWS[0]]], columns=TITLES).to_parquet(path)
    else:
        book = xlwt.Workbook()
        sheet = book.add_sheet("名录")
        for n, row in enumerate([TITLES, ROWS[0][:5]]):
            for at, cell in enumerate(row):
                sheet.write(n, at, cell)
        book.save(str(path))
    with pytest.raises(SsjError) as error:
        placing.place(path, own())
    assert str(error.value) == (
        f"targets.{kind} 是 {kind} 文件，不能逐行添加\n"
        "请在 Excel 或 WPS 中打开，另存为 .xlsx（parquet 请从原系统重新导出）后再添加。"
    )


@pytest.mark.parametrize(
    "value", ["样例\x07公司", "长" * 32_768], ids=["a control character", "too long"]
)
def test_what_no_cell_holds(value, tmp_path):
    path = workbook(tmp_path / "targets.xlsx")
    with pytest.raises(SsjError, match="控制字符"):
        editing.with_row(path.read_bytes(), placing.place(path, own()), {0: "1", 1: value})


def test_another_table(tmp_path):
    path = tmp_path / "targets.csv"
    path.write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        placing.place(path, own())
    assert [p.code for p in error.value.problems] == ["F06"]


# --- csv ---

PLAIN = (
    "编号,名称,类别,信用风险等级,状态\r\n1,样例甲公司,施工,A,存续\r\n2,样例乙公司,燃气,B,存续\r\n"
)
CSV = {0: "0003", 1: '样例"丙",公司', 2: "施工", 3: "C", 4: "存续"}
LINE = '0003,"样例""丙"",公司",施工,C,存续'
# name → (text, encoding, text afterwards)
CSVS = {
    "Windows lines": (PLAIN, "utf-8", PLAIN + LINE + "\r\n"),
    "Unix lines": (PLAIN.replace("\r\n", "\n"), "utf-8", PLAIN.replace("\r\n", "\n") + LINE + "\n"),
    "a mark": (PLAIN, "utf-8-sig", PLAIN + LINE + "\r\n"),
    "GB18030": (PLAIN, "gb18030", PLAIN + LINE + "\r\n"),
    "no end of the last line": (PLAIN.removesuffix("\r\n"), "utf-8", PLAIN + LINE),
    "blank lines below": (PLAIN + "\r\n\r\n", "utf-8", PLAIN + LINE + "\r\n\r\n\r\n"),
    "a footer": (
        PLAIN + "填表人：样例丁,,,,\r\n",
        "utf-8",
        PLAIN + LINE + "\r\n填表人：样例丁,,,,\r\n",
    ),
    "all quoted": (
        '"编号","名称","类别","信用风险等级","状态"\n"1","样例,甲公司","施工","A","存续"\n',
        "utf-8",
        '"编号","名称","类别","信用风险等级","状态"\n"1","样例,甲公司","施工","A","存续"\n"0003","样例""丙"",公司","施工","C","存续"\n',
    ),
    "a cell of two lines": (
        PLAIN + '3,"样例\r\n戊公司",施工,A,存续\r\n',
        "utf-8",
        PLAIN + '3,"样例\r\n戊公司",施工,A,存续\r\n' + LINE + "\r\n",
    ),
    "more columns": (
        "\n".join(
            line + ",x" if n else line + ",内部备注" for n, line in enumerate(PLAIN.splitlines())
        )
        + "\n",
        "utf-8",
        "\n".join(
            line + ",x" if n else line + ",内部备注" for n, line in enumerate(PLAIN.splitlines())
        )
        + "\n"
        + LINE
        + ",\n",
    ),
}


CSVS |= {
    "tabs in UTF-16": (
        PLAIN.replace(",", "\t"),
        "utf-16",
        PLAIN.replace(",", "\t") + '0003\t"样例""丙""公司"\t施工\tC\t存续\r\n',
    ),
    "semicolons": (
        PLAIN.replace(",", ";"),
        "utf-8",
        PLAIN.replace(",", ";") + '0003;"样例""丙""公司";施工;C;存续\r\n',
    ),
}


@pytest.mark.parametrize(("text", "encoding", "after"), CSVS.values(), ids=CSVS)
def test_csv(text, encoding, after, tmp_path):
    path = tmp_path / "targets.csv"
    path.write_bytes(text.encode(encoding))
    # a comma would make the reader take them for what stands between columns
    put(path, CSV if "," in after else CSV | {1: '样例"丙"公司'})
    assert path.read_bytes() == after.encode(encoding)
    assert list(rawtables.read(path, own()).frame["编号"])[-1] == "0003"


def test_csv_refuses_a_formula(tmp_path):
    path = tmp_path / "targets.csv"
    path.write_text(PLAIN, encoding="utf-8")
    with pytest.raises(SsjError, match="当作公式"):
        editing.with_row(path.read_bytes(), placing.place(path, own()), CSV | {1: "=1+1"})


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
    lambda t: (
        t.strip() and not editing._FORMULA.match(t) and "\ufffe" not in t and "\uffff" not in t
    )
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=TEXT, status=TEXT, kind=st.sampled_from(["xlsx", "utf-8", "gb18030"]))
def test_what_is_put_in_is_read_back(name, status, kind, tmp_path):
    """Any text, in any kind of file; the other rows as before."""
    path = tmp_path / ("targets.xlsx" if kind == "xlsx" else "targets.csv")
    for old in tmp_path.iterdir():
        old.unlink()
    workbook(path) if kind == "xlsx" else path.write_bytes(PLAIN.encode(kind))
    before = rawtables.read(path, own()).frame
    where, _ = put(path, {0: "7", 1: name, 4: status})
    raw = rawtables.sheets_of(path)[1][0].grid[where.row - 1]
    assert (raw[1], raw[4]) == (name, status)
    after = rawtables.read(path, own()).frame
    assert after.loc[[row for row in after.index if row != where.row]].equals(before)
    if kind != "xlsx":
        assert len(list(csv.reader(io.StringIO(path.read_bytes().decode(kind))))) == 4
