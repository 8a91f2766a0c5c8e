"""Fixtures that all tests share."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from archived import DRAW, numbered, record_of, replaceable
from filelock import FileLock
from hypothesis import HealthCheck, settings
from papermill.engines import papermill_engines
from warm import WarmEngine, amend, approved, ssj, warm_kernel

from ssj import protocol
from ssj.casebook import archive, bags, runner
from ssj.stages import registry

ROOT = Path(__file__).resolve().parents[1]

# A shell that starts a run in the background makes it deaf to Ctrl-C, and so all its processes.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# HYPOTHESIS_PROFILE=deep looks for more; quick tries the same examples each time
KEPT = {"deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("quick", max_examples=50, derandomize=True, database=None, **KEPT)
settings.register_profile("deep", max_examples=1000, **KEPT)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "quick")
settings.load_profile(PROFILE)
DEEP = PROFILE == "deep"


def examples(times: float) -> settings:
    """So many times the profile's examples: fewer for what takes long, more for what matters."""
    return settings(max_examples=int(settings().max_examples * times))


def process(project: Path, *arguments: str, **more) -> subprocess.CompletedProcess[str]:
    """The ``ssj`` command in a project folder as a process of its own, with kernels of its own."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), **more.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "ssj.cli", *map(str, arguments)],
        cwd=project,
        env=env,
        encoding="utf-8",
        capture_output=True,
        check=False,
        **more,
    )


FRESH_KERNEL = runner.fresh_kernel


@pytest.fixture(scope="session", autouse=True)
def warm_kernels():
    """Notebooks are executed in the tests' own interpreter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "fresh_kernel", warm_kernel)
        papermill_engines.register(None, WarmEngine)
        yield


@pytest.fixture
def real_kernels(monkeypatch):
    """Notebooks are executed in fresh kernels, as in use."""
    monkeypatch.setattr(runner, "fresh_kernel", FRESH_KERNEL)


def new_project(folder: Path, *rounds: str) -> Path:
    """A project folder with copies of the sample rounds' inputs and no outputs yet."""
    for name in rounds:
        shutil.copytree(ROOT / "demo" / "params" / name, folder / "params" / name)
    return folder


def new_year(folder: Path) -> Path:
    """``params/2021`` of a project: a small year around the small round, which is there too."""
    sys.path.insert(0, str(ROOT / "scripts"))
    import make_samples

    place = new_project(folder, "sample60") / "params" / "2021"
    place.mkdir()
    for name, content in make_samples.make_small_year().items():
        (place / name).write_bytes(content)
    return place


def run_project(folder: Path, name: str) -> Path:
    """A project folder in which the sample round ``name`` was run."""
    ran(new_project(folder, name), "run", name)
    return folder


def ran(project: Path, *arguments: str) -> None:
    """A command that must do what it says."""
    answer = ssj(project, *arguments)
    if answer.returncode:
        raise RuntimeError(answer.stdout + answer.stderr)


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A copy of a folder that ``make`` fills: once in a test run, whichever worker comes first."""
    common = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        common = common.parent
    made = common / f"made-{name}"
    with FileLock(f"{made}.lock"):
        if not made.exists():
            make(unfinished := Path(f"{made}.{os.getpid()}"))
            unfinished.rename(made)
    return shutil.copytree(made, factory.mktemp(name) / "project")


@pytest.fixture(scope="session")
def done_2021q4(tmp_path_factory) -> Path:
    """The sample round, run once; read it, or work on a copy."""
    return made_once(tmp_path_factory, "2021Q4", lambda folder: run_project(folder, "2021Q4"))


@pytest.fixture(scope="session")
def done_sample60(tmp_path_factory) -> Path:
    """The small round, run once; read it, or work on a copy."""
    return made_once(tmp_path_factory, "sample60", lambda folder: run_project(folder, "sample60"))


@pytest.fixture(scope="session")
def published_sample60(tmp_path_factory) -> Path:
    """The small round with its results; read it, or work on a copy."""

    def run(folder: Path) -> None:
        ran(run_project(folder, "sample60"), "results", "sample60", "--sample")

    return made_once(tmp_path_factory, "published60", run)


WHOLE_YEAR = ("2021Q1", "2021Q2", "2021Q3", "2021Q4")
WHOLE_YEAR_VOIDED, WHOLE_YEAR_AMENDED = "2021Q2", "2021Q3"


@pytest.fixture(scope="session")
def whole_year(tmp_path_factory) -> Path:
    """The four sample rounds with their plan, one voided and drawn again, one amended; read it, or
    work on a copy.
    """
    return made_once(tmp_path_factory, "year", run_year)


def run_year(folder: Path) -> None:
    """The project of :func:`whole_year`."""
    project = new_project(folder, "2021", *WHOLE_YEAR)
    ran(project, "plan", "2021")
    for name in WHOLE_YEAR:
        ran(project, "run", name)
        if name == WHOLE_YEAR_VOIDED:
            ran(project, "void", name, "--reason", "名录有误", *approved("样例局长"))
            ran(project, "run", name)
        if name == WHOLE_YEAR_AMENDED:
            officer = replaceable(record_of(project, DRAW, name), whole=True)[0]
            assert amend(project, officer, "请假", round_id=name, approver="样例局长")[0] == 0


@pytest.fixture
def copy_2021q4(done_2021q4, tmp_path) -> Path:
    """A copy of the sample round's project to tamper with."""
    return shutil.copytree(done_2021q4, tmp_path / "project")


@pytest.fixture
def copy_sample60(done_sample60, tmp_path) -> Path:
    """A copy of the small round's project to tamper with."""
    return shutil.copytree(done_sample60, tmp_path / "project")


def entered(folder: Path, *kinds: str, demonstration: bool = False, event: bool = True) -> Path:
    """A project in which the stages ``kinds`` of sample60 were entered, without kernels: a chained
    ledger, and of the bags no more than a frozen round.toml and their titles, which is all that the
    list of steps reads.
    """
    new_project(folder, "sample60")
    own = folder / "params" / "sample60"
    text = (own / "round.toml").read_text(encoding="utf-8")
    (own / "round.toml").write_text(
        text if demonstration else text.replace("demonstration = true", "demonstration = false"),
        encoding="utf-8",
    )
    if not event:
        (own / "entropy.toml").unlink()
    head, lines, attempt = protocol.NO_HEAD, [], 1
    day = 20
    for number, stage in enumerate(numbered(*kinds), 1):
        day += (
            archive.kind_of(stage) != "rosters"
        )  # a round's rosters come on the eve of its freeze
        out = folder / "outputs" / "sample60" / stage / "data" / "out"
        out.mkdir(parents=True)
        (out / "round.toml").write_bytes((own / "round.toml").read_bytes())
        (out.parents[1] / "bag-info.txt").write_text(
            f"{bags.TITLE}: {registry.title(stage)}\n", encoding="utf-8"
        )
        body = {
            "n": number,
            "time": f"2021-11-{day}T10:00:00+08:00",
            "round": "sample60",
            "attempt": attempt,
            "stage": stage,
            "bag": "0" * 64,
        }
        lines.append(protocol.ledger_line(body, head))
        head = json.loads(lines[-1])["hash"]
        attempt += archive.kind_of(stage) == "void"
    if lines:
        (folder / "outputs" / "ledger.jsonl").write_text(
            "".join(line + "\n" for line in lines), encoding="utf-8"
        )
    return folder


def small_frozen() -> dict:
    """A frozen record of five targets, three officers, one expert and two tasks: what a reader can
    work by hand.
    """

    def row(identifier, name, **internal):
        return {
            "id": identifier,
            "identity": {"id": identifier, "name": name},
            "internal": internal,
        }

    def officer(identifier, name, **change):
        own = {
            "kind": "officer",
            "department": "住建",
            "specialities": [],
            "authority": [],
            "recusals": [],
            "available": True,
            "cap": None,
            "certificate": f"Z{identifier}",
        }
        return row(identifier, name, **{**own, **change})

    def target(number, risk_class, size, public=True):
        frames = [
            {"task": "R1", "stratum": risk_class, "size": 1},
            {"task": "R2", "stratum": "*", "size": size},
        ]
        return row(
            f"S00{number}",
            f"样例第{number}公司",
            category="燃气",
            risk_class=risk_class,
            public=public,
            frames=frames,
        )

    def task(identifier, items, strata, expert=False):
        return row(
            identifier,
            f"任务{identifier}",
            items=items,
            strata=[{"stratum": s, "ratio": r} for s, r in strata],
            departments=["住建"],
            team_size=2,
            expert=expert,
        )

    def item(identifier, specialities, expert=False):
        return row(
            identifier,
            f"事项{identifier}",
            department="住建",
            categories=["燃气"],
            specialities=specialities,
            expert=expert,
        )

    record = {
        "protocol": protocol.PROTOCOL,
        "round": "tiny",
        "attempt": 1,
        "salt": "5a" * 32,
        "parameters": {"slack": 1, "demonstration": True},
        "tables": {
            "items": [item("I1", []), item("I2", ["燃气"], expert=True)],
            "officers": [
                officer("P1", "样例甲"),
                officer("P2", "样例乙", specialities=["燃气"]),
                officer("P3", "样例丙", recusals=["S003"]),
                officer("P4", "样例丁", kind="expert", specialities=["燃气"]),
            ],
            "targets": [
                target(1, "A", 1),
                target(2, "A", 1),
                target(3, "B", 2),
                target(4, "A", 1),
                target(5, "B", 4, public=False),
            ],
            "tasks": [
                task("R1", ["I1"], [("A", "0.34"), ("B", "0.5")]),
                task("R2", ["I2"], [("*", "0.4")]),
            ],
        },
        "event": {
            "kind": "dice",
            "count": 16,
            "form": protocol.event_form("dice", 16),
            "time": "2021-11-26T10:00:00+08:00",
            "place": "大厅",
            "fallback": "顺延",
            "custodians": [],
        },
        "code": {"version": "0", "hash": "0" * 64},
        "ledger_head": protocol.NO_HEAD,
    }
    return {**record, "commitment": protocol.commit(record)}


@pytest.fixture
def small_record() -> dict:
    """The draw record that follows from :func:`small_frozen` and sixteen dice."""
    frozen, text = small_frozen(), "3134356236641245"
    entropy = {
        "text": text,
        "time": "2021-11-26T10:06:00+08:00",
        "place": "大厅",
        "roles": [],
        "attestation": [],
    }
    return {**frozen, "entropy": entropy, **protocol.draw(frozen, text)}
