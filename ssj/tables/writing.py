"""Workbooks written: the same bytes for the same content.

A sheet for people is rows and columns (:func:`sheet`); its first one, 说明, is what :func:`about`
makes. Forms, which have more to them, share the cells, heights and page set-up.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Self

import pandas as pd

from ssj.base import files
from ssj.base.errors import InputError
from ssj.tables import rules

_WIDE = re.compile("[\u2e80-\U0010ffff]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CREATED = dt.datetime(2000, 1, 1)  # fixed, so that the same table gives the same bytes
HEAD = {"bold": True, "bg_color": "#E7EEF5", "text_wrap": True, "valign": "vcenter"}
A4, A3 = 9, 8
Sheets = dict[str, pd.DataFrame]
WORKING_COPY = ("说明", "本表是供工作使用的副本，以留痕登记簿所载的档案包为准")


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


def sheet(
    rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Rows as a sheet for people; ``columns``: key → header, in order (without them, the rows have
    their headers as keys). Lists stand one a line, counts as ``A 3；B 5``; a day in text is a date.
    """
    rows = list(rows)
    keys = dict.fromkeys(key for row in rows for key in row)
    headers = columns or dict(zip(keys, keys, strict=True))
    return pd.DataFrame(
        [[_for_people(row.get(key)) for key in headers] for row in rows],
        columns=list(headers.values()),
        dtype=object,
    )


def about(banners: Iterable[str], *facts: tuple[str, Any]) -> pd.DataFrame:
    """The sheet 说明: what every page must say, then what the workbook is."""
    said = [*(("注意", text) for text in banners), *facts]
    return sheet({"项目": name, "内容": value} for name, value in said)


def _for_people(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    if isinstance(value, Mapping):
        return "；".join(f"{key} {number}" for key, number in value.items())
    if isinstance(value, str) and _DAY.fullmatch(value):
        with contextlib.suppress(ValueError):  # no such day
            return dt.date.fromisoformat(value)
    return value


def sheet_name(text: str, taken: Collection[str] = ()) -> str:
    """A name that Excel takes and no other sheet has:
    ``sheet_name("a 1/2", ["a 1_2"]) == "a 1_2~2"``.
    """
    plain = (
        re.sub(r"[][:*?/\\\x00-\x1f]", "_", text).strip().strip("'")[:31].strip().strip("'") or "表"
    )
    used, name, n = {other.casefold() for other in taken}, plain, 1
    while name.casefold() in used:
        n += 1
        name = f"{plain[: 31 - len(str(n)) - 1]}~{n}"
    return name


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
    """One cell with its type kept; text is text, never a formula, link or number. One without
    content has the format ``text``, if any. Raises ValueError if too long.
    """
    if isinstance(cell, list | tuple):
        cell = "、".join(map(str, cell))
    elif not raw and isinstance(cell, bool):
        cell = "是" if cell else "否"
    if isinstance(cell, Link):
        result = sheet.write_url(row, column, cell.target, text, str(cell))
    elif pd.isna(cell) or cell == "":
        result = sheet.write_blank(row, column, None, text) if text else 0
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


def set_height(page: Any, row: int, lines: int) -> None:
    """A row as high as its lines: LibreOffice does not fit rows to wrapped text by itself."""
    page.set_row(row, min(409, 16 * lines + 2))


def set_up(page: Any, paper: int = A4, header_row: int | None = None) -> None:
    """How a page prints: landscape, one page wide, the header row on every page."""
    if header_row is not None:
        page.repeat_rows(header_row)
    page.set_landscape()
    page.set_paper(paper)
    page.fit_to_pages(1, 0)


def notes(book: Any, page: Any, title: str, note: str) -> None:
    """The two lines above a list: what it is, and what to mind."""
    page.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 13}))
    page.write_string(1, 0, note, book.add_format({"font_color": "#9C2A00"}))


def write_xlsx(path: Path, sheets: Sheets, header: str = "") -> None:
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
    bold = book.add_format({**HEAD, "bottom": 1})
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
    page = book.add_worksheet(name)
    lines = [1] * (len(frame) + 1)
    for at, title in enumerate(frame.columns):
        page.write_string(0, at, str(title), bold)
        values = [getattr(cell, "item", lambda cell=cell: cell)() for cell in frame.iloc[:, at]]
        wide = width([title, *values[:1000]])
        page.set_column(at, at, wide)
        for n, cell in enumerate(values, 1):
            write_cell(page, n, at, cell, day, time, link if isinstance(cell, Link) else text)
            lines[n] = max(lines[n], lines_of(cell, wide))
    for n, tallest in enumerate(lines):
        if tallest > 1:
            set_height(page, n, tallest)
    if len(frame.columns):
        page.autofilter(0, 0, len(frame), len(frame.columns) - 1)
    page.freeze_panes(1, 0)
    set_up(page, header_row=0)
    if header:  # 255 characters at most
        page.hide_gridlines(0)
        page.set_header("&C" + header.replace("&", "&&")[:250])
        page.set_footer("&C&A　第 &P 页 共 &N 页")


def write_workbook(path: Path, pages: Sheets, header: str = "") -> None:
    """Write a workbook for people (``header`` on every printed page), whole or not at all; errors
    as :func:`ssj.base.files.write_all` has them.
    """
    files.write_made(path, lambda part: write_xlsx(part, pages, header))
