"""名录核对: what the files of a round come to. They are read once; the content of ``rosters.json``
follows.

A check of a round's folder, the audit and the tests derive it here; ``notebooks/1_rosters.ipynb``
spells the same out step by step, and the audit holds both equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from ssj.base.errors import Problem
from ssj.base.params import Parameters
from ssj.protocol import Record
from ssj.rosters import (
    coverage,
    early_warnings,
    exceptions,
    offices,
    pools,
    record,
    rosters,
    signing,
    unlisted,
)
from ssj.rosters.history import NOTHING, History
from ssj.rosters.offices import Listing
from ssj.rosters.rosters import Rosters


@dataclass(frozen=True)
class Derived:
    """Rosters and lists of other offices as read; what is said of them is derived when it is asked
    for.

    ``stage``: the stage's stage.json, or of a folder that is no stage's no more than the ``time``.
    """

    roster: Rosters
    listings: tuple[Listing, ...]
    parameters: Parameters
    stage: Record
    history: History
    previous: Record | None

    @cached_property
    def against(self) -> list[dict[str, Any]]:
        """The rows of other offices' lists with what they came to (:func:`unlisted.compare`)."""
        return unlisted.compare(self.listings, self.roster.targets, self.parameters.outside)

    @cached_property
    def warnings(self) -> list[dict[str, Any]]:
        """早期预警 (:func:`early_warnings.rows`)."""
        return early_warnings.rows(
            self.roster, self.parameters, self.stage["time"], self.history, self.previous
        )

    @cached_property
    def problems(self) -> list[Problem]:
        """What is wrong beside the tables themselves: signatures, lists of other offices, pools
        (whether these are empty, only where no table has an error).
        """
        sound = all(p.severity != "error" for p in self.roster.problems)
        return [
            *signing.problems(
                self.parameters,
                self.roster,
                _day(self.stage),
                self.stage.get("rehearsal", False),
            ),
            *(
                pools.problems(self.roster, self.parameters, self.history)
                if sound
                else pools.read(self.parameters)[1]
            ),
            *offices.problems(self.listings),
        ]

    @property
    def notes(self) -> list[str]:
        """What was done on reading, exceptions and other offices' lists among it, in words."""
        targets = self.roster.tallies.get("targets")
        return [
            *self.roster.notes,
            *exceptions.lines(self.roster.settled),
            *(note for listing in self.listings for note in listing.notes),
            *(unlisted.notes(self.listings, self.against, len(targets.refused)) if targets else ()),
        ]

    def record(self) -> Record:
        """The content of ``rosters.json``. ``InputError`` with all errors, if there is one."""
        self.roster.check()
        pairs = coverage.pairs(self.roster, self.parameters, self.history)
        return record.recorded(
            self.roster,
            self.parameters,
            self.stage,
            signatures=signing.rows(self.parameters, self.roster),
            pairs=pairs,
            gaps=coverage.gaps(self.roster, self.parameters, pairs),
            pools=pools.rows(self.roster, self.parameters, self.history),
            tags=pools.tag_rows(self.roster, self.parameters),
            warnings=self.warnings,
            listings=self.listings,
            against=self.against,
        )


def derive(
    folder: Path,
    parameters: Parameters,
    stage: Record,
    history: History = NOTHING,
    previous: Record | None = None,
) -> Derived:
    """The rosters of a stage's ``in/``, or of a round's folder, each file read once. Never raises
    for what the files hold.

    ``stage``: stage.json; of a round's folder no more than ``{"time": …}``. ``previous``: the
    frozen record that early warnings compare with.
    """
    roster = rosters.load_round(folder, parameters, _day(stage))
    listings = (
        offices.archived(folder, stage["outside"], parameters.outside)
        if "outside" in stage
        else offices.read(folder, parameters.outside)
    )
    return Derived(roster, tuple(listings), parameters, stage, history, previous)


def _day(stage: Record) -> date:
    return date.fromisoformat(stage["time"][:10])
