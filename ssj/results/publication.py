"""The clock of publication: what is due, what is overdue, whose it is (谁检查、谁录入、谁公开), the
rates, and the list for the credit publicity system.

Days are working days with 调休. The day after the visit counts as the first; a result is late from
the day after the last one on. What is lawfully not published counts as settled, by its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from ssj.base import formats, params, words
from ssj.base.workdays import after
from ssj.draw import lists
from ssj.protocol import Record, teams_now
from ssj.results import corrections, postings, published, results
from ssj.results.registers import added, same
from ssj.results.results import IsWorkday
from ssj.tables import writing
from ssj.tables.writing import Sheets

SOON = 5  # working days ahead that count as soon
# what the credit publicity system is told of a result
ENTERED = ("date", "officers", "results", "measure")
TODO = {"drawn": "待检查", "visited": "待录入", "entered": "待审核", "reviewed": "待公示"}
ROLES = ("检查", "录入", "审核、公开")
SITES = {"published_on": postings.CREDIT, "posted_on": postings.PORTAL}
INTERNAL = "内部使用，不得对外公开"
Rows = list[dict[str, Any]]


class Clock:
    """The visits of a results record on one day, and how many working days they have left."""

    def __init__(self, drawn: Record, record: Record, today: date, is_workday: IsWorkday) -> None:
        self.drawn, self.record, self.today, self.is_workday = drawn, record, today, is_workday
        self.counted: dict[str, int] = {}
        own: dict[str, list[Record]] = {}
        for row in record["rows"]:
            own.setdefault(row["number"], []).append(row)
        self.people = lists.names(drawn, "officers")
        team: dict[str, list[str]] = {}
        for seat in teams_now(drawn)["officers"]:
            team.setdefault(seat["visit"], []).append(seat["officer"])
        posters = {p["number"]: p["poster"] for p in record["postings"] if p["poster"]}
        self.by_role = {
            v["number"]: (
                [o for r in own.get(v["number"], ()) for o in r["officers"]]
                or team.get(v["id"], []),
                [r["entered_by"] for r in own.get(v["number"], ()) if r["entered_by"]],
                [
                    *(r["reviewer"] for r in own.get(v["number"], ()) if r["reviewer"]),
                    *filter(None, [posters.get(v["number"], "")]),
                ],
            )
            for v in record["visits"]
        }
        window = drawn["parameters"]["window"]
        self.end = date.fromisoformat(window["end"])
        self.last = after(
            self.end, results.deadline_of(drawn, "publish"), is_workday
        ).isoformat()  # even for a visit on the last day

    def left(self, deadline: str) -> int:
        """Working days from today to a deadline; 0 on its day, less than 0 after it."""
        if deadline not in self.counted:
            end = date.fromisoformat(deadline)
            first, until = sorted((self.today, end))
            n = sum(
                self.is_workday(first + timedelta(k)) for k in range(1, (until - first).days + 1)
            )
            self.counted[deadline] = n if end >= self.today else -max(n, 1)
        return self.counted[deadline]

    def waiting(self) -> Rows:
        """Visits whose results are to be published and are not yet on the credit publicity system,
        the most urgent first.
        """
        own = [
            v
            for v in self.record["visits"]
            if v["date"] and not v["not_public"] and not v["published_on"]
        ]
        return sorted(
            (
                {**self._whose(v), "deadline": v["deadline"], "left": self.left(v["deadline"])}
                for v in own
            ),
            key=lambda r: (r["deadline"], r["number"]),
        )

    def overdue(self) -> Rows:
        """Visits whose deadline has passed without publication."""
        return [{**row, "by": -row["left"]} for row in self.waiting() if row["left"] < 0]

    def soon(self) -> Rows:
        """Visits whose deadline comes within ``SOON`` working days."""
        return [row for row in self.waiting() if 0 <= row["left"] <= SOON]

    def uninspected(self) -> Rows:
        """Visits that have not been made, or not for all their items, though the inspection period
        is over.
        """
        if self.today <= self.end:
            return []
        return [
            {
                **self._whose(v),
                "end": self.end.isoformat(),
                "missing": len(v["items"]) - v["answered"],
            }
            for v in self.record["visits"]
            if v["answered"] < len(v["items"])
        ]

    def objections(self) -> Rows:
        """Objections, the unanswered ones first, with their deadline."""
        days = results.deadline_of(self.drawn, "objection")
        rows = [
            {**o, "deadline": corrections.answer_by(o, days, self.is_workday)}
            for o in self.record["objections"]
        ]
        return sorted(
            (
                {
                    **o,
                    "late": "超期"
                    if (o["answered_on"] or self.today.isoformat()) > o["deadline"]
                    else "",
                }
                for o in rows
            ),
            key=lambda o: (bool(o["answered_on"]), o["deadline"], o["id"]),
        )

    def rates(self) -> Rows:
        """Shares of visits that are published, or lawfully not, for both sites; what each is a
        share of is said.
        """
        return [self._rate(key, what) for key in SITES for what in ("due", "in time", "all")]

    def by_section(self) -> Rows:
        """Counts for each section."""
        groups: dict[str, list[Record]] = {}
        for visit in self.record["visits"]:
            groups.setdefault(visit["section"] or "（没有写）", []).append(visit)
        return [{"section": name, **self._counts(own)} for name, own in sorted(groups.items())]

    def by_person(self) -> Rows:
        """Counts for everybody who inspected (or is to), entered, or reviewed and published, most
        overdue first.
        """
        groups: dict[tuple[int, str], dict[str, Record]] = {}
        for visit in self.record["visits"]:
            for role, people in enumerate(self.by_role[visit["number"]]):
                for person in people:
                    groups.setdefault((role, person), {})[visit["number"]] = visit
        rows = [
            {"person": self._named(person), "role": ROLES[role], **self._counts(own.values())}
            for (role, person), own in sorted(groups.items())
        ]
        return sorted(rows, key=lambda r: -r["late"] - r["missed"])

    def _whose(self, visit: Record) -> dict[str, Any]:
        inspected, entered, reviewed = (
            "、".join(dict.fromkeys(map(self._named, people)))
            for people in self.by_role[visit["number"]]
        )
        return {
            "number": visit["number"],
            "name": visit["name"],
            "section": visit["section"],
            "date": visit["date"],
            "todo": TODO.get(visit["state"], "待公示"),
            "inspected": inspected,
            "entered": entered,
            "reviewed": reviewed,
            "posted_on": visit["posted_on"],
        }

    def _named(self, person: str) -> str:
        return words.people(self.people, [person])[0]

    def _counts(self, visits: Iterable[Record]) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for v in visits:
            left = (
                self.left(v["deadline"])
                if v["date"] and not v["not_public"] and not v["published_on"]
                else None
            )
            counts += Counter(
                {
                    "visits": 1,
                    "done": bool(v["date"]),
                    "public": bool(v["published_on"]),
                    "lawful": lawfully_not(v),
                    "soon": left is not None and 0 <= left <= SOON,
                    "late": left is not None and left < 0,
                    "missed": v["answered"] < len(v["items"]) and self.today > self.end,
                }
            )
        return {
            key: counts[key]
            for key in ("visits", "done", "public", "lawful", "soon", "late", "missed")
        }

    def _rate(self, key: str, what: str) -> dict[str, Any]:
        day, visits = self.today.isoformat(), self.record["visits"]
        if what != "all":
            visits = [v for v in visits if (v["deadline"] or self.last) < day]
        lawful = sum(map(lawfully_not, visits))
        there = sum(
            not v["not_public"]
            and bool(v[key])
            and (what != "in time" or v[key] <= (v["deadline"] or self.last))
            for v in visits
        )
        name, base = {
            "due": ("到期公示率", "公示期限已过的户次（没有检查的，从检查期间最后一天起算）"),
            "in time": ("按期公示率", "公示期限已过的户次"),
            "all": ("全部公示率", "抽中的全部户次，没有检查、没有到期的也在内"),
        }[what]
        return {
            "site": SITES[key],
            "name": name,
            "there": there,
            "lawful": lawful,
            "base": len(visits),
            "of": base,
            "rate": formats.percent(there + lawful, len(visits)),
        }


def lawfully_not(visit: Record) -> bool:
    """Whether a visit has a result that is lawfully not published; one not made has none."""
    return bool(visit["date"] and visit["not_public"])


def not_published(record: Record) -> Rows:
    """Results that are lawfully not published, with the reason: of whole visits, and of single
    items.
    """
    whole = [
        {"number": v["number"], "name": v["name"], "item": "（全部）", "reason": v["not_public"]}
        for v in record["visits"]
        if lawfully_not(v)
    ]
    known = {v["number"]: v for v in record["visits"]}
    single = [
        {
            "number": r["number"],
            "name": known[r["number"]]["name"],
            "item": r["item"],
            "reason": r["not_public"],
        }
        for r in record["rows"]
        if r["not_public"] and not known[r["number"]]["not_public"]
    ]
    return sorted((*whole, *single), key=lambda r: (r["number"], r["item"]))


# 平台录入表.xlsx, and what else goes to the credit publicity system


def entered(drawn: Record, record: Record, earlier: Record) -> Iterator[dict[str, Any]]:
    """One row a visit and item, Chinese headers as keys: reviewed results that are to be public,
    without internal fields.

    ``earlier``: what the results stage before left; 新增 and 有改动 say what is to be entered
    since.
    """
    parameters, tasks, items = (
        drawn["parameters"],
        lists.internals(drawn, "tasks"),
        lists.names(drawn, "items"),
    )
    own, task_names, people = (
        lists.internals(drawn, "items"),
        lists.names(drawn, "tasks"),
        lists.names(drawn, "officers"),
    )
    drawn_for, before = (
        {v["id"]: v["tasks"] for v in drawn["visits"]},
        {(r["number"], r["item"]): r for _, r in _public(earlier)},
    )
    for visit, row in _public(record):
        mine = [t for t in drawn_for[visit["id"]] if row["item"] in tasks[t]["items"]]
        old = before.get((row["number"], row["item"]))
        since = (
            "新增"
            if old is None
            else "有改动"
            if any(old[key] != row[key] for key in ENTERED)
            else ""
        )
        yield {
            "本次变动": since,
            "检查机关": parameters["bureau"],
            "抽查计划名称": parameters["title"],
            "抽查批次": record["round"],
            "任务编号": "、".join(mine),
            "任务名称": "、".join(task_names[t] for t in mine),
            "检查编号": row["number"],
            "统一社会信用代码或编号": visit["id"],
            "名称": visit["name"],
            "事项编号": row["item"],
            "检查事项": items[row["item"]],
            "抽查依据": own[row["item"]]["basis"],
            "抽查主体": own[row["item"]]["department"],
            "检查日期": row["date"],
            "检查结果": "；".join(row["results"]),
            "处置措施": "、".join(row["measure"]),
            "检查人员": "、".join(people.get(o, o) for o in row["officers"]),
            "录入人": row["entered_by"],
            "审核人": row["reviewer"],
            "公示日期": row["published_on"],
            "公示网址": row["address"],
        }


def _public(record: Record) -> Iterator[tuple[Record, Record]]:
    """The results that are to be public, each with its visit; none of a record that has nothing."""
    visits = {
        v["number"]: v
        for v in record.get("visits", ())
        if v["state"] in published.REVIEWED and v["public"]
    }
    for row in record.get("rows", ()):
        if row["number"] in visits and not row["not_public"] and not withdrawn(record, row):
            yield visits[row["number"]], row


def withdrawn(record: Record, row: Record) -> bool:
    """Whether a result was withdrawn, by itself or with its visit."""
    return any(
        c["action"] == corrections.WITHDRAW
        and c["number"] == row["number"]
        and c["item"] in ("", row["item"])
        for c in record["corrections"]
    )


def changed(drawn: Record, record: Record, earlier: Record) -> Rows:
    """Corrections and withdrawals as the operator of the credit publicity system needs them."""
    names, items = {v["number"]: v for v in record["visits"]}, lists.names(drawn, "items")
    new = {same("corrections", c) for c in added("corrections", record["corrections"], earlier)}
    return [
        {
            "本次变动": "新增" if same("corrections", c) in new else "",
            "检查编号": c["number"],
            "统一社会信用代码或编号": names[c["number"]]["id"],
            "名称": names[c["number"]]["name"],
            "检查事项": items.get(c["item"], "（全部事项）"),
            "处理": c["action"],
            "理由类别": c["category"],
            "审批人": c["approver"],
            "审批日期": c["approved_on"],
        }
        for c in record["corrections"]
    ]


# What the working copies hold: sheets as rows

PENDING = {
    "number": "检查编号",
    "name": "名称",
    "section": "主管股室",
    "date": "检查日期",
    "todo": "到哪一步",
    "deadline": "公示期限",
    "left": "还剩工作日",
    "inspected": "谁检查",
    "entered": "谁录入",
    "reviewed": "谁审核、公开",
    "posted_on": "网站公示日期",
}
OVERDUE = {**{key: text for key, text in PENDING.items() if key != "left"}, "by": "超期工作日"}
MISSED = {
    "number": "检查编号",
    "name": "名称",
    "section": "主管股室",
    "inspected": "检查人员",
    "end": "检查期间截止",
    "missing": "没有结果的事项（项）",
}
COUNTS = {
    "visits": "户次",
    "done": "已检查",
    "public": "已公示",
    "lawful": "依法不公示",
    "soon": f"{SOON} 个工作日内到期",
    "late": "超期未公示",
    "missed": "超期未检查",
}
RATES = {
    "site": "公示渠道",
    "name": "指标",
    "rate": "公示率",
    "there": "已公示（户次）",
    "lawful": "依法不公示（户次）",
    "base": "分母（户次）",
    "of": "分母是什么",
}
OBJECTIONS = {
    "id": "异议编号",
    "number": "检查编号",
    "received_on": "收到日期",
    "deadline": "答复期限",
    "handler": "承办人",
    "answered_on": "答复日期",
    "outcome": "处理结论",
    "late": "是否超期",
}
LAWFUL = {"number": "检查编号", "name": "名称", "item": "事项", "reason": "不公示理由"}


def progress_sheets(drawn: Record, record: Record, today: date, is_workday: IsWorkday) -> Sheets:
    """公示进度.xlsx, as of ``today``."""
    clock = Clock(drawn, record, today, is_workday)
    about = writing.about(
        params.banners(record),
        ("内部使用", INTERNAL),
        ("单位", drawn["parameters"]["bureau"]),
        ("批次", f"{record['round']}，第 {record['attempt']} 次抽取"),
        ("结果归档于", formats.time(record["time"])),
        ("截至", formats.day(today.isoformat())),
        (
            "公示期限",
            (
                f"检查结束起 {results.deadline_of(drawn, 'publish')} 个工作日（含调休），"
                "检查结束的次日为第 1 日"
            ),
        ),
        ("说明", "本表是供工作使用的副本，每天重新生成，不要在表中填写"),
    )
    tables = {
        "公示率": (clock.rates(), RATES),
        "超期未公示": (clock.overdue(), OVERDUE),
        "待公示": ([r for r in clock.waiting() if r["left"] >= 0], PENDING),
        "超期未检查": (clock.uninspected(), MISSED),
        "按股室": (clock.by_section(), {"section": "主管股室", **COUNTS}),
        "按人员": (clock.by_person(), {"person": "人员", "role": "职责", **COUNTS}),
        "依法不公示": (not_published(record), LAWFUL),
        "异议": (clock.objections(), OBJECTIONS),
    }
    return {
        "说明": about,
        **{title: writing.sheet(rows, columns) for title, (rows, columns) in tables.items()},
    }


def platform_sheets(drawn: Record, record: Record, earlier: Record) -> Sheets:
    """平台录入表.xlsx."""
    rows, more = list(entered(drawn, record, earlier)), changed(drawn, record, earlier)
    new = Counter(row["本次变动"] for row in rows)
    about = writing.about(
        params.banners(record),
        ("内部使用", "供录入信用公示系统；只有已审核、应当公示的结果"),
        ("结果归档于", formats.time(record["time"])),
        ("本次新增", f"{new['新增']} 行"),
        ("本次有改动", f"{new['有改动']} 行"),
        ("以前已有、没有变动", f"{new['']} 行"),
        ("撤下", "已撤下的不在录入表中，见“更正撤下”表；应在信用公示系统中同时撤下"),
    )
    return {
        "录入": writing.sheet(rows or [{"本次变动": "（还没有已审核、应当公示的结果）"}]),
        "更正撤下": writing.sheet(more or [{"本次变动": "（无）"}]),
        "说明": about,
    }
