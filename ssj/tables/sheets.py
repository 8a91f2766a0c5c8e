"""Files → sheets of raw cells: xlsx and xls, csv, parquet, told apart by their content.

Nothing is guessed or replaced: what can't be read exactly is one :class:`Unreadable`, and what
stands in the file but does not come through (formulas without a value) is marked.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ssj.base import formats
from ssj.base.errors import Problem
from ssj.tables import biff, packages, rules
from ssj.tables.layout import HEADER_ROWS

MAX_BYTES = 300 * 2**20  # of a file, and of a workbook once unpacked
MAX_ROWS, MAX_COLUMNS = 200_000, 104  # of a workbook; 104: up to column CZ
# what may stand between the columns of a csv beside commas
MARKS = {"\t": "制表符", ";": "分号", "|": "竖线"}
_TEXT_MARK = re.compile(r"\s*(?:=\"([^\"]*)\"|'([0-9A-Za-z-]+))\s*")
MAX_PLAIN = {"csv": 500_000, "parquet": 1_000_000}  # rows; benchmarks/intake.py measures the memory
MAX_CELLS = 10_000_000  # of a sheet, blank ones within its used range included
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
    nothing.
    """

    name: str
    grid: Grid
    marked: Sequence[Problem] = ()
    hidden: str = ""
    merged: Sequence[tuple[int, int, int, int]] = ()
    notes: Sequence[str] = ()


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
    """Kind of file by its content, and its sheets."""
    data = load(path)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "xlsx", _workbook(path.name, data)
    if data.startswith(b"PAR1"):
        return "parquet", [Sheet("", _parquet(path.name, data))]
    if path.suffix.lower() == ".csv":
        return "csv", [_csv(path.name, data)]
    kind = (
        "空文件"
        if not data
        else "网页另存的表"
        if b"<html" in data[:2000].lower()
        else "别的格式，或者文件已损坏"
    )
    raise Unreadable("F04/kind", path.name, suffix=path.suffix.lower()[1:], kind=kind)


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
            return data.decode("gb18030"), "gb18030"
        except UnicodeDecodeError as gb:
            raise Unreadable("F05", file, utf8=utf8.start + 1, gb=gb.start + 1) from None


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


def _csv(file: str, data: bytes) -> Sheet:
    """Rows of a text file. Cells written ``="12"`` or ``'12``, so that Excel takes them for text,
    are read without these marks.
    """
    text, _ = decoded(file, data)
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
    look = biff.Look() if data.startswith(b"PK") else biff.looked_at(data)
    if not look.sound:
        raise Unreadable("F04", file)
    sheets = []
    try:
        package = packages.opened(data, MAX_BYTES) if data.startswith(b"PK") else None
        scanned = (
            {name: _scan(file, name, xml) for name, xml in package.sheets.items()}
            if package
            else {}
        )
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
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
