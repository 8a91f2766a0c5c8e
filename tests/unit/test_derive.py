"""What the notebooks of the rosters stage and of the freeze spell out step by step is what the two
derivations come to, byte for byte.
"""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path

import pytest
from conftest import ROOT
from unit.test_rosters_record import ROUNDS, rich

from ssj import protocol
from ssj.base import params
from ssj.draw import derive as freezing
from ssj.rosters import derive as reading
from ssj.rosters import history, record
from ssj.tables import places

FIXED = {
    "attempt": 1,
    "time": "2021-11-22T09:00:00+08:00",
    "rehearsal": False,
    "ledger_head": protocol.NO_HEAD,
    "code": {"version": "0", "hash": "0" * 64},
    "versions": {},
    "salt": "60" * 32,
    "previous": None,
}


def execute(notebook: str, folder: Path, monkeypatch) -> dict[str, str]:
    """Run a notebook's cells in a stage's folder; what each shows, by its id."""
    stage = json.loads((folder / "in" / "stage.json").read_text(encoding="utf-8"))
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    shown = {}
    for cell in json.loads((ROOT / "notebooks" / notebook).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, cell["id"], "exec"), names)
            if cell["id"] == "parameters":
                names |= {"round_id": stage["round_id"], "attempt": stage["attempt"]}
            if last is not None:
                value = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names)
                shown[cell["id"]] = str(value)
    return shown


def staged(source: Path, folder: Path) -> Path:
    """A rosters stage's folder filled from a round's."""
    (folder / "in").mkdir(parents=True)
    (folder / "out").mkdir()
    tables = sorted(p for p in source.iterdir() if p.suffix in places.SUFFIXES)
    parts = sorted((source / "targets").glob("*")) if (source / "targets").is_dir() else []
    lists = sorted((source / "outside").glob("*")) if (source / "outside").is_dir() else []
    kept = {path: path.name for path in (source / "round.toml", *tables)}
    kept |= {path: f"targets-{n:03}{path.suffix}" for n, path in enumerate(parts, 1)}
    kept |= {path: f"outside-{n:02}{path.suffix}" for n, path in enumerate(lists, 1)}
    for path, name in kept.items():
        shutil.copyfile(path, folder / "in" / name)
    taken = [
        {
            "file": path.relative_to(source).as_posix(),
            "kept": name,
            "size": path.stat().st_size,
            "sha256": protocol.sha256(path.read_bytes()),
            "redacted": False,
            "dropped": [],
        }
        for path, name in kept.items()
    ]
    stage = {
        **FIXED,
        "round_id": source.name,
        "inputs": [own for own in taken if not own["file"].startswith("outside/")],
        "outside": [own for own in taken if own["file"].startswith("outside/")],
    }
    (folder / "in" / "stage.json").write_text(json.dumps(stage), encoding="utf-8")
    (folder / "in" / "history.json").write_bytes(protocol.canonical(history.as_json([], None)))
    return folder


def freeze_after(rosters_stage: Path, folder: Path) -> Path:
    """A freeze's folder filled from a rosters stage's."""
    (folder / "in").mkdir(parents=True)
    (folder / "out").mkdir()
    for name in ("out/rosters.json", "out/round.toml", "in/history.json", "in/stage.json"):
        shutil.copy(rosters_stage / name, folder / "in")
    (folder / "in" / "year.json").write_bytes(protocol.canonical(None))
    return folder


@pytest.mark.parametrize("name", [ROUNDS[-1], "rich"])
def test_notebooks_come_to_what_is_derived(name, tmp_path, monkeypatch):
    if name == "rich":
        source = tmp_path / "sample60"
        rich(source)
    else:
        source = ROOT / "demo" / "params" / name
    first = staged(source, tmp_path / "rosters")
    shown = execute("1_rosters.ipynb", first, monkeypatch)
    assert shown["complete"].endswith("SSJ-COMPLETE:rosters")
    parameters = params.read_round(source / "round.toml")
    stage = json.loads((first / "in" / "stage.json").read_text(encoding="utf-8"))
    derived = reading.derive(first / "in", parameters, stage)
    written = (first / "out" / "rosters.json").read_bytes()
    assert protocol.canonical(derived.record()) == written
    assert (first / "out" / "round.toml").read_bytes() == (source / "round.toml").read_bytes()

    second = freeze_after(first, tmp_path / "freeze")
    shown |= {"frozen": execute("1a_freeze.ipynb", second, monkeypatch)["complete"]}
    assert shown["frozen"].endswith("SSJ-COMPLETE:freeze")
    frozen = freezing.derive(record.from_record(protocol.parse(written.decode())), parameters)
    out = {p.name: p.read_bytes() for p in (second / "out").iterdir()}
    assert out["freeze.json"] == protocol.canonical(frozen.record(stage))
    assert out["chances.json"] == protocol.canonical(frozen.settled.recorded())
    # from the tables themselves, without a record between
    straight = freezing.derive(derived.roster, parameters)
    assert out["freeze.json"] == protocol.canonical(straight.record(stage))
    assert straight.problems == frozen.problems


def test_a_round_s_folder_and_a_stage_s_are_read_alike(tmp_path):
    source = tmp_path / "sample60"
    own = rich(source)
    folder = staged(source, tmp_path / "stage") / "in"
    stage = json.loads((folder / "stage.json").read_text(encoding="utf-8"))
    archived = reading.derive(folder, own.parameters, stage)
    assert record.differing(own.roster, archived.roster) == ""
    assert archived.listings == own.listings and archived.notes == own.notes
    assert archived.problems == own.problems and archived.record() == own.record()


def test_each_step_is_computed_once_and_only_when_asked_for(monkeypatch):
    folder = ROOT / "demo" / "params" / "sample60"
    parameters = params.read_round(folder / "round.toml")
    roster = reading.derive(folder, parameters, FIXED).roster
    asked = []
    for module, name in ((freezing.framing, "frames"), (freezing.sizing, "settle")):
        real = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *own, real=real, name=name: (asked.append(name), real(*own))[1]
        )
    own = freezing.derive(roster, parameters)
    assert own.problems == own.problems and asked == ["frames"]
    assert own.tables == own.tables and asked == ["frames", "settle"]
