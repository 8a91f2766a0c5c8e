"""Estimates (推算) for the whole roster from who was drawn: a rate of problems and its 95 %
interval, from the archived chances.

The rate is the Hájek estimator R = Σw·y / Σw over the drawn units, w = 1/π (Hájek 1971). Its
variance is Hájek's approximation for sampling with unequal chances and fixed size, which needs the
π_i only (Hájek 1964, "Asymptotic theory of rejective sampling with varying probabilities from a
finite population"; Rosén 1997 shows it for order sampling, the Pareto draw of PROTOCOL §6.3):

    V = Σ_h n_h/(n_h − 1) · Σ_{i∈h} (1 − π_i) (ě_i − B_h)², ě_i = w_i (y_i − R) / Σw, B_h = Σ(1 −
    π_i) ě_i / Σ(1 − π_i)

over the strata h. Brewer & Donadio (2003) differ from it in terms of order 1/n. Tasks of one round
share a target's ticket: it is drawn by two of them if it is drawn by the stricter one, so the
products ě_i·ě_j of its units enter with 1 − max(π_i, π_j) (our own step, with the same
approximation; for i = j it is Hájek's term). Rounds are drawn apart, each with chances that are
known before: their variances add. A unit of chance 1 is no estimate: it counts as it is, and only
the part drawn by lot has an interval.

The interval is Wilson's (1927), so that it stays inside 0–1 and holds the estimate, with an
effective sample size R(1 − R)/V, times (t_{n−1}/t_{n−H})² for the degrees of freedom that H strata
take (Korn & Graubard 1998). With few problems V is as uncertain as R, and 0 where there are none:
so it is averaged with the variance that the weights alone would give at a rate R drawn towards one
half as Wilson does, as if ``PRIOR`` more units had been seen.

An interval is printed for every row of which anybody was drawn. It is marked rough (粗略) where m <
``LEAST``, m the effective number of units drawn by lot: this depends on who was drawn, never on
what was found. To print by what was found would print a row where the draw happened to find much:
such intervals held the truth in 48 to 91 % of the draws that printed them. What is always printed
is measured in ``benchmarks/coverage.py``.

The same bytes on every machine, as in :mod:`ssj.draw.chances`: + − × ÷, roots and math.fsum,
which does not depend on the order.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

Z = 1.959963984540054  # 97.5 % quantile of the normal distribution
PRIOR = 8.0  # units that the variance of the weights alone counts for
LEAST = 30.0  # effective units drawn by lot below which an interval is rough


class Unit(NamedTuple):
    """A drawn unit with its result.

    ``cluster``: what shares one ticket (round and target). ``group``: what was drawn together
    (round, task, stratum). ``chance``: of being drawn and answered. ``weight``: 1/chance for a rate
    of the roster, 1 for a share of visits.
    """

    cluster: str
    group: str
    chance: float
    weight: float
    problem: bool


class Estimate(NamedTuple):
    """A rate with its interval; ``units``: effective number of those drawn by lot (m above),
    ``None`` where all is certain.
    """

    value: float
    low: float
    high: float
    units: float | None

    @property
    def rough(self) -> bool:
        """Whether so few were drawn by lot that the interval says little; not what was found."""
        return self.units is not None and self.units < LEAST


def estimate(
    units: Sequence[Unit], inside: Sequence[bool], by_lot: float | None = None
) -> Estimate | None:
    """The rate among the units ``inside`` a part of the roster; all others of their strata must be
    given too.

    ``by_lot``: the share of the part whose chance is below 1 (known from the frame); without it, as
    among the drawn. ``None`` where nobody of that share was drawn.
    """
    own = [u for u, i in zip(units, inside, strict=True) if i]
    sure = [u for u in own if u.chance >= 1]
    share = by_lot if by_lot is not None else (1 - len(sure) / len(own) if own else 1.0)
    certain = (1 - share) * sum(u.problem for u in sure) / len(sure) if sure else 0.0
    if share <= 0 and sure:
        return Estimate(certain, certain, certain, None)
    strata = {u.group for u in own if u.chance < 1}
    drawn = [
        (u, i) for u, i in zip(units, inside, strict=True) if u.chance < 1 and u.group in strata
    ]
    if not drawn:
        return None
    rate, low, high, number = _by_lot(drawn)
    return Estimate(certain + share * rate, certain + share * low, certain + share * high, number)


def _by_lot(drawn: Sequence[tuple[Unit, bool]]) -> tuple[float, float, float, float]:
    """Rate, interval and effective number of units, none of them certain."""
    own = [u for u, i in drawn if i]
    total = math.fsum(u.weight for u in own)
    rate = math.fsum(u.weight for u in own if u.problem) / total
    variance, units = _variance(drawn, rate, total), _units(own)
    # of the weights alone, where y varies by 1
    flat = math.fsum((1 - u.chance) * u.weight * u.weight for u in own) / (total * total)
    if (
        single := _variance(
            [(u._replace(cluster=str(n)), i) for n, (u, i) in enumerate(drawn)], rate, total
        )
    ) > 0:
        flat *= max(1.0, variance / single)  # what tasks have in common
    moved = (rate / flat + Z * Z / 2) / (1 / flat + Z * Z)
    variance = (units * variance + PRIOR * flat * moved * (1 - moved)) / (units + PRIOR)
    size = rate * (1 - rate) / variance if 0 < rate < 1 else 1 / flat
    strata = len({u.group for u in own})
    lost = quantile(len(own) - 1) / quantile(len(own) - strata)
    size *= lost * lost
    return (rate, *wilson(rate, size), units)


def _units(own: Sequence[Unit]) -> float:
    """M above: (Σ v)² / Σ v²/(1 − π) over the targets, v the part of each in the variance of the
    weights; n(1 − π) for equal chances.
    """
    clusters: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for u in own:
        clusters[u.cluster].append((1 - u.chance, u.weight))
    parts = [
        (max(a for a, _ in c), math.fsum(min(a, b) * v * w for a, v in c for b, w in c))
        for c in clusters.values()
    ]
    whole = math.fsum(v for _, v in parts)
    return whole * whole / math.fsum(v * v / a for a, v in parts)


def _variance(drawn: Sequence[tuple[Unit, bool]], rate: float, total: float) -> float:
    """V above; those outside count with 0, as part of their strata. A stratum of one unit is not
    centred.
    """
    groups: dict[str, list[tuple[Unit, float]]] = defaultdict(list)
    for u, i in drawn:
        groups[u.group].append((u, u.weight * (u.problem - rate) / total if i else 0.0))
    clusters: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for members in groups.values():
        n = len(members)
        middle = (
            math.fsum((1 - u.chance) * e for u, e in members)
            / math.fsum(1 - u.chance for u, _ in members)
            if n > 1
            else 0.0
        )
        factor = math.sqrt(n / (n - 1)) if n > 1 else 1.0
        for u, e in members:
            clusters[u.cluster].append((1 - u.chance, factor * (e - middle)))
    return math.fsum(min(a, b) * e * f for own in clusters.values() for a, e in own for b, f in own)


def wilson(rate: float, size: float) -> tuple[float, float]:
    """Wilson's 95 % interval for a rate seen among ``size`` units, which need not be a whole
    number.
    """
    a = Z * Z / size
    middle, half = (
        (rate + a / 2) / (1 + a),
        Z * math.sqrt(rate * (1 - rate) / size + a / (4 * size)) / (1 + a),
    )
    return min(rate, max(0.0, middle - half)), max(rate, min(1.0, middle + half))


def quantile(freedom: int) -> float:
    """97.5 % quantile of Student's t, by its expansion about the normal one (Abramowitz & Stegun
    26.7.5); within 0.002 from 4 degrees on.
    """
    v, s = max(1, freedom), Z * Z
    terms = (
        (s + 1) / 4,
        ((5 * s + 16) * s + 3) / 96,
        (((3 * s + 19) * s + 17) * s - 15) / 384,
        ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) / 92160,
    )
    return Z * (1 + math.fsum(term / v**k for k, term in enumerate(terms, 1)))


def apart(intervals: Iterable[tuple[float, float]]) -> bool:
    """Whether two of the intervals don't overlap; a stricter test than one at 5 %, since many pairs
    are looked at.
    """
    found = list(intervals)
    return bool(found) and max(low for low, _ in found) > min(high for _, high in found)


class Group(NamedTuple):
    """A class for :func:`shared`: units of its frames, what a ratio is to be proportional to, and
    the most that it may be.
    """

    units: int
    aim: float
    most: float


def shared(groups: Sequence[Group], draws: float) -> list[float]:
    """Ratios proportional to the groups' aims that make ``draws`` draws in all, none above its
    most; what can't be placed is left out.
    """
    ratios, open_groups = (
        [0.0] * len(groups),
        [i for i, g in enumerate(groups) if g.units and g.aim > 0],
    )
    left = draws
    while open_groups:
        scale = max(0.0, left) / math.fsum(groups[i].units * groups[i].aim for i in open_groups)
        full = [i for i in open_groups if scale * groups[i].aim >= groups[i].most]
        for i in full or open_groups:
            ratios[i] = groups[i].most if full else scale * groups[i].aim
        if not full:
            break
        left -= math.fsum(groups[i].units * groups[i].most for i in full)
        open_groups = [i for i in open_groups if i not in full]
    return ratios
