"""What the indicators of a year (:mod:`ssj.year.indicators`) count: from the archived records of
its rounds, up to a day.

Each function takes the year and the last day that counts, and gives a :class:`Measure`: numerator,
denominator, and a row for everything that was looked at, so that what is missing from the numerator
can be named. What happened after that day has not happened; a voided attempt has no visits. Nothing
here decides whether a number is good.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ssj.draw import lists
from ssj.protocol import Record
from ssj.results import results
from ssj.results.finding_checks import GONE
from ssj.results.registers import Registers
from ssj.rosters import history
from ssj.tables import schema


@dataclass
class Round:
    """A drawn round of the year: its entry in ``in/ledger.json``, the current record, its last
    results (None before there are any), what its frozen lists say of dates (``in/…-lists.json``),
    the last day on which any of its results is to be published, and its archived chances (for
    estimates alone).
    """

    entry: Record
    record: Record
    results: Record | None
    lists: Record
    last: str
    chances: Record = field(default_factory=dict)
    _visits: dict[str, list[Record]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.entry["round"]

    @property
    def stage(self) -> str:
        """The stage that the visits' results are to be found in, or the draw."""
        return self.entry["results"] or self.entry["stage"]

    def visits(self, until: str) -> list[Record]:
        """Every drawn visit by 检查编号, as it stood on the day ``until``."""
        if until not in self._visits:
            self._visits[until] = list(self._as_of(until))
        return self._visits[until]

    def _as_of(self, until: str) -> Iterator[Record]:
        numbers, known, own = (
            lists.visit_numbers(self.record),
            lists.names(self.record, "targets"),
            lists.internals(self.record, "targets"),
        )
        rows: dict[str, list[Record]] = defaultdict(list)
        for row in self.results["rows"] if self.results else ():
            if row["date"] <= until:
                rows[row["visit"]].append(row)
        said = {v["id"]: v for v in self.results["visits"]} if self.results else {}
        spared = {a["task"] for a in self.record["parameters"]["above_cap"]}
        items = lists.internals(self.record, "items")
        methods = {item: internal.get("method", "") for item, internal in items.items()}
        for visit in sorted(self.record["visits"], key=lambda v: numbers[v["id"]]):
            mine, its = rows[visit["id"]], said.get(visit["id"], {})
            visited = len(mine) == len(visit["items"])
            published_on = its["published_on"] if visited and its["published_on"] <= until else ""
            lawful, deadline = its["not_public"] if mine else "", its["deadline"] if visited else ""
            yield {
                "id": visit["id"],
                "number": numbers[visit["id"]],
                "name": known[visit["id"]],
                "tasks": visit["tasks"],
                "items": visit["items"],
                "risk_class": own[visit["id"]]["risk_class"],
                "counted": not set(visit["tasks"]) <= spared,
                "off_site": history.off_site(visit, methods),
                "rows": mine,
                "visited": visited,
                "date": max((r["date"] for r in mine), default=""),
                "problem": any(map(results.has_problem, mine)),
                "entered": visited
                and all(
                    r["entered_by"] and r["entered_on"] and r["entered_on"] <= until for r in mine
                ),
                "reviewed": visited and all(r["reviewer"] for r in mine),
                "published_on": published_on,
                "lawful": lawful,
                "deadline": deadline,
                "overdue": visited and not lawful and (published_on or until) > deadline,
                "gone": any(r in GONE for row in mine for r in row["results"]),
            }

    def closed_on(self, row: Record) -> str:
        """When the follow-up of an answered row was closed; empty if it is not."""
        return results.closed_on(
            row,
            Registers({table: self.results[table] for table in schema.REGISTERS})
            if self.results
            else Registers(),
        )

    def tasks(self) -> list[Record]:
        return self.record["tables"]["tasks"]


@dataclass
class Year:
    """A year under review. ``other``: rows of other_inspections.xlsx, None without that file;
    ``declared``: 填报值 of an indicator.
    """

    year: int
    plan: Record
    plan_stage: str
    rounds: list[Round]
    other: list[Record] | None
    declared: dict[str, date | None] = field(default_factory=dict)

    def drawn(self, until: str) -> list[Round]:
        """Rounds whose event had taken place."""
        return [r for r in self.rounds if r.record["entropy"]["time"][:10] <= until]

    def visits(self, until: str) -> Iterator[tuple[Round, Record]]:
        for one in self.drawn(until):
            yield from ((one, visit) for visit in one.visits(until))

    def inspected(self, until: str) -> list[tuple[Round, Record]]:
        """Visits whose items all have a result."""
        return [(r, v) for r, v in self.visits(until) if v["visited"]]


@dataclass
class Measure:
    """Numerator and denominator (None: there is none, or it can't be known, which ``note`` says), a
    breakdown, and the rows behind it.
    """

    numerator: int | None
    denominator: int | None
    rows: list[Record] = field(default_factory=list)
    parts: Sequence[tuple[str, int, int | None]] = field(default_factory=list)
    note: str = ""
    day: str = ""  # of an indicator that is a date


def row(
    counted: bool,
    text: str,
    identifier: str = "",
    name: str = "",
    number: str = "",
    round_id: str = "",
    stage: str = "",
) -> Record:
    """One thing that was looked at: whether it counts towards the numerator, and why."""
    return {
        "counted": counted,
        "round": round_id,
        "stage": stage,
        "number": number,
        "id": identifier,
        "name": name,
        "text": text,
    }


def of_visit(one: Round, visit: Record, counted: bool, text: str) -> Record:
    return row(counted, text, visit["id"], visit["name"], visit["number"], one.id, one.stage)


def share(rows: Iterable[Record], **more: Any) -> Measure:
    """How many of the rows count."""
    rows = list(rows)
    return Measure(sum(r["counted"] for r in rows), len(rows), rows, **more)


# --- Plan, tasks, items ---


def plan_day(it: Year, _until: str) -> Measure:
    """When the plan was issued and published: as declared, or else when it was approved."""
    approved = min(
        (a["date"] for a in it.plan["parameters"]["approval"] if a["matter"] == "年度计划"),
        default="",
    )
    own = it.declared.get("Z01")
    day = own.isoformat() if own else approved
    found = Measure(
        None,
        None,
        [
            row(
                True,
                f"年度计划 {approved} 批准",
                name=it.plan["parameters"]["title"],
                round_id=str(it.year),
                stage=it.plan_stage,
            )
        ],
        day=day,
    )
    found.note = "" if own else "没有填报印发公示日期，这里是批准日期"
    return found


def planned(it: Year) -> list[tuple[Record, Record]]:
    """Every task of the plan with every round that it stands in."""
    return [
        (task, r)
        for r in it.plan["parameters"]["rounds"]
        for task in it.plan["tasks"]
        if {r["id"], schema.WHOLE_YEAR} & set(task["rounds"])
    ]


def plan_done(it: Year, until: str) -> Measure:
    """Tasks that were due and of which every drawn target was inspected; a task in two rounds is
    due twice.
    """
    drawn, rows, waiting = {r.id: r for r in it.drawn(until)}, [], 0
    for task, its in planned(it):
        one = drawn.get(its["id"])
        if (one.record["parameters"]["window"]["end"] if one else its["end"]) > until:
            waiting += 1
            continue
        label = {
            "identifier": task["id"],
            "name": task["name"],
            "round_id": its["id"],
            "stage": one.stage if one else "",
        }
        if one is None or task["id"] not in {t["id"] for t in one.tasks()}:
            rows.append(
                row(False, "本批次没有抽取" if one is None else "本批次没有这个任务", **label)
            )
            continue
        mine = [v for v in one.visits(until) if task["id"] in v["tasks"]]
        left = [v["number"] for v in mine if not v["visited"]]
        rows.append(
            row(
                not left,
                f"抽中 {len(mine)} 户次，检查 {len(mine) - len(left)} 户次"
                + (f"；没有检查完的：{_some(left)}" if left else ""),
                **label,
            )
        )
    return share(rows, note=f"另有 {waiting} 个任务次检查期间未满，不计入" if waiting else "")


def _some(texts: list[str]) -> str:
    return "、".join(texts[:10]) + (f"等 {len(texts)} 户" if len(texts) > 10 else "")


def items_covered(it: Year, until: str) -> Measure:
    """Items on the list (as the last drawn round has it) with at least one result."""
    rounds, drawn = it.drawn(until), set()
    found: dict[str, Any] = {}
    for one in rounds:
        for visit in one.visits(until):
            drawn |= set(visit["items"])
            for r in visit["rows"]:
                found.setdefault(r["item"], (one, Counter()))[1][r["item"]] += 1
    listed = (
        [(i["id"], i["identity"]["name"]) for i in rounds[-1].record["tables"]["items"]]
        if rounds
        else [(i["id"], i["name"]) for i in it.plan["items"]]
    )
    rows = []
    for identifier, name in listed:
        one, count = found.get(identifier, (None, Counter()))
        text = (
            f"检查 {count[identifier]} 户次"
            if one
            else "抽中了，还没有结果"
            if identifier in drawn
            else "没有抽中"
        )
        rows.append(
            row(
                one is not None,
                text,
                identifier,
                name,
                round_id=one.id if one else "",
                stage=one.stage if one else "",
            )
        )
    return share(rows)


def joint(it: Year, until: str) -> Measure:
    """Tasks in drawn rounds in which several departments take part."""
    return share(
        row(
            len(t["internal"]["departments"]) > 1,
            "、".join(t["internal"]["departments"]),
            t["id"],
            t["identity"]["name"],
            round_id=one.id,
            stage=one.entry["stage"],
        )
        for one in it.drawn(until)
        for t in one.tasks()
    )


def departments(it: Year, until: str) -> Measure:
    """Departments whose officers inspected at least once."""
    went: dict[str, Counter[str]] = defaultdict(Counter)
    for one, visit in it.inspected(until):
        own = lists.internals(one.record, "officers")
        for department in {
            own[o]["department"]
            for r in visit["rows"]
            for o in r["officers"]
            if o in own and own[o]["kind"] == "officer"
        }:
            went[department][one.id] += 1
    rows = [
        row(True, "；".join(f"{r} {n} 户次" for r, n in sorted(counts.items())), name=name)
        for name, counts in sorted(went.items())
    ]
    return Measure(len(rows), None, rows)


def saved(it: Year, until: str) -> Measure:
    """Visits spared because tasks that drew the same target became one visit."""
    rows, total, apart = [], 0, 0
    for one in it.drawn(until):
        tasks = [len(v["tasks"]) for v in one.record["visits"]]
        total, apart = total + sum(tasks) - len(tasks), apart + sum(tasks)
        rows.append(
            row(
                True,
                f"各任务抽中合计 {sum(tasks)} 户次，合并为 {len(tasks)} 户次，减少 "
                f"{sum(tasks) - len(tasks)} 户次",
                name=one.record["parameters"]["title"],
                round_id=one.id,
                stage=one.entry["stage"],
            )
        )
    return Measure(total, None, rows, note=f"不合并为 {apart} 户次，合并后 {apart - total} 户次")


# --- Rosters: were they kept up to date ---


def lists_kept(it: Year, until: str) -> Measure:
    """Changes that the next freeze had to take in: new targets and items, expired certificates,
    firms that inspections found gone.

    A new target or item is in time if its date (成立日期, 生效日期) is later than the freeze
    before, which therefore could not have it. A freeze's lists are those of its day, of a
    demonstration those of the announced event's, which may lie before the freeze.
    """
    rows: list[Record] = []
    before: Round | None = None
    for one in it.drawn(until):
        day = _lists_day(one)
        label = {"round_id": one.id, "stage": one.entry["freeze"]}
        for person in one.lists["officers"]:
            if person["certificate_until"] and person["certificate_until"] < day:
                rows.append(
                    row(
                        not person["on_duty"],
                        f"执法证 {person['certificate_until']} 到期，"
                        + ("名录中仍在岗" if person["on_duty"] else "名录中已改"),
                        person["id"],
                        person["name"],
                        **label,
                    )
                )
        if before is not None:
            rows += _new_rows(before, one, label)
            now, known = (
                {t["id"]: t for t in one.lists["targets"]},
                {v["id"]: v for v in before.visits(until)},
            )
            for visit in known.values():
                if visit["gone"] and visit["reviewed"] and visit["date"] < day:
                    still = now.get(visit["id"], {"active": False})["active"]
                    rows.append(
                        row(
                            not still,
                            f"{visit['date']} 检查时已关闭、迁移或无法联系，"
                            + ("名录中仍为正常" if still else "名录中已改"),
                            visit["id"],
                            visit["name"],
                            visit["number"],
                            **label,
                        )
                    )
        before = one
    return share(rows, note="" if rows else "没有应当更新的")


def _lists_day(one: Round) -> str:
    return min(one.entry["frozen_on"], one.record["event"]["time"][:10])


def _new_rows(before: Round, one: Round, label: dict[str, str]) -> Iterator[Record]:
    """Targets and items that the freeze before did not have and that have a date."""
    for table, word in (("targets", "成立"), ("items", "生效")):
        known, day = {r["id"] for r in before.lists[table]}, _lists_day(before)
        for new in one.lists[table]:
            if new["id"] not in known and new["since"]:
                late = new["since"] <= day
                yield row(
                    not late,
                    f"{new['since']} {word}，"
                    + (f"{before.id} 封库时（{day}）漏列" if late else f"{one.id} 列入"),
                    new["id"],
                    new["name"],
                    **label,
                )
