"""Where a table's file lies in a folder, by its name alone; nothing is opened."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from ssj.base.errors import InputError, quoted
from ssj.tables import rules
from ssj.tables.schema import NAMES

SUFFIXES = (".xlsx", ".xls", ".csv", ".parquet", ".xlsm", ".xlsb", ".ods", ".et")
# what may be a table under a name that is not quite right: targets（最新）.xlsx, targets.xlsx.xlsx
_ALMOST = (*SUFFIXES, ".txt", ".tsv", ".htm", ".html", ".mht", ".xml", ".tmp", ".bak")


def find(folder: Path, stem: str) -> Path:
    """The one file of that stem with a known suffix. Raises InputError if there is none, or more
    than one.
    """
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    same = [path for path in files if path.stem.casefold() == stem.casefold() and path.is_file()]
    found = [path for path in same if path.stem == stem and path.suffix.lower() in SUFFIXES]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            [
                rules.problem(
                    "F01/several", stem, count=len(found), found=quoted(path.name for path in found)
                )
            ]
        )
    near = [path.name for path in files if path.is_file() and _near(path, stem)]
    raise InputError(
        [
            rules.problem(
                "F01/near" if near else "F01/other" if same else "F01",
                stem,
                folder=folder.name,
                table=stem,
                found=quoted(near or [path.name for path in same]),
            )
        ]
    )


def _near(path: Path, stem: str) -> bool:
    """Whether a file is probably the table, under a name that is not quite right."""
    name = unicodedata.normalize("NFKC", path.name).casefold().lstrip()
    title = NAMES.get(stem, stem)
    return (
        path.suffix.lower() in _ALMOST
        and not name.startswith((".", "~$"))
        and (
            re.match(rf"(?:副本|复件|copy of|new)?[\s_-]*{stem}(?![a-z])", name) is not None
            or title in name
        )
    )


def exists(folder: Path, stem: str) -> bool:
    """Whether the folder has a file that :func:`find` would find, or say why it is not the one."""
    return any(
        p.stem.casefold() == stem and p.suffix.lower() in SUFFIXES
        for p in folder.iterdir()
        if p.is_file()
    )
