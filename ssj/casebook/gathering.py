"""What a year's review takes from the ledger's archives (``in/`` of a review); an audit gathers it
again from the archives of that time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from ssj import protocol
from ssj.base import params
from ssj.casebook import archive
from ssj.casebook.archive import Archive, Entry, kind_of
from ssj.casebook.attempts import State, state_of
from ssj.draw import lists
from ssj.protocol import Record
from ssj.rosters.record import from_record
from ssj.tables.frames import rows_of
from ssj.tables.schema import OFFICER_STATUS, TARGET_STATUS

LINE = ("n", "time", "round", "attempt", "stage", "bag")  # of a ledger line


def gathered(book: Archive, name: str) -> dict[str, bytes]:
    """What a review's ``in/`` holds of the archives, by file name."""
    plan_entry = State(0, tuple(book.stages(name))).known("plan")
    plan = book.out(plan_entry) / archive.record_name("plan")
    whole = archive.read_record(plan)
    states = {r: state_of(book.stages(r)) for r in of_year(book, whole)}
    drawn = [(r, state) for r, state in states.items() if state.draw]
    made = {"plan.json": plan.read_bytes()}
    for r, state in drawn:
        freeze, teams = state.known("freeze"), state.known("draw", "amend")
        for entry in (freeze, state.known("draw"), teams):
            book.out(entry)  # all of them must be sound
        results = state.last("results")
        made[f"{r}-draw.json"] = _bytes(book, teams)
        made[f"{r}-chances.json"] = (
            book.folder(freeze) / "data" / "out" / "chances.json"
        ).read_bytes()
        made[f"{r}-lists.json"] = protocol.canonical(lists_of(book.record(state.known("rosters"))))
        if results:
            made[f"{r}-results.json"] = _bytes(book, results)
    planned = [r["id"] for r in whole["parameters"]["rounds"]]
    entries = [e for e in book.entries if e["round"] in (name, *states)]
    made["ledger.json"] = protocol.canonical(
        {
            "plan": {key: plan_entry[key] for key in LINE[1:]},
            "entries": [{key: e[key] for key in LINE} for e in entries],
            "rounds": [_entry(book, r, state) for r, state in drawn],
            "open": [
                {"round": r, "text": _waiting(book, r)}
                for r in dict.fromkeys([*planned, *states])
                if r not in dict(drawn)
            ],
            "voids": [v for r in states for v in _voids(book, r)],
            "amendments": [a for r in states for a in _amendments(book, r)],
        }
    )
    return made


def of_year(book: Archive, plan: Record) -> list[str]:
    """Rounds in the ledger whose visits begin in the plan's year, of the same kind and, among
    demonstrations, the same bureau; earliest first.
    """
    found, given = {}, plan["parameters"]
    for entry in book.entries:
        if kind_of(entry["stage"]) == "freeze":
            own = params.read_round(book.out(entry) / "round.toml").round
            same = own.demonstration == given["demonstration"] and (
                own.bureau == given["bureau"] or not given["demonstration"]
            )
            found[entry["round"]] = (
                own.window.start if same and own.window.start.year == plan["year"] else None
            )
    return [r for _, r in sorted((start, r) for r, start in found.items() if start)]


def _entry(book: Archive, round_id: str, state: State) -> Record:
    """A drawn round: which stages its files in ``in/`` come from, and what its last reconciliation
    with the platform counted.
    """
    results, platform = (state.last(kind) for kind in ("results", "platform"))
    counts = book.record(platform)["counts"] if platform else {}
    freeze, teams = state.known("freeze"), state.known("draw", "amend")
    return {
        "round": round_id,
        "attempt": state.attempt,
        "stage": teams["stage"],
        "bag": teams["bag"],
        "freeze": freeze["stage"],
        "frozen_on": freeze["time"][:10],
        "results": results["stage"] if results else "",
        "platform": {
            "stage": platform["stage"],
            **{key: counts[key] for key in ("drawn", "agrees")},
        }
        if platform
        else None,
    }


def _waiting(book: Archive, round_id: str) -> str:
    """Why a round is not drawn, in words."""
    state = state_of(book.stages(round_id))
    if state.freeze:
        return f"第 {state.attempt} 次已封库，还没有抽取"
    return f"第 {state.attempt - 1} 次抽取已作废，还没有再抽" if state.attempt > 1 else "还没有封库"


def _voids(book: Archive, round_id: str) -> Iterable[Record]:
    for entry in book.stages(round_id):
        if kind_of(entry["stage"]) == "void":
            own = book.record(entry)
            yield {
                "round": round_id,
                "attempt": entry["attempt"],
                "stage": entry["stage"],
                **{key: own[key] for key in ("approver", "date", "reason", "note")},
            }


def _amendments(book: Archive, round_id: str) -> Iterable[Record]:
    """Replacements of all attempts, voided ones too: each amended record holds those before it."""
    for attempt in sorted({e["attempt"] for e in book.stages(round_id)}):
        stages = tuple(e for e in book.stages(round_id) if e["attempt"] == attempt)
        if (entry := State(attempt, stages).last("amend")) is not None:
            own = book.record(entry)
            people = lists.names(own, "officers")
            for a in own["amendments"]:
                yield {
                    "round": round_id,
                    "attempt": attempt,
                    **{key: a[key] for key in ("approver", "date", "reason", "officer")},
                    "name": people[a["officer"]],
                    "visits": len(a["visits"]),
                }


def lists_of(rosters: Record) -> Record:
    """What a round's rosters say of dates and status: when targets and items came, whether they are
    still active, when certificates end.
    """
    roster = from_record(rosters)
    return {
        "items": [
            {"id": i.id, "name": i.name, "since": _day(i.effective)} for i in rows_of(roster.items)
        ],
        "targets": [
            {
                "id": t.id,
                "name": t.name,
                "since": _day(t.founded),
                "active": TARGET_STATUS[t.status],
            }
            for t in rows_of(roster.targets)
        ],
        "officers": [
            {
                "id": o.id,
                "name": o.name,
                "on_duty": OFFICER_STATUS[o.status],
                "certificate_until": _day(o.certificate_until),
            }
            for o in rows_of(roster.officers)
        ],
    }


def _day(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else ""


def _bytes(book: Archive, entry: Entry) -> bytes:
    return (book.out(entry) / archive.record_name(kind_of(entry["stage"]))).read_bytes()
