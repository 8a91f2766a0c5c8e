"""专项库: declared filters written out into tasks' scopes, what they hold, what is refused."""

from __future__ import annotations

import pandas as pd
import pytest
from conftest import new_year
from hypothesis import given
from hypothesis import strategies as st
from made import BY_CLASS, parameters, roster, target, task
from unit.test_inspection import change, change_table, folder, found  # noqa: F401 (a fixture)

from ssj.base import params
from ssj.draw.derive import derive
from ssj.rosters import pools
from ssj.rosters.history import NOTHING
from ssj.tables import rawtables, schema, scopes, writing
from ssj.tables.cells import Refused
from ssj.tables.scopes import Scope
from ssj.year import planned, planning

DECLARED = {
    "重点检查库": "标签：重点检查、专项整治；等级：C、D",
    "燃气库": "类别：燃气、供水；条件：处罚数≥1",
    "坏的": "区域：东",
    "套着的": "专项库：燃气库",
    "全部库": "全部",
}
# name → (cell, scope)
SCOPES = {
    "a pool alone": (
        "专项库：重点检查库",
        Scope((), ("重点检查", "专项整治"), ("C", "D"), (), "重点检查库"),
    ),
    "its name as typed": (
        "专项库:重点检查库；",
        Scope((), ("重点检查", "专项整治"), ("C", "D"), (), "重点检查库"),
    ),
    "twice": (
        "专项库：燃气库；专项库：燃气库",
        Scope(("燃气", "供水"), (), (), ("处罚数≥1",), "燃气库"),
    ),
    "narrowed by a category": (
        "类别：燃气；专项库：燃气库",
        Scope(("燃气",), (), (), ("处罚数≥1",), "燃气库"),
    ),
    "all categories of the task": (
        "全部；专项库：燃气库",
        Scope(("燃气", "供水"), (), (), ("处罚数≥1",), "燃气库"),
    ),
    "all categories of the pool": ("类别：燃气；专项库：全部库", Scope(("燃气",), pool="全部库")),
    "narrowed by a class": (
        "等级：B、D；专项库：重点检查库",
        Scope((), ("重点检查", "专项整治"), ("D",), (), "重点检查库"),
    ),
    "one of its tags": (
        "标签：专项整治；专项库：重点检查库",
        Scope((), ("专项整治",), ("C", "D"), (), "重点检查库"),
    ),
    "more tags than its own": (
        "标签：重点检查、专项整治、老旧；专项库：重点检查库",
        Scope((), ("重点检查", "专项整治"), ("C", "D"), (), "重点检查库"),
    ),
    "conditions of both": (
        "条件：投诉举报数≥2、处罚数>=1；专项库：燃气库",
        Scope(("燃气", "供水"), (), (), ("投诉举报数≥2", "处罚数≥1"), "燃气库"),
    ),
}
REFUSED = {
    "not declared": ("专项库：别的库", "P50"),
    "several": ("专项库：燃气库、重点检查库", "P52"),
    "no readable filter": ("专项库：坏的", "P51"),
    "a pool of a pool": ("专项库：套着的", "P51"),
    "other tags": ("标签：老旧、专项整治；专项库：重点检查库", "P53"),
    "no category in common": ("类别：施工；专项库：燃气库", "P54"),
    "no class in common": ("等级：A；专项库：重点检查库", "P54"),
    "no name": ("专项库：；类别：燃气", "15"),
}


@pytest.mark.parametrize(("cell", "scope"), SCOPES.values(), ids=list(SCOPES))
def test_a_pool_is_written_out(cell, scope):
    assert scopes.parse(cell, "ABCD", DECLARED) == scope
    assert scopes.parse(scopes.text(*scope), "ABCD", DECLARED) == scope, "and reads back"


@pytest.mark.parametrize(("cell", "rule"), REFUSED.values(), ids=list(REFUSED))
def test_refused(cell, rule):
    with pytest.raises(Refused) as caught:
        scopes.parse(cell, "ABCD", DECLARED)
    assert caught.value.rule == rule


TAGS = st.lists(st.sampled_from(["重点", "整治", "老旧"]), unique=True).map(tuple)
SCOPE = st.builds(
    Scope,
    st.lists(st.sampled_from(["燃气", "施工", "物业"]), unique=True).map(tuple),
    TAGS,
    st.sets(st.sampled_from("ABCD")).map(sorted).map(tuple),
    st.sets(st.sampled_from(["处罚数≥1", "投诉举报数<2", "距上次检查年数≥2"])).map(tuple),
)
TARGETS = st.lists(
    st.tuples(
        st.sampled_from(["燃气", "施工", "物业"]),
        TAGS,
        st.sampled_from("ABCD"),
        st.integers(0, 3),
        st.integers(0, 2),
        st.one_of(st.none(), st.integers(0, 4)),
    ),
    min_size=1,
    max_size=12,
)


@given(SCOPE, SCOPE, TARGETS)
def test_a_narrowed_scope_holds_just_what_lies_in_both(own, pool, rows):
    targets = pd.DataFrame(
        [(f"T{n}", *row[:5]) for n, row in enumerate(rows)],
        columns=["id", "category", "tags", "risk_class", "complaints", "penalties"],
    )
    waited = {f"T{n}": row[5] for n, row in enumerate(rows)}

    def inside(scope):
        every = scope._replace(categories=scope.categories or ("燃气", "施工", "物业"))
        return set(scopes.select(targets, every, waited)["id"])

    both = inside(own) & inside(pool)
    try:
        assert inside(scopes.narrowed(own, pool, "库")) == both
    except Refused as why:
        if why.rule == "P54":
            assert both == set()
        else:
            assert (
                own.tags
                and pool.tags
                and not set(own.tags) <= set(pool.tags)
                and not set(pool.tags) <= set(own.tags)
            )
    assert set(pools.members(pool, targets, waited)["id"]) == inside(pool)


def with_pools(**declared: str) -> params.Parameters:
    return parameters().model_copy(update={"pools": declared})


def test_what_pools_and_tags_hold():
    targets = [
        target("T1", "C", tags=("重点",)),
        target("T2", "D", tags=("重点", "整治"), penalties=2),
        target("T3", "D", tags=("整治",), status="停业"),
        target("T4", "A"),
    ]
    own = with_pools(
        乙="标签：整治", 甲="等级：C、D；条件：处罚数≥2", 坏="等级：E", 空="标签：没有"
    )
    tasks = [
        task("R1", {"*": "0.5"}, tags=("整治",), pool="乙"),
        task("R2", {"*": "0.5"}, pool=""),
        task("R3", {"*": "0.5"}, tags=("重点",), rounds=("2021Q1",), pool=""),
    ]
    given_roster = roster(targets, tasks)
    assert pools.rows(given_roster, own, NOTHING) == [
        {
            "pool": "乙",
            "filter": "标签：整治",
            "targets": 2,
            "active": 1,
            "inactive": 1,
            "classes": {"D": 2},
            "tasks": ("R1",),
        },
        {
            "pool": "甲",
            "filter": "等级：C、D；条件：处罚数≥2",
            "targets": 1,
            "active": 1,
            "inactive": 0,
            "classes": {"D": 1},
            "tasks": (),
        },
        {
            "pool": "空",
            "filter": "标签：没有",
            "targets": 0,
            "active": 0,
            "inactive": 0,
            "classes": {},
            "tasks": (),
        },
    ]
    assert pools.tag_rows(given_roster, own) == [
        {
            "tag": "整治",
            "targets": 2,
            "active": 1,
            "inactive": 1,
            "classes": {"D": 2},
            "pools": ("乙",),
            "tasks": ("R1",),
        },
        {
            "tag": "重点",
            "targets": 2,
            "active": 2,
            "inactive": 0,
            "classes": {"C": 1, "D": 1},
            "pools": (),
            "tasks": ("R3",),
        },
    ]
    assert [(p.code, p.severity, p.column) for p in pools.problems(given_roster, own, NOTHING)] == [
        ("P55", "error", "pools.坏"),
        ("P56", "warning", "pools.空"),
    ]
    assert pools.problems(given_roster, parameters(), NOTHING) == []


def test_the_frozen_task_has_the_words_and_the_name():
    given_roster = roster(
        [target("T1", tags=("重点",))],
        [task("R1", BY_CLASS, tags=("重点",), pool="甲"), task("R2", BY_CLASS, pool="")],
    )
    own = with_pools(甲="标签：重点")
    given_round = derive(given_roster, own)
    named, other = (t["internal"] for t in given_round.drafted["tasks"])
    assert (named["pool"], named["tags"]) == ("甲", ["重点"]) and "pool" not in other
    assert (
        own.frozen()["pools"] == [{"name": "甲", "filter": "标签：重点"}]
        and "pools" not in parameters().frozen()
    )
    assert scopes.texts(given_round.tasks) == ["专项库：甲；类别：燃气；标签：重点", "类别：燃气"]


# --- in a round's folder ---

POOLS = '\n[pools]\n"整治库" = "标签：专项整治"\n'
# name → ([pools], scope of S04, 方式 of S04, messages)
FOLDERS = {
    "used": (POOLS, "专项库：整治库；类别：在建项目、施工企业、燃气经营", "定向", []),
    "not declared": (
        "",
        "专项库：整治库",
        "定向",
        [
            (
                "plan.xlsx 工作表“表” 第 5 行 “对象范围”列：没有声明专项库“整治库”，现为“专项库："
                "整治库”。请核对名称（已声明的有：无），或在批次参数的“专项库”"
                "中写明它的筛选条件。"
            )
        ],
    ),
    "not directed": (
        POOLS,
        "专项库：整治库；类别：在建项目、施工企业、燃气经营",
        "不定向",
        [
            (
                "plan.xlsx 工作表“表” 第 5 行 “方式”列：任务不定向，"
                "对象范围里却写了标签（专项库“整治库”里的也算），现为“不定向”。按标签、"
                "等级或条件选对象的，“方式”要写“定向”；不定向的，只能写类别。"
            )
        ],
    ),
    "of categories only": (
        '\n[pools]\n"三类" = "在建项目、施工企业、燃气经营"\n',
        "专项库：三类",
        "不定向",
        [],
    ),
    "a filter that can't be read": (
        '\n[pools]\n"整治库" = "标签：专项整治；等级：E"\n',
        "专项库：整治库",
        "定向",
        [
            (
                "round.toml 参数 pools.整治库：专项库“整治库”的筛选条件不能识别："
                "等级不在本批次的分类方案中，现为“标签：专项整治；等级：E”。"
                "请照计划的对象范围改正：方案中的等级是 A、B、C、D，请核对后改正。"
            ),
            (
                "plan.xlsx 工作表“表” 第 5 行 “对象范围”列：专项库“整治库”的筛选条件不能识别，"
                "现为“专项库：整治库”。请先改正批次参数的“专项库”中的这一条。"
            ),
        ],
    ),
    "an empty one": (
        POOLS + '"老旧库" = "标签：老旧"\n',
        "标签：专项整治；类别：在建项目、施工企业、燃气经营",
        "定向",
        [
            (
                "round.toml 参数 pools.老旧库：专项库“老旧库”里没有可抽的检查对象，现为“标签："
                "老旧”。请核对筛选条件、名录库的标签和状态；不用的，删去这一条。"
            )
        ],
    ),
    "a class in its name": (
        '\n[pools]\n"D级库" = "等级：D"\n',
        "专项库：D级库；类别：燃气经营",
        "定向",
        ["round.toml：专项库“D级库”的名称里有信用风险等级 D：分类不公开。请改名，如“重点检查库”。"],
    ),
    "a sign in its name": (
        '\n[pools]\n"整治；库" = "标签：专项整治"\n',
        "标签：专项整治",
        "定向",
        [
            (
                "round.toml 参数 pools.整治；库：专项库的名称不能有空格、冒号、分号、逗号、顿号、"
                "比较符号和全角字母，最多 40 个字，现为“整治；库”。请改名，"
                "任务的对象范围里也改过来。"
            )
        ],
    ),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_check_says_what_is_wrong(folder, name):  # noqa: F811
    declared, scope, method, messages = FOLDERS[name]
    with (folder / "round.toml").open("a", encoding="utf-8", newline="\n") as file:
        file.write(declared)
    change_table(folder, "plan", "对象范围", scope, slice(3, 4))
    change_table(folder, "plan", "方式", method, slice(3, 4))
    assert found(folder) == messages


def test_pools_are_those_of_the_folder_with_the_rosters(tmp_path):
    """A year's plan is read with the pools of the round whose rosters it is checked with; it is
    archived with the name.
    """
    place = new_year(tmp_path)
    change(place.parent / "sample60", "[event]", POOLS + "\n[event]")
    frame = rawtables.read(place / "plan.xlsx", schema.headers("plan")).frame
    frame.iloc[3, frame.columns.get_loc("对象范围")] = (
        "类别：在建项目、施工企业、燃气经营；专项库：整治库"
    )
    writing.write_xlsx(place / "plan.xlsx", {"表": frame})
    own, base = (
        planning.read(place),
        params.read_round(place.parent / "sample60" / "round.toml"),
    )
    loaded = planning.load(place.parent / "sample60", own, base, place)
    assert [p for p in loaded.problems if p.severity == "error"] == []
    (row,) = (t for t in planned.task_rows(loaded) if t["id"] == "S04")
    assert (row["tags"], row["pool"]) == (["专项整治"], "整治库") and all(
        "pool" not in t for t in planned.task_rows(loaded) if t["id"] != "S04"
    )


@pytest.mark.parametrize("text", ["", "[pools", "pools = 1", "[pools]\na = 1"])
def test_what_is_not_declared_readably_is_not_declared(tmp_path, text):
    (tmp_path / "round.toml").write_text(text, encoding="utf-8")
    assert scopes.declared(tmp_path) == {} == scopes.declared(tmp_path / "nowhere")
