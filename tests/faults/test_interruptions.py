"""Interrupted anywhere, by anything: a whole stage or none, and the next start says what it is."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import warm
from archived import FREEZE, numbered
from conftest import ROOT, new_project, process, ssj

from ssj import cli, protocol
from ssj.audit import audit
from ssj.casebook import archive
from ssj.stages import draw

from .conftest import only_frozen, stages_of, tree, whole_stages

posix = pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")
KILLS, SEED = 50, 20211126
FORKS = multiprocessing.get_context("forkserver")  # its server has threads of no library yet
FORKS.set_forkserver_preload(["warm", "ssj.desk.stages"])


def status(project: Path, capsys, monkeypatch) -> str:
    """What the next start says."""
    monkeypatch.chdir(project)
    assert cli.main(["status"]) == 0
    return capsys.readouterr().out


def left_behind(outputs: Path) -> tuple[bool, bool, list[str]]:
    """Of an interrupted run: whether work was going on, whether the ledger's last line is torn,
    bags without a line.
    """
    ledger = outputs / archive.LEDGER
    data = ledger.read_bytes() if ledger.exists() else b""
    entries = protocol.read_ledger(data[: data.rfind(b"\n") + 1].decode("utf-8"))
    known = {f"{e['round']}/{e['stage']}": e["bag"] for e in entries}
    in_place = stages_of(outputs) if outputs.exists() else []
    for name in in_place:
        assert archive.bag_problems(outputs / name, known.get(name)) == ([], []), name
    assert set(known) <= set(in_place)
    return (
        (outputs / ".work").exists(),
        not data.endswith(b"\n") and data != b"",
        sorted(set(in_place) - set(known)),
    )


def look(project: Path, capsys, monkeypatch) -> list[str]:
    """After an interruption: a whole stage or none; the next start says which and clears the rest;
    stages in the ledger.
    """
    working, torn, unregistered = left_behind(project / "outputs")
    assert len(unregistered) <= 1
    said = status(project, capsys, monkeypatch)
    assert ("中断，没有留下任何阶段，现已清理" in said) == working
    assert ("最后一行写到一半" in said) == torn
    assert [f"{name} 没有登记，不作数" in said for name in unregistered] == [True] * len(
        unregistered
    )
    assert "注意：" not in status(project, capsys, monkeypatch)
    return whole_stages(project / "outputs")


# --- stopped at every operation on files (no kernel) ---


def forked(act) -> int:
    """Exit code of ``act()`` in a child process that may end at any moment."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        signal.alarm(120)  # a child that locks up after the fork is killed, and the test fails
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os._exit(act())
        except BaseException:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_until(project: Path, last: int, count: Path | None = None) -> int:
    """Draw, but stop dead before the ``last``-th change of a file or folder in ``outputs``; into
    ``count`` which one writes the ledger's line, and their number.
    """
    done, line, own = 0, 0, os.getpid()
    changes = ("os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.truncate", "open")

    def hook(event, arguments):
        nonlocal done, line
        if event not in changes or os.getpid() != own:
            return
        if event == "open" and not (
            isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        ):
            return
        if "outputs" in str(arguments[0]) or (
            event == "os.rename" and "outputs" in str(arguments[1])
        ):
            done += 1
            line = done if str(arguments[0]).endswith("ledger.jsonl") else line
            if done == last:
                os._exit(77)

    os.chdir(project)
    sys.addaudithook(hook)
    code = cli.main(["draw", "sample60"])
    if count:
        count.write_text(f"{line} {done}")
    return code


@posix
@pytest.mark.slow
def test_stopped_before_any_change_of_a_file(
    replay, copy_sample60, done_sample60, tmp_path, capsys, monkeypatch
):
    """A draw, stopped dead before the first, second, third … change it makes in ``outputs``."""
    only_frozen(copy_sample60)
    finished, frozen = tree(done_sample60 / "outputs" / "sample60"), tmp_path / "frozen"
    copy_sample60.rename(frozen)
    counting, trial = tmp_path / "counting", tmp_path / "trial"
    shutil.copytree(frozen, counting)
    assert forked(lambda: run_until(counting, 0, tmp_path / "count")) == 0
    line, changes = map(int, (tmp_path / "count").read_text().split())
    # flushing, renaming, the ledger, working copies: each one
    sealing = range(line - 15, line + 16)
    others = random.Random(SEED).sample([n for n in range(1, changes + 1) if n not in sealing], 16)
    seen = set()
    for last in sorted([*others, *sealing]):
        shutil.copytree(frozen, trial)
        assert forked(lambda last=last: run_until(trial, last)) == 77
        left = left_behind(trial / "outputs")
        stages = look(trial, capsys, monkeypatch)
        seen.add((left[0], len(left[2]), len(stages)))
        if last % 10 == 0:  # and the round goes on
            assert cli.main(["run", "sample60"]) == 0
            assert {
                k: v
                for k, v in tree(trial / "outputs" / "sample60").items()
                if not k.startswith("files/")
            } == {k: v for k, v in finished.items() if not k.startswith("files/")}
        shutil.rmtree(trial)
    assert seen == {(True, 0, 2), (False, 0, 2), (True, 1, 2), (True, 0, 3), (False, 0, 3)}, seen


class Stopped(BaseException):
    """What a killed process is, as far as this can be had within one."""


def stop(*_, **__):
    raise Stopped


def freeze_and(monkeypatch, project: Path, module, name: str, act) -> None:
    """Freeze with ``module.name`` replaced by ``act`` and come to a halt there; the rosters are
    archived before.
    """
    monkeypatch.chdir(project)
    if not (project / "outputs").exists():
        assert cli.main(["rosters", "sample60"]) == 0
    with monkeypatch.context() as patch:
        patch.setattr(module, name, act)
        with pytest.raises(Stopped):
            cli.main(["freeze", "sample60"])


@pytest.fixture
def project(tmp_path) -> Path:
    return new_project(tmp_path, "sample60")


def test_stopped_between_renaming_and_the_ledger_line(project, capsys, monkeypatch):
    freeze_and(monkeypatch, project, archive, "_append", stop)
    assert stages_of(project / "outputs") == numbered("freeze", inside="sample60/")
    said = status(project, capsys, monkeypatch)
    assert (
        f"注意：sample60/{FREEZE} 没有登记，不作数，已移到 outputs/.aside/sample60-{FREEZE}-1。"
        in said
    )
    assert "第 1 次抽取；名录核对 " in said and "封库 " not in said
    assert (
        project / "outputs" / ".aside" / f"sample60-{FREEZE}-1" / "data" / "out" / "freeze.json"
    ).exists()
    assert whole_stages(project / "outputs") == numbered("freeze", inside="sample60/")[:-1]
    # and again: nothing set aside is overwritten
    freeze_and(monkeypatch, project, archive, "_append", stop)
    assert f"sample60-{FREEZE}-2" in status(project, capsys, monkeypatch)
    assert cli.main(["run", "sample60"]) == 0
    assert whole_stages(project / "outputs") == numbered("freeze", "draw", inside="sample60/")


@pytest.mark.parametrize("part", [1, 200, -1])
def test_stopped_within_the_ledger_line(project, capsys, monkeypatch, part):
    before = []

    def half(ledger: Path, line: str) -> None:
        before.append(ledger.read_bytes())
        ledger.write_bytes(before[0] + line.encode("utf-8")[:part])
        raise Stopped

    freeze_and(monkeypatch, project, archive, "_append", half)
    said = status(project, capsys, monkeypatch)
    assert "注意：留痕登记簿最后一行写到一半，已截去，原文移到 outputs/.aside。" in said
    assert f"sample60/{FREEZE} 没有登记" in said
    assert (project / "outputs" / archive.LEDGER).read_bytes() == before[0] != b""
    assert len((project / "outputs" / ".aside" / "ledger-line-1").read_bytes()) in (
        1,
        200,
        317,
        318,
        319,
        320,
    )
    assert cli.main(["run", "sample60"]) == 0
    assert whole_stages(project / "outputs") == numbered("freeze", "draw", inside="sample60/")


def test_a_torn_last_line_leaves_the_others(replay, copy_sample60, capsys, monkeypatch):
    ledger = copy_sample60 / "outputs" / archive.LEDGER
    whole = ledger.read_bytes()
    others = b"".join(whole.splitlines(keepends=True)[:-1])
    ledger.write_bytes(whole[: len(others) + 100])
    assert "最后一行写到一半" in status(copy_sample60, capsys, monkeypatch)
    assert ledger.read_bytes() == others
    assert whole_stages(copy_sample60 / "outputs") == numbered("freeze", inside="sample60/")
    assert cli.main(["run", "sample60"]) == 0
    assert ledger.read_bytes() == whole


@pytest.mark.parametrize(
    "where", ["before renaming", "after renaming", "in the ledger", "after the ledger"]
)
def test_a_fault_while_committing_leaves_a_whole_stage_or_none(project, capsys, monkeypatch, where):
    """The disk reports an error instead: the command ends in order by itself."""
    fsync, rename = os.fsync, os.rename
    renamed = []

    def failing_fsync(handle):
        name = os.readlink(f"/proc/self/fd/{handle}") if Path("/proc/self/fd").exists() else ""
        at = {
            "before renaming": not renamed,
            "after renaming": bool(renamed) and not name.endswith(archive.LEDGER),
            "in the ledger": name.endswith(archive.LEDGER),
            "after the ledger": bool(renamed) and name.endswith("/outputs"),
        }
        if at[where]:
            raise OSError(5, "Input/output error", name)
        fsync(handle)

    def noting_rename(*names):
        rename(*names)
        renamed.extend(name for name in names if str(name).endswith(FREEZE))

    monkeypatch.chdir(project)
    assert cli.main(["rosters", "sample60"]) == 0
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing_fsync)
        patch.setattr(os, "rename", noting_rename)
        code = cli.main(["freeze", "sample60"])
    said = capsys.readouterr()
    stages = whole_stages(project / "outputs")  # no stage without a line, no line without a stage
    made = numbered("freeze", inside="sample60/")
    assert (code, stages) in [(1, made[:-1]), (0, made)]
    assert code == 0 or "读写文件出错" in said.err
    assert "Traceback" not in said.err
    assert "注意：" not in status(project, capsys, monkeypatch)
    assert cli.main(["run", "sample60"]) == 0
    assert whole_stages(project / "outputs") == numbered("freeze", "draw", inside="sample60/")


def test_interrupted_by_hand(project, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.chdir(project)
    with monkeypatch.context() as patch:
        patch.setattr(archive, "seal", interrupt)
        assert cli.main(["run", "sample60"]) == 1
    assert "已中断" in capsys.readouterr().err
    assert whole_stages(project / "outputs") == []
    assert "注意：" not in status(project, capsys, monkeypatch)


def test_a_fault_in_the_second_stage_leaves_the_first(project, capsys, monkeypatch):
    """``run`` makes two stages; what the second one's fault leaves is a whole first one."""

    def fault(*_, **__):
        raise OSError(5, "Input/output error")

    monkeypatch.chdir(project)
    with monkeypatch.context() as patch:
        patch.setattr(draw, "stage", fault)
        assert cli.main(["run", "sample60"]) == 1
    assert whole_stages(project / "outputs") == numbered("freeze", inside="sample60/")
    assert cli.main(["run", "sample60"]) == 0
    assert whole_stages(project / "outputs") == numbered("freeze", "draw", inside="sample60/")


def test_a_changed_ledger_stops_everything(copy_sample60, capsys, monkeypatch):
    ledger = copy_sample60 / "outputs" / archive.LEDGER
    data = ledger.read_bytes()
    ledger.write_bytes(data.replace(b"sample60", b"sample61", 1))
    before = tree(copy_sample60 / "outputs")
    monkeypatch.chdir(copy_sample60)
    for command in (["status"], ["run", "sample60"], ["draw", "sample60"]):
        assert cli.main(command) == 1
        assert "留痕登记簿第 1 行不符" in capsys.readouterr().err
    assert tree(copy_sample60 / "outputs") == before


# --- two at once, and a killed kernel ---


def test_two_at_once(copy_sample60):
    before = tree(copy_sample60 / "outputs")
    with archive.opened(copy_sample60 / "outputs"):
        answer = process(copy_sample60, "run", "sample60")
    assert answer.returncode == 4
    assert "另一个 ssj 正在使用这个 outputs 文件夹" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert tree(copy_sample60 / "outputs") == before


def started(project: Path, *arguments: str) -> subprocess.Popen:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "ssj.cli", *arguments],
        cwd=project,
        env=env,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def kernel_of(process: subprocess.Popen) -> psutil.Process:
    """The kernel that a command has started."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for child in psutil.Process(process.pid).children(recursive=True):
            if "ipykernel_launcher" in " ".join(child.cmdline()):
                return child
        time.sleep(0.02)
    raise TimeoutError("no kernel was started")


@posix
@pytest.mark.slow
@pytest.mark.parametrize("moment", ["starting", "running"])
def test_a_killed_kernel(project, moment):
    process = started(project, "freeze", "sample60")
    kernel = kernel_of(process)
    if moment == "running":
        while "运行过程记录" not in process.stdout.readline():
            pass
        # well within the notebook, wherever it stands then
        begun, until = (kernel.cpu_times().user, time.monotonic() + 60)
        while kernel.cpu_times().user < begun + 0.3 and time.monotonic() < until:
            time.sleep(0.02)
    kernel.kill()
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "内核中途停止，没有留下任何阶段" in said
    assert "Traceback" not in said
    assert whole_stages(project / "outputs") == []


# --- killed at random moments ---


def in_process(project: Path, command: str, moment: float | None) -> None:
    """Start a command as a person would and kill it, with its whole process group, after ``moment``
    seconds, if that is not None.
    """
    process = started(project, command, "sample60")
    try:
        process.communicate(timeout=moment)
        assert moment is not None or process.returncode == 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def in_fork(project: Path, command: str, moment: float | None) -> None:
    """The same in a copy of a warm process, where notebooks need no kernel: more of the kills fall
    into archiving.
    """
    process = FORKS.Process(target=warm.alone, args=(project, command, "sample60"))
    process.start()
    process.join(120 if moment is None else moment)
    assert moment is not None or process.exitcode == 0
    process.kill()
    process.join()


@posix
@pytest.mark.slow
def test_killed_at_fifty_random_moments(done_sample60, tmp_path, capsys, monkeypatch):
    """Half of them while freezing, half while drawing, spread over the whole time that a run takes;
    eight with processes and kernels of their own.
    """
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "tests")]))
    frozen = only_frozen(shutil.copytree(done_sample60, tmp_path / "frozen"))
    bases = {"freeze": new_project(tmp_path / "new", "sample60"), "draw": frozen}
    ways = {"process": in_process, "fork": in_fork}
    lasts = {
        (name, kind): timed(bases[kind], tmp_path / f"timed-{name}-{kind}", kind, way)
        for name, way in ways.items()
        for kind in bases
    }
    rng = random.Random(SEED)
    found = {}
    for number, kind in enumerate(["freeze", "draw"] * (KILLS // 2)):
        name = "fork" if number % 7 else "process"
        project = shutil.copytree(bases[kind], tmp_path / f"killed-{number}")
        ways[name](project, kind, rng.random() * lasts[name, kind])
        before = left_behind(project / "outputs")
        stages = look(project, capsys, monkeypatch)
        found.setdefault((kind, before[0], len(before[2]), len(stages)), project)
    assert {stages for *_, stages in found} >= {0, 1}
    for project in list(found.values())[:3]:  # from different states the round goes on
        answer = ssj(project, "run", "sample60")
        assert answer.returncode == 0, answer.stderr
        assert whole_stages(project / "outputs") == numbered("freeze", "draw", inside="sample60/")
        assert audit.audit(project / "outputs" / "sample60", True, lambda text: None).exit_code == 0


def timed(base: Path, project: Path, command: str, way) -> float:
    """Seconds that a command takes when nothing disturbs it."""
    shutil.copytree(base, project)
    start = time.monotonic()
    way(project, command, None)
    return time.monotonic() - start
