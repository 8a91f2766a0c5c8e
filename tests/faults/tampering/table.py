"""The kinds of tampering, in one table: run by ``test_tampering.py``, printed into
``docs/SECURITY.md`` by ``scripts/make_security.py``.
"""

from __future__ import annotations

from typing import NamedTuple

from .insider import DRAWS, FREEZES, LATER, PROGRAMS, SHAPES, STATED
from .ledgers import BROKEN, CHAINED, ORDER
from .made_up import NOT_FROM_THE_ARCHIVE
from .stored import ADDED, BYTES, COPIES, HARMLESS, REMOVED, SWAPPED
from .tools import Tampering


class Group(NamedTuple):
    """Kinds of tampering with one thing, and who does it."""

    title: str
    who: str
    rows: list[Tampering]


ANYBODY = "an editor, a disk, whoever gets at the folder"
CHAINER = "somebody who can compute SHA-256"
INSIDER = "an insider, who seals every bag and chains the ledger again"
GROUPS = (
    Group("Bytes of archived files", ANYBODY, BYTES),
    Group("Files and stages added", ANYBODY, ADDED),
    Group("Files and stages removed", ANYBODY, REMOVED),
    Group("Files and bags exchanged", ANYBODY, SWAPPED),
    Group("Working copies", ANYBODY, COPIES),
    Group("The ledger's text", ANYBODY, BROKEN),
    Group("The ledger's lines, chained again", CHAINER, CHAINED),
    Group("The order of stages, all seals renewed", INSIDER, ORDER),
    Group("What a stage states of itself", INSIDER, STATED),
    Group("A draw's record", INSIDER, DRAWS),
    Group("Records that are none", INSIDER, SHAPES),
    Group("Rosters, freeze and what rests on them", INSIDER, FREEZES),
    Group("Amendments, voids, papers, results, plans and reviews", INSIDER, LATER),
    Group("Notebooks, pages, programs", INSIDER, PROGRAMS),
    Group("Archives made up by the program itself", INSIDER, NOT_FROM_THE_ARCHIVE),
    Group("What doesn't matter", ANYBODY, HARMLESS),
)
ROWS = [row for group in GROUPS for row in group.rows]
NAMES = [row.name for row in ROWS]
# what the step named does not catch today: each is known to fail
NOT_YET: frozenset[str] = frozenset()
