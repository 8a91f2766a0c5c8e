"""Lists that come after the freeze are read as rosters are: sheets are declared, titles and words
mapped, every row in an account.
"""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from returned import HEADERS, TIME, answered, windowed

from ssj.results import findings, registers
from ssj.rosters import listings
from ssj.tables import accounts

SHEETS = '[results]\nsheet = "全部"\n'


@pytest.fixture
def record(small_record) -> dict:
    return windowed(small_record)


def workbook(
    path: Path, pages: dict[str, list[dict]], titles: dict[str, str] | None = None
) -> Path:
    """A workbook of these rows, some columns under other titles."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    book.remove(book.active)
    heads = list(dict.fromkeys(key for rows in pages.values() for row in rows for key in row))
    for name, rows in pages.items():
        page = book.create_sheet(name)
        page.append([(titles or {}).get(head, head) for head in heads])
        for row in rows:
            page.append([row.get(head, "") for head in heads])
    book.save(path)
    return path


def by_section(record) -> dict[str, list[dict]]:
    rows = answered(record)
    return {"甲股": rows[:2], "乙股": rows[2:]}


def test_results_on_several_sheets_are_read_once_that_is_declared(record, tmp_path):
    workbook(tmp_path / "results.xlsx", by_section(record))
    (problem,) = findings.read(tmp_path, record, TIME).problems
    assert problem.code == "F12" and "[results]" in problem.remedy
    (tmp_path / "mapping.toml").write_text(SHEETS, encoding="utf-8")
    found = findings.read(tmp_path, record, TIME)
    assert not found.problems and (len(found.rows), found.waiting) == (3, 2)
    assert [one.sheet for one in found.listings[0].tally.files] == ["甲股", "乙股"]


def test_rows_are_named_by_their_sheet(record, tmp_path):
    pages = by_section(record)
    pages["乙股"][0] = {**pages["乙股"][0], "检查结果": "很好"}
    pages["乙股"].append(pages["甲股"][0])
    workbook(tmp_path / "results.xlsx", pages)
    (tmp_path / "mapping.toml").write_text(SHEETS, encoding="utf-8")
    found = [p for p in findings.read(tmp_path, record, TIME).problems if p.severity == "error"]
    assert [(p.sheet, p.row, p.code) for p in found] == [("乙股", 2, "E06"), ("乙股", 5, "E23")]
    assert "与 results.xlsx 工作表“甲股”第 2 行是同一检查" in found[1].message


def test_a_folder_of_results_has_a_mapping_of_its_own(record, tmp_path):
    rows = answered(record)
    workbook(tmp_path / "results" / "甲股.xlsx", {"表": rows}, {HEADERS["number"]: "台账序列"})
    assert {p.code for p in findings.read(tmp_path, record, TIME).problems} >= {"F06"}
    (tmp_path / "results" / "mapping.toml").write_text(
        '[results]\n"检查编号" = "台账序列"\n[values."检查结果"]\n"好" = "未发现问题"\n', "utf-8"
    )
    found = findings.read(tmp_path, record, TIME)
    assert not found.problems and len(found.rows) == 3
    assert "甲股.xlsx 的“台账序列”列按“检查编号”读取。" in found.listings[0].remarks


def test_a_register_on_several_sheets(record, tmp_path):
    number = "tiny-002"
    row = {"检查编号": number, "事项编号": "I1", "处置措施": "责令改正", "责任单位": "乙股"}
    pages = {"一月": [{**row, "到期日": "2022-01-09"}], "二月": [{**row, "检查编号": "tiny-999"}]}
    workbook(tmp_path / "followup.xlsx", pages)
    (tmp_path / "mapping.toml").write_text('[followup]\nsheet = ["一月", "二月"]\n', "utf-8")
    read = registers.read(tmp_path, record, TIME)
    wrong = [(p.code, p.sheet, p.row) for p in read.problems if p.code == "B20"]
    assert wrong == [("B20", "二月", 2)]
    kept = registers.recorded(read.rows)["followup"]
    assert [row["row"] for row in kept] == [2] and all("sheet" not in row for row in kept)


def test_what_later_checks_refuse_is_in_the_account(record, tmp_path):
    """Rows with unreadable cells, and rows of visits that were not drawn."""
    rows = answered(record)
    rows[0]["检查日期"], rows[1]["检查编号"] = "某日", "tiny-999"
    workbook(tmp_path / "results.xlsx", {"甲": rows})
    found = findings.read(tmp_path, record, TIME)
    ((table, tally),) = listings.tallies(found.listings, found.problems)
    assert (table, tally.rows, tally.used, set(tally.refused)) == ("results", 5, 3, {2, 3})
    assert tally.refused[3] == ("E20",)
    assert accounts.lines({table: tally}) == [
        "结果回填表（results.xlsx）：表头下 5 行 = 使用 3 行 + 有错误 2 行（E07 1、E20 1）。"
    ]
