"""Tasks → frames → the frozen record: exact sample sizes, strata, weights, exclusions, maxima, the
commitment.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from made import BUREAU, BY_CLASS, FIRE, framed, parameters, roster, target, task, visited

from ssj import protocol
from ssj.base.errors import InputError, Problem, require
from ssj.draw import exclusions, framing
from ssj.rosters.history import NOTHING, History
from ssj.rosters.rosters import Rosters

# name → (ratio, N, n); floating point would get the marked ones wrong
SIZES = {
    "a fraction is one": ("0.05", 1, 1),
    "exactly one": ("0.05", 20, 1),
    "just above one": ("0.05", 21, 2),
    "none to draw": ("0.05", 0, 0),
    "7 % of 100 (float: 8)": ("0.07", 100, 7),
    "55 % of 100 (float: 56)": ("0.55", 100, 55),
    "all": ("1", 7, 7),
    "nine places": ("0.000000001", 3, 1),
    "a third": ("0.333333333", 3, 1),
    "a third and a little": ("0.333333334", 3, 2),
}


@pytest.mark.parametrize(("ratio", "count", "n"), SIZES.values(), ids=list(SIZES))
def test_sample_size_is_the_ceiling(ratio, count, n):
    rows = [target(f"T{k:03}") for k in range(count)] + [target("X", "D")]
    _, tasks, frames, own = framed(rows, [task("R1", {**BY_CLASS, "A": ratio})])
    row = framing.summary(frames, tasks, own).iloc[0]
    assert (row["task"], row["stratum"], row["count"], row["n"]) == ("R1", "A", count, n)


def test_the_share_that_is_drawn_is_not_said_like_the_ratio_that_it_exceeds():
    rows = [target(f"T{k:04}") for k in range(2_001)]
    _, tasks, frames, own = framed(rows, [task("R1", {**BY_CLASS, "A": "0.02"})])
    row = framing.summary(frames, tasks, own).iloc[0]
    assert (row["n"], row["ratio"], row["share"]) == (41, "2 %", "2.05 %")


def test_tasks_of_the_round_by_id():
    tasks = [
        task("R3", {"*": "1"}, rounds=("全年",)),
        task("R1", {"*": "1"}),
        task("R2", {"*": "1"}, rounds=("2021Q3",)),
        task("R0", {"*": "1"}, rounds=("2021Q3", "2021Q4")),
    ]
    chosen = framing.tasks_of_round(roster([target("T1")], tasks), "2021Q4")
    assert list(zip(chosen.index, chosen["id"], strict=True)) == [
        (5, "R0"),
        (3, "R1"),
        (2, "R3"),
    ], "index: the row in the file"


def test_strata_by_class_or_one_with_weights():
    rows = [target("T1", "D"), target("T2", "A"), target("T3", "C"), target("T4", "B")]
    _, tasks, frames, own = framed(rows, [task("R1", BY_CLASS), task("R2", {"*": "0.5"})])
    got = [tuple(r) for r in frames[["task", "id", "stratum", "size"]].itertuples(index=False)]
    assert got == [
        ("R1", "T1", "D", 1),
        ("R1", "T2", "A", 1),
        ("R1", "T3", "C", 1),
        ("R1", "T4", "B", 1),
        ("R2", "T1", "*", 8),
        ("R2", "T2", "*", 1),
        ("R2", "T3", "*", 4),
        ("R2", "T4", "*", 2),
    ]
    summary = framing.summary(frames, tasks, own)
    assert list(zip(summary["task"], summary["stratum"], summary["n"], strict=True)) == [
        ("R1", "A", 1),
        ("R1", "B", 1),
        ("R1", "C", 1),
        ("R1", "D", 1),
        ("R2", "全部", 2),
    ]
    assert list(summary["ratio"]) == ["2 %", "5 %", "20 %", "100 %", "50 %"]
    assert list(summary["maximum"]) == ["5 %", "20 %", "60 %", "100 %", ""]


# name → (scope, ids that are in it)
SCOPES = {
    "one category": ({"categories": ("燃气",)}, ["T1", "T2", "T5"]),
    "two categories": ({"categories": ("燃气", "物业")}, ["T1", "T2", "T3", "T4", "T5"]),
    "one tag": ({"categories": ("燃气", "物业"), "tags": ("专项整治",)}, ["T2", "T4"]),
    "one of two tags": (
        {"categories": ("燃气", "物业"), "tags": ("专项整治", "重点检查")},
        ["T2", "T3", "T4"],
    ),
    "category and tag": ({"categories": ("燃气",), "tags": ("专项整治",)}, ["T2"]),
    "nobody": ({"categories": ("燃气",), "tags": ("冬供",)}, []),
}


@pytest.mark.parametrize(("scope", "ids"), SCOPES.values(), ids=list(SCOPES))
def test_scope(scope, ids):
    rows = [
        target("T5"),
        target("T2", tags=("专项整治",)),
        target("T3", category="物业", tags=("重点检查",)),
        target("T4", category="物业", tags=("重点检查", "专项整治")),
        target("T1"),
        target("T6", category="施工"),
    ]
    assert list(framed(rows, [task("R1", {"*": "1"}, **scope)])[2]["id"]) == ids


def test_exclusions_carry_their_reason():
    rows = [target("T1", status="注销"), target("T2"), target("T3", status="停业"), target("T4")]
    _, tasks, frames, own = framed(rows, [task("R1", {"*": "0.5"})])
    out = framing.exclusions(frames)
    assert list(zip(out["id"], out["size"], out["reason"], strict=True)) == [
        ("T1", 0, "状态为“注销”"),
        ("T3", 0, "状态为“停业”"),
    ]
    row = framing.summary(frames, tasks, own).iloc[0]
    assert (row["in_scope"], row["excluded"], row["count"], row["n"]) == (4, 2, 2, 1)


Q1 = ("2021Q1", "2021-03-01", {"T1": ("R1",), "T2": ("R9",), "T3": ("R1", "R9")})
# name → (history, caps, tasks not stopped now, targets that the cap keeps out)
CAPS = {
    "never visited": (NOTHING, {"A": 1}, (), []),
    "visited once": (visited(Q1), {"A": 1}, (), ["T1", "T2", "T3"]),
    "visited once of two": (visited(Q1), {"A": 2}, (), []),
    "visited in two rounds": (
        visited(Q1, ("2021Q2", "2021-06-01", {"T1": ("R1",)})),
        {"A": 2},
        (),
        ["T1"],
    ),
    "visited last year": (visited(("2020Q4", "2020-12-31", Q1[2])), {"A": 1}, (), []),
    "a cap of another class": (visited(Q1), {"B": 1}, (), []),
    "visits of a task that does not count": (
        visited(Q1, spared=("R9",)),
        {"A": 1},
        (),
        ["T1", "T3"],
    ),
    "a task that no cap stops": (visited(Q1), {"A": 1}, ("R1",), []),
}


@pytest.mark.parametrize(("earlier", "caps", "spared", "out"), CAPS.values(), ids=list(CAPS))
def test_yearly_caps(earlier, caps, spared, out):
    rows = [target(f"T{n}") for n in range(1, 5)]
    frames = framed(rows, [task("R1", {"*": "0.5"})], caps=caps, spared=spared, earlier=earlier)[2]
    assert list(frames.loc[frames["reason"] == exclusions.CAPPED, "id"]) == out
    assert list(frames.loc[frames["size"] == 0, "id"]) == out


def test_recognised_results_take_a_target_out_only_if_no_item_is_left():
    rows = [target(f"T{n}") for n in range(1, 5)]
    given, _chosen, frames, _ = framed(
        rows,
        [task("R1", {"*": "0.5"})],
        recognised=(
            ("T1", "I1", date(2021, 1, 4)),
            ("T2", "I1", date(2020, 12, 31)),
            ("T3", "I2", date(2021, 5, 5)),
        ),
    )
    assert list(frames.loc[frames["reason"] == exclusions.RECOGNISED, "id"]) == ["T1"], (
        "this year, and all items of the task"
    )
    two = pd.concat([given.items, given.items.assign(id="I2")], ignore_index=True)
    more = Rosters(
        two,
        given.targets,
        given.officers,
        given.plan.assign(items=[("I1", "I2")]),
        given.recognised,
        (),
        (),
    )
    assert not (framing.frames(more, more.plan, parameters(), NOTHING)["size"] == 0).any()


CERTAIN = {"A": "0.05", "B": "0.1", "C": "0.2", "D": "1"}
# name → (tasks, caps, tasks spared, messages)
BELOW_PLAN = {
    "a cap that the plan keeps": (
        [task("R1", CERTAIN, rounds=("2021Q3", "2021Q4"))],
        {"D": 2},
        (),
        [],
    ),
    "a cap below the plan": (
        [task("R1", CERTAIN, rounds=("2021Q3", "2021Q4"))],
        {"D": 1},
        (),
        ["R1", "一年要查 2 户次"],
    ),
    "two tasks in other rounds": (
        [task("R1", CERTAIN), task("R2", CERTAIN, rounds=("2021Q1",))],
        {"D": 1},
        (),
        ["R1、R2", "一年要查 2 户次"],
    ),
    "two tasks in one round are one visit": (
        [task("R1", CERTAIN), task("R2", CERTAIN)],
        {"D": 1},
        (),
        [],
    ),
    "the whole year": (
        [
            task("R1", CERTAIN, rounds=("全年",)),
            task("R2", BY_CLASS, rounds=("2021Q1",), categories=()),
        ],
        {"D": 1},
        (),
        ["一年要查 2 户次"],
    ),
    "drawn by chance": ([task("R1", CERTAIN, rounds=("2021Q3", "2021Q4"))], {"A": 1}, (), []),
    "a task that no cap stops": (
        [task("R1", CERTAIN, rounds=("2021Q3", "2021Q4"))],
        {"D": 1},
        ("R1",),
        [],
    ),
    "an unknown task": (
        [task("R1", CERTAIN)],
        {},
        ("R9",),
        ["“不计上限任务”提到的任务 R9 不在计划中"],
    ),
}


@pytest.mark.parametrize(
    ("tasks", "caps", "spared", "said"), BELOW_PLAN.values(), ids=list(BELOW_PLAN)
)
def test_a_cap_below_the_plan_is_refused(tasks, caps, spared, said):
    given, chosen, frames, own = framed(
        [target("T1", "A"), target("T2", "D")],
        tasks,
        caps=caps,
        spared=spared,
        above=tuple((t["id"], c) for t in tasks for c in "AD"),
    )
    found = [
        str(p) for p in framing.problems(frames, chosen, own, given) if p.code in ("P44", "P45")
    ]
    assert len(found) == bool(said) and all(text in found[0] for text in said)


def messages(*given) -> list[str]:
    whole, tasks, frames, own = framed(*given)
    return [str(p) for p in framing.problems(frames, tasks, own, whole)]


ONE = [target("T1", "A"), target("T2", "B"), target("T3", "C"), target("T4", "D")]
TOO_HIGH = (
    "plan 第 2 行 “抽查比例”列：任务 R1 对 A 类的抽查比例高于该类上限 5 %，现为“6 %”。"
    "请降低比例，或在批次参数的“超上限任务”中写明理由。"
)
# name → (targets, tasks, above_maximum, messages)
PROBLEMS = {
    "none": (ONE, [task("R1", BY_CLASS)], [], []),
    "a ratio at its maximum": (ONE, [task("R1", {**BY_CLASS, "A": "0.05"})], [], []),
    "a ratio above its maximum": (
        ONE,
        [task("R1", {**BY_CLASS, "A": "0.06", "B": "0.1"})],
        [],
        [TOO_HIGH],
    ),
    "one ratio whose chance for a class, n·w/W = 1/15, is above its maximum": (
        ONE,
        [task("R1", {"*": "0.25"})],
        [],
        [TOO_HIGH.replace("6 %", "6.7 %")],
    ),
    "one ratio, declared": (ONE, [task("R1", {"*": "0.25"})], [("R1", "A")], []),
    "the same, declared": (
        ONE,
        [task("R1", {**BY_CLASS, "A": "0.06", "B": "0.1"})],
        [("R1", "A")],
        [],
    ),
    "another class declared": (
        ONE,
        [task("R1", {**BY_CLASS, "A": "0.06", "B": "0.1"})],
        [("R1", "B")],
        [TOO_HIGH],
    ),
    "a lower class with a higher ratio": (
        ONE,
        [task("R1", {**BY_CLASS, "B": "0.2", "C": "0.1"})],
        [],
        [
            (
                "plan 第 2 行 “抽查比例”列：任务 R1 中风险较低的 B 类，抽查比例高于风险较高的 C "
                "类，现为“B 20 %；C 10 %”。请核对；确有理由的，可以不改。"
            )
        ],
    ),
    "an equal ratio for the higher class": (ONE, [task("R1", {**BY_CLASS, "C": "0.05"})], [], []),
    "declared for no task": (
        ONE,
        [task("R1", BY_CLASS)],
        [("R9", "A")],
        [
            (
                "round.toml 参数 above_maximum：“超上限任务”提到的任务 R9 或 A 类不在本批次中，"
                "现为“R9”。请核对。"
            )
        ],
    ),
    "declared for no class": (
        ONE,
        [task("R1", BY_CLASS)],
        [("R1", "E")],
        [
            (
                "round.toml 参数 above_maximum：“超上限任务”提到的任务 R1 或 E 类不在本批次中，"
                "现为“R1”。请核对。"
            )
        ],
    ),
    "no task for this round": (
        ONE,
        [task("R1", BY_CLASS, rounds=("2021Q3",))],
        [],
        [
            (
                "plan “时间”列：计划中没有本批次的任务，现为“2021Q4”。请核对“时间”列与"
                "批次参数的批次号。"
            )
        ],
    ),
    "a task with no target": (
        ONE,
        [task("R1", BY_CLASS), task("R2", BY_CLASS, categories=("物业",))],
        [],
        [
            (
                "plan 第 3 行 “对象范围”列：任务 R2 没有可抽的检查对象。请核对对象范围，"
                "或检查对象的状态。"
            )
        ],
    ),
    "a task with closed targets only": (
        [target("T1", status="吊销")],
        [task("R1", BY_CLASS)],
        [],
        [
            (
                "plan 第 2 行 “对象范围”列：任务 R1 没有可抽的检查对象。请核对对象范围，"
                "或检查对象的状态。"
            )
        ],
    ),
}


@pytest.mark.parametrize(
    ("targets", "tasks", "above", "expected"), PROBLEMS.values(), ids=list(PROBLEMS)
)
def test_problems(targets, tasks, above, expected):
    assert messages(targets, tasks, above) == expected


def record_of(targets: list[dict], tasks: list[dict]) -> dict:
    given, chosen, frames, own = framed(targets, tasks)
    stage = {
        "attempt": 1,
        "salt": "5a" * 32,
        "code": {"version": "0", "hash": "0" * 64},
        "ledger_head": protocol.NO_HEAD,
    }
    return framing.freeze(framing.tables(given, chosen, frames, own), own, stage)


TASKS = [
    task("R2", {"*": "0.5"}, partners=(FIRE,), team_size=3, method="定向"),
    task("R1", BY_CLASS),
]


def test_tables_as_committed_to():
    tables = record_of(
        [
            target("T2", "B", status="注销"),
            target("T1", "D", public=False, non_public_basis="样例条例"),
        ],
        TASKS,
    )["tables"]
    assert {name: [row["id"] for row in rows] for name, rows in tables.items()} == {
        "items": ["I1"],
        "officers": ["P0", "P1"],
        "targets": ["T1", "T2"],
        "tasks": ["R1", "R2"],
    }
    first, second = tables["targets"]
    assert (
        first["identity"] == {"id": "T1", "name": "样例T1"} and first["internal"]["public"] is False
    )
    rest = {"points": 0, "factor": 1_000_000, "chance": "", "reason": "", "rule": ""}
    assert first["internal"]["frames"] == [
        {"task": "R1", "stratum": "D", "size": 1, "weight": 1, **rest},
        {"task": "R2", "stratum": "*", "size": 8, "weight": 8, **rest},
    ]
    assert [(f["rule"], f["reason"]) for f in second["internal"]["frames"]] == [
        ("X1", "状态为“注销”")
    ] * 2
    by_class, one = (row["internal"] for row in tables["tasks"])
    assert by_class["strata"] == [{"stratum": c, "ratio": r} for c, r in BY_CLASS.items()]
    assert (by_class["team_size"], by_class["departments"], by_class["directed"]) == (
        2,
        [BUREAU],
        False,
    )
    assert (one["team_size"], one["departments"], one["directed"], one["strata"]) == (
        3,
        [BUREAU, FIRE],
        True,
        [{"stratum": "*", "ratio": "0.5"}],
    )


def test_frozen_record_holds_and_any_change_breaks_it():
    record = record_of(ONE, TASKS)
    assert [s.holds for s in protocol.verify_frozen(record)] == [True]
    assert protocol.parse(protocol.canonical(record).decode()) == record, "nothing but exact JSON"
    for change in (
        lambda r: r["tables"]["targets"][0]["internal"]["frames"][0].update(size=2),
        lambda r: r["tables"]["targets"][0]["identity"].update(name="样例"),
        lambda r: r["parameters"].update(slack=2),
        lambda r: r.update(attempt=2),
        lambda r: r["tables"]["tasks"].pop(),
    ):
        changed = json.loads(json.dumps(record))
        change(changed)
        assert [s.holds for s in protocol.verify_frozen(changed)] == [False]


def test_changes_since_the_round_before(tmp_path):
    record = record_of([target("T1"), target("T2", "B"), target("T3")], TASKS)
    (tmp_path / "previous.json").write_bytes(protocol.canonical(record))
    after = record_of(
        [target("T1", public=False), target("T2", "C", tags=("专项整治",)), target("T4")],
        [{**TASKS[0], "ratios": {"*": "0.6"}}, {**TASKS[1], "ratios": {**BY_CLASS, "B": "0.1"}}],
    )
    found = framing.changes_since(tmp_path / "previous.json", after["tables"])
    assert [
        tuple(r)
        for r in found[["table", "id", "change", "field", "before", "after"]].itertuples(
            index=False
        )
    ] == [
        ("检查对象名录库", "T1", "变更", "是否公开", "是", "否"),
        ("检查对象名录库", "T2", "变更", "信用风险等级", "B", "C"),
        ("检查对象名录库", "T2", "变更", "标签", "", "专项整治"),
        ("检查对象名录库", "T3", "删除", "", "", ""),
        ("检查对象名录库", "T4", "新增", "", "", ""),
        (
            "抽查任务",
            "R1",
            "变更",
            "抽查比例",
            "A 2 %；B 5 %；C 20 %；D 100 %",
            "A 2 %；B 10 %；C 20 %；D 100 %",
        ),
        ("抽查任务", "R2", "变更", "抽查比例", "50 %", "60 %"),
    ]
    assert framing.changes_since(tmp_path / "previous.json", record["tables"]).empty
    assert list(framing.changes_since(tmp_path / "none.json", record["tables"]).columns) == [
        "table",
        "id",
        "change",
        "field",
        "before",
        "after",
    ]


def test_require_stops_at_errors_only():
    warning, error = Problem("W", "小心", "看看", severity="warning"), Problem("E", "错", "改")
    require([warning])
    with pytest.raises(InputError) as caught:
        require(p for p in [warning, error])
    assert caught.value.problems == (error,)


def test_rotation_names_who_went_last_time_only_where_the_round_asks_for_it():
    own, rows = parameters(), [target("T1"), target("T2")]
    given, chosen, frames, _ = framed(rows, [task("R1", BY_CLASS)])
    given = replace(
        given,
        officers=pd.concat(
            [given.officers, given.officers.assign(id=["P2", "P3"])], ignore_index=True
        ),
    )
    earlier = History(
        [{"round": "2021Q3", "visits": [{"id": "T1", "tasks": ["R1"], "officers": ["P1", "P9"]}]}]
    )
    assert all(
        "rotation" not in t["internal"]
        for t in framing.tables(given, chosen, frames, own, earlier)["targets"]
    )
    rotating = own.model_copy(update={"round": own.round.model_copy(update={"rotation": True})})
    tables = framing.tables(given, chosen, frames, rotating, earlier)
    assert [
        (t["internal"]["rotation"], t["internal"]["rotation_lifted"]) for t in tables["targets"]
    ] == [(["P1", "P9"], []), ([], [])]
    assert (
        not framing._flat(tables["targets"])
        .columns.intersection(["rotation", "rotation_lifted", "frames"])
        .size
    ), "no change of a roster"
    few = replace(given, officers=given.officers[given.officers["id"].isin(["P1", "P2"])])
    tables = framing.tables(few, chosen, frames, rotating, earlier)
    assert [
        (t["internal"]["rotation"], t["internal"]["rotation_lifted"]) for t in tables["targets"]
    ] == [(["P9"], ["P1"]), ([], [])], "two must go"
