"""A stage's folder as a BagIt bag (RFC 8493, ARCHIVE §A4): sealed, and looked at again, file by
file.
"""

from __future__ import annotations

import logging
import re
import stat
from collections import Counter
from pathlib import Path

from ssj import protocol
from ssj.base.errors import SsjError
from ssj.base.files import LARGEST, account, irregular
from ssj.casebook import ledger

LARGEST_MANIFEST = 2**24  # bytes
JUNK = re.compile(r"~\$.*|Thumbs\.db|desktop\.ini|\.DS_Store|\._.*", re.IGNORECASE)
TITLE = "External-Description"  # a bag's own word for what it holds (RFC 8493 §2.2.2)
_LISTED = re.compile(r"[0-9a-f]{64} {1,2}\S(?:.*\S)?")  # as bagit writes it, read alike by all
MANIFESTS = (ledger.TAG_MANIFEST, "manifest-sha256.txt")


def label(round_id: str, stage: str, title: str, now: str) -> dict[str, str]:
    """What a bag says of itself in ``bag-info.txt``."""
    return {
        "External-Identifier": f"{round_id}/{stage}",
        TITLE: title,
        "Bagging-Date": now[:10],
        "Bag-Software-Agent": "ssj",
    }


def seal(folder: Path, info: dict[str, str]) -> str:
    """Turn ``folder`` into a BagIt bag in place; the SHA-256 of its tag manifest. ``SsjError`` if a
    file is too large to be looked at again.
    """
    import bagit

    bagit.LOGGER.setLevel(logging.CRITICAL)  # what fails is raised, and said in words
    for path in (p for p in folder.rglob("*") if p.is_file() and p.stat().st_size > LARGEST):
        raise SsjError(
            f"{path.name} 超过 {LARGEST // 2**20} MB，不能归档，没有留下任何阶段",
            "请把这个文件缩小，或分成几个后再运行。",
        )
    bagit.make_bag(str(folder), dict(info), processes=1, checksums=["sha256"])
    return protocol.sha256((folder / MANIFESTS[0]).read_bytes())


def problems(bag: Path, expected: str | None) -> tuple[list[str], list[str]]:
    """What is wrong with a bag, and stray files that don't matter (无关文件).

    ``expected`` is the SHA-256 of the tag manifest as the ledger has it; ``None`` leaves that
    binding unchecked. Everything else hangs on it: tag manifest → tag files and payload manifest →
    payload; whatever no manifest lists is refused.
    """
    if why := irregular(bag):
        return [f"档案包不能读：{why}"], []
    if not bag.is_dir():
        return ["档案包不见了"], []
    files, folders = _contents(bag)
    junk = [name for name in files if JUNK.fullmatch(name.rsplit("/", 1)[-1])]
    refused = {name: why for name, path in files.items() if (why := irregular(path))}
    found, marked = [f"{name} {why}，没有打开" for name, why in refused.items()], []
    listed = {MANIFESTS[0]: expected}
    for manifest in MANIFESTS:
        if manifest in files and manifest not in refused:
            listed.update(_read_manifest(files[manifest]))
            found += [f"{manifest} {why}" for why in _misread(files[manifest])]
    for name, digest in listed.items():
        if name in refused:
            continue  # said already
        if name not in files:
            found.append(f"{name} 不见了")
        elif digest is not None and account(files[name])["sha256"] != digest:
            if ledger.only_marks(files[name].read_bytes(), digest):
                marked.append(name)
            else:
                found.append(f"{name} 的内容与登记的不符")
    if marked:
        found.append(
            f"{len(marked)} 个文件只差换行符、BOM 或空行，内容相同（编辑软件或 git 改的，"
            "请从备份恢复，或按使用手册“换行符被改”一节改回）："
            f"{'、'.join(marked[:5])}{'等' if len(marked) > 5 else ''}"
        )
    found += [f"{name} 是多出来的文件" for name in files if name not in listed and name not in junk]
    if not {"data/out", "data/in"} <= folders:
        found.append("缺少 data/in 或 data/out")
    return found, junk


def _contents(bag: Path) -> tuple[dict[str, Path], set[str]]:
    """All that lies in a bag and is no folder, by path, and its folders; links are not followed."""
    files, folders, waiting = {}, set(), [bag]
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            name = path.relative_to(bag).as_posix()
            if stat.S_ISDIR(path.lstat().st_mode) and not irregular(path):
                folders.add(name)
                waiting.append(path)
            else:
                files[name] = path
    return dict(sorted(files.items())), folders


def listed(bag: Path) -> set[str]:
    """Every file that a bag's manifests list, and the tag manifest itself."""
    names = {MANIFESTS[0]}
    for manifest in MANIFESTS:
        names |= _read_manifest(bag / manifest).keys()
    return names


def _read_manifest(path: Path) -> dict[str, str]:
    pairs = (line.split(maxsplit=1) for line in _lines(path) if " " in line.strip())
    return {name: digest for digest, name in pairs}


def _misread(path: Path) -> list[str]:
    """What of a manifest other programs may read otherwise, in words."""
    lines = list(filter(None, _lines(path)))
    odd = [
        f"有一行不是校验码和文件名：{line[:40]}" for line in lines if not _LISTED.fullmatch(line)
    ]
    names = Counter(line.split(maxsplit=1)[-1] for line in lines)
    odd += [f"列了不止一次 {name}" for name, n in names.items() if n > 1]
    payload = path.name != ledger.TAG_MANIFEST  # else one manifest could overrule the other
    return odd + [f"不该列 {name}" for name in names if name.startswith("data/") != payload]


def _lines(path: Path) -> list[str]:
    if path.stat().st_size > LARGEST_MANIFEST:
        return []  # then no file is listed, and each is said
    return path.read_bytes().decode("utf-8-sig", errors="replace").splitlines()
