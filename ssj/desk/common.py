"""What most commands begin with: the clock, the round's folder, the archive."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from ssj.base import formats
from ssj.base.errors import SsjError


def now() -> datetime:
    """The time in Beijing."""
    return datetime.now(formats.BEIJING)


def folder_of(options: argparse.Namespace) -> Path:
    """The round's folder of inputs; ``SsjError`` if there is none."""
    folder = options.params / options.round
    if not folder.is_dir():
        known = (
            "、".join(sorted(p.parent.name for p in options.params.glob("*/round.toml"))) or "无"
        )
        raise SsjError(
            f"找不到批次文件夹 {folder}（现有：{known}）", "请核对批次号，并在项目文件夹中运行。"
        )
    return folder


def reading(options: argparse.Namespace) -> tuple[Any, Any]:
    """The archive for reading only, and where the named round stands."""
    from ssj.casebook import archive, attempts

    book = archive.reading(options.outputs)
    return book, attempts.state_of(book.stages(options.round))
