"""Hostile and odd tables: refused by a declared limit before memory goes, or read with a note;
whole messages.

Each file is read in a process of its own whose peak memory is measured.
"""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import docx
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
import xlwt
from conftest import ROOT

from ssj.papers import confirmation
from ssj.tables import rawtables, redacted

HEADERS = {"编号": True, "名称": True, "状态": True}
ROWS = [["编号", "名称", "状态"], ["A1", "样例甲", "存续"], ["A2", "样例乙", "存续"]]
SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
MIB = 2**20
# MiB of a process that refuses; a limit is 300 MiB of content, which stands in memory at most twice
ALLOWED = 900
READ = """
import json, sys, threading
from pathlib import Path
from ssj.tables import rawtables
table = rawtables.read(Path(sys.argv[1]), {"编号": True, "名称": True, "状态": True})
peak = [int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(json.dumps({"said": [str(p) for p in table.problems], "rows": len(table.frame),
                  "notes": table.notes, "peak": peak[0] / 1024 if peak else 0}))
"""


def read_apart(path: Path) -> dict:
    answer = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    return json.loads(answer.stdout)


def plain(path: Path) -> dict[str, bytes]:
    """The parts of a sound workbook."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Sheet")
        for n, row in enumerate(ROWS):
            sheet.write_row(n, 0, row)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def changed(part: str, old: bytes, new: bytes):
    """One part of the workbook with something replaced once."""

    def make(path: Path) -> None:
        parts = plain(path)
        assert old in parts[part], parts[part][:2000]
        packed(path, {**parts, part: parts[part].replace(old, new, 1)})

    return make


def added(**others: bytes):
    def make(path: Path) -> None:
        packed(
            path,
            {
                **plain(path),
                **{
                    name.replace("__", "/").replace("_dot_", "."): part
                    for name, part in others.items()
                },
            },
        )

    return make


def lying(part: str, real: int):
    """A part that unpacks to ``real`` bytes while the directory declares few, with the checksum of
    those few.
    """

    def make(path: Path) -> None:
        parts = plain(path)
        head = parts[part].partition(b"<sheetData>")[0] if part == SHEET else parts[part][:200]
        body = head + b" " * real
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, body if name == part else content)
        data = bytearray(out.getvalue())
        for signature, name_at, crc_at, size_at in (
            (b"PK\x03\x04", 30, 14, 22),
            (b"PK\x01\x02", 46, 16, 24),
        ):
            at = -1
            while (at := data.find(signature, at + 1)) >= 0:
                if data[at + name_at : at + name_at + len(part)] == part.encode():
                    struct.pack_into("<I", data, at + size_at, 200)
                    struct.pack_into("<I", data, at + crc_at, zlib.crc32(body[:200]))
        path.write_bytes(data)

    return make


def rows_without_numbers(path: Path) -> None:
    parts = plain(path)
    packed(
        path,
        {
            **parts,
            SHEET: re.sub(
                b"</sheetData>",
                b"<row><c><v>1</v></c></row>" * 1_200_000 + b"</sheetData>",
                parts[SHEET],
            ),
        },
    )


def long_text_everywhere(path: Path) -> None:
    parts = plain(path)
    cells = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(4, 100_000)
    )
    packed(
        path,
        {
            **parts,
            SHEET: parts[SHEET].replace(b"</sheetData>", cells + b"</sheetData>"),
            TEXTS: parts[TEXTS].replace("编号".encode(), b"x" * 32_000, 1),
        },
    )


def parquet_rows(path: Path) -> None:
    pq.write_table(
        pa.table({name: pa.array(["x"] * 1_000_001).dictionary_encode() for name in HEADERS}), path
    )


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)
TOO_MANY = "：表格超过 200,000 行或 104 列。请删去表格以外的内容，或分成几个批次。"
DAMAGED = (
    "t.xlsx：工作簿已损坏或不完整。请在 Excel 或 WPS 中打开核对，另存为 .xlsx；打不开的，"
    "请从原系统重新导出。"
)
LIES = "t.xlsx：工作簿写明的大小与实际不符。这样的文件可能是恶意的，不要打开；请从原系统重新导出。"
ENTITIES = (
    "t.xlsx：工作簿里有不该有的定义（DOCTYPE）。这样的文件可能是恶意的，不要打开；"
    "请从原系统重新导出。"
)
SEPARATED = (
    "t.csv：各列之间是{}，不是英文逗号。请从原系统导出为 .xlsx，或“CSV UTF-8（逗号分隔）”；"
    "不要直接用 Excel 打开再保存，长编码会丢失末几位。"
)
WIDE = (
    "t.csv：文字编码像是 UTF-16，却没有开头的标记，或者不完整。请从原系统导出为 .xlsx，或“CSV "
    "UTF-8（逗号分隔）”。"
)


def lines(mark: str, encoding: str = "utf-8"):
    return lambda path: path.write_bytes(
        "\r\n".join(mark.join(row) for row in ROWS).encode(encoding)
    )


# name → (file, how it is made, whole messages)
REFUSED = {
    "zip bomb": (
        "t.xlsx",
        added(xl__media__x_dot_xml=bytes(400 * MIB).replace(b"\0", b" ")),
        ["t.xlsx：工作簿展开后超过 300 MB。请删去用不到的工作表、图片和格式。"],
    ),
    "sheet larger than the directory says": ("t.xlsx", lying(SHEET, 400 * MIB), [LIES]),
    "texts larger than the directory says": ("t.xlsx", lying(TEXTS, 400 * MIB), [LIES]),
    "a cell in the last row and column": (
        "t.xlsx",
        changed(
            SHEET, b'<row r="3"', b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row><row r="3"'
        ),
        [f"t.xlsx 工作表“Sheet”{TOO_MANY}"],
    ),
    "ten million rows": (
        "t.xlsx",
        changed(
            SHEET,
            b"</sheetData>",
            b'<row r="10000000"><c r="A10000000"><v>1</v></c></row></sheetData>',
        ),
        [f"t.xlsx 工作表“Sheet”{TOO_MANY}"],
    ),
    "a million rows without numbers": (
        "t.xlsx",
        rows_without_numbers,
        [f"t.xlsx 工作表“Sheet”{TOO_MANY}"],
    ),
    "a wide and a far cell": (
        "t.xlsx",
        changed(
            SHEET,
            b"</sheetData>",
            b'<row r="150000"><c r="CZ150000"><v>1</v></c></row></sheetData>',
        ),
        [f"t.xlsx 工作表“Sheet”{TOO_MANY}"],
    ),
    "a long text in every cell": (
        "t.xlsx",
        long_text_everywhere,
        ["t.xlsx：工作簿的文字展开后超过 300 MB。请删去过长的文字，或分成几个文件。"],
    ),
    "four thousand million texts declared": (
        "t.xlsx",
        changed(TEXTS, b'uniqueCount="', b'uniqueCount="4294967295" x="'),
        [LIES],
    ),
    "billion laughs in the workbook": (
        "t.xlsx",
        changed("xl/workbook.xml", b"<workbook", LAUGHS + b"<workbook"),
        [ENTITIES],
    ),
    "billion laughs in the texts": (
        "t.xlsx",
        changed(TEXTS, b"<sst", LAUGHS + b"<sst"),
        [ENTITIES],
    ),
    "XML in UTF-16": (
        "t.xlsx",
        lambda path: packed(
            path,
            {
                **(parts := plain(path)),
                "xl/workbook.xml": parts["xl/workbook.xml"].decode().encode("utf-16"),
            },
        ),
        [ENTITIES],
    ),
    "merged over everything, many times": (
        "t.xlsx",
        changed(
            SHEET,
            b"</sheetData>",
            b"</sheetData><mergeCells>"
            + b'<mergeCell ref="A1:XFD1048576"/>' * 2000
            + b"</mergeCells>",
        ),
        [DAMAGED],
    ),
    "a sheet outside the file": (
        "t.xlsx",
        changed("xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", b"../../../../etc/passwd"),
        [DAMAGED],
    ),
    "truncated": (
        "t.xlsx",
        lambda path: (plain(path), path.write_bytes(path.read_bytes()[:-300])),
        [DAMAGED],
    ),
    "encrypted": (
        "t.xlsx",
        lambda path: path.write_bytes(
            b"\xd0\xcf\x11\xe0" + bytes(508) + "EncryptedPackage".encode("utf-16-le")
        ),
        [
            (
                "t.xlsx：工作簿加了密码。请在 Excel 中去掉打开密码（文件、信息、保护工作簿），"
                "保存后再试。"
            )
        ],
    ),
    "csv of too many rows": (
        "t.csv",
        lambda path: path.write_text("编号,名称,状态\n" + "a,b,c\n" * 500_020, encoding="utf-8"),
        ["t.csv：表格超过 500,000 行或 104 列。请删去表格以外的内容，或分成几个批次。"],
    ),
    "parquet of too many rows": (
        "t.parquet",
        parquet_rows,
        ["t.parquet：表格超过 1,000,000 行或 104 列。请删去表格以外的内容，或分成几个批次。"],
    ),
    "spaces": ("t.csv", lines(" "), [SEPARATED.format("空格")]),
    "full-width commas": ("t.csv", lines("，"), [SEPARATED.format("全角逗号")]),
    "UTF-16 cut short": (
        "t.csv",
        lambda path: path.write_bytes("编号,名称\n".encode("utf-16")[:-1]),
        [WIDE],
    ),
    "UTF-16 without a mark": (
        "t.csv",
        lambda path: path.write_bytes(
            "编号,名称\n".encode("utf-16-le") + "a,b,c\n".encode("utf-16-le") * 9
        ),
        [WIDE],
    ),
    "NUL in a cell": (
        "t.csv",
        lambda path: path.write_bytes("编号,名称,状态\nA1,样例\0甲,存续\n".encode()),
        [
            (
                "t.csv 第 2 行 “名称”列：文字有乱码或看不见的字符，现为“样例<U+0000>甲”。"
                "请从原系统重新导出，或手工重新录入这一格。"
            )
        ],
    ),
}


@pytest.mark.parametrize(("name", "make", "messages"), REFUSED.values(), ids=list(REFUSED))
def test_refused(name, make, messages, tmp_path):
    make(tmp_path / name)
    found = read_apart(tmp_path / name)
    assert found["said"] == messages
    assert found["peak"] < ALLOWED


def hidden(path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["C"].hidden = True
    book.active.auto_filter.ref = "A1:C3"
    book.save(path)


def old(path: Path, rows: list[list[object]] = ROWS, out_of_sight: bool = False) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    book.add_sheet("空")
    sheet = book.add_sheet("名录")
    for n, row in enumerate(rows):
        for at, cell in enumerate(row):
            sheet.write(n, at, cell)
    sheet.row(2).hidden = sheet.col(1).hidden = out_of_sight
    book.save(str(path))


# name → (file, how it is made, notes); the two rows are read
READ_ALL_THE_SAME = {
    "a dimension of the whole sheet": (
        "t.xlsx",
        changed(SHEET, b'ref="A1:C3"', b'ref="A1:XFD1048576"'),
        [],
    ),
    "macros": ("t.xlsx", added(xl__vbaProject_dot_bin=b"\xd0\xcf"), ["含有宏：没有运行，也不读取"]),
    "links to another workbook": (
        "t.xlsx",
        added(xl__externalLinks__externalLink1_dot_xml=b"<externalLink/>"),
        ["引用了别的工作簿：没有打开它们，用的是文件里已存的值"],
    ),
    "hidden rows and columns": (
        "t.xlsx",
        hidden,
        ["有隐藏的 1 行（可能是筛选），同样读取", "有隐藏的 1 列，同样读取"],
    ),
    "merged over the whole sheet": (
        "t.xlsx",
        changed(
            SHEET,
            b"</sheetData>",
            b'</sheetData><mergeCells count="1"><mergeCell ref="E1:XFD1048576"/></mergeCells>',
        ),
        [],
    ),
    "hidden rows and columns of an old workbook": (
        "t.xls",
        lambda path: old(path, out_of_sight=True),
        ["有隐藏的 1 行（可能是筛选），同样读取", "有隐藏的 1 列，同样读取"],
    ),
    "GB18030": ("t.csv", lines(",", "gb18030"), []),
}


@pytest.mark.parametrize(
    ("name", "make", "notes"), READ_ALL_THE_SAME.values(), ids=list(READ_ALL_THE_SAME)
)
def test_read_all_the_same(name, make, notes, tmp_path):
    make(tmp_path / name)
    found = read_apart(tmp_path / name)
    assert (found["said"], found["rows"], found["notes"]) == ([], 2, notes) and found[
        "peak"
    ] < ALLOWED


# --- what we write ---

EVIL = (
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "<b>&amp;<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "../../样例",
    "\t=1",
)


def formulas(path: Path) -> int:
    """Formulas and links in all sheets of a workbook."""
    with zipfile.ZipFile(path) as archive:
        return sum(
            archive.read(name).count(b"<f>") + archive.read(name).count(b"<hyperlink")
            for name in archive.namelist()
        )


def test_names_are_text_in_all_working_copies(tmp_path):
    """Names of targets, items and officers that begin a formula or hold markup: text in workbook
    and Word form, as they are.
    """
    record = json.loads((ROOT / "tests/reference/2_draw/out/draw.json").read_text(encoding="utf-8"))
    for table in ("targets", "items", "officers", "tasks"):
        for n, row in enumerate(record["tables"][table]):
            row["identity"]["name"] = EVIL[n % len(EVIL)]
    record["parameters"]["title"] = EVIL[4] + EVIL[5]
    workbook, form = confirmation.write_files(record, tmp_path)
    assert formulas(workbook) == 0
    cells = {
        cell.value
        for sheet in openpyxl.load_workbook(workbook)
        for row in sheet
        for cell in row
        if isinstance(cell.value, str)
    }
    assert set(EVIL) <= cells
    text = "\n".join(
        p.text
        for table in docx.Document(str(form)).tables
        for row in table.rows
        for cell in row.cells
        for p in cell.paragraphs
    )
    text += "\n".join(p.text for p in docx.Document(str(form)).paragraphs)
    assert (
        EVIL[4] + EVIL[5] in text
        and "49" not in text.replace(record["seed"], "").split(EVIL[4])[1][:20]
    )


@pytest.mark.parametrize("title", ["a/b", "<b>&", "'样例'"])
def test_archived_copies_hold_text(title, tmp_path):
    """A copy without personal columns: text stays text whatever it begins with, and a sheet may
    have any name.
    """
    parts = plain(tmp_path / "t.xlsx")
    escaped = title.replace("&", "&amp;").replace("<", "&lt;").encode()
    packed(
        tmp_path / "t.xlsx",
        {
            **parts,
            "xl/workbook.xml": parts["xl/workbook.xml"].replace(
                b'name="Sheet"', b'name="' + escaped + b'"'
            ),
            TEXTS: parts[TEXTS]
            .replace("样例甲".encode(), b"=1+1")
            .replace("样例乙".encode(), b"@x 13912345678"),
            SHEET: parts[SHEET].replace(
                b"</row></sheetData>",
                b'<c r="E3" t="inlineStr"><is><t>13912345678</t></is></c></row></sheetData>',
            ),
        },
    )
    (tmp_path / "in").mkdir()
    copy = redacted.redact(tmp_path / "t.xlsx", tmp_path / "in", HEADERS)
    assert (
        copy is not None
        and formulas(copy) == 0
        and rawtables.read(copy, HEADERS).frame["名称"].tolist() == ["=1+1", "@x 13912345678"]
    )
