"""Papers and reports on a disk that is full: nothing that was there is lost, nothing half-written
stays."""

from __future__ import annotations

import shutil

import pytest
from faults.conftest import tree
from faults.test_disk import disk, fill, make_room  # noqa: F401 (disk is a fixture)

from ssj import cli
from ssj.casebook import making
from ssj.papers import paper_names

ROUND = "sample60"


@pytest.fixture
def project(disk, done_sample60, monkeypatch):  # noqa: F811
    made = disk.size(16000)
    shutil.copytree(done_sample60 / "outputs", made / "disk" / "outputs")
    monkeypatch.chdir(made)
    return made


# command → folder that is named, and the copies that are there afterwards, by a pattern in files/
COPIES = {
    "papers": (paper_names.FOLDER, [f"{paper_names.FOLDER}/{ROUND}-001 *"]),
    "report": ("files", [f"{name}.docx" for name in paper_names.REPORTS if name != "复核单"]),
}


@pytest.mark.parametrize("before", [False, True], ids=["first time", "again"])
@pytest.mark.parametrize("command", COPIES)
def test_copies_that_do_not_fit(project, capsys, command, before):
    named, patterns = COPIES[command]
    files = project / "disk" / "outputs" / ROUND / "files"
    if before:
        assert cli.main([command, ROUND, "--outputs", "disk/outputs"]) == 0
    old = tree(project / "disk")
    fill(project)
    capsys.readouterr()
    assert cli.main([command, ROUND, "--outputs", "disk/outputs"]) == 1
    said = capsys.readouterr()
    assert f"工作副本写不进文件夹“{named}”（磁盘已满）" in said.err and "Traceback" not in said.err
    make_room(project)
    assert tree(project / "disk") == old
    assert not list(files.glob(".*"))
    assert cli.main([command, ROUND, "--outputs", "disk/outputs"]) == 0
    assert [pattern for pattern in patterns if not list(files.glob(pattern))] == []


def test_scans_whose_stage_does_not_fit(project, capsys, monkeypatch):
    folder = project / "扫描件"
    folder.mkdir()
    (folder / f"{ROUND}-001 检查表.pdf").write_text("x", encoding="utf-8")
    old = tree(project / "disk")
    act = making.run
    monkeypatch.setattr(making, "run", lambda *a, **k: fill(project) or act(*a, **k))
    assert cli.main(["papers", ROUND, "--scans", "扫描件", "--outputs", "disk/outputs"]) == 1
    said = capsys.readouterr()
    assert "磁盘已满" in said.err and "没有留下未完成的阶段" in said.err
    make_room(project)
    assert tree(project / "disk") == old
