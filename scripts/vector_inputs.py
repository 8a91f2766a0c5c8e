"""What the vectors are made of: how a function of :mod:`ssj.protocol` is called by name, and the
inputs that it gets.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import small_frozen

from ssj import protocol
from ssj.draw import disclosure

Case = dict[str, Any]
DICE = "1635241635241635"
SALT = "5a" * 32
SEED = protocol.sha256("seed")


# --- how a vector is run: input → expected; a function not named here takes its input as named argu


def _canonical(text: str) -> Any:
    data = protocol.canonical(protocol.parse(text))
    return {"canonical": data.decode("utf-8"), "sha256": protocol.sha256(data)}


def _select(units: list[Case], n: int) -> Any:
    certain, by_ticket = protocol.select([protocol.Unit(**u) for u in units], n)
    return {"certain": certain, "by_ticket": by_ticket}


def _commitment(record: Case) -> Any:
    opened = protocol.canonical(protocol.commitment_object(record)).decode("utf-8")
    return {"object": opened, "commitment": protocol.commit(record)}


def _merkle_proof(leaves: list[str], index: int) -> list[str]:
    if not 0 <= index < len(leaves):
        raise protocol.ProtocolError("证明所指的行不存在")
    return disclosure.merkle_proofs(map(bytes.fromhex, leaves))[index]


def _read_ledger(text: str) -> Any:
    entries = protocol.read_ledger(text)
    return {"entries": len(entries), "head": entries[-1]["hash"] if entries else protocol.NO_HEAD}


def _verify(base: str, changes: list[Case]) -> Any:
    record = draw_record(base)
    for change in changes:
        *way, last = change["path"]
        inner = record
        for key in way:
            inner = inner[key]
        inner[last] = json.loads(json.dumps(change["value"]))  # a later change may lie inside
    return next(s.number for s in protocol.examine(record) if s.holds is False)


def _steps(steps: list[protocol.Step]) -> list[Any]:
    """Steps up to the first that fails: what later ones say is not specified (§10.1)."""
    failing = next((n for n, step in enumerate(steps, 1) if step.holds is False), None)
    return [[step.number, step.holds] for step in steps[:failing]]


def _kind_of_file(text: str = "", hex: str = "") -> str:  # noqa: A002 - as in the vectors
    return protocol.read_file(bytes.fromhex(hex) or text.encode())[0]


def _signature(key: str, message: str, signature: str) -> bool:
    return protocol.valid_signature(key, bytes.fromhex(message), signature)


def _accepted(event: dict, text: str) -> str:
    protocol.check_event_text(event, text)
    return "accepted"


RUN: dict[str, Callable[..., Any]] = {
    "canonical": _canonical,
    "leaf": lambda **given: protocol.leaf(**given).decode("utf-8"),
    "merkle_root": lambda leaves: protocol.merkle_root(map(bytes.fromhex, leaves)),
    "merkle_proof": _merkle_proof,
    "root_from_proof": lambda data, **given: protocol.root_from_proof(bytes.fromhex(data), **given),
    "event_outcomes": lambda **given: str(protocol.event_outcomes(**given)),
    "check_event_text": _accepted,
    "commitment": _commitment,
    "select": _select,
    "read_ledger": _read_ledger,
    "verify": _verify,
    "kind_of_file": _kind_of_file,
    "signature": _signature,
    "examine": lambda document: _steps(protocol.examine(document)),
    "compare": lambda **given: _steps(protocol.compare(**given)),
    "read_check": lambda code: protocol.read_check(code)._asdict(),
}


def run(function: str, given: Case) -> Case:
    """What a function answers: ``{"expected": …}`` or ``{"error": "ProtocolError"}``, with a Hall
    set if it has one.
    """
    act = RUN.get(function) or getattr(protocol, function)
    try:
        return {"expected": act(**given)}
    except protocol.Infeasible as error:
        if (
            function != "replace"
            and given["record"]["parameters"].get("team_mode") == protocol.GROUPS
        ):
            return {"error": "ProtocolError"}  # what it names is not specified (§8.7)
        seats = [{"visit": s.visit, **s.place} for s in error.seats]
        return {"error": "ProtocolError", "hall_set": {"seats": seats, "officers": error.officers}}
    except protocol.ProtocolError:
        return {"error": "ProtocolError"}


def case(name: str, function: str, **given: Any) -> Case:
    """One vector."""
    return {"name": name, "function": function, "input": given, **run(function, given)}


# --- inputs ---


def units(*sizes: int, seed: str = SEED) -> list[Case]:
    """Units U000, U001, … of the given sizes, with tickets for an empty ticket salt."""
    ids = [f"U{i:03}" for i in range(len(sizes))]
    pairs = zip(ids, sizes, strict=True)
    return [
        {"id": i, "size": w, "ticket": protocol.ticket(seed, "target", i, "")} for i, w in pairs
    ]


def frame_record(frames: dict[str, int | bool], ratio: str) -> Case:
    """What drawing one task reads of a record: targets with their sizes, and the ratio."""
    targets = [
        {"id": i, "internal": {"frames": [{"task": "R", "stratum": "*", "size": w}]}}
        for i, w in frames.items()
    ]
    return {
        "salt": SALT,
        "tables": {
            "targets": targets,
            "tasks": [{"id": "R", "internal": {"strata": [{"stratum": "*", "ratio": ratio}]}}],
        },
    }


def officer_row(
    identifier: str,
    specialities: str = "",
    cap: int | None = None,
    recusals: Iterable[str] = (),
    **change: Any,
) -> Case:
    """An available officer of department D; one letter for each speciality."""
    return {
        "id": identifier,
        "internal": {
            "kind": "officer",
            "department": "D",
            "specialities": list(specialities),
            "authority": [],
            "available": True,
            "recusals": list(recusals),
            "cap": cap,
            **change,
        },
    }


def item_row(
    specialities: str = "", department: str = "D", expert: bool = False, categories: str = "c"
) -> Case:
    """The internal part of an item; one letter for each speciality and category."""
    return {
        "department": department,
        "specialities": list(specialities),
        "categories": list(categories),
        "expert": expert,
    }


def matching(
    officers: list[Case],
    shapes: list[str],
    slack: int = 0,
    seed: str = SEED,
    purpose: str = "officer",
    rotation: dict[str, list[str]] | None = None,
    team_mode: str | None = None,
) -> Case:
    """Input of ``match``: visits V0, V1, … with one seat for each letter of their shape, ``-`` for
    a general seat.
    """
    seats = [
        [
            {"department": "D" if purpose == "officer" else "", "speciality": s.strip("-")}
            for s in shape
        ]
        for shape in shapes
    ]
    visits = [
        {
            "id": f"V{v}",
            "items": ["I"],
            "seats": s if purpose == "officer" else [],
            "expert_seats": s if purpose == "expert" else [],
        }
        for v, s in enumerate(seats)
    ]
    tables = {
        "items": [{"id": "I", "internal": item_row()}],
        "officers": sorted(officers, key=lambda o: o["id"]),
    }
    if rotation is not None:
        tables["targets"] = [
            {"id": v, "internal": {"rotation": ids}} for v, ids in rotation.items()
        ]
    parameters = {"slack": slack, **({"team_mode": team_mode} if team_mode else {})}
    record = {"salt": SALT, "parameters": parameters, "tables": tables}
    return {"record": record, "visits": visits, "seed": seed, "purpose": purpose}


def first_seed(wanted: Callable[[Case], bool], make: Callable[[str], Case]) -> Case:
    """What ``make`` builds from the first of the seeds SHA-256("0"), SHA-256("1"), … that gives
    what is wanted.
    """
    return next(
        given
        for k in count()
        if wanted(run("match", given := make(protocol.sha256(str(k)))).get("expected", {}))
    )


def skips(reason: str) -> Callable[[Case], bool]:
    """Whether a match lists somebody as skipped for ``reason``."""
    return lambda result: any(s["reason"] == reason for s in result.get("skipped", []))


def county_frozen() -> Case:
    """A frozen record of two departments in which all rules of §6 to §8 show: cascade, joint
    visits, recusals, caps.
    """

    def row(identifier: str, **internal: Any) -> Case:
        return {
            "id": identifier,
            "identity": {"id": identifier, "name": f"样例{identifier}"},
            "internal": internal,
        }

    def officer(identifier: str, specialities: str, **change: Any) -> Case:
        return row(
            identifier,
            **officer_row(identifier, **{"specialities": specialities, **change})["internal"],
        )

    sizes = (1, 1, 2, 2, 3, 1, 40, 8, 1, 2, 0, 5)
    targets = []
    for number, size in enumerate(sizes, 1):
        risk_class = "ABCD"[number % 4]
        frames = [
            {"task": "T1", "stratum": "*", "size": size},
            {"task": "T2", "stratum": risk_class, "size": min(size, 1)},
        ]
        targets.append(
            row(
                f"C{number:03}",
                category="气"[: number % 3] or "水",
                public=number != 9,
                frames=frames,
            )
        )
    ratios = (("A", "0.02"), ("B", "0.3"), ("C", "0.5"), ("D", "1"))
    tasks = [
        row(
            "T1",
            items=["I1", "I2"],
            strata=[{"stratum": "*", "ratio": "0.4"}],
            team_size=2,
            expert=True,
        ),
        row(
            "T2",
            items=["I2", "I3"],
            strata=[{"stratum": s, "ratio": r} for s, r in ratios],
            team_size=3,
            expert=False,
        ),
    ]
    items = [
        row("I1", **item_row("a", categories="气水")),
        row("I2", **item_row("", "E", categories="气水")),
        row("I3", **item_row("b", expert=True, categories="气")),
    ]
    officers = [
        officer("P1", "a"),
        officer("P2", "ab", recusals=["C007", "C008"]),
        officer("P3", "b"),
        officer("P4", "", cap=1),
        officer("P5", "", authority=["I1", "I3"]),
        officer("P6", "ab", available=False),
        officer("Q1", "", department="E"),
        officer("Q2", "", department="E", cap=5, recusals=["C004"]),
        officer("Q3", "", department="E"),
        officer("Q4", "", department="E"),
        officer("X1", "b", kind="expert"),
        officer("X2", "", kind="expert", department=""),
    ]
    event = {
        "kind": "lottery",
        "count": 2,
        "form": protocol.event_form("lottery", 2),
        "time": "2021-11-28T21:15:00+08:00",
        "place": "样例",
        "fallback": "顺延",
        "custodians": ["样例甲", "样例乙"],
    }
    record = {
        "protocol": protocol.PROTOCOL,
        "round": "county",
        "attempt": 2,
        "salt": protocol.sha256("salt"),
        "parameters": {"slack": 0, "demonstration": False},
        "tables": {"items": items, "officers": officers, "targets": targets, "tasks": tasks},
        "event": event,
        "code": {"version": "0", "hash": "0" * 64},
        "ledger_head": protocol.sha256("ledger"),
    }
    return {**record, "commitment": protocol.commit(record)}


def groups_frozen() -> Case:
    """The county's round with more officers, who go in groups."""
    frozen = county_frozen()
    specialities = ("a", "ab", "b", "", "ab", "a", "b", "", "ab")
    people = [
        officer_row(f"P{k}", s, cap=3 if k == 3 else None, recusals=["C007"] if k == 1 else [])
        for k, s in enumerate(specialities)
    ]
    people += [officer_row(f"Q{k}", department="E", cap=4 if k == 2 else None) for k in range(6)]
    experts = [o for o in frozen["tables"]["officers"] if o["internal"]["kind"] == "expert"]
    frozen["tables"]["officers"] = [
        *({**p, "identity": {"id": p["id"], "name": f"样例{p['id']}"}} for p in people),
        *experts,
    ]
    frozen["parameters"]["team_mode"] = protocol.GROUPS
    return {**frozen, "commitment": protocol.commit(frozen)}


NUMBERS = [protocol.sha256(name) for name in "甲乙"]
PARTIES = [
    {"name": name, "sha256": protocol.sha256(number)}
    for name, number in zip("甲乙", NUMBERS, strict=True)
]
LOTTERY = "01,07,09,18,25,33+16;03,04,11,20,26,31+02"
BASES = {
    "small": (small_frozen, DICE),
    "county": (county_frozen, LOTTERY),
    "groups": (groups_frozen, LOTTERY),
}


def draw_record(base: str) -> Case:
    """The draw record of a case of whole_draw.json, with no more of the entropy than its text."""
    frozen, text = BASES[base][0](), BASES[base][1]
    return {**frozen, "entropy": {"text": text}, **protocol.draw(frozen, text)}


def without_checks(public: Case) -> Case:
    """A public record as they were before there were codes of visits: its counts may be changed."""
    return {key: value for key, value in public.items() if key != "checks"}


def elsewhere(external: Case) -> Case:
    """The small record's round, drawn by the platform."""
    frozen = small_frozen()
    frozen["parameters"]["official_draw"] = protocol.PLATFORM
    frozen["commitment"] = protocol.commit(frozen)
    return {**frozen, "entropy": {"text": DICE}, **protocol.draw(frozen, DICE, external)}


def amended(record: Case, *requests: tuple[str, list[str], bool]) -> Case:
    """A record with an amendment for each request, officer, visits and whether the officer is gone
    for the round.
    """
    for officer, visits, whole in requests:
        amendment = {
            "officer": officer,
            "visits": visits,
            "all": whole,
            "reason": "样例",
            "date": "2021-12-01",
            **protocol.replace(record, officer, visits, whole),
        }
        record = {**record, "amendments": [*record.get("amendments", []), amendment]}
    return record


def tampered(name: str, *changes: tuple[str, Any], base: str = "small") -> Case:
    """A draw record with values at dotted paths replaced, one after the other."""
    steps = [
        {"path": [int(p) if p.isdigit() else p for p in path.split(".")], "value": value}
        for path, value in changes
    ]
    return case(name, "verify", base=base, changes=steps)


def changed(document: Case, path: str = "", value: Any = None) -> Case:
    """A copy with the value at a dotted path replaced."""
    whole = json.loads(json.dumps(document))
    *way, last = [int(p) if p.isdigit() else p for p in path.split(".")] if path else [""]
    inner = whole
    for key in way:
        inner = inner[key]
    if path:
        inner[last] = value
    return whole
