"""覆盖矩阵: which items in force apply to which categories, and whether a task of this round or of
the year may draw their targets.

A pair (category, item) counts the targets in that category whose status is in scope: all, those
that a task of this round with the item may draw, and those that any task of the plan may.
Conditions on years are taken as they stand at this round. Three gaps are named:

| gap | meaning |
| --- | --- |
| 类别无事项 | targets in a category to which no item applies |
| 事项无对象 | an item none of whose categories has targets |
| 全年无任务 | an item applies to targets in a category; no task of the plan draws any for it |
| 部分全年无任务 | … and of some of them none |
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pandas as pd

from ssj.base.params import Parameters
from ssj.rosters import item_versions, pools
from ssj.rosters.history import History
from ssj.rosters.rosters import Rosters
from ssj.tables import scopes, writing
from ssj.tables.frames import rows_of
from ssj.tables.schema import TARGET_STATUS, WHOLE_YEAR

PAIRS = ["category", "item", "targets", "round", "year"]
BY_CATEGORY = {
    "category": "对象类别",
    "targets": "对象",
    "now": "本批次有任务的事项",
    "later": "本年其他批次有任务的",
    "partly": "只有部分对象有任务的",
    "never": "全年无任务的",
}
GAPS = {"gap": "缺口", "category": "对象类别", "items": "事项", "targets": "对象", "detail": "说明"}
MARKS = (
    "● 本批次可抽；○ 本年其他批次可抽；◐ 只有一部分对象可抽（可抽数/对象数）；× 全年没有任务；"
    "空格：事项不适用"
)
Rows = list[dict[str, Any]]


def pairs(roster: Rosters, parameters: Parameters, history: History) -> pd.DataFrame:
    """One row for each category with targets in scope and each item that applies to it: targets,
    those of tasks of this round, of the year.
    """
    active = roster.targets[roster.targets["status"].map(TARGET_STATUS).eq(True)]
    sizes = active["category"].value_counts()
    waited = pools.waiting(
        roster, parameters, history, (text for own in roster.plan["conditions"] for text in own)
    )
    reached: dict[tuple[str, str], tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    for task in rows_of(roster.plan):
        inside = scopes.select(active, task, waited)["category"]
        mine = {parameters.round.id, WHOLE_YEAR} & set(task.rounds)
        for category, rows in inside.groupby(inside).groups.items():
            for item in task.items:
                now, year = reached[str(category), item]
                year.update(rows)
                now.update(rows if mine else ())
    found = [
        (
            category,
            item.id,
            int(sizes[category]),
            *(len(own) for own in reached.get((category, item.id), ((), ()))),
        )
        for category in sorted(sizes.index)
        for item in rows_of(items(roster, parameters))
        if category in item.categories
    ]
    return pd.DataFrame(found, columns=PAIRS)


def by_category(roster: Rosters, found: pd.DataFrame) -> Rows:
    """One row for each category with targets in scope: its items, by whether and when a task may
    draw its targets for them.
    """
    sizes = _sizes(roster)
    return [
        {
            "category": category,
            "targets": size,
            **{
                key: tuple(own.loc[where, "item"])
                for key, where in (
                    ("now", own["round"] > 0),
                    ("later", (own["round"] == 0) & (own["year"] > 0)),
                    ("partly", (own["year"] > 0) & (own["year"] < own["targets"])),
                    ("never", own["year"] == 0),
                )
            },
        }
        for category, size in sizes.items()
        for own in [found[found["category"] == category]]
    ]


def _sizes(roster: Rosters) -> dict[str, int]:
    active = roster.targets.loc[
        roster.targets["status"].map(TARGET_STATUS).eq(True), "category"
    ].value_counts()
    return {category: int(active[category]) for category in sorted(active.index)}


def items(roster: Rosters, parameters: Parameters) -> pd.DataFrame:
    """The items in force throughout the round's visits, by id."""
    window = parameters.round.window
    return item_versions.in_force(roster.items, (window.start, window.end)).sort_values("id")


def gaps(roster: Rosters, parameters: Parameters, found: pd.DataFrame) -> Rows:
    """The gaps in words, by kind, then category."""
    sizes, names = _sizes(roster), dict(zip(roster.items["id"], roster.items["name"], strict=True))
    rows = [
        {
            "gap": "类别无事项",
            "category": category,
            "items": "",
            "targets": size,
            "detail": "没有一项抽查事项适用，这些对象抽不到",
        }
        for category, size in sizes.items()
        if category not in set(found["category"])
    ]
    rows += [
        {
            "gap": "事项无对象",
            "category": "、".join(item.categories),
            "items": f"{item.id} {names[item.id]}",
            "targets": 0,
            "detail": "这些类别都没有状态在范围内的检查对象",
        }
        for item in rows_of(items(roster, parameters))
        if not set(item.categories) & set(sizes)
    ]
    never, partly = (
        found[found["year"] == 0],
        found[(found["year"] > 0) & (found["year"] < found["targets"])],
    )
    rows += [
        {
            "gap": "全年无任务",
            "category": category,
            "items": "、".join(f"{i} {names[i]}" for i in own["item"]),
            "targets": sizes[str(category)],
            "detail": "事项适用，计划中却没有任务抽查",
        }
        for category, own in never.groupby("category")
    ]
    rows += [
        {
            "gap": "部分全年无任务",
            "category": pair.category,
            "items": "、".join(f"{i} {names[i]}" for i in own["item"]),
            "targets": pair.targets - pair.year,
            "detail": f"有任务的只有 {pair.year} 个，"
            f"其余 {pair.targets - pair.year} 个不在任何任务的对象范围内",
        }
        for _, own in partly.groupby(["category", "year", "targets"])
        for pair in [next(rows_of(own))]  # the others have the same
    ]
    return rows


def matrix(roster: Rosters, parameters: Parameters, found: pd.DataFrame) -> pd.DataFrame:
    """The matrix for a workbook, items down and categories across (there are fewer of these, so
    that it can be printed); marks as ``MARKS`` explains.
    """
    cells = {(p.category, p.item): mark(p.targets, p.round, p.year) for p in rows_of(found)}
    categories = sorted(set(found["category"]))
    rows = [
        {
            "事项编号": item.id,
            "事项名称": item.name,
            **{c: cells.get((c, item.id), "") for c in categories},
        }
        for item in rows_of(items(roster, parameters))
    ]
    columns = ["事项编号", "事项名称", *categories]
    return writing.sheet(rows, dict(zip(columns, columns, strict=True)))


def mark(targets: int, now: int, year: int) -> str:
    """``mark(120, 120, 120) == "● 120"``, ``mark(120, 20, 20) == "● ◐20/120"``,
    ``mark(120, 0, 0) == "× 120"``.
    """
    if not year:
        return f"× {targets}"
    return f"{'●' if now else '○'} {f'◐{year}/' if year < targets else ''}{targets}"
