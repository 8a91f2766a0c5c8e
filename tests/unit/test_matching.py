"""Teams over random instances: the rules of PROTOCOL §8 by their definitions, with HiGHS (scipy's
milp) as the judge of what is possible.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, examples
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from ssj import protocol
from ssj.draw import matching
from ssj.protocol import Infeasible, NoGroups, ProtocolError

SALT, SEED = "5a" * 32, protocol.sha256("seed")
CUTS = 20  # instead of a thousand, where none will do

# --- HiGHS ---


def most(seats: list[tuple[str, list[str]]], room: dict[str, int]) -> int:
    """How many seats, each a visit and who may take it, can be filled at once: nobody twice in a
    visit, nor beyond their room.
    """
    edges = [(s, o) for s, (_, candidates) in enumerate(seats) for o in candidates]
    if not edges:
        return 0
    limits: dict[Any, list[int]] = {}
    for e, (s, o) in enumerate(edges):
        for key in (("seat", s), ("visit", seats[s][0], o), ("room", o)):
            limits.setdefault(key, []).append(e)
    upper = [max(0, room[key[1]]) if key[0] == "room" else 1 for key in limits]
    rows = np.concatenate([np.full(len(own), row) for row, own in enumerate(limits.values())])
    matrix = coo_array(
        (np.ones(len(rows)), (rows, np.concatenate(list(limits.values())))),
        shape=(len(limits), len(edges)),
    )
    answer = milp(
        -np.ones(len(edges)),
        integrality=np.ones(len(edges)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix.tocsr(), -np.inf, upper),
    )
    return round(-answer.fun)


# --- §8.1 to §8.3, word by word ---


def plain(seats: list[protocol.Seat]) -> list[tuple[str, list[str]]]:
    return [(s.visit, s.candidates) for s in seats]


def risen(
    seats: list[protocol.Seat], caps: dict[str, int], ceilings: dict[str, int]
) -> dict[str, int] | None:
    """Caps after §8.1, None if no assignment is complete even so."""
    pairs = plain(seats)
    while (now := most(pairs, caps)) < len(seats):
        more = [
            o for o in caps if caps[o] < ceilings[o] and most(pairs, {**caps, o: caps[o] + 1}) > now
        ]
        if not more:
            return None
        caps = {o: c + (o in more) for o, c in caps.items()}
    return caps


def settled(seats: list[protocol.Seat], caps: dict[str, int]) -> tuple[list[Any], list[Any]]:
    """``taken`` and ``skipped`` of §8.2 and §8.3 under the caps that §8.1 left."""
    taken, skipped, done = [], [], []
    for k, seat in enumerate(seats):
        for officer, reason in seat.lot:
            here = {"visit": seat.visit, **seat.place, "officer": officer}
            if (seat.visit, officer) in done:
                continue
            after = [*done, (seat.visit, officer)]
            rest = [
                (s.visit, [o for o in s.candidates if (s.visit, o) not in after])
                for s in seats[k + 1 :]
            ]
            room = {o: c - sum(o == p for _, p in after) for o, c in caps.items()}
            short: list[str] = []
            if not reason and room[officer] < 0:
                reason = "cap"
            elif not reason and most(rest, room) < len(rest):
                reason = "look_ahead"
                short = sorted(
                    {
                        v
                        for j, (v, _) in enumerate(rest)
                        if most(rest[:j] + rest[j + 1 :], room) == len(rest) - 1
                    }
                )
            if not reason:
                taken.append({**here, "choices": len(seat.candidates)})
                done = after
                break
            skipped.append({**here, "reason": reason, "short": short})
    return taken, skipped


# --- random instances ---

PEOPLE = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["officer"] * 6 + ["expert", "staff"]),
        "department": st.sampled_from("DDE"),
        "specialities": st.sets(st.sampled_from("ab")),
        "recusals": st.sets(st.sampled_from([f"V{n}" for n in range(5)]), max_size=1),
        "cap": st.sampled_from([None, None, None, 0, 1, 2, 3]),
        "available": st.sampled_from([True] * 7 + [False]),
        "authority": st.sampled_from([[]] * 5 + [["I"], ["J", "K"]]),
    }
)
EASY = st.fixed_dictionaries(
    {  # enough like one another for groups
        "kind": st.just("officer"),
        "department": st.sampled_from("DDDE"),
        "specialities": st.sets(st.sampled_from("ab")),
        "recusals": st.sets(st.sampled_from([f"V{n}" for n in range(9)]), max_size=1),
        "cap": st.sampled_from([None, 2, 3]),
        "available": st.just(True),
        "authority": st.just([]),
    }
)
VISITS = st.fixed_dictionaries(
    {
        "items": st.sampled_from([["I"], ["I", "J"], ["I", "J", "K"], ["I", "K"]]),
        "size": st.sampled_from([1, 2, 2, 2, 3]),
        "experts": st.sampled_from(["", "", "a", "-"]),
        "rotation": st.sets(st.integers(0, 8), max_size=2),
    }
)
ITEMS = {"I": ("D", ""), "J": ("D", "a"), "K": ("E", "b")}


@st.composite
def instances(draw, mode: str = "visits", fewest: int = 3) -> dict[str, Any]:
    """What matching reads of a record: three to thirteen people, up to five visits by two
    departments.
    """
    easy = mode == "groups" and draw(st.booleans())
    people = draw(
        st.lists(
            EASY if easy else PEOPLE, min_size=8 if easy else fewest, max_size=13 if easy else 9
        )
    )
    shapes = draw(st.lists(VISITS, min_size=1, max_size=5))
    officers = [
        {
            "id": f"P{n}",
            "internal": {
                **p,
                "specialities": sorted(p["specialities"]),
                "recusals": sorted(p["recusals"]),
            },
        }
        for n, p in enumerate(people)
    ]
    items = [
        {
            "id": i,
            "internal": {
                "department": d,
                "specialities": list(s),
                "categories": ["c"],
                "expert": False,
            },
        }
        for i, (d, s) in ITEMS.items()
    ]
    visits, targets = [], []
    for n, shape in enumerate(shapes):
        seats = []
        for department in sorted({ITEMS[i][0] for i in shape["items"]}):
            own = sorted({ITEMS[i][1] for i in shape["items"] if ITEMS[i][0] == department} - {""})
            seats += [
                {"department": department, "speciality": s}
                for s in [*own, *[""] * (shape["size"] - len(own))]
            ]
        visits.append(
            {
                "id": f"V{n}",
                "tasks": [],
                "items": shape["items"],
                "seats": seats,
                "expert_seats": [
                    {"department": "", "speciality": s.strip("-")} for s in shape["experts"]
                ],
            }
        )
        targets.append(
            {"id": f"V{n}", "internal": {"rotation": [f"P{k}" for k in sorted(shape["rotation"])]}}
        )
    return {
        "salt": SALT,
        "seed": SEED,
        "parameters": {"slack": draw(st.integers(0, 1)), "team_mode": mode},
        "visits": visits,
        "tables": {"items": items, "officers": officers, "targets": targets},
    }


def seats_of(record: dict[str, Any], purpose: str = "officer") -> list[protocol.Seat]:
    return protocol.seats_of(record, record["visits"], SEED, purpose, protocol.bars(record))


def drawn(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its teams; visits that can't be staffed beside those before them are left
    out.
    """
    kept: list[Any] = []
    teams: dict[str, Any] = {}
    for visit in record["visits"]:
        with suppress(Infeasible, NoGroups):
            teams = {
                f"{p}s": protocol.match(record, [*kept, visit], SEED, p)
                for p in ("officer", "expert")
            }
            kept.append(visit)
    assume(kept)
    return {**record, "visits": kept, **teams}


def assert_sound(record: dict[str, Any], caps: dict[str, int]) -> None:
    """Every hard rule, about who goes now."""
    people = {o["id"]: o["internal"] for o in record["tables"]["officers"]}
    items = {i["id"]: i["internal"] for i in record["tables"]["items"]}
    visits = {v["id"]: v for v in record["visits"]}
    rotation = {t["id"]: t["internal"]["rotation"] for t in record["tables"]["targets"]}
    now = protocol.teams_now(record)
    everyone = [t for part in now.values() for t in part]
    assert Counter((t["visit"], t["department"], t["speciality"]) for t in everyone) == Counter(
        (v["id"], s["department"], s["speciality"])
        for v in visits.values()
        for s in v["seats"] + v["expert_seats"]
    ), "every seat is filled"
    assert len({(t["visit"], t["officer"]) for t in everyone}) == len(everyone), (
        "nobody sits twice in a visit"
    )
    for t in everyone:
        own = people[t["officer"]]
        assert (
            own["available"]
            and t["visit"] not in own["recusals"]
            and t["officer"] not in rotation[t["visit"]]
        )
        assert t["speciality"] in ("", *own["specialities"]) and own["kind"] == (
            "officer" if t["department"] else "expert"
        )
        if t["department"]:
            assert own["department"] == t["department"]
            mine = [
                i for i in visits[t["visit"]]["items"] if items[i]["department"] == t["department"]
            ]
            needed = (
                [i for i in mine if t["speciality"] in items[i]["specialities"]]
                if t["speciality"]
                else mine
            )
            assert not own["authority"] or (all if t["speciality"] else any)(
                i in own["authority"] for i in needed
            )
    for officer, load in Counter(t["officer"] for t in everyone).items():
        assert people[officer]["cap"] is None or load <= people[officer]["cap"]
        assert load <= caps.get(officer, load)


def caps_of(record: dict[str, Any]) -> dict[str, int]:
    return {o: c for p in ("officer", "expert") for o, c in protocol.caps_now(record, p)[0].items()}


# --- tests ---


@given(instances(), st.sampled_from(["officer", "expert"]))
def test_teams_are_those_of_the_definition_and_infeasible_exactly_when_highs_finds_none(
    record, purpose
):
    seats = seats_of(record, purpose)
    start, ceilings = protocol.first_caps(
        seats, protocol._people(record, purpose), record["parameters"]["slack"]
    )
    caps = risen(seats, start, ceilings)
    assert (caps is None) == (most(plain(seats), ceilings) < len(seats))
    try:
        result = protocol.match(record, record["visits"], SEED, purpose)
    except Infeasible as error:
        assert caps is None
        assert most(plain(error.seats), ceilings) < len(error.seats), (
            "the Hall set by itself can't be filled"
        )
        return
    assert caps is not None
    taken, skipped = settled(seats, caps)
    assert result["taken"] == taken and result["skipped"] == skipped
    assert result["raised"] == [
        {"officer": o, "by": caps[o] - start[o], "cap": caps[o]}
        for o in sorted(caps)
        if caps[o] > start[o]
    ]


@given(
    st.sampled_from(["visits", "visits", "groups"]).flatmap(lambda mode: instances(mode, fewest=6)),
    st.data(),
)
def test_replacements_keep_every_rule_and_are_those_of_the_definition(record, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol, "MOST_CUTS", CUTS)
        record = drawn(record)
    assert_sound(record, caps_of(record))
    left: set[tuple[str, str]] = set()
    gone: set[str] = set()
    for _ in range(3):
        now = protocol.teams_now(record)
        everyone = [t for part in now.values() for t in part]
        officer = data.draw(st.sampled_from(sorted({t["officer"] for t in everyone})))
        own = sorted(t["visit"] for t in everyone if t["officer"] == officer)
        visits, whole = (
            sorted(data.draw(st.sets(st.sampled_from(own), min_size=1))),
            data.draw(st.booleans()),
        )
        left, gone = left | {(v, officer) for v in visits}, gone | ({officer} if whole else set())
        purpose = "officer" if officer in {t["officer"] for t in now["officers"]} else "expert"
        vacated, room, ceilings = vacated_seats(
            record, purpose, officer, visits, left, gone | {officer}
        )
        caps = risen(vacated, room, ceilings)
        try:
            result = protocol.replace(record, officer, visits, whole)
        except Infeasible:
            assert caps is None and most(plain(vacated), ceilings) < len(vacated)
            return
        assert caps is not None
        assert (result["taken"], result["skipped"]) == settled(vacated, caps)
        assert {r["officer"]: r["by"] for r in result["raised"]} == {
            o: caps[o] - room[o] for o in caps if caps[o] > room[o]
        }
        record = {
            **record,
            "amendments": [
                *record.get("amendments", []),
                {"officer": officer, "visits": visits, "all": whole, **result},
            ],
        }
        after = protocol.teams_now(record)
        assert {r["officer"]: r["cap"] for r in result["raised"]}.items() <= caps_of(record).items()
        assert_sound(record, caps_of(record))
        for key, part in now.items():
            same = [
                (a, b)
                for a, b in zip(part, after[key], strict=True)
                if a["officer"] != officer or a["visit"] not in visits
            ]
            assert all(a == b for a, b in same), "all other seats stay, in their places"
        assert not left & {(t["visit"], t["officer"]) for part in after.values() for t in part}, (
            "nobody comes back"
        )
        assert not gone & {t["officer"] for t in result["taken"]}
    if record["parameters"]["team_mode"] == "visits":  # with groups the cuts were limited
        assert protocol._check_amendments(record) == ""


def vacated_seats(record, purpose, officer, visits, left, gone):
    """The vacated seats with their lots, and the room of everyone, as §8.6 has them."""
    stays = [
        t
        for t in protocol.teams_now(record)[f"{purpose}s"]
        if t["officer"] != officer or t["visit"] not in visits
    ]
    load = Counter(t["officer"] for t in stays)
    there = {(t["visit"], t["officer"]) for t in stays}
    wanted = [
        (t["visit"], t["department"], t["speciality"])
        for t in protocol.teams_now(record)[f"{purpose}s"]
        if t["officer"] == officer and t["visit"] in visits
    ]
    seats = []
    for visit, department, speciality in wanted:  # taken stands in matching order
        seat = next(
            s
            for s in seats_of(record, purpose)
            if s.visit == visit and s.place == {"department": department, "speciality": speciality}
        )
        lot = [
            (o, reason or ("amended" if o in gone or (visit, o) in left else ""))
            for o, reason in seat.lot
            if (visit, o) not in there
        ]
        seats.append(protocol.Seat(visit, seat.place, [o for o, reason in lot if not reason], lot))
    all_seats = seats_of(record, purpose)
    caps, ceilings = protocol.first_caps(
        all_seats, protocol._people(record, purpose), record["parameters"]["slack"]
    )
    if purpose == "officer" and record["parameters"]["team_mode"] == "groups":
        caps = {
            o: sum(g["cap"] for g in record["officers"]["groups"]["made"] if o in g["members"])
            for o in caps
        }
    for part in (record[f"{purpose}s"], *record.get("amendments", [])):
        for r in part["raised"]:
            if r["officer"] in caps:
                caps[r["officer"]] += r["by"]
    return (
        seats,
        {o: c - load[o] for o, c in caps.items()},
        {o: c - load[o] for o, c in ceilings.items()},
    )


def ticket(
    record: dict[str, Any], purpose: str, identifier: str, table: str, row: str
) -> tuple[str, str]:
    return protocol.ticket(
        SEED, purpose, identifier, protocol.row_salt(SALT, table, row, "ticket")
    ), identifier


def cut(record: dict[str, Any], officers: list[str], size: int, k: int) -> dict[str, list[str]]:
    lot = sorted(officers, key=lambda o: ticket(record, f"group,{k}", o, "officers", o))
    count = len(lot) // size
    return {"+".join(sorted(own)): sorted(own) for own in (lot[p::count] for p in range(count))}


@given(instances("groups", fewest=5), st.booleans())
def test_groups_are_those_of_the_definition(record, possible):
    if possible:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(protocol, "MOST_CUTS", CUTS)
            record = drawn(record)
    seats, slack = seats_of(record), record["parameters"]["slack"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol, "MOST_CUTS", CUTS)
        try:
            result = protocol.match(record, record["visits"], SEED, "officer")
        except (Infeasible, NoGroups):
            result = None
    found = {"made": [], "allotted": [], "skipped": []}
    for department in sorted({s.place["department"] for s in seats}):
        parts = {
            s.visit: [t for t in seats if (t.visit, t.place["department"]) == (s.visit, department)]
            for s in seats
            if s.place["department"] == department
        }
        caps = {
            o["id"]: o["internal"]["cap"]
            for o in record["tables"]["officers"]
            if o["internal"]["department"] == department
            and o["internal"]["kind"] == "officer"
            and o["internal"]["available"]
            and o["internal"]["cap"] != 0
        }
        for k in range(CUTS if len(caps) >= max(map(len, parts.values())) else 0):
            groups = cut(record, list(caps), max(map(len, parts.values())), k)
            able = {
                (v, g): most(
                    [(v, [o for o in s.candidates if o in members]) for s in part],
                    dict.fromkeys(members, 1),
                )
                == len(part)
                for v, part in parts.items()
                for g, members in groups.items()
            }
            lots = {
                v: sorted(groups, key=lambda g: ticket(record, "officer", f"{v},{g}", "targets", v))
                for v in parts
            }
            places = [
                protocol.Seat(
                    v,
                    {"department": department},
                    [g for g in lots[v] if able[v, g]],
                    [(g, "" if able[v, g] else "unable") for g in lots[v]],
                )
                for v in parts
            ]
            ceilings = {
                g: min(len(parts) if caps[m] is None else caps[m] for m in members)
                for g, members in groups.items()
            }
            start = {g: min(-(-len(parts) // len(groups)) + slack, c) for g, c in ceilings.items()}
            after = risen(places, start, ceilings)
            assert (after is not None) == (most(plain(places), ceilings) == len(places))
            if after is not None:
                break
        else:
            assert result is None
            return
        taken, skipped = settled(places, after)
        found["made"] += [
            {
                "id": g,
                "department": department,
                "k": k,
                "members": groups[g],
                "by": after[g] - start[g],
                "cap": after[g],
            }
            for g in sorted(groups)
        ]
        for key, own in (("allotted", taken), ("skipped", skipped)):
            found[key] += [
                {"group" if name == "officer" else name: value for name, value in row.items()}
                for row in own
            ]
        if result:
            for t in taken:
                of_part = list(parts[t["visit"]])
                own = [
                    protocol.Seat(
                        s.visit,
                        s.place,
                        [o for o in s.candidates if o in groups[t["officer"]]],
                        [x for x in s.lot if x[0] in groups[t["officer"]]],
                    )
                    for s in of_part
                ]
                sitting, passed = settled(own, dict.fromkeys(groups[t["officer"]], 1))
                here = (t["visit"], department)
                assert [
                    x["officer"] for x in result["taken"] if (x["visit"], x["department"]) == here
                ] == [x["officer"] for x in sitting]
                assert [
                    x["choices"] for x in result["taken"] if (x["visit"], x["department"]) == here
                ] == [len(s.candidates) for s in of_part]
                assert [
                    x for x in result["skipped"] if (x["visit"], x["department"]) == here
                ] == passed
    assert result is not None
    assert result["groups"]["made"] == found["made"] and result["raised"] == []
    order = list(dict.fromkeys((s.visit, s.place["department"]) for s in seats))
    for key in ("allotted", "skipped"):
        assert result["groups"][key] == sorted(
            found[key], key=lambda row: order.index((row["visit"], row["department"]))
        )
    assert [(t["visit"], t["department"], t["speciality"]) for t in result["taken"]] == [
        (s.visit, s.place["department"], s.place["speciality"]) for s in seats
    ]
    whole = {**record, "officers": result, "experts": {"taken": [], "raised": [], "skipped": []}}
    whole["visits"] = [{**v, "expert_seats": []} for v in record["visits"]]
    assert_sound(whole, caps_of(whole))


@given(st.sampled_from(["visits", "groups"]).flatmap(instances), st.data())
def test_the_order_of_rows_changes_nothing(record, data):
    def shuffled(value: Any) -> Any:
        return data.draw(st.permutations(value))

    again = json.loads(json.dumps(record))
    again["visits"] = shuffled(again["visits"])
    again["tables"] = {name: shuffled(rows) for name, rows in again["tables"].items()}
    for officer in again["tables"]["officers"]:
        officer["internal"] |= {
            key: shuffled(officer["internal"][key])
            for key in ("specialities", "recusals", "authority")
        }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol, "MOST_CUTS", CUTS)
        for purpose in ("officer", "expert"):
            assert outcome(again, purpose) == outcome(record, purpose)


def outcome(record: dict[str, Any], purpose: str) -> Any:
    try:
        return protocol.match(record, record["visits"], SEED, purpose)
    except Infeasible as error:
        return [(s.visit, s.place) for s in error.seats], error.officers
    except NoGroups as error:
        return str(error)


# --- the fast matching gives what the plain one does ---


def said(fill: Any, *given: Any) -> Any:
    """What a matching gives, or all that its refusal names."""
    try:
        return fill(*given)
    except Infeasible as error:
        return str(error), error.seats, error.short, error.caps, error.officers
    except NoGroups as error:
        return str(error), error.department, error.visits, error.tried
    except protocol.ProtocolError as error:
        return str(error)


@st.composite
def competitions(draw) -> Any:
    """Seats and who may take them, caps and ceilings: not those of any record."""
    officers = [f"P{n}" for n in range(draw(st.integers(1, 7)))]
    some = st.lists(st.sampled_from(officers), unique=True, max_size=5)
    numbers = st.lists(st.integers(0, 4), min_size=7, max_size=7)
    seats = [
        protocol.Seat(f"V{visit}", {"department": "D"}, candidates)
        for visit, candidates in draw(
            st.lists(st.tuples(st.integers(0, 5), some), min_size=1, max_size=12)
        )
    ]
    caps, more = draw(numbers), draw(numbers)
    ceilings = [cap + rise for cap, rise in zip(caps, more, strict=True)]
    return seats, *(dict(zip(officers, limits, strict=False)) for limits in (caps, ceilings))


@examples(4)
@given(competitions(), st.randoms(use_true_random=False))
def test_both_settle_alike(competition, random):
    seats, caps, ceilings = competition
    plain, fast = (said(kind, *competition) for kind in (protocol.Matching, matching.Matching))
    assert caps.keys() == ceilings.keys()
    if isinstance(plain, tuple):
        assert plain == fast
        return
    assert (plain.caps, plain.raised) == (fast.caps, fast.raised)
    for number, seat in enumerate(seats):
        for officer in random.sample(seat.candidates, len(seat.candidates)):
            settled = [
                o
                for s, o in zip(seats[:number], plain.holders, strict=False)
                if s.visit == seat.visit
            ]
            used = plain.holders[:number].count(officer)
            if officer in settled or used >= plain.caps[officer]:
                continue
            short = plain.settle(number, officer)
            assert short == fast.settle(number, officer)
            if not short:
                break
        assert plain.holders[number] == fast.holders[number]
        for one in (plain, fast):  # the invariant
            sits = list(zip((s.visit for s in seats), one.holders, strict=True))
            assert all(o in s.candidates for s, o in zip(seats, one.holders, strict=True))
            assert len(set(sits)) == len(sits)
            assert all(n <= one.caps[o] for o, n in Counter(one.holders).items())


@given(
    st.sampled_from(["visits", "groups"]).flatmap(instances),
    st.sampled_from(["officer", "expert"]),
)
def test_both_match_alike(record, purpose):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol, "MOST_CUTS", CUTS)
        given = (record, record["visits"], SEED, purpose)
        assert said(protocol.match, *given) == said(matching.match, *given)


VECTORS = [
    pytest.param(case["input"], id=f"{path.stem}-{case['name']}")
    for path in sorted((ROOT / "tests" / "vectors").glob("*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
    if case["function"] == "match"
]


@pytest.mark.parametrize("given", VECTORS)
def test_both_match_the_vectors_alike(given):
    assert said(lambda: protocol.match(**given)) == said(lambda: matching.match(**given))


# --- what is refused, by hand ---


def three(**parameters: Any) -> dict[str, Any]:
    """Two visits of two general seats, four officers and an expert who has none."""
    officers = [
        {
            "id": i,
            "internal": {
                "kind": kind,
                "department": "D",
                "specialities": [],
                "authority": [],
                "recusals": [],
                "available": True,
                "cap": None,
            },
        }
        for i, kind in (
            ("P1", "officer"),
            ("P2", "officer"),
            ("P3", "officer"),
            ("P4", "officer"),
            ("S1", "staff"),
            ("X1", "expert"),
        )
    ]
    seats = [{"department": "D", "speciality": ""}] * 2
    record = {
        "salt": SALT,
        "seed": SEED,
        "parameters": {"slack": 0, **parameters},
        "visits": [
            {"id": f"V{n}", "tasks": [], "items": ["I"], "seats": seats, "expert_seats": []}
            for n in range(2)
        ],
        "tables": {
            "officers": officers,
            "items": [{"id": "I", "internal": {"department": "D", "specialities": []}}],
            "targets": [{"id": f"V{n}", "internal": {}} for n in range(2)],
        },
    }
    return {
        **record,
        **{
            f"{p}s": protocol.match(record, record["visits"], SEED, p)
            for p in ("officer", "expert")
        },
    }


def test_replacement_by_hand():
    record = three()
    sent = {t["officer"]: t["visit"] for t in record["officers"]["taken"]}
    assert sorted(sent) == ["P1", "P2", "P3", "P4"], "caps of one: each goes once"
    there = sent["P1"]
    result = protocol.replace(record, "P1", [there], True)
    free = [p for p, v in sent.items() if v != there]
    assert result["taken"][0]["officer"] in free and result["taken"][0]["choices"] == 2
    assert result["raised"] == [{"officer": p, "by": 1, "cap": 2} for p in sorted(free)], (
        "both would fill the seat"
    )
    assert {(s["officer"], s["reason"]) for s in result["skipped"]} <= {("P1", "amended")}
    again = {**record, "amendments": [{"officer": "P1", "visits": [there], "all": True, **result}]}
    back = protocol.replace(again, result["taken"][0]["officer"], [there], False)
    assert back["taken"][0]["officer"] == next(
        p for p in free if p != result["taken"][0]["officer"]
    )


# name → (officer, visits, all, what is said)
REFUSED = {
    "unknown officer": ("P9", ["V0"], True, "没有执法人员或专家 P9"),
    "staff": ("S1", ["V0"], True, "没有执法人员或专家 S1"),
    "unknown visit": ("P1", ["V9"], True, "没有这些入企检查：V9"),
    "no visit": ("P1", [], True, "没有写"),
    "an expert who goes nowhere": ("X1", ["V0"], False, "X1 现在不在这些入企检查的检查组中：V0"),
    "not in order": ("P1", ["V1", "V0"], True, "未按编号排列"),
    "twice": ("P1", ["V0", "V0"], True, "有重复"),
    "neither true nor false": ("P1", ["V0"], 1, "是否不再参加"),
}


@pytest.mark.parametrize(
    ("officer", "visits", "whole", "said"), REFUSED.values(), ids=list(REFUSED)
)
def test_refused_replacements(officer, visits, whole, said):
    with pytest.raises(ProtocolError, match=said):
        protocol.replace(three(), officer, visits, whole)


def test_a_visit_where_the_officer_does_not_go_is_refused():
    record = three()
    there = next(t["visit"] for t in record["officers"]["taken"] if t["officer"] == "P1")
    other = next(v for v in ("V0", "V1") if v != there)
    with pytest.raises(ProtocolError, match=f"P1 现在不在这些入企检查的检查组中：{other}"):
        protocol.replace(record, "P1", ["V0", "V1"], False)
    replaced = {
        **record,
        "amendments": [
            {
                "officer": "P1",
                "visits": [there],
                "all": False,
                **protocol.replace(record, "P1", [there], False),
            }
        ],
    }
    with pytest.raises(ProtocolError, match="P1 现在不在"):
        protocol.replace(replaced, "P1", [there], False)


def test_nobody_left():
    record = three()
    for officer in record["tables"]["officers"]:
        officer["internal"]["recusals"] = ["V0", "V1"]
    there = next(t["visit"] for t in record["officers"]["taken"] if t["officer"] == "P1")
    with pytest.raises(Infeasible, match="无人"):
        protocol.replace(record, "P1", [there], True)
