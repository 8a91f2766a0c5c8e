"""风险因素: points, the sizes that follow, what is warned of."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import BY_CLASS, WEIGHTS, framed, parameters, roster, target, task, visited

from ssj import protocol
from ssj.base.params import RiskFactors
from ssj.draw import factors, framing
from ssj.draw.derive import derive
from ssj.rosters import history

RULE = RiskFactors(complaints=1, penalties=2, last_problem=3, years=1, never=2, most=6)
PROBLEM, SOUND = ("发现问题已责令改正",), ("未发现问题",)

# name → (complaints, penalties, last result, last visit, all points, those that count); visits
# begin on 2021-12-06
POINTS = {
    "nothing known": (0, 0, (), None, 2, 2),
    "visited this year": (0, 0, SOUND, date(2021, 2, 1), 0, 0),
    "visited two years ago to the day": (0, 0, SOUND, date(2019, 12, 6), 2, 2),
    "a day less": (0, 0, SOUND, date(2019, 12, 7), 1, 1),
    "complaints and penalties": (1, 2, (), date(2021, 2, 1), 5, 5),
    "the last result was a problem": (0, 0, PROBLEM, date(2021, 2, 1), 3, 3),
    "several results, one a problem": (
        0,
        0,
        ("未发现开展本次抽查涉及的经营活动", "不配合检查情节严重"),
        date(2021, 2, 1),
        3,
        3,
    ),
    "no problem by itself": (
        0,
        0,
        ("已关闭停业或正在组织清算", "迁移、注销等其他情况"),
        date(2021, 2, 1),
        0,
        0,
    ),
    "more than count": (9, 9, PROBLEM, date(2001, 1, 1), 50, 6),
    "exactly the most": (6, 0, (), date(2021, 2, 1), 6, 6),
}


def with_rule(rule: RiskFactors | None, **change):
    return parameters(**change).model_copy(update={"risk_factors": rule})


def known(
    identifier: str,
    complaints: int,
    penalties: int,
    result: tuple[str, ...],
    last: date | None,
    risk_class: str = "A",
) -> dict:
    return target(
        identifier,
        risk_class,
        complaints=complaints,
        penalties=penalties,
        last_result=result,
        last_inspected=last,
    )


@pytest.mark.parametrize(
    ("complaints", "penalties", "result", "last", "total", "counted"),
    POINTS.values(),
    ids=list(POINTS),
)
def test_points(complaints, penalties, result, last, total, counted):
    given_roster = roster(
        [known("T1", complaints, penalties, result, last)], [task("R1", {"*": "1"})]
    )
    row = factors.scored(given_roster.targets, with_rule(RULE), history.NOTHING).iloc[0]
    assert (row["total"], row["points"]) == (total, counted)
    none = factors.scored(given_roster.targets, with_rule(None), history.NOTHING).iloc[0]
    assert (none["total"], none["points"], none["years"]) == (0, 0, row["years"])


def test_an_archived_draw_counts_as_a_visit():
    """The end of the window of the last round that drew the target, if after the roster's day."""
    rows = [
        known("T1", 0, 0, (), date(2018, 1, 1)),
        known("T2", 0, 0, (), date(2021, 9, 1)),
        known("T3", 0, 0, (), None),
        known("T4", 0, 0, (), None),
    ]
    earlier = visited(
        ("2020Q1", "2020-03-31", {"T1": ("R1",), "T2": ("R1",), "T3": ("R1",)}),
        ("2019Q1", "2019-03-31", {"T3": ("R1",)}),
    )
    scored = factors.scored(
        roster(rows, [task("R1", {"*": "1"})]).targets, with_rule(RULE), earlier
    )
    assert scored[["id", "last", "source", "years", "points"]].values.tolist() == [
        ["T1", date(2020, 3, 31), "留痕登记簿", 1, 1],
        ["T2", date(2021, 9, 1), "名录库", 0, 0],
        ["T3", date(2020, 3, 31), "留痕登记簿", 1, 1],
        ["T4", None, "从未检查", None, 2],
    ]


def test_sizes_in_both_kinds_of_strata_and_only_in_the_tasks_named():
    rows = [
        known("T1", 1, 0, (), date(2021, 2, 1), "D"),
        known("T2", 0, 0, (), date(2021, 2, 1), "D"),
        known("T3", 9, 9, (), None, "B"),
        {**known("T4", 9, 0, (), None, "B"), "status": "注销"},
    ]
    tasks = [task("R1", BY_CLASS), task("R2", {"*": "0.5"}), task("R3", {"*": "0.5"})]
    given_roster = roster(rows, tasks)
    frames = framing.frames(
        given_roster,
        given_roster.plan,
        with_rule(RULE.model_copy(update={"tasks": ["R1", "R2"]})),
        history.NOTHING,
    )
    assert frames[["task", "id", "weight", "points", "size"]].values.tolist() == [
        ["R1", "T1", 1, 1, 2],
        ["R1", "T2", 1, 0, 1],
        ["R1", "T3", 1, 6, 7],
        ["R1", "T4", 0, 0, 0],
        ["R2", "T1", 8, 1, 16],
        ["R2", "T2", 8, 0, 8],
        ["R2", "T3", 2, 6, 14],
        ["R2", "T4", 0, 0, 0],
        ["R3", "T1", 8, 0, 8],
        ["R3", "T2", 8, 0, 8],
        ["R3", "T3", 2, 0, 2],
        ["R3", "T4", 0, 0, 0],
    ]


def test_a_condition_on_years_reads_the_ledger_too():
    rows = [
        known("T1", 0, 0, (), date(2019, 1, 1)),
        known("T2", 0, 0, (), date(2019, 1, 1)),
        known("T3", 0, 0, (), None),
    ]
    once = task("R1", {"*": "0.5"}, conditions=("距上次检查年数≥2",))
    frames = framed(rows, [once], earlier=visited(("2021Q1", "2021-03-31", {"T2": ("R9",)})))[2]
    assert list(frames["id"]) == ["T1", "T3"]


NUMBERS = st.integers(0, 12)
RULES = st.builds(
    RiskFactors,
    complaints=st.integers(1, 100),
    penalties=NUMBERS,
    last_problem=NUMBERS,
    years=NUMBERS,
    never=NUMBERS,
    most=st.integers(1, 1_000),
)
FACTS = st.tuples(NUMBERS, NUMBERS, st.booleans(), NUMBERS)


def size(
    rule: RiskFactors, risk_class: str, complaints: int, penalties: int, problem: bool, years: int
) -> int:
    return WEIGHTS[risk_class] * (
        1 + min(factors.points(rule, complaints, penalties, problem, years), rule.most)
    )


@given(RULES, st.sampled_from("ABCD"), FACTS, FACTS)
def test_sizes_are_whole_monotone_and_never_below_the_weight(rule, risk_class, facts, more):
    own = size(rule, risk_class, *facts)
    assert type(own) is int and WEIGHTS[risk_class] <= own <= WEIGHTS[risk_class] * (1 + rule.most)
    for place, extra in enumerate(more):
        raised = [
            f + extra if n == place and n != 2 else f or bool(extra) if n == place else f
            for n, f in enumerate(facts)
        ]
        assert size(rule, risk_class, *raised) >= own, (
            "one more of any factor never lowers the size"
        )


@given(RULES, st.lists(st.tuples(st.sampled_from("ABCD"), FACTS), min_size=2, max_size=8))
def test_frames_hold_these_sizes(rule, rows):
    start = date(2021, 12, 6)
    targets = [
        known(
            f"T{n}",
            c,
            p,
            PROBLEM if problem else SOUND,
            start.replace(year=start.year - years),
            risk_class,
        )
        for n, (risk_class, (c, p, problem, years)) in enumerate(rows)
    ]
    targets = [
        {
            **t,
            "last_inspected": t["last_inspected"]
            if t["last_inspected"] < start
            else date(2021, 12, 5),
        }
        for t in targets
    ]
    given_roster = roster(targets, [task("R1", {"*": "0.5"}), task("R2", BY_CLASS)])
    frames = framing.frames(given_roster, given_roster.plan, with_rule(rule), history.NOTHING)
    expected = [size(rule, risk_class, *facts) for risk_class, facts in rows]
    assert list(frames.loc[frames["task"] == "R1", "size"]) == expected
    assert list(frames.loc[frames["task"] == "R2", "size"]) == [
        s // WEIGHTS[c] for s, (c, _) in zip(expected, rows, strict=True)
    ]


def test_an_auditor_can_recompute_the_points_from_the_frozen_record():
    rows = [known("T1", 2, 1, PROBLEM, date(2019, 12, 6), "D"), known("T2", 0, 0, (), None, "A")]
    given_roster, own = (
        roster(
            rows, [task("R1", {"*": "0.5"}, conditions=("投诉举报数≥0",), risk_classes=("A", "D"))]
        ),
        with_rule(RULE),
    )
    tables = derive(given_roster, own).tables
    first, second = (row["internal"] for row in tables["targets"])
    assert [first[key] for key in ("complaints", "penalties", "last_inspected", "last_result")] == [
        2,
        1,
        "2019-12-06",
        list(PROBLEM),
    ]
    assert second["last_inspected"] == "" and [
        (f["weight"], f["points"]) for f in (*first["frames"], *second["frames"])
    ] == [(8, 6), (1, 2)]
    assert tables["tasks"][0]["internal"]["conditions"] == ["投诉举报数≥0"] and tables["tasks"][0][
        "internal"
    ]["risk_classes"] == ["A", "D"]
    assert own.frozen()["risk_factors"] == {
        "complaints": 1,
        "penalties": 2,
        "last_problem": 3,
        "years": 1,
        "never": 2,
        "most": 6,
        "tasks": None,
    }
    protocol.canonical(tables)


def test_described():
    assert factors.described(None) == {"风险因素": "不用：风险权数只取决于信用风险等级"}
    facts = factors.described(RULE.model_dump())
    assert list(facts.values()) == [1, 2, 3, 1, 2, 6, "全部任务"]
    assert factors.described(RULE.model_copy(update={"tasks": ["R1"]}).model_dump())["用于"] == (
        "R1",
    )


# name → (rule, targets, messages)
SEEN = known("T1", 1, 1, PROBLEM, date(2020, 1, 1))
PROBLEMS = {
    "none": (None, [target("T1")], []),
    "all of use": (RULE, [SEEN], []),
    "a task that is not planned": (
        RULE.model_copy(update={"tasks": ["R1", "R9"]}),
        [SEEN],
        ["P46"],
    ),
    "no complaints": (RULE, [{**SEEN, "complaints": 0}], ["P47"]),
    "nothing known": (RULE, [target("T1")], ["P47"] * 4),
    "a problem nobody had": (RULE, [{**SEEN, "last_result": SOUND}], ["P47"]),
    "no column for what is not used": (
        RiskFactors(complaints=1, most=1),
        [target("T1", complaints=1)],
        [],
    ),
}


@pytest.mark.parametrize(("rule", "targets", "codes"), PROBLEMS.values(), ids=list(PROBLEMS))
def test_problems(rule, targets, codes):
    found = factors.problems(rule, roster(targets, [task("R1", {"*": "1"})]).targets, {"R1"})
    assert [p.code for p in found] == codes
    assert [p.severity for p in found] == ["error" if c == "P46" else "warning" for c in codes]


def test_messages_in_full():
    rule = RiskFactors(years=1, most=2, tasks=["R9"])
    assert [
        str(p)
        for p in factors.problems(
            rule, roster([target("T1")], [task("R1", {"*": "1"})]).targets, {"R1"}
        )
    ] == [
        (
            "round.toml 参数 risk_factors.tasks：风险因素提到的任务 R9 不在计划中，"
            "现为“R9”。请核对任务编号。"
        ),
        (
            "round.toml 参数 risk_factors.years：名录库里没有一户有上次检查日期，"
            "这项加分不起作用，现为“1”。请补上这一列；不用的，删去这个参数。"
        ),
    ]


def test_the_maximum_of_a_class_is_its_mean_chance():
    """Points bring one target of class A above the class's 5 %, the mean of the class stays below:
    allowed.
    """
    rows = [known(f"T{n:02}", 0, 0, (), date(2021, 2, 1)) for n in range(40)] + [
        known("X", 6, 0, (), date(2021, 2, 1))
    ]
    given_roster, own = roster(rows, [task("R1", {"*": "0.04"})]), with_rule(RULE)
    given = derive(given_roster, own)
    assert framing._chances({"*": "0.04"}, given.frames) == {"A": Fraction(1, 25)}
    assert {p.code for p in framing.problems(given.frames, given.tasks, own, given_roster)} == {
        "P47"
    }
    settled = given.settled.frames.set_index("id")
    assert (
        float(settled.loc["X", "chance"]) == pytest.approx(2 * 7 / 47)
        and float(settled.loc["X", "chance"]) > 0.05
    )
