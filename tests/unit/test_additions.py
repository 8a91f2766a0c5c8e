"""ssj add: a row that the whole check finds sound goes in, anything else changes nothing; asked for
on a terminal, or given with --set.
"""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssj import cli
from ssj.base.errors import InputError, RefusedError, SsjError
from ssj.desk import upkeep
from ssj.rosters import rosters
from ssj.upkeep import additions
from ssj.upkeep.additions import Entry

WINDOW = (datetime(2021, 12, 6).date(), datetime(2021, 12, 24).date())
TARGET = {
    "编号": "91350100M000100Y43",
    "名称": "样例新增公司",
    "类别": "在建项目",
    "信用风险等级": "b",
    "状态": "存续",
    "成立日期": "2020年1月3日",
    "投诉举报数": "2",
}
OFFICER = {
    "工号": "样9",
    "姓名": "样例新人",
    "部门": "演示县住建局",
    "人员类别": "执法人员",
    "专业": "工程质量",
    "状态": "在岗",
    "执法证号": "样证9",
    "执法证有效期至": "长期",
}
ITEM = {
    "事项编号": "X-1",
    "事项名称": "样例新事项",
    "抽查依据": "样例条例第一条",
    "抽查主体": "演示县住建局",
    "抽查内容": "内容",
    "抽查方式": "现场检查",
    "事项类别": "一般",
    "检查对象类别": "在建项目",
}
KINDS = {"target": ("targets", TARGET), "officer": ("officers", OFFICER), "item": ("items", ITEM)}


@pytest.fixture
def folder(tmp_path) -> Path:
    return shutil.copytree(ROOT / "params" / "sample60", tmp_path / "params" / "sample60")


def load(folder: Path) -> rosters.Rosters:
    return rosters.load(folder, "ABCD", "sample60", WINDOW)


def run(folder: Path, capsys, *arguments: str) -> tuple[int, str]:
    code = cli.main(
        [
            *arguments,
            "--params",
            str(folder.parent),
            "--outputs",
            str(folder.parents[1] / "outputs"),
        ]
    )
    out, err = capsys.readouterr()
    return code, out + err


def sets(values: dict[str, str]) -> list[str]:
    return [word for title, value in values.items() for word in ("--set", f"{title}={value}")]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind(kind, folder, capsys):
    table, values = KINDS[kind]
    before = load(folder)
    code, text = run(folder, capsys, "add", kind, "sample60", *sets(values))
    after = load(folder)
    row = int(getattr(before, table).index.max()) + 1
    assert (code, text.splitlines()[-1]) == (
        0,
        f"已写入 {folder.as_posix()}/{table}.xlsx 工作表“{rosters.TITLES[table]}” 第 {row} 行。",
    )
    assert after.every == before.every == ()
    new = getattr(after, table).loc[row]
    assert new["name"] == next(v for k, v in values.items() if k.endswith("名称") or k == "姓名")
    for name in rosters.TITLES:
        one, other = getattr(before, name), getattr(after, name)
        assert rosters.changes(one, other).values.tolist() == (
            [[new["id"], "新增", "", "", ""]] if name == table else []
        )
    assert {p.name for p in folder.iterdir()} == {
        p.name for p in (ROOT / "params" / "sample60").iterdir()
    }


# name → (values, message)
REFUSED = {
    "an id that is there": (
        TARGET | {"编号": "{first}"},
        "“编号”列：编号与第 {row} 行重复，名称却不同（第 {row} 行是",
    ),
    "a name of two recusals": (TARGET | {"名称": "{recused}"}, "officers.xlsx"),
    "a status that nobody knows": (TARGET | {"状态": "活着"}, "“状态”列：不认识的写法，现为“活着”"),
    "no class": (
        {k: v for k, v in TARGET.items() if k != "信用风险等级"},
        "“信用风险等级”列：必填的格是空的",
    ),
    "a class of another scheme": (
        TARGET | {"信用风险等级": "E"},
        "等级不在本批次的分类方案中，现为“E”。方案中的等级是 A、B、C、D",
    ),
    "a telephone number": (TARGET | {"地址": "样例路 13912345678"}, "文字里有身份证号或手机号"),
    "hidden without a reason": (TARGET | {"是否公开": "否"}, "是否公开为“否”，却没有写不公开依据"),
    "a garbled name": (TARGET | {"名称": "锟斤拷公司"}, "文字有乱码"),
}


@pytest.mark.parametrize(("values", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(values, message, folder, capsys):
    """With exit code 3, and nothing is changed."""
    found = load(folder)
    first = found.targets.loc[[found.targets.index.min()]].iloc[0]
    names = {"first": first["id"], "row": str(found.targets.index.min()), "recused": ""}
    if "{recused}" in values["名称"]:
        book = openpyxl.load_workbook(folder / "officers.xlsx")
        sheet = book.active
        at = [cell.value for cell in sheet[1]].index("回避对象") + 1
        sheet.cell(2, at, first["name"])
        book.save(folder / "officers.xlsx")
        names["recused"] = first["name"]
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    code, text = run(
        folder,
        capsys,
        "add",
        "target",
        "sample60",
        *sets({k: v.format(**names) for k, v in values.items()}),
    )
    assert code == 3 and message.format(**names) in text, text
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_all_that_is_wrong_is_said_at_once(folder):
    entry = Entry(folder, "targets")
    with pytest.raises(InputError) as error:
        entry.values(
            [("编号", "9 1"), ("状态", "活着"), ("成立日期", "昨天"), ("投诉举报数", "-1")]
        )
    assert [(p.code, p.column) for p in error.value.problems] == [
        ("T02", "编号"),
        ("T01", "名称"),
        ("T01", "类别"),
        ("T01", "信用风险等级"),
        ("T06", "状态"),
        ("T07", "成立日期"),
        ("T08", "投诉举报数"),
    ]


# name → (arguments, message)
WRONG = {
    "no value": (["--set", "编号"], "“编号”应写成 列名=值"),
    "a column that nobody knows": (
        ["--set", "颜色=红"],
        "targets.xlsx 里没有“颜色”这一列\n可以写：编号、名称、类别、",
    ),
    "twice": (["--set", "编号=1", "--set", "统一社会信用代码=2"], "“统一社会信用代码”写了两次"),
    "a telephone column": (["--set", "联系电话=1"], "“联系电话”是个人信息"),
    "a file that is not there": (
        ["--file", "targets/样例股.xlsx"],
        "找不到 targets/样例股.xlsx\n可以写：targets.xlsx",
    ),
    "a file of another folder": (
        ["--file", "../sample60/../../x.xlsx"],
        "找不到 ../sample60/../../x.xlsx",
    ),
    "nobody to ask": (
        [],
        "没有写明各列的值\n请写 --set 列名=值，如 ssj add target sample60 --set 编号=…",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_wrong_use(arguments, message, folder, capsys):
    code, text = run(folder, capsys, "add", "target", "sample60", *arguments)
    assert code == 1 and message in text


def test_a_column_that_the_file_lacks(folder):
    book = openpyxl.load_workbook(folder / "targets.xlsx")
    sheet = book.active
    sheet.delete_cols([cell.value for cell in sheet[2]].index("标签") + 1)
    book.save(folder / "targets.xlsx")
    with pytest.raises(SsjError) as error:
        Entry(folder, "targets").values([("标签", "专项整治")])
    assert (
        str(error.value)
        == "targets.xlsx 里没有“标签”这一列\n要填的，请先在 Excel 中给这张表加上“标签”列。"
    )


def test_titles_of_the_file(folder):
    """mapping.toml, the file's own titles, and a column that the program does not use."""
    book = openpyxl.load_workbook(folder / "targets.xlsx")
    sheet = book.active
    sheet["A2"], sheet.cell(2, sheet.max_column + 1).value = "代码甲", "网格"
    book.save(folder / "targets.xlsx")
    (folder / "mapping.toml").write_text('[targets]\n"编号" = "代码甲"\n', encoding="utf-8")
    values = {("代码甲" if k == "编号" else k): v for k, v in TARGET.items()} | {"网格": "样例网格"}
    entry = Entry(folder, "targets")
    added = entry.write(entry.values(values.items()))
    assert [p.code for p in added.warnings] == []
    sheet = openpyxl.load_workbook(folder / "targets.xlsx").active
    assert (sheet.cell(added.row, 1).value, sheet.cell(added.row, sheet.max_column).value) == (
        TARGET["编号"],
        "样例网格",
    )
    entry = Entry(folder, "targets")
    assert entry.title(entry.columns[0]) == "编号（文件中是“代码甲”）"
    assert entry.values({**TARGET, "编号": "1"}.items())[0] == "1"


def test_errors_that_were_there_before(folder, capsys):
    """Do not stop it, are counted, and are not hidden."""
    book = openpyxl.load_workbook(folder / "targets.xlsx")
    book.active["E3"] = "活着"
    book.save(folder / "targets.xlsx")
    code, text = run(folder, capsys, "add", "target", "sample60", *sets(TARGET))
    assert (
        code == 0 and text.splitlines()[-1] == "资料中原有错误 1 个，没有增加：ssj check sample60"
    )


def test_warnings_are_said(folder, capsys):
    code, text = run(
        folder, capsys, "add", "target", "sample60", *sets(TARGET | {"成立日期": "2021-12-10"})
    )
    assert code == 0 and text.startswith(
        "提醒：targets.xlsx 工作表“检查对象名录库” 第 63 行 “成立日期”列："
        "成立日期晚于检查期的第一天（2021-12-06），现为“2021-12-10”"
    )


def test_what_would_be_read_as_an_example(folder, capsys):
    """A row that the reader would leave out is not written."""
    before = (folder / "targets.xlsx").read_bytes()
    code, text = run(folder, capsys, "add", "target", "sample60", *sets(TARGET | {"编号": "示例1"}))
    assert (
        code == 1
        and text.startswith("\n写入后读不出这一行（编号 示例1），没有改动文件\n它的第一格像是示例")
        and (folder / "targets.xlsx").read_bytes() == before
    )


def test_a_frozen_round(folder, capsys, monkeypatch):
    from ssj.casebook import archive

    entry = {
        "n": 1,
        "round": "sample60",
        "attempt": 1,
        "stage": "01-freeze",
        "time": "2021-11-22T10:00:00+08:00",
    }
    monkeypatch.setattr(archive, "read_entries", lambda outputs: [entry])
    code, text = run(folder, capsys, "add", "target", "sample60", *sets(TARGET))
    assert code == 0 and text.startswith("提醒：本批次已封库，改动不影响已封库的名单。\n")


def test_open_in_excel(folder, capsys):
    (folder / "~$targets.xlsx").write_bytes(b"x")
    code, text = run(folder, capsys, "add", "target", "sample60", *sets(TARGET))
    assert code == 3 and "表格正在 Excel 中打开。请保存并关闭后再运行一次。" in text


def test_one_file_for_each_section(folder):
    (folder / "targets").mkdir()
    (folder / "targets.xlsx").rename(folder / "targets" / "样例股.xlsx")
    with pytest.raises(SsjError) as error:
        Entry(folder, "targets")
    assert str(error.value) == (
        "检查对象名录库分股室放在文件夹 targets 中，不知道加到哪一份（有："
        "样例股.xlsx）\n请用 --file 写明，如 --file targets/样例股.xlsx"
    )
    entry = Entry(folder, "targets", "targets/样例股.xlsx")
    assert entry.file == "targets/样例股.xlsx" and entry.where.row == 63


def test_changed_in_between(folder, monkeypatch):
    """Somebody saved the file while we looked at it: theirs stays."""
    entry = Entry(folder, "targets")
    values, real = entry.values(TARGET.items()), additions.rosters.load

    def load(place, *arguments):
        book = openpyxl.load_workbook(folder / "targets.xlsx")
        book.active["B3"] = "样例改名公司"
        book.save(folder / "targets.xlsx")
        return real(place, *arguments)

    monkeypatch.setattr(additions.rosters, "load", load)
    with pytest.raises(SsjError, match="刚刚被别的程序改动过，没有写入"):
        entry.write(values)
    sheet = openpyxl.load_workbook(folder / "targets.xlsx").active
    assert sheet["B3"].value == "样例改名公司" and sheet.max_row == 62


def test_a_new_round(tmp_path):
    """Blank tables and a round.toml that is not filled in: the classes are known from it, and the
    first row goes in.
    """
    from ssj.upkeep import starter

    folder = starter.new_round(tmp_path / "params", "2026Q4", None)
    entry = Entry(folder, "targets")
    assert entry.write(entry.values(TARGET.items())).row == 3
    assert Entry(folder, "targets").where.row == 4


# --- asked for ---


def talk(entry: Entry, *answers: str) -> tuple[list[tuple[str, str]], list[str]]:
    said, left = [], list(answers)

    def ask(prompt: str) -> str:
        said.append(prompt)
        return left.pop(0)

    pairs = upkeep.asked(entry, ask, said.append, lambda: datetime(2021, 11, 22))
    assert left == []
    return pairs, said


def test_asked_one_by_one(folder):
    """Each answer is checked at once; a blank one is nothing, 0 is a number."""
    entry = Entry(folder, "officers")
    answers = {
        "工号": ["", "样 9", "样9"],
        "姓名": ["样例新人"],
        "人员类别": ["临时", "执法"],
        "执法证有效期至": ["明年", "长期"],
        "年度上限": ["0"],
    } | {
        k: [v]
        for k, v in OFFICER.items()
        if k not in ("工号", "姓名", "人员类别", "执法证有效期至")
    }
    pairs, said = talk(
        entry,
        *(answer for column in entry.columns for answer in answers.get(column.header, [""])),
        "是",
    )
    assert dict(pairs) == OFFICER | {"人员类别": "执法", "年度上限": "0"}
    assert (
        said[0].startswith("逐项填写 officers.xlsx 的一行；必填的标“*”") and said[1] == "* 工号："
    )
    assert "  必填的格是空的。请补上；如果这一行是说明、合计或空样例，请删去整行。" in said
    assert (
        any(line.startswith("  不认识的写法。可以写：") for line in said)
        and "* 人员类别（执法、日常监管、专家、执法人员、日常监管人员）：" in said
    )
    assert any(line.startswith("  日期不能识别") for line in said)


def test_not_wanted_after_all(folder):
    entry = Entry(folder, "officers")
    before = entry.path.read_bytes()
    with pytest.raises(RefusedError, match="没有写入"):
        talk(entry, *(OFFICER.get(column.header, "") for column in entry.columns), "否")
    assert entry.path.read_bytes() == before


# --- properties ---

# three in a row look like mojibake
NAMES = (
    st.text(st.sampled_from("样例甲乙丙①（）()·-&<>\"'Ａ a1"), min_size=1, max_size=10)
    .filter(lambda t: "···" not in t)
    .map(lambda t: "样例" + t)
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=NAMES,
    code=st.from_regex("[0-9A-Z]{6,12}X", fullmatch=True),
    complaints=st.integers(0, 999),
    day=st.dates(WINDOW[0].replace(year=1990), WINDOW[0]),
    public=st.booleans(),
    tags=st.lists(st.sampled_from(["专项整治", "重点检查", "样例"]), unique=True),
)
def test_read_back_as_it_was_said(name, code, complaints, day, public, tags, folder):
    """The new row typed as it was typed in, all others as before; a second time it is refused."""
    before = load(folder)
    if code in set(before.targets["id"]):
        return
    values = TARGET | {
        "编号": code,
        "名称": name,
        "投诉举报数": str(complaints),
        "成立日期": day.isoformat(),
        "是否公开": "是" if public else "否",
        "不公开依据": "" if public else "样例条例",
        "标签": "、".join(tags),
    }
    entry = Entry(folder, "targets")
    added = entry.write(entry.values(values.items()))
    after = load(folder)
    row = after.targets.loc[added.row]
    assert (
        row["id"],
        row["name"],
        row["complaints"],
        row["founded"],
        row["public"],
        row["tags"],
        row["risk_class"],
    ) == (code, name.strip(), complaints, day, public, tuple(tags), "B")
    assert rosters.changes(before.targets, after.targets).values.tolist() == [
        [code, "新增", "", "", ""]
    ]
    with pytest.raises(InputError, match=f"编号与第 {added.row} 行重复"):
        entry = Entry(folder, "targets")
        entry.write(entry.values(values.items()))


# --- faults ---


def test_a_full_disk_leaves_the_old_file(folder, monkeypatch):
    entry = Entry(folder, "targets")
    values, before = entry.values(TARGET.items()), entry.path.read_bytes()

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SsjError) as error:
        entry.write(values)
    assert (
        str(error.value)
        == "targets.xlsx 写不进去（磁盘已满），原来的文件没有变\n请检查磁盘空间后再运行一次。"
    )
    assert entry.path.read_bytes() == before and not list(folder.glob(".*"))


@pytest.mark.parametrize("at", ["fsync", "replace"])
def test_killed_leaves_the_old_file(at, folder):
    """In a process of its own, gone just before the step."""
    import subprocess
    import sys

    before = (folder / "targets.xlsx").read_bytes()
    code = (
        f"import os; os.{at} = lambda *a: os._exit(9); from pathlib import Path; from "
        "ssj.upkeep.additions import Entry; "
        f"e = Entry(Path({str(folder)!r}), 'targets'); e.write(e.values({list(TARGET.items())!r}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert answer.returncode == 9 and (folder / "targets.xlsx").read_bytes() == before
    assert load(folder).every == ()
    entry = Entry(folder, "targets")
    assert entry.write(entry.values(TARGET.items())).row == 63


def test_held_open_by_another_program(folder, monkeypatch):
    entry = Entry(folder, "targets")
    values = entry.values(TARGET.items())

    def denied(*names) -> None:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(additions.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(os, "replace", denied)
    with pytest.raises(InputError, match="表格正在 Excel 中打开，不能写入"):
        entry.write(values)
    assert not list(folder.glob(".*"))
