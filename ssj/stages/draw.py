"""Draw (抽取): from the freeze and the event to drawn targets, visits and teams."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base.errors import InputError, RefusedError
from ssj.casebook import attempts, check, past, runner, taking
from ssj.casebook.archive import Archive
from ssj.casebook.runner import Say, Workplace


def draw(book: Archive, folder: Path, now: datetime, place: Workplace, say: Say) -> dict[str, Any]:
    """Stage, run and commit the draw of a frozen round; its ledger entry."""
    state = attempts.state_of(book.stages(folder.name))
    if state.next == "freeze":
        raise RefusedError(
            f"{folder.name} 第 {state.attempt} 次抽取还没有封库，不能抽取",
            f"请先运行 ssj freeze {folder.name}。",
        )
    if state.next != "draw":
        raise RefusedError(
            f"{folder.name} 第 {state.attempt} 次抽取已经完成，不能再次抽取",
            attempts.void_hint(folder.name),
        )
    record = attempts.current_record(book, state)
    announced = datetime.fromisoformat(record["event"]["time"])
    if now < announced:
        raise RefusedError(
            f"公告的公开随机数产生时间是 {announced:%Y-%m-%d %H:%M}，现在还没到，不能抽取",
            "请在产生之后再运行。",
        )
    code = runner.code_identity()
    if code != record["code"]:
        raise RefusedError(
            "程序与封库时不同，不能用来抽取",
            f"请换回封库时的程序（版本 {record['code']['version']}，校验码 "
            f"{record['code']['hash'][:16]}…）。",
        )
    if problems := check.draw_problems(folder, record, now):
        raise InputError(problems)
    return runner.finish(
        book, place, "draw", stage_draw(book, folder, now, place.folder / "in"), say
    )


def stage_draw(book: Archive, folder: Path, now: datetime, target: Path) -> dict[str, Any]:
    """Fill a draw's ``in/`` with the freeze's ``out/`` and ``entropy.toml``; the content of its
    ``stage.json``.
    """
    state = attempts.state_of(book.stages(folder.name))
    frozen = attempts.out_of(book, state.freeze)
    for name in sorted(runner.KINDS["freeze"].outputs):  # and no stray file
        shutil.copyfile(frozen / name, target / name)
    shutil.copyfile(folder / "entropy.toml", target / "entropy.toml")
    (target / "voided.json").write_bytes(protocol.canonical(past.voided_draw(book, folder.name)))
    elsewhere = protocol.drawn_elsewhere(runner.read_record(frozen / "frozen.json")["parameters"])
    return {
        **taking.stage_of(book, folder.name, state.attempt, now),
        **({"source": taking.take_list(folder, "external", target)} if elsewhere else {}),
    }
