"""The review of a year as a stage (``ssj review 2021``): gathered from the ledger's archives,
staged, archived under the year.

As often as wanted, also while rounds are running; a later review supersedes, the earlier ones stay.
What is gathered here an audit gathers again from the archives of that time (:func:`recompute`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import files, params
from ssj.base.errors import InputError, Problem, RefusedError
from ssj.casebook import archive, attempts, runner, taking
from ssj.casebook.archive import Archive
from ssj.casebook.runner import Say, Workplace, kind_of
from ssj.draw import lists
from ssj.protocol import Record
from ssj.rosters import rosters
from ssj.stages import years
from ssj.tables import rawtables
from ssj.tables.schema import OFFICER_STATUS, TARGET_STATUS
from ssj.workbooks import indicatorbook
from ssj.year import indicators, review

KIND = "review"
# working copies
PAGES = {"年度随机抽查情况.html": "public.html", "年度评估过程记录（内部）.html": "auditor.html"}
# of a freeze's in/: what its lists are read from
LISTED = (
    "items",
    "targets",
    "officers",
    "plan",
    "recognised",
    "exceptions",
    "round",
    "mapping",
    "stage",
)
LINE = ("n", "time", "round", "attempt", "stage", "bag")  # of a ledger line


def take_in(
    book: Archive, folder: Path, now: datetime, place: Workplace, say: Say
) -> dict[str, Any]:
    """Gather, stage, run and commit the review of the year in ``folder``; its ledger entry."""
    if years.archived_plan(book, folder.name) is None:
        raise RefusedError(
            f"{folder.name} 年的计划还没有归档，不能评估", f"请先运行 ssj plan {folder.name}。"
        )
    say("核对资料")
    if errors := [p for p in problems(folder, now.date()) if p.severity == "error"]:
        raise InputError(errors)
    say("收集各批次的档案")
    return runner.finish(
        book, place, KIND, stage_review(book, folder, now, place.folder / "in"), say
    )


def problems(folder: Path, today: date) -> list[Problem]:
    """All that is wrong with the review's own tables in a year's folder."""
    return indicators.read(folder, int(folder.name), today).problems


def stage_review(book: Archive, folder: Path, now: datetime, target: Path) -> dict[str, Any]:
    """Fill a review's ``in/``; the content of its ``stage.json``."""
    inputs = [
        taking.take_list(folder, table, target)
        for table in (indicators.TABLE, indicators.OTHER)
        if table == indicators.TABLE or rawtables.exists(folder, table)
    ]
    for name, content in gathered(book, folder.name).items():
        (target / name).write_bytes(content)
    if (calendar := taking.calendar_of(folder)).exists():
        shutil.copyfile(calendar, target / "calendar.toml")
    return {
        **taking.stage_of(book, folder.name, len(reviews(book, folder.name)) + 1, now),
        "inputs": inputs,
    }


def reviews(book: Archive, name: str) -> list[dict[str, Any]]:
    """Ledger entries of a year's reviews, in order."""
    return [e for e in book.stages(name) if kind_of(e["stage"]) == KIND]


# --- From the archives ---


def gathered(book: Archive, name: str) -> dict[str, bytes]:
    """What a review's ``in/`` holds of the archives, by file name."""
    plan_entry = years.plans(book, name)[-1]
    plan = attempts.out_of(book, plan_entry) / runner.RECORDS["plan"]
    whole = runner.read_record(plan)
    states = {r: attempts.state_of(book.stages(r)) for r in of_year(book, whole)}
    drawn = [(r, state) for r, state in states.items() if state.draw]
    made = {"plan.json": plan.read_bytes()}
    for r, state in drawn:
        for entry in (state.freeze, state.draw, state.teams):
            attempts.out_of(book, entry)  # all of them must be sound
        results = _last(book, r, state.attempt, "results")
        made[f"{r}-draw.json"] = _record(book, state.teams).read_bytes()
        made[f"{r}-chances.json"] = (
            book.folder(state.freeze) / "data" / "out" / "chances.json"
        ).read_bytes()
        made[f"{r}-lists.json"] = protocol.canonical(
            lists_of(book.folder(state.freeze) / "data" / "in")
        )
        if results:
            made[f"{r}-results.json"] = (
                attempts.out_of(book, results) / runner.RECORDS["results"]
            ).read_bytes()
    planned = [r["id"] for r in whole["parameters"]["rounds"]]
    entries = [e for e in book.entries if e["round"] in (name, *states)]
    made["ledger.json"] = protocol.canonical(
        {
            "plan": {key: plan_entry[key] for key in LINE[1:]},
            "entries": [{key: e[key] for key in LINE} for e in entries],
            "rounds": [_entry(book, r, state) for r, state in drawn],
            "open": [
                {"round": r, "text": _waiting(book, r)}
                for r in dict.fromkeys([*planned, *states])
                if r not in dict(drawn)
            ],
            "voids": [v for r in states for v in _voids(book, r)],
            "amendments": [a for r in states for a in _amendments(book, r)],
        }
    )
    return made


def of_year(book: Archive, plan: Record) -> list[str]:
    """Rounds in the ledger whose visits begin in the plan's year, of the same kind and, among
    demonstrations, the same bureau; earliest first.
    """
    found, given = {}, plan["parameters"]
    for entry in book.entries:
        if kind_of(entry["stage"]) == "freeze":
            own = params.read_round(attempts.out_of(book, entry) / "round.toml").round
            same = own.demonstration == given["demonstration"] and (
                own.bureau == given["bureau"] or not given["demonstration"]
            )
            found[entry["round"]] = (
                own.window.start if same and own.window.start.year == plan["year"] else None
            )
    return [r for _, r in sorted((start, r) for r, start in found.items() if start)]


def _record(book: Archive, entry: dict[str, Any]) -> Path:
    return book.folder(entry) / "data" / "out" / runner.RECORDS[kind_of(entry["stage"])]


def _last(book: Archive, round_id: str, attempt: int, kind: str) -> dict[str, Any] | None:
    """Ledger entry of the last stage of a kind in an attempt."""
    return next(
        (
            e
            for e in reversed(book.stages(round_id))
            if e["attempt"] == attempt and kind_of(e["stage"]) == kind
        ),
        None,
    )


def _entry(book: Archive, round_id: str, state: attempts.State) -> Record:
    """A drawn round: which stages its files in ``in/`` come from, and what its last reconciliation
    with the platform counted.
    """
    results, platform = (
        _last(book, round_id, state.attempt, kind) for kind in ("results", "platform")
    )
    counts = (
        runner.read_record(attempts.out_of(book, platform) / runner.RECORDS["platform"])["counts"]
        if platform
        else {}
    )
    return {
        "round": round_id,
        "attempt": state.attempt,
        "stage": state.teams["stage"],
        "bag": state.teams["bag"],
        "freeze": state.freeze["stage"],
        "frozen_on": state.freeze["time"][:10],
        "results": results["stage"] if results else "",
        "platform": {
            "stage": platform["stage"],
            **{key: counts[key] for key in ("drawn", "agrees")},
        }
        if platform
        else None,
    }


def _waiting(book: Archive, round_id: str) -> str:
    """Why a round is not drawn, in words."""
    state = attempts.state_of(book.stages(round_id))
    if state.freeze:
        return f"第 {state.attempt} 次已封库，还没有抽取"
    return f"第 {state.attempt - 1} 次抽取已作废，还没有再抽" if state.attempt > 1 else "还没有封库"


def _voids(book: Archive, round_id: str) -> Iterable[Record]:
    for entry in book.stages(round_id):
        if kind_of(entry["stage"]) == "void":
            own = runner.read_record(attempts.out_of(book, entry) / runner.RECORDS["void"])
            yield {
                "round": round_id,
                "attempt": entry["attempt"],
                "stage": entry["stage"],
                **{key: own[key] for key in ("approver", "date", "reason", "note")},
            }


def _amendments(book: Archive, round_id: str) -> Iterable[Record]:
    """Replacements of all attempts, voided ones too: each amended record holds those before it."""
    for attempt in sorted({e["attempt"] for e in book.stages(round_id)}):
        if (entry := _last(book, round_id, attempt, "amend")) is not None:
            own = runner.read_record(attempts.out_of(book, entry) / runner.RECORDS["amend"])
            people = lists.names(own, "officers")
            for a in own["amendments"]:
                yield {
                    "round": round_id,
                    "attempt": attempt,
                    **{key: a[key] for key in ("approver", "date", "reason", "officer")},
                    "name": people[a["officer"]],
                    "visits": len(a["visits"]),
                }


def lists_of(inputs: Path) -> Record:
    """What a freeze's lists say of dates and status: when targets and items came, whether they are
    still active, when certificates end.
    """
    with tempfile.TemporaryDirectory(prefix="ssj-lists-", ignore_cleanup_errors=True) as place:
        for path in inputs.iterdir():
            # Excel's lock would pass for an open table
            if path.stem.partition("-")[0] in LISTED and not archive.JUNK.fullmatch(path.name):
                shutil.copyfile(path, Path(place) / path.name)
        own = params.read_round(Path(place) / "round.toml")
        roster = rosters.load(
            Path(place), own.classes, own.round.id, (own.round.window.start, own.round.window.end)
        )
    return {
        "items": [
            {"id": i.id, "name": i.name, "since": _day(i.effective)}
            for i in roster.items.itertuples()
        ],
        "targets": [
            {
                "id": t.id,
                "name": t.name,
                "since": _day(t.founded),
                "active": TARGET_STATUS[t.status],
            }
            for t in roster.targets.itertuples()
        ],
        "officers": [
            {
                "id": o.id,
                "name": o.name,
                "on_duty": OFFICER_STATUS[o.status],
                "certificate_until": _day(o.certificate_until),
            }
            for o in roster.officers.itertuples()
        ],
    }


def _day(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else ""


# --- Afterwards ---


def working_copies(book: Archive, name: str) -> list[Path]:
    """Make those pages and the workbook of a year's last review in ``files/`` that are missing;
    their paths.
    """
    made = []
    for entry in reviews(book, name)[-1:]:
        folder, data = book.outputs / name / "files", book.folder(entry) / "data"
        for page, source in PAGES.items():
            copy = folder / files.file_name(page, entry["attempt"])
            if not copy.exists():
                files.copy_page(data / source, copy)
                made.append(copy)
        copy = folder / files.file_name(indicatorbook.FILE, entry["attempt"])
        if not copy.exists():
            indicatorbook.write(runner.read_record(data / "out" / runner.RECORDS[KIND]), copy)
            made.append(copy)
    return made


def recompute(folder: Path, written: Record, stage: Record, book: Archive | None) -> Iterable[str]:
    """``review.json`` from ``in/`` (``folder``, without stray files), and ``in/`` from the archives
    of that time (``book``, if there is a ledger).
    """
    errors = [p for p in review.load(folder, stage).problems if p.severity == "error"]
    yield from map(str, errors)
    yield "" if errors else protocol.difference(review.derive(folder, stage), written)
    for source in stage["inputs"]:
        path = rawtables.find(folder, Path(source["file"]).stem)
        yield (
            f"in/{path.name} 的校验码与 stage.json 不一致"
            if not source["redacted"] and source["sha256"] != protocol.sha256(path.read_bytes())
            else ""
        )
    if book is None:
        return
    expected = gathered(book, stage["round_id"])
    own = {p.name: p.read_bytes() for p in folder.glob("*.json") if p.name != "stage.json"}
    yield from (
        f"in/{name} 与登记的档案不同"
        for name in sorted({*expected, *own})
        if expected.get(name) != own.get(name)
    )
