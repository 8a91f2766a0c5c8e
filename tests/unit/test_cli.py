"""The command: every word it says is Chinese, argparse's own included; usage errors; faults end in
a message.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
from datetime import datetime

import openpyxl
import pytest
from conftest import new_project, new_year, small_frozen

from ssj import cli
from ssj.base.errors import InputError, Problem, RefusedError, SsjError
from ssj.casebook import runner
from ssj.desk import commands, common, screen, telling

COMMANDS = (
    "status",
    "new",
    "templates",
    "plan",
    "check",
    "add",
    "diff",
    "adopt",
    "rosters",
    "freeze",
    "event",
    "draw",
    "papers",
    "receipt",
    "run",
    "rehearse",
    "amend",
    "void",
    "platform",
    "results",
    "exchange",
    "review",
    "report",
    "publish",
    "audit",
    "trace",
    "lab",
)
# commands, folders, 2021Q4, and two proper names
NAMES = {
    *COMMANDS,
    "ssj",
    "params",
    "outputs",
    "training",
    "demo",
    "Q",
    "target",
    "officer",
    "item",
    "JSON",
    "JupyterLab",
}


def said(capsys, *arguments: str) -> tuple[int, str]:
    """Exit code and all that was printed, as lines without wrapping."""
    try:
        code = cli.main(arguments)
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    return code, out + err


def english(text: str) -> list[str]:
    """Words in Latin letters that are neither an option, a command nor a declared name."""
    return [
        word
        for word in re.findall(r"[A-Za-z]+", re.sub(r"--?[a-z][a-z-]*", "", text))
        if word not in NAMES
    ]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_chinese(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, text = said(capsys, *filter(None, [command]), "--help")
    assert code == 0 and text.startswith(f"用法：ssj {command}".rstrip())
    assert english(text) == []
    assert (
        "退出码：0 完成；1 因故障停止；2 命令写法不对；3 资料有问题；4 批次规则不允许；5 "
        "复核不符；6 复核有未核验的步骤或没有外部凭据"
    ) in text


def test_main_help_lists_every_command(capsys):
    _, text = said(capsys, "--help")
    body = text.partition("--help）：\n")[2].partition("\n\n")[0]
    rows = [re.findall(r"([a-z]+) {2,}(\S+)", line) for line in body.splitlines()]
    assert [row[n][0] for n in (0, 1) for row in rows if len(row) > n] == list(COMMANDS)
    for name, title in (one for row in rows for one in row):
        assert said(capsys, name, "--help")[1].split("\n\n")[1].startswith(f"{title}：")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_a_screen_of_80_columns(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, text = said(capsys, *filter(None, [command]), "--help")
    assert [line for line in text.splitlines() if screen.columns(line) > 80] == []
    assert command or len(text.splitlines()) <= 29


# name → (arguments, last line)
USAGE = {
    "unknown command": (
        ["frieze"],
        f"写法不对：命令 没有 frieze，可选 {', '.join(map(repr, COMMANDS))}",
    ),
    "no round": (["check"], "写法不对：缺少：批次"),
    "no folder to audit": (["audit"], "写法不对：缺少：档案文件夹"),
    "option without its value": (["check", "--outputs"], "写法不对：--outputs 后面要有一个值"),
    "one argument too many": (["audit", "2021", "2022"], "写法不对：不认识：2022"),
    "unknown option": (["status", "--fest"], "写法不对：不认识：--fest"),
    "abbreviated option": (["audit", "2021", "--fas"], "写法不对：不认识：--fas"),
    "value for a switch": (["audit", "2021", "--fast=1"], "写法不对：--fast 后面不能有值 '1'"),
    "void without reason and approver": (
        ["void", "2021"],
        "写法不对：缺少：--reason, --approver, --date",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), USAGE.values(), ids=list(USAGE))
def test_usage_error(arguments, message, capsys):
    code, text = said(capsys, *arguments)
    assert code == 2
    assert text.splitlines()[0].startswith("用法：ssj")
    assert text.splitlines()[-1] == message
    assert [word for word in english(text) if word != "frieze"] == []


def test_version(capsys):
    code, text = said(capsys, "--version")
    assert code == 0 and re.fullmatch(r"ssj \d+\.\d+\.\d+(\.dev0)?\n", text)


@pytest.mark.parametrize("arguments", [[], ["status"]])
def test_status_without_rounds(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params").mkdir()
    none = "params 中还没有批次。下一步：ssj new 2026Q1\n"
    assert said(capsys, *arguments) == (0, none)
    (tmp_path / "demo").mkdir()
    assert said(capsys, *arguments) == (
        0,
        f"{none}先看看做出来是什么样子（演示，虚构的资料）：ssj run sample60 --demo\n",
    )
    assert len(list(tmp_path.iterdir())) == 2, "looking leaves nothing behind"


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["new", "2026Q4"],
        ["templates"],
        ["check", "2026Q4"],
        ["freeze", "2026Q4"],
        ["lab"],
        ["trace", "2026Q4"],
        ["report", "2026Q4"],
        ["audit", "--all"],
    ],
)
def test_elsewhere_than_in_the_project(arguments, capsys, tmp_path, monkeypatch):
    """The project's folder is named; nothing is made where the command was run."""
    monkeypatch.chdir(tmp_path)
    code, text = said(capsys, *arguments)
    assert code == 1 and f"（{tmp_path}）没有 params 文件夹，不是项目文件夹" in text
    assert f"cd {runner.ROOT}（" in text
    assert list(tmp_path.iterdir()) == []


def test_a_sample_without_demo(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(new_project(tmp_path / "demo", "sample60", "2021").parent)
    (tmp_path / "params").mkdir()
    code, text = said(capsys, "run", "sample60")
    assert code == 1 and "这是演示批次，命令后面请加 --demo" in text
    code, text = said(capsys, "check", "sample60", "--demo")
    assert code == 0 and "没有错误，可以封库：ssj run sample60 --demo。" in text
    assert (tmp_path / "demo/outputs/sample60/files/问题清单.xlsx").exists()
    code, text = said(capsys, "--demo", "status")
    assert code == 0 and "下一步：ssj run sample60 --demo（演示：封库并抽取）" in text
    assert "ssj check 2021 --demo（核对），然后 ssj plan 2021 --demo（归档）" in text


def test_status_of_rounds(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(new_project(tmp_path, "sample60", "2021Q4"))
    (tmp_path / "params" / "2021Q4" / "round.toml").write_text("[round]\n", encoding="utf-8")
    assert said(capsys, "status") == (
        0,
        (
            "2021Q4\n  批次参数有问题。下一步：ssj check 2021Q4\n"
            "sample60（演示批次）  第 1 次抽取；尚未封库\n  下一步：ssj run sample60（演示："
            "封库并抽取）\n"
        ),
    )


def test_check_prints_problems_and_the_way_on(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(new_project(tmp_path, "sample60"))
    code, text = said(capsys, "check", "sample60")
    assert code == 0 and text.endswith("没有错误，可以封库：ssj run sample60。\n")
    path = tmp_path / "params" / "sample60" / "round.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("slack = 1", "slack = -1"), encoding="utf-8"
    )
    code, text = said(capsys, "check", "sample60")
    assert code == 3
    assert (
        "错误 1 个：\n  1. round.toml 参数 round.slack：值不合要求，现为“-1”。"
        "请改到规定范围内（不小于 0）。\n"
    ) in text and text.endswith("\n请逐条改正错误后再核对。\n")
    assert text.startswith("round.toml：错误 1 个：值不合要求\n\n")
    assert [
        p.relative_to(tmp_path).as_posix() for p in (tmp_path / "outputs").rglob("*") if p.is_file()
    ] == ["outputs/sample60/files/问题清单.xlsx"]
    assert "全部问题见 outputs/sample60/files/问题清单.xlsx（1 条，点链接到格子）。" in text


def test_check_tells_the_problems_before_it_writes_them(capsys, tmp_path, monkeypatch):
    """A workbook that is open elsewhere hides nothing, and stays as it was."""
    monkeypatch.chdir(new_project(tmp_path, "sample60"))
    (tmp_path / "params" / "sample60" / "officers.xlsx").unlink()
    assert said(capsys, "check", "sample60")[0] == 3
    path = tmp_path / "outputs" / "sample60" / "files" / "问题清单.xlsx"
    before = path.read_bytes()

    def locked(source, target):
        raise PermissionError(13, "locked")

    monkeypatch.setattr("os.replace", locked)
    code, text = said(capsys, "check", "sample60")
    assert (
        code == 4
        and "没有表格 officers" in text
        and "工作副本“问题清单.xlsx”正在别的程序中打开，不能更新\n请在 Excel、WPS 或 Word 中关闭"
        in text
    )
    assert path.read_bytes() == before and len(list(path.parent.iterdir())) == 1


def test_many_problems_come_as_kinds_and_all_of_them_on_request(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(new_project(tmp_path, "sample60"))
    path = tmp_path / "params" / "sample60" / "targets.xlsx"
    book = openpyxl.load_workbook(path)
    column = next(
        cell.column
        for row in book.active.iter_rows(max_row=3)
        for cell in row
        if cell.value == "状态"
    )
    for row in range(3, 40):
        book.active.cell(row, column, "样例状态")
    book.save(path)
    code, short = said(capsys, "check", "sample60")
    assert (
        code == 3
        and len(short.splitlines()) <= 30
        and (
            "1. T06 targets.xlsx “状态”列 37 行（第 3—39 行）：不认识的写法，现为“样例状态”\n    "
            " → 可以写："
        )
        in short
    )
    assert (
        "检查对象名录库（targets.xlsx）：表头下 60 行 = 使用 23 行 + 有错误 37 行（T06 37）。"
        in short
        and "在这里逐条列出，连同读取说明：ssj check sample60 --all" in short
    )
    code, whole = said(capsys, "check", "sample60", "--all")
    assert code == 3 and whole.count("不认识的写法，现为“样例状态”") == 37
    code, refused = said(capsys, "freeze", "sample60")
    assert (
        code == 3
        and "输入资料有" in refused
        and "T06 targets.xlsx “状态”列 37 行（第 3—39 行）" in refused
        and "全部问题见 ssj check sample60。" in refused
    )


def test_templates_are_written_once(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params").mkdir()
    code, text = said(capsys, "templates")
    assert code == 0 and "已写出空白表格，在 params/模板：items.xlsx（随机抽查事项清单）" in text
    code, text = said(capsys, "templates")
    assert code == 4 and "不覆盖" in text
    assert (
        said(capsys, "templates", "另一处")[0] == 0
        and len(list((tmp_path / "另一处").iterdir())) == 4
    )


def test_unknown_round_names_those_there_are(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(new_project(tmp_path, "sample60"))
    for command in ("check", "freeze", "draw", "run"):
        code, text = said(capsys, command, "sample61")
        assert (
            code == 1
            and f"找不到批次文件夹 {cli.Path('params/sample61')}（现有：sample60）\n请核对批次号"
            in text
        )
    assert not (tmp_path / "outputs").exists()


def test_run_is_for_demonstrations(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(new_project(tmp_path, "sample60"))
    path = tmp_path / "params" / "sample60" / "round.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("demonstration = true", "demonstration = false"),
        encoding="utf-8",
    )
    assert said(capsys, "run", "sample60") == (
        1,
        (
            "\nrun 只用于演示批次\n正式批次请依次：ssj freeze sample60，公开产生随机数，ssj draw "
            "sample60。\n"
        ),
    )


def takes_a_round() -> dict[str, list[list[str]]]:
    """Every command with a place for a round's name: its command lines with that name in each of
    these places, ``NAME``, and everything else that it must have.
    """
    parser = cli._parser()
    commands = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    found = {}
    for name, command in commands.choices.items():
        given = [a for a in command._actions if a.dest not in ("help", "params", "outputs")]
        needed = [a for a in given if a.required or a.dest in ("round", "before", "source")]
        named = [a for a in needed if a.metavar in ("批次", "以前的批次")]
        lines = []
        for place in named:
            words = []
            for action in needed:
                fits = "2021-12-07" if action.type is cli._day else "x"
                value = (action.choices and next(iter(action.choices))) or fits
                value = "NAME" if action is place else "sample60" if action in named else value
                words += [*action.option_strings[-1:], value]
            lines.append([name, *words])
        if lines:
            found[name] = lines
    return found


def test_most_commands_take_a_round():
    assert set(takes_a_round()) >= {
        *("new", "plan", "check", "add", "diff", "adopt", "rosters", "freeze", "event", "draw"),
        *("papers", "receipt", "run", "amend", "void", "platform", "results", "exchange"),
        *("review", "report", "trace", "lab"),
    }
    assert [len(takes_a_round()[name]) for name in ("new", "diff", "freeze")] == [2, 2, 1]


@pytest.mark.parametrize("command", takes_a_round())
def test_every_command_checks_a_rounds_name(command, capsys, tmp_path, monkeypatch):
    """A name that leads out of a folder is refused before anything is read or written."""
    home = tmp_path / "home"
    monkeypatch.chdir(new_project(home, "sample60"))
    (tmp_path / "victim" / "2021X1").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    names = ["../../victim/2021X1", "..", ".", "a/b", "a\\b", "", "第一季度", "-", "NUL", "com1"]
    for line in takes_a_round()[command]:
        for name in [*names, str(tmp_path / "victim" / "2021X1"), "x" * 32]:
            words = [name if word == "NAME" else word for word in line]
            code, text = said(capsys, *words)
            assert code == 1 and text.startswith(f"\n批次号“{name}”不合要求\n"), (words, text)
    assert sorted(tmp_path.rglob("*")) == before


def test_capitals_of_a_rounds_name_count(capsys, tmp_path, monkeypatch):
    """Also where the file system takes one for the other."""
    monkeypatch.chdir(new_project(tmp_path, "sample60"))
    (tmp_path / "params" / "SAMPLE60").symlink_to(tmp_path / "params" / "sample60")
    listed = [p.name for p in (tmp_path / "params").iterdir() if p.name != "SAMPLE60"]
    monkeypatch.setattr(os, "listdir", lambda folder: listed)
    code, text = said(capsys, "check", "SAMPLE60")
    assert code == 1 and "找不到批次文件夹" in text


def test_a_clock_behind_the_ledger_is_refused(capsys, done_sample60, tmp_path, monkeypatch):
    project = shutil.copytree(done_sample60, tmp_path / "project")
    monkeypatch.chdir(project)
    before = (project / "outputs" / "ledger.jsonl").read_bytes()
    early = datetime.fromisoformat("2021-11-22T09:00:00+08:00")
    monkeypatch.setattr(common, "now", lambda: early)
    approval = ["--reason", "其他", "--approver", "演示局长", "--date", "2021-11-20", "--note", "x"]
    for words in (
        ["rosters", "sample60"],
        ["freeze", "sample60"],
        ["draw", "sample60"],
        ["amend", "sample60", "--officer", "E1", *approval],
        ["void", "sample60", *approval],
        ["results", "sample60"],
        ["platform", "sample60"],
    ):
        code, text = said(capsys, *words)
        assert code == 4 and "电脑时钟（2021-11-22 09:00:00）比上一次登记（" in text, words
        assert "请先校准电脑的日期和时间" in text
    assert (project / "outputs" / "ledger.jsonl").read_bytes() == before


FAULTS = {
    "fault": (SsjError("坏了", "请修。"), 1, "\n坏了\n请修。\n"),
    "input": (
        InputError([Problem("X", "错", "请改", file="a.xlsx", row=3, column="编号")]),
        3,
        (
            "\n输入资料有 1 个问题，未生成任何结果：\n"
            "  1. a.xlsx 第 3 行 “编号”列：错。请改。\n请逐条改正并保存、关闭文件后，再运行一次。\n"
        ),
    ),
    "refused": (RefusedError("不行", "请等。"), 4, "\n不行\n请等。\n"),
    "interrupted": (KeyboardInterrupt(), 1, "\n已中断，没有留下未完成的阶段。\n"),
    "bug": (
        ZeroDivisionError("x"),
        1,
        (
            "\n程序内部错误：ZeroDivisionError：x\n请把这段话和所用命令告诉技术人员（设 "
            "SSJ_DEBUG=1 可看详情）。\n"
        ),
    ),
}


@pytest.mark.parametrize(("error", "code", "text"), FAULTS.values(), ids=list(FAULTS))
def test_every_fault_ends_in_a_message(error, code, text, capsys, monkeypatch):
    def act(options):
        raise error

    monkeypatch.setattr(commands, "do_status", act)
    monkeypatch.delenv("SSJ_DEBUG", raising=False)
    assert said(capsys, "status") == (code, text)


def test_bugs_show_on_request(capsys, monkeypatch):
    monkeypatch.setattr(commands, "do_status", lambda options: 1 // 0)
    monkeypatch.setenv("SSJ_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main(["status"])


def test_progress_off_a_terminal(capsys):
    progress = telling.Progress()
    for text in (
        "核对资料",
        "运行过程记录 1a_freeze.ipynb：1/9",
        "运行过程记录 1a_freeze.ipynb：2/9",
        "封存、登记",
    ):
        progress(text)
    progress.done("已封库")
    assert (
        capsys.readouterr().out
        == "  核对资料……\n  运行过程记录 1a_freeze.ipynb……\n  封存、登记……\n已封库\n"
    ), "a line for each step"


def test_clock_knows_its_zone():
    assert common.now().tzinfo is not None and isinstance(common.now(), datetime)


def test_small_record_is_announced_with_banners(tmp_path, capsys):
    """What a finished freeze prints: banners first, the commitment in groups of 8."""
    from ssj.casebook import archive, runner

    record = small_frozen()
    book = archive.Archive(tmp_path, [])
    entry = {"round": "tiny", "stage": "01-freeze"}
    out = book.folder(entry) / "data" / "out"
    out.mkdir(parents=True)
    runner.write_json(out / "freeze.json", record)
    lines = telling.done(book, entry).splitlines()
    assert lines[0] == "【演示批次：样例数据，公开随机数在封库前已知，不作执法依据】"
    assert lines[1] == f"已封库：{os.path.join(tmp_path, 'tiny', '01-freeze')}"
    assert lines[2] == "封库校验码："
    for line in lines[3:5]:
        assert re.fullmatch("  ([0-9a-f]{8} ){3}[0-9a-f]{8}", line)
    assert "".join(lines[3:5]).replace(" ", "") == record["commitment"]


def test_demonstrations_and_live_data_stay_apart(capsys, tmp_path, monkeypatch):
    """The project's ``outputs`` takes no demonstration, ``demo`` nothing real; nothing is left."""
    monkeypatch.chdir(new_project(tmp_path, "sample60"))
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    parameters = tmp_path / "params" / "sample60" / "round.toml"
    code, text = said(capsys, "rosters", "sample60")
    assert (
        code == 4 and "演示的批次、计划不能进入正式的档案 outputs\n演示的资料放在 demo" in text
    ), text
    shutil.copytree(tmp_path / "params", tmp_path / "demo" / "params")
    parameters = tmp_path / "demo" / "params" / "sample60" / "round.toml"
    real = parameters.read_text(encoding="utf-8").replace("demonstration = true", "", 1)
    parameters.write_text(
        real.replace("custodians = [", "custodians = ["), encoding="utf-8", newline="\n"
    )
    code, text = said(capsys, "rosters", "sample60", "--demo")
    assert code == 4 and "demo 里的档案是演示用的，正式的批次、计划不能进入" in text
    for outputs in (tmp_path / "outputs", tmp_path / "demo" / "outputs"):
        assert not (outputs / "ledger.jsonl").exists() and not (outputs / "sample60").exists()


def test_a_year_of_demonstrations_stays_apart(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(new_year(tmp_path).parents[1])
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    code, text = said(capsys, "plan", "2021")
    assert code == 4 and "演示的批次、计划不能进入正式的档案 outputs" in text
    assert not (tmp_path / "outputs" / "ledger.jsonl").exists()
