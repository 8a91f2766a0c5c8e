"""Bags and the ledger transaction: a stage is there with its ledger line, or not at all.

The ledger line is the commit. A stage is built in ``outputs/.work``, sealed as a BagIt bag, flushed
to disk, renamed into place, and then entered in ``ledger.jsonl``; the lock is held from reading the
head to appending. What an interruption leaves behind is put in order, and said, by the next command
that writes stages (:func:`opened`, :mod:`ssj.casebook.repair`); one that reads leaves all as it is
(:func:`reading`).
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

import ssj
from ssj import protocol
from ssj.base import files
from ssj.base.errors import RefusedError, SsjError
from ssj.casebook import bags, ledger, repair

LEDGER = ledger.NAME
FORMAT = 3  # of archived stages, in stage.json; 1, which has no rosters stage, names none
Entry = ledger.Entry
STAGE_NAME = ledger.STAGE_NAME


class UnsoundError(SsjError):
    """A bag is not as it was registered."""


def kind_of(stage: str) -> str:
    """``"02-draw"`` → ``"draw"``."""
    return stage.partition("-")[2]


def record_name(kind: str) -> str:
    """The file in ``out/`` that holds a stage's record: it is called like the kind of stage."""
    return f"{kind}.json"


def read_record(path: Path) -> protocol.Record:
    """A record that a notebook wrote, read strictly; ``ProtocolError`` if it is none, or nothing
    that may be opened.
    """
    if why := files.irregular(path):
        raise protocol.ProtocolError(f"{path.name} {why}，没有打开")
    try:
        record: protocol.Record = protocol.parse(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise protocol.ProtocolError(f"{path.name} 不是 UTF-8 文本") from error
    return record


@dataclass
class Archive:
    """An outputs folder: the ledger's lines, and what was put in order at opening, or is out of
    order where it is only read. Its lock is held where stages are written.
    """

    outputs: Path
    lines: list[Entry]
    recovered: list[str] = field(default_factory=list)
    torn: bool = False  # what follows the ledger's last line is the beginning of one more

    @property
    def entries(self) -> list[Entry]:
        """The ledger's entries of stages, in order."""
        return [line for line in self.lines if not ledger.is_aside(line)]

    @property
    def set_aside(self) -> list[str]:
        """What the ledger says was set aside, in words (ARCHIVE §A2)."""
        return [ledger.aside_text(line) for line in self.lines if ledger.is_aside(line)]

    def ledger_faults(self) -> Iterator[str]:
        """What does not hold of a ledger that chains (V1), in words."""
        if self.torn:
            yield "留痕登记簿最后一行没有写完"
        yield from ledger.backwards(self.lines)
        yield from ledger.alike(self.entries)

    @property
    def head(self) -> str:
        """Hash of the ledger's last line; 64 zeros for an empty ledger."""
        return self.lines[-1]["hash"] if self.lines else protocol.NO_HEAD

    def stages(self, round_id: str) -> list[Entry]:
        """Ledger entries of a round, in order."""
        return [e for e in self.entries if e["round"] == round_id]

    def folder(self, entry: Entry) -> Path:
        """Where the bag of an entry lies."""
        return self.outputs.joinpath(entry["round"], entry["stage"])

    def out(self, entry: Entry) -> Path:
        """``out/`` of an archived stage; ``UnsoundError`` if its bag is not as registered."""
        if problems := bags.problems(self.folder(entry), entry["bag"])[0]:
            raise UnsoundError(
                f"{entry['round']}/{entry['stage']} 与登记不符：{'；'.join(problems)}",
                "档案可能被改动或移走：请不要继续，先运行 ssj audit 查明，并从备份恢复。",
            )
        return self.folder(entry) / "data" / "out"

    def record(self, entry: Entry) -> protocol.Record:
        """The record of an archived stage; errors as :meth:`out` has them."""
        return read_record(self.out(entry) / record_name(kind_of(entry["stage"])))

    def before(self, round_id: str, stage: str) -> Archive:
        """The archive as it was when a stage was entered; ``LookupError`` if it never was."""
        for number, entry in enumerate(self.lines):
            if (entry["round"], entry["stage"]) == (round_id, stage):
                return Archive(self.outputs, self.lines[:number])
        raise LookupError(f"{round_id}/{stage}")

    @contextmanager
    def workplace(self, name: str) -> Iterator[Path]:
        """A fresh folder on the outputs' own file system, gone afterwards whatever happens."""
        place = self.outputs / ".work" / name
        place.mkdir(parents=True)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
            with suppress(OSError):
                place.parent.rmdir()  # unless another stage is being made

    def title(self, entry: Entry) -> str:
        """What an entry's bag says that it is (抽取); the name of its kind if it does not say."""
        with suppress(OSError, UnicodeError):
            info = self.folder(entry) / "bag-info.txt"
            text = "" if files.irregular(info) else info.read_text(encoding="utf-8")
            for line in text.splitlines():
                if line.startswith(f"{bags.TITLE}: "):
                    return line.removeprefix(f"{bags.TITLE}: ")
        return kind_of(entry["stage"])

    def commit(
        self, work: Path, round_id: str, attempt: int, stage: str, title: str, now: str
    ) -> Entry:
        """Seal ``work`` as a bag, rename it into place, append its ledger line; the new entry.
        After an ``OSError`` there is neither, or both.
        """
        written, work = work, work.with_name("bag")
        # possible once nobody holds a file of it any more: sealing moves them, one by one
        _patiently(lambda: os.rename(written, work))
        bag = bags.seal(work, bags.label(round_id, stage, title, now))
        target = self.outputs / round_id / stage
        target.parent.mkdir(exist_ok=True)
        body = {
            "n": len(self.lines) + 1,
            "time": now,
            "round": round_id,
            "attempt": attempt,
            "stage": stage,
            "bag": bag,
        }
        line = protocol.ledger_line(body, self.head)
        _flush_tree(work)
        with _uninterrupted():
            there = target.exists()
            try:
                _patiently(lambda: os.rename(work, target))
            except OSError:
                if not there:  # what a drive moved, file by file, before it broke off: no stage
                    shutil.rmtree(target, ignore_errors=True)
                raise
            try:
                ledger.flush_folder(target.parent)
                _append(self.outputs / LEDGER, line + "\n")
            except OSError:
                # where a failing disk kept the line, or can't say, the line has its bag
                if ledger.since(self.outputs, len(self.lines)) == []:
                    _patiently(lambda: os.rename(target, work))
                raise
        entry: Entry = protocol.parse(line)
        self.lines.append(entry)
        return entry


def as_it_stands(outputs: Path) -> Archive:
    """The archive for reading only: nothing is locked, repaired or written, and ``recovered`` says
    what is out of order. ``LedgerError`` if its ledger is not sound.
    """
    found, said = ledger.settled(outputs)
    return Archive(outputs, found.lines, said, bool(found.torn))


def reading(outputs: Path) -> Archive:
    """As :func:`as_it_stands`; ``SsjError`` if the archive is of another format."""
    book = as_it_stands(outputs)
    require_format(book)
    return book


@contextmanager
def opened(outputs: Path) -> Iterator[Archive]:
    """The outputs folder, locked and put in order, to write stages. Disk faults become
    ``SsjError``, which says what the ledger has then.
    """
    count = None
    try:
        outputs.mkdir(parents=True, exist_ok=True)
        _require_own(outputs)
        with FileLock(outputs / ".lock", timeout=0):
            book = recover(outputs)
            require_format(book)
            count = len(book.lines)
            yield book
    except Timeout as error:
        raise RefusedError(
            "另一个 ssj 正在使用这个 outputs 文件夹", "请等它结束后再运行。"
        ) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        left = ledger.left(outputs, count) if count is not None else ""
        raise disk_error(outputs, error, left) from error


@contextmanager
def unused(outputs: Path) -> Iterator[bool]:
    """Whether working copies may be made there now: the folder can be written to, and no command
    that writes stages is at work, nor begins meanwhile.
    """
    if not outputs.is_dir():
        yield False
        return
    lock = FileLock(outputs / ".lock", timeout=0)
    try:
        lock.acquire()
    except (Timeout, OSError):
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def disk_error(outputs: Path, error: OSError, left: str = "") -> SsjError:
    """A full or read-only disk in words; ``left``: what the ledger has of a command that was
    writing (:func:`ssj.casebook.ledger.left`).
    """
    also = f"，{left}" if left else ""
    if error.errno == errno.ENOSPC:
        return SsjError(f"磁盘已满{also}", f"请清理 {outputs} 所在的磁盘后再运行一次。")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return SsjError(
            f"不能写入 {error.filename or outputs}{also}",
            "请检查文件夹的写入权限，或文件是否被其他程序打开。",
        )
    return SsjError(
        f"读写文件出错：{error.strerror or error}（{error.filename or outputs}）{also}",
        "请检查磁盘后再运行一次。",
    )


def read_entries(outputs: Path) -> list[Entry]:
    """The ledger's lines as they stand, for reading only; ``LedgerError`` if they are not sound."""
    return ledger.read(outputs).lines


def other_format(data: Path) -> str:
    """What to say of an archived stage of another format than this program's; empty if it has none
    or can't be read.
    """
    path = data / "in" / "stage.json"
    if files.irregular(path):
        return ""  # no stage: its bag says so
    with suppress(OSError, ValueError, KeyError, TypeError):
        stage = json.loads(path.read_text(encoding="utf-8"))
        if (number := stage.get("format", 1)) != FORMAT:
            return (
                f"档案是 ssj {stage['code']['version']} 作的（档案格式 {number}），"
                f"本机的 ssj {ssj.__version__} 只认识档案格式 {FORMAT}"
            )
    return ""


def require_format(book: Archive) -> None:
    """``SsjError`` unless all archived stages are of this program's format."""
    for entry in book.entries:
        if text := other_format(book.folder(entry) / "data"):
            raise SsjError(
                f"{book.outputs} 中的{text}",
                "请用作档案的那一版办理、复核；用这一版的，请另用一个 outputs 文件夹。",
            )


def _require_own(outputs: Path) -> None:
    """``SsjError`` if what is written to in an outputs folder is a link: it would go elsewhere."""
    names = (".lock", ".copies", ".programs", LEDGER, repair.WORK, repair.KEPT)
    stages = (p.parent.name for p in outputs.glob("[!.]*/*") if STAGE_NAME.fullmatch(p.name))
    for name in (*names, *sorted(set(stages))):
        if why := files.irregular(outputs / name):
            raise SsjError(
                f"{outputs.name}/{name} {why}，没有写入",
                "档案不能放在链接里：请查明是谁放的，换成原来的文件或文件夹后再运行。",
            )


def recover(outputs: Path) -> Archive:
    """Put in order what an interruption left (:func:`ssj.casebook.repair.put_in_order`)."""
    return Archive(
        outputs, *repair.put_in_order(outputs, lambda bag: not bags.problems(bag, None)[0])
    )


_append = ledger.append


def _flush_tree(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        if path.is_dir():
            ledger.flush_folder(path)
        else:
            with path.open("r+b") as file:
                os.fsync(file.fileno())


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C and a request to end wait until this is done, and come then."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals go to the main thread alone
        return
    waiting: list[int] = []
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    before = {
        number: signal.signal(number, lambda came, _: waiting.append(came))
        for number in (getattr(signal, name) for name in names if hasattr(signal, name))
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in waiting:
            signal.raise_signal(number)


def _patiently(act: Callable[[], None]) -> None:
    """Repeat for two seconds while a scanner holds a file open, here or on the network's drive."""
    for wait in (0.1, 0.3, 0.6, 1.0):
        try:
            return act()
        except PermissionError:
            time.sleep(wait)
    return act()
