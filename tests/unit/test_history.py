"""What earlier rounds leave to a freeze."""

from __future__ import annotations

import pytest

from ssj.rosters import history
from ssj.rosters.history import NOTHING


def drawn(
    name: str,
    visits: dict[str, list[str]],
    start: str,
    above_cap: tuple[str, ...] = (),
    official_draw: str = "here",
):
    parameters = {
        "window": {"start": start, "end": start},
        "above_cap": [{"task": t, "reason": "样例"} for t in above_cap],
        "official_draw": official_draw,
    }
    draw = {
        "round": name,
        "attempt": 1,
        "parameters": parameters,
        "tables": {"items": [{"id": "I1", "internal": {"method": "现场检查"}}]},
        "visits": [{"id": i, "tasks": t, "items": ["I1"], "seats": []} for i, t in visits.items()],
        "officers": {
            "taken": [{"visit": i, "officer": o} for i in visits for o in ("P2", f"P{i}")]
        },
        "experts": {"taken": [{"visit": i, "officer": "X1"} for i in visits]},
    }
    return history.extract({"bag": "ab" * 32}, draw)


ROUNDS = [
    drawn("2020Q4", {"S1": ["R1"], "S2": ["R2"]}, "2020-12-01"),
    drawn("2021Q1", {"S1": ["R1"], "S3": ["R1", "R2"]}, "2021-03-01", ("R1",)),
    drawn("2021Q2", {"S3": ["R1"], "S4": ["R2"]}, "2021-06-01"),
]
CHANCES = {"targets": [{"id": "S1", "risk_class": "A", "recent": [5, 6], "visit": "0.1"}]}


@pytest.fixture
def read(tmp_path):
    from ssj import protocol

    (tmp_path / "history.json").write_bytes(protocol.canonical(history.as_json(ROUNDS, CHANCES)))
    return history.read(tmp_path / "history.json")


def test_written_and_read(read):
    assert [r["round"] for r in read.rounds] == ["2020Q4", "2021Q1", "2021Q2"]
    assert ROUNDS[1]["visits"] == [
        {"id": "S1", "tasks": ["R1"], "officers": ["P2", "PS1"]},
        {"id": "S3", "tasks": ["R1", "R2"], "officers": ["P2", "PS3"]},
    ], "who, by which tasks, which officers, no experts"
    assert read.cool_down == {"S1": {"id": "S1", "risk_class": "A", "recent": [5, 6]}}
    assert history.from_json(history.as_json([], None)) == NOTHING


def test_a_visit_whose_items_are_all_inspected_off_site_is_said_to_be(small_record):
    small_record["parameters"] |= {
        "window": {"start": "2021-12-06", "end": "2021-12-31"},
        "above_cap": [],
    }
    first = small_record["tables"]["items"][0]
    first["internal"]["method"] = "书面检查"
    for item in small_record["tables"]["items"][1:]:
        item["internal"]["method"] = "现场检查"
    away = {
        v["id"]
        for v in history.extract({"bag": ""}, small_record)["visits"]
        if v.get("off_site", False)
    }
    assert away == {v["id"] for v in small_record["visits"] if v["items"] == [first["id"]]}


def test_visits_that_count_towards_the_cap(read):
    assert read.counted(2021) == {"S3": 2, "S4": 1}, "S1 was visited for a task that does not count"
    assert read.counted(2020) == {"S1": 1, "S2": 1} and read.counted(2019) == {}


def test_visits_that_do_not_count_stand_apart(read):
    assert read.exempt(2021) == {"S1": 1} and read.exempt(2020) == {}


def test_the_last_window_that_drew_a_target(read):
    assert (
        read.visited()
        == {"S1": "2021-03-01", "S2": "2020-12-01", "S3": "2021-06-01", "S4": "2021-06-01"}
        and NOTHING.visited() == {}
    )


def test_rounds_since_the_last_visit(read):
    assert read.last() == {"S1": 2, "S2": 3, "S3": 1, "S4": 1}
    assert NOTHING.last() == {}


def test_rounds_drawn_elsewhere_count_for_caps_only():
    """A visit that the platform drew (外部抽取) counts towards the yearly cap; the cool-down's
    rounds are those drawn here.
    """
    rounds = [
        *ROUNDS[:2],
        drawn("2021Q1X", {"S1": ["R1"], "S9": ["R2"]}, "2021-04-01", official_draw="platform"),
        ROUNDS[2],
    ]
    read = history.from_json(history.as_json(rounds, CHANCES))
    assert [r["external"] for r in read.rounds] == [False, False, True, False]
    assert read.counted(2021) == {"S1": 1, "S3": 2, "S4": 1, "S9": 1}
    assert read.last() == {"S1": 2, "S2": 3, "S3": 1, "S4": 1}


def test_who_went_last_time(small_record):
    from ssj import protocol

    rounds = [
        {**r, "visits": [{**v, "officers": [f"{r['round']}"]} for v in r["visits"]]} for r in ROUNDS
    ]
    assert history.History(rounds).went() == {
        "S1": ["2021Q1"],
        "S2": ["2020Q4"],
        "S3": ["2021Q2"],
        "S4": ["2021Q2"],
    }
    small_record["parameters"] |= {
        "window": {"start": "2021-12-06", "end": "2021-12-31"},
        "above_cap": [],
    }
    extract = {v["id"]: v["officers"] for v in history.extract({"bag": ""}, small_record)["visits"]}
    assert extract == {"S001": ["P1", "P3"], "S004": ["P2", "P3"], "S005": ["P2", "P3"]}
    replaced = protocol.replace(small_record, "P3", ["S004"], False)
    small_record["amendments"] = [{"officer": "P3", "visits": ["S004"], "all": False, **replaced}]
    assert {
        v["id"]: v["officers"] for v in history.extract({"bag": ""}, small_record)["visits"]
    } == {**extract, "S004": ["P1", "P2"]}, "who goes now"
