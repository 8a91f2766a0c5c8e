"""The file that a team's page (现场检查表, :mod:`ssj.papers.fieldpages`) exports: a form as
CSV, under two lines that say what it is of and the digest of all the rest.

What is in the rows is checked as in any form. Here: that the file is as it was exported, of this
round and attempt, and of a team that goes now to the visits in it. A copy in a stage's ``in/`` may
lack personal numbers, so its digest is not asked.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from ssj import protocol
from ssj.base.errors import Problem
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results.finding_checks import problem

MARK, DIGEST = "现场检查表", "校验码"
_FIELDS = 6  # of the first line


def problems(path: Path, record: Record) -> Iterator[Problem]:
    """Why a results file is an exported one that can't be taken; none if it is no such file."""
    if path.suffix.lower() != ".csv" or (path.parent / "stage.json").exists():
        return
    data, place = path.read_bytes(), {"file": path.name, "row": None}
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""  # saved again by Excel, if it is one
        if not data.startswith(MARK.encode("gbk")):
            return
    if text and not text.startswith(f"{MARK},"):
        return
    head, _, after = text.partition("\n")
    line, _, rest = after.partition("\n")
    first, second = (next(csv.reader([own.rstrip("\r")]), []) for own in (head, line))
    digest = protocol.sha256(f"{head}\n{rest}")
    if len(first) != _FIELDS or second != [DIGEST, digest]:
        yield problem("E52", place)
        return
    _, round_id, attempt, commitment, team, _ = first
    own = [record["round"], str(record["attempt"]), record["commitment"]]
    if [round_id, attempt, commitment] != own:
        yield problem("E53", place, round=round_id, attempt=attempt)
        return
    going = _teams(record)
    numbers = {row["检查编号"] for row in csv.DictReader(io.StringIO(rest)) if row.get("检查编号")}
    if others := sorted(number for number in numbers if going.get(number) != team):
        yield problem("E54", place, team=team, numbers="、".join(others[:10]))


def _teams(record: Record) -> dict[str, str]:
    """检查编号 → who goes now, as a page says it."""
    sent: dict[str, set[str]] = defaultdict(set)
    for seats in protocol.teams_now(record).values():
        for seat in seats:
            sent[seat["visit"]].add(seat["officer"])
    numbers = lists.visit_numbers(record)
    return {numbers[visit]: "、".join(sorted(people)) for visit, people in sent.items()}
