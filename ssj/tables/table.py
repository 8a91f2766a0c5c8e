"""A table as found in a file, and several of them as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from ssj.base.errors import Problem

STEP = 10_000_000  # more rows than any file may have


@dataclass(frozen=True)
class Table:
    """One table as found: ``frame`` holds raw cells (str, int, float, bool, datetime, date or
    None), its index the row number as Excel counts from 1, its columns the headers that were asked
    for (others by their titles); ``titles``: header → the file's own title where it differs;
    ``left_out``: row → why it is no data; ``texts``: header → its distinct texts; ``dropped`` names
    the personal columns left out; ``joined``: row → the first row of its record; ``rows``: how many
    rows under the header hold something; ``places``: column of the frame → its (first) position in
    the file, from 0; ``unread``: how many of the rows were not read, since it is another table;
    ``parts``: of a table in several files or sheets, theirs (:mod:`ssj.tables.parts`); ``others``:
    sheets of the file that were not read: name, rows, why.
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
    others: tuple[tuple[str, int, str], ...] = ()


def joined(tables: Sequence[Table], name: str) -> Table:
    """Tables of several files or sheets as one; what is wrong with each stays with its part."""
    found = [part for one in tables for part in one.parts or (one,)]
    heads = list(dict.fromkeys(head for one in found for head in one.frame.columns))
    frame = pd.DataFrame(
        {
            head: pd.Series(
                [
                    cell
                    for one in found
                    for cell in (one.frame[head] if head in one.frame else [None] * len(one.frame))
                ],
                dtype=object,
            )
            for head in heads
        }
    )
    frame.index = pd.Index(
        [row + n * STEP for n, one in enumerate(found) for row in one.frame.index], dtype="int64"
    )
    texts = {
        head: list(dict.fromkeys(text for one in found for text in one.texts.get(head, ())))
        for head in heads
    }
    return Table(
        name, "", frame, texts=texts, parts=tuple(found), rows=sum(one.rows for one in found)
    )
