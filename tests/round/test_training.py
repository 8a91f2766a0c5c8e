"""The training as a beginner goes through it: every check says what is left until it is done, with
commands and typed answers only.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from conftest import ROOT, ssj
from warm import executed

from ssj import protocol
from ssj.base import formats, words
from ssj.base.errors import RefusedError, SsjError
from ssj.casebook import archive, runner
from ssj.desk import exercise, standing, steps, training
from ssj.desk.training import Place

NOTEBOOK = ROOT / "notebooks" / exercise.NOTEBOOK
AT = "demo/training"  # where the folder is in the test's project


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project with a fresh training folder."""
    folder = tmp_path_factory.mktemp("training")
    answer = ssj(folder, "new", "--training")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith(
        f"已建立 {AT}。下一步：ssj --params {AT}/params --outputs {AT}/outputs"
    )
    return folder


@pytest.fixture
def fresh(tmp_path) -> Path:
    return exercise.new(tmp_path / AT)


def act(project: Path, *arguments: str, answers: str = "", code: int = 0) -> str:
    answer = ssj(
        project,
        arguments[0],
        "--params",
        f"{AT}/params",
        "--outputs",
        f"{AT}/outputs",
        *arguments[1:],
        typed=answers,
    )
    assert answer.returncode == code, answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr
    return answer.stdout + answer.stderr


# Mending, as somebody with Excel and the sheet of facts does


def facts(folder: Path, sheet: int) -> list[dict]:
    rows = list(
        openpyxl.load_workbook(folder / exercise.FACTS)
        .worksheets[sheet]
        .iter_rows(values_only=True)
    )
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def edited(folder: Path, table: str, edit) -> None:
    path = folder / "params" / exercise.ROUND / f"{table}.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.active
    top = 2 if table == "targets" else 1
    edit(
        sheet,
        {cell.value: cell.column for cell in sheet[top]},
        {sheet.cell(row, 2).value: row for row in range(top + 1, sheet.max_row + 1)},
    )
    book.save(path)


def mend_targets(folder: Path) -> None:
    def edit(sheet, column, row_of_name):
        for merged in list(sheet.merged_cells.ranges):
            if merged.min_row > 2:
                sheet.unmerge_cells(str(merged))
        for fact in facts(folder, 0):
            for name in ("编号", "类别", "信用风险等级", "状态"):
                cell = sheet.cell(row_of_name[fact["名称"]], column[name])
                cell.number_format, cell.value = "@", fact[name]
        sheet.delete_rows(sheet.max_row)  # the row that was there twice, at the end

    edited(folder, "targets", edit)


def mend_officers(folder: Path) -> None:
    def edit(sheet, column, row_of_name):
        sheet.delete_rows(sheet.max_row)
        renewed = next(fact for fact in facts(folder, 1) if fact["要改什么"].startswith("执法证"))
        sheet.cell(
            row_of_name[renewed["姓名"]], column["执法证有效期至"]
        ).value = datetime.fromisoformat(renewed["执法证有效期至"])

    edited(folder, "officers", edit)


def mend_plan(folder: Path) -> None:
    (fact,) = facts(folder, 2)
    edited(
        folder,
        "plan",
        lambda sheet, column, row: setattr(
            sheet.cell(row[fact["任务名称"]], column["抽查比例"]), "value", fact["抽查比例"]
        ),
    )


def mend_parameters(folder: Path) -> None:
    sheet = openpyxl.load_workbook(folder / exercise.FACTS).worksheets[3]
    approver, place = (row[1].value for row in sheet.iter_rows())
    of_parameters(folder, place=place, approver=approver)


def of_parameters(folder: Path, place: str, approver: str = exercise.STRANGER) -> None:
    path = folder / "params" / exercise.ROUND / "round.xlsx"
    book = openpyxl.load_workbook(path)
    book["公开活动"]["B7"].value, book["审批"]["B3"].value = place, approver
    book.save(path)


# What is planted


def test_the_folder_has_all_it_needs(fresh):
    assert sorted(p.relative_to(fresh).as_posix() for p in fresh.rglob("*") if p.is_file()) == [
        exercise.NOTEBOOK,
        *(
            f"params/training/{name}"
            for name in ("items.xlsx", "officers.xlsx", "plan.xlsx", "round.xlsx", "targets.xlsx")
        ),
        exercise.FACTS,
    ]
    assert exercise.is_training(fresh) and not exercise.is_training(fresh.parent)
    assert (fresh / exercise.NOTEBOOK).read_bytes() == NOTEBOOK.read_bytes()


def test_everything_in_it_is_invented(fresh):
    """样例 and 演示 only: sample60's names, and one more code of the area that does not exist."""
    code = exercise.right_code()
    assert code.startswith("91999998") and code.isdigit() and protocol.normalise_id(code) == code
    book = openpyxl.load_workbook(fresh / "params" / "training" / "round.xlsx")
    assert book["基本"]["B5"].value == "演示县住房和城乡建设局"


def test_each_planted_mistake_is_found_where_it_was_planted(fresh):
    found = {(p.file.partition(".")[0], p.column) for p in Place(fresh).problems}
    # that one shows once the rest is mended
    mendable = {(p.table, p.column) for p in exercise.PLANTED if p.column != "执法证有效期至"}
    assert mendable <= found and ("round", "内容") in found


def test_it_is_not_made_twice(fresh, tmp_path):
    with pytest.raises(RefusedError, match="已经存在"):
        exercise.new(fresh)
    assert [p.name for p in (tmp_path / AT).parent.iterdir()] == ["training"]


def test_without_the_sample(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    with pytest.raises(SsjError, match="找不到做练习用的样例"):
        exercise.new(tmp_path / AT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [("2026Q1", "--training"), ("--training", "--from", "sample60")]
)
def test_not_together_with_a_round(arguments, tmp_path):
    answer = ssj(tmp_path, "new", *arguments)
    assert answer.returncode == 1 and "不能同时写批次号或 --from" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_another_folder(tmp_path):
    answer = ssj(tmp_path, "new", "--training", "练习一")
    assert answer.returncode == 0 and exercise.is_training(tmp_path / "练习一")


# Going through

MENDED = {
    "targets": mend_targets,
    "officers": mend_officers,
    "plan": mend_plan,
    "parameters": mend_parameters,
}
HINTS = {
    "targets": ("末几位已丢失", "不认识的写法", "必填的格是空的", "合并成一格", "编号与第"),
    "officers": ("编号与第",),
    "plan": ("抽查比例大于 1",),
    "parameters": ("还没有填写", "无权批准"),
    "check": ("执法证在检查期结束",),
}


def test_a_mended_table_passes_one_after_the_other(fresh):
    for key, mend in MENDED.items():
        before = training.check(fresh, key)
        assert not before.done and before.lines[-1].startswith("怎样做：")
        if key != "parameters":
            assert [h for h in HINTS[key] if h not in "".join(before.lines)] == [], before.lines
        mend(fresh)
        after = training.check(fresh, key)
        assert after.done, after
    assert training.check(fresh, "check").done


def test_the_parameters_name_both_mistakes(fresh):
    assert "“地点”还没有填" in repr(training.check(fresh, "parameters"))
    of_parameters(fresh, place="大厅")
    outcome = training.check(fresh, "parameters")
    assert not outcome.done and "无权批准" in repr(outcome)


def test_a_certificate_that_ends_is_to_be_seen(fresh):
    """Only a warning for a real round, and only once the tables can be read."""
    mend_targets(fresh)
    mend_plan(fresh)
    mend_parameters(fresh)
    edited(fresh, "officers", lambda sheet, column, row: sheet.delete_rows(sheet.max_row))
    assert not any(p.severity == "error" for p in Place(fresh).problems)
    outcome = training.check(fresh, "officers")
    assert not outcome.done and "到期" in outcome.lines[0]


def test_nothing_is_frozen_or_drawn_yet(fresh):
    for key in ("freeze", "event", "draw", "amend", "papers", "receipts", "audit", "tampered"):
        outcome = training.check(fresh, key)
        assert not outcome.done and "怎样做：" in outcome.lines[-1], key
    assert training.tampered_copy(fresh).done is False
    assert not (fresh / "outputs").exists(), "looking leaves nothing behind"


def typed(dice: str, first16: str, received: str = "2021-11-23 09:00") -> str:
    """Answers to ``ssj event``: two people, time and place as announced, roles, two custodians."""
    custodian = [first16, received, "是"] if first16 else [""]
    return (
        "\n".join(
            [
                "演示甲",
                dice,
                "演示乙",
                dice,
                "",
                "",
                "演示丙",
                *[""] * 4,
                *custodian,
                *custodian,
                "是",
            ]
        )
        + "\n"
    )


@pytest.mark.slow
def test_a_beginner_goes_through_the_whole(project):
    folder = project / AT
    for mend in MENDED.values():
        mend(folder)
    assert "没有错误，可以封库" in act(project, "check", exercise.ROUND)

    assert not training.check(folder, "freeze").done
    act(project, "freeze", exercise.ROUND)
    frozen = training.check(folder, "freeze")
    assert frozen.done
    first16 = "".join(re.search("前 16 位：([0-9a-f ]+)。", frozen.lines[0])[1].split())

    assert "先掷 16 次骰子" in repr(training.check(folder, "event"))
    act(project, "event", exercise.ROUND, answers=typed("4163524163524163", ""))
    assert "唯一性未证实" in repr(training.check(folder, "event"))
    (folder / "params" / "training" / "entropy.toml").rename(folder / "old.toml")
    act(project, "event", exercise.ROUND, answers=typed("4163524163524163", first16))
    assert training.check(folder, "event").done

    assert not training.check(folder, "draw").done
    act(project, "draw", exercise.ROUND)
    assert training.check(folder, "draw").done
    assert "不能再次抽取" in act(project, "draw", exercise.ROUND, code=4)

    hint = training.check(folder, "amend")
    officer, visit = re.search(r"工号 ([\w-]+)）对检查对象 (\S+) 申报回避", hint.lines[0]).groups()
    act(
        project,
        "amend",
        exercise.ROUND,
        "--officer",
        officer,
        "--visit",
        visit,
        "--reason",
        words.RECUSAL,
        "--approver",
        "演示局长",
        "--date",
        datetime.now(formats.BEIJING).date().isoformat(),
    )
    assert training.check(folder, "amend").done

    assert "还没有生成检查文书" in repr(training.check(folder, "papers"))
    act(project, "papers", exercise.ROUND)
    assert training.check(folder, "papers").done

    assert not training.check(folder, "receipts").done
    act(project, "receipt", exercise.ROUND, "--all")
    receipts = training.check(folder, "receipts")
    assert receipts.done and receipts.lines[0].startswith("60 份")
    one = next((folder / "outputs" / exercise.ROUND / "files" / "一户核验单").glob("*.json"))
    whole = one.read_bytes()
    one.write_bytes(whole.replace(b'"ticket":"', b'"ticket":"0', 1))
    assert not training.check(folder, "receipts").done
    one.write_bytes(whole)

    assert not training.check(folder, "audit").done
    report = folder / "outputs" / exercise.ROUND / "files" / standing.REPORT
    act(project, "audit", f"{AT}/outputs/{exercise.ROUND}", "--json", str(report))
    assert training.check(folder, "audit").done

    before = ledger_of(folder)
    copy = training.tampered_copy(folder)
    assert copy.done and not training.check(folder, "tampered").done
    assert training.tampered_copy(folder) == copy, "it is made once"
    tampered = folder / exercise.TAMPERED / exercise.ROUND
    act(
        project,
        "audit",
        str(tampered),
        "--fast",
        "--json",
        str(tampered / "files" / standing.REPORT),
        code=5,
    )
    found = training.check(folder, "tampered")
    assert found.done and any(line.startswith("V2") and "draw.json" in line for line in found.lines)
    assert ledger_of(folder) == before, "no check and no copy enters anything"

    assert training.summary(folder).done and training.progress(folder)[-1].startswith("全部做好了")
    cells = run_notebook(folder)
    assert [c.execution_count for c in cells if c.cell_type == "code"] == list(
        range(1, sum(c.cell_type == "code" for c in cells) + 1)
    )
    shown = {
        c.id: "".join(str(o.get("data", {}).get("text/plain", "")) for o in c.outputs)
        for c in cells
        if c.cell_type == "code"
    }
    keys = {task.key for task in training.TASKS}
    assert {name for name, text in shown.items() if text.startswith("✓")} == {
        "approval" if k == "parameters" else k for k in keys
    } | {"start", "tamper", "summary"}
    assert ledger_of(folder) == before


def ledger_of(folder: Path) -> bytes:
    archive.read_entries(folder / "outputs")
    return (folder / "outputs" / archive.LEDGER).read_bytes()


def run_notebook(folder: Path) -> list:
    """The folder's notebook, executed there once without anybody answering; its cells."""
    node = executed(folder / exercise.NOTEBOOK, folder)
    return [
        cell for cell in node.cells if "injected-parameters" not in cell.metadata.get("tags", [])
    ]


@pytest.mark.slow
def test_the_notebook_of_a_fresh_folder_says_what_is_left(fresh):
    shown = {
        c.id: "".join(str(o.get("data", {}).get("text/plain", "")) for o in c.outputs)
        for c in run_notebook(fresh)
        if c.cell_type == "code"
    }
    assert (
        shown["targets"].startswith("✗ 还没有做好 检查对象名录库")
        and "末几位已丢失" in shown["targets"]
    )
    assert "0/13 步已做好" in shown["summary"] and not (fresh / "outputs").exists()


# The notebook


def test_the_notebook_checks_every_step_in_order():
    code = [c.source for c in runner.read_notebook(NOTEBOOK).cells if c.cell_type == "code"]
    assert re.findall(r'training\.check\(here, "(\w+)"\)', "\n".join(code)) == [
        task.key for task in training.TASKS
    ]


def test_numbers_of_steps_in_its_prose_are_the_menu_s():
    """Where the notebook or a check names a step of the menu, it is that step."""
    wanted = {
        "核对资料": 1,
        "封库": 4,
        "录入": 5,
        "抽取": 6,
        "回避": 8,
        "文书": 9,
        "一户核验单": 17,
        "复核": 15,
    }
    texts = "\n".join(
        [c.source for c in runner.read_notebook(NOTEBOOK).cells]
        + [task.todo for task in training.TASKS]
    )
    assert {int(n) for n in re.findall(r"菜单第 (\d+) 步", texts)} == set(wanted.values())
    titles = {
        step.number: step.title + "".join(a.title for a in step.actions)
        for step in (*steps.STEPS, *steps.ANYTIME)
    }
    assert all(word in titles[number] for word, number in wanted.items())


def test_outcomes_escape_what_they_show():
    outcome = training.Outcome("<b>", False, ("<script>",))
    assert "<script>" not in outcome._repr_html_() and "&lt;script&gt;" in outcome._repr_html_()
    assert repr(outcome) == "✗ 还没有做好 <b>\n  <script>"


def test_a_fault_is_shown_by_the_check(fresh):
    (fresh / "outputs").mkdir()
    (fresh / "outputs" / archive.LEDGER).write_text("{}\n", encoding="utf-8")
    outcome = training.check(fresh, "freeze")
    assert not outcome.done and "登记簿" in outcome.lines[0]
