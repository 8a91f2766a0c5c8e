"""Amendments and voids of a whole round: who comes for whom, what is refused, what the audit finds
in an edited one.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from archived import DRAW, FREEZE, derived, last, numbered, record_of, replaceable, report_of
from conftest import new_project
from faults.conftest import forge
from warm import amend, approved, tell

from ssj import protocol
from ssj.base import params, words
from ssj.casebook import archive, making, runner
from ssj.draw import changes, lists
from ssj.stages import registry

ROUND = "sample60"
AMEND, SECOND_AMEND, THIRD_AMEND = numbered("freeze", "draw", "amend", "amend", "amend")[-3:]
VOID = last("freeze", "void")
SECOND_DRAW = last("freeze", "draw", "void", "freeze", "draw")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory, done_sample60) -> Path:
    return shutil.copytree(done_sample60, tmp_path_factory.mktemp("amend") / "project")


def first_failing(project: Path) -> int:
    return next(step.number for step in report_of(project).steps if step.holds is False)


@pytest.fixture(scope="module")
def amended(drawn) -> Path:
    """The small round with three amendments: a recusal from one visit, somebody who leaves
    altogether, and one more.
    """
    officer, visit = replaceable(record_of(drawn, DRAW), whole=False)
    assert amend(drawn, officer, "回避", "--visit", visit)[0] == 0
    officer, _ = replaceable(record_of(drawn, AMEND), whole=True)
    assert amend(drawn, officer, "请假")[0] == 0
    officer, visit = replaceable(record_of(drawn, SECOND_AMEND), whole=False)
    number = lists.visit_numbers(record_of(drawn, DRAW))[visit]
    assert amend(drawn, officer, "其他", "--visit", number, "--note", "演示说明")[0] == 0
    return drawn


@pytest.mark.slow
def test_every_kind_of_amendment_audits_clean(amended):
    report = report_of(amended, fast=False)
    assert (report.exit_code, [s for s in report.steps if not s.holds]) == (0, [])
    assert report.stages == numbered("freeze", "draw", "amend", "amend", "amend")


@pytest.mark.slow
def test_who_comes_follows_from_the_lots(amended):
    first, second, third = record_of(amended, THIRD_AMEND)["amendments"]
    assert (first["reason"], first["all"], first["note"]) == ("回避", False, "")
    assert (second["reason"], second["all"]) == ("请假", True)
    assert (third["reason"], third["note"], len(third["visits"])) == ("其他", "演示说明", 1)
    record = record_of(amended, THIRD_AMEND)
    gone = second["officer"]
    assert gone not in {
        t["officer"] for taken in protocol.teams_now(record).values() for t in taken
    }, "leaves all visits of the round"
    for number in range(3):
        before = {**record, "amendments": record["amendments"][:number]}
        own = record["amendments"][number]
        derived = protocol.replace(before, own["officer"], own["visits"], own["all"])
        assert derived == {key: own[key] for key in derived}


@pytest.mark.slow
def test_the_original_stands_beside_it(amended):
    names = {p.name for p in (amended / "outputs" / ROUND / "files").iterdir()}
    assert {
        "抽取结果.xlsx",
        "抽取结果（调整3）.xlsx",
        "抽后调整公告（调整1）.html",
        "公开记录.json",
        "公开记录（调整3）.json",
        "检查码核验（调整3）.html",
    } <= names
    assert "抽取现场记录及结果确认表（调整1）.docx" not in names
    public = archive.read_record(amended / "outputs" / ROUND / "files" / "公开记录（调整3）.json")
    assert next((a["reason"], a["visits"]) for a in public["amendments"]) == ("回避", 1)
    assert {"officer", "approver", "note"}.isdisjoint(public["amendments"][0]), (
        "the public learns the reason, not the person's note"
    )
    page = (amended / "outputs" / ROUND / THIRD_AMEND / "data" / "auditor.html").read_text(
        encoding="utf-8"
    )
    assert "抽取时的检查组与现在的检查组" in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "change"),
    [
        (
            7,
            lambda a, r: a["taken"][0].update(
                officer=next(
                    o["id"] for o in r["tables"]["officers"] if o["id"] != a["taken"][0]["officer"]
                )
            ),
        ),
        (
            7,
            lambda a, r: (
                a["skipped"].clear() if a["skipped"] else a["skipped"].append({"visit": "X"})
            ),
        ),
        (3, lambda a, r: a.update(reason="请假")),
        (3, lambda a, r: a.update(approver="某人")),
        (3, lambda a, r: r.update(attempt=2)),
    ],
    ids=[
        "another officer",
        "a skipped officer left out",
        "another reason",
        "another approver",
        "another round's record",
    ],
)
def test_an_edited_amendment_fails_by_its_step(amended, tmp_path, number, change):
    project = shutil.copytree(amended, tmp_path / "project")

    def edit(data: Path) -> None:
        if data.parent.name == THIRD_AMEND:
            record = archive.read_record(data / "out" / "amend.json")
            change(record["amendments"][-1], record)
            (data / "out" / "amend.json").write_bytes(protocol.canonical(record))

    forge(project, amend=edit)
    assert first_failing(project) == number


@pytest.mark.slow
def test_an_amendment_that_nobody_may_approve_fails(amended, tmp_path):
    project = shutil.copytree(amended, tmp_path / "project")

    def edit(data: Path) -> None:
        if data.parent.name != THIRD_AMEND:
            return
        stage = runner.read_stage(data)
        runner.write_json(data / "in" / "stage.json", {**stage, "approver": "样例某"})
        record = archive.read_record(data / "out" / "amend.json")
        record["amendments"][-1]["approver"] = "样例某"
        (data / "out" / "amend.json").write_bytes(protocol.canonical(record))

    forge(project, amend=edit)
    step = next(s for s in report_of(project).steps if s.holds is False)
    assert step.number == 3 and "“样例某”无权批准抽后调整" in step.detail


REFUSED = {
    "unknown officer": (("ZZ-999", "请假"), "名录库中没有工号 ZZ-999"),
    "unknown visit": (("{officer}", "请假", "--visit", "没有这户"), "不在这些检查的检查组中"),
    "recusal without a visit": (("{officer}", "回避"), "没有写是哪几户"),
    "other without a note": (("{officer}", "其他"), "须写明情况"),
    "somebody who goes nowhere": (("{idle}", "请假"), "没有参加任何检查"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_amendments_write_nothing(copy_sample60, case):
    record = record_of(copy_sample60, DRAW)
    busy = {t["officer"] for t in record["officers"]["taken"]}
    idle = next((o["id"] for o in record["tables"]["officers"] if o["id"] not in busy), "ZZ-998")
    arguments, message = REFUSED[case]
    ledger = (copy_sample60 / "outputs" / archive.LEDGER).read_bytes()
    words_of = [
        a.format(officer=record["officers"]["taken"][0]["officer"], idle=idle) for a in arguments
    ]
    code, said = amend(copy_sample60, *words_of)
    assert code == 4 and (message in said or idle == "ZZ-998")
    assert (copy_sample60 / "outputs" / archive.LEDGER).read_bytes() == ledger
    assert not (copy_sample60 / "outputs" / ROUND / AMEND).exists()


def test_only_a_named_approver_on_a_possible_day(copy_sample60):
    officer = record_of(copy_sample60, DRAW)["officers"]["taken"][0]["officer"]
    code, said = amend(copy_sample60, officer, "请假", approver="样例某")
    assert code == 4 and "“样例某”无权批准抽后调整" in said and "演示局长" in said
    for day in ("2021-11-01", "2999-01-01"):
        code, said = tell(
            copy_sample60,
            "amend",
            ROUND,
            "--officer",
            officer,
            "--reason",
            "请假",
            *approved()[:-1],
            day,
        )
        assert code == 4 and f"审批日期 {day} 应在" in said


def test_when_nobody_is_left(copy_sample60):
    """Leaves one after another until the seats can't be filled; the refusal says which seats and
    who was left.
    """
    for _ in range(12):
        stage = max(
            p.name for p in (copy_sample60 / "outputs" / ROUND).iterdir() if p.name[0].isdigit()
        )
        busy = [
            t["officer"] for t in protocol.teams_now(record_of(copy_sample60, stage))["officers"]
        ]
        code, said = amend(copy_sample60, busy[0], "请假")
        if code:
            break
    assert code == 4 and "没有可以更换的人员" in said and "席位" in said
    assert report_of(copy_sample60).exit_code == 0


def test_reasons_are_closed_lists():
    assert (
        words.RECUSAL in words.AMEND_REASONS
        and "其他" in words.AMEND_REASONS
        and "活动未举行" in words.VOID_REASONS
    )


# --- voids ---


def void(project: Path, reason: str, *more: str) -> tuple[int, str]:
    return tell(
        project,
        "void",
        ROUND,
        "--reason",
        reason,
        *approved(),
        *more,
    )


@pytest.mark.slow
def test_a_void_after_the_event_completes_the_draw_and_the_next_one_says_who_was_lost_and_gained(
    tmp_path,
):
    project = new_project(tmp_path, ROUND)
    assert tell(project, "freeze", ROUND)[0] == 0
    code, said = void(project, "名录有误")
    assert code == 0 and "先完成抽取并归档，再作废" in said and "已作废" in said
    assert tell(project, "run", ROUND)[0] == 0
    assert [e["stage"] for e in archive.read_entries(project / "outputs")] == numbered(
        "freeze", "draw", "void", "freeze", "draw"
    )
    before, now = (
        {v["id"] for v in record_of(project, stage)["visits"]} for stage in (DRAW, SECOND_DRAW)
    )
    page = (project / "outputs" / ROUND / SECOND_DRAW / "data" / "public.html").read_text(
        encoding="utf-8"
    )
    assert "与作废的抽取相比" in page and "这次不再抽中" in page
    voided = json.loads(
        (project / "outputs" / ROUND / SECOND_DRAW / "data" / "in" / "voided.json").read_text(
            encoding="utf-8"
        )
    )
    assert set(voided["visits"]) == before and voided["attempt"] == 1 and before != now
    assert report_of(project).exit_code == 0

    def edit(data: Path) -> None:
        if data.parent.name == SECOND_DRAW:
            (data / "in" / "voided.json").write_bytes(
                protocol.canonical({"attempt": 1, "visits": []})
            )

    forge(project, draw=edit)
    assert first_failing(project) == 3


def test_an_event_that_was_not_held(tmp_path):
    project = new_project(tmp_path, ROUND)
    (project / "params" / ROUND / "entropy.toml").rename(project / "params" / ROUND / "later.toml")
    assert tell(project, "freeze", ROUND)[0] == 0
    code, said = void(project, "名录有误")
    assert code == 4 and "须先完成抽取并归档，才能作废" in said and "ssj event" in said
    code, said = void(project, "活动未举行", "--witness", "驻局纪检监察组（演示）")
    assert code == 4 and "2 名以上保管人" in said
    code, said = void(
        project,
        "活动未举行",
        "--witness",
        "驻局纪检监察组（演示）",
        "--witness",
        "样例某",
    )
    assert code == 4 and "不是公告的保管人" in said
    code, said = void(
        project,
        "活动未举行",
        "--witness",
        "驻局纪检监察组（演示）",
        "--witness",
        "演示县市场监督管理局",
    )
    assert code == 0
    record = record_of(project, VOID)
    assert record["drawn"] is False and record["witnesses"] == sorted(
        ["驻局纪检监察组（演示）", "演示县市场监督管理局"]
    )
    page = (project / "outputs" / ROUND / VOID / "data" / "public.html").read_text(encoding="utf-8")
    assert "驻局纪检监察组（演示）" in page


def test_a_draw_without_teams_is_kept_with_the_void(tmp_path, monkeypatch):
    """Where no teams can be made after the event, the list that the event drew is archived with the
    void.
    """
    project = new_project(tmp_path, ROUND)
    assert tell(project, "freeze", ROUND)[0] == 0
    code, said = void(project, "检查组排不出来")
    assert code == 4 and "检查组排得出来，应当完成抽取" in said
    real = protocol.match

    def nobody(record, visits, seed, purpose):
        raise (
            protocol.ProtocolError("排不出来")
            if purpose == "officer"
            else real(record, visits, seed, purpose)
        )

    frozen = record_of(project, FREEZE)
    text = params.read_entropy(project / "params" / ROUND / "entropy.toml").text
    with monkeypatch.context() as patch:
        patch.setattr(protocol, "match", nobody)
        kept = changes.unstaffed(frozen, text)
    drawn = protocol.draw_targets(frozen, kept["seed"])
    assert kept["drawn"] == drawn and kept["visits"] == [
        v["id"] for v in protocol.visits_of(frozen, drawn)
    ]
    with pytest.raises(protocol.ProtocolError, match="应当完成抽取"):
        changes.unstaffed(frozen, text)
    with pytest.raises(protocol.ProtocolError, match="不符"):
        changes.unstaffed(frozen, text[:-1] + "7")


@pytest.mark.slow
def test_a_void_without_teams_keeps_the_list_and_follows_from_its_in(done_sample60, tmp_path):
    """A frozen record whose officers have a yearly cap of 1 passes for no round's draw; its void
    holds what the event drew.
    """
    frozen = record_of(done_sample60, FREEZE)
    for officer in frozen["tables"]["officers"]:
        officer["internal"]["cap"] = 1
    frozen["commitment"] = protocol.commit(frozen)
    folder = tmp_path / VOID / "data"
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "freeze.json").write_bytes(protocol.canonical(frozen))
    shutil.copyfile(
        done_sample60 / "params" / ROUND / "entropy.toml", folder / "in" / "entropy.toml"
    )
    freeze = tmp_path / FREEZE / "data"
    for part in ("in", "out"):
        (freeze / part).mkdir(parents=True)
    (freeze / "out" / "freeze.json").write_bytes(protocol.canonical(frozen))
    runner.write_json(
        freeze / "in" / "stage.json", {"attempt": 1, "time": "2021-11-25T09:00:00+08:00"}
    )
    stage = {
        **runner.read_stage(done_sample60 / "outputs" / ROUND / DRAW / "data"),
        "reason": "检查组排不出来",
        "note": "",
        "approver": "演示局长",
        "date": "2021-11-26",
        "witnesses": [],
    }
    with runner.fresh_kernel(folder) as kernel:
        making.run(folder, registry.kind("03-void"), kernel, stage, lambda text: None)
    record = archive.read_record(folder / "out" / "void.json")
    assert (
        record["drawn"] is False
        and record["unstaffed"]["visits"]
        and "席位" in record["unstaffed"]["why"]
    )
    assert record["unstaffed"]["seed"] == protocol.seed_of(
        frozen["commitment"], record["unstaffed"]["entropy"]["text"]
    )
    names = {t["id"]: t["identity"]["name"] for t in frozen["tables"]["targets"]}
    assert all(
        names[i] in (folder / "auditor.html").read_text(encoding="utf-8")
        for i in record["unstaffed"]["visits"]
    )
    assert not any(
        names[i] in (folder / "public.html").read_text(encoding="utf-8")
        for i in record["unstaffed"]["visits"]
    )
    assert derived(folder) == []
    record["unstaffed"]["visits"].pop()
    (folder / "out" / "void.json").write_bytes(protocol.canonical(record))
    assert derived(folder)
