"""单户录入 (``ssj add``): one more target, officer or item in a round's workbook, checked as the
whole is, the rest of it untouched.

The row is put into a copy of the folder, and the copy read with all rules; only if it brings no new
error does the copy's file take the place of the old one, whole or not at all. Errors that the
tables have already neither stop it nor are hidden by it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ssj.base import params
from ssj.base.errors import InputError, Problem, SsjError
from ssj.casebook import inspection
from ssj.rosters import rosters
from ssj.rosters.rosters import Rosters
from ssj.tables import headings, parts, rawtables, rules, schema
from ssj.tables.cells import PARSERS, Refused, choice, risk_class
from ssj.tables.reader import LETTERS, typed_cell
from ssj.tables.redaction import is_personal
from ssj.tables.schema import FOREVER, Column
from ssj.upkeep import editing, placing

# what a person says → the table
TABLES = {"target": "targets", "officer": "officers", "item": "items"}
FROZEN = "本批次已封库，改动不影响已封库的名单"
TRIES = 5  # of os.replace, a tenth of a second apart: virus scanners hold new files for a moment


@dataclass(frozen=True)
class Added:
    """Where the new row stands, what it brought warnings about, and how many errors the tables had
    before.
    """

    file: str
    sheet: str
    row: int
    warnings: tuple[Problem, ...]
    errors_before: int


class Entry:
    """One row to be added to a table of a round. ``InputError`` or ``SsjError`` if it can't be."""

    def __init__(self, folder: Path, table: str, file: str = "") -> None:
        self.folder, self.table, self.path = folder, table, _path(folder, table, file)
        self.file = self.path.relative_to(folder).as_posix()
        try:
            own = params.read_round(folder / "round.toml")
            self.classes, self.round_id, self.window = (
                tuple(own.classes),
                own.round.id,
                (own.round.window.start, own.round.window.end),
            )
        except InputError:
            self.classes, self.round_id, self.window = (
                tuple(inspection.classes_of(folder / "round.toml")),
                folder.name,
                (schema.dt.date.min,) * 2,
            )
        self.headings = parts.headings_of(folder, table)
        self.where = placing.place(self.path, self.headings)
        self.columns = [c for c in schema.COLUMNS[table] if c.header in self.where.columns]
        self._parsers = PARSERS | {"class": lambda value: risk_class(value, self.classes)}

    def title(self, column: Column) -> str:
        """A column's name for people: with the file's own title, if it has another."""
        at = self.where.columns[column.header][0]
        own = next(
            (title for title, place in self.where.titles.items() if place == at), column.header
        )
        return (
            column.header
            if headings.plain(own) == headings.plain(column.header)
            else f"{column.header}（文件中是“{own}”）"
        )

    def fault(self, column: Column, text: str) -> Problem | None:
        """What is wrong with one value by itself."""
        try:
            self._typed(column, text)
        except Refused as why:
            return rules.problem(
                why.rule,
                self.file,
                self.where.sheet,
                None,
                column.header,
                text[:60],
                LETTERS[self.table],
                **why.details,
            )
        return None

    def _typed(self, column: Column, text: str) -> Any:
        """A value as reading types it; of a new row no required one may be blank."""
        parse = (
            self._parsers.get(column.kind)
            if column.words is None
            else lambda value: choice(value, column.words)
        )
        return typed_cell(replace(column, blank=False), parse, text if text.strip() else None)

    def values(self, pairs: Iterable[tuple[str, str]]) -> dict[int, str]:
        """Column → text, of titles (the declared ones, their synonyms or the file's own) and texts.
        ``SsjError`` for a title that the file lacks or that is given twice, ``InputError`` with
        every value that is wrong by itself and every required one that is missing.
        """
        found: dict[int, str] = {}
        for title, text in pairs:
            at = self._column(title)
            if at in found:
                raise SsjError(f"“{title}”写了两次", "每一列只写一次。")
            found[at] = text.strip()
        problems = []
        for column in self.columns:
            own = [found[at] for at in self.where.columns[column.header] if found.get(at)]
            if problem := self.fault(column, own[0] if own else ""):
                problems.append(problem)
        if problems:
            raise InputError(problems)
        return found

    def _column(self, title: str) -> int:
        plain = headings.plain(title)
        if is_personal(plain):
            raise SsjError(
                f"“{title}”是个人信息，不用这条命令填写",
                "这一列读取时略去，不进入档案；需要填的，请在 Excel 中填。",
            )
        declared = next((header for header in self.headings if headings.plain(header) == plain), "")
        own = [at for name, at in self.where.titles.items() if headings.plain(name) == plain]
        means = declared or self.headings.means(title)
        if declared in self.where.columns or (means in self.where.columns and not own):
            return self.where.columns[means][0]
        if own:
            return own[0]
        known = "、".join(dict.fromkeys(c.header for c in self.columns))
        hint = (
            f"要填的，请先在 Excel 中给这张表加上“{means}”列。"
            if means
            else f"可以写：{known}；或者文件里的列名。"
        )
        raise SsjError(f"{self.file} 里没有“{title}”这一列", hint)

    def write(self, values: dict[int, str]) -> Added:
        """Add the row. ``InputError`` with the new errors, and nothing is changed."""
        old = self.path.read_bytes()
        code = next(c for c in self.columns if c.key == "id")
        identifier = self._typed(
            code, next((values[at] for at in self.where.columns[code.header] if values.get(at)), "")
        )
        new = editing.with_row(old, self.where, self._cells(values))
        with tempfile.TemporaryDirectory(prefix="ssj-add-", ignore_cleanup_errors=True) as place:
            copy = Path(place) / self.folder.name
            shutil.copytree(
                self.folder,
                copy,
                ignore=lambda home, names: [
                    n for n in names if (Path(home) / n).is_dir() and n not in schema.COLUMNS
                ],
            )
            (copy / self.file).write_bytes(new)
            after = self._read(copy)
        known = self._read(self.folder).every if after.every else ()
        fresh = _fresh(known, after.every)
        # the row itself is in no file now
        if errors := [p for p in fresh if p.severity == "error"]:
            raise InputError(
                replace(p, row=None) if (p.file, p.row) == (self.file, self.where.row) else p
                for p in errors
            )
        if identifier not in set(getattr(after, self.table)["id"]):
            raise SsjError(
                f"写入后读不出这一行（编号 {identifier}），没有改动文件",
                "它的第一格像是示例、说明或合计行，或者这张表另有错误：请先运行 ssj check "
                f"{self.folder.name}。",
            )
        if self.path.read_bytes() != old:
            raise SsjError(f"{self.file} 刚刚被别的程序改动过，没有写入", "请再运行一次。")
        _replace(new, self.path)
        return Added(
            self.file,
            self.where.sheet,
            self.where.row,
            tuple(fresh),
            sum(p.severity == "error" for p in known),
        )

    def _cells(self, values: dict[int, str]) -> dict[int, Any]:
        """Texts as cells: counts are numbers, dates real dates, all else text."""
        kinds = {at: column for column in self.columns for at in self.where.columns[column.header]}
        cells: dict[int, Any] = {}
        for at, text in values.items():
            column = kinds.get(at)
            typed = (
                self._typed(column, text)
                if column and text and column.kind in ("int", "date")
                else text
            )
            cells[at] = "长期" if typed == FOREVER else text if typed is None else typed
        return {at: cell for at, cell in cells.items() if cell != ""}

    def _read(self, folder: Path) -> Rosters:
        return rosters.load(folder, self.classes, self.round_id, self.window)


def _path(folder: Path, table: str, file: str) -> Path:
    """The file that gets the row."""
    home = folder / table
    if file:
        path = (folder / file).resolve()
        known = sorted(
            p.relative_to(folder).as_posix()
            for p in [*folder.glob(f"{table}.*"), *home.glob("*")]
            if p.suffix.lower() in rawtables.SUFFIXES and not p.name.startswith(("~$", "."))
        )
        if not any(path == (folder / name).resolve() for name in known):
            raise SsjError(
                f"找不到 {file}",
                f"可以写：{'、'.join(known) or '无'}（相对于 {folder.as_posix()}）。",
            )
        return folder / next(name for name in known if (folder / name).resolve() == path)
    if home.is_dir():
        names = "、".join(
            sorted(
                p.name
                for p in home.iterdir()
                if p.suffix.lower() in rawtables.SUFFIXES and not p.name.startswith(("~$", "."))
            )
        )
        raise SsjError(
            f"{schema.TITLES[table]}分股室放在文件夹 {table} 中，不知道加到哪一份（有："
            f"{names or '无'}）",
            f"请用 --file 写明，如 --file {table}/{names.split('、')[0] or '建筑市场股.xlsx'}",
        )
    return rawtables.find(folder, table)


def _fresh(before: Iterable[Problem], after: Iterable[Problem]) -> list[Problem]:
    """Problems that were not there before."""
    known, fresh = Counter(before), []
    for problem in after:
        if known[problem]:
            known[problem] -= 1
        else:
            fresh.append(problem)
    return fresh


def _replace(data: bytes, path: Path) -> None:
    """Put the bytes in the file's place, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, part)
        for left in reversed(range(TRIES)):
            try:
                os.replace(part, path)
                return
            except PermissionError:
                if not left:
                    raise
                time.sleep(0.1)
    except PermissionError:
        raise InputError([rules.problem("F02/write", path.name)]) from None
    except OSError as error:
        why = "磁盘已满" if error.errno == errno.ENOSPC else f"系统错误 {error.errno}"
        raise SsjError(
            f"{path.name} 写不进去（{why}），原来的文件没有变", "请检查磁盘空间后再运行一次。"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
