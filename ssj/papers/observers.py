"""观察员包: what an observer of the public event takes along, on two pages; beside it the notice
and the verifier's page, into which they type afterwards what they wrote down (PROTOCOL §10.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ssj.base import files, formats
from ssj.papers import paperfiles, paperwork, wordforms
from ssj.protocol import Record

NAME = "观察员包"


def folder_of(outputs: Path, record: Record) -> Path:
    """Where the kit of a frozen round goes."""
    return outputs / record["round"] / "files" / files.file_name(NAME, record["attempt"])


def kit(record: Record) -> Record:
    """What 观察员包.docx may say, of a frozen record: cells to fill, and the whole commitment, as
    the observer keeps the page.
    """
    return {
        **paperwork.event_sheet(record),
        "commitment_lines": formats.digit_lines(record["commitment"]),
    }


def write(record: Record, folder: Path, own: Path, beside: Mapping[str, bytes]) -> bool:
    """Write the kit of a frozen record into ``folder``, with the files ``beside``; False if the
    paper there was edited, and so was kept. ``own``: the bureau's folder of templates.

    ``SsjError`` where a template or the disk fails, ``RefusedError`` if a file is open elsewhere.
    """
    paper = folder / f"{paperwork.round_file(record, NAME)}.docx"
    filled = wordforms.Form(wordforms.find(NAME, own)).fill(kit(record))
    kept = paperfiles.edited(paper)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise files.unwritable(folder, error) from error
    given = {folder / name: content for name, content in beside.items()}
    files.write_all(given if kept else {paper: filled, **given})
    return not kept
