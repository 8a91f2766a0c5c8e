"""Vectors of §8.7: officers who go in groups (先组后户), when they can't, records with groups
tampered with; one generator for each file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from vector_inputs import (
    Case,
    amended,
    case,
    draw_record,
    first_seed,
    matching,
    officer_row,
    small_frozen,
    tampered,
)
from vector_replacements import staffed

from ssj import protocol


def _grouped(officers: list[Case], shapes: list[str], **change: Any) -> Case:
    """Input of ``match`` in a round with groups."""
    return matching(officers, shapes, team_mode=protocol.GROUPS, **change)


def _made(wanted: Callable[[Case], bool]) -> Callable[[Case], bool]:
    """Whether some group is as wanted."""
    return lambda result: any(map(wanted, result.get("groups", {}).get("made", [])))


def _passed(reason: str) -> Callable[[Case], bool]:
    """Whether a group was passed over for ``reason``."""
    return lambda result: any(
        s["reason"] == reason for s in result.get("groups", {}).get("skipped", [])
    )


def _skips(reason: str) -> Callable[[Case], bool]:
    """Whether a member was passed over for ``reason``."""
    return lambda result: any(s["reason"] == reason for s in result.get("skipped", []))


SIX = [officer_row(f"O{i}") for i in range(6)]


def groups() -> Iterator[Case]:
    """§8.7: officers cut into groups by lot, parts allotted to groups, seats taken within the
    group.
    """

    def one(name: str, wanted: Callable[[Case], bool], *given: Any, **change: Any) -> Case:
        return case(
            name, "match", **first_seed(wanted, lambda s: _grouped(*given, seed=s, **change))
        )

    yield case("one-group", "match", **_grouped(SIX[:2], ["--", "--"]))
    yield case("two-groups", "match", **_grouped(SIX[:4], ["--", "--", "--"]))
    yield case("those-left-over-are-dealt-out-too", "match", **_grouped(SIX[:5], ["--", "--"]))
    yield case("the-largest-part-decides", "match", **_grouped(SIX, ["--", "---", "--"]))
    yield case(
        "a-cap-of-zero-is-in-no-group",
        "match",
        **_grouped(
            [*SIX[:4], officer_row("O4", cap=0), officer_row("O5", available=False)], ["--"]
        ),
    )
    yield case("no-part", "match", **_grouped(SIX, []))
    yield case(
        "cap-by-the-parts-and-slack", "match", **_grouped(SIX[:4], ["--", "--", "--"], slack=1)
    )
    yield case("a-cap-is-at-most-the-parts", "match", **_grouped(SIX[:4], ["--", "--"], slack=9))
    special = [officer_row("S1", "a"), officer_row("S2", "a"), *SIX[:2]]
    yield one("unable-without-the-speciality", _passed("unable"), special, ["a-", "--"])
    yield one(
        "unable-for-a-recusal",
        _passed("unable"),
        [officer_row("R", recusals=["V0"]), *SIX[:3]],
        ["--"],
    )
    yield one("unable-for-a-rotation", _passed("unable"), SIX[:4], ["--"], rotation={"V0": ["O1"]})
    yield one(
        "a-later-cut",
        _made(lambda g: g["k"] > 1),
        [officer_row("A", "a"), officer_row("B", "b"), *SIX[:4]],
        ["ab", "--", "--"],
    )
    yield one(
        "each-group-needs-its-specialist",
        _made(lambda g: g["k"] > 0),
        [officer_row("S1", "a", 2), officer_row("S2", "a", 2), *SIX[:2]],
        ["a-"] * 4,
    )
    yield one(
        "a-cap-rises",
        _made(lambda g: g["by"] == 1),
        [officer_row("S1", "a"), *SIX[:3]],
        ["a-", "a-", "a-", "--"],
    )
    yield one(
        "a-cap-rises-by-two",
        _made(lambda g: g["by"] == 2),
        [officer_row("S1", "a"), *SIX[:3]],
        ["a-"] * 4,
    )
    yield one(
        "the-smallest-cap-of-the-members",
        _made(lambda g: g["cap"] == 1),
        [officer_row("O9", cap=1), *SIX[:3]],
        ["--", "--", "--"],
    )
    yield one("used-up", _passed("cap"), SIX[:4], ["--"] * 4)
    yield one(
        "look-ahead",
        lambda r: any(s["short"] for s in r.get("groups", {}).get("skipped", [])),
        special[:1] + SIX[:3],
        ["--", "a-"],
    )
    yield one(
        "member-recused", _skips("recusal"), [officer_row("R", recusals=["V0"]), *SIX[:2]], ["--"]
    )
    yield one("member-rotated-out", _skips("rotation"), SIX[:3], ["--"], rotation={"V0": ["O2"]})
    yield one(
        "member-kept-for-another-seat",
        _skips("look_ahead"),
        [officer_row("A", "a"), officer_row("AB", "ab")],
        ["ab"],
    )
    yield one(
        "choices-in-the-whole-pool",
        lambda r: {t["choices"] for t in r.get("taken", [])} == {2, 4},
        special,
        ["a-"],
    )
    experts = [officer_row(f"X{i}", kind="expert", department="") for i in range(3)]
    yield case("experts-go-one-by-one", "match", **_grouped(experts, ["-", "-"], purpose="expert"))
    yield case("team-mode-visits", "match", **matching(SIX[:4], ["--"], team_mode="visits"))
    record = draw_record("groups")
    yield case("examined", "examine", document=record)
    own = {
        key: record[key]
        for key in ("salt", "seed", "parameters", "tables", "visits", "officers", "experts")
    }
    own["tables"] = {key: record["tables"][key] for key in ("items", "officers")}
    for name, officer, visits in (
        ("replaced-from-the-group", "P5", ["C008"]),
        ("replaced-from-another-group", "P4", ["C007"]),
        ("replaced-with-a-cap-raised", "P6", ["C007"]),
        ("expert-replaced", "X2", ["C003"]),
    ):
        yield case(name, "replace", record=own, officer=officer, visits=visits, whole=False)
    made = (
        staffed(SIX[:3], ["--"] * 3, team_mode=protocol.GROUPS, seed=protocol.sha256(str(k)))
        for k in count()
    )
    even = next(
        r
        for r in made
        if set(Counter(t["officer"] for t in r["officers"]["taken"]).values()) == {2}
    )
    first = even["officers"]["taken"][0]
    yield case(
        "the-cap-of-the-group-holds",
        "replace",
        record=even,
        officer=first["officer"],
        visits=[first["visit"]],
        whole=False,
    )
    yield case(
        "examined-with-amendments",
        "examine",
        document=amended(
            record, ("P5", ["C008"], False), ("Q3", ["C005", "C006", "C007", "C012"], True)
        ),
    )
    small = {k: v for k, v in small_frozen().items() if k != "commitment"}
    for name, value in (
        ("groups", "groups"),
        ("visits", "visits"),
        ("unknown", "teams"),
        ("null", None),
    ):
        yield case(
            f"commitment-{name}",
            "commitment",
            record={**small, "parameters": {**small["parameters"], "team_mode": value}},
        )


def groups_infeasible() -> Iterator[Case]:
    """§8.7: no cut of the first thousand will do; what the refusal names is not specified."""
    yield case("too-few-for-one-group", "match", **_grouped(SIX[:2], ["---"]))
    yield case("nobody-at-all", "match", **_grouped([], ["--"]))
    yield case(
        "nobody-whose-cap-allows-a-part",
        "match",
        **_grouped([officer_row("O8", cap=0), officer_row("O9", cap=0), SIX[0]], ["--"]),
    )
    yield case("nobody-has-the-speciality", "match", **_grouped(SIX, ["a-"]))
    yield case(
        "one-who-would-have-to-be-in-two-groups",
        "match",
        **_grouped(
            [officer_row("A", "a"), officer_row("B", "b"), officer_row("C", "c"), *SIX[:1]],
            ["ab", "bc"],
        ),
    )
    yield case(
        "everybody-s-cap",
        "match",
        **_grouped([officer_row(f"O{i}", cap=1) for i in range(4)], ["--"] * 3),
    )
    yield case(
        "a-small-cap-holds-the-group-back",
        "match",
        **_grouped([*(officer_row(f"O{i}", cap=1) for i in (7, 8, 9)), SIX[0]], ["--"] * 3),
    )
    yield case(
        "recused-in-every-group",
        "match",
        **_grouped(
            [officer_row(f"O{i}", recusals=["V0"]) for i in range(2)] + [officer_row("O2")], ["--"]
        ),
    )
    pairs = [officer_row(f"O{i:02}", "abcdef"[i : i + 1]) for i in range(12)]
    # seeds by a search: three pairs first meet in the cut 999, and in the cut 1000
    for name, seed in (("the-last-cut", "cut 1215"), ("one-cut-too-many", "cut 3538")):
        given = _grouped(pairs, ["ab", "cd", "ef"], seed=protocol.sha256(seed))
        yield case(name, "match", **given)


def tampered_groups() -> Iterator[Case]:
    """§10 V7: groups, or who of them goes, do not follow from seed and visits."""
    record = draw_record("groups")
    officers = record["officers"]
    own = officers["groups"]

    def one(name: str, path: str, value: Any) -> Case:
        return tampered(name, (f"officers.{path}", value), base="groups")

    yield one("groups-left-out", "groups", None)
    yield tampered(
        "as-if-one-by-one",
        ("officers", {k: v for k, v in officers.items() if k != "groups"}),
        base="groups",
    )
    yield one("members-exchanged", "groups.made.0.members", own["made"][1]["members"])
    yield one("id", "groups.made.0.id", own["made"][1]["id"])
    yield one("another-cut", "groups.made.0.k", own["made"][0]["k"] + 1)
    yield one("cap", "groups.made.0.cap", own["made"][0]["cap"] + 1)
    yield one("rise", "groups.made.0.by", own["made"][0]["by"] + 1)
    yield one("group-left-out", "groups.made", own["made"][1:])
    yield one("order-of-groups", "groups.made", own["made"][::-1])
    going = own["allotted"][0]
    other = next(
        g["id"]
        for g in own["made"]
        if g["department"] == going["department"] and g["id"] != going["group"]
    )
    yield one("another-group-goes", "groups.allotted.0.group", other)
    yield one("choices-of-groups", "groups.allotted.0.choices", own["allotted"][0]["choices"] + 1)
    yield one("part-left-out", "groups.allotted", own["allotted"][1:])
    yield one("skipped-group-left-out", "groups.skipped", own["skipped"][1:])
    yield one("reason", "groups.skipped.0.reason", "recusal")
    there = {t["officer"] for t in officers["taken"] if t["visit"] == going["visit"]}
    yield one(
        "another-member-goes",
        "taken.0.officer",
        next(m for m in ("P0", "P1", "P2", "P3") if m not in there),
    )
    yield one("raise-of-an-officer-invented", "raised", [{"officer": "P0", "by": 1, "cap": 4}])
