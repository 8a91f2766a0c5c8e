"""What an OpenDocument sheet holds beside the values that calamine gives: merged cells, errors,
what a number is shown as, what is struck through, commented on or hidden.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from ssj.tables import biff, styles
from ssj.tables.grid import PROGRAM

Place = tuple[int, int]
_SPACE = re.compile(r"\{[^}]*\}")
ERRORS = frozenset(biff.ERRORS.values())
TRUTHS = {"TRUE": True, "FALSE": False, "真": True, "假": False}
MOST_REPEATED = 1000  # cells or rows alike that are looked at one by one


@dataclass
class Look:
    """Of one sheet, by row and column from 0: merged ranges (first and last cell), texts of errors,
    truth values, numbers that are shown otherwise → how, rows struck through as Excel counts them,
    comments; how many rows and columns are hidden.
    """

    merged: list[tuple[Place, Place]] = field(default_factory=list)
    errors: dict[Place, str] = field(default_factory=dict)
    truths: dict[Place, bool] = field(default_factory=dict)
    shown: dict[Place, str] = field(default_factory=dict)
    struck: set[int] = field(default_factory=set)
    comments: int = 0
    rows: int = 0
    columns: int = 0

    @property
    def notes(self) -> list[str]:
        """What is hidden or not read, in words."""
        return biff.words(self.rows, self.columns) + biff.remarks(self.comments)


class Entities(ValueError):
    """The file declares a document type or entities."""


def looked_at(data: bytes) -> list[Look]:
    """A look at each sheet in turn. ``Entities``, ``ET.ParseError`` or a zip file's errors if it
    can't be read.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read("content.xml")
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", content, re.IGNORECASE):
        raise Entities
    found: list[Look] = []
    struck: set[str] = set()
    row = left_out = 0
    for event, node in ET.iterparse(io.BytesIO(content), ("start", "end")):  # noqa: S314 - refused
        name = _name(node.tag)
        if name == "tracked-changes":  # what was deleted
            left_out += 1 if event == "start" else -1
        elif left_out:
            continue
        elif event == "start":
            if name == "table":
                found.append(Look())
                row = 0
        elif name == "style" and _strikes(node):
            struck.add(_attributes(node).get("name", ""))
        elif name == "table-column":
            found[-1].columns += _hidden(_attributes(node), "number-columns-repeated")
        elif name == "table-row":
            own = _attributes(node)
            times = int(own.get("number-rows-repeated", 1))
            if any(len(cell) for cell in node):
                found[-1].rows += _hidden(own, "number-rows-repeated")
                for n in range(min(times, MOST_REPEATED)):
                    _cells(found[-1], node, row + n, struck)
            row += times
            node.clear()  # a row at a time is held
    return found


def _strikes(style: ET.Element) -> bool:
    return any(
        _name(own.tag) == "text-properties"
        and _attributes(own).get("text-line-through-style", "none") != "none"
        for own in style
    )


def _hidden(own: dict[str, str], times: str) -> int:
    """How many rows or columns are hidden."""
    return 0 if own.get("visibility", "visible") == "visible" else int(own.get(times, 1))


def _cells(look: Look, node: ET.Element, row: int, struck: set[str]) -> None:
    column = 0
    for cell in node:
        name, own = _name(cell.tag), _attributes(cell)
        if name not in ("table-cell", "covered-table-cell"):
            continue
        times = int(own.get("number-columns-repeated", 1))
        for at in range(column, column + min(times, MOST_REPEATED)) if len(cell) else ():
            _cell(look, cell, own, (row, at))
            if own.get("style-name") in struck:
                look.struck.add(row + 1)
        down, across = (
            int(own.get(key, 1)) for key in ("number-rows-spanned", "number-columns-spanned")
        )
        if down > 1 or across > 1:
            look.merged.append(((row, column), (row + down - 1, column + across - 1)))
        column += times


def _cell(look: Look, cell: ET.Element, own: dict[str, str], place: Place) -> None:
    text = "".join(next((part.itertext() for part in cell if _name(part.tag) == "p"), ()))
    look.comments += sum(
        _name(part.tag) == "annotation"
        and not any(_name(own.tag) == "creator" and own.text == PROGRAM for own in part)
        for part in cell
    )
    kind = own.get("value-type", "")
    if text.startswith("#") and ("formula" in own or kind == "error" or text in ERRORS):
        look.errors[place] = text
    elif kind == "boolean" or (kind == "float" and text in TRUTHS):
        look.truths[place] = TRUTHS.get(text, own.get("boolean-value") == "true")
    elif kind == "float" and styles.differs(text, float(own.get("value", "nan"))):
        look.shown[place] = styles.SHOWN + text


def _name(tag: str) -> str:
    return _SPACE.sub("", tag)


def _attributes(node: ET.Element) -> dict[str, str]:
    """By their names without the space; of two of one name (calcext beside office) the last."""
    return {_name(key): value for key, value in node.items()}
