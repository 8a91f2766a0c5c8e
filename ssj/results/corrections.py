"""更正、依法撤下 and 异议: what is wrong with their registers, against the results now and those
that were archived before.

| code | what is wrong |
| --- | --- |
| B30 | an approver who may not approve a publication (公布) |
| B31 | approved, or an objection received, before the visit |
| B32 | a correction after which the result is what it was |
| B33 | a correction of what was never archived as reviewed |
| B34 | a withdrawal of what is not published |
| B35 | an objection's number that is not in its register, or is about another visit |
| B36 | an archived row that is missing or says something else |
| B37 | the same correction twice |
| B40 | an objection to a visit without a reviewed result |
| B41 | answered before it was received |
| B42 | handler, day and outcome of an answer: one of them is missing |
| B43 | an outcome that the register of corrections doesn't have |
| B44 | not answered in time (warning) |

An archived correction stays as it is; an objection only gains what was blank. Another change is
another row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from ssj.base import approvals, workdays
from ssj.base.errors import Problem
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results import postings
from ssj.results.findings import FILLED, FINDING
from ssj.results.registers import Registers, added, problem, same
from ssj.rosters import listings
from ssj.tables import schema

MATTER = "公布"  # who may approve a publication may approve its correction
CORRECT, WITHDRAW, STANDS = "更正", "撤下", "维持"
SHOWN = (*FINDING, *FILLED)  # what a correction may change
ANSWER = ("handler", "answered_on", "outcome")


class Results:
    """What is known of the visits by 检查编号: the rows now, and those archived before."""

    def __init__(
        self, record: Record, rows: Iterable[Record], registers: Registers, earlier: Record
    ) -> None:
        numbers = lists.visit_numbers(record)
        self.items = {numbers[v["id"]]: v["items"] for v in record["visits"]}
        self.registers = registers
        self.portal = postings.Portal(registers.rows["postings"], earlier)
        self.now, self.before = (
            {(r["number"], r["item"]): r for r in rows},
            {(r["number"], r["item"]): r for r in earlier.get("rows", ())},
        )

    def about(self, row: Record, before: bool = False) -> list[Record]:
        """The results that a register's row is about: of the item, or of the whole visit."""
        known = self.before if before else self.now
        keys = [
            (row["number"], item)
            for item in ([row["item"]] if row["item"] else self.items[row["number"]])
        ]
        return [known[key] for key in keys if key in known]

    def reviewed(self, number: str) -> bool:
        """Whether all items of a visit have a reviewed result."""
        return all(
            (number, item) in self.now and self.now[number, item]["reviewer"]
            for item in self.items[number]
        )

    def published(self, row: Record) -> bool:
        """Whether what a row is about can be read on one of the sites."""
        own = self.about(row)
        entered_on = (
            max((r["entered_on"] for r in own), default="") if self.reviewed(row["number"]) else ""
        )
        return any(r["published_on"] for r in own) or bool(
            self.portal.posted_on(row["number"], entered_on)
        )


def problems(
    record: Record,
    time: str,
    rows: Iterable[Record],
    registers: Registers,
    earlier: Record,
    is_workday: Callable[[date], bool],
) -> list[Problem]:
    """All that is wrong with both registers. ``record``: of the draw; ``time``: of the stage;
    ``rows``: the answered ones; ``earlier``: what the results stage before left
    (``results.earlier_of``).
    """
    known, found = Results(record, rows, registers, earlier), []
    today, days = (
        datetime.fromisoformat(time).date(),
        record["parameters"].get("deadlines", schema.DEADLINES)["objection"],
    )
    new = {
        same("corrections", row)
        for row in added("corrections", registers.rows["corrections"], earlier)
    }
    first: dict[tuple[str, ...], Any] = {}
    for row in registers.rows["corrections"]:
        if (twin := first.setdefault(same("corrections", row), row)) is not row:
            found.append(
                problem(
                    "B37",
                    "corrections",
                    row,
                    "number",
                    f"与{listings.row_of(twin, row)}是同一次{row['action']}",
                    "请删去一行。",
                )
            )
            continue
        found += _correction(record["parameters"], row, known, same("corrections", row) in new)
    for row in registers.rows["objections"]:
        found += [*_objection(row, known), *_in_time(row, today, days, is_workday)]
    return [
        *found,
        *_kept("corrections", registers, earlier, ()),
        *_kept("objections", registers, earlier, ANSWER),
    ]


def _correction(parameters: Record, row: Record, known: Results, new: bool) -> Iterator[Problem]:
    """What is wrong with a row of 更正撤下登记表; what it does can be told only while it is
    ``new``.
    """

    def found(code: str, key: str, message: str, remedy: str) -> Problem:
        return problem(code, "corrections", row, key, message, remedy)

    if not approvals.authorised(parameters, MATTER, row["approver"]):
        named = "、".join(approvals.approvers(parameters, MATTER)) or "没有写"
        yield found(
            "B30",
            "approver",
            f"“{row['approver']}”无权批准“{MATTER}”（规定的审批人：{named}）",
            "请由有权的人批准。",
        )
    now, before = known.about(row), [r for r in known.about(row, before=True) if r["reviewer"]]
    if (day := max((r["date"] for r in now), default="")) > row["approved_on"]:
        yield found("B31", "approved_on", f"审批日期早于检查日期（{day}）", "请核对日期。")
    if row["objection"] and not any(
        (o["id"], o["number"]) == (row["objection"], row["number"])
        for o in known.registers.rows["objections"]
    ):
        yield found(
            "B35",
            "objection",
            "异议登记表中没有这个异议编号，或者不是这一户的",
            "请核对异议编号；不是因异议更正或撤下的，不填。",
        )
    if new and row["action"] == CORRECT and not before:
        yield found(
            "B33",
            "number",
            "没有归档过已审核的结果，不用登记更正",
            "还没有归档的，直接在结果回填表中改；请删去这一行。",
        )
    elif (
        new
        and row["action"] == CORRECT
        and not any(
            b[key] != n[key] for b in before for n in now for key in SHOWN if b["item"] == n["item"]
        )
    ):
        yield found(
            "B32",
            "action",
            "登记了更正，但结果与上次归档的没有不同",
            "请先在结果回填表中改正；不需要更正的，删去这一行。",
        )
    if new and row["action"] == WITHDRAW and not known.published(row):
        yield found(
            "B34",
            "action",
            "还没有公示，不用撤下",
            "依法不公示的，在结果回填表中写明不公示理由；已经公示的，先填公示日期。",
        )


def _objection(row: Record, known: Results) -> Iterator[Problem]:
    """What is wrong with a row of 异议登记表."""

    def found(code: str, key: str, message: str, remedy: str) -> Problem:
        return problem(code, "objections", row, key, message, remedy)

    if not known.reviewed(row["number"]):
        yield found(
            "B40",
            "number",
            "这一户还没有已审核的结果",
            "异议是对已公示或已审核的结果提出的，请核对检查编号。",
        )
    if (day := max((r["date"] for r in known.about(row)), default="")) > row["received_on"]:
        yield found("B31", "received_on", f"收到日期早于检查日期（{day}）", "请核对日期。")
    if row["answered_on"] and row["answered_on"] < row["received_on"]:
        yield found(
            "B41", "answered_on", f"答复日期早于收到日期（{row['received_on']}）", "请核对日期。"
        )
    given = [key for key in ANSWER if row[key]]
    if "answered_on" in given or "outcome" in given:
        for key in ANSWER:
            if key not in given:
                yield found(
                    "B42",
                    key,
                    f"已经答复，没有写{schema.label('objections', key)}",
                    "请补上；还没有答复的，答复日期和处理结论都不填。",
                )
    if row["outcome"] not in ("", STANDS) and not any(
        (c["objection"], c["number"], c["action"]) == (row["id"], row["number"], row["outcome"])
        for c in known.registers.rows["corrections"]
    ):
        yield found(
            "B43",
            "outcome",
            f"处理结论是“{row['outcome']}”，更正撤下登记表中没有写这个异议编号的{row['outcome']}",
            "请在更正撤下登记表中登记，写明异议编号。",
        )


def _in_time(
    row: Record, today: date, days: int, is_workday: Callable[[date], bool]
) -> Iterator[Problem]:
    deadline = answer_by(row, days, is_workday)
    if (row["answered_on"] or today.isoformat()) > deadline:
        said = "答复晚于期限" if row["answered_on"] else "超过期限，还没有答复"
        yield problem(
            "B44",
            "objections",
            row,
            "answered_on",
            f"{said}（{deadline}，{days} 个工作日）",
            "请尽快书面答复。" if not row["answered_on"] else "请说明原因。",
            "warning",
        )


def answer_by(objection: Record, days: int, is_workday: Callable[[date], bool]) -> str:
    """The last day on which an objection may be answered."""
    return workdays.after(
        date.fromisoformat(objection["received_on"]), days, is_workday
    ).isoformat()


def _kept(
    table: str, registers: Registers, earlier: Record, open_: Iterable[str]
) -> Iterator[Problem]:
    """Archived rows that are missing or differ; blank cells of ``open_`` may have been filled in
    since.
    """
    title = schema.REGISTERS[table]
    for row in earlier.get(table, ()):
        if not any(_continues(table, row, now, open_) for now in registers.rows[table]):
            what = " ".join(
                filter(None, (row.get("id", ""), row["number"], row["item"], row.get("action", "")))
            )
            place = {"file": f"{table}.xlsx", "row": None}
            yield problem(
                "B36",
                table,
                {**place, "number": row["number"]},
                "number",
                f"已归档的{title}有一行不见了，或者改动了：{what}",
                "请从上次的表中恢复这一行；有新情况的，另加一行。",
            )


def _continues(table: str, before: Record, now: Record, open_: Iterable[str]) -> bool:
    """Whether a row is the archived one, with no more than blank cells of ``open_`` filled in."""
    return same(table, before) == same(
        table, {**now, **{key: "" for key in open_ if not before[key]}}
    )
