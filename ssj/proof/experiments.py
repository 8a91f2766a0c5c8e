"""The experiments of ``notebooks/8_proof.ipynb``: are the declared chances the real ones, and how
many visits do they make?

Frequencies of many draws against declared chances, and visits with the shared ticket;
:mod:`ssj.proof.many_rounds` has the experiments over several rounds, and :func:`statements`
judges them all. Each returns plain rows. Nothing here enters an archive. What is drawn comes from
raw integers of a named generator, so that a run can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import prod, sqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ssj import protocol
from ssj.base import formats
from ssj.base.errors import SsjError
from ssj.base.formats import in_percent, measured, with_sign
from ssj.draw import chances
from ssj.draw.derive import Derived, derive
from ssj.rosters import rosters
from ssj.tables import paramfiles
from ssj.tables.frames import rows_of

Rows = list[dict[str, Any]]
Frame = tuple[list[int], int]  # declared sizes, and how many are drawn

FRAMES: dict[str, Frame] = {
    "五户抽一户，权数不等": ([8, 4, 2, 1, 1], 1),
    "一户近乎必抽": ([36, 1, 1, 1, 1], 1),
    "有必抽户": ([8] * 2 + [4] * 2 + [2] * 3 + [1] * 9, 6),
    "四十户，权数相等": ([1] * 40, 3),
    "六十户，权数不等": ([1 + 7 * i % 13 for i in range(60)], 12),
}


# --- The sample round -----------------------------------------------------------------------------


class Task(NamedTuple):
    """A task: its id, places of the targets that it may draw, stratum → ratio, and 1 + the points
    of each target.
    """

    id: str
    units: NDArray[np.int64]
    ratios: Mapping[str, str]
    more: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class County:
    """What a round draws from: class names with their weights, each target's class (a place in
    ``letters``), the tasks.
    """

    letters: tuple[str, ...]
    weights: NDArray[np.int64]
    classes: NDArray[np.int64]
    tasks: tuple[Task, ...]

    def strata(self) -> list[tuple[str, chances.Stratum]]:
        """Name and stratum, with declared sizes, in the order of the tasks."""
        found = []
        for task in self.tasks:
            for name, ratio in sorted(task.ratios.items()):
                mine = self.classes[task.units]
                sizes = (
                    self.weights[mine]
                    if name == protocol.ALL
                    else (mine == self.letters.index(name)).astype(int)
                ) * task.more
                units = task.units[sizes > 0].tolist()
                label = task.id if name == protocol.ALL else f"{task.id} {name}"
                found.append(
                    (
                        label,
                        chances.Stratum(
                            units,
                            sizes[sizes > 0].tolist(),
                            protocol.sample_size(ratio, len(units)),
                        ),
                    )
                )
        return found

    def frames(self) -> dict[str, Frame]:
        """The strata as frames to try, empty ones left out."""
        return {name: (s.sizes, s.n) for name, s in self.strata() if s.sizes}

    def profiles(self, points: bool = False) -> NDArray[np.int64]:
        """For each target a number that it shares with the targets of the same tasks, and if asked
        of the same points.
        """
        member = np.zeros((len(self.tasks), len(self.classes)), np.int64)
        for own, task in zip(member, self.tasks, strict=True):
            own[task.units] = task.more if points else 1
        return np.unique(member, axis=1, return_inverse=True)[1].ravel()

    def chances(self) -> NDArray[Any]:
        """Declared chances without cool-down, Fractions by task, target and class, 0 outside the
        task; those of other classes than a target's own as if it had that class and all else
        stayed.
        """
        found = np.full(
            (len(self.tasks), len(self.classes), len(self.letters)), Fraction(0), dtype=object
        )
        for k, task in enumerate(self.tasks):
            mine, mixed = self.classes[task.units], protocol.ALL in task.ratios
            for j, letter in enumerate(self.letters):
                sizes = (self.weights[mine] if mixed else (mine == j).astype(int)) * task.more
                ratio, total = task.ratios[protocol.ALL if mixed else letter], int(sizes.sum())
                n = protocol.sample_size(ratio, int(np.count_nonzero(sizes)))
                weights = task.more * int(self.weights[j] if mixed else 1)
                own = chances.declared(sizes.tolist(), n)
                found[k, task.units, j] = [
                    c
                    if of == j
                    else min(Fraction(1), Fraction(n * w, total))
                    if total
                    else Fraction(ratio)
                    for of, c, w in zip(mine.tolist(), own, weights.tolist(), strict=True)
                ]
        return found


def derived(project: Path, round_id: str) -> Derived:
    """What a freeze of a sample round of the project comes to without earlier rounds;
    ``InputError`` if it can't be frozen.
    """
    folder = project / formats.DEMO / "params" / round_id
    parameters = paramfiles.read_round(folder)
    return derive(rosters.load_round(folder, parameters), parameters)


def county(project: Path, round_id: str) -> County:
    """The frames of a sample round of the project, read and checked as its freeze does;
    ``InputError`` if it can't be frozen.
    """
    frozen = derived(project, round_id)
    frames, tasks = frozen.frames[frozen.frames["size"] > 0], frozen.tasks
    letters = tuple(sorted(frozen.parameters.classes))
    classes = dict(zip(frames["id"], frames["risk_class"], strict=True))
    place = {i: n for n, i in enumerate(sorted(classes))}
    own = {t.id: frames[frames["task"] == t.id] for t in rows_of(tasks)}
    return County(
        letters,
        np.array([frozen.parameters.classes[c].weight for c in letters]),
        np.array([letters.index(classes[i]) for i in sorted(classes)]),
        tuple(
            Task(
                t.id,
                np.array([place[i] for i in own[t.id]["id"]], dtype=np.int64),
                t.ratios,
                1 + own[t.id]["points"].to_numpy(dtype=np.int64),
            )
            for t in rows_of(tasks)
        ),
    )


# --- Declared and realised chances ----------------------------------------------------------------


class Trial(NamedTuple):
    """A frame drawn many times: with its declared sizes (``before``) and with working sizes
    (``after``).
    """

    name: str
    n: int
    declared: list[Fraction]
    draws: int
    before: tuple[list[float], list[int]]  # chances by integration, times drawn
    after: tuple[list[float], list[int]]


def trials(frames: Mapping[str, Frame], draws: int) -> list[Trial]:
    """Draw each frame ``draws`` times by :func:`ssj.draw.chances.simulate`, which is tested equal
    to the protocol's selection.
    """
    return [_trial(name, sizes, n, draws) for name, (sizes, n) in frames.items()]


def _trial(name: str, sizes: list[int], n: int, draws: int) -> Trial:
    declared = chances.declared(sizes, n)

    def tried(sizes: list[int]) -> tuple[list[float], list[int]]:
        return chances.inclusion(sizes, n), chances.simulate(
            [chances.Stratum(list(range(len(sizes))), sizes, n)], len(sizes), draws
        )

    before = tried(sizes)
    return Trial(
        name,
        n,
        declared,
        draws,
        before,
        before if len(set(sizes)) == 1 else tried(chances.calibrate(declared, n)),
    )


def frequencies(trials: Iterable[Trial]) -> Rows:
    """For each frame: largest relative deviation of the integrated from the declared chances, and
    χ² of the frequencies against the declared chances, before and after calibration, with the
    band's upper end.
    """
    rows = []
    for t in trials:
        free = sum(0 < c < 1 for c in t.declared)
        limit = measured(upper(free - 1)) if free else None
        row: dict[str, Any] = {
            "frame": t.name,
            "units": len(t.declared),
            "n": t.n,
            "certain": sum(c == 1 for c in t.declared),
        }
        for key, (actual, hits) in (("before", t.before), ("after", t.after)):
            row[f"off_{key}"] = in_percent(
                max(abs(a / c - 1) for a, c in zip(actual, map(float, t.declared), strict=True)), 3
            )
            row[f"chi_{key}"] = measured(chi_square(t.declared, hits, t.draws)) if free else None
        rows.append(
            {**row, "limit": limit, "holds": _within(t) and (not free or row["chi_after"] <= limit)}
        )
    return rows


def _within(t: Trial) -> bool:
    """Certain ones are drawn always, and the integrated chances after calibration are the declared
    ones within 0.1 %.
    """
    return all(h == t.draws for c, h in zip(t.declared, t.after[1], strict=True) if c == 1) and all(
        abs(a - c) <= c / 1000 for c, a in zip(map(float, t.declared), t.after[0], strict=True)
    )


def by_unit(trial: Trial) -> Rows:
    """Each unit's declared chance and its frequencies, in percent."""
    return [
        {
            "unit": f"第 {i} 户",
            "declared": in_percent(c),
            "before": in_percent(b / trial.draws),
            "after": in_percent(a / trial.draws),
        }
        for i, (c, b, a) in enumerate(
            zip(trial.declared, trial.before[1], trial.after[1], strict=True), 1
        )
    ]


def chi_square(declared: Sequence[Fraction], hits: Sequence[int], draws: int) -> float:
    """Σ (hits − draws·λ)² / (draws·c) over the units with 0 < λ < 1: about χ² with one degree of
    freedom less than units.

    A draw has a fixed size, so the units' counts are negatively correlated. c solves c − c²/Σc =
    λ(1−λ), Hájek's approximation of the covariance, c·δ − cc'/Σc: the variances are right, the sum
    of each row is 0, and with equal sizes or n = 1 all of it is exact. The statistic's mean is the
    degrees of freedom whatever the covariances are.
    """
    free = [(float(c), h) for c, h in zip(declared, hits, strict=True) if 0 < c < 1]
    chance, count = np.array([c for c, _ in free]), np.array([h for _, h in free])
    variance = chance * (1 - chance)
    spread = variance
    for _ in range(3_000):  # slow where one chance is near 1
        spread = variance + spread**2 / spread.sum()
    return float(((count - draws * chance) ** 2 / (draws * spread)).sum())


def upper(freedom: int, z: float = 4.265) -> float:
    """Upper end of a χ² band by Wilson and Hilferty; the default is exceeded once in 100,000."""
    return freedom * (1 - 2 / (9 * freedom) + z * sqrt(2 / (9 * freedom))) ** 3


# --- Visits ---------------------------------------------------------------------------------------


def visits(county: County, draws: int) -> Rows:
    """Expected visits of one round: least possible, with the shared ticket (simulated), with a
    ticket for each task.
    """
    own: list[list[Fraction]] = [[] for _ in county.classes]
    strata = []
    for _, s in county.strata():
        declared = chances.declared(s.sizes, s.n)
        for i, chance in zip(s.targets, declared, strict=True):
            own[i].append(chance)
        strata.append(
            s if len(set(s.sizes)) == 1 else s._replace(sizes=chances.calibrate(declared, s.n))
        )
    shared = Fraction(sum(chances.simulate(strata, len(own), draws)), draws)
    figures = {
        "最少可能": sum(map(max, own)),
        "共用签号": shared,
        "每个任务各用签号": sum(1 - prod(1 - c for c in cs) for cs in own),
    }
    return [{"how": how, "visits": measured(value, 1)} for how, value in figures.items()]


# --- Verdict --------------------------------------------------------------------------------------


def statements(frequencies: Rows, visits: Rows, averages: Mapping[str, Rows], leak: Rows) -> Rows:
    """What the experiments are to show, each with its figure and whether it holds. ``averages`` are
    the rows of scenarios with the cool-down (``kept``), of last round's visits left out
    (``left_out``), and of those beyond the promise (``beyond``).
    """
    count = {row["how"]: row["visits"] for row in visits}
    kept, left_out, beyond = (averages[key] for key in ("kept", "left_out", "beyond"))
    first, last = leak[0], leak[-1]
    uneven = [row for row in frequencies if row["off_before"] > 5]
    off = max(row["off_after"] for row in frequencies)
    outside = [row["frame"] for row in frequencies if not row["holds"]]
    furthest = max(abs(row["off"]) for row in kept)
    steady = [row for row in kept if row["designed"]]
    missed = max(abs(row["repeats"] / row["designed"] - 1) for row in steady)
    repeats = [row["repeats"] for row in steady]
    found = [
        (
            "校准后，积分算出的实际机会与申报机会相差不超过 0.1 %",
            f"最大相差 {with_sign(off)}",
            off <= Decimal("0.1"),
        ),
        (
            "校准后，各名单抽中次数的卡方值都在界内",
            f"{len(frequencies)} 个名单，出界 {len(outside)} 个",
            not outside,
        ),
        (
            "不校准，实际机会相差超过 5 % 的名单，卡方值都出界（检验看得出偏差）",
            f"{len(uneven)} 个名单",
            bool(uneven) and all(row["chi_before"] > row["limit"] for row in uneven),
        ),
        (
            "共用签号的户次少于各用签号，且不超过最少可能的 105%",
            f"{count['最少可能']}、{count['共用签号']}、{count['每个任务各用签号']} 户次",
            count["共用签号"] < count["每个任务各用签号"]
            and count["共用签号"] <= count["最少可能"] * Decimal("1.05"),
        ),
        (
            "有降频的各批次平均下来，每个任务每个等级的抽中机会与不降频时相差不超过 1 %",
            f"最大相差 {with_sign(furthest)}",
            furthest <= 1,
        ),
        (
            "逐户逐任务看，平均机会与不降频时相差的均方根也不超过 1 %",
            "、".join(with_sign(row["rms"]) for row in steady),
            max(row["rms"] for row in steady) <= 1,
        ),
        (
            "保留系数越小，连续两个批次被查的越少",
            "、".join(map(str, repeats)) + " 户次",
            all(a > b for a, b in pairwise(repeats)),
        ),
        (
            "连续被查的户次与设计值相差不超过 3 %",
            f"最大相差 {with_sign(in_percent(missed))}",
            missed <= Decimal("0.03"),
        ),
        (
            "只把上一批次查过的排除，平均机会相差超过 10 %",
            f"最大相差 {with_sign(abs(left_out[0]['off']))}",
            abs(left_out[0]["off"]) > 10,
        ),
        (
            "有年度上限，或等级随检查变动时，不再保证相差在 1 % 以内",
            "、".join(with_sign(abs(row["off"])) for row in beyond),
            all(abs(row["off"]) > 1 for row in beyond),
        ),
        (
            "公布一个批次后，凭公开内容认不出任何一户最高风险等级的对象；没有防推码则认得出",
            f"{with_sign(first['salted_known'])}、{with_sign(first['bare_known'])}",
            first["salted_known"] == 0 < first["bare_known"],
        ),
        (
            (
                f"公布 {last['published']} 个批次后，"
                "多数最高风险等级的对象会被认出（几乎批批被抽，协议不承诺掩盖）"
            ),
            with_sign(last["salted_known"]),
            last["salted_known"] > 50,
        ),
    ]
    return [
        {"statement": statement, "figure": figure, "holds": "成立" if holds else "不成立"}
        for statement, figure, holds in found
    ]


def require(statements: Rows) -> None:
    """``SsjError`` naming the statements that don't hold."""
    if broken := [row["statement"] for row in statements if row["holds"] != "成立"]:
        raise SsjError(
            f"有 {len(broken)} 条不成立：" + "；".join(broken),
            "试验次数太少时会偶然不成立；次数足够仍不成立的，请查程序。",
        )
