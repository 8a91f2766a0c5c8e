"""What has become of the drawn visits: ``results.json``, from the draw record, the returned results
and the registers.

Each visit stands at one of ``STATES``. The clock of publication counts working days from the end of
the visit (the last 检查日期 among its items); the parameter is ``deadlines.publish`` of round.toml.
A result is published, or lawfully not, with the reason (不公示理由, or the target's 不公开依据); a
closed, moved or unreachable firm is a result like others (:mod:`ssj.results.gone` says which were
found again).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import workdays
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results import gone, postings
from ssj.results.finding_checks import EXCUSED, GONE, TABLE
from ssj.results.findings import Findings
from ssj.results.registers import Registers, of_visit
from ssj.results.registers import recorded as recorded_rows
from ssj.tables import schema

STATES = {  # each visit stands at one of them, so none may read as all that came so far
    "drawn": "未检查",
    "visited": "已检查，未录完",
    "entered": "已录入，未审核",
    "reviewed": "已审核，未公示",
    "published": "已公示，处置未填",
    "following": "后续处置中",
    "closed": "已办结",
}
# of the draw: what banners and readers need
KEPT = ("protocol", "round", "attempt", "parameters", "commitment", "event", "entropy")
NO_FOLLOW_UP = "无需后续处置"
IsWorkday = Callable[[date], bool]
NOTHING: Record = {}


def earlier_of(record: Record | None) -> Record:
    """What a results stage takes over from the one before (``in/earlier.json``): answered rows,
    visits, who was gone, registers; of none nothing.
    """
    return {
        key: record[key] if record else [] for key in ("rows", "visits", "gone", *schema.REGISTERS)
    }


def recorded(
    record: Record,
    stage: Record,
    findings: Findings,
    registers: Registers,
    is_workday: IsWorkday,
    earlier: Record = NOTHING,
    evidence: Iterable[Record] = (),
    known: Record = gone.NOTHING,
) -> Record:
    """The content of ``results.json``; ``stage`` is the stage's stage.json, ``earlier`` as
    :func:`earlier_of` has it, ``evidence`` the screenshots by name, size and hash, ``known`` what
    other rounds say of the drawn firms (``gone.known``).
    """
    rows = [{**row, "file": given(row["file"], stage["sources"])} for row in findings.rows]
    ever = gone.gone_rows(rows, earlier.get("gone", ()))
    registers.rows["postings"] = postings.bound(
        registers.rows["postings"], postings.hashes(evidence)
    )
    visits = visits_of(
        record, rows, registers, datetime.fromisoformat(stage["time"]).date(), is_workday, earlier
    )
    return {
        **{key: record[key] for key in KEPT},
        "time": stage["time"],
        "sources": stage["sources"],
        "categories": {
            "version": schema.CATEGORIES_VERSION,
            "names": [*schema.RESULTS, *schema.KINDS_TO_FOLLOW],
        },
        "rows": rows,
        "visits": visits,
        **recorded_rows(registers.rows),
        "waiting": findings.waiting,
        "excused": len(findings.excused),
        "gone": ever,
        "warnings": gone.warnings(rows, ever, known, lists.names(record, "targets")),
        "counts": counted(visits),
    }


def given(file: str, sources: list[Record]) -> str:
    """The name under which a results file was given: in a stage, the files of results/ are
    ``results-01.xlsx``, ``results-02.xlsx``, …
    """
    number = re.fullmatch(rf"{TABLE}-(\d+)", Path(file).stem)
    return (
        sources[int(number[1]) - 1]["file"] if number and int(number[1]) <= len(sources) else file
    )


def nothing_new(record: Record, before: Record | None) -> bool:
    """Whether a record of results says nothing that the one before did not: the same rows,
    registers and lists, wherever they stood in the files.
    """
    return before is not None and _content(record) == _content(before)


def _content(record: Record) -> Record:
    """What is said, without what follows from the time, from other rounds, or from the places in
    the files.
    """
    passing = ("time", "sources", "visits", "counts", "waiting", "warnings")
    return {
        key: [
            {k: v for k, v in row.items() if k not in ("file", "row")}
            if isinstance(row, dict)
            else row
            for row in value
        ]
        if isinstance(value, list)
        else value
        for key, value in record.items()
        if key not in passing
    }


def visits_of(
    record: Record,
    rows: Iterable[Record],
    registers: Registers,
    today: date,
    is_workday: IsWorkday,
    earlier: Record = NOTHING,
) -> list[Record]:
    """Every drawn visit by 检查编号: where it stands, its dates, and its deadline for publication.

    ``published_on`` is the last day on which one of its results came onto the credit publicity
    system, ``posted_on`` when the visit first stood on the bureau's site; what is lawfully not
    published is needed for neither.
    """
    portal = postings.Portal(registers.rows["postings"], earlier)
    numbers, targets = lists.visit_numbers(record), lists.internals(record, "targets")
    names = lists.names(record, "targets")
    own: dict[str, list[Record]] = {}
    for row in rows:
        own.setdefault(row["number"], []).append(row)
    result = []
    for visit in sorted(record["visits"], key=lambda v: numbers[v["id"]]):
        number, target = numbers[visit["id"]], targets[visit["id"]]
        mine = own.get(number, [])
        day = max((r["date"] for r in mine), default="")
        deadline = (
            workdays.after(
                date.fromisoformat(day), deadline_of(record, "publish"), is_workday
            ).isoformat()
            if day
            else ""
        )
        whole = len(mine) == len(visit["items"])
        published = [r["published_on"] for r in mine if not r["not_public"]]
        published_on = max(published) if whole and published and all(published) else ""
        reason = lawful(target, mine)
        entered_on = max(r["entered_on"] for r in mine) if whole else ""
        state = state_of(len(visit["items"]), mine, bool(reason), registers)
        result.append(
            {
                "id": visit["id"],
                "number": number,
                "name": names[visit["id"]],
                "category": target["category"],
                "section": target["section"],
                "public": target["public"],
                "items": visit["items"],
                "answered": len(mine),
                "date": day,
                "entered_on": entered_on,
                "published_on": published_on,
                "posted_on": ""
                if reason
                else portal.posted_on(
                    number, entered_on if whole and all(r["reviewer"] for r in mine) else ""
                ),
                "not_public": reason,
                "deadline": deadline,
                "overdue": bool(deadline)
                and not reason
                and (published_on or today.isoformat()) > deadline,
                "problem": any(map(has_problem, mine)),
                "gone": any(r in GONE for row in mine for r in row["results"]),
                "withdrawn": any(
                    c["action"] == "撤下" and not c["item"]
                    for c in of_visit(registers.rows["corrections"], number)
                ),
                "state": state,
            }
        )
    return result


def state_of(items: int, rows: list[Record], lawfully_not: bool, registers: Registers) -> str:
    """Where a visit of so many items stands (``STATES``), by its answered rows."""
    if not rows:
        return "drawn"
    whole = len(rows) == items
    if not whole or not all(r["entered_by"] and r["entered_on"] for r in rows):
        return "visited"
    if not all(r["reviewer"] for r in rows):
        return "entered"
    if not lawfully_not and not all(r["published_on"] or r["not_public"] for r in rows):
        return "reviewed"
    waiting = [r for r in rows if needs_follow_up(r)]
    if not waiting:
        return (
            "published"
            if any(map(has_problem, rows)) and not all(r["measure"] for r in rows if has_problem(r))
            else "closed"
        )
    return "closed" if all(closed_on(r, registers) for r in waiting) else "following"


def has_problem(row: Record) -> bool:
    """Whether an answered row says that something was wrong."""
    return any(map(schema.is_problem, row["results"]))


def needs_follow_up(row: Record) -> bool:
    """Whether a row's problem is to be followed up."""
    return any(measure != NO_FOLLOW_UP for measure in row["measure"])


def closed_on(row: Record, registers: Registers) -> str:
    """When a row's follow-up was closed: each of its measures by 后续处置表 where that has it, or
    else by the row itself; the last; empty if not all are.
    """
    own = {
        f["measure"]: f["closed_on"]
        for f in registers.rows["followup"]
        if (f["number"], f["item"]) == (row["number"], row["item"])
    }
    days = [
        *own.values(),
        *(
            row["closed_on"]
            for measure in row["measure"]
            if measure not in own and measure != NO_FOLLOW_UP
        ),
    ]
    return max(days, default=row["closed_on"]) if all(days) else ""


def lawful(target: Record, rows: Iterable[Record]) -> str:
    """Why nothing of a visit is lawfully published: the target may not be named, or each of its
    results has a reason; empty otherwise.
    """
    if not target["public"]:
        return target["non_public_basis"] or "不公开名称"
    own = [r["not_public"] for r in rows]
    return "；".join(dict.fromkeys(own)) if own and all(own) else ""


def deadline_of(record: Record, matter: str) -> int:
    """Working days allowed for ``publish`` or ``objection``."""
    return record["parameters"].get("deadlines", schema.DEADLINES)[matter]


def counted(visits: Iterable[Record]) -> dict[str, int]:
    """How many visits stand at each state."""
    found = Counter(v["state"] for v in visits)
    return {state: found[state] for state in STATES}


def visit_rows(record: Record) -> list[Record]:
    """The visits of ``results.json`` in words."""
    return [
        {**v, "state": STATES[v["state"]], "late": "超期" if v["overdue"] else ""}
        for v in record["visits"]
    ]


def excused_rows(record: Record) -> list[Record]:
    """The rows in which something passed with a reason, and what it was."""
    return [
        {**r, "matter": "；".join(EXCUSED[code] for code in r["excused"])}
        for r in record["rows"]
        if r.get("excused")
    ]


def written(derived: dict[str, Record], folder: Path) -> list[protocol.Step]:
    """That the files just written hold what was derived, by file name."""
    found = "；".join(
        filter(
            None,
            (
                protocol.difference(
                    own, protocol.parse((folder / name).read_text(encoding="utf-8")), name
                )
                for name, own in derived.items()
            ),
        )
    )
    return [protocol.Step(3, "检查结果记录", not found, found)]


def facts(record: Record) -> dict[str, Any]:
    """Counts in words, no names: what may be public."""
    due = [v for v in record["visits"] if v["deadline"]]
    return {
        "抽中（户次）": len(record["visits"]),
        "已检查": len(due),
        **{f"现在{word}": record["counts"][state] for state, word in STATES.items()},
        "依法不公示的": sum(bool(v["not_public"]) for v in record["visits"]),
        "超过公示期限的": sum(v["overdue"] for v in record["visits"]),
    }
