"""What indicators.xlsx declares of a year's indicators, and the checks on it.

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
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from ssj.base.errors import Problem
from ssj.protocol import Record
from ssj.results.findings import as_json
from ssj.rosters import listings, others, rosters
from ssj.tables import schema
from ssj.tables.cells import word
from ssj.year.indicators import DECLARING, INDICATORS, target
from ssj.year.measures import Year

TABLE, OTHER = "indicators", others.TABLE
LATEST = 6, 30  # of the next year: 截止日 for what follows a visit of December


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
