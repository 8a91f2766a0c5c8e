"""What a workbook shows otherwise than it stores: number formats that pad or mask, rows struck
through.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# literal text in a format: "…", \x, _x (a blank as wide as x), *x (filling), or one of these marks
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|([-/(): ])')
_TELLING = re.compile(r'0[-/ \\"]*0|"[^"]*[^"\s][^"]*"|\\[^\s.,%]|;;')


class Styles(NamedTuple):
    """Cell styles by number: format code of those that pad or mask, those struck through."""

    formats: dict[int, str]
    struck: frozenset[int]


def read(xml: bytes) -> Styles:
    """``xl/styles.xml``."""
    text = xml.decode("utf-8", "replace")
    written = [_attributes(own) for own in re.findall(r"<(?:\w+:)?numFmt\b([^>]*)", text)]
    codes = {int(own["numFmtId"]): _plain(own["formatCode"]) for own in written if len(own) > 1}
    fonts = re.findall(
        r"<(?:\w+:)?font(?:\s[^>]*)?(?:/>|>(.*?)</(?:\w+:)?font>)", _part(text, "fonts"), re.DOTALL
    )
    crossing = re.compile(r'<(?:\w+:)?strike\s*(?:/>|val="(?:1|true)")')
    struck = {n for n, font in enumerate(fonts) if crossing.search(font)}
    formats, crossed = {}, set()
    for n, xf in enumerate(re.findall(r"<(?:\w+:)?xf\b([^>]*)", _part(text, "cellXfs"))):
        own = _attributes(xf)
        code = codes.get(int(own.get("numFmtId", 0)), "")
        if tells(code):
            formats[n] = code
        if int(own.get("fontId", 0)) in struck:
            crossed.add(n)
    return Styles(formats, frozenset(crossed))


def tells(code: str) -> bool:
    """Whether a format pads numbers, masks them or adds texts; formats of dates don't count."""
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]', "", code)
    return bool(_TELLING.search(code)) and not re.search("[yYdDhHsS年月日]", bare)


def _attributes(tag: str) -> dict[str, str]:
    return dict(re.findall(r'(\w+)="([^"]*)"', tag))


def _part(text: str, name: str) -> str:
    found = re.search(rf"<(?:\w+:)?{name}\b[^>]*>(.*?)</(?:\w+:)?{name}>", text, re.DOTALL)
    return found[1] if found else ""


def _plain(code: str) -> str:
    for name, char in (("&quot;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        code = code.replace(name, char)
    return code


SHOWN = "\0"  # before what a file says itself that a cell shows


def differs(text: str, number: float) -> bool:
    """Whether a text shows a whole number otherwise than by its digits: ``differs("001", 1)``; not
    where it only groups them or shortens them (``1,234``, ``9.1E+17``).
    """
    if not text or not number.is_integer():
        return False
    plain = re.fullmatch(r"-?[\d,.]+(E[+-]?\d+)?", text)
    return plain is None or text.startswith("0") != (number == 0)


def shown(code: str, number: float) -> str | None:
    """A whole number as a format shows it; None if that can't be told.

    >>> shown("000", 1), shown('"ZJ-"000', 12), shown("00-00", 123), shown("0.00", 1)
    ('001', 'ZJ-012', '01-23', None)
    """
    if code.startswith(SHOWN):
        return code[len(SHOWN) :]
    first = re.sub(r"\[[^\]]*\]", "", code).split(";")[0]
    if number < 0 or number != int(number):
        return None
    parts: list[str] = []
    rest = first
    while rest:
        if found := _LITERAL.match(rest):
            parts.append(next((text for text in found.groups() if text), ""))
            rest = rest[found.end() :]
        elif rest[0] in "0#":
            parts.append("\0" if rest[0] == "0" else "\1")
            rest = rest[1:]
        elif rest.startswith("General"):
            parts.append("\1")
            rest = rest[7:]
        else:
            return None
    digits = list(str(int(number)))
    if not any(part in ("\0", "\1") for part in parts):
        return None
    places = [n for n, part in enumerate(parts) if part in ("\0", "\1")]
    for n in reversed(places):
        last = n == places[0]
        own = "".join(digits) if last else digits.pop() if digits else ""
        parts[n] = own or ("0" if parts[n] == "\0" else "")
    return "".join(parts)
