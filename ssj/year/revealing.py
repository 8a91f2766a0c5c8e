"""What a year's publications reveal by themselves of what is internal, for the plan's checks.

| code | what is said |
| --- | --- |
| Y24 | an undirected task draws all of a class, or all its targets: nothing is random |
| Y25 | targets that every round of the year is certain to draw: that shows over the year |
| Y26 | items that in a round only one task has, whose targets are chosen by what is internal |

The plan is not wrong for it: whoever approves it is to know. PROTOCOL promises nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from ssj import protocol
from ssj.base.errors import Problem
from ssj.draw import chances
from ssj.rosters.rosters import Rosters
from ssj.tables.frames import rows_of
from ssj.tables.schema import label

UNDIRECTED = "不定向"


def problems(roster: Rosters, rounds: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    """The warnings; ``rounds``: round → its frames, whose tasks are those that stand in it."""
    place = roster.plan.attrs.get("place", {"file": "plan"})
    plan = list(zip(roster.plan.index, rows_of(roster.plan), strict=True))
    tasks = {name: set(frames["task"]) for name, frames in rounds.items()}
    for row, task in plan:
        if everybody := _drawn_whole(task):
            yield Problem(
                "Y24",
                f"不定向任务 {task.id} 对{everybody}的抽查比例是 1：户户必抽，没有随机可言；"
                "没有公布检查的必不在其中，公布了的多半在其中",
                "请降低比例；确要全部检查的，改作定向任务",
                **place,
                row=row,
                column=label("plan", "ratios"),
                value="、".join(sorted(c for c, r in task.ratios.items() if Fraction(r) == 1)),
                severity="warning",
            )
    always = set.intersection(*(_certain(plan, frames) for frames in rounds.values()))
    if always and len(rounds) > 1:
        yield Problem(
            "Y25",
            f"按现有名录，有 {len(always)} 户在本年的 {len(rounds)} 个批次中每次必被抽中："
            "批批都公布检查，外人就可推知它们的信用风险等级或标签",
            "请降低抽查比例，或者由审批人知悉",
            **place,
            column=label("plan", "ratios"),
            severity="warning",
        )
    for row, task in plan:
        internal = _internal(task)
        alone = _alone(task, roster, tasks.values())
        if internal and alone:
            yield Problem(
                "Y26",
                f"任务 {task.id} 按{internal}选取对象，事项 {'、'.join(alone)} 在同一批次中又只有它"
                "使用：公布的检查有这些事项，外人就知道这一户在其中",
                "请让同一批次的其他任务也使用这些事项，或者由审批人知悉",
                **place,
                row=row,
                column=label("plan", "items"),
                value="、".join(alone),
                severity="warning",
            )


def _drawn_whole(task: Any) -> str:
    """Whom an undirected task draws one and all, in words; empty for nobody."""
    whole = sorted(c for c, ratio in task.ratios.items() if Fraction(ratio) == 1)
    if task.method != UNDIRECTED or not whole:
        return ""
    return "全部对象" if protocol.ALL in whole else f"等级 {'、'.join(whole)} "


def _certain(plan: Iterable[tuple[Any, Any]], frames: pd.DataFrame) -> set[str]:
    """Targets that a round draws in any case."""
    found: set[str] = set()
    for _, task in plan:
        for stratum, ratio in task.ratios.items():
            own = frames[(frames["task"] == task.id) & (frames["stratum"] == stratum)]
            sizes = [int(size) for size in own["size"]]
            n = protocol.sample_size(ratio, sum(size > 0 for size in sizes))
            chance = chances.declared(sizes, n)
            found |= {i for i, c in zip(own["id"], chance, strict=True) if c == 1}
    return found


def _internal(task: Any) -> str:
    """By what that is not public a task chooses its targets, in words; empty for nothing."""
    by = {
        "信用风险等级": task.risk_classes,
        "标签": task.tags,
        "条件": task.conditions,
        "专项库": getattr(task, "pool", ""),
    }
    return "、".join(name for name, value in by.items() if len(value))


def _alone(task: Any, roster: Rosters, rounds: Iterable[set[str]]) -> list[str]:
    """The task's items that no other task of the same round has, in any of its rounds."""
    items = dict(zip(roster.plan["id"], roster.plan["items"], strict=True))
    found: set[str] = set()
    for together in rounds:
        if task.id in together:
            others = {i for t in together - {task.id} for i in items[t]}
            found |= set(task.items) - others
    return sorted(found)
