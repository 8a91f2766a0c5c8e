"""Workbooks written: the same bytes for the same content."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Self

import pandas as pd

from ssj.base import files
from ssj.base.errors import InputError
from ssj.tables import rules

_WIDE = re.compile("[\u2e80-\U0010ffff]")
CREATED = dt.datetime(2000, 1, 1)  # fixed, so that the same table gives the same bytes


class Link(str):
    """A cell's text that leads elsewhere; ``target`` is ``external:`` with a path relative to the
    workbook, or ``internal:`` with a sheet and cell.
    """

    __slots__ = ("target",)
    target: str

    def __new__(cls, text: str, target: str) -> Self:
        made = super().__new__(cls, text)
        made.target = target
        return made


def _date_formats(book: Any) -> tuple[Any, Any]:
    return tuple(
        book.add_format({"num_format": f, "valign": "top"})
        for f in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss")
    )


def save(path: Path | BinaryIO, fill: Callable[[Any], None]) -> None:
    """Write a workbook whose bytes depend on its content only: fixed dates, uncompressed (zlibs
    differ).
    """
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": CREATED})
    fill(book)
    book.close()
    try:
        with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(path, "w") as new:
            for part in old.namelist():
                entry = zipfile.ZipInfo(part)
                entry.create_system = 3
                new.writestr(entry, old.read(part))
    except PermissionError:
        raise InputError([rules.problem("F02/write", path.name)]) from None


def write_cell(
    sheet: Any,
    row: int,
    column: int,
    cell: Any,
    day: Any,
    time: Any,
    text: Any = None,
    raw: bool = False,
) -> None:
    """One cell with its type kept; text is text, never a formula, link or number. Raises ValueError
    if too long.
    """
    if isinstance(cell, list | tuple):
        cell = "、".join(map(str, cell))
    elif not raw and isinstance(cell, bool):
        cell = "是" if cell else "否"
    if isinstance(cell, Link):
        result = sheet.write_url(row, column, cell.target, text, str(cell))
    elif pd.isna(cell) or cell == "":
        result = 0
    elif isinstance(cell, bool):
        result = sheet.write_boolean(row, column, cell)
    elif isinstance(cell, int | float) and abs(cell) < float("inf") and (raw or abs(cell) < 1e15):
        result = sheet.write_number(row, column, cell, text)
    elif isinstance(cell, dt.date) and cell.year >= 1901 and getattr(cell, "tzinfo", None) is None:
        whole = not isinstance(cell, dt.datetime) or cell.time() == dt.time()
        result = sheet.write_datetime(row, column, cell, day if whole else time)
    else:
        result = sheet.write_string(row, column, str(cell), text)
    if result:
        raise ValueError(
            f"row {row + 1}, column {column + 1}: xlsx can't hold this cell (code {result})"
        )


def em(line: str) -> int:
    """Width of a line in half-width characters: a Chinese one counts two."""
    return len(line) + len(_WIDE.findall(line))


def width(values: Sequence[object]) -> int:
    """Column width for the longest line, between 8 and 40."""
    return min(
        40, max([8, *(em(line) + 3 for value in values for line in str(value).splitlines())])
    )


@cache
def lines_of(value: object, width: int) -> int:
    """Lines that a cell takes in a column of that width."""
    return sum(max(1, -(-em(line) // width)) for line in str(value).splitlines()) or 1


def write_xlsx(path: Path, sheets: dict[str, pd.DataFrame], header: str = "") -> None:
    """Sheets of tables for people (index left out): the same frames give the same bytes.

    Header bold, frozen, filtered and repeated in print; A4 landscape, one page wide; with a
    ``header`` for every page, ruled and numbered too. Raises InputError if the file is open in
    Excel, ValueError for a cell longer than 32,767 characters.
    """

    def fill(book: Any) -> None:
        made = styles(book)
        for name, frame in sheets.items():
            add_sheet(book, name, frame, made, header)

    save(Path(path), fill)


def styles(book: Any) -> tuple[Any, ...]:
    """The formats that :func:`add_sheet` takes."""
    bold = book.add_format(
        {"bold": True, "bg_color": "#E7EEF5", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
    )
    text = book.add_format({"text_wrap": True, "valign": "top"})
    link = book.add_format(
        {"text_wrap": True, "valign": "top", "font_color": "#1F4E79", "underline": 1}
    )
    return bold, text, link, *_date_formats(book)


def add_sheet(
    book: Any, name: str, frame: pd.DataFrame, made: tuple[Any, ...], header: str = ""
) -> None:
    """One sheet of :func:`write_xlsx`."""
    bold, text, link, day, time = made
    sheet = book.add_worksheet(name)
    lines = [1] * (len(frame) + 1)  # LibreOffice does not fit rows to wrapped text by itself
    for at, title in enumerate(frame.columns):
        sheet.write_string(0, at, str(title), bold)
        values = [getattr(cell, "item", lambda cell=cell: cell)() for cell in frame.iloc[:, at]]
        wide = width([title, *values[:1000]])
        sheet.set_column(at, at, wide)
        for n, cell in enumerate(values, 1):
            write_cell(sheet, n, at, cell, day, time, link if isinstance(cell, Link) else text)
            lines[n] = max(lines[n], lines_of(cell, wide))
    for n, tallest in enumerate(lines):
        if tallest > 1:
            sheet.set_row(n, min(409, (17 if header else 15) * tallest))
    if len(frame.columns):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    if header:  # 255 characters at most
        sheet.hide_gridlines(0)
        sheet.set_header("&C" + header.replace("&", "&&")[:250])
        sheet.set_footer("&C&A　第 &P 页 共 &N 页")
    sheet.fit_to_pages(1, 0)


def write_workbook(path: Path, pages: dict[str, pd.DataFrame], header: str = "") -> None:
    """Write a workbook for people (``header`` on every printed page), whole or not at all; errors
    as :func:`ssj.base.files.write_all` has them.
    """
    files.write_made(path, lambda part: write_xlsx(part, pages, header))
