"""How strongly what was counted speaks against honest rounds: e-values, multiplied round by round.

An **e-value** is a number ≥ 0 whose mean, in an honest round, is at most 1 whatever happened before
(Shafer 2021, "Testing by betting"; Vovk and Wang 2021, "E-values"). So is the mean of several, and
the product over rounds is a supermartingale: it *ever* reaches 1/a with a probability of at most a
(Ville). Nothing is approximated, rounds may depend on earlier ones, and looking every quarter for
twenty years costs nothing: the false-alarm rate holds for the whole life of an archive.

Two kinds are used, all exact:

- a draw with a known chance: :func:`of_chance`, likelihood ratio of an alternative whose odds are
  ``odds`` times as high, 0 (never drawn) and infinity (always) included;
- a statistic of a whole draw of which simulated draws are known: :func:`of_redrawn`. What was drawn
  and what was simulated are exchangeable, so w(s_0)·(B+1)/Σ w(s_b) has the mean 1 for any w ≥ 0;

Whether one of n is among K marked ones, all n being alike, is the first kind with the chance K/n.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray

LARGEST = 1e200  # products are cut off there, since inf · 0 is no number


def of_chance(odds: float, chance: float, drawn: bool) -> float:
    """E-value of one unit that is drawn with ``chance``, between 0 and 1.

    >>> of_chance(0, 0.75, False)  # never drawn is what was suspected
    4.0
    """
    if odds == inf:
        return 1 / chance if drawn else 0.0
    return (odds if drawn else 1) / (1 - chance + odds * chance)


def of_redrawn(values: NDArray[np.float64], tilts: Sequence[float]) -> list[float]:
    """E-values, one for each tilt, of ``values[0]`` against the simulated others; a tilt of 1 is
    best against a shift by one standard deviation upwards. 1 where all values are equal.
    """
    spread = float(values.std())
    if not spread > 0:
        return [1.0] * len(tilts)
    z = (values - values.mean()) / spread
    weights = np.exp(np.outer(tilts, z))
    return [float(w) for w in weights[:, 0] / weights.mean(axis=1)]


@dataclass
class Member:
    """What is known of one firm, section …: the products of e-values for each alternative, the
    largest value that their mean ever had and in which round, its share of the topic's false-alarm
    rate; what was to be expected, what was seen.
    """

    share: float
    products: NDArray[np.float64]
    largest: float = 1.0
    reached: str = ""  # the round in which the alarm was due first
    expected: float = 0.0
    seen: float = 0.0


@dataclass
class Evidence:
    """The e-values of one topic: its false-alarm rate ``rate`` for the whole life of the archive,
    the alternatives' weights, its members.

    A member's share of the rate is fixed when it is first seen: those of the r-th batch of
    newcomers share 1/(r(r+1)) equally, which sums to 1 however many come later.
    """

    rate: float
    weights: Sequence[float]
    members: dict[str, Member] = field(default_factory=dict)
    batches: int = 0

    def enter(self, members: Iterable[str]) -> None:
        """Take in those that are new; to be called before their first :meth:`add`."""
        new = [m for m in dict.fromkeys(members) if m not in self.members]
        if new:
            self.batches += 1
            share = 1 / (self.batches * (self.batches + 1) * len(new))
            for m in new:
                self.members[m] = Member(share, np.ones(len(self.weights)))

    def add(
        self, member: str, factors: Sequence[float], expected: float, seen: float, when: str
    ) -> None:
        """One round's e-values of a member, one for each alternative."""
        own = self.members[member]
        own.products = np.minimum(own.products * factors, LARGEST)
        own.expected, own.seen = own.expected + expected, own.seen + seen
        own.largest = max(own.largest, float(own.products @ np.array(self.weights)))
        if not own.reached and own.largest * self.level(member) >= 1:
            own.reached = when

    def level(self, member: str) -> float:
        """The member's own false-alarm rate."""
        return self.rate * self.members[member].share

    def alarms(self) -> Collection[str]:
        """The members whose e-values reached the alarm, strongest first."""
        found = [m for m, own in self.members.items() if own.reached]
        return sorted(found, key=lambda m: (-self.members[m].largest * self.level(m), m))
