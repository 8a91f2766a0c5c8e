"""A round whose parameters come as a workbook: archived as it was read and as TOML, drawn and
audited like any other.
"""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from archived import FREEZE, ROSTERS
from conftest import new_project, ssj

from ssj.base import params
from ssj.casebook import archive
from ssj.tables import fields, paramfiles
from ssj.workbooks import paramforms

ROUND = "sample60"


def as_workbook(folder: Path) -> Path:
    """The parameters of a folder as a workbook instead of TOML."""
    values = params.read_round(folder / "round.toml").model_dump(by_alias=True)
    (folder / "round.xlsx").write_bytes(paramforms.form(fields.ROUND, folder.name, values))
    (folder / "round.toml").unlink()
    return folder


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    project = new_project(tmp_path_factory.mktemp("workbook"), ROUND)
    as_workbook(project / "params" / ROUND)
    answer = ssj(project, "run", ROUND)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return project


def told(answer) -> str:
    return answer.stdout + answer.stderr


def data(project: Path, stage: str) -> Path:
    return project / "outputs" / ROUND / stage / "data"


def test_the_archive_holds_what_was_read_and_the_canonical_parameters(drawn):
    given = drawn / "params" / ROUND / "round.xlsx"
    rosters = data(drawn, ROSTERS)
    assert (rosters / "in" / "round.xlsx").read_bytes() == given.read_bytes()
    assert not (rosters / "in" / "round.toml").exists()
    stage = json.loads((rosters / "in" / "stage.json").read_text(encoding="utf-8"))
    assert "round.xlsx" in {taken["file"] for taken in stage["inputs"]}
    canonical = (rosters / "out" / "round.toml").read_bytes()
    assert canonical == paramfiles.canonical(fields.ROUND, given.parent)
    assert (data(drawn, FREEZE) / "out" / "round.toml").read_bytes() == canonical
    assert params.read_round(rosters / "out" / "round.toml") == paramfiles.read_round(given.parent)


def test_the_audit_reads_the_workbook_again(drawn):
    answer = ssj(drawn, "audit", f"outputs/{ROUND}", "--fast")
    assert answer.returncode in (0, 6), answer.stdout
    assert "V3" in answer.stdout and "不符" not in answer.stdout


def test_canonical_parameters_that_are_not_the_workbook_s_are_caught(drawn):
    from ssj.casebook.archive import Archive
    from ssj.casebook.kind import Archived
    from ssj.stages import rosters

    book = Archive(drawn / "outputs", archive.read_entries(drawn / "outputs"))
    place = data(drawn, ROSTERS)
    kept = place / "out" / "round.toml"
    sound = kept.read_bytes()
    try:
        kept.write_bytes(sound.replace(b"slack = 1", b"slack = 2"))
        found = list(filter(None, rosters.KIND.derive(Archived(place, rosters.KIND, book))))
    finally:
        kept.write_bytes(sound)
    assert "out/round.toml 与 in/ 中的批次参数不同" in found


def test_a_change_of_the_workbook_asks_for_the_rosters_again(tmp_path):
    project = new_project(tmp_path, ROUND)
    folder = as_workbook(project / "params" / ROUND)
    book = openpyxl.load_workbook(folder / "round.xlsx")
    book["分类"]["C4"].value = "两倍"
    book["审批"]["B3"].value = "样例路人"
    book["保管人"]["A4"].value = None
    book.save(folder / "round.xlsx")
    answer = ssj(project, "check", ROUND, "--all")
    assert answer.returncode == 3
    assert "round.xlsx 工作表“分类” 第 4 行 “风险权数”列：应为整数，现为“两倍”。" in told(answer)
    book["分类"]["C4"].value = 2
    book.save(folder / "round.xlsx")
    answer = ssj(project, "check", ROUND, "--all")
    assert answer.returncode == 3
    assert "round.xlsx 工作表“审批” 第 3 行 “审批人”列：“样例路人”无权批准“抽查方案”" in told(
        answer
    )
    assert not (project / "outputs" / "ledger.jsonl").exists()
