"""After a freeze or draw: an officer replaced (抽后调整), or the whole attempt ended (作废). Both add a stage; nothing sealed changes.

A reason comes from a closed list, the approver must be the one whom the round's own parameters name for the matter, and who replaces an
officer follows from the lots (PROTOCOL §8.6): nobody is picked by hand.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ssj import approvals, changes, check, params, protocol, rounds, teams, words
from ssj.archive import Archive
from ssj.casebook import Say
from ssj.errors import InputError, RefusedError, quoted
from ssj.rounds import State, Workplace

OTHER = "其他"  # must be explained in the note
NOT_HELD, NO_TEAMS = "活动未举行", "检查组排不出来"  # the reasons to void after the announced time without a draw


@dataclass(frozen=True)
class Approved:
    """Why, who approved it and when: what every amendment and void states."""

    reason: str
    note: str
    approver: str
    date: date

    def recorded(self) -> dict[str, str]:
        """As ``stage.json`` holds it."""
        return {"reason": self.reason, "note": self.note, "approver": self.approver, "date": self.date.isoformat()}

    def refuse_unless(self, record: protocol.Record, matter: str, reasons: Iterable[str], since: str, now: datetime) -> None:
        """``RefusedError`` unless the reason is on the list, explained where it must be, and approved by who may, between ``since`` and now."""
        if self.reason not in reasons:
            raise RefusedError(f"{matter}没有“{self.reason}”这个理由", f"可选：{'、'.join(reasons)}。")
        if self.reason == OTHER and not self.note:
            raise RefusedError(f"理由为“{OTHER}”的，须写明情况", "请在 --note 后写明。")
        if not approvals.authorised(record["parameters"], matter, self.approver):
            named = approvals.approvers(record["parameters"], matter)
            raise RefusedError(f"“{self.approver}”无权批准{matter}", f"封库时规定的审批人：{'、'.join(named) or '无'}。")
        if not since[:10] <= self.date.isoformat() <= now.date().isoformat():
            raise RefusedError(f"审批日期 {self.date} 应在 {since[:10]} 与今天之间", "请核对审批日期。")


def amend(book: Archive, round_id: str, officer: str, visits: list[str], approved: Approved, now: datetime, place: Workplace,
          say: Say) -> dict[str, Any]:
    """Replace an officer or expert: in the named visits, or with none named in all of them and for the rest of the round.

    ``visits``: ids of targets or 检查编号. ``RefusedError`` for an unknown officer or visit, or where nobody is left.
    """
    state = rounds.state_of(book.stages(round_id))
    record = rounds.drawn_record(book, state)
    approved.refuse_unless(record, words.AMENDING, words.AMEND_REASONS, state.draw["time"], now)
    people = {o["id"] for o in record["tables"]["officers"]}
    if officer not in people:
        raise RefusedError(f"执法检查人员名录库中没有工号 {officer}", "请核对工号；工号在抽取结果.xlsx 的“检查组”表中。")
    if approved.reason == words.RECUSAL and not visits:
        raise RefusedError("回避只对写明的检查有效，没有写是哪几户", "请在 --visit 后写检查编号或检查对象编号。")
    own = _visits_of(record, officer)
    named = [_target(record, text) for text in visits]
    if astray := [text for text, target in zip(visits, named, strict=True) if target not in own]:
        raise RefusedError(f"{officer} 不在这些检查的检查组中：{quoted(astray)}", f"{officer} 现在参加的检查：{'、'.join(own) or '无'}。")
    if not own:
        raise RefusedError(f"{officer} 现在没有参加任何检查，不需要更换", "各人参加的检查见抽取结果.xlsx 的“检查组”表。")
    request = {"officer": officer, "visits": sorted(set(named)) or own, "all": not visits}
    teams.replace(record, officer, request["visits"], request["all"])
    name = rounds.take_record(book, state.teams, place.folder / "in")
    stage = {**rounds.stage_of(book, round_id, state.attempt, now), "amends": name, **request, **approved.recorded()}
    return rounds.finish(book, place, "amend", stage, say)


def _visits_of(record: protocol.Record, officer: str) -> list[str]:
    """Targets that an officer or expert visits now."""
    teams = protocol.teams_now(record)
    return sorted({t["visit"] for taken in teams.values() for t in taken if t["officer"] == officer})


def _target(record: protocol.Record, text: str) -> str:
    """The target that a 检查编号 or an id means; the text itself if it means none."""
    from ssj.files import visit_numbers

    numbers = {number: target for target, number in visit_numbers(record).items()}
    return numbers.get(text.strip(), text.strip())


def void(book: Archive, folder: Path, approved: Approved, witnesses: list[str], now: datetime, place: Workplace, say: Say) -> dict[str, Any]:
    """End the current attempt of the round in ``folder``. After the announced time only once its draw is archived, or where the event was
    not held, or where its draw has no teams: then the event's text and the list are kept with the void.

    ``witnesses``: announced custodians (保管人) who confirm that the event was not held; two or more.
    """
    round_id = folder.name
    state = rounds.state_of(book.stages(round_id))
    if state.freeze is None:
        raise RefusedError(f"{round_id} 没有可以作废的抽取", "各批次的进度请看 ssj status。")
    record = rounds.current_record(book, state)
    approved.refuse_unless(record, words.VOIDING, words.VOID_REASONS, state.freeze["time"], now)
    _refuse_hiding(record, state, approved, witnesses, round_id, now)
    if approved.reason == NO_TEAMS:
        _refuse_unless_unstaffed(record, state, folder, now)
    name = rounds.take_record(book, state.teams or state.freeze, place.folder / "in")
    if approved.reason == NO_TEAMS:
        shutil.copyfile(folder / "entropy.toml", place.folder / "in" / "entropy.toml")
    stage = {**rounds.stage_of(book, round_id, state.attempt, now), "voids": name, **approved.recorded(), "witnesses": sorted(witnesses)}
    return rounds.finish(book, place, "void", stage, say)


def _refuse_hiding(record: protocol.Record, state: State, approved: Approved, witnesses: list[str], round_id: str, now: datetime) -> None:
    """``RefusedError`` where a void would hide a list that somebody may know already (decision 009, 016)."""
    if approved.reason != NOT_HELD:
        if witnesses:
            raise RefusedError(f"只有理由为“{NOT_HELD}”的，才写证明人", "请去掉 --witness。")
        if approved.reason != NO_TEAMS and overdue(record, state, now):
            raise RefusedError("公告的公开随机数产生时间已过：须先完成抽取并归档，才能作废",
                               f"请先运行 ssj event {round_id} 录入公开随机数；活动没有举行的，理由写“{NOT_HELD}”，并由两名保管人证明。")
        return
    if state.draw is not None:
        raise RefusedError("已经抽取，说明活动已经举行", "请改写作废的理由。")
    if strangers := sorted(set(witnesses) - set(record["event"]["custodians"])):
        raise RefusedError(f"证明人{quoted(strangers)}不是公告的保管人", f"公告的保管人：{'、'.join(record['event']['custodians']) or '无'}。")
    if len(set(witnesses)) < params.LEAST_CUSTODIANS:
        raise RefusedError(f"活动没有举行，须由 {params.LEAST_CUSTODIANS} 名以上保管人证明", "请在 --witness 后写明保管人，每名一个；证明不了的，按公告的办法顺延举行。")


def _refuse_unless_unstaffed(record: protocol.Record, state: State, folder: Path, now: datetime) -> None:
    """``RefusedError`` unless the event's text is there and no teams can be made for what it draws."""
    if state.draw is not None:
        raise RefusedError("已经抽取，检查组排得出来", "请改写作废的理由。")
    if not (folder / "entropy.toml").exists():
        raise RefusedError("还没有公开随机数，不知道检查组排不排得出来", f"请先运行 ssj event {folder.name}，再运行 ssj draw {folder.name}。")
    if problems := check.entropy_problems(folder, record, now):
        raise InputError(problems)
    try:
        changes.unstaffed(record, params.read_entropy(folder / "entropy.toml").text)
    except protocol.ProtocolError as error:
        raise RefusedError(str(error), f"请运行 ssj draw {folder.name}；仍要作废的，改写理由。") from error


def overdue(record: protocol.Record, state: State, now: datetime) -> bool:
    """Whether the announced time has come and the attempt is not drawn: its list may be known to whoever holds the salt.

    A list that is drawn elsewhere is not ours to hide.
    """
    elsewhere = protocol.drawn_elsewhere(record["parameters"])
    return state.draw is None and not elsewhere and now >= datetime.fromisoformat(record["event"]["time"])


def draw_waits(book: Archive, round_id: str, approved: Approved, folder: Path, now: datetime) -> bool:
    """Whether a void must first complete the draw, and can: the announced time has come and the event's text is there."""
    state = rounds.state_of(book.stages(round_id))
    if state.freeze is None or approved.reason in (NOT_HELD, NO_TEAMS) or not (folder / "entropy.toml").exists():
        return False
    record = rounds.current_record(book, state)
    approved.refuse_unless(record, words.VOIDING, words.VOID_REASONS, state.freeze["time"], now)
    return overdue(record, state, now)
