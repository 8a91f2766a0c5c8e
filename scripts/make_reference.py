"""Make ``tests/reference/``: an executed stage folder for each notebook, of the small sample round.

What can't be derived is fixed, and the code's version and hash are zeros, since the hash changes
with every edit: the same bytes come out each time, until what the notebooks show or write changes.
Run it then, and look at the difference::

    python scripts/make_reference.py [folder]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import make_samples
import pandas as pd

from ssj import protocol
from ssj.base import workdays
from ssj.casebook import archive, attempts, making, program, runner, taking
from ssj.casebook.kind import YEAR as YEARLY
from ssj.casebook.kind import Kind, Work
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results import invented
from ssj.stages import draw, freeze, papers, platform, results, review
from ssj.stages.registry import kinds
from ssj.tables import writing

ROUND, YEAR = "sample60", "2021"
TIME = datetime.fromisoformat("2021-11-22T09:00:00+08:00")
FIXED = {
    "attempt": 1,
    "time": TIME.isoformat(),
    "rehearsal": False,
    "ledger_head": protocol.NO_HEAD,
    "code": {"version": "0", "hash": "0" * 64},
    "versions": {"python": "0", **dict.fromkeys(runner.PACKAGES, "0"), program.NAMED_BY: "0" * 64},
}
SALT = "60" * 32
RESULTS_TIME = "2022-01-14T09:00:00+08:00"
APPROVED = {
    "reason": "程序故障",
    "note": "演示：检验程序",
    "approver": "演示局长",
    "date": "2021-11-26",
}


def take_in(work: Work, kind: Kind, target: Path) -> Record:
    """Fill a stage's ``in/`` as the runner does; the content of its ``stage.json``, with what is
    fixed.
    """
    fill = FILL.get(kind.name, kind.fill)
    return {**fill(work, target), **FIXED, "round_id": work.round_id, **MORE.get(kind.name, {})}


def frozen(work: Work, target: Path) -> Record:
    """The year's plan in a freeze without its hash: that changes with every edit."""
    stage = freeze.stage(work, target)
    plan = archive.read_record(target / "year.json")
    (target / "year.json").write_bytes(protocol.canonical({**plan, "bag": "0" * 64}))
    return stage


def reviewed(work: Work, target: Path) -> Record:
    """A review without the hashes of bags: they change with every edit."""
    stage = review.KIND.fill(work, target)
    ledger = archive.read_record(target / "ledger.json")
    for entry in (ledger["plan"], *ledger["entries"], *ledger["rounds"]):
        entry["bag"] = "0" * 64
    (target / "ledger.json").write_bytes(protocol.canonical(ledger))
    return stage


def taken_back(work: Work, target: Path) -> Record:
    """Three signed scans, whose content is their name."""
    scans = work.book.outputs.parent / "scans"
    scans.mkdir()
    for name in ("-001 检查表", "-001 现场检查记录", " 抽取现场记录及结果确认表"):
        (scans / f"{ROUND}{name}.pdf").write_bytes(f"{ROUND}{name}.pdf".encode())
    return papers.KIND.fill(replace(work, asked=scans), target)


def answered(work: Work, target: Path) -> Record:
    """The invented results that are known by the time of the stage."""
    folder = returned(work.book, work.book.outputs.parent / "returned")
    return results.KIND.fill(replace(work, folder=folder), target)


def reconciled(work: Work, target: Path) -> Record:
    exported = work.book.outputs.parent / "exported" / ROUND
    exported.mkdir(parents=True)
    record = attempts.drawn_record(work.book, work.state)
    (exported / "platform.csv").write_text(platform_list(record), encoding="utf-8", newline="\n")
    return platform.KIND.fill(replace(work, folder=exported), target)


def amended(work: Work, target: Path) -> Record:
    """The first seat's officer is replaced in its visit."""
    name = taking.take_record(work.book, work.state.known("draw", "amend"), target)
    seat = archive.read_record(target / name)["officers"]["taken"][0]
    request = {"officer": seat["officer"], "visits": [seat["visit"]], "all": False}
    return {**taking.stage_of(work, 1), **request, **APPROVED, "reason": "回避"}


def voided(work: Work, target: Path) -> Record:
    taking.take_record(work.book, work.state.known("draw", "amend"), target)
    return {**taking.stage_of(work, 1), **APPROVED, "witnesses": []}


# how a kind's in/ is filled here, where not as usual
FILL = {
    "freeze": frozen,
    "draw": draw.stage,
    "papers": taken_back,
    "platform": reconciled,
    "results": answered,
    "review": reviewed,
    "amend": amended,
    "void": voided,
}
MORE = {"freeze": {"salt": SALT}, "results": {"time": RESULTS_TIME}}
LAST = ("review", "void")  # what comes after all others


def small_year(home: Path) -> Path:
    """A year's folder around the small round, with the round beside it."""
    shutil.copytree(ROOT / "demo" / "params" / ROUND, home / ROUND)
    (home / YEAR).mkdir()
    for name, content in make_samples.make_small_year().items():
        (home / YEAR / name).write_bytes(content)
    return home / YEAR


def returned(book: archive.Archive, folder: Path) -> Path:
    """A round's folder with the invented results of the drawn round as far as they are known by the
    time of the stage, and no register.
    """
    record = attempts.drawn_record(book, attempts.state_of(book.stages(ROUND)))
    rows = invented.rows(
        record,
        datetime.fromisoformat(RESULTS_TIME).date(),
        workdays.read_calendar(folder / "calendar.toml"),
    )
    place = folder / ROUND
    place.mkdir(parents=True)
    writing.write_workbook(place / "results.xlsx", {"检查结果": pd.DataFrame(rows, dtype=object)})
    return place


def platform_list(record: protocol.Record) -> str:
    """An invented export of the provincial platform: one row is missing, one twice, one of nobody
    drawn, one name differs.
    """
    known, people = lists.names(record, "targets"), lists.names(record, "officers")
    now = protocol.teams_now(record)["officers"]
    rows = [
        [
            f"YS-{part['task']}",
            part["task"],
            i,
            known[i],
            "、".join(people[t["officer"]] for t in now if t["visit"] == i),
            "2021-11-29",
        ]
        for part in record["drawn"]
        for i in protocol.drawn_ids(part)
    ]
    rows = [
        [*rows[0][:3], "演示旧名公司", *rows[0][4:]],
        *rows[2:],
        rows[2],
        [*rows[3][:2], "S99", "", "", "2021-11-29"],
    ]
    return "".join(
        ",".join(row) + "\n"
        for row in (["平台任务编号", "任务编号", "编号", "名称", "检查人员", "登记日期"], *rows)
    )


def make(folder: Path, say: Callable[[str], None] = lambda _: None) -> None:
    """Write a folder for each kind of stage, such as ``1a_freeze``, into ``folder``, each with
    ``in/``, ``out/``, ``notebook.ipynb``.
    """
    with (
        tempfile.TemporaryDirectory(prefix="ssj-reference-", ignore_cleanup_errors=True) as place,
        archive.opened(Path(place) / "outputs") as book,
    ):
        year = small_year(Path(place) / "params")
        for kind in sorted(kinds().values(), key=lambda kind: kind.name in LAST):
            inputs = year if kind.belongs_to == YEARLY else ROOT / "demo" / "params" / ROUND
            at = RESULTS_TIME if kind.name == "results" else TIME.isoformat()
            work = Work(book, inputs, datetime.fromisoformat(at), say)
            with making.workplace(book, work.round_id, kind) as made:
                stage = take_in(work, kind, made.folder / "in")
                making.run(made.folder, kind, made.kernel, stage, say)
                made.kernel.shutdown_kernel(now=True)
                target = folder / Path(kind.notebook).stem
                shutil.rmtree(target, ignore_errors=True)
                for name in ("in", "out"):
                    shutil.copytree(made.folder / name, target / name)
                shutil.copyfile(made.folder / runner.NOTEBOOK, target / runner.NOTEBOOK)
                name = f"{len(work.stages) + 1:02}-{kind.name}"
                book.commit(made.folder, work.round_id, 1, name, kind.title, stage["time"])


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Make the reference stages.")
    options.add_argument("folder", type=Path, nargs="?", default=ROOT / "tests" / "reference")
    make(options.parse_args().folder, print)
