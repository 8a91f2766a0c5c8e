"""The results of a round (检查结果) as a stage: ``ssj results``.

- It comes after a draw, as often as findings come in; where nothing is new it is refused.
- Each stage holds everything that is known by then: the files are the bureau's registers and grow.
  A later stage supersedes, the earlier ones stay.
- What is archived may neither vanish nor change silently: rows, visits and registers of the stage
  before lie in ``earlier.json``; a correction is a register of its own (decisions 023, 024).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

from ssj import protocol
from ssj.base import errors, files, triage, workdays
from ssj.base.errors import InputError, RefusedError
from ssj.casebook import archive, attempts, past_results, stated, taking
from ssj.casebook.archive import Archive
from ssj.casebook.attempts import State
from ssj.casebook.kind import Archived, Kind, Shelf, Work
from ssj.casebook.runner import Say
from ssj.protocol import Record
from ssj.results import (
    findings,
    followup,
    invented,
    invented_followup,
    postings,
    published,
    results,
)
from ssj.results.assemble import Assembled, assemble
from ssj.site import copies, sitecopies
from ssj.stages import papers
from ssj.tables import paramfiles, places, schema, writing
from ssj.workbooks import followupbook, resultforms, suggestions


class StatedResults(stated.Stated):
    """Its ``stage.json``."""

    sources: list[stated.Taken]


class Results(Kind):
    name = "results"
    title = "检查结果"
    notebook = "3_results.ipynb"
    more = frozenset({"published.json"})
    rests_on = ("draw", "amend")
    takes = frozenset({"earlier.json", "evidence.json", "known.json"})
    may_take = rf"papers\.json|calendar\.toml|{taking.MAPPING}"
    tables = (("sources", taking.names(findings.TABLE, *schema.REGISTERS)),)
    stated = StatedResults
    pages = ("检查结果过程记录（内部）", copies.RESULTS_PAGE)

    def fill(self, work: Work, target: Path) -> Record:
        book, folder, state = work.book, work.folder, work.state
        read = look(work)
        if errors := [p for p in read.problems if p.severity == "error"]:
            raise InputError(errors, f"ssj results {work.round_id} --check")
        record = read.record
        work.reminders += triage.summary(read.problems)
        taken, before = papers.last(state), state.last(self.name)
        scans = book.out(taken) / papers.KIND.record if taken else None
        given = book.folder(before) / "data" / "in" if before else None
        if results.nothing_new(record, last(book, state)) and _same_files(
            given, read.evidence, scans
        ):
            raise RefusedError(
                f"{work.round_id} 没有新的结果：交回的表和各登记表与上次归档的相同，没有再归档",
                "有新的结果，填好、保存后再运行。",
            )
        taking.take_record(book, state.known("draw", "amend"), target)
        for file, content in (
            ("earlier.json", read.earlier),
            ("known.json", read.known),
            ("evidence.json", {"files": read.evidence}),
        ):
            (target / file).write_bytes(protocol.canonical(content))
        if taken:  # the whole-process record
            taking.take_record(book, taken, target)
        taking.take_calendar(folder, target)
        return {**read.stage, "sources": _take_sources(folder, target)}

    def said(self, record: Record, bag: Path) -> list[str]:
        facts = results.facts(record).items()
        return [f"已归档：{bag}", "；".join(f"{name} {count}" for name, count in facts)]

    def copies(self, shelf: Shelf) -> None:
        """Public pages have reviewed results only, come from the day on which drawn firms may be
        named, and are those of the last stage: an earlier one may hold what was withdrawn since.
        """
        entries, (internal, public) = shelf.state.all(self.name), self.pages
        for number, entry in enumerate(entries, 1):
            data = shelf.data(entry)
            record = archive.read_record(data / "out" / self.record)
            last = number == len(entries) or shelf.looking  # an audit looks at whatever is there
            named = last and copies.published(record, shelf.today)
            pages = {f"{internal}.html": "auditor.html"}
            if named:
                pages |= {f"{public}.html": "public.html", f"{public}.json": "out/published.json"}
            for page, source in pages.items():
                name = files.file_name(page, entry["attempt"], given=number)
                shelf.page(name, data / source)
            name = files.file_name(followupbook.WORKBOOK, entry["attempt"], given=number)
            shelf.put(name, partial(_followups, data))
            sitecopies.lists(shelf, data, number, named)
        if not shelf.looking:
            sitecopies.clear(shelf.folder, shelf.state.attempt, len(entries))
        shelf.add(lambda: handed_out(shelf))
        if entries:
            name = files.file_name(suggestions.WORKBOOK, entries[-1]["attempt"], given=len(entries))
            shelf.put(name, partial(suggestions.write, record))
            shelf.add(lambda: sitecopies.progress(data, shelf.folder, shelf.today))

    def by_text(self, stage: Archived, number: int) -> Iterable[str]:
        if number == 3:
            given = stage.given("evidence.json")
            yield from stated.problems(stated.Listing, given, "in/evidence.json")

    def derive(self, stage: Archived) -> Iterable[str]:
        before = stage.before(self.name)
        last_record = before.wrote(self.record) if before else None
        earlier = results.earlier_of(last_record)
        yield protocol.difference(earlier, stage.given("earlier.json"), "in/earlier.json")
        yield from _taken_papers(stage)
        drawn = stage.repeated
        evidence, known = stage.given("evidence.json")["files"], stage.given("known.json")
        with stage.staged() as place:
            folder = place / "in"
            is_workday = workdays.read_calendar(folder / "calendar.toml")
            read = assemble(folder, drawn, stage.stage, is_workday, earlier, evidence, known)
            record = read.record
        yield from errors.said(read.problems)
        given = before.data / "in" if before else None
        copy = stage.data / "in" / papers.KIND.record
        if results.nothing_new(record, last_record) and _same_files(
            given, evidence, copy if copy.exists() else None
        ):
            yield "没有新的结果"
        yield protocol.difference(record, stage.record, "results.json")
        view = published.view(drawn, record)
        yield protocol.difference(view, stage.wrote("published.json"), "published.json")
        book = stage.book("以前批次的检查结果")
        yield protocol.difference(past_results.known(book, drawn), known, "in/known.json")


def look(work: Work) -> Assembled:
    """The returned tables and registers of a drawn round, read and checked; nothing is entered."""
    book, folder, state = work.book, work.folder, work.state
    drawn = attempts.drawn_record(book, state)
    work.say("核对结果")
    return assemble(
        folder,
        drawn,
        {**taking.stage_of(work, state.attempt), "sources": []},
        paramfiles.read_calendar(folder.parent),
        results.earlier_of(last(book, state)),
        listed(folder, work.say),
        past_results.known(book, drawn),
    )


def sources(folder: Path) -> list[tuple[Path, str]]:
    """The returned tables and registers of a round's folder, with the table that each is."""
    return [(path, findings.TABLE) for path in findings.files(folder)] + [
        (places.find(folder, table), table)
        for table in schema.REGISTERS
        if places.exists(folder, table)
    ]


def _take_sources(folder: Path, target: Path) -> list[Record]:
    """Copy the returned tables and registers; their accounts."""
    many = (folder / findings.TABLE).is_dir()
    return [
        taking.take_list(
            folder, findings.TABLE, target, path, f"{findings.TABLE}-{n:02}" if many else ""
        )
        for n, path in enumerate(findings.files(folder), 1)
    ] + [
        taking.take_list(folder, table, target)
        for table in schema.REGISTERS
        if places.exists(folder, table)
    ]


def _same_files(given: Path | None, evidence: list[Record], scans: Path | None) -> bool:
    """Whether the screenshots, and the papers taken back (``scans``: their record), are those that
    the results stage before, with this ``in/``, lists.
    """
    if given is None or archive.read_record(given / "evidence.json")["files"] != evidence:
        return False
    copy = given / papers.KIND.record
    return scans is None or files.alike(copy, scans)


def last(book: Archive, state: State) -> Record | None:
    """``results.json`` of the last results stage of the current attempt."""
    entry = state.last(KIND.name)
    return book.record(entry) if entry else None


def listed(folder: Path, say: Say) -> list[Record]:
    """The screenshots (公示凭证) in a round's folder ``evidence``, by name, size and hash; they
    stay there.
    """
    place = folder / postings.FOLDER
    return taking.listed(place, say) if place.is_dir() else []


def handed_out(shelf: Shelf) -> Iterator[Path]:
    """Make the forms for the next results stage (结果回填表, blank registers) that are missing.

    The form for all visits is made last: where it is, the others were made too, and no record need
    be read.
    """
    state = shelf.state
    number, amended = len(state.all(KIND.name)), len(state.all("amend"))
    folder = shelf.folder / resultforms.folder_name(state.attempt, amended, number)
    whole = folder / resultforms.file_name("", state.attempt, amended, number)
    if state.draw is None or whole.exists():
        return
    drawn = attempts.drawn_record(shelf.book, state)
    forms = resultforms.copies(drawn, last(shelf.book, state), number)
    for name, content in reversed(forms.items()):
        if not (path := folder / name).exists():
            files.write_whole(content(), path)
            yield path


def _followups(data: Path, path: Path) -> None:
    writing.write_workbook(path, *followupbook.of_stage(data))


def _taken_papers(stage: Archived) -> Iterable[str]:
    """The papers that a results stage shows are those of the last papers stage before it, of the
    same attempt; none if there was none.
    """
    before = stage.before("papers")
    copy = stage.data / "in" / papers.KIND.record
    if copy.exists() != (before is not None) or (
        before and not files.alike(copy, before.data / "out" / copy.name)
    ):
        yield "in/papers.json 不是上一次收存的文书"


def invent(book: Archive, folder: Path, today: date) -> Path:
    """Write an invented results.xlsx into the folder of a drawn demonstration or rehearsal; its
    path.
    ``RefusedError`` for a real round or where there is one.
    """
    record = attempts.drawn_record(book, attempts.state_of(book.stages(folder.name)))
    own = record["parameters"]
    if not (own["demonstration"] or own.get("rehearsal")):
        raise RefusedError(
            "样例结果只用于演示批次",
            f"正式批次请填写结果回填表，另存为 {folder / 'results.xlsx'}。",
        )
    if places.exists(folder, findings.TABLE) or (folder / findings.TABLE).is_dir():
        raise RefusedError(f"{folder} 中已有结果", "要重新生成的，先移走。")
    path = folder / f"{findings.TABLE}.xlsx"
    is_workday = paramfiles.read_calendar(folder.parent)
    answers = invented.rows(record, today, is_workday)
    writing.write_workbook(path, {"检查结果": writing.sheet(answers)})
    handled = invented_followup.rows(record["round"], answers, today, is_workday)
    if handled and not places.exists(folder, followup.TABLE):
        writing.write_workbook(
            folder / f"{followup.TABLE}.xlsx",
            {schema.REGISTERS[followup.TABLE]: writing.sheet(handled)},
        )
    return path


KIND = Results()
