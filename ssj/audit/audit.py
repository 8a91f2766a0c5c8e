"""The numbered checks of an archived round (复核), PROTOCOL §10: what holds, what does not, what
was not checked.

Nothing of an archive runs before its notebooks are known to be the released ones.
"""

from __future__ import annotations

import errno
import itertools
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.audit import stage_checks
from ssj.audit.stage_checks import NotChecked
from ssj.base import params
from ssj.base.errors import SsjError, StoppedError
from ssj.casebook import archive, attempts, runner
from ssj.casebook.runner import Say, kind_of
from ssj.protocol import ProtocolError, Step
from ssj.stages import years

NAMES = {
    1: "留痕登记簿",
    2: "档案包",
    **protocol.STEPS,
    8: "程序与过程记录",
    9: "重新执行",
    10: "网页",
}


@dataclass
class Report:
    """All steps of an audit, the stages they cover, banners and stray files."""

    round_id: str
    steps: list[Step] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    banners: list[str] = field(default_factory=list)
    junk: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 if every step holds; 5 if one fails; 6 if none fails but one was not checked without
        being asked for.
        """
        if any(s.holds is False for s in self.steps):
            return 5
        return 6 if any(s.holds is None and s.detail != LEFT_OUT for s in self.steps) else 0

    def as_json(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "round": self.round_id,
            "stages": self.stages,
            "exit_code": self.exit_code,
            "banners": self.banners,
            "junk": self.junk,
            "running_versions": runner.versions(),
            "steps": [s._asdict() for s in self.steps],
        }


LEFT_OUT = "按要求省略（--fast）"


def audit(folder: Path, fast: bool, say: Say) -> Report:
    """Check an archived round (``outputs/2021Q4``) against its ledger, its inputs and the released
    code.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise SsjError(f"找不到文件夹 {folder}", "请写档案所在的文件夹，如 outputs/2021Q4。")
    report = Report(folder.name)
    outputs, entries, chain = folder.parent, None, ""
    try:
        entries = archive.read_entries(outputs) if (outputs / archive.LEDGER).exists() else None
    except ProtocolError as error:
        chain = str(error)
    mine = [e for e in entries or () if e["round"] == folder.name]
    stages = sorted(
        {p.name for p in folder.iterdir() if p.is_dir() and archive.STAGE_NAME.fullmatch(p.name)}
        | {e["stage"] for e in mine}
    )
    report.stages = stages
    if not stages:
        raise SsjError(f"{folder} 中没有档案", "请写档案所在的文件夹，如 outputs/2021Q4。")
    bags = {e["stage"]: e["bag"] for e in mine}
    sound: dict[str, bool] = {}

    def ledger() -> Iterable[str]:
        if entries is None and not chain:
            raise NotChecked("没有留痕登记簿 ledger.jsonl")
        yield chain
        yield from (f"{name} 没有登记" for name in stages if not chain and name not in bags)
        yield from _order(mine)

    def sealed() -> Iterable[str]:
        for name in stages:
            problems, junk = archive.bag_problems(folder / name, bags.get(name))
            report.junk += [f"{name}/{file}" for file in junk]
            if not problems and name in bags:
                problems = list(
                    _registered(folder / name / "data", next(e for e in mine if e["stage"] == name))
                )
            sound[name] = not problems
            yield from (f"{name}：{text}" for text in problems)
        known = {*stages, "files"}
        stray = [p.name for p in folder.iterdir() if p.name not in known]
        report.junk += [name for name in stray if archive.JUNK.fullmatch(name)]
        yield from (f"{name} 是多出来的" for name in stray if not archive.JUNK.fullmatch(name))
        if not bags:
            raise NotChecked("没有留痕登记簿，档案包只能自证，不能与登记对照")

    _add(report, 1, ledger)
    say("核验档案包")
    _add(report, 2, sealed)
    records = _Records(folder, [name for name in stages if sound.get(name)], len(stages))
    a_year = any(kind_of(name) in years.KINDS for name in stages)
    say("由原始资料重算封库校验码")
    _add(
        report,
        3,
        (
            lambda: itertools.chain(
                records.each("plan", stage_checks.plan_of_year),
                records.those("review", stage_checks.reviewed, outputs, entries),
            )
        )
        if a_year
        else lambda: itertools.chain(
            records.each("freeze", stage_checks.recompute),
            records.each(None, stage_checks.follows),
            records.those("draw", stage_checks.after_void, mine),
            records.those("amend", stage_checks.requested),
            records.those("void", stage_checks.requested),
            records.those("papers", stage_checks.returned),
            records.those("platform", stage_checks.reconciled),
            records.those("results", stage_checks.resulted),
            records.those("results", stage_checks.known, outputs, entries),
            records.each("freeze", stage_checks.earlier, outputs, entries),
        ),
    )
    if a_year:  # no draw, so no steps 4 to 7
        kinds = [kind for kind in years.KINDS if any(kind_of(name) == kind for name in stages)]
        report.steps[-1] = report.steps[-1]._replace(
            name="、".join(runner.KINDS[kind].title for kind in kinds)
        )
    verified = cache(stage_checks.verified)  # four steps look at each record
    for number in () if a_year else (4, 5, 6, 7):
        say(f"核验{NAMES[number]}")
        _add(
            report,
            number,
            lambda number=number: itertools.chain(
                records.each("draw", stage_checks.step, number, verified),
                records.those("amend", stage_checks.step, number, verified),
            ),
        )
    _add(report, 8, lambda: records.each(None, stage_checks.sources))
    released = report.steps[-1].holds
    for number, check in ((9, stage_checks.execute), (10, stage_checks.pages)):
        if number == 9 and fast:
            report.steps.append(Step(number, NAMES[number], None, LEFT_OUT))
        elif not released:
            report.steps.append(
                Step(number, NAMES[number], None, "程序或过程记录不是发布的版本，不运行")
            )
        else:
            say(f"核验{NAMES[number]}")
            _add(report, number, lambda check=check: records.each(None, check, say))
    report.banners = records.banners()
    return report


def _add(report: Report, number: int, check: Callable[[], Iterable[str]]) -> None:
    """Run one check to its end: all its findings, or why it could not be made."""
    found: list[str] = []
    unchecked = ""
    try:
        found.extend(text for text in check() if text)
    except (NotChecked, StoppedError) as error:
        unchecked = str(error)
    except (SsjError, ProtocolError, OSError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            unchecked = "磁盘已满"
        else:
            found.append(str(error))
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        found.append(f"档案内容不完整：{type(error).__name__} {error}")
    holds = False if found else None if unchecked else True
    report.steps.append(Step(number, NAMES[number], holds, "；".join(found) or unchecked))


class _Records:
    """The stages whose bags are sound; checks go through them one by one."""

    def __init__(self, folder: Path, sound: list[str], total: int) -> None:
        self.folder, self.sound, self.total = folder, sound, total

    def each(
        self, kind: str | None, check: Callable[..., Iterable[str]], *more: Any
    ) -> Iterable[str]:
        """Findings of ``check(data folder, kind, …)`` for every sound stage of ``kind``, with the
        stage's name.
        """
        unchecked = ""
        for name in self.sound:
            try:
                if kind in (None, kind_of(name)):
                    yield from (
                        f"{name}：{text}"
                        for text in check(self.folder / name / "data", kind_of(name), *more)
                        if text
                    )
            except NotChecked as error:  # the other stages are looked at all the same
                unchecked = str(error)
        if unchecked:
            raise NotChecked(unchecked)
        if len(self.sound) < self.total:
            raise NotChecked("有的档案包不符，未全部核验")
        if kind and not any(kind_of(name) == kind for name in self.sound):
            raise NotChecked(f"还没有{runner.KINDS[kind].title}")

    def those(self, kind: str, check: Callable[..., Iterable[str]], *more: Any) -> Iterable[str]:
        """As :meth:`each`, for a kind of stage that a round may go without."""
        return (
            self.each(kind, check, *more)
            if any(kind_of(name) == kind for name in self.sound)
            else ()
        )

    def banners(self) -> list[str]:
        texts: dict[str, None] = {}
        for name in self.sound:
            # the steps say what is wrong with a record
            with suppress(OSError, LookupError, TypeError, ValueError):
                record = runner.read_record(
                    self.folder / name / "data" / "out" / runner.RECORDS[kind_of(name)]
                )
                texts |= dict.fromkeys(params.banners(record))
        return list(texts)


def _order(entries: list[dict[str, Any]]) -> Iterable[str]:
    """The stages of a round in the only order there is: freeze, draw, void and the next attempt; of
    a year its plans and reviews.
    """
    if any(kind_of(entry["stage"]) in years.KINDS for entry in entries):
        yield from years.order(entries)
        return
    state = attempts.State(1)
    for number, entry in enumerate(entries, 1):
        kind = kind_of(entry["stage"])
        allowed = state.allowed()
        if (
            kind not in allowed
            or entry["attempt"] != state.attempt
            or entry["stage"] != f"{number:02}-{kind}"
        ):
            yield (
                f"{entry['stage']} 不该在这里：第 {state.attempt} 次抽取此时只能是 "
                f"{'、'.join(sorted(allowed))}"
            )
        state = attempts.state_of(entries[:number])


def _registered(data: Path, entry: dict[str, Any]) -> Iterable[str]:
    """``stage.json`` says of itself what the ledger line says of it."""
    stage = runner.read_stage(data)
    said = {
        "round": stage["round_id"],
        "attempt": stage["attempt"],
        "time": stage["time"],
        "previous": stage["ledger_head"],
    }
    yield from (
        f"in/stage.json 的 {key} 与登记不一致" for key, value in said.items() if value != entry[key]
    )
