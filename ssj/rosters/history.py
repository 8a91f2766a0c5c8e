"""What earlier rounds leave to a freeze: who was visited, and the designed chances of having been
(COMPANION §C3).

``in/history.json`` holds nothing but extracts of the ledger's archives; a freeze reads it, an audit
derives it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ssj import protocol
from ssj.protocol import Record
from ssj.tables import schema


@dataclass(frozen=True)
class History:
    """Drawn rounds, oldest first, and what the last of them kept for the cool-down (id → class and
    probabilities).
    """

    rounds: list[Record] = field(default_factory=list)
    cool_down: dict[str, Record] = field(default_factory=dict)

    def counted(self, year: int) -> Counter[str]:
        """Visits of each target that count towards the yearly cap: those of rounds whose visits
        begin in ``year``; off-site ones are no visits.
        """
        return Counter(
            v["id"]
            for r in self.rounds
            if r["window"]["start"].startswith(f"{year:04}-")
            for v in r["visits"]
            if not v.get("off_site") and not set(v["tasks"]) <= set(r["above_cap"])
        )

    def exempt(self, year: int) -> Counter[str]:
        """Visits of each target in ``year`` that don't count towards the yearly cap, their tasks
        being spared by it.
        """
        return Counter(
            v["id"]
            for r in self.rounds
            if r["window"]["start"].startswith(f"{year:04}-")
            for v in r["visits"]
            if not v.get("off_site") and set(v["tasks"]) <= set(r["above_cap"])
        )

    def visited(self) -> dict[str, str]:
        """Target → the latest end of a visit window (``2021-03-31``) of the rounds that drew it."""
        ends: dict[str, str] = {}
        for r in self.rounds:
            for v in r["visits"]:
                ends[v["id"]] = max(ends.get(v["id"], ""), r["window"]["end"])
        return ends

    def last(self) -> dict[str, int]:
        """How many rounds ago each target that was ever visited was visited last; 1 is the round
        before this one.

        Rounds drawn elsewhere (外部抽取) are passed over: the cool-down evens out designed chances,
        and they have none.
        """
        own = [r for r in self.rounds if not r.get("external")]
        return {
            v["id"]: ago for ago, r in reversed([*enumerate(reversed(own), 1)]) for v in r["visits"]
        }

    def went(self) -> dict[str, list[str]]:
        """The officers of each target's last visit, experts left out."""
        return {v["id"]: v["officers"] for r in self.rounds for v in r["visits"]}


NOTHING = History()


def extract(entry: Record, draw: Record) -> Record:
    """What a freeze needs of an archived draw with its amendments: visits, and the officers who
    went; ``entry`` is its ledger line.
    """
    parameters = draw["parameters"]
    went: dict[str, list[str]] = {v["id"]: [] for v in draw["visits"]}
    for taken in protocol.teams_now(draw)["officers"]:
        went[taken["visit"]].append(taken["officer"])
    methods = {i["id"]: i["internal"].get("method", "") for i in draw["tables"]["items"]}
    return {
        "round": draw["round"],
        "attempt": draw["attempt"],
        "bag": entry["bag"],
        "window": parameters["window"],
        "above_cap": [a["task"] for a in parameters["above_cap"]],
        "external": protocol.drawn_elsewhere(draw["parameters"]),
        "visits": [
            {"id": v["id"], "tasks": v["tasks"], "officers": sorted(went[v["id"]])}
            | ({"off_site": True} if off_site(v, methods) else {})
            for v in draw["visits"]
        ],
    }


def off_site(visit: Record, methods: Mapping[str, str]) -> bool:
    """Whether nobody has to go there for a visit: all its items are inspected off-site.
    ``methods``: 抽查方式 of each item.
    """
    return all(schema.off_site(methods[item]) for item in visit["items"])


def as_json(rounds: Iterable[Record], chances: Record | None) -> Record:
    """The content of ``history.json``; ``chances`` is the ``chances.json`` of the last round that
    was drawn here.
    """
    kept = chances["targets"] if chances else []
    return {
        "rounds": list(rounds),
        "cool_down": [{key: t[key] for key in ("id", "risk_class", "recent")} for t in kept],
    }


def read(path: Path) -> History:
    """``in/history.json`` → :class:`History`."""
    return from_json(protocol.parse(path.read_text(encoding="utf-8")))


def from_json(whole: Record) -> History:
    """What :func:`as_json` made."""
    return History(whole["rounds"], {t["id"]: t for t in whole["cool_down"]})
