"""Tables in files, by their headers: rows with their place, and what is wrong (problems F01 to
F19).

Knows files, not what they mean: the caller says which headers it requires and knows.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from ssj.base import triage
from ssj.base.errors import Problem, quoted
from ssj.tables import headings, rules, screens, styles
from ssj.tables.body import data
from ssj.tables.cells import CODES, word
from ssj.tables.grid import Sheet, Unreadable
from ssj.tables.headings import Headings
from ssj.tables.layout import Header
from ssj.tables.located import Located, asked, locate
from ssj.tables.redaction import is_personal, mask
from ssj.tables.schema import COLUMNS, LATER, NAMES
from ssj.tables.table import Table, joined

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


def read(
    path: Path, headers: Mapping[str, bool], found: Located | None = None, partial: bool = False
) -> Table:
    """The table in a file; ``headers``: header → whether it is required, or
    :class:`ssj.tables.headings.Headings`. Never raises for what the file holds. ``found``: what
    :func:`ssj.tables.located.locate` gave, if it was asked. Of several sheets that are to be read
    the rows are numbered through (:mod:`ssj.tables.parts`).

    A file that lacks half of the required headers or more is another table: no rows, one problem;
    ``partial``: it may, its rows are given all the same.
    """
    file, own = Path(path).name, asked(headers)
    try:
        found = found or locate(Path(path), own)
    except Unreadable as error:
        return Table(file, problems=[error.problem])
    if found.problem:
        rows = sum(count for _, count, _ in found.others)
        return Table(file, problems=[found.problem], rows=rows, unread=rows)
    made = [
        _read(file, found.kind, found.sheets[at], head, own, partial) for at, head in found.read
    ]
    made[0] = replace(made[0], others=found.others)
    return made[0] if len(made) == 1 else joined(made, file)


def _read(file: str, kind: str, sheet: Sheet, head: Header, own: Headings, partial: bool) -> Table:
    """The table on one sheet."""
    required = [name for name, needed in own.items() if needed and name != own.fills]
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
    index, cells, left_out, goes_on = data(sheet, head, leading)
    rows = len(index) + len(left_out) + len(goes_on)
    frame = pd.DataFrame(
        {
            header: pd.Series(_first(cells, at, len(index)), dtype=object)
            for header, at in places.items()
        }
    )
    frame.index = pd.Index(index, dtype="int64")
    if own.fills and sheet.name:
        blank = frame[own.fills] if own.fills in frame else [None] * len(index)
        frame[own.fills] = pd.Series(
            [sheet.name if cell is None else cell for cell in blank], frame.index, dtype=object
        )

    mapped = _mapped(frame, own)
    said = _shown(sheet, own, settled, frame, head.bottom)
    problems, top = _Problems(file, sheet.name), head.top + 1 if sheet.grid else None
    missing = [name for name in required if name not in settled and name not in ambiguous]
    lacks_most = len(missing) * 2 >= len(required) > 0
    if missing and lacks_most and (other := headings.other_table(own.table, head.titles)):
        table, seen = other
        problems.add(
            "F06/table",
            top,
            other=NAMES[table],
            found=quoted(seen[:4]),
            title=NAMES[own.table],
            name=table,
        )
    elif missing:
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
    if lacks_most and not partial:
        return Table(
            file, sheet.name, frame.iloc[:0], dropped, problems, names, rows=rows, unread=rows
        )
    _check_titles(problems, titles, settled, own, places, head.top + 1)
    _check_joined(problems, frame, goes_on, own, settled, titles)
    for row, header, code, number in said:
        problems.add("F21", row, header, format=code, number=number)
    if struck := [row for row in sheet.struck if row in frame.index]:
        problems.add("F22", struck[0], count=len(struck), rows=triage.numbers(struck))
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
    notes = (
        *sheet.notes,
        *mapped,
        *([f"的{quoted(unused)}列不用"] if unused else ()),
        *([f"的工作表名“{sheet.name}”作“{own.fills}”"] if own.fills and sheet.name else ()),
    )
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
        goes_on,
        rows,
        {title: columns[0] for title, columns in places.items()},
    )


def _mapped(frame: pd.DataFrame, own: Headings) -> list[str]:
    """Puts the words that mapping.toml gives for texts into the frame; what was done, in words."""
    notes = []
    for header, words in own.spelt.items():
        if header not in own or header not in frame:
            continue
        meant = {word(text): value for text, value in words.items()}
        cells = frame[header].tolist()
        found = [meant.get(word(cell)) if cell is not None else None for cell in cells]
        for text, value in words.items():
            count = sum(cell is not None and word(cell) == word(text) for cell in cells)
            if count:
                notes.append(
                    f"的“{header}”列有 {count} 格的“{text}”按“{value}”读取（{headings.FILE}）"
                )
        if any(own is not None for own in found):
            frame[header] = pd.Series(
                [cell if own is None else own for cell, own in zip(cells, found, strict=True)],
                frame.index,
                dtype=object,
            )
    return notes


def _check_joined(
    problems: _Problems,
    frame: pd.DataFrame,
    goes_on: Mapping[int, int],
    own: Headings,
    settled: Mapping[str, list[int]],
    titles: Sequence[str],
) -> None:
    """Rows made one record by a merged cell although their names differ: other things."""
    name = next((c.header for c in (COLUMNS | LATER).get(own.table, ()) if c.key == "name"), "")
    leading = next((settled[header][0] for header in own if header in settled), None)
    if not goes_on or name not in frame or leading is None or name == next(iter(settled)):
        return
    for first in dict.fromkeys(goes_on.values()):
        cell = frame.at[first, name] if first in frame.index else None
        names = list(dict.fromkeys(str(cell).split("\n"))) if cell is not None else []
        if len(names) > 1:
            last = max(row for row, begin in goes_on.items() if begin == first)
            problems.add(
                "F23",
                first,
                name,
                rows=f"{first} 至 {last}",
                leading=titles[leading],
                names=quoted(names[:3]) + ("等" if len(names) > 3 else ""),
                kind={"items": "事项", "officers": "人员"}.get(own.table, "对象"),
            )


def _shown(
    sheet: Sheet, own: Headings, settled: Mapping[str, list[int]], frame: pd.DataFrame, below: int
) -> list[tuple[int, str, str, Any]]:
    """Puts numbers of id columns as their format shows them into the frame; row, header, format and
    number of those where that can't be told.
    """
    known = {c.header for c in (COLUMNS | LATER).get(own.table, ()) if c.kind in CODES}
    at = {columns[0]: header for header, columns in settled.items() if header in known}
    unclear = []
    for (row, column), code in sheet.formats.items():
        if column not in at or row <= below or row + 1 not in frame.index:
            continue
        number = frame.at[row + 1, at[column]]
        if isinstance(number, int | float) and not isinstance(number, bool):
            if (text := styles.shown(code, number)) is None:
                unclear.append((row + 1, at[column], code, number))
            else:
                frame.at[row + 1, at[column]] = text
    return unclear


def of_all(problem: Problem) -> bool:
    """Whether a problem leaves nothing of its file readable."""
    return problem.severity == "error" and (problem.code in WHOLE or problem.row is None)


def unreadable(table: Table) -> list[Problem]:
    """The problems that leave nothing readable, of all files of a table."""
    return [p for part in table.parts or (table,) for p in part.problems if of_all(p)]


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


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
