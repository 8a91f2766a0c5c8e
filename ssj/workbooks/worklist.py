"""问题清单.xlsx: all that is wrong with a round's inputs, in the order in which to mend it, with
links to the cells in copies of the sheets.

A working copy, internal: it names firms and officers. What is mended is mended in the files
themselves; the next ``ssj check`` replaces it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ssj.base import files, formats, params, triage
from ssj.base.errors import Problem
from ssj.tables import accounts, rawtables, schema, verdicts, writing
from ssj.tables.accounts import Tally
from ssj.tables.grid import PROGRAM
from ssj.tables.redaction import mask
from ssj.tables.writing import Sheets
from ssj.workbooks import marked

FILE, LIST, ACCOUNTS, EXCEPTIONS = "问题清单.xlsx", "问题清单", "读取情况", "例外登记"
INTERNAL = "内部使用：含企业名称和人员姓名，不得带出本单位"
COLUMNS = {
    "序号": 6,
    "级别": 6,
    "编号": 7,
    "文件": 16,
    "工作表": 16,
    "行": 8,
    "列": 27,
    "发现的内容": 24,
    "问题": 44,
    "怎样改": 50,
}
HOW_MENDED = (
    "请在原来的文件中改（本表是副本，改在这里没有用），改好后再运行 {command}。"
    "红色是错误，黄色是提醒；点“行”“列”到所在的格。"
)
MOST_LISTED = 50_000  # problems in the list; of the rest, how many of each kind
HOW_EXCEPTED = (
    "确有原因不能改的行，写明理由、审核人和审核日期，把要用的行存为批次文件夹里的 "
    "exceptions.xlsx（列名不改），再核对一次；没有写全的不算。"
    "放行：这一行照用；不列入：这一行不进检查对象或人员名录。"
)


def write(
    path: Path,
    look: Any,
    folder: Path,
    extra: Sheets | None = None,
    exceptions: Sequence[Mapping[str, Any]] = (),
    now: datetime | None = None,
) -> Path:
    """Write the workbook of an :class:`ssj.casebook.inspection.Inspection` of ``folder``, whole or
    not at all; errors as :func:`ssj.tables.writing.write_workbook` has them.

    ``exceptions``: rows of 例外登记, by key; ``extra``: further sheets.
    """
    problems, tallies = triage.ordered(look.every), look.rosters.tallies
    sheets = marked.originals(marked.of_round(folder), problems, (LIST, ACCOUNTS, EXCEPTIONS))

    def fill(book: Any) -> None:
        above = [*_title(look, folder, problems, now), *verdicts.lines(problems, tallies)]
        _list(book, book.add_worksheet(LIST), problems, sheets, above)
        pages = marked.Pages(book)
        for sheet in sheets:
            pages.add(sheet)
        styles = writing.styles(book)
        writing.add_sheet(
            book, ACCOUNTS, _accounts(accounts.rows(tallies), look.notes, sheets), styles
        )
        _exceptions(book, exceptions)
        for name, frame in (extra or {}).items():
            writing.add_sheet(
                book,
                writing.sheet_name(mask(name), [sheet.name for sheet in book.worksheets()]),
                frame,
                styles,
            )

    files.write_made(path, lambda part: writing.save(part, fill))
    return path


def write_returned(
    path: Path,
    every: Sequence[Problem],
    tables: Iterable[marked.Read],
    command: str,
    counted: Sequence[tuple[str, Tally]],
    remarks: Sequence[str],
) -> Path:
    """Write the list of what is wrong with the tables that came back, whole or not at all; errors
    as :func:`ssj.tables.writing.write_workbook` has them.

    ``counted``: tables and where their rows went; ``remarks``: what was done on reading.
    """
    problems = triage.ordered(every)
    sheets = marked.originals(tables, problems, (LIST, ACCOUNTS))
    title = f"{path.stem}　{path.parent.parent.name}　{_counted(problems)}"
    note = f"{INTERNAL}。{HOW_MENDED.format(command=command)}"
    verdict = verdicts.lines(problems, {own.file: own for _, own in counted})
    rows = [row for table, own in counted for row in accounts.rows({table: own})]

    def fill(book: Any) -> None:
        _list(book, book.add_worksheet(LIST), problems, sheets, [title, note, *verdict])
        pages = marked.Pages(book)
        for sheet in sheets:
            pages.add(sheet)
        writing.add_sheet(book, ACCOUNTS, _accounts(rows, remarks, sheets), writing.styles(book))

    files.write_made(path, lambda part: writing.save(part, fill))
    return path


def _counted(problems: Sequence[Problem]) -> str:
    errors = sum(p.severity == "error" for p in problems)
    return f"错误 {errors} 个，提醒 {len(problems) - errors} 个" if problems else "没有发现问题"


def _title(
    look: Any, folder: Path, problems: Sequence[Problem], now: datetime | None
) -> tuple[str, str]:
    """What stands above the list."""
    p = look.parameters
    whose = f"{p.round.bureau}　{p.round.title}　" if p else ""
    checked = f"　核对于 {formats.stamp(now.isoformat())}" if now else ""
    banners = (
        "".join(f"【{text}】" for text in params.banners({"parameters": p.frozen()})) if p else ""
    )
    return (
        f"{LIST}　{whose}{folder.name}{checked}　{_counted(problems)}",
        (f"{banners}{INTERNAL}。{HOW_MENDED.format(command=f'ssj check {folder.name}')}"),
    )


def _list(
    book: Any,
    page: Any,
    problems: Sequence[Problem],
    sheets: Sequence[marked.Original],
    notes: Sequence[str],
) -> None:
    """The first sheet: title, what to mind, a line for each file, then every problem with a link to
    its cell.
    """
    base = {"valign": "top", "text_wrap": True, **marked.BORDER}
    text, middle, link = (
        book.add_format(base | more)
        for more in (
            {},
            {"align": "center"},
            {"align": "center", "font_color": "#1F4E79", "underline": 1},
        )
    )
    colours = {
        severity: book.add_format(base | {"align": "center"} | colour)
        for severity, colour in marked.COLOURS.items()
    }
    head = book.add_format(base | writing.HEAD)
    writing.notes(book, page, *notes[:2])
    for n, verdict in enumerate(notes[2:], 2):
        page.write_string(n, 0, rawtables.spelt(mask(verdict)), book.add_format({"bold": True}))
    top = len(notes)
    for at, (title, width) in enumerate(COLUMNS.items()):
        page.set_column(at, at, width)
        page.write_string(top, at, title, head)
    where = {
        id(problem): (sheet, place)
        for sheet in sheets
        for place, own in sheet.marks.items()
        for problem in own
    }
    causes = triage.causes(problems)
    numbers = {id(p): n for n, p in enumerate(problems, 1)} if causes else {}
    for n, p in enumerate(problems[:MOST_LISTED], top + 1):
        cause = causes.get(id(p))
        sheet, place = where.get(id(p), (None, (0, 0)))
        target = sheet.link(place) if sheet and 2 * n < 60_000 else ""
        cells = [
            n - top,
            marked.SEVERITY[p.severity],
            p.code,
            p.file,
            p.sheet,
            p.row,
            p.column,
            triage.legible(p.value),
            mask(p.message) + (f"（多由第 {numbers[id(cause)]} 条引起）" if cause else ""),
            p.remedy,
        ]
        tallest = 1
        for at, (value, width) in enumerate(zip(cells, COLUMNS.values(), strict=True)):
            cell = rawtables.spelt(value) if isinstance(value, str) else value
            own = colours[p.severity] if at == 1 else middle if at in (0, 2, 5) else text
            if target and at in (5, 6) and cell not in (None, ""):
                page.write_url(n, at, target, link, str(cell))
                own = link
            writing.write_cell(page, n, at, cell, own, own, own)
            tallest = max(tallest, writing.lines_of(cell or "", width))
        writing.set_height(page, n, tallest)
    below = top + 1 + min(len(problems), MOST_LISTED)
    if not problems:
        page.write_string(below, list(COLUMNS).index("问题"), "没有发现问题。", text)
    for n, kind in enumerate(triage.kinds(problems[MOST_LISTED:]), below):
        page.write_string(
            n, 8, f"没有逐条列出：{marked.SEVERITY[kind.first.severity]} {kind}", text
        )
    page.autofilter(top, 0, max(top + 1, below - 1), len(COLUMNS) - 1)
    page.freeze_panes(top + 1, 0)
    writing.set_up(page, header_row=top)
    page.set_footer("&C第 &P 页 共 &N 页")


def _accounts(
    rows: Iterable[Mapping[str, Any]], said: Iterable[str], sheets: Sequence[marked.Original]
) -> pd.DataFrame:
    """Where the rows of each table went, what was done on reading, which sheets are shown how."""
    notes = [{"table": "读取说明", "why": mask(note)} for note in said]
    shown = [
        {
            "table": "本表的附页",
            "file": sheet.file,
            "why": f"“{sheet.name}”：照原来的行列，标出有问题的格。"
            if sheet.rows is None
            else f"“{sheet.name}”：原表 {formats.thousands(len(sheet.sheet.grid))} 行，"
            "只列有问题的行；第一列是原来的行号，其余各列右移一列。",
        }
        for sheet in sheets
    ]
    return writing.sheet([*rows, *notes, *shown], accounts.COLUMNS)


def _exceptions(book: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """例外登记: the columns of exceptions.xlsx, ready to be copied there."""
    columns = {column.key: column.header for column in schema.COLUMNS["exceptions"]}
    page = book.add_worksheet(EXCEPTIONS)
    head = book.add_format({**writing.HEAD, **marked.BORDER})
    text, day = (
        book.add_format({"num_format": form, "valign": "top", "text_wrap": True, **marked.BORDER})
        for form in ("@", "yyyy-mm-dd")
    )
    for at, (key, title) in enumerate(columns.items()):
        page.set_column(at, at, {"id": 22, "name": 30, "reason": 36, "remark": 20}.get(key, 13))
        page.write_string(0, at, title, head)
        for n, row in enumerate(rows, 1):
            form = day if key == "reviewed_on" else text
            writing.write_cell(page, n, at, row.get(key), day, day, form)
    page.write_comment(0, 0, HOW_EXCEPTED, {"author": PROGRAM, "width": 360, "height": 120})
    at = list(columns).index("treatment")
    page.data_validation(
        1,
        at,
        max(1, len(rows)),
        at,
        {"validate": "list", "source": list(schema.TREATMENTS), "error_message": "请从列表中选。"},
    )
    page.freeze_panes(1, 0)
    writing.set_up(page)
