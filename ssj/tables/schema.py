"""一单两库, the plan, and what comes after the freeze: the declared columns of all tables, and the
words that they may hold.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

FOREVER = dt.date(9999, 9, 9)  # 长期有效
ALL, WHOLE_YEAR = "全部", "全年"
# tables that a round may go without
OPTIONAL = {"recognised": "互认检查结果", "exceptions": "例外登记表"}
TITLES = {
    "items": "随机抽查事项清单",
    "targets": "检查对象名录库",
    "officers": "执法检查人员名录库",
    "plan": "年度抽查计划",
}


@dataclass(frozen=True)
class Column:
    """A declared column; ``kind`` names the parser in ``cells.PARSERS``, ``words`` a choice's
    accepted words → value.
    """

    key: str
    header: str
    required: bool = False
    kind: str = "text"
    default: Any = ""
    words: dict[str, str] | None = None
    # whether single cells of a required column may be blank, or a rule of its own says what is
    # wrong with that
    blank: bool = False
    # further spellings of registers → word: taken, and said
    spelt: dict[str, str] | None = None


def _words(*values: str, **others: str) -> dict[str, str]:
    return {value: value for value in values} | others


# Status word → whether the target is in scope, the officer on duty. A word not declared here is
# refused.
TARGET_STATUS = dict.fromkeys(
    ("存续", "在业", "在营", "正常", "开业", "在建", "在册", "存续(在营、开业、在册)"), True
) | dict.fromkeys(
    ("注销", "吊销", "吊销未注销", "停业", "迁出", "清算", "竣工", "停工", "歇业", "撤销"), False
)
# how registers spell them; each is said once where it is met
STATUS_SPELT = {
    **dict.fromkeys(
        (
            *(
                "在营(开业)企业",
                "在营(开业)",
                "在营企业",
                "开业企业",
                "存续状态",
                "存续企业",
                "正常经营",
            ),
            *("正常营业", "营业", "登记成立", "成立", "在营、开业、在册", "确立", "迁入"),
            *(
                "正常在业",
                "在业企业",
                "存续(在营、开业)",
                "开业/正常经营",
                "存续/在业",
                "在营/开业",
            ),
        ),
        "存续",
    ),
    **dict.fromkeys(("注销企业", "已注销", "注销登记", "简易注销", "已注销企业"), "注销"),
    **dict.fromkeys(
        (
            *("吊销,未注销", "吊销,已注销", "吊销并注销", "已吊销", "吊销企业", "吊销已注销"),
            "吊销(未注销)",
        ),
        "吊销",
    ),
    **dict.fromkeys(("撤销登记", "已撤销", "撤销企业"), "撤销"),
    **dict.fromkeys(("已停业", "停业中", "关闭", "已关闭"), "停业"),
    **dict.fromkeys(("已歇业", "歇业中"), "歇业"),
    **dict.fromkeys(("已迁出", "迁出企业"), "迁出"),
    **dict.fromkeys(("清算中", "正在清算"), "清算"),
    **dict.fromkeys(("已竣工", "竣工验收", "已竣工验收", "完工", "已完工"), "竣工"),
    **dict.fromkeys(("已停工", "停工中", "停建"), "停工"),
    **dict.fromkeys(("在建中", "施工中", "正在施工", "未竣工"), "在建"),
}
OFFICER_STATUS = dict.fromkeys(("在岗", "在职"), True) | dict.fromkeys(
    ("离岗", "离职", "退休", "调离", "调出", "借调", "挂职", "停职", "休假", "病假", "产假"), False
)

PASSED, EXCLUDED = "放行", "不列入"
TREATMENTS = (PASSED, EXCLUDED)  # what a reviewed exception does to a row

# Result category (抽查结果, as the credit publicity system has them) → whether it is a problem;
# several may apply.
TO_FOLLOW = "发现问题待后续处理"
RESULTS = {
    "未发现问题": False,
    "发现问题已责令改正": True,
    TO_FOLLOW: True,
    "未发现开展本次抽查涉及的经营活动": False,
    "已关闭停业或正在组织清算": False,
    "不配合检查情节严重": True,
    "迁移、注销等其他情况": False,
}
CATEGORIES_VERSION = "1"  # of the table above; every record of results names it
FOLLOW_UP = ("无需后续处置", "责令改正", "移送办案机构", "抄告相关部门", "反馈日常监管部门", "其他")
# of corrections and withdrawals; the public sees these
CHANGE_CATEGORIES = (
    "录入有误",
    "认定有误",
    "异议成立",
    "复议或诉讼改变",
    "信用修复",
    "公示期满",
    "其他",
)
DEADLINES = {"publish": 20, "objection": 20}  # working days, where a record does not say
PRINCIPLES = ("谁审批谁负责", "谁主管谁监管")
# of TO_FOLLOW
KINDS_TO_FOLLOW = (
    "未按规定公示应当公示的信息",
    "公示信息隐瞒真实情况、弄虚作假",
    "通过登记的住所（经营场所）无法联系",
    "违反其他规定",
)

# Inspections of firms that no draw called for (其他检查), beside the drawn ones
# and whether they are exempt from the yearly cap (年度检查频次上限); None: it depends on the case
OTHER_KINDS: dict[str, bool | None] = {
    "日常检查": False,
    "专项检查": None,  # those ordered from above are exempt
    "个案检查": None,
    "投诉举报核查": True,
    "上级交办": True,
    "复查": True,
    "企业申请": True,
    "许可核查": True,
    "其他": None,
}
ON_SITE, OFF_SITE = "现场", "非现场"
_AWAY = re.compile("非现场|书面|网络|网上|线上|在线|远程|视频|信息共享|数据比对|大数据")
_THERE = re.compile("(?<!非)现场|实地|入企|上门|抽样")


def off_site(method: str) -> bool:
    """Whether an item is inspected without going to the firm (非现场检查), by its 抽查方式.

    >>> off_site("书面检查、网络监测"), off_site("现场检查、书面检查"), off_site("非现场检查")
    (True, False, True)
    """
    return bool(_AWAY.search(method)) and not _THERE.search(method)


# words that tie an assessment to numbers of inspections, findings or fines (严禁下达检查指标)
_LEAST = "(?:指标|任务数|不少于|不低于|不得少于|达到|≥|>=|完成)"
TIED = re.compile(
    rf"检查指标|罚[款没][^，。；、]{{0,6}}{_LEAST}|{_LEAST}[^，。；、]{{0,6}}罚[款没]"
    rf"|(?:发现问题|问题发现|立案|办案|案件|处罚)[数率量额]?{_LEAST}"
    rf"|(?:检查|抽查)(?:数量?|户次|户数|家次)[^，。；、]{{0,4}}(?:指标|考核|排名)"
    "|(?:考核|排名|评分|绩效)[^，。；、]{0,8}(?:罚款|罚没|案件数|立案数|发现问题|检查数量|检查次数)"
)
LEVELS = ("国家级", "省级", "市级", "县级", "乡镇级")
COLUMNS: dict[str, tuple[Column, ...]] = {
    "items": (
        Column("id", "事项编号", True, "id"),
        Column("name", "事项名称", True),
        Column("basis", "抽查依据", True, blank=True),
        Column("department", "抽查主体", True, "word"),
        Column("content", "抽查内容", True),
        Column("method", "抽查方式", True),
        Column(
            "kind",
            "事项类别",
            True,
            "choice",
            words=_words(
                "一般",
                "重点",
                一般事项="一般",
                一般检查事项="一般",
                重点事项="重点",
                重点检查事项="重点",
            ),
        ),
        Column("categories", "检查对象类别", True, "words", (), blank=True),
        Column("sub", "抽查子项"),
        Column("ratio_limit", "抽查比例", kind="limit"),
        Column("frequency", "抽查频次"),
        Column("specialities", "检查人员要求", kind="words", default=()),
        Column("guide", "工作指引"),
        Column("expert", "是否需专家", kind="bool", default=False),
        Column("effective", "生效日期", kind="date", default=None),
        # its last day in force (ssj.rosters.item_versions)
        Column("ends", "失效日期", kind="date", default=None),
        # the upper level's list that it comes from; blank or 自建: our own
        Column("origin", "来源"),
        Column("origin_id", "上级编号", kind="code"),
        Column("remark", "备注"),
    ),
    "targets": (
        Column("id", "编号", True, "id"),
        Column("name", "名称", True),
        Column("category", "类别", True, "word"),
        Column("risk_class", "信用风险等级", True, "class"),
        Column(
            "status",
            "状态",
            True,
            "choice",
            words=_words(*TARGET_STATUS),
            spelt=STATUS_SPELT,
        ),
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
        Column(
            "kind",
            "人员类别",
            True,
            "choice",
            words=_words("执法", "日常监管", "专家", 执法人员="执法", 日常监管人员="日常监管"),
        ),
        Column("specialities", "专业", True, "words", (), blank=True),
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
        Column(
            "kind",
            "任务类型",
            True,
            "choice",
            words=_words("内部", "部门联合", 部门内部="内部", 联合="部门联合"),
        ),
        Column("items", "事项编号", True, "ids", ()),
        Column("scope", "对象范围", True, "scope", ((), (), (), (), "")),  # read by ssj.scopes
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
    # 复核过的例外: a problem by its code and the row's raw 编号 and 名称, as lists of problems show
    # them
    "exceptions": (
        Column(
            "table",
            "表",
            True,
            "choice",
            words={
                name: table
                for table, title in (TITLES | {"recognised": OPTIONAL["recognised"]}).items()
                for name in (title, table)
            },
        ),
        Column("code", "问题编号", True, "id"),
        Column("id", "编号", True, blank=True),
        Column("name", "名称", True, blank=True),
        Column("treatment", "处理", True, "choice", words=_words(*TREATMENTS)),
        Column("reason", "理由", True),
        Column("reviewer", "审核人", True, "word"),
        Column("reviewed_on", "审核日期", True, "date", None),
        Column("remark", "备注"),
    ),
}
_NUMBER = Column("number", "检查编号", True, "id")
LATER: dict[
    str, tuple[Column, ...]
    # what comes after the freeze: lists of the provincial platform (省级平台); results and their
    # registers
] = {
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
    "results": (
        _NUMBER,
        Column("target", "编号", True, "id"),
        Column("name", "名称"),  # handed out for people; compared, not kept
        Column("item", "事项编号", True, "id"),
        Column("item_name", "事项名称"),
        Column("date", "检查日期", True, "date", None, blank=True),
        Column("officers", "检查人员", True, "words", (), blank=True),
        Column("results", "检查结果", True, "results", (), blank=True),
        Column("measure", "处置措施", kind="words", default=()),
        Column("responsible", "责任单位", kind="word"),
        Column("due", "整改期限", kind="date", default=None),
        Column("closed_on", "完结日期", kind="date", default=None),
        Column("entered_by", "录入人", True, "word", blank=True),
        Column("entered_on", "录入日期", True, "date", None, blank=True),
        Column("reviewer", "审核人", kind="word"),
        Column("published_on", "公示日期", kind="date", default=None),
        Column("address", "公示网址"),
        Column("not_public", "不公示理由"),
        Column("excuse", "例外说明"),
        Column("scan_code", "扫码入企编号", kind="code"),  # of the province's 扫码入企
        Column("remark", "备注"),
    ),
    "followup": (
        _NUMBER,
        Column("item", "事项编号", True, "id"),
        Column("problem", "问题"),
        Column("measure", "处置措施", True, "choice", words=_words(*FOLLOW_UP)),
        Column("responsible", "责任单位", True, "word"),
        Column("principle", "责任依据", kind="choice", words=_words(*PRINCIPLES)),
        Column("due", "期限", kind="date", default=None),
        Column("rechecked_on", "复查日期", kind="date", default=None),
        Column("recheckers", "复查人员", kind="words", default=()),
        Column("recheck", "复查结果", kind="choice", words=_words("已改正", "未改正", "部分改正")),
        Column("referred_to", "移送单位", kind="word"),
        Column("referred_on", "移送日期", kind="date", default=None),
        Column("filed_on", "立案日期", kind="date", default=None),
        Column("decision", "决定文书号"),
        Column("decided_on", "决定日期", kind="date", default=None),
        Column("major", "是否重大决定", kind="bool", default=False),
        Column("legal_reviewer", "法制审核人", kind="word"),
        Column("legal_reviewed_on", "法制审核日期", kind="date", default=None),
        Column("joint_punishment", "是否联合惩戒", kind="bool", default=False),
        Column("closed_on", "办结日期", kind="date", default=None),
        Column("remark", "备注"),
    ),
    "corrections": (
        _NUMBER,
        Column("item", "事项编号", kind="id"),  # blank: the whole visit
        Column("action", "处理", True, "choice", words=_words("更正", "撤下")),
        Column("category", "理由类别", True, "choice", words=_words(*CHANGE_CATEGORIES)),
        Column("reason", "理由", True),  # in words; not public
        Column("basis", "依据"),
        Column("objection", "异议编号", kind="id"),
        Column("approver", "审批人", True, "word"),
        Column("approved_on", "审批日期", True, "date", None),
        Column("remark", "备注"),
    ),
    "objections": (
        Column("id", "异议编号", True, "id"),
        _NUMBER,
        Column("item", "事项编号", kind="id"),  # blank: the whole visit
        Column("received_on", "收到日期", True, "date", None),
        Column("content", "异议内容", True),
        Column("handler", "承办人", kind="word"),
        Column("answered_on", "答复日期", kind="date", default=None),
        Column("outcome", "处理结论", kind="choice", words=_words("维持", "更正", "撤下")),
        Column("remark", "备注"),
    ),
    # items of other departments that stand for ours (互认); filled in beside recognised.xlsx
    "exchange_items": (
        Column("source", "来源单位", True, "word"),
        Column("their_item", "对方事项编号", True, "id"),
        Column("their_name", "对方事项名称"),
        Column("suggestion", "参考"),
        Column("item", "本单位事项编号", True, "id", "", blank=True),
        Column("remark", "备注"),
    ),
    "postings": (
        Column("number", "检查编号", kind="id"),  # blank: all visits of the round
        Column("channel", "渠道", True, "choice", words=_words("信用公示系统", "门户网站", "其他")),
        Column("posted_on", "公示日期", True, "date", None),
        Column("time", "公示时间"),
        Column("address", "网址", True),
        Column("poster", "公开人", kind="word"),
        Column("screenshot", "截图文件"),
        Column("sha256", "截图校验码", kind="digest"),
        Column("remark", "备注"),
    ),
}
LATER |= {  # of a year's review, not of a round
    "indicators": (
        Column("id", "指标编号", True, "id"),
        Column("name", "指标名称", True),
        Column("definition", "口径", True),
        Column("numerator", "分子", True),
        Column("denominator", "分母", True, blank=True),
        Column("cutoff", "截止日", True, "date", None),
        Column("evidence", "佐证材料", True, blank=True),
        Column("target", "目标值", True, blank=True),
        Column("declared", "填报值", kind="date", default=None),
        Column("remark", "备注"),
    ),
    "other_inspections": (
        Column("target", "编号", True, "id"),
        Column("name", "名称"),
        Column("date", "检查日期", True, "date", None),
        Column(
            "kind",
            "检查类型",
            True,
            "choice",
            words=_words(
                *OTHER_KINDS,
                投诉举报="投诉举报核查",
                转办交办="上级交办",
                交办="上级交办",
                整改复查="复查",
                行政许可="许可核查",
            ),
        ),
        Column("reason", "检查事由", True),
        Column("exempt", "是否除外", True, "bool", False),
        Column("basis", "除外依据"),
        Column("department", "检查部门", kind="word"),
        # blank: the bureau's own
        Column("level", "检查层级", kind="choice", words=_words(*LEVELS)),
        # blank: on site
        Column("method", "检查方式", kind="choice", words=_words(ON_SITE, OFF_SITE)),
        # of a special inspection: who approved its plan and when, and the number under which it
        # was filed with the body that supervises enforcement
        Column("approval", "批准"),
        Column("filing", "备案号"),
        Column("remark", "备注"),
    ),
}
# lists of other offices, with which a freeze compares the target roster: only what is read of them
LATER |= {
    "outside": (
        Column("code", "编号", kind="id"),
        Column("name", "名称", True),
        Column("category", "类别", kind="word"),
        Column("status", "状态", kind="word"),
        Column("reason", "不列入理由"),
    ),
}
# beside the results, each optional
REGISTERS = {
    "followup": "后续处置表",
    "corrections": "更正撤下登记表",
    "objections": "异议登记表",
    "postings": "公示登记表",
}
# all tables, as people call them
NAMES = (
    TITLES
    | OPTIONAL
    | REGISTERS
    | {
        "results": "结果回填表",
        "external": "平台抽取名单",
        "platform": "平台登记清单",
        "outside": "其他部门的名单",
        "indicators": "考评指标表",
        "other_inspections": "其他检查登记表",
        "exchange_items": "互认事项对照表",
    }
)
_LABELS = {
    "plan": {
        "categories": "对象类别",
        "tags": "对象标签",
        "risk_classes": "对象等级",
        "conditions": "对象条件",
        "pool": "专项库",
    },
    "changes": {"id": "编号", "change": "变动", "field": "栏目", "before": "原值", "after": "现值"},
    "coverage": {
        "category": "对象类别",
        "targets": "检查对象数",
        "items": "抽查事项数",
        "tasks": "本批次任务数",
        "gap": "缺口",
    },
}


def is_problem(result: str) -> bool:
    """Whether a result category, or kind of one, says that something was wrong."""
    return RESULTS.get(result, True)


def label(table: str, key: str) -> str:
    """Chinese header of a key: ``label("targets", "risk_class") == "信用风险等级"``; also of
    changes and coverage.
    """
    named = {
        column.key: column.header for column in (COLUMNS | LATER).get(table, ())
    } | _LABELS.get(table, {})
    return named[key]


def headers(table: str) -> dict[str, bool]:
    """Header → required, as :func:`ssj.tables.rawtables.read` and
    :func:`ssj.tables.redacted.redact` take it.
    """
    return {column.header: column.required for column in (COLUMNS | LATER)[table]}
