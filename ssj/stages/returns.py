"""The results of a round (检查结果) as a stage: what came back so far, checked, staged, archived;
as often as findings come in.

Each stage holds everything that is known by then: the files are the bureau's registers and grow. A
later stage supersedes, the earlier ones stay.
"""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ssj import protocol
from ssj.base import files, params, words, workdays
from ssj.base.errors import InputError, RefusedError
from ssj.casebook import attempts, past_results, runner, taking
from ssj.casebook.archive import Archive
from ssj.casebook.runner import Say, Workplace, kind_of
from ssj.protocol import Record
from ssj.results import (
    corrections,
    findings,
    followup,
    gone,
    invented,
    invented_followup,
    postings,
    registers,
    results,
)
from ssj.site import copies, sitecopies
from ssj.stages import intake
from ssj.tables import rawtables, schema, writing
from ssj.workbooks import followupbook, resultforms

KIND, ROSTER_NOTES = "results", "名录库更新建议.xlsx"


def take_in(
    book: Archive, folder: Path, now: datetime, place: Workplace, say: Say
) -> dict[str, Any]:
    """Stage, run and commit the results in ``folder``; the ledger entry. ``InputError`` with all
    that is wrong in any file.
    """
    state = attempts.state_of(book.stages(folder.name))
    record = attempts.drawn_record(book, state)
    say("核对结果")
    time = now.isoformat(timespec="seconds")
    own = registers.read(folder, record, time)
    before, evidence = earlier(book, folder.name, state.attempt), listed(folder, say)
    found = findings.read(folder, record, time, before["rows"], own.corrected(before))
    is_workday = workdays.read_calendar(taking.calendar_of(folder))
    own.problems += corrections.problems(record, time, found.rows, own, before, is_workday)
    own.problems += postings.problems(record, found.rows, own, before, evidence)
    own.problems += followup.problems(record, found.rows, own, before)
    if errors := [p for p in (*found.problems, *own.problems) if p.severity == "error"]:
        raise InputError(errors)
    derived = results.recorded(
        record, {"time": time, "of": "", "sources": []}, found, own, is_workday, before, evidence
    )
    if results.nothing_new(derived, current(book, folder.name, state.attempt)) and _same_files(
        book, folder.name, state.attempt, evidence
    ):
        raise RefusedError(
            f"{folder.name} 没有新的结果：交回的表和各登记表与上次归档的相同，没有再归档",
            "有新的结果，填好、保存后再运行。",
        )
    return runner.finish(
        book, place, KIND, stage_results(book, folder, now, place.folder / "in", evidence), say
    )


def _same_files(book: Archive, round_id: str, attempt: int, evidence: list[Record]) -> bool:
    """Whether the screenshots, and the papers taken back, are those that the last results stage of
    the attempt lists.
    """
    given = book.folder(past_results.last(book, round_id, attempt)) / "data" / "in"
    papers, copy = intake.last(book, round_id, attempt), given / runner.RECORDS["papers"]
    return runner.read_record(given / "evidence.json")["files"] == evidence and (
        papers is None
        or (
            copy.exists()
            and copy.read_bytes() == (attempts.out_of(book, papers) / copy.name).read_bytes()
        )
    )


def stage_results(
    book: Archive, folder: Path, now: datetime, target: Path, evidence: list[Record]
) -> dict[str, Any]:
    """Fill a results stage's ``in/``: the record that says who goes, the files, the listed
    screenshots, what was archived before; the content of its ``stage.json``.
    """
    state = attempts.state_of(book.stages(folder.name))
    name = taking.take_record(book, state.teams, target)
    given = findings.files(folder)
    many = (folder / findings.TABLE).is_dir()
    sources = [
        taking.take_list(
            folder, findings.TABLE, target, path, f"{findings.TABLE}-{n:02}" if many else ""
        )
        for n, path in enumerate(given, 1)
    ]
    sources += [
        taking.take_list(folder, table, target)
        for table in schema.REGISTERS
        if rawtables.exists(folder, table)
    ]
    (target / "earlier.json").write_bytes(
        protocol.canonical(earlier(book, folder.name, state.attempt))
    )
    (target / "known.json").write_bytes(
        protocol.canonical(past_results.known(book, runner.read_record(target / name)))
    )
    (target / "evidence.json").write_bytes(protocol.canonical({"files": evidence}))
    if (
        papers := intake.last(book, folder.name, state.attempt)
    ) is not None:  # the whole-process record
        taking.take_record(book, papers, target)
    if (calendar := taking.calendar_of(folder)).exists():
        shutil.copyfile(calendar, target / "calendar.toml")
    return {
        **taking.stage_of(book, folder.name, state.attempt, now),
        "of": name,
        "sources": sources,
    }


def invent(book: Archive, folder: Path, today: date) -> Path:
    """Write an invented results.xlsx into the folder of a drawn demonstration; its path.
    ``RefusedError`` for a real round or where there is one.
    """
    record = attempts.drawn_record(book, attempts.state_of(book.stages(folder.name)))
    if not record["parameters"]["demonstration"]:
        raise RefusedError(
            "样例结果只用于演示批次",
            f"正式批次请填写结果回填表，另存为 {folder / 'results.xlsx'}。",
        )
    if rawtables.exists(folder, findings.TABLE) or (folder / findings.TABLE).is_dir():
        raise RefusedError(f"{folder} 中已有结果", "要重新生成的，先移走。")
    path = folder / f"{findings.TABLE}.xlsx"
    is_workday = workdays.read_calendar(taking.calendar_of(folder))
    answers = invented.rows(record, today, is_workday)
    writing.write_workbook(path, {"检查结果": pd.DataFrame(answers, dtype=object)})
    handled = invented_followup.rows(record["round"], answers, today, is_workday)
    if handled and not rawtables.exists(folder, followup.TABLE):
        writing.write_workbook(
            folder / f"{followup.TABLE}.xlsx",
            {schema.REGISTERS[followup.TABLE]: pd.DataFrame(handled, dtype=object)},
        )
    return path


def current(book: Archive, round_id: str, attempt: int) -> Record | None:
    """``results.json`` of the last results stage of an attempt."""
    entry = past_results.last(book, round_id, attempt)
    return (
        runner.read_record(attempts.out_of(book, entry) / runner.RECORDS[KIND]) if entry else None
    )


def earlier(book: Archive, round_id: str, attempt: int) -> Record:
    """What was archived last in an attempt: answered rows, visits, registers."""
    return results.earlier_of(current(book, round_id, attempt))


def listed(folder: Path, say: Say) -> list[Record]:
    """The screenshots (公示凭证) in a round's folder ``evidence``, by name, size and hash; they
    stay there.
    """
    place = folder / postings.FOLDER
    return intake.listed(place, say) if place.is_dir() else []


def working_copies(book: Archive, round_id: str, today: date) -> list[Path]:
    """Make those pages and lists of the current attempt's results stages that are missing; their
    paths. Public pages have reviewed results only, come from the day on which drawn firms may be
    named, and are those of the last stage: an earlier one may hold what was withdrawn since.
    """
    folder, made, stages = book.outputs / round_id / "files", [], book.stages(round_id)
    attempt, number = attempts.state_of(stages).attempt, 0
    mine = [e for e in stages if kind_of(e["stage"]) == KIND and e["attempt"] == attempt]
    for number, entry in enumerate(mine, 1):
        data, (internal, public) = book.folder(entry) / "data", copies.PAGE_NAMES[KIND]
        named = number == len(mine) and copies.published(
            runner.read_record(data / "out" / runner.RECORDS[KIND]), today
        )
        for name, source in (
            (f"{internal}.html", "auditor.html"),
            *((f"{public}.html", "public.html"), (f"{public}.json", "out/published.json")) * named,
        ):
            copy = folder / files.file_name(name, attempt, given=number)
            if not copy.exists():
                files.copy_page(data / source, copy)
                made.append(copy)
        if not (
            copy := folder / files.file_name(followupbook.WORKBOOK, attempt, given=number)
        ).exists():
            writing.write_workbook(copy, *followupbook.of_stage(data))
            made.append(copy)
        made += sitecopies.lists(data, folder, number, named)
    sitecopies.clear(folder, attempt, number)
    made += handed_out(book, round_id, folder, number) + roster_notes(
        book, round_id, folder, number
    )
    return made + (sitecopies.progress(data, folder, today) if number else [])


def handed_out(book: Archive, round_id: str, folder: Path, stages: int) -> list[Path]:
    """Make the forms for the next results stage (结果回填表, blank registers) that are missing;
    ``stages``: so many were entered in this attempt.

    The form for all visits is made last: where it is, the others were made too, and no record need
    be read.
    """
    entries = book.stages(round_id)
    state = attempts.state_of(entries)
    amended = sum(kind_of(e["stage"]) == "amend" and e["attempt"] == state.attempt for e in entries)
    if (
        state.draw is None
        or (
            folder / resultforms.FOLDER / resultforms.file_name("", state.attempt, amended, stages)
        ).exists()
    ):
        return []
    made, record = [], attempts.drawn_record(book, state)
    for name, content in reversed(
        resultforms.copies(record, current(book, round_id, state.attempt), stages).items()
    ):
        if not (path := folder / resultforms.FOLDER / name).exists():
            files.write_whole(content(), path)
            made.append(path)
    return made


def roster_notes(book: Archive, round_id: str, folder: Path, stages: int) -> list[Path]:
    """Make 名录库更新建议.xlsx of the last results stage if it is missing: a list for people, never
    applied by itself.
    """
    attempt = attempts.state_of(book.stages(round_id)).attempt
    path = folder / files.file_name(ROSTER_NOTES, attempt, given=stages)
    if not stages or path.exists():
        return []
    record = current(book, round_id, attempt)
    notes = [
        *(("注意", text) for text in params.banners(record)),
        ("内部使用", "不得带出本单位"),
        ("依据", f"{round_id} 截至 {words.time(record['time'])} 归档的、已审核的结果"),
        (
            "怎样用",
            (
                "供维护检查对象名录库的人核对后填入下一批次的 targets.xlsx；程序不会自动改名录。"
                "已关闭、迁出、无法联系的，先核实，再改状态。"
            ),
        ),
    ]
    rows = gone.suggestions(record)
    writing.write_workbook(
        path,
        {
            "说明": pd.DataFrame(notes, columns=["项目", "内容"], dtype=object),
            "名录库更新建议": pd.DataFrame(rows, columns=gone.SUGGESTED, dtype=object),
        },
    )
    return [path]
