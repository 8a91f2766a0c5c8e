"""What an old xls says of its sheets, record by record: used ranges that can't be, what is hidden,
struck through, commented on, or shown otherwise than it is stored.

The Workbook stream is taken out of its container first; looking for records in the raw file would
take text for records.
"""

from __future__ import annotations

import io
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from ssj.tables import styles
from ssj.tables.grid import PROGRAM
from ssj.tables.styles import Styles

BOF, BOUNDSHEET, DIMENSIONS, ROW, COLINFO = 0x0809, 0x0085, 0x0200, 0x0208, 0x007D
BIFF5 = b"\x00\x05"  # what its BOF says
BOOLERR, FORMULA = 0x0205, 0x0006
FONT, FORMAT, XF, NOTE = 0x0031, 0x041E, 0x00E0, 0x001C
NUMBER, RK, MULRK, LABEL, LABELSST = 0x0203, 0x027E, 0x00BD, 0x0204, 0x00FD
NUMBERS, TEXTS = (NUMBER, RK, MULRK, FORMULA), (LABEL, LABELSST)
BUILT_IN = range(1, 164)  # formats of amounts and dates, which some programs write out all the same
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
ENTRY = 128  # bytes of a directory entry
DAMAGED = (
    ValueError,
    struct.error,
    LookupError,
    TypeError,
    AttributeError,
    OSError,
    RecursionError,
)


def stream(data: bytes) -> bytes:
    """The Workbook stream of an OLE container. Raises one of ``DAMAGED`` if there is none that is
    whole.
    """
    size = {9: 512, 12: 4096}[data[30]]
    table, small_table = struct.unpack_from("<I16xI", data, 44)  # sectors of each
    # olefile reads as much as these say, in circles if need be
    if (table - 2) * (size // 4) * size > len(data) or small_table * size > len(data):
        raise ValueError
    with olefile.OleFileIO(io.BytesIO(data)) as container:
        directory = container.directory_fp.getvalue()
        names = [
            directory[at : at + 64].decode("utf-16-le", "replace").partition("\0")[0]
            for at in range(0, len(directory), ENTRY)
        ]
        name = "Workbook" if "Workbook" in names else "Book"
        entry = container.root.kids_dict[name.lower()]
        # calamine reads the first of that name, wherever it hangs
        if entry.sid != names.index(name) or max(entry.size, container.root.size) > len(data):
            raise ValueError
        book = container.openstream(name).getvalue()
        if len(book) != entry.size:
            raise ValueError
        return book


def records(book: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Position, kind and content of each record."""
    at = 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        yield at, kind, book[at + 4 : at + 4 + length]
        at += 4 + length


@dataclass
class Look:
    """What an xls says of its sheets: whether every used range is a possible one (calamine allots
    what they say, and may end the process); by where a sheet begins, what is hidden, comments, and
    the style of cells with one that tells something, and cells with an error.
    """

    sound: bool = True
    kind: str = ""  # what it is, if its texts can't be read rightly
    starts: list[int] = field(default_factory=list)
    rows: Counter[int] = field(default_factory=Counter)
    columns: Counter[int] = field(default_factory=Counter)
    wrong: dict[int, dict[tuple[int, int], str]] = field(default_factory=dict)
    comments: Counter[int] = field(default_factory=Counter)
    styled: dict[int, dict[tuple[int, int], int]] = field(default_factory=dict)
    texts: dict[int, dict[tuple[int, int], int]] = field(default_factory=dict)
    styles: Styles = field(default_factory=lambda: Styles({}, frozenset()))

    def notes(self, sheet: int) -> list[str]:
        """What is hidden of the sheet of that number, in words."""
        if sheet >= len(self.starts):
            return []
        start = self.starts[sheet]
        return words(self.rows[start], self.columns[start]) + remarks(self.comments[start])

    def shown_otherwise(self, sheet: int) -> dict[tuple[int, int], str]:
        """Numbers whose format pads or masks: place from 0 → format."""
        cells = self.styled.get(self.starts[sheet], {}) if sheet < len(self.starts) else {}
        formats = self.styles.formats
        return {place: formats[xf] for place, xf in cells.items() if xf in formats}

    def struck_rows(self, sheet: int) -> list[int]:
        """Rows with a cell that is struck through, as Excel counts them."""
        start = self.starts[sheet] if sheet < len(self.starts) else -1
        cells = [*self.styled.get(start, {}).items(), *self.texts.get(start, {}).items()]
        return sorted({place[0] + 1 for place, xf in cells if xf in self.styles.struck})

    def errors(self, sheet: int) -> dict[tuple[int, int], str]:
        """Texts of the errors in its cells, by row and column from 0."""
        return self.wrong.get(self.starts[sheet], {}) if sheet < len(self.starts) else {}


def looked_at(data: bytes) -> Look:
    """A look at every record of an old xls; not sound if it is damaged."""
    found, begin, told = Look(), 0, _Styles()
    telling: frozenset[int] = frozenset()
    try:
        for at, kind, content in records(stream(data)):
            if kind == BOF:
                begin = at
                if content[:2] == BIFF5:
                    found.kind = "Excel 5.0/95 的旧格式"
                if at:  # the workbook's own part is read
                    found.styles = found.styles if telling else told.made()
                    telling = frozenset({*found.styles.formats, *found.styles.struck})
            elif kind == BOUNDSHEET:
                found.starts.append(struct.unpack_from("<I", content)[0])
            elif kind in (FONT, FORMAT, XF) and begin == 0:
                told.take(kind, content)
            elif kind == NOTE:
                found.comments[begin] += _author(content) != PROGRAM
            elif kind == DIMENSIONS and len(content) in (10, 14):
                top, bottom, left, right = struct.unpack_from(
                    "<IIHH" if len(content) == 14 else "<HHHH", content
                )
                found.sound &= top <= bottom <= 65536 and left <= right <= 256
            elif kind == ROW and len(content) >= 14 and content[12] & 0x20:
                found.rows[begin] += 1
            elif kind == COLINFO and len(content) >= 10 and content[8] & 1:
                first, last = struct.unpack_from("<HH", content)
                found.columns[begin] += max(0, min(last, 255) - first + 1)
            elif (number := _error(kind, content)) is not None:
                place = struct.unpack_from("<HH", content)
                found.wrong.setdefault(begin, {})[place] = ERRORS.get(number, "#N/A")
            elif telling and kind in NUMBERS:
                found.styled.setdefault(begin, {}).update(_styled(kind, content, telling))
            elif telling and kind in TEXTS:
                found.texts.setdefault(begin, {}).update(_styled(kind, content, telling))
    except DAMAGED:
        found.sound = False
    return found


class _Styles:
    """Fonts, formats and cell styles as they are met."""

    def __init__(self) -> None:
        self.struck: list[bool] = []  # fonts
        self.codes: dict[int, str] = {}
        self.cells: list[tuple[int, int]] = []  # font, format

    def take(self, kind: int, content: bytes) -> None:
        if kind == FONT:
            self.struck.append(bool(struct.unpack_from("<H", content, 2)[0] & 8))
        elif kind == XF:
            self.cells.append(struct.unpack_from("<HH", content))
        else:
            number, length, wide = struct.unpack_from("<HHB", content)
            text = content[5 : 5 + length * (1 + (wide & 1))]
            if number not in BUILT_IN:
                self.codes[number] = text.decode("utf-16-le" if wide & 1 else "latin-1", "replace")

    def made(self) -> Styles:
        # no font has the number 4
        fonts = [*self.struck[:4], False, *self.struck[4:]]
        return Styles(
            {
                n: self.codes[code]
                for n, (_, code) in enumerate(self.cells)
                if styles.tells(self.codes.get(code, ""))
            },
            frozenset(
                n for n, (font, _) in enumerate(self.cells) if font < len(fonts) and fonts[font]
            ),
        )


def _styled(
    kind: int, content: bytes, wanted: frozenset[int]
) -> Iterator[tuple[tuple[int, int], int]]:
    """Place and style of the cells of a record that have one of these styles."""
    row, first = struct.unpack_from("<HH", content)
    count = (len(content) - 6) // 6 if kind == MULRK else 1
    for n in range(count):
        (xf,) = struct.unpack_from("<H", content, 4 + 6 * n)
        if xf in wanted:
            yield (row, first + n), xf


def _error(kind: int, content: bytes) -> int | None:
    """The number of the error that a cell's record holds, if it holds one."""
    if kind == BOOLERR and len(content) >= 8 and content[7]:
        return content[6]
    if kind == FORMULA and len(content) >= 14 and content[12:14] == b"\xff\xff" and content[6] == 2:
        return content[8]
    return None


def _author(note: bytes) -> str:
    """Who wrote a comment."""
    count, wide = struct.unpack_from("<HB", note, 8) if len(note) >= 11 else (0, 0)
    text = note[11 : 11 + (count << (wide & 1))]
    return text.decode("utf-16-le" if wide & 1 else "latin-1", "replace")


def remarks(comments: int) -> list[str]:
    """``remarks(2) == ["有 2 个批注：没有读取，请看过"]``."""
    return [f"有 {comments} 个批注：没有读取，请看过"] * (comments > 0)


def words(rows: int, columns: int) -> list[str]:
    """``words(1, 0) == ["有隐藏的 1 行（可能是筛选），同样读取"]``."""
    return [f"有隐藏的 {rows} 行（可能是筛选），同样读取"] * (rows > 0) + [
        f"有隐藏的 {columns} 列，同样读取"
    ] * (columns > 0)
