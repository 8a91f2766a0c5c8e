"""Tasks → frames → the frozen record: scope, strata, sizes, exclusions with their reasons (PROTOCOL
§4, §6.1).
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from ssj import protocol
from ssj.base import formats, words
from ssj.base.errors import Problem
from ssj.base.params import Parameters
from ssj.draw import chances, factors, teams, year_counts
from ssj.draw.cooldown import MILLION
from ssj.draw.exclusions import RULES, Exclusions
from ssj.rosters import item_versions, rosters
from ssj.rosters.history import NOTHING, History
from ssj.rosters.rosters import Rosters
from ssj.tables import parts, rules, scopes
from ssj.tables.frames import rows_of
from ssj.tables.schema import TARGET_STATUS, WHOLE_YEAR, label

FRAME_COLUMNS = [
    "task",
    "id",
    "name",
    "risk_class",
    "stratum",
    "size",
    "reason",
    "weight",
    "points",
    "factor",
    "chance",
    "actual",
    "rule",
    "source",
]
# What moves a target's chance, and so what an approver must see when it changes; each for scope,
# class or points
MOVING = (
    "risk_class",
    "tags",
    "status",
    "complaints",
    "penalties",
    "last_inspected",
    "last_result",
)


def tasks_of_round(roster: Rosters, round_id: str) -> pd.DataFrame:
    """The plan's tasks for this round, by id; columns as in the plan roster."""
    mine = [round_id in rounds or WHOLE_YEAR in rounds for rounds in roster.plan["rounds"]]
    return roster.plan[mine].sort_values("id")


def frames(
    roster: Rosters, tasks: pd.DataFrame, parameters: Parameters, history: History
) -> pd.DataFrame:
    """One row for each task and target in its scope; size 0 means excluded, with rule, reason and
    source (PROTOCOL §6.1).

    Tasks with ratios by class have a stratum for each class, where everybody's weight is 1; tasks
    with one ratio have the stratum ``*`` and the class's weight. The size is the weight times 1 +
    the points that count (:mod:`ssj.draw.factors`). Factors and chances are for
    :mod:`ssj.draw.sizing` to fill in.
    """
    rows, excluded = [], Exclusions(roster, parameters, history)
    scored = factors.scored(roster.targets, parameters, history)
    points, waited = (
        dict(zip(scored["id"], scored[key], strict=True)) for key in ("points", "years")
    )
    categories = dict(zip(roster.items["id"], roster.items["categories"], strict=True))
    for task in rows_of(tasks):
        by_class, used = (
            protocol.ALL not in task.ratios,
            factors.used(parameters.risk_factors, task.id),
        )
        for target in rows_of(scopes.select(roster.targets, task, waited)):
            out = excluded.of(
                target.Index,
                target,
                task.id,
                {i for i in task.items if target.category in categories[i]},
            )
            weight = (
                0 if out.rule else 1 if by_class else parameters.classes[target.risk_class].weight
            )
            own = int(points[target.id]) if used and weight else 0
            rows.append(
                (
                    task.id,
                    target.id,
                    target.name,
                    target.risk_class,
                    target.risk_class if by_class else protocol.ALL,
                    weight * (1 + own),
                    out.reason,
                    weight,
                    own,
                    MILLION,
                    "",
                    "",
                    out.rule,
                    out.source,
                )
            )
    return pd.DataFrame(rows, columns=FRAME_COLUMNS)


def summary(frames: pd.DataFrame, tasks: pd.DataFrame, parameters: Parameters) -> pd.DataFrame:
    """For each task and stratum: targets in scope, excluded, N, ratio, n, actual n/N, the class's
    maximum.
    """
    rows = []
    for task in rows_of(tasks):
        for stratum, ratio in sorted(task.ratios.items()):
            part = frames[(frames["task"] == task.id) & (frames["stratum"] == stratum)]
            count = int((part["size"] > 0).sum())
            n = protocol.sample_size(ratio, count)
            maximum = parameters.classes[stratum].max_ratio if stratum != protocol.ALL else ""
            rows.append(
                {
                    "task": task.id,
                    "name": task.name,
                    "stratum": words.stratum(stratum),
                    "in_scope": len(part),
                    "excluded": len(part) - count,
                    "count": count,
                    "ratio": formats.exact(ratio),
                    "n": n,
                    "share": formats.percent(n, count, limit=Fraction(ratio)),
                    "maximum": formats.exact(maximum) if maximum else "",
                }
            )
    return pd.DataFrame(rows)


def exclusions(frames: pd.DataFrame) -> pd.DataFrame:
    """Excluded rows of all frames with their reasons, rules (``X1 状态``) and sources."""
    out = frames[frames["size"] == 0].reset_index(drop=True)
    return out.assign(rule=[f"{rule} {RULES[rule]}" for rule in out["rule"]])


def problems(
    frames: pd.DataFrame,
    tasks: pd.DataFrame,
    parameters: Parameters,
    roster: Rosters,
    history: History = NOTHING,
) -> list[Problem]:
    """What keeps these tasks from being drawn: none at all, empty frames, ratios above a class's
    maximum, caps below the plan; warned of are caps below what was done already.

    A class's maximum limits the mean chance of its targets: risk factors (风险因素) may bring
    single ones above it. Warned of are ratios that fall as the class's weight rises, and risk
    factors that make no difference.
    """
    found, place = [], tasks.attrs.get("place", {"file": "plan"})
    if tasks.empty:
        found.append(rules.problem("P40", **place, column="时间", value=parameters.round.id))
    allowed = {(a.task, a.risk_class) for a in parameters.above_maximum}
    for row, task in zip(tasks.index, rows_of(tasks), strict=True):
        sizes = frames.loc[frames["task"] == task.id, "size"]
        if not (sizes > 0).any():
            found.append(rules.problem("P41", **place, row=row, column="对象范围", task=task.id))
        own = frames[frames["task"] == task.id]
        for risk_class, chance in _chances(task.ratios, own).items():
            limit = parameters.classes[risk_class].max_ratio
            if chance > Fraction(limit) and (task.id, risk_class) not in allowed:
                found.append(
                    rules.problem(
                        "P42",
                        **place,
                        row=row,
                        column="抽查比例",
                        value=formats.percent(chance, limit=Fraction(limit)),
                        task=task.id,
                        risk_class=risk_class,
                        limit=formats.exact(limit),
                    )
                )
        found += [
            rules.problem(
                "P48",
                **place,
                row=row,
                column="抽查比例",
                value="；".join(f"{c} {formats.exact(task.ratios[c])}" for c in (low, high)),
                task=task.id,
                low=low,
                high=high,
            )
            for low, high in _upside_down(task.ratios, parameters)
        ]
    for task_id, risk_class in sorted(
        allowed - {(t, c) for t in tasks["id"] for c in parameters.classes}
    ):
        found.append(
            rules.problem(
                "P43",
                "round.toml",
                column="above_maximum",
                value=task_id,
                task=task_id,
                risk_class=risk_class,
            )
        )
    for task_id in sorted({a.task for a in parameters.above_cap} - set(roster.plan["id"])):
        found.append(
            rules.problem("P45", "round.toml", column="above_cap", value=task_id, task=task_id)
        )
    return [
        *found,
        *_not_in_force(roster, tasks, parameters),
        *_caps_below_plan(roster, parameters),
        *_caps_below_done(roster, parameters, history),
        *factors.problems(parameters.risk_factors, roster.targets, set(roster.plan["id"])),
    ]


def _not_in_force(roster: Rosters, tasks: pd.DataFrame, parameters: Parameters) -> list[Problem]:
    """Items of the round's tasks that are not in force through its window, or that end soon."""
    window = parameters.round.window
    return [
        rules.problem(
            code,
            **parts.place(roster.items, row, "items"),
            column=label("items", key),
            value=str(value),
            **details,
        )
        for code, row, key, value, details in item_versions.misused(
            roster.items, tasks, (window.start, window.end)
        )
    ]


def _upside_down(ratios: dict[str, str], parameters: Parameters) -> list[tuple[str, str]]:
    """Pairs of classes next to each other in weight of which the lighter has the higher ratio."""
    weights = {c: parameters.classes[c].weight for c in ratios if c != protocol.ALL}
    order = sorted(weights, key=lambda c: (weights[c], Fraction(ratios[c]), c))
    return [
        (low, high)
        for low, high in pairwise(order)
        if weights[low] < weights[high] and Fraction(ratios[low]) > Fraction(ratios[high])
    ]


def _caps_below_plan(roster: Rosters, parameters: Parameters) -> list[Problem]:
    """Yearly caps that the plan itself can't keep: it draws every target of a class more often than
    that.

    Tasks with a condition on the years since the last visit don't draw a target again and again:
    they demand nothing.
    """
    spared = {a.task for a in parameters.above_cap}
    planned = {r for rounds in roster.plan["rounds"] for r in rounds if r != WHOLE_YEAR} | {
        parameters.round.id
    }
    demanded: dict[str, tuple[int, str]] = {}
    tasks = list(rows_of(roster.plan))
    for target in rows_of(
        roster.targets[roster.targets["status"].map(TARGET_STATUS).eq(True)].drop_duplicates(
            ["category", "tags", "risk_class", "complaints", "penalties"]
        )
    ):
        sure = [
            t
            for t in tasks
            if t.id not in spared
            and Fraction(t.ratios.get(target.risk_class, t.ratios.get(protocol.ALL, "0"))) == 1
            and scopes.may_hold(t, target)
            and not any(scopes.condition(c).key == scopes.YEARS for c in t.conditions)
        ]
        rounds = (
            planned
            if any(WHOLE_YEAR in t.rounds for t in sure)
            else {r for t in sure for r in t.rounds}
        )
        demanded[target.risk_class] = max(
            demanded.get(target.risk_class, (0, "")), (len(rounds), "、".join(t.id for t in sure))
        )
    return [
        rules.problem(
            "P44",
            "round.toml",
            column=f"classes.{c}.yearly_cap",
            value=str(parameters.classes[c].yearly_cap),
            risk_class=c,
            tasks=names,
            times=times,
        )
        for c, (times, names) in sorted(demanded.items())
        if (cap := parameters.classes[c].yearly_cap) is not None and times > cap
    ]


def _caps_below_done(roster: Rosters, parameters: Parameters, history: History) -> list[Problem]:
    """Firms that were inspected more often this year than a cap of theirs."""
    counts, found = year_counts.YearCounts(parameters, history, roster.others), []
    for identifier, risk_class, over, row in counts.over(roster.targets):
        n = counts.of(identifier)
        details: dict[str, Any] = {
            "target": identifier,
            "over": over,
            "counted": f"随机抽查 {n.drawn}，其他检查 {n.other}，其他层级 {n.elsewhere}",
        }
        place: dict[str, Any] = (
            {key: row[key] for key in ("file", "sheet", "row")}
            | {"column": label("other_inspections", "target"), "value": identifier}
            if row
            else {"file": "round.toml", "column": f"classes.{risk_class}.yearly_cap"}
            | {"value": str(parameters.classes[risk_class].yearly_cap or "")}
        )
        found.append(rules.problem("P49", **place, **details))
    return found


def _chances(ratios: dict[str, str], frame: pd.DataFrame) -> dict[str, Fraction]:
    """The share of each class that a task means to draw: its own ratio, or the mean of its targets'
    chances where there is one ratio for all. Either way before the number is rounded up: 10 % of
    three is one, and still 10 % (``planning.share`` measures alike).
    """
    if protocol.ALL not in ratios:
        return {c: Fraction(ratio) for c, ratio in ratios.items()}
    drawn = frame[frame["size"] > 0]
    sizes = [int(size) for size in drawn["size"]]
    declared = pd.Series(
        chances.declared(sizes, Fraction(ratios[protocol.ALL]) * len(sizes)),
        drawn.index,
        dtype=object,
    )
    return {
        c: sum(own, Fraction(0)) / len(own)
        for c, own in sorted(declared.groupby(drawn["risk_class"]))
    }


def tables(
    roster: Rosters,
    tasks: pd.DataFrame,
    frames: pd.DataFrame,
    parameters: Parameters,
    history: History = NOTHING,
) -> dict[str, list[Any]]:
    """The four tables as they are committed to (PROTOCOL §3): rows
    ``{"id", "identity", "internal"}`` by id.
    """
    counted = _counted(roster, parameters, history)
    by_target: dict[str, list[dict[str, Any]]] = {i: [] for i in roster.targets["id"]}
    for f in rows_of(frames):
        by_target[f.id].append(
            {
                "task": f.task,
                "stratum": f.stratum,
                "size": int(f.size),
                "weight": int(f.weight),
                "points": int(f.points),
                "factor": int(f.factor),
                "chance": f.chance,
                "reason": f.reason,
                "rule": f.rule,
            }
        )
    items = [
        _row(
            i,
            department=i.department,
            kind=i.kind,
            categories=list(i.categories),
            specialities=list(i.specialities),
            expert=bool(i.expert),
            basis=i.basis,
            content=i.content,
            method=i.method,
            guide=i.guide,
        )
        for i in rows_of(roster.items)
    ]
    targets = [
        _row(
            t,
            category=t.category,
            risk_class=t.risk_class,
            status=t.status,
            public=bool(t.public),
            non_public_basis=t.non_public_basis,
            tags=list(t.tags),
            section=t.section,
            address=t.address,
            area=t.area,
            complaints=int(t.complaints),
            penalties=int(t.penalties),
            last_inspected=_day(t.last_inspected),
            last_result=list(t.last_result),
            frames=by_target[t.id],
            **counted.get(t.id, {}),
        )
        for t in rows_of(roster.targets)
    ]
    planned = [
        _row(
            t,
            kind=t.kind,
            items=list(t.items),
            departments=[t.lead, *t.partners],
            directed=t.method == "定向",
            categories=list(t.categories),
            tags=list(t.tags),
            risk_classes=list(t.risk_classes),
            conditions=list(t.conditions),
            strata=[{"stratum": s, "ratio": r} for s, r in sorted(t.ratios.items())],
            team_size=2 if pd.isna(t.team_size) else int(t.team_size),
            expert=bool(t.expert),
            **({"pool": pool} if (pool := getattr(t, "pool", "")) else {}),
        )
        for t in rows_of(tasks)
    ]
    officers = teams.officer_rows(roster.officers, parameters.round.window)
    whole = {
        name: sorted(rows, key=lambda r: r["id"])
        for name, rows in {
            "items": items,
            "officers": officers,
            "targets": targets,
            "tasks": planned,
        }.items()
    }
    if parameters.round.rotation:
        teams.rotate(whole, history.went())
    return whole


def _counted(
    roster: Rosters, parameters: Parameters, history: History
) -> dict[str, dict[str, dict[str, int]]]:
    """What the papers say of a firm's year so far; nothing where neither other inspections nor
    ``year_caps`` are declared, as in older records: what is not known is not said.
    """
    if roster.others is None and parameters.year_caps is None:
        return {}
    counts = year_counts.YearCounts(parameters, history, roster.others)
    return {i: {"inspected": counts.of(i)._asdict()} for i in roster.targets["id"]}


def _day(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _row(source: Any, **internal: Any) -> dict[str, Any]:
    return {
        "id": source.id,
        "identity": {"id": source.id, "name": source.name},
        "internal": internal,
    }


def freeze(
    tables: dict[str, list[Any]], parameters: Parameters, stage: dict[str, Any]
) -> dict[str, Any]:
    """The frozen record with its commitment (PROTOCOL §4.3); ``stage`` is the content of
    ``stage.json``.
    """
    record = {
        "protocol": protocol.PROTOCOL,
        "round": parameters.round.id,
        "attempt": stage["attempt"],
        "salt": stage["salt"],
        "parameters": parameters.frozen(),
        "tables": tables,
        "event": parameters.event.announced(),
        "code": stage["code"],
        "ledger_head": stage["ledger_head"],
    }
    return {**record, "commitment": protocol.commit(record)}


def changes_since(previous: Path, after: dict[str, list[Any]]) -> pd.DataFrame:
    """What changed in the four tables since an earlier frozen record, if there is one: one row a
    change.
    """
    if not previous.exists():
        return pd.DataFrame(columns=["table", "id", "change", "field", "before", "after"])
    before = protocol.parse(previous.read_text(encoding="utf-8"))
    found = [
        rosters.changes(_flat(before["tables"][name]), _flat(rows)).assign(table=name)
        for name, rows in after.items()
    ]
    changes = pd.concat(found, ignore_index=True)
    return changes.assign(
        table=changes["table"].map(words.TABLES),
        key=changes["field"],
        field=changes["field"].map(words.field),
    )


def sensitive_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """Changes of class, tags, status and what risk factors and conditions look at."""
    return (
        changes[(changes["table"] == words.TABLES["targets"]) & changes["key"].isin(MOVING)]
        if len(changes)
        else changes
    )


def _flat(rows: list[Any]) -> pd.DataFrame:
    """Rows of a frozen table as a typed frame, without their frames and rotation, which belong to a
    round.
    """
    flat = [
        {
            **r["identity"],
            **{
                k: {s["stratum"]: s["ratio"] for s in v}
                if k == "strata"
                else tuple(v)
                if isinstance(v, list)
                else v
                for k, v in r["internal"].items()
                if k not in ("frames", "rotation", "rotation_lifted", "pool", "inspected")
            },
        }
        for r in rows
    ]
    return pd.DataFrame(flat, columns=list(flat[0]) if flat else ["id", "name"], dtype=object)
