"""Tables in files: xlsx, xls, csv and parquet into rows with their place, and rows into xlsx.

Knows files, not what they mean: the caller says which headers it requires and knows. Nothing is guessed or
replaced: what can't be read exactly becomes a Problem (F01 to F13) that says where it is.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import io
import re
import struct
import zipfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple
from xml.etree import ElementTree

import pandas as pd

from ssj.errors import InputError, Problem
from ssj.redaction import header_text, holds_personal, is_personal, mask

SUFFIXES = (".xlsx", ".xls", ".csv", ".parquet")
MAX_BYTES = 300 * 2**20  # of a file, and of a workbook once unpacked
MAX_ROWS, MAX_COLUMNS = 200_000, 104  # 104: up to column CZ
HEADER_ROWS = 10  # the header stands in one of the first ten rows
CREATED = dt.datetime(2000, 1, 1)  # fixed, so that the same table gives the same bytes
# U+FFFD and its offspring, Latin letters in a row where Chinese was meant, invisible and direction-changing characters
_GARBLED = re.compile("�|锟斤拷|烫烫烫|[\u0080-\u00ff]{3}|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e"
                      "\u2060-\u2069\ufeff]")
# Quick look at a whole column: also the characters that GBK makes of the first two UTF-8 bytes of a Chinese one
_SUSPECT = re.compile(_GARBLED.pattern + "|[%s]" % "".join(
    bytes([lead, trail]).decode("gbk", "ignore") for lead in range(0xE4, 0xEA) for trail in range(0x80, 0xC0)))
Grid = list[list[Any]]


@dataclass(frozen=True)
class Table:
    """One table as found: ``frame`` holds raw cells (str, int, float, bool, datetime, date or None), its index the
    row number as Excel counts from 1, its columns the header texts; ``dropped`` names the personal columns left out."""

    file: str
    sheet: str = ""
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    dropped: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)


class Sheet(NamedTuple):
    """Cells from A1 on; problems found in the file, whose column is still a position: ``#0`` is column A."""

    name: str
    grid: Grid
    marked: Sequence[Problem] = ()
    visible: bool = True


class _Unreadable(Exception):
    """Carries the one Problem for which nothing of the file can be read."""

    def __init__(self, code: str, message: str, remedy: str, file: str, sheet: str = "") -> None:
        self.problem = Problem(code, message, remedy, file, sheet)
        super().__init__(str(self.problem))


def quoted(words: Iterable[object]) -> str:
    """Words in Chinese quotation marks: ``quoted(["编号", "名称"]) == "“编号”“名称”"``; at most twenty."""
    words = [str(word) for word in words]
    return "".join(f"“{word}”" for word in words[:20]) + ("等" if len(words) > 20 else "")


def find(folder: Path, stem: str) -> Path:
    """The one file of that stem with a known suffix. Raises InputError if there is none, or more than one."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    same = [path for path in files if path.stem.casefold() == stem.casefold() and path.is_file()]
    found = [path for path in same if path.stem == stem and path.suffix.lower() in SUFFIXES]
    if len(found) == 1:
        return found[0]
    if found:
        message = f"同一张表有 {len(found)} 个文件：{quoted(path.name for path in found)}"
        remedy = "请只留下要用的一个，其余移到别的文件夹。"
    else:
        message = f"文件夹“{folder.name}”里没有表格 {stem}" + (
            f"，只有{quoted(path.name for path in same)}" if same else "")
        remedy = f"请放入 {stem}.xlsx（也可以是 .xls、.csv 或 .parquet），文件名用小写字母。"
    raise InputError([Problem("F01", message, remedy, file=stem)])


# Reading: bytes → sheets of cells

def _load(path: Path) -> bytes:
    """The file's bytes, unless it is missing, open in Excel or too large."""
    opened = ("F02", "表格正在 Excel 中打开", "请保存并关闭后再运行一次。", path.name)
    locks = (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#"))
    try:
        if any(lock.exists() for lock in locks):
            raise _Unreadable(*opened)
        if path.stat().st_size > MAX_BYTES:
            raise _Unreadable("F03", f"文件超过 {MAX_BYTES >> 20} MB", "请删去用不到的工作表和列，或改存为 parquet。", path.name)
        return path.read_bytes()
    except FileNotFoundError:
        raise _Unreadable("F01", "没有这个文件", "请核对文件名和所在文件夹。", path.name) from None
    except PermissionError:
        raise _Unreadable(*opened) from None
    except OSError as error:
        raise _Unreadable("F04", f"文件读不出来（系统错误 {error.errno}）", "请核对磁盘或网络盘后再试。", path.name) from None


def _sheets(path: Path) -> tuple[str, list[Sheet]]:
    """Kind of file by its content, and its sheets."""
    data = _load(path)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "xlsx", _workbook(path.name, data)
    if data.startswith(b"PAR1"):
        return "parquet", [Sheet("", _parquet(path.name, data))]
    if path.suffix.lower() == ".csv":
        return "csv", [Sheet("", _csv(path.name, data))]
    kind = "空文件" if not data else "网页另存的表" if b"<html" in data[:2000].lower() else "别的格式，或者文件已损坏"
    raise _Unreadable("F04", f"内容不是 {path.suffix.lower()[1:]} 表格，而是{kind}", "请在 Excel 或 WPS 中打开，另存为 .xlsx。", path.name)


def _csv(file: str, data: bytes) -> Grid:
    """Rows of a comma-separated file: UTF-8 first, then GB18030, both strict."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as utf8:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as gb:
            raise _Unreadable("F05", f"文字编码既不是 UTF-8（第 {utf8.start + 1} 个字节不合）也不是 GB18030（第 {gb.start + 1} 个字节不合）",
                              "请在 Excel 中打开核对，另存为 .xlsx 或“CSV UTF-8”。", file) from None
    rows: Grid = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            rows.append(row)
            if len(rows) > MAX_ROWS:
                raise _too_many(file)
    except csv.Error:
        raise _Unreadable("F04", f"第 {len(rows) + 1} 行的逗号或引号不合 CSV 的写法", "请在 Excel 中打开，另存为 .xlsx。", file) from None
    return rows


def _parquet(file: str, data: bytes) -> Grid:
    import pyarrow as pa
    import pyarrow.parquet as pq
    try:
        source = pq.ParquetFile(io.BytesIO(data))
        if source.metadata.num_rows > MAX_ROWS:
            raise _too_many(file)
        table = source.read()
        columns = [column.to_pylist() for column in table.columns]
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise _Unreadable("F04", "parquet 文件已损坏或不完整", "请从原系统重新导出。", file) from None
    return [list(table.column_names), *map(list, zip(*columns))]


def _workbook(file: str, data: bytes) -> list[Sheet]:
    """Worksheets of an xlsx or xls workbook; formulas without a value and merged cells are problems."""
    import python_calamine as calamine
    damaged = ("F04", "工作簿已损坏或不完整", "请在 Excel 或 WPS 中打开核对，另存为 .xlsx；打不开的，请从原系统重新导出。", file)
    if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0" in data:
        raise _Unreadable("F04", "工作簿加了密码", "请在 Excel 中去掉打开密码（文件、信息、保护工作簿），保存后再试。", file)
    if not data.startswith(b"PK") and not _sound_dimensions(data):
        raise _Unreadable(*damaged)
    sheets = []
    try:
        parts = _sheet_parts(file, data) if data.startswith(b"PK") else None
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for meta in book.sheets_metadata:
            if meta.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            problems = _scan(file, meta.name, parts[meta.name]) if parts is not None else []
            sheet = book.get_sheet_by_name(meta.name)
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
                problems += [Problem("F13", f"第 {top + 1} 至 {bottom + 1} 行是合并单元格，只有第一格有值", "请取消合并，把值填进每一格。",
                                     file, meta.name, top + 1, f"#{at}") for at in range(left, right + 1)]
            sheets.append(Sheet(meta.name, sheet.to_python(skip_empty_area=False), problems,
                                meta.visible == calamine.SheetVisibleEnum.Visible))
    except calamine.PasswordError:
        raise _Unreadable("F04", "工作簿加了密码", "请在 Excel 中去掉打开密码，保存后再试。", file) from None
    except (_Unreadable, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # calamine's panics are no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise _Unreadable(*damaged) from None
    return sheets


def _sound_dimensions(data: bytes) -> bool:
    """Whether an xls's DIMENSIONS records are possible ones; calamine allots what they say, and may end the process."""
    wide = (struct.unpack("<IIHH", m[1]) for m in re.finditer(rb"\x00\x02\x0e\x00(.{12})\0\0", data, re.DOTALL))
    narrow = (struct.unpack("<HHHH", m[1]) for m in re.finditer(rb"\x00\x02\x0a\x00(.{8})\0\0", data, re.DOTALL))
    return all(top <= bottom <= 65536 and left <= right <= 256 for top, bottom, left, right in [*wide, *narrow])


def _too_many(file: str, sheet: str = "") -> _Unreadable:
    return _Unreadable("F03", f"表格超过 {MAX_ROWS:,} 行或 {MAX_COLUMNS} 列", "请删去表格以外的内容，或分成几个批次。", file, sheet)


def _sheet_parts(file: str, data: bytes) -> dict[str, bytes]:
    """Sheet name → the sheet's XML, after checking how much the zip unpacks to."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
            raise _Unreadable("F03", f"工作簿展开后超过 {MAX_BYTES >> 20} MB", "请删去用不到的工作表、图片和格式。", file)
        names = {name.lower(): name for name in archive.namelist()}
        links = {link.get("Id"): link.get("Target", "") for link in
                 ElementTree.fromstring(archive.read(names["xl/_rels/workbook.xml.rels"]))}
        parts = {}
        for node in ElementTree.fromstring(archive.read(names["xl/workbook.xml"])).iter():
            if node.tag.rpartition("}")[2] == "sheet":
                target = next(links[value] for key, value in node.items() if key.endswith("}id"))
                target = target[1:] if target.startswith("/") else f"xl/{target}"
                parts[node.get("name", "")] = archive.read(names[target.lower()])
    return parts


def _scan(file: str, sheet: str, xml: bytes) -> list[Problem]:
    """What calamine returns as '' although something stands there, and cells so far out that memory would go."""
    start = re.search(rb"<(\w+:)?sheetData", xml)
    p = (start[1] or b"") if start else b""
    far = re.search(rb" r=\"(?:[A-Z]+(?:[2-9]\d{5}|\d{7,})|(?:[D-Z][A-Z]|[A-Z]{3})\d)", xml)  # quick, empty cells too
    if far and re.search(rb"<%bc\b[^>]*?\br=\"(?:[A-Z]+(?:[2-9]\d{5}|\d{7,})|(?:[D-Z][A-Z]|[A-Z]{3})\d+)\"[^>]*(?<!/)>" % p, xml):
        raise _too_many(file, sheet)
    problems = []
    empty = rb"<%bc\b([^>]*)>\s*<%bf\b(?:[^>]*/>|[^<]*</%bf>)\s*(?:<%bv\s*/>|<%bv></%bv>)?\s*</%bc>" % ((p,) * 7)
    error = rb"<%bc\b([^>]*\bt=\"e\"[^>]*)>" % p
    for mark, pattern, message in ((b"<%bf" % p, empty, "公式没有算出的值"), (b't="e"', error, "公式出错（如 #N/A、#REF!）")):
        for found in re.finditer(pattern, xml) if mark in xml else ():
            place = re.search(rb"\br=\"([A-Z]+)(\d+)\"", found[1])
            if not place or (message.endswith("的值") and b't="str"' in found[1]):  # a formula may well give ""
                continue
            column = 0
            for letter in place[1]:
                column = column * 26 + letter - 64
            problems.append(Problem("F10", message, "请在 Excel 中打开、重新计算并改正，复制后选择性粘贴为数值，再保存。",
                                    file, sheet, int(place[2]), f"#{column - 1}"))
    return problems


def _value(cell: Any) -> Any:
    """A raw cell: blank → None, whole floats that are exact → int, odd types → text."""
    if isinstance(cell, str):
        return None if not cell or cell.isspace() else cell
    if isinstance(cell, float):
        return None if cell != cell else int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if cell is None or isinstance(cell, bool | int | dt.date):
        return cell
    return "、".join(map(str, cell)) if isinstance(cell, list | tuple) else str(cell)


def _header(grid: Grid, required: Collection[str]) -> tuple[int, int]:
    """Position of the header row, and how many required headers it has.

    It is the first of the first rows with most of them; else, to report on, the one with most; if none has any, the
    first that is nearly as full as the fullest.
    """
    rows = [{header_text(cell) for cell in row if cell not in ("", None)} for row in grid[:HEADER_ROWS]]
    hits = [sum(name in row for name in required) for row in rows]
    for n, hit in enumerate(hits):
        if hit * 2 > len(required) > 0:
            return n, hit
    full = max(map(len, rows), default=0)
    best = max(range(len(rows)), key=lambda n: (hits[n], len(rows[n]) * 3 >= full * 2, -n), default=0)
    return best, hits[best] if hits else 0


def _locate(path: Path, required: Collection[str]) -> tuple[str, int, int, list[Sheet]]:
    """Kind of file, position of the sheet that is read, position of its header row, all sheets."""
    kind, sheets = _sheets(path)
    scores = {n: _header(sheet.grid, required) for n, sheet in enumerate(sheets) if sheet.visible}
    if not scores:
        raise _Unreadable("F04", "工作簿里没有可见的工作表", "请取消隐藏要用的工作表，保存后再试。", path.name)
    best = next((n for n, (_, hit) in scores.items() if hit * 2 > len(required)),
                max(scores, key=lambda n: (scores[n][1], -n)))
    return kind, best, scores[best][0], sheets


class _Problems(list[Problem]):
    """Problems of one sheet; values are masked."""

    def __init__(self, file: str, sheet: str) -> None:
        self.file, self.sheet = file, sheet

    def add(self, code: str, message: str, remedy: str, row: int | None = None, column: str = "", value: str = "",
            severity: Literal["error", "warning"] = "error") -> None:
        self.append(Problem(code, message, remedy, self.file, self.sheet, row, mask(column), mask(value)[:60], severity))


def read(path: Path, headers: Mapping[str, bool]) -> Table:
    """The table in a file; ``headers``: header → whether it is required. Never raises for what the file holds.

    A file that lacks half of the required headers or more is another table: no rows, one problem.
    """
    file, required = Path(path).name, [name for name, needed in headers.items() if needed]
    try:
        kind, best, top, sheets = _locate(Path(path), required)
    except _Unreadable as error:
        return Table(file, problems=[error.problem])
    sheet, grid = sheets[best][:2]
    titles = [header_text(cell) if cell is not None else "" for cell in grid[top]] if grid else []
    dropped = tuple(title for title in titles if is_personal(title))
    kept = {title: titles.index(title) for title in dict.fromkeys(titles) if title and not is_personal(title)}
    cells = ((n, [_value(cell) for cell in row]) for n, row in enumerate(grid[top + 1:], top + 2))
    rows = {n: row for n, row in cells if any(cell is not None for cell in row)}
    frame = pd.DataFrame({title: pd.Series([row[at] if at < len(row) else None for row in rows.values()], dtype=object)
                          for title, at in kept.items()})
    frame.index = pd.Index(list(rows), dtype="int64")

    problems = _Problems(file, sheet)
    missing = [name for name in required if name not in kept]
    if missing:
        found = quoted(mask(title) for title in titles if title) or "（没有）"
        problems.add("F06", f"缺少必填列{quoted(missing)}；找到的列是{found}", "请补上这些列，或把列名改成这里的写法。", top + 1 if grid else None)
    if len(missing) * 2 >= len(required) > 0:
        return Table(file, sheet, frame.iloc[:0], dropped, problems)
    for n, other in enumerate(sheets):
        if n != best and other.visible and _header(other.grid, required)[1] * 2 > len(required):
            problems.add("F12", f"工作表“{other.name}”也有同样的表头，没有读取", "一张表只读一个工作表；请把各工作表合并，或删去不用的。", severity="warning")
    _check_titles(problems, titles, kept, headers, top + 1)
    _check_nameless(problems, titles, rows, kind)
    _check_marked(problems, sheets[best].marked, {f"#{at}": title for title, at in kept.items() if title in headers}, top + 1)
    for title in frame.columns:
        texts = [(row, cell) for row, cell in frame[title].items() if isinstance(cell, str)]
        suspect = _SUSPECT.search("\n".join(cell for _, cell in texts))
        for row, cell in texts if suspect else ():
            if _GARBLED.search(cell) or _mojibake(cell):
                problems.add("F11", "文字有乱码或看不见的字符", "请从原系统重新导出，或手工重新录入这一格。", row, title, spelt(cell))
    return Table(file, sheet, frame, dropped, problems)


def _check_titles(problems: _Problems, titles: list[str], kept: Iterable[str], headers: Mapping[str, bool], row: int) -> None:
    """Duplicate and unknown headers."""
    for title in kept:
        if (count := titles.count(title)) > 1:
            problems.add("F07", f"列名重复了 {count} 次", "请只留一列，或把其余的改名。", row, title)
        elif title not in headers:
            near = difflib.get_close_matches(title, [name for name in headers if name not in titles], 1)
            problems.add("F08", "不认识的列名，这一列不用", f"如果应是“{near[0]}”，请改名。" if near else "如果确实不用，可以不管。",
                         row, title, severity="warning")


def _check_nameless(problems: _Problems, titles: list[str], rows: Mapping[int, list[Any]], kind: str) -> None:
    """Cells beyond the header: in a csv the row is out of step, in a workbook a column lacks its name."""
    columns: dict[int, list[int]] = {}
    for n, row in rows.items():
        beyond = [at for at, cell in enumerate(row) if cell is not None and (at >= len(titles) or not titles[at])]
        if beyond and kind == "csv":
            problems.add("F09", f"有 {len(beyond)} 个格在没有列名的位置", "请核对这一行是否错位；多出的内容请删去，或补上列名。", n)
        for at in beyond if kind != "csv" else ():
            columns.setdefault(at, []).append(n)
    for at, where in columns.items():
        problems.add("F09", f"第 {at + 1} 列没有列名，却有 {len(where)} 个格有内容，没有读取", "要用的，请补上列名；不用的，请删去。",
                     where[0], severity="warning")


def _check_marked(problems: _Problems, marked: Iterable[Problem], known: Mapping[str, str], header_row: int) -> None:
    """What was marked in the file, as far as it stands in known columns; merged cells once for each column."""
    merged: dict[str, list[Problem]] = {}
    for found in marked:
        if found.column in known and (found.row or 0) > header_row:
            if found.code == "F13":
                merged.setdefault(known[found.column], []).append(found)
            else:
                problems.add(found.code, found.message, found.remedy, found.row, known[found.column])
    for title, alike in merged.items():
        more = f"；这一列共有 {len(alike)} 处" if len(alike) > 1 else ""
        problems.add("F13", alike[0].message + more, alike[0].remedy, alike[0].row, title)


def _mojibake(text: str) -> bool:
    """Whether it is UTF-8 Chinese that was once read as GBK: most of its GBK bytes are UTF-8 for other Chinese.

    Of 12,685 real names, addresses and trades none is called garbled, of the same spoilt in this way 96 in 100 are.
    """
    data = text.encode("gbk", "ignore")
    other = sum("\u4e00" <= char <= "\u9fff" for char in data.decode("utf-8", "ignore"))
    return other > 1 and other * 5 > sum(byte > 127 for byte in data)  # 3 bytes each: three in five


def spelt(text: str) -> str:
    """The text with invisible characters spelt out: ``spelt("甲\\u200b") == "甲<U+200B>"``."""
    return "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in text)


# Writing

def redact(source: Path, folder: Path, headers: Mapping[str, bool] | None = None) -> Path | None:
    """A copy without personal columns for the archive, rows and columns in place; None if none is needed.

    ``headers`` as for ``read``, so that both mean the same sheet. A workbook's copy keeps only that sheet; personal
    numbers in title rows, comments or other sheets call for a copy too. Raises InputError if the file can't be read.
    """
    source = Path(source)
    try:
        kind, best, top, sheets = _locate(source, [name for name, needed in (headers or {}).items() if needed])
    except _Unreadable as error:
        raise InputError([error.problem]) from None
    name, grid = sheets[best][:2]
    titles = [header_text(cell) if cell is not None else "" for cell in grid[top]] if grid else []
    columns = {at for at, title in enumerate(titles) if is_personal(title)}
    strays = {(n, at) for n, row in enumerate(grid) for at, cell in enumerate(row)
              if (n < top or at >= len(titles) or not titles[at]) and _personal(cell)}
    others = any(_personal(cell) or isinstance(cell, str) and len(cell) < 20 and is_personal(cell)
                 for n, other in enumerate(sheets) if n != best for row in other.grid for cell in row)
    if not columns and not strays and not others and not (kind == "xlsx" and _personal_parts(source.read_bytes())):
        return None
    cells = [[None if at in columns and n >= top or (n, at) in strays else cell for at, cell in enumerate(row)]
             for n, row in enumerate(grid)]
    target = folder / (source.stem + f".{kind}")
    if kind == "csv":
        with target.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(cells)
    elif kind == "parquet":
        import pyarrow.parquet as pq
        table = pq.read_table(source)
        keep = [at for at in range(table.num_columns) if at not in columns]
        pq.write_table(table.select(keep).replace_schema_metadata(None), target)
    else:
        def fill(book: Any) -> None:
            allowed = re.sub(r"[][:*?/\\]", "_", name).strip("'")[:31]  # other programs write names that Excel refuses
            sheet, day, time = book.add_worksheet(allowed), *_date_formats(book)
            for n, row in enumerate(cells):
                for at, cell in enumerate(row):
                    _write(sheet, n, at, cell, day, time, raw=True)
        _save(target, fill)
    return target


def _personal_parts(data: bytes) -> bool:
    """Whether a workbook holds personal numbers outside its cells (comments, drawings); an old xls: anywhere."""
    if not data.startswith(b"PK"):
        return holds_personal(data.replace(b"\0", b"").decode("latin-1"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(holds_personal(archive.read(part).decode("utf-8", "ignore")) for part in archive.namelist()
                   if part.endswith((".xml", ".vml")) and not part.startswith(("xl/worksheets/sheet", "xl/sharedStrings")))


def _personal(cell: object) -> bool:
    return isinstance(cell, str | int | float) and not isinstance(cell, bool) and holds_personal(
        str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell))


def _date_formats(book: Any) -> tuple[Any, Any]:
    return tuple(book.add_format({"num_format": f, "valign": "top"}) for f in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"))


def _save(path: Path, fill: Callable[[Any], None]) -> None:
    """Write a workbook whose bytes depend on its content only: fixed dates, uncompressed (zlibs differ)."""
    import xlsxwriter
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": CREATED})
    fill(book)
    book.close()
    try:
        with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(path, "w") as new:
            for part in old.namelist():
                entry = zipfile.ZipInfo(part)
                entry.create_system = 3
                new.writestr(entry, old.read(part))
    except PermissionError:
        raise InputError([Problem("F02", "表格正在 Excel 中打开，不能写入", "请关闭后再运行一次。", path.name)]) from None


def _write(sheet: Any, row: int, column: int, cell: Any, day: Any, time: Any, text: Any = None, raw: bool = False) -> None:
    """One cell with its type kept; text is text, never a formula, link or number. Raises ValueError if too long."""
    if isinstance(cell, list | tuple):
        cell = "、".join(map(str, cell))
    elif not raw and isinstance(cell, bool):
        cell = "是" if cell else "否"
    if cell is None or cell is pd.NA or cell is pd.NaT or cell != cell or cell == "":
        result = 0
    elif isinstance(cell, bool):
        result = sheet.write_boolean(row, column, cell)
    elif isinstance(cell, int | float) and abs(cell) < float("inf") and (raw or abs(cell) < 1e15):
        result = sheet.write_number(row, column, cell, text)
    elif isinstance(cell, dt.date) and cell.year >= 1901 and getattr(cell, "tzinfo", None) is None:
        whole = not isinstance(cell, dt.datetime) or cell.time() == dt.time()
        result = sheet.write_datetime(row, column, cell, day if whole else time)
    else:
        result = sheet.write_string(row, column, str(cell), text)
    if result:
        raise ValueError(f"row {row + 1}, column {column + 1}: xlsx can't hold this cell (code {result})")


def _em(line: str) -> int:
    """Width of a line in half-width characters: a Chinese one counts two."""
    return sum(2 if ord(char) > 0x2e7f else 1 for char in line)


def _width(values: Sequence[object]) -> int:
    """Column width for the longest line, between 8 and 40."""
    return min(40, max([8, *(_em(line) + 3 for value in values for line in str(value).splitlines())]))


def _lines(value: object, width: int) -> int:
    """Lines that a cell takes in a column of that width."""
    return sum(max(1, -(-_em(line) // width)) for line in str(value).splitlines()) or 1


def write_xlsx(path: Path, sheets: dict[str, pd.DataFrame]) -> None:
    """Sheets of tables for people (index left out): the same frames give the same bytes.

    Header bold, frozen, filtered and repeated in print; A4 landscape, one page wide. Raises InputError if the file
    is open in Excel, ValueError for a cell longer than 32,767 characters.
    """
    def fill(book: Any) -> None:
        bold = book.add_format({"bold": True, "bg_color": "#E7EEF5", "bottom": 1, "text_wrap": True, "valign": "vcenter"})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        day, time = _date_formats(book)
        for name, frame in sheets.items():
            sheet = book.add_worksheet(name)
            lines = [1] * (len(frame) + 1)  # LibreOffice does not fit rows to wrapped text by itself
            for at, title in enumerate(frame.columns):
                sheet.write_string(0, at, str(title), bold)
                values = [getattr(cell, "item", lambda cell=cell: cell)() for cell in frame.iloc[:, at]]
                width = _width([title, *values[:1000]])
                sheet.set_column(at, at, width)
                for n, cell in enumerate(values, 1):
                    _write(sheet, n, at, cell, day, time, text)
                    lines[n] = max(lines[n], _lines(cell, width))
            for n, tallest in enumerate(lines):
                if tallest > 1:
                    sheet.set_row(n, min(409, 15 * tallest))
            if len(frame.columns):
                sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
            sheet.freeze_panes(1, 0)
            sheet.repeat_rows(0)
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
    _save(Path(path), fill)
