"""What the results of a year say of the whole roster (推算, internal): rates by task, trade and
class, yields, next year's ratios, classes.

A unit is a target in a task's frame (户·任务): its chance is archived exactly, for each task
(``actual`` of chances.json, the declared chance in strata too large to be calibrated), and what
counts is a problem in any item of *that* task. A rate of several tasks or rounds is that of all
their frames together, each weighing what its frame has, not what was drawn of it: so a round in
which much was drawn doesn't weigh more. It answers: were every target on every frame inspected, at
how many would something be found?

A yield counts visits (户次): how many of those made found something, in any item. Their chance,
which is needed only for the part of the variance that a finite roster spares, is the simulated one
(``visit``); visits drawn elsewhere have none: as if the roster were endless.

Closed, moved and unreachable firms are results like others. A unit whose items are not all
answered, or whose result was withdrawn as not upheld (撤下), is counted and left out; the others of
its stratum stand for it, with chances that are lower in proportion.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from ssj import protocol
from ssj.base import formats
from ssj.draw import lists
from ssj.protocol import Record
from ssj.tables import schema
from ssj.year import estimates
from ssj.year.estimates import Estimate, Group, Unit

WITHDRAWN, REFUSED = "撤下", "不配合检查情节严重"
# categories of withdrawals from the public after which the finding stands
STANDS = ("信用修复", "公示期满")
ROUGH, EXACT, NOTHING, GAP = "粗略", "全部查到，不是推算", "没有抽到", "有抽取组还没有结果"
PLACES = 4  # of rates as decimal text
SHARES = ("rate", "ratio", "find", "know")
UP, DOWN = 2, 3  # visits with a problem to think of a higher class, without any of a lower one
SIDES = {"task": "任务", "category": "类别", "risk_class": "信用风险等级"}
DIFFER, ALIKE, FEW = "differ", "alike", "few"
STATEMENTS = {
    DIFFER: (
        "至少两个等级的问题率区间互不重叠。下列比例在抽取总数不变、不超过各等级上限时算得，"
        "只供参考，由人决定。"
    ),
    ALIKE: "各等级的问题率相差不明显（区间都有重叠），没有按问题率调整比例的依据。",
    FEW: "能给出区间的等级不到两个，比不出高低，不提比例建议。",
}


class Round(NamedTuple):
    """What is archived of a round: draw record (amended or not), chances.json, results.json
    (``None`` before any results).
    """

    draw: Record
    chances: Record
    results: Record | None


class Drawn(NamedTuple):
    """A target that a task drew: what became of it (``problem`` ``None``: no answer), and what it
    is counted under.
    """

    unit: Unit
    target: str
    sides: dict[str, str]
    problem: bool | None
    withdrawn: bool
    gone: bool


def reviewed(rounds: Sequence[Round]) -> Record:
    """The estimates of a year's rounds, oldest first: integers and decimal text."""
    own = [r for r in rounds if not protocol.drawn_elsewhere(r.draw["parameters"])]
    rates = _rates(own)
    return {
        "rule": {"least": formats.decimal(estimates.LEAST, 0), "up": UP, "down": DOWN},
        "rates": rates,
        "yields": _yields(rounds),
        "ratios": ratios(rates, rounds[-1].draw["parameters"]["classes"])
        if rounds
        else {"verdict": FEW, "rows": []},
        "changes": changes(rounds),
        "left_out": [
            {"round": r.draw["round"], "visits": len(r.draw["visits"])}
            for r in rounds
            if r not in own
        ],
    }


# --- the whole roster -----------------------------------------------------------------------------


def drawn_of(round_: Round) -> list[Drawn]:
    """Everything a round's tasks drew, chances lowered by what is not answered."""
    draw, name = round_.draw, _name(round_.draw)
    tasks, internal = lists.internals(draw, "tasks"), lists.internals(draw, "targets")
    visits, answers = {v["id"]: v["items"] for v in draw["visits"]}, _Answers(round_.results)
    chance = {
        (t["id"], f["task"]): float(f["actual"] or f["declared"])
        for t in round_.chances["targets"]
        for f in t["frames"]
    }
    found = []
    for part in draw["drawn"]:
        task, group = part["task"], []
        for i in protocol.drawn_ids(part):
            problem, withdrawn = answers.of(
                i, [item for item in visits[i] if item in tasks[task]["items"]]
            )
            p = chance[i, task]
            unit = Unit(f"{name} {i}", f"{name} {task} {part['stratum']}", p, 1 / p, bool(problem))
            group.append(
                Drawn(
                    unit, i, _sides(name, task, internal[i]), problem, withdrawn, i in answers.gone
                )
            )
        found += _spread(group)
    return found


def _spread(group: list[Drawn]) -> list[Drawn]:
    """Those of a stratum with an answer stand for those without."""
    whole = math.fsum(d.unit.weight for d in group)
    answered = math.fsum(d.unit.weight for d in group if d.problem is not None)
    if not answered or answered == whole:
        return group
    lowered = [d.unit.chance * (answered / whole) for d in group]
    return [
        d._replace(unit=d.unit._replace(chance=p, weight=1 / p))
        for d, p in zip(group, lowered, strict=True)
    ]


class _Answers:
    """Results of a round by target and item."""

    def __init__(self, results: Record | None) -> None:
        whole = results or {"rows": [], "visits": [], "corrections": []}
        numbers = {v["number"]: v["id"] for v in whole["visits"]}
        self.rows = {(r["visit"], r["item"]): r for r in whole["rows"]}
        self.gone = {v["id"] for v in whole["visits"] if v["gone"]}
        self.withdrawn = {
            (numbers.get(c["number"], ""), c["item"])
            for c in whole["corrections"]
            if c["action"] == WITHDRAWN and c["category"] not in STANDS
        }

    def of(self, target: str, items: Iterable[str]) -> tuple[bool | None, bool]:
        """Whether the items show a problem (``None``: not all of them tell), and whether one was
        withdrawn.
        """
        items = list(items)
        if any({(target, i), (target, "")} & self.withdrawn for i in items):
            return None, True
        rows = [self.rows.get((target, i)) for i in items]
        if not items or None in rows:
            return None, False
        return any(
            schema.is_problem(result) for row in rows if row for result in row["results"]
        ), False


def _rates(rounds: Sequence[Round]) -> list[Record]:
    """A row for the whole, each task, trade and class."""
    drawn = [d for r in rounds for d in drawn_of(r)]
    frames = [(group, sides) for r in rounds for group, sides in _framed(r)]
    known = {d.unit.group for d in drawn if d.problem is not None}
    answered = [d for d in drawn if d.problem is not None]
    parts: list[tuple[str, str]] = [
        ("", "全部"),
        *((side, name) for side in SIDES for name in sorted({sides[side] for _, sides in frames})),
    ]
    rows = []
    for side, name in parts:
        mine = [d for d in drawn if d.sides.get(side, name) == name]
        inside = [d.sides.get(side, name) == name for d in answered]
        frame = [group for group, sides in frames if sides.get(side, name) == name]
        covered, sure = (
            sum(group in known for group in frame),
            sum(i and d.unit.chance >= 1 for d, i in zip(answered, inside, strict=True)),
        )
        found = (
            estimates.estimate([d.unit for d in answered], inside, 1 - sure / covered)
            if covered
            else None
        )
        rows.append(
            {
                "side": side,
                "name": name,
                "frame": len(frame),
                "drawn": len(mine),
                "answered": sum(inside),
                "waiting": sum(d.problem is None and not d.withdrawn for d in mine),
                "withdrawn": sum(d.withdrawn for d in mine),
                "gone": sum(d.gone for d in mine),
                "problems": sum(bool(d.problem) for d in mine),
                **_printed(found, GAP if covered < len(frame) else _note(found)),
            }
        )
    return rows


def _framed(round_: Round) -> Iterable[tuple[str, dict[str, str]]]:
    """Stratum and sides of every target that a task could have drawn."""
    name, internal = _name(round_.draw), lists.internals(round_.draw, "targets")
    for (task, stratum), members in protocol.frames(round_.draw).items():
        yield from (
            (f"{name} {task} {stratum}", _sides(name, task, internal[i]))
            for i, size in members
            if size
        )


def _note(found: Estimate | None) -> str:
    if found is None:
        return NOTHING
    return EXACT if found.units is None else ROUGH if found.rough else ""


def _printed(found: Estimate | None, note: str) -> Record:
    """Rate and interval as decimal text, empty where a part of the roster has no result."""
    shown = None if note == GAP else found
    return {
        key: formats.decimal(getattr(shown, of), PLACES) if shown else ""
        for key, of in (("rate", "value"), ("low", "low"), ("high", "high"))
    } | {"note": note}


# --- yields ---------------------------------------------------------------------------------------


def _yields(rounds: Sequence[Round]) -> list[Record]:
    """Visits and those with a problem, for the whole and by class."""
    visits: list[tuple[Unit, str]] = []
    counts: dict[str, int] = defaultdict(int)
    for r in rounds:
        chance = {t["id"]: float(t["visit"]) for t in r.chances["targets"]}
        internal, answers, name = (
            lists.internals(r.draw, "targets"),
            _Answers(r.results),
            _name(r.draw),
        )
        elsewhere = protocol.drawn_elsewhere(r.draw["parameters"])
        for v in r.draw["visits"]:
            problem, risk_class = (
                answers.of(v["id"], v["items"])[0],
                internal[v["id"]]["risk_class"],
            )
            for key in ("", risk_class):
                counts[key] += 1
            if problem is not None:
                visits.append(
                    (
                        Unit(
                            f"{name} {v['id']}",
                            name,
                            0.0 if elsewhere else chance[v["id"]],
                            1.0,
                            problem,
                        ),
                        risk_class,
                    )
                )
    rows = []
    for key in sorted(counts):
        own = [u for u, c in visits if key in ("", c)]
        found = estimates.estimate(own, [True] * len(own))
        rows.append(
            {
                "risk_class": key or "全部",
                "visits": counts[key],
                "answered": len(own),
                "problems": sum(u.problem for u in own),
                **_printed(found, _note(found)),
            }
        )
    return rows


# --- suggestions ----------------------------------------------------------------------------------


def ratios(rates: Sequence[Record], classes: dict[str, Record]) -> Record:
    """What the rates by class suggest for next year's ratios, at the same number of draws and below
    each class's ``max_ratio``.

    ``find``: proportional to the rate, so as to find more. ``know``: proportional to √(p(1 − p)),
    so as to know the roster's rate better (Neyman 1934). p is the middle of the interval: above 0
    also where nothing was found (不免抽). Classes without an interval keep their ratio; a ratio
    above the maximum, allowed for a reason, is not suggested again.
    """
    own = [r for r in rates if r["side"] == "risk_class" and r["name"] in classes and r["frame"]]
    clear = [r for r in own if r["rate"]]
    spans = [(float(r["low"]), float(r["high"])) for r in clear]
    verdict = FEW if len(clear) < 2 else DIFFER if estimates.apart(spans) else ALIKE
    rows = [
        {
            "risk_class": r["name"],
            "frame": r["frame"],
            "drawn": r["drawn"],
            "ratio": formats.decimal(Fraction(r["drawn"], r["frame"]), PLACES),
            "maximum": classes[r["name"]]["max_ratio"],
            "rate": r["rate"],
            "low": r["low"],
            "high": r["high"],
            "note": r["note"],
            "find": "",
            "know": "",
        }
        for r in own
    ]
    if verdict == DIFFER:
        middles = [(low + high) / 2 for low, high in spans]
        for key, aims in (("find", middles), ("know", [math.sqrt(p * (1 - p)) for p in middles])):
            groups = [
                Group(r["frame"], aim, float(classes[r["name"]]["max_ratio"]))
                for r, aim in zip(clear, aims, strict=True)
            ]
            given = dict(
                zip(
                    (r["name"] for r in clear),
                    estimates.shared(groups, sum(r["drawn"] for r in clear)),
                    strict=True,
                )
            )
            for row in rows:
                share = given.get(row["risk_class"])
                row[key] = "" if share is None else formats.decimal(share, PLACES)
    return {"verdict": verdict, "rows": rows}


def changes(rounds: Sequence[Round]) -> list[Record]:
    """Targets whose class people may want to think about, with the visits that say so; nothing is
    changed.

    Only visits made while a target had the class of the last round: others have led to it. Higher:
    ``UP`` visits with a problem, or one that was refused. Lower: ``DOWN`` visits, none with a
    problem, none to a closed, moved or unreachable firm.
    """
    if not rounds:
        return []
    last = rounds[-1].draw
    classes, names = last["parameters"]["classes"], lists.names(last, "targets")
    order = sorted(classes, key=lambda c: (classes[c]["weight"], c))
    seen: dict[str, list[Record]] = defaultdict(list)
    for r in rounds:
        internal, answers, numbers = (
            lists.internals(r.draw, "targets"),
            _Answers(r.results),
            lists.visit_numbers(r.draw),
        )
        for v in r.draw["visits"]:
            problem = answers.of(v["id"], v["items"])[0]
            if problem is not None:
                rows = [answers.rows[v["id"], i] for i in v["items"]]
                seen[v["id"]].append(
                    {
                        "number": numbers[v["id"]],
                        "date": max(row["date"] for row in rows),
                        "problem": problem,
                        "gone": v["id"] in answers.gone,
                        "risk_class": internal[v["id"]]["risk_class"],
                        "results": sorted({result for row in rows for result in row["results"]}),
                    }
                )
    found = []
    for i, target in sorted(lists.internals(last, "targets").items()):
        own = [e for e in seen[i] if e["risk_class"] == target["risk_class"]]
        step, reason = _step(own)
        place = order.index(target["risk_class"]) + step if target["risk_class"] in order else -1
        if step and 0 <= place < len(order):
            found.append(
                {
                    "id": i,
                    "name": names[i],
                    "risk_class": target["risk_class"],
                    "proposed": order[place],
                    "reason": reason,
                    "evidence": [
                        {key: e[key] for key in ("number", "date", "results")} for e in own
                    ],
                }
            )
    return found


def _step(visits: list[Record]) -> tuple[int, str]:
    """+1 for a higher class, −1 for a lower one, 0 for neither; and why."""
    bad = sum(v["problem"] for v in visits)
    if any(REFUSED in v["results"] for v in visits):
        return 1, f"有检查结果为“{REFUSED}”"
    if bad >= UP:
        return 1, f"检查 {len(visits)} 次，{bad} 次查出问题"
    if len(visits) >= DOWN and not bad and not any(v["gone"] for v in visits):
        return -1, f"检查 {len(visits)} 次，都没有查出问题"
    return 0, ""


# --- words ----------------------------------------------------------------------------------------

RATE_COLUMNS = {
    "side": "按什么分",
    "name": "名称",
    "frame": "待抽（户·任务）",
    "drawn": "抽中",
    "answered": "有结果",
    "waiting": "还没有结果",
    "withdrawn": "结果已撤下",
    "gone": "已停业、迁移或联系不上",
    "problems": "查出问题",
    "rate": "推算问题率",
    "interval": "95 % 区间",
    "note": "说明",
}
YIELD_COLUMNS = {
    "risk_class": "信用风险等级",
    "visits": "户次",
    "answered": "有结果",
    "problems": "查出问题",
    "rate": "问题发现率",
    "interval": "95 % 区间",
    "note": "说明",
}
RATIO_COLUMNS = {
    "risk_class": "信用风险等级",
    "frame": "待抽（户·任务）",
    "drawn": "抽中",
    "ratio": "今年比例",
    "maximum": "该类上限",
    "rate": "推算问题率",
    "interval": "95 % 区间",
    "find": "为多查出问题",
    "know": "为推算更准",
    "note": "说明",
}
CHANGE_COLUMNS = {
    "id": "编号",
    "name": "名称",
    "risk_class": "现等级",
    "proposed": "可考虑",
    "reason": "理由",
    "evidence": "依据（检查编号、日期、结果）",
}


def shown(rows: Iterable[Record]) -> list[Record]:
    """Rows of ``rates``, ``yields`` or ``ratios`` for :func:`ssj.casebook.show.table`: percentages,
    an interval in one cell.
    """
    return [
        {
            **r,
            "side": SIDES.get(r.get("side", ""), ""),
            **{key: formats.percent(r[key]) for key in SHARES if r.get(key)},
            **{key: formats.exact(r[key]) for key in ("maximum",) if key in r},
            "interval": _interval(r),
        }
        for r in rows
    ]


def _interval(row: Record) -> str:
    """“至多 x %” where the interval begins at 0: what was found doesn't rule out that there is
    nothing.
    """
    if not row["low"]:
        return ""
    high = formats.percent(row["high"])
    if row["note"] != EXACT and not float(row["low"]):
        return f"至多 {high}"
    return f"{formats.percent(row['low'])} 至 {high}"


def shown_changes(rows: Iterable[Record]) -> list[Record]:
    """Rows of ``changes`` for :func:`ssj.casebook.show.table`."""
    return [
        {
            **r,
            "evidence": tuple(
                f"{e['number']}（{e['date']}，{'、'.join(e['results'])}）" for e in r["evidence"]
            ),
        }
        for r in rows
    ]


def _sides(name: str, task: str, target: Record) -> dict[str, str]:
    return {
        "task": f"{name} {task}",
        "category": target["category"],
        "risk_class": target["risk_class"],
    }


def _name(draw: Record) -> str:
    """A round's name, with its attempt if it isn't the first."""
    return draw["round"] + (f"({draw['attempt']})" if draw["attempt"] > 1 else "")
