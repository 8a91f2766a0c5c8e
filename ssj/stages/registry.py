"""The kinds of stage: every module of this room but this one has its kind as ``KIND``."""

from __future__ import annotations

import json
import pkgutil
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path

from ssj import stages
from ssj.base import files
from ssj.base.errors import SsjError
from ssj.casebook import bags
from ssj.casebook.archive import Archive, kind_of
from ssj.casebook.kind import Kind, Shelf
from ssj.papers import receipts
from ssj.site import copies

# endings of what a browser shows or a site takes as data; an office's are for people to fill in
PAGES = {"", ".htm", ".html", ".js", ".json", ".mht", ".mhtml", ".shtml", ".svg", ".txt"}
PAGES |= {".xht", ".xhtml", ".xml"}


@cache
def kinds() -> dict[str, Kind]:
    """All kinds of stage by name, in the order of their notebooks."""
    modules = [m.name for m in pkgutil.iter_modules(stages.__path__) if m.name != "registry"]
    found = [import_module(f"{stages.__name__}.{name}").KIND for name in modules]
    return {kind.name: kind for kind in sorted(found, key=lambda kind: kind.notebook)}


def kind(stage: str) -> Kind:
    """The kind of a stage, by its name in the ledger (``02-draw``); ``KeyError`` if none."""
    return kinds()[kind_of(stage)]


def title(stage: str) -> str:
    """The title of a stage's kind; of a kind that is not known, its name."""
    name = kind_of(stage)
    return kinds()[name].title if name in kinds() else name


def working_copies(book: Archive, round_id: str, today: date) -> list[Path]:
    """Make those copies for people in ``files/`` of a round or year that may be there and are
    missing, or are no longer what the archive has; their paths. Kinds of stage are looked at only
    if anything is new, gone or edited since the last time, as ``.copies`` keeps it: loading them
    takes longer than all the rest of ``ssj status``. ``SsjError`` if the folder is a link, through
    which they would go elsewhere, or a bag is not as it was registered.
    """
    shelf, kept = Shelf(book, round_id, today), book.outputs / ".copies" / f"{round_id}.json"
    for path in (kept.parent, kept, shelf.folder.parent, shelf.folder):
        if why := files.irregular(path):
            raise SsjError(
                f"{path.relative_to(book.outputs).as_posix()} {why}，没有生成工作副本",
                "请查明是谁放的，移走后再生成一次。",
            )
    with suppress(OSError, ValueError):
        if json.loads(kept.read_text(encoding="utf-8")) == shelf.stamp:
            return []
    _fill(shelf)
    with suppress(OSError, SsjError):  # it only saves time
        kept.parent.mkdir(exist_ok=True)
        files.write_whole(json.dumps(shelf.stamp, ensure_ascii=False).encode("utf-8"), kept)
    return shelf.made


def differing(book: Archive, round_id: str) -> list[str]:
    """The copies of pages and public records in ``files/`` of a round or year, of all its attempts,
    that are not as the archive has them, and what is called like one but is none.
    """
    own, found = book.stages(round_id), []
    known: set[str] = set()
    held: set[str] = set()
    ends = [n for n, entry in enumerate(own) if kind_of(entry["stage"]) == "void"]
    for end in sorted({*ends, *(n + 1 for n in ends), len(own)}):  # around each void, and now
        shelf = Shelf(Archive(book.outputs, own[:end]), round_id, date.max, looking=True)
        _fill(shelf)
        found += shelf.differing
        known |= shelf.known
        held |= shelf.held
    return list(dict.fromkeys([*found, *_called_alike(shelf.folder, known, held)]))


def _called_alike(folder: Path, known: set[str], held: set[str]) -> Iterator[str]:
    """The files of a folder, and of those in it, that are called like a page or public record, with
    another number, remark or ending, and hold what none of those ``known`` holds.
    """
    titles = {title for kind in kinds().values() for title in kind.pages if title}
    titles = {_letters(title) for title in (*titles, *(Path(name).stem for name in copies.EVERY))}
    verifier = _letters(Path(copies.VERIFIER).stem)  # other names may hold this word
    for path in sorted(folder.rglob("*")):
        name, own = path.relative_to(folder).as_posix(), _letters(path.stem)
        if name in known or path.is_dir() or path.suffix.strip().lower() not in PAGES:
            continue
        receipt = path.parent != folder and receipts.MARK in path.name
        alike = any(t in own for t in titles - {verifier}) or own.startswith(verifier)
        if alike and not receipt and not bags.JUNK.fullmatch(path.name):
            sound = path.is_file() and not files.irregular(path)
            if not sound or files.account(path)["sha256"] not in held:
                yield name


def _letters(name: str) -> str:
    """A name without what may be put around and between its words."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name)))


def _fill(shelf: Shelf) -> None:
    home = {kind(entry["stage"]).belongs_to for entry in shelf.stages}
    for each in kinds().values():
        if each.belongs_to in home:
            each.copies(shelf)
