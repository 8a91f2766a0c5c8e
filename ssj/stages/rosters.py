"""The rosters of a round (一单两库 and the plan) read and checked, as a stage: ``ssj rosters``, and
by ``ssj freeze`` where there is none yet or the inputs changed.

- It comes before the freeze of an attempt, again with changed inputs; the freeze takes the last.
- Tables are read here and nowhere later: Excel in, typed rows with their places out.
- With an error in any input nothing is archived, and all of them are said at once.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from ssj import protocol
from ssj.base import errors, files
from ssj.base.errors import InputError, Problem, RefusedError
from ssj.casebook import archive, attempts, inspection, past, past_results, stated, taking
from ssj.casebook.archive import Archive, Entry
from ssj.casebook.attempts import State
from ssj.casebook.kind import Archived, Kind, Shelf, Work
from ssj.protocol import Record
from ssj.rosters import early_warnings, history, offices
from ssj.rosters.derive import derive
from ssj.rosters.record import from_record
from ssj.tables import fields, paramfiles
from ssj.workbooks import rosterbooks

PREVIOUS = ("round", "attempt", "time", "bag")  # of a ledger line, in stage.json


class StatedRosters(stated.Stated):
    """Its ``stage.json``; ``previous``: the freeze that changes are shown against."""

    inputs: list[stated.Taken]
    outside: list[stated.Taken]
    previous: stated.Entered | None


class Rosters(Kind):
    name = "rosters"
    title = "名录核对"
    notebook = "1_rosters.ipynb"
    more = frozenset({"round.toml"})
    takes = frozenset({"history.json"})
    may_take = r"previous\.json|calendar\.toml"
    tables = (("inputs", taking.names_of_round()), ("outside", taking.names(offices.TABLE)))
    stated = StatedRosters

    def may_come(self, entries: list[Entry]) -> bool:
        return attempts.state_of(entries).freeze is None

    def fill(self, work: Work, target: Path) -> Record:
        state = work.state
        if state.freeze is not None:
            raise RefusedError(
                f"{work.round_id} 第 {state.attempt} 次抽取已经封库，不能再改名录",
                attempts.void_hint(work.round_id),
            )
        work.say("核对资料")
        try:
            own = paramfiles.read_round(work.folder).round
            taking.require_place(work, own.demonstration, own.rehearsal)
            return stage(work, target)
        except InputError:  # the first of many; all of them are said
            refuse(work)
            raise

    def judge(self, work: Work, folder: Path) -> None:
        """Every error of the round's folder at once: where the tables have none, as the notebook
        read them.
        """
        out = folder / "out" / self.record
        refuse(work, archive.read_record(out) if out.exists() else None)

    def said(self, record: Record, bag: Path) -> list[str]:
        return [f"已核对名录：{bag}"]

    def copies(self, shelf: Shelf) -> None:
        if entry := shelf.state.rosters:
            data = shelf.data(entry)
            name = files.file_name("名录核对过程记录（内部）.html", entry["attempt"])
            shelf.page(name, data / "auditor.html")
            shelf.add(lambda: rosterbooks.write(shelf.book, entry, shelf.folder))

    def derive(self, stage: Archived) -> Iterable[str]:
        content = stage.stage
        with stage.staged() as folder:
            place = folder / "in"
            parameters = paramfiles.read_round(place)
            at = datetime.fromisoformat(content["time"])
            declared = inspection.of_parameters(parameters, content["round_id"], at, place)
            derived = derive(
                place,
                parameters,
                content,
                history.read(place / "history.json"),
                early_warnings.baseline(place / "previous.json"),
            )
        yield from errors.said([*declared, *derived.problems])
        yield protocol.difference(derived.record(), stage.record)
        read = paramfiles.canonical(fields.ROUND, stage.data / "in")
        if read != (stage.data / "out" / "round.toml").read_bytes():
            yield "out/round.toml 与 in/ 中的批次参数不同"
        yield from from_earlier_rounds(stage)


def stage(work: Work, target: Path) -> Record:
    """Fill the ``in/`` of a rosters stage without a look at what is wrong; the content of its
    ``stage.json``.
    """
    paramfiles.read_round(work.folder)  # first: it says so if there are none
    inputs = taking.take(taking.sources(work.folder), target)
    lists = taking.take(taking.lists_of_offices(work.folder), target)
    taking.take_calendar(work.folder, target)
    previous = take_past(work, target)
    return {
        **taking.stage_of(work, work.state.attempt),
        "inputs": inputs,
        "outside": lists,
        "previous": previous,
    }


def current(book: Archive, folder: Path, state: State) -> bool:
    """Whether the attempt's last rosters stage was made from the inputs as they are now."""
    entry = state.rosters
    if entry is None:
        return False
    stage = Archived(book.folder(entry) / "data", KIND, book).stage
    try:
        return taking.unchanged(folder, stage)
    except InputError:
        return False


def refuse(work: Work, record: Record | None = None) -> list[Problem]:
    """Raise every error of the round's folder at once; its warnings, H03 among them. ``record``:
    the rosters, where they were read and have no error.
    """
    book, folder = work.book, work.folder
    look = inspection.inspect(
        folder,
        work.now,
        past.so_far(book, folder, work.now),
        from_record(record) if record else None,
    )
    if look.errors:
        raise InputError(look.errors, f"ssj check {folder.name}")
    if look.parameters is None:
        return look.every
    own = look.parameters.round
    return [*look.every, *past_results.in_scope_again(book, own, look.rosters.targets)]


def take_past(work: Work, target: Path) -> Record | None:
    """Put what the archives say of earlier rounds into an ``in/`` that has the parameters:
    ``history.json``, and the freeze that changes are shown against as ``previous.json``; which
    freeze that is.
    """
    own = paramfiles.read_round(target).round
    content = past.history_of(work.book, work.round_id, own.demonstration)
    (target / "history.json").write_bytes(protocol.canonical(content))
    previous = past.baseline(work.book, own.demonstration, work.now)
    if previous is None:
        return None
    source = work.book.out(previous) / archive.record_name("freeze")
    shutil.copyfile(source, target / "previous.json")
    return {key: previous[key] for key in PREVIOUS}


def from_earlier_rounds(stage: Archived) -> Iterable[str]:
    """What :func:`take_past` put into an archived stage is what the ledger's archives of that time
    hold.
    """
    book = stage.book("近期检查历史")
    own = paramfiles.read_round(stage.data / "in").round
    expected = past.history_of(book, stage.stage["round_id"], own.demonstration)
    yield protocol.difference(expected, stage.given("history.json"), "in/history.json")
    at = datetime.fromisoformat(stage.stage["time"])
    before, copy = past.baseline(book, own.demonstration, at), stage.data / "in" / "previous.json"
    source = before and book.folder(before) / "data" / "out" / archive.record_name("freeze")
    if copy.exists() != (before is not None) or (
        source and copy.read_bytes() != source.read_bytes()
    ):
        yield "in/previous.json 不是用来对照的那次封库"
    named = {"previous": before and {key: before[key] for key in PREVIOUS}}
    yield protocol.difference(named, {"previous": stage.stage["previous"]}, "in/stage.json")


KIND = Rosters()
