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


def round_name(text: str) -> str:
    """The name of a round or year as commands take it, which never leads out of a folder;
    ``SsjError`` if it is none.
    """
    name = text.strip()
    if not formats.ROUND_ID.fullmatch(name) or formats.DEVICE.fullmatch(name):
        raise SsjError(f"批次号“{name}”不合要求", "只能用英文字母、数字和“-”，如 2026Q1。")
    return name


def folder_of(options: argparse.Namespace) -> Path:
    """The round's folder of inputs; ``SsjError`` if there is none, capitals included: Windows would
    take ``2021q4`` for ``2021Q4``.
    """
    folder = options.params / options.round
    if not folder.is_dir() or folder.name not in os.listdir(options.params):
        from ssj.tables import paramfiles

        rounds = paramfiles.folders("round", options.params)
        known = "、".join(path.name for path in rounds) or "无"
        raise SsjError(
            f"找不到批次文件夹 {folder}（现有：{known}）", "请核对批次号，并在项目文件夹中运行。"
        )
    return folder


def reading(options: argparse.Namespace) -> tuple[Any, Any]:
    """The archive for reading only, after saying what is out of order, and where the named round
    stands.
    """
    from ssj.casebook import archive, attempts
    from ssj.desk import telling

    book = archive.reading(options.outputs)
    telling.recovered(book)
    return book, attempts.state_of(book.stages(options.round))
