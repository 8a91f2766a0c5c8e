"""An archive made by an earlier version is told apart, never misread: nothing is made, derived or
executed, and both versions are named.
"""

from __future__ import annotations

import json

import pytest
from archived import DRAW, FREEZE, ROSTERS, data_of
from faults.conftest import forge

from ssj import __version__, cli
from ssj.audit import audit

SAID = f"档案是 ssj 0.1.0 作的（档案格式 1），本机的 ssj {__version__} 只认识档案格式 3"


def as_of_0_1_0(data) -> None:
    path = data / "in" / "stage.json"
    stage = json.loads(path.read_text(encoding="utf-8"))
    del stage["format"]
    stage["code"]["version"] = "0.1.0"
    path.write_text(json.dumps(stage, ensure_ascii=False), encoding="utf-8")


@pytest.fixture
def older(copy_sample60):
    """The small round's archive as version 0.1.0 would have marked it, resealed."""
    forge(copy_sample60, rosters=as_of_0_1_0, freeze=as_of_0_1_0, draw=as_of_0_1_0)
    return copy_sample60


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("freeze", "sample60"),
        ("draw", "sample60"),
        ("results", "sample60"),
        ("papers", "sample60"),
        ("event", "sample60"),
    ],
    ids=lambda words: words[0],
)
def test_commands_refuse_it(older, words, monkeypatch, capsys):
    monkeypatch.chdir(older)
    before = {p: p.read_bytes() for p in (older / "outputs").rglob("*") if p.is_file()}
    assert cli.main(list(words)) == 1
    said = capsys.readouterr().err
    assert SAID in said and "请用作档案的那一版办理、复核" in said
    assert {p: p.read_bytes() for p in (older / "outputs").rglob("*") if p.is_file()} == before


def test_an_audit_checks_what_the_protocol_says_for_ever(older):
    """The seals, and the draw by its protocol's number; the rest only that program could tell. V3
    sees that the ledger was written anew to mark it (test_upgrade.py has an archive that 0.1.0
    made).
    """
    report = audit.audit(older / "outputs" / "sample60", False, lambda _: None)
    assert report.stages == [ROSTERS, FREEZE, DRAW]
    holds = {step.number: step.holds for step in report.steps}
    assert holds.pop(3) is False
    assert holds == {**dict.fromkeys((1, 2, 4, 5, 6, 7), True), **dict.fromkeys((8, 9, 10))}
    unchecked = [step.detail for step in report.steps if step.holds is None]
    assert all("做它的程序 ssj 0.1.0（校验码 " in detail for detail in unchecked)


def test_an_older_archive_is_still_held_against_the_protocol(older):
    def otherwise(data) -> None:
        path = data / "out" / "draw.json"
        record = json.loads(path.read_text(encoding="utf-8"))
        record["drawn"][0], record["salt"] = {**record["drawn"][0], "task": "X"}, "0" * 64
        path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")

    forge(older, draw=otherwise)
    report = audit.audit(older / "outputs" / "sample60", False, lambda _: None)
    assert report.exit_code == 5
    assert [step.number for step in report.steps if step.holds is False][:2] == [3, 5]


def test_this_version_names_its_format(done_sample60):
    for stage in (ROSTERS, FREEZE, DRAW):
        text = (data_of(done_sample60, stage) / "in" / "stage.json").read_text(encoding="utf-8")
        assert json.loads(text)["format"] == 3
