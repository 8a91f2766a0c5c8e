"""The program as something that lasts: which code determines a record, the whole program kept once
beside the archives, the list of releases (ARCHIVE §A7, decision 044).

Two hashes tell programs apart. A stage's *code hash* covers what determines what it writes, and
nothing else: a mended page or menu leaves it as it was. The *program hash* covers every file of
the program; by it the program is kept in ``outputs/.programs`` and stands in ``releases.json``.
Kept programs are run only if they are released: whoever keeps the archive could change the files.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import ssj
from ssj.base.errors import RefusedError, SsjError
from ssj.base.files import irregular, replace
from ssj.casebook import runner
from ssj.casebook.bags import JUNK
from ssj.protocol import Record, sha256

# What a draw record follows from, and what a draw that was frozen still needs: one code hash
DRAWING = ("1_rosters.ipynb", "1a_freeze.ipynb", "2_draw.ipynb", "6_amend.ipynb")
KEPT = ".programs"  # in outputs/
RELEASES = "ssj/releases.json"
HEAD = "ssj/__init__.py"  # holds the version and no code
HOW_TO = "ssj/templates/program.md"  # the README.md of a kept program
README = "ssj/templates/outputs.md"  # that of the archives
LARGEST = 50_000_000  # bytes of a kept program, unpacked
NAMED_BY = "ssj"  # in the versions of stage.json: the program hash
TEMPLATE = re.compile(r"""\btemplate\(\s*["']([^"']+)["']""")  # where a module fills one
Files = Mapping[str, bytes]


# --- the code hash ---


def code_identity(notebook: str, root: Path | None = None) -> dict[str, str]:
    """Version, and hash of the sorted lines ``path:sha256`` of :func:`code_files` (§A7)."""
    return {"version": ssj.__version__, "hash": digest(code_files(notebook, files(root)))}


def code_files(notebook: str, program: Files) -> dict[str, bytes]:
    """The files of a program that determine what a stage's notebook writes: the notebook, the
    modules of ssj that it imports, directly or through others, and the templates these fill. All
    notebooks of :data:`DRAWING` count as one.
    """
    found = {
        path: program[path]
        for name in (DRAWING if notebook in DRAWING else (notebook,))
        if (path := f"notebooks/{name}") in program
    }
    waiting = list(found)
    while waiting:
        for path in _needed(waiting.pop(), program) - found.keys():
            found[path] = program[path]
            waiting.append(path)
    return found


def _needed(path: str, program: Files) -> frozenset[str]:
    """The files of a program that one of its files imports or fills, however deep in a function."""
    return (_named(path, program[path]) & program.keys()) - {HEAD}


@cache
def _named(path: str, source: bytes) -> frozenset[str]:
    """Paths that the names in a notebook or module may mean: what it imports, with the packages
    around it, and the templates that it fills.
    """
    if path.endswith(".ipynb"):
        cells = json.loads(source)["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    elif path.endswith(".py"):
        text = source.decode("utf-8")
    else:
        return frozenset()
    names, paths = set(), {f"ssj/templates/{name}" for name in TEMPLATE.findall(text)}
    for node in _statements(ast.parse(text)):
        match node:
            case ast.Import():
                names |= {alias.name for alias in node.names}
            case ast.ImportFrom(module=str(module)):
                names |= {f"{module}.{alias.name}" for alias in node.names}
    for name in names:
        parts = name.split(".")
        for n in range(len(parts)):
            module = "/".join(parts[: n + 1])
            paths |= {f"{module}.py", f"{module}/__init__.py"}
    return frozenset(paths)


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """All statements, however deep, without a look at what they compute."""
    waiting = [tree]
    for node in waiting:  # grows while it is read
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, block, ())
        yield node


# --- the whole program ---


def files(root: Path | None = None) -> dict[str, bytes]:
    """A whole program by path: ``ssj/``, ``notebooks/``, what pip needs, and how to install it.

    Not the list of releases, which names this very hash. ``root``: where it lies, by default the
    running one.
    """
    root = root or runner.ROOT
    passed = {"__pycache__", ".ipynb_checkpoints"}
    found = {
        path.relative_to(root).as_posix(): path
        for folder in ("ssj", "notebooks")
        for path in (root / folder).rglob("*")
        if path.is_file() and not passed & set(path.parts) and not JUNK.fullmatch(path.name)
    }
    found |= {name: root / name for name in ("pyproject.toml", "requirements.lock")}
    found["README.md"] = root / HOW_TO
    return {
        name: path.read_bytes()
        for name, path in sorted(found.items())
        if name != RELEASES and path.exists()
    }


def digest(program: Files) -> str:
    """The hash of the sorted lines ``path:sha256`` of some files."""
    lines = sorted(f"{name}:{hashlib.sha256(data).hexdigest()}" for name, data in program.items())
    return sha256("\n".join(lines).encode())


def running() -> dict[str, str]:
    """Version and program hash of the running program."""
    return {"version": ssj.__version__, "hash": digest(files())}


def identified(stage: Record, notebook: str) -> Record:
    """``stage.json`` with the running program: code hash, and program hash among the versions."""
    versions = {**stage["versions"], NAMED_BY: digest(files())}
    return {**stage, "code": code_identity(notebook), "versions": versions}


def packed(program: Files) -> bytes:
    """A program as a zip, always the same bytes for the same files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in sorted(program.items()):
            member = zipfile.ZipInfo(name)  # dated 1980
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, content, compresslevel=9)
    return data.getvalue()


def unpacked(path: Path) -> dict[str, bytes]:
    """The files of a kept program; ``SsjError`` unless it is the one that its name says."""
    try:
        if irregular(path):
            raise ValueError
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                raise ValueError
            found = {member.filename: archive.read(member) for member in archive.infolist()}
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
        found = {}  # whatever it is, it is not that program
    # a line end in a name would let one file stand for two
    if any("\n" in name for name in found) or digest(found) != path.stem:
        raise SsjError(
            f"{path.parent.name}/{path.name} 与校验码不符，不是原来的程序",
            "请从备份或别的档案取回同名的文件。",
        )
    return found


def keep(outputs: Path, work: Path) -> None:
    """Keep the running program in ``outputs/.programs`` and the archives' README beside them, if
    they are not there as they should be; ``work``: a folder on the same file system.
    """
    program = files()
    path = outputs / KEPT / f"{digest(program)}.zip"
    path.parent.mkdir(exist_ok=True)
    try:
        unpacked(path)
    except SsjError:
        _put(path, packed(program), work)
    readme = outputs / "README.md"
    if irregular(readme) or not readme.exists() or readme.read_bytes() != program[README]:
        with suppress(RefusedError):  # it is open elsewhere: the next stage puts it there
            _put(readme, program[README], work)


def _put(path: Path, data: bytes, work: Path) -> None:
    """A file written whole or not at all."""
    fresh = work / path.name
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    replace(fresh, path)


# --- releases ---


class Release(NamedTuple):
    """A released version: its program hash, code hashes by notebook, archive format, protocol."""

    version: str
    program: str
    code: Mapping[str, str]
    format: int
    protocol: str


def releases() -> list[Release]:
    """The releases that this program knows, oldest first."""
    path = runner.ROOT / RELEASES
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [Release(**entry) for entry in found]


def release_of(stage: Record) -> Release | None:
    """The release that made a stage, by what its ``stage.json`` says; none if it is not listed."""
    code, named = stage["code"], stage["versions"].get(NAMED_BY)
    for release in releases():
        by_code = code == {"version": release.version, "hash": code["hash"]} and (
            code["hash"] in release.code.values()
        )
        if by_code and named in (None, release.program):
            return release
    return None


def kept(outputs: Path, stage: Record) -> tuple[Release, dict[str, bytes]]:
    """The released program that made a stage, as it is kept with the archives; ``SsjError`` if it
    is not released, not there, or changed.
    """
    code = stage["code"]
    said = f"ssj {code['version']}（校验码 {code['hash'][:16]}…）"
    if (release := release_of(stage)) is None:
        raise SsjError(
            f"做它的程序 {said} 不在本机所知的发布版本中，不运行",
            "请用做它的那一版；或装上更新的 ssj，再看它是否已列入。",
        )
    path = outputs / KEPT / f"{release.program}.zip"
    if not path.exists():
        raise SsjError(
            f"{KEPT} 中没有做它的程序 {said}",
            f"请把程序包 {path.name} 放回 {path.parent.as_posix()}，"
            f"没有备份的，取发布的 ssj {release.version}。",
        )
    return release, unpacked(path)
