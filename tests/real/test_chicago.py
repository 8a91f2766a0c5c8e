"""The back-test on its real file (SSJ_REAL_DATA names the folder): the yields agree with the known
baselines, and the notebook holds.

SSJ_REAL_DATA=folder python -m pytest -m real
"""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import ROOT
from warm import executed, shown

from ssj.proof import backtest, backtest_file, backtest_groups

PATH = Path(os.environ.get("SSJ_REAL_DATA", "")) / backtest_file.FILE
pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("SSJ_REAL_DATA") or not PATH.exists(),
        reason=f"SSJ_REAL_DATA does not name a folder with {backtest_file.FILE}",
    ),
]

# of the policies in their order, in percent
BASELINES = [Decimal(share) for share in ("12.4", "12.9", "13.4", "13.8")]
WITHIN = Decimal("0.3")


@pytest.fixture(scope="module")
def file() -> backtest_file.File:
    return backtest_file.load(backtest_file.find())


def test_every_row_is_used(file):
    assert (file.rows, len(file.cases), file.left_out) == (17_823, 17_823, [])
    assert sum(c.found for c in file.cases) == 2_217 and len({c.firm for c in file.cases}) == 10_746


def test_the_past_is_what_the_inspection_before_found(file):
    """So the frames know nothing of their own outcome."""
    before: dict[str, bool] = {}
    for case in file.cases:
        assert case.known == (case.firm in before)
        assert case.critical == before.get(case.firm, False)
        before[case.firm] = case.found


def test_yields_agree_with_the_baselines(file):
    whole = backtest.settle([backtest.whole(file, "0.02")])
    rows = backtest.yields(whole, backtest.draw(whole, 40))
    assert all(
        abs(row["expected"] - share) <= WITHIN for row, share in zip(rows, BASELINES, strict=True)
    ), rows
    assert all(
        abs(row["weighted"] - share) <= WITHIN for row, share in zip(rows, BASELINES, strict=True)
    ), rows
    assert [s["holds"] for s in backtest.statements(rows, rows)] == ["成立", "成立"]


def test_what_the_notebook_says_of_classes_and_past_results(file):
    """Section 7: the past tells more than the class, and no record is not a clean one."""
    high, middle, low = (row["rate"] for row in backtest_groups.by_class(file))
    nothing, clean, one, two = (row["rate"] for row in backtest_groups.by_past(file))
    assert high > middle > low and middle - low < 1
    assert clean < nothing < one < two
    gains = [row["gain"] for row in backtest_groups.gains(backtest_groups.known(file))]
    assert gains[1] < Decimal("0.5") and gains[2] > 2
    inspectors = [row["rate"] for row in backtest_groups.by_inspector(file)]
    assert inspectors[-1] - inspectors[0] > 5 * (high - low)
    assert all(
        float(row["within"].partition("（")[2].partition(" ")[0]) > 0
        for row in backtest_groups.within(file)
    )


def test_notebook_holds(tmp_path):
    few = {"seeds": 20, "standing_rounds": 3, "standing_seeds": 2}
    done = executed(ROOT / "notebooks" / "7_backtest.ipynb", tmp_path, **few)
    outputs = shown(done)
    assert "全部成立" in outputs["verdict"]["text/plain"]
    assert all(
        share in outputs["whole"]["text/html"] for share in ("12.44", "12.88", "13.36", "13.84")
    )
    # all but the parameters, and those given, show something
    assert len([c for c in done.cells if c.cell_type == "code"]) == len(outputs) + 2
