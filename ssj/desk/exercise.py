"""The training folder: a small invented round with planted mistakes, a sheet with what is right,
and the guided notebook.

Made from ``demo/params/sample60``. What is planted is listed once, in :data:`PLANTED`; the sheet
原始资料.xlsx says how each row should be, as the sections signed it off. Everything stays below
the one folder, so it can be deleted as a whole.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import formats, params
from ssj.base.errors import RefusedError, SsjError
from ssj.base.params import Parameters
from ssj.casebook import runner
from ssj.casebook.archive import LEDGER, kind_of, read_entries
from ssj.tables import fields, paramfiles, places
from ssj.upkeep import starter
from ssj.workbooks import paramforms

FOLDER = f"{formats.DEMO}/training"  # beside params
ROUND = "training"
SOURCE = "sample60"
NOTEBOOK = "9_training.ipynb"
FACTS = "原始资料.xlsx"
TAMPERED = "tampered"
RIGHT_CODE = (
    "919999987000010000"  # its first 17 places; all digits, as Excel takes them for a number
)
STRANGER = "演示股长"  # approves though nobody empowered them
CERTIFICATE = datetime(2024, 12, 31)


@dataclass(frozen=True)
class Planted:
    """One mistake: the table and data row (from 1), what is done to the row, and what the sheet
    says about it.
    """

    table: str
    row: int
    column: str
    what: str
    spoil: Callable[[Any, int, int], None]  # worksheet, row, column


def _put(value: Any, form: str = "General") -> Callable[[Any, int, int], None]:
    def spoil(sheet: Any, row: int, column: int) -> None:
        sheet.cell(row, column).value = value
        sheet.cell(row, column).number_format = form

    return spoil


def _twice(sheet: Any, row: int, _column: int) -> None:
    last = sheet.max_row + 1
    for at in range(1, sheet.max_column + 1):
        sheet.cell(last, at).value = sheet.cell(row, at).value


def _merge(sheet: Any, row: int, column: int) -> None:
    sheet.merge_cells(start_row=row, end_row=row, start_column=column, end_column=column + 1)


PLANTED = (
    Planted("targets", 8, "编号", "编号末几位被 Excel 变成了 0", _put(float(int(RIGHT_CODE)))),
    Planted("targets", 13, "状态", "状态写法不对", _put("关张")),
    Planted("targets", 18, "类别", "类别漏填", _put(None)),
    Planted("targets", 28, "编号", "同一户登记了两行", _twice),
    Planted("targets", 38, "类别", "类别和等级并成一格", _merge),
    Planted("officers", 3, "工号", "同一人登记了两行", _twice),
    Planted(
        "officers",
        4,
        "执法证有效期至",
        "执法证在检查期间到期",
        _put(datetime(2021, 12, 15), "yyyy-mm-dd"),
    ),
    Planted("plan", 2, "抽查比例", "比例 5% 写成了 5", _put(5)),
)


def is_training(folder: Path) -> bool:
    """Whether a folder was made by :func:`new`."""
    return (folder / NOTEBOOK).exists() and (folder / "params" / ROUND).is_dir()


def new(folder: Path) -> Path:
    """Make the training folder; ``RefusedError`` if there is something already."""
    source = runner.ROOT / formats.DEMO / "params" / SOURCE
    if folder.exists():
        raise RefusedError(
            f"{folder.as_posix()} 已经存在",
            "要从头再练一遍的，先把它整个删去，或写另一个文件夹：ssj new --training 文件夹。",
        )
    if not source.is_dir():
        raise SsjError(
            f"找不到做练习用的样例 {source.as_posix()}",
            "请放回项目自带的 demo/params/sample60 文件夹。",
        )
    with starter.whole_folder(folder) as made:
        own = made / "params" / ROUND
        own.mkdir(parents=True)
        facts = {
            stem: _spoilt(places.find(source, stem), own / f"{stem}.xlsx")
            for stem in ("items", "targets", "officers", "plan")
        }
        parameters = paramfiles.read_round(source)
        (own / "round.xlsx").write_bytes(_spoilt_parameters(parameters))
        _write_facts(facts, parameters, made / FACTS)
        shutil.copyfile(runner.ROOT / "notebooks" / NOTEBOOK, made / NOTEBOOK)
    return folder


def _spoilt(source: Path, target: Path) -> list[list[Any]]:
    """Copy a table with its mistakes planted; for each, what it is and how the row should be."""
    import openpyxl

    book = openpyxl.load_workbook(source)
    sheet, stem, facts = book.active, target.stem, []
    top = next(row for row in range(1, 11) if sheet.cell(row, 2).value and sheet.cell(row, 3).value)
    heads = [cell.value for cell in sheet[top]]
    for row in range(top + 1, sheet.max_row + 1):
        for cell in sheet[row]:
            if isinstance(cell.value, str):
                cell.value = cell.value.replace(SOURCE, ROUND)
    own = [p for p in PLANTED if p.table == stem]
    for planted in own:
        row, column = top + planted.row, heads.index(planted.column) + 1
        if planted.column == "执法证有效期至":
            sheet.cell(row, column).value = CERTIFICATE
        if planted.what.startswith("编号末几位"):
            sheet.cell(row, column).value = right_code()
        for at in range(row, row + 1 + (planted.spoil is _merge)):
            facts.append([planted.what, *(cell.value for cell in sheet[at])])
    for planted in own:
        planted.spoil(sheet, top + planted.row, heads.index(planted.column) + 1)
    book.save(target)
    return [["要改什么", *heads], *facts] if facts else []


def right_code() -> str:
    """The planted target's code in full: a unified social credit code of digits alone."""
    from stdnum.cn import uscc

    bodies = (f"{RIGHT_CODE[:14]}{n:03d}" for n in range(1000))
    return next(body + digit for body in bodies if (digit := uscc.calc_check_digit(body)).isdigit())


def _spoilt_parameters(parameters: Parameters) -> bytes:
    """The parameters of the training: its own id, the place not filled in, an approver without
    authority.
    """
    values = parameters.model_dump(by_alias=True)
    values["round"] |= {"id": ROUND, "title": "练习批次"}
    values["event"]["place"] = None
    for approval in values["approval"]:
        if approval["matter"] == params.SCHEME:
            approval["approver"] = STRANGER
    return paramforms.form(fields.ROUND, ROUND, values)


def _write_facts(facts: dict[str, list[list[Any]]], parameters: Parameters, path: Path) -> None:
    import openpyxl
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    book.remove(book.active)
    titles = {
        "targets": "检查对象（各股室签字）",
        "officers": "执法检查人员（各股室签字）",
        "plan": "年度计划（批准件）",
    }
    for stem, title in titles.items():
        sheet = book.create_sheet(title)
        for row in facts[stem]:
            sheet.append([f"{v:%Y-%m-%d}" if isinstance(v, datetime) else v for v in row])
    sheet = book.create_sheet("抽查方案（批准件）")
    approved = next(a.approver for a in parameters.approval if a.matter == params.SCHEME)
    for row in (["批准人", approved], ["公开活动的地点", parameters.event.place]):
        sheet.append(row)
    for sheet in book:
        for column in sheet.columns:
            width = max(
                sum(2 if ord(c) > 255 else 1 for c in str(cell.value or "")) for cell in column
            )
            sheet.column_dimensions[column[0].column_letter].width = min(40, width + 2)
        for cell in sheet[1]:
            cell.font = Font(bold=True)
    book.save(path)


# An archive that somebody has changed


def tamper(folder: Path) -> Path:
    """A copy of the training's archive in which another target stands among the drawn ones; the
    folder to audit.

    ``RefusedError`` if nothing is drawn yet. The archive itself is only read.
    """
    outputs, target = folder / "outputs", folder / TAMPERED
    draws = [
        e for e in read_entries(outputs) if e["round"] == ROUND and kind_of(e["stage"]) == "draw"
    ]
    if not draws:
        raise RefusedError("还没有抽取，没有可以用来练习找错的档案", "请先做到抽取。")
    if not target.exists():
        made = folder / f".{TAMPERED}.part"
        shutil.rmtree(made, ignore_errors=True)
        shutil.copytree(outputs / ROUND, made / ROUND, ignore=shutil.ignore_patterns("files"))
        (made / ROUND / "files").mkdir()
        shutil.copyfile(outputs / LEDGER, made / LEDGER)
        path = made / ROUND / draws[-1]["stage"] / "data" / "out" / "draw.json"
        record = json.loads(path.read_text(encoding="utf-8"))
        _spare_one(record)
        path.write_bytes(protocol.canonical(record))
        made.rename(target)
    return target / ROUND


def _spare_one(record: protocol.Record) -> None:
    """Put a target that was not drawn in the place of one that was."""
    part = next(p for p in record["drawn"] if p["by_ticket"])
    units = [
        t["id"]
        for t in record["tables"]["targets"]
        if any(
            (f["task"], f["stratum"]) == (part["task"], part["stratum"]) and f["size"]
            for f in t["internal"]["frames"]
        )
    ]
    drawn = {*part["by_ticket"], *part["certain"]}
    part["by_ticket"][0] = next(identifier for identifier in units if identifier not in drawn)
