"""One more row in a table's file, everything else of it left as it is: an xlsx workbook
(:mod:`ssj.upkeep.sheet_rows`), or a csv, which keeps its encoding, byte order mark, separator and
line ends.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from ssj.base.errors import SsjError
from ssj.tables.sheets import decoded, separator
from ssj.upkeep import sheet_rows
from ssj.upkeep.placing import Place

LONGEST = 32_767  # characters of a cell
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA = re.compile(r"[=+\-@].")


def with_row(data: bytes, where: Place, cells: Mapping[int, Any]) -> bytes:
    """The file with one more row; ``cells``: column → text, number or date. ``SsjError`` where
    something else of the file would suffer.
    """
    for value in cells.values():
        if isinstance(value, str) and (_CONTROL.search(value) or len(value) > LONGEST):
            raise SsjError("有一格含有看不见的控制字符，或者超过 32,767 字", "请重新录入这一格。")
    return (
        _csv(data, where, cells) if where.kind == "csv" else sheet_rows.with_row(data, where, cells)
    )


def _csv(data: bytes, where: Place, cells: Mapping[int, Any]) -> bytes:
    text, encoding = decoded(where.file, data)
    mark = next(
        (
            own
            for own in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
            if data.startswith(own)
        ),
        b"",
    )
    encoding = {
        codecs.BOM_UTF8: "utf-8",
        codecs.BOM_UTF16_LE: "utf-16-le",
        codecs.BOM_UTF16_BE: "utf-16-be",
    }.get(mark, encoding)
    between = separator(text)
    values = [
        str(cells.get(at, ""))
        for at in range(max([*cells, *(at for own in where.columns.values() for at in own)]) + 1)
    ]
    if any(map(_FORMULA.match, values)):
        raise SsjError(
            "有一格以 =、+、- 或 @ 开头，在 Excel 中打开 csv 时会被当作公式",
            "请改写这一格，或把表格另存为 .xlsx。",
        )
    lines = list(io.StringIO(text, newline=""))
    reader, ends, width = csv.reader(lines, strict=True, delimiter=between), [0], 0
    for row in reader:
        ends.append(reader.line_num)
        width = max(width, len(row) if len(ends) == 2 else 0)
    head, tail = "".join(lines[: ends[where.row - 1]]), "".join(lines[ends[where.row - 1] :])
    newline = "\r\n" if "\r\n" in head else "\r" if "\r" in head and "\n" not in head else "\n"
    above = lines[ends[where.row - 2] : ends[where.row - 1]]
    quoted = (
        bool(above)
        and above[0].startswith('"')
        and above[0].count(f'"{between}"')
        == len(next(csv.reader(above, delimiter=between))) - 1
        > 0
    )
    made = io.StringIO(newline="")
    csv.writer(
        made,
        delimiter=between,
        quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL,
        lineterminator=newline,
    ).writerow(values + [""] * (width - len(values)))
    # the last line had no end: the new last one has none either
    if head and not head.endswith(("\n", "\r")):
        return mark + (head + newline + made.getvalue().removesuffix(newline)).encode(encoding)
    return mark + (head + made.getvalue() + tail).encode(encoding)
