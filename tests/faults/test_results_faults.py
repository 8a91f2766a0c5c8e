"""A disk that is full, or a process that is killed, while results are archived: a whole stage or
none, and the round goes on afterwards.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from archived import numbered
from conftest import process

from ssj import cli
from ssj.audit import audit
from ssj.base import files
from ssj.casebook import archive, bags, making
from ssj.stages import registry

from .conftest import tree, whole_stages
from .test_interruptions import kernel_of, posix, started

STAGES = numbered("freeze", "draw", "results", inside="sample60/")


@pytest.fixture(scope="module")
def returned(done_sample60, tmp_path_factory) -> Path:
    """The small round drawn, with invented results that are not archived yet."""
    project = shutil.copytree(done_sample60, tmp_path_factory.mktemp("returned") / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        patch.setattr(registry.kinds()["results"], "fill", stop)
        with pytest.raises(Stopped):
            cli.main(["results", "sample60", "--sample"])
    return project


class Stopped(BaseException):
    """What a killed process is, as far as this can be had within one."""


def stop(*_, **__):
    raise Stopped


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


MOMENTS = {
    "staging": (registry.kinds()["results"], "fill"),
    "copying": (shutil, "copyfile"),
    "rendering": (making, "render_pages"),
    "sealing": (bags, "seal"),
    "registering": (archive, "_append"),
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_full_disk_leaves_no_stage(returned, tmp_path, capsys, monkeypatch, moment):
    project = shutil.copytree(returned, tmp_path / "project")
    before = tree(project)
    monkeypatch.chdir(project)
    with monkeypatch.context() as patch:
        patch.setattr(*MOMENTS[moment], full)
        assert cli.main(["results", "sample60"]) == 1
    said = capsys.readouterr().err
    assert "磁盘已满" in said and "没有留下未完成的阶段" in said and "Traceback" not in said
    assert whole_stages(project / "outputs") == STAGES[:-1] and tree(project) == before
    assert cli.main(["results", "sample60"]) == 0
    assert whole_stages(project / "outputs") == STAGES


@pytest.mark.slow
def test_working_copies_that_do_not_fit_come_later(returned, tmp_path, capsys, monkeypatch):
    project = shutil.copytree(returned, tmp_path / "project")
    monkeypatch.chdir(project)
    act = files.write_whole
    with monkeypatch.context() as patch:
        patch.setattr(
            files,
            "write_whole",
            lambda content, path: (
                act(content, path) if "结果回填表" not in path.name else refuse(path)
            ),
        )
        assert cli.main(["results", "sample60"]) == 1
    assert (
        "档案已经封存、登记，不受影响；但工作副本写不进文件夹“结果回填表（录入2）”（磁盘已满）"
        in capsys.readouterr().err
    )
    assert whole_stages(project / "outputs") == STAGES
    assert cli.main(["status"]) == 0
    forms = project / "outputs/sample60/files/结果回填表（录入2）"
    assert (forms / "结果回填表（录入2）.xlsx").exists(), list(forms.iterdir())
    assert audit.audit(project / "outputs" / "sample60", True, lambda text: None).exit_code == 0


def refuse(path: Path) -> None:
    raise files.unwritable(path.parent, OSError(errno.ENOSPC, ""))


@posix
@pytest.mark.slow
def test_a_killed_command_leaves_no_stage(returned, tmp_path):
    project = shutil.copytree(returned, tmp_path / "project")
    killed = started(project, "results", "sample60")
    kernel = kernel_of(killed)
    time.sleep(0.5)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait(30)
    kernel.kill()
    with archive.opened(project / "outputs") as book:  # what the next command does first
        assert ["这一阶段没有登记，现已清理" in text for text in book.recovered] == [True]
    assert whole_stages(project / "outputs") == STAGES[:-1]
    answer = process(project, "results", "sample60")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert whole_stages(project / "outputs") == STAGES


@posix
@pytest.mark.slow
def test_a_killed_kernel_leaves_no_stage(returned, tmp_path):
    project = shutil.copytree(returned, tmp_path / "project")
    process = started(project, "results", "sample60")
    kernel = kernel_of(process)
    while "运行过程记录" not in process.stdout.readline():
        pass
    kernel.kill()
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1 and "内核中途停止" in said
    assert whole_stages(project / "outputs") == STAGES[:-1]
