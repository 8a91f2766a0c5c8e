"""Word templates (docxtpl): read and compiled once, then filled as often as wanted.

docxtpl alone reads, patches and writes a whole document each time (40 ms); a round has several
hundred papers. Here its two transformations are used, ``patch_xml`` before and ``resolve_listing``
after, around one compiled Jinja template for each part.
"""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ssj.base.errors import SsjError
from ssj.papers import pictures

TEMPLATES = Path(__file__).parent / "templates"
SHIPPED_ONLY = "交存单.docx"  # made with the freeze itself, whatever the bureau's folder holds
REMEDY = "请核对模板中 {{ }} 与 {% %} 之间的文字，或换回原来的模板（ssj/papers/templates）。"
CREATED = "2000-01-01T00:00:00Z"  # in all that was never saved by Word, WPS or Excel
_CORE = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties '
    'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:language>zh-CN</dc:language>'
    f'<dcterms:created xsi:type="dcterms:W3CDTF">{CREATED}</dcterms:created>'
    f'<dcterms:modified xsi:type="dcterms:W3CDTF">{CREATED}</dcterms:modified></cp:coreProperties>'
).encode()
_FILLED = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
# nor text turned round
_NOT_XML = re.compile(
    "[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def find(name: str, own: Path | None = None) -> Path:
    """The template of a paper: the bureau's own in the folder ``own``, if it has one, or else the
    shipped one.
    """
    mine = own / f"{name}.docx" if own else None
    return mine if mine and mine.exists() else TEMPLATES / f"{name}.docx"


def strangers(own: Path) -> list[str]:
    """Word files in the bureau's folder of templates whose name is that of no paper: nothing uses
    them.
    """
    known = {p.name for p in TEMPLATES.glob("*.docx")} - {SHIPPED_ONLY}
    return sorted(
        p.name
        for p in own.glob("*.docx")
        if p.name not in known and not p.name.startswith(("~$", "."))
    )


def lacking(own: Path, word: str) -> list[str]:
    """The bureau's own templates without a tag with ``word``, which the shipped ones of the papers
    have. ``SsjError`` where one of them can't be used.
    """
    return [
        path.name
        for path in sorted(TEMPLATES.glob("*.docx"))
        if (mine := own / path.name).exists()
        and any(word in tag for tag in Form(path).tags)
        and not any(word in tag for tag in Form(mine).tags)
    ]


def untouched(path: Path) -> bool:
    """Whether a paper is as it was made: whoever saves it in Word, WPS or Excel changes its date.
    ``PermissionError`` if it is locked.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            return f">{CREATED}</dcterms:modified>".encode() in parts.read("docProps/core.xml")
    except PermissionError:
        raise
    except (OSError, KeyError, zipfile.BadZipFile):
        return False


class Form:
    """A compiled template. ``SsjError`` names the file and the tag where it can't be used."""

    def __init__(self, path: Path) -> None:
        import docxtpl
        import jinja2
        from jinja2.sandbox import SandboxedEnvironment
        from lxml import etree

        self.path, self.tags = path, []
        self._environment = SandboxedEnvironment(undefined=jinja2.StrictUndefined, autoescape=True)
        self._docx = docxtpl.DocxTemplate(path)
        try:
            with zipfile.ZipFile(path) as parts:
                self._parts = {name: parts.read(name) for name in parts.namelist()}
            filled = {
                name: self._docx.patch_xml(
                    etree.tostring(etree.fromstring(data), encoding="unicode")
                )
                for name, data in self._parts.items()
                if _FILLED.fullmatch(name)
            }
        except (OSError, zipfile.BadZipFile, etree.LxmlError) as error:
            why = "读不出" if isinstance(error, OSError) else "不是 Word 文档（.docx）"
            raise SsjError(f"Word 模板“{path.name}”不能使用：{why}", REMEDY) from error
        if "word/document.xml" not in filled:
            raise SsjError(f"Word 模板“{path.name}”不能使用：不是 Word 文档（.docx）", REMEDY)
        self.tags = [
            re.sub("<[^>]*>", "", tag) for xml in filled.values() for tag in _TAG.findall(xml)
        ]
        try:
            self._compiled = {
                name: self._environment.from_string(xml) for name, xml in filled.items()
            }
        except jinja2.TemplateError as error:
            raise self._unusable(error) from error

    def fill(
        self, context: dict[str, Any], shown: Mapping[str, bytes] = MappingProxyType({})
    ) -> bytes:
        """The paper as a .docx; the same context gives the same bytes. ``shown``: pictures (PNG) by
        the names under which the context shows them.
        """
        from lxml import etree

        buffer, context, parts = io.BytesIO(), _clean(context), dict(self._parts)
        for name, template in self._compiled.items():
            try:
                xml = self._docx.resolve_listing(template.render(context))
                parts[name] = _sound(etree.fromstring(xml.encode("utf-8")), xml)
            except etree.LxmlError as error:
                raise SsjError(
                    f"Word 模板“{self.path.name}”不能使用：填写后不是完整的文档，"
                    f"{{%p、{{%tr 的位置可能不对",
                    REMEDY,
                ) from error
            except Exception as error:  # whatever an edited template makes Jinja do
                raise self._unusable(error) from error
        parts |= {"docProps/core.xml": _CORE} if "docProps/core.xml" in parts else {}
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
            for name, data in pictures.added(parts, shown).items():
                made.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    def _unusable(self, error: Exception) -> SsjError:
        """What is wrong, with the tag: parsed again without what stands between the tags, a line
        for each.
        """
        import jinja2

        message, tag = str(error), ""
        unknown = re.search(r"'([^']+)' is undefined|has no attribute '([^']+)'", message)
        if isinstance(error, jinja2.UndefinedError) and unknown:
            name = unknown[1] or unknown[2]
            tag = next(
                (t for t in self.tags if re.search(rf"\b{re.escape(name)}\b", t)),
                "{{ " + name + " }}",
            )
            message = f"没有“{name}”这一项"
        elif isinstance(error, jinja2.TemplateSyntaxError):
            message = "标记不合写法"
            with contextlib.suppress(IndexError):
                try:
                    self._environment.parse("\n".join(" ".join(t.split()) for t in self.tags))
                except jinja2.TemplateSyntaxError as again:
                    tag = self.tags[again.lineno - 1]
                    message = _SAID.get(re.sub("'.*", "", str(again)).strip(), message)
        else:
            message = f"标记不能计算（{message}）"
        return SsjError(
            f"Word 模板“{self.path.name}”不能使用：{message}"
            + (f"，见标记 {' '.join(tag.split())[:80]}" if tag else ""),
            REMEDY,
        )


_SAID = {  # beginnings of Jinja's messages, up to the first quoted word
    "Unexpected end of template. Jinja was looking for the following tags:": (
        "有 for 或 if 没有对应的 endfor 或 endif"
    ),
    "Encountered unknown tag": "不认识的标记",
    "Unexpected end of template. Jinja was looking for": "有标记没有结束",
}


def _clean(value: Any) -> Any:
    """A value without characters that a Word document can't hold, or that would turn its text
    round.
    """
    if hasattr(value, "__html__"):  # a picture's run
        return value
    if isinstance(value, str):
        return _NOT_XML.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(value, dict):
        return {key: _clean(own) for key, own in value.items()}
    return [_clean(own) for own in value] if isinstance(value, list | tuple) else value


def _sound(root: Any, xml: str) -> bytes:
    """The part's bytes; Word refuses cells, headers and footers without a paragraph, which a loop
    over nothing leaves.
    """
    from lxml import etree

    tables = [cell for cell in root.iter(f"{_W}tc") if len(cell) == 0 or cell[-1].tag != f"{_W}p"]
    empty = tables + ([root] if root.tag in (f"{_W}hdr", f"{_W}ftr") and len(root) == 0 else [])
    for holder in empty:
        etree.SubElement(holder, f"{_W}p")
    declaration = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return declaration + (etree.tostring(root, encoding="utf-8") if empty else xml.encode("utf-8"))
