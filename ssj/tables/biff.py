"""What an old xls says of its sheets, record by record: used ranges that can't be, and what is
hidden.

The Workbook stream is put together from the sectors of its container first; looking for records in
the raw file would take text for records.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

FREE = 0xFFFFFFFA  # sector numbers from here on are marks
BOF, BOUNDSHEET, DIMENSIONS, ROW, COLINFO = 0x0809, 0x0085, 0x0200, 0x0208, 0x007D


def stream(data: bytes) -> bytes:
    """The Workbook stream of an OLE container. Raises ``ValueError``, ``struct.error`` or
    ``IndexError`` if there is none that is whole.
    """
    size, small = 1 << data[30], 1 << data[32]
    if not 9 <= data[30] <= 12 or small != 64:
        raise ValueError
    directory_at, mini_at, difat_at = (struct.unpack_from("<I", data, at)[0] for at in (48, 60, 68))

    def sector(n: int) -> bytes:
        return data[(n + 1) * size : (n + 2) * size]

    def numbers(block: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(block) // 4}I", block[: len(block) // 4 * 4]))

    places, seen = numbers(data[76:512]), 0
    while difat_at < FREE and (seen := seen + 1) * size <= len(data):
        block = numbers(sector(difat_at))
        places, difat_at = places + block[:-1], block[-1]
    fat = [n for place in places if place < FREE for n in numbers(sector(place))]

    def chain(start: int, table: list[int]) -> Iterator[int]:
        for _ in range(len(table) + 1):
            if start >= FREE:
                return
            yield start
            start = table[start]
        raise ValueError  # in circles

    def whole(start: int) -> bytes:
        return b"".join(map(sector, chain(start, fat)))

    directory = whole(directory_at)
    entries = {}
    for at in range(0, len(directory) - 127, 128):
        length = struct.unpack_from("<H", directory, at + 64)[0]
        name = directory[at : at + max(0, length - 2)].decode("utf-16-le", "replace")
        entries.setdefault(
            name,
            (
                struct.unpack_from("<I", directory, at + 116)[0],
                struct.unpack_from("<I", directory, at + 120)[0],
            ),
        )
    start, length = entries.get("Workbook") or entries["Book"]
    if length >= 4096:
        return whole(start)[:length]
    mini, table = whole(entries["Root Entry"][0]), numbers(whole(mini_at))
    return b"".join(mini[n * small : (n + 1) * small] for n in chain(start, table))[:length]


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
    except (ValueError, struct.error, IndexError, KeyError):
        return False, []
    return sound, [words(rows.get(start, 0), columns.get(start, 0)) for start in starts]


def words(rows: int, columns: int) -> list[str]:
    """``words(1, 0) == ["有隐藏的 1 行（可能是筛选），同样读取"]``."""
    return [f"有隐藏的 {rows} 行（可能是筛选），同样读取"] * (rows > 0) + [
        f"有隐藏的 {columns} 列，同样读取"
    ] * (columns > 0)
