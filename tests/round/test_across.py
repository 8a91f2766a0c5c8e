"""All rounds of an archive held against each other: what is counted is what the archives hold."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from archived import DRAW, FREEZE, data_of, last, record_of
from conftest import WHOLE_YEAR_AMENDED, WHOLE_YEAR_VOIDED

from ssj import protocol
from ssj.audit import across, audit
from ssj.audit.across import Archived
from ssj.audit.alarms import TOPICS, Attempt, Finding
from ssj.audit.outside import Values
from ssj.base.errors import SsjError
from ssj.casebook import archive
from ssj.desk import auditing


def archived(project: Path) -> list[Archived]:
    return list(across.archived(archive.reading(project / "outputs")))


def counted(project: Path) -> list[tuple[Archived, Attempt]]:
    own = across.Counted()
    return [(one, own.attempt(one)) for one in archived(project)]


def check_against_archive(own: Archived, made: Attempt) -> None:
    """Units, chances and draws of an attempt, taken from its records another way."""
    targets = {t["id"]: t["internal"] for t in own.frozen["tables"]["targets"]}
    kept = {t["id"]: t for t in own.chances["targets"]}
    assert [u.id for u in made.units] == [
        i for i in sorted(targets) if any(f["size"] for f in targets[i]["frames"])
    ]
    drawn_by = {(p["task"], i) for p in own.drawn for i in protocol.drawn_ids(p)}
    for place, u in enumerate(made.units):
        actual = {f["task"]: float(f["actual"]) for f in kept[u.id]["frames"] if f["size"]}
        below = {task: chance for task, chance in actual.items() if chance < 1}
        assert u.chance == max(below.values(), default=0)
        assert u.drawn in {(task, u.id) in drawn_by for task in below} | {False}
        assert made.visited[0, place] == any((task, u.id) in drawn_by for task in actual)
        assert (u.risk_class, u.section) == (targets[u.id]["risk_class"], targets[u.id]["section"])
    # simulated draws give each target the chance of a visit that the freeze simulated
    visits = np.array([float(kept[u.id]["visit"]) for u in made.units])
    redrawn = made.visited[1:].mean(axis=0)
    error = np.sqrt(visits * (1 - visits) / len(made.visited[1:])) + 1e-3
    assert (np.abs(redrawn - visits) < 5.5 * error).all()
    assert abs(redrawn.sum() - visits.sum()) < 0.02 * visits.sum()


def check_teams(own: Archived, made: Attempt) -> None:
    teams = made.teams
    assert list(teams.targets) == [v["id"] for v in own.record["visits"]]
    went = Counter((t["officer"], t["visit"]) for t in own.record["officers"]["taken"])
    assert went == Counter(
        (teams.officers[o], teams.targets[t]) for o, t in np.argwhere(teams.seated[0])
    )
    now = protocol.teams_now(own.amended or own.record)["officers"]
    assert teams.went == {(t["officer"], t["visit"]) for t in now}
    # each team matched anew has as many people at each visit
    assert (teams.seated.sum(axis=1) == teams.seated[0].sum(axis=0)).all()
    assert len(teams.seated) == across.TEAMS + 1
    assert len(np.unique(teams.seated, axis=0)) > across.TEAMS // 2


def test_a_round_is_counted_as_archived(done_sample60):
    ((own, made),) = counted(done_sample60)
    assert (made.name, made.voided) == ("sample60 第 1 次", False)
    assert own.record == record_of(done_sample60, DRAW)
    check_against_archive(own, made)
    check_teams(own, made)


def test_findings_of_one_round(done_sample60):
    found = across.findings(archive.reading(done_sample60 / "outputs"))
    assert all(f.demonstration for f in found) and not any(f.alarm for f in found)
    tested = [f.topic for f in found if f.level is not None]
    assert tested == ["all", "firm", "section", "class", "order"]  # nobody met before
    said = across.lines(found)
    assert said[0] == "演示批次：" and "  封库 1 次，抽取 1 次，作废 0 次" in said
    assert len(said) == len(found) + 1


def test_the_same_archive_gives_the_same_findings(done_sample60):
    book = archive.reading(done_sample60 / "outputs")
    assert across.findings(book) == across.findings(book)


def test_an_empty_archive_has_no_findings(tmp_path):
    assert across.findings(archive.reading(tmp_path)) == []


def test_a_changed_bag_is_refused(done_sample60, tmp_path):
    project = shutil.copytree(done_sample60, tmp_path / "project")
    path = data_of(project, FREEZE) / "out" / "chances.json"
    path.write_bytes(path.read_bytes().replace(b'"draws":20000', b'"draws":20001'))
    with pytest.raises(SsjError, match="与登记不符"):
        across.findings(archive.reading(project / "outputs"))


def test_the_desk_prints_findings(done_sample60, capsys):
    outputs = done_sample60 / "outputs"
    said = auditing.over_rounds(outputs)
    found = across.findings(archive.reading(outputs))
    assert said == {"findings": [f._asdict() for f in found]}
    assert json.loads(json.dumps(said)) == said  # nothing that JSON can't hold
    assert capsys.readouterr().out.endswith("\n".join(["", *across.lines(found), ""]))


DAMAGE = {
    "no ledger": (lambda outputs: (outputs / "ledger.jsonl").unlink(), "还没有封库的批次"),
    "a broken chain": (
        lambda outputs: (outputs / "ledger.jsonl").write_bytes(b"{}\n"),
        "未核验——",
    ),
    "a bag that is gone": (
        lambda outputs: shutil.rmtree(outputs / "sample60" / FREEZE),
        "未核验——sample60/",
    ),
}


@pytest.mark.parametrize(("damage", "said"), DAMAGE.values(), ids=list(DAMAGE))
def test_the_desk_says_why_nothing_was_compared(damage, said, done_sample60, tmp_path, capsys):
    outputs = shutil.copytree(done_sample60 / "outputs", tmp_path / "outputs")
    damage(outputs)
    found = auditing.over_rounds(outputs)
    assert said in capsys.readouterr().out
    assert found == {"findings": []} if "封库" in said else list(found) == ["unchecked"]


TOGETHER = {
    "an alarm": (
        lambda book: [Finding("firm", "F1", "样例", "请核对", alarm=True)],
        0,
        "共 1 个批次和年度，结论：相符。各批次之间有警示 1 项，请逐项核对。",
    ),
    "no alarm": (
        lambda book: [Finding("firm", "", "样例")],
        0,
        "共 1 个批次和年度，结论：相符。",
    ),
    "not compared": (
        lambda book: book.out(book.entries[0] | {"bag": "0" * 64}),
        6,
        "共 1 个批次和年度，结论：有步骤未核验。",
    ),
}


@pytest.mark.parametrize(("findings", "code", "said"), TOGETHER.values(), ids=list(TOGETHER))
def test_the_last_line_of_all(findings, code, said, done_sample60, tmp_path, monkeypatch, capsys):
    """An alarm changes no verdict and is said with it; what was not compared is no agreement."""
    monkeypatch.setattr(across, "findings", findings)
    monkeypatch.setattr(audit, "audit", lambda folder, *_: audit.Report(folder.name))
    target = tmp_path / "all.json"
    assert auditing.report_all(done_sample60 / "outputs", True, target, Values()) == code
    assert capsys.readouterr().out.splitlines()[-1] == said
    written = json.loads(target.read_text(encoding="utf-8"))
    assert written["exit_code"] == code
    assert ("unchecked" in written["together"]) == (code == 6)


@pytest.mark.slow
def test_a_year_is_counted_as_archived(whole_year):
    every = counted(whole_year)
    assert [(own.name, made.voided) for own, made in every] == [
        ("2021Q1 第 1 次", False),
        (f"{WHOLE_YEAR_VOIDED} 第 1 次", True),
        (f"{WHOLE_YEAR_VOIDED} 第 2 次", False),
        (f"{WHOLE_YEAR_AMENDED} 第 1 次", False),
        ("2021Q4 第 1 次", False),
    ]
    for own, made in every:
        check_against_archive(own, made)
        if made.voided:
            assert made.teams is None
        else:
            check_teams(own, made)
    assert {own.name for own, _ in every if own.amended} == {f"{WHOLE_YEAR_AMENDED} 第 1 次"}


@pytest.mark.slow
def test_findings_of_a_year(whole_year):
    found = across.findings(archive.reading(whole_year / "outputs"))
    assert [f.topic for f in found if f.topic in TOPICS] == list(TOPICS)
    assert not any(f.alarm for f in found)
    texts = [f.text for f in found]
    stages = (DRAW, last("freeze", "draw", "void", "freeze", "draw"))
    before, after = (
        {v["id"] for v in record_of(whole_year, stage, WHOLE_YEAR_VOIDED)["visits"]}
        for stage in stages
    )
    assert (
        f"{WHOLE_YEAR_VOIDED} 第 1 次作废，理由：名录有误；当时抽中 {len(before)} 户，"
        f"下一次不再抽中 {len(before - after)} 户、新抽中 {len(after - before)} 户"
    ) in texts
    assert "封库 5 次，抽取 5 次，作废 1 次" in texts
