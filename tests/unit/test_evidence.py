"""E-values: means of exactly 1, shares of the false-alarm rate, the bound on alarms for ever."""

from __future__ import annotations

from fractions import Fraction
from math import inf

import numpy as np
import pytest

from ssj.audit import evidence
from ssj.audit.evidence import Evidence


@pytest.mark.parametrize("odds", [0.0, 0.1, 0.25, 4.0, 20.0, inf])
@pytest.mark.parametrize("chance", [0.001, 0.05, 0.5, 0.93])
def test_a_draw_has_an_e_value_of_mean_one(odds, chance):
    drawn, not_drawn = (evidence.of_chance(odds, chance, drawn) for drawn in (True, False))
    assert chance * drawn + (1 - chance) * not_drawn == pytest.approx(1, abs=1e-12)
    assert min(drawn, not_drawn) >= 0 and (drawn > not_drawn) == (odds > 1)


def test_never_drawn_is_one_over_its_probability():
    chances = [0.9, 0.5, 0.2]
    product = np.prod([evidence.of_chance(0, c, False) for c in chances])
    assert product == pytest.approx(1 / (0.1 * 0.5 * 0.8))


def test_redrawn_statistics_have_e_values_of_mean_one():
    """Whichever of the exchangeable draws is the real one: the mean over them is 1 exactly."""
    values = np.array([3.0, 5.0, 5.0, 6.0, 11.0])
    tilts = (0.5, 2.0, -1.0)
    each = [evidence.of_redrawn(np.roll(values, k), tilts) for k in range(len(values))]
    assert np.mean(each, axis=0) == pytest.approx([1, 1, 1])
    largest = evidence.of_redrawn(np.array([11.0, 3.0, 5.0, 5.0, 6.0]), tilts)
    assert largest[0] > 1 and largest[1] > largest[0] and largest[2] < 1


def test_what_cannot_differ_says_nothing():
    assert evidence.of_redrawn(np.array([4.0, 4.0, 4.0]), (1.0, -1.0)) == [1.0, 1.0]
    assert evidence.of_redrawn(np.array([4.0]), (1.0,)) == [1.0]


def test_shares_never_sum_to_more_than_one():
    own = Evidence(0.5, [1.0])
    for batch in (["a", "b"], ["a"], ["c"], ["d", "e", "e"], ["b", "f"]):
        own.enter(batch)
    shares = {m: Fraction(known.share).limit_denominator(1000) for m, known in own.members.items()}
    assert shares == {
        "a": Fraction(1, 4),
        "b": Fraction(1, 4),
        "c": Fraction(1, 6),
        "d": Fraction(1, 24),
        "e": Fraction(1, 24),
        "f": Fraction(1, 20),
    }
    assert sum(shares.values()) < 1


def test_the_alarm_says_when_it_was_due_first_and_stays():
    own = Evidence(0.1, [0.5, 0.5])
    own.enter(["a"])  # half of the rate: an alarm from 20 on
    for when, factors in (("R1", (5, 0)), ("R2", (6, 1)), ("R3", (2, 1)), ("R4", (0.01, 0))):
        own.add("a", factors, 0.5, 1, when)
    member = own.members["a"]
    assert (member.largest, member.reached, list(own.alarms())) == (30.0, "R3", ["a"])
    assert (member.expected, member.seen) == (2.0, 4.0)


def test_alarms_strongest_first():
    own = Evidence(0.5, [1.0])
    own.enter(["a", "b", "c"])
    for member, factor in (("a", 13), ("b", 3), ("c", 1000)):
        own.add(member, [factor], 0, 0, "R1")
    assert list(own.alarms()) == ["c", "a"]


def test_products_stay_numbers():
    """A firm that was drawn against all odds for ever, and then once is not."""
    own = Evidence(0.5, [0.5, 0.5])
    own.enter(["a"])
    for n in range(200):
        own.add("a", [evidence.of_chance(o, 1e-3, n < 199) for o in (4.0, inf)], 0, 1, f"R{n}")
    assert np.isfinite(own.members["a"].products).all() and own.members["a"].products[1] == 0


def test_the_bound_holds_and_is_no_empty_one():
    """Coins that are thrown for 60 rounds: the alarm is ever given in at most one life of ten, and
    in some: by the counts of heads, all of them, weighted with their probabilities.
    """
    rounds, level = 60, 0.1
    ever = [0.0] * (rounds + 1)  # probability of heads so far, without an alarm yet
    ever[0] = 1.0
    alarmed = 0.0
    for n in range(1, rounds + 1):
        after = [0.0] * (rounds + 1)
        for heads, p in enumerate(ever):
            for more in (0, 1):
                if p:
                    after[heads + more] += p / 2
        for heads, p in enumerate(after):
            value = np.mean(
                [
                    evidence.of_chance(odds, 0.5, True) ** heads
                    * evidence.of_chance(odds, 0.5, False) ** (n - heads)
                    for odds in (0.25, 4.0)
                ]
            )
            if p and value >= 1 / level:
                alarmed, after[heads] = alarmed + p, 0.0
        ever = after
    assert 0.03 < alarmed <= level
    assert sum(ever) + alarmed == pytest.approx(1)
