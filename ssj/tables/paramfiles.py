"""Parameters in either form, as a workbook (``round.xlsx``) or as TOML (``round.toml``): read by
the same models, problems named where they are to be mended.

A cell is turned into what the model takes if it can be; else it goes there as it is, and the model
says what is wrong with it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from pydantic import ValidationError

from ssj.base import formats, params, tomls, workdays
from ssj.base.errors import InputError, Problem, quoted
from ssj.tables import cells, fields
from ssj.tables.fields import KEY, WHOLE, Field, Form, Section

NAME, CONTENT = "项目", "内容"  # headings of a sheet that has a parameter in each row
BESIDE = ("单位", "不填时", "说明")  # columns of such a sheet that are not read
HOW_TO = "填写说明"  # a sheet that is not read
Model = TypeVar("Model", bound=params.Strict)
Path_ = tuple[str, ...]
Draft = Callable[[dict[str, Any]], dict[str, Any]]


class Place(NamedTuple):
    """Where a parameter stands; ``label``: what it is called, where its column doesn't say so."""

    sheet: str
    row: int | None = None
    column: str = ""
    field: Field | None = None
    label: str = ""


@dataclass
class Document:
    """A workbook of parameters as the model takes it, with the places of what it holds."""

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[Path_, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


# --- which form -----------------------------------------------------------------------------------


def path_of(stem: str, folder: Path) -> Path:
    """The one file of parameters in a folder; ``InputError`` if there is none, or both."""
    there = [path for path in _both(stem, folder) if path.exists()]
    if len(there) == 1:
        return there[0]
    names = " 和 ".join(path.name for path in there)
    near = [] if there else _near(stem, folder)
    raise InputError(
        [
            Problem(
                "R11",
                f"既有 {names}，不知道以哪一个为准",
                "请只留一个，另一个移到别的文件夹",
                file=there[0].name,
            )
            if there
            else Problem(
                "R00",
                "找不到这个文件" + (f"，像是它的有：{quoted(near)}" if near else ""),
                f"请核对后改名为 {stem}.xlsx（用 TOML 的，是 {stem}.toml），末尾不要有 .txt 等"
                if near
                else f"请放到文件夹 {folder.name} 中（用 TOML 的，是 {stem}.toml）",
                file=f"{stem}.xlsx",
            )
        ]
    )


def _near(stem: str, folder: Path) -> list[str]:
    """Files that are probably the parameters, under a name that is not quite right."""
    return sorted(
        path.name
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.name.lower().startswith(stem) and {".toml", ".xlsx"} & set(path.suffixes)
    )


def exists(stem: str, folder: Path) -> bool:
    """Whether a folder has parameters in either form."""
    return any(path.exists() for path in _both(stem, folder))


def file_of(stem: str, folder: Path) -> str:
    """What the parameters of a folder are called, to be named in a sentence."""
    return next((p.name for p in _both(stem, folder) if p.exists()), f"{stem}.xlsx")


def folders(stem: str, home: Path) -> list[Path]:
    """The folders that have parameters in either form."""
    return sorted({path.parent for own in _both(stem, Path("*")) for path in home.glob(str(own))})


def _both(stem: str, folder: Path) -> list[Path]:
    return [folder / f"{stem}{suffix}" for suffix in (".xlsx", ".toml")]


# --- read -----------------------------------------------------------------------------------------


def read(form: Form, folder: Path, draft: Draft = lambda whole: whole) -> params.Strict:
    """The parameters in a folder; ``InputError`` with all their problems. ``draft``: what is made
    of them before they are checked.
    """
    path = path_of(form.stem, folder)
    if path.suffix == ".toml":
        return params.read(form.model, path, draft)
    document = _opened(form, path)
    found = list(document.problems)
    try:
        parameters = form.model.model_validate(draft(document.data))
    except ValidationError as error:
        raise InputError([*found, *_named(document, path.name, error)]) from None
    if found:
        raise InputError(found)
    return parameters


def read_round(folder: Path) -> params.Parameters:
    """The parameters of a round's folder; ``InputError`` with all their problems."""
    return cast("params.Parameters", read(fields.ROUND, folder))


def read_draft(folder: Path) -> params.Parameters:
    """As :func:`read_round`, before anybody has approved."""
    return cast("params.Parameters", read(fields.ROUND, folder, params.without_unfilled))


def read_calendar(home: Path) -> Callable[[dt.date], bool]:
    """A test for working days by the calendar in a folder, if there is one (errors as
    :func:`ssj.base.workdays.read_calendar` has them).
    """
    path = home / "calendar.toml"
    if exists("calendar", home) and (path := path_of("calendar", home)).suffix == ".xlsx":
        return workdays.calendar(read(fields.CALENDAR, home).model_dump(), path.name)
    return workdays.read_calendar(path)


def raw(form: Form, folder: Path) -> dict[str, Any]:
    """What the parameters hold, sound or not; nothing where they can't be read."""
    with suppress(InputError, OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        path = path_of(form.stem, folder)
        if path.suffix == ".toml":
            return tomls.read(path)
        return _opened(form, path).data
    return {}


def canonical(form: Form, folder: Path) -> bytes:
    """The parameters of a folder as TOML: the file itself, or what its workbook comes to."""
    path = path_of(form.stem, folder)
    return path.read_bytes() if path.suffix == ".toml" else dumped(read(form, folder)).encode()


def dumped(parameters: params.Strict) -> str:
    """Parameters as TOML that reads to the same."""
    return tomls.dumps(parameters.model_dump(by_alias=True, exclude_none=True))


def placed(form: Form, folder: Path, problems: Iterable[Problem]) -> list[Problem]:
    """Problems of ``round.toml`` with their place in the workbook, where the folder has one."""
    problems, toml = list(problems), f"{form.stem}.toml"
    if not any(p.file == toml for p in problems) or not (folder / f"{form.stem}.xlsx").exists():
        return problems
    path = folder / f"{form.stem}.xlsx"
    document = _opened(form, path)
    return [_placed(document, path.name, p) if p.file == toml else p for p in problems]


# --- the workbook ---------------------------------------------------------------------------------


def _opened(form: Form, path: Path) -> Document:
    """The workbook's cells as the form has them; ``InputError`` if nothing can be read of it.
    The same bytes are read once.
    """
    content = hashlib.sha256()
    with suppress(OSError):
        content.update(path.read_bytes())
    known = _document(form, path, content.digest())
    return replace(known, data=deepcopy(known.data), problems=[*known.problems])


@lru_cache(maxsize=8)
def _document(form: Form, path: Path, _content: bytes) -> Document:
    from ssj.tables import sheets
    from ssj.tables.grid import Unreadable

    try:
        kind, found = sheets.sheets_of(path)
    except Unreadable as error:
        raise InputError([error.problem]) from None
    if kind != "xlsx":
        raise InputError(
            [Unreadable("F04/kind", path.name, suffix="xlsx", kind="别的格式").problem]
        )
    by_name, known = (
        {sheet.name.strip(): sheet for sheet in found},
        [s.sheet for s in form.sections],
    )
    document = Document()
    for name in by_name:
        if name not in (*known, HOW_TO):
            document.problems.append(
                Problem(
                    "R13",
                    "不认识的工作表",
                    f"请删去，或改回原名。应有的是{quoted(known)}",
                    file=path.name,
                    sheet=name,
                )
            )
    for section in form.sections:
        sheet = by_name.get(section.sheet)
        if sheet is None:
            document.problems.append(
                Problem("R13", f"缺少工作表“{section.sheet}”", "请恢复这张表", file=path.name)
            )
            continue
        grid = [[None if cell == "" else cell for cell in row] for row in sheet.grid]
        head = (
            _rows(document, section, grid, path.name)
            if section.table
            else _parameters(document, form, section, grid, path.name)
        )
        for problem in sheet.marked:
            column = _text(grid[head] if head < len(grid) else [], int(problem.column[1:]))
            document.problems.append(replace(problem, column=column or problem.column))
    return document


def _text(row: list[Any], at: int) -> str:
    return cells.as_text(row[at]) if at < len(row) else ""


def _head(
    document: Document, section: Section, grid: list[list[Any]], file: str, wanted: Iterable[str]
) -> tuple[int, dict[str, int]]:
    """The row of the headings, from 0, and the columns of those that are known."""
    names = {cells.word(label): label for label in wanted}
    heads = [
        {names[word]: at for at in range(len(row)) if (word := cells.word(_text(row, at))) in names}
        for row in grid
    ]
    head = next((n for n, found in enumerate(heads) if len(found) >= min(2, len(names))), len(grid))
    found = heads[head] if head < len(grid) else {}
    wrong = [
        (f"缺少“{label}”一列", "请恢复列名", "") for label in names.values() if label not in found
    ]
    texts = [_text(grid[head], at) for at in range(len(grid[head]))] if found else []
    words = list(map(cells.word, texts))
    for text, word in zip(texts, words, strict=True):
        if word and word not in names and text not in BESIDE:
            wrong.append(("这一列不是参数", "请改回原来的列名，或删去这一列", text))
        elif word and words.count(word) > 1:
            wrong.append(("列名重复了", "请只留一列", text))
    document.problems += [
        Problem("R13", message, remedy, file=file, sheet=section.sheet, row=head + 1, column=text)
        for message, remedy, text in wrong
    ]
    return head, found


def _parameters(
    document: Document, form: Form, section: Section, grid: list[list[Any]], file: str
) -> int:
    """A sheet with a parameter in each row; the row of its headings, from 0."""
    head, at = _head(document, section, grid, file, (NAME, CONTENT))
    if len(at) < 2:
        return head
    by_label, seen = {cells.word(f.label): f for f in section.fields}, dict[str, int]()
    for n, row in enumerate(grid[head + 1 :], head + 2):
        label = _text(row, at[NAME])
        own, cell = by_label.get(cells.word(label)), _cell(row, at[CONTENT])
        if own is None or label in seen:
            if label or cell is not None:
                document.problems.append(
                    Problem(
                        "R13",
                        f"与第 {seen[label]} 行是同一项" if own else "不认识的项目",
                        "请删去一行" if own else "请改回原来的写法，或删去这一行",
                        file=file,
                        sheet=section.sheet,
                        row=n,
                        column=NAME,
                        value=label,
                    )
                )
            continue
        seen[label], path = n, tuple(own.key.split("."))
        document.places[path] = Place(section.sheet, n, CONTENT, own, own.label)
        # what stands above it, if nothing more exact is known
        document.places.setdefault(path[:1], Place(section.sheet))
        if cell is not None:
            _put(document.data, path, _value(own, cell))
        elif fields.described(form, section, own)[0]:  # so that it is named, not what it is part of
            _inside(document.data, path)
    return head


def _rows(document: Document, section: Section, grid: list[list[Any]], file: str) -> int:
    """A sheet with an entry in each row; the row of its headings, from 0."""
    base = tuple(section.path.split("."))
    document.places[base] = Place(section.sheet)
    head, at = _head(document, section, grid, file, [f.label for f in section.fields])
    entries: list[Any] = []
    named: dict[str, Any] = {}
    rows: dict[str, int] = {}
    for n, row in enumerate(grid[head + 1 :], head + 2):
        given = {
            f.key: (f, _value(f, cell))
            for f in section.fields
            if f.label in at and (cell := _cell(row, at[f.label])) is not None
        }
        if not given:
            continue
        key = str(given.pop(KEY)[1]) if KEY in given else ""
        if KEY in (f.key for f in section.fields) and (not key or key in rows):
            label = section.fields[0].label
            document.problems.append(
                Problem(
                    "R13",
                    f"与第 {rows[key]} 行写重了" if key else f"没有写{label}",
                    "请删去一行，或改正" if key else "请补上",
                    file=file,
                    sheet=section.sheet,
                    row=n,
                    column=label,
                    value=key,
                )
            )
            continue
        rows[key] = n
        own = (*base, key or str(len(entries)))
        document.places[own] = Place(section.sheet, n, section.fields[0].label, section.fields[0])
        for f in section.fields:
            end = () if f.key in (KEY, WHOLE) else (f.key,)
            if f.key != KEY:
                document.places[(*own, *end)] = Place(section.sheet, n, f.label, f)
        value = given[WHOLE][1] if WHOLE in given else {k: v for k, (_, v) in given.items()}
        if key:
            named[key] = value
        else:
            entries.append(value)
    if named or entries:
        _put(document.data, base, named or entries)
    return head


def _cell(row: list[Any], at: int) -> Any:
    cell = row[at] if at < len(row) else None
    return None if cell is None or (isinstance(cell, str) and not cell.strip()) else cell


def _put(data: dict[str, Any], path: Path_, value: Any) -> None:
    _inside(data, path)[path[-1]] = value


def _inside(data: dict[str, Any], path: Path_) -> dict[str, Any]:
    """The table that holds what stands at a path, made if it is not there."""
    for part in path[:-1]:
        data = data.setdefault(part, {})
    return data


# --- cells ----------------------------------------------------------------------------------------


def _whole(cell: Any) -> Any:
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    text = unicodedata.normalize("NFKC", cells.as_text(cell))
    return int(text) if re.fullmatch("-?[0-9]{1,15}", text) else cell


def _day(cell: Any) -> Any:
    try:
        return cells.PARSERS["date"](cell)
    except cells.Refused:
        return cell


def _texts(cell: Any) -> Any:
    try:
        return list(cells.PARSERS["names"](cells.as_text(cell)))
    except cells.Refused:
        return cells.as_text(cell)


def _moment(cell: Any) -> Any:
    if not isinstance(cell, dt.datetime):
        text = unicodedata.normalize("NFKC", cells.as_text(cell))
        text = re.sub("[年月/.]", "-", text, count=2).replace("日", " ").replace("时", ":")
        text = re.sub(r"-(\d)(?=[- T])", r"-0\1", re.sub(r"\s+", " ", text)).strip("分 ")
        try:
            if not re.match(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", text):
                return cell
            cell = dt.datetime.fromisoformat(text)
        except ValueError:
            return cell
    return cell.replace(tzinfo=formats.BEIJING) if cell.tzinfo is None else cell


def _ratio(cell: Any) -> Any:
    """``5%``, ``0.05`` and a cell of 0.05 alike: the shortest decimal text."""
    text = unicodedata.normalize("NFKC", cells.as_text(cell)).replace(" ", "")
    digits, sign = re.fullmatch(r"(.*?)(%?)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    try:
        number = Decimal(digits).scaleb(-2 if sign else 0)
        return format(number.normalize() if number.is_finite() else number, "f")
    except InvalidOperation:
        return text


CELLS: dict[str, Callable[[Any], Any]] = {
    "text": cells.as_text,
    "texts": _texts,
    "int": _whole,
    "bool": cells.as_text,  # by its words
    "choice": cells.as_text,
    "day": _day,
    "time": _moment,
    "ratio": _ratio,
}


def _value(own: Field, cell: Any) -> Any:
    value = CELLS[own.kind](cell)
    words = own.words or {}
    return words.get(value, value) if isinstance(value, str) else value


def shown(own: Field, value: Any) -> Any:
    """A value as its cell shows it; nothing as nothing."""
    if value is None:
        return ""
    if own.words:
        return next((word for word, meant in own.words.items() if meant == value), value)
    if own.kind == "ratio":
        return formats.exact(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(formats.BEIJING).replace(tzinfo=None)
    return "、".join(value) if isinstance(value, list) else value


# --- problems -------------------------------------------------------------------------------------

SAID = {  # of a cell otherwise than of TOML
    "missing": ("还没有填", "请填写"),
    "string_type": ("应为文字", "请改为文字"),
    "int_type": ("应为整数", "请只写整数"),
    "list_type": (  # a code that Excel keeps as a number
        "是位数很多的数，末几位可能已丢失",
        "请先把单元格设为“文本”格式，再重新填写",
    ),
    "date_type": ("应为日期", "请写成 2026-03-02"),
    "datetime_type": ("应为日期和时间", "请写成 2026-02-24 10:00"),
}


def _named(document: Document, file: str, error: ValidationError) -> list[Problem]:
    """What a model finds wrong, by its place in the workbook; nothing of a sheet that is said to be
    missing.
    """
    found = []
    gone = any(p.code == "R13" and not p.sheet for p in document.problems)
    for own in error.errors(include_url=False):
        problem = params.problem_of(file, own)
        if own["type"] in SAID:
            message, remedy = SAID[own["type"]]
            problem = replace(problem, message=message, remedy=remedy)
        problem = _placed(document, file, problem)
        if problem.sheet or not (gone and own["type"] == "missing"):
            found.append(problem)
    return found


def _placed(document: Document, file: str, problem: Problem) -> Problem:
    """A problem of a parameter at its cell; without one, at the sheet of what is above it."""
    path = tuple(problem.column.split(".")) if problem.column else ()
    near = [path[:end] for end in range(len(path), 0, -1) if path[:end] in document.places]
    place = document.places[near[0]] if near else Place("")
    exact = bool(near) and near[0] == path
    label = place.label if exact else ".".join(path[len(near[0]) if near else 0 :])
    message, remedy = problem.message, problem.remedy
    if exact and place.field and place.field.words and problem.value and problem.code == "R02":
        message, remedy = "不是允许的值", f"请从列表中选：{'、'.join(place.field.words)}"
    return replace(
        problem,
        file=file,
        sheet=place.sheet,
        row=place.row,
        column=place.column if exact or place.row else "",
        message=f"“{label}”{message}" if label else message,
        remedy=remedy,
    )


def carried(form: Form, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters without what belongs to one round or year."""
    kept: dict[str, Any] = {}
    for section in form.sections:
        if section.once:
            continue
        if not section.table:
            for own in section.fields:
                value = lookup(parameters, own.key)
                if value is not None and not own.once:
                    _put(kept, tuple(own.key.split(".")), value)
        elif entries := lookup(parameters, section.path):
            once = {f.key for f in section.fields if f.once}
            if isinstance(entries, list):
                entries = [
                    {k: v for k, v in e.items() if k not in once} if isinstance(e, dict) else e
                    for e in entries
                ]
            _put(kept, tuple(section.path.split(".")), entries)
    return kept


def lookup(parameters: Mapping[str, Any], path: str) -> Any:
    """What stands at a dotted path; nothing if it is not there."""
    value: Any = parameters
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
