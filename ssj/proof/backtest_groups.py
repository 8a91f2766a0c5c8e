"""Groups of inspections in the back-test: how often each found something, what that means for a
policy, and who looked.

Intervals take the inspections, or the firms, as a sample of many alike. What is said of two groups
is said within inspectors too, since these differ more than classes do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import fsum, sqrt
from typing import Any

from ssj.base.formats import in_percent
from ssj.proof.backtest import POLICIES, Z, span, weighted
from ssj.proof.backtest_file import LEVELS, Case, File
from ssj.proof.experiments import Rows

COLOURS = {
    "blue": "蓝",
    "brown": "棕",
    "green": "绿",
    "orange": "橙",
    "purple": "紫",
    "yellow": "黄",
    "": "未记",
}
NO_PAST, CLEAN = "没有过去记录", "上一次没有问题"
ONE, TWO = "上一次不合格或有严重问题", "上一次既不合格又有严重问题"


def bad(case: Case) -> bool:
    """Whether the inspection before was failed or found a critical violation."""
    return case.failed or case.critical


def _past(case: Case) -> str:
    return NO_PAST if not case.known else (CLEAN, ONE, TWO)[case.failed + case.critical]


def wilson(found: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, within 0 … 1."""
    share, z2 = found / count, Z * Z
    centre, half = (
        share + z2 / (2 * count),
        Z * sqrt(share * (1 - share) / count + z2 / (4 * count * count)),
    )
    return max(0.0, (centre - half) / (1 + z2 / count)), min(
        1.0, (centre + half) / (1 + z2 / count)
    )


def _groups(cases: Iterable[Case], key: Callable[[Case], Any], names: dict[Any, str]) -> Rows:
    """Inspections, those that found something, their share and its interval, by group in the order
    of ``names``; empty ones left out.
    """
    own: dict[Any, list[bool]] = defaultdict(list)
    for case in cases:
        own[key(case)].append(case.found)
    return [
        {
            "group": label,
            "count": len(own[k]),
            "found": sum(own[k]),
            "rate": in_percent(sum(own[k]) / len(own[k])),
            "interval": span(*wilson(sum(own[k]), len(own[k]))),
        }
        for k, label in names.items()
        if own[k]
    ]


def by_class(file: File) -> Rows:
    names = {
        level: f"{level} 级（{word}）"
        for level, word in zip(LEVELS.values(), "高中低", strict=True)
    }
    return _groups(file.cases, lambda c: c.level, names)


def by_past(file: File) -> Rows:
    return _groups(file.cases, _past, {name: name for name in (NO_PAST, CLEAN, ONE, TWO)})


def by_inspector(file: File) -> Rows:
    """In the order of the share."""
    names = {
        c.inspector: COLOURS.get(c.inspector, c.inspector)
        for c in sorted(file.cases, key=lambda c: c.inspector)
    }
    return sorted(_groups(file.cases, lambda c: c.inspector, names), key=lambda row: row["rate"])


def by_successor(file: File) -> Rows:
    """Inspections with a past, by whether the same inspector (colour) made the one before, and by
    what that found; without those where either is not recorded.
    """
    before: dict[str, str] = {}
    pairs = {}
    for case in file.cases:
        if case.known and case.inspector and before.get(case.firm):
            pairs[case.id] = (before[case.firm] == case.inspector, bad(case))
        before[case.firm] = case.inspector
    names = {
        (same, past): f"{'同一颜色' if same else '不同颜色'}，上一次{'有' if past else '没有'}问题"
        for same in (True, False)
        for past in (False, True)
    }
    return _groups([c for c in file.cases if c.id in pairs], lambda c: pairs[c.id], names)


# --- Gains ----------------------------------------------------------------------------------------


def gains(cases: Sequence[Case]) -> Rows:
    """Each policy's yield Σwy/Σw and its gain on equal chances, in points, with 95 % intervals that
    take the firms as a sample: linearised, the inspections of a firm together.
    """
    plain, rows = weighted(cases, "uniform"), []
    for policy, label in POLICIES.items():
        own, total = weighted(cases, policy), sum(case.size(policy) for case in cases)
        share: dict[str, list[float]] = defaultdict(list)
        more: dict[str, list[float]] = defaultdict(list)
        for case in cases:
            influence = case.size(policy) * (case.found - own) / total
            share[case.firm].append(influence)
            more[case.firm].append(influence - (case.found - plain) / len(cases))
        rows.append(
            {
                "policy": label,
                "rate": in_percent(own),
                "interval": _around(own, share.values()),
                "gain": in_percent(own - plain),
                "gain_interval": _around(own - plain, more.values()) if policy != "uniform" else "",
            }
        )
    return rows


def known(file: File) -> list[Case]:
    """The inspections of firms that had one before."""
    return [case for case in file.cases if case.known]


def _around(value: float, influences: Iterable[list[float]]) -> str:
    half = Z * sqrt(fsum(fsum(own) ** 2 for own in influences))
    return span(value - half, value + half)


def within(file: File) -> Rows:
    """What a class and a past say, in points: difference of the shares as they are, and within
    inspectors, each weighted by his inspections. Inspectors with only one of the two groups, and
    inspections without one, are left out of the second.
    """
    contrasts = {
        "1 级比 2、3 级": (file.cases, lambda c: c.level == 1),
        "上一次有问题比没有问题": (known(file), bad),
    }
    return [
        {
            "contrast": label,
            "count": len(cases),
            "plain": _points([_pair(cases, first)]),
            "within": _points([_pair(own, first) for name, own in _by(cases).items() if name]),
        }
        for label, (cases, first) in contrasts.items()
    ]


def _by(cases: Iterable[Case]) -> dict[str, list[Case]]:
    own: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        own[case.inspector].append(case)
    return own


def _pair(cases: Iterable[Case], first: Callable[[Case], bool]) -> tuple[list[bool], list[bool]]:
    sides: tuple[list[bool], list[bool]] = ([], [])
    for case in cases:
        sides[not first(case)].append(case.found)
    return sides


def _points(pairs: Iterable[tuple[list[bool], list[bool]]]) -> str:
    """Mean difference of the shares, pairs weighted by their number, with its 95 % interval; ""
    where nothing can be compared.
    """
    both = [(one, other) for one, other in pairs if one and other]
    total = sum(len(one) + len(other) for one, other in both)
    difference, variance = [], []
    for one, other in both:
        weight, p, q = (len(one) + len(other)) / total, sum(one) / len(one), sum(other) / len(other)
        difference.append(weight * (p - q))
        variance.append(weight * weight * (p * (1 - p) / len(one) + q * (1 - q) / len(other)))
    middle, half = fsum(difference), Z * sqrt(fsum(variance))
    return f"{in_percent(middle)}（{span(middle - half, middle + half)}）" if both else ""
