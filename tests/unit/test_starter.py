"""A new round's folder, and a rehearsal that enters nothing."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import datetime

import pytest
from conftest import ROOT, new_project

from ssj.base import approvals, params
from ssj.base.errors import InputError, RefusedError, SsjError
from ssj.casebook import archive, inspection, runner
from ssj.tables import rawtables, schema
from ssj.upkeep import starter
from ssj.year import indicators, planning

NOW = datetime.fromisoformat("2021-11-22T09:00:00+08:00")


def names(folder) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_new_round_has_tables_with_headers_only(tmp_path):
    folder = starter.new_round(tmp_path / "params", "2026Q1", None)
    assert names(folder) == [
        "entropy.example.toml",
        "items.xlsx",
        "officers.xlsx",
        "plan.xlsx",
        "round.toml",
        "targets.xlsx",
    ]
    for stem in schema.TITLES:
        table = rawtables.read(folder / f"{stem}.xlsx", schema.headers(stem))
        assert (list(table.frame.columns), len(table.frame), table.problems) == (
            list(schema.headers(stem)),
            0,
            [],
        )
    assert names(tmp_path / "params") == ["2026Q1"], "nothing half-made is left"


def test_new_parameters_say_what_is_left_to_fill_in(tmp_path):
    folder = starter.new_round(tmp_path, "2026Q1", None)
    given = tomllib.loads((folder / "round.toml").read_text(encoding="utf-8"))
    assert given["round"]["id"] == "2026Q1" and given["round"]["demonstration"] is False
    with pytest.raises(InputError) as caught:
        params.read_round(folder / "round.toml")
    assert [p.column for p in caught.value.problems] == [
        "round.title",
        "round.bureau",
        "round.window.start",
        "round.window.end",
        "round.publication_day",
        *(f"authority.{n}.approvers.0" for n in range(4)),
        *(f"approval.{n}.{key}" for n in range(2) for key in ("approver", "date")),
        "event.time",
        "event.place",
        "event.custodians.0",
        "event.custodians.1",
    ]
    assert {p.message for p in caught.value.problems} == {
        "还没有填写",
        "应为日期",
        "应为带时区的时间",
    }
    assert {p.severity for p in inspection.inspect(folder, NOW).problems} == {"error"}


def test_filled_in_parameters_are_complete(tmp_path):
    """Nothing but the 请填写 has to be replaced."""
    folder = starter.new_round(tmp_path, "2026Q1", None)
    text = (folder / "round.toml").read_text(encoding="utf-8")
    for name, value in (
        ("date", "2026-02-09"),
        ("time", "2026-02-24T10:00:00+08:00"),
        ("publication_day", "2026-03-02"),
        ("start", "2026-03-02"),
        ("end", "2026-03-31"),
    ):
        text = text.replace(f'{name} = "请填写"', f"{name} = {value}")
    (folder / "round.toml").write_text(
        re.sub("请填写[：]?", "样例", text.replace("# 文本", "#")), encoding="utf-8"
    )
    read = params.read_round(folder / "round.toml")
    assert (read.round.id, read.event.notice_days, list(read.classes)) == (
        "2026Q1",
        3,
        ["A", "B", "C", "D"],
    )
    assert {p.code for p in approvals.approval_problems(read)} == {"R22"}, (
        "all matters are there; the test filled in different names"
    )
    text = (
        (folder / "entropy.example.toml")
        .read_text(encoding="utf-8")
        .replace('time = "请填写"', "time = 2026-02-24T10:06:00+08:00")
    )
    (folder / "entropy.toml").write_text(text.replace("请填写", "样例"), encoding="utf-8")
    assert list(params.read_entropy(folder / "entropy.toml").roles) == [
        "主持",
        "操作",
        "记录",
        "监督",
        "见证",
    ]


def test_new_round_from_another(tmp_path):
    home = new_project(tmp_path, "sample60") / "params"
    folder = starter.new_round(home, "2026Q1", "sample60")
    for stem in schema.TITLES:
        assert (folder / f"{stem}.xlsx").read_bytes() == (
            home / "sample60" / f"{stem}.xlsx"
        ).read_bytes()
    assert "请填写" in (folder / "round.toml").read_text(encoding="utf-8"), (
        "parameters are not taken over"
    )
    assert not (folder / "entropy.toml").exists(), "nor is the other round's event"


def test_new_year(tmp_path):
    """A year's folder has its plan and year.toml, where only 请填写 has to be replaced."""
    home = new_project(tmp_path, "sample60") / "params"
    folder = starter.new_round(home, "2026", "sample60")
    assert names(folder) == ["indicators.xlsx", "plan.xlsx", "year.toml"]
    assert indicators.read(folder, 2026, NOW.date()).problems == []
    assert (folder / "plan.xlsx").read_bytes() == (home / "sample60" / "plan.xlsx").read_bytes()
    with pytest.raises(InputError) as caught:
        planning.read(folder / "year.toml")
    assert [p.column for p in caught.value.problems] == [
        "title",
        "bureau",
        "rosters",
        "rounds.0.start",
        "rounds.0.end",
        "rounds.1.start",
        "rounds.1.end",
        "authority.0.approvers.0",
        "approval.0.approver",
        "approval.0.date",
    ]
    text = (
        (folder / "year.toml").read_text(encoding="utf-8").replace('"请填写：批次号"', '"sample60"')
    )
    for name, value in (("start", "2026-03-02"), ("end", "2026-03-31"), ("date", "2026-01-15")):
        text = text.replace(f'{name} = "请填写"', f"{name} = {value}")
    (folder / "year.toml").write_text(re.sub("请填写：?", "样例", text), encoding="utf-8")
    read = planning.read(folder / "year.toml")
    assert (read.year, read.ids(), read.demonstration) == (2026, ["2026Q1", "2026Q2"], False)
    other = starter.new_round(home, "2027", None)
    assert list(rawtables.read(other / "plan.xlsx", schema.headers("plan")).frame.columns) == list(
        schema.headers("plan")
    )


# name → (round id, source, error class, message)
REFUSED = {
    "Chinese id": (
        "第一季度",
        None,
        SsjError,
        "批次号“第一季度”不合要求\n只能用英文字母、数字和“-”，如 2026Q1。",
    ),
    "path as id": (
        "../x",
        None,
        SsjError,
        "批次号“../x”不合要求\n只能用英文字母、数字和“-”，如 2026Q1。",
    ),
    "folder exists": (
        "sample60",
        None,
        RefusedError,
        "已经存在\n请换一个批次号，或直接修改其中的文件。",
    ),
    "no such source of a plan": ("2026", "2025Q4", SsjError, "请核对年份或批次号。"),
    "no such source": ("2026Q1", "2025Q4", SsjError, "找不到批次 2025Q4\n请核对；现有：sample60"),
}


@pytest.mark.parametrize(
    ("round_id", "source", "error", "message"), REFUSED.values(), ids=list(REFUSED)
)
def test_refused(round_id, source, error, message, tmp_path):
    home = new_project(tmp_path, "sample60") / "params"
    with pytest.raises(error) as caught:
        starter.new_round(home, round_id, source)
    assert type(caught.value) is error and str(caught.value).endswith(message)
    assert names(home) == ["sample60"] and names(tmp_path) == ["params"]


def test_source_with_a_table_missing_leaves_nothing(tmp_path):
    home = new_project(tmp_path, "sample60") / "params"
    (home / "sample60" / "plan.xlsx").unlink()
    with pytest.raises(InputError, match="文件夹“sample60”里没有表格 plan"):
        starter.new_round(home, "2026Q1", "sample60")
    assert names(home) == ["sample60"]


# --- rehearsal ---


def test_rehearsal_is_prepared_beside_outputs(tmp_path):
    project = new_project(tmp_path, "sample60")
    with archive.opened(project / "outputs") as book:
        for _ in range(2):  # a second one replaces the first
            place = starter.rehearsal(book, project / "params" / "sample60", NOW)
            assert place == project / "rehearsal" / "sample60" / "rosters"
            assert names(place) == ["in", "notebook.ipynb", "out"] and names(place / "out") == []
            (place / "out" / "rosters.json").touch()
    assert names(project / "outputs") == [".lock"], "no stage, no bag, no line"
    assert names(place / "in") == [
        "history.json",
        "items.xlsx",
        "officers.xlsx",
        "plan.xlsx",
        "round.toml",
        "stage.json",
        "targets.xlsx",
    ]
    stage = json.loads((place / "in" / "stage.json").read_text(encoding="utf-8"))
    assert (stage["rehearsal"], stage["round_id"], stage["attempt"], stage["time"]) == (
        True,
        "sample60",
        1,
        "2021-11-22T09:00:00+08:00",
    )
    notebook = runner.read_notebook(place / "notebook.ipynb")
    source = runner.read_notebook(ROOT / "notebooks" / "1_rosters.ipynb")
    assert [c.id for c in notebook.cells if c.id != "injected-parameters"] == [
        c.id for c in source.cells
    ]
    injected = next(c for c in notebook.cells if c.id == "injected-parameters")
    assert 'round_id = "sample60"\nattempt = 1' in injected.source
