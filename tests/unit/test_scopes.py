"""对象范围: its grammar, canonical form and round trip; who lies in a scope; whole years since the
last visit.
"""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssj.tables import scopes
from ssj.tables.cells import Refused
from ssj.tables.scopes import Condition, Scope

# name → (cell, scope)
SCOPES = {
    "everything": ("全部", Scope(("全部",))),
    "categories without a kind": ("燃气，供水供热", Scope(("燃气", "供水供热"))),
    "all four kinds": (
        "类别：燃气；标签：专项整治、重点检查；等级：D、C；条件：处罚数≥1、投诉举报数≥2",
        Scope(("燃气",), ("专项整治", "重点检查"), ("C", "D"), ("投诉举报数≥2", "处罚数≥1")),
    ),
    "class by itself": ("等级：D", Scope(risk_classes=("D",))),
    "classes as people write them": ("等级：c级、 Ｄ 类、C", Scope(risk_classes=("C", "D"))),
    "operators as typed": (
        "条件：投诉举报数>=2、处罚数<=03、处罚数 ＞ 0、投诉举报数＜9、距上次检查年数＝1",
        Scope(
            conditions=("投诉举报数≥2", "投诉举报数<9", "处罚数>0", "处罚数≤3", "距上次检查年数=1")
        ),
    ),
    "a condition twice": ("条件：处罚数≥1、处罚数>=1", Scope(conditions=("处罚数≥1",))),
    "several lines, half-width signs": (
        "类别:燃气,施工;\n标签:专项整治",
        Scope(("燃气", "施工"), ("专项整治",)),
    ),
    "a kind in two parts": ("类别：燃气；类别：施工、燃气", Scope(("燃气", "施工"))),
    "a part at the end that is empty": ("类别：燃气；", Scope(("燃气",))),
}
# name → (cell, rule)
REFUSED = {
    "nothing": ("；", "15"),
    "an unknown kind": ("区域：东片", "15"),
    "a kind without words": ("类别：燃气；标签：、", "15"),
    "a colon too many": ("类别：燃气：施工", "15"),
    "an unknown class": ("等级：E", "10"),
    "an unknown column": ("条件：注册资本≥1", "19"),
    "a key for a column": ("条件：complaints≥1", "19"),
    "no operator": ("条件：处罚数1", "19"),
    "not equal": ("条件：处罚数≠1", "19"),
    "an operator turned round": ("条件：处罚数=>1", "19"),
    "a negative number": ("条件：处罚数≥-1", "19"),
    "a fraction": ("条件：处罚数≥1.5", "19"),
    "ten digits": ("条件：处罚数≥1000000000", "19"),
    "a date": ("条件：距上次检查年数≥2019-01-01", "19"),
    "two columns": ("条件：处罚数≥投诉举报数", "19"),
    "a range": ("条件：1≤处罚数≤2", "19"),
    "or": ("条件：处罚数≥1或投诉举报数≥1", "19"),
    "a condition without its kind": ("类别：燃气；处罚数≥1", "19"),
    "a condition for a tag": ("标签：处罚数≥1", "19"),
}


@pytest.mark.parametrize(("cell", "scope"), SCOPES.values(), ids=list(SCOPES))
def test_parse(cell, scope):
    assert scopes.parse(cell, "ABCD") == scope
    assert scopes.parse(scopes.text(*scope), "ABCD") == scope


@pytest.mark.parametrize(("cell", "rule"), REFUSED.values(), ids=list(REFUSED))
def test_refused(cell, rule):
    with pytest.raises(Refused) as caught:
        scopes.parse(cell, "ABCD")
    assert caught.value.rule == rule


def test_without_a_scheme_any_class_passes():
    assert scopes.parse("等级：x级").risk_classes == ("X",)


def test_text():
    assert (
        scopes.text(["燃气"], ["专项整治"], ["C", "D"], ["处罚数≥1"])
        == "类别：燃气；标签：专项整治；等级：C、D；条件：处罚数≥1"
    )
    assert scopes.text() == "类别：全部"


def test_texts_of_a_plan():
    tasks = pd.DataFrame(
        [Scope(("燃气",), ("专项整治",)), Scope(("燃气", "施工"), conditions=("处罚数≥1",))]
    )
    assert scopes.texts(tasks) == ["类别：燃气；标签：专项整治", "类别：燃气、施工；条件：处罚数≥1"]


CONDITIONS = st.builds(
    Condition,
    st.sampled_from(list(scopes.COLUMNS.values())),
    st.sampled_from(list(scopes.OPERATORS)),
    st.integers(0, 10**9 - 1),
)
WORDS = st.lists(
    st.sampled_from(["燃气", "施工企业", "在建项目", "专项整治", "样例2类"]), unique=True
).map(tuple)


@given(WORDS, WORDS, st.sets(st.sampled_from("ABCD")), st.sets(CONDITIONS))
def test_round_trip(categories, tags, classes, conditions):
    """What is written is read back, and the order in which conditions are typed makes no
    difference.
    """
    written = scopes.text(categories, tags, classes, [str(own) for own in conditions])
    found = scopes.parse(written, "ABCD")
    every = () if categories or tags or classes or conditions else ("全部",)
    assert (found.categories, found.tags) == (categories or every, tags)
    assert (
        found.risk_classes == tuple(sorted(classes))
        and {scopes.condition(c) for c in found.conditions} == conditions
    )
    assert scopes.parse(scopes.text(*found), "ABCD") == found
    typed = (
        written.replace("≥", " >= ")
        .replace("≤", "<=")
        .replace("；", ";\n")
        .replace("：", ":")
        .replace("、", "，")
    )
    assert scopes.parse(typed, "ABCD") == found


@given(CONDITIONS, st.integers(0, 20))
def test_conditions_are_what_python_says(own, value):
    typed = {"≥": ">=", "≤": "<=", "=": "=="}.get(own.operator, own.operator)
    assert own.holds(value) == eval(f"{value} {typed} {own.number}")
    assert scopes.condition(str(own)) == own


@pytest.mark.parametrize(
    ("operator", "holds"), {"≥": True, ">": True, "≤": False, "<": False, "=": False}.items()
)
def test_never_visited_is_longer_than_any_number_of_years(operator, holds):
    assert Condition("years", operator, 5).holds(None) is holds


# name → (scope, ids in it); T1 to T4 waited 0, 2, 5 years and for ever
INSIDE = {
    "a class": (Scope(("燃气",), risk_classes=("C", "D")), ["T2", "T3"]),
    "complaints": (Scope(("燃气",), conditions=("投诉举报数≥2",)), ["T3", "T4"]),
    "two conditions, both hold": (
        Scope(("燃气",), conditions=("投诉举报数≥2", "处罚数<1")),
        ["T4"],
    ),
    "waited long enough or never visited": (
        Scope(("燃气",), conditions=("距上次检查年数≥2",)),
        ["T2", "T3", "T4"],
    ),
    "visited lately": (Scope(("燃气",), conditions=("距上次检查年数<3",)), ["T1", "T2"]),
    "tag, class and condition": (
        Scope(("燃气",), ("专项",), ("D",), ("距上次检查年数>4",)),
        ["T3"],
    ),
    "nobody": (Scope(("燃气",), conditions=("处罚数≥9",)), []),
}


@pytest.mark.parametrize(("scope", "ids"), INSIDE.values(), ids=list(INSIDE))
def test_select(scope, ids):
    rows = [
        ("T4", "A", (), 2, 0),
        ("T1", "B", (), 0, 1),
        ("T3", "D", ("专项",), 3, 1),
        ("T2", "C", ("专项",), 1, 0),
    ]
    targets = pd.DataFrame(
        rows, columns=["id", "risk_class", "tags", "complaints", "penalties"]
    ).assign(category="燃气")
    found = scopes.select(targets, scope, {"T1": 0, "T2": 2, "T3": 5, "T4": None})
    assert list(found["id"]) == ids
    without_years = scope._replace(conditions=tuple(c for c in scope.conditions if "年数" not in c))
    assert [
        t.id for t in targets.sort_values("id").itertuples() if scopes.may_hold(scope, t)
    ] == list(scopes.select(targets, without_years, {})["id"])


# name → (since, until, whole years)
YEARS = {
    "a day short": (date(2019, 12, 6), date(2021, 12, 5), 1),
    "to the day": (date(2019, 12, 6), date(2021, 12, 6), 2),
    "the same day": (date(2021, 12, 6), date(2021, 12, 6), 0),
    "a later day": (date(2022, 3, 1), date(2021, 12, 6), 0),
    "from 29 February": (date(2020, 2, 29), date(2021, 2, 28), 0),
    "full on 1 March": (date(2020, 2, 29), date(2021, 3, 1), 1),
    "29 February to 29 February": (date(2020, 2, 29), date(2024, 2, 29), 4),
    "over a new year": (date(2020, 12, 31), date(2021, 1, 1), 0),
}


@pytest.mark.parametrize(("since", "until", "whole"), YEARS.values(), ids=list(YEARS))
def test_years(since, until, whole):
    assert scopes.years(since, until) == whole


@given(
    st.dates(date(1990, 1, 1), date(2040, 1, 1)),
    st.dates(date(1990, 1, 1), date(2040, 1, 1)),
    st.integers(1, 900),
)
def test_years_never_fall_as_time_goes_by(since, until, days):
    later = date.fromordinal(until.toordinal() + days)
    assert 0 <= scopes.years(since, until) <= scopes.years(since, later)


def test_the_last_visit_is_the_later_one():
    targets = pd.DataFrame(
        {
            "id": ["T1", "T2", "T3", "T4"],
            "last_inspected": [date(2021, 5, 1), date(2019, 5, 1), None, None],
        },
        dtype=object,
    )
    assert scopes.last_visits(
        targets, {"T1": "2021-03-31", "T2": "2021-03-31", "T3": "2021-06-30"}
    ) == {"T1": date(2021, 5, 1), "T2": date(2021, 3, 31), "T3": date(2021, 6, 30), "T4": None}
