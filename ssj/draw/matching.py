"""The matching of PROTOCOL §8 for many draws: as :class:`ssj.protocol.Matching`, several times as
fast.

The plain class lists who holds what anew for every path that it looks for. This one keeps it up to
date, and its sets of officers that are searched again and again are integers with a bit for each
officer. What it gives is the same, the refusals included (``tests/unit/test_matching.py``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from ssj import protocol
from ssj.protocol import Infeasible, Record, Seat


def match(record: Record, visits: list[Record], seed: str, purpose: str) -> Record:
    """:func:`ssj.protocol.match` with this module's :class:`Matching`."""
    return protocol.match(record, visits, seed, purpose, Matching)


class Matching(protocol.Matching):
    """An integral maximum flow: officer (cap) → officer × visit (1) → seat (1).

    ``_reroute`` looks for an augmenting path backwards, from a seat.
    """

    def __init__(self, seats: list[Seat], caps: dict[str, int], ceilings: dict[str, int]) -> None:
        self.seats, self.caps, self.ceilings = seats, dict(caps), ceilings
        self.officers = list(caps)
        self.bit = {o: 1 << n for n, o in enumerate(self.officers)}
        self.able = [sum(self.bit[o] for o in seat.candidates) for seat in seats]
        self.holders = [None] * len(seats)
        self.load: Counter[str] = Counter()
        # seats of an officer that are not settled yet
        self.unsettled: dict[str, set[int]] = defaultdict(set)
        self.seated: dict[tuple[str, str], int] = {}  # (officer, visit) → seat
        self.inside = {seat.visit: 0 for seat in seats}  # officers with a seat in a visit
        self.moving = dict(self.inside)  # those of them whose seat is not settled yet
        # officers below their cap
        self.free = sum(self.bit[o] for o, cap in caps.items() if cap > 0)
        self.raised = Counter()
        self._fill()

    def _take(self, seat: int, officer: str) -> None:
        visit = self.seats[seat].visit
        self.holders[seat] = officer
        self.unsettled[officer].add(seat)
        self.seated[officer, visit] = seat
        self.inside[visit] |= self.bit[officer]
        self.moving[visit] |= self.bit[officer]
        self._count(officer, 1)

    def _leave(self, seat: int) -> str:
        officer, visit = self.holders[seat], self.seats[seat].visit
        if officer is None:
            return ""
        self.holders[seat] = None
        self.unsettled[officer].discard(seat)
        del self.seated[officer, visit]
        self.inside[visit] &= ~self.bit[officer]
        self.moving[visit] &= ~self.bit[officer]
        self._count(officer, -1)
        return officer

    def _count(self, officer: str, seats: int) -> None:
        self.load[officer] += seats
        self.free |= self.bit[officer]
        if self.load[officer] >= self.caps[officer]:
            self.free ^= self.bit[officer]

    def _named(self, officers: int) -> list[str]:
        named = []
        while officers:
            lowest = officers & -officers
            named.append(self.officers[lowest.bit_length() - 1])
            officers ^= lowest
        return named

    def _reroute(self, sources: Iterable[int]) -> tuple[set[int], set[str]]:
        """Refill one of ``sources`` and return empty sets; else the seats and officers that lead
        nowhere.
        """
        origin: dict[int, Any] = dict.fromkeys(
            sources
        )  # seat left → the seat and officer it is for
        queue, reached = list(origin), 0
        for seat in queue:  # grows while it is read
            visit = self.seats[seat].visit
            inside = self.able[seat] & self.inside[visit]
            outside = self.able[seat] ^ inside
            if outside & self.free:
                self._shift(seat, self._named(outside & self.free)[0], origin)
                return set(), set()
            leads = [(o, s) for o in self._named(outside & ~reached) for s in self.unsettled[o]]
            # only within the visit
            leads += [(o, self.seated[o, visit]) for o in self._named(inside & self.moving[visit])]
            for officer, other in leads:
                if other not in origin:
                    origin[other] = (seat, officer)
                    queue.append(other)
            reached |= outside
        return set(origin), set(self._named(reached))

    def _shift(self, seat: int, officer: str, origin: dict[int, Any]) -> None:
        moves = [(seat, officer)]
        while (step := origin[moves[-1][0]]) is not None:
            moves.append(step)
        for s, _ in moves:
            self._leave(s)
        for s, o in moves:
            self._take(s, o)

    def _fill(self) -> None:
        empty = [s for s in range(len(self.seats)) if self._reroute([s])[0]]
        while empty:
            seats, officers = self._reroute(empty)
            movable = [o for o in officers if self.caps[o] < self.ceilings[o]]
            if not movable:
                raise Infeasible([self.seats[s] for s in sorted(seats)], len(empty), self.caps)
            for officer in movable:
                self.caps[officer] += 1
                self.raised[officer] += 1
                self._count(officer, 0)
            empty = [s for s in empty if self._reroute([s])[0]]

    def settle(self, seat: int, officer: str) -> set[str]:
        """As in :class:`ssj.protocol.Matching`."""
        before, visit = self._leave(seat), self.seats[seat].visit
        clash = self.seated.get((officer, visit))
        if clash is not None:
            self._leave(clash)
        self._take(seat, officer)
        self.unsettled[officer].discard(seat)
        self.moving[visit] &= ~self.bit[officer]
        over = self.load[officer] > self.caps[officer]
        sources = [clash] if clash is not None else sorted(self.unsettled[officer]) if over else []
        seats = self._reroute(sources)[0] if sources else set()
        if seats:
            self._leave(seat)
            if clash is not None:
                self._take(clash, officer)
            self._take(seat, before)
        return {self.seats[s].visit for s in seats}
