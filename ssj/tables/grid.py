"""A sheet as it was read: raw cells, and what was seen beside them; the limits of files, and why
one can't be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from ssj.base import formats
from ssj.base.errors import Problem
from ssj.tables import rules

# whom the comments of its own forms and lists are by; Excel and WPS keep it, LibreOffice does not
PROGRAM = "ssj"
MAX_BYTES = 300 * 2**20  # of a file, and of a workbook once unpacked
MAX_ROWS, MAX_COLUMNS = 200_000, 104  # of a workbook; 104: up to column CZ
MAX_PLAIN = {"csv": 500_000, "parquet": 1_000_000}  # rows; benchmarks/intake.py measures the memory
MAX_CELLS = 10_000_000  # of a sheet, blank ones within its used range included
Grid = Sequence[list[Any]]


class Columns(Sequence[list[Any]]):
    """A grid that is held column by column; rows are made when asked for."""

    def __init__(self, columns: list[list[Any]]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [list(row) for row in zip(*(column[at] for column in self.columns), strict=True)]
        return [column[at] for column in self.columns]


class Sheet(NamedTuple):
    """Cells from A1 on; problems found in the file, whose column is still a position: ``#0`` is
    column A; merged cells as top, left, bottom, right, from 0; ``hidden``: 隐藏, 深度隐藏 or
    nothing; ``formats``: of numbers that are shown otherwise, by
    place; ``struck``: rows struck through, as Excel counts.
    """

    name: str
    grid: Grid
    marked: Sequence[Problem] = ()
    hidden: str = ""
    merged: Sequence[tuple[int, int, int, int]] = ()
    notes: Sequence[str] = ()
    formats: Mapping[tuple[int, int], str] = MappingProxyType({})
    struck: Sequence[int] = ()


class Unreadable(Exception):
    """Carries the one Problem for which nothing of the file can be read."""

    def __init__(self, rule: str, file: str, sheet: str = "", **details: Any) -> None:
        self.problem = rules.problem(rule, file, sheet, **details)
        super().__init__(str(self.problem))


def too_many(file: str, sheet: str = "", rows: int = MAX_ROWS) -> Unreadable:
    return Unreadable("F03/rows", file, sheet, rows=formats.thousands(rows), columns=MAX_COLUMNS)
