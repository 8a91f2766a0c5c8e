"""The ledger file (PROTOCOL §9, ARCHIVE §A2): read strictly, told for what it is, one line written
at its end.

Nothing here repairs: :mod:`ssj.casebook.repair` does, for commands that write stages.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base.errors import RefusedError, SsjError
from ssj.base.files import irregular
from ssj.base.formats import BEIJING, ROUND_ID

NAME = "ledger.jsonl"
TAG_MANIFEST = "tagmanifest-sha256.txt"
STAGE_NAME = re.compile(r"[0-9]{2,3}-[a-z]+")
ASIDE = "aside"  # the ``stage`` of an entry that is no stage
Entry = dict[str, Any]  # a ledger line
HASH = re.compile(r"[0-9a-f]{64}")
BEGINNING = b'{"attempt":'  # of every line that a program wrote
LONGEST = 1000  # bytes of a line
LOOKS = (0.1, 0.3, 0.6)  # seconds between looks at an archive that somebody may be writing to
RESTORE = "请不要继续，先运行 ssj audit 查明，并从备份恢复。"


class LedgerError(SsjError):
    """The ledger is not what §9 says; the message is the same in every command."""


@dataclass
class Ledger:
    """A ledger as it stands: its entries, whether the last line lacks its line end, and what an
    interruption left of one more line.
    """

    lines: list[Entry]
    unended: bool = False
    torn: bytes = b""


def read(outputs: Path) -> Ledger:
    """The ledger of an outputs folder; :class:`LedgerError` says what is wrong with it, and what to
    do.
    """
    path = outputs / NAME
    if why := irregular(path):
        raise LedgerError(f"留痕登记簿{why}，没有打开", f"登记簿可能被改动：{RESTORE}")
    data = path.read_bytes() if path.exists() else b""
    end = data.rfind(b"\n") + 1
    try:
        lines = _lines(data)
        unended, torn = end < len(data), b""
    except protocol.ProtocolError as error:
        if not is_torn(data[end:]):
            raise _told(data, error) from error
        try:
            lines = _lines(data[:end])
        except protocol.ProtocolError as earlier:
            raise _told(data[:end], earlier) from earlier
        unended, torn = False, data[end:]
    for line in lines:
        if fault := line_fault(line):
            raise LedgerError(
                f"留痕登记簿第 {line['n']} 行 的 {fault}",
                f"是更新的 ssj 作的，请用那一版；否则登记簿可能被改动：{RESTORE}",
            )
    return Ledger(lines, unended, torn)


def _lines(data: bytes) -> list[Entry]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        number = data[: error.start].count(10) + 1
        raise protocol.ProtocolError(f"留痕登记簿第 {number} 行不是 UTF-8 文本") from error
    return protocol.read_ledger(text)


def is_torn(tail: bytes) -> bool:
    """Whether what follows the last line end can be what is left of a line that was not written to
    its end: it begins like one, and nothing in it can be a whole one. A power cut may have left
    zeros in place of bytes.
    """
    text = tail.rstrip(b"\0")
    begins = text.startswith(BEGINNING) or BEGINNING.startswith(text)
    return begins and b"}" not in text and 0 < len(tail) <= LONGEST


def _told(data: bytes, error: protocol.ProtocolError) -> LedgerError:
    """What is wrong with a ledger that can't be read: marks that an editor left, or more."""
    marks, plain = without_marks(data)
    if marks:
        with suppress(protocol.ProtocolError):
            _lines(plain)
            return LedgerError(
                f"留痕登记簿只差{'、'.join(marks)}，内容相同",
                "是编辑软件或 git 改的。请从备份恢复 ledger.jsonl，或按使用手册"
                "“换行符被改”一节改回；请不要用编辑软件打开它。",
            )
    return LedgerError(str(error), f"登记簿可能被改动：{RESTORE}")


def without_marks(data: bytes) -> tuple[list[str], bytes]:
    r"""What editors and git add to a text, in words, and the text without it.

    >>> without_marks(b"a\r\n\r\n")
    (['换行符（CRLF）', '空行'], b'a\n')
    """
    marks, plain = [], data
    for mark, act in (
        ("开头的 BOM", lambda text: text.removeprefix(b"\xef\xbb\xbf")),
        ("换行符（CRLF）", lambda text: text.replace(b"\r\n", b"\n")),
        ("空行", lambda text: re.sub(rb"\n\n+", b"\n", text.lstrip(b"\n"))),
    ):
        changed = act(plain)
        if changed != plain:
            marks.append(mark)
        plain = changed
    return marks, plain


def only_marks(data: bytes, digest: str) -> bool:
    """Whether a text has the listed SHA-256 but for line ends, a byte-order mark, blank lines."""
    lines = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    with_windows_ends = lines.replace(b"\n", b"\r\n")
    plain = without_marks(data)[1]
    return digest in map(protocol.sha256, (lines, with_windows_ends, plain))


def _text(wanted: Callable[[str], object]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and bool(wanted(value))


def is_time(text: str) -> bool:
    """Whether a time is written in its one way: ``2021-11-22T09:00:00+08:00``. An offset of its own
    would move its day, and with it every period of days.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return False
    beijing = time.utcoffset() == BEIJING.utcoffset(None)
    return beijing and time.isoformat(timespec="seconds") == text


def _is_attempt(value: Any) -> bool:
    return type(value) is int and value > 0


FIELDS: dict[str, Callable[[Any], bool]] = {
    "n": lambda _: True,  # these three by the protocol
    "previous": lambda _: True,
    "hash": lambda _: True,
    "time": _text(is_time),
    "round": _text(ROUND_ID.fullmatch),
    "attempt": _is_attempt,
    "stage": _text(STAGE_NAME.fullmatch),
    "bag": _text(HASH.fullmatch),
}
FIELDS_ASIDE = {
    **FIELDS,
    "round": _text(lambda text: not text or ROUND_ID.fullmatch(text)),
    "attempt": lambda value: type(value) is int and value == 0,
    "stage": lambda value: value == ASIDE,
    "name": _text(re.compile(rf"{STAGE_NAME.pattern}|{re.escape(NAME)}").fullmatch),
    "place": _text(re.compile(r"\.aside/[0-9A-Za-z-]+").fullmatch),
}


def is_aside(line: Entry) -> bool:
    """Whether an entry says what was set aside, instead of a stage."""
    return bool(line["stage"] == ASIDE)


def line_fault(line: Entry) -> str:
    """What of an entry the program does not write (§9), in words; empty if nothing."""
    fields = FIELDS_ASIDE if line.get("stage") == ASIDE else FIELDS
    odd = [f"{name} 是多出来的" for name in sorted(line.keys() - fields.keys())]
    odd += [f"{name} 没有写" for name in sorted(fields.keys() - line.keys())]
    wrong = (f"{name} 不合要求" for name, sound in fields.items() if not sound(line[name]))
    return "、".join(odd or wrong)


def aside_text(line: Entry) -> str:
    """What an entry says was set aside, in words."""
    what = "/".join(filter(None, (line["round"], line["name"])))
    return (
        f"留痕登记簿第 {line['n']} 行：{line['time'][:16].replace('T', ' ')} 整理中断留下的内容，"
        f"{what} 已移到 {line['place']}（校验码 {line['bag'][:16]}…）"
    )


def place(stage: str) -> tuple[int, str]:
    """What stages of a round are sorted by: ``100-results`` comes after ``99-papers``."""
    return len(stage.partition("-")[0]), stage


# --- the clock ---


def backwards(lines: Sequence[Entry]) -> Iterator[str]:
    """Where an entry's time is before that of the entry before it (V1), in words."""
    for before, line in pairwise(lines):
        if datetime.fromisoformat(line["time"]) < datetime.fromisoformat(before["time"]):
            yield (
                f"留痕登记簿第 {line['n']} 行的时间 {line['time']} 早于上一行的 {before['time']}"
            )


def alike(lines: Sequence[Entry]) -> Iterator[str]:
    """Which rounds are called as others are but for capitals, in words (V1): on Windows their
    folders would be one.
    """
    known: dict[str, str] = {}
    for name in dict.fromkeys(line["round"] for line in lines):
        if name != (first := known.setdefault(name.casefold(), name)):
            yield f"批次 {name} 与 {first} 只差大小写"


def require_name(lines: Sequence[Entry], name: str) -> None:
    """``RefusedError`` if a round's name differs from that of an entered one in capitals alone."""
    for line in lines:
        if name != line["round"] and name.casefold() == line["round"].casefold():
            raise RefusedError(
                f"批次号 {name} 与已经登记的 {line['round']} 只差大小写",
                "Windows 把两个看作同一个文件夹：请换一个批次号。",
            )


def require_clock(lines: Sequence[Entry], now: datetime) -> None:
    """``RefusedError`` if the clock is behind the last entry."""
    last = max((datetime.fromisoformat(line["time"]) for line in lines), default=None)
    if last and now.replace(microsecond=0) < last:
        raise RefusedError(
            f"电脑时钟（{now:%Y-%m-%d %H:%M:%S}）比上一次登记（{last:%Y-%m-%d %H:%M:%S}）早",
            "请先校准电脑的日期和时间，再运行。上一次登记时的时钟快了的，"
            "须等到那个时间以后，并写明情况存档。",
        )


# --- what stands beside the lines ---


def unlisted(outputs: Path, lines: Iterable[Entry]) -> list[Path]:
    """Stage folders that no line names; an interruption leaves one at the most."""
    known = {(line["round"], line["stage"]) for line in lines}
    return [
        folder
        for folder in sorted(outputs.glob("[!.]*/*"))
        if folder.is_dir()
        and STAGE_NAME.fullmatch(folder.name)
        and (folder.parent.name, folder.name) not in known
    ]


def tag_hash(bag: Path) -> str:
    """SHA-256 of a bag's tag manifest; 64 zeros where there is none."""
    path = bag / TAG_MANIFEST
    return protocol.sha256(path.read_bytes()) if path.is_file() else protocol.NO_HEAD


def noticed(outputs: Path, found: Ledger) -> list[str]:
    """What a command that only reads sees out of order, and leaves as it is."""
    later = "下一次运行写档案的命令时会处理"
    said = []
    if found.unended:
        said.append(f"留痕登记簿最后一行缺换行，内容完整，照常读取；{later}")
    if found.torn:
        said.append(f"留痕登记簿最后一行没有写完，不作数；{later}")
    said += [
        f"{bag.parent.name}/{bag.name} 没有登记，现在不作数；{later}"
        for bag in unlisted(outputs, found.lines)
    ]
    return said


def settled(outputs: Path) -> tuple[Ledger, list[str]]:
    """A ledger for a command that only reads, and what it sees out of order; looked at again while
    somebody may be writing, who is done in a moment.
    """
    for wait in LOOKS:
        found = read(outputs)
        if not noticed(outputs, found):
            return found, []
        time.sleep(wait)
    found = read(outputs)
    return found, noticed(outputs, found)


def since(outputs: Path, count: int) -> list[str] | None:
    """Names of the stages that the ledger has gained after its first ``count`` lines, read again
    from the disk; None if that can't be read.
    """
    try:
        lines = read(outputs).lines[count:]
    except (SsjError, OSError):
        return None
    return [f"{line['round']}/{line['stage']}" for line in lines if not is_aside(line)]


def count(outputs: Path, size: int) -> int:
    """How many lines the first ``size`` bytes of the ledger hold, a torn one with them."""
    path = outputs / NAME
    return len(path.read_bytes()[:size].splitlines()) if path.exists() else 0


def left(outputs: Path, count: int) -> str:
    """What a command that was cut short left in the ledger, to be said; ``count`` lines were there
    at its start.
    """
    entered = since(outputs, count)
    if entered is None:
        return "是否登记了阶段现在读不出，请运行 ssj status 查看"
    said = f"已经封存、登记的有效：{'、'.join(entered)}" if entered else ""
    with suppress(SsjError, OSError):
        if bags := unlisted(outputs, read(outputs).lines):
            names = "、".join(f"{bag.parent.name}/{bag.name}" for bag in bags)
            return f"{said}；{names} 还没有登记，下一次运行时处理".removeprefix("；")
    return said or "没有留下未完成的阶段"


# --- writing ---


def write_at(ledger: Path, size: int, text: str) -> None:
    """Write ``text`` after the first ``size`` bytes, as the end of the file, and flush it to disk;
    after an ``OSError`` there are these bytes alone, if the disk lets that be done.
    """
    if not ledger.exists():
        ledger.touch()
        flush_folder(ledger.parent)  # now, since nothing may fail once the line is there
    data = text.encode("utf-8")
    with ledger.open("r+b", buffering=0) as file:  # a buffer would be written again at closing
        try:
            file.seek(size)
            if file.write(data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(ledger))
            file.truncate()
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                file.truncate(size)
            raise


def append(ledger: Path, line: str) -> None:
    """Append a line, its line end with it; errors as :func:`write_at` has them."""
    write_at(ledger, ledger.stat().st_size if ledger.exists() else 0, line)


def flush_folder(folder: Path) -> None:
    """Flush a folder's names to disk."""
    if os.name == "posix":  # Windows can't open folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
