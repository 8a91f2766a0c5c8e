"""Invented results (演示批次 only): a filled-in 结果回填表 and its registers, so that everything
after the draw can be tried.

What looks random comes from SHA-256 of round, 检查编号 and item: the same drawn visits get the same
findings.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from ssj import protocol
from ssj.base import words, workdays
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results import finding_checks

CLERKS, REVIEWER = ("样例录入员甲", "样例录入员乙"), "样例审核人"
# share in 1,000 → result, measure
FINDINGS = (
    (800, "未发现问题", ""),
    (920, "发现问题已责令改正", "责令改正"),
    (945, "发现问题待后续处理；违反其他规定", "移送办案机构"),
    (960, "发现问题待后续处理；未按规定公示应当公示的信息", "抄告相关部门"),
    (980, "已关闭停业或正在组织清算", ""),
    (990, "迁移、注销等其他情况", ""),
    (995, "发现问题待后续处理；通过登记的住所（经营场所）无法联系", "反馈日常监管部门"),
    (1000, "不配合检查情节严重", "移送办案机构"),
)
GONE = (
    "已关闭停业或正在组织清算",
    "迁移、注销等其他情况",
    "发现问题待后续处理；通过登记的住所（经营场所）无法联系",
)


def lot(*parts: str) -> int:
    """A number below 1,000 that follows from its parts."""
    return int(protocol.sha256(",".join(parts).encode("utf-8"))[:12], 16) % 1000


def rows(record: Record, today: date, is_workday: Callable[[date], bool]) -> list[dict[str, Any]]:
    """结果回填表 as it stands on ``today``, Chinese headers as keys: one row a visit and item,
    blank where nobody has been yet.
    """
    numbers, sections = lists.visit_numbers(record), lists.internals(record, "targets")
    people, result = lists.names(record, "officers"), []
    window = record["parameters"]["window"]
    start, end = date.fromisoformat(window["start"]), date.fromisoformat(window["end"])
    days = [day for n in range((end - start).days + 1) if is_workday(day := start + timedelta(n))]
    teams = {day: finding_checks.who_goes(record, day.isoformat()) for day in days}
    for visit in sorted(record["visits"], key=lambda v: numbers[v["id"]]):
        number, public = numbers[visit["id"]], sections[visit["id"]]["public"]
        day = days[lot(record["round"], number, "day") * len(days) // 1000]
        gone = next(
            (
                text
                for share, text, _ in FINDINGS
                if lot(record["round"], number, visit["items"][0]) < share
                and text in GONE
                and lot(record["round"], number, visit["items"][0]) >= 960
            ),
            "",
        )
        team = "、".join(words.people(people, teams[day][visit["id"]]))
        for item in visit["items"]:
            result.append(
                {
                    "检查编号": number,
                    "编号": visit["id"],
                    "事项编号": item,
                    "检查人员": team,
                    **_answer(
                        record["round"],
                        number,
                        item,
                        day,
                        gone,
                        public,
                        sections[visit["id"]]["section"],
                        today,
                        is_workday,
                    ),
                }
            )
    return result


def _answer(
    round_id: str,
    number: str,
    item: str,
    day: date,
    gone: str,
    public: bool,
    section: str,
    today: date,
    is_workday: Callable[[date], bool],
) -> dict[str, Any]:
    """What is filled in for one item by ``today``."""
    found, measure = next(
        (text, measure) for share, text, measure in FINDINGS if lot(round_id, number, item) < share
    )
    if gone or found in GONE:  # a firm that is gone is gone for all items
        found, measure = (
            (gone, {t: m for _, t, m in FINDINGS}[gone]) if gone else ("未发现问题", "")
        )
    entered = workdays.after(day, 1 + lot(round_id, number, "entered") * 4 // 1000, is_workday)
    posted = workdays.after(entered, 1 + lot(round_id, number, "posted") * 18 // 1000, is_workday)
    closed = workdays.after(day, 5 + lot(round_id, number, item, "closed") * 30 // 1000, is_workday)
    blank: dict[str, Any] = dict.fromkeys(
        (
            "检查日期",
            "检查结果",
            "处置措施",
            "责任单位",
            "整改期限",
            "完结日期",
            "录入人",
            "录入日期",
            "审核人",
            "公示日期",
            "公示网址",
        ),
        "",
    )
    if day > today:
        return blank
    answer = {**blank, "检查日期": day, "检查结果": found, "处置措施": measure}
    if measure:
        answer |= {"责任单位": section, "整改期限": day + timedelta(30)} | (
            {"完结日期": closed} if closed <= today else {}
        )
    if entered <= today:
        answer |= {
            "录入人": CLERKS[lot(round_id, number) % 2],
            "录入日期": entered,
            "审核人": REVIEWER,
        }
    if public and posted <= today:
        answer |= {"公示日期": posted, "公示网址": f"https://www.example.org/{number}"}
    return answer
