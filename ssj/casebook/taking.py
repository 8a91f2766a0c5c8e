"""What a stage's ``in/`` takes: inputs byte for byte (tables without personal columns), records of
other stages, and all that can't be derived."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.casebook import attempts, runner
from ssj.casebook.archive import Archive
from ssj.casebook.runner import kind_of
from ssj.tables.redacted import redact

TABLES = ("items", "targets", "officers", "plan")


def take_inputs(folder: Path, target: Path, plan: Path | None = None) -> list[dict[str, Any]]:
    """Copy a round's inputs byte for byte, but tables with personal columns without these; what was
    taken. ``plan``: folder of the plan, if another. The files of a folder of files (``targets/``)
    are numbered: names in an archive are ASCII.
    """
    from ssj.tables import headings, parts, rawtables, schema

    taken = [
        _take(path, target, None)
        for path in (folder / "round.toml", folder / headings.FILE)
        if path.name != headings.FILE or path.exists()
    ]
    for table in [
        *TABLES,
        *(table for table in schema.OPTIONAL if rawtables.exists(folder, table)),
    ]:
        home = plan if plan and table == "plan" else folder
        many, heads = parts.is_folder(home, table), parts.headings_of(home, table)
        for n, path in enumerate(parts.files(home, table), 1):
            taken.append(
                _take(path, target, heads, f"{table}-{n:03}" if many else "", table if many else "")
            )
        if many and (own := parts.mapping(home, table)).parent.name == table:
            taken.append(_take(own, target, None, f"{table}-{own.stem}", table))
    if (calendar := calendar_of(folder)).exists():
        shutil.copyfile(calendar, target / "calendar.toml")
    return taken


def take_outside(folder: Path, target: Path) -> list[dict[str, Any]]:
    """Copy the lists of other offices in ``outside/`` under ASCII names (``kept``), without
    personal columns; what was taken.
    """
    from ssj.rosters import offices
    from ssj.tables import headings, schema

    read = headings.read(folder / headings.FILE, offices.TABLE, schema.headers(offices.TABLE))
    return [
        _take(source, target, read, f"{offices.TABLE}-{number:02}", offices.FOLDER)
        for number, source in enumerate(offices.files(folder), 1)
    ]


def _take(
    source: Path, target: Path, headers: Mapping[str, bool] | None, stem: str = "", inside: str = ""
) -> dict[str, Any]:
    """Copy one input, a table (which has ``headers``) without its personal columns, under another
    ``stem`` if that is given; what was taken. ``inside``: the folder of the round's folder that it
    lies in; what was taken then says under which name it is kept.
    """
    from ssj.tables import rawtables

    # it may be called like a file that was taken before
    place = target / ".part" if stem else target
    place.mkdir(exist_ok=True)
    redacted = headers and redact(source, place, headers)
    copy = redacted or place / source.name
    if not redacted:
        shutil.copyfile(source, copy)
    if stem:
        copy = copy.rename(target / (stem + copy.suffix.lower()))
        place.rmdir()
    return {
        "file": f"{inside}/{source.name}" if inside else source.name,
        **({"kept": copy.name} if inside else {}),
        "sha256": protocol.sha256(source.read_bytes()),
        "redacted": bool(redacted),
        "dropped": list(rawtables.read(source, headers).dropped) if redacted else [],
    }


def take_list(
    folder: Path, table: str, target: Path, source: Path | None = None, stem: str = ""
) -> dict[str, Any]:
    """Copy a list that came after the freeze (``schema.LATER``) into a stage's ``in/``, from the
    folder or from the file ``source``; what was taken.
    """
    from ssj.tables import rawtables, schema

    return _take(source or rawtables.find(folder, table), target, schema.headers(table), stem)


def take_record(book: Archive, entry: dict[str, Any], target: Path) -> str:
    """Copy the record of an archived stage into another's ``in/``; its file name."""
    name = runner.RECORDS[kind_of(entry["stage"])]
    shutil.copyfile(attempts.out_of(book, entry) / name, target / name)
    return name


def calendar_of(folder: Path) -> Path:
    """The declared holidays that all rounds share."""
    return folder.parent / "calendar.toml"


def stage_of(book: Archive, round_id: str, attempt: int, now: datetime) -> dict[str, Any]:
    """What can't be derived: the content of ``stage.json`` that all stages have."""
    return {
        "round_id": round_id,
        "attempt": attempt,
        "time": now.isoformat(timespec="seconds"),
        "rehearsal": False,
        "ledger_head": book.head,
        "code": runner.code_identity(),
        "versions": runner.versions(),
    }
