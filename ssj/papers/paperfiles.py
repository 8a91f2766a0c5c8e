"""The inspection papers (检查文书) as files: Word papers for the round, for each officer and each
visit, and 任务派发表.xlsx.

They are working copies: filled in, printed, lost. All are made aside first, so that a full disk or
a broken template leaves those that were there; a paper that somebody has edited since is kept, and
said.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from ssj.base import files, formats, params
from ssj.base.errors import InputError
from ssj.casebook import attempts, past
from ssj.casebook.archive import Archive
from ssj.draw.derive import derive
from ssj.papers import confirmation, fieldpages, paper_names, paperwork, pictures, wordforms
from ssj.protocol import Record
from ssj.results import scans
from ssj.rosters import history, rosters
from ssj.tables import paramfiles, schema, writing

FOR_A_VISIT = tuple(p for p in scans.PAPERS if p.level == "visit" and p.printed)
FIELD = "现场检查表"  # folder of the teams' pages
STEP = 10  # visits between two words about progress
Jobs = Iterator[tuple[str, Callable[[Path], Any]]]


@dataclass
class Made:
    """What came of it: the folder, how many files are new, and which were kept since somebody had
    edited them.
    """

    folder: Path
    new: int = 0
    edited: list[str] = field(default_factory=list)


def current(book: Archive, folder: Path) -> Record:
    """The record that papers are made from: the current attempt's, or before its freeze what the
    round's folder would freeze.
    """
    state = attempts.state_of(book.stages(folder.name))
    return (
        attempts.current_record(book, state) if state.freeze else draft(book, folder, state.attempt)
    )


def draft(book: Archive, folder: Path, attempt: int) -> Record:
    """What would be frozen, as far as 抽查方案审批表 and 核签表 show it, which are printed before
    anybody has approved or signed; ``InputError`` with all errors of the files.
    """
    parameters = paramfiles.read_draft(folder)
    roster = rosters.load_round(folder, parameters)
    earlier = history.from_json(past.history_of(book, folder.name, parameters.round.demonstration))
    return {
        "round": folder.name,
        "attempt": attempt,
        "parameters": parameters.frozen(),
        "event": parameters.event.announced(),
        "tables": derive(roster, parameters, earlier).drafted,
        "signing": list(_to_sign(folder, roster, parameters)),
    }


def _to_sign(
    folder: Path, roster: rosters.Rosters, parameters: params.Parameters
) -> Iterator[Record]:
    """What each 核签表 says: of a file of the rosters, or of one for each section that is named as
    signing it.
    """
    for table, tally in roster.tallies.items():
        for one in tally.files:
            digest = files.account(folder / one.file)["sha256"]
            named = [(s.section, s.by) for s in parameters.signed if s.file in (one.file, table)]
            for section, by in named or [("", "")]:
                yield {
                    "table": schema.TITLES[table],
                    "file": one.file,
                    "rows": one.rows,
                    "used": one.used,
                    "excluded": len(one.excluded),
                    "lines": formats.digit_lines(digest),
                    "section": section,
                    "by": by,
                }


def write(record: Record, folder: Path, own: Path | None, say: Callable[[str], None]) -> Made:
    """Write all papers that a record allows into ``folder``: the scheme's; from the freeze on the
    notice; from the draw on all.

    Before the freeze also 核签表, for each file of the rosters.

    ``own``: the bureau's folder of templates, if any. ``SsjError`` where a template or the disk
    fails (nothing has changed then), ``RefusedError`` if a paper is open elsewhere (those before it
    are new).
    """
    made, aside = Made(folder), folder.with_name(f".{folder.name}.part")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        for name, job in _jobs(record, own, say):
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            job(aside / name)
        say("检查文书：存入文件夹")
        for path in sorted(p for p in aside.rglob("*") if p.is_file()):
            target = folder / path.relative_to(aside)
            if edited(target):
                made.edited.append(target.relative_to(folder).as_posix())
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            files.replace(path, target)
            made.new += 1
    except (OSError, InputError) as error:
        raise files.unwritable(folder, error) from error
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(aside, ignore_errors=True)
    return made


def _write_bytes(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def edited(path: Path) -> bool:
    """Whether somebody saved a paper since it was made; ``RefusedError`` if open elsewhere."""
    try:
        return path.suffix != ".html" and path.exists() and not wordforms.untouched(path)
    except PermissionError as error:
        raise files.open_elsewhere(path) from error


def _jobs(record: Record, own: Path | None, say: Callable[[str], None]) -> Jobs:
    """Path of each paper in the folder, and what writes it."""

    @cache
    def form(name: str) -> wordforms.Form:
        return wordforms.Form(wordforms.find(name, own))

    def paper(name: str, context: Record, **shown: bytes) -> Callable[[Path], Any]:
        return lambda path: path.write_bytes(form(name).fill(context, shown))

    say("检查文书：批次文书")
    for roster in record.get("signing", []):
        of = (str(Path(roster["file"]).with_suffix("")), roster["section"])
        which = files.safe(" ".join(filter(None, of)))
        yield (
            f"{paperwork.round_file(record, '核签表')} {which}.docx",
            paper("核签表", {**paperwork.common(record), "roster": roster}),
        )
    yield (
        f"{paperwork.round_file(record, '抽查方案审批表')}.docx",
        paper("抽查方案审批表", paperwork.scheme(record)),
    )
    if "commitment" in record:
        yield (
            f"{paperwork.round_file(record, '封库公告')}.docx",
            paper("封库公告", paperwork.notice(record)),
        )
        yield (
            f"{paperwork.round_file(record, '公开随机数记录纸')}.docx",
            paper("公开随机数记录纸", paperwork.event_sheet(record)),
        )
        for custodian in record["event"]["custodians"]:
            yield (
                f"{paperwork.round_file(record, '保管人回执')} {files.safe(custodian)}.docx",
                paper("保管人回执", paperwork.acknowledgement(record, custodian)),
            )
    if "visits" not in record:
        return
    header = paperwork.dispatch_header(record)
    yield (
        f"{paperwork.round_file(record, paper_names.DISPATCH)}.xlsx",
        lambda path: writing.write_xlsx(path, paperwork.dispatch(record), header),
    )
    for context in paperwork.recusals(record):
        officer = context["officer"]
        yield (
            (
                f"回避声明/{paperwork.round_file(record, '回避声明')} {files.safe(officer['id'])} "
                f"{files.safe(officer['name'])}.docx"
            ),
            paper("回避声明", context),
        )
    for name, page in fieldpages.pages(record):
        yield f"{FIELD}/{name}.html", partial(_write_bytes, page)
    total = len(record["visits"])
    for n, (outside, inside) in enumerate(paperwork.visits(record), 1):
        if n % STEP == 1 or n == total:
            say(f"检查文书：第 {n}/{total} 户")
        number, code = outside["number"], pictures.qr(outside["check"]["text"])
        for kind in FOR_A_VISIT:
            yield (
                f"{number} {files.safe(outside['target']['name'])}/{number} {kind.name}.docx",
                paper(kind.name, outside if kind.outgoing else inside, **{paperwork.CHECK: code}),
            )


def refresh_confirmation(record: Record, folder: Path, own: Path) -> Path | None:
    """抽取现场记录及结果确认表 anew from the bureau's own template, if it has one and nobody edited
    the paper; the draw made it from the shipped one. ``record``: as the draw wrote it.
    """
    template, path = (
        wordforms.find(Path(confirmation.CONFIRMATION).stem, own),
        folder / files.file_name(confirmation.CONFIRMATION, record["attempt"]),
    )
    if "visits" not in record or template.parent != own or edited(path):
        return None
    files.write_whole(wordforms.Form(template).fill(confirmation.confirmation(record)), path)
    return path
