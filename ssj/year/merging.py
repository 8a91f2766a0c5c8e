"""Like tasks of a year's plan that are better one (进一次门、查多项事): which, and how many visits
meet.

What several tasks draw at one target is one visit in any case, since they share the target's
ticket. A suggestion says more: that two tasks with the same departments, categories in common and
rounds in common mostly meet at the same doors, and may as well be one task with one checklist; or
that a joint task's team may do an internal task's items too.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

from ssj.base.formats import decimal
from ssj.rosters.rosters import Rosters
from ssj.tables.frames import rows_of
from ssj.year.planning import Year, rounds_of
from ssj.year.simulation import Outcome

MOSTLY = Fraction(1, 2)  # of the smaller task's visits
ONE, JOINT, APART = (
    "建议并为一个任务",
    "建议由联合检查组一并检查",
    "可以分开；抽中同一户时自动并为一次检查",
)
Rows = list[dict[str, Any]]


def suggestions(roster: Rosters, own: Year, outcome: Outcome) -> Rows:
    """Pairs of like tasks that meet: what they have in common, visits of both apart, saved where
    they meet; most saved first.
    """
    rows = []
    for a, b in combinations(rows_of(roster.plan.sort_values("id")), 2):
        departments = [{t.lead, *t.partners} for t in (a, b)]
        categories = sorted(set(a.categories) & set(b.categories))
        rounds = [r for r in rounds_of(a, own.ids()) if r in rounds_of(b, own.ids())]
        meet = sum(outcome.both[r, a.id, b.id] for r in rounds)
        if (
            not (departments[0] <= departments[1] or departments[1] <= departments[0])
            or not categories
            or not meet
        ):
            continue
        drawn = [sum(outcome.drawn[r, t.id] for r in rounds) for t in (a, b)]
        often, r = Fraction(meet, min(drawn)) >= MOSTLY, outcome.replications
        rows.append(
            {
                "tasks": [a.id, b.id],
                "departments": sorted(departments[0] | departments[1]),
                "categories": categories,
                "rounds": rounds,
                "apart": decimal(Fraction(sum(drawn), r), 1),
                "together": decimal(Fraction(sum(drawn) - meet, r), 1),
                "saved": decimal(Fraction(meet, r), 1),
                "advice": APART
                if not often
                else ONE
                if departments[0] == departments[1]
                else JOINT,
            }
        )
    return sorted(rows, key=lambda row: (-Fraction(row["saved"]), row["tasks"]))
