"""What the steps of an audit ask of one stage or of a ledger's entries (ARCHIVE §A8); each yields
what does not hold, in words. :mod:`ssj.audit.audit` goes through them.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.audit import again
from ssj.base import files
from ssj.casebook import archive, attempts, bags, contents, runner
from ssj.casebook.archive import Archive, Entry, kind_of
from ssj.casebook.kind import ROUND, YEAR, Archived, NotChecked
from ssj.protocol import Step
from ssj.stages.registry import kinds


def repeated(stage: Archived) -> Iterable[str]:
    """V3, whichever program made the stage: what ``in/`` repeats of the stage that it rests on is
    what that one wrote, and the tables are those that ``stage.json`` accounts for.
    """
    if stage.kind.rests_on:
        if (base := stage.base) is None:
            yield f"前面没有{kinds()[stage.kind.rests_on[0]].title}"
            return
        for name in sorted(stage.kind.repeats or {archive.record_name(kind_of(base.name))}):
            pair = [stage.data / "in" / name, base.data / "out" / name]
            if not files.alike(*pair):
                yield f"in/{name} 与 {base.name} 的 out/ 不同"
    yield from stage.accounted()
    yield from stage.kind.by_text(stage, 3)


def derived(stage: Archived) -> Iterable[str]:
    """V3: ``in/`` is as it must be (:func:`repeated`), and ``out/`` follows from it."""
    found = list(filter(None, repeated(stage)))
    yield from found
    if stage.base or not stage.kind.rests_on:
        yield from stage.kind.derive(stage)


def agreeing(sound: list[Archived], ledger: Archive | None) -> Iterable[str]:
    """V3: all records, notices and public records of the round, and the ledger, agree with each
    other (PROTOCOL §10.4).
    """
    documents = []
    for stage in sound:
        for name in stage.kind.documents:
            # what is wrong with one by itself is said elsewhere
            with suppress(OSError, ValueError, LookupError, TypeError):
                own = name == stage.kind.record
                document = stage.record if own else stage.wrote(name)
                drawn = own and protocol.kind_of(document) == "draw"
                steps = stage.verified if drawn else protocol.examine(document)
                if all(step.holds is not False for step in steps):
                    documents.append(document)
    texts = [(ledger.outputs / archive.LEDGER).read_bytes().decode("utf-8")] if ledger else []
    yield from (s.detail for s in protocol.compare(documents, texts) if s.holds is False)


def of_step(stage: Archived, number: int, steps: list[Step]) -> Iterable[str]:
    """One of V4 to V7 on a stage with a draw: what its record says of itself, and what it must have
    in common with the rest of the stage.
    """
    mine = [s for s in steps if s.number == number]
    yield from (s.detail for s in mine if s.holds is not None)
    yield from stage.kind.by_text(stage, number)
    yield from stage.kind.beyond_record(stage, number)
    if unchecked := [s.detail for s in mine if s.holds is None]:
        raise NotChecked(unchecked[0])


def order(ledger: Archive | None, entries: list[Entry]) -> Iterable[str]:
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


def sealed(
    bag: Path, entry: Entry | None, ledger: Archive | None, makers: again.Makers
) -> tuple[list[str], list[str], Archived | None]:
    """What is wrong with a bag (V2), its stray files, and the stage in it, if there is one."""
    problems, junk = bags.problems(bag, entry["bag"] if entry else None)
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


def all_sealed(ledger: Archive | None, makers: again.Makers, entries: list[Entry]) -> Iterable[str]:
    """V2 of an earlier round; one whose folder is not here is left to V3, which says so."""
    if ledger and any(ledger.folder(entry).is_dir() for entry in entries):
        for entry in entries:
            problems = sealed(ledger.folder(entry), entry, ledger, makers)[0]
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
