"""The year's plan (年度抽查计划): ``year.toml``, and the one table of checks on it.

| code | what is wrong |
| --- | --- |
| Y01 | year.toml: another year than the folder |
| Y02 Y03 | a round listed twice; a window reversed or outside the year |
| Y04 Y05 | a task's 时间 names no round of the year; a round without a task |
| Y06 | no internal or no joint task, no general or no key item planned |
| Y10 Y11 | a key item that no task has; an item planned less often than its 抽查频次 |
| Y12 | an item neither planned nor with a 抽查频次 |
| Y13 Y14 | an item whose 抽查频次 is not understood, or is longer than a year |
| Y20 | a task's ratio above the 抽查比例 of one of its general items |
| Y21 Y22 | a task approved by one who may not, or later than its first round begins |
| Y23 | a changed plan without an approval of its own |
| Y00 | the round whose rosters are to be used has no folder |

Y24 to Y26 say what a year's publications reveal (:mod:`ssj.year.revealing`); Y40 to Y42 compare a
round with the archived plan (:mod:`ssj.year.planned`). What single cells and rosters hold is
:mod:`ssj.tables.rules`' to check, what a round can draw :mod:`ssj.draw.framing`'s; both are asked
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import pandas as pd
from pydantic import Field

from ssj import protocol
from ssj.base import approvals, formats, params
from ssj.base.errors import Problem
from ssj.base.params import Approval, Authority, Parameters, RoundId, Strict, Text
from ssj.draw import framing, teams
from ssj.draw.derive import derive
from ssj.rosters import rosters
from ssj.rosters.rosters import Rosters
from ssj.tables import fields, paramfiles, parts
from ssj.tables.cells import word
from ssj.tables.frames import rows_of
from ssj.tables.schema import WHOLE_YEAR, label
from ssj.year import revealing

FILE = "year.toml"  # as problems name it; paramfiles.placed says where in the workbook
KEY, GENERAL, INTERNAL, JOINT = "重点", "一般", "内部", "部门联合"


class YearRound(Strict):
    """A round that the year is to have: the days between which its visits take place."""

    id: RoundId
    start: date
    end: date


class Year(Strict):
    """A whole ``year.toml``. ``rosters`` names the round whose rosters and parameters the plan is
    checked and simulated with.
    """

    year: Annotated[int, Field(ge=2000, le=2199)]
    title: Text
    bureau: Text
    demonstration: bool = False
    rosters: RoundId
    rounds: Annotated[list[YearRound], Field(min_length=1)]
    authority: list[Authority] = Field(default_factory=list)
    approval: list[Approval] = Field(default_factory=list)

    def recorded(self) -> dict[str, Any]:
        """As ``plan.json`` holds it."""
        return self.model_dump(mode="json")

    def ids(self) -> list[str]:
        """The year's rounds, earliest first."""
        return [r.id for r in sorted(self.rounds, key=lambda r: (r.start, r.id))]

    def window(self) -> tuple[date, date]:
        """Visit window of the year's first round, which certificates are held against."""
        first = min(self.rounds, key=lambda r: (r.start, r.id))
        return first.start, first.end


FORM = fields.Form(
    "year",
    "年度参数",
    Year,
    (
        fields.Section(
            "基本",
            "哪一年的计划，用哪个批次的名录和参数核对、模拟。任务写在 plan.xlsx 中。",
            (
                fields.Field("year", "年份", "与文件夹名一致。", "int", once=True),
                fields.Field("title", "名称", "如 2026年度双随机抽查工作计划。", once=True),
                fields.Field("bureau", "单位全称", "印在公告和文书上。"),
                fields.Field(
                    "rosters", "用哪个批次的名录", "批次号，一般是最近的一个。", once=True
                ),
                fields.Field(
                    "demonstration", "演示计划", "正式的选“否”。", "bool", words=fields.CHOOSE
                ),
            ),
        ),
        fields.Section(
            "批次",
            "本年的批次，每个一行。",
            (
                fields.Field("id", "批次号", "与计划“时间”列写的一致，如 2026Q1。"),
                fields.Field("start", "检查期间第一天", fields.DAY, "day"),
                fields.Field("end", "检查期间最后一天", fields.DAY, "day"),
            ),
            "rounds",
            table=True,
            once=True,
        ),
        fields.Section(
            "审批",
            "谁、哪一天批准的：第一个批次开始以前；计划变更的，改写为新的审批。",
            (fields.Field("matter", "事项", offers=(params.YEAR_PLAN,)), *fields.APPROVAL),
            "approval",
            table=True,
        ),
        fields.Section(
            "审批权限",
            "年度计划由谁批准。",
            (fields.Field("matter", "事项", offers=(params.YEAR_PLAN,)), fields.APPROVERS),
            "authority",
            table=True,
        ),
    ),
)


def read(folder: Path) -> Year:
    """The parameters of a year's folder; ``InputError`` with all their problems."""
    return cast("Year", paramfiles.read(FORM, folder))


def load(folder: Path, year: Year, base: Parameters, plan_folder: Path | None = None) -> Rosters:
    """The rosters of a round's folder with the year's plan, which may lie in its own folder."""
    return rosters.load(folder, base.classes, year.ids()[0], year.window(), plan_folder)


def parameters_of(base: Parameters, own: YearRound) -> Parameters:
    """The base round's parameters as one of the year's rounds will have them."""
    window = base.round.window.model_copy(update={"start": own.start, "end": own.end})
    return base.model_copy(
        update={"round": base.round.model_copy(update={"id": own.id, "window": window})}
    )


def rounds_of(task: Any, ids: Sequence[str]) -> list[str]:
    """The year's rounds that a task stands in."""
    return [i for i in ids if i in task.rounds or WHOLE_YEAR in task.rounds]


def frames(roster: Rosters, year: Year, base: Parameters) -> dict[str, pd.DataFrame]:
    """Round → its frames, as if nothing had been drawn before."""
    return {
        own.id: derive(roster, parameters_of(base, own)).frames
        for own in sorted(year.rounds, key=lambda r: (r.start, r.id))
    }


# --- How often (抽查频次) -------------------------------------------------------------------------

_DIGITS = {digit: str(value) for value, digit in enumerate("〇一二三四五六七八九")} | {"两": "2"}
_UNITS = {"年": 12, "半年": 6, "季度": 3, "季": 3, "个月": 1, "月": 1}
_FREE = ("", "不定期", "按需", "根据需要", "适时", "视情", "不限")
_OFTEN = re.compile(
    r"(?:每|一|1)?(?P<many>\d*)(?P<unit>半年|年度?|季度?|个?月)(?:内|抽查|检查)?"
    r"(?:不少于|不低于|至少|≥|>=)?(?P<times>\d+)次?(?:以上)?"
)
_PER = re.compile(
    r"(?:不少于|不低于|至少|≥|>=)?(?P<times>\d+)次?/(?P<many>\d*)(?P<unit>半年|年度?|季度?|个?月)"
)


def often(text: str) -> tuple[int, int] | None:
    """How many times in how many months: ``often("每季度1次") == (1, 3)``; None where nothing is
    demanded, ValueError if unknown.
    """
    said = "".join(_DIGITS.get(c, c) for c in word(text))
    if said in _FREE:
        return None
    found = _OFTEN.fullmatch(said) or _PER.fullmatch(said)
    if not found or not int(found["times"]):
        raise ValueError(text)
    months = _UNITS[found["unit"].replace("年度", "年")] * int(found["many"] or 1)
    return int(found["times"]), months


def _lacking(
    own: set[str],
    year: Year,
    times: int,
    months: int,
    since: date | None,
    until: date | None = None,
) -> list[str]:
    """The year's months in which an item stands in fewer rounds than its frequency demands;
    ``since``: not before that day, ``until``: not if it ends before they do.
    """
    short = []
    for first in range(1, 13, months):
        begins, last = date(year.year, first, 1), first + months - 1
        if (since is not None and since > begins) or (
            until is not None
            and until < date(year.year + last // 12, last % 12 + 1, 1) - timedelta(1)
        ):
            continue
        if sum(r.id in own and first <= r.start.month <= last for r in year.rounds) < times:
            short.append(f"{first}至{last}月" if months > 1 else f"{first}月")
    return short


def items_planned(roster: Rosters, year: Year) -> pd.DataFrame:
    """One row an item: the tasks that have it, the rounds that these stand in, and what is lacking,
    in words.
    """
    rows = []
    for i in rows_of(roster.items):
        tasks = [t for t in rows_of(roster.plan) if i.id in t.items]
        own = {r for t in tasks for r in rounds_of(t, year.ids())}
        since, until = (None if pd.isna(day) else day for day in (i.effective, i.ends))
        code, gap = _gap(i, own, year, since, until)
        rows.append(
            {
                "id": i.id,
                "name": i.name,
                "kind": i.kind,
                "frequency": i.frequency,
                "ratio_limit": i.ratio_limit,
                "tasks": tuple(sorted(t.id for t in tasks)),
                "rounds": tuple(r for r in year.ids() if r in own),
                "code": code,
                "gap": gap,
            }
        )
    columns = ["id", "name", "kind", "frequency", "ratio_limit", "tasks", "rounds", "code", "gap"]
    return pd.DataFrame(rows, roster.items.index, columns, dtype=object)


def _gap(
    item: Any, own: set[str], year: Year, since: date | None, until: date | None
) -> tuple[str, str]:
    """Code and words of what an item lacks in the plan; both empty if nothing."""
    if (since is not None and since.year > year.year) or (
        until is not None and until.year < year.year
    ):
        return "", ""
    if item.kind == KEY and not own and (until is None or until >= date(year.year, 12, 31)):
        return "Y10", "重点事项没有列入计划"
    try:
        demand = often(item.frequency)
    except ValueError:
        return "Y13", "抽查频次的写法不能识别，没有核对"
    if demand is None:
        return ("", "") if own else ("Y12", "没有列入计划，也没有写抽查频次")
    times, months = demand
    if months > 12:
        return (
            ("", "")
            if own
            else ("Y14", "抽查频次长于一年，本年没有列入计划，请核对上一年是否抽查过")
        )
    short = _lacking(own, year, times, months, since, until)
    if not short:
        return "", ""
    return (
        "Y11",
        "没有列入计划，达不到抽查频次"
        if not own
        else f"达不到抽查频次：{'、'.join(short)}安排的批次不足 {times} 个",
    )


# --- Ratios ---------------------------------------------------------------------------------------


def share(task: Any, framed: Iterable[pd.DataFrame]) -> Fraction:
    """The share of a task's targets that it means to draw in a round, all classes together; the
    largest over its rounds.
    """
    if protocol.ALL in task.ratios:
        return Fraction(task.ratios[protocol.ALL])
    shares = [Fraction(0)]
    for frame in framed:
        drawable = frame[(frame["task"] == task.id) & (frame["size"] > 0)][
            "risk_class"
        ].value_counts()
        if count := int(drawable.sum()):
            shares.append(
                sum((Fraction(task.ratios[c]) * int(n) for c, n in drawable.items()), Fraction(0))
                / count
            )
    return max(shares)


# --- All problems ---------------------------------------------------------------------------------


def problems(
    roster: Rosters,
    year: Year,
    base: Parameters,
    name: str,
    today: date,
    newest: str | None = None,
    rehearsal: bool = False,
) -> list[Problem]:
    """Everything that is wrong with a year's plan beside what its rosters' own checks say; ``name``
    is the folder's.

    ``newest``: day of the approval of the archived plan that this one changes. Where a row of the
    rosters has an error, what rests on all rows is not looked at. A rehearsal may come before the
    approval: then that is a warning.
    """
    found = [
        *_of_year(year, name),
        *_approved(roster, year, today, newest, "warning" if rehearsal else "error"),
        *_tasks(roster, year),
    ]
    if any(p.severity == "error" for p in [*found, *roster.problems] if p.file != FILE):
        return found
    return [*found, *_items(roster, year), *_drawn(roster, year, base)]


def _of_year(year: Year, name: str) -> list[Problem]:
    found = []
    if name != str(year.year):
        found.append(
            Problem(
                "Y01",
                f"年度与文件夹名“{name}”不一致",
                "请改成一致",
                file=FILE,
                column="year",
                value=str(year.year),
            )
        )
    ids = [r.id for r in year.rounds]
    for n, own in enumerate(year.rounds):
        if own.id in ids[:n]:
            found.append(
                Problem(
                    "Y02",
                    "批次写了两遍",
                    "每个批次只写一段",
                    file=FILE,
                    column=f"rounds.{n}.id",
                    value=own.id,
                )
            )
        if own.end < own.start:
            found.append(
                Problem(
                    "Y03",
                    "检查期间的结束日早于开始日",
                    "请核对日期",
                    file=FILE,
                    column=f"rounds.{n}.end",
                    value=str(own.end),
                )
            )
        if own.start.year != year.year:
            found.append(
                Problem(
                    "Y03",
                    f"检查期间的开始日不在 {year.year} 年",
                    "请核对日期；别的年度的批次写在别的年度",
                    file=FILE,
                    column=f"rounds.{n}.start",
                    value=str(own.start),
                )
            )
    return found


def _approved(
    roster: Rosters,
    year: Year,
    today: date,
    newest: str | None,
    severity: Literal["error", "warning"],
) -> list[Problem]:
    """The plan's approval and, where they are written, its tasks'. The first plan is approved
    before the year's first round begins, a changed one anew.
    """
    first = year.window()[0]
    last, before = (
        (today, f"今天 {today}")
        if newest is not None
        else (first - timedelta(1), f"第一个批次检查期间开始的前一天 {first - timedelta(1)}")
    )
    found = approvals.check_approvals(
        FILE,
        year.authority,
        year.approval,
        (params.YEAR_PLAN,),
        (params.YEAR_PLAN,),
        last,
        before,
        severity,
    )
    own, place = year.recorded(), roster.plan.attrs.get("place", {"file": "plan"})
    given = [a["date"] for a in own["approval"] if a["matter"] == params.YEAR_PLAN]
    if newest is not None and given and max(given) <= newest:
        found.append(
            Problem(
                "Y23",
                f"计划与已归档的（{formats.day(newest)}批准）不同，却没有新的审批",
                "变更的计划须重新审批，请改写“审批”的审批人和日期",
                file=FILE,
                column="approval",
                value=max(given),
                severity=severity,
            )
        )
    starts = {r.id: r.start for r in year.rounds}
    for row, task in zip(roster.plan.index, rows_of(roster.plan), strict=True):
        if task.approver and not approvals.authorised(own, params.YEAR_PLAN, task.approver):
            named = "、".join(approvals.approvers(own, params.YEAR_PLAN)) or "没有写"
            found.append(
                Problem(
                    "Y21",
                    f"这一任务的审批人无权批准年度计划（规定的审批人：{named}）",
                    "请由有权的人批准；规定有误的，改年度参数的“审批权限”",
                    **place,
                    row=row,
                    column=label("plan", "approver"),
                    value=task.approver,
                )
            )
        begins = min((starts[r] for r in rounds_of(task, list(starts))), default=None)
        if not pd.isna(task.approved_on) and begins is not None and task.approved_on >= begins:
            found.append(
                Problem(
                    "Y22",
                    f"这一任务的审批日期不早于它的第一个批次（{begins} 开始）",
                    "请核对审批日期",
                    **place,
                    row=row,
                    column=label("plan", "approved_on"),
                    value=str(task.approved_on),
                )
            )
    return found


def _tasks(roster: Rosters, year: Year) -> list[Problem]:
    found, place, known = [], roster.plan.attrs.get("place", {"file": "plan"}), set(year.ids())
    for row, task in zip(roster.plan.index, rows_of(roster.plan), strict=True):
        for one in sorted(set(task.rounds) - known - {WHOLE_YEAR}):
            found.append(
                Problem(
                    "Y04",
                    f"任务 {task.id} 的时间不是 {year.year} 年的批次",
                    f"本年的批次：{'、'.join(year.ids())}；请改正，或在年度参数中加上这个批次",
                    **place,
                    row=row,
                    column=label("plan", "rounds"),
                    value=one,
                )
            )
    for one in year.ids()[1:]:  # of the first one the rosters' own check says it
        if not any(rounds_of(t, [one]) for t in rows_of(roster.plan)):
            found.append(
                Problem(
                    "Y05",
                    f"批次 {one} 没有任务",
                    "如确实不安排，可以从年度参数中去掉",
                    **place,
                    column=label("plan", "rounds"),
                    value=one,
                    severity="warning",
                )
            )
    kinds = set(roster.plan["kind"])
    planned = {i for ids in roster.plan["items"] for i in ids}
    own = set(roster.items.loc[roster.items["id"].isin(planned), "kind"])
    for missing, text in (
        (INTERNAL not in kinds, "本部门内部的任务"),
        (JOINT not in kinds, "部门联合的任务"),
        (GENERAL not in own, "一般检查事项"),
        (KEY not in own, "重点检查事项"),
    ):
        if missing:
            found.append(
                Problem(
                    "Y06",
                    f"计划中没有{text}",
                    "年度计划应兼有内部任务和联合任务、一般事项和重点事项；如确实没有，可以不管",
                    **place,
                    severity="warning",
                )
            )
    return found


_REMEDIES = {
    "Y10": "请安排到某个任务的“事项编号”列",
    "Y11": "请增加批次或任务；频次写错的，改事项清单",
    "Y12": "请列入某个任务，或写上抽查频次",
    "Y13": "请写成“每年1次”“每半年1次”“每季度1次”“每月1次”“每两年1次”或“不定期”",
    "Y14": "上一年抽查过的，可以不管",
}


def _items(roster: Rosters, year: Year) -> list[Problem]:
    return [
        Problem(
            i.code,
            f"事项“{i.name}”{i.gap}",
            _REMEDIES[i.code],
            **parts.place(roster.items, row, "items"),
            column=label("items", "id" if i.code == "Y10" else "frequency"),
            value=i.id if i.code == "Y10" else i.frequency,
            severity="error" if i.code in ("Y10", "Y11") else "warning",
        )
        for row, i in zip(roster.items.index, rows_of(items_planned(roster, year)), strict=True)
        if i.code
    ]


def _drawn(roster: Rosters, year: Year, base: Parameters) -> list[Problem]:
    """What the plan can't draw, ratios above an item's limit, caps below the plan, seats that
    nobody could take.
    """
    ids = tuple(year.ids())
    spelt = roster.plan.assign(
        rounds=roster.plan["rounds"].map(lambda own: ids if WHOLE_YEAR in own else own)
    )
    spelt.attrs = roster.plan.attrs
    whole = replace(roster, plan=spelt)
    rounds = [derive(whole, parameters_of(base, one)) for one in year.rounds]
    found: dict[tuple[Any, ...], Problem] = {}
    for own in rounds:
        if own.tasks.empty:
            continue
        # these are about the base round's own tasks; a ratio's reason is given in the round
        here = [
            replace(p, severity="warning") if p.code == "P42" else p
            for p in framing.problems(own.frames, own.tasks, own.parameters, own.roster)
            if p.code not in ("P43", "P45", "P46")
        ]
        if not any(p.severity == "error" for p in here):
            here += [
                replace(
                    p,
                    message=f"按现有名录，{own.parameters.round.id} 有的检查{p.message}",
                    severity="warning",
                )
                for p in teams.seat_problems({"tables": own.drafted})
            ]
        for p in here:  # what several rounds say is said once
            found.setdefault(
                (p.code, p.row, p.column, p.value if p.code != "P42" else p.message), p
            )
    place, limits = (
        roster.plan.attrs.get("place", {"file": "plan"}),
        {i.id: i for i in rows_of(roster.items) if i.kind == GENERAL and i.ratio_limit},
    )
    above = []
    for row, task in zip(roster.plan.index, rows_of(roster.plan), strict=True):
        ratio = share(task, [own.frames for own in rounds])
        for item in (
            limits[i] for i in task.items if i in limits and ratio > Fraction(limits[i].ratio_limit)
        ):
            above.append(
                Problem(
                    "Y20",
                    f"任务 {task.id} 的抽查比例高于一般事项 {item.id} 的抽查比例 "
                    f"{formats.exact(item.ratio_limit)}",
                    "请降低比例，或把这个事项从任务中去掉；规定有误的，改事项清单",
                    **place,
                    row=row,
                    column=label("plan", "ratios"),
                    value=formats.percent(ratio, limit=Fraction(item.ratio_limit)),
                )
            )
    framed = {own.parameters.round.id: own.frames for own in rounds}
    return [*found.values(), *above, *revealing.problems(roster, framed)]
