"""The protocol against independent definitions: RFC 8785, enumeration, brute-force matching."""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import re
import subprocess
import sys
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
import rfc8785
from conftest import small_frozen
from hypothesis import given
from hypothesis import strategies as st

from ssj import protocol
from ssj.draw import disclosure
from ssj.draw.disclosure import merkle_proofs
from ssj.protocol import ProtocolError, Unit

SALT = "5a" * 32
SEED = hashlib.sha256(b"seed").hexdigest()

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-protocol.LARGEST, protocol.LARGEST) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(json_values)
def test_canonical_json_is_rfc_8785(value):
    assert protocol.canonical(value) == rfc8785.dumps(value)
    assert protocol.parse(protocol.canonical(value).decode()) == value


@pytest.mark.parametrize(
    "value",
    [1.5, 2**53, -(2**53), {"键": 1}, {1: 1}, "\ud800", {"a": {2}}, b"x", float("nan")],
    ids=[
        "float",
        "large",
        "negative",
        "chinese-key",
        "number-key",
        "surrogate",
        "set",
        "bytes",
        "nan",
    ],
)
def test_canonical_json_refuses(value):
    with pytest.raises(ProtocolError):
        protocol.canonical(value)


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":1}', "[1.0]", "[NaN]", "[1", "", "[9007199254740992]", "[" * 100_000]
)
def test_parse_refuses(text):
    with pytest.raises(ProtocolError):
        protocol.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("91350100m000100y43", "91350100M000100Y43"),
        ("ｓ（2021）-7号", "S(2021)-7号"),
        ("１２", "12"),
    ],
)
def test_ids_are_normalised(text, expected):
    assert protocol.normalise_id(text) == expected


@pytest.mark.parametrize("text", ["", " ", "A B", "a,b", "<b>", "é", "甲\n", "\u3400"])
def test_ids_are_refused(text):
    with pytest.raises(ProtocolError):
        protocol.normalise_id(text)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40))
def test_merkle_proofs_lead_to_the_root_and_no_other_leaf_does(leaves):
    root, proofs = protocol.merkle_root(leaves), merkle_proofs(leaves)
    for index, data in enumerate(leaves):
        proof = proofs[index]
        assert protocol.root_from_proof(data, index, len(leaves), proof) == root
        assert protocol.root_from_proof(data + b"x", index, len(leaves), proof) != root
    with pytest.raises(ProtocolError):
        protocol.root_from_proof(leaves[0], 0, len(leaves), [*proofs[0], root])


def test_merkle_tree_of_three_by_hand():
    def h(data):
        return hashlib.sha256(data).digest()

    a, b, c = (h(b"\0" + x) for x in (b"a", b"b", b"c"))
    assert protocol.merkle_root([b"a", b"b", b"c"]) == h(b"\1" + h(b"\1" + a + b) + c).hex()
    assert protocol.merkle_root([]) == h(b"").hex()


@pytest.mark.parametrize(
    ("kind", "count", "good", "bad"),
    [
        ("dice", 3, "163", ["164 ", "167", "16", "1634", "１６３"]),
        ("beacon", 8, "0f", ["0F", "f", "0fg"]),
        (
            "lottery",
            2,
            "01,02,09,10,32,33+16;03,04,05,06,07,08+01",
            [
                "01,02,09,10,32,33+16",
                "02,01,09,10,32,33+16;03,04,05,06,07,08+01",
                "01,01,09,10,32,33+16;03,04,05,06,07,08+01",
                "01,02,09,10,32,34+16;03,04,05,06,07,08+01",
            ],
        ),
    ],
)
def test_event_text_has_one_form(kind, count, good, bad):
    event = {"kind": kind, "count": count, "form": protocol.event_form(kind, count)}
    protocol.check_event_text(event, good)
    for text in bad:
        with pytest.raises(ProtocolError):
            protocol.check_event_text(event, text)


def test_event_outcomes_are_counted():
    assert protocol.event_outcomes("dice", 16) == 6**16 >= protocol.LEAST_OUTCOMES
    assert protocol.event_outcomes("lottery", 1) == 17_721_088 < protocol.LEAST_OUTCOMES
    assert protocol.event_outcomes("beacon", 40) == 2**40
    with pytest.raises(ProtocolError):
        protocol.event_outcomes("dice", 0)


@given(st.integers(1, 10**6), st.integers(0, 10**4))
def test_sample_size_is_the_exact_ceiling(millionths, count):
    ratio = f"{millionths // 10**6}.{millionths % 10**6:06}"
    n = protocol.sample_size(ratio, count)
    assert Fraction(millionths, 10**6) * count <= n < Fraction(millionths, 10**6) * count + 1
    assert n <= count


@pytest.mark.parametrize("ratio", ["0", "1.1", "-0.1", "5", "5%", "1e-2", ".5", "0.0", "½"])
def test_sample_size_refuses(ratio):
    with pytest.raises(ProtocolError):
        protocol.sample_size(ratio, 10)


def units_of(sizes, salt=""):
    return [
        Unit(f"U{i:03}", w, protocol.ticket(SEED, "target", f"U{i:03}", salt))
        for i, w in enumerate(sizes)
    ]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=25), st.data())
def test_selection_takes_n_whatever_the_order_and_the_scale(sizes, data):
    units = units_of(sizes)
    count = sum(w > 0 for w in sizes)
    n = data.draw(st.integers(0, count))
    certain, others = protocol.select(units, n)
    assert len(certain) + len(others) == n == len({*certain, *others})
    assert all(u.size > 0 for u in units if u.id in {*certain, *others})
    assert protocol.select(data.draw(st.permutations(units)), n) == (certain, others)
    assert protocol.select([u._replace(size=u.size * 7) for u in units], n) == (certain, others)


def test_equal_sizes_draw_the_smallest_tickets():
    units = units_of([3] * 50)
    certain, others = protocol.select(units, 7)
    assert certain == []
    assert others == [u.id for u in sorted(units, key=lambda u: u.ticket)][:7]


def test_certainties_cascade():
    # W = 100+9+2·5 = 119, n = 3: 100 is certain; then W = 19, n = 2: 9·2 < 19, so nothing more is
    # certain.
    assert protocol.select(units_of([100, 9, 2, 2, 2, 2, 2]), 3)[0] == ["U000"]
    # W = 100+10+8 = 118, n = 3: 100; then W = 18, n = 2: 10·2 ≥ 18; then W = 8, n = 1: 1·1 < 8.
    assert protocol.select(units_of([100, 10, 1, 1, 1, 1, 1, 1, 1, 1]), 3)[0] == ["U000", "U001"]


def test_selection_follows_the_key_in_rational_arithmetic():
    units, n = units_of([1, 2, 4, 8, 3, 5, 2, 2, 1, 9]), 3
    total = sum(u.size for u in units)

    def key(u):
        chance, place = (
            Fraction(n * u.size, total),
            Fraction(protocol.ticket_number(u.ticket), protocol.M),
        )
        return (place / (1 - place)) / (chance / (1 - chance))

    assert protocol.select(units, n) == ([], [u.id for u in sorted(units, key=key)[:n]])


def test_ties_fall_to_the_full_ticket_then_to_the_id():
    low, high = "0" * 63 + "1", "0" * 63 + "2"
    assert protocol.select([Unit("B", 1, low), Unit("A", 1, high), Unit("C", 1, low)], 2) == (
        [],
        ["B", "C"],
    )


# --- matching ---


def record_of(officers, slack=0):
    """A record with the officers ``{id: (cap, specialities, recusals)}`` of one department."""
    rows = [
        {
            "id": i,
            "identity": {},
            "internal": {
                "kind": "officer",
                "department": "D",
                "specialities": list(s),
                "authority": [],
                "recusals": list(r),
                "available": True,
                "cap": cap,
            },
        }
        for i, (cap, s, r) in sorted(officers.items())
    ]
    item = {
        "id": "I",
        "identity": {},
        "internal": {"department": "D", "specialities": [], "categories": ["c"], "expert": False},
    }
    return {
        "salt": SALT,
        "parameters": {"slack": slack},
        "tables": {"officers": rows, "items": [item]},
    }


def visits_with(seats):
    return [
        {
            "id": f"V{v}",
            "items": ["I"],
            "seats": [{"department": "D", "speciality": s} for s in specialities],
            "expert_seats": [],
        }
        for v, specialities in enumerate(seats)
    ]


def assignments(seats, caps):
    """Every complete assignment of seats to candidates, by enumeration."""
    for choice in itertools.product(*(s.candidates for s in seats)):
        pairs = [(s.visit, o) for s, o in zip(seats, choice, strict=True)]
        if len(set(pairs)) == len(pairs) and all(choice.count(o) <= caps[o] for o in set(choice)):
            yield choice


instances = st.tuples(
    st.lists(
        st.tuples(
            st.integers(0, 3) | st.none(),
            st.sets(st.sampled_from("ab")),
            st.sets(st.sampled_from(["V0", "V1", "V2"]), max_size=1),
        ),
        min_size=1,
        max_size=4,
    ),
    st.lists(
        st.lists(st.sampled_from(["", "a", "b"]), min_size=1, max_size=2), min_size=1, max_size=3
    ),
)


@given(instances)
def test_matching_is_the_first_possible_choice_seat_by_seat(instance):
    people, shapes = instance
    record = record_of({f"O{i}": (cap, s, r) for i, (cap, s, r) in enumerate(people)})
    visits = visits_with(shapes)
    seats, _lots = seats_by_definition(record, visits)
    caps, ceilings = protocol.first_caps(seats, record["tables"]["officers"], 0)
    try:
        result = protocol.match(record, visits, SEED, "officer")
    except protocol.Infeasible as error:
        assert next(assignments(seats, ceilings), None) is None
        assert next(assignments(error.seats, ceilings), None) is None
        return
    final = {**caps, **{r["officer"]: r["cap"] for r in result["raised"]}}
    possible = list(assignments(seats, final))
    expected = []
    # the definition itself: the first candidate that some completion has here
    for k, seat in enumerate(seats):
        chosen = next(o for o in seat.candidates if any(p[k] == o for p in possible))
        possible = [p for p in possible if p[k] == chosen]
        expected.append(chosen)
    assert [t["officer"] for t in result["taken"]] == expected
    if result["raised"]:
        before = {
            o: final[o] - sum(r["by"] for r in result["raised"] if r["officer"] == o) for o in final
        }
        assert next(assignments(seats, before), None) is None
    assert all(final[o] <= ceilings[o] for o in final)


def seats_by_definition(record, visits):
    seats, lots = [], []
    for visit in sorted(
        visits, key=lambda v: protocol.target_ticket(record, SEED, "visit", v["id"])
    ):
        salt = protocol.row_salt(SALT, "targets", visit["id"], "ticket")
        lot = sorted(
            record["tables"]["officers"],
            key=lambda o: protocol.ticket(SEED, "officer", f"{visit['id']},{o['id']}", salt),
        )
        for place in visit["seats"]:
            fit = [
                o["id"]
                for o in lot
                if (place["speciality"] or "") in ["", *o["internal"]["specialities"]]
            ]
            lots.append(fit)
            recused = {o["id"] for o in lot if visit["id"] in o["internal"]["recusals"]}
            seats.append(protocol.Seat(visit["id"], place, [o for o in fit if o not in recused]))
    return seats, lots


def test_a_lone_specialist_is_kept_for_the_seat_that_needs_him():
    officers = {f"O{i}": (1, "", "") for i in range(3)} | {"S": (1, "a", "")}
    visits = visits_with([["", ""], ["a", ""]])
    for number in range(30):
        seed = hashlib.sha256(bytes([number])).hexdigest()
        taken = protocol.match(record_of(officers), visits, seed, "officer")["taken"]
        assert next(t["officer"] for t in taken if t["speciality"] == "a") == "S"


def test_caps_rise_only_at_the_bottleneck():
    # Three visits need the speciality of one officer: the start cap is ⌈6/3⌉ = 2, so he alone goes
    # to 3.
    officers = {"S": (None, "a", ""), "O1": (None, "", ""), "O2": (None, "", "")}
    result = protocol.match(record_of(officers), visits_with([["a", ""]] * 3), SEED, "officer")
    assert result["raised"] == [{"officer": "S", "by": 1, "cap": 3}]


def test_infeasible_names_the_seats_and_the_officers():
    officers = {"S": (1, "a", ""), "O1": (None, "", ""), "O2": (None, "", "")}
    with pytest.raises(protocol.Infeasible, match="S") as caught:
        protocol.match(record_of(officers), visits_with([["a", ""]] * 3), SEED, "officer")
    assert caught.value.officers == ["S"]
    assert len(caught.value.seats) == 3


# --- ledger, verification ---


def test_ledger_lines_chain():
    first = protocol.ledger_line({"n": 1, "stage": "01-freeze"}, protocol.NO_HEAD)
    second = protocol.ledger_line({"n": 2, "stage": "02-draw"}, json.loads(first)["hash"])
    text = f"{first}\n{second}\n"
    assert [e["n"] for e in protocol.read_ledger(text)] == [1, 2]
    for position in range(len(text)):
        flipped = text[:position] + chr(ord(text[position]) ^ 1) + text[position + 1 :]
        with pytest.raises(ProtocolError):
            protocol.read_ledger(flipped)
    for broken in (f"{second}\n", f"{second}\n{first}\n", text + "{}\n", text + "{", text[:-2]):
        with pytest.raises(ProtocolError):
            protocol.read_ledger(broken)


def paths_of(value, path=()):
    """Every leaf of a JSON value, as a path."""
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths_of(item, (*path, key))
    else:
        yield path


def changed(value, path):
    """A copy of ``value`` with the leaf at ``path`` changed."""
    value = copy.deepcopy(value)
    *way, last = path
    inner = value
    for key in way:
        inner = inner[key]
    old = inner[last]
    inner[last] = (
        (not old) if isinstance(old, bool) else old + 1 if isinstance(old, int) else f"{old or ''}X"
    )
    return value


def test_verify_holds_and_every_changed_leaf_is_caught(small_record):
    assert [(s.number, s.detail) for s in protocol.verify(small_record)] == [
        (n, "") for n in range(3, 8)
    ]
    free = {
        ("entropy", "time"),
        ("entropy", "place"),
        ("entropy", "roles"),
        ("entropy", "attestation"),
    }
    for path in paths_of(small_record):
        if path[:2] not in free:
            assert not all(s.holds for s in protocol.verify(changed(small_record, path))), path


@pytest.mark.parametrize("record", [None, [], {}, {"tables": []}, "x", {"protocol": "ssj/2"}])
def test_verify_never_raises(record):
    assert [s.holds for s in protocol.verify(record)] == [False] * 5


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-protocol.LARGEST, protocol.LARGEST)
    | st.sampled_from(["", "*", "R1", "S001", "P1", "I1", "dice", "platform", "groups", "0" * 64])
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "text", "task", "external", "tables", "committed", "visits"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@cache
def documents(kind):
    frozen = small_frozen()
    if kind == "platform":
        return elsewhere()
    if kind == "groups":
        frozen["parameters"]["team_mode"] = "groups"
        frozen["commitment"] = protocol.commit(frozen)
    text = "3134356236641245"
    record = {**frozen, "entropy": {"text": text}, **protocol.draw(frozen, text)}
    if kind == "receipt":
        return next(disclosure.receipts(record, ["S001"]))
    if kind == "amended":
        sits = next(t for t in record["officers"]["taken"] if t["officer"] == "P3")
        return amended(record, ("P3", [sits["visit"]], False))
    views = {"frozen": lambda _: frozen, "notice": disclosure.notice}
    views["public"] = disclosure.published
    return views.get(kind, dict)(record)


def places_of(value, path=()):
    """Every list, object and leaf inside a JSON value, as a path."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from places_of(item, (*path, key))


@pytest.mark.parametrize(
    "kind",
    ["frozen", "draw", "groups", "amended", "platform", "notice", "public", "receipt"],
)
@given(data=st.data())
def test_hostile_documents_end_in_a_step_or_a_refusal(kind, data):
    """Any value in any place, or none: never a traceback; what fails says why in Chinese."""
    document = copy.deepcopy(documents(kind))
    for _ in range(data.draw(st.integers(1, 2))):
        *way, last = data.draw(st.sampled_from(list(places_of(document))))
        inner = document
        for key in way:
            inner = inner[key]
        if data.draw(st.booleans()):
            inner[last] = data.draw(JUNK)
        else:
            del inner[last]
    try:
        steps = protocol.examine(document)
    except ProtocolError as error:
        assert str(error).startswith("这是别的文件，不能用来核验。请改用")
        return
    assert set(protocol.banners(document)) <= set(protocol.BANNERS)
    assert (
        [s.holds for s in steps if s.detail]
        and all(s.holds is True or re.search("[一-鿿]", s.detail) for s in steps)
    ) or all(s.holds for s in steps)
    if all(s.holds is not False for s in steps):
        assert all(s.holds is not False for s in protocol.compare([document, document], [""])[1:])


@given(JUNK | json_values, st.sampled_from(["notice", "public", "receipt", None]))
def test_no_document_at_all_ends_in_a_step_or_a_refusal(value, view):
    if isinstance(value, dict) and view:
        value = {**value, "view": view}
    for read in (protocol.examine, protocol.verify, protocol.verify_frozen):
        try:
            assert not all(step.holds for step in read(value))
        except ProtocolError as error:
            assert read is protocol.examine and re.search("[一-鿿]", str(error))


@given(json_values | JUNK, st.text(max_size=5))
def test_no_ledger_line_ends_in_a_traceback(value, rest):
    line = protocol.canonical(value).decode()
    for text in (f"{line}\n", line + rest, protocol.ledger_line({"n": 1}, "") + f"\n{line}\n"):
        assert protocol.verify_ledger(text)[0].holds is False or text == ""


def test_protocol_runs_by_itself(tmp_path, small_record):
    """A copy of the file alone, without the package on the path, verifies a record and catches a
    change.
    """
    script = tmp_path / "protocol.py"
    script.write_bytes(Path(protocol.__file__).read_bytes())
    good, bad = tmp_path / "draw.json", tmp_path / "bad.json"
    good.write_bytes(protocol.canonical(small_record))
    bad.write_bytes(protocol.canonical(changed(small_record, ("drawn", 0, "by_ticket", 0))))

    def run(path):
        return subprocess.run(
            [sys.executable, "-I", script, path],
            capture_output=True,
            encoding="utf-8",
            cwd=tmp_path,
        )

    assert run(good).returncode == 0
    answer = run(bad)
    assert answer.returncode == 1
    assert "V5 抽取检查对象：不符——drawn[0].by_ticket[0]" in answer.stdout


def published(record):
    return {
        "公告.txt": disclosure.notice(record),
        "公开.json": disclosure.published(record),
        "核验单": next(disclosure.receipts(record, ["S001"])),
    }


# name → (files as bytes, from what a round publishes; exit code; what is said; last line)
COMMANDS = {
    "all that is published": (
        lambda given: given,
        0,
        ["公开.json：！演示批次", "公开.json：！唯一性未证实", "V6 各份文件互相一致：相符"],
        "能核验的都相符；未核验的不等于相符。",
    ),
    "a notice": (
        lambda given: {"公告.txt": given["公告.txt"]},
        0,
        ["！演示批次", "V3 封库校验码：相符"],
        "由记录逐步重算，全部相符。",
    ),
    "one file is missing": (
        lambda given: given | {"没有": None},
        2,
        ["没有核验 没有：打不开这个文件", "V6 各份文件互相一致：相符"],
        "能核验的都相符；未核验的不等于相符。",
    ),
    "one file is torn": (
        lambda given: given | {"公开.json": given["公开.json"][:-9]},
        2,
        ["没有核验 公开.json：文件不完整或已损坏", "V3 各份文件互相一致：相符"],
        "能核验的都相符；未核验的不等于相符。",
    ),
    "one file fails": (
        lambda given: given | {"公开.json": given["公开.json"].replace(b'"seed":"', b'"seed":"0')},
        1,
        ["公开.json：V4 公开随机数与抽取随机数：不符", "V3 各份文件互相一致：相符"],
        "记录与重算结果不符。",
    ),
    "a web page, a workbook, another record": (
        lambda given: {"a": b"<!doctype html>", "b": b"PK\x03\x04", "results.json": b'{"a":1}'},
        2,
        ["没有核验 a：这是网页", "没有核验 b：这是Excel", "没有核验 results.json：这是别的文件"],
        "没有能核验的内容。",
    ),
    "a ledger under any name": (
        lambda given: {"a.JSON": protocol.ledger_line({"n": 1}, protocol.NO_HEAD).encode()},
        0,
        ["V1 留痕登记簿：相符"],
        "由记录逐步重算，全部相符。",
    ),
    "another round beside them": (
        lambda given: given | {"别的": protocol.canonical(disclosure.notice(other_round()))},
        0,
        ["V3 各份文件互相一致：未核验——不是同一批次、同一次抽取的文件，不能互相对照"],
        "能核验的都相符；未核验的不等于相符。",
    ),
}


def other_round():
    other = {**small_frozen(), "round": "other"}
    return {**other, "commitment": protocol.commit(other)}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_says_what_is_known(name, small_record, tmp_path, monkeypatch, capsys):
    make, code, said, last = COMMANDS[name]
    monkeypatch.chdir(tmp_path)
    given = make({n: protocol.canonical(d) for n, d in published(small_record).items()})
    for path, data in given.items():
        if data is not None:
            Path(path).write_bytes(data)
    assert protocol.main(list(given)) == code
    text = capsys.readouterr().out
    assert [words for words in said if words not in text] == []
    assert text.splitlines()[-1] == last


# --- draws made elsewhere (§6.5), replacements (§8.6) ---


def elsewhere(text="3134356236641245", external=None):
    """The small record's round, drawn by the platform."""
    frozen = small_frozen()
    frozen["parameters"]["official_draw"] = "platform"
    frozen["commitment"] = protocol.commit(frozen)
    given = {"R2": ["S004", "S001"], "R1": ["S003"]} if external is None else external
    return {**frozen, "entropy": {"text": text}, **protocol.draw(frozen, text, given)}


def holds(record):
    return {s.number: s.holds for s in protocol.examine(record)}


def test_a_draw_made_elsewhere_claims_nothing_about_who_was_drawn():
    record = elsewhere()
    assert record["drawn"] == [
        {"task": "R1", "external": ["S003"]},
        {"task": "R2", "external": ["S001", "S004"]},
    ]
    assert [v["id"] for v in record["visits"]] == ["S001", "S003", "S004"]
    assert holds(record) == {3: True, 4: True, 5: None, 6: True, 7: True}
    assert next(s.detail for s in protocol.verify(record) if s.number == 5).startswith("外部抽取")
    protocol.require(protocol.verify(record))
    assert elsewhere(external={})["visits"] == []
    assert protocol.commitment_object(record)[
        "official_draw"
    ] == "platform" and "official_draw" not in protocol.commitment_object(small_frozen())
    for document in (
        disclosure.published(record),
        *disclosure.receipts(record, ["S001", "S002"]),
    ):
        steps = protocol.examine(document)
        assert [(s.number, s.holds) for s in steps] == [
            (3, True),
            (4, True),
            (5, True),
            (5, None),
            (6, None),
            (7, None),
        ]
        assert steps[3].detail == protocol.EXTERNAL and "外部" not in steps[4].detail


# name → (external, what is said)
NOT_OF_THE_ROUND = {
    "unknown task": ({"R9": ["S001"]}, "任务不在本批次中：R9"),
    "unknown target": ({"R1": ["S001", "S999"]}, "不在检查对象名录库中：S999"),
    "twice": ({"R1": ["S001", "S001"]}, "编号重复：S001"),
}


@pytest.mark.parametrize(
    ("external", "said"), NOT_OF_THE_ROUND.values(), ids=list(NOT_OF_THE_ROUND)
)
def test_lists_from_elsewhere_are_refused(external, said):
    with pytest.raises(ProtocolError, match=said):
        elsewhere(external=external)


def test_the_two_kinds_of_draw_are_not_mixed(small_record):
    with pytest.raises(ProtocolError, match="不由省级平台抽取"):
        protocol.draw(small_frozen(), "3134356236641245", {"R1": ["S001"]})
    frozen = {k: v for k, v in elsewhere().items() if k in small_frozen()}
    with pytest.raises(ProtocolError, match="须有外部名单"):
        protocol.draw(frozen, "3134356236641245")
    outside = elsewhere()
    for drawn in (
        small_record["drawn"],
        outside["drawn"][:1],
        outside["drawn"][::-1],
        [outside["drawn"][0]] * 2,
        [{"task": "R1", "external": ["S003"]}, {"task": "R2", "external": ["S004", "S001"]}],
        [{"task": "R1", "external": ["S003"], "count": 1}, {"task": "R2", "external": []}],
    ):
        assert holds({**outside, "drawn": drawn})[5] is False
    assert holds({**small_record, "drawn": outside["drawn"]})[5] is False
    assert holds(changed(outside, ("parameters", "official_draw")))[3] is False


def amended(record, *requests):
    for officer, visits, whole in requests:
        amendment = {
            "officer": officer,
            "visits": visits,
            "all": whole,
            "reason": "样例",
            **protocol.replace(record, officer, visits, whole),
        }
        record = {**record, "amendments": [*record.get("amendments", []), amendment]}
    return record


def test_amendments_are_verified_one_after_the_other(small_record):
    first = next(t for t in small_record["officers"]["taken"] if t["officer"] == "P3")
    record = amended(small_record, ("P3", [first["visit"]], False))
    now = protocol.teams_now(record)
    assert [t["visit"] for t in now["officers"]] == [
        t["visit"] for t in small_record["officers"]["taken"]
    ]
    assert (
        sum(a != b for a, b in zip(now["officers"], small_record["officers"]["taken"], strict=True))
        == 1
    )
    assert now["experts"] == small_record["experts"]["taken"]
    assert list(holds(record).values()) == [True] * 5
    other = next(
        t["visit"]
        for t in now["officers"]
        if t["officer"] == record["amendments"][0]["taken"][0]["officer"]
        and t["visit"] != first["visit"]
    )
    for path in paths_of(record["amendments"]):
        if path[-1] not in ("reason", "all"):  # the request: nothing to derive it from
            bad = {**record, "amendments": changed(record["amendments"], path)}
            assert {n for n, h in holds(bad).items() if not h} == {7}, path
    for amendments in (
        None,
        {},
        "",
        [[]],
        record["amendments"] * 2,
        [{"officer": "P3", "visits": [other], "all": False}],
    ):
        assert holds({**record, "amendments": amendments})[7] is False
    assert holds({**record, "amendments": []})[7] is True
    assert (
        holds(
            small_record
            | {"amendments": [{k: v for k, v in record["amendments"][0].items() if k != "reason"}]}
        )[7]
        is True
    )


def test_rotation_keeps_who_went_last_time_away(small_record):
    frozen = small_frozen()
    for target in frozen["tables"]["targets"]:
        target["internal"]["rotation"] = ["P1"] if target["id"] == "S005" else ["P4", "P9"]
    frozen["tables"]["officers"].append(
        {
            "id": "P5",
            "identity": {"id": "P5", "name": "样例戊"},
            "internal": {**frozen["tables"]["officers"][3]["internal"]},
        }
    )
    frozen["commitment"] = protocol.commit(frozen)
    for text in ("3134356236641245", "1635241635241635", "6543216543216543"):
        drawn = protocol.draw(frozen, text)
        assert {t["officer"] for t in drawn["officers"]["taken"] if t["visit"] == "S005"} <= {
            "P2",
            "P3",
        }
        assert {t["officer"] for t in drawn["experts"]["taken"] if t["visit"] != "S005"} <= {"P5"}
        reasons = {
            (s["visit"], s["officer"], s["reason"])
            for p in ("officers", "experts")
            for s in drawn[p]["skipped"]
        }
        assert all(
            (s, "P4", "rotation") in reasons or not any(r[1] == "P4" and r[0] == s for r in reasons)
            for s in ("S001", "S002", "S003", "S004")
        )
        assert list(holds({**frozen, "entropy": {"text": text}, **drawn}).values()) == [True] * 5
    frozen["tables"]["targets"][0]["internal"]["rotation"] = "P1"
    with pytest.raises(ProtocolError, match="rotation"):
        protocol.commit(frozen)


def test_groups_are_verified(small_record):
    frozen = small_frozen()
    frozen["parameters"]["team_mode"] = "groups"
    frozen["commitment"] = protocol.commit(frozen)
    record = {
        **frozen,
        "entropy": {"text": "1635241635241635"},
        **protocol.draw(frozen, "1635241635241635"),
    }
    assert list(holds(record).values()) == [True] * 5
    for path in paths_of(record["officers"]["groups"]):
        bad = {
            **record,
            "officers": {
                **record["officers"],
                "groups": changed(record["officers"]["groups"], path),
            },
        }
        assert holds(bad)[7] is False, path
    assert (
        holds(
            {**record, "officers": {k: v for k, v in record["officers"].items() if k != "groups"}}
        )[7]
        is False
    )
    taken = record["officers"]["taken"][-1]
    assert holds(amended(record, (taken["officer"], [taken["visit"]], True)))[7] is True
    frozen["parameters"]["team_mode"] = "teams"
    with pytest.raises(ProtocolError, match="team_mode"):
        protocol.commit(frozen)
