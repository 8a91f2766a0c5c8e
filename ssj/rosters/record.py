"""``rosters.json``: the rosters of a round as read, typed and accounted for, and what was found in
them; a canonical record (PROTOCOL §1) that is read back as the same :class:`Rosters`.

Whatever comes after reads this record and no table any more. Each kind of column has one way to be
written (:data:`WRITTEN`); dates are ISO text, what is missing is null.

- ``round``, ``attempt``, ``time`` of the stage; ``parameters`` as a freeze has them;
- ``tables``: for each table file, sheet (``parts``: those of several files) and rows, each with the
  number ``row`` of its index; ``accounts``: for each file where its rows went
  (:class:`ssj.tables.accounts.Tally`);
- ``others``: other inspections of the year (:mod:`ssj.rosters.others`), where there is the table;
- ``exceptions``: what reviewed ones settled; ``notes``: what was done on reading; ``problems``:
  every warning;
- ``signatures``, ``coverage``, ``gaps``, ``pools``, ``tags``, ``warnings``: rows as signing,
  coverage, pools and early_warnings make them;
- ``offices``: lists of other offices with source, file, problems, notes, and rows with what they
  came to (:mod:`ssj.rosters.unlisted`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import pandas as pd

from ssj import protocol
from ssj.base.errors import Problem
from ssj.base.params import Parameters
from ssj.protocol import Record, Step
from ssj.rosters.alike import few_of_each
from ssj.rosters.exceptions import Settled
from ssj.rosters.offices import Listing, Row
from ssj.rosters.rosters import Rosters
from ssj.tables import accounts, typed
from ssj.tables.accounts import Tally
from ssj.tables.frames import records_of
from ssj.tables.schema import OPTIONAL, TITLES
from ssj.tables.table import STEP

Rows = list[dict[str, Any]]
COUNTED = ("file", "rows", "used", "unread", "whole")  # of a Tally
SHEETS = ("sheet", "others")  # of a Tally; older records lack them
BY_ROW = ("refused", "left_out", "joined", "excluded")  # of a Tally: row → what is said of it


def _days(spans: Iterable[tuple[date, date]]) -> list[list[str]]:
    return [[day.isoformat() for day in span] for span in spans]


def _spans(days: Iterable[Iterable[str]]) -> tuple[tuple[date, ...], ...]:
    return tuple(tuple(map(date.fromisoformat, span)) for span in days)


# kind of column → how a cell is written and read; others are text, whole numbers or yes-or-no
WRITTEN: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "date": (date.isoformat, date.fromisoformat),
    "leave": (_days, _spans),
    **dict.fromkeys(("words", "names", "ids", "rounds", "results"), (list, tuple)),
}


def recorded(
    roster: Rosters,
    parameters: Parameters,
    stage: Record,
    *,
    signatures: Rows,
    pairs: pd.DataFrame,
    gaps: Rows,
    pools: Rows,
    tags: Rows,
    warnings: Rows,
    listings: Iterable[Listing],
    against: Rows,
) -> Record:
    """The content of ``rosters.json`` for rosters without errors. ``stage``: the stage's
    stage.json; the others as the modules make them that the head names (``pairs``:
    ``coverage.pairs``, ``against``: ``unlisted.compare``).
    """
    return {
        "round": stage["round_id"],
        "attempt": stage["attempt"],
        "time": stage["time"],
        "parameters": parameters.frozen(),
        "tables": {
            table: _table(table, getattr(roster, table))
            for table in TITLES | OPTIONAL
            if table in roster.tallies
        },
        "accounts": {
            table: [_account(file) for file in tally.files]
            for table, tally in roster.tallies.items()
        },
        "exceptions": plain(map(asdict, roster.settled)),
        # absent without the table, as from older records
        **({} if roster.others is None else {"others": [*roster.others]}),
        "notes": list(roster.notes),
        "problems": plain(map(asdict, roster.every)),
        "signatures": plain(signatures),
        "coverage": plain(records_of(pairs)),
        "gaps": plain(gaps),
        "pools": plain(pools),
        "tags": plain(tags),
        "warnings": plain(warnings),
        "offices": [
            {
                "source": listing.source,
                "file": listing.file,
                "problems": plain(map(asdict, listing.problems)),
                "notes": list(listing.notes),
                "rows": plain(row for row in against if row["source"] == listing.source),
            }
            for listing in listings
        ],
    }


def from_record(record: Record) -> Rosters:
    """What :func:`recorded` was made from: frames, problems, notes, tallies, settled exceptions."""
    every = tuple(Problem(**problem) for problem in record["problems"])
    frames: dict[str, Any] = {
        table: _frame(table, record["tables"].get(table)) for table in TITLES | OPTIONAL
    }
    return Rosters(
        **frames,
        problems=few_of_each(every),
        notes=tuple(record["notes"]),
        every=every,
        tallies={
            table: _tally(table, record["accounts"][table])
            for table in TITLES | OPTIONAL
            if table in record["accounts"]
        },
        settled=tuple(
            Settled(
                **own
                | {
                    "problem": Problem(**own["problem"]),
                    "reviewed_on": date.fromisoformat(own["reviewed_on"]),
                }
            )
            for own in record["exceptions"]
        ),
        others=tuple(record["others"]) if "others" in record else None,
    )


def verify(written: Record, derived: Record, roster: Rosters) -> list[Step]:
    """That the record just written holds what was derived, and is read back as the same rosters."""
    steps = {
        "名录核对记录": protocol.difference(derived, written),
        "读回的名录": differing(roster, from_record(written)),
    }
    return [Step(3, name, not detail, detail) for name, detail in steps.items()]


def differing(one: Rosters, other: Rosters) -> str:
    """The first part in which two rosters without errors differ; empty if there is none."""
    for table in TITLES | OPTIONAL:
        frames = getattr(one, table), getattr(other, table)
        if not frames[0].equals(frames[1]) or frames[0].attrs != frames[1].attrs:
            return table
    parts_of = ("problems", "notes", "every", "tallies", "settled", "others")
    return next((key for key in parts_of if getattr(one, key) != getattr(other, key)), "")


def warnings(record: Record) -> Rows:
    """早期预警 as ``early_warnings.rows`` made them."""
    return [
        row | {"day": row["day"] and date.fromisoformat(row["day"])} for row in record["warnings"]
    ]


def compared(record: Record) -> tuple[list[Listing], Rows]:
    """Lists of other offices, and their rows as ``unlisted.compare`` made them."""
    listings = [
        Listing(
            own["source"],
            own["file"],
            tuple(Row(**{key: row[key] for key in Row._fields}) for row in own["rows"]),
            tuple(Problem(**problem) for problem in own["problems"]),
            tuple(own["notes"]),
        )
        for own in record["offices"]
    ]
    return listings, [row for own in record["offices"] for row in own["rows"]]


def plain(value: Any) -> Any:
    """A value as a record holds it: dates as ISO text, tuples and what else can be gone through as
    lists.

    >>> plain({"day": date(2021, 12, 6), "tasks": ("T1",), "targets": 3, "section": None})
    {'day': '2021-12-06', 'tasks': ['T1'], 'targets': 3, 'section': None}
    """
    if isinstance(value, Mapping):
        return {key: plain(own) for key, own in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [plain(own) for own in value]
    return value


def _table(table: str, frame: pd.DataFrame) -> Record:
    columns = []
    for key, kind in typed.kinds(table).items():
        write = WRITTEN[kind][0] if kind in WRITTEN else None
        cells = frame[key].tolist()
        columns.append([None if c is None else write(c) for c in cells] if write else cells)
    keys = ["row", *typed.kinds(table)]
    return {
        **frame.attrs["place"],
        "parts": [{"file": file, "sheet": sheet} for file, sheet in frame.attrs.get("parts", ())],
        "rows": [
            dict(zip(keys, row, strict=True))
            for row in zip(frame.index.tolist(), *columns, strict=True)
        ],
    }


def _frame(table: str, own: Record | None) -> pd.DataFrame:
    if own is None:
        return typed.frame(table, {})
    cells: dict[str, list[Any]] = {}
    for key, kind in typed.kinds(table).items():
        read, column = WRITTEN[kind][1] if kind in WRITTEN else None, [r[key] for r in own["rows"]]
        cells[key] = [None if c is None else read(c) for c in column] if read else column
    frame = typed.frame(table, cells, [row["row"] for row in own["rows"]])
    frame.attrs["place"] = {"file": own["file"], "sheet": own["sheet"]}
    if own["parts"]:
        frame.attrs["parts"] = tuple((part["file"], part["sheet"]) for part in own["parts"])
    return frame


def _account(tally: Tally) -> Record:
    return {key: plain(getattr(tally, key)) for key in (*COUNTED, *SHEETS)} | {
        key: [[row, plain(said)] for row, said in getattr(tally, key).items()] for key in BY_ROW
    }


def _tally(table: str, files: list[Record]) -> Tally:
    tallies = [
        Tally(
            **{key: own[key] for key in COUNTED}
            | {"whole": tuple(own["whole"]), "sheet": own.get("sheet", "")}
            | {"others": tuple((name, rows, why) for name, rows, why in own.get("others", ()))}
            | {
                key: {
                    row: tuple(said) if isinstance(said, list) else said for row, said in own[key]
                }
                for key in BY_ROW
            }
        )
        for own in files
    ]
    return tallies[0] if len(tallies) == 1 else accounts.total(tallies, STEP, f"{table}/")
