"""The indicators of a year (督查考评指标): one table of what can be counted, and how a value is
said and held against its goal. How indicators.xlsx declares them: :mod:`ssj.year.indicator_list`.

A value is an exact fraction; only all of them is said as 100 % (:func:`ssj.base.formats.percent`).
A denominator of 0 is said, and is neither 0 % nor 100 %.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ssj.base import formats
from ssj.protocol import Record
from ssj.tables.cells import PARSERS, Refused, word
from ssj.year import measures, outcomes
from ssj.year.measures import Measure, Year


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
