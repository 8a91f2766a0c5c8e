"""The back-test of ``notebooks/7_backtest.ipynb``: inspections of another city drawn again as
rounds, by :mod:`ssj.protocol` itself.

Each quarter of the file (:mod:`ssj.proof.backtest_file`) is a frame: who was inspected then, with
what was known before that inspection; what the inspection found is looked at only after the draw.
Four policies give the sizes. Exact yields follow from the inclusion probabilities; simulated ones
from draws with the same tickets for all policies. :mod:`ssj.proof.backtest_groups` compares
groups of inspections, :mod:`ssj.proof.backtest_standing` follows a roster that stays. Nothing
here enters an archive.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from functools import cache, partial
from math import fsum, prod, sqrt
from multiprocessing import get_context
from typing import Any, NamedTuple

from ssj import protocol
from ssj.base.formats import in_percent, measured
from ssj.draw import chances
from ssj.proof.backtest_file import Case, File
from ssj.proof.experiments import Rows

POLICIES = {"uniform": "等概率", "legal": "法定等级", "past": "过去结果", "both": "等级×过去结果"}
SALT = protocol.sha256("backtest")  # of no real round: anybody may draw this one again
WORKERS, LEAST_SHARED = 2, 8  # processes; so many items are shared among them
Z = 1.959963984540054  # half of a 95 % interval, in standard deviations
FAR = 4  # standard errors: with eight figures, less than once in a thousand times by chance


# --- Frames ---------------------------------------------------------------------------------------


class Frame(NamedTuple):
    """A frame (抽取组) of inspections, each of another firm or each a unit of its own, and how many
    are drawn.
    """

    name: str
    cases: list[Case]
    n: int


def whole(file: File, ratio: str) -> Frame:
    """All inspections as one frame."""
    return Frame("全部", file.cases, protocol.sample_size(ratio, len(file.cases)))


def quarters(file: File, ratio: str) -> list[Frame]:
    """A frame for each quarter: of a firm that was inspected more than once in it, the first
    inspection.
    """
    own: dict[str, dict[str, Case]] = defaultdict(dict)
    for case in file.cases:
        own[case.quarter].setdefault(case.firm, case)
    return [
        Frame(name, list(firms.values()), protocol.sample_size(ratio, len(firms)))
        for name, firms in own.items()
    ]


def repeated(file: File, frames: Iterable[Frame]) -> Rows:
    """Rows that the rounds leave out beside those that could not be read."""
    used = sum(len(frame.cases) for frame in frames)
    return [
        {"reason": "同一季度内同一户的后一次检查", "rows": len(file.cases) - used},
        {"reason": "采用", "rows": used},
    ]


class Settled(NamedTuple):
    """A frame with, for each policy, the working sizes as a freeze settles them, the actual
    chances, and how they came about.
    """

    frame: Frame
    sizes: dict[str, list[int]]
    chance: dict[str, list[float]]
    method: dict[str, str]

    def expected(self, policy: str) -> float:
        """Expected number of inspections drawn that found a critical violation: Σπ over these."""
        return fsum(
            p for p, case in zip(self.chance[policy], self.frame.cases, strict=True) if case.found
        )


def settle(frames: Sequence[Frame]) -> list[Settled]:
    """Working sizes and exact chances, by the same rule as :mod:`ssj.draw.sizing`: calibrated up
    to 2,000 units, else as declared.
    """
    jobs = [(frame, policy) for frame in frames for policy in POLICIES]
    done = iter(
        many(_sized, [([c.size(policy) for c in frame.cases], frame.n) for frame, policy in jobs])
    )
    found = []
    for frame in frames:
        sizes, chance, method = zip(*(next(done) for _ in POLICIES), strict=True)
        found.append(
            Settled(
                frame, *(dict(zip(POLICIES, of, strict=True)) for of in (sizes, chance, method))
            )
        )
    return found


def _sized(job: tuple[list[int], int]) -> tuple[list[int], list[float], str]:
    sizes, n = job
    method = (
        "风险权数相同"
        if len(set(sizes)) == 1
        else "已校准"
        if len(sizes) <= chances.LARGEST_CALIBRATED
        else "未校准"
    )
    if method == "已校准":
        sizes = chances.calibrate(chances.declared(sizes, n), n)
    return sizes, chances.inclusion(sizes, n), method


def many(job: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    """``job`` of each item, in several processes where there are many items."""
    if len(items) < LEAST_SHARED:
        return [job(item) for item in items]
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as pool:
        return list(pool.map(job, items, chunksize=-(-len(items) // (4 * WORKERS))))


# --- Draws ----------------------------------------------------------------------------------------


class Run(NamedTuple):
    """All frames drawn once by one policy: inspections drawn that found something, and most visits
    of one firm.
    """

    found: int
    most: int


def draw(settled: Sequence[Settled], seeds: int) -> dict[str, list[Run]]:
    """Every frame drawn with ``seeds`` different random events, by :func:`ssj.protocol.select`;
    policies share the tickets.
    """
    done = many(partial(_drawn, settled), range(seeds))
    return {policy: [runs[policy] for runs in done] for policy in POLICIES}


def _drawn(settled: Sequence[Settled], number: int) -> dict[str, Run]:
    found: Counter[str] = Counter()
    visits: dict[str, Counter[str]] = {policy: Counter() for policy in POLICIES}
    for one in settled:
        tickets = tickets_of(one.frame.name, number, [case.id for case in one.frame.cases])
        cases = {case.id: case for case in one.frame.cases}
        for policy, sizes in one.sizes.items():
            certain, others = protocol.select(
                map(protocol.Unit, cases, sizes, tickets), one.frame.n
            )
            found[policy] += sum(cases[i].found for i in certain + others)
            visits[policy].update(cases[i].firm for i in certain + others)
    return {policy: Run(found[policy], max(visits[policy].values())) for policy in POLICIES}


def tickets_of(name: str, number: int, ids: Iterable[str]) -> list[str]:
    """Tickets of a frame in the ``number``-th random event, as the protocol makes them."""
    seed = protocol.seed_of(protocol.sha256(name), str(number))
    return [protocol.ticket(seed, "target", i, _salt(i)) for i in ids]


@cache
def _salt(identifier: str) -> str:
    return protocol.row_salt(SALT, "targets", identifier, "ticket")


# --- Yields ---------------------------------------------------------------------------------------


def yields(settled: Sequence[Settled], drawn: dict[str, list[Run]]) -> Rows:
    """Share of visits with a critical violation, in percent: Σwy/Σw (of all frames, by their n),
    exact from the chances, simulated with the 95 % interval of the simulated mean and its distance
    from the exact one in standard errors, where 95 % of single runs lie, and how often a run found
    fewer than with equal chances. All draws of a run together.
    """
    visits, rows = sum(one.frame.n for one in settled), []
    plain = fsum(one.expected("uniform") for one in settled)
    for policy, label in POLICIES.items():
        counts = [run.found for run in drawn[policy]]
        exact, (mean, error), ends = (
            fsum(one.expected(policy) for one in settled),
            average(counts),
            middle(counts),
        )
        fewer = [
            own.found < equal.found
            for own, equal in zip(drawn[policy], drawn["uniform"], strict=True)
        ]
        shares = fsum(one.frame.n * weighted(one.frame.cases, policy) for one in settled)
        rows.append(
            {
                "policy": label,
                "visits": visits,
                "weighted": in_percent(shares / visits),
                "expected": in_percent(exact / visits),
                "gain": in_percent((exact - plain) / visits),
                "simulated": in_percent(mean / visits),
                "off": measured((mean - exact) / error) if error else None,
                "interval": span((mean - Z * error) / visits, (mean + Z * error) / visits),
                "single": span(ends[0] / visits, ends[1] / visits),
                "fewer": in_percent(sum(fewer) / len(fewer), 1) if policy != "uniform" else None,
            }
        )
    return rows


def by_round(settled: Sequence[Settled]) -> Rows:
    """Each round: how many may be drawn and are, how sizes were settled, and the exact yield of
    each policy in percent.
    """
    return [
        {
            "round": one.frame.name,
            "units": len(one.frame.cases),
            "n": one.frame.n,
            "method": one.method["both"],
            "known": in_percent(sum(c.known for c in one.frame.cases) / len(one.frame.cases), 0),
            **{policy: in_percent(one.expected(policy) / one.frame.n) for policy in POLICIES},
        }
        for one in settled
    ]


def concentration(settled: Sequence[Settled], drawn: dict[str, list[Run]]) -> Rows:
    """Firms over all rounds: expected share never drawn and share of visits to the tenth with the
    highest chances (exact, rounds have events of their own); most visits of one firm in a run:
    average and largest.
    """
    visits, rows = sum(one.frame.n for one in settled), []
    for policy, label in POLICIES.items():
        own: dict[str, list[float]] = defaultdict(list)
        for one in settled:
            for case, chance in zip(one.frame.cases, one.chance[policy], strict=True):
                own[case.firm].append(chance)
        tenth = sorted((fsum(ps) for ps in own.values()), reverse=True)[: max(1, len(own) // 10)]
        most = [run.most for run in drawn[policy]]
        rows.append(
            {
                "policy": label,
                "firms": len(own),
                "never": in_percent(
                    fsum(prod(1 - p for p in ps) for ps in own.values()) / len(own), 1
                ),
                "tenth": in_percent(fsum(tenth) / visits, 1),
                "most": measured(sum(most) / len(most)),
                "largest": max(most),
            }
        )
    return rows


def statements(whole: Rows, rounds: Rows) -> Rows:
    """What must hold of the yields of one frame of all inspections and of the rounds, for
    :func:`ssj.proof.experiments.require`.
    """
    apart = max(abs(row["expected"] - row["weighted"]) for row in whole)
    off = max(
        (abs(row["off"]) for row in [*whole, *rounds] if row["off"] is not None), default=Decimal(0)
    )
    found = [
        (
            "全部检查作一个抽取组，由抽中机会算出的期望发现率与 Σwy/Σw 相差不超过 0.3 个百分点",
            f"最大相差 {apart} 个百分点",
            apart <= Decimal("0.3"),
        ),
        (
            f"试抽的平均发现率与期望相差不超过 {FAR} 个标准误",
            f"最大相差 {off} 个标准误",
            off <= FAR,
        ),
    ]
    return [
        {"statement": text, "figure": value, "holds": "成立" if holds else "不成立"}
        for text, value, holds in found
    ]


def weighted(cases: Iterable[Case], policy: str) -> float:
    """Σwy/Σw: the yield if chances were exactly in proportion to the sizes."""
    pairs = [(case.size(policy), case.found) for case in cases]
    return sum(w for w, found in pairs if found) / sum(w for w, _ in pairs)


def average(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and its standard error."""
    mean = fsum(values) / len(values)
    return mean, sqrt(fsum((v - mean) ** 2 for v in values) / max(1, len(values) - 1) / len(values))


def middle(values: Sequence[float]) -> tuple[float, float]:
    """Ends of the middle 95 % of the values."""
    order, cut = sorted(values), len(values) // 40
    return order[cut], order[-1 - cut]


def span(low: float, high: float) -> str:
    """Two shares as percent: ``span(0.1, 0.123) == "10.00 至 12.30"``."""
    return f"{in_percent(low)} 至 {in_percent(high)}"
