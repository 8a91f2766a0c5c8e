"""What the declared chances lead to over many rounds, for ``notebooks/8_proof.ipynb``: the
cool-down, and what pages give away.

The rounds are drawn by a copy of PROTOCOL §6.3 that does many replications at once, in floats; a
test holds it to :func:`ssj.protocol.select`. Nothing here enters an archive. Tickets are raw
integers of a named generator.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import floor, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ssj import protocol
from ssj.base.formats import in_percent, measured
from ssj.draw import cooldown, simulated
from ssj.draw.cooldown import MILLION
from ssj.proof.experiments import County, Rows

MEMORY, YEAR = 4, 4  # rounds that the cool-down remembers, rounds in a year
BATCH = 200  # replications at a time: what is worked on stays in the processor's cache
BINS = 40  # parts into which the outsider sorts bare tickets
SURE = 0.95  # an outsider this certain of a class is said to know it


@dataclass(frozen=True)
class Rules:
    """What a scenario does: the cool-down's ε; or last round's visits left out; a yearly cap;
    classes that change, after half of the visits (``changes`` = ``"visits"``) or for five in a
    hundred targets a round (``"chance"``). Who is certain in a task is never left out or capped.
    """

    name: str
    epsilon: str = "1"
    leave_out: bool = False
    cap: int | None = None
    changes: str = ""


class Outcome(NamedTuple):
    """Sums over rounds and replications: declared chances with and without cool-down by task,
    target and class; visits and presence by target and class. ``repeats``: visits in consecutive
    rounds of a replication, of targets that are certain in no task and of the others; ``designed``:
    the first figure as the p_g of the cool-down have it.
    """

    rules: Rules
    actual: NDArray[np.float64]
    plain: NDArray[np.float64]
    visits: NDArray[np.int64]
    present: NDArray[np.int64]
    repeats: tuple[float, float]
    designed: float


def run(county: County, rules: Rules, count: int, replications: int) -> Outcome:
    """Draw ``count`` rounds in sequence, ``replications`` times over, from the declared sizes
    (uncalibrated).
    """
    return _rounds(county, rules, count, replications, designed(county, rules.changes, count))


@cache
def designed(county: County, changes: str, count: int) -> NDArray[Any]:
    """Chance of any visit before the cool-down by target and class, simulated, averaged over the
    targets of the same tasks and points; where nobody had that class, the largest of its chances.
    """
    u = county.chances().max(axis=0)
    simulated = _rounds(county, Rules("", changes=changes), count, 3 * BATCH, u)
    profiles = county.profiles(points=True)
    for profile in range(profiles.max() + 1):
        for j in range(len(county.letters)):
            units = profiles == profile
            if present := int(simulated.present[units, j].sum()):
                u[units, j] = Fraction(int(simulated.visits[units, j].sum()), present)
    return u


def _rounds(
    county: County, rules: Rules, count: int, replications: int, designed: NDArray[Any]
) -> Outcome:
    largest = county.chances().max(axis=0)
    factors, repeats = _factors(county, largest, designed, Fraction(rules.epsilon), count)
    by_class = largest.shape
    sums = Outcome(
        rules,
        np.zeros((len(county.tasks), *by_class)),
        np.zeros((len(county.tasks), *by_class)),
        np.zeros(by_class, int),
        np.zeros(by_class, int),
        (0, 0),
        repeats,
    )
    generator, again = np.random.PCG64(20211206), np.zeros(2)
    for done in range(0, replications, BATCH):
        again += _batch(
            sums,
            county,
            count,
            min(BATCH, replications - done),
            factors,
            (largest >= 1).astype(bool),
            generator,
        )
    return sums._replace(repeats=tuple((again / replications).tolist()))


def _factors(
    county: County,
    largest: NDArray[Any],
    designed: NDArray[Any],
    epsilon: Fraction,
    count: int,
) -> tuple[NDArray[np.int64], float]:
    """Factors by rounds since the history began, target, class and last visit; expected repeats of
    the present classes.
    """

    @cache  # targets of the same tasks and class share it
    def course(chance: Fraction, u: Fraction) -> tuple[list[tuple[int, ...]], Fraction]:
        history, found, repeats = cooldown.History.never(MEMORY), [], Fraction(0)
        for _ in range(count):
            found.append(cooldown.factors(history, chance, epsilon))
            repeats += u * history.recent[0] * found[-1][0]
            history = cooldown.after(history, u, found[-1])
        return found, repeats / (cooldown.UNIT * MILLION) if chance < 1 else Fraction(0)

    courses = [
        [course(*pair) for pair in zip(*both, strict=True)]
        for both in zip(largest, designed, strict=True)
    ]
    repeats = sum(own[j][1] for own, j in zip(courses, county.classes, strict=True))
    return np.array([[found for found, _ in own] for own in courses]).transpose(2, 0, 1, 3), float(
        repeats
    )


def _batch(
    sums: Outcome,
    county: County,
    count: int,
    many: int,
    factors: NDArray[np.int64],
    certain: NDArray[np.bool_],
    generator: np.random.PCG64,
) -> NDArray[np.int64]:
    """``many`` replications at once: adds to the arrays of ``sums``, returns the repeats."""
    rules, place, again = sums.rules, np.arange(len(county.classes)), np.zeros(2, int)
    last, year = np.zeros((many, len(place)), int), np.zeros((many, len(place)), int)
    # one row where all replications have the same
    classes = np.tile(county.classes, (many if rules.changes else 1, 1))
    since = np.zeros(classes.shape, int)
    for number in range(count):
        sure = certain[place, classes]
        factor = factors[since, place, classes, last - 1]  # last = 0: the factor at the end
        if rules.leave_out:
            factor = np.where((last == 1) & ~sure, 0, factor)
        if rules.cap is not None:
            year *= number % YEAR > 0
            factor = np.where((year >= rules.cap) & ~sure, 0, factor)
        visited = _round(sums, county, classes, factor, _odds(_tickets(generator, last.shape)))
        repeated = visited & (last == 1)
        again += [np.count_nonzero(repeated & ~sure), np.count_nonzero(repeated & sure)]
        for j in range(len(county.letters)):
            sums.visits[:, j] += np.count_nonzero(visited & (classes == j), axis=0)
            sums.present[:, j] += np.count_nonzero(classes == j, axis=0) * (many // len(classes))
        year, since = year + visited, since + 1
        last = np.where(visited, 1, np.where((last > 0) & (last < MEMORY), last + 1, 0))
        if rules.changes:
            lot = _tickets(generator, classes.shape) / protocol.M
            rate = np.where(visited, 0.5, 0) if rules.changes == "visits" else 0.05
            moved = np.clip(
                classes + (lot < rate) - 2 * (lot < rate / 2), 0, len(county.letters) - 1
            )
            same = moved == classes
            classes, since, last = moved, since * same, last * same
    return again


def _round(
    sums: Outcome,
    county: County,
    classes: NDArray[np.int64],
    factor: NDArray[np.int64],
    odds: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """One round of all replications: adds the declared chances to ``sums``; who is visited."""
    visited = np.zeros(odds.shape, bool)
    for k, task in enumerate(county.tasks):
        for name, ratio in task.ratios.items():
            own, mixed = classes[:, task.units], name == protocol.ALL
            sizes = (
                county.weights[own] if mixed else (own == county.letters.index(name)).astype(int)
            ) * task.more
            some = sizes.any(axis=0)  # in the stratum in any replication
            units, sizes, own = task.units[some], sizes[:, some], own[:, some]
            ns = _sample_sizes(ratio, len(units))
            chance, drawn = simulated.draw(sizes * factor[:, units], ns, odds[:, units])
            visited[:, units] |= drawn
            plain = simulated.draw(sizes, ns)[0] * (len(odds) // len(sizes))
            for j in range(len(county.letters)) if mixed else (county.letters.index(name),):
                sums.actual[k, units, j] += (chance * (own == j) if mixed else chance).sum(axis=0)
                sums.plain[k, units, j] += (plain * (own == j)).sum(axis=0)
    return visited


@cache
def _sample_sizes(ratio: str, count: int) -> NDArray[np.int64]:
    """The sample size n for each N from 0 to ``count``."""
    return np.array([protocol.sample_size(ratio, n) for n in range(count + 1)])


def _tickets(generator: np.random.PCG64, shape: tuple[int, int]) -> NDArray[np.float64]:
    return (generator.random_raw(shape[0] * shape[1]) >> np.uint64(12)).astype(float).reshape(shape)


def _odds(tickets: NDArray[np.float64]) -> NDArray[np.float64]:
    return tickets / (protocol.M - tickets)


def averages(county: County, outcomes: Iterable[Outcome]) -> Rows:
    """For each scenario, how far average chances are from those without cool-down, in percent: of
    target and task (root of the mean square, largest), and of the task and class that is furthest
    off; and the repeats.
    """
    rows = []
    for o in outcomes:
        off = _off(o.actual, o.plain)
        group = _off(o.actual.sum(axis=1), o.plain.sum(axis=1))
        task, j = np.unravel_index(np.abs(group).argmax(), group.shape)
        off_group, plain = (
            in_percent(group[task, j]),
            not (o.rules.changes or o.rules.leave_out or o.rules.cap),
        )
        rows.append(
            {
                "rules": o.rules.name,
                "rms": in_percent(sqrt((off**2 * o.plain).sum() / o.plain.sum())),
                "largest": in_percent(np.abs(off).max()),
                "group": f"{county.tasks[task].id} {county.letters[j]}" if off_group else "",
                "off": off_group,
                "designed": measured(o.designed, 1) if plain else None,
                "repeats": measured(o.repeats[0], 1),
                "certain": measured(o.repeats[1], 1),
            }
        )
    return rows


def _off(actual: NDArray[np.float64], plain: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(actual, plain, out=np.ones(plain.shape), where=plain > 0) - 1


def spread(outcome: Outcome, step: int) -> tuple[list[Decimal], list[int]]:
    """Deviations of the averages by target and task in percent, and edges around them, for a
    histogram.
    """
    own = outcome.plain > 0
    values = [in_percent(v) for v in _off(outcome.actual, outcome.plain)[own]]
    return values, list(
        range(floor(min(values) / step) * step, floor(max(values) / step) * step + step + 1, step)
    )


# --- What public pages give away ------------------------------------------------------------------


def leak(county: County, letter: str, published: Sequence[int], draws: int) -> Rows:
    """What an outsider may think of the targets of class ``letter`` after so many published rounds,
    in percent; estimated.

    He knows all but the classes: the tasks each target may be drawn for, how many targets of these
    have which class, and the chances of each class. He sees which tasks drew whom; with *bare*
    tickets (no salt) also every target's ticket.
    """
    tickets = _tickets(np.random.PCG64(20211231), (draws, len(county.classes)))
    odds, seen = _odds(tickets), np.zeros(tickets.shape, np.int64)
    bits = {task.id: 1 << k for k, task in enumerate(county.tasks)}
    for name, s in county.strata():
        if s.n:
            drawn = simulated.draw(
                np.tile(s.sizes, (draws, 1)), np.full(len(s.sizes) + 1, s.n), odds[:, s.targets]
            )[1]
            seen[:, s.targets] += drawn * bits[name.split()[0]]
    with_ticket = seen * BINS + (tickets * BINS // protocol.M).astype(np.int64)
    rows = []
    for many in published:
        row: dict[str, Any] = {
            "published": many,
            "base": in_percent((county.classes == county.letters.index(letter)).mean()),
        }
        for key, symbols in (("salted", seen), ("bare", with_ticket)):
            belief = _belief(county, symbols, many)[
                :, county.classes == county.letters.index(letter), county.letters.index(letter)
            ]
            row |= {
                key: in_percent(belief.mean()),
                f"{key}_known": in_percent((belief >= SURE).mean()),
            }
        rows.append(row)
    return rows


def _belief(county: County, symbols: NDArray[np.int64], many: int) -> NDArray[np.float64]:
    """Probabilities of the classes (last axis) for histories of ``many`` rounds × targets, by Bayes
    from the symbols' own frequencies among targets of the same tasks and class.
    """
    of_class, profiles = len(county.letters), county.profiles()
    values, code = np.unique(symbols, return_inverse=True)
    code = code.reshape(symbols.shape)
    cells = profiles * of_class + county.classes
    size = (profiles.max() + 1) * of_class
    counts = np.bincount(
        (cells * len(values) + code).ravel(), minlength=size * len(values)
    ).reshape(size, -1)
    likelihood = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    histories = len(symbols) // many
    belief = np.empty((histories, len(cells), of_class))
    for j in range(of_class):
        cell = profiles * of_class + j
        belief[:, :, j] = np.bincount(cells, minlength=size)[cell]
        for t in range(many):
            belief[:, :, j] *= likelihood[cell, code[t : histories * many : many]]
    return belief / belief.sum(axis=2, keepdims=True)
