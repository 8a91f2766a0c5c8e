"""Two rounds after one another: what the first leaves to the second, and how an audit checks it."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
from archived import DRAW, FREEZE, ROSTERS
from conftest import new_project, ssj

from ssj.audit import audit
from ssj.casebook import archive
from ssj.draw import exclusions
from ssj.tables import writing

FIRST, SECOND = "sample60", "sample60b"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = new_project(tmp_path_factory.mktemp("history"), FIRST)
    shutil.copytree(folder / "params" / FIRST, folder / "params" / SECOND)
    for old, name in (('id = "sample60"', "round.toml"),):
        path = folder / "params" / SECOND / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(
            text.replace(old, f'id = "{SECOND}"').replace("yearly_cap = 2", "yearly_cap = 1"),
            encoding="utf-8",
        )
    _move_plan(folder / "params" / SECOND)
    for name in (FIRST, SECOND):
        answer = ssj(folder, "run", name)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        if name == FIRST:
            _recognise(folder)
    return folder


def _recognise(folder) -> None:
    """Another department inspected one target for all items of one task."""
    tables = out(folder, FIRST, FREEZE, "freeze.json")["tables"]
    task, target = tables["tasks"][0], next(t for t in tables["targets"] if t["internal"]["frames"])
    fitting = [
        i["id"]
        for i in tables["items"]
        if i["id"] in task["internal"]["items"]
        and target["internal"]["category"] in i["internal"]["categories"]
    ]
    rows = [
        {
            "来源单位": "演示县消防大队",
            "编号": target["id"],
            "事项编号": item,
            "检查日期": "2021-10-08",
            "检查结果": "未发现问题",
            "文件校验码": "ab" * 32,
        }
        for item in fitting
    ]
    writing.write_xlsx(folder / "params" / SECOND / "recognised.xlsx", {"互认": pd.DataFrame(rows)})


def _move_plan(folder) -> None:
    """The plan's tasks are the second round's."""
    import openpyxl

    book = openpyxl.load_workbook(folder / "plan.xlsx")
    for row in book.active.iter_rows():
        for cell in row:
            if cell.value == FIRST:
                cell.value = SECOND
    book.save(folder / "plan.xlsx")


def out(project, name, stage, record):
    return archive.read_record(project / "outputs" / name / stage / "data" / "out" / record)


@pytest.mark.slow
def test_visits_of_the_first_round_lower_and_cap_chances_in_the_second(project):
    drawn = {v["id"] for v in out(project, FIRST, DRAW, "draw.json")["visits"]}
    targets = {t["id"]: t for t in out(project, SECOND, FREEZE, "chances.json")["targets"]}
    assert {i for i, t in targets.items() if t["last"] == 1} == drawn
    lowered = {i for i, t in targets.items() if t["factor"] < 10**6}
    assert lowered and lowered <= drawn and {targets[i]["factor"] for i in lowered} == {250_000}
    raised = {i for i, t in targets.items() if t["factor"] > 10**6}
    assert raised and not raised & drawn
    capped = {
        i for i, t in targets.items() if any(f["reason"] == exclusions.CAPPED for f in t["frames"])
    }
    assert capped == {
        i
        for i in drawn
        if targets[i]["risk_class"] in "AB"
        and any(f["reason"] != exclusions.RECOGNISED for f in targets[i]["frames"])
    }, "a recognised result is said first"
    assert all(f["size"] == 0 for i in capped for f in targets[i]["frames"])
    for target in targets.values():
        for frame in target["frames"]:
            assert (
                abs(float(frame["actual"]) - float(frame["declared"]))
                <= 0.001 * float(frame["declared"]) + 1e-9
            )


@pytest.mark.slow
def test_a_recognised_result_takes_a_target_out_of_the_task_and_is_listed(project):
    tables = out(project, FIRST, FREEZE, "freeze.json")["tables"]
    task, target = (
        tables["tasks"][0]["id"],
        next(t["id"] for t in tables["targets"] if t["internal"]["frames"]),
    )
    frames = {
        t["id"]: t["internal"]["frames"]
        for t in out(project, SECOND, FREEZE, "freeze.json")["tables"]["targets"]
    }
    assert [(f["size"], f["reason"]) for f in frames[target] if f["task"] == task] == [
        (0, "本年已由其他部门检查（结果互认）")
    ]
    page = (project / "outputs" / SECOND / FREEZE / "data" / "auditor.html").read_text(
        encoding="utf-8"
    )
    assert (
        "请审批人逐条核对：因年度上限或结果互认不抽的" in page
        and "本年已由其他部门检查（结果互认）" in page
    )
    assert (project / "outputs" / SECOND / ROSTERS / "data" / "in" / "recognised.xlsx").exists()


@pytest.mark.slow
def test_the_second_round_audits_and_so_does_the_first_afterwards(project):
    for name in (FIRST, SECOND):
        report = audit.audit(project / "outputs" / name, True, lambda text: None)
        assert (name, report.exit_code, [s for s in report.steps if s.holds is False]) == (
            name,
            0,
            [],
        )


@pytest.mark.slow
def test_without_the_earlier_archive_the_history_is_not_checked(project, tmp_path):
    shutil.copytree(project / "outputs", tmp_path / "outputs")
    shutil.rmtree(tmp_path / "outputs" / FIRST)
    report = audit.audit(tmp_path / "outputs" / SECOND, True, lambda text: None)
    third = next(s for s in report.steps if s.number == 3)
    assert (
        report.exit_code == 6
        and third.holds is None
        and "较早批次 sample60 的档案不在这里" in third.detail
    )


@pytest.mark.slow
def test_the_event_is_typed_by_two_people(project, tmp_path, monkeypatch, capsys):
    """``ssj event`` on a frozen round; the draw then takes what it wrote."""
    from ssj import cli

    shutil.copytree(project / "params", tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params" / FIRST / "entropy.toml").unlink()
    assert cli.main(["event", FIRST]) == 4 and "还没有封库" in capsys.readouterr().err
    assert cli.main(["freeze", FIRST]) == 0
    answers = iter(
        [
            "样例甲",
            "1635241635241635",
            "样例乙",
            "1635241635241635",
            "",
            "",
            *[""] * 5,
            "",
            "",
            "是",
        ]
    )
    monkeypatch.setattr("builtins.input", lambda question: next(answers))
    assert cli.main(["event", FIRST]) == 0
    assert "下一步：ssj draw sample60" in capsys.readouterr().out
    assert cli.main(["draw", FIRST]) == 0
    record = out(tmp_path, FIRST, DRAW, "draw.json")
    assert (record["entropy"]["text"], record["entropy"]["typed_by"]) == (
        "1635241635241635",
        ["样例甲", "样例乙"],
    )
    assert cli.main(["event", FIRST]) == 4 and "已经抽取" in capsys.readouterr().err
