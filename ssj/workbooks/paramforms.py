"""The workbook of parameters to be filled in (``round.xlsx``, ``year.xlsx``), as
:mod:`ssj.tables.fields` has its sheets: what is required in orange, what holds where nothing is
written beside it, lists to choose from; headings are protected, without a password.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from typing import Any

from ssj.tables import paramfiles, writing
from ssj.tables.fields import KEY, WHOLE, Field, Form, Section, described
from ssj.workbooks import blanks
from ssj.workbooks.rosterforms import HEADS

ROWS = 200  # of a sheet with an entry in each row, to be filled in
HEADINGS = (paramfiles.NAME, paramfiles.CONTENT, *paramfiles.BESIDE)
WIDTHS = (30, 44, 8, 14, 66)
TIMES = {"day": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm"}
STEPS = (
    "橙色的必填（整张表不用的，各行都不填）；蓝色的不填，按“不填时”一列。",
    "每一格怎样填，看“说明”，或者把鼠标放在列名上；有下拉列表的，从列表中选。",
    "日期写成 2026-03-02，时间写成 2026-02-24 10:00（北京时间），比例写成 5% 或 0.05。",
    "工作表、项目和列的名称不要改。它们加了保护，没有密码；要加行的，接着往下写。",
    "填好以后保存、关闭，运行 ssj check {name}。不要另存为别的名字或格式。",
)
PROTECTION = {"format_columns": True, "format_rows": True, "sort": True}


def form(own: Form, name: str, values: Mapping[str, Any]) -> bytes:
    """The workbook of a round's or year's parameters, filled in as far as ``values`` have them;
    the same bytes each time. ``name``: of the round or year.
    """
    target = io.BytesIO()

    def fill(book: Any) -> None:
        styles = _Styles(book)
        for section in own.sections:
            page = book.add_worksheet(section.sheet)
            page.write_string(0, 0, section.note, styles.note)
            (_table if section.table else _list)(page, styles, own, section, values)
            page.protect("", PROTECTION)
            writing.set_up(page, header_row=1)
        rows = [(False, (str(n), step.format(name=name))) for n, step in enumerate(STEPS, 1)]
        rows += [(False, ("", "")), (True, ("工作表", "写什么"))]
        rows += [(False, (section.sheet, section.note)) for section in own.sections]
        blanks.explain(book, book.add_worksheet(paramfiles.HOW_TO), rows, (18, 96))

    writing.save(target, fill)
    return target.getvalue()


class _Styles:
    """The formats of a workbook."""

    def __init__(self, book: Any) -> None:
        frame = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#B8C4CF"}
        self.note = book.add_format({"font_color": "#5F6B76", "locked": True})
        self.plain = book.add_format(frame | {"font_color": "#5F6B76"})
        self.bold = book.add_format(frame | writing.HEAD)
        self.heads = {
            needed: book.add_format(frame | {"bold": True, "bg_color": colour})
            for needed, colour in HEADS.items()
        }
        self.cells = {
            kind: book.add_format(frame | {"locked": False, "num_format": number, "align": "left"})
            for kind, number in {**TIMES, "int": "0", "text": "@"}.items()
        }

    def cell(self, own: Field) -> Any:
        return self.cells.get(own.kind, self.cells["text"])


def _list(
    page: Any, styles: _Styles, form: Form, section: Section, values: Mapping[str, Any]
) -> None:
    """A sheet with a parameter in each row."""
    for at, (heading, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True)):
        page.set_column(at, at, width)
        page.write_string(1, at, heading, styles.bold)
    for row, own in enumerate(section.fields, 2):
        needed, default = described(form, section, own)
        value = paramfiles.lookup(values, own.key)
        page.write_string(row, 0, own.label, styles.heads[needed])
        # what holds anyway is not written
        _write(page, row, 1, styles, own, None if value == default else value)
        said = (
            "必填" if needed else paramfiles.shown(own, default) if default is not None else "不用"
        )
        for at, text in ((2, own.unit), (3, str(said)), (4, own.note)):
            page.write_string(row, at, text, styles.plain)
        shown = paramfiles.shown(own, value)
        tallest = max(map(writing.lines_of, (own.note, shown), (WIDTHS[4], WIDTHS[1])))
        writing.set_height(page, row, tallest)
        _offer(page, row, row, 1, own)
    page.freeze_panes(2, 1)


def _table(
    page: Any, styles: _Styles, form: Form, section: Section, values: Mapping[str, Any]
) -> None:
    """A sheet with an entry in each row."""
    entries = _entries(paramfiles.lookup(values, section.path))
    for at, own in enumerate(section.fields):
        needed, _ = described(form, section, own)
        cells = [paramfiles.shown(own, entry.get(own.key)) for entry in entries]
        page.set_column(at, at, max(18, writing.width([own.label, *cells])))
        page.write_string(1, at, own.label, styles.heads[needed])
        unit = f"（{own.unit}）" if own.unit else ""
        need = blanks.REQUIRED if needed else blanks.OPTIONAL
        text = f"{need}{unit}。{own.note}"
        page.write_comment(1, at, text, blanks.comment(text))
        for row in range(2, ROWS + 2):
            entry = entries[row - 2] if row - 2 < len(entries) else {}
            _write(page, row, at, styles, own, entry.get(own.key))
        _offer(page, 2, ROWS + 1, at, own)
    page.freeze_panes(2, 0)


def _entries(value: Any) -> list[dict[str, Any]]:
    """A table's rows by the keys of its fields."""
    if isinstance(value, Mapping):
        return [{KEY: key, **_whole(entry)} for key, entry in value.items()]
    return [_whole(entry) for entry in value or ()]


def _whole(entry: Any) -> dict[str, Any]:
    return dict(entry) if isinstance(entry, Mapping) else {WHOLE: entry}


def _write(page: Any, row: int, at: int, styles: _Styles, own: Field, value: Any) -> None:
    style = styles.cell(own)
    shown = paramfiles.shown(own, value)
    if isinstance(shown, dt.date):  # with its time, even at midnight
        page.write_datetime(row, at, shown, style)
    else:
        writing.write_cell(page, row, at, shown, style, style, style)


def _offer(page: Any, first: int, last: int, at: int, own: Field) -> None:
    rule: dict[str, Any] | None = None
    if own.words or own.offers:
        rule = {
            "validate": "list",
            "source": [*(own.words or own.offers)],
            "error_type": "stop" if own.words else "information",
            "error_title": own.label[:32],
            "error_message": "请从列表中选。" if own.words else "不在列表中；写对的，按“确定”。",
        }
    elif own.kind in TIMES:
        rule = {
            "validate": "date",
            "criteria": "between",
            "minimum": dt.date(2000, 1, 1),
            "maximum": dt.date(2199, 12, 31),
            "error_type": "warning",
            "error_title": own.label[:32],
            "error_message": "请写成 2026-03-02 这样的日期；时间写成 2026-02-24 10:00。",
        }
    elif own.kind == "int":
        rule = {
            "validate": "integer",
            "criteria": ">=",
            "value": 0,
            "error_type": "warning",
            "error_title": own.label[:32],
            "error_message": "请只写整数。",
        }
    if rule:
        page.data_validation(first, at, last, at, {"ignore_blank": True, **rule})
