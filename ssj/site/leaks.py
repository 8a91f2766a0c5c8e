"""The last look before anything is published: does a private value of the archive stand in a public
file, or in its metadata, and do totals give away what their rows leave out?

It searches what was made, whatever made it, and stops publishing with what was found and where.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from html.parser import HTMLParser
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ssj.base.errors import RefusedError
from ssj.casebook.archive import Archive
from ssj.site import frame
from ssj.site.private import SHORTEST, TICKET, Private, of_archive

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HEX = re.compile(rf"[0-9a-f]{{{TICKET},}}")
_TOKEN = re.compile(r"[0-9A-Z][-0-9A-Z_().]*[0-9A-Z)]", re.IGNORECASE)
_CLASS = re.compile(
    r"风险(等级|分类|类别)[为是：:\s]*[A-E](?![0-9A-Za-z])|(?<![0-9A-Za-z])[A-E]\s*类(企业|对象|户|级)"
)
_KEYS = re.compile(
    r'"(risk_class|size|stratum|ticket_salt|ticket|chance|weight|frames|points|recusals|salts)"\s*:'
)
_HEADS = re.compile("信用风险等级|风险权数|抽取组|签号|抽中机会|防推码|主管股室|工号")
_FOUND = re.compile("发现问题|责令改正|后续处理|问题发现|办结|查出")
_SAID = re.compile(
    r"(\d+)\s*(?:户次|户|件|项)[^。；，,<\d]{0,8}(?:发现问题|责令改正|后续处理|办结)"
)
_TABLE = re.compile(r"<table\b.*?</table>|<dl\b.*?</dl>", re.DOTALL)
_LABEL = re.compile(r"<(?:th|dt|tr><td)\b[^>]*>([^<]*)")
MOST = 10  # leaks that are told


class Leak(NamedTuple):
    """A private value in a public file."""

    path: str
    what: str
    value: str


def require_none(book: Archive, made: Mapping[str, bytes], today: date) -> None:
    """``RefusedError`` with what and where, if anything private stands in files to be published."""
    found = leaks(book, made, today)
    if found:
        told = [f"{one.path}：{one.what}（{one.value}）" for one in found[:MOST]]
        more = f"；另有 {len(found) - MOST} 处" if len(found) > MOST else ""
        raise RefusedError(
            f"没有发布：要公开的文件里有不公开的内容：{'；'.join(told)}{more}",
            "请不要用别的办法发布，把这段话告诉技术人员。网站文件夹还是原来的。",
        )


def leaks(book: Archive, made: Mapping[str, bytes], today: date) -> list[Leak]:
    """Everything private in files to be published, by file."""
    names = [name for name in made if name != "check/verifier.html"]  # part of the program
    hexes = frozenset(
        run[:TICKET] for name in names for run in _HEX.findall(_text(name, made[name]))
    )
    private = of_archive(book, today, hexes)
    sought = _Sought(private.texts)
    found = []
    for name in names:  # one file at a time: a site may be larger than the machine's memory
        text = _text(name, made[name])
        found += [Leak(name, what, value) for what, value in _values(text, private, sought)]
        found += [Leak(name, what, value) for what, value in _shapes(name, text)]
        found += [Leak(name, what, value) for what, value in _unreviewed(name, text, private)]
        if name.endswith((".html", ".txt")):
            found += [Leak(name, what, value) for what, value in _totals(name, text, private)]
    return list(dict.fromkeys(found))


def _text(name: str, content: bytes) -> str:
    return "\n".join(_texts(name, content))


def _texts(name: str, content: bytes) -> Iterator[str]:
    """What a file says, its name and metadata included."""
    yield re.sub(r"[/.]", " ", name)
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as whole:
            yield whole.comment.decode("utf-8", "replace")
            for part in whole.namelist():
                yield from _texts(part, whole.read(part))
        return
    text = content.decode("utf-8", "replace")
    text = text.replace(frame.style(), "")  # our own, on every page
    yield html.unescape(text) if "&" in text else text


def _values(text: str, private: Private, sought: _Sought) -> Iterator[tuple[str, str]]:
    for run in dict.fromkeys(_HEX.findall(text)):
        if run[:TICKET] in private.hexes:
            yield private.hexes[run[:TICKET]], run
    for token in set(_TOKEN.findall(text)) & private.tokens.keys():
        yield private.tokens[token], token
    for value in sought.found(text):
        yield private.texts[value], value


class _Sought:
    """Texts to be found inside others, all at once: places whose first characters begin one of them
    are found by number, and only there is a text compared.
    """

    def __init__(self, values: Iterable[str]) -> None:
        self.by_head: dict[int, list[str]] = {}
        for value in values:
            (head,) = _heads(value[:SHORTEST])
            self.by_head.setdefault(int(head), []).append(value)
        self.heads = np.array(sorted(self.by_head), dtype=np.uint64)

    def found(self, text: str) -> dict[str, None]:
        """Those that stand in a text, in order."""
        told: dict[str, None] = {}
        if not len(self.heads) or len(text) < SHORTEST:
            return told
        heads = _heads(text)
        near = np.minimum(np.searchsorted(self.heads, heads), len(self.heads) - 1)
        for at in np.flatnonzero(self.heads[near] == heads).tolist():
            for value in self.by_head[int(heads[at])]:
                if text.startswith(value, at):
                    told[value] = None
        return told


def _heads(text: str) -> NDArray[np.uint64]:
    """Each run of :data:`SHORTEST` characters as a number: different runs may share one."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    count = len(points) - SHORTEST + 1
    made = np.zeros(count, dtype=np.uint64)
    for n in range(SHORTEST):
        made = made * np.uint64(1_000_003) + points[n : n + count]
    return made


def _shapes(name: str, text: str) -> Iterator[tuple[str, str]]:
    """What is private whatever it says: a class, a column or field that no public file has."""
    for match in _CLASS.finditer(text):
        yield "信用风险分类", match[0]
    if name.endswith(".json"):
        yield from (("内部字段", m[1]) for m in _KEYS.finditer(text))
    if name.endswith(".csv"):
        yield from (("内部列", m[0]) for m in _HEADS.finditer(text.partition("\n")[2][:400]))
    if name.endswith(".html"):
        heads = re.findall(r"<th\b[^>]*>([^<]*)</th>", text)
        yield from (("内部列", h) for h in heads if _HEADS.fullmatch(h.strip()))


def _unreviewed(name: str, text: str, private: Private) -> Iterator[tuple[str, str]]:
    """A number in results that has no reviewed one."""
    if "results" not in name.rsplit("/", 1)[-1]:
        return
    tokens = set(_TOKEN.findall(text))
    for waiting in private.waiting.values():
        yield from ((waiting[t], t) for t in sorted(tokens & waiting.keys()))


# --- what differences of totals give away


class _Tables(HTMLParser):
    """Rows of a page's tables and lists of facts as texts, heads first; and its other text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.rows: list[tuple[list[str], list[str]]] = []  # heads of the columns, cells
        self.heads: list[str] = []
        self.row: list[str] = []
        self.cell: list[str] | None = None
        self.inside_head = False
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "table":
            self.heads = []
        elif tag in ("th", "td", "dt", "dd"):
            self.cell = []
        elif tag == "thead":
            self.inside_head = True
        if tag in ("tr", "dt"):
            self.row = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td", "dt", "dd") and self.cell is not None:
            self.row.append("".join(self.cell).strip())
            self.cell = None
        if tag == "thead":
            self.inside_head = False
        if tag == "tr" and self.inside_head:
            self.heads = self.row
        elif tag in ("tr", "dd"):
            self.rows.append((self.heads if tag == "tr" else [], self.row))

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)


def _totals(name: str, source: str, private: Private) -> Iterator[tuple[str, str]]:
    """Figures of findings that count what is not published: of the round that the figure's words or
    the page name, else of a year.
    """
    rounds = [own for own in private.totals if own.round]
    of_page = [own for own in rounds if f"/{own.round}/" in f"/{name}"]
    years = [own for own in private.totals if not own.round]
    for number, where in _figures(source):
        ends = {own.round: max(where.rfind(n) for n in own.names[:-1]) for own in rounds}
        last = max(ends.values(), default=-1)
        named = [own for own in rounds if last >= 0 and ends[own.round] == last]
        for own in named or of_page or years:
            if number in own.telling:
                yield "由合计可以推出没有公示的结果", f"{own.names[0]} {own.telling[number]}"


def _figures(source: str) -> Iterable[tuple[int, str]]:
    """Numbers that count findings, with the words before them."""
    # reading a table takes its time: only those whose heads or labels speak of findings
    parts = (
        part for part in _TABLE.findall(source) if any(map(_FOUND.search, _LABEL.findall(part)))
    )
    for heads, cells in _Tables("".join(parts)).rows:
        label = cells[0] if cells else ""
        for at, cell in enumerate(cells[1:], 1):
            head = heads[at] if at < len(heads) else ""
            if _FOUND.search(head) or _FOUND.search(label):
                yield from ((int(n), f"{label} {head}") for n in re.findall(r"\d+", cell)[:1])
    text = re.sub(r"<[^>]*>", "", _TABLE.sub("", source))
    for match in _SAID.finditer(text):
        yield int(match[1]), text[max(0, match.start() - 120) : match.start()]
