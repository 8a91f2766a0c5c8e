"""``ssj trace`` (追溯): from one visit on the public page back to its ticket and forward to its
closing, out of the archives alone.

Every line names the archived file that holds it, and every stage its ledger line and bag. What can
be derived again is: bags against the ledger, commitment, seed, drawn targets, visits and teams by
:func:`ssj.protocol.verify`, the public records. Whatever differs is a problem. It changes nothing
and does not stand in for ``ssj audit``, which derives the frozen record from the inputs too.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.audit import lineage, outcome
from ssj.audit.lineage import Line
from ssj.base import formats, params
from ssj.base.errors import RefusedError, SsjError
from ssj.casebook import archive, bags
from ssj.casebook.archive import Archive, kind_of
from ssj.casebook.ledger import LedgerError
from ssj.draw import disclosure, lists
from ssj.protocol import ProtocolError, Record
from ssj.results import published
from ssj.stages import registry

HEAD = "内部使用：含信用风险等级、风险权数和抽中机会，不得上网、不得外传"
Entry = dict[str, Any]


class BrokenLedger(SsjError):
    """The ledger doesn't chain: nothing can be traced to it."""

    exit_code = 5


@dataclass
class Trace:
    """What the archives say of one target: stages with their bags, lines by attempt and later
    stage, what is wrong, what was not checked.
    """

    round_id: str
    asked: str
    target: str
    name: str = ""
    # 检查编号, attempt, whether that attempt was voided
    numbers: list[dict[str, Any]] = field(default_factory=list)
    banners: list[str] = field(default_factory=list)
    bags: list[dict[str, Any]] = field(default_factory=list)
    sections: list[tuple[str, list[Line]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """As for an audit: 5 if something is wrong, 6 if something could not be checked."""
        return 5 if self.problems else 6 if self.unchecked else 0

    def lines(self) -> Iterator[str]:
        """For people: numbered through, each with its source."""
        yield f"追溯 {self.asked}（{HEAD}）"
        yield from (f"【{text}】" for text in self.banners)
        numbers = "、".join(
            f"{n['number']}{'（已作废）' if n['voided'] else ''}" for n in self.numbers
        )
        yield (
            f"{self.name}（编号 {self.target}）：{f'检查编号 {numbers}' if numbers else '没有抽中'}"
        )
        yield from (f"！不符：{text}" for text in self.problems)
        yield "\n档案包（以下各条后面的［］写明出自哪个档案包的哪个文件）"
        number = 0
        for bag in self.bags:
            number += 1
            yield (
                f"{number:>4}. {bag['stage']} {bag['title']}（第 {bag['attempt']} 次抽取）："
                f"{formats.time(bag['time'])}；登记簿第 {bag['line']} 行；"
                f"档案包校验码 {bag['bag']}；{'不符' if bag['problems'] else '与登记相符'}"
            )
        for title, own in self.sections:
            yield f"\n{title}"
            for line in own:
                number += 1
                yield f"{number:>4}. {line.about}：{line.text}" + (
                    f"［{line.source}］" if line.source else ""
                )
        yield ""
        yield from (f"未核验：{text}" for text in self.unchecked)
        yield self.verdict

    @property
    def verdict(self) -> str:
        """What it comes to, in a sentence."""
        if self.problems:
            return (
                f"结论：有 {len(self.problems)} 处不符，以上各条不能作准。请运行 ssj audit 查明，"
                "并从备份恢复。"
            )
        held = "结论：档案包与登记相符，由记录重算的也相符"
        return (
            f"{held}；有不能核验的，见上。"
            if self.unchecked
            else f"{held}。由原始资料重算，请运行 ssj audit。"
        )

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "internal": HEAD,
            "round": self.round_id,
            "asked": self.asked,
            "target": self.target,
            "name": self.name,
            "numbers": self.numbers,
            "banners": self.banners,
            "bags": self.bags,
            "problems": self.problems,
            "unchecked": self.unchecked,
            "exit_code": self.exit_code,
            "sections": [
                {"title": title, "lines": [vars(line) for line in own]}
                for title, own in self.sections
            ],
        }


def trace(outputs: Path, round_id: str, asked: str) -> Trace:
    """Trace a 检查编号 or the id of a target through all attempts of a round. ``RefusedError`` if
    nothing, or nobody, is named.
    """
    if not asked:
        raise RefusedError(
            "没有写追溯哪一户",
            f"请在批次后写检查编号或检查对象编号，如 ssj trace {round_id} {round_id}-001。"
            "检查编号在抽取结果.xlsx 和检查文书上，"
            "检查对象编号在抽取结果公告和抽取结果.xlsx 中。",
        )
    try:
        book = archive.as_it_stands(outputs)
    except LedgerError as error:
        raise BrokenLedger(f"{error.message}，不能追溯", error.remedy) from error
    if not (entries := book.stages(round_id)):
        raise RefusedError(f"{round_id} 没有档案，没有可以追溯的", "各批次的进度请看 ssj status。")
    shelf = _Shelf(book, entries)
    attempts = [
        _Attempt(shelf, number, [e for e in entries if e["attempt"] == number])
        for number in dict.fromkeys(e["attempt"] for e in entries)
    ]
    result = Trace(round_id, asked, _meant(attempts, asked))
    result.bags = shelf.bags
    for attempt in attempts:
        attempt.tell(result)
    result.problems = [*book.ledger_faults(), *shelf.problems, *result.problems]
    return result


class _Shelf:
    """A round's bags, each looked at once; records out of them, whatever state they are in."""

    def __init__(self, book: Archive, entries: list[Entry]) -> None:
        self.book, self.problems, self.bags, self.unsound = book, [], [], set()
        for entry in entries:
            found = bags.problems(book.folder(entry), entry["bag"])[0]
            self.problems += [f"{entry['stage']}：{text}" for text in found]
            self.unsound |= {entry["stage"]} if found else set()
            self.bags.append(
                {
                    "stage": entry["stage"],
                    "title": registry.title(entry["stage"]),
                    "attempt": entry["attempt"],
                    "time": entry["time"],
                    "line": entry["n"],
                    "bag": entry["bag"],
                    "problems": found,
                }
            )

    def read(self, entry: Entry, name: str = "", part: str = "out") -> Record:
        """A record of a stage, by default its main one."""
        return archive.read_record(
            self.book.folder(entry)
            / "data"
            / part
            / (name or archive.record_name(kind_of(entry["stage"])))
        )

    def source(self, entry: Entry, name: str = "", part: str = "out") -> str:
        """How a line names the file that holds it."""
        mark = "，档案包不符" if entry["stage"] in self.unsound else ""
        return (
            f"{entry['stage']} {part}/{name or archive.record_name(kind_of(entry['stage']))}{mark}"
        )


class _Attempt:
    """One attempt's stages, and the record that says most: amended, drawn or frozen, the last that
    can be read.
    """

    def __init__(self, shelf: _Shelf, number: int, entries: list[Entry]) -> None:
        self.shelf, self.number = shelf, number
        self.of: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self.of[kind_of(entry["stage"])].append(entry)
        self.teams = [*self.of["draw"], *self.of["amend"]]
        self.main: Entry = {}  # both empty where none can be read
        self.record: Record = {}
        self.numbers: dict[str, str] = {}  # target → 检查编号
        for entry in (*reversed(self.teams), *reversed(self.of["freeze"])):
            try:
                record = shelf.read(entry)
                lists.names(record, "targets")
                self.numbers = lists.visit_numbers(record) if "drawn" in record else {}
                self.main, self.record = entry, record
                break
            except _BROKEN as error:
                shelf.problems.append(f"{entry['stage']}：记录读不出：{error}")

    @property
    def drawn(self) -> bool:
        return "drawn" in self.record

    def tell(self, result: Trace) -> None:
        """Add the attempt's lines and problems; what can't be read is a problem, not an end."""
        own: list[Line] = []
        state = "、".join(
            registry.kinds()[kind].title for kind in ("freeze", "draw", "void") if self.of[kind]
        )
        result.sections.append((f"第 {self.number} 次抽取（{state}）", own))
        known = lists.names(self.record, "targets") if self.record else {}
        if result.target not in known:
            own.append(
                Line("检查对象名录库", "没有这一户", self.shelf.source(self.main))
                if self.main
                else Line("检查对象名录库", "记录读不出", "")
            )
            return
        result.name = known[result.target]
        result.banners += [
            text for text in params.banners(self.record) if text not in result.banners
        ]
        if number := self.numbers.get(result.target):
            result.numbers.append(
                {"number": number, "attempt": self.number, "voided": bool(self.of["void"])}
            )
        here = f"第 {self.number} 次抽取"
        for part in (self._back, self._checked):
            _try(result, here, partial(own.extend, part(result)))
        later, last = (
            sorted(
                (e for kind in ("papers", "platform", "results", "void") for e in self.of[kind]),
                key=lambda e: e["n"],
            ),
            None,
        )
        for entry in later:
            more: list[Line] = []
            result.sections.append(
                (
                    (
                        f"{here}以后：{entry['stage']} "
                        f"{registry.title(entry['stage'])}（"
                        f"{formats.time(entry['time'])} 归档）"
                    ),
                    more,
                )
            )
            _try(result, entry["stage"], partial(more.extend, self._forward(result, entry, last)))
            if not more:
                result.sections.pop()
            last = entry if kind_of(entry["stage"]) == "results" else last
        if number and last is None:
            own.append(Line("检查结果", "还没有归档", ""))

    def _back(self, result: Trace) -> Iterator[Line]:
        """From the roster to the team."""
        record, target, freeze = self.record, result.target, self.of["freeze"][0]
        source, frozen, chances = (
            self.shelf.source(self.main),
            self.shelf.source(freeze),
            {"targets": [], "strata": [], "draws": 0},
        )
        _try(
            result,
            self.shelf.source(freeze, "chances.json"),
            lambda: chances.update(self.shelf.read(freeze, "chances.json")),
        )
        yield from lineage.frozen_lines(
            record, chances, target, frozen, self.shelf.source(freeze, "chances.json")
        )
        result.problems += [
            f"任务 {task} 的风险权数：chances.json 与封库的不同"
            for task in lineage.differing_sizes(record, chances, target)
        ]
        if self.drawn:
            draw = self.shelf.source(self.teams[0])
            yield from lineage.event_lines(record, draw)
            yield from lineage.drawn_lines(record, target, draw)
            yield from lineage.visit_lines(record, target, draw)
            yield from lineage.amended_lines(
                record,
                target,
                [
                    self.shelf.source(e)
                    for e in self.of["amend"][: len(record.get("amendments", ()))]
                ],
            )
        else:
            yield from lineage.event_lines(record, source)

    def _checked(self, result: Trace) -> Iterator[Line]:
        """What the records give when they are derived again; what the stages before wrote is part
        of the last one.
        """
        here = f"第 {self.number} 次抽取"
        steps = protocol.verify(self.record) if self.drawn else protocol.verify_frozen(self.record)
        result.problems += [
            f"{here}：V{s.number} {s.name}：{s.detail}" for s in steps if s.holds is False
        ]
        result.unchecked += [f"{here}：{s.name}：{s.detail}" for s in steps if s.holds is None]
        yield Line(
            "由记录重算",
            "、".join(f"{r['number']} {r['step']}{r['result']}" for r in lists.step_rows(steps)),
            self.shelf.source(self.main),
        )
        if self.drawn and (
            wrong := disclosure.unlike(self.record, self.shelf.read(self.main, "public.json"))
        ):
            result.problems.append(f"{here}：公开记录与抽取记录不符：{wrong}")
        for entry in (e for e in (*self.of["freeze"], *self.teams) if e["n"] < self.main["n"]):
            older = self.shelf.read(entry)
            own = {key: self.record.get(key) for key in older}
            if "amendments" in older:
                own["amendments"] = self.record["amendments"][: len(older["amendments"])]
            if wrong := protocol.difference(older, own, entry["stage"]):
                result.problems.append(f"{here}：{self.main['stage']} 与前面的记录不同：{wrong}")

    def _forward(self, result: Trace, entry: Entry, last: Entry | None) -> Iterator[Line]:
        """What a later stage says of the visit; ``last``: the results stage before."""
        kind, record, source, number = (
            kind_of(entry["stage"]),
            self.shelf.read(entry),
            self.shelf.source(entry),
            self.numbers.get(result.target, ""),
        )
        if kind == "void":
            yield from lineage.void_lines(record, result.target, source)
        elif kind == "platform":
            yield from outcome.platform_lines(record, result.target, source)
        elif number and kind == "papers":
            yield from outcome.paper_lines(
                record, self.shelf.read(entry, "earlier.json", "in")["papers"], number, source
            )
        elif number:
            public, before = (
                self.shelf.read(entry, "published.json"),
                self.shelf.read(last) if last else None,
            )
            yield from outcome.result_lines(
                self.record,
                record,
                before,
                public,
                number,
                source,
                self.shelf.source(entry, "published.json"),
            )
            if wrong := protocol.difference(
                published.view(self.record, record), public, "published.json"
            ):
                result.problems.append(f"{entry['stage']}：公示的内容与检查结果不符：{wrong}")


_BROKEN = (ProtocolError, OSError, AttributeError, KeyError, IndexError, TypeError, ValueError)


def _try(result: Trace, where: str, act: Callable[[], None]) -> None:
    """Do it; an archive whose content is not of the known shape is a problem."""
    try:
        act()
    except (*_BROKEN, StopIteration) as error:
        result.problems.append(
            f"{where}：档案内容不完整："
            f"{error if isinstance(error, ProtocolError) else f'{type(error).__name__} {error}'}"
        )


def _meant(attempts: Iterable[_Attempt], asked: str) -> str:
    """The target that a 检查编号 of any attempt, or an id, means; ``SsjError`` with similar ones if
    none.
    """
    plain = asked
    known: dict[str, str] = {}
    with suppress(ProtocolError):
        plain = protocol.normalise_id(asked)
    for attempt in (a for a in attempts if a.record):
        known |= {t["id"]: t["id"] for t in attempt.record["tables"]["targets"]}
        known |= {
            protocol.normalise_id(number): target for target, number in attempt.numbers.items()
        }
    if plain in known:
        return known[plain]
    similar = difflib.get_close_matches(plain, known, n=3)
    hint = f"与它相近的：{'、'.join(similar)}。" if similar else ""
    raise SsjError(
        f"档案中没有“{asked}”这个检查编号或检查对象编号",
        f"{hint}检查编号在抽取结果.xlsx 和检查文书上，检查对象编号在抽取结果公告中。",
    )
