"""The year's plan as a stage (``ssj plan 2021``): checked, staged, archived under the year, and
derived again by the audit.

A changed plan is a stage of its own (``02-plan``) with an approval of its own; the one before stays
as it is.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import files, params
from ssj.base.errors import InputError, Problem, RefusedError
from ssj.casebook import attempts, runner, taking
from ssj.casebook.archive import Archive
from ssj.casebook.runner import Say, Workplace, kind_of
from ssj.year import planned, planning

KINDS = ("plan", "review")  # of stages that a year has
# working copies
PAGES = {"年度抽查工作计划.html": "public.html", "年度计划过程记录（内部）.html": "auditor.html"}


@dataclass(frozen=True)
class Look:
    """What a year's folder holds: all problems (errors first), notes, and whether its plan differs
    from the archived one.
    """

    problems: list[Problem]
    notes: list[str]
    changed: bool

    @property
    def errors(self) -> list[Problem]:
        return [p for p in self.problems if p.severity == "error"]


def is_year(folder: Path) -> bool:
    """Whether a folder of inputs is a year's, not a round's."""
    return (folder / planning.FILE).exists()


def archived_plan(book: Archive, name: str) -> protocol.Record | None:
    """The last archived plan of a year; ``SsjError`` if its bag is not as it was registered."""
    stages = plans(book, name)
    return (
        runner.read_record(attempts.out_of(book, stages[-1]) / runner.RECORDS["plan"])
        if stages
        else None
    )


def plans(book: Archive, name: str) -> list[dict[str, Any]]:
    """Ledger entries of a year's plans, in order; its reviews are stages of their own."""
    return [e for e in book.stages(name) if kind_of(e["stage"]) == "plan"]


def inspect(book: Archive, folder: Path, now: datetime) -> Look:
    """Everything that is wrong with a year's folder, all files at once."""
    try:
        own = planning.read(folder / planning.FILE)
    except InputError as error:
        return Look(list(error.problems), [], True)
    home = folder.parent / own.rosters
    if not home.is_dir():
        known = "、".join(sorted(p.parent.name for p in folder.parent.glob("*/round.toml"))) or "无"
        return Look(
            [
                Problem(
                    "Y00",
                    "找不到用来核对和模拟的批次文件夹",
                    f"请改成现有的批次：{known}",
                    file=planning.FILE,
                    column="rosters",
                    value=own.rosters,
                )
            ],
            [],
            True,
        )
    try:
        base = params.read_round(home / "round.toml")
    except InputError as error:
        return Look(list(error.problems), [], True)
    roster, archived = planning.load(home, own, base, folder), archived_plan(book, folder.name)
    changed = planned.changed(archived, own, roster)
    newest = planned.approved_on(archived) if changed else None
    found = [*roster.every, *planning.problems(roster, own, base, folder.name, now.date(), newest)]
    return Look(sorted(found, key=lambda p: p.severity), list(roster.notes), changed)


def plan(book: Archive, folder: Path, now: datetime, place: Workplace, say: Say) -> dict[str, Any]:
    """Check, stage, run and commit the plan in ``folder``; its ledger entry."""
    say("核对资料")
    look = inspect(book, folder, now)
    if not look.changed:
        last = plans(book, folder.name)[-1]
        raise RefusedError(
            f"{folder.name} 年的计划已归档（{last['round']}/{last['stage']}），没有变动",
            "计划变更的，改好 plan.xlsx、重新审批并改写 year.toml 的审批后再归档。",
        )
    if look.errors:
        raise InputError(look.errors, f"ssj check {folder.name} --all")
    return runner.finish(
        book, place, "plan", stage_plan(book, folder, now, place.folder / "in"), say
    )


def stage_plan(book: Archive, folder: Path, now: datetime, target: Path) -> dict[str, Any]:
    """Fill a plan's ``in/``; the content of its ``stage.json``."""
    home = folder.parent / planning.read(folder / planning.FILE).rosters
    inputs = taking.take_inputs(home, target, folder)
    shutil.copyfile(folder / planning.FILE, target / planning.FILE)
    own = {
        "file": planning.FILE,
        "sha256": protocol.sha256((folder / planning.FILE).read_bytes()),
        "redacted": False,
        "dropped": [],
    }
    (target / "previous.json").write_bytes(protocol.canonical(archived_plan(book, folder.name)))
    return {
        **taking.stage_of(book, folder.name, len(plans(book, folder.name)) + 1, now),
        "inputs": [own, *inputs],
    }


def working_copies(book: Archive, name: str) -> list[Path]:
    """Make those pages of the last archived plan in ``files/`` that are missing; their paths."""
    made = []
    for entry in plans(book, name)[-1:]:
        for page, source in PAGES.items():
            copy = book.outputs / name / "files" / files.file_name(page, entry["attempt"])
            if not copy.exists():
                files.copy_page(book.folder(entry) / "data" / source, copy)
                made.append(copy)
    return made


# --- Audit ----------------------------------------------------------------------------------------


def order(entries: list[dict[str, Any]]) -> Iterable[str]:
    """A year has plans and reviews only, a plan first, each kind counted by itself (V1)."""
    count = dict.fromkeys(KINDS, 0)
    for number, entry in enumerate(entries, 1):
        kind = kind_of(entry["stage"])
        count[kind] = count.get(kind, 0) + 1
        allowed = KINDS if number > 1 else KINDS[:1]
        if (
            kind not in allowed
            or entry["stage"] != f"{number:02}-{kind}"
            or entry["attempt"] != count[kind]
        ):
            yield (
                f"{entry['stage']} 不该在这里：年度之下只有依次归档的计划和评估，这里应是 "
                f"{' 或 '.join(f'{number:02}-{k}' for k in allowed)}"
            )


def recompute(data: Path, folder: Path, before: Path | None) -> Iterable[str]:
    """``plan.json`` from ``in/`` (``folder``, without stray files) by today's code; approvals; the
    plan before it (V3).
    """
    stage, written = runner.read_stage(data), runner.read_record(data / "out" / "plan.json")
    yield protocol.difference(planned.derive(folder, stage), written)
    previous = runner.read_record(before / "data" / "out" / "plan.json") if before else None
    yield protocol.difference(
        {"previous": previous},
        {"previous": runner.read_record(data / "in" / "previous.json")},
        "in/previous.json",
    )
    own, base = planning.read(folder / planning.FILE), params.read_round(folder / "round.toml")
    day = datetime.fromisoformat(stage["time"]).date()
    roster = planning.load(folder, own, base)
    found = planning.problems(
        roster, own, base, stage["round_id"], day, planned.approved_on(previous)
    )
    yield from (str(p) for p in found if p.severity == "error")
    if not planned.changed(previous, own, roster):
        yield "与前一次归档的计划没有不同"
