"""Frames → chances: declared ones, the cool-down's factors, working sizes, actual and visit chances
(COMPANION §C1, §C3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import pandas as pd

from ssj import protocol
from ssj.base.formats import decimal
from ssj.base.params import CoolDown
from ssj.draw import chances, cooldown
from ssj.draw.cooldown import MILLION
from ssj.rosters.history import History
from ssj.tables.frames import records_of, rows_of

PLACES = 9
CELLS = 4_000_000  # simulated draws × targets: a second of work, some megabytes
METHODS = {
    "equal": "风险权数相同",
    "calibrated": "已校准",
    "bound": "未校准，列出误差上限",
    "none": "无可抽对象",
}


@dataclass(frozen=True)
class Settled:
    """A round's frames with working sizes, and all that led to them.

    ``frames`` has the columns of :data:`ssj.draw.framing.FRAME_COLUMNS`, one row for each task and
    target;
    ``strata`` one row for each task and stratum; ``targets`` one for each target of the roster.
    """

    frames: pd.DataFrame
    strata: pd.DataFrame
    targets: pd.DataFrame
    draws: int

    def recorded(self) -> dict[str, Any]:
        """The content of ``chances.json``: integers and decimal text."""
        own: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for f in rows_of(self.frames):
            own[f.id].append(
                {
                    "task": f.task,
                    "weight": int(f.weight),
                    "points": int(f.points),
                    "factor": int(f.factor),
                    "size": int(f.size),
                    "declared": f.chance,
                    "actual": f.actual,
                    "reason": f.reason,
                }
            )
        targets = [
            {
                "id": t.id,
                "risk_class": t.risk_class,
                "last": int(t.last),
                "largest": t.largest,
                "before": t.before,
                "visit": t.visit,
                "factor": int(t.factor),
                "reason": t.reason,
                "recent": list(t.recent),
                "frames": own[t.id],
            }
            for t in rows_of(self.targets)
        ]
        return {"draws": self.draws, "strata": records_of(self.strata), "targets": targets}

    def groups(self) -> pd.DataFrame:
        """Targets that are alike, counted: task, stratum, class, weight, points, factor, working
        size, declared and actual chance.
        """
        drawable = self.frames[self.frames["size"] > 0]
        keys = [
            "task",
            "stratum",
            "risk_class",
            "weight",
            "points",
            "factor",
            "size",
            "chance",
            "actual",
        ]
        counted = drawable.groupby(keys, as_index=False, sort=True).agg(count=("id", "size"))
        return counted.assign(
            factor=[decimal(Fraction(int(f), MILLION), 6) for f in counted["factor"]]
        )

    def changed(self) -> pd.DataFrame:
        """Targets whose sizes the cool-down changed, with the reason."""
        return self.targets[self.targets["factor"] != MILLION]


def settle(
    frames: pd.DataFrame,
    tasks: pd.DataFrame,
    targets: pd.DataFrame,
    history: History,
    parameters: CoolDown | None,
) -> Settled:
    """Working sizes for the frames of :func:`ssj.draw.framing.frames`; ``tasks`` and ``targets``
    are the round's.
    """
    before, strata = _sized(frames, tasks, {})
    designed, draws = _any_visit(before, tasks, len(targets))
    largest: dict[str, Fraction] = {}
    for row in rows_of(before):
        largest[row.id] = max(largest.get(row.id, Fraction(0)), Fraction(row.chance))
    cooled = pd.DataFrame(
        _cooled(targets.sort_values("id"), largest, designed, history, parameters),
        columns=[
            "id",
            "name",
            "risk_class",
            "last",
            "largest",
            "before",
            "factor",
            "reason",
            "recent",
        ],
    )
    factors = {t.id: int(t.factor) for t in rows_of(cooled) if t.factor != MILLION}
    after, visit = before, designed
    if factors:
        after, strata = _sized(frames, tasks, factors)
        visit = _any_visit(after, tasks, len(targets))[0]
    return Settled(
        after,
        strata,
        cooled.assign(visit=[decimal(visit.get(i, Fraction(0)), 4) for i in cooled["id"]]),
        draws,
    )


def _cooled(
    targets: pd.DataFrame,
    largest: dict[str, Fraction],
    designed: dict[str, Fraction],
    history: History,
    parameters: CoolDown | None,
) -> Iterator[tuple[Any, ...]]:
    memory = parameters.rounds if parameters else 0
    epsilon, last = Fraction(parameters.epsilon if parameters else 1), history.last()
    for t in rows_of(targets):
        kept, chance, u = (
            history.cool_down.get(t.id),
            largest.get(t.id, Fraction(0)),
            designed.get(t.id, Fraction(0)),
        )
        if kept and kept["risk_class"] != t.risk_class:
            kept = None  # starts as never visited
        recent = tuple(kept["recent"][:memory]) if kept else ()
        ago = last.get(t.id, 0) if kept else 0
        own = cooldown.History(ago if ago <= memory else 0, recent + (0,) * (memory - len(recent)))
        factor = cooldown.factor(own, chance, epsilon)
        reason = (
            ""
            if factor == MILLION
            else f"{ago} 个批次前已查"
            if own.last and factor < MILLION
            else "不在降频之列，相应补足"
        )
        after = cooldown.after(own, u, cooldown.factors(own, chance, epsilon))
        yield (
            t.id,
            t.name,
            t.risk_class,
            last.get(t.id, 0),
            _chance(chance),
            decimal(u, 4),
            factor,
            reason,
            after.recent,
        )


def _sized(
    frames: pd.DataFrame, tasks: pd.DataFrame, factors: dict[str, int]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Frames with factor, working size, declared and actual chance; and a row for each stratum."""
    out, strata = [], []
    for task in rows_of(tasks):
        for stratum, ratio in sorted(task.ratios.items()):
            part = frames[(frames["task"] == task.id) & (frames["stratum"] == stratum)]
            sized, row = _stratum(part, ratio, factors)
            out.append(sized)
            strata.append({"task": task.id, "stratum": stratum, **row})
    columns = ["task", "stratum", "count", "n", "method", "bound"]
    return (pd.concat(out).sort_index() if out else frames), pd.DataFrame(strata, columns=columns)


def _stratum(
    part: pd.DataFrame, ratio: str, factors: dict[str, int]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    weights = [int(w) * (1 + int(p)) for w, p in zip(part["weight"], part["points"], strict=True)]
    own = [factors.get(i, MILLION) for i in part["id"]]
    count = sum(w > 0 for w in weights)
    n = protocol.sample_size(ratio, count)
    cooled = any(f != MILLION and w for f, w in zip(own, weights, strict=True))
    sizes = [w * f for w, f in zip(weights, own, strict=True)] if cooled else weights
    declared = chances.declared(sizes, n)
    method = "none" if not n else "equal" if len({s for s in sizes if s}) == 1 else "calibrated"
    if method == "calibrated" and count > chances.LARGEST_CALIBRATED:
        method = "bound"
    actual = [_chance(chance) for chance in declared]
    if method == "calibrated":
        sizes = chances.calibrate(declared, n)
        actual = [_chance(chance) for chance in chances.inclusion(sizes, n)]
    bound = decimal(Fraction(chances.bound(declared)), 6) if method == "bound" else ""
    done = part.assign(
        factor=own,
        size=sizes,
        chance=[_chance(c) for c in declared],
        actual=actual if method != "bound" else "",
    )
    return done, {"count": count, "n": n, "method": method, "bound": bound}


def _any_visit(
    frames: pd.DataFrame, tasks: pd.DataFrame, count: int
) -> tuple[dict[str, Fraction], int]:
    """Simulated chance of any visit, averaged over targets that stand in the same frames with the
    same sizes; draws made.
    """
    ids = sorted(set(frames["id"]))
    places = {i: n for n, i in enumerate(ids)}
    strata, profiles = [], defaultdict(list)
    for task in rows_of(tasks):
        for stratum, ratio in sorted(task.ratios.items()):
            part = frames[
                (frames["task"] == task.id) & (frames["stratum"] == stratum) & (frames["size"] > 0)
            ]
            sizes = [int(s) for s in part["size"]]
            strata.append(
                chances.Stratum(
                    [places[i] for i in part["id"]], sizes, protocol.sample_size(ratio, len(sizes))
                )
            )
            for i, size in zip(part["id"], sizes, strict=True):
                profiles[i].append((task.id, stratum, size))
    draws = max(1_000, min(20_000, CELLS // max(1, count)))
    hits = chances.simulate(strata, len(ids), draws)
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for i in ids:
        alike[tuple(profiles[i])].append(hits[places[i]])
    means = {profile: Fraction(sum(own), draws * len(own)) for profile, own in alike.items()}
    return {i: means[tuple(profiles[i])] for i in ids}, draws


@lru_cache(4096)  # of the many units of a stratum, few differ
def _chance(value: Fraction | float) -> str:
    return decimal(value, PLACES)
