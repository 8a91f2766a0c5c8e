"""The menu as a dialogue: what it shows, what it asks for, which command line it runs; wrong
answers, faults, leaving.
"""

from __future__ import annotations

import os
import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from archived import FREEZE
from conftest import entered

from ssj import cli
from ssj.base import formats
from ssj.desk import exercise, menu, questions, standing, steps
from ssj.desk.dialogue import Back, Dialogue
from ssj.desk.screen import columns

BEFORE = datetime.fromisoformat("2021-11-22T09:00:00+08:00")  # the event is on 2021-11-26 10:00
AFTER = datetime.fromisoformat("2021-12-07T09:00:00+08:00")  # publication on 2021-12-06
APPROVER = "演示局长"


class Talk:
    """Answers given one after the other, and all that was asked and said; EOFError when they are
    used up.
    """

    def __init__(self, *answers: str | BaseException, code: int = 0) -> None:
        self.answers, self.log, self.acts, self.code = list(answers), [], [], code

    def ask(self, prompt: str) -> str:
        self.log.append(prompt)
        if not self.answers:
            raise EOFError
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def act(self, arguments: list[str]) -> int:
        self.acts.append(cli._parser().parse_args(arguments))
        return self.code

    @property
    def text(self) -> str:
        return "\n".join(self.log)

    @property
    def act_made(self) -> dict:
        """The one command that was run, without the places, which must be the project's."""
        (*looked, options) = self.acts
        assert all(map(looks, looked))
        made = {
            k: v
            for k, v in vars(options).items()
            if k not in ("act", "params", "outputs", "yes") and v not in ("", [], None, False)
        }
        assert options.params.name == "params" and options.outputs.name == "outputs"
        return made


def looks(options) -> bool:
    """Whether a command only looks at the inputs before a question."""
    return options.command == "check" or getattr(options, "check", False)


@pytest.fixture(autouse=True)
def no_desktop(monkeypatch):
    monkeypatch.setattr(menu, "opener", lambda folder: None)


def run(folder: Path, *answers, now: datetime = AFTER, code: int = 0) -> Talk:
    talk = Talk(*answers, code=code)
    assert (
        menu.run(
            folder / "params", folder / "outputs", talk.act, talk.ask, talk.log.append, lambda: now
        )
        == 0
    )
    assert talk.answers == [] and talk.log[-1] == "已退出。"
    assert os.environ.get("SSJ_BUG_WANTED") or "程序内部错误" not in talk.text
    return talk


# What it shows


def test_nothing_there_yet(tmp_path):
    talk = run(tmp_path, "0")
    assert talk.log[2:6] == [
        "   1  建立新批次",
        "   2  年度计划",
        "   3  演示（虚构的样例，不影响正式档案）",
        "   4  练习（虚构的样例，不影响正式档案）",
    ]
    assert list(tmp_path.iterdir()) == [], "looking leaves nothing behind"


def test_rounds_and_the_steps_of_one(tmp_path):
    talk = run(entered(tmp_path, "freeze", event=False), "1", "0", "0")
    assert (
        "   1  sample60  第 1 次抽取；封库 2021-11-21 10:00\n      下一步：5 公开活动、录入随机数"
        in talk.text
    )
    rows = [
        line
        for line in talk.log
        if re.match(r"(>>|  )[ \d]{3}\d  ", line) and not line.endswith("返回")
    ]
    assert [int(row[2:6]) for row in rows] == list(range(1, 20)), (
        "a demonstration's row is not there"
    )
    assert [int(row[2:6]) for row in rows if row.startswith(">>")] == [5]
    assert rows[3] == "     4  封库、公告                  已做（2021-11-21 10:00）"
    assert "sample60  六十户小样例双随机抽查（正式批次，第 1 次抽取）" in talk.text


@pytest.mark.parametrize(
    "kinds",
    [(), ("freeze",), ("freeze", "draw"), ("freeze", "draw", "void"), ("freeze", "draw", "amend")],
)
@pytest.mark.parametrize("now", [BEFORE, AFTER])
def test_everything_fits_eighty_columns(kinds, now, tmp_path):
    folder = entered(tmp_path, *kinds, event=False)
    for number in range(1, 21):
        talk = Talk("1", str(number))
        menu.run(
            folder / "params", folder / "outputs", talk.act, talk.ask, talk.log.append, lambda: now
        )
        lines = [line.replace(tmp_path.as_posix(), "") for line in talk.text.splitlines()]
        assert [line for line in lines if columns(line) > 80] == []


def test_a_long_status_goes_to_the_next_line(tmp_path, monkeypatch):
    talk, long = (
        Talk(),
        steps.Step(7, "名", "说。", lambda it: standing.Status(standing.LATER, "很" * 20)),
    )
    own = menu.Menu(
        tmp_path / "params",
        tmp_path / "outputs",
        talk.act,
        talk.ask,
        talk.log.append,
        lambda: AFTER,
    )
    own._row(long, None, True)
    assert talk.log == [">>   7  " + "名".ljust(27) + "\n            还不到时候：" + "很" * 20]


# What it runs: stages of the round, answers after choosing it → the command as parsed
APPROVED = {"approver": APPROVER}
RUNS = {
    "check": ((), ["1", "1"], {"command": "check", "round": "sample60"}),
    "add": ((), ["1", "2", "2"], {"command": "add", "kind": "officer", "round": "sample60"}),
    "the marked step by Enter": ((), ["", "2", "是"], {"command": "freeze", "round": "sample60"}),
    "full-width digits": ((), ["４", "２", "是"], {"command": "freeze", "round": "sample60"}),
    "papers before the freeze": ((), ["3", "2"], {"command": "papers", "round": "sample60"}),
    "event": (("freeze",), ["5"], {"command": "event", "round": "sample60"}),
    "papers": (("freeze", "draw"), ["9"], {"command": "papers", "round": "sample60"}),
    "scans": (
        ("freeze", "draw"),
        ["7", "nowhere", "{here}", "y"],
        {"command": "papers", "round": "sample60", "scans": "{here}"},
    ),
    "scans in quotation marks": (
        ("freeze", "draw"),
        ["10", '"{here}"', "是"],
        {"command": "papers", "round": "sample60", "scans": "{here}"},
    ),
    "compare scans": (
        ("freeze", "draw"),
        ["15", "2", "{here}"],
        {"command": "papers", "round": "sample60", "compare": "{here}"},
    ),
    "amend": (
        ("freeze", "draw"),
        ["8", "ZJ-003", "sample60-007、sample60－008", "1", "", "2021年12月6日", "", "是"],
        {
            "command": "amend",
            "round": "sample60",
            "officer": "ZJ-003",
            "visit": ["sample60-007", "sample60-008"],
            "reason": "回避",
            "date": datetime(2021, 12, 6).date(),
            **APPROVED,
        },
    ),
    "amend all visits, for another reason": (
        ("freeze", "draw"),
        ["8", "ZJ-003", "", "6", "样例（副局长）", "", "", "样例情况", "是"],
        {
            "command": "amend",
            "round": "sample60",
            "officer": "ZJ-003",
            "reason": "其他",
            "note": "样例情况",
            "date": AFTER.date(),
            "approver": "样例（副局长）",
        },
    ),
    "void": (
        ("freeze",),
        ["18", "1", "", "2021-12-07", "", "是"],
        {
            "command": "void",
            "round": "sample60",
            "reason": "名录有误",
            "date": AFTER.date(),
            **APPROVED,
        },
    ),
    "void, the event not held": (
        ("freeze",),
        ["18", "4", "", "12-07", "2021/12/7", "", "1", "1 3", "1 2", "是"],
        {
            "command": "void",
            "round": "sample60",
            "reason": "活动未举行",
            "date": AFTER.date(),
            "witness": ["驻局纪检监察组（演示）", "演示县市场监督管理局"],
            **APPROVED,
        },
    ),
    "observers' kit": (
        ("freeze",),
        ["4", "是"],
        {"command": "papers", "round": "sample60", "observers": True},
    ),
    "audit": (
        ("freeze", "draw"),
        ["15", "1", "", "", "", "", ""],
        {
            "command": "audit",
            "folder": "{outputs}/sample60",
            "json": "{outputs}/sample60/files/复核报告.json",
        },
    ),
    "audit with what others hold": (
        ("freeze", "draw"),
        [
            *("15", "1", "", "0781 3372 5B85 B54F", "0" * 64, "'{here}/公告 1.json'"),
            *("{here}/1.tsr", "{here}/root.pem"),
        ],
        {
            "command": "audit",
            "folder": "{outputs}/sample60",
            "json": "{outputs}/sample60/files/复核报告.json",
            "commitment": ["078133725b85b54f"],
            "head": ["0" * 64],
            "notice": ["{here}/公告 1.json"],
            "timestamp": ["{here}/1.tsr"],
            "timestamp_root": ["{here}/root.pem"],
        },
    ),
    "audit of a copy": (
        ("freeze", "draw"),
        ["15", "1", "elsewhere", "", "", "", ""],
        {"command": "audit", "folder": "elsewhere", "json": "elsewhere/files/复核报告.json"},
    ),
    "receipts for all": (
        ("freeze", "draw"),
        ["17", ""],
        {"command": "receipt", "round": "sample60", "all": True},
    ),
    "receipts for some": (
        ("freeze", "draw"),
        ["17", "A-1 -B"],
        {"command": "receipt", "round": "sample60", "id": ["A-1", "-B"]},
    ),
    "publication": (("freeze", "draw"), ["16"], {"command": "status"}),
    "rehearsal": ((), ["19", "1"], {"command": "rehearse", "round": "sample60"}),
    "rehearsal of a notebook": ((), ["19", "2"], {"command": "lab", "round": "sample60"}),
}


def _filled(value, folder: Path):
    """Placeholders of the tables above; paths as text."""
    if isinstance(value, str):
        return value.format(here=folder.as_posix(), outputs=(folder / "outputs").as_posix())
    if isinstance(value, list):
        return [_filled(one, folder) for one in value]
    return value.as_posix() if isinstance(value, Path) else value


@pytest.mark.parametrize(("kinds", "answers", "wanted"), RUNS.values(), ids=list(RUNS))
def test_a_step_runs_its_command(kinds, answers, wanted, tmp_path):
    folder = entered(tmp_path, *kinds, event=False)
    talk = run(folder, "1", *(_filled(answer, folder) for answer in answers), "", "0", "0")
    assert {k: _filled(v, folder) for k, v in talk.act_made.items()} == {
        k: _filled(v, folder) for k, v in wanted.items()
    }


def test_draw_and_demonstration(tmp_path):
    talk = run(entered(tmp_path, "freeze"), "1", "6", "是", "", "0", "0")
    assert talk.act_made == {"command": "draw", "round": "sample60"}
    assert "抽取只有一次，结果登记以后不能改。现在抽取吗？（是/否）" in talk.log
    talk = run(
        entered(tmp_path / "demonstration", demonstration=True), "1", "20", "是", "", "0", "0"
    )
    assert talk.act_made == {"command": "run", "round": "sample60"}


ENTERING = {
    "freeze": ((), ["4", "2"]),
    "amend": (("freeze", "draw"), ["8", "ZJ-003", "", "2", "", "", ""]),
    "void": (("freeze",), ["18", "1", "", "", ""]),
    "scans": (("freeze", "draw"), ["7", "{here}"]),
    "results": (("freeze", "draw"), ["12", "1"]),
}


@pytest.mark.parametrize("no", ["否", "n", "0"])
@pytest.mark.parametrize(("kinds", "answers"), ENTERING.values(), ids=list(ENTERING))
def test_nothing_is_entered_without_a_yes(kinds, answers, no, tmp_path):
    folder = entered(tmp_path, *kinds, event=False)
    talk = run(folder, "1", *(_filled(answer, folder) for answer in answers), "也许", no, "0", "0")
    assert (
        all(map(looks, talk.acts))
        and "请回答“是”或“否”（也可以输入 y 或 n）。" in talk.log
        and "没有做，什么也没有改动。" in talk.log
    )


@pytest.mark.parametrize(
    ("kinds", "answers"), [ENTERING["freeze"], ENTERING["results"]], ids=["freeze", "results"]
)
def test_where_the_inputs_have_errors_nothing_is_asked(kinds, answers, tmp_path):
    folder = entered(tmp_path, *kinds, event=False)
    talk = run(folder, "1", *answers, "", "0", "0", code=3)
    (options,) = talk.acts
    assert looks(options) and "先改正以上错误，再做这一步。按回车返回。" in talk.log


def test_the_menu_has_asked_already_but_for_the_draw(tmp_path):
    talk = run(entered(tmp_path / "a"), "1", "4", "2", "是", "", "0", "0")
    assert [options.yes for options in talk.acts] == [False, True]
    talk = run(entered(tmp_path / "b", "freeze"), "1", "6", "是", "", "0", "0")
    assert [options.yes for options in talk.acts] == [False]


def test_every_command_that_enters_the_ledger_asks_first():
    entering = {"freeze", "draw", "amend", "void", "platform", "results", "plan", "review", "run"}
    for step in (*steps.STEPS, *steps.ANYTIME):
        for action in step.actions:
            assert bool(action.confirm) == (action.command in entering or action.asks == "scans"), (
                action
            )


# Not now, done


def test_too_early(tmp_path):
    talk = run(
        entered(tmp_path, "freeze", event=False), "1", "5", "", "6", "", "0", "0", now=BEFORE
    )
    assert talk.acts == []
    assert (
        "5 公开活动、录入随机数  还不到时候：公告的时间是 2021-11-26 10:00" in talk.text
        and "现在还不能做。按回车返回。" in talk.log
    )


def test_no_kit_still_shows_where_the_files_are(tmp_path):
    folder = entered(tmp_path, "freeze", event=False)
    (folder / "outputs" / "sample60" / "files").mkdir()
    talk = run(folder, "1", "4", "否", "", "0", "0")
    assert talk.acts == [] and "文件在：" in talk.text


def test_done_already_shows_where_the_files_are(tmp_path):
    folder = entered(tmp_path, "freeze", "draw")
    (folder / "outputs" / "sample60" / "files").mkdir()
    talk = run(folder, "1", "4", "", "6", "", "0", "0")
    assert (
        talk.acts == []
        and talk.text.count(f"文件在：{(folder / 'outputs' / 'sample60' / 'files').resolve()}") == 2
    )


# What is not about one round


def test_two_rounds_are_compared(tmp_path):
    folder = entered(tmp_path)
    assert "没有别的批次可以相比" in run(folder, "1", "1", "3", "0", "0").text
    shutil.copytree(folder / "params" / "sample60", folder / "params" / "2021Q3")
    talk = run(folder, "2", "1", "3", "1", "", "0", "0")
    assert talk.act_made == {"command": "diff", "before": "2021Q3", "round": "sample60"}


def test_new_round(tmp_path):
    folder = entered(tmp_path)
    talk = run(folder, "2", "2026Q1", "1", "", "0")
    assert talk.act_made == {"command": "new", "round": "2026Q1"}
    talk = run(folder, "2", "2026Q1", "2", "", "0")
    assert talk.act_made == {"command": "new", "round": "2026Q1", "source": "sample60"}
    assert run(folder, "2", "0", "0").acts == []
    os.rename(folder / "params" / "sample60", folder / "params" / "2021Q4")
    assert run(folder, "2", "", "1", "", "0").act_made["round"] == "2022Q1"
    assert run(tmp_path / "empty", "1", "", "2026Q1", "", "0").act_made == {
        "command": "new",
        "round": "2026Q1",
    }


@pytest.mark.parametrize(
    ("known", "following"),
    [([], ""), (["sample60"], ""), (["2021Q4", "2021Q1"], "2022Q1"), (["2021Q1"], "2021Q2")],
)
def test_following_quarter(known, following):
    assert menu.following(known) == following


def test_the_year_s_plan(tmp_path):
    folder = entered(tmp_path)
    assert run(folder, "3", "0", "0").acts == []
    assert run(folder, "3", "1", "2027", "", "0").act_made == {"command": "new", "round": "2027"}
    for year in ("2021", "2022"):
        (folder / "params" / year).mkdir()
        (folder / "params" / year / "year.toml").touch()
    assert run(folder, "3", "2", "2", "是", "", "0").act_made == {
        "command": "plan",
        "round": "2022",
    }
    assert run(folder, "3", "1", "1", "", "0").act_made == {"command": "check", "round": "2021"}
    assert run(folder, "3", "3", "2023", "", "0").act_made == {
        "command": "new",
        "round": "2023",
        "source": "2022",
    }
    assert run(folder, "1", "2", "2", "是", "", "0", "0").act_made == {
        "command": "plan",
        "round": "2021",
    }, "the year of the round"


def test_training(tmp_path):
    """Made after a yes; from then on its own menu."""
    folder = entered(tmp_path)

    def act(arguments):
        talk.acts.append(cli._parser().parse_args(arguments))
        exercise.new(Path(talk.acts[-1].training))
        return 0

    talk = Talk("5", "否", "5", "是", "2", "", "3", "0", "0")
    talk.act = act
    menu.run(
        folder / "params", folder / "outputs", talk.act, talk.ask, talk.log.append, lambda: AFTER
    )
    assert talk.act_made["training"] == str(folder / exercise.FOLDER)
    assert (
        "【练习】批次" in talk.text
        and "   1  training" in talk.text
        and "  [      ]  1 检查对象名录库" in talk.text
    )
    assert (
        "接下来：检查对象名录库" in talk.text
        and "还没有抽取，没有可以用来练习找错的档案" in talk.text
    )
    assert run(folder / exercise.FOLDER, "0").log.count("   2  练习做到哪一步、接下来做什么") == 1


def test_demonstrations_have_a_menu_of_their_own(tmp_path):
    entered(tmp_path / formats.DEMO, demonstration=True)
    entered(tmp_path, "freeze")
    talk = run(tmp_path, "4", "1", "20", "否", "0", "0", "0")
    assert "【演示】批次" in talk.text and "  20  演示：一次完成封库和抽取" in talk.text
    assert talk.text.count("   2  年度计划\n   0  退出") == 2, "no new round, no training there"
    assert run(tmp_path, "1", "0", "0").text.count("演示：一次完成") == 0
    assert "没有演示用的样例" in run(entered(tmp_path / "alone"), "4", "0").text


def test_the_tutorial_ends_with_ctrl_c(tmp_path, monkeypatch):
    started = []

    def call(command, cwd):
        started.append((command[1:], cwd))
        raise KeyboardInterrupt

    monkeypatch.setattr(menu.subprocess, "call", call)
    folder = exercise.new(tmp_path / "training")
    assert "【练习】" in run(folder, "4", "0").text
    assert started == [(["-m", "jupyterlab", exercise.NOTEBOOK], folder)]


# Wrong answers, faults, leaving


def test_unknown_input_asks_again(tmp_path):
    talk = run(entered(tmp_path), "9", "-1", "一", "", "1", "20", "x", "0", "0")
    for said in (
        "没有“9”这一项，请输入 0 到 5 的数字。",
        "没有“-1”这一项，请输入 0 到 5 的数字。",
        "没有“一”这一项，请输入 0 到 5 的数字。",
        "请输入 0 到 5 的数字。",
        "没有“20”这一项，请输入 0 到 19 的数字。",
        "没有“x”这一项，请输入 0 到 19 的数字。",
    ):
        assert said in talk.log


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5])
def test_a_command_that_fails_leads_back_to_the_list(code, tmp_path):
    talk = run(entered(tmp_path, "freeze"), "1", "6", "是", "", "0", "0", code=code)
    assert (
        "没有做成，或有要处理的：请看上面的说明，处理以后再做这一步。按回车返回。" in talk.log
        and len(talk.acts) == 1
    )


LEAVES = {
    "at home": ((), []),
    "in a round": ((), ["1"]),
    "in a step": ((), ["1", "4"]),
    "before the yes": ((), ["1", "4", "2"]),
    "in a question": (("freeze", "draw"), ["1", "8", "ZJ-003"]),
    "after a command": ((), ["1", "1", "1"]),
}


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
@pytest.mark.parametrize(("kinds", "answers"), LEAVES.values(), ids=list(LEAVES))
def test_ctrl_c_and_end_of_input_leave(kinds, answers, end, tmp_path):
    talk = run(entered(tmp_path, *kinds), *answers, end())
    assert all(options.command == "check" for options in talk.acts) and "内部错误" not in talk.text


@pytest.mark.parametrize(
    "answers",
    [
        ["8", "0"],
        ["8", "ZJ-003", "0"],
        ["8", "ZJ-003", "", "0"],
        ["8", "ZJ-003", "", "1", "0"],
        ["8", "ZJ-003", "", "1", "", "0"],
        ["7", "0"],
        ["15", "0"],
        ["15", "1", "0"],
        ["17", "０"],
    ],
)
def test_nought_leads_back(answers, tmp_path):
    assert run(entered(tmp_path, "freeze", "draw"), "1", *answers, "0", "0").acts == []


def test_a_broken_ledger(tmp_path):
    folder = entered(tmp_path, "freeze")
    ledger = folder / "outputs" / "ledger.jsonl"
    ledger.write_text(
        ledger.read_text(encoding="utf-8").replace(FREEZE, FREEZE.replace("freeze", "freezf")),
        encoding="utf-8",
    )
    talk = run(folder, "1", "是", "", "1", "否", "0", code=5)
    assert (
        "登记簿可能被改动：请不要继续，先运行 ssj audit 查明，并从备份恢复。" in talk.text
        and "   1  sample60" in talk.log
    )
    assert talk.act_made["command"] == "audit"


def test_files_that_can_t_be_read(tmp_path):
    """A round.toml of bytes, a file where the outputs should be: said, and the menu goes on."""
    folder = entered(tmp_path, "freeze")
    (folder / "params" / "sample60" / "round.toml").write_bytes(b"\xff\xfe")
    (folder / "outputs" / "sample60" / FREEZE / "data" / "out" / "round.toml").write_bytes(
        b"\xff\xfe"
    )
    talk = run(folder, "1", "0", "0")
    assert "（round.toml 还有要填、要改的）" in talk.text
    folder = entered(tmp_path / "file")
    (folder / "outputs").mkdir()
    (folder / "outputs" / "ledger.jsonl").mkdir()
    talk = run(folder, "0")
    assert "读写文件出错：Is a directory" in talk.text


def test_a_bug_shows_on_request(tmp_path, monkeypatch):
    monkeypatch.setenv("SSJ_DEBUG", "1")
    monkeypatch.setattr(menu.Menu, "new_round", lambda self: {}["x"])
    with pytest.raises(KeyError):
        run(entered(tmp_path), "2")
    monkeypatch.delenv("SSJ_DEBUG")
    monkeypatch.setenv("SSJ_BUG_WANTED", "1")
    assert "程序内部错误：KeyError：'x'" in run(entered(tmp_path / "two"), "2", "0").text


# Opening folders, and without a terminal


def test_a_desktop_is_asked_before_a_folder_opens(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(menu, "opener", lambda folder: lambda: opened.append(folder))
    folder = entered(tmp_path)
    run(folder, "1", "1", "1", "否", "1", "1", "是", "0", "0")
    assert opened == [(folder / "params" / "sample60").resolve()]

    def fails():
        raise OSError("nothing opens it")

    monkeypatch.setattr(menu, "opener", lambda folder: fails)
    run(folder, "1", "1", "1", "是", "0", "0")


def test_opener(tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(menu.sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert menu.opener(tmp_path) is None
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(menu.shutil, "which", lambda name: None)
    assert menu.opener(tmp_path) is None
    monkeypatch.setattr(menu.shutil, "which", lambda name: f"/bin/{name}")
    started = []
    monkeypatch.setattr(menu.subprocess, "Popen", lambda command, **more: started.append(command))
    menu.opener(tmp_path)()
    assert started == [["xdg-open", str(tmp_path)]]


def test_piped_it_is_the_status(tmp_path, monkeypatch, capsys):
    """pytest's own streams are no terminal."""
    monkeypatch.chdir(entered(tmp_path))
    assert cli.main([]) == 0
    piped = capsys.readouterr().out
    assert cli.main(["status"]) == 0 and capsys.readouterr().out == piped != ""


def test_on_a_terminal_places_may_be_given(tmp_path, monkeypatch):
    called = []
    monkeypatch.chdir(tmp_path)
    for name in ("params", "a"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(cli.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(cli.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(menu, "run", lambda *arguments: called.append(arguments[:2]) or 0)
    assert cli.main(["--params", "a", "--outputs", "b"]) == 0 and cli.main([]) == 0
    assert called == [(Path("a"), Path("b")), (Path("params"), Path("outputs"))]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--params", "a", "status"],
        ["status", "--params", "a"],
        ["--outputs", "x", "status", "--params", "a"],
    ],
)
def test_places_before_or_after_the_command(arguments):
    options = cli._parser().parse_args(arguments)
    assert options.params == Path("a") and options.outputs == Path(
        "x" if "x" in arguments else "outputs"
    )


def test_dialogue_dates():
    talk = Talk("12-07", "2021-13-01", "２０２１．１２．７", "0")
    asked = Dialogue(talk.ask, talk.log.append, lambda: AFTER)
    assert asked.day("审批日期") == "2021-12-07"
    with pytest.raises(Back):
        asked.day("审批日期")
    assert talk.text.count("不是日期") == 2


def test_names_keep_their_own_brackets():
    """Only codes, numbers and dates are made narrow: an approver is typed as announced."""
    talk = Talk("驻局纪检监察组（演示）")
    assert Dialogue(talk.ask, talk.log.append, lambda: AFTER).text("谁") == "驻局纪检监察组（演示）"


def test_the_officer_to_be_replaced_is_known_before_more_is_asked(
    tmp_path, monkeypatch, small_record
):
    officers = small_record["tables"]["officers"]
    own, name = officers[0]["id"], officers[0]["identity"]["name"]
    monkeypatch.setattr(questions.attempts, "drawn_record", lambda *_: small_record)
    folder = entered(tmp_path, "freeze", "draw")
    answers = ["1", "8", "NOBODY-1", name, own.lower(), "", "2", "", "2021-12-06", "", "是"]
    talk = run(folder, *answers, "", "0", "0")
    assert talk.act_made["officer"] == own.lower(), "the command makes it capitals"
    assert "没有“NOBODY-1”这个工号。请重新输入；0 返回。" in talk.log
    assert f"没有“{name}”这个工号。“{name}”的工号是 {own}。请重新输入；0 返回。" in talk.log
