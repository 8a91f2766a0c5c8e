"""How a raw cell becomes a typed value: one parser for each kind of column
(:mod:`ssj.tables.schema`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

from ssj import protocol
from ssj.base import formats
from ssj.base.errors import quoted
from ssj.base.params import ROUND_ID
from ssj.tables.schema import FOREVER, KINDS_TO_FOLLOW, RESULTS, WHOLE_YEAR, Column


class Refused(ValueError):
    """A cell that a rule refuses: its code without the table's letter, what its message names."""

    def __init__(self, rule: str, **details: Any) -> None:
        self.rule, self.details = rule, details
        super().__init__(rule)


def as_text(value: object) -> str:
    """A raw cell as text: ``as_text(5) == "5"``, ``as_text(0.07) == "0.07"`` (15 places, as Excel
    shows).
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return format(value, ".15g")
    if isinstance(value, dt.datetime):
        return (
            value.date().isoformat()
            if value.time() == dt.time()
            else value.isoformat(" ", "seconds")
        )
    return "" if value is None else str(value)


def word(value: object) -> str:
    """Text that other tables must match: NFKC, no white space, full-width letters and brackets made
    plain.
    """
    return "".join(unicodedata.normalize("NFKC", as_text(value)).split())


def plain(text: str) -> str:
    """A name as it is compared (:func:`ssj.base.formats.plain`)."""
    return formats.plain(as_text(text))


def _split(value: object) -> list[str]:
    return [part for part in map(str.strip, re.split(r"[,，、;；\n]", as_text(value))) if part]


def _code(value: object) -> str:
    """A code as text, unless digits went lost on the way."""
    text = as_text(value)
    number = isinstance(value, int | float) and (
        abs(value) >= 10**15 or not float(value).is_integer()
    )
    if number or re.fullmatch(
        r"\d\.\d+[eE]\+?\d+|\d+[eE]\+\d+|\d{10,}\.0+", unicodedata.normalize("NFKC", text)
    ):
        raise Refused("04")
    return text


def _id(value: object) -> str:
    text = _code(value)
    try:
        if isinstance(value, bool | dt.date) or (isinstance(value, int) and value < 0):
            raise ValueError
        return protocol.normalise_id(text)
    except ValueError:
        raise Refused("02") from None


def _ids(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_id, _split(value) if isinstance(value, str) else [value])))


_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]\s*0{1,2}:00(?::00(?:\.0+)?)?)?",
    re.ASCII,
)


def _serial(value: object) -> str:
    """The day that a bare serial number of Excel means, from 1950 to 2100; empty for others:
    ``_serial(44561) == "2021-12-31"``.
    """
    text = unicodedata.normalize("NFKC", as_text(value))
    if isinstance(value, bool) or not re.fullmatch(r"\d{5}(?:\.\d+)?", text):
        return ""
    day = dt.date(1899, 12, 30) + dt.timedelta(int(text[:5]))
    return day.isoformat() if 1950 <= day.year <= 2100 else ""


def _date(value: object) -> dt.date:
    found_in = value
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, bool):
        value = None
    elif not isinstance(value, dt.date):
        text = unicodedata.normalize("NFKC", as_text(value))
        if text in ("长期", "长期有效", "永久", "无固定期限"):
            return FOREVER
        found = _DATE.fullmatch(text) or re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text)
        try:
            value = dt.date(*map(int, found.groups())) if found else None
        except ValueError:
            value = None
    if value is None and (day := _serial(found_in)):
        raise Refused("07/serial", day=day)
    if value is None or not (1900 <= value.year <= 2200 or value.year == 9999):
        raise Refused("07")
    return FOREVER if value.year == 9999 else value


def _int(value: object) -> int:
    text = unicodedata.normalize("NFKC", as_text(value))
    if isinstance(value, bool | dt.date) or not re.fullmatch(r"[0-9]{1,9}", text):
        raise Refused("08")
    return int(text)


def _bool(value: object) -> bool:
    text = word(value)
    if text not in ("是", "否"):
        raise Refused("09")
    return text == "是"


def _ratio(value: object) -> str:
    """Decimal text of a ratio: ``_ratio("5%") == "0.05"``. Refused outside (0, 1]."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,12})?|\.[0-9]{1,12})(%?)", word(value))
    if not found or isinstance(value, bool):
        raise Refused("12")
    number = Decimal(found[1]) / (100 if found[2] else 1)
    if not 0 < number <= 1:
        raise (
            Refused("13", number=found[1])
            if number > 1 and not found[2] and number <= 100
            else Refused("12")
        )
    text = format(number.normalize(), "f")
    if len(text) > 11:
        raise Refused("12")
    return text


def _limit(value: object) -> str:
    return _ratio(re.sub(r"^(?:不超过|不高于|≤|<=)|(?:以下|以内)$", "", word(value)))


def ratios(value: object, classes: Collection[str]) -> dict[str, str]:
    """``{"*": "0.05"}``, or one ratio for each class of the scheme; separators between them may be
    missing.
    """
    text = word(value)
    if re.fullmatch(r"[-+0-9.eE%]+", text):
        return {"*": _ratio(value)}
    name = (
        "|".join(re.escape(one) for one in sorted(classes, key=lambda one: (-len(one), one)))
        or "(?!)"
    )
    pairs = re.findall(rf"({name})(?:级|类)?[:=]?([0-9.]+%?)[,、;]?", text)
    rest = re.sub(rf"(?:{name})(?:级|类)?[:=]?[0-9.]+%?[,、;]?", "", text)
    if rest or sorted(one for one, _ in pairs) != sorted(classes):
        raise Refused("14", classes="、".join(classes))
    return {one: _ratio(ratio) for one, ratio in sorted(pairs)}


def _rounds(value: object) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(map(word, _split(value))))
    if (
        not names
        or isinstance(value, dt.date)
        or not all(name == WHOLE_YEAR or ROUND_ID.fullmatch(name) for name in names)
    ):
        raise Refused("16")
    return names


def _leave(value: object) -> tuple[tuple[dt.date, dt.date], ...]:
    spans = []
    for part in _split(value) if isinstance(value, str) else [value]:
        ends = [
            _date(end)
            for end in (re.split("至|到|~|～|—+", part) if isinstance(part, str) else [part])
        ]
        if len(ends) > 2 or ends[0] > ends[-1]:
            raise Refused("07")
        spans.append((ends[0], ends[-1]))
    return tuple(spans)


def choice(value: object, words: dict[str, str]) -> str:
    if (text := word(value)) not in words:
        raise Refused("06", words=quoted(words))
    return words[text]


def spelt(value: object, column: Column, classes: Collection[str]) -> str:
    """The word that a usual spelling stands for; empty where it is none: ``A级`` and ``A类`` for a
    class A, ``已竣工`` for 竣工.
    """
    text = word(value)
    if column.kind == "class":
        if (text := text.upper()) in classes:
            return ""
        # what stands in brackets says the same in other words: B级（较低风险）
        parts = re.fullmatch(r"([^()]+)\(([^()]+)\)", text)
        meant = {_bare_class(part) for part in (parts.groups() if parts else (text,))}
        meant &= set(classes)
        return meant.pop() if len(meant) == 1 else ""
    return (column.spelt or {}).get(text, "")


def _bare_class(text: str) -> str:
    """``_bare_class("信用风险A级企业") == "A"``"""
    found = re.fullmatch(r"(?:信用风险|信用)?(.+?)(?:等级|[级类档等])?(?:企业)?", text)
    return found[1] if found else ""


def risk_class(value: object, classes: Collection[str]) -> str:
    if (text := word(value).upper()) not in classes:
        raise Refused("10", classes="、".join(classes))
    return text


def _results(value: object) -> tuple[str, ...]:
    """Result categories in their own order, set off by ； or ，; some have 、 in them."""
    found = {word(part) for part in re.split("[;；,，\n]", as_text(value))} - {""}
    known = {word(name): name for name in (*RESULTS, *KINDS_TO_FOLLOW)}
    if found - set(known):
        raise Refused("06", words=quoted(known.values()))
    return tuple(name for plain, name in known.items() if plain in found)


def _digest(value: object) -> str:
    if not re.fullmatch("[0-9a-f]{64}", text := word(value).lower()):
        raise Refused("18")
    return text


PARSERS: dict[str, Callable[..., Any]] = {
    "digest": _digest,
    "results": _results,
    "text": as_text,
    "word": word,
    "words": lambda value: tuple(dict.fromkeys(map(word, _split(value)))),
    "names": lambda value: tuple(dict.fromkeys(_split(_code(value)))),
    "code": _code,
    "id": _id,
    "ids": _ids,
    "date": _date,
    "int": _int,
    "bool": _bool,
    "limit": _limit,
    "rounds": _rounds,
    "leave": _leave,
}
# Texts that a kind's parser gives back as they are, quickly told; other texts may be such too
PLAIN: dict[str, re.Pattern[str]] = {
    "text": re.compile(r"\S(?:.*\S)?", re.DOTALL),
    "word": re.compile("[0-9A-Za-z\u4e00-\u9fff]+"),
    "id": re.compile("[0-9A-Z]+"),
    "code": re.compile("[0-9A-Z]+|[A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff()-]*"),
}
CODES = {"id", "ids", "code", "names", "digest"}  # columns whose long digits are no phone numbers
