"""Files: an account of one by size and hash; and files for people, written whole or not at all,
and what they are called.

They may be opened, printed, lost: the record in the sealed bag decides.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ssj.base.errors import InputError, RefusedError, SsjError

ACCOUNT = {"file": "文件", "size": "大小（字节）", "sha256": "原文件校验码"}
TAKEN = {**ACCOUNT, "redacted": "存档前略去个人信息", "dropped": "略去的列"}
LARGEST = 2**29  # bytes of a file in a bag: nothing larger is sealed, and none is opened
JUNCTION = 0xA0000003  # Windows' reparse tag of a folder that is a link to another
LONGEST = 30  # characters of a name in a file's name: Windows allows 260 for a whole path
TRIES = 5  # of os.replace, a tenth of a second apart: virus scanners hold new files for a moment


def account(path: Path, name: str = "") -> dict[str, Any]:
    """A file by name (its own, or ``name``), size and SHA-256; keys as in ``ACCOUNT``."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()  # of what was hashed, whatever is saved meanwhile
    return {"file": name or path.name, "size": size, "sha256": digest}


def taken(path: Path, name: str = "", dropped: Iterable[str] | None = None) -> dict[str, Any]:
    """An input as it was before a stage took it in, and which personal columns the archive's copy
    lacks (``None``: it is the same, byte for byte); keys as in ``TAKEN``.
    """
    return {
        **account(path, name),
        "redacted": dropped is not None,
        "dropped": list(dropped or ()),
    }


def irregular(path: Path) -> str:
    """Why nothing may open a path: it is a link, a device, a pipe (which would wait for ever), or
    larger than anything that ``ssj`` archives; empty for a folder, a plain file, or nothing.
    """
    try:
        info = path.lstat()
    except OSError:
        return ""  # what opens it says why
    if stat.S_ISLNK(info.st_mode) or getattr(info, "st_reparse_tag", 0) == JUNCTION:
        return "是链接"
    if not (stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode)):
        return "是管道、设备一类的特殊文件"
    if stat.S_ISREG(info.st_mode) and info.st_size > LARGEST:
        return f"过大（超过 {LARGEST // 2**20} MB）"
    return ""


def alike(one: Path, other: Path) -> bool:
    """Whether two files are there, may be opened, and hold the same bytes."""
    pair = (one, other)
    return all(p.is_file() and not irregular(p) for p in pair) and (
        one.read_bytes() == other.read_bytes()
    )


def same(source: dict[str, Any], path: Path) -> bool:
    """Whether an archived file is the input that was ``taken``; a copy without personal data can't
    be compared.
    """
    if source["redacted"]:
        return True
    found = account(path) if path.exists() else {}
    return all(found.get(key) == source[key] for key in ("size", "sha256"))


def write_whole(data: bytes, path: Path) -> None:
    """Write a page or record for people, whole or not at all; errors as :func:`write_all` has
    them.
    """
    write_all({path: data})


def write_all(contents: dict[Path, bytes]) -> None:
    """Write several files for people, all made aside first. ``RefusedError`` if one is open
    elsewhere, ``SsjError`` if the folder can't be written to.
    """
    parts = {path: path.with_name(f".{path.name}.part") for path in contents}
    folder = next(iter(contents)).parent if contents else Path()
    try:
        for path, part in parts.items():
            _clear(part)
            part.write_bytes(contents[path])
        for path, part in parts.items():
            replace(part, path)
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def write_made(path: Path, make: Callable[[Path], Any]) -> None:
    """Let ``make`` write a file for people, whole or not at all; errors as :func:`write_all` has
    them.
    """
    part = path.with_name(f".{path.stem}.part")
    try:
        _clear(part)
        make(part)
        replace(part, path)
    except (OSError, InputError) as error:
        raise unwritable(path.parent, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _clear(part: Path) -> None:
    """Make room for a file in the making. What lies there may be a link that somebody laid: what is
    written through it would go elsewhere.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)


def replace(part: Path, path: Path) -> None:
    for left in reversed(range(TRIES)):
        try:
            os.replace(part, path)
            return
        except PermissionError as error:
            if not left:
                raise open_elsewhere(path) from error
            time.sleep(0.1)


def unwritable(folder: Path, error: Exception) -> SsjError:
    number = getattr(error, "errno", None)
    why = (
        "磁盘已满"
        if number == errno.ENOSPC
        else f"系统错误 {number}"
        if number in (errno.EIO, errno.ENOENT)
        else "没有写入权限"
    )
    return SsjError(
        f"工作副本写不进文件夹“{folder.name}”（{why}）", "请检查磁盘空间和写入权限后，再生成一次。"
    )


def open_elsewhere(path: Path) -> RefusedError:
    """What to say of a working copy that another program holds open."""
    return RefusedError(
        f"工作副本“{path.name}”正在别的程序中打开，不能更新",
        "请在 Excel、WPS 或 Word 中关闭后，再生成一次；已封存的抽取记录不受影响。",
    )


def file_name(name: str, attempt: int, amended: int = 0, checked: int = 1, given: int = 0) -> str:
    """``抽取结果.xlsx``; ``抽取结果（第2次，调整1）.xlsx`` for a later attempt and after an
    amendment; ``checked`` counts reconciliations, ``given`` results stages.
    """
    path = Path(name)
    notes = (
        [f"第{attempt}次"] * (attempt > 1)
        + [f"调整{amended}"] * (amended > 0)
        + [f"核对{checked}"] * (checked > 1)
        + [f"录入{given}"] * (given > 1)
    )
    return f"{path.stem}（{'，'.join(notes)}）{path.suffix}" if notes else name


def safe(name: str, longest: int = LONGEST) -> str:
    """A name as part of a file's name that Windows takes too.

    >>> safe('样例<甲>/乙有限公司. ')
    '样例_甲__乙有限公司'
    """
    plain = "".join(
        "_" if c in '<>:"/\\|?*' or (not c.isprintable() and c != " ") else c for c in name
    )
    return plain.strip()[:longest].rstrip(". ") or "_"
