"""Write the test vectors of the protocol and the worked example of its specification.

``python scripts/make_vectors.py [FOLDER]`` writes ``FOLDER/vectors/*.json`` (default ``tests/``)
and, for the default folder, also the part of ``docs/PROTOCOL.md`` between its two
``worked example`` marks. Inputs are declared here and beside, expected values come from
:mod:`ssj.protocol`; ``tests/unit/test_vectors.py`` checks them by other means and fails when they
drift.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from vector_agreement import (
    committed_objects,
    contradictions,
    files_by_content,
    types_and_ranges,
)
from vector_attestations import attestations, banners, signatures
from vector_checks import (
    altered_codes,
    check_states,
    checks,
    codes_refused,
    published_checks,
)
from vector_documents import (
    external_draw,
    incomplete_records,
    public_records,
    receipts,
    several_documents,
    tampered_commitment,
    tampered_seed,
    tampered_selection,
    tampered_teams,
    tampered_visits,
)
from vector_groups import groups, groups_infeasible, tampered_groups
from vector_inputs import (
    BASES,
    DICE,
    LOTTERY,
    NUMBERS,
    PARTIES,
    SALT,
    SEED,
    Case,
    case,
    changed,
    county_frozen,
    draw_record,
    first_seed,
    frame_record,
    item_row,
    matching,
    officer_row,
    skips,
    small_frozen,
    units,
)
from vector_mutants import (
    banners_of_odd_documents,
    entropy_types,
    frames_refused,
    further_pairs,
    half_entries,
    limits,
    made_to_fit,
    many,
    one_field_of_a_draw,
    proofs,
    published_fields,
    record_fields,
    staffing,
    true_is_not_one,
)
from vector_replacements import (
    amended_documents,
    replacements,
    replacements_refused,
    tampered_amendments,
)
from worked_example import worked_example

from ssj import protocol
from ssj.draw import disclosure

RFC6962_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
MARKS = (
    "<!-- worked example: written by scripts/make_vectors.py -->",
    "<!-- end of the worked example -->",
)


# --- the vectors, one generator for each file; its docstring is the file's section and purpose ---


def canonical_json() -> Iterator[Case]:
    """§1: strict JSON text to canonical bytes and their hash, or refusal."""
    good = {
        "keys-sorted": '{"b": [1, true], "a": "甲"}',
        "nested": '{"z":{"b":null,"a":[]},"A":{}}',
        "empty-object": " {} ",
        "escapes": r'"\"\\\/\b\f\n\r\t\u0000\u001f\u007f\u2028é"',
        "surrogate-pair": r'"\ud842\udfb7"',
        "text-not-normalised": '"\u00e9 e\u0301"',
        "largest": "9007199254740991",
        "least": "-9007199254740991",
        "minus-zero": "-0",
        "prefix-keys": '{"aa":1,"a":2,"":3}',
        "hundred-deep": "[" * 100 + "]" * 100,
    }
    bad = {
        "fraction": "[1.0]",
        "exponent": "[1e2]",
        "nan": "[NaN]",
        "infinity": "[-Infinity]",
        "too-large": "[9007199254740992]",
        "too-small": "[-9007199254740992]",
        "too-large-among-others": "[1,9007199254740992,2]",
        "too-small-among-others": "[1,-9007199254740992,2]",
        "duplicate-key": '{"a":1,"a":1}',
        "chinese-key": '{"键":1}',
        "half-a-pair": r'"\ud800"',
        "torn": "[1",
        "empty": "",
        "two-values": "1 2",
        "trailing-comma": "[1,]",
        "byte-order-mark": "\ufeff1",
        "raw-control": '"\n"',
        "leading-zero": "[01]",
        "too-deep": "[" * 101 + "]" * 101,
    }
    yield from (case(name, "canonical", text=text) for name, text in {**good, **bad}.items())


def ids() -> Iterator[Case]:
    """§2: ids are normalised or refused."""
    good = {
        "credit-code": "91350100m000100y43",
        "full-width": "ｓ（2021）-7号",
        "digits": "１２",
        "all-signs": "A()-_./9",
        "first-and-last-ideograph": "\u4e00\u9fff",
        "sharp-s": "ß",
    }
    bad = {
        "empty": "",
        "space": " ",
        "inner-space": "A B",
        "comma": "a,b",
        "angle-bracket": "<b>",
        "accent": "é",
        "line-end": "甲\n",
        "extension-a": "\u3400",
        "beyond-bmp": "\U00020bb7",
    }
    yield from (case(name, "normalise_id", text=text) for name, text in {**good, **bad}.items())


def row_salt_and_leaf() -> Iterator[Case]:
    """§3: row salts, part hashes, leaf data."""
    for part in ("identity", "internal", "ticket"):
        yield case(
            f"salt-{part}",
            "row_salt",
            salt=SALT,
            table="targets",
            identifier="S(2021)-7号",
            part=part,
        )
    yield case(
        "salt-of-another-table",
        "row_salt",
        salt=SALT,
        table="officers",
        identifier="S(2021)-7号",
        part="identity",
    )
    yield case(
        "salt-of-the-parameters",
        "row_salt",
        salt=SALT,
        table="parameters",
        identifier="2021Q4",
        part="internal",
    )
    yield case("part", "part_hash", part_salt="0f" * 32, values={"name": "样例甲", "id": "P1"})
    row = {
        "id": "P1",
        "identity": {"id": "P1", "name": "样例甲"},
        "internal": {"cap": None, "available": True},
    }
    yield case("leaf", "leaf", salt=SALT, table="officers", row=row)
    yield case(
        "leaf-does-not-hold-other-fields",
        "leaf",
        salt=SALT,
        table="officers",
        row={**row, "note": "x"},
    )


def merkle_roots() -> Iterator[Case]:
    """§3: roots over leaf data in hexadecimal; the leaves are those of the Certificate Transparency
    reference tests.
    """
    for size in range(9):
        yield case(f"leaves-{size}", "merkle_root", leaves=RFC6962_LEAVES[:size])
    yield case("order-matters", "merkle_root", leaves=["00", ""])


def merkle_proofs() -> Iterator[Case]:
    """§3: proofs, lowest hash first, and the roots that they lead to."""
    for size, index in ((1, 0), (2, 1), (3, 2), (7, 0), (7, 3), (7, 6), (8, 5)):
        leaves = RFC6962_LEAVES[:size]
        yield case(f"proof-{index}-of-{size}", "merkle_proof", leaves=leaves, index=index)
        proof = disclosure.merkle_proofs(map(bytes.fromhex, leaves))[index]
        yield case(
            f"root-{index}-of-{size}",
            "root_from_proof",
            data=leaves[index],
            index=index,
            count=size,
            proof=proof,
        )
    yield case("no-such-row", "merkle_proof", leaves=RFC6962_LEAVES[:3], index=3)
    yield case("negative-row", "merkle_proof", leaves=RFC6962_LEAVES[:3], index=-1)
    yield case("too-short", "root_from_proof", data="00", index=1, count=8, proof=["00" * 32] * 2)
    yield case("too-long", "root_from_proof", data="00", index=1, count=8, proof=["00" * 32] * 4)
    yield case(
        "index-beyond-count", "root_from_proof", data="00", index=8, count=8, proof=["00" * 32] * 3
    )


def event_forms() -> Iterator[Case]:
    """§4.1, §4.2: outcomes, the form of the text, texts accepted and refused."""
    for kind, number in (
        ("dice", 1),
        ("dice", 15),
        ("dice", 16),
        ("lottery", 1),
        ("lottery", 2),
        ("lotto", 2),
        ("beacon", 40),
        ("beacon", 41),
        ("beacon", 1024),
        ("dice", 0),
        ("dice", 1025),
        ("coin", 40),
    ):
        yield case(f"outcomes-{kind}-{number}", "event_outcomes", kind=kind, count=number)
    for kind, number in (
        ("dice", 16),
        ("lottery", 1),
        ("lottery", 2),
        ("lottery", 3),
        ("lotto", 1),
        ("lotto", 2),
        ("beacon", 40),
        ("beacon", 41),
        ("dice", 0),
    ):
        yield case(f"form-{kind}-{number}", "event_form", kind=kind, count=number)
    lottery = "01,02,09,10,32,33+16;03,04,05,06,07,08+01"
    texts = [
        ("dice", 3, "dice", "163"),
        ("dice", 3, "dice-seven", "167"),
        ("dice", 3, "dice-zero", "160"),
        ("dice", 3, "dice-few", "16"),
        ("dice", 3, "dice-many", "1634"),
        ("dice", 3, "dice-line-end", "163\n"),
        ("dice", 3, "dice-spaced", "1 6 3"),
        ("dice", 3, "dice-full-width", "１６３"),
        ("dice", 3, "dice-empty", ""),
        ("beacon", 8, "beacon", "0f"),
        ("beacon", 8, "beacon-upper-case", "0F"),
        ("beacon", 8, "beacon-few", "f"),
        ("lottery", 2, "lottery", lottery),
        ("lottery", 2, "lottery-one-draw", lottery[:20]),
        ("lottery", 2, "lottery-unsorted", lottery.replace("01,02", "02,01")),
        ("lottery", 2, "lottery-twice-the-same", lottery.replace("01,02", "01,01")),
        ("lottery", 2, "lottery-red-34", lottery.replace("33", "34")),
        ("lottery", 2, "lottery-blue-17", lottery.replace("+16", "+17")),
        ("lottery", 2, "lottery-one-digit", lottery.replace("01,", "1,")),
        ("lottery", 2, "lottery-spaced", lottery.replace(",", ", ")),
        ("lotto", 1, "lotto", "02,05,09,18,35+03,11"),
        ("lotto", 1, "lotto-back-unsorted", "02,05,09,18,35+11,03"),
        ("lotto", 1, "lotto-36", "02,05,09,18,36+03,11"),
        ("lotto", 1, "lotto-one-back", "02,05,09,18,35+03"),
    ]
    for kind, number, name, text in texts:
        event = {"kind": kind, "count": number, "form": protocol.event_form(kind, number)}
        yield case(name, "check_event_text", event=event, text=text)
    yield case(
        "form-not-the-kinds-own",
        "check_event_text",
        event={"kind": "dice", "count": 3, "form": "[0-9]{3}"},
        text="163",
    )
    for name, change, text in (
        ("parties", {}, f"163|{NUMBERS[0]}|{NUMBERS[1]}"),
        ("party-withholds", {}, f"163|{NUMBERS[0]}"),
        ("parties-alone", {}, f"{NUMBERS[0]}|{NUMBERS[1]}"),
        ("parties-swapped", {}, f"163|{NUMBERS[1]}|{NUMBERS[0]}"),
        ("party-upper-case", {}, f"163|{NUMBERS[0].upper()}|{NUMBERS[1]}"),
        ("party-copies-another", {"parties": PARTIES[:1] * 2}, f"163|{NUMBERS[0]}|{NUMBERS[0]}"),
        (
            "party-without-hash",
            {"parties": [PARTIES[0], {"name": "乙", "sha256": "0"}]},
            f"163|{NUMBERS[0]}|{NUMBERS[1]}",
        ),
        ("parties-not-in-the-form", {"form": "[1-6]{3}"}, "163"),
        ("no-parties", {"parties": [], "form": "[1-6]{3}"}, "163"),
    ):
        event = {
            "kind": "dice",
            "count": 3,
            "form": protocol.event_form("dice", 3, 2),
            "parties": PARTIES,
            **change,
        }
        yield case(name, "check_event_text", event=event, text=text)


def commitment() -> Iterator[Case]:
    """§4.3, §4.4: the public list, the canonical commitment object, the commitment, and records
    that have none.
    """
    whole = small_frozen()
    del whole["commitment"]
    yield case(
        "public-list", "public_list", record={"tables": {"targets": whole["tables"]["targets"]}}
    )
    yield case("small", "commitment", record=whole)
    yield case(
        "empty-tables",
        "commitment",
        record={**whole, "tables": {name: [] for name in protocol.TABLES}},
    )
    targets = whole["tables"]["targets"][:2]
    whole = {**whole, "tables": {**{name: [] for name in protocol.TABLES}, "targets": targets}}
    yield case("two-targets", "commitment", record=whole)
    yield case("fields-not-named-are-not-committed-to", "commitment", record={**whole, "note": "x"})
    faults: dict[str, dict] = {
        "two-ids-in-one-row": {
            "tables": {**whole["tables"], "targets": [changed(targets[0], "identity.id", "S009")]}
        },
        "row-with-a-fourth-field": {
            "tables": {**whole["tables"], "targets": [{**targets[0], "note": "x"}]}
        },
        "size-below-zero": {
            "tables": {
                **whole["tables"],
                "targets": [changed(targets[0], "internal.frames.0.size", -1)],
            }
        },
        "category-missing": {
            "tables": {
                **whole["tables"],
                "targets": [changed(targets[0], "internal", {"public": True, "frames": []})],
            }
        },
        "public-as-a-number": {
            "tables": {**whole["tables"], "targets": [changed(targets[0], "internal.public", 1)]}
        },
        "attempt-zero": {"attempt": 0},
        "slack-below-zero": {"parameters": {**whole["parameters"], "slack": -1}},
        "ledger-head-short": {"ledger_head": "0" * 63},
        "event-of-another-form": {"event": {**whole["event"], "form": "[0-9]{16}"}},
        "salt-upper-case": {"salt": "5A" * 32},
        "salt-short": {"salt": "5a" * 31},
        "table-missing": {"tables": {k: v for k, v in whole["tables"].items() if k != "items"}},
        "table-unknown": {"tables": {**whole["tables"], "groups": []}},
        "rows-unsorted": {"tables": {**whole["tables"], "targets": targets[::-1]}},
        "id-twice": {"tables": {**whole["tables"], "targets": [targets[0], targets[0]]}},
        "id-not-normalised": {
            "tables": {**whole["tables"], "targets": [{**targets[0], "id": "s001"}]}
        },
    }
    yield from (
        case(name, "commitment", record={**whole, **change}) for name, change in faults.items()
    )


def seed() -> Iterator[Case]:
    """§5: the seed from the commitment and the event's text."""
    for name, text in (("dice", DICE), ("one-digit-differs", "2" + DICE[1:]), ("lottery", LOTTERY)):
        yield case(name, "seed_of", commitment="c0" * 32, text=text)


def tickets() -> Iterator[Case]:
    """§5: tickets of each purpose, and their numbers."""
    salt = protocol.row_salt(SALT, "targets", "S001", "ticket")
    for purpose, identifier in (
        ("target", "S001"),
        ("visit", "S001"),
        ("officer", "S001,P1"),
        ("expert", "S001,P4"),
        ("target", "甲"),
    ):
        yield case(
            f"{purpose}-{identifier}",
            "ticket",
            seed=SEED,
            purpose=purpose,
            identifier=identifier,
            ticket_salt=salt,
        )
    yield case(
        "from-a-record",
        "target_ticket",
        record={"salt": SALT},
        seed=SEED,
        purpose="target",
        target="S001",
    )
    for digits in ("0" * 13, "0" * 12 + "1", "f" * 13, SEED[:13]):
        yield case(f"number-{digits}", "ticket_number", ticket_hex=digits + "f" * 51)


def sample_size() -> Iterator[Case]:
    """§6.2: min(⌈ratio·N⌉, N) without rounding errors; ratios refused."""
    for ratio, number in (
        ("0.05", 0),
        ("0.05", 1),
        ("0.05", 20),
        ("0.05", 21),
        ("0.05", 61),
        ("0.1", 30),
        ("0.07", 100),
        ("0.29", 100),
        ("0.57", 100),
        ("0.333333333", 3),
        ("0.333333334", 3),
        ("0.000000001", 10_000_000),
        ("1", 7),
        ("1.0", 7),
        ("1.000000000", 7),
        ("0.999999999", 7),
    ):
        yield case(f"{ratio}-of-{number}", "sample_size", ratio=ratio, count=number)
    for ratio in (
        "0",
        "0.0",
        "1.1",
        "-0.1",
        "5",
        "5%",
        "1e-2",
        ".5",
        "0.",
        "00.5",
        "0.0000000001",
        "½",
        "0.5 ",
        "1.000000001",
        "",
    ):
        yield case(f"refused-{ratio or 'empty'}", "sample_size", ratio=ratio, count=10)


def select_equal_sizes() -> Iterator[Case]:
    """§6.3: with equal sizes the smallest tickets are drawn, in their order."""
    for name, size, number, n in (
        ("a-few", 3, 12, 4),
        ("size-does-not-matter", 1, 12, 4),
        ("all-but-one", 1, 12, 11),
        ("one", 1, 12, 1),
        ("none", 1, 12, 0),
        ("fifty", 7, 50, 7),
    ):
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
        yield case(
            f"another-seed-{number}",
            "select",
            units=units(*mixed, seed=protocol.sha256(f"seed{number}")),
            n=4,
        )


def certainty_cascade() -> Iterator[Case]:
    """§6.3: all units with n·w ≥ W are taken at once, then n and W are reduced and the rest is
    looked at again.
    """
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

    yield case(
        "same-number-other-ticket",
        "select",
        units=[unit("B", "1"), unit("A", "2"), unit("C", "3")],
        n=2,
    )
    yield case("same-ticket", "select", units=[unit("B", "1"), unit("A", "2"), unit("C", "1")], n=2)
    yield case(
        "ids-by-code-point",
        "select",
        units=[unit(i, "1") for i in ("一", "Z", "_", "A", "9", "-", "/", ".", "(")],
        n=8,
    )
    yield case(
        "number-zero-whatever-the-size",
        "select",
        units=[unit("A", "2", 1), unit("B", "1", 9), unit("C", "3", 5)],
        n=1,
    )
    sizes = (("A", 40, 1), ("B", 45, 2), ("C", 5, 2**51), ("D", 5, 2**51 + 1), ("E", 5, 2**52 - 1))
    yield case(
        "keys-equal-by-rounding-down",
        "select",
        n=2,
        units=[{"id": i, "size": w, "ticket": f"{t:013x}".ljust(64, "0")} for i, w, t in sizes],
    )


def size_zero() -> Iterator[Case]:
    """§6.1, §6.3: units of size 0 are neither counted nor drawn; sizes that are not integers from 0
    on are refused.
    """
    yield case("never-drawn", "select", units=units(0, 1, 0, 1, 1, 0), n=3)
    yield case("all-zero", "select", units=units(0, 0), n=0)
    for name, frames in (
        ("not-counted", {"A": 0, "B": 1, "C": 1, "D": 0}),
        ("all-zero-stratum", {"A": 0, "B": 0}),
        ("empty-stratum", {}),
        ("negative", {"A": -1, "B": 1}),
        ("boolean", {"A": True, "B": 1}),
    ):
        yield case(name, "draw_targets", record=frame_record(frames, "0.5"), seed=SEED)


def n_equals_count() -> Iterator[Case]:
    """§6.3: with n = N every unit is certain."""
    yield case("equal", "select", units=units(1, 1, 1), n=3)
    yield case("unequal", "select", units=units(1, 1000, 30), n=3)
    yield case(
        "ratio-one", "draw_targets", record=frame_record({"A": 3, "B": 1, "C": 0}, "1"), seed=SEED
    )


def single_unit() -> Iterator[Case]:
    """§6.3: a frame of one."""
    yield case("drawn", "select", units=units(5), n=1)
    yield case("not-drawn", "select", units=units(5), n=0)
    yield case(
        "smallest-ratio", "draw_targets", record=frame_record({"A": 1}, "0.000000001"), seed=SEED
    )


def visits_joint() -> Iterator[Case]:
    """§7.1: one visit for each target with all tasks that drew it; items by category; visits by
    id.
    """
    rows = {"I1": item_row(), "I2": item_row("b", "E"), "I3": item_row("", "F", categories="d")}
    tasks = {
        "T1": {"items": ["I1", "I3"], "team_size": 2, "expert": False},
        "T2": {"items": ["I2", "I1"], "team_size": 2, "expert": True},
    }
    tables = {
        "items": [{"id": i, "internal": v} for i, v in rows.items()],
        "tasks": [{"id": i, "internal": v} for i, v in tasks.items()],
        "targets": [
            {"id": i, "internal": {"category": "c" if i != "S3" else "d"}}
            for i in ("S1", "S2", "S3", "S4")
        ],
    }

    def part(task: str, certain: list[str], by_ticket: list[str]) -> Case:
        return {
            "task": task,
            "stratum": "*",
            "count": 4,
            "n": len(certain + by_ticket),
            "certain": certain,
            "by_ticket": by_ticket,
        }

    for name, drawn in (
        ("two-tasks", [part("T2", ["S4"], ["S1"]), part("T1", [], ["S3", "S1"])]),
        (
            "order-of-tasks-does-not-matter",
            [part("T1", [], ["S3", "S1"]), part("T2", ["S4"], ["S1"])],
        ),
        ("nothing-drawn", [part("T1", [], [])]),
    ):
        yield case(name, "visits_of", record={"tables": tables}, drawn=drawn)


def seats_and_eligibility() -> Iterator[Case]:
    """§7.2, §7.3: seats of a visit, and who fits a seat."""

    def visit(
        name: str,
        items: dict[str, Case],
        team_size: int = 2,
        expert: bool = False,
        category: str = "c",
    ) -> Case:
        task = {"items": list(items), "team_size": team_size, "expert": expert}
        return case(
            name,
            "visit_of",
            target="S1",
            category=category,
            task_ids=["T"],
            tasks={"T": task},
            items=items,
        )

    yield visit("two-general-seats", {"I": item_row()})
    yield visit("never-fewer-than-two", {"I": item_row()}, team_size=1)
    yield visit("team-of-three", {"I": item_row("a")}, team_size=3)
    yield visit("more-specialities-than-the-team-size", {"I": item_row("ab"), "J": item_row("bc")})
    yield visit(
        "two-departments",
        {"I": item_row("a", "一局"), "J": item_row("", "E"), "K": item_row("b", "一局")},
    )
    yield visit(
        "departments-by-code-point",
        {"I": item_row("", "\uff21局"), "J": item_row("", "\U00020bb7局"), "K": item_row("", "局")},
    )
    yield visit("no-item-of-the-category", {"I": item_row()}, category="d")
    yield visit(
        "expert-item-with-speciality", {"I": item_row("a", expert=True), "J": item_row("b")}
    )
    yield visit(
        "expert-item-without-speciality",
        {"I": item_row("", expert=True), "J": item_row("b", expert=True)},
    )
    yield visit("expert-by-the-task", {"I": item_row("a")}, expert=True)
    yield visit("expert-by-item-and-task", {"I": item_row("a", expert=True)}, expert=True)
    items = {"I": item_row("a"), "J": item_row("a"), "K": item_row(), "L": item_row("", "E")}
    general, special, expert = (
        {"department": d, "speciality": s} for d, s in (("D", ""), ("D", "a"), ("", "a"))
    )
    for name, seat, change in (
        ("fits-general", general, {}),
        ("fits-speciality", special, {"specialities": "ab"}),
        ("lacks-the-speciality", special, {"specialities": "b"}),
        ("not-available", general, {"available": False}),
        ("another-department", general, {"department": "E"}),
        ("staff", general, {"kind": "staff"}),
        ("authority-over-one-item", general, {"authority": ["K"]}),
        ("authority-elsewhere-only", general, {"authority": ["L"]}),
        ("speciality-needs-all-its-items", special, {"specialities": "a", "authority": ["I", "K"]}),
        ("speciality-with-all-its-items", special, {"specialities": "a", "authority": ["I", "J"]}),
        ("expert", expert, {"kind": "expert", "specialities": "a", "department": ""}),
        (
            "expert-of-any-department",
            expert,
            {"kind": "expert", "specialities": "a", "authority": ["L"]},
        ),
        ("expert-on-an-officers-seat", special, {"kind": "expert", "specialities": "a"}),
        ("officer-on-an-experts-seat", expert, {"specialities": "a"}),
    ):
        yield case(
            name,
            "fits",
            officer=officer_row("P", **change),
            seat=seat,
            visit={"id": "S1", "items": list(items)},
            items=items,
        )


def look_ahead() -> Iterator[Case]:
    """§8.2, §8.3: the first by lot whose choice leaves the rest possible; who was passed over, what
    would be short.
    """
    plain = [officer_row(f"O{i}", cap=1) for i in range(3)]
    late = skips("look_ahead")
    yield case(
        "lone-specialist-is-kept",
        "match",
        **first_seed(
            late, lambda s: matching([*plain, officer_row("S", "a", 1)], ["--", "a-"], seed=s)
        ),
    )
    yield case(
        "within-the-visit",
        "match",
        **first_seed(
            late,
            lambda s: matching([officer_row("A", "a"), officer_row("AB", "ab")], ["ab"], seed=s),
        ),
    )
    yield case(
        "several-visits-short",
        "match",
        **first_seed(
            lambda r: any(len(s["short"]) > 1 for s in r.get("skipped", [])),
            lambda s: matching(
                [*plain, officer_row("S", "a", 2), officer_row("O9")], ["--", "a", "a"], seed=s
            ),
        ),
    )
    yield case(
        "used-up",
        "match",
        **first_seed(
            skips("cap"),
            lambda s: matching(
                [officer_row("O0", cap=1), officer_row("O1"), officer_row("O2")],
                ["--", "--"],
                seed=s,
            ),
        ),
    )
    yield case("nothing-to-fill", "match", **matching(plain, []))


def recusal() -> Iterator[Case]:
    """§8.3: a recused officer is passed over and listed as such; a seat with nobody else is
    infeasible.
    """
    officers = [officer_row("O0", recusals=["V0"]), officer_row("O1"), officer_row("O2")]
    yield case(
        "passed-over",
        "match",
        **first_seed(skips("recusal"), lambda s: matching(officers, ["--"], seed=s)),
    )
    yield case("does-not-count-elsewhere", "match", **matching(officers, ["--", "--", "--"]))
    yield case("nobody-else", "match", **matching(officers[:2], ["--"]))


def rotation() -> Iterator[Case]:
    """§8: whoever is in a target's ``rotation`` is no candidate there, and is listed as such;
    records with and without one.
    """
    officers = [officer_row(f"O{i}") for i in range(4)]
    late = skips("rotation")
    yield case(
        "passed-over",
        "match",
        **first_seed(late, lambda s: matching(officers, ["--"], seed=s, rotation={"V0": ["O0"]})),
    )
    yield case(
        "does-not-count-elsewhere",
        "match",
        **matching(officers, ["--", "--"], rotation={"V0": ["O0", "O1"], "V1": []}),
    )
    yield case(
        "a-recusal-is-named-first",
        "match",
        **first_seed(
            skips("recusal"),
            lambda s: matching(
                [*officers[1:], officer_row("O0", recusals=["V0"])],
                ["--"],
                seed=s,
                rotation={"V0": ["O0"]},
            ),
        ),
    )
    yield case(
        "who-is-not-in-the-roster",
        "match",
        **matching(officers, ["--"], rotation={"V0": ["O9", "P1"]}),
    )
    yield case(
        "of-targets-not-visited",
        "match",
        **matching(officers[:2], ["--"], rotation={"V9": ["O0", "O1"]}),
    )
    yield case(
        "a-cap-rises-for-it",
        "match",
        **matching(officers[:3], ["--", "-"], rotation={"V1": ["O0", "O1"], "V0": ["O0"]}),
    )
    yield case("nobody-else", "match", **matching(officers[:2], ["--"], rotation={"V0": ["O1"]}))
    experts = [officer_row(f"X{i}", kind="expert", department="") for i in range(3)]
    yield case(
        "expert",
        "match",
        **first_seed(
            late,
            lambda s: matching(
                experts, ["-"], seed=s, purpose="expert", rotation={"V0": ["X0", "X1"]}
            ),
        ),
    )
    frozen = county_frozen()
    for target in frozen["tables"]["targets"]:
        target["internal"]["rotation"] = ["P1", "Q1", "X1"] if target["id"] == "C003" else []
    frozen["commitment"] = protocol.commit(frozen)
    drawn = case("whole-draw", "draw", record=frozen, text=LOTTERY)
    yield drawn
    record = {**frozen, "entropy": {"text": LOTTERY}, **drawn["expected"]}
    yield case("examined", "examine", document=record)
    place = next(k for k, t in enumerate(frozen["tables"]["targets"]) if t["id"] == "C003")
    for name, value in (("another-officer", ["P1", "Q1", "X2"]), ("one-less", ["P1"])):
        yield case(
            f"changed-{name}",
            "examine",
            document=changed(record, f"tables.targets.{place}.internal.rotation", value),
        )
    small = {k: v for k, v in small_frozen().items() if k != "commitment"}
    for name, rotation in (
        ("", ["P1", "P9"]),
        ("-empty", []),
        ("-as-text", "P1"),
        ("-as-null", None),
        ("-of-numbers", [1]),
    ):
        yield case(
            f"commitment{name}",
            "commitment",
            record=changed(small, "tables.targets.0.internal.rotation", rotation),
        )
    without = changed(record)
    for target in without["tables"]["targets"]:
        del target["internal"]["rotation"]
    without["commitment"] = protocol.commit(without)
    without["seed"] = protocol.seed_of(without["commitment"], LOTTERY)
    drawn_anew = protocol.draw_targets(without, without["seed"])
    visits = protocol.visits_of(without, drawn_anew)
    teams = {
        f"{p}s": protocol.match({**without, "tables": frozen["tables"]}, visits, without["seed"], p)
        for p in ("officer", "expert")
    }
    yield case(
        "teams-rotated-without-cause",
        "examine",
        document={**without, "drawn": drawn_anew, "visits": visits, **teams},
    )


def caps_raised() -> Iterator[Case]:
    """§8.1: caps start at ⌈seats / officers⌉ + slack and rise only where one more visit would fill
    a seat.
    """
    officers = [officer_row("O1"), officer_row("O2"), officer_row("S", "a")]
    yield case("not-needed", "match", **matching(officers, ["--", "--"]))
    yield case("only-the-bottleneck", "match", **matching(officers, ["a-"] * 3))
    yield case("by-two", "match", **matching(officers, ["a-"] * 3 + ["a"]))
    yield case("slack-makes-it-needless", "match", **matching(officers, ["a-"] * 3, slack=1))
    yield case(
        "all-that-would-help",
        "match",
        **matching([*officers, officer_row("S2", "a")], ["a"] * 5 + ["-"]),
    )
    yield case(
        "a-personal-cap-does-not-move",
        "match",
        **matching([*officers, officer_row("S2", "a", 1)], ["a-"] * 5),
    )


def infeasible_seats() -> Iterator[Case]:
    """§8.4: no complete assignment; the Hall set names the seats and all who could take them."""
    officers = [officer_row("O1"), officer_row("O2")]
    yield case(
        "three-seats-for-one",
        "match",
        **matching([*officers, officer_row("S", "a", 1)], ["a-"] * 3),
    )
    yield case("nobody-has-the-speciality", "match", **matching(officers, ["--", "b-"]))
    yield case("nobody-at-all", "match", **matching([], ["--"]))
    yield case("one-officer-two-seats", "match", **matching([officer_row("O1")], ["--"]))
    yield case(
        "caps-of-all",
        "match",
        **matching([officer_row("O1", cap=1), officer_row("O2", cap=1)], ["--", "--"]),
    )


def experts() -> Iterator[Case]:
    """§8.5: experts are matched apart, by lots of their own."""
    people = [
        officer_row(f"X{i}", s, kind="expert", department="") for i, s in enumerate(("a", "ab", ""))
    ]
    yield case(
        "by-lot",
        "match",
        **matching([*people, officer_row("O1", "ab")], ["a", "-", "b"], purpose="expert"),
    )
    yield case("no-expert", "match", **matching([officer_row("O1", "ab")], ["a"], purpose="expert"))
    yield case("no-seat", "match", **matching(people, [""], purpose="expert"))


def ledger_chain() -> Iterator[Case]:
    """§9: lines that chain, and ledgers that don't."""
    entry = {
        "n": 1,
        "time": "2021-11-19T09:00:00+08:00",
        "round": "2021Q4",
        "attempt": 1,
        "stage": "01-freeze",
        "bag": "ab" * 32,
    }
    second = {**entry, "n": 2, "stage": "02-draw"}
    one = protocol.ledger_line(entry, protocol.NO_HEAD)
    two = protocol.ledger_line(second, protocol.parse(one)["hash"])
    yield case("first-line", "ledger_line", entry=entry, previous=protocol.NO_HEAD)
    yield case("second-line", "ledger_line", entry=second, previous=protocol.parse(one)["hash"])
    for name, text in {
        "empty": "",
        "one": f"{one}\n",
        "two": f"{one}\n{two}\n",
        "no-line-end": f"{one}\n{two}",
        "only-a-line-end": "\n",
        "torn": f"{one}\n{two[:-1]}",
        "blank-last-line": f"{one}\n\n",
        "byte-order-mark": f"\ufeff{one}\n",
        "windows-line-end-left-over": f"{one}\r",
        "changed": f"{one.replace('01-', '03-')}\n{two}\n",
        "swapped": f"{two}\n{one}\n",
        "first-missing": f"{two}\n",
        "twice": f"{one}\n{one}\n",
        "blank-line": f"{one}\n\n{two}\n",
        "spaced": f"{one.replace(',', ', ')}\n",
        "upper-case": f"{one.replace('ab', 'AB')}\n",
        "windows-line-end": f"{one}\r\n",
        "wrong-number": protocol.ledger_line({**entry, "n": 2}, protocol.NO_HEAD) + "\n",
        "rehashed-without-the-link": f"{one}\n{protocol.ledger_line(second, protocol.NO_HEAD)}\n",
        "not-an-object": "[]\n",
    }.items():
        yield case(name, "read_ledger", text=text)


def whole_draw() -> Iterator[Case]:
    """§5 to §8: a frozen record and the event's text to all that a draw record adds."""
    for name, (frozen, text) in BASES.items():
        yield case(name, "draw", record=frozen(), text=text)


PURPOSES = (
    canonical_json,
    ids,
    row_salt_and_leaf,
    merkle_roots,
    merkle_proofs,
    event_forms,
    commitment,
    seed,
    tickets,
    sample_size,
    select_equal_sizes,
    select_unequal_sizes,
    certainty_cascade,
    ties,
    size_zero,
    n_equals_count,
    single_unit,
    visits_joint,
    seats_and_eligibility,
    look_ahead,
    recusal,
    caps_raised,
    infeasible_seats,
    experts,
    ledger_chain,
    whole_draw,
    external_draw,
    rotation,
    replacements,
    replacements_refused,
    groups,
    groups_infeasible,
    tampered_commitment,
    tampered_seed,
    tampered_selection,
    tampered_visits,
    tampered_teams,
    tampered_groups,
    tampered_amendments,
    incomplete_records,
    amended_documents,
    receipts,
    public_records,
    several_documents,
    committed_objects,
    types_and_ranges,
    files_by_content,
    contradictions,
    attestations,
    banners,
    signatures,
    record_fields,
    limits,
    proofs,
    frames_refused,
    many,
    published_fields,
    true_is_not_one,
    made_to_fit,
    one_field_of_a_draw,
    staffing,
    half_entries,
    further_pairs,
    entropy_types,
    banners_of_odd_documents,
    checks,
    codes_refused,
    check_states,
    altered_codes,
    published_checks,
)


# --- write ---


def file_bytes(purpose: Callable[[], Iterator[Case]]) -> bytes:
    """A vector file: UTF-8, sorted keys, indent 1, final line end."""
    section, _, words = " ".join((purpose.__doc__ or "").split()).partition(": ")
    content = {
        "purpose": purpose.__name__,
        "section": section,
        "about": words,
        "cases": list(purpose()),
    }
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode(
        "utf-8"
    )


def with_example(text: str) -> str:
    """The specification with its worked example renewed."""
    before, _, rest = text.partition(MARKS[0])
    return f"{before}{MARKS[0]}\n\n{worked_example()}\n\n{MARKS[1]}{rest.partition(MARKS[1])[2]}"


def examples() -> bytes:
    """What the verifier's page shows at 试一试: what the small record publishes, by file name."""
    record = draw_record("small")
    shown = {
        "封库公告.json": disclosure.notice(small_frozen()),
        "公开记录.json": disclosure.published(record),
        "一户核验单.json": next(disclosure.receipts(record, ["S001"])),
    }
    return (json.dumps(shown, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8")


def main(folder: Path) -> None:
    """Write all vectors below ``folder``."""
    (folder / "vectors").mkdir(parents=True, exist_ok=True)
    for purpose in PURPOSES:
        (folder / "vectors" / f"{purpose.__name__}.json").write_bytes(file_bytes(purpose))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Write the vectors, and the text's example.")
    options.add_argument("folder", type=Path, nargs="?", help="default: tests/, and the text too")
    folder = options.parse_args().folder
    main(folder or ROOT / "tests")
    if folder is None:
        specification = ROOT / "docs" / "PROTOCOL.md"
        specification.write_bytes(
            with_example(specification.read_text(encoding="utf-8")).encode("utf-8")
        )
        (ROOT / "ssj" / "verifier" / "example.json").write_bytes(examples())
