"""The files of the page of data: public records byte for byte as the archive has them, and lists
for tables. What each column means stands in :data:`COLUMNS`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssj.protocol import sha256
from ssj.site.model import Attempt, Round, Site
from ssj.tables import writing

Rows = list[dict[str, Any]]
NAMES = {
    "notice.json": "封库公告.json",
    "public.json": "公开记录.json",
    "results.json": "检查结果公示.json",
}
WHAT = {
    "notice.json": "封库公告的数据，核验页认识",
    "public.json": "抽取的公开记录，核验页认识",
    "results.json": "检查结果公示的数据",
    "drawn.csv": "抽中的检查对象",
    "results.csv": "已公示的检查结果，一行一户一个事项",
    "roster.csv": "名录库中可以公开名称的检查对象",
    "items.csv": "随机抽查事项清单",
}
COLUMNS = {
    "drawn.csv": {
        "检查编号": "一次检查的编号：批次-序号",
        "编号": "统一社会信用代码、注册号、施工许可证号或者项目编码",
        "名称": "检查对象的名称，封库时的",
        "事项": "这一次检查的事项，用、分开",
        "检查人员": "姓名（部门，执法证号），更换以后的",
    },
    "results.csv": {
        "检查编号": "一次检查的编号：批次-序号",
        "编号": "检查对象的编号",
        "名称": "检查对象的名称",
        "检查日期": "检查结束的日期",
        "事项编号": "随机抽查事项清单中的编号",
        "事项": "事项名称",
        "检查结果": "结果类别，可以有几个，用；分开；依法撤下的只写“依法撤下”",
        "处置": "后续处置，用、分开",
        "说明": "更正、撤下的日期和理由类别",
        "公示日期": "在信用公示系统公示的日期，还没有登记的空着",
    },
    "roster.csv": {"编号": "检查对象的编号", "名称": "检查对象的名称"},
    "items.csv": {
        "事项编号": "清单中的编号",
        "事项": "事项名称",
        "类别": "一般或重点",
        "抽查主体": "谁来查",
        "抽查依据": "法律、法规、规章的名称和条款",
        "抽查方式": "怎样查",
    },
}


@dataclass(frozen=True)
class Shared:
    """A file that may be downloaded."""

    path: str  # from the site's root
    name: str
    what: str
    attempt: int
    content: bytes

    @property
    def link(self) -> str:
        """From the page of data."""
        return self.path.removeprefix("data/")

    @property
    def size(self) -> str:
        return said(len(self.content))

    @property
    def sha256(self) -> str:
        return sha256(self.content)


def said(size: int) -> str:
    """``1.2 MB``, ``35 KB``: rounded up, so that nothing weighs nothing."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{-(-size // 1000)} KB"


def of_round(its: Round, outputs: Path) -> list[Shared]:
    """All files of a round, those of every attempt."""
    made = []
    for attempt in its.attempts:
        folder = f"data/{its.id}/{attempt.number}"
        contents = {name: (outputs / path).read_bytes() for name, path in attempt.files}
        tables = dict(_tables(attempt))
        contents |= {name: _csv(rows, COLUMNS[name]) for name, rows in tables.items()}
        for name, content in contents.items():
            given = NAMES.get(name, name)
            made.append(Shared(f"{folder}/{name}", given, WHAT[name], attempt.number, content))
        what, path = "以上各表（名录库除外）在一个工作簿里", f"{folder}/{its.id}.xlsx"
        book = _workbook(its, attempt, tables)
        made.append(Shared(path, f"{its.id}.xlsx", what, attempt.number, book))
    return made


def of_site(site: Site, outputs: Path) -> list[Shared]:
    """Files that belong to no round."""
    if not site.lines:
        return []
    content = (outputs / "ledger.jsonl").read_bytes()
    what = "留痕登记簿，一行一步，核验页认识"
    return [Shared("data/ledger.jsonl", "ledger.jsonl", what, 0, content)]


def _tables(attempt: Attempt) -> Iterator[tuple[str, Rows]]:
    yield "roster.csv", [{"编号": i, "名称": name} for i, name in attempt.roster]
    yield (
        "items.csv",
        [
            dict(
                zip(
                    COLUMNS["items.csv"],
                    (i.id, i.name, i.kind, i.department, i.basis, i.method),
                    strict=True,
                )
            )
            for i in attempt.items
        ],
    )
    if attempt.visits is not None:
        yield (
            "drawn.csv",
            [
                dict(
                    zip(
                        COLUMNS["drawn.csv"],
                        (v.number, v.id, v.name, "、".join(v.items), "、".join(v.officers)),
                        strict=True,
                    )
                )
                for v in attempt.visits
            ],
        )
    if attempt.results:
        yield "results.csv", list(_results(attempt))


def _workbook(its: Round, attempt: Attempt, tables: dict[str, Rows]) -> bytes:
    sheets = {
        "说明": writing.about(attempt.banners, ("批次", its.title), ("单位", its.bureau)),
        **{
            writing.sheet_name(WHAT[name].partition("，")[0]): writing.sheet(
                rows, {column: column for column in COLUMNS[name]}
            )
            for name, rows in tables.items()
            if name != "roster.csv"
        },
    }

    def fill(book: Any) -> None:
        made = writing.styles(book)
        for name, frame in sheets.items():
            writing.add_sheet(book, name, frame, made)

    buffer = io.BytesIO()
    writing.save(buffer, fill)
    return buffer.getvalue()


def _results(attempt: Attempt) -> Iterator[dict[str, str]]:
    for r in attempt.results.shown if attempt.results else ():
        shared = {"检查编号": r.number, "编号": r.id, "名称": r.name, "检查日期": r.date}
        last = {"说明": "；".join(r.notes), "公示日期": r.published_on}
        for f in r.findings:
            found = f.entry or "；".join(f.results)
            own = {"事项编号": f.item, "事项": f.name, "检查结果": found}
            yield shared | own | {"处置": "、".join(f.measure)} | last
        if not r.findings:
            yield shared | {"事项编号": "", "事项": "", "检查结果": r.entry, "处置": ""} | last


def _csv(rows: Iterable[dict[str, Any]], columns: Iterable[str]) -> bytes:
    """UTF-8 with its mark, so that Excel reads it; a cell that a spreadsheet would take for a
    formula is told to be text.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_text(str(row[c])) for c in columns] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _text(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
