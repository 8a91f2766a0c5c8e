"""What differs between two notebooks, cell by cell. Read without nbformat: its import takes a
second, and nothing here executes or renders.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from itertools import islice
from typing import Any, NamedTuple

MOST_LINES = 12  # of a cell's difference that are shown
PARTS = {"source": "代码或文字", "outputs": "输出", "rest": "其他"}
COLUMNS = {
    "stage": "档案包",
    "cell": "单元",
    "part": "哪一部分",
    "archived": "档案中",
    "again": "重新执行",
}


class Cell(NamedTuple):
    """A cell: its id, its type, its source, its outputs, and the rest as JSON has it."""

    id: str
    type: str
    source: str
    outputs: Any
    rest: Any

    def source_of(self) -> tuple[str, str, str]:
        return self.id, self.type, self.source


def read(data: bytes) -> list[Cell]:
    """The cells of a notebook's file; ``ValueError``, ``LookupError`` or ``TypeError`` if it is
    none.
    """
    found = []
    for cell in json.loads(data.decode("utf-8"))["cells"]:
        known = {key: cell.get(key) for key in ("id", "cell_type", "source", "outputs")}
        rest = {key: value for key, value in cell.items() if key not in known}
        identity, kind = str(known["id"] or ""), str(known["cell_type"])
        found.append(Cell(identity, kind, "".join(known["source"]), known["outputs"], rest))
    return found


def differing(archived: bytes, again: bytes) -> Iterable[dict[str, str]]:
    """A row for each part of a cell that is not the same in both notebooks: ``cell``, ``part``, and
    the lines that only one of them has (``archived``, ``again``).
    """
    sides = [{cell.id: cell for cell in read(data)} for data in (archived, again)]
    for name in dict.fromkeys([*sides[0], *sides[1]]):
        before, after = (side.get(name) for side in sides)
        if before is None or after is None:
            here = ("有", "没有") if before else ("没有", "有")
            yield {"cell": name, "part": "整个单元", "archived": here[0], "again": here[1]}
            continue
        for part, title in PARTS.items():
            pair = [_lines(getattr(cell, part)) for cell in (before, after)]
            if pair[0] != pair[1]:
                yield {"cell": name, "part": title, **_only(*pair)}


def _lines(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.splitlines()
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).splitlines()


def _only(before: list[str], after: list[str]) -> dict[str, str]:
    # not ndiff: for lines that are alike it takes hours
    short = len(before) + len(after) < 2_000
    lines = list(difflib.unified_diff(before, after, n=0))[2:] if short else []
    return {
        "archived": _shown(lines, "-") or f"{len(before)} 行",
        "again": _shown(lines, "+") or f"{len(after)} 行",
    }


def _shown(lines: list[str], mark: str) -> str:
    own = [line[1:].strip() for line in lines if line.startswith(mark)]
    shown = [line if len(line) <= 200 else f"{line[:199]}…" for line in islice(own, MOST_LINES)]
    return "\n".join([*shown, *([f"……共 {len(own)} 行"] if len(own) > MOST_LINES else [])])
