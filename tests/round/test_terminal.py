"""The menu in a real pseudo-terminal of 80 columns: a demonstration round from nothing to its
audit, wrong input, Ctrl-C, end of input.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest
from archived import entered_stages, numbered
from conftest import ROOT, new_project

from ssj.casebook import archive
from ssj.desk.screen import columns

pexpect = pytest.importorskip("pexpect")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals of Unix"),
]

DICE = "4163524163524163"
PATIENCE = 240  # seconds for a stage on a busy machine


def heed_ctrl_c() -> None:
    """A person's terminal does not ignore Ctrl-C, whatever the tests were started from."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """``ssj`` without arguments in a project folder, as somebody at a keyboard."""

    def __init__(self, project: Path, *arguments: str) -> None:
        env = {
            k: v
            for k, v in os.environ.items()
            if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SSJ_DEBUG")
        }
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "ssj.cli", *arguments],
            cwd=str(project),
            encoding="utf-8",
            timeout=60,
            use_poll=True,
            preexec_fn=heed_ctrl_c,
            dimensions=(30, 80),
            env={**env, "PYTHONPATH": str(ROOT), "TERM": "xterm", "PYTHONUTF8": "1"},
        )
        self.seen = ""

    def see(self, text: str, patience: int = 60) -> str:
        """Wait until a text is on the screen; what came up to it."""
        self.child.expect_exact(text, timeout=patience)
        came = self.child.before + self.child.after
        self.seen += came
        return came

    def type(self, *answers: str) -> None:
        for answer in answers:
            self.child.sendline(answer)

    def ends(self) -> None:
        """The program has left by itself: code 0, no traceback, the words of leaving."""
        self.child.expect(pexpect.EOF)
        self.seen += self.child.before
        self.child.close()
        assert (
            self.child.exitstatus == 0 and "已退出。" in self.seen and "Traceback" not in self.seen
        )


@pytest.fixture
def project(tmp_path) -> Path:
    """The small round without the text of its event."""
    folder = new_project(tmp_path, "sample60")
    (folder / "params" / "sample60" / "entropy.toml").unlink()
    return folder


def test_a_round_from_nothing_to_its_audit(project):
    t = Terminal(project)
    t.see("请输入序号：")
    t.type("99")
    t.see("没有“99”这一项")
    t.type("1")
    came = t.see("0 返回）：")
    assert re.search(r">> +4  封库、公告 +现在可以做", came) and "演示批次，不作执法依据" in came
    t.type("6")  # too early
    t.see("还不到时候：先封库")
    t.see("按回车返回")
    t.type("", "abc")
    t.see("没有“abc”这一项")

    t.type("", "1")  # the marked step: first look, then freeze
    t.see("没有错误，可以封库")
    t.see("按回车返回")
    t.type("", "4", "2")
    t.see("现在封库吗？（是/否）")
    t.type("好")
    t.see("请回答“是”或“否”")
    t.type("否")
    t.see("没有做，什么也没有改动")
    assert not (project / "outputs" / archive.LEDGER).exists()
    t.type("4", "2", "是")
    t.see("已封库：", PATIENCE)
    t.see("文件在：")
    t.see("按回车返回")
    assert entered_stages(project) == numbered("freeze")

    t.type("")
    assert re.search(r">> +5  公开活动", t.see("0 返回）："))
    t.type("5")
    t.see("录入人一")
    t.type("样例甲")
    t.see("录入公开随机数")
    t.child.sendintr()  # gave up half way: nothing is written, the menu is there again
    t.see("已中断")
    t.see("按回车返回")
    t.type("")
    t.see("0 返回）：")
    assert not (project / "params" / "sample60" / "entropy.toml").exists()
    t.type("5")
    for prompt, answer in (
        ("录入人一", "样例甲"),
        ("录入公开随机数", DICE[:-1] + "7"),
        ("请重新录入", DICE),
        ("录入人二", "样例乙"),
        ("录入公开随机数", DICE),
        ("时间（", ""),
        ("地点（", ""),
        ("主持人", "样例丙"),
        ("操作人", ""),
        ("记录人", ""),
        ("监督人", ""),
        ("见证人", ""),
        ("16 位", ""),
        ("16 位", ""),
        ("以上各项都对吗？（是/否）", "是"),
    ):
        t.see(prompt)
        t.type(answer)
    t.see("已写入")
    t.see("按回车返回")

    t.type("", "", "是")  # the marked step, the draw, which shows its reminders, then asks again
    assert "唯一性未证实" in t.see("现在登记吗？（是/否）", PATIENCE)
    t.type("y")
    t.see("已抽取：", PATIENCE)
    t.see("按回车返回")
    assert entered_stages(project) == numbered("freeze", "draw")
    t.type("", "6")  # once only
    t.see("6 现场抽取  已做")
    t.see("按回车返回")
    t.type("", "9")
    t.see("已生成检查文书", PATIENCE)
    t.see("按回车返回")
    t.type("", "17", "")
    t.see("已出具一户核验单 60 份", PATIENCE)
    t.see("按回车返回")
    t.type("", "15", "1", "")
    came = t.see("结论：", PATIENCE)
    assert "V10 网页：相符" in came
    t.see("全部相符")
    t.see("按回车返回")
    t.type("")
    assert re.search(r"15  复核、归档、移交 +已做（", t.see("0 返回）："))
    t.type("0", "0")
    t.ends()
    plain = re.sub(r"\r[^\n]*\x1b\[K|\x1b\[\d*[A-Za-z]", "", t.seen.replace("\r\n", "\n"))
    rows = [line for line in plain.splitlines() if re.match(r"(>>|  )[ \d]{3}\d  ", line)]
    assert len(rows) > 150 and [row for row in rows if columns(row) > 80] == []


@pytest.mark.parametrize("leave", ["ctrl-c", "end of input", "0"])
@pytest.mark.parametrize("before", [[], ["1"], ["1", "4"]], ids=["home", "round", "step"])
def test_leaving(before, leave, project):
    t = Terminal(project)
    for number, answer in enumerate(before):
        t.see("请输入序号" if number < 2 else "做哪一项")
        t.type(answer)
    t.see("请输入序号" if len(before) < 2 else "做哪一项")
    if leave == "ctrl-c":
        t.child.sendintr()
    elif leave == "end of input":
        t.child.sendeof()
    else:
        t.type(*["0"] * (len(before) + 1))
    t.ends()
    assert not (project / "outputs" / archive.LEDGER).exists()


def test_ctrl_c_while_a_stage_runs(project):
    """The stage is given up as a whole, the menu goes on, and the same step can be done again."""
    t = Terminal(project)
    t.type("1", "4", "2", "是")
    t.see("运行过程记录 1_rosters.ipynb", PATIENCE)
    t.child.sendintr()
    t.see("已中断，没有留下未完成的阶段")
    t.see("按回车返回")
    t.type("")
    assert re.search(r">> +4  封库、公告 +现在可以做", t.see("0 返回）："))
    t.type("0", "0")
    t.ends()
    assert not (project / "outputs" / archive.LEDGER).exists() and not list(
        (project / "outputs").glob("sample60/[0-9]*")
    )


def test_a_fault_is_a_message_and_the_menu_goes_on(project):
    (project / "params" / "sample60" / "plan.xlsx").unlink()
    t = Terminal(project)
    t.type("1", "4", "2")
    t.see("没有表格 plan", PATIENCE)
    t.see("先改正以上错误")
    t.type("", "0", "0")
    t.ends()


def test_another_place_before_the_command(project):
    (project / "params").rename(project / "elsewhere")
    t = Terminal(project, "--params", "elsewhere", "--outputs", "archive")
    assert (
        "资料在 elsewhere，档案在 archive" in t.see("请输入序号：") and "   1  sample60" in t.seen
    )
    t.type("0")
    t.ends()


def test_the_start_script(project):
    """``start.sh`` in a terminal: the menu, and the window stays until Enter."""
    for name in ("start.sh", "ssj/templates/start.txt"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes((ROOT / name).read_bytes())
    (project / "start.sh").chmod(0o755)
    own = project / ".venv" / "bin" / "ssj"
    own.parent.mkdir(parents=True)
    own.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m ssj.cli "$@"\n',
        encoding="utf-8",
    )
    own.chmod(0o755)
    child = pexpect.spawn(
        str(project / "start.sh"),
        cwd=str(project.parent),
        encoding="utf-8",
        timeout=60,
        use_poll=True,
        dimensions=(30, 80),
        preexec_fn=heed_ctrl_c,
    )
    child.expect_exact("请输入序号：")
    assert "   1  sample60" in child.before
    child.sendline("0")
    child.expect_exact("按回车关闭窗口。")
    child.sendline("")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
