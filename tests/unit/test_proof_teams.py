"""Teams over many seeds: what is counted; a rule that favours somebody would be noticed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from conftest import ROOT

from ssj import protocol
from ssj.proof import many_teams

SEEDS = 300


@pytest.fixture(scope="module")
def record() -> dict:
    return many_teams.frozen(ROOT, "sample60")


@pytest.fixture(scope="module")
def tally(record) -> many_teams.Tally:
    return many_teams.tally(record, SEEDS, workers=1)


def test_counts_are_those_of_the_draws(record, tally):
    seed = protocol.sha256("7")
    visits = protocol.visits_of(record, protocol.draw_targets(record, seed))
    taken = [
        t for p in ("officer", "expert") for t in protocol.match(record, visits, seed, p)["taken"]
    ]
    loads = Counter(t["officer"] for t in taken)
    assert {o["id"]: n for o, n in zip(tally.people, tally.loads[7], strict=True) if n} == loads
    both = Counter(
        (a["officer"], b["officer"])
        for a in taken
        for b in taken
        if a["visit"] == b["visit"] and a["officer"] != b["officer"]
    )
    ids = [o["id"] for o in tally.people]
    assert all(
        tally.together[7, i, j] == both[ids[i], ids[j]]
        for i in range(len(ids))
        for j in range(len(ids))
        if i != j
    )
    assert (tally.failed, tally.round) == (0, "sample60")


def test_processes_and_chunks_change_nothing(record, tally, monkeypatch):
    monkeypatch.setattr(many_teams, "CHUNK", 70)
    assert np.array_equal(many_teams.tally(record, 150).together, tally.together[:150])


def test_equals_are_alike_in_all_that_the_rule_reads(tally):
    assert [[tally.people[i]["id"] for i in same] for same in many_teams.equals(tally.people)] == [
        ["XF-001", "XF-002", "XF-003"],
        ["ZJ-001", "ZJ-004"],
    ]
    for change in (
        {"recusals": ["S1"]},
        {"cap": 9},
        {"authority": ["I1"]},
        {"specialities": []},
        {"kind": "expert"},
    ):
        people = [
            o if o["id"] != "ZJ-004" else {**o, "internal": {**o["internal"], **change}}
            for o in tally.people
        ]
        assert len(many_teams.equals(people)) == 1, change


def test_chi_square_has_its_mean_and_is_exact_for_coins():
    generator = np.random.default_rng(1)
    base = np.array([0, 1, 1, 5])
    values = [
        many_teams.chi_square(np.array([generator.permutation(base) for _ in range(50)]))
        for _ in range(2_000)
    ]
    assert np.mean(values) == pytest.approx(3, abs=0.15)
    heads = np.array([[1, 0]] * 60 + [[0, 1]] * 40)
    assert many_teams.chi_square(heads) == pytest.approx((60 - 50) ** 2 / (100 / 4))
    assert many_teams.chi_square(np.ones((5, 3), int)) is None


def test_equals_differ_only_by_chance_and_a_favour_is_noticed(tally):
    rows = many_teams.alike(tally)
    assert [row["holds"] for row in rows] == [True, True] and all(row["colleagues"] for row in rows)
    assert [row["holds"] for row in many_teams.statements([tally], [rows])] == ["成立", "成立"]
    one, other = many_teams.equals(tally.people)[1]
    favoured = tally.together.copy()
    # the other goes less often than lots would have it
    more = favoured[:, one, one] < favoured[:, other, other]
    favoured[more, one, one], favoured[more, other, other] = (
        tally.together[more, other, other],
        tally.together[more, one, one],
    )
    rows = many_teams.alike(tally._replace(together=favoured))
    assert [row["holds"] for row in rows] == [True, False]
    assert [row["holds"] for row in many_teams.statements([tally], [rows])] == ["成立", "不成立"]
    assert many_teams.statements([tally._replace(failed=1)], [rows])[0]["holds"] == "不成立"


def test_tables(tally):
    [row] = many_teams.summary([tally])
    assert (
        (row["round"], row["draws"], row["failed"]) == ("sample60", SEEDS, 0)
        and 0 < row["least"] < row["most"]
        and row["rarest"] < row["commonest"]
    )
    loads = many_teams.loads(tally)
    assert len(loads) == len(tally.people) and all(
        r["least"] <= r["average"] <= r["most"] for r in loads
    )
    pairs = many_teams.pairs(tally, 1)
    assert [p["department"] for p in pairs] == ["演示县住建局"] * 2 + ["演示县消防救援大队"] * 2
    assert pairs[0]["average"] < pairs[1]["average"] and pairs[2]["average"] <= pairs[3]["average"]
