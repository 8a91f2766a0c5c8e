"""Odd and tampered files of all kinds, once each, in a real browser and in Python: one verdict
(``scripts/odd_files.py`` shows a thousand of them, to the Go verifier too).
"""

from __future__ import annotations

import sys
from random import Random

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import odd_files
import odd_kinds

pytestmark = pytest.mark.browser


def test_odd_files_of_all_kinds_are_judged_alike():
    with odd_files.in_chromium() as judge:
        for number, (name, kind) in enumerate(odd_kinds.kinds().items()):
            files = kind(Random(number))
            answer = odd_files.in_python(files)
            assert (name, odd_files.guarded(judge, files)) == (name, answer)
            assert odd_files.promised(name, answer), (name, answer)
