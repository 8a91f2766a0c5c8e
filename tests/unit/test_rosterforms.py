"""Blank tables: nothing in them is data, nothing is unknown, and filled in they are read as what
was filled in.
"""

from __future__ import annotations

import datetime as dt
import shutil

import openpyxl
import pytest
from conftest import ROOT
from stdnum.cn import uscc

from ssj.base.errors import RefusedError
from ssj.casebook import inspection
from ssj.rosters import rosters
from ssj.tables import cells, rawtables, schema
from ssj.workbooks import blanks, rosterforms

WINDOW = (dt.date(2021, 12, 6), dt.date(2021, 12, 24))
SAMPLE = ROOT / "demo" / "params" / "sample60"


def load(folder) -> rosters.Rosters:
    return rosters.load(folder, "ABCD", "sample60", WINDOW)


def test_a_template_holds_no_data_and_nothing_else_is_wrong(tmp_path):
    made = rosterforms.write(tmp_path / "模板")
    assert (
        [p.name for p in made]
        == ["items.xlsx", "targets.xlsx", "officers.xlsx", "plan.xlsx"]
        == [f"{table}.xlsx" for table in schema.TITLES]
    )
    found = load(tmp_path / "模板")
    assert sorted(p.code for p in found.problems) == ["I11", "O11", "P11", "T11"]
    assert {table: (tally.rows, tally.left_out) for table, tally in found.tallies.items()} == {
        table: (1, {2: "示例行"}) for table in schema.TITLES
    }
    assert [note for note in found.notes if "按“" in note] == []


def test_it_never_overwrites(tmp_path):
    rosterforms.write(tmp_path)
    (tmp_path / "items.xlsx").write_bytes(b"mine")
    with pytest.raises(
        RefusedError, match="已有 items.xlsx、targets.xlsx、officers.xlsx、plan.xlsx，不覆盖"
    ):
        rosterforms.write(tmp_path)
    assert (tmp_path / "items.xlsx").read_bytes() == b"mine"


def filled(table: str, path, over_example: bool = False) -> None:
    """The sample's rows written under a template's headers, as a person pastes them."""
    path.write_bytes(rosterforms.form(table))
    book = openpyxl.load_workbook(path)
    page, titles = book.worksheets[0], {cell.value: cell.column for cell in book.worksheets[0][1]}
    source = rawtables.read(SAMPLE / f"{table}.xlsx", schema.headers(table)).frame
    for n, row in enumerate(source.to_dict("records"), 2 if over_example else 3):
        for title in titles if over_example else row:
            page.cell(n, titles[title]).value = row.get(title)
    book.save(path)


@pytest.mark.parametrize("over_example", [False, True], ids=["below", "over the example"])
def test_filled_in_it_is_read_as_the_sample(tmp_path, over_example):
    for table in schema.TITLES:
        filled(table, tmp_path / f"{table}.xlsx", over_example)
    found, sample = load(tmp_path), load(SAMPLE)
    assert found.problems == sample.problems == ()
    for table in schema.TITLES:
        one, other = (getattr(own, table).reset_index(drop=True) for own in (found, sample))
        assert one.equals(other), table


def test_the_example_is_right(tmp_path):
    """Without its mark the example rows are a round without an error."""
    for table in schema.TITLES:
        path = tmp_path / f"{table}.xlsx"
        path.write_bytes(rosterforms.form(table))
        book = openpyxl.load_workbook(path)
        cell = book.worksheets[0]["A2"]
        assert cell.value.startswith("示例 ")
        cell.value = cell.value.removeprefix("示例 ")
        book.save(path)
    found = rosters.load(tmp_path, "ABCD", "2021Q4", WINDOW)
    assert [str(p) for p in found.problems if p.severity == "error"] == [] and uscc.is_valid(
        found.targets["id"].iloc[0]
    )


@pytest.mark.parametrize("table", schema.TITLES)
def test_what_a_person_sees(table, tmp_path):
    (tmp_path / "t.xlsx").write_bytes(rosterforms.form(table))
    page, how = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets
    assert (page.title, how.title) == (
        schema.TITLES[table],
        blanks.HOW_TO,
    ) and not page.protection.sheet
    offers = {next(iter(v.sqref.ranges)).min_col: v for v in page.data_validations.dataValidation}
    explained = {row[0].value: (row[1].value, row[2].value) for row in how.iter_rows()}
    for at, column in enumerate(schema.COLUMNS[table], 1):
        head = page.cell(1, at)
        assert (
            head.value == column.header
            and head.fill.start_color.rgb == "FF" + rosterforms.HEADS[column.required][1:]
        )
        assert (
            head.comment.text.startswith("必填。" if column.required else "有就填。")
            and len(head.comment.text) > 5
        )
        assert explained[column.header] == (
            head.comment.text.partition("。")[2],
            "必填" if column.required else "有就填",
        )
        form = page.column_dimensions[openpyxl.utils.get_column_letter(at)]
        assert page.cell(2, at).number_format == (
            "yyyy-mm-dd" if column.kind == "date" else "General" if column.kind == "int" else "@"
        )
        assert form.width >= 9
        if column.kind == "class":
            assert offers[at].formula1 == '"A,B,C,D"' and offers[at].errorStyle == "information"
        elif column.words or column.kind == "bool":
            assert (
                offers[at].formula1 == f'"{",".join(blanks.words(column))}"'
                and len(offers[at].formula1) <= 257
            )
            assert all(
                cells.PARSERS["bool"](word) is not None
                if column.kind == "bool"
                else word in column.words
                for word in blanks.words(column)
            )
        elif column.kind == "date":
            assert offers[at].type == "date"


def test_a_new_round_hands_them_out(tmp_path):
    from ssj.upkeep import starter

    folder = starter.new_round(tmp_path, "2026Q1", None)
    assert {
        table: (folder / f"{table}.xlsx").read_bytes() == rosterforms.form(table)
        for table in schema.TITLES
    } == dict.fromkeys(schema.TITLES, True)
    problems = inspection.inspect(
        folder, dt.datetime.fromisoformat("2026-01-05T09:00:00+08:00")
    ).every
    assert [p.message for p in problems if p.file.removesuffix(".xlsx") in schema.TITLES] == [
        "表里没有数据行"
    ] * 4
    shutil.rmtree(folder)
    year = starter.new_year(tmp_path, "2026", None)
    assert (year / "plan.xlsx").read_bytes() == rosterforms.form("plan")
