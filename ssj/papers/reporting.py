"""季度报告, 简报, 卷内目录, 备考表 and 复核单 as files (``ssj report``): a round's archive read,
the papers made from the bureau's templates.

Working copies: made aside first, so that a full disk leaves those that were there; one that
somebody has edited since is kept, and said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ssj.base import files
from ssj.base.errors import RefusedError
from ssj.casebook import archive, bags, runner
from ssj.casebook.archive import Archive, kind_of
from ssj.casebook.runner import Say
from ssj.papers import briefings, dossier, paperfiles, reports, wordforms
from ssj.papers.dossier import Bag
from ssj.papers.paper_names import BRIEFING, CONTENTS, QUARTERLY, REMARKS, SHEET
from ssj.papers.reports import Attempt
from ssj.protocol import Record

REVIEW = "review"
OF_A_YEAR = ("plan", REVIEW)  # kinds of stages
REPORT_KEYS = {"time", "ssj", "steps", "exit_code", "running_versions", "junk", "stages"}


@dataclass
class Made:
    """What came of it: what the papers say, those that are new, those kept since somebody had
    edited them, and those that wait for something.
    """

    folder: Path
    record: Record
    contexts: dict[str, Record] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)


def attempts_of(book: Archive, round_id: str) -> list[Attempt]:
    """All attempts of a round as archived; ``SsjError`` if a bag is not as it was registered."""
    found: dict[int, Attempt] = {}
    for entry in book.stages(round_id):
        kind = kind_of(entry["stage"])
        own = found.setdefault(entry["attempt"], Attempt(entry["attempt"], [], {}))
        own.stages.append(entry)
        own.records[kind] = book.record(entry)
    return list(found.values())


def bags_of(book: Archive, round_id: str, title_of: Callable[[str], str]) -> list[Bag]:
    """The bags of a round with every file in them, stray ones that don't matter (无关文件) aside;
    ``title_of`` gives the title of a stage's kind.
    """
    found = []
    for entry in book.stages(round_id):
        folder = book.folder(entry)
        paths = sorted(
            p for p in folder.rglob("*") if p.is_file() and not bags.JUNK.fullmatch(p.name)
        )
        stage = runner.read_stage(folder / "data")
        rows = [files.account(p, p.relative_to(folder).as_posix()) for p in paths]
        code, python = stage["code"], stage["versions"]["python"]
        found.append(Bag(entry, rows, code, python, title_of(entry["stage"])))
    return found


def current_report(report: Record | None, book: Archive, round_id: str) -> Record | None:
    """An audit report that covers all stages there are now and is younger than the last of them;
    else none.
    """
    if report is None or not set(report) >= REPORT_KEYS:
        return None
    last = book.stages(round_id)[-1]
    return (
        report
        if datetime.fromisoformat(report["time"]) >= datetime.fromisoformat(last["time"])
        else None
    )


def write(
    book: Archive,
    round_id: str,
    own: Path | None,
    report: Record | None,
    title_of: Callable[[str], str],
    say: Say,
) -> Made:
    """Write all papers that a round's archive allows into its ``files``; ``report``: the audit
    report kept there, if any.

    ``SsjError`` where a template, a bag or the disk fails (nothing has changed then),
    ``RefusedError`` if a paper is open elsewhere or nothing is archived.
    """
    if not book.stages(round_id):
        raise RefusedError(f"{round_id} 还没有归档的，没有可以报告的", "进度请看 ssj status。")
    say("读取档案")
    if kind_of(book.stages(round_id)[0]["stage"]) in OF_A_YEAR:
        return _fill(_of_year(book, round_id), own, say)
    attempts, report = attempts_of(book, round_id), current_report(report, book, round_id)
    made = Made(book.outputs / round_id / "files", attempts[-1].record)
    return _fill(_contexts(made, attempts, bags_of(book, round_id, title_of), report), own, say)


def _fill(made: Made, own: Path | None, say: Say) -> Made:
    """Fill the papers of ``made.contexts`` and write them, all aside first."""
    contents: dict[Path, bytes] = {}
    for name, context in made.contexts.items():
        say(f"生成：{name}")
        path = made.folder / f"{name}.docx"
        if paperfiles.edited(path):
            made.edited.append(path.name)
        else:
            contents[path] = wordforms.Form(wordforms.find(name, own)).fill(context)
    files.write_all(contents)
    made.new = [path.name for path in contents]
    return made


def _of_year(book: Archive, year: str) -> Made:
    """简报 of the year's last review."""
    entry = next((e for e in reversed(book.stages(year)) if kind_of(e["stage"]) == REVIEW), None)
    if entry is None:
        raise RefusedError(
            f"{year} 年还没有归档年终评估，不能生成全年简报",
            f"先做年终评估：ssj review {year}；一个批次的报告写批次号。",
        )
    record = archive.read_record(book.out(entry) / f"{REVIEW}.json")
    return Made(
        book.outputs / year / "files", record, {BRIEFING: briefings.briefing_of_year(record)}
    )


def _contexts(made: Made, attempts: list[Attempt], bags: list[Bag], report: Record | None) -> Made:
    """Every paper that can be made now with what it says; why the others wait."""
    found: dict[str, Record] = {}
    if attempts[-1].drawn:
        found = {QUARTERLY: reports.quarterly(attempts), BRIEFING: briefings.briefing(attempts)}
    else:
        made.waiting = dict.fromkeys((QUARTERLY, BRIEFING), "抽取以后再生成")
    found |= {
        CONTENTS: dossier.contents(attempts, bags),
        REMARKS: dossier.remarks(attempts, bags, report),
    }
    if report:
        found[SHEET] = dossier.sheet(attempts, report)
    else:
        made.waiting[SHEET] = (
            f"先复核：ssj audit {made.folder.parent.as_posix()} --json "
            f"{made.folder.as_posix()}/复核报告.json，"
            f"再运行 ssj report {made.folder.parent.name}"
        )
    made.contexts = found
    return made
