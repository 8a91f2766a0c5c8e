"""One zip with which ``ssj`` is installed where there is no internet: the project, the locked
wheels for Windows (x64) and Linux (x64 and arm64, glibc 2.28 or later, as Kylin V10 and UOS 20 have
it), ``install.bat`` and ``install.sh``.

    python scripts/wheelhouse.py --python 3.12 --out build

Run it where there is internet, with a Python that has pip and packaging. Every wheel is one that
``requirements.lock`` pins by its hash, or is built here from the source that the lock pins where
nothing else is published; and it fits its platform by its tags. pip checks the hashes again where
it is installed. Python itself is not in the zip: the office installs it first, of the version that
the zip's name tells.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
GLIBC = 28  # the newest 2.x that wheels may ask for
PYTHONS = ("3.11", "3.12", "3.13")
PATCHES = (0, 30)  # markers of the lock tell early patches of a version from late ones


@dataclass(frozen=True)
class Platform:
    """Where it is installed: pip's tags, best first, and what markers say there."""

    tags: tuple[str, ...]
    markers: Mapping[str, str]


def _linux(machine: str) -> Platform:
    tags = [f"manylinux_2_{n}_{machine}" for n in range(GLIBC, 4, -1)]
    old = [f"manylinux2014_{machine}"]
    old += [f"manylinux{name}_{machine}" for name in ("2010", "1") if machine == "x86_64"]
    where = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    return Platform((*tags, *old, f"linux_{machine}"), where | {"platform_machine": machine})


PLATFORMS = {
    "win-x64": Platform(
        ("win_amd64",),
        {
            "sys_platform": "win32",
            "platform_system": "Windows",
            "os_name": "nt",
            "platform_machine": "AMD64",
        },
    ),
    "linux-x64": _linux("x86_64"),
    "linux-arm64": _linux("aarch64"),
}
INSTALL_SH = """#!/bin/sh
# Installs ssj from the wheels beside this file; nothing is fetched from anywhere.
cd "$(dirname "$0")" || exit 1
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (%(tuple)s))' || {
    echo "需要 Python %(python)s：请先安装，或写 PYTHON=/路径/python%(python)s sh install.sh"
    exit 1
}
pip=".venv/bin/python -m pip install --disable-pip-version-check --no-index"
"$python" -m venv .venv &&
    $pip --find-links wheels --require-hashes -r wheels/requirements.lock &&
    $pip --no-deps --no-build-isolation -e . &&
    .venv/bin/ssj --version || {
    echo "没有装好，请把上面的话告诉技术人员。"
    exit 1
}
echo "装好了：双击 start.sh，或运行 .venv/bin/ssj"
"""
INSTALL_BAT = """@echo off
rem Installs ssj from the wheels beside this file; nothing is fetched from anywhere. Plain ASCII.
setlocal
pushd "%%~dp0"
set "PYTHONUTF8=1"
set "PIP=.venv\\Scripts\\python -m pip install --disable-pip-version-check --no-index"
py -%(python)s -m venv .venv || goto failed
%%PIP%% --find-links wheels --require-hashes -r wheels\\requirements.lock || goto failed
%%PIP%% --no-deps --no-build-isolation -e . || goto failed
.venv\\Scripts\\ssj --version || goto failed
echo Done: double-click start.bat
goto end
:failed
echo Not installed. Python %(python)s (64 bit, with the launcher py) must be there first.
:end
popd
pause
endlocal
"""


class WheelhouseError(Exception):
    """Why there is no zip; English, for whoever builds it."""


def needed(lock: str, platform: Platform, version: str) -> dict[str, set[str]]:
    """The locked packages that are installed on a platform by a whole version of Python
    (``3.12.4``): ``name==version`` → SHA-256 hashes.
    """
    environment = {
        **platform.markers,
        "python_version": version.rpartition(".")[0],
        "python_full_version": version,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    found = {}
    for entry in re.sub(r"\\\n", " ", lock).splitlines():
        if not entry.strip() or entry.lstrip().startswith("#"):
            continue
        text, *hashes = re.split(r"\s--hash=sha256:", entry.partition(" #")[0])
        own = Requirement(text.strip())
        if own.marker is None or own.marker.evaluate(environment):
            found[f"{own.name}{own.specifier}"] = {one.strip() for one in hashes}
    return found


def fits(wheel: str, platform: Platform, python: str) -> bool:
    """Whether a wheel's tags allow it on a platform, for a version of CPython."""
    minor = int(python.partition(".")[2])
    pure = {"py3", f"py3{minor}", f"cp3{minor}"}
    for tag in parse_wheel_filename(wheel)[3]:
        here = tag.platform == "any" or tag.platform in platform.tags
        exact = tag.interpreter == f"cp3{minor}" and tag.abi in (f"cp3{minor}", "abi3", "none")
        older = re.fullmatch(r"cp3(\d+)", tag.interpreter)
        stable = tag.abi == "abi3" and older is not None and int(older[1]) <= minor
        if here and (exact or stable or (tag.interpreter in pure and tag.abi == "none")):
            return True
    return False


def fetch(wanted: Mapping[str, set[str]], platform: Platform, version: str, folder: Path) -> None:
    """Let pip fetch the packages of a platform into ``folder``, with their hashes checked."""
    lines = [
        f"{pinned} {' '.join(f'--hash=sha256:{one}' for one in hashes)}\n"
        for pinned, hashes in wanted.items()
    ]
    with tempfile.TemporaryDirectory() as place:
        listing = Path(place) / "requirements.txt"
        listing.write_text("".join(lines), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--require-hashes"]
        command += ["--implementation", "cp", "--python-version", version]
        command += [part for tag in platform.tags for part in ("--platform", tag)]
        command += ["--dest", str(folder), "-r", str(listing)]
        if lines and subprocess.run(command, check=False).returncode:
            raise WheelhouseError("pip could not fetch every package; see above")


def build(folder: Path, wanted: Mapping[str, set[str]]) -> dict[str, str]:
    """Wheels of what is published as source alone, built from sources of locked hashes:
    ``name==version`` → SHA-256. :class:`WheelhouseError` if one isn't for every platform.
    """
    made = {}
    for source in sorted(folder.glob("*.tar.gz")):
        pinned = next((p for p, hashes in wanted.items() if digest(source) in hashes), None)
        if pinned is None:
            continue  # of another platform
        with tempfile.TemporaryDirectory() as place:
            command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", place]
            if subprocess.run([*command, str(source)], check=False).returncode:
                raise WheelhouseError(f"{source.name} can't be built")
            (wheel,) = Path(place).glob("*.whl")
            if not wheel.name.endswith("-none-any.whl"):
                raise WheelhouseError(f"{wheel.name} is built for this machine alone")
            if not (folder / wheel.name).exists():
                (folder / wheel.name).write_bytes(wheel.read_bytes())
        made[pinned] = digest(folder / wheel.name)
    return made


def with_built(lock: str, built: Mapping[str, str]) -> str:
    """The lock with the hashes of wheels that were built here."""
    for pinned, own in built.items():
        lock = re.sub(rf"(?m)^{re.escape(pinned)}\b[^\\\n]*", rf"\g<0>--hash=sha256:{own} ", lock)
    return lock


def check(
    folder: Path, wanted: Mapping[str, set[str]], platform: Platform, python: str
) -> list[str]:
    """The wheels of a folder that a platform installs; :class:`WheelhouseError` unless there is one
    for each locked package, of a locked hash, that fits.
    """
    there: dict[tuple[str, str], list[str]] = {}
    for path in sorted(folder.glob("*.whl")):
        name, version, _, _ = parse_wheel_filename(path.name)
        there.setdefault((name, str(version)), []).append(path.name)
    chosen = []
    for pinned, hashes in wanted.items():
        requirement = Requirement(pinned)
        key = (re.sub(r"[-_.]+", "-", requirement.name).lower(), str(requirement.specifier)[2:])
        own = [name for name in there.get(key, []) if fits(name, platform, python)]
        sound = [name for name in own if digest(folder / name) in hashes]
        if not sound:
            raise WheelhouseError(f"{pinned}: no wheel that fits and has a locked hash ({own})")
        chosen += sound
    return chosen


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def project_files(root: Path) -> Iterator[Path]:
    """What git tracks of the project."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z"], check=True, capture_output=True
    ).stdout.decode()
    yield from (root / name for name in listed.split("\0") if name and (root / name).is_file())


def pack(root: Path, wheels: Iterable[Path], lock: str, python: str, target: Path) -> None:
    """The zip: the project, ``wheels/`` with the lock that they are installed by, what installs
    them, and the SHA-256 of every file.
    """
    words = {"python": python, "tuple": python.replace(".", ", ")}
    made = {
        "wheels/requirements.lock": lock.encode(),
        "install.sh": (INSTALL_SH % words).encode(),
        "install.bat": (INSTALL_BAT % words).replace("\n", "\r\n").encode("ascii"),
    }
    sums = []
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zipped:

        def put(name: str, data: bytes, *, packed: bool = False, runs: bool = False) -> None:
            entry = zipfile.ZipInfo(f"ssj/{name}")
            entry.external_attr = (0o755 if runs else 0o644) << 16
            entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            zipped.writestr(entry, data)
            sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")

        for path in sorted(project_files(root)):
            name = path.relative_to(root).as_posix()
            put(name, path.read_bytes(), runs=name.endswith(".sh"))
        for path in sorted(set(wheels)):
            put(f"wheels/{path.name}", path.read_bytes(), packed=True)
        for name, data in made.items():
            put(name, data, runs=name.endswith(".sh"))
        put("SHA256SUMS", "".join(sums).encode())


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--python", choices=PYTHONS, default="3.12")
    parser.add_argument("--platform", choices=PLATFORMS, action="append")
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--wheels", type=Path, help="keep the wheels here, for another run")
    options = parser.parse_args()
    lock, chosen = LOCK.read_text(encoding="utf-8"), set()
    with tempfile.TemporaryDirectory() as place:
        folder = options.wheels or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        names = options.platform or list(PLATFORMS)
        for name in names:
            platform = PLATFORMS[name]
            wanted: dict[str, set[str]] = {}
            for patch in PATCHES:
                own_version = f"{options.python}.{patch}"
                more = needed(lock, platform, own_version)
                more = {pinned: own for pinned, own in more.items() if pinned not in wanted}
                fetch(more, platform, own_version, folder)
                wanted |= more
            built = build(folder, wanted)
            lock = with_built(lock, {p: h for p, h in built.items() if h not in lock})
            for pinned, own_hash in built.items():
                wanted[pinned].add(own_hash)
            own = check(folder, wanted, platform, options.python)
            chosen |= {folder / wheel for wheel in own}
            print(f"{name}: {len(wanted)} packages, {len(own)} wheels, all locked and fitting")
        target = options.out / f"ssj-offline-py{options.python}-{'-'.join(names)}.zip"
        pack(ROOT, chosen, lock, options.python, target)
    print(f"{target}: {target.stat().st_size / 1e6:.0f} MB, sha256 {digest(target)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WheelhouseError as error:
        sys.exit(f"wheelhouse: {error}")
