"""``ssj`` alone on a terminal: rounds, the numbered steps of a quarter, and what each step needs,
for people who never used Python.

A dialogue: ``ask`` puts a question and gives the answer, ``say`` shows a line, ``act`` runs a
command line as if it had been typed, and gives its exit code; it says itself what went wrong. The
rows are those of :mod:`ssj.desk.steps`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ssj.base import formats
from ssj.base.errors import SsjError
from ssj.casebook import archive
from ssj.desk import exercise, standing, steps, today, training
from ssj.desk.dialogue import Ask, Back, Dialogue, Say, padded
from ssj.desk.questions import QUESTIONS
from ssj.desk.screen import columns
from ssj.desk.standing import Standing
from ssj.desk.steps import STEPS, Action, Step
from ssj.protocol import Record
from ssj.tables import paramfiles

WIDTH = 78  # columns; a Chinese character takes two
RULE = "-" * WIDTH
# these need not ask again; the draw does, once its reminders are shown
LEDGER = ("plan", "freeze", "papers", "amend", "void", "platform", "results", "review")
YEARLY = STEPS[1]  # the plan of the year
Act = Callable[[list[str]], int]


def run(
    home: Path,
    outputs: Path,
    act: Act,
    ask: Ask = input,
    say: Say = print,
    now: Callable[[], datetime] | None = None,
) -> int:
    """Show the menu until it is left by 0, Ctrl-C or the end of input; the exit code, always 0."""
    say("双随机、一公开抽查。输入左边的序号，按回车；0 是返回或退出；Ctrl+C 随时退出。")
    try:
        Menu(home, outputs, act, ask, say, now or (lambda: datetime.now(formats.BEIJING))).home()
    except (EOFError, KeyboardInterrupt):
        say("")
    say("已退出。")
    return 0


class Menu:
    """The screens of one place: a folder of rounds with its outputs."""

    def __init__(
        self, home: Path, outputs: Path, act: Act, ask: Ask, say: Say, now: Callable[[], datetime]
    ) -> None:
        self.place, self.outputs, self.act, self.say, self.now = home, outputs, act, say, now
        self.talk = Dialogue(ask, say, now)
        self.practice = home.parent if exercise.is_training(home.parent) else None
        self.demo = home.resolve().parent.name == formats.DEMO

    # Screens

    def home(self) -> None:
        """All rounds, and what is not about one round."""
        while True:
            self.say(
                f"\n{RULE}\n{self._banner()}批次（资料在 "
                f"{self.place.as_posix()}，档案在 {self.outputs.as_posix()}）"
            )
            known = steps.folders(self.place)
            for line in self._safely(self._due, known) or []:
                self.say(line)
            for number, text in enumerate(
                self._safely(self._headlines, known) or [f.name for f in known], 1
            ):
                self.say(f"{number:>4}  {text}")
            more = self._more()
            for number, (title, _) in enumerate(more, len(known) + 1):
                self.say(f"{number:>4}  {title}")
            self.say("   0  退出")
            choice = self.talk.number("请输入序号：", len(known) + len(more))
            if choice == 0:
                return
            if choice <= len(known):
                self._safely(self.round, known[choice - 1])
            else:
                self._safely(more[choice - len(known) - 1][1])

    def _banner(self) -> str:
        return "【练习】" if self.practice else "【演示】" if self.demo else ""

    def _more(self) -> list[tuple[str, Callable[[], None]]]:
        """What is not about one round."""
        if self.practice:
            return self._practice_rows(self.practice)
        plan = ("年度计划", self.year_plan)
        if self.demo:
            return [plan]
        return [
            ("建立新批次", self.new_round),
            plan,
            ("演示（虚构的样例，不影响正式档案）", self.demonstrations),
            ("练习（虚构的样例，不影响正式档案）", self.training),
        ]

    def round(self, folder: Path) -> None:
        """The steps of one round."""
        while True:
            try:
                it = self.standing(folder)
            except SsjError as error:
                self._broken(folder, error)
                return
            rows = [*STEPS, *steps.anytime(it)]
            next_one = self._steps(it)
            hint = "直接回车：做标有 >> 的一步；" if next_one else ""
            choice = self.talk.number(
                f"请输入序号（{hint}0 返回）：", len(rows), next_one.number if next_one else None
            )
            if choice == 0:
                return
            self._safely(self.step, it, rows[choice - 1])

    def _broken(self, folder: Path, error: SsjError) -> None:
        """The ledger can't be read: all that can be done is to find out what is wrong."""
        self.say(f"\n{error}")
        if self.talk.yes("现在复核这个批次，看哪里不符吗？"):
            self.act(["audit", "--fast", "--", str(self.outputs / folder.name)])
            self.talk.pause("")

    def _steps(self, it: Standing) -> Step | None:
        """Show the list; the step that comes next."""
        kind = "演示批次，不作执法依据" if it.demonstration else "正式批次"
        title = (
            f"{it.declared.round.title}（{kind}，第 {it.state.attempt} 次抽取）"
            if it.declared
            else f"（{paramfiles.file_of('round', it.folder)} 还有要填、要改的）"
        )
        self.say(f"\n{RULE}\n{it.id}  {title}")
        next_one = steps.current(it)
        for step in STEPS:
            self._row(step, it, step is next_one)
        self.say("  随时可做：")
        for step in steps.anytime(it):
            self._row(step, it, step is next_one)
        self.say("     0  返回")
        return next_one

    def _row(self, step: Step, it: Standing, comes_next: bool) -> None:
        row = f"{'>>' if comes_next else '  '}{step.number:>4}  {padded(step.title, 28)}"
        status = str(step.status(it))
        self.say(row + status if columns(row + status) <= WIDTH else f"{row}\n{' ' * 12}{status}")

    def step(self, it: Standing, step: Step) -> None:
        """Explain a step, then do one of its actions."""
        status = step.status(it)
        self.say(f"\n{step.number} {step.title}  {status}")
        for line in step.explain.splitlines():
            self.say(f"  {line}")
        if status.word == standing.LATER:
            self.talk.pause("现在还不能做。")
            return
        if status.word == standing.DONE and step.once:
            if it.state.draw or not (step.after and self.act_on(step.after, it, it.id)):
                self.where(it.files)
            return
        if status.word == standing.OUTSIDE:
            self.say("  这一步主要在程序以外做，程序能帮的是：")
        self.choose_action(step, it, it.id)

    def choose_action(self, step: Step, it: Standing | None, owner: str) -> None:
        """Do one of a step's actions for a round or a year."""
        action = step.actions[self.talk.choose("做哪一项", [a.title for a in step.actions])]
        self.act_on(action, it, owner)

    def act_on(self, action: Action, it: Standing | None, owner: str) -> bool:
        """Do an action for a round or a year; whether it was done."""
        owner = it.year if it and action.yearly else owner
        more = (
            QUESTIONS[action.asks](self, it)
            if it and action.asks in QUESTIONS
            else [owner]
            if action.command != "status"
            else []
        )
        return self.do(
            action, more, self.place / owner if action.inputs else self.outputs / owner / "files"
        )

    def do(self, action: Action, arguments: list[str], place: Path) -> bool:
        """Run a command after a yes, and show where its files are; whether it was done."""
        places = [f"--params={self.place}", f"--outputs={self.outputs}"]
        if action.first and self.act([*action.first, *places, *arguments]):
            self.talk.pause("先改正以上错误，再做这一步。")
            return False
        if action.confirm and not self.talk.yes(action.confirm):
            self.say("没有做，什么也没有改动。")
            return False
        agreed = ["--yes"] * bool(action.confirm and action.command in LEDGER)
        if self.act([action.command, *places, *agreed, *arguments]):
            self.talk.pause("没有做成，或有要处理的：请看上面的说明，处理以后再做这一步。")
            return False
        self.where(place)
        return True

    def where(self, folder: Path) -> None:
        """Where the files are; opened if there is a desktop and the person wants it."""
        if not folder.exists():
            self.talk.pause("")
            return
        self.say(f"文件在：{folder.resolve()}")
        opened = opener(folder.resolve())
        if opened is None:
            self.talk.pause("")
        elif self.talk.yes("现在打开这个文件夹吗？"):
            with suppress(OSError):
                opened()

    # What is not about one round

    def new_round(self) -> None:
        known = [folder.name for folder in steps.folders(self.place)]
        self.say("  会建立一个资料文件夹，里面有四张表和要填写的参数 round.xlsx。")
        own = following(known)
        name = self.talk.text(
            f"新批次的批次号（直接回车为 {own}；0 返回）："
            if own
            else "新批次的批次号，如 2026Q1（0 返回）：",
            own or None,
        )
        more = [name]
        if known:
            source = self.talk.choose(
                "四张表从哪里来", ["只有表头的空表", *(f"沿用 {one} 的" for one in reversed(known))]
            )
            more += [f"--from={known[-source]}"] * bool(source)
        self.do(Action("建立新批次", "new"), more, self.place / name)

    def year_plan(self) -> None:
        known = [folder.name for folder in steps.years(self.place)]
        choice = self.talk.choose(
            "哪一年", [*(f"{year} 年" for year in known), "建立新的年度计划"], always=True
        )
        for line in YEARLY.explain.splitlines():
            self.say(f"  {line}")
        if choice < len(known):
            self.choose_action(YEARLY, None, known[choice])
            return
        year = self.talk.text("哪一年，如 2027（0 返回）：")
        self.do(
            Action("建立", "new"),
            [year, *(f"--from={last}" for last in known[-1:])],
            self.place / year,
        )

    def demonstrations(self) -> None:
        """The menu of the samples, which lie apart."""
        home = self.place.parent / formats.DEMO
        if not (home / "params").is_dir():
            raise SsjError(
                f"没有演示用的样例 {home.as_posix()}/params", "请放回项目自带的 demo 文件夹。"
            )
        self.say("  单位、企业、人员都是虚构的；选一个批次，第 20 步一次做完封库和抽取。")
        self._inside(home)

    def training(self) -> None:
        """The menu of the training folder, which is made if it is not there."""
        home = self.place.parent / exercise.FOLDER
        if not exercise.is_training(home):
            self.say(
                "  练习用虚构的资料，里面故意放了几处错误；从核对资料做到归档，约半小时。\n"
                f"  会建立文件夹 {home.as_posix()}，资料和档案都在里面，练完可以整个删去。"
            )
            if not self.talk.yes("现在建立吗？") or self.act(
                ["new", f"--params={self.place}", f"--training={home}"]
            ):
                return
        self._inside(home)

    def _inside(self, home: Path) -> None:
        Menu(home / "params", home / "outputs", self.act, self.talk.ask, self.say, self.now).home()

    def _practice_rows(self, practice: Path) -> list[tuple[str, Callable[[], None]]]:
        return [
            ("练习做到哪一步、接下来做什么", partial(self.progress, practice)),
            ("找错：复核一份被人改动过的档案", partial(self.find_fault, practice)),
            ("打开练习教程（JupyterLab）", self.tutorial),
        ]

    def progress(self, practice: Path) -> None:
        """Every step of the training with what is left of the next."""
        for line in training.progress(practice):
            self.say(line)
        self.talk.pause("")

    def find_fault(self, practice: Path) -> None:
        """An audit of a copy of the archive in which something was changed."""
        folder = exercise.tamper(practice)
        self.say(
            f"  {folder.as_posix()} 是练习档案的副本，有人改动过。看复核能不能发现，是哪几步不符。"
        )
        self.act(
            ["audit", "--fast", f"--json={folder / 'files' / standing.REPORT}", "--", str(folder)]
        )
        self.talk.pause("")

    def tutorial(self) -> None:
        """The guided notebook in the browser, until JupyterLab is ended."""
        self.say(
            f"  浏览器里会打开 {exercise.NOTEBOOK}，从上到下做。要用菜单的，再双击一次 "
            "start.bat（或 start.sh）。\n"
            "  做完，在本窗口按 Ctrl+C 回到菜单。"
        )
        with suppress(KeyboardInterrupt):
            subprocess.call(
                [sys.executable, "-m", "jupyterlab", exercise.NOTEBOOK], cwd=self.practice
            )

    # Reading

    def entries(self) -> list[Record]:
        return archive.Archive(self.outputs, archive.read_entries(self.outputs)).entries

    def standing(self, folder: Path) -> Standing:
        return Standing(folder, self.outputs, self.entries(), self.now())

    def _due(self, folders: Sequence[Path]) -> list[str]:
        """今日待办, once there is a round."""
        rounds = [self.standing(folder) for folder in folders]
        return today.lines(rounds, self.now().date()) if rounds else []

    def _headlines(self, folders: Sequence[Path]) -> list[str]:
        return [self._headline(folder) for folder in folders]

    def _headline(self, folder: Path) -> str:
        it = self.standing(folder)
        next_one = steps.current(it)
        return steps.headline(it, most=1) + (
            f"\n      下一步：{next_one.number} {next_one.title}" if next_one else ""
        )

    def _safely(self, act: Callable[..., Any], *arguments: Any) -> Any:
        """The value of ``act(…)``; a fault is shown, and the menu goes on."""
        try:
            return act(*arguments)
        except EOFError:
            raise
        except Back:
            return None
        except SsjError as error:
            self.say(f"\n{error}")
        except OSError as error:
            self.say(f"\n{archive.disk_error(self.outputs, error)}")
        except Exception as error:
            if os.environ.get("SSJ_DEBUG"):
                raise
            self.say(
                f"\n程序内部错误：{type(error).__name__}："
                f"{error}\n请把这段话和所做的一步告诉技术人员。"
            )
        return None


def following(known: Sequence[str]) -> str:
    """The quarter after the last known one: ``following(["2021Q3", "2021Q4"]) == "2022Q1"``; empty
    without any.
    """
    quarters = sorted(name for name in known if re.fullmatch(r"\d{4}Q[1-4]", name))
    if not quarters:
        return ""
    year, quarter = int(quarters[-1][:4]), int(quarters[-1][-1])
    return f"{year + quarter // 4}Q{quarter % 4 + 1}"


def opener(folder: Path) -> Callable[[], object] | None:
    """What opens a folder on this desktop; nothing if there is none."""
    if sys.platform == "win32":
        return lambda: os.startfile(folder)
    program = (
        "open"
        if sys.platform == "darwin"
        else "xdg-open"
        if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        else ""
    )
    if not (program and shutil.which(program)):
        return None
    return lambda: subprocess.Popen(
        [program, str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
