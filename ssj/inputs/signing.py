"""各股室核签名录: which section vouches for which file of the rosters (``[[signed]]`` of round.toml), and what is wrong with that.

| code | what was found |
| --- | --- |
| S20 | a file of the folder targets/ that nobody signed (a warning in demonstrations and rehearsals) |
| S21 | a signature for a file that isn't there |
| S22 | a signature dated after the freeze (or today) |
| S23 | targets whose 主管股室 is none of the sections that signed their file (a warning) |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from ssj.errors import Problem, quoted
from ssj.inputs import parts
from ssj.inputs.cells import word
from ssj.inputs.params import Parameters
from ssj.inputs.rosters import Rosters

COLUMNS = {"file": "文件", "rows": "使用的行", "section": "股室", "by": "核签人", "date": "核签日期"}


def problems(parameters: Parameters, roster: Rosters, day: date, rehearsal: bool = False) -> list[Problem]:
    """What is wrong with the signatures at a freeze on ``day``."""
    present, found = {one.file: table for table, tally in roster.tallies.items() for one in tally.files}, []
    severity = "warning" if rehearsal or parameters.round.demonstration else "error"
    known = {*present, *roster.tallies}
    for n, own in enumerate(parameters.signed):
        if own.file not in known:
            found.append(Problem("S21", f"没有“{own.file}”这个文件，核签对不上", f"现有：{quoted(present)}；改名、移走的，改正这里", file="round.toml",
                                 column=f"signed.{n}.file", value=own.file))
        if own.date > day:
            found.append(Problem("S22", f"“{own.file}”的核签日期晚于 {day}", "核签应在封库以前，请核对日期；还没有核签的，先核签", file="round.toml",
                                 column=f"signed.{n}.date", value=str(own.date)))
    signed = {own.file for own in parameters.signed}
    found += [Problem("S20", "这个文件还没有股室核签", f"请在 round.toml 加一段 [[signed]]，file = \"{file}\"，写明股室、核签人和日期", file=file, severity=severity)
              for file, table in present.items() if "/" in file and file not in signed]
    return [*found, *_other_sections(parameters, roster)]


def _sections(parameters: Parameters, file: str) -> list[str]:
    """Who signed a file, by itself or with its table."""
    return [word(own.section) for own in parameters.signed if own.file in (file, parts.table_of(file))]


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
            yield Problem("S23", f"有 {count[file, section]} 行的主管股室是“{section}”，核签的却是{quoted(sections)}", "请由主管股室核签，或改正主管股室",
                          **place, column="主管股室", value=section, severity="warning")


def rows(parameters: Parameters, roster: Rosters) -> list[dict[str, Any]]:
    """各股室核签名录: for each signature the file, its rows that are used, section, by whom, when; then files of a folder that nobody signed."""
    files = {one.file: one.used for tally in roster.tallies.values() for one in tally.files}
    used = files | {table: tally.used for table, tally in roster.tallies.items()}
    signed = [{"file": own.file, "rows": used.get(own.file, 0), "section": own.section, "by": own.by, "date": own.date.isoformat()} for own in parameters.signed]
    missing = [file for file in files if "/" in file and file not in {own.file for own in parameters.signed}]
    return [*signed, *({"file": file, "rows": used[file], "section": "（没有核签）", "by": "", "date": ""} for file in missing)]
