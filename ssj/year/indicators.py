"""The indicators of a year (督查考评指标): one table of what can be counted, how indicators.xlsx
declares them, and the checks on it.

| code | what is wrong |
| --- | --- |
| D20 D21 | a 指标编号 that there is not; an indicator that is not declared |
| D22 | a 截止日 outside the year, and not in the first months after it |
| D23 | a 目标值 that can't be understood, or is of another kind than the indicator |
| D24 | a 填报值 for an indicator that is counted from the archives |
| D26 | a 目标值, or words, that tie an assessment to numbers of inspections, findings, fines |
| D25 | another name than the indicator's |
| Q24 Q25 | a target that no roster of the year has; one inspected by draw on that very day |

(other Q: :mod:`ssj.rosters.others`)

A value is an exact fraction; only all of them is said as 100 % (:func:`ssj.base.formats.percent`).
A denominator of 0 is said, and is neither 0 % nor 100 %.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from ssj.base import formats
from ssj.base.errors import Problem
from ssj.protocol import Record
from ssj.results.findings import as_json
from ssj.rosters import listings, others, rosters
from ssj.tables import schema
from ssj.tables.cells import PARSERS, Refused, word
from ssj.year import measures, outcomes
from ssj.year.measures import Measure, Year

TABLE, OTHER = "indicators", others.TABLE
LATEST = 6, 30  # of the next year: 截止日 for what follows a visit of December


@dataclass(frozen=True)
class Indicator:
    """What can be counted: ``part`` of ``base`` in words (分子, 分母).

    ``unit`` is ``rate``, ``date``, or the Chinese measure word of a number; ``rule`` says how the
    program counts, ``evidence`` where it is to be found; ``scored``: whether it may have a 目标值
    (what is found must not: 严禁下达检查指标); ``internal``: never public, not even as
    counts; ``whole``: whether it could be 100 %, so that what is not in the numerator is missing.
    """

    name: str
    unit: str
    count: Callable[[Year, str], Measure]
    part: str
    base: str
    rule: str
    evidence: str
    internal: bool = False
    whole: bool = True
    scored: bool = True


INDICATORS = {
    "Z01": Indicator(
        "计划印发公示日期",
        "date",
        measures.plan_day,
        "印发公示日期",
        "",
        "填报的印发公示日期；没有填报的，是年度计划的批准日期",
        "年度计划档案",
    ),
    "Z02": Indicator(
        "计划完成率",
        "rate",
        measures.plan_done,
        "完成的任务次",
        "检查期间已满的任务次",
        "检查期间已满的任务次（一个任务在一个批次算一次）中，抽中的各户全部事项都有结果的",
        "各批次的抽取、检查结果档案",
    ),
    "Z03": Indicator(
        "事项覆盖率",
        "rate",
        measures.items_covered,
        "有检查结果的事项",
        "随机抽查事项清单中的事项",
        "最近一个批次事项清单中的事项，至少有一项检查结果的",
        "各批次的检查结果档案",
    ),
    "Z04": Indicator(
        "一单两库更新及时率",
        "rate",
        measures.lists_kept,
        "及时更新的",
        "应当更新的",
        "应当更新的：新成立的对象、新生效的事项（晚于上一批次封库的，本批次列入为及时）；"
        "到期的执法证；检查中发现已关闭、迁移、无法联系的对象（下一批次改了状态的为及时）",
        "各批次的封库、检查结果档案",
    ),
    "Z05": Indicator(
        "联合抽查任务占比",
        "rate",
        measures.joint,
        "部门联合的任务次",
        "已抽取的任务次",
        "已抽取的任务次中，有两个以上部门参加的",
        "各批次的抽取档案",
        whole=False,
    ),
    "Z06": Indicator(
        "参与部门数",
        "个",
        measures.departments,
        "参加检查的部门",
        "",
        "有执法人员实际参加检查的部门",
        "各批次的检查结果档案",
    ),
    "Z07": Indicator(
        "合并减少户次",
        "户次",
        measures.saved,
        "合并减少的户次",
        "",
        "各任务抽中的户次合计，减去合并后的入企检查户次",
        "各批次的抽取档案",
    ),
    "Z08": Indicator(
        "双随机占日常涉企检查比例",
        "rate",
        outcomes.by_draw,
        "随机抽查的户次",
        "随机抽查和其他日常检查的户次",
        "随机抽查的户次，占它与其他检查（依法除外的不算）合计的比例",
        "检查结果档案、其他检查登记表",
    ),
    "Z09": Indicator(
        "同一企业年度检查次数与超频次户数",
        "户",
        outcomes.times,
        "超过年度上限的户数",
        "检查过的户数",
        "计入次数的检查（随机抽查和不除外的其他检查）多于所属等级年度上限的户数；"
        "分母是检查过的户数",
        "检查结果档案、其他检查登记表",
    ),
    "Z10": Indicator(
        "信用风险分类应用率",
        "rate",
        outcomes.classes_used,
        "区别等级的任务次",
        "已抽取的任务次",
        "已抽取的任务次中，按信用风险等级区别比例、权数或范围的；省级平台抽取的不算",
        "各批次的封库档案",
    ),
    "Z11": Indicator(
        "分类别抽查比例",
        "rate",
        outcomes.by_class,
        "抽中过的户数",
        "可以抽取的户数",
        "可以抽取的对象中，本年至少抽中一次的；各等级分列。分类不公开，只供内部",
        "各批次的封库、抽取档案",
        internal=True,
        whole=False,
    ),
    "Z12": Indicator(
        "平台录入率",
        "rate",
        outcomes.entered,
        "已录入的户次",
        "检查完毕的户次",
        "检查完毕的户次中，全部事项已录入的",
        "各批次的检查结果、省级平台核对档案",
    ),
    "Z13": Indicator(
        "公示率",
        "rate",
        outcomes.published,
        "已公示或依法不公示的户次",
        "检查完毕和到期没有检查的户次",
        "检查完毕的户次，加上公示期限已过还没有检查完的（从检查期间最后一天起算），"
        "其中已公示的，或依法不公示并写明理由的",
        "各批次的检查结果档案",
    ),
    "Z14": Indicator(
        "20个工作日及时率",
        "rate",
        outcomes.in_time,
        "期限内公示的户次",
        "已公示或期限已满的户次",
        "已公示的、公示期限已过的户次（没有检查完的，从检查期间最后一天起算）中，"
        "在期限内公示的；期限一般为检查结束次日起 20 个工作日；依法不公示的不计入",
        "各批次的检查结果档案",
    ),
    "Z15": Indicator(
        "问题发现率",
        "rate",
        outcomes.problems,
        "发现问题的户次",
        "检查完毕的户次",
        "检查完毕的户次中，至少一个事项发现问题的",
        "各批次的检查结果档案",
        whole=False,
        scored=False,
    ),
    "Z16": Indicator(
        "整改、移送、立案办结率",
        "rate",
        outcomes.closed,
        "已办结的",
        "需要后续处置的",
        "需要后续处置的事项（一户一个事项算一件）中，已办结的；一件可以兼有整改、移送、立案",
        "各批次的检查结果档案（后续处置表）",
    ),
    "Z17": Indicator(
        "持证人员参与率",
        "rate",
        outcomes.officers,
        "参加过检查的持证人员",
        "可以指派的持证人员",
        "本年至少一个批次可以指派的持证执法人员中，至少参加过一次检查的",
        "各批次的抽取、检查结果档案",
    ),
}
DECLARING = ("Z01",)  # what people must say, since no archive knows it


# --- What is declared ---


@dataclass
class Declared:
    """indicators.xlsx and other_inspections.xlsx as read: sound rows (``other`` None without that
    file), all problems, errors first.
    """

    rows: list[Record]
    other: list[Record] | None
    problems: list[Problem]


def read(folder: Path, year: int, today: date) -> Declared:
    """Both tables of a year's folder; never raises for what they hold or lack."""
    listing = listings.load(folder, TABLE)
    found = [*listing.problems, *_declared(listing, year)]
    rows = sorted(
        (
            {key: as_json(r[key]) for key in (*(c.key for c in schema.LATER[TABLE]), "row")}
            for r in listing.rows
            if r["id"] in INDICATORS
        ),
        key=lambda r: r["id"],
    )
    beside = others.read(folder, year, today)
    found += beside.problems
    other = None if beside.rows is None else [*beside.rows]
    return Declared(rows, other, sorted(found, key=lambda p: p.severity))


def _declared(listing: listings.Listing, year: int) -> Iterator[Problem]:
    place: dict[str, Any] = {"file": listing.file or f"{TABLE}.xlsx", "sheet": listing.sheet}
    for r in listing.rows:

        def wrong(
            code: str,
            key: str,
            message: str,
            remedy: str,
            severity: Literal["error", "warning"] = "error",
            r: Record = r,
        ) -> Problem:
            return Problem(
                code,
                message,
                remedy,
                listing.file,
                r["sheet"],
                row=r["row"],
                column=schema.label(TABLE, key),
                value=rosters.shown(r[key])[:60],
                severity=severity,
            )

        its = INDICATORS.get(r["id"])
        if its is None:
            yield wrong(
                "D20",
                "id",
                "没有这个指标",
                f"可以写：{'、'.join(INDICATORS)}；程序不会计算的指标，请另行统计。",
            )
            continue
        if word(r["name"]) != its.name:
            yield wrong(
                "D25",
                "name",
                f"{r['id']} 是“{its.name}”，名称不同",
                "请核对指标编号；只是叫法不同的，可以不改。",
                "warning",
            )
        if r["cutoff"] and not date(year, 1, 1) <= r["cutoff"] <= date(year + 1, *LATEST):
            yield wrong(
                "D22",
                "cutoff",
                f"截止日不在 {year} 年，也不在次年 {LATEST[0]} 月 {LATEST[1]} 日以前",
                "请核对日期；公示、办结可以算到次年年初。",
            )
        try:
            target(r["target"], its.unit)
        except ValueError:
            kind = {"rate": "“≥95%”或“100%”", "date": f"“不晚于{year}-03-31”"}.get(
                its.unit, "“≥5”或“≤0”"
            )
            yield wrong("D23", "target", "目标值不能识别", f"请写成{kind}；没有目标的留空。")
        if r["target"] and not its.scored:
            yield wrong(
                "D26",
                "target",
                f"“{its.name}”不得考核：检查、发现问题、罚款的多少不作指标（严禁下达检查指标）",
                "请删去目标值；这个指标只列出，不评分，写了目标值也不比较。",
                "warning",
            )
        for key in ("definition", "numerator", "denominator", "target", "remark"):
            if schema.TIED.search(str(r[key])):
                yield wrong(
                    "D26",
                    key,
                    "像是把考核与检查、发现问题、罚款的多少挂钩（严禁下达检查指标）",
                    "请改为其他考核内容，如公示率、及时率；上级文件这样要求的，请报告。",
                    "warning",
                )
        if r["declared"] and r["id"] not in DECLARING:
            yield wrong("D24", "declared", "这个指标由档案算出，不能填报", "请删去填报值。")
    if listing.rows and not any(p.severity == "error" for p in listing.problems):
        for code in sorted(set(INDICATORS) - {r["id"] for r in listing.rows}):
            yield Problem(
                "D21",
                f"缺少指标 {code}（{INDICATORS[code].name}）",
                "请补上这一行；不考核的，目标值留空。",
                **place,
                column=schema.label(TABLE, "id"),
                value=code,
            )


def against(it: Year, file: str, until: str) -> Iterator[Problem]:
    """What is odd about other inspections beside the year's rounds; warnings."""
    known = {t["id"] for one in it.rounds for t in one.record["tables"]["targets"]}
    drawn = {(v["id"], v["date"]): v["number"] for _, v in it.inspected(until)}
    for r in it.other or ():
        place = {"file": file, "sheet": r["sheet"], "row": r["row"], "severity": "warning"}
        if it.rounds and r["target"] not in known:
            yield Problem(
                "Q24",
                "本年各批次的名录库中没有这个对象",
                "请核对编号；确实不在名录库的，请研究是否应当列入。",
                column="编号",
                value=r["target"],
                **place,
            )
        if (r["target"], r["date"]) in drawn:
            yield Problem(
                "Q25",
                f"同一天有随机抽查 {drawn[r['target'], r['date']]}",
                "如是同一次检查，不要列入。",
                column="检查日期",
                value=r["date"],
                **place,
            )


def template(year: int) -> list[dict[str, Any]]:
    """Rows of an indicators.xlsx to start from, Chinese headers as keys: every indicator as the
    program counts it, without 目标值.
    """
    return [
        {
            "指标编号": code,
            "指标名称": its.name,
            "口径": its.rule,
            "分子": its.part,
            "分母": its.base,
            "截止日": date(year, 12, 31),
            "佐证材料": its.evidence,
            "目标值": "",
            "填报值": "",
            "备注": "" if code not in DECLARING else "填报值写印发公示的日期",
        }
        for code, its in INDICATORS.items()
    ]


# --- Values in words ---


def target(text: str, unit: str) -> tuple[str, Any] | None:
    """A 目标值 as comparison and value, None if there is none:
    ``target("≥95%", "rate") == (">=", Fraction(19, 20))``; ValueError otherwise.
    """
    said = word(text)
    if not said:
        return None
    found = re.fullmatch(
        r"(不低于|不少于|至少|≥|>=|不高于|不超过|不多于|不晚于|≤|<=|=)?(.+?)"
        r"(以上|以下|以内|以前|前)?",
        said,
    )
    if not found:
        raise ValueError(text)
    sign, rest, after = found[1] or "", found[2], found[3] or ""
    most = sign in ("不高于", "不超过", "不多于", "不晚于", "≤", "<=") or after in (
        "以下",
        "以内",
        "以前",
        "前",
    )
    if unit == "date":
        try:
            return "<=", PARSERS["date"](rest).isoformat()
        except Refused:
            raise ValueError(text) from None
    number = re.fullmatch(r"(\d+(?:\.\d+)?)(%?)", rest)
    if not number or (unit == "rate") != bool(number[2]):
        raise ValueError(text)
    return ("<=" if most else "==" if sign == "=" else ">="), Fraction(number[1]) / (
        100 if number[2] else 1
    )


def said(
    part: int | None, whole: int | None, unit: str, day: str = "", goal: Fraction | None = None
) -> str:
    """A value for people; a rate that differs from its 目标值 (``goal``) is not said like it."""
    if unit == "date":
        return day or "不知道"
    if unit != "rate":
        return f"{part} {unit}"
    if whole is None or part is None:
        return "不能计算"
    return formats.percent(part, whole, limit=goal)


def met(goal: tuple[str, Any] | None, measure: Measure, unit: str) -> bool | None:
    """Whether the value reaches its 目标值; None if there is none, or no value."""
    value: Any = measure.day or None if unit == "date" else measure.numerator
    if unit == "rate":
        value = (
            Fraction(measure.numerator, measure.denominator)
            if measure.numerator is not None and measure.denominator
            else None
        )
    if goal is None or value is None:
        return None
    return {"<=": value <= goal[1], ">=": value >= goal[1], "==": value == goal[1]}[goal[0]]


def counted(it: Year, rows: Iterable[Record], as_of: str) -> list[Record]:
    """Every declared indicator with its value, as review.json holds it."""
    result = []
    for own in rows:
        its = INDICATORS[own["id"]]
        until = min(own["cutoff"], as_of)
        found = its.count(it, until)
        if its.unit == "date":
            value = found.day
        elif its.unit != "rate":
            value = str(found.numerator)
        else:  # exact, such as 2/3
            value = (
                str(Fraction(found.numerator, found.denominator))
                if found.numerator is not None and found.denominator
                else ""
            )
        goal = target(own["target"], its.unit)
        limit = goal[1] if goal and its.unit == "rate" else None
        notes = [
            *[found.note] * bool(found.note),
            *[f"截止日未到，算到 {as_of}"] * (own["cutoff"] > as_of),
            *["只列出，不评分"] * (not its.scored),
        ]
        result.append(
            {
                **{key: own[key] for key in ("id", "name", "definition", "cutoff", "target")},
                "numerator_text": own["numerator"],
                "denominator_text": own["denominator"],
                "unit": its.unit if its.unit in ("rate", "date") else "count",
                "internal": its.internal,
                "rule": its.rule,
                "evidence": own["evidence"] or its.evidence,
                "until": until,
                "numerator": found.numerator,
                "denominator": found.denominator,
                "value": value,
                "said": said(found.numerator, found.denominator, its.unit, found.day, limit),
                "met": met(goal, found, its.unit) if its.scored else None,
                "note": "；".join(notes),
                "rows": found.rows,
                "parts": [
                    {
                        "label": label,
                        "numerator": part,
                        "denominator": whole,
                        "said": said(part, whole, "rate")
                        if whole is not None
                        else f"{part} {its.unit}",
                    }
                    for label, part, whole in found.parts
                ],
            }
        )
    return result
