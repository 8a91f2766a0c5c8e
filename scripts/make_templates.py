"""Make the Word template of the confirmation form: ``python scripts/make_templates.py [FOLDER]``.

Made once; afterwards a bureau may edit ``ssj/templates/confirmation.docx`` in Word, keeping what stands between
``{{ }}`` and ``{% %}`` (docxtpl; the names are those of ``ssj.files.confirmation``). Running this again undoes its edits.
"""

from __future__ import annotations

import io
import sys
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

BODY, HEADING, TITLE, DIGITS = "仿宋", "黑体", "宋体", "Courier New"
CENTRE, LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT
SIGNATURES = "签字：主持__________ 操作__________ 记录__________ 监督__________ 见证__________"


def write(paragraph: Any, text: str, font: str = BODY, size: float = 12, bold: bool = False) -> Any:
    """Add a run; ``font`` is for Chinese text, Latin letters are Times New Roman, digits of hashes Courier New."""
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
    latin, chinese = (DIGITS, "宋体") if font == DIGITS else ("Times New Roman", font)
    fonts = run._element.get_or_add_rPr().get_or_add_rFonts()
    for attribute, name in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese)):
        fonts.set(qn(f"w:{attribute}"), name)
    return run


def line(holder: Any, text: str, align: Any = LEFT, after: float = 0, **style: Any) -> Any:
    """Add a paragraph of one run to the document, a cell, a header or a footer."""
    return dress(holder.add_paragraph(), text, align, after, **style)


def dress(paragraph: Any, text: str, align: Any = LEFT, after: float = 0, **style: Any) -> Any:
    paragraph.alignment = align
    paragraph.paragraph_format.space_before = Pt(0)
    paragraph.paragraph_format.space_after = Pt(after)
    write(paragraph, text, **style)
    return paragraph


def heading(document: Any, text: str) -> None:
    paragraph = line(document, text, after=4, font=HEADING, size=14)
    paragraph.paragraph_format.space_before = Pt(12)
    paragraph.paragraph_format.keep_with_next = True


def loop(holder: Any, head: str, body: str, **style: Any) -> None:
    """Paragraphs that docxtpl repeats: ``head`` such as ``for x in xs``."""
    for text in (f"{{%p {head} %}}", body, f"{{%p end{head.split()[0]} %}}"):
        line(holder, text, **style)


def cell(target: Any, *texts: str, align: Any = LEFT, **style: Any) -> None:
    """Fill a cell, one paragraph a text."""
    target.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    dress(target.paragraphs[0], texts[0], align, **style)
    for text in texts[1:]:
        line(target, text, align, **style)


def grid(document: Any, widths: tuple[float, ...]) -> Any:
    """An empty ruled table with columns of fixed width in cm."""
    table = document.add_table(rows=0, cols=len(widths), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    margins = OxmlElement("w:tblCellMar")
    for side, twips in (("top", 28), ("left", 108), ("bottom", 28), ("right", 108)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    return table


def row(table: Any, *texts: str, height: float = 0.72, head: bool = False, **style: Any) -> Any:
    """Add a row that stays on one page; a head row is repeated on the next page."""
    added = table.add_row()
    added.height = Cm(height)
    properties = added._tr.get_or_add_trPr()
    for name in ["w:cantSplit"] + ["w:tblHeader"] * head:
        properties.append(OxmlElement(name))
    for n, (one, text) in enumerate(zip(added.cells, texts, strict=True)):
        one.width = table.columns[n].width
        cell(one, text, **style)
    return added


def pair(table: Any, label: str, *texts: str, height: float = 0.72, **style: Any) -> None:
    """A row of a label and its value, one paragraph a text."""
    added = row(table, label, "", height=height)
    value = added.cells[1]
    value.paragraphs[0]._element.getparent().remove(value.paragraphs[0]._element)
    for text in texts:
        line(value, text, **style)


def together(rows: Any) -> None:
    """Keep rows on the page of what follows them."""
    for one in rows:
        for part in one.cells:
            part.paragraphs[0].paragraph_format.keep_with_next = True


def number(paragraph: Any, code: str) -> None:
    """A field that Word fills in: ``PAGE`` or ``NUMPAGES``."""
    run = write(paragraph, "", size=10.5)
    for kind in ("begin", None, "separate", "text", "end"):
        if kind is None:
            part = OxmlElement("w:instrText")
            part.text = f" {code} "
        elif kind == "text":
            part = OxmlElement("w:t")
            part.text = "1"
        else:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        run._element.append(part)


def edges(section: Any) -> None:
    """Header with round and commitment, footer with the signatures: both on every page."""
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.4)
    section.top_margin, section.bottom_margin = Cm(2.6), Cm(2.6)
    section.header_distance, section.footer_distance = Cm(1.2), Cm(1.1)
    header, footer = section.header, section.footer
    dress(header.paragraphs[0], "{{ round }}　第 {{ attempt }} 次抽取　封库校验码前 16 位 {{ commitment16 }}", CENTRE, size=10.5)
    loop(header, "if banner", "{{ banner }}", align=CENTRE, font=HEADING, size=10.5)
    dress(footer.paragraphs[0], SIGNATURES, CENTRE, after=4, size=10.5)
    pages = line(footer, "第 ", CENTRE, size=10.5)
    number(pages, "PAGE")
    write(pages, " 页 共 ", size=10.5)
    number(pages, "NUMPAGES")
    write(pages, " 页", size=10.5)


def scene(document: Any) -> None:
    heading(document, "一、批次与现场")
    table = grid(document, (3.8, 12.4))
    pair(table, "批次", "{{ title }}（{{ round }}），第 {{ attempt }} 次抽取")
    pair(table, "事前审批", "{%p for a in approvals %}", "{{ a.matter }}：{{ a.approver }}，{{ a.date }}", "{%p endfor %}")
    pair(table, "公告的时间、地点", "{{ announced_time }}，{{ announced_place }}")
    pair(table, "现场时间、地点", "{{ time }}，{{ place }}")
    pair(table, "公开随机数来源", "{{ event_kind }}")
    pair(table, "公开随机数", "{{ event_text }}", font=DIGITS)
    pair(table, "封库校验码", "{%p for line in commitment_lines %}", "{{ line }}", "{%p endfor %}", height=1.2, font=DIGITS)
    pair(table, "校验码交存单位", "{{ custodians }}")
    pair(table, "抽取随机数", "{%p for line in seed_lines %}", "{{ line }}", "{%p endfor %}", height=1.2, font=DIGITS)


def result(document: Any) -> None:
    heading(document, "二、抽取结果")
    table = grid(document, (8.6, 2.6, 2.5, 2.5))
    row(table, "任务", "待抽对象", "应抽户次", "抽中户次", head=True, align=CENTRE, font=HEADING)
    row(table, "{%tr for t in counts.tasks %}", "", "", "")
    row(table, "{{ t.task }} {{ t.name }}", "{{ t.count }}", "{{ t.n }}", "{{ t.drawn }}", align=CENTRE)
    table.rows[-1].cells[0].paragraphs[0].alignment = LEFT
    row(table, "{%tr endfor %}", "", "", "")
    row(table, "各任务合计（一户多项任务时重复计）", "——", "{{ counts.tasks | sum(attribute='n') }}", "{{ counts.unmerged }}",
        align=CENTRE)
    table.rows[-1].cells[0].paragraphs[0].alignment = LEFT
    line(document, "", size=6)
    facts = grid(document, (3.8, 12.4))
    pair(facts, "检查对象", "库内 {{ counts.targets }} 个，其中待抽 {{ counts.eligible }} 个")
    pair(facts, "入企检查", "{{ counts.visits }} 户次；不合并为 {{ counts.unmerged }} 户次，"
                        "多项任务合并后减少 {{ counts.saved }} 户次")
    pair(facts, "检查人员", "执法人员 {{ counts.officers }} 名，专家 {{ counts.experts }} 名")
    together(facts.rows[:-1])


def signing(document: Any) -> None:
    heading(document, "三、现场情况")
    table = grid(document, (16.2,))
    row(table, "异常、异议及处理（没有的写“无”）：", height=2.6)
    table.rows[0].cells[0].vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.TOP
    heading(document, "四、确认")
    text = line(document, "{{ statement }}", after=6)
    text.paragraph_format.first_line_indent, text.paragraph_format.keep_with_next = Pt(24), True
    table = grid(document, (2.6, 4.0, 5.4, 4.2))
    row(table, "职责", "姓名", "签字", "日期", head=True, align=CENTRE, font=HEADING)
    row(table, "{%tr for s in signers %}", "", "", "")
    row(table, "{{ s.role }}", "{{ s.name }}", "", "年　　月　　日", height=1.1, align=CENTRE)
    row(table, "{%tr endfor %}", "", "", "")
    together(table.rows)


def confirmation() -> Any:
    """The whole form."""
    document = Document()
    for language in document.styles.element.iter(qn("w:lang")):  # else punctuation may be set the Taiwan way
        language.set(qn("w:eastAsia"), "zh-CN")
    edges(document.sections[0])
    line(document, "{{ bureau }}", CENTRE, after=4, size=16)
    line(document, "抽取现场记录及结果确认表", CENTRE, after=6, font=TITLE, size=20, bold=True)
    loop(document, "for text in banners", "{{ text }}", align=CENTRE, font=HEADING)
    scene(document)
    result(document)
    signing(document)
    properties = document.core_properties
    properties.author = properties.comments = properties.keywords = properties.last_modified_by = ""
    properties.title, properties.language = "抽取现场记录及结果确认表", "zh-CN"
    properties.created = properties.modified = datetime(2000, 1, 1)
    return document


def save(document: Any, path: Path) -> None:
    """Write a .docx with fixed dates inside."""
    buffer = io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(zipfile.ZipInfo(part), old.read(part), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "ssj" / "templates"
    save(confirmation(), folder / "confirmation.docx")
