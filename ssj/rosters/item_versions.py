"""The item list through time: which items are in force when, and what is wrong with these dates
(I40 to I44).

An item is in force on a day if 生效日期 ≤ the day ≤ 失效日期; a blank date sets no limit. Where the
law changed, the item ends: its row stays in the list, so that earlier rounds can be understood. 来
源 names the upper level's list that an item was taken from, 上级编号 its number there; items of our
own have neither, or 自建.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pandas as pd

from ssj.tables.across import Context, Finder, Finding, each
from ssj.tables.cells import plain
from ssj.tables.frames import rows_of
from ssj.tables.schema import FOREVER, label

OWN = "自建"  # 来源 of an item that no upper level's list has
SOON = 90  # days after a round within which an item's end is said
PUBLISHED = ("id", "name", "kind", "department", "basis", "method")
DATED = ("effective", "ends", "origin")  # published too, where an item has them


def bounds(item: Any) -> tuple[dt.date, dt.date]:
    """First and last day in force of an item's row."""
    return (dt.date.min if pd.isna(item.effective) else item.effective), (
        FOREVER if pd.isna(item.ends) else item.ends
    )


def in_force(items: pd.DataFrame, window: tuple[dt.date, dt.date]) -> pd.DataFrame:
    """The items that are in force on every day of the window."""
    own = [
        begins <= window[0] and window[1] <= ends for begins, ends in map(bounds, rows_of(items))
    ]
    return items[pd.Series(own, items.index, dtype=bool)]


def misused(
    items: pd.DataFrame, tasks: pd.DataFrame, window: tuple[dt.date, dt.date]
) -> Iterator[tuple[str, int, str, object, dict[str, Any]]]:
    """Code, row, column, value and details: items of a round's tasks that are not in force through
    its window, and such as end soon.
    """
    used: dict[str, list[str]] = {}
    for task in rows_of(tasks):
        for one in task.items:
            used.setdefault(one, []).append(task.id)
    start, end = window
    for row, item in zip(items.index, rows_of(items), strict=True):
        begins, ends = bounds(item)
        names = "、".join(used.get(item.id, ()))
        if names and begins > start:
            yield "I42", row, "effective", begins, {"tasks": names, "start": start}
        if names and ends < end:
            yield "I41", row, "ends", ends, {"tasks": names, "end": end}
        elif start <= ends <= end + dt.timedelta(SOON):
            yield "I43", row, "ends", ends, {"end": end, "days": SOON}


def published(items: pd.DataFrame) -> dict[str, str]:
    """Columns of the list that goes out with a freeze, key → header: dates and origin where an item
    has them.
    """
    given = [key for key in DATED if any(value not in (None, "", FOREVER) for value in items[key])]
    return {key: label("items", key) for key in (*PUBLISHED, *given)}


# Found across rows


def _ends_before_it_begins(x: Context) -> Iterator[Finding]:
    return (
        (row, ends, {"effective": begins})
        for row, begins, ends in each(x.items, "effective", "ends")
        if begins and ends and ends < begins
    )


def _same_origin(x: Context) -> Iterator[Finding]:
    """Two items in force at a time with one number of one upper list."""
    first: dict[tuple[str, str], list[tuple[int, dt.date, dt.date]]] = {}
    for row, item in zip(x.items.index, rows_of(x.items), strict=True):
        key, (begins, ends) = (plain(item.origin), plain(item.origin_id)), bounds(item)
        if not key[1]:
            continue
        if same := next(
            (
                own
                for own, since, until in first.setdefault(key, [])
                if begins <= until and since <= ends
            ),
            None,
        ):
            yield row, item.origin_id, {"first": same}
        first[key].append((row, begins, ends))


FINDERS: dict[str, Finder] = {"I40": _ends_before_it_begins, "I44": _same_origin}
