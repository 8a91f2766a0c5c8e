"""An archived plan of a year as data: ``plan.json``, what the public sees of it, and a round's
tasks against it.

| code | what differs |
| --- | --- |
| Y40 | a task of the round is not as the archived plan has it |
| Y41 | a task that the plan has for the round is missing |
| Y42 | a task of the round is not in the plan |
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from ssj.base import approvals, formats, params
from ssj.base.errors import Problem
from ssj.base.params import Parameters
from ssj.protocol import Record, Step, difference
from ssj.rosters import rosters
from ssj.rosters.rosters import Rosters
from ssj.tables import paramfiles, scopes
from ssj.tables.frames import records_of, rows_of
from ssj.tables.schema import ALL, WHOLE_YEAR, label
from ssj.year import forecast, merging, planning, simulation
from ssj.year.forecast import Forecast
from ssj.year.planning import Year

NOT_COMPARED = ("rounds", "approver", "approved_on", "remark")  # of a round's task with the year's
DIFFERENCES = ["id", "change", "field", "plan", "now", "row"]
Rows = list[dict[str, Any]]


# --- plan.json ------------------------------------------------------------------------------------


def record(
    stage: Record, own: Year, roster: Rosters, suggested: Rows, expected: Forecast
) -> Record:
    """The content of ``plan.json``: integers, decimal text, and the tasks as they were approved."""
    return {
        "round": stage["round_id"],
        "attempt": stage["attempt"],
        "year": own.year,
        "parameters": own.recorded(),
        "tasks": task_rows(roster),
        "items": [_plain(i) for i in records_of(planning.items_planned(roster, own))],
        "merging": suggested,
        "forecast": expected.recorded(),
        "code": stage["code"],
        "ledger_head": stage["ledger_head"],
    }


def derive(folder: Path, stage: Record) -> Record:
    """``plan.json`` from a stage's ``in/``, all steps at once; the notebook does one by one."""
    own, base = planning.read(folder), paramfiles.read_round(folder)
    roster = planning.load(folder, own, base)
    roster.check()
    outcome = simulation.simulate(roster, own, base)
    return record(
        stage,
        own,
        roster,
        merging.suggestions(roster, own, outcome),
        forecast.forecast(roster, own, base, outcome),
    )


def verify(written: Record, folder: Path, stage: Record) -> list[Step]:
    """What was written, against everything derived anew from ``in/``."""
    found = difference(derive(folder, stage), written)
    return [Step(3, "由 in/ 从头重算 plan.json", not found, found)]


def changed(archived: Record | None, own: Year, roster: Rosters) -> bool:
    """Whether a plan differs from the archived one, in its parameters or in its tasks."""
    return (
        archived is None
        or archived["parameters"] != own.recorded()
        or archived["tasks"] != task_rows(roster)
    )


def approved_on(archived: Record | None) -> str | None:
    """Day of the latest approval of an archived plan."""
    if archived is None:
        return None
    return max(
        (a["date"] for a in archived["parameters"]["approval"] if a["matter"] == params.YEAR_PLAN),
        default="",
    )


def task_rows(roster: Rosters) -> list[dict[str, Any]]:
    """The plan's tasks by id as plain values that canonical JSON holds: tuples as lists, 全部 for
    the categories of all targets.
    """
    every = tuple(sorted(set(roster.targets["category"])))
    return [
        {
            key: [ALL] if key == "categories" and tuple(value) == every else _plain(value)
            for key, value in task.items()
            if key != "pool" or value
        }
        for task in records_of(roster.plan.sort_values("id"))
    ]


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):  # numpy's scalars
        value = value.item()
    if isinstance(value, dict):
        return {str(key): _plain(own) for key, own in sorted(value.items())}
    if isinstance(value, list | tuple):
        return [_plain(own) for own in value]
    if isinstance(value, str | bool):
        return value
    if value is None or pd.isna(value):
        return None
    return value.isoformat() if isinstance(value, date) else int(value)


def differences(known: Rows, mine: Rows, rows: dict[str, int]) -> pd.DataFrame:
    """How tasks differ from an archived plan's: id, change, field, plan, now, row; ``rows`` has the
    places in the table.
    """
    before, after = ({t["id"]: t for t in tasks} for tasks in (known, mine))
    found: list[tuple[Any, ...]] = [
        (i, "计划外", "", "", "", rows.get(i)) for i in after if i not in before
    ]
    found += [(i, "未列入", "", "", "", None) for i in before if i not in after]
    found += [
        (
            i,
            "不同",
            _label(key),
            _said(before[i].get(key)),
            _said(task.get(key)),
            rows.get(i),
        )
        for i, task in after.items()
        if i in before
        for key in {**before[i], **task}
        if before[i].get(key) != task.get(key)
    ]
    found.sort(key=lambda f: f[0])
    return pd.DataFrame(found, columns=DIFFERENCES, dtype=object)


def since(previous: Record | None, roster: Rosters) -> pd.DataFrame:
    """What a plan changes in the archived one before it; nothing without one."""
    places = dict(zip(roster.plan["id"], roster.plan.index, strict=True))
    return differences(
        previous["tasks"] if previous else [], task_rows(roster) if previous else [], places
    )


def _label(key: str) -> str:
    try:
        return label("plan", key)
    except KeyError:
        return key


def _said(value: Any) -> str:
    return rosters.shown(tuple(value) if isinstance(value, list) else value)


# --- A round against the plan ---------------------------------------------------------------------


def in_round(tasks: Iterable[dict[str, Any]], round_id: str) -> Rows:
    """Of a plan's tasks those of one round, without what a round may have its own way."""
    return [
        {key: value for key, value in task.items() if key not in NOT_COMPARED}
        for task in tasks
        if {round_id, WHOLE_YEAR} & set(task["rounds"])
    ]


def compared(roster: Rosters, round_id: str, archived: Record | None) -> pd.DataFrame:
    """How a round's tasks differ from the archived plan (the content of ``year.json``); nothing
    without one.
    """
    known = in_round(archived["tasks"], round_id) if archived else []
    mine = in_round(task_rows(roster), round_id) if archived else []
    return differences(known, mine, dict(zip(roster.plan["id"], roster.plan.index, strict=True)))


def against(
    roster: Rosters, parameters: Parameters, archived: Record | None, rehearsal: bool = False
) -> list[Problem]:
    """A round's tasks that are not those of the archived plan: errors, or warnings where 计划变更
    is approved, or in a rehearsal.
    """
    whole = parameters.frozen()
    approved = any(
        a["matter"] == params.PLAN_CHANGE
        and approvals.authorised(whole, a["matter"], a["approver"])
        for a in whole["approval"]
    )
    place = roster.plan.attrs.get("place", {"file": "plan"})
    remedy = (
        "计划变更已批准，请核对"
        if approved
        else (f"请改回；确需变更的，报批后在批次参数的“审批”中加一行，事项写“{params.PLAN_CHANGE}”")
    )
    texts = {
        "不同": ("Y40", "任务 {id} 的{field}与已归档的年度计划不同，计划中是“{plan}”"),
        "未列入": ("Y41", "年度计划中本批次的任务 {id} 没有列入"),
        "计划外": ("Y42", "任务 {id} 不在年度计划的本批次中"),
    }
    return [
        Problem(
            texts[d.change][0],
            texts[d.change][1].format(**d._asdict()),
            remedy,
            **place,
            row=None if pd.isna(d.row) else int(d.row),
            column=d.field,
            value=d.now,
            severity="warning" if approved or rehearsal else "error",
        )
        for d in rows_of(compared(roster, parameters.round.id, archived))
    ]


def described(archived: Record | None) -> dict[str, Any]:
    """The archived plan that a round is compared with, as facts."""
    if archived is None:
        return {"年度计划": "登记簿中没有本年度已归档的计划，没有对照"}
    return {
        "年度计划": archived["title"],
        "第几次归档": archived["attempt"],
        "归档时间": formats.time(archived["time"]),
        "档案包校验码": archived["bag"],
    }


# --- What the public sees -------------------------------------------------------------------------


def public_rows(roster: Rosters, own: Year, framed: dict[str, pd.DataFrame]) -> Rows:
    """The plan for publication: no class, no tag, no condition; of ratios only the share of a
    task's targets, all together.
    """
    names = dict(zip(roster.items["id"], roster.items["name"], strict=True))
    return [
        {
            "name": f"{t['name']}（{t['kind']}）",
            "items": tuple(names[i] for i in t["items"]),
            "categories": tuple(t["categories"]),
            "share": formats.percent(ratio),
            "rounds": spelt(t["rounds"], own),
            "departments": tuple(dict.fromkeys([t["lead"], *t["partners"]])),
        }
        for t, ratio in zip(task_rows(roster), shares(roster, framed).values(), strict=True)
    ]


def spelt(rounds: Iterable[str], own: Year) -> tuple[str, ...]:
    """Rounds in words: 全年 for all of the year's."""
    rounds = tuple(rounds)
    return (WHOLE_YEAR,) if WHOLE_YEAR in rounds or set(own.ids()) <= set(rounds) else rounds


def about(number: str) -> str:
    """An expected number for the public: ``about("391.3") == "约 391"``."""
    return f"约 {round(Fraction(number))}"


def public_items(roster: Rosters) -> pd.DataFrame:
    """The items that the plan has."""
    planned = {i for ids in roster.plan["items"] for i in ids}
    return roster.items[roster.items["id"].isin(planned)]


def approved(own: Year) -> str:
    """Who approved the plan, and when, in words."""
    return "；".join(
        f"{a.approver}，{formats.day(a.date.isoformat())}"
        for a in own.approval
        if a.matter == params.YEAR_PLAN
    )


def shares(roster: Rosters, framed: dict[str, pd.DataFrame]) -> dict[str, Fraction]:
    """Task → the share of its targets that it means to draw in a round."""
    return {
        t.id: planning.share(t, framed.values()) for t in rows_of(roster.plan.sort_values("id"))
    }


# --- For the auditor ------------------------------------------------------------------------------


def tasks_in_words(roster: Rosters, own: Year, framed: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The plan's tasks with scope in words, ratios as percentages, the share of all classes
    together, and 全年 for all rounds.
    """
    tasks = roster.plan.sort_values("id")
    together = [formats.percent(ratio) for ratio in shares(roster, framed).values()]
    return tasks.assign(
        scope=scopes.texts(tasks),
        ratios=[rosters.shown(r) for r in tasks["ratios"]],
        share=together,
        rounds=tasks["rounds"].map(lambda r: spelt(r, own)),
    )


def items_in_words(roster: Rosters, own: Year) -> pd.DataFrame:
    """What :func:`ssj.year.planning.items_planned` says, for people."""
    items = planning.items_planned(roster, own)
    limits = [formats.exact(limit) if limit else "" for limit in items["ratio_limit"]]
    return items.assign(
        ratio_limit=limits, rounds=items["rounds"].map(lambda r: spelt(r, own) if r else ())
    )


def merging_in_words(suggested: Rows, own: Year) -> Rows:
    """Suggestions of :mod:`ssj.year.merging` with 全年 for all rounds."""
    return [{**row, "rounds": spelt(row["rounds"], own)} for row in suggested]
