"""After a freeze or draw: an officer replaced (抽后调整), or the whole attempt ended (作废). Both
add a stage; nothing sealed changes.

A reason comes from a closed list, the approver must be the one whom the round's own parameters name
for the matter, and who replaces an officer follows from the lots (PROTOCOL §8.6): nobody is picked
by hand.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import words
from ssj.base.errors import RefusedError, quoted
from ssj.casebook import attempts, change_rules, runner, taking
from ssj.casebook.archive import Archive
from ssj.casebook.change_rules import NO_TEAMS, NOT_HELD, OTHER  # noqa: F401  (what the menu asks by)
from ssj.casebook.runner import Say, Workplace
from ssj.draw import teams


@dataclass(frozen=True)
class Approved:
    """Why, who approved it and when: what every amendment and void states."""

    reason: str
    note: str
    approver: str
    date: date

    def recorded(self) -> dict[str, str]:
        """As ``stage.json`` holds it."""
        return {
            "reason": self.reason,
            "note": self.note,
            "approver": self.approver,
            "date": self.date.isoformat(),
        }


def amend(
    book: Archive,
    round_id: str,
    officer: str,
    visits: list[str],
    approved: Approved,
    now: datetime,
    place: Workplace,
    say: Say,
) -> dict[str, Any]:
    """Replace an officer or expert: in the named visits, or with none named in all of them and for
    the rest of the round.

    ``visits``: ids of targets or 检查编号. ``RefusedError`` for an unknown officer or visit, or
    where nobody is left.
    """
    state = attempts.state_of(book.stages(round_id))
    record = attempts.drawn_record(book, state)
    own = change_rules.visits_of(record, officer)
    named = [_target(record, text) for text in visits]
    request = {"officer": officer, "visits": sorted(set(named)) or own, "all": not visits}
    stated = {**request, **approved.recorded(), "time": now.isoformat(timespec="seconds")}
    change_rules.require(change_rules.amending(record, stated, state.draw["time"]))
    if astray := [text for text, target in zip(visits, named, strict=True) if target not in own]:
        raise RefusedError(
            f"{officer} 不在这些检查的检查组中：{quoted(astray)}",
            f"{officer} 现在参加的检查：{'、'.join(own) or '无'}。",
        )
    if not own:
        raise RefusedError(
            f"{officer} 现在没有参加任何检查，不需要更换",
            "各人参加的检查见抽取结果.xlsx 的“检查组”表。",
        )
    teams.replace(record, officer, request["visits"], request["all"])
    name = taking.take_record(book, state.teams, place.folder / "in")
    stage = {
        **taking.stage_of(book, round_id, state.attempt, now),
        "amends": name,
        **request,
        **approved.recorded(),
    }
    return runner.finish(book, place, "amend", stage, say)


def _target(record: protocol.Record, text: str) -> str:
    """The target that a 检查编号 or an id means; the text itself if it means none."""
    from ssj.draw.lists import visit_numbers

    numbers = {number: target for target, number in visit_numbers(record).items()}
    return numbers.get(text.strip(), text.strip())


def void(
    book: Archive,
    folder: Path,
    approved: Approved,
    witnesses: list[str],
    now: datetime,
    place: Workplace,
    say: Say,
) -> dict[str, Any]:
    """End the current attempt of the round in ``folder``. After the announced time only once its
    draw is archived, or where the event was not held, or where its draw has no teams: then the
    event's text and the list are kept with the void.

    ``witnesses``: announced custodians (保管人) who confirm that the event was not held; two or
    more.
    """
    round_id = folder.name
    state = attempts.state_of(book.stages(round_id))
    if state.freeze is None:
        raise RefusedError(f"{round_id} 没有可以作废的抽取", "各批次的进度请看 ssj status。")
    record = attempts.current_record(book, state)
    stated = {
        **approved.recorded(),
        "time": now.isoformat(timespec="seconds"),
        "witnesses": sorted(witnesses),
    }
    change_rules.require(change_rules.voiding(record, stated, state.freeze["time"], folder))
    name = taking.take_record(book, state.teams or state.freeze, place.folder / "in")
    if approved.reason == NO_TEAMS:
        shutil.copyfile(folder / "entropy.toml", place.folder / "in" / "entropy.toml")
    stage = {**taking.stage_of(book, round_id, state.attempt, now), "voids": name, **stated}
    return runner.finish(book, place, "void", stage, say)


def draw_waits(
    book: Archive, round_id: str, approved: Approved, folder: Path, now: datetime
) -> bool:
    """Whether a void must first complete the draw, and can: the announced time has come and the
    event's text is there.
    """
    state = attempts.state_of(book.stages(round_id))
    if (
        state.freeze is None
        or approved.reason in (NOT_HELD, NO_TEAMS)
        or not (folder / "entropy.toml").exists()
    ):
        return False
    record = attempts.current_record(book, state)
    stated = {**approved.recorded(), "time": now.isoformat(timespec="seconds")}
    change_rules.require(
        change_rules.approval(
            record, stated, words.VOIDING, words.VOID_REASONS, state.freeze["time"]
        )
    )
    return change_rules.overdue(record, stated["time"])
