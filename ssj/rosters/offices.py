"""Lists of other offices (工商登记, 施工许可 …) in a round's folder ``outside/``: read in any
layout, whatever else they hold.

The file's name is its source. 名称 is needed; 编号, 类别, 状态 and 不列入理由 are read where they
are. Rows that can't be read are counted, and don't stop anything; what stops a freeze is a file
that can't be read as a whole, and personal numbers, which must not enter an archive. What may be
wrong is declared in ``rules.OFFICES``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from ssj.base.errors import InputError, Problem, quoted
from ssj.rosters.alike import few
from ssj.tables import headings, placeholders, places, rawtables, rules, schema, screens
from ssj.tables.cells import PARSERS, Refused, as_text, word
from ssj.tables.redaction import holds_personal, mask
from ssj.tables.table import Table

FOLDER = TABLE = "outside"
JUNK = (".", "~$", "Thumbs.db")


class Row(NamedTuple):
    """One row as read: id and name blank where there is none; ``unread``: why nothing can be said
    of it.
    """

    row: int
    id: str
    name: str
    category: str = ""
    status: str = ""
    reason: str = ""
    unread: str = ""


@dataclass(frozen=True)
class Listing:
    """One list: its source, the file as people see it, its rows in order, what is wrong, what was
    done on reading.
    """

    source: str
    file: str
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def files(folder: Path) -> list[Path]:
    """The files of ``outside/`` in a round's folder that are tables, by name."""
    return [path for path in _there(folder) if path.suffix.lower() in places.SUFFIXES]


def _there(folder: Path) -> list[Path]:
    place = folder / FOLDER
    return (
        sorted(p for p in place.iterdir() if p.is_file() and not p.name.startswith(JUNK))
        if place.is_dir()
        else []
    )


def read(folder: Path, chosen: Mapping[str, Collection[str]]) -> list[Listing]:
    """The lists of a round's folder; ``chosen``: ``[outside]`` of round.toml. Never raises for what
    the files hold.
    """
    found = [
        _read(path, folder, path.stem, f"{FOLDER}/{path.name}", chosen) for path in files(folder)
    ]
    odd = [
        rules.problem("H20", f"{FOLDER}/{path.name}")
        for path in _there(folder)
        if path.suffix.lower() not in places.SUFFIXES
    ]
    return [
        *found,
        *([Listing("", FOLDER, problems=tuple(odd))] if odd else []),
        *_declared(found, chosen),
    ]


def archived(
    inputs: Path, entries: Iterable[Mapping[str, Any]], chosen: Mapping[str, Collection[str]]
) -> list[Listing]:
    """The same lists as a stage's ``in/`` has them; ``entries``: ``outside`` of its ``stage.json``,
    file → the name that it is kept under.
    """
    found = [
        _read(inputs / e["kept"], inputs, Path(e["file"]).stem, e["file"], chosen) for e in entries
    ]
    return [*found, *_declared(found, chosen)]


def _declared(found: list[Listing], chosen: Mapping[str, Collection[str]]) -> list[Listing]:
    """What is wrong with the sources as a whole."""
    sources = [listing.source for listing in found]
    double = [
        rules.problem("H22", f"{FOLDER}/{source}", source=source)
        for source in sorted(set(sources))
        if sources.count(source) > 1
    ]
    missing = [
        rules.problem("H23", "round.toml", column=f"outside.{source}", source=source, folder=FOLDER)
        for source in sorted(set(chosen) - set(sources))
    ]
    return [Listing("", FOLDER, problems=(*double, *missing))] if double or missing else []


def _read(
    path: Path, home: Path, source: str, file: str, chosen: Mapping[str, Collection[str]]
) -> Listing:
    headers = schema.headers(TABLE)
    try:
        raw = rawtables.read(path, headings.read(home / headings.FILE, TABLE, headers))
    except InputError as error:
        return Listing(source, file, problems=error.problems)
    at = {c.key: raw.titles.get(c.header, c.header) for c in schema.LATER[TABLE]}
    # many columns are not for us
    found = [
        replace(p, file=file)
        for p in raw.problems
        if p.code != "F08" and (p.code != "F11" or p.column in at.values())
    ]
    whole = [
        p
        for p in found
        if p.severity == "error" and (p.row is None or p.code in ("F06", "F07", "F15"))
    ]
    if whole:
        return Listing(source, file, problems=tuple(found))
    problems = [replace(p, severity="warning") for p in found]
    place: dict[str, Any] = {"file": file, "sheet": raw.sheet}
    if source in chosen and "类别" not in raw.frame:
        problems.append(rules.problem("H24", **place, source=source))
    for header in raw.frame.columns:
        if header != "编号" and (
            some := [
                text
                for text in screens.with_long_numbers(screens.texts(raw.frame[header]))
                if holds_personal(text)
            ]
        ):
            cells = zip(raw.frame.index, raw.frame[header], strict=True)
            row = next(n for n, cell in cells if cell in some)
            problems.append(
                rules.problem(
                    "H21",
                    **place,
                    row=int(row),
                    column=mask(str(header)),
                    value=mask(some[0])[:60],
                    count=len(some),
                )
            )
    garbled = {p.row: p.message for p in problems if p.code == "F11" and p.column == at["name"]}
    columns = {
        c.key: raw.frame[c.header].tolist() if c.header in raw.frame else [None] * len(raw.frame)
        for c in schema.LATER[TABLE]
    }
    rows = []
    for row, code, written, category, status, reason in zip(
        raw.frame.index, *columns.values(), strict=True
    ):
        own, name, why = "", "" if row in garbled or _vacant(written) else as_text(written), ""
        try:
            own = PARSERS["id"](code) if code is not None and not _vacant(code) else ""
        except Refused as refused:
            why = rules.RULE[refused.rule].message
            problems.append(
                rules.problem(
                    "H25",
                    **place,
                    row=int(row),
                    column=at["code"],
                    value=mask(as_text(code))[:60],
                    why=why,
                )
            )
        if not own and not name:
            why = garbled.get(row) or why or "编号和名称都是空的"
            problems.append(rules.problem("H26", **place, row=int(row)))
        rows.append(
            Row(
                int(row),
                own,
                name,
                word(category),
                word(status),
                as_text(reason),
                "" if own or name else why,
            )
        )
    return Listing(
        source, file, tuple(rows), tuple(few(problems)), tuple(_notes(raw, file, len(rows)))
    )


def _vacant(cell: object) -> bool:
    """Whether a cell holds a text that stands for no value."""
    return isinstance(cell, str) and bool(placeholders.rule(cell))


def _notes(raw: Table, file: str, count: int) -> Iterable[str]:
    yield f"{file}：读取 {count} 行。"
    yield from (
        f"{file} 的{quoted([title])}列按“{header}”读取。" for header, title in raw.titles.items()
    )
    for why in dict.fromkeys(raw.left_out.values()):
        yield (
            f"{file} 的第 {'、'.join(str(n) for n, own in raw.left_out.items() if own == why)} "
            f"行是{why}，没有读取。"
        )
    if raw.dropped:
        yield f"{file} 的{quoted(raw.dropped)}列含个人信息，读取时已略去，不进入档案。"


def problems(listings: Iterable[Listing]) -> list[Problem]:
    """All that is wrong with them, errors first."""
    return sorted((p for listing in listings for p in listing.problems), key=lambda p: p.severity)
