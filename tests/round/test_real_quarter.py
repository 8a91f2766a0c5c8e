"""A real quarter of an invented bureau, and the round after it: from ``ssj new`` to the quarterly
report, by files and in a terminal, the clock moved by libfaketime. No TOML is written by a person,
every step out of order is refused with its reason, and what a person types is counted.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from archived import FREEZE, numbered
from conftest import ROOT

from ssj.casebook import archive
from ssj.tables import schema

pexpect = pytest.importorskip("pexpect")

CLOCK = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CLOCK is None, reason="libfaketime (Debian: faketime) moves the clock"),
]
PATIENCE = 120  # seconds for a stage on a busy machine
FIRST, SECOND = "2026Q1", "2026Q2"
MOST_TYPED = {FIRST: 25, SECOND: 8}  # values of the parameters
TYPED = {FIRST: 17, SECOND: 7}
MILLION = 1_000_000  # a factor of 1
DICE = "4163524163524163"
BUREAU, HEAD = "样例县住建局", "样例局长"
KEEPERS = ("驻局纪检监察组（样例）", "样例县市场监督管理局")
FINISHED = "结果回填表"
DATES = {"officers": 2030}  # certificates that last
RATIOS = "A 5%；B 15%；C 50%；D 100%"


class Desk:
    """One project as its analyst has it: files, a terminal, a clock."""

    def __init__(self, home: Path) -> None:
        self.home, self.typed = home, Counter[str]()
        (home / "params").mkdir(parents=True)

    @property
    def at(self) -> datetime:
        """The time on the clock; each command is a minute after the one before."""
        self.time += timedelta(minutes=1)
        return self.time

    @at.setter
    def at(self, time: str) -> None:
        self.time = datetime.fromisoformat(time)

    def env(self) -> dict[str, str]:
        now = self.at
        kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
        return {
            **kept,
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "TERM": "xterm",
            "TZ": "Asia/Shanghai",
            "LD_PRELOAD": str(CLOCK),
            "FAKETIME": f"@{now:%Y-%m-%d %H:%M:%S}",
            "NO_FAKE_STAT": "1",
        }

    def ssj(self, *arguments: str) -> tuple[int, str]:
        """A command, as typed: its exit code and what it said."""
        answer = subprocess.run(
            [sys.executable, "-m", "ssj.cli", *arguments],
            cwd=self.home,
            env=self.env(),
            encoding="utf-8",
            capture_output=True,
            check=False,
        )
        said = answer.stdout + answer.stderr
        assert "Traceback" not in said and "内部错误" not in said
        return answer.returncode, said

    def does(self, *arguments: str) -> str:
        code, said = self.ssj(*arguments)
        assert code == 0, said
        return said

    def refused(self, reason: str, *arguments: str) -> None:
        """A step out of order: refused with its reason and a remedy; nothing is entered."""
        before = self.archived()
        code, said = self.ssj(*arguments)
        assert code in (3, 4) and reason in said, (arguments, code, said)
        last = said.strip().splitlines()[-1]
        assert "请" in last or "ssj " in last, said
        assert self.archived() == before, arguments

    def archived(self) -> list[str]:
        outputs = self.home / "outputs"
        if not (outputs / archive.LEDGER).exists():
            return []
        entries = archive.read_entries(outputs)
        return [f"{entry['round']}/{entry['stage']}" for entry in entries]

    def menu(self, *dialogue: tuple[str, str]) -> str:
        """The menu: each question that is waited for, with its answer; all that was shown."""
        child = pexpect.spawn(
            sys.executable,
            ["-m", "ssj.cli"],
            cwd=str(self.home),
            encoding="utf-8",
            timeout=PATIENCE,
            use_poll=True,
            dimensions=(40, 100),
            env=self.env(),
        )
        seen = ""
        for question, answer in (*dialogue, ("0 返回）：", "0"), ("请输入序号：", "0")):
            child.expect_exact(question)
            seen += child.before + child.after
            child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0, seen
        return seen + child.before

    def fill(self, round_id: str, values: dict[str, dict[str, list[Any]]]) -> None:
        """Type values into ``round.xlsx``: sheet → parameter, or column of a table → its value or
        values from the first row down (None leaves a cell as it is).
        """
        path = self.home / "params" / round_id / "round.xlsx"
        book = openpyxl.load_workbook(path)
        for sheet, own in values.items():
            rows = list(book[sheet].iter_rows())
            head = next(n for n, row in enumerate(rows) if {c.value for c in row} & {"项目", *own})
            for label, given in own.items():
                place = next((c for c in rows[head] if c.value == label), None)
                cells = (
                    [row[place.column - 1] for row in rows[head + 1 :]]
                    if place is not None
                    else [next(r for r in rows if r[0].value == label)[1]]
                )
                for cell, value in zip(cells, given, strict=False):
                    if value is not None:
                        cell.value = value
                        self.typed[round_id] += 1
        book.save(path)

    def record(self, round_id: str, stage: str) -> dict[str, Any]:
        return archive.read_record(
            self.home / "outputs" / round_id / stage / "data" / "out" / f"{stage[3:]}.json"
        )


def rosters(folder: Path) -> None:
    """The invented tables of the small sample as a bureau of 2026 has them."""
    for stem in schema.TITLES:
        book = openpyxl.load_workbook(ROOT / "demo" / "params" / "sample60" / f"{stem}.xlsx")
        sheet = book.active
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == "sample60":
                    cell.value = "全年"
                elif isinstance(cell.value, str):
                    cell.value = cell.value.replace("演示", "样例")
                elif isinstance(cell.value, datetime):
                    until = "有效期" in str(
                        next(c.value for c in sheet[1] if c.column == cell.column)
                    )
                    cell.value = cell.value.replace(year=2030) if until else cell.value
        if stem == "plan":
            at = next(c.column for c in sheet[1] if c.value == "抽查比例")
            for row in range(2, sheet.max_row + 1):
                sheet.cell(row, at).value = RATIOS
        book.save(folder / f"{stem}.xlsx")


def of_round(title: str, start: str, end: str, event: str) -> dict[str, dict[str, list[Any]]]:
    """What belongs to the one round."""
    return {
        "基本": {
            "批次名称": [title],
            "检查期间第一天": [start],
            "检查期间最后一天": [end],
            "公布日": [start],
        },
        "公开活动": {"时间": [event]},
    }


def approved(day: str, **more: list[str]) -> dict[str, dict[str, list[Any]]]:
    return {"审批": {**more, "审批日期": [day, day]}}


FOR_GOOD = {  # what later rounds take over
    "公开活动": {"地点": ["样例县住建局一楼大厅"]},
    "保管人": {"保管人": [*KEEPERS]},
    "审批权限": {"可以批准的人": [HEAD] * 4},
}


def event(desk: Desk, round_id: str, held: str) -> None:
    """The event typed by two people, with who was there and what the custodians received."""
    first16 = desk.record(round_id, FREEZE)["commitment"][:16]
    day = desk.record(round_id, FREEZE)["event"]["time"][:10]
    received = [("收到的封库校验码前 16 位", first16), ("收到的时间", f"{day} 08:00")]
    received.append(("只收到这一个吗", "是"))
    choice = [("请输入序号：", str([FIRST, SECOND].index(round_id) + 1)), ("0 返回）：", "5")]
    said = desk.menu(
        *choice,
        ("录入人一", "样例甲"),
        ("录入公开随机数", DICE[:-1] + "7"),  # a slip: told, and asked for again
        ("请重新录入", DICE),
        ("录入人二", "样例乙"),
        ("录入公开随机数", DICE),
        ("公开随机数产生的时间", held),
        ("地点（", ""),
        *(
            (f"{role}人", f"样例{name}")
            for role, name in zip(
                ("主持", "操作", "记录", "监督", "见证"), "丙丁戊己庚", strict=True
            )
        ),
        *received,
        *received,
        ("以上各项都对吗", "是"),
        ("按回车返回", ""),
    )
    assert "有证明的 2 名" in said and "已写入" in said


def answer_all(desk: Desk, round_id: str, visited: str, entered: str) -> int:
    """The results form, filled in and put into the round's folder; how many visits it has."""
    form = desk.home / "outputs" / round_id / "files" / FINISHED / f"{FINISHED}.xlsx"
    book = openpyxl.load_workbook(form)
    sheet = book.worksheets[0]
    head = next(r for r in sheet.iter_rows() if "检查结果" in {c.value for c in r})
    at = {c.value: c.column for c in head if c.value}
    answers = {
        "检查日期": visited,
        "检查结果": "未发现问题",
        "录入人": "样例录入员",
        "录入日期": entered,
        "审核人": "样例审核人",
    }
    visits = set()
    for row in range(head[0].row + 1, sheet.max_row + 1):
        if number := sheet.cell(row, at["检查编号"]).value:
            visits.add(number)
            for label, value in answers.items():
                sheet.cell(row, at[label]).value = value
    book.save(desk.home / "params" / round_id / "results.xlsx")
    return len(visits)


def test_a_quarter_and_the_next(tmp_path):
    desk = Desk(tmp_path / "ssj")
    folder = desk.home / "params" / FIRST

    # --- the first round: its parameters and tables
    desk.at = "2026-02-24 09:00"
    desk.does("new", FIRST)
    desk.refused("还没有填", "freeze", FIRST)
    desk.refused("还没有填", "rosters", FIRST)
    rosters(folder)
    desk.fill(
        FIRST, of_round("2026年第一季度双随机抽查", "2026-03-09", "2026-03-27", "2026-03-06 10:00")
    )
    desk.fill(FIRST, {"基本": {"单位全称": [BUREAU]}, **FOR_GOOD})
    desk.fill(FIRST, approved("2026-02-27", 审批人=[HEAD, HEAD]))
    reason = ("--reason", "名录有误", "--approver", HEAD, "--date", "2026-02-24")
    leave = ("--officer", "ZJ-001", "--reason", "请假", *reason[2:])
    for said, *early in (
        ("还没有封库", "event", FIRST),
        ("还没有封库", "draw", FIRST),
        ("没有可以作废的抽取", "void", FIRST, *reason),
        ("还没有抽取", "amend", FIRST, *leave),
        ("还没有抽取", "papers", FIRST, "--scans", "."),
        ("还没有抽取", "results", FIRST),
        ("还没有抽取", "platform", FIRST),
        ("还没有抽取", "receipt", FIRST, "--all"),
        ("没有可以报告的", "report", FIRST),
    ):
        desk.refused(said, *early)
    desk.refused("2026-02-27", "freeze", FIRST)  # approved later than today

    # --- freeze, event, draw
    desk.at = "2026-03-02 09:00"
    assert "没有错误，可以封库：ssj freeze 2026Q1" in desk.does("check", FIRST)
    desk.menu(
        ("请输入序号：", "1"),
        ("0 返回）：", "4"),
        ("做哪一项", "2"),
        ("现在封库吗？（是/否）", "是"),
        ("按回车返回", ""),
    )
    assert desk.archived() == numbered("freeze", inside=f"{FIRST}/")
    desk.at = "2026-03-03 09:00"
    desk.refused("已经封库", "freeze", FIRST)
    desk.refused("现在还没到，不能录入", "event", FIRST)
    desk.refused("公开随机数", "draw", FIRST)
    desk.refused("抽取", "results", FIRST)
    desk.refused("抽取", "receipt", FIRST, "--all")
    desk.at = "2026-03-06 10:20"
    event(desk, FIRST, "2026-03-06 10:06")
    desk.refused("已经有 entropy.toml", "event", FIRST)
    desk.menu(
        ("请输入序号：", "1"),
        ("0 返回）：", ""),  # the marked step
        ("现在抽取吗？（是/否）", "是"),
        ("现在登记吗？（是/否）", "是"),
        ("按回车返回", ""),
    )
    assert desk.archived() == numbered("freeze", "draw", inside=f"{FIRST}/")
    desk.refused("不能再次抽取", "draw", FIRST)
    desk.refused("已经", "freeze", FIRST)
    desk.refused("公布日", "receipt", FIRST, "--all")

    # --- papers, publication, visits, results
    desk.does("papers", FIRST)
    announcement = desk.home / "outputs" / FIRST / "files" / "抽取结果公告.html"
    desk.does("status")
    assert not announcement.exists(), "not before the day"
    desk.at = "2026-03-09 09:00"
    desk.does("status")
    assert announcement.exists()
    desk.does("receipt", FIRST, "--all")
    desk.refused("results.xlsx", "results", FIRST)
    visits = answer_all(desk, FIRST, "2026-03-18", "2026-03-20")
    desk.refused("晚于", "results", FIRST)  # visited on a day that has not come
    desk.at = "2026-03-23 09:00"
    desk.menu(
        ("请输入序号：", "1"),
        ("0 返回）：", "12"),
        ("做哪一项", "1"),
        ("现在归档吗？（是/否）", "是"),
        ("按回车返回", ""),
    )
    record = desk.record(FIRST, numbered("freeze", "draw", "results")[-1])
    assert len(record["visits"]) == visits > 10

    # --- report, audit
    assert "季度报告" in desk.does("report", FIRST)
    commitment = desk.record(FIRST, FREEZE)["commitment"]
    assert "全部相符" in desk.does("audit", f"outputs/{FIRST}", "--commitment", commitment)
    assert (desk.home / "outputs" / FIRST / "files" / "季度报告.docx").exists()

    # --- the next round, with cool-down
    desk.at = "2026-05-25 09:00"
    desk.does("new", SECOND, "--from", FIRST)
    desk.fill(
        SECOND,
        of_round("2026年第二季度双随机抽查", "2026-06-08", "2026-06-26", "2026-06-05 10:00"),
    )
    desk.fill(SECOND, approved("2026-05-29"))
    desk.at = "2026-03-20 09:00"
    desk.refused("时钟", "freeze", SECOND, "--yes")
    desk.at = "2026-06-01 09:00"
    desk.does("freeze", SECOND, "--yes")
    desk.at = "2026-06-05 10:20"
    event(desk, SECOND, "2026-06-05 10:06")
    desk.does("draw", SECOND, "--yes")
    desk.at = "2026-06-29 09:00"
    desk.does("papers", SECOND)
    desk.does("status")
    answer_all(desk, SECOND, "2026-06-16", "2026-06-18")
    desk.does("results", SECOND, "--yes")
    desk.does("report", SECOND)
    of_chances = desk.home / "outputs" / SECOND / FREEZE / "data" / "out" / "chances.json"
    factors = {row["id"]: row["factor"] for row in archive.read_record(of_chances)["targets"]}
    visited = {v["id"] for v in record["visits"]}
    cooled = {i for i, factor in factors.items() if factor < MILLION}
    assert cooled and cooled <= visited, "who was visited in the first round has less chance now"
    assert any(factor > MILLION for factor in factors.values()), "and the others have more"
    entries = archive.read_entries(desk.home / "outputs")
    said = desk.does("audit", "--all", "--fast", "--head", entries[-1]["hash"])
    assert "共 2 个批次和年度，结论：相符。" in said

    # --- what was typed, and in which form
    assert {r: desk.typed[r] for r in MOST_TYPED} == TYPED
    assert all(TYPED[r] <= most for r, most in MOST_TYPED.items())
    written = {p.name for p in desk.home.glob("params/**/*.toml")}
    assert written == {"entropy.toml", "entropy.example.toml"}, "by the program alone"
