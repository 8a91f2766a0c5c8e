"""Vectors of §8.6: who goes instead, when nobody can, records with amendments sound and tampered
with; one generator for each file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from vector_inputs import Case, amended, case, draw_record, matching, officer_row, run, tampered

from ssj import protocol
from ssj.draw import disclosure

Request = tuple[str, list[str], bool]  # officer, visits, all


def staffed(
    officers: list[Case], shapes: list[str], requests: tuple[Request, ...] = (), **change: Any
) -> Case:
    """A record in which a matching was made, and amended: no more of a draw record than is read of
    it here.
    """
    given = matching(officers, shapes, **change)
    nobody: Case = {"taken": [], "raised": [], "skipped": []}
    teams = {
        f"{p}s": protocol.match(**given) if p == given["purpose"] else nobody
        for p in ("officer", "expert")
    }
    return amended(
        {**given["record"], "seed": given["seed"], "visits": given["visits"], **teams}, *requests
    )


def _replaced(record: Case, officer: str, visits: list[str], whole: bool = False) -> Case:
    return {"record": record, "officer": officer, "visits": visits, "whole": whole}


def _first(wanted: Callable[[Case], bool], make: Callable[[str], Case]) -> Case:
    """What ``make`` builds from the first of the seeds SHA-256("0"), SHA-256("1"), … that can be
    built and gives what is wanted.
    """
    for k in range(5000):
        try:
            given = make(protocol.sha256(str(k)))
        except protocol.ProtocolError:
            continue
        if wanted(run("replace", given).get("expected", {})):
            return given
    raise AssertionError("no seed gives what is wanted")


def _skips(reason: str) -> Callable[[Case], bool]:
    return lambda result: any(s["reason"] == reason for s in result.get("skipped", []))


def _goes(officer: str) -> Callable[[Case], bool]:
    return lambda result: officer in [t["officer"] for t in result.get("taken", [])]


def _of(officer: str, record: Case) -> list[str]:
    """Visits that somebody has a seat in now."""
    return sorted(
        t["visit"]
        for taken in protocol.teams_now(record).values()
        for t in taken
        if t["officer"] == officer
    )


FIVE = [officer_row(f"O{i}") for i in range(5)]
X = [officer_row(f"X{i}", kind="expert", department="") for i in range(3)]


def replacements() -> Iterator[Case]:
    """§8.6: who goes instead, by lot, from the state that the draw and the amendments before leave;
    who sits where now.
    """

    def one(
        name: str,
        wanted: Callable[[Case], bool],
        officers: list[Case],
        shapes: list[str],
        *request: Any,
        before: tuple[Request, ...] = (),
        **change: Any,
    ) -> Case:
        return case(
            name,
            "replace",
            **_first(
                wanted,
                lambda s: _replaced(staffed(officers, shapes, before, seed=s, **change), *request),
            ),
        )

    def whole(
        officers: list[Case],
        shapes: list[str],
        officer: str,
        before: tuple[Request, ...] = (),
        **change: Any,
    ) -> Callable[[str], Case]:
        def make(seed: str) -> Case:
            record = staffed(officers, shapes, before, seed=seed, **change)
            return _replaced(record, officer, _of(officer, record), True)

        return make

    yield one(
        "the-next-of-the-lot",
        lambda r: len(r.get("skipped", [])) == 1,
        FIVE,
        ["--", "--"],
        "O0",
        ["V0"],
    )
    yield one(
        "who-sits-there-is-passed-over-silently", _skips("amended"), FIVE[:3], ["--"], "O0", ["V0"]
    )
    yield one(
        "recused",
        _skips("recusal"),
        [*FIVE[:4], officer_row("O4", recusals=["V0"])],
        ["--"],
        "O0",
        ["V0"],
    )
    yield one(
        "rotated-out", _skips("rotation"), FIVE, ["--"], "O0", ["V0"], rotation={"V0": ["O3", "O4"]}
    )
    yield one(
        "speciality",
        _goes("S2"),
        [*FIVE[:2], officer_row("S1", "a"), officer_row("S2", "ab")],
        ["a-"],
        "S1",
        ["V0"],
    )
    yield one("expert", _goes("X2"), [*X, *FIVE], ["-"], "X0", ["V0"], purpose="expert")
    yield one(
        "not-available",
        _goes("O1"),
        [officer_row("O0"), officer_row("O1"), officer_row("O2", available=False)],
        ["-"],
        "O0",
        ["V0"],
    )
    yield case(
        "several-visits-in-matching-order",
        "replace",
        **_first(
            lambda r: [t["visit"] for t in r.get("taken", [])] == ["V2", "V0"],
            whole(FIVE, ["--", "--", "--", "--"], "O0"),
        ),
    )
    yield one(
        "off-this-visit-before",
        _skips("amended"),
        FIVE[:4],
        ["--"],
        "O1",
        ["V0"],
        before=(("O0", ["V0"], False),),
    )
    yield one(
        "off-another-visit-before-comes",
        _goes("O0"),
        FIVE[:4],
        ["--", "--"],
        "O1",
        ["V1"],
        before=(("O0", ["V0"], False),),
    )
    yield one(
        "gone-for-the-round-before",
        lambda r: [s["officer"] for s in r.get("skipped", [])] == ["O0"],
        FIVE[:4],
        ["--", "--"],
        "O1",
        ["V1"],
        before=(("O0", ["V0"], True),),
    )
    yield one(
        "a-recusal-is-named-before-it",
        _skips("recusal"),
        [officer_row("O0", recusals=["V1"]), *FIVE[1:4]],
        ["--", "--"],
        "O1",
        ["V1"],
        before=(("O0", ["V0"], True),),
    )
    yield one(
        "used-up-in-the-draw-but-off-another-visit-since",
        lambda r: r.get("skipped") == [],
        [*FIVE[:4], officer_row("O9", cap=1)],
        ["--", "--"],
        "O0",
        ["V0"],
        before=(("O9", ["V1"], False),),
    )
    yield case(
        "who-came-leaves-in-turn",
        "replace",
        **_first(_goes("O3"), whole(FIVE[:4], ["--"], "O2", before=(("O0", ["V0"], False),))),
    )
    yield one("cap-counts-the-seats-that-are-kept", _skips("cap"), FIVE, ["--", "--"], "O0", ["V0"])
    yield one(
        "a-cap-rises-beyond-the-number-of-vacated-seats",
        lambda r: r.get("raised", []) != [],
        FIVE[:3],
        ["--", "--", "--"],
        "O0",
        ["V1"],
    )
    yield one(
        "a-raised-cap-stays",
        lambda r: r.get("raised") == [] and _goes("O2")(r),
        FIVE[:3],
        ["-", "-", "-"],
        "O1",
        ["V1"],
        before=(("O0", ["V0"], True), ("O2", ["V2"], False)),
    )
    yield one(
        "a-cap-rises-again",
        lambda r: any(e["by"] == 1 and e["cap"] == 3 for e in r.get("raised", [])),
        FIVE[:3],
        ["-", "-", "-"],
        "O1",
        ["V1"],
        before=(("O0", ["V0"], True),),
    )
    yield case(
        "by-two",
        "replace",
        **_first(
            lambda r: any(e["by"] == 2 for e in r.get("raised", [])),
            whole([officer_row("S1", "a"), officer_row("S2", "a"), *FIVE[:1]], ["a"] * 4, "S1"),
        ),
    )
    yield one(
        "only-the-bottleneck-rises",
        lambda r: [e["officer"] for e in r.get("raised", [])] == ["S2"],
        [*FIVE[:2], officer_row("S1", "a"), officer_row("S2", "a")],
        ["a-", "a-"],
        "S1",
        ["V0"],
    )
    yield one(
        "a-personal-cap-does-not-move",
        lambda r: [e["officer"] for e in r.get("raised", [])] == ["O2"],
        [officer_row("O0"), officer_row("O1", cap=1), officer_row("O2")],
        ["-", "-", "-"],
        "O0",
        ["V0"],
    )
    yield case(
        "look-ahead",
        "replace",
        **_first(
            _skips("look_ahead"),
            whole(
                [
                    officer_row("P", "a"),
                    officer_row("S", "a", 1),
                    officer_row("O1"),
                    officer_row("O2"),
                ],
                ["a-", "--"],
                "P",
                slack=2,
            ),
        ),
    )
    yield case(
        "choices-without-who-sits-there",
        "replace",
        **_first(
            lambda r: [t["choices"] for t in r.get("taken", [])] == [2, 1],
            whole([*FIVE[:3], officer_row("O3", recusals=["V0"])], ["--", "--"], "O0", slack=1),
        ),
    )
    yield case(
        "who-is-in-no-group",
        "replace",
        **_first(
            lambda r: any(
                (s["officer"], s["reason"]) == ("Z", "cap") for s in r.get("skipped", ())
            ),
            whole(
                [*FIVE[:4], officer_row("Z", cap=0)],
                ["--", "--"],
                "O0",
                slack=2,
                team_mode=protocol.GROUPS,
            ),
        ),
    )
    record = staffed(FIVE, ["--", "--"])
    yield case("now-without-amendments", "teams_now", record=record)
    yield case("now-with-none-in-the-list", "teams_now", record={**record, "amendments": []})
    leaving = record["officers"]["taken"][0]
    record = amended(record, (leaving["officer"], [leaving["visit"]], False))
    yield case("now-after-one", "teams_now", record=record)
    came = record["amendments"][0]["taken"][0]["officer"]
    yield case(
        "now-after-two-on-one-seat",
        "teams_now",
        record=amended(record, (came, _of(came, record), True)),
    )
    record = staffed(X, ["-", "-"], purpose="expert")
    leaving = record["experts"]["taken"][1]
    yield case(
        "now-of-experts",
        "teams_now",
        record=amended(record, (leaving["officer"], [leaving["visit"]], False)),
    )


def replacements_refused() -> Iterator[Case]:
    """§8.6: what may not be asked for, and where nobody is left (the Hall set of the vacated
    seats).
    """
    record = staffed([*FIVE, officer_row("T", kind="staff")], ["--", "--"])
    officer, visits = (
        record["officers"]["taken"][0]["officer"],
        sorted(v["id"] for v in record["visits"]),
    )
    own = _of(officer, record)
    elsewhere = next(o["id"] for o in FIVE if not _of(o["id"], record))
    for name, given in (
        ("officer-not-in-the-table", ("P9", own, False)),
        ("staff", ("T", own, False)),
        ("officer-as-number", (7, own, False)),
        ("without-a-seat", (elsewhere, visits[:1], False)),
        ("no-such-visit", (officer, [*own, "V9"], False)),
        ("no-visit", (officer, [], True)),
        ("visit-twice", (officer, [own[0], own[0]], False)),
        ("visit-as-number", (officer, [0], False)),
        ("visits-as-text", (officer, own[0], False)),
        ("whole-as-number", (officer, own, 1)),
        ("whole-missing", (officer, own, None)),
    ):
        yield case(name, "replace", **_replaced(record, *given))
    record = staffed(FIVE[:3], ["--", "--", "--"])
    busy = next(o["id"] for o in FIVE[:3] if len(_of(o["id"], record)) > 1)
    yield case("visits-unsorted", "replace", **_replaced(record, busy, _of(busy, record)[::-1]))
    yield case(
        "a-seat-left-before",
        "replace",
        **_replaced(
            amended(record, (busy, _of(busy, record)[:1], False)), busy, _of(busy, record)[:1]
        ),
    )
    yield case("nobody-left", "replace", **_replaced(staffed(FIVE[:2], ["--"]), "O0", ["V0"]))
    recused = [*FIVE[:2], officer_row("O2", recusals=["V0"])]
    yield case(
        "nobody-but-the-recused", "replace", **_replaced(staffed(recused, ["--"]), "O0", ["V0"])
    )
    rotated = staffed(FIVE[:3], ["--"], seed=protocol.sha256("0"), rotation={"V0": ["O2"]})
    yield case("nobody-but-the-rotated-out", "replace", **_replaced(rotated, "O0", ["V0"]))
    yield case(
        "nobody-comes-back",
        "replace",
        **_first_refused(
            lambda s: _replaced(
                staffed(FIVE[:3], ["--"], (("O0", ["V0"], False),), seed=s), "O1", ["V0"]
            )
        ),
    )
    yield case(
        "nobody-who-is-gone-comes-back",
        "replace",
        **_first_refused(
            lambda s: _replaced(
                staffed(FIVE[:2], ["-", "-"], (("O0", ["V0"], True),), seed=s), "O1", ["V1"]
            )
        ),
    )
    record = staffed(
        [officer_row("O0"), officer_row("O1", cap=1), officer_row("O2", cap=1)], ["-", "--"]
    )
    yield case("personal-cap", "replace", **_replaced(record, "O0", _of("O0", record)))
    people = [officer_row("S1", "a"), officer_row("S2", "a", 1), *FIVE[:2]]
    yield case(
        "two-seats-for-one",
        "replace",
        **_first_refused(
            lambda s: _replaced(
                staffed(people, ["a-", "a-"], seed=s, slack=1), "S1", ["V0", "V1"], True
            )
        ),
    )
    yield case(
        "no-other-expert",
        "replace",
        **_replaced(staffed([*X[:1], *FIVE], ["-"], purpose="expert"), "X0", ["V0"]),
    )


def _first_refused(make: Callable[[str], Case]) -> Case:
    """As :func:`_first`, for the first seed with which nobody is left."""
    for k in range(5000):
        try:
            given = make(protocol.sha256(str(k)))
        except protocol.ProtocolError:
            continue
        if "hall_set" in run("replace", given):
            return given
    raise AssertionError("somebody is left with every seed")


# --- whole documents ---

COUNTY: tuple[Request, ...] = (
    ("P4", ["C002"], True),
    ("P2", ["C002"], False),
    ("X2", ["C003", "C005"], False),
    ("P5", ["C003"], False),
)


def _county() -> Case:
    """The draw record ``county`` with four amendments: the second lies on the first, the others on
    what is left.
    """
    return amended(draw_record("county"), *COUNTY)


def tampered_amendments() -> Iterator[Case]:
    """§10 V7: an amendment does not follow from what is recorded before it."""
    made = _county()["amendments"]

    def one(name: str, *changes: tuple[int, str, Any]) -> Case:
        """Amendments with values replaced: number, dotted path in it, value."""
        return tampered(
            name,
            ("amendments", made),
            *((f"amendments.{k}.{path}", value) for k, path, value in changes),
            base="county",
        )

    yield one("another-replacement", (0, "taken.0.officer", "P1"))
    yield one(
        "replacements-of-two-visits-swapped",
        (
            2,
            "taken",
            [
                {**made[2]["taken"][0], "visit": made[2]["taken"][1]["visit"]},
                {**made[2]["taken"][1], "visit": made[2]["taken"][0]["visit"]},
            ],
        ),
    )
    yield one("order-of-replacements", (2, "taken", made[2]["taken"][::-1]))
    yield one("replacement-left-out", (2, "taken", made[2]["taken"][:1]))
    yield one("choices", (0, "taken.0.choices", made[0]["taken"][0]["choices"] + 1))
    yield one("another-seat", (0, "taken.0.speciality", "b"))
    yield one("who-leaves", (0, "officer", "P1"))
    yield one("which-visit", (3, "visits", ["C007"]))
    yield one("visits-unsorted", (2, "visits", made[2]["visits"][::-1]))
    yield one("no-visit", (0, "visits", []))
    yield one("all-as-number", (0, "all", 1))
    yield one("all-as-null", (0, "all", None))
    for field in ("officer", "visits", "all"):
        less = [{k: v for k, v in made[0].items() if k != field}, *made[1:]]
        yield tampered(f"without-{field}", ("amendments", less), base="county")
    yield one("gone-for-the-round-made-this-visit-only", (0, "all", False))
    yield one("officer-unknown", (0, "officer", "P9"))
    yield one("raise-left-out", (2, "raised", []))
    yield one("cap", (2, "raised.0.cap", made[2]["raised"][0]["cap"] + 1))
    yield one("skipped-left-out", (0, "skipped", made[0]["skipped"][1:]))
    yield one("reason-of-a-skip", (0, "skipped.0.reason", "recusal"))
    yield one(
        "skip-invented",
        (0, "skipped", [*made[0]["skipped"], {**made[0]["skipped"][0], "officer": "P3"}]),
    )
    for name, left in (
        ("one-dropped-that-a-later-one-rests-on", made[1:]),
        ("one-twice", [*made, made[3]]),
        ("order-of-amendments", [made[1], made[0], *made[2:]]),
        ("part-missing", [{k: v for k, v in made[0].items() if k != "skipped"}]),
        ("not-a-list", {"0": made[0]}),
        ("null", None),
        ("not-objects", [made[0]["taken"]]),
    ):
        yield tampered(name, ("amendments", left), base="county")


def amended_documents() -> Iterator[Case]:
    """§10.1 to §10.4: records with amendments and what is published of them; reasons, and what a
    public record counts, no step reads.
    """
    record = _county()
    made = record["amendments"]
    yield case("draw", "examine", document=record)
    yield case("none", "examine", document={**record, "amendments": []})
    yield case("the-last-ones-not-yet", "examine", document={**record, "amendments": made[:2]})
    yield case(
        "another-reason",
        "examine",
        document={
            **record,
            "amendments": [{**made[0], "reason": "其他", "note": "样例"}, *made[1:]],
        },
    )
    swapped = {**made[0], "taken": [{**made[0]["taken"][0], "officer": "P1"}]}
    yield case(
        "a-replacement-swapped", "examine", document={**record, "amendments": [swapped, *made[1:]]}
    )
    yield case(
        "newer-protocol", "examine", document={**record, "protocol": "ssj/2", "amendments": None}
    )
    public = disclosure.published(record)
    yield case("public", "examine", document=public)
    yield case(
        "public-that-counts-none",
        "examine",
        document={k: v for k, v in public.items() if k != "amendments"},
    )
    yield case("public-that-counts-otherwise", "examine", document={**public, "amendments": None})
    first = {**public["visits"][0], "officers": ["样例P1"]}
    yield case(
        "public-with-officers-of-another-type",
        "examine",
        document={**public, "visits": [first, *public["visits"][1:]]},
    )
    drawn = next(disclosure.receipts(record, ["C003"]))
    yield case("receipt", "examine", document=drawn)
    yield case("agree", "compare", documents=[record, public, drawn], ledgers=[])
