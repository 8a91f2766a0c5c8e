"""What a terminal shows: lines wrapped to its width, never inside a code, a figure or an English
word; a few beginnings of lines in bold or colour; a last line that moves while something takes
long.

- A stream that is no terminal gets every character as it was written.
- Whatever is printed comes below the moving line, which then is gone.
- It never moves while a question stands on the screen (:func:`_Screen.asks`).
- ``NO_COLOR`` and ``TERM=dumb`` are heeded.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, RLock, Thread
from typing import Any, TextIO

CLEARED = "\r\x1b[K"
PATIENCE = 2  # seconds without a word after which the last line moves
NARROW = 20  # columns below which nothing is wrapped
STYLES = (  # beginnings of lines, and how they are shown
    (re.compile(r"\s*(错误|！|程序内部错误|.{0,40}：不符)"), "31"),  # red
    (re.compile(r"\s*(提醒|注意)[：:]"), "33"),  # yellow
    (re.compile(r"\s*(【|>>|结论[：:]|下一步[：:]|试算：)"), "1"),  # bold
)
# what stays together: groups of a code, a figure or an English word with the sign that follows, a
# Chinese character with the signs that may not begin or end a line
_CLOSING, _OPENING = "，。；：、！？）》”】…—％", "（《“【"
_ATOM = re.compile(
    rf" +|(?:[0-9a-f]{{8}} ){{1,3}}[0-9a-f]{{8}}(?![0-9a-f])[{_CLOSING}]*|[{_OPENING}]*"
    rf"(?:第 (?=[0-9]))?(?:[!-~·–\u00a0-\u024f]+|[^ ])(?:(?<=[0-9]) [%一-鿿])?[{_CLOSING}]*"
    rf"(?:\.[a-z]+[{_CLOSING}]*)?"
)


def columns(text: str) -> int:
    """Columns on a terminal; what may be narrow or wide counts as wide."""
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)


def width() -> int:
    """Columns of the terminal."""
    return shutil.get_terminal_size().columns


def wrapped(line: str, columns_: int, hanging: int | None = None) -> list[str]:
    """A line in as many as fit; those after the first are indented by ``hanging``, or a little more
    than the first.

    >>> wrapped("共 12 户，校验码 ad6c4309 3178834f", 20)
    ['共 12 户，校验码', '  ad6c4309 3178834f']
    """
    if columns_ < NARROW or columns(line) <= columns_:
        return [line]
    indent = len(line) - len(line.lstrip(" "))
    after = " " * min(indent + 2 if hanging is None else hanging, columns_ // 2)
    lines, now = [], line[:indent]
    for atom in _ATOM.findall(line[indent:]):
        if now.strip() and columns(now + atom.rstrip(" ")) > columns_:
            lines.append(now.rstrip(" "))
            now = after
        if now.strip() or atom.strip(" ") or not lines:
            now += atom
    return [*lines, now.rstrip(" ")] if now.strip() else lines


def styled(line: str, lines: list[str]) -> list[str]:
    """The parts of a line in the style that its beginning asks for."""
    for beginning, style in STYLES:
        if beginning.match(line):
            return [f"\x1b[{style}m{part}\x1b[0m" if part else part for part in lines]
    return lines


class _Screen(io.TextIOBase):
    """A terminal's stream. Lines come out whole; the rest when it is flushed."""

    def __init__(self, stream: TextIO, colour: bool) -> None:
        self.stream, self.colour, self.lock = stream, colour, RLock()
        self.rest, self.at_start, self.moving = "", True, ""
        self.since = self.last = time.monotonic()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return self.stream.errors

    def isatty(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        """None, so that questions too come through :meth:`write`."""
        raise io.UnsupportedOperation("fileno")

    def write(self, text: str) -> int:
        with self.lock:
            *whole, self.rest = (self.rest + text).split("\n")
            for line in whole:
                self._put("\n".join(self._shown(line)) + "\n")
        return len(text)

    def flush(self) -> None:
        with self.lock:
            if self.rest:
                self._put("\n".join(self._shown(self.rest)))
                self.rest = ""
            self.stream.flush()

    def move(self, text: str) -> None:
        """Show a line that moves until something else is written; empty: no longer."""
        with self.lock:
            self.flush()
            if text != self.moving:
                self.since = time.monotonic()
            self._clear()
            self.moving, self.last = text, time.monotonic()
            if text:
                self._draw()

    def tick(self) -> None:
        """Called now and then: the moving line goes on, or one begins where nothing was said for
        long.
        """
        with self.lock:
            if self.moving:
                self._draw()
            elif not self.asks() and time.monotonic() - self.last >= PATIENCE:
                self.since, self.moving = self.last, "  请稍候"
                self._draw()

    def asks(self) -> bool:
        """Whether a question stands there, or a line that is not finished."""
        return bool(self.rest) or not self.at_start

    def _draw(self) -> None:
        seconds = int(time.monotonic() - self.since)
        ends = f" {seconds} 秒" if seconds >= PATIENCE else ""
        text, room = f"{self.moving}……", width() - 1 - columns(ends)
        while columns(text) > room and text:
            text = text[:-1]
        self.stream.write(f"{CLEARED}{text}{ends}")
        self.stream.flush()

    def _clear(self) -> None:
        if self.moving:
            self.stream.write(CLEARED)
            self.moving = ""

    def _put(self, text: str) -> None:
        self._clear()
        self.stream.write(text)
        self.at_start, self.last = text.endswith("\n"), time.monotonic()

    def _shown(self, line: str) -> list[str]:
        if "\x1b" in line or "\r" in line:
            return [line]
        lines = wrapped(line, width() - 1)
        return styled(line, lines) if self.colour else lines


def move(text: str) -> bool:
    """Show a line that moves, if there is a terminal that can; whether there is."""
    if not isinstance(sys.stdout, _Screen):
        return False
    sys.stdout.move(text)
    return True


@contextmanager
def shown() -> Iterator[None]:
    """Standard output and errors as a terminal shows them best, as long as a command runs."""
    before, able = (sys.stdout, sys.stderr), os.environ.get("TERM") != "dumb"
    if not able or isinstance(sys.stdout, _Screen) or not _is_terminal(sys.stdout):
        yield
        return
    _heed_escapes()
    colour = not os.environ.get("NO_COLOR")
    screen, over = _Screen(sys.stdout, colour), Event()
    sys.stdout = screen
    if _is_terminal(sys.stderr):
        sys.stderr = screen
    mover = Thread(target=_tick, args=(screen, over), daemon=True)
    mover.start()
    try:
        yield
    finally:
        over.set()
        mover.join()
        screen.move("")
        sys.stdout, sys.stderr = before


def _tick(screen: _Screen, over: Event) -> None:
    while not over.wait(1):
        screen.tick()


def _is_terminal(stream: Any) -> bool:
    return stream is not None and stream.isatty()


def _heed_escapes() -> None:
    """Older consoles of Windows heed escape sequences only once they are told to."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetConsoleMode(kernel.GetStdHandle(-11), 7)
