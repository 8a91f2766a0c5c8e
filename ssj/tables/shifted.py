"""Rows whose cells stand one column beside their own: told by what the cells of the row are, and
only said, never put right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from ssj.tables.schema import Column
from ssj.tables.table import Table

# kinds whose values hardly fit elsewhere; of ids only long ones
TELLING = {"choice", "class", "date", "bool", "id"}
_LONG_ID = re.compile("[0-9]{15,20}|[0-9A-Z]{18}")
# content that stands one column to the right is that of the column on the left
SIDES = {1: "左边", -1: "右边"}
Finding = tuple[int, str, dict[str, Any]]


def rows(
    raw: Table,
    columns: Sequence[Column],
    takes: Callable[[Column, Any], bool],
    suspects: Mapping[int, Collection[str]],
) -> Iterator[Finding]:
    """Of the ``suspects`` (row → headers of its refused cells) those that are shifted: row, header
    of the first such cell, details of the message.

    A row is shifted if one of its cells is refused by its own column and is just what the column
    beside it holds (a status, class, date, long code, 是 or 否), and another cell says the same of
    the same side, and not more clearly of the other: just what the column on that side holds and
    not its own, or refused here and taken there. ``takes``: whether a column takes a cell.
    """
    at = {raw.places[column.header]: column for column in columns if column.header in raw.places}
    memo: dict[tuple[int, type, Any], tuple[bool, bool]] = {}

    def fit(place: int, value: Any) -> tuple[bool, bool]:
        """Whether the column takes the value, and whether that tells anything."""
        key = place, type(value), value
        if key not in memo:
            column = at[place]
            taken = takes(column, value)
            memo[key] = (
                taken,
                taken
                and column.kind in TELLING
                and (column.kind != "id" or bool(_LONG_ID.fullmatch(str(value)))),
            )
        return memo[key]

    held = {place: raw.frame[column.header].tolist() for place, column in at.items()}
    positions = {row: n for n, row in enumerate(raw.frame.index)}
    for row, refused in suspects.items():
        n = positions[row]
        if not any(
            fit(near, held[place][n])[1]
            for place in (raw.places[one] for one in refused if one in raw.places)
            for near in (place - 1, place + 1)
            if near in at
        ):
            continue
        cells = {place: value for place, column in held.items() if (value := column[n]) is not None}
        own = {place: fit(place, value) for place, value in cells.items()}
        there = {
            side: {
                place: fit(place - side, value)
                for place, value in cells.items()
                if place - side in at
            }
            for side in SIDES
        }
        sure = {
            side: {
                place for place, (_, tells) in there[side].items() if tells and not own[place][1]
            }
            for side in SIDES
        }
        found = {}
        for side in SIDES:
            also = {
                place for place, (taken, _) in there[side].items() if taken and not own[place][0]
            } - sure[-side]
            if sure[side] & also and len(sure[side] | also) > 1:
                found[side] = len(sure[side]), sorted(sure[side] | also)
        if found and len({count for count, _ in found.values()}) == len(found):
            side = max(found, key=lambda side: found[side][0])
            places = found[side][1]
            names = {place: raw.titles.get(at[place].header, at[place].header) for place in at}
            seen = "；".join(
                f"“{names[place]}”列的“{str(cells[place])[:20]}”像是“{at[place - side].header}”"
                for place in sorted(sure[side])[:3]
            )
            yield (
                row,
                at[places[0]].header,
                {"first": names[places[0]], "side": SIDES[side], "seen": seen},
            )
