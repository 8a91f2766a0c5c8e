"""When an amendment (抽后调整) or a void (作废) is allowed: reason, note, approver, date,
witnesses, what must be archived first.

Each rule yields the error with which the command refuses; the commands raise the first one, the
audit (V3) says all of them about an archived stage. Both hand over what ``stage.json`` holds, so
that an archive can't hold what the commands would not have made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

from ssj import protocol
from ssj.base import approvals, params, words
from ssj.base.errors import InputError, RefusedError, SsjError, quoted
from ssj.draw import changes, events
from ssj.protocol import Record

OTHER = "其他"  # must be explained in the note
# the reasons to void after the announced time without a draw
NOT_HELD, NO_TEAMS = ("活动未举行", "检查组排不出来")
Errors = Iterator[SsjError]


def require(errors: Iterable[SsjError]) -> None:
    """Raise the first one."""
    for error in errors:
        raise error


def amending(record: Record, stage: Record, since: str) -> Errors:
    """What forbids an amendment of a drawn ``record``, made as ``stage.json`` says; ``since``: time
    of the draw.

    That the officer goes to these visits, and who comes instead, is PROTOCOL §8.6
    (:func:`ssj.draw.changes.amended`).
    """
    yield from approval(record, stage, words.AMENDING, words.AMEND_REASONS, since)
    if stage["officer"] not in {o["id"] for o in record["tables"]["officers"]}:
        yield RefusedError(
            f"执法检查人员名录库中没有工号 {stage['officer']}",
            "请核对工号；工号在抽取结果.xlsx 的“检查组”表中。",
        )
    if stage["reason"] == words.RECUSAL and stage["all"]:
        yield RefusedError(
            "回避只对写明的检查有效，没有写是哪几户", "请在 --visit 后写检查编号或检查对象编号。"
        )
    if stage["all"] and stage["visits"] != (own := visits_of(record, stage["officer"])):
        yield RefusedError(
            f"{stage['officer']} 以后都不参加，但没有写全现在参加的检查",
            f"{stage['officer']} 现在参加的检查：{'、'.join(own) or '无'}。",
        )


def visits_of(record: Record, officer: str) -> list[str]:
    """Targets that an officer or expert visits now."""
    return sorted(
        {
            t["visit"]
            for taken in protocol.teams_now(record).values()
            for t in taken
            if t["officer"] == officer
        }
    )


def voiding(record: Record, stage: Record, since: str, folder: Path) -> Errors:
    """What forbids a void of ``record`` (frozen, drawn or amended), made as ``stage.json`` says;
    ``since``: time of the freeze.

    ``folder``: where the event's text (entropy.toml) lies, if it is there: the round's folder, or
    the stage's ``in/``.
    """
    yield from approval(record, stage, words.VOIDING, words.VOID_REASONS, since)
    yield from hiding(record, stage)
    if stage["reason"] == NO_TEAMS:
        yield from staffed(record, stage, folder)


def approval(
    record: Record, stage: Record, matter: str, reasons: Iterable[str], since: str
) -> Errors:
    """Unless the reason is on the list, explained where it must be, and approved by who may,
    between ``since`` and the stage's own day.
    """
    if stage["reason"] not in reasons:
        yield RefusedError(
            f"{matter}没有“{stage['reason']}”这个理由", f"可选：{'、'.join(reasons)}。"
        )
    if stage["reason"] == OTHER and not stage["note"].strip():
        yield RefusedError(f"理由为“{OTHER}”的，须写明情况", "请在 --note 后写明。")
    if not approvals.authorised(record["parameters"], matter, stage["approver"]):
        named = approvals.approvers(record["parameters"], matter)
        yield RefusedError(
            f"“{stage['approver']}”无权批准{matter}",
            f"封库时规定的审批人：{'、'.join(named) or '无'}。",
        )
    first, last = (date.fromisoformat(text[:10]) for text in (since, stage["time"]))
    if not first <= date.fromisoformat(stage["date"]) <= last:
        yield RefusedError(
            f"审批日期 {stage['date']} 应在 {first} 与今天（{last}）之间", "请核对审批日期。"
        )


def hiding(record: Record, stage: Record) -> Errors:
    """A void must not hide a list that somebody may know already (decision 009, 016)."""
    witnesses, announced = set(stage["witnesses"]), record["event"]["custodians"]
    if stage["reason"] != NOT_HELD:
        if witnesses:
            yield RefusedError(f"只有理由为“{NOT_HELD}”的，才写证明人", "请去掉 --witness。")
        if stage["reason"] != NO_TEAMS and overdue(record, stage["time"]):
            yield RefusedError(
                "公告的公开随机数产生时间已过：须先完成抽取并归档，才能作废",
                f"请先运行 ssj event {record['round']} 录入公开随机数；活动没有举行的，"
                f"理由写“{NOT_HELD}”，并由两名保管人证明。",
            )
        return
    if "drawn" in record:
        yield RefusedError("已经抽取，说明活动已经举行", "请改写作废的理由。")
    if strangers := sorted(witnesses - set(announced)):
        yield RefusedError(
            f"证明人{quoted(strangers)}不是公告的保管人",
            f"公告的保管人：{'、'.join(announced) or '无'}。",
        )
    if len(witnesses) < params.LEAST_CUSTODIANS:
        yield RefusedError(
            f"活动没有举行，须由 {params.LEAST_CUSTODIANS} 名以上保管人证明",
            "请在 --witness 后写明保管人，每名一个；证明不了的，按公告的办法顺延举行。",
        )


def staffed(record: Record, stage: Record, folder: Path) -> Errors:
    """Unless the event's text is there, as announced, and no teams can be made of its draw."""
    if "drawn" in record:
        yield RefusedError("已经抽取，检查组排得出来", "请改写作废的理由。")
    if not (folder / "entropy.toml").exists():
        yield RefusedError(
            "还没有公开随机数，不知道检查组排不排得出来",
            f"请先运行 ssj event {record['round']}，再运行 ssj draw {record['round']}。",
        )
        return
    if problems := events.entropy_problems(folder, record, datetime.fromisoformat(stage["time"])):
        yield InputError(problems)
        return
    try:
        changes.unstaffed(record, params.read_entropy(folder / "entropy.toml").text)
    except protocol.ProtocolError as error:
        yield RefusedError(str(error), f"请运行 ssj draw {record['round']}；仍要作废的，改写理由。")


def overdue(record: Record, time: str) -> bool:
    """Whether at ``time`` the announced time has come and the attempt is not drawn: its list may be
    known to whoever holds the salt.

    A list that is drawn elsewhere is not ours to hide.
    """
    return (
        "drawn" not in record
        and not protocol.drawn_elsewhere(record["parameters"])
        and datetime.fromisoformat(time) >= datetime.fromisoformat(record["event"]["time"])
    )
