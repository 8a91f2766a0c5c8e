"""What became of each file, in one line."""

from __future__ import annotations

import pytest

from ssj.base.errors import Problem
from ssj.tables import verdicts
from ssj.tables.accounts import Tally


def problem(
    code: str, row: int | None, column: str = "", severity: str = "error", **more
) -> Problem:
    file, sheet = more.get("file", "targets.xlsx"), more.get("sheet", "")
    message = more.get("message", "不认识的写法")
    return Problem(code, message, "请改。", file, sheet, row, column, severity=severity)


def tally(rows: int, refused: int = 0, **more) -> Tally:
    bad = dict.fromkeys(range(2, refused + 2), ("T06",))
    whole = more.get("whole", ())
    used = 0 if whole else rows - refused
    unread = rows if whole else 0
    file = more.get("file", "targets.xlsx")
    return Tally(rows, used, bad, {}, {}, unread, whole, file=file, sheet=more.get("sheet", ""))


# problems, account → the line
LINES = {
    "one error": (
        [problem("T06", 3, "状态")],
        tally(60, 1),
        "targets.xlsx：60 行中 59 行能用；错误 1 个，“状态”列：不认识的写法",
    ),
    "many in several columns": (
        [*(problem("T06", n, f"列{n}") for n in range(2, 7)), problem("T31", 2, "", "warning")],
        tally(60, 5),
        "targets.xlsx：60 行中 55 行能用；错误 5 个，提醒 1 个，先改“列2”等 5 列：不认识的写法",
    ),
    "warnings alone": (
        [problem("T31", n, "成立日期", "warning") for n in (2, 3)],
        tally(60),
        "targets.xlsx：60 行都能用；提醒 2 个，先看“成立日期”列：不认识的写法",
    ),
    "columns missing": (
        [problem("F06", 1, message="缺少必填列“名称”")],
        tally(60, whole=("F06",)),
        "targets.xlsx：没有读取（60 行）；错误 1 个：缺少必填列“名称”",
    ),
    "damaged": (
        [problem("F04", None, message="文件已损坏")],
        tally(0, whole=("F04",)),
        "targets.xlsx：没有读出；错误 1 个：文件已损坏",
    ),
}


@pytest.mark.parametrize(("problems", "account", "line"), LINES.values(), ids=LINES)
def test_the_line_of_a_file(problems, account, line):
    assert verdicts.lines(problems, {"targets": account}) == [line]


def test_files_with_nothing_wrong_have_no_line_and_parameters_come_last():
    found = [
        problem("R02", 4, "内容", file="round.xlsx", sheet="基本", message="还没有填"),
        problem("R02", 5, "内容", file="round.xlsx", sheet="基本", message="还没有填"),
        problem("P20", 2, "事项编号", file="plan.xlsx", message="事项编号不在事项清单中"),
    ]
    tallies = {"targets": tally(60), "plan": tally(4, 1, file="plan.xlsx")}
    assert verdicts.lines(found, tallies) == [
        "plan.xlsx：4 行中 3 行能用；错误 1 个，“事项编号”列：事项编号不在事项清单中",
        "round.xlsx：错误 2 个，先改工作表“基本”“内容”列：还没有填",
    ]


def test_sheets_that_are_read_together_are_one_file():
    parts = [tally(4, 1, sheet="甲"), tally(6, 2, sheet="乙")]
    whole = Tally(10, 7, {2: ("T06",), 10002: ("T06",), 10003: ("T06",)}, {}, {}, parts=(*parts,))
    (line,) = verdicts.lines([problem("T06", 2, "状态"), problem("T06", 3, "状态")], {"t": whole})
    assert line.startswith("targets.xlsx：10 行中 7 行能用；错误 2 个，先改“状态”列：")
