"""The numbered checks of an archived round (复核), PROTOCOL §10: what holds, what does not, what
was not checked.

Nothing of an archive runs before its notebooks are known to be the released ones, nothing is opened
that is no plain file, and whatever lies there, the audit ends in a verdict: what can't be read does
not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.audit import again, copied, outside
from ssj.audit.outside import Held, Values
from ssj.audit.verdict import LEFT_OUT, found_by, in_words, plain, step_of
from ssj.base import params
from ssj.base.errors import SsjError
from ssj.casebook import archive, attempts, runner
from ssj.casebook.archive import Archive, Entry, kind_of
from ssj.casebook.kind import ROUND, YEAR, Archived, NotChecked
from ssj.casebook.runner import Say
from ssj.protocol import Step
from ssj.stages.registry import kinds

NAMES = {
    1: "留痕登记簿",
    2: "档案包",
    **protocol.STEPS,
    8: "程序与过程记录",
    9: "重新执行",
    10: "网页",
}
OF_A_DRAW = (4, 5, 6, 7)
NOT_RELEASED = "程序或过程记录不是发布的版本，不运行"


@dataclass
class Report:
    """All steps of an audit, the stages they cover, banners, stray files, values from elsewhere,
    and what none of these reaches.
    """

    round_id: str
    steps: list[Step] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    banners: list[str] = field(default_factory=list)
    junk: list[str] = field(default_factory=list)
    outside: list[Held] = field(default_factory=list)
    unproven: str = ""

    @property
    def exit_code(self) -> int:
        """0 if every step and value holds; 5 if one does not; 6 if none fails but one was not
        checked without being asked for, or time and uniqueness rest on the archive's own word.
        """
        held = [value.holds for value in self.outside]
        if False in (*(s.holds for s in self.steps), *held):
            return 5
        unchecked = any(s.holds is None and s.detail != LEFT_OUT for s in self.steps)
        return 6 if unchecked or None in held or self.unproven else 0

    @property
    def verdict(self) -> str:
        """The exit code in words."""
        unchecked = [s for s in self.steps if s.holds is None and s.detail != LEFT_OUT]
        if self.exit_code == 5:
            return "有不符之处，见上。"
        if not unchecked and self.exit_code == 6:
            return "档案自身没有发现不符，但时间和唯一性没有核对，不能视为通过。"
        if self.exit_code == 6 and all(protocol.EXTERNAL in s.detail for s in unchecked):
            return "能核验的都相符；检查对象是外部抽取的，V5 不能核验，不能视为随机抽取。"
        if self.exit_code == 6:
            return "没有发现不符，但有步骤未核验，不能视为通过。"
        if any(s.holds is None for s in self.steps):
            return "所核验的步骤全部相符（按要求没有重新执行）。"
        return "全部相符。"

    @classmethod
    def read(cls, report: dict[str, Any]) -> Report:
        """The report that :meth:`as_json` wrote."""
        return cls(
            report["round"],
            [Step(**step) for step in report["steps"]],
            report["stages"],
            report["banners"],
            report["junk"],
            [Held(**value) for value in report["outside"]],
            report["unproven"],
        )

    def dated(self, now: datetime) -> dict[str, Any]:
        """The report as it is kept: when it was made, and by which program."""
        made = {"time": now.isoformat(timespec="seconds"), "ssj": runner.code_identity()}
        return {**self.as_json(), **made}

    def as_json(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "round": self.round_id,
            "stages": self.stages,
            "exit_code": self.exit_code,
            "unproven": self.unproven,
            "outside": [value._asdict() for value in self.outside],
            "banners": self.banners,
            "junk": self.junk,
            "running_versions": runner.versions(),
            "steps": [s._asdict() for s in self.steps],
        }


def audit(folder: Path, fast: bool, say: Say, values: Values | None = None) -> Report:
    """Check an archived round (``outputs/2021Q4``) against its ledger, its inputs, the released
    code and values from elsewhere. ``SsjError`` if the folder holds no archive.
    """
    return Audit(folder, fast, say, values).report()


class Audit:
    """The audit of one archived round or year, step by step; errors as :func:`audit` has them."""

    def __init__(
        self,
        folder: Path,
        fast: bool = False,
        say: Say = lambda _: None,
        values: Values | None = None,
    ) -> None:
        self.folder, self.fast, self.say = folder.resolve(), fast, say
        self.values = values or Values()
        self.junk: list[str] = []
        self.differences: list[dict[str, str]] = []  # of notebooks, cell by cell
        self._steps: dict[int, Step] = {}
        self._verified: dict[str, list[Step]] = {}
        if not self.folder.is_dir():
            raise SsjError(f"找不到文件夹 {folder}", "请写档案所在的文件夹，如 outputs/2021Q4。")
        self._read_ledger()
        there = {
            p.name
            for p in self.folder.iterdir()
            if archive.STAGE_NAME.fullmatch(p.name) and p.is_dir()
        }
        self.names = sorted(there | self.entries.keys())
        if not self.names:
            raise SsjError(f"{folder} 中没有档案", "请写档案所在的文件夹，如 outputs/2021Q4。")

    def _read_ledger(self) -> None:
        """The ledger beside the round, or what is wrong with it."""
        outputs, self.broken = self.folder.parent, ""
        self.ledger: Archive | None = None
        self.mine: list[Entry] = []
        self.entries: dict[str, Entry] = {}
        try:
            if why := archive.irregular(outputs / archive.LEDGER):
                self.broken = f"留痕登记簿{why}，没有打开"
            elif (outputs / archive.LEDGER).exists():
                ledger = Archive(outputs, archive.read_entries(outputs))
                mine = ledger.stages(self.folder.name)
                for entry in mine:
                    if not archive.STAGE_NAME.fullmatch(str(entry["stage"])):
                        raise SsjError(f"留痕登记簿第 {entry['n']} 行的阶段名称不合规定")
                self.mine, self.entries = mine, {e["stage"]: e for e in mine}
                self.ledger = ledger
        except Exception as error:
            self.broken = in_words(error)

    # --- what is asked of it

    @property
    def round_id(self) -> str:
        return self.folder.name

    @property
    def numbers(self) -> tuple[int, ...]:
        """The steps there are: a year has no draw."""
        return tuple(n for n in NAMES if n not in OF_A_DRAW or not self.year)

    def step(self, number: int) -> Step:
        """One of V1 to V10; each is checked once."""
        if number not in self._steps:
            self._steps[number] = self._checked(number)
        return self._steps[number]

    def steps(self, *numbers: int) -> list[Step]:
        """Those of the steps that there are."""
        return [self.step(number) for number in numbers if number in self.numbers]

    def report(self) -> Report:
        """All steps, and the verdict."""
        return Report(
            plain(self.round_id),
            self.steps(*NAMES),
            [plain(name) for name in self.names],
            self.banners,
            self.junk,
            self.outside,
            self.unproven,
        )

    @cached_property
    def outside(self) -> list[Held]:
        """The values from elsewhere, each held against the archive."""
        return outside.held(self.values, self.ledger, self.round_id, self.sound)

    @cached_property
    def unproven(self) -> str:
        """What no value from elsewhere reaches; a demonstration needs none."""
        said = [stage.record["parameters"]["demonstration"] for stage in self._readable()]
        if said and all(demonstration is True for demonstration in said):
            return ""
        return outside.unproven(self.outside, self.ledger, self.round_id)

    @cached_property
    def banners(self) -> list[str]:
        """What every page of the stages says before anything else."""
        texts = chain.from_iterable(params.banners(stage.record) for stage in self._readable())
        return list(dict.fromkeys(texts))

    # --- the stages

    @cached_property
    def sound(self) -> list[Archived]:
        """The stages whose bags are as the ledger has them."""
        found: list[Archived] = []
        self.say("核验档案包")
        self._steps[2] = step_of(2, NAMES[2], lambda: self._sealed(found))
        return found

    @cached_property
    def year(self) -> bool:
        return any(stage.kind.belongs_to == YEAR for stage in self.sound)

    @cached_property
    def other_format(self) -> str:
        return next(filter(None, (archive.other_format(s.data) for s in self.sound)), "")

    def _readable(self) -> Iterable[Archived]:
        """The sound stages whose record says what every record says; the steps say what is wrong
        with others.
        """
        for stage in self.sound:
            with suppress(Exception):
                params.banners(stage.record)
                yield stage

    def each(
        self,
        check: Callable[[Archived], Iterable[str]],
        which: Callable[[Archived], bool] = lambda _: True,
        needed: str = "",
    ) -> Iterable[str]:
        """Findings of a check for every sound stage, with the stage's name; ``needed``: a kind of
        stage without which there is nothing to check.
        """
        unchecked = ""
        for stage in filter(which, self.sound):
            found, why = found_by(partial(check, stage))
            unchecked = why or unchecked  # the other stages are looked at all the same
            yield from (f"{stage.name}：{text}" for text in found)
        if unchecked:
            raise NotChecked(unchecked)
        if len(self.sound) < len(self.names):
            raise NotChecked("有的档案包不符，未全部核验")
        if needed and not any(stage.kind.name == needed for stage in self.sound):
            raise NotChecked(f"还没有{kinds()[needed].title}")

    # --- the steps

    def _checked(self, number: int) -> Step:
        if number == 1:
            return step_of(1, NAMES[1], self._in_order)
        if self.other_format and number > 2:  # which looks at the bags, V2
            return Step(number, NAMES[number], None, self.other_format)
        if number == 2:
            return self._steps[2]
        self.say(f"核验{NAMES[number]}")
        checks: dict[int, Callable[[], Iterable[str]]] = {
            3: lambda: self.each(derived, needed="" if self.year else "freeze"),
            8: lambda: self.each(self._released),
            9: self._executed,
            10: self._pages,
        }
        found = step_of(number, NAMES[number], checks.get(number, lambda: self._drawn(number)))
        if number == 3 and self.year:
            there = [k for k in kinds().values() if any(s.kind is k for s in self.sound)]
            return found._replace(name="、".join(kind.title for kind in there))
        return found

    def _in_order(self) -> Iterable[str]:
        """V1."""
        if self.ledger is None and not self.broken:
            raise NotChecked("没有留痕登记簿 ledger.jsonl")
        yield self.broken
        if not self.broken:
            yield from (f"{name} 没有登记" for name in self.names if name not in self.entries)
        yield from _order(self.mine)

    def _sealed(self, sound: list[Archived]) -> Iterable[str]:
        """V2; the stages that pass it go into ``sound``."""
        unchecked = ""
        for name in self.names:
            bag = self.folder / name
            found, why = found_by(partial(self._bag, bag))
            unchecked = why or unchecked
            if not found and not why:
                sound.append(Archived(bag / "data", kinds()[kind_of(name)], self.ledger))
            yield from (f"{name}：{text}" for text in found)
        stray = [p.name for p in self.folder.iterdir() if p.name not in (*self.names, "files")]
        self.junk += [plain(name) for name in stray if archive.JUNK.fullmatch(name)]
        yield from (f"{name} 是多出来的" for name in stray if not archive.JUNK.fullmatch(name))
        if unchecked:
            raise NotChecked(unchecked)
        if not self.entries:
            raise NotChecked("没有留痕登记簿，档案包只能自证，不能与登记对照")

    def _bag(self, bag: Path) -> Iterable[str]:
        entry = self.entries.get(bag.name)
        problems, junk = archive.bag_problems(bag, entry["bag"] if entry else None)
        self.junk += [plain(f"{bag.name}/{file}") for file in junk]
        if not problems and entry:
            problems = list(_registered(bag / "data", entry))
        if not problems and kind_of(bag.name) not in kinds():
            problems = ["不认识的阶段"]
        yield from problems

    def _drawn(self, number: int) -> Iterable[str]:
        """V4 to V7."""

        def beyond(stage: Archived) -> Iterable[str]:
            if stage.name not in self._verified:
                self._verified[stage.name] = protocol.verify(stage.record)
            return step(stage, number, self._verified[stage.name])

        return self.each(beyond, lambda stage: stage.kind.has_draw, needed="draw")

    def _released(self, stage: Archived) -> Iterable[str]:
        """V8."""
        yield from again.sources(stage)
        yield from copied.program(stage)

    def _executed(self) -> Iterable[str]:
        """V9."""
        if self.fast:
            raise NotChecked(LEFT_OUT)
        if not self.step(8).holds:
            raise NotChecked(NOT_RELEASED)
        yield from self.each(lambda s: again.execution(s, self.say, self.differences.append))

    def _pages(self) -> Iterable[str]:
        """V10. What lies in ``files/`` is compared with a fast audit too: it is what goes onto a
        site. Where the archive itself does not hold, the copy may be the true one.
        """
        if all(self.step(n).holds is not False for n in self.numbers if n < 9):
            yield from copied.pages(self.ledger, self.folder.name, self.sound)
        if self.fast:  # pages follow from notebooks, whose outputs V9 would have verified
            raise NotChecked(LEFT_OUT)
        if not self.step(8).holds:
            raise NotChecked(NOT_RELEASED)
        yield from self.each(again.pages)


def derived(stage: Archived) -> Iterable[str]:
    """V3: what ``in/`` takes from earlier stages is what they wrote, and ``out/`` follows from
    ``in/``.
    """
    if stage.kind.rests_on:
        before = stage.before(*stage.kind.rests_on)
        if before is None:
            yield f"前面没有{kinds()[stage.kind.rests_on[0]].title}"
            return
        for path in stage.inputs():
            source = before.data / "out" / path.name
            if path.stem.partition("-")[0] not in stage.kind.takes and not (
                source.exists() and source.read_bytes() == path.read_bytes()
            ):
                yield f"in/{path.name} 与 {before.name} 的 out/ 不同"
    yield from stage.kind.derive(stage)


def step(stage: Archived, number: int, steps: list[Step]) -> Iterable[str]:
    """One of V4 to V7 on a stage with a draw: what its record says of itself, and what it must have
    in common with the rest of the stage.
    """
    mine = [s for s in steps if s.number == number]
    yield from (s.detail for s in mine if s.holds is not None)
    yield from stage.kind.beyond_record(stage, number)
    if unchecked := [s.detail for s in mine if s.holds is None]:
        raise NotChecked(unchecked[0])


def _order(entries: list[Entry]) -> Iterable[str]:
    """Each stage is one that could come there, numbered on (V1)."""
    known = kinds()
    of_year = any(
        kind_of(e["stage"]) in known and known[kind_of(e["stage"])].belongs_to == YEAR
        for e in entries
    )
    here = [k for k in known.values() if k.belongs_to == (YEAR if of_year else ROUND)]
    for number, entry in enumerate(entries, 1):
        before, name = entries[: number - 1], kind_of(entry["stage"])
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
