"""What a terminal shows: nothing broken that must stay whole, colours, the line that moves; what is
no terminal gets every character as it was.
"""

from __future__ import annotations

import io
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssj.base import formats
from ssj.desk import screen

CODE = "07813372" * 8
SAID = "提醒：共 12 户，抽中 3 户（25.0 %），校验码 "


class Tty(io.StringIO):
    encoding = "utf-8"
    errors = "replace"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def tty(monkeypatch) -> Tty:
    """A terminal of 40 columns; to be :func:`used`."""
    for name, value in (("COLUMNS", "40"), ("TERM", "xterm"), ("NO_COLOR", "")):
        monkeypatch.setenv(name, value)
    return Tty()


def used(stream: io.StringIO, monkeypatch) -> None:
    """As standard output and errors, from within a test: pytest sets its own before."""
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)


# --- lines ---

LINES = {
    "short": ("共 12 户", 40, ["共 12 户"]),
    "figures with their unit": (
        "本批次已经抽中 1234 户次",
        20,
        ["本批次已经抽中", "  1234 户次"],
    ),
    "no sign begins a line": ("一二三四五六七八九十，甲", 21, ["一二三四五六七八九", "  十，甲"]),
    "no bracket ends a line": (
        "一二三四五六七八九十（甲）",
        23,
        ["一二三四五六七八九十", "  （甲）"],
    ),
    "set in": ("    一二三四五六七八九十", 22, ["    一二三四五六七八九", "      十"]),
    "four groups": (
        f"校验码 {formats.grouped(CODE, 8)}",
        40,
        ["校验码", *[f"  {formats.grouped(CODE[:32], 8)}"] * 2],
    ),
    "a code in one": (f"校验码：{CODE}", 40, ["校验码：", f"  {CODE}"]),
    "a path": (
        "写在 outputs/2026Q4/files/问题清单.xlsx",
        24,
        ["写在", "  outputs/2026Q4/files/", "  问题清单.xlsx"],
    ),
    "a file": (
        "一二三四五六七八九（内部）.html、甲",
        26,
        ["一二三四五六七八九（内", "  部）.html、甲"],
    ),
    "too narrow": ("一二三四五六七八九十", 10, ["一二三四五六七八九十"]),
}


@pytest.mark.parametrize(("line", "width", "lines"), LINES.values(), ids=list(LINES))
def test_where_a_line_is_broken(line, width, lines):
    assert screen.wrapped(line, width) == lines


@given(
    st.lists(
        st.one_of(
            st.text(alphabet="一二三，。（）“”", max_size=9),
            st.from_regex(r"[0-9a-f]{8}( [0-9a-f]{8}){0,7}", fullmatch=True),
            st.from_regex(r"[0-9]{1,12}(\.[0-9]{1,3})? [户%]", fullmatch=True),
        ),
        max_size=12,
    ),
    st.integers(screen.NARROW, 90),
)
def test_nothing_is_lost_and_no_figure_is_broken(parts, width):
    line = " ".join(parts)
    lines = screen.wrapped(line, width)
    assert "".join("".join(lines).split()) == "".join(line.split())
    whole = set(re.findall(r"[0-9a-f.]+", line))
    assert {word for own in lines for word in re.findall(r"[0-9a-f.]+", own)} <= whole


# --- the stream ---


def test_a_file_gets_what_was_written(monkeypatch):
    stream = io.StringIO()
    used(stream, monkeypatch)
    with screen.shown():
        assert sys.stdout is stream and not screen.move("核对资料")
        print(f"{SAID}{CODE}")
    assert stream.getvalue() == f"{SAID}{CODE}\n"


def test_a_terminal_that_can_nothing_gets_it_too(tty, monkeypatch):
    used(tty, monkeypatch)
    monkeypatch.setenv("TERM", "dumb")
    with screen.shown():
        print(f"{SAID}{CODE}")
    assert tty.getvalue() == f"{SAID}{CODE}\n"


def test_lines_of_a_terminal(tty, monkeypatch):
    used(tty, monkeypatch)
    with screen.shown():
        assert isinstance(sys.stdout, screen._Screen) and sys.stdout.isatty()
        print(f"{SAID}{formats.grouped(CODE, 8)}")
        print("下一步：ssj draw 2026Q4")
        print("错误", file=sys.stderr)
    assert sys.stdout is tty
    assert tty.getvalue().splitlines() == [
        "\x1b[33m提醒：共 12 户，抽中 3 户（25.0 %），校\x1b[0m",
        "\x1b[33m  验码\x1b[0m",
        *[f"\x1b[33m  {formats.grouped(CODE[:32], 8)}\x1b[0m"] * 2,
        "\x1b[1m下一步：ssj draw 2026Q4\x1b[0m",
        "\x1b[31m错误\x1b[0m",
    ]
    monkeypatch.setenv("NO_COLOR", "1")
    tty.truncate(0)
    with screen.shown():
        print("下一步：ssj draw 2026Q4")
    assert tty.getvalue().replace("\0", "") == "下一步：ssj draw 2026Q4\n"


def at(seconds: float, monkeypatch) -> None:
    monkeypatch.setattr(screen.time, "monotonic", lambda: seconds)


def test_a_line_that_moves(tty, monkeypatch):
    at(100, monkeypatch)
    own = screen._Screen(tty, False)
    own.move("  核对资料")
    for seconds, said in ((101, ""), (102, " 2 秒"), (131, " 31 秒")):
        at(seconds, monkeypatch)
        own.tick()
        assert tty.getvalue().endswith(f"{screen.CLEARED}  核对资料……{said}"), seconds
    own.move("  运行过程记录 2_draw.ipynb：17/40，这一行比窗口宽得多")
    (last,) = tty.getvalue().split(screen.CLEARED)[-1:]
    assert screen.columns(last) < 40
    own.write("已抽取\n")
    assert tty.getvalue().endswith(f"{screen.CLEARED}已抽取\n") and own.moving == ""


def test_what_takes_long_without_a_word(tty, monkeypatch):
    at(100, monkeypatch)
    own = screen._Screen(tty, False)
    for seconds, said in ((101, ""), (102, f"{screen.CLEARED}  请稍候…… 2 秒")):
        at(seconds, monkeypatch)
        own.tick()
        assert tty.getvalue() == said
    own.write("请输入序号：")
    own.flush()
    at(200, monkeypatch)
    before = tty.getvalue()
    own.tick()  # a question stands there
    assert tty.getvalue() == before and before.endswith(f"{screen.CLEARED}请输入序号：")
    with pytest.raises(io.UnsupportedOperation):
        own.fileno()  # so that input() writes its question through the screen
