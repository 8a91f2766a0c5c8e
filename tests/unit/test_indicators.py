"""Indicators of a year worked by hand (tests/small_year.py has the year), how they are declared,
and how their values are said.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from fractions import Fraction

import pytest
from small_year import NONE, answer, declared, entry, year

from ssj.base import formats
from ssj.year import indicators
from ssj.year.measures import Measure

END = "2021-12-31"


def of(code: str, it=None, until: str = END) -> Measure:
    return indicators.INDICATORS[code].count(it or year(), until)


def names(found: Measure, counted: bool) -> list[str]:
    return [r["number"] or r["id"] or r["name"] for r in found.rows if r["counted"] == counted]


# code: numerator, denominator, what is missing, breakdown. Reasons:
# Z02 due: T1 and T2 in R1 and R2, T3 in R3. R3 was never drawn, of T2 in R2 P1 was not inspected.
# Z03 I1, I2, I3 are on the list; nobody had I2.
# Z04 R2 had to take in: F3 closed in March (still active), F5 founded 05-01 (in time), F6 founded
# 01-15 (R1 ought to have had it), O4's certificate (still on duty).
# Z05 T2 of each round is joint. Z06 O1, O2: 样例住建, O3: 样例消防. Z07 F2 was drawn by two tasks.
# Z08 five inspected visits and the one of F2 that is not exempt. Z09 F1 twice against a cap of 1;
# F2 twice (one not drawn) against 2; F3, F4 once.
# Z10 T1 has ratios by class. Z11 F1 to F5 and P1 could be drawn (F6 never), F5 was not.
# Z12 F4 was not entered. Z13 F1, F2, F3 in R1; P1, not inspected, is due too by December. Z14 F2
# came late, F1, F4 and P1 of R2 not at all. Z15 F2, and F1 in R2.
# Z16 F2's order is closed, F1's referral not. Z17 O1 to O4 could go, O4 did not; O5 is an expert.
BY_HAND = {
    "Z02": (3, 5, ["T2", "T3"], []),
    "Z03": (2, 3, ["I2"], []),
    "Z04": (1, 4, ["O4", "F6", "R1-003"], []),
    "Z05": (2, 4, ["T1", "T1"], []),
    "Z06": (2, None, [], []),
    "Z07": (1, None, [], []),
    "Z08": (5, 6, ["F2"], []),
    "Z09": (1, 4, ["R1-002"], [("1 次", 2, None), ("2 次", 2, None)]),
    "Z10": (2, 4, ["T2", "T2"], []),
    "Z11": (5, 6, [], [("A", 2, 2), ("B", 2, 2), ("C", 0, 1), ("D", 1, 1)]),
    "Z12": (4, 5, ["R2-002"], []),
    "Z13": (3, 6, ["R2-003", "R2-001", "R2-002"], []),
    "Z14": (2, 6, ["R2-003", "R1-002", "R2-001", "R2-002"], []),
    "Z15": (2, 5, ["R1-001", "R1-003", "R2-002"], []),
    "Z16": (1, 2, ["R2-001"], [("整改", 1, 1), ("移送", 0, 1)]),
    "Z17": (3, 4, ["O4"], []),
}


def test_every_indicator_is_worked_by_hand():
    assert set(BY_HAND) | {"Z01"} == set(indicators.INDICATORS)


@pytest.mark.parametrize("code", BY_HAND)
def test_by_hand(code):
    found = of(code)
    assert (found.numerator, found.denominator, names(found, False), found.parts) == BY_HAND[code]


def test_the_day_of_the_plan():
    assert (of("Z01").day, of("Z01").note) == ("2021-01-20", "")
    found = of("Z01", replace(year(), declared={}))
    assert (found.day, found.note) == ("2021-01-10", "没有填报印发公示日期，这里是批准日期")


# code, day: numerator, denominator. Up to 03-10 F1 and F2 were inspected, F2 entered on the next
# day; on 03-25 only F1 was published
# (three inspected), nothing was late; R2 had not been drawn by 06-30, so that tasks of R1 alone
# were due.
EARLIER = {
    ("Z02", "2021-06-30"): (2, 2),
    ("Z03", "2021-03-09"): (1, 3),
    ("Z04", "2021-06-30"): (0, 0),
    ("Z05", "2021-06-30"): (1, 2),
    ("Z06", "2021-03-05"): (1, None),
    ("Z08", "2021-05-31"): (3, 3),
    ("Z09", "2021-05-31"): (0, 3),
    ("Z12", "2021-03-10"): (1, 2),
    ("Z13", "2021-03-25"): (1, 3),
    ("Z14", "2021-03-25"): (1, 1),
    ("Z14", "2021-04-09"): (2, 3),
    ("Z15", "2021-03-08"): (0, 1),
    ("Z13", "2021-11-03"): (3, 5),
    ("Z14", "2021-11-03"): (2, 5),
    ("Z16", "2021-03-31"): (0, 1),
    ("Z17", "2021-03-05"): (2, 4),
    ("Z11", "2021-06-30"): (3, 5),
}


@pytest.mark.parametrize(("code", "day"), EARLIER)
def test_what_comes_after_the_cut_off_has_not_happened(code, day):
    found = of(code, until=day)
    assert (found.numerator, found.denominator) == EARLIER[code, day]


@pytest.mark.parametrize("code", sorted(indicators.INDICATORS))
def test_a_year_in_which_nothing_was_drawn(code):
    """A denominator of 0 is said, not 0 % or 100 %."""
    found = of(code, replace(year(), rounds=[], other=[]))
    unit = indicators.INDICATORS[code].unit
    said = indicators.said(found.numerator, found.denominator, unit, found.day)
    expected = {"Z01": "2021-01-20", "Z02": "0 %", "Z03": "0 %"}.get(
        code, formats.NOTHING if unit == "rate" else f"0 {unit}"
    )
    assert said == expected  # the plan's tasks were due and its items could have been covered


@pytest.mark.parametrize("code", sorted(indicators.INDICATORS))
@pytest.mark.parametrize("until", ["2021-03-10", "2021-04-30", "2021-09-07", END])
def test_rows_carry_the_numbers(code, until):
    found = of(code, until=until)
    if indicators.INDICATORS[code].unit == "rate" and code != "Z11":
        assert (sum(r["counted"] for r in found.rows), len(found.rows)) == (
            found.numerator,
            found.denominator,
        )
    assert all(
        set(r) == {"counted", "round", "stage", "number", "id", "name", "text"} and r["text"]
        for r in found.rows
    )


def test_lawfully_unpublished_visits():
    """P1, once inspected, counts as lawfully not published, and is no matter of time."""
    it = year()
    results = copy.deepcopy(it.rounds[1].results)
    results["rows"].append(
        answer("R2-003", "P1", "I3", "2021-09-09", "O2 O3", NONE, entered="2021-09-10")
    )
    results["visits"][2]["deadline"] = "2021-10-15"
    it.rounds[1].results = results
    assert (of("Z13", it).numerator, of("Z13", it).denominator, of("Z13", it).note) == (
        4,
        6,
        "分子中依法不公示的 1 户次",
    )
    assert (of("Z14", it).numerator, of("Z14", it).denominator) == (
        2,
        5,
    ) and "依法不公示的 1 户次不计入" in of("Z14", it).note


def test_without_other_inspections_their_share_is_not_known():
    found = of("Z08", replace(year(), other=None))
    assert (found.numerator, found.denominator) == (5, None) and "不计算" in found.note
    assert indicators.said(found.numerator, found.denominator, "rate") == "不能计算"


def test_tasks_above_the_cap_do_not_count():
    it = year()
    it.rounds[1].record = {
        **it.rounds[1].record,
        "parameters": {
            **it.rounds[1].record["parameters"],
            "above_cap": [{"task": "T1", "reason": "样例"}],
        },
    }
    found = of("Z09", it)
    assert (found.numerator, found.denominator, {p[0]: p[1] for p in found.parts}) == (
        0,
        4,
        {"0 次": 1, "1 次": 2, "2 次": 1},
    )


def test_a_firm_that_was_taken_off_the_list_in_time():
    it = year()
    lists = copy.deepcopy(it.rounds[1].lists)
    next(t for t in lists["targets"] if t["id"] == "F3")["active"] = False
    lists["officers"][0]["on_duty"] = False
    it.rounds[1].lists = lists
    assert (of("Z04", it).numerator, of("Z04", it).denominator) == (3, 4)


def test_rounds_drawn_by_the_platform_apply_no_classes_of_ours():
    it = year()
    it.rounds[0].record = {
        **it.rounds[0].record,
        "parameters": {**it.rounds[0].record["parameters"], "official_draw": "platform"},
    }
    assert (of("Z10", it).numerator, of("Z10", it).denominator) == (1, 4)


def test_the_reconciliation_stands_beside_what_was_entered():
    it = year()
    it.rounds[0].entry = {
        **entry("R1"),
        "platform": {"stage": "04-platform", "drawn": 4, "agrees": 3},
    }
    assert of("Z12", it).parts == [("R1 与省级平台核对一致（行）", 3, 4)]


# Values


def test_counted_for_the_record():
    found = {
        i["id"]: i
        for i in indicators.counted(
            year(),
            declared(Z02="100%", Z06="≥2", Z09="≤0", Z13="≥50%", Z01="不晚于2021-01-31"),
            END,
        )
    }
    assert {c: found[c]["met"] for c in ("Z01", "Z02", "Z06", "Z09", "Z13", "Z17")} == {
        "Z01": True,
        "Z02": False,
        "Z06": True,
        "Z09": False,
        "Z13": True,
        "Z17": None,
    }
    assert [(found[c]["value"], found[c]["said"]) for c in ("Z01", "Z02", "Z03", "Z07")] == [
        ("2021-01-20", "2021-01-20"),
        ("3/5", "60 %"),
        ("2/3", "66.7 %"),
        ("1", "1 户次"),
    ]
    assert [i["id"] for i in found.values() if i["internal"]] == ["Z11"]
    early = {i["id"]: i for i in indicators.counted(year(), declared(), "2021-03-25")}
    assert (early["Z13"]["until"], early["Z13"]["said"], early["Z13"]["note"]) == (
        "2021-03-25",
        "33.3 %",
        "截止日未到，算到 2021-03-25",
    )
    assert (early["Z04"]["said"], early["Z04"]["value"], early["Z04"]["met"]) == (
        "分母为 0，不计算",
        "",
        None,
    )


def test_a_rate_that_misses_its_goal_is_not_said_like_it():
    assert indicators.said(9_496, 10_000, "rate") == "95 %"
    assert indicators.said(9_496, 10_000, "rate", goal=Fraction(19, 20)) == "94.96 %"


TARGETS = {
    ("", "rate"): None,
    ("100%", "rate"): (">=", Fraction(1)),
    ("≥95%", "rate"): (">=", Fraction(19, 20)),
    ("不低于 80 %", "rate"): (">=", Fraction(4, 5)),
    ("5%以下", "rate"): ("<=", Fraction(1, 20)),
    ("≤0", "户"): ("<=", Fraction(0)),
    ("3", "个"): (">=", Fraction(3)),
    ("=2", "个"): ("==", Fraction(2)),
    ("不晚于2021-03-31", "date"): ("<=", "2021-03-31"),
    ("2021年3月31日前", "date"): ("<=", "2021-03-31"),
}


@pytest.mark.parametrize(("text", "unit"), TARGETS)
def test_goals(text, unit):
    assert indicators.target(text, unit) == TARGETS[text, unit]


@pytest.mark.parametrize(
    ("text", "unit"),
    [("好", "rate"), ("95", "rate"), ("95%", "个"), ("3月底", "date"), ("-5%", "rate")],
)
def test_goals_that_are_none(text, unit):
    with pytest.raises(ValueError, match="."):
        indicators.target(text, unit)


def test_what_is_found_is_shown_and_never_scored():
    """严禁下达检查指标: even with a 目标值, 问题发现率 is neither reached nor missed."""
    rows = declared(Z15="≥1%", Z14="≥1%")
    found = {i["id"]: i for i in indicators.counted(year(), rows, END)}
    assert found["Z15"]["met"] is None and "不评分" in found["Z15"]["note"]
    assert found["Z15"]["said"] and found["Z14"]["met"] is not None
