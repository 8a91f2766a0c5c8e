"""The experiments of ``notebooks/8_proof.ipynb``: are the declared chances the real ones, and what do they lead to?

Four parts: frequencies of many draws against declared chances, visits with the shared ticket, sixteen rounds with the
cool-down, and what public pages give away. Each returns plain rows; :func:`statements` judges them. Nothing here enters
an archive. Tickets come from raw integers of a named generator, so that a run can be repeated. The rounds are drawn by a
copy of PROTOCOL §6.3 that does many replications at once, in floats; a test holds it to :func:`ssj.protocol.select`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import floor, prod, sqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ssj import chances, cooldown, params, plan, protocol, rosters
from ssj.cooldown import MILLION
from ssj.errors import SsjError
from ssj.history import History

Rows = list[dict[str, Any]]
Frame = tuple[list[int], int]  # declared sizes, and how many are drawn

FRAMES: dict[str, Frame] = {
    "五户抽一户，权数不等": ([8, 4, 2, 1, 1], 1),
    "一户近乎必抽": ([36, 1, 1, 1, 1], 1),
    "有必抽户": ([8] * 2 + [4] * 2 + [2] * 3 + [1] * 9, 6),
    "四十户，权数相等": ([1] * 40, 3),
    "六十户，权数不等": ([1 + 7 * i % 13 for i in range(60)], 12),
}
MEMORY, YEAR = 4, 4  # rounds that the cool-down remembers, rounds in a year
BATCH = 200  # replications at a time: what is worked on stays in the processor's cache
BINS = 40  # parts into which the outsider sorts bare tickets
SURE = 0.95  # an outsider this certain of a class is said to know it


# --- The sample round -------------------------------------------------------------------------------------------


class Task(NamedTuple):
    """A task: its id, places of the targets that it may draw, and stratum → ratio."""

    id: str
    units: NDArray[np.int64]
    ratios: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class County:
    """What a round draws from: class names with their weights, each target's class (a place in ``letters``), the tasks."""

    letters: tuple[str, ...]
    weights: NDArray[np.int64]
    classes: NDArray[np.int64]
    tasks: tuple[Task, ...]

    def strata(self) -> list[tuple[str, chances.Stratum]]:
        """Name and stratum, with declared sizes, in the order of the tasks."""
        found = []
        for task in self.tasks:
            for name, ratio in sorted(task.ratios.items()):
                mine = self.classes[task.units]
                sizes = self.weights[mine] if name == protocol.ALL else (mine == self.letters.index(name)).astype(int)
                units = task.units[sizes > 0].tolist()
                label = task.id if name == protocol.ALL else f"{task.id} {name}"
                found.append((label, chances.Stratum(units, sizes[sizes > 0].tolist(), protocol.sample_size(ratio, len(units)))))
        return found

    def frames(self) -> dict[str, Frame]:
        """The strata as frames to try, empty ones left out."""
        return {name: (s.sizes, s.n) for name, s in self.strata() if s.sizes}

    def profiles(self) -> NDArray[np.int64]:
        """For each target a number that it shares with the targets of the same tasks."""
        member = np.array([np.isin(np.arange(len(self.classes)), task.units) for task in self.tasks])
        return np.unique(member, axis=1, return_inverse=True)[1].ravel()

    def chances(self) -> NDArray[Any]:
        """Declared chances without cool-down, Fractions by task, target and class, 0 outside the task; those of other classes
        than a target's own as if it had that class and all else stayed."""
        found = np.full((len(self.tasks), len(self.classes), len(self.letters)), Fraction(0), dtype=object)
        for k, task in enumerate(self.tasks):
            mine = self.classes[task.units]
            for j, letter in enumerate(self.letters):
                mixed = protocol.ALL in task.ratios
                sizes = self.weights[mine] if mixed else np.ones(np.count_nonzero(mine == j), int)
                ratio = task.ratios[protocol.ALL if mixed else letter]
                n = protocol.sample_size(ratio, len(sizes)) * int(self.weights[j] if mixed else 1)
                found[k, task.units, j] = min(Fraction(1), Fraction(n, int(sizes.sum()))) if len(sizes) else Fraction(ratio)
        return found


def county(project: Path, round_id: str) -> County:
    """The frames of a round of the project, read and checked as its freeze does; ``InputError`` if it can't be frozen."""
    folder = project / "params" / round_id
    parameters = params.read_round(folder / "round.toml")
    window = parameters.round.window
    roster = rosters.load(folder, parameters.classes, round_id, (window.start, window.end))
    roster.check()
    tasks = plan.tasks_of_round(roster, round_id)
    frames = plan.frames(roster, tasks, parameters, History())
    frames = frames[frames["size"] > 0]
    letters = tuple(sorted(parameters.classes))
    classes = dict(zip(frames["id"], frames["risk_class"], strict=True))
    place = {i: n for n, i in enumerate(sorted(classes))}
    return County(letters, np.array([parameters.classes[c].weight for c in letters]),
                  np.array([letters.index(classes[i]) for i in sorted(classes)]),
                  tuple(Task(t.id, np.array([place[i] for i in frames.loc[frames["task"] == t.id, "id"]], dtype=np.int64),
                             t.ratios) for t in tasks.itertuples()))


# --- Declared and realised chances ------------------------------------------------------------------------------


class Trial(NamedTuple):
    """A frame drawn many times: with its declared sizes (``before``) and with working sizes (``after``)."""

    name: str
    n: int
    declared: list[Fraction]
    draws: int
    before: tuple[list[float], list[int]]  # chances by integration, times drawn
    after: tuple[list[float], list[int]]


def trials(frames: Mapping[str, Frame], draws: int) -> list[Trial]:
    """Draw each frame ``draws`` times by :func:`ssj.chances.simulate`, which is tested equal to the protocol's selection."""
    return [_trial(name, sizes, n, draws) for name, (sizes, n) in frames.items()]


def _trial(name: str, sizes: list[int], n: int, draws: int) -> Trial:
    declared = chances.declared(sizes, n)

    def tried(sizes: list[int]) -> tuple[list[float], list[int]]:
        return chances.inclusion(sizes, n), chances.simulate([chances.Stratum(list(range(len(sizes))), sizes, n)], len(sizes), draws)

    before = tried(sizes)
    return Trial(name, n, declared, draws, before, before if len(set(sizes)) == 1 else tried(chances.calibrate(declared, n)))


def frequencies(trials: Iterable[Trial]) -> Rows:
    """For each frame: largest relative deviation of the integrated from the declared chances, and χ² of the frequencies
    against the declared chances, before and after calibration, with the band's upper end."""
    rows = []
    for t in trials:
        free = sum(0 < c < 1 for c in t.declared)
        limit = _figure(upper(free - 1)) if free else None
        row = {"frame": t.name, "units": len(t.declared), "n": t.n, "certain": sum(c == 1 for c in t.declared)}
        for key, (actual, hits) in (("before", t.before), ("after", t.after)):
            row[f"off_{key}"] = _percent(max(abs(a / c - 1) for a, c in zip(actual, map(float, t.declared), strict=True)), 3)
            row[f"chi_{key}"] = _figure(chi_square(t.declared, hits, t.draws)) if free else None
        rows.append({**row, "limit": limit, "holds": _within(t) and (not free or row["chi_after"] <= limit)})
    return rows


def _within(t: Trial) -> bool:
    """Certain ones are drawn always, and the integrated chances after calibration are the declared ones within 0.1 %."""
    return (all(h == t.draws for c, h in zip(t.declared, t.after[1], strict=True) if c == 1)
            and all(abs(a - c) <= c / 1000 for c, a in zip(map(float, t.declared), t.after[0], strict=True)))


def by_unit(trial: Trial) -> Rows:
    """Each unit's declared chance and its frequencies, in percent."""
    return [{"unit": f"第 {i} 户", "declared": _percent(c), "before": _percent(b / trial.draws), "after": _percent(a / trial.draws)}
            for i, (c, b, a) in enumerate(zip(trial.declared, trial.before[1], trial.after[1], strict=True), 1)]


def chi_square(declared: Sequence[Fraction], hits: Sequence[int], draws: int) -> float:
    """Σ (hits − draws·λ)² / (draws·c) over the units with 0 < λ < 1: about χ² with one degree of freedom less than units.

    A draw has a fixed size, so the units' counts are negatively correlated. c solves c − c²/Σc = λ(1−λ), Hájek's
    approximation of the covariance, c·δ − cc'/Σc: the variances are right, the sum of each row is 0, and with equal
    sizes or n = 1 all of it is exact. The statistic's mean is the degrees of freedom whatever the covariances are.
    """
    free = [(float(c), h) for c, h in zip(declared, hits, strict=True) if 0 < c < 1]
    chance, count = np.array([c for c, _ in free]), np.array([h for _, h in free])
    variance = chance * (1 - chance)
    spread = variance
    for _ in range(3_000):  # slow where one chance is near 1
        spread = variance + spread**2 / spread.sum()
    return float(((count - draws * chance) ** 2 / (draws * spread)).sum())


def upper(freedom: int, z: float = 4.265) -> float:
    """Upper end of a χ² band by Wilson and Hilferty; the default is exceeded once in 100,000 times."""
    return freedom * (1 - 2 / (9 * freedom) + z * sqrt(2 / (9 * freedom))) ** 3


# --- Visits -----------------------------------------------------------------------------------------------------


def visits(county: County, draws: int) -> Rows:
    """Expected visits of one round: least possible, with the shared ticket (simulated), with a ticket for each task."""
    own: list[list[Fraction]] = [[] for _ in county.classes]
    strata = []
    for _, s in county.strata():
        declared = chances.declared(s.sizes, s.n)
        for i, chance in zip(s.targets, declared, strict=True):
            own[i].append(chance)
        strata.append(s if len(set(s.sizes)) == 1 else s._replace(sizes=chances.calibrate(declared, s.n)))
    shared = Fraction(sum(chances.simulate(strata, len(own), draws)), draws)
    figures = {"最少可能": sum(map(max, own)), "共用签号": shared, "每个任务各用签号": sum(1 - prod(1 - c for c in cs) for cs in own)}
    return [{"how": how, "visits": _figure(value, 1)} for how, value in figures.items()]


# --- Many rounds ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rules:
    """What a scenario does: the cool-down's ε; or last round's visits left out; a yearly cap; classes that change, after half
    of the visits (``changes`` = ``"visits"``) or for five in a hundred targets a round (``"chance"``). Who is certain in a
    task is never left out or capped.
    """

    name: str
    epsilon: str = "1"
    leave_out: bool = False
    cap: int | None = None
    changes: str = ""


class Outcome(NamedTuple):
    """Sums over rounds and replications: declared chances with and without cool-down by task, target and class; visits and
    presence by target and class. ``repeats``: visits in consecutive rounds of a replication, of targets that are certain in no
    task and of the others; ``designed``: the first figure as the p_g of the cool-down have it."""

    rules: Rules
    actual: NDArray[np.float64]
    plain: NDArray[np.float64]
    visits: NDArray[np.int64]
    present: NDArray[np.int64]
    repeats: tuple[float, float]
    designed: float


def rounds(county: County, rules: Rules, count: int, replications: int) -> Outcome:
    """Draw ``count`` rounds in sequence, ``replications`` times over, from the declared sizes (uncalibrated)."""
    return _rounds(county, rules, count, replications, designed(county, rules.changes, count))


@cache
def designed(county: County, changes: str, count: int) -> NDArray[Any]:
    """Chance of any visit before the cool-down by target and class, simulated, averaged over the targets of the same tasks;
    where nobody had that class, the largest of its chances."""
    u = county.chances().max(axis=0)
    simulated = _rounds(county, Rules("", changes=changes), count, 3 * BATCH, u)
    profiles = county.profiles()
    for profile in range(profiles.max() + 1):
        for j in range(len(county.letters)):
            units = profiles == profile
            if present := int(simulated.present[units, j].sum()):
                u[units, j] = Fraction(int(simulated.visits[units, j].sum()), present)
    return u


def _rounds(county: County, rules: Rules, count: int, replications: int, designed: NDArray[Any]) -> Outcome:
    largest = county.chances().max(axis=0)
    factors, repeats = _factors(county, largest, designed, Fraction(rules.epsilon), count)
    by_class = largest.shape
    sums = Outcome(rules, np.zeros((len(county.tasks), *by_class)), np.zeros((len(county.tasks), *by_class)),
                   np.zeros(by_class, int), np.zeros(by_class, int), (0, 0), repeats)
    generator, again = np.random.PCG64(20211206), np.zeros(2)
    for done in range(0, replications, BATCH):
        again += _batch(sums, county, count, min(BATCH, replications - done), factors, (largest >= 1).astype(bool), generator)
    return sums._replace(repeats=tuple((again / replications).tolist()))


def _factors(county: County, largest: NDArray[Any], designed: NDArray[Any], epsilon: Fraction, count: int) -> tuple[NDArray[np.int64], float]:
    """Factors by rounds since the history began, target, class and last visit; expected repeats of the present classes."""

    @cache  # targets of the same tasks and class share it
    def course(chance: Fraction, u: Fraction) -> tuple[list[tuple[int, ...]], Fraction]:
        history, found, repeats = cooldown.History.never(MEMORY), [], Fraction(0)
        for _ in range(count):
            found.append(cooldown.factors(history, chance, epsilon))
            repeats += u * history.recent[0] * found[-1][0]
            history = cooldown.after(history, u, found[-1])
        return found, repeats / (cooldown.UNIT * MILLION) if chance < 1 else Fraction(0)

    courses = [[course(*pair) for pair in zip(*both, strict=True)] for both in zip(largest, designed, strict=True)]
    repeats = sum(own[j][1] for own, j in zip(courses, county.classes, strict=True))
    return np.array([[found for found, _ in own] for own in courses]).transpose(2, 0, 1, 3), float(repeats)


def _batch(sums: Outcome, county: County, count: int, many: int, factors: NDArray[np.int64], certain: NDArray[np.bool_],
           generator: np.random.PCG64) -> NDArray[np.int64]:
    """``many`` replications at once: adds to the arrays of ``sums``, returns the repeats."""
    rules, place, again = sums.rules, np.arange(len(county.classes)), np.zeros(2, int)
    last, year = np.zeros((many, len(place)), int), np.zeros((many, len(place)), int)
    classes = np.tile(county.classes, (many if rules.changes else 1, 1))  # one row where all replications have the same
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
            moved = np.clip(classes + (lot < rate) - 2 * (lot < rate / 2), 0, len(county.letters) - 1)
            same = moved == classes
            classes, since, last = moved, since * same, last * same
    return again


def _round(sums: Outcome, county: County, classes: NDArray[np.int64], factor: NDArray[np.int64], odds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """One round of all replications: adds the declared chances to ``sums``, returns who is visited."""
    visited = np.zeros(odds.shape, bool)
    for k, task in enumerate(county.tasks):
        for name, ratio in task.ratios.items():
            own, mixed = classes[:, task.units], name == protocol.ALL
            sizes = county.weights[own] if mixed else (own == county.letters.index(name)).astype(int)
            some = sizes.any(axis=0)  # in the stratum in any replication
            units, sizes, own = task.units[some], sizes[:, some], own[:, some]
            ns = _sample_sizes(ratio, len(units))
            chance, drawn = draw(sizes * factor[:, units], ns, odds[:, units])
            visited[:, units] |= drawn
            plain = draw(sizes, ns)[0] * (len(odds) // len(sizes))
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


def draw(sizes: NDArray[np.int64], ns: NDArray[np.int64], odds: NDArray[np.float64] | None = None,
         ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """PROTOCOL §6.3 for many replications: declared chances, and who is drawn; arrays of replications × units.

    ``ns[N]`` is the sample size for N units of size > 0; ``odds`` is T/(M−T) of the tickets, None to skip the drawing.
    """
    left, n = sizes.astype(float), ns[(sizes > 0).sum(axis=1)][:, None]
    rest, total, certain = n, left.sum(axis=1, keepdims=True), np.zeros(sizes.shape, bool)
    while (sure := (left > 0) & (rest > 0) & (rest * left >= total)).any():
        certain, left = certain | sure, np.where(sure, 0, left)
        rest, total = rest - sure.sum(axis=1, keepdims=True), left.sum(axis=1, keepdims=True)
    expected = rest * left
    chance = certain + expected / np.maximum(total, 1)
    if odds is None:
        return chance, certain
    with np.errstate(divide="ignore", invalid="ignore"):  # no expectation: the key is infinite or, with ticket 0, nothing
        key = np.where(expected > 0, odds * (total - expected) / expected, np.where(certain, -1, np.inf))
    limit = np.take_along_axis(np.sort(key, axis=1), np.maximum(n - 1, 0), axis=1)
    return chance, (key <= limit) & (n > 0)


def averages(county: County, outcomes: Iterable[Outcome]) -> Rows:
    """For each scenario, how far average chances are from those without cool-down, in percent: of target and task (root of
    the mean square, largest), and of the task and class that is furthest off; and the repeats."""
    rows = []
    for o in outcomes:
        off = _off(o.actual, o.plain)
        group = _off(o.actual.sum(axis=1), o.plain.sum(axis=1))
        task, j = np.unravel_index(np.abs(group).argmax(), group.shape)
        off_group, plain = _percent(group[task, j]), not (o.rules.changes or o.rules.leave_out or o.rules.cap)
        rows.append({"rules": o.rules.name, "rms": _percent(sqrt((off**2 * o.plain).sum() / o.plain.sum())),
                     "largest": _percent(np.abs(off).max()), "group": f"{county.tasks[task].id} {county.letters[j]}" if off_group else "",
                     "off": off_group, "designed": _figure(o.designed, 1) if plain else None, "repeats": _figure(o.repeats[0], 1),
                     "certain": _figure(o.repeats[1], 1)})
    return rows


def _off(actual: NDArray[np.float64], plain: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(actual, plain, out=np.ones(plain.shape), where=plain > 0) - 1


def spread(outcome: Outcome, step: int) -> tuple[list[Decimal], list[int]]:
    """Deviations of the averages by target and task in percent, and edges around them, for a histogram."""
    own = outcome.plain > 0
    values = [_percent(v) for v in _off(outcome.actual, outcome.plain)[own]]
    return values, list(range(floor(min(values) / step) * step, floor(max(values) / step) * step + step + 1, step))


# --- What public pages give away --------------------------------------------------------------------------------


def leak(county: County, letter: str, published: Sequence[int], draws: int) -> Rows:
    """What an outsider may think of the targets of class ``letter`` after so many published rounds, in percent; estimated.

    He knows all but the classes: the tasks each target may be drawn for, how many targets of these have which class, and
    the chances of each class. He sees which tasks drew whom; with *bare* tickets (no salt) also every target's ticket.
    """
    tickets = _tickets(np.random.PCG64(20211231), (draws, len(county.classes)))
    odds, seen = _odds(tickets), np.zeros(tickets.shape, np.int64)
    bits = {task.id: 1 << k for k, task in enumerate(county.tasks)}
    for name, s in county.strata():
        if s.n:
            drawn = draw(np.tile(s.sizes, (draws, 1)), np.full(len(s.sizes) + 1, s.n), odds[:, s.targets])[1]
            seen[:, s.targets] += drawn * bits[name.split()[0]]
    with_ticket = seen * BINS + (tickets * BINS // protocol.M).astype(np.int64)
    rows = []
    for many in published:
        row: dict[str, Any] = {"published": many, "base": _percent((county.classes == county.letters.index(letter)).mean())}
        for key, symbols in (("salted", seen), ("bare", with_ticket)):
            belief = _belief(county, symbols, many)[:, county.classes == county.letters.index(letter), county.letters.index(letter)]
            row |= {key: _percent(belief.mean()), f"{key}_known": _percent((belief >= SURE).mean())}
        rows.append(row)
    return rows


def _belief(county: County, symbols: NDArray[np.int64], many: int) -> NDArray[np.float64]:
    """Probabilities of the classes (last axis) for histories of ``many`` rounds × targets, by Bayes from the symbols' own
    frequencies among targets of the same tasks and class."""
    of_class, profiles = len(county.letters), county.profiles()
    values, code = np.unique(symbols, return_inverse=True)
    code = code.reshape(symbols.shape)
    cells = profiles * of_class + county.classes
    size = (profiles.max() + 1) * of_class
    counts = np.bincount((cells * len(values) + code).ravel(), minlength=size * len(values)).reshape(size, -1)
    likelihood = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    histories = len(symbols) // many
    belief = np.empty((histories, len(cells), of_class))
    for j in range(of_class):
        cell = profiles * of_class + j
        belief[:, :, j] = np.bincount(cells, minlength=size)[cell]
        for t in range(many):
            belief[:, :, j] *= likelihood[cell, code[t:histories * many:many]]
    return belief / belief.sum(axis=2, keepdims=True)


# --- Verdict ----------------------------------------------------------------------------------------------------


def statements(frequencies: Rows, visits: Rows, averages: Mapping[str, Rows], leak: Rows) -> Rows:
    """What the experiments are to show, each with its figure and whether it holds. ``averages`` are the rows of scenarios with
    the cool-down (``kept``), of last round's visits left out (``left_out``), and of those beyond the promise (``beyond``)."""
    count = {row["how"]: row["visits"] for row in visits}
    kept, left_out, beyond = (averages[key] for key in ("kept", "left_out", "beyond"))
    first, last = leak[0], leak[-1]
    uneven = [row for row in frequencies if row["off_before"] > 5]
    off = max(row["off_after"] for row in frequencies)
    outside = [row["frame"] for row in frequencies if not row["holds"]]
    furthest = max(abs(row["off"]) for row in kept)
    steady = [row for row in kept if row["designed"]]
    missed = max(abs(row["repeats"] / row["designed"] - 1) for row in steady)
    repeats = [row["repeats"] for row in steady]
    found = [
        ("校准后，积分算出的实际机会与申报机会相差不超过 0.1%", f"最大相差 {off}%", off <= Decimal("0.1")),
        ("校准后，各名单抽中次数的卡方值都在界内", f"{len(frequencies)} 个名单，出界 {len(outside)} 个", not outside),
        ("不校准，实际机会相差超过 5% 的名单，卡方值都出界（检验看得出偏差）", f"{len(uneven)} 个名单",
         bool(uneven) and all(row["chi_before"] > row["limit"] for row in uneven)),
        ("共用签号的户次少于各用签号，且不超过最少可能的 105%", f"{count['最少可能']}、{count['共用签号']}、{count['每个任务各用签号']} 户次",
         count["共用签号"] < count["每个任务各用签号"] and count["共用签号"] <= count["最少可能"] * Decimal("1.05")),
        ("有降频的各批次平均下来，每个任务每个等级的抽中机会与不降频时相差不超过 1%", f"最大相差 {furthest}%", furthest <= 1),
        ("保留系数越小，连续两个批次被查的越少", "、".join(map(str, repeats)) + " 户次", all(a > b for a, b in pairwise(repeats))),
        ("连续被查的户次与设计值相差不超过 3%", f"最大相差 {_percent(missed)}%", missed <= Decimal("0.03")),
        ("只把上一批次查过的排除，平均机会相差超过 10%", f"最大相差 {abs(left_out[0]['off'])}%", abs(left_out[0]["off"]) > 10),
        ("有年度上限，或等级随检查变动时，不再保证相差在 1% 以内", "、".join(f"{abs(row['off'])}%" for row in beyond), all(abs(row["off"]) > 1 for row in beyond)),
        ("公布一个批次后，凭公开内容认不出任何一户最高风险等级的对象；没有防推码则认得出", f"{first['salted_known']}%、{first['bare_known']}%",
         first["salted_known"] == 0 < first["bare_known"]),
        (f"公布 {last['published']} 个批次后，多数最高风险等级的对象会被认出（几乎批批被抽，协议不承诺掩盖）", f"{last['salted_known']}%", last["salted_known"] > 50),
    ]
    return [{"statement": statement, "figure": figure, "holds": "成立" if holds else "不成立"} for statement, figure, holds in found]


def require(statements: Rows) -> None:
    """``SsjError`` naming the statements that don't hold."""
    if broken := [row["statement"] for row in statements if row["holds"] != "成立"]:
        raise SsjError(f"有 {len(broken)} 条不成立：" + "；".join(broken), "试验次数太少时会偶然不成立；次数足够仍不成立的，请查程序。")


def _figure(value: Any, places: int = 2) -> Decimal:
    return Decimal(f"{float(value):.{places}f}") + 0  # no -0.00


def _percent(value: Any, places: int = 2) -> Decimal:
    return _figure(100 * float(value), places)
