"""How often each firm was inspected in the year under review: visits carried out and other
inspections, against the caps; and what could have been one visit (综合查一次).

Classes and caps are those of the last round that drew from a roster with the firm.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from ssj.draw import year_counts
from ssj.draw.year_counts import NONE, Caps, Count
from ssj.protocol import Record
from ssj.year.measures import Round, Year

FIRM = {
    "id": "编号",
    "name": "名称",
    "drawn": "随机抽查",
    "other": "其他检查",
    "elsewhere": "其他层级",
    "exempt": "不计入的",
    "cap": "本层级上限",
    "together_cap": "各层级合计上限",
    "over": "超过",
}
MERGE = {"id": "编号", "name": "名称", "quarter": "季度", "text": "检查"}
UNLIMITED = Caps(None, None)


@dataclass
class Firm:
    """A firm's year: what was counted, its caps, its last visit by draw, and the days of what
    counts.
    """

    name: str = ""
    count: Count = NONE
    caps: Caps = UNLIMITED
    last: tuple[Round, Record] | None = None
    days: list[tuple[str, str]] = field(default_factory=list)

    @property
    def over(self) -> int:
        """By how many inspections a cap was exceeded."""
        left = self.caps.left(self.count)
        return max(0, -left) if left is not None else 0

    @property
    def reached(self) -> bool:
        left = self.caps.left(self.count)
        return left is not None and left <= 0

    def add(self, count: Count, day: str, text: str) -> None:
        self.count = year_counts.total([self.count, count])
        if count.together:
            self.days.append((day, text))


def firms(it: Year, until: str) -> dict[str, Firm]:
    """Every firm inspected up to a day, by id."""
    found: dict[str, Firm] = defaultdict(Firm)
    caps: dict[str, Caps] = {}
    level = year_counts.LOCAL
    for one in it.drawn(until):
        p = one.record["parameters"]
        level = (p.get("year_caps") or {}).get("own_level", level)
        by_class = {
            name: year_counts.caps_of(own.get("yearly_cap"), p.get("year_caps"))
            for name, own in p["classes"].items()
        }
        caps |= {
            t["id"]: by_class[t["internal"]["risk_class"]] for t in one.record["tables"]["targets"]
        }
        for visit in one.visits(until):
            if visit["visited"] and not visit["off_site"]:
                firm = found[visit["id"]]
                firm.name, firm.last = visit["name"], (one, visit)
                count = Count(drawn=1) if visit["counted"] else Count(exempt=1)
                firm.add(count, visit["date"], f"{visit['date']} 随机抽查")
    for r in it.other or ():
        if r["date"] <= until:
            firm = found[r["target"]]
            firm.name = firm.name or r["name"]
            firm.add(year_counts.of_row(r, level), r["date"], f"{r['date']} {r['kind']}")
    for identifier, firm in found.items():
        firm.caps = caps.get(identifier, firm.caps)
    return dict(sorted(found.items()))


def recorded(it: Year, until: str) -> Record:
    """As ``review.json`` has it: every firm inspected, how many reached a cap or exceeded one, and
    those inspected several times in a quarter.
    """
    found, rounds = firms(it, until), it.drawn(until)
    p = rounds[-1].record["parameters"] if rounds else it.plan["parameters"]
    return {
        "caps": list(year_counts.published(p.get("classes", {}), p.get("year_caps"))),
        "reached": sum(firm.reached for firm in found.values()),
        "over": sum(firm.over > 0 for firm in found.values()),
        "firms": [
            {
                "id": identifier,
                "name": firm.name,
                **firm.count._asdict(),
                "cap": firm.caps.own,
                "together_cap": firm.caps.together,
                "over": firm.over,
            }
            for identifier, firm in found.items()
        ],
        "merge": [
            row for identifier, firm in found.items() for row in _same_quarter(identifier, firm)
        ],
    }


def _same_quarter(identifier: str, firm: Firm) -> list[dict[str, Any]]:
    quarters: dict[str, list[str]] = defaultdict(list)
    for day, text in sorted(firm.days):
        quarters[f"{day[:4]} 年第 {(int(day[5:7]) + 2) // 3} 季度"].append(text)
    return [
        {"id": identifier, "name": firm.name, "quarter": quarter, "text": "；".join(texts)}
        for quarter, texts in quarters.items()
        if len(texts) > 1
    ]


def public_facts(record: Record) -> dict[str, Any]:
    """The caps, and how many firms reached them: counts only."""
    own = record["frequency"]
    return {
        "年度检查频次上限": tuple(own["caps"]),
        "达到上限的（户）": own["reached"],
        "其中超过上限的（户）": own["over"],
    }
