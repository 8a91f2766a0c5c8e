"""The year's plan (年度抽查计划) as a stage: ``ssj plan 2021``.

- A year's stages begin with a plan; a changed plan is a stage of its own, with an approval of its
  own; the one before stays as it is.
- A plan that does not differ from the archived one is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ssj import protocol
from ssj.base import errors, files
from ssj.base.errors import InputError, Problem, RefusedError
from ssj.casebook import stated, taking
from ssj.casebook.archive import Archive, Entry, kind_of
from ssj.casebook.kind import YEAR, Archived, Kind, Shelf, Work
from ssj.protocol import Record
from ssj.tables import paramfiles
from ssj.year import planned, planning


@dataclass(frozen=True)
class Look:
    """What a year's folder holds: all problems (errors first), notes, and whether its plan differs
    from the archived one.
    """

    problems: list[Problem]
    notes: list[str]
    changed: bool

    @property
    def errors(self) -> list[Problem]:
        return [p for p in self.problems if p.severity == "error"]


def is_year(folder: Path) -> bool:
    """Whether a folder of inputs is a year's, not a round's."""
    return paramfiles.exists("year", folder)


def plans(entries: Iterable[Entry]) -> list[Entry]:
    """The plans among ledger entries, in order."""
    return [entry for entry in entries if kind_of(entry["stage"]) == "plan"]


def archived_plan(book: Archive, year: str) -> Record | None:
    """The last archived plan of a year; ``SsjError`` if its bag is not as it was registered."""
    entries = plans(book.stages(year))
    return book.record(entries[-1]) if entries else None


def inspect(book: Archive, folder: Path, now: datetime) -> Look:
    """Everything that is wrong with a year's folder, all files at once."""
    try:
        own = planning.read(folder)
    except InputError as error:
        return Look(list(error.problems), [], True)
    home = folder.parent / own.rosters
    if not home.is_dir():
        rounds = paramfiles.folders("round", folder.parent)
        known = "、".join(path.name for path in rounds) or "无"
        missing = Problem(
            "Y00",
            "找不到用来核对和模拟的批次文件夹",
            f"请改成现有的批次：{known}",
            file=planning.FILE,
            column="rosters",
            value=own.rosters,
        )
        return Look(paramfiles.placed(planning.FORM, folder, [missing]), [], True)
    try:
        base = paramfiles.read_round(home)
    except InputError as error:
        return Look(list(error.problems), [], True)
    roster, archived = planning.load(home, own, base, folder), archived_plan(book, folder.name)
    changed = planned.changed(archived, own, roster)
    newest = planned.approved_on(archived) if changed else None
    found = [
        *roster.every,
        *planning.problems(roster, own, base, folder.name, now.date(), newest),
    ]
    found = paramfiles.placed(planning.FORM, folder, found)
    return Look(sorted(found, key=lambda p: p.severity), list(roster.notes), changed)


class YearKind(Kind):
    """A kind of stage that belongs to a year: its attempts are counted for each kind by itself."""

    belongs_to = YEAR

    def attempt(self, entries: list[Entry]) -> int:
        return sum(kind_of(entry["stage"]) == self.name for entry in entries) + 1

    def copies(self, shelf: Shelf) -> None:
        internal, public = self.pages
        own = [e for e in shelf.stages if kind_of(e["stage"]) == self.name]
        for entry in own if shelf.looking else own[-1:]:  # earlier ones may lie there still
            for name, source in ((public, "public.html"), (internal, "auditor.html")):
                copy = files.file_name(f"{name}.html", entry["attempt"])
                shelf.page(copy, shelf.data(entry) / source)


class StatedInputs(stated.Stated):
    """Its ``stage.json``."""

    inputs: list[stated.Taken]


class Plan(YearKind):
    name = "plan"
    title = "年度计划"
    notebook = "0_plan.ipynb"
    takes = frozenset({"previous.json"})
    may_take = r"calendar\.toml"
    tables = (("inputs", rf"year\.(?:toml|xlsx)|{taking.names_of_round()}"),)
    stated = StatedInputs
    pages = ("年度计划过程记录（内部）", "年度抽查工作计划")

    def may_come(self, entries: list[Entry]) -> bool:
        return not entries or bool(plans(entries))

    def fill(self, work: Work, target: Path) -> Record:
        work.say("核对资料")
        book, folder = work.book, work.folder
        look = inspect(book, folder, work.now)
        if not look.changed:
            last = plans(work.stages)[-1]
            raise RefusedError(
                f"{folder.name} 年的计划已归档（{last['round']}/{last['stage']}），没有变动",
                "计划变更的，改好 plan.xlsx、重新审批并改写年度参数的审批后再归档。",
            )
        if look.errors:
            raise InputError(look.errors, f"ssj check {folder.name} --all")
        taking.require_place(work, planning.read(folder).demonstration)
        return stage(work, target)

    def said(self, record: Record, bag: Path) -> list[str]:
        total = record["forecast"]["totals"]
        return [
            f"已归档：{bag}",
            f"预计全年入企检查 {total['visits']} 户次，多项任务合并减少 {total['saved']} 户次",
        ]

    def derive(self, stage: Archived) -> Iterable[str]:
        before = stage.before("plan")
        previous = before.wrote("plan.json") if before else None
        with stage.staged() as place:
            folder = place / "in"
            yield protocol.difference(planned.derive(folder, stage.stage), stage.record)
            given = {"previous": stage.given("previous.json")}
            yield protocol.difference({"previous": previous}, given, "in/previous.json")
            own = planning.read(folder)
            base = paramfiles.read_round(folder)
            day = datetime.fromisoformat(stage.stage["time"]).date()
            roster = planning.load(folder, own, base)
            year, newest = stage.stage["round_id"], planned.approved_on(previous)
            found = planning.problems(roster, own, base, year, day, newest)
        yield from errors.said(found)
        if not planned.changed(previous, own, roster):
            yield "与前一次归档的计划没有不同"


def stage(work: Work, target: Path) -> Record:
    """Fill a plan's ``in/`` without a look at what is wrong; the content of its ``stage.json``."""
    folder = work.folder
    home = folder.parent / planning.read(folder).rosters
    inputs = taking.take(taking.sources(home, folder), target)
    taking.take_calendar(home, target)
    own = taking.take([taking.Source(paramfiles.path_of("year", folder))], target)
    previous = protocol.canonical(archived_plan(work.book, work.round_id))
    (target / "previous.json").write_bytes(previous)
    return {**taking.stage_of(work, KIND.attempt(work.stages)), "inputs": [*own, *inputs]}


KIND = Plan()
