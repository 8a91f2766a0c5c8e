"""A round that an older program froze is drawn by that one, kept with the archives."""

from __future__ import annotations

import argparse

from ssj.base.errors import RefusedError, SsjError
from ssj.casebook import environments, program, runner
from ssj.casebook.archive import Archive
from ssj.casebook.attempts import State
from ssj.protocol import Record


def frozen_with(book: Archive, state: State) -> Record | None:
    """``stage.json`` of the current freeze if it waits for its draw and other code froze it; else
    none. ``SsjError`` if the freeze is not as it was registered.
    """
    if state.next != "draw":
        return None
    stage = runner.read_stage(book.out(state.known("freeze")).parent)
    same = stage["code"]["hash"] == program.code_identity(program.DRAWING[0])["hash"]
    return None if same else stage


def reminder(book: Archive, state: State) -> str:
    """What to bear in mind of the program while a round is frozen and not drawn; empty if it is
    neither.
    """
    if state.next != "draw":
        return ""
    try:
        stage = frozen_with(book, state)
    except SsjError as error:
        return f"{error.message}；{error.remedy}"
    if stage is None:
        return "抽取以前不要更换程序"
    version = stage["code"]["version"]
    try:
        program.kept(book.outputs, stage)
    except SsjError as error:
        return f"封库用的是 ssj {version}，与本机程序不同；{error.message}。{error.remedy}"
    return f"封库用的是 ssj {version}，与本机程序不同；ssj draw 会用留存的那一版抽取"


def draw(options: argparse.Namespace, book: Archive, stage: Record) -> int:
    """Draw with the released program that froze; its exit code. ``RefusedError`` if that program
    is not to be had.
    """
    try:
        release, files = program.kept(book.outputs, stage)
        wheels = book.outputs / program.KEPT / "wheels"
        python = environments.python_for(files[environments.LOCK], wheels)
    except SsjError as error:
        raise RefusedError(
            f"封库时的程序与本机的不同，不能用来抽取；{error.message}", error.remedy
        ) from error
    print(f"封库用的是 ssj {release.version}：用留存的这一版程序抽取。", flush=True)
    where = ("--params", str(options.params), "--outputs", str(options.outputs))
    return environments.run(files, python, "ssj.cli", "draw", options.round, *where, say=print)
