"""一单两库 and the plan: declared columns, one table of checks, changes, coverage.

Raw tables (``tables.read``) become typed frames; whatever is wrong in any of the four files is listed at once.
Rules 01 to 19 are about single cells, their code begins with the table's letter (``T04``); later ones look across
rows and tables. Rows with an error are left out of the frames; a freeze stops at the first error anyway.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from stdnum.cn import uscc

from ssj import protocol, tables
from ssj.errors import InputError, Problem
from ssj.params import ROUND_ID
from ssj.redaction import holds_personal, mask

FOREVER = dt.date(9999, 9, 9)  # 长期有效
ALL, WHOLE_YEAR = "全部", "全年"
TITLES = {"items": "随机抽查事项清单", "targets": "检查对象名录库", "officers": "执法检查人员名录库", "plan": "年度抽查计划"}
LETTERS = {"items": "I", "targets": "T", "officers": "O", "plan": "P"}
MOST_ALIKE = 50  # problems of one kind in one column shown one by one; the rest are counted


@dataclass(frozen=True)
class Column:
    """A declared column; ``kind`` names the parser in ``PARSERS``, ``words`` a choice's accepted words → value."""

    key: str
    header: str
    required: bool = False
    kind: str = "text"
    default: Any = ""
    words: dict[str, str] | None = None


def _words(*values: str, **others: str) -> dict[str, str]:
    return {value: value for value in values} | others


# Status word → whether the target is in scope, the officer on duty. A word not declared here is refused.
TARGET_STATUS = dict.fromkeys(("存续", "在业", "在营", "正常", "开业", "在建", "在册", "存续(在营、开业、在册)"), True) | dict.fromkeys(
    ("注销", "吊销", "吊销未注销", "停业", "迁出", "清算", "竣工", "停工", "歇业"), False)
OFFICER_STATUS = dict.fromkeys(("在岗", "在职"), True) | dict.fromkeys(
    ("离岗", "离职", "退休", "调离", "调出", "借调", "挂职", "停职", "休假", "病假", "产假"), False)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "items": (
        Column("id", "事项编号", True, "id"),
        Column("name", "事项名称", True),
        Column("basis", "抽查依据", True),
        Column("department", "抽查主体", True, "word"),
        Column("content", "抽查内容", True),
        Column("method", "抽查方式", True),
        Column("kind", "事项类别", True, "choice", words=_words(
            "一般", "重点", 一般事项="一般", 一般检查事项="一般", 重点事项="重点", 重点检查事项="重点")),
        Column("categories", "检查对象类别", True, "words", ()),
        Column("sub", "抽查子项"),
        Column("ratio_limit", "抽查比例", kind="limit"),
        Column("frequency", "抽查频次"),
        Column("specialities", "检查人员要求", kind="words", default=()),
        Column("guide", "工作指引"),
        Column("expert", "是否需专家", kind="bool", default=False),
        Column("effective", "生效日期", kind="date", default=None),
        Column("remark", "备注"),
    ),
    "targets": (
        Column("id", "编号", True, "id"),
        Column("name", "名称", True),
        Column("category", "类别", True, "word"),
        Column("risk_class", "信用风险等级", True, "class"),
        Column("status", "状态", True, "choice", words=_words(*TARGET_STATUS)),
        Column("public", "是否公开", kind="bool", default=True),
        Column("non_public_basis", "不公开依据"),
        Column("tags", "标签", kind="words", default=()),
        Column("address", "地址"),
        Column("area", "所属区域", kind="word"),
        Column("section", "主管股室", kind="word"),
        Column("permit_name", "许可证名称"),
        Column("permit_no", "许可证编号", kind="code"),
        Column("permit_until", "有效期至", kind="date", default=None),
        Column("founded", "成立日期", kind="date", default=None),
        Column("last_inspected", "上次检查日期", kind="date", default=None),
        Column("complaints", "投诉举报数", kind="int", default=0),
        Column("penalties", "处罚数", kind="int", default=0),
    ),
    "officers": (
        Column("id", "工号", True, "id"),
        Column("name", "姓名", True),
        Column("department", "部门", True, "word"),
        Column("kind", "人员类别", True, "choice", words=_words(
            "执法", "日常监管", "专家", 执法人员="执法", 日常监管人员="日常监管")),
        Column("specialities", "专业", True, "words", ()),
        Column("status", "状态", True, "choice", words=_words(*OFFICER_STATUS)),
        Column("certificate", "执法证号", kind="code"),
        Column("certificate_until", "执法证有效期至", kind="date", default=None),
        Column("post", "岗位"),
        Column("title", "职务"),
        Column("authority", "执法事项范围", kind="ids", default=()),
        Column("recusals", "回避对象", kind="names", default=()),
        Column("leave", "请假", kind="leave", default=()),
        Column("yearly_cap", "年度上限", kind="int", default=None),
    ),
    "plan": (
        Column("id", "任务编号", True, "id"),
        Column("name", "任务名称", True),
        Column("kind", "任务类型", True, "choice", words=_words("内部", "部门联合", 部门内部="内部", 联合="部门联合")),
        Column("items", "事项编号", True, "ids", ()),
        Column("scope", "对象范围", True, "scope", ((), ())),
        Column("method", "方式", True, "choice", words=_words("定向", "不定向")),
        Column("ratios", "抽查比例", True, "ratios", None),
        Column("rounds", "时间", True, "rounds", ()),
        Column("lead", "发起部门", True, "word"),
        Column("partners", "配合部门", kind="words", default=()),
        Column("team_size", "每组人数", kind="int", default=None),
        Column("expert", "专家", kind="bool", default=False),
        Column("approver", "审批人"),
        Column("approved_on", "审批日期", kind="date", default=None),
        Column("remark", "备注"),
    ),
}
_LABELS = {
    "plan": {"categories": "对象类别", "tags": "对象标签"},
    "changes": {"id": "编号", "change": "变动", "field": "栏目", "before": "原值", "after": "现值"},
    "coverage": {"category": "对象类别", "targets": "检查对象数", "items": "抽查事项数", "tasks": "本批次任务数", "gap": "缺口"},
}


def label(table: str, key: str) -> str:
    """Chinese header of a key: ``label("targets", "risk_class") == "信用风险等级"``; also of changes and coverage."""
    named = {column.key: column.header for column in COLUMNS.get(table, ())} | _LABELS.get(table, {})
    return named[key]


def headers(table: str) -> dict[str, bool]:
    """Header → required, as ``tables.read`` and ``tables.redact`` take it."""
    return {column.header: column.required for column in COLUMNS[table]}


# Single cells: raw value → typed value

class _Refused(ValueError):
    """A cell that a rule refuses: rule code without the table's letter, and what its message names."""

    def __init__(self, rule: str, **details: object) -> None:
        self.rule, self.details = rule, details
        super().__init__(rule)


def as_text(value: object) -> str:
    """A raw cell as text: ``as_text(5) == "5"``, ``as_text(0.07) == "0.07"`` (15 places, as Excel shows)."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return format(value, ".15g")
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds")
    return "" if value is None else str(value)


def word(value: object) -> str:
    """Text that other tables must match: NFKC, no white space, full-width letters and brackets made plain."""
    return "".join(unicodedata.normalize("NFKC", as_text(value)).split())


def _split(value: object) -> list[str]:
    return [part for part in map(str.strip, re.split(r"[,，、;；\n]", as_text(value))) if part]


def _code(value: object) -> str:
    """A code as text, unless digits went lost on the way."""
    text = as_text(value)
    number = isinstance(value, int | float) and (abs(value) >= 10**15 or not float(value).is_integer())
    if number or re.fullmatch(r"\d\.\d+[eE]\+?\d+|\d+[eE]\+\d+|\d{10,}\.0+", unicodedata.normalize("NFKC", text)):
        raise _Refused("04")
    return text


def _id(value: object) -> str:
    text = _code(value)
    try:
        if isinstance(value, bool | dt.date) or isinstance(value, int) and value < 0:
            raise ValueError
        return protocol.normalise_id(text)
    except ValueError:
        raise _Refused("02") from None


def _ids(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_id, _split(value) if isinstance(value, str) else [value])))


_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]\s*0{1,2}:00(?::00(?:\.0+)?)?)?", re.ASCII)


def _date(value: object) -> dt.date:
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
    if value is None or not (1900 <= value.year <= 2200 or value.year == 9999):
        raise _Refused("07")
    return FOREVER if value.year == 9999 else value


def _int(value: object) -> int:
    text = unicodedata.normalize("NFKC", as_text(value))
    if isinstance(value, bool | dt.date) or not re.fullmatch(r"[0-9]{1,9}", text):
        raise _Refused("08")
    return int(text)


def _bool(value: object) -> bool:
    text = word(value)
    if text not in ("是", "否"):
        raise _Refused("09")
    return text == "是"


def _ratio(value: object) -> str:
    """Decimal text of a ratio: ``_ratio("5%") == "0.05"``. Refused outside (0, 1]."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,12})?|\.[0-9]{1,12})(%?)", word(value))
    if not found or isinstance(value, bool):
        raise _Refused("12")
    number = Decimal(found[1]) / (100 if found[2] else 1)
    if not 0 < number <= 1:
        raise _Refused("13", number=found[1]) if number > 1 and not found[2] and number <= 100 else _Refused("12")
    text = format(number.normalize(), "f")
    if len(text) > 11:
        raise _Refused("12")
    return text


def _limit(value: object) -> str:
    return _ratio(re.sub(r"^(?:不超过|不高于|≤|<=)|(?:以下|以内)$", "", word(value)))


def _ratios(value: object, classes: Collection[str]) -> dict[str, str]:
    """``{"*": "0.05"}``, or one ratio for each class of the scheme; separators between them may be missing."""
    text = word(value)
    if re.fullmatch(r"[-+0-9.eE%]+", text):
        return {"*": _ratio(value)}
    name = "|".join(re.escape(one) for one in sorted(classes, key=lambda one: (-len(one), one))) or "(?!)"
    pairs = re.findall(rf"({name})(?:级|类)?[:=]?([0-9.]+%?)[,、;]?", text)
    rest = re.sub(rf"(?:{name})(?:级|类)?[:=]?[0-9.]+%?[,、;]?", "", text)
    if rest or sorted(one for one, _ in pairs) != sorted(classes):
        raise _Refused("14", classes="、".join(classes))
    return {one: _ratio(ratio) for one, ratio in sorted(pairs)}


def _scope(value: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Categories and tags: ``_scope("类别：燃气、供水供热；标签：专项整治") == (("燃气", "供水供热"), ("专项整治",))``."""
    found: dict[str, list[str]] = {"类别": [], "标签": []}
    for part in re.split(r"[;；\n]", as_text(value)):
        kind, colon, names = word(part).rpartition(":")
        if kind not in found and colon:
            raise _Refused("15")
        found[kind or "类别"] += filter(None, re.split("[,、]", names))
    if not any(found.values()):
        raise _Refused("15")
    return tuple(dict.fromkeys(found["类别"])), tuple(dict.fromkeys(found["标签"]))


def _rounds(value: object) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(map(word, _split(value))))
    if not names or isinstance(value, dt.date) or not all(name == WHOLE_YEAR or ROUND_ID.fullmatch(name) for name in names):
        raise _Refused("16")
    return names


def _leave(value: object) -> tuple[tuple[dt.date, dt.date], ...]:
    spans = []
    for part in _split(value) if isinstance(value, str) else [value]:
        ends = [_date(end) for end in (re.split("至|到|~|～|—+", part) if isinstance(part, str) else [part])]
        if len(ends) > 2 or ends[0] > ends[-1]:
            raise _Refused("07")
        spans.append((ends[0], ends[-1]))
    return tuple(spans)


def _choice(value: object, words: dict[str, str]) -> str:
    if (text := word(value)) not in words:
        raise _Refused("06", words=tables.quoted(words))
    return words[text]


def _class(value: object, classes: Collection[str]) -> str:
    if (text := word(value).upper()) not in classes:
        raise _Refused("10", classes="、".join(classes))
    return text


PARSERS: dict[str, Callable[..., Any]] = {
    "text": as_text, "word": word, "words": lambda value: tuple(dict.fromkeys(map(word, _split(value)))),
    "names": lambda value: tuple(dict.fromkeys(_split(_code(value)))), "code": _code, "id": _id, "ids": _ids, "date": _date,
    "int": _int, "bool": _bool, "limit": _limit, "scope": _scope, "rounds": _rounds, "leave": _leave,
}
CODES = {"id", "ids", "code", "names"}  # columns whose long digits are no phone numbers


# Rules across rows and tables: each yields (row, value, details)

@dataclass(frozen=True)
class Context:
    """All tables that could be read, rows with errors included, and what the round declares."""

    frames: dict[str, pd.DataFrame]
    round_id: str
    window: tuple[dt.date, dt.date]

    def __getattr__(self, table: str) -> pd.DataFrame:
        return self.frames[table]


Finding = tuple[int | None, object, dict[str, object]]


def _each(frame: pd.DataFrame, *keys: str) -> Iterator[tuple]:
    return zip(frame.index, *(frame[key] for key in keys))


def _bad_check_digit(x: Context) -> Iterator[Finding]:
    for row, code in _each(x.targets, "id"):
        if _looks_like_uscc(code) and not uscc.is_valid(code):
            yield row, code, {}


def _looks_like_uscc(code: str) -> bool:
    """18 places with a registering body and a region; permit numbers (region, date, serial) are none."""
    return len(code) == 18 and bool(re.fullmatch(
        r"(?!\d{6}(?:19[89]\d|20\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4})"
        r"[1-9ANY][1-9](?:10|1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])\d{4}[0-9A-Z]{10}", code))


def _hidden_without_basis(x: Context) -> Iterator[Finding]:
    return ((row, "", {}) for row, public, basis in _each(x.targets, "public", "non_public_basis") if not public and not basis)


def _no_certificate(x: Context) -> Iterator[Finding]:
    return ((row, "", {}) for row, kind, number in _each(x.officers, "kind", "certificate") if kind == "执法" and not number)


def _no_certificate_date(x: Context) -> Iterator[Finding]:
    return ((row, "", {}) for row, kind, until in _each(x.officers, "kind", "certificate_until") if kind == "执法" and not until)


def _certificate_ends(x: Context) -> Iterator[Finding]:
    return ((row, until, {"end": x.window[1]}) for row, kind, until in _each(x.officers, "kind", "certificate_until")
            if kind == "执法" and until and until < x.window[1])


def _unknown_authority(x: Context) -> Iterator[Finding]:
    known = {*x.items["id"], ALL}
    return ((row, one, {}) for row, ids in _each(x.officers, "authority") for one in ids if one not in known)


def _recusal_of_nobody(x: Context) -> Iterator[Finding]:
    known = _recusal_names(x.targets)
    return ((row, one, {}) for row, names in _each(x.officers, "recusals") for one in names if not known.get(_plain(one)))


def _recusal_of_several(x: Context) -> Iterator[Finding]:
    known = _recusal_names(x.targets)
    return ((row, one, {"ids": "、".join(sorted(known[_plain(one)]))}) for row, names in _each(x.officers, "recusals")
            for one in names if len(known.get(_plain(one), ())) > 1)


def _plain(text: str) -> str:
    return word(text).upper()


def _recusal_names(targets: pd.DataFrame) -> dict[str, set[str]]:
    """Id or name as compared → the ids that it may mean; an id means only itself."""
    names: dict[str, set[str]] = {}
    for _, code, name in _each(targets, "id", "name"):
        names.setdefault(_plain(name), set()).add(code)
    return names | {code: {code} for code in targets["id"]}


def _unknown_items(x: Context) -> Iterator[Finding]:
    known = set(x.items["id"])
    return ((row, one, {}) for row, ids in _each(x.plan, "items") for one in ids if one not in known)


def _empty_category(x: Context) -> Iterator[Finding]:
    known = {*x.targets["category"], ALL}
    return ((row, one, {}) for row, (names, _) in _each(x.plan, "scope") for one in names if one not in known)


def _empty_tag(x: Context) -> Iterator[Finding]:
    known = {tag for tags in x.targets["tags"] for tag in tags}
    return ((row, one, {}) for row, (_, tags) in _each(x.plan, "scope") for one in tags if one not in known)


def _category_without_item(x: Context) -> Iterator[Finding]:
    covers = dict(zip(x.items["id"], x.items["categories"]))
    pairs = set(zip(x.targets["category"], x.targets["tags"]))
    for row, (names, tags), ids in _each(x.plan, "scope", "items"):
        covered = {name for one in ids for name in covers.get(one) or (ALL,)}
        for name in sorted({name for name, own in pairs if (not tags or set(tags) & set(own)) and (
                not names or ALL in names or name in names)} if names or tags else ()):
            if name and name not in covered and ALL not in covered:
                yield row, name, {}


def _item_of_another_department(x: Context) -> Iterator[Finding]:
    owner = dict(zip(x.items["id"], x.items["department"]))
    for row, ids, lead, partners in _each(x.plan, "items", "lead", "partners"):
        yield from ((row, one, {"owner": owner[one]}) for one in ids if owner.get(one, "") not in ("", lead, *partners))


def _department_without_officer(key: str) -> Callable[[Context], Iterator[Finding]]:
    def find(x: Context) -> Iterator[Finding]:
        staffed = {name for _, name, kind, status in _each(x.officers, "department", "kind", "status")
                   if kind == "执法" and OFFICER_STATUS.get(status, True)}
        for row, names in _each(x.plan, key):
            yield from ((row, name, {}) for name in ((names,) if isinstance(names, str) else names) if name and name not in staffed)
    return find


def _team_of_one(x: Context) -> Iterator[Finding]:
    return ((row, size, {}) for row, size in _each(x.plan, "team_size") if size is not None and size < 2)


def _round_without_task(x: Context) -> Iterator[Finding]:
    if not any({x.round_id, WHOLE_YEAR} & set(rounds) for rounds in x.plan["rounds"]):
        yield None, "", {"round": x.round_id}


@dataclass(frozen=True)
class Rule:
    """A check: code, message and remedy with the names of its details; ``find`` for rules across rows and tables."""

    code: str
    message: str
    remedy: str
    severity: Literal["error", "warning"] = "error"
    key: str = ""
    find: Callable[[Context], Iterator[Finding]] | None = None
    needs: tuple[str, ...] = ()


RULES: tuple[Rule, ...] = (
    Rule("01", "必填的格是空的", "请补上；如果这一行是说明、合计或空样例，请删去整行。"),
    Rule("02", "编号不能识别", "编号只能用数字、字母、汉字和 ( ) - _ . /，中间不能有空格，请核对后重新录入。"),
    Rule("03", "编号与第 {first} 行重复", "每个编号只能有一行，请核对后删去重复的行。"),
    Rule("04", "编码被 Excel 存成数字，末几位已丢失，不能恢复", "请从原系统重新导出，先把该列设为“文本”格式；不要凭这一格补位。"),
    Rule("06", "不认识的写法", "可以写：{words}。"),
    Rule("07", "日期不能识别", "请写成 2021-12-31 这样的日期；长期有效写“长期”；一段时间写“2021-12-06至2021-12-10”。"),
    Rule("08", "应是不小于 0 的整数", "请只写数字，如 0、3。"),
    Rule("09", "应写“是”或“否”", "请改成“是”或“否”。"),
    Rule("10", "等级不在本批次的分类方案中", "方案中的等级是 {classes}，请核对后改正。"),
    Rule("11", "表里没有数据行", "请填入名单后保存；如果数据在别的工作表，请把它移到最前面。"),
    Rule("12", "抽查比例应大于 0、不超过 100%，小数最多 9 位", "请写成 5% 或 0.05。"),
    Rule("13", "抽查比例大于 1", "如果是百分之 {number}，请写成 {number}%。"),
    Rule("14", "各等级的比例不完整或不能识别", "请写一个比例（如 5%），或给方案中的每个等级（{classes}）各写一个，如“A 2%；B 5%”。"),
    Rule("15", "对象范围不能识别", "请写成“类别：燃气、供水供热；标签：专项整治”，全部对象写“全部”。"),
    Rule("16", "时间应是批次号或“全年”", "请写批次号，如 2021Q4；几个批次用顿号隔开。"),
    Rule("17", "文字里有身份证号或手机号，不得进入档案", "请删去号码；确需保留的另存，不放进本表。"),
    Rule("T20", "统一社会信用代码的校验位不符，请核对", "如与营业执照一致，可以不改；末尾是 000 的，可能曾被 Excel 存成数字。", "warning", "id",
         _bad_check_digit, ("targets",)),
    Rule("T21", "是否公开为“否”，却没有写不公开依据", "请写明法律依据；没有依据的应当公开。", "error", "non_public_basis",
         _hidden_without_basis, ("targets",)),
    Rule("O20", "执法人员没有执法证号", "请补上；没有执法证的，人员类别改为“日常监管”。", "error", "certificate", _no_certificate, ("officers",)),
    Rule("O21", "执法人员没有执法证有效期", "请补上日期。", "error", "certificate_until", _no_certificate_date, ("officers",)),
    Rule("O22", "执法证在检查期结束（{end}）前到期，本批次不能指派", "如已换证，请改为新的有效期。", "warning", "certificate_until",
         _certificate_ends, ("officers",)),
    Rule("O23", "执法事项范围里的编号不在事项清单中", "请核对事项编号；不限事项的，这一格留空。", "error", "authority",
         _unknown_authority, ("officers", "items")),
    Rule("O24", "回避对象不在检查对象名录库中", "请写名录库里的编号或全称。", "error", "recusals", _recusal_of_nobody, ("officers", "targets")),
    Rule("O25", "回避对象有几家同名（{ids}）", "请改写编号。", "error", "recusals", _recusal_of_several, ("officers", "targets")),
    Rule("P20", "事项编号不在事项清单中", "请核对编号，或在事项清单中补上这一项。", "error", "items", _unknown_items, ("plan", "items")),
    Rule("P21", "名录库里没有这个类别的检查对象", "请核对类别的写法是否与名录库一致。", "warning", "scope", _empty_category, ("plan", "targets")),
    Rule("P22", "名录库里没有带这个标签的检查对象", "请核对标签的写法是否与名录库一致。", "warning", "scope", _empty_tag, ("plan", "targets")),
    Rule("P23", "这个类别的对象在任务范围内，任务的事项却都不适用于它", "请补上适用的事项，或从对象范围中去掉这个类别。", "error", "scope",
         _category_without_item, ("plan", "items", "targets")),
    Rule("P24", "事项的抽查主体“{owner}”不是本任务的发起部门或配合部门", "请改正任务的部门，或去掉这个事项。", "error", "items",
         _item_of_another_department, ("plan", "items")),
    Rule("P25", "这个部门在人员名录库里没有在岗的执法人员", "请核对部门的写法，或补上人员。", "error", "lead",
         _department_without_officer("lead"), ("plan", "officers")),
    Rule("P26", "这个部门在人员名录库里没有在岗的执法人员", "请核对部门的写法，或补上人员。", "error", "partners",
         _department_without_officer("partners"), ("plan", "officers")),
    Rule("P27", "每组人数少于 2", "执法检查不得少于两名执法人员，请改为 2 或更多；留空为 2。", "error", "team_size", _team_of_one, ("plan",)),
    Rule("P28", "没有一个任务的时间包含本批次 {round}", "请在要抽的任务的“时间”列写上 {round} 或“全年”。", "error", "rounds",
         _round_without_task, ("plan",)),
)
_RULE = {rule.code: rule for rule in RULES}


@dataclass(frozen=True)
class Rosters:
    """The four typed frames (sorted by id, index = Excel row), what is wrong, and what was done on reading."""

    items: pd.DataFrame
    targets: pd.DataFrame
    officers: pd.DataFrame
    plan: pd.DataFrame
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    def check(self) -> None:
        """Raises InputError with every error of every file; warnings alone pass."""
        if errors := [problem for problem in self.problems if problem.severity == "error"]:
            raise InputError(errors)


class _Reader:
    """One table on its way from raw cells to a typed frame; collects its problems."""

    def __init__(self, table: str, path: Path, classes: Collection[str]) -> None:
        self.table, self.raw = table, tables.read(path, headers(table))
        self.problems = list(self.raw.problems)
        self.bad = {problem.row for problem in self.problems if problem.severity == "error" and problem.row is not None}
        self.whole = not any(p.code in ("F06", "F07") or p.severity == "error" and p.row is None for p in self.problems)
        self.parsers = PARSERS | {"class": lambda value: _class(value, classes), "ratios": lambda value: _ratios(value, classes)}
        if self.whole and self.raw.frame.empty:
            self.add("11")
        self._personal()
        self.frame = pd.DataFrame({column.key: self._column(column) for column in COLUMNS[table]}, index=self.raw.frame.index)
        self._duplicates()

    def add(self, code: str, row: int | None = None, header: str = "", value: object = "", **details: object) -> None:
        """Record a problem by its rule; personal numbers in the value are masked."""
        rule = _RULE[code]
        if rule.severity == "error":
            self.bad.add(row)
        details = {name: mask(str(detail)) for name, detail in details.items()}
        self.problems.append(Problem(
            rule.code if len(rule.code) > 2 else LETTERS[self.table] + rule.code, rule.message.format(**details),
            rule.remedy.format(**details), self.raw.file, self.raw.sheet, row, header,
            tables.spelt(mask(as_text(value)))[:60], rule.severity))

    def _column(self, column: Column) -> pd.Series:
        """Typed values of one column; refused cells get the default."""
        if column.header not in self.raw.frame:
            return pd.Series([column.default] * len(self.raw.frame), self.raw.frame.index, dtype=object)
        parse, out = self.parsers.get(column.kind), []
        if column.words is not None:
            parse = lambda value, words=column.words: _choice(value, words)  # noqa: E731
        seen: dict[str, Any] = {}
        for row, value in self.raw.frame[column.header].items():
            if isinstance(value, str) and value in seen:
                out.append(seen[value])
                continue
            try:
                if value is None and column.required:
                    raise _Refused("01")
                out.append(column.default if value is None else parse(value))
                if column.required and out[-1] in ("", ()):  # nothing but separators
                    out.pop()
                    raise _Refused("01")
                if isinstance(value, str):
                    seen[value] = out[-1]
            except _Refused as refused:
                self.add(refused.rule, row, column.header, value, **refused.details)
                out.append(column.default)
        return pd.Series(out, self.raw.frame.index, dtype=object)

    def _duplicates(self) -> None:
        first: dict[str, int] = {}
        for row, code in self.frame["id"].items():
            if code and first.setdefault(code, row) != row:
                self.add("03", row, label(self.table, "id"), code, first=first[code])

    def _personal(self) -> None:
        codes = {column.header for column in COLUMNS[self.table] if column.kind in CODES}
        for header in self.raw.frame.columns.difference(list(codes), sort=False):
            cells = self.raw.frame[header]
            if holds_personal("\n".join([as_text(cell) for cell in cells if isinstance(cell, str | int)])):
                for row, cell in cells.items():
                    if holds_personal(as_text(cell)):
                        self.add("17", row, mask(header), cell)

    def typed(self, categories: Collection[str], targets: pd.DataFrame | None) -> pd.DataFrame:
        """The frame without bad rows: scope split in two, 全部 spelt out, recusals as ids; sorted by id."""
        good = [n for n, row in enumerate(self.frame.index) if self.whole and row not in self.bad]
        frame = self.frame.iloc[good].copy()
        every = tuple(sorted(categories))

        def spelt_out(names: tuple[str, ...]) -> tuple[str, ...]:
            return every if ALL in names or not names else names

        if self.table == "items":
            frame = frame.assign(categories=_objects(map(spelt_out, frame["categories"]), frame))
        if self.table == "officers":
            known = {} if targets is None else _recusal_names(targets)
            ids = (tuple(dict.fromkeys(one for name in names for one in known.get(_plain(name), ()))) for names in frame["recusals"])
            some = (() if ALL in ids else ids for ids in frame["authority"])
            frame = frame.assign(recusals=_objects(ids, frame), authority=_objects(some, frame))
        if self.table == "plan":
            at = frame.columns.get_loc("scope")
            frame.insert(at, "categories", _objects((spelt_out(names) for names, _ in frame["scope"]), frame))
            frame.insert(at + 1, "tags", _objects((tags for _, tags in frame["scope"]), frame))
            frame = frame.drop(columns="scope")
        kinds = {c.key: c.kind for c in COLUMNS[self.table] if c.default is not None and c.kind in ("int", "bool")}
        return frame.astype({key: "int64" if kind == "int" else "bool" for key, kind in kinds.items()}).sort_values("id")


def _objects(values: Any, frame: pd.DataFrame) -> pd.Series:
    return pd.Series(list(values), frame.index, dtype=object)


def load(folder: Path, classes: Collection[str], round_id: str, window: tuple[dt.date, dt.date]) -> Rosters:
    """The four tables of a round's folder, typed and checked.

    ``classes``: those of the round's scheme; ``window``: first and last day of visits. Never raises for what the files
    hold or lack: problems of all files come back at once, errors first.
    """
    readers: dict[str, _Reader] = {}
    problems: list[Problem] = []
    notes: list[str] = []
    for table, title in TITLES.items():
        try:
            readers[table] = reader = _Reader(table, tables.find(Path(folder), table), tuple(classes))
        except InputError as error:
            problems += error.problems
            continue
        notes.append(f"{title}（{reader.raw.file}）：读取 {len(reader.raw.frame)} 行。")
        if reader.raw.dropped:
            notes.append(f"{reader.raw.file} 的{tables.quoted(reader.raw.dropped)}列含个人信息，读取时已略去，不进入档案。")
    known = {table: reader.frame for table, reader in readers.items() if reader.whole}
    for rule in RULES:
        if rule.find is not None and all(len(known.get(table, ())) for table in rule.needs):
            for row, value, details in rule.find(Context(known, round_id, window)):
                readers[rule.needs[0]].add(rule.code, row, label(rule.needs[0], rule.key), value, **details)
    categories = set(filter(None, known["targets"]["category"])) if "targets" in known else set()
    frames = {table: readers[table].typed(categories, known.get("targets")) if table in readers else _empty(table)
              for table in TITLES}
    for reader in readers.values():
        problems += _few(reader.problems)
    return Rosters(**frames, problems=tuple(sorted(problems, key=lambda p: p.severity)), notes=tuple(notes))


def _empty(table: str) -> pd.DataFrame:
    keys = [key for column in COLUMNS[table] for key in (("categories", "tags") if column.key == "scope" else (column.key,))]
    return pd.DataFrame({key: pd.Series([], dtype=object) for key in keys}, index=pd.Index([], dtype="int64"))


def _few(problems: list[Problem]) -> list[Problem]:
    """In order of rows; of problems alike in one column the first fifty, and one line for how many more there are."""
    alike: dict[tuple[str, str], list[Problem]] = {}
    for problem in sorted(problems, key=lambda p: (p.row or 0, p.code)):
        alike.setdefault((problem.code, problem.column), []).append(problem)
    shown = [p for group in alike.values() for p in group[:MOST_ALIKE]]
    more = [Problem(p.code, f"同样的问题还有 {len(group) - MOST_ALIKE} 处：{p.message}", p.remedy, p.file, p.sheet, None, p.column,
                    severity=p.severity) for group in alike.values() if len(group) > MOST_ALIKE for p in group[-1:]]
    return sorted(shown, key=lambda p: (p.row or 0, p.code)) + more


def changes(before: pd.DataFrame, after: pd.DataFrame, keys: Collection[str] | None = None) -> pd.DataFrame:
    """What differs between two typed frames of one table, by id: id, change (新增, 删除, 变更), field, before, after.

    ``keys``: the columns to compare, by default all that both have. Sorted by id, then column.
    """
    old, new = before.set_index("id"), after.set_index("id")
    both = old.index.intersection(new.index)
    rows = [(code, "新增", "", "", "") for code in new.index.difference(old.index)]
    rows += [(code, "删除", "", "", "") for code in old.index.difference(new.index)]
    for key in [key for key in new.columns if key in old.columns and (keys is None or key in keys)]:
        rows += [(code, "变更", key, shown(a), shown(b)) for code, a, b in zip(both, old.loc[both, key], new.loc[both, key])
                 if a != b]
    frame = pd.DataFrame(rows, columns=["id", "change", "field", "before", "after"], dtype=object)
    return frame.sort_values("id", kind="stable", ignore_index=True)


def shown(value: object) -> str:
    """A typed value as people write it: ``shown(("燃气", "物业")) == "燃气、物业"``, ``shown(FOREVER) == "长期"``."""
    if isinstance(value, tuple):
        return "、".join("至".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in value)
    if isinstance(value, dict):
        return "；".join(ratio if name == "*" else f"{name} {ratio}" for name, ratio in value.items())
    return "长期" if value == FOREVER else as_text(value)


def coverage(rosters: Rosters, round_id: str) -> pd.DataFrame:
    """For each category: targets in scope by status, items that apply, tasks of this round, and the gap in words."""
    active = rosters.targets[rosters.targets["status"].map(TARGET_STATUS).eq(True)]
    tasks = [task for task, rounds in zip(rosters.plan["categories"], rosters.plan["rounds"]) if {round_id, WHOLE_YEAR} & set(rounds)]
    names = {*rosters.targets["category"], *(n for own in rosters.items["categories"] for n in own), *(n for own in tasks for n in own)}
    rows = []
    for name in sorted(names):
        counts = (int((active["category"] == name).sum()), sum(name in own for own in rosters.items["categories"]),
                  sum(name in own for own in tasks))
        gap = "；".join(text for count, text in zip(counts, ("没有在册的检查对象", "没有适用的抽查事项", "本批次没有任务")) if not count)
        rows.append((name, *counts, gap))
    return pd.DataFrame(rows, columns=["category", "targets", "items", "tasks", "gap"])
