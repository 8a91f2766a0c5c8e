"""What an old xls says of its sheets, record by record: used ranges that can't be, and what is
hidden.

The Workbook stream is taken out of its container first; looking for records in the raw file would
take text for records.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import olefile

BOF, BOUNDSHEET, DIMENSIONS, ROW, COLINFO = 0x0809, 0x0085, 0x0200, 0x0208, 0x007D
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


def looked_at(data: bytes) -> tuple[bool, list[list[str]]]:
    """Whether every used range is a possible one (calamine allots what they say, and may end the
    process), and for each sheet what is hidden, in words.
    """
    try:
        sound, starts, begin = True, [], 0
        rows: dict[int, int] = {}
        columns: dict[int, int] = {}
        for at, kind, content in records(stream(data)):
            if kind == BOF:
                begin = at
            elif kind == BOUNDSHEET:
                starts.append(struct.unpack_from("<I", content)[0])
            elif kind == DIMENSIONS and len(content) in (10, 14):
                top, bottom, left, right = struct.unpack_from(
                    "<IIHH" if len(content) == 14 else "<HHHH", content
                )
                sound &= top <= bottom <= 65536 and left <= right <= 256
            elif kind == ROW and len(content) >= 14 and content[12] & 0x20:
                rows[begin] = rows.get(begin, 0) + 1
            elif kind == COLINFO and len(content) >= 10 and content[8] & 1:
                first, last = struct.unpack_from("<HH", content)
                columns[begin] = columns.get(begin, 0) + max(0, min(last, 255) - first + 1)
    except DAMAGED:
        return False, []
    return sound, [words(rows.get(start, 0), columns.get(start, 0)) for start in starts]


def words(rows: int, columns: int) -> list[str]:
    """``words(1, 0) == ["有隐藏的 1 行（可能是筛选），同样读取"]``."""
    return [f"有隐藏的 {rows} 行（可能是筛选），同样读取"] * (rows > 0) + [
        f"有隐藏的 {columns} 列，同样读取"
    ] * (columns > 0)
