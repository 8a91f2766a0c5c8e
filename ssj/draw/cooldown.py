"""Cool-down after recent visits (近期已查降频): fair over time, COMPANION §C3.

Each target keeps the *designed* probabilities p_1 … p_K that its last visit was 1 … K rounds ago
("older": the rest) and how long ago it really was. In a round the most recent k of these are
blocked: whoever was visited within k rounds has its chances multiplied by ε, everyone else by
(1−εH)/(1−H), H = p_1 + … + p_k, so that the factor is 1 on average and a target's chances average
over the years what the plan gives it. The p_g depend on chances only, never on what was drawn: a
target that happened to be drawn often does not end up with other designed probabilities than its
neighbour.

Exact: probabilities are integers in units of 10^−12, factors integers in millionths, ε and chances
are Fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate

UNIT = 10**12  # a probability of 1
MILLION = 10**6  # a factor of 1
# Most of the designed visits that may be blocked; the others' factor stays below 1/0.49 ≈ 2.04. A
# little above one half:
# for a class drawn at one half the noise of the simulated u must not decide between blocking and
# not.
MOST_BLOCKED = UNIT * 51 // 100


@dataclass(frozen=True)
class History:
    """A target's visits as a freeze needs them.

    ``last``: rounds since the last drawn visit, 1 … K, or 0 for none within memory. ``recent``: p_1
    … p_K in units of 10^−12. ValueError for anything that is no distribution.
    """

    last: int
    recent: tuple[int, ...]

    def __post_init__(self) -> None:
        numbers = (self.last, *self.recent)
        if (
            any(type(n) is not int or n < 0 for n in numbers)
            or self.last > len(self.recent)
            or sum(self.recent) > UNIT
        ):
            raise ValueError(f"no history of {len(self.recent)} rounds: {numbers}")

    @classmethod
    def never(cls, memory: int) -> History:
        """History of new and reclassified targets: never visited; ``memory`` is K."""
        return cls(0, (0,) * memory)


def blocked(history: History, largest: Fraction, epsilon: Fraction) -> int:
    """The number k of most recent rounds whose visits lower a target's chances this time.

    The largest k ≤ K with H = p_1 + … + p_k ≤ 0.51 and λ(1−εH) ≤ 1−H, λ = ``largest`` of the
    target's declared chances over the tasks of the round without cool-down: the raised chance of
    one not visited recently stays a chance. 0 for λ = 1.

    >>> visits = History(0, (200_000_000_000, 190_000_000_000, 180_500_000_000))
    >>> blocked(visits, Fraction(1, 5), Fraction(1, 4))
    2
    """
    if not 0 <= largest <= 1 or not Fraction(1, MILLION) <= epsilon <= 1:
        raise ValueError(f"a chance lies in 0 … 1 and ε in 0.000001 … 1: {largest}, {epsilon}")
    if largest == 1:
        return 0
    # λ(1−εH) ≤ 1−H is H ≤ (1−λ)/(1−ελ), and H grows with k: so the first that is too much ends it
    limit = min(MOST_BLOCKED, int(UNIT * (1 - largest) / (1 - epsilon * largest)))
    return sum(h <= limit for h in accumulate(history.recent))


@lru_cache(4096)  # most targets of a class have the same history
def factors(history: History, largest: Fraction, epsilon: Fraction) -> tuple[int, ...]:
    """Factors in millionths f_1 … f_K of a last visit g rounds ago, and at the end that of "older"
    or never.

    Σ p_g f_g = 1 up to the rounding of the factors, half a millionth each.

    >>> factors(History(0, (200_000_000_000, 0)), Fraction(1, 5), Fraction(1, 4))
    (250000, 250000, 1187500)
    """
    k = blocked(history, largest, epsilon)
    share = Fraction(sum(history.recent[:k]), UNIT)
    low, high = (round(MILLION * f) for f in (epsilon, (1 - epsilon * share) / (1 - share)))
    return (low,) * k + (high,) * (len(history.recent) - k + 1)


def factor(history: History, largest: Fraction, epsilon: Fraction) -> int:
    """The factor in millionths by which this target's sizes are multiplied in every task of the
    round.
    """
    # 0, none within memory: the last entry
    return factors(history, largest, epsilon)[history.last - 1]


def after(history: History, designed: Fraction, factors: Sequence[int]) -> History:
    """The designed probabilities once the round's freeze is settled; ``last`` stays, the draw is
    still to come.

    p_1 ← u, ``designed``: the probability of any visit in this round before the cool-down; p_{g+1}
    ← p_g(1 − f_g·u) with the round's ``factors``; p_K goes into "older". Rounded down. u may exceed
    λ a little, tasks drawing different targets: then f_g·u is taken as 1 at most, and nothing goes
    beyond a sum of 1.

    >>> before = History(0, (200_000_000_000, 0))
    >>> after(before, Fraction(1, 5), (250_000, 250_000, 1_187_500)).recent
    (200000000000, 190000000000)
    """
    if not 0 <= designed <= 1 or len(factors) != len(history.recent) + 1:
        raise ValueError(
            f"a probability of 0 … 1 and {len(history.recent) + 1} factors: {designed}, {factors}"
        )
    whole, part = MILLION * designed.denominator, designed.numerator  # f·u is f·part / whole
    ages = [UNIT * designed.numerator // designed.denominator]
    for p, f in zip(history.recent, factors[:-1], strict=True):  # the factor of "older" has no p
        ages.append(p * max(0, whole - f * part) // whole)
    left, recent = UNIT, []
    for p in ages[:-1]:
        recent.append(min(p, left))
        left -= recent[-1]
    return History(history.last, tuple(recent))
