"""Fixtures for the tests of faults: a round that is made without a kernel, and what must hold of an
outputs folder.
"""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import bagit
import pytest
from archived import DRAW
from conftest import made_once
from faults import two_rounds

from ssj import protocol
from ssj.casebook import archive, bags, making, runner


@pytest.fixture(scope="session")
def real_year(tmp_path_factory) -> Path:
    """The archive of :mod:`faults.two_rounds`; work on a copy."""
    return made_once(tmp_path_factory, "real-year", two_rounds.make)


@pytest.fixture
def replay(done_sample60, monkeypatch):
    """Stages take what their notebook wrote from the finished round instead of running it: the same
    bytes in a moment.

    All else is real: inputs, pages, bags, ledger, working copies.
    """
    finished = done_sample60 / "outputs" / "sample60"

    def execute(folder, kind, kernel, stage, say):
        source = next(finished.glob(f"*-{kind.name}")) / "data"
        stage |= {**runner.read_stage(source), "ledger_head": stage["ledger_head"]}
        runner.write_json(folder / "in" / "stage.json", stage)
        for path in (source / "out").iterdir():
            shutil.copyfile(path, folder / "out" / path.name)
        return (source / runner.NOTEBOOK).read_bytes()

    @contextmanager
    def no_kernel(folder):
        yield SimpleNamespace(shutdown_kernel=lambda now: None)

    monkeypatch.setattr(making, "execute", execute)
    monkeypatch.setattr(runner, "fresh_kernel", no_kernel)


def only_frozen(project: Path) -> Path:
    """Take the draw away again, so that a run starts from a sound freeze."""
    outputs = project / "outputs"
    shutil.rmtree(outputs / "sample60" / DRAW)
    shutil.rmtree(outputs / "sample60" / "files")
    ledger = outputs / archive.LEDGER
    ledger.write_bytes(b"".join(ledger.read_bytes().splitlines(keepends=True)[:-1]))
    return project


def stages_of(outputs: Path) -> list[str]:
    """Stage folders in place, as ``round/stage``."""
    found = [
        p.relative_to(outputs).as_posix()
        for p in outputs.glob("[!.]*/*")
        if archive.STAGE_NAME.fullmatch(p.name)
    ]
    return sorted(found)


def whole_stages(outputs: Path) -> list[str]:
    """The stages in the ledger, after making sure that each has a sound bag and that no stage is
    there without a line.
    """
    entries = archive.as_it_stands(outputs).entries
    for entry in entries:
        assert bags.problems(outputs / entry["round"] / entry["stage"], entry["bag"]) == (
            [],
            [],
        )
    names = [f"{e['round']}/{e['stage']}" for e in entries]
    assert stages_of(outputs) == sorted(names)
    assert not (outputs / ".work").exists()
    return names


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but the lock and what was set aside, by path."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != ".lock" and ".aside" not in p.parts
    }


def rebuild(bag: Path) -> None:
    """Fresh manifests, so that the bag is valid by bagit's own check."""
    made = bagit.Bag(str(bag))
    made.save(manifests=True)
    bagit.Bag(str(bag)).validate()


def forge(project: Path, **changes) -> None:
    """What an insider can do: change stages, rebuild their bags and the whole ledger, consistently.

    ``changes``: kind of stage → function of its ``data`` folder.
    """
    outputs, head, lines = project / "outputs", protocol.NO_HEAD, []
    for entry in archive.read_entries(outputs):
        bag = outputs / entry["round"] / entry["stage"]
        changes.get(archive.kind_of(entry["stage"]), lambda data: None)(bag / "data")
        stage = runner.read_stage(bag / "data")
        runner.write_json(bag / "data" / "in" / "stage.json", {**stage, "ledger_head": head})
        rebuild(bag)
        body = {k: v for k, v in entry.items() if k not in ("previous", "hash")}
        lines.append(
            protocol.ledger_line(
                {**body, "bag": protocol.sha256((bag / bags.MANIFESTS[0]).read_bytes())}, head
            )
        )
        head = json.loads(lines[-1])["hash"]
    (outputs / archive.LEDGER).write_bytes("".join(line + "\n" for line in lines).encode("utf-8"))
    archive.read_entries(outputs)  # raises unless the ledger chains
