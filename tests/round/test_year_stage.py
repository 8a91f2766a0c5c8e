"""The year's plan as a stage: archived, audited, changed; a round frozen against it; bad input
leaves nothing behind.
"""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from archived import FREEZE, numbered, record_of, report_of, steps
from conftest import new_year, ssj
from faults.conftest import forge, tree
from warm import tell

from ssj import protocol
from ssj.casebook import archive, runner

YEAR, ROUND = "2021", "sample60"
FIRST_PLAN, SECOND_PLAN = numbered("plan", "plan")


def cell(path: Path, row: int, header: str, value: object) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book.active
    sheet.cell(row, next(c.column for c in sheet[1] if c.value == header)).value = value
    book.save(path)


def toml(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def planned(tmp_path_factory) -> Path:
    """A project whose small year is archived."""
    project = new_year(tmp_path_factory.mktemp("year")).parents[1]
    answer = ssj(project, "plan", YEAR)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert (
        f"已归档：outputs/2021/{FIRST_PLAN}" in answer.stdout
        and "【演示计划：样例数据，不作执法依据】" in answer.stdout
    )
    return project


@pytest.fixture
def project(planned, tmp_path) -> Path:
    return shutil.copytree(planned, tmp_path / "project")


@pytest.mark.slow
def test_the_stage_and_its_pages(planned):
    data = planned / "outputs" / YEAR / FIRST_PLAN / "data"
    assert sorted(p.name for p in (data / "in").iterdir()) == [
        "items.xlsx",
        "officers.xlsx",
        "plan.xlsx",
        "previous.json",
        "round.toml",
        "stage.json",
        "targets.xlsx",
        "year.toml",
    ]
    assert [p.name for p in (data / "out").iterdir()] == ["plan.json"]
    whole = record_of(planned, FIRST_PLAN, YEAR)
    assert (whole["round"], whole["attempt"], whole["parameters"]["approval"][0]["approver"]) == (
        YEAR,
        1,
        "演示局长",
    )
    assert [t["id"] for t in whole["tasks"]] == ["S01", "S02", "S03", "S04"] and whole["forecast"][
        "replications"
    ] == 1000
    files = planned / "outputs" / YEAR / "files"
    assert sorted(p.name for p in files.iterdir()) == [
        "年度抽查工作计划.html",
        "年度计划过程记录（内部）.html",
    ]
    entry = archive.read_entries(planned / "outputs")[0]
    assert (entry["round"], entry["stage"], entry["attempt"]) == (YEAR, FIRST_PLAN, 1)


@pytest.mark.slow
def test_the_public_page_names_no_class_tag_or_firm(planned):
    page = (planned / "outputs" / YEAR / "files" / "年度抽查工作计划.html").read_text(
        encoding="utf-8"
    )
    assert (
        "年度抽查工作计划" in page
        and "专项整治定向抽查" in page
        and "演示局长，2021年1月15日" in page
        and "18.6 %" in page
    )
    for hidden in ("等级", "标签", "演示建筑", "演示甲", "风险权数", "年度上限", "100 %", "15 %"):
        assert hidden not in page, hidden
    internal = (planned / "outputs" / YEAR / "files" / "年度计划过程记录（内部）.html").read_text(
        encoding="utf-8"
    )
    assert (
        "演示建筑" in internal
        and "A 5 %；B 15 %；C 50 %；D 100 %" in internal
        and "有重合的任务与建议" in internal
    )


@pytest.mark.slow
def test_the_full_audit(planned):
    report = report_of(planned, False, YEAR)
    assert (report.exit_code, steps(report)) == (0, dict.fromkeys((1, 2, 3, 8, 9, 10), True))
    assert (
        report.banners == ["演示计划：样例数据，不作执法依据"]
        and next(s.name for s in report.steps if s.number == 3) == "年度计划"
    )


@pytest.mark.slow
def test_an_edited_plan_fails_step_3(project):
    def edit(data: Path) -> None:
        path = data / "out" / "plan.json"
        whole = json.loads(path.read_text(encoding="utf-8"))
        whole["tasks"][0]["ratios"]["D"] = "0.5"
        path.write_bytes(protocol.canonical(whole))

    forge(project, plan=edit)
    report = report_of(project, round_id=YEAR)
    assert report.exit_code == 5 and next(s for s in report.steps if s.holds is False).number == 3
    assert "tasks[0].ratios.D" in next(s.detail for s in report.steps if s.number == 3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plan.xlsx", "year.toml", "previous.json"])
def test_edited_inputs_fail_step_3(project, name):
    def edit(data: Path) -> None:
        if name == "plan.xlsx":
            cell(data / "in" / name, 2, "任务名称", "改过的任务")
        elif name == "year.toml":
            toml(data / "in" / name, 'approver = "演示局长"', 'approver = "演示科员"')
        else:
            (data / "in" / name).write_bytes(
                protocol.canonical(
                    json.loads((data / "out" / "plan.json").read_text(encoding="utf-8"))
                )
            )

    forge(project, plan=edit)
    report = report_of(project, round_id=YEAR)
    assert report.exit_code == 5 and next(s for s in report.steps if s.holds is False).number == 3


@pytest.mark.slow
def test_an_unchanged_plan_is_refused(project):
    before = tree(project / "outputs")
    code, said = tell(project, "plan", YEAR)
    assert code == 4 and f"2021 年的计划已归档（2021/{FIRST_PLAN}），没有变动" in said
    assert tree(project / "outputs") == before
    code, said = tell(project, "check", YEAR)
    assert code == 0 and said.startswith("plan.xlsx：提醒 3 个，先看")
    assert (
        "\n\n随机抽查事项清单（items.xlsx）：读取 8 行。\n"
        "检查对象名录库（targets.xlsx）：读取 60 行。\n"
        "执法检查人员名录库（officers.xlsx）：读取 10 行。\n"
        "年度抽查计划（plan.xlsx）：读取 4 行。\n"
        "提醒 3 个：\n"
    ) in said
    assert said.endswith("没有错误；计划已归档，没有变动。\n")


@pytest.mark.slow
def test_a_changed_plan_is_a_second_stage_with_an_approval_of_its_own(project):
    cell(project / "params" / YEAR / "plan.xlsx", 3, "抽查比例", "4%")
    code, said = tell(project, "plan", YEAR)
    assert code == 3 and "却没有新的审批" in said
    toml(project / "params" / YEAR / "year.toml", "date = 2021-01-15", "date = 2021-07-01")
    code, said = tell(project, "plan", YEAR)
    assert code == 0, said
    assert record_of(project, SECOND_PLAN, YEAR)["attempt"] == 2
    page = (
        project / "outputs" / YEAR / "files" / "年度计划过程记录（内部）（第2次）.html"
    ).read_text(encoding="utf-8")
    assert "不同" in page and "抽查比例" in page
    report = report_of(project, round_id=YEAR)
    assert (report.exit_code, report.stages) == (0, numbered("plan", "plan"))

    def forget(data: Path) -> None:  # what the second plan says of the first
        if (data.parent.name, data.parents[1].name) == (SECOND_PLAN, YEAR):
            (data / "in" / "previous.json").write_bytes(b"null")

    forge(project, plan=forget)
    assert "in/previous.json" in next(
        s.detail for s in report_of(project, round_id=YEAR).steps if s.number == 3
    )


@pytest.mark.slow
def test_status_and_rounds_are_not_disturbed(project):
    shutil.rmtree(project / "outputs" / YEAR / "files")
    code, said = tell(project, "status")
    assert code == 0 and "2021 年度计划  第 1 次归档" in said and "年度抽查工作计划.html" in said
    assert (project / "outputs" / YEAR / "files" / "年度抽查工作计划.html").exists()
    code, said = tell(project, "plan", ROUND)
    assert code == 1 and "没有 year.xlsx" in said


@pytest.mark.slow
def test_a_rehearsal(project):
    toml(project / "params" / YEAR / "year.toml", "date = 2021-01-15", "date = 2021-12-31")
    code, _ = tell(project, "lab", YEAR, "--prepare-only")
    place = project / "rehearsal" / YEAR / "plan"
    assert (
        code == 0 and (place / "in" / "year.toml").exists() and (place / runner.NOTEBOOK).exists()
    )


# --- a round against the plan ---


@pytest.mark.slow
def test_a_round_with_the_plans_tasks(project):
    assert tell(project, "run", ROUND)[0] == 0
    data = project / "outputs" / ROUND / FREEZE / "data"
    taken = archive.read_record(data / "in" / "year.json")
    assert (taken["round"], taken["bag"]) == (
        YEAR,
        archive.read_entries(project / "outputs")[0]["bag"],
    )
    assert "对照的年度计划" in (data / "auditor.html").read_text(encoding="utf-8")
    assert report_of(project).exit_code == 0

    def forget(data: Path) -> None:
        (data / "in" / "year.json").write_bytes(b"null")

    forge(project, freeze=forget)
    failed = next(s for s in report_of(project).steps if s.holds is False)
    assert failed.number == 3 and "in/year.json" in failed.detail


@pytest.mark.slow
def test_a_round_that_differs(project):
    cell(project / "params" / ROUND / "plan.xlsx", 3, "抽查比例", "4%")
    code, said = tell(project, "check", ROUND)
    assert (
        code == 3 and "任务 S02 的抽查比例与已归档的年度计划不同，计划中是“5 %”，现为“4 %”" in said
    )
    before = tree(project / "outputs")
    assert tell(project, "freeze", ROUND)[0] == 3
    assert tree(project / "outputs") == before
    toml(
        project / "params" / ROUND / "round.toml",
        "[[approval]]",
        (
            '[[approval]]\nmatter = "计划变更"\napprover = "演示局长"\ndate = 2021-11-15\n\n'
            "[[approval]]"
        ),
    )
    code, said = tell(project, "check", ROUND)
    assert code == 0 and "提醒" in said and "计划变更已批准，请核对" in said
    assert tell(project, "freeze", ROUND)[0] == 0
    page = (project / "outputs" / ROUND / FREEZE / "data" / "auditor.html").read_text(
        encoding="utf-8"
    )
    assert "计划变更" in page and "与年度计划不同之处" in page
    assert report_of(project).steps[2].holds is True


@pytest.mark.slow
def test_another_bureaus_demonstration_is_not_compared(project):
    toml(
        project / "params" / ROUND / "round.toml",
        "演示县住房和城乡建设局",
        "另一县住房和城乡建设局",
    )
    cell(project / "params" / ROUND / "plan.xlsx", 3, "抽查比例", "4%")
    assert tell(project, "check", ROUND)[0] == 0


# --- bad input: a message, nothing written ---

PLAN = "params/2021/plan.xlsx"
BAD = {
    "a task outside the year": (
        lambda p: cell(p / PLAN, 2, "时间", "2022Q1"),
        ["不是 2021 年的批次", "2022Q1"],
    ),
    "an item not on the list": (
        lambda p: cell(p / PLAN, 2, "事项编号", "ZJ-01、ZJ-99"),
        ["事项编号不在事项清单中", "ZJ-99"],
    ),
    "an unknown department": (
        lambda p: cell(p / PLAN, 4, "配合部门", "演示县气象局"),
        ["没有在岗的执法人员", "演示县气象局"],
    ),
    "two tasks with one number": (
        lambda p: cell(p / PLAN, 3, "任务编号", "S01"),
        ["编号与第 2 行重复"],
    ),
    "a cap of 0": (
        lambda p: toml(p / "params/sample60/round.toml", "yearly_cap = 6", "yearly_cap = 0"),
        ["round.toml 参数 classes.D.yearly_cap", "现为“0”"],
    ),
    "no plan": (lambda p: (p / PLAN).unlink(), ["文件夹“2021”里没有表格 plan"]),
    "no rosters": (
        lambda p: toml(p / "params/2021/year.toml", 'rosters = "sample60"', 'rosters = "2021Q1"'),
        ["找不到用来核对和模拟的批次文件夹", "现有的批次：sample60"],
    ),
    "no approval": (
        lambda p: toml(
            p / "params/2021/year.toml",
            '[[approval]]\nmatter = "年度计划"',
            '[[approval]]\nmatter = "计划"',
        ),
        ["没有“年度计划”的审批"],
    ),
    "not TOML": (
        lambda p: toml(p / "params/2021/year.toml", "year = 2021", "year ＝ 2021"),
        ["year.toml 第 2 行", "不合 TOML 书写规则"],
    ),
}


@pytest.mark.parametrize(("spoil", "words"), BAD.values(), ids=list(BAD))
def test_bad_input(spoil, words, tmp_path, monkeypatch):
    @contextmanager
    def no_kernel(folder):
        yield SimpleNamespace(shutdown_kernel=lambda now: None, has_kernel=False)

    monkeypatch.setattr(runner, "fresh_kernel", no_kernel)
    project = new_year(tmp_path).parents[1]
    spoil(project)
    for command in ("check", "plan"):
        code, said = tell(project, command, YEAR)
        assert code == 3 and all(word in said for word in words), said
    assert [p.name for p in (project / "outputs").iterdir()] == [".lock"]
