"""Where a round stands: its current attempt, the stages of that attempt, their records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base.errors import RefusedError, SsjError
from ssj.casebook import runner
from ssj.casebook.archive import Archive, bag_problems
from ssj.casebook.runner import kind_of

# kinds that may follow a draw, in any order and number
AFTER_DRAW = ("amend", "papers", "platform", "results")


@dataclass
class State:
    """Where a round stands: its current attempt and the stages of that attempt."""

    attempt: int
    freeze: dict[str, Any] | None = None
    draw: dict[str, Any] | None = None
    teams: dict[str, Any] | None = None  # the draw or its last amendment: who goes now

    @property
    def next(self) -> str:
        """The next stage: ``freeze``, ``draw``, or nothing."""
        return "freeze" if self.freeze is None else "draw" if self.draw is None else ""

    def allowed(self) -> set[str]:
        """Kinds of stage that may come now."""
        if self.freeze is None:
            return {"freeze"}
        return {"void", "draw"} if self.draw is None else {"void", *AFTER_DRAW}


def state_of(entries: list[dict[str, Any]]) -> State:
    """The state that a round's ledger entries lead to."""
    state = State(1)
    for entry in entries:
        kind = kind_of(entry["stage"])
        if kind == "void":
            state = State(entry["attempt"] + 1)
        elif kind in ("freeze", "draw"):
            setattr(state, kind, entry)
        if kind in ("draw", "amend"):
            state.teams = entry
    return state


def out_of(book: Archive, entry: dict[str, Any]) -> Path:
    """``out/`` of an archived stage; ``SsjError`` if its bag is not as it was registered."""
    if problems := bag_problems(book.folder(entry), entry["bag"])[0]:
        raise SsjError(
            f"{entry['round']}/{entry['stage']} 与登记不符：{'；'.join(problems)}",
            "档案可能被改动或移走：请不要继续，先运行 ssj audit 查明，并从备份恢复。",
        )
    return book.folder(entry) / "data" / "out"


def current_record(book: Archive, state: State) -> protocol.Record:
    """The record of the current attempt: frozen, drawn or amended, whichever came last; those
    before it must be sound too.
    """
    entries = [entry for entry in (state.freeze, state.draw, state.teams) if entry]
    outs = [out_of(book, entry) for entry in entries]
    return runner.read_record(outs[-1] / runner.RECORDS[kind_of(entries[-1]["stage"])])


def drawn_record(book: Archive, state: State) -> protocol.Record:
    """The draw record of the current attempt with its amendments; ``RefusedError`` if it is not
    drawn.
    """
    if state.draw is None:
        raise RefusedError("本批次还没有抽取", "进度请看 ssj status。")
    return current_record(book, state)


def void_hint(round_id: str) -> str:
    """The way out when something is done already."""
    return (
        f"如确有理由重来：ssj void {round_id} --reason 理由 --approver 审批人 --date 审批日期，"
        "然后另定公开随机数来源，从封库开始进行下一次抽取。"
    )
