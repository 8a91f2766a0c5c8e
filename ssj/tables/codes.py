"""What is wrong with an id in a column of 统一社会信用代码 (GB 32100-2015).

Told by the column (:mod:`ssj.tables.coded`), not by the look of the id: the worse a code is
damaged, the less it looks like one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from stdnum import numdb
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_10

LENGTH = 18
INVENTED = "9999"  # regions of samples begin so; no real one does
CHECK = "校验位不符"
NO_LETTERS = {"O": "0", "I": "1", "S": "", "V": "", "Z": ""}  # letter → the digit it is meant for
_ASCII = re.compile("[0-9A-Z]+")
ORGANISATION = "组织机构代码"
# other numbers that stand for firms and projects, once NFKC and capitals
OTHER = {
    "投资项目代码": re.compile(r"\d{4}-\d{6}-\d{2}-\d{2}-\d{6}"),
    ORGANISATION: re.compile(r"[0-9A-Z]{8}-?[0-9X]"),
    "13 位旧注册号": re.compile(r"(?:10|1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])\d{11}"),
    "合作社注册号": re.compile(r"\d{6}NA\d{6}X"),
    "施工许可证号": re.compile(
        r"\d{6}(?:19[89]\d|20\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4}|-?\d\d)"
    ),
    "文字号": re.compile(r"[^\d]*[\u4e00-\u9fff].*号"),
}
_TITLES = ("信用代码", "TYXYDM", "TYSHXYDM", "SHXYDM", "XYDM", "USCC", "CREDITCODE", "UNISCID")


def says_code(title: str) -> bool:
    """Whether a column's own title means 统一社会信用代码 and nothing else."""
    plain = re.sub(r"[\s_-]", "", title).upper()
    return "、" not in plain and "/" not in plain and any(one in plain for one in _TITLES)


@lru_cache(maxsize=65536)
def region_exists(region: str) -> bool:
    """Whether six digits are, or were, in a region of GB/T 2260 (python-stdnum's table, since
    1980), at least its prefecture: zones that are no counties register firms, too.
    """
    return region.startswith(INVENTED) or any(
        len(found) == 2 and "county" in found[1][1]
        for found in map(numdb.get("cn/loc").info, (region, f"{region[:4]}00"))
    )


def resembles(text: str) -> bool:
    """Whether it is a code, or one that was damaged: about so long, a region's digits in front."""
    plain = re.sub("[^0-9A-Z]", "", unicodedata.normalize("NFKC", text).upper())
    return (
        15 < len(plain) < 22
        and sum(char.isdigit() for char in plain[2:8]) > 3
        and ("-" not in text)
    ) or len(_several(text)) > 1


def may_be(text: str) -> bool:
    """Whether it may have been a code, however much of it is gone, and is no other number."""
    plain = re.sub(r"[-\s'`’.]", "", unicodedata.normalize("NFKC", text).upper())
    return not other(text) and bool(re.match(r"[0-9ANYOI][0-9OI]{4}", plain))


def registration(text: str) -> bool:
    """15 digits with a region, real or of samples, and the right check digit."""
    return (
        len(text) == 15 and text.isdigit() and region_exists(text[:6]) and mod_11_10.is_valid(text)
    )


def _several(text: str) -> list[str]:
    """The codes in a cell, if there are several."""
    parts = [part for part in re.split(r"[/\\、,，;；|\s和及或]+", text) if len(part) >= 15]
    plain = re.sub("[^0-9A-Za-z]", "", text)
    return parts if len(parts) > 1 else [plain[:18], plain[18:]] if len(plain) > 30 else []


def other(text: str) -> str:
    """What other number it is; empty for none: ``other("95028578-3") == "组织机构代码"``."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    name = next((name for name, form in OTHER.items() if form.fullmatch(plain)), "")
    return "" if name == ORGANISATION and not _organisation(plain) else name


def _organisation(text: str) -> bool:
    """Whether the check digit of an organisation's code (GB 11714) is right."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(char, 36) * w for char, w in zip(text[:8], weights, strict=True))
    return text[-1] == "0123456789X0"[11 - total % 11]


def damage(text: str) -> str:
    """In words, why a text is no sound code, for one that is no other number either.

    >>> damage("91140521MA0K00003"), damage("9114O521MA0K00006Q")
    ('只有 17 位，少 1 位', '第 5 位是字母 O，应是数字 0')
    """
    whole = unicodedata.normalize("NFKC", text).upper()
    if several := _several(whole):
        return f"一格里有 {len(several)} 个编码"
    if hidden := re.search(r"[*#•●]|X{3,}", whole):
        return f"有几位写成了“{hidden[0]}”，被遮住或没有填"
    plain = whole.strip()
    for at, char in enumerate(plain, 1):
        if not char.isprintable() or unicodedata.category(char) == "Cf":
            return f"第 {at} 位有看不见的字符"
        if char.isalpha() and not char.isascii() and not "\u4e00" <= char <= "\u9fff":
            return f"第 {at} 位的“{char}”样子像英文字母，却不是"
    if chinese := re.search("[\u4e00-\u9fff]+", plain):
        return f"有汉字“{chinese[0][:8]}”"
    if strange := re.search("[^0-9A-Z]", plain):
        name = "空格" if strange[0].isspace() else f"“{strange[0]}”"
        where = (
            "开头" if strange.start() == 0 else "末尾" if strange.end() == len(plain) else "中间"
        )
        return f"{where}有{name}"
    if len(plain) == 14 and plain.isdigit():
        return "14 位数字，比 15 位注册号少 1 位"
    if len(plain) < LENGTH:
        return f"只有 {len(plain)} 位，少 {LENGTH - len(plain)} 位"
    if len(plain) > LENGTH:
        return f"有 {len(plain)} 位，多 {len(plain) - LENGTH} 位"
    return _wrong_place(plain)


def _wrong_place(code: str) -> str:
    """What stands where it can't, in 18 places."""
    for at, char in enumerate(code, 1):
        if char in NO_LETTERS:
            meant = f"，应是数字 {NO_LETTERS[char]}" if NO_LETTERS[char] else "，编码里没有这个字母"
            return f"第 {at} 位是字母 {char}{meant}"
        if 3 <= at <= 8 and not char.isdigit():
            return f"第 {at} 位应是数字，却是“{char}”"
    if not re.match("[1-9ANY][1-9]", code):
        return f"开头的“{code[:2]}”不是登记管理部门和机构类别的代码"
    if not region_exists(code[2:8]):
        return f"第 3—8 位“{code[2:8]}”不是行政区划代码"
    return "" if uscc.is_valid(code) else CHECK
