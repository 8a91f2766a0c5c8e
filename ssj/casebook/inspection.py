"""Everything that is wrong with a round's folder, all files at once, before anything is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from ssj.base import approvals, formats, params, workdays
from ssj.base.errors import InputError, Problem
from ssj.base.params import Parameters
from ssj.casebook.past import NO_PAST, Past
from ssj.draw import beacons
from ssj.draw.derive import derive
from ssj.rosters import exceptions, rosters
from ssj.rosters.derive import Derived
from ssj.rosters.derive import derive as rosters_of
from ssj.rosters.rosters import Rosters
from ssj.tables import fields, paramfiles, schema
from ssj.year import planned

Value = TypeVar("Value")


@dataclass(frozen=True)
class Inspection:
    """What a look at a round's folder found: problems (errors first) with at most fifty alike,
    ``every`` one of them, notes, the rosters as read; ``parameters``: those of round.toml, None
    while they can't be read; ``derived``: what the tables come to, where they were read here.
    """

    problems: list[Problem]
    every: list[Problem]
    notes: list[str]
    rosters: Rosters
    parameters: Parameters | None = None
    derived: Derived | None = None

    @property
    def errors(self) -> list[Problem]:
        return [p for p in self.every if p.severity == "error"]


def inspect(
    folder: Path, now: datetime, past: Past = NO_PAST, read: Rosters | None = None
) -> Inspection:
    """A look at the parameters, ``entropy.toml`` (if there) and the rosters; ``read``: the rosters,
    where a stage has read and checked all tables already.
    """
    look = _inspect(folder, now, past, read)
    shown, every = (
        paramfiles.placed(fields.ROUND, folder, some) for some in (look.problems, look.every)
    )
    return replace(look, problems=shown, every=every)


def _inspect(folder: Path, now: datetime, past: Past, read: Rosters | None) -> Inspection:
    problems: list[Problem] = []
    parameters = _try(problems, lambda: paramfiles.read_round(folder))
    if (folder / "entropy.toml").exists():
        _try(problems, lambda: params.read_entropy(folder / "entropy.toml"))
    # look at the rosters all the same, with what can be made out of the scheme
    if parameters is None:
        classes = [] if _of_classes(problems) else classes_of(folder)
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
    problems += of_parameters(parameters, folder.name, now, folder.parent)
    derived, roster = None, read
    if roster is None:
        stage = {"time": now.isoformat()}
        derived = rosters_of(folder, parameters, stage, past.history, past.previous)
        problems += derived.problems
        roster = derived.roster
    if not any(p.severity == "error" for p in roster.problems):
        problems += derive(roster, parameters, past.history).problems
        problems += planned.against(roster, parameters, past.year)
    shown, every = (
        sorted([*problems, *some], key=lambda p: p.severity)
        for some in (roster.problems, roster.every)
    )
    notes = derived.notes if derived else list(roster.notes)
    return Inspection(shown, every, notes, roster, parameters, derived)


def _of_classes(problems: list[Problem]) -> bool:
    """Whether something is wrong in the classes themselves, so that no row can be held to them."""
    sheet = next(own.sheet for own in fields.ROUND.sections if own.path == "classes")
    return any(p.column.split(".")[0] == "classes" or p.sheet == sheet for p in problems)


def of_parameters(
    parameters: Parameters, round_id: str, now: datetime, home: Path
) -> list[Problem]:
    """Why what round.toml declares can't be frozen at ``now``: commands refuse by it, and the audit
    (V3) by the archived files. ``home``: where the declared holidays lie, if there are any.
    """
    problems: list[Problem] = []
    if parameters.round.id != round_id:
        problems.append(
            Problem(
                "R10",
                f"批次号与文件夹名“{round_id}”不一致",
                "请改成一致",
                file="round.toml",
                column="round.id",
                value=parameters.round.id,
            )
        )
    problems += approvals.approval_problems(parameters, today=now.date())
    problems += params.event_problems(parameters, now)
    problems += _of_another_zone(parameters.event)
    problems += _of_another_round(parameters.event)
    if not parameters.round.demonstration:
        problems += _try(problems, lambda: _notice(parameters, now, home)) or []
    return problems


def _of_another_zone(event: params.Event) -> Iterator[Problem]:
    """A time whose day is another one in Beijing, and with it every period of days."""
    if event.time.utcoffset() != formats.BEIJING.utcoffset(None):
        yield Problem(
            "R08",
            "公开随机数产生的时间不是北京时间",
            "请写北京时间，如 2021-11-26T10:00:00+08:00",
            file="round.toml",
            column="event.time",
            value=event.time.isoformat(),
        )


def _of_another_round(event: params.Event) -> Iterator[Problem]:
    """A beacon's round that the announced time does not give: somebody could choose it."""
    announced = event.announced()
    if beacons.is_quicknet(announced) and (wrong := beacons.announced_wrongly(announced)):
        yield Problem(
            "R14",
            wrong,
            "请照公告的时间写轮次，或者不写轮次",
            file="round.toml",
            column="event.source",
            value=announced["source"],
        )


def _notice(parameters: Parameters, now: datetime, home: Path) -> list[Problem]:
    is_workday = paramfiles.read_calendar(home)
    event = parameters.event
    day = event.time.date()
    found = workdays.notice_problems(now.date(), day, event.notice_days, is_workday)
    if not is_workday(day):
        found.append(
            Problem(
                "R12",
                "公开活动定在休息日",
                "请核对到时有没有人在场；彩票在休息日开奖的，可以不改",
                file="round.toml",
                column="event.time",
                value=str(day),
                severity="warning",
            )
        )
    return found


def _try(problems: list[Problem], act: Callable[[], Value]) -> Value | None:
    """The value of ``act()``, or ``None`` with its problems added."""
    try:
        return act()
    except InputError as error:
        problems += error.problems
        return None


def classes_of(folder: Path) -> list[str]:
    """The classes that a round's parameters name, even where other things are wrong in them."""
    classes = paramfiles.raw(fields.ROUND, folder).get("classes")
    return list(classes) if isinstance(classes, dict) else []
