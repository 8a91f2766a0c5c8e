"""Archived rounds as tests look at them: the one place that says how stage folders are numbered."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from ssj import protocol
from ssj.audit import audit, checks
from ssj.casebook import archive, kind
from ssj.desk import standing
from ssj.stages import registry


def numbered(*kinds: str, inside: str = "") -> list[str]:
    """The stage folders of a round (``inside`` its folder) in which these kinds were entered, one
    after another; before a freeze come its rosters.
    """
    every = [k for kind in kinds for k in (("rosters", kind) if kind == "freeze" else (kind,))]
    return [f"{inside}{number:02}-{kind}" for number, kind in enumerate(every, 1)]


def last(*kinds: str) -> str:
    """The folder of the last of these kinds, entered one after another."""
    return numbered(*kinds)[-1]


ROSTERS, FREEZE, DRAW = numbered("freeze", "draw")


def entered_stages(project: Path) -> list[str]:
    """The stage folders in the ledger of a project with one round."""
    return [entry["stage"] for entry in archive.read_entries(project / "outputs")]


def data_of(project: Path, stage: str, round_id: str = "sample60") -> Path:
    """The ``data`` folder of an archived stage."""
    return project / "outputs" / round_id / stage / "data"


def derived(data: Path) -> list[str]:
    """What V3 says of an archived stage, by its kind."""
    outputs = data.parents[2]
    ledger = archive.reading(outputs) if (outputs / archive.LEDGER).exists() else None
    stage = kind.Archived(data, registry.kind(data.parent.name), ledger)
    found = []
    try:
        found += (text for text in checks.derived(stage) if text)
    except kind.NotChecked as error:
        found.append(str(error))
    return found


def record_of(project: Path, stage: str, round_id: str = "sample60") -> protocol.Record:
    """The record that a stage wrote."""
    name = archive.record_name(archive.kind_of(stage))
    return archive.read_record(data_of(project, stage, round_id) / "out" / name)


def report_of(project: Path, fast: bool = True, round_id: str = "sample60") -> audit.Report:
    """A round's audit."""
    return audit.audit(project / "outputs" / round_id, fast, lambda text: None)


def failing(report: audit.Report) -> dict[int, str]:
    """What the report says of the steps that do not hold."""
    return {step.number: step.detail for step in report.steps if step.holds is False}


def steps(report: audit.Report) -> dict[int, bool | None]:
    """Whether each step holds."""
    return {step.number: step.holds for step in report.steps}


def replaceable(record: protocol.Record, whole: bool = False) -> tuple[str, str]:
    """The first officer, and a visit of theirs, whom somebody can replace there, or in all visits:
    the salt is another each time.
    """
    taken = protocol.teams_now(record)["officers"]
    for t in taken:
        visits = (
            sorted({o["visit"] for o in taken if o["officer"] == t["officer"]})
            if whole
            else [t["visit"]]
        )
        with suppress(protocol.ProtocolError):
            protocol.replace(record, t["officer"], visits, whole)
            return t["officer"], t["visit"]
    raise AssertionError("nobody can be replaced")


WITH_RESULTS = ("freeze", "draw", "papers", "platform", "results")


def papers_made(folder: Path, at: str) -> None:
    """The papers of a project of :func:`conftest.entered`, made at a time; and the announcement."""
    path = folder / "outputs" / "sample60" / "files" / "检查文书" / "sample60 任务派发表.xlsx"
    path.parent.mkdir(parents=True)
    path.touch()
    os.utime(path, (datetime.fromisoformat(at).timestamp(),) * 2)
    (path.parents[1] / standing.ANNOUNCEMENT).touch()
