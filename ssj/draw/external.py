"""外部抽取: a list of targets that the provincial platform drew, checked against the frozen record
and taken over as it stands.

Whatever the platform drew that can be visited is visited: the list is its official draw, so nothing
of it is left out here because the plan would not have drawn it. It is said instead (warnings). Only
rows that name no task or target of the round, or for which no item applies, are errors. No chance
is claimed for any target.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ssj import protocol
from ssj.base.errors import InputError, Problem
from ssj.draw import lists
from ssj.protocol import Record
from ssj.rosters import listings
from ssj.tables import schema
from ssj.tables.cells import plain

TABLE = "external"


@dataclass(frozen=True)
class Check:
    """What may be wrong with a row: code, message and remedy with the names of its details."""

    code: str
    message: str
    remedy: str
    severity: Literal["error", "warning"] = "error"
    key: str = "target"


CHECKS = {
    check.code: check
    for check in (
        Check(
            "X20", "任务编号不在本批次的抽查任务中", "请改成 plan 中本批次任务的编号。", key="task"
        ),
        Check(
            "X21",
            "编号不在封库的检查对象名录库中",
            "请与平台核对编号；确实不在名录库的，本批次不能检查，须作废后补入名录库、重新封库。",
        ),
        Check(
            "X22",
            "任务 {task} 没有适用于“{category}”类对象的检查事项，排不出检查",
            "请核对任务编号和编号是否对应。",
        ),
        Check(
            "X23",
            "与{first}是同一任务、同一对象，只算一次",
            "如是平台导出的重复行，可以不管。",
            "warning",
        ),
        Check(
            "X24",
            "名称与名录库不同，名录库中是“{name}”",
            "请核对编号是否录错；只是名称新旧不同的，可以不管。",
            "warning",
            "name",
        ),
        Check(
            "X25",
            "不在任务 {task} 的对象范围内，照平台的名单检查",
            "请与平台核对；查明原因，写入抽取现场记录。",
            "warning",
        ),
        Check(
            "X26",
            "封库时在任务 {task} 中列为不抽（{reason}），照平台的名单检查",
            "请与平台核对；查明原因，写入抽取现场记录。",
            "warning",
        ),
        Check(
            "X27", "名单里没有任务 {task} 的对象", "请核对平台的名单是否齐全。", "warning", "task"
        ),
        Check(
            "X28",
            "任务 {task} 平台抽了 {drawn} 户，按计划应抽 {planned} 户",
            "请与平台核对；查明原因，写入抽取现场记录。",
            "warning",
            "task",
        ),
    )
}


def read(folder: Path, record: Record) -> listings.Listing:
    """``external.xlsx`` of a round that is drawn elsewhere, with all problems; empty for a round
    that is drawn here.
    """
    if not protocol.drawn_elsewhere(record["parameters"]):
        return listings.Listing()
    listing = listings.load(folder, TABLE)
    found = (
        []
        if not listing.rows
        else [*_row_problems(record, listing), *_task_problems(record, listing)]
    )
    problems = sorted([*listing.problems, *found], key=lambda p: (p.severity, p.row or 0))
    return replace(listing, problems=tuple(problems))


def drawn(record: Record, seed: str, listing: listings.Listing) -> list[Record]:
    """Drawn targets of every task: by the protocol, or as the platform's list has them."""
    if not protocol.drawn_elsewhere(record["parameters"]):
        return protocol.draw_targets(record, seed)
    given: dict[str, set[str]] = {row["task"]: set() for row in listing.rows}
    for row in listing.rows:
        given[row["task"]].add(row["target"])
    return protocol.external_parts(record, given)


def recorded(record: Record, listing: listings.Listing) -> Record:
    """What a draw record says of the platform's list: its rows, with the platform's task numbers;
    nothing if it was drawn here.
    """
    rows = [
        {key: row[key] for key in ("row", "task", "target", "number", "name", "time", "remark")}
        for row in listing.rows
    ]
    return {"platform_list": rows} if protocol.drawn_elsewhere(record["parameters"]) else {}


def _problem(
    listing: listings.Listing, code: str, row: Record | None, value: Any = "", **details: Any
) -> Problem:
    check = CHECKS[code]
    return Problem(
        check.code,
        check.message.format(**details),
        check.remedy,
        listing.file,
        row["sheet"] if row else listing.sheet,
        row["row"] if row else None,
        schema.label(TABLE, check.key),
        str(value),
        check.severity,
    )


def _row_problems(record: Record, listing: listings.Listing) -> Iterator[Problem]:
    tasks, items = lists.internals(record, "tasks"), lists.internals(record, "items")
    targets, names = lists.internals(record, "targets"), lists.names(record, "targets")
    first: dict[tuple[str, str], Record] = {}
    for row in listing.rows:
        task, target = row["task"], row["target"]
        known = first.setdefault((task, target), row)
        if task not in tasks:
            yield _problem(listing, "X20", row, task)
        if target not in targets:
            yield _problem(listing, "X21", row, target)
        if task not in tasks or target not in targets:
            continue
        if row["name"] and plain(row["name"]) != plain(names[target]):
            yield _problem(listing, "X24", row, row["name"], name=names[target])
        if known is not row:
            first_row = listings.row_of(known, row)
            yield _problem(listing, "X23", row, target, first=first_row)
            continue
        category = targets[target]["category"]
        frame = next((f for f in targets[target]["frames"] if f["task"] == task), None)
        if not any(category in items[i]["categories"] for i in tasks[task]["items"]):
            yield _problem(listing, "X22", row, target, task=task, category=category)
        elif frame is None:
            yield _problem(listing, "X25", row, target, task=task)
        elif not frame["size"]:
            yield _problem(listing, "X26", row, target, task=task, reason=frame["reason"])


def _task_problems(record: Record, listing: listings.Listing) -> Iterator[Problem]:
    pairs = {(row["task"], row["target"]) for row in listing.rows}
    for task in record["tables"]["tasks"]:
        count, own = lists.planned(record, task)[1], sum(t == task["id"] for t, _ in pairs)
        if own != count:
            yield _problem(
                listing, "X28" if own else "X27", None, task=task["id"], drawn=own, planned=count
            )


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those that stop a draw."""
    return [p for p in problems if p.severity == "error"]


def require(listing: listings.Listing) -> None:
    """``InputError`` with every error of the list; warnings alone pass."""
    if found := errors(listing.problems):
        raise InputError(found)
