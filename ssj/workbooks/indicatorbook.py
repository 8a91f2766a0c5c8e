"""考核台账.xlsx, a working copy of a year's review: all indicators, what each counts and lacks,
with links to the archives that show it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from ssj.base import params
from ssj.protocol import Record
from ssj.tables import writing
from ssj.tables.writing import Link, Sheets
from ssj.year import frequency, review, statistics

FILE = "考核台账.xlsx"
INTERNAL = "内部使用：含企业名称和信用风险分类，不得公开"
MOST_LINKS = 60_000  # that a sheet can hold
LIST = {
    "id": "编号",
    "name": "指标名称",
    "definition": "口径",
    "numerator": "分子",
    "denominator": "分母",
    "said": "值",
    "target": "目标值",
    "met": "是否达到",
    "cutoff": "截止日",
    "note": "说明",
    "evidence": "佐证材料",
}
TitleOf = Callable[[str], str]  # the title of a stage's kind, by the stage's name


def write(record: Record, path: Path, title_of: TitleOf) -> None:
    """Write the workbook of a review, whole or not at all; errors as
    :func:`ssj.tables.writing.write_workbook` has them.
    """
    writing.write_workbook(
        path, sheets(record, title_of), "　".join([*params.banners(record), INTERNAL])
    )


def sheets(record: Record, title_of: TitleOf) -> Sheets:
    """The workbook's sheets by name, in order."""
    names = {i["id"]: writing.sheet_name(f"{i['id']} {i['name']}") for i in record["indicators"]}
    own = {names[i["id"]]: rows_of(i) for i in record["indicators"]}
    return {
        "说明": writing.about(params.banners(record), *_facts(record)),
        "指标": writing.sheet(_list(record, names, title_of)),
        "口径": writing.sheet(review.definition_rows(record), review.DEFINITION),
        "各批次": writing.sheet(review.round_rows(record), review.ROUND),
        "分列": writing.sheet(review.part_rows(record, *names), review.PART),
        "年报": writing.sheet(record["statistics"], statistics.FIGURE),
        "年报明细": writing.sheet(
            [
                {"figure": f"{figure['id']} {figure['name']}", **own, "where": review.where(own)}
                for figure in record["statistics"]
                for own in figure["rows"]
            ],
            {"figure": "统计项目", **review.ROW, "where": "见档案"},
        ),
        "每户次数": writing.sheet(record["frequency"]["firms"], frequency.FIRM),
        "可以合并": writing.sheet(record["frequency"]["merge"], frequency.MERGE),
        "作废": writing.sheet(record["voids"], review.VOID),
        "更换检查人员": writing.sheet(record["amendments"], review.AMENDMENT),
        "按审批人": writing.sheet(record["approvers"], review.APPROVER),
        **own,
    }


def archived(round_id: str, stage: str, text: str = "") -> str:
    """A cell that leads to the internal page of an archived stage, from outputs/<year>/files."""
    return (
        Link(text or f"{round_id}/{stage}", f"external:../../{round_id}/{stage}/data/auditor.html")
        if stage
        else text
    )


def _facts(record: Record) -> list[tuple[str, Any]]:
    return [
        ("内部使用", INTERNAL),
        (
            "说明",
            (
                f"本表是供工作使用的副本，以留痕登记簿所载的档案包（{record['round']} 第 "
                f"{record['attempt']} 次评估）为准；佐证材料链接到各档案包的内部网页，"
                "本表移到别处后链接失效"
            ),
        ),
        (
            "取整",
            (
                "比例按分数精确计算，显示到一位小数，四舍五入；只有全部才是 100 %，"
                "一个没有才是 0 %；分母为 0 的不计算"
            ),
        ),
        ("作废、更换检查人员", "只列出，不计分"),
        *review.facts(record).items(),
    ]


def _list(record: Record, names: dict[str, str], title_of: TitleOf) -> list[Record]:
    """One row an indicator: its own sheet, and for each round the stage that shows it."""
    stages: dict[str, dict[str, str]] = {
        i["id"]: {r["round"]: r["stage"] for r in i["rows"] if r["stage"]}
        for i in record["indicators"]
    }
    # where rows name no stage
    last = {r["round"]: r["results"] or r["stage"] for r in record["rounds"]}
    rows = []
    for i in review.indicator_rows(record):
        shown = stages[i["id"]] or last
        links = {
            label: archived(r, shown[r], title_of(shown[r])) if r in shown else ""
            for r, label in {
                record["round"]: "年度",
                **{r["round"]: r["round"] for r in record["rounds"]},
            }.items()
        }
        rows.append(
            {
                **{label: i[key] for key, label in LIST.items()},
                "明细": Link("明细", f"internal:'{names[i['id']]}'!A1"),
                **links,
            }
        )
    return rows


def rows_of(indicator: Record) -> pd.DataFrame:
    """What an indicator looked at, what is missing first; of one without rows its breakdown."""
    if not indicator["rows"]:
        return writing.sheet(
            [{**p, "indicator": indicator["name"]} for p in indicator["parts"]], review.PART
        )
    linked = len(indicator["rows"]) <= MOST_LINKS
    return writing.sheet(
        [
            {
                "是否计入分子": r["counted"],
                **{label: r[key] for key, label in review.ROW.items()},
                "佐证材料": archived(r["round"], r["stage"]) if linked else review.where(r),
            }
            for r in sorted(indicator["rows"], key=lambda r: r["counted"])
        ]
    )
