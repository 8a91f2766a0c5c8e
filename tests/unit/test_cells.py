"""What differs between two notebooks, cell by cell, told in time."""

from __future__ import annotations

import json
import time

import pytest

from ssj.audit import cells

ALIKE = [f"{'甲' * 60}{n * 7919 % 700:06}" for n in range(700)]


def notebook(*outputs: str) -> bytes:
    cell = {"id": "a", "cell_type": "code", "source": "x", "outputs": list(outputs)}
    return json.dumps({"cells": [cell]}).encode()


def test_the_lines_that_only_one_has():
    (row,) = cells.differing(notebook("- same", "old"), notebook("- same", "+ new"))
    assert row == {"cell": "a", "part": "输出", "archived": '"old"', "again": '"+ new"'}


@pytest.mark.parametrize(
    "again", [[line.replace("甲", "乙", 1) for line in reversed(ALIKE)], ["x"] * 900]
)
def test_lines_that_are_alike_are_compared_in_time(again):
    """Else whoever made up outputs like these lets a full audit run for hours."""
    start = time.process_time()
    (row,) = cells.differing(notebook(*ALIKE), notebook(*again))
    assert time.process_time() - start < 5
    assert "甲" in row["archived"] and "甲甲" not in row["again"][:3]
