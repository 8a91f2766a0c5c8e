"""审批权限: who may approve what, as year.toml and round.toml declare it, and whether what needs
approval has it.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from ssj.base.errors import Problem
from ssj.base.params import PUBLISHING, SCHEME, Approval, Authority, Parameters

NEEDED = (SCHEME, PUBLISHING)  # before a freeze
DECLARED = (*NEEDED, "抽后调整", "作废")  # who may approve these, every round.toml says


def approvers(parameters: dict[str, Any], matter: str) -> list[str]:
    """Who may approve a matter, by the frozen parameters of a round or a year."""
    return [
        name
        for a in parameters.get("authority", [])
        if a["matter"] == matter
        for name in a["approvers"]
    ]


def authorised(parameters: dict[str, Any], matter: str, approver: str) -> bool:
    """Whether ``approver`` may approve ``matter``, by the frozen parameters of a round or year."""
    return approver in approvers(parameters, matter)


def approval_problems(
    parameters: Parameters, rehearsal: bool = False, today: date | None = None
) -> list[Problem]:
    """Why a round may not be frozen (``today``) yet: an approval is missing, given by one who may
    not, or later than the freeze or the event; warnings in a rehearsal, which may come before it.
    """
    event_day = parameters.event.time.date()
    last, before = event_day, f"公开随机数产生日 {event_day}"
    if today is not None and today < event_day:
        last, before = today, f"今天 {today}（封库以前就要批准）"
    return check_approvals(
        "round.toml",
        parameters.authority,
        parameters.approval,
        NEEDED,
        DECLARED,
        last,
        before,
        "warning" if rehearsal or parameters.round.rehearsal else "error",
    )


def check_approvals(
    file: str,
    authority: list[Authority],
    approval: list[Approval],
    needed: tuple[str, ...],
    declared: tuple[str, ...],
    last: date,
    before: str,
    severity: Literal["error", "warning"] = "error",
) -> list[Problem]:
    """Problems of ``[[authority]]`` and ``[[approval]]``; ``last`` is the last day for an approval,
    ``before`` says which.
    """
    whole = {"authority": [a.model_dump() for a in authority]}
    found = [
        Problem(
            "R20",
            f"没有写明谁可以批准“{matter}”",
            "请在“审批权限”中加一行，写明可以批准的人",
            file=file,
            column="authority",
            severity=severity,
        )
        for matter in declared
        if not approvers(whole, matter)
    ]
    given = {a.matter for a in approval}
    found += [
        Problem(
            "R21",
            f"没有“{matter}”的审批",
            "请在批准之后，在“审批”中加一行，写明审批人和日期",
            file=file,
            column="approval",
            severity=severity,
        )
        for matter in needed
        if matter not in given
    ]
    for n, a in enumerate(approval):
        named = approvers(whole, a.matter)
        if not authorised(whole, a.matter, a.approver) and (named or a.matter not in declared):
            found.append(
                Problem(
                    "R22",
                    f"“{a.approver}”无权批准“{a.matter}”（规定的审批人："
                    f"{'、'.join(named) or '没有写'}）",
                    "请由有权的人批准；规定有误的，改“审批权限”",
                    file=file,
                    column=f"approval.{n}.approver",
                    value=a.approver,
                    severity=severity,
                )
            )
        if a.date > last:
            found.append(
                Problem(
                    "R23",
                    f"“{a.matter}”的审批日期晚于{before}，审批必须在前",
                    "请核对审批日期；确实没有批准的，先报批",
                    file=file,
                    column=f"approval.{n}.date",
                    value=str(a.date),
                    severity=severity,
                )
            )
    return found
