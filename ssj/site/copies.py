"""Working copies for people in ``outputs/<round>/files``: pages, public records, workbooks, made
from the sealed bags when they are missing.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ssj import protocol
from ssj.base import files
from ssj.casebook import render, runner
from ssj.casebook.archive import Archive
from ssj.casebook.attempts import state_of
from ssj.casebook.runner import kind_of
from ssj.papers import confirmation
from ssj.workbooks import rosterbooks

PAGE_NAMES = {  # internal and public page of a stage, as working copies
    "freeze": ("封库过程记录（内部）", "封库公告"),
    "draw": ("抽取过程记录（内部）", "抽取结果公告"),
    "amend": ("抽后调整过程记录（内部）", "抽后调整公告"),
    "platform": ("平台核对过程记录（内部）", "平台核对公告"),
    "results": ("检查结果过程记录（内部）", "检查结果公示"),
    "void": ("作废过程记录（内部）", "作废公告"),
}
# for the verifier
PUBLIC_RECORDS = {
    "freeze": ("封库公告.json", "notice.json"),
    "draw": ("公开记录.json", "public.json"),
    "amend": ("公开记录.json", "public.json"),
}
VERIFIER = "核验.html"  # runs in any browser, offline


def receipts_folder(book: Archive, record: protocol.Record) -> Path:
    """Where the receipts (一户核验单) of a drawn round go: working copies, one folder for each
    attempt.
    """
    return (
        book.outputs / record["round"] / "files" / files.file_name("一户核验单", record["attempt"])
    )


def working_copies(book: Archive, round_id: str, today: date) -> list[Path]:
    """Make those working copies in ``files/`` that are missing and may be there; their paths.

    The page that names drawn firms and officers comes only from the declared day on, and never from
    a voided draw.
    """
    folder, made = book.outputs / round_id / "files", []
    stages = book.stages(round_id)
    state = state_of(stages)
    current = [
        e for e in stages if e["attempt"] == state.attempt and kind_of(e["stage"]) in PUBLIC_RECORDS
    ] or stages[-1:]
    # the freeze, the draw, then its amendments from 1 on
    for amended, entry in enumerate(current, -1):
        kind, data = kind_of(entry["stage"]), book.folder(entry) / "data"
        internal, public = PAGE_NAMES[kind]
        pages = {f"{internal}.html": data / "auditor.html", f"{public}.html": data / "public.html"}
        if kind in PUBLIC_RECORDS:
            name, source = PUBLIC_RECORDS[kind]
            pages[name] = data / "out" / source
        if kind in ("draw", "amend"):
            record = runner.read_record(data / "out" / runner.RECORDS[kind])
            if not published(record, today):
                del pages[f"{public}.html"], pages[PUBLIC_RECORDS[kind][0]]
            if not all((folder / name).exists() for name in confirmation.names(record)):
                made += confirmation.write_files(record, folder)
        for name, source in pages.items():
            copy = folder / files.file_name(name, entry["attempt"], max(0, amended))
            if not copy.exists():
                files.copy_page(source, copy)
                made.append(copy)
    if stages and not (page := folder / VERIFIER).exists():
        files.write_whole(render.verifier_page().encode("utf-8"), page)
        made.append(page)
    for entry in (e for e in current if kind_of(e["stage"]) == "freeze"):
        made += rosterbooks.write(book, entry, folder)
    return made


def published(record: protocol.Record, today: date) -> bool:
    """Whether the declared day has come on which drawn firms and officers may be named."""
    return today >= date.fromisoformat(record["parameters"]["publication_day"])
