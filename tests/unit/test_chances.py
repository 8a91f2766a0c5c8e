"""Chances: the integrator against enumeration and real draws, calibration, the stated bound, the
simulation.
"""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import math
import random
from fractions import Fraction

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import example, given
from hypothesis import strategies as st

from ssj import protocol
from ssj.draw import chances
from ssj.draw.chances import SCALE, Stratum
from ssj.protocol import M, ProtocolError, Unit

SEED = hashlib.sha256(b"chances").hexdigest()
F = Fraction


@st.composite
def frames(draw, most=12, largest=1_000):
    """Sizes (0 among them) and a sample size from 0 to the number of units that have one."""
    sizes = draw(st.lists(st.integers(0, largest), min_size=1, max_size=most))
    return sizes, draw(st.integers(0, sum(size > 0 for size in sizes)))


def enumerated(odds: list[float], n: int) -> list[float]:
    """π by another method: subsets of the others one by one, trapezoids in log t (poles at ±πi:
    error e^(−2π²/0.2)).
    """
    t = np.exp(np.arange(-60, 60, 0.2))
    yes = [a * t / (1 + a * t) for a in odds]
    result = []
    for i in range(len(odds)):
        others = [j for j in range(len(odds)) if j != i]
        few = np.zeros_like(t)
        for k in range(n):
            for drawn in itertools.combinations(others, k):
                term = np.ones_like(t)
                for j in others:
                    term = term * (yes[j] if j in drawn else 1 - yes[j])
                few = few + term
        result.append(math.fsum(0.2 * yes[i] * (1 - yes[i]) * few))
    return result


def selected(sizes: list[int], n: int, tickets: list[str]) -> tuple[set[int], set[int]]:
    """What protocol.select takes for certain, and by ticket."""
    certain, drawn = protocol.select(
        [Unit(str(i), size, t) for i, (size, t) in enumerate(zip(sizes, tickets, strict=True))], n
    )
    return {int(i) for i in certain}, {int(i) for i in drawn}


# --- integration ----------------------------------------------------------------------------------


def test_the_nodes_are_exact_for_polynomials_up_to_degree_31():
    for degree in range(32):
        integral = sum(
            F(float(w)) * F(float(x)) ** degree
            for x, w in zip(chances.NODES, chances.WEIGHTS, strict=True)
        )
        assert abs(integral - (F(2, degree + 1) if degree % 2 == 0 else 0)) < F(1, 10**15), degree
    assert abs(
        sum(
            F(float(w)) * F(float(x)) ** 32
            for x, w in zip(chances.NODES, chances.WEIGHTS, strict=True)
        )
        - F(2, 33)
    ) > F(1, 10**12)


GOLDEN = {
    "near-certainty": (
        [36, 1, 1, 1, 1],
        1,
        "0.956202156 0.010949461 0.010949461 0.010949461 0.010949461",
    ),
    "five-unequal": (
        [1, 2, 3, 4, 5],
        2,
        "0.128289348 0.258381085 0.395418776 0.539868977 0.678041813",
    ),
    "three-of-four": ([7, 8, 9, 9], 3, "0.625793454 0.728656706 0.822774920 0.822774920"),
    "ten": (
        [1, 1, 2, 2, 3, 5, 8, 8, 9, 11],
        4,
        (
            "0.078359663 0.078359663 0.156604783 0.156604783 0.235591868 0.397263463 0.644716494 "
            "0.644716494 0.725163941 0.882618848"
        ),
    ),
    "wide": (
        [1, 10, 100, 1_000, 1_200, 1_300],
        2,
        "0.000533271 0.005306337 0.051559148 0.543110297 0.670525212 0.728965734",
    ),
    "nine-of-ten": (
        [90, 91, 92, 93, 94, 95, 96, 97, 98, 99],
        9,
        (
            "0.856525826 0.866293741 0.876014775 0.885692696 0.895331333 0.904934599 0.914506508 "
            "0.924051201 0.933572980 0.943076341"
        ),
    ),
}


@pytest.mark.parametrize(("sizes", "n", "expected"), GOLDEN.values(), ids=GOLDEN)
def test_inclusion_is_what_enumeration_finds(sizes, n, expected):
    found = chances.inclusion(sizes, n)
    assert found == pytest.approx(
        enumerated([n * size / (sum(sizes) - n * size) for size in sizes], n), rel=1e-12, abs=1e-14
    )
    assert " ".join(f"{chance:.9f}" for chance in found) == expected


@given(frames(most=7))
def test_inclusion_is_what_enumeration_finds_in_any_small_frame(frame):
    sizes, n = frame
    certain, _ = selected(sizes, n, ["0" * 64] * len(sizes))
    left = [i for i, size in enumerate(sizes) if size and i not in certain]
    n_left, total = n - len(certain), sum(sizes[i] for i in left)
    expected = dict.fromkeys(certain, 1.0)
    if n_left:
        odds = [n_left * sizes[i] / (total - n_left * sizes[i]) for i in left]
        expected.update(zip(left, enumerated(odds, n_left), strict=True))
    assert chances.inclusion(sizes, n) == pytest.approx(
        [expected.get(i, 0.0) for i in range(len(sizes))], rel=1e-9, abs=1e-13
    )


@pytest.mark.parametrize("ratio", [2, 3, 50])
def test_inclusion_of_two_units_in_closed_form(ratio):
    p = F(ratio, ratio + 1)
    x = float((p / (1 - p)) ** 2)  # ratio of the odds
    assert chances.inclusion([ratio, 1], 1)[0] == pytest.approx(
        x / (x - 1) - x * math.log(x) / (x - 1) ** 2, abs=1e-14
    )


@given(st.integers(1, 10**12), st.integers(1, 300), st.data())
def test_equal_sizes_have_their_share_exactly(size, count, data):
    n = data.draw(st.integers(0, count))
    assert chances.inclusion([size, 0] * count, n) == [n / count, 0.0] * count
    assert chances.declared([size, 0] * count, n) == [F(n, count), F(0)] * count


@given(frames(most=60, largest=10**6))
@example(([1, 10**6, 10**6 + 5], 1))
@example(([10**9, 1, 1], 1))
@example(([1] * 50 + [10**6] * 3, 4))
@example(([999, 1_000], 1))
def test_inclusion_and_declared_sum_to_n(frame):
    sizes, n = frame
    found, told = chances.inclusion(sizes, n), chances.declared(sizes, n)
    assert math.fsum(found) == pytest.approx(n, abs=1e-11) and sum(told) == n
    assert all(
        0 < chance <= 1 if n and size else chance == 0
        for chance, size in zip(told, sizes, strict=True)
    )
    by_size = [chance for _, chance in sorted(zip(sizes, found, strict=True))]
    assert all(a <= b + 1e-12 for a, b in itertools.pairwise(by_size))


@pytest.mark.parametrize(
    ("count", "n", "spread"),
    [(150, 1, 100), (150, 75, 1.9), (150, 149, 1.001), (600, 30, 15), (600, 200, 2.5)],
    ids=["one", "half", "all-but-one", "few", "third"],
)
def test_inclusion_sums_to_n_in_larger_frames(count, n, spread):
    source = random.Random(count + n)
    sizes = [source.randint(1_000, int(1_000 * spread)) for _ in range(count)]
    assert math.fsum(chances.inclusion(sizes, n)) == pytest.approx(n, abs=1e-10)


DRAWN = {
    "one-of-five": ([36, 1, 1, 1, 1], 1),
    "two-of-six": ([1, 2, 3, 4, 5, 0, 6], 2),
    "with-certainty": ([40, 1, 2, 3, 3], 2),
    "calibrated": (chances.calibrate([F(9, 10)] + [F(1, 40)] * 4, 1), 1),
}


@pytest.mark.parametrize(("sizes", "n"), DRAWN.values(), ids=DRAWN)
def test_real_draws_have_the_integrated_chances(sizes, n):
    draws, hits = 20_000, [0] * len(sizes)
    for draw in range(draws):
        tickets = [protocol.ticket(SEED, "target", f"{draw}-{i}", "") for i in range(len(sizes))]
        for i in set().union(*selected(sizes, n, tickets)):
            hits[i] += 1
    for hit, chance in zip(hits, chances.inclusion(sizes, n), strict=True):
        assert abs(hit - draws * chance) <= 4.5 * math.sqrt(draws * chance * (1 - chance))


# --- declared -------------------------------------------------------------------------------------


CASCADE = {
    "one-round": ([0, 1, 1, 6], 2, [0, F(1, 2), F(1, 2), 1]),
    "two-rounds": ([1, 1, 4, 20], 2, [F(1, 6), F(1, 6), F(2, 3), 1]),
    "one-after-another": ([1, 1, 10, 100], 3, [F(1, 2), F(1, 2), 1, 1]),
    "nothing-drawn": ([3, 4], 0, [0, 0]),
    "all": ([3, 0, 4], 2, [1, 0, 1]),
    "only-one": ([7], 1, [1]),
    "nothing-to-draw": ([0, 0], 0, [0, 0]),
    "empty": ([], 0, []),
}


@pytest.mark.parametrize(("sizes", "n", "expected"), CASCADE.values(), ids=CASCADE)
def test_declared_chances(sizes, n, expected):
    assert chances.declared(sizes, n) == expected
    assert [chance == 1 for chance in chances.inclusion(sizes, n)] == [
        chance == 1 for chance in expected
    ]


@given(frames())
def test_declared_and_protocol_agree_on_what_is_certain(frame):
    sizes, n = frame
    certain, _ = selected(sizes, n, ["0" * 64] * len(sizes))
    assert {i for i, chance in enumerate(chances.declared(sizes, n)) if chance == 1} == certain


@pytest.mark.parametrize(("sizes", "n"), [([1, -1], 1), ([1, 2], -1)])
def test_negative_sizes_and_numbers_are_refused(sizes, n):
    for function in (chances.declared, chances.inclusion):
        with pytest.raises(ProtocolError, match="不能为负"):
            function(sizes, n)


# --- calibration ----------------------------------------------------------------------------------


def check_calibrated(told: list[Fraction], n: int, tolerance: float = 1e-4) -> list[int]:
    """Sizes that hold all that is promised; their chances are the declared ones within
    ``tolerance`` and one unit of SCALE.
    """
    sizes = chances.calibrate(told, n)
    for chance, size, found in zip(told, sizes, chances.inclusion(sizes, n), strict=True):
        assert abs(found - chance) <= tolerance * chance + 1 / SCALE
        assert (size == 0) == (chance == 0) and (size == SCALE) == (chance == 1)
    assert {i for i, chance in enumerate(told) if chance == 1} == selected(
        sizes, n, ["0" * 64] * len(sizes)
    )[0]
    assert len(set(zip(told, sizes, strict=True))) == len(set(told))
    assert (
        sum(size for size in sizes if size < SCALE)
        <= sum(chance for chance in told if chance < 1) * SCALE
    )
    return sizes


@given(frames())
@example(([1, 2], 1))
@example(([40_000, 1], 1))
@example(([200, 1, 1, 1, 3, 0, 5], 2))
def test_calibrated_sizes_give_the_declared_chances(frame):
    sizes, n = frame
    check_calibrated(chances.declared(sizes, n), n)


tiny = F(1, 10**11)
HARD = {
    "near-certainty": [F(9, 10)] + [F(1, 40)] * 4,
    "one-of-five": [F(1, 15), F(2, 15), F(3, 15), F(4, 15), F(5, 15)],
    "all-but-certain": [1 - tiny, F(1, 2), F(1, 2) + tiny],
    "several-all-but-certain": [1 - tiny] * 3 + [3 * tiny / 7] * 7,
    "beside-certain-ones": [F(1)] * 2 + [1 - tiny] * 3 + [3 * tiny / 7 + F(1, 7)] * 7 + [F(0)],
    "small": [F(1, 10**6), F(2, 10**6), F(1, 2), F(1, 2) - F(3, 10**6)],
    "below-one-unit": [F(1, 10**12), F(1, 3), F(2, 3) - F(1, 10**12)],
    "equal": [F(2, 7)] * 7,
    "all": [F(1), F(0), F(1)],
    "none": [F(0)] * 3,
    "single": [F(1)],
    "empty": [],
}


@pytest.mark.parametrize("told", HARD.values(), ids=HARD)
def test_hard_chances_are_calibrated(told):
    check_calibrated(told, int(sum(told)))


def test_calibration_of_the_hard_case_is_good_to_eight_places():
    told = HARD["near-certainty"]
    assert chances.inclusion(chances.calibrate(told, 1), 1) == pytest.approx(
        [float(chance) for chance in told], abs=1e-8
    )


@pytest.mark.parametrize(
    ("told", "n"),
    [([F(1, 2)], 1), ([F(3, 2), F(1, 2)], 2), ([F(-1, 2), F(1, 2)], 0), ([F(1, 3), F(1, 3)], 1)],
    ids=["too-few", "above-1", "negative", "no-sum"],
)
def test_what_are_no_chances_is_refused(told, n):
    with pytest.raises(ProtocolError, match="合计等于抽取户数"):
        chances.calibrate(told, n)


def test_a_calibration_that_does_not_end_is_refused(monkeypatch):
    monkeypatch.setattr(chances, "STEPS", 3)
    with pytest.raises(ProtocolError, match="3 步未收敛"):
        chances.calibrate(HARD["near-certainty"], 1)


def test_a_calibration_that_misses_is_refused(monkeypatch):
    monkeypatch.setattr(chances, "TOLERANCE", 0.01)
    with pytest.raises(ProtocolError, match=r"应为 0\.\d{9}，实为 0\.\d{9}"):
        chances.calibrate(HARD["near-certainty"], 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "n", "spread"), [(200, 10, 15), (200, 150, 1.3), (2_000, 100, 18), (2_000, 400, 4)]
)
def test_large_frames_are_calibrated(count, n, spread):
    source = random.Random(count + n)
    told = chances.declared([source.randint(1_000, int(1_000 * spread)) for _ in range(count)], n)
    check_calibrated(told, n, tolerance=1e-6)


# --- bound ----------------------------------------------------------------------------------------


def deviation(sizes: list[int], n: int) -> float:
    """Largest relative deviation of the actual from the declared chances, in units of the bound."""
    told = chances.declared(sizes, n)
    off = [
        abs(found / float(chance) - 1)
        for found, chance in zip(chances.inclusion(sizes, n), told, strict=True)
        if chance
    ]
    return max(off, default=0.0) / float(chances.bound(told) or 1)


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 10**6)), min_size=1, max_size=5),
    st.data(),
)
def test_the_bound_holds(groups, data):
    sizes = [size for count, size in groups for _ in range(count)]
    assert deviation(sizes, data.draw(st.integers(0, len(sizes)))) <= 0.2


BOUNDED = {
    "two-sizes": ([100] * 60 + [1] * 240, 60),
    "a-giant": ([1_000] * 1 + [1] * 300, 1),
    "near-all": ([10] * 100 + [7] * 20, 100),
    # the worst of 3 300 frames: 0.141
    "few-units-decide": ([2_020] * 114 + [3_839] * 3 + [932_813] * 3, 3),
    "three-thousand": ([1, 2, 3, 5, 8, 12] * 500, 150),
}


@pytest.mark.parametrize(("sizes", "n"), BOUNDED.values(), ids=BOUNDED)
def test_the_bound_holds_for_more_than_a_hundred_units(sizes, n):
    assert deviation(sizes, n) <= 0.15


def test_the_bound_is_exact():
    assert chances.bound([F(1, 2), F(1, 2), F(1), F(0)]) == 2
    assert chances.bound([F(1), F(0)]) == 0


# --- simulation -----------------------------------------------------------------------------------


@given(
    st.lists(frames(most=9), min_size=1, max_size=3),
    st.integers(0, 6),
    st.randoms(use_true_random=False),
)
def test_simulated_draws_are_those_of_the_protocol(drawn, draws, source):
    count = 12
    strata = [Stratum(source.sample(range(count), len(sizes)), sizes, n) for sizes, n in drawn]
    numbers = np.random.PCG64(chances.SIMULATION).random_raw(draws * count).reshape(
        draws, count
    ) >> np.uint64(12)
    expected = [0] * count
    for row in numbers.tolist():
        assert max(row) < M
        visited = set()
        for targets, sizes, n in strata:
            certain, others = selected(sizes, n, [f"{row[t]:013x}".ljust(64, "0") for t in targets])
            visited |= {targets[i] for i in certain | others}
        for target in visited:
            expected[target] += 1
    assert chances.simulate(strata, count, draws) == expected


def test_simulation_does_not_depend_on_how_it_is_cut(monkeypatch):
    strata = [Stratum([0, 1, 2, 3, 4], [5, 1, 1, 2, 0], 2), Stratum([4, 5, 0], [1, 1, 1], 1)]
    whole = chances.simulate(strata, 7, 1_000)
    monkeypatch.setattr(chances, "CELLS", 50)
    assert chances.simulate(strata, 7, 1_000) == whole
    assert whole[6] == 0 and chances.simulate([], 2, 10) == [0, 0]


def test_simulated_frequencies_are_the_integrated_chances():
    sizes, draws = [1, 2, 3, 4, 5, 30], 50_000
    for hit, chance in zip(
        chances.simulate([Stratum([0, 1, 2, 3, 4, 5], sizes, 2)], 6, draws),
        chances.inclusion(sizes, 2),
        strict=True,
    ):
        assert abs(hit - draws * chance) <= 4.5 * math.sqrt(draws * chance * (1 - chance))


# --- the benchmark's second implementation --------------------------------------------------------


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("draw", ROOT / "benchmarks" / "draw.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


names = st.text(st.sampled_from("AB0-样例"), min_size=1, max_size=70)


@given(st.dictionaries(names, st.integers(0, 1_000), min_size=1, max_size=40), st.data())
def test_the_fast_draw_is_the_protocols(bench, units, data):
    n = data.draw(st.integers(0, sum(size > 0 for size in units.values())))
    frame = bench.Frame(
        SEED,
        list(units),
        [hashlib.sha256(i.encode()).hexdigest() for i in units],
        list(units.values()),
        n,
    )
    expected = bench.reference(frame)
    assert bench.with_hashlib(frame) == expected


@given(st.dictionaries(names, st.integers(0, 1_000), min_size=1, max_size=40), st.data())
def test_the_draw_in_lanes_is_the_protocols(bench, units, data):
    pytest.importorskip(
        "numba", reason="numba is no dependency; the benchmark says how to install it"
    )
    n = data.draw(st.integers(0, sum(size > 0 for size in units.values())))
    frame = bench.Frame(
        SEED,
        list(units),
        [hashlib.sha256(i.encode()).hexdigest() for i in units],
        list(units.values()),
        n,
    )
    assert bench.with_lanes(frame)() == bench.reference(frame)


def test_the_fast_draw_lets_integers_settle_what_floats_cannot(bench):
    ids = [f"T{i}" for i in range(60)]
    frame = bench.Frame(SEED, ids, ["00"] * 60, [3, 5] * 30, 20)
    ready, far = bench.prepare(frame), np.full(60, M - 1, dtype=np.uint64)
    far[:30] = np.arange(30) // 3  # keys that tie, or differ by less than one before rounding down
    expected = sorted(
        range(60), key=lambda i: bench._order(frame, i, int(far[i]), ready.n, ready.total)
    )[:20]
    assert bench.select_fast(frame, ready, far) == ([], [ids[i] for i in expected])


def test_the_fast_draws_inner_state_is_that_of_sha_256(bench):
    """One block by hand: FIPS 180-4 padding of a short message."""
    for message in (b"", b"abc", "样例".encode()):
        block = message + b"\x80" + bytes(55 - len(message)) + (8 * len(message)).to_bytes(8, "big")
        assert (
            b"".join(word.to_bytes(4, "big") for word in bench.block_state(block))
            == hashlib.sha256(message).digest()
        )
