"""What the ledger's archives hold for a stage that is to come: earlier draws, the freeze to compare
with, the year's plan, a voided draw.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from ssj import protocol
from ssj.base import params
from ssj.base.errors import InputError
from ssj.casebook import archive, attempts
from ssj.casebook.archive import Archive, Entry, kind_of
from ssj.protocol import Record
from ssj.rosters.history import NOTHING, History, as_json, extract, from_json
from ssj.tables import paramfiles

# changes of class, tags and status within it are listed to the approver
RECENT = timedelta(days=30)


def baseline(book: Archive, demonstration: bool, now: datetime) -> Entry | None:
    """The freeze to show changes against: of the same kind (real, demonstration) the latest that is
    at least 30 days old, or else the earliest, so that every change of the last 30 days shows,
    whatever was frozen and voided meanwhile.
    """
    same = [
        entry
        for entry in book.entries
        if kind_of(entry["stage"]) == "freeze"
        and book.record(entry)["parameters"]["demonstration"] == demonstration
    ]
    old = [entry for entry in same if now - datetime.fromisoformat(entry["time"]) >= RECENT]
    return old[-1] if old else same[0] if same else None


def history_of(book: Archive, round_id: str, demonstration: bool) -> Record:
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
            found.append(extract(entry, drawn))
        if drawn["parameters"]["demonstration"] == demonstration and not protocol.drawn_elsewhere(
            drawn["parameters"]
        ):
            chances = archive.read_record(book.out(state.known("freeze")) / "chances.json")
    return as_json(found, chances)


def year_of(book: Archive, own: params.RoundPart) -> Record | None:
    """The content of ``year.json``: the last archived plan of the year in which a round's visits
    begin, of the same kind and, among demonstrations, the same bureau; None if there is none.
    """
    for entry in reversed(book.stages(str(own.window.start.year))):
        if kind_of(entry["stage"]) == "plan":
            plan = book.record(entry)
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


def undrawn(book: Archive, round_id: str, own: params.Parameters) -> str:
    """Another round of the same kind and year that is frozen and not yet drawn, if caps of ``own``
    would have to count its visits; empty if there is none.
    """
    if own.year_caps is None and all(c.yearly_cap is None for c in own.classes.values()):
        return ""
    for other in dict.fromkeys(entry["round"] for entry in book.entries):
        state = attempts.state_of(book.stages(other))
        if other == round_id or state.freeze is None or state.draw is not None:
            continue
        p = book.record(state.freeze)["parameters"]
        year = str(own.round.window.start.year)
        if p["demonstration"] == own.round.demonstration and p["window"]["start"][:4] == year:
            return str(other)
    return ""


class Past(NamedTuple):
    """What earlier rounds leave to one that is still to be frozen: earlier draws, the year's
    archived plan, the frozen record that changes are shown against.
    """

    history: History = NOTHING
    year: Record | None = None
    previous: Record | None = None


NO_PAST = Past()


def so_far(book: Archive, folder: Path, now: datetime) -> Past:
    """What the archives hold for the round in ``folder``; nothing if it has no good parameters."""
    try:
        own = paramfiles.read_round(folder).round
    except InputError:
        return Past()
    before = baseline(book, own.demonstration, now)
    return Past(
        from_json(history_of(book, folder.name, own.demonstration)),
        year_of(book, own),
        book.record(before) if before else None,
    )


def voided_draw(book: Archive, round_id: str) -> Record:
    """The content of ``voided.json``: whom the last voided draw of the round had drawn; attempt 0
    if there is none.
    """
    for entry in reversed(book.stages(round_id)):
        if (kind := kind_of(entry["stage"])) == "draw":
            drawn = [visit["id"] for visit in book.record(entry)["visits"]]
        elif kind == "void":
            drawn = book.record(entry).get("unstaffed", {}).get("visits", [])
        else:
            continue
        if drawn:
            return {"attempt": entry["attempt"], "visits": drawn}
    return {"attempt": 0, "visits": []}
