"""交存单: what each custodian (保管人) gets at the freeze, on one page: the commitment, the head of
the ledger, where to sign for them, and how to check with them later.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssj.base import files, formats
from ssj.casebook import archive
from ssj.casebook.archive import Entry
from ssj.papers import paperwork, wordforms
from ssj.protocol import Record

TEMPLATE, NAME = wordforms.SHIPPED_ONLY, "封库校验码交存单"


def of_freeze(data: Path, entry: Entry, custodians: list[str]) -> dict[str, Callable[[Path], Any]]:
    """The slips of an archived freeze, whose files are in ``data``, by file name, with what writes
    them.
    """

    def writer(custodian: str) -> Callable[[Path], Any]:
        def write(path: Path) -> None:
            record = archive.read_record(data / "out" / archive.record_name("freeze"))
            form = wordforms.Form(wordforms.TEMPLATES / TEMPLATE)
            files.write_whole(form.fill(slip(record, entry, custodian)), path)

        return write

    return {
        files.file_name(f"{NAME} {files.safe(custodian)}.docx", entry["attempt"]): writer(custodian)
        for custodian in custodians
    }


def slip(record: Record, entry: Entry, custodian: str) -> Record:
    """What 交存单.docx may say; ``entry``: the ledger line of the freeze."""
    return {
        **paperwork.common(record),
        **paperwork.event(record),
        "custodian": custodian,
        "commitment_lines": formats.digit_lines(record["commitment"]),
        "commitment16": formats.grouped(record["commitment"][:16], 8),
        "head_lines": formats.digit_lines(entry["hash"]),
        "head_line": entry["n"],
        "frozen_time": formats.time(entry["time"]),
    }
