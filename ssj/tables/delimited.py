"""Tables in text: encodings, what stands between the columns, rows."""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from typing import Any

from ssj.tables.grid import MAX_PLAIN, Sheet, Unreadable, too_many
from ssj.tables.layout import HEADER_ROWS

# what may stand between the columns of a csv beside commas
MARKS = {"\t": "制表符", ";": "分号", "|": "竖线"}
_TEXT_MARK = re.compile(r"\s*(?:=\"([^\"]*)\"|'([0-9A-Za-z-]+))\s*")


def has_columns(text: str) -> bool:
    """Whether most of the first lines hold the same mark between columns."""
    lines = text.splitlines()[:HEADER_ROWS]
    return any(sum(mark in line for line in lines) * 2 > len(lines) for mark in (",", *MARKS))


def text_of(file: str, data: bytes) -> str:
    """The text of a file; what a page says of its encoding counts first."""
    said = re.search(
        rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)=[\"']?([\w-]+)", data[:4000]
    )
    if said and said[1].lower().startswith(b"big5"):
        raise Unreadable("F05/big5", file)
    if said and said[1].lower() not in (b"utf-8", b"utf-16"):
        name = "gb18030" if said[1].lower() in (b"gb2312", b"gbk") else said[1].decode("ascii")
        with suppress(UnicodeDecodeError, LookupError):
            return data.decode(name)
    return decoded(file, data)[0]


def decoded(file: str, data: bytes) -> tuple[str, str]:
    """The text of a csv and its encoding: UTF-16 with its mark (what Excel calls Unicode text),
    else UTF-8, else GB18030, all strict.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), "utf-16"
        except UnicodeDecodeError:
            raise Unreadable("F05/utf16", file) from None
    if data.count(b"\0") * 4 > len(data) > 0:
        raise Unreadable("F05/utf16", file)
    try:
        return data.decode("utf-8-sig"), "utf-8-sig" if data.startswith(
            b"\xef\xbb\xbf"
        ) else "utf-8"
    except UnicodeDecodeError as utf8:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as gb:
            if _big5(data):
                raise Unreadable("F05/big5", file) from None
            first, second = (data.count(b"\n", 0, error.start) + 1 for error in (utf8, gb))
            raise Unreadable("F05", file, utf8=first, gb=second) from None
        if _big5(data, text):
            raise Unreadable("F05/big5", file) from None
        return text, "gb18030"


# the commonest Chinese characters, of both scripts; read in a wrong encoding few of them come out
_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关"
    "各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活"
    "設計管理施工企業單位編號名稱類別信用風險等級狀態是否公開地址證號有效期日期檢查結果縣住建局司正常項目物業服務燃氣經營演示樣例"
    "设计管施企业单编号名称类别信风险级状态否址证效期检查结县住建局司项目务燃气营样例股区镇乡路城区"
)


def _big5(data: bytes, text: str = "") -> bool:
    """Whether bytes that may be read as GB18030 (``text``) are Big5: there is far more of common
    Chinese in them so.
    """
    other = data.decode("big5", "ignore")
    chinese = [char for char in other if "\u4e00" <= char <= "\u9fff"]
    common = sum(char in _COMMON for char in chinese)
    own = sum(char in _COMMON for char in text)
    return common > 20 and common * 3 > len(chinese) and common > 2 * own


def separator(text: str) -> str:
    """What stands between the columns of a csv: commas, unless its first lines have none of these,
    but several tabs, semicolons or bars.
    """
    first = text.splitlines()[:HEADER_ROWS]
    return next(
        (
            mark
            for mark in MARKS
            if not any("," in line for line in first)
            and any(line.count(mark) > 1 for line in first)
        ),
        ",",
    )


def rows_of(file: str, text: str) -> Sheet:
    """Rows of a text file. Cells written ``="12"`` or ``'12``, so that Excel takes them for text,
    are read without these marks.
    """
    rows: list[list[Any]] = []
    mark = separator(text)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=mark):
            rows.append(row)
            if len(rows) > MAX_PLAIN["csv"] + HEADER_ROWS:
                raise too_many(file, rows=MAX_PLAIN["csv"])
    except csv.Error:
        raise Unreadable("F04/quotes", file, line=len(rows) + 1) from None
    first = rows[:HEADER_ROWS]
    for wide, name in (("；", "全角分号"), ("，", "全角逗号")):
        if all(len(row) < 2 for row in first) and any(
            cell.count(wide) > 1 for row in first for cell in row
        ):
            raise Unreadable("F04/separator", file, mark=name)
    if (
        len(first) > 1
        and all(len(row) == 1 for row in first)
        and len({row[0].count(" ") for row in first}) == 1
        and first[0][0].count(" ") > 1
    ):
        raise Unreadable("F04/separator", file, mark="空格")
    notes = [f"各列之间是{MARKS[mark]}，按它分列"] if mark in MARKS else []
    if '="' in text or "'" in text:
        bare = [[_bare(cell) for cell in row] for row in rows]
        if count := sum(
            a != b
            for before, after in zip(rows, bare, strict=True)
            for a, b in zip(before, after, strict=True)
        ):
            rows, notes = (
                bare,
                [*notes, f'有 {count} 个格写成 ="…" 或以 \' 开头（表示文字），按其中的内容读取'],
            )
    return Sheet("", rows, notes=notes)


def _bare(cell: str) -> str:
    found = _TEXT_MARK.fullmatch(cell)
    return (found[1] or found[2] or "") if found else cell
