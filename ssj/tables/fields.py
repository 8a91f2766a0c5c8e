"""The parameters as a form: which sheet and row or column of the workbook each stands in, what it
is called, how it is filled in.

One table of them drives the workbook's writing (:mod:`ssj.workbooks.paramforms`), its reading and
the naming of problems (:mod:`ssj.tables.paramfiles`). What is required, what a value may be and
what holds where nothing is written, the models alone say; ``tests/unit/test_fields.py`` compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from ssj import protocol
from ssj.base import approvals, params
from ssj.tables import schema

KEY, WHOLE = "*", "="  # of a row: what it is called in its table; all there is of it


@dataclass(frozen=True)
class Field:
    """One parameter. ``key``: its path below its section's; ``kind``: how its cell is read
    (``paramfiles.CELLS``); ``words``: what is chosen → what it means; ``offers``: texts that may be
    chosen; ``once``: belongs to one round or year and is not carried over to the next.
    """

    key: str
    label: str
    note: str = ""
    kind: str = "text"
    unit: str = ""
    words: Mapping[str, Any] | None = None
    offers: tuple[str, ...] = ()
    once: bool = False


@dataclass(frozen=True)
class Section:
    """One sheet: a parameter in each row, or with ``table`` an entry in each row. ``path``: where
    in the parameters.
    """

    sheet: str
    note: str
    fields: tuple[Field, ...]
    path: str = ""
    table: bool = False
    once: bool = False


@dataclass(frozen=True, eq=False)
class Form:
    """The form of a file: its name without suffix, the model that reads it, its sheets."""

    stem: str
    title: str
    model: type[params.Strict]
    sections: tuple[Section, ...]


def described(form: Form, section: Section, own: Field) -> tuple[bool, Any]:
    """Whether a parameter must be written, where its row is, and what holds if it is not; as the
    model says.
    """
    if own.key in (KEY, WHOLE):
        return True, None
    model: Any = form.model
    for part in section.path.split(".") if section.path else ():
        model = _model_in(_field(model, part).annotation)
    needed, default = True, None
    for part in own.key.split("."):
        info = _field(model, part)
        needed, model = needed and info.is_required(), _model_in(info.annotation)
        default = None if info.is_required() else info.get_default(call_default_factory=True)
    return needed, default


def _field(model: Any, name: str) -> Any:
    return next(own for key, own in model.model_fields.items() if name in (key, own.alias))


def _model_in(annotation: Any) -> Any:
    """The model that a parameter's type is made of, if it is one of models."""
    if isinstance(annotation, type) and issubclass(annotation, params.Strict):
        return annotation
    return next((m for own in get_args(annotation) if (m := _model_in(own))), None)


DAY = "如 2026-03-02"
MATTERS = (*approvals.DECLARED, "计划变更")
CHOOSE = {"是": True, "否": False}

TABLES = {  # which a mapping may speak of
    "随机抽查事项清单": "items",
    "检查对象名录库": "targets",
    "执法检查人员名录库": "officers",
    "年度抽查计划": "plan",
    "互认检查结果": "recognised",
    "例外登记表": "exceptions",
    "检查结果": "results",
    "后续处置表": "followup",
    "平台名单": "platform",
    "其他部门的名单": "outside",
}

APPROVERS = Field("approvers", "可以批准的人", "可以写几个人，用顿号隔开。", "texts")
APPROVAL = (
    Field("approver", "审批人", "要有权批准，见“审批权限”。"),
    Field("date", "审批日期", f"{DAY}；还没有批准的，先报批。", "day", once=True),
)

BASIC = Section(
    "基本",
    "本批次是什么、什么时候检查和公布、检查组怎样排。",
    (
        Field("round.id", "批次号", "与文件夹名一致。", once=True),
        Field("round.title", "批次名称", "如 2026年第一季度双随机抽查。", once=True),
        Field("round.bureau", "单位全称", "印在公告和文书上。"),
        Field("round.window.start", "检查期间第一天", f"{DAY}；不早于公开活动。", "day", once=True),
        Field("round.window.end", "检查期间最后一天", "执法证要到这一天还有效。", "day", once=True),
        Field(
            "round.publication_day",
            "公布日",
            "自这一天起公布抽中名单和检查人员；不早于公开活动。",
            "day",
            once=True,
        ),
        Field(
            "round.official_draw",
            "以哪一次抽取为准",
            "本系统抽取，再录入省级平台；或由省级平台抽取（外部抽取）。",
            "choice",
            words={"本系统抽取": "here", "省级平台抽取": "platform"},
        ),
        Field(
            "round.team_mode",
            "检查组怎样排",
            "逐户排人，或先组后户。",
            "choice",
            words={"逐户排人": "visits", "先组后户": "groups"},
        ),
        Field("round.slack", "户次上限比平均多几户", "每人最多几户次。", "int", "户次"),
        Field(
            "round.rotation",
            "轮换",
            "选“是”，上一次检查过本户的执法人员这一次不去本户。",
            "bool",
            words=CHOOSE,
        ),
        Field(
            "round.receipt_internal",
            "核验单公开等级和权数",
            "一户核验单是否向本户公开其信用风险等级和风险权数。",
            "bool",
            words=CHOOSE,
        ),
        Field(
            "round.no_custodians",
            "没有保管人的理由",
            "确实找不到两名保管人的才写，“保管人”一张表空着；理由写在每一页上。",
            once=True,
        ),
        Field(
            "round.complaints",
            "投诉举报渠道",
            "印在行政检查通知书、结果告知书上，如 县司法局 0000-0000000；不写的留空白。",
        ),
        Field(
            "round.check_page",
            "核验页网址",
            "检查码核验.html（有本系统网站的，核验页）在本单位网站上的网址，以 https:// 开头："
            "通知书上的检查码扫一扫就打开它；不写的，扫出检查码本身。",
        ),
        Field("deadlines.publish", "公示期限", "自检查结束的次日起。", "int", "工作日"),
        Field("deadlines.objection", "异议答复期限", "自收到的次日起。", "int", "工作日"),
        Field("round.demonstration", "演示批次", "正式批次选“否”。", "bool", words=CHOOSE),
        Field(
            "round.disclosure",
            "内部信息",
            "分类等内部信息不公开。",
            "choice",
            words={"不公开": "sealed"},
        ),
    ),
)
AUTHORITY = Section(
    "审批权限",
    "哪个事项由谁批准，每个事项一行。",
    (Field("matter", "事项", "从列表中选，或照写。", offers=MATTERS), APPROVERS),
    "authority",
    table=True,
)
APPROVED = Section(
    "审批",
    "谁、哪一天批准的，每个事项一行；“抽查方案”“公布”两项要在封库以前批准。",
    (Field("matter", "事项", "从列表中选，或照写。", offers=MATTERS), *APPROVAL),
    "approval",
    table=True,
)
ROUND = Form(
    "round",
    "批次参数",
    params.Parameters,
    (
        BASIC,
        APPROVED,
        Section(
            "公开活动",
            "公开随机数从哪里来：封库以后至少三个工作日，由公开活动产生。",
            (
                Field(
                    "event.kind",
                    "来源",
                    "从列表中选。",
                    "choice",
                    words={row.name: kind for kind, row in protocol.EVENTS.items()},
                ),
                Field(
                    "event.count",
                    "次数",
                    "骰子粒数、彩票期数或信标位数：骰子至少 16 粒，彩票至少两期，信标至少 40 位。",
                    "int",
                ),
                Field(
                    "event.source",
                    "哪几期、哪一条",
                    "彩票、信标才写，如 第 2026023、2026024 期；骰子不写。",
                    once=True,
                ),
                Field("event.time", "时间", "北京时间，如 2026-02-24 10:00。", "time", once=True),
                Field("event.place", "地点", "公开活动在哪里举行。"),
                Field(
                    "event.fallback", "没能如期举行的", "如 顺延至次一工作日同一时间、同一地点。"
                ),
                Field("event.notice_days", "公告几个工作日", "封库到公开活动。", "int", "工作日"),
            ),
        ),
        Section(
            "保管人",
            "封库校验码交给谁保管：本科室以外，至少两名，如派驻纪检监察组、配合部门。每名一行。",
            (Field(WHOLE, "保管人", "单位或人员的名称。"),),
            "event.custodians",
            table=True,
        ),
        Section(
            "保管人公钥",
            "保管人在“见证.html”中做的公钥，有了才能签名证明；没有的不写。每名一行。",
            (
                Field("name", "保管人", "与“保管人”一张表一致。"),
                Field("key", "公钥", "64 位小写十六进制数，封库以前告诉本科室。"),
            ),
            "event.keys",
            table=True,
        ),
        Section(
            "核签",
            "哪个股室核对过哪份名录，每个股室一行；名录没有分股室的，可以不写。",
            (
                Field(
                    "file",
                    "文件",
                    "如 targets/建筑市场股.xlsx、targets.xlsx、officers.xlsx。",
                ),
                Field("section", "股室", "与名录的“主管股室”一致。"),
                Field("by", "核签人"),
                Field("date", "核签日期", f"{DAY}；不晚于封库。", "day", once=True),
            ),
            "signed",
            table=True,
        ),
        AUTHORITY,
        Section(
            "分类",
            "信用风险分类：每个等级一行，由低风险到高风险。",
            (
                Field(KEY, "等级", "如 A；与名录的“信用风险等级”一致。"),
                Field("max_ratio", "最高抽查比例", "如 5% 或 0.05。", "ratio"),
                Field("weight", "风险权数", "整数，越大抽中的机会越大。", "int"),
                Field(
                    "yearly_cap",
                    "年度上限",
                    "一户一年最多抽中几户次；不限的不填。",
                    "int",
                    "户次",
                ),
            ),
            "classes",
            table=True,
        ),
        Section(
            "超上限任务",
            "任务对某个等级的抽查比例高于该等级最高比例的，每个一行，写明理由；没有的不写。",
            (
                Field("task", "任务编号", "与计划一致。"),
                Field("class", "等级"),
                Field("reason", "理由"),
            ),
            "above_maximum",
            table=True,
        ),
        Section(
            "不计上限任务",
            "不受年度上限限制、也不计入的任务，每个一行，写明理由；没有的不写。",
            (Field("task", "任务编号", "与计划一致。"), Field("reason", "理由")),
            "above_cap",
            table=True,
        ),
        Section(
            "年度检查频次上限",
            "一户企业一年最多查几次，其他检查登记表中不除外的也计入；不设的，各行都不填。",
            (
                Field(
                    "year_caps.own_level",
                    "本单位的层级",
                    "其他检查登记表中没有写检查层级的，算作这一层级。",
                    "choice",
                    words={level: level for level in schema.LEVELS},
                ),
                Field("year_caps.level", "本层级各部门合计", "如 2。", "int", "次"),
                Field("year_caps.together", "各层级合计", "如 4。", "int", "次"),
            ),
        ),
        Section(
            "降频和风险因素",
            "近期已查降频、按各户情况加分；不用的，各行都不填。",
            (
                Field(
                    "cool_down.epsilon",
                    "降频：机会降为原来的",
                    "近期已查的，抽中机会降为原来的几分之几，如 25%；100% 为不降。",
                    "ratio",
                ),
                Field("cool_down.rounds", "降频：最多看前几个批次", "", "int", "批次"),
                Field("risk_factors.complaints", "加分：每件投诉举报", "", "int", "分"),
                Field("risk_factors.penalties", "加分：每次处罚", "", "int", "分"),
                Field("risk_factors.last_problem", "加分：上次检查有问题", "", "int", "分"),
                Field("risk_factors.years", "加分：距上次检查每满一年", "", "int", "分"),
                Field("risk_factors.never", "加分：从未检查", "", "int", "分"),
                Field(
                    "risk_factors.most",
                    "加分：合计最多",
                    "风险权数 = 等级权数 ×（1 + 加分）。用加分的必填。",
                    "int",
                    "分",
                ),
                Field(
                    "risk_factors.tasks",
                    "加分：用于哪些任务",
                    "任务编号，用顿号隔开；全部任务都用的不填。",
                    "texts",
                ),
            ),
        ),
        Section(
            "专项库",
            "起了名字的筛选条件，每个一行；任务的对象范围写“专项库：名称”。没有的不写。",
            (
                Field(KEY, "名称", "不要写等级。"),
                Field(WHOLE, "筛选条件", "写法同计划的对象范围，如 标签：重点检查；等级：C、D。"),
            ),
            "pools",
            table=True,
        ),
        Section(
            "其他部门的名单",
            "outside 文件夹里的名单，哪些类别归本单位管，每份一行；不写的全部对照。",
            (
                Field(KEY, "来源", "文件名，如 工商登记。"),
                Field(WHOLE, "归本单位的类别", "用顿号隔开。", "texts"),
            ),
            "outside",
            table=True,
        ),
        Section(
            "映射",
            "表头或内容的写法与本手册不同、程序又不能确定的，写在这里，每条一行；没有的不写。",
            (
                Field(
                    "table",
                    "表",
                    "哪张表；“意思”一列写了的，各表都适用，可以不选。",
                    words=TABLES,
                ),
                Field(
                    "header",
                    "列名",
                    "本手册的列名；写用哪张工作表的，选“（工作表）”；"
                    "以工作表名作哪一列的，选“（工作表名作）”。",
                    offers=("（工作表）", "（工作表名作）"),
                ),
                Field(
                    "written",
                    "文件中的写法",
                    "文件里的列名，几列用顿号隔开（前一列空着用后一列）；"
                    "或文件里的内容，如 低风险；"
                    "或工作表名，几张用顿号隔开，全部的写 全部。",
                ),
                Field("means", "意思", "内容的写法不同的才写：它的意思，如 A。"),
            ),
            "mapping",
            table=True,
        ),
        Section(
            "早期预警",
            "从什么时候起提醒；不影响抽取。",
            (
                Field("warnings.days", "证件多少天内到期", "执法证、许可证。", "int", "天"),
                Field("warnings.rounds", "高风险多少个批次没有查过", "", "int", "批次"),
                Field("warnings.jump", "投诉举报、处罚增加多少", "与对照的封库比。", "int", "件"),
                Field("warnings.new_days", "成立不到多少天", "新设的检查对象。", "int", "天"),
            ),
        ),
        Section(
            "参与方",
            "在公开随机数上另加自己的数的单位，一般不设；每方一行。",
            (
                Field("name", "参与方"),
                Field("sha256", "数的 SHA-256", "64 位小写十六进制数，封库以前交来。"),
            ),
            "event.parties",
            table=True,
            once=True,
        ),
    ),
)
CALENDAR = Form(
    "calendar",
    "节假日安排",
    params.Calendar,
    (
        Section(
            "年份",
            "哪几年的节假日安排写在这里；程序已经知道的年份不写。",
            (Field(WHOLE, "年份", "如 2027。", "int"),),
            "years",
            table=True,
        ),
        Section(
            "放假",
            "国务院办公厅通知中放假的日子，周末以外的，一天一行。",
            (Field(WHOLE, "日期", "如 2027-01-01。", "day"),),
            "holidays",
            table=True,
        ),
        Section(
            "调休上班",
            "通知中要上班的周末，一天一行。",
            (Field(WHOLE, "日期", "如 2027-02-14。", "day"),),
            "workdays",
            table=True,
        ),
    ),
)
