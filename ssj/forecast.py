"""A year simulated from its plan, for ``notebooks/0_plan.ipynb``: visits by firm, section and month, officers' load, firms near their cap.

All the year's rounds are drawn in sequence, many times over, with cool-down and yearly caps in effect, from the rosters as they stand and
as if nothing had been drawn before. Declared chances are used, not calibrated sizes (PROTOCOL §6.3): a forecast needs no more. Teams are
matched by the protocol itself, in the first few replications.

The same bytes on every machine: tickets are raw integers of a named generator, keys are elementwise arithmetic on them, and what is
counted are integers; results are exact fractions of these, rounded as decimal text.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ssj import chances, cooldown, plan, protocol, year
from ssj.cooldown import MILLION
from ssj.history import NOTHING, History
from ssj.params import Parameters
from ssj.proof_rounds import draw
from ssj.rosters import Rosters
from ssj.schema import TARGET_STATUS
from ssj.sizing import decimal
from ssj.teams import KINDS
from ssj.year import Year, YearRound

SEED = 20210115
CELLS = 640_000  # simulated tickets of a round: replications × targets
MOST, LEAST = 1_000, 200  # replications
TEAMS, MATCHED = 20, 10_000  # replications whose teams are matched, and visits at most, but at least one whole year
SCALE = 1_000  # factors of the cool-down are taken in thousandths, so that sums stay exact in floats
Masks = NDArray[np.bool_]
Rows = list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Part:
    """A stratum of a task in a round: places of its targets, their sizes, sizes of those visited this year already (points and
    conditions on the years since the last visit), sample size by N, and whether caps stop it."""

    task: str
    units: NDArray[np.int64]
    sizes: NDArray[np.int64]
    again: NDArray[np.int64]
    ns: NDArray[np.int64]
    capped: bool


@dataclass(eq=False)
class Outcome:
    """Counts over all replications. ``visits``: by round and target; ``year``: of targets by number of visits in the year; ``reached``:
    times that a target was at its cap at the end, ``never`` times that it was not visited; ``rounds``: visits and drawn (unmerged) of each
    replication by round; ``both``: targets drawn by two tasks in one round; ``sets``: who was drawn by which tasks, for matching."""

    ids: list[str]
    replications: int
    visits: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    counted: NDArray[np.int64] | None = None
    never: NDArray[np.int64] | None = None
    reached: NDArray[np.int64] | None = None
    times: Counter[int] = field(default_factory=Counter)
    rounds: dict[str, tuple[list[int], int]] = field(default_factory=dict)
    drawn: Counter[tuple[str, str]] = field(default_factory=Counter)
    both: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    sets: dict[str, list[dict[str, list[str]]]] = field(default_factory=dict)


def simulate(roster: Rosters, own: Year, base: Parameters) -> Outcome:
    """Draw the year's rounds in sequence, many times over; :class:`Outcome` has what was counted."""
    ids = sorted(roster.targets["id"])
    places = {i: n for n, i in enumerate(ids)}
    outcome = Outcome(ids, max(LEAST, min(MOST, CELLS // max(1, len(ids)))))
    shape, generator = (outcome.replications, len(ids)), np.random.PCG64(SEED)
    caps = _caps(roster, base, ids)
    memory = base.cool_down.rounds if base.cool_down else 0
    last, total, counted = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    histories = [cooldown.History.never(memory)] * len(ids)
    designed = cache(lambda key: _designed(parts_of[key], shape))  # rounds with the same frames share it
    parts_of: dict[Any, list[Part]] = {}
    for one in sorted(own.rounds, key=lambda r: (r.start, r.id)):
        parts = _parts(roster, one, base, places)
        key = tuple((p.task, p.units.tobytes(), p.sizes.tobytes(), p.ns.tobytes()) for p in parts)
        parts_of[key] = parts
        factors, histories = _factors(histories, _largest(parts, len(ids)), designed(key), base)
        factor = factors[np.arange(len(ids)), last - 1]  # last = 0: the factor at the end
        tasks = _round(parts, factor, total > 0, counted >= caps, _odds(generator, shape))
        visited = np.logical_or.reduce([np.zeros(shape, bool), *tasks.values()])
        counting = np.logical_or.reduce([np.zeros(shape, bool), *(m for t, m in tasks.items() if _counts(parts, t))])
        total, counted = total + visited, counted + counting
        last = np.where(visited, 1, np.where((last > 0) & (last < memory), last + 1, 0)) if memory else last
        _count(outcome, one.id, visited, tasks)
    outcome.counted, outcome.never = counted.sum(axis=0), (total == 0).sum(axis=0)
    outcome.reached = (counted >= caps).sum(axis=0)
    framed = np.isin(np.arange(len(ids)), np.concatenate([np.zeros(0, np.int64), *(p.units for own in parts_of.values() for p in own)]))
    outcome.times.update({int(k): int(n) for k, n in zip(*np.unique(total[:, framed], return_counts=True), strict=True)})
    return outcome


def _caps(roster: Rosters, base: Parameters, ids: list[str]) -> NDArray[np.int64]:
    """Yearly cap of each target; more than can be reached where there is none."""
    classes = dict(zip(roster.targets["id"], roster.targets["risk_class"], strict=True))
    return np.array([base.classes[classes[i]].yearly_cap or 10_000 for i in ids], np.int64)


def _parts(roster: Rosters, one: YearRound, base: Parameters, places: dict[str, int]) -> list[Part]:
    """The strata of a round in the order of its tasks, targets that may be drawn only."""
    tasks, parameters = plan.tasks_of_round(roster, one.id), year.parameters_of(base, one)
    fresh, again = (_sizes(plan.frames(roster, tasks, parameters, history)) for history in (NOTHING, _all_visited(roster, one)))
    spared, parts = {a.task for a in base.above_cap}, []
    for task in tasks.itertuples():
        for stratum, ratio in sorted(task.ratios.items()):
            own = [sizes.get((task.id, stratum), {}) for sizes in (fresh, again)]
            ids = sorted(own[0] | own[1])
            if ids:
                ns = [protocol.sample_size(ratio, n) for n in range(len(ids) + 1)]
                parts.append(Part(task.id, np.array([places[i] for i in ids]), *(np.array([o.get(i, 0) for i in ids], np.int64) for o in own),
                                  np.array(ns), task.id not in spared))
    return parts


def _sizes(framed: pd.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    """Sizes above 0 by task and stratum, and id."""
    sizes: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for f in framed[framed["size"] > 0].itertuples():
        sizes[f.task, f.stratum][f.id] = int(f.size)
    return sizes


def _all_visited(roster: Rosters, one: YearRound) -> History:
    """A history in which every target was visited earlier in the year, in a round that counts towards no cap."""
    day = str(one.start - timedelta(1))
    visits = [{"id": i, "tasks": [], "officers": []} for i in roster.targets["id"]]
    return History([{"window": {"start": day, "end": day}, "above_cap": [], "external": False, "visits": visits}])


def _counts(parts: list[Part], task: str) -> bool:
    """Whether a visit for this task counts towards the yearly cap."""
    return any(p.capped for p in parts if p.task == task)


def _odds(generator: Any, shape: tuple[int, int]) -> NDArray[np.float64]:
    """T/(M−T) of tickets of 52 bits."""
    tickets = (generator.random_raw(shape[0] * shape[1]) >> np.uint64(12)).astype(float).reshape(shape)
    return tickets / (protocol.M - tickets)


def _round(parts: list[Part], factor: NDArray[np.int64], before: Masks, full: Masks, odds: NDArray[np.float64]) -> dict[str, Masks]:
    """One round of all replications: task → who was drawn for it, replications × targets. ``before``: visited this year already;
    ``full``: at the cap."""
    tasks: dict[str, Masks] = {}
    for p in parts:
        sizes = np.where(before[:, p.units], p.again, p.sizes) * factor[:, p.units]
        if p.capped:
            sizes = np.where(full[:, p.units], 0, sizes)
        drawn = draw(sizes, p.ns, odds[:, p.units])[1]
        tasks.setdefault(p.task, np.zeros(odds.shape, bool))[:, p.units] |= drawn
    return tasks


def _designed(parts: list[Part], shape: tuple[int, int]) -> list[Fraction]:
    """Chance of any visit before cool-down and caps, averaged over targets that stand in the same strata with the same sizes."""
    odds = _odds(np.random.PCG64(SEED + 1), shape)
    nobody = np.zeros((1, shape[1]), bool)
    tasks = _round(parts, np.full((1, shape[1]), SCALE), nobody, nobody, odds)
    hits = np.logical_or.reduce([np.zeros(shape, bool), *tasks.values()]).sum(axis=0).tolist()
    profiles: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for n, p in enumerate(parts):
        for unit, size in zip(p.units.tolist(), p.sizes.tolist(), strict=True):
            profiles[unit].append((n, size))
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for unit, own in profiles.items():
        alike[tuple(own)].append(hits[unit])
    means = {profile: Fraction(sum(own), shape[0] * len(own)) for profile, own in alike.items()}
    return [means[tuple(profiles[n])] if n in profiles else Fraction(0) for n in range(shape[1])]


def _largest(parts: list[Part], count: int) -> list[Fraction]:
    """Largest declared chance of each target over its tasks."""
    largest = [Fraction(0)] * count
    for p in parts:
        count = int((p.sizes > 0).sum())
        for unit, chance in zip(p.units.tolist(), chances.declared(p.sizes.tolist(), int(p.ns[count])), strict=True):
            largest[unit] = max(largest[unit], chance)
    return largest


def _factors(histories: list[cooldown.History], largest: list[Fraction], designed: list[Fraction], base: Parameters,
             ) -> tuple[NDArray[np.int64], list[cooldown.History]]:
    """Factors in thousandths by target and last visit, and the histories after the round (PROTOCOL §6.4)."""
    epsilon = Fraction(base.cool_down.epsilon if base.cool_down else 1)

    @cache
    def step(history: cooldown.History, chance: Fraction, u: Fraction) -> tuple[tuple[int, ...], cooldown.History]:
        own = cooldown.factors(history, chance, epsilon)
        return tuple(round(Fraction(f * SCALE, MILLION)) for f in own), cooldown.after(history, u, own)

    steps = [step(*one) for one in zip(histories, largest, designed, strict=True)]
    return np.array([own for own, _ in steps], np.int64), [after for _, after in steps]


def _count(outcome: Outcome, one: str, visited: Masks, tasks: dict[str, Masks]) -> None:
    """Add a round to the outcome."""
    outcome.visits[one] = visited.sum(axis=0)
    drawn = {t: int(m.sum()) for t, m in tasks.items()}
    outcome.rounds[one] = (visited.sum(axis=1).tolist(), sum(drawn.values()))
    outcome.drawn.update({(one, t): n for t, n in drawn.items()})
    outcome.both.update({(one, a, b): int((tasks[a] & tasks[b]).sum()) for a, b in combinations(sorted(tasks), 2)})
    outcome.sets[one] = [{outcome.ids[n]: sorted(t for t in tasks if tasks[t][k, n]) for n in np.flatnonzero(visited[k]).tolist()}
                         for k in range(TEAMS)]


# --- What it means ----------------------------------------------------------------------------------------------------


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
        named = {s["section"]: {m: "0.0" for m in months} for s in self.sections}
        for s in self.sections:
            named[s["section"]][s["month"]] = s["visits"]
        return [{"主管股室": name, **own, "合计": decimal(sum(map(Fraction, own.values()), Fraction(0)), 1)} for name, own in named.items()]

    def busiest(self) -> Rows:
        """Targets by expected visits, most first."""
        return sorted(self.targets, key=lambda row: (-Fraction(row["visits"]), row["id"]))


def forecast(roster: Rosters, own: Year, base: Parameters, outcome: Outcome) -> Forecast:
    """The tables of a simulated year."""
    r, known = outcome.replications, {t.id: t for t in roster.targets.itertuples()}
    visits = sum(outcome.visits.values(), np.zeros(len(outcome.ids), np.int64)).tolist()
    sums = {i: (v, n) for i, v, n in zip(outcome.ids, visits, outcome.never.tolist(), strict=True)}
    rows = [{"id": i, "name": known[i].name, "category": known[i].category, "risk_class": known[i].risk_class, "section": known[i].section,
             "visits": decimal(Fraction(v, r), 2), "never": decimal(Fraction(n, r), 4), "cap": base.classes[known[i].risk_class].yearly_cap,
             "counted": decimal(Fraction(c, r), 2), "reached": decimal(Fraction(k, r), 4)} for i, (v, n), c, k in
            zip(outcome.ids, sums.values(), outcome.counted.tolist(), outcome.reached.tolist(), strict=True)]
    active = [row for row in rows if TARGET_STATUS[known[row["id"]].status]]
    never = Fraction(sum(sums[row["id"]][1] for row in active), max(1, r * len(active)))
    apart = sum(drawn for _, drawn in outcome.rounds.values())
    load, matched, short = _load(roster, own, base, outcome)
    totals = {"targets": len(active), "visits": decimal(Fraction(sum(visits), r), 1), "apart": decimal(Fraction(apart, r), 1),
              "saved": decimal(Fraction(apart - sum(visits), r), 1), "never": decimal(never, 4), "matched": matched}
    return Forecast(r, totals, _by_round(outcome), _by_month(own, outcome), _by_section(own, outcome, [known[i].section for i in outcome.ids]),
                    _by_class(active, sums, r), [{"times": k, "targets": decimal(Fraction(n, r), 1)} for k, n in sorted(outcome.times.items())],
                    _near(active), _by_task(roster, outcome), rows, load, short)


def _by_round(outcome: Outcome) -> Rows:
    """Visits of each round: expected, range of nineteen replications in twenty, unmerged, saved by merging."""
    rows = []
    for one, (visits, drawn) in outcome.rounds.items():
        ordered, r = sorted(visits), outcome.replications
        rows.append({"round": one, "visits": decimal(Fraction(sum(visits), r), 1), "low": ordered[r // 40], "high": ordered[r - 1 - r // 40],
                     "apart": decimal(Fraction(drawn, r), 1), "saved": decimal(Fraction(drawn - sum(visits), r), 1)})
    return rows


def months_of(one: YearRound) -> dict[str, Fraction]:
    """The months of a round's window and the share of its days in each: where visits are expected, spread evenly."""
    days = (one.end - one.start).days + 1
    shares: dict[str, Fraction] = {}
    day = one.start
    while day <= one.end:
        last = min(one.end, date(day.year, day.month, monthrange(day.year, day.month)[1]))
        shares[f"{day.year}年{day.month}月"] = Fraction((last - day).days + 1, days)
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
    return [{"section": name, "month": month, "visits": decimal(value, 1)} for (name, month), value in sorted(sums.items(), key=lambda s: s[0][0])]


def _by_class(active: Rows, sums: dict[str, tuple[int, int]], r: int) -> Rows:
    """Targets of each class, their mean visits and the share never visited."""
    rows = []
    for name in sorted({row["risk_class"] for row in active}):
        same = [row for row in active if row["risk_class"] == name]
        visits, never = (Fraction(sum(sums[row["id"]][k] for row in same), r * len(same)) for k in (0, 1))
        rows.append({"risk_class": name, "targets": len(same), "cap": same[0]["cap"], "visits": decimal(visits, 2), "never": decimal(never, 4)})
    return rows


def _near(active: Rows) -> Rows:
    """Targets that come to their cap in one replication in ten or more, likeliest first."""
    near = [row for row in active if row["cap"] is not None and Fraction(row["reached"]) >= Fraction(1, 10)]
    return sorted(near, key=lambda row: (-Fraction(row["reached"]), row["id"]))


def _by_task(roster: Rosters, outcome: Outcome) -> Rows:
    """Targets drawn for each task over the year."""
    sums: Counter[str] = Counter()
    for (_, task), n in outcome.drawn.items():
        sums[task] += n
    return [{"task": t.id, "name": t.name, "drawn": decimal(Fraction(sums[t.id], outcome.replications), 1)}
            for t in roster.plan.sort_values("id").itertuples(index=False)]


def _load(roster: Rosters, own: Year, base: Parameters, outcome: Outcome) -> tuple[Rows, int, Rows]:
    """Visits of each officer and expert over the year, the replications that were matched, and the rounds in which teams fell short."""
    expected = sum(sum(visits) for visits, _ in outcome.rounds.values()) // outcome.replications
    matched = max(1, min(TEAMS, MATCHED // max(1, expected)))
    loads: dict[str, list[int]] = {o.id: [0] * matched for o in roster.officers.itertuples() if KINDS[o.kind] != "staff"}
    short: dict[str, list[str]] = defaultdict(list)
    for one in own.rounds:
        record, internal = _record(roster, year.parameters_of(base, one))
        for k, drawn in enumerate(outcome.sets[one.id][:matched]):
            visits = [protocol.visit_of(i, internal["targets"][i]["category"], tasks, internal["tasks"], internal["items"])
                      for i, tasks in sorted(drawn.items())]
            try:
                for purpose in ("officer", "expert"):
                    for taken in protocol.match(record, visits, protocol.sha256(f"ssj/plan,{own.year},{one.id},{k}"), purpose)["taken"]:
                        loads[taken["officer"]][k] += 1
            except protocol.Infeasible as error:
                short[one.id].append(str(error).splitlines()[0])
    rows = [{"officer": o.id, "person": o.name, "department": o.department, "kind": o.kind, "visits": decimal(Fraction(sum(loads[o.id]), matched), 1),
             "least": min(loads[o.id]), "most": max(loads[o.id])} for o in roster.officers.itertuples() if o.id in loads]
    return (sorted(rows, key=lambda row: (-Fraction(row["visits"]), row["officer"])), matched,
            [{"round": one, "times": len(texts), "example": texts[0]} for one, texts in sorted(short.items())])


def _record(roster: Rosters, parameters: Parameters) -> tuple[protocol.Record, dict[str, dict[str, Any]]]:
    """What the protocol matches a round's teams from, and the internal parts of its tables by id."""
    tasks = plan.tasks_of_round(roster, parameters.round.id)
    tables = plan.tables(roster, tasks, plan.frames(roster, tasks, parameters, NOTHING), parameters)
    internal = {name: {row["id"]: row["internal"] for row in tables[name]} for name in ("tasks", "items", "targets")}
    return {"tables": tables, "parameters": parameters.frozen(), "salt": "0" * 64}, internal
