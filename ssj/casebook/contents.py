"""What a stage folder holds, to the file: what its kind says, what the ledger says that it rests
on, and the inputs that ``stage.json`` accounts for; nothing less, nothing more.

A stage is looked at before it is sealed, and its archive under audit (V2), by the same rules
(ARCHIVE §A4).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from ssj.base.errors import SsjError
from ssj.casebook import bags, stated
from ssj.casebook.archive import Entry, kind_of, record_name
from ssj.casebook.bags import MANIFESTS
from ssj.casebook.kind import Archived, Kind
from ssj.casebook.runner import NOTEBOOK
from ssj.protocol import Record

STAGE = "in/stage.json"
ALWAYS = frozenset(
    {STAGE, NOTEBOOK, "auditor.html", "public.html", "protocol.py", "requirements.lock"}
)
DECLARED = re.compile(r"BagIt-Version: \d\.\d+\nTag-File-Character-Encoding: UTF-8\n")
TAG_FILES = frozenset({"bagit.txt", "bag-info.txt", *MANIFESTS})  # beside data/


def problems(
    kind: Kind, stage: Record, base: Entry | None, names: Collection[str]
) -> Iterable[str]:
    """What is wrong with ``stage.json`` and with the files of a stage folder, in words.

    ``base``: the ledger entry of the stage that this one rests on, if there is one. ``names``:
    every file, as ``in/stage.json``.
    """
    if wrong := stated.problems(kind.stated, stage, STAGE):
        yield from wrong
        return
    accounts = list(kind.accounts(stage))
    kept = [account["kept"] for _, account in accounts]
    yield from (
        f"{STAGE} 说有资料文件 {account['kept']}，{kind.title}不该有"
        for pattern, account in accounts
        if not re.fullmatch(pattern, account["kept"])
    )
    yield from (
        f"{STAGE} 说 {account['kept']} 存档前略去了个人信息，不该有"
        for _, account in accounts
        if account["redacted"] and account["kept"].endswith(".toml")  # then no hash binds it
    )
    yield from (
        f"{STAGE} 说 {account['kept']} 没有略去个人信息，又说略去了{'、'.join(account['dropped'])}"
        for _, account in accounts
        if account["dropped"] and not account["redacted"]
    )
    twice = sorted({name for name in kept if kept.count(name) > 1})
    yield from (f"{STAGE} 说有两份 {name}" for name in twice)
    repeated = (kind.repeats or {record_name(kind_of(base["stage"]))}) if base else ()
    must = {
        *ALWAYS,
        *(f"in/{name}" for name in (*kind.takes, *repeated, *kept)),
        *(f"out/{name}" for name in kind.outputs),
    }
    yield from (f"缺少 {name}" for name in sorted(must - set(names)))
    yield from (
        f"{name} 不该在这里"
        for name in sorted(set(names) - must)
        if not (kind.may_take and re.fullmatch(f"in/(?:{kind.may_take})", name))
    )


def archived(stage: Archived) -> Iterable[str]:
    """What is wrong with the contents of an archived stage, whose bag is sound (V2)."""
    listed = bags.listed(stage.data.parent)
    payload = {name.removeprefix("data/") for name in listed if name.startswith("data/")}
    tags = {name for name in listed if not name.startswith("data/")}
    yield from (f"缺少 {name}" for name in sorted(TAG_FILES - tags))
    yield from (f"{name} 不该在这里" for name in sorted(tags - TAG_FILES))
    try:
        content = stage.stage
    except (OSError, ValueError) as error:
        yield f"{STAGE} 读不出：{error}"
        return
    yield from _labelled(stage, content, payload)
    base = stage.kind.last(stage.earlier, *stage.kind.rests_on)
    yield from problems(stage.kind, content, base, payload)


def _labelled(stage: Archived, content: Record, payload: Collection[str]) -> Iterable[str]:
    """What of ``bag-info.txt`` and ``bagit.txt`` is not what the program writes; a title that an
    earlier release may have had is left to it.
    """
    bag = stage.data.parent
    text = (bag / "bag-info.txt").read_text(encoding="utf-8")
    said = [line.partition(": ")[::2] for line in text.splitlines()]
    sizes = [(stage.data / name).stat().st_size for name in payload]
    label = bags.label(
        stage.data.parents[1].name, stage.name, stage.kind.title, str(content.get("time"))
    ) | {"Payload-Oxum": f"{sum(sizes)}.{len(sizes)}"}
    free = {bags.TITLE: None}
    if {**dict(said), **free} != {**label, **free} or len(said) != len(label):
        yield "bag-info.txt 写的不是这个阶段"
    if not DECLARED.fullmatch((bag / "bagit.txt").read_text(encoding="utf-8")):
        yield "bagit.txt 写的不是 BagIt 的版本和 UTF-8"


def require(kind: Kind, stage: Record, base: Entry | None, folder: Path) -> None:
    """``SsjError`` unless a stage folder that is to be sealed holds what it should."""
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}
    if wrong := list(problems(kind, stage, base, names)):
        raise SsjError(f"{kind.title}的内容不合规定：{'；'.join(wrong)}", "没有留下任何阶段。")
