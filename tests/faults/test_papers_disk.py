"""Papers on a disk that is full: nothing that was there is lost, nothing half-written stays."""

from __future__ import annotations

import shutil

import pytest
from faults.conftest import tree
from faults.test_disk import disk, fill, make_room  # noqa: F401 (disk is a fixture)

from ssj import cli
from ssj.casebook import making, runner
from ssj.papers import paperfiles

ROUND = "sample60"


@pytest.fixture
def project(disk, done_sample60, monkeypatch):  # noqa: F811
    made = disk.size(8000)
    shutil.copytree(done_sample60 / "outputs", made / "disk" / "outputs")
    monkeypatch.chdir(made)
    return made


def folder_of(project):
    return project / "disk" / "outputs" / ROUND / "files" / paperfiles.FOLDER


@pytest.mark.parametrize("before", [False, True], ids=["first time", "again"])
def test_papers_that_do_not_fit(project, capsys, before):
    if before:
        assert cli.main(["papers", ROUND, "--outputs", "disk/outputs"]) == 0
    old = tree(project / "disk")
    fill(project)
    capsys.readouterr()
    assert cli.main(["papers", ROUND, "--outputs", "disk/outputs"]) == 1
    said = capsys.readouterr()
    assert "工作副本写不进文件夹“检查文书”（磁盘已满）" in said.err and "Traceback" not in said.err
    make_room(project)
    assert tree(project / "disk") == old
    assert not list(folder_of(project).parent.glob(".*"))
    assert cli.main(["papers", ROUND, "--outputs", "disk/outputs"]) == 0
    assert list(folder_of(project).glob(f"{ROUND}-001 *"))


def test_scans_whose_stage_does_not_fit(project, capsys, monkeypatch):
    folder = project / "扫描件"
    folder.mkdir()
    (folder / f"{ROUND}-001 检查表.pdf").write_text("x", encoding="utf-8")
    old = tree(project / "disk")
    act = making.run
    monkeypatch.setattr(runner, "run_stage", lambda *a, **k: fill(project) or act(*a, **k))
    assert cli.main(["papers", ROUND, "--scans", "扫描件", "--outputs", "disk/outputs"]) == 1
    said = capsys.readouterr()
    assert "磁盘已满" in said.err and "没有留下未完成的阶段" in said.err
    make_room(project)
    assert tree(project / "disk") == old
