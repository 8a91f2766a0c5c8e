"""A draw record as lists for people: rows of plain values, for tables, workbooks and pages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from ssj import protocol
from ssj.base import formats, params, words
from ssj.draw.teams import seat_name
from ssj.protocol import Record

REASONS = {
    "recusal": "回避",
    "rotation": "轮换：上一次检查过本户",
    "amended": "抽后调整中已换下",
    "cap": "已达户次上限",
    "look_ahead": "如选此人，其他检查将缺人",
    "unable": "组内人员坐不满本部门席位",
}
EXTERNAL = "外部抽取"  # by the provincial platform (PROTOCOL §6.5)
Rows = list[dict[str, Any]]


def names(record: Record, table: str) -> dict[str, str]:
    """Id → name of one table."""
    return {row["id"]: row["identity"]["name"] for row in record["tables"][table]}


def internals(record: Record, table: str) -> dict[str, Record]:
    """Id → internal part of one table."""
    return {row["id"]: row["internal"] for row in record["tables"][table]}


def visit_numbers(record: Record) -> dict[str, str]:
    """Target id → 检查编号: ``2021Q4-001``; ``2021Q4(2)-001`` in the second attempt.

    Those that are named come first, then those that are not to be named, each in id order: so the
    published numbers run on without a gap and tell nothing of the others but how many they are,
    which the public page says too. Records frozen before that was the rule (no ``numbering``) keep
    theirs, all in id order: their papers are printed.
    """
    attempt = f"({record['attempt']})" if record["attempt"] > 1 else ""
    ids = sorted(v["id"] for v in record["visits"])
    if record["parameters"].get("numbering") == params.NAMED_FIRST:
        own = internals(record, "targets")
        ids.sort(key=lambda i: not own[i]["public"])
    return {
        i: f"{record['round']}{attempt}-{n:0{max(3, len(str(len(ids))))}}"
        for n, i in enumerate(ids, 1)
    }


def spelt_numbers(record: Record) -> dict[str, str]:
    """A 检查编号 as an id column reads it (upper case) → as it is written."""
    return {protocol.normalise_id(number): number for number in visit_numbers(record).values()}


def roster_rows(record: Record) -> Rows:
    """Public list of the target roster, in id order (PROTOCOL §4.4)."""
    rows: Rows = protocol.public_list(record)["targets"]
    return rows


def excluded_counts(record: Record) -> Rows:
    """How many targets no task can draw, by reason; a target that some task can draw is not
    counted.
    """
    counts: Counter[str] = Counter()
    for target in record["tables"]["targets"]:
        frames = target["internal"]["frames"]
        if frames and not any(f["size"] for f in frames):
            counts[frames[0]["reason"]] += 1
        elif not frames:
            counts["不在本批次任务的对象范围内"] += 1
    return [{"reason": reason, "targets": n} for reason, n in sorted(counts.items())]


def drawn_rows(record: Record, seed: str, drawn: Iterable[Record]) -> Rows:
    """For each task and stratum: N, n, how many were certain, how many by ticket, and the cut-off
    ticket; drawn elsewhere, for each task: N, what the plan's ratios ask for, and how many the
    platform drew.
    """
    if protocol.drawn_elsewhere(record["parameters"]):
        asked = {task["id"]: planned(record, task) for task in record["tables"]["tasks"]}
        return [
            {
                "task": part["task"],
                "stratum": EXTERNAL,
                "count": asked[part["task"]][0],
                "n": asked[part["task"]][1],
                "external": len(part["external"]),
            }
            for part in drawn
        ]
    rows = []
    for part in drawn:
        chosen = part["by_ticket"]
        last = protocol.target_ticket(record, seed, "target", chosen[-1]) if chosen else ""
        rows.append(
            {
                **part,
                "stratum": words.stratum(part["stratum"]),
                "certain": len(part["certain"]),
                "by_ticket": len(chosen),
                "last": last,
            }
        )
    return rows


def drawn_columns(record: Record) -> dict[str, str]:
    """Columns of :func:`drawn_rows`: of a draw made elsewhere no stratum or ticket is told, since
    none decided.
    """
    if protocol.drawn_elsewhere(record["parameters"]):
        return words.columns("task count n external", n="按计划应抽数")
    return words.columns("task stratum count n certain by_ticket last")


def planned(record: Record, task: Record) -> tuple[int, int]:
    """How many targets a task's frame has, and how many its ratios ask for."""
    counts = Counter(
        f["stratum"]
        for t in record["tables"]["targets"]
        for f in t["internal"]["frames"]
        if f["task"] == task["id"] and f["size"]
    )
    return counts.total(), sum(
        protocol.sample_size(s["ratio"], counts[s["stratum"]]) for s in task["internal"]["strata"]
    )


def target_rows(record: Record, seed: str, drawn: Iterable[Record]) -> Rows:
    """One row for each drawn target and task, with its ticket, in the order of drawing; drawn
    elsewhere, in id order without a ticket.
    """
    known, internal = names(record, "targets"), internals(record, "targets")
    if protocol.drawn_elsewhere(record["parameters"]):
        return [
            {
                "task": part["task"],
                "id": i,
                "name": known[i],
                "category": internal[i]["category"],
                "how": EXTERNAL,
            }
            for part in drawn
            for i in part["external"]
        ]
    return [
        {
            "task": part["task"],
            "stratum": words.stratum(part["stratum"]),
            "id": i,
            "name": known[i],
            "category": internal[i]["category"],
            "how": how,
            "ticket": protocol.target_ticket(record, seed, "target", i),
        }
        for part in drawn
        for how, ids in (("全部抽取", part["certain"]), ("按签号抽取", part["by_ticket"]))
        for i in ids
    ]


def target_columns(record: Record) -> dict[str, str]:
    """Columns of :func:`target_rows`."""
    return words.columns(
        "task id name category how"
        if protocol.drawn_elsewhere(record["parameters"])
        else "task stratum id name category how ticket"
    )


def attested(record: Record) -> tuple[str, ...]:
    """The custodians that attest, before the event and to this commitment alone, in words."""
    sound, missing = protocol.attesting(record), protocol.unproven(record)
    how = {True: "签名证明", False: "文字证明"}
    return (
        *(
            f"{a['custodian']}（{how['signature' in a]}）：{formats.time(a['received'])}收到，"
            "只收到这一个"
            for a in sound
        ),
        *([protocol.BANNERS[missing]] if missing else []),
    )


def merging(drawn: Iterable[Record], visits: list[Record]) -> dict[str, int]:
    """Visits with and without merging (进一次门、查多项事)."""
    apart = sum(len(protocol.drawn_ids(part)) for part in drawn)
    return {
        "不合并需检查（户次）": apart,
        "合并后（户次）": len(visits),
        "合并减少（户次）": apart - len(visits),
    }


def visit_rows(record: Record, visits: Iterable[Record], *matches: Record) -> Rows:
    """One row a visit: the target, its tasks and items, officers and experts in words."""
    known, item_names, internal = (
        names(record, "targets"),
        names(record, "items"),
        internals(record, "targets"),
    )
    people = _people(record, matches)
    return [
        {
            "id": v["id"],
            "name": known[v["id"]],
            "category": internal[v["id"]]["category"],
            "tasks": tuple(v["tasks"]),
            "items": tuple(item_names[i] for i in v["items"]),
            "officers": tuple(people[v["id"], "officer"]),
            "experts": tuple(people[v["id"], "expert"]),
        }
        for v in visits
    ]


def _people(record: Record, matches: Iterable[Record]) -> dict[tuple[str, str], list[str]]:
    people: dict[tuple[str, str], list[str]] = defaultdict(list)
    known, internal = names(record, "officers"), internals(record, "officers")
    for match in matches:
        for t in match["taken"]:
            own = internal[t["officer"]]
            details = "，".join(filter(None, [own["department"], own["certificate"]]))
            people[t["visit"], own["kind"]].append(f"{known[t['officer']]}（{details}）")
    return people


def public_rows(record: Record, visits: Iterable[Record], *matches: Record) -> Rows:
    """What anyone may see from the publication day on: visits in id order, sensitive targets left
    out.
    """
    open_targets = {i for i, internal in internals(record, "targets").items() if internal["public"]}
    return visit_rows(record, [v for v in visits if v["id"] in open_targets], *matches)


def seat_rows(record: Record, match: Record) -> Rows:
    """One row a seat, in the order of filling; 人员唯一 where there was only one choice."""
    known, people, internal = (
        names(record, "targets"),
        names(record, "officers"),
        internals(record, "officers"),
    )
    return [
        {
            "visit": t["visit"],
            "target": known[t["visit"]],
            "seat": seat_name(t),
            "officer": t["officer"],
            "person": people[t["officer"]],
            "certificate": internal[t["officer"]]["certificate"],
            "note": "人员唯一" if t["choices"] == 1 else "",
        }
        for t in match["taken"]
    ]


def skipped_rows(record: Record, match: Record) -> Rows:
    """Who came first by lot and was passed over, why, and which visits would have been left without
    officers.
    """
    people = names(record, "officers")
    passed = [
        {**s, "officer": s["group"], "speciality": "整组"}
        for s in match.get("groups", {}).get("skipped", ())
    ]
    return [
        {
            "visit": s["visit"],
            "seat": seat_name(s),
            "officer": s["officer"],
            "person": _named(people, s["officer"]),
            "reason": REASONS[s["reason"]],
            "short": tuple(s["short"]),
        }
        for s in (*match["skipped"], *passed)
    ]


def _named(people: dict[str, str], identifier: str) -> str:
    """A person's name, or those of a group's members."""
    return "、".join(people[i] for i in identifier.split("+"))


def raised_rows(record: Record, match: Record) -> Rows:
    """Officers whose cap had to rise, by how much (PROTOCOL §8.1)."""
    people = names(record, "officers")
    groups = [
        {"officer": g["id"], "by": g["by"], "cap": g["cap"]}
        for g in match.get("groups", {}).get("made", ())
        if g["by"]
    ]
    return [{**r, "person": _named(people, r["officer"])} for r in (*match["raised"], *groups)]


def rotation_rows(tables: Record) -> Rows:
    """Targets where officers of the last visit may not go this time (轮换), and who may all the
    same, since there are too few others.
    """
    people = {o["id"]: o["identity"]["name"] for o in tables["officers"]}
    rows = [
        {
            "id": t["id"],
            "name": t["identity"]["name"],
            **{
                key: tuple(words.people(people, t["internal"].get(key, ())))
                for key in ("rotation", "rotation_lifted")
            },
        }
        for t in tables["targets"]
    ]
    return sorted(
        (row for row in rows if row["rotation"] or row["rotation_lifted"]),
        key=lambda row: not row["rotation_lifted"],
    )


def group_rows(record: Record, match: Record) -> Rows:
    """Groups (先组后户, PROTOCOL §8.7): which cut they come from, their members, visits and cap;
    none where officers are seated one by one.
    """
    people = names(record, "officers")
    groups = match.get("groups", {"made": [], "allotted": []})
    load = Counter(a["group"] for a in groups["allotted"])
    return [
        {
            "department": g["department"],
            "k": g["k"],
            "members": tuple(words.people(people, g["members"])),
            "visits": load[g["id"]],
            "cap": g["cap"],
        }
        for g in groups["made"]
    ]


def workload(record: Record, *matches: Record) -> Rows:
    """Visits of every available officer and expert, busiest first."""
    load = Counter(t["officer"] for m in matches for t in m["taken"])
    rows = [
        {
            "officer": o["id"],
            "person": o["identity"]["name"],
            "department": o["internal"]["department"],
            "visits": load[o["id"]],
        }
        for o in record["tables"]["officers"]
        if o["internal"]["available"]
    ]
    return sorted(rows, key=lambda r: (-r["visits"], r["officer"]))


def by_category(record: Record, visits: Iterable[Record]) -> Rows:
    """Visits for each category, most first."""
    internal = internals(record, "targets")
    counts = Counter(internal[v["id"]]["category"] for v in visits)
    return [
        {"category": c, "visits": n} for c, n in sorted(counts.items(), key=lambda x: (-x[1], x[0]))
    ]


def teams_of(record: Record) -> list[Record]:
    """Who goes now, officers and experts, as :func:`visit_rows` takes it."""
    return [{"taken": taken} for taken in protocol.teams_now(record).values()]


def amendment_rows(record: Record) -> Rows:
    """All amendments (抽后调整) of a draw: who could not go, to how many visits, why, who approved
    it.
    """
    people = names(record, "officers")
    return [
        {**a, "number": n, "person": people[a["officer"]], "visits": len(a["visits"])}
        for n, a in enumerate(record["amendments"], 1)
    ]


def before_and_after(record: Record) -> Rows:
    """For every visit that was ever amended: the team as drawn, and the team now."""
    touched = {i for a in record["amendments"] for i in a["visits"]}
    visits = [v for v in record["visits"] if v["id"] in touched]
    drawn, now = (
        visit_rows(record, visits, record["officers"], record["experts"]),
        visit_rows(record, visits, *teams_of(record)),
    )
    return [
        {
            "id": a["id"],
            "name": a["name"],
            "before": (*a["officers"], *a["experts"]),
            "after": (*b["officers"], *b["experts"]),
        }
        for a, b in zip(drawn, now, strict=True)
    ]


def amended_rows(record: Record) -> Rows:
    """The visits of the last amendment with their teams now, sensitive targets left out: for the
    public.
    """
    last = set(record["amendments"][-1]["visits"])
    return public_rows(record, [v for v in record["visits"] if v["id"] in last], *teams_of(record))


def voided_rows(record: Record, visits: Iterable[Record], voided: Record) -> Rows:
    """Targets that a voided attempt had drawn and this one has not, and the other way round; none
    if nothing was voided.
    """
    now, before = {v["id"] for v in visits}, set(voided["visits"])
    known = names(record, "targets")
    rows = [(i, "不再抽中") for i in sorted(before - now)] + [
        (i, "新抽中") for i in sorted(now - before)
    ]
    return (
        [
            {"id": i, "name": known.get(i, "（已不在名录库）"), "change": change}
            for i, change in rows
        ]
        if voided["attempt"]
        else []
    )


def against_voided(visits: Iterable[Record], voided: Record) -> dict[str, Any]:
    """How many drawn targets this attempt lost and gained against the last voided draw, in words
    and numbers.
    """
    now, before = {v["id"] for v in visits}, set(voided["visits"])
    if not voided["attempt"]:
        return {"本批次作废过的抽取": "无"}
    return {
        "作废的抽取": f"第 {voided['attempt']} 次",
        "当时抽中（户次）": len(before),
        "两次都抽中": len(now & before),
        "这次不再抽中": len(before - now),
        "这次新抽中": len(now - before),
    }


def step_rows(steps: Iterable[protocol.Step]) -> Rows:
    """Verification steps in words; an unchecked one never reads as a sound one."""
    said = {True: "相符", False: "不符", None: "未核验"}
    return [
        {"number": f"V{s.number}", "step": s.name, "result": said[s.holds], "detail": s.detail}
        for s in steps
    ]


def counts(record: Record) -> Record:
    """Counts of a draw, no names: ``targets`` in the roster, ``eligible`` ones in some frame,
    ``tasks`` with their ``count`` (in the frame), ``n`` and ``drawn``, ``visits``, ``unmerged``
    visits (drawn targets summed over tasks), ``saved`` by merging, ``officers`` and ``experts``
    taken.
    """
    rows = record["tables"]
    totals = {
        t["id"]: {"task": t["id"], "name": t["identity"]["name"], "count": 0, "n": 0, "drawn": 0}
        for t in rows["tasks"]
    }
    for task in rows["tasks"]:
        totals[task["id"]]["count"], totals[task["id"]]["n"] = planned(record, task)
    for part in record["drawn"]:
        totals[part["task"]]["drawn"] += len(protocol.drawn_ids(part))
    unmerged, visits = sum(t["drawn"] for t in totals.values()), len(record["visits"])
    people = {
        kind: len({t["officer"] for t in taken})
        for kind, taken in protocol.teams_now(record).items()
    }
    return {
        "targets": len(rows["targets"]),
        "eligible": sum(
            any(f["size"] > 0 for f in t["internal"]["frames"]) for t in rows["targets"]
        ),
        "tasks": list(totals.values()),
        "visits": visits,
        "unmerged": unmerged,
        "saved": unmerged - visits,
        **people,
    }
