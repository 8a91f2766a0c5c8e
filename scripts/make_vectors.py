"""Write the test vectors of the protocol and the worked example of its specification.

``python scripts/make_vectors.py [FOLDER]`` writes ``FOLDER/vectors/*.json`` (default ``tests/``) and, for the default
folder, also the part of ``docs/PROTOCOL.md`` between its two ``worked example`` marks. Inputs are declared below,
expected values come from :mod:`ssj.protocol`; ``tests/unit/test_vectors.py`` checks them by other means and fails
when they drift.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import small_frozen  # noqa: E402
from ssj import protocol, views  # noqa: E402

Case = dict[str, Any]
DICE = "1635241635241635"
SALT = "5a" * 32
SEED = protocol.sha256("seed")
RFC6962_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
MARKS = ("<!-- worked example: written by scripts/make_vectors.py -->", "<!-- end of the worked example -->")


# --- how a vector is run: input → expected; a function not named here takes its input as named arguments ---


def _canonical(text: str) -> Any:
    data = protocol.canonical(protocol.parse(text))
    return {"canonical": data.decode("utf-8"), "sha256": protocol.sha256(data)}


def _select(units: list[Case], n: int) -> Any:
    certain, by_ticket = protocol.select([protocol.Unit(**u) for u in units], n)
    return {"certain": certain, "by_ticket": by_ticket}


def _commitment(record: Case) -> Any:
    opened = protocol.canonical(protocol.commitment_object(record)).decode("utf-8")
    return {"object": opened, "commitment": protocol.commit(record)}


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
        inner[last] = change["value"]
    failing = [s.number for s in protocol.examine(record) if s.holds is False]
    return {"first_failing": failing[0], "failing": failing}


def _steps(steps: list[protocol.Step]) -> list[Any]:
    return [[step.number, step.holds] for step in steps]


RUN: dict[str, Callable[..., Any]] = {
    "canonical": _canonical,
    "leaf": lambda **given: protocol.leaf(**given).decode("utf-8"),
    "merkle_root": lambda leaves: protocol.merkle_root(map(bytes.fromhex, leaves)),
    "merkle_proof": lambda leaves, index: protocol.merkle_proof([bytes.fromhex(d) for d in leaves], index),
    "root_from_proof": lambda data, **given: protocol.root_from_proof(bytes.fromhex(data), **given),
    "event_outcomes": lambda **given: str(protocol.event_outcomes(**given)),
    "check_event_text": lambda **given: protocol.check_event_text(**given) or "accepted",
    "commitment": _commitment,
    "select": _select,
    "read_ledger": _read_ledger,
    "verify": _verify,
    "examine": lambda document: _steps(protocol.examine(document)),
    "compare": lambda **given: _steps(protocol.compare(**given)),
}


def run(function: str, given: Case) -> Case:
    """What a function answers: ``{"expected": …}`` or ``{"error": "ProtocolError"}``, with a Hall set if it has one."""
    act = RUN.get(function) or getattr(protocol, function)
    try:
        return {"expected": act(**given)}
    except protocol.Infeasible as error:
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
    return [{"id": i, "size": w, "ticket": protocol.ticket(seed, "target", i, "")} for i, w in pairs]


def frame_record(frames: dict[str, int | bool], ratio: str) -> Case:
    """What drawing one task reads of a record: targets with their sizes, and the ratio."""
    targets = [{"id": i, "internal": {"frames": [{"task": "R", "stratum": "*", "size": w}]}} for i, w in frames.items()]
    return {"salt": SALT, "tables": {"targets": targets, "tasks": [
        {"id": "R", "internal": {"strata": [{"stratum": "*", "ratio": ratio}]}}]}}


def officer_row(identifier: str, specialities: str = "", cap: int | None = None, recusals: Iterable[str] = (),
                **change: Any) -> Case:
    """An available officer of department D; one letter for each speciality."""
    return {"id": identifier, "internal": {
        "kind": "officer", "department": "D", "specialities": list(specialities), "authority": [], "available": True,
        "recusals": list(recusals), "cap": cap, **change}}


def item_row(specialities: str = "", department: str = "D", expert: bool = False, categories: str = "c") -> Case:
    """The internal part of an item; one letter for each speciality and category."""
    return {"department": department, "specialities": list(specialities), "categories": list(categories),
            "expert": expert}


def matching(officers: list[Case], shapes: list[str], slack: int = 0, seed: str = SEED,
             purpose: str = "officer") -> Case:
    """Input of ``match``: visits V0, V1, … with one seat for each letter of their shape, ``-`` for a general seat."""
    seats = [[{"department": "D" if purpose == "officer" else "", "speciality": s.strip("-")} for s in shape]
             for shape in shapes]
    visits = [{"id": f"V{v}", "items": ["I"], "seats": s if purpose == "officer" else [],
               "expert_seats": s if purpose == "expert" else []} for v, s in enumerate(seats)]
    tables = {"items": [{"id": "I", "internal": item_row()}], "officers": sorted(officers, key=lambda o: o["id"])}
    record = {"salt": SALT, "parameters": {"slack": slack}, "tables": tables}
    return {"record": record, "visits": visits, "seed": seed, "purpose": purpose}


def first_seed(wanted: Callable[[Case], bool], make: Callable[[str], Case]) -> Case:
    """What ``make`` builds from the first of the seeds SHA-256("0"), SHA-256("1"), … that gives what is wanted."""
    return next(given for k in count()
                if wanted(run("match", given := make(protocol.sha256(str(k)))).get("expected", {})))


def skips(reason: str) -> Callable[[Case], bool]:
    """Whether a match lists somebody as skipped for ``reason``."""
    return lambda result: any(s["reason"] == reason for s in result.get("skipped", []))


def county_frozen() -> Case:
    """A frozen record of two departments in which all rules of §6 to §8 show: cascade, joint visits, recusals, caps."""

    def row(identifier: str, **internal: Any) -> Case:
        return {"id": identifier, "identity": {"id": identifier, "name": f"样例{identifier}"}, "internal": internal}

    def officer(identifier: str, specialities: str, **change: Any) -> Case:
        return row(identifier, **officer_row(identifier, **{"specialities": specialities, **change})["internal"])

    sizes = (1, 1, 2, 2, 3, 1, 40, 8, 1, 2, 0, 5)
    targets = []
    for number, size in enumerate(sizes, 1):
        risk_class = "ABCD"[number % 4]
        frames = [{"task": "T1", "stratum": "*", "size": size},
                  {"task": "T2", "stratum": risk_class, "size": min(size, 1)}]
        targets.append(row(f"C{number:03}", category="气"[: number % 3] or "水", public=number != 9, frames=frames))
    ratios = (("A", "0.02"), ("B", "0.3"), ("C", "0.5"), ("D", "1"))
    tasks = [row("T1", items=["I1", "I2"], strata=[{"stratum": "*", "ratio": "0.4"}], team_size=2, expert=True),
             row("T2", items=["I2", "I3"], strata=[{"stratum": s, "ratio": r} for s, r in ratios], team_size=3,
                 expert=False)]
    items = [row("I1", **item_row("a", categories="气水")), row("I2", **item_row("", "E", categories="气水")),
             row("I3", **item_row("b", expert=True, categories="气"))]
    officers = [officer("P1", "a"), officer("P2", "ab", recusals=["C007", "C008"]), officer("P3", "b"),
                officer("P4", "", cap=1), officer("P5", "", authority=["I1", "I3"]),
                officer("P6", "ab", available=False),
                officer("Q1", "", department="E"), officer("Q2", "", department="E", cap=5, recusals=["C004"]),
                officer("Q3", "", department="E"), officer("Q4", "", department="E"),
                officer("X1", "b", kind="expert"), officer("X2", "", kind="expert", department="")]
    event = {"kind": "lottery", "count": 2, "form": protocol.event_form("lottery", 2),
             "time": "2021-11-28T21:15:00+08:00",
             "place": "样例", "fallback": "顺延", "custodians": ["样例甲", "样例乙"]}
    record = {
        "protocol": protocol.PROTOCOL, "round": "county", "attempt": 2, "salt": protocol.sha256("salt"),
        "parameters": {"slack": 0, "demonstration": False},
        "tables": {"items": items, "officers": officers, "targets": targets, "tasks": tasks},
        "event": event, "code": {"version": "0", "hash": "0" * 64}, "ledger_head": protocol.sha256("ledger"),
    }
    return {**record, "commitment": protocol.commit(record)}


NUMBERS = [protocol.sha256(name) for name in "甲乙"]
PARTIES = [{"name": name, "sha256": protocol.sha256(number)} for name, number in zip("甲乙", NUMBERS, strict=True)]
LOTTERY = "01,07,09,18,25,33+16;03,04,11,20,26,31+02"
BASES = {"small": (small_frozen, DICE), "county": (county_frozen, LOTTERY)}


def draw_record(base: str) -> Case:
    """The draw record of a case of whole_draw.json, with no more of the entropy than its text."""
    frozen, text = BASES[base][0](), BASES[base][1]
    return {**frozen, "entropy": {"text": text}, **protocol.draw(frozen, text)}


# --- the vectors, one generator for each file; its docstring is the file's section and purpose ---


def canonical_json() -> Iterator[Case]:
    """§1: strict JSON text to canonical bytes and their hash, or refusal."""
    good = {
        "keys-sorted": '{"b": [1, true], "a": "甲"}', "nested": '{"z":{"b":null,"a":[]},"A":{}}', "empty-object": " {} ",
        "escapes": r'"\"\\\/\b\f\n\r\t\u0000\u001f\u007f\u2028é"', "surrogate-pair": r'"\ud842\udfb7"',
        "text-not-normalised": '"\u00e9 e\u0301"',
        "largest": "9007199254740991", "least": "-9007199254740991", "minus-zero": "-0",
        "prefix-keys": '{"aa":1,"a":2,"":3}', "hundred-deep": "[" * 100 + "]" * 100}
    bad = {
        "fraction": "[1.0]", "exponent": "[1e2]", "nan": "[NaN]", "infinity": "[-Infinity]",
        "too-large": "[9007199254740992]",
        "too-small": "[-9007199254740992]", "duplicate-key": '{"a":1,"a":1}', "chinese-key": '{"键":1}',
        "half-a-pair": r'"\ud800"',
        "torn": "[1", "empty": "", "two-values": "1 2", "trailing-comma": "[1,]", "byte-order-mark": "\ufeff1",
        "raw-control": '"\n"',
        "leading-zero": "[01]", "too-deep": "[" * 101 + "]" * 101}
    yield from (case(name, "canonical", text=text) for name, text in {**good, **bad}.items())


def ids() -> Iterator[Case]:
    """§2: ids are normalised or refused."""
    good = {"credit-code": "91350100m000100y43", "full-width": "ｓ（2021）-7号", "digits": "１２", "all-signs": "A()-_./9",
            "first-and-last-ideograph": "\u4e00\u9fff", "sharp-s": "ß"}
    bad = {"empty": "", "space": " ", "inner-space": "A B", "comma": "a,b", "angle-bracket": "<b>", "accent": "é",
           "line-end": "甲\n", "extension-a": "\u3400", "beyond-bmp": "\U00020bb7"}
    yield from (case(name, "normalise_id", text=text) for name, text in {**good, **bad}.items())


def row_salt_and_leaf() -> Iterator[Case]:
    """§3: row salts, part hashes, leaf data."""
    for part in ("identity", "internal", "ticket"):
        yield case(f"salt-{part}", "row_salt", salt=SALT, table="targets", identifier="S(2021)-7号", part=part)
    yield case("salt-of-another-table", "row_salt", salt=SALT, table="officers", identifier="S(2021)-7号",
               part="identity")
    yield case("salt-of-the-parameters", "row_salt", salt=SALT, table="parameters", identifier="2021Q4",
               part="internal")
    yield case("part", "part_hash", part_salt="0f" * 32, values={"name": "样例甲", "id": "P1"})
    row = {"id": "P1", "identity": {"id": "P1", "name": "样例甲"}, "internal": {"cap": None, "available": True}}
    yield case("leaf", "leaf", salt=SALT, table="officers", row=row)
    yield case("leaf-does-not-hold-other-fields", "leaf", salt=SALT, table="officers", row={**row, "note": "x"})


def merkle_roots() -> Iterator[Case]:
    """§3: roots over leaf data in hexadecimal; the leaves are those of the Certificate Transparency reference tests."""
    for size in range(9):
        yield case(f"leaves-{size}", "merkle_root", leaves=RFC6962_LEAVES[:size])
    yield case("order-matters", "merkle_root", leaves=["00", ""])


def merkle_proofs() -> Iterator[Case]:
    """§3: proofs, lowest hash first, and the roots that they lead to."""
    for size, index in ((1, 0), (2, 1), (3, 2), (7, 0), (7, 3), (7, 6), (8, 5)):
        leaves = RFC6962_LEAVES[:size]
        yield case(f"proof-{index}-of-{size}", "merkle_proof", leaves=leaves, index=index)
        proof = protocol.merkle_proof([bytes.fromhex(d) for d in leaves], index)
        yield case(f"root-{index}-of-{size}", "root_from_proof", data=leaves[index], index=index, count=size,
                   proof=proof)
    yield case("no-such-row", "merkle_proof", leaves=RFC6962_LEAVES[:3], index=3)
    yield case("negative-row", "merkle_proof", leaves=RFC6962_LEAVES[:3], index=-1)
    yield case("too-short", "root_from_proof", data="00", index=1, count=8, proof=["00" * 32] * 2)
    yield case("too-long", "root_from_proof", data="00", index=1, count=8, proof=["00" * 32] * 4)
    yield case("index-beyond-count", "root_from_proof", data="00", index=8, count=8, proof=["00" * 32] * 3)


def event_forms() -> Iterator[Case]:
    """§4.1, §4.2: outcomes, the form of the text, texts accepted and refused."""
    for kind, number in (("dice", 1), ("dice", 15), ("dice", 16), ("lottery", 1), ("lottery", 2), ("lotto", 2), ("beacon", 40),
                         ("beacon", 41),
                         ("beacon", 1024), ("dice", 0), ("dice", 1025), ("coin", 40)):
        yield case(f"outcomes-{kind}-{number}", "event_outcomes", kind=kind, count=number)
    for kind, number in (("dice", 16), ("lottery", 1), ("lottery", 2), ("lottery", 3), ("lotto", 1), ("lotto", 2), ("beacon", 40),
                         ("beacon", 41), ("dice", 0)):
        yield case(f"form-{kind}-{number}", "event_form", kind=kind, count=number)
    lottery = "01,02,09,10,32,33+16;03,04,05,06,07,08+01"
    texts = [
        ("dice", 3, "dice", "163"), ("dice", 3, "dice-seven", "167"), ("dice", 3, "dice-zero", "160"),
        ("dice", 3, "dice-few", "16"),
        ("dice", 3, "dice-many", "1634"), ("dice", 3, "dice-line-end", "163\n"), ("dice", 3, "dice-spaced", "1 6 3"),
        ("dice", 3, "dice-full-width", "１６３"), ("dice", 3, "dice-empty", ""),
        ("beacon", 8, "beacon", "0f"), ("beacon", 8, "beacon-upper-case", "0F"), ("beacon", 8, "beacon-few", "f"),
        ("lottery", 2, "lottery", lottery), ("lottery", 2, "lottery-one-draw", lottery[:20]),
        ("lottery", 2, "lottery-unsorted", lottery.replace("01,02", "02,01")),
        ("lottery", 2, "lottery-twice-the-same", lottery.replace("01,02", "01,01")),
        ("lottery", 2, "lottery-red-34", lottery.replace("33", "34")),
        ("lottery", 2, "lottery-blue-17", lottery.replace("+16", "+17")),
        ("lottery", 2, "lottery-one-digit", lottery.replace("01,", "1,")),
        ("lottery", 2, "lottery-spaced", lottery.replace(",", ", ")),
        ("lotto", 1, "lotto", "02,05,09,18,35+03,11"), ("lotto", 1, "lotto-back-unsorted", "02,05,09,18,35+11,03"),
        ("lotto", 1, "lotto-36", "02,05,09,18,36+03,11"), ("lotto", 1, "lotto-one-back", "02,05,09,18,35+03")]
    for kind, number, name, text in texts:
        event = {"kind": kind, "count": number, "form": protocol.event_form(kind, number)}
        yield case(name, "check_event_text", event=event, text=text)
    yield case("form-not-the-kinds-own", "check_event_text", event={"kind": "dice", "count": 3, "form": "[0-9]{3}"},
               text="163")
    for name, change, text in (
            ("parties", {}, f"163|{NUMBERS[0]}|{NUMBERS[1]}"), ("party-withholds", {}, f"163|{NUMBERS[0]}"),
            ("parties-alone", {}, f"{NUMBERS[0]}|{NUMBERS[1]}"), ("parties-swapped", {}, f"163|{NUMBERS[1]}|{NUMBERS[0]}"),
            ("party-upper-case", {}, f"163|{NUMBERS[0].upper()}|{NUMBERS[1]}"),
            ("party-copies-another", {"parties": PARTIES[:1] * 2}, f"163|{NUMBERS[0]}|{NUMBERS[0]}"),
            ("party-without-hash", {"parties": [PARTIES[0], {"name": "乙", "sha256": "0"}]}, f"163|{NUMBERS[0]}|{NUMBERS[1]}"),
            ("parties-not-in-the-form", {"form": "[1-6]{3}"}, "163"), ("no-parties", {"parties": [], "form": "[1-6]{3}"}, "163")):
        event = {"kind": "dice", "count": 3, "form": protocol.event_form("dice", 3, 2), "parties": PARTIES, **change}
        yield case(name, "check_event_text", event=event, text=text)


def commitment() -> Iterator[Case]:
    """§4.3, §4.4: the public list, the canonical commitment object, the commitment, and records that have none."""
    whole = small_frozen()
    del whole["commitment"]
    yield case("public-list", "public_list", record={"tables": {"targets": whole["tables"]["targets"]}})
    yield case("small", "commitment", record=whole)
    yield case("empty-tables", "commitment", record={**whole, "tables": {name: [] for name in protocol.TABLES}})
    targets = whole["tables"]["targets"][:2]
    whole = {**whole, "tables": {**{name: [] for name in protocol.TABLES}, "targets": targets}}
    yield case("two-targets", "commitment", record=whole)
    yield case("fields-not-named-are-not-committed-to", "commitment", record={**whole, "note": "x"})
    changed = json.loads(json.dumps(targets[0]))
    changed["identity"]["id"] = "S009"
    faults = {
        "two-ids-in-one-row": {"tables": {**whole["tables"], "targets": [changed]}},
        "row-with-a-fourth-field": {"tables": {**whole["tables"], "targets": [{**targets[0], "note": "x"}]}},
        "size-below-zero": {"tables": {**whole["tables"], "targets": [_changed(targets[0], "internal.frames.0.size", -1)]}},
        "category-missing": {"tables": {**whole["tables"], "targets": [_changed(targets[0], "internal", {"public": True, "frames": []})]}},
        "public-as-a-number": {"tables": {**whole["tables"], "targets": [_changed(targets[0], "internal.public", 1)]}},
        "attempt-zero": {"attempt": 0}, "slack-below-zero": {"parameters": {**whole["parameters"], "slack": -1}},
        "ledger-head-short": {"ledger_head": "0" * 63}, "event-of-another-form": {"event": {**whole["event"], "form": "[0-9]{16}"}},
        "salt-upper-case": {"salt": "5A" * 32}, "salt-short": {"salt": "5a" * 31},
        "table-missing": {"tables": {k: v for k, v in whole["tables"].items() if k != "items"}},
        "table-unknown": {"tables": {**whole["tables"], "groups": []}},
        "rows-unsorted": {"tables": {**whole["tables"], "targets": targets[::-1]}},
        "id-twice": {"tables": {**whole["tables"], "targets": [targets[0], targets[0]]}},
        "id-not-normalised": {"tables": {**whole["tables"], "targets": [{**targets[0], "id": "s001"}]}}}
    yield from (case(name, "commitment", record={**whole, **change}) for name, change in faults.items())


def seed() -> Iterator[Case]:
    """§5: the seed from the commitment and the event's text."""
    for name, text in (("dice", DICE), ("one-digit-differs", "2" + DICE[1:]), ("lottery", LOTTERY)):
        yield case(name, "seed_of", commitment="c0" * 32, text=text)


def tickets() -> Iterator[Case]:
    """§5: tickets of each purpose, and their numbers."""
    salt = protocol.row_salt(SALT, "targets", "S001", "ticket")
    for purpose, identifier in (("target", "S001"), ("visit", "S001"), ("officer", "S001,P1"), ("expert", "S001,P4"),
                                ("target", "甲")):
        yield case(f"{purpose}-{identifier}", "ticket", seed=SEED, purpose=purpose, identifier=identifier,
                   ticket_salt=salt)
    yield case("from-a-record", "target_ticket", record={"salt": SALT}, seed=SEED, purpose="target", target="S001")
    for digits in ("0" * 13, "0" * 12 + "1", "f" * 13, SEED[:13]):
        yield case(f"number-{digits}", "ticket_number", ticket_hex=digits + "f" * 51)


def sample_size() -> Iterator[Case]:
    """§6.2: min(⌈ratio·N⌉, N) without rounding errors; ratios refused."""
    for ratio, number in (("0.05", 0), ("0.05", 1), ("0.05", 20), ("0.05", 21), ("0.05", 61), ("0.1", 30),
                          ("0.07", 100), ("0.29", 100),
                          ("0.57", 100), ("0.333333333", 3), ("0.333333334", 3), ("0.000000001", 10_000_000), ("1", 7),
                          ("1.0", 7),
                          ("1.000000000", 7), ("0.999999999", 7)):
        yield case(f"{ratio}-of-{number}", "sample_size", ratio=ratio, count=number)
    for ratio in ("0", "0.0", "1.1", "-0.1", "5", "5%", "1e-2", ".5", "0.", "00.5", "0.0000000001", "½", "0.5 ",
                  "1.000000001", ""):
        yield case(f"refused-{ratio or 'empty'}", "sample_size", ratio=ratio, count=10)


def select_equal_sizes() -> Iterator[Case]:
    """§6.3: with equal sizes the smallest tickets are drawn, in their order."""
    for name, size, number, n in (("a-few", 3, 12, 4), ("size-does-not-matter", 1, 12, 4), ("all-but-one", 1, 12, 11),
                                  ("one", 1, 12, 1),
                                  ("none", 1, 12, 0), ("fifty", 7, 50, 7)):
        yield case(name, "select", units=units(*[size] * number), n=n)


def select_unequal_sizes() -> Iterator[Case]:
    """§6.3: Pareto order sampling by the integer key; certain units first, sorted by id."""
    mixed = (1, 2, 4, 8, 3, 5, 2, 2, 1, 9)
    yield case("three-of-ten", "select", units=units(*mixed), n=3)
    yield case("order-of-units-does-not-matter", "select", units=units(*mixed)[::-1], n=3)
    yield case("scale-does-not-matter", "select", units=units(*[7 * w for w in mixed]), n=3)
    yield case("large-sizes", "select", units=units(*[2**52 + 12345 * w for w in mixed]), n=3)
    yield case("one-of-five", "select", units=units(1, 2, 3, 4, 5), n=1)
    for number in range(3):
        yield case(f"another-seed-{number}", "select", units=units(*mixed, seed=protocol.sha256(f"seed{number}")), n=4)


def certainty_cascade() -> Iterator[Case]:
    """§6.3: all units with n·w ≥ W are taken at once, then n and W are reduced and the rest is looked at again."""
    yield case("once", "select", units=units(100, 9, 2, 2, 2, 2, 2), n=3)
    yield case("twice", "select", units=units(100, 10, 1, 1, 1, 1, 1, 1, 1, 1), n=3)
    yield case("four-times", "select", units=units(1000, 100, 10, 4, 1, 1, 1), n=5)
    yield case("two-at-once", "select", units=units(1, 50, 1, 60, 1, 1), n=3)
    yield case("exactly-at-the-bound", "select", units=units(2, 1, 1, 2, 2), n=4)
    yield case("just-below-the-bound", "select", units=units(49, 51, 25, 25), n=2)
    yield case("none-is-left-to-draw", "select", units=units(5, 5, 0), n=2)


def ties() -> Iterator[Case]:
    """§6.3: equal keys fall to the full ticket, then to the id in code point order."""

    def unit(identifier: str, digits: str, size: int = 1) -> Case:
        return {"id": identifier, "size": size, "ticket": digits.rjust(64, "0")}

    yield case("same-number-other-ticket", "select", units=[unit("B", "1"), unit("A", "2"), unit("C", "3")], n=2)
    yield case("same-ticket", "select", units=[unit("B", "1"), unit("A", "2"), unit("C", "1")], n=2)
    yield case("ids-by-code-point", "select",
               units=[unit(i, "1") for i in ("一", "Z", "_", "A", "9", "-", "/", ".", "(")], n=8)
    yield case("number-zero-whatever-the-size", "select",
               units=[unit("A", "2", 1), unit("B", "1", 9), unit("C", "3", 5)], n=1)
    sizes = (("A", 40, 1), ("B", 45, 2), ("C", 5, 2**51), ("D", 5, 2**51 + 1), ("E", 5, 2**52 - 1))
    yield case("keys-equal-by-rounding-down", "select", n=2,
               units=[{"id": i, "size": w, "ticket": f"{t:013x}".ljust(64, "0")} for i, w, t in sizes])


def size_zero() -> Iterator[Case]:
    """§6.1, §6.3: units of size 0 are neither counted nor drawn; sizes that are not integers from 0 on are refused."""
    yield case("never-drawn", "select", units=units(0, 1, 0, 1, 1, 0), n=3)
    yield case("all-zero", "select", units=units(0, 0), n=0)
    for name, frames in (("not-counted", {"A": 0, "B": 1, "C": 1, "D": 0}), ("all-zero-stratum", {"A": 0, "B": 0}),
                         ("empty-stratum", {}),
                         ("negative", {"A": -1, "B": 1}), ("boolean", {"A": True, "B": 1})):
        yield case(name, "draw_targets", record=frame_record(frames, "0.5"), seed=SEED)


def n_equals_count() -> Iterator[Case]:
    """§6.3: with n = N every unit is certain."""
    yield case("equal", "select", units=units(1, 1, 1), n=3)
    yield case("unequal", "select", units=units(1, 1000, 30), n=3)
    yield case("ratio-one", "draw_targets", record=frame_record({"A": 3, "B": 1, "C": 0}, "1"), seed=SEED)


def single_unit() -> Iterator[Case]:
    """§6.3: a frame of one."""
    yield case("drawn", "select", units=units(5), n=1)
    yield case("not-drawn", "select", units=units(5), n=0)
    yield case("smallest-ratio", "draw_targets", record=frame_record({"A": 1}, "0.000000001"), seed=SEED)


def visits_joint() -> Iterator[Case]:
    """§7.1: one visit for each target with all tasks that drew it; items by category; visits by id."""
    rows = {"I1": item_row(), "I2": item_row("b", "E"), "I3": item_row("", "F", categories="d")}
    tasks = {"T1": {"items": ["I1", "I3"], "team_size": 2, "expert": False},
             "T2": {"items": ["I2", "I1"], "team_size": 2, "expert": True}}
    tables = {
        "items": [{"id": i, "internal": v} for i, v in rows.items()],
        "tasks": [{"id": i, "internal": v} for i, v in tasks.items()],
        "targets": [{"id": i, "internal": {"category": "c" if i != "S3" else "d"}} for i in ("S1", "S2", "S3", "S4")]}

    def part(task: str, certain: list[str], by_ticket: list[str]) -> Case:
        return {"task": task, "stratum": "*", "count": 4, "n": len(certain + by_ticket), "certain": certain,
                "by_ticket": by_ticket}

    for name, drawn in (("two-tasks", [part("T2", ["S4"], ["S1"]), part("T1", [], ["S3", "S1"])]),
                        ("order-of-tasks-does-not-matter", [part("T1", [], ["S3", "S1"]), part("T2", ["S4"], ["S1"])]),
                        ("nothing-drawn", [part("T1", [], [])])):
        yield case(name, "visits_of", record={"tables": tables}, drawn=drawn)


def seats_and_eligibility() -> Iterator[Case]:
    """§7.2, §7.3: seats of a visit, and who fits a seat."""

    def visit(name: str, items: dict[str, Case], team_size: int = 2, expert: bool = False, category: str = "c") -> Case:
        task = {"items": list(items), "team_size": team_size, "expert": expert}
        return case(name, "visit_of", target="S1", category=category, task_ids=["T"], tasks={"T": task}, items=items)

    yield visit("two-general-seats", {"I": item_row()})
    yield visit("never-fewer-than-two", {"I": item_row()}, team_size=1)
    yield visit("team-of-three", {"I": item_row("a")}, team_size=3)
    yield visit("more-specialities-than-the-team-size", {"I": item_row("ab"), "J": item_row("bc")})
    yield visit("two-departments", {"I": item_row("a", "一局"), "J": item_row("", "E"), "K": item_row("b", "一局")})
    yield visit("departments-by-code-point", {"I": item_row("", "\uff21局"), "J": item_row("", "\U00020bb7局"), "K": item_row("", "局")})
    yield visit("no-item-of-the-category", {"I": item_row()}, category="d")
    yield visit("expert-item-with-speciality", {"I": item_row("a", expert=True), "J": item_row("b")})
    yield visit("expert-item-without-speciality", {"I": item_row("", expert=True), "J": item_row("b", expert=True)})
    yield visit("expert-by-the-task", {"I": item_row("a")}, expert=True)
    yield visit("expert-by-item-and-task", {"I": item_row("a", expert=True)}, expert=True)
    items = {"I": item_row("a"), "J": item_row("a"), "K": item_row(), "L": item_row("", "E")}
    general, special, expert = ({"department": d, "speciality": s} for d, s in (("D", ""), ("D", "a"), ("", "a")))
    for name, seat, change in (
            ("fits-general", general, {}), ("fits-speciality", special, {"specialities": "ab"}),
        ("lacks-the-speciality", special, {"specialities": "b"}),
            ("not-available", general, {"available": False}), ("another-department", general, {"department": "E"}),
            ("staff", general, {"kind": "staff"}), ("authority-over-one-item", general, {"authority": ["K"]}),
            ("authority-elsewhere-only", general, {"authority": ["L"]}),
            ("speciality-needs-all-its-items", special, {"specialities": "a", "authority": ["I", "K"]}),
            ("speciality-with-all-its-items", special, {"specialities": "a", "authority": ["I", "J"]}),
            ("expert", expert, {"kind": "expert", "specialities": "a", "department": ""}),
            ("expert-of-any-department", expert, {"kind": "expert", "specialities": "a", "authority": ["L"]}),
            ("expert-on-an-officers-seat", special, {"kind": "expert", "specialities": "a"}),
            ("officer-on-an-experts-seat", expert, {"specialities": "a"})):
        yield case(name, "fits", officer=officer_row("P", **change), seat=seat,
                   visit={"id": "S1", "items": list(items)}, items=items)


def look_ahead() -> Iterator[Case]:
    """§8.2, §8.3: the first by lot whose choice leaves the rest possible; who was passed over, what would be short."""
    plain = [officer_row(f"O{i}", cap=1) for i in range(3)]
    late = skips("look_ahead")
    yield case("lone-specialist-is-kept", "match", **first_seed(
        late, lambda s: matching([*plain, officer_row("S", "a", 1)], ["--", "a-"], seed=s)))
    yield case("within-the-visit", "match", **first_seed(
        late, lambda s: matching([officer_row("A", "a"), officer_row("AB", "ab")], ["ab"], seed=s)))
    yield case("several-visits-short", "match", **first_seed(
        lambda r: any(len(s["short"]) > 1 for s in r.get("skipped", [])),
        lambda s: matching([*plain, officer_row("S", "a", 2), officer_row("O9")], ["--", "a", "a"], seed=s)))
    yield case("used-up", "match", **first_seed(
        skips("cap"),
        lambda s: matching([officer_row("O0", cap=1), officer_row("O1"), officer_row("O2")], ["--", "--"], seed=s)))
    yield case("nothing-to-fill", "match", **matching(plain, []))


def recusal() -> Iterator[Case]:
    """§8.3: a recused officer is passed over and listed as such; a seat with nobody else is infeasible."""
    officers = [officer_row("O0", recusals=["V0"]), officer_row("O1"), officer_row("O2")]
    yield case("passed-over", "match", **first_seed(skips("recusal"), lambda s: matching(officers, ["--"], seed=s)))
    yield case("does-not-count-elsewhere", "match", **matching(officers, ["--", "--", "--"]))
    yield case("nobody-else", "match", **matching(officers[:2], ["--"]))


def caps_raised() -> Iterator[Case]:
    """§8.1: caps start at ⌈seats / officers⌉ + slack and rise only where one more visit would fill a seat."""
    officers = [officer_row("O1"), officer_row("O2"), officer_row("S", "a")]
    yield case("not-needed", "match", **matching(officers, ["--", "--"]))
    yield case("only-the-bottleneck", "match", **matching(officers, ["a-"] * 3))
    yield case("by-two", "match", **matching(officers, ["a-"] * 3 + ["a"]))
    yield case("slack-makes-it-needless", "match", **matching(officers, ["a-"] * 3, slack=1))
    yield case("all-that-would-help", "match", **matching([*officers, officer_row("S2", "a")], ["a"] * 5 + ["-"]))
    yield case("a-personal-cap-does-not-move", "match", **matching([*officers, officer_row("S2", "a", 1)], ["a-"] * 5))


def infeasible_seats() -> Iterator[Case]:
    """§8.4: no complete assignment; the Hall set names the seats and all who could take them."""
    officers = [officer_row("O1"), officer_row("O2")]
    yield case("three-seats-for-one", "match", **matching([*officers, officer_row("S", "a", 1)], ["a-"] * 3))
    yield case("nobody-has-the-speciality", "match", **matching(officers, ["--", "b-"]))
    yield case("nobody-at-all", "match", **matching([], ["--"]))
    yield case("one-officer-two-seats", "match", **matching([officer_row("O1")], ["--"]))
    yield case("caps-of-all", "match", **matching([officer_row("O1", cap=1), officer_row("O2", cap=1)], ["--", "--"]))


def experts() -> Iterator[Case]:
    """§8.5: experts are matched apart, by lots of their own."""
    people = [officer_row(f"X{i}", s, kind="expert", department="") for i, s in enumerate(("a", "ab", ""))]
    yield case("by-lot", "match", **matching([*people, officer_row("O1", "ab")], ["a", "-", "b"], purpose="expert"))
    yield case("no-expert", "match", **matching([officer_row("O1", "ab")], ["a"], purpose="expert"))
    yield case("no-seat", "match", **matching(people, [""], purpose="expert"))


def ledger_chain() -> Iterator[Case]:
    """§9: lines that chain, and ledgers that don't."""
    entry = {"n": 1, "time": "2021-11-19T09:00:00+08:00", "round": "2021Q4", "attempt": 1, "stage": "01-freeze",
             "bag": "ab" * 32}
    second = {**entry, "n": 2, "stage": "02-draw"}
    one = protocol.ledger_line(entry, protocol.NO_HEAD)
    two = protocol.ledger_line(second, protocol.parse(one)["hash"])
    yield case("first-line", "ledger_line", entry=entry, previous=protocol.NO_HEAD)
    yield case("second-line", "ledger_line", entry=second, previous=protocol.parse(one)["hash"])
    for name, text in {
        "empty": "", "one": f"{one}\n", "two": f"{one}\n{two}\n", "no-line-end": f"{one}\n{two}",
        "changed": f"{one.replace('01-', '03-')}\n{two}\n",
        "swapped": f"{two}\n{one}\n", "first-missing": f"{two}\n", "twice": f"{one}\n{one}\n",
        "blank-line": f"{one}\n\n{two}\n",
        "spaced": f"{one.replace(',', ', ')}\n", "upper-case": f"{one.replace('ab', 'AB')}\n",
        "windows-line-end": f"{one}\r\n",
        "wrong-number": protocol.ledger_line({**entry, "n": 2}, protocol.NO_HEAD) + "\n",
        "rehashed-without-the-link": f"{one}\n{protocol.ledger_line(second, protocol.NO_HEAD)}\n",
        "not-an-object": "[]\n"}.items():
        yield case(name, "read_ledger", text=text)


def whole_draw() -> Iterator[Case]:
    """§5 to §8: a frozen record and the event's text to all that a draw record adds."""
    for name, (frozen, text) in BASES.items():
        yield case(name, "draw", record=frozen(), text=text)


def _tampered(name: str, *changes: tuple[str, Any], base: str = "small") -> Case:
    """A draw record with values at dotted paths replaced."""
    steps = [{"path": [int(p) if p.isdigit() else p for p in path.split(".")], "value": value} for path,
             value in changes]
    return case(name, "verify", base=base, changes=steps)


def tampered_commitment() -> Iterator[Case]:
    """§10 V3: something that was fixed at the freeze is changed afterwards."""
    yield _tampered("protocol", ("protocol", "ssj/2"))
    yield _tampered("commitment", ("commitment", "0" * 64))
    yield _tampered("attempt", ("attempt", 2))
    yield _tampered("attempt-as-text", ("attempt", "1"))
    yield _tampered("salt", ("salt", "5b" + SALT[2:]))
    yield _tampered("name-of-a-target", ("tables.targets.0.identity.name", "样例第9公司"))
    yield _tampered("size", ("tables.targets.3.internal.frames.1.size", 3))
    yield _tampered("status-behind-the-public-list", ("tables.targets.4.internal.public", True))
    yield _tampered("row-removed", ("tables.officers", small_frozen()["tables"]["officers"][1:]))
    yield _tampered("ratio", ("tables.tasks.0.internal.strata.0.ratio", "0.67"))
    yield _tampered("field-that-the-draw-does-not-read", ("tables.officers.0.internal.certificate", "Z9"))
    yield _tampered("place-of-the-event", ("event.place", "小会议室"))
    yield _tampered("parameter", ("parameters.slack", 0))
    yield _tampered("ledger-head", ("ledger_head", "1" * 64))
    yield _tampered("code", ("code.hash", "1" * 64))
    row = small_frozen()["tables"]["targets"][0]
    yield _tampered("row-field-that-is-not-committed", ("tables.targets.0", {**row, "note": "x"}))
    yield _tampered("two-ids-in-one-row", ("tables.targets.0.identity.id", "S009"))


def tampered_seed() -> Iterator[Case]:
    """§10 V4: event text or seed do not follow from the commitment."""
    yield _tampered("seed", ("seed", "0" * 64))
    yield _tampered("seed-upper-case", ("seed", draw_record("small")["seed"].upper()))
    yield _tampered("another-text", ("entropy.text", "2" + DICE[1:]))
    yield _tampered("text-of-the-wrong-form", ("entropy.text", "7" + DICE[1:]))
    yield _tampered("text-with-a-line-end", ("entropy.text", DICE + "\n"))
    frozen = county_frozen()
    frozen["event"] = {**frozen["event"], "kind": "dice", "count": 3, "form": protocol.event_form("dice", 3)}
    frozen["commitment"] = protocol.commit(frozen)
    poor = {**{key: frozen[key] for key in ("event", "commitment")}, "entropy": {"text": "163"},
            **protocol.draw(frozen, "163")}
    yield _tampered("too-few-outcomes", *poor.items(), base="county")


def tampered_selection() -> Iterator[Case]:
    """§10 V5: drawn targets do not follow from the seed; V6 fails too unless the visits were changed to fit."""
    yield _tampered("friend-spared", ("drawn.0.by_ticket.1", "S002"))
    frozen, record = small_frozen(), draw_record("small")
    record["drawn"][0]["by_ticket"][1] = "S002"
    visits = protocol.visits_of(frozen, record["drawn"])
    teams = {f"{p}s": protocol.match(frozen, visits, record["seed"], p) for p in ("officer", "expert")}
    yield _tampered("friend-spared-and-the-rest-made-to-fit", ("drawn", record["drawn"]), ("visits", visits),
                    *teams.items())
    yield _tampered("order", ("drawn.0.by_ticket", ["S001", "S004"]))
    yield _tampered("sample-size", ("drawn.0.n", 1))
    yield _tampered("count", ("drawn.0.count", 4))
    yield _tampered("stratum-left-out", ("drawn", draw_record("small")["drawn"][1:]))
    yield _tampered("certainty-as-lot", ("drawn.0.certain", []), ("drawn.0.by_ticket", _all_of("county", 0)),
                    base="county")


def _all_of(base: str, index: int) -> list[str]:
    part = draw_record(base)["drawn"][index]
    return part["certain"] + part["by_ticket"]


def tampered_visits() -> Iterator[Case]:
    """§10 V6: visits do not follow from the drawn targets; V7 fails too where teams depend on what was changed."""
    record = draw_record("small")
    yield _tampered("visit-left-out", ("visits", record["visits"][1:]))
    yield _tampered("seat-left-out", ("visits.1.seats", record["visits"][1]["seats"][:1]))
    yield _tampered("item-left-out", ("visits.1.items", ["I1"]))
    yield _tampered("task-left-out", ("visits.1.tasks", ["R1"]))
    yield _tampered("expert-left-out", ("visits.1.expert_seats", []))
    yield _tampered("order-of-visits", ("visits", record["visits"][::-1]))
    yield _tampered("task-that-reads-as-nothing", ("visits.0.tasks", [*record["visits"][0]["tasks"], "（无）"]))
    yield _tampered("key-with-null", ("visits.0", {**record["visits"][0], "x": None}))


def tampered_teams() -> Iterator[Case]:
    """§10 V7: teams, caps or skipped officers do not follow from seed and visits."""
    record = draw_record("county")
    look = next(k for k, s in enumerate(record["officers"]["skipped"]) if s["reason"] == "look_ahead")
    yield _tampered("another-officer", ("officers.taken.1.officer", "P1"))
    yield _tampered("choices", ("officers.taken.1.choices", 1))
    yield _tampered("expert", ("experts.taken.0.officer", "P1"))
    yield _tampered("cap", ("officers.raised.0.cap", 1), base="county")
    yield _tampered("raise-left-out", ("officers.raised", []), base="county")
    yield _tampered("skipped-left-out", ("officers.skipped", record["officers"]["skipped"][1:]), base="county")
    yield _tampered("reason", (f"officers.skipped.{look}.reason", "recusal"), base="county")
    yield _tampered("short", (f"officers.skipped.{look}.short", []), base="county")


def _changed(document: Case, path: str = "", value: Any = None) -> Case:
    """A copy with the value at a dotted path replaced."""
    whole = json.loads(json.dumps(document))
    *way, last = [int(p) if p.isdigit() else p for p in path.split(".")] if path else [""]
    inner = whole
    for key in way:
        inner = inner[key]
    if path:
        inner[last] = value
    return whole


def _opened(internal: bool) -> Case:
    """The small draw record, whose parameters open the internal part of receipts or don't."""
    frozen = small_frozen()
    frozen["parameters"] = {**frozen["parameters"], "receipt_internal": internal}
    frozen["commitment"] = protocol.commit(frozen)
    return {**frozen, "entropy": {"text": DICE}, **protocol.draw(frozen, DICE)}


def receipts() -> Iterator[Case]:
    """§10.3: receipts with and without the internal part, of drawn, spared and sensitive targets; changed ones."""
    ids = [t["id"] for t in small_frozen()["tables"]["targets"]]
    every = list(views.receipts(_opened(False), ids))
    sealed, opened = (next(r for r in views.receipts(_opened(i), ids) if r["drawn"]) for i in (False, True))
    for name, document in (("drawn", sealed), ("not-drawn", next(r for r in every if not r["drawn"])), ("sensitive", every[4]),
                           ("internal-part", opened)):
        yield case(name, "examine", document=document)
    for name, path, value in (
            ("name", "row.identity.values.name", "样例第9公司"), ("identity-salt", "row.identity.salt", "0" * 64), ("id", "row.id", "S009"),
            ("internal-hash", "row.internal", "0" * 64), ("ticket-salt", "ticket_salt", "0" * 64), ("index", "row.index", sealed["row"]["index"] + 1),
            ("negative-index", "row.index", -1), ("proof-short", "row.proof", sealed["row"]["proof"][:-1]),
            ("proof-of-another-root", "row.proof.0", "0" * 64), ("proof-upper-case", "row.proof.0", sealed["row"]["proof"][0].upper()),
            ("root", "committed.tables.targets.root", "0" * 64), ("rows", "committed.tables.targets.rows", 4),
            ("commitment", "commitment", "0" * 64), ("newer-protocol", "protocol", "ssj/2"), ("text", "entropy.text", "2" + DICE[1:]),
            ("seed", "seed", "0" * 64), ("ticket", "ticket", "0" * 64), ("ticket-one-digit", "ticket", "f" + sealed["ticket"][1:]),
            ("drawn-without-items", "drawn", False), ("items-without-drawn", "items", []), ("drawn-as-number", "drawn", 1),
            ("row-missing", "row", None)):
        yield case(f"changed-{name}", "examine", document=_changed(sealed, path, value))
    yield case("changed-size-of-the-internal-part", "examine", document=_changed(opened, "row.internal.values.frames.1.size", 9))
    yield case("internal-part-swapped-in", "examine", document=_changed(sealed, "row.internal", opened["row"]["internal"]))
    yield case("no-view", "examine", document={k: v for k, v in sealed.items() if k != "view"})
    yield case("unknown-view", "examine", document=_changed(sealed, "view", "ticket"))
    yield case("not-an-object", "examine", document=["receipt"])


def public_records() -> Iterator[Case]:
    """§10.2: notices and public records, sound and changed; frozen and draw records of a newer protocol."""
    notice, published = views.notice(small_frozen()), views.published(draw_record("small"))
    yield case("notice", "examine", document=notice)
    yield case("public", "examine", document=published)
    yield case("frozen", "examine", document=small_frozen())
    yield case("frozen-newer-protocol", "examine", document=_changed(small_frozen(), "protocol", "ssj/2"))
    named = published["public_list"]["targets"]
    for name, path, value in (
            ("firm-left-out-of-the-list", "public_list.targets", named[1:]), ("list-name", "public_list.targets.0.name", "样例第9公司"),
            ("firm-hidden", "public_list", {"targets": named[1:], "unnamed": 2}), ("event-time", "committed.event.time", "2021-11-27T10:00:00+08:00"),
            ("event-form", "committed.event.form", "[0-9]{16}"), ("commitment", "commitment", "0" * 64), ("newer-protocol", "protocol", "ssj/2"),
            ("newer-protocol-inside", "committed.protocol", "ssj/2"), ("text", "entropy.text", "2" + DICE[1:]), ("seed", "seed", "0" * 64),
            ("visit-of-a-stranger", "visits.0.id", "S000"), ("visit-twice", "visits", published["visits"][:1] * 2),
            ("visit-renamed", "visits.0.name", "样例第9公司"), ("unnamed-visits", "unnamed_visits", 2), ("unnamed-as-text", "unnamed_visits", "1"),
            ("visits-unordered", "visits", published["visits"][::-1]), ("no-entropy", "entropy", None)):
        yield case(f"changed-{name}", "examine", document=_changed(published, path, value))


def several_documents() -> Iterator[Case]:
    """§10.4: documents that must agree with each other and with a ledger."""
    record = draw_record("small")
    notice, published = views.notice(small_frozen()), views.published(record)
    drawn, spared = views.receipts(record, [record["visits"][0]["id"], next(
        t["id"] for t in record["tables"]["targets"] if t["id"] not in {v["id"] for v in record["visits"]})])
    again = small_frozen()
    again["salt"] = "5b" * 32
    again = views.notice({**again, "commitment": protocol.commit(again)})
    later = {**small_frozen(), "ledger_head": protocol.sha256("line")}
    later = views.notice({**later, "commitment": protocol.commit(later)})
    entry = {"n": 1, "time": "2021-11-19T09:00:00+08:00", "round": "tiny", "attempt": 1, "stage": "01-freeze", "bag": "ab" * 32}
    line = protocol.ledger_line(entry, protocol.NO_HEAD) + "\n"
    yield case("agree", "compare", documents=[notice, published, drawn, spared], ledger=line)
    yield case("without-ledger", "compare", documents=[notice, published], ledger=None)
    yield case("two-commitments", "compare", documents=[notice, again], ledger=None)
    yield case("unknown-head", "compare", documents=[later], ledger=line)
    yield case("empty-ledger", "compare", documents=[notice], ledger="")
    yield case("drawn-but-not-listed", "compare", documents=[{**published, "visits": []}, drawn], ledger=None)
    yield case("listed-but-not-drawn", "compare", documents=[published, {**drawn, "drawn": False, "items": []}], ledger=None)
    yield case("sensitive-is-not-listed", "compare", documents=[published, next(views.receipts(record, ["S005"]))], ledger=None)
    yield case("sensitive-in-the-draw-record", "compare", ledger=None,
               documents=[record, {**next(views.receipts(record, ["S005"])), "drawn": False, "items": []}])


PURPOSES = (canonical_json, ids, row_salt_and_leaf, merkle_roots, merkle_proofs, event_forms, commitment, seed,
            tickets, sample_size,
            select_equal_sizes, select_unequal_sizes, certainty_cascade, ties, size_zero, n_equals_count, single_unit,
            visits_joint,
            seats_and_eligibility, look_ahead, recusal, caps_raised, infeasible_seats, experts, ledger_chain,
            whole_draw,
            tampered_commitment, tampered_seed, tampered_selection, tampered_visits, tampered_teams,
            receipts, public_records, several_documents)


# --- the worked example ---


def worked_example() -> str:
    """The small record drawn step by step, as Markdown."""
    record = draw_record("small")
    salt, seed, tables = record["salt"], record["seed"], record["tables"]
    lines = [*_example_freeze(record, salt, tables), *_example_selection(record, seed, tables),
             *_example_teams(record, salt, seed)]
    return "\n".join(lines).replace("\n\n\n", "\n\n").strip()


def _block(*lines: str) -> list[str]:
    return ["", "```text", *lines, "```", ""]


def _text(value: Any) -> str:
    return protocol.canonical(value).decode("utf-8")


def _example_freeze(record: Case, salt: str, tables: Case) -> Iterator[str]:
    row = tables["targets"][3]
    yield f"`salt` is `{salt}`."
    yield f"Row `{row['id']}` of table `targets`; its parts in canonical form, their salts and hashes (§3):"
    for part in ("identity", "internal"):
        own = protocol.row_salt(salt, "targets", row["id"], part)
        yield from _block(f"{part}  {_text(row[part])}", f"HMAC of targets,{row['id']},{part}", f"  salt {own}",
                          f"  hash {protocol.part_hash(own, row[part])}")
    leaves = [protocol.leaf(salt, "targets", r) for r in tables["targets"]]
    hashes = [protocol.merkle_root([data]) for data in leaves]
    yield "Leaf data of that row, the five leaf hashes, the inner nodes and the root of table `targets`:"
    yield from _block(leaves[3].decode("utf-8"), "",
                      *(f"{r['id']} leaf  {h}" for r, h in zip(tables["targets"], hashes, strict=True)), "",
                      f"1–2       {protocol.merkle_root(leaves[:2])}", f"3–4       {protocol.merkle_root(leaves[2:4])}",
                      f"1–4       {protocol.merkle_root(leaves[:4])}", f"root 1–5  {protocol.merkle_root(leaves)}")
    proof = protocol.merkle_proof(leaves, 3)
    yield "Proof of row S004 (index 3 of 5), lowest hash first: its neighbour S003, nodes 1–2, leaf S005:"
    yield from _block(*proof)
    own = protocol.row_salt(salt, "parameters", record["round"], "internal")
    yield "Public list, parameters and salt as the commitment holds them (§4.3, §4.4):"
    public = protocol.canonical(protocol.public_list(record))
    yield from _block(public.decode("utf-8"), f"  hash {protocol.sha256(public)}",
                      _text(record["parameters"]), f"  salt {own}",
                      f"  hash {protocol.part_hash(own, record['parameters'])}",
                      f"hash of the 32 bytes of salt {protocol.sha256(bytes.fromhex(salt))}")
    opened = protocol.canonical(protocol.commitment_object(record))
    yield f"Commitment object, {len(opened)} bytes, and its hash, the commitment:"
    yield from _block(opened.decode("utf-8"), "", record["commitment"])


def _example_selection(record: Case, seed: str, tables: Case) -> Iterator[str]:
    yield f"Event text `{record['entropy']['text']}`; text hashed for the seed, and the seed (§5):"
    yield from _block(f"ssj/1,seed,{record['commitment']},{record['entropy']['text']}", seed)
    yield "Ticket salts (HMAC of `targets,{id},ticket`) and tickets, SHA-256 of `{seed},target,{id},{ticket salt}`:"
    drawn_by = {t["id"]: protocol.target_ticket(record, seed, "target", t["id"]) for t in tables["targets"]}
    yield from _block(*(line for i, t in drawn_by.items() for line in (
        f"{i} salt   {protocol.row_salt(record['salt'], 'targets', i, 'ticket')}", f"     ticket {t}",
        f"     T      {protocol.ticket_number(t)}")))
    yield "Selection (§6): nobody is certain here; keys, and who is drawn, in drawing order."
    yield ""
    yield "| task | stratum | N | ratio | n | W | keys | drawn |\n| --- | --- | --- | --- | --- | --- | --- | --- |"
    framed = protocol.frames(record)
    ratios = {(t["id"], s["stratum"]): s["ratio"] for t in tables["tasks"] for s in t["internal"]["strata"]}
    for part in record["drawn"]:
        place = part["task"], part["stratum"]
        total, n = sum(w for _, w in framed[place]), part["n"]
        keys = [f"{i}: {selection_key(protocol.ticket_number(drawn_by[i]), w, n, total)}" for i, w in framed[place]]
        numbers = f"{part['count']} | {ratios[place]} | {n} | {total}"
        yield f"| {place[0]} | `{place[1]}` | {numbers} | {'<br>'.join(keys)} | {', '.join(part['by_ticket'])} |"


def selection_key(t: int, size: int, n: int, total: int) -> int:
    """The integer key of §6.3."""
    return protocol.M * t * (total - n * size) // (n * size * (protocol.M - t))


def _example_teams(record: Case, salt: str, seed: str) -> Iterator[str]:
    yield "\nVisits (§7), by id:\n\n| visit | tasks | items | seats | expert seats |\n| --- | --- | --- | --- | --- |"

    def seats(places: list[Case]) -> str:
        return ", ".join(f"{p['department'] or '–'}/{p['speciality'] or 'general'}" for p in places) or "none"

    for v in record["visits"]:
        lists = ", ".join(v["tasks"]), ", ".join(v["items"]), seats(v["seats"]), seats(v["expert_seats"])
        yield f"| {v['id']} | {' | '.join(lists)} |"
    yield "\nVisit tickets, smallest first; under each the lots of officers and experts, smallest ticket first (§8):"
    order = {v["id"]: protocol.target_ticket(record, seed, "visit", v["id"]) for v in record["visits"]}
    lines = []
    for visit in sorted(order, key=lambda i: order[i]):
        own = protocol.row_salt(salt, "targets", visit, "ticket")
        lines.append(f"{visit} visit   {order[visit]}")
        for kind, people in (("officer", ("P1", "P2", "P3")), ("expert", ("P4",))):
            lot = {p: protocol.ticket(seed, kind, f"{visit},{p}", own) for p in people}
            lines += [f"  {p} {kind} {lot[p]}" for p in sorted(lot, key=lambda p: lot[p])]
    yield from _block(*lines)
    yield "Caps start at ⌈6/3⌉ + 1 = 3 for the officers; for the expert at ⌈2/1⌉ + 1 = 3, but at most 2, the number"
    yield "of all expert seats. None has to rise. Teams:"
    yield "\n| visit | seat | taken by | choices |\n| --- | --- | --- | --- |"
    for taken in (t for k in ("officers", "experts") for t in record[k]["taken"]):
        yield f"| {taken['visit']} | {seats([taken])} | {taken['officer']} | {taken['choices']} |"


# --- write ---


def file_bytes(purpose: Callable[[], Iterator[Case]]) -> bytes:
    """A vector file: UTF-8, sorted keys, indent 1, final line end."""
    section, _, words = (purpose.__doc__ or "").partition(": ")
    content = {"purpose": purpose.__name__, "section": section, "about": words, "cases": list(purpose())}
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode("utf-8")


def with_example(text: str) -> str:
    """The specification with its worked example renewed."""
    before, _, rest = text.partition(MARKS[0])
    return f"{before}{MARKS[0]}\n\n{worked_example()}\n\n{MARKS[1]}{rest.partition(MARKS[1])[2]}"


def main(folder: Path) -> None:
    """Write all vectors below ``folder``."""
    (folder / "vectors").mkdir(parents=True, exist_ok=True)
    for purpose in PURPOSES:
        (folder / "vectors" / f"{purpose.__name__}.json").write_bytes(file_bytes(purpose))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "tests")
    if len(sys.argv) == 1:
        specification = ROOT / "docs" / "PROTOCOL.md"
        specification.write_bytes(with_example(specification.read_text(encoding="utf-8")).encode("utf-8"))
