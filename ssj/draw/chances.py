"""Chances (抽中机会): what a draw really gives each unit, and working sizes that give what was
declared. COMPANION §C1.

Pareto order sampling (Rosén 1997) draws the n smallest Q_i = U/(1−U)/a_i, U uniform, a_i =
p_i/(1−p_i) the odds of the working chance p_i = n·w_i/W. Q_i has the rational distribution function
F_i(t) = a_i·t/(1 + a_i·t), so that (Aires 1999, "Algorithms to find exact inclusion probabilities
for conditional Poisson sampling and Pareto πps sampling designs")

    π_i = ∫ f_i(t) · P(at most n−1 of the others have Q ≤ t) dt        over 0 < t < ∞.

The protocol's key is ⌊M·Q⌋ on 52-bit tickets; while Σa_i < 10^6 that moves no chance by 10^−9.

The same bytes on every machine: floats are only added, subtracted, multiplied, divided, rooted and
compared, element by element and in a fixed order, or summed by math.fsum. No numpy reduction over
floats, no exp, log, power or random method.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ssj.protocol import M, ProtocolError

LARGEST_CALIBRATED = 2_000  # units in a stratum
SCALE = 10**9  # the working size that stands for a chance of 1

Floats = NDArray[np.float64]

# 16-point Gauss–Legendre on −1 … 1, Abramowitz & Stegun 25.4.30: exact for polynomials up to degree
# 31
_HALF_NODES = (
    0.09501250983763744,
    0.2816035507792589,
    0.45801677765722737,
    0.6178762444026438,
    0.755404408355003,
    0.8656312023878318,
    0.9445750230732326,
    0.9894009349916499,
)
_HALF_WEIGHTS = (
    0.1894506104550685,
    0.18260341504492358,
    0.16915651939500254,
    0.14959598881657674,
    0.12462897125553388,
    0.09515851168249279,
    0.062253523938647894,
    0.027152459411754096,
)
NODES = np.array([-x for x in reversed(_HALF_NODES)] + list(_HALF_NODES))
WEIGHTS = np.array(list(reversed(_HALF_WEIGHTS)) + list(_HALF_WEIGHTS))

WIDTH = 2.5  # of a panel, in standard deviations of the number of units with Q ≤ t
NEGLIGIBLE = 1e-16  # a remainder of the integral
TRIMMED = 1e-24  # a probability that is not carried on
EXACT = 1e-13  # the integrals are
TOLERANCE = 1e-8  # relative, of the calibration before rounding to integers
STEPS = 200
ALLOWED = Fraction(1, 10_000)  # relative deviation of a calibrated chance, beside one unit of SCALE
SIMULATION = 20211101  # seed of the simulation's generator
CELLS = 1_000_000  # simulated tickets at a time: 8 MB an array


class Stratum(NamedTuple):
    """A frame for the simulation: indices of its targets, their sizes (0: excluded), and how many
    are drawn.
    """

    targets: list[int]
    sizes: list[int]
    n: int


Number = TypeVar("Number", int, Fraction)


# --- declared -------------------------------------------------------------------------------------


def declared(sizes: Sequence[int], n: Number) -> list[Fraction]:
    """Chances n·w/W after taking out the certain ones, exact: 1 for these, 0 for size 0. They sum
    to n, which is a whole number where it is drawn.

    >>> declared([0, 1, 1, 6], 2)
    [Fraction(0, 1), Fraction(1, 2), Fraction(1, 2), Fraction(1, 1)]
    """
    certain, n, total = _cascade(sizes, n)
    chance = {
        size: Fraction(n * size, total) if n else Fraction(0) for size in set(sizes) - certain
    }
    return [Fraction(1) if size in certain else chance[size] for size in sizes]


def _cascade(sizes: Sequence[int], n: Number) -> tuple[set[int], Number, int]:
    """Step 1 of §6.3: the sizes that are certain, and the n and W left. Units of one size are
    certain together.
    """
    if n < 0 or any(size < 0 for size in sizes):
        raise ProtocolError("风险权数与抽取户数不能为负")
    left, certain = Counter(size for size in sizes if size), set()
    total = sum(size * count for size, count in left.items())
    while n and (sure := [size for size in left if n * size >= total]):
        certain.update(sure)
        for size in sure:
            count = left.pop(size)
            n, total = n - count, total - size * count
    return certain, n if left else n * 0, total


def bound(chances: Sequence[Fraction]) -> Fraction:
    """Bound on the relative deviation of π from λ where sizes are used as declared: 1/d, d =
    Σλ(1−λ); 0 if all is certain.

    π/λ → 1 as d grows (Rosén 1997). The bound itself is measured, not a theorem: over 3,300 frames
    of 3 to 3,000 units, mostly extreme ones, the deviation was at most 0.15/d, and at most 0.13/d²
    where d ≥ 1.
    """
    d = sum(
        (count * chance * (1 - chance) for chance, count in Counter(chances).items()), Fraction(0)
    )
    return 1 / d if d else Fraction(0)


# --- inclusion probabilities ----------------------------------------------------------------------


def inclusion(sizes: Sequence[int], n: int) -> list[float]:
    """Actual inclusion probabilities of :func:`ssj.protocol.select` with these sizes, within
    10^−12.

    Certain units have 1.0, units of size 0 0.0. Time grows with N·√N, and with the number of
    different sizes times √N.
    """
    certain, n, total = _cascade(sizes, n)
    counts = Counter(size for size in sizes if size and size not in certain)
    chance = dict.fromkeys(certain, 1.0) | {0: 0.0}
    if n:
        different = sorted(counts)
        # of integers: correctly rounded
        odds = [n * size / (total - n * size) for size in different]
        chance.update(
            zip(different, _integrate(odds, [counts[size] for size in different], n), strict=True)
        )
    return [chance.get(size, 0.0) for size in sizes]


def _integrate(odds: Sequence[float], counts: Sequence[int], n: int) -> list[float]:
    """π of one unit of each of the ascending ``odds``, ``counts`` units having them; Σp = n, so
    that t = 1 is the middle.

    Panels go down from t = 1 until nobody is decided any more (the rest is F_i in closed form) or
    until the integrand is smooth down to 0; then up from 1 likewise, the last one in s = 1/t.
    """
    if len(odds) == 1:
        return [n / counts[0]]
    a = np.array(odds)
    most, t = math.fsum((a * counts).tolist()), 1.0
    result = np.zeros(len(a))
    while True:
        low = 0.0 if t * most <= 1 else t / _ratio(a, counts, t)
        half = (t - low) / 2
        part, _, decided = _panel(a, counts, n, low + half * (1 + NODES), half * WEIGHTS)
        result, t = result + part, low
        if decided <= NEGLIGIBLE:
            x = a * t
            result += x / (1 + x)
            break
        if not t:
            break
    most, t = math.fsum((np.array(counts) / a).tolist()), 1.0
    while True:
        if most <= t:
            s = (1 + NODES) / (2 * t)
            result += _panel(a, counts, n, 1 / s, WEIGHTS / (2 * t) / (s * s))[0]
            break
        high = t * _ratio(a, counts, t)
        half = (high - t) / 2
        part, undecided, _ = _panel(a, counts, n, t + half * (1 + NODES), half * WEIGHTS)
        result, t = result + part, high
        if undecided * t <= NEGLIGIBLE:
            break
    return [float(value) for value in result]


def _ratio(a: Floats, counts: Sequence[int], t: float) -> float:
    """Length of a panel that begins or ends at t: at most 2, less where the number of units with Q
    ≤ t varies much.
    """
    x = a * t
    d = math.fsum((counts * x / ((1 + x) * (1 + x))).tolist())
    return 1 + WIDTH / math.sqrt(WIDTH * WIDTH + d)


def _panel(
    a: Floats, counts: Sequence[int], n: int, t: Floats, weight: Floats
) -> tuple[Floats, float, float]:
    """Share of a panel in each π_i; P(B ≤ n) at its largest t and P(B ≥ n) at its smallest, B the
    number of units with Q ≤ t.

    Leaving one out is undoing one step of the recursion that made the distribution: forwards from
    few units where its F ≤ 1/2, backwards from many else, so that errors shrink.
    """
    x = t[:, None] * a
    first, p = _numbers(x, counts)
    last = first + p.shape[1] - 1
    low, high = int(np.count_nonzero(x[t.argmin()] <= 1)), int(np.count_nonzero(x[t.argmax()] <= 1))
    others = np.empty_like(x)  # P(B without i ≤ n−1)
    if low:
        y, sum_, rest = np.minimum(x[:, :low], 1), np.zeros((len(t), 1)), np.zeros((len(t), low))
        for k in range(first, min(n, last + 1)):
            sum_ += p[:, k - first, None]
            rest = sum_ * (1 + y) - y * rest
        others[:, :low] = rest
    if high < len(a):
        y, sum_, rest = (
            np.minimum(1 / x[:, high:], 1),
            np.zeros((len(t), 1)),
            np.zeros((len(t), len(a) - high)),
        )
        for k in range(last, max(n, first - 1), -1):
            sum_ += p[:, k - first, None]
            rest = sum_ * (1 + y) - y * rest
        others[:, high:] = np.where(x[:, high:] > 1, 1 - rest, others[:, high:])
    share, part = others * (a / ((1 + x) * (1 + x))) * weight[:, None], np.zeros(len(a))
    for row in share:
        part = part + row
    begin = min(max(0, n - first), last + 1)
    return (
        part,
        math.fsum(p[t.argmax(), : max(0, n + 1 - first)].tolist()),
        math.fsum(p[t.argmin(), begin:].tolist()),
    )


def _numbers(x: Floats, counts: Sequence[int]) -> tuple[int, Floats]:
    """Distribution of the number of units with Q ≤ t, at every node: the least number that matters,
    and nodes × numbers.
    """
    yes, no = x / (1 + x), 1 / (1 + x)
    p = np.zeros((len(x), sum(counts) + 1))
    p[:, 0] = 1
    first, end, done = 0, 1, 0
    for g, count in enumerate(counts):
        one, none = yes[:, g, None], no[:, g, None]
        for _ in range(count):
            more = p[:, first:end] * one
            p[:, first:end] *= none
            p[:, first + 1 : end + 1] += more
            end += 1
            done += 1
            if done % 16 == 0:
                kept = np.flatnonzero((p[:, first:end] >= TRIMMED).any(axis=0))
                begin, stop = first + int(kept[0]), first + int(kept[-1]) + 1
                p[:, first:begin] = p[:, stop:end] = 0
                first, end = begin, stop
    return first, p[:, first:end]


# --- calibration ----------------------------------------------------------------------------------


def calibrate(chances: Sequence[Fraction], n: int) -> list[int]:
    """Working sizes, integers up to SCALE, with which :func:`inclusion` gives ``chances``; these
    sum to n.

    Within 10^−4 of each chance and one unit of SCALE (much better for all but the smallest); equal
    chances get equal sizes; 0 stays 0; 1 is certain and nothing else. :class:`ProtocolError` if
    that can't be reached, or for chances that are none.
    """
    if any(not 0 <= chance <= 1 for chance in chances) or sum(chances) != n:
        raise ProtocolError(f"抽中机会须在 0 到 1 之间，且合计等于抽取户数 {n}")
    counts = Counter(chance for chance in chances if 0 < chance < 1)
    wanted = sorted(counts)
    many = [counts[chance] for chance in wanted]
    open_n = n - sum(chance == 1 for chance in chances)
    size = {Fraction(0): 0, Fraction(1): SCALE} | dict(
        zip(wanted, _integers(_working(wanted, many, open_n), many, open_n), strict=True)
    )
    sizes = [size[chance] for chance in chances]
    for chance, actual in zip(chances, inclusion(sizes, n), strict=True):
        if abs(Fraction(actual) - chance) > ALLOWED * chance + Fraction(1, SCALE):
            raise ProtocolError(
                f"抽中机会相差过大，校准达不到要求：应为 {float(chance):.9f}，实为 "
                f"{actual:.9f}。请缩小风险权数的差距或另设抽取组"
            )
    return sizes


def _working(wanted: Sequence[Fraction], counts: Sequence[int], n: int) -> list[float]:
    """Working chances with which a stratum without certain units gives the ``wanted`` ones
    (ascending, distinct).

    The odds are multiplied by what the odds of the result lack: in odds every step is possible,
    near 1 too. Where few units decide, one's gain is another's loss and full steps swing: then they
    are shortened, to the power 3/4.
    """
    if len(wanted) <= 1:
        return [float(chance) for chance in wanted]
    aim, target = (
        np.array([float(c / (1 - c)) for c in wanted]),
        np.array([float(c) for c in wanted]),
    )
    a, many, before, short = aim, np.array(counts), math.inf, False
    for _ in range(STEPS):
        actual = np.array(_integrate(a.tolist(), counts, n))
        off = np.abs(actual - target)
        if (off <= TOLERANCE * target + EXACT).all():
            return [float(p) for p in a / (1 + a)]
        worst = float((off / target).max())
        short, before = short or worst > before / 4, worst
        step = aim / (actual / np.maximum(1 - actual, NEGLIGIBLE))
        a = a * (np.sqrt(step) * np.sqrt(np.sqrt(step)) if short else step)
        a = a * _common(a, many, n)
    raise ProtocolError(f"风险权数校准 {STEPS} 步未收敛。请缩小风险权数的差距或另设抽取组")


def _common(a: Floats, counts: NDArray[Any], n: int) -> float:
    """The factor c with Σ c·a/(1 + c·a) = n; multiplying all odds changes no chance. Newton from
    below rises to it: concave.
    """
    c = n / math.fsum((counts * a).tolist())
    while True:
        x = 1 + c * a
        lack = n - math.fsum((counts * (c * a / x)).tolist())
        step = lack / math.fsum((counts * (a / (x * x))).tolist())
        if step <= c * 1e-15:
            return c
        c += step


def _integers(working: Sequence[float], counts: Sequence[int], n: int) -> list[int]:
    """Working chances as sizes W ≤ n·SCALE in all, so that units of size SCALE beside them are
    certain: (n+C)·SCALE ≥ W + C·SCALE.

    None of these is certain: n·w < W by the last step, then w < SCALE and (n+C)·w < W + C·SCALE
    too, in the first round with C certain units as in the second without. Rounding down keeps W;
    sizes raised to 1 are made up for by a smaller scale.
    """
    units = sum(counts)
    scale = SCALE if all(p * SCALE >= 1 for p in working) else SCALE - units
    sizes = [max(1, int(p * scale)) for p in working]
    certain, left, total = _cascade(
        [size for size, count in zip(sizes, counts, strict=True) for _ in range(count)], n
    )
    return [(total - 1) // left if size in certain else size for size in sizes]


# --- simulation -----------------------------------------------------------------------------------


def simulate(strata: Sequence[Stratum], count: int, draws: int) -> list[int]:
    """How many of ``draws`` simulated draws visit each of ``count`` targets at least once."""
    hits = np.zeros(count, dtype=np.int64)
    for visited in redrawn(strata, count, draws):
        hits += np.count_nonzero(visited, axis=0)
    return [int(h) for h in hits]


def redrawn(
    strata: Sequence[Stratum], count: int, draws: int, seed: int = SIMULATION
) -> Iterator[NDArray[np.bool_]]:
    """Simulated draws, some at a time: draws × targets, whom any stratum draws, all strata sharing
    the tickets.

    Tickets are raw integers of PCG64 with a fixed seed, 52 bits each. Keys as in §6.3 but not
    rounded down: float ties at the cut-off (below 10^−9 a draw) would count a target too many.
    """
    raw = np.random.PCG64(seed)
    prepared = [_prepare(stratum) for stratum in strata]
    chunk = max(1, CELLS // max(1, count))
    for begin in range(0, draws, chunk):
        rows = min(chunk, draws - begin)
        t = (raw.random_raw(rows * count).reshape(rows, count) >> np.uint64(12)).astype(np.float64)
        q = t / (M - t)
        visited = np.zeros((rows, count), dtype=bool)
        for certain, others, factor, n in prepared:
            visited[:, certain] = True
            if n:
                key = q[:, others] * factor
                visited[:, others] |= key <= np.partition(key, n - 1, axis=1)[:, n - 1, None]
        yield visited


def _prepare(stratum: Stratum) -> tuple[list[int], list[int], Floats, int]:
    """Certain targets; the others, what their T/(M−T) is multiplied by, and how many of them are
    drawn.
    """
    certain, n, total = _cascade(stratum.sizes, stratum.n)
    pairs = list(zip(stratum.targets, stratum.sizes, strict=True))
    others = [(target, size) for target, size in pairs if size and size not in certain] if n else []
    factor = np.array([(total - n * size) / (n * size) for _, size in others])
    return (
        [target for target, size in pairs if size in certain],
        [target for target, _ in others],
        factor,
        n,
    )
