"""名录变动 (``ssj diff``): what two rounds' four tables and parameters say
otherwise, row by row and field by field; from their folders, or from what was frozen.

The same words as 与以前的封库相比 in a freeze's notebook. Rows are known by their id, so that
another order is no change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from ssj.base import params, words
from ssj.base.errors import InputError, RefusedError
from ssj.casebook import archive, attempts, inspection
from ssj.casebook.archive import Archive
from ssj.draw import framing
from ssj.papers import confirmation
from ssj.rosters import rosters
from ssj.rosters.rosters import Rosters
from ssj.tables import fields, paramchanges, paramfiles, schema, writing
from ssj.tables.frames import rows_of

NAME = "名录变动.xlsx"
PARAMETERS = "参数"
INTERNAL = "内部使用：含信用风险等级，不得带出本单位"
BLANK = "（空）"
KEYS = "id name change field before after"


@dataclass(frozen=True)
class Differences:
    """Table (as people call it) → its changes, columns as ``KEYS``; ``notes``: what was not
    compared, in words; ``banners`` for every page.
    """

    before: str
    after: str
    tables: dict[str, pd.DataFrame]
    notes: tuple[str, ...]
    banners: tuple[str, ...]

    def counts(self) -> pd.DataFrame:
        """How many rows came, went and changed, and how many in each field."""
        rows: list[tuple[str, str, str, int]] = []
        for table, own in self.tables.items():
            changed = own[own["change"] == "变更"]
            rows += [
                (table, "新增", "", int((own["change"] == "新增").sum())),
                (table, "删除", "", int((own["change"] == "删除").sum())),
                (table, "变更", "（行）", int(changed["id"].nunique())),
            ]
            rows += [
                (table, "变更", str(field), int(n))
                for field, n in changed["field"].value_counts(sort=False).items()
            ]
        return pd.DataFrame(rows, columns=["table", "change", "field", "count"])

    def lines(self) -> Iterator[str]:
        """Every change in words."""
        for table, own in self.tables.items():
            for row in rows_of(own):
                what = (
                    f"{row.field}由“{row.before or BLANK}”改为“{row.after or BLANK}”"
                    if row.change == "变更"
                    else row.change
                )
                yield f"{table} {row.id} {row.name}：{what}"


def of_folders(before: Path, after: Path) -> Differences:
    """What the tables in two rounds' folders say otherwise. ``InputError`` if one of them can't be
    read at all; rows with an error are not compared, which is said.
    """
    old, new = _read(before), _read(after)
    notes = [
        note
        for folder, roster in ((before, old), (after, new))
        for note in _left_out(folder, roster)
    ]
    tables = {}
    for table, title in schema.TITLES.items():
        one, other = getattr(old, table), getattr(new, table)
        names = {
            i: name
            for frame in (one, other)
            for i, name in zip(frame["id"], frame["name"], strict=True)
        }
        tables[title] = _named(
            rosters.changes(one, other),
            names,
            lambda key, table=table: schema.label(table, key) if key else "",
        )
    try:
        given = [paramfiles.read_round(folder) for folder in (before, after)]
        tables[PARAMETERS] = _parameters(*given)
    except InputError:
        notes.append("有批次的参数还没有填好，参数没有比较")
    demonstration = any(_demonstration(folder) for folder in (before, after))
    return Differences(
        before.name,
        after.name,
        tables,
        tuple(notes),
        (*[confirmation.DEMONSTRATION] * demonstration, INTERNAL),
    )


def _parameters(before: params.Parameters, after: params.Parameters) -> pd.DataFrame:
    one, other = (own.model_dump(by_alias=True) for own in (before, after))
    return paramchanges.changes(fields.ROUND, one, other)[KEYS.split()]


def _named(changes: pd.DataFrame, names: dict[str, str], field: Any) -> pd.DataFrame:
    return changes.assign(name=changes["id"].map(names), field=changes["field"].map(field))[
        KEYS.split()
    ]


def _read(folder: Path) -> Rosters:
    try:
        roster = rosters.load_round(folder, paramfiles.read_round(folder))
    except InputError:  # a new round whose round.toml is not filled in yet
        roster = rosters.load(
            folder,
            inspection.classes_of(folder),
            folder.name,
            (date.min,) * 2,
        )
    if missing := [
        p for p in roster.every if p.severity == "error" and p.row is None and not p.column
    ]:
        raise InputError(missing)
    return roster


def _left_out(folder: Path, roster: Rosters) -> Iterator[str]:
    for table, title in schema.TITLES.items():
        tally = roster.tallies.get(table)
        if tally and (tally.refused or tally.unread):
            count = len(tally.refused) + tally.unread
            yield (
                f"{folder.name} 的{title}有 {count} 行有错误，没有比较，可能显示成新增或删除："
                f"先运行 ssj check {folder.name}"
            )


def _demonstration(folder: Path) -> bool:
    try:
        return paramfiles.read_round(folder).round.demonstration
    except InputError:
        return False


def of_archives(book: Archive, before: str, after: str) -> Differences:
    """What two rounds' frozen records say otherwise. ``RefusedError`` where one is not frozen."""
    paths = [_frozen(book, name) for name in (before, after)]
    old, new = map(archive.read_record, paths)
    changes = framing.changes_since(paths[0], new["tables"])
    names = {
        words.TABLES[table]: {
            r["id"]: r["identity"]["name"] for record in (old, new) for r in record["tables"][table]
        }
        for table in words.TABLES
    }
    tables = {
        title: _named(changes[changes["table"] == title].reset_index(drop=True), own, str)
        for title, own in names.items()
    }
    tables[PARAMETERS] = paramchanges.of_records(old, new)[KEYS.split()]
    return Differences(
        before,
        after,
        tables,
        (),
        (
            *dict.fromkeys(text for record in (old, new) for text in params.banners(record)),
            INTERNAL,
        ),
    )


def _frozen(book: Archive, name: str) -> Path:
    state = attempts.state_of(book.stages(name))
    if state.freeze is None:
        raise RefusedError(
            f"{name} 还没有封库，没有档案可以比较",
            f"不写 --archived，比较批次文件夹中的表：ssj diff 以前的批次 {name}",
        )
    return book.out(state.freeze) / archive.record_name("freeze")


def write(found: Differences, path: Path) -> None:
    """All changes as a workbook: what is compared, counts, a sheet for each table."""
    counts = found.counts().rename(columns={**words.columns("table change field"), "count": "数量"})
    pages = {
        "说明": writing.about(
            found.banners,
            ("比较", f"{found.before} → {found.after}"),
            *(("没有比较", note) for note in found.notes),
        ),
        "数量": counts,
        **{title: own.rename(columns=words.columns(KEYS)) for title, own in found.tables.items()},
    }
    writing.write_workbook(path, pages, "　".join(found.banners))
