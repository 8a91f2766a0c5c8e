"""Signed scans taken back (文书收存) as a stage: ``ssj papers --scans``.

- It comes after a draw, as often as scans come back; only new ones make a stage.
- The scans stay where they are; the archive holds their names, sizes and hashes.
- Every file's name says which paper it is; one that doesn't is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ssj import protocol
from ssj.base import errors, files
from ssj.base.errors import InputError, RefusedError, SsjError
from ssj.casebook import attempts, stated, taking
from ssj.casebook.archive import Archive, Entry
from ssj.casebook.attempts import State
from ssj.casebook.kind import Archived, Kind, Shelf, Work
from ssj.casebook.runner import Say
from ssj.protocol import Record
from ssj.results import scans

PAGE = "文书收存情况（内部）.html"


class Papers(Kind):
    name = "papers"
    title = "文书收存"
    notebook = "2a_papers.ipynb"
    rests_on = ("draw", "amend")
    takes = frozenset({"scans.json", "earlier.json"})

    def fill(self, work: Work, target: Path) -> Record:
        """``work.asked``: the folder of scans."""
        folder: Path = work.asked
        state = work.state
        if work.book.outputs.resolve() in [folder.resolve(), *folder.resolve().parents]:
            raise RefusedError(
                "扫描件不能放在 outputs 文件夹里：那里的档案不能添加文件，工作副本可能丢失",
                "请另建一个文件夹，长期保存，并与 outputs 一起备份。",
            )
        record = attempts.drawn_record(work.book, state)
        found = taking.listed(folder, work.say)
        if not found:
            raise SsjError(f"{folder} 中没有文件", "请放入签字后的扫描件。")
        if problems := scans.problems(record, found):
            raise InputError(problems)
        earlier = taken_in(work.book, state)
        if not scans.adds(record, found, earlier):
            raise RefusedError(
                "这些扫描件都已经收存，没有新的",
                f"收存情况请看 files 中的“{PAGE}”；扫描件是否改动，用 --compare 核对。",
            )
        taking.take_record(work.book, state.known("draw", "amend"), target)
        (target / "scans.json").write_bytes(protocol.canonical({"files": found}))
        (target / "earlier.json").write_bytes(protocol.canonical({"papers": earlier}))
        return taking.stage_of(work, state.attempt)

    def said(self, record: Record, bag: Path) -> list[str]:
        count = len({(p["file"], p["sha256"]) for p in record["papers"]})
        return [f"已收存：{bag}", f"本次抽取共收存扫描件 {count} 份"]

    def copies(self, shelf: Shelf) -> None:
        if entry := shelf.state.last(self.name):
            name = files.file_name(PAGE, entry["attempt"])
            shelf.page(name, shelf.data(entry) / "auditor.html")

    def by_text(self, stage: Archived, number: int) -> Iterable[str]:
        if number == 3:
            given = stage.given("scans.json")
            yield from stated.problems(stated.Listing, given, "in/scans.json")

    def derive(self, stage: Archived) -> Iterable[str]:
        before = stage.before(self.name)
        earlier = before.wrote(self.record)["papers"] if before else []
        given = stage.given("earlier.json")
        yield protocol.difference({"papers": earlier}, given, "in/earlier.json")
        record, found = stage.repeated, stage.given("scans.json")["files"]
        if refused := errors.said(scans.problems(record, found)):
            yield from refused
            return  # names that say no paper
        if not scans.adds(record, found, earlier):
            yield "没有新的扫描件"
        derived = scans.received(record, found, earlier, stage.stage)
        yield protocol.difference(derived, stage.record, "papers.json")


def last(state: State) -> Entry | None:
    """The last papers stage of the current attempt."""
    return state.last(KIND.name)


def taken_in(book: Archive, state: State) -> list[Record]:
    """What came back in the current attempt so far."""
    entry = last(state)
    return book.record(entry)["papers"] if entry else []


def compare(book: Archive, round_id: str, folder: Path, say: Say) -> list[tuple[str, str]]:
    """How the scans in ``folder`` differ from the archive; see
    :func:`ssj.results.scans.differences`.
    """
    entry = last(attempts.state_of(book.stages(round_id)))
    if entry is None:
        raise RefusedError(
            f"{round_id} 还没有收存过扫描件", f"请先运行 ssj papers {round_id} --scans 文件夹。"
        )
    return scans.differences(book.record(entry), taking.listed(folder, say))


KIND = Papers()
