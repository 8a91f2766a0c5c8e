"""round.xlsx with anything in its cells: it is read, or every problem has words and a remedy; no
crash, and nothing is written half.
"""

from __future__ import annotations

import io
from datetime import date, datetime, time
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from conftest import ROOT, examples
from hypothesis import given
from hypothesis import strategies as st

from ssj.base import params
from ssj.base.errors import InputError
from ssj.tables import fields, paramfiles
from ssj.upkeep import starter
from ssj.workbooks import paramforms
from ssj.year import planning

SAMPLES = ROOT / "demo" / "params"
FORMS = {"round": (fields.ROUND, "sample60"), "year": (planning.FORM, "2021")}
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(date(1900, 3, 1), date(9999, 12, 31)),
    st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 31)),
    st.times(time(0), time(23, 59)),
    st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
        max_size=30,
    ),
    st.sampled_from(
        [
            "=1/0",
            "=A1",
            "5%",
            "0.05",
            "１２",
            "-1",
            "1e400",
            "nan",
            "Infinity",
            "是",
            "否",
            "请填写",
            "长期",
            "2021-13-01",
            "2021年2月30日",
            "2021-11-26 25:00",
            "2021-11-26T10:00+99:99",
            "A",
            "双色球",
            "sample60",
            "、",
            "'",
            '"',
            "[[",
            "\\",
            "<x>",
            "&amp;",
        ]
    ),
)
PLACES = st.tuples(st.integers(0, 40), st.integers(1, 8), st.integers(1, 6))


@cache
def blank(stem: str) -> tuple[bytes, int]:
    form, name = FORMS[stem]
    values = paramfiles.read(form, SAMPLES / name).model_dump(by_alias=True)
    content = paramforms.form(form, name, values)
    return content, len(openpyxl.load_workbook(io.BytesIO(content)).sheetnames)


def changed(stem: str, changes: list[tuple[tuple[int, int, int], object]]) -> bytes:
    content, sheets = blank(stem)
    book = openpyxl.load_workbook(io.BytesIO(content))
    for (sheet, row, column), value in changes:
        book.worksheets[sheet % sheets].cell(row, column).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("stem", FORMS)
@given(changes=st.lists(st.tuples(PLACES, CELLS), min_size=1, max_size=6))
@examples(0.6)
def test_any_cells(stem, changes, tmp_path_factory):
    form, _ = FORMS[stem]
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / f"{stem}.xlsx"
    path.write_bytes(content := changed(stem, changes))
    try:
        own = paramfiles.read(form, folder)
    except InputError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.message and problem.remedy and problem.file == path.name
            assert "Traceback" not in str(problem) and "pydantic" not in str(problem)
    else:  # what was read is said alike in TOML, and in the form of the next round
        toml = folder / "again" / f"{stem}.toml"
        toml.parent.mkdir()
        toml.write_text(paramfiles.dumped(own), encoding="utf-8", newline="\n")
        assert params.read(form.model, toml) == own
        paramforms.form(form, "next", paramfiles.carried(form, own.model_dump(by_alias=True)))
    assert path.read_bytes() == content
    assert {p.name for p in folder.iterdir()} <= {path.name, "again"}


def test_a_long_number_where_names_stand(tmp_path):
    (tmp_path / "round.xlsx").write_bytes(changed("round", [((24, 4, 2), 1_151_010_246_983_679)]))
    with pytest.raises(InputError) as caught:
        paramfiles.read(fields.ROUND, tmp_path)
    (problem,) = caught.value.problems
    assert (problem.sheet, problem.row, problem.column) == ("审批权限", 4, "可以批准的人")
    assert "末几位可能已丢失" in problem.message and "文本" in problem.remedy


@given(changes=st.lists(st.tuples(PLACES, CELLS), min_size=1, max_size=4))
@examples(0.2)
def test_the_next_round_is_whole_or_not_there(changes, tmp_path_factory):
    home: Path = tmp_path_factory.mktemp("home")
    before = home / "2021Q4"
    before.mkdir()
    for stem in ("items", "targets", "officers", "plan"):
        (before / f"{stem}.xlsx").write_bytes((SAMPLES / f"sample60/{stem}.xlsx").read_bytes())
    (before / "round.xlsx").write_bytes(changed("round", changes))
    try:
        starter.new_round(home, "2022Q1", "2021Q4")
    except InputError:
        assert [p.name for p in home.iterdir()] == ["2021Q4"]
    else:
        assert (home / "2022Q1" / "round.xlsx").exists()
