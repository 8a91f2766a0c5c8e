"""Workbooks about the rosters of a round, for its analysts: 早期预警.xlsx and 应入未入名单.xlsx,
of a rosters stage as working copies, before it as sheets of a check.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ssj.base import files, formats, params
from ssj.casebook import runner
from ssj.casebook.archive import Archive, Entry
from ssj.protocol import Record
from ssj.rosters import coverage, early_warnings, history, pools, record, unlisted
from ssj.rosters.derive import Derived
from ssj.tables import paramfiles, writing
from ssj.tables.writing import Sheets

WARNINGS, UNLISTED = "早期预警.xlsx", "应入未入名单.xlsx"
INTERNAL = "内部使用：不得带出本单位"


def extra(derived: Derived) -> Sheets:
    """Sheets for what a check of a round's folder found: 早期预警, and 应入未入 where there are
    lists of other offices.
    """
    rows = unlisted.of(derived.against, unlisted.MISSING)
    lists = {"应入未入": writing.sheet(rows, unlisted.COLUMNS)} if derived.listings else {}
    return {"早期预警": writing.sheet(derived.warnings, early_warnings.COLUMNS), **lists}


def write(book: Archive, entry: Entry, folder: Path) -> list[Path]:
    """Make those workbooks of an archived rosters stage that are missing in ``folder``; their
    paths. ``SsjError`` if its bag is not as it was registered.
    """
    data = book.folder(entry) / "data"
    lists = runner.read_stage(data)["outside"]
    sheets = {WARNINGS: of_rosters, **({UNLISTED: of_lists} if lists else {})}
    paths = {name: folder / files.file_name(name, entry["attempt"]) for name in sheets}
    wanted = {name: path for name, path in paths.items() if not path.exists()}
    if wanted:
        whole = book.record(entry)
    for name, path in wanted.items():
        header = "　".join([INTERNAL, *params.banners(whole)])
        writing.write_workbook(path, sheets[name](whole, data), header)
    return list(wanted.values())


def of_rosters(whole: Record, data: Path) -> Sheets:
    """早期预警.xlsx of a rosters stage (``whole``: its rosters.json, ``data``: its folder): early
    warnings, the coverage matrix and its gaps, pools and tags.
    """
    parameters = paramfiles.read_round(data / "in")
    earlier = history.read(data / "in" / "history.json")
    previous = early_warnings.baseline(data / "in" / "previous.json")
    found = record.warnings(whole)
    pairs = pd.DataFrame(whole["coverage"], columns=coverage.PAIRS)
    counted = [
        (
            row["kind"],
            "；".join(
                filter(
                    None,
                    [f"{row['count']} 条", *(f"{name} {n}" for name, n in row["sections"].items())],
                )
            ),
        )
        for row in early_warnings.counts(found)
    ]
    about = _about(
        whole,
        *early_warnings.described(parameters, earlier, previous).items(),
        *counted,
        ("覆盖矩阵", coverage.MARKS),
    )
    declared = {
        "专项库": writing.sheet(whole["pools"], pools.COLUMNS),
        "标签": writing.sheet(whole["tags"], pools.TAG_COLUMNS),
    }
    return {
        "说明": about,
        "早期预警": writing.sheet(found, early_warnings.COLUMNS),
        "覆盖缺口": writing.sheet(whole["gaps"], coverage.GAPS),
        "覆盖矩阵": coverage.matrix(record.from_record(whole), parameters, pairs),
        **{name: frame for name, frame in declared.items() if len(frame)},
    }


def of_lists(whole: Record, data: Path) -> Sheets:
    """应入未入名单.xlsx of a rosters stage: what lists of other offices have and the roster has
    not, and what differs.
    """
    listings, rows = record.compared(whole)
    others = [
        {**row, "detail": f"{row['result']}：{row['detail']}"}
        for row in unlisted.of(rows, unlisted.NOT_APPLICABLE, unlisted.DOUBLE, unlisted.UNREAD)
    ]
    given = runner.read_stage(data)["outside"]
    return {
        "说明": _about(
            whole, *((entry["file"], f"原文件校验码 {entry['sha256']}") for entry in given)
        ),
        "计数": writing.sheet(unlisted.counts(listings, rows), unlisted.COUNTS),
        "应入未入": writing.sheet(unlisted.of(rows, unlisted.MISSING), unlisted.COLUMNS),
        "应出未出和不一致": writing.sheet(unlisted.findings(rows), unlisted.IN_ROSTER),
        "不列入的行": writing.sheet(others, unlisted.COLUMNS),
    }


def _about(whole: Record, *facts: tuple[str, Any]) -> pd.DataFrame:
    return writing.about(
        params.banners(whole),
        ("内部使用", INTERNAL.partition("：")[2]),
        writing.WORKING_COPY,
        *params.about_round(whole),
        ("核对时间", formats.time(whole["time"])),
        *facts,
    )
