"""What most commands begin with: the clock, the round's folder, the archive."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Any

from ssj.base import formats
from ssj.base.errors import SsjError

DEMO = Path(formats.DEMO)
_rehearsed: ContextVar[datetime | None] = ContextVar("rehearsed", default=None)


def now() -> datetime:
    """The time in Beijing, or that of a rehearsal (:func:`clock_at`)."""
    return _rehearsed.get() or datetime.now(formats.BEIJING)


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """Commands take it that it is another time: in a rehearsal, whose archives are its own."""
    before = _rehearsed.set(moment)
    try:
        yield
    finally:
        _rehearsed.reset(before)


def require_project(options: argparse.Namespace) -> None:
    """``SsjError`` if the folder of inputs isn't there: mostly, a command was run elsewhere."""
    if options.params.is_dir():
        return
    from ssj.casebook import runner

    raise SsjError(
        f"这里（{Path.cwd()}）没有 {options.params} 文件夹，不是项目文件夹",
        f"请先进入项目文件夹再运行：cd {runner.ROOT}（里面有 start.bat、params、outputs）；"
        "或用 --params、--outputs 写明文件夹。",
    )


def require_archive(options: argparse.Namespace) -> None:
    """As :func:`require_project`, but a folder of archives alone will do."""
    if not options.outputs.is_dir():
        require_project(options)


def round_name(text: str) -> str:
    """The name of a round or year as commands take it, which never leads out of a folder;
    ``SsjError`` if it is none.
    """
    name = text.strip()
    if not formats.ROUND_ID.fullmatch(name) or formats.DEVICE.fullmatch(name):
        raise SsjError(f"批次号“{name}”不合要求", "只能用英文字母、数字和“-”，如 2026Q1。")
    if name.casefold() in (formats.SITE, formats.ARTICLES):
        raise SsjError(f"批次号不能是“{name}”", "这是网站和文章在 outputs 中的文件夹名，请换一个。")
    return name


def folder_of(options: argparse.Namespace) -> Path:
    """The round's folder of inputs; ``SsjError`` if there is none, capitals included: Windows would
    take ``2021q4`` for ``2021Q4``.
    """
    require_project(options)
    folder = options.params / options.round
    if not folder.is_dir() or folder.name not in os.listdir(options.params):
        from ssj.tables import paramfiles

        rounds = paramfiles.folders("round", options.params)
        known = "、".join(path.name for path in rounds) or "无"
        sample = options.params.parent / formats.DEMO / "params" / options.round
        raise SsjError(
            f"找不到批次文件夹 {folder}（现有：{known}）",
            "这是演示批次，命令后面请加 --demo。" if sample.is_dir() else "请核对批次号。",
        )
    return folder


def reading(options: argparse.Namespace) -> tuple[Any, Any]:
    """The archive for reading only, after saying what is out of order, and where the named round
    stands.
    """
    from ssj.casebook import archive, attempts
    from ssj.desk import telling

    require_archive(options)
    book = archive.reading(options.outputs)
    telling.recovered(book)
    return book, attempts.state_of(book.stages(options.round))
