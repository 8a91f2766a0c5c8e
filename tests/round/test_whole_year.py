"""A year of the four sample rounds: plan, freezes and draws with history, a void, an officer
replaced, and the audit of all.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import WHOLE_YEAR, WHOLE_YEAR_AMENDED, WHOLE_YEAR_VOIDED

from ssj import protocol
from ssj.audit import audit
from ssj.casebook import archive
from ssj.rosters import history

ROUNDS, VOIDED, AMENDED = WHOLE_YEAR, WHOLE_YEAR_VOIDED, WHOLE_YEAR_AMENDED


def out(project: Path, name: str, kind: str, record: str) -> protocol.Record:
    """What the last stage of a kind wrote."""
    stage = max((project / "outputs" / name).glob(f"*-{kind}"))
    return archive.read_record(stage / "data" / "out" / record)


@pytest.fixture(scope="module")
def year(whole_year) -> Path:
    return whole_year


@pytest.mark.slow
def test_the_audit_of_every_round_and_of_the_year_passes(year):
    for name in ("2021", *ROUNDS):
        # one of them executed again
        report = audit.audit(year / "outputs" / name, name != AMENDED, lambda text: None)
        assert (name, report.exit_code, [s for s in report.steps if s.holds is False]) == (
            name,
            0,
            [],
        )


@pytest.mark.slow
def test_history_holds_the_draws_that_count(year):
    kept = history.read(
        next((year / "outputs" / "2021Q4").glob("*-freeze")) / "data" / "in" / "history.json"
    )
    assert [(r["round"], r["attempt"]) for r in kept.rounds] == [
        ("2021Q1", 1),
        (VOIDED, 2),
        (AMENDED, 1),
    ]
    replaced = out(year, AMENDED, "amend", "amend.json")["amendments"][0]["officer"]
    assert replaced not in str(protocol.teams_now(out(year, AMENDED, "amend", "amend.json")))


@pytest.mark.slow
def test_caps_and_cool_down_are_in_effect(year):
    drawn = {
        name: {v["id"] for v in out(year, name, "draw", "draw.json")["visits"]} for name in ROUNDS
    }
    targets = {t["id"]: t for t in out(year, "2021Q4", "freeze", "chances.json")["targets"]}
    caps = {"A": 2, "B": 2, "C": 4, "D": 6}
    often = {
        i
        for i in targets
        if sum(i in drawn[name] for name in ROUNDS[:3]) >= caps[targets[i]["risk_class"]]
    }
    assert often, "three rounds bring somebody to the yearly cap"
    for i in often & drawn["2021Q4"]:
        pytest.fail(f"{i} was drawn above the yearly cap")
    lowered = [t for t in targets.values() if t["factor"] < 10**6]
    assert lowered and {t["last"] for t in lowered} <= {1, 2, 3}
    rows = out(year, "2021Q4", "freeze", "freeze.json")["tables"]["targets"]
    assert {f["size"] for r in rows if r["id"] in often for f in r["internal"]["frames"]} == {0}


@pytest.mark.slow
def test_every_round_knows_the_plan_of_the_year(year):
    plan = out(year, "2021", "plan", "plan.json")
    for name in ROUNDS:
        page = next((year / "outputs" / name).glob("*-freeze")) / "data" / "auditor.html"
        assert "年度计划" in page.read_text(encoding="utf-8")
    assert plan
