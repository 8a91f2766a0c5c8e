"""Texts that stand where a value is missing: ``N/A``, ``无``, ``待补充``, ``同上``, and what a
formula that failed leaves (``#N/A``). One vocabulary for all tables and formats.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

# as compared: NFKC, capitals, without white space
_MISSING = (
    "N/A NA NULL NONE NIL NAN N.A. NOTAVAILABLE UNKNOWN TBD TODO (BLANK) (NULL) "
    "无 无此项 无内容 无资料 无资料内容 无数据 无信息 "
    "暂无 暂缺 暂时没有 没有 缺 缺失 空 空白 空值 (空) (无) "
    "不详 不明 未知 未提供 未填 未填写 未录入 未登记 未采集 "
    "无名称 不清楚 不适用 见附件 详见附件 附后 以下空白 "
    "待补 待补充 待填 待填写 待补录 待录入 待定 待核实 待核 待核查 待查 待确认 待完善 待更新 "
    "待提供 "
    "/ // \\ - -- --- — —— ――― _ __ ___ * ** *** ? ?? ??? 。 . .. ... … …… X XX XXX × ××"
)
_SAME = "同上 同前 如上 见上 DITTO 同上行 同上一行 〃 ″ 〞 '' \" \u2033 \u3003"
_ERRORS = (
    "#N/A #REF! #VALUE! #DIV/0! #NAME? #NULL! #NUM! #SPILL! #CALC! #FIELD! #BLOCKED! #UNKNOWN! "
    "#GETTING_DATA #CONNECT! #BUSY! #名称? #值! #引用!"
)
_SIGNS = re.compile(r"[-—–―_*.?/\\。、,~=+×·…]+")  # and nothing else
_FAILED = re.compile(r"#[A-Z][A-Z0-9_/]+[!?]|ERR:\d{3}")
LONGEST = 14  # characters of any, as they are written


def _form(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


# form → whether it is an error's (F10), means the value above (F20/same), or nothing (F20)
RULES = (
    {_form(word): "F20" for word in _MISSING.split()}
    | {_form(word): "F20/same" for word in _SAME.split()}
    | {_form(word): "F10" for word in _ERRORS.split()}
)


def rule(text: str) -> str:
    """The rule that a text as a whole falls under; empty for a value.

    >>> rule(" 无 "), rule("#N/A"), rule("〃"), rule("无锡样例公司")
    ('F20', 'F10', 'F20/same', '')
    """
    if len(text) > LONGEST:
        return ""
    form = _form(text)
    if found := RULES.get(form) or RULES.get(form.rstrip("。.!")):
        return found
    return "F10" if _FAILED.fullmatch(form) else "F20" if form and _SIGNS.fullmatch(form) else ""


def among(texts: Collection[str]) -> dict[str, str]:
    """Those of the texts that stand for no value → their rule."""
    return {text: found for text in texts if len(text) <= LONGEST and (found := rule(text))}
