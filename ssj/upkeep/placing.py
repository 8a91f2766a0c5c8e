"""Where one more row of a table goes in its file: under the last row of data, before what stands
there (合计, 填表人, 注).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from ssj.base.errors import InputError, SsjError
from ssj.tables import packages, rawtables
from ssj.tables.headings import Headings
from ssj.tables.redaction import is_personal
from ssj.tables.sheets import MAX_BYTES, Unreadable

KINDS = ("xlsx", "csv")


@dataclass(frozen=True)
class Place:
    """Where a row goes: ``columns``: header → its columns from 0, ``titles``: the file's own titles
    → column, ``dated``: column → a row whose cell there is a real date; ``row`` as Excel counts,
    ``above``: the last row of data (0: none yet), ``moves``: something stands in ``row`` and moves
    down.
    """

    file: str
    kind: str
    sheet: str
    columns: dict[str, list[int]]
    titles: dict[str, int]
    dated: dict[int, int]
    row: int
    above: int
    moves: bool


def place(path: Path, headings: Headings) -> Place:
    """Where one more row of that table goes. ``InputError`` if the file can't be read as such a
    table, ``SsjError`` if its kind is not for this.
    """
    try:
        kind, best, head, sheets = located = rawtables.locate(path, headings)
    except Unreadable as error:
        raise InputError([error.problem]) from None
    if kind not in KINDS or (kind == "xlsx" and not path.read_bytes().startswith(b"PK")):
        raise SsjError(
            f"{path.name} 是 {'xls' if kind == 'xlsx' else kind} 文件，不能逐行添加",
            "请在 Excel 或 WPS 中打开，另存为 .xlsx（parquet 请从原系统重新导出）后再添加。",
        )
    read = rawtables.read(path, headings, located)
    if broken := [
        p
        for p in read.problems
        if p.severity == "error" and (p.row is None or p.code in ("F06", "F07", "F15"))
    ]:
        raise InputError(broken)
    sheet = sheets[best]
    columns, _ = headings.match(
        [() if any(map(is_personal, names)) else names for names in head.titles]
    )
    titles = {
        name: at
        for at, names in reversed([*enumerate(head.titles)])
        for name in names
        if name and not any(map(is_personal, names))
    }
    data = [*read.frame.index, *read.joined]
    last = max(
        [
            head.bottom + 1,
            *data,
            *(row for row, why in read.left_out.items() if why == "示例行" and not data),
        ]
    )
    merged = _merged(path, sheet.name) if kind == "xlsx" else []
    last = max([last, *(bottom for top, bottom in merged if head.bottom + 1 < top <= last)])
    below = sheet.grid[last] if last < len(sheet.grid) else []
    moves = any(cell not in (None, "") for cell in below) or any(
        top <= last + 1 <= bottom for top, bottom in merged
    )
    dated = {}
    for header, at in columns.items():
        days = (
            [row for row, cell in read.frame[header].items() if isinstance(cell, dt.date)]
            if header in read.frame
            else []
        )
        if days and len(at) == 1:
            dated[at[0]] = int(days[-1])
    return Place(
        path.name,
        kind,
        sheet.name,
        columns,
        titles,
        dated,
        last + 1,
        int(max(data)) if data else 0,
        moves,
    )


def _merged(path: Path, sheet: str) -> list[tuple[int, int]]:
    """First and last rows of merged ranges as Excel counts, blank ones beyond the used cells too."""
    xml = packages.opened(path.read_bytes(), MAX_BYTES).sheets[sheet]
    return [
        (int(top), int(bottom))
        for top, bottom in re.findall(
            rb"<(?:\w+:)?mergeCell\b[^>]*\bref=\"[A-Z]+(\d+):[A-Z]+(\d+)\"", xml
        )
    ]
