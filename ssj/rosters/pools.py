"""专项库: pools declared in round.toml as saved filters, and tags, with what they hold; what is
wrong with a declaration.

A pool is a scope with a name (:mod:`ssj.tables.scopes`); tasks that name it are narrowed on
reading, so nothing here is needed to draw.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from ssj.base.errors import Problem
from ssj.base.params import Parameters
from ssj.rosters.history import History
from ssj.rosters.rosters import Rosters
from ssj.tables import rules, scopes
from ssj.tables.cells import Refused
from ssj.tables.frames import rows_of
from ssj.tables.schema import ALL, TARGET_STATUS
from ssj.tables.scopes import Scope

COLUMNS = {
    "pool": "专项库",
    "filter": "筛选条件",
    "targets": "库内对象",
    "active": "状态在抽查范围内",
    "inactive": "状态不在范围内",
    "classes": "各等级",
    "tasks": "用它的任务",
}
TAG_COLUMNS = {
    "tag": "标签",
    "targets": "对象",
    "active": "状态在抽查范围内",
    "inactive": "状态不在范围内",
    "classes": "各等级",
    "pools": "用它的专项库",
    "tasks": "用它的任务",
}
Rows = list[dict[str, Any]]


def read(parameters: Parameters) -> tuple[dict[str, Scope], list[Problem]]:
    """Declared pools by name, and P55 for those that can't be read."""
    found, problems = {}, []
    for name, text in sorted(parameters.pools.items()):
        try:
            found[name] = scopes.parse(text, parameters.classes)
        except Refused as why:
            said = rules.problem(why.rule, **why.details)
            problems.append(
                rules.problem(
                    "P55",
                    "round.toml",
                    column=f"pools.{name}",
                    value=text,
                    name=name,
                    why=said.message,
                    how=said.remedy,
                )
            )
    return found, problems


def members(pool: Scope, targets: pd.DataFrame, waited: dict[str, int | None]) -> pd.DataFrame:
    """The targets that a pool holds, whatever their status, by id."""
    every = not pool.categories or ALL in pool.categories
    return scopes.select(
        targets,
        pool._replace(
            categories=tuple(sorted(set(targets["category"]))) if every else pool.categories
        ),
        waited,
    )


def rows(roster: Rosters, parameters: Parameters, history: History) -> Rows:
    """One row for each declared pool that can be read: its filter, what it holds by status and by
    class, the plan's tasks that name it.
    """
    declared = read(parameters)[0]
    waited = waiting(
        roster,
        parameters,
        history,
        (text for pool in declared.values() for text in pool.conditions),
    )
    return [
        {
            "pool": name,
            "filter": scopes.text(*pool),
            **_counts(members(pool, roster.targets, waited), parameters),
            "tasks": _tasks(roster, (t.pool == name for t in rows_of(roster.plan))),
        }
        for name, pool in declared.items()
    ]


def waiting(
    roster: Rosters, parameters: Parameters, history: History, conditions: Iterable[str]
) -> dict[str, int | None]:
    """Id → years since the last visit, None for never, as tasks' conditions see them; nothing where
    none of these asks for it.
    """
    if not any(scopes.condition(text).key == scopes.YEARS for text in set(conditions)):
        return {}
    last, start = (
        scopes.last_visits(roster.targets, history.visited()),
        parameters.round.window.start,
    )
    return {i: None if day is None else scopes.years(day, start) for i, day in last.items()}


def tag_rows(roster: Rosters, parameters: Parameters) -> Rows:
    """One row for each tag of the roster: what carries it by status and by class, the pools and the
    plan's tasks that choose by it.
    """
    declared, targets = read(parameters)[0], roster.targets[roster.targets["tags"].map(len) > 0]
    return [
        {
            "tag": tag,
            **_counts(targets[[tag in own for own in targets["tags"]]], parameters),
            "pools": tuple(name for name, pool in declared.items() if tag in pool.tags),
            "tasks": _tasks(roster, (tag in t.tags for t in rows_of(roster.plan))),
        }
        for tag in sorted({tag for own in targets["tags"] for tag in own})
    ]


def _counts(targets: pd.DataFrame, parameters: Parameters) -> dict[str, Any]:
    active, classes = (
        targets["status"].map(TARGET_STATUS).eq(True),
        targets["risk_class"].value_counts(),
    )
    return {
        "targets": len(targets),
        "active": int(active.sum()),
        "inactive": int((~active).sum()),
        "classes": {
            name: int(classes[name]) for name in sorted(parameters.classes) if name in classes
        },
    }


def _tasks(roster: Rosters, chosen: Iterable[bool]) -> tuple[str, ...]:
    return tuple(task for task, own in zip(roster.plan["id"], chosen, strict=True) if own)


def empty(roster: Rosters, parameters: Parameters, history: History) -> list[Problem]:
    """P56 for pools that hold nobody whose status lets them be drawn."""
    return [
        rules.problem(
            "P56",
            "round.toml",
            column=f"pools.{row['pool']}",
            value=parameters.pools[row["pool"]],
            name=row["pool"],
        )
        for row in rows(roster, parameters, history)
        if not row["active"]
    ]


def problems(roster: Rosters, parameters: Parameters, history: History) -> list[Problem]:
    """All that is wrong with the declared pools, errors first."""
    return [*read(parameters)[1], *empty(roster, parameters, history)] if parameters.pools else []
