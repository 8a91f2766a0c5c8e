"""An officer replaced (抽后调整) as a stage: ``ssj amend``.

- It comes after a draw, as often as needed; nothing sealed changes.
- The reason comes from a closed list; the approver must be the one whom the round's own parameters
  name for the matter (:mod:`ssj.draw.change_rules`).
- Who comes instead follows from the lots (PROTOCOL §8.6): nobody is picked by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ssj import protocol
from ssj.base.errors import InputError, RefusedError, SsjError, quoted
from ssj.casebook import attempts, stated, taking
from ssj.casebook.kind import Archived, Kind, Shelf, Work
from ssj.draw import change_rules, changes, lists, teams
from ssj.protocol import Record
from ssj.stages.draw import of_teams, published_as_drawn


@dataclass(frozen=True)
class Approved:
    """Why, who approved it and when: what every amendment and void states."""

    reason: str
    note: str
    approver: str
    date: date

    def recorded(self) -> dict[str, str]:
        """As ``stage.json`` holds it."""
        return {
            "reason": self.reason,
            "note": self.note,
            "approver": self.approver,
            "date": self.date.isoformat(),
        }


@dataclass(frozen=True)
class Replacement:
    """What is asked: an officer or expert, the visits (ids of targets or 检查编号; none: all, and
    for the rest of the round), and who approved it.
    """

    officer: str
    visits: list[str]
    approved: Approved


class StatedAmendment(stated.Approved):
    """Its ``stage.json``."""

    officer: str
    visits: list[str]
    all: bool


class Amend(Kind):
    name = "amend"
    title = "抽后调整"
    notebook = "6_amend.ipynb"
    more = frozenset({"public.json"})
    documents = frozenset({"amend.json", "public.json"})
    rests_on = ("draw", "amend")
    pages = ("抽后调整过程记录（内部）", "抽后调整公告")
    has_draw = True
    stated = StatedAmendment

    def fill(self, work: Work, target: Path) -> Record:
        asked: Replacement = work.asked
        state, officer = work.state, asked.officer
        record = attempts.drawn_record(work.book, state)
        going = change_rules.visits_of(record, officer)
        named = [_target(record, text) for text in asked.visits]
        request: Record = {
            "officer": officer,
            "visits": sorted(set(named)) or going,
            "all": not asked.visits,
        }
        content = taking.stage_of(work, state.attempt) | request | asked.approved.recorded()
        change_rules.require(change_rules.amending(record, content, state.known("draw")["time"]))
        pairs = zip(asked.visits, named, strict=True)
        if astray := [text for text, visit in pairs if visit not in going]:
            raise RefusedError(
                f"{officer} 不在这些检查的检查组中：{quoted(astray)}",
                f"{officer} 现在参加的检查：{'、'.join(going) or '无'}。",
            )
        if not going:
            raise RefusedError(
                f"{officer} 现在没有参加任何检查，不需要更换",
                "各人参加的检查见抽取结果.xlsx 的“检查组”表。",
            )
        teams.replace(record, officer, request["visits"], request["all"])
        taking.take_record(work.book, state.known("draw", "amend"), target)
        return content

    def said(self, record: Record, bag: Path) -> list[str]:
        last = record["amendments"][-1]
        people, names = lists.names(record, "officers"), lists.names(record, "targets")
        gone = people[last["officer"]]
        return [
            f"已调整：{bag}",
            *(
                f"{names[t['visit']]}：{gone} → {people[t['officer']]}（{t['officer']}）"
                for t in last["taken"]
            ),
        ]

    def copies(self, shelf: Shelf) -> None:
        for amended, entry in enumerate(shelf.state.all(self.name), 1):
            of_teams(self, shelf, entry, amended)

    def derive(self, stage: Archived) -> Iterable[str]:
        before, since = stage.repeated, stage.before("draw")
        if since is None:
            return  # said already: it rests on nothing
        errors = list(change_rules.amending(before, stage.stage, since.stage["time"]))
        yield from said_of(errors)
        if errors:
            return  # what can't be, follows from nothing
        derived = changes.amended(before, stage.stage)
        # the record before it and one amendment more; what follows from the request is step 7's
        if len(stage.record["amendments"]) != len(derived["amendments"]):
            yield f"抽后调整的次数应为 {len(derived['amendments'])}"
            return
        yield protocol.difference(_requested(derived), _requested(stage.record))
        last, written = (sorted(record["amendments"][-1]) for record in (derived, stage.record))
        yield protocol.difference(last, written, "amendments")

    def beyond_record(self, stage: Archived, number: int) -> Iterable[str]:
        if number == 7:  # an amendment changes teams alone
            yield from published_as_drawn(stage, stage.record)


def said_of(errors: Iterable[SsjError]) -> Iterable[str]:
    """What the command would have said of a request."""
    for error in errors:
        yield from map(str, error.problems) if isinstance(error, InputError) else [error.message]


def _requested(record: Record) -> Record:
    """An amended record as far as its last amendment's request goes."""
    *earlier, last = record["amendments"]
    return {**record, "amendments": [*earlier, {key: last[key] for key in changes.REQUEST}]}


def _target(record: Record, text: str) -> str:
    """The target that a 检查编号 or an id means; the text itself if it means none."""
    numbers = {number: target for target, number in lists.visit_numbers(record).items()}
    return numbers.get(text.strip(), text.strip())


KIND = Amend()
