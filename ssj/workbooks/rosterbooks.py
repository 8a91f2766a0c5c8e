"""Workbooks about the rosters of a round, for its analysts: 早期预警.xlsx and 应入未入名单.xlsx,
after a freeze as working copies, before it as sheets of a check.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ssj.base import files, params, words
from ssj.base.params import Parameters
from ssj.casebook import attempts, past, runner
from ssj.casebook.archive import Archive
from ssj.casebook.check import Inspection
from ssj.protocol import Record
from ssj.rosters import coverage, early_warnings, history, offices, pools, rosters, unlisted
from ssj.rosters.offices import Listing
from ssj.rosters.rosters import Rosters
from ssj.tables import writing

ALERTS, UNLISTED = "早期预警.xlsx", "应入未入名单.xlsx"
INTERNAL = "内部使用：不得带出本单位"
Sheets = dict[str, pd.DataFrame]


def extra(book: Archive, folder: Path, look: Inspection, now: datetime) -> Sheets:
    """Sheets for what a check of a round's folder found: 早期预警, and 应入未入 where there are
    lists of other offices; none while round.toml can't be read.
    """
    if (parameters := look.parameters) is None:
        return {}
    before = past.baseline(book, parameters.round.demonstration, now)
    previous = (
        runner.read_record(attempts.out_of(book, before) / runner.RECORDS["freeze"])
        if before
        else None
    )
    found = early_warnings.rows(
        look.rosters, parameters, now.isoformat(), past.history_so_far(book, folder), previous
    )
    rows = unlisted.compare(look.outside, look.rosters.targets, parameters.outside)
    return {
        "早期预警": early_warnings.frame(found),
        **(
            {"应入未入": unlisted.sheet(unlisted.of(rows, unlisted.MISSING), unlisted.COLUMNS)}
            if look.outside
            else {}
        ),
    }


def write(book: Archive, entry: dict[str, Any], folder: Path) -> list[Path]:
    """Make those workbooks of an archived freeze that are missing in ``folder``; their paths.
    ``SsjError`` if its bag is not as it was registered.
    """
    data = book.folder(entry) / "data"
    stage = runner.read_stage(data)
    lists = stage.get("outside", [])
    paths = {
        name: folder / files.file_name(name, entry["attempt"])
        for name in (ALERTS, *([UNLISTED] if lists else []))
    }
    wanted = {name: path for name, path in paths.items() if not path.exists()}
    if not wanted:
        return []
    frozen, parameters = (
        runner.read_record(attempts.out_of(book, entry) / "frozen.json"),
        params.read_round(data / "in" / "round.toml"),
    )
    window = parameters.round.window
    roster = rosters.load(
        data / "in", parameters.classes, parameters.round.id, (window.start, window.end)
    )
    sheets = {
        ALERTS: lambda: of_rosters(data / "in", stage, frozen, parameters, roster),
        UNLISTED: lambda: of_lists(
            offices.archived(data / "in", lists, parameters.outside),
            stage,
            frozen,
            parameters,
            roster,
        ),
    }
    for name, path in wanted.items():
        writing.write_workbook(path, sheets[name](), "　".join([INTERNAL, *params.banners(frozen)]))
    return list(wanted.values())


def of_rosters(
    inputs: Path, stage: Record, frozen: Record, parameters: Parameters, roster: Rosters
) -> Sheets:
    """早期预警.xlsx of a freeze: alerts, the coverage matrix and its gaps, pools and tags."""
    earlier, previous = (
        history.read(inputs / "history.json"),
        early_warnings.baseline(inputs / "previous.json"),
    )
    found = early_warnings.rows(roster, parameters, stage["time"], earlier, previous)
    pairs = coverage.pairs(roster, parameters, earlier)
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
        stage,
        frozen,
        [
            *early_warnings.described(parameters, earlier, previous).items(),
            *counted,
            ("覆盖矩阵", coverage.MARKS),
        ],
    )
    declared = {
        "专项库": _plain(pools.rows(roster, parameters, earlier), pools.COLUMNS),
        "标签": _plain(pools.tag_rows(roster, parameters), pools.TAG_COLUMNS),
    }
    return {
        "说明": about,
        "早期预警": early_warnings.frame(found),
        "覆盖缺口": _plain(coverage.gaps(roster, parameters, pairs), coverage.GAPS),
        "覆盖矩阵": coverage.matrix(roster, parameters, pairs),
        **{name: frame for name, frame in declared.items() if len(frame)},
    }


def of_lists(
    listings: list[Listing], stage: Record, frozen: Record, parameters: Parameters, roster: Rosters
) -> Sheets:
    """应入未入名单.xlsx of a freeze: what lists of other offices have and the roster has not, and
    what differs.
    """
    rows = unlisted.compare(listings, roster.targets, parameters.outside)
    others = [
        {**row, "detail": f"{row['result']}：{row['detail']}"}
        for row in unlisted.of(rows, unlisted.NOT_APPLICABLE, unlisted.DOUBLE, unlisted.UNREAD)
    ]
    about = _about(
        stage,
        frozen,
        [(entry["file"], f"原文件校验码 {entry['sha256']}") for entry in stage["outside"]],
    )
    return {
        "说明": about,
        "计数": _plain(unlisted.counts(listings, rows), unlisted.COUNTS),
        "应入未入": unlisted.sheet(unlisted.of(rows, unlisted.MISSING), unlisted.COLUMNS),
        "应出未出和不一致": unlisted.sheet(unlisted.findings(rows), unlisted.IN_ROSTER),
        "不列入的行": unlisted.sheet(others, unlisted.COLUMNS),
    }


def _about(stage: Record, frozen: Record, facts: list[tuple[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            *(("注意", text) for text in params.banners(frozen)),
            ("内部使用", INTERNAL.partition("：")[2]),
            ("说明", "本表是供工作使用的副本，以留痕登记簿所载的档案包为准"),
            ("单位", frozen["parameters"]["bureau"]),
            ("批次", frozen["round"]),
            ("第几次抽取", f"第 {frozen['attempt']} 次"),
            ("封库时间", words.time(stage["time"])),
            *facts,
        ],
        columns=["项目", "内容"],
        dtype=object,
    )


def _plain(rows: list[dict[str, Any]], columns: dict[str, str]) -> pd.DataFrame:
    """Rows as a sheet; counts by class as ``A 3；B 5``."""
    return pd.DataFrame(
        [
            {
                title: "；".join(f"{k} {v}" for k, v in row[key].items())
                if isinstance(row[key], dict)
                else row[key]
                for key, title in columns.items()
            }
            for row in rows
        ],
        columns=list(columns.values()),
        dtype=object,
    )
