"""An older program is run as it was: its own files, in a Python that has the packages of its lock.

Only what :func:`ssj.casebook.program.kept` gave is run, so released code alone. Where its lock is
the running program's, the running interpreter serves; else an environment is made once, outside
the archives, and found again by the lock's hash.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from ssj.base.errors import SsjError
from ssj.casebook import runner
from ssj.casebook.program import Files
from ssj.protocol import sha256

LOCK = "requirements.lock"
READY = "ready"  # in an environment that is complete


def home() -> Path:
    """Where environments are; ``SSJ_ENVIRONMENTS`` names another folder."""
    return Path(
        os.environ.get("SSJ_ENVIRONMENTS") or user_cache_path("ssj", False) / "environments"
    )


def python_for(lock: bytes, wheels: Path, install: bool = True) -> str:
    """An interpreter with the packages of a lock; ``SsjError`` with the way out if there is none.

    It is installed if need be: from the folder ``wheels`` if that is there, else from the package
    index that pip is set up for. Without ``install`` only one that is there already serves.
    """
    if lock == (runner.ROOT / LOCK).read_bytes():
        return sys.executable
    place = home() / f"{sha256(lock)[:16]}-{sys.version_info.major}.{sys.version_info.minor}"
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (place / READY).exists():
        if not install:
            raise SsjError(
                "它要另外的运行环境，--fast 不安装", "请不带 --fast 再复核一次，会自动安装。"
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{place}.lock"):
            if not (place / READY).exists():
                _make(place, python, lock, wheels)
    return str(python)


def _make(place: Path, python: Path, lock: bytes, wheels: Path) -> None:
    source = ("--no-index", "--find-links", str(wheels)) if wheels.is_dir() else ()
    # -P: nothing that lies in the working directory is imported
    pip = (str(python), "-P", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    try:
        venv.create(place, clear=True, with_pip=True)
        (place / LOCK).write_bytes(lock)
        subprocess.run(
            [*pip, "--require-hashes", *source, "-r", str(place / LOCK)],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or b"").decode("utf-8", "replace").split("\n")
        raise SsjError(
            f"装不好它的运行环境（{next(filter(None, reversed(said)), error)}）",
            "请联网后再运行一次；不能联网的，在联网的同类电脑上运行 pip download --require-hashes "
            f"-r {place / LOCK} -d wheels，把文件夹 wheels 拷到 {wheels.parent.as_posix()}。",
        ) from error
    (place / READY).touch()


@contextmanager
def laid_out(program: Files) -> Iterator[Path]:
    """A program's files in a folder of their own; it needs no list of releases to do its part."""
    with tempfile.TemporaryDirectory(prefix="ssj-program-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        for name, data in program.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        yield folder


def run(
    program: Files, python: str, module: str, *arguments: str, say: Callable[[str], None]
) -> int:
    """Run a module of a released program and hand on each line that it says; its exit code."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with laid_out(program) as folder:
        own = {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"}
        with subprocess.Popen(
            [python, "-m", module, *arguments],
            env={**env, **own, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                say(line.rstrip("\n"))
            return process.wait()
