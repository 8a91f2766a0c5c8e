"""What a year's plan leads to, from the simulated year, for ``notebooks/0_plan.ipynb``: visits by
firm, section and month, officers' load, firms near their cap.

Results are exact fractions of counts (:mod:`ssj.year.simulation`), rounded as decimal text. Teams
are matched by the protocol itself, in the first few replications.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from ssj import protocol
from ssj.base import formats
from ssj.base.formats import decimal
from ssj.base.params import Parameters
from ssj.draw import matching, year_counts
from ssj.draw.derive import derive
from ssj.draw.teams import KINDS
from ssj.rosters.rosters import Rosters
from ssj.tables.frames import rows_of
from ssj.tables.schema import TARGET_STATUS
from ssj.year import planning
from ssj.year.planning import Year, YearRound
from ssj.year.simulation import KEPT, Outcome

MATCHED = (
    10_000  # visits in the replications whose teams are matched, but at least one whole year's
)
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Forecast:
    """Expected numbers of a year, as decimal text; ``recorded`` is their place in ``plan.json``."""

    replications: int
    totals: dict[str, Any]
    rounds: Rows
    months: Rows
    sections: Rows
    classes: Rows
    times: Rows
    near: Rows
    tasks: Rows
    targets: Rows
    officers: Rows
    short: Rows

    def recorded(self) -> dict[str, Any]:
        """As ``plan.json`` holds it."""
        return dict(self.__dict__)

    def by_section(self) -> Rows:
        """Sections and their months as one table: 主管股室, a column for each month, 合计."""
        months = [m["month"] for m in self.months]
        named = {s["section"]: dict.fromkeys(months, "0.0") for s in self.sections}
        for s in self.sections:
            named[s["section"]][s["month"]] = s["visits"]
        return [
            {
                "主管股室": name,
                **own,
                "合计": decimal(sum(map(Fraction, own.values()), Fraction(0)), 1),
            }
            for name, own in named.items()
        ]

    def busiest(self) -> Rows:
        """Targets by expected visits, most first."""
        return sorted(self.targets, key=lambda row: (-Fraction(row["visits"]), row["id"]))


def forecast(roster: Rosters, own: Year, base: Parameters, outcome: Outcome) -> Forecast:
    """The tables of a simulated year."""
    r, known = outcome.replications, {t.id: t for t in rows_of(roster.targets)}
    visits = [sum(own) for own in zip(*(v.tolist() for v in outcome.visits.values()), strict=True)]
    sums = {i: (v, n) for i, v, n in zip(outcome.ids, visits, outcome.never.tolist(), strict=True)}
    caps, done = year_counts.of_parameters(base), year_counts.done(base, roster.others)
    rows = [
        {
            "id": i,
            "name": known[i].name,
            "category": known[i].category,
            "risk_class": known[i].risk_class,
            "section": known[i].section,
            "visits": decimal(Fraction(v, r), 2),
            "never": decimal(Fraction(n, r), 4),
            "cap": caps[known[i].risk_class].own,
            "together_cap": caps[known[i].risk_class].together,
            "done": done.get(i, year_counts.NONE).together,
            "counted": decimal(Fraction(c, r), 2),
            "reached": decimal(Fraction(k, r), 4),
        }
        for i, (v, n), c, k in zip(
            outcome.ids,
            sums.values(),
            outcome.counted.tolist(),
            outcome.reached.tolist(),
            strict=True,
        )
    ]
    active = [row for row in rows if TARGET_STATUS[known[row["id"]].status]]
    never = Fraction(sum(sums[row["id"]][1] for row in active), max(1, r * len(active)))
    apart = sum(drawn for _, drawn in outcome.rounds.values())
    load, matched, short = _load(roster, own, base, outcome)
    totals = {
        "targets": len(active),
        "visits": decimal(Fraction(sum(visits), r), 1),
        "apart": decimal(Fraction(apart, r), 1),
        "saved": decimal(Fraction(apart - sum(visits), r), 1),
        "never": decimal(never, 4),
        "matched": matched,
    }
    return Forecast(
        r,
        totals,
        _by_round(outcome),
        _by_month(own, outcome),
        _by_section(own, outcome, [known[i].section for i in outcome.ids]),
        _by_class(active, sums, r),
        [
            {"times": k, "targets": decimal(Fraction(n, r), 1)}
            for k, n in sorted(outcome.times.items())
        ],
        _near(active),
        _by_task(roster, outcome),
        rows,
        load,
        short,
    )


def _by_round(outcome: Outcome) -> Rows:
    """Visits of each round: expected, range of nineteen replications in twenty, unmerged, saved by
    merging.
    """
    rows = []
    for one, (visits, drawn) in outcome.rounds.items():
        ordered, r = sorted(visits), outcome.replications
        rows.append(
            {
                "round": one,
                "visits": decimal(Fraction(sum(visits), r), 1),
                "low": ordered[r // 40],
                "high": ordered[r - 1 - r // 40],
                "apart": decimal(Fraction(drawn, r), 1),
                "saved": decimal(Fraction(drawn - sum(visits), r), 1),
            }
        )
    return rows


def months_of(one: YearRound) -> dict[str, Fraction]:
    """The months of a round's window and the share of its days in each: where visits are expected,
    spread evenly.
    """
    days = (one.end - one.start).days + 1
    shares: dict[str, Fraction] = {}
    day = one.start
    while day <= one.end:
        last = min(one.end, date(day.year, day.month, monthrange(day.year, day.month)[1]))
        shares[formats.month(day)] = Fraction((last - day).days + 1, days)
        day = last + timedelta(1)
    return shares


def _by_month(own: Year, outcome: Outcome) -> Rows:
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for one in sorted(own.rounds, key=lambda r: (r.start, r.id)):
        for month, part in months_of(one).items():
            sums[month] += part * Fraction(int(outcome.visits[one.id].sum()), outcome.replications)
    return [{"month": month, "visits": decimal(value, 1)} for month, value in sums.items()]


def _by_section(own: Year, outcome: Outcome, sections: Sequence[str]) -> Rows:
    """Visits of each section (主管股室) and month; targets without a section under （未填）."""
    named = [name or "（未填）" for name in sections]
    sums: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for one in sorted(own.rounds, key=lambda r: (r.start, r.id)):
        here: Counter[str] = Counter()
        for name, visits in zip(named, outcome.visits[one.id].tolist(), strict=True):
            here[name] += visits
        for month, part in months_of(one).items():
            for name, visits in here.items():
                sums[name, month] += part * Fraction(visits, outcome.replications)
    return [
        {"section": name, "month": month, "visits": decimal(value, 1)}
        for (name, month), value in sorted(sums.items(), key=lambda s: s[0][0])
    ]


def _by_class(active: Rows, sums: dict[str, tuple[int, int]], r: int) -> Rows:
    """Targets of each class, their mean visits and the share never visited."""
    rows = []
    for name in sorted({row["risk_class"] for row in active}):
        same = [row for row in active if row["risk_class"] == name]
        visits, never = (
            Fraction(sum(sums[row["id"]][k] for row in same), r * len(same)) for k in (0, 1)
        )
        rows.append(
            {
                "risk_class": name,
                "targets": len(same),
                "cap": same[0]["cap"],
                "visits": decimal(visits, 2),
                "never": decimal(never, 4),
            }
        )
    return rows


def _near(active: Rows) -> Rows:
    """Targets that come to their cap in one replication in ten or more, likeliest first."""
    near = [
        row
        for row in active
        if {row["cap"], row["together_cap"]} != {None}
        and Fraction(row["reached"]) >= Fraction(1, 10)
    ]
    return sorted(near, key=lambda row: (-Fraction(row["reached"]), row["id"]))


def _by_task(roster: Rosters, outcome: Outcome) -> Rows:
    """Targets drawn for each task over the year."""
    sums: Counter[str] = Counter()
    for (_, task), n in outcome.drawn.items():
        sums[task] += n
    return [
        {
            "task": t.id,
            "name": t.name,
            "drawn": decimal(Fraction(sums[t.id], outcome.replications), 1),
        }
        for t in rows_of(roster.plan.sort_values("id"))
    ]


def _load(roster: Rosters, own: Year, base: Parameters, outcome: Outcome) -> tuple[Rows, int, Rows]:
    """Visits of each officer and expert over the year, the replications that were matched, and the
    rounds in which teams fell short.
    """
    expected = sum(sum(visits) for visits, _ in outcome.rounds.values()) // outcome.replications
    matched = max(1, min(KEPT, MATCHED // max(1, expected)))
    loads: dict[str, list[int]] = {
        o.id: [0] * matched for o in rows_of(roster.officers) if KINDS[o.kind] != "staff"
    }
    short: dict[str, list[str]] = defaultdict(list)
    for one in own.rounds:
        record, internal = _record(roster, planning.parameters_of(base, one))
        for k, drawn in enumerate(outcome.sets[one.id][:matched]):
            visits = [
                protocol.visit_of(
                    i,
                    internal["targets"][i]["category"],
                    tasks,
                    internal["tasks"],
                    internal["items"],
                )
                for i, tasks in sorted(drawn.items())
            ]
            try:
                for purpose in ("officer", "expert"):
                    for taken in matching.match(
                        record,
                        visits,
                        protocol.sha256(f"ssj/plan,{own.year},{one.id},{k}"),
                        purpose,
                    )["taken"]:
                        loads[taken["officer"]][k] += 1
            except protocol.Infeasible as error:
                short[one.id].append(str(error).splitlines()[0])
    rows = [
        {
            "officer": o.id,
            "person": o.name,
            "department": o.department,
            "kind": o.kind,
            "visits": decimal(Fraction(sum(loads[o.id]), matched), 1),
            "least": min(loads[o.id]),
            "most": max(loads[o.id]),
        }
        for o in rows_of(roster.officers)
        if o.id in loads
    ]
    return (
        sorted(rows, key=lambda row: (-Fraction(row["visits"]), row["officer"])),
        matched,
        [
            {"round": one, "times": len(texts), "example": texts[0]}
            for one, texts in sorted(short.items())
        ],
    )


def _record(
    roster: Rosters, parameters: Parameters
) -> tuple[protocol.Record, dict[str, dict[str, Any]]]:
    """What the protocol matches a round's teams from; the internal parts of its tables by id."""
    tables = derive(roster, parameters).drafted
    internal = {
        name: {row["id"]: row["internal"] for row in tables[name]}
        for name in ("tasks", "items", "targets")
    }
    return {"tables": tables, "parameters": parameters.frozen(), "salt": "0" * 64}, internal
