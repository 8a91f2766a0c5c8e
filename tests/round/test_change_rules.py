"""An insider archives an amendment or void that the commands would have refused, and rebuilds bags
and ledger: V3 says which rule it breaks.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from archived import DRAW, last
from conftest import new_project, ran
from faults.conftest import forge
from warm import approved

from ssj import protocol
from ssj.audit import again, audit, checks
from ssj.base import params
from ssj.casebook import archive, runner
from ssj.draw import change_rules, changes
from ssj.stages import registry

ROUND = "sample60"
CUSTODIANS = ["演示县市场监督管理局", "驻局纪检监察组（演示）"]
VOID = last("freeze", "void")


def change(project: Path, command: str, *arguments: str) -> None:
    ran(project, command, ROUND, *arguments, *approved())


@pytest.fixture(scope="module")
def voided(tmp_path_factory, done_sample60) -> Path:
    """Frozen, drawn, voided."""
    project = shutil.copytree(done_sample60, tmp_path_factory.mktemp("voided") / "project")
    change(project, "void", "--reason", "名录有误")
    return project


@pytest.fixture(scope="module")
def not_held(tmp_path_factory) -> Path:
    """Frozen, and voided since the event was not held."""
    project = new_project(tmp_path_factory.mktemp("not-held"), ROUND)
    (project / "params" / ROUND / "entropy.toml").rename(project / "entropy.toml")
    ran(project, "freeze", ROUND)
    change(
        project,
        "void",
        "--reason",
        "活动未举行",
        *(word for name in CUSTODIANS for word in ("--witness", name)),
    )
    return project


@pytest.fixture(scope="module")
def amended(tmp_path_factory, done_sample60) -> Path:
    """Frozen, drawn, and an officer replaced in all visits, of which there are several."""
    project = shutil.copytree(done_sample60, tmp_path_factory.mktemp("amended") / "project")
    record = archive.read_record(project / "outputs" / ROUND / DRAW / "data" / "out" / "draw.json")
    for officer in sorted({t["officer"] for t in record["officers"]["taken"]}):
        visits = change_rules.visits_of(record, officer)
        try:
            protocol.replace(record, officer, visits, True)
        except protocol.ProtocolError:
            continue
        if len(visits) > 1:
            change(project, "amend", "--officer", officer, "--reason", "请假")
            return project
    raise AssertionError("nobody with several visits can be replaced")


def third_step(project: Path, monkeypatch) -> protocol.Step:
    """V3 of a fast audit without the checks of freezes and pages, which are not what is tampered
    with.
    """
    monkeypatch.setattr(checks, "of_step", lambda *_: ())
    monkeypatch.setattr(again.Makers, "sources", lambda *_: ())
    monkeypatch.setattr(again, "pages", lambda *_: ())
    for kind in ("rosters", "freeze"):
        monkeypatch.setattr(registry.kinds()[kind], "derive", lambda _: ())
    report = audit.audit(project / "outputs" / ROUND, True, lambda text: None)
    assert [s.number for s in report.steps if s.holds is False] in ([], [3])
    return report.steps[2]


def resealed(source: Path, tmp_path: Path, kind: str, change: Callable[[dict, Path], None]) -> Path:
    """A copy whose stage of this kind was asked for otherwise, with the record that follows, bags
    and ledger made anew.
    """
    project = shutil.copytree(source, tmp_path / "project")

    def edit(data: Path) -> None:
        stage = runner.read_stage(data)
        change(stage, data)
        runner.write_json(data / "in" / "stage.json", stage)
        before = params.read_given(data / "in")
        path = data / "out" / archive.record_name(kind)
        try:
            record = (
                changes.amended(before, stage) if kind == "amend" else changes.voided(before, stage)
            )
        except protocol.ProtocolError:  # an officer whom nobody knows
            record = archive.read_record(path)
            record["amendments"][-1].update({key: stage[key] for key in changes.REQUEST})
        path.write_bytes(protocol.canonical(record))

    forge(project, **{kind: edit})
    return project


def asked(**values) -> Callable[[dict, Path], None]:
    return lambda stage, data: stage.update(values)


def event_text(text: str) -> Callable[[dict, Path], None]:
    """Teams that can't be made, it says, with an entropy.toml whose text is this; the real one's
    for none.
    """

    def change(stage: dict, data: Path) -> None:
        stage.update(reason="检查组排不出来", witnesses=[])
        given = (data.parents[3] / "entropy.toml").read_text(encoding="utf-8")
        (data / "in" / "entropy.toml").write_text(
            given.replace("5452443366262235", text or "5452443366262235"), encoding="utf-8"
        )

    return change


def a_visit_less(stage: dict, data: Path) -> None:
    stage["visits"].pop()


APPROVAL = {
    "a reason of one's own": (asked(reason="结果不理想"), "没有“结果不理想”这个理由"),
    "other without a note": (asked(reason="其他", note=" "), "理由为“其他”的，须写明情况"),
    "approved by somebody": (asked(approver="样例某"), "“样例某”无权批准"),
    "approved before there was anything": (asked(date="2021-11-20"), "审批日期 2021-11-20 应在 "),
    "approved afterwards": (asked(date="2999-01-01"), "审批日期 2999-01-01 应在 "),
}
TAMPERED = {
    **{
        f"{source}: {name}": (source, *case)
        for source in ("voided", "amended")
        for name, case in APPROVAL.items()
    },
    "voided: approved by one who may only amend": (
        "voided",
        asked(approver="演示分管副局长"),
        "“演示分管副局长”无权批准作废",
    ),
    "voided: not held, though drawn": (
        "voided",
        asked(reason="活动未举行", witnesses=CUSTODIANS),
        "已经抽取，说明活动已经举行",
    ),
    "voided: no teams, though drawn": (
        "voided",
        asked(reason="检查组排不出来"),
        "已经抽取，检查组排得出来",
    ),
    "voided: witnesses for another reason": (
        "voided",
        asked(witnesses=CUSTODIANS),
        "只有理由为“活动未举行”的，才写证明人",
    ),
    "undrawn: after the event, another reason": (
        "not_held",
        asked(reason="名录有误", witnesses=[]),
        "须先完成抽取并归档，才能作废",
    ),
    "undrawn: no witness": ("not_held", asked(witnesses=[]), "须由 2 名以上保管人证明"),
    "undrawn: one witness": (
        "not_held",
        asked(witnesses=CUSTODIANS[:1]),
        "须由 2 名以上保管人证明",
    ),
    "undrawn: one witness twice": (
        "not_held",
        asked(witnesses=CUSTODIANS[:1] * 2),
        "须由 2 名以上保管人证明",
    ),
    "undrawn: a witness whom nobody announced": (
        "not_held",
        asked(witnesses=[*CUSTODIANS, "样例某"]),
        "证明人“样例某”不是公告的保管人",
    ),
    "undrawn: no teams, no event": (
        "not_held",
        asked(reason="检查组排不出来", witnesses=[]),
        "还没有公开随机数",
    ),
    "undrawn: no teams, though they can be made": (
        "not_held",
        event_text(""),
        "检查组排得出来，应当完成抽取",
    ),
    "undrawn: no teams, by no such event": (
        "not_held",
        event_text("123"),
        "entropy.toml 参数 text：",
    ),
    "amended: a recusal from everything": (
        "amended",
        asked(reason="回避"),
        "回避只对写明的检查有效",
    ),
    "amended: a visit of those that are all left out": (
        "amended",
        a_visit_less,
        "没有写全现在参加的检查",
    ),
    "amended: somebody who is on no roster": (
        "amended",
        asked(officer="ZZ-999", all=False),
        "名录库中没有工号 ZZ-999",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("source", "change", "said"), TAMPERED.values(), ids=TAMPERED.keys())
def test_what_the_command_would_have_refused_fails_by_v3(
    request, tmp_path, monkeypatch, source, change, said
):
    kind = "amend" if source == "amended" else "void"
    step = third_step(
        resealed(request.getfixturevalue(source), tmp_path, kind, change), monkeypatch
    )
    assert step.holds is False and f"-{kind}：" in step.detail and said in step.detail


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "kind", "change"),
    [
        ("voided", "void", asked()),
        ("not_held", "void", asked()),
        ("amended", "amend", asked()),
        ("voided", "void", asked(reason="其他", note="演示说明")),
        ("amended", "amend", asked(approver="演示分管副局长")),
    ],
    ids=["voided", "not held", "amended", "other with a note", "another who may amend"],
)
def test_what_the_command_allows_passes(request, tmp_path, monkeypatch, source, kind, change):
    step = third_step(
        resealed(request.getfixturevalue(source), tmp_path, kind, change), monkeypatch
    )
    assert (step.holds, step.detail) == (True, "")


@pytest.mark.slow
def test_a_void_before_the_announced_time_needs_no_draw(not_held):
    """The same rule by time alone: a second before, and at it."""
    data = not_held / "outputs" / ROUND / VOID / "data"
    frozen, stage = (
        archive.read_record(data / "in" / "freeze.json"),
        {**runner.read_stage(data), "reason": "名录有误", "witnesses": [], "date": "2021-11-26"},
    )
    for time, allowed in (
        ("2021-11-26T09:59:59+08:00", True),
        ("2021-11-26T02:00:00+00:00", False),
    ):
        errors = list(
            change_rules.voiding(
                frozen, {**stage, "time": time}, "2021-11-25T09:00:00+08:00", data / "in"
            )
        )
        assert (errors == []) is allowed
