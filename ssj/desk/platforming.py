"""``ssj platform``: reconciliation as a stage, or the tables for the platform and what it holds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ssj.base.errors import SsjError
from ssj.desk import common, returned, stages

if TYPE_CHECKING:  # what commands import must be quick
    from ssj.rosters.rosters import Rosters


def do_platform(options: argparse.Namespace) -> int:
    if sum(map(bool, (options.export, options.rosters, options.check))) > 1:
        raise SsjError(
            "--export、--rosters、--check 一次只能写一个",
            "先写出导入表，导入平台后，再导出来对照。",
        )
    if options.check:
        return returned.check_platform(options)
    if options.export:
        return _export(options)
    return _compare(options) if options.rosters else stages.do_platform(options)


def _export(options: argparse.Namespace) -> int:
    """Write what there is so far: rosters and plan; the drawn list; archived results."""
    from ssj.casebook import attempts
    from ssj.stages import results
    from ssj.workbooks import platformtables

    folder, (book, state) = common.folder_of(options), common.reading(options)
    platform = platformtables.read(options.params)
    tables = platformtables.of_rosters(folder, _rosters(folder))
    if state.draw:
        record = attempts.drawn_record(book, state)
        tables["drawn"] = platformtables.of_draw(record)
        if archived := results.last(book, state):
            tables["results"] = platformtables.of_results(record, archived)
    target = options.outputs / options.round / "files" / platformtables.FOLDER
    made = platformtables.write(platform, tables, target)
    print(f"已写出平台导入表 {len(made)} 个，在 {target.as_posix()}：")
    for path, rows in zip(made, tables.values(), strict=True):
        print(f"  {path.name}：{len(rows)} 行")
    if not (options.params / platformtables.FILE).exists():
        print(f"没有 {options.params / platformtables.FILE}，列名和写法照本系统的表。")
    print("内部使用：抽中名单在公布日以前不得外传。导入以后，用 --rosters 与平台逐行对照。")
    return 0


def _compare(options: argparse.Namespace) -> int:
    """The platform's items, targets, officers and plan against the round's, row by row."""
    from ssj.tables import schema, writing
    from ssj.workbooks import platformtables

    folder, given = common.folder_of(options), Path(options.rosters)
    platform = platformtables.read(options.params)
    ours = platformtables.of_rosters(folder, _rosters(folder))
    found = []
    for table in schema.TITLES:
        layout = platform.of(table)
        if path := platformtables.file_of(given, layout, table):
            found.append(platformtables.compare(table, layout, ours[table], path))
    platformtables.require_found(given, found)
    path = options.outputs / options.round / "files" / platformtables.COMPARED
    facts = [("批次", options.round), ("平台导出的表", given.as_posix())]
    writing.write_workbook(path, platformtables.workbook(found, facts))
    for one in found:
        print(f"{platformtables.TITLES[one.table]}：{platformtables.told(one)}")
    differing = any(one.rows for one in found)
    print(
        f"逐行见 {path.as_posix()}。"
        + ("请在平台或本系统改成一致。" if differing else "全部一致。")
    )
    return 0


def _rosters(folder: Path) -> Rosters:
    from ssj.rosters import rosters
    from ssj.tables import paramfiles

    roster = rosters.load_round(folder, paramfiles.read_draft(folder))
    roster.check()
    return roster
