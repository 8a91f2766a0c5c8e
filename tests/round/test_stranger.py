"""A stranger in ten years has a copied ``outputs`` folder and Python, nothing else: its README
leads to a verified draw.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from archived import DRAW
from conftest import ROOT

from ssj.casebook import program

EXAMPLE = "2021Q4/03-draw"  # what the README says where the stranger's own stage goes
VERSIONS = ("3.11", "3.12", "3.13")


def python(version: str) -> str:
    """An interpreter of a version, from PATH or from pyenv."""
    places = [Path.home() / ".pyenv/versions"]
    found = [p for place in places for p in place.glob(f"{version}.*/bin/python") if p.exists()]
    if f"{sys.version_info.major}.{sys.version_info.minor}" == version:
        return sys.executable
    if found:
        return str(found[0])
    pytest.skip(f"Python {version} is not here")


def commands(readme: Path) -> list[list[str]]:
    """The commands of a README, block by block."""
    blocks = re.findall(r"(?ms)^```sh\n(.*?)^```$", readme.read_text(encoding="utf-8"))
    return [block.splitlines() for block in blocks]


@pytest.fixture
def alone(done_sample60, tmp_path):
    """The outputs folder alone, elsewhere."""
    return shutil.copytree(done_sample60 / "outputs", tmp_path / "某处" / "outputs")


def run(command: str, folder: Path, interpreter: str) -> subprocess.CompletedProcess[str]:
    words = shlex.split(command.replace(EXAMPLE, f"sample60/{DRAW}"))
    assert words[0] == "python"
    return subprocess.run(
        [interpreter, *words[1:]],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1"},
        encoding="utf-8",
        capture_output=True,
        check=False,
    )


def test_the_readme_in_the_project_is_the_one_that_is_kept(alone):
    own = (ROOT / program.README).read_bytes()
    assert (ROOT / "outputs/README.md").read_bytes() == own
    assert (alone / "README.md").read_bytes() == own


@pytest.mark.parametrize("version", VERSIONS)
def test_the_draw_is_verified_with_the_standard_library_alone(alone, version):
    (command,), _ = commands(alone / "README.md")
    answer = run(command, alone, python(version))
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert all(f"V{number} " in answer.stdout for number in range(3, 8)), answer.stdout
    path = alone / "sample60" / DRAW / "data" / "out" / "draw.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["visits"].pop()
    path.write_text(json.dumps(record), encoding="utf-8")
    answer = run(command, alone, python(version))
    assert answer.returncode != 0 and "不符" in answer.stdout


@pytest.mark.slow
def test_the_whole_round_is_executed_again_from_the_kept_program(alone):
    """But for the installation: the packages are those of the tests' own environment."""
    _, (unpack, venv, install, audit) = commands(alone / "README.md")
    (kept,) = (alone / program.KEPT).glob("*.zip")
    answer = run(unpack.replace("程序校验码", kept.stem), alone, sys.executable)
    assert answer.returncode == 0, answer.stderr
    place = alone.parent / "ssj-program"
    assert program.files(place) == program.unpacked(kept)
    assert "../ssj-program/.venv" in venv and "--require-hashes" in install
    assert (place / "requirements.lock").exists() and (place / "README.md").exists()
    words = audit.replace("2021Q4", "sample60").split()
    assert words[:2] == ["PYTHONPATH=../ssj-program", "../ssj-program/.venv/bin/python"]
    answer = subprocess.run(
        [sys.executable, *words[2:]],
        cwd=alone,
        env={**os.environ, "PYTHONPATH": str(place)},
        encoding="utf-8",
        capture_output=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "结论：全部相符。" in answer.stdout
