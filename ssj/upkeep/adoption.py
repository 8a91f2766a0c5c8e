"""采用上级清单 (``ssj adopt``): the next version of a round's item list, made from the upper
level's list and the round's own.

Nothing is put in force: ``items.adopted.xlsx`` lies beside items.xlsx, with all differences, what
has to be filled in and what a person must decide; somebody who has gone through it renames it. An
upper item is ours if 上级编号 is its number, else 事项编号, else name and 抽查子项 are the same;
several that could be meant are left to a person. Items of our own (来源 自建, or blank and not in
the upper list) and those of other lists stay as they are. Words that only we can know (whose
department, which of our categories) are never overwritten, only compared.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from ssj import protocol
from ssj.base import formats
from ssj.base.errors import InputError, RefusedError, SsjError, quoted
from ssj.rosters.item_versions import OWN
from ssj.tables import headings, parts, placeholders, rawtables, sheets, writing
from ssj.tables.cells import PARSERS, Refused, as_text, choice, word
from ssj.tables.frames import records_of
from ssj.tables.schema import COLUMNS, TITLES, Column, headers, label
from ssj.tables.table import Table

NAME, SOURCES = "items.adopted.xlsx", "来源"
# What the upper list decides, and what only we can
THEIRS = (
    "name",
    "basis",
    "content",
    "method",
    "kind",
    "sub",
    "ratio_limit",
    "frequency",
    "guide",
    "ends",
)
OURS = ("department", "categories", "specialities", "expert")
KEPT, UNCLEAR, GONE = "与上级不同，保留本级", "请人核对，没有改动", "上级清单已没有，没有写失效日期"
SIGNS = ("origin_id", "id", "name")  # by which an item is recognised, the surest first
_COLUMNS = {column.key: column for column in COLUMNS["items"]}

Row = dict[str, Any]  # header → raw cell


@dataclass
class Adoption:
    """The next version: ``rows`` (``titles`` in order), what was changed, and what a person has to
    see to; ``read``: rows of both lists.
    """

    titles: list[str]
    rows: list[Row] = field(default_factory=list)
    # id, name, change, field, before, after
    changes: list[tuple[str, str, str, str, str, str]] = field(default_factory=list)
    open: list[tuple[str, str, str, str]] = field(default_factory=list)  # id, name, what, detail
    notes: list[str] = field(default_factory=list)
    read: tuple[int, int] = (0, 0)
    untouched: int = 0

    def lacking(self) -> list[tuple[int, str, str, tuple[str, ...]]]:
        """Rows (as Excel will count) with the required columns that are blank: row, id, name,
        headers.
        """
        needed = [column for column in COLUMNS["items"] if column.required]
        found = []
        for number, row in enumerate(self.rows, 2):
            if blank := tuple(c.header for c in needed if as_text(row.get(c.header)) == ""):
                found.append((number, _text(row, "id"), _text(row, "name"), blank))
        return found

    def counts(self) -> dict[str, int]:
        kinds = Counter(kind for _, _, kind, *_ in self.changes)
        updated = len({(code, name) for code, name, kind, *_ in self.changes if kind == "变更"})
        return {
            "更新": updated,
            "新增": kinds["新增"],
            "失效": kinds["失效"],
            "请人核对": len(self.open),
            "没有变动的本级事项": self.untouched,
        }


def _text(row: Row, key: str) -> str:
    return as_text(row.get(label("items", key)))


def _value(key: str, cell: Any) -> Any:
    """A cell as it is compared: typed where it can be, else plain text."""
    column = _COLUMNS[key]
    if cell is None:
        return ""
    try:
        if column.words is not None:
            return choice(cell, column.words)
        if column.kind in ("words", "ids"):
            return frozenset(PARSERS[column.kind](cell))
        return word(cell).upper() if column.kind in ("text", "code") else PARSERS[column.kind](cell)
    except Refused:
        return word(cell).upper()


def _understood(column: Column, cell: Any) -> bool:
    try:
        choice(cell, column.words) if column.words is not None else PARSERS[column.kind](cell)
    except Refused:
        return False
    return True


def upper_list(path: Path) -> Table:
    """The upper level's list, in any layout that the reader knows; it may lack some of the required
    columns, not the names of the items. ``InputError`` if it can't be read.
    """
    own = headings.read(path.parent / headings.FILE, "items", headers("items"))
    found = rawtables.read(path, own, partial=True)
    lacks = found.frame.empty or label("items", "name") not in found.frame.columns
    if errors := [
        p for p in found.problems if p.severity == "error" and (lacks or p.code != "F06")
    ]:
        raise InputError(errors)
    return found


def chosen_rows(found: Table, where: Iterable[str]) -> Table:
    """The rows of a list that meet every ``列名=内容`` (one of several contents set off by 、).
    ``SsjError`` where one is written otherwise or names no column of the list.
    """
    frame = found.frame
    for condition in where:
        header, _, text = (part.strip() for part in condition.partition("="))
        column = next((h for h in frame.columns if h == header), None) or next(
            (h for h, title in found.titles.items() if title == header), None
        )
        if not text or column is None:
            raise SsjError(
                f"筛选条件“{condition}”不能用",
                f"请写成 列名=内容，如 抽查主体=省住建厅；清单的列有：{quoted(frame.columns)}。",
            )
        wanted = {word(part) for part in text.split("、")}
        frame = frame[[word(cell) in wanted for cell in frame[column]]]
    if where and frame.empty:
        raise SsjError("没有一行符合筛选条件", "请核对 --where 的内容，写法要与清单相同。")
    return replace(found, frame=frame)


def adopted(
    own: Table,
    upper: Table,
    origin: str,
    replaces: Iterable[str] = (),
    effective: dt.date | None = None,
) -> Adoption:
    """The next version of ``own`` after ``upper``; pure, nothing is written."""
    lists = {word(name) for name in (origin, *replaces)}
    theirs = [
        {
            header: None if isinstance(cell, str) and placeholders.rule(cell) else cell
            for header, cell in row.items()
            if header in headers("items")
        }
        for row in records_of(upper.frame)
    ]
    mine = records_of(own.frame)
    extra = [
        header
        for header in headers("items")
        if header not in own.frame.columns
        and (
            header in [label("items", key) for key in ("effective", "ends", "origin", "origin_id")]
            or any(row.get(header) is not None for row in theirs)
        )
    ]
    made = Adoption([*own.frame.columns, *extra], mine, read=(len(mine), len(theirs)))
    candidates = [n for n, row in enumerate(mine) if word(row.get(SOURCES)) in ("", *lists)]
    used = {word(_text(row, "id")).upper() for row in mine}
    taken, spared, fresh = _matched(made, mine, candidates, theirs)
    for n, row in enumerate(mine):
        if n in taken:
            _update(made, row, taken[n], origin)
        elif (
            n in candidates
            and n not in spared
            and word(row.get(SOURCES))
            and row.get(label("items", "ends")) is None
        ):
            _end(made, row, effective)
        else:
            made.untouched += 1
    for row in fresh:
        if any(_same_name(row, other) for other in mine if word(other.get(SOURCES)) == OWN):
            made.open.append(
                (
                    _text(row, "id"),
                    _text(row, "name"),
                    UNCLEAR,
                    "本级有同名的自建事项；已作为新事项列入，请核对",
                )
            )
        _append(made, row, origin, effective, used)
    return made


def _matched(
    made: Adoption, mine: list[Row], candidates: list[int], theirs: list[Row]
) -> tuple[dict[int, Row], set[int], list[Row]]:
    """Row of ours → the upper one that it is; rows of ours that the upper list may still have;
    upper rows that are new.

    The surest sign first, for all rows: once a row is known by its number in the upper list,
    nothing is taken for it by name.
    """
    taken: dict[int, Row] = {}
    spared: set[int] = set()
    surest = [next(key for sign in SIGNS if (key := _key(sign, row, True))) for row in theirs]
    count = Counter(surest)
    twice, left = (
        [row for row, key in zip(theirs, surest, strict=True) if (count[key] > 1) is several]
        for several in (True, False)
    )

    def leave(row: Row, why: str) -> None:
        made.open.append((_text(row, "id"), _text(row, "name"), UNCLEAR, f"{why}，没有采用"))

    for row in twice:
        leave(row, "上级清单中有几行编号或名称相同")
    for sign in SIGNS:
        ours: dict[tuple[str, ...], list[int]] = {}
        for n in candidates:
            if n not in taken and (key := _key(sign, mine[n], False)):
                ours.setdefault(key, []).append(n)
        same, rest = Counter(_key(sign, row, True) for row in left), []
        spared.update(n for row in twice for n in ours.get(_key(sign, row, True), ()))
        for row in left:
            key = _key(sign, row, True)
            found = ours.get(key, [])
            if not found:
                rest.append(row)
            elif len(found) == same[key] == 1:
                taken[found[0]] = row
            else:
                leave(
                    row,
                    f"可能是本级的几个事项：{'、'.join(_text(mine[n], 'id') for n in found)}"
                    if len(found) > 1
                    else f"上级清单中有 {same[key]} 行像是本级的 {_text(mine[found[0]], 'id')}",
                )
                spared.update(found)
        left = rest
    return taken, spared - set(taken), left


def _key(sign: str, row: Row, upper: bool) -> tuple[str, ...]:
    """What an item is recognised by; empty if it has none. An upper item's own number is what ours
    has as 上级编号.
    """
    if sign == "name":
        return sign, word(_text(row, "name")), word(_text(row, "sub"))
    key = "origin_id" if sign == "origin_id" and not upper else "id"
    text = word(_text(row, key)).upper() if upper or sign == "id" or _text(row, "origin") else ""
    return (sign, text) if text else ()


def _same_name(row: Row, other: Row) -> bool:
    return _key("name", row, True) == _key("name", other, True)


def _update(made: Adoption, row: Row, new: Row, origin: str) -> None:
    code, name = _text(row, "id"), _text(row, "name")
    wanted = {key: new.get(label("items", key)) for key in THEIRS} | {
        "origin": origin,
        "origin_id": new.get(label("items", "id")),
    }
    for key, cell in wanted.items():
        header = label("items", key)
        if cell is None or _value(key, cell) == _value(key, row.get(header)):
            continue
        if not _understood(_COLUMNS[key], cell):
            made.open.append(
                (code, name, UNCLEAR, f"上级的“{header}”写法不能识别：{as_text(cell)}")
            )
            continue
        made.changes.append((code, name, "变更", header, as_text(row.get(header)), as_text(cell)))
        row[header] = cell
    for key in OURS:
        header = label("items", key)
        if new.get(header) is not None and _value(key, new[header]) != _value(key, row.get(header)):
            made.open.append(
                (
                    code,
                    name,
                    KEPT,
                    f"{header}：本级“{as_text(row.get(header))}”，上级“{as_text(new[header])}”",
                )
            )
    if row.get(label("items", "ends")) is not None and new.get(label("items", "ends")) is None:
        made.open.append(
            (
                code,
                name,
                UNCLEAR,
                f"本级已写失效日期 {as_text(row[label('items', 'ends')])}，上级清单中仍有",
            )
        )


def _end(made: Adoption, row: Row, effective: dt.date | None) -> None:
    code, name = _text(row, "id"), _text(row, "name")
    if effective is None:
        made.open.append((code, name, GONE, "没有写 --effective，请核对后填失效日期"))
        return
    row[label("items", "ends")] = effective - dt.timedelta(1)
    made.changes.append(
        (code, name, "失效", label("items", "ends"), "", (effective - dt.timedelta(1)).isoformat())
    )


def _append(
    made: Adoption, new: Row, origin: str, effective: dt.date | None, used: set[str]
) -> None:
    row = dict(new)
    number, plain = new.get(label("items", "id")), word(_text(new, "id")).upper()
    if plain and plain in used:
        made.open.append(
            (
                _text(new, "id"),
                _text(new, "name"),
                UNCLEAR,
                "上级的编号在本级是另一个事项；事项编号留空，请另编",
            )
        )
        row[label("items", "id")] = None
    used.add(plain)
    row |= {label("items", "origin"): origin, label("items", "origin_id"): number}
    if row.get(label("items", "effective")) is None:
        row[label("items", "effective")] = effective
    made.rows.append(row)
    made.changes.append((_text(row, "id"), _text(row, "name"), "新增", "", "", ""))


def adopt(
    folder: Path,
    file: Path,
    origin: str,
    replaces: Iterable[str],
    effective: dt.date | None,
    today: dt.date,
    where: Sequence[str] = (),
) -> tuple[Adoption, Path]:
    """Make the next version from the folder's items and the file, and write it beside them; never
    over them, never over one that is being worked on.
    """
    target = folder / NAME
    if target.exists():
        raise RefusedError(
            f"已有 {target.as_posix()}，可能正在核对、补填",
            "核对完的，改名为 items.xlsx（原来的另存）；不要了的，删去以后再运行。",
        )
    source, *entries = parts.files(folder, "items")
    chosen = parts.headings_of(folder, "items")
    own, whole = parts.read(folder, "items"), upper_list(file)
    upper = chosen_rows(whole, where)
    if errors := rawtables.unreadable(own):
        raise InputError(errors)
    made = adopted(own, upper, origin, replaces, effective)
    if where:
        made.notes.append(
            f"{file.name} 共 {len(whole.frame)} 行，"
            f"符合 {'、'.join(where)} 的 {len(upper.frame)} 行"
        )
    made.notes += [
        f"{file.name} 的“{title}”列按“{header}”读取" for header, title in upper.titles.items()
    ]
    made.notes += [
        f"items/{path.name} 的行已并入，改名以后请把这个文件移走"
        for path in entries
        if path.name == parts.ENTRIES
    ]
    # as mapping.toml wants them
    titles = {header: chosen.chosen[header][0] for header in chosen.chosen}
    listed = pd.DataFrame(
        [[row.get(header) for header in made.titles] for row in made.rows],
        columns=[titles.get(h, h) for h in made.titles],
        dtype=object,
    )
    counts = made.counts()
    # the hash in groups of five: no run of digits in it can pass for a telephone number, for which
    # the archive's copy would lose the sheet
    kept = {
        "来源": origin,
        "采用日期": today.isoformat(),
        "文件": file.name,
        "文件校验码": formats.grouped(protocol.sha256(file.read_bytes()), 5),
        "施行日期": effective.isoformat() if effective else "",
        "代替": "、".join(replaces),
        "更新": counts["更新"],
        "新增": counts["新增"],
        "失效": counts["失效"],
    }
    pages = {
        TITLES["items"]: listed,
        "采用说明": pd.DataFrame(
            made.changes, columns=["编号", "名称", "变动", "栏目", "原值", "现值"], dtype=object
        ),
        "需补填": pd.DataFrame(
            [(row, code, name, "、".join(blank)) for row, code, name, blank in made.lacking()],
            columns=["行", "编号", "名称", "空着的必填列"],
            dtype=object,
        ),
        "请人核对": pd.DataFrame(made.open, columns=["编号", "名称", "情况", "说明"], dtype=object),
        SOURCES: pd.DataFrame([*_earlier(source, list(kept)), kept], dtype=object),
    }
    writing.write_workbook(target, pages)
    return made, target


def _earlier(source: Path, titles: list[str]) -> list[Row]:
    """What the present list's sheet 来源 says of earlier adoptions."""
    found = [sheet.grid for sheet in sheets.sheets_of(source)[1] if sheet.name == SOURCES]
    grid = [list(row) for row in found[0]] if found else []
    return (
        [dict(zip(titles, row, strict=False)) for row in grid[1:]]
        if grid and grid[0][: len(titles)] == titles
        else []
    )
