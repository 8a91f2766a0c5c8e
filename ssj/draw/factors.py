"""风险因素: points for what is known of a target, and the size that follows (COMPANION §C2).

    points = complaints·投诉举报数 + penalties·处罚数 + last_problem (上次检查结果 was a problem)
             + years·whole years since the last visit, or never (never visited)
    size   = weight · (1 + min(points, most))

with the numbers of ``[risk_factors]``; weight is the class's in a mixed stratum and 1 in a class's
own. The last visit and whole years are those of :mod:`ssj.tables.scopes`. Nothing but integers.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from ssj.base.errors import Problem
from ssj.base.params import Parameters, RiskFactors
from ssj.rosters.history import History
from ssj.tables import rules, scopes
from ssj.tables.frames import rows_of
from ssj.tables.schema import is_problem

SCORED = [
    "id",
    "name",
    "risk_class",
    "complaints",
    "penalties",
    "last_result",
    "last",
    "source",
    "years",
    "total",
    "points",
]
ROSTER, LEDGER, NEVER = "名录库", "留痕登记簿", "从未检查"


def problem(results: tuple[str, ...]) -> bool:
    """Whether one of the result categories is a problem."""
    return any(map(is_problem, results))


def scored(targets: pd.DataFrame, parameters: Parameters, history: History) -> pd.DataFrame:
    """One row for each target, by id: what its points come from, all points (``total``) and those
    that count (``points``).

    ``last`` and ``years``: day of the last visit and whole years since, both ``None`` for never;
    ``source``: where that day is from. Without ``[risk_factors]`` nobody has points.
    """
    rule, start, drawn = parameters.risk_factors, parameters.round.window.start, history.visited()
    last = scopes.last_visits(targets, drawn)
    rows = []
    for t in rows_of(targets.sort_values("id")):
        visit = last[t.id]
        source = NEVER if visit is None else LEDGER if drawn.get(t.id) == str(visit) else ROSTER
        years = None if visit is None else scopes.years(visit, start)
        total = points(rule, int(t.complaints), int(t.penalties), problem(t.last_result), years)
        rows.append(
            (
                t.id,
                t.name,
                t.risk_class,
                int(t.complaints),
                int(t.penalties),
                t.last_result,
                visit,
                source,
                years,
                total,
                min(total, rule.most) if rule else 0,
            )
        )
    whole = dict.fromkeys(("complaints", "penalties", "total", "points"), "int64")
    return pd.DataFrame(rows, columns=SCORED, dtype=object).astype(whole)


def points(
    rule: RiskFactors | None, complaints: int, penalties: int, problem: bool, years: int | None
) -> int:
    """All points of a target, before ``most``; ``years`` is ``None`` for never visited."""
    if rule is None:
        return 0
    waited = rule.never if years is None else rule.years * years
    return (
        rule.complaints * complaints
        + rule.penalties * penalties
        + rule.last_problem * problem
        + waited
    )


def used(rule: RiskFactors | None, task: str) -> bool:
    """Whether a task's sizes use the points."""
    return rule is not None and (rule.tasks is None or task in rule.tasks)


def described(scheme: dict[str, Any] | None) -> dict[str, Any]:
    """``[risk_factors]`` as facts for people; ``scheme`` as the parameters are frozen."""
    if scheme is None:
        return {"风险因素": "不用：风险权数只取决于信用风险等级"}
    return {
        "每件投诉举报加分": scheme["complaints"],
        "每次处罚加分": scheme["penalties"],
        "上次检查结果有问题加分": scheme["last_problem"],
        "距上次检查每满一年加分": scheme["years"],
        "从未检查加分": scheme["never"],
        "加分最多计入": scheme["most"],
        "用于": "全部任务" if scheme["tasks"] is None else tuple(scheme["tasks"]),
    }


def problems(rule: RiskFactors | None, targets: pd.DataFrame, planned: set[str]) -> list[Problem]:
    """Tasks of ``[risk_factors]`` that the plan has not; and, as warnings, factors of which the
    roster has nothing.
    """
    if rule is None:
        return []
    found = [
        rules.problem("P46", "round.toml", column="risk_factors.tasks", value=task, task=task)
        for task in sorted(set(rule.tasks or ()) - planned)
    ]
    known = {
        "complaints": ("投诉举报数", targets["complaints"].any()),
        "penalties": ("处罚数", targets["penalties"].any()),
        "last_problem": ("有问题的上次检查结果", any(map(problem, targets["last_result"]))),
        "years": ("上次检查日期", any(isinstance(day, date) for day in targets["last_inspected"])),
    }
    return found + [
        rules.problem(
            "P47",
            "round.toml",
            column=f"risk_factors.{key}",
            value=str(getattr(rule, key)),
            what=what,
        )
        for key, (what, some) in known.items()
        if getattr(rule, key) and not some
    ]
