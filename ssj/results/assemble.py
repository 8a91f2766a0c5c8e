"""检查结果: what returned tables and registers come to against the draw record, with all that is
wrong; the content of ``results.json`` follows.

The command that takes results in, the audit and the tests derive it here;
``notebooks/3_results.ipynb`` spells the same out step by step, and the audit holds both equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ssj.base.errors import Problem
from ssj.protocol import Record
from ssj.results import corrections, findings, followup, gone, postings, registers, results
from ssj.results.findings import Findings
from ssj.results.registers import Registers
from ssj.results.results import IsWorkday
from ssj.rosters.listings import Listing

NOTHING_BEFORE = results.earlier_of(None)


@dataclass(frozen=True)
class Assembled:
    """Results and registers as read; the registers hold their problems, those across tables among
    them.
    """

    drawn: Record
    stage: Record
    findings: Findings
    registers: Registers
    is_workday: IsWorkday
    earlier: Record
    evidence: list[Record]
    known: Record

    @property
    def problems(self) -> list[Problem]:
        """All that is wrong in any table."""
        return [*self.findings.problems, *self.registers.problems]

    @property
    def listings(self) -> list[Listing]:
        """All tables as read."""
        return [*self.findings.listings, *self.registers.listings]

    @cached_property
    def record(self) -> Record:
        """The content of ``results.json``."""
        return results.recorded(
            self.drawn,
            self.stage,
            self.findings,
            self.registers,
            self.is_workday,
            self.earlier,
            self.evidence,
            self.known,
        )


def assemble(
    folder: Path,
    drawn: Record,
    stage: Record,
    is_workday: IsWorkday,
    earlier: Record = NOTHING_BEFORE,
    evidence: Iterable[Record] = (),
    known: Record = gone.NOTHING,
) -> Assembled:
    """The results and registers in a stage's ``in/``, or in a round's folder, against the record of
    the draw. ``InputError`` only if it can't be told which tables are meant.

    ``stage``: stage.json; of a round's folder the time, with ``of`` empty and no ``sources``.
    ``earlier``, ``evidence``, ``known``: as :func:`results.recorded` has them.
    """
    time, evidence = stage["time"], list(evidence)
    read = registers.read(folder, drawn, time)
    found = findings.read(folder, drawn, time, earlier["rows"], read.corrected(earlier))
    read.problems += [
        *corrections.problems(drawn, time, found.rows, read, earlier, is_workday),
        *postings.problems(drawn, found.rows, read, earlier, evidence),
        *followup.problems(drawn, found.rows, read, earlier),
    ]
    return Assembled(drawn, stage, found, read, is_workday, earlier, evidence, known)
