"""Odd rosters as they come from other systems, one folder of ``tests/cases`` each: what is read, and
what is said first (in whole messages where these tell what to do).

Each file stands in for one table of the sample round sample60.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import ROOT

from ssj.rosters import rosters
from ssj.rosters.rosters import Rosters
from ssj.tables import accounts

CASES = ROOT / "tests" / "cases"
SAMPLE = ROOT / "params" / "sample60"
WINDOW = (dt.date(2021, 12, 6), dt.date(2021, 12, 24))


def round_with(folder: Path, file: Path | None = None, mapping: str = "") -> Path:
    """The sample round's folder, one table replaced by the file."""
    made = folder / "sample60"
    shutil.copytree(SAMPLE, made)
    if file:
        for old in made.glob(f"{file.name.partition('.')[0]}.*"):
            old.unlink()
        shutil.copy(file, made / file.name)
    if mapping:
        (made / "mapping.toml").write_text(mapping, encoding="utf-8")
    return made


def load(folder: Path) -> Rosters:
    return rosters.load(folder, ("A", "B", "C", "D"), "sample60", WINDOW)


def case(folder: Path, name: str, mapping: str = "") -> Rosters:
    """The sample round with the file of a case."""
    (file,) = (p for p in (CASES / name).iterdir() if p.stem != "officers")
    return load(round_with(folder, file, mapping))


def sheets(
    path: Path, pages: Mapping[str, list[list[Any]]], states: Mapping[str, str] | None = None
) -> Path:
    """A workbook of these sheets, some of them hidden."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in pages.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
        page.sheet_state = (states or {}).get(name, "visible")
    book.save(path)
    return path


def sample(table: str = "targets") -> list[list[Any]]:
    """The header and the rows of a table of the sample round."""
    page = openpyxl.load_workbook(SAMPLE / f"{table}.xlsx").worksheets[0]
    rows = [list(row) for row in page.iter_rows(values_only=True)]
    top = next(n for n, row in enumerate(rows) if row[1] is not None)
    return rows[top:]


def errors(found: Rosters) -> list[str]:
    return [str(p) for p in found.every if p.severity == "error"]


# --- several sheets ---

BY_CATEGORY = ["施工企业", "物业服务", "燃气经营", "在建项目"]


def test_sheets_by_category_are_an_error_until_declared(tmp_path):
    found = case(tmp_path / "a", "42-sheets-by-category")
    (message,) = errors(found)
    assert message == (
        "targets.xlsx：有 4 张工作表都有这张表的列，不知道用哪一张，都没有读取：“施工企业”（16 "
        "行）、“物业服务”（14 行）、“燃气经营”（6 行）、“在建项目”（24 行）。请在 mapping.toml 的 "
        '[targets] 中写明，如 sheet = "在建项目"；几张都要的写 sheet = ["施工企业", "物业服务", '
        '"燃气经营"] 或 sheet = "全部"，以工作表名作类别的再加一行 sheet_fills = "类别"；不用的，'
        "也可以删去。"
    )
    assert found.tallies["targets"].unread == 60 and not len(found.targets)


@pytest.mark.parametrize("names", ["全部", BY_CATEGORY], ids=["all", "named"])
def test_declared_sheets_are_all_read(names, tmp_path):
    found = case(
        tmp_path, "42-sheets-by-category", f"[targets]\nsheet = {names!r}\n".replace("'", '"')
    )
    assert not found.problems and len(found.targets) == 60
    assert [(one.sheet, one.used) for one in found.tallies["targets"].files] == [
        *zip(BY_CATEGORY, (16, 14, 6, 24), strict=True)
    ]
    assert "检查对象名录库（targets.xlsx 工作表“燃气经营”）：读取 6 行。" in found.notes
    assert found.targets.equals(load(SAMPLE).targets.set_axis(found.targets.index))


def test_a_sheet_name_fills_the_category(tmp_path):
    """As bureaus have it that keep a sheet for each category and no such column."""
    head, *rows = sample()
    at = head.index("类别")
    pages = {
        name: [[*head[:at], *head[at + 1 :]]]
        + [[*row[:at], *row[at + 1 :]] for row in rows if row[at] == name]
        for name in BY_CATEGORY
    }
    file = sheets(tmp_path / "targets.xlsx", pages)
    found = load(round_with(tmp_path, file, '[targets]\nsheet = "全部"\nsheet_fills = "类别"\n'))
    assert not found.problems and found.targets["category"].value_counts().to_dict() == dict(
        zip(BY_CATEGORY, (16, 14, 6, 24), strict=True)
    )


def test_places_in_several_sheets(tmp_path):
    """A problem names its sheet, and so does the other row of a pair."""
    head, *rows = sample()
    file = sheets(tmp_path / "targets.xlsx", {"甲": [head, *rows[:5]], "乙": [head, *rows[4:9]]})
    found = load(round_with(tmp_path, file, '[targets]\nsheet = ["甲", "乙"]\n'))
    (message,) = errors(found)
    assert message.startswith(
        "targets.xlsx 工作表“乙” 第 2 行 “编号”列：编号与 工作表“甲” 第 6 行重复，"
    )


def test_last_years_sheet_first(tmp_path):
    found = case(tmp_path / "a", "46-last-years-sheet-first")
    (message,) = errors(found)
    assert "“2020年”（20 行）、“2021年”（60 行）" in message and 'sheet = "2021年"' in message
    declared = case(tmp_path / "b", "46-last-years-sheet-first", '[targets]\nsheet = "2021年"\n')
    assert not declared.problems and len(declared.targets) == 60
    assert accounts.lines(declared.tallies)[1] == (
        "检查对象名录库（targets.xlsx）：读取 60 行；另有工作表“2020年”（20 行）没有读取。"
    )


def test_very_hidden_full_copy(tmp_path):
    found = case(tmp_path, "48-veryhidden-full-copy")
    (message,) = errors(found)
    assert "“备份”（深度隐藏，60 行）、“名录”（30 行）" in message
    assert not len(found.targets)


# what stands on the sheets of targets.xlsx → states, what the first error says, mapping.toml
HEAD, *ROWS = sample()
SHEETS: dict[str, tuple[Any, dict[str, str], str, str]] = {
    "the table alone is hidden": (
        {"封面": [["名录"]], "名录": [HEAD, *ROWS]},
        {"名录": "hidden"},
        "这张表在隐藏的工作表上，没有读取：“名录”（隐藏，60 行）",
        '[targets]\nsheet = "名录"\n',
    ),
    "a quarter for each sheet, the last one hidden": (
        {"一季度": [HEAD, *ROWS[:9]], "二季度": [HEAD, *ROWS]},
        {"二季度": "veryHidden"},
        "“一季度”（9 行）、“二季度”（深度隐藏，60 行）",
        '[targets]\nsheet = "二季度"\n',
    ),
    "titles above, other order of columns": (
        {
            "2020": [["名录"], HEAD[::-1], *(row[::-1] for row in ROWS[:3])],
            "2021": [["名录"], [None], HEAD, *ROWS],
        },
        {},
        "“2020”（3 行）、“2021”（60 行）",
        '[targets]\nsheet = "2021"\n',
    ),
}


@pytest.mark.parametrize(("pages", "states", "said", "mapping"), SHEETS.values(), ids=SHEETS)
def test_sheets(pages, states, said, mapping, tmp_path):
    file = sheets(tmp_path / "targets.xlsx", pages, states)
    (message,) = errors(load(round_with(tmp_path / "a", file)))
    assert said in message
    found = load(round_with(tmp_path / "b", file, mapping))
    assert not errors(found) and len(found.targets) == 60


def test_sheets_that_are_no_table_are_in_the_account(tmp_path):
    pages = {"名录": [HEAD, *ROWS], "说明": [["怎样填"], ["一"], ["二"]], "空表": [HEAD]}
    found = load(round_with(tmp_path, sheets(tmp_path / "targets.xlsx", pages)))
    assert not found.problems and accounts.lines(found.tallies)[1] == (
        "检查对象名录库（targets.xlsx）：读取 60 行；另有工作表“说明”（2 行）没有读取。"
    )
