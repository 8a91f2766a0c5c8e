"""Word documents built with python-docx: what the templates of make_templates.py share. A4, 宋体,
黑体, 仿宋, plain.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

BODY, HEADING, TITLE, DIGITS = "仿宋", "黑体", "宋体", "Courier New"
CENTRE, LEFT, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.RIGHT
TOP, BOTTOM = WD_CELL_VERTICAL_ALIGNMENT.TOP, WD_CELL_VERTICAL_ALIGNMENT.BOTTOM
WIDTH = 16.2  # cm between the margins
# of python-docx's own blank document
NOT_NEEDED = ("/stylesWithEffects", "/customXml", RELATIONSHIP_TYPE.THUMBNAIL)
DAY = "　　　年　　月　　日"


# Paragraphs


def set_fonts(properties: Any, font: str) -> None:
    """``font`` is for Chinese text; Latin letters are Times New Roman, digits of hashes Courier
    New.
    """
    fonts = properties.get_or_add_rFonts()
    latin, chinese = (DIGITS, "宋体") if font == DIGITS else ("Times New Roman", font)
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    fonts.set(qn("w:hint"), "eastAsia")  # □, “ and ① from the Chinese font
    for attribute, name in (
        ("ascii", latin),
        ("hAnsi", latin),
        ("cs", latin),
        ("eastAsia", chinese),
    ):
        fonts.set(qn(f"w:{attribute}"), name)


def write(paragraph: Any, text: str, font: str = BODY, size: float = 12, bold: bool = False) -> Any:
    """Add a run."""
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
    set_fonts(run._element.get_or_add_rPr(), font)
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


def prose(holder: Any, text: str, indent: bool = True, after: float = 3, **style: Any) -> Any:
    """A paragraph of running text: first line indented by two characters, a little more room
    between lines.
    """
    paragraph = line(holder, text, after=after, **style)
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(2 * style.get("size", 12))
    paragraph.paragraph_format.line_spacing = 1.15
    return paragraph


def gap(document: Any, points: float = 6) -> Any:
    """An empty line of that height, which stays with what follows."""
    paragraph = line(document, "", size=4)
    paragraph.paragraph_format.line_spacing = Pt(points)
    paragraph.paragraph_format.keep_with_next = True
    return paragraph


def heading(document: Any, text: str, before: float = 12, size: float = 14) -> Any:
    paragraph = line(document, text, after=4, font=HEADING, size=size)
    paragraph.paragraph_format.space_before = Pt(before)
    paragraph.paragraph_format.keep_with_next = True
    return paragraph


def loop(holder: Any, head: str, body: str, **style: Any) -> None:
    """Paragraphs that docxtpl repeats: ``head`` such as ``for x in xs``."""
    for text in (f"{{%p {head} %}}", body, f"{{%p end{head.split(maxsplit=1)[0]} %}}"):
        line(holder, text, **style)


# Tables


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


def empty_row(table: Any, height: float = 0.72, head: bool = False) -> Any:
    """Add a row that stays on one page; a head row is repeated on the next page."""
    added = table.add_row()
    added.height = Cm(height)
    properties = added._tr.get_or_add_trPr()
    for name in ["w:cantSplit"] + ["w:tblHeader"] * head:
        properties.append(OxmlElement(name))
    for column, one in zip(table.columns, added.cells, strict=True):
        one.width = column.width
    return added


def row(table: Any, *texts: str, height: float = 0.72, head: bool = False, **style: Any) -> Any:
    """Add a row with a text for each column."""
    added = empty_row(table, height, head)
    for one, text in zip(added.cells, texts, strict=True):
        cell(one, text, **style)
    return added


def heads(table: Any, *texts: str, **style: Any) -> Any:
    """A head row: centred, 黑体, repeated on every page of the table."""
    return row(table, *texts, **{"head": True, "align": CENTRE, "font": HEADING, **style})


def each(table: Any, head: str, *texts: str, left: tuple[int, ...] = (), **style: Any) -> Any:
    """A row that docxtpl repeats (``for x in xs``): centred, the columns ``left`` from the left."""
    blanks = [""] * (len(texts) - 1)
    row(table, f"{{%tr {head} %}}", *blanks)
    made = row(table, *texts, **{"align": CENTRE, **style})
    for n in left:
        made.cells[n].paragraphs[0].alignment = LEFT
    row(table, f"{{%tr end{head.split(maxsplit=1)[0]} %}}", *blanks)
    return made


def pair(table: Any, label: str, *texts: str, height: float = 0.72, **style: Any) -> Any:
    """A row of a label and its value, one paragraph a text."""
    added = row(table, label, "", height=height, size=style.get("size", 12))
    fill(added.cells[1], *texts, **style)
    return added


def fill(target: Any, *texts: str, **style: Any) -> None:
    """Put paragraphs into a cell in place of what is there."""
    for paragraph in target.paragraphs:
        paragraph._element.getparent().remove(paragraph._element)
    for text in texts:
        line(target, text, **style)


def fields(
    table: Any,
    *texts: str | tuple[str, ...],
    spans: tuple[int, ...] = (),
    height: float = 0.85,
    **style: Any,
) -> Any:
    """A row of a form: labels (centred) and values in turn; ``spans`` columns for each, or all that
    is left for the last.
    """
    spans = spans or (*[1] * (len(texts) - 1), len(table.columns) - len(texts) + 1)
    added, at = empty_row(table, height), 0
    for n, (text, span) in enumerate(zip(texts, spans, strict=True)):
        one = added.cells[at].merge(added.cells[at + span - 1]) if span > 1 else added.cells[at]
        one.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        fill(
            one,
            *([text] if isinstance(text, str) else text),
            align=LEFT if n % 2 else CENTRE,
            **style,
        )
        at += span
    return added


def wide(table: Any, *texts: str, height: float = 0.85, top: bool = False, **style: Any) -> Any:
    """A row whose one cell goes over the whole table."""
    added = empty_row(table, height)
    one = added.cells[0].merge(added.cells[-1])
    one.vertical_alignment = TOP if top else WD_CELL_VERTICAL_ALIGNMENT.CENTER
    fill(one, *texts, **style)
    return added


def together(rows: Any) -> None:
    """Keep rows on the page of what follows them."""
    for one in rows:
        for part in one.cells:
            part.paragraphs[0].paragraph_format.keep_with_next = True


# Pages


def number(paragraph: Any, code: str, size: float = 10.5) -> None:
    """A field that Word fills in: ``PAGE`` or ``NUMPAGES``."""
    for kind in ("begin", None, "separate", "text", "end"):
        run = write(paragraph, "", size=size)
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


def pages(footer: Any, above: str = "", size: float = 10.5) -> None:
    """``第 1 页 共 2 页`` in a footer, under a line of text if there is one."""
    if above:
        dress(footer.paragraphs[0], above, CENTRE, after=4, size=10.5)
    paragraph = (
        line(footer, "第 ", CENTRE, size=size)
        if above
        else dress(footer.paragraphs[0], "第 ", CENTRE, size=size)
    )
    number(paragraph, "PAGE", size)
    write(paragraph, " 页 共 ", size=size)
    number(paragraph, "NUMPAGES", size)
    write(paragraph, " 页", size=size)


def paper(title: str) -> Any:
    """An empty A4 document without anything that is not needed, so that a hundred copies are made
    quickly.
    """
    document = Document()
    for holder in (document.part, document.part.package):
        for key, relation in list(holder.rels.items()):
            if any(part in relation.reltype for part in NOT_NEEDED):
                del holder.rels[key]
    for style in list(document.styles):
        if style.type in (
            WD_STYLE_TYPE.TABLE,
            WD_STYLE_TYPE.LIST,
            WD_STYLE_TYPE.CHARACTER,
        ) and style.name not in ("Normal Table", "Table Grid", "No List", "Default Paragraph Font"):
            style.delete()
    # else punctuation may be set the Taiwan way
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    normal = document.styles["Normal"]
    normal.font.size = Pt(12)
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.line_spacing = 1.0
    set_fonts(normal.element.get_or_add_rPr(), BODY)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.4)
    section.top_margin = section.bottom_margin = Cm(2.2)
    section.header_distance, section.footer_distance = Cm(1.2), Cm(1.1)
    properties = document.core_properties
    properties.author = properties.comments = properties.keywords = properties.last_modified_by = ""
    properties.title, properties.language = title, "zh-CN"
    properties.created = properties.modified = datetime(2000, 1, 1)
    return document


def save(document: Any, path: Path) -> None:
    """Write a .docx with fixed dates inside."""
    buffer = io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(zipfile.ZipInfo(part), old.read(part), zipfile.ZIP_DEFLATED)
