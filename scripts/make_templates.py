"""Make the Word templates of all papers: ``python scripts/make_templates.py [FOLDER]``.

Made once; a bureau keeps its own versions in ``params/templates/``, edited in Word or WPS, with
what stands between ``{{ }}`` and ``{% %}`` kept (docxtpl; the names are those of
:mod:`ssj.papers.paperwork` and ``ssj.files.confirmation``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paper_templates
import report_templates
from docx.shared import Cm, Pt
from word_layout import (
    CENTRE,
    DAY,
    DIGITS,
    HEADING,
    LEFT,
    TITLE,
    TOP,
    dress,
    gap,
    grid,
    heading,
    heads,
    line,
    loop,
    pages,
    pair,
    paper,
    row,
    save,
    together,
)

SIGNATURES = "签字：主持__________ 操作__________ 记录__________ 监督__________ 见证__________"


def edges(section: Any) -> None:
    """Header with round and commitment, footer with the signatures: both on every page."""
    section.top_margin = section.bottom_margin = Cm(2.6)
    header, footer = section.header, section.footer
    dress(
        header.paragraphs[0],
        "{{ round }}　第 {{ attempt }} 次抽取　封库校验码前 16 位 {{ commitment16 }}",
        CENTRE,
        size=10.5,
    )
    loop(header, "if banner", "{{ banner }}", align=CENTRE, font=HEADING, size=10.5)
    pages(footer, SIGNATURES)


def scene(document: Any) -> None:
    heading(document, "一、批次与现场")
    table = grid(document, (3.8, 12.4))
    pair(table, "批次", "{{ title }}（{{ round }}），第 {{ attempt }} 次抽取")
    pair(
        table,
        "事前审批",
        "{%p for a in approvals %}",
        "{{ a.matter }}：{{ a.approver }}，{{ a.date }}",
        "{%p endfor %}",
    )
    pair(table, "公告的时间、地点", "{{ announced_time }}，{{ announced_place }}")
    pair(table, "现场时间、地点", "{{ time }}，{{ place }}")
    pair(table, "公开随机数来源", "{{ event_kind }}")
    pair(table, "公开随机数", "{{ event_text }}", font=DIGITS)
    pair(
        table,
        "封库校验码",
        "{%p for line in commitment_lines %}",
        "{{ line }}",
        "{%p endfor %}",
        height=1.2,
        font=DIGITS,
    )
    pair(table, "校验码交存单位", "{{ custodians }}")
    pair(
        table,
        "抽取随机数",
        "{%p for line in seed_lines %}",
        "{{ line }}",
        "{%p endfor %}",
        height=1.2,
        font=DIGITS,
    )


def result(document: Any) -> None:
    heading(document, "二、抽取结果")
    table = grid(document, (8.6, 2.6, 2.5, 2.5))
    heads(table, "任务", "待抽对象", "应抽户次", "抽中户次")
    row(table, "{%tr for t in counts.tasks %}", "", "", "")
    row(
        table,
        "{{ t.task }} {{ t.name }}",
        "{{ t.count }}",
        "{{ t.n }}",
        "{{ t.drawn }}",
        align=CENTRE,
    )
    table.rows[-1].cells[0].paragraphs[0].alignment = LEFT
    row(table, "{%tr endfor %}", "", "", "")
    row(
        table,
        "各任务合计（一户多项任务时重复计）",
        "——",
        "{{ counts.tasks | sum(attribute='n') }}",
        "{{ counts.unmerged }}",
        align=CENTRE,
    )
    table.rows[-1].cells[0].paragraphs[0].alignment = LEFT
    gap(document)
    facts = grid(document, (3.8, 12.4))
    pair(facts, "检查对象", "库内 {{ counts.targets }} 个，其中待抽 {{ counts.eligible }} 个")
    pair(
        facts,
        "入企检查",
        "{{ counts.visits }} 户次；不合并为 {{ counts.unmerged }} 户次，"
        "多项任务合并后减少 {{ counts.saved }} 户次",
    )
    pair(facts, "检查人员", "执法人员 {{ counts.officers }} 名，专家 {{ counts.experts }} 名")
    together(facts.rows[:-1])


def signing(document: Any) -> None:
    heading(document, "三、现场情况")
    table = grid(document, (16.2,))
    row(table, "异常、异议及处理（没有的写“无”）：", height=2.6)
    table.rows[0].cells[0].vertical_alignment = TOP
    heading(document, "四、确认")
    text = line(document, "{{ statement }}", after=6)
    text.paragraph_format.first_line_indent, text.paragraph_format.keep_with_next = Pt(24), True
    table = grid(document, (2.6, 4.0, 5.4, 4.2))
    heads(table, "职责", "姓名", "签字", "日期")
    row(table, "{%tr for s in signers %}", "", "", "")
    row(table, "{{ s.role }}", "{{ s.name }}", "", DAY.strip(), height=1.1, align=CENTRE)
    row(table, "{%tr endfor %}", "", "", "")
    together(table.rows)


def confirmation() -> Any:
    """抽取现场记录及结果确认表, which the draw makes by itself."""
    document = paper("抽取现场记录及结果确认表")
    edges(document.sections[0])
    line(document, "{{ bureau }}", CENTRE, after=4, size=16)
    line(document, "抽取现场记录及结果确认表", CENTRE, after=6, font=TITLE, size=20, bold=True)
    loop(document, "for text in banners", "{{ text }}", align=CENTRE, font=HEADING)
    scene(document)
    result(document)
    signing(document)
    return document


TEMPLATES: dict[str, Callable[[], Any]] = {
    "抽取现场记录及结果确认表": confirmation,
    **paper_templates.TEMPLATES,
    **report_templates.TEMPLATES,
}


def make(folder: Path) -> None:
    """Write all templates into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, build in TEMPLATES.items():
        save(build(), folder / f"{name}.docx")


if __name__ == "__main__":
    make(
        Path(sys.argv[1])
        if len(sys.argv) > 1
        else Path(__file__).parents[1] / "ssj" / "templates" / "papers"
    )
