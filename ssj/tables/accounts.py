"""Where the rows of the tables went: rows in = rows used + rows not used, each with its reason, for
every file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ssj.base.errors import Problem, SsjError
from ssj.tables.schema import NAMES

COLUMNS = {
    "table": "表",
    "file": "文件",
    "rows": "表头下的行",
    "used": "使用",
    "refused": "有错误",
    "excluded": "不列入",
    "left_out": "说明、示例、表尾",
    "joined": "并入上一行",
    "unread": "没有读取",
    "why": "原因",
}


@dataclass(frozen=True)
class Tally:
    """Where the rows of a table went that hold something under the header: every one is used,
    refused (row → codes), excluded by a reviewed exception (不列入, row → codes), left out (row →
    why), joined to an earlier one (row → the record's first row), or unread, since the table as a
    whole can't be (``whole``: codes). Raises SsjError if these are not all. ``parts``: of a table
    in several files or sheets, theirs; its rows are numbered through (:mod:`ssj.tables.parts`).
    ``sheet``: where several of a file were read; ``others``: sheets that were not: name, rows, why.
    """

    rows: int
    used: int
    refused: dict[int, tuple[str, ...]]
    left_out: dict[int, str]
    joined: dict[int, int]
    unread: int = 0
    whole: tuple[str, ...] = ()
    excluded: dict[int, tuple[str, ...]] = field(default_factory=dict)
    file: str = ""
    parts: tuple[Tally, ...] = ()
    sheet: str = ""
    others: tuple[tuple[str, int, str], ...] = ()

    def __post_init__(self) -> None:
        told = (
            self.used
            + len(self.refused)
            + len(self.excluded)
            + len(self.left_out)
            + len(self.joined)
            + self.unread
        )
        if self.rows != told:
            raise SsjError(
                f"{self.file} 的行数对不上：表头下 {self.rows} 行，去向写明的 {told} 行",
                "这是程序的差错，没有生成任何结果：请把这个文件交给维护程序的人。",
            )

    @property
    def files(self) -> tuple[Tally, ...]:
        """One for each file, or sheet where several of a file are read."""
        return self.parts or (self,)

    @property
    def place(self) -> str:
        """The file, with the sheet where several were read."""
        return f"{self.file} 工作表“{self.sheet}”" if self.sheet else self.file

    @property
    def unread_sheets(self) -> str:
        """``另有工作表“说明”（12 行）没有读取``; else ``文件有…``."""
        named = "、".join(f"{why}“{name}”（{rows} 行）" for name, rows, why in self.others)
        return f"{'另' if self.used or not self.unread else '文件'}有{named}没有读取"

    def reasons(self) -> dict[str, str]:
        """Why rows are not used, counted, by where they went:
        ``{"refused": "T06 1、T10 2", "left_out": "示例 1"}``; a row may have several codes.
        """
        codes = {
            "refused": sorted(
                Counter(code for own in self.refused.values() for code in own).items()
            ),
            "excluded": sorted(
                Counter(code for own in self.excluded.values() for code in own).items()
            ),
            "left_out": [*Counter(self.left_out.values()).items()],
        }
        told = {
            way: "、".join(f"{code} {count}" for code, count in own)
            for way, own in codes.items()
            if own
        }
        return told | (
            {"unread": f"整张表不能读取：{'、'.join(self.whole)}"} if self.unread else {}
        )


def total(parts: Iterable[Tally], step: int, file: str) -> Tally:
    """Several files' tallies as one, rows numbered through."""
    parts = tuple(parts)

    def through(key: str) -> dict[int, Any]:
        return {
            row + n * step: value
            for n, one in enumerate(parts)
            for row, value in getattr(one, key).items()
        }

    joined = {
        row + n * step: first + n * step
        for n, one in enumerate(parts)
        for row, first in one.joined.items()
    }
    return Tally(
        sum(p.rows for p in parts),
        sum(p.used for p in parts),
        through("refused"),
        through("left_out"),
        joined,
        sum(p.unread for p in parts),
        tuple(dict.fromkeys(code for p in parts for code in p.whole)),
        through("excluded"),
        file,
        parts if len(parts) > 1 else (),
    )


def with_errors(tally: Tally, problems: Iterable[Problem], step: int) -> Tally:
    """The tally with the rows refused in which later checks found errors."""
    if tally.parts:
        parts = tuple(with_errors(part, problems, step) for part in tally.parts)
        return total(parts, step, tally.file)
    codes: dict[int, list[str]] = {}
    for p in problems:
        here = p.file == tally.file and (p.sheet == tally.sheet or not tally.sheet)
        if here and p.severity == "error" and p.row is not None:
            codes.setdefault(p.row, []).append(p.code)
    known = {*tally.refused, *tally.excluded, *tally.left_out, *tally.joined}
    more = {row: tuple(dict.fromkeys(own)) for row, own in codes.items() if row not in known}
    if tally.whole or len(more) > tally.used:
        return tally
    return replace(tally, used=tally.used - len(more), refused={**tally.refused, **more})


def rows(tallies: Mapping[str, Tally]) -> list[dict[str, Any]]:
    """A row for each file: counts, and the reasons in words (keys of :data:`COLUMNS`)."""
    return [
        {
            "table": NAMES[table],
            "file": one.place,
            "rows": one.rows,
            "used": one.used,
            "refused": len(one.refused),
            "excluded": len(one.excluded),
            "left_out": len(one.left_out),
            "joined": len(one.joined),
            "unread": one.unread,
            "why": tuple(f"{COLUMNS[way]}：{why}" for way, why in one.reasons().items())
            + ((one.unread_sheets,) if one.others else ()),
        }
        for table, tally in tallies.items()
        for one in tally.files
    ]


def lines(tallies: Mapping[str, Tally]) -> list[str]:
    """What was read, in words, a line for each file:
    ``检查对象名录库（targets.xls）：表头下 395 行 = 使用 312 行 + 有错误 83 行（T04 83）。``
    """
    said = []
    files = [one for tally in tallies.values() for one in tally.files]
    for row, one in zip(rows(tallies), files, strict=True):
        why = one.reasons()
        went = [
            f"{COLUMNS[key]} {row[key]} 行{f'（{why[key]}）' if key in why else ''}"
            for key in ("used", "refused", "excluded", "left_out", "joined", "unread")
            if row[key] or key == "used"
        ]
        counted = (
            f"表头下 {row['rows']} 行 = {' + '.join(went)}"
            if row["rows"] != row["used"]
            else f"没有读出（{'、'.join(one.whole)}）"
            if one.whole
            else f"读取 {row['rows']} 行"
        )
        more = f"；{one.unread_sheets}" if one.others else ""
        said.append(f"{row['table']}（{row['file']}）：{counted}{more}。")
    return said
