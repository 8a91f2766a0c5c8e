"""Worksheets of workbooks (xlsx, xls, ods), with what stands beside their cells."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ssj.base.errors import Problem
from ssj.tables import biff, ods, packages, rules
from ssj.tables.grid import MAX_BYTES, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Sheet, Unreadable, too_many

Place = tuple[int, int]  # row and column, from 0
HIDDEN = {"Hidden": "隐藏", "VeryHidden": "深度隐藏"}  # as calamine calls them


class Beside(NamedTuple):
    """What stands beside the cells of a sheet, and is not among the values that calamine gives; as
    :class:`ssj.tables.grid.Sheet` has it. ``cells``: what belongs into cells, by place.
    """

    marked: Sequence[Problem] = ()
    cells: Mapping[Place, Any] = MappingProxyType({})
    notes: Sequence[str] = ()
    formats: Mapping[Place, str] = MappingProxyType({})
    struck: Sequence[int] = ()
    merged: Sequence[tuple[Place, Place]] | None = None  # where calamine doesn't say


def sheets_of(file: str, data: bytes) -> list[Sheet]:
    """Worksheets of a workbook; formulas without a value are problems."""
    import python_calamine as calamine

    if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0" in data:
        raise Unreadable("F04/locked", file)
    sheets = []
    try:
        data, beside = _looked_at(file, data)
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        if program := _own({meta.name for meta in book.sheets_metadata}):
            raise Unreadable("F04/own", file, name=program)
        for number, meta in enumerate(book.sheets_metadata):
            if meta.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            height, width = (at + 1 for at in sheet.end or (-1, -1))
            wide = data.startswith(b"PK") and width > MAX_COLUMNS
            if height > MAX_ROWS or wide or height * width > MAX_CELLS:
                raise too_many(file, meta.name)
            grid, own = sheet.to_python(skip_empty_area=False), beside(meta.name, number)
            for (row, at), value in own.cells.items():
                if row < len(grid) and at < len(grid[row]):
                    grid[row][at] = value
            ranges = sheet.merged_cell_ranges if own.merged is None else own.merged
            sheets.append(
                Sheet(
                    meta.name,
                    grid,
                    own.marked,
                    HIDDEN.get(str(meta.visible).rpartition(".")[2], ""),
                    _merged(ranges or (), height, width),
                    own.notes,
                    own.formats,
                    own.struck,
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


def _looked_at(file: str, data: bytes) -> tuple[bytes, Callable[[str, int], Beside]]:
    """The bytes to read, and what gives what stands beside the cells of a sheet, by its name and
    number. ``Unreadable`` if it is no workbook, or none that can be read rightly.
    """
    suffix = Path(file).suffix.lower()[1:]
    if not data.startswith(b"PK"):
        xls = biff.looked_at(data)
        if xls.kind:
            raise Unreadable("F04/kind", file, suffix=suffix, kind=xls.kind)
        if not xls.sound:
            raise Unreadable("F04", file)
        return data, lambda _, number: Beside(
            (),
            xls.errors(number),
            xls.notes(number),
            xls.shown_otherwise(number),
            xls.struck_rows(number),
        )
    form = packages.form(data)
    if form == packages.BINARY:
        raise Unreadable("F04/binary", file)
    if form == "ods":
        packages.measured(data, MAX_BYTES)
        looks = ods.looked_at(data)
        return data, lambda _, number: Beside(
            (),
            {**looks[number].errors, **looks[number].truths},
            looks[number].notes,
            looks[number].shown,
            sorted(looks[number].struck),
            looks[number].merged,
        )
    if form != "xlsx":
        raise Unreadable("F04/kind" if form else "F04", file, suffix=suffix, kind=form)
    package = packages.opened(data, MAX_BYTES)
    scanned = {name: _scan(file, name, xml) for name, xml in package.sheets.items()}

    def of_xlsx(name: str, _: int) -> Beside:
        xml = package.sheets[name]
        return Beside(
            *scanned[name],
            [*package.notes, *packages.hidden(xml), *biff.remarks(package.comments[name])],
            packages.shown_otherwise(xml, package.styles),
            packages.struck_rows(xml, package.styles),
        )

    return packages.without_dimensions(data) if package.wrong_size else data, of_xlsx


# workbooks that the program writes → sheets by which they are known
OWN = {
    "问题清单.xlsx": {"问题清单", "读取情况"},
    "抽取结果.xlsx": {"入企检查", "检查组", "人员工作量"},
}


def _own(names: set[str]) -> str:
    """What a workbook with these sheets is called, if the program wrote it."""
    return next((name for name, sheets in OWN.items() if sheets <= names), "")


def _merged(
    found: Iterable[tuple[Place, Place]], height: int, width: int
) -> list[tuple[int, int, int, int]]:
    """Merged ranges of more than one cell as far as they lie in the used range; more cells than
    that has, and they overlap: damaged.
    """
    ranges = [
        (top, left, min(bottom, height - 1), min(right, width - 1))
        for (top, left), (bottom, right) in found
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
        raise too_many(file, sheet)
    # quick, empty cells too
    far = re.search(rb" r=\"(?:[A-Z]+(?:[2-9]\d{5}|\d{7,})|(?:[D-Z][A-Z]|[A-Z]{3})\d)", xml)
    if far and re.search(
        rb"<%bc\b[^>]*?\br=\"(?:[A-Z]+(?:[2-9]\d{5}|\d{7,})|(?:[D-Z][A-Z]|[A-Z]{3})\d+)\"[^>]*(?<!/)>"
        % p,
        xml,
    ):
        raise too_many(file, sheet)
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
