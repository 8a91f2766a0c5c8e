"""Officers: who is available through the visit window, and which seats nobody could take.

The matching itself is in :mod:`ssj.protocol` (PROTOCOL §7, §8).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from ssj import protocol
from ssj.errors import Problem
from ssj.params import Window
from ssj.schema import OFFICER_STATUS

KINDS = {"执法": "officer", "日常监管": "staff", "专家": "expert"}


def officer_rows(officers: pd.DataFrame, window: Window) -> list[dict[str, Any]]:
    """The officer table as it is committed to; ``available`` with the reason where someone is not."""
    rows = []
    for o in officers.itertuples():
        reason = _unavailable(o, window)
        rows.append({"id": o.id, "identity": {"id": o.id, "name": o.name}, "internal": {
            "kind": KINDS[o.kind], "department": o.department, "post": o.post, "specialities": list(o.specialities),
            "authority": list(o.authority), "recusals": sorted(o.recusals), "certificate": o.certificate,
            "certificate_until": "" if pd.isna(o.certificate_until) else str(o.certificate_until),
            "available": not reason, "reason": reason, "cap": None if pd.isna(o.yearly_cap) else int(o.yearly_cap)}})
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


def seat_problems(record: dict[str, Any]) -> list[Problem]:
    """Visits that could never be staffed, even alone: named seats for which officers are missing (PROTOCOL §8.4).

    Every target that may be drawn is tried with all tasks that may draw it.
    """
    tables = record["tables"]
    tasks = {t["id"]: t["internal"] for t in tables["tasks"]}
    items = {i["id"]: i["internal"] for i in tables["items"]}
    pool = [o for o in tables["officers"] if o["internal"]["available"]]
    recused = {t for o in pool for t in o["internal"]["recusals"]}
    tried: dict[Any, str] = {}
    found = []
    for target in tables["targets"]:
        drawn_by = [f["task"] for f in target["internal"]["frames"] if f["size"] > 0]
        if not drawn_by:
            continue
        key = (target["internal"]["category"], *drawn_by, target["id"] if target["id"] in recused else "")
        if key not in tried:
            tried[key] = _missing(target, drawn_by, tasks, items, pool)
            if tried[key] and tried[key] not in [p.message for p in found]:
                found.append(Problem("O30", tried[key], "请补充有资格的人员，或调整任务、请假、回避与执法事项范围",
                                     file="officers", value=f"{target['id']} {target['identity']['name']}"))
    return found


def _missing(target: dict[str, Any], drawn_by: list[str], tasks: Any, items: Any, pool: list[Any]) -> str:
    visit = protocol.visit_of(target["id"], target["internal"]["category"], drawn_by, tasks, items)
    for places in ("seats", "expert_seats"):
        seats = [protocol.Seat(visit["id"], p, [o["id"] for o in pool if protocol.fits(o, p, visit, items)
                                               and visit["id"] not in o["internal"]["recusals"]]) for p in visit[places]]
        people = {o: 1 for seat in seats for o in seat.candidates}
        limits = {o["id"]: o["internal"]["cap"] for o in pool}
        able = {o: 1 if limits[o] is None else min(1, limits[o]) for o in people}
        try:
            protocol.Matching(seats, dict(able), able)
        except protocol.Infeasible as error:
            wanted = Counter(seat_name(s.place) for s in error.seats)
            names = "、".join(f"{name} × {n}" for name, n in sorted(wanted.items()))
            return f"席位排不满：{names}，只有 {len(error.officers)} 人有资格（{'、'.join(error.officers) or '无人'}）"
    return ""


def seat_name(place: dict[str, Any]) -> str:
    """A seat in words: ``样例县住建局（燃气）``."""
    return f"{place['department'] or '专家'}（{place['speciality'] or '不限专业'}）"
