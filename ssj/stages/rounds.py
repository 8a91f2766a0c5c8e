"""Where a round stands, and its main stages: freeze → event → draw. What may follow is in
:mod:`ssj.stages.amend` and others.

Fills each stage's ``in/`` and refuses what the rules of a round forbid now; the notebooks do the
rest.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.archiving import casebook, check
from ssj.archiving.archive import Archive, bag_problems
from ssj.archiving.casebook import Say, kind_of
from ssj.chance import history
from ssj.errors import InputError, RefusedError, SsjError
from ssj.inputs import params

TABLES = ("items", "targets", "officers", "plan")
AFTER_DRAW = (
    "amend",
    "papers",
    "platform",
    "results",
)  # kinds that may follow a draw, in any order and number
RECENT = timedelta(
    days=30
)  # changes of class, tags and status within it are listed to the approver


@dataclass
class State:
    """Where a round stands: its current attempt and the stages of that attempt."""

    attempt: int
    freeze: dict[str, Any] | None = None
    draw: dict[str, Any] | None = None
    teams: dict[str, Any] | None = None  # the draw or its last amendment: who goes now

    @property
    def next(self) -> str:
        """The next stage: ``freeze``, ``draw``, or nothing."""
        return "freeze" if self.freeze is None else "draw" if self.draw is None else ""

    def allowed(self) -> set[str]:
        """Kinds of stage that may come now."""
        if self.freeze is None:
            return {"freeze"}
        return {"void", "draw"} if self.draw is None else {"void", *AFTER_DRAW}


def state_of(entries: list[dict[str, Any]]) -> State:
    """The state that a round's ledger entries lead to."""
    state = State(1)
    for entry in entries:
        kind = kind_of(entry["stage"])
        if kind == "void":
            state = State(entry["attempt"] + 1)
        elif kind in ("freeze", "draw"):
            setattr(state, kind, entry)
        if kind in ("draw", "amend"):
            state.teams = entry
    return state


@dataclass
class Workplace:
    """A stage in the making: its folder on the outputs' file system and a kernel that is starting
    in it.
    """

    folder: Path
    kernel: Any


@contextmanager
def workplace(book: Archive, round_id: str, kind: str) -> Iterator[Workplace]:
    """An empty stage folder with a fresh kernel; both gone afterwards, unless the folder was
    committed.
    """
    with book.workplace(f"{round_id}-{kind}") as place:
        folder = place / "stage"
        (folder / "in").mkdir(parents=True)
        with casebook.fresh_kernel(folder) as kernel:
            yield Workplace(folder, kernel)


def out_of(book: Archive, entry: dict[str, Any]) -> Path:
    """``out/`` of an archived stage; ``SsjError`` if its bag is not as it was registered."""
    if problems := bag_problems(book.folder(entry), entry["bag"])[0]:
        raise SsjError(
            f"{entry['round']}/{entry['stage']} 与登记不符：{'；'.join(problems)}",
            "档案可能被改动或移走：请不要继续，先运行 ssj audit 查明，并从备份恢复。",
        )
    return book.folder(entry) / "data" / "out"


def current_record(book: Archive, state: State) -> protocol.Record:
    """The record of the current attempt: frozen, drawn or amended, whichever came last; those
    before it must be sound too.
    """
    entries = [entry for entry in (state.freeze, state.draw, state.teams) if entry]
    outs = [out_of(book, entry) for entry in entries]
    return casebook.read_record(outs[-1] / casebook.RECORDS[kind_of(entries[-1]["stage"])])


def drawn_record(book: Archive, state: State) -> protocol.Record:
    """The draw record of the current attempt with its amendments; ``RefusedError`` if it is not
    drawn.
    """
    if state.draw is None:
        raise RefusedError("本批次还没有抽取", "进度请看 ssj status。")
    return current_record(book, state)


def void_hint(round_id: str) -> str:
    """The way out when something is done already."""
    return (
        f"如确有理由重来：ssj void {round_id} --reason 理由 --approver 审批人 --date 审批日期，"
        "然后另定公开随机数来源，从封库开始进行下一次抽取。"
    )


def freeze(
    book: Archive, folder: Path, now: datetime, place: Workplace, say: Say
) -> dict[str, Any]:
    """Stage, run and commit a freeze of the round in ``folder``; its ledger entry."""
    state = state_of(book.stages(folder.name))
    if state.next != "freeze":
        raise RefusedError(
            f"{folder.name} 第 {state.attempt} 次抽取已经封库，不能再次封库", void_hint(folder.name)
        )
    say("核对资料")
    look = check.inspect(folder, now, history_so_far(book, folder), year_so_far(book, folder))
    if errors := [p for p in look.every if p.severity == "error"]:
        raise InputError(errors, f"ssj check {folder.name}")
    return finish(book, place, "freeze", stage_freeze(book, folder, now, place.folder / "in"), say)


def stage_freeze(book: Archive, folder: Path, now: datetime, target: Path) -> dict[str, Any]:
    """Fill a freeze's ``in/``; the content of its ``stage.json``, with a new salt (防推码)."""
    attempt = state_of(book.stages(folder.name)).attempt
    inputs = take_inputs(folder, target)
    lists = take_outside(folder, target)
    own = params.read_round(folder / "round.toml").round
    demonstration = own.demonstration
    (target / "history.json").write_bytes(
        protocol.canonical(history_of(book, folder.name, demonstration))
    )
    (target / "year.json").write_bytes(protocol.canonical(year_of(book, own)))
    if (previous := baseline(book, demonstration, now)) is not None:
        shutil.copyfile(out_of(book, previous) / "frozen.json", target / "previous.json")
    return {
        **stage_of(book, folder.name, attempt, now),
        "salt": secrets.token_hex(32),
        "inputs": inputs,
        "outside": lists,
        "previous": previous
        and {key: previous[key] for key in ("round", "attempt", "time", "bag")},
    }


def take_inputs(folder: Path, target: Path, plan: Path | None = None) -> list[dict[str, Any]]:
    """Copy a round's inputs byte for byte, but tables with personal columns without these; what was
    taken. ``plan``: folder of the plan, if another. The files of a folder of files (``targets/``)
    are numbered: names in an archive are ASCII.
    """
    from ssj.inputs import headings, parts, schema, tables

    taken = [
        _take(path, target, None)
        for path in (folder / "round.toml", folder / headings.FILE)
        if path.name != headings.FILE or path.exists()
    ]
    for table in [*TABLES, *(table for table in schema.OPTIONAL if tables.exists(folder, table))]:
        home = plan if plan and table == "plan" else folder
        many, heads = parts.is_folder(home, table), parts.headings_of(home, table)
        for n, path in enumerate(parts.files(home, table), 1):
            taken.append(
                _take(path, target, heads, f"{table}-{n:03}" if many else "", table if many else "")
            )
        if many and (own := parts.mapping(home, table)).parent.name == table:
            taken.append(_take(own, target, None, f"{table}-{own.stem}", table))
    if (calendar := calendar_of(folder)).exists():
        shutil.copyfile(calendar, target / "calendar.toml")
    return taken


def take_outside(folder: Path, target: Path) -> list[dict[str, Any]]:
    """Copy the lists of other offices in ``outside/`` under ASCII names (``kept``), without
    personal columns; what was taken.
    """
    from ssj.inputs import headings, outside, schema

    read = headings.read(folder / headings.FILE, outside.TABLE, schema.headers(outside.TABLE))
    return [
        _take(source, target, read, f"{outside.TABLE}-{number:02}", outside.FOLDER)
        for number, source in enumerate(outside.files(folder), 1)
    ]


def _take(
    source: Path, target: Path, headers: Mapping[str, bool] | None, stem: str = "", inside: str = ""
) -> dict[str, Any]:
    """Copy one input, a table (which has ``headers``) without its personal columns, under another
    ``stem`` if that is given; what was taken. ``inside``: the folder of the round's folder that it
    lies in; what was taken then says under which name it is kept.
    """
    from ssj.inputs import tables, workbooks

    place = (
        target / ".part" if stem else target
    )  # it may be called like a file that was taken before
    place.mkdir(exist_ok=True)
    redacted = headers and workbooks.redact(source, place, headers)
    copy = redacted or place / source.name
    if not redacted:
        shutil.copyfile(source, copy)
    if stem:
        copy = copy.rename(target / (stem + copy.suffix.lower()))
        place.rmdir()
    return {
        "file": f"{inside}/{source.name}" if inside else source.name,
        **({"kept": copy.name} if inside else {}),
        "sha256": protocol.sha256(source.read_bytes()),
        "redacted": bool(redacted),
        "dropped": list(tables.read(source, headers).dropped) if redacted else [],
    }


def take_list(
    folder: Path, table: str, target: Path, source: Path | None = None, stem: str = ""
) -> dict[str, Any]:
    """Copy a list that came after the freeze (``schema.LATER``) into a stage's ``in/``, from the
    folder or from the file ``source``; what was taken.
    """
    from ssj.inputs import schema, tables

    return _take(source or tables.find(folder, table), target, schema.headers(table), stem)


def take_record(book: Archive, entry: dict[str, Any], target: Path) -> str:
    """Copy the record of an archived stage into another's ``in/``; its file name."""
    name = casebook.RECORDS[kind_of(entry["stage"])]
    shutil.copyfile(out_of(book, entry) / name, target / name)
    return name


def calendar_of(folder: Path) -> Path:
    """The declared holidays that all rounds share."""
    return folder.parent / "calendar.toml"


def baseline(book: Archive, demonstration: bool, now: datetime) -> dict[str, Any] | None:
    """The freeze to show changes against: of the same kind (real, demonstration) the latest that is
    at least 30 days old, or else the earliest, so that every change of the last 30 days shows,
    whatever was frozen and voided meanwhile.
    """
    same = [
        entry
        for entry in book.entries
        if kind_of(entry["stage"]) == "freeze"
        and casebook.read_record(out_of(book, entry) / "frozen.json")["parameters"]["demonstration"]
        == demonstration
    ]
    old = [entry for entry in same if now - datetime.fromisoformat(entry["time"]) >= RECENT]
    return old[-1] if old else same[0] if same else None


def history_of(book: Archive, round_id: str, demonstration: bool) -> dict[str, Any]:
    """The content of ``history.json``: extracts of the draws of other rounds of the same kind that
    were not voided.
    """
    found, chances = [], None
    for entry in book.entries:
        state = state_of(book.stages(entry["round"]))
        if entry["round"] == round_id or state.draw is not entry:
            continue
        drawn = drawn_record(book, state)
        if drawn["parameters"]["demonstration"] == demonstration:
            found.append(history.extract(entry, drawn))
        if drawn["parameters"]["demonstration"] == demonstration and not protocol.drawn_elsewhere(
            drawn["parameters"]
        ):
            chances = casebook.read_record(out_of(book, state.freeze) / "chances.json")
    return history.as_json(found, chances)


def year_of(book: Archive, own: params.RoundPart) -> dict[str, Any] | None:
    """The content of ``year.json``: the last archived plan of the year in which a round's visits
    begin, of the same kind and, among demonstrations, the same bureau; None if there is none.
    """
    for entry in reversed(book.stages(str(own.window.start.year))):
        if kind_of(entry["stage"]) == "plan":
            plan = casebook.read_record(out_of(book, entry) / "plan.json")
            given = plan["parameters"]
            if given["demonstration"] == own.demonstration and (
                given["bureau"] == own.bureau or not own.demonstration
            ):
                return {
                    **{key: entry[key] for key in ("round", "attempt", "time", "bag")},
                    "title": given["title"],
                    "tasks": plan["tasks"],
                }
    return None


def year_so_far(book: Archive, folder: Path) -> dict[str, Any] | None:
    """The archived plan for a round that is still to be frozen; None if its parameters can't be
    read.
    """
    try:
        return year_of(book, params.read_round(folder / "round.toml").round)
    except InputError:
        return None


def history_so_far(book: Archive, folder: Path) -> history.History:
    """What earlier rounds leave to a round that is still to be frozen; nothing if its parameters
    can't be read.
    """
    try:
        demonstration = params.read_round(folder / "round.toml").round.demonstration
    except InputError:
        return history.NOTHING
    return history.from_json(history_of(book, folder.name, demonstration))


def draw(book: Archive, folder: Path, now: datetime, place: Workplace, say: Say) -> dict[str, Any]:
    """Stage, run and commit the draw of a frozen round; its ledger entry."""
    state = state_of(book.stages(folder.name))
    if state.next == "freeze":
        raise RefusedError(
            f"{folder.name} 第 {state.attempt} 次抽取还没有封库，不能抽取",
            f"请先运行 ssj freeze {folder.name}。",
        )
    if state.next != "draw":
        raise RefusedError(
            f"{folder.name} 第 {state.attempt} 次抽取已经完成，不能再次抽取", void_hint(folder.name)
        )
    record = current_record(book, state)
    announced = datetime.fromisoformat(record["event"]["time"])
    if now < announced:
        raise RefusedError(
            f"公告的公开随机数产生时间是 {announced:%Y-%m-%d %H:%M}，现在还没到，不能抽取",
            "请在产生之后再运行。",
        )
    code = casebook.code_identity()
    if code != record["code"]:
        raise RefusedError(
            "程序与封库时不同，不能用来抽取",
            f"请换回封库时的程序（版本 {record['code']['version']}，校验码 "
            f"{record['code']['hash'][:16]}…）。",
        )
    if problems := check.draw_problems(folder, record, now):
        raise InputError(problems)
    return finish(book, place, "draw", stage_draw(book, folder, now, place.folder / "in"), say)


def stage_draw(book: Archive, folder: Path, now: datetime, target: Path) -> dict[str, Any]:
    """Fill a draw's ``in/`` with the freeze's ``out/`` and ``entropy.toml``; the content of its
    ``stage.json``.
    """
    state = state_of(book.stages(folder.name))
    frozen = out_of(book, state.freeze)
    for name in sorted(casebook.KINDS["freeze"].outputs):  # and no stray file
        shutil.copyfile(frozen / name, target / name)
    shutil.copyfile(folder / "entropy.toml", target / "entropy.toml")
    (target / "voided.json").write_bytes(protocol.canonical(voided_draw(book, folder.name)))
    elsewhere = protocol.drawn_elsewhere(casebook.read_record(frozen / "frozen.json")["parameters"])
    return {
        **stage_of(book, folder.name, state.attempt, now),
        **({"source": take_list(folder, "external", target)} if elsewhere else {}),
    }


def voided_draw(book: Archive, round_id: str) -> dict[str, Any]:
    """The content of ``voided.json``: whom the last voided draw of the round had drawn; attempt 0
    if there is none.
    """
    for entry in reversed(book.stages(round_id)):
        if (kind := kind_of(entry["stage"])) == "draw":
            drawn = [
                visit["id"]
                for visit in casebook.read_record(out_of(book, entry) / "draw.json")["visits"]
            ]
        elif kind == "void":
            drawn = (
                casebook.read_record(out_of(book, entry) / "void.json")
                .get("unstaffed", {})
                .get("visits", [])
            )
        else:
            continue
        if drawn:
            return {"attempt": entry["attempt"], "visits": drawn}
    return {"attempt": 0, "visits": []}


def stage_of(book: Archive, round_id: str, attempt: int, now: datetime) -> dict[str, Any]:
    """What can't be derived: the content of ``stage.json`` that all stages have."""
    return {
        "round_id": round_id,
        "attempt": attempt,
        "time": now.isoformat(timespec="seconds"),
        "rehearsal": False,
        "ledger_head": book.head,
        "code": casebook.code_identity(),
        "versions": casebook.versions(),
    }


def finish(
    book: Archive, place: Workplace, kind: str, stage: dict[str, Any], say: Say
) -> dict[str, Any]:
    """Run a staged notebook and commit its folder; the ledger entry."""
    casebook.run_stage(place.folder, kind, place.kernel, stage, say)
    place.kernel.shutdown_kernel(
        now=True
    )  # nothing may hold or change a file of the folder from here on
    say("封存、登记")
    number = len(book.stages(stage["round_id"])) + 1
    return book.commit(
        place.folder, stage["round_id"], stage["attempt"], f"{number:02}-{kind}", stage["time"]
    )
