"""Tables that came back, looked at before anything is entered: results and registers, lists of the
provincial platform. Said and listed as ``ssj check`` does of rosters.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ssj.base.errors import InputError, Problem, RefusedError
from ssj.desk import common, telling

if TYPE_CHECKING:  # what commands import must be quick
    from ssj.rosters.listings import Listing
    from ssj.workbooks.marked import Read

RESULTS, PLATFORM = "检查结果问题清单.xlsx", "平台名单问题清单.xlsx"


def check_results(options: argparse.Namespace) -> int:
    """``ssj results 2026Q4 --check``; the exit code."""
    from ssj.casebook.kind import Work
    from ssj.stages import results

    folder, (book, _) = common.folder_of(options), common.reading(options)
    read = results.look(Work(book, folder, common.now(), telling.Progress()))
    sound = f"没有错误，可以归档：ssj results {folder.name}。"
    return _told(
        options, RESULTS, "results", read.listings, read.problems, results.sources(folder), sound
    )


def check_platform(options: argparse.Namespace) -> int:
    """``ssj platform 2026Q4 --check``: the list that the platform drew, until there is a draw, then
    the one to reconcile; the exit code.
    """
    from ssj import protocol
    from ssj.casebook import attempts
    from ssj.draw import external
    from ssj.results import reconciliation
    from ssj.rosters import listings
    from ssj.tables import places

    folder, (book, state) = common.folder_of(options), common.reading(options)
    if state.draw is None:
        frozen = attempts.current_record(book, state) if state.freeze else None
        if frozen is None or not protocol.drawn_elsewhere(frozen["parameters"]):
            raise RefusedError(
                f"{folder.name} 还没有抽取，没有平台的名单要核对",
                "在本系统抽取的，抽取以后再核对；由平台抽取的，先封库。",
            )
        table, listing = external.TABLE, external.read(folder, frozen)
        sound = f"没有错误，可以抽取：ssj draw {folder.name}。"
    else:
        table = reconciliation.TABLE
        listing = listings.load(folder, table)
        sound = f"没有错误，可以逐行核对：ssj platform {folder.name}。"
    source = []
    with suppress(InputError):  # said already
        source = [(places.find(folder, table), table)]
    return _told(options, PLATFORM, "platform", [listing], listing.problems, source, sound)


def _told(
    options: argparse.Namespace,
    file: str,
    command: str,
    listings: Iterable[Listing],
    every: Sequence[Problem],
    sources: Iterable[tuple[Path, str]],
    sound: str,
) -> int:
    """Say what is wrong with tables that came back, and list it; nothing is entered."""
    from ssj.rosters import listings as read
    from ssj.workbooks import worklist

    folder = common.folder_of(options)
    listings, sources = [*listings], [*sources]
    counted = read.tallies(listings, every)
    accounts = read.accounts_of(counted)
    remarks = [remark for own in listings for remark in own.remarks]

    def listed() -> str:
        return worklist.write_returned(
            options.outputs / folder.name / "files" / file,
            every,
            _originals(folder, sources),
            f"ssj {command} {folder.name} --check",
            counted,
            remarks,
        ).as_posix()

    return telling.problems(
        every,
        [*accounts, *remarks],
        sound,
        "",
        accounts,
        write=listed,
        tallies={own.file: own for _, own in counted},
    )


def _originals(folder: Path, sources: Iterable[tuple[Path, str]]) -> Iterator[Read]:
    """The tables, to be shown again; none whose mapping.toml is wrong."""
    from ssj.tables import parts
    from ssj.workbooks import marked

    for path, table in sources:
        with suppress(InputError):
            yield marked.Read(path, path.name, parts.headings_of(folder, table))
