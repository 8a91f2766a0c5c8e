"""What the indicators of a year count of inspections and their results; see
:mod:`ssj.year.measures`, of which this is the second half.
"""

from __future__ import annotations

from collections import Counter

from ssj.protocol import ALL, Record, drawn_elsewhere
from ssj.results import results
from ssj.year import frequency
from ssj.year.measures import Measure, Round, Year, of_visit, row, share

# of follow-up, by 处置措施; 立案 has a date
KINDS = {"整改": ("责令改正",), "移送": ("移送办案机构", "抄告相关部门", "反馈日常监管部门")}

# --- How often a firm is inspected ---


def by_draw(it: Year, until: str) -> Measure:
    """Drawn inspections among all daily ones; exempt ones (other_inspections.xlsx) are counted
    apart.
    """
    own = [of_visit(one, v, True, f"{v['date']} 随机抽查") for one, v in it.inspected(until)]
    if it.other is None:
        return Measure(
            len(own),
            None,
            own,
            note="没有其他检查登记表（other_inspections.xlsx），分母不知道，不计算",
        )
    others = [o for o in it.other if o["date"] <= until]
    rows = [
        row(False, f"{o['date']} {o['kind']}：{o['reason']}", o["target"], o["name"])
        for o in others
        if not o["exempt"]
    ]
    exempt = sum(o["exempt"] for o in others)
    return share([*own, *rows], note=f"另有依法除外的检查 {exempt} 次，不计入" if exempt else "")


def times(it: Year, until: str) -> Measure:
    """Firms inspected more often than a yearly cap of theirs (:mod:`ssj.year.frequency`); how many
    were inspected once, twice, …
    """
    found = frequency.firms(it, until)
    count = {
        identifier: firm.count.together
        for identifier, firm in found.items()
        if firm.count.together or firm.last
    }
    rows = []
    for identifier, n in sorted(count.items(), key=lambda c: (-c[1], c[0])):
        firm = found[identifier]
        if firm.over or n > 1:
            caps = [
                f"{name} {cap} 次"
                for name, cap in (("上限", firm.caps.own), ("各层级合计上限", firm.caps.together))
                if cap is not None
            ]
            text = f"{n} 次，" + ("，".join(caps) or "没有上限")
            rows.append(
                of_visit(*firm.last, firm.over > 0, text)
                if firm.last
                else row(firm.over > 0, text, identifier, firm.name)
            )
    parts = [(f"{n} 次", firms, None) for n, firms in sorted(Counter(count.values()).items())]
    return Measure(
        sum(r["counted"] for r in rows),
        len(count),
        rows,
        parts,
        "只列出两次以上的；依法除外的检查不计次数"
        + ("；没有其他检查登记表，只计随机抽查" if it.other is None else ""),
    )


# --- Risk classes ---


def classes_used(it: Year, until: str) -> Measure:
    """Tasks in drawn rounds that treat risk classes differently: ratios or weights by class, or a
    choice of classes.
    """

    def how(one: Round, task: Record) -> str:
        own = task["internal"]
        if drawn_elsewhere(one.record["parameters"]):
            return ""
        if len({s["ratio"] for s in own["strata"]}) > 1:
            return "按等级定比例"
        weights = {
            f["weight"]
            for t in one.record["tables"]["targets"]
            for f in t["internal"]["frames"]
            if f["task"] == task["id"] and f["weight"]
        }
        return (
            "按等级定风险权数"
            if [s["stratum"] for s in own["strata"]] == [ALL] and len(weights) > 1
            else "按等级定向"
            if own["risk_classes"]
            else ""
        )

    return share(
        row(
            bool(said := how(one, t)),
            said or "没有按等级区分",
            t["id"],
            t["identity"]["name"],
            round_id=one.id,
            stage=one.entry["freeze"],
        )
        for one in it.drawn(until)
        for t in one.tasks()
    )


def by_class(it: Year, until: str) -> Measure:
    """Targets that were drawn at least once among those that could be, by their class in the last
    round that could draw them. Internal.
    """
    able: dict[str, str] = {}
    drawn: set[str] = set()
    for one in it.drawn(until):
        able |= {
            t["id"]: t["internal"]["risk_class"]
            for t in one.record["tables"]["targets"]
            if any(f["size"] for f in t["internal"]["frames"])
        }
        able |= {v["id"]: v["risk_class"] for v in one.visits(until)}
        drawn |= {v["id"] for v in one.record["visits"]}
    parts = [
        (c, sum(able[i] == c for i in drawn), n) for c, n in sorted(Counter(able.values()).items())
    ]
    return Measure(len(drawn), len(able), [], parts)


# --- Results, publication, follow-up ---


def entered(it: Year, until: str) -> Measure:
    """Inspected visits of which every item was entered; what the reconciliation with the provincial
    platform found stands beside it.
    """
    parts = [
        (
            f"{one.id} 与省级平台核对一致（行）",
            one.entry["platform"]["agrees"],
            one.entry["platform"]["drawn"],
        )
        for one in it.drawn(until)
        if one.entry["platform"]
    ]
    return share(
        (
            of_visit(one, v, v["entered"], "已录入" if v["entered"] else "检查完毕，没有录入")
            for one, v in it.inspected(until)
        ),
        parts=parts,
    )


def published(it: Year, until: str) -> Measure:
    """Visits that are published, or lawfully not, with the reason: of those inspected, and of those
    that were not although even the last day for publication is over, since not to inspect must not
    better the rate.
    """
    rows = [
        of_visit(one, v, False, f"没有检查完，公示期限 {one.last} 已过")
        for one, v in it.visits(until)
        if not v["visited"] and one.last < until
    ]
    for one, v in it.inspected(until):
        said = (
            f"依法不公示：{v['lawful']}"
            if v["lawful"]
            else f"{v['published_on']} 公示"
            if v["published_on"]
            else f"没有公示，期限 {v['deadline']}"
            + ("，已超期" if v["deadline"] < until else "，未到期")
        )
        rows.append(of_visit(one, v, bool(v["published_on"] or v["lawful"]), said))
    lawfully = sum(bool(v["lawful"]) for _, v in it.inspected(until))
    return share(rows, note=f"分子中依法不公示的 {lawfully} 户次" if lawfully else "")


def in_time(it: Year, until: str) -> Measure:
    """Visits published by their deadline, of those that were published or whose deadline is over,
    inspected or not; lawfully unpublished ones apart.
    """
    rows = [
        of_visit(one, v, False, f"期限 {one.last}，没有检查完")
        for one, v in it.visits(until)
        if not v["visited"] and one.last < until
    ]
    lawfully, early = 0, 0
    for one, v in it.inspected(until):
        if v["lawful"]:
            lawfully += 1
        elif v["published_on"] or v["deadline"] < until:
            rows.append(
                of_visit(
                    one,
                    v,
                    bool(v["published_on"]) and v["published_on"] <= v["deadline"],
                    f"期限 {v['deadline']}，"
                    + (f"{v['published_on']} 公示" if v["published_on"] else "没有公示"),
                )
            )
        else:
            early += 1
    notes = [f"依法不公示的 {lawfully} 户次不计入"] * bool(lawfully) + [
        f"没有公示、期限未到的 {early} 户次不计入"
    ] * bool(early)
    return share(rows, note="；".join(notes))


def problems(it: Year, until: str) -> Measure:
    """Inspected visits at which something was wrong."""
    return share(
        of_visit(
            one,
            v,
            v["problem"],
            "；".join(dict.fromkeys("、".join(r["results"]) for r in v["rows"])),
        )
        for one, v in it.inspected(until)
    )


def closed(it: Year, until: str) -> Measure:
    """Follow-ups (整改、移送、立案) that are closed, of all; one for each visit and item."""
    rows, kinds = [], {kind: [0, 0] for kind in (*KINDS, "立案", "其他")}
    for one, v in it.visits(until):
        for r in filter(results.needs_follow_up, v["rows"]):
            day = one.closed_on(r)
            filed = [
                f
                for f in (one.results["followup"] if one.results else ())
                if (f["number"], f["item"]) == (r["number"], r["item"])
                and f["filed_on"]
                and f["filed_on"] <= until
            ]
            own = [
                kind for kind, measures in KINDS.items() if set(measures) & set(r["measure"])
            ] + ["立案"] * bool(filed)
            done = bool(day) and day <= until
            for kind in own or ["其他"]:
                kinds[kind][0] += done
                kinds[kind][1] += 1
            due = f"期限 {r['due']}，" if r["due"] else ""
            rows.append(
                of_visit(
                    one,
                    v,
                    done,
                    f"{r['item']} {'、'.join(r['measure'])}："
                    + (f"{day} 办结" if done else f"{due}没有办结"),
                )
            )
    return share(rows, parts=[(kind, done, n) for kind, (done, n) in kinds.items() if n])


def officers(it: Year, until: str) -> Measure:
    """Officers with a certificate who could be sent in some round and went at least once."""
    able: dict[str, tuple[str, str]] = {}
    went: Counter[str] = Counter()
    last: dict[str, Round] = {}
    for one in it.drawn(until):
        for o in one.record["tables"]["officers"]:
            if (
                o["internal"]["kind"] == "officer"
                and o["internal"]["available"]
                and o["internal"]["certificate"]
            ):
                able[o["id"]], last[o["id"]] = (
                    (o["identity"]["name"], o["internal"]["department"]),
                    one,
                )
        for visit in one.visits(until):
            went.update({o for r in visit["rows"] for o in r["officers"]})
    return share(
        row(
            went[i] > 0,
            f"{department}，{went[i]} 户次",
            i,
            name,
            round_id=last[i].id,
            stage=last[i].stage,
        )
        for i, (name, department) in sorted(able.items())
    )
