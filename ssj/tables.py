"""Tables in files, by their headers: rows with their place, and what is wrong (problems F01 to F13).

Knows files, not what they mean: the caller says which headers it requires and knows.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from ssj.errors import InputError, Problem, quoted
from ssj.redaction import header_text, is_personal, mask
from ssj.sheets import Grid, Sheet, Unreadable, sheets_of

SUFFIXES = (".xlsx", ".xls", ".csv", ".parquet")
HEADER_ROWS = 10  # the header stands in one of the first ten rows
# U+FFFD and its offspring, Latin letters in a row where Chinese was meant, invisible and direction-changing characters
_GARBLED = re.compile("�|锟斤拷|烫烫烫|[\u0080-\u00ff]{3}|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e"
                      "\u2060-\u2069\ufeff]")
# Quick look at a whole column: also the characters that GBK makes of the first two UTF-8 bytes of a Chinese one
_SUSPECT = re.compile(_GARBLED.pattern + "|[%s]" % "".join(
    bytes([lead, trail]).decode("gbk", "ignore") for lead in range(0xE4, 0xEA) for trail in range(0x80, 0xC0)))


@dataclass(frozen=True)
class Table:
    """One table as found: ``frame`` holds raw cells (str, int, float, bool, datetime, date or None), its index the
    row number as Excel counts from 1, its columns the header texts; ``dropped`` names the personal columns left out."""

    file: str
    sheet: str = ""
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    dropped: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)


def find(folder: Path, stem: str) -> Path:
    """The one file of that stem with a known suffix. Raises InputError if there is none, or more than one."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    same = [path for path in files if path.stem.casefold() == stem.casefold() and path.is_file()]
    found = [path for path in same if path.stem == stem and path.suffix.lower() in SUFFIXES]
    if len(found) == 1:
        return found[0]
    if found:
        message = f"同一张表有 {len(found)} 个文件：{quoted(path.name for path in found)}"
        remedy = "请只留下要用的一个，其余移到别的文件夹。"
    else:
        message = f"文件夹“{folder.name}”里没有表格 {stem}" + (
            f"，只有{quoted(path.name for path in same)}" if same else "")
        remedy = f"请放入 {stem}.xlsx（也可以是 .xls、.csv 或 .parquet），文件名用小写字母。"
    raise InputError([Problem("F01", message, remedy, file=stem)])


def exists(folder: Path, stem: str) -> bool:
    """Whether the folder has a file that :func:`find` would find, or say why it is not the one."""
    return any(p.stem.casefold() == stem and p.suffix.lower() in SUFFIXES for p in folder.iterdir() if p.is_file())


def _value(cell: Any) -> Any:
    """A raw cell: blank → None, whole floats that are exact → int, odd types → text."""
    if isinstance(cell, str):
        return None if not cell or cell.isspace() else cell
    if isinstance(cell, float):
        return None if cell != cell else int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if cell is None or isinstance(cell, bool | int | dt.date):
        return cell
    return "、".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)


def _header(grid: Grid, required: Collection[str]) -> tuple[int, int]:
    """Position of the header row, and how many required headers it has.

    It is the first of the first rows with most of them; else, to report on, the one with most; if none has any, the
    first that is nearly as full as the fullest.
    """
    rows = [{header_text(cell) for cell in row if cell not in ("", None)} for row in grid[:HEADER_ROWS]]
    hits = [sum(name in row for name in required) for row in rows]
    for n, hit in enumerate(hits):
        if hit * 2 > len(required) > 0:
            return n, hit
    full = max(map(len, rows), default=0)
    best = max(range(len(rows)), key=lambda n: (hits[n], len(rows[n]) * 3 >= full * 2, -n), default=0)
    return best, hits[best] if hits else 0


def locate(path: Path, required: Collection[str]) -> tuple[str, int, int, list[Sheet]]:
    """Kind of file, position of the sheet that is read, position of its header row, all sheets."""
    kind, sheets = sheets_of(path)
    scores = {n: _header(sheet.grid, required) for n, sheet in enumerate(sheets) if sheet.visible}
    if not scores:
        raise Unreadable("F04", "工作簿里没有可见的工作表", "请取消隐藏要用的工作表，保存后再试。", path.name)
    best = next((n for n, (_, hit) in scores.items() if hit * 2 > len(required)),
                max(scores, key=lambda n: (scores[n][1], -n)))
    return kind, best, scores[best][0], sheets


class _Problems(list[Problem]):
    """Problems of one sheet; values are masked."""

    def __init__(self, file: str, sheet: str) -> None:
        self.file, self.sheet = file, sheet

    def add(self, code: str, message: str, remedy: str, row: int | None = None, column: str = "", value: str = "",
            severity: Literal["error", "warning"] = "error") -> None:
        self.append(Problem(code, message, remedy, self.file, self.sheet, row, mask(column), mask(value)[:60], severity))


def read(path: Path, headers: Mapping[str, bool]) -> Table:
    """The table in a file; ``headers``: header → whether it is required. Never raises for what the file holds.

    A file that lacks half of the required headers or more is another table: no rows, one problem.
    """
    file, required = Path(path).name, [name for name, needed in headers.items() if needed]
    try:
        kind, best, top, sheets = locate(Path(path), required)
    except Unreadable as error:
        return Table(file, problems=[error.problem])
    sheet, grid = sheets[best][:2]
    titles = [header_text(cell) if cell is not None else "" for cell in grid[top]] if grid else []
    dropped = tuple(title for title in titles if is_personal(title))
    kept = {title: titles.index(title) for title in dict.fromkeys(titles) if title and not is_personal(title)}
    cells = ((n, [_value(cell) for cell in row]) for n, row in enumerate(grid[top + 1:], top + 2))
    rows = {n: row for n, row in cells if any(cell is not None for cell in row)}
    frame = pd.DataFrame({title: pd.Series([row[at] if at < len(row) else None for row in rows.values()], dtype=object)
                          for title, at in kept.items()})
    frame.index = pd.Index(list(rows), dtype="int64")

    problems = _Problems(file, sheet)
    missing = [name for name in required if name not in kept]
    if missing:
        found = quoted(mask(title) for title in titles if title) or "（没有）"
        problems.add("F06", f"缺少必填列{quoted(missing)}；找到的列是{found}", "请补上这些列，或把列名改成这里的写法。", top + 1 if grid else None)
    if len(missing) * 2 >= len(required) > 0:
        return Table(file, sheet, frame.iloc[:0], dropped, problems)
    for n, other in enumerate(sheets):
        if n != best and other.visible and _header(other.grid, required)[1] * 2 > len(required):
            problems.add("F12", f"工作表“{other.name}”也有同样的表头，没有读取", "一张表只读一个工作表；请把各工作表合并，或删去不用的。", severity="warning")
    _check_titles(problems, titles, kept, headers, top + 1)
    _check_nameless(problems, titles, rows, kind)
    _check_marked(problems, sheets[best].marked, {f"#{at}": title for title, at in kept.items() if title in headers}, top + 1)
    for title in frame.columns:
        texts = [(row, cell) for row, cell in frame[title].items() if isinstance(cell, str)]
        suspect = _SUSPECT.search("\n".join(cell for _, cell in texts))
        for row, cell in texts if suspect else ():
            if _GARBLED.search(cell) or _mojibake(cell):
                problems.add("F11", "文字有乱码或看不见的字符", "请从原系统重新导出，或手工重新录入这一格。", row, title, spelt(cell))
    return Table(file, sheet, frame, dropped, problems)


def _check_titles(problems: _Problems, titles: list[str], kept: Iterable[str], headers: Mapping[str, bool], row: int) -> None:
    """Duplicate and unknown headers."""
    for title in kept:
        if (count := titles.count(title)) > 1:
            problems.add("F07", f"列名重复了 {count} 次", "请只留一列，或把其余的改名。", row, title)
        elif title not in headers:
            near = difflib.get_close_matches(title, [name for name in headers if name not in titles], 1)
            problems.add("F08", "不认识的列名，这一列不用", f"如果应是“{near[0]}”，请改名。" if near else "如果确实不用，可以不管。",
                         row, title, severity="warning")


def _check_nameless(problems: _Problems, titles: list[str], rows: Mapping[int, list[Any]], kind: str) -> None:
    """Cells beyond the header: in a csv the row is out of step, in a workbook a column lacks its name."""
    columns: dict[int, list[int]] = {}
    for n, row in rows.items():
        beyond = [at for at, cell in enumerate(row) if cell is not None and (at >= len(titles) or not titles[at])]
        if beyond and kind == "csv":
            problems.add("F09", f"有 {len(beyond)} 个格在没有列名的位置", "请核对这一行是否错位；多出的内容请删去，或补上列名。", n)
        for at in beyond if kind != "csv" else ():
            columns.setdefault(at, []).append(n)
    for at, where in columns.items():
        problems.add("F09", f"第 {at + 1} 列没有列名，却有 {len(where)} 个格有内容，没有读取", "要用的，请补上列名；不用的，请删去。",
                     where[0], severity="warning")


def _check_marked(problems: _Problems, marked: Iterable[Problem], known: Mapping[str, str], header_row: int) -> None:
    """What was marked in the file, as far as it stands in known columns; merged cells once for each column."""
    merged: dict[str, list[Problem]] = {}
    for found in marked:
        if found.column in known and (found.row or 0) > header_row:
            if found.code == "F13":
                merged.setdefault(known[found.column], []).append(found)
            else:
                problems.add(found.code, found.message, found.remedy, found.row, known[found.column])
    for title, alike in merged.items():
        more = f"；这一列共有 {len(alike)} 处" if len(alike) > 1 else ""
        problems.add("F13", alike[0].message + more, alike[0].remedy, alike[0].row, title)


def _mojibake(text: str) -> bool:
    """Whether it is UTF-8 Chinese that was once read as GBK: most of its GBK bytes are UTF-8 for other Chinese.

    Of 12,685 real names, addresses and trades none is called garbled, of the same spoilt in this way 96 in 100 are.
    """
    data = text.encode("gbk", "ignore")
    other = sum("\u4e00" <= char <= "\u9fff" for char in data.decode("utf-8", "ignore"))
    return other > 1 and other * 5 > sum(byte > 127 for byte in data)  # 3 bytes each: three in five


def spelt(text: str) -> str:
    """The text with invisible characters spelt out: ``spelt("甲\\u200b") == "甲<U+200B>"``."""
    return "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in text)
