"""How a check ends in a verdict, whatever lies in an archive: no fault of reading it is an error of
the program.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from ssj.base.errors import SsjError, StoppedError
from ssj.casebook.kind import NotChecked
from ssj.protocol import ProtocolError, Step

LEFT_OUT = "按要求省略（--fast）"
MOST = 100  # findings that a step lists: a folder may hold a million stray files
LONGEST = 2_000  # characters of one finding
# the machine's troubles, which say nothing of an archive
TROUBLES = {
    errno.ENOSPC: "磁盘已满",
    errno.EIO: "磁盘读写出错",
    errno.EACCES: "没有权限读取",
    errno.EPERM: "没有权限读取",
    errno.EMFILE: "打开的文件太多",
    errno.ENOMEM: "内存不够",
}


def step_of(number: int, name: str, check: Callable[[], Iterable[str]]) -> Step:
    """A step from a check that was run to its end."""
    found, unchecked = found_by(check)
    holds = False if found else None if unchecked else True
    return Step(number, name, holds, "；".join(found) or unchecked)


def found_by(check: Callable[[], Iterable[str]]) -> tuple[list[str], str]:
    """Run a check to its end: all its findings, and why it, or a part of it, could not be made."""
    found: list[str] = []
    unchecked = ""
    try:
        some = filter(None, check())
        found.extend(islice(some, MOST))
        if more := sum(1 for _ in some):
            found.append(f"另有 {more} 处")
    except (NotChecked, StoppedError) as error:
        unchecked = str(error)
    except MemoryError:
        unchecked = "本机内存不够"
    except OSError as error:
        if error.errno in TROUBLES:
            unchecked = TROUBLES[error.errno]
        else:
            found.append(in_words(error))
    except Exception as error:
        found.append(in_words(error))
    return [plain(text) for text in found], plain(unchecked)


def in_words(error: Exception) -> str:
    """What an archive is like where reading it ended in this error."""
    if isinstance(error, SsjError | ProtocolError):
        return str(error)
    if isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError):
        what = "缺少文件" if isinstance(error, FileNotFoundError) else "文件和文件夹弄混了"
        return f"{what} {Path(str(error.filename or '')).name}".rstrip()
    if isinstance(error, OSError):
        return f"读不出 {Path(str(error.filename or '')).name}（系统错误 {error.errno}）"
    if isinstance(error, RecursionError):
        return "内容嵌套过深，不合规定"
    if isinstance(error, UnicodeError):
        return "有文件不是 UTF-8 文本"
    if isinstance(error, json.JSONDecodeError):
        return "有文件不是完整的 JSON"
    if isinstance(error, KeyError):
        return f"内容不完整：缺少“{error.args[0] if error.args else ''}”"
    detail = ""
    with suppress(Exception):  # an error that can't be said
        detail = str(error)
    return f"内容不合规定（{type(error).__name__}：{detail[:200]}）"


def plain(text: str) -> str:
    """A text from an archive as it may be printed: on one line, nothing that moves the cursor or
    turns the line round, no half characters, not endless.
    """
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text)
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
