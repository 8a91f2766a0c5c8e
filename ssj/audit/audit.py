"""The numbered checks of an archived round (复核), PROTOCOL §10, ARCHIVE §A8: what holds, what does
not, what was not checked.

Nothing of an archive runs before its notebooks are known to be the released ones, nothing is opened
that is no plain file, and whatever lies there, the audit ends in a verdict: what can't be read does
not hold.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property, partial
from itertools import chain
from pathlib import Path

from ssj import protocol
from ssj.audit import again, checks, copied, outside
from ssj.audit.earlier import Earlier
from ssj.audit.outside import Held, Values
from ssj.audit.report import NAMES, Report
from ssj.audit.verdict import LEFT_OUT, found_by, in_words, plain, step_of
from ssj.base import files, params
from ssj.base.errors import SsjError
from ssj.casebook import archive, bags, ledger
from ssj.casebook.archive import Archive, Entry
from ssj.casebook.kind import YEAR, Archived, NotChecked
from ssj.casebook.ledger import LedgerError
from ssj.casebook.runner import Say
from ssj.draw import beacons
from ssj.protocol import Step
from ssj.stages.registry import kinds

OF_A_DRAW = (4, 5, 6, 7)
NOT_RELEASED = "程序或过程记录不是发布的版本，不运行"


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
        self.irregular = files.irregular(folder)
        self.values = values or Values()
        self.junk: list[str] = []
        self.differences: list[dict[str, str]] = []  # of notebooks, cell by cell
        self._steps: dict[int, Step] = {}
        self.beacons: dict[str, beacons.Checked] = {}  # by stage, once V4 was checked
        self.makers = again.Makers(fast, say)
        if not self.folder.is_dir():
            raise SsjError(f"找不到文件夹 {folder}", "请写档案所在的文件夹，如 outputs/2021Q4。")
        self._read_ledger()
        there = {
            p.name
            for p in self.folder.iterdir()
            if archive.STAGE_NAME.fullmatch(p.name) and p.is_dir()
        }
        self.names = sorted(there | self.entries.keys(), key=ledger.place)
        if not self.names:
            raise SsjError(f"{folder} 中没有档案", "请写档案所在的文件夹，如 outputs/2021Q4。")

    def _read_ledger(self) -> None:
        """The ledger beside the round, or what is wrong with it."""
        outputs, self.broken = self.folder.parent, ""
        self.ledger: Archive | None = None
        self.mine: list[Entry] = []
        self.entries: dict[str, Entry] = {}
        try:
            if os.path.lexists(outputs / archive.LEDGER):
                self.ledger = archive.as_it_stands(outputs)
                self.mine = self.ledger.stages(self.folder.name)
                self.entries = {e["stage"]: e for e in self.mine}
        except LedgerError as error:
            self.broken = f"{error.message}。{error.remedy}"
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
            self.earlier.said(),
        )

    @cached_property
    def outside(self) -> list[Held]:
        """The values from elsewhere, each held against the archive."""
        found = outside.held(self.values, self.ledger, self.round_id, self.sound)
        return [value._replace(detail=plain(value.detail)) for value in found]

    @cached_property
    def unproven(self) -> str:
        """What no value from elsewhere reaches; a demonstration needs none."""
        said = [stage.record["parameters"]["demonstration"] for stage in self._readable()]
        if said and all(demonstration is True for demonstration in said):
            return ""
        return outside.unproven(self.outside, self.ledger, self.round_id)

    @cached_property
    def banners(self) -> list[str]:
        """What was ever set aside, and what every page of the stages says before anything else."""
        aside = self.ledger.set_aside if self.ledger else []
        texts = chain.from_iterable(params.banners(stage.record) for stage in self._readable())
        said = dict.fromkeys(map(plain, (*aside, *texts)))
        if self.steps(4) and self.beacons and all(c.holds for c in self.beacons.values()):
            said.pop(protocol.BANNERS["beacon"], None)  # V4 says that it was checked
        return list(said)

    @cached_property
    def earlier(self) -> Earlier:
        """The rounds and years that the ledger has before."""
        return Earlier(self.ledger, self.round_id)

    # --- the stages

    @cached_property
    def _bags(self) -> tuple[Step, list[Archived]]:
        """V2, and the stages that pass it."""
        found: list[Archived] = []
        self.say("核验档案包")
        return step_of(2, NAMES[2], lambda: self._sealed(found)), found

    @property
    def sound(self) -> list[Archived]:
        """The stages whose bags are as the ledger has them."""
        return self._bags[1]

    @cached_property
    def year(self) -> bool:
        return any(stage.kind.belongs_to == YEAR for stage in self.sound)

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
        unchecked: dict[str, None] = {}
        for stage in filter(which, self.sound):
            found, why = found_by(partial(check, stage))
            unchecked |= {why: None} if why else {}  # the others are looked at all the same
            yield from (f"{stage.name}：{text}" for text in found)
        if unchecked:
            raise NotChecked("；".join(unchecked))
        if len(self.sound) < len(self.names):
            raise NotChecked("有的档案包不符，未全部核验")
        if needed and not any(stage.kind.name == needed for stage in self.sound):
            raise NotChecked(f"还没有{kinds()[needed].title}")

    # --- the steps

    def _checked(self, number: int) -> Step:
        if number == 1:
            return step_of(1, NAMES[1], self._in_order)
        if number == 2:
            return self._bags[0]
        self.say(f"核验{NAMES[number]}")
        own: dict[int, Callable[[], Iterable[str]]] = {
            3: self._derived,
            8: lambda: chain(copied.kept(self.sound), self.each(self._released)),
            9: self._executed,
            10: self._pages,
        }
        found = step_of(number, NAMES[number], own.get(number, lambda: self._drawn(number)))
        if number == 3 and self.year:
            there = [k for k in kinds().values() if any(s.kind is k for s in self.sound)]
            return found._replace(name="、".join(kind.title for kind in there))
        if number == 4 and found.holds is True:
            told = dict.fromkeys(checked.said for checked in self.beacons.values())
            return found._replace(detail="；".join(told))
        if number == 8 and found.holds is not False:
            made = (self.makers.told(self.sound), found.detail)
            return found._replace(detail="；".join(filter(None, made)))
        return found

    def _in_order(self) -> Iterable[str]:
        """V1."""
        if self.ledger is None and not self.broken:
            raise NotChecked("没有留痕登记簿 ledger.jsonl")
        yield self.broken
        yield from self.ledger.ledger_faults() if self.ledger else ()
        if not self.broken:
            yield from (f"{name} 没有登记" for name in self.names if name not in self.entries)
        yield from checks.order(self.ledger, self.mine)
        yield from self.earlier.each(partial(checks.order, self.ledger))

    def _sealed(self, sound: list[Archived]) -> Iterable[str]:
        """V2; the stages that pass it go into ``sound``."""
        if self.irregular:  # its ledger would be another than the one beside the link
            yield f"{plain(self.round_id)} 的文件夹{self.irregular}，登记的档案不在这里"
        found, unchecked = found_by(
            lambda: self.earlier.each(partial(checks.all_sealed, self.ledger, self.makers))
        )
        yield from found
        for name in self.names:
            found, why = found_by(partial(self._bag, self.folder / name, sound))
            unchecked = why or unchecked
            yield from (f"{name}：{text}" for text in found)
        stray = [p.name for p in self.folder.iterdir() if p.name not in (*self.names, "files")]
        self.junk += [plain(name) for name in stray if bags.JUNK.fullmatch(name)]
        yield from (f"{name} 是多出来的" for name in stray if not bags.JUNK.fullmatch(name))
        if unchecked:
            raise NotChecked(unchecked)
        if not self.entries:
            raise NotChecked("没有留痕登记簿，档案包只能自证，不能与登记对照")

    def _bag(self, bag: Path, sound: list[Archived]) -> Iterable[str]:
        problems, junk, stage = checks.sealed(
            bag, self.entries.get(bag.name), self.ledger, self.makers
        )
        self.junk += [plain(f"{bag.name}/{file}") for file in junk]
        if stage and not problems:
            sound.append(stage)
        return problems

    def _derived(self) -> Iterable[str]:
        """V3."""
        yield from checks.agreeing(self.sound, self.ledger)
        needed = "" if self.year else "freeze"
        own = self.makers.check(3, checks.derived)

        def derived(stage: Archived) -> Iterable[str]:
            if self._by_another(stage):
                yield from checks.repeated(stage)  # that needs no program
            yield from own(stage)

        yield from self.each(derived, needed=needed)

    def _by_another(self, stage: Archived) -> bool:
        """Whether another program made a stage, in this one's format."""
        other = self.makers.of(stage) is again.Maker.OTHER
        return other and not archive.other_format(stage.data)

    def _drawn(self, number: int) -> Iterable[str]:
        """V4 to V7."""

        def beyond(stage: Archived) -> Iterable[str]:
            return checks.of_step(stage, number, stage.verified)

        own = self.makers.check(number, beyond)

        def check(stage: Archived) -> Iterable[str]:
            if self._by_another(stage):
                yield from stage.kind.by_text(stage, number)  # that needs no program
            yield from own(stage)

        found = self.each(check, lambda stage: stage.kind.has_draw, needed="draw")
        return chain(self._signed(), found) if number == 4 else found

    def _signed(self) -> Iterable[str]:
        """V4, of a beacon: its signature, whichever program made the draw."""
        for stage in self.sound:
            checked = None
            with suppress(Exception):  # what is wrong with the record, V4 says of the draw itself
                event, entropy = stage.record["event"], stage.record["entropy"]
                if stage.kind.has_draw and protocol.EVENTS[event["kind"]].raw:
                    checked = beacons.signature_of(event, entropy["text"], str(entropy["raw"]))
            if checked:
                self.beacons[stage.name] = checked
                yield "" if checked.holds is not False else f"{stage.name}：{checked.said}"

    def _released(self, stage: Archived) -> Iterable[str]:
        """V8."""
        yield from self.makers.sources(stage)
        yield from copied.program(stage, self.makers.of(stage))

    def _executed(self) -> Iterable[str]:
        """V9."""
        if self.fast:
            raise NotChecked(LEFT_OUT)
        if self.step(8).holds is False:
            raise NotChecked(NOT_RELEASED)

        def executed(stage: Archived) -> Iterable[str]:
            return again.execution(stage, self.say, self.differences.append)

        yield from self.each(self.makers.check(9, executed))

    def _pages(self) -> Iterable[str]:
        """V10. What lies in ``files/`` is compared with a fast audit too: it is what goes onto a
        site. Where the archive itself does not hold, the copy may be the true one.
        """
        found, unknown = found_by(lambda: copied.readme(self.ledger, self.makers))
        yield from found
        if all(self.step(n).holds is not False for n in self.numbers if n < 9):
            found, why = found_by(partial(copied.pages, self.ledger, self.folder.name, self.sound))
            yield from found
            unknown = why or unknown
        if self.fast:  # pages follow from notebooks, whose outputs V9 would have verified
            raise NotChecked(unknown or LEFT_OUT)
        if self.step(8).holds is False:
            raise NotChecked(NOT_RELEASED)
        yield from self.each(self.makers.check(10, again.pages))
        if unknown:
            raise NotChecked(unknown)
