"""All rounds of an outputs folder held against each other (``ssj audit --all``), from archives
alone, through the ledger: alarms with their false-alarm rates (:mod:`ssj.audit.alarms`), and facts
that no probability can be given for (:mod:`ssj.audit.moves`).

Real and demonstration rounds are apart. Voided attempts count as voided ones. Of rounds that the
platform drew only the facts are told: nothing is known of their chances.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ssj import protocol
from ssj.audit.alarms import Across, Attempt, Finding, Teams, Unit
from ssj.audit.moves import Frozen, Moves
from ssj.casebook import archive
from ssj.casebook.archive import Archive, Entry, kind_of
from ssj.casebook.attempts import State
from ssj.draw import chances, matching
from ssj.draw.chances import Stratum
from ssj.protocol import Infeasible, NoGroups, Record
from ssj.rosters.record import from_record
from ssj.tables.schema import is_problem

DRAWS, CELLS = 999, 4_000_000  # simulated draws of a round; draws × targets, where these are many
TEAMS, VISITS = 49, 10_000  # rounds of teams matched anew; these × visits, where visits are many
FEWEST = 9  # with fewer rounds of teams nothing is tested
NO_SECTION = "（未填主管股室）"


@dataclass(frozen=True)
class Archived:
    """An attempt as its archives have it. ``drawn``: the drawn parts, None if it never was; also of
    a draw whose teams could not be made, which has no ``record`` of its own.
    """

    name: str
    frozen: Record
    chances: Record
    rows: Mapping[str, int]  # target → its row in the roster
    drawn: list[Record] | None
    record: Record | None  # as drawn
    amended: Record | None  # with its last amendment
    void: Record | None
    results: Record | None

    @property
    def demonstration(self) -> bool:
        return bool(self.frozen["parameters"]["demonstration"])


def findings(book: Archive) -> list[Finding]:
    """What all rounds come to: first the real ones, then the demonstrations. ``SsjError`` if a bag
    is not as it was registered.
    """
    kinds: dict[bool, tuple[Across, Moves, Counted]] = {}
    for own in archived(book):
        if own.demonstration not in kinds:
            kinds[own.demonstration] = (Across(), Moves(), Counted())
        across, moves, counted = kinds[own.demonstration]
        moves.take(_frozen(own))
        if attempt := counted.attempt(own):
            across.take(attempt)
    return [
        f._replace(demonstration=demonstration)
        for demonstration in (False, True)
        if demonstration in kinds
        for f in (*kinds[demonstration][1].findings(), *kinds[demonstration][0].findings())
    ]


def lines(found: Iterable[Finding]) -> list[str]:
    """Findings in words, alarms marked, with what to do."""
    said, kind = [], None
    for f in found:
        if f.demonstration is not kind:
            kind = f.demonstration
            said.append("演示批次：" if kind else "正式批次：")
        mark = "【警示】" if f.who else ""
        said.append(f"  {mark}{f.text}" + (f"。{f.remedy}" if f.remedy else ""))
    return said


def archived(book: Archive) -> Iterator[Archived]:
    """Every frozen attempt, in the order of the ledger."""
    for entry in book.entries:
        if kind_of(entry["stage"]) == "freeze":
            yield _archived(book, entry)


def _archived(book: Archive, entry: Entry) -> Archived:
    own = State(
        entry["attempt"],
        tuple(e for e in book.stages(entry["round"]) if e["attempt"] == entry["attempt"]),
    )
    record, amended, void, results = (
        book.record(e) if (e := own.last(kind)) else None
        for kind in ("draw", "amend", "void", "results")
    )
    targets = from_record(book.record(own.known("rosters"))).targets
    unstaffed = (void or {}).get("unstaffed", {})
    return Archived(
        f"{entry['round']} 第 {entry['attempt']} 次",
        book.record(entry),
        archive.read_record(book.out(entry) / "chances.json"),
        {i: int(row) for i, row in zip(targets["id"], targets.index, strict=True)},
        record["drawn"] if record else unstaffed.get("drawn"),
        record,
        amended,
        void,
        results,
    )


def _frozen(own: Archived) -> Frozen:
    """What the facts look at."""
    weights = _weights(own)
    targets = own.frozen["tables"]["targets"]
    changed: list[Record] = (own.amended or {}).get("amendments", [])
    return Frozen(
        own.name,
        {t["id"]: t["identity"]["name"] for t in targets},
        {t["id"]: weights[t["id"]] for t in targets},
        {t["id"]: t["internal"]["risk_class"] for t in targets},
        {t["id"]: [(f["size"], f["rule"]) for f in t["internal"]["frames"]] for t in targets},
        None if own.drawn is None else {i for p in own.drawn for i in protocol.drawn_ids(p)},
        own.void["reason"] if own.void else "",
        [(a["reason"], a["all"], len(a["visits"])) for a in changed],
        protocol.drawn_elsewhere(own.frozen["parameters"]),
    )


def _weights(own: Archived) -> dict[str, int]:
    """Target → the weight of its class."""
    classes = own.frozen["parameters"]["classes"]
    return {
        t["id"]: int(classes[t["internal"]["risk_class"]]["weight"])
        for t in own.frozen["tables"]["targets"]
    }


class Counted:
    """Archived attempts → what the alarms count, in the order of the ledger."""

    def __init__(self) -> None:
        self.recorded: dict[str, tuple[Any, ...]] = {}  # of each target at the last freeze
        self.problems: set[str] = set()  # found since then

    def attempt(self, own: Archived) -> Attempt | None:
        """None for what was not drawn here."""
        grounds = self._grounds(own)
        if own.drawn is None or protocol.drawn_elsewhere(own.frozen["parameters"]):
            return None
        units, strata = _units(own, grounds)
        count, seed = len(units), _number(own)
        draws = max(FEWEST, min(DRAWS, CELLS // max(1, count)))
        seen = {i for part in own.drawn for i in protocol.drawn_ids(part)}
        drawn = np.array([[u.id in seen for u in units]], bool)
        problems = _problems(own)
        self.problems |= {i for i, found in problems.items() if found}
        return Attempt(
            own.name,
            own.void is not None,
            units,
            np.concatenate([drawn, *chances.redrawn(strata, count, draws, seed)]),
            None if own.void else _teams(own),
            frozenset(
                v
                for a in (own.amended or {}).get("amendments", [])
                if not a["all"]
                for v in a["visits"]
            ),
            problems,
        )

    def _grounds(self, own: Archived) -> set[str]:
        """Targets of which something was recorded since the freeze before that may raise a class:
        a problem found, a complaint or penalty more, an earlier result with a problem.
        """
        found = set(self.problems)
        for t in own.frozen["tables"]["targets"]:
            i, was = t["id"], t["internal"]
            now = (was["complaints"], was["penalties"], was["last_inspected"], was["last_result"])
            before = self.recorded.get(i, now)
            if now[0] > before[0] or now[1] > before[1]:
                found.add(i)
            if now[2:] != before[2:] and any(map(is_problem, now[3])):
                found.add(i)
            self.recorded[i] = now
        self.problems = set()
        return found


def _number(own: Archived) -> int:
    """Seed of an attempt's simulated draws: another one for each, since errors of the simulation
    must not add up.
    """
    return int(protocol.sha256(f"ssj/across,{own.frozen['commitment']}")[:15], 16)


def _units(own: Archived, grounds: set[str]) -> tuple[list[Unit], list[Stratum]]:
    """Who may be drawn, in id order, with the largest chance that is known and below 1; the
    strata.
    """
    actual = {
        (t["id"], f["task"]): float(f["actual"])
        for t in own.chances["targets"]
        for f in t["frames"]
        if f["size"] and f["actual"]
    }
    sizes = {(s["task"], s["stratum"]): s["n"] for s in own.chances["strata"]}
    drawn_by = {(part["task"], i) for part in own.drawn or () for i in protocol.drawn_ids(part)}
    weights = _weights(own)
    units: list[Unit] = []
    strata: dict[tuple[str, str], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for t in own.frozen["tables"]["targets"]:
        frames = [f for f in t["internal"]["frames"] if f["size"]]
        if not frames:
            continue
        for f in frames:
            places, own_sizes = strata[f["task"], f["stratum"]]
            places.append(len(units))
            own_sizes.append(f["size"])
        known = [(actual.get((t["id"], f["task"]), 0.0), f["task"]) for f in frames]
        chance, task = max((k for k in known if k[0] < 1), default=(0.0, ""))
        units.append(
            Unit(
                t["id"],
                t["identity"]["name"],
                t["internal"]["section"] or NO_SECTION,
                t["internal"]["risk_class"],
                weights[t["id"]],
                t["id"] in grounds,
                own.rows.get(t["id"], 0),
                chance,
                (task, t["id"]) in drawn_by,
            )
        )
    return units, [Stratum(*both, sizes[key]) for key, both in sorted(strata.items())]


def _teams(own: Archived) -> Teams | None:
    """Officers' teams as drawn, and matched anew for the same visits with other tickets; None where
    that takes too long.
    """
    record = own.record
    if record is None or not record["visits"]:
        return None
    visits = record["visits"]
    people = [
        o["id"]
        for o in record["tables"]["officers"]
        if o["internal"]["available"] and o["internal"]["kind"] == "officer"
    ]
    times = min(TEAMS, VISITS // len(visits))
    if times < FEWEST:
        return None
    taken = [record["officers"]["taken"]]
    for k in range(times):
        seed = protocol.sha256(f"ssj/across,{record['commitment']},{k}")
        try:
            taken.append(matching.match(record, visits, seed, "officer")["taken"])
        except (Infeasible, NoGroups):
            continue  # what was drawn is one of those that can be made
    row, column = ({i: n for n, i in enumerate(ids)} for ids in (people, _ids(visits)))
    seated = np.zeros((len(taken), len(row), len(column)), bool)
    for n, some in enumerate(taken):
        for t in some:
            seated[n, row[t["officer"]], column[t["visit"]]] = True
    now = protocol.teams_now(own.amended or record)["officers"]
    return Teams(people, _ids(visits), seated, {(t["officer"], t["visit"]) for t in now})


def _ids(visits: Iterable[Record]) -> list[str]:
    return [v["id"] for v in visits]


def _problems(own: Archived) -> dict[str, bool]:
    """Of visits with all their results, whether a problem was found."""
    if own.results is None or own.record is None:
        return {}
    items = {v["id"]: len(v["items"]) for v in own.record["visits"]}
    return {
        v["id"]: bool(v["problem"])
        for v in own.results["visits"]
        if v["answered"] == items[v["id"]]
    }
