"""A round with a pool and lists of other offices, from its folder through freeze and draw to the
audit.
"""

from __future__ import annotations

import html
import re
import shutil

import openpyxl
import pandas as pd
import pytest
from archived import FREEZE, ROSTERS, data_of
from conftest import new_project, ssj

from ssj import cli, protocol
from ssj.audit import audit
from ssj.casebook import archive, inspection, runner
from ssj.desk import common
from ssj.rosters import early_warnings, unlisted
from ssj.tables import writing
from ssj.workbooks import rosterbooks, worklist

NAME, POOL = "sample60", "整治库"
EXTRA = f"""
[pools]
"{POOL}" = "类别：在建项目、施工企业、燃气经营；标签：专项整治"
"高风险" = "等级：D"

[warnings]
days = 400
rounds = 1

[outside]
"工商登记" = ["施工企业", "物业服务", "燃气经营"]
"""
REGISTRY = ["统一社会信用代码", "企业名称", "登记状态", "行业", "法人电话", "不列入理由"]
FULL_WIDTH = str.maketrans("()", "（）")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project that is not run yet, and what its registry list should come to: name of the row →
    result.
    """
    folder = new_project(tmp_path_factory.mktemp("outside"), NAME)
    own = folder / "params" / NAME
    with (own / "round.toml").open("a", encoding="utf-8", newline="\n") as file:
        file.write(EXTRA)
    book = openpyxl.load_workbook(own / "plan.xlsx")
    (cell,) = (
        c
        for row in book.active.iter_rows()
        for c in row
        if c.value and "标签：专项整治" in str(c.value)
    )
    cell.value = f"专项库：{POOL}"
    book.save(own / "plan.xlsx")
    sheet = openpyxl.load_workbook(own / "targets.xlsx").active
    head, *rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=2)]
    known = [dict(zip(head, row, strict=True)) for row in rows if row[0]]
    firms = [row for row in known if row["类别"] == "施工企业" and row["状态"] == "正常"]
    lines = {
        "在库": (firms[0]["编号"], firms[0]["名称"], "存续", "施工企业"),
        "改名": (firms[1]["编号"], "演示改名公司", "存续", "施工企业"),
        "无编号": ("", f" {firms[2]['名称']} ".translate(FULL_WIDTH), "存续", "施工企业"),
        "换号": ("91110000101623741K", firms[3]["名称"], "存续", "施工企业"),
        "已注销": (firms[4]["编号"], firms[4]["名称"], "已注销", "施工企业"),
        "新": ("911101066976941872", "=演示<b>新</b>公司", "存续", "施工企业"),
        "又一次": ("911101066976941872", "演示新公司", "存续", "施工企业"),
        "新而注销": ("", "演示注销公司", "注销", "施工企业"),
        "餐饮": ("", "演示餐馆", "存续", "餐饮业"),
        "有理由": (
            "",
            "演示总部公司",
            "存续",
            "施工企业",
            "",
            "仅注册在本县（样例股长核，2021-11-01）",
        ),
        "浮点": ("9.14690062012665E+17", "演示浮点公司", "存续", "施工企业"),
        "空": ("", "", "存续", "施工企业"),
    }
    (own / "outside").mkdir()
    cells = pd.DataFrame(
        [[*line, *[""] * (6 - len(line))] for line in lines.values()], columns=REGISTRY
    ).assign(法人电话="13912345678")
    (own / "outside" / "工商登记.csv").write_text(
        "样例县市场主体名单\n" + cells.to_csv(index=False), encoding="utf-8", newline="\n"
    )
    permits = [row for row in known if row["类别"] == "在建项目"][:3]
    frame = pd.DataFrame(
        [
            *((row["编号"], row["名称"]) for row in permits),
            ("2021-999998-47-03-009999", "演示新项目"),
        ],
        columns=["施工许可证号", "工程名称"],
    )
    writing.write_xlsx(own / "outside" / "targets.xlsx", {"施工许可": frame})
    (own / "outside" / "说明.docx").write_bytes(b"x")
    return folder, {**lines, "另一家": firms[1]["名称"]}


@pytest.fixture(scope="module")
def project(made):
    answer = ssj(made[0], "run", NAME)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return made[0]


def test_the_pool_narrows_the_task_and_nothing_else(project, done_sample60):
    """The task has the very scope and frame that it has where the filter stands in its own cell;
    beside them the pool's name.
    """
    ours, plain = (
        archive.read_record(data_of(p, FREEZE) / "out" / "freeze.json")
        for p in (project, done_sample60)
    )
    tasks, expected = (
        {t["id"]: t["internal"] for t in record["tables"]["tasks"]} for record in (ours, plain)
    )
    assert tasks.pop("S04") == {**expected.pop("S04"), "pool": POOL} and tasks == expected
    assert ours["tables"]["targets"] == plain["tables"]["targets"], (
        "frames with their sizes and chances among them"
    )
    assert ours["parameters"].pop("pools") == [
        {"name": POOL, "filter": "类别：在建项目、施工企业、燃气经营；标签：专项整治"},
        {"name": "高风险", "filter": "等级：D"},
    ]
    assert ours["parameters"] == plain["parameters"], "warnings and lists are no matter of the draw"


def page(project, stage=FREEZE, name="auditor"):
    return html.unescape((data_of(project, stage) / f"{name}.html").read_text(encoding="utf-8"))


def test_the_auditor_sees_pool_filter_and_members(project):
    text = re.sub(r"<[^>]+>", " ", page(project))
    assert f"专项库：{POOL}；类别：在建项目、施工企业、燃气经营；标签：专项整治" in text
    text = re.sub(r"<[^>]+>", " ", page(project, ROSTERS))
    assert re.search(
        rf"{POOL}\s+类别：在建项目、施工企业、燃气经营；标签：专项整治\s+15\s+15\s+0\s", text
    )


def test_names_are_text_on_the_page(project):
    raw = (data_of(project, ROSTERS) / "auditor.html").read_text(encoding="utf-8")
    assert "=演示&lt;b&gt;新&lt;/b&gt;公司" in raw and "演示<b>新" not in raw


def test_the_public_sees_nothing_of_it(project):
    for path in [
        *(project / "outputs" / NAME).glob("*/data/public.html"),
        data_of(project, FREEZE) / "out" / "notice.json",
    ]:
        text = path.read_text(encoding="utf-8")
        assert not any(
            word in text
            for word in (
                POOL,
                "高风险",
                "演示浮点公司",
                "应入未入",
                "早期预警",
                "专项库",
                "覆盖矩阵",
            )
        )


def test_every_row_of_the_lists_has_its_result(project, made):
    book = openpyxl.load_workbook(project / "outputs" / NAME / "files" / rosterbooks.UNLISTED)
    sheets = {
        sheet.title: [[c.value for c in row] for row in sheet.iter_rows(min_row=2)]
        for sheet in book
    }
    names = list(unlisted.COUNTS.values())
    counts = [
        {key: value for key, value in zip(names, row, strict=True) if value}
        for row in sheets["计数"]
    ]
    registry = {
        "读取的行": 12,
        "在库": 5,
        "应入未入": 2,
        "不适用": 3,
        "重复": 1,
        "不能识别": 1,
        "应出未出": 1,
        "名称不一致": 1,
        "编号不一致": 1,
    }
    permits = {"读取的行": 4, "在库": 3, "应入未入": 1}
    assert counts == [
        {"来源": "targets", **permits},
        {"来源": "工商登记", **registry},
        {"来源": "合计", **{k: v + permits.get(k, 0) for k, v in registry.items()}},
    ]
    assert [row[3] for row in sheets["应入未入"]] == [
        "演示新项目",
        "=演示<b>新</b>公司",
        "演示浮点公司",
    ], "as text, whatever it begins with"
    assert [(row[0], row[4], row[6]) for row in sheets["应出未出和不一致"]] == [
        ("应出未出", made[1]["已注销"][1], "名单上的状态“已注销”，名录库“正常”"),
        ("名称不一致", made[1]["另一家"], "名单上的名称“演示改名公司”"),
        ("编号不一致", made[1]["换号"][1], "名单上的编号“91110000101623741K”"),
    ]
    assert [row[6].partition("：")[0] for row in sheets["不列入的行"]] == [
        "重复",
        "不适用",
        "不适用",
        "不适用",
        "不能识别",
    ]


def test_the_lists_are_archived_without_personal_columns(project):
    stage = runner.read_stage(data_of(project, ROSTERS))
    assert [(e["file"], e["kept"], e["redacted"], e["dropped"]) for e in stage["outside"]] == [
        ("outside/targets.xlsx", "outside-01.xlsx", False, []),
        ("outside/工商登记.csv", "outside-02.csv", True, ["法人电话"]),
    ]
    given = project / "params" / NAME
    assert [e["sha256"] for e in stage["outside"]] == [
        protocol.sha256((given / e["file"]).read_bytes()) for e in stage["outside"]
    ]
    assert b"13912345678" not in (data_of(project, ROSTERS) / "in" / "outside-02.csv").read_bytes()
    assert (data_of(project, ROSTERS) / "in" / "targets.xlsx").read_bytes() == (
        given / "targets.xlsx"
    ).read_bytes(), "not the list of that name"


def test_the_warnings_are_a_workbook(project):
    book = openpyxl.load_workbook(project / "outputs" / NAME / "files" / rosterbooks.WARNINGS)
    assert book.sheetnames == ["说明", "早期预警", "覆盖缺口", "覆盖矩阵", "专项库", "标签"]
    head, *rows = [[c.value for c in row] for row in book["早期预警"].iter_rows()]
    assert head == list(early_warnings.COLUMNS.values()) and rows
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert all(
        "内部使用" in sheet.oddHeader.center.text and "演示批次" in sheet.oddHeader.center.text
        for sheet in book
    )


def test_lost_workbooks_come_back_the_same(project, tmp_path, monkeypatch, capsys):
    copy = shutil.copytree(project, tmp_path / "project")
    monkeypatch.chdir(copy)
    folder = copy / "outputs" / NAME / "files"
    before = {
        name: (folder / name).read_bytes() for name in (rosterbooks.WARNINGS, rosterbooks.UNLISTED)
    }
    for name in before:
        (folder / name).unlink()
    assert cli.main(["status"]) == 0
    assert {
        name: (folder / name).read_bytes() for name in before
    } == before and rosterbooks.WARNINGS in capsys.readouterr().out


@pytest.mark.slow
def test_the_audit_derives_it_all_again(project):
    report = audit.audit(project / "outputs" / NAME, False, lambda text: None)
    assert {s.number: s.detail for s in report.steps if not s.holds} == {}


def test_a_check_has_the_same_as_sheets_and_says_what_is_odd(made, tmp_path):
    folder = made[0] / "params" / NAME
    look = inspection.inspect(folder, common.now())
    assert [
        (p.code, p.severity, p.file, p.row) for p in look.problems if p.code.startswith("H")
    ] == [
        ("H25", "warning", "outside/工商登记.csv", 13),
        ("H26", "warning", "outside/工商登记.csv", 14),
        ("H20", "warning", "outside/说明.docx", None),
    ]
    sheets = rosterbooks.extra(look.derived)
    assert list(sheets) == ["早期预警", "应入未入"] and list(sheets["应入未入"]["名称"]) == [
        "演示新项目",
        "=演示<b>新</b>公司",
        "演示浮点公司",
    ]

    for table in ("targets", "officers", "items", "plan"):  # whatever can't be read
        copy = shutil.copytree(folder, tmp_path / table)
        (copy / f"{table}.xlsx").write_bytes(b"x")
        derived = inspection.inspect(copy, common.now()).derived
        assert set(rosterbooks.extra(derived)) == set(sheets)
    copy = shutil.copytree(folder, tmp_path / "parameters")
    (copy / "round.toml").unlink()
    assert inspection.inspect(copy, common.now()).derived is None


def test_the_problem_workbook_has_them(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    assert cli.main(["check", NAME]) == 0
    said = capsys.readouterr().out
    assert (
        "工商登记 与名录库对照：在库 5，应入未入 2，不适用 3，重复 1，不能识别 1，应出未出 1 行。"
        in said
        and "outside/说明.docx" in said
    )
    book = openpyxl.load_workbook(project / "outputs" / NAME / "files" / worklist.FILE)
    assert {"早期预警", "应入未入"} <= set(book.sheetnames)


def test_personal_numbers_in_a_list_stop_a_freeze(made, tmp_path, monkeypatch, capsys):
    copy = shutil.copytree(made[0], tmp_path / "project", ignore=shutil.ignore_patterns("outputs"))
    with (copy / "params" / NAME / "outside" / "工商登记.csv").open(
        "a", encoding="utf-8", newline="\n"
    ) as file:
        file.write(",演示话多公司,存续,施工企业,,联系人13912345678\n")
    monkeypatch.chdir(copy)
    assert cli.main(["run", NAME]) == 3
    said = capsys.readouterr().err
    assert (
        "outside/工商登记.csv 第 15 行 “不列入理由”列：有 1 个格有身份证号或手机号，"
        "不得进入档案，现为“联系人139******78”"
    ) in said
    assert "13912345678" not in said and archive.read_entries(copy / "outputs") == []
