"""How often each firm was inspected this year, and what its caps leave (年度检查频次上限).

Counted are drawn visits of rounds whose window begins in the year (their archives say which), and
the rows of 其他检查登记表 up to the day of the lists. Exempt ones (依法除外, or of tasks above
the cap) stand apart; what was inspected off-site (非现场) is no visit.

| cap | parameter | what it limits |
| --- | --- | --- |
| of the class | ``classes.X.yearly_cap`` | inspections by the bureau's level |
| of the level | ``year_caps.level`` | the same, whatever the class |
| together | ``year_caps.together`` | inspections by all levels |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pandas as pd

from ssj.base.params import Parameters, YearCaps
from ssj.protocol import Record
from ssj.rosters.history import History
from ssj.tables import schema
from ssj.tables.frames import rows_of


class Count(NamedTuple):
    """Inspections of one firm in the year: drawn, others of the bureau's own level, of other
    levels; those that don't count.
    """

    drawn: int = 0
    other: int = 0
    elsewhere: int = 0
    exempt: int = 0

    @property
    def own(self) -> int:
        return self.drawn + self.other

    @property
    def together(self) -> int:
        return self.own + self.elsewhere


NONE = Count()
LOCAL = YearCaps.model_fields["own_level"].default  # the level of a bureau that says none
LISTED = {
    "id": "编号",
    "name": "名称",
    "risk_class": "信用风险等级",
    "drawn": "随机抽查",
    "other": "其他检查",
    "elsewhere": "其他层级",
    "exempt": "不计入的",
    "cap": "本层级上限",
    "together_cap": "各层级合计上限",
    "left": "还可查",
}


class Caps(NamedTuple):
    """The caps of one class, None where there is none: by the bureau's own level, and together."""

    own: int | None
    together: int | None

    def left(self, count: Count) -> int | None:
        """How many more inspections they allow; below 0: how many there were too many."""
        rooms = [
            cap - n
            for cap, n in ((self.own, count.own), (self.together, count.together))
            if cap is not None
        ]
        return min(rooms, default=None)


def caps_of(cap: int | None, year: Record | YearCaps | None) -> Caps:
    """The caps of a class with the yearly cap ``cap`` under ``year_caps``, as the parameters or a
    record has them.

    >>> caps_of(3, {"own_level": "县级", "level": 2, "together": 4})
    Caps(own=2, together=4)
    """
    given = year.model_dump() if isinstance(year, YearCaps) else year or {}
    level = given.get("level")
    return Caps(
        min((n for n in (cap, level) if n is not None), default=None), given.get("together")
    )


def of_parameters(parameters: Parameters) -> dict[str, Caps]:
    """Class → its caps."""
    return {
        name: caps_of(own.yearly_cap, parameters.year_caps)
        for name, own in parameters.classes.items()
    }


def of_row(row: Record, own_level: str) -> Count:
    """What one row of 其他检查登记表 counts."""
    if row["method"] == schema.OFF_SITE:
        return NONE  # nobody went there
    if row["exempt"]:
        return Count(exempt=1)
    return Count(other=1) if row["level"] in ("", own_level) else Count(elsewhere=1)


def done(
    parameters: Parameters, rows: Iterable[Record] | None, until: str = "9999"
) -> dict[str, Count]:
    """Firm → what its rows of 其他检查登记表 up to a day come to."""
    own_level = parameters.year_caps.own_level if parameters.year_caps else LOCAL
    found: dict[str, Count] = {}
    for r in rows or ():
        if r["date"] <= until:
            found[r["target"]] = total([found.get(r["target"], NONE), of_row(r, own_level)])
    return found


def total(counts: Iterable[Count]) -> Count:
    """The sum of counts."""
    return Count(*(sum(column) for column in zip(*counts, strict=True)))


class YearCounts:
    """What every firm's year came to before a round is drawn.

    ``rows``: of 其他检查登记表, None without it; those after the day of the lists (the event's at
    the latest: a demonstration's lies in the past) are not counted.
    """

    def __init__(
        self, parameters: Parameters, history: History, rows: Iterable[Record] | None
    ) -> None:
        year, until = parameters.round.window.start.year, parameters.event.time.date().isoformat()
        self.caps = of_parameters(parameters)
        self.drawn, self.spared = history.counted(year), history.exempt(year)
        self.rows = [r for r in rows or () if r["date"] <= until]
        self.done = done(parameters, self.rows)

    def of(self, identifier: str) -> Count:
        """The count of one firm."""
        drawn = Count(drawn=self.drawn[identifier], exempt=self.spared[identifier])
        return total([drawn, self.done.get(identifier, NONE)])

    def left(self, identifier: str, risk_class: str) -> int | None:
        """How often the firm may still be inspected, below 0 if it was too often; None without a
        cap.
        """
        return self.caps[risk_class].left(self.of(identifier))

    def table(self, targets: pd.DataFrame) -> pd.DataFrame:
        """The firms inspected this year (:data:`LISTED`), least left first."""
        rows = []
        for t in rows_of(targets):
            count, caps = self.of(t.id), self.caps[t.risk_class]
            if count != NONE:
                left = caps.left(count)
                room = None if left is None else max(0, left)
                rows.append((t.id, t.name, t.risk_class, *count, *caps, room))
        rows.sort(key=lambda r: (r[-1] is None, r[-1] or 0, r[0]))
        return pd.DataFrame(rows, columns=list(LISTED), dtype=object)

    def reached(self, targets: pd.DataFrame) -> int:
        """How many firms are at a cap of theirs."""
        lefts = (self.left(t.id, t.risk_class) for t in rows_of(targets))
        return sum(left is not None and left <= 0 for left in lefts)

    def over(self, targets: pd.DataFrame) -> Iterator[tuple[str, str, int, Record | None]]:
        """Firms inspected more often than a cap of theirs: id, class, by how many, and the last row
        of 其他检查登记表 that counts, if any.
        """
        last = {r["target"]: r for r in self.rows if not r["exempt"]}
        for t in rows_of(targets):
            left = self.left(t.id, t.risk_class)
            if left is not None and left < 0:
                yield t.id, t.risk_class, -left, last.get(t.id)


def published(classes: dict[str, Record], year: Record | None) -> tuple[str, ...]:
    """The caps in words for everybody: those of the classes from the lowest to the highest, not
    whose they are.
    """
    given = year or {}
    own = sorted({c["yearly_cap"] for c in classes.values() if c.get("yearly_cap")})
    span = f"{own[0]} 次" if len(own) == 1 else f"{own[0]} 至 {own[-1]} 次" if own else ""
    some = "" if all(c.get("yearly_cap") for c in classes.values()) else "（有的不限）"
    said = (
        given.get("level") and f"同一层级的各部门合计 {given['level']} 次",
        given.get("together") and f"各层级合计 {given['together']} 次",
        span and f"按分级分类，每户 {span}{some}",
    )
    caps = tuple(text for text in said if text) or ("不限",)
    return (*caps, "几项以最少的为准") if len(caps) > 1 else caps
