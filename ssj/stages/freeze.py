"""Freeze (封库): what is fixed before the event."""

from __future__ import annotations

import secrets
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import params
from ssj.base.errors import InputError, RefusedError
from ssj.casebook import attempts, check, past, runner, taking
from ssj.casebook.archive import Archive
from ssj.casebook.runner import Say, Workplace


def freeze(
    book: Archive, folder: Path, now: datetime, place: Workplace, say: Say
) -> dict[str, Any]:
    """Stage, run and commit a freeze of the round in ``folder``; its ledger entry."""
    state = attempts.state_of(book.stages(folder.name))
    if state.next != "freeze":
        raise RefusedError(
            f"{folder.name} 第 {state.attempt} 次抽取已经封库，不能再次封库",
            attempts.void_hint(folder.name),
        )
    say("核对资料")
    look = check.inspect(
        folder, now, past.history_so_far(book, folder), past.year_so_far(book, folder)
    )
    if errors := [p for p in look.every if p.severity == "error"]:
        raise InputError(errors, f"ssj check {folder.name}")
    return runner.finish(
        book, place, "freeze", stage_freeze(book, folder, now, place.folder / "in"), say
    )


def stage_freeze(book: Archive, folder: Path, now: datetime, target: Path) -> dict[str, Any]:
    """Fill a freeze's ``in/``; the content of its ``stage.json``, with a new salt (防推码)."""
    attempt = attempts.state_of(book.stages(folder.name)).attempt
    inputs = taking.take_inputs(folder, target)
    lists = taking.take_outside(folder, target)
    own = params.read_round(folder / "round.toml").round
    demonstration = own.demonstration
    (target / "history.json").write_bytes(
        protocol.canonical(past.history_of(book, folder.name, demonstration))
    )
    (target / "year.json").write_bytes(protocol.canonical(past.year_of(book, own)))
    if (previous := past.baseline(book, demonstration, now)) is not None:
        shutil.copyfile(attempts.out_of(book, previous) / "frozen.json", target / "previous.json")
    return {
        **taking.stage_of(book, folder.name, attempt, now),
        "salt": secrets.token_hex(32),
        "inputs": inputs,
        "outside": lists,
        "previous": previous
        and {key: previous[key] for key in ("round", "attempt", "time", "bag")},
    }
