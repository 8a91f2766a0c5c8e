"""The register of follow-ups (后续处置表) against what the inspections found: its checks, and what
may not change any more.

| code | what is wrong |
| --- | --- |
| K20 | no problem was found for this visit and item |
| K21 | a measure that the 结果回填表 doesn't have for this item |
| K22 | twice the same measure for one item |
| K23 | a date before the inspection |
| K24 | dates out of order: 移送, 立案, 决定, 办结; 复查, 办结 |
| K25 | a re-check that is half written, or by fewer than two persons |
| K26 | a referral without its department or its date |
| K27 | a decision without its number or its date |
| K28 | closed without what its measure demands |
| K29 | joint punishment without a decision |
| K30 | a major decision that nobody reviewed before it was made; half a legal review |
| K31 | the legal reviewer inspected the firm, or re-checked it |
| K32 | an archived and closed row that differs now, or is missing |
| K33 | (said only) referred and closed by the 结果回填表 alone: where it went is written nowhere |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from ssj.base.errors import Problem
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results import registers, results
from ssj.results.reconciliation import spellings
from ssj.results.registers import Registers
from ssj.rosters import listings
from ssj.tables import schema
from ssj.tables.cells import plain

TABLE = "followup"
ORDERLY, REFER, NOTIFY, REPORT = "责令改正", "移送办案机构", "抄告相关部门", "反馈日常监管部门"
# measure → the list that goes to the department
REFERRALS = {REFER: "移送清单", NOTIFY: "抄告清单", REPORT: "反馈清单"}
MENDED = "已改正"
LEAST = 2  # persons at a re-check
Key = tuple[str, str, str]  # 检查编号, item, measure


def key_of(row: Record) -> Key:
    """What a row of the register is about."""
    return row["number"], row["item"], row["measure"]


def problems(
    record: Record, rows: Iterable[Record], own: Registers, earlier: Record
) -> list[Problem]:
    """All that is wrong with the register: ``rows`` are the answered rows of the results,
    ``earlier`` is what was archived before (``results.earlier_of``).
    """
    answered, people = {(r["number"], r["item"]): r for r in rows}, lists.names(record, "officers")
    followups, found = own.rows[TABLE], []
    first: dict[Key, Record] = {}
    for row in followups:
        if (before := first.setdefault(key_of(row), row)) is not row:
            found.append(
                _problem(
                    "K22",
                    row,
                    "measure",
                    f"与{listings.row_of(before, row)}是同一户、同一事项、同一处置措施",
                    "请并成一行。",
                )
            )
        found += _of_row(row, answered.get((row["number"], row["item"])), people)
    found += changed(earlier.get(TABLE, ()), followups, own.corrected(earlier))
    written = {key_of(f) for f in followups}
    found += (
        _silent(row, measure)
        for row in answered.values()
        for measure in row["measure"]
        if measure in REFERRALS
        and row["closed_on"]
        and (row["number"], row["item"], measure) not in written
    )
    return found


def changed(
    before: Iterable[Record], now: Iterable[Record], corrected: Iterable[tuple[str, str]] = ()
) -> list[Problem]:
    """Archived rows that were closed and differ now, or are missing, without a registered
    correction (更正).
    """
    own, allowed, found = {key_of(r): r for r in now}, set(corrected), []
    for old in before:
        if not old["closed_on"] or {(old["number"], old["item"]), (old["number"], "")} & allowed:
            continue
        row = own.get(key_of(old))
        if row is None:
            found.append(
                _problem(
                    "K32",
                    {**old, "file": TABLE, "row": None},
                    "number",
                    f"已归档、已办结的处置不见了：{old['number']} {old['item']} {old['measure']}",
                    "请从上次的后续处置表中恢复这一行。",
                )
            )
        elif fields := [
            c.header for c in schema.LATER[TABLE] if c.key != "remark" and row[c.key] != old[c.key]
        ]:
            found.append(
                _problem(
                    "K32",
                    row,
                    "closed_on",
                    f"已归档、已办结的处置与上次不同：{'、'.join(fields)}",
                    "已办结的不能直接改。确实有误的，先在更正撤下登记表中登记更正。",
                )
            )
    return found


def _of_row(row: Record, result: Record | None, people: dict[str, str]) -> Iterator[Problem]:
    """What is wrong with one row, given the result that it follows up (or none)."""
    if result is None or not results.has_problem(result):
        yield _problem(
            "K20",
            row,
            "item",
            "这一户的这个事项" + ("还没有结果" if result is None else "没有发现问题"),
            "没有发现问题的，不登记后续处置；请核对检查编号和事项编号。",
        )
    elif row["measure"] not in result["measure"]:
        yield _problem(
            "K21",
            row,
            "measure",
            f"结果回填表中这一事项的处置措施是“{'、'.join(result['measure']) or '（空）'}”",
            "请核对，两张表要一致。",
        )
    if result is not None:
        yield from _days(row, result["date"])
        yield from _reviewed(row, result, people)
    yield from _halves(row)
    if row["closed_on"] and (lacking := _lacking(row)):
        yield _problem(
            "K28",
            row,
            "closed_on",
            f"处置措施是“{row['measure']}”，没有{lacking}，不能办结",
            "请补上，或先不写办结日期。",
        )
    if row["joint_punishment"] and not (row["decision"] and row["decided_on"]):
        yield _problem(
            "K29",
            row,
            "joint_punishment",
            "列入联合惩戒，没有决定文书号和决定日期",
            "联合惩戒须以决定为依据：请写明文书号和日期，没有决定的写“否”。",
        )


def _days(row: Record, day: str) -> Iterator[Problem]:
    for key in ("rechecked_on", "referred_on", "filed_on", "decided_on", "closed_on"):
        if row[key] and row[key] < day:
            yield _problem("K23", row, key, f"{_header(key)}早于检查日期（{day}）", "请核对日期。")
    for chain in (
        ("referred_on", "filed_on", "decided_on", "closed_on"),
        ("rechecked_on", "closed_on"),
    ):
        dated = [key for key in chain if row[key]]
        for one, other in pairwise(dated):
            if row[other] < row[one]:
                yield _problem(
                    "K24",
                    row,
                    other,
                    f"{_header(other)}早于{_header(one)}（{row[one]}）",
                    "请核对日期。",
                )


def _halves(row: Record) -> Iterator[Problem]:
    """Entries that need each other."""
    for code, keys, remedy in (
        ("K25", ("rechecked_on", "recheckers", "recheck"), "复查要写明日期、人员和结果。"),
        ("K26", ("referred_to", "referred_on"), "移送、抄告、反馈要写明单位和日期。"),
        ("K27", ("decision", "decided_on"), "决定要写明文书号和日期。"),
        ("K30", ("legal_reviewer", "legal_reviewed_on"), "法制审核要写明审核人和日期。"),
    ):
        there = [key for key in keys if row[key]]
        if there and (missing := [key for key in keys if not row[key]]):
            yield _problem(
                code,
                row,
                missing[0],
                f"写了{'、'.join(map(_header, there))}，没有写{'、'.join(map(_header, missing))}",
                remedy,
            )
    if row["recheckers"] and len(row["recheckers"]) < LEAST:
        yield _problem(
            "K25",
            row,
            "recheckers",
            f"复查人员不足 {LEAST} 名",
            "复查也是执法检查，不得少于两名执法人员，请逐一写明。",
        )


def _reviewed(row: Record, result: Record, people: dict[str, str]) -> Iterator[Problem]:
    """法制审核: of major decisions, before they are made, by somebody who did not inspect."""
    if row["major"] and row["decided_on"] and not row["legal_reviewer"]:
        yield _problem(
            "K30",
            row,
            "legal_reviewer",
            "重大决定没有经过法制审核",
            "重大执法决定未经法制审核不得作出：请写明法制审核人和日期。",
        )
    if (
        row["legal_reviewed_on"]
        and row["decided_on"]
        and row["legal_reviewed_on"] > row["decided_on"]
    ):
        yield _problem(
            "K30",
            row,
            "legal_reviewed_on",
            f"法制审核日期晚于决定日期（{row['decided_on']}）",
            "法制审核要在决定以前，请核对。",
        )
    going = {spelt for i in result["officers"] for spelt in spellings(i, people.get(i, i))}
    if (own := plain(row["legal_reviewer"])) and own in going | {
        plain(name) for name in row["recheckers"]
    }:
        yield _problem(
            "K31",
            row,
            "legal_reviewer",
            "法制审核人是这一户的检查人员或复查人员",
            "法制审核人不能是承办的检查人员，请由他人审核。",
        )


def _lacking(row: Record) -> str:
    """What a closed row lacks for its measure, in words; empty if nothing."""
    if row["measure"] == ORDERLY:
        return (
            ""
            if row["recheck"] == MENDED or row["remark"]
            else f"“{MENDED}”的复查结果，也没有在备注中写明理由"
        )
    if row["measure"] in REFERRALS:
        return "、".join(_header(key) for key in ("referred_to", "referred_on") if not row[key])
    return "" if row["remark"] else "在备注中写明怎样办结的"


def _silent(row: Record, measure: str) -> Problem:
    return Problem(
        "K33",
        f"“{measure}”只在结果回填表中写了完结日期",
        "请在后续处置表中写明移送单位和日期，移送、抄告清单才有这一户。",
        row["file"],
        row.get("sheet", ""),
        row["row"],
        schema.label("results", "closed_on"),
        row["closed_on"],
        "warning",
    )


def _header(key: str) -> str:
    return schema.label(TABLE, key)


def _problem(code: str, row: Record, key: str, message: str, remedy: str) -> Problem:
    value: Any = row.get(key, "")
    return registers.problem(
        code,
        TABLE,
        {**row, key: tuple(value) if isinstance(value, list) else value},
        key,
        message,
        remedy,
    )
