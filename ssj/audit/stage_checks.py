"""The checks of one archived stage (PROTOCOL §10): each yields what is wrong, in words, or raises
:class:`NotChecked`.
"""

from __future__ import annotations

import ast
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import approvals, params, workdays
from ssj.base.errors import InputError
from ssj.casebook import archive, check, past, past_results, runner
from ssj.casebook.change_rules import amending, voiding
from ssj.casebook.runner import Say, kind_of
from ssj.draw import changes, disclosure, external, framing, sizing
from ssj.results import (
    corrections,
    findings,
    followup,
    postings,
    published,
    reconciliation,
    registers,
    results,
    scans,
)
from ssj.rosters import history, rosters, signing
from ssj.stages import reviews, years
from ssj.tables import rawtables, schema
from ssj.year import planned

# File names without suffix: what a stage's in/ holds beside the out/ of the one before
GIVEN = (
    "stage",
    "entropy",
    "voided",
    "external",
    "platform",
    "scans",
    "earlier",
    "evidence",
    "known",
    "papers",
    "calendar",
    *schema.REGISTERS,
)


class NotChecked(Exception):
    """A step that can't be checked here; the text says why."""


def follows(data: Path, kind: str) -> Iterable[str]:
    """A later stage's ``in/`` is, byte for byte, what the freeze, draw or amendment before it wrote
    to its ``out/``.
    """
    if kind in ("freeze", *years.KINDS):
        return
    before = _before(data, "freeze", "draw", "amend")
    if before is None:
        yield "前面没有封库"
        return
    for path in _files(data / "in"):
        source = before / "data" / "out" / path.name
        if path.stem.partition("-")[0] not in (*GIVEN, "results") and not (
            source.exists() and source.read_bytes() == path.read_bytes()
        ):
            yield f"in/{path.name} 与 {before.name} 的 out/ 不同"


def _before(data: Path, *kinds: str, attempt: int | None = None) -> Path | None:
    """The last stage of one of the kinds before this one, of the same ``attempt`` if that is given."""
    return max(
        (
            p
            for p in data.parents[1].iterdir()
            if archive.STAGE_NAME.fullmatch(p.name)
            and p.name < data.parent.name
            and kind_of(p.name) in kinds
            and attempt in (None, runner.read_stage(p / "data")["attempt"])
        ),
        default=None,
    )


def _files(folder: Path) -> list[Path]:
    """Files of a folder by name, stray ones left out."""
    return [p for p in sorted(folder.iterdir()) if not archive.JUNK.fullmatch(p.name)]


@contextmanager
def _staged(data: Path) -> Iterator[Path]:
    """A stage folder with the archived ``in/`` but no stray file: Excel's lock would pass for an
    open table.
    """
    with tempfile.TemporaryDirectory(prefix="ssj-audit-", ignore_cleanup_errors=True) as place:
        folder = Path(place) / "stage"
        for part in ("in", "out"):
            (folder / part).mkdir(parents=True)
        for path in _files(data / "in"):
            shutil.copyfile(path, folder / "in" / path.name)
        yield folder


def plan_of_year(data: Path, _: str) -> Iterable[str]:
    """A year's plan from ``in/`` by today's code, and the one that it replaces."""
    before = _before(data, "plan")
    with _staged(data) as folder:
        yield from years.recompute(data, folder / "in", before)


def reviewed(
    data: Path, _: str, outputs: Path, entries: list[dict[str, Any]] | None
) -> Iterable[str]:
    """A year's review from ``in/`` by today's code, and what it took from the archives that the
    ledger had then.
    """
    stage = runner.read_stage(data)
    number = next(
        (
            n
            for n, e in enumerate(entries or ())
            if (e["round"], e["stage"]) == (stage["round_id"], data.parent.name)
        ),
        None,
    )
    book = None if entries is None or number is None else archive.Archive(outputs, entries[:number])
    here = book is not None and all(book.folder(e).is_dir() for e in book.entries)
    with _staged(data) as folder:
        yield from reviews.recompute(
            folder / "in",
            runner.read_record(data / "out" / "review.json"),
            stage,
            book if here else None,
        )
    if not here:
        raise NotChecked("没有登记，或各批次的档案不在这里，评估所用的记录不能与档案对照")


def recompute(data: Path, _: str) -> Iterable[str]:
    """The frozen record from ``in/`` by today's code, and the commitment from the frozen record."""
    stage = runner.read_stage(data)
    parameters, earlier = (
        params.read_round(data / "in" / "round.toml"),
        history.read(data / "in" / "history.json"),
    )
    window = parameters.round.window
    with _staged(data) as folder:
        roster = rosters.load(
            folder / "in", parameters.classes, parameters.round.id, (window.start, window.end)
        )
    roster.check()
    tasks = framing.tasks_of_round(roster, parameters.round.id)
    frames = framing.frames(roster, tasks, parameters, earlier)
    settled = sizing.settle(frames, tasks, roster.targets, earlier, parameters.cool_down)
    derived = framing.freeze(
        framing.tables(roster, tasks, settled.frames, parameters, earlier), parameters, stage
    )
    written = runner.read_record(data / "out" / "frozen.json")
    apart = [
        {key: value for key, value in record.items() if key != "commitment"}
        for record in (derived, written)
    ]
    # the cause before what follows from it
    yield protocol.difference(*apart) or protocol.difference(derived, written)
    yield protocol.difference(
        disclosure.notice(derived), runner.read_record(data / "out" / "notice.json")
    )
    yield protocol.difference(
        settled.recorded(), runner.read_record(data / "out" / "chances.json"), "chances.json"
    )
    yield from _as_taken(data / "in", stage)
    day = datetime.fromisoformat(stage["time"]).date()
    refused = [
        *approvals.approval_problems(parameters),
        *signing.problems(parameters, roster, day),
        *planned.against(roster, parameters, runner.read_record(data / "in" / "year.json")),
    ]
    yield from (str(problem) for problem in refused if problem.severity == "error")
    if (
        not parameters.round.demonstration
        and datetime.fromisoformat(stage["time"]) >= parameters.event.time
    ):
        yield "封库不早于公告的公开随机数产生时间"


def _as_taken(folder: Path, stage: dict[str, Any]) -> Iterable[str]:
    """Inputs are those that ``stage.json`` lists, byte for byte where nothing personal was left
    out; no exceptions and no part of a table are there beside them.
    """
    known = {
        own.get("kept", own["file"]): own for own in (*stage["inputs"], *stage.get("outside", ()))
    }
    for name, own in known.items():
        path = folder / name
        if not own["redacted"] and (
            not path.exists() or own["sha256"] != protocol.sha256(path.read_bytes())
        ):
            yield f"in/{name} 的校验码与 stage.json 不一致"
    stems = {Path(name).stem for name in known}
    yield from (
        f"in/{path.name} 不在 stage.json 的资料文件中"
        for path in _files(folder)
        if path.suffix.lower() in rawtables.SUFFIXES and path.stem not in stems
    )


def archive_before(
    data: Path, outputs: Path, entries: list[dict[str, Any]] | None, what: str
) -> archive.Archive:
    """The archive as it was when a stage was entered; :class:`NotChecked` if other rounds'
    archives, from which ``what`` follows, are not here.
    """
    stage = runner.read_stage(data)
    number = next(
        (
            n
            for n, e in enumerate(entries or ())
            if (e["round"], e["stage"]) == (stage["round_id"], data.parent.name)
        ),
        None,
    )
    if entries is None or number is None:
        raise NotChecked(f"没有登记，{what}不能与较早的档案对照")
    book = archive.Archive(outputs, entries[:number])
    if missing := sorted({e["round"] for e in book.entries if not book.folder(e).is_dir()}):
        raise NotChecked(f"较早批次 {'、'.join(missing)} 的档案不在这里，{what}未核验")
    return book


def earlier(
    data: Path, _: str, outputs: Path, entries: list[dict[str, Any]] | None
) -> Iterable[str]:
    """What a freeze took from earlier rounds is what the ledger's archives of that time hold."""
    stage = runner.read_stage(data)
    book = archive_before(data, outputs, entries, "近期检查历史")
    own = params.read_round(data / "in" / "round.toml").round
    expected = past.history_of(book, stage["round_id"], own.demonstration)
    yield protocol.difference(
        expected, runner.read_record(data / "in" / "history.json"), "in/history.json"
    )
    year = past.year_of(book, own)
    yield protocol.difference(
        {"year": year}, {"year": runner.read_record(data / "in" / "year.json")}, "in/year.json"
    )
    before, copy = (
        past.baseline(book, own.demonstration, datetime.fromisoformat(stage["time"])),
        data / "in" / "previous.json",
    )
    if copy.exists() != (before is not None) or (
        before
        and copy.read_bytes() != (book.folder(before) / "data" / "out" / "frozen.json").read_bytes()
    ):
        yield "in/previous.json 不是用来对照的那次封库"


def after_void(data: Path, _: str, entries: list[dict[str, Any]]) -> Iterable[str]:
    """What a draw says of the voided one before it is what that one's archive holds."""
    book = archive.Archive(
        data.parents[2],
        list(itertools.takewhile(lambda e: e["stage"] != data.parent.name, entries)),
    )
    expected = past.voided_draw(book, data.parents[1].name)
    yield protocol.difference(
        expected, runner.read_record(data / "in" / "voided.json"), "in/voided.json"
    )


def requested(data: Path, kind: str) -> Iterable[str]:
    """An amendment or void is what ``stage.json`` asked for, and keeps the rules by which the
    command would have refused it.
    """
    stage = runner.read_stage(data)
    before = runner.read_record(data / "in" / stage["amends" if kind == "amend" else "voids"])
    rests_on = _before(data, "draw" if kind == "amend" else "freeze")
    if rests_on is None:
        yield f"前面没有{'抽取' if kind == 'amend' else '封库'}"
        return
    since = runner.read_stage(rests_on / "data")["time"]
    errors = list(
        amending(before, stage, since)
        if kind == "amend"
        else voiding(before, stage, since, data / "in")
    )
    yield from (
        text
        for error in errors
        for text in (map(str, error.problems) if isinstance(error, InputError) else [error.message])
    )
    if errors:
        return  # what can't be, follows from nothing
    entropy = changes.entropy_of(data / "in")
    derived = (
        changes.amended(before, stage)
        if kind == "amend"
        else changes.voided(before, stage, entropy)
    )
    written = runner.read_record(data / "out" / runner.RECORDS[kind])
    if kind == "amend":  # what follows from the request is step 7's
        derived, written = (
            {
                **r,
                "amendments": [
                    *r["amendments"][:-1],
                    {k: r["amendments"][-1][k] for k in changes.REQUEST},
                ],
            }
            for r in (derived, written)
        )
    yield protocol.difference(derived, written)


def _of_no_draw(stage: protocol.Record) -> str:
    """What is wrong with ``of``, by which a stage names the draw or amendment that it is about;
    empty if nothing is.
    """
    return (
        ""
        if stage["of"] in (runner.RECORDS["draw"], runner.RECORDS["amend"])
        else f"in/stage.json 的 of 不能是 {stage['of']}"
    )


def returned(data: Path, _: str) -> Iterable[str]:
    """Which signed papers came back follows from the draw record, the files' names and hashes, and
    the papers stage before it.
    """
    stage = runner.read_stage(data)
    if wrong := _of_no_draw(stage):
        yield wrong
        return
    before = _before(data, "papers", attempt=stage["attempt"])
    earlier = (
        runner.read_record(before / "data" / "out" / "papers.json")["papers"] if before else []
    )
    given = runner.read_record(data / "in" / "earlier.json")
    yield protocol.difference({"papers": earlier}, given, "in/earlier.json")
    derived = scans.received(
        runner.read_record(data / "in" / stage["of"]),
        runner.read_record(data / "in" / "scans.json")["files"],
        earlier,
        stage,
    )
    yield protocol.difference(
        derived, runner.read_record(data / "out" / "papers.json"), "papers.json"
    )


def resulted(data: Path, _: str) -> Iterable[str]:
    """The results, and what the public sees of them, follow from ``in/``; what came before is what
    the results stage before wrote.
    """
    stage = runner.read_stage(data)
    if wrong := _of_no_draw(stage):
        yield wrong
        return
    before = _before(data, "results", attempt=stage["attempt"])
    sealed = results.earlier_of(
        runner.read_record(before / "data" / "out" / "results.json") if before else None
    )
    yield protocol.difference(
        sealed, runner.read_record(data / "in" / "earlier.json"), "in/earlier.json"
    )
    yield from _taken_papers(data, stage)
    drawn = runner.read_record(data / "in" / stage["of"])
    with _staged(data) as folder:
        own = registers.read(folder / "in", drawn, stage["time"])
        found = findings.read(
            folder / "in", drawn, stage["time"], sealed["rows"], own.corrected(sealed)
        )
        is_workday = workdays.read_calendar(folder / "in" / "calendar.toml")
        evidence = runner.read_record(data / "in" / "evidence.json")["files"]
        own.problems += corrections.problems(
            drawn, stage["time"], found.rows, own, sealed, is_workday
        )
        own.problems += postings.problems(drawn, found.rows, own, sealed, evidence)
        own.problems += followup.problems(drawn, found.rows, own, sealed)
        others = runner.read_record(data / "in" / "known.json")
        derived = results.recorded(drawn, stage, found, own, is_workday, sealed, evidence, others)
    yield from (str(p) for p in (*found.problems, *own.problems) if p.severity == "error")
    yield protocol.difference(
        derived, runner.read_record(data / "out" / "results.json"), "results.json"
    )
    yield protocol.difference(
        published.view(drawn, derived),
        runner.read_record(data / "out" / "published.json"),
        "published.json",
    )
    names = findings.files(data / "in") + [
        rawtables.find(data / "in", t) for t in schema.REGISTERS if rawtables.exists(data / "in", t)
    ]
    for source, path in zip(stage["sources"], names, strict=True):
        yield (
            f"in/{path.name} 的校验码与 stage.json 不一致"
            if not source["redacted"] and source["sha256"] != protocol.sha256(path.read_bytes())
            else ""
        )


def _taken_papers(data: Path, stage: protocol.Record) -> Iterable[str]:
    """The papers that a results stage shows are those of the last papers stage before it, of the
    same attempt; none if there was none.
    """
    before = _before(data, "papers", attempt=stage["attempt"])
    copy = data / "in" / "papers.json"
    if copy.exists() != (before is not None) or (
        before and copy.read_bytes() != (before / "data" / "out" / "papers.json").read_bytes()
    ):
        yield "in/papers.json 不是上一次收存的文书"


def known(data: Path, _: str, outputs: Path, entries: list[dict[str, Any]] | None) -> Iterable[str]:
    """What a results stage took from the results of other rounds is what the ledger's archives of
    that time hold.
    """
    book, stage = (
        archive_before(data, outputs, entries, "以前批次的检查结果"),
        runner.read_stage(data),
    )
    expected = past_results.known(book, runner.read_record(data / "in" / stage["of"]))
    yield protocol.difference(
        expected, runner.read_record(data / "in" / "known.json"), "in/known.json"
    )


Verified = tuple[protocol.Record, list[protocol.Step]]


def verified(data: Path, kind: str) -> Verified:
    """The record of a draw or amendment, and what :func:`protocol.verify` says of it."""
    record = runner.read_record(data / "out" / runner.RECORDS[kind])
    return record, protocol.verify(record)


def step(
    data: Path, kind: str, number: int, verified: Callable[[Path, str], Verified]
) -> Iterable[str]:
    """One step of :func:`protocol.verify`, and for step 4 that the draw belongs to the freeze
    before it; ``verified`` may remember.
    """
    record, steps = verified(data, kind)
    own = [s for s in steps if s.number == number]
    yield from (s.detail for s in own if s.holds is not None)
    if number == 5 and kind == "draw" and protocol.drawn_elsewhere(record["parameters"]):
        yield from _taken_over(data, record)
    if unchecked := [s.detail for s in own if s.holds is None]:
        raise NotChecked(unchecked[0])
    if number == (6 if kind == "draw" else 7):  # an amendment changes teams alone
        yield protocol.difference(
            disclosure.published(record),
            runner.read_record(data / "out" / "public.json"),
            "public.json",
        )
    if number == 4 and kind == "draw":
        frozen = runner.read_record(data / "in" / "frozen.json")
        yield protocol.difference(frozen, {key: record.get(key) for key in frozen})
        yield from (
            str(p)
            for p in check.entropy_problems(
                data / "in", record, datetime.fromisoformat(runner.read_stage(data)["time"])
            )
        )
        entropy = params.read_entropy(data / "in" / "entropy.toml").recorded()
        yield protocol.difference(entropy, record["entropy"], "entropy")
        drawn_at, announced = (
            datetime.fromisoformat(t)
            for t in (runner.read_stage(data)["time"], record["event"]["time"])
        )
        if drawn_at < announced:
            yield "抽取时间早于公告的公开随机数产生时间"


def _taken_over(data: Path, record: protocol.Record) -> Iterable[str]:
    """A draw made elsewhere holds the platform's list as it lies in ``in/``, nothing more and
    nothing less.
    """
    with _staged(data) as folder:
        listing = external.read(folder / "in", record)
    yield from (str(problem) for problem in external.errors(listing.problems))
    yield protocol.difference(
        external.drawn(record, record["seed"], listing), record["drawn"], "drawn"
    )
    yield protocol.difference(
        external.recorded(record, listing),
        {key: record[key] for key in external.recorded(record, listing)},
    )
    yield _source(data, "external")


def reconciled(data: Path, _: str) -> Iterable[str]:
    """A reconciliation with the platform, made again from its ``in/``."""
    stage = runner.read_stage(data)
    with _staged(data) as folder:
        listing = reconciliation.read(folder / "in")
    before = runner.read_record(data / "in" / stage["compares"])
    derived = reconciliation.recorded(before, stage, reconciliation.compare(before, listing.rows))
    yield protocol.difference(
        derived, runner.read_record(data / "out" / runner.RECORDS["platform"])
    )
    yield _source(data, "platform")


def _source(data: Path, table: str) -> str:
    """A list that was taken byte for byte still has the hash that ``stage.json`` names; a copy
    without personal data can't be compared.
    """
    source = runner.read_stage(data)["source"]
    same = source["redacted"] or source["sha256"] == protocol.sha256(
        rawtables.find(data / "in", table).read_bytes()
    )
    return "" if same else f"in/{source['file']} 的校验码与 stage.json 不一致"


def sources(data: Path, kind: str) -> Iterable[str]:
    """The archived notebook's sources are the released ones, and so is the code that the stage
    names.
    """
    stage = runner.read_stage(data)
    if stage["code"] != runner.code_identity():
        yield (
            f"程序不是本机的这一版（档案：版本 {stage['code']['version']}，校验码 "
            f"{stage['code']['hash'][:16]}…）；如是旧版，请取回那一版再复核"
        )
    released = runner.read_notebook(runner.ROOT / "notebooks" / runner.KINDS[kind].notebook)
    archived = runner.read_notebook(data / runner.NOTEBOOK)
    injected = [_assignments(c.source) for c in archived.cells if c.id == "injected-parameters"]
    if injected != [runner.parameters_of(stage)]:
        yield "注入的参数与 stage.json 不一致"
    cells = [
        [(c.id, c.cell_type, c.source) for c in nb.cells if c.id != "injected-parameters"]
        for nb in (released, archived)
    ]
    yield from (
        f"过程记录的单元 {a[0]} 与发布的不同" for a, b in zip(*cells, strict=False) if a != b
    )
    if len(cells[0]) != len(cells[1]):
        yield "过程记录的单元数与发布的不同"


def _assignments(source: str) -> dict[str, Any]:
    """Names and constants of a cell that does nothing but assign; anything else reads as nothing."""
    try:
        return {s.targets[0].id: ast.literal_eval(s.value) for s in ast.parse(source).body}  # type: ignore[attr-defined]
    except (AttributeError, SyntaxError, ValueError):
        return {}


def execute(data: Path, kind: str, say: Say) -> Iterable[str]:
    """The notebook run again in a fresh kernel: ``out/`` and the normalised notebook must be
    byte-equal.
    """
    with _staged(data) as folder:
        with runner.fresh_kernel(folder) as kernel:
            executed = runner.execute_stage(folder, kind, kernel, runner.read_stage(data), say)
        for name in sorted({p.name for part in (data, folder) for p in _files(part / "out")}):
            pair = [(part / "out" / name) for part in (data, folder)]
            if not all(p.exists() for p in pair) or pair[0].read_bytes() != pair[1].read_bytes():
                yield f"重新执行得到的 out/{name} 不同"
        if executed != (data / runner.NOTEBOOK).read_bytes():
            yield _first_cell(executed, data / runner.NOTEBOOK)


def _first_cell(executed: bytes, archived: Path) -> str:
    import nbformat

    again, before = (
        nbformat.reads(executed.decode("utf-8"), as_version=4),
        runner.read_notebook(archived),
    )
    different = [a.id for a, b in zip(again.cells, before.cells, strict=False) if a != b]
    return f"重新执行得到的过程记录不同（单元 {'、'.join(different[:3]) or '数量或元数据'}）"


def pages(data: Path, kind: str, say: Say) -> Iterable[str]:
    """The pages rendered again; another nbconvert may render otherwise, so that is not checked."""
    stage = runner.read_stage(data)
    if stage["versions"]["nbconvert"] != runner.versions()["nbconvert"]:
        raise NotChecked(f"nbconvert 版本不同（档案 {stage['versions']['nbconvert']}）")
    for audience, page in runner.render_pages(data, kind, stage["round_id"]).items():
        if page.encode("utf-8") != (data / f"{audience}.html").read_bytes():
            yield f"{audience}.html 与重新生成的不同"
