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
from archived import DRAW, FREEZE, failing, numbered, record_of, replaceable, report_of
from conftest import DEEP, ROOT, new_project, process, ssj
from warm import amend

from ssj import cli, protocol
from ssj.audit import audit
from ssj.casebook import archive, bags, making
from ssj.desk import telling
from ssj.stages import draw, registry

from .conftest import only_frozen, stages_of, tree, whole_stages

posix = pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")
KILLS, SEED = 50 if DEEP else 20, 20211126
FORKS = multiprocessing.get_context("forkserver")  # its server has threads of no library yet
FORKS.set_forkserver_preload(["warm", "ssj.desk.stages"])


def status(project: Path, capsys, monkeypatch) -> str:
    """What the next ``ssj status`` says; it changes nothing that decides."""
    monkeypatch.chdir(project)
    before = decisive(project / "outputs")
    assert cli.main(["status"]) == 0
    assert decisive(project / "outputs") == before
    return capsys.readouterr().out


def decisive(outputs: Path) -> list[tuple[str, bytes]]:
    """Ledger, bags, what is in the making and what was set aside."""
    return sorted(
        (p.relative_to(outputs).as_posix(), p.read_bytes())
        for p in outputs.rglob("*")
        if p.is_file() and "files" not in p.parts and p.parent.name != ".copies"
        if p.name != ".lock"
    )


def restart(project: Path) -> str:
    """What the next command that writes stages says first."""
    with archive.opened(project / "outputs") as book:
        return "；".join(book.recovered)


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
        assert bags.problems(outputs / name, known.get(name)) == ([], []), name
    assert set(known) <= set(in_place)
    return (
        (outputs / ".work").exists(),
        not data.endswith(b"\n") and data != b"",
        sorted(set(in_place) - set(known)),
    )


def look(project: Path, capsys, monkeypatch) -> list[str]:
    """After an interruption: a whole stage or none; reading says what it sees, the next command
    that writes enters what is whole and clears the rest; stages in the ledger.
    """
    working, torn, unregistered = left_behind(project / "outputs")
    assert len(unregistered) <= 1
    said = status(project, capsys, monkeypatch)
    assert ("最后一行没有写完" in said) == torn
    assert [f"{name} 没有登记，现在不作数" in said for name in unregistered] == [True] * len(
        unregistered
    )
    said = restart(project)
    assert ("中断，" in said and "现已清理" in said) == working
    assert [f"{name} 已经封存" in said and "现已补登" in said for name in unregistered] == [
        True
    ] * len(unregistered)
    assert restart(project) == ""
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
    assert seen == {(True, 0, 2), (False, 0, 2), (True, 1, 3), (True, 0, 3), (False, 0, 3)}, seen


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
    made = numbered("freeze", inside="sample60/")
    assert stages_of(project / "outputs") == made
    said = status(project, capsys, monkeypatch)
    assert f"注意：sample60/{FREEZE} 没有登记，现在不作数；" in said
    assert "第 1 次抽取；名录核对 " in said and "封库 " not in said
    assert cli.main(["freeze", "sample60"]) == 4  # it is whole, and stands
    out = capsys.readouterr()
    assert (
        f"注意：sample60/{FREEZE} 已经封存，还没有登记完就中断了；档案包完整，现已补登。" in out.out
    )
    assert "已经封库" in out.err
    assert whole_stages(project / "outputs") == made
    assert not (project / "outputs" / ".aside").exists()
    assert cli.main(["run", "sample60"]) == 0
    assert whole_stages(project / "outputs") == numbered("freeze", "draw", inside="sample60/")
    assert audit.audit(project / "outputs" / "sample60", True, lambda text: None).exit_code == 0


@pytest.mark.parametrize("part", [1, 200, -1])
def test_stopped_within_the_ledger_line(project, capsys, monkeypatch, part):
    before = []

    def half(ledger: Path, line: str) -> None:
        before.append((ledger.read_bytes(), line.encode("utf-8")))
        ledger.write_bytes(before[0][0] + before[0][1][:part])
        raise Stopped

    freeze_and(monkeypatch, project, archive, "_append", half)
    said = status(project, capsys, monkeypatch)
    assert ("最后一行缺换行，内容完整，照常读取" in said) == (part == -1)
    assert ("最后一行没有写完，不作数" in said) == (part != -1)
    assert cli.main(["run", "sample60"]) == 0
    ledger = (project / "outputs" / archive.LEDGER).read_bytes()
    assert ledger.startswith(b"".join(before[0]))
    assert whole_stages(project / "outputs") == numbered("freeze", "draw", inside="sample60/")


@pytest.mark.parametrize("trimmed", [1, 2, 100, 400])
def test_a_published_draw_whose_line_was_trimmed_is_not_drawn_again(
    replay, copy_sample60, capsys, monkeypatch, trimmed
):
    """An editor's slip, or an insider's: nothing throws the draw aside."""
    ledger = copy_sample60 / "outputs" / archive.LEDGER
    whole = ledger.read_bytes()
    last = len(whole.splitlines(keepends=True)[-1])
    ledger.write_bytes(whole[: len(whole) - min(trimmed, last)])
    status(copy_sample60, capsys, monkeypatch)
    assert cli.main(["draw", "sample60"]) == 4
    assert "第 1 次抽取已经完成，不能再次抽取" in capsys.readouterr().err
    assert ledger.read_bytes() == whole
    assert whole_stages(copy_sample60 / "outputs") == numbered("freeze", "draw", inside="sample60/")


def test_what_was_set_aside_shows_in_every_audit(copy_sample60):
    ledger = copy_sample60 / "outputs" / archive.LEDGER
    ledger.write_bytes(ledger.read_bytes() + b'{"attempt":1,"bag":"')
    assert "最后一行没有写完" in failing(report_of(copy_sample60))[1]
    assert "原文移到 outputs/.aside/ledger-line-1" in restart(copy_sample60)
    report = report_of(copy_sample60)
    assert report.exit_code == 0 and any("ledger.jsonl 已移到 .aside" in b for b in report.banners)
    # and the round goes on, numbered as before
    assert amend(copy_sample60, *replacement(copy_sample60))[0] == 0
    assert whole_stages(copy_sample60 / "outputs")[-1] == "sample60/04-amend"
    assert report_of(copy_sample60).exit_code == 0


def replacement(project: Path) -> tuple[str, str]:
    return replaceable(record_of(project, DRAW), whole=True)[0], "请假"


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
        patch.setattr(bags, "seal", interrupt)
        assert cli.main(["run", "sample60"]) == 1
    assert "已中断" in capsys.readouterr().err
    assert whole_stages(project / "outputs") == []
    assert "注意：" not in status(project, capsys, monkeypatch)


MOMENTS = {  # where the signal comes, before or after what is done there
    "filling": (draw.KIND.__class__, "fill", "before"),
    "executing": (making, "execute", "after"),
    "sealing": (bags, "seal", "before"),
    "flushing": (archive, "_flush_tree", "after"),
    "before the line": (archive, "_append", "before"),
    "after the line": (archive, "_append", "after"),
    "saying what was done": (telling, "done", "before"),
    "making copies": (registry, "working_copies", "before"),
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize(("module", "name", "when"), MOMENTS.values(), ids=list(MOMENTS))
def test_what_is_said_of_an_interruption_is_read_from_the_ledger(
    replay, copy_sample60, capsys, monkeypatch, number, module, name, when
):
    only_frozen(copy_sample60)
    act = getattr(module, name)

    def interrupted(*arguments, **more):
        if when == "before":
            signal.raise_signal(number)
        done = act(*arguments, **more)
        if when == "after":
            signal.raise_signal(number)
        return done

    monkeypatch.chdir(copy_sample60)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, interrupted)
        assert cli.main(["draw", "sample60"]) == 1
    said = capsys.readouterr().err
    entered = "sample60/03-draw" in whole_stages(copy_sample60 / "outputs")
    assert entered == (name in ("_append", "done", "working_copies"))
    assert said == (
        "\n已中断，已经封存、登记的有效：sample60/03-draw。\n"
        if entered
        else "\n已中断，没有留下未完成的阶段。\n"
    )
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert restart(copy_sample60) == ""


# --- reading beside a process that writes ---


def test_reading_beside_a_stage_that_is_being_entered(copy_sample60, monkeypatch):
    """The bag is in place and its line is not: who reads waits a moment, and repairs nothing."""
    ledger = copy_sample60 / "outputs" / archive.LEDGER
    whole = ledger.read_bytes()
    lines = whole.splitlines(keepends=True)
    seen = []

    def a_moment(seconds: float) -> None:
        seen.append(ledger.read_bytes())
        ledger.write_bytes(whole[: len(whole) - 30] if len(seen) == 1 else whole)

    monkeypatch.setattr(archive.ledger.time, "sleep", a_moment)
    ledger.write_bytes(b"".join(lines[:-1]))
    book = archive.reading(copy_sample60 / "outputs")
    assert book.recovered == [] and len(book.entries) == len(lines) and len(seen) == 2
    ledger.write_bytes(b"".join(lines[:-1]))
    seen.clear()
    assert report_of(copy_sample60).exit_code == 0


@pytest.mark.parametrize("command", ["status", "trace", "audit", "check"])
def test_reading_while_somebody_writes(copy_sample60, command):
    """Nothing waits for the lock, and nothing of what is in the making is touched."""
    outputs, visit = copy_sample60 / "outputs", record_of(copy_sample60, DRAW)["visits"][0]["id"]
    words = {
        "audit": ["--fast", "outputs/sample60"],
        "trace": ["sample60", visit],
        "check": ["sample60"],
    }
    with archive.opened(outputs) as book, book.workplace("sample60-papers") as place:
        (place / "stage").mkdir()
        before = decisive(outputs)
        answer = ssj(copy_sample60, command, *words.get(command, []))
        assert answer.returncode == 0, answer.stdout + answer.stderr
        assert "注意：" not in answer.stdout and "另一个 ssj" not in answer.stderr
        assert (place / "stage").is_dir() and decisive(outputs) == before


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
    commands = ("status", "run", "draw", "check", "event", "report", "receipt", "papers")
    for command in commands:
        assert cli.main([command, *["sample60"] * (command != "status")]) == 1
        said = capsys.readouterr().err
        assert said.startswith(
            "\n留痕登记簿第 1 行不符：内容被改动，或与上一行不相接\n登记簿可能被改动"
        )
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
    assert "Traceback" not in said
    if moment == "starting":  # another one is started in its place
        assert process.returncode == 0
        assert whole_stages(project / "outputs") == numbered("freeze", inside="sample60/")
    else:
        assert process.returncode == 1
        assert "内核中途停止，这个阶段没有登记" in said
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
def test_killed_at_random_moments(done_sample60, tmp_path, capsys, monkeypatch):
    """Half of them while freezing, half while drawing, spread over the whole time that a run takes;
    every seventh with processes and kernels of its own.
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
        moment = (number // 2 + rng.random()) / (KILLS // 2)  # one in each part of the time
        name = "fork" if number % 7 else "process"
        project = shutil.copytree(bases[kind], tmp_path / f"killed-{number}")
        ways[name](project, kind, moment * lasts[name, kind])
        before = left_behind(project / "outputs")
        stages = look(project, capsys, monkeypatch)
        found.setdefault((kind, before[0], len(before[2]), len(stages)), project)
    # before anything was written, between the two commands, and after all
    assert {stages for *_, stages in found} >= {0, 2, 3}
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
