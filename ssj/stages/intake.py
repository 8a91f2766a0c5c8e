"""Signed scans taken back (文书收存): a folder's files listed by name, size and SHA-256, checked,
and staged as a ``papers`` stage.

The scans stay where they are; the archive holds their hashes.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base.errors import InputError, Problem, RefusedError, SsjError
from ssj.base.files import file_name, write_whole
from ssj.casebook import archive, attempts, runner, taking
from ssj.casebook.archive import Archive
from ssj.casebook.runner import Say, kind_of
from ssj.protocol import Record
from ssj.results import scans

PAGE = "文书收存情况（内部）.html"


def listed(folder: Path, say: Say) -> list[Record]:
    """All files of a folder and its subfolders: name, size, SHA-256. ``InputError`` with all that
    can't be read.
    """
    if not folder.is_dir():
        raise SsjError(f"找不到文件夹 {folder}", "请写签字扫描件所在的文件夹。")
    paths = sorted(
        p for p in folder.rglob("*") if p.is_file() and not archive.JUNK.fullmatch(p.name)
    )
    found, problems = [], []
    for number, path in enumerate(paths, 1):
        name = path.relative_to(folder).as_posix()
        say(f"计算校验码：{number}/{len(paths)}")
        try:
            name.encode("utf-8")
            with path.open("rb") as file:
                found.append(
                    {
                        "file": name,
                        "size": path.stat().st_size,
                        "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
                    }
                )
        except UnicodeError:
            problems.append(
                Problem(
                    "W03",
                    "文件名含有不能识别的字符",
                    "请改名。",
                    file=name.encode("utf-8", "replace").decode("utf-8"),
                )
            )
        except OSError as error:
            problems.append(
                Problem(
                    "W04",
                    f"读不出（{error.strerror}）",
                    "请关闭正在打开它的程序，或重新扫描。",
                    file=name,
                )
            )
    if problems:
        raise InputError(problems)
    return found


def take_in(book: Archive, round_id: str, folder: Path, now: datetime, say: Say) -> dict[str, Any]:
    """Stage, run and commit the scans of ``folder``; the ledger entry. ``InputError`` with every
    file whose name says no paper.
    """
    if book.outputs.resolve() in [folder.resolve(), *folder.resolve().parents]:
        raise RefusedError(
            "扫描件不能放在 outputs 文件夹里：那里的档案不能添加文件，工作副本可能丢失",
            "请另建一个文件夹，长期保存，并与 outputs 一起备份。",
        )
    state = attempts.state_of(book.stages(round_id))
    record = attempts.drawn_record(book, state)
    files = listed(folder, say)
    if not files:
        raise SsjError(f"{folder} 中没有文件", "请放入签字后的扫描件。")
    if found := scans.problems(record, files):
        raise InputError(found)
    if not scans.adds(record, files, earlier(book, round_id, state.attempt)):
        raise RefusedError(
            "这些扫描件都已经收存，没有新的",
            f"收存情况请看 files 中的“{PAGE}”；扫描件是否改动，用 --compare 核对。",
        )
    with runner.workplace(book, round_id, "papers") as place:
        return runner.finish(
            book,
            place,
            "papers",
            stage_papers(book, round_id, now, place.folder / "in", files),
            say,
        )


def copy_page(book: Archive, entry: dict[str, Any]) -> Path:
    """The page of a papers stage as a working copy, in place of that of the stage before it."""
    path = book.outputs / entry["round"] / "files" / file_name(PAGE, entry["attempt"])
    write_whole((book.folder(entry) / "data" / "auditor.html").read_bytes(), path)
    return path


def stage_papers(
    book: Archive, round_id: str, now: datetime, target: Path, files: list[Record]
) -> dict[str, Any]:
    """Fill a papers stage's ``in/``: the current record, the listed files, what came back before;
    the content of its ``stage.json``.
    """
    state = attempts.state_of(book.stages(round_id))
    name = taking.take_record(book, state.teams, target)
    (target / "scans.json").write_bytes(protocol.canonical({"files": files}))
    (target / "earlier.json").write_bytes(
        protocol.canonical({"papers": earlier(book, round_id, state.attempt)})
    )
    return {**taking.stage_of(book, round_id, state.attempt, now), "of": name}


def last(book: Archive, round_id: str, attempt: int) -> dict[str, Any] | None:
    """The ledger entry of the last papers stage of an attempt."""
    mine = [
        e
        for e in book.stages(round_id)
        if kind_of(e["stage"]) == "papers" and e["attempt"] == attempt
    ]
    return mine[-1] if mine else None


def earlier(book: Archive, round_id: str, attempt: int) -> list[Record]:
    """What came back in an attempt so far."""
    entry = last(book, round_id, attempt)
    return (
        runner.read_record(attempts.out_of(book, entry) / runner.RECORDS["papers"])["papers"]
        if entry
        else []
    )


def compare(book: Archive, round_id: str, folder: Path, say: Say) -> list[tuple[str, str]]:
    """How the scans in ``folder`` differ from the archive; see
    :func:`ssj.results.scans.differences`.
    """
    entry = last(book, round_id, attempts.state_of(book.stages(round_id)).attempt)
    if entry is None:
        raise RefusedError(
            f"{round_id} 还没有收存过扫描件", f"请先运行 ssj papers {round_id} --scans 文件夹。"
        )
    return scans.differences(
        runner.read_record(attempts.out_of(book, entry) / runner.RECORDS["papers"]),
        listed(folder, say),
    )
