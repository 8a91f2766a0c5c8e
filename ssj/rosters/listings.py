"""Lists that come after the freeze (``schema.LATER``): results, registers, lists of the provincial
platform; read by the same rules as rosters, mapping.toml included.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssj.base.errors import InputError, Problem
from ssj.rosters.alike import few
from ssj.tables import accounts, parts, places, rawtables
from ssj.tables.accounts import Tally
from ssj.tables.frames import records_of
from ssj.tables.reader import Reader
from ssj.tables.table import STEP


@dataclass(frozen=True)
class Listing:
    """A list as read: sound rows in the file's order (``sheet``, and ``row`` as Excel counts), all
    problems, its place; the rows with an error (cells that could not be read are blank), whether it
    could be read as such a list at all; where its rows went, and what was done on reading.
    """

    rows: tuple[dict[str, Any], ...] = ()
    problems: tuple[Problem, ...] = ()
    file: str = ""
    sheet: str = ""
    bad: tuple[dict[str, Any], ...] = ()
    whole: bool = False
    table: str = ""
    tally: Tally | None = None
    remarks: tuple[str, ...] = ()


def load(folder: Path, table: str, path: Path | None = None) -> Listing:
    """One of the lists, in the folder or in the named file of it. Never raises for what the file
    holds or lacks.
    """
    try:
        source = path or places.find(folder, table)
        headings = parts.headings_of(folder, table)
        reader = Reader(table, rawtables.read(source, headings), ())
    except InputError as error:
        return Listing(problems=error.problems, table=table)
    rows = (
        [
            {"row": int(row) % STEP, "sheet": reader.parts[int(row) // STEP].sheet, **cells}
            for row, cells in zip(reader.frame.index, records_of(reader.frame), strict=True)
        ]
        if reader.whole
        else []
    )
    wrong = [row in reader.bad for row in reader.frame.index] if rows else []
    sound, bad = (
        tuple(row for row, own in zip(rows, wrong, strict=True) if own is kind)
        for kind in (False, True)
    )
    return Listing(
        sound,
        tuple(sorted(few(reader.problems), key=lambda p: p.severity)),
        reader.raw.file,
        reader.raw.sheet,
        bad,
        reader.whole,
        table,
        reader.tally(),
        tuple(reader.remarks()),
    )


def row_of(row: dict[str, Any], beside: dict[str, Any]) -> str:
    """Where a row stands, for one that is beside it: ``第 5 行``, on another sheet ``工作表“甲”第 5
    行``.
    """
    sheet = row.get("sheet", "")
    return (f"工作表“{sheet}”" if sheet != beside.get("sheet", "") else "") + f"第 {row['row']} 行"


def tallies(listings: Iterable[Listing], problems: Iterable[Problem]) -> list[tuple[str, Tally]]:
    """Each list's table, and where its rows went once ``problems`` were found in them too."""
    problems = [*problems]
    return [
        (own.table, accounts.with_errors(own.tally, problems, STEP))
        for own in listings
        if own.tally
    ]


def accounts_of(counted: Iterable[tuple[str, Tally]]) -> list[str]:
    """The account of each list, in words."""
    return [line for table, tally in counted for line in accounts.lines({table: tally})]
