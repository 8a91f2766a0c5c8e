"""Closed, moved or unreachable firms (``finding_checks.GONE``), and those that are found again:
within a round, across rounds, in a roster.

Nothing is changed by this: warnings for people (``rules.GONE``), and a list of what the target
roster should be asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from ssj.base.errors import Problem
from ssj.protocol import Record
from ssj.results.finding_checks import GONE, NO_PROBLEM
from ssj.tables import parts, rules
from ssj.tables.schema import TARGET_STATUS

NOTHING: Record = {"gone": []}
SUGGESTED = ["编号", "名称", "上次检查日期", "上次检查结果", "状态请核实", "检查编号"]


def is_gone(row: Record) -> bool:
    """Whether an answered row says that the firm is closed, moved or unreachable."""
    return bool(set(GONE) & set(row["results"]))


def gone_rows(rows: Iterable[Record], earlier: Iterable[Record]) -> list[Record]:
    """Every visit and item that ever was said to be gone in this attempt, with the first day it
    was; by number and item.
    """
    found = {
        (r["number"], r["item"]): {key: r[key] for key in ("number", "item", "date", "results")}
        for r in rows
        if is_gone(r)
    }
    found |= {(r["number"], r["item"]): r for r in earlier}
    return [found[key] for key in sorted(found)]


def last_results(records: Iterable[Record]) -> dict[str, Record]:
    """Target → its last reviewed visit of all records of results: round, 检查编号, day, results
    over all items, whether it was gone.
    """
    last: dict[str, Record] = {}
    for record in records:
        own: dict[str, Record] = {}
        for row in (r for r in record["rows"] if r["reviewer"]):
            visit = own.setdefault(
                row["visit"],
                {
                    "id": row["visit"],
                    "round": record["round"],
                    "number": row["number"],
                    "date": "",
                    "results": [],
                    "gone": False,
                },
            )
            visit["date"], visit["gone"] = (
                max(visit["date"], row["date"]),
                visit["gone"] or is_gone(row),
            )
            visit["results"] += [r for r in row["results"] if r not in visit["results"]]
        for visit in own.values():
            visit["results"] = [r for r in visit["results"] if r != NO_PROBLEM] or visit["results"]
        for target, visit in own.items():
            if target not in last or (last[target]["date"], last[target]["round"]) < (
                visit["date"],
                visit["round"],
            ):
                last[target] = visit
    return last


def known(records: Iterable[Record], drawn: Iterable[Record]) -> Record:
    """The content of ``known.json``: the drawn targets that the last archived result of another
    round says are gone.
    """
    last, ids = last_results(records), {v["id"] for v in drawn}
    return {
        "gone": [
            {key: last[i][key] for key in ("id", "round", "number", "date", "results")}
            for i in sorted(ids & set(last))
            if last[i]["gone"]
        ]
    }


def warnings(
    rows: list[Record], gone: Iterable[Record], known: Record, names: Mapping[str, str]
) -> list[dict[str, str]]:
    """What was gone and is found again, by the rows of this stage."""
    now, active = {(r["number"], r["item"]): r for r in rows}, [r for r in rows if not is_gone(r)]
    found = []
    for before in gone:
        if (row := now.get((before["number"], before["item"]))) and not is_gone(row):
            found.append(
                {
                    "code": "H01",
                    "message": f"{row['number']} {names[row['visit']]}（{row['item']}）："
                    + _said(
                        "H01",
                        before,
                        now="；".join(row["results"]),
                        day=row["date"],
                    ),
                }
            )
    for before in known["gone"]:
        seen = [r for r in active if r["visit"] == before["id"] and r["date"] > before["date"]]
        if seen and not any(is_gone(r) for r in rows if r["visit"] == before["id"]):
            found.append(
                {
                    "code": "H02",
                    "message": f"{seen[0]['number']} {names[before['id']]}："
                    + _said("H02", before, round=before["round"], day=seen[0]["date"]),
                }
            )
    return found


def _said(rule: str, before: Record, **details: Any) -> str:
    said = rules.problem(rule, before="；".join(before["results"]), was=before["date"], **details)
    return f"{said.message}，{said.remedy}。"


def in_scope_again(targets: Any, records: Iterable[Record]) -> list[Problem]:
    """H03 for each target in a roster (typed frame) whose status is in scope, though its last
    archived result says that it is gone.
    """
    last = last_results(records)
    return [
        rules.problem(
            "H03",
            **parts.place(targets, row, "targets"),
            column="状态",
            value=status,
            number=seen["number"],
            day=seen["date"],
            before="；".join(seen["results"]),
        )
        for row, target, status in zip(targets.index, targets["id"], targets["status"], strict=True)
        if TARGET_STATUS[status] and (seen := last.get(target)) and seen["gone"]
    ]


def suggestions(record: Record) -> list[dict[str, Any]]:
    """名录库更新建议 of a record of results, headers as keys: what the reviewed visits say of each
    target, for people to enter in the roster.
    """
    names, last = {v["id"]: v["name"] for v in record["visits"]}, last_results([record])
    return [
        {
            "编号": i,
            "名称": names[i],
            "上次检查日期": date.fromisoformat(seen["date"]),
            "上次检查结果": "；".join(seen["results"]),
            "状态请核实": "检查时已关闭、迁出或无法联系" if seen["gone"] else "",
            "检查编号": seen["number"],
        }
        for i, seen in sorted(last.items(), key=lambda pair: pair[1]["number"])
    ]
