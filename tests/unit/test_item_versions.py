"""Items in force: which, when, and what is said where a round's task uses one that is not; the
published list; frequencies of items that ended.
"""

from __future__ import annotations

import copy
import shutil
from datetime import date, datetime

import openpyxl
import pandas as pd
import pytest
from conftest import ROOT
from unit.test_rosters import GOOD, WINDOW, load, put

from ssj.casebook import inspection
from ssj.rosters import item_versions, rosters
from ssj.tables import schema
from ssj.tables.rules import RULE
from ssj.year import planning

FIRST, LAST = WINDOW  # 2021-12-06 to 2021-12-31


def items(*rows: tuple) -> pd.DataFrame:
    """Items of (effective, ends), S01 first."""
    return pd.DataFrame(
        [
            {
                "id": f"S0{n}",
                "name": f"事项{n}",
                "effective": a,
                "ends": b,
                "origin": "",
                "origin_id": "",
            }
            for n, (a, b) in enumerate(rows, 1)
        ],
        index=range(2, len(rows) + 2),
        dtype=object,
    )


def tasks(*ids: str) -> pd.DataFrame:
    return pd.DataFrame(
        [{"id": f"T{n}", "items": tuple(own.split())} for n, own in enumerate(ids, 1)]
    )


DAY = date(2021, 12, 10)
# name → (effective, ends, used by a task, codes)
CASES = {
    "no dates": (None, None, True, []),
    "begins with the window": (FIRST, None, True, []),
    "begins a day late": (date(2021, 12, 7), None, True, ["I42"]),
    "not yet, and not used": (date(2022, 1, 1), None, False, []),
    "ends with the window": (None, LAST, True, ["I43"]),
    "ends a day early": (None, date(2021, 12, 30), True, ["I41"]),
    "ended before": (None, date(2021, 12, 5), True, ["I41"]),
    "ended before, not used": (None, date(2021, 12, 5), False, []),
    "ends within, not used": (None, DAY, False, ["I43"]),
    "ends 90 days after": (None, date(2022, 3, 31), True, ["I43"]),
    "ends 91 days after": (None, date(2022, 4, 1), True, []),
    "for ever": (None, schema.FOREVER, True, []),
    "both wrong": (date(2021, 12, 8), DAY, True, ["I42", "I41"]),
}


@pytest.mark.parametrize(("begins", "ends", "used", "codes"), CASES.values(), ids=CASES)
def test_in_force(begins, ends, used, codes):
    own = items((begins, ends), (None, None))
    found = list(item_versions.misused(own, tasks("S01 S02" if used else "S02"), WINDOW))
    assert [code for code, *_ in found] == codes and {row for _, row, *_ in found} <= {2}
    errors = [code for code in codes if RULE[code].severity == "error"]
    assert (len(item_versions.in_force(own, WINDOW)) == 2) == (not errors) or not used


MESSAGES = {
    "I41": (
        None,
        date(2021, 12, 20),
        (
            "items.xlsx 工作表“随机抽查事项清单” 第 2 行 “失效日期”列：本批次的任务 S01、S02 "
            "用到这个事项，它在检查期的最后一天（2021-12-24）以前失效，现为“2021-12-20”。"
            "法律依据已变、事项停用的，请从任务的“事项编号”列去掉；日期有误的，请改正。"
        ),
    ),
    "I42": (
        date(2022, 1, 1),
        None,
        (
            "items.xlsx 工作表“随机抽查事项清单” 第 2 行 “生效日期”列：本批次的任务 S01、S02 "
            "用到这个事项，它在检查期的第一天（2021-12-06）还没有生效，现为“2022-01-01”。"
            "请从任务的“事项编号”列去掉，或核对生效日期。"
        ),
    ),
    "I43": (
        None,
        date(2022, 2, 1),
        (
            "items.xlsx 工作表“随机抽查事项清单” 第 2 行 “失效日期”列：这个事项在检查期内、"
            "或检查期结束（2021-12-24）后 90 天内失效，现为“2022-02-01”。"
            "请及早准备代替它的事项，并调整以后批次的计划。"
        ),
    ),
    "I40": (
        date(2022, 2, 1),
        date(2022, 1, 1),
        (
            "items.xlsx 工作表“随机抽查事项清单” 第 2 行 “失效日期”列："
            "失效日期早于生效日期（2022-02-01），现为“2022-01-01”。请核对两个日期。"
        ),
    ),
}


@pytest.mark.parametrize("code", MESSAGES)
def test_messages(code, tmp_path):
    """As ``ssj check`` says them, of the sample round."""
    folder = shutil.copytree(ROOT / "demo" / "params" / "sample60", tmp_path / "sample60")
    begins, ends, message = MESSAGES[code]
    book = openpyxl.load_workbook(folder / "items.xlsx")
    sheet = book.active
    titles = [cell.value for cell in sheet[1]]
    sheet.cell(1, len(titles) + 1, "失效日期")
    sheet.cell(2, titles.index("生效日期") + 1, begins)
    sheet.cell(2, len(titles) + 1, ends)
    used = [
        t.id
        for t in rosters.load(
            ROOT / "demo" / "params" / "sample60", "ABCD", "sample60", WINDOW
        ).plan.itertuples()
        if sheet["A2"].value in t.items
    ]
    book.save(folder / "items.xlsx")
    problems = inspection.inspect(
        folder, datetime.fromisoformat("2021-11-22T09:00:00+08:00")
    ).problems
    assert str(next(p for p in problems if p.code == code)) == message.replace(
        "S01、S02", "、".join(used)
    )


def versions(**change) -> dict:
    source = copy.deepcopy(GOOD)
    for row, own in zip(source["items"], change.pop("rows"), strict=False):
        row.update(own)
    return source


# name → (changes of the three items, rows flagged)
ORIGINS = {
    "different numbers": (
        [{"来源": "省清单", "上级编号": "1"}, {"来源": "省清单", "上级编号": "2"}],
        [],
    ),
    "the same number": (
        [{"来源": "省清单", "上级编号": "a1"}, {"来源": "省 清单", "上级编号": "A1"}],
        [3],
    ),
    "of two lists": (
        [{"来源": "省清单", "上级编号": "1"}, {"来源": "国家清单", "上级编号": "1"}],
        [],
    ),
    "one after the other": (
        [
            {"来源": "省清单", "上级编号": "1", "失效日期": "2021-06-30"},
            {"来源": "省清单", "上级编号": "1", "生效日期": "2021-07-01"},
        ],
        [],
    ),
    "overlapping": (
        [
            {"来源": "省清单", "上级编号": "1", "失效日期": "2021-07-01"},
            {"来源": "省清单", "上级编号": "1", "生效日期": "2021-07-01"},
        ],
        [3],
    ),
    "none": ([{"来源": "省清单"}, {"来源": "省清单"}], []),
}


@pytest.mark.parametrize(("rows", "flagged"), ORIGINS.values(), ids=ORIGINS)
def test_one_number_twice(rows, flagged, tmp_path):
    found = load(put(tmp_path, versions(rows=rows)))
    assert [(p.code, p.row, p.severity) for p in found.problems] == [
        ("I44", row, "warning") for row in flagged
    ]


def test_typed(tmp_path):
    found = load(
        put(
            tmp_path,
            versions(rows=[{"失效日期": "2022年6月30日", "来源": "省清单", "上级编号": 12}]),
        )
    )
    assert found.items.loc[2, ["ends", "origin", "origin_id"]].tolist() == [
        date(2022, 6, 30),
        "省清单",
        "12",
    ]


def test_coverage_counts_what_is_in_force(tmp_path):
    found = load(put(tmp_path, versions(rows=[{}, {"失效日期": "2021-11-30"}])))
    every, now = (
        rosters.coverage(found, "2021Q4", window).set_index("category") for window in (None, WINDOW)
    )
    assert (every.loc["燃气", "items"], now.loc["燃气", "items"]) == (2, 1) and list(
        every["tasks"]
    ) == list(now["tasks"])


def test_published(tmp_path):
    """Dates and origin only where an item has them."""
    plain = load(put(tmp_path, versions(rows=[{"生效日期": None}])))
    assert list(item_versions.published(plain.items).values()) == [
        "事项编号",
        "事项名称",
        "事项类别",
        "抽查主体",
        "抽查依据",
        "抽查方式",
    ]
    more = load(put(tmp_path, versions(rows=[{"失效日期": "2022-12-31", "来源": "省清单"}])))
    assert list(item_versions.published(more.items))[6:] == ["effective", "ends", "origin"]


# --- the year's plan ---

# name → (frequency, until, rounds that have the item, months lacking or code)
YEARS = {
    "a whole year, none": ("每年1次", None, (), "Y11"),
    "ended in June, none": ("每年1次", date(2021, 6, 30), (), ""),
    "a quarter, ended in May": ("每季度1次", date(2021, 5, 31), ("2021Q1",), ""),
    "a quarter, ended with June": ("每季度1次", date(2021, 6, 30), ("2021Q1",), "Y11"),
    "ended the year before": ("每月1次", date(2020, 12, 31), (), ""),
    "ends with the year": ("每年1次", date(2021, 12, 31), (), "Y11"),
}


@pytest.mark.parametrize(("frequency", "until", "rounds", "code"), YEARS.values(), ids=YEARS)
def test_frequency_of_an_item_that_ended(frequency, until, rounds, code):
    own = planning.read(ROOT / "demo" / "params" / "2021")
    item = pd.Series({"kind": "一般", "frequency": frequency})
    assert planning._gap(item, set(rounds), own, None, until)[0] == code


def test_a_key_item_that_ended_need_not_be_planned():
    own = planning.read(ROOT / "demo" / "params" / "2021")
    item = pd.Series({"kind": "重点", "frequency": "每年1次"})
    assert [
        planning._gap(item, set(), own, None, until)[0]
        for until in (None, date(2021, 12, 31), date(2021, 12, 30))
    ] == ["Y10", "Y10", ""]
