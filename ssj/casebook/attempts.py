"""Where a round stands: its current attempt and the stages of that attempt, by the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from ssj import protocol
from ssj.base.errors import RefusedError
from ssj.casebook.archive import Archive, Entry, kind_of


@dataclass(frozen=True)
class State:
    """A round's current attempt (第几次抽取) and the ledger entries of that attempt, in order."""

    attempt: int
    stages: tuple[Entry, ...] = ()

    def all(self, *kinds: str) -> list[Entry]:
        """The entries of some kinds of stage, in order."""
        return [entry for entry in self.stages if kind_of(entry["stage"]) in kinds]

    def last(self, *kinds: str) -> Entry | None:
        """The last entry of some kinds of stage."""
        return next(reversed(self.all(*kinds)), None)

    def known(self, *kinds: str) -> Entry:
        """The last entry of some kinds of stage; ``LookupError`` if there is none."""
        return self.all(*kinds)[-1]

    @property
    def rosters(self) -> Entry | None:
        return self.last("rosters")

    @property
    def freeze(self) -> Entry | None:
        return self.last("freeze")

    @property
    def draw(self) -> Entry | None:
        return self.last("draw")

    @property
    def teams(self) -> Entry | None:
        """The draw or its last amendment: who goes now."""
        return self.last("draw", "amend")

    @property
    def next(self) -> str:
        """What must come next: ``freeze``, ``draw``, or nothing."""
        return "freeze" if self.freeze is None else "draw" if self.draw is None else ""


def state_of(entries: list[Entry]) -> State:
    """The state that a round's ledger entries lead to; a void (作废) ends an attempt."""
    if not entries:
        return State(1)
    attempt = entries[-1]["attempt"]
    if kind_of(entries[-1]["stage"]) == "void":
        return State(attempt + 1)
    return State(attempt, tuple(entry for entry in entries if entry["attempt"] == attempt))


def current_record(book: Archive, state: State) -> protocol.Record:
    """The record of the current attempt: frozen, drawn or amended, whichever came last; those
    before it must be sound too.
    """
    return [book.record(entry) for entry in (state.freeze, state.draw, state.teams) if entry][-1]


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
