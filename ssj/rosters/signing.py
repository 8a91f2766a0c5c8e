"""各股室核签名录: which section vouches for which file of the rosters (``[[signed]]`` of
round.toml), and what is wrong with that (``rules.SIGNING``). A file of the folder targets/ must be
signed in a real round; so must single entries beside a workbook that is signed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from ssj.base.errors import Problem, quoted
from ssj.base.params import Parameters
from ssj.rosters.rosters import Rosters
from ssj.tables import parts, rules
from ssj.tables.cells import word

COLUMNS = {
    "file": "文件",
    "rows": "使用的行",
    "section": "股室",
    "by": "核签人",
    "date": "核签日期",
}


def problems(
    parameters: Parameters, roster: Rosters, day: date, rehearsal: bool = False
) -> list[Problem]:
    """What is wrong with the signatures at a freeze on ``day``."""
    present, found = (
        {one.file: table for table, tally in roster.tallies.items() for one in tally.files},
        [],
    )
    known = {*present, *roster.tallies}
    for n, own in enumerate(parameters.signed):
        if own.file not in known:
            found.append(
                rules.problem(
                    "S21",
                    "round.toml",
                    column=f"signed.{n}.file",
                    value=own.file,
                    own=own.file,
                    files=quoted(present),
                )
            )
        if own.date > day:
            found.append(
                rules.problem(
                    "S22",
                    "round.toml",
                    column=f"signed.{n}.date",
                    value=str(own.date),
                    own=own.file,
                    day=day,
                )
            )
    part = parameters.round
    lacks = "S20/demonstration" if rehearsal or part.rehearsal or part.demonstration else "S20"
    found += [rules.problem(lacks, file, own=file) for file in _unsigned(parameters, roster)]
    return [*found, *_other_sections(parameters, roster)]


def _unsigned(parameters: Parameters, roster: Rosters) -> list[str]:
    """Files that someone must sign and nobody did: those of a folder of sections; single entries
    beside a workbook if that was signed by itself, and not the table as a whole.
    """
    signed, needed = {own.file for own in parameters.signed}, []
    for table, tally in roster.tallies.items():
        first, *more = dict.fromkeys(one.file for one in tally.files)
        if "/" in first:
            needed += [first, *more]
        elif first in signed and table not in signed:
            needed += more
    return [file for file in needed if file not in signed]


def _sections(parameters: Parameters, file: str) -> list[str]:
    """Who signed a file, by itself or with its table."""
    return [
        word(own.section) for own in parameters.signed if own.file in (file, parts.table_of(file))
    ]


def _other_sections(parameters: Parameters, roster: Rosters) -> Iterable[Problem]:
    """S23: one for each file and section, at its first row."""
    if not parameters.signed:
        return
    first: dict[tuple[str, str], dict[str, Any]] = {}
    count: Counter[tuple[str, str]] = Counter()
    for index, section in zip(roster.targets.index, roster.targets["section"], strict=True):
        if section:
            place = parts.place(roster.targets, index, "targets")
            key = place["file"], section
            count[key] += 1
            if key not in first or place["row"] < first[key]["row"]:
                first[key] = place
    for (file, section), place in sorted(first.items()):
        if (sections := _sections(parameters, file)) and section not in sections:
            yield rules.problem(
                "S23",
                **place,
                column="主管股室",
                value=section,
                count=count[file, section],
                section=section,
                sections=quoted(sections),
            )


def rows(parameters: Parameters, roster: Rosters) -> list[dict[str, Any]]:
    """各股室核签名录: for each signature the file, its rows that are used, section, by whom, when;
    then files of a folder that nobody signed.
    """
    files: Counter[str] = Counter()
    for one in (one for tally in roster.tallies.values() for one in tally.files):
        files[one.file] += one.used
    used = files | {table: tally.used for table, tally in roster.tallies.items()}
    signed = [
        {
            "file": own.file,
            "rows": used.get(own.file, 0),
            "section": own.section,
            "by": own.by,
            "date": own.date.isoformat(),
        }
        for own in parameters.signed
    ]
    return [
        *signed,
        *(
            {"file": file, "rows": used[file], "section": "（没有核签）", "by": "", "date": ""}
            for file in _unsigned(parameters, roster)
        ),
    ]
