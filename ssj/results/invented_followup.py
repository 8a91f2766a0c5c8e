"""Invented follow-ups (演示批次 only): 后续处置表 as it stands on a day, from the invented 结果回填
表.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from ssj.base import workdays
from ssj.results.followup import NOTIFY, ORDERLY, REFER, REFERRALS
from ssj.results.invented import lot
from ssj.tables import schema

REFERRED_TO = {REFER: "样例综合行政执法大队", NOTIFY: "样例市场监督管理局"}
LEGAL_REVIEWER = "样例法制审核员"
IsWorkday = Callable[[date], bool]


def rows(
    round_id: str, results: Iterable[dict[str, Any]], today: date, is_workday: IsWorkday
) -> list[dict[str, Any]]:
    """后续处置表, Chinese headers as keys: one row for each measure of the invented results that is
    to be followed up.
    """
    blank = {c.header: "" for c in schema.LATER["followup"]}
    found: list[dict[str, Any]] = []
    for row in results:
        if row["处置措施"] not in (ORDERLY, *REFERRALS):
            continue
        answer = {
            "检查编号": row["检查编号"],
            "事项编号": row["事项编号"],
            "处置措施": row["处置措施"],
            "责任单位": row["责任单位"] or "样例监管股",
            "责任依据": schema.PRINCIPLES[lot(round_id, row["检查编号"], "principle") % 2],
            "期限": row["整改期限"],
            "是否重大决定": "否",
            "是否联合惩戒": "否",
            "办结日期": row["完结日期"],
        }
        how = _mended if row["处置措施"] == ORDERLY else _referred
        found.append({**blank, **answer, **how(round_id, row, len(found) + 1, today, is_workday)})
    return found


def _mended(
    round_id: str, row: dict[str, Any], _: int, today: date, is_workday: IsWorkday
) -> dict[str, Any]:
    """A re-check: mended where the results are closed, now and then not mended at first."""
    checked = row["完结日期"] or workdays.after(row["检查日期"], 10, is_workday)
    mended = bool(row["完结日期"])
    if checked > today or (not mended and lot(round_id, row["检查编号"], "recheck") >= 500):
        return {}
    return {
        "复查日期": checked,
        "复查人员": row["检查人员"],
        "复查结果": "已改正" if mended else "未改正",
    }


def _referred(
    round_id: str, row: dict[str, Any], number: int, today: date, is_workday: IsWorkday
) -> dict[str, Any]:
    """A referral after two working days; from the investigating body, once closed, its decision,
    reviewed beforehand where it is a major one.
    """
    day = workdays.after(row["检查日期"], 2, is_workday)
    if day > today:
        return {}
    answer = {
        "移送单位": REFERRED_TO.get(row["处置措施"], row["责任单位"] or "样例监管股"),
        "移送日期": day,
    }
    if row["处置措施"] != REFER or not row["完结日期"]:
        return answer
    major = lot(round_id, row["检查编号"], "major") < 500
    return {
        **answer,
        "立案日期": workdays.after(day, 1, is_workday),
        "决定文书号": f"样例罚决〔{row['完结日期'].year}〕{number}号",
        "决定日期": row["完结日期"],
        "是否重大决定": "是" if major else "否",
        "是否联合惩戒": "是" if major else "否",
        **(
            {"法制审核人": LEGAL_REVIEWER, "法制审核日期": workdays.after(day, 2, is_workday)}
            if major
            else {}
        ),
    }
