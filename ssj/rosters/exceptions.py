"""Reviewed exceptions (exceptions.xlsx, 例外登记表): problems that somebody has looked at, and
settled with a reason.

| 处理 | for | what becomes of the row |
| --- | --- | --- |
| 放行 | errors whose rule is excusable (``Rule.excusable``) | it is used as it is |
| 不列入 | any error of a row of targets or officers | it is left out, counted and listed |

An exception names a problem by its code and the raw texts of the row's 编号 and 名称, not by a row
number, so that it holds after the table was sorted, and in the next round. What it settles is no
error any more, but is shown wherever the tables are. One that settles nothing, is not complete or
may not be made is an error of its own (``rules.EXCEPTIONS``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ssj.base.errors import Problem
from ssj.tables.cells import plain
from ssj.tables.frames import rows_of
from ssj.tables.reader import LETTERS, Reader, raw_text
from ssj.tables.rules import RULE, RULES
from ssj.tables.schema import EXCLUDED, OPTIONAL, PASSED, TITLES, label

TABLE = "exceptions"
EXCLUDABLE = ("targets", "officers")
OLDEST = timedelta(days=731)  # before the first day of visits


@dataclass(frozen=True)
class Settled:
    """A problem that a reviewed exception settles: what it was, of which row, and the exception's
    own words.
    """

    problem: Problem
    table: str
    index: int
    id: str
    name: str
    treatment: str
    reason: str
    reviewer: str
    reviewed_on: date
    remark: str


def settle(
    own: Reader, readers: Mapping[str, Reader], day: date | None, window: tuple[date, date]
) -> list[Settled]:
    """Let the exceptions of ``own`` act on the other tables; what they settle. Adds to ``own`` what
    is wrong with them.

    ``day``: of the freeze, or today, before which they must have been reviewed.
    """
    given = own.frame.loc[[row for row in own.frame.index if own.whole and row not in own.bad]]
    names = {
        table: reader.named() for table, reader in readers.items() if table in set(given["table"])
    }
    faults = {table: readers[table].faults() for table in names}
    # table, raw 编号 and 名称, code, treatment → row of the exception
    first: dict[tuple[str, str, str, str, str], int] = {}
    found: list[tuple[int, int, Any]] = []  # row of the exception, row of the table, the exception
    for row, one in zip(given.index, rows_of(given), strict=True):
        if (
            _refused(own, row, one, day, window)
            or one.table not in readers
            or not readers[one.table].whole
        ):
            continue
        key = one.table, raw_text(one.id), raw_text(one.name)
        rows = [index for index, texts in names[one.table].items() if texts == key[1:]]
        hit = [
            index
            for index in rows
            if any(
                p.code == one.code and p.severity == "error"
                for p in faults[one.table].get(index, ())
            )
        ]
        if (before := first.setdefault((*key, one.code, one.treatment), row)) != row:
            _add(own, "U29", row, one, first=before)
        elif any(_personal(p.code) for index in rows for p in faults[one.table].get(index, ())):
            _add(own, "U32", row, one)
        elif not hit:
            warned = any(
                p.code == one.code for index in rows for p in faults[one.table].get(index, ())
            )
            _add(
                own,
                "U31" if warned else "U27" if rows else "U26",
                row,
                one,
                table=_title(one.table),
            )
        else:
            found += [(row, index, one) for index in hit]
    left = [
        (index, one)
        for row, index, one in _without_contradictions(own, found)
        if row not in own.bad
    ]
    settled = [
        Settled(
            p,
            one.table,
            index,
            *names[one.table][index],
            one.treatment,
            one.reason,
            one.reviewer,
            one.reviewed_on,
            one.remark,
        )
        for index, one in left
        for p in faults[one.table][index]
        if p.code == one.code
    ]
    for table in names:
        mine = [s for s in settled if s.table == table]
        readers[table].settle(
            {(s.index, s.problem.code) for s in mine if s.treatment == PASSED},
            {s.index for s in mine if s.treatment == EXCLUDED},
        )
    return settled


def _without_contradictions(
    own: Reader, found: list[tuple[int, int, Any]]
) -> list[tuple[int, int, Any]]:
    """A row that one exception leaves out is let through by no other; one that lets nothing else
    through contradicts it.
    """
    out = {(one.table, index): row for row, index, one in found if one.treatment == EXCLUDED}
    passing = [(row, index, one) for row, index, one in found if one.treatment == PASSED]
    of_use = {row for row, index, one in passing if (one.table, index) not in out}
    idle = {row: out[one.table, index] for row, index, one in passing if row not in of_use}
    for row, against in idle.items():
        later = next(other for n, _, other in found if n == max(row, against))
        _add(own, "U28", max(row, against), later, first=min(row, against))
    return [
        (row, index, one)
        for row, index, one in found
        if one.treatment == EXCLUDED or (one.table, index) not in out
    ]


def _add(own: Reader, code: str, row: int, one: Any, **details: Any) -> None:
    key = RULE[code].key
    own.add(code, row, label(TABLE, key), getattr(one, key) or "", **details)


def _refused(own: Reader, row: int, one: Any, day: date | None, window: tuple[date, date]) -> bool:
    """Whether an exception may not be made, whatever it is about; says why."""
    rule = RULE.get(one.code)
    wrong: list[tuple[str, dict[str, object]]] = []
    if rule is None or one.code[0] not in (LETTERS[one.table], "F"):
        wrong.append(("U20", {"table": _title(one.table)}))
    elif rule.severity == "warning":
        wrong.append(("U31", {}))
    elif one.treatment == PASSED and not rule.excusable:
        wrong.append(("U21", {"codes": "、".join(sorted({r.code for r in RULES if r.excusable}))}))
    if one.treatment == EXCLUDED and one.table not in EXCLUDABLE:
        wrong.append(("U22", {"table": _title(one.table)}))
    if day and one.reviewed_on > day:
        wrong.append(("U23", {"day": f" {day}"}))
    if window[0] - date.min > OLDEST and one.reviewed_on < window[0] - OLDEST:
        wrong.append(("U24", {"day": window[0] - OLDEST}))
    if not raw_text(one.id) and not raw_text(one.name):
        wrong.append(("U25", {}))
    if one.table == "officers" and raw_text(one.name) and plain(one.reviewer) == plain(one.name):
        wrong.append(("U30", {}))
    for code, details in wrong:
        _add(own, code, row, one, **details)
    return bool(wrong)


def _personal(code: str) -> bool:
    """Whether the problem is a personal number, which no exception can keep out of the archive."""
    return code[1:] == "17"


def _title(table: str) -> str:
    return (TITLES | OPTIONAL)[table]


# --- to be shown ---

LISTED = {
    "treatment": "处理",
    "id": "编号",
    "name": "名称",
    "problem": "问题",
    "reason": "理由",
    "reviewed": "审核",
    "place": "位置",
    "remark": "备注",
}


def rows(settled: Iterable[Settled]) -> list[dict[str, Any]]:
    """已复核的例外, for the approver and the auditor: keys of :data:`LISTED`."""
    return [
        {
            "treatment": s.treatment,
            "id": s.id,
            "name": s.name,
            "problem": _said(s.problem),
            "reason": s.reason,
            "reviewed": f"{s.reviewer} {s.reviewed_on}",
            "place": s.problem.place,
            "remark": s.remark,
        }
        for s in settled
    ]


def _said(problem: Problem) -> str:
    return f"{problem.code} {problem.message}" + (
        f"，现为“{problem.value}”" if problem.value else ""
    )


def counts(settled: Iterable[Settled]) -> dict[str, int]:
    """How many rows were let through and left out; nothing else of them is public."""
    settled = tuple(settled)
    return {
        way: len({(s.table, s.index) for s in settled if s.treatment == way})
        for way in (PASSED, EXCLUDED)
    }


def lines(settled: Iterable[Settled]) -> list[str]:
    """The same in words, for the screen; nothing where there is no exception."""
    settled = tuple(settled)
    if not settled:
        return []
    told = "、".join(f"{way} {count} 行" for way, count in counts(settled).items())
    return [
        f"已复核的例外：{told}。",
        *(
            (
                f"  {s.treatment}：{s.problem.place} {s.id} {s.name}：{_said(s.problem)}。理由："
                f"{s.reason}（{s.reviewer}，{s.reviewed_on}）"
            )
            for s in settled
        ),
    ]


def candidates(rosters: Any) -> list[dict[str, Any]]:
    """Rows to begin an exceptions.xlsx with, for the errors of ``rosters`` that one may settle:
    keys of the table's columns; reason, reviewer and date are for people. A row whose errors may
    all be let through has one for each, another row of targets or officers has one to leave it out,
    for the first error that can't be let through.
    """
    found = []
    for table, names in rosters.named.items():
        for index, codes in rosters.tallies[table].refused.items():
            passing = all(RULE[code].excusable for code in codes)
            if (
                not any(names[index])
                or any(map(_personal, codes))
                or (not passing and table not in EXCLUDABLE)
            ):
                continue
            blank = {
                "id": names[index][0],
                "name": names[index][1],
                "treatment": PASSED if passing else EXCLUDED,
                "reason": "",
                "reviewer": "",
                "reviewed_on": "",
                "remark": "",
            }
            found += [
                {"table": _title(table), "code": code, **blank}
                for code in (
                    codes if passing else [next(code for code in codes if not RULE[code].excusable)]
                )
            ]
    return list({tuple(one.values()): one for one in found}.values())
