"""Reports on a disk that is full: those that were there stay as they were, nothing half-written is
left.
"""

from __future__ import annotations

import pytest
from faults.conftest import tree
from faults.test_disk import disk, fill, make_room  # noqa: F401 (disk is a fixture)
from faults.test_papers_disk import project  # noqa: F401 (a fixture)

from ssj import cli
from ssj.papers import reporting

ROUND = "sample60"


@pytest.mark.parametrize("before", [False, True], ids=["first time", "again"])
def test_reports_that_do_not_fit(project, capsys, before):  # noqa: F811
    if before:
        assert cli.main(["report", ROUND, "--outputs", "disk/outputs"]) == 0
    old = tree(project / "disk")
    fill(project)
    capsys.readouterr()
    assert cli.main(["report", ROUND, "--outputs", "disk/outputs"]) == 1
    said = capsys.readouterr()
    assert "工作副本写不进文件夹“files”（磁盘已满）" in said.err and "Traceback" not in said.err
    make_room(project)
    assert tree(project / "disk") == old
    folder = project / "disk" / "outputs" / ROUND / "files"
    assert not list(folder.glob(".*"))
    assert cli.main(["report", ROUND, "--outputs", "disk/outputs"]) == 0
    assert [name for name in reporting.PAPERS if not (folder / f"{name}.docx").exists()] == [
        "复核单"
    ]
