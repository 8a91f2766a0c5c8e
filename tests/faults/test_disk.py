"""A full or read-only disk: exit code 1, a message that says so, a whole stage or none, and the
round goes on once there is room. Disks of a few hundred kilobytes are mounted for this; where that
is not allowed, these tests are skipped.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from archived import DRAW, FREEZE, numbered, record_of
from conftest import new_project, process, ssj
from round.test_round import SLIPS

from ssj import cli
from ssj.audit import audit
from ssj.base import files
from ssj.casebook import archive, bags, making, program
from ssj.papers import confirmation
from ssj.stages import registry
from ssj.workbooks import resultforms

from .conftest import tree, whole_stages

FULL = "磁盘已满"
KEPT = len(program.packed(program.files())) // 1024 + 40  # kilobytes of the program and README


@pytest.fixture
def disk(tmp_path):
    """``disk(kilobytes)`` mounts an empty disk of that size at ``project/disk``; ``project`` has
    the small round.
    """
    project = new_project(tmp_path, "sample60")
    place = project / "disk"
    place.mkdir()

    def mount(*options: str) -> Path:
        try:
            done = subprocess.run(
                ["mount", *options, str(place)], capture_output=True, encoding="utf-8", check=False
            )
        except FileNotFoundError:
            pytest.skip("there is no mount command here")
        if done.returncode:
            pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
        return project

    mount.size = lambda kilobytes: mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "none")
    mount.readonly = lambda: mount("-o", "remount,ro")
    yield mount
    while sys.platform == "linux" and os.path.ismount(place):
        subprocess.run(["umount", str(place)], check=True)


def outputs_of(project: Path) -> Path:
    return project / "disk" / "outputs"


def fill(project: Path) -> None:
    """Not one more byte fits."""
    ballast = project / "disk" / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError as error:
                assert error.errno == errno.ENOSPC


def make_room(project: Path) -> None:
    (project / "disk" / "ballast").unlink(missing_ok=True)


# --- small disks ---

# kilobytes → (command, what is said besides 磁盘已满, stages there are afterwards)
SIZES = {
    "too small for anything": (8, "freeze", [], []),
    "full while staging": (120, "freeze", ["核对资料"], []),
    "full while the notebook writes": (180, "freeze", ["运行过程记录"], []),
    "full while rendering": (400, "freeze", ["生成网页"], []),
    "full while copying the program": (480, "freeze", ["生成网页"], []),
    "full in the second stage": (
        1000 + KEPT,
        "run",
        ["已核对名录", "1a_freeze.ipynb"],
        numbered("freeze", inside="sample60/")[:-1],
    ),
    "full at the working copies": (
        2400 + KEPT,
        "run",
        ["已核对名录", "已封库", "已抽取", "档案已经封存、登记，不受影响", "工作副本写不进"],
        numbered("freeze", "draw", inside="sample60/"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SIZES)
def test_a_small_disk(disk, name):
    size, command, said, stages = SIZES[name]
    project = disk.size(size)
    act = process if "notebook" in name else ssj
    answer = act(project, command, "sample60", "--outputs", "disk/outputs")
    text = answer.stdout + answer.stderr
    assert answer.returncode == 1, text
    assert FULL in answer.stderr
    assert [words for words in said if words not in text] == []
    assert "Traceback" not in text and "No space" not in text and "内部错误" not in text
    if outputs_of(project).exists():
        assert whole_stages(outputs_of(project)) == stages


# --- filled at a given moment ---

MOMENTS = {
    "copying the inputs": (None, "fill"),
    "executing": (making, "execute"),
    "rendering": (making, "render_pages"),
    "writing the pages": (shutil, "copyfile"),
    "bagging": (bags, "seal"),
    "flushing": (archive, "_flush_tree"),
    "appending to the ledger": (archive, "_append"),
}


@pytest.mark.parametrize(("module", "name"), MOMENTS.values(), ids=MOMENTS.keys())
@pytest.mark.parametrize("kind", ["freeze", "draw"])
def test_a_disk_that_fills_up(disk, capsys, monkeypatch, module, name, kind):
    module = module or type(registry.kinds()[kind])
    project = disk.size(4500 + KEPT)
    monkeypatch.chdir(project)
    earlier = "freeze" if kind == "draw" else "rosters"
    assert cli.main([earlier, "sample60", "--outputs", "disk/outputs"]) == 0
    before = tree(project / "disk")
    act = getattr(module, name)
    capsys.readouterr()
    with monkeypatch.context() as patch:
        patch.setattr(module, name, lambda *a, **k: fill(project) or act(*a, **k))
        code = cli.main([kind, "sample60", "--outputs", "disk/outputs"])
    said = capsys.readouterr()
    assert code == 1
    assert FULL in said.err
    assert "Traceback" not in said.err and "内部错误" not in said.err
    make_room(project)
    stages = numbered(*(["freeze", "draw"] if kind == "draw" else ["freeze"]), inside="sample60/")
    # another line fits where the first ones are
    if name in ("_flush_tree", "_append"):
        assert "档案已经封存、登记，不受影响" in said.err
        assert whole_stages(outputs_of(project)) == stages
    else:
        assert "没有留下未完成的阶段" in said.err
        assert whole_stages(outputs_of(project)) == stages[:-1]
        assert {k: v for k, v in tree(project / "disk").items() if v} == {
            k: v for k, v in before.items() if v
        }
    shutil.rmtree(outputs_of(project) / "sample60" / "files", ignore_errors=True)
    assert cli.main(["run", "sample60", "--outputs", "disk/outputs"]) == 0  # once there is room
    assert "注意：" not in capsys.readouterr().out
    report = audit.audit(outputs_of(project) / "sample60", True, lambda text: None)
    assert [(step.number, step.detail) for step in report.steps if step.holds is False] == []


def test_a_ledger_line_that_fits_in_part_leaves_no_trace(disk):
    """The last page of the ledger's file has room for the beginning of the line."""
    project = disk.size(64)
    ledger = project / "disk" / archive.LEDGER
    before = b"x" * 4000 + b"\n"
    ledger.write_bytes(before)
    fill(project)
    with pytest.raises(OSError) as error:
        archive._append(ledger, "y" * 300 + "\n")
    assert error.value.errno == errno.ENOSPC
    assert ledger.read_bytes() == before


def test_working_copies_that_do_not_fit_undo_nothing(disk, capsys, monkeypatch):
    project = disk.size(4500 + KEPT)
    monkeypatch.chdir(project)
    act = files.write_whole
    with monkeypatch.context() as patch:
        patch.setattr(files, "write_whole", lambda *a: fill(project) or act(*a))
        assert cli.main(["run", "sample60", "--outputs", "disk/outputs"]) == 1
    said = capsys.readouterr()
    assert "档案已经封存、登记，不受影响；但工作副本写不进文件夹“files”（磁盘已满）" in said.err
    assert "ssj status" in said.err
    stages = whole_stages(outputs_of(project))
    assert stages == numbered("freeze", "draw", inside="sample60/")
    assert not [p.name for p in (outputs_of(project) / "sample60" / "files").glob(".*")]
    make_room(project)
    assert cli.main(["status", "--outputs", "disk/outputs"]) == 0  # as the message says
    folder = outputs_of(project) / "sample60"
    assert sorted(p.name for p in (folder / "files").iterdir()) == sorted(
        [
            "名录核对过程记录（内部）.html",
            "封库公告.html",
            "封库公告.json",
            "封库过程记录（内部）.html",
            "抽取结果公告.html",
            "公开记录.json",
            "抽取过程记录（内部）.html",
            "核验.html",
            "检查码核验.html",
            "见证.html",
            confirmation.RESULT,
            confirmation.CONFIRMATION,
            "早期预警.xlsx",
            resultforms.FOLDER,
            *SLIPS,
        ]
    )
    assert (folder / "files" / "封库公告.html").read_bytes() == (
        folder / FREEZE / "data" / "public.html"
    ).read_bytes()


@pytest.mark.slow
def test_an_audit_on_a_full_disk_condemns_nothing(done_sample60, disk, monkeypatch):
    project = disk.size(16)
    monkeypatch.setattr("tempfile.tempdir", str(project / "disk"))
    report = audit.audit(done_sample60 / "outputs" / "sample60", False, lambda text: None)
    assert report.exit_code == 6
    assert {s.number: s.detail for s in report.steps if not s.holds} == {3: FULL, 9: FULL}


# --- read-only ---


@pytest.mark.parametrize("command", ["freeze", "draw", "run"])
@pytest.mark.parametrize("state", ["new", "finished"])
def test_a_read_only_disk(disk, done_sample60, capsys, monkeypatch, command, state):
    project = disk.size(4500 + KEPT)
    if state == "finished":
        shutil.copytree(done_sample60 / "outputs", outputs_of(project))
    disk.readonly()
    before = tree(project / "disk")
    monkeypatch.chdir(project)
    assert cli.main([command, "sample60", "--outputs", "disk/outputs"]) == 1
    said = capsys.readouterr()
    assert "不能写入" in said.err and "请检查文件夹的写入权限" in said.err
    assert "Traceback" not in said.err and "内部错误" not in said.err
    assert tree(project / "disk") == before


@pytest.mark.parametrize("trimmed", [0, 1, 40], ids=["whole", "no line end", "torn"])
@pytest.mark.parametrize("name", ["status", "trace", "audit"])
def test_reading_needs_no_writing(disk, done_sample60, capsys, monkeypatch, name, trimmed):
    project = disk.size(4500 + KEPT)
    shutil.copytree(done_sample60 / "outputs", outputs_of(project))
    ledger = outputs_of(project) / archive.LEDGER
    ledger.write_bytes(ledger.read_bytes()[: len(ledger.read_bytes()) - trimmed])
    record = record_of(done_sample60, DRAW)
    ids = {"trace": ["sample60", record["visits"][0]["id"]], "audit": []}.get(name, [])
    folder = ["--fast", "disk/outputs/sample60"] if name == "audit" else []
    disk.readonly()
    before = tree(project / "disk")
    monkeypatch.chdir(project)
    code = cli.main([name, *ids, *folder, *([] if folder else ["--outputs", "disk/outputs"])])
    said = capsys.readouterr()
    assert "不能写入" not in said.err and "内部错误" not in said.err
    assert code == (0 if name == "status" or trimmed < 2 else 5), said
    assert tree(project / "disk") == before
    if name == "status":
        assert ("照常读取" in said.out) == (trimmed == 1)
        assert ("没有写完，不作数" in said.out) == (trimmed == 40)


def test_an_archive_on_a_read_only_disk_can_be_audited(disk, done_sample60):
    project = disk.size(4500 + KEPT)
    shutil.copytree(done_sample60 / "outputs", outputs_of(project))
    disk.readonly()
    report = audit.audit(outputs_of(project) / "sample60", True, lambda text: None)
    assert [(step.number, step.detail) for step in report.steps if step.holds is False] == []


def test_a_disk_that_turns_read_only(tmp_path, capsys, monkeypatch):
    """A network drive that drops to read-only between two steps: nothing can be cleared now, the
    next start does it.
    """

    def readonly(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system", "disk")

    project = new_project(tmp_path, "sample60")
    monkeypatch.chdir(project)
    assert cli.main(["rosters", "sample60"]) == 0
    with monkeypatch.context() as patch:
        patch.setattr(making, "render_pages", readonly)
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        assert cli.main(["freeze", "sample60"]) == 1
    assert "不能写入 disk，没有留下未完成的阶段" in capsys.readouterr().err
    assert cli.main(["run", "sample60"]) == 0
    assert (
        "上次运行在“sample60-freeze”时中断，这一阶段没有登记，现已清理" in capsys.readouterr().out
    )
    assert whole_stages(project / "outputs") == numbered("freeze", "draw", inside="sample60/")
