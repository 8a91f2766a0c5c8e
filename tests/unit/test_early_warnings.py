"""早期预警: each kind with the last value that warns and the first that does not; order; what can't
be judged is said.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import BUREAU, BY_CLASS, parameters, roster, target, task

from ssj.base import params
from ssj.base.errors import Problem
from ssj.rosters import early_warnings
from ssj.rosters.history import NOTHING, History
from ssj.tables.schema import FOREVER

TIME, DAY = "2021-11-22T09:00:00+08:00", date(2021, 11, 22)
FIRM = {"permit_until": None, "permit_name": "", "founded": None, "section": "燃气股"}


def firm(identifier="T1", risk_class="A", **change):
    return target(identifier, risk_class, **{**FIRM, **change})


def officer(identifier="P1", **change):
    return {
        "id": identifier,
        "name": f"样例{identifier}",
        "department": BUREAU,
        "kind": "执法",
        "status": "在岗",
        "certificate_until": date(2025, 1, 1),
        "yearly_cap": None,
        **change,
    }


def drawn(*rounds: dict[str, tuple[str, ...]]) -> History:
    """Rounds of 2021, a month each from January on: target → officers."""
    return History(
        [
            {
                "round": f"R{n}",
                "window": {"start": f"2021-{n:02}-05", "end": f"2021-{n:02}-25"},
                "above_cap": [],
                "visits": [
                    {"id": i, "tasks": ["R1"], "officers": list(o)} for i, o in visits.items()
                ],
            }
            for n, visits in enumerate(rounds, 1)
        ]
    )


def frozen(**targets: dict) -> dict:
    """A frozen record, as far as it is looked at: id → internal part."""
    return {
        "tables": {
            "targets": [
                {"id": i, "internal": {"complaints": 0, "penalties": 0, "status": "存续", **own}}
                for i, own in targets.items()
            ]
        }
    }


def found(targets=(), officers=(), history=NOTHING, previous=None, every=(), own=None, **warnings):
    given_roster = replace(
        roster(list(targets) or [firm("T0", status="注销")], [task("R1", BY_CLASS)]),
        every=tuple(every),
        officers=pd.DataFrame(list(officers) or [officer()]).astype({"yearly_cap": object}),
    )
    read = (own or parameters()).model_copy(update={"warnings": params.Warnings(**warnings)})
    return early_warnings.rows(given_roster, read, TIME, history, previous)


def kinds(*args, **more):
    return [(row["kind"], row["id"]) for row in found(*args, **more)]


def after(days: int) -> date:
    return DAY + timedelta(days=days)


EMPTY4 = ({}, {}, {}, {})
# name → (arguments, kinds with ids)
CASES = {
    "permit ends on the last day": (
        {"targets": [firm(permit_until=after(90))]},
        [("许可证快到期", "T1")],
    ),
    "permit ends a day later": ({"targets": [firm(permit_until=after(91))]}, []),
    "permit ends today": ({"targets": [firm(permit_until=DAY)]}, [("许可证快到期", "T1")]),
    "permit ended yesterday": (
        {"targets": [firm(permit_until=after(-1))]},
        [("许可证已到期", "T1")],
    ),
    "permit without end": ({"targets": [firm(permit_until=FOREVER)]}, []),
    "permit of a firm that is gone": ({"targets": [firm(permit_until=DAY, status="注销")]}, []),
    "fewer days": ({"targets": [firm(permit_until=after(11))], "days": 10}, []),
    "certificate ends": (
        {"officers": [officer(certificate_until=after(90))]},
        [("执法证快到期", "P1")],
    ),
    "certificate ended": (
        {"officers": [officer(certificate_until=after(-400))]},
        [("执法证已到期", "P1")],
    ),
    "certificate of one who left": (
        {"officers": [officer(certificate_until=DAY, status="退休")]},
        [],
    ),
    "no certificate of an expert": (
        {"officers": [officer(kind="专家", certificate_until=None)]},
        [],
    ),
    "near the cap": (
        {
            "officers": [
                officer(yearly_cap=3),
                officer("P2", yearly_cap=4),
                officer("P3", yearly_cap=1),
            ],
            "history": drawn({"X": ("P1", "P2"), "Y": ("P1", "P2")}),
        },
        [("人员接近年度上限", "P1")],
    ),
    "founded lately": ({"targets": [firm(founded=after(-364))]}, [("新设对象", "T1")]),
    "founded a year ago": ({"targets": [firm(founded=after(-365))]}, []),
    "founded in a trade that no item covers": (
        {"targets": [firm(founded=DAY, category="养老")]},
        [],
    ),
    "added since": (
        {"targets": [firm(), firm("T2")], "previous": frozen(T1={})},
        [("新设对象", "T2")],
    ),
    "complaints jumped": (
        {"targets": [firm(complaints=3)], "previous": frozen(T1={"complaints": 1})},
        [("投诉举报增多", "T1")],
    ),
    "one complaint more": (
        {"targets": [firm(complaints=2)], "previous": frozen(T1={"complaints": 1})},
        [],
    ),
    "penalties jumped": (
        {"targets": [firm(penalties=2)], "previous": frozen(T1={})},
        [("处罚增多", "T1")],
    ),
    "both, by one": (
        {"targets": [firm(penalties=1, complaints=1)], "previous": frozen(T1={}), "jump": 1},
        [("投诉举报增多", "T1"), ("处罚增多", "T1")],
    ),
    "nothing to compare with": ({"targets": [firm(complaints=9)]}, []),
    "works again": (
        {"targets": [firm(status="在建")], "previous": frozen(T1={"status": "停工"})},
        [("恢复经营、复工", "T1")],
    ),
    "still stopped": (
        {"targets": [firm(status="停工")], "previous": frozen(T1={"status": "停工"})},
        [],
    ),
    "risky and unvisited": (
        {
            "targets": [firm("T1", "D"), firm("T2", "C"), firm("T3", "D")],
            "history": drawn({}, {"T3": ()}, {}, {}),
        },
        [("高风险长期未查", "T1")],
    ),
    "too few rounds to tell": ({"targets": [firm("T1", "D")], "history": drawn({}, {}, {})}, []),
    "visited before these rounds": (
        {"targets": [firm("T1", "D")], "history": drawn({"T1": ()}, *EMPTY4)},
        [("高风险长期未查", "T1")],
    ),
    "visited otherwise since": (
        {"targets": [firm("T1", "D", last_inspected=date(2021, 1, 5))], "history": drawn(*EMPTY4)},
        [],
    ),
    "visited otherwise before": (
        {"targets": [firm("T1", "D", last_inspected=date(2021, 1, 4))], "history": drawn(*EMPTY4)},
        [("高风险长期未查", "T1")],
    ),
    "was not there yet": (
        {
            "targets": [
                firm("T1", "D", founded=date(2020, 2, 1)),
                firm("T2", "D", founded=date(2021, 2, 1), category="养老"),
            ],
            "history": drawn(*EMPTY4),
        },
        [("高风险长期未查", "T1")],
    ),
    "without a class": (
        {
            "every": [
                Problem("T01", "必填的格是空的", "", "targets.xlsx", "名录", 7, "信用风险等级"),
                Problem("T10", "", "", "targets.xlsx", "名录", 9, "等级（信用风险等级）", "未评"),
                Problem("T01", "", "", "targets.xlsx", "名录", 8, "名称"),
                Problem("O01", "", "", "officers.xlsx", "", 8, "信用风险等级"),
            ]
        },
        [
            ("没有信用风险等级", "targets.xlsx 第 7 行"),
            ("没有信用风险等级", "targets.xlsx 第 9 行"),
        ],
    ),
}


@pytest.mark.parametrize(("given_values", "expected"), CASES.values(), ids=list(CASES))
def test_kinds(given_values, expected):
    assert kinds(**given_values) == expected


def test_order_and_words():
    rows = found(
        [
            firm("T2", permit_until=after(3), section=""),
            firm("T3", permit_until=after(9), permit_name="燃气经营许可证"),
            firm("T1", permit_until=after(-2)),
        ],
        [officer(certificate_until=after(5))],
    )
    assert [(row["section"], row["id"], row["found"]) for row in rows] == [
        (BUREAU, "P1", "执法证 2021-11-27 到期，还有 5 天"),
        ("燃气股", "T1", "许可证 2021-11-20 到期，已过 2 天"),
        ("燃气股", "T3", "燃气经营许可证 2021-12-01 到期，还有 9 天"),
        (early_warnings.NO_SECTION, "T2", "许可证 2021-11-25 到期，还有 3 天"),
    ]
    assert all(row["advice"] and set(early_warnings.COLUMNS) <= set(row) for row in rows)


def test_a_demonstration_long_afterwards_is_about_its_own_time():
    assert early_warnings.day_of(date(2030, 1, 1), parameters()) == date(2021, 11, 26), (
        "the day of the event"
    )
    assert early_warnings.day_of(DAY, parameters()) == DAY


def test_a_file_of_a_section_names_it():
    (row,) = found(every=[Problem("T01", "", "", "targets/燃气办.xlsx", "名录", 7, "信用风险等级")])
    assert (row["section"], row["id"], row["found"]) == (
        "燃气办",
        "targets/燃气办.xlsx 第 7 行",
        "空格",
    )


def test_one_class_is_no_risk():
    own = parameters()
    own = own.model_copy(update={"classes": {"D": own.classes["D"]}})
    assert found([firm("T1", "D")], history=drawn(*EMPTY4), own=own) == []


def test_what_could_not_be_judged_is_said():
    said = " ".join(early_warnings.described(parameters(), NOTHING, None).values())
    assert (
        "登记簿里以前的批次只有 0 个，没有判断" in said
        and said.count("没有以前的封库，没有判断") == 2
    )
    assert "没有判断" not in " ".join(
        early_warnings.described(parameters(), drawn(*EMPTY4), frozen()).values()
    )


DATES = st.one_of(st.none(), st.just(FOREVER), st.dates(date(2020, 1, 1), date(2023, 1, 1)))


@given(
    st.lists(
        st.tuples(
            DATES,
            DATES,
            st.integers(0, 5),
            st.integers(0, 5),
            st.sampled_from(["存续", "停工"]),
            st.sampled_from(["甲股", "乙股", ""]),
        ),
        min_size=1,
        max_size=8,
    ),
    st.randoms(),
)
def test_the_order_of_rows_makes_no_difference_and_counts_add_up(rows, random):
    firms = [
        firm(f"T{n}", permit_until=u, founded=f, complaints=c, penalties=p, status=s, section=x)
        for n, (u, f, c, p, s, x) in enumerate(rows)
    ]
    before = frozen(**{f"T{n}": {"status": "停工"} for n in range(0, len(rows), 2)})
    first = found(firms, previous=before)
    random.shuffle(firms)
    assert found(firms, previous=before) == first
    assert (
        sum(row["count"] for row in early_warnings.counts(first))
        == len(first)
        == sum(n for row in early_warnings.counts(first) for n in row["sections"].values())
    )
