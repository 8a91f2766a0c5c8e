"""Cool-down: golden values by hand, bounds over many rounds, the average of 1, edges."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssj.draw.cooldown import MILLION, UNIT, History, after, blocked, factor, factors

FIFTH, QUARTER, HALF = Fraction(1, 5), Fraction(1, 4), Fraction(1, 2)

# λ = u = 1/5, ε = 1/4, K = 4, by hand. p before the round, k, f_1 … f_4 and "older".
# Round 3: H = 0.39, (1 − 0.39/4)/0.61 = 1.479508. Round 4: 0.5705 > 0.51, so k = 2; then p_4 =
# 0.1805 (1 − 1.479508/5).
GOLDEN = (
    ((0, 0, 0, 0), 4, (250_000,) * 4 + (1_000_000,)),
    ((200_000_000_000, 0, 0, 0), 4, (250_000,) * 4 + (1_187_500,)),
    ((200_000_000_000, 190_000_000_000, 0, 0), 4, (250_000,) * 4 + (1_479_508,)),
    (
        (200_000_000_000, 190_000_000_000, 180_500_000_000, 0),
        2,
        (250_000, 250_000, 1_479_508, 1_479_508, 1_479_508),
    ),
    (
        (200_000_000_000, 190_000_000_000, 180_500_000_000, 127_089_761_200),
        2,
        (250_000, 250_000, 1_479_508, 1_479_508, 1_479_508),
    ),
)


def test_five_rounds_by_hand():
    history = History.never(4)
    for recent, k, expected in GOLDEN:
        assert history.recent == recent
        assert blocked(history, FIFTH, QUARTER) == k
        assert factors(history, FIFTH, QUARTER) == expected
        history = after(history, FIFTH, expected)


OF = (200_000_000_000, 190_000_000_000, 180_500_000_000)
EDGES = {  # largest chance, ε, recent → k, factors
    "a chance of 1 stays 1": (Fraction(1), QUARTER, OF, 0, (MILLION,) * 4),
    "ε = 1: independent rounds": (FIFTH, Fraction(1), OF, 2, (MILLION,) * 4),
    "close to 1 nothing can be blocked": (Fraction(9, 10), QUARTER, OF, 0, (MILLION,) * 4),
    "a raised chance may become just 1": (
        Fraction(16, 19),
        QUARTER,
        OF,
        1,
        (250_000,) + (1_187_500,) * 3,
    ),
    "… and not more": (Fraction(16, 19) + Fraction(1, UNIT), QUARTER, OF, 0, (MILLION,) * 4),
    "a class drawn at one half is blocked": (
        HALF,
        QUARTER,
        (UNIT // 2, 0, 1),
        3,
        (250_000,) * 3 + (1_750_000,),
    ),
    "… whatever the noise of its simulated chance": (
        HALF,
        QUARTER,
        (505_000_000_000, 0, 0),
        3,
        (250_000,) * 3 + (1_765_152,),
    ),
    "51 % of the visits may be blocked": (
        FIFTH,
        QUARTER,
        (510_000_000_000, 0, 1),
        2,
        (250_000,) * 2 + (1_780_612,) * 2,
    ),
    "… and not a trillionth more": (FIFTH, QUARTER, (510_000_000_001, 0, 0), 0, (MILLION,) * 4),
    "the others' factor at its highest": (
        FIFTH,
        Fraction(1, MILLION),
        (510_000_000_000,),
        1,
        (1, 2_040_815),
    ),
    "a chance of 0": (Fraction(0), QUARTER, OF, 2, (250_000,) * 2 + (1_479_508,) * 2),
    "no memory": (FIFTH, QUARTER, (), 0, (MILLION,)),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges(name):
    largest, epsilon, recent, k, expected = EDGES[name]
    assert blocked(History(0, recent), largest, epsilon) == k
    assert factors(History(0, recent), largest, epsilon) == expected


@pytest.mark.parametrize(
    ("last", "expected"), [(0, 1_479_508), (1, 250_000), (2, 250_000), (3, 1_479_508)]
)
def test_own_factor_follows_the_real_last_visit(last, expected):
    assert factor(History(last, OF), FIFTH, QUARTER) == expected


chance = st.fractions(0, 1, max_denominator=10**6)
rounds = st.lists(st.tuples(chance, chance), max_size=40)


@given(st.integers(0, 8), rounds, st.fractions(Fraction(1, 10**6), 1, max_denominator=10**6))
def test_over_many_rounds_probabilities_stay_probabilities_and_the_mean_factor_is_1(
    memory, rounds, epsilon
):
    history = History.never(memory)
    for largest, designed in rounds:
        given_ = factors(history, largest, epsilon)
        mean = sum(
            Fraction(p * f, UNIT)
            for p, f in zip((*history.recent, UNIT - sum(history.recent)), given_, strict=True)
        )
        assert abs(mean - MILLION) <= Fraction(1, 2)  # millionths
        assert min(given_) > 0 and max(given_) < 2_050_000
        assert largest * max(given_) <= MILLION + 1
        history = after(history, designed, given_)
        assert history.recent[:1] == (int(UNIT * designed),)[:memory]


@given(st.integers(1, 8), rounds)
def test_epsilon_of_1_leaves_every_factor_at_1(memory, rounds):
    history = History.never(memory)
    for largest, designed in rounds:
        assert set(factors(history, largest, Fraction(1))) == {MILLION}
        history = after(history, designed, (MILLION,) * (memory + 1))


@given(st.integers(1, 8), chance, chance, st.data())
def test_designed_probabilities_do_not_depend_on_what_was_drawn(memory, largest, designed, data):
    history = History.never(memory)
    for _ in range(memory):
        given_, other = (
            factors(history, largest, QUARTER),
            History(data.draw(st.integers(0, memory)), history.recent),
        )
        history = after(history, designed, given_)
        assert factors(other, largest, QUARTER) == given_
        assert after(other, designed, given_).recent == history.recent


def test_a_probability_of_any_visit_above_the_largest_chance_cannot_exceed_the_whole():
    history = after(History(0, (UNIT // 2, 0)), Fraction(9, 10), (250_000, 250_000, 1_750_000))
    # of the 0.3875 that are left of p_1 only 0.1 fit
    assert history.recent == (9 * UNIT // 10, UNIT // 10)
    assert after(History(0, (UNIT // 2, UNIT // 2)), Fraction(1), (2_000_000,) * 3).recent == (
        UNIT,
        0,
    )


BAD = {
    "negative probability": lambda: History(0, (-1, 0)),
    "more than everything": lambda: History(0, (UNIT, 1)),
    "beyond the memory": lambda: History(3, (0, 0)),
    "a float": lambda: History(0, (0.5, 0)),
    "a boolean": lambda: History(True, (0, 0)),
    "ε of 0 excludes": lambda: factors(History.never(2), FIFTH, Fraction(0)),
    "ε above 1 favours the visited": lambda: factors(History.never(2), FIFTH, Fraction(3, 2)),
    "chance above 1": lambda: factors(History.never(2), Fraction(3, 2), QUARTER),
    "designed above 1": lambda: after(History.never(2), Fraction(3, 2), (MILLION,) * 3),
    "factors of another memory": lambda: after(History.never(2), FIFTH, (MILLION,) * 2),
}


@pytest.mark.parametrize("name", BAD)
def test_refused(name):
    with pytest.raises(ValueError, match="no history|a chance lies|a probability of"):
        BAD[name]()
