"""The sample rounds: always the same bytes, valid codes, the announced counts, only the declared
changes.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from stdnum.cn import uscc

PROJECT = Path(__file__).parents[2]
PARAMS = PROJECT / "demo" / "params"
sys.path.insert(0, str(PROJECT / "scripts"))
import make_samples  # noqa: E402

ROUNDS = ("2021Q1", "2021Q2", "2021Q3", "2021Q4", "sample60")
TABLES = {"items": "事项编号", "targets": "编号", "officers": "工号", "plan": "任务编号"}
ID = re.compile(r"[0-9A-Z()\-_./\u4e00-\u9fff]+")


def read(round_id: str, table: str) -> list[dict]:
    """Rows of a workbook by its Chinese headers; the header is the first row that names the id
    column.
    """
    rows = list(
        openpyxl.load_workbook(PARAMS / round_id / f"{table}.xlsx").active.iter_rows(
            values_only=True
        )
    )
    top = next(n for n, row in enumerate(rows) if TABLES[table] in row)
    return [dict(zip(rows[top], row, strict=True)) for row in rows[top + 1 :]]


def listed(cell: str | None) -> list[str]:
    return [part for part in (cell or "").split("、") if part]


def toml(round_id: str, name: str) -> dict:
    return tomllib.loads((PARAMS / round_id / name).read_text(encoding="utf-8"))


def test_running_the_script_gives_the_committed_bytes(tmp_path):
    script = PROJECT / "scripts" / "make_samples.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, capture_output=True)
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    assert made == sorted(
        [
            "2021/indicators.xlsx",
            "2021/other_inspections.xlsx",
            "2021/plan.xlsx",
            "2021/year.toml",
            *(
                f"{r}/{f}"
                for r in ROUNDS
                for f in ("round.toml", "entropy.toml", *(f"{table}.xlsx" for table in TABLES))
            ),
        ]
    )
    assert [
        name for name in made if (tmp_path / name).read_bytes() != (PARAMS / name).read_bytes()
    ] == []


@pytest.mark.parametrize("round_id", ROUNDS)
def test_ids_are_valid_and_unique(round_id):
    for table, key in TABLES.items():
        ids = [row[key] for row in read(round_id, table)]
        assert all(isinstance(i, str) and ID.fullmatch(i) for i in ids)
        assert len(set(ids)) == len(ids)
    targets = read(round_id, "targets")
    codes = [row["编号"] for row in targets if len(row["编号"]) == 18]
    assert len(codes) > len(targets) // 2 and all(uscc.is_valid(code) for code in codes)
    assert all(code[2:8] in ("999999", "999998") for code in codes)  # no real area
    assert len({row["名称"] for row in targets}) == len(targets)


@pytest.mark.parametrize("round_id", ROUNDS)
def test_everything_is_visibly_invented(round_id):
    word = "演示" if round_id == "sample60" else "样例"
    named = [row["名称"] for row in read(round_id, "targets")]
    officers = read(round_id, "officers")
    named += [row[column] for row in officers for column in ("姓名", "部门")]
    assert all(name.startswith(word) for name in named)
    assert toml(round_id, "round.toml")["round"]["bureau"].startswith(word)
    assert toml(round_id, "round.toml")["round"]["demonstration"] is True


def test_counts_of_the_sample_round():
    targets, officers = read("2021Q4", "targets"), read("2021Q4", "officers")
    items, plan = read("2021Q4", "items"), read("2021Q4", "plan")
    assert (len(targets), len(officers), len(items), len(plan)) == (640, 42, 25, 8)
    assert len({row["类别"] for row in targets}) == 13
    assert Counter(row["信用风险等级"] for row in targets) == {"A": 306, "B": 205, "C": 96, "D": 33}
    assert Counter(row["状态"] for row in targets) == {"正常": 631, "注销": 6, "停业": 3}
    tags = [set(listed(row["标签"])) for row in targets]
    assert sum("专项整治" in t for t in tags) == 37 and sum("重点检查" in t for t in tags) == 45
    assert sum(len(t) == 2 for t in tags) == 6
    seen = [row for row in targets if row["上次检查日期"]]
    assert len(seen) == 341 and all(
        row["成立日期"] < row["上次检查日期"] < datetime(2021, 1, 1) for row in seen
    )
    assert all(bool(row["上次检查结果"]) == bool(row["上次检查日期"]) for row in targets)
    assert Counter(row["上次检查结果"] for row in seen) == {
        "未发现问题": 264,
        "发现问题待后续处理": 42,
        "发现问题已责令改正": 35,
    }
    hidden = [row for row in targets if row["是否公开"] == "否"]
    assert len(hidden) == 10 and all(row["不公开依据"] for row in hidden)
    by_department = Counter((row["部门"], row["人员类别"]) for row in officers)
    assert by_department == {
        ("样例县住建局", "执法"): 24,
        ("样例县住建局", "日常监管"): 2,
        ("样例县住建局", "专家"): 6,
        ("样例县消防救援大队", "执法"): 5,
        ("样例县市场监督管理局", "执法"): 4,
        ("样例县市场监督管理局", "日常监管"): 1,
    }
    sections = {
        row["岗位"]
        for row in officers
        if row["部门"] == "样例县住建局" and row["人员类别"] != "专家"
    }
    assert sections == {"质量监督站", "建筑业管理股", "市政管理股", "住房保障股", "燃气办公室"}
    expiring = [
        row
        for row in officers
        if row["执法证有效期至"]
        and date(2021, 12, 6) <= row["执法证有效期至"].date() <= date(2021, 12, 31)
    ]
    assert len(expiring) == 1 and sum(bool(row["请假"]) for row in officers) == 1
    assert sum(bool(row["回避对象"]) for row in officers) == 4
    assert Counter(row["事项类别"] for row in items) == {"重点": 12, "一般": 13}
    assert Counter(row["任务类型"] for row in plan) == {"内部": 6, "部门联合": 2}
    assert Counter(row["方式"] for row in plan) == {"不定向": 6, "定向": 2}
    assert sum(row["是否需专家"] == "是" for row in items) == 2


def test_counts_of_the_small_round():
    assert [len(read("sample60", table)) for table in TABLES] == [8, 60, 10, 4]


@pytest.mark.parametrize("round_id", ROUNDS)
def test_rosters_fit_together(round_id):
    items = {row["事项编号"]: row for row in read(round_id, "items")}
    targets = {row["编号"]: row for row in read(round_id, "targets")}
    names = {row["名称"] for row in targets.values()}
    officers = read(round_id, "officers")
    for officer in officers:
        assert set(listed(officer["执法事项范围"])) <= set(items)
        assert set(listed(officer["回避对象"])) <= set(targets) | names
        assert (
            bool(officer["执法证号"])
            == bool(officer["执法证有效期至"])
            == (officer["人员类别"] == "执法")
        )
    for task in read(round_id, "plan"):
        assert task["时间"] == "全年" or round_id in listed(task["时间"])
        taking_part = {task["发起部门"], *listed(task["配合部门"])}
        for category in listed(task["对象范围"].split("；")[0].removeprefix("类别：")):
            fitting = [
                items[i]
                for i in listed(task["事项编号"])
                if category in listed(items[i]["检查对象类别"])
            ]
            assert {item["抽查主体"] for item in fitting} == taking_part, (
                task["任务编号"],
                category,
            )


@pytest.mark.parametrize("round_id", ROUNDS)
def test_every_speciality_has_several_officers(round_id):
    end = toml(round_id, "round.toml")["round"]["window"]["end"]
    ready = [
        row
        for row in read(round_id, "officers")
        if row["人员类别"] == "执法"
        and not row["请假"]
        and row["执法证有效期至"].date() >= end
        and not row["执法事项范围"]
    ]
    for item in read(round_id, "items"):
        own = [row for row in ready if row["部门"] == item["抽查主体"]]
        assert len(own) >= 3
        for speciality in listed(item["检查人员要求"]):
            assert sum(speciality in listed(row["专业"]) for row in own) >= 3, (
                item["事项编号"],
                speciality,
            )


@pytest.mark.parametrize("round_id", ROUNDS)
def test_round_and_entropy_agree(round_id):
    it, entropy = toml(round_id, "round.toml"), toml(round_id, "entropy.toml")
    assert it["round"]["id"] == round_id and re.fullmatch("[1-6]{16}", entropy["text"])
    assert entropy["time"] > it["event"]["time"] and entropy["place"] == it["event"]["place"]
    assert it["approval"][0]["date"] < it["event"]["time"].date() < it["round"]["window"]["start"]


def test_each_round_has_dice_of_its_own():
    assert len({toml(round_id, "entropy.toml")["text"] for round_id in ROUNDS}) == len(ROUNDS)


@pytest.mark.parametrize("round_id", ROUNDS[:3])
def test_earlier_quarters_differ_by_the_declared_changes_only(round_id):
    declared: dict[tuple, object] = {}
    for until, table, key, column, value in sorted(
        make_samples.CHANGES, key=lambda change: change[0], reverse=True
    ):
        if until >= round_id:
            declared[table, key, column] = value
    found: dict[tuple, object] = {}
    for table, key in make_samples.KEYS.items():
        then, now = ({row[key]: row for row in read(r, table)} for r in (round_id, "2021Q4"))
        # nothing that Q4 does not have, same order
        assert [k for k in now if k in then] == list(then)
        found |= {(table, k, ""): "" for k in now if k not in then}
        found |= {
            (table, k, c): then[k][c] for k in then for c in now[k] if then[k][c] != now[k][c]
        }
    plain = {
        place: v.date() if hasattr(v, "date") else "" if v is None else v
        for place, v in found.items()
    }
    assert plain == declared
    assert (PARAMS / round_id / "plan.xlsx").read_bytes() == (
        PARAMS / "2021Q4" / "plan.xlsx"
    ).read_bytes()
