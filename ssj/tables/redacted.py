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
from ssj.tables.grid import Sheet, Unreadable
from ssj.tables.layout import Header
from ssj.tables.located import locate
from ssj.tables.redaction import holds_personal, is_personal
from ssj.tables.writing import save, write_cell


def redact(source: Path, folder: Path, headers: Mapping[str, bool] | None = None) -> Path | None:
    """A copy without personal columns for the archive, rows and columns in place; None if none is
    needed.

    ``headers`` as for ``read``, so that both mean the same sheets. A workbook's copy keeps only
    these; personal numbers in title rows, comments or other sheets call for a copy too. Raises
    InputError if the file can't be read.
    """
    source = Path(source)
    try:
        found = locate(source, headers or {})
    except Unreadable as error:
        raise InputError([error.problem]) from None
    if found.problem:
        raise InputError([found.problem])
    read = {at for at, _ in found.read}
    pages = [_Page(found.sheets[at], head) for at, head in found.read]
    others = any(
        _personal(cell) or (isinstance(cell, str) and len(cell) < 20 and is_personal(cell))
        for n, other in enumerate(found.sheets)
        if n not in read
        for row in other.grid
        for cell in row
    )
    if (
        not any(page.columns or page.strays for page in pages)
        and not others
        and not (found.kind == "xlsx" and _personal_parts(source.read_bytes()))
    ):
        return None
    target = folder / (source.stem + f".{found.kind}")
    if found.kind == "csv":
        with target.open(
            "w", encoding="utf-8", newline=""
        ) as file:  # no marks of text left, and always commas
            csv.writer(file, lineterminator="\n").writerows(pages[0].cells)
    elif found.kind == "parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(source)
        keep = [at for at in range(table.num_columns) if at not in pages[0].columns]
        pq.write_table(table.select(keep).replace_schema_metadata(None), target)
    else:

        def fill(book: Any) -> None:
            day, time = _date_formats(book)
            for page in pages:
                # other programs write names that Excel refuses
                allowed = re.sub(r"[][:*?/\\]", "_", page.sheet.name).strip("'")[:31]
                sheet = book.add_worksheet(allowed)
                for top, left, bottom, right in page.sheet.merged:
                    sheet.merge_range(top, left, bottom, right, "")
                for n, row in enumerate(page.cells):
                    for at, cell in enumerate(row):
                        write_cell(sheet, n, at, cell, day, time, raw=True)

        save(target, fill)
    return target


class _Page:
    """A sheet that is read, and what of it may be kept."""

    def __init__(self, sheet: Sheet, head: Header) -> None:
        self.sheet, self.top = sheet, head.top
        titles = [names[0] for names in head.titles]
        self.columns = {at for at, names in enumerate(head.titles) if any(map(is_personal, names))}
        self.strays = {
            (n, at)
            for n, row in enumerate(sheet.grid)
            for at, cell in enumerate(row)
            if (n < head.top or at >= len(titles) or not titles[at]) and _personal(cell)
        }

    @property
    def cells(self) -> list[list[Any]]:
        return [
            [
                None if (at in self.columns and n >= self.top) or (n, at) in self.strays else cell
                for at, cell in enumerate(row)
            ]
            for n, row in enumerate(self.sheet.grid)
        ]


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
