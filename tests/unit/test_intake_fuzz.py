"""Whatever stands in the cells and however a table is laid out: no traceback, and no row lost; and
looks at whole columns find what looks at single cells find.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from ssj.rosters import rosters, target_finders
from ssj.tables import (
    across,
    body,
    cells,
    headings,
    layout,
    placeholders,
    rawtables,
    redaction,
    schema,
    screens,
    sheets,
)
from ssj.tables import grid as grids
from ssj.tables import reader as reading
from ssj.tables.table import Table

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=15)
ODD = st.sampled_from(
    [
        "示例",
        "说明：照此填写",
        "合计",
        "制表人：样例甲",
        "\u3000",
        "\xa0",
        "N/A",
        "9.14690062012665e+17",
        "2021-13-40",
        "长期",
        "=1+1",
        "@x",
        "<b>&amp;",
        "{{7*7}}",
        "../x",
        "\0",
        "锟斤拷",
        "\ufffd",
        "13912345678",
        "11010519491231002X",
        "91350100M000100Y43",
        "A 2%；B 5%",
        "全部",
        "、，；",
        "x" * 4000,
    ]
)
CELL = st.one_of(
    st.none(),
    TEXT,
    ODD,
    st.integers(-(10**16), 10**16),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(dt.date(1900, 3, 1)),
)


def written(path: Path, rows: list[list[Any]]) -> None:
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [["" if cell is None else cell for cell in row] for row in rows]
            )
        return
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for n, row in enumerate(rows):
            for at, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(n, at, cell, day)
                elif isinstance(cell, bool):
                    sheet.write_boolean(n, at, cell)
                elif isinstance(cell, int | float):
                    sheet.write_number(n, at, cell)
                elif cell:
                    sheet.write_string(n, at, cell)


@examples(1 / 4)
@given(
    data=st.data(),
    table=st.sampled_from([*schema.TITLES, "recognised"]),
    suffix=st.sampled_from([".xlsx", ".csv"]),
)
def test_no_row_is_lost(data, table, suffix, tmp_path):
    """Any cells under any title rows in any order of columns: rows that hold something = used +
    refused + left out + unread, each with its reason.
    """
    names = data.draw(st.permutations(list(schema.headers(table))))
    names = names[: data.draw(st.integers(max(1, len(names) - 3), len(names)))] + data.draw(
        st.lists(st.sampled_from(["多余", "", "电话", names[0]]), max_size=2)
    )
    above = [["样例县名录"]] * data.draw(st.integers(0, 2))
    body = data.draw(st.lists(st.lists(CELL, min_size=0, max_size=len(names) + 1), max_size=7))
    for path in tmp_path.glob("*.*"):
        path.unlink()
    written(tmp_path / f"{table}{suffix}", [*above, names, *body])
    found = rosters.load(tmp_path, "ABCD", "2021Q4", (dt.date(2021, 12, 6), dt.date(2021, 12, 24)))
    held = sum(
        any(
            cell is not None and not (isinstance(cell, str) and (not cell or cell.isspace()))
            for cell in row
        )
        for row in body
    )
    if table not in found.tallies:  # the file as a whole could not be read, which is an error
        assert any(p.severity == "error" and p.file.startswith(table) for p in found.problems)
        return
    own = found.tallies[table]
    whole = [p for p in found.problems if p.file.startswith(table) and p.severity == "error"]
    if own.rows == 0 and held and whole and not own.used:
        # nothing of the file could be read
        assert any(p.code in ("F03", "F04", "F05", "F06") for p in whole)
        return
    assert (
        own.rows
        == own.used
        + len(own.refused)
        + len(own.excluded)
        + len(own.left_out)
        + len(own.joined)
        + own.unread
    )
    assert own.rows == held and own.used == len(getattr(found, table))
    assert (
        all(own.refused.values()) and all(own.left_out.values()) and (not own.unread or own.whole)
    )


GRID_CELL = st.one_of(
    st.none(),
    st.just(""),
    TEXT,
    ODD,
    st.integers(-9, 10**17),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
)


@given(rows=st.lists(st.lists(GRID_CELL, max_size=5), max_size=12), held=st.booleans())
def test_columns_read_as_rows_are(rows, held):
    """The quick way by columns and the general one by rows give the same."""
    grid: Any = rows
    if held and rows:
        wide = max(map(len, rows))
        grid = (
            grids.Columns(
                [[row[at] if at < len(row) else None for row in rows] for at in range(wide)]
            )
            if wide
            else rows
        )
    head = layout.Header(0, 0, [])
    one, other = (
        body._by_columns(grids.Sheet("", grid), head, set()),
        body._by_rows(grids.Sheet("", list(grid)), head, 0, set()),
    )
    assert one[0] == other[0] and one[2:] == other[2:]
    width = len(other[1])
    assert repr(one[1][:width]) == repr(other[1]) and not any(
        cell is not None for column in one[1][width:] for cell in column
    )


@given(
    st.lists(st.one_of(GRID_CELL, st.sampled_from(["是", "1", " 1", "１"])), max_size=20),
    st.sampled_from([c for own in schema.COLUMNS.values() for c in own]),
)
def test_a_column_is_parsed_as_its_cells_are(values, column):
    values = [body._value(value) for value in values]
    reader = object.__new__(reading.Reader)
    reader.table, reader.problems, reader.at, reader.bad = (
        next(t for t, own in schema.COLUMNS.items() if column in own),
        [],
        [],
        set(),
    )
    reader.raw = Table(
        "t.xlsx", frame=pd.DataFrame({column.header: pd.Series(values, dtype=object)})
    )
    reader.parts, reader.said, reader.classes = (reader.raw,), [], "ABCD"
    reader.parsers = cells.PARSERS | {
        "class": lambda v: cells.risk_class(v, "ABCD"),
        "ratios": lambda v: cells.ratios(v, "ABCD"),
        "scope": lambda v: reading.scopes.parse(v, "ABCD"),
    }
    found = reader._column(column).tolist()
    parse = (
        reader.parsers.get(column.kind)
        if column.words is None
        else lambda value: cells.choice(value, column.words)
    )
    expected, rows = [], []
    for row, value in enumerate(values):
        try:
            if isinstance(value, str) and placeholders.rule(value) and column.kind != "ids":
                if column.required and not column.blank:
                    raise cells.Refused("F20")
                value = None
            expected.append(reading.typed_cell(column, parse, value))
        except cells.Refused:
            expected.append(column.default)
            rows.append(row)
    assert repr(found) == repr(expected)
    assert [p.row for p in reader.problems if p.severity == "error"] == rows


@pytest.mark.parametrize("kind", cells.PLAIN)
def test_plain_texts_are_given_back_as_they_are(kind):
    @given(st.from_regex(cells.PLAIN[kind], fullmatch=True))
    def inner(text):
        assert cells.PARSERS[kind](text) == text

    inner()


DIGITS = st.text(st.sampled_from("0123456789１２３①⑪½²x- 年"), max_size=24)


@given(
    st.lists(
        st.one_of(
            TEXT,
            DIGITS,
            ODD,
            st.just("１３９１２３４５６７８"),
            st.sampled_from(
                ["㈠燃气", "㊟ 说", "⼀、物业", "（十）", "第㆔类", "必填", "\uf9b5：", "示例"]
            ),
        ),
        max_size=8,
    )
)
def test_screens_let_everything_through_that_matters(texts):
    assert {t for t in texts if redaction.holds_personal(t)} <= set(
        screens.with_long_numbers(texts)
    )
    assert {t for t in texts if rawtables._GARBLED.search(t)} == rawtables._garbled(texts) - {
        t for t in texts if not rawtables._GARBLED.search(t)
    }
    firsts = {t for t in texts if t.strip() and layout.no_data([t], False)}
    assert firsts <= layout.marked(set(texts))


@given(
    st.lists(
        st.one_of(
            st.from_regex("[0-9A-HJ-NPQRTUWXY]{17,19}", fullmatch=True),
            st.text("0123456789AMa一-", min_size=18, max_size=18),
            st.sampled_from(
                [
                    "91350100M000100Y43",
                    "91110000101623741K",
                    "911101066976941872",
                    "A1110000600037341L",
                ]
            ),
        ),
        max_size=9,
    )
)
def test_codes_that_are_not_doubtful_are_right(codes):
    doubtful = screens.doubtful_codes(codes)
    assert all(uscc.is_valid(code) for code in codes if len(code) == 18 and code not in doubtful)
    found = {
        row
        for row, *_ in target_finders._bad_check_digit(
            across.Context(
                {"targets": pd.DataFrame({"id": pd.Series(codes, dtype=object)})},
                "",
                (dt.date.min, dt.date.min),
            )
        )
    }
    assert found == {
        n
        for n, code in enumerate(codes)
        if across.looks_like_uscc(code) and not uscc.is_valid(code)
    }


def test_texts_of_parquet_are_held_once(tmp_path):
    rows = [["A1", "甲", None], ["A2", "甲", "存续"], ["A3", None, "存续"]] * 3
    pq.write_table(
        pa.table(
            {
                name: list(column)
                for name, column in zip("abc", zip(*rows, strict=True), strict=True)
            }
        ),
        tmp_path / "t.parquet",
        row_group_size=4,
    )
    grid = sheets.sheets_of(tmp_path / "t.parquet")[1][0].grid
    assert (
        [list(row) for row in grid] == [list("abc"), *rows]
        and grid[1:3] == rows[:2]
        and len(grid) == 10
    )
    assert headings.plain(" ａ*") == "A"
