"""What is done to a copy of an archive, and with which tools: plain changes of files; changes with
bags resealed and the ledger chained again, as an insider does who has the program at hand.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bagit

from ssj import protocol
from ssj.casebook import archive, bags, runner

Entry = dict[str, Any]
Do = Callable[["Copy", Path], object]  # on the copy, at a bag

PLAN, REVIEW = "2021/01-plan", "2021/02-review"
FREEZE_1, DRAW_1, VOID, ROSTERS_2, FREEZE_2, DRAW_2, PLATFORM, AMEND, PAPERS, RESULTS = (
    f"sample60/{name}"
    for name in (
        *("02-freeze", "03-draw", "04-void", "05-rosters", "06-freeze", "07-draw"),
        *("08-platform", "09-amend", "10-papers", "11-results"),
    )
)
ROSTERS, FREEZE, DRAW = "next60/01-rosters", "next60/02-freeze", "next60/03-draw"


@dataclass(frozen=True)
class Tampering:
    """A kind of tampering: what is done, at which stage, and the step that catches it (``V5``).

    ``says``: what the step's detail names. ``full``: a fast audit doesn't see it. Where no step
    can: ``outside``, the value held elsewhere that shows it (``commitment``, ``notice``, ``head``),
    or in words what does; or ``harmless``, why it doesn't matter. ``unchecked``: the step is not
    failed but left 未核验.
    """

    name: str
    at: str
    caught: str
    do: Do
    says: str = ""
    full: bool = False
    unchecked: bool = False
    outside: str = ""
    harmless: str = ""

    @property
    def round(self) -> str:
        """The round whose audit is asked."""
        return self.at.partition("/")[0]


class Copy:
    """A copy of the archive of :mod:`faults.two_rounds`, to tamper with."""

    def __init__(self, project: Path) -> None:
        self.project, self.outputs = project, project / "outputs"
        self.ledger = self.outputs / archive.LEDGER

    def entries(self) -> list[Entry]:
        return archive.read_entries(self.outputs)

    def bag(self, at: str) -> Path:
        return self.outputs / at

    def data(self, at: str) -> Path:
        return self.outputs / at / "data"

    def reseal(self, entries: list[Entry] | None = None) -> None:
        """Bags and ledger made to fit what lies there now: manifests, hashes, heads. ``entries``:
        the ledger's lines, if they change too.
        """
        head, lines = protocol.NO_HEAD, []
        for n, entry in enumerate(self.entries() if entries is None else entries, 1):
            bag = self.outputs / entry["round"] / entry["stage"]
            stated = (bag / "data" / "in" / "stage.json").read_text(encoding="utf-8")
            if json.loads(stated)["ledger_head"] != head:
                stage_json(bag, ledger_head=head)
            if bags.problems(bag, None)[0]:
                bagit.Bag(str(bag)).save(manifests=True)
            seal = protocol.sha256((bag / bags.MANIFESTS[0]).read_bytes())
            lines.append(_line({**entry, "n": n, "bag": seal}, head))
            head = json.loads(lines[-1])["hash"]
        self.ledger.write_bytes("".join(line + "\n" for line in lines).encode())

    def chain(self, entries: list[Entry], numbered: bool = True) -> None:
        """The ledger alone written anew from these lines, chained; bags stay as they are."""
        head, lines = protocol.NO_HEAD, []
        for n, entry in enumerate(entries, 1):
            lines.append(_line({**entry, "n": n} if numbered else entry, head))
            head = json.loads(lines[-1])["hash"]
        self.ledger.write_bytes("".join(line + "\n" for line in lines).encode())

    def take_out(self, *stages: str) -> None:
        """Stages gone, with their lines, and all that comes after numbered and sealed anew."""
        kept = [e for e in self.entries() if f"{e['round']}/{e['stage']}" not in stages]
        for stage in stages:
            shutil.rmtree(self.outputs / stage)
        for entry in kept:
            place = sum(e["round"] == entry["round"] for e in kept[: kept.index(entry) + 1])
            name = f"{place:02}-{archive.kind_of(entry['stage'])}"
            if name != entry["stage"]:
                (self.outputs / entry["round"] / entry["stage"]).rename(
                    self.outputs / entry["round"] / name
                )
                entry["stage"] = name
        self.reseal(kept)


def cut(copy: Copy, moment: str) -> None:
    """Everything from a moment on gone, as if it had not been done yet."""
    entries = copy.entries()
    kept = [e for e in entries if e["time"] < moment]
    for entry in entries[len(kept) :]:
        shutil.rmtree(copy.outputs / entry["round"] / entry["stage"])
    for folder in copy.outputs.glob("[!.]*/"):
        shutil.rmtree(folder / "files", ignore_errors=True)
        if not any(folder.iterdir()):
            folder.rmdir()
    copy.ledger.write_bytes(b"".join(copy.ledger.read_bytes().splitlines(True)[: len(kept)]))


def _line(entry: Entry, head: str) -> str:
    body = {key: value for key, value in entry.items() if key not in ("previous", "hash")}
    return protocol.ledger_line(body, head)


# --- plain changes: each gives what to do at a bag ---


def changed(file: str, change: Callable[[bytes], bytes]) -> Do:
    """A file's bytes changed."""

    def do(copy: Copy, bag: Path) -> None:
        before = (bag / file).read_bytes()
        after = change(before)
        assert after != before, f"{file} is as it was"
        (bag / file).write_bytes(after)

    return do


def flipped(file: str, at: float = 0.5) -> Do:
    """One bit of a byte at a part of the file."""

    def flip(data: bytes) -> bytes:
        place = int(len(data) * at)
        return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]

    return changed(file, flip)


def added(file: str, content: bytes = b"x") -> Do:
    def do(copy: Copy, bag: Path) -> None:
        (bag / file).parent.mkdir(exist_ok=True)
        (bag / file).write_bytes(content)

    return do


def removed(file: str) -> Do:
    def do(copy: Copy, bag: Path) -> None:
        path = bag / file
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return do


def linked(file: str) -> Do:
    """What lay there lies elsewhere; a link takes its place."""

    def do(copy: Copy, bag: Path) -> None:
        elsewhere = copy.project / "elsewhere"
        (bag / file).rename(elsewhere)
        (bag / file).symlink_to(elsewhere)

    return do


def swapped(file: str, other: str) -> Do:
    """Two files, or two bags, each in the other's place; ``other`` under ``outputs``."""

    def do(copy: Copy, bag: Path) -> None:
        here, there, aside = bag / file, copy.outputs / other, copy.project / "aside"
        here.rename(aside)
        there.rename(here)
        aside.rename(there)

    return do


# --- changes with bags and ledger made to fit ---


def sealed(*changes: Callable[[Path], object]) -> Do:
    """Changes of a stage's ``data``, all seals renewed."""

    def do(copy: Copy, bag: Path) -> None:
        for change in changes:
            change(bag / "data")
        copy.reseal()

    return do


def written(file: str, content: bytes) -> Callable[[Path], object]:
    return lambda data: (data / file).write_bytes(content)


def edited(file: str, change: Callable[[Any], object]) -> Callable[[Path], object]:
    """A record changed."""
    return lambda data: edit(data / file, change)


def edit(path: Path, change: Callable[[Any], object]) -> None:
    before = path.read_bytes()
    record = archive.read_record(path)
    change(record)
    path.write_bytes(protocol.canonical(record))
    assert archive.read_record(path) != protocol.parse(before.decode()), f"{path.name} is unchanged"


def stage_json(bag: Path, **changes: Any) -> None:
    """Members of ``stage.json`` changed."""
    runner.write_json(
        bag / "data" / "in" / "stage.json", {**runner.read_stage(bag / "data"), **changes}
    )


def stated(**changes: Any) -> Do:
    """``stage.json`` changed, all seals renewed."""

    def do(copy: Copy, bag: Path) -> None:
        stage_json(bag, **changes)
        copy.reseal()

    return do


def restated(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    """``stage.json`` changed in depth."""

    def do(data: Path) -> None:
        stage = runner.read_stage(data)
        change(stage)
        runner.write_json(data / "in" / "stage.json", stage)

    return do


def retagged(file: str, change: Callable[[bytes], bytes]) -> Do:
    """A tag file of the last stage changed, its seal renewed and nothing else: bagit would put it
    right.
    """

    def do(copy: Copy, bag: Path) -> None:
        changed(file, change)(copy, bag)
        seal, entries = bag / bags.MANIFESTS[0], copy.entries()
        names = [line.split(maxsplit=1)[1] for line in seal.read_text("utf-8").splitlines()]
        listed = [f"{protocol.sha256((bag / name).read_bytes())} {name}\n" for name in names]
        seal.write_text("".join(listed), encoding="utf-8")
        assert (entries[-1]["round"], entries[-1]["stage"]) == (bag.parent.name, bag.name)
        copy.chain([*entries[:-1], {**entries[-1], "bag": protocol.sha256(seal.read_bytes())}])

    return do


# --- the ledger alone ---


def ledger(change: Callable[[bytes], bytes]) -> Do:
    """The ledger's bytes changed."""
    return lambda copy, bag: copy.ledger.write_bytes(change(copy.ledger.read_bytes()))


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Do:
    """The ledger's lines taken as they are."""
    return ledger(lambda data: b"".join(change(data.splitlines(keepends=True))))


def chained(change: Callable[[list[Entry], int], object], numbered: bool = True) -> Do:
    """The ledger's lines changed, and chained again; the function is given the number of the
    stage's own line.
    """

    def do(copy: Copy, bag: Path) -> None:
        entries = copy.entries()
        change(entries, own_line(entries, bag))
        copy.chain(entries, numbered)

    return do


def resealed(change: Callable[[list[Entry], int], object]) -> Do:
    """The ledger's lines changed, bags and chain made to fit."""

    def do(copy: Copy, bag: Path) -> None:
        entries = copy.entries()
        change(entries, own_line(entries, bag))
        copy.reseal(entries)

    return do


def own_line(entries: list[Entry], bag: Path) -> int:
    return next(
        n
        for n, entry in enumerate(entries)
        if (entry["round"], entry["stage"]) == (bag.parent.name, bag.name)
    )
