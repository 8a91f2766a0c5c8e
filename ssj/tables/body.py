"""The rows under a header: which are data, which go on with the record of an earlier one, which
are none.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from ssj.tables import headings, layout
from ssj.tables.grid import Columns, Sheet
from ssj.tables.layout import Header
from ssj.tables.redaction import header_text

# numbers of the data rows, their cells column by column, rows that are no data, rows that go on
# with the record of an earlier one
Cells = tuple[list[int], list[list[Any]], dict[int, str], dict[int, int]]


def data(sheet: Sheet, head: Header, leading: int) -> Cells:
    """Data under the header; column by column if no merged cell makes rows depend on each other."""
    merged = any(top > head.bottom and bottom > top for top, _, bottom, _ in sheet.merged)
    wide = layout.wide(sheet.merged, head.bottom, len(head.titles))
    return _by_rows(sheet, head, leading, wide) if merged else _by_columns(sheet, head, wide)


def _by_rows(sheet: Sheet, head: Header, leading: int, wide: set[int]) -> Cells:
    """Data rows with merged cells filled down, and rows whose cell in the ``leading`` column is
    merged put together.
    """
    grid = layout.filled(sheet.grid, head.bottom, sheet.merged)
    goes_on = layout.records(sheet.merged, leading, head.bottom)
    rows: dict[int, list[Any]] = {}
    left_out, joined = {}, {}
    last = max(
        (n for n, row in enumerate(grid) if any(cell not in (None, "") for cell in row)), default=0
    )
    for n, cells in enumerate(grid[head.bottom + 1 :], head.bottom + 1):
        row = [_value(cell) for cell in cells]
        if all(cell is None for cell in row):
            continue
        if why := _bare(head, n, row) or layout.no_data(row, n > last - 6, n in wide):
            left_out[n + 1] = why
        elif (begin := goes_on.get(n, n)) != n and begin + 1 in rows:
            joined[n + 1] = begin + 1
            rows[begin + 1] = [_joined(a, b) for a, b in zip_longest(rows[begin + 1], row)]
        else:
            rows[n + 1] = row
    return list(rows), [list(column) for column in zip_longest(*rows.values())], left_out, joined


def _by_columns(sheet: Sheet, head: Header, wide: set[int]) -> Cells:
    """The same for a sheet without such cells, each distinct text looked at once."""
    first, grid = head.bottom + 1, sheet.grid
    raw = (
        [column[first:] for column in grid.columns]
        if isinstance(grid, Columns)
        else list(zip_longest(*grid[first:]))
    )
    last = (
        next(
            (
                n
                for n in range(len(grid) - 1, -1, -1)
                if any(cell not in (None, "") for cell in grid[n])
            ),
            0,
        )
        - first
    )
    columns = [_values(column) for column in raw]
    begins = list(columns[0]) if columns else []  # the first cell of each row that holds something
    for column in columns[1:]:
        for n in [n for n, cell in enumerate(begins) if cell is None] if None in begins else ():
            begins[n] = column[n]
    left_out: dict[int, str] = {}
    marked = layout.marked(set(begins))
    own = _numbered(head) & set(range(len(columns)))
    if own and len(own) < len(columns):  # rows that hold nothing but their number
        bare = [n for n, cell in enumerate(begins) if _is_number(cell)]
        for at, column in enumerate(columns):
            if at not in own:
                bare = [n for n in bare if column[n] is None]
        left_out |= {n + first + 1: ONLY_NUMBERED for n in bare}
    if begins and (why := layout.numbers_or_names([column[0] for column in columns])):
        left_out[first + 1] = why
    known = {name for names in head.titles for name in names if name}
    letters = {name[0] for name in known}
    like = [n for n, cell in enumerate(begins) if isinstance(cell, str) and cell[0] in letters]
    for n in [n for n in like if header_text(begins[n]) in known]:
        if layout.titles_again([column[n] for column in columns], head.titles):
            left_out[n + first + 1] = REPEATED
    for n, cell in enumerate(begins):
        near_end, across = n > last - 6, n + first in wide
        if (near_end or cell in marked or across) and (
            why := layout.no_data([column[n] for column in columns], near_end, across)
        ):
            left_out[n + first + 1] = why
    if None not in begins and not left_out:
        return list(range(first + 1, first + 1 + len(begins))), columns, {}, {}
    kept = [
        n for n, cell in enumerate(begins) if cell is not None and n + first + 1 not in left_out
    ]
    return (
        [n + first + 1 for n in kept],
        [[column[n] for n in kept] for column in columns],
        left_out,
        {},
    )


NUMBERS = ("序号", "NO", "NO.", "XH")  # titles of columns that number the rows
ONLY_NUMBERED, REPEATED = "只有序号的行", "重复的表头"


def _numbered(head: Header) -> set[int]:
    """Columns that only number the rows."""
    return {at for at, names in enumerate(head.titles) if headings.plain(names[-1]) in NUMBERS}


def _bare(head: Header, n: int, row: Sequence[Any]) -> str:
    """Why a row holds nothing but numbers or names of columns, or its own number."""
    if n == head.bottom + 1 and (why := layout.numbers_or_names(row)):
        return why
    if layout.titles_again(row, head.titles):
        return REPEATED
    own = _numbered(head)
    held = {at for at, cell in enumerate(row) if cell is not None}
    bare = held and held <= own and all(_is_number(row[at]) for at in held)
    return ONLY_NUMBERED if bare else ""


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) or (isinstance(cell, str) and cell.strip().isdigit())


_AS_THEY_ARE = {str, int, bool, dt.date, dt.datetime, type(None)}


def _values(column: Sequence[Any]) -> list[Any]:
    """Raw cells of a column by :func:`_value`."""
    kinds = set(map(type, column))
    if (
        kinds <= {str, type(None)}
        and "" not in column
        and not any(map(str.isspace, filter(None, column)))
    ):
        return list(column)
    if kinds <= _AS_THEY_ARE:
        return [
            None if isinstance(cell, str) and (not cell or cell.isspace()) else cell
            for cell in column
        ]
    return [_value(cell) for cell in column]


def _joined(before: Any, now: Any) -> Any:
    """Two rows' cells of one record: the same once, different texts one below the other."""
    if now is None or now == before:
        return before
    if before is None:
        return now
    return before if str(now) in str(before).split("\n") else f"{before}\n{now}"


def _value(cell: Any) -> Any:
    """A raw cell: blank → None, whole floats that are exact → int, odd types → text."""
    if isinstance(cell, str):
        return None if not cell or cell.isspace() else cell
    if isinstance(cell, float):
        if math.isnan(cell):
            return None
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if cell is None or isinstance(cell, bool | int | dt.date):
        return cell
    return "、".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)
