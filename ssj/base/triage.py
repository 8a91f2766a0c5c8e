"""Many problems told shortly: the kinds of them, in the order in which they are best mended.

Works on whatever has the fields of :class:`ssj.base.errors.Problem`. What hides other problems
comes first, then what spoils ids or many rows, then single cells, then settings in toml files;
errors before warnings.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

FEW = 12  # problems up to this number are told one by one
MANY_ROWS = 20  # a kind that hits so many rows has one cause, and is mended at once
LINES = 22  # of kinds of errors, on one screen
WARNINGS = 5  # kinds of warnings shown
GARBLED_CELLS = 2  # so many garbled cells explain all else in their row
WORD = 8  # characters in which messages alike may differ
COLUMNS = 3  # columns of one kind told apart
# a file or a column that can't be read
HIDING = {"F01", "F02", "F03", "F04", "F05", "F06", "F07", "F12", "F14", "F15"}
SPOILING = {
    "F09",
    "F10",
    "F11",
    "F13",
    "F17",
    "T20",
    "T34",
}  # rows out of step, text or values lost
# the cause of what else is wrong in its rows; last digits of codes, after a table's letter
GARBLED, SHIFTED, EMPTY, IDS = "F11", "F17", "11", {"02", "03", "04", "05"}
STEPS = (
    "读不出的文件、认不出的列（改好以前，别的问题看不全；改好后再核对一次）",
    "编号、错位、乱码，和成片的问题（多是同一个原因，从原系统重新导出往往一次改好）",
    "单个的格",
    "参数文件",
)


@dataclass(frozen=True)
class Kind:
    """Problems of one code in one column of a file, or in several; ``explained``: what else is
    wrong in their rows, since it comes of them.
    """

    problems: tuple[Any, ...]
    explained: tuple[Any, ...] = ()

    @property
    def first(self) -> Any:
        return self.problems[0]

    @cached_property
    def columns(self) -> list[str]:
        return list(dict.fromkeys(p.column for p in self.problems if p.column))

    @cached_property
    def rows(self) -> list[int]:
        return sorted({p.row for p in self.problems if p.row is not None})

    @cached_property
    def step(self) -> int:
        """Place in ``STEPS``."""
        code, file = self.first.code, self.first.file
        if code in HIDING or (code[0] != "F" and code[1:] == EMPTY and not file.endswith(".toml")):
            return 0
        if file.endswith(".toml") or code[0] == "R":  # parameters, in either form
            return 3
        return (
            1
            if code in SPOILING
            or (code[0] != "F" and code[1:] in IDS)
            or len(self.rows) >= MANY_ROWS
            else 2
        )

    @property
    def where(self) -> str:
        """``targets.xls “编号”列 83 行（第 3、4、8、13、19 行等）``"""
        file, columns, rows, count = self.first.file, self.columns, self.rows, len(self.problems)
        parts = [
            file,
            f"工作表“{self.first.sheet}”"
            if self.first.sheet and self.step in (0, 3) and not file.endswith(".toml")
            else "",
        ]
        if columns:
            toml = file.endswith(".toml")
            named = (
                "、".join(columns[:COLUMNS])
                if toml
                else "".join(f"“{name}”" for name in columns[:COLUMNS])
            )
            more = (
                f"等 {len(columns)} {'项' if toml else '列'}"
                if len(columns) > COLUMNS
                else ""
                if toml
                else "列"
            )
            parts.append(f"参数 {named} {more}".rstrip() if toml else named + more)
        cells = f" {count} 处" if count > max(1, len(rows), len(columns)) else ""
        if len(rows) == 1:
            parts.append(f"第 {rows[0]} 行{cells}")
        elif rows:
            parts.append(f"{len(rows)} 行{cells}（{numbers(rows)}）")
        else:
            parts.append(cells.strip())
        return " ".join(part for part in parts if part)

    @property
    def message(self) -> str:
        """What is wrong, with the first values found, unless these can't be read."""
        found = list(
            dict.fromkeys(
                legible(p.value) for p in self.problems if p.value and "\ufffd" not in p.value
            )
        )
        shown = "".join(f"“{cut(value, 24)}”" for value in found[:3]) + (
            "等" if len(found) > 3 else ""
        )
        return cut(alike([p.message for p in self.problems]), 100) + (
            f"，现为{shown}" if shown else ""
        )

    @property
    def remedy(self) -> str:
        return cut(alike([p.remedy for p in self.problems]), 130).removesuffix("。") + "。"

    def __str__(self) -> str:
        return f"{self.first.code} {self.where}：{self.message}"


def causes(problems: Iterable[Any]) -> dict[int, Any]:
    """``id`` of a problem → the error that explains it: garbled text in the same cell, or in
    several of the row; else that the row is out of step, which garbled text may make it seem.
    """
    rows: dict[tuple[str, str, int], list[Any]] = {}
    for p in problems:
        if p.row is not None:
            rows.setdefault((p.file, p.sheet, p.row), []).append(p)
    found = {}
    for own in rows.values():
        errors = [p for p in own if p.severity == "error"]
        garbled = {p.column: p for p in reversed(errors) if p.code == GARBLED}
        shifted = next((p for p in errors if p.code == SHIFTED), None)
        whole = next(iter(garbled.values())) if len(garbled) >= GARBLED_CELLS else shifted
        for p in own:
            cause = garbled.get(p.column, whole)
            if cause and p is not cause and p.code != GARBLED:
                found[id(p)] = cause
    return found


def kinds(problems: Iterable[Any]) -> list[Kind]:
    """All kinds, errors first, in the order in which to mend them; within a kind by row."""
    problems = [*problems]
    why = causes(problems)
    groups: dict[tuple[str, ...], dict[str, list[Any]]] = {}
    for p in problems:
        if id(p) not in why:
            groups.setdefault(
                (
                    p.severity,
                    p.code,
                    p.file,
                    p.sheet,
                    p.message if p.file.endswith(".toml") else "",
                ),
                {},
            ).setdefault(p.column, []).append(p)
    made = []
    for (severity, *_), columns in groups.items():
        together = severity == "warning" or len(columns) > COLUMNS
        made += [
            Kind(tuple(sorted(own, key=lambda p: p.row or 0)))
            for own in (
                [[p for some in columns.values() for p in some]] if together else columns.values()
            )
        ]
    return sorted(
        _with_explained(made, problems, why),
        key=lambda kind: (
            kind.first.severity,
            kind.step,
            (kind.first.code != GARBLED) + 1 if kind.explained else 3,
            -len(kind.rows),
            -len(kind.problems),
            kind.first.code,
            kind.first.file,
            kind.columns,
        ),
    )


def _with_explained(
    made: Iterable[Kind], problems: Sequence[Any], why: Mapping[int, Any]
) -> list[Kind]:
    """The kinds, each with what its problems explain, by row."""
    explained: dict[int, list[Any]] = {}
    for p in problems:
        if id(p) in why:
            explained.setdefault(id(why[id(p)]), []).append(p)
    return [
        replace(kind, explained=tuple(x for p in kind.problems for x in explained.get(id(p), ())))
        if explained
        else kind
        for kind in made
    ]


def ordered(problems: Iterable[Any]) -> list[Any]:
    """The problems one by one, in that order; what a problem explains stands after its row."""
    found: list[Any] = []
    for kind in kinds(problems):
        found += sorted([*kind.problems, *kind.explained], key=lambda p: p.row or 0)
    return found


def summary(problems: Iterable[Any]) -> list[str]:
    """Lines for one screen: what to mend first, and how; then the warnings, shorter."""
    found = kinds(problems)
    errors, warnings = (
        [kind for kind in found if kind.first.severity == severity]
        for severity in ("error", "warning")
    )
    lines: list[str] = []
    if errors:
        one = "种原因" if any(kind.explained for kind in errors) else "种"
        lines.append(f"错误 {_errors(errors)} 个，共 {len(errors)} {one}，按先后改：")
    step, used = -1, 0
    for number, kind in enumerate(errors, 1):
        used += 2 + (kind.step != step)
        if used > LINES:
            lines.append(
                f"  另有 {len(errors) - number + 1} 种 {_errors(errors[number - 1 :])} 个："
                f"{'、'.join(dict.fromkeys(k.first.code for k in errors[number - 1 :]))}"
            )
            break
        if kind.step != step:
            step = kind.step
            lines.append(f"  {STEPS[step]}：")
        again = next(
            (
                n
                for n, other in enumerate(errors[: number - 1], 1)
                if kind.rows
                and kind.step in (1, 2)  # rows of a table, not of a form
                and other.first.file == kind.first.file
                and set(kind.rows) <= set(other.rows)
            ),
            0,
        )
        lines += [
            f"  {number}. {kind}" + (f"（这些行都有第 {again} 种问题）" if again else ""),
            f"     → {kind.remedy}",
        ]
        if kind.explained:
            codes = "、".join(dict.fromkeys(p.code for p in kind.explained))
            lines.append(
                f"     这些行还有 {codes} 共 {len(kind.explained)} 个，多由此引起：改好后再核对。"
            )
            used += 1
    if warnings:
        lines.append(f"提醒 {_count(warnings)} 个（可以不改，但要看过）：")
        lines += [f"  {cut(str(kind), 120)}" for kind in warnings[:WARNINGS]]
        if more := warnings[WARNINGS:]:
            lines.append(f"  另有 {len(more)} 种 {_count(more)} 个")
    return lines


def listed(problems: Iterable[Any]) -> list[str]:
    """Every problem as a line, numbered within errors and warnings; what one explains stands under
    it, without a number.
    """
    lines: list[str] = []
    found = [*problems]
    explained: dict[int, list[Any]] = {}
    for problem_id, cause in causes(found).items():
        explained.setdefault(id(cause), []).append(problem_id)
    texts = {id(p): str(p) for p in found} if explained else {}
    for title, severity in (("错误", "error"), ("提醒", "warning")):
        own = [kind for kind in kinds(found) if kind.first.severity == severity]
        if not own:
            continue
        count = _errors(own) if severity == "error" else _count(own)
        lines.append(f"{title} {count} 个：")
        for number, p in enumerate((p for kind in own for p in kind.problems), 1):
            lines.append(f"  {number}. {p}")
            lines += [f"     由此引起：{texts[n]}" for n in explained.get(id(p), ())]
    return lines


def numbers(rows: Sequence[int], most: int = 5) -> str:
    """``numbers([3, 4, 8]) == "第 3、4、8 行"``, ``numbers([2, 3, 4, 5]) == "第 2—5 行"``; at most
    so many parts.
    """
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    parts = [
        part
        for run in runs
        for part in ([f"{run[0]}—{run[-1]}"] if len(run) > 2 else map(str, run))
    ]
    return f"第 {'、'.join(parts[:most])} 行" + ("等" if len(parts) > most else "")


def _begin_alike(texts: list[str]) -> str:
    """The characters with which all texts begin."""
    return os.path.commonprefix(texts)  # noqa: RUF071 - character by character is what is wanted


def alike(texts: Iterable[str]) -> str:
    """What texts have in common, if they differ in a word only:
    ``alike(["与第 3 行重复", "与第 12 行重复"]) == "与第 … 行重复"``; else the first.
    """
    distinct = list(dict.fromkeys(texts))
    if len(distinct) == 1:
        return distinct[0]
    before = _begin_alike(distinct).rstrip("0123456789")
    rest = [text[len(before) :][::-1] for text in distinct]
    after = _begin_alike(rest)[::-1].lstrip("0123456789")
    differ = max(len(text) for text in distinct) - len(before) - len(after)
    return (
        f"{before}…{after}"
        if differ <= WORD < len(before) + len(after) + 3
        else f"{distinct[0].removesuffix('。')}，等 {len(distinct)} 种"
    )


def legible(value: str) -> str:
    """A value found, for people: ``legible("一般<U+000A>重点") == "一般（换行）重点"``."""
    return value.replace("<U+000A>", "（换行）")


def cut(text: str, most: int) -> str:
    """The text, cut to so many characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _count(some: Iterable[Kind]) -> int:
    return sum(len(kind.problems) for kind in some)


def _errors(some: Iterable[Kind]) -> int:
    """How many errors these kinds of errors are, with those that they explain."""
    return sum(p.severity == "error" for kind in some for p in (*kind.problems, *kind.explained))
