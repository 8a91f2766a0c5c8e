"""Archived rounds as tests look at them: the one place that says how stage folders are numbered."""

from __future__ import annotations

from pathlib import Path

from ssj import protocol
from ssj.casebook import archive, runner


def numbered(*kinds: str, inside: str = "") -> list[str]:
    """The stage folders of a round (``inside`` its folder) in which these kinds were entered, one
    after another.
    """
    return [f"{inside}{number:02}-{kind}" for number, kind in enumerate(kinds, 1)]


def last(*kinds: str) -> str:
    """The folder of the last of these kinds, entered one after another."""
    return numbered(*kinds)[-1]


FREEZE, DRAW = last("freeze"), last("freeze", "draw")


def entered_stages(project: Path) -> list[str]:
    """The stage folders in the ledger of a project with one round."""
    return [entry["stage"] for entry in archive.read_entries(project / "outputs")]


def data_of(project: Path, stage: str, round_id: str = "sample60") -> Path:
    """The ``data`` folder of an archived stage."""
    return project / "outputs" / round_id / stage / "data"


def record_of(project: Path, stage: str, round_id: str = "sample60") -> protocol.Record:
    """The record that a stage wrote."""
    return runner.read_record(
        data_of(project, stage, round_id) / "out" / runner.RECORDS[runner.kind_of(stage)]
    )
