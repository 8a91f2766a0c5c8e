"""One more row in a sheet of an xlsx workbook, everything else of it left as it is.

Only the parts that must change are changed (the sheet, and where a range grows, the table or the
names): pictures, charts, macros, comments, other sheets are copied byte for byte. openpyxl would
write the whole anew and lose what it doesn't know. What stands where the row goes moves down,
unless formulas, pictures or the like would then be wrong: refused.
"""

from __future__ import annotations

import datetime as dt
import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from ssj.base.errors import SsjError
from ssj.upkeep.placing import Place

BY_HAND = "请在 Excel 或 WPS 中打开，在最后一行数据下面插入一行，填写后保存。"
# what a sheet may hold besides cells where rows move down; all of it is moved too, or does not
# depend on rows
_MOVABLE = {
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "autoFilter",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "ignoredErrors",
}
_GROWING = ("dataValidation", "conditionalFormatting", "ignoredError")
_REF = re.compile(r"(\$?[A-Z]{1,3}\$?)(\d+)(?::(\$?[A-Z]{1,3}\$?)(\d+))?")


def with_row(data: bytes, where: Place, cells: Mapping[int, Any]) -> bytes:
    """The workbook with one more row; ``cells`` as for :func:`ssj.upkeep.editing.with_row`."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        parts = {entry.filename: archive.read(entry) for entry in entries}
    own = _names(parts)
    if any(name.startswith("_xmlsignatures/") for name in parts):
        raise SsjError(
            f"{where.file} 有数字签名，改动后签名会失效",
            "请去掉签名后再添加，或由签名的人添加、重新签名。",
        )
    book = _parsed(parts[own("xl/workbook.xml")])
    part = own(
        _target(parts[own("xl/_rels/workbook.xml.rels")], "xl", _relation(book, where.sheet))
    )
    untouched, xml = _cut(parts[part], where.above)
    root = _parsed(xml)
    _refuse(root, where, parts)
    dated = {
        at: style
        for at, row in where.dated.items()
        if (style := _style(parts[part], f"{_letters(at)}{row}"))
    }
    _Sheet(
        root,
        where,
        dated,
        any(node.get("date1904") in ("1", "true") for node in _all(book, "workbookPr")),
    ).add(cells)
    changed = {part: _with_rows(_bytes(root), untouched)}
    rels = posixpath.join(posixpath.dirname(part), "_rels", posixpath.basename(part) + ".rels")
    for node in _parsed(parts[own(rels)]) if own(rels) in parts else ():
        if node.get("Type", "").endswith("/table"):
            name = own(_resolved(node.get("Target"), posixpath.dirname(part)))
            table = _parsed(parts[name])
            if _grow(
                table,
                where,
                [table, *_all(table, "autoFilter")] if not table.get("totalsRowCount") else [],
            ):
                changed[name] = _bytes(table)
    if _rename(book, where):
        changed[own("xl/workbook.xml")] = _bytes(book)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for entry in entries:
            archive.writestr(
                entry, changed.get(entry.filename, parts[entry.filename]), entry.compress_type
            )
    return made.getvalue()


_DATA = re.compile(rb"<(?:\w+:)?sheetData\b[^>]*[^/]>|<(?:\w+:)?sheetData>")


def _cut(xml: bytes, above: int) -> tuple[bytes, bytes]:
    """The rows before ``above``, which nobody looks at, and the sheet without them: a large one
    would take a gigabyte as a tree.
    """
    begin, row = _DATA.search(xml), re.search(rb"<(?:\w+:)?row\b[^>]*?\sr=\"%d\"" % above, xml)
    if (
        not begin
        or not row
        or not re.match(
            rb"(?:\xef\xbb\xbf)?(?:<\?xml[^>]*encoding=[\"'](?i:utf-8)[\"'][^>]*\?>)?\s*<(?!\?)",
            xml,
        )
    ):
        return b"", xml
    return xml[begin.end() : row.start()], xml[: begin.end()] + xml[row.start() :]


def _with_rows(xml: bytes, rows: bytes) -> bytes:
    at = _DATA.search(xml).end() if rows else 0
    return xml[:at] + rows + xml[at:]


def _style(xml: bytes, cell: str) -> str | None:
    """The style of one cell."""
    found = re.search(rb"<(?:\w+:)?c\b[^>]*\br=\"%s\"[^>]*>" % cell.encode(), xml)
    style = found and re.search(rb"\ss=\"(\d+)\"", found[0])
    return style[1].decode() if style else None


def _names(parts: Mapping[str, bytes]) -> Any:
    """A part's name as the file spells it, whatever its case."""
    spelt = {name.lower(): name for name in parts}
    return lambda name: spelt.get(name.lower(), name)


def _parsed(xml: bytes) -> Any:
    from lxml import etree

    return etree.fromstring(
        xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    )


def _bytes(root: Any) -> bytes:
    from lxml import etree

    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _local(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _all(root: Any, *names: str) -> list[Any]:
    return [node for node in root.iter() if _local(node) in names]


def _relation(book: Any, sheet: str) -> str:
    own = next(node for node in _all(book, "sheet") if node.get("name") == sheet)
    return next(value for key, value in own.items() if key.endswith("}id"))


def _target(rels: bytes, folder: str, relation: str) -> str:
    return _resolved(
        next(node.get("Target") for node in _parsed(rels) if node.get("Id") == relation), folder
    )


def _resolved(target: str, folder: str) -> str:
    return posixpath.normpath(
        target[1:] if target.startswith("/") else posixpath.join(folder, target)
    )


def _refuse(root: Any, where: Place, parts: Mapping[str, bytes]) -> None:
    """What must not be touched, or could not be moved rightly."""
    if any(
        node.get("sheet") in ("1", "true") for node in root if _local(node) == "sheetProtection"
    ):
        raise SsjError(
            f"{where.file} 的工作表“{where.sheet}”受保护",
            "请在 Excel 中撤销工作表保护，保存后再添加。",
        )
    if not where.moves:
        return
    formulas = any(
        re.search(rb"<(?:\w+:)?f[ />]", xml)
        for name, xml in parts.items()
        if name.lower().startswith("xl/worksheets/") and name.lower().endswith(".xml")
    )
    kinds = {
        "drawing": "图片或图形",
        "legacyDrawing": "批注",
        "tableParts": "表格（套用了表格格式）",
        "hyperlinks": "超链接",
    }
    others = [kinds.get(_local(node), "别的内容") for node in root if _local(node) not in _MOVABLE]
    rows = [
        int(n)
        for node in _all(root, "formula", "formula1", "formula2")
        for n in re.findall(r"[A-Z]\$?(\d+)", node.text or "")
    ]
    if formulas or others or any(row >= where.row for row in rows):
        what = "公式" if formulas else others[0] if others else "引用表尾的格式"
        raise SsjError(
            f"{where.file} 的数据下面还有内容（第 {where.row} 行），工作簿里又有{what}，"
            "不能自动下移",
            BY_HAND,
        )


def _grown(ref: str, where: Place, extend: bool) -> str:
    """A reference after the row has come: moved down, and where it ended just above the row, one
    row longer.
    """

    def new(found: re.Match[str]) -> str:
        top, bottom = int(found[2]), int(found[4] or found[2])
        if where.moves:
            top, bottom = top + (top >= where.row), bottom + (bottom >= where.row)
        if extend and bottom == where.row - 1:
            bottom = where.row
        left, right = found[1], found[3] or found[1]
        return (
            f"{left}{top}"
            if (left, top) == (right, bottom) and found[3] is None
            else f"{left}{top}:{right}{bottom}"
        )

    return _REF.sub(new, ref)


def _grow(root: Any, where: Place, nodes: list[Any], extend: bool = True) -> bool:
    """Whether a reference of the nodes changed."""
    changed = False
    for node in nodes:
        for key in ("ref", "sqref"):
            if (old := node.get(key)) and (new := _grown(old, where, extend)) != old:
                node.set(key, new)
                changed = True
    return changed


def _rename(book: Any, where: Place) -> bool:
    """Whether a defined name had to change: what names rows of the sheet moves along, print area
    and filter grow.
    """
    changed = False
    for node in _all(book, "definedName"):
        extend = node.get("name") in ("_xlnm.Print_Area", "_xlnm._FilterDatabase")

        def new(found: re.Match[str], extend: bool = extend) -> str:
            name = found[1][1:-1].replace("''", "'") if found[1].startswith("'") else found[1]
            return (
                f"{found[1]}!{_grown(found[2], where, extend)}" if name == where.sheet else found[0]
            )

        text = re.sub(
            r"('(?:[^']|'')+'|[^\s'!,()]+)!(\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)",
            new,
            node.text or "",
        )
        if text != (node.text or ""):
            node.text, changed = text, True
    return changed


def _letters(column: int) -> str:
    return _letters(column // 26 - 1) + chr(65 + column % 26) if column >= 26 else chr(65 + column)


def _position(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class _Sheet:
    """A worksheet's XML and its rows by number."""

    def __init__(self, root: Any, where: Place, dated: Mapping[int, str], since_1904: bool) -> None:
        self.root, self.where, self.dated, self.since_1904 = root, where, dated, since_1904
        self.data = next(node for node in root if _local(node) == "sheetData")
        self.space = root.tag.rpartition("}")[0] + "}" if "}" in root.tag else ""
        self.rows: dict[int, Any] = {}
        number = 0
        for row in self.data:
            if _local(row) == "row":
                number = int(row.get("r") or number + 1)
                self.rows[number] = row

    def add(self, cells: Mapping[int, Any]) -> None:
        where = self.where
        if where.moves:
            self._move_down()
        elif where.above:
            _grow(self.root, where, _all(self.root, *_GROWING))
        for node in _all(self.root, "sqref") if where.above else ():  # drop-downs of newer Excels
            node.text = _grown(node.text or "", where, True)
        _grow(self.root, where, [node for node in self.root if _local(node) == "autoFilter"])
        row, styles = self.rows.get(where.row), self._styles(where.above)
        if row is None:
            row = self._new_row()
        own = self._cells(row)
        for at in sorted({*cells, *styles}):
            if at in own and at not in cells:
                continue
            style = (
                (own[at].get("s") if at in own else None)
                or styles.get(at)
                or self._column_style(at)
            )
            self._put(row, own, at, self._cell(at, cells.get(at), style))
        for node in self.root:
            if _local(node) == "dimension":
                found = re.fullmatch(r"([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?", node.get("ref") or "")
                if found:
                    right = max([_position(found[3] or found[1]), *cells])
                    bottom = max(int(found[4] or found[2]) + where.moves, where.row)
                    node.set("ref", f"{found[1]}{found[2]}:{_letters(right)}{bottom}")

    def _move_down(self) -> None:
        where = self.where
        for number in sorted((n for n in self.rows if n >= where.row), reverse=True):
            row = self.rows.pop(number)
            for at, cell in self._cells(row).items():
                cell.set("r", f"{_letters(at)}{number + 1}")
            row.set("r", str(number + 1))
            self.rows[number + 1] = row
        _grow(self.root, where, _all(self.root, "mergeCell"), extend=False)
        _grow(self.root, where, _all(self.root, *_GROWING), extend=bool(where.above))
        for view in _all(self.root, "selection", "pane"):
            for key in ("activeCell", "sqref", "topLeftCell"):
                if view.get(key):
                    view.set(key, _grown(view.get(key), where, False))

    def _cells(self, row: Any) -> dict[int, Any]:
        cells, at = {}, -1
        for cell in row:
            if _local(cell) == "c":
                at = _position(re.match("[A-Z]+", cell.get("r"))[0]) if cell.get("r") else at + 1
                cells[at] = cell
        return cells

    def _styles(self, number: int) -> dict[int, str]:
        """Styles of a row's cells, those that have one."""
        return (
            {
                at: cell.get("s")
                for at, cell in self._cells(self.rows[number]).items()
                if cell.get("s")
            }
            if number in self.rows
            else {}
        )

    def _column_style(self, at: int) -> str | None:
        return next(
            (
                node.get("style")
                for node in _all(self.root, "col")
                if int(node.get("min")) - 1 <= at < int(node.get("max"))
            ),
            None,
        )

    def _new_row(self) -> Any:
        from lxml import etree

        where, row = self.where, etree.Element(f"{self.space}row", nsmap=None)
        if where.above in self.rows:
            for key, value in self.rows[where.above].items():
                if key not in ("r", "spans", "hidden", "outlineLevel", "collapsed"):
                    row.set(key, value)
        row.set("r", str(where.row))
        before = [n for n in self.rows if n < where.row]
        if before:
            self.rows[max(before)].addnext(row)
        else:
            self.data.insert(0, row)
        self.rows[where.row] = row
        return row

    def _cell(self, at: int, value: Any, style: str | None) -> Any:
        from lxml import etree

        cell = etree.Element(f"{self.space}c", r=f"{_letters(at)}{self.where.row}")
        if isinstance(value, dt.date):
            if at in self.dated and not self.since_1904 and value.year >= 1901:
                style = self.dated[at]
                value = (value - dt.date(1899, 12, 30)).days
            else:
                value = value.isoformat()
        if style:
            cell.set("s", style)
        if isinstance(value, int):
            etree.SubElement(cell, f"{self.space}v").text = str(value)
        elif value not in (None, ""):
            cell.set("t", "inlineStr")
            text = etree.SubElement(etree.SubElement(cell, f"{self.space}is"), f"{self.space}t")
            text.text = value
            text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        return cell

    def _put(self, row: Any, own: dict[int, Any], at: int, cell: Any) -> None:
        if at in own:
            row.replace(own[at], cell)
        elif before := [n for n in own if n < at]:
            own[max(before)].addnext(cell)
        else:
            row.insert(0, cell)
        own[at] = cell
