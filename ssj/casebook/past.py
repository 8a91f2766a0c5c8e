"""What the ledger's archives hold for a stage that is to come: earlier draws, the freeze to compare
with, the year's plan, a voided draw."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import params
from ssj.base.errors import InputError
from ssj.casebook import attempts, runner
from ssj.casebook.archive import Archive
from ssj.casebook.runner import kind_of
from ssj.rosters import history

# changes of class, tags and status within it are listed to the approver
RECENT = timedelta(days=30)


def baseline(book: Archive, demonstration: bool, now: datetime) -> dict[str, Any] | None:
    """The freeze to show changes against: of the same kind (real, demonstration) the latest that is
    at least 30 days old, or else the earliest, so that every change of the last 30 days shows,
    whatever was frozen and voided meanwhile.
    """
    same = [
        entry
        for entry in book.entries
        if kind_of(entry["stage"]) == "freeze"
        and runner.read_record(attempts.out_of(book, entry) / "frozen.json")["parameters"][
            "demonstration"
        ]
        == demonstration
    ]
    old = [entry for entry in same if now - datetime.fromisoformat(entry["time"]) >= RECENT]
    return old[-1] if old else same[0] if same else None


def history_of(book: Archive, round_id: str, demonstration: bool) -> dict[str, Any]:
    """The content of ``history.json``: extracts of the draws of other rounds of the same kind that
    were not voided.
    """
    found, chances = [], None
    for entry in book.entries:
        state = attempts.state_of(book.stages(entry["round"]))
        if entry["round"] == round_id or state.draw is not entry:
            continue
        drawn = attempts.drawn_record(book, state)
        if drawn["parameters"]["demonstration"] == demonstration:
            found.append(history.extract(entry, drawn))
        if drawn["parameters"]["demonstration"] == demonstration and not protocol.drawn_elsewhere(
            drawn["parameters"]
        ):
            chances = runner.read_record(attempts.out_of(book, state.freeze) / "chances.json")
    return history.as_json(found, chances)


def year_of(book: Archive, own: params.RoundPart) -> dict[str, Any] | None:
    """The content of ``year.json``: the last archived plan of the year in which a round's visits
    begin, of the same kind and, among demonstrations, the same bureau; None if there is none.
    """
    for entry in reversed(book.stages(str(own.window.start.year))):
        if kind_of(entry["stage"]) == "plan":
            plan = runner.read_record(attempts.out_of(book, entry) / "plan.json")
            given = plan["parameters"]
            if given["demonstration"] == own.demonstration and (
                given["bureau"] == own.bureau or not own.demonstration
            ):
                return {
                    **{key: entry[key] for key in ("round", "attempt", "time", "bag")},
                    "title": given["title"],
                    "tasks": plan["tasks"],
                }
    return None


def year_so_far(book: Archive, folder: Path) -> dict[str, Any] | None:
    """The archived plan for a round that is still to be frozen; None if its parameters can't be
    read.
    """
    try:
        return year_of(book, params.read_round(folder / "round.toml").round)
    except InputError:
        return None


def history_so_far(book: Archive, folder: Path) -> history.History:
    """What earlier rounds leave to a round that is still to be frozen; nothing if its parameters
    can't be read.
    """
    try:
        demonstration = params.read_round(folder / "round.toml").round.demonstration
    except InputError:
        return history.NOTHING
    return history.from_json(history_of(book, folder.name, demonstration))


def voided_draw(book: Archive, round_id: str) -> dict[str, Any]:
    """The content of ``voided.json``: whom the last voided draw of the round had drawn; attempt 0
    if there is none.
    """
    for entry in reversed(book.stages(round_id)):
        if (kind := kind_of(entry["stage"])) == "draw":
            drawn = [
                visit["id"]
                for visit in runner.read_record(attempts.out_of(book, entry) / "draw.json")[
                    "visits"
                ]
            ]
        elif kind == "void":
            drawn = (
                runner.read_record(attempts.out_of(book, entry) / "void.json")
                .get("unstaffed", {})
                .get("visits", [])
            )
        else:
            continue
        if drawn:
            return {"attempt": entry["attempt"], "visits": drawn}
    return {"attempt": 0, "visits": []}
