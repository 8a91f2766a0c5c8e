"""封库: what follows from typed rosters, parameters and earlier draws: tasks, frames, chances,
tables, and with stage.json the frozen record (PROTOCOL §4, §6).

Whoever needs any of it derives it here; ``notebooks/1a_freeze.ipynb`` spells the same out step by
step, and the audit holds both equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from ssj.base.errors import Problem
from ssj.base.params import Parameters
from ssj.draw import framing, sizing, teams
from ssj.draw.sizing import Settled
from ssj.protocol import Record
from ssj.rosters.history import NOTHING, History
from ssj.rosters.rosters import Rosters


@dataclass(frozen=True)
class Derived:
    """What a freeze comes to; each step is computed when it is asked for, the ones that it rests on
    with it.
    """

    roster: Rosters
    parameters: Parameters
    history: History

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """The plan's tasks for the round."""
        return framing.tasks_of_round(self.roster, self.parameters.round.id)

    @cached_property
    def frames(self) -> pd.DataFrame:
        """Who may be drawn for each task, with declared sizes (:func:`framing.frames`)."""
        return framing.frames(self.roster, self.tasks, self.parameters, self.history)

    @cached_property
    def drafted(self) -> dict[str, list[Any]]:
        """The four tables with declared sizes: all but chances and working sizes, which take
        longer.
        """
        return framing.tables(self.roster, self.tasks, self.frames, self.parameters, self.history)

    @cached_property
    def problems(self) -> list[Problem]:
        """What keeps the tasks from being drawn, or officers from being found for their visits."""
        record = {"tables": self.drafted, "parameters": self.parameters.frozen()}
        return [
            *framing.problems(self.frames, self.tasks, self.parameters, self.roster, self.history),
            *teams.seat_problems(record),
        ]

    @cached_property
    def settled(self) -> Settled:
        """Chances and working sizes (:func:`sizing.settle`)."""
        return sizing.settle(
            self.frames, self.tasks, self.roster.targets, self.history, self.parameters.cool_down
        )

    @cached_property
    def tables(self) -> dict[str, list[Any]]:
        """The four tables as they are committed to."""
        return framing.tables(
            self.roster, self.tasks, self.settled.frames, self.parameters, self.history
        )

    def record(self, stage: Record) -> Record:
        """The frozen record with its commitment; ``stage``: stage.json."""
        return framing.freeze(self.tables, self.parameters, stage)


def derive(roster: Rosters, parameters: Parameters, history: History = NOTHING) -> Derived:
    """What a freeze of these rosters comes to. ``InputError`` with all errors of the tables, if
    there is one.

    >>> derive(roster, parameters).record(stage)["commitment"]  # doctest: +SKIP
    '2e2199913881a29f…'
    """
    roster.check()
    return Derived(roster, parameters, history)
