"""What no archive can tell of itself: it was made by the program, but not when it says, not of what
was there, or not all of it was kept. Each names the value held elsewhere that shows it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from archived import replaceable
from faults import two_rounds
from faults.two_rounds import AMENDED, ANSWERED, DICE, NEXT_DRAWN, NEXT_FROZEN

from ssj import protocol

from .tools import AMEND, DRAW, FREEZE, RESULTS, Copy, Do, Tampering, cut


def again(moment: str, change: Callable[[Path], object] | None = None, salt: str = "") -> Do:
    """From a moment on everything done again by the program, its clock set back: with other inputs,
    or another salt.
    """

    def do(copy: Copy, bag: Path) -> None:
        cut(copy, moment)
        if change:
            change(copy.project)
        with mock.patch.object(two_rounds, "salt_of", lambda m: salt or protocol.sha256(m)):
            for step in two_rounds.STEPS:
                if moment <= step[0]:
                    assert two_rounds.take(copy.project, step) == 0, step

    return do


def friend_left_out(project: Path) -> None:
    """A firm that the inspectors would rather not see, gone from the list before it is frozen."""
    import openpyxl

    path = project / "params" / "next60" / "targets.xlsx"
    book = openpyxl.load_workbook(path)
    book.active.delete_rows(6)
    book.save(path)


def with_dice(copy: Copy, bag: Path) -> None:
    """Other dice entered than fell, and all that follows made from them."""
    with mock.patch.dict(DICE, {NEXT_DRAWN: "3" + DICE[NEXT_DRAWN][1:]}):
        again(NEXT_DRAWN)(copy, bag)


def with_officer(copy: Copy, bag: Path) -> None:
    """Another officer replaced than was."""

    def other(record: protocol.Record, whole: bool) -> tuple[str, str]:
        first, _ = replaceable(record, whole)
        rest = [t for t in record["officers"]["taken"] if t["officer"] != first]
        return replaceable({**record, "officers": {**record["officers"], "taken": rest}}, whole)

    with mock.patch.object(two_rounds, "replaceable", other):
        again(AMENDED)(copy, bag)


def with_results(copy: Copy, bag: Path) -> None:
    """Results of visits that found nothing to be put right, whatever was found."""
    real = two_rounds.answers

    def clean(*arguments: object) -> list[dict]:
        return [
            {**row, "检查结果": "未发现问题", "处置措施": "", "整改期限": "", "办结日期": ""}
            if row.get("检查结果") == "发现问题已责令改正"
            else row
            for row in real(*arguments)
        ]

    with mock.patch.object(two_rounds, "answers", clean):
        again(ANSWERED)(copy, bag)


def round_gone(copy: Copy, bag: Path) -> None:
    """A whole round never mentioned."""
    copy.take_out(*(f"next60/{name}" for name in ("01-rosters", "02-freeze", "03-draw")))
    shutil.rmtree(copy.outputs / "next60")


NOT_FROM_THE_ARCHIVE = [
    Tampering("a round frozen after its event, the clock set back, a friend's firm left out",
              FREEZE, "", again(NEXT_FROZEN, friend_left_out), outside="commitment"),
    Tampering("freezes tried with one salt after another until the list suits", FREEZE, "",
              again(NEXT_FROZEN, salt="a" * 64), outside="notice"),
    Tampering("two archives kept, and the nicer one shown", DRAW, "",
              again(NEXT_FROZEN, salt="b" * 64), outside="commitment"),
    Tampering("other dice entered than fell", DRAW, "", with_dice, outside="head"),
    Tampering("an amendment exchanged for another", AMEND, "", with_officer, outside="head"),
    Tampering("results exchanged for others", RESULTS, "", with_results, outside="head"),
    Tampering("the last stages cut off, lines and bags", RESULTS, "",
              lambda copy, bag: cut(copy, ANSWERED), outside="head"),
    Tampering("a whole later round taken out, and all that follows sealed again", RESULTS, "",
              round_gone, outside="head"),
    Tampering("a firm left out of the register before anything was sealed", FREEZE, "",
              again(NEXT_FROZEN, friend_left_out),
              outside="in words: the registers of other offices, and the list's coverage"),
    Tampering("a custodian's word invented", DRAW, "", again(NEXT_DRAWN),
              outside="in words: the custodian's own slip, which the archive names"),
    Tampering("results that nobody found", RESULTS, "", with_results,
              outside="in words: the signed papers, whose hashes are archived"),
]  # fmt: skip
