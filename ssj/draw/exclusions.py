"""不抽的对象: who stands in a task's scope and is not drawn all the same, by which rule, and where
that can be seen.

| rule | name | from |
| --- | --- | --- |
| X1 | 状态 | the roster's column 状态 |
| X2 | 结果互认 | recognised.xlsx: another department inspected all fitting items this year |
| X3 | 年度上限 | ``yearly_cap`` of the class and ``year_caps`` in round.toml; visits in the
ledger's archives and other_inspections.xlsx (:mod:`ssj.draw.year_counts`) |

The first that applies is the reason. Reasons are published, counted
(:func:`ssj.draw.lists.excluded_counts`); rule and source are for approver and auditor. A source
names rows of files, so it is shown and not frozen: the order of rows must not matter.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from ssj.base.params import Parameters
from ssj.draw import year_counts
from ssj.rosters.history import History
from ssj.rosters.rosters import Rosters
from ssj.tables import parts
from ssj.tables.frames import records_of, rows_of
from ssj.tables.schema import TARGET_STATUS, label

RULES = {"X1": "状态", "X2": "结果互认", "X3": "年度上限"}
CAPPED, RECOGNISED = "已达年度检查频次上限", "本年已由其他部门检查（结果互认）"


class Exclusion(NamedTuple):
    """Rule code, reason in words, and where that can be seen; all empty for a target that may be
    drawn.
    """

    rule: str = ""
    reason: str = ""
    source: str = ""


class Exclusions:
    """What keeps the targets of a round from being drawn."""

    def __init__(self, roster: Rosters, parameters: Parameters, history: History) -> None:
        self.year = parameters.round.window.start.year
        self.counts = year_counts.YearCounts(parameters, history, roster.others)
        self.classes = parameters.classes
        self.spared = {a.task for a in parameters.above_cap}
        self.targets = roster.targets
        self.recognised_file = parts.place(roster.recognised, 0, "recognised")["file"]
        self.recognised: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row, r in zip(roster.recognised.index, rows_of(roster.recognised), strict=True):
            if r.date.year == self.year:  # once a year is enough
                self.recognised[r.target, r.item].append(int(row))

    def of(self, row: int, target: Any, task: str, fitting: set[str]) -> Exclusion:
        """Whether and why ``target`` (a row of the roster, number ``row``) is not drawn for
        ``task``, whose items ``fitting`` fit it.
        """
        if not TARGET_STATUS[target.status]:
            place = parts.place(self.targets, row, "targets")
            return Exclusion(
                "X1",
                f"状态为“{target.status}”",
                f"{place['file']} 第 {place['row']} 行“{label('targets', 'status')}”列",
            )
        rows = [self.recognised.get((target.id, item), ()) for item in sorted(fitting)]
        if rows and all(rows):
            numbers = "、".join(map(str, sorted(n for own in rows for n in own)))
            return Exclusion("X2", RECOGNISED, f"{self.recognised_file} 第 {numbers} 行")
        left = self.counts.left(target.id, target.risk_class)
        if left is not None and task not in self.spared and left <= 0:
            return Exclusion("X3", CAPPED, self._capped(target.id, target.risk_class))
        return Exclusion()

    def _capped(self, identifier: str, risk_class: str) -> str:
        """Which caps stop a firm, and what was counted."""
        count, caps = self.counts.of(identifier), self.counts.caps[risk_class]
        said = []
        if caps.own is not None and count.own >= caps.own:
            path = f"classes.{risk_class}.yearly_cap"
            if self.classes[risk_class].yearly_cap != caps.own:
                path = "year_caps.level"
            said.append(f"round.toml 的 {path} = {caps.own}")
        if caps.together is not None and count.together >= caps.together:
            said.append(f"round.toml 的 year_caps.together = {caps.together}")
        counted = f"已抽 {count.drawn} 户次" + "".join(
            f"，{name} {n} 次"
            for name, n in (("其他检查", count.other), ("其他层级", count.elsewhere))
            if n
        )
        return "，".join([*said, counted])


def recognised_rows(roster: Rosters) -> list[dict[str, Any]]:
    """What was recognised of other departments (互认), for the approver: whose result it is, of
    whom, for which item, and by which file.
    """
    names, items = (
        dict(zip(frame["id"], frame["name"], strict=True))
        for frame in (roster.targets, roster.items)
    )
    return [
        {
            **r,
            "row": int(row),
            "name": names.get(r["target"], "（不在名录库）"),
            "item_name": items.get(r["item"], "（不在清单）"),
        }
        for row, r in zip(roster.recognised.index, records_of(roster.recognised), strict=True)
    ]
