"""Names of what people find in ``outputs/<round>/files``; from when drawn firms may be named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ssj import protocol
from ssj.base import files
from ssj.casebook.archive import Archive

NOTICE = "封库公告.json"  # both for the verifier
PUBLIC_RECORD = "公开记录.json"
VERIFIER = "核验.html"  # runs in any browser, offline
CHECK_PAGE = "检查码核验.html"  # the same with what it knows of the codes on notices
WITNESS = "见证.html"  # in which custodians sign, likewise
RESULTS_PAGE = "检查结果公示"
EVERY = (NOTICE, PUBLIC_RECORD, VERIFIER, RESULTS_PAGE)


def receipts_folder(book: Archive, record: protocol.Record) -> Path:
    """Where the receipts (一户核验单) of a drawn round go: working copies, one folder for each
    attempt.
    """
    return (
        book.outputs / record["round"] / "files" / files.file_name("一户核验单", record["attempt"])
    )


def published(record: protocol.Record, today: date) -> bool:
    """Whether the declared day has come on which drawn firms and officers may be named."""
    return today >= date.fromisoformat(record["parameters"]["publication_day"])
