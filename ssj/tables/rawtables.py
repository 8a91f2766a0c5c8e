"""Tables in files, by their headers: rows with their place, and what is wrong (problems F01 to
F19).

Knows files, not what they mean: the caller says which headers it requires and knows.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pandas as pd

from ssj.base.errors import Problem, quoted
from ssj.tables import headings, layout, rules, screens
from ssj.tables.headings import Headings
from ssj.tables.layout import Header
from ssj.tables.redaction import is_personal, mask
from ssj.tables.sheets import Columns, Sheet, Unreadable, sheets_of

WHOLE = ("F06", "F07", "F15")  # errors of a header row, which leave no row readable
# U+FFFD and its offspring, Latin letters in a row where Chinese was meant, invisible and
# direction-changing characters
_GARBLED = re.compile(
    "�|锟斤拷|烫烫烫|[\u0080-\u00ff]{3}|"
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
# Quick look at a whole column: what begins any of these, and the characters that GBK makes of the
# first two UTF-8 bytes of a Chinese one
_SUSPECT = (
    "".join(char for char in map(chr, range(0x10000)) if _GARBLED.match(char * 3))
    + "锟"
    + "".join(
        bytes([lead, trail]).decode("gbk", "ignore")
        for lead in range(0xE4, 0xEA)
        for trail in range(0x80, 0xC0)
    )
)
_SUSPECTS = screens.table(_SUSPECT)


@dataclass(frozen=True)
class Table:
    """One table as found: ``frame`` holds raw cells (str, int, float, bool, datetime, date or
    None), its index the row number as Excel counts from 1, its columns the headers that were asked
    for (others by their titles); ``titles``: header → the file's own title where it differs;
    ``left_out``: row → why it is no data; ``texts``: header → its distinct texts; ``dropped`` names
    the personal columns left out; ``joined``: row → the first row of its record; ``rows``: how many
    rows under the header hold something; ``places``: column of the frame → its (first) position in
    the file, from 0; ``unread``: how many of the rows were not read, since it is another table;
    ``parts``: of a table in several files, theirs (:mod:`ssj.tables.parts`).
    """

    file: str
    sheet: str = ""
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    dropped: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    joined: dict[int, int] = field(default_factory=dict)
    rows: int = 0
    places: dict[str, int] = field(default_factory=dict)
    unread: int = 0
    parts: tuple[Table, ...] = ()


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


def _headings(headers: Mapping[str, bool]) -> Headings:
    """Headers as they are asked for: with synonyms, or just names."""
    return headers if isinstance(headers, Headings) else Headings(dict(headers))


Located = tuple[str, int, Header, list[Sheet]]


def locate(path: Path, headings: Mapping[str, bool]) -> Located:
    """Kind of file, position of the sheet that is read, its header, all sheets."""
    kind, sheets = sheets_of(path)
    own = _headings(headings)
    required = [header for header, needed in own.items() if needed]
    scores = {
        n: layout.header_row(sheet.grid, own.means, required)
        for n, sheet in enumerate(sheets)
        if sheet.visible
    }
    if not scores:
        raise Unreadable("F04/hidden", path.name)
    best = next(
        (n for n, (_, hit) in scores.items() if hit * 2 > len(required)),
        max(scores, key=lambda n: (scores[n][1], -n)),
    )
    return (
        kind,
        best,
        layout.header(sheets[best].grid, scores[best][0], sheets[best].merged),
        sheets,
    )


class _Problems(list[Problem]):
    """Problems of one sheet; values are masked."""

    def __init__(self, file: str, sheet: str) -> None:
        self.file, self.sheet = file, sheet

    def add(
        self,
        rule: str,
        row: int | None = None,
        column: str = "",
        value: str = "",
        **details: Any,
    ) -> None:
        self.append(
            rules.problem(
                rule, self.file, self.sheet, row, mask(column), mask(value)[:60], **details
            )
        )


def read(path: Path, headers: Mapping[str, bool], located: Located | None = None) -> Table:
    """The table in a file; ``headers``: header → whether it is required, or
    :class:`ssj.tables.headings.Headings`. Never raises for what the file holds. ``located``: what
    :func:`locate` gave, if it was asked.

    A file that lacks half of the required headers or more is another table: no rows, one problem.
    """
    file, own = Path(path).name, _headings(headers)
    required = [name for name, needed in own.items() if needed]
    try:
        kind, best, head, sheets = located or locate(Path(path), own)
    except Unreadable as error:
        return Table(file, problems=[error.problem])
    sheet = sheets[best]
    titles = [names[-1] for names in head.titles]
    dropped = tuple(
        title
        for title, names in zip(titles, head.titles, strict=True)
        if any(map(is_personal, names))
    )
    settled, ambiguous = own.match(
        [() if any(map(is_personal, names)) else names for names in head.titles]
    )
    taken = {at for columns in (*settled.values(), *ambiguous.values()) for at in columns}
    others = {
        title: at
        for at, title in reversed([*enumerate(titles)])
        if title and title not in dropped and at not in taken
    }
    places = {
        **settled,
        **{
            title: [at]
            for title, at in sorted(others.items(), key=lambda x: x[1])
            if title not in settled
        },
    }
    leading = next((settled[header][0] for header in own if header in settled), 0)
    index, cells, left_out, joined = _cells(sheet, head, leading)
    rows = len(index) + len(left_out) + len(joined)
    frame = pd.DataFrame(
        {
            header: pd.Series(_first(cells, at, len(index)), dtype=object)
            for header, at in places.items()
        }
    )
    frame.index = pd.Index(index, dtype="int64")

    problems, top = _Problems(file, sheet.name), head.top + 1 if sheet.grid else None
    missing = [name for name in required if name not in settled and name not in ambiguous]
    if missing:
        found = quoted(mask(title) for title in titles if title) or "（没有）"
        near = own.nearest(
            missing,
            [
                title
                for at, title in enumerate(titles)
                if title and title not in dropped and at not in taken
            ],
        )
        header, like = next(iter(near.items()), (missing[0], "文件中的列名"))
        problems.add(
            "F06/mapping" if own.table in headings.SYNONYMS else "F06",
            top,
            missing=quoted(missing),
            found=found,
            table=own.table,
            example=f"{_toml(header)} = {_toml(mask(like))}",
            like="（名称相近的列）" if near else "",
        )
    for header, columns in ambiguous.items():
        several = [titles[at] for at in columns]
        problems.add(
            "F15" if own[header] else "F15/optional",
            top,
            header,
            count=len(columns),
            header=header,
            titles=quoted(several),
            table=own.table,
            left=_toml(header),
            right=_toml(several[0]),
            all=", ".join(map(_toml, several)),
        )
    names = {
        header: "、".join(titles[at] for at in columns)
        for header, columns in settled.items()
        if titles[columns[0]] != header or len(columns) > 1
    }
    if len(missing) * 2 >= len(required) > 0:
        return Table(
            file, sheet.name, frame.iloc[:0], dropped, problems, names, rows=rows, unread=rows
        )
    for n, other in enumerate(sheets):
        if (
            n != best
            and other.visible
            and layout.header_row(other.grid, own.means, required)[1] * 2 > len(required)
        ):
            problems.add("F12", other=other.name)
    _check_titles(problems, titles, settled, own, places, head.top + 1)
    _check_nameless(problems, titles, index, cells, kind)
    if kind == "csv":
        _check_short(problems, sheet, titles, index)
    known = {at: header for header, columns in settled.items() for at in columns if header in own}
    _check_marked(problems, sheet, known, head.bottom + 1, left_out)
    texts = {}
    for title in frame.columns:
        column = frame[title].tolist()
        texts[title] = screens.texts(column)
        if garbled := _garbled(texts[title]):
            for row, cell in zip(index, column, strict=True):
                if isinstance(cell, str) and cell in garbled:
                    problems.add("F11", row, names.get(title, title), spelt(cell))
    unused = [
        title
        for title in frame.columns
        if title not in settled and headings.plain(title) in headings.FOR_PEOPLE
    ]
    notes = (*sheet.notes, *([f"的{quoted(unused)}列不用"] if unused else ()))
    return Table(
        file,
        sheet.name,
        frame,
        dropped,
        problems,
        names,
        left_out,
        texts,
        notes,
        joined,
        rows,
        {title: columns[0] for title, columns in places.items()},
    )


def of_all(problem: Problem) -> bool:
    """Whether a problem leaves nothing of its file readable."""
    return problem.severity == "error" and (problem.code in WHOLE or problem.row is None)


def unreadable(table: Table) -> list[Problem]:
    """The problems that leave nothing readable, of all files of a table."""
    return [p for part in table.parts or (table,) for p in part.problems if of_all(p)]


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# numbers of the data rows, their cells column by column, rows that are no data, rows that go on
# with the record of an earlier one
Cells = tuple[list[int], list[list[Any]], dict[int, str], dict[int, int]]


def _cells(sheet: Sheet, head: Header, leading: int) -> Cells:
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
        if why := layout.no_data(row, n > last - 6, n in wide):
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


def _first(cells: list[list[Any]], columns: Sequence[int], rows: int) -> list[Any]:
    """The first cell of the columns that is not blank, for each row."""
    found: list[Any] = [None] * rows
    for own in (cells[at] for at in columns if at < len(cells)):
        found = (
            own
            if len(columns) == 1
            else [
                cell if cell is not None else other for cell, other in zip(found, own, strict=True)
            ]
        )
    return found


def _check_titles(
    problems: _Problems,
    titles: list[str],
    settled: Mapping[str, list[int]],
    own: Headings,
    places: Iterable[str],
    row: int,
) -> None:
    """Duplicate and unknown titles, and synonyms that were taken."""
    for header, columns in settled.items():
        same = [titles[at] for at in columns]
        if (header not in own.chosen and len(columns) > 1) or len(set(same)) < len(same):
            problems.add("F07", row, titles[columns[0]], count=len(columns))
    for title in places:
        if title in settled or (
            headings.plain(title) in headings.FOR_PEOPLE and titles.count(title) == 1
        ):
            continue
        if (count := titles.count(title)) > 1:
            problems.add("F07", row, title, count=count)
        else:
            near = difflib.get_close_matches(
                title, [name for name in own if name not in settled], 1
            )
            problems.add("F08/near" if near else "F08", row, title, near=near[0] if near else "")


def _check_nameless(
    problems: _Problems, titles: list[str], index: list[int], cells: list[list[Any]], kind: str
) -> None:
    """Cells beyond the header: in a csv the row is out of step, in a workbook a column lacks its
    name.
    """
    columns = {
        at: [row for row, cell in zip(index, column, strict=True) if cell is not None]
        for at, column in enumerate(cells)
        if (at >= len(titles) or not titles[at]) and any(cell is not None for cell in column)
    }
    if kind == "csv":
        for n, count in sorted(Counter(row for rows in columns.values() for row in rows).items()):
            problems.add("F09", n, count=count)
        return
    for at, where in sorted(columns.items(), key=lambda x: (x[1][0], x[0])):
        problems.add("F09/column", where[0], at=at + 1, count=len(where))


def _check_short(
    problems: _Problems, sheet: Sheet, titles: Sequence[str], index: list[int]
) -> None:
    """Rows of a csv that end too early: cut off, or written by Excel, which now and then leaves out
    blank cells at the end.
    """
    wide = max((at for at, title in enumerate(titles, 1) if title), default=0)
    short = [row for row in index if len(sheet.grid[row - 1]) < wide]
    if short:
        problems.add("F18", short[0], count=len(short), wide=wide)


def _check_marked(
    problems: _Problems,
    sheet: Sheet,
    known: Mapping[int, str],
    header_row: int,
    left_out: Mapping[int, str],
) -> None:
    """What was marked in the file, as far as it stands in known columns; cells merged over several
    of them, once for each range.
    """
    for found in sheet.marked:
        at = int(found.column[1:])
        if at in known and (found.row or 0) > header_row:
            problems.append(replace(found, column=mask(known[at])))
    tall: dict[str, list[int]] = {}
    for top, left, bottom, right in sheet.merged:
        own = [known[at] for at in range(left, right + 1) if at in known]
        if top >= header_row and len(own) == 1 and bottom > top:
            tall.setdefault(own[0], []).append(top + 1)
        if top >= header_row and len(own) > 1 and top + 1 not in left_out:
            rows = f"第 {top + 1} 行" if top == bottom else f"第 {top + 1} 至 {bottom + 1} 行"
            problems.add("F13", top + 1, own[0], rows=rows, columns=quoted(own))
    for header, where in tall.items():
        problems.add("F16", min(where), header, count=len(where))


def _garbled(texts: list[str]) -> set[str]:
    """Those of the texts that are garbled."""
    return {
        text
        for text in screens.holding(texts, _SUSPECTS)
        if _GARBLED.search(text) or _mojibake(text)
    }


def _mojibake(text: str) -> bool:
    """Whether it is UTF-8 Chinese that was once read as GBK: most of its GBK bytes are UTF-8 for
    other Chinese.

    Of 12,685 real names, addresses and trades none is called garbled, of the same spoilt in this
    way 96 in 100 are.
    """
    data = text.encode("gbk", "ignore")
    other = sum("\u4e00" <= char <= "\u9fff" for char in data.decode("utf-8", "ignore"))
    return other > 1 and other * 5 > sum(byte > 127 for byte in data)  # 3 bytes each: three in five


def spelt(text: str) -> str:
    r"""The text with invisible characters spelt out: ``spelt("甲\u200b") == "甲<U+200B>"``."""
    return "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in text)
