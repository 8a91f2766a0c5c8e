"""What became of one visit (追溯, forwards): returned papers, the platform, and every results stage
up to the closing.

Each stage tells what it adds; what a later one repeats unchanged is not told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ssj.audit.lineage import Line
from ssj.base import formats
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results import published, reconciliation, results
from ssj.tables import schema

REGISTERED = {
    table: title.removesuffix("登记表").removesuffix("表")
    for table, title in schema.REGISTERS.items()
}


def paper_lines(
    papers: Record, earlier: Iterable[Record], number: str, source: str
) -> Iterator[Line]:
    """Signed papers of the visit that a papers stage took in."""
    before = list(earlier)
    for p in (p for p in papers["papers"] if p["number"] == number and p not in before):
        yield Line(
            "文书收存",
            f"{p['paper']}；{p['file']}；校验码 {p['sha256']}",
            source,
            {key: p[key] for key in ("paper", "file", "sha256")},
        )


def platform_lines(platform: Record, target: str, source: str) -> Iterator[Line]:
    """What a reconciliation with the provincial platform found of the target."""
    for row in (r for r in reconciliation.shown(platform["rows"]) if r["id"] == target):
        yield Line(
            f"省级平台核对（任务 {row['task']}）",
            _joined(row["result"], row["row"] and f"平台名单第 {row['row']} 行", row["advice"]),
            source,
            {"findings": row["findings"]},
        )


def result_lines(
    record: Record,
    result: Record,
    before: Record | None,
    public: Record,
    number: str,
    source: str,
    public_source: str,
) -> Iterator[Line]:
    """What a results stage says of the visit; ``record`` is the draw record, ``before`` the
    ``results.json`` of the stage before, if there is one.
    """
    visit, last = _visit(result, number), _visit(before, number)
    yield Line(
        "办到哪一步",
        _state(visit, last),
        source,
        {
            key: visit[key]
            for key in ("state", "date", "deadline", "published_on", "overdue", "withdrawn")
        },
    )
    items = lists.names(record, "items")
    sealed = (
        {r["item"]: _content(r) for r in before["rows"] if r["number"] == number} if before else {}
    )
    for row in (r for r in result["rows"] if r["number"] == number):
        if sealed.get(row["item"]) != _content(row):
            about = "检查结果" if row["item"] not in sealed else "检查结果（有变动）"
            yield Line(
                f"{about} {row['item']} {items.get(row['item'], '')}",
                _row("results", row, ("number", "target", "item")),
                f"{source}（{row['file']} 第 {row['row']} 行）",
                row,
            )
    for item in sorted(
        sealed.keys() - {r["item"] for r in result["rows"] if r["number"] == number}
    ):
        yield Line(f"检查结果 {item} {items.get(item, '')}", "上一次有，这一次没有了", source)
    for table, title in REGISTERED.items():
        known = [_content(r) for r in before.get(table, ())] if before else []
        for row in (
            r
            for r in result.get(table, ())
            if r["number"] in (number, "") and _content(r) not in known
        ):
            all_of_it = "（本批次全部）" if not row["number"] else ""
            yield Line(
                f"{title}{all_of_it}",
                _row(table, row, ("number",)),
                f"{source}（{row['file']} 第 {row['row']} 行）",
                row,
            )
    yield Line("公示的内容", _shown(public, visit), public_source)


def _visit(result: Record | None, number: str) -> Record:
    return next((v for v in result["visits"] if v["number"] == number), {}) if result else {}


def _state(visit: Record, last: Record) -> str:
    state, before = results.STATES[visit["state"]], results.STATES.get(last.get("state", ""), "")
    return _joined(
        f"{state}（上一次归档时：{before}）"
        if before and before != state
        else f"{state}（与上一次归档时相同）"
        if before
        else state,
        f"{len(visit['items'])} 个事项，有结果的 {visit['answered']} 个",
        visit["date"] and f"检查日期 {formats.day(visit['date'])}",
        visit["deadline"] and f"公示期限 {formats.day(visit['deadline'])}",
        "超过公示期限" if visit["overdue"] else "",
        visit["published_on"] and f"公示日期 {formats.day(visit['published_on'])}",
        visit.get("posted_on") and f"上本单位网站 {formats.day(visit['posted_on'])}",
        visit["not_public"] and f"依法不公示：{visit['not_public']}",
        "已依法撤下" if visit["withdrawn"] else "",
    )


def _shown(public: Record, visit: Record) -> str:
    """What the public page of the stage has about the visit."""
    entry = next((v for v in public["visits"] if v["number"] == visit["number"]), None)
    if entry is None:
        why = (
            "还没有审核"
            if not visit["not_public"]
            else "依法不公示，只计入总数"
            if visit["state"] in published.REVIEWED
            else "还没有审核；依法不公示"
        )
        return f"没有列出：{why}"
    said = [
        f"{i['name']}：{i.get('entry') or '、'.join(i['results'])}"
        + (f"（{'、'.join(i['measure'])}）" if i.get("measure") else "")
        for i in entry["items"]
    ]
    return _joined(entry.get("entry"), *said)


def _row(table: str, row: Record, without: tuple[str, ...]) -> str:
    """A row's filled columns in words, by their headers."""
    return _joined(
        *(
            f"{c.header} {_said(row[c.key])}"
            for c in schema.LATER[table]
            if c.key not in without and row.get(c.key) not in ("", [], None, False)
        )
    )


def _content(row: Record) -> Record:
    """A row without the place that it stood at."""
    return {key: value for key, value in row.items() if key not in ("file", "row")}


def _said(value: Any) -> str:
    return (
        "是"
        if value is True
        else "、".join(map(str, value))
        if isinstance(value, list)
        else str(value)
    )


def _joined(*parts: Any) -> str:
    return "；".join(str(part) for part in parts if part)
