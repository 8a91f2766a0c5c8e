"""The proof's experiments on small numbers, its copy of the selection against the protocol, and the
notebook itself.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from conftest import DEEP, ROOT
from hypothesis import given
from hypothesis import strategies as st
from warm import executed, shown

from ssj import protocol
from ssj.base.errors import SsjError
from ssj.draw import chances, simulated
from ssj.proof import experiments, many_rounds
from ssj.proof.many_rounds import Rules

NOTEBOOK = ROOT / "notebooks" / "8_proof.ipynb"


def small_county() -> experiments.County:
    """Classes A (14 targets) and D (2): X draws half of A and all of D, Y a fifth of all with D
    eight times as likely.
    """
    return experiments.County(
        ("A", "D"),
        np.array([1, 8]),
        np.array([0] * 14 + [1] * 2),
        (
            experiments.Task("X", np.arange(16), {"A": "0.3", "D": "1"}, np.ones(16, int)),
            experiments.Task("Y", np.arange(4, 16), {"*": "0.2"}, np.ones(12, int)),
        ),
    )


@pytest.fixture(scope="module")
def county() -> experiments.County:
    return small_county()


@pytest.fixture(scope="module")
def sample() -> experiments.County:
    return experiments.county(ROOT, "2021Q4")


units = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, protocol.M - 1)),
    min_size=1,
    max_size=8,
    unique_by=lambda u: u[1],
)


@given(st.lists(units, min_size=1, max_size=3), st.integers(1, 10))
def test_drawing_many_at_once_is_the_protocols_selection(replications, tenths):
    width = max(map(len, replications))
    sizes, tickets = np.zeros((len(replications), width), int), np.zeros((len(replications), width))
    for row, members in enumerate(replications):
        for i, (size, ticket) in enumerate(members):
            sizes[row, i], tickets[row, i] = size, ticket
    ns = np.array(
        [protocol.sample_size(f"{tenths // 10}.{tenths % 10}", count) for count in range(width + 1)]
    )
    chance, drawn = simulated.draw(sizes, ns, many_rounds._odds(tickets))
    for row, members in enumerate(replications):
        n = int(ns[np.count_nonzero(sizes[row])])
        certain, by_ticket = protocol.select(
            [
                protocol.Unit(str(i), size, f"{ticket:013x}")
                for i, (size, ticket) in enumerate(members)
            ],
            n,
        )
        assert sorted(map(str, np.flatnonzero(drawn[row]))) == sorted(certain + by_ticket)
        assert chance[row].tolist() == pytest.approx(
            [float(c) for c in chances.declared(sizes[row].tolist(), n)]
        )


# --- frequencies ---


def test_chi_square_is_pearsons_where_one_is_drawn():
    declared, hits = [Fraction(9, 10)] + [Fraction(1, 40)] * 4, [880, 30, 30, 40, 20]
    pearson = sum(
        (h - 1000 * float(c)) ** 2 / (1000 * float(c)) for c, h in zip(declared, hits, strict=True)
    )
    assert experiments.chi_square(declared, hits, 1000) == pytest.approx(pearson, rel=1e-6)


def test_chi_square_with_equal_sizes_divides_by_the_exact_covariance():
    hits = [310, 290, 305, 295]
    usual = sum((h - 300) ** 2 / (1000 * 0.3 * 0.7) for h in hits)
    assert experiments.chi_square([Fraction(3, 10)] * 4, hits, 1000) == pytest.approx(usual * 3 / 4)


def test_chi_square_leaves_out_certain_and_excluded_units():
    free = [Fraction(1, 2)] * 2
    assert experiments.chi_square(free, [60, 40], 100) == pytest.approx(4)
    assert experiments.chi_square(
        [*free, Fraction(1), Fraction(0)], [60, 40, 100, 0], 100
    ) == experiments.chi_square(free, [60, 40], 100)


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(4, 18.467), (10, 29.588), (30, 59.703), (100, 149.449)]
)
def test_upper_end_is_the_chi_square_quantile(freedom, quantile):
    # 99.9 %, from tables
    assert experiments.upper(freedom, 3.0902) == pytest.approx(quantile, rel=0.015)


def test_calibrated_frames_hold_and_the_near_certain_one_fails_without():
    rows = experiments.frequencies(experiments.trials(experiments.FRAMES, 20_000))
    assert [row["holds"] for row in rows] == [True] * 5
    assert [row["certain"] for row in rows] == [0, 0, 2, 0, 0]
    assert (
        rows[1]["off_before"] > 50
        and rows[1]["chi_before"] > 10 * rows[1]["limit"]
        and rows[1]["off_after"] < Decimal("0.1")
    )
    # equal sizes need no calibration
    assert (rows[3]["off_before"], rows[3]["chi_before"]) == (0, rows[3]["chi_after"])


def test_a_frame_of_certain_units_has_no_chi_square():
    [row] = experiments.frequencies(experiments.trials({"all": ([1, 1, 1], 3)}, 100))
    assert (row["certain"], row["chi_after"], row["limit"], row["holds"]) == (3, None, None, True)


def test_a_chance_that_is_not_the_declared_one_is_noticed():
    trial = experiments.trials({"five": ([8, 4, 2, 1, 1], 1)}, 20_000)[0]
    wrong = trial._replace(declared=[Fraction(1, 5)] * 5)
    assert experiments.frequencies([wrong])[0]["holds"] is False
    assert experiments.frequencies([trial._replace(after=trial.before)])[0]["holds"] is False


def test_by_unit_is_in_percent():
    rows = experiments.by_unit(experiments.trials({"two": ([1, 1], 1)}, 100)[0])
    assert rows[0]["declared"] == 50 and rows[0]["after"] + rows[1]["after"] == 100


# --- the sample round and visits ---


def test_the_sample_rounds_strata_and_chances(sample):
    strata = dict(sample.strata())
    assert (len(sample.tasks), len(strata), strata["T03"].n, len(strata["T03"].sizes)) == (
        8,
        26,
        15,
        299,
    )
    whole = sample.chances()
    for k, task in enumerate(sample.tasks):
        for name, stratum in strata.items():
            if name.split()[0] == task.id:
                own = [whole[k, i, sample.classes[i]] for i in stratum.targets]
                assert own == chances.declared(stratum.sizes, stratum.n)


def test_shared_tickets_need_hardly_more_visits_than_least_possible(sample):
    least, shared, apart = (row["visits"] for row in experiments.visits(sample, 2_000))
    assert (least, apart) == (Decimal("96.1"), Decimal("110.9"))
    assert least <= shared <= least * Decimal("1.05") < apart


# --- rounds ---


def test_without_cool_down_chances_are_the_plain_ones_and_fill_the_sample_sizes(county):
    outcome = many_rounds.run(county, Rules("plain"), 5, 50)
    assert outcome.actual == pytest.approx(outcome.plain)
    assert outcome.plain.sum(axis=(1, 2)) / 250 == pytest.approx([5 + 2, 3])
    assert outcome.present.sum(axis=0).tolist() == [14 * 250, 2 * 250]
    assert outcome.visits[14:, 1].tolist() == [250, 250]  # certain in X
    assert outcome.repeats[1] == 2 * 4


def test_cool_down_keeps_averages_and_lowers_repeats(county):
    plain, cooled = (many_rounds.run(county, Rules(e, e), 8, 2_000) for e in ("1", "0.25"))
    own = cooled.plain > 0
    assert np.abs(cooled.actual[own] / cooled.plain[own] - 1).max() < 0.03
    assert cooled.repeats[0] < 0.7 * plain.repeats[0] and cooled.repeats[1] == plain.repeats[1]
    assert cooled.repeats[0] == pytest.approx(cooled.designed, rel=0.05)
    first, second = many_rounds.averages(county, [plain, cooled])
    assert (first["off"], first["group"], first["largest"]) == (0, "", 0)
    assert 0 < second["largest"] < 3


def test_leaving_out_ends_repeats_and_spoils_averages(county):
    outcome = many_rounds.run(county, Rules("out", leave_out=True), 8, 400)
    assert outcome.repeats == (0, 2 * 7)
    values, edges = many_rounds.spread(outcome, 5)
    assert edges[0] <= min(values) < -4 and max(values) <= edges[-1] and len(values) == 16 + 12
    assert many_rounds.averages(county, [outcome])[0]["designed"] is None


def test_a_yearly_cap_is_kept(county):
    outcome = many_rounds.run(county, Rules("cap", cap=1), 8, 100)
    assert outcome.visits[:14].sum(axis=1).max() <= 2 * 100  # two years
    assert outcome.visits[14:, 1].tolist() == [800, 800]  # certain ones are not capped


@pytest.mark.parametrize("changes", ["chance", "visits"])
def test_classes_that_change_stay_in_the_scheme(county, changes):
    outcome = many_rounds.run(county, Rules("", "0.25", changes=changes), 6, 100)
    assert outcome.present.sum(axis=1).tolist() == [600] * 16
    assert 0 < outcome.present[:14, 1].sum() < 600 * 14
    assert outcome.actual.sum(axis=(1, 2)) == pytest.approx(outcome.plain.sum(axis=(1, 2)))


# --- leak ---


def test_who_is_always_drawn_is_known_at_last_and_bare_tickets_show_more():
    rows = many_rounds.leak(small_county(), "D", (1, 4, 8), 1_600)
    assert [row["base"] for row in rows] == [Decimal("12.50")] * 3
    assert [row["salted"] for row in rows] == sorted(row["salted"] for row in rows)
    assert all(row["bare"] > row["salted"] > row["base"] for row in rows)
    assert rows[0]["salted_known"] == 0 < rows[0]["bare_known"] and rows[2]["salted_known"] > 50


def test_beliefs_are_probabilities_and_right_on_average():
    county = small_county()
    # says nothing about the class
    symbols = np.random.PCG64(1).random_raw(400 * 16).reshape(400, 16).astype(np.int64) % 2
    belief = many_rounds._belief(county, symbols, 2)
    assert belief.sum(axis=2) == pytest.approx(np.ones((200, 16)))
    assert belief[:, :4, 0].min() == 1  # tasks that only A may have
    assert belief[:, 14:, 1].mean() == pytest.approx(2 / 12, abs=0.02)


# --- verdict and notebook ---


def test_require_names_what_does_not_hold():
    rows = [
        {"statement": "甲", "figure": "", "holds": "成立"},
        {"statement": "乙", "figure": "", "holds": "不成立"},
    ]
    experiments.require(rows[:1])
    with pytest.raises(SsjError, match="有 1 条不成立：乙"):
        experiments.require(rows)


def test_statements_follow_the_figures():
    frequency = {
        "frame": "甲",
        "off_before": Decimal(7),
        "chi_before": Decimal(90),
        "limit": Decimal(30),
        "off_after": Decimal(0),
        "holds": True,
    }
    visits = [
        {"how": how, "visits": Decimal(v)}
        for how, v in (("最少可能", 96), ("共用签号", 98), ("每个任务各用签号", 113))
    ]
    kept = [
        {
            "off": Decimal("-0.4"),
            "rms": Decimal("0.3"),
            "repeats": Decimal(r),
            "designed": Decimal(r),
        }
        for r in (200, 160)
    ]
    away = [{"off": Decimal(-30), "repeats": Decimal(0), "designed": None}]
    leak = [
        {"published": p, "salted_known": Decimal(s), "bare_known": Decimal(40)}
        for p, s in ((1, 0), (8, 90))
    ]

    def failing(
        frequency=frequency, visits=visits, kept=kept, left_out=away, beyond=away, leak=leak
    ) -> list[int]:
        rows = experiments.statements(
            [frequency], visits, {"kept": kept, "left_out": left_out, "beyond": beyond}, leak
        )
        return [n for n, row in enumerate(rows, 1) if row["holds"] != "成立"]

    assert failing() == []
    assert failing(frequency={**frequency, "off_after": Decimal("0.2"), "holds": False}) == [1, 2]
    assert failing(frequency={**frequency, "chi_before": Decimal(20)}) == [3]
    assert failing(
        visits=[*visits[:1], {"how": "共用签号", "visits": Decimal(102)}, *visits[2:]]
    ) == [4]
    assert failing(kept=[{**kept[0], "off": Decimal("-1.01")}, kept[1]]) == [5]
    assert failing(kept=[{**kept[0], "rms": Decimal("1.01")}, kept[1]]) == [6]
    assert failing(kept=kept[::-1]) == [7]
    assert failing(kept=[kept[0], {**kept[1], "designed": Decimal(170)}]) == [8]
    assert failing(left_out=[{**away[0], "off": Decimal(3)}]) == [9]
    assert failing(beyond=[{**away[0], "off": Decimal("0.5")}]) == [10]
    assert failing(
        leak=[{**leak[0], "salted_known": Decimal(1)}, {**leak[1], "salted_known": Decimal(10)}]
    ) == [11, 12]


SIZES = {"seeds": 500, **({} if DEEP else {"draws": 50_000, "replications": 400})}


@pytest.mark.slow
def test_notebook_holds(tmp_path):
    outputs = shown(executed(NOTEBOOK, tmp_path, **SIZES))
    statements = outputs["statements"]["text/html"]
    assert statements.count("<td>成立</td>") + statements.count('<td class="tight">成立</td>') == 14
    assert "不成立" not in statements and "全部成立" in outputs["verdict"]["text/plain"]
