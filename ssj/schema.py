"""一单两库 and the plan: the declared columns of the four tables, and how a raw cell becomes a typed value."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ssj import protocol
from ssj.errors import quoted
from ssj.params import ROUND_ID

FOREVER = dt.date(9999, 9, 9)  # 长期有效
ALL, WHOLE_YEAR = "全部", "全年"
OPTIONAL = {"recognised": "互认检查结果"}  # tables that a round may go without
TITLES = {"items": "随机抽查事项清单", "targets": "检查对象名录库", "officers": "执法检查人员名录库", "plan": "年度抽查计划"}


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

# Result category (抽查结果, as the credit publicity system has them) → whether it is a problem; several may apply.
TO_FOLLOW = "发现问题待后续处理"
RESULTS = {
    "未发现问题": False, "发现问题已责令改正": True, TO_FOLLOW: True, "未发现开展本次抽查涉及的经营活动": False,
    "已关闭停业或正在组织清算": False, "不配合检查情节严重": True, "迁移、注销等其他情况": False,
}
KINDS_TO_FOLLOW = ("未按规定公示应当公示的信息", "公示信息隐瞒真实情况、弄虚作假", "通过登记的住所（经营场所）无法联系", "违反其他规定")  # of TO_FOLLOW

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
        Column("last_result", "上次检查结果", kind="results", default=()),
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
        Column("scope", "对象范围", True, "scope", ((), (), (), ())),  # read by ssj.scopes
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
    "recognised": (
        Column("source", "来源单位", True, "word"),
        Column("target", "编号", True, "id"),
        Column("item", "事项编号", True, "id"),
        Column("date", "检查日期", True, "date"),
        Column("result", "检查结果", True),
        Column("sha256", "文件校验码", True, "digest"),
        Column("remark", "备注"),
    ),
}
LATER: dict[str, tuple[Column, ...]] = {  # lists of the provincial platform (省级平台), which come after the freeze
    "external": (
        Column("task", "任务编号", True, "id"),
        Column("target", "编号", True, "id"),
        Column("number", "平台任务编号", kind="code"),
        Column("name", "名称"),
        Column("time", "抽取时间"),
        Column("remark", "备注"),
    ),
    "platform": (
        Column("number", "平台任务编号", True, "code"),
        Column("task", "任务编号", True, "id"),
        Column("target", "编号", True, "id"),
        Column("name", "名称"),
        Column("officers", "检查人员", kind="words", default=()),
        Column("date", "登记日期", kind="date", default=None),
        Column("remark", "备注"),
    ),
}
_LABELS = {
    "plan": {"categories": "对象类别", "tags": "对象标签", "risk_classes": "对象等级", "conditions": "对象条件"},
    "changes": {"id": "编号", "change": "变动", "field": "栏目", "before": "原值", "after": "现值"},
    "coverage": {"category": "对象类别", "targets": "检查对象数", "items": "抽查事项数", "tasks": "本批次任务数", "gap": "缺口"},
}


def label(table: str, key: str) -> str:
    """Chinese header of a key: ``label("targets", "risk_class") == "信用风险等级"``; also of changes and coverage."""
    named = {column.key: column.header for column in (COLUMNS | LATER).get(table, ())} | _LABELS.get(table, {})
    return named[key]


def headers(table: str) -> dict[str, bool]:
    """Header → required, as ``tables.read`` and ``tables.redact`` take it."""
    return {column.header: column.required for column in (COLUMNS | LATER)[table]}


# Single cells: raw value → typed value

class Refused(ValueError):
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
        raise Refused("04")
    return text


def _id(value: object) -> str:
    text = _code(value)
    try:
        if isinstance(value, bool | dt.date) or isinstance(value, int) and value < 0:
            raise ValueError
        return protocol.normalise_id(text)
    except ValueError:
        raise Refused("02") from None


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
        raise Refused("13", number=found[1]) if number > 1 and not found[2] and number <= 100 else Refused("12")
    text = format(number.normalize(), "f")
    if len(text) > 11:
        raise Refused("12")
    return text


def _limit(value: object) -> str:
    return _ratio(re.sub(r"^(?:不超过|不高于|≤|<=)|(?:以下|以内)$", "", word(value)))


def ratios(value: object, classes: Collection[str]) -> dict[str, str]:
    """``{"*": "0.05"}``, or one ratio for each class of the scheme; separators between them may be missing."""
    text = word(value)
    if re.fullmatch(r"[-+0-9.eE%]+", text):
        return {"*": _ratio(value)}
    name = "|".join(re.escape(one) for one in sorted(classes, key=lambda one: (-len(one), one))) or "(?!)"
    pairs = re.findall(rf"({name})(?:级|类)?[:=]?([0-9.]+%?)[,、;]?", text)
    rest = re.sub(rf"(?:{name})(?:级|类)?[:=]?[0-9.]+%?[,、;]?", "", text)
    if rest or sorted(one for one, _ in pairs) != sorted(classes):
        raise Refused("14", classes="、".join(classes))
    return {one: _ratio(ratio) for one, ratio in sorted(pairs)}


def _rounds(value: object) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(map(word, _split(value))))
    if not names or isinstance(value, dt.date) or not all(name == WHOLE_YEAR or ROUND_ID.fullmatch(name) for name in names):
        raise Refused("16")
    return names


def _leave(value: object) -> tuple[tuple[dt.date, dt.date], ...]:
    spans = []
    for part in _split(value) if isinstance(value, str) else [value]:
        ends = [_date(end) for end in (re.split("至|到|~|～|—+", part) if isinstance(part, str) else [part])]
        if len(ends) > 2 or ends[0] > ends[-1]:
            raise Refused("07")
        spans.append((ends[0], ends[-1]))
    return tuple(spans)


def choice(value: object, words: dict[str, str]) -> str:
    if (text := word(value)) not in words:
        raise Refused("06", words=quoted(words))
    return words[text]


def risk_class(value: object, classes: Collection[str]) -> str:
    if (text := word(value).upper()) not in classes:
        raise Refused("10", classes="、".join(classes))
    return text


def _results(value: object) -> tuple[str, ...]:
    """Result categories in their own order, set off by ； or ，; 、 belongs to some of the words."""
    found = {word(part) for part in re.split("[;；,，\n]", as_text(value))} - {""}
    known = {word(name): name for name in (*RESULTS, *KINDS_TO_FOLLOW)}
    if found - set(known):
        raise Refused("06", words=quoted(known.values()))
    return tuple(name for plain, name in known.items() if plain in found)


def is_problem(result: str) -> bool:
    """Whether a result category, or kind of one, says that something was wrong."""
    return RESULTS.get(result, True)


def _digest(value: object) -> str:
    if not re.fullmatch("[0-9a-f]{64}", text := word(value).lower()):
        raise Refused("18")
    return text


PARSERS: dict[str, Callable[..., Any]] = {
    "digest": _digest, "results": _results,
    "text": as_text, "word": word, "words": lambda value: tuple(dict.fromkeys(map(word, _split(value)))),
    "names": lambda value: tuple(dict.fromkeys(_split(_code(value)))), "code": _code, "id": _id, "ids": _ids, "date": _date,
    "int": _int, "bool": _bool, "limit": _limit, "rounds": _rounds, "leave": _leave,
}
CODES = {"id", "ids", "code", "names", "digest"}  # columns whose long digits are no phone numbers
