"""A table in one file or in several: ``targets/`` may hold one for each section, with a layout of
its own, instead of targets.xlsx; and beside either, what ``ssj add`` wrote (:data:`ENTRIES`).

Rows of all files are numbered through: index = row in its file + number of the file × :data:`STEP`;
:func:`place` turns an index back. In a stage's ``in/`` the files are ``targets-001.xlsx``, …; its
stage.json says what they were called, and by those names people are told of them.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ssj.base.errors import InputError, quoted
from ssj.tables import headings, places, rawtables, rules
from ssj.tables.grid import MAX_PLAIN, MAX_ROWS
from ssj.tables.headings import Headings
from ssj.tables.schema import headers
from ssj.tables.table import STEP, Table, joined

FOLDERS = ("items", "targets", "officers")  # tables that may be, or have, folders
OWN_MAPPING = (*FOLDERS, "results")  # whose folder may have a mapping.toml of its own
ENTRIES = "单户录入.csv"  # single entries, in the folder of their table
# files that no person put there
STRAY = re.compile(r"~\$.*|\..*|thumbs\.db|desktop\.ini", re.IGNORECASE)


def files(folder: Path, table: str) -> list[Path]:
    """The files of a table, in a round's folder or in a stage's ``in/``, single entries last.
    ``InputError`` if there are none, both ways are used, or its folder holds what can't be read as
    a table.
    """
    inputs = _inputs(folder)
    kept = sorted(
        name
        for name, own in inputs.items()
        if Path(own).parent.name == table and Path(name).suffix != ".toml"
    )
    if kept:
        alone = any(Path(own).with_suffix("") == Path(table) for own in inputs.values())
        first = [places.find(folder, table)] if alone else []
        return [*first, *(folder / name for name in kept)]
    home = folder / table
    if table not in FOLDERS or not home.is_dir():
        return [places.find(folder, table)]
    found = sorted(
        p for p in home.iterdir() if not STRAY.fullmatch(p.name) and p.name != headings.FILE
    )
    entries = [p for p in found if p.name == ENTRIES]
    sections = [p for p in found if p.name != ENTRIES]
    if not sections and (entries or places.exists(folder, table)):
        return [places.find(folder, table), *entries]
    if places.exists(folder, table):
        raise InputError([rules.problem("F01/both", table, table=table)])
    strange = [p.name for p in found if not p.is_file() or p.suffix.lower() not in places.SUFFIXES]
    if strange:
        raise InputError([rules.problem("F01/strange", table, table=table, names=quoted(strange))])
    if not found:
        raise InputError([rules.problem("F01/empty", table, table=table)])
    return [*sections, *entries]


def _inputs(folder: Path) -> dict[str, str]:
    """Name in a stage's ``in/`` → name in the round's folder, as stage.json has them; nothing
    elsewhere.
    """
    with suppress(OSError, ValueError, KeyError, TypeError):
        stage = json.loads((folder / "stage.json").read_text(encoding="utf-8"))
        return {own.get("kept", own["file"]): own["file"] for own in stage["inputs"]}
    return {}


def taken_on(folder: Path) -> date | None:
    """The day of the stage whose ``in/`` this is; None for a round's folder."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return datetime.fromisoformat(
            json.loads((folder / "stage.json").read_text(encoding="utf-8"))["time"]
        ).date()
    return None


def name_of(path: Path, folder: Path) -> str:
    """A file of a table as people know it: ``targets.xlsx``, ``targets/建筑市场股.xlsx``."""
    if path.parent != folder:
        return path.relative_to(folder).as_posix()
    known = _inputs(folder)
    # a copy without personal columns may have another suffix
    stems = {Path(kept).stem: own for kept, own in known.items()}
    return known.get(path.name) or stems.get(path.stem, path.name)


def mapping(folder: Path, table: str) -> Path:
    """The mapping.toml that settles a table's headers: its own in its folder, or else the one for
    all.
    """
    name = Path(headings.FILE)
    return next(
        (
            own
            for own in (folder / table / name, folder / f"{table}-{name}")
            if table in OWN_MAPPING and own.exists()
        ),
        folder / name,
    )


def headings_of(folder: Path, table: str, file: str = "") -> Headings:
    """The headers of a table, with what mapping.toml settles; a file of single entries has the
    declared ones. ``InputError`` with all that is wrong in mapping.toml.
    """
    own = headings.read(mapping(folder, table), table, headers(table))
    return Headings(headers(table), table) if Path(file).name == ENTRIES else own


def read(folder: Path, table: str) -> Table:
    """A table of the folder, whatever number of files it has. ``InputError`` if they can't be told,
    or hold more rows together than one may.
    """
    found, limit = [], 0
    for path in files(folder, table):
        name = name_of(path, folder)
        one = rawtables.read(path, headings_of(folder, table, name))
        found.append(_called(one, name) if name != one.file else one)
        limit = max(limit, MAX_PLAIN.get(path.suffix.lower()[1:], MAX_ROWS))
        if len(found) > 1 and sum(part.rows for part in found) > limit:
            raise InputError([rules.problem("F03/together", f"{table}/", table=table, rows=limit)])
    return found[0] if len(found) == 1 else joined(found, f"{table}/")


def _called(one: Table, name: str) -> Table:
    """The table with the name that people know its file by."""
    return replace(
        one,
        file=name,
        problems=[replace(p, file=name) for p in one.problems],
        parts=tuple(_called(part, name) for part in one.parts),
    )


def place(frame: pd.DataFrame, index: int, table: str = "") -> dict[str, Any]:
    """Where a row of a typed frame stands, as a Problem takes it: file, sheet, row. ``table``: what
    the file is called if the frame doesn't know.
    """
    parts = frame.attrs.get("parts") or (
        tuple(frame.attrs.get("place", {"file": table, "sheet": ""}).values()),
    )
    number, row = divmod(int(index), STEP)
    return {"file": parts[number][0], "sheet": parts[number][1], "row": row}


def table_of(file: str) -> str:
    """The table that a file as people know it belongs to:
    ``table_of("targets/建筑市场股.xlsx") == "targets"``.
    """
    return Path(file).parts[0].partition(".")[0] if file else ""
