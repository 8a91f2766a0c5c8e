"""Make ``tests/reference/``: an executed stage folder for each notebook, of the small sample round.

What can't be derived is fixed, and the code's version and hash are zeros, since the hash changes
with every edit: the same bytes come out each time, until what the notebooks show or write changes.
Run it then, and look at the difference::

    python scripts/make_reference.py [folder]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import make_samples  # noqa: E402
import pandas as pd  # noqa: E402

from ssj import protocol
from ssj.base import workdays
from ssj.casebook import archive, attempts, runner, taking
from ssj.draw import lists
from ssj.results import invented
from ssj.stages import draw, freeze, intake, returns, reviews, years  # noqa: E402
from ssj.tables import writing

ROUND, YEAR = "sample60", "2021"
TIME = datetime.fromisoformat("2021-11-22T09:00:00+08:00")
FIXED = {
    "round_id": ROUND,
    "attempt": 1,
    "time": TIME.isoformat(),
    "rehearsal": False,
    "ledger_head": protocol.NO_HEAD,
    "code": {"version": "0", "hash": "0" * 64},
    "versions": {"python": "0", **dict.fromkeys(runner.PACKAGES, "0")},
}
SALT = "60" * 32
RESULTS_TIME = "2022-01-14T09:00:00+08:00"
APPROVED = {
    "reason": "程序故障",
    "note": "演示：检验程序",
    "approver": "演示局长",
    "date": "2021-11-26",
}


def take_in(kind: str, book: archive.Archive, target: Path) -> dict[str, Any]:
    """Fill a stage's ``in/`` as the runner does; the content of its ``stage.json``, with what is
    fixed.
    """
    folder = ROOT / "params" / ROUND
    if kind == "plan":
        return {
            **years.stage_plan(book, small_year(book.outputs.parent / "params"), TIME, target),
            **FIXED,
            "round_id": YEAR,
        }
    if kind == "review":
        stage = {
            **reviews.stage_review(book, book.outputs.parent / "params" / YEAR, TIME, target),
            **FIXED,
            "round_id": YEAR,
        }
        ledger = runner.read_record(target / "ledger.json")  # hashes of bags change with every edit
        for entry in (ledger["plan"], *ledger["entries"], *ledger["rounds"]):
            entry["bag"] = "0" * 64
        (target / "ledger.json").write_bytes(protocol.canonical(ledger))
        return stage
    if kind == "freeze":
        stage = {**freeze.stage_freeze(book, folder, TIME, target), **FIXED, "salt": SALT}
        plan = runner.read_record(target / "year.json")
        # else it changes with every edit
        (target / "year.json").write_bytes(protocol.canonical({**plan, "bag": "0" * 64}))
        return stage
    if kind == "draw":
        return {**draw.stage_draw(book, folder, TIME, target), **FIXED}
    if kind == "papers":
        names = [
            f"{ROUND}-001 检查表.pdf",
            f"{ROUND}-001 现场检查记录.pdf",
            f"{ROUND} 抽取现场记录及结果确认表.pdf",
        ]
        listed = [
            {"file": name, "size": len(name), "sha256": protocol.sha256(name.encode())}
            for name in sorted(names)
        ]
        return {**intake.stage_papers(book, ROUND, TIME, target, listed), **FIXED}
    if kind == "results":
        return {
            **returns.stage_results(
                book, returned(book, target.parent / "returned"), TIME, target, []
            ),
            **FIXED,
            "time": RESULTS_TIME,
        }
    last = attempts.state_of(book.stages(ROUND)).teams
    name = runner.RECORDS[runner.kind_of(last["stage"])]
    shutil.copyfile(book.folder(last) / "data" / "out" / name, target / name)
    if kind == "platform":
        exported = target.parent / "export"
        exported.mkdir()
        (exported / "platform.csv").write_text(
            platform_list(runner.read_record(target / name)), encoding="utf-8", newline="\n"
        )
        return {**FIXED, "compares": name, "source": taking.take_list(exported, "platform", target)}
    if kind == "amend":
        seat = runner.read_record(target / name)["officers"]["taken"][0]
        request = {"officer": seat["officer"], "visits": [seat["visit"]], "all": False}
        return {**FIXED, "amends": name, **request, **APPROVED, "reason": "回避"}
    return {**FIXED, "voids": name, **APPROVED, "witnesses": []}


def small_year(home: Path) -> Path:
    """A year's folder around the small round, with the round beside it."""
    shutil.copytree(ROOT / "params" / ROUND, home / ROUND)
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


def make(folder: Path, say: Callable[[str], None] = lambda text: None) -> None:
    """Write a folder for each kind of stage, such as ``1_freeze``, into ``folder``, each with
    ``in/``, ``out/``, ``notebook.ipynb``.
    """
    with (
        tempfile.TemporaryDirectory(prefix="ssj-reference-", ignore_cleanup_errors=True) as place,
        archive.opened(Path(place) / "outputs") as book,
    ):
        for kind, its in runner.KINDS.items():
            with runner.workplace(book, ROUND, kind) as work:
                stage = take_in(kind, book, work.folder / "in")
                runner.run_stage(work.folder, kind, work.kernel, stage, say)
                work.kernel.shutdown_kernel(now=True)
                target = folder / Path(its.notebook).stem
                shutil.rmtree(target, ignore_errors=True)
                for name in ("in", "out"):
                    shutil.copytree(work.folder / name, target / name)
                shutil.copyfile(work.folder / runner.NOTEBOOK, target / runner.NOTEBOOK)
                number = len(book.stages(stage["round_id"])) + 1
                book.commit(work.folder, stage["round_id"], 1, f"{number:02}-{kind}", stage["time"])


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "tests" / "reference", print)
