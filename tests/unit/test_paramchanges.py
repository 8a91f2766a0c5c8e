"""What two rounds' parameters say otherwise: nothing that changes or vanishes goes unseen."""

from __future__ import annotations

import copy
import json

import pytest
from conftest import ROOT

from ssj.base import params
from ssj.stages import freeze
from ssj.tables import fields, paramchanges

ROUND = params.read_round(ROOT / "demo" / "params" / "2021Q4" / "round.toml")


def whole(parameters: params.Parameters) -> dict:
    return parameters.model_dump(by_alias=True)


def changed(**paths) -> dict:
    """The sample's parameters with values put at paths (``a__b``); None removes."""
    made = copy.deepcopy(whole(ROUND))
    for path, value in paths.items():
        *above, last = path.split("__")
        table = made
        for part in above:
            table = table[part]
        if value is None:
            del table[last]
        else:
            table[last] = value
    return made


# name → (what is changed, lines)
CASES = {
    "nothing": ({}, []),
    "a cap": ({"classes__C__yearly_cap": 9}, ["分类 C：年度上限由“4”改为“9”"]),
    "a cap that vanishes": (
        {"classes__C__yearly_cap": None},
        ["分类 C：年度上限由“4”改为“（空）”"],
    ),
    "a class that vanishes": ({"classes__D": None}, ["分类 D：删除"]),
    "a ratio": ({"classes__A__max_ratio": "0.06"}, ["分类 A：最高抽查比例由“5 %”改为“6 %”"]),
    "the same ratio in other digits": ({"classes__A__max_ratio": "0.050"}, []),
    "no risk factors any more": (
        {"risk_factors": None},
        [
            "降频和风险因素：加分：每件投诉举报由“1”改为“0”",
            "降频和风险因素：加分：每次处罚由“1”改为“0”",
            "降频和风险因素：加分：上次检查有问题由“2”改为“0”",
            "降频和风险因素：加分：距上次检查每满一年由“1”改为“0”",
            "降频和风险因素：加分：从未检查由“1”改为“0”",
            "降频和风险因素：加分：合计最多由“5”改为“（空）”",
        ],
    ),
    "a default that was not written": ({"deadlines": None}, []),
    "another custodian": (
        {"event__custodians": ["样例县市场监督管理局", "样例县司法局"]},
        ["保管人 驻局纪检监察组（样例）：删除", "保管人 样例县司法局：新增"],
    ),
    "a choice": (
        {"round__team_mode": "groups"},
        ["基本：检查组怎样排由“逐户排人”改为“先组后户”"],
    ),
    "a pool": (
        {"pools__重点检查库": "标签：重点检查"},
        ["专项库 重点检查库：筛选条件由“标签：重点检查；等级：C、D”改为“标签：重点检查”"],
    ),
    "who may approve": (
        {"authority": whole(ROUND)["authority"][1:]},
        ["审批权限 抽查方案，样例局长：删除"],
    ),
    "what belongs to one round": ({"round__title": "别的", "round__id": "2022Q1"}, []),
}


@pytest.mark.parametrize("name", CASES)
def test_each_change_in_words(name):
    changes, lines = CASES[name]
    found = paramchanges.changes(fields.ROUND, whole(ROUND), changed(**changes))
    assert list(paramchanges.lines(found)) == lines


def test_a_freeze_is_held_against_the_frozen_record_of_the_one_before(tmp_path):
    previous = tmp_path / "previous.json"
    assert paramchanges.since(previous, ROUND).empty, "there is none"
    record = {
        "round": "2021Q3",
        "parameters": ROUND.frozen(),
        "event": ROUND.event.announced(),
    }
    previous.write_text(json.dumps(record), encoding="utf-8")
    assert paramchanges.since(previous, ROUND).empty
    assert list(freeze.changed(previous, ROUND)) == []
    looser = params.Parameters.model_validate(changed(classes__D__yearly_cap=None))
    assert list(freeze.changed(previous, looser)) == [
        "与 2021Q3 相比，参数改动 1 处：",
        "  分类 D：年度上限由“6”改为“（空）”",
    ]
