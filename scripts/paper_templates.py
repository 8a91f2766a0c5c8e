"""The Word templates of the inspection papers (检查文书), used by make_templates.py. What may stand
in ``{{ }}``: :mod:`ssj.papers.paperwork`.

Numbers, places of seals and signatures are blanks: nothing here prints an emblem, a seal, a red
letterhead or a made-up number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from docx.shared import Cm, Pt
from word_layout import (
    BOTTOM,
    CENTRE,
    DAY,
    DIGITS,
    HEADING,
    RIGHT,
    TITLE,
    dress,
    each,
    fields,
    gap,
    grid,
    heading,
    heads,
    line,
    loop,
    pages,
    pair,
    paper,
    prose,
    row,
    together,
    wide,
)

NUMBER = "＿＿＿＿〔＿＿＿＿〕＿＿＿号"  # of a document, filled in by hand or in Word
SEAL = "（盖章处）"
SIGN = "签字：　　　　　　　"
SIGN_DAY = f"{SIGN}{DAY}"
ON = "＿＿＿＿年＿＿月＿＿日"  # a day in running text
# signed on every page
EACH_PAGE = "检查人员：＿＿＿＿＿＿、＿＿＿＿＿＿　　被检查单位（项目）：＿＿＿＿＿＿＿＿"
TARGET_NAME = "被检查单位（项目）"


def start(
    title: str, header: str, *, numbered: bool = False, inside: bool = False, footer: str = ""
) -> Any:
    """A paper with its header (and banner) and footer on every page, the bureau's name and the
    title.
    """
    document = paper(title)
    section = document.sections[0]
    dress(section.header.paragraphs[0], header + ("　内部使用" if inside else ""), CENTRE, size=9)
    loop(section.header, "if banner", "{{ banner }}", align=CENTRE, font=HEADING, size=10.5)
    pages(section.footer, footer, size=9)
    line(document, "{{ bureau }}", CENTRE, after=2, size=15)
    line(document, title, CENTRE, after=6, font=TITLE, size=20, bold=True)
    if numbered:
        line(document, NUMBER, CENTRE, after=6)
    return document


VISIT_HEADER = "{{ round_title }}　检查编号 {{ number }}"
ROUND_HEADER = "{{ round_title }}（{{ round }}）第 {{ attempt }} 次抽取"


def opinion(table: Any, label: str, height: float = 2.3) -> None:
    """A row for somebody's opinion, with the signature at its foot."""
    made = fields(table, label, ("", "", SIGN_DAY), height=height)
    value = made.cells[-1]
    value.paragraphs[-1].alignment = RIGHT
    value.vertical_alignment = BOTTOM


def seal(document: Any, *, who: str = "{{ bureau }}" + SEAL) -> None:
    """Who issues the paper, the place of the seal, and the date: at the right, on one page."""
    for n, text in enumerate((who, DAY)):
        paragraph = line(document, text, RIGHT, after=2)
        paragraph.paragraph_format.space_before = Pt(14 if n == 0 else 4)
        paragraph.paragraph_format.right_indent = Cm(0.8)
        paragraph.paragraph_format.keep_with_next = n == 0


# Before the draw


def scheme() -> Any:
    document = start("抽查方案审批表", ROUND_HEADER, inside=True)
    table = grid(document, (3.2, 4.9, 3.2, 4.9))
    fields(table, "抽查方案", "{{ round_title }}（{{ round }}），第 {{ attempt }} 次抽取")
    fields(table, "起草股室", "", "起草人、日期", "")
    fields(table, "检查期间", "{{ window }}", "公布日", "{{ publication_day }}")
    fields(
        table,
        "公开随机数",
        "{{ event }}；{{ event_time }}，{{ event_place }}。未能举行的：{{ event_fallback }}",
    )
    fields(table, "校验码保管人", "{{ custodians or '（未定）' }}")
    heading(document, "一、抽查任务", before=8, size=12)
    tasks = grid(document, (3.3, 1.8, 3.4, 3.3, 1.1, 1.1, 2.2))
    heads(
        tasks,
        "任务",
        "类型",
        "对象范围",
        "抽查比例",
        "待抽户数",
        "应抽户次",
        "发起、配合部门",
        size=10,
    )
    each(
        tasks,
        "for t in tasks",
        "{{ t.id }} {{ t.name }}",
        "{{ t.kind }}\n{{ t.method }}",
        "{{ t.scope }}",
        "{{ t.ratio }}",
        "{{ t.count }}",
        "{{ t.n }}",
        "{{ t.departments }}",
        left=(0, 2, 3, 6),
        size=10,
    )
    line(
        document, "各任务应抽合计 {{ total }} 户次（一户多项任务时重复计）。", size=10
    ).paragraph_format.space_before = Pt(3)
    heading(document, "二、各任务的抽查事项", before=8, size=12)
    loop(document, "for t in tasks", "{{ t.id }}：{{ t.item_names }}", size=10)
    heading(document, "三、需要审批人注意的", before=8, size=12)
    loop(document, "for text in rules", "{{ loop.index }}. {{ text }}", size=10)
    heading(document, "四、审批", before=8, size=12)
    table = grid(document, (3.6, 12.6))
    opinion(table, "承办股室意见", 2.2)
    opinion(table, "分管领导意见", 2.2)
    opinion(table, "审批意见（审批人：{{ approvers or '＿＿＿＿' }}）", 2.2)
    together(table.rows[:-1])
    return document


def notice() -> Any:
    document = start("封库公告", ROUND_HEADER)
    loop(
        document,
        "for text in banners",
        "{{ text }}",
        align=CENTRE,
        after=4,
        font=HEADING,
        size=10.5,
    )
    prose(
        document,
        "本单位“{{ round_title }}”（{{ round }}，第 {{ attempt }} "
        "次抽取）的随机抽查事项清单、检查对象名录库、执法检查人员名录库、"
        "抽查任务和各项参数已经固定（封库），并由下面的封库校验码锁定：其中任何一个字改动，"
        "校验码都会变。"
        "抽取随机数由封库之后才产生的公开随机数决定，任何人事先都不知道，也不能选择。现公告如下。",
    )
    table = grid(document, (3.8, 12.4))
    pair(
        table,
        "封库校验码",
        "{%p for line in commitment_lines %}",
        "{{ line }}",
        "{%p endfor %}",
        height=1.2,
        font=DIGITS,
    )
    pair(table, "公开随机数来源", "{{ event }}")
    pair(table, "产生时间、地点", "{{ event_time }}，{{ event_place }}")
    pair(table, "未能举行的", "{{ event_fallback }}")
    pair(table, "封库校验码保管人", "{{ custodians or '（未交存）' }}")
    pair(table, "检查对象名录库", "{{ targets }} 个，其中不公开名称 {{ unnamed }} 个")
    pair(table, "执法检查人员名录库", "{{ people }} 名（含专家）")
    pair(table, "随机抽查事项清单", "{{ items|length }} 项，见附表")
    pair(table, "检查期间", "{{ window }}")
    pair(table, "公布抽取结果", "自 {{ publication_day }} 起，在本单位网站公布")
    prose(
        document,
        "检查对象名单见本单位网站同名网页，列入名单不等于被抽中，也不说明守法状况。"
        "公开随机数产生后，任何人都能用 SHA-256 工具算出抽取随机数："
        "待计算的文本为“ssj/1,seed,封库校验码,公开随机数”（英文逗号，不留空格）。",
        after=6,
    ).paragraph_format.space_before = Pt(8)
    seal(document)
    heading(
        document, "附表：随机抽查事项", before=0, size=12
    ).paragraph_format.page_break_before = True
    table = grid(document, (2.4, 6.6, 4.4, 2.8))
    heads(table, "事项编号", "事项名称", "抽查主体", "事项类别", size=10.5)
    each(
        table,
        "for i in items",
        "{{ i.id }}",
        "{{ i.name }}",
        "{{ i.department }}",
        "{{ i.kind }}",
        left=(1,),
        size=10.5,
    )
    return document


# After the draw, inside the bureau


def recusal() -> Any:
    document = start("回避声明", ROUND_HEADER, inside=True)
    table = grid(document, (2.4, 5.7, 2.4, 5.7))
    fields(table, "姓名", "{{ officer.name }}", "工号", "{{ officer.id }}")
    fields(
        table,
        "部门",
        "{{ officer.department }}",
        "执法证号",
        "{{ officer.certificate or '（专家，无）' }}",
    )
    prose(
        document,
        "本人在本次抽查中被随机指派参加下列检查。与检查对象有直接利害关系，"
        "或者有其他关系可能影响公正执法的，应当回避。"
        "本人逐户声明如下：",
    ).paragraph_format.space_before = Pt(8)
    table = grid(document, (2.9, 5.5, 3.4, 4.4))
    heads(table, "检查编号", "检查对象", "是否需要回避", "理由（回避的写明）", size=11)
    each(
        table,
        "for v in visits",
        "{{ v.number }}",
        "{{ v.name }}",
        "□否　□是",
        "",
        left=(1,),
        size=11,
    )
    prose(
        document, "声明以后出现应当回避的情形的，本人立即报告。以上声明属实。", after=10
    ).paragraph_format.space_before = Pt(8)
    line(document, "声明人" + SIGN_DAY, RIGHT)
    prose(
        document,
        "需要回避的，报审批人批准后，按抽取时的签号递补，不得自行换人。",
        indent=False,
        size=10.5,
    ).paragraph_format.space_before = Pt(14)
    return document


def approval() -> Any:
    document = start("检查审批表", VISIT_HEADER, inside=True)
    table = grid(document, (2.9, 5.2, 2.9, 5.2))
    fields(table, "检查编号", "{{ number }}", "检查期间", "{{ window }}")
    fields(table, TARGET_NAME, "{{ target.name }}", "编号", "{{ target.id }}", size=11)
    fields(table, "地址", "{{ target.address }}", "主管股室", "{{ target.section }}")
    fields(table, "抽查任务", "{{ tasks|join('；') }}")
    fields(
        table,
        "检查人员",
        (
            "{%p for o in officers %}",
            "{{ o.name }}（{{ o.department }}，执法证号 {{ o.certificate }}）",
            "{%p endfor %}",
        ),
        height=1.6,
    )
    fields(table, "专家", "{{ experts_text or '无' }}")
    fields(
        table,
        "检查事项",
        (
            "{%p for i in items %}",
            "{{ loop.index }}. {{ i.name }}（{{ i.id }}，{{ i.department }}）",
            "{%p endfor %}",
        ),
        height=2.4,
    )
    fields(table, "拟检查时间", f"{ON}至{ON}")
    fields(table, "检查方式", "{{ methods }}")
    fields(table, "承办人", SIGN_DAY)
    opinion(table, "承办机构负责人意见", 2.5)
    opinion(table, "分管领导审批意见", 2.9)
    fields(table, "备注", "", height=1.0)
    return document


# For the firm


def inspection_notice() -> Any:
    document = start("检查通知书", VISIT_HEADER, numbered=True)
    prose(document, "{{ target.name }}：", indent=False)
    prose(
        document,
        "按照“双随机、一公开”的要求，你单位（项目）{{ how }}，列为本次抽查的检查对象。"
        "抽中不等于存在问题。现将有关事项通知如下：",
    )
    prose(document, f"一、检查时间：{ON}（检查期间为 {{{{ window }}}}）。")
    prose(document, "二、检查地点：{{ target.address or '＿＿＿＿＿＿＿＿＿＿＿＿' }}。")
    prose(
        document,
        "三、检查人员{% if departments|length > 1 %}（{{ departments|join('、') "
        "}}联合检查）{% endif %}：",
    ).paragraph_format.keep_with_next = True
    people = grid(document, (3.2, 6.4, 4.4, 2.2))
    heads(people, "姓名", "部门", "执法证号", "备注", size=11)
    each(
        people,
        "for p in people",
        "{{ p.name }}",
        "{{ p.department }}",
        "{{ p.certificate }}",
        "{{ '专家' if p.expert else '' }}",
        size=11,
    )
    prose(document, "四、检查事项：").paragraph_format.space_before = Pt(6)
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    table = grid(document, (1.2, 4.6, 5.2, 5.2))
    heads(table, "序号", "事项", "检查依据", "检查内容", size=10.5)
    each(
        table,
        "for i in items",
        "{{ loop.index }}",
        "{{ i.name }}",
        "{{ i.basis }}",
        "{{ i.content }}",
        left=(1, 2, 3),
        size=10.5,
    )
    prose(
        document,
        "五、请你单位负责人或者委托的人员届时到场，并准备下列资料："
        "＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿＿。",
    ).paragraph_format.space_before = Pt(6)
    prose(
        document,
        "六、检查人员不少于两名，检查时出示执法证件；不出示的，你单位有权拒绝检查。"
        "认为检查人员与本次检查有利害关系的，可以申请回避；"
        "对检查有意见的，可以向本单位反映。",
    ).paragraph_format.keep_with_next = True
    prose(
        document, "联系人：＿＿＿＿＿＿　　联系电话：＿＿＿＿＿＿＿＿"
    ).paragraph_format.keep_with_next = True
    seal(document)
    return document


def checklist() -> Any:
    document = start("检查表", VISIT_HEADER, footer=EACH_PAGE)
    table = grid(document, (3.4, 6.4, 2.2, 4.2))
    fields(table, TARGET_NAME, "{{ target.name }}", "检查编号", "{{ number }}")
    fields(table, "检查地点", "{{ target.address }}", "检查时间", DAY.strip())
    line(document, "{%p for i in items %}")
    heading(document, "{{ loop.index }}. {{ i.name }}（{{ i.id }}）", before=10, size=12)
    about = grid(document, (2.2, 14.0))
    pair(about, "检查依据", "{{ i.basis }}", size=11)
    pair(about, "检查内容", "{{ i.content }}", size=11)
    pair(about, "检查方式", "{{ i.method }}", size=11)
    together(about.rows)
    gap(document)
    steps = grid(document, (1.2, 6.3, 5.4, 3.3))
    heads(steps, "步骤", "工作指引", "检查情况", "说明", size=11)
    each(
        steps,
        "for s in i.steps",
        "{{ loop.index }}",
        "{{ s }}",
        "□符合　□不符合　□不适用",
        "",
        left=(1,),
        size=10.5,
        height=0.85,
    )
    line(document, "{%p endfor %}")
    gap(document, 8)
    table = grid(document, (3.4, 12.8))
    fields(table, "其他情况", "", height=1.2, size=11)
    fields(table, "检查人员签字", f"1. {SIGN}2. {SIGN}{DAY.strip()}", height=1.1, size=11)
    fields(table, TARGET_NAME + "签字", "　" * 20 + DAY, height=1.1, size=11)
    together(table.rows[:-1])
    return document


def record() -> Any:
    document = start("现场检查记录", VISIT_HEADER, footer=EACH_PAGE)
    table = grid(document, (2.9, 5.6, 2.6, 5.1))
    fields(table, TARGET_NAME, "{{ target.name }}", "编号", "{{ target.id }}", size=11)
    fields(table, "检查地点", "{{ target.address }}", "检查编号", "{{ number }}", size=11)
    fields(table, "检查时间", "　　年　　月　　日　　时　　分 至　　时　　分", size=11)
    fields(table, "现场负责人", "", "职务、电话", "", size=11)
    fields(
        table,
        "检查人员",
        (
            "{%p for o in officers %}",
            "□{{ o.name }}（{{ o.department }}，执法证号 {{ o.certificate }}）",
            "{%p endfor %}",
        ),
        size=11,
        height=1.3,
    )
    fields(table, "专家", "{{ experts_text or '无' }}", size=11)
    fields(
        table,
        "告知",
        (
            "□已出示执法证件，告知检查事项和权利、义务",
            "□未申请回避　□申请回避，处理：＿＿＿＿＿＿＿＿＿＿＿＿＿＿",
        ),
        size=11,
        height=1.3,
    )
    heading(document, "一、各事项的检查情况", before=8, size=12)
    items = grid(document, (1.2, 5.0, 7.2, 2.8))
    heads(
        items,
        "序号",
        "事项",
        "检查情况（如实记录，可附页）",
        "结果（填下列序号，可填几个）",
        size=11,
    )
    each(
        items,
        "for i in items",
        "{{ loop.index }}",
        "{{ i.name }}（{{ i.id }}）",
        "",
        "",
        left=(1,),
        size=11,
        height=2.6,
    )
    heading(document, "二、检查结果（在□内打√，可选几项）", before=8, size=12)
    results = grid(document, (16.2,))
    row(results, "{%tr for r in results %}")
    row(
        results,
        "□{{ r.mark }} {{ r.name }}{% if r.parts %}：{% for p in r.parts %}□{{ p }}　{% "
        "endfor %}{% endif %}",
        size=11,
        height=0.8,
    )
    row(results, "{%tr endfor %}")
    wide(
        results,
        "后续处置：{% for f in follow_up %}□{{ f }}　{% endfor %}说明：＿＿＿＿＿＿＿＿＿＿＿＿",
        size=11,
    )
    together(results.rows)
    heading(document, "三、签字", before=8, size=12)
    table = grid(document, (3.4, 12.8))
    fields(
        table,
        TARGET_NAME + "意见",
        ("", "", "签字或盖章：　　　　　　　　　　　　" + DAY),
        height=3.0,
        size=11,
    )
    fields(
        table, "检查人员签字（两名以上）", ("1. " + SIGN + "　2. " + SIGN, DAY), height=2.0, size=11
    )
    fields(table, "专家签字", "", height=1.1, size=11)
    fields(
        table,
        "拒绝签字的",
        (
            "□被检查单位（项目）拒绝签字，理由：＿＿＿＿＿＿＿＿＿＿＿＿＿＿",
            "见证人签字：　　　　　　　　　　" + DAY,
        ),
        height=1.4,
        size=11,
    )
    fields(
        table,
        "附件",
        "□照片＿＿张　□录音录像＿＿份　□复制件＿＿份　□附页＿＿页",
        height=0.9,
        size=11,
    )
    together(table.rows[:-1])
    return document


def rectification() -> Any:
    document = start("责令改正通知书", VISIT_HEADER, numbered=True)
    prose(document, "{{ target.name }}：", indent=False)
    prose(
        document,
        "本单位于"
        + ON
        + "对你单位（项目）进行双随机检查（检查编号 {{ number }}），发现存在下列问题：",
    )
    blank = "＿" * 37
    for _ in range(5):
        prose(document, blank, indent=False)
    prose(document, "违反了" + "＿" * 26 + "的规定。")
    prose(document, "依据" + "＿" * 25 + "，责令你单位：")
    prose(document, "□立即改正。")
    prose(document, "□于" + ON + "前改正完毕，并将改正情况书面报告本单位。")
    prose(document, "改正的内容和要求：" + "＿" * 25)
    for _ in range(2):
        prose(document, blank, indent=False)
    prose(
        document,
        "逾期不改正的，依法处理。对本通知有异议的，可以向本单位陈述、申辩；不服的，"
        "可以依法申请行政复议或者提起行政诉讼"
        "（复议机关：＿＿＿＿＿＿＿＿＿＿；受诉法院：＿＿＿＿＿＿＿＿＿＿）。",
    )
    prose(document, "检查人员：＿＿＿＿＿＿、＿＿＿＿＿＿　　联系电话：＿＿＿＿＿＿＿＿")
    seal(document)
    prose(
        document, "本通知书一式两份，一份交当事人，一份存档。", indent=False, size=10.5
    ).paragraph_format.space_before = Pt(10)
    return document


def delivery() -> Any:
    document = start("送达回证", VISIT_HEADER)
    table = grid(document, (3.4, 12.8))
    fields(table, "受送达人", "{{ target.name }}（{{ target.id }}）", height=1.1)
    fields(table, "送达地点", "{{ target.address }}", height=1.1)
    fields(
        table,
        "送达的文书",
        ("□检查通知书　" + NUMBER, "□责令改正通知书　" + NUMBER, "□其他：＿＿＿＿＿＿＿＿＿＿＿＿"),
        height=2.6,
    )
    fields(table, "送达方式", "□直接送达　□留置送达　□邮寄送达　□其他：＿＿＿＿＿＿", height=1.1)
    fields(table, "送达时间", DAY + "　　时　　分", height=1.1)
    fields(table, "受送达人签收", ("", "签字或盖章：　　　　　　　　　　　　" + DAY), height=2.4)
    fields(table, "代收的", "姓名、与受送达人的关系：", height=1.4)
    fields(table, "送达人签字（两名）", ("1. " + SIGN + "　2. " + SIGN, DAY), height=1.9)
    fields(table, "拒收的", ("理由：", "见证人签字：　　　　　　　　　　" + DAY), height=2.2)
    fields(table, "备注", "", height=1.8)
    return document


TEMPLATES: dict[str, Callable[[], Any]] = {
    "抽查方案审批表": scheme,
    "封库公告": notice,
    "回避声明": recusal,
    "检查审批表": approval,
    "检查通知书": inspection_notice,
    "检查表": checklist,
    "现场检查记录": record,
    "责令改正通知书": rectification,
    "送达回证": delivery,
}
