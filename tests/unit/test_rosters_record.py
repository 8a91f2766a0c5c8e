"""``rosters.json``: what is read stays the same when it is written and read back."""

from __future__ import annotations

import shutil
from datetime import date

import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from ssj import protocol
from ssj.base import params
from ssj.base.errors import InputError
from ssj.rosters import coverage, early_warnings, pools, record, signing, unlisted
from ssj.rosters.derive import Derived, derive
from ssj.tables import accounts, parts, typed, writing
from ssj.tables.schema import COLUMNS, FOREVER, OPTIONAL, TITLES

ROUNDS = ("2021Q1", "2021Q2", "2021Q3", "2021Q4", "sample60")
STAGE = {"time": "2021-11-22T09:00:00+08:00", "round_id": "", "attempt": 1}


def of_round(folder, name: str) -> Derived:
    parameters = params.read_round(folder / "round.toml")
    return derive(folder, parameters, {**STAGE, "round_id": name})


def rich(folder) -> Derived:
    """sample60 with targets in two files, rows that exceptions settle, a recognised result and a
    list of another office.
    """
    shutil.copytree(ROOT / "demo" / "params" / "sample60", folder)
    own = of_round(folder, "sample60").roster
    targets = parts.read(folder, "targets").frame.reset_index(drop=True)
    targets.loc[[3, 40], "状态"] = "怪状态"
    (folder / "targets.xlsx").unlink()
    (folder / "targets").mkdir()
    for name, part in (("甲股", targets.iloc[:30]), ("乙股", targets.iloc[30:])):
        writing.write_workbook(folder / "targets" / f"{name}.xlsx", {"名录": part})
    reviewed = {"处理": "不列入", "理由": "样例", "审核人": "样例丙", "审核日期": date(2021, 11, 1)}
    writing.write_workbook(
        folder / "exceptions.xlsx",
        {
            "例外": pd.DataFrame(
                [
                    {
                        "表": "targets",
                        "问题编号": "T06",
                        **targets.loc[n, ["编号", "名称"]],
                        **reviewed,
                    }
                    for n in (3, 40)
                ],
                dtype=object,
            )
        },
    )
    recognised = {
        "来源单位": "样例消防",
        "编号": targets.loc[0, "编号"],
        "事项编号": own.items["id"].iloc[0],
        "检查日期": date(2021, 6, 1),
        "检查结果": "未发现问题",
        "文件校验码": "a" * 64,
    }
    writing.write_workbook(
        folder / "recognised.xlsx", {"互认": pd.DataFrame([recognised], dtype=object)}
    )
    (folder / "outside").mkdir()
    listed = ["编号,名称,状态", f"{targets.loc[1, '编号']},样例改名,吊销", "NEW1,样例新,存续"]
    (folder / "outside" / "工商登记.csv").write_text(
        "\n".join([*listed, ",样例新,存续", ",,存续", ""]), encoding="utf-8"
    )
    toml = folder / "round.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8")
        + '\n[[signed]]\nfile = "targets/甲股.xlsx"\nsection = "甲股"\nby = "样例丁"\n'
        "date = 2021-11-20\n",
        encoding="utf-8",
    )
    return of_round(folder, "sample60")


@pytest.fixture(scope="module", params=[*ROUNDS, "rich"])
def derived(request, tmp_path_factory) -> Derived:
    if request.param == "rich":
        return rich(tmp_path_factory.mktemp("rich") / "sample60")
    return of_round(ROOT / "demo" / "params" / request.param, request.param)


def test_what_is_read_back_is_what_was_read(derived):
    written = protocol.canonical(derived.record())
    back = record.from_record(protocol.parse(written.decode()))
    for table in TITLES | OPTIONAL:
        one, other = getattr(derived.roster, table), getattr(back, table)
        pd.testing.assert_frame_equal(one, other, check_exact=True)
        assert one.attrs == other.attrs, table
        for key in one:
            types = [[type(cell) for cell in frame[key].tolist()] for frame in (one, other)]
            assert types[0] == types[1], (table, key)
    for key in ("problems", "every", "notes", "tallies", "settled"):
        assert getattr(back, key) == getattr(derived.roster, key), key
    assert record.differing(derived.roster, back) == ""


def test_whatever_is_shown_or_computed_is_the_same(derived):
    roster, parameters, history = derived.roster, derived.parameters, derived.history
    whole = protocol.parse(protocol.canonical(derived.record()).decode())
    back = record.from_record(whole)
    assert accounts.rows(back.tallies) == accounts.rows(roster.tallies)
    assert whole["signatures"] == signing.rows(parameters, back) == signing.rows(parameters, roster)
    pairs = coverage.pairs(roster, parameters, history)
    pd.testing.assert_frame_equal(pd.DataFrame(whole["coverage"], columns=coverage.PAIRS), pairs)
    assert whole["gaps"] == coverage.gaps(back, parameters, pairs)
    for key, rows in (("pools", pools.rows), ("tags", lambda *own: pools.tag_rows(*own[:2]))):
        assert whole[key] == record.plain(rows(roster, parameters, history))
        assert rows(back, parameters, history) == rows(roster, parameters, history)
    assert record.warnings(whole) == derived.warnings
    assert early_warnings.rows(
        back, parameters, STAGE["time"], history, None
    ) == derived.warnings and (derived.warnings or whole["round"] != "2021Q4")
    listings, rows = record.compared(whole)
    assert tuple(listings) == derived.listings
    assert rows == record.plain(derived.against)
    for table in (unlisted.reasons, unlisted.findings, lambda r: unlisted.of(r, unlisted.MISSING)):
        assert record.plain(table(rows)) == record.plain(table(derived.against))
    assert unlisted.counts(listings, rows) == unlisted.counts(derived.listings, derived.against)


def test_the_rich_round_has_some_of_everything(tmp_path):
    own = rich(tmp_path / "sample60")
    whole = own.record()
    assert len(whole["accounts"]["targets"]) == len(whole["tables"]["targets"]["parts"]) == 2
    assert [e["treatment"] for e in whole["exceptions"]] == ["不列入", "不列入"]
    assert len(whole["tables"]["recognised"]["rows"]) == 1
    assert [row["result"] for row in whole["offices"][0]["rows"]] == [
        "在库",
        "应入未入",
        "应入未入",
        "不能识别",
    ]
    assert {"S20/demonstration"[:3]} <= {p.code for p in own.problems}
    assert "2 行" in "".join(own.notes) and "工商登记" in own.notes[-1]


def test_a_difference_is_named(derived):
    whole = derived.record()
    steps = record.verify(whole, whole, derived.roster)
    assert all(step.holds for step in steps) and len(steps) == 2
    plan = whole["tables"]["plan"]
    other = {
        **whole,
        "tables": {**whole["tables"], "plan": {**plan, "rows": plan["rows"][1:]}},
    }
    said = [step.detail for step in record.verify(other, whole, derived.roster)]
    assert said[0].startswith("tables.plan.rows[0]") and said[1] == "plan"


def test_a_table_with_an_error_leaves_no_record(tmp_path):
    folder = shutil.copytree(ROOT / "demo" / "params" / "sample60", tmp_path / "sample60")
    (folder / "plan.xlsx").unlink()
    own = of_round(folder, "sample60")
    assert own.problems == []  # what is wrong with the table is the roster's
    with pytest.raises(InputError, match="plan"):
        own.record()


# --- every kind of column ---

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31)) | st.just(FOREVER)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
WORDS = st.lists(TEXT, max_size=3).map(tuple)
CELLS = {
    "date": st.none() | DAYS,
    "leave": st.lists(st.tuples(DAYS, DAYS), max_size=2).map(tuple),
    "int": st.integers(0, 10**9 - 1),
    "bool": st.booleans(),
    "ratios": st.dictionaries(st.sampled_from(["*", "A", "D+"]), st.just("0.05"), max_size=3),
    **dict.fromkeys(("words", "names", "ids", "rounds", "results"), WORDS),
    **dict.fromkeys(("text", "word", "code", "id", "choice", "class", "limit", "digest"), TEXT),
}


@st.composite
def frames(draw) -> tuple[str, pd.DataFrame]:
    table = draw(st.sampled_from(sorted(COLUMNS)))
    rows = draw(st.integers(0, 4))
    missing = {c.key for c in COLUMNS[table] if c.kind == "int" and c.default is None}
    cells = {
        key: [
            draw((st.none() | CELLS[kind]) if key in missing else CELLS[kind]) for _ in range(rows)
        ]
        for key, kind in typed.kinds(table).items()
    }
    frame = typed.frame(table, cells, draw(st.permutations(range(2, rows + 2))))
    frame.attrs["place"] = {"file": f"{table}.xlsx", "sheet": draw(TEXT)}
    return table, frame


@given(frames())
def test_every_kind_of_cell_comes_back(own):
    table, frame = own
    whole = protocol.parse(protocol.canonical(record._table(table, frame)).decode())
    back = record._frame(table, whole)
    pd.testing.assert_frame_equal(frame, back, check_exact=True)
    assert back.attrs == frame.attrs and back.equals(frame)
    assert [[*map(type, back[key].tolist())] for key in back] == [
        [*map(type, frame[key].tolist())] for key in frame
    ]


def test_no_column_is_called_as_the_number_of_a_row():
    assert not any("row" in typed.kinds(table) for table in COLUMNS)


def test_tallies_of_one_file_and_of_several():
    one = accounts.Tally(5, 1, {3: ("T01",)}, {9: "示例"}, {5: 4}, 0, (), {6: ("T06",)}, "a.xlsx")
    whole = accounts.total([one, one], 10, "targets/")
    for tally in (one, whole):
        files = protocol.parse(
            protocol.canonical([record._account(file) for file in tally.files]).decode()
        )
        back = record._tally("targets", files)
        assert back.files == tally.files and back.used == tally.used
