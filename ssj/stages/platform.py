"""Reconciliation of a drawn round with the provincial platform (省级平台核对) as a stage:
``ssj platform``.

- It comes after a draw and may be repeated: a later one supersedes, the earlier one stays.
- Differences are recorded, not refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from ssj import protocol
from ssj.base import errors, files
from ssj.casebook import attempts, stated, taking
from ssj.casebook.kind import Archived, Kind, Shelf, Work
from ssj.protocol import Record
from ssj.results import reconciliation
from ssj.workbooks import platformbook


class StatedList(stated.Stated):
    """Its ``stage.json``."""

    source: stated.Taken


class Platform(Kind):
    name = "platform"
    title = "省级平台核对"
    notebook = "2b_platform.ipynb"
    rests_on = ("draw", "amend")
    may_take = taking.MAPPING
    tables = (("source", taking.names(reconciliation.TABLE)),)
    stated = StatedList
    pages = ("平台核对过程记录（内部）", "平台核对公告")

    def fill(self, work: Work, target: Path) -> Record:
        state = work.state
        attempts.drawn_record(work.book, state)  # before anything is said of the list
        work.say("核对资料")
        source = taking.take_list(work.folder, reconciliation.TABLE, target)
        errors.require(reconciliation.read(target).problems)
        taking.take_record(work.book, state.known("draw", "amend"), target)
        return {
            **taking.stage_of(work, state.attempt),
            "source": source,
        }

    def said(self, record: Record, bag: Path) -> list[str]:
        counts = record["counts"]
        differ = any(n for key, n in counts.items() if key not in ("drawn", "listed", "agrees"))
        return [
            f"已核对：{bag}",
            "；".join(f"{name} {n}" for name, n in reconciliation.facts(record).items()),
            "有不一致的：见平台核对.xlsx 的“需更正”表；在平台更正后重新导出，再核对一次。"
            if differ
            else "全部一致。",
        ]

    def copies(self, shelf: Shelf) -> None:
        """The public page gives counts and the platform's task numbers only, so it needn't wait
        for the publication day.
        """
        internal, public = self.pages
        for number, entry in enumerate(shelf.state.all(self.name), 1):
            data = shelf.data(entry)

            for page, source in ((internal, "auditor.html"), (public, "public.html")):
                name = files.file_name(f"{page}.html", entry["attempt"], checked=number)
                shelf.page(name, data / source)
            name = files.file_name(platformbook.WORKBOOK, entry["attempt"], checked=number)
            shelf.put(name, partial(platformbook.write, data))

    def derive(self, stage: Archived) -> Iterable[str]:
        with stage.staged() as folder:
            listing = reconciliation.read(folder / "in")
        yield from errors.said(listing.problems)
        before = stage.repeated
        rows = reconciliation.compare(before, listing.rows)
        yield protocol.difference(reconciliation.recorded(before, stage.stage, rows), stage.record)


KIND = Platform()
