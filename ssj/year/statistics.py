"""The figures of a year's inspections for 行政执法统计年报 (the yearly statistics of enforcement),
each with the rows behind it.

Counted up to a day are visits of drawn rounds that were carried out, by their archives, and the
rows of 其他检查登记表 of the bureau's own level. Figures of findings stand here to be reported:
none of them is scored (国办发〔2024〕54号: 严禁下达检查指标).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ssj.draw import year_counts
from ssj.protocol import Record
from ssj.results.followup import ORDERLY
from ssj.tables import schema
from ssj.year import outcomes
from ssj.year.measures import Round, Year, of_visit, row

SINGLE = ("个案检查", "投诉举报核查", "上级交办", "复查", "企业申请", "许可核查")
FIGURE = {
    "id": "序号",
    "name": "统计项目",
    "value": "数量",
    "unit": "单位",
    "rule": "怎样统计",
}
Rows = list[dict[str, Any]]


class Drawn(NamedTuple):
    """A visit carried out, with the round it belongs to."""

    one: Round
    visit: Record

    def row(self) -> Record:
        off = "，非现场" if self.visit["off_site"] else ""
        return of_visit(self.one, self.visit, True, f"{self.visit['date']} 随机抽查{off}")


def other_row(r: Record) -> Record:
    """A row of 其他检查登记表 as a figure lists it."""
    off = "，非现场" if r["method"] == schema.OFF_SITE else ""
    return row(True, f"{r['date']} {r['kind']}{off}：{r['reason']}", r["target"], r["name"])


def _joint(own: Drawn) -> bool:
    tasks = {t["id"]: t["internal"]["departments"] for t in own.one.tasks()}
    return any(len(tasks[t]) > 1 for t in own.visit["tasks"])


def _ordered(own: Drawn, measures: tuple[str, ...]) -> bool:
    return any(set(measures) & set(r["measure"]) for r in own.visit["rows"])


def _any(_: Any) -> bool:
    return True


def _none(_: Any) -> bool:
    return False


def _of_kind(*kinds: str) -> Callable[[Record], bool]:
    return lambda r: r["kind"] in kinds


def _off_site(r: Record) -> bool:
    return bool(r["method"] == schema.OFF_SITE)


# name, how it is counted, which visits by draw, which other inspections
FIGURES: tuple[tuple[str, str, Callable[[Drawn], bool], Callable[[Record], bool]], ...] = (
    ("行政检查", "随机抽查和本层级的其他检查，现场、非现场合计", _any, _any),
    ("其中：随机抽查", "各批次抽中、全部事项都有结果的户次", _any, _none),
    ("其中：其他日常检查", "其他检查登记表中的日常检查、其他", _none, _of_kind("日常检查", "其他")),
    ("其中：专项检查", "其他检查登记表中的专项检查", _none, _of_kind("专项检查")),
    ("其中：个案检查", "、".join(SINGLE), _none, _of_kind(*SINGLE)),
    (
        "现场检查",
        "行政检查减去非现场检查",
        lambda d: not d.visit["off_site"],
        lambda r: not _off_site(r),
    ),
    (
        "非现场检查",
        "全部事项都用非现场方式的随机抽查，检查方式是非现场的其他检查；不入企，不占检查频次",
        lambda d: bool(d.visit["off_site"]),
        _off_site,
    ),
    ("部门联合检查", "随机抽查中，有两个以上部门参加的任务的户次", _joint, _none),
    (
        "依法除外的检查",
        "不受年度上限限制的任务的随机抽查，登记为除外的其他检查",
        lambda d: not d.visit["counted"],
        lambda r: bool(r["exempt"]),
    ),
    (
        "发现问题的随机抽查",
        "至少一个事项发现问题；只统计，不考核",
        lambda d: bool(d.visit["problem"]),
        _none,
    ),
    ("责令改正的随机抽查", "处置措施有责令改正", lambda d: _ordered(d, (ORDERLY,)), _none),
    (
        "移送、抄告的随机抽查",
        "处置措施有移送办案机构、抄告相关部门、反馈日常监管部门",
        lambda d: _ordered(d, outcomes.KINDS["移送"]),
        _none,
    ),
)


def recorded(it: Year, until: str) -> Rows:
    """As ``review.json`` has them: each figure with its rows; the last is the number of firms."""
    drawn = [Drawn(*own) for own in it.inspected(until)]
    level = year_counts.LOCAL
    for one in it.drawn(until):
        level = (one.record["parameters"].get("year_caps") or {}).get("own_level", level)
    others = [r for r in it.other or () if r["date"] <= until and r["level"] in ("", level)]
    found: Rows = [
        {
            "name": name,
            "unit": "次",
            "rule": rule,
            "rows": [
                *(own.row() for own in drawn if of_draw(own)),
                *(other_row(r) for r in others if of_other(r)),
            ],
        }
        for name, rule, of_draw, of_other in FIGURES
    ]
    firms = {r["id"]: r for r in found[0]["rows"]}
    found.append(
        {
            "name": "检查的企业（项目）",
            "unit": "户",
            "rule": "行政检查涉及的户数，一户查几次也是一户",
            "rows": [firms[i] for i in sorted(firms)],
        }
    )
    return [
        {"id": f"T{n:02}", **figure, "value": len(figure["rows"])}
        for n, figure in enumerate(found, 1)
    ]
