"""How a figure is said: one function for each kind, the same everywhere.

A share comes as an exact fraction and is said as a percentage with one decimal place, rounded half
up. Only all is ``100 %`` and only none is ``0 %``. Ratios that people declare, and chances that are
archived, are decimal text already: they are said as they stand, every digit of them.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from math import floor

Exact = int | Fraction
Number = Exact | float | Decimal

BEIJING = timezone(timedelta(hours=8))
DEMO = "demo"  # folder of the demonstrations, with params and outputs of its own
ROUND_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,30}")
YEAR = re.compile(r"\d{4}", re.ASCII)  # no round is called like that: it names a year's plan
SITE, ARTICLES = "site", "articles"  # folders in outputs/, so no names of rounds
# names that Windows keeps for devices, whatever their case
DEVICE = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]", re.IGNORECASE)
NOTHING = "分母为 0，不计算"  # a share of nothing
LITTLE = "不足 0.1 %"  # more than none


def plain(text: str) -> str:
    """A name as it is compared: NFKC, no white space or what can't be seen, capitals; full-width
    letters and brackets made plain: ``plain("样例ａ 公司（甲）") == "样例A公司(甲)"``.
    """
    whole = unicodedata.normalize("NFKC", text)
    return "".join(filter(str.isprintable, "".join(whole.split()))).upper()


def percent(part: Exact | str, whole: Exact = 1, limit: Exact | None = None) -> str:
    """A share as a percentage: ``percent(2, 3) == "66.7 %"``, ``percent(1, 20) == "5 %"``.

    What is less than all is never ``100 %``: ``percent(20000, 20001) == "99.9 %"``, which is true
    of it. What is more than none is never ``0 %``: ``percent(1, 20001) == "不足 0.1 %"``, since
    "0.1 %" would say twenty times as much. A share that is held against a ``limit`` gets as many
    places as it takes to differ from it: 0.0502 against 0.05 is ``5.02 %``. ``NOTHING`` where
    ``whole`` is 0; ValueError outside 0 to 1.
    """
    if not whole:
        return NOTHING
    share = Fraction(part) / Fraction(whole)
    if not 0 <= share <= 1:
        raise ValueError(f"not a share: {share}")
    tenths = floor(share * 1000 + Fraction(1, 2))
    if share > 0 and not tenths:
        return LITTLE
    if share < 1:
        tenths = min(tenths, 999)
    said = Fraction(tenths, 1000)
    places = 3
    while limit is not None and said == limit != share:
        places += 1
        said = Fraction(decimal(share, places))
    return exact(decimal(said, places))


def exact(ratio: str) -> str:
    """A declared or archived ratio as a percentage, with all its digits:
    ``exact("0.0125") == "1.25 %"``.
    """
    return f"{(Decimal(ratio) * 100).normalize():f} %"


def decimal(value: Number, places: int) -> str:
    """A number as decimal text, rounded half up (away from 0):
    ``decimal(Fraction(1, 3), 4) == "0.3333"``, ``decimal(2.5, 0) == "3"``.
    """
    exactly = Fraction(value)
    units = floor(abs(exactly) * 10**places + Fraction(1, 2))
    digits = f"{units:0{places + 1}}"
    whole, rest = digits[: len(digits) - places], digits[len(digits) - places :]
    return ("-" if exactly < 0 and units else "") + whole + ("." + rest if places else "")


def measured(value: Number, places: int = 2) -> Decimal:
    """A measured number as a table shows it: ``measured(2 / 3) == Decimal("0.67")``."""
    return Decimal(decimal(value, places))


def in_percent(value: Number, places: int = 2) -> Decimal:
    """A measured share or deviation as a number of percent, for a column headed so:
    ``in_percent(-1 / 3) == Decimal("-33.33")``.
    """
    return measured(100 * Fraction(value), places)


def millionths(number: int | str) -> str:
    """A number of millionths: ``millionths(1_250_000) == "1.25"``."""
    return f"{(Decimal(number) / 1_000_000).normalize():f}"


def with_sign(number: Decimal) -> str:
    """A number of percent in a text: ``with_sign(Decimal("0.01")) == "0.01 %"``."""
    return f"{number} %"


def thousands(number: int) -> str:
    """``thousands(1234567) == "1,234,567"``."""
    return f"{number:,}"


def grouped(text: str, size: int) -> str:
    """Groups for reading aloud: ``grouped("4163524163", 4) == "4163 5241 63"``."""
    return " ".join(text[at : at + size] for at in range(0, len(text), size))


def digit_lines(digits: str) -> list[str]:
    """64 digits as two lines of four groups of 8."""
    return [grouped(digits[at : at + 32], 8) for at in range(0, len(digits), 32)]


def shown_digits(digits: str) -> list[str]:
    """64 digits as a screen shows them, which must break none: two lines, set in."""
    return [f"  {line}" for line in digit_lines(digits)]


def day(iso: str) -> str:
    """``2021-12-06`` → ``2021年12月6日``."""
    value = date.fromisoformat(iso)
    return f"{value.year}年{value.month}月{value.day}日"


def month(of: date) -> str:
    """``month(date(2021, 12, 6)) == "2021年12月"``."""
    return f"{of.year}年{of.month}月"


def time(iso: str) -> str:
    """``2021-11-26T10:06:00+08:00`` → ``2021年11月26日 10:06``, Beijing time."""
    at = _beijing(iso)
    return f"{day(at.date().isoformat())} {at:%H:%M}"


def stamp(iso: str) -> str:
    """The same for narrow places: ``2021-11-26 10:06``; empty for none."""
    return f"{_beijing(iso):%Y-%m-%d %H:%M}" if iso else ""


def _beijing(iso: str) -> datetime:
    """Without a zone it is Beijing time already, whatever this machine's zone."""
    at = datetime.fromisoformat(iso)
    return at.astimezone(BEIJING) if at.tzinfo else at


def period(window: dict[str, str]) -> str:
    """A visit window in words."""
    return f"{day(window['start'])}至{day(window['end'])}"
