"""What stands in an xlsx file besides cells, and what would make memory go: looked at before
anything is unpacked for good.

Sizes are measured by unpacking piece by piece, since a zip's directory may lie. XML that declares
entities is refused, nothing is followed or run.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from ssj.tables import styles
from ssj.tables.biff import words
from ssj.tables.grid import PROGRAM
from ssj.tables.styles import Styles

PIECE = 2**20


class Refused(Exception):
    """Why a workbook is not read: the rule's name, and what its message names."""

    def __init__(self, rule: str, **details: Any) -> None:
        self.rule, self.details = rule, details
        super().__init__(rule)


class Package(NamedTuple):
    """XML of the worksheets and numbers of their comments by sheet name, what is said of the rest,
    and whether a sheet gives a used range that can't be (other programs write A0:S61), which says
    nothing of its cells.
    """

    sheets: dict[str, bytes]
    comments: dict[str, int]
    notes: list[str]
    styles: Styles
    wrong_size: bool = False


BINARY = "xlsb"
_SIZE = re.compile(rb"<(?:\w+:)?dimension\b[^>]*?(?:/>|>\s*</(?:\w+:)?dimension>)")
_RIGHT_SIZE = re.compile(rb'\bref="[A-Z]{1,3}[1-9]\d{0,6}(?::[A-Z]{1,3}[1-9]\d{0,6})?"')


def form(data: bytes) -> str:
    """What a zip file is: a workbook (xlsx, xlsb, ods), or in words something else; empty if it is
    damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {name.lower() for name in archive.namelist()}
            if "xl/workbook.xml" in names:
                return "xlsx"
            if "xl/workbook.bin" in names:
                return BINARY
            if "mimetype" in names:
                held = archive.read("mimetype")[:100]
                return "ods" if held.endswith(b"spreadsheet") else "OpenDocument 文档"
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error):
        return ""
    if any(name.startswith("word/") for name in names):
        return "Word 文档"
    if any(name.startswith("ppt/") for name in names):
        return "PowerPoint 文件"
    return "" if any(name.startswith("xl/") for name in names) else "压缩包（zip）"


def measured(data: bytes, most: int) -> None:
    """Raises ``Refused`` if a zip file unpacks to more than ``most`` bytes, or to others than it
    says.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > most:
        raise Refused("F03/unpacked", most=most >> 20)
    if any(_unpacked(data, entry) is None for entry in entries):
        raise Refused("F04/sizes")


def without_dimensions(data: bytes) -> bytes:
    """The workbook without the used ranges that its sheets give; they may be left out."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            held = old.read(entry)
            if entry.filename.lower().startswith("xl/worksheets/"):
                held = _SIZE.sub(b"", held, count=1)
            new.writestr(entry.filename, held)
    return made.getvalue()


def _wrong_size(sheet: bytes) -> bool:
    found = _SIZE.search(sheet, 0, 4000)
    return found is not None and not _RIGHT_SIZE.search(found[0])


def opened(data: bytes, most: int) -> Package:
    """The worksheets of an xlsx, of at most ``most`` bytes once unpacked. Raises ``Refused``, and
    anything else if it is damaged.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        too_large = Refused("F03/unpacked", most=most >> 20)
        if sum(entry.file_size for entry in entries) > most or sum(
            entry.compress_size for entry in entries
        ) > len(data):
            raise too_large
        parts = {}
        for entry in entries:
            if entry.filename.lower().endswith((".xml", ".rels")):
                if (part := _unpacked(data, entry)) is None:
                    raise Refused("F04/sizes")
                parts[entry.filename.lower()] = part
                if re.search(rb"<!(?:DOCTYPE|ENTITY)", part, re.IGNORECASE) or b"\0" in part[:200]:
                    raise Refused("F04/entities")
        names = [entry.filename.lower() for entry in entries]
    links = {
        link.get("Id"): link.get("Target", "")
        for link in _root(parts["xl/_rels/workbook.xml.rels"])
    }
    sheets, comments = {}, {}
    for node in _root(parts["xl/workbook.xml"]).iter():
        if node.tag.rpartition("}")[2] == "sheet":
            target = next(links[value] for key, value in node.items() if key.endswith("}id"))
            place = _place("xl", target)
            sheets[node.get("name", "")] = parts[place]
            comments[node.get("name", "")] = _comments(place, parts)
    texts = parts.get("xl/sharedstrings.xml", b"")
    counts = re.search(rb'<(?:\w+:)?sst\b[^>]*\buniqueCount="(\d+)"', texts)
    # so much memory would be allotted at once
    if counts and int(counts[1]) > max(2 * texts.count(b"si>"), 2**20):
        raise Refused("F04/sizes")
    for sheet in sheets.values():
        if _text_bytes(sheet, texts) > most:
            raise Refused("F03/texts", most=most >> 20)
    notes = ["含有宏：没有运行，也不读取"] * any(name.endswith("vbaproject.bin") for name in names)
    notes += ["引用了别的工作簿：没有打开它们，用的是文件里已存的值"] * any(
        name.startswith("xl/externallinks/") for name in names
    )
    own = styles.read(parts.get("xl/styles.xml", b""))
    return Package(sheets, comments, notes, own, any(map(_wrong_size, sheets.values())))


def _place(folder: str, target: str) -> str:
    """Where the target of a relation lies that a part in ``folder`` has."""
    return posixpath.normpath(
        target[1:] if target.startswith("/") else posixpath.join(folder, target)
    ).lower()


def _comments(sheet: str, parts: dict[str, bytes]) -> int:
    """How many comments people wrote on the sheet of that name."""
    folder, name = posixpath.split(sheet)
    relations = parts.get(f"{folder}/_rels/{name}.rels")
    count = 0
    for link in _root(relations) if relations else ():
        if link.get("Type", "").endswith("/comments"):
            part = parts.get(_place(folder, link.get("Target", "")), b"")
            authors = re.findall(rb"<(?:\w+:)?author\s*(?:/>|>([^<]*)<)", part)
            for n in re.findall(rb"<(?:\w+:)?comment\s[^>]*?\bauthorId=\"(\d+)\"", part):
                count += authors[int(n) : int(n) + 1] != [PROGRAM.encode()]
    return count


def _root(xml: bytes) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 - entities and document types were refused above


def _unpacked(data: bytes, entry: zipfile.ZipInfo) -> bytes | None:
    """An entry's bytes; None if they are not as many as the directory says."""
    head = data[entry.header_offset : entry.header_offset + 30]
    name, extra = struct.unpack("<HH", head[26:30])
    begin = entry.header_offset + 30 + name + extra
    packed = data[begin : begin + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        return packed if len(packed) == entry.file_size else None
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile
    unpacker, pieces, size = zlib.decompressobj(-15), [], 0
    while size <= entry.file_size and not unpacker.eof:
        piece = unpacker.decompress(packed, min(PIECE, entry.file_size + 1 - size))
        packed = unpacker.unconsumed_tail
        if not piece and not packed:
            break
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces) if size == entry.file_size and unpacker.eof else None


def _text_bytes(sheet: bytes, texts: bytes) -> int:
    """How many bytes the shared texts of a sheet's cells take, each cell with a copy of its own; an
    upper bound if that is little.
    """
    cells = sheet.count(b't="s"')
    if cells * len(texts) < 2**30:
        return 0
    lengths = [
        len(found[0])
        for found in re.finditer(rb"<(?:\w+:)?si\b.*?</(?:\w+:)?si>", texts, re.DOTALL)
    ]
    if cells * max(lengths, default=0) < 2**28:
        return 0
    values = re.findall(rb't="s"[^>]*>\s*<(?:\w+:)?v>(\d+)<', sheet)
    return sum(lengths[n] for n in map(int, values) if n < len(lengths))


def hidden(sheet: bytes) -> list[str]:
    """What of a worksheet is hidden, in words; it is read all the same."""
    rows = len(re.findall(rb'<(?:\w+:)?row\b[^>]*\bhidden="(?:1|true)"(?:[^>]*[^/])?>', sheet))
    columns = len(re.findall(rb'<(?:\w+:)?col\b[^>]*\bhidden="(?:1|true)"', sheet))
    return words(rows, columns)


def shown_otherwise(sheet: bytes, own: Styles) -> dict[tuple[int, int], str]:
    """Numbers of a worksheet whose format pads or masks: place from 0 → format."""
    found = {}
    for at, style, kind in _cells_of(sheet, own.formats.keys()):
        if kind in (b"", b"n"):
            found[at] = own.formats[style]
    return found


def struck_rows(sheet: bytes, own: Styles) -> list[int]:
    """Rows with a cell that is struck through, as Excel counts them."""
    return sorted({at[0] + 1 for at, _, _ in _cells_of(sheet, own.struck)})


def _cells_of(
    sheet: bytes, wanted: Collection[int]
) -> Iterator[tuple[tuple[int, int], int, bytes]]:
    """Place, style and kind of the cells with one of the styles that hold something."""
    if not wanted:
        return
    numbers = b"|".join(str(n).encode() for n in wanted)
    for found in re.finditer(rb'<(?:\w+:)?c\b([^>]*\bs="(%b)"[^>]*)(?<!/)>' % numbers, sheet):
        if place := re.search(rb'\br="([A-Z]+)(\d+)"', found[1]):
            column = 0
            for letter in place[1]:
                column = column * 26 + letter - 64
            kind = re.search(rb'\bt="(\w+)"', found[1])
            yield (int(place[2]) - 1, column - 1), int(found[2]), kind[1] if kind else b""
