"""What was posted where and when (``outputs/posted.jsonl``, one line for each posting), and whether
the page as it stands there is what was to be posted.

The register proves nothing by itself: it lies with those who post. It says what the site may say,
and ``未先公告`` of a freeze whose notice is not in it before the event.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ssj.base import files
from ssj.base.errors import SsjError
from ssj.protocol import Record, canonical, moment, parse, sha256

NAME = "posted.jsonl"
_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_SILENT = re.compile(r"<(script|style|head)\b.*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_BETWEEN = re.compile(
    r"<(br|/?(p|div|li|ul|ol|tr|td|th|table|thead|tbody|h[1-6]|body|section))\b[^>]*>",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Compared:
    """Paragraphs of the article that the saved page lacks."""

    missing: tuple[str, ...]
    lines: int

    @property
    def same(self) -> bool:
        return not self.missing and self.lines > 0


def read(outputs: Path) -> list[Record]:
    """The register's lines; ``SsjError`` if one can't be read."""
    path = outputs / NAME
    if not path.exists():
        return []
    if why := files.irregular(path):
        raise SsjError(f"{path.name} {why}，没有打开")
    try:
        return [parse(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    except (ValueError, UnicodeDecodeError) as error:
        raise SsjError(
            f"{path.name} 读不懂：{error}", "这是发布登记，请从备份恢复，或者移走后重新登记。"
        ) from error


def times(outputs: Path) -> dict[tuple[str, int], str]:
    """(round, attempt) → when its notice was first posted, of those whose page was as it should
    be.
    """
    found: dict[tuple[str, int], str] = {}
    for line in read(outputs):
        if line["kind"] == "notice" and line["same"]:
            key = (line["round"], line["attempt"])
            found[key] = min((line["time"], found.get(key, line["time"])), key=moment)  # type: ignore[arg-type]
    return found


def register(
    outputs: Path, about: Record, address: str, time: str, article: str, page: bytes
) -> Compared:
    """Enter a posting of an announcement (``about``: round, attempt, kind, stage) and compare the
    saved ``page`` with its ``article``. ``SsjError`` for what is no address or no time.
    """
    if not _ADDRESS.fullmatch(address):
        raise SsjError(f"网址“{address}”不对", "请写完整的网址，以 http:// 或 https:// 开头。")
    if moment(time) is None:
        raise SsjError(f"时间“{time}”不对", "请写成 2021-11-18T09:30:00+08:00。")
    compared = compare(article, page)
    line = {
        **about,
        "address": address,
        "time": time,
        "page": sha256(page),
        "same": compared.same,
    }
    before = read(outputs)
    content = b"".join(canonical(entry) + b"\n" for entry in [*before, line])
    files.write_whole(content, outputs / NAME)
    return compared


def compare(article: str, page: bytes) -> Compared:
    """Which lines of an article the saved page lacks, whatever its layout: white space, width of
    letters and what stands around them don't count.
    """
    there = "".join(_lines(decoded(page)))
    wanted = list(_lines(article))
    return Compared(tuple(line for line in wanted if line not in there), len(wanted))


def decoded(page: bytes) -> str:
    """A saved page as text, in the encoding that it names: ours are UTF-8, portals' often GB."""
    named = re.search(rb"charset=[\"']?([-\w]+)", page[:4096], re.IGNORECASE)
    name = named[1].decode("ascii") if named else "utf-8"
    for encoding in ("gb18030" if name.lower().startswith("gb") else "utf-8", "gb18030"):
        try:
            return page.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SsjError(
        "保存的网页读不懂：不是 UTF-8，也不是 GB18030", "请在浏览器中另存为“网页，仅 HTML”。"
    )


def _lines(source: str) -> Iterator[str]:
    text = _BETWEEN.sub("\n", _SILENT.sub("", source))
    for line in html.unescape(re.sub(r"<[^>]*>", "", text)).splitlines():
        plain = "".join(unicodedata.normalize("NFKC", line).split())
        if plain:
            yield plain
