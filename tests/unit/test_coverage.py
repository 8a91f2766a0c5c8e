"""覆盖矩阵: counts by hand, the three gaps, and that no pair is lost or counted twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import BY_CLASS, parameters, roster, target, task

from ssj.rosters import coverage
from ssj.rosters.history import NOTHING
from ssj.tables.schema import TARGET_STATUS, WHOLE_YEAR

ITEMS = {"I1": ("燃气",), "I2": ("燃气", "施工"), "I3": ("施工",), "I4": ("物业",), "I5": ("燃气",)}


def made(targets, tasks, items=ITEMS, more=None):
    rows = [
        {
            "id": i,
            "name": f"事项{i}",
            "categories": categories,
            "effective": None,
            "ends": None,
            **(more or {}).get(i, {}),
        }
        for i, categories in items.items()
    ]
    return replace(roster(targets, tasks), items=pd.DataFrame(rows))


def by_hand():
    targets = [
        target("T1"),
        target("T2", tags=("专项",)),
        target("T3", category="施工"),
        target("T4", category="施工", status="停业"),
        target("T5", category="养老"),
        target("T6", category="物业", status="注销"),
    ]
    tasks = [
        task("R1", BY_CLASS, items=("I1", "I2"), tags=("专项",)),
        task("R2", BY_CLASS, items=("I2",), categories=("燃气", "施工"), rounds=("2021Q1",)),
        task("R3", BY_CLASS, items=("I1",), rounds=(WHOLE_YEAR,), conditions=("处罚数≥1",)),
    ]
    return made(targets, tasks)


def test_pairs_by_hand():
    found = coverage.pairs(by_hand(), parameters(), NOTHING)
    assert found.values.tolist() == [
        ["施工", "I2", 1, 0, 1],
        ["施工", "I3", 1, 0, 0],
        ["燃气", "I1", 2, 1, 1],
        ["燃气", "I2", 2, 1, 2],
        ["燃气", "I5", 2, 0, 0],
    ]
    assert coverage.by_category(by_hand(), found) == [
        {"category": "养老", "targets": 1, "now": (), "later": (), "partly": (), "never": ()},
        {
            "category": "施工",
            "targets": 1,
            "now": (),
            "later": ("I2",),
            "partly": (),
            "never": ("I3",),
        },
        {
            "category": "燃气",
            "targets": 2,
            "now": ("I1", "I2"),
            "later": (),
            "partly": ("I1",),
            "never": ("I5",),
        },
    ]


def test_gaps_in_words():
    found = coverage.gaps(by_hand(), parameters(), coverage.pairs(by_hand(), parameters(), NOTHING))
    assert [(g["gap"], g["category"], g["items"], g["targets"]) for g in found] == [
        ("类别无事项", "养老", "", 1),
        ("事项无对象", "物业", "I4 事项I4", 0),
        ("全年无任务", "施工", "I3 事项I3", 1),
        ("全年无任务", "燃气", "I5 事项I5", 2),
        ("部分全年无任务", "燃气", "I1 事项I1", 1),
    ]
    assert found[-1]["detail"] == "有任务的只有 1 个，其余 1 个不在任何任务的对象范围内"


def test_items_that_are_not_in_force_count_for_nothing():
    """One ends within the round, one begins within it: no pair, no gap, no row."""
    given_roster = made(
        [target("T1")],
        [task("R1", BY_CLASS, items=("I1", "I2", "I5"))],
        more={
            "I1": {"ends": date(2021, 12, 30)},
            "I5": {"effective": date(2021, 12, 7)},
            "I4": {"ends": date(2020, 1, 1)},
        },
    )
    found = coverage.pairs(given_roster, parameters(), NOTHING)
    assert list(found["item"]) == ["I2"] and list(
        coverage.matrix(given_roster, parameters(), found)["事项编号"]
    ) == ["I2", "I3"]
    assert [(g["gap"], g["items"]) for g in coverage.gaps(given_roster, parameters(), found)] == [
        ("事项无对象", "I3 事项I3")
    ]


def test_the_matrix_for_a_workbook():
    found = coverage.matrix(
        by_hand(), parameters(), coverage.pairs(by_hand(), parameters(), NOTHING)
    )
    assert list(found.columns) == ["事项编号", "事项名称", "施工", "燃气"]
    assert found[["事项编号", "施工", "燃气"]].values.tolist() == [
        ["I1", "", "● ◐1/2"],
        ["I2", "○ 1", "● 2"],
        ["I3", "× 1", ""],
        ["I4", "", ""],
        ["I5", "", "× 2"],
    ]


# name → (targets, of this round, of the year, mark)
MARKS = {
    "all now": (120, 120, 120, "● 120"),
    "some now": (120, 20, 20, "● ◐20/120"),
    "later": (120, 0, 120, "○ 120"),
    "some later": (120, 0, 7, "○ ◐7/120"),
    "never": (120, 0, 0, "× 120"),
    "some now, all in the year": (120, 20, 120, "● 120"),
}


@pytest.mark.parametrize(("targets", "now", "year", "said"), MARKS.values(), ids=list(MARKS))
def test_marks(targets, now, year, said):
    assert coverage.mark(targets, now, year) == said


CATEGORIES = st.sampled_from(["燃气", "施工", "物业"])
TARGETS = st.lists(
    st.tuples(
        CATEGORIES, st.sampled_from(["存续", "停工"]), st.sets(st.sampled_from(["甲", "乙"]))
    ),
    min_size=1,
    max_size=10,
)
TASKS = st.lists(
    st.tuples(
        st.sets(CATEGORIES, min_size=1),
        st.sets(st.sampled_from(list(ITEMS)), min_size=1),
        st.sets(st.sampled_from(["甲", "乙"])),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@given(TARGETS, TASKS)
def test_every_pair_is_what_one_target_at_a_time_says(targets, tasks):
    rows = [
        target(f"T{n}", category=c, status=s, tags=tuple(sorted(t)))
        for n, (c, s, t) in enumerate(targets)
    ]
    plans = [
        task(
            f"R{n}",
            BY_CLASS,
            categories=tuple(c),
            items=tuple(i),
            tags=tuple(t),
            rounds=("2021Q4" if now else "2021Q1",),
        )
        for n, (c, i, t, now) in enumerate(tasks)
    ]
    given_roster = made(rows, plans)
    found = {
        (p.category, p.item): (p.targets, p.round, p.year)
        for p in coverage.pairs(given_roster, parameters(), NOTHING).itertuples()
    }
    active = [t for t in rows if TARGET_STATUS[t["status"]]]
    expected = {}
    for item, categories in ITEMS.items():
        for t in active:
            if t["category"] in categories:
                mine = [
                    p
                    for p in plans
                    if item in p["items"]
                    and t["category"] in p["categories"]
                    and (not p["tags"] or set(p["tags"]) & set(t["tags"]))
                ]
                total, now, year = expected.get((t["category"], item), (0, 0, 0))
                expected[t["category"], item] = (
                    total + 1,
                    now + any("2021Q4" in p["rounds"] for p in mine),
                    year + bool(mine),
                )
    assert found == expected
    assert sum(
        row["targets"]
        for row in coverage.by_category(
            given_roster, coverage.pairs(given_roster, parameters(), NOTHING)
        )
    ) == len(active)
