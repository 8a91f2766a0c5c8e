"""What became of each file in one line, above any list of what is wrong in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ssj.base import triage
from ssj.base.errors import Problem
from ssj.tables.accounts import Tally

LONGEST = 60  # characters of what is worst


def lines(problems: Iterable[Problem], tallies: Mapping[str, Tally]) -> list[str]:
    """A line for each file in which something is wrong, those of ``tallies`` first:
    ``targets.xlsx：60 行中 37 行能用；错误 23 个，提醒 7 个，先改“编号”列：校验位不符``.
    """
    by_file: dict[str, list[Problem]] = {}
    for p in problems:
        by_file.setdefault(p.file, []).append(p)
    read: dict[str, list[Tally]] = {}
    for tally in tallies.values():
        for one in tally.files:
            read.setdefault(one.file, []).append(one)
    files = [*(f for f in read if f in by_file), *(f for f in by_file if f not in read)]
    return [_line(file, by_file[file], read.get(file, ())) for file in files]


def _line(file: str, problems: list[Problem], read: Collection[Tally]) -> str:
    errors = sum(p.severity == "error" for p in problems)
    counts = f"错误 {errors} 个" if errors else ""
    if warnings := len(problems) - errors:
        counts += f"{'，' if counts else ''}提醒 {warnings} 个"
    first = triage.kinds(problems)[0]
    named = f"“{first.columns[0]}”" if first.columns and first.rows else ""
    if len(first.columns) > 1 and named:
        named += f"等 {len(first.columns)} "
    named += "列" if named else ""
    if first.first.sheet and not read:  # parameters
        named = f"工作表“{first.first.sheet}”{named}"
    worst = triage.cut(triage.alike([p.message for p in first.problems]), LONGEST)
    if len(problems) > 1:
        counts += "，先改" if errors else "，先看"
    elif named:
        counts += "，"
    return f"{file}：" + "；".join(filter(None, [_read(read), f"{counts}{named}：{worst}"]))


def _read(read: Collection[Tally]) -> str:
    """How much of a file could be used."""
    rows, used = (sum(getattr(one, key) for one in read) for key in ("rows", "used"))
    if any(one.whole for one in read):
        return f"没有读取（{rows} 行）" if rows else "没有读出"
    if rows == used:
        return f"{rows} 行都能用" if rows else ""
    return f"{rows} 行中 {used} 行能用"
