"""The back-test on invented inspections that can be worked by hand, and its notebook."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import ROOT
from papermill import PapermillExecutionError
from warm import executed, shown

from ssj import protocol
from ssj.base.errors import InputError, SsjError
from ssj.proof import backtest, backtest_file, backtest_groups, backtest_standing
from ssj.proof.backtest_file import Case, File

NOTEBOOK = ROOT / "notebooks" / "7_backtest.ipynb"
HEAD = ",".join(backtest_file.READERS) + ",Name"
# id, firm, date, class, critical, past failed, past critical, first, inspector, a column that is
# not read
ROWS = (
    "001,7,2011-10-05,Risk 1 (High),0,0,0,1,blue,样例甲",
    "002,8,2011-11-05,Risk 2 (Medium),2,0,0,1,green,样例乙",
    "003,9,2011-12-31,Risk 3 (Low),0,0,0,1,blue,样例丙",
    "004,8,2012-01-01,Risk 2 (Medium),1,1,2,0,blue,样例乙",
    "005,7,2012-02-01,Risk 1 (High),1,1,0,0,blue,样例甲",
    "006,7,2012-03-31,Risk 1 (High),0,0,1,0,,样例甲",
)


def written(folder: Path, *rows: str, head: str = HEAD) -> Path:
    path = folder / backtest_file.FILE
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def small(tmp_path) -> File:
    return backtest_file.load(written(tmp_path, *ROWS))


def invented(firms: int = 60) -> list[str]:
    """Two inspections of each firm, a quarter apart; who found something, by its number."""
    rows = []
    for i in range(firms):
        level = ("Risk 1 (High)", "Risk 2 (Medium)", "Risk 3 (Low)")[i % 3]
        colour, first = ("blue", "green")[i % 2], int(i % 5 == 0)
        rows.append(f"A{i},{i},2012-01-{1 + i % 28:02},{level},{first},0,0,1,{colour},样例{i}")
        rows.append(
            f"B{i},{i},2012-04-{1 + i % 28:02},{level},{int(i % 4 == 0 or first)},{first},"
            f"{first},0,{colour},样例{i}"
        )
    return rows


# --- the file ---


def test_rows_are_read_as_declared(small):
    assert (small.rows, small.left_out) == (6, [])
    assert [c.id for c in small.cases] == ["001", "002", "003", "004", "005", "006"]
    assert small.cases[3] == Case(
        "004", "8", dt.date(2012, 1, 1), 2, True, True, True, "blue", True
    )
    assert [c.quarter for c in small.cases] == ["2011Q4"] * 3 + ["2012Q1"] * 3
    assert small.cases[5].inspector == "" and not small.cases[0].known
    assert (
        small.summary()["采用"] == 6
        and small.summary()["企业（执照号）"] == 3
        and small.summary()["查出严重问题的"] == 3
    )
    found = {row["column"]: row["found"] for row in small.read}
    assert (
        found["Risk"] == "Risk 1 (High)：3，Risk 2 (Medium)：2，Risk 3 (Low)：1"
        and found["sanitarian"] == "（空）：1，blue：4，green：1"
    )


@pytest.mark.parametrize(
    ("policy", "sizes"),
    [
        ("uniform", [1] * 6),
        ("legal", [4, 2, 1, 2, 4, 4]),
        ("past", [1, 1, 1, 5, 3, 3]),
        ("both", [4, 2, 1, 10, 12, 12]),
    ],
)
def test_sizes(small, policy, sizes):
    assert [c.size(policy) for c in small.cases] == sizes


@pytest.mark.parametrize(
    ("cell", "value", "column"),
    [
        (2, "05/10/2011", "Inspection_Date"),
        (2, "", "Inspection_Date"),
        (3, "Risk 4", "Risk"),
        (4, "1.5", "criticalCount"),
        (4, "-1", "criticalCount"),
        (4, "", "criticalCount"),
        (5, "2", "pastFail"),
        (6, "x", "pastCritical"),
        (7, "", "firstRecord"),
        (1, "", "License"),
        (0, "", "Inspection_ID"),
    ],
)
def test_a_row_that_cannot_be_read_is_left_out_with_its_reason(tmp_path, cell, value, column):
    cells = ROWS[1].split(",")
    cells[cell] = value
    file = backtest_file.load(written(tmp_path, ROWS[0], ",".join(cells), *ROWS[2:]))
    [row] = file.left_out
    assert (row["rows"], row["first"], file.rows, len(file.cases)) == (1, 3, 6, 5)
    assert row["reason"].startswith(f"“{column}”列读不了")


def test_an_id_counts_once(tmp_path):
    file = backtest_file.load(written(tmp_path, *ROWS, ROWS[2]))
    assert (
        file.left_out == [{"reason": "检查编号重复，只用第一行", "rows": 1, "first": 8}]
        and len(file.cases) == 6
    )


def test_inspections_of_a_day_stand_in_the_order_of_their_numbers(tmp_path):
    rows = [f"{i},{i},2012-01-01,Risk 1 (High),0,0,0,1,blue,样例" for i in ("100", "99", "101")]
    assert [c.id for c in backtest_file.load(written(tmp_path, *rows)).cases] == [
        "99",
        "100",
        "101",
    ]


def test_a_missing_column_is_refused(tmp_path):
    with pytest.raises(InputError, match="缺少必填列“pastFail”"):
        backtest_file.load(written(tmp_path, *ROWS, head=HEAD.replace("pastFail", "failedBefore")))


def test_no_row_that_can_be_read(tmp_path):
    with pytest.raises(SsjError, match="没有一行能用"):
        backtest_file.load(written(tmp_path, ROWS[0].replace("Risk 1", "Risk 9")))


def test_a_file_that_is_not_there_is_said_in_words(tmp_path, monkeypatch):
    monkeypatch.delenv(backtest_file.VARIABLE, raising=False)
    with pytest.raises(SsjError, match="没有指明回测数据在哪里"):
        backtest_file.find()
    with pytest.raises(SsjError, match="找不到回测数据"):
        backtest_file.find(str(tmp_path / "none.csv"))
    monkeypatch.setenv(backtest_file.VARIABLE, str(tmp_path))
    with pytest.raises(SsjError, match="找不到回测数据"):
        backtest_file.find()
    assert backtest_file.find(str(written(tmp_path, *ROWS))) == backtest_file.find()


# --- frames and draws ---


def test_a_quarter_has_each_firm_once(small):
    first, second = backtest.quarters(small, "0.5")
    assert [c.id for c in first.cases] == ["001", "002", "003"] and first.n == 2
    assert [c.id for c in second.cases] == ["004", "005"] and second.n == 1
    assert [row["rows"] for row in backtest.repeated(small, [first, second])] == [1, 5]


def test_expected_yields_by_hand(small):
    """Of all six one is drawn: chances are sizes over their sum."""
    [settled] = backtest.settle([backtest.whole(small, "0.1")])
    rows = backtest.yields([settled], backtest.draw([settled], 4))
    assert settled.frame.n == 1
    assert [settled.expected(p) for p in backtest.POLICIES] == pytest.approx(
        [3 / 6, 8 / 17, 9 / 14, 24 / 41], abs=1e-4
    )
    assert [row["weighted"] for row in rows] == [
        Decimal("50.00"),
        Decimal("47.06"),
        Decimal("64.29"),
        Decimal("58.54"),
    ]
    assert [row["gain"] for row in rows] == [
        Decimal("0.00"),
        Decimal("-2.94"),
        Decimal("14.29"),
        Decimal("8.54"),
    ]
    assert settled.method == {
        "uniform": "风险权数相同",
        **dict.fromkeys(("legal", "past", "both"), "已校准"),
    }


def test_certain_ones_are_drawn_always(small):
    """Two of 004 (5), 005 (3) and 003 (1) by past results: 2·5 ≥ 9, then 1·3 < 4."""
    frame = backtest.Frame("甲", [small.cases[3], small.cases[4], small.cases[2]], 2)
    [settled] = backtest.settle([frame])
    assert settled.chance["past"] == pytest.approx([1, 3 / 4, 1 / 4], abs=1e-4)
    runs = backtest.draw([settled], 40)["past"]
    assert {run.found for run in runs} == {1, 2} and {run.most for run in runs} == {1}


def test_draws_follow_the_exact_chances_and_are_the_protocols(tmp_path):
    file = backtest_file.load(written(tmp_path, *invented()))
    settled = backtest.settle(backtest.quarters(file, "0.2"))
    drawn = backtest.draw(settled, 300)
    rows = backtest.yields(settled, drawn)
    assert all(abs(row["off"]) < 4 for row in rows) and {row["visits"] for row in rows} == {24}
    expected, found = 0, drawn["both"][7].found
    for one in settled:
        ids = [c.id for c in one.frame.cases]
        units = [
            protocol.Unit(*u)
            for u in zip(
                ids, one.sizes["both"], backtest.tickets_of(one.frame.name, 7, ids), strict=True
            )
        ]
        certain, others = protocol.select(units, one.frame.n)
        expected += sum(c.found for c in one.frame.cases if c.id in certain + others)
    assert found == expected
    assert [row["holds"] for row in backtest.statements(rows, rows)] == ["成立", "成立"]


def test_statements_follow_the_figures():
    good = {"expected": Decimal("12.4"), "weighted": Decimal("12.5"), "off": Decimal("-1.2")}

    def failing(whole=good, rounds=good) -> list[int]:
        return [
            n
            for n, row in enumerate(backtest.statements([whole], [rounds]), 1)
            if row["holds"] != "成立"
        ]

    assert failing() == [] == failing(rounds={**good, "weighted": Decimal(20), "off": None})
    assert failing(whole={**good, "expected": Decimal("12.81")}) == [1]
    assert failing(rounds={**good, "off": Decimal("-4.01")}) == [2]


def test_concentration_by_hand(small):
    """Half of 001, 002, 003, then one of 004 (firm 8) and 005 (firm 7), with equal chances: 7 and 8
    stay out with 1/3 · 1/2, 9 with 1/3.
    """
    settled = backtest.settle(backtest.quarters(small, "0.5"))
    row = backtest.concentration(settled, backtest.draw(settled, 8))[0]
    assert (row["firms"], row["never"], row["tenth"]) == (3, Decimal("22.2"), Decimal("38.9"))
    assert row["largest"] in (1, 2)


# --- groups ---


def test_wilson_is_the_textbooks():
    assert backtest_groups.wilson(10, 20) == pytest.approx((0.2993, 0.7007), abs=1e-4)
    assert backtest_groups.wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)


def test_groups_by_hand(small):
    assert [(r["group"], r["count"], r["found"]) for r in backtest_groups.by_class(small)] == [
        ("1 级（高）", 3, 1),
        ("2 级（中）", 2, 2),
        ("3 级（低）", 1, 0),
    ]
    assert [(r["group"], r["count"], r["found"]) for r in backtest_groups.by_past(small)] == [
        (backtest_groups.NO_PAST, 3, 1),
        (backtest_groups.ONE, 2, 1),
        (backtest_groups.TWO, 1, 1),
    ]
    assert [(r["group"], r["rate"]) for r in backtest_groups.by_inspector(small)] == [
        ("未记", 0),
        ("蓝", 50),
        ("绿", 100),
    ]
    assert [(r["group"], r["count"]) for r in backtest_groups.by_successor(small)] == [
        ("同一颜色，上一次有问题", 1),
        ("不同颜色，上一次有问题", 1),
    ]


def test_gains_have_the_interval_of_a_mean_where_firms_stand_once(small):
    """Three firms, one of which found something, with equal chances: √(Σ(y − ȳ)²)/N."""
    rows = backtest_groups.gains(small.cases[:3])
    half = 1.959963984540054 * (2 / 3) ** 0.5 / 3
    assert rows[0] == {
        "policy": "等概率",
        "rate": Decimal("33.33"),
        "interval": backtest.span(1 / 3 - half, 1 / 3 + half),
        "gain": Decimal(0),
        "gain_interval": "",
    }
    assert (rows[1]["rate"], rows[1]["gain"]) == (Decimal("28.57"), Decimal("-4.76"))  # 2/7


def test_within_inspectors_takes_away_who_looked():
    """Each inspector finds as much in both groups, but the strict one has more of the first."""

    def cases(inspector, level, count, found):
        return [
            Case(
                f"{inspector}{level}{i}",
                f"{inspector}{level}{i}",
                dt.date(2012, 1, 1),
                level,
                False,
                False,
                False,
                inspector,
                i < found,
            )
            for i in range(count)
        ]

    file = File(
        cases("blue", 1, 80, 40)
        + cases("blue", 2, 20, 10)
        + cases("green", 1, 20, 2)
        + cases("green", 2, 80, 8)
        + cases("", 1, 50, 50)
        + cases("brown", 2, 10, 10),
        260,
        [],
        [],
    )
    row = backtest_groups.within(file)[0]
    # 92/150 − 28/110
    assert row["plain"].startswith("35.88（") and row["within"].startswith("0.00（-")
    assert backtest_groups.within(file)[1]["within"] == ""


# --- a roster that stays ---


def test_a_standing_roster_cools_down(tmp_path):
    file = backtest_file.load(written(tmp_path, *invented()))
    assert [c.id[0] for c in backtest_standing.roster(file)] == ["B"] * 60
    rows = backtest_standing.standing(file, "0.1", 6, 20)
    assert [row["visits"] for row in rows] == [36] * 8
    plain, cooled = rows[0], rows[1]
    assert (
        cooled["repeats"] < plain["repeats"]
        and cooled["never"] < plain["never"]
        and cooled["most"] <= plain["most"]
    )
    assert plain["never"] == pytest.approx(100 * Decimal("0.9") ** 6, abs=3)  # 0.9^6 = 53.1 %
    assert rows[6]["never"] > plain["never"] and rows[6]["most"] > plain["most"]


# --- the notebook ---


@pytest.mark.slow
def test_notebook_runs_on_invented_inspections_and_says_when_there_are_none(monkeypatch, tmp_path):
    monkeypatch.delenv(backtest_file.VARIABLE, raising=False)
    few = {"seeds": 40, "standing_rounds": 2, "standing_seeds": 2}
    path = written(tmp_path, *invented())
    outputs = shown(executed(NOTEBOOK, tmp_path, path=str(path), **few))
    assert "全部成立" in outputs["verdict"]["text/plain"] and "样例" not in str(outputs), (
        "no firm is shown"
    )
    with pytest.raises(PapermillExecutionError, match="没有指明回测数据在哪里"):
        executed(NOTEBOOK, tmp_path, **few)
