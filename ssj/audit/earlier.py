"""What an audit of one round says of the rounds and years that came before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from ssj.casebook.archive import STAGE_NAME, Archive, Entry, read_entries
from ssj.protocol import ProtocolError


def rounds(outputs: Path) -> list[str]:
    """Every round and year of an outputs folder: as the ledger has them, if it can be read, then
    what else has stages.
    """
    entries: list[Entry] = []
    with suppress(ProtocolError, OSError):
        entries = read_entries(outputs)
    there = {
        p.parent.name
        for p in outputs.glob("[!.]*/*")
        if STAGE_NAME.fullmatch(p.name) and p.is_dir()
    }
    entered = (e["round"] for e in entries if STAGE_NAME.fullmatch(e["stage"]))
    return list(dict.fromkeys((*entered, *sorted(there))))


class Earlier:
    """The stages of other rounds and years that stand in the ledger before the last one of this: a
    round's history, its year's plan, known results and what it is compared with come from them.
    V1 and V2 look at them too; V3 that what was taken from them is what they hold.
    """

    def __init__(self, ledger: Archive | None, round_id: str) -> None:
        entries = ledger.entries if ledger else []
        last = max((n for n, e in enumerate(entries) if e["round"] == round_id), default=0)
        self.ledger = ledger
        self.rounds: dict[str, list[Entry]] = {}
        for entry in entries[:last]:
            if entry["round"] != round_id and STAGE_NAME.fullmatch(entry["stage"]):
                self.rounds.setdefault(entry["round"], []).append(entry)

    def each(self, check: Callable[[list[Entry]], Iterable[str]]) -> Iterable[str]:
        """Findings of a check for every earlier round, with its name."""
        for name, entries in self.rounds.items():
            yield from (f"{name}/{text}" for text in check(entries))

    def said(self) -> list[str]:
        """Which rounds, what was checked of them, and what was not."""
        return [
            f"{name}：核验了登记次序和 {len(entries)} 个档案包，从中取用的由 V3 对照；"
            "其余各步未核验，请另行复核"
            if self.ledger and any(self.ledger.folder(e).is_dir() for e in entries)
            else f"{name}：档案不在这里，只核验了登记次序"
            for name, entries in self.rounds.items()
        ]
