"""What the archived results of other rounds say, for a stage of results (``known.json``), for the
check of a roster, and for the roster's keepers.
"""

from __future__ import annotations

import pandas as pd

from ssj.base.errors import Problem
from ssj.base.params import RoundPart
from ssj.casebook import attempts
from ssj.casebook.archive import Archive, kind_of
from ssj.protocol import Record
from ssj.results import gone

KIND = "results"


def of_others(book: Archive, round_id: str, demonstration: bool) -> list[Record]:
    """``results.json`` of the last results stage of every other round of the same kind, by ledger;
    a voided draw's don't count.
    """
    found = []
    for other in dict.fromkeys(
        e["round"] for e in book.entries if kind_of(e["stage"]) == KIND and e["round"] != round_id
    ):
        entry = attempts.state_of(book.stages(other)).last(KIND)
        record = book.record(entry) if entry else None
        if record and record["parameters"]["demonstration"] == demonstration:
            found.append(record)
    return found


def known(book: Archive, record: Record) -> Record:
    """The content of ``known.json`` for a stage of results of a drawn round."""
    return gone.known(
        of_others(book, record["round"], record["parameters"]["demonstration"]), record["visits"]
    )


def in_scope_again(book: Archive, own: RoundPart, targets: pd.DataFrame) -> list[Problem]:
    """H03 for a round that is still to be frozen: targets in scope that the last archived result
    says are gone.
    """
    records = of_others(book, own.id, own.demonstration)
    return gone.in_scope_again(targets, records) if records else []
