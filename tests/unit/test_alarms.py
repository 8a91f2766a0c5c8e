"""Alarms over many rounds: what is counted, by hand; honest years; quiet cheating is seen."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ssj.audit import alarms
from ssj.audit.alarms import ALL, BY_ID, BY_ROW, RATE, TOPICS, Across, Attempt, Teams, Unit
from ssj.proof import quiet
from ssj.proof.quiet import FIRST, Bureau

WEIGHTS = {"A": 1, "B": 2, "C": 4, "D": 8}


def unit(identifier: str, drawn: bool = False, **own: object) -> Unit:
    letter = str(own.pop("risk_class", "B"))
    known = {
        "name": f"样例{identifier}公司",
        "section": "样例股",
        "risk_class": letter,
        "weight": WEIGHTS[letter],
        "grounds": False,
        "place": 0,
        "chance": 0.5,
    }
    return Unit(identifier, drawn=drawn, **{**known, **own})


def attempt(units: list[Unit], *redrawn: str, name: str = "R1", **own: object) -> Attempt:
    """``redrawn``: who is visited in simulated draws, a digit each; what was drawn comes first."""
    visited = np.array(
        [[u.drawn for u in units], *([sign == "1" for sign in signs] for signs in redrawn)], bool
    )
    return Attempt(name, **{"voided": False, **own}, units=units, visited=visited)


def counts(across: Across, topic: str) -> dict[str, tuple[float, float]]:
    known = across.topics[topic].members
    return {m: (round(own.expected, 6), own.seen) for m, own in known.items()}


# --- what is counted ---


def test_firms_against_their_chances():
    across = Across()
    across.take(attempt([unit("F1", True), unit("F2", chance=0.2), unit("F3", True, chance=0.0)]))
    across.take(attempt([unit("F1"), unit("F2", True, chance=0.25)], name="R2"))
    assert counts(across, "firm") == {"F1": (1.0, 1), "F2": (0.45, 1)}
    never = across.topics["firm"].members["F1"].products
    assert never.tolist() == pytest.approx([0, 0.4 * 1.6, 1.6 * 0.4])


def test_a_voided_draw_counts_as_one():
    """Whoever was drawn in it and not in the next is what ``voided`` looks for."""
    across = Across()
    across.take(attempt([unit("F1", True), unit("F2")], voided=True))
    across.take(attempt([unit("F1"), unit("F2", True)], name="R1 again"))
    assert counts(across, "firm") == {"F1": (0.5, 0), "F2": (0.5, 1)}
    members = across.topics["voided"].members
    assert members["F1"].products.tolist() == pytest.approx([1.6 * 1.6, 4])
    assert members["F2"].products.tolist() == pytest.approx([0.4 * 0.4, 0])
    assert counts(across, "section") == {"样例股": (1.0, 1.0)}


def test_groups_and_order_against_redrawn_rounds():
    units = [
        unit("F1", True, section="甲股", risk_class="A", place=3),
        unit("F2", section="乙股", risk_class="A", place=2),
        unit("F3", True, section="甲股", risk_class="D", place=1),
    ]
    across = Across()
    across.take(attempt(units, "110", "011", "101"))
    assert counts(across, "section") == {"乙股": (0.5, 0.0), "甲股": (1.5, 2.0)}
    assert counts(across, "class") == {"A": (1.25, 1.0), "D": (0.75, 1.0)}
    assert counts(across, "order") == {BY_ID: (0.5, 0.5), BY_ROW: (0.5, 0.5)}
    assert across.topics["section"].members["甲股"].products[0] > 1


def test_a_draw_from_the_top_of_the_roster():
    units = [unit(f"F{n}", n > 7, place=10 - n) for n in range(10)]
    across = Across()
    across.take(attempt(units, *(format(1 << n | 1 << n + 1, "010b") for n in range(9))))
    assert counts(across, "order")[BY_ROW][1] == pytest.approx(0.5 / 9)
    assert counts(across, "order")[BY_ID][1] == pytest.approx(8.5 / 9)


def seats(*teams: str) -> np.ndarray:
    """Officers P0 … P3 at the visits V0, V1; ``"01 23"``: P0 and P1 go to V0."""
    seated = np.zeros((len(teams), 4, 2), bool)
    for n, team in enumerate(teams):
        for visit, people in enumerate(team.split()):
            seated[n, [int(p) for p in people], visit] = True
    return seated


def test_officers_who_meet_again():
    def went(*teams: str, name: str) -> Attempt:
        people = [f"P{n}" for n in range(4)]
        seated = seats(*teams)
        now = {(people[o], ("F1", "F2")[t]) for o, t in np.argwhere(seated[0])}
        drawn = Teams(people, ["F1", "F2"], seated, now)
        return attempt([unit("F1", True), unit("F2", True)], name=name, teams=drawn)

    across = Across()
    across.take(went("01 23", "02 13", name="R1"))
    assert counts(across, "meets") == counts(across, "pairs") == {ALL: (0.0, 0.0)}
    # all four again at the same firm, both pairs again; in the other, two of four and no pair
    across.take(went("01 23", "02 13", name="R2"))
    assert counts(across, "meets") == {ALL: (3.0, 4.0)}
    assert counts(across, "pairs") == {ALL: (1.0, 2.0)}
    across.take(went("23 01", "01 23", name="R3"))
    assert counts(across, "meets") == {ALL: (3.0 + 4.0, 4.0)}
    assert counts(across, "pairs") == {ALL: (1.0 + 4.0, 2.0 + 4.0)}


def test_who_went_counts_and_not_who_was_drawn():
    """P3 went for P1: whoever meets a firm again is told by who was there."""
    people, across = ["P0", "P1", "P2", "P3"], Across()
    changed = {("P0", "F1"), ("P3", "F1"), ("P2", "F2"), ("P1", "F2")}
    units = [unit("F1", True), unit("F2", True)]
    for name, went in (("R1", changed), ("R2", set())):
        teams = Teams(people, ["F1", "F2"], seats("01 23", "03 12"), went)
        across.take(attempt(units, name=name, teams=teams))
    assert counts(across, "meets") == {ALL: (3.0, 2.0)}
    assert counts(across, "pairs") == {ALL: (1.0, 0.0)}


def test_changed_teams_of_a_firm():
    across = Across()
    for name in ("R1", "R2"):
        units = [unit(f"F{n}", True) for n in range(4)]
        across.take(attempt(units, name=name, amended=frozenset({"F1"})))
    across.take(attempt([unit("F1", True), unit("F2", True)], amended=frozenset({"F1", "F2"})))
    assert counts(across, "amended")["F1"] == (0.5, 2)
    assert across.topics["amended"].members["F1"].products[1] == pytest.approx(16)


# classes and grounds, freeze by freeze → whether the firm counts as raised without a reason
RISEN = {
    "as it was": ("BBB", "", False),
    "raised": ("BC", "", True),
    "raised with a reason": ("BC", "1", False),
    "raised, a reason came later": ("BCC", "2", True),
    "raised and still up": ("BCCD", "", True),
    "raised and back": ("BCDB", "", False),
    "raised and part of the way back": ("BDC", "", True),
    "lowered": ("CB", "", False),
    "lowered and back": ("CBC", "", True),
    "high from the beginning": ("DDD", "", False),
}


@pytest.mark.parametrize(("classes", "grounds", "risen"), RISEN.values(), ids=list(RISEN))
def test_raised_without_a_recorded_reason(classes, grounds, risen):
    across = Across()
    for n, letter in enumerate(classes):
        own = unit("F1", risk_class=letter, grounds=str(n) in grounds)
        across.take(attempt([own, unit("F2")], voided=n == 1))
    assert ("F1" in across.risen) == risen


def test_problems_of_the_raised_against_others_of_their_class():
    across = Across()
    across.take(attempt([unit("F1"), unit("F2", risk_class="D")]))
    others = [unit(f"F{n}", True, risk_class="D") for n in range(2, 5)]
    problems = {"F1": False, "F2": True, "F3": True, "F4": False, "F9": True}
    units = [unit("F1", True, risk_class="D"), *others, unit("F9", True, risk_class="A")]
    across.take(attempt(units, problems=problems, name="R2"))
    assert counts(across, "raised") == {"F1": (0.5, 0)}
    assert across.topics["raised"].members["F1"].products[0] == pytest.approx(2)


# --- words ---


def friend_in_class_d(rounds: int) -> Across:
    across = Across()
    for n in range(rounds):
        units = [unit("F1", chance=0.9), *(unit(f"F{k}", True, chance=0.9) for k in range(2, 21))]
        across.take(attempt(units, name=f"R{n + 1}"))
    return across


def test_words_of_an_alarm():
    found = friend_in_class_d(7).findings()
    (alarm,) = [f for f in found if f.who]
    assert (alarm.topic, alarm.who, alarm.since, alarm.alarm) == ("firm", "F1", "R6", True)
    assert alarm.text == (
        "各户抽中的次数：样例F1公司（F1），合计应为 6.3，实为 0.0 次；"
        "照实抽取而碰巧如此的概率不超过 3,334,203 分之一，从 R6 起超过警示线"
        "（误报率不超过 40,000 分之一）"
    )
    assert alarm.remedy and alarm.p == pytest.approx(3e-7, rel=1e-3)
    assert alarm.level == pytest.approx(RATE / 40)
    first, whole = found[0], next(f for f in found if f.topic == "firm")
    assert first.text == (
        "7 次抽取，9 类检验：警示 1 项（合计误报率不超过 0.9 %，从第一次抽取起，不论复核多少次）"
    )
    assert first.alarm and whole.alarm and whole.p < RATE
    assert whole.text == (
        "各户抽中的次数：20 户，合计应为 126.0，实为 133.0 次，警示 1 项（误报率不超过 0.1 %）"
    )


def test_a_row_for_every_topic_with_its_rate():
    across = friend_in_class_d(3)
    found = across.findings()
    assert [f.topic for f in found] == ["all", *TOPICS] and not across.alarms
    tested = {f.topic: f.level for f in found if f.level is not None}
    assert tested == {
        "all": pytest.approx(len(TOPICS) * RATE),
        **dict.fromkeys(("firm", "section", "class", "order"), RATE),
    }
    assert [f.text for f in found if f.level is None] == [
        f"{TOPICS[topic].title}：没有可以比较的，没有检验"
        for topic in ("voided", "meets", "pairs", "amended", "raised")
    ]
    assert len(TOPICS) * RATE < 0.01 and set(TOPICS) == set(across.topics)


def test_small_rates_are_never_said_too_small():
    for rate in (0.0012, 3.3e-4, 9.99e-7):
        said = alarms._rate(rate)
        bound = (
            float(said.removesuffix(" %")) / 100
            if "%" in said
            else 1 / int(said.removesuffix(" 分之一").replace(",", ""))
        )
        assert bound >= rate * 0.99


# --- honest years, and quiet cheating ---


@pytest.mark.slow
def test_honest_years_give_no_more_false_alarms_than_declared():
    """Forty years at the declared rate and at one fifty times as high (``benchmarks/across.py``:
    a thousand).
    """
    rates, years = (RATE, 50 * RATE), 40
    alarmed = [0] * len(rates)
    for seed in range(years):
        found = [Across(rate) for rate in rates]
        quiet.counted(Bureau(seed), quiet.YEAR, *found)
        alarmed = [n + bool(own.alarms) for n, own in zip(alarmed, found, strict=True)]
        tested = {f.topic for f in found[0].findings() if f.level is not None}
        assert tested >= {"all", "firm", "section", "class", "order", "meets", "pairs", "amended"}
    for rate, number in zip(rates, alarmed, strict=True):
        assert number <= quiet.most_by_chance(len(TOPICS) * rate, years, 1e-4)


CHEATS = {
    # cheat, class in which the firm begins → rounds within which each bureau must see it
    "a friend in class D is never drawn": (quiet.FRIEND, "D", 8),
    "a friend in class C is never drawn": (quiet.FRIEND, "C", 60),
    "voids until the friend is not drawn": (quiet.VOIDS, "C", 60),
    "a grader lifts a rival's class": (quiet.GRADER, "A", 60),
}


@pytest.mark.slow
@pytest.mark.parametrize(("cheat", "letter", "most"), CHEATS.values(), ids=list(CHEATS))
def test_quiet_cheating_is_seen(cheat, letter, most):
    for seed in range(4):
        assert quiet.seen_after(Bureau(seed, cheat, letter, draws=1, matched=1), most) is not None


def test_nobody_else_is_accused():
    across = Across()
    quiet.counted(Bureau(1, quiet.FRIEND, "D", draws=19), 10, across)
    assert across.alarms == [("firm", FIRST)]


@pytest.mark.parametrize(("rate", "count"), [(0.009, 1_000), (0.45, 40), (0.5, 2)])
def test_most_by_chance(rate, count):
    most = quiet.most_by_chance(rate, count, 1e-4)
    law = stats.binom(count, rate)
    assert law.sf(most) <= 1e-4 < law.sf(most - 1)
