"""Bad input: a documented exit code, a Chinese message that names the place, no traceback, and
nothing left behind.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import sys
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from archived import FREEZE, entered_stages, numbered
from conftest import ROOT, new_project, process

from ssj import cli
from ssj.casebook import archive, kernels, ledger, program
from ssj.desk import common

from .conftest import only_frozen, tree

# the notice days and the event are still to come
BEFORE = datetime.fromisoformat("2021-11-18T09:00:00+08:00")
# row of the header in the small round's tables
HEADERS = {"items": 1, "targets": 2, "officers": 1, "plan": 1}


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return new_project(tmp_path, "sample60")


@pytest.fixture
def frozen(done_sample60, project) -> Path:
    """A project whose small round is frozen."""
    shutil.copytree(done_sample60 / "outputs", project / "outputs")
    return only_frozen(project)


def run(capsys, *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = cli.main(arguments)
    said = capsys.readouterr()
    return code, said.out + said.err


def refused(capsys, project: Path, arguments: list[str], code: int, words: list[str]) -> None:
    """The command ends with ``code``, says all ``words``, and changes nothing in ``outputs``."""
    before = tree(project / "outputs")
    found, text = run(capsys, *arguments)
    assert [word for word in words if word not in text] == [], text
    assert found == code, text
    assert "Traceback" not in text and "内部错误" not in text
    assert re.search("[一-鿿]", text)
    assert tree(project / "outputs") == before
    assert not (project / "outputs" / ".work").exists()


# --- what is in the folder ---


def folder(project: Path) -> Path:
    return project / "params" / "sample60"


def toml(old: str, new: str, name: str = "round.toml"):
    """Replace text in a parameter file."""

    def change(project: Path) -> None:
        path = folder(project) / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def cell(table: str, row: int, header: str, value):
    """Set one cell of a table; rows count as Excel does."""

    def change(project: Path) -> None:
        path = folder(project) / f"{table}.xlsx"
        book = openpyxl.load_workbook(path)
        sheet = book.active
        column = next(c.column for c in sheet[HEADERS[table]] if c.value == header)
        sheet.cell(row, column, value)
        book.save(path)

    return change


def column(table: str, header: str, value):
    """Set a whole column."""

    def change(project: Path) -> None:
        path = folder(project) / f"{table}.xlsx"
        book = openpyxl.load_workbook(path)
        sheet = book.active
        at = next(c.column for c in sheet[HEADERS[table]] if c.value == header)
        for row in range(HEADERS[table] + 1, sheet.max_row + 1):
            if sheet.cell(row, 1).value:
                sheet.cell(row, at, value)
        book.save(path)

    return change


def emptied(table: str):
    def change(project: Path) -> None:
        path = folder(project) / f"{table}.xlsx"
        book = openpyxl.load_workbook(path)
        book.active.delete_rows(HEADERS[table] + 1, book.active.max_row)
        book.save(path)

    return change


def without_column(table: str, header: str):
    def change(project: Path) -> None:
        path = folder(project) / f"{table}.xlsx"
        book = openpyxl.load_workbook(path)
        sheet = book.active
        sheet.delete_cols(next(c.column for c in sheet[HEADERS[table]] if c.value == header))
        book.save(path)

    return change


def typed(new: str):
    """Both people typed another text."""

    def change(project: Path) -> None:
        path = folder(project) / "entropy.toml"
        text = path.read_text(encoding="utf-8")
        assert text.count("5452443366262235") == 2
        path.write_text(text.replace("5452443366262235", new), encoding="utf-8")

    return change


def removed(name: str):
    return lambda project: (folder(project) / name).unlink()


def written(name: str, content: bytes):
    return lambda project: (folder(project) / name).write_bytes(content)


def both(*changes):
    return lambda project: [change(project) for change in changes]


TARGETS = ["targets.xlsx", "工作表“检查对象名录库”"]
PLAN = ["plan.xlsx", "工作表“年度抽查工作计划”"]
OFFICERS = ["officers.xlsx", "工作表“执法检查人员名录库”"]
REAL = toml("demonstration = true", "demonstration = false")

# name → (what is done to the folder, words of the message)
INPUTS = {
    "missing table": (removed("targets.xlsx"), ["没有表格 targets", "请放入 targets.xlsx"]),
    "missing round.toml": (removed("round.toml"), ["round.toml", "找不到这个文件"]),
    "a table twice": (written("plan.csv", b"x"), ["同一张表有 2 个文件", "plan.csv", "plan.xlsx"]),
    "not a workbook": (written("officers.xlsx", b"hello"), ["officers.xlsx", "内容不是 xlsx 表格"]),
    "damaged workbook": (
        written("officers.xlsx", b"PK\x03\x04hello"),
        ["officers.xlsx", "工作簿已损坏"],
    ),
    "empty file": (written("officers.xlsx", b""), ["officers.xlsx", "空文件"]),
    "missing column": (
        without_column("officers", "专业"),
        [*OFFICERS, "第 1 行", "缺少必填列“专业”"],
    ),
    "unknown parameter": (
        toml("slack = 1", "slak = 1"),
        ["round.toml 参数 round.slak", "不认识的参数"],
    ),
    "unknown section": (
        toml("[event]", "[evnt]"),
        ["round.toml 参数 evnt", "不认识的参数", "round.toml 参数 event", "缺少参数"],
    ),
    "missing parameter": (
        toml('bureau = "演示县住房和城乡建设局"\n', ""),
        ["round.toml 参数 round.bureau", "缺少参数"],
    ),
    "number as text": (
        toml("slack = 1", 'slack = "1"'),
        ["round.toml 参数 round.slack", "应为整数", "现为“1”"],
    ),
    "ratio as number": (
        toml('max_ratio = "0.05"', "max_ratio = 0.05"),
        ["round.toml 参数 classes.A.max_ratio", "应为带引号的文本"],
    ),
    "date as text": (
        toml("publication_day = 2021-12-06", 'publication_day = "2021-12-06"'),
        ["round.toml 参数 round.publication_day", "应为日期"],
    ),
    "time without zone": (
        toml("time = 2021-11-26T10:00:00+08:00", "time = 2021-11-26T10:00:00"),
        ["round.toml 参数 event.time", "时间缺少时区"],
    ),
    "truth as text": (
        toml("demonstration = true", 'demonstration = "true"'),
        ["round.toml 参数 round.demonstration", "应为 true 或 false"],
    ),
    "not TOML": (
        toml('kind = "dice"', "kind = dice"),
        ["round.toml 第", "行", "不合 TOML 书写规则"],
    ),
    "not UTF-8": (
        written("round.toml", "id = “批次”".encode("gb18030")),
        ["round.toml", "不是 UTF-8 编码"],
    ),
    "class ratio above 1": (
        toml('max_ratio = "0.20"', 'max_ratio = "1.2"'),
        ["round.toml 参数 classes.B.max_ratio", "不是 0 到 1 的小数"],
    ),
    "another round's id": (
        toml('id = "sample60"', 'id = "sample61"'),
        ["批次号与文件夹名“sample60”不一致", "现为“sample61”"],
    ),
    "empty targets": (emptied("targets"), [*TARGETS, "表里没有数据行"]),
    "empty officers": (emptied("officers"), [*OFFICERS, "表里没有数据行"]),
    "duplicate id": (
        cell("targets", 4, "编号", "91999998MA0001001F"),
        [*TARGETS, "第 4 行", "“编号”列", "编号与第 3 行重复", "现为“91999998MA0001001F”"],
    ),
    "code stored as float": (
        cell("targets", 3, "编号", 9.14690062012665e17),
        [*TARGETS, "第 3 行", "“编号”列", "存成数字", "不能恢复"],
    ),
    "unknown class": (
        cell("targets", 3, "信用风险等级", "E"),
        [*TARGETS, "第 3 行", "“信用风险等级”列", "不在本批次的分类方案中", "现为“E”"],
    ),
    "ratio above 1": (
        cell("plan", 3, "抽查比例", 5),
        [*PLAN, "第 3 行", "“抽查比例”列", "抽查比例大于 1", "现为“5”", "请写成 5%"],
    ),
    "ratio of nothing": (
        cell("plan", 3, "抽查比例", "0%"),
        [*PLAN, "第 3 行", "“抽查比例”列", "抽查比例应大于 0"],
    ),
    "ratio above the class's maximum": (
        cell("plan", 2, "抽查比例", "A 6%；B 15%；C 50%；D 100%"),
        [*PLAN, "第 2 行", "任务 S01 对 A 类的抽查比例高于该类上限", "超上限任务"],
    ),
    "ratio without a class": (
        cell("plan", 2, "抽查比例", "A 5%；B 15%"),
        [*PLAN, "第 2 行", "比例不完整"],
    ),
    "unknown item": (
        cell("plan", 2, "事项编号", "ZJ-99"),
        [*PLAN, "第 2 行", "“事项编号”列", "事项编号不在事项清单中", "ZJ-99"],
    ),
    "task without matching item": (
        cell("plan", 2, "事项编号", "ZJ-08"),
        [*PLAN, "第 2 行", "“对象范围”列", "任务的事项却都不适用于它"],
    ),
    "no task in the round": (
        column("plan", "时间", "2021Q3"),
        ["没有一个任务的时间包含本批次 sample60"],
    ),
    "no eligible officer": (
        column("officers", "专业", "物业服务"),
        ["席位排不满", "演示县住建局（工程质量）", "无人", "再有"],
    ),
    "only one officer": (
        lambda project: [cell("officers", row, "状态", "退休")(project) for row in range(3, 9)],
        ["席位排不满：演示县住建局", "只有 1 人有资格", "现为“"],
    ),
    "team of one": (
        cell("plan", 2, "每组人数", 1),
        [*PLAN, "第 2 行", "“每组人数”列", "每组人数少于 2", "现为“1”"],
    ),
    "officer without certificate": (
        cell("officers", 2, "执法证号", ""),
        [*OFFICERS, "第 2 行", "“执法证号”列", "执法人员没有执法证号"],
    ),
    "hidden without a basis": (
        cell("targets", 3, "是否公开", "否"),
        [*TARGETS, "第 3 行", "“不公开依据”列", "没有写不公开依据"],
    ),
    "open in Excel": (
        written("~$targets.xlsx", b"x"),
        ["targets.xlsx", "表格正在 Excel 中打开", "请保存并关闭"],
    ),
    "open in LibreOffice": (
        written(".~lock.targets.xlsx#", b"x"),
        ["targets.xlsx", "表格正在 Excel 中打开"],
    ),
    "formula without a value": (
        cell("plan", 3, "抽查比例", "=1/20"),
        [*PLAN, "第 3 行", "“抽查比例”列", "公式没有算出的值"],
    ),
    "event of too little entropy": (
        both(REAL, toml("count = 16", "count = 3")),
        ["round.toml 参数 event.count", "不足 2^40 种", "现为“3”", "16 粒骰子"],
    ),
    "event already past": (
        both(REAL, toml("2021-11-26T10:00:00+08:00", "2021-11-17T10:00:00+08:00")),
        ["round.toml 参数 event.time", "已经过去，封库必须在前"],
    ),
    "event too soon": (
        both(REAL, toml("2021-11-26T10:00:00+08:00", "2021-11-19T10:00:00+08:00")),
        ["round.toml 参数 event.time", "只有 1 个工作日，应不少于 3 个"],
    ),
    "event without a place": (
        toml('place = "演示县住建局一楼大厅"', 'place = ""'),
        ["round.toml 参数 event.place", "不能为空"],
    ),
    "unknown event": (
        toml('kind = "dice"', 'kind = "cards"'),
        ["round.toml 参数 event.kind", "不是允许的值", "现为“cards”"],
    ),
    "event after the visits begin": (
        toml("time = 2021-11-26", "time = 2021-12-08"),
        ["早于公开随机数产生日 2021-12-08"],
    ),
    "unknown word in entropy.toml": (
        toml("[roles]", "[role]", "entropy.toml"),
        ["entropy.toml 参数 role", "不认识的参数"],
    ),
    "officer listed twice": (
        cell("officers", 4, "工号", "zj-001"),
        [
            *OFFICERS,
            "第 4 行",
            "“工号”列",
            "编号与第 2 行重复",
            "现为“ZJ-001”",
            "更名的，删去旧名称的一行",
        ],
    ),
    "two tasks with one number": (
        cell("plan", 3, "任务编号", "S01"),
        [*PLAN, "第 3 行", "“任务编号”列", "编号与第 2 行重复", "现为“S01”"],
    ),
    "a class's yearly cap 0": (
        toml("yearly_cap = 2", "yearly_cap = 0"),
        [
            "round.toml 参数 classes.A.yearly_cap",
            "0 的意思是这一类一户也不能抽",
            "现为“0”",
            "不限户次的，不写",
        ],
    ),
    "an officer's yearly cap 0": (
        cell("officers", 3, "年度上限", 0),
        [*OFFICERS, "第 3 行", "“年度上限”列", "一户也不能派", "现为“0”", "这一格留空"],
    ),
    "unknown leading department": (
        cell("plan", 2, "发起部门", "演示县住建居"),
        [
            *PLAN,
            "第 2 行",
            "“发起部门”列",
            "没有在岗的执法人员",
            "现为“演示县住建居”",
            "人员名录库里有：“演示县",
        ],
    ),
    "unknown joint department": (
        cell("plan", 4, "配合部门", "演示县消防大队、演示县某局"),
        [*PLAN, "第 4 行", "“配合部门”列", "没有在岗的执法人员", "现为“演示县某局”", "或补上人员"],
    ),
    "item of an unknown department": (
        cell("items", 2, "抽查主体", "演示县某局"),
        [*PLAN, "“事项编号”列", "事项的抽查主体“演示县某局”不是本任务的发起部门或配合部门"],
    ),
    "undirected task by tag": (
        cell("plan", 5, "方式", "不定向"),
        [*PLAN, "第 5 行", "“方式”列", "任务不定向，对象范围里却写了标签", "“方式”要写“定向”"],
    ),
    "condition not understood": (
        cell("plan", 5, "对象范围", "条件：投诉多"),
        [*PLAN, "第 5 行", "“对象范围”列", "条件不能识别", "现为“条件：投诉多”", "投诉举报数≥2"],
    ),
    "class of another scheme in a scope": (
        cell("plan", 5, "对象范围", "等级：E"),
        [*PLAN, "第 5 行", "“对象范围”列", "不在本批次的分类方案中", "A、B、C、D"],
    ),
    "scope that nobody is in": (
        cell("plan", 5, "对象范围", "类别：燃气经营；条件：处罚数>99"),
        [*PLAN, "第 5 行", "“对象范围”列", "任务 S04 没有可抽的检查对象"],
    ),
    "last result of no category": (
        cell("targets", 3, "上次检查结果", "良好"),
        [*TARGETS, "第 3 行", "“上次检查结果”列", "不认识的写法", "“未发现问题”"],
    ),
    "risk factors for an unknown task": (
        toml("[event]", '[risk_factors]\ncomplaints = 1\nmost = 2\ntasks = ["S09"]\n\n[event]'),
        ["round.toml 参数 risk_factors.tasks", "任务 S09 不在计划中", "请核对任务编号"],
    ),
    "targeting, several at once": (
        both(
            cell("plan", 5, "方式", "不定向"),
            cell("officers", 4, "工号", "ZJ-001"),
            cell("officers", 3, "年度上限", 0),
            cell("targets", 3, "上次检查结果", "良好"),
            cell("plan", 3, "任务编号", "S01"),
        ),
        ["任务不定向", "第 4 行 “工号”列", "一户也不能派", "现为“良好”", "第 3 行 “任务编号”列"],
    ),
    "several at once": (
        both(
            removed("items.xlsx"),
            toml("slack = 1", "slak = 1"),
            cell("targets", 3, "编号", 9.14690062012665e17),
        ),
        ["没有表格 items", "round.slak", "存成数字"],
    ),
}


@pytest.mark.parametrize(("change", "words"), INPUTS.values(), ids=INPUTS.keys())
def test_bad_input(project, capsys, monkeypatch, change, words):
    """``check`` says it; a freeze refuses for the same reason and leaves nothing."""
    change(project)
    monkeypatch.setattr(common, "now", lambda: BEFORE)
    code, text = run(capsys, "check", "sample60")
    assert (code, [word for word in words if word not in text], "Traceback" in text) == (
        3,
        [],
        False,
    ), text
    assert list(tree(project / "outputs")) == ["sample60/files/问题清单.xlsx"], (
        "a check writes nothing else"
    )
    shutil.rmtree(project / "outputs")
    found, text = run(capsys, "freeze", "sample60")
    assert found == 3, text
    assert [word for word in words if word not in text] == [], text
    assert "未生成任何结果" in text and "Traceback" not in text
    assert tree(project / "outputs") == {}


# name → (what is done to the folder, words of the warning); such a round may be frozen
WARNINGS = {
    "last visit in the future": (
        cell("targets", 3, "上次检查日期", "2022-01-01"),
        [*TARGETS, "第 3 行", "“上次检查日期”列", "晚于检查期的最后一天", "现为“2022-01-01”"],
    ),
    "one certificate, two officers": (
        lambda project: cell("officers", 4, "执法证号", "999998-ZJ-001")(project),
        [
            *OFFICERS,
            "第 4 行",
            "“执法证号”列",
            "与第 2 行相同，可能是同一人重复列入",
            "现为“999998-ZJ-001”",
        ],
    ),
    "one person, two numbers": (
        cell("officers", 4, "姓名", "演示甲"),
        [*OFFICERS, "第 4 行", "“姓名”列", "姓名、部门与第 2 行相同", "现为“演示甲”"],
    ),
    "an officer whom no task needs": (
        cell("officers", 9, "部门", "演示县某局"),
        [*OFFICERS, "第 9 行", "“部门”列", "派不出去", "用到的部门有："],
    ),
    "a lower class with a higher ratio": (
        cell("plan", 2, "抽查比例", "A 5%；B 15%；C 10%；D 100%"),
        [
            *PLAN,
            "第 2 行",
            "“抽查比例”列",
            "风险较低的 B 类，抽查比例高于风险较高的 C 类",
            "现为“B 15 %；C 10 %”",
        ],
    ),
    "a factor of which nothing is known": (
        both(
            column("targets", "处罚数", 0),
            toml("[event]", "[risk_factors]\npenalties = 1\nmost = 2\n\n[event]"),
        ),
        ["round.toml 参数 risk_factors.penalties", "没有一户有处罚数", "现为“1”"],
    ),
}


@pytest.mark.parametrize(("change", "words"), WARNINGS.values(), ids=WARNINGS.keys())
def test_a_warning_does_not_refuse(project, capsys, change, words):
    change(project)
    code, text = run(capsys, "check", "sample60")
    assert [word for word in words if word not in text] == [], text
    assert code == 0 and "没有错误，可以封库" in text


def test_the_untouched_small_round_is_sound(project, capsys):
    code, text = run(capsys, "check", "sample60")
    assert code == 0, text
    assert "没有错误，可以封库" in text


# --- the event's text ---

EVENTS = {
    "empty": (
        toml('text = "5452443366262235"', 'text = ""', "entropy.toml"),
        ["entropy.toml 参数 text", "不能为空"],
    ),
    "too short": (
        typed("545244336626223"),
        ["entropy.toml 参数 text", "545244336626223", "与公告的书写格式 [1-6]{16} 不符"],
    ),
    "too long": (typed("54524433662622355"), ["entropy.toml 参数 text", "不符"]),
    "no die shows it": (typed("7452443366262235"), ["entropy.toml 参数 text", "不符"]),
    "with spaces": (typed("5452 4433 6626 2235"), ["entropy.toml 参数 text", "不符"]),
    "full-width digits": (typed("５452443366262235"), ["entropy.toml 参数 text", "不符"]),
    "a line end": (typed("5452443366262235\\n"), ["entropy.toml 参数 text", "不符"]),
    "two people read it differently": (
        toml("5452443366262235", "6452443366262235", "entropy.toml"),
        ["entropy.toml：两人录入的公开随机数不一致", "6452443366262235", "5452443366262235"],
    ),
    "a number": (
        toml('"5452443366262235"', "5452443366262235", "entropy.toml"),
        ["entropy.toml 参数 text", "应为带引号的文本"],
    ),
    "missing": (removed("entropy.toml"), ["entropy.toml", "找不到这个文件"]),
    "earlier than announced": (
        toml("2021-11-26T10:06:00+08:00", "2021-11-26T09:59:59+08:00", "entropy.toml"),
        ["entropy.toml 参数 time", "早于公告的 2021-11-26T10:00:00+08:00"],
    ),
    "attested for another commitment": (
        lambda project: (
            (folder(project) / "entropy.toml")
            .open("a", encoding="utf-8")
            .write(
                '\n[[attestation]]\ncustodian = "样例甲"\n'
                'received = 2021-11-20T10:00:00+08:00\nfirst16 = "0123456789abcdef"\nonly = true\n'
            )
        ),
        [
            "entropy.toml 参数 attestation.first16",
            "保管人“样例甲”收到的封库校验码前 16 位与本次封库不符",
            "0123456789abcdef",
        ],
    ),
}


@pytest.mark.parametrize(("change", "words"), EVENTS.values(), ids=EVENTS.keys())
def test_an_event_text_that_will_not_do(frozen, capsys, change, words):
    change(frozen)
    refused(capsys, frozen, ["draw", "sample60"], 3, words)
    assert entered_stages(frozen) == numbered("freeze")


def test_a_draw_before_the_announced_time(frozen, capsys, monkeypatch):
    monkeypatch.setattr(ledger, "require_clock", lambda *_: None)  # frozen after it, as a sample
    monkeypatch.setattr(common, "now", lambda: datetime.fromisoformat("2021-11-26T09:59:59+08:00"))
    refused(
        capsys,
        frozen,
        ["draw", "sample60"],
        4,
        ["公告的公开随机数产生时间是 2021-11-26 10:00", "现在还没到，不能抽取"],
    )


# --- what the rules of a round forbid ---


def test_a_draw_without_a_freeze(project, capsys):
    refused(
        capsys,
        project,
        ["draw", "sample60"],
        4,
        ["sample60 第 1 次抽取还没有封库，不能抽取", "ssj freeze sample60"],
    )


def test_a_second_freeze(frozen, capsys):
    refused(
        capsys,
        frozen,
        ["freeze", "sample60"],
        4,
        ["第 1 次抽取已经封库，不能再次封库", "ssj void sample60"],
    )


def test_a_second_draw(frozen, capsys):
    assert cli.main(["draw", "sample60"]) == 0
    refused(
        capsys,
        frozen,
        ["draw", "sample60"],
        4,
        ["第 1 次抽取已经完成，不能再次抽取", "ssj void sample60"],
    )
    refused(
        capsys,
        frozen,
        ["freeze", "sample60"],
        4,
        ["第 1 次抽取已经封库，不能再次封库", "ssj void sample60"],
    )


def test_a_draw_by_another_program(frozen, capsys, monkeypatch):
    own = program.files()
    other = {**own, "ssj/protocol.py": own["ssj/protocol.py"] + b"#"}
    monkeypatch.setattr(program, "files", lambda root=None: other)
    refused(
        capsys,
        frozen,
        ["draw", "sample60"],
        4,
        [
            "封库时的程序与本机的不同，不能用来抽取",
            "不在本机所知的发布版本中，不运行",
            "请用做它的那一版",
        ],
    )


def test_run_is_for_demonstrations(project, capsys):
    REAL(project)
    refused(
        capsys,
        project,
        ["run", "sample60"],
        1,
        ["run 只用于演示批次", "ssj freeze sample60", "ssj draw sample60"],
    )
    assert not (project / "outputs").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check", "2030Q1"], 1, ["找不到批次文件夹", "2030Q1", "现有：sample60"]),
        (
            ["void", "sample60", "--reason", "其他", "--approver", "y", "--date", "2021-11-19"],
            4,
            ["没有可以作废的抽取"],
        ),
        (["audit", "outputs/2030Q1"], 1, ["找不到文件夹", "2030Q1"]),
        (["new", "二〇三〇"], 1, ["批次号“二〇三〇”不合要求"]),
        (["new", "../x"], 1, ["批次号“../x”不合要求"]),
        (["new", "Site"], 1, ["批次号不能是“Site”", "网站"]),
        (["check", "articles"], 1, ["批次号不能是“articles”"]),
        (["new", "sample60"], 4, ["已经存在"]),
        (["new", "2030Q1", "--from", "2029Q4"], 1, ["找不到批次 2029Q4", "现有：sample60"]),
    ],
)
def test_a_command_that_cannot_do_what_is_asked(project, capsys, arguments, code, words):
    refused(capsys, project, arguments, code, words)


@pytest.mark.parametrize(
    ("reason", "approver", "day", "words"),
    [
        ("名录有误", "", "2021-11-20", ["“”无权批准作废", "演示局长"]),
        ("名录有误", "样例某", "2021-11-20", ["“样例某”无权批准作废"]),
        ("其他", "演示局长", "2021-11-20", ["须写明情况", "--note"]),
        ("名录有误", "演示局长", "2021-01-01", ["审批日期 2021-01-01 应在"]),
    ],
)
def test_a_void_without_a_reason_or_an_approver_that_count(
    frozen, capsys, reason, approver, day, words
):
    refused(
        capsys,
        frozen,
        ["void", "sample60", "--reason", reason, "--approver", approver, "--date", day],
        4,
        words,
    )


# --- folders ---


def test_outputs_is_a_file(project, capsys):
    (project / "outputs").write_text("x")
    code, text = run(capsys, "freeze", "sample60")
    assert code == 1 and "outputs" in text
    assert "Traceback" not in text and "内部错误" not in text
    assert (project / "outputs").read_text() == "x"


def obey_permissions() -> None:
    """Take from root the right to write anywhere (Linux: PR_CAPBSET_DROP of CAP_DAC_OVERRIDE)."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux capabilities")
@pytest.mark.parametrize("inside", ["outputs", "."])
def test_outputs_is_not_writable(project, inside):
    (project / "outputs").mkdir()
    if inside == ".":
        (project / "outputs").rmdir()
    (project / inside).chmod(0o555)
    try:
        answer = process(project, "freeze", "sample60", preexec_fn=obey_permissions)
    finally:
        (project / inside).chmod(0o755)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert (
        "不能写入 " in answer.stderr
        and "outputs" in answer.stderr
        and "请检查文件夹的写入权限" in answer.stderr
    )
    assert "Traceback" not in answer.stderr
    assert tree(project / "outputs") == {}


def test_the_ledger_is_not_readable_as_text(frozen, capsys):
    (frozen / "outputs" / archive.LEDGER).write_bytes(b"\xff\xfe\n")
    refused(
        capsys,
        frozen,
        ["draw", "sample60"],
        1,
        ["留痕登记簿第 1 行不是 UTF-8 文本", "请不要继续", "ssj audit"],
    )


def test_the_frozen_bag_is_gone(frozen, capsys):
    shutil.rmtree(frozen / "outputs" / "sample60" / FREEZE)
    refused(capsys, frozen, ["draw", "sample60"], 1, [FREEZE, "档案包不见了"])


def test_the_frozen_bag_was_changed(frozen, capsys):
    path = frozen / "outputs" / "sample60" / FREEZE / "data" / "out" / "freeze.json"
    path.write_bytes(path.read_bytes().replace("演示".encode(), "样例".encode(), 1))
    refused(
        capsys,
        frozen,
        ["draw", "sample60"],
        1,
        [FREEZE, "data/out/freeze.json 的内容与登记的不符"],
    )


# --- the notebook itself ---

CELLS = {
    "raising": ("1 / 0", ["过程记录第", "个单元出错：ZeroDivisionError"]),
    "leaving": ("import sys; sys.exit(0)", ["过程记录"]),
    "exiting the kernel": ("import os; os._exit(0)", ["内核中途停止，这个阶段没有登记"]),
    "writing too much": ("Path('out/more.json').write_text('x')", ["过程记录应写出", "more.json"]),
    "disk full": (
        "raise OSError(28, 'No space left on device')",
        ["磁盘已满，没有留下未完成的阶段"],
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("source", "words"), CELLS.values(), ids=CELLS.keys())
def test_a_notebook_that_does_not_end_well(project, tmp_path, source, words):
    """A copy of the program whose first notebook does something else before it writes."""
    program = tmp_path / "program"
    for name in ("ssj", "notebooks"):
        shutil.copytree(ROOT / name, program / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "requirements.lock", program / "requirements.lock")
    path = program / "notebooks" / "1_rosters.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    # early, so that it does not take long
    where = "write" if source.startswith("Path") else "stage"
    cell = next(c for c in notebook["cells"] if c["id"] == where)
    cell["source"] = [*cell["source"], "\n" + source]
    path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    answer = process(project, "freeze", "sample60", env={"PYTHONPATH": str(program)})
    text = answer.stdout + answer.stderr
    assert answer.returncode == 1, text
    assert [word for word in words if word not in text] == [], text
    assert "Traceback" not in text and "内部错误" not in text
    assert tree(project / "outputs") == {}


@pytest.mark.skipif(os.name != "posix", reason="a script in place of the kernel")
def test_a_kernel_that_does_not_start(real_kernels, project, capsys, monkeypatch):
    monkeypatch.setattr(kernels.sys, "executable", shutil.which("false"))
    said = "内核试了两次都没有启动，这个阶段没有登记"
    refused(capsys, project, ["freeze", "sample60"], 1, [said])
