"""A year's results for the whole roster: an invented year of two rounds, every number worked out by
hand.
"""

from __future__ import annotations

import copy
import json
import random

import pytest

from ssj import protocol
from ssj.casebook import show
from ssj.year import yields
from ssj.year.yields import Round

CLASSES = {"A": {"weight": 1, "max_ratio": "0.60"}, "D": {"weight": 8, "max_ratio": "1"}}
GOOD, BAD, CLOSED = "未发现问题", "发现问题已责令改正", "已关闭停业或正在组织清算"


def a_round(
    name: str,
    targets: dict[str, tuple[str, str]],
    drawn: dict[str, list[str]],
    results: dict[str, dict[str, str]],
    ratio="0.5",
    **changed,
) -> Round:
    """A round of one task S1 (items I1, I2), strata by class; ``targets``: id → category, class;
    ``drawn``: class → ids; ``results``: id → item → result. Class D is certain.
    """
    frame = {c: [i for i, (_, own) in targets.items() if own == c] for c in CLASSES}
    chance = {"A": f"{len(drawn['A']) / max(1, len(frame['A'])):.9f}", "D": "1.000000000"}
    row = {
        i: {
            "id": i,
            "identity": {"id": i, "name": f"样例{i}公司"},
            "internal": {
                "category": category,
                "risk_class": c,
                "frames": [{"task": "S1", "stratum": c, "size": 1}],
            },
        }
        for i, (category, c) in targets.items()
    }
    visited = sorted([*drawn["A"], *drawn["D"]])
    draw = {
        "round": name,
        "attempt": 1,
        "parameters": {"classes": CLASSES},
        "visits": [{"id": i, "tasks": ["S1"], "items": ["I1", "I2"]} for i in visited],
        "tables": {
            "targets": [row[i] for i in sorted(row)],
            "tasks": [
                {
                    "id": "S1",
                    "identity": {"id": "S1", "name": "抽查"},
                    "internal": {
                        "items": ["I1", "I2"],
                        "strata": [
                            {"stratum": "A", "ratio": ratio},
                            {"stratum": "D", "ratio": "1"},
                        ],
                    },
                }
            ],
        },
        "drawn": [
            {"task": "S1", "stratum": "A", "certain": [], "by_ticket": drawn["A"]},
            {"task": "S1", "stratum": "D", "certain": drawn["D"], "by_ticket": []},
        ],
    }
    chances = {
        "targets": [
            {
                "id": i,
                "visit": chance[c][:6],
                "frames": [{"task": "S1", "actual": chance[c], "declared": chance[c]}],
            }
            for i, (_, c) in targets.items()
        ]
    }
    rows = [
        {"visit": i, "item": item, "results": [result], "date": "2021-03-01"}
        for i in visited
        for item, result in results.get(i, {}).items()
    ]
    found = {
        "rows": rows,
        "corrections": [],
        "visits": [
            {"id": i, "number": f"{name}-{n:03}", "gone": CLOSED in results.get(i, {}).values()}
            for n, i in enumerate(visited, 1)
        ],
    }
    return Round({**draw, **changed}, chances, found)


def both(one: str, other: str = GOOD) -> dict[str, str]:
    return {"I1": one, "I2": other}


SMALL = {
    **{f"A{n}": ("工地" if n < 4 else "物业", "A") for n in range(8)},
    "D0": ("工地", "D"),
    "D1": ("物业", "D"),
}


def small(**changed) -> Round:
    """Eight A of which four are drawn (one with a problem, one closed), both D (one with a
    problem).
    """
    results = {
        "A0": both(BAD),
        "A1": both(GOOD),
        "A4": both(CLOSED, CLOSED),
        "A5": both(GOOD),
        "D0": both(GOOD, BAD),
        "D1": both(GOOD),
    }
    return a_round(
        "2021Q1", SMALL, {"A": ["A5", "A0", "A4", "A1"], "D": ["D0", "D1"]}, results, **changed
    )


def row(record, side, name):
    return next(r for r in record["rates"] if (r["side"], r["name"]) == (side, name))


def test_a_small_year_is_estimated_and_named_rough():
    record = yields.reviewed([small()])
    assert row(record, "", "全部") == {
        "side": "",
        "name": "全部",
        "frame": 10,
        "drawn": 6,
        "answered": 6,
        "waiting": 0,
        "withdrawn": 0,
        "gone": 1,
        "problems": 2,
        "rate": "0.3000",
        "low": "0.1510",
        "high": "0.5962",
        "note": yields.ROUGH,
    }
    a = row(record, "risk_class", "A")  # 8 of the 10; D is known: 1 of 2
    for end in ("low", "high"):
        assert float(row(record, "", "全部")[end]) == pytest.approx(
            0.1 + 0.8 * float(a[end]), abs=1e-4
        )
    assert row(record, "risk_class", "D") == {
        "side": "risk_class",
        "name": "D",
        "frame": 2,
        "drawn": 2,
        "answered": 2,
        "waiting": 0,
        "withdrawn": 0,
        "gone": 0,
        "problems": 1,
        "rate": "0.5000",
        "low": "0.5000",
        "high": "0.5000",
        "note": yields.EXACT,
    }
    assert [r["name"] for r in record["rates"]] == ["全部", "2021Q1 S1", "工地", "物业", "A", "D"]
    assert [(y["risk_class"], y["visits"], y["problems"]) for y in record["yields"]] == [
        ("全部", 6, 2),
        ("A", 4, 1),
        ("D", 2, 1),
    ]
    assert record["ratios"]["verdict"] == yields.ALIKE  # A's interval holds D's 1 of 2


def test_where_nothing_was_found_it_is_at_most():
    """Of two drawn at a chance of 1/2 none has a problem."""
    record = yields.reviewed([small()])
    found = next(r for r in yields.shown(record["rates"]) if r["name"] == "物业")
    assert (found["rate"], found["interval"][:3], found["note"]) == ("0 %", "至多 ", yields.ROUGH)
    assert 0.2 < float(row(record, "category", "物业")["high"]) < 0.8


def test_rates_by_hand():
    """A: 1 of 4 drawn at 1/2, so 1/4 of 8; D: 1 of 2, all seen. Whole: (8·1/4 + 1)/10 = 0.3."""
    record = yields.reviewed([small()])
    assert [row(record, *key)["rate"] for key in (("", "全部"), ("risk_class", "A"))] == [
        "0.3000",
        "0.2500",
    ]
    # 工地: A0 and A1 of four A, and D0: (4·1/2 + 1)/5; 物业: A4 (closed) and A5, and D1: 0
    assert [row(record, "category", c)["rate"] for c in ("工地", "物业")] == ["0.6000", "0.0000"]


def test_two_rounds_weigh_as_their_frames_do():
    """2021Q2 draws two of eight A, one with a problem: 1/2 of 8. By chances 1/2 and 1/4: (1·2 +
    1·4)/(4·2 + 2·4) = 6/16 of the 16 A of both.
    """
    later = a_round(
        "2021Q2",
        {i: t for i, t in SMALL.items() if t[1] == "A"},
        {"A": ["A2", "A3"], "D": []},
        {"A2": both(BAD), "A3": both(GOOD)},
    )
    found = row(yields.reviewed([small(), later]), "risk_class", "A")
    assert (found["frame"], found["drawn"], found["rate"]) == (16, 6, "0.3750")


def test_what_is_not_answered_is_counted_and_others_stand_for_it():
    """A1 has one of its two items, A5 none: A0 and A4 stand for the four, with chances 1/4: (8·1/2
    + 1)/10.
    """
    year = small()
    rows = [
        r
        for r in year.results["rows"]
        if r["visit"] != "A5" and (r["visit"], r["item"]) != ("A1", "I2")
    ]
    drawn = yields.drawn_of(year._replace(results={**year.results, "rows": rows}))
    assert [(d.target, d.unit.chance) for d in drawn if d.problem is not None] == [
        ("A0", 0.25),
        ("A4", 0.25),
        ("D0", 1.0),
        ("D1", 1.0),
    ]
    found = row(
        yields.reviewed([year._replace(results={**year.results, "rows": rows})]), "", "全部"
    )
    assert (found["answered"], found["waiting"], found["gone"], found["rate"]) == (
        4,
        2,
        1,
        "0.5000",
    )


@pytest.mark.parametrize("item", ["", "I2"])
def test_a_withdrawn_result_is_counted_apart(item):
    year = small()
    year.results["corrections"].append(
        {"number": "2021Q1-001", "item": item, "action": "撤下", "category": "认定有误"}
    )
    year.results["corrections"].append(
        {"number": "2021Q1-002", "item": "", "action": "更正", "category": "录入有误"}
    )
    # the finding stands
    year.results["corrections"].append(
        {"number": "2021Q1-003", "item": "", "action": "撤下", "category": "公示期满"}
    )
    found = row(yields.reviewed([year]), "", "全部")
    assert (found["answered"], found["withdrawn"], found["waiting"], found["problems"]) == (
        5,
        1,
        0,
        1,
    )


def test_a_stratum_without_any_result_is_said():
    year = small()
    rows = [r for r in year.results["rows"] if not r["visit"].startswith("D")]
    record = yields.reviewed([year._replace(results={**year.results, "rows": rows})])
    assert row(record, "", "全部")["note"] == row(record, "risk_class", "D")["note"] == yields.GAP
    assert {r["rate"] for r in yields.reviewed([year._replace(results=None)])["rates"]} == {""}


def test_a_round_drawn_elsewhere_is_left_out_and_named():
    year = small()
    there = year._replace(
        draw={
            **year.draw,
            "round": "2021Q3",
            "parameters": {"classes": CLASSES, "official_draw": "platform"},
            "drawn": [{"task": "S1", "external": sorted(v["id"] for v in year.draw["visits"])}],
        }
    )
    record = yields.reviewed([year, there])
    assert (
        record["left_out"] == [{"round": "2021Q3", "visits": 6}]
        and row(record, "", "全部")["frame"] == 10
    )
    assert record["yields"][0]["visits"] == 12  # visits are visits


def large() -> Round:
    """400 A of which 200 are drawn, every tenth with a problem; 100 D, all seen, 60 with one."""
    targets = {
        **{f"A{n:03}": ("工地", "A") for n in range(400)},
        **{f"D{n:03}": ("工地", "D") for n in range(100)},
    }
    drawn = {"A": [f"A{n:03}" for n in range(0, 400, 2)], "D": [f"D{n:03}" for n in range(100)]}
    bad = {*drawn["A"][::10], *drawn["D"][:60]}
    return a_round(
        "2021Q1",
        targets,
        drawn,
        {i: both(BAD if i in bad else GOOD) for c in CLASSES for i in drawn[c]},
    )


def test_a_large_year_by_hand():
    """A: 10 % of 400; D: 60 % of 100. Whole: (40 + 60)/500 = 20 %. Wilson of A at n = 200, of which
    half is spared: about ±2.9 points. Ratios: 300 draws; A's middle m ≈ 0.104, D's 0.6: D at its
    most 1 = 100 draws, A the other 200 = 0.5.
    """
    record = yields.reviewed([large()])
    whole, a, d = (
        row(record, "", "全部"),
        row(record, "risk_class", "A"),
        row(record, "risk_class", "D"),
    )
    assert (whole["rate"], a["rate"], d["rate"], d["note"], a["note"]) == (
        "0.2000",
        "0.1000",
        "0.6000",
        yields.EXACT,
        "",
    )
    assert float(a["low"]) == pytest.approx(0.075, abs=0.003) and float(a["high"]) == pytest.approx(
        0.133, abs=0.003
    )
    # D is known
    assert float(whole["high"]) - float(whole["low"]) == pytest.approx(
        0.8 * (float(a["high"]) - float(a["low"])), abs=2e-4
    )
    assert record["ratios"]["verdict"] == yields.DIFFER
    assert [(r["risk_class"], r["ratio"], r["find"]) for r in record["ratios"]["rows"]] == [
        ("A", "0.5000", "0.5000"),
        ("D", "1.0000", "1.0000"),
    ]
    know = {r["risk_class"]: float(r["know"]) for r in record["ratios"]["rows"]}
    assert 400 * know["A"] + 100 * know["D"] == pytest.approx(300, abs=0.1) and know["A"] < 0.6


def test_classes_that_hardly_differ_get_no_suggestion():
    year = large()
    rows = [
        {
            **r,
            "results": [
                BAD
                if int(r["visit"][1:]) % (20 if r["visit"][0] == "A" else 10) == 0
                and r["item"] == "I1"
                else GOOD
            ],
        }
        for r in year.results["rows"]
    ]
    record = yields.reviewed([year._replace(results={**year.results, "rows": rows})])
    assert row(record, "risk_class", "D")["rate"] == "0.1000"
    assert record["ratios"]["verdict"] == yields.ALIKE and {
        r["find"] + r["know"] for r in record["ratios"]["rows"]
    } == {""}


def test_proposed_classes():
    """Two problems: higher; three clean visits: lower; a refusal: higher; a closed firm, another
    class before, the ends of the scheme: nothing.
    """
    targets = {
        i: ("工地", c)
        for i, c in {
            "UP": "A",
            "DOWN": "D",
            "REFUSES": "A",
            "CLOSED": "D",
            "ONCE": "A",
            "TOP": "D",
            "LOWEST": "A",
            "MOVED": "D",
        }.items()
    }
    drawn = {
        "A": [i for i, (_, c) in targets.items() if c == "A"],
        "D": [i for i, (_, c) in targets.items() if c == "D"],
    }
    rounds = []
    for n in (1, 2, 3):
        results = dict.fromkeys(targets, both(GOOD)) | {"TOP": both(BAD), "CLOSED": both(CLOSED)}
        results |= {"UP": both(BAD)} if n > 1 else {}
        results |= {"ONCE": both(BAD), "REFUSES": both("不配合检查情节严重")} if n == 2 else {}
        rounds.append(
            a_round(
                f"2021Q{n}",
                targets | ({"MOVED": ("工地", "A")} if n == 1 else {}),
                drawn
                if n > 1
                else {"A": [*drawn["A"], "MOVED"], "D": [i for i in drawn["D"] if i != "MOVED"]},
                results,
            )
        )
    found = {c["id"]: (c["risk_class"], c["proposed"], c["reason"]) for c in yields.changes(rounds)}
    assert found == {
        "UP": ("A", "D", "检查 3 次，2 次查出问题"),
        "DOWN": ("D", "A", "检查 3 次，都没有查出问题"),
        "REFUSES": ("A", "D", "有检查结果为“不配合检查情节严重”"),
    }
    evidence = next(c for c in yields.changes(rounds) if c["id"] == "UP")["evidence"]
    assert [e["number"][:6] for e in evidence] == ["2021Q1", "2021Q2", "2021Q3"] and evidence[1][
        "results"
    ] == [BAD, GOOD]


def test_no_rounds():
    record = yields.reviewed([])
    assert (
        record["changes"] == record["left_out"] == []
        and record["rates"][0]["note"] == yields.NOTHING
    )


def test_records_hold_no_floats_and_do_not_depend_on_order():
    year = large()
    record = yields.reviewed([year])
    assert protocol.parse(protocol.canonical(record).decode()) == record  # refuses floats
    other = copy.deepcopy(year)
    for rows in (
        other.chances["targets"],
        other.results["rows"],
        other.results["visits"],
        *(part["by_ticket"] for part in other.draw["drawn"]),
    ):
        random.Random(7).shuffle(rows)
    assert json.dumps(yields.reviewed([other])) == json.dumps(record)


def test_rows_for_people():
    record = yields.reviewed([large()])
    rates = show.table(yields.shown(record["rates"]), "推算", yields.RATE_COLUMNS).html
    assert "20 %" in rates and " 至 " in rates and yields.EXACT in rates
    assert (
        "90 %"
        not in show.table(yields.shown(record["yields"]), "问题发现率", yields.YIELD_COLUMNS).html
    )
    assert (
        "60 %"
        in show.table(yields.shown(record["ratios"]["rows"]), "比例", yields.RATIO_COLUMNS).html
    )
    change = {
        "id": "A1",
        "name": "样例",
        "risk_class": "A",
        "proposed": "D",
        "reason": "检查 2 次，2 次查出问题",
        "evidence": [{"number": "2021Q1-001", "date": "2021-03-01", "results": [BAD, GOOD]}],
    }
    assert (
        f"2021Q1-001（2021-03-01，{BAD}、{GOOD}）"
        in show.table(yields.shown_changes([change]), "建议", yields.CHANGE_COLUMNS).html
    )
