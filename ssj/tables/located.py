"""Which sheets of a file hold the table, and under which header.

One sheet that has the table's columns is read. Where several have, or the only one is hidden, none
is until mapping.toml says which count (``sheet = "2021年"``): a sheet that is merely the first may
be last year's. Sheets that are not read are listed with their rows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from ssj.base.errors import Problem
from ssj.tables import body, layout, rules
from ssj.tables.grid import Sheet, Unreadable
from ssj.tables.headings import Headings
from ssj.tables.layout import Header
from ssj.tables.schema import ALL
from ssj.tables.sheets import sheets_of

CATEGORY = "类别"
NAMED = f'，以工作表名作类别的再加一行 sheet_fills = "{CATEGORY}"'
# a sheet goes on with another if its first rows, so many at least, hold in so many columns nothing
# but words that stand there; in columns of few words
MOST_COMPARED, LEAST_ROWS, LEAST_ALIKE, MOST_WORDS = 12, 3, 2, 60
Other = tuple[str, int, str]  # of a sheet that is not read: its name, rows, why


class Located(NamedTuple):
    """Kind of file, all its sheets, positions and headers of those that are read, or the problem
    for which none is; the others.
    """

    kind: str
    sheets: list[Sheet]
    read: tuple[tuple[int, Header], ...]
    problem: Problem | None = None
    others: tuple[Other, ...] = ()


def asked(headings: Mapping[str, bool]) -> Headings:
    """Headers as they are asked for: with synonyms, or just names."""
    return headings if isinstance(headings, Headings) else Headings(dict(headings))


def locate(path: Path, headings: Mapping[str, bool]) -> Located:
    """Where the table is in a file. ``Unreadable`` if nothing of the file can be read."""
    kind, sheets = sheets_of(path)
    own = asked(headings)
    required = [header for header, needed in own.items() if needed and header != own.fills]
    scores = [layout.header_row(sheet.grid, own.means, required) for sheet in sheets]
    found = _Found(
        path.name,
        sheets,
        [
            layout.header(sheet.grid, top, sheet.merged, own.means)
            for sheet, (top, _) in zip(sheets, scores, strict=True)
        ],
    )
    if own.sheets and kind == "xlsx":
        like = [n for n, (_, hit) in enumerate(scores) if hit * 2 > len(required)]
        chosen, missing = _declared(sheets, own.sheets, like)
        if missing or not chosen:
            return found.located(kind, [], found.unknown(own, missing or own.sheets))
        return found.located(kind, chosen, all_of_them=own.sheets == (ALL,), table=own.table)
    if len(sheets) == 1 and not sheets[0].hidden:
        return found.located(kind, [0])
    like = [
        n for n, (_, hit) in enumerate(scores) if hit * 2 > len(required) > 0 and found.count(n)
    ] or [n for n, (_, hit) in enumerate(scores) if hit * 2 > len(required) > 0][:1]
    if len(like) > 1 or (like and sheets[like[0]].hidden):
        return found.located(kind, [], found.undeclared(own, like))
    visible = [n for n, sheet in enumerate(sheets) if not sheet.hidden]
    if not visible:
        raise Unreadable("F04/hidden", path.name)
    best = like[0] if like else max(visible, key=lambda n: (scores[n][1], -n))
    return found.located(kind, [best], all_of_them=bool(like), table=own.table)


def _declared(
    sheets: list[Sheet], names: tuple[str, ...], like: list[int]
) -> tuple[list[int], tuple[str, ...]]:
    """Positions of the sheets that mapping.toml names, in its order, and names that no sheet has;
    全部 are the visible ones with the table's columns.
    """
    places = {_plain(sheet.name): n for n, sheet in reversed([*enumerate(sheets)])}
    if names == (ALL,) and _plain(ALL) not in places:
        return [n for n in like if not sheets[n].hidden], ()
    return (
        [places[_plain(name)] for name in names if _plain(name) in places],
        tuple(name for name in names if _plain(name) not in places),
    )


def _plain(name: str) -> str:
    """A sheet's name as it is compared: copies have _ for what Excel refuses in names."""
    return re.sub(r"[][:*?/\\_]", "_", unicodedata.normalize("NFKC", name)).strip(" '").casefold()


class _Found:
    """The sheets of a file with their headers."""

    def __init__(self, file: str, sheets: list[Sheet], heads: list[Header]) -> None:
        self.file, self.sheets, self.heads = file, sheets, heads
        self._counts: dict[int, int] = {}

    def count(self, n: int) -> int:
        """How many rows of data a sheet has under its header."""
        if n not in self._counts:
            self._counts[n] = len(body.data(self.sheets[n], self.heads[n], 0)[0])
        return self._counts[n]

    def called(self, n: int) -> str:
        """``“备份”（深度隐藏，60 行）``"""
        hidden = f"{self.sheets[n].hidden}，" if self.sheets[n].hidden else ""
        return f"“{self.sheets[n].name}”（{hidden}{self.count(n)} 行）"

    def undeclared(self, own: Headings, like: list[int]) -> Problem:
        """Several sheets have the table's columns, or one that is hidden."""
        if len(like) == 1:
            return rules.problem(
                "F12/hidden" if own.table else "F04/hidden",
                self.file,
                called=self.called(like[0]),
                table=own.table,
                name=self.sheets[like[0]].name,
            )
        longest = max(like, key=lambda n: (not self.sheets[n].hidden, self.count(n)))
        return rules.problem(
            "F12" if own.table else "F12/plain",
            self.file,
            count=len(like),
            sheets="、".join(map(self.called, like)),
            table=own.table,
            first=self.sheets[longest].name,
            all=", ".join(f'"{self.sheets[n].name}"' for n in like[:3]),
            fills=NAMED if CATEGORY in own else "",
        )

    def unknown(self, own: Headings, names: tuple[str, ...]) -> Problem:
        """mapping.toml names sheets that are not there."""
        return rules.problem(
            "F12/unknown",
            self.file,
            names="、".join(f"“{name}”" for name in names),
            sheets="、".join(map(self.called, range(len(self.sheets)))),
            table=own.table,
        )

    def continued(self, chosen: list[int]) -> list[int]:
        """Sheets without a header whose rows go on with those of a chosen one: their cells are of
        its words, column by column.
        """
        known = [
            [set(column) for column in body.data(self.sheets[n], self.heads[n], 0)[1]]
            for n in chosen
        ]
        found = []
        for n, sheet in enumerate(self.sheets):
            some = [
                row for row in sheet.grid[:MOST_COMPARED] if any(c not in (None, "") for c in row)
            ]
            if n in chosen or len(some) < LEAST_ROWS:
                continue
            columns = [set(column) - {None, ""} for column in zip_longest(*some)]
            found += [n] * any(
                sum(
                    own <= words and len(own) > 0 and len(words) <= MOST_WORDS
                    for own, words in zip(columns, of_one, strict=False)
                )
                >= LEAST_ALIKE
                for of_one in known
            )
        return found

    def located(
        self,
        kind: str,
        chosen: list[int],
        problem: Problem | None = None,
        all_of_them: bool = False,
        table: str = "",
    ) -> Located:
        """``all_of_them``: nobody said that rows of other sheets don't count."""
        if all_of_them and len(self.sheets) > len(chosen) and (more := self.continued(chosen)):
            problem = rules.problem(
                "F12/continued",
                self.file,
                sheets="、".join(f"“{self.sheets[n].name}”" for n in more),
                first=self.sheets[chosen[-1]].name,
                table=table,
            )
            chosen = []
        others = tuple(
            (sheet.name, self.count(n), f"{sheet.hidden}的工作表" if sheet.hidden else "工作表")
            for n, sheet in enumerate(self.sheets)
            if n not in chosen and self.count(n)
        )
        return Located(
            kind, self.sheets, tuple((n, self.heads[n]) for n in chosen), problem, others
        )
