"""Where in a sheet the table is: the rows of its header, one or several with merged cells, and what
belongs to its rows.

Excel shows the value of a merged cell for all the rows that it covers, so that is how it is read. A
merged 编号 makes one record of several rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from ssj.tables import screens
from ssj.tables.redaction import header_text

HEADER_ROWS = 10  # the header stands in one of the first ten rows
DEEPEST = 3  # rows of a header
LEAST_NUMBERED = 3  # columns, for a row that numbers or names them
Grid = Sequence[list[Any]]
Merged = Sequence[tuple[int, int, int, int]]  # top, left, bottom, right, from 0
# what a database calls a column; a class (A, B) is none, nor is a code with digits
FIELD = re.compile(r"[A-Za-z][A-Za-z_.]*[A-Za-z]\d?")
# rows that are no data, by their first cell: examples that templates bring along, instructions, and
# what stands under a table
EXAMPLE = re.compile(r"(示例|样例行|填写示例|例[:：])")
HOW_TO = re.compile(
    r"(填写要求|填报要求|填表要求|填写说明|填表说明|填报说明|必填项?|选填项?|非必填项?)$"
)
# what stands above a group of rows
GROUP = re.compile(r"([(（]?[一二三四五六七八九十]+[、.．)）]|第[一二三四五六七八九十]+[部类章])")
NOTE = re.compile(r"(填表说明|填写说明|填报说明|说明[:：]|注[:：]|备注[:：])")
# examples, notes and titles of groups hold one of these, once NFKC
_MARKS = frozenset("例说注要必选第一二三四五六七八九十小合总累汇计平")
SUBTOTAL = re.compile(
    r".{0,20}?(?:小计|合计|总计|累计|汇总|计数|平均|平均值)[:：]?"
    r"\(?(?:共?[\d,.]+[户家条行项人个]?)?\)?"
)
AMOUNT = re.compile(r"[共计]*[\d,.]+[户家条行项人个件次%]?")
FOOTER = re.compile(
    r"(合计|总计|小计|制表人|填表人|填报人|审核人|负责人|制表日期|填表日期|填报日期|"
    r"填报单位|制表单位|共\d+[户家条行])"
)


@dataclass(frozen=True)
class Header:
    """First and last row of a header, and for each column the texts that may name it, the fullest
    first; a lower title that several have names none of them.
    """

    top: int
    bottom: int
    titles: list[tuple[str, ...]]


def header_row(
    grid: Grid, means: Callable[[str], str], required: Collection[str]
) -> tuple[int, int]:
    """Position of the header's first row, and how many required headers it has.

    It is the first of the first rows with most of them (under a row of a database's field names,
    the one that titles the same columns); else, to report on, the one with most; if
    none has any, the first that is nearly as full as the fullest.
    """
    rows = [
        {header_text(cell) for cell in row if cell not in ("", None)} for row in grid[:HEADER_ROWS]
    ]
    known = [{means(title) for title in row} & set(required) for row in rows]
    hits = [len(own) for own in known]
    for n, hit in enumerate(hits):
        if hit * 2 > len(required) > 0:
            if n + 1 < len(hits) and hits[n + 1] >= hit and _fields(rows[n]):
                return n + 1, hits[n + 1]  # names of fields, and under them the titles
            above = n > 0 and known[n - 1] and _goes_on(grid, n - 1, means)
            return (n - 1, len(known[n - 1] | known[n])) if above else (n, hit)
    for n in range(len(hits) - 1):  # over two lines
        both = len(known[n] | known[n + 1])
        if both * 2 > len(required) > 0 and _goes_on(grid, n, means):
            return n, both
    full = max(map(len, rows), default=0)
    best = max(
        range(len(rows)), key=lambda n: (hits[n], len(rows[n]) * 3 >= full * 2, -n), default=0
    )
    return best, hits[best] if hits else 0


def header(
    grid: Grid, top: int, merged: Merged, means: Callable[[str], str] | None = None
) -> Header:
    """The header that begins in row ``top``: as deep as the merged cells that begin there, and not
    deeper than ``DEEPEST``; without such cells two lines, if the second names what the first leaves
    open.
    """
    if not grid:
        return Header(0, 0, [])
    deep = [bottom for first, _, bottom, _ in merged if first == top < bottom < top + DEEPEST]
    under = top + 1 if means and not deep and _goes_on(grid, top, means) else top
    bottom = min(max(deep, default=under), len(grid) - 1)
    width = max(len(row) for row in grid[top : bottom + 1])
    block = [
        [header_text(cell) if cell is not None else "" for cell in row] + [""] * (width - len(row))
        for row in grid[top : bottom + 1]
    ]
    for first, left, last, right in merged:  # a title over several columns belongs to each of them
        if top <= first and last <= bottom:
            for at in range(left, min(right, width - 1) + 1):
                block[first - top][at] = block[first - top][left]
    names = [_names([row[at] for row in block]) for at in range(width)]
    lowest = Counter(own[-1] for own in names)
    return Header(top, bottom, [own if lowest[own[-1]] == 1 else own[:1] for own in names])


def _goes_on(grid: Grid, top: int, means: Callable[[str], str]) -> bool:
    """Whether the row under ``top`` goes on with the header: most of its texts are known titles,
    and it has none under a known title of ``top``.
    """
    if top + 1 >= len(grid):
        return False
    first, second = (
        [header_text(cell) if cell is not None else "" for cell in grid[n]] for n in (top, top + 1)
    )
    first += [""] * (len(second) - len(first))
    below = [(at, title) for at, title in enumerate(second) if title]
    known = [title for _, title in below if means(title)]
    return len(known) * 2 >= len(below) > 0 and not any(means(first[at]) for at, _ in below)


def _names(parts: Sequence[str]) -> tuple[str, ...]:
    """``_names(["抽查项目", "抽查事项"]) == ("抽查项目抽查事项", "抽查事项")``."""
    own = [part for n, part in enumerate(parts) if part and part not in parts[:n]]
    return tuple(dict.fromkeys(["".join(own), own[-1]])) if own else ("",)


def filled(grid: Grid, below: int, merged: Merged) -> Grid:
    """The grid with merged cells under row ``below`` filled down: each row that one covers has its
    value.
    """
    tall = [m for m in merged if m[0] > below and m[2] > m[0]]
    if not tall:
        return grid
    result = [list(row) for row in grid]
    for top, left, bottom, _ in tall:
        value = result[top][left] if top < len(result) and left < len(result[top]) else None
        for row in result[top + 1 : bottom + 1]:
            row.extend([None] * (left + 1 - len(row)))
            row[left] = value
    return result


def records(merged: Merged, column: int, below: int) -> dict[int, int]:
    """Rows that go on with the record of an earlier one, since the cell that names it is merged:
    row → the record's first row.
    """
    return {
        row: top
        for top, left, bottom, right in merged
        if left <= column <= right and top > below
        for row in range(top + 1, bottom + 1)
    }


def marked(cells: Collection[Any]) -> set[str]:
    """Those cells, among the first ones of rows, that may begin an example or a note: all others
    can't.
    """
    return set(screens.with_forms_of(screens.texts(cells), _MARKS))


def wide(merged: Merged, below: int, width: int) -> set[int]:
    """Rows under row ``below`` with a cell merged over three columns or more, and half of the
    table.
    """
    return {
        top
        for top, left, bottom, right in merged
        if top > below and top == bottom and right - left + 1 >= max(3, width / 2)
    }


def numbering(row: Sequence[Any]) -> bool:
    """Whether a row under the header only numbers the columns: 1, 2, 3 …, perhaps after 甲, 乙."""
    texts = [header_text(cell).strip("()") for cell in row if cell not in (None, "")]
    texts = texts[len([text for text in texts[:2] if text in ("甲", "乙", "栏次")]) :]
    return len(texts) >= LEAST_NUMBERED and texts == [str(n + 1) for n in range(len(texts))]


def numbers_or_names(row: Sequence[Any]) -> str:
    """What a row right under the header is, if it says nothing but what the columns are called
    elsewhere: ``列号行``, ``字段名行`` (XYDM, ent_name …).
    """
    if numbering(row):
        return "列号行"
    return "字段名行" if _fields([cell for cell in row if cell not in (None, "")]) else ""


def _fields(cells: Collection[Any]) -> bool:
    return len(cells) >= LEAST_NUMBERED and all(
        isinstance(cell, str) and FIELD.fullmatch(cell.strip()) for cell in cells
    )


def titles_again(row: Sequence[Any], titles: Sequence[Collection[str]]) -> bool:
    """Whether a row repeats the header, as each page of a printed list begins with it."""
    held = [(at, cell) for at, cell in enumerate(row) if cell not in (None, "")]
    return len(held) > 1 and all(
        at < len(titles) and isinstance(cell, str) and header_text(cell) in titles[at]
        for at, cell in held
    )


def no_data(row: Sequence[Any], last_rows: bool, wide: bool = False) -> str:
    """Why a row is no data: ``示例行``, ``说明行``, ``小计行``, ``小标题行``, ``表尾``; empty if
    it is.

    Notes and footers have one or two cells, examples any number, the title of a group one, merged
    over the columns (``wide``) or numbered.
    """
    cells = [str(cell).strip() for cell in row if cell not in (None, "")]
    if not cells:
        return ""
    first = header_text(cells[0])
    if EXAMPLE.match(first):
        return "示例行"
    if HOW_TO.match(first) or (len(cells) <= 2 and NOTE.match(first)):
        return "说明行"
    if (
        len(cells) <= max(2, len(row) // 2)
        and SUBTOTAL.fullmatch(first)
        and all(AMOUNT.fullmatch(header_text(cell)) for cell in cells[1:])
    ):
        return "小计行"
    if last_rows and FOOTER.match(first) and len(cells) <= 6:
        return "表尾"
    return "小标题行" if len(cells) == 1 and (wide or GROUP.match(first)) else ""
