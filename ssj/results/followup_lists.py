"""What is to be done about the problems found, as lists: 问题台账, what is due, re-checks,
referrals for each department, joint punishment, legal review.

A problem is one measure for one item of a visit. Who is responsible is what 后续处置表 says, or
else 结果回填表; where both are silent the list proposes one (谁主管谁监管: the target's 主管股室,
or else the item's 抽查主体) and says that it is a proposal. Days count from the results' own date,
never from a clock. A re-check (复查) is no drawn visit: it has no place in ``visits``, so no yearly
cap and no cool-down counts it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from ssj.draw import lists
from ssj.protocol import Record
from ssj.results import followup, results
from ssj.results.followup import MENDED, ORDERLY, REFERRALS
from ssj.tables.schema import PRINCIPLES

AHEAD = 7  # days: what falls due within them is listed too
NOBODY = "（没有写明责任单位）"
NOWHERE = "（没有写明单位）"
FIRM = {"number": "检查编号", "name": "名称", "item_name": "事项"}
PROBLEMS = {
    **FIRM,
    "date": "检查日期",
    "results": "检查结果",
    "problem": "问题",
    "measure": "处置措施",
    "responsible": "责任单位",
    "principle": "责任依据",
    "source": "责任单位见",
    "due": "期限",
    "state": "状态",
    "closed_on": "办结日期",
}
# on a page
LISTED = {
    **FIRM,
    **{
        key: PROBLEMS[key]
        for key in ("results", "measure", "responsible", "source", "due", "state")
    },
}
DUE = {
    "when": "到期情况",
    **FIRM,
    "measure": "处置措施",
    "responsible": "责任单位",
    "due": "期限",
    "state": "状态",
}
SECTIONS = {
    "responsible": "责任单位",
    "problems": "问题",
    "open": "未办结",
    "overdue": "已超期",
    "soon": f"{AHEAD}日内到期",
    "longest": "最长超期（日）",
}
RECHECKS = {
    **FIRM,
    "responsible": "责任单位",
    "due": "期限",
    "when": "到期情况",
    "rechecked_on": "复查日期",
    "recheckers": "复查人员",
    "recheck": "复查结果",
    "state": "状态",
}
SENT = {
    "referred_to": "单位",
    "number": "检查编号",
    "id": "编号",
    "name": "名称",
    "item_name": "事项",
    "date": "检查日期",
    "results": "检查结果",
    "problem": "问题",
    "referred_on": "移送日期",
    "filed_on": "立案日期",
    "decision": "决定文书号",
    "decided_on": "决定日期",
    "closed_on": "办结日期",
}
REFERRED = {
    "list": "清单",
    "referred_to": "单位",
    **FIRM,
    "results": "检查结果",
    "responsible": "责任单位",
    "referred_on": "移送日期",
    "filed_on": "立案日期",
    "decision": "决定文书号",
    "state": "状态",
}
JOINT = {
    **FIRM,
    "id": "编号",
    "results": "检查结果",
    "decision": "决定文书号",
    "decided_on": "决定日期",
    "responsible": "责任单位",
}
LEGAL = {
    **FIRM,
    "measure": "处置措施",
    "major_": "是否重大决定",
    "legal_reviewer": "法制审核人",
    "legal_reviewed_on": "法制审核日期",
    "decision": "决定文书号",
    "decided_on": "决定日期",
    "stand": "审核情况",
}
Rows = list[dict[str, Any]]


def register(record: Record, done: Record) -> Rows:
    """问题台账: every measure of every problem by 检查编号 and item; ``record`` is the draw record,
    ``done`` ``results.json``.
    """
    names, items, today = (
        lists.names(record, "targets"),
        lists.names(record, "items"),
        done["time"][:10],
    )
    sections, own = (
        lists.internals(record, "targets"),
        {followup.key_of(f): f for f in done["followup"]},
    )
    departments, found = lists.internals(record, "items"), []
    for row in done["rows"]:
        if not results.has_problem(row):
            continue
        for measure in row["measure"] or [""]:
            entry = own.get((row["number"], row["item"], measure), {})
            responsible, principle, source = _responsible(
                row,
                entry,
                sections[row["visit"]]["section"],
                departments[row["item"]]["department"],
            )
            due = entry.get("due") or row["due"]
            closed = (
                (entry["closed_on"] if entry else row["closed_on"])
                or (measure == results.NO_FOLLOW_UP and row["date"])
                or ""
            )
            found.append(
                {
                    "number": row["number"],
                    "id": row["visit"],
                    "name": names[row["visit"]],
                    "item": row["item"],
                    "item_name": items[row["item"]],
                    "date": row["date"],
                    "results": row["results"],
                    "problem": entry.get("problem", ""),
                    "measure": measure,
                    "responsible": responsible,
                    "principle": principle,
                    "source": source,
                    "due": due,
                    "state": _state(measure, entry, closed),
                    "closed_on": closed,
                    "left": _days(today, due) if due and not closed else None,
                    "entry": entry,
                }
            )
    return found


def _responsible(row: Record, entry: Record, section: str, department: str) -> tuple[str, str, str]:
    """Who is responsible, by which principle, and where that stands."""
    for place, own in (("后续处置表", entry), ("结果回填表", row)):
        if own.get("responsible"):
            return own["responsible"], entry.get("principle", ""), place
    for place, named in (("主管股室", section), ("抽查主体", department)):
        if named:
            return named, PRINCIPLES[1], f"未填，暂按{place}"
    return NOBODY, "", "未填"


def _state(measure: str, entry: Record, closed: str) -> str:
    """Where a problem stands: the furthest that is written."""
    if closed:
        return "已办结"
    for key, state in (("decided_on", "已决定"), ("filed_on", "已立案"), ("referred_on", "已移送")):
        if entry.get(key):
            return state
    if measure == ORDERLY:
        return (
            "待办结"
            if entry.get("recheck") == MENDED
            else "复查未改正"
            if entry.get("recheck")
            else "待复查"
        )
    return "待移送" if measure in REFERRALS else "待处置"


def _days(today: str, due: str) -> int:
    return (date.fromisoformat(due) - date.fromisoformat(today)).days


def counted(register_: Rows) -> dict[str, int]:
    """Counts in words, no names."""
    due = due_rows(register_)
    return {
        "问题（户、事项、措施）": len(register_),
        "涉及户次": len({r["number"] for r in register_}),
        "已办结": sum(bool(r["closed_on"]) for r in register_),
        "没有期限": sum(not r["due"] and not r["closed_on"] for r in register_),
        "已超期": sum(r["left"] < 0 for r in due),
        f"{AHEAD} 日内到期": sum(r["left"] >= 0 for r in due),
        "责任单位未填、暂定的": sum(r["source"].startswith("未填") for r in register_),
    }


def due_rows(register_: Rows) -> Rows:
    """What is open and overdue, or falls due within ``AHEAD`` days: the longest overdue first."""
    some = [r for r in register_ if r["left"] is not None and r["left"] <= AHEAD]
    return sorted(
        ({**r, "when": _when(r["left"])} for r in some),
        key=lambda r: (r["left"], r["number"], r["item"]),
    )


def _when(left: int) -> str:
    return f"超期 {-left} 日" if left < 0 else f"{left} 日后到期" if left else "今日到期"


def by_section(register_: Rows) -> Rows:
    """Overdue warnings by who is responsible: those with most overdue first."""
    own: dict[str, Rows] = defaultdict(list)
    for row in register_:
        own[row["responsible"]].append(row)
    rows = []
    for section, mine in own.items():
        late = [-r["left"] for r in mine if r["left"] is not None and r["left"] < 0]
        rows.append(
            {
                "responsible": section,
                "problems": len(mine),
                "open": sum(not r["closed_on"] for r in mine),
                "overdue": len(late),
                "soon": sum(r["left"] is not None and 0 <= r["left"] <= AHEAD for r in mine),
                "longest": max(late, default=0),
            }
        )
    return sorted(rows, key=lambda r: (-r["overdue"], -r["open"], r["responsible"]))


def rechecks(register_: Rows) -> Rows:
    """Re-checks (复查): those still to be made by their deadline, then those that were made."""
    rows = [
        {
            **r,
            **{key: r["entry"].get(key, "") for key in ("rechecked_on", "recheck")},
            "recheckers": r["entry"].get("recheckers", []),
            "when": "" if r["left"] is None else _when(r["left"]),
        }
        for r in register_
        if r["measure"] == ORDERLY or r["entry"].get("rechecked_on")
    ]
    return sorted(
        rows,
        key=lambda r: (
            bool(r["closed_on"]),
            bool(r["rechecked_on"]),
            r["due"] or "9999",
            r["number"],
            r["item"],
        ),
    )


def referrals(register_: Rows) -> Rows:
    """移送清单, 抄告清单, 反馈清单: by list and department; those that name none yet come first."""
    rows = [
        {
            **r,
            "list": REFERRALS[r["measure"]],
            "referred_to": r["entry"].get("referred_to") or NOWHERE,
            **{
                key: r["entry"].get(key, "")
                for key in ("referred_on", "filed_on", "decision", "decided_on")
            },
        }
        for r in register_
        if r["measure"] in REFERRALS
    ]
    order = list(REFERRALS.values())
    return sorted(
        rows,
        key=lambda r: (
            order.index(r["list"]),
            r["referred_to"] != NOWHERE,
            r["referred_to"],
            r["number"],
            r["item"],
        ),
    )


def departments(register_: Rows) -> dict[tuple[str, str], Rows]:
    """List and department → its rows of :func:`referrals`."""
    own: dict[tuple[str, str], Rows] = {}
    for row in referrals(register_):
        own.setdefault((row["list"], row["referred_to"]), []).append(row)
    return own


def joint(register_: Rows) -> Rows:
    """联合惩戒名单: only with a decision's number and date."""
    return [
        {**r, "decision": r["entry"]["decision"], "decided_on": r["entry"]["decided_on"]}
        for r in register_
        if r["entry"].get("joint_punishment")
        and r["entry"]["decision"]
        and r["entry"]["decided_on"]
    ]


def legal(register_: Rows) -> Rows:
    """法制审核: major decisions and every other row that a reviewer is named for."""
    return [
        {
            **r,
            "major_": "是" if r["entry"]["major"] else "否",
            **{
                key: r["entry"][key]
                for key in ("legal_reviewer", "legal_reviewed_on", "decision", "decided_on")
            },
            "stand": _stand(r["entry"]),
        }
        for r in register_
        if r["entry"].get("major") or r["entry"].get("legal_reviewer")
    ]


def _stand(entry: Record) -> str:
    if entry["legal_reviewed_on"]:
        return "已审核" + ("、已决定" if entry["decided_on"] else "、尚未决定")
    return "待审核"
