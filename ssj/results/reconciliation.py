"""与省级平台核对: every drawn target of every task against every row of the platform's export, and
what to mend.

A difference refuses nothing: it is recorded, and the next reconciliation shows whether it was
mended. What it says of names is internal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import words
from ssj.base.errors import InputError
from ssj.draw import lists
from ssj.protocol import Record
from ssj.rosters import listings
from ssj.tables.cells import plain, word

TABLE = "platform"
FINDINGS = {  # what a row may turn out to be → in words, and what to do about it
    "agrees": ("一致", ""),
    "missing": ("平台缺少", "请在平台补录"),
    "extra": ("平台多出", "不是本批次抽中的，请查明后在平台更正"),
    "name": ("名称不同", "请核对编号是否录错，并在平台更正"),
    "officers": ("检查人员不同", "请按现在的检查组在平台更正"),
    "twice": ("重复", "请在平台删去重复的一行"),
}
MENDING = {
    "result": "核对结果",
    "task": "任务编号",
    "id": "编号",
    "named": "名称",
    "row": "平台第几行",
    "advice": "说明，怎么办",
}
ROWS = {
    "result": "核对结果",
    "task": "任务编号",
    "id": "编号",
    "named": "名称",
    "number": "平台任务编号",
    "date": "登记日期",
    "row": "平台第几行",
}
TASK_COLUMNS = {
    "task": "任务编号",
    "name": "任务名称",
    "numbers": "平台任务编号",
    "drawn": "抽中（户次）",
    "listed": "平台登记（行）",
    "agrees": "一致（行）",
}
# of the draw: what banners and readers need
KEPT = ("protocol", "round", "attempt", "parameters", "commitment", "event", "entropy")


def read(folder: Path) -> listings.Listing:
    """``platform.xlsx``; ``InputError`` with every cell that can't be read, warnings alone pass."""
    listing = listings.load(folder, TABLE)
    if errors := [p for p in listing.problems if p.severity == "error"]:
        raise InputError(errors)
    return listing


def compare(record: Record, rows: Iterable[Record]) -> list[Record]:
    """One row for each row of theirs and each drawn target of ours that they lack, by task and id,
    with its findings (``FINDINGS``).
    """
    ours, result = _ours(record), []
    seen: dict[tuple[str, str], Record] = {}
    for row in rows:
        own = ours.get((row["task"], row["target"]))
        first = seen.setdefault((row["task"], row["target"]), row)
        findings = ["extra"] if own is None else _differences(own, row)
        findings = [*findings, *["twice"] * (first is not row)] or ["agrees"]
        result.append(
            {
                "task": row["task"],
                "id": row["target"],
                "row": row["row"],
                "number": word(row["number"]),
                "name": own["name"] if own else "",
                "listed_name": row["name"],
                "officers": own["officers"] if own else [],
                "listed_officers": list(row["officers"]),
                "date": row["date"].isoformat() if row["date"] else "",
                "remark": row["remark"],
                "findings": findings,
                "note": _note(record, row, first) if own is None or first is not row else "",
            }
        )
    result += [
        {
            "task": task,
            "id": target,
            "row": 0,
            "number": "",
            "name": own["name"],
            "listed_name": "",
            "officers": own["officers"],
            "listed_officers": [],
            "date": "",
            "remark": "",
            "findings": ["missing"],
            "note": "",
        }
        for (task, target), own in ours.items()
        if (task, target) not in seen
    ]
    return sorted(result, key=lambda r: (r["task"], r["id"], r["row"]))


def _ours(record: Record) -> dict[tuple[str, str], dict[str, Any]]:
    """Task and target of every drawn one → its name, who goes there now (ids; experts apart)."""
    names, people = lists.names(record, "targets"), lists.names(record, "officers")
    teams: dict[str, dict[str, list[str]]] = {
        kind: defaultdict(list) for kind in ("officers", "experts")
    }
    for kind, taken in protocol.teams_now(record).items():
        for seat in taken:
            teams[kind][seat["visit"]].append(seat["officer"])
    return {
        (part["task"], i): {
            "name": names[i],
            "people": people,
            "must": set(teams["officers"][i]),
            "may": set(teams["experts"][i]),
            "officers": words.people(
                people, (o for kind in teams.values() for o in sorted(kind[i]))
            ),
        }
        for part in record["drawn"]
        for i in protocol.drawn_ids(part)
    }


def _differences(own: dict[str, Any], row: Record) -> list[str]:
    """Where a row names another firm, or other officers, than ours; what it leaves empty is not
    compared.

    All officers of the visit must be named, by name or 工号, and nobody else; experts may be.
    """
    found = ["name"] if row["name"] and plain(row["name"]) != plain(own["name"]) else []
    meant = [
        {o for o in own["must"] | own["may"] if plain(text) in spellings(o, own["people"][o])}
        for text in row["officers"]
    ]
    if row["officers"] and not (all(meant) and own["must"] <= set().union(*meant)):
        found.append("officers")
    return found


def spellings(officer: str, name: str) -> tuple[str, str, str]:
    """``工号``, ``姓名`` and ``姓名（工号）``, as compared."""
    return officer, plain(name), plain(f"{name}（{officer}）")


def _note(record: Record, row: Record, first: Record) -> str:
    """Why a row of theirs has none of ours."""
    if first is not row:
        return f"与{listings.row_of(first, row)}相同"
    if row["task"] not in lists.names(record, "tasks"):
        return "任务编号不在本批次"
    return (
        "本任务没有抽中"
        if row["target"] in lists.names(record, "targets")
        else "编号不在检查对象名录库"
    )


def recorded(record: Record, stage: Record, rows: list[Record]) -> Record:
    """The content of ``platform.json``: where the list comes from, the platform's task numbers,
    counts, and every row.
    """
    return {
        **{key: record[key] for key in KEPT},
        "time": stage["time"],
        "source": stage["source"],
        "tasks": tasks(record, rows),
        "counts": counts(rows),
        "rows": rows,
    }


def written(derived: Record, path: Path) -> list[protocol.Step]:
    """That the file just written holds what was derived."""
    detail = protocol.difference(derived, protocol.parse(path.read_text(encoding="utf-8")))
    return [protocol.Step(3, "平台核对记录", not detail, detail)]


def shown(rows: Iterable[Record]) -> list[Record]:
    """Rows in words: what was found, and what to do about it."""
    result = []
    for r in rows:
        detail, mend = _detail(r), "；".join(filter(None, (FINDINGS[f][1] for f in r["findings"])))
        result.append(
            {
                **r,
                "result": "、".join(FINDINGS[f][0] for f in r["findings"]),
                "row": r["row"] or "",
                "named": r["name"] or r["listed_name"],
                "detail": detail,
                "mend": mend,
                "advice": "。".join(filter(None, (detail, mend))),
            }
        )
    return result


def _detail(row: Record) -> str:
    """What differs, both sides of it."""
    name = f"名录库：{row['name']}；平台：{row['listed_name']}" * ("name" in row["findings"])
    people = (
        f"现在的检查组：{'、'.join(row['officers'])}；平台：{'、'.join(row['listed_officers'])}"
        * ("officers" in row["findings"])
    )
    return "；".join(filter(None, (row["note"], name, people)))


def to_mend(rows: Iterable[Record]) -> list[Record]:
    """The rows that don't agree, in words."""
    return [r for r in shown(rows) if r["mend"]]


def facts(record: Record) -> Record:
    """Counts in words: what may be public."""
    count = record["counts"]
    return {
        "抽中（各任务合计，户次）": count["drawn"],
        "平台登记（行）": count["listed"],
        **{text: count[key] for key, (text, _) in FINDINGS.items()},
    }


def numbers(record: Record) -> list[str]:
    """All task numbers of the platform's list."""
    return sorted({number for task in record["tasks"] for number in task["numbers"]})


def tasks(record: Record, rows: Iterable[Record]) -> list[Record]:
    """For each task of ours, then each that only they name: the platform's task numbers, how many
    targets we drew, they list, agree.
    """
    rows = list(rows)
    known = lists.names(record, "tasks")
    return [
        {
            "task": task,
            "name": known.get(task, ""),
            "numbers": sorted({r["number"] for r in own if r["number"]}),
            "drawn": len({r["id"] for r in own if "extra" not in r["findings"]}),
            "listed": sum(r["row"] > 0 for r in own),
            "agrees": sum(r["findings"] == ["agrees"] for r in own),
        }
        for task in [*known, *sorted({r["task"] for r in rows} - known.keys())]
        for own in [[r for r in rows if r["task"] == task]]
    ]


def counts(rows: Iterable[Record]) -> Record:
    """How many targets we drew (summed over tasks), how many rows they list, and how many rows have
    each finding.
    """
    rows = list(rows)
    found = Counter(finding for r in rows for finding in r["findings"])
    return {
        "drawn": len({(r["task"], r["id"]) for r in rows if "extra" not in r["findings"]}),
        "listed": sum(r["row"] > 0 for r in rows),
        **{finding: found[finding] for finding in FINDINGS},
    }
