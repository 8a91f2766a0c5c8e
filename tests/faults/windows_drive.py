"""A drive with Windows' rules, on Linux: a FUSE file system over a plain folder, for tests.

- Names keep their case and are found in any case; ``: * ? " < > | \\``, control characters,
  trailing dots and blanks, reserved names (``CON``, ``nul.txt``, ``COM1``) and paths of more than
  259 characters are refused, links too.
- A file that somebody has open is neither renamed, replaced nor removed, nor is a folder in which
  one is open; a workbook with Excel's lock file (``~$``) beside it is written to by nobody else.
- It may be slow, and its rename not atomic (the target is gone for a while; a folder moves file by
  file), as on network drives.
- It may fail: from the k-th operation of a kind on, once or for good, with a given error.

What is wanted is written as JSON into the file ``.drive`` at its top (:class:`Wanted`); reading
that file gives how often each operation was asked since, and the longest path that was made. It
runs as a process of its own::

    with mounted(tmp_path, prefix=120) as place: ...

The kernel asks for a rename alone: that Windows' ``os.rename``, other than ``os.replace``, refuses
a target that exists, can't be told apart here.
"""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

CONTROL = "/.drive"
LONGEST_PATH, LONGEST_NAME = 259, 255
RESERVED = {
    *("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"),
    *(f"{port}{n}" for port in ("COM", "LPT") for n in "123456789¹²³"),
}
FORBIDDEN = re.compile(r'[:*?"<>|\\\x00-\x1f]')


@dataclass
class Wanted:
    """How the drive behaves. ``delay``: seconds for each operation; ``atomic``: whether a rename
    is; ``fail``: the operation that fails with ``error`` from the ``after``-th one on, ``lasting``
    or once.
    """

    delay: float = 0.0
    atomic: bool = True
    fail: str = ""
    after: int = 0
    error: int = errno.EIO
    lasting: bool = False


def refused(name: str) -> bool:
    """Whether Windows refuses a file's name.

    >>> [refused(name) for name in ("抽取结果.xlsx", "console", "a:b", "nul.txt", "com1", "x.")]
    [False, False, True, True, True, True]
    """
    stem = name.partition(".")[0].rstrip(" ").upper()
    return bool(FORBIDDEN.search(name)) or name[-1:] in (". ") or stem in RESERVED


def missing() -> str:
    """Why no such drive can be mounted here; empty if it can."""
    if sys.platform != "linux":
        return "FUSE is tried on Linux only"
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "there is no /dev/fuse, or it may not be used"
    try:
        import mfusepy  # noqa: F401
    except (ImportError, OSError) as error:  # OSError: without libfuse
        return f"mfusepy can't be used: {error}"
    return ""


@contextmanager
def mounted(folder: Path, prefix: int = 3) -> Iterator[Path]:
    """The drive, mounted in ``folder``; ``prefix``: how many characters of a path go before what
    is seen here. ``RuntimeError`` if it can't be mounted.
    """
    behind, place = folder / "behind", folder / "drive"
    behind.mkdir()
    place.mkdir()
    server = subprocess.Popen(
        [sys.executable, __file__, str(behind), str(place), str(prefix)],
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        until = time.monotonic() + 30
        while not os.path.ismount(place):
            if server.poll() is not None or time.monotonic() > until:
                server.kill()
                raise RuntimeError(f"no drive can be mounted here: {server.communicate()[1]}")
            time.sleep(0.02)
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False, capture_output=True)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def want(place: Path, **wanted: Any) -> None:
    """Make the drive behave so, and count anew."""
    (place / CONTROL[1:]).write_text(json.dumps(asdict(Wanted(**wanted))), encoding="utf-8")


def seen(place: Path) -> dict[str, Any]:
    """What was asked of the drive since it was last told how to behave: ``counts`` by operation,
    ``longest`` path, ``failed`` operations.
    """
    told: dict[str, Any] = json.loads((place / CONTROL[1:]).read_text(encoding="utf-8"))
    return told


def serve(behind: Path, place: Path, prefix: int) -> None:
    """Run the file system until it is unmounted."""
    import mfusepy

    class Refused(mfusepy.FuseOSError):
        pass

    class Drive(mfusepy.Operations):
        use_ns = True

        def __init__(self) -> None:
            self.wanted, self.counts, self.failed = Wanted(), Counter[str](), 0
            self.held: dict[int, str] = {}  # handle → real path, until it is closed
            self.longest, self.command = "", b""

        # --- finding, refusing

        def real(self, path: str) -> str:
            """Where a path lies, whatever the case of its letters."""
            found = str(behind)
            for name in filter(None, path.split("/")):
                exact = f"{found}/{name}"
                if not os.path.lexists(exact) and os.path.isdir(found):
                    wanted = name.casefold()
                    name = next((n for n in os.listdir(found) if n.casefold() == wanted), name)
                found = f"{found}/{name}"
            return found

        def new(self, path: str) -> str:
            """Where something new may lie."""
            if any(refused(name) for name in path.split("/") if name):
                raise Refused(errno.EINVAL)
            if len(path.rsplit("/", 1)[1]) > LONGEST_NAME or prefix + len(path) > LONGEST_PATH:
                raise Refused(errno.ENOENT)
            self.longest = max(self.longest, path, key=len)
            folder, _, name = path.rpartition("/")
            return f"{self.real(folder)}/{name}"

        def free(self, real: str) -> None:
            """Refuse if somebody has it open, or something in it."""
            if any(f == real or f.startswith(real + "/") for f in self.held.values()):
                raise Refused(errno.EACCES)

        def unlocked(self, real: str) -> None:
            """Refuse if Excel has it open."""
            folder, _, name = real.rpartition("/")
            if os.path.lexists(f"{folder}/~${name}"):
                raise Refused(errno.EACCES)

        def asked(self, operation: str) -> None:
            wanted = self.wanted
            self.counts[operation] += 1
            if wanted.delay:
                time.sleep(wanted.delay)
            if wanted.fail == operation and self.counts[operation] >= wanted.after > 0:
                if self.failed and not wanted.lasting:
                    return
                self.failed += 1
                raise Refused(wanted.error)

        # --- operations

        def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
            if path == CONTROL:
                return {"st_mode": 0o100644, "st_size": len(self.told()), "st_nlink": 1}
            found = os.lstat(self.real(path))
            keys = ("mode", "size", "nlink", "uid", "gid", "atime_ns", "mtime_ns", "ctime_ns")
            return {f"st_{key.removesuffix('_ns')}": getattr(found, f"st_{key}") for key in keys}

        def told(self) -> bytes:
            told = {"counts": self.counts, "failed": self.failed, "longest": self.longest}
            return json.dumps(told).encode()

        def readdir(self, path: str, fh: int) -> list[str]:
            return [".", "..", *os.listdir(self.real(path))]

        def statfs(self, path: str) -> dict[str, int]:
            found = os.statvfs(behind)
            keys = ("bavail", "bfree", "blocks", "bsize", "favail", "ffree", "files", "frsize")
            return {f"f_{key}": getattr(found, f"f_{key}") for key in keys}

        def handle(self, path: str, flags: int, *mode: int) -> int:
            real = self.real(path)
            if flags & (os.O_WRONLY | os.O_RDWR):
                self.unlocked(real)
            number = os.open(real, flags & ~os.O_APPEND, *mode)
            self.held[number] = real
            return number

        def open(self, path: str, flags: int) -> int:
            if path == CONTROL:
                return 0
            self.asked("open" if not flags & (os.O_WRONLY | os.O_RDWR) else "open for writing")
            return self.handle(path, flags)

        def create(self, path: str, mode: int, fi: Any = None) -> int:
            self.asked("create")
            self.new(path)
            return self.handle(path, os.O_RDWR | os.O_CREAT, mode)

        def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
            return (
                self.told()[offset : offset + size]
                if path == CONTROL
                else os.pread(fh, size, offset)
            )

        def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
            if path == CONTROL:
                self.wanted = Wanted(**json.loads(data))
                self.counts, self.failed, self.longest = Counter(), 0, ""
                return len(data)
            self.asked("write")
            return os.pwrite(fh, data, offset)

        def truncate(self, path: str, length: int, fh: int | None = None) -> None:
            if path == CONTROL:
                return
            self.asked("truncate")
            real = self.real(path)
            self.unlocked(real)
            os.truncate(real, length)

        def flush(self, path: str, fh: int) -> None:
            """It was closed: ``release`` comes later, when nobody waits for it."""
            self.held.pop(fh, None)

        def release(self, path: str, fh: int) -> None:
            if path != CONTROL:
                self.held.pop(fh, None)
                os.close(fh)

        def fsync(self, path: str, datasync: int, fh: int) -> None:
            self.asked("fsync")
            os.fsync(fh)

        def fsyncdir(self, path: str, datasync: int, fh: int) -> None:
            self.asked("fsync")

        def mkdir(self, path: str, mode: int) -> None:
            self.asked("mkdir")
            real = self.real(path)
            if os.path.lexists(real):
                raise Refused(errno.EEXIST)
            os.mkdir(self.new(path), mode)

        def rmdir(self, path: str) -> None:
            self.asked("rmdir")
            os.rmdir(self.real(path))

        def unlink(self, path: str) -> None:
            self.asked("unlink")
            real = self.real(path)
            self.free(real)
            os.unlink(real)

        def rename(self, old: str, new: str) -> None:
            self.asked("rename")
            source, target = self.real(old), self.real(new)
            self.free(source)
            if os.path.lexists(target) and source != target:
                self.free(target)
                self.unlocked(target)
            else:
                target = self.new(new)
            if self.wanted.atomic or source == target:
                os.rename(source, target)
            else:
                self.moved(source, target)

        def moved(self, source: str, target: str) -> None:
            """As a drive does that copies and removes; others look in meanwhile."""
            if os.path.isdir(source):
                os.makedirs(target, exist_ok=True)
                for name in sorted(os.listdir(source)):
                    self.moved(f"{source}/{name}", f"{target}/{name}")
                os.rmdir(source)
                return
            if os.path.lexists(target):
                os.unlink(target)
            time.sleep(0.002)
            os.rename(source, target)

        def utimens(self, path: str, times: Any = None) -> None:
            os.utime(self.real(path), ns=times)

        def chmod(self, path: str, mode: int) -> None:
            """It has no such rights."""

        def chown(self, path: str, uid: int, gid: int) -> None:
            """It has no such owners."""

        def symlink(self, target: str, source: str) -> None:
            raise Refused(errno.EPERM)

        def link(self, target: str, source: str) -> None:
            raise Refused(errno.EPERM)

    uncached = {"entry_timeout": 0, "attr_timeout": 0, "negative_timeout": 0, "hard_remove": True}
    mfusepy.FUSE(Drive(), str(place), foreground=True, nothreads=True, big_writes=True, **uncached)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
