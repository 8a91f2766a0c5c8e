"""对象范围: which targets a task may draw, and how many years ago a target was visited last.

A scope is written in parts set off by ；, each a kind, a colon and words set off by 、::

    类别：在建项目、施工企业；标签：专项整治；等级：C、D；条件：投诉举报数≥2、距上次检查年数≥1

Without a kind the words are categories; 全部 is every category. A target is in scope if it has one
of the categories, one of the tags, one of the classes, and meets *all* conditions; a kind that is
not written does not narrow. Conditions compare a declared column with a whole number by ≥ > ≤ < =
(≥ and ≤ also typed as >= and <=).

**A pool** (专项库) is a scope with a name, declared in the parameters (``pools``);
``专项库：重点检查库`` in a task's scope narrows it to the targets of that pool. It is written out
on reading (:func:`narrowed`): the scope then holds the words of both, which say the same, and the
pool's name beside them. Where one scope can't say what both say together, it is refused.

**Years since the last visit** (距上次检查年数) are whole years from the day of the last visit to
the first day of the round's visits: 2019-12-06 to 2021-12-05 is one year, to 2021-12-06 two; from
29 February a year is full on 1 March. The last visit is the later of the roster's 上次检查日期 and
the end of the visit window of the last archived round that drew the target. Who was never visited
has waited longer than any number of years: ≥ and > hold, the others don't.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from ssj.tables import fields, paramfiles
from ssj.tables.cells import Refused, as_text, risk_class, word
from ssj.tables.frames import rows_of
from ssj.tables.schema import ALL

YEARS = "years"
COLUMNS = {"投诉举报数": "complaints", "处罚数": "penalties", "距上次检查年数": YEARS}
OPERATORS = {
    "≥": operator.ge,
    ">": operator.gt,
    "≤": operator.le,
    "<": operator.lt,
    "=": operator.eq,
}
TYPED = {">=": "≥", "<=": "≤"}
KINDS = {"类别": "categories", "标签": "tags", "等级": "risk_classes", "条件": "conditions"}
POOL = "专项库"
LATER = ("≥", ">")  # what holds for a target that was never visited

_CONDITION = re.compile(f"({'|'.join(COLUMNS)})(>=|<=|[{''.join(OPERATORS)}])([0-9]{{1,9}})")


class Scope(NamedTuple):
    """Words of the four kinds; no words of a kind: it does not narrow. ``conditions`` are in
    canonical form. ``pool``: name of the pool whose words are among them.
    """

    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    risk_classes: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    pool: str = ""


class Condition(NamedTuple):
    """A column's key, an operator of ``OPERATORS`` and a whole number; ``str`` is the canonical
    form.
    """

    key: str
    operator: str
    number: int

    def __str__(self) -> str:
        header = next(header for header, key in COLUMNS.items() if key == self.key)
        return f"{header}{self.operator}{self.number}"

    def holds(self, value: int | None) -> bool:
        """Whether it holds for a value; ``None``: never visited."""
        return (
            self.operator in LATER
            if value is None
            else OPERATORS[self.operator](value, self.number)
        )


@cache
def condition(text: str) -> Condition:
    """A condition from its text:
    ``condition("投诉举报数>=02") == Condition("complaints", "≥", 2)``.
    """
    if not (found := _CONDITION.fullmatch(word(text))):
        raise Refused("19", columns="、".join(COLUMNS))
    return Condition(COLUMNS[found[1]], TYPED.get(found[2], found[2]), int(found[3]))


def parse(
    value: object, classes: Collection[str] = (), pools: Mapping[str, str] | None = None
) -> Scope:
    """A cell of 对象范围; without ``classes`` (an unreadable scheme) any class passes. ``pools``:
    name → filter; None where no pool may be named.

    >>> parse("类别：燃气；标签：专项整治；等级：C；条件：处罚数>=1").conditions
    ('处罚数≥1',)
    """
    found: dict[str, list[str]] = {
        kind: [] for kind in (*KINDS, *([POOL] if pools is not None else ()))
    }
    for part in re.split(r"[;；\n]", as_text(value)):
        kind, colon, text = word(part).partition(":")
        names = list(filter(None, re.split("[,、]", text if colon else kind)))
        if colon and (kind not in found or not names or ":" in text):
            raise Refused("15")
        found[kind if colon else "类别"] += names
    for name in (name for kind in ("类别", "标签", "等级") for name in found[kind]):
        if re.search("[<>=≥≤]", name):
            raise Refused("19", columns="、".join(COLUMNS))
    if not any(found.values()):
        raise Refused("15")
    own = {_class(name, classes) for name in found["等级"]}
    conditions = sorted({condition(text) for text in found["条件"]}, key=_place)
    scope = Scope(
        tuple(dict.fromkeys(found["类别"])),
        tuple(dict.fromkeys(found["标签"])),
        tuple(sorted(own)),
        tuple(map(str, conditions)),
    )
    return (
        _within(scope, found[POOL], classes, pools) if pools is not None and found[POOL] else scope
    )


def _within(
    scope: Scope, named: Collection[str], classes: Collection[str], pools: Mapping[str, str]
) -> Scope:
    """A scope narrowed to the pool that it names."""
    if len(set(named)) > 1:
        raise Refused("P52")
    (name,) = set(named)
    if name not in pools:
        raise Refused("P50", name=name, known="、".join(sorted(pools)) or "无")
    try:
        filtered = parse(pools[name], classes)
    except Refused:
        raise Refused("P51", name=name) from None
    return narrowed(scope, filtered, name)


def narrowed(scope: Scope, pool: Scope, name: str) -> Scope:
    """One scope for the targets that lie in both, exactly; ``Refused`` where there is none.

    Categories and classes have those in common, conditions all of both. Tags ("one of these") of
    both can be said together only where one list holds the other: then it is the shorter.
    """
    tags = (
        _both(scope.tags, pool.tags)
        if not scope.tags or not pool.tags
        else min((scope.tags, pool.tags), key=len)
        if set(scope.tags) <= set(pool.tags) or set(pool.tags) <= set(scope.tags)
        else ()
    )
    if scope.tags and pool.tags and not tags:
        raise Refused("P53", name=name)
    found = {}
    for key, kind in (("categories", "类别"), ("risk_classes", "等级")):
        own, others = (
            (() if ALL in words else words) for words in (getattr(scope, key), getattr(pool, key))
        )
        found[key] = _both(own, others)
        if own and others and not found[key]:
            raise Refused("P54", name=name, kind=kind)
    conditions = sorted(
        {condition(text) for text in (*scope.conditions, *pool.conditions)}, key=_place
    )
    return Scope(
        found["categories"], tags, found["risk_classes"], tuple(map(str, conditions)), name
    )


def _both(own: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in own if word in others) if own and others else own or others


def declared(folder: Path) -> dict[str, str]:
    """The pools that the parameters in a folder declare, name → filter; none where they can't be
    read (:mod:`ssj.tables.paramfiles` says why).
    """
    own = paramfiles.raw(fields.ROUND, folder).get("pools")
    return (
        {name: text for name, text in own.items() if isinstance(text, str)}
        if isinstance(own, dict)
        else {}
    )


def _class(name: str, classes: Collection[str]) -> str:
    plain = name if name.upper() in classes else re.sub("[级类]$", "", name)
    return risk_class(plain, classes) if classes else plain.upper()


def _place(own: Condition) -> tuple[int, int, int]:
    return list(COLUMNS.values()).index(own.key), list(OPERATORS).index(own.operator), own.number


def text(
    categories: Collection[str] = (),
    tags: Collection[str] = (),
    risk_classes: Collection[str] = (),
    conditions: Collection[str] = (),
    pool: str = "",
) -> str:
    """A scope in words that :func:`parse` reads back:
    ``text(["燃气"], ["专项整治"]) == "类别：燃气；标签：专项整治"``.
    """
    words = zip(
        (POOL, *KINDS),
        ((pool,) if pool else (), categories, tags, risk_classes, conditions),
        strict=True,
    )
    return "；".join(f"{kind}：{'、'.join(own)}" for kind, own in words if own) or f"类别：{ALL}"


def texts(tasks: pd.DataFrame) -> list[str]:
    """The scope of each task of a plan in words."""
    return [
        text(t.categories, t.tags, t.risk_classes, t.conditions, getattr(t, "pool", ""))
        for t in rows_of(tasks)
    ]


def select(targets: pd.DataFrame, task: Any, waited: Mapping[str, int | None]) -> pd.DataFrame:
    """The targets in a task's scope, by id. ``waited``: id → years since the last visit, ``None``
    for never.
    """
    inside = targets["category"].isin(task.categories)
    if task.tags:
        inside &= targets["tags"].map(lambda tags: not set(task.tags).isdisjoint(tags)).astype(bool)
    if task.risk_classes:
        inside &= targets["risk_class"].isin(task.risk_classes)
    for own in map(condition, task.conditions):
        values = targets["id"].map(lambda i: waited[i]) if own.key == YEARS else targets[own.key]
        inside &= pd.Series(
            [own.holds(None if pd.isna(v) else int(v)) for v in values], targets.index, dtype=bool
        )
    return targets[inside].sort_values("id")


def may_hold(task: Any, target: Any) -> bool:
    """Whether a target lies in a task's scope, conditions on years taken as met."""
    known = {"complaints": target.complaints, "penalties": target.penalties}
    return (
        target.category in task.categories
        and (not task.tags or not set(task.tags).isdisjoint(target.tags))
        and (not task.risk_classes or target.risk_class in task.risk_classes)
        and all(
            own.key == YEARS or own.holds(int(known[own.key]))
            for own in map(condition, task.conditions)
        )
    )


def years(since: date, until: date) -> int:
    """Whole years: ``years(date(2019, 12, 6), date(2021, 12, 5)) == 1``; 0 where ``since`` is the
    later day.
    """
    return max(0, until.year - since.year - ((until.month, until.day) < (since.month, since.day)))


def last_visits(targets: pd.DataFrame, drawn: Mapping[str, str]) -> dict[str, date | None]:
    """Id → day of the last visit, or ``None``: the later of 上次检查日期 and ``drawn``
    (:meth:`ssj.rosters.history.History.visited`).
    """
    found = {}
    for t in rows_of(targets):
        days = [
            day
            for day in (t.last_inspected, drawn.get(t.id) and date.fromisoformat(drawn[t.id]))
            if day
        ]
        found[t.id] = max(days, default=None)
    return found
