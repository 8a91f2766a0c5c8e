"""Who is not drawn, by which rule, and where that can be seen; targets near their yearly cap."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from made import framed, parameters, roster, target, task, visited

from ssj.draw import framing, lists
from ssj.rosters.history import NOTHING

ONCE = visited(("2021Q1", "2021-03-01", {"T1": ("R1",), "T2": ("R1",)}))
RECOGNISED = (("T1", "I1", date(2021, 5, 4)), ("T3", "I1", date(2020, 5, 4)))

# name → (change of the first target, recognised, history, cap of class A, what is said of it)
FOUND = {
    "nothing": ({}, (), NOTHING, 1, []),
    "status": (
        {"status": "停业"},
        (),
        NOTHING,
        None,
        ["X1 状态", "状态为“停业”", "targets 第 2 行“状态”列"],
    ),
    "recognised": (
        {},
        RECOGNISED,
        NOTHING,
        None,
        ["X2 结果互认", "本年已由其他部门检查（结果互认）", "recognised 第 0 行"],
    ),
    "recognised twice": (
        {},
        (*RECOGNISED, RECOGNISED[0]),
        NOTHING,
        None,
        ["X2 结果互认", "本年已由其他部门检查（结果互认）", "recognised 第 0、2 行"],
    ),
    "at the cap": (
        {},
        (),
        ONCE,
        1,
        [
            "X3 年度上限",
            "已达年度检查频次上限",
            "round.toml 的 classes.A.yearly_cap = 1，已抽 1 户次",
        ],
    ),
    "below the cap": ({}, (), ONCE, 2, []),
    "the first rule is the reason": (
        {"status": "注销"},
        RECOGNISED,
        ONCE,
        1,
        ["X1 状态", "状态为“注销”", "targets 第 2 行“状态”列"],
    ),
    "and the second before the third": (
        {},
        RECOGNISED,
        ONCE,
        1,
        ["X2 结果互认", "本年已由其他部门检查（结果互认）", "recognised 第 0 行"],
    ),
}


@pytest.mark.parametrize(
    ("change", "recognised", "earlier", "cap", "said"), FOUND.values(), ids=list(FOUND)
)
def test_rule_reason_and_source(change, recognised, earlier, cap, said):
    rows = [target("T1", **change), target("T3")]
    frames = framed(
        rows,
        [task("R1", {"*": "0.5"})],
        caps={"A": cap} if cap else None,
        recognised=recognised,
        earlier=earlier,
    )[2]
    out = framing.exclusions(frames[frames["id"] == "T1"])
    assert out[["rule", "reason", "source"]].values.tolist() == ([said] if said else [])
    assert not (frames.loc[frames["id"] == "T3", "rule"] != "").any(), (
        "last year's result of another department is none"
    )


def test_files_are_called_by_their_names():
    given = roster(
        [target("T1", status="注销"), target("T2")], [task("R1", {"*": "0.5"})], RECOGNISED[:1]
    )
    given.targets.attrs["place"], given.recognised.attrs["place"] = (
        {"file": "targets.csv", "sheet": ""},
        {"file": "recognised.xlsx", "sheet": "互认"},
    )
    frames = framing.frames(given, given.plan, parameters(), NOTHING)
    assert frames.iloc[0]["source"] == "targets.csv 第 2 行“状态”列"
    other = dataclasses.replace(given, targets=given.targets.assign(status="存续"))
    other.recognised.index = [7]
    assert (
        framing.frames(other, other.plan, parameters(), NOTHING).iloc[0]["source"]
        == "recognised.xlsx 第 7 行"
    )


def test_the_rule_is_frozen_the_source_is_not():
    """A source names rows of files: their order must not matter to the commitment."""
    given, chosen, frames, own = framed(
        [target("T1", status="注销"), target("T2")], [task("R1", {"*": "0.5"})]
    )
    tables = framing.tables(given, chosen, frames, own)
    assert [f["rule"] for t in tables["targets"] for f in t["internal"]["frames"]] == ["X1", ""]
    assert "第 2 行" not in str(tables)
    assert lists.excluded_counts({"tables": tables}) == [
        {"reason": "状态为“注销”", "targets": 1}
    ], "the public count is by reason"
