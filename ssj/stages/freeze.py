"""The freeze (封库) as a stage: ``ssj freeze``. What is fixed before the event, and the commitment.

- It comes once in an attempt, after the rosters stage, whose inputs must not have changed since.
- It takes the rosters as they were read there, and holds only what fixes the draw.
- A real freeze comes before the announced time of the event.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from ssj import protocol
from ssj.base import errors, files, formats, params, triage, workdays
from ssj.base.errors import InputError, RefusedError
from ssj.casebook import attempts, inspection, past, stated, taking
from ssj.casebook.archive import Entry
from ssj.casebook.kind import Archived, Kind, Shelf, Work
from ssj.casebook.render import verifier_page, witness_page
from ssj.draw import disclosure
from ssj.draw.derive import derive
from ssj.draw.year_counts import YearCounts
from ssj.papers import slips
from ssj.protocol import Record
from ssj.rosters import history, signing
from ssj.rosters.record import from_record
from ssj.site import copies
from ssj.stages import rosters
from ssj.tables import fields, paramchanges, paramfiles
from ssj.year import planned


class StatedFreeze(stated.Stated):
    """Its ``stage.json``; ``salt``: 防推码; ``previous``: the freeze that changes are shown
    against.
    """

    salt: stated.Hash
    previous: stated.Entered | None


class Freeze(Kind):
    name = "freeze"
    title = "封库"
    notebook = "1a_freeze.ipynb"
    more = frozenset({"notice.json", "chances.json", "round.toml"})
    documents = frozenset({"freeze.json", "notice.json"})
    rests_on = ("rosters",)
    repeats = rosters.KIND.outputs
    takes = frozenset({"history.json", "year.json"})
    may_take = r"previous\.json|calendar\.toml"
    stated = StatedFreeze
    pages = ("封库过程记录（内部）", "封库公告")

    def may_come(self, entries: list[Entry]) -> bool:
        state = attempts.state_of(entries)
        return state.rosters is not None and state.freeze is None

    def fill(self, work: Work, target: Path) -> Record:
        state = work.state
        if state.freeze is not None:
            raise RefusedError(
                f"{work.round_id} 第 {state.attempt} 次抽取已经封库，不能再次封库",
                attempts.void_hint(work.round_id),
            )
        if not rosters.current(work.book, work.folder, state):
            raise RefusedError(
                "名录还没有核对，或核对以后改动过", f"请运行 ssj freeze {work.round_id}。"
            )
        work.say("核对资料")
        warnings = rosters.refuse(work, work.book.record(state.known("rosters")))
        content = stage(work, target)
        # by the copy of the holidays: the others' content is the rosters stage's
        own = params.read_round(target / "round.toml")
        found = inspection.of_parameters(own, work.round_id, work.now, target)
        errors.require(paramfiles.placed(fields.ROUND, work.folder, found))
        if open_round := past.undrawn(work.book, work.round_id, own):
            raise RefusedError(
                f"{open_round} 已封库、还没有抽取，它抽中的户次还不知道，年度检查频次上限无法核对",
                f"请先抽取 {open_round}，或作废它的封库，再封库。",
            )
        work.reminders += [
            *triage.summary(warnings),
            *changed(target / "previous.json", own),
            *capped(work.book.record(state.known("rosters")), own, target),
            *later(own, target),
        ]
        return content

    def said(self, record: Record, bag: Path) -> list[str]:
        return [f"已封库：{bag}", "封库校验码：", *formats.shown_digits(record["commitment"])]

    def copies(self, shelf: Shelf) -> None:
        if entry := shelf.state.freeze:
            data, (internal, public) = shelf.data(entry), self.pages
            for name, source in (
                (f"{internal}.html", data / "auditor.html"),
                (f"{public}.html", data / "public.html"),
                (copies.NOTICE, data / "out" / "notice.json"),
            ):
                shelf.page(files.file_name(name, entry["attempt"]), source)
            shelf.page(copies.VERIFIER, verifier_page().encode("utf-8"))
            shelf.page(copies.WITNESS, witness_page().encode("utf-8"))
            custodians = params.read_round(data / "out" / "round.toml").event.custodians
            for name, write in slips.of_freeze(data, entry, custodians).items():
                shelf.put(name, write)

    def derive(self, stage: Archived) -> Iterable[str]:
        content, place = stage.stage, stage.data / "in"
        parameters = params.read_round(place / "round.toml")
        roster, earlier = (
            from_record(stage.given("rosters.json")),
            history.read(place / "history.json"),
        )
        derived = derive(roster, parameters, earlier)
        record = derived.record(content)
        written = stage.record
        # the cause before what follows from it
        ours, theirs = (
            {k: v for k, v in r.items() if k != "commitment"} for r in (record, written)
        )
        yield protocol.difference(ours, theirs) or protocol.difference(record, written)
        shown = stage.wrote("notice.json")
        yield protocol.difference(disclosure.notice(record, shown), shown)
        if not files.alike(place / "round.toml", stage.data / "out" / "round.toml"):
            yield "out/round.toml 与 in/ 中的不同"
        yield protocol.difference(
            derived.settled.recorded(), stage.wrote("chances.json"), "chances.json"
        )
        at = datetime.fromisoformat(content["time"])
        yield from errors.said(
            [
                *inspection.of_parameters(parameters, content["round_id"], at, place),
                *derived.problems,
                *signing.problems(parameters, roster, at.date()),
                *planned.against(roster, parameters, stage.given("year.json")),
            ]
        )
        yield from rosters.from_earlier_rounds(stage)
        year = past.year_of(stage.book("年度计划"), parameters.round)
        given = {"year": stage.given("year.json")}
        yield protocol.difference({"year": year}, given, "in/year.json")


def changed(previous: Path, own: params.Parameters) -> Iterable[str]:
    """What the parameters say otherwise than at the freeze that changes are shown against."""
    found = list(paramchanges.lines(paramchanges.since(previous, own)))
    if found:
        before = protocol.parse(previous.read_text(encoding="utf-8"))["round"]
        yield f"与 {before} 相比，参数改动 {len(found)} 处："
        yield from (f"  {line}" for line in found)


def capped(rosters_: Record, own: params.Parameters, home: Path) -> Iterable[str]:
    """How many firms are at a yearly cap, before the freeze leaves them out."""
    roster = from_record(rosters_)
    counts = YearCounts(own, history.read(home / "history.json"), roster.others)
    if reached := counts.reached(roster.targets):
        yield (
            f"{reached} 户已达年度检查频次上限，本批次不抽（不计上限任务除外）；"
            "逐户见名录核对过程记录的“每户已查的次数”"
        )


def later(own: params.Parameters, home: Path) -> Iterable[str]:
    """What a later step of the round will need: the holidays of the days by which results must be
    published, and objections to the last of these be answered.
    """
    try:
        is_workday = paramfiles.read_calendar(home)
        last = workdays.after(own.round.window.end, own.deadlines.publish, is_workday)
        workdays.after(last, own.deadlines.objection, is_workday)
    except InputError as error:
        for problem in error.problems:
            yield f"公示和异议的期限要用：{problem.message}。{problem.remedy}"


def stage(work: Work, target: Path) -> Record:
    """Fill a freeze's ``in/`` with what the rosters stage wrote and what the archives say, without
    a look at what is wrong; the content of its ``stage.json``, with a new salt (防推码).
    """
    state = work.state
    out = work.book.out(state.known("rosters"))
    for name in sorted(KIND.repeats):  # and no stray file
        shutil.copyfile(out / name, target / name)
    previous = rosters.take_past(work, target)
    year = past.year_of(work.book, params.read_round(target / "round.toml").round)
    (target / "year.json").write_bytes(protocol.canonical(year))
    taking.take_calendar(work.folder, target)
    return {
        **taking.stage_of(work, state.attempt),
        "salt": secrets.token_hex(32),
        "previous": previous,
    }


KIND = Freeze()
