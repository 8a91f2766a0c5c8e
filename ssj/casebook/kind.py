"""What a kind of stage is: one object, in a module of :mod:`ssj.stages`.

A stage is a folder ``in/ → notebook → out/``. Its kind says which notebook that is, what ``out/``
must hold, what may come before it, how ``in/`` is filled, how an audit derives it again (V3), which
working copies and pages people get, and what is said at the end. Its record, the file in ``out/``
that everything later reads, is called like the kind: ``draw.json``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import ssj
from ssj import protocol
from ssj.base import files, params
from ssj.casebook import archive, bags, ledger
from ssj.casebook.archive import Archive, Entry, kind_of
from ssj.casebook.attempts import State, state_of
from ssj.casebook.runner import Say, read_stage
from ssj.casebook.stated import Stated
from ssj.protocol import Record, Step, sha256

ROUND, YEAR = "round", "year"  # what a stage belongs to


class NotChecked(Exception):
    """What can't be checked here; the text says why."""


@dataclass
class Work:
    """A stage that is to be made: in which archive, from which folder of inputs (its name is the
    round's or year's), when; ``asked`` is what the command was told, as the kind declares it.

    ``fill`` adds ``reminders``: what forbids nothing, but must be known before the stage is
    entered. ``agree`` gets the kind's title and these; it raises ``RefusedError`` to stop.
    """

    book: Archive
    folder: Path
    now: datetime
    say: Say
    asked: Any = None
    # what must be known before anything is entered, and who is told it and may still stop
    reminders: list[str] = field(default_factory=list)
    agree: Callable[[str, Sequence[str]], object] = lambda *_: None

    @property
    def round_id(self) -> str:
        return self.folder.name

    @property
    def stages(self) -> list[Entry]:
        """The ledger entries of the round or year so far."""
        return self.book.stages(self.round_id)

    @property
    def state(self) -> State:
        return state_of(self.stages)


@dataclass
class Shelf:
    """``outputs/<round>/files``, where people find their copies; ``made``: the new ones.

    A shelf for ``looking`` is only compared: nothing is made, ``differing`` has the copies of pages
    and records that are not as the archive has them, ``known`` the name of each that may be there,
    and ``held`` the hash of what each holds.
    """

    book: Archive
    round_id: str
    today: date
    made: list[Path] = field(default_factory=list)
    looking: bool = False
    differing: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    sound: set[str] = field(default_factory=set)  # stages whose bags were looked at

    @property
    def folder(self) -> Path:
        return self.book.outputs / self.round_id / "files"

    @cached_property
    def stages(self) -> list[Entry]:
        return self.book.stages(self.round_id)

    @cached_property
    def state(self) -> State:
        return state_of(self.stages)

    def data(self, entry: Entry) -> Path:
        """The archived stage folder of an entry; ``UnsoundError`` if its bag is not as it was
        registered: what somebody put there must not get published. An audit has looked at it.
        """
        if not self.looking and entry["stage"] not in self.sound:
            self.book.out(entry)
            self.sound.add(entry["stage"])
        return self.book.folder(entry) / "data"

    @property
    def stamp(self) -> dict[str, Any]:
        """What the copies follow from, and which files there are, how large and of when: while it
        is as it was when they were last made, none is missing or edited.
        """
        found = ((p, p.lstat()) for p in self.folder.rglob("*"))
        return {
            "bags": [entry["bag"] for entry in self.stages],
            "day": self.today.isoformat(),
            "version": ssj.__version__,
            "files": sorted(
                [p.relative_to(self.folder).as_posix(), i.st_size, i.st_mtime_ns] for p, i in found
            ),
        }

    def page(self, name: str, source: Path | bytes) -> None:
        """Copy a page or record of the archive, anew if the copy is not the same: it is what gets
        published.
        """
        path, content = self.folder / name, source
        self.known.add(name)
        if isinstance(content, Path):
            content = content.read_bytes()
        if self.looking:
            self.held.add(sha256(content))
        if not os.path.lexists(path) and self.looking:
            return
        if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
            return
        if self.looking:
            self.differing.append(name)
        else:
            files.write_whole(content, path)
            self.made.append(path)

    def put(self, name: str, write: Callable[[Path], Any]) -> None:
        """Let ``write`` make a copy if it is missing: a workbook or paper, which people fill in."""
        path = self.folder / name
        if not self.looking and not path.exists():
            write(path)
            self.made.append(path)

    def add(self, write: Callable[[], Iterable[Path]]) -> None:
        """Let ``write`` make those of several copies that are missing; it gives their paths."""
        if not self.looking:
            self.made += write()


@dataclass
class Archived:
    """An archived stage under audit: ``data`` is its folder; ``ledger`` the archive with all its
    entries, None where there is no sound ledger.
    """

    data: Path
    kind: Kind
    ledger: Archive | None

    @property
    def name(self) -> str:
        """``02-freeze``."""
        return self.data.parent.name

    @cached_property
    def stage(self) -> Record:
        """``stage.json``."""
        return read_stage(self.data)

    @cached_property
    def record(self) -> Record:
        """What the stage wrote; not to be changed."""
        return self.wrote(self.kind.record)

    @cached_property
    def verified(self) -> list[Step]:
        """V3 to V7 on the draw record that the stage wrote, by itself (PROTOCOL §10.1)."""
        return protocol.verify(self.record)

    def wrote(self, name: str) -> Record:
        """A file of ``out/``."""
        return archive.read_record(self.data / "out" / name)

    def given(self, name: str) -> Record:
        """A file of ``in/``."""
        return archive.read_record(self.data / "in" / name)

    def inputs(self) -> list[Path]:
        """The files of ``in/``, stray ones left out."""
        return present(self.data / "in")

    @cached_property
    def earlier(self) -> list[Entry]:
        """The ledger entries of the round or year before this stage; of a stage that is in no
        ledger, what the folders beside it say.
        """
        home = self.data.parents[1]
        with suppress(LookupError):
            if self.ledger is not None:
                return self.ledger.before(home.name, self.name).stages(home.name)
        return [
            {"round": home.name, "stage": p.name, "attempt": read_stage(p / "data")["attempt"]}
            for p in sorted(home.iterdir(), key=lambda p: ledger.place(p.name))
            if archive.STAGE_NAME.fullmatch(p.name)
            and ledger.place(p.name) < ledger.place(self.name)
        ]

    def before(self, *kinds: str) -> Archived | None:
        """The last stage of some kinds before this one; in a round, of the same attempt."""
        entry = self.kind.last(self.earlier, *kinds)
        home = self.data.parents[1]
        return Archived(home / entry["stage"] / "data", self.kind, self.ledger) if entry else None

    @cached_property
    def base(self) -> Archived | None:
        """The stage that this one rests on, by the ledger; none if its kind rests on none, or it is
        missing.
        """
        return self.before(*self.kind.rests_on)

    @property
    def repeated(self) -> Record:
        """The record of the stage that this one rests on, as ``in/`` repeats it."""
        return params.read_given(self.data / "in")

    def book(self, what: str) -> Archive:
        """The archive as it was when the stage was entered; :class:`NotChecked` if other rounds'
        archives, from which ``what`` follows, are not here.
        """
        try:
            if self.ledger is None:
                raise LookupError
            book = self.ledger.before(self.stage["round_id"], self.name)
        except LookupError:
            raise NotChecked(f"没有登记，{what}不能与较早的档案对照") from None
        missing = sorted({e["round"] for e in book.entries if not book.folder(e).is_dir()})
        if missing:
            raise NotChecked(f"较早批次 {'、'.join(missing)} 的档案不在这里，{what}未核验")
        return book

    @property
    def own_book(self) -> Archive:
        """The archive of this round alone, as it was when the stage was entered; without a ledger
        an empty one.
        """
        try:
            book = self.ledger.before(self.stage["round_id"], self.name) if self.ledger else None
        except LookupError:
            book = None
        outputs = self.data.parents[2]
        return Archive(outputs, book.stages(self.stage["round_id"]) if book else [])

    @contextmanager
    def staged(self) -> Iterator[Path]:
        """A stage folder with the archived ``in/`` but no stray file: Excel's lock would pass for
        an open table.
        """
        with tempfile.TemporaryDirectory(prefix="ssj-audit-", ignore_cleanup_errors=True) as place:
            folder = Path(place) / "stage"
            for part in ("in", "out"):
                (folder / part).mkdir(parents=True)
            for path in self.inputs():
                shutil.copyfile(path, folder / "in" / path.name)
            yield folder

    def accounted(self) -> Iterable[str]:
        """Which inputs are not those that ``stage.json`` accounts for, byte for byte where nothing
        personal was left out (a copy without personal data can't be compared).
        """
        for _, account in self.kind.accounts(self.stage):
            if not files.same(account, self.data / "in" / account["kept"]):
                yield f"in/{account['kept']} 的校验码与 stage.json 不一致"


def present(folder: Path) -> list[Path]:
    """The files of a folder by name, stray ones left out."""
    return [p for p in sorted(folder.iterdir()) if not bags.JUNK.fullmatch(p.name)]


class Kind:
    """A kind of stage; what most kinds share. A module of :mod:`ssj.stages` has one as ``KIND``."""

    name: str  # in the ledger: ``02-freeze``
    title: str  # in Chinese, for people
    notebook: str
    more: frozenset[str] = frozenset()  # what out/ holds beside the record
    belongs_to = ROUND
    # in/ holds stage.json and, to the file (:mod:`ssj.casebook.contents`):
    # - of the last stage of these kinds the files ``repeats`` of its out/, byte for byte; none
    #   named: its record
    rests_on: tuple[str, ...] = ()
    repeats: frozenset[str] = frozenset()
    # - always these, and those that match ``may_take`` in full, if there are any
    takes: frozenset[str] = frozenset()
    may_take = ""
    # - the inputs that stage.json accounts for: under which key, and what they may be called
    tables: tuple[tuple[str, str], ...] = ()
    stated: type[Stated] = Stated  # what stage.json holds
    pages: tuple[str, str] = ("", "")  # names of the internal and the public page as copies
    documents: frozenset[str] = frozenset()  # of out/, that V3 compares with each other
    has_draw = False  # its record is a draw record: V4 to V7 look at it

    @property
    def record(self) -> str:
        """The name of the record in ``out/``."""
        return archive.record_name(self.name)

    @property
    def outputs(self) -> frozenset[str]:
        """What ``out/`` must hold, no more and no less."""
        return self.more | {self.record}

    # --- what may come before it

    def may_come(self, entries: list[Entry]) -> bool:
        """Whether it may follow these ledger entries of its round or year; by default, once there
        is a draw, as often as wanted.
        """
        return state_of(entries).draw is not None

    def attempt(self, entries: list[Entry]) -> int:
        """The number of the attempt that it would belong to."""
        return state_of(entries).attempt

    def accounts(self, stage: Record) -> Iterator[tuple[str, Record]]:
        """The accounts in a ``stage.json`` of all inputs that were taken in, each with what such a
        copy may be called.
        """
        for key, pattern in self.tables:
            given = stage.get(key) or []
            listed = [given] if isinstance(given, dict) else given
            yield from ((pattern, account) for account in listed)

    def last(self, entries: list[Entry], *kinds: str) -> Entry | None:
        """The last of some kinds among the ledger entries that come before a stage of this kind; in
        a round, of the same attempt.
        """
        attempt = self.attempt(entries)
        found = (
            entry
            for entry in reversed(entries)
            if kind_of(entry["stage"]) in kinds
            and (self.belongs_to == YEAR or entry["attempt"] == attempt)
        )
        return next(found, None)

    # --- making it

    def fill(self, work: Work, target: Path) -> Record:
        """Fill its ``in/`` (``target``); what ``stage.json`` holds. ``SsjError`` if it is refused
        now.
        """
        raise NotImplementedError

    def judge(self, work: Work, folder: Path) -> None:
        """Look at a stage that ran, or that stopped, before it is sealed; ``SsjError`` if it must
        not be.
        """

    def said(self, record: Record, bag: Path) -> list[str]:
        """What a command says when it is archived in ``bag``."""
        raise NotImplementedError

    # --- afterwards

    def copies(self, shelf: Shelf) -> None:
        """Put those copies for people that are missing, and may be there, onto the shelf."""

    def derive(self, stage: Archived) -> Iterable[str]:
        """V3: what of an archived stage does not follow from its ``in/`` and from the archives
        before it, in words; :class:`NotChecked` at the end if something could not be looked at.
        """
        raise NotImplementedError

    def by_text(self, stage: Archived, number: int) -> Iterable[str]:
        """V3 and V4: what does not hold by ARCHIVE §A8 alone, whichever program made the stage."""
        return ()

    def beyond_record(self, stage: Archived, number: int) -> Iterable[str]:
        """V4 to V7: what of a step does not hold of a stage with a draw, beyond what
        :func:`ssj.protocol.verify` says of its record.
        """
        return ()
