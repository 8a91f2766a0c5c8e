"""What an old xls says of its sheets, record by record: used ranges that can't be, and what is
hidden.

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

BOF, BOUNDSHEET, DIMENSIONS, ROW, COLINFO = 0x0809, 0x0085, 0x0200, 0x0208, 0x007D
BIFF5 = b"\x00\x05"  # what its BOF says
BOOLERR, FORMULA = 0x0205, 0x0006
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
    what they say, and may end the process); by where a sheet begins, what is hidden, and cells with
    an error.
    """

    sound: bool = True
    kind: str = ""  # what it is, if its texts can't be read rightly
    starts: list[int] = field(default_factory=list)
    rows: Counter[int] = field(default_factory=Counter)
    columns: Counter[int] = field(default_factory=Counter)
    wrong: dict[int, dict[tuple[int, int], str]] = field(default_factory=dict)

    def notes(self, sheet: int) -> list[str]:
        """What is hidden of the sheet of that number, in words."""
        if sheet >= len(self.starts):
            return []
        start = self.starts[sheet]
        return words(self.rows[start], self.columns[start])

    def errors(self, sheet: int) -> dict[tuple[int, int], str]:
        """Texts of the errors in its cells, by row and column from 0."""
        return self.wrong.get(self.starts[sheet], {}) if sheet < len(self.starts) else {}


def looked_at(data: bytes) -> Look:
    """A look at every record of an old xls; not sound if it is damaged."""
    found, begin = Look(), 0
    try:
        for at, kind, content in records(stream(data)):
            if kind == BOF:
                begin = at
                if content[:2] == BIFF5:
                    found.kind = "Excel 5.0/95 的旧格式"
            elif kind == BOUNDSHEET:
                found.starts.append(struct.unpack_from("<I", content)[0])
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
    except DAMAGED:
        found.sound = False
    return found


def _error(kind: int, content: bytes) -> int | None:
    """The number of the error that a cell's record holds, if it holds one."""
    if kind == BOOLERR and len(content) >= 8 and content[7]:
        return content[6]
    if kind == FORMULA and len(content) >= 14 and content[12:14] == b"\xff\xff" and content[6] == 2:
        return content[8]
    return None


def words(rows: int, columns: int) -> list[str]:
    """``words(1, 0) == ["有隐藏的 1 行（可能是筛选），同样读取"]``."""
    return [f"有隐藏的 {rows} 行（可能是筛选），同样读取"] * (rows > 0) + [
        f"有隐藏的 {columns} 列，同样读取"
    ] * (columns > 0)
