"""Tables that other systems write as mark-up and call .xls: HTML, web archives (MHTML) and
SpreadsheetML 2003. Texts stay as they are written; merged cells keep their ranges.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import NamedTuple
from xml.etree import ElementTree as ET

MOST_SPAN = 1000  # rows or columns that one cell may cover
MOST_ROWS, MOST_COLUMNS = 200_000, 104  # of a table
_BREAKS = {"br", "p", "div", "li"}
_UNSEEN = {"style", "script", "title"}


class Page(NamedTuple):
    """A table with its name: rows of texts, merged cells as top, left, bottom, right, from 0."""

    name: str
    rows: list[list[str | None]]
    merged: list[tuple[int, int, int, int]]


class Grid:
    """Rows that are filled cell by cell, passing over what a merged cell covers."""

    def __init__(self) -> None:
        self.rows: list[list[str | None]] = []
        self.merged: list[tuple[int, int, int, int]] = []
        self.taken: set[tuple[int, int]] = set()

    def row(self, at: int | None = None) -> None:
        """Begin the next row, or the one of that position."""
        place = len(self.rows) if at is None else at
        if place > MOST_ROWS:
            raise ValueError
        self.rows += [[] for _ in range(place + 1 - len(self.rows))]

    def cell(self, text: str, down: int = 1, across: int = 1, at: int | None = None) -> None:
        """Put a cell into the last row, at the next free place or at that position."""
        top, row = len(self.rows) - 1, self.rows[-1]
        left = len(row) if at is None else at
        while (top, left) in self.taken:
            left += 1
        if left > MOST_COLUMNS:
            raise ValueError
        row.extend([None] * (left + 1 - len(row)))
        row[left] = text
        down, across = min(down, MOST_SPAN), min(across, MOST_SPAN)
        if down > 1 or across > 1:
            self.merged.append((top, left, top + down - 1, left + across - 1))
            self.taken |= {
                (n, m)
                for n in range(top, top + down)
                for m in range(left, left + across)
                if (n, m) != (top, left)
            }


class _Tables(HTMLParser):
    """The tables of a page of HTML; one inside another is one of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Grid] = []
        self.open: list[Grid] = []
        self.text: list[str] | None = None
        self.span = (1, 1)
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag == "table":
            self._close()
            self.open.append(Grid())
            self.found.append(self.open[-1])
        elif tag == "tr" and self.open:
            self._close()
            self.open[-1].row()
        elif tag in ("td", "th") and self.open:
            self._close()
            if not self.open[-1].rows:
                self.open[-1].row()
            own = dict(attrs)
            self.text = []
            self.span = (_number(own.get("rowspan")), _number(own.get("colspan")))
        elif tag in _BREAKS and self.text:
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag in ("td", "th", "tr"):
            self._close()
        elif tag == "table" and self.open:
            self._close()
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.unseen:
            self.text.append(data)

    def _close(self) -> None:
        """The end of a cell, whether its tag is closed or not."""
        if self.text is not None and self.open:
            lines = "".join(self.text).replace("\u00a0", " ").split("\n")
            lines = [" ".join(line.split()) for line in lines]
            self.open[-1].cell("\n".join(filter(None, lines)), *self.span)
        self.text = None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() and int(text) > 0 else 1


def looks_like_html(text: str) -> bool:
    return bool(re.search(r"<(?:html|table|tr)\b", text[:20_000], re.IGNORECASE))


def html(text: str) -> list[Page]:
    """The tables of a page that hold anything."""
    parser = _Tables()
    parser.feed(text)
    parser.close()
    held = [grid for grid in parser.found if any(cell for row in grid.rows for cell in row)]
    return [Page(f"第 {n} 个表", grid.rows, grid.merged) for n, grid in enumerate(held, 1)]


def looks_like_archive(data: bytes) -> bool:
    return bool(re.match(rb"\s*(?:MIME-Version:|From:|Content-Type:\s*multipart/related)", data))


def archive(data: bytes, decoded: Callable[[bytes], str]) -> list[Page]:
    """The tables of all pages of a web archive; ``decoded``: bytes → text."""
    pages: list[Page] = []
    for part in email.message_from_bytes(data, policy=email.policy.default).walk():
        if part.get_content_type() == "text/html":
            own = html(decoded(part.get_payload(decode=True)))  # type: ignore[arg-type]
            pages += own
    return [page._replace(name=f"第 {n} 个表") for n, page in enumerate(pages, 1)]


SPREADSHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"


def looks_like_spreadsheet(text: str) -> bool:
    return SPREADSHEET[1:-1] in text[:5000]


def spreadsheet(text: str) -> list[Page]:
    """The worksheets of SpreadsheetML 2003. ``ValueError`` if it is not well-formed, or declares
    what a table need not.
    """
    if re.search("<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise ValueError
    try:
        root = ET.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))  # noqa: S314 - no entities
    except ET.ParseError as error:
        raise ValueError from error
    pages = []
    for sheet in root.iter(f"{SPREADSHEET}Worksheet"):
        grid = Grid()
        for row in sheet.iter(f"{SPREADSHEET}Row"):
            index = row.get(f"{SPREADSHEET}Index")
            grid.row(int(index) - 1 if index else None)
            for cell in row.iter(f"{SPREADSHEET}Cell"):
                own = cell.get(f"{SPREADSHEET}Index")
                data = cell.find(f"{SPREADSHEET}Data")
                value = "" if data is None else "".join(data.itertext())
                if data is not None and data.get(f"{SPREADSHEET}Type") == "DateTime":
                    value = value.removesuffix("T00:00:00.000")
                down = 1 + int(cell.get(f"{SPREADSHEET}MergeDown", 0))
                across = 1 + int(cell.get(f"{SPREADSHEET}MergeAcross", 0))
                grid.cell(value, down, across, int(own) - 1 if own else None)
        pages.append(Page(sheet.get(f"{SPREADSHEET}Name", ""), grid.rows, grid.merged))
    return pages
