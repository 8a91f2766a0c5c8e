"""The stage that reconciles a drawn round with the provincial platform (省级平台), and its working
copies.

It may be repeated: a later one supersedes, the earlier one stays. Differences are recorded, not
refused.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ssj.base import files, params, words
from ssj.base.errors import InputError
from ssj.casebook import attempts, runner, taking
from ssj.casebook.archive import Archive
from ssj.casebook.runner import Say, Workplace, kind_of
from ssj.protocol import Record
from ssj.results import reconciliation
from ssj.site import copies
from ssj.tables import writing

WORKBOOK = "平台核对.xlsx"
TO_MEND = {
    **{key: reconciliation.MENDING[key] for key in ("result", "task", "id", "named", "row")},
    "detail": "说明",
    "mend": "怎么办",
}
WHOLE = {
    **reconciliation.ROWS,
    "listed_name": "平台上的名称",
    "officers": "现在的检查组",
    "listed_officers": "平台上的检查人员",
    "remark": "备注",
}


def platform(
    book: Archive, folder: Path, now: datetime, place: Workplace, say: Say
) -> dict[str, Any]:
    """Stage, run and commit a reconciliation with ``platform.xlsx`` of the round in ``folder``; its
    ledger entry.
    """
    # before anything is said of the list
    attempts.drawn_record(book, attempts.state_of(book.stages(folder.name)))
    say("核对资料")
    if errors := [p for p in reconciliation.read(folder).problems if p.severity == "error"]:
        raise InputError(errors)
    return runner.finish(
        book, place, "platform", stage_platform(book, folder, now, place.folder / "in"), say
    )


def stage_platform(book: Archive, folder: Path, now: datetime, target: Path) -> dict[str, Any]:
    """Fill a reconciliation's ``in/`` with the platform's list and the record that says who goes
    now; the content of its ``stage.json``.
    """
    state = attempts.state_of(book.stages(folder.name))
    name = taking.take_record(book, state.teams, target)
    return {
        **taking.stage_of(book, folder.name, state.attempt, now),
        "compares": name,
        "source": taking.take_list(folder, reconciliation.TABLE, target),
    }


def working_copies(book: Archive, round_id: str) -> list[Path]:
    """Make those working copies of the current attempt's reconciliations that are missing; their
    paths.

    The public page gives counts and the platform's task numbers only, so it needn't wait for the
    publication day.
    """
    folder, made, stages = book.outputs / round_id / "files", [], book.stages(round_id)
    attempt = attempts.state_of(stages).attempt
    for number, entry in enumerate(
        (e for e in stages if kind_of(e["stage"]) == "platform" and e["attempt"] == attempt), 1
    ):
        data, (internal, public) = book.folder(entry) / "data", copies.PAGE_NAMES["platform"]
        for name, source in (
            (f"{internal}.html", data / "auditor.html"),
            (f"{public}.html", data / "public.html"),
            (WORKBOOK, None),
        ):
            copy = folder / files.file_name(name, attempt, checked=number)
            if copy.exists():
                continue
            if source:
                files.copy_page(source, copy)
            else:
                writing.write_workbook(
                    copy, sheets(runner.read_record(data / "out" / runner.RECORDS["platform"]))
                )
            made.append(copy)
    return made


def sheets(record: Record) -> dict[str, pd.DataFrame]:
    """平台核对.xlsx: what to mend on the platform, every row, and the platform's task numbers."""

    def sheet(rows: list[Record], columns: dict[str, str]) -> pd.DataFrame:
        return pd.DataFrame(
            [{label: _plain(row[key]) for key, label in columns.items()} for row in rows],
            columns=list(columns.values()),
            dtype=object,
        )

    about = [
        ("内部使用", "含抽中的检查对象和检查人员，公布日之前不得带出本单位"),
        ("说明", "本表是供工作使用的副本，以留痕登记簿所载的档案包为准"),
        ("批次", record["round"]),
        ("第几次抽取", f"第 {record['attempt']} 次"),
        ("平台名单", record["source"]["file"]),
        ("核对时间", words.time(record["time"])),
        *reconciliation.facts(record).items(),
    ]
    rows = reconciliation.shown(record["rows"])
    return {
        "说明": pd.DataFrame(
            [*(("注意", text) for text in params.banners(record)), *about],
            columns=["项目", "内容"],
            dtype=object,
        ),
        "需更正": sheet([row for row in rows if row["mend"]], TO_MEND),
        "全部": sheet(rows, WHOLE),
        "平台任务编号": sheet(record["tasks"], reconciliation.TASK_COLUMNS),
    }


def _plain(value: Any) -> Any:
    return "\n".join(value) if isinstance(value, list) else value
