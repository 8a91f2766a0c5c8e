"""The Word templates of 季度报告, 简报, 卷内目录, 备考表 and 复核单, used by make_templates.py.
What may stand in ``{{ }}``: :mod:`ssj.papers.reports`, :mod:`ssj.papers.briefings`,
:mod:`ssj.papers.dossier`.

Numbers, issue, pages, seals, signatures and dates of signing are blanks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from docx.shared import Pt
from paper_templates import ROUND_HEADER, SIGN, seal, start
from word_layout import (
    CENTRE,
    DAY,
    DIGITS,
    HEADING,
    LEFT,
    RIGHT,
    cell,
    each,
    empty_row,
    fields,
    fill,
    gap,
    grid,
    heading,
    heads,
    line,
    loop,
    pair,
    prose,
    row,
    together,
    wide,
)

WHOLE_HEADER = "{{ round_title }}（{{ round }}）"  # of papers about all attempts
TEXT = 11  # points of the running text of 季度报告, which is to stay on two pages


def texts(document: Any, name: str, numbered: bool = False, **style: Any) -> None:
    """Paragraphs of running text, one for each text of a list."""
    line(document, f"{{%p for text in {name} %}}")
    prose(document, ("{{ loop.index }}. " if numbered else "") + "{{ text }}", **style)
    line(document, "{%p endfor %}")


def only_if(document: Any, condition: str, build: Callable[[], Any]) -> None:
    """What ``build`` adds, where the condition holds."""
    line(document, f"{{%p if {condition} %}}")
    build()
    line(document, "{%p endif %}")


# 季度报告


def quarterly() -> Any:
    document = start("“双随机、一公开”抽查季度报告", ROUND_HEADER, numbered=True, inside=True)
    line(document, "{{ round_title }}", CENTRE, after=2, font=HEADING, size=14)
    line(document, "数字截至 {{ as_of }}", CENTRE, after=6, size=10)
    heading(document, "一、方案、封库和抽取", before=2, size=12)
    prose(document, "{{ begun }}检查期间为{{ window }}。", size=TEXT)
    prose(document, "{{ drawn }}", size=TEXT)
    table = grid(document, (8.4, 2.4, 1.9, 1.8, 1.7))
    heads(table, "抽查任务", "类型", "待抽对象", "应抽", "抽中", size=10)
    each(
        table,
        "for t in tasks",
        "{{ t.task }} {{ t.name }}",
        "{{ t.kind }}",
        "{{ t.count }}",
        "{{ t.n }}",
        "{{ t.drawn }}",
        left=(0,),
        size=10,
        height=0.5,
    )
    row(
        table,
        "合计（一户多项任务时重复计）",
        "",
        "——",
        "{{ tasks | sum(attribute='n') }}",
        "{{ counts.unmerged }}",
        align=CENTRE,
        size=10,
        height=0.5,
    )
    table.rows[-1].cells[0].paragraphs[0].alignment = LEFT
    heading(document, "二、抽后调整和作废", before=5, size=12)
    texts(document, "changes", size=TEXT)
    heading(document, "三、检查和结果", before=5, size=12)
    prose(document, "{{ found }}", size=TEXT)
    only_if(document, "states", lambda: _results(document))
    heading(document, "四、公示", before=5, size=12)
    prose(document, "{{ published }}", size=TEXT)
    only_if(document, "sections", lambda: _sections(document))
    heading(document, "五、后续处置、异议和更正", before=5, size=12)
    texts(document, "followed", size=TEXT)
    heading(document, "六、尚需完成", before=5, size=12)
    texts(document, "todo", numbered=True, size=TEXT)
    heading(document, "七、存在的问题和下一步打算", before=5, size=12)
    table = grid(document, (2.7, 2.7, 2.7, 2.7, 2.7, 2.7))
    wide(table, "（由起草人填写）", "", height=1.7, top=True, size=11)
    fields(table, "起草人", "", "审核人", "", "签发人", "", size=11)
    together(table.rows[:-1])
    seal(document)
    return document


def _results(document: Any) -> None:
    """Where the visits stand, and what was found."""
    table = grid(document, (2.3,) * 6 + (2.4,))
    heads(table, *(f"{{{{ states[{n}].name }}}}" for n in range(7)), size=10)
    row(
        table,
        *(f"{{{{ states[{n}].visits }}}}" for n in range(7)),
        align=CENTRE,
        size=10,
        height=0.5,
    )
    together(table.rows[:-1])
    line(document, "现在的状态，单位：户次；每户次只在一处。", after=4, size=9)
    table = grid(document, (9.4, 3.4, 3.4))
    heads(table, "检查结果（一个事项可有几种）", "检查事项（项）", "涉及户次", size=10)
    each(
        table,
        "for c in categories",
        "{{ c.name }}",
        "{{ c.count }}",
        "{{ c.visits }}",
        left=(0,),
        size=10,
        height=0.5,
    )
    gap(document, 3)


def _sections(document: Any) -> None:
    table = grid(document, (4.2, 1.6, 1.7, 1.7, 1.7, 1.8, 1.8, 1.7))
    heads(
        table,
        "主管股室（户次）",
        "抽中",
        "已检查",
        "有问题",
        "已公示",
        "依法\n不公示",
        "超期\n未公示",
        "处置\n未办结",
        size=10,
    )
    each(
        table,
        "for s in sections",
        "{{ s.name }}",
        "{{ s.drawn }}",
        "{{ s.visited }}",
        "{{ s.problem }}",
        "{{ s.published }}",
        "{{ s.exempt }}",
        "{{ s.overdue }}",
        "{{ s.open }}",
        left=(0,),
        size=10,
        height=0.5,
    )


# 简报


def briefing() -> Any:
    document = start("“双随机、一公开”抽查简报", "内部使用")
    line(document, "第＿＿期（总第＿＿期）　　　　　　" + DAY.strip(), CENTRE, after=2, size=11)
    line(document, "{{ title }}", CENTRE, after=2, font=HEADING, size=13)
    line(document, "数字截至 {{ as_of }}", CENTRE, after=4, size=10)
    table = grid(document, (3.24,) * 5)
    for at in (0, 1):
        made = empty_row(table, 1.7)
        for n, one in enumerate(made.cells):
            here = f"numbers[{at}][{n}]"
            cell(one, f"{{{{ {here}.label }}}}", align=CENTRE, size=10)
            line(one, f"{{{{ {here}.value }}}}", CENTRE, font=HEADING, size=18)
            line(one, f"{{{{ {here}.unit }}}}", CENTRE, size=9)
    for title, name in (("做了什么", "done"), ("发现了什么", "found"), ("什么超期", "overdue")):
        heading(document, title, before=6, size=12)
        prose(document, f"{{{{ {name} }}}}", after=0, size=TEXT)
    heading(document, "请领导决定", before=6, size=12)
    texts(document, "decisions", numbered=True, after=0, size=TEXT)
    gap(document, 6)
    table = grid(document, (2.7, 5.4, 2.7, 5.4))
    fields(table, "领导批示", ("", "", SIGN + DAY), height=2.4, size=11)
    fields(table, "报送", "", "起草、审核", "", size=11)
    together(table.rows[:-1])
    return document


# 卷内目录


def contents() -> Any:
    document = start("卷内目录", WHOLE_HEADER, inside=True)
    line(
        document,
        "档号：＿＿＿＿＿＿＿＿　　全宗号：＿＿＿＿　　保管期限：＿＿＿＿",
        CENTRE,
        after=6,
        size=11,
    )
    table = grid(document, (1.1, 1.4, 2.5, 5.1, 2.0, 1.6, 2.5))
    heads(table, "顺序号", "文号", "责任者", "题名", "日期", "页号/件数", "备注", size=10)
    each(
        table,
        "for r in rows",
        "{{ r.n }}",
        "",
        "{{ r.by }}",
        "{{ r.title }}",
        "{{ r.date }}",
        "＿＿/{{ r.pieces }}",
        "{{ r.note }}",
        left=(2, 3, 6),
        size=9,
    )
    line(
        document,
        "文号、页号由立卷人填写。日期为档案包封存、登记的日期；签字文书的日期以原件为准。",
        size=10,
    ).paragraph_format.space_before = Pt(3)
    heading(
        document, "附表一　电子文件", before=0, size=13
    ).paragraph_format.page_break_before = True
    line(document, "留痕登记簿 ledger.jsonl 到第 {{ last_line }} 行为止，该行校验码：", size=10)
    line(document, "{{ last_hash }}", after=4, font=DIGITS, size=8)
    table = grid(document, (5.2, 1.7, 9.3))
    heads(table, "文件（在档案文件夹 {{ round }} 中）", "字节", "SHA-256", size=10)
    row(table, "{%tr for b in bags %}", "", "")
    made = empty_row(table, 0.62)
    fill(
        made.cells[0].merge(made.cells[2]),
        "档案包 {{ b.stage }}：登记簿第 {{ b.line }} 行，{{ b.count }} 个文件，共 {{ b.size "
        "}} 字节；登记的校验码 {{ b.bag }}",
        font=HEADING,
        size=7.5,
    )
    _file_rows(table, "b.files")
    row(table, "{%tr endfor %}", "", "")

    def signed() -> None:
        heading(document, "附表二　签字文书的扫描件（不在档案包中，另行保存）", before=12, size=13)
        own = grid(document, (5.2, 1.7, 9.3))
        heads(own, "文件", "字节", "SHA-256", size=10)
        _file_rows(own, "scans")

    only_if(document, "scans", signed)
    return document


def _file_rows(table: Any, name: str) -> None:
    row(table, f"{{%tr for f in {name} %}}", "", "")
    made = row(table, "{{ f.name }}", "{{ f.size }}", "", size=8, height=0.45)
    made.cells[1].paragraphs[0].alignment = RIGHT
    fill(made.cells[2], "{{ f.sha256 }}", font=DIGITS, size=6.5)
    row(table, "{%tr endfor %}", "", "")


# 备考表


def remarks() -> Any:
    document = start("备考表", WHOLE_HEADER, inside=True)
    line(
        document,
        "档号：＿＿＿＿＿＿＿＿　　全宗号：＿＿＿＿　　保管期限：＿＿＿＿",
        CENTRE,
        after=6,
        size=11,
    )
    table = grid(document, (3.2, 13.0))
    pair(table, "本卷名称", "{{ round_title }}（{{ round }}）案卷", size=11)
    pair(
        table,
        "档案包",
        "{{ bags }} 个，{{ files }} 个文件，共 {{ size }} 字节：{{ stages|join('、') }}",
        size=11,
    )
    pair(table, "留痕登记簿", "{{ lines }}；最后一行校验码：", size=11)
    line(table.rows[-1].cells[1], "{{ last_hash }}", font=DIGITS, size=8)
    pair(
        table,
        "签字文书",
        "扫描件 {{ scans }} 个，共 {{ scan_size }} 字节，另行保存，校验码见卷内目录；纸质 "
        "＿＿＿ 件，共 ＿＿＿ 页",
        size=11,
    )
    pair(table, "作废和调整", "{%p for text in changes %}", "{{ text }}", "{%p endfor %}", size=11)
    pair(
        table,
        "所用程序",
        "{%p for p in programs %}",
        "ssj {{ p.version }}（Python {{ p.python }}），程序校验码：",
        "{%p endfor %}",
        size=11,
    )
    _program(table.rows[-1].cells[1])
    pair(
        table,
        "怎样核验",
        "{{ verified }}",
        "以后复核：在装好同一版程序的电脑上运行 ssj audit，文件夹写 outputs/{{ round }}。",
        size=11,
    )
    pair(table, "各步结论", "{{ said }}", size=11)
    gap(document)
    table = grid(document, (3.2, 4.9, 3.2, 4.9))
    wide(
        table,
        "本卷情况说明（缺损、修改、补充、移出、销毁等，由立卷人填写）：",
        "",
        "",
        height=4.2,
        top=True,
        size=11,
    )
    fields(table, "立卷人", "", "检查人", "", height=1.1)
    fields(table, "立卷时间", DAY, "检查时间", DAY, height=1.1)
    together(table.rows[:-1])
    return document


def _program(target: Any) -> None:
    """The hash of each program under its version, within the loop."""
    last = target.paragraphs[-1]
    made = line(target, "{{ p.hash }}", font=DIGITS, size=8)
    last._element.addprevious(made._element)


# 复核单


def sheet() -> Any:
    document = start("复核单", WHOLE_HEADER, inside=True)
    line(
        document,
        "封库 {{ frozen }} 次，抽取 {{ drawn }} 次，作废 {{ voided }} 次",
        CENTRE,
        after=4,
        font=HEADING,
        size=12,
    )
    table = grid(document, (1.1, 3.3, 4.1, 3.3, 1.4, 3.0))
    heads(table, "次", "封库", "封库校验码前 16 位", "抽取", "户次", "现状", size=10)
    row(table, "{%tr for a in attempts %}", *[""] * 5)
    made = row(
        table,
        "{{ a.n }}",
        "{{ a.frozen }}",
        "",
        "{{ a.drawn }}",
        "{{ a.visits }}",
        "{{ a.outcome }}",
        align=CENTRE,
        size=9,
        height=0.6,
    )
    fill(made.cells[2], "{{ a.commitment16 }}", align=CENTRE, font=DIGITS, size=9)
    row(table, "{%tr endfor %}", *[""] * 5)
    heading(document, "改了什么、谁批准", before=5, size=12)
    table = grid(document, (2.6, 10.6, 3.0))
    heads(table, "日期", "内容", "审批人", size=10)
    each(
        table,
        "for c in changed",
        "{{ c.date }}",
        "{{ c.what }}",
        "{{ c.approver }}",
        left=(1,),
        size=9,
        height=0.5,
    )
    row(table, "{%tr if not changed %}", "", "")
    wide(table, "没有作废的抽取，没有抽后调整，没有更正、撤下的结果。", height=0.5, size=9)
    row(table, "{%tr endif %}", "", "")
    row(table, "{%tr if more %}", "", "")
    wide(table, "另有 {{ more }} 项，见各次调整、检查结果的过程记录。", height=0.5, size=9)
    row(table, "{%tr endif %}", "", "")
    loop(document, "for text in approvals", "{{ text }}", size=9)
    heading(document, "逐步复核", before=5, size=12)
    table = grid(document, (1.2, 4.4, 1.7, 8.9))
    heads(table, "步骤", "核验什么", "结果", "说明", size=10)
    made = each(
        table,
        "for s in steps",
        "{{ s.number }}",
        "{{ s.step }}",
        "{{ s.result }}",
        "",
        left=(1, 3),
        size=10,
        height=0.55,
    )
    fill(made.cells[3], "{{ s.detail }}", size=8)
    prose(
        document, "结论：{{ verdict }}", indent=False, after=2, font=HEADING, size=12
    ).paragraph_format.space_before = Pt(6)
    loop(document, "if junk", "无关文件（不属于档案，不影响结论）：{{ junk }}", size=9)
    loop(document, "for text in banners", "{{ text }}", size=8)
    prose(
        document,
        "未核验不等于相符。本单由复核报告生成；要自己复核，在装好同一版程序的电脑上运行 ssj "
        "audit，可以不联网。",
        indent=False,
        size=9,
    )
    gap(document)
    table = grid(document, (2.8, 5.3, 2.8, 5.3))
    fields(table, "复核人签字", "", "日期", DAY, height=1.1)
    wide(table, "复核意见：", height=1.4, top=True)
    together(table.rows[:-1])
    return document


TEMPLATES: dict[str, Callable[[], Any]] = {
    "季度报告": quarterly,
    "简报": briefing,
    "卷内目录": contents,
    "备考表": remarks,
    "复核单": sheet,
}
