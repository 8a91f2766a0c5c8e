"""The simulated year: the same bytes each time, true to what rounds really draw, caps and cool-down
in effect; merging.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from conftest import ROOT, new_year

from ssj import protocol
from ssj.base import formats, params
from ssj.draw import framing
from ssj.draw.derive import derive
from ssj.year import forecast, merging, planned, planning, simulation
from ssj.year.forecast import months_of
from ssj.year.planning import YearRound


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Rosters, year and parameters of the year around the small round."""
    folder = new_year(tmp_path_factory.mktemp("year"))
    own = planning.read(folder)
    base = params.read_round(folder.parent / "sample60" / "round.toml")
    roster = planning.load(folder.parent / "sample60", own, base, folder)
    roster.check()
    return roster, own, base


@pytest.fixture(scope="module")
def outcome(small):
    return simulation.simulate(*small)


@pytest.fixture(scope="module")
def expected(small, outcome):
    return forecast.forecast(*small, outcome)


def recorded(roster, own, base) -> dict:
    outcome = simulation.simulate(roster, own, base)
    return forecast.forecast(roster, own, base, outcome).recorded()


def test_the_same_each_time_and_canonical(small, expected):
    again = recorded(*small)
    assert protocol.canonical(again) == protocol.canonical(expected.recorded())
    assert protocol.parse(protocol.canonical(again).decode()) == again, "integers and text only"


def test_the_same_numbers_on_every_machine(expected):
    """Raw integers of PCG64, elementwise arithmetic, exact sums: another processor or numpy gives
    these very digits.
    """
    assert expected.totals == {
        "targets": 59,
        "visits": "24.0",
        "apart": "32.0",
        "saved": "8.0",
        "never": "0.6666",
        "matched": 20,
    }
    assert [
        (r["round"], r["visits"], r["low"], r["high"], r["apart"]) for r in expected.rounds
    ] == [("sample60-6", "9.4", 8, 10, "10.0"), ("sample60", "14.6", 13, 16, "22.0")]


def test_the_order_of_rows_does_not_matter(small, expected):
    roster, own, base = small
    turned = replace(roster, targets=roster.targets.iloc[::-1], officers=roster.officers.iloc[::-1])
    assert recorded(turned, own, base) == expected.recorded()


def test_sums_agree(small, outcome, expected):
    total = Fraction(expected.totals["visits"])
    for rows in (expected.rounds, expected.months, expected.sections):
        assert abs(sum(Fraction(row["visits"]) for row in rows) - total) <= Fraction(len(rows), 10)
    assert sum(Fraction(row["targets"]) for row in expected.times) == pytest.approx(
        len({i for i in outcome.ids if i in in_scope(small)}), abs=0.3
    )
    for row in expected.by_section():
        assert Fraction(row["合计"]) == sum(
            Fraction(value) for key, value in row.items() if key not in ("主管股室", "合计")
        )


def in_scope(small) -> set[str]:
    roster, own, base = small
    return {
        i
        for frame in planning.frames(roster, own, base).values()
        for i in frame.loc[frame["size"] > 0, "id"]
    }


def test_as_many_are_drawn_as_the_plan_says(small, outcome):
    """While no cap binds, every replication draws n of every stratum: the first round's."""
    roster, own, base = small
    one = min(own.rounds, key=lambda r: r.start)
    given = derive(roster, planning.parameters_of(base, one))
    summary = framing.summary(given.frames, given.tasks, given.parameters)
    for task, n in summary.groupby("task")["n"].sum().items():
        assert outcome.drawn[one.id, task] == n * outcome.replications


def test_chances_of_a_visit_are_those_of_a_freeze(small, outcome):
    """The first round beside :func:`ssj.draw.sizing.settle`, which simulates otherwise and from
    calibrated sizes.
    """
    roster, own, base = small
    one = min(own.rounds, key=lambda r: r.start)
    settled = derive(roster, planning.parameters_of(base, one)).settled
    there = dict(zip(outcome.ids, outcome.visits[one.id] / outcome.replications, strict=True))
    for t in settled.targets.itertuples():
        assert there[t.id] == pytest.approx(float(t.visit), abs=0.08)
    assert sum(there.values()) == pytest.approx(
        sum(float(t.visit) for t in settled.targets.itertuples()), rel=0.02
    )


def test_who_is_certain_is_visited_every_time(expected):
    certain = [row for row in expected.targets if row["visits"] == "2.00"]
    assert (
        certain
        and {row["never"] for row in certain} == {"0.0000"}
        and {row["risk_class"] for row in certain} == {"D"}
    )


def test_a_yearly_cap_is_never_exceeded(small):
    roster, own, base = small
    classes = {
        name: c.model_copy(update={"yearly_cap": 1 if name in "ABC" else None})
        for name, c in base.classes.items()
    }
    outcome = simulation.simulate(roster, own, base.model_copy(update={"classes": classes}))
    known = {t.id: t.risk_class for t in roster.targets.itertuples()}
    visits = dict(zip(outcome.ids, sum(outcome.visits.values()), strict=True))
    assert max(n for i, n in visits.items() if known[i] != "D") <= outcome.replications
    assert max(n for i, n in visits.items() if known[i] == "D") == 2 * outcome.replications, (
        "no cap for class D"
    )


def test_inspections_registered_already_take_room_under_the_caps(small):
    """Two special ones bring a firm to the cap of its level: no draw visits it; one leaves room for
    one; what the province did counts together only.
    """
    roster, own, base = small
    often = [i for i, n in zip(*_most_visited(small), strict=True) if n][:3]
    row = {"date": f"{own.year}-01-05", "level": "", "exempt": False, "method": ""}
    rows = (
        {**row, "target": often[0], "date": f"{own.year}-01-04"},
        {**row, "target": often[0]},
        {**row, "target": often[1], "exempt": True},
        {**row, "target": often[2], "level": "省级"},
    )
    capped = base.model_copy(update={"year_caps": params.YearCaps(level=2, together=2)})
    given = replace(roster, others=rows)
    outcome = simulation.simulate(given, own, capped)
    visits = dict(zip(outcome.ids, sum(outcome.visits.values()).tolist(), strict=True))
    assert visits[often[0]] == 0 and visits[often[1]] > 0
    assert 0 < visits[often[2]] <= outcome.replications
    shown = {r["id"]: r for r in forecast.forecast(given, own, capped, outcome).targets}
    assert [shown[i]["done"] for i in often] == [2, 0, 1]
    assert shown[often[0]]["reached"] == "1.0000" and shown[often[0]]["together_cap"] == 2


def _most_visited(small):
    outcome = simulation.simulate(*small)
    visits = sum(outcome.visits.values()).tolist()
    order = sorted(range(len(visits)), key=lambda n: -visits[n])
    return [outcome.ids[n] for n in order], [visits[n] for n in order]


def test_spared_tasks_go_on_above_the_cap(small):
    roster, own, base = small
    classes = {name: c.model_copy(update={"yearly_cap": 1}) for name, c in base.classes.items()}
    spared = [params.AboveCap(task="S04", reason="演示")]
    outcome = simulation.simulate(
        roster, own, base.model_copy(update={"classes": classes, "above_cap": spared})
    )
    assert max(sum(outcome.visits.values())) == 2 * outcome.replications
    assert max(outcome.counted) <= outcome.replications


def test_the_cool_down_spreads_the_visits(small, outcome):
    """Without it more targets are visited twice."""
    roster, own, base = small
    plain = simulation.simulate(roster, own, base.model_copy(update={"cool_down": None}))
    assert sum(map(sum, plain.visits.values())) == pytest.approx(
        sum(map(sum, outcome.visits.values())), rel=0.05
    )
    assert plain.times[2] > outcome.times[2]


def test_a_condition_on_the_years_since_the_last_visit(small):
    """Whoever was visited this year leaves the scope of a task that wants two years' distance."""
    roster, own, base = small
    rounds = [tuple(own.ids())] * len(roster.plan)
    asked = roster.plan.assign(
        conditions=[("距上次检查年数≥2",)] * len(roster.plan),
        rounds=rounds,
        ratios=[{"*": "0.5"}] * len(roster.plan),
    )
    targets = roster.targets.assign(last_inspected=[None] * len(roster.targets))
    outcome = simulation.simulate(replace(roster, plan=asked, targets=targets), own, base)
    assert max(sum(outcome.visits.values())) <= outcome.replications and outcome.times[2] == 0


def test_officers_and_experts_take_all_seats(small, outcome, expected):
    roster, own, base = small
    matched = expected.totals["matched"]
    seats = 0
    for one in own.rounds:
        _record, internal = forecast._record(roster, planning.parameters_of(base, one))
        for drawn in outcome.sets[one.id][:matched]:
            for i, tasks in drawn.items():
                visit = protocol.visit_of(
                    i,
                    internal["targets"][i]["category"],
                    tasks,
                    internal["tasks"],
                    internal["items"],
                )
                seats += len(visit["seats"]) + len(visit["expert_seats"])
    assert sum(Fraction(o["visits"]) for o in expected.officers) * matched == pytest.approx(
        seats, abs=matched * len(expected.officers) / 20
    )
    assert expected.short == [] and all(
        o["least"] <= Fraction(o["visits"]) <= o["most"] for o in expected.officers
    )


def test_rounds_that_cannot_be_staffed_are_listed(small, outcome):
    roster, own, base = small
    few = replace(roster, officers=roster.officers.assign(yearly_cap=[1] * len(roster.officers)))
    short = forecast.forecast(few, own, base, outcome).short
    assert [row["round"] for row in short] == ["sample60", "sample60-6"] and "排不出来" in short[0][
        "example"
    ]


def test_months_of_a_window():
    assert months_of(YearRound(id="a", start=date(2021, 6, 7), end=date(2021, 7, 2))) == {
        "2021年6月": Fraction(24, 26),
        "2021年7月": Fraction(2, 26),
    }
    assert months_of(YearRound(id="a", start=date(2021, 12, 31), end=date(2022, 1, 1))) == {
        "2021年12月": Fraction(1, 2),
        "2022年1月": Fraction(1, 2),
    }


# --- merging ---


def test_suggestions(small, outcome):
    roster, own, _ = small
    rows = {tuple(row["tasks"]): row for row in merging.suggestions(roster, own, outcome)}
    assert ("S02", "S04") in rows, "both in every round, both with 施工企业"
    for (a, b), row in rows.items():
        meet = sum(outcome.both[r, a, b] for r in row["rounds"])
        assert row["saved"] == formats.decimal(Fraction(meet, outcome.replications), 1) != "0.0"
        assert Fraction(row["apart"]) - Fraction(row["together"]) == pytest.approx(
            Fraction(row["saved"]), abs=0.2
        )
    saved = [Fraction(row["saved"]) for row in rows.values()]
    assert saved == sorted(saved, reverse=True)


def test_tasks_of_different_departments_rounds_or_categories_are_not_alike(small, outcome):
    roster, own, _ = small
    alone = roster.plan.assign(
        lead=[f"部门{n}" for n in range(len(roster.plan))], partners=[()] * len(roster.plan)
    )
    assert merging.suggestions(replace(roster, plan=alone), own, outcome) == []
    apart = roster.plan.assign(categories=[(f"类别{n}",) for n in range(len(roster.plan))])
    assert merging.suggestions(replace(roster, plan=apart), own, outcome) == []


def test_what_overlaps_mostly_had_better_be_one_task(small):
    """A task twice: every visit is both's; and a joint task beside an internal one."""
    roster, own, base = small
    twin = roster.plan[roster.plan["id"] == "S01"]
    both = roster.plan[roster.plan["id"] == "S01"].assign(id=["S05"])
    joint = both.assign(id=["S06"], partners=[("演示县消防救援大队",)])
    import pandas as pd

    changed = replace(roster, plan=pd.concat([twin, both, joint]))
    outcome = simulation.simulate(changed, own, base)
    rows = {tuple(row["tasks"]): row for row in merging.suggestions(changed, own, outcome)}
    assert {pair: row["advice"] for pair, row in rows.items()} == {
        ("S01", "S05"): merging.ONE,
        ("S01", "S06"): merging.JOINT,
        ("S05", "S06"): merging.JOINT,
    }
    assert all(Fraction(row["saved"]) * 2 == Fraction(row["apart"]) for row in rows.values())


def test_the_sample_year_takes_a_few_seconds(tmp_path):
    """And brings officers, sections and caps into view."""
    own = planning.read(ROOT / "demo" / "params" / "2021")
    base = params.read_round(ROOT / "demo" / "params" / own.rosters / "round.toml")
    roster = planning.load(
        ROOT / "demo" / "params" / own.rosters, own, base, ROOT / "demo" / "params" / "2021"
    )
    outcome = simulation.simulate(roster, own, base)
    drawn = Counter({r: sum(visits) for r, (visits, _) in outcome.rounds.items()})
    assert list(drawn) == ["2021Q1", "2021Q2", "2021Q3", "2021Q4"]
    found = forecast.forecast(roster, own, base, outcome)
    assert (
        len(found.sections) == 5 * 4
        and found.near
        and found.officers[0]["visits"] > "30"
        and found.short == []
    )
    record = planned.record(
        {"round_id": "2021", "attempt": 1, "code": {}, "ledger_head": ""}, own, roster, [], found
    )
    assert protocol.parse(protocol.canonical(record).decode()) == record
