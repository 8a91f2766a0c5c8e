"""早期预警 (早发现、早提醒): what somebody should look at now, though it keeps nothing from being
frozen.

Follows from the rosters, earlier draws, the frozen record that changes are shown against, and the
day; ``[warnings]`` of round.toml says from when on. What is drawn does not depend on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from ssj import protocol
from ssj.base.params import Parameters
from ssj.protocol import Record
from ssj.rosters import coverage
from ssj.rosters.history import History
from ssj.rosters.rosters import Rosters
from ssj.tables.frames import rows_of
from ssj.tables.schema import FOREVER, OFFICER_STATUS, TARGET_STATUS, label

# kind → name, what to do
KINDS = {
    "class": ("没有信用风险等级", "请评定等级后填入名录库"),
    "certificate_ended": ("执法证已到期", "请换证并更新有效期，换证前不能指派"),
    "certificate": ("执法证快到期", "请及时换证"),
    "cap": ("人员接近年度上限", "请补充人员，或调整任务安排"),
    "permit_ended": ("许可证已到期", "请核实是否延续；仍在经营的依法处理，不再经营的更新状态"),
    "permit": ("许可证快到期", "请提醒办理延续"),
    "unvisited": ("高风险长期未查", "请考虑列入重点任务"),
    "complaints": ("投诉举报增多", "请核查原因，必要时专项检查"),
    "penalties": ("处罚增多", "请核查原因，必要时调整等级"),
    "new": ("新设对象", "请核对类别和等级，提前指导"),
    "back": ("恢复经营、复工", "请核实现状，恢复日常监管"),
}
NO_SECTION = "（未写主管股室）"
COLUMNS = {
    "section": "主管股室或部门",
    "kind": "预警",
    "id": "编号",
    "name": "名称",
    "category": "类别",
    "found": "情况",
    "day": "日期",
    "advice": "怎么办",
}
ON_PAGE = {key: COLUMNS[key] for key in ("section", "kind", "id", "name", "category", "found")}
COUNTS = {"kind": "预警", "count": "条数", "sections": "各股室、部门", "advice": "怎么办"}
LOOKED_AT = (
    "id",
    "name",
    "category",
    "risk_class",
    "status",
    "section",
    "permit_name",
    "permit_until",
    "founded",
    "last_inspected",
    "complaints",
    "penalties",
)
PAUSED = ("停工", "停业", "歇业")  # status of the baseline after which a target is said to be back


Firm = tuple[str, str, str, str]  # section, id, name, category


class EarlyWarning(NamedTuple):
    """One row: ``kind`` is a key of ``KINDS``, ``day`` the date that it is about, if any."""

    section: str
    kind: str
    id: str
    name: str
    category: str
    found: str
    day: date | None = None


def baseline(path: Path) -> Record | None:
    """The frozen record of ``in/previous.json`` that changes are shown against, if there is one."""
    return protocol.parse(path.read_text(encoding="utf-8")) if path.exists() else None


def day_of(day: date, parameters: Parameters) -> date:
    """The day that early warnings at ``day`` are about: in a demonstration, whose event may be long
    past, not later than its announced event.
    """
    return min(day, parameters.event.time.date())


def rows(
    roster: Rosters, parameters: Parameters, time: str, history: History, previous: Record | None
) -> list[dict[str, Any]]:
    """All early warnings at ``time`` (of a stage), by section (nameless ones last), kind, date and
    id, in words.
    """
    look = _Look(
        roster, parameters, day_of(date.fromisoformat(time[:10]), parameters), history, previous
    )
    order = list(KINDS)
    found = sorted(
        (*look.without_class(), *look.officers(), *look.targets()),
        key=lambda w: (
            w.section == NO_SECTION,
            w.section,
            order.index(w.kind),
            w.day or date.max,
            w.id,
        ),
    )
    return [{**w._asdict(), "kind": KINDS[w.kind][0], "advice": KINDS[w.kind][1]} for w in found]


def counts(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many of each kind, and in which section; every kind has a row."""
    by_kind = {
        name: Counter(row["section"] for row in found if row["kind"] == name)
        for name, _ in KINDS.values()
    }
    return [
        {
            "kind": name,
            "count": own.total(),
            "sections": {section: own[section] for section in sorted(own)},
            "advice": advice,
        }
        for (name, advice), own in zip(KINDS.values(), by_kind.values(), strict=True)
    ]


def described(parameters: Parameters, history: History, previous: Record | None) -> dict[str, str]:
    """From when on there is a warning, and what could not be looked at, as facts."""
    own, least = parameters.warnings, len(history.rounds)
    return {
        "执法证、许可证": f"{own.days} 天内到期的",
        f"{_riskiest(parameters) or '（只有一个等级）'} 级对象": (
            f"最近 {own.rounds} 个批次都没有查过的"
            + (f"；登记簿里以前的批次只有 {least} 个，没有判断" if least < own.rounds else "")
        ),
        "投诉举报、处罚": f"比对照的封库增加 {own.jump} 以上的"
        + ("" if previous else "；没有以前的封库，没有判断"),
        "新设": f"成立不到 {own.new_days} 天的" + ("，以及对照的封库里没有的" if previous else ""),
        "恢复经营、复工": f"对照的封库里是{'、'.join(PAUSED)}的"
        + ("" if previous else "；没有以前的封库，没有判断"),
    }


def _riskiest(parameters: Parameters) -> str:
    """The class with the greatest weight, of several the last declared; none where the scheme has a
    single class.
    """
    classes = parameters.classes
    return max(reversed(classes), key=lambda name: classes[name].weight) if len(classes) > 1 else ""


class _Look:
    """What the early warnings are made from, looked up once."""

    def __init__(
        self,
        roster: Rosters,
        parameters: Parameters,
        day: date,
        history: History,
        previous: Record | None,
    ) -> None:
        self.roster, self.parameters, self.day, self.history, self.own = (
            roster,
            parameters,
            day,
            history,
            parameters.warnings,
        )
        self.before = (
            {t["id"]: t["internal"] for t in previous["tables"]["targets"]} if previous else None
        )
        self.until = day + timedelta(days=self.own.days)
        active = roster.targets.loc[
            roster.targets["status"].map(TARGET_STATUS).eq(True), list(LOOKED_AT)
        ]
        self.active = list(rows_of(active))

    def without_class(self) -> Iterator[EarlyWarning]:
        """Rows of the target roster whose class is blank or not in the scheme: they are refused, so
        their place stands for their name, and the file of a section for the section.
        """
        for p in self.roster.every:
            if (
                p.code in ("T01", "T10")
                and label("targets", "risk_class") in p.column
                and p.row is not None
            ):
                yield EarlyWarning(
                    Path(p.file).stem if "/" in p.file else NO_SECTION,
                    "class",
                    f"{p.file} 第 {p.row} 行",
                    "",
                    "",
                    f"现为“{p.value}”" if p.value else "空格",
                )

    def officers(self) -> Iterator[EarlyWarning]:
        year = self.parameters.round.window.start.year
        went = Counter(
            officer
            for r in self.history.rounds
            if r["window"]["start"].startswith(f"{year:04}-")
            for v in r["visits"]
            for officer in v["officers"]
        )
        for o in rows_of(self.roster.officers):
            if not OFFICER_STATUS[o.status]:
                continue
            own = o.department, o.id, o.name, o.kind
            if o.kind == "执法" and o.certificate_until and o.certificate_until <= self.until:
                yield self._ending("certificate", own, "执法证", o.certificate_until)
            if not pd.isna(o.yearly_cap) and went[o.id] and went[o.id] >= o.yearly_cap - 1:
                yield EarlyWarning(
                    own[0],
                    "cap",
                    *own[1:],
                    f"{year} 年已派 {went[o.id]} 户次，年度上限 {int(o.yearly_cap)}",
                )

    def targets(self) -> Iterator[EarlyWarning]:
        covered = {
            category
            for own in coverage.items(self.roster, self.parameters)["categories"]
            for category in own
        }
        missed, since = self._unvisited()
        for t in self.active:
            own = t.section or NO_SECTION, t.id, t.name, t.category
            if t.permit_until and t.permit_until != FOREVER and t.permit_until <= self.until:
                yield self._ending("permit", own, t.permit_name or "许可证", t.permit_until)
            if t.id in missed:
                last = (
                    f"上次检查 {t.last_inspected}" if t.last_inspected else "名录库没有上次检查日期"
                )
                yield EarlyWarning(
                    own[0],
                    "unvisited",
                    *own[1:],
                    f"自 {since} 起 {self.own.rounds} 个批次没有查过；{last}",
                    t.last_inspected,
                )
            yield from self._changed(t, own, covered)

    def _changed(self, t: Any, own: Firm, covered: set[str]) -> Iterator[EarlyWarning]:
        """What differs from the baseline, and new firms."""
        before = None if self.before is None else self.before.get(t.id)
        if before:
            for key in ("complaints", "penalties"):
                if getattr(t, key) >= before[key] + self.own.jump:
                    yield EarlyWarning(
                        own[0], key, *own[1:], f"由 {before[key]} 增至 {getattr(t, key)}"
                    )
            if before["status"] in PAUSED:
                yield EarlyWarning(
                    own[0], "back", *own[1:], f"由“{before['status']}”改为“{t.status}”"
                )
        young = t.founded and 0 <= (self.day - t.founded).days < self.own.new_days
        added = self.before is not None and before is None
        if t.category in covered and (young or added):
            yield EarlyWarning(
                own[0],
                "new",
                *own[1:],
                "；".join([f"成立于 {t.founded}"] * bool(young) + ["上次封库以后列入"] * added),
                t.founded or None,
            )

    def _ending(self, kind: str, own: Firm, what: str, until: date) -> EarlyWarning:
        left = (until - self.day).days
        said = f"{what} {until} 到期" + (f"，还有 {left} 天" if left >= 0 else f"，已过 {-left} 天")
        return EarlyWarning(own[0], kind if left >= 0 else f"{kind}_ended", *own[1:], said, until)

    def _unvisited(self) -> tuple[set[str], str]:
        """Targets of the riskiest class that no visit of the last rounds met, and the day that
        these begin; nobody where there are fewer rounds.
        """
        lately, riskiest = self.history.rounds[-self.own.rounds :], _riskiest(self.parameters)
        if len(lately) < self.own.rounds or not riskiest:
            return set(), ""
        since = min(r["window"]["start"] for r in lately)
        visited, begin = {v["id"] for r in lately for v in r["visits"]}, date.fromisoformat(since)
        return {
            t.id
            for t in self.active
            if t.risk_class == riskiest
            and t.id not in visited
            and not (t.last_inspected and t.last_inspected >= begin)
            and not (t.founded and t.founded > begin)
        }, since
