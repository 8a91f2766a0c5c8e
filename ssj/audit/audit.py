"""The numbered checks of an archived round (复核), PROTOCOL §10: what holds, what does not, what
was not checked.

Nothing of an archive runs before its notebooks are known to be the released ones.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.audit import again
from ssj.audit.earlier import Earlier
from ssj.base import params
from ssj.base.errors import SsjError, StoppedError
from ssj.casebook import archive, attempts, contents, runner
from ssj.casebook.archive import Archive, Entry, kind_of
from ssj.casebook.kind import ROUND, YEAR, Archived, NotChecked
from ssj.casebook.ledger import LedgerError
from ssj.casebook.runner import Say
from ssj.protocol import ProtocolError, Step
from ssj.stages.registry import kinds

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
    earlier: list[str] = field(default_factory=list)  # what was checked of rounds that came before

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
            "earlier": self.earlier,
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
    outputs, ledger, broken = folder.parent, None, ""
    try:
        if (outputs / archive.LEDGER).exists():
            ledger = archive.as_it_stands(outputs)
            report.banners += ledger.set_aside
    except LedgerError as error:
        broken = f"{error.message}。{error.remedy}"
    mine = ledger.stages(folder.name) if ledger else []
    report.stages = names = sorted(
        {p.name for p in folder.iterdir() if p.is_dir() and archive.STAGE_NAME.fullmatch(p.name)}
        | {e["stage"] for e in mine}
    )
    if not names:
        raise SsjError(f"{folder} 中没有档案", "请写档案所在的文件夹，如 outputs/2021Q4。")
    entries = {e["stage"]: e for e in mine}
    sound: list[Archived] = []
    makers = again.Makers(fast, say)

    def in_order() -> Iterable[str]:
        if ledger is None and not broken:
            raise NotChecked("没有留痕登记簿 ledger.jsonl")
        yield broken
        yield from ledger.ledger_faults() if ledger else ()
        yield from (f"{name} 没有登记" for name in names if not broken and name not in entries)
        yield from _order(ledger, mine)

    def sealed() -> Iterable[str]:
        for name in names:
            entry = entries.get(name)
            problems, junk, stage = _sealed(folder / name, entry, ledger, makers)
            report.junk += [f"{name}/{file}" for file in junk]
            if stage and not problems:
                sound.append(stage)
            yield from (f"{name}：{text}" for text in problems)
        stray = [p.name for p in folder.iterdir() if p.name not in (*names, "files")]
        report.junk += [name for name in stray if archive.JUNK.fullmatch(name)]
        yield from (f"{name} 是多出来的" for name in stray if not archive.JUNK.fullmatch(name))
        if not entries:
            raise NotChecked("没有留痕登记簿，档案包只能自证，不能与登记对照")

    earlier = Earlier(ledger, folder.name)
    _add(report, 1, lambda: chain(in_order(), earlier.each(partial(_order, ledger))))
    say("核验档案包")
    _add(report, 2, lambda: chain(earlier.each(partial(_all_sealed, ledger, makers)), sealed()))
    report.earlier = earlier.said()
    stages = _Stages(sound, len(names))
    year = any(stage.kind.belongs_to == YEAR for stage in sound)
    say("由原始资料重算封库校验码")
    needed, derive = "" if year else "freeze", makers.check(3, derived)
    _add(report, 3, lambda: chain(_agreeing(sound, ledger), stages.each(derive, needed=needed)))
    if year:  # no draw, so no steps 4 to 7
        there = [k for k in kinds().values() if any(s.kind is k for s in sound)]
        titles = "、".join(kind.title for kind in there)
        report.steps[-1] = report.steps[-1]._replace(name=titles)
    verified = cache(lambda data, name: protocol.verify(archive.read_record(data / "out" / name)))
    for number in () if year else (4, 5, 6, 7):
        say(f"核验{NAMES[number]}")

        def beyond(stage: Archived, number: int = number) -> Iterable[str]:
            return step(stage, number, verified(stage.data, stage.kind.record))

        _add(
            report,
            number,
            partial(
                stages.each,
                makers.check(number, beyond),
                lambda stage: stage.kind.has_draw,
                needed="draw",
            ),
        )
    _add(report, 8, lambda: stages.each(makers.sources))
    code = report.steps[-1]
    if code.holds is not False:
        told = "；".join(filter(None, (makers.told(sound), code.detail)))
        report.steps[-1] = code._replace(detail=told)
    for number, check in ((9, partial(again.execution, say=say)), (10, again.pages)):
        if number == 9 and fast:
            report.steps.append(Step(number, NAMES[number], None, LEFT_OUT))
        elif code.holds is False:
            detail = "程序或过程记录不是发布的版本，不运行"
            report.steps.append(Step(number, NAMES[number], None, detail))
        else:
            say(f"核验{NAMES[number]}")
            _add(report, number, partial(stages.each, makers.check(number, check)))
    report.banners += stages.banners()
    return report


def derived(stage: Archived) -> Iterable[str]:
    """V3: what ``in/`` repeats of the stage that it rests on is what that one wrote, and ``out/``
    follows from ``in/``.
    """
    if stage.kind.rests_on:
        if (base := stage.base) is None:
            yield f"前面没有{kinds()[stage.kind.rests_on[0]].title}"
            return
        for name in sorted(stage.kind.repeats or {archive.record_name(kind_of(base.name))}):
            pair = [stage.data / "in" / name, base.data / "out" / name]
            if not all(p.exists() for p in pair) or pair[0].read_bytes() != pair[1].read_bytes():
                yield f"in/{name} 与 {base.name} 的 out/ 不同"
    yield from stage.accounted()
    yield from stage.kind.derive(stage)


def _agreeing(sound: list[Archived], ledger: Archive | None) -> Iterable[str]:
    """V3: all records, notices and public records of the round, and the ledger, agree with each
    other (PROTOCOL §10.4).
    """
    documents = []
    for stage in sound:
        for name in stage.kind.documents:
            # what is wrong with one by itself is said elsewhere
            with suppress(OSError, ValueError, LookupError, TypeError):
                document = archive.read_record(stage.data / "out" / name)
                top = document if "tables" in document else document["committed"]
                kept = {key: top[key] for key in ("round", "attempt", "ledger_head")}
                documents.append({"committed": kept, "commitment": document["commitment"]})
    text = (ledger.outputs / archive.LEDGER).read_bytes().decode("utf-8") if ledger else None
    yield from (s.detail for s in protocol.compare(documents, text) if s.holds is False)


def step(stage: Archived, number: int, steps: list[Step]) -> Iterable[str]:
    """One of V4 to V7 on a stage with a draw: what its record says of itself, and what it must have
    in common with the rest of the stage.
    """
    mine = [s for s in steps if s.number == number]
    yield from (s.detail for s in mine if s.holds is not None)
    yield from stage.kind.beyond_record(stage, number)
    if unchecked := [s.detail for s in mine if s.holds is None]:
        raise NotChecked(unchecked[0])


def _add(report: Report, number: int, check: Callable[[], Iterable[str]]) -> None:
    """Run one check to its end and enter what it found."""
    found, unchecked = made(check)
    holds = False if found else None if unchecked else True
    report.steps.append(Step(number, NAMES[number], holds, "；".join(found) or unchecked))


def made(check: Callable[[], Iterable[str]]) -> tuple[list[str], str]:
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
    return found, unchecked


class _Stages:
    """The stages whose bags are sound; checks go through them one by one."""

    def __init__(self, sound: list[Archived], total: int) -> None:
        self.sound, self.total = sound, total

    def each(
        self,
        check: Callable[[Archived], Iterable[str]],
        which: Callable[[Archived], bool] = lambda _: True,
        needed: str = "",
    ) -> Iterable[str]:
        """Findings of a check for every sound stage, with the stage's name; ``needed``: a kind of
        stage without which there is nothing to check.
        """
        unchecked: dict[str, None] = {}
        for stage in filter(which, self.sound):
            try:
                yield from (f"{stage.name}：{text}" for text in check(stage) if text)
            except NotChecked as error:  # the other stages are looked at all the same
                unchecked[str(error)] = None
        if unchecked:
            raise NotChecked("；".join(unchecked))
        if len(self.sound) < self.total:
            raise NotChecked("有的档案包不符，未全部核验")
        if needed and not any(stage.kind.name == needed for stage in self.sound):
            raise NotChecked(f"还没有{kinds()[needed].title}")

    def banners(self) -> list[str]:
        texts: dict[str, None] = {}
        for stage in self.sound:
            # the steps say what is wrong with a record
            with suppress(OSError, LookupError, TypeError, ValueError):
                texts |= dict.fromkeys(params.banners(stage.record))
        return list(texts)


def _order(ledger: Archive | None, entries: list[Entry]) -> Iterable[str]:
    """Each stage is one that could come there, numbered on (V1)."""
    known = kinds()
    of_year = any(
        kind_of(e["stage"]) in known and known[kind_of(e["stage"])].belongs_to == YEAR
        for e in entries
    )
    older = ledger and any(archive.other_format(ledger.folder(e) / "data") for e in entries)
    here = [k for k in known.values() if k.belongs_to == (YEAR if of_year else ROUND)]
    for number, entry in enumerate(entries, 1):
        before, name = entries[: number - 1], kind_of(entry["stage"])
        if older:
            before = [e for each in entries[:number] for e in _of_format_1(each)][:-1]
        may_come = {k.name: k.attempt(before) for k in here if k.may_come(before)}
        if may_come.get(name) != entry["attempt"] or entry["stage"] != f"{number:02}-{name}":
            allowed = [f"{number:02}-{kind}" for kind in may_come]
            yield (
                f"{entry['stage']} 不该在这里：年度之下只有依次归档的计划和评估，这里应是 "
                f"{' 或 '.join(allowed)}"
                if of_year
                else f"{entry['stage']} 不该在这里：第 {attempts.state_of(before).attempt} "
                f"次抽取此时只能是 {'、'.join(sorted(may_come))}"
            )


def _of_format_1(entry: Entry) -> list[Entry]:
    """What an entry stands for where rosters were no stage of their own: a freeze held them."""
    rosters = {**entry, "stage": "00-rosters"}
    return [rosters, entry] if kind_of(entry["stage"]) == "freeze" else [entry]


def _sealed(
    bag: Path, entry: Entry | None, ledger: Archive | None, makers: again.Makers
) -> tuple[list[str], list[str], Archived | None]:
    """What is wrong with a bag (V2), its stray files, and the stage in it, if there is one."""
    problems, junk = archive.bag_problems(bag, entry["bag"] if entry else None)
    if problems:
        return problems, junk, None
    if kind_of(bag.name) not in kinds():
        return ["不认识的阶段"], junk, None
    stage = Archived(bag / "data", kinds()[kind_of(bag.name)], ledger)
    if makers.of(stage) is not again.Maker.OTHER:  # else its own program judges that (V3)
        problems += contents.archived(stage)
    if entry and not problems:
        problems += _registered(stage.data, entry)
    return problems, junk, stage


def _all_sealed(
    ledger: Archive | None, makers: again.Makers, entries: list[Entry]
) -> Iterable[str]:
    """V2 of an earlier round; one whose folder is not here is left to V3, which says so."""
    if ledger and any(ledger.folder(entry).is_dir() for entry in entries):
        for entry in entries:
            problems = _sealed(ledger.folder(entry), entry, ledger, makers)[0]
            yield from (f"{entry['stage']}：{text}" for text in problems)


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
