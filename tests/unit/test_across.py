"""What alarms count, taken from records: units and their chances, reasons to raise a class,
problems found; what is not counted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ssj.audit import across
from ssj.audit.across import Archived, Counted
from ssj.audit.alarms import Finding

LETTERS = {"A": 1, "B": 2, "C": 4, "D": 8}


def target(identifier: str, *frames: tuple[str, str, int], **own: Any) -> dict[str, Any]:
    """``frames``: task, stratum, size."""
    known = {"risk_class": "B", "section": "样例股", "complaints": 0, "penalties": 0}
    known |= {"last_inspected": "", "last_result": []}
    rows = [{"task": t, "stratum": s, "size": n, "rule": "" if n else "X1"} for t, s, n in frames]
    return {
        "id": identifier,
        "identity": {"id": identifier, "name": f"样例{identifier}公司"},
        "internal": {**known, "frames": rows, **own},
    }


def made(targets: list[dict[str, Any]], chances: str = "", **own: Any) -> Archived:
    """``chances``: ``R1 F1 0.25`` … of each frame; a chance that is only bounded is ``-``."""
    kept: dict[str, list[dict[str, Any]]] = {}
    for task, identifier, actual in (part.split() for part in chances.split(",") if part.strip()):
        frame = {"task": task, "size": 1, "actual": actual.strip("-")}
        kept.setdefault(identifier, []).append(frame)
    strata = {(f["task"], f["stratum"]) for t in targets for f in t["internal"]["frames"]}
    parameters = {
        "demonstration": False,
        "classes": {c: {"weight": w} for c, w in LETTERS.items()},
        **own.pop("parameters", {}),
    }
    return Archived(
        "R1 第 1 次",
        {"commitment": "0" * 64, "parameters": parameters, "tables": {"targets": targets}},
        {
            "targets": [{"id": i, "frames": frames} for i, frames in kept.items()],
            "strata": [{"task": t, "stratum": s, "n": 1} for t, s in sorted(strata)],
        },
        {t["id"]: 10 - n for n, t in enumerate(targets)},
        **{
            "drawn": [],
            "record": None,
            "amended": None,
            "void": None,
            "results": None,
            **own,
        },
    )


def part(task: str, *ids: str) -> dict[str, Any]:
    return {"task": task, "stratum": "B", "certain": [], "by_ticket": list(ids)}


def test_units_and_their_chances():
    """The largest chance below 1 that is known; whoever may not be drawn is no unit."""
    own = made(
        [
            target("F1", ("R1", "B", 1), ("R2", "*", 3)),
            target("F2", ("R1", "B", 1), ("R2", "*", 1), section=""),
            target("F3", ("R1", "B", 0)),
            target("F4"),
            target("F5", ("R1", "B", 1), ("R2", "*", 9)),
        ],
        "R1 F1 0.25, R2 F1 0.5, R1 F2 0.25, R2 F2 -, R1 F5 0.25, R2 F5 1.000000000",
        drawn=[part("R1", "F2"), part("R2", "F5")],
    )
    attempt = Counted().attempt(own)
    assert [(u.id, u.chance, u.drawn) for u in attempt.units] == [
        ("F1", 0.5, False),
        ("F2", 0.25, True),
        ("F5", 0.25, False),
    ]
    assert attempt.visited[0].tolist() == [False, True, True]
    assert len(attempt.visited) == across.DRAWS + 1
    assert [u.section for u in attempt.units] == ["样例股", "（未填主管股室）", "样例股"]
    assert [(u.place, u.weight) for u in attempt.units] == [(10, 2), (9, 2), (6, 2)]


def test_simulated_draws_are_those_of_the_frames():
    own = made(
        [target(f"F{n}", ("R1", "B", 1)) for n in range(4)],
        ",".join(f"R1 F{n} 0.25" for n in range(4)),
        drawn=[part("R1", "F0")],
    )
    redrawn = Counted().attempt(own).visited[1:]
    assert (redrawn.sum(axis=1) == 1).all()
    assert np.abs(redrawn.mean(axis=0) - 0.25).max() < 0.06


def test_what_the_platform_drew_is_not_tested():
    elsewhere = made(
        [target("F1", ("R1", "B", 1))],
        drawn=[{"task": "R1", "external": ["F1"]}],
        parameters={"official_draw": "platform"},
    )
    assert Counted().attempt(elsewhere) is None
    assert Counted().attempt(made([target("F1", ("R1", "B", 1))], drawn=None)) is None


def test_a_draw_without_teams_counts_as_voided():
    own = made(
        [target("F1", ("R1", "B", 1))],
        "R1 F1 0.5",
        drawn=[part("R1", "F1")],
        void={"reason": "检查组排不出来"},
    )
    attempt = Counted().attempt(own)
    assert attempt.voided and attempt.teams is None and attempt.units[0].drawn


PROBLEM, NONE = "发现问题已责令改正", "未发现问题"
# what the second freeze says → whether that may raise the class
GROUNDS = {
    "nothing new": ({}, False),
    "a complaint": ({"complaints": 1}, True),
    "a penalty": ({"penalties": 1}, True),
    "an earlier result with a problem": (
        {"last_inspected": "2021-03-01", "last_result": [PROBLEM]},
        True,
    ),
    "an earlier result without": ({"last_inspected": "2021-03-01", "last_result": [NONE]}, False),
}


@pytest.mark.parametrize(("later", "grounds"), GROUNDS.values(), ids=list(GROUNDS))
def test_what_may_raise_a_class(later, grounds):
    counted, frames = Counted(), ("R1", "B", 1)
    first = counted.attempt(made([target("F1", frames)], "R1 F1 0.5"))
    second = counted.attempt(made([target("F1", frames, **later)], "R1 F1 0.5"))
    third = counted.attempt(made([target("F1", frames, **later)], "R1 F1 0.5"))
    assert [a.units[0].grounds for a in (first, second, third)] == [False, grounds, False]


def test_a_problem_found_may_raise_a_class(monkeypatch):
    monkeypatch.setattr(across, "_teams", lambda own: None)
    counted, frames = Counted(), ("R1", "B", 1)
    visits = [{"id": i, "items": ["I1", "I2"]} for i in ("F1", "F2", "F3")]
    results = {
        "visits": [
            {"id": "F1", "answered": 2, "problem": True},
            {"id": "F2", "answered": 2, "problem": False},
            {"id": "F3", "answered": 1, "problem": True},
        ]
    }
    targets = [target(i, frames) for i in ("F1", "F2", "F3")]
    own = made(
        targets,
        drawn=[part("R1", "F1", "F2", "F3")],
        record={"visits": visits},
        results=results,
    )
    attempt = counted.attempt(own)
    assert attempt.problems == {"F1": True, "F2": False}
    assert [u.grounds for u in counted.attempt(made(targets)).units] == [True, False, False]


def test_lines_mark_alarms_and_say_what_to_do():
    found = [
        Finding("rounds", "", "封库 1 次"),
        Finding("firm", "F1", "样例", "请核对", alarm=True, level=0.001),
        Finding("rounds", "", "封库 2 次", demonstration=True),
    ]
    assert across.lines(found) == [
        "正式批次：",
        "  封库 1 次",
        "  【警示】样例。请核对",
        "演示批次：",
        "  封库 2 次",
    ]
