"""Kills and failing disks over every kind of stage: ``python benchmarks/interrupted.py``.

Kills: a step of the year in ``tests/faults/two_rounds.py`` runs in a process of its own, which is
killed (SIGKILL) at a random moment. Faults: the step runs on a drive (``tests/faults/
windows_drive.py``; needs FUSE) of which the k-th write, rename, flush … fails, once or from there
on, with a full disk, an input/output error or a refusal.

After each: no half stage, no broken ledger, no lost stage, nothing said that isn't so; the step is
then taken again, and each twentieth round is audited. Exit code 1, with what was wrong, otherwise.
"""

from __future__ import annotations

import argparse
import errno
import os
import pickle
import random
import re
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# in place of this folder, in which round.py hides the tests of that name
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import warm
from faults import two_rounds
from faults.test_interruptions import left_behind
from faults.windows_drive import missing, mounted, seen, want
from papermill.engines import papermill_engines

from ssj.audit import audit
from ssj.casebook import archive, bags, runner

OPERATIONS = ("create", "open for writing", "write", "truncate", "fsync", "rename", "mkdir",
              "unlink", "rmdir")  # fmt: skip
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
CLAIM = re.compile(r"^已\S+：outputs/(\S+?)(?:，.*)?$", re.MULTILINE)
AUDITED = 20  # one in so many
LONGEST = 300  # seconds of a step that is not killed


class Step:
    """A step of the year: the project as it stands before it, and the command."""

    def __init__(self, number: int, project: Path, words: tuple[str, ...]) -> None:
        self.number, self.project, self.words = number, project, words
        self.moment, self.kind = two_rounds.STEPS[number][:2]
        self.before = archive.read_entries(project / "outputs")
        self.seconds = 0.0

    def run(self, project: Path, said: Path) -> int:
        """The command; its exit code. What it says goes into a file, line by line."""
        with (
            said.open("w", encoding="utf-8", buffering=1) as out,
            redirect_stdout(out),
            redirect_stderr(out),
        ):
            return two_rounds.tell(project, self.words, self.moment)


def ready() -> None:
    """Notebooks are executed in this process."""
    runner.fresh_kernel = warm.warm_kernel
    papermill_engines.register(None, warm.WarmEngine)


def steps_in(folder: Path) -> list[Step]:
    """All steps, each with a copy of the project before it."""
    project, steps = two_rounds.inputs(folder / "year"), []
    for number, step in enumerate(two_rounds.STEPS):
        words = two_rounds.prepare(project, step)
        steps.append(Step(number, shutil.copytree(project, folder / f"before-{number}"), words))
        if code := steps[-1].run(project, folder / "said"):
            raise RuntimeError(f"{words} ended with {code}")
    return steps


def apart(act: Callable[[], Any], moment: float | None = None) -> Any:
    """What ``act`` gives in a copy of this process, which is killed after ``moment`` seconds; its
    error if it fails, ``None`` if it was killed. Charts' threads don't live on in a copy: nothing
    is drawn in this process itself.
    """
    answer, question = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(LONGEST)
        try:
            given = act()
        except BaseException:
            given = RuntimeError(traceback.format_exc(limit=-2))
        os.write(question, pickle.dumps(given))
        os._exit(0)
    os.close(question)
    with os.fdopen(answer, "rb") as pipe:
        if not select.select([pipe], [], [], moment)[0]:
            os.kill(child, signal.SIGKILL)
        data = pipe.read()
    os.waitpid(child, 0)
    given = pickle.loads(data) if data else None
    if isinstance(given, RuntimeError):
        raise given
    return given


def checked(step: Step, project: Path, said: str, code: int | None, full: bool) -> str:
    """What is left after a fault, in a word, once all that must hold does. ``code``: the command's,
    ``None`` if it was killed.
    """
    outputs = project / "outputs"
    working, torn, unregistered = left_behind(outputs)
    entries = [] if torn else archive.read_entries(outputs)
    if not torn:
        assert entries[: len(step.before)] == step.before, "a stage is lost"
        names = {f"{e['round']}/{e['stage']}" for e in entries}
        assert set(CLAIM.findall(said)) <= names, f"said, but not so: {said}"
    assert not {"Traceback", "内部错误"} & set(re.findall("Traceback|内部错误", said)), said
    done = any(archive.kind_of(e["stage"]) == step.kind for e in entries[len(step.before) :])
    if code == 0:
        assert (done, unregistered) == (True, []), said
    elif code is not None:
        new = [e for e in entries[len(step.before) :] if archive.kind_of(e["stage"]) == step.kind]
        valid = said.partition("有效：")[2]
        named = all(f"{e['round']}/{e['stage']}" in valid for e in new)
        assert not done or named or "不受影响" in said, f"it is there, but said not to be: {said}"
        assert not unregistered or "没有留下未完成的阶段" not in said, f"a half stage: {said}"
    after, told = warm.tell(project, "status")
    assert after == 0, told
    if not done:
        again = project / "again"
        assert step.run(project, again) == 0, again.read_text(encoding="utf-8")
        told += again.read_text(encoding="utf-8")
    assert torn == ("最后一行" in told), told
    assert not unregistered or "没有登记" in told, told
    assert working == ("中断" in told) or (outputs / ".work").exists(), told
    sound(step, outputs, full)
    return "done" if done else "bag" if unregistered else "work" if working else "nothing"


def sound(step: Step, outputs: Path, full: bool) -> None:
    """Every stage whole, none lost, the step's own there once."""
    entries = archive.read_entries(outputs)
    for entry in entries:
        problems = bags.problems(outputs / entry["round"] / entry["stage"], entry["bag"])[0]
        assert not problems, (entry["stage"], problems)
    new = [archive.kind_of(e["stage"]) for e in entries[len(step.before) :]]
    assert new.count(step.kind) == 1, new
    if full:
        report = audit.audit(outputs / entries[-1]["round"], True, lambda _: None)
        failing = [s for s in report.steps if s.holds is False]
        assert not failing, failing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20211126)
    parser.add_argument("--seconds", type=float, default=86_400, help="stop after so long")
    options = parser.parse_args()
    ready()
    until, rng, wrong = time.monotonic() + options.seconds, random.Random(options.seed), []
    with tempfile.TemporaryDirectory(prefix="ssj-faults-") as place:
        folder = Path(place)
        steps = apart(partial(steps_in, folder))
        wrong += kills(steps, folder, options.kills, rng, until)
        if why := missing():
            print(f"faults: not tried, {why}")
        else:
            wrong += faults(steps, folder, options.faults, rng, until)
    for text in wrong:
        print(text)
    return bool(wrong)


def kills(
    steps: list[Step], folder: Path, count: int, rng: random.Random, until: float
) -> list[str]:
    """Steps killed one after another, counted by what was left; what was wrong."""
    said, found, wrong = folder / "said", Counter[tuple[str, str]](), []
    for step in steps:
        project = shutil.copytree(step.project, folder / "timed")
        begun = time.monotonic()
        if apart(partial(step.run, project, said)) != 0:
            raise RuntimeError(said.read_text(encoding="utf-8"))
        step.seconds = time.monotonic() - begun
        shutil.rmtree(project)
    for number in range(count):
        if time.monotonic() > until:
            break
        step = steps[number % len(steps)]
        project = shutil.copytree(step.project, folder / "killed")
        said.write_text("", encoding="utf-8")
        moment = rng.random() * step.seconds * 1.1
        apart(partial(step.run, project, said), moment)
        text, full = said.read_text(encoding="utf-8"), number % AUDITED == 0
        try:
            state = apart(partial(checked, step, project, text, None, full)) or "hangs"
        except RuntimeError as error:
            wrong.append(f"kill {number}, {step.kind}: {error}")
            state = "WRONG"
        found[step.kind, state] += 1
        shutil.rmtree(project)
    table("kills", found)
    return wrong


def faults(
    steps: list[Step], folder: Path, count: int, rng: random.Random, until: float
) -> list[str]:
    """Steps on a failing drive, counted by the operation that failed; what was wrong."""
    said, found, wrong = folder / "said", Counter[tuple[str, str]](), []
    with mounted(folder) as drive:
        behind = folder / "behind"
        asked = {}
        for step in steps:
            shutil.copytree(step.project, behind / "counted")
            want(drive)
            if apart(partial(step.run, drive / "counted", said)) != 0:
                raise RuntimeError(said.read_text(encoding="utf-8"))
            asked[step] = {op: n for op, n in seen(drive)["counts"].items() if op in OPERATIONS}
            shutil.rmtree(behind / "counted")
        number = 0
        while number < count and time.monotonic() < until:
            step = steps[number % len(steps)]
            operation = rng.choice(sorted(asked[step]))
            wanted = {
                "fail": operation,
                "after": rng.randint(1, asked[step][operation]),
                "error": rng.choice(ERRORS),
                "lasting": rng.random() < 0.5,
            }
            shutil.copytree(step.project, behind / "failed")
            want(drive, **wanted)
            code = apart(partial(step.run, drive / "failed", said))
            failed = seen(drive)["failed"]
            want(drive)
            text = said.read_text(encoding="utf-8")
            if failed:
                number += 1
                full, project = number % AUDITED == 0, drive / "failed"
                try:
                    apart(partial(checked, step, project, text, code, full))
                    state = operation
                except RuntimeError as error:
                    wrong.append(f"fault {number}, {step.kind}, {wanted}: {error}")
                    state = "WRONG"
                found[step.kind, state] += 1
            shutil.rmtree(behind / "failed")
    table("faults", found)
    return wrong


def table(title: str, found: Counter[tuple[str, str]]) -> None:
    """Counts by kind of stage."""
    columns = sorted({state for _, state in found})
    print(f"{title}: {sum(found.values())}")
    print(f"{'':10}" + "".join(f"{column:>18}" for column in columns))
    for kind in dict.fromkeys(kind for kind, _ in found):
        print(f"{kind:10}" + "".join(f"{found[kind, column]:>18}" for column in columns))


if __name__ == "__main__":
    sys.exit(main())
