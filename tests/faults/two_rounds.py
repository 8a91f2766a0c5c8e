"""A year with two rounds, archived as a bureau would: a plan; a round that was voided and drawn
again, reconciled with the platform, amended, with signed papers and results; a second round that
knows the first one's visits; a review. Both rounds are real ones: frozen in time, with custodians
who attest what they received. What is tampered with, killed and put on odd drives.
"""

from __future__ import annotations

import csv
import secrets
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import openpyxl
import pandas as pd
from archived import replaceable
from conftest import new_year
from returned import export
from warm import run

from ssj import protocol
from ssj.base import workdays
from ssj.casebook import archive, attempts
from ssj.results import invented
from ssj.tables import writing

YEAR, FIRST, SECOND = "2021", "sample60", "next60"
CUSTODIANS = ("驻局纪检监察组（演示）", "演示县市场监督管理局")
# moment of each command
PLANNED, FROZEN, DRAWN = "2021-01-18T09:00", "2021-11-22T09:00", "2021-11-26T10:30"
VOIDED, FROZEN_AGAIN, DRAWN_AGAIN = "2021-11-26T15:00", "2021-11-29T09:00", "2021-12-03T10:30"
RECONCILED, AMENDED = "2021-12-06T09:00", "2021-12-07T09:00"
NEXT_FROZEN, NEXT_DRAWN = "2021-12-20T09:00", "2021-12-24T10:30"
SIGNED, ANSWERED, REVIEWED = "2021-12-27T09:00", "2022-01-14T09:00", "2022-03-01T09:00"
DICE = {DRAWN: "5452443366262235", DRAWN_AGAIN: "1635241635241635", NEXT_DRAWN: "2264135561423316"}
# what each round is told, in order: moment, command, its options
STEPS = (
    (PLANNED, "plan", YEAR),
    (FROZEN, "freeze", FIRST),
    (DRAWN, "draw", FIRST),
    (
        *(VOIDED, "void", FIRST, "--reason", "名录有误"),
        *("--approver", "演示局长", "--date", VOIDED[:10]),
    ),
    (FROZEN_AGAIN, "freeze", FIRST),
    (DRAWN_AGAIN, "draw", FIRST),
    (RECONCILED, "platform", FIRST),
    (AMENDED, "amend", FIRST),
    (NEXT_FROZEN, "freeze", SECOND),
    (NEXT_DRAWN, "draw", SECOND),
    (SIGNED, "papers", FIRST, "--scans", "scans"),
    (ANSWERED, "results", FIRST),
    (REVIEWED, "review", YEAR),
)


def inputs(folder: Path) -> Path:
    """The project's ``params``, and signed scans; no outputs yet."""
    place = new_year(folder)
    edit(
        place / "year.toml",
        ("demonstration = true", "demonstration = false"),
        (
            "[[authority]]",
            f'[[rounds]]\nid = "{SECOND}"\nstart = 2021-12-27\nend = 2021-12-31\n\n[[authority]]',
        ),
    )
    first, second = (folder / "params" / name for name in (FIRST, SECOND))
    edit(first / "round.toml", ("demonstration = true", "demonstration = false"))
    for home in (place, first):
        planned_twice(home / "plan.xlsx")
    shutil.copytree(first, second)
    edit(
        second / "round.toml",
        (f'id = "{FIRST}"', f'id = "{SECOND}"'),
        ("start = 2021-12-06, end = 2021-12-24", "start = 2021-12-27, end = 2021-12-31"),
        ("publication_day = 2021-12-06", "publication_day = 2021-12-27"),
    )
    announce(second, NEXT_DRAWN)
    (folder / "scans").mkdir()
    (folder / "scans" / f"{FIRST}(2)-001 检查表.pdf").write_bytes(b"sample")
    return folder


def edit(path: Path, *changes: tuple[str, str]) -> None:
    """Replace texts that must be there."""
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, (path, old)
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def planned_twice(path: Path) -> None:
    """The plan for both rounds, as text: a workbook would be another each time, and the draws."""
    sheet = openpyxl.load_workbook(path).active
    with path.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        for row in sheet.iter_rows(values_only=True):
            cells = [c.date().isoformat() if isinstance(c, datetime) else c for c in row]
            csv.writer(file).writerow([f"{FIRST}、{SECOND}" if c == FIRST else c for c in cells])
    path.unlink()


def announce(folder: Path, drawn: str) -> None:
    """The event of a round, on the day on which it is drawn."""
    text = (folder / "round.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition("[event]")
    lines = [
        f"time = {drawn[:10]}T10:00:00+08:00" if line.startswith("time =") else line
        for line in rest.splitlines()
    ]
    (folder / "round.toml").write_text(head + "[event]" + "\n".join(lines) + "\n", encoding="utf-8")


def throw(project: Path, name: str, drawn: str, attested: str) -> None:
    """The dice of a round, and what its custodians hold of the commitment."""
    entries = archive.reading(project / "outputs")
    freeze = attempts.state_of(entries.stages(name)).known("freeze")
    commitment = entries.record(freeze)["commitment"]
    text = DICE[drawn]
    day = drawn[:10]
    said = [f'"{custodian}"' for custodian in CUSTODIANS]
    (project / "params" / name / "entropy.toml").write_text(
        f'text = "{text}"\ntext_again = "{text}"\ntyped_by = ["演示己", "演示丁"]\n'
        f'time = {day}T10:06:00+08:00\nplace = "演示县住建局一楼大厅"\n'
        '[roles]\n"主持" = "演示甲"\n"操作" = "演示壬"\n"监督" = "演示丁"\n'
        + "".join(
            f"[[attestation]]\ncustodian = {custodian}\nreceived = {attested}:00+08:00\n"
            f'first16 = "{commitment[:16]}"\nonly = true\n'
            for custodian in said
        ),
        encoding="utf-8",
    )


def prepare(project: Path, step: tuple[str, ...]) -> tuple[str, ...]:
    """What must lie in the project before a step, and the step's command with all its options."""
    moment, command, name, *options = step
    attested = {DRAWN: FROZEN, DRAWN_AGAIN: FROZEN_AGAIN, NEXT_DRAWN: NEXT_FROZEN}
    if moment == FROZEN_AGAIN:
        announce(project / "params" / name, DRAWN_AGAIN)
    if command == "draw":
        throw(project, name, moment, attested[moment])
    if command == "platform":
        export(project, drawn(project, name))
    if command == "results":
        answer(project, name, date.fromisoformat(moment[:10]))
    if command == "amend":
        officer = replaceable(drawn(project, name), whole=True)[0]
        options = [
            *("--officer", officer, "--reason", "请假"),
            *("--approver", "演示局长", "--date", moment[:10]),
        ]
    return command, name, *options


def answers(project: Path, name: str, day: date) -> list[dict[str, Any]]:
    """The rows of the results of a round as they are known on a day."""
    is_workday = workdays.read_calendar(project / "params" / "calendar.toml")
    return invented.rows(drawn(project, name), day, is_workday)


def answer(project: Path, name: str, day: date) -> None:
    """The results of a round as they are known on a day."""
    table = pd.DataFrame(answers(project, name, day), dtype=object)
    writing.write_workbook(project / "params" / name / "results.xlsx", {"检查结果": table})


def drawn(project: Path, name: str) -> protocol.Record:
    """The record of a round's current draw."""
    book = archive.reading(project / "outputs")
    return attempts.drawn_record(book, attempts.state_of(book.stages(name)))


def salt_of(moment: str) -> str:
    """A freeze's salt."""
    return protocol.sha256(moment)


def tell(project: Path, words: tuple[str, ...], moment: str) -> int:
    """A command at a moment; its exit code. The salts are always the same."""
    with mock.patch.object(secrets, "token_hex", return_value=salt_of(moment)):
        return run(project, *words, when=f"{moment}:00+08:00")


def take(project: Path, step: tuple[str, ...]) -> int:
    """A step's command, at its moment, and all that comes before it; its exit code."""
    return tell(project, prepare(project, step), step[0])


def make(folder: Path) -> None:
    """The whole year."""
    inputs(folder)
    for step in STEPS:
        if code := take(folder, step):
            raise RuntimeError(f"{step[1:3]} ended with {code}")
