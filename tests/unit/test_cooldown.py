"""Cool-down: golden values by hand, bounds over many rounds, the average of 1, edges."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssj.cooldown import MILLION, UNIT, History, after, blocked, factor, factors, seen

FIFTH, QUARTER = Fraction(1, 5), Fraction(1, 4)

# λ = u = 1/5, ε = 1/4, K = 4, by hand. p before the round, k, f_1 … f_4 and "older".
# Round 3: H = 0.39, (1 − 0.39/4)/0.61 = 1.479508. Round 4: 0.5705 > ½, so k = 2; then p_4 = 0.1805 (1 − 1.479508/5).
GOLDEN = (
    ((0, 0, 0, 0), 4, (250_000,) * 4 + (1_000_000,)),
    ((200_000_000_000, 0, 0, 0), 4, (250_000,) * 4 + (1_187_500,)),
    ((200_000_000_000, 190_000_000_000, 0, 0), 4, (250_000,) * 4 + (1_479_508,)),
    ((200_000_000_000, 190_000_000_000, 180_500_000_000, 0), 2, (250_000, 250_000, 1_479_508, 1_479_508, 1_479_508)),
    ((200_000_000_000, 190_000_000_000, 180_500_000_000, 127_089_761_200), 2, (250_000, 250_000, 1_479_508, 1_479_508, 1_479_508)),
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
    "a raised chance may become just 1": (Fraction(16, 19), QUARTER, OF, 1, (250_000,) + (1_187_500,) * 3),
    "… and not more": (Fraction(16, 19) + Fraction(1, UNIT), QUARTER, OF, 0, (MILLION,) * 4),
    "half of the visits may be blocked": (FIFTH, QUARTER, (UNIT // 2, 0, 1), 2, (250_000,) * 2 + (1_750_000,) * 2),
    "… and not more than half": (FIFTH, QUARTER, (UNIT // 2 + 1, 0, 0), 0, (MILLION,) * 4),
    "a chance of 0": (Fraction(0), QUARTER, OF, 2, (250_000,) * 2 + (1_479_508,) * 2),
    "no memory": (FIFTH, QUARTER, (), 0, (MILLION,)),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges(name):
    largest, epsilon, recent, k, expected = EDGES[name]
    assert blocked(History(0, recent), largest, epsilon) == k
    assert factors(History(0, recent), largest, epsilon) == expected


@pytest.mark.parametrize(("last", "expected"), [(0, 1_479_508), (1, 250_000), (2, 250_000), (3, 1_479_508)])
def test_own_factor_follows_the_real_last_visit(last, expected):
    assert factor(History(last, OF), FIFTH, QUARTER) == expected


chance = st.fractions(0, 1, max_denominator=10**6)
rounds = st.lists(st.tuples(chance, chance, st.booleans()), max_size=40)


@given(st.integers(0, 8), rounds, st.fractions(Fraction(1, 10**6), 1, max_denominator=10**6))
def test_over_many_rounds_probabilities_stay_probabilities_and_the_mean_factor_is_1(memory, rounds, epsilon):
    history = History.never(memory)
    for largest, designed, visited in rounds:
        given_, own = factors(history, largest, epsilon), factor(history, largest, epsilon)
        mean = sum(Fraction(p * f, UNIT) for p, f in zip((*history.recent, history.older), given_, strict=True))
        assert abs(mean - MILLION) <= Fraction(1, 2)  # millionths
        assert own in given_ and min(given_) > 0
        assert largest * max(given_) <= MILLION + 1
        history = seen(after(history, designed, given_), visited)
        assert min((*history.recent, history.older)) >= 0 and 0 <= history.last <= memory
        assert history.recent[:1] == (int(UNIT * designed),)[:memory]
        assert History.from_json(history.as_json()) == history


@given(st.integers(1, 8), rounds)
def test_epsilon_of_1_leaves_every_factor_at_1(memory, rounds):
    history = History.never(memory)
    for largest, designed, visited in rounds:
        assert set(factors(history, largest, Fraction(1))) == {MILLION}
        history = seen(after(history, designed, (MILLION,) * (memory + 1)), visited)


@given(st.integers(1, 8), chance, rounds)
def test_designed_probabilities_do_not_depend_on_what_was_drawn(memory, largest, rounds):
    one = other = History.never(memory)
    for _, designed, visited in rounds:
        one = seen(after(one, designed, factors(one, largest, QUARTER)), visited)
        other = seen(after(other, designed, factors(other, largest, QUARTER)), not visited)
        assert one.recent == other.recent


def test_what_is_older_than_the_memory_is_forgotten():
    history = History(0, (0, 0, 0))
    lasts = []
    for visited in (True, False, False, False, False, True, True):
        history = seen(history, visited)
        lasts.append(history.last)
    assert lasts == [1, 2, 3, 0, 0, 1, 1]
    assert seen(History.never(0), True) == History.never(0)


def test_a_probability_of_any_visit_above_the_largest_chance_cannot_exceed_the_whole():
    history = after(History(0, (UNIT // 2, 0)), Fraction(9, 10), (250_000, 250_000, 1_750_000))
    assert history.recent == (9 * UNIT // 10, UNIT // 10)  # of the 0.3875 that are left of p_1 only 0.1 fit
    assert after(History(0, (UNIT // 2, UNIT // 2)), Fraction(1), (2_000_000,) * 3).recent == (UNIT, 0)


BAD = {
    "negative probability": lambda: History(0, (-1, 0)),
    "more than everything": lambda: History(0, (UNIT, 1)),
    "beyond the memory": lambda: History(3, (0, 0)),
    "a float": lambda: History(0, (0.5, 0)),
    "a boolean": lambda: History(True, (0, 0)),
    "a key too many": lambda: History.from_json({"last": 0, "recent": [0], "older": 1}),
    "no list": lambda: History.from_json({"last": 0, "recent": "00"}),
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
