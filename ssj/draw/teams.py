"""Officers: who is available through the visit window; where seats can't be filled, who is missing
and what would mend it.

The matching itself is in :mod:`ssj.protocol` (PROTOCOL §7, §8), a fast one in
:mod:`ssj.draw.matching`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import pandas as pd

from ssj import protocol
from ssj.base.errors import Problem, RefusedError, SsjError
from ssj.base.params import Window
from ssj.draw import matching
from ssj.draw.matching import Matching
from ssj.protocol import Infeasible, NoGroups, Record, Seat
from ssj.tables import rules
from ssj.tables.frames import rows_of
from ssj.tables.schema import OFFICER_STATUS

Bar = Callable[[str, str], str]  # why somebody may not go to a target
KINDS = {"执法": "officer", "日常监管": "staff", "专家": "expert"}


def officer_rows(officers: pd.DataFrame, window: Window) -> list[dict[str, Any]]:
    """The officer table as it is committed to; ``available``, with the reason where one is not."""
    rows = []
    for o in rows_of(officers):
        reason = _unavailable(o, window)
        rows.append(
            {
                "id": o.id,
                "identity": {"id": o.id, "name": o.name},
                "internal": {
                    "kind": KINDS[o.kind],
                    "department": o.department,
                    "post": o.post,
                    "specialities": list(o.specialities),
                    "authority": list(o.authority),
                    "recusals": sorted(o.recusals),
                    "certificate": o.certificate,
                    "certificate_until": ""
                    if pd.isna(o.certificate_until)
                    else str(o.certificate_until),
                    "available": not reason,
                    "reason": reason,
                    "cap": None if pd.isna(o.yearly_cap) else int(o.yearly_cap),
                },
            }
        )
    return rows


def _unavailable(officer: Any, window: Window) -> str:
    """Why an officer takes no seat in this round; empty if available throughout the window."""
    if not OFFICER_STATUS[officer.status]:
        return f"状态为“{officer.status}”"
    if KINDS[officer.kind] == "staff":
        return "日常监管人员不单独执法"
    if KINDS[officer.kind] == "officer" and officer.certificate_until < window.end:
        return f"执法证 {officer.certificate_until} 到期，不能覆盖整个检查期间"
    if any(start <= window.end and end >= window.start for start, end in officer.leave):
        return "检查期间请假"
    return ""


# --- Seats that can't be filled, in words (PROTOCOL §8.4) -----------------------------------------


class Shortage(NamedTuple):
    """What a department, or the experts (``""``), lack: seats that compete for too few people."""

    department: str
    seats: list[Seat]
    people: list[str]  # who can take them, in words
    short: int  # seats that stay empty at best
    more: int  # so many people more would do
    skills: list[str]  # if they have these specialities
    # who could come, were it not for this or that; and those whose cap is the limit
    others: list[str]

    @property
    def message(self) -> str:
        """How many are short, where."""
        wanted = Counter(seat_name(s.place) for s in self.seats)
        names = "、".join(f"{name} × {n}" for name, n in sorted(wanted.items()))
        return rules.RULE["O30"].message.format(
            seats=names,
            count=len(self.people),
            people="、".join(self.people) or "无人",
            short=self.short,
        )

    @property
    def remedy(self) -> str:
        """What would mend it."""
        kind = f"{self.department}的执法人员" if self.department else "专家"
        who = f"{kind}（{'、'.join(self.skills)}专业）" if self.skills else kind
        return rules.RULE["O30"].remedy.format(
            more=self.more,
            who=who,
            others=f"；或使下列人员能来：{'；'.join(self.others)}" if self.others else "",
        )


def shortages(
    record: Record, visits: Iterable[Record], error: Infeasible, amended: Iterable[str] = ()
) -> list[Shortage]:
    """What each department lacks where a matching failed; ``visits`` as matched, ``amended`` are
    taken off by amendments.
    """
    by_id, gone = {v["id"]: v for v in visits}, set(amended)
    found: dict[str, list[Seat]] = {}
    for seat in error.seats:
        found.setdefault(seat.place["department"], []).append(seat)
    return [
        _shortage(record, by_id, department, seats, error.caps, gone)
        for department, seats in sorted(found.items())
    ]


def _shortage(
    record: Record,
    visits: dict[str, Record],
    department: str,
    seats: list[Seat],
    caps: dict[str, int],
    amended: set[str],
) -> Shortage:
    rows = {o["id"]: o for o in record["tables"]["officers"]}
    people = sorted({o for s in seats for o in s.candidates})
    limits = {o: caps[o] for o in people}
    names = {o: f"{row['identity']['name']}（{o}）" for o, row in rows.items()}
    short, bar = _empty(seats, limits), protocol.bars(record)
    capped = {
        o
        for o in people
        if rows[o]["internal"]["cap"] is not None
        and _empty(seats, {**limits, o: len(seats)}) < short
    }
    others = [
        f"{names[o]}：{why}"
        for o, row in rows.items()
        if (why := _hindrance(record, visits, row, seats, bar, amended, o in capped))
    ]
    more = next(n for n in range(1, len(seats) + 1) if not _empty(seats, limits, n))
    skills = (
        sorted({s.place["speciality"] for s in seats} - {""})
        if _empty(seats, limits, more, skilled=False)
        else []
    )
    return Shortage(department, seats, [names[o] for o in people], short, more, skills, others)


def _empty(seats: list[Seat], limits: dict[str, int], more: int = 0, skilled: bool = True) -> int:
    """How many seats stay empty at best, with so many people more; without ``skilled`` these take
    only seats without a speciality.
    """
    new = [f"+{n}" for n in range(more)]
    caps = limits | dict.fromkeys(new, len(seats))
    wider = [
        s._replace(candidates=[*s.candidates, *new]) if skilled or not s.place["speciality"] else s
        for s in seats
    ]
    try:
        Matching(wider, caps, caps)
    except Infeasible as error:
        return error.short
    return 0


def _hindrance(
    record: Record,
    visits: dict[str, Record],
    officer: Record,
    seats: list[Seat],
    bar: Bar,
    amended: set[str],
    capped: bool,
) -> str:
    """Why somebody of the right kind and speciality does not help, or not more; empty if nothing
    could be done about it.
    """
    own, items = officer["internal"], {i["id"]: i["internal"] for i in record["tables"]["items"]}
    able = {**officer, "internal": {**own, "available": True}}
    free = {**officer, "internal": {**own, "available": True, "authority": []}}
    fitting = [s for s in seats if protocol.fits(able, s.place, visits[s.visit], items)]
    if not fitting and any(protocol.fits(free, s.place, visits[s.visit], items) for s in seats):
        return "执法事项范围不含有关事项"
    if not fitting:
        return ""
    if not own["available"]:
        return own.get("reason") or "不可指派"
    if officer["id"] in amended:
        return "在抽后调整中已换下"
    barred = {
        reason: sorted({s.visit for s in fitting if bar(s.visit, officer["id"]) == reason})
        for reason in ("recusal", "rotation")
    }
    said = [
        f"{word}{_some(barred[reason])}"
        for reason, word in (("recusal", "回避 "), ("rotation", "因轮换不去 "))
        if barred[reason]
    ]
    if capped:
        said.append(f"年度上限只有 {own['cap']} 户次")
    return "，".join(said)


def _some(ids: list[str]) -> str:
    return "、".join(ids[:10]) + (f" 等 {len(ids)} 户" if len(ids) > 10 else "")


def match(record: Record, visits: list[Record], seed: str, purpose: str) -> Record:
    """:func:`ssj.protocol.match`; where it fails, ``SsjError`` says which visits lack whom, and
    what would mend it.
    """
    try:
        return matching.match(record, visits, seed, purpose)
    except (Infeasible, NoGroups) as error:
        raise SsjError(*explained(record, visits, error)) from error


def explained(
    record: Record, visits: Iterable[Record], error: protocol.ProtocolError
) -> tuple[str, str]:
    """Message and remedy of a matching that failed."""
    if not isinstance(error, Infeasible):
        return (
            f"{error}。",
            ("可在批次参数中改为逐户排人，或补充人员、提高年度上限，再另行封库。"),
        )
    found = shortages(record, visits, error)
    lines = [
        f"{s.message}。涉及 {_some(sorted({seat.visit for seat in s.seats}))}。{s.remedy}。"
        for s in found
    ]
    return "检查组排不出来：\n" + "\n".join(
        f"  {n}. {line}" for n, line in enumerate(lines, 1)
    ), "请补充有资格的人员，或调整请假、回避、年度上限后，另行封库。"


def rotate(tables: dict[str, list[Record]], went: dict[str, list[str]]) -> None:
    """Give each target its ``rotation``, the officers of its last visit (PROTOCOL §8); ``went``:
    target → officers.

    Where a department could then not staff the visit even alone, but could without, its rotation
    there is lifted and listed as ``rotation_lifted``: rotation is a wish, two certified officers
    are the law.
    """
    record = {"tables": tables}
    departments = {o["id"]: o["internal"]["department"] for o in tables["officers"]}
    for target in tables["targets"]:
        target["internal"] |= {"rotation": went.get(target["id"], []), "rotation_lifted": []}
    needed = _Alone(record)
    for target in tables["targets"]:
        own = target["internal"]
        if own["rotation"] and (short := {s.department for s in needed.shortages(target)}):
            lifted = [o for o in own["rotation"] if departments.get(o) in short]
            kept = [o for o in own["rotation"] if o not in lifted]
            target["internal"] |= {"rotation": kept, "rotation_lifted": lifted}


def replace(record: Record, officer: str, visits: list[str], whole: bool) -> Record:
    """:func:`ssj.protocol.replace`; where nobody is left, ``RefusedError`` says who is lacking, and
    what would mend it.
    """
    try:
        return protocol.replace(record, officer, visits, whole)
    except Infeasible as error:
        gone = [
            a["officer"]
            for a in record.get("amendments", [])
            if a["all"] or set(a["visits"]) & set(visits)
        ]
        found = shortages(record, record["visits"], error, [officer, *gone])
        raise RefusedError(
            "没有可以更换的人员：" + "；".join(f"{s.message}。{s.remedy}" for s in found),
            "补充有资格的人员后另行封库、抽取（ssj void），或改期检查。",
        ) from error
    except protocol.ProtocolError as error:
        raise RefusedError(f"{error}", "请核对工号和检查对象编号。") from error


def seat_problems(record: Record) -> list[Problem]:
    """Visits that could never be staffed, even alone: named seats for which officers are missing.

    Every target that may be drawn is tried with all tasks that may draw it. With the round's
    parameters, and where personal caps or groups could make a draw fail after the event, the whole
    round is tried as well.
    """
    needed, said, found = _Alone(record), set(), []
    for target in record["tables"]["targets"]:
        for shortage in needed.shortages(target):
            if shortage.message not in said:
                said.add(shortage.message)
                found.append(
                    Problem(
                        "O30",
                        shortage.message,
                        shortage.remedy,
                        file="officers",
                        value=f"{target['id']} {target['identity']['name']}",
                    )
                )
    return found or list(_trial_problems(record))


TRIALS, LARGEST_TRIAL = 20, 2_000  # trial draws of a round, fewer of a large one: visits in all


def _trial_problems(record: Record) -> Iterator[Problem]:
    """Whether trial draws get their teams. Without groups they always do if each visit alone does
    with officers whose personal cap, if they have one, no draw can reach.
    """
    parameters = record.get("parameters")
    if parameters is None or protocol.drawn_elsewhere(parameters):
        return
    groups = parameters.get("team_mode") == protocol.GROUPS
    targets = record["tables"]["targets"]
    unbound = _Alone(record, _most_visits(record))
    if not groups and not any(map(unbound.shortages, targets)):
        return
    trial, failed, made, count = {**record, "salt": protocol.sha256("trial")}, "", 0, 0
    while made < TRIALS and count <= LARGEST_TRIAL:
        seed = protocol.sha256(f"trial,{made}")
        visits = protocol.visits_of(trial, protocol.draw_targets(trial, seed))
        made, count = made + 1, count + len(visits)
        try:
            for purpose in ("officer", "expert"):
                match(trial, visits, seed, purpose)
        except SsjError as error:
            failed = error.message.replace("\n", "")
            break
    if failed:
        yield rules.problem("O31/groups" if groups else "O31", "officers", made=made, failed=failed)


def _most_visits(record: Record) -> int:
    """More visits no draw makes: as if no target were drawn by two tasks."""
    framed = protocol.frames(record)
    return sum(
        protocol.sample_size(
            stratum["ratio"], sum(size > 0 for _, size in framed[task["id"], stratum["stratum"]])
        )
        for task in record["tables"]["tasks"]
        for stratum in task["internal"]["strata"]
    )


class _Alone:
    """Whether a target's visit could be staffed if it were the only one, with all tasks that may
    draw it; alike ones are tried once. ``visits``: only by officers who may go on so many.
    """

    def __init__(self, record: Record, visits: int = 0) -> None:
        tables = record["tables"]
        self.record, self.bar = record, protocol.bars(record)
        self.tasks, self.items = (
            {r["id"]: r["internal"] for r in tables[name]} for name in ("tasks", "items")
        )
        self.pool = [
            o
            for o in tables["officers"]
            if o["internal"]["available"]
            and (o["internal"]["cap"] is None or o["internal"]["cap"] >= visits)
        ]
        self.recused = {t for o in self.pool for t in o["internal"]["recusals"]}
        self.able = {
            o["id"]: 1 if o["internal"]["cap"] is None else min(1, o["internal"]["cap"])
            for o in self.pool
        }
        self.tried: dict[Any, list[Shortage]] = {}

    def shortages(self, target: Record) -> list[Shortage]:
        own = target["internal"]
        drawn_by = [f["task"] for f in own["frames"] if f["size"] > 0]
        key = (
            own["category"],
            *drawn_by,
            target["id"] if target["id"] in self.recused or own.get("rotation") else "",
        )
        if drawn_by and key not in self.tried:
            self.tried[key] = self._try(
                protocol.visit_of(target["id"], own["category"], drawn_by, self.tasks, self.items)
            )
        return self.tried[key] if drawn_by else []

    def _try(self, visit: Record) -> list[Shortage]:
        free = [o for o in self.pool if not self.bar(visit["id"], o["id"])]
        seats = [
            Seat(visit["id"], p, [o["id"] for o in free if protocol.fits(o, p, visit, self.items)])
            for p in (*visit["seats"], *visit["expert_seats"])
        ]
        try:
            Matching(seats, self.able, self.able)
        except Infeasible as error:
            return shortages(self.record, [visit], error)
        return []


def seat_name(place: dict[str, Any]) -> str:
    """A seat in words: ``样例县住建局（燃气）``."""
    return f"{place['department'] or '专家'}（{place['speciality'] or '不限专业'}）"
