"""An executed notebook as one HTML page, for the auditor or for the public.

nbconvert's TemplateExporter fills ``templates/page.html.j2``. The page loads nothing, runs nothing,
and reads well under ``default-src 'none'; style-src 'unsafe-inline'; img-src data:``. Its bytes
depend only on the notebook, the title, the banners, and the installed nbconvert: no clock, no
working directory, no user's template is consulted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html.parser import HTMLParser
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from ssj.base import inlined, templates
from ssj.casebook.runner import read_notebook

VERIFIER = Path(__file__).parents[1] / "verifier"
VERIFIER_SCRIPTS = (
    "sha256.js",
    "ed25519.js",
    "json.js",
    "shapes.js",
    "protocol.js",
    "matching.js",
    "groups.js",
    "replacing.js",
    "verify.js",
    "checks.js",
    "agree.js",
    "observe.js",
    "vectors.js",
)
VERIFIER_PAGES = (
    *("page.html", "page.css", "page.js", "check.js", "example.json"),
    *("witness.html", "witness.js"),
)
VERIFIER_PARTS = (*VERIFIER_PAGES, *VERIFIER_SCRIPTS)
Audience = Literal["auditor", "public"]
PUBLIC_TAG = "public"
AUDITOR_NOTICE = "复核用：含内部信息，不得对外公开"
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*:|//|\\)", re.IGNORECASE)
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def render(
    notebook: str | PathLike[str] | Any,
    audience: Audience,
    title: str,
    banners: Sequence[str] = (),
) -> str:
    """Render an executed notebook (a path or a notebook node), which stays unchanged.

    The public page has only the cells tagged ``public``, of these neither code nor printed streams.
    ``title`` is the page's title, and its heading unless the first cell shown begins with one.
    ValueError for another audience, for an output that is an error, and for an output with a
    script, an event handler or an outside address.
    """
    from nbconvert.exporters.templateexporter import TemplateExporter

    if audience not in ("auditor", "public"):
        raise ValueError(f"no such audience: {audience}")
    notebook = _read(notebook)
    for number, cell in enumerate(notebook.cells, 1):
        if any(output.output_type == "error" for output in cell.get("outputs", ())):
            raise ValueError(f"cell {number} ({cell.get('id', '')}) has an error output")
    cells = [
        cell
        for cell in notebook.cells
        if audience == "auditor" or PUBLIC_TAG in cell.metadata.get("tags", ())
    ]
    page = {
        "title": title,
        "audience": audience,
        "banners": list(banners),
        "notice": AUDITOR_NOTICE if audience == "auditor" else "",
        "headed": bool(cells) and cells[0].cell_type == "markdown" and _is_headed(cells[0].source),
    }
    html: str = _exporter(TemplateExporter).from_notebook_node(
        type(notebook)({**notebook, "cells": cells}), resources={"page": page}
    )[0]
    return html


def verifier_page(known: Sequence[Any] = ()) -> str:
    """核验.html: the protocol in JavaScript with a page around it, in one file that loads nothing
    (docs/PROTOCOL.md §10). ``known``: what it says of codes of visits by itself
    (``draw.checkcodes.known``).
    """
    return joined(_verifier_parts(), known=known)


def witness_page() -> str:
    """见证.html, in which a custodian signs (docs/PROTOCOL.md §10.8)."""
    return joined(_verifier_parts(), "witness")


def joined(parts: Mapping[str, str], page: str = "page", known: Sequence[Any] = ()) -> str:
    """A page of the verifier from its parts; a release that is older has fewer scripts."""
    filled = {
        "style": parts["page.css"],
        "page": parts[f"{page}.js"],
        "check": parts.get("check.js", ""),
        "example": parts.get("example.json", "").strip(),
        "known": inlined.data(list(known)),
        "protocol": "\n".join(parts[name] for name in VERIFIER_SCRIPTS if name in parts),
    }
    return inlined.page(parts[f"{page}.html"], filled)


def _verifier_parts() -> dict[str, str]:
    return {name: (VERIFIER / name).read_text(encoding="utf-8") for name in VERIFIER_PARTS}


def _read(notebook: Any) -> Any:
    return read_notebook(Path(notebook)) if isinstance(notebook, (str, PathLike)) else notebook


@cache
def _exporter(kind: Any) -> Any:
    from jinja2 import FileSystemLoader

    return kind(
        extra_loaders=[FileSystemLoader(templates.FOLDER, encoding="utf-8")],
        template_file="page.html.j2",
        # else templates and conf.json of the working directory and the user would count
        template_paths=[],
        filters={"prose": _prose, "part": _part, "css": _css_string},
    )


# Prose


@cache
def _markdown() -> Any:
    """CommonMark with tables; raw HTML shows as text, and links with a scheme or host stay text."""
    from markdown_it import MarkdownIt

    class Parser(MarkdownIt):
        def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
            return not _SCHEME.match(url)

    parser = Parser("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", lambda *_: '<div class="scroll" tabindex="0">\n<table>\n')
    parser.add_render_rule("table_close", lambda *_: "</table>\n</div>\n")
    return parser


def _is_headed(source: str) -> bool:
    tokens = _markdown().parse(source)
    return bool(tokens) and tokens[0].type == "heading_open" and tokens[0].tag == "h1"


def _prose(source: str, headed: bool) -> Any:
    """Markdown as HTML; every h1 becomes h2, except the first of a cell that is ``headed``."""
    from markupsafe import Markup

    tokens = _markdown().parse(source)
    for place, token in enumerate(tokens):
        if (
            token.type in ("heading_open", "heading_close")
            and token.tag == "h1"
            and not (headed and place < 3)
        ):
            token.tag = "h2"
        elif token.type == "th_open":
            token.attrSet("scope", "col")
    html = _markdown().renderer.render(tokens, _markdown().options, {})
    return Markup(html)  # noqa: S704 - the parser takes no HTML


# Outputs


def _part(output: Any) -> tuple[str, Any]:
    """One output as ("html" or "chart", safe markup) or ("text", text to be escaped)."""
    from markupsafe import Markup

    if output.output_type == "stream":
        return "text", _ANSI.sub("", output.text).rstrip("\n")
    for mime, kind in (("text/html", "html"), ("image/svg+xml", "chart")):
        if mime in output.data:
            _Guard(output.data[mime])
            return kind, Markup(output.data[mime])  # noqa: S704 - guarded
    if "image/png" in output.data:
        return "html", Markup('<img alt="图" src="data:image/png;base64,%s">') % "".join(
            output.data["image/png"].split()
        )
    return "text", output.data.get("text/plain", "")


class _Guard(HTMLParser):
    """Raises ValueError on markup that runs something or loads something; :mod:`ssj.casebook.show`
    never makes any.
    """

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in (
            "script",
            "style",
            "link",
            "meta",
            "base",
            "iframe",
            "frame",
            "object",
            "embed",
            "form",
            "foreignobject",
            "animate",
            "set",
            "h1",
        ):
            raise ValueError(f"an output has <{tag}>, which no page may carry; use ssj.show")
        for name, value in attrs:
            address = name in (
                "href",
                "xlink:href",
                "src",
                "srcset",
                "action",
                "formaction",
                "data",
                "poster",
            )
            if name.startswith("on") or (
                address and not (value or "").startswith(("#", "data:image/"))
            ):
                raise ValueError(
                    f"an output has <{tag} {name}=…>, which no page may carry; use ssj.show"
                )
            if "url(" in (value or "").lower().replace("url(#", "") or name == "id":
                raise ValueError(
                    f"an output has <{tag} {name}={value!r}>; addresses and ids are not for outputs"
                )


def _css_string(text: str) -> Any:
    r"""``text`` in a CSS string: all but letters, digits and Chinese characters as ``\hex ``."""
    from markupsafe import Markup

    escaped = re.sub(r"[^0-9A-Za-z一-鿿]", lambda char: f"\\{ord(char[0]):x} ", text)
    return Markup(escaped)  # noqa: S704 - escaped just now
