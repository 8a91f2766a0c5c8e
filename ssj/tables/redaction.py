"""Personal data that never enters an archive: which columns, which numbers, how they are masked.

Pure text work; ``tables`` applies it to files. Identity and phone columns are known by their
header, numbers standing elsewhere by their form (resident identity numbers with birth date and
check digit, mobile numbers).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

HEADERS = frozenset(
    {
        "身份证号",
        "身份证号码",
        "证件号",
        "证件号码",
        "公民身份号码",
        "公民身份证号码",
        "护照号",
        "护照号码",
        "手机",
        "手机号",
        "手机号码",
        "移动电话",
        "电话",
        "电话号码",
        "联系电话",
        "联系方式",
        "固定电话",
        "座机",
        "传真",
        "传真号码",
        "PHONE",
        "MOBILE",
        "TEL",
        "TELEPHONE",
        "FAX",
        "IDCARD",
        "SFZH",
        "SFZHM",
        "SJH",
        "SJHM",
        "LXDH",
    }
)
PARTS = ("身份证", "公民身份", "手机", "电话", "联系方式")

_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])[1-8]\d{5}(?:19\d\d|200\d|201[0-2])(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"\d{3}[\dXx](?![0-9A-Za-z])"
)
_MOBILE = re.compile(r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def header_text(value: object) -> str:
    """A header as it is compared: NFKC, without white space and the ``*`` that marks required
    columns.
    """
    return re.sub(r"[\s*]", "", unicodedata.normalize("NFKC", str(value)))


def is_personal(header: str) -> bool:
    """Whether a column with this header is dropped on reading:
    ``is_personal("法人联系电话") is True``.
    """
    header = header_text(header)
    return header.upper() in HEADERS or any(part in header for part in PARTS)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for found in _IDENTITY.finditer(text):
        digits, check = found[0][:-1], found[0][-1].upper()
        weighted = sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True))
        if "10X98765432"[weighted % 11] == check:
            yield found.span()
    yield from (found.span() for found in _MOBILE.finditer(text))


def holds_personal(text: str) -> bool:
    """Whether a resident identity number or a mobile number stands in the text (any width of
    digits).
    """
    return next(_spans(unicodedata.normalize("NFKC", text)), None) is not None


def mask(text: str) -> str:
    """The text with such numbers masked: ``mask("电 13912345678") == "电 139******78"``; else
    unchanged.
    """
    if not holds_personal(text):
        return text
    text = unicodedata.normalize("NFKC", text)
    for start, end in _spans(text):  # same length after each replacement, so the places stay right
        text = text[: start + 3] + "*" * (end - start - 5) + text[end - 2 :]
    return text
