"""The review of a year (年度评估): ``review.json``, from the archived plan, the rounds' records and
the declared indicators.

All that it counts lies in the stage's ``in/``: ``plan.json``; ``ledger.json`` (which stages of
which rounds, voids, amendments; an extract of the archives, which an audit makes again); of every
drawn round its current record, chances, last results and what its lists say of dates;
indicators.xlsx and other_inspections.xlsx. A year may be reviewed while its rounds are still
running: the record says what is open. Who approved voids and amendments is shown, never scored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import formats, params, workdays
from ssj.base.errors import InputError, Problem
from ssj.protocol import Record
from ssj.results import results
from ssj.tables import places, schema
from ssj.year import frequency, indicator_list, indicators, statistics, yields
from ssj.year.measures import Round, Year

MOST = 200  # rows of one indicator that a notebook shows; the rest are in 考核台账.xlsx
Rows = list[dict[str, Any]]


@dataclass
class Given:
    """A stage's ``in/`` read: the year, what is declared, the extract of the ledger, and the day up
    to which things count: the stage's own, or the last 截止日 if that is earlier.
    """

    year: Year
    declared: indicator_list.Declared
    ledger: Record
    as_of: str
    problems: list[Problem]

    def check(self) -> None:
        """``InputError`` with all errors; warnings pass."""
        if errors := [p for p in self.problems if p.severity == "error"]:
            raise InputError(errors)


def load(folder: Path, stage: Record) -> Given:
    """Everything in ``in/``; problems of both tables are collected, errors first."""
    plan, ledger = parse(folder / "plan.json"), parse(folder / "ledger.json")
    today = datetime.fromisoformat(stage["time"]).date()
    declared = indicator_list.read(folder, plan["year"], today)
    as_of = min(
        today,
        max((date.fromisoformat(r["cutoff"]) for r in declared.rows if r["cutoff"]), default=today),
    ).isoformat()
    is_workday = workdays.read_calendar(folder / "calendar.toml")
    rounds = [_round(folder, entry, is_workday) for entry in ledger["rounds"]]
    year = Year(
        plan["year"],
        plan,
        ledger["plan"]["stage"],
        rounds,
        declared.other,
        {r["id"]: r["declared"] and date.fromisoformat(r["declared"]) for r in declared.rows},
    )
    file = places.find(folder, indicator_list.OTHER).name if declared.other is not None else ""
    found = [*declared.problems, *indicator_list.against(year, file, as_of)]
    return Given(year, declared, ledger, as_of, sorted(found, key=lambda p: p.severity))


def _round(folder: Path, entry: Record, is_workday: results.IsWorkday) -> Round:
    draw, listed, chances = (
        parse(folder / f"{entry['round']}-{kind}.json") for kind in ("draw", "lists", "chances")
    )
    found = parse(folder / f"{entry['round']}-results.json") if entry["results"] else None
    end = date.fromisoformat(draw["parameters"]["window"]["end"])
    return Round(
        entry,
        draw,
        found,
        listed,
        workdays.after(end, results.deadline_of(draw, "publish"), is_workday).isoformat(),
        chances,
    )


def parse(path: Path) -> Any:
    """A record of ``in/``, read strictly."""
    return protocol.parse(path.read_text(encoding="utf-8"))


# --- review.json ---


def estimated(given: Given) -> Record:
    """What the results archived so far say of the whole roster (:mod:`ssj.year.yields`);
    internal.
    """
    return yields.reviewed(
        [yields.Round(one.record, one.chances, one.results) for one in given.year.rounds]
    )


def record(stage: Record, given: Given, counted: list[Record], estimates: Record) -> Record:
    """The content of ``review.json``."""
    it, plan = given.year, given.year.plan
    rounds = [of_round(one, given.as_of) for one in it.rounds]
    waiting = still_open(given)
    return {
        "round": stage["round_id"],
        "attempt": stage["attempt"],
        "year": it.year,
        "time": stage["time"],
        "as_of": given.as_of,
        "parameters": plan["parameters"],
        "plan": {
            **given.ledger["plan"],
            "tasks": len(plan["tasks"]),
            "approved": [
                {key: a[key] for key in ("approver", "date")}
                for a in plan["parameters"]["approval"]
                if a["matter"] == params.YEAR_PLAN
            ],
        },
        "finished": not waiting,
        "running": waiting,
        "rounds": rounds,
        "indicators": counted,
        "voids": given.ledger["voids"],
        "amendments": given.ledger["amendments"],
        "approvers": approvers(given.ledger),
        "other": others(given),
        "frequency": frequency.recorded(it, given.as_of),
        "statistics": statistics.recorded(it, given.as_of),
        "sources": stage["inputs"],
        "estimates": estimates,
    }


def of_round(one: Round, until: str) -> Record:
    """A drawn round in numbers, without classes and trades."""
    entry, visits, record = one.entry, one.visits(until), one.record
    states = (
        one.results["counts"]
        if one.results
        else {state: len(visits) * (state == "drawn") for state in results.STATES}
    )
    follow = [r for v in visits for r in v["rows"] if results.needs_follow_up(r)]
    unmerged = sum(len(v["tasks"]) for v in visits)
    tasks = one.tasks()
    return {
        **{key: entry[key] for key in ("round", "attempt", "stage", "bag", "results")},
        "chances": entry["freeze"],
        "title": record["parameters"]["title"],
        "window": record["parameters"]["window"],
        "external": protocol.drawn_elsewhere(record["parameters"]),
        "tasks": len(tasks),
        "joint": sum(len(t["internal"]["departments"]) > 1 for t in tasks),
        "targets": len(record["tables"]["targets"]),
        "visits": len(visits),
        "unmerged": unmerged,
        "saved": unmerged - len(visits),
        "visited": sum(v["visited"] for v in visits),
        "reviewed": sum(v["reviewed"] for v in visits),
        "published": sum(bool(v["published_on"]) for v in visits),
        "lawfully_not": sum(bool(v["lawful"]) for v in visits),
        "overdue": sum(v["overdue"] for v in visits),
        "off_site": sum(v["off_site"] and v["visited"] for v in visits),
        "problems": sum(v["problem"] for v in visits),
        "gone": sum(v["gone"] for v in visits),
        "follow_ups": len(follow),
        "closed": sum(bool(d) and d <= until for d in map(one.closed_on, follow)),
        "states": [
            {"state": results.STATES[state], "visits": n}
            for state, n in sorted(states.items(), key=lambda s: [*results.STATES].index(s[0]))
        ],
        "results_by": [
            {"result": c, "rows": n}
            for c, n in sorted(
                Counter(c for v in visits for r in v["rows"] for c in r["results"]).items()
            )
        ],
    }


def still_open(given: Given) -> list[Record]:
    """What keeps the year from being finished, round by round, in words without names."""
    found = list(given.ledger["open"])
    for one in given.year.rounds:
        end, left = (
            one.record["parameters"]["window"]["end"],
            sum(not v["visited"] for v in one.visits(given.as_of)),
        )
        if left or end > given.as_of:
            found.append(
                {
                    "round": one.id,
                    "text": f"检查期间到 {end}" + (f"，还有 {left} 户次没有检查完" if left else ""),
                }
            )
    if given.as_of < (last := f"{given.year.year}-12-31"):
        found.append(
            {"round": "", "text": f"本年还没有结束，只算到 {given.as_of}（年末是 {last}）"}
        )
    return sorted(found, key=lambda o: o["round"])


def approvers(ledger: Record) -> list[Record]:
    """How many voids and amendments each approver approved; shown, never scored."""
    names = sorted({r["approver"] for key in ("voids", "amendments") for r in ledger[key]})
    return [
        {
            "approver": name,
            "voids": sum(v["approver"] == name for v in ledger["voids"]),
            "amendments": len(own := [a for a in ledger["amendments"] if a["approver"] == name]),
            "visits": sum(a["visits"] for a in own),
        }
        for name in names
    ]


def others(given: Given) -> Record | None:
    """Other inspections up to the day: those that count, those that are exempt; None without the
    table.
    """
    if given.year.other is None:
        return None
    rows = [r for r in given.year.other if r["date"] <= given.as_of]
    kinds = [
        {
            "kind": kind,
            "counted": sum(not r["exempt"] for r in own),
            "exempt": sum(r["exempt"] for r in own),
        }
        for kind in schema.OTHER_KINDS
        if (own := [r for r in rows if r["kind"] == kind])
    ]
    return {
        "counted": sum(k["counted"] for k in kinds),
        "exempt": sum(k["exempt"] for k in kinds),
        "kinds": kinds,
    }


def derive(folder: Path, stage: Record) -> Record:
    """``review.json`` from a stage's ``in/``, all steps at once; the notebook does one by one."""
    given = load(folder, stage)
    given.check()
    return record(
        stage,
        given,
        indicators.counted(given.year, given.declared.rows, given.as_of),
        estimated(given),
    )


def verify(written: Record, folder: Path, stage: Record) -> list[protocol.Step]:
    """What was written, against everything derived anew from ``in/``."""
    found = protocol.difference(derive(folder, stage), written)
    return [protocol.Step(3, "由 in/ 从头重算 review.json", not found, found)]


# --- For people ---


def by_id(record: Record) -> dict[str, Record]:
    """Indicators by their code."""
    return {i["id"]: i for i in record["indicators"]}


def missing(indicator: Record) -> list[Record]:
    """What was looked at and does not count towards the numerator."""
    return [r for r in indicator["rows"] if not r["counted"]]


MET = {True: "达到", False: "没有达到", None: ""}
INDICATOR = {
    "id": "指标编号",
    "name": "指标名称",
    "numerator": "分子",
    "denominator": "分母",
    "said": "值",
    "target": "目标值",
    "met": "是否达到",
    "until": "算到",
    "note": "说明",
}
ROW = {"round": "批次", "number": "检查编号", "id": "编号", "name": "名称", "text": "情况"}
ROUND = {
    "round": "批次",
    "attempt": "第几次抽取",
    "visits": "抽中",
    "visited": "检查完毕",
    "reviewed": "已审核",
    "published": "已公示",
    "lawfully_not": "依法不公示",
    "off_site": "其中非现场",
    "problems": "发现问题",
    "follow_ups": "后续处置（件）",
    "closed": "已办结（件）",
    "saved": "合并减少",
}
VOID = {
    "round": "批次",
    "attempt": "第几次抽取",
    "approver": "审批人",
    "date": "审批日期",
    "reason": "理由",
    "note": "情况说明",
}
AMENDMENT = {
    "round": "批次",
    "attempt": "第几次抽取",
    "approver": "审批人",
    "date": "审批日期",
    "reason": "理由",
    "officer": "工号",
    "name": "姓名",
    "visits": "户次",
}
APPROVER = {
    "approver": "审批人",
    "voids": "作废（次）",
    "amendments": "更换检查人员（次）",
    "visits": "更换涉及（户次）",
}


def indicator_rows(record: Record) -> Rows:
    """All indicators in words."""
    return [{**i, "met": MET[i["met"]]} for i in record["indicators"]]


def definition_rows(record: Record) -> Rows:
    """How each indicator is defined and counted."""
    return [
        {
            key: i[key]
            for key in (
                "id",
                "name",
                "definition",
                "numerator_text",
                "denominator_text",
                "cutoff",
                "rule",
                "evidence",
            )
        }
        for i in record["indicators"]
    ]


DEFINITION = {
    "id": "指标编号",
    "name": "指标名称",
    "definition": "口径",
    "numerator_text": "分子",
    "denominator_text": "分母",
    "cutoff": "截止日",
    "rule": "程序怎样计算",
    "evidence": "佐证材料",
}


def missing_rows(record: Record) -> Rows:
    """What every rate lacks that could be 100 %, by indicator, with the stage to look at."""
    return [
        {**r, "indicator": f"{i['id']} {i['name']}", "where": where(r)}
        for i in record["indicators"]
        if i["unit"] == "rate" and indicators.INDICATORS[i["id"]].whole
        for r in missing(i)
    ]


def where(row: Record) -> str:
    """The archived stage that shows it: ``2021Q4/03-results``."""
    return f"{row['round']}/{row['stage']}" if row["stage"] else ""


def part_rows(record: Record, *ids: str) -> Rows:
    """Breakdowns of some indicators."""
    return [
        {**p, "indicator": i["name"]}
        for i in record["indicators"]
        if i["id"] in ids
        for p in i["parts"]
    ]


PART = {
    "indicator": "指标",
    "label": "分列",
    "numerator": "分子",
    "denominator": "分母",
    "said": "值",
}


def round_rows(record: Record) -> Rows:
    """The rounds with a line for all of them."""
    rows = record["rounds"]
    return [
        *rows,
        *[
            {
                "round": "合计",
                **{
                    key: sum(r[key] for r in rows)
                    for key in ROUND
                    if key not in ("round", "attempt")
                },
            }
        ]
        * bool(rows),
    ]


def facts(record: Record) -> dict[str, Any]:
    """The review in words and counts, for everybody."""
    total = round_rows(record)[-1] if record["rounds"] else dict.fromkeys(ROUND, 0)
    waiting: Iterable[str] = [f"{o['round']} {o['text']}".strip() for o in record["running"]]
    return {
        "年度": f"{record['year']} 年",
        "单位": record["parameters"]["bureau"],
        "截至": record["as_of"],
        "各批次是否都已完成": "是" if record["finished"] else "否",
        **({"还没有完成的": tuple(waiting)} if not record["finished"] else {}),
        "已抽取的批次": len(record["rounds"]),
        "抽中（户次）": total["visits"],
        "检查完毕": total["visited"],
        "其中非现场（不入企）": total["off_site"],
        "已公示": total["published"],
        "依法不公示": total["lawfully_not"],
        PROBLEMS: total["problems"],
        "多项任务合并减少（户次）": total["saved"],
        "本次抽取作废（次）": len(record["voids"]),
        "更换检查人员（次）": len(record["amendments"]),
    }


def public_rows(record: Record) -> Rows:
    """Indicators for the public: counts only, nothing by class or trade, no internal ones, none of
    findings; dates are among the facts.
    """
    return [
        i
        for i in record["indicators"]
        if not i["internal"] and i["unit"] != "date" and i["id"] not in OF_FINDINGS
    ]


def public_facts(record: Record) -> dict[str, Any]:
    """:func:`facts` but for what was found, and the indicators that are dates."""
    return {
        **{name: value for name, value in facts(record).items() if name != PROBLEMS},
        **frequency.public_facts(record),
        **{
            i["name"]: formats.day(i["value"])
            for i in record["indicators"]
            if i["unit"] == "date" and i["value"] and not i["internal"]
        },
    }


# They count results that are lawfully not published: less the published ones, these would be told.
# What was found is public by the pages of results, whose totals are of their rows.
PROBLEMS, OF_FINDINGS = "发现问题（户次）", ("Z15", "Z16")
PUBLIC = {"name": "指标", "numerator": "分子", "denominator": "分母"}
PUBLIC_DEFINITION = {"name": "指标", "until": "算到", "definition": "口径"}
PUBLIC_ROUND = {
    key: ROUND[key] for key in ("round", "visits", "visited", "published", "lawfully_not")
}
