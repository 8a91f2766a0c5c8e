"""Files → sheets of raw cells: xlsx and xls, csv, parquet, told apart by their content.

Nothing is guessed or replaced: what can't be read exactly is one :class:`Unreadable`, and what
stands in the file but does not come through (formulas without a value) is marked.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ssj.base import formats
from ssj.base.errors import Problem
from ssj.tables import biff, markup, packages, rules
from ssj.tables.layout import HEADER_ROWS

MAX_BYTES = 300 * 2**20  # of a file, and of a workbook once unpacked
MAX_ROWS, MAX_COLUMNS = 200_000, 104  # of a workbook; 104: up to column CZ
# what may stand between the columns of a csv beside commas
MARKS = {"\t": "制表符", ";": "分号", "|": "竖线"}
_TEXT_MARK = re.compile(r"\s*(?:=\"([^\"]*)\"|'([0-9A-Za-z-]+))\s*")
MAX_PLAIN = {"csv": 500_000, "parquet": 1_000_000}  # rows; benchmarks/intake.py measures the memory
MAX_CELLS = 10_000_000  # of a sheet, blank ones within its used range included
OLE = b"\xd0\xcf\x11\xe0"
TEXTS = (".csv", ".txt", ".tsv")  # what text is called
OTHERS = {  # how files begin that hold no table → what they are
    b"%PDF": "PDF 文件",
    b"{\\rtf": "RTF 文档",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包",
    b"\x09\x00\x04\x00": "Excel 2 的旧格式",
    b"\x09\x02\x06\x00": "Excel 3 的旧格式",
    b"\x09\x04\x06\x00": "Excel 4 的旧格式",
}
HIDDEN = {"Hidden": "隐藏", "VeryHidden": "深度隐藏"}  # as calamine calls them
Grid = Sequence[list[Any]]


class Columns(Sequence[list[Any]]):
    """A grid that is held column by column; rows are made when asked for."""

    def __init__(self, columns: list[list[Any]]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [list(row) for row in zip(*(column[at] for column in self.columns), strict=True)]
        return [column[at] for column in self.columns]


class Sheet(NamedTuple):
    """Cells from A1 on; problems found in the file, whose column is still a position: ``#0`` is
    column A; merged cells as top, left, bottom, right, from 0; ``hidden``: 隐藏, 深度隐藏 or
    nothing; ``formats``: of numbers that are shown otherwise, by
    place; ``struck``: rows struck through, as Excel counts.
    """

    name: str
    grid: Grid
    marked: Sequence[Problem] = ()
    hidden: str = ""
    merged: Sequence[tuple[int, int, int, int]] = ()
    notes: Sequence[str] = ()
    formats: Mapping[tuple[int, int], str] = MappingProxyType({})
    struck: Sequence[int] = ()


class Unreadable(Exception):
    """Carries the one Problem for which nothing of the file can be read."""

    def __init__(self, rule: str, file: str, sheet: str = "", **details: Any) -> None:
        self.problem = rules.problem(rule, file, sheet, **details)
        super().__init__(str(self.problem))


def load(path: Path) -> bytes:
    """The file's bytes, unless it is missing, open in Excel or too large."""
    locks = (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#"))
    try:
        if any(lock.exists() for lock in locks):
            raise Unreadable("F02", path.name)
        if path.stat().st_size > MAX_BYTES:
            raise Unreadable("F03", path.name, most=MAX_BYTES >> 20)
        return path.read_bytes()
    except FileNotFoundError:
        raise Unreadable("F01/gone", path.name) from None
    except PermissionError:
        raise Unreadable("F02", path.name) from None
    except OSError as error:
        raise Unreadable("F04/disk", path.name, number=error.errno) from None


def sheets_of(path: Path) -> tuple[str, list[Sheet]]:
    """Kind of file by its content, whatever it is called, and its sheets; ``xlsx`` is any workbook,
    ``csv`` any text set off by marks.
    """
    data, suffix = load(path), path.suffix.lower()
    if data.startswith((b"PK\x03\x04", OLE)):
        return "xlsx", _workbook(path.name, data)
    if data.startswith(b"PAR1"):
        return "parquet", [Sheet("", _parquet(path.name, data))]
    if named := next((name for begin, name in OTHERS.items() if data.startswith(begin)), ""):
        raise Unreadable("F04/kind", path.name, suffix=suffix[1:], kind=named)
    if markup.looks_like_archive(data):
        return "xlsx", _pages(
            path.name,
            "网页存档（MHTML）",
            lambda: markup.archive(data, lambda own: _text(path.name, own)),
        )
    if not data or (data[:2] not in (b"\xff\xfe", b"\xfe\xff") and b"\0\0\0" in data[:4000]):
        kind = "别的格式，不是表格" if data else "空文件"
        raise Unreadable("F04/kind", path.name, suffix=suffix[1:], kind=kind)
    text = _text(path.name, data)
    if markup.looks_like_spreadsheet(text):
        return "xlsx", _pages(path.name, "XML 表格 2003", lambda: markup.spreadsheet(text))
    if markup.looks_like_html(text):
        return "xlsx", _pages(path.name, "网页（HTML）", lambda: markup.html(text))
    if suffix not in TEXTS and not _has_columns(text):
        kind = "没有分列的文字"
        raise Unreadable("F04/kind", path.name, suffix=suffix[1:], kind=kind)
    found = _csv(path.name, text)
    said = (
        [] if suffix in TEXTS else [f"的内容不是 {suffix[1:]} 工作簿，而是分列的文字，按文字读取"]
    )
    return "csv", [found._replace(notes=[*said, *found.notes])]


def _pages(file: str, kind: str, make: Callable[[], list[markup.Page]]) -> list[Sheet]:
    """The tables of mark-up as sheets."""
    try:
        pages = make()
    except (ValueError, RecursionError):
        raise Unreadable("F04", file) from None
    if not pages:
        raise Unreadable("F04/kind", file, suffix=Path(file).suffix[1:], kind=f"{kind}，里面没有表")
    return [
        Sheet(
            page.name,
            page.rows,
            merged=[m for m in page.merged if m[2] < len(page.rows)],
            notes=[f"的内容不是工作簿，而是{kind}，按其中的表读取"],
        )
        for page in pages
    ]


def _has_columns(text: str) -> bool:
    """Whether most of the first lines hold the same mark between columns."""
    lines = text.splitlines()[:HEADER_ROWS]
    return any(sum(mark in line for line in lines) * 2 > len(lines) for mark in (",", *MARKS))


def _text(file: str, data: bytes) -> str:
    """The text of a file; what a page says of its encoding counts first."""
    said = re.search(
        rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)=[\"']?([\w-]+)", data[:4000]
    )
    if said and said[1].lower() not in (b"utf-8", b"utf-16"):
        name = "gb18030" if said[1].lower() in (b"gb2312", b"gbk") else said[1].decode("ascii")
        with suppress(UnicodeDecodeError, LookupError):
            return data.decode(name)
    return decoded(file, data)[0]


def decoded(file: str, data: bytes) -> tuple[str, str]:
    """The text of a csv and its encoding: UTF-16 with its mark (what Excel calls Unicode text),
    else UTF-8, else GB18030, all strict.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            raise Unreadable("F05/utf16", file) from None
    if data.count(b"\0") * 4 > len(data) > 0:
        raise Unreadable("F05/utf16", file)
    try:
        return data.decode("utf-8-sig"), "utf-8-sig" if data.startswith(
            b"\xef\xbb\xbf"
        ) else "utf-8"
    except UnicodeDecodeError as utf8:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as gb:
            if _big5(data):
                raise Unreadable("F05/big5", file) from None
            first, second = (data.count(b"\n", 0, error.start) + 1 for error in (utf8, gb))
            raise Unreadable("F05", file, utf8=first, gb=second) from None
        if _big5(data, text):
            raise Unreadable("F05/big5", file) from None
        return text, "gb18030"


# the commonest Chinese characters, of both scripts; read in a wrong encoding few of them come out
_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关"
    "各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活"
    "設計管理施工企業單位編號名稱類別信用風險等級狀態是否公開地址證號有效期日期檢查結果縣住建局司正常項目物業服務燃氣經營演示樣例"
    "设计管施企业单编号名称类别信风险级状态否址证效期检查结县住建局司项目务燃气营样例股区镇乡路城区"
)


def _big5(data: bytes, text: str = "") -> bool:
    """Whether bytes that may be read as GB18030 (``text``) are Big5: there is far more of common
    Chinese in them so.
    """
    other = data.decode("big5", "ignore")
    chinese = [char for char in other if "\u4e00" <= char <= "\u9fff"]
    common = sum(char in _COMMON for char in chinese)
    own = sum(char in _COMMON for char in text)
    return common > 20 and common * 3 > len(chinese) and common > 2 * own


def separator(text: str) -> str:
    """What stands between the columns of a csv: commas, unless its first lines have none of these,
    but several tabs, semicolons or bars.
    """
    first = text.splitlines()[:HEADER_ROWS]
    return next(
        (
            mark
            for mark in MARKS
            if not any("," in line for line in first)
            and any(line.count(mark) > 1 for line in first)
        ),
        ",",
    )


def _csv(file: str, text: str) -> Sheet:
    """Rows of a text file. Cells written ``="12"`` or ``'12``, so that Excel takes them for text,
    are read without these marks.
    """
    rows: list[list[Any]] = []
    mark = separator(text)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=mark):
            rows.append(row)
            if len(rows) > MAX_PLAIN["csv"] + HEADER_ROWS:
                raise _too_many(file, rows=MAX_PLAIN["csv"])
    except csv.Error:
        raise Unreadable("F04/quotes", file, line=len(rows) + 1) from None
    first = rows[:HEADER_ROWS]
    for wide, name in (("；", "全角分号"), ("，", "全角逗号")):
        if all(len(row) < 2 for row in first) and any(
            cell.count(wide) > 1 for row in first for cell in row
        ):
            raise Unreadable("F04/separator", file, mark=name)
    if (
        len(first) > 1
        and all(len(row) == 1 for row in first)
        and len({row[0].count(" ") for row in first}) == 1
        and first[0][0].count(" ") > 1
    ):
        raise Unreadable("F04/separator", file, mark="空格")
    notes = [f"各列之间是{MARKS[mark]}，按它分列"] if mark in MARKS else []
    if '="' in text or "'" in text:
        bare = [[_bare(cell) for cell in row] for row in rows]
        if count := sum(
            a != b
            for before, after in zip(rows, bare, strict=True)
            for a, b in zip(before, after, strict=True)
        ):
            rows, notes = (
                bare,
                [*notes, f'有 {count} 个格写成 ="…" 或以 \' 开头（表示文字），按其中的内容读取'],
            )
    return Sheet("", rows, notes=notes)


def _bare(cell: str) -> str:
    found = _TEXT_MARK.fullmatch(cell)
    return (found[1] or found[2] or "") if found else cell


def _parquet(file: str, data: bytes) -> Grid:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(io.BytesIO(data))
        size = sum(
            source.metadata.row_group(n).total_byte_size
            for n in range(source.metadata.num_row_groups)
        )
        if (
            source.metadata.num_rows > MAX_PLAIN["parquet"]
            or source.metadata.num_columns > MAX_COLUMNS
        ):
            raise _too_many(file, rows=MAX_PLAIN["parquet"])
        if size > MAX_BYTES:
            raise Unreadable("F03/parquet", file, most=MAX_BYTES >> 20)
        texts = [
            field.name
            for field in source.schema_arrow
            if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        ]
        # a text that many rows share is held once
        source = pq.ParquetFile(io.BytesIO(data), read_dictionary=texts)
        table = source.read()
        table.validate(full=True)  # places in the dictionary, too
        return Columns(
            [
                [name, *_cells_of(column)]
                for name, column in zip(table.column_names, table.columns, strict=True)
            ]
        )
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise Unreadable("F04/parquet", file) from None


def _cells_of(column: Any) -> list[Any]:
    """Cells of an arrow column; equal texts of a chunk are one object."""
    import numpy as np
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return column.to_pylist()
    cells: list[Any] = []
    for chunk in column.chunks:
        words = np.array([*chunk.dictionary.to_pylist(), None], dtype=object)
        cells += words[
            chunk.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
        ].tolist()
    return cells


def _workbook(file: str, data: bytes) -> list[Sheet]:
    """Worksheets of an xlsx or xls workbook; formulas without a value are problems."""
    import python_calamine as calamine

    if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0" in data:
        raise Unreadable("F04/locked", file)
    suffix = Path(file).suffix.lower()[1:]
    if data.startswith(b"PK"):
        form = packages.form(data)
        if form not in packages.READABLE:
            raise Unreadable("F04/kind" if form else "F04", file, suffix=suffix, kind=form)
        look = biff.Look()
    else:
        look, form = biff.looked_at(data), ""
    if look.kind:
        raise Unreadable("F04/kind", file, suffix=suffix, kind=look.kind)
    if not look.sound:
        raise Unreadable("F04", file)
    sheets = []
    try:
        package = packages.opened(data, MAX_BYTES) if form == "xlsx" else None
        if form and not package:
            packages.measured(data, MAX_BYTES)
        scanned = (
            {name: _scan(file, name, xml) for name, xml in package.sheets.items()}
            if package
            else {}
        )
        if package and package.wrong_size:
            data = packages.without_dimensions(data)
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = {meta.name for meta in book.sheets_metadata}
        for number, meta in enumerate(book.sheets_metadata):
            if meta.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            height, width = (at + 1 for at in sheet.end or (-1, -1))
            if height > MAX_ROWS or (package and width > MAX_COLUMNS) or height * width > MAX_CELLS:
                raise _too_many(file, meta.name)
            grid = sheet.to_python(skip_empty_area=False)
            marked, errors = scanned[meta.name] if package else ([], look.errors(number))
            for (row, at), text in errors.items():
                if row < len(grid) and at < len(grid[row]):
                    grid[row][at] = text
            if _own(names):
                raise Unreadable("F04/own", file, name=_own(names))
            notes = (
                [*package.notes, *packages.hidden(package.sheets[meta.name])]
                if package
                else look.notes(number)
            )
            sheets.append(
                Sheet(
                    meta.name,
                    grid,
                    marked,
                    HIDDEN.get(str(meta.visible).rpartition(".")[2], ""),
                    _merged(sheet, height, width),
                    notes,
                    packages.shown_otherwise(package.sheets[meta.name], package.styles)
                    if package
                    else {},
                    packages.struck_rows(package.sheets[meta.name], package.styles)
                    if package
                    else (),
                )
            )
    except packages.Refused as refused:
        raise Unreadable(refused.rule, file, **refused.details) from None
    except calamine.PasswordError:
        raise Unreadable("F04/locked", file) from None
    except (Unreadable, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # calamine's panics are no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise Unreadable("F04", file) from None
    return sheets


# workbooks that the program writes → sheets by which they are known
OWN = {
    "问题清单.xlsx": {"问题清单", "读取情况"},
    "抽取结果.xlsx": {"入企检查", "检查组", "人员工作量"},
}


def _own(names: set[str]) -> str:
    """What a workbook with these sheets is called, if the program wrote it."""
    return next((name for name, sheets in OWN.items() if sheets <= names), "")


def _too_many(file: str, sheet: str = "", rows: int = MAX_ROWS) -> Unreadable:
    return Unreadable("F03/rows", file, sheet, rows=formats.thousands(rows), columns=MAX_COLUMNS)


def _merged(sheet: Any, height: int, width: int) -> list[tuple[int, int, int, int]]:
    """Merged ranges of more than one cell as far as they lie in the used range; more cells than
    that has, and they overlap: damaged.
    """
    ranges = [
        (top, left, min(bottom, height - 1), min(right, width - 1))
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
    ]
    ranges = [r for r in ranges if r[2] >= r[0] and r[3] >= r[1] and r[:2] != r[2:]]
    if (
        sum((bottom - top + 1) * (right - left + 1) for top, left, bottom, right in ranges)
        > height * width
    ):
        raise ValueError
    return ranges


def _scan(file: str, sheet: str, xml: bytes) -> tuple[list[Problem], dict[tuple[int, int], str]]:
    """What calamine returns as '' although something stands there: formulas without a value, and
    texts of errors by their place. Refuses cells so far out that memory would go.
    """
    start = re.search(rb"<(\w+:)?sheetData", xml)
    p = (start[1] or b"") if start else b""
    # rows may lack their number
    if (
        xml.count(b"<%brow" % p) > 2**20
        or xml.count(b"<%bc " % p) + xml.count(b"<%bc>" % p) > MAX_CELLS
    ):
        raise _too_many(file, sheet)
    # quick, empty cells too
    far = re.search(rb" r=\"(?:[A-Z]+(?:[2-9]\d{5}|\d{7,})|(?:[D-Z][A-Z]|[A-Z]{3})\d)", xml)
    if far and re.search(
        rb"<%bc\b[^>]*?\br=\"(?:[A-Z]+(?:[2-9]\d{5}|\d{7,})|(?:[D-Z][A-Z]|[A-Z]{3})\d+)\"[^>]*(?<!/)>"
        % p,
        xml,
    ):
        raise _too_many(file, sheet)
    problems, errors = [], {}
    empty = (
        rb"<%bc\b([^>]*)>\s*<%bf\b(?:[^>]*/>|[^<]*</%bf>)\s*(?:<%bv\s*/>|<%bv></%bv>)?\s*</%bc>"
        % ((p,) * 7)
    )
    error = rb"<%bc\b([^>]*\bt=\"e\"[^>]*)>(?:(?!</%bc>).)*?<%bv>([^<]*)<" % ((p,) * 3)
    for found in re.finditer(empty, xml) if b"<%bf" % p in xml else ():
        # a formula may well give ""
        if (place := _place(found[1])) and b't="str"' not in found[1]:
            problems.append(rules.problem("F10/empty", file, sheet, place[0] + 1, f"#{place[1]}"))
    for found in re.finditer(error, xml, re.DOTALL) if b't="e"' in xml else ():
        if place := _place(found[1]):
            errors[place] = found[2].decode("ascii", "replace")
    return problems, errors


def _place(attributes: bytes) -> tuple[int, int] | None:
    """Row and column from 0 of a cell, by its attributes."""
    found = re.search(rb"\br=\"([A-Z]+)(\d+)\"", attributes)
    if not found:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + letter - 64
    return int(found[2]) - 1, column - 1
