"""The review of a year (年度评估) as a stage: ``ssj review 2021``.

- It comes once the year's plan is archived, as often as wanted, also while rounds are running; a
  later review supersedes, the earlier ones stay.
- What it says is gathered from the ledger's archives (:mod:`ssj.casebook.gathering`), and the audit
  gathers it again from the archives of that time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import partial
from pathlib import Path

from ssj import protocol
from ssj.base import files
from ssj.base.errors import InputError, Problem, RefusedError
from ssj.casebook import taking
from ssj.casebook.archive import Entry, kind_of
from ssj.casebook.gathering import gathered
from ssj.casebook.kind import Archived, NotChecked, Shelf, Work
from ssj.protocol import Record
from ssj.stages import registry
from ssj.stages.plan import StatedInputs, YearKind, archived_plan, plans
from ssj.tables import places
from ssj.workbooks import indicatorbook
from ssj.year import indicator_list, review


class Review(YearKind):
    name = "review"
    title = "年度评估"
    notebook = "4_review.ipynb"
    takes = frozenset({"plan.json", "ledger.json"})
    may_take = (
        rf"[0-9A-Za-z-]+-(?:draw|chances|lists|results)\.json|calendar\.toml|{taking.MAPPING}"
    )
    tables = (("inputs", taking.names(indicator_list.TABLE, indicator_list.OTHER)),)
    stated = StatedInputs
    pages = ("年度评估过程记录（内部）", "年度随机抽查情况")

    def may_come(self, entries: list[Entry]) -> bool:
        return bool(plans(entries))

    def fill(self, work: Work, target: Path) -> Record:
        if archived_plan(work.book, work.round_id) is None:
            raise RefusedError(
                f"{work.round_id} 年的计划还没有归档，不能评估",
                f"请先运行 ssj plan {work.round_id}。",
            )
        work.say("核对资料")
        found = problems(work.folder, work.now.date())
        if errors := [p for p in found if p.severity == "error"]:
            raise InputError(errors)
        work.say("收集各批次的档案")
        inputs = [
            taking.take_list(work.folder, table, target)
            for table in (indicator_list.TABLE, indicator_list.OTHER)
            if table == indicator_list.TABLE or places.exists(work.folder, table)
        ]
        for name, content in gathered(work.book, work.round_id).items():
            (target / name).write_bytes(content)
        taking.take_calendar(work.folder, target)
        return {**taking.stage_of(work, self.attempt(work.stages)), "inputs": inputs}

    def said(self, record: Record, bag: Path) -> list[str]:
        running = "；".join(f"{o['round']} {o['text']}".strip() for o in record["running"])
        unfinished = "" if record["finished"] else f"（还有没有完成的：{running}）"
        return [
            f"已归档：{bag}，截至 {record['as_of']}{unfinished}",
            *(f"{i['name']}：{i['said']}" for i in record["indicators"]),
        ]

    def copies(self, shelf: Shelf) -> None:
        super().copies(shelf)
        for entry in reviews(shelf.stages)[-1:]:
            name = files.file_name(indicatorbook.FILE, entry["attempt"])
            record = shelf.book.record(entry)
            write = partial(indicatorbook.write, record, title_of=registry.title)
            shelf.put(name, write)

    def derive(self, stage: Archived) -> Iterable[str]:
        content = stage.stage
        with stage.staged() as place:
            folder = place / "in"
            errors = [p for p in review.load(folder, content).problems if p.severity == "error"]
            yield from map(str, errors)
            if not errors:
                yield protocol.difference(review.derive(folder, content), stage.record)
        try:
            expected = gathered(stage.book("评估所用的记录"), content["round_id"])
        except NotChecked:
            raise NotChecked(
                "没有登记，或各批次的档案不在这里，评估所用的记录不能与档案对照"
            ) from None
        given = {p.name: p.read_bytes() for p in stage.inputs() if p.suffix == ".json"}
        del given["stage.json"]
        yield from (
            f"in/{name} 与登记的档案不同"
            for name in sorted({*expected, *given})
            if expected.get(name) != given.get(name)
        )


def problems(folder: Path, today: date) -> list[Problem]:
    """All that is wrong with the review's own tables in a year's folder."""
    return indicator_list.read(folder, int(folder.name), today).problems


def reviews(entries: Iterable[Entry]) -> list[Entry]:
    """The reviews among ledger entries, in order."""
    return [entry for entry in entries if kind_of(entry["stage"]) == "review"]


KIND = Review()
