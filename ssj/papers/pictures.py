"""Pictures in Word papers: the QR code of a visit's code (检查码).

A template says where with a run-level tag, ``{{r check.picture }}``; the picture itself enters the
package only where a template has the tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO

from markupsafe import Markup

SIDE = 52  # millimetres: over half a millimetre for each module, up to version 21
DENSE = 21  # from this version on less error correction rather than smaller modules
_EMU = 36_000  # of Word's units in a millimetre
_TYPE = '<Default Extension="png" ContentType="image/png"/>'
_RELATION = (
    '<Relationship Id="%s" Target="media/%s.png" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/image"/>'
)
_RUN = (
    '<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/'
    'wordprocessingDrawing" distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{size}" '
    'cy="{size}"/><wp:docPr id="{number}" name="{name}" descr="{text}"/><a:graphic xmlns:a="'
    'http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData uri="'
    'http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic xmlns:pic="'
    'http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:nvPicPr><pic:cNvPr '
    'id="{number}" name="{name}"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'r:embed="{id}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>'
    '<a:off x="0" y="0"/><a:ext cx="{size}" cy="{size}"/></a:xfrm><a:prstGeom prst="rect">'
    "<a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline>"
    "</w:drawing></w:r>"
)


def qr(text: str) -> bytes:
    """The QR code of a text as PNG, quiet zone included; at most 2,953 bytes fit."""
    import segno

    code = segno.make_qr(text, error="m", boost_error=False)
    if int(code.version) > DENSE:
        code = segno.make_qr(text, error="l", boost_error=False)
    made = BytesIO()
    code.save(made, kind="png", scale=6, border=4)
    return made.getvalue()


def inline(name: str, text: str, side: int = SIDE) -> Markup:
    """The run that shows the picture called ``name``, with a text for those who can't see it."""
    run = Markup(_RUN)  # noqa: S704 - no more than the constant: what is put in is escaped
    return run.format(id=_id(name), name=name, number=900, size=side * _EMU, text=text)


def added(parts: Mapping[str, bytes], pictures: Mapping[str, bytes]) -> dict[str, bytes]:
    """A paper's parts with those of the pictures that its document shows."""
    document = parts["word/document.xml"]
    shown = [name for name in pictures if _id(name).encode() in document]
    if not shown:
        return dict(parts)
    types, relations = "[Content_Types].xml", "word/_rels/document.xml.rels"
    made = dict(parts)
    if b'Extension="png"' not in made[types]:
        made[types] = made[types].replace(b"<Override ", _TYPE.encode() + b"<Override ", 1)
    for name in shown:
        relation = (_RELATION % (_id(name), name)).encode()
        made[relations] = made[relations].replace(
            b"</Relationships>", relation + b"</Relationships>"
        )
        made[f"word/media/{name}.png"] = pictures[name]
    return made


def _id(name: str) -> str:
    return f"rIdPicture-{name}"
