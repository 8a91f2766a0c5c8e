"""Files → sheets of raw cells: workbooks, text, parquet, mark-up, told apart by their content.

Nothing is guessed or replaced: what can't be read exactly is one
:class:`ssj.tables.grid.Unreadable`, and what stands in the file but does not come through
(formulas without a value) is marked.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssj.tables import delimited, markup, workbook
from ssj.tables.grid import (
    MAX_BYTES,
    MAX_COLUMNS,
    MAX_PLAIN,
    Columns,
    Grid,
    Sheet,
    Unreadable,
    too_many,
)

OLE = b"\xd0\xcf\x11\xe0"
TEXTS = (".csv", ".txt", ".tsv")  # what text is called
OTHERS = {  # how files begin that hold no table → what they are
    b"%PDF": "PDF 文件",
    b"{\\rtf": "RTF 文档",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包",
    b"\x09\x00\x04\x00": "Excel 2 的旧格式",
    b"\x09\x02\x06\x00": "Excel 3 的旧格式",
    b"\x09\x04\x06\x00": "Excel 4 的旧格式",
}


def load(path: Path) -> bytes:
    """The file's bytes, unless it is missing, open in Excel or too large."""
    locks = (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#"))
    try:
        if any(lock.exists() for lock in locks):
            raise Unreadable("F02", path.name)
        if path.stat().st_size > MAX_BYTES:
            raise Unreadable("F03", path.name, most=MAX_BYTES >> 20)
        return path.read_bytes()
    except FileNotFoundError:
        raise Unreadable("F01/gone", path.name) from None
    except PermissionError:
        raise Unreadable("F02", path.name) from None
    except OSError as error:
        raise Unreadable("F04/disk", path.name, number=error.errno) from None


def sheets_of(path: Path) -> tuple[str, list[Sheet]]:
    """Kind of file by its content, whatever it is called, and its sheets; ``xlsx`` is any workbook,
    ``csv`` any text set off by marks.
    """
    data, suffix = load(path), path.suffix.lower()
    if data.startswith((b"PK\x03\x04", OLE)):
        return "xlsx", workbook.sheets_of(path.name, data)
    if data.startswith(b"PAR1"):
        return "parquet", [Sheet("", _parquet(path.name, data))]
    if named := next((name for begin, name in OTHERS.items() if data.startswith(begin)), ""):
        raise Unreadable("F04/kind", path.name, suffix=suffix[1:], kind=named)
    if markup.looks_like_archive(data):
        return "xlsx", _pages(
            path.name,
            "网页存档（MHTML）",
            lambda: markup.archive(data, lambda own: delimited.text_of(path.name, own)),
        )
    if not data or (data[:2] not in (b"\xff\xfe", b"\xfe\xff") and b"\0\0\0" in data[:4000]):
        kind = "别的格式，不是表格" if data else "空文件"
        raise Unreadable("F04/kind", path.name, suffix=suffix[1:], kind=kind)
    text = delimited.text_of(path.name, data)
    if markup.looks_like_spreadsheet(text):
        return "xlsx", _pages(path.name, "XML 表格 2003", lambda: markup.spreadsheet(text))
    if markup.looks_like_html(text):
        return "xlsx", _pages(path.name, "网页（HTML）", lambda: markup.html(text))
    if suffix not in TEXTS and not delimited.has_columns(text):
        kind = "没有分列的文字"
        raise Unreadable("F04/kind", path.name, suffix=suffix[1:], kind=kind)
    found = delimited.rows_of(path.name, text)
    said = (
        [] if suffix in TEXTS else [f"的内容不是 {suffix[1:]} 工作簿，而是分列的文字，按文字读取"]
    )
    return "csv", [found._replace(notes=[*said, *found.notes])]


def _pages(file: str, kind: str, make: Callable[[], list[markup.Page]]) -> list[Sheet]:
    """The tables of mark-up as sheets."""
    try:
        pages = make()
    except (ValueError, RecursionError):
        raise Unreadable("F04", file) from None
    if not pages:
        raise Unreadable("F04/kind", file, suffix=Path(file).suffix[1:], kind=f"{kind}，里面没有表")
    return [
        Sheet(
            page.name,
            page.rows,
            merged=[m for m in page.merged if m[2] < len(page.rows)],
            notes=[f"的内容不是工作簿，而是{kind}，按其中的表读取"],
        )
        for page in pages
    ]


def _parquet(file: str, data: bytes) -> Grid:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(io.BytesIO(data))
        size = sum(
            source.metadata.row_group(n).total_byte_size
            for n in range(source.metadata.num_row_groups)
        )
        if (
            source.metadata.num_rows > MAX_PLAIN["parquet"]
            or source.metadata.num_columns > MAX_COLUMNS
        ):
            raise too_many(file, rows=MAX_PLAIN["parquet"])
        if size > MAX_BYTES:
            raise Unreadable("F03/parquet", file, most=MAX_BYTES >> 20)
        texts = [
            field.name
            for field in source.schema_arrow
            if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        ]
        # a text that many rows share is held once
        source = pq.ParquetFile(io.BytesIO(data), read_dictionary=texts)
        table = source.read()
        table.validate(full=True)  # places in the dictionary, too
        return Columns(
            [
                [name, *_cells_of(column)]
                for name, column in zip(table.column_names, table.columns, strict=True)
            ]
        )
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise Unreadable("F04/parquet", file) from None


def _cells_of(column: Any) -> list[Any]:
    """Cells of an arrow column; equal texts of a chunk are one object."""
    import numpy as np
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return column.to_pylist()
    cells: list[Any] = []
    for chunk in column.chunks:
        words = np.array([*chunk.dictionary.to_pylist(), None], dtype=object)
        cells += words[
            chunk.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
        ].tolist()
    return cells
