"""单户录入 (``ssj add``): one more target, officer or item in a round's tables, checked as all are.

The row goes into a file of its own (``targets/单户录入.csv``), which reading joins to the table. It
is put into a copy of the folder, and the copy read with all rules; only if it brings no new error
does the copy's file take the place of the old one, whole or not at all. Errors that the tables have
already neither stop it nor are hidden by it.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import errno
import io
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from ssj.base import files
from ssj.base.errors import InputError, Problem, RefusedError, SsjError
from ssj.casebook import inspection
from ssj.rosters import rosters
from ssj.rosters.rosters import Rosters
from ssj.tables import headings, paramfiles, parts, rawtables, rules, schema
from ssj.tables.cells import PARSERS, Refused, choice, risk_class
from ssj.tables.reader import LETTERS, typed_cell
from ssj.tables.redaction import is_personal
from ssj.tables.schema import Column
from ssj.tables.sheets import sheets_of

# what a person says → the table
TABLES = {"target": "targets", "officer": "officers", "item": "items"}
FROZEN = "本批次已封库，改动不影响已封库的名单"
LONGEST = 32_767  # characters of a cell
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORMULA = re.compile(r"[=+\-@].")


@dataclass(frozen=True)
class Added:
    """Where the new row stands, what it brought warnings about, and how many errors the tables had
    before.
    """

    file: str
    row: int
    warnings: tuple[Problem, ...]
    errors_before: int


class Entry:
    """One row to be added to a table of a round. ``InputError`` if its files can't be read as they
    are.
    """

    def __init__(self, folder: Path, table: str) -> None:
        self.folder, self.table, self.file = folder, table, f"{table}/{parts.ENTRIES}"
        self.path = folder / self.file
        try:
            own = paramfiles.read_round(folder)
            self.classes, self.round_id, self.window = (
                tuple(own.classes),
                own.round.id,
                (own.round.window.start, own.round.window.end),
            )
        except InputError:
            self.classes, self.round_id, self.window = (
                tuple(inspection.classes_of(folder)),
                folder.name,
                (date.min,) * 2,
            )
        self.headings = parts.headings_of(folder, table)
        if problems := rawtables.unreadable(parts.read(folder, table)):
            raise InputError(problems)
        self.columns = schema.COLUMNS[table]
        self._parsers = PARSERS | {"class": lambda value: risk_class(value, self.classes)}

    def fault(self, column: Column, text: str) -> Problem | None:
        """What is wrong with one value by itself."""
        try:
            self._typed(column, text)
        except Refused as why:
            return rules.problem(
                why.rule,
                self.file,
                column=column.header,
                value=text[:60],
                letter=LETTERS[self.table],
                **why.details,
            )
        return None

    def _typed(self, column: Column, text: str) -> Any:
        """A value as reading types it; of a new row no required one may be blank."""
        parse = (
            self._parsers.get(column.kind)
            if column.words is None
            else partial(choice, words=column.words)
        )
        return typed_cell(replace(column, blank=False), parse, text if text.strip() else None)

    def values(self, pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Header → text, of titles (headers, their synonyms or what mapping.toml has for them) and
        texts. ``SsjError`` for a title that means no column or one that is given twice,
        ``InputError`` with every value that is wrong by itself and every required one that is
        missing.
        """
        found: dict[str, str] = {}
        for title, text in pairs:
            header = self._header(title)
            if header in found:
                raise SsjError(f"“{title}”写了两次", "每一列只写一次。")
            found[header] = text.strip()
        problems = [self.fault(column, found.get(column.header, "")) for column in self.columns]
        if any(problems):
            raise InputError(filter(None, problems))
        return found

    def _header(self, title: str) -> str:
        plain = headings.plain(title)
        if is_personal(plain):
            raise SsjError(
                f"“{title}”是个人信息，不用这条命令填写",
                "这一列读取时略去，不进入档案；需要填的，请在 Excel 中填。",
            )
        declared = next((header for header in self.headings if headings.plain(header) == plain), "")
        if header := declared or self.headings.means(title):
            return header
        raise SsjError(
            f"{self.file} 里没有“{title}”这一列",
            f"可以写：{'、'.join(c.header for c in self.columns)}；别的列请在 Excel 中填。",
        )

    def write(self, values: dict[str, str]) -> Added:
        """Add the row. ``InputError`` with the new errors, and nothing is changed."""
        code = next(c for c in self.columns if c.key == "id")
        identifier = self._typed(code, values[code.header])
        old = self._bytes()
        new, row = self._with_row(values)
        with tempfile.TemporaryDirectory(prefix="ssj-add-", ignore_cleanup_errors=True) as place:
            copy = Path(place) / self.folder.name
            shutil.copytree(
                self.folder,
                copy,
                ignore=lambda home, names: [
                    n for n in names if (Path(home) / n).is_dir() and n not in schema.COLUMNS
                ],
            )
            (copy / self.table).mkdir(exist_ok=True)
            (copy / self.file).write_bytes(new)
            after = self._read(copy)
        known = self._read(self.folder).every if after.every else ()
        fresh = _fresh(known, after.every)
        # the row itself is in no file now
        if errors := [p for p in fresh if p.severity == "error"]:
            raise InputError(
                replace(p, row=None) if (p.file, p.row) == (self.file, row) else p for p in errors
            )
        if identifier not in set(getattr(after, self.table)["id"]):
            raise SsjError(
                f"写入后读不出这一行（编号 {identifier}），没有改动文件",
                "它的第一格像是示例、说明或合计行，或者这张表另有错误：请先运行 ssj check "
                f"{self.folder.name}。",
            )
        if self._bytes() != old:
            raise SsjError(f"{self.file} 刚刚被别的程序改动过，没有写入", "请再运行一次。")
        _replace(new, self.path)
        return Added(self.file, row, tuple(fresh), sum(p.severity == "error" for p in known))

    def _bytes(self) -> bytes:
        return self.path.read_bytes() if self.path.exists() else b""

    def _with_row(self, values: dict[str, str]) -> tuple[bytes, int]:
        """The file with one more row, and its number: UTF-8 with a mark, all quoted."""
        for text in values.values():
            if _CONTROL.search(text) or len(text) > LONGEST:
                raise SsjError(
                    "有一格含有看不见的控制字符，或者超过 32,767 字", "请重新录入这一格。"
                )
            if _FORMULA.match(text):
                raise SsjError(
                    "有一格以 =、+、- 或 @ 开头，在 Excel 中打开 csv 时会被当作公式",
                    "请改写这一格，或在 Excel 中把这一行填入原来的表格。",
                )
        declared = [column.header for column in self.columns]
        header, *rows = sheets_of(self.path)[1][0].grid if self._bytes() else [declared]
        if len(set(header)) < len(header) or any(len(row) > len(header) for row in rows):
            raise SsjError(
                f"{self.file} 的第 1 行不是各列的表头，不能逐行添加",
                "请把其中的行移入原来的表格，删去这个文件后再录入。",
            )
        titles = [*header, *(title for title in declared if title not in header)]
        rows.append([values.get(title, "") for title in titles])
        made = io.StringIO(newline="")
        writer = csv.writer(made, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerows([titles, *([*row, *[""] * (len(titles) - len(row))] for row in rows)])
        return codecs.BOM_UTF8 + made.getvalue().encode("utf-8"), len(rows) + 1

    def _read(self, folder: Path) -> Rosters:
        return rosters.load(folder, self.classes, self.round_id, self.window)


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
        path.parent.mkdir(exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        files.replace(part, path)
    except (PermissionError, RefusedError):
        raise InputError([rules.problem("F02/write", path.name)]) from None
    except OSError as error:
        why = "磁盘已满" if error.errno == errno.ENOSPC else f"系统错误 {error.errno}"
        raise SsjError(
            f"{path.name} 写不进去（{why}），原来的文件没有变", "请检查磁盘空间后再运行一次。"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
