"""Estimates: worked by hand, against an independent implementation, properties, and coverage with
the real draw.
"""

from __future__ import annotations

import importlib.util
import math
import sys

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from ssj.year import estimates
from ssj.year.estimates import Group, Unit


def units(*rows: tuple[float, int], group: str = "S01 A") -> list[Unit]:
    """Units of one stratum from chance and problem, each a target of its own."""
    return [Unit(f"{group} {n}", group, p, 1 / p, bool(y)) for n, (p, y) in enumerate(rows)]


def everywhere(drawn: list[Unit], by_lot: float | None = None):
    return estimates.estimate(drawn, [True] * len(drawn), by_lot)


@st.composite
def drawn_units(draw, least=0.02, most=0.95):
    """Units of a few strata and clusters, and which of them are inside."""
    count = draw(st.integers(2, 25))
    rows = [
        (
            draw(st.floats(least, most)),
            draw(st.booleans()),
            draw(st.integers(0, 3)),
            draw(st.integers(0, 12)),
        )
        for _ in range(count)
    ]
    own = [Unit(f"K{cluster}", f"S{group}", p, 1 / p, y) for p, y, group, cluster in rows]
    inside = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    return own, [True, *inside[1:]]


# --- by hand --------------------------------------------------------------------------------------


def test_four_of_eight_by_hand(monkeypatch):
    """R = 1/4; V = (1 − 4/8)·s²/4 with s² = 4/3·3/16 = 1/4: 1/32; effective size (3/16)/(1/32) = 6;
    Wilson of 1/4 and 6: a = 3.8415/6 = 0.64024, middle (0.25 + 0.32012)/1.64024 = 0.34759, half
    1.95996·√(0.03125 + 0.02668)/1.64024 = 0.28760.
    """
    monkeypatch.setattr(estimates, "PRIOR", 0.0)
    found = everywhere(units((0.5, 1), (0.5, 0), (0.5, 0), (0.5, 0)))
    assert found.value == 0.25 and found.units == 2.0  # n(1 − π)
    assert (found.low, found.high) == (
        pytest.approx(0.0600, abs=5e-5),
        pytest.approx(0.6352, abs=5e-5),
    )


def test_unequal_chances_by_hand():
    """w = 2, 4, 10: Hájek's rate (2 + 10)/16 = 3/4, not 2 of 3."""
    assert everywhere(units((0.5, 1), (0.25, 0), (0.1, 1))).value == 0.75


def test_a_certain_unit_counts_as_it_is():
    """A frame of 10: 2 certain, one with a problem; 8 by lot, 4 of them drawn at 1/2, one with a
    problem: (1 + 8·1/4)/10 = 0.3, and the interval is the one of the 8, from 0.1 + 0.8·low to 0.1 +
    0.8·high.
    """
    lot = units((0.5, 1), (0.5, 0), (0.5, 0), (0.5, 0))
    alone, found = everywhere(lot), everywhere(lot + units((1, 1), (1, 0), group="S01 D"), 0.8)
    assert found.value == pytest.approx(0.3)
    assert (found.low, found.high) == (
        pytest.approx(0.1 + 0.8 * alone.low),
        pytest.approx(0.1 + 0.8 * alone.high),
    )


def test_a_ticket_shared_by_two_tasks_counts_once(monkeypatch):
    """The same four targets, drawn by two tasks with the same tickets and the same result: nothing
    more is known than by one.
    """
    monkeypatch.setattr(estimates, "PRIOR", 0.0)
    one = units((0.5, 1), (0.5, 0), (0.5, 0), (0.5, 0))
    other = [u._replace(group="S02 A") for u in one]
    apart = [u._replace(cluster=u.cluster + "'") for u in other]
    once, both, two = everywhere(one), everywhere(one + other), everywhere(one + apart)
    t = stats.t.ppf(0.975, [7, 6])
    size = 6 * (t[0] / t[1]) ** 2  # as above, but for the strata's degrees of freedom
    assert (both.low, both.high) == pytest.approx(estimates.wilson(0.25, size), abs=1e-3)
    assert both.units == once.units and two.units == 2 * once.units
    assert two.high - two.low < once.high - once.low


def test_nothing_drawn_is_no_estimate():
    assert everywhere([]) is None
    assert everywhere(units((1, 1)), 0.5) is None  # a share by lot of which nobody was drawn
    assert estimates.estimate(units((0.5, 1)), [False]) is None


# 20 draws only: the rest can't be placed
@pytest.mark.parametrize(
    ("most", "expected"),
    [
        ((1, 1), [0.1, 0.4]),  # 100·0.1·k + 50·0.4·k = 30: k = 1
        ((1, 0.3), [0.15, 0.3]),  # the second at its most: 15 of 30 draws are left for 100
        ((0.05, 0.3), [0.05, 0.3]),
    ],
)
def test_ratios_by_hand(most, expected):
    groups = [Group(100, 0.1, most[0]), Group(50, 0.4, most[1]), Group(0, 0.5, 1), Group(9, 0, 1)]
    assert estimates.shared(groups, 30) == pytest.approx([*expected, 0, 0])


def test_intervals_that_overlap():
    assert estimates.apart([(0.1, 0.2), (0.15, 0.3), (0.25, 0.4)])
    assert not estimates.apart([(0.1, 0.2), (0.2, 0.3)]) and not estimates.apart([])


@pytest.mark.parametrize(("count", "rough"), [(37, True), (38, False)])
def test_what_is_rough(count, rough):
    """38 units with π = 1/5: 38·0.8 = 30.4; 37: 29.6. What was found changes nothing."""
    for found in (0, count // 2, count):
        assert everywhere(units(*[(0.2, n < found) for n in range(count)])).rough is rough


def test_nothing_found_is_at_most():
    found = everywhere(units(*[(0.1, 0)] * 12))
    assert (found.value, found.low, found.rough) == (0.0, 0.0, True) and 0.2 < found.high < 0.35


# --- an independent implementation ----------------------------------------------------------------


def independent(drawn: list[Unit], inside: list[bool]) -> tuple[float, float, float]:
    """The head of estimates.py with matrices, scipy's quantiles and the score equation solved by
    bisection; no certain units.
    """
    keep = [u.group in {v.group for v, i in zip(drawn, inside, strict=True) if i} for u in drawn]
    own, mask = [u for u, k in zip(drawn, keep, strict=True) if k], np.array(inside)[keep]
    pi, y = np.array([u.chance for u in own]), np.array([u.problem for u in own], float)
    group, cluster = np.array([u.group for u in own]), np.array([u.cluster for u in own])
    w = mask / pi
    rate = np.average(y, weights=w)
    e = w * (y - rate) / w.sum()
    for g in set(group):
        here = group == g
        if here.sum() > 1:
            e[here] = (e[here] - np.average(e[here], weights=1 - pi[here])) * np.sqrt(
                here.sum() / (here.sum() - 1)
            )
    joint = (cluster[:, None] == cluster[None]) * (1 - np.maximum(pi[:, None], pi[None]))
    v, alone = e @ joint @ e, np.sum((1 - pi) * e * e)
    flat = np.sum((1 - pi) * w * w) / w.sum() ** 2 * (max(1, v / alone) if alone else 1)
    parts = [
        (w[c] @ joint[np.ix_(c, c)] @ w[c], 1 - pi[c & mask].min())
        for c in (cluster == k for k in set(cluster[mask]))
    ]
    m = sum(p for p, _ in parts) ** 2 / sum(p * p / q for p, q in parts)
    z = stats.norm.ppf(0.975)
    moved = (rate / flat + z * z / 2) / (1 / flat + z * z)
    v = (m * v + 8 * flat * moved * (1 - moved)) / (m + 8)
    t = [estimates.quantile(n) for n in (mask.sum() - 1, mask.sum() - len(set(group[mask])))]
    size = (rate * (1 - rate) / v if 0 < rate < 1 else 1 / flat) * (t[0] / t[1]) ** 2

    def score(p):
        return (rate - p) ** 2 - z * z * p * (1 - p) / size

    low = 0.0 if rate == 0 else optimize.brentq(score, 0, min(rate, 1 - 1e-9), xtol=1e-14)
    return rate, low, 1.0 if rate == 1 else optimize.brentq(score, max(rate, 1e-9), 1, xtol=1e-14)


@given(drawn_units())
def test_agrees_with_matrices_and_scipy(case):
    found = estimates.estimate(*case)
    assert found[:3] == pytest.approx(independent(*case), abs=1e-9)


def test_quantiles_agree_with_scipy():
    assert pytest.approx(stats.norm.ppf(0.975), abs=1e-15) == estimates.Z
    assert [estimates.quantile(v) for v in range(4, 500)] == pytest.approx(
        list(stats.t.ppf(0.975, range(4, 500))), abs=2e-3
    )
    assert [estimates.quantile(v) for v in range(8, 500)] == pytest.approx(
        list(stats.t.ppf(0.975, range(8, 500))), abs=1e-4
    )


# --- properties -----------------------------------------------------------------------------------


@given(drawn_units(), st.randoms(use_true_random=False))
def test_order_changes_no_bit(case, source):
    pairs = list(zip(*case, strict=True))
    source.shuffle(pairs)
    assert estimates.estimate(*zip(*pairs, strict=True)) == estimates.estimate(*case)


@given(drawn_units(), st.floats(0.01, 1))
def test_the_interval_lies_inside_and_holds_the_rate(case, by_lot):
    own, inside = case
    found = estimates.estimate(
        [*own, *units((1, 1), (1, 0), group="D")], [*inside, True, True], by_lot
    )
    assert 0 <= found.low <= found.value <= found.high <= 1 and found.units > 0


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_all_certain_is_the_exact_rate(problems):
    found = everywhere(units(*[(1, y) for y in problems]))
    assert (
        found.value == found.low == found.high == pytest.approx(sum(problems) / len(problems))
        and not found.rough
    )


@given(drawn_units())
def test_the_other_way_round(case):
    """The rate without problems is 1 minus the rate with them, interval and all."""
    own, inside = case
    found, other = (
        estimates.estimate(own, inside),
        estimates.estimate([u._replace(problem=not u.problem) for u in own], inside),
    )
    assert (other.value, other.low, other.high) == pytest.approx(
        (1 - found.value, 1 - found.high, 1 - found.low), abs=1e-9
    )


@given(st.integers(2, 60), st.floats(0.05, 0.9))
def test_the_nearer_to_all_the_narrower(n, chance):
    few, many = (
        everywhere(units(*[(p, k % 3 == 0) for k in range(n)])) for p in (chance, chance + 0.05)
    )
    assert many.high - many.low < few.high - few.low


# --- coverage -------------------------------------------------------------------------------------


def benchmark():
    spec = importlib.util.spec_from_file_location(
        "coverage_benchmark", ROOT / "benchmarks" / "coverage.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def sound(module, counts):
    """Every row, and all that is printed together, as benchmarks/coverage.py promises."""
    return all(count.sound() for count in counts.values()) and module.whole(counts)


def test_coverage_of_one_stratum():
    """250 draws of 100 from 500 with the protocol's tickets: a fifth has a problem. Every row is
    printed in every draw.
    """
    module = benchmark()
    counts = module.measure(module.settings()["一组等机会"](), 250, "unit")
    assert {count.share for count in counts.values()} == {1.0} and sound(module, counts)
    assert abs(counts["全部"].error) / 250 < 0.01


def test_a_county_of_500_visits_gets_every_interval():
    module = benchmark()
    county = module.settings()["一县一年约 500 户次"]()
    assert 450 <= len(list(module.drawn(county, "unit"))) <= 550
    counts = module.measure(county, 60, "unit")
    rows = ["全部", *(f"等级 {c}" for c in "ABCD")]
    assert [counts[row].share for row in rows] == [1.0] * 5
    assert not any(counts[row].thin for row in rows)


EDGE = {"等级分组等机会，小县", "小抽取组（5 至 20 户）"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "等级分组等机会，小县",
        "一县一年约 500 户次",
        "权数不等（已校准）",
        "权数不等，问题率相同",
        "有必抽户",
        "问题少见（3 %），抽得少",
        "小抽取组，四批各五个任务",
        "几个任务两个批次",
        "几个任务，各任务问题相同",
        "近期已查降频，四个批次",
        pytest.param(
            "小抽取组（5 至 20 户）",
            marks=pytest.mark.xfail(strict=True, reason="outside 93–97 %: decision 075"),
        ),
    ],
)
def test_coverage(name):
    """Small counties, rare problems and cool-down among them; one setting is known to miss. The
    cheap ones near 97 % are drawn as the benchmark does: 300 draws would decide by chance.
    """
    module = benchmark()
    draws, seed = (1_000, "coverage") if name in EDGE else (300, "unit")
    counts = module.measure(module.settings()[name](), draws, seed)
    assert sound(module, counts)
    assert all(
        abs(count.error) / count.draws < 4 * math.sqrt(0.25 / count.draws / 4)
        for count in counts.values()
    )
