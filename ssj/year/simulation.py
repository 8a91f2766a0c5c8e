"""All the rounds of a year drawn in sequence, many times over, with cool-down and yearly caps in
effect: counts for :mod:`ssj.year.forecast`.

From the rosters as they stand and as if nothing had been drawn before the year. Declared chances
are used, not calibrated sizes (COMPANION §C1): a forecast needs no more.

The same bytes on every machine: tickets are raw integers of a named generator, keys are elementwise
arithmetic on them, and what is counted are integers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ssj import protocol
from ssj.base.params import Parameters
from ssj.draw import chances, cooldown, year_counts
from ssj.draw.cooldown import MILLION
from ssj.draw.derive import derive
from ssj.draw.simulated import draw
from ssj.rosters.history import History
from ssj.rosters.rosters import Rosters
from ssj.tables.frames import rows_of
from ssj.year import planning
from ssj.year.planning import Year, YearRound

SEED = 20210115
CELLS = 640_000  # simulated tickets of a round: replications × targets
MOST, LEAST = 1_000, 200  # replications
KEPT = 20  # replications of which the drawn sets are kept, for teams to be matched
SCALE = (
    1_000  # factors of the cool-down are taken in thousandths, so that sums stay exact in floats
)
Masks = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Part:
    """A stratum of a task in a round: places of its targets, their sizes, sizes of those visited
    this year already (points and conditions on the years since the last visit), sample size by N,
    and whether caps stop it.
    """

    task: str
    units: NDArray[np.int64]
    sizes: NDArray[np.int64]
    again: NDArray[np.int64]
    ns: NDArray[np.int64]
    capped: bool


@dataclass(eq=False)
class Outcome:
    """Counts over all replications. ``visits``: by round and target; ``year``: of targets by number
    of visits in the year; ``reached``: times that a target was at its cap at the end, ``never``
    times that it was not visited; ``rounds``: visits and drawn (unmerged) of each replication by
    round; ``both``: targets drawn by two tasks in one round; ``sets``: who was drawn by which
    tasks, for matching.
    """

    ids: list[str]
    replications: int
    visits: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    counted: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    never: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    reached: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    times: Counter[int] = field(default_factory=Counter)
    rounds: dict[str, tuple[list[int], int]] = field(default_factory=dict)
    drawn: Counter[tuple[str, str]] = field(default_factory=Counter)
    both: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    sets: dict[str, list[dict[str, list[str]]]] = field(default_factory=dict)


def simulate(roster: Rosters, own: Year, base: Parameters) -> Outcome:
    """Draw the year's rounds in sequence, many times over; what was counted."""
    ids = sorted(roster.targets["id"])
    places = {i: n for n, i in enumerate(ids)}
    outcome = Outcome(ids, max(LEAST, min(MOST, CELLS // max(1, len(ids)))))
    shape, generator = (outcome.replications, len(ids)), np.random.PCG64(SEED)
    caps = _caps(roster, base, ids)
    memory = base.cool_down.rounds if base.cool_down else 0
    last, total, counted = (
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
    )
    histories = [cooldown.History.never(memory)] * len(ids)
    # rounds with the same frames share it
    designed = cache(lambda key: _designed(parts_of[key], shape))
    parts_of: dict[Any, list[Part]] = {}
    for one in sorted(own.rounds, key=lambda r: (r.start, r.id)):
        parts = _parts(roster, one, base, places)
        key = tuple((p.task, p.units.tobytes(), p.sizes.tobytes(), p.ns.tobytes()) for p in parts)
        parts_of[key] = parts
        factors, histories = _factors(histories, _largest(parts, len(ids)), designed(key), base)
        factor = factors[np.arange(len(ids)), last - 1]  # last = 0: the factor at the end
        tasks = _round(parts, factor, total > 0, counted >= caps, _odds(generator, shape))
        visited = np.logical_or.reduce([np.zeros(shape, bool), *tasks.values()])
        counting = np.logical_or.reduce(
            [np.zeros(shape, bool), *(m for t, m in tasks.items() if _counts(parts, t))]
        )
        total, counted = total + visited, counted + counting
        last = (
            np.where(visited, 1, np.where((last > 0) & (last < memory), last + 1, 0))
            if memory
            else last
        )
        _count(outcome, one.id, visited, tasks)
    outcome.counted, outcome.never = counted.sum(axis=0), (total == 0).sum(axis=0)
    outcome.reached = (counted >= caps).sum(axis=0)
    framed = np.isin(
        np.arange(len(ids)),
        np.concatenate(
            [np.zeros(0, np.int64), *(p.units for own in parts_of.values() for p in own)]
        ),
    )
    outcome.times.update(
        {
            int(k): int(n)
            for k, n in zip(*np.unique(total[:, framed], return_counts=True), strict=True)
        }
    )
    return outcome


def _caps(roster: Rosters, base: Parameters, ids: list[str]) -> NDArray[np.int64]:
    """How many drawn visits the caps allow each target, inspections registered already taken off;
    more than can be reached where there is no cap.
    """
    classes = dict(zip(roster.targets["id"], roster.targets["risk_class"], strict=True))
    caps, done = year_counts.of_parameters(base), year_counts.done(base, roster.others)
    left = (caps[classes[i]].left(done.get(i, year_counts.NONE)) for i in ids)
    return np.array([10_000 if n is None else max(0, n) for n in left], np.int64)


def _parts(roster: Rosters, one: YearRound, base: Parameters, places: dict[str, int]) -> list[Part]:
    """The strata of a round in the order of its tasks, targets that may be drawn only."""
    parameters = planning.parameters_of(base, one)
    first = derive(roster, parameters)
    fresh, again = (
        _sizes(given.frames)
        for given in (first, derive(roster, parameters, _all_visited(roster, one)))
    )
    spared, parts = {a.task for a in base.above_cap}, []
    for task in rows_of(first.tasks):
        for stratum, ratio in sorted(task.ratios.items()):
            never, visited = (sizes.get((task.id, stratum), {}) for sizes in (fresh, again))
            ids = sorted(never | visited)
            if ids:
                ns = [protocol.sample_size(ratio, n) for n in range(len(ids) + 1)]
                parts.append(
                    Part(
                        task.id,
                        np.array([places[i] for i in ids]),
                        np.array([never.get(i, 0) for i in ids], np.int64),
                        np.array([visited.get(i, 0) for i in ids], np.int64),
                        np.array(ns),
                        task.id not in spared,
                    )
                )
    return parts


def _sizes(framed: pd.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    """Sizes above 0 by task and stratum, and id."""
    sizes: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for f in rows_of(framed[framed["size"] > 0]):
        sizes[f.task, f.stratum][f.id] = int(f.size)
    return sizes


def _all_visited(roster: Rosters, one: YearRound) -> History:
    """A history in which every target was visited earlier in the year, in a round that counts
    towards no cap.
    """
    day = str(one.start - timedelta(1))
    visits = [{"id": i, "tasks": [], "officers": []} for i in roster.targets["id"]]
    return History(
        [
            {
                "window": {"start": day, "end": day},
                "above_cap": [],
                "external": False,
                "visits": visits,
            }
        ]
    )


def _counts(parts: list[Part], task: str) -> bool:
    """Whether a visit for this task counts towards the yearly cap."""
    return any(p.capped for p in parts if p.task == task)


def _odds(generator: Any, shape: tuple[int, int]) -> NDArray[np.float64]:
    """T/(M−T) of tickets of 52 bits."""
    tickets = (
        (generator.random_raw(shape[0] * shape[1]) >> np.uint64(12)).astype(float).reshape(shape)
    )
    return tickets / (protocol.M - tickets)


def _round(
    parts: list[Part],
    factor: NDArray[np.int64],
    before: Masks,
    full: Masks,
    odds: NDArray[np.float64],
) -> dict[str, Masks]:
    """One round of all replications: task → who was drawn for it, replications × targets.
    ``before``: visited this year already; ``full``: at the cap.
    """
    tasks: dict[str, Masks] = {}
    for p in parts:
        sizes = np.where(before[:, p.units], p.again, p.sizes) * factor[:, p.units]
        if p.capped:
            sizes = np.where(full[:, p.units], 0, sizes)
        drawn = draw(sizes, p.ns, odds[:, p.units])[1]
        tasks.setdefault(p.task, np.zeros(odds.shape, bool))[:, p.units] |= drawn
    return tasks


def _designed(parts: list[Part], shape: tuple[int, int]) -> list[Fraction]:
    """Chance of any visit before cool-down and caps, averaged over targets that stand in the same
    strata with the same sizes.
    """
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
        for unit, chance in zip(
            p.units.tolist(), chances.declared(p.sizes.tolist(), int(p.ns[count])), strict=True
        ):
            largest[unit] = max(largest[unit], chance)
    return largest


def _factors(
    histories: list[cooldown.History],
    largest: list[Fraction],
    designed: list[Fraction],
    base: Parameters,
) -> tuple[NDArray[np.int64], list[cooldown.History]]:
    """Factors in thousandths by target and last visit, and the histories after the round (COMPANION
    §C3).
    """
    epsilon = Fraction(base.cool_down.epsilon if base.cool_down else 1)

    @cache
    def step(
        history: cooldown.History, chance: Fraction, u: Fraction
    ) -> tuple[tuple[int, ...], cooldown.History]:
        own = cooldown.factors(history, chance, epsilon)
        return tuple(round(Fraction(f * SCALE, MILLION)) for f in own), cooldown.after(
            history, u, own
        )

    steps = [step(*one) for one in zip(histories, largest, designed, strict=True)]
    return np.array([own for own, _ in steps], np.int64), [after for _, after in steps]


def _count(outcome: Outcome, one: str, visited: Masks, tasks: dict[str, Masks]) -> None:
    """Add a round to the outcome."""
    outcome.visits[one] = visited.sum(axis=0)
    drawn = {t: int(m.sum()) for t, m in tasks.items()}
    outcome.rounds[one] = (visited.sum(axis=1).tolist(), sum(drawn.values()))
    outcome.drawn.update({(one, t): n for t, n in drawn.items()})
    outcome.both.update(
        {(one, a, b): int((tasks[a] & tasks[b]).sum()) for a, b in combinations(sorted(tasks), 2)}
    )
    outcome.sets[one] = [
        {
            outcome.ids[n]: sorted(t for t in tasks if tasks[t][k, n])
            for n in np.flatnonzero(visited[k]).tolist()
        }
        for k in range(KEPT)
    ]
