"""Invented years for the alarms over many rounds (:mod:`ssj.audit.alarms`): honest ones, and three
kinds of quiet cheating that every single audit passes.

What is counted is made directly, without archives. A bureau has firms in sections and classes; one
task draws by class, another by weight from every third firm, both with the same tickets.
Inspections find problems by class; classes rise after problems, and now and then without a record;
draws are voided and teams changed now and then for reasons that have nothing to do with who was
drawn.

| cheat | what is done |
| --- | --- |
| friend | commitments are tried until one firm is not drawn, each round |
| voids | a draw is voided whenever it drew that firm, at most so often a round |
| grader | a firm's class is raised by a step each year; its inspections find what class A's do |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import comb

import numpy as np
from numpy.typing import NDArray

from ssj import protocol
from ssj.audit.alarms import Across, Attempt, Teams, Unit
from ssj.draw import chances
from ssj.draw.chances import Stratum

CLASSES = "ABCD"
SHARES = (0.55, 0.25, 0.12, 0.08)  # of the firms
RATIOS = {"A": "0.05", "B": "0.2", "C": "0.5", "D": "0.9"}
WEIGHTS = {"A": 1, "B": 2, "C": 4, "D": 8}
MIXED = "0.1"  # the other task's one ratio
PROBLEMS = {"A": 0.05, "B": 0.15, "C": 0.35, "D": 0.5}  # found at a visit
RISES, UNRECORDED, FALLS, COMPLAINTS = 0.5, 0.01, 0.02, 0.02
VOIDED, CHANGED = 0.08, 0.05  # draws; teams of a visit
MOST_VOIDS = 3  # of a round
OFFICERS, SECTIONS, TEAM = 12, 5, 2
YEAR = 4  # rounds

FIRST = "S0000"  # the friend or rival
HONEST, FRIEND, VOIDS, GRADER = "honest", "friend", "voids", "grader"


@dataclass
class Bureau:
    """Its firms, what is known of them, and its own random numbers. Firm 0 is the friend or the
    rival; ``begins`` is its class.
    """

    seed: int
    cheat: str = HONEST
    begins: str = "C"
    firms: int = 200
    draws: int = 199  # simulated, of each round
    matched: int = 49  # teams matched anew

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.classes = [str(c) for c in self.random.choice(list(CLASSES), self.firms, p=SHARES)]
        self.classes[0] = self.begins
        self.rows = self.random.permutation(self.firms)
        self.sections = [f"样例{n}股" for n in self.random.integers(0, SECTIONS, self.firms)]
        self.grounds = [False] * self.firms

    def rounds(self, count: int) -> Iterator[Attempt]:
        """The attempts of so many rounds, in order."""
        for number in range(1, count + 1):
            self._grade(number)
            for attempt in range(1, MOST_VOIDS + 2):
                made = self._attempt(f"第 {number} 批次第 {attempt} 次", attempt > MOST_VOIDS)
                yield made
                self.grounds = [False] * self.firms
                if not made.voided:
                    self.grounds = [made.problems.get(_name(i), False) for i in range(self.firms)]
                    break

    def _grade(self, number: int) -> None:
        """What happens to classes before a freeze."""
        lot = self.random.random((self.firms, 2))
        for i, letter in enumerate(self.classes):
            self.grounds[i] = self.grounds[i] or bool(lot[i, 1] < COMPLAINTS)
            if self.cheat == GRADER and i == 0:
                step = int(number % YEAR == 0)
            elif self.grounds[i]:
                step = int(lot[i, 0] < RISES)
            else:
                step = int(lot[i, 0] < UNRECORDED) - int(lot[i, 0] > 1 - FALLS)
            place = min(max(CLASSES.index(letter) + step, 0), len(CLASSES) - 1)
            self.classes[i] = CLASSES[place]

    def _frames(self) -> tuple[list[Stratum], Stratum]:
        """Strata of the task by class, and the other task's one."""
        by_class = [
            Stratum(own, [1] * len(own), protocol.sample_size(RATIOS[c], len(own)))
            for c in CLASSES
            if (own := [i for i, letter in enumerate(self.classes) if letter == c])
        ]
        some = list(range(0, self.firms, 3))
        sizes = [WEIGHTS[self.classes[i]] for i in some]
        return by_class, Stratum(some, sizes, protocol.sample_size(MIXED, len(some)))

    def _attempt(self, name: str, last: bool) -> Attempt:
        by_class, mixed = self._frames()
        one, other = (np.zeros(self.firms) for _ in range(2))
        for s in by_class:
            one[s.targets] = s.n / len(s.targets)
        other[mixed.targets] = _inclusion(tuple(mixed.sizes), mixed.n)
        first, second, visited = self._drawn(by_class, mixed)
        one, other = np.where(one < 1, one, 0), np.where(other < 1, other, 0)
        units = [
            Unit(
                _name(i),
                f"样例{i}公司",
                self.sections[i],
                self.classes[i],
                WEIGHTS[self.classes[i]],
                self.grounds[i],
                int(self.rows[i]),
                float(max(one[i], other[i])),
                bool((first if one[i] >= other[i] else second)[i]),
            )
            for i in range(self.firms)
        ]
        voided = not last and (
            bool(visited[0, 0]) if self.cheat == VOIDS else self.random.random() < VOIDED
        )
        drawn = [int(i) for i in np.flatnonzero(visited[0])]
        lot = self.random.random((len(drawn), 2))
        rate = [
            PROBLEMS["A" if self.cheat == GRADER and i == 0 else self.classes[i]] for i in drawn
        ]
        return Attempt(
            name,
            voided,
            units,
            visited,
            self._teams(drawn),
            frozenset(_name(i) for i, (x, _) in zip(drawn, lot, strict=True) if x < CHANGED),
            {}
            if voided
            else {_name(i): bool(x < p) for i, (_, x), p in zip(drawn, lot, rate, strict=True)},
        )

    def _drawn(
        self, by_class: list[Stratum], mixed: Stratum
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
        """Whom the first task drew and whom the second; visits of this draw and of simulated ones,
        tickets being shared.
        """
        while True:
            seed = int(self.random.integers(2**63))
            first, second = (
                np.concatenate(list(chances.redrawn(s, self.firms, self.draws + 1, seed)))
                for s in (by_class, [mixed])
            )
            visited = first | second
            for n in np.flatnonzero(~visited[:, 0]) if self.cheat == FRIEND else (0,):
                order = [n, *(k for k in range(len(visited)) if k != n)]
                return first[n], second[n], visited[order]

    def _teams(self, drawn: list[int]) -> Teams:
        lots = self.random.random((self.matched + 1, len(drawn), OFFICERS))
        places = np.argsort(lots, axis=2)[:, :, :TEAM]
        seated = np.zeros((self.matched + 1, len(drawn), OFFICERS), bool)
        np.put_along_axis(seated, places, True, axis=2)
        people, targets = [f"P{n}" for n in range(OFFICERS)], [_name(i) for i in drawn]
        went = {(people[o], targets[t]) for t, o in np.argwhere(seated[0])}
        return Teams(people, targets, seated.transpose(0, 2, 1), went)


def _name(number: int) -> str:
    return f"S{number:04}"


@cache
def _counted(sizes: tuple[int, ...], n: int) -> dict[int, float]:
    return dict(zip(sizes, chances.inclusion(sizes, n), strict=True))


def _inclusion(sizes: tuple[int, ...], n: int) -> list[float]:
    known = _counted(tuple(sorted(sizes)), n)
    return [known[size] for size in sizes]


def counted(bureau: Bureau, rounds: int, *across: Across) -> None:
    """Let each of ``across`` take so many rounds of a bureau."""
    for attempt in bureau.rounds(rounds):
        for own in across:
            own.take(attempt)


def seen_after(bureau: Bureau, most: int) -> int | None:
    """After how many rounds an alarm names firm 0; None if not within ``most``."""
    across, count = Across(), 0
    for attempt in bureau.rounds(most):
        across.take(attempt)
        count += not attempt.voided
        if any(member == FIRST for _, member in across.alarms):
            return count
    return None


def most_by_chance(rate: float, count: int, beyond: float) -> int:
    """The number that so many events of probability ``rate`` exceed with a probability of at most
    ``beyond``.
    """
    left, found = 1.0, -1
    while left > beyond:
        found += 1
        left -= comb(count, found) * rate**found * (1 - rate) ** (count - found)
    return found
