"""A kind of stage is a module, a notebook and a test, and nothing else: an invented one, 工作日志,
which notes how many visits the draw made.
"""

from __future__ import annotations

import sys

import nbformat
import pytest
from archived import data_of, entered_stages, numbered
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ssj import cli, protocol, stages
from ssj.audit import audit, checks
from ssj.casebook import archive, program
from ssj.stages import registry

MODULE = '''
"""工作日志: an invented kind of stage."""

from ssj import protocol
from ssj.base import files
from ssj.casebook import attempts, taking
from ssj.casebook.kind import Kind


class Diary(Kind):
    name = "diary"
    title = "工作日志"
    notebook = {notebook!r}
    rests_on = ("draw", "amend")
    pages = ("工作日志（内部）", "工作日志")

    def fill(self, work, target):
        attempts.drawn_record(work.book, work.state)
        taking.take_record(work.book, work.state.teams, target)
        return taking.stage_of(work, work.state.attempt)

    def said(self, record, bag):
        return [f"已记日志：{{bag}}", f"入企检查 {{record['visits']}} 户次"]

    def copies(self, shelf):
        for entry in shelf.state.all(self.name):
            name = files.file_name(f"{{self.pages[0]}}.html", entry["attempt"])
            shelf.page(name, shelf.data(entry) / "auditor.html")

    def derive(self, stage):
        drawn = stage.repeated
        derived = {{"parameters": drawn["parameters"], "visits": len(drawn["visits"])}}
        yield protocol.difference(derived, stage.record)


KIND = Diary()
'''
CELLS = {
    "stage": """import json
from pathlib import Path

from ssj import protocol
from ssj.base import params
from ssj.casebook import show

stage = params.read_stage(Path("in/stage.json"), round_id, attempt)""",
    "visits": """drawn = params.read_given(Path("in"))
record = {"parameters": drawn["parameters"], "visits": len(drawn["visits"])}
show.facts({"入企检查（户次）": record["visits"]}, "数量")""",
    "write": """Path("out/diary.json").write_bytes(protocol.canonical(record))
show.complete("diary")""",
}


@pytest.fixture
def diary(tmp_path, monkeypatch):
    """The invented kind, where the others are found."""
    parameters = new_code_cell('round_id = ""\nattempt = 1', metadata={"tags": ["parameters"]})
    title = new_markdown_cell("# 工作日志", metadata={"tags": ["public"]})
    cells = [new_code_cell(source, id=name) for name, source in CELLS.items()]
    parameters.id, title.id = "parameters", "title"
    notebook = tmp_path / "2c_diary.ipynb"
    about = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    made = new_notebook(cells=[title, parameters, *cells], metadata=about)
    nbformat.write(made, notebook)
    (tmp_path / "diary.py").write_text(MODULE.format(notebook=str(notebook)), encoding="utf-8")
    monkeypatch.setattr(stages, "__path__", [*stages.__path__, str(tmp_path)])
    whole = program.files
    monkeypatch.setattr(
        program,
        "files",
        lambda root=None: whole(root) | {f"notebooks/{notebook}": notebook.read_bytes()},
    )
    registry.kinds.cache_clear()
    yield
    registry.kinds.cache_clear()
    sys.modules.pop("ssj.stages.diary", None)


def test_it_is_made_shown_audited_and_its_faults_are_found(
    diary, copy_sample60, monkeypatch, capsys
):
    monkeypatch.chdir(copy_sample60)
    assert cli.main(["diary", "sample60"]) == 0
    said = capsys.readouterr().out
    name = numbered("freeze", "draw", "diary")[-1]
    data = data_of(copy_sample60, name)
    visits = archive.read_record(data / "out" / "diary.json")["visits"]
    assert f"入企检查 {visits} 户次" in said and "工作日志（内部）.html" in said
    assert entered_stages(copy_sample60) == numbered("freeze", "draw", "diary")
    report = audit.audit(copy_sample60 / "outputs" / "sample60", False, lambda _: None)
    assert report.exit_code == 0 and name in report.stages, report.steps


def test_it_may_not_come_before_what_it_rests_on(diary, copy_sample60, monkeypatch, capsys):
    monkeypatch.chdir(copy_sample60)
    for name in ("void", "diary"):
        assert registry.kinds()[name].may_come([]) is False
    (copy_sample60 / "outputs").rename(copy_sample60 / "elsewhere")
    assert cli.main(["diary", "sample60"]) == 4
    assert "本批次还没有抽取" in capsys.readouterr().err
    assert not archive.read_entries(copy_sample60 / "outputs")


def test_what_does_not_follow_fails_step_3(diary, copy_sample60, monkeypatch):
    monkeypatch.chdir(copy_sample60)
    assert cli.main(["diary", "sample60"]) == 0
    data = data_of(copy_sample60, numbered("freeze", "draw", "diary")[-1])
    record = archive.read_record(data / "out" / "diary.json")
    (data / "out" / "diary.json").write_bytes(protocol.canonical({**record, "visits": 0}))
    kind, ledger = registry.kinds()["diary"], archive.reading(copy_sample60 / "outputs")
    stage = audit.Archived(data, kind, ledger)
    assert list(checks.derived(stage)) == [f"visits：应为 {record['visits']}，记录为 0"]
