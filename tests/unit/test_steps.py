"""The steps of a quarter: what each says in every state of a round, which comes next, and that rows
fit a terminal and the parser.
"""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from pathlib import Path

import pytest
from archived import WITH_RESULTS, data_of, last, numbered, papers_made
from conftest import entered

from ssj import cli
from ssj.desk import common, steps
from ssj.desk import standing as desk
from ssj.desk.screen import columns
from ssj.desk.standing import DONE, LATER, NOW, OUTSIDE
from ssj.desk.steps import ANYTIME, STEPS
from ssj.upkeep import starter

# the event is on 2021-11-26 10:00, publication on 2021-12-06
BEFORE = datetime.fromisoformat("2021-11-22T09:00:00+08:00")
BETWEEN = datetime.fromisoformat("2021-11-30T09:00:00+08:00")
AFTER = datetime.fromisoformat("2021-12-07T09:00:00+08:00")


def standing(folder: Path, now: datetime = AFTER) -> desk.Standing:
    from ssj.casebook import archive

    return desk.Standing(
        folder / "params" / "sample60",
        folder / "outputs",
        archive.read_entries(folder / "outputs"),
        now,
    )


def words(it: desk.Standing) -> dict[int, str]:
    return {step.number: str(step.status(it)) for step in (*STEPS, *ANYTIME)}


# stages → now, then what some steps say, and the next one
STATES = {
    "filled in": (
        (),
        BEFORE,
        {
            1: OUTSIDE,
            2: OUTSIDE,
            3: f"{DONE}（2021-11-15）",
            4: NOW,
            5: f"{LATER}：先封库",
            6: f"{LATER}：先封库",
            9: f"{LATER}：先抽取",
            16: f"{LATER}：先抽取",
            18: f"{LATER}：还没有封库",
        },
        4,
    ),
    "frozen, before the event": (
        ("freeze",),
        BEFORE,
        {
            1: f"{DONE}（2021-11-21 10:00）",
            4: f"{DONE}（2021-11-21 10:00）",
            5: f"{LATER}：公告的时间是 2021-11-26 10:00",
            6: f"{LATER}：先录入公开随机数",
            18: f"{NOW}：确有理由才做",
        },
        5,
    ),
    "frozen, after the event": (("freeze",), BETWEEN, {5: NOW, 6: f"{LATER}：先录入公开随机数"}, 5),
    "drawn": (
        ("freeze", "draw"),
        BETWEEN,
        {
            5: f"{DONE}",
            6: f"{DONE}（2021-11-22 10:00）",
            7: OUTSIDE,
            8: f"{NOW}：没有要更换的，跳过",
            9: NOW,
            10: f"{LATER}：检查期间自 2021-12-06 起",
            11: OUTSIDE,
            12: f"{LATER}：检查期间自 2021-12-06 起",
            13: OUTSIDE,
            15: NOW,
            16: f"{LATER}：公布日是 2021-12-06",
            17: f"{LATER}：公布日是 2021-12-06",
        },
        9,
    ),
    "published": (
        ("freeze", "draw"),
        AFTER,
        {10: OUTSIDE, 12: f"{NOW}：检查结果还没有归档", 16: NOW, 17: NOW},
        9,
    ),
    "amended": (
        ("freeze", "draw", "amend", "papers", "platform"),
        AFTER,
        {8: f"{DONE}（2021-11-23 10:00）", 12: f"{NOW}：检查结果还没有归档"},
        9,
    ),
    "voided": (
        ("freeze", "draw", "void"),
        BEFORE,
        {1: OUTSIDE, 4: NOW, 6: f"{LATER}：先封库", 18: f"{LATER}：还没有封库"},
        4,
    ),
    "frozen again": (
        ("freeze", "draw", "void", "freeze"),
        BETWEEN,
        {4: f"{DONE}（2021-11-24 10:00）", 5: NOW, 9: f"{LATER}：先抽取"},
        5,
    ),
}


@pytest.mark.parametrize(("kinds", "now", "said", "following"), STATES.values(), ids=list(STATES))
def test_states(kinds, now, said, following, tmp_path):
    it = standing(entered(tmp_path, *kinds, event=False), now)
    found = words(it)
    assert {number: found[number] for number in said} == said
    assert steps.current(it).number == following


def test_a_new_round_is_to_be_filled_in(tmp_path):
    starter.new_round(tmp_path / "params", "2026Q1", None)
    it = desk.Standing(tmp_path / "params" / "2026Q1", tmp_path / "outputs", [], AFTER)
    assert (
        words(it)[3] == f"{NOW}：round.xlsx 还有要填、要改的"
        and words(it)[4] == f"{LATER}：先填好 round.xlsx"
    )
    assert steps.next_text(it) == "填写 round.xlsx，再运行 ssj check 2026Q1"


def test_an_approval_that_does_not_count(tmp_path):
    folder = entered(tmp_path)
    path = folder / "params" / "sample60" / "round.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('approver = "演示局长"', 'approver = "演示股长"'),
        encoding="utf-8",
    )
    it = standing(folder)
    assert (
        words(it)[3] == f"{NOW}：审批还没有写好"
        and words(it)[4] == f"{LATER}：先填好 round.toml"
        and steps.current(it).number == 3
    )


def test_the_event_typed(tmp_path):
    it = standing(entered(tmp_path, "freeze"), AFTER)
    assert words(it)[5] == f"{DONE}（2021-11-26 10:06）" and words(it)[6] == NOW
    assert steps.next_text(it) == "ssj draw sample60（抽取）"


def test_the_event_of_an_earlier_attempt_does_not_count(tmp_path):
    it = standing(entered(tmp_path, "freeze", "draw", "void", "freeze"), AFTER)
    frozen = data_of(tmp_path, last("freeze", "draw", "void", "freeze")) / "out" / "round.toml"
    frozen.write_text(
        frozen.read_text(encoding="utf-8").replace("time = 2021-11-26T", "time = 2021-12-01T"),
        encoding="utf-8",
    )
    assert (
        words(it)[5] == f"{NOW}：上一次的 entropy.toml 要先移走"
        and words(it)[6] == f"{LATER}：先录入公开随机数"
    )


def test_a_demonstration_needs_no_plan_papers_or_platform(tmp_path):
    it = standing(entered(tmp_path, demonstration=True))
    assert steps.next_text(it) == "ssj run sample60（演示：封库并抽取）" and words(it)[20] == NOW
    assert "演示批次" in steps.headline(it)
    it = standing(entered(tmp_path / "drawn", "freeze", "draw", demonstration=True))
    assert steps.current(it).number == 15 and words(it)[20] == f"{DONE}（2021-11-22 10:00）"


def test_the_plan_of_the_year(tmp_path):
    folder = entered(tmp_path)
    (folder / "params" / "2021").mkdir()
    (folder / "params" / "2021" / "year.toml").touch()
    it = standing(folder)
    assert (
        words(it)[2] == NOW
        and steps.next_text(it) == "ssj check 2021（核对年度计划），然后 ssj plan 2021（归档）"
    )
    line = {
        "n": 1,
        "time": "2021-01-20T09:00:00+08:00",
        "round": "2021",
        "attempt": 1,
        "stage": "01-plan",
        "bag": "0" * 64,
    }
    assert (
        words(desk.Standing(it.folder, it.outputs, [line], AFTER))[2]
        == f"{DONE}（2021-01-20 09:00）"
    )


def test_papers(tmp_path):
    folder = entered(tmp_path, "freeze", "draw")
    papers_made(folder, "2021-12-01T09:00:00+08:00")
    assert (
        words(standing(folder))[9] == f"{DONE}（2021-12-01 09:00）"
        and steps.current(standing(folder)).number == 12
    )
    folder = entered(tmp_path / "amended", "freeze", "draw", "amend")
    papers_made(folder, "2021-11-22T11:00:00+08:00")
    assert words(standing(folder))[9] == f"{NOW}：更换了人员，要重新生成"


def with_results(folder: Path, *states: str, objections: int = 0, overdue: int = 0) -> Path:
    """A project with a results stage, one visit for each state, the first ones overdue, and
    unanswered objections.
    """
    entered(folder, *WITH_RESULTS)
    papers_made(folder, "2021-12-01T09:00:00+08:00")
    record = {
        "visits": [
            {
                "state": state,
                "overdue": n < overdue,
                "not_public": "",
                "deadline": "2021-12-06" if n < overdue else "2022-01-14",
            }
            for n, state in enumerate(states)
        ],
        "objections": [
            {"id": f"YY-{n}", "received_on": "2021-12-01", "answered_on": "" if n else "2021-12-06"}
            for n in range(objections + 1)
        ],
        "rows": [],
        "followup": [],
    }
    (data_of(folder, last(*WITH_RESULTS)) / "out" / "results.json").write_text(
        json.dumps(record), encoding="utf-8"
    )
    return folder


# states of the visits, objections, overdue visits → what steps 11 to 13 say, and the next step
RESULTS = {
    "nothing yet": (
        ("drawn", "drawn"),
        0,
        0,
        {11: OUTSIDE, 12: f"{NOW}：已公示 0/2 户次", 13: OUTSIDE},
        12,
    ),
    "some, late": (
        ("closed", "reviewed", "visited"),
        0,
        1,
        {11: OUTSIDE, 12: f"{NOW}：已公示 1/3 户次，超期 1 户次"},
        12,
    ),
    "to be followed up": (
        ("closed", "following"),
        0,
        0,
        {11: f"{NOW}：后续处置中 1 户次", 12: f"{DONE}（2021-11-25 10:00）"},
        15,
    ),
    "all": (
        ("closed", "published"),
        0,
        0,
        {11: f"{DONE}（2021-11-25 10:00）", 12: f"{DONE}（2021-11-25 10:00）", 13: OUTSIDE},
        15,
    ),
    "objected": (
        ("closed", "closed"),
        2,
        0,
        {12: f"{DONE}（2021-11-25 10:00）", 13: f"{NOW}：还没有答复的异议 2 件"},
        15,
    ),
}


@pytest.mark.parametrize(
    ("states", "objections", "overdue", "said", "following"), RESULTS.values(), ids=list(RESULTS)
)
def test_results(states, objections, overdue, said, following, tmp_path):
    it = standing(with_results(tmp_path, *states, objections=objections, overdue=overdue))
    found = words(it)
    assert {number: found[number] for number in said} == said and steps.current(
        it
    ).number == following


def test_the_quarterly_report(tmp_path):
    it = standing(with_results(tmp_path, "closed"))
    assert words(it)[14] == NOW
    (it.files / "季度报告.docx").touch()
    os.utime(it.files / "季度报告.docx", (AFTER.timestamp(), AFTER.timestamp()))
    assert words(it)[14] == f"{DONE}（2021-12-07 09:00）"


def test_the_results_to_come(tmp_path):
    it = standing(with_results(tmp_path, "drawn"))
    assert (
        steps.next_text(it)
        == "把填好的结果回填表存为 results.xlsx，放进批次文件夹，再运行 ssj results sample60"
    )
    (it.folder / "results").mkdir()
    assert steps.next_text(standing(tmp_path)) == "ssj results sample60（检查结果归档）"


def test_the_platform_s_lists(tmp_path):
    folder = entered(tmp_path, "freeze", "draw")
    papers_made(folder, "2021-12-01T09:00:00+08:00")
    (folder / "params" / "sample60" / "platform.xlsx").touch()
    assert (
        steps.current(standing(folder)).number == 12
        and steps.next_text(standing(folder)) == "ssj platform sample60（与平台核对）"
    )
    folder = entered(tmp_path / "elsewhere", "freeze")
    for toml in folder.rglob("round.toml"):
        toml.write_text(
            toml.read_text(encoding="utf-8").replace(
                'official_draw = "here"', 'official_draw = "platform"'
            ),
            encoding="utf-8",
        )
    it = standing(folder)
    assert words(it)[6] == f"{LATER}：先放入平台抽取的名单 external.xlsx" and steps.next_text(
        it
    ).startswith("把省级平台抽取的名单存为 external.xlsx")
    (it.folder / "external.xlsx").touch()
    assert words(standing(folder))[6] == NOW


@pytest.mark.parametrize(("drawn_by", "done"), [("here", False), ("platform", True)])
def test_an_audit_that_can_t_check_all(drawn_by, done, tmp_path):
    """Of a draw made elsewhere the selection is never checked: that is as far as its audit goes."""
    folder = entered(tmp_path, "freeze", "draw")
    for toml in folder.rglob("round.toml"):
        toml.write_text(
            toml.read_text(encoding="utf-8").replace(
                'official_draw = "here"', f'official_draw = "{drawn_by}"'
            ),
            encoding="utf-8",
        )
    files = folder / "outputs" / "sample60" / "files"
    files.mkdir()
    (files / desk.REPORT).write_text(
        json.dumps({"stages": numbered("freeze", "draw"), "exit_code": 6}), encoding="utf-8"
    )
    assert words(standing(folder))[15].startswith(DONE) == done


def test_audited(tmp_path):
    folder = with_results(tmp_path, "closed")
    files = folder / "outputs" / "sample60" / "files"
    report = {
        "stages": numbered(*WITH_RESULTS),
        "exit_code": 0,
    }
    (files / desk.REPORT).write_text(json.dumps(report), encoding="utf-8")
    os.utime(files / desk.REPORT, (AFTER.timestamp(), AFTER.timestamp()))
    it = standing(folder)
    assert words(it)[15] == f"{DONE}（2021-12-07 09:00）" and steps.current(it) is None
    assert (
        steps.next_text(it)
        == f"都已做完；随时可以复核：ssj audit {folder.as_posix()}/outputs/sample60（复核）"
    )
    (files / desk.REPORT).write_text(json.dumps({**report, "exit_code": 5}), encoding="utf-8")
    assert words(standing(folder))[15] == f"{NOW}：上次复核有不符或未核验之处"
    (files / desk.REPORT).write_text(
        json.dumps({**report, "stages": numbered("freeze", "draw")}), encoding="utf-8"
    )
    assert words(standing(folder))[15] == NOW, "a stage came since"
    (files / desk.REPORT).write_text("{", encoding="utf-8")
    assert words(standing(folder))[15] == NOW


def test_status_says_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(entered(tmp_path))
    assert cli.main(["status"]) == 0
    assert (
        capsys.readouterr().out
        == "sample60  第 1 次抽取；尚未封库\n  下一步："
        + steps.next_text(standing(tmp_path))
        + "\n"
    )
    assert common.now().tzinfo is not None


# The rows


def test_numbers():
    assert [step.number for step in (*STEPS, *ANYTIME)] == list(range(1, 21))


@pytest.mark.parametrize("step", [*STEPS, *ANYTIME], ids=lambda step: step.title)
def test_a_row_fits_and_is_plain(step):
    assert columns(step.title) <= 28
    lines = step.explain.splitlines()
    assert 2 <= len(lines) <= 3 and max(map(columns, lines)) <= 76
    assert [line for line in lines if not line.endswith(("。", "：", "；", "，"))] == []
    assert all(columns(f"{action.confirm}（是/否）") <= 80 for action in step.actions)
    assert not re.search("笔记本|冻结|种子|账本|收据|彩排", step.explain + step.title)


@pytest.mark.parametrize(
    "command", sorted({action.command for step in (*STEPS, *ANYTIME) for action in step.actions})
)
def test_every_action_is_a_command(command):
    choices = cli._parser()._subparsers._group_actions[0].choices
    assert command in choices
