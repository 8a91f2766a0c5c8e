"""Coverage of the intervals of :mod:`ssj.year.estimates`: invented rosters whose rate is known,
drawn again and again with the protocol's draw.

For each setting and row: in how many draws an interval is printed (all in which anybody of it was
drawn), how often it then holds the true rate, its mean width, in how many draws it is marked 粗略,
and the mean error of the rate. All intervals printed in a setting together must hold the truth in
93–97 %, each row that is not 粗略 in most draws by itself too; a rough one may be wider, but must
hold it in 93 % at least. Rows up to three standard errors of the simulation. Else 不符 and exit
code 1: so for the one round of strata of 5 to 20 firms (decision 075), which is known.

    python benchmarks/coverage.py [--draws D] [--seed S] [SETTING …] 1,000 draws, a quarter of an
    hour, if none are named python benchmarks/coverage.py --counted no draws: the coverage of 490
    strata with equal chances, counted, by m·P(1 − P)
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from ssj import protocol
from ssj.draw import chances, cooldown
from ssj.protocol import Unit as Ticketed
from ssj.year import estimates
from ssj.year.estimates import Unit

WEIGHTS = {"A": 1, "B": 2, "C": 4, "D": 8}
TRADES = ("甲", "乙", "丙")
EPSILON, MEMORY = Fraction(1, 4), 4
LOW, HIGH, MOST = 0.93, 0.97, 0.5
NEVER = cooldown.History.never(MEMORY)


def is_value(values: list[str], value: str, index: int) -> bool:
    """Whether the value at an index is this one."""
    return values[index] == value


@dataclass
class Task:
    """Strata (members, sizes, how many are drawn) and what a visit would find at each member."""

    strata: list[tuple[list[int], list[int], int]]
    problems: dict[int, bool]


@dataclass
class Roster:
    """An invented roster: each target's class and trade, the tasks of every round, how many rounds,
    whether with cool-down.
    """

    classes: list[str]
    trades: list[str]
    tasks: list[Task]
    rounds: int = 1
    cool_down: bool = False
    rows: dict[str, Callable[[int], bool]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows = {"全部": lambda _: True}
        for label, values in (("等级", self.classes), ("类别", self.trades)):
            for value in sorted(set(values)):
                self.rows[f"{label} {value}"] = partial(is_value, values, value)

    def truth(self, row: str) -> tuple[int, int]:
        """Problems and targets of a row, over all tasks of a round."""
        found = [
            task.problems[i]
            for task in self.tasks
            for members, _, _ in task.strata
            for i in members
            if self.rows[row](i)
        ]
        return sum(found), len(found)


def roster(
    counts: dict[str, int],
    rates: dict[str, float],
    ratio: dict[str, float] | float,
    *,
    tasks: int = 1,
    rounds: int = 1,
    points: bool = False,
    cool_down: bool = False,
    alike: bool = False,
    seed: int = 1,
) -> Roster:
    """A roster with ``counts`` targets by class and ``rates`` of problems, exact in each class up
    to rounding.

    ``ratio`` by class: strata by class; one number: one mixed stratum. ``points``: risk factors
    besides. ``alike``: a target has a problem in all its tasks or in none.
    """
    source = random.Random(seed)
    classes = [c for c, count in counts.items() for _ in range(count)]
    trades = [source.choice(TRADES) for _ in classes]
    bad = {
        i
        for c in counts
        for mine in [[i for i, own in enumerate(classes) if own == c]]
        for i in source.sample(mine, round(rates[c] * len(mine)))
    }
    made = []
    for _ in range(tasks):
        members = [i for i in range(len(classes)) if tasks == 1 or source.random() < 0.6]
        if not alike and tasks > 1:
            bad = {
                i
                for c in counts
                for mine in [[i for i in members if classes[i] == c]]
                for i in source.sample(mine, round(rates[c] * len(mine)))
            }
        more = {i: source.choice((1, 1, 1, 2, 3)) if points else 1 for i in members}
        if isinstance(ratio, dict):
            parts = [[i for i in members if classes[i] == c] for c in counts]
            strata = [
                (part, [more[i] for i in part], protocol.sample_size(str(ratio[c]), len(part)))
                for c, part in zip(counts, parts, strict=True)
            ]
        else:
            strata = [
                (
                    members,
                    [WEIGHTS[classes[i]] * more[i] for i in members],
                    protocol.sample_size(str(ratio), len(members)),
                )
            ]
        made.append(Task(strata, {i: i in bad for i in members}))
    return Roster(classes, trades, made, rounds, cool_down)


def settings() -> dict[str, Callable[[], Roster]]:
    """The settings, small and large."""
    usual = {"A": 0.05, "B": 0.10, "C": 0.25, "D": 0.40}
    return {
        "一组等机会": lambda: roster({"A": 500}, {"A": 0.2}, {"A": 0.2}),
        "等级分组等机会": lambda: roster(
            {"A": 2400, "B": 1000, "C": 400, "D": 200},
            usual,
            {"A": 0.05, "B": 0.15, "C": 0.4, "D": 0.8},
        ),
        "等级分组等机会，小县": lambda: roster(
            {"A": 200, "B": 120, "C": 60, "D": 20},
            usual,
            {"A": 0.05, "B": 0.15, "C": 0.4, "D": 0.8},
        ),
        "权数不等（已校准）": lambda: roster({"A": 800, "B": 600, "C": 400, "D": 200}, usual, 0.15),
        "权数不等，问题率相同": lambda: roster(
            {"A": 800, "B": 600, "C": 400, "D": 200}, dict.fromkeys(usual, 0.15), 0.25, points=True
        ),
        "有必抽户": lambda: roster(
            {"A": 800, "B": 400, "C": 200, "D": 50},
            {"A": 0.1, "B": 0.15, "C": 0.25, "D": 0.5},
            0.4,
            points=True,
        ),
        "问题少见（3 %）": lambda: roster(
            {"A": 2400, "B": 1200}, {"A": 0.03, "B": 0.03}, {"A": 0.2, "B": 0.3}
        ),
        "问题少见（3 %），抽得少": lambda: roster(
            {"A": 600, "B": 400}, {"A": 0.03, "B": 0.03}, {"A": 0.05, "B": 0.1}
        ),
        "一县一年约 500 户次": lambda: roster(
            {"A": 900, "B": 500, "C": 250, "D": 80},
            usual,
            {"A": 0.05, "B": 0.1, "C": 0.2, "D": 0.3},
            rounds=3,
        ),
        "小抽取组（5 至 20 户）": lambda: roster(
            {"A": 20, "B": 12, "C": 8, "D": 5},
            {"A": 0.2, "B": 0.25, "C": 0.25, "D": 0.4},
            {"A": 0.2, "B": 0.4, "C": 0.6, "D": 0.8},
        ),
        "小抽取组，四批各五个任务": lambda: roster(
            {"A": 33, "B": 20, "C": 13, "D": 8},
            {"A": 0.2, "B": 0.25, "C": 0.25, "D": 0.4},
            {"A": 0.2, "B": 0.4, "C": 0.6, "D": 0.8},
            tasks=5,
            rounds=4,
        ),
        "几个任务两个批次": lambda: roster(
            {"A": 600, "B": 300, "C": 180, "D": 60}, usual, 0.2, tasks=3, rounds=2
        ),
        "几个任务，各任务问题相同": lambda: roster(
            {"A": 600, "B": 300, "C": 180, "D": 60}, usual, 0.2, tasks=3, rounds=2, alike=True
        ),
        "近期已查降频，四个批次": lambda: roster(
            {"A": 300, "B": 160, "C": 80},
            {"A": 0.1, "B": 0.2, "C": 0.3},
            0.25,
            rounds=4,
            cool_down=True,
        ),
    }


@lru_cache(maxsize=4096)
def settled(sizes: tuple[int, ...], n: int, calibrated: bool) -> tuple[list[int], list[float]]:
    """Working sizes and actual chances, as a freeze settles them; with cool-down, sizes as they are
    with their exact chances.
    """
    own = list(sizes)
    if calibrated and len({s for s in own if s}) > 1:
        own = chances.calibrate(chances.declared(own, n), n)
    return own, chances.inclusion(own, n)


def drawn(of: Roster, seed: str) -> Iterator[tuple[Unit, int]]:
    """The units of a year and their targets: every round, task and stratum drawn with
    :func:`ssj.protocol.select`.
    """
    histories = [NEVER] * len(of.classes)
    for r in range(of.rounds):
        own = protocol.sha256(f"{seed},{r}")
        tickets = [protocol.ticket(own, "target", f"{i:05}", "") for i in range(len(of.classes))]
        factors, after = _cooled(of, histories) if of.cool_down else ([1] * len(tickets), histories)
        visited = set()
        for k, task in enumerate(of.tasks):
            for h, (members, sizes, n) in enumerate(task.strata):
                working, actual = settled(
                    tuple(s * factors[i] for s, i in zip(sizes, members, strict=True)),
                    n,
                    not of.cool_down,
                )
                certain, others = protocol.select(
                    [
                        Ticketed(f"{i:05}", w, tickets[i])
                        for i, w in zip(members, working, strict=True)
                    ],
                    n,
                )
                chance = dict(zip(members, actual, strict=True))
                for i in map(int, (*certain, *others)):
                    yield (
                        Unit(
                            f"{r},{i}", f"{r},{k},{h}", chance[i], 1 / chance[i], task.problems[i]
                        ),
                        i,
                    )
                    visited.add(i)
        histories = [
            cooldown.History(
                1 if i in visited else (was.last + 1) % (MEMORY + 1) if was.last else 0, now.recent
            )
            for i, (was, now) in enumerate(zip(histories, after, strict=True))
        ]


def _cooled(
    of: Roster, histories: list[cooldown.History]
) -> tuple[list[int], list[cooldown.History]]:
    """Factors of a round in millionths, and what is kept after it; for rosters of one task."""
    largest = {
        i: c
        for members, sizes, n in of.tasks[0].strata
        for i, c in zip(members, chances.declared(sizes, n), strict=True)
    }
    factors, after = (
        lru_cache(maxsize=None)(cooldown.factors),
        lru_cache(maxsize=None)(cooldown.after),
    )
    # the same for a class
    every = [
        factors(cooldown.History(0, h.recent), largest[i], EPSILON) for i, h in enumerate(histories)
    ]
    kept = [
        after(cooldown.History(0, h.recent), largest[i], f)
        for i, (h, f) in enumerate(zip(histories, every, strict=True))
    ]
    return [f[h.last - 1] for h, f in zip(histories, every, strict=True)], kept


@dataclass
class Count:
    """What was seen of one row over all draws."""

    draws: int = 0
    printed: int = 0
    rough: int = 0
    held: int = 0
    width: float = 0.0
    error: float = 0.0

    @property
    def share(self) -> float:
        return self.printed / self.draws

    @property
    def coverage(self) -> float:
        return self.held / self.printed if self.printed else math.nan

    @property
    def thin(self) -> bool:
        return self.rough > MOST * self.draws

    def sound(self) -> bool:
        """As promised at the head."""
        if not self.printed or self.width == 0:
            return True
        noise = 3 * math.sqrt(0.05 * 0.95 / self.printed)
        if self.thin:
            return self.coverage >= LOW - noise
        return LOW - noise <= self.coverage <= HIGH + noise


def whole(counts: dict[str, Count]) -> bool:
    """Whether all that a setting prints holds the truth as promised at the head."""
    return LOW <= together(counts) <= HIGH


def together(counts: dict[str, Count]) -> float:
    """Coverage of all intervals printed in a setting; those of rows wholly seen are none."""
    own = [count for count in counts.values() if count.width]
    return sum(count.held for count in own) / sum(count.printed for count in own)


def measure(of: Roster, draws: int, seed: str) -> dict[str, Count]:
    """Coverage of every row over many draws."""
    counts: dict[str, Count] = defaultdict(Count)
    truths = {row: of.truth(row) for row in of.rows}
    for d in range(draws):
        units, targets = zip(*drawn(of, f"{seed},{d}"), strict=True)
        for row, belongs in of.rows.items():
            (bad, all_), inside = truths[row], [belongs(i) for i in targets]
            sure = sum(i and u.chance >= 1 for u, i in zip(units, inside, strict=True))
            found, count, truth = (
                estimates.estimate(units, inside, 1 - sure / (all_ * of.rounds)),
                counts[row],
                bad / all_,
            )
            count.draws += 1
            if found is None:
                continue
            held = found.low - 1e-12 <= truth <= found.high + 1e-12
            count.error += found.value - truth
            count.printed += 1
            count.held += held
            count.rough += found.rough
            count.width += found.high - found.low
    return dict(counts)


def counted() -> Iterator[tuple[float, float]]:
    """m·P(1 − P) with the true P, and the coverage if the interval is always printed: strata of N
    units with K problems, n drawn.
    """
    for total in (30, 50, 80, 120, 200, 350, 600, 1500):
        for n in (round(total * share) for share in (0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8)):
            chance = n / total
            found = (
                {
                    x: estimates.estimate(
                        [Unit(str(i), "", chance, 1 / chance, i < x) for i in range(n)], [True] * n
                    )
                    for x in range(n + 1)
                }
                if n >= 8
                else {}
            )
            for bad in (
                round(total * rate)
                for rate in (0.02, 0.03, 0.05, 0.08, 0.12, 0.17, 0.25, 0.33, 0.42, 0.5)
            ):
                truth, ways = bad / total, math.comb(total, n)
                held = sum(
                    math.comb(bad, x) * math.comb(total - bad, n - x)
                    for x, f in found.items()
                    if f and f.low <= truth <= f.high
                )
                if found and bad:
                    yield n * (1 - chance) * truth * (1 - truth), held / ways


def bands() -> None:
    """Print :func:`counted` by bands."""
    found = list(counted())
    print(f"{len(found)} 个等机会的抽取组，逐一数出：")
    for low, high in pairwise((0, 1, 2, 3, 4, 6, 8, 12, 20, 40, math.inf)):
        if own := [coverage for spread, coverage in found if low <= spread < high]:
            within = sum(LOW <= c <= HIGH for c in own) / len(own)
            print(
                f"  m·P(1 − P) 从 {low} 到 {high}：{len(own)} 个，覆盖 {min(own):.1%} 至 "
                f"{max(own):.1%}，平均 {sum(own) / len(own):.1%}，"
                f"在 93–97 % 内 {within:.0%}",
                flush=True,
            )


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("settings", nargs="*")
    parser.add_argument("--draws", type=int, default=1_000)
    parser.add_argument("--counted", action="store_true")
    parser.add_argument("--seed", default="coverage")
    chosen, bad = parser.parse_args(arguments), 0
    if chosen.counted:
        bands()
        return 0
    for name, make in settings().items():
        if chosen.settings and not any(part in name for part in chosen.settings):
            continue
        of = make()
        print(
            f"{name}：{len(of.classes)} 户，{len(of.tasks)} 个任务，{of.rounds} 个批次，抽取 "
            f"{chosen.draws} 次",
            flush=True,
        )
        counts = measure(of, chosen.draws, chosen.seed)
        bad += not whole(counts)
        verdict = "" if whole(counts) else "  不符"
        print(f"  合计  覆盖 {together(counts):6.1%}{verdict}", flush=True)
        for row, count in counts.items():
            wrong, total = of.truth(row)
            verdict = (
                "不符"
                if not count.sound()
                else "全查"
                if not count.width
                else "粗略"
                if count.thin
                else ""
            )
            bad += not count.sound()
            shown = (
                f"覆盖 {count.coverage:6.1%}  宽 {count.width / count.printed:.3f}"
                if count.printed
                else "覆盖   —     宽  —   "
            )
            print(
                f"  {row}  真值 {wrong / total:6.1%}  给出区间 {count.share:6.1%}  {shown}  "
                f"（平均偏差 {count.error / count.draws:+.4f}）  {verdict}",
                flush=True,
            )
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
