"""Facts from freeze to freeze: who was left out, who came back, what voids changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssj.audit.moves import Frozen, Moves

WEIGHTS = {"A": 1, "B": 2, "C": 4, "D": 8}


def frozen(name: str, firms: str, **own: object) -> Frozen:
    """``firms``: letter of the class, then what is special: ``F1=B F2=-X1 F3=C.`` (``-X1`` left out
    by that rule, ``.`` in no task's scope).
    """
    classes, frames = {}, {}
    for part in firms.split():
        identifier, _, said = part.partition("=")
        classes[identifier] = said[0] if said[0] in WEIGHTS else "B"
        rule = said.partition("-")[2]
        frames[identifier] = [] if "." in said else [(0 if rule else 1, rule)]
    return Frozen(
        name,
        {i: f"样例{i}公司" for i in classes},
        {i: WEIGHTS[c] for i, c in classes.items()},
        classes,
        frames,
        **{"drawn": set(), "void": "", "amendments": (), "elsewhere": False, **own},
    )


def facts(*freezes: Frozen) -> dict[str, list[str]]:
    moves = Moves()
    for own in freezes:
        moves.take(own)
    said: dict[str, list[str]] = {}
    for f in moves.findings():
        assert (f.p, f.level, f.alarm, f.who) == (None, None, False, "")
        said.setdefault(f.topic, []).append(f.text)
    return said


# what four freezes hold → fact and text
SERIES = {
    "missing once": (
        ("F1=B F2=B", "F2=B", "F1=B F2=B", "F1=B F2=B"),
        {"gone": "名录里缺过又回来：样例F1公司（F1）"},
    ),
    "new, and gone for good": (("F1=B", "F1=B F2=B", "F2=B", "F2=B"), {}),
    "a lower class once": (
        ("F1=C", "F1=B", "F1=C", "F1=C"),
        {
            "dipped": "等级只在一次封库时较低：样例F1公司（F1）",
            "risen": "等级调高过：样例F1公司（F1）",
        },
    ),
    "a higher class": (("F1=A", "F1=A", "F1=C", "F1=D"), {"risen": "等级调高过：样例F1公司（F1）"}),
    "a lower class": (("F1=C", "F1=B", "F1=B", "F1=A"), {}),
    "left out mostly by a table": (
        ("F1=B-X1", "F1=B-X2", "F1=B-X1", "F1=B"),
        {"left_out": "多数批次因状态或结果互认不抽：样例F1公司（F1）"},
    ),
    "left out half the time": (("F1=B-X1", "F1=B-X2", "F1=B", "F1=B"), {}),
    "left out by the cap": (("F1=B-X3", "F1=B-X3", "F1=B-X3", "F1=B-X3"), {}),
    "in no scope, ever": (
        ("F1=B.", "F1=B.", "F1=B.", "F1=B."),
        {"never": "一直在名录里，却从来不在任何任务的对象范围内：样例F1公司（F1）"},
    ),
    "in a scope once": (("F1=B.", "F1=B.", "F1=B", "F1=B."), {}),
}


@pytest.mark.parametrize(("freezes", "expected"), SERIES.values(), ids=list(SERIES))
def test_from_freeze_to_freeze(freezes, expected):
    said = facts(*(frozen(f"R{n} 第 1 次", firms) for n, firms in enumerate(freezes, 1)))
    assert said.pop("rounds") == ["封库 4 次，抽取 4 次，作废 0 次"]
    assert {topic: text for topic, (text,) in said.items()} == expected


SAME_NAME = {
    "another id": (("F1=B F2=B", "F3=B F2=B", "F3=B"), ["同一名称换了编号：样例甲公司（F3）"]),
    "two firms of one name": (("F1=B F2=B", "F1=B F2=B F3=B"), []),
}


@pytest.mark.parametrize(("freezes", "expected"), SAME_NAME.values(), ids=list(SAME_NAME))
def test_a_name_under_another_id(freezes, expected):
    names = {"F1": "样例甲公司", "F2": "样例乙公司", "F3": "样例甲公司"}
    made = [frozen(f"R{n} 第 1 次", firms) for n, firms in enumerate(freezes, 1)]
    said = facts(*(replace(own, names={i: names[i] for i in own.names}) for own in made))
    assert said.get("renumbered", []) == expected


def test_many_firms_are_counted():
    firms = " ".join(f"F{n}=B" for n in range(7))
    up = firms.replace("=B", "=C")
    assert facts(frozen("R1 第 1 次", firms), frozen("R2 第 1 次", up))["risen"] == [
        (
            "等级调高过：样例F0公司（F0）、样例F1公司（F1）、样例F2公司（F2）、样例F3公司（F3）、"
            "样例F4公司（F4）等 7 户"
        )
    ]


def test_voids_and_what_they_changed():
    said = facts(
        frozen("R1 第 1 次", "F1=B", drawn={"F1", "F2", "F3"}, void="名录有误"),
        frozen("R1 第 2 次", "F1=B", drawn=None, void="其他"),
        frozen("R1 第 3 次", "F1=B", drawn={"F2", "F4"}),
        frozen("R2 第 1 次", "F1=B", drawn={"F2", "F4"}, void="名录有误"),
        frozen("R2 第 2 次", "F1=B", drawn={"F5"}, elsewhere=True),
        frozen("R3 第 1 次", "F1=B", drawn=None),
    )
    assert said["voids"] == [
        "R1 第 1 次作废，理由：名录有误；当时抽中 3 户，下一次不再抽中 2 户、新抽中 1 户",
        "R1 第 2 次作废，理由：其他；作废时还没有抽取",
        "R2 第 1 次作废，理由：名录有误；当时抽中 2 户，下一次不再抽中 2 户、新抽中 1 户",
    ]
    assert said["rounds"] == [
        (
            "封库 6 次，抽取 4 次（其中外部抽取 1 次，没有抽中机会，不检验），作废 3 次，"
            "已封库还没有抽取：R3 第 1 次"
        )
    ]


def test_a_void_that_no_draw_followed():
    said = facts(
        frozen("R1 第 1 次", "F1=B", drawn={"F1"}, void="名录有误"),
        frozen("R2 第 1 次", "F1=B", drawn={"F1"}),
    )
    assert said["voids"] == ["R1 第 1 次作废，理由：名录有误；当时抽中 1 户，还没有再抽"]


def test_changed_teams():
    said = facts(
        frozen("R1 第 1 次", "F1=B", amendments=[("回避", False, 1), ("请假", True, 9)]),
        frozen("R2 第 1 次", "F1=B", amendments=[("回避", False, 2)]),
    )
    assert said["changed"] == ["抽后调整：回避 2 次、请假 1 次，涉及 12 户次"]
