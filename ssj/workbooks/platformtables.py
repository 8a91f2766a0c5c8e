"""平台导入表: the casebook's tables in the layout of the provincial platform, declared once in
``params/platform.toml``; and what the platform holds, compared with them row by row.

A table's ``columns`` say, in order, what the platform calls a column and which of ours it is
(``"=文本"``: always this text); ``words`` how it writes a word of ours. What is not declared is
laid out as our own tables are. Cells are text as the round's files have it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from ssj import protocol
from ssj.base import params
from ssj.base.errors import InputError, Problem, SsjError, quoted
from ssj.draw import lists
from ssj.protocol import Record
from ssj.rosters.rosters import Rosters
from ssj.tables import cells, parts, places, rawtables, schema, writing
from ssj.tables.grid import Unreadable
from ssj.tables.table import Table
from ssj.workbooks import resultforms

FILE, FOLDER = "platform.toml", "平台导入表"
COMPARED = "平台名录核对.xlsx"
DRAWN = (
    "任务编号",
    "任务名称",
    "检查编号",
    "编号",
    "名称",
    "事项编号",
    "事项名称",
    "执法人员",
    "执法人员工号",
    "专家",
    "检查期间开始",
    "检查期间结束",
)
TITLES = {**schema.TITLES, "drawn": "抽中名单", "results": "检查结果"}
OURS = {
    **{table: tuple(c.header for c in schema.COLUMNS[table]) for table in schema.TITLES},
    "drawn": DRAWN,
    "results": tuple(c.header for c in schema.LATER["results"]),
}
KEYS = {table: schema.COLUMNS[table][0].header for table in schema.TITLES}
FOUND = {
    "result": "核对结果",
    "key": "编号",
    "column": "列",
    "ours": "本系统",
    "theirs": "平台",
    "row": "平台第几行",
}
Rows = list[dict[str, str]]


class Layout(params.Strict):
    """How the platform takes one table."""

    file: str = ""
    sheet: str = ""
    columns: dict[str, str] = Field(default_factory=dict)
    words: dict[str, dict[str, str]] = Field(default_factory=dict)


class Platform(params.Strict):
    """A whole ``platform.toml``."""

    items: Layout = Layout()
    targets: Layout = Layout()
    officers: Layout = Layout()
    plan: Layout = Layout()
    drawn: Layout = Layout()
    results: Layout = Layout()

    def of(self, table: str) -> Layout:
        """The layout of a table, whole: as our own where nothing is declared."""
        own: Layout = getattr(self, table)
        return Layout(
            file=own.file or TITLES[table],
            sheet=own.sheet or TITLES[table],
            columns=own.columns or {header: header for header in OURS[table]},
            words=own.words,
        )


def read(home: Path) -> Platform:
    """``params/platform.toml``, or none; ``InputError`` with all its problems."""
    if not (home / FILE).exists():
        return Platform()
    declared = params.read(Platform, home / FILE)
    found = []
    for table, known in OURS.items():
        own = getattr(declared, table)
        for place, names in (("columns", own.columns.values()), ("words", own.words)):
            found += [
                Problem(
                    "R30",
                    f"“{TITLES[table]}”没有这一列",
                    f'可以写：{"、".join(known)}；固定的文本前面加等号，如 "=350100"',
                    file=FILE,
                    column=f"{table}.{place}",
                    value=name,
                )
                for name in names
                if name not in known and not (place == "columns" and name.startswith("="))
            ]
    if found:
        raise InputError(found)
    return declared


# --- our rows ---


def of_rosters(folder: Path, roster: Rosters) -> dict[str, Rows]:
    """The four tables of a round as its files have them: the rows that are used."""
    made = {}
    for table in schema.TITLES:
        used, raw = getattr(roster, table).index, parts.read(folder, table).frame
        made[table] = [
            {header: _text(row.get(header)) for header in OURS[table]}
            for row in raw.loc[raw.index.isin(used)].to_dict("records")
        ]
    return made


def _text(value: Any) -> str:
    return "" if value is None or value != value else cells.as_text(value)  # noqa: PLR0124 - NaN


def of_draw(record: Record) -> Rows:
    """The drawn list: a row for each target of each task, with who goes there now."""
    numbers, people = lists.visit_numbers(record), lists.names(record, "officers")
    names = {table: lists.names(record, table) for table in ("targets", "tasks", "items")}
    visits = {visit["id"]: visit for visit in record["visits"]}
    tasks = {task["id"]: task["internal"]["items"] for task in record["tables"]["tasks"]}
    going: dict[str, dict[str, list[str]]] = {"officers": {}, "experts": {}}
    for kind, taken in protocol.teams_now(record).items():
        for seat in taken:
            going[kind].setdefault(seat["visit"], []).append(seat["officer"])
    window = record["parameters"]["window"]
    made = []
    for part in record["drawn"]:
        for target in sorted(protocol.drawn_ids(part), key=numbers.__getitem__):
            items = [i for i in visits[target]["items"] if i in tasks[part["task"]]]
            officers = going["officers"].get(target, [])
            values = (
                part["task"],
                names["tasks"][part["task"]],
                numbers[target],
                target,
                names["targets"][target],
                "、".join(items),
                "、".join(names["items"][i] for i in items),
                "、".join(people[o] for o in officers),
                "、".join(officers),
                "、".join(people[o] for o in going["experts"].get(target, [])),
                window["start"],
                window["end"],
            )
            made.append(dict(zip(DRAWN, values, strict=True)))
    return made


def of_results(record: Record, results: Record) -> Rows:
    """The archived results, a row for each visit and item."""
    heads = {c.key: c.header for c in schema.LATER["results"]}
    return [
        {head: _text(row.get(key)) for key, head in heads.items()}
        for row in resultforms.form_rows(record, results)
        if row.get("results")
    ]


# --- their layout ---


def laid_out(table: str, layout: Layout, rows: Iterable[Mapping[str, str]]) -> Rows:
    """Our rows as the platform takes them; ``InputError`` for words that have no counterpart."""
    made, unknown = [], Counter[tuple[str, str]]()
    for row in rows:
        line = {}
        for theirs, ours in layout.columns.items():
            text = ours[1:] if ours.startswith("=") else row[ours]
            if (known := layout.words.get(ours)) is not None and text:
                unknown[ours, text] += text not in known
                text = known.get(text, text)
            line[theirs] = text
        made.append(line)
    if problems := [
        Problem(
            "R31",
            f"有 {count} 行写着这个词，没有写明平台怎样写",
            f'请在 [{table}.words."{column}"] 中加一行',
            file=FILE,
            column=f"{table}.words.{column}",
            value=text,
        )
        for (column, text), count in sorted(unknown.items())
        if count
    ]:
        raise InputError(problems)
    return made


def write(platform: Platform, tables: Mapping[str, Rows], folder: Path) -> list[Path]:
    """Write each table as a workbook to import; the paths. ``InputError`` before anything is
    written, errors of files as :func:`ssj.base.files.write_all` has them.
    """
    made = {table: laid_out(table, platform.of(table), rows) for table, rows in tables.items()}
    paths = []
    for table, rows in made.items():
        layout = platform.of(table)
        page = writing.sheet(rows, {name: name for name in layout.columns})
        paths.append(folder / f"{layout.file}.xlsx")
        writing.write_workbook(paths[-1], {layout.sheet: page})
    return paths


# --- what the platform holds ---


@dataclass(frozen=True)
class Compared:
    """A table against the platform's: counts, and every difference (keys as ``FOUND``)."""

    table: str
    ours: int
    theirs: int
    same: int
    rows: list[dict[str, Any]]


def compare(table: str, layout: Layout, rows: Rows, path: Path) -> Compared:
    """Our rows, laid out, against the table that the platform gave out. What their table has no
    column for is not compared. ``InputError`` if it can't be read.
    """
    ours_key = KEYS[table]
    key = next((theirs for theirs, ours in layout.columns.items() if ours == ours_key), None)
    if key is None:
        raise SsjError(
            f"platform.toml 的 [{table}] 没有写明哪一列是“{ours_key}”", "请补上，才能逐行对照。"
        )
    theirs = _given(path, dict.fromkeys(layout.columns, False) | {key: True})
    columns = [name for name in layout.columns if name in theirs.frame.columns]
    mine = {cells.plain(row[key]): row for row in laid_out(table, layout, rows)}
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    same = 0
    for at, row in zip(theirs.frame.index, theirs.frame.to_dict("records"), strict=True):
        identifier = cells.plain(_text(row[key]))
        own, place = mine.get(identifier), {"key": _text(row[key]), "row": int(at)}
        if identifier in seen:
            found.append({"result": "平台重复", **place})
        elif own is None:
            found.append({"result": "平台多出", **place})
        else:
            differ = [
                {"result": "不同", **place, "column": name, "ours": own[name], "theirs": text}
                for name in columns
                if cells.plain(text := _text(row[name])) != cells.plain(own[name])
            ]
            found += differ
            same += not differ
        seen.add(identifier)
    missing = [row[key] for identifier, row in mine.items() if identifier not in seen]
    found += [{"result": "平台缺少", "key": name} for name in missing]
    return Compared(table, len(mine), len(theirs.frame), same, found)


def _given(path: Path, headers: Mapping[str, bool]) -> Table:
    try:
        table = rawtables.read(path, headers)
    except Unreadable as error:
        raise SsjError(f"{path.name} 读不出来：{error}", "请从平台重新导出。") from error
    if errors := [p for p in table.problems if p.severity == "error"]:
        raise InputError(errors)
    return table


def file_of(folder: Path, layout: Layout, table: str) -> Path | None:
    """The platform's table in a folder, by its own name or that of ours."""
    for stem in (layout.file, TITLES[table], table):
        if places.exists(folder, stem):
            return places.find(folder, stem)
    return None


def workbook(found: Iterable[Compared], facts: Iterable[tuple[str, Any]]) -> writing.Sheets:
    """平台名录核对.xlsx: a sheet for each table with its differences."""
    found = list(found)
    said = [(TITLES[one.table], told(one)) for one in found]
    sheets = {"说明": writing.about([], *facts, *said)}
    return sheets | {TITLES[one.table]: writing.sheet(one.rows, FOUND) for one in found}


def told(one: Compared) -> str:
    """What came of a table, in words."""
    counts = Counter(row["result"] for row in one.rows)
    more = "".join(
        f"，{name} {counts[name]} {'处' if name == '不同' else '行'}"
        for name in ("平台缺少", "平台多出", "平台重复", "不同")
        if counts[name]
    )
    return f"本系统 {one.ours} 行，平台 {one.theirs} 行，一致 {one.same} 行{more}"


def require_found(folder: Path, found: Iterable[object]) -> None:
    """``SsjError`` if there was nothing to compare."""
    if not list(found):
        names = quoted(f"{title}.xlsx" for title in schema.TITLES.values())
        raise SsjError(
            f"{folder} 中没有可以对照的表",
            f"请放入平台导出的表，文件名如 {names}，或照 {FILE} 写的。",
        )
