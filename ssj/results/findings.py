"""The returned 结果回填表 (results.xlsx, or one file for each section in results/), checked against
the drawn visits.

A row is one visit and item. A row in which nothing is filled in but what was handed out is not
answered yet, and only counted. Nothing undrawn enters, answered or not. What a review has fixed
changes, or goes missing, only with a new 更正 in its register. What is wrong with single rows is in
:mod:`ssj.results.finding_checks`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ssj.base.errors import InputError, Problem, require
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results import fieldfiles
from ssj.results.finding_checks import (
    CHECKS,
    GIVEN,
    GONE,
    IDENTITY,
    TABLE,
    Checked,
    as_json,
    problem,
    teams,
)
from ssj.rosters import alike, listings
from ssj.rosters.listings import Listing
from ssj.tables import headings, places, schema

__all__ = ["CHECKS", "TABLE", "Findings", "as_json", "files", "problem", "read", "teams"]
# what a review fixes
FINDING = (
    "date",
    "officers",
    "results",
    "entered_by",
    "entered_on",
    "reviewer",
    "not_public",
    "excuse",
)
FILLED = ("measure", "published_on", "closed_on")  # what is fixed once it is filled in
# files that no person put there
STRAY = re.compile(r"~\$.*|\..*|thumbs\.db|desktop\.ini", re.IGNORECASE)
MOST_NAMED = 20
Key = tuple[str, str]  # 检查编号 and item


@dataclass
class Findings:
    """What a round's results files hold: sound answered rows, problems (errors first); how many
    rows wait for an answer, how many are wrong.
    """

    rows: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    waiting: int = 0
    wrong: int = 0
    listings: list[Listing] = field(default_factory=list)  # the files as read

    @property
    def excused(self) -> list[Record]:
        """The rows in which something passed with a reason."""
        return [r for r in self.rows if r.get("excused")]

    def check(self) -> None:
        """``InputError`` with all errors; warnings pass."""
        require(self.problems)


def files(folder: Path) -> list[Path]:
    """The results files of a round's folder or of a stage's ``in/``: results.xlsx, or all tables in
    results/ (there: results-01.xlsx, …).

    ``InputError`` if there are none, both ways are used, or results/ holds what can't be read as a
    table.
    """
    own = folder / TABLE
    if not own.is_dir():
        return sorted(p for p in folder.iterdir() if re.fullmatch(rf"{TABLE}-\d+", p.stem)) or [
            places.find(folder, TABLE)
        ]
    if places.exists(folder, TABLE):
        raise InputError([problem("E50", {"file": TABLE, "row": None})])
    found = sorted(
        p for p in own.iterdir() if not STRAY.fullmatch(p.name) and p.name != headings.FILE
    )
    if strange := [
        p.name for p in found if not p.is_file() or p.suffix.lower() not in places.SUFFIXES
    ]:
        raise InputError(
            [problem("E51", {"file": TABLE, "row": None}, names="、".join(strange[:MOST_NAMED]))]
        )
    return found or [places.find(folder, TABLE)]


def read(
    folder: Path,
    record: Record,
    time: str,
    earlier: Iterable[Record] = (),
    corrected: Iterable[Key] = (),
) -> Findings:
    """All results files against the draw record (amended or not).

    ``time``: of the stage (ISO). ``earlier``: rows of the results stage before. ``corrected``: 检查
    编号 and item of the corrections that are new against it, an empty item for a whole visit.
    """
    result, reading = Findings(), _Reading(record, time)
    for path in files(folder):
        if wrong := [*fieldfiles.problems(path, record)]:
            reading.whole = False
            result.problems += wrong
            continue
        reading.file(listings.load(folder, TABLE, path), result)
    result.problems += [*reading.visits(), *_changes(earlier, reading, result.rows, set(corrected))]
    result.problems.sort(key=lambda p: p.severity)
    result.rows.sort(key=lambda r: (r["number"], r["item"]))
    return result


class _Reading:
    """The rows of all files, one after the other, and what they say together."""

    def __init__(self, record: Record, time: str) -> None:
        self.checked, self.spelt = Checked(record, time), lists.spelt_numbers(record)
        self.answered: dict[Key, Record] = {}
        # 检查编号 of which a row may be missing because another is wrong
        self.doubtful: set[str] = set()
        self.whole = True  # whether all rows could be read far enough to know which visit they mean

    def file(self, listing: Listing, result: Findings) -> None:
        """Take one file's rows in."""
        found: list[Problem] = []
        self.whole &= listing.whole
        result.listings.append(listing)
        for row in listing.bad:
            result.wrong += 1
            self._doubt(self._placed(row, listing), lost=True)
        for row in (self._placed(one, listing) for one in listing.rows):
            filled = any(
                value not in ("", (), None)
                for key, value in row.items()
                if key not in (*GIVEN, "row", "file", "sheet")
            )
            key = row["number"], row["item"]
            own = (
                self.checked.row(row, self.answered.get(key))
                if filled
                else [
                    (problem(code, row, column, **details), False)
                    for code, details, column in self.checked.identity(
                        row, self.checked.visits.get(row["number"])
                    )
                ]
            )
            found += [p for p, _ in own]
            if IDENTITY & {p.code for p, _ in own if p.severity == "error"}:
                self._doubt(row)
            elif filled:
                self.answered[key] = row
            if any(p.severity == "error" for p, _ in own):
                result.wrong += 1
            elif filled:
                result.rows.append(
                    self.checked.recorded(row, [p.code for p, passed in own if passed])
                )
            else:
                result.waiting += 1
        result.problems += [*listing.problems, *alike.few(found)]

    def _placed(self, row: Record, listing: Listing) -> Record:
        return {
            **row,
            "number": self.spelt.get(row["number"], row["number"]),
            "file": listing.file,
        }

    def _doubt(self, row: Record, lost: bool = False) -> None:
        """A row is wrong; which visits may be short of it. ``lost``: its cells could not all be
        read.
        """
        visit = self.checked.visits.get(row["number"]) if lost else None
        if visit and row["target"] in (visit["id"], "") and row["item"] in visit["items"]:
            self.answered.setdefault((row["number"], row["item"]), row)
        elif own := {row["number"], self.checked.numbers.get(row["target"], "")} & set(
            self.checked.visits
        ):
            self.doubtful |= own
        elif lost:
            self.whole = False

    def visits(self) -> Iterator[Problem]:
        """Visits with some answers, but not for all their items (an error once one of them is
        reviewed), or that are gone for some items only.
        """
        own: dict[str, list[Record]] = defaultdict(list)
        for (number, _), row in self.answered.items():
            if number not in self.doubtful:
                own[number].append(row)
        for number, rows in own.items() if self.whole else ():
            if missing := [
                i for i in self.checked.visits[number]["items"] if (number, i) not in self.answered
            ]:
                reviewed = next((r for r in rows if r["reviewer"]), None)
                yield problem(
                    "E31" if reviewed else "E32", reviewed or rows[0], items="、".join(missing)
                )
            gone = [r for r in rows if set(GONE) & set(r["results"])]
            if gone and any(r["results"] and r not in gone for r in rows):
                yield problem(
                    "E49",
                    gone[0],
                    gone="、".join(f"“{r}”" for r in gone[0]["results"] if r in GONE),
                )


def _changes(
    earlier: Iterable[Record], reading: _Reading, rows: Iterable[Record], corrected: set[Key]
) -> Iterator[Problem]:
    """Reviewed rows of the stage before that differ now without a correction, or are not there any
    more (one problem for each of its files).
    """
    now, gone = {(r["number"], r["item"]): r for r in rows}, defaultdict(list)
    for before in (
        r
        for r in earlier
        if r["reviewer"] and not {(r["number"], r["item"]), (r["number"], "")} & corrected
    ):
        key = before["number"], before["item"]
        after = now.get(key)
        if after and (
            changed := [
                k
                for k in (*FINDING, *FILLED)
                if before[k] != after[k] and (k in FINDING or before[k])
            ]
        ):
            yield problem(
                "E40",
                reading.answered[key],
                changed[0],
                changes="、".join(schema.label(TABLE, k) for k in changed),
            )
        elif key not in reading.answered and reading.whole and key[0] not in reading.doubtful:
            gone[before["file"]].append(f"{key[0]} {key[1]}")
    for file, lost in gone.items():
        more = f"等 {len(lost)} 行" if len(lost) > MOST_NAMED else ""
        yield problem("E41", {"file": file, "row": None}, rows="、".join(lost[:MOST_NAMED]) + more)
