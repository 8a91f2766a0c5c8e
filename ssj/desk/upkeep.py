"""What the commands that keep the rosters up to date say and ask: ``ssj add``, ``ssj diff``,
``ssj adopt``; each function gives the exit code.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from ssj.base.errors import RefusedError, SsjError
from ssj.casebook.archive import Archive
from ssj.desk.dialogue import Ask, Dialogue, Say
from ssj.tables.frames import rows_of
from ssj.upkeep.additions import FROZEN, TABLES, Entry

FIRST = 20  # changes on the first screen


def add(
    folder: Path,
    kind: str,
    given: Sequence[str],
    frozen: bool,
    now: Callable[[], datetime],
) -> int:
    """One more row of a roster: from ``--set``, or asked for on a terminal."""
    entry = Entry(folder, TABLES[kind])
    if frozen:
        print(f"提醒：{FROZEN}。")
    pairs = [_pair(text) for text in given]
    if not pairs:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise SsjError(
                "没有写明各列的值",
                f"请写 --set 列名=值，如 ssj add {kind} {folder.name} --set "
                f"{entry.columns[0].header}=…；或在命令窗口中运行，逐项询问。",
            )
        try:
            pairs = asked(entry, input, print, now)
        except EOFError:
            raise RefusedError("没有写入：输入已结束", "需要时再运行一次。") from None
    added = entry.write(entry.values(pairs))
    for problem in added.warnings:
        print(f"提醒：{problem}")
    print(f"已写入 {folder.as_posix()}/{added.file} 第 {added.row} 行。")
    if added.errors_before:
        print(f"资料中原有错误 {added.errors_before} 个，没有增加：ssj check {folder.name}")
    return 0


def _pair(text: str) -> tuple[str, str]:
    title, found, value = text.partition("=")
    if not found or not title.strip():
        raise SsjError(
            f"“{text}”应写成 列名=值", "如 --set 名称=样例公司；值里有空格的，整个用引号括起来。"
        )
    return title.strip(), value


def asked(entry: Entry, ask: Ask, say: Say, now: Callable[[], datetime]) -> list[tuple[str, str]]:
    """Every column of the table, asked for one by one; each answer is checked at once. Raises
    ``RefusedError`` if the row is not wanted after all.
    """
    say(f"逐项填写 {entry.file} 的一行；必填的标“*”，其余的没有就直接回车；按 Ctrl+C 放弃。")
    pairs = []
    for column in entry.columns:
        choices = {"bool": ("是", "否"), "class": entry.classes, "date": ("如 2021-12-31",)}.get(
            column.kind, tuple(column.words or ())
        )
        hint = f"（{'、'.join(choices[:8])}{'等' if len(choices) > 8 else ''}）" if choices else ""
        while problem := entry.fault(
            column,
            answer := ask(f"{'*' if column.required else ' '} {column.header}{hint}：").strip(),
        ):
            say(f"  {problem.message}。{problem.remedy.removesuffix('。')}。")
        if answer:
            pairs.append((column.header, answer))
    if not Dialogue(ask, say, now).yes("写入这一行吗"):
        raise RefusedError("没有写入", "需要时再运行一次。")
    return pairs


def diff(book: Archive, before: Path, after: Path, archived: bool) -> int:
    """Counts for each table and field, the first changes, all of them in a workbook."""
    from ssj.upkeep import differences

    found = (
        differences.of_archives(book, before.name, after.name)
        if archived
        else differences.of_folders(before, after)
    )
    for text in found.banners:
        print(f"【{text}】")
    print(f"名录变动：{found.before} → {found.after}" + ("（封库的档案）" if archived else ""))
    counts, every = found.counts(), list(found.lines())
    for table, own in counts.groupby("table", sort=False):
        total = {row.change: row.count for row in rows_of(own) if row.field in ("", "（行）")}
        fields = "、".join(
            f"{row.field} {row.count}" for row in rows_of(own) if row.field not in ("", "（行）")
        )
        print(
            f"  {table}：新增 {total['新增']}，删除 {total['删除']}，变更 {total['变更']} 行"
            + (f"（{fields}）" if fields else "")
        )
    for note in found.notes:
        print(f"提醒：{note}。")
    for line in every[:FIRST]:
        print(f"  {line}")
    if len(every) > FIRST:
        print(f"  共 {len(every)} 处，以上是前 {FIRST} 处。")
    path = book.outputs / found.after / "files" / differences.NAME
    differences.write(found, path)
    print(f"全部变动见 {path.as_posix()}" if every else f"没有变动；已写入 {path.as_posix()}")
    return 0


def adopt(
    folder: Path,
    file: Path,
    origin: str,
    replaces: Sequence[str],
    effective: date | None,
    today: date,
    where: Sequence[str] = (),
) -> int:
    """What an upper level's list changes in the round's; the next version beside it, for a person
    to go through.
    """
    from ssj.upkeep import adoption

    if not origin:
        raise SsjError("来源不能为空", "如 --origin “省住建厅 2021 年版”。")
    made, path = adoption.adopt(folder, file, origin, replaces, effective, today, where)
    for note in made.notes:
        print(f"{note}。")
    print(
        f"本级事项 {made.read[0]} 项，上级清单 {made.read[1]} 项；"
        + "，".join(f"{name} {count}" for name, count in made.counts().items())
        + "。"
    )
    for code, name, kind, title, before, after in made.changes[:FIRST]:
        print(
            f"  {kind} {code or '（无编号）'} {name}"
            + (f"：{title}由“{_short(before)}”改为“{_short(after)}”" if title else "")
        )
    if len(made.changes) > FIRST:
        print(f"  共 {len(made.changes)} 处，以上是前 {FIRST} 处。")
    blank = Counter(title for *_, titles in made.lacking() for title in titles)
    if blank:
        print(
            "需补填的必填列："
            + "、".join(f"{title} {count} 格" for title, count in blank.items())
            + "。"
        )
    print(
        f"已写出 {path.as_posix()}（原来的 items.xlsx 没有改动）。请逐项核对、补填，"
        f"把原来的另存，再把它改名为 items.xlsx，然后运行 ssj check {folder.name}。"
    )
    return 0


def _short(text: str) -> str:
    """A value in one line."""
    line = " ".join(text.split()) or "（空）"
    return line if len(line) <= 40 else line[:39] + "…"
