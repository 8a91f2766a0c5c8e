"""What a workbook shows is what is read, whatever its format: xlsx, xls, et and ods alike.

The files are made by openpyxl and xlwt; the ods by hand, as LibreOffice writes it.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from openpyxl.comments import Comment
from openpyxl.styles import Font
from unit.test_cases import errors, load, round_with, sample

from ssj.tables import biff, ods, sheets, styles
from ssj.tables.grid import Unreadable

HEAD, *ROWS = sample("items")
PLAN_HEAD, *PLAN = sample("plan")
# of the first item: id as stored, its format; what it is shown as
NUMBERS = {
    "padded": (1, "000", "001"),
    "padded, in red": (12, "[Red]0000", "0012"),
    "with letters": (7, '"ZJ-"00', "ZJ-07"),
    "masked": (2019, "00-00", "20-19"),
}


def items(first: Any) -> list[list[Any]]:
    """The items of the sample round, the first with another id."""
    return [HEAD, [first, *ROWS[0][1:]], *ROWS[1:]]


def xlsx(path: Path, rows: list[list[Any]], code: str) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.active["A2"].number_format = code
    book.active["B3"].font = Font(strike=True)
    book.active["B4"].comment = Comment("看", "我")
    book.save(path)


def xls(path: Path, rows: list[list[Any]], code: str) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("表")
    for n, row in enumerate(rows):
        for at, cell in enumerate(row):
            style = "font: struck_out on" if (n, at) == (2, 1) else ""
            form = code if (n, at) == (1, 0) else "General"
            page.write(n, at, cell, xlwt.easyxf(style, num_format_str=form))
    book.save(str(path))


def ods_file(path: Path, rows: list[list[Any]], code: str) -> None:
    """``code``: how the first id is shown."""
    cells = [[ods_cell(cell, "") for cell in row] for row in rows]
    cells[1][0] = ods_cell(rows[1][0], code)
    cells[2][1] = cells[2][1].replace("<table:table-cell", '<table:table-cell table:style-name="x"')
    cells[3][1] = cells[3][1].replace(
        "<text:p>",
        "<office:annotation/><office:annotation><dc:creator>ssj</dc:creator></office:annotation>"
        "<text:p>",
    )
    body = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in cells)
    write_ods(path, f'<table:table table:name="表">{body}</table:table>')


def ods_cell(value: Any, shown: str) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    else:
        kind = 'office:value-type="string"'
    text = str(shown or value).replace("&", "&amp;").replace("<", "&lt;")
    return f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>"


SPACES = ("office", "table", "text", "style")


def write_ods(path: Path, tables: str) -> None:
    names = {
        n: f"urn:oasis:names:tc:opendocument:xmlns:{n}:1.0" for n in ("office", "table", "text")
    }
    names["style"] = "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
    names["dc"] = "http://purl.org/dc/elements/1.1/"
    spaces = " ".join(f'xmlns:{name}="{address}"' for name, address in names.items())
    struck = (
        '<style:style style:name="x" style:family="table-cell">'
        '<style:text-properties style:text-line-through-style="solid"/></style:style>'
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}>'
        f"<office:automatic-styles>{struck}</office:automatic-styles><office:body>"
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("content.xml", content)
        made.writestr("META-INF/manifest.xml", manifest)


WRITERS = {"xlsx": xlsx, "xls": xls, "et": xls, "ods": ods_file}


def of_kind(folder: Path, kind: str, first: Any, code: str, shown: str = "") -> Path:
    file = folder / f"items.{kind}"
    WRITERS[kind](file, items(first), shown if kind == "ods" else code)
    return file


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(("number", "code", "shown"), NUMBERS.values(), ids=NUMBERS)
def test_ids_are_read_as_shown(number, code, shown, kind, tmp_path):
    found = load(round_with(tmp_path, of_kind(tmp_path, kind, number, code, shown)))
    assert found.tallies["items"].used == len(ROWS) and shown in set(found.items["id"])
    warned = [p for p in found.every if p.code == "F22"]
    assert [(p.row, p.file) for p in warned] == [(3, f"items.{kind}")]
    noted = f"items.{kind} 有 1 个批注：没有读取，请看过。" in found.notes
    assert noted == (kind in ("xlsx", "ods"))  # xlwt writes no comments


@pytest.mark.parametrize("kind", ["xlsx", "xls", "et"])
def test_a_format_that_hides_the_number_is_refused(kind, tmp_path):
    found = load(round_with(tmp_path, of_kind(tmp_path, kind, 1, ";;")))
    assert [p.code for p in found.every if p.file == f"items.{kind}" and p.row == 2] == ["F21"]


@pytest.mark.parametrize("kind", WRITERS)
def test_amounts_and_plain_numbers_are_no_masks(kind, tmp_path):
    found = load(round_with(tmp_path, of_kind(tmp_path, kind, 1234, "#,##0", "1,234")))
    assert "1234" in set(found.items["id"])


def test_what_an_ods_holds_beside_its_values(tmp_path):
    """Errors, truth values, merged cells, hidden rows and columns, repeated cells."""
    cell = "<table:table-cell office:value-type"
    write_ods(
        tmp_path / "t.ods",
        '<table:table table:name="甲"><table:tracked-changes><table:deletion><table:table-row>'
        f'{cell}="float" office:value="1"><text:p>001</text:p></table:table-cell></table:table-row>'
        '</table:deletion></table:tracked-changes><table:table-column table:visibility="collapse"/>'
        '<table:table-row><table:table-cell table:number-columns-spanned="2" '
        'office:value-type="string"><text:p>项目</text:p></table:table-cell>'
        "<table:covered-table-cell/></table:table-row>"
        '<table:table-row table:visibility="collapse">'
        f'{cell}="string" table:number-columns-repeated="2"><text:p>#N/A</text:p>'
        "</table:table-cell>"
        f'{cell}="boolean" office:boolean-value="false"><text:p>FALSE</text:p></table:table-cell>'
        f'{cell}="float" office:value="7"><text:p>007</text:p></table:table-cell>'
        "</table:table-row></table:table>",
    )
    _, (page,) = sheets.sheets_of(tmp_path / "t.ods")
    assert page.merged == [(0, 0, 0, 1)] and page.grid[1][:3] == ["#N/A", "#N/A", False]
    assert {place: styles.shown(code, 7) for place, code in page.formats.items()} == {(1, 3): "007"}
    assert page.notes == [
        "有隐藏的 1 行（可能是筛选），同样读取",
        "有隐藏的 1 列，同样读取",
    ]


def test_errors_in_an_ods_are_errors(tmp_path):
    rows = [HEAD, [ROWS[0][0], "#N/A", *ROWS[0][2:]], *ROWS[1:]]
    ods_file(tmp_path / "items.ods", rows, "")
    found = load(round_with(tmp_path, tmp_path / "items.ods"))
    wrong = [p for p in found.every if p.file == "items.ods" and p.severity == "error"]
    assert [(p.code, p.row) for p in wrong] == [("F10", 2)]


def test_an_ods_that_declares_entities_is_refused(tmp_path):
    write_ods(tmp_path / "t.ods", "")
    with zipfile.ZipFile(tmp_path / "t.ods") as made:
        content = made.read("content.xml").replace(b"<office:doc", b"<!DOCTYPE a []><office:doc", 1)
    with pytest.raises(ods.Entities):
        ods.looked_at(zipped({"content.xml": content}))


def zipped(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize("name", ["targets.xlsb", "targets.xlsx"])
def test_a_binary_workbook_is_named(name, tmp_path):
    (tmp_path / name).write_bytes(zipped({"xl/workbook.bin": b"", "xl/worksheets/sheet1.bin": b""}))
    (message,) = errors(load(round_with(tmp_path / "r", tmp_path / name)))[:1]
    assert message.startswith(f"{name}：是 Excel 的二进制工作簿（xlsb），") and ".xlsx" in message
    with pytest.raises(Unreadable):
        sheets.sheets_of(tmp_path / name)


def test_styles_of_an_xls_are_of_its_cells(tmp_path):
    """Fonts have no number 4; numbers in one record are each looked at."""
    xls(tmp_path / "t.xls", [["a", "b"], [1, 2], [3, "x"], [4, 5]], "000")
    look = biff.looked_at((tmp_path / "t.xls").read_bytes())
    assert look.shown_otherwise(0) == {(1, 0): "000"} and look.struck_rows(0) == [3]
    assert look.shown_otherwise(7) == {} and look.struck_rows(7) == []


DIFFERS = {
    ("001", 1): True,
    ("1", 1): False,
    ("0", 0): False,
    ("1,234", 1234): False,
    ("9.1E+17", 9.1e17): False,
    ("12-34", 1234): True,
    ("3户", 3): True,
    ("1.5", 1.5): False,
    ("", 5): False,
}


@pytest.mark.parametrize(("shown", "differs"), DIFFERS.items())
def test_what_is_shown_otherwise(shown, differs):
    assert styles.differs(shown[0], float(shown[1])) is differs
