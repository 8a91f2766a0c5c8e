"""What the archived results of other rounds say, for a stage of results (``known.json``), for the
check of a roster, and for the roster's keepers.
"""

from __future__ import annotations

from pathlib import Path

from ssj.base import params
from ssj.base.errors import InputError, Problem
from ssj.casebook import attempts, runner
from ssj.casebook.archive import Archive
from ssj.casebook.runner import kind_of
from ssj.protocol import Record
from ssj.results import gone
from ssj.rosters import rosters

KIND = "results"


def last(book: Archive, round_id: str, attempt: int) -> dict | None:
    """The ledger entry of the last results stage of an attempt."""
    mine = [
        e for e in book.stages(round_id) if kind_of(e["stage"]) == KIND and e["attempt"] == attempt
    ]
    return mine[-1] if mine else None


def of_others(book: Archive, round_id: str, demonstration: bool) -> list[Record]:
    """``results.json`` of the last results stage of every other round of the same kind, by ledger;
    a voided draw's don't count.
    """
    found = []
    for other in dict.fromkeys(
        e["round"] for e in book.entries if kind_of(e["stage"]) == KIND and e["round"] != round_id
    ):
        entry = last(book, other, attempts.state_of(book.stages(other)).attempt)
        record = (
            runner.read_record(attempts.out_of(book, entry) / runner.RECORDS[KIND])
            if entry
            else None
        )
        if record and record["parameters"]["demonstration"] == demonstration:
            found.append(record)
    return found


def known(book: Archive, record: Record) -> Record:
    """The content of ``known.json`` for a stage of results of a drawn round."""
    return gone.known(
        of_others(book, record["round"], record["parameters"]["demonstration"]), record["visits"]
    )


def in_scope_again(book: Archive, folder: Path) -> list[Problem]:
    """H03 for a round that is still to be frozen: firms in scope that the last archived result says
    are gone; nothing if its files can't be read.
    """
    try:
        parameters = params.read_round(folder / "round.toml")
        records = of_others(book, folder.name, parameters.round.demonstration)
        window = parameters.round.window
        return (
            gone.in_scope_again(
                rosters.load(
                    folder, parameters.classes, folder.name, (window.start, window.end)
                ).targets,
                records,
            )
            if records
            else []
        )
    except (InputError, OSError):
        return []
