"""The auditor's own record of an audit (复核记录): ``10_audit.ipynb`` executed, dated and kept,
as the bureau's stages are; with its page, the report as JSON and, of a sound round, 复核单.

It belongs to the auditor, so it never lies in the archive that it is about.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from ssj.audit.audit import Audit
from ssj.audit.outside import Values
from ssj.audit.report import Report
from ssj.audit.verdict import in_words
from ssj.base import files
from ssj.base.errors import RefusedError
from ssj.casebook import archive, runner
from ssj.casebook.archive import Archive
from ssj.casebook.render import render
from ssj.papers import dossier, reporting, wordforms
from ssj.protocol import Record

SOURCE, HOME = "10_audit.ipynb", "复核"
NOTEBOOK, PAGE, REPORT, SHEET = "复核记录.ipynb", "复核记录.html", "复核报告.json", "复核单.docx"


@dataclass
class Made:
    """What came of it: where it lies, which files, what they say, what else is to be told."""

    folder: Path
    report: Report
    files: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def make(
    folder: Path,
    target: Path | None,
    fast: bool,
    values: Values,
    now: datetime,
    say: Callable[[str], None],
) -> Made:
    """Audit an archive in a notebook and keep the record in ``target``, by default a folder of the
    day under ``复核``. Its 复核单 is the shipped one: whoever hands an archive over may have a
    template of their own beside it.

    ``SsjError`` if there is no archive, or the notebook could not run to its end; ``RefusedError``
    if the target is in use, or lies in the archive.
    """
    place = _place(Audit(folder).folder, target, now)
    with tempfile.TemporaryDirectory(prefix="ssj-audit-", ignore_cleanup_errors=True) as aside:
        work = Path(aside) / "record"
        for part in ("in", "out"):
            (work / part).mkdir(parents=True)
        numbers = count(1)

        def kept(paths: Sequence[Path]) -> list[str]:
            return [_kept(path, work, next(numbers)) for path in paths]

        parameters = {
            "folder": folder.resolve().as_posix(),
            "fast": fast,
            "commitments": list(values.commitments),
            "heads": list(values.heads),
            "notices": kept(values.notices),
            "timestamps": kept(values.timestamps),
            "roots": kept(values.roots),
            "time": now.isoformat(timespec="seconds"),
        }
        source = runner.read_notebook(runner.ROOT / "notebooks" / SOURCE)
        with runner.fresh_kernel(work) as kernel:
            executed = runner.execute(
                source, kernel, parameters, lambda n, total: say(f"运行复核记录：{n}/{total}")
            )
        runner.certify(executed, "audit", {REPORT}, work / "out")
        written = (work / "out" / REPORT).read_bytes()
        executed = runner.normalise(executed)
    told = json.loads(written)
    made = Made(place, Report.read(told))
    contents = {NOTEBOOK: runner.notebook_bytes(executed), REPORT: written}
    verdict = f"结论：{made.report.verdict.replace('，见上', '')}"
    banners = [verdict, *filter(None, [made.report.unproven]), *made.report.banners]
    title = f"{made.report.round_id} 复核记录"
    contents[PAGE] = render(executed, "auditor", title, banners).encode("utf-8")
    try:
        contents[SHEET] = _sheet(folder.resolve(), told)
    except Exception as error:  # whatever lies in the archive
        made.said.append(f"没有复核单：{in_words(error)}")
    say("存入文件夹")
    files.write_all({place / name: content for name, content in contents.items()})
    made.files = sorted(contents)
    return made


def _place(audited: Path, target: Path | None, now: datetime) -> Path:
    """Where the record goes: a folder with nothing in it."""
    if target is None:
        name = f"{audited.name}-{now.date().isoformat()}"
        names = (Path(HOME) / (name if n == 1 else f"{name}-{n}") for n in count(1))
        return next(place for place in names if not place.exists())
    if audited in (target.resolve(), *target.resolve().parents):
        raise RefusedError(
            f"复核记录不能放在档案里：{target}", "请放到复核人员自己的文件夹，如 复核/2021Q4。"
        )
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RefusedError(f"{target} 中已有文件", "以前的复核记录要保留，请另写一个文件夹。")
    return target


def _kept(path: Path, work: Path, number: int) -> str:
    """A value's file beside the notebook, if it is one that may be read; else as it was named."""
    if path.is_file() and not files.irregular(path):
        kept = work / "in" / str(number) / path.name
        kept.parent.mkdir()
        shutil.copyfile(path, kept)
        return kept.relative_to(work).as_posix()
    return path.resolve().as_posix()


def _sheet(audited: Path, report: Record) -> bytes:
    """复核单.docx of a round."""
    book = Archive(audited.parent, archive.read_entries(audited.parent))
    context = dossier.sheet(reporting.attempts_of(book, audited.name), report)
    return wordforms.Form(wordforms.find(Path(SHEET).stem)).fill(context)
