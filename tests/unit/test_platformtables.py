"""平台导入表: laid out as platform.toml says, and compared with what the platform gives out."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest
from conftest import new_project, small_frozen

from ssj import cli, protocol
from ssj.base.errors import InputError
from ssj.tables import schema
from ssj.workbooks import platformtables

DECLARED = """\
[targets]
file = "企业信息导入模板"
sheet = "Sheet1"
[targets.columns]
"统一社会信用代码" = "编号"
"企业名称" = "名称"
"经营状态" = "状态"
"行政区划" = "=350100"
[targets.words."状态"]
"正常" = "1"
"注销" = "9"
"""


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    folder = new_project(tmp_path, "sample60")
    monkeypatch.chdir(folder)
    return folder


def declare(project: Path, text: str) -> None:
    (project / "params" / platformtables.FILE).write_text(text, encoding="utf-8")


def made(project: Path) -> Path:
    return project / "outputs" / "sample60" / "files" / platformtables.FOLDER


def cells(path: Path) -> list[list]:
    return [[c.value for c in row] for row in openpyxl.load_workbook(path).active.iter_rows()]


def test_without_a_declaration_the_tables_are_laid_out_as_ours(project, capsys):
    assert cli.main(["platform", "sample60", "--export"]) == 0
    said = capsys.readouterr().out
    assert "检查对象名录库.xlsx：60 行" in said and "列名和写法照本系统的表" in said
    for table, title in schema.TITLES.items():
        head, *rows = cells(made(project) / f"{title}.xlsx")
        assert tuple(head) == platformtables.OURS[table] and rows
    ours = openpyxl.load_workbook(project / "params/sample60/officers.xlsx").active
    theirs = cells(made(project) / "执法检查人员名录库.xlsx")
    assert len(theirs) == 11 and {row[0] for row in theirs} <= {c.value for c in ours["A"]}


def test_columns_fixed_texts_and_words_of_the_platform(project):
    declare(project, DECLARED)
    assert cli.main(["platform", "sample60", "--export"]) == 0
    book = openpyxl.load_workbook(made(project) / "企业信息导入模板.xlsx")
    assert book.sheetnames == ["Sheet1"]
    head, *rows = cells(made(project) / "企业信息导入模板.xlsx")
    assert head == ["统一社会信用代码", "企业名称", "经营状态", "行政区划"]
    assert {row[2] for row in rows} == {"1", "9"} and {row[3] for row in rows} == {"350100"}


WRONG = {
    "a column that we don't have": (DECLARED.replace('"名称"', '"名字"'), "没有这一列", "名字"),
    "a word without counterpart": (
        DECLARED.replace('"注销" = "9"\n', ""),
        "有 1 行写着这个词，没有写明平台怎样写",
        "注销",
    ),
    "an unknown table": ("[firms]\n", "不认识的参数", "firms"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_declaration_writes_nothing(project, capsys, name):
    text, message, value = WRONG[name]
    declare(project, text)
    assert cli.main(["platform", "sample60", "--export"]) == 3
    said = capsys.readouterr().err
    assert message in said and value in said and "platform.toml" in said
    assert not made(project).exists()


def test_what_was_imported_agrees_by_construction(project, capsys):
    declare(project, DECLARED)
    assert cli.main(["platform", "sample60", "--export"]) == 0
    shutil.copytree(made(project), project / "exported")
    assert cli.main(["platform", "sample60", "--rosters", "exported"]) == 0
    said = capsys.readouterr().out
    assert "检查对象名录库：本系统 60 行，平台 60 行，一致 60 行\n" in said
    assert "全部一致。" in said


def test_every_difference_is_told_with_its_place(project, capsys):
    declare(project, DECLARED)
    assert cli.main(["platform", "sample60", "--export"]) == 0
    (project / "exported").mkdir()
    path = project / "exported" / "企业信息导入模板.xlsx"
    book = openpyxl.load_workbook(made(project) / path.name)
    sheet = book.active
    sheet.cell(3, 2).value = "改了名的公司"
    gone = sheet.cell(5, 1).value
    sheet.delete_rows(5)
    twice = sheet.cell(4, 1).value
    sheet.append(["X1", "多出的公司", "1", "350100"])
    sheet.append([twice, sheet.cell(4, 2).value, "1", "350100"])
    book.save(path)
    assert cli.main(["platform", "sample60", "--rosters", "exported"]) == 0
    assert (
        "检查对象名录库：本系统 60 行，平台 61 行，一致 58 行，平台缺少 1 行，平台多出 1 行，"
        "平台重复 1 行，不同 1 处"
    ) in capsys.readouterr().out
    book = openpyxl.load_workbook(made(project).parent / platformtables.COMPARED)
    rows = [[c.value or "" for c in row] for row in book["检查对象名录库"].iter_rows()]
    assert rows[0] == list(platformtables.FOUND.values())
    assert sorted((row[0], row[1], row[2], row[4]) for row in rows[1:]) == sorted(
        [
            ("不同", sheet.cell(3, 1).value, "企业名称", "改了名的公司"),
            ("平台缺少", gone, "", ""),
            ("平台多出", "X1", "", ""),
            ("平台重复", twice, "", ""),
        ]
    )


def test_nothing_to_compare_is_said(project, capsys):
    (project / "empty").mkdir()
    assert cli.main(["platform", "sample60", "--rosters", "empty"]) == 1
    assert "没有可以对照的表" in capsys.readouterr().err
    assert cli.main(["platform", "sample60", "--rosters", "empty", "--export"]) == 1


def test_the_drawn_list_has_a_row_for_each_task_and_target():
    frozen = small_frozen()
    record = {**frozen, **protocol.draw(frozen, "1635241635241635")}
    record["parameters"] |= {"window": {"start": "2021-12-06", "end": "2021-12-31"}}
    rows = platformtables.of_draw(record)
    drawn = [(p["task"], i) for p in record["drawn"] for i in protocol.drawn_ids(p)]
    assert sorted((row["任务编号"], row["编号"]) for row in rows) == sorted(drawn)
    teams = protocol.teams_now(record)["officers"]
    for row in rows:
        own = [t["officer"] for t in teams if t["visit"] == row["编号"]]
        assert row["执法人员工号"].split("、") == own and len(own) >= 2
        assert (row["检查期间开始"], row["检查期间结束"]) == ("2021-12-06", "2021-12-31")
        assert row["事项编号"] and row["检查编号"].startswith(record["round"])


def test_a_key_that_is_not_laid_out_cannot_be_compared(project):
    declare(project, '[targets]\ncolumns = { "企业名称" = "名称" }\n')
    platform = platformtables.read(project / "params")
    with pytest.raises(Exception, match="没有写明哪一列是“编号”"):
        platformtables.compare("targets", platform.of("targets"), [], project / "a.xlsx")
    with pytest.raises(InputError):
        declare(project, '[targets]\ncolumns = { "企业名称" = "没有" }\n')
        platformtables.read(project / "params")
