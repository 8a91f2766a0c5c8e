"""A whole attempt ended (作废) as a stage: ``ssj void``.

- Before the event a void just ends the attempt; the next one starts from new rosters.
- After the announced time it needs the draw archived first, so that the list stays known; or the
  confirmation by two announced custodians that the event was not held; or a draw whose teams can't
  be made, which is then kept with the void (decisions 009, 016).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ssj import protocol
from ssj.base import files, words
from ssj.base.errors import RefusedError
from ssj.casebook import attempts, stated, taking
from ssj.casebook.archive import Entry, kind_of
from ssj.casebook.kind import Archived, Kind, Shelf, Work
from ssj.draw import change_rules, changes
from ssj.draw.change_rules import NO_TEAMS, NOT_HELD
from ssj.protocol import Record
from ssj.stages.amend import Approved, said_of


@dataclass(frozen=True)
class Voiding:
    """What is asked; ``witnesses``: announced custodians (保管人) who confirm that the event was
    not held, two or more.
    """

    approved: Approved
    witnesses: list[str]


class StatedVoid(stated.Approved):
    """Its ``stage.json``."""

    witnesses: list[str]


class Void(Kind):
    name = "void"
    title = "作废"
    notebook = "5_void.ipynb"
    rests_on = ("freeze", "draw", "amend")
    may_take = r"entropy\.toml"
    stated = StatedVoid
    pages = ("作废过程记录（内部）", "作废公告")

    def may_come(self, entries: list[Entry]) -> bool:
        return attempts.state_of(entries).freeze is not None

    def fill(self, work: Work, target: Path) -> Record:
        asked: Voiding = work.asked
        state = work.state
        if state.freeze is None:
            raise RefusedError(
                f"{work.round_id} 没有可以作废的抽取", "各批次的进度请看 ssj status。"
            )
        content = {
            **taking.stage_of(work, state.attempt),
            **asked.approved.recorded(),
            "witnesses": sorted(asked.witnesses),
        }
        record = attempts.current_record(work.book, state)
        since = state.freeze["time"]
        given = work.folder / "entropy.toml"
        if asked.approved.reason == NO_TEAMS and given.exists():
            shutil.copyfile(given, target / given.name)
        change_rules.require(change_rules.voiding(record, content, since, target))
        taking.take_record(work.book, state.teams or state.freeze, target)
        return content

    def said(self, record: Record, bag: Path) -> list[str]:
        return [f"已作废：{bag}"]

    def copies(self, shelf: Shelf) -> None:
        """Until something new is entered, the page of the void that ended the attempt."""
        if shelf.stages and kind_of(shelf.stages[-1]["stage"]) == self.name:
            entry = shelf.stages[-1]
            for name, source in zip(self.pages, ("auditor.html", "public.html"), strict=True):
                copy = files.file_name(f"{name}.html", entry["attempt"])
                shelf.page(copy, shelf.data(entry) / source)

    def derive(self, stage: Archived) -> Iterable[str]:
        before, since = stage.repeated, stage.before("freeze")
        if since is None:
            return  # said already: it rests on nothing
        place = stage.data / "in"
        if (place / "entropy.toml").exists() and stage.stage["reason"] != NO_TEAMS:
            yield f"in/entropy.toml 只在理由为“{NO_TEAMS}”时才有"
            return
        errors = list(change_rules.voiding(before, stage.stage, since.stage["time"], place))
        yield from said_of(errors)
        if errors:
            return  # what can't be, follows from nothing
        derived = changes.voided(before, stage.stage, changes.entropy_of(place))
        yield protocol.difference(derived, stage.record)


def draw_waits(work: Work) -> bool:
    """Whether a void must first complete the draw, and can: the announced time has come and the
    event's text is there.
    """
    asked: Voiding = work.asked
    state, given = work.state, (work.folder / "entropy.toml").exists()
    if state.freeze is None or asked.approved.reason in (NOT_HELD, NO_TEAMS) or not given:
        return False
    record = attempts.current_record(work.book, state)
    content = {**asked.approved.recorded(), "time": work.now.isoformat(timespec="seconds")}
    since = state.freeze["time"]
    change_rules.require(
        change_rules.approval(record, content, words.VOIDING, words.VOID_REASONS, since)
    )
    return change_rules.overdue(record, content["time"])


KIND = Void()
