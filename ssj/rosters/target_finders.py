"""What is looked for among targets, and in the results of others that stand for a visit, beside
single cells (problems T20 to T33, M20 to M22).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import compress
from typing import Any

from stdnum.iso7064 import mod_11_10

from ssj.base.errors import quoted
from ssj.tables import codes
from ssj.tables.across import (
    Context,
    Finder,
    Finding,
    each,
    folded,
    gaps,
    looks_like_registration,
    looks_like_uscc,
)
from ssj.tables.schema import ALL
from ssj.tables.screens import doubtful_codes


def _bad_check_digit(x: Context) -> Iterator[Finding]:
    doubtful = doubtful_codes(x.targets["id"])
    for row, code in each(x.targets[x.targets["id"].isin(doubtful)], "id"):
        if looks_like_uscc(code) and codes.damage(code) == codes.CHECK:  # of others T34 says more
            yield row, code, {}


def _hidden_without_basis(x: Context) -> Iterator[Finding]:
    return (
        (row, "", {})
        for row, public, basis in each(x.targets, "public", "non_public_basis")
        if not public and not basis
    )


def _visited_too_late(x: Context) -> Iterator[Finding]:
    return (
        (row, day, {"end": x.window[1]})
        for row, day in each(x.targets, "last_inspected")
        if day and x.window[1] > dt.date.min and day > x.window[1]
    )


def _in_use(x: Context, *keys: str) -> Iterator[tuple[Any, ...]]:
    """Rows of the targets in scope by their status."""
    return compress(each(x.targets, *keys), x.active)


def _registration(right: bool) -> Finder:
    """15 digits whose check digit (ISO 7064, mod 11,10) is right, or is not."""

    def find(x: Context) -> Iterator[Finding]:
        if any(len(code) == 15 for code in x.targets["id"]):
            yield from (
                (row, code, {})
                for row, code in _in_use(x, "id")
                if looks_like_registration(code) and mod_11_10.is_valid(code) is right
            )

    return find


def _same_name(x: Context) -> Iterator[Finding]:
    """One name under two ids, both in scope: one may have left and come back under another."""
    names, codes = (
        list(compress(folded(x.targets["name"]), x.active)),
        list(compress(x.targets["id"], x.active)),
    )
    if len(set(names)) == len(names):
        return
    several = {name for name, count in Counter(names).items() if name and count > 1}
    first: dict[str, tuple[int, str]] = {}
    rows = compress(x.targets.index, x.active)
    for row, name, code in zip(rows, names, codes, strict=True) if several else ():
        if name in several and code and (earlier := first.setdefault(name, (row, code)))[1] != code:
            yield row, x.targets.at[row, "name"], {"first": earlier[0], "id": earlier[1]}


def _permit(ends: Callable[[dt.date, tuple[dt.date, dt.date]], bool]) -> Finder:
    def find(x: Context) -> Iterator[Finding]:
        days = {day for day in set(x.targets["permit_until"]) - {None} if ends(day, x.window)}
        if days:
            yield from (
                (row, day, {"start": x.window[0], "end": x.window[1]})
                for row, day in _in_use(x, "permit_until")
                if day in days
            )

    return find


def _permit_lacks(key: str, *given: str) -> Finder:
    """Part of a permit is written, another is not, though the column is used in other rows."""

    def find(x: Context) -> Iterator[Finding]:
        if x.targets[key].any():
            yield from (
                (row, "", {})
                for row, own, *others in _in_use(x, key, *given)
                if not own and any(others)
            )

    return find


def _permit_without_date(x: Context) -> Iterator[Finding]:
    """Some permits have no end: only where the same permit has one in another row."""
    ending = {
        name for _, name, until in each(x.targets, "permit_name", "permit_until") if name and until
    }
    if ending:
        yield from (
            (row, "", {})
            for row, name, number, until in _in_use(x, "permit_name", "permit_no", "permit_until")
            if name in ending and number and not until
        )


def _founded_later(x: Context) -> Iterator[Finding]:
    days = {day for day in set(x.targets["founded"]) - {None} if day > x.window[0] > dt.date.min}
    if days:
        yield from (
            (row, day, {"start": x.window[0]})
            for row, day in each(x.targets, "founded")
            if day in days
        )


def _visited_before_founded(x: Context) -> Iterator[Finding]:
    if x.targets["last_inspected"].any() and x.targets["founded"].any():
        yield from (
            (row, day, {"founded": founded})
            for row, day, founded in each(x.targets, "last_inspected", "founded")
            if day and founded and day < founded
        )


def _no_item(x: Context) -> Iterator[Finding]:
    bare = set(x.targets["category"]) - x.covered - {""}
    if bare and ALL not in x.covered:
        known = quoted(sorted(x.covered))
        yield from (
            (row, name, {"known": known}) for row, name in _in_use(x, "category") if name in bare
        )


def _unknown_recognised(key: str, table: str) -> Finder:
    def find(x: Context) -> Iterator[Finding]:
        known = set(x.frames[table]["id"])
        return ((row, one, {}) for row, one in each(x.recognised, key) if one and one not in known)

    return find


def _recognised_too_late(x: Context) -> Iterator[Finding]:
    return (
        (row, date, {"start": x.window[0]})
        for row, date in each(x.recognised, "date")
        if date and x.window[0] > dt.date.min and date >= x.window[0]
    )


FINDERS: dict[str, Finder] = {
    "T20": _bad_check_digit,
    "T21": _hidden_without_basis,
    "T22": _visited_too_late,
    "T23": _registration(True),
    "T24": _registration(False),
    "T25": _same_name,
    "T26": _permit(lambda day, window: window[0] <= day < window[1]),
    "T27": _permit(lambda day, window: day < window[0]),
    "T28": _permit_lacks("permit_no", "permit_name"),
    "T29": _permit_lacks("permit_name", "permit_no"),
    "T30": _permit_without_date,
    "T31": _founded_later,
    "T32": _visited_before_founded,
    "T33": _no_item,
    "T37": gaps("targets"),
    "M20": _unknown_recognised("target", "targets"),
    "M21": _unknown_recognised("item", "items"),
    "M22": _recognised_too_late,
}
