"""Frames → chances: declared and actual ones, working sizes, the cool-down, what is archived."""

from __future__ import annotations

from fractions import Fraction
from itertools import zip_longest

import pandas as pd
import pytest

from ssj import protocol
from ssj.base.params import CoolDown
from ssj.draw import chances, framing, sizing
from ssj.draw.cooldown import MILLION, UNIT
from ssj.rosters.history import NOTHING, History

RULE = CoolDown(epsilon="0.25", rounds=4)


def frames(*rows: tuple[str, str, str, int], points: tuple[int, ...] = ()) -> pd.DataFrame:
    """Rows (task, target, stratum, weight) and the points of the first of them; every target is of
    class A.
    """
    own = [
        (
            t,
            i,
            f"样例{i}",
            "A",
            s,
            w * (1 + p),
            "" if w else "已达年度检查频次上限",
            w,
            p,
            MILLION,
            "",
            "",
            "" if w else "X3",
            "",
        )
        for (t, i, s, w), p in zip_longest(rows, points, fillvalue=0)
    ]
    return pd.DataFrame(own, columns=framing.FRAME_COLUMNS)


def tasks(**ratios: str) -> pd.DataFrame:
    return pd.DataFrame([{"id": t, "ratios": {"*": r}} for t, r in ratios.items()])


def roster(*ids: str, risk_class: str = "A") -> pd.DataFrame:
    return pd.DataFrame([{"id": i, "name": f"样例{i}", "risk_class": risk_class} for i in ids])


IDS = [f"T{n:02}" for n in range(20)]


def settle(
    given: pd.DataFrame,
    planned: pd.DataFrame,
    earlier: History = NOTHING,
    rule: CoolDown | None = RULE,
    risk_class: str = "A",
):
    return sizing.settle(
        given, planned, roster(*sorted(set(given["id"])), risk_class=risk_class), earlier, rule
    )


def before(visits: dict[str, list[int]], recent: list[int], risk_class: str = "A") -> History:
    """A history of four rounds: target → how many rounds ago it was visited; the same probabilities
    for all.
    """
    rounds = [
        {
            "round": f"R{ago}",
            "window": {"start": "2020-01-01", "end": "2020-01-01"},
            "above_cap": [],
            "visits": [{"id": i, "tasks": ["X"]} for i, own in visits.items() if ago in own],
        }
        for ago in (4, 3, 2, 1)
    ]
    return History(rounds, {i: {"id": i, "risk_class": risk_class, "recent": recent} for i in IDS})


def test_equal_sizes_have_the_exact_share():
    settled = settle(frames(*(("R", i, "*", 2) for i in IDS)), tasks(R="0.1"))
    assert set(settled.frames["chance"]) == set(settled.frames["actual"]) == {
        "0.100000000"
    } and set(settled.frames["size"]) == {2}
    assert settled.strata.to_dict("records") == [
        {"task": "R", "stratum": "*", "count": 20, "n": 2, "method": "equal", "bound": ""}
    ]
    visits = {float(v) for v in settled.targets["visit"]}
    assert len(visits) == 1 and abs(visits.pop() - 0.1) < 0.005, (
        "alike targets share their simulated mean"
    )


def test_unequal_sizes_are_calibrated():
    weights = [1, 1, 2, 4, 8]
    settled = settle(
        frames(*(("R", i, "*", w) for i, w in zip(IDS, weights, strict=False))), tasks(R="0.2")
    )
    rows = settled.frames
    assert [Fraction(c) for c in rows["chance"]] == [Fraction(w, 16) for w in weights]
    assert [float(a) for a in rows["actual"]] == pytest.approx([w / 16 for w in weights], rel=1e-5)
    own = chances.inclusion([int(s) for s in rows["size"]], 1)
    assert own == pytest.approx([w / 16 for w in weights], rel=1e-5), (
        "the sizes that are frozen give them"
    )
    assert chances.inclusion(weights, 1) != pytest.approx([w / 16 for w in weights], rel=1e-3), (
        "the weights themselves don't"
    )


def test_points_multiply_the_weight_before_the_cool_down():
    given = frames(*(("R", i, "*", 1 + n % 2) for n, i in enumerate(IDS)), points=(3, 0, 1))
    settled = settle(given, tasks(R="0.1"), before({"T00": [1]}, [UNIT // 10] * 4))
    factor = dict(zip(settled.targets["id"], settled.targets["factor"], strict=True))
    sizes = [
        (1 + n % 2) * (1 + p) * factor[i]
        for (n, i), p in zip_longest(enumerate(IDS), (3, 0, 1), fillvalue=0)
    ]
    assert factor["T00"] == 250_000 and settled.frames["chance"].map(
        Fraction
    ).tolist() == pytest.approx(chances.declared(sizes, 2), rel=1e-8), "a million for each"
    assert [(f["weight"], f["points"]) for f in settled.recorded()["targets"][0]["frames"]] == [
        (1, 3)
    ]
    assert set(settled.groups()["points"]) == {0, 1, 3}


def test_excluded_targets_stay_excluded_and_certain_ones_certain():
    settled = settle(
        frames(
            ("R", "T00", "*", 0), ("R", "T01", "*", 100), ("R", "T02", "*", 1), ("R", "T03", "*", 2)
        ),
        tasks(R="0.6"),
    )
    assert list(settled.frames["chance"]) == [
        "0.000000000",
        "1.000000000",
        "0.333333333",
        "0.666666667",
    ]
    drawn = protocol.select(
        [
            protocol.Unit(r.id, int(r.size), protocol.sha256(r.id))
            for r in settled.frames.itertuples()
        ],
        2,
    )
    assert drawn[0] == ["T01"] and len(drawn[1]) == 1


def test_a_large_stratum_is_not_calibrated_and_states_a_bound():
    ids = [f"T{n:04}" for n in range(chances.LARGEST_CALIBRATED + 1)]
    settled = settle(
        frames(*(("R", i, "*", 1 + n % 2) for n, i in enumerate(ids))), tasks(R="0.05")
    )
    assert (
        settled.strata["method"].tolist() == ["bound"]
        and 0 < float(settled.strata["bound"][0]) < 0.02
    )
    assert set(settled.frames["size"]) == {1, 2} and set(settled.frames["actual"]) == {""}


def test_cool_down_lowers_the_visited_and_lifts_the_others():
    earlier = before({"T00": [1], "T01": [3], "T02": [4]}, [UNIT // 10] * 4)
    settled = settle(frames(*(("R", i, "*", 1) for i in IDS)), tasks(R="0.1"), earlier)
    by_id = settled.targets.set_index("id")
    share = Fraction(4, 10)
    assert list(by_id.loc[["T00", "T01", "T02"], "factor"]) == [250_000] * 3
    assert by_id.loc["T03", "factor"] == round(MILLION * (1 - share / 4) / (1 - share))
    assert (
        by_id.loc["T00", "reason"] == "1 个批次前已查"
        and by_id.loc["T03", "reason"] == "不在降频之列，相应补足"
    )
    declared = settled.frames.set_index("id")["chance"].map(Fraction)
    assert abs(sum(declared) - 2) < Fraction(1, 10**6) and declared["T03"] / declared[
        "T00"
    ] == pytest.approx(1.5 / 0.25, rel=1e-5)
    assert [float(a) for a in settled.frames["actual"]] == pytest.approx(
        [float(c) for c in settled.frames["chance"]], rel=1e-4
    )
    assert len(settled.changed()) == 20
    assert float(by_id.loc["T00", "visit"]) < 0.05 < float(by_id.loc["T03", "visit"])


@pytest.mark.parametrize(
    ("rule", "risk_class", "ratio"),
    [
        (None, "A", "0.1"),
        (CoolDown(epsilon="1", rounds=4), "A", "0.1"),
        (RULE, "B", "0.1"),
        (RULE, "A", "1"),
    ],
    ids=["no cool-down", "epsilon 1", "reclassified since", "everybody is drawn"],
)
def test_nothing_changes_without_cause(rule, risk_class, ratio):
    earlier = before({"T00": [1]}, [UNIT // 10] * 4, risk_class)
    settled = settle(frames(*(("R", i, "*", 1) for i in IDS)), tasks(R=ratio), earlier, rule)
    assert set(settled.frames["factor"]) == {MILLION} and len(settled.changed()) == 0
    assert list(settled.targets["visit"]) == list(settled.targets["before"])


def test_what_is_kept_for_the_next_round():
    settled = settle(
        frames(*(("R", i, "*", 1) for i in IDS)),
        tasks(R="0.1"),
        before({"T00": [1]}, [UNIT // 10] * 4),
    )
    kept = {t["id"]: t for t in settled.recorded()["targets"]}
    designed = Fraction(kept["T05"]["before"])
    assert abs(Fraction(kept["T05"]["recent"][0], UNIT) - designed) < Fraction(1, 10**4)
    assert kept["T00"]["recent"] == kept["T05"]["recent"], (
        "what was drawn doesn't enter the designed probabilities"
    )
    assert kept["T00"]["last"] == 1 and kept["T05"]["last"] == 0


def test_the_record_is_exact_json_and_always_the_same():
    given = frames(
        *(("R", i, "*", 1 + n % 3) for n, i in enumerate(IDS)), *(("S", i, "*", 1) for i in IDS[:7])
    )
    one, two = (settle(given, tasks(R="0.2", S="0.3")).recorded() for _ in range(2))
    assert protocol.canonical(one) == protocol.canonical(two)
    assert [s["n"] for s in one["strata"]] == [4, 3] and one["draws"] == 20_000
    assert {f["task"] for f in one["targets"][0]["frames"]} == {"R", "S"}
