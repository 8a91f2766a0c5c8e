"""Other inspections of a year (其他检查登记表, ``other_inspections.xlsx``): those that no draw
called for. They count towards a firm's yearly cap, and the review counts them.

The table lies in the year's folder (``params/2021``), in a stage's ``in/`` beside the others.

| code | what is wrong |
| --- | --- |
| Q20 Q21 | a date outside the year, or in the future |
| Q22 Q23 | an exempt inspection without its basis; two rows that mean the same |
| Q24 | a target that the roster does not have; a warning |
| Q26 | no rows: that says there were no other inspections; a warning |
| Q27 | exempt although its kind counts, or the other way round; a warning |
| Q29 | a special inspection without approval or filing number; a warning |
| Q28 | a table in the round's folder and another in the year's |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from ssj.base.errors import InputError, Problem
from ssj.base.params import RoundPart, Strict
from ssj.protocol import Record
from ssj.rosters import listings
from ssj.tables import paramfiles, places, schema
from ssj.tables.cells import as_text
from ssj.tables.fields import Field, Form, Section

TABLE = "other_inspections"


class _Year(Strict):
    """All that is asked of a year's parameters here."""

    bureau: str


_BUREAU = Form("year", "年度参数", _Year, (Section("基本", "", (Field("bureau", "单位全称"),)),))


class Others(NamedTuple):
    """Sound rows by date (``None`` without the table), with ``file``, ``sheet`` and ``row``, dates
    as text; all problems; the file.
    """

    rows: tuple[Record, ...] | None = None
    problems: tuple[Problem, ...] = ()
    file: str = ""


def find(folder: Path, own: RoundPart | None = None, plan: Path | None = None) -> Path | None:
    """The table in a year's folder or a stage's ``in/``; of a round (``own``) that in the folder
    of its year. ``plan``: folder of the year's plan, if another. None without one, ``InputError``
    if there are two.
    """
    homes = dict.fromkeys((folder, plan or folder))
    if own is not None:
        year = folder.parent / f"{own.window.start.year:04}"
        # samples of several bureaus lie side by side (as past.year_of)
        others_ = paramfiles.raw(_BUREAU, year).get("bureau", own.bureau) != own.bureau
        if not (own.demonstration and others_):
            homes[year] = None
    found = [home for home in homes if home.is_dir() and places.exists(home, TABLE)]
    if len(found) > 1:
        first = places.find(found[0], TABLE)
        raise InputError(
            [
                Problem(
                    "Q28",
                    f"{' 和 '.join(home.name for home in found)} 两个文件夹里都有其他检查登记表",
                    f"请并成一份，放在 {found[-1].name} 文件夹，另一份移走。",
                    file=first.name,
                )
            ]
        )
    return places.find(found[0], TABLE) if found else None


def read(
    folder: Path,
    year: int,
    today: date | None,
    targets: pd.DataFrame | None = None,
    own: RoundPart | None = None,
    plan: Path | None = None,
) -> Others:
    """The year's table, checked; ``mapping.toml`` of ``folder`` settles its headings. ``targets``:
    the roster that its ids are looked up in; ``own``: of which round. Never raises for what the
    file holds.
    """
    try:
        path = find(folder, own, plan)
    except InputError as error:
        return Others((), error.problems)
    if path is None:
        return Others()
    given = listings.load(folder, TABLE, path)
    found = [
        *(p for p in given.problems if p.code != "Q11"),
        *_wrong(given, year, today),
        *(_unknown(given, targets) if targets is not None else ()),
    ]
    if not given.rows and not any(p.code != "Q11" for p in given.problems):
        found.append(
            Problem(
                "Q26",
                "表中没有一行，视为本年没有其他检查",
                "确实没有的，可以不管；还没有登记的，请登记，或先移走这个文件。",
                file=given.file,
                severity="warning",
            )
        )
    keys = [c.key for c in schema.LATER[TABLE]]
    rows = (
        {key: _plain(r[key]) for key in keys}
        | {"file": given.file, "sheet": r["sheet"], "row": r["row"]}
        for r in given.rows
    )
    return Others(
        tuple(sorted(rows, key=lambda r: (r["date"], r["target"], r["row"]))),
        tuple(found),
        given.file,
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def problem(row: Record, file: str, code: str, key: str, message: str, remedy: str) -> Problem:
    """What is wrong with one row, at its cell."""
    return Problem(
        code,
        message,
        remedy,
        file,
        row["sheet"],
        row["row"],
        schema.label(TABLE, key),
        as_text(row[key] if not isinstance(row[key], bool) else "是" if row[key] else "否")[:60],
    )


def _wrong(listing: listings.Listing, year: int, today: date | None) -> Iterator[Problem]:
    first: dict[tuple[Any, ...], Record] = {}
    for r in listing.rows:

        def wrong(code: str, key: str, message: str, remedy: str, r: Record = r) -> Problem:
            return problem(r, listing.file, code, key, message, remedy)

        if r["date"].year != year:
            yield wrong(
                "Q20", "date", f"检查日期不在 {year} 年", "请核对日期；其他年份的检查不要列入。"
            )
        elif today and r["date"] > today:
            yield wrong("Q21", "date", f"检查日期晚于今天（{today}）", "请核对日期。")
        if r["exempt"] and not r["basis"]:
            yield wrong(
                "Q22",
                "basis",
                "写明除外，没有写除外依据",
                "请写明依据，如投诉举报、上级交办、企业申请的文件或编号。",
            )
        usual = schema.OTHER_KINDS[r["kind"]]
        if usual is not None and r["exempt"] != usual:
            yield replace(
                wrong(
                    "Q27",
                    "exempt",
                    f"{r['kind']}一般{'不计入' if usual else '计入'}年度检查频次，"
                    f"这里写的是{'除外' if r['exempt'] else '不除外'}",
                    "请核对检查类型和是否除外；确是这样的，可以不改。",
                ),
                severity="warning",
            )
        lacking = [k for k in ("approval", "filing") if not r[k]]
        if r["kind"] == "专项检查" and lacking and not r["exempt"]:
            yield replace(
                wrong(
                    "Q29",
                    lacking[0],
                    "专项检查没有写"
                    + "和".join(schema.label(TABLE, k) for k in lacking)
                    + "：专项检查要先有计划，经批准并备案",
                    "请写明批准的人和日期（或文号）、备案号；上级部署的，“是否除外”写“是”并写明依据。",
                ),
                severity="warning",
            )
        key = (r["target"], r["date"], r["kind"], r["reason"])
        if first.setdefault(key, r) is not r:
            yield wrong(
                "Q23",
                "target",
                f"与{listings.row_of(first[key], r)}是同一次检查",
                "一次检查只列一行，请删去重复的。",
            )


def _unknown(listing: listings.Listing, targets: pd.DataFrame) -> Iterable[Problem]:
    known = set(targets["id"])
    for r in listing.rows:
        if r["target"] not in known:
            yield replace(
                problem(
                    r,
                    listing.file,
                    "Q24",
                    "target",
                    "检查对象名录库中没有这个对象",
                    "请核对编号；确实不在名录库的，请研究是否应当列入。",
                ),
                severity="warning",
            )
