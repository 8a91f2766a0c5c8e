"""The whole-process record (执法全过程记录): which forms, photos and recordings of a visit were
taken in (``papers.json``), which are missing.

The files stay with the bureau; the archive knows their names, sizes and hashes. Written records are
required; the notice to mend, where a visit's measures order it. Photos and recordings are counted
apart: which visits must be filmed is for the bureau's own list to say.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results.followup import ORDERLY
from ssj.results.scans import name_of, positions

WRITTEN = (
    "行政检查审批表",
    "行政检查通知书",
    "现场检查笔录",
    "检查表",
    "行政检查结果告知书",
    "送达回证",
)
ORDER_TO_MEND, PHOTOS, RECORDINGS = "责令改正通知书", "现场照片", "执法音像"
COLUMNS = (*WRITTEN, ORDER_TO_MEND, PHOTOS, RECORDINGS)
SHOWN = {
    "number": "检查编号",
    "name": "名称",
    "date": "检查日期",
    **{name: name for name in COLUMNS},
}
NOT_NEEDED = "—"
Rows = list[dict[str, Any]]


def read(path: Path) -> Record:
    """``papers.json`` of the last papers stage as it lies in a results stage's ``in/``; empty while
    nothing was taken in.
    """
    return protocol.parse(path.read_text(encoding="utf-8")) if path.exists() else {"papers": []}


def rows(done: Record, papers: Record) -> Rows:
    """For every visit that has results: each of ``COLUMNS`` as a count, 缺 or —, and what is
    missing; ``done`` is ``results.json``.
    """
    found = Counter((p["number"], name_of(p["paper"])) for p in papers["papers"])
    ordered = {r["number"] for r in done["rows"] if ORDERLY in r["measure"]}
    result = []
    for visit in done["visits"]:
        if not visit["answered"]:
            continue
        needed = {*WRITTEN, *([ORDER_TO_MEND] if visit["number"] in ordered else [])}
        cells = {
            name: f"{n} 份"
            if (n := found[visit["number"], name])
            else "缺"
            if name in needed
            else NOT_NEEDED
            for name in COLUMNS
        }
        result.append(
            {
                "number": visit["number"],
                "name": visit["name"],
                "date": visit["date"],
                **cells,
                "missing": tuple(name for name in COLUMNS if cells[name] == "缺"),
            }
        )
    return result


def counted(rows_: Rows) -> dict[str, int]:
    """Counts in words, no names."""
    return {
        "已检查（户次）": len(rows_),
        "文字记录齐全": sum(not r["missing"] for r in rows_),
        **{f"有{name}": sum(r[name] != NOT_NEEDED for r in rows_) for name in (PHOTOS, RECORDINGS)},
        **{f"缺{name}": n for name in COLUMNS if (n := sum(name in r["missing"] for r in rows_))},
    }


def register(record: Record, papers: Record) -> Rows:
    """文书影像登记: every file that was taken in for a visit, with size and SHA-256."""
    names, order = lists.names(record, "targets"), positions()
    own = [{**p, "name": names[p["target"]]} for p in papers["papers"] if p["target"]]
    return sorted(own, key=lambda p: (p["number"], order[p["paper"]], p["file"], p["time"]))
