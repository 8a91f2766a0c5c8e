"""docs/ARCHIVE.md and the program say the same of V1 and V2: an implementation of the text alone
(``tests/archive_by_text.py``) and ``ssj audit``, of every kind of tampering.
"""

from __future__ import annotations

import shutil

import archive_by_text
import pytest
from faults.tampering.table import ROWS
from faults.tampering.tools import Copy, Tampering

from ssj.audit.audit import Audit


def marked(row: Tampering):
    """What later steps catch leaves V1 and V2 as they are, and is slow in such numbers."""
    later = row.caught not in ("V1", "V2", "")
    return pytest.param(row, id=row.name, marks=[pytest.mark.slow] * later)


@pytest.mark.parametrize("row", [marked(row) for row in ROWS])
def test_the_text_says_what_the_audit_says(row, real_year, tmp_path):
    copy = Copy(shutil.copytree(real_year, tmp_path / "project"))
    row.do(copy, copy.bag(row.at))
    audit = Audit(copy.outputs / row.round, fast=True)
    said = {number: audit.step(number) for number in (1, 2)}
    found = archive_by_text.steps(copy.outputs, row.round)
    assert found == {n: step.holds for n, step in said.items()}, [s.detail for s in said.values()]


def test_the_sound_archive_holds(real_year):
    for name in ("2021", "sample60", "next60"):
        assert archive_by_text.steps(real_year / "outputs", name) == {1: True, 2: True}
