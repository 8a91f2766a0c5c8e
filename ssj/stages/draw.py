"""The draw (抽取) as a stage: ``ssj draw``. From the freeze and the event to drawn targets, visits
and teams.

- It comes once in an attempt, after the freeze, and not before the announced time of the event.
- It runs under the code that froze, on what the freeze wrote and on the event's text alone.
- Where the provincial platform draws (外部抽取), its list is taken over as it stands.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from ssj import protocol
from ssj.base import files, formats, params, triage
from ssj.base.errors import InputError, RefusedError
from ssj.casebook import attempts, past, program, stated, taking
from ssj.casebook.archive import Entry, read_record
from ssj.casebook.kind import Archived, Kind, Shelf, Work
from ssj.casebook.render import verifier_page
from ssj.draw import checkcodes, disclosure, events, external
from ssj.papers import confirmation
from ssj.protocol import Record
from ssj.site.copies import CHECK_PAGE, PUBLIC_RECORD, published
from ssj.stages import freeze


class StatedDraw(stated.Stated):
    """Its ``stage.json``; ``source``: the platform's list, where it draws."""

    source: stated.Taken | None = params.later(None)


class Draw(Kind):
    name = "draw"
    title = "抽取"
    notebook = "2_draw.ipynb"
    more = frozenset({"public.json"})
    documents = frozenset({"draw.json", "public.json"})
    rests_on = ("freeze",)
    repeats = freeze.KIND.outputs
    takes = frozenset({"entropy.toml", "voided.json"})
    may_take = taking.MAPPING  # of the platform's list
    tables = (("source", taking.names(external.TABLE)),)
    stated = StatedDraw
    pages = ("抽取过程记录（内部）", "抽取结果公告")
    has_draw = True

    def may_come(self, entries: list[Entry]) -> bool:
        return attempts.state_of(entries).next == "draw"

    def fill(self, work: Work, target: Path) -> Record:
        round_id, state = work.round_id, work.state
        if state.next == "freeze":
            raise RefusedError(
                f"{round_id} 第 {state.attempt} 次抽取还没有封库，不能抽取",
                f"请先运行 ssj freeze {round_id}。",
            )
        if state.next != "draw":
            raise RefusedError(
                f"{round_id} 第 {state.attempt} 次抽取已经完成，不能再次抽取",
                attempts.void_hint(round_id),
            )
        frozen = attempts.current_record(work.book, state)
        held = datetime.fromisoformat(frozen["event"]["time"])
        if work.now < held:
            raise RefusedError(
                f"公告的公开随机数产生时间是 {formats.stamp(held.isoformat())}，"
                "现在还没到，不能抽取",
                "请在产生之后再运行。",
            )
        if program.code_identity(self.notebook)["hash"] != frozen["code"]["hash"]:
            raise RefusedError(
                f"程序与封库时（ssj {frozen['code']['version']}）不同，不能用来抽取",
                f"请运行 ssj draw {round_id}：它用留存的那一版程序抽取。",
            )
        require_event(work.folder, frozen, work.now)
        content = stage(work, target)
        require_event(target, frozen, work.now)  # the copies: they may have been saved meanwhile
        work.reminders += reminders(target, frozen)
        return content

    def said(self, record: Record, bag: Path) -> list[str]:
        return [
            f"已抽取：{bag}",
            f"入企检查 {len(record['visits'])} 户次；抽取随机数：",
            *formats.shown_digits(record["seed"]),
        ]

    def copies(self, shelf: Shelf) -> None:
        """The page that names drawn firms and officers comes only from the declared day on, and
        never from a voided draw.
        """
        if shelf.state.draw:
            of_teams(self, shelf, shelf.state.draw, 0)

    def derive(self, stage: Archived) -> Iterable[str]:
        return ()  # all of it follows by the text

    def by_text(self, stage: Archived, number: int) -> Iterable[str]:
        frozen = stage.given(freeze.KIND.record)
        if number == 3:
            expected = past.voided_draw(stage.own_book, stage.stage["round_id"])
            yield protocol.difference(expected, stage.given("voided.json"), "in/voided.json")
            elsewhere = protocol.drawn_elsewhere(frozen["parameters"])
            if elsewhere != (stage.stage.get("source") is not None):
                yield "平台的名单只在外部抽取时才有，也必须有"
        elif number == 4:
            yield protocol.difference(frozen, {key: stage.record.get(key) for key in frozen})
            typed = tomllib.loads((stage.data / "in" / "entropy.toml").read_text("utf-8"))
            text = {key: typed.get(key) for key in ("text", "text_again")}
            recorded = dict.fromkeys(text, stage.record["entropy"]["text"])
            yield protocol.difference(recorded, text, "in/entropy.toml")

    def beyond_record(self, stage: Archived, number: int) -> Iterable[str]:
        record = stage.record
        if number == 4:
            yield from _of_the_event(stage, record)
        elif number == 5 and protocol.drawn_elsewhere(record["parameters"]):
            yield from _taken_over(stage, record)
        elif number == 6:
            yield from published_as_drawn(stage, record)


def require_event(folder: Path, frozen: Record, now: datetime) -> None:
    """``InputError`` with all that keeps a frozen round from being drawn from what lies there."""
    if problems := events.draw_problems(folder, frozen, now):
        raise InputError(problems)


def reminders(folder: Path, frozen: Record) -> Iterable[str]:
    """What does not keep a frozen round from being drawn, but can't be added afterwards."""
    drawn = {**frozen, "entropy": params.read_entropy(folder / "entropy.toml").recorded()}
    before = params.banners(frozen)
    yield from (text for text in params.banners(drawn) if text not in before)
    listing = external.read(folder, frozen)
    yield from triage.summary(p for p in listing.problems if p.severity == "warning")


def stage(work: Work, target: Path) -> Record:
    """Fill a draw's ``in/`` with the freeze's ``out/`` and ``entropy.toml``, without a look at what
    is wrong; the content of its ``stage.json``.
    """
    state = work.state
    frozen = work.book.out(state.known("freeze"))
    for name in sorted(KIND.repeats):  # and no stray file
        shutil.copyfile(frozen / name, target / name)
    shutil.copyfile(work.folder / "entropy.toml", target / "entropy.toml")
    voided = past.voided_draw(work.book, work.round_id)
    (target / "voided.json").write_bytes(protocol.canonical(voided))
    content = taking.stage_of(work, state.attempt)
    if protocol.drawn_elsewhere(read_record(frozen / freeze.KIND.record)["parameters"]):
        content["source"] = taking.take_list(work.folder, external.TABLE, target)
    return content


def of_teams(kind: Kind, shelf: Shelf, entry: Entry, amended: int) -> None:
    """Copies of a draw or of its ``amended``-th amendment: workbook, form to sign, pages, and what
    the verifier reads.
    """
    data = shelf.data(entry)
    record = read_record(data / "out" / kind.record)
    if not all((shelf.folder / name).exists() for name in confirmation.names(record)):
        shelf.add(lambda: confirmation.write_files(record, shelf.folder))
    internal, public = kind.pages
    pages: dict[str, Path | bytes] = {f"{internal}.html": data / "auditor.html"}
    if published(record, shelf.today):
        pages |= {
            f"{public}.html": data / "public.html",
            PUBLIC_RECORD: data / "out" / "public.json",
        }
        shown = read_record(data / "out" / "public.json")
        if "checks" in shown:  # records that older programs made have none
            pages[CHECK_PAGE] = verifier_page([checkcodes.known(shown)]).encode("utf-8")
    for name, source in pages.items():
        shelf.page(files.file_name(name, entry["attempt"], amended), source)


def published_as_drawn(stage: Archived, record: Record) -> Iterable[str]:
    """The public record is the record's own."""
    yield disclosure.unlike(record, stage.wrote("public.json"))


def _of_the_event(stage: Archived, record: Record) -> Iterable[str]:
    """The draw belongs to the event as it lies in ``in/``, and comes not before the announced
    time.
    """
    drawn_at = datetime.fromisoformat(stage.stage["time"])
    found = events.entropy_problems(stage.data / "in", record, drawn_at)
    yield from (str(problem) for problem in found)
    entropy = params.read_entropy(stage.data / "in" / "entropy.toml").recorded()
    yield protocol.difference(entropy, record["entropy"], "entropy")
    if drawn_at < datetime.fromisoformat(record["event"]["time"]):
        yield "抽取时间早于公告的公开随机数产生时间"


def _taken_over(stage: Archived, record: Record) -> Iterable[str]:
    """A draw made elsewhere holds the platform's list as it lies in ``in/``, nothing more and
    nothing less.
    """
    with stage.staged() as folder:
        listing = external.read(folder / "in", record)
    yield from (str(problem) for problem in external.errors(listing.problems))
    drawn = external.drawn(record, record["seed"], listing)
    yield protocol.difference(drawn, record["drawn"], "drawn")
    recorded = external.recorded(record, listing)
    yield protocol.difference(recorded, {key: record[key] for key in recorded})


KIND = Draw()
