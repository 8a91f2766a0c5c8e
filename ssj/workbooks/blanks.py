"""What all forms to be filled in share: lists to choose from, and the sheet that says how.

Lists are offers, never a lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from ssj.tables import schema, writing
from ssj.tables.grid import PROGRAM

HOW_TO = "填写说明"
REQUIRED, OPTIONAL = "必填", "有就填"
MADE = {
    "date": "日期，如 2021-12-31",
    "bool": "选“是”或“否”",
    "words": "几个用顿号隔开",
    "id": "照原编号写",
    "digest": "64 位十六进制数",
}


def offer(column: schema.Column, several: tuple[Any, str] | None = None) -> dict[str, Any] | None:
    """A list to choose from, or that a cell holds a date; ``several``: a list's source where
    another text is right too, and what is then asked.
    """
    if several:
        return {
            "validate": "list",
            "source": several[0],
            "error_type": "information",
            "error_title": column.header,
            "error_message": several[1],
        }
    if column.kind == "date":
        return {
            "validate": "date",
            "criteria": "between",
            "minimum": date(2000, 1, 1),
            "maximum": date(2199, 12, 31),
            "error_type": "warning",
            "error_title": "日期",
            "error_message": "请写成 2021-12-31 这样的日期。",
        }
    choices = words(column)
    return (
        {
            "validate": "list",
            "source": choices,
            "error_title": column.header,
            "error_message": "请从列表中选。",
        }
        if choices
        else None
    )


def words(column: schema.Column) -> list[str]:
    """The words that a column offers; others that mean the same are read, but not offered."""
    return (
        ["是", "否"]
        if column.kind == "bool"
        else [word for word, value in (column.words or {}).items() if value == word]
    )


def made(column: schema.Column) -> str:
    """How a column of that kind is written, if that has to be said."""
    text = f"选：{'、'.join(words(column))}" if column.words else MADE.get(column.kind, "")
    return text and text + "。"


def comment(text: str) -> dict[str, Any]:
    """How large the note on a heading is."""
    height = 17 * writing.lines_of(text, 36) + 14
    return {"author": PROGRAM, "width": 260, "height": height, "font_size": 9}


def explain(
    book: Any, page: Any, rows: Iterable[tuple[bool, Sequence[str]]], widths: Sequence[int]
) -> None:
    """Fill 填写说明: rows of texts, headings among them."""
    styles = (
        book.add_format({"text_wrap": True, "valign": "top"}),
        book.add_format({**writing.HEAD, "bottom": 1}),
    )
    for at, width in enumerate(widths):
        page.set_column(at, at, width)
    for n, (heading, cells) in enumerate(rows):
        for at, cell in enumerate(cells):
            page.write_string(n, at, cell, styles[heading])
        tallest = max(map(writing.lines_of, cells, widths))
        writing.set_height(page, n, tallest)
    writing.set_up(page)
