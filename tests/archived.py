"""Archived rounds as tests look at them: the one place that says how stage folders are numbered."""

from __future__ import annotations

from pathlib import Path

from ssj import protocol
from ssj.audit import audit
from ssj.casebook import archive, kind
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
    try:
        return [text for text in audit.derived(stage) if text]
    except kind.NotChecked as error:
        return [str(error)]


def record_of(project: Path, stage: str, round_id: str = "sample60") -> protocol.Record:
    """The record that a stage wrote."""
    name = archive.record_name(archive.kind_of(stage))
    return archive.read_record(data_of(project, stage, round_id) / "out" / name)
