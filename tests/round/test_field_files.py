"""The file that a team's page exports, through ``ssj results`` of a real archive, and its audit."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest
from archived import DRAW, numbered, record_of, report_of
from round.test_results import ROUND, answered, rows_of
from warm import run

from ssj import protocol
from ssj.draw import lists
from ssj.results import fieldfiles
from ssj.tables import schema

pytestmark = pytest.mark.slow


def exported(record: protocol.Record, visit: str, remark: str = "") -> bytes:
    """What the page of a visit's team exports once that visit is filled in."""
    seats = [t for team in protocol.teams_now(record).values() for t in team]
    team = "、".join(sorted({t["officer"] for t in seats if t["visit"] == visit}))
    number = lists.visit_numbers(record)[visit]
    rows = [answered(r, 审核人="", 备注=remark) for r in rows_of(record) if r["检查编号"] == number]
    first = [fieldfiles.MARK, record["round"], str(record["attempt"]), record["commitment"], team]
    head = ",".join([*first, "2021-12-09T10:00:00+08:00"]) + "\r\n"
    table = io.StringIO()
    writer = csv.DictWriter(
        table, [c.header for c in schema.LATER["results"]], extrasaction="ignore"
    )
    writer.writeheader()
    writer.writerows(rows)
    digest = protocol.sha256(head + table.getvalue())
    return f"\ufeff{head}{fieldfiles.DIGEST},{digest}\r\n{table.getvalue()}".encode()


def test_files_of_the_field_are_archived_and_audited(done_sample60, tmp_path, capsys):
    project = shutil.copytree(done_sample60, tmp_path / "project")
    record, folder = record_of(project, DRAW), project / "params" / ROUND / "results"
    one, two = (v["id"] for v in record["visits"][:2])
    folder.mkdir()
    (folder / "甲组.csv").write_bytes(exported(record, one, "样例说明"))
    (folder / "乙组.csv").write_bytes(exported(record, two)[:-4])
    assert run(project, "results", ROUND) != 0
    assert "导出以后改动过" in capsys.readouterr().err
    (folder / "乙组.csv").write_bytes(exported(record, two))
    assert run(project, "results", ROUND) == 0
    last = numbered("freeze", "draw", "results")[-1]
    results = record_of(project, last)
    assert {row["visit"] for row in results["rows"]} == {one, two}
    kept = sorted((Path(project) / "outputs" / ROUND / last / "data" / "in").glob("results-*"))
    given = sorted(path.read_bytes() for path in folder.iterdir())
    assert sorted(path.read_bytes() for path in kept) == given
    report = report_of(project, fast=False)
    assert (report.exit_code, [s for s in report.steps if not s.holds]) == (0, [])
