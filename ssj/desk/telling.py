"""What the commands say on a terminal: progress, what a stage did, problems, where copies are."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ssj.base import triage
from ssj.base.errors import InputError, Problem, RefusedError
from ssj.casebook.archive import Archive, Entry
from ssj.desk import dialogue, screen
from ssj.tables import verdicts
from ssj.tables.accounts import Tally


class Progress:
    """One line that moves on a terminal (:mod:`ssj.desk.screen`); elsewhere a line for each new
    step.
    """

    def __init__(self) -> None:
        self.last = ""

    def __call__(self, text: str) -> None:
        step = text.partition("：")[0]
        if not screen.move(f"  {text}") and step != self.last:
            print(f"  {step}……", flush=True)
        self.last = step

    def done(self, text: str) -> None:
        """Say what is done; the line is gone."""
        print(text, flush=True)
        self.last = ""


class Agreement:
    """Shows what must be known before a stage is entered, and asks on a terminal; ``unasked``:
    whoever runs the command has agreed already.
    """

    def __init__(self, progress: Progress, unasked: bool) -> None:
        self.progress = progress
        self.asks = not unasked and sys.stdin.isatty() and sys.stdout.isatty()

    def __call__(self, title: str, reminders: Sequence[str]) -> None:
        """``RefusedError`` if a person at the terminal does not agree."""
        if reminders:
            self.progress.done(f"{title}以前，请看：")
            print("\n".join(reminders), flush=True)
        if self.asks:
            self.progress.done("")
            if not dialogue.agreed(input, print, f"{title}登记以后不能修改。现在登记吗？"):
                raise RefusedError(f"没有{title}，什么也没有登记", "改好以后再运行。")


def done(book: Archive, entry: Entry) -> str:
    """What a stage did, in words."""
    from ssj.base import params
    from ssj.casebook.archive import read_record
    from ssj.stages import registry

    bag, kind = book.folder(entry), registry.kind(entry["stage"])
    record = read_record(bag / "data" / "out" / kind.record)
    banners = [f"【{text}】" for text in params.banners(record)]
    return "\n".join([*banners, *kind.said(record, bag)])


def recognised(taken: list[Any], written: list[Path], told: bool) -> int:
    """What files of other bureaus came to, one by one; the exit code."""
    for source, content, own in taken:
        print(
            (
                f"{source.name}：{content['bureau']} {content['round']}，共 "
                f"{len(content['results'])} 条，校验码相符"
            )
            + ("，与另外告知的一致" if told else "（没有与对方另外核对：用 --sha256）")
        )
        if content["given_to"]:
            print(f"  对方写明提供给：{content['given_to']}")
        for text, rows in (
            ("新收下", own.rows),
            ("以前收过，不重复写", own.known),
            ("不在本单位检查对象名录库，不收", own.strangers),
            ("不是本年、或者不早于检查期间的，不收", own.untimely),
            ("对照表写明不认的事项，不收", own.refused),
        ):
            print(f"  {text}：{len(rows)} 条") if rows else None
        for one in own.unsettled:
            print(
                f"  没有收：对方事项 {one['their_item']} {one['their_name']}（{one['count']} "
                f"条），不知是本单位的哪个事项；{one['suggestion']}"
            )
    if any(own.unsettled for _, _, own in taken):
        print(
            "请在 exchange_items.xlsx 的“本单位事项编号”列写明对应的编号，"
            "不是本单位事项的写“不认”，再收一次。"
        )
    print(
        "已写入：" + "、".join(p.as_posix() for p in written) if written else "没有写入任何文件。"
    )
    return 0


def recovered(book: Archive) -> None:
    """Say what was put in order at opening, or what is out of order and left as it is."""
    for text in book.recovered:
        print(f"注意：{text}。")


def copies(made: list[Path]) -> None:
    """Say which working copies were made."""
    if made:
        home = min((p.parent for p in made), key=lambda folder: len(folder.parts))
        inside = Counter(p.parent.relative_to(home).as_posix() for p in made if p.parent != home)
        print(
            f"工作副本在 {home}："
            + "、".join(
                [p.name for p in made if p.parent == home]
                + [f"文件夹“{name}”中 {n} 份" for name, n in inside.items()]
            )
        )


def problems(
    every: Sequence[Problem],
    notes: Sequence[str],
    sound: str,
    command: str,
    accounts: Sequence[str] = (),
    whole: bool = False,
    write: Callable[[], str] | None = None,
    tallies: Mapping[str, Tally] | None = None,
) -> int:
    """Print a line for each file in which something is wrong, what was read, and errors and
    warnings: one by one if they are few or the ``whole`` is wanted, else their kinds; the exit
    code.

    ``command`` lists all; ``accounts`` say where the rows of ``tallies`` went; ``write`` makes the
    workbook of problems once these are printed, and says where it is.
    """
    errors, many = any(p.severity == "error" for p in every), len(every) > triage.FEW and not whole
    first = verdicts.lines(every, tallies or {})
    lines = [*accounts, ""] if many and accounts else notes
    print(
        "\n".join(
            [
                *first,
                *[""] * bool(first),
                *lines,
                *(triage.summary(every) if many else triage.listed(every)),
            ]
        )
    )
    place = write() if write else ""
    if every and place:
        print(f"全部问题见 {place}（{len(every)} 条，点链接到格子）。")
    if many:
        print(f"在这里逐条列出，连同读取说明：{command} --all") if command else None
    print(
        sound
        if not errors
        else "请按先后改正错误后再核对。"
        if many
        else "请逐条改正错误后再核对。"
    )
    return InputError.exit_code if errors else 0
