"""Sheets of inputs shown again for people, cell by cell in their place, with what is wrong marked
and commented.

Rebuilt from the cells that are read, whatever the file's format. Personal columns are left out,
personal numbers masked; text stays text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from xlsxwriter.utility import xl_rowcol_to_cell

from ssj.base.errors import InputError, Problem
from ssj.tables import located, parts, rawtables, schema, screens, writing
from ssj.tables.grid import PROGRAM, Sheet, Unreadable
from ssj.tables.headings import Headings
from ssj.tables.layout import Header
from ssj.tables.redaction import holds_personal, is_personal, mask

MOST_ROWS = 20_000  # of a sheet shown whole; of a longer one the rows with problems
MOST_COMMENTS = 10_000  # of a sheet, errors first; all cells are coloured
LEFT_OUT = "（含个人信息，未读取）"
LONGEST = 32_000  # characters of a cell
COLOURS = {"": {}, "error": {"bg_color": "#FFC7CE"}, "warning": {"bg_color": "#FFEB9C"}}
SEVERITY = {"error": "错误", "warning": "提醒"}
# long numbers that are exact, as they are
NUMBERS = {"day": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm:ss", "long": "0"}
BORDER = {"border": 1, "border_color": "#D0D7DE"}


@dataclass(frozen=True)
class Original:
    """A sheet that was read: its place, cells that may be shown, header, problems by cell (from 0),
    and the rows to show if not all.
    """

    file: str
    sheet: Sheet
    name: str
    head: Header
    hidden: Collection[int]
    marks: dict[tuple[int, int], list[Problem]] = field(default_factory=dict)
    rows: Sequence[int] | None = None

    @cached_property
    def shown(self) -> dict[int, int]:
        """Row of the file → row of the page, both from 0; empty where they are the same."""
        return {row: n for n, row in enumerate(self.rows or ())}

    def link(self, place: tuple[int, int]) -> str:
        """The link to a cell of the file on this page."""
        row, column = place
        cell = (
            xl_rowcol_to_cell(self.shown[row], column + 1)
            if self.rows is not None
            else xl_rowcol_to_cell(row, column)
        )
        return "internal:'" + self.name.replace("'", "''") + f"'!{cell}"


class Read(NamedTuple):
    """A table's file that was read: where it is, what problems call it, its headings."""

    path: Path
    file: str
    headings: Headings


def of_round(folder: Path) -> Iterator[Read]:
    """The tables of a round's folder, in their order."""
    for table in schema.TITLES | schema.OPTIONAL:
        for path in _files(folder, table):
            with suppress(InputError):
                own = parts.headings_of(folder, table, path.name)
                yield Read(path, path.relative_to(folder).as_posix(), own)


def originals(
    tables: Iterable[Read], problems: Iterable[Problem], taken: Collection[str] = ()
) -> list[Original]:
    """The sheets that were read, in the order of their tables; long ones only where something is
    wrong in a row.

    ``taken``: names that other sheets of the workbook have.
    """
    by_file: dict[str, list[Problem]] = {}
    for problem in problems:
        by_file.setdefault(problem.file, []).append(problem)
    made: list[Original] = []
    for table in tables:
        for sheet, head in _sheets(table):
            here = [p for p in by_file.get(table.file, ()) if p.sheet in ("", sheet.name)]
            names = [*taken, *(one.name for one in made)]
            if found := _original(table, sheet, head, here, names):
                made.append(found)
    return made


def _files(folder: Path, table: str) -> list[Path]:
    """The files of a table; none where these can't be told."""
    try:
        return parts.files(folder, table)
    except InputError:
        return []


def _sheets(table: Read) -> list[tuple[Sheet, Header]]:
    """The sheets of a file that are read, with their headers; none where these can't be told."""
    try:
        found = located.locate(table.path, table.headings)
    except (InputError, Unreadable):
        return []
    return [(found.sheets[at], head) for at, head in found.read]


def _original(
    table: Read, sheet: Sheet, head: Header, problems: list[Problem], taken: Collection[str]
) -> Original | None:
    path, file, own = table
    here = [p for p in problems if p.row is not None]
    long = len(sheet.grid) > MOST_ROWS
    if long and not here:
        return None
    hidden = {at for at, names in enumerate(head.titles) if any(map(is_personal, names))}
    marks: dict[tuple[int, int], list[Problem]] = {}
    columns = _columns(head, own)
    for problem in here:
        for place in _cells(problem, columns, sheet, head):
            marks.setdefault(place, []).append(problem)
    rows = None
    if long:  # rows with errors first, if not all of them have room
        wrong = {row for (row, _), own in marks.items() if _colour(own) == "error"}
        worst = sorted({row for row, _ in marks}, key=lambda row: (row not in wrong, row))
        rows = sorted({*range(head.bottom + 1), *worst[:MOST_ROWS]})
        kept = set(rows)
        marks = {place: own for place, own in marks.items() if place[0] in kept}
    return Original(
        file,
        sheet,
        writing.sheet_name(mask(f"{path.stem} {sheet.name}"), taken),
        head,
        hidden,
        marks,
        rows,
    )


def _columns(head: Header, own: Headings) -> dict[str, list[int]]:
    """Names that problems give a column → its positions."""
    titles = [names[-1] for names in head.titles]
    settled, ambiguous = own.match(
        [() if any(map(is_personal, names)) else names for names in head.titles]
    )
    found: dict[str, list[int]] = {}
    for header, columns in (settled | ambiguous).items():
        said = "、".join(titles[at] for at in columns)
        for name in (header, said, f"{said}（{header}）"):
            found.setdefault(mask(name), columns)
    for title in dict.fromkeys(titles):
        found.setdefault(mask(title), [at for at, other in enumerate(titles) if other == title])
    return found


def _cells(
    problem: Problem, columns: dict[str, list[int]], sheet: Sheet, head: Header
) -> list[tuple[int, int]]:
    """The cells that a problem is about: of a row as a whole its first; of a header all that are
    named so; of several columns the one that is read.
    """
    row, own = (problem.row or 1) - 1, columns.get(problem.column, [0])
    if head.top <= row <= head.bottom:
        return [(row, at) for at in own]
    cells = sheet.grid[row] if row < len(sheet.grid) else []
    return [
        (row, next((at for at in own if at < len(cells) and cells[at] not in (None, "")), own[0]))
    ]


class Pages:
    """Writes originals into a workbook."""

    def __init__(self, book: Any) -> None:
        self.book, self.formats = book, dict[tuple[str, str], Any]()

    def _format(self, kind: str, colour: str) -> Any:
        if (kind, colour) not in self.formats:
            number = {"num_format": NUMBERS[kind]} if kind in NUMBERS else {}
            head = writing.HEAD if kind == "head" else {"valign": "top"}
            grey = {"font_color": "#7F7F7F", "italic": True} if kind == "hidden" else {}
            self.formats[kind, colour] = self.book.add_format(
                {
                    **head,
                    **number,
                    **grey,
                    **(BORDER if kind == "head" or colour else {}),
                    **COLOURS[colour],
                }
            )
        return self.formats[kind, colour]

    def add(self, one: Original) -> None:
        """A sheet; the first column of a shortened one holds the numbers that its rows have in the
        file.
        """
        page, grid, head = self.book.add_worksheet(one.name), one.sheet.grid, one.head
        shown, shift = (range(len(grid)), 0) if one.rows is None else (one.rows, 1)
        kinds = {
            row: "head" if head.top <= row <= head.bottom else "title" if row < head.top else ""
            for row in shown
        }
        merged = _sound(one.sheet.merged) if one.rows is None else []
        covered = {
            (row, at)
            for top, left, bottom, right in merged
            for row in range(top, bottom + 1)
            for at in range(left, right + 1)
        } - {m[:2] for m in merged}
        for top, left, bottom, right in merged:
            page.merge_range(
                top,
                left,
                bottom,
                right,
                "",
                self._format(kinds[top], _colour(one.marks.get((top, left), ()))),
            )
        if shift:
            self._numbers(page, shown, kinds)
        width: dict[int, int] = {}
        masked = _masking(grid, shown)
        for n, row in enumerate(shown):
            for at, raw in enumerate(grid[row]):
                if raw in (None, "") or (row, at) in covered:
                    continue
                cell, kind = (
                    (LEFT_OUT, "hidden")
                    if at in one.hidden and row > head.bottom
                    else _shown(raw, kinds[row], masked)
                )
                colour = _colour(one.marks[row, at]) if (row, at) in one.marks else ""
                writing.write_cell(
                    page,
                    n,
                    at + shift,
                    cell,
                    self._format("day", colour),
                    self._format("time", colour),
                    self._format(kind, colour),
                    raw=True,
                )
                if n < 300 and kind != "title":
                    width[at] = max(width.get(at, 8), writing.width([cell]))
        self._mark(page, one, covered, kinds, shift)
        for at, wide in width.items():
            page.set_column(at + shift, at + shift, wide)
        page.freeze_panes(one.shown.get(head.bottom, head.bottom) + 1 if len(grid) else 0, 0)
        writing.set_up(page)

    def _numbers(self, page: Any, shown: Sequence[int], kinds: dict[int, str]) -> None:
        """The first column of a shortened sheet."""
        for n, row in enumerate(shown):
            if kinds[row] == "":
                page.write_number(n, 0, row + 1, self._format("hidden", ""))
            elif kinds[row] == "head":
                page.write_string(n, 0, "原行号", self._format("head", ""))

    def _mark(
        self,
        page: Any,
        one: Original,
        covered: Collection[tuple[int, int]],
        kinds: dict[int, str],
        shift: int,
    ) -> None:
        """Colours of blank cells, and all comments."""
        for number, ((row, at), own) in enumerate(
            sorted(one.marks.items(), key=lambda pair: (_colour(pair[1]), pair[0]))
        ):
            n = one.shown.get(row, row)
            cells = one.sheet.grid[row] if row < len(one.sheet.grid) else []
            if (row, at) not in covered and (at >= len(cells) or cells[at] in (None, "")):
                page.write_blank(
                    n, at + shift, None, self._format(kinds.get(row, ""), _colour(own))
                )
            if number < MOST_COMMENTS:
                text = "\n".join(said(p) for p in own)[:LONGEST]
                lines = sum(writing.lines_of(line, 44) for line in text.splitlines())
                page.write_comment(
                    n,
                    at + shift,
                    text,
                    {
                        "author": PROGRAM,
                        "width": 330,
                        "height": min(420, 17 * lines + 12),
                        "font_size": 9,
                    },
                )


def said(problem: Problem) -> str:
    """A problem at its cell: ``错误 T01：必填的格是空的。请补上。``"""
    return rawtables.spelt(
        f"{SEVERITY[problem.severity]} {problem.code}：{mask(problem.message)}。"
        f"{problem.remedy.removesuffix('。')}。"
    )


def _shown(cell: Any, kind: str, masked: dict[Any, str]) -> tuple[Any, str]:
    """A cell as it is shown, and its kind of format."""
    if isinstance(cell, str) or (type(cell) in (int, float) and cell in masked):
        return masked.get(cell, cell)[:LONGEST], kind
    return cell, "long" if not kind and type(cell) in (int, float) and 1e10 <= abs(
        cell
    ) < 1e15 and float(cell).is_integer() else kind


def _colour(problems: Sequence[Problem]) -> str:
    return min((p.severity for p in problems), default="")


def _sound(merged: Iterable[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Merged ranges without those that overlap an earlier one."""
    taken: set[tuple[int, int]] = set()
    made = []
    for top, left, bottom, right in merged:
        cells = {(row, at) for row in range(top, bottom + 1) for at in range(left, right + 1)}
        if not cells & taken:
            made.append((top, left, bottom, right))
            taken |= cells
    return made


def _masking(grid: Any, rows: Iterable[int]) -> dict[Any, str]:
    """Cells with a personal number in them → what is shown."""
    distinct = {
        cell
        for row in rows
        for cell in grid[row]
        if isinstance(cell, str) or (type(cell) in (int, float) and 1e10 <= abs(cell) < 1e18)
    }
    texts = {
        cell: cell
        for cell in screens.with_long_numbers([cell for cell in distinct if isinstance(cell, str)])
    }
    numbers = {
        cell: str(int(cell))
        for cell in distinct
        if not isinstance(cell, str) and float(cell).is_integer()
    }
    return {cell: mask(text) for cell, text in (texts | numbers).items() if holds_personal(text)}
