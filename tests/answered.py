"""Answered results made in memory: a drawn record of four visits, rows, registers and the results
record, without any file.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from ssj.base import workdays
from ssj.results import findings, registers, results
from ssj.tables import schema

BUREAU, APPROVER = "样例县住建局", "样例局长"
# targets: of one item, of two, not to be named, of one item
OPEN, TWO, SECRET, GAS = ("S001", "S002", "S003", "S004")
NUMBERS = {target: f"2021Q4-{n:03}" for n, target in enumerate((OPEN, TWO, SECRET, GAS), 1)}
STAGE = {"time": "2022-01-20T10:00:00+08:00", "sources": []}
IS_WORKDAY = workdays.read_calendar(Path("no such file"))


def drawn(**parameters: Any) -> dict[str, Any]:
    """A draw record as far as results look at it."""

    def target(identifier: str, section: str, public: bool = True) -> dict[str, Any]:
        return {
            "id": identifier,
            "identity": {"id": identifier, "name": f"样例{identifier}公司"},
            "internal": {
                "category": "燃气",
                "risk_class": "D",
                "section": section,
                "public": public,
                "non_public_basis": "" if public else "样例条例第一条",
            },
        }

    def officer(identifier: str, name: str) -> dict[str, Any]:
        return {
            "id": identifier,
            "identity": {"id": identifier, "name": name},
            "internal": {"kind": "officer", "department": BUREAU},
        }

    items = [
        {
            "id": i,
            "identity": {"id": i, "name": f"事项{i}"},
            "internal": {"basis": "样例依据", "department": BUREAU},
        }
        for i in ("I1", "I2")
    ]
    tasks = [
        {"id": t, "identity": {"id": t, "name": f"任务{t}"}, "internal": {"items": own}}
        for t, own in (("R1", ["I1"]), ("R2", ["I2"]))
    ]
    visits = [
        {"id": OPEN, "items": ["I1"], "tasks": ["R1"]},
        {"id": TWO, "items": ["I1", "I2"], "tasks": ["R1", "R2"]},
        {"id": SECRET, "items": ["I1"], "tasks": ["R1"]},
        {"id": GAS, "items": ["I2"], "tasks": ["R2"]},
    ]
    taken = [
        {"visit": v["id"], "officer": o, "speciality": "", "department": BUREAU}
        for v in visits
        for o in ("P1", "P2")
    ]
    return {
        "protocol": "ssj/1",
        "round": "2021Q4",
        "attempt": 1,
        "commitment": "0" * 64,
        "event": {"kind": "dice", "custodians": [], "time": "2021-11-26T10:00:00+08:00"},
        "entropy": {"attestation": [], "time": "2021-11-26T10:06:00+08:00"},
        "parameters": {
            "demonstration": True,
            "bureau": BUREAU,
            "title": "样例抽查",
            "authority": [{"matter": "公布", "approvers": [APPROVER]}],
            "window": {"start": "2021-12-06", "end": "2021-12-31"},
            "publication_day": "2021-12-06",
            "deadlines": {"publish": 20, "objection": 20},
            **parameters,
        },
        "tables": {
            "targets": [
                target(OPEN, "甲股"),
                target(TWO, "乙股"),
                target(SECRET, "甲股", False),
                target(GAS, ""),
            ],
            "items": items,
            "officers": [officer("P1", "样例甲"), officer("P2", "样例乙")],
            "tasks": tasks,
        },
        "visits": visits,
        "officers": {"taken": taken},
        "experts": {"taken": []},
    }


def row(target: str, item: str = "I1", **change: Any) -> dict[str, Any]:
    """A reviewed and published row of results.json."""
    blank = {c.key: "" for c in schema.LATER["results"] if c.key != "target"}
    return {
        **blank,
        "visit": target,
        "number": NUMBERS[target],
        "item": item,
        "date": "2021-12-10",
        "officers": ["P1", "P2"],
        "results": ["未发现问题"],
        "measure": [],
        "entered_by": "样例录入员",
        "entered_on": "2021-12-13",
        "reviewer": "样例审核人",
        "published_on": "2021-12-20",
        "address": "https://example.org/1",
        "file": "results.xlsx",
        "row": 2,
        **change,
    }


def register(table: str, n: int = 0, **given: Any) -> dict[str, Any]:
    """A row of a register, blank but for what is given."""
    columns = {
        c.key: [] if c.kind in ("words", "ids") else False if c.kind == "bool" else ""
        for c in schema.LATER[table]
    }
    return {**columns, "file": f"{table}.xlsx", "row": 2 + n, **given}


def correction(target: str = OPEN, n: int = 0, **change: Any) -> dict[str, Any]:
    return register(
        "corrections",
        n,
        **{
            "number": NUMBERS[target],
            "action": "更正",
            "category": "录入有误",
            "reason": "样例",
            "approver": APPROVER,
            "approved_on": "2022-01-10",
            **change,
        },
    )


def objection(target: str = OPEN, n: int = 0, **change: Any) -> dict[str, Any]:
    return register(
        "objections",
        n,
        **{
            "id": "Y1",
            "number": NUMBERS[target],
            "received_on": "2022-01-05",
            "content": "样例",
            **change,
        },
    )


def posting(target: str = "", n: int = 0, **change: Any) -> dict[str, Any]:
    return register(
        "postings",
        n,
        **{
            "number": NUMBERS.get(target, ""),
            "channel": "门户网站",
            "posted_on": "2021-12-24",
            "address": "https://example.org/a",
            **change,
        },
    )


def registered(**tables: list[dict[str, Any]]) -> registers.Registers:
    return registers.Registers({**{table: [] for table in schema.REGISTERS}, **tables})


def recorded(
    rows: list[dict[str, Any]],
    time: str = STAGE["time"],
    earlier: dict[str, Any] | None = None,
    evidence: tuple = (),
    record: dict | None = None,
    **tables: list[dict[str, Any]],
) -> dict[str, Any]:
    """The results record of rows and registers."""
    return results.recorded(
        record or drawn(),
        {**STAGE, "time": time},
        findings.Findings(rows),
        registered(**tables),
        IS_WORKDAY,
        earlier or results.NOTHING,
        evidence,
    )


def day(text: str) -> date:
    return date.fromisoformat(text)
