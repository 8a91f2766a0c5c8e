"""What is looked for among items, beside single cells (problems I20 to I23; when an item is in
force: :mod:`ssj.rosters.item_versions`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress

from ssj.base.errors import quoted
from ssj.tables.across import Context, Finder, Finding, each
from ssj.tables.schema import ALL


def _no_target(x: Context) -> Iterator[Finding]:
    known = {*compress(x.targets["category"], x.active), ALL}
    return (
        (row, "、".join(names), {})
        for row, names in each(x.items, "categories")
        if names and known.isdisjoint(names)
    )


def _nobody_able(x: Context) -> Iterator[Finding]:
    """A department without any officer on duty is the plan's problem (P25, P26)."""
    able: dict[str, set[str]] = {}
    for _, department, names in each(x.on_duty, "department", "specialities"):
        able.setdefault(department, set()).update(names)
    for row, department, names in each(x.items, "department", "specialities"):
        own = able.get(department, set(names))
        yield from (
            (
                row,
                one,
                {
                    "speciality": one,
                    "department": department,
                    "known": quoted(sorted(own)) or "没有",
                },
            )
            for one in names
            if one not in own
        )


def _blank(key: str) -> Finder:
    return lambda x: ((row, "", {}) for row, value in each(x.items, key) if not value)


FINDERS: dict[str, Finder] = {
    "I20": _no_target,
    "I21": _nobody_able,
    "I22": _blank("basis"),
    "I23": _blank("categories"),
}
