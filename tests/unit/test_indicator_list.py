"""indicators.xlsx: what it may declare, and what is said of what it may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from small_year import OTHER, year

from ssj.tables import schema, writing
from ssj.year import indicator_list, indicators

END = "2021-12-31"


def folder(place: Path, change=lambda rows: rows, other: list[dict] | None = None) -> Path:
    rows = change(indicator_list.template(2021))
    writing.write_xlsx(place / "indicators.xlsx", {"考核指标": pd.DataFrame(rows, dtype=object)})
    if other is not None:
        frame = pd.DataFrame(other, columns=list(schema.headers("other_inspections")), dtype=object)
        writing.write_xlsx(place / "other_inspections.xlsx", {"其他检查登记表": frame})
    return place


def changed(n: int, **cells):
    return lambda rows: [r if at != n else {**r, **cells} for at, r in enumerate(rows)]


def test_the_template_is_sound(tmp_path):
    found = indicator_list.read(folder(tmp_path), 2021, date(2022, 1, 5))
    assert (found.problems, found.other, [r["id"] for r in found.rows]) == (
        [],
        None,
        sorted(indicators.INDICATORS),
    )


def test_an_empty_list_says_that_there_were_none(tmp_path):
    found = indicator_list.read(folder(tmp_path, other=[]), 2021, date(2022, 1, 5))
    assert found.other == [] and [(p.code, p.severity) for p in found.problems] == [
        ("Q26", "warning")
    ]


BAD = {
    "unknown": (changed(2, 指标编号="Z99"), [("D20", 4, "指标编号"), ("D21", None, "指标编号")]),
    "missing": (lambda rows: rows[:4] + rows[5:], [("D21", None, "指标编号")]),
    "twice": (lambda rows: [*rows, rows[0]], [("D03", 19, "指标编号")]),
    "another year": (changed(0, 截止日=date(2020, 12, 31)), [("D22", 2, "截止日")]),
    "no date": (changed(0, 截止日="年底"), [("D07", 2, "截止日")]),
    "a goal of another kind": (changed(1, 目标值="很高"), [("D23", 3, "目标值")]),
    "declared although counted": (changed(4, 填报值=date(2021, 5, 1)), [("D24", 6, "填报值")]),
    "no definition": (changed(3, 口径=""), [("D01", 5, "口径")]),
    "a goal for findings": (changed(14, 目标值="≥30%"), [("D26", 16, "目标值")]),
    "a goal tied to fines": (
        changed(5, 口径="考核得分，完成罚款指标的满分"),
        [("D26", 7, "口径")],
    ),
    "another name": (changed(5, 指标名称="部门数"), [("D25", 7, "指标名称")]),
}


@pytest.mark.parametrize("case", BAD)
def test_problems_with_their_place(case, tmp_path):
    change, expected = BAD[case]
    found = indicator_list.read(folder(tmp_path, change), 2021, date(2022, 1, 5)).problems
    assert [
        (p.code, p.row, p.column) for p in found if p.code in {e[0] for e in expected}
    ] == expected
    assert all(p.file == "indicators.xlsx" and p.message and p.remedy for p in found)
    assert [p.severity for p in found if p.code == expected[0][0]] == [
        "warning" if expected[0][0] in ("D25", "D26") else "error"
    ]


def test_no_table_at_all(tmp_path):
    assert [p.code for p in indicator_list.read(tmp_path, 2021, date(2022, 1, 5)).problems] == [
        "F01"
    ]


GOOD = {
    "编号": "F2",
    "名称": "样例",
    "检查日期": date(2021, 6, 1),
    "检查类型": "日常检查",
    "检查事由": "样例",
    "是否除外": "否",
}
BAD_OTHER = {
    "another year": ({"检查日期": date(2020, 6, 1)}, ("Q20", "检查日期")),
    "in the future": ({"检查日期": date(2021, 12, 1)}, ("Q21", "检查日期")),
    "exempt without a basis": ({"是否除外": "是", "检查类型": "复查"}, ("Q22", "除外依据")),
    "twice": ({}, ("Q23", "编号")),
    "an unknown kind": ({"检查类型": "巡查"}, ("Q06", "检查类型")),
    "no reason": ({"检查事由": ""}, ("Q01", "检查事由")),
}


@pytest.mark.parametrize("case", BAD_OTHER)
def test_other_inspections_with_their_place(case, tmp_path):
    cells, (code, column) = BAD_OTHER[case]
    found = indicator_list.read(
        folder(tmp_path, other=[GOOD, {**GOOD, **cells}]), 2021, date(2021, 7, 1)
    ).problems
    assert [(p.code, p.row, p.column, p.file) for p in found] == [
        (code, 3, column, "other_inspections.xlsx")
    ]


def test_other_inspections_beside_the_rounds():
    it = replace(
        year(),
        other=[
            {**OTHER[0], "target": "F9"},
            {**OTHER[0], "target": "F1", "date": "2021-03-05", "row": 5},
        ],
    )
    found = list(indicator_list.against(it, "other_inspections.xlsx", END))
    assert [(p.code, p.row, p.severity) for p in found] == [
        ("Q24", 2, "warning"),
        ("Q25", 5, "warning"),
    ] and "R1-001" in found[1].message
