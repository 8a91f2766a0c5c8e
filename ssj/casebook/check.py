"""Everything that is wrong with a round's folder, all files at once, before anything is run."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import approvals, params, workdays
from ssj.base.errors import InputError, Problem
from ssj.base.params import Parameters
from ssj.draw import external, framing, teams
from ssj.rosters import exceptions, offices, pools, rosters, signing, unlisted
from ssj.rosters.history import NOTHING, History
from ssj.rosters.offices import Listing
from ssj.rosters.rosters import Rosters
from ssj.tables import schema
from ssj.year import planned


@dataclass(frozen=True)
class Inspection:
    """What a look at a round's folder found: problems (errors first) with at most fifty alike,
    ``every`` one of them, notes, the rosters as read; ``parameters``: those of round.toml, None
    while they can't be read; ``outside``: lists of other offices.
    """

    problems: list[Problem]
    every: list[Problem]
    notes: list[str]
    rosters: Rosters
    parameters: Parameters | None = None
    outside: tuple[Listing, ...] = ()


def inspect(
    folder: Path, now: datetime, history: History = NOTHING, year: dict[str, Any] | None = None
) -> Inspection:
    """A look at ``round.toml``, ``entropy.toml`` (if there) and the rosters; ``year``: the archived
    plan.
    """
    problems: list[Problem] = []
    parameters = _try(problems, lambda: params.read_round(folder / "round.toml"))
    if (folder / "entropy.toml").exists():
        _try(problems, lambda: params.read_entropy(folder / "entropy.toml"))
    # look at the rosters all the same, with what can be made out of the scheme
    if parameters is None:
        classes = classes_of(folder / "round.toml")
        loaded = rosters.load(folder, classes, folder.name, (date.min, date.min), today=now.date())
        unknown = (
            ()
            if classes
            else (schema.label("targets", "risk_class"), schema.label("plan", "ratios"))
        )
        shown, every = (
            [*problems, *(p for p in some if p.column not in unknown)]
            for some in (loaded.problems, loaded.every)
        )
        return Inspection(shown, every, [*loaded.notes, *exceptions.lines(loaded.settled)], loaded)
    if parameters.round.id != folder.name:
        problems.append(
            Problem(
                "R10",
                f"批次号与文件夹名“{folder.name}”不一致",
                "请改成一致",
                file="round.toml",
                column="round.id",
                value=parameters.round.id,
            )
        )
    problems += approvals.approval_problems(parameters)
    problems += params.event_problems(parameters, now)
    if not parameters.round.demonstration:
        problems += _try(problems, lambda: _notice(parameters, folder, now)) or []
    loaded = rosters.load(
        folder,
        parameters.classes,
        parameters.round.id,
        (parameters.round.window.start, parameters.round.window.end),
        today=now.date(),
    )
    problems += signing.problems(parameters, loaded, now.date())
    listings = offices.read(folder, parameters.outside)
    problems += offices.problems(listings)
    said = (
        unlisted.notes(
            listings,
            unlisted.compare(listings, loaded.targets, parameters.outside),
            len(loaded.tallies["targets"].refused),
        )
        if "targets" in loaded.tallies
        else []
    )
    problems += pools.read(parameters)[1]
    if not any(p.severity == "error" for p in loaded.problems):
        tasks = framing.tasks_of_round(loaded, parameters.round.id)
        frames = framing.frames(loaded, tasks, parameters, history)
        problems += framing.problems(frames, tasks, parameters, loaded)
        problems += pools.empty(loaded, parameters, history) if parameters.pools else []
        record = {
            "tables": framing.tables(loaded, tasks, frames, parameters, history),
            "parameters": parameters.frozen(),
        }
        problems += teams.seat_problems(record)
        problems += planned.against(loaded, parameters, year)
    shown, every = (
        sorted([*problems, *some], key=lambda p: p.severity)
        for some in (loaded.problems, loaded.every)
    )
    notes = [
        *loaded.notes,
        *exceptions.lines(loaded.settled),
        *(note for own in listings for note in own.notes),
        *said,
    ]
    return Inspection(shown, every, notes, loaded, parameters, tuple(listings))


def _notice(parameters: params.Parameters, folder: Path, now: datetime) -> list[Problem]:
    is_workday = workdays.read_calendar(folder.parent / "calendar.toml")
    event = parameters.event
    return workdays.notice_problems(now.date(), event.time.date(), event.notice_days, is_workday)


def _try(problems: list[Problem], act):
    """The value of ``act()``, or ``None`` with its problems added."""
    try:
        return act()
    except InputError as error:
        problems += error.problems
        return None


def classes_of(path: Path) -> list[str]:
    """The classes that round.toml names, even where other things are wrong in it."""
    with suppress(OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return list(tomllib.loads(path.read_text(encoding="utf-8-sig")).get("classes", {}))
    return []


def draw_problems(folder: Path, record: protocol.Record, now: datetime) -> list[Problem]:
    """Why a frozen round can't be drawn from what lies in its folder: ``entropy.toml``, and the
    platform's list if it is drawn elsewhere.
    """
    problems: list[Problem] = []
    problems += _try(problems, lambda: entropy_problems(folder, record, now)) or []
    return problems + external.errors(external.read(folder, record).problems)


def entropy_problems(folder: Path, record: protocol.Record, now: datetime) -> list[Problem]:
    """Why ``entropy.toml`` doesn't fit the announced event of a frozen record, or lies in the
    future.
    """
    entropy = params.read_entropy(folder / "entropy.toml")
    problems = []
    try:
        protocol.check_event_text(record["event"], entropy.text)
    except protocol.ProtocolError as error:
        problems.append(
            Problem(
                "E01",
                str(error),
                "请按公告的格式如实填写",
                file="entropy.toml",
                column="text",
                value=entropy.text,
            )
        )
    if entropy.time < datetime.fromisoformat(record["event"]["time"]):
        problems.append(
            Problem(
                "E02",
                f"公开随机数产生的时间早于公告的 {record['event']['time']}",
                "请核对时间",
                file="entropy.toml",
                column="time",
                value=entropy.time.isoformat(),
            )
        )
    if entropy.time > now:
        problems.append(
            Problem(
                "E04",
                "公开随机数产生的时间还没到",
                "请核对时间",
                file="entropy.toml",
                column="time",
                value=entropy.time.isoformat(),
            )
        )
    if record["event"]["kind"] == "beacon" and not entropy.raw:
        problems.append(
            Problem(
                "E05",
                "没有照录信标的原始记录",
                "请把信标发布的原文（含签名）写在 raw 中",
                file="entropy.toml",
                column="raw",
            )
        )
    for a in entropy.attestation:
        if a.custodian not in record["event"]["custodians"]:
            problems.append(
                Problem(
                    "E06",
                    f"“{a.custodian}”不是公告的保管人",
                    "保管人须在封库公告中写明",
                    file="entropy.toml",
                    column="attestation.custodian",
                    value=a.custodian,
                )
            )
        if a.received >= datetime.fromisoformat(record["event"]["time"]):
            problems.append(
                Problem(
                    "E07",
                    f"保管人“{a.custodian}”在公开随机数产生之后才收到封库校验码",
                    "这份证明不能证实唯一性，请删去",
                    file="entropy.toml",
                    column="attestation.received",
                    value=a.received.isoformat(),
                )
            )
        if not record["commitment"].startswith(a.first16):
            problems.append(
                Problem(
                    "E03",
                    f"保管人“{a.custodian}”收到的封库校验码前 16 位与本次封库不符",
                    "请核对；如确实收到过另一个校验码，本次抽取的唯一性不成立",
                    file="entropy.toml",
                    column="attestation.first16",
                    value=a.first16,
                )
            )
    return problems
