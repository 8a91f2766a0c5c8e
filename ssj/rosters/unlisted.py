"""应入未入: lists of other offices (:mod:`ssj.rosters.offices`) held against the target roster, row
by row.

A row is found in the roster by its 编号 or, where that is missing or not there, by its name
(full-width forms, brackets, case and spaces aside). Each row has one result; they add up to the
rows read:

| result | meaning |
| --- | --- |
| 在库 | in the roster |
| 应入未入 | not there, and nothing says that it need not be |
| 不适用 | not there, and gone by the list's 状态, not in ``[outside]``, or with 不列入理由 |
| 重复 | a row that was 应入未入 already, in this list or one before |
| 不能识别 | neither 编号 nor 名称 can be read |

Of rows in the roster three things are said besides: 应出未出 (ended by the list, in scope by the
roster), 名称不一致 (same 编号), 编号不一致 (same name).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from ssj.rosters.offices import Listing, Row
from ssj.tables.across import BRACKETS
from ssj.tables.cells import PLAIN, plain
from ssj.tables.schema import TARGET_STATUS

IN, MISSING, NOT_APPLICABLE, DOUBLE, UNREAD = RESULTS = (
    "在库",
    "应入未入",
    "不适用",
    "重复",
    "不能识别",
)
ENDED, RENAMED, RENUMBERED = "应出未出", "名称不一致", "编号不一致"
COLUMNS = {
    "source": "来源",
    "row": "行",
    "id": "编号",
    "name": "名称",
    "category": "类别",
    "status": "状态",
    "detail": "说明",
}
IN_ROSTER = {
    "finding": "问题",
    "source": "来源",
    "row": "行",
    "target": "名录库编号",
    "target_name": "名录库名称",
    "section": "主管股室",
    "detail": "说明",
}
COUNTS = {
    "source": "来源",
    "rows": "读取的行",
    **{result: result for result in RESULTS},
    ENDED: ENDED,
    RENAMED: RENAMED,
    RENUMBERED: RENUMBERED,
}
_ENDED = re.compile("注销|吊销|撤销|迁出|竣工|终止|清算")
_NOT_ENDED = re.compile("(未|不|没有|尚未)(被)?(注销|吊销|撤销|迁出|竣工|终止|清算)")
Rows = list[dict[str, Any]]


def ended(status: str) -> bool:
    """Whether a list's 状态 says that something is over for good: ``ended("吊销未注销")``,
    ``not ended("存续（未注销）")``.
    """
    return bool(_ENDED.search(_NOT_ENDED.sub("", status)))


def compare(
    listings: Iterable[Listing], targets: pd.DataFrame, chosen: Mapping[str, Collection[str]]
) -> Rows:
    """All rows of the lists in order, each with ``result``, why (``detail``), the target found, and
    ``findings`` on it. ``targets``: the roster's frame; ``chosen``: ``[outside]`` of round.toml.
    """
    known = _Roster(targets)
    seen: set[str] = set()
    found = []
    for listing in listings:
        categories = (
            {plain(name) for name in chosen[listing.source]} if listing.source in chosen else None
        )
        for row in listing.rows:
            own = {
                "source": listing.source,
                **row._asdict(),
                "target": "",
                "target_name": "",
                "section": "",
                "findings": (),
            }
            if target := known.of(row):
                found.append(
                    {
                        **own,
                        "result": IN,
                        "detail": "",
                        "target": target.id,
                        "target_name": target.name,
                        "section": target.section,
                        "findings": _findings(row, target),
                    }
                )
                continue
            result, detail = _absent(row, categories)
            key = row.id or folded(row.name)
            if result == MISSING and key in seen:
                result, detail = DOUBLE, "前面已列出"
            seen |= {key} if result == MISSING else set()
            found.append({**own, "result": result, "detail": detail})
    return found


def folded(name: str) -> str:
    """A name as rosters compare it (:func:`ssj.tables.across.folded`):
    ``folded("样例甲（北） 公司") == "样例甲(北)公司"``.
    """
    return name.upper() if PLAIN["word"].fullmatch(name) else plain(name).translate(BRACKETS)


class Target(NamedTuple):
    """What is known of a target here."""

    id: str
    name: str
    status: str
    section: str


class _Roster:
    """The targets by 编号 and by name."""

    def __init__(self, targets: pd.DataFrame) -> None:
        self.by_id = {
            cells[0]: Target(*cells)
            for cells in zip(*(targets[key].tolist() for key in Target._fields), strict=True)
        }
        self.by_name: dict[str, list[str]] = {}
        for i, t in self.by_id.items():
            self.by_name.setdefault(folded(t.name), []).append(i)

    def of(self, row: Row) -> Target | None:
        """The target that a row means; of several with its name the first."""
        same = self.by_name.get(folded(row.name), ()) if row.name else ()
        return self.by_id.get(row.id) or (self.by_id[same[0]] if same else None)


def _absent(row: Row, categories: Collection[str] | None) -> tuple[str, str]:
    """Result and reason of a row that is not in the roster."""
    if row.unread:
        return UNREAD, row.unread
    if row.reason:
        return NOT_APPLICABLE, f"不列入理由：{row.reason}"
    if ended(row.status) or TARGET_STATUS.get(row.status) is False:
        return NOT_APPLICABLE, f"状态为“{row.status}”"
    if categories is not None and plain(row.category) not in categories:
        return NOT_APPLICABLE, f"类别“{row.category or '（空）'}”不在选定的类别中"
    return MISSING, "没有能用的编号，按名称比对" if not row.id else ""


def _findings(row: Row, target: Target) -> tuple[tuple[str, str], ...]:
    """What differs between a row and the target that it means."""
    found = []
    if ended(row.status) and TARGET_STATUS[target.status]:
        found.append((ENDED, f"名单上的状态“{row.status}”，名录库“{target.status}”"))
    if row.id == target.id and row.name and folded(row.name) != folded(target.name):
        found.append((RENAMED, f"名单上的名称“{row.name}”"))
    if row.id and row.id != target.id:
        found.append((RENUMBERED, f"名单上的编号“{row.id}”"))
    return tuple(found)


def counts(listings: Iterable[Listing], rows: Rows) -> Rows:
    """For each source how many rows were read, and where they went; together, where there are
    several.
    """
    tally: dict[str, Counter[str]] = {
        listing.source: Counter() for listing in listings if listing.source
    }
    for row in rows:
        tally[row["source"]].update(["rows", row["result"], *(kind for kind, _ in row["findings"])])
    keys = [key for key in COUNTS if key != "source"]
    found: Rows = [
        {"source": source, **{key: own[key] for key in keys}} for source, own in tally.items()
    ]
    return [
        *found,
        *(
            [{"source": "合计", **{key: sum(row[key] for row in found) for key in keys}}]
            if len(found) > 1
            else []
        ),
    ]


def notes(listings: Iterable[Listing], rows: Rows, refused: int) -> list[str]:
    """What the lists' ``rows`` (:func:`compare`) come to, in a line for each source; ``refused``:
    rows of the roster that could not be used, and so are not known here.
    """
    listings = [listing for listing in listings if listing.rows]
    careful = f"（名录库有 {refused} 行有错误，没有算在库里）" if refused else ""
    return [
        f"{count['source']} 与名录库对照："
        + "，".join(f"{key} {count[key]}" for key in (*RESULTS, ENDED) if count[key])
        + f" 行{careful}。"
        for count in counts(listings, rows)[: len(listings)]
    ]


def reasons(rows: Rows) -> Rows:
    """Why rows don't apply, counted by source and reason."""
    counted = Counter(
        (row["source"], row["detail"].partition("：")[0] if row["reason"] else row["detail"])
        for row in rows
        if row["result"] == NOT_APPLICABLE
    )
    return [
        {"source": source, "detail": detail, "count": count}
        for (source, detail), count in sorted(counted.items())
    ]


def of(rows: Rows, *results: str) -> Rows:
    """The rows with one of the results, in order."""
    return [row for row in rows if row["result"] in results]


def findings(rows: Rows) -> Rows:
    """One row for each thing that is said of a row in the roster: 应出未出 first."""
    found = [
        {**row, "finding": kind, "detail": detail}
        for row in rows
        for kind, detail in row["findings"]
    ]
    return sorted(found, key=lambda row: (ENDED, RENAMED, RENUMBERED).index(row["finding"]))
