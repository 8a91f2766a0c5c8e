"""The registers beside the results (``schema.REGISTERS``), each an optional table: 后续处置, 更正撤
下, 异议, 公示; read and checked alike.

| code | what is wrong |
| --- | --- |
| B20 | a 检查编号 that was not drawn |
| B21 | an item that was not drawn for the visit |
| B22 | a date in the future |
| B23 | a date before the visit's, or before one that it must follow |
| B24 | two rows that mean the same |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ssj.base.errors import Problem, require
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results.findings import as_json
from ssj.rosters import listings, rosters
from ssj.rosters.listings import Listing
from ssj.tables import places, schema


@dataclass
class Registers:
    """Rows of the registers by table, as records hold them, with their sheets, and all problems."""

    rows: dict[str, list[Record]] = field(
        default_factory=lambda: {table: [] for table in schema.REGISTERS}
    )
    problems: list[Problem] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)  # the files as read

    def corrected(self, earlier: Record) -> list[tuple[str, str]]:
        """检查编号 and item (empty: the whole visit) of every correction that is new against the
        results stage before: an archived one has had its effect, and excuses no further change.
        """
        return [
            (r["number"], r["item"])
            for r in added("corrections", self.rows["corrections"], earlier)
            if r["action"] == "更正"
        ]

    def check(self) -> None:
        """``InputError`` with all errors; warnings pass."""
        require(self.problems)


def read(folder: Path, record: Record, time: str) -> Registers:
    """All registers that the folder has, against the draw record; ``time`` of the stage."""
    result, today = Registers(), datetime.fromisoformat(time).date()
    numbers = lists.visit_numbers(record)
    visits, spelt = {numbers[v["id"]]: v for v in record["visits"]}, lists.spelt_numbers(record)
    for table in schema.REGISTERS:
        if not places.exists(folder, table):
            continue
        listing = listings.load(folder, table)
        result.listings.append(listing)
        result.problems += listing.problems
        for row in listing.rows:
            own = {
                **row,
                "number": spelt.get(row["number"], row["number"]),
                "file": listing.file,
            }
            found = list(_of_row(table, own, visits, today))
            result.problems += found
            if not any(p.severity == "error" for p in found):
                result.rows[table].append(
                    {
                        **{c.key: as_json(own[c.key]) for c in schema.LATER[table]},
                        "file": listing.file,
                        "sheet": row["sheet"],
                        "row": row["row"],
                    }
                )
    return result


def _of_row(table: str, row: Record, visits: dict[str, Record], today: date) -> Iterator[Problem]:
    """What is wrong with a row of any register."""
    visit = visits.get(row["number"])
    if row["number"] and visit is None:
        yield problem(
            "B20",
            table,
            row,
            "number",
            "本批次没有抽中这一户，没有这个检查编号",
            "请核对检查编号。",
        )
    if visit and row.get("item") and row["item"] not in visit["items"]:
        yield problem(
            "B21",
            table,
            row,
            "item",
            f"这一户没有抽中这个事项（应为 {'、'.join(visit['items'])}）",
            "请核对事项编号。",
        )
    for column in schema.LATER[table]:
        if (
            column.kind == "date"
            and column.key != "due"
            and row[column.key]
            and row[column.key] > today
        ):
            yield problem(
                "B22", table, row, column.key, f"{column.header}晚于今天（{today}）", "请核对日期。"
            )


def problem(
    code: str, table: str, row: Record, key: str, message: str, remedy: str, severity: Any = "error"
) -> Problem:
    """A problem at one cell of a register."""
    value = row.get(key)
    return Problem(
        code,
        message,
        remedy,
        row["file"],
        row.get("sheet", ""),
        row["row"],
        schema.label(table, key),
        rosters.shown(value)[:60] if value else "",
        severity,
    )


def recorded(rows: dict[str, list[Record]]) -> dict[str, list[Record]]:
    """The rows by table without their sheets, as ``results.json`` holds them."""
    return {
        table: [{key: row[key] for key in row if key != "sheet"} for row in own]
        for table, own in rows.items()
    }


def same(table: str, row: Record) -> tuple[str, ...]:
    """What makes a row of a register that row, wherever it stands: all that is written in it but
    the remark.
    """
    return tuple(str(row[c.key]) for c in schema.LATER[table] if c.key != "remark")


def added(table: str, rows: Iterable[Record], earlier: Record) -> list[Record]:
    """Rows of a register that the results stage before didn't have."""
    known = {same(table, row) for row in earlier.get(table, ())}
    return [row for row in rows if same(table, row) not in known]


def of_visit(rows: Iterable[Record], number: str, item: str = "") -> list[Record]:
    """Rows of a register about a visit, or about one of its items: those that name it, or no item
    at all.
    """
    return [
        r
        for r in rows
        if r["number"] in (number, "") and (not item or r.get("item", "") in (item, ""))
    ]
