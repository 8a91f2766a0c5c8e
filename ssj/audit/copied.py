"""What else goes out under a round's name: the verifying program in each bag, the programs and the
README beside the archives, and the working copies in ``files/`` that go onto a site.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from itertools import chain
from pathlib import Path

import ssj
from ssj.audit.again import Maker, Makers
from ssj.base.errors import SsjError
from ssj.base.files import irregular
from ssj.casebook import bags, render, runner
from ssj.casebook import ledger as ledgers
from ssj.casebook import program as programs
from ssj.casebook.archive import Archive
from ssj.casebook.kind import Archived, NotChecked
from ssj.papers import receipts
from ssj.protocol import sha256
from ssj.site import copies
from ssj.stages import registry

# what a bag has of the program, and where that comes from
PROGRAM = {"protocol.py": "ssj/protocol.py", "requirements.lock": "requirements.lock"}


def program(stage: Archived, maker: Maker) -> Iterable[str]:
    """V8: the verifying program in the bag, by which others check the draw, and the lock are those
    of the release. What another release put there can't be compared here.
    """
    unknown = []
    for name, source in PROGRAM.items():
        path = stage.data / name
        if not path.exists():
            yield f"缺少 data/{name}"
        elif sha256(path.read_bytes()) != sha256((runner.ROOT / source).read_bytes()):
            # what decides the record, alike programs have the same
            if maker is Maker.THIS or (
                maker is Maker.ALIKE and source in _deciding(stage.kind.notebook)
            ):
                yield f"data/{name} 不是发布的：不要运行档案包里的这一份，用另外取得的 ssj 复核"
            else:
                unknown.append(name)
    if unknown:
        raise NotChecked(
            f"{'、'.join(unknown)} 是 ssj {stage.stage['code']['version']} 的，与本机的 ssj "
            f"{ssj.__version__} 不同；请用那一版对照"
        )


def pages(ledger: Archive | None, round_id: str, sound: list[Archived]) -> Iterable[str]:
    """V10: copies of pages and public records in ``files/`` are as the bags have them, receipts as
    the draw gives them. Those that are not there are not needed; workbooks and Word papers are
    for people to fill in.
    """
    if ledger is None:
        return  # said already
    home = ledger.outputs / round_id / "files"
    if why := irregular(home):
        yield f"files {why}：请查明是谁放的；移走以后再运行 ssj status，会重新生成"
        return
    running = programs.digest(programs.files())
    other = {s.stage["versions"].get(programs.NAMED_BY) for s in sound} - {running}
    unknown = ""
    for name in registry.differing(ledger, round_id):
        copy, again = home / name, "运行 ssj status，会换成"
        if copy.parent != home:  # observers' kits and the like are made when somebody asks
            again = "重新做一份，是"
        check_page = copy.stem.startswith(Path(copies.CHECK_PAGE).stem)
        if (check_page or copy.name in (copies.VERIFIER, copies.WITNESS)) and other:
            # perhaps another release's page
            if copy.is_file() and copy.read_bytes() in _verifiers(sound):
                continue
            unknown = (
                f"files/{name} 与本机的 ssj {ssj.__version__} 的不同，不能对照："
                f"公布、发出以前{again}本机的"
            )
            continue
        yield (
            f"files/{name} 与档案包中的不同：查清以前不要公布；"
            f"查清以后删去这一份，再{again}档案包中的"
        )
    for path in _receipts(ledger, home, sound):
        name = path.relative_to(home).as_posix()
        if other and path.suffix == ".html":  # perhaps another release's layout; json has none
            unknown = f"files/{name} 与本机的 ssj {ssj.__version__} 出具的不同，不能对照"
            continue
        yield (
            f"files/{name} 不是按抽取记录出具的，不要交给企业：查清以后删去，再用 ssj receipt 出具"
        )
    if unknown:
        raise NotChecked(unknown)


def _receipts(ledger: Archive, home: Path, sound: list[Archived]) -> list[Path]:
    """The files called like receipts that no draw of their folder's attempt gives; those that lie
    elsewhere may be of any attempt.
    """
    drawn: dict[Path, list[Archived]] = {}
    for stage in sound:
        if stage.kind.has_draw:
            folder = copies.receipts_folder(ledger, stage.record)
            drawn.setdefault(folder, []).append(stage)
    found: dict[Path | None, list[Path]] = {}
    for path in sorted(home.rglob("*")):
        shown = path.suffix.strip().lower() in registry.PAGES
        if receipts.MARK in path.name and shown and not bags.JUNK.fullmatch(path.name):
            place = path.parent if path.parent in drawn else None
            found.setdefault(place, []).append(path)
    unlike: list[Path] = []
    for place, paths in found.items():
        stages = drawn[place] if place else list(chain.from_iterable(drawn.values()))
        unlike += receipts.differing((stage.record for stage in stages), paths)
    return unlike


def kept(sound: Iterable[Archived]) -> Iterable[str]:
    """V8: the programs that made the stages are as their names say, where they are kept: in ten
    years somebody will take them from there.
    """
    for path in _places(stage.data for stage in sound):
        if os.path.lexists(path):
            try:
                programs.unpacked(path)
            except SsjError as error:
                yield f"{error.message}，不要运行：{error.remedy}"


def readme(ledger: Archive | None, makers: Makers) -> Iterable[str]:
    """V10: the archives' README, by which strangers verify them, is that of a program that made
    some of them; it need not be there. ``NotChecked`` if none of these is.
    """
    if ledger is None or not os.path.lexists(path := ledger.outputs / "README.md"):
        return
    if why := irregular(path):
        yield f"README.md {why}，没有打开"
        return
    found, missing = path.read_bytes(), False
    if ledgers.only_marks(found, sha256(makers.files[programs.README])):
        return
    for place in _places(ledger.folder(entry) / "data" for entry in ledger.entries):
        if place.stem != makers.running:
            try:
                text = programs.unpacked(place).get(programs.README, b"")
            except SsjError:
                missing = True
                continue
            if ledgers.only_marks(found, sha256(text)):
                return
    if missing:
        raise NotChecked("outputs 的 README.md 与本机的 ssj 的不同，做档案的程序不在，不能对照")
    yield (
        "outputs 的 README.md 不是 ssj 写的：不要照它核验；"
        "查清以后删去它，下一次登记阶段时会重新生成"
    )


def _places(stages: Iterable[Path]) -> list[Path]:
    """Where the programs that made some archived stages are kept, if they are."""
    found = set()
    for data in stages:
        with suppress(OSError, ValueError, LookupError, TypeError):
            name = runner.read_stage(data)["versions"][programs.NAMED_BY]
            if ledgers.HASH.fullmatch(name):
                found.add(data.parents[2] / programs.KEPT / f"{name}.zip")
    return sorted(found)


def _verifiers(sound: list[Archived]) -> Iterable[bytes]:
    """The verifier pages of the released programs that made the stages, as they are kept."""
    for stage in sound:
        with suppress(SsjError, KeyError):
            files = programs.kept(stage.data.parents[2], stage.stage)[1]
            at = {p: f"ssj/verifier/{p}" for p in render.VERIFIER_PARTS}
            parts = {p: files[path].decode("utf-8") for p, path in at.items() if path in files}
            for page in ("page", "witness"):
                yield render.joined(parts, page).encode("utf-8")


@cache
def _deciding(notebook: str) -> frozenset[str]:
    """The files of the running program that its code hash for a notebook covers."""
    return frozenset(programs.code_files(notebook, programs.files()))
