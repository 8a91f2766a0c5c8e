"""Old workbooks' containers, record by record: large and small streams, and any flipped bytes."""

from __future__ import annotations

import io
import struct

import pytest
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from ssj.tables import biff


def book(rows: int, text: str = "样例") -> bytes:
    made, out = xlwt.Workbook(encoding="utf-8"), io.BytesIO()
    sheet = made.add_sheet("名录")
    for n in range(rows):
        sheet.write(n, 0, f"{text}{n}")
    made.save(out)
    return out.getvalue()


def test_streams_are_whole():
    for rows in (1, 300, 20_000):
        found = list(biff.records(biff.stream(book(rows))))
        kinds = [kind for _, kind, _ in found]
        assert (
            kinds.count(biff.DIMENSIONS) == kinds.count(biff.BOUNDSHEET) == 1
            and kinds[0] == biff.BOF
            and kinds.count(0x00FD) == rows
        )
        look = biff.looked_at(book(rows))
        assert look.sound and look.notes(0) == []


def test_text_is_no_record():
    """Bytes of a text that a look at the raw file took for the used range of a sheet (found in a
    real roster).
    """
    record = b"\x00\x02\x0e\x00" + b"\x01\x10\x01\x10" * 3 + b"\0\0"
    data = book(2, record.decode("utf-16-le") + "\u4e00\u4e00")
    assert record in data and biff.looked_at(data).sound


def changed(data: bytes, at: int, value: int) -> bytes:
    made = bytearray(data)
    struct.pack_into("<I", made, at, value)
    return bytes(made)


LARGE = book(300)
FAT, DIRECTORY = ((struct.unpack_from("<I", LARGE, at)[0] + 1) * 512 for at in (76, 48))
# name → (position, value): sizes that would be read in circles, and a chain that ends too early
LIES = {
    "sectors of the table": (44, 2**31),
    "sectors of the small table": (64, 2**31),
    "the size of the stream": (DIRECTORY + 128 + 120, 2**31),
    "the size of the small streams": (DIRECTORY + 120, 2**31),
    "a chain that ends too early": (FAT + 4, 0xFFFFFFFE),
}


@pytest.mark.parametrize(("at", "value"), LIES.values(), ids=LIES)
def test_a_container_that_lies(at, value):
    assert biff.looked_at(LARGE).sound and not biff.looked_at(changed(LARGE, at, value)).sound


def test_another_stream_of_the_name():
    """Calamine reads the first in the directory, even one that hangs nowhere."""
    book_entry = LARGE[DIRECTORY + 128 : DIRECTORY + 256]
    twice = LARGE[: DIRECTORY + 256] + book_entry + LARGE[DIRECTORY + 384 :]
    assert biff.looked_at(twice).sound
    assert not biff.looked_at(changed(twice, DIRECTORY + 76, 2)).sound


SMALL = book(40)


@given(
    st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, len(SMALL)),
)
def test_any_bytes_give_an_answer(changes, length):
    data = bytearray(SMALL[:length] if length % 3 == 0 else SMALL)
    for at, value in changes:
        if at < len(data):
            data[at] = value
    look = biff.looked_at(bytes(data))
    assert look.sound in (True, False) and len(look.starts) <= len(data)


@pytest.mark.parametrize("author", ["ssj", "样例", ""])
def test_who_wrote_a_comment(author):
    """NOTE: row, column, flags, number of the shape, then the author, wide or not."""
    wide = not author.isascii()
    text = author.encode("utf-16-le" if wide else "latin-1")
    note = struct.pack("<HHHHHB", 2, 1, 0, 1, len(author), wide) + text + b"\0"
    assert biff._author(note) == author
    assert biff._author(note[:8]) == ""
