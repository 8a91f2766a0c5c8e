"""Copies of tables without personal columns, for the archive."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ssj.base.errors import InputError
from ssj.tables.rawtables import locate
from ssj.tables.redaction import holds_personal, is_personal
from ssj.tables.sheets import Unreadable
from ssj.tables.writing import save, write_cell


def redact(source: Path, folder: Path, headers: Mapping[str, bool] | None = None) -> Path | None:
    """A copy without personal columns for the archive, rows and columns in place; None if none is
    needed.

    ``headers`` as for ``read``, so that both mean the same sheet. A workbook's copy keeps only that
    sheet; personal numbers in title rows, comments or other sheets call for a copy too. Raises
    InputError if the file can't be read.
    """
    source = Path(source)
    try:
        kind, best, head, sheets = locate(source, headers or {})
    except Unreadable as error:
        raise InputError([error.problem]) from None
    name, grid = sheets[best][:2]
    top, titles = head.top, [names[0] for names in head.titles]
    columns = {at for at, names in enumerate(head.titles) if any(map(is_personal, names))}
    strays = {
        (n, at)
        for n, row in enumerate(grid)
        for at, cell in enumerate(row)
        if (n < top or at >= len(titles) or not titles[at]) and _personal(cell)
    }
    others = any(
        _personal(cell) or (isinstance(cell, str) and len(cell) < 20 and is_personal(cell))
        for n, other in enumerate(sheets)
        if n != best
        for row in other.grid
        for cell in row
    )
    if (
        not columns
        and not strays
        and not others
        and not (kind == "xlsx" and _personal_parts(source.read_bytes()))
    ):
        return None
    cells = [
        [
            None if (at in columns and n >= top) or (n, at) in strays else cell
            for at, cell in enumerate(row)
        ]
        for n, row in enumerate(grid)
    ]
    target = folder / (source.stem + f".{kind}")
    if kind == "csv":
        with target.open(
            "w", encoding="utf-8", newline=""
        ) as file:  # no marks of text left, and always commas
            csv.writer(file, lineterminator="\n").writerows(cells)
    elif kind == "parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(source)
        keep = [at for at in range(table.num_columns) if at not in columns]
        pq.write_table(table.select(keep).replace_schema_metadata(None), target)
    else:

        def fill(book: Any) -> None:
            # other programs write names that Excel refuses
            allowed = re.sub(r"[][:*?/\\]", "_", name).strip("'")[:31]
            sheet, day, time = book.add_worksheet(allowed), *_date_formats(book)
            for top, left, bottom, right in sheets[best].merged:
                sheet.merge_range(top, left, bottom, right, "")
            for n, row in enumerate(cells):
                for at, cell in enumerate(row):
                    write_cell(sheet, n, at, cell, day, time, raw=True)

        save(target, fill)
    return target


def _personal_parts(data: bytes) -> bool:
    """Whether a workbook holds personal numbers outside its cells (comments, drawings); an old xls:
    anywhere.
    """
    if not data.startswith(b"PK"):
        return holds_personal(data.replace(b"\0", b"").decode("latin-1"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(
            holds_personal(archive.read(part).decode("utf-8", "ignore"))
            for part in archive.namelist()
            if part.endswith((".xml", ".vml"))
            and not part.startswith(("xl/worksheets/sheet", "xl/sharedStrings"))
        )


def _personal(cell: object) -> bool:
    return (
        isinstance(cell, str | int | float)
        and not isinstance(cell, bool)
        and holds_personal(
            str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
        )
    )


def _date_formats(book: Any) -> tuple[Any, Any]:
    return tuple(
        book.add_format({"num_format": f, "valign": "top"})
        for f in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss")
    )
