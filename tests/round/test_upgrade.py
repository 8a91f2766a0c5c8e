"""A year that three releases work on: what an older one made stays good under the newer ones, and
nothing is locked.

The oldest is made from this repository's history (no programs were kept then); the middle one is
the program as it is; the newest is that program with changes which show in records and pages.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from subprocess import CompletedProcess

import openpyxl
import pytest
from archived import failing, report_of, steps
from conftest import ROOT, new_project, new_year, process
from faults.conftest import forge
from warm import approved

import ssj
from ssj import protocol
from ssj.casebook import archive, program

pytestmark = pytest.mark.slow

FORMAT_1 = "fc1bc85~1"  # 0.1.0: rosters were no stage of their own
OLDEST = "f035af8"  # 0.2.0 in development, before programs were kept
REPLACED = {  # what the newest release does otherwise
    "ssj/draw/lists.py": (b'"""', b'"""Otherwise. '),
    "notebooks/2_draw.ipynb": ("程序与封库资料".encode(), "程序和封库资料".encode()),
    "notebooks/1a_freeze.ipynb": ("程序".encode(), "软件".encode()),
    "ssj/templates/page.html.j2": (b"<main", b'<main data-newer="1"'),
    "ssj/base/params.py": (
        b"    receipt_internal: bool = False",
        b"    lots_on_paper: bool = later(False)\n    receipt_internal: bool = False",
    ),
    "ssj/stages/draw.py": (b"def derive(self, stage: Archived) -> Iterable[str]:\n", None),
}


def from_history(commit: str) -> dict[str, bytes]:
    """The program as it was at a commit."""
    said = subprocess.run(
        ["git", "archive", commit, "ssj", "notebooks", "pyproject.toml", "requirements.lock"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if said.returncode:
        pytest.skip("the history is not here: a shallow clone, or no git")
    with tarfile.open(fileobj=io.BytesIO(said.stdout)) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar.getmembers() if m.isfile()}


class Releases:
    """Three programs in folders of their own, each with the list of those up to itself."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.known = folder, []
        self.middle = program.files()
        self.add("0.2.0", from_history(OLDEST))
        self.add("0.3.0", self.middle)
        newest = dict(self.middle)
        for path, (old, new) in REPLACED.items():
            assert old in newest[path], path
            refused = old + b'        yield "a newer rule"\n'  # V3 of 0.4.0 refuses older draws
            newest[path] = newest[path].replace(old, refused if new is None else new, 1)
        self.add("0.4.0", newest)

    def add(self, version: str, files: dict[str, bytes]) -> None:
        head = files[program.HEAD].decode()
        was = ssj.__version__ if ssj.__version__ in head else version
        files = {**files, program.HEAD: head.replace(was, version).encode()}
        notebooks = [n.partition("/")[2] for n in files if n.startswith("notebooks/")]
        code = {n: program.digest(program.code_files(n, files)) for n in notebooks}
        if version == "0.2.0":  # all of ssj and notebooks, but what takes no part in a draw
            code = {"*": program.digest({n: d for n, d in files.items() if counted(n)})}
        hash_of_all = program.digest({n: d for n, d in files.items() if n != program.RELEASES})
        entry = program.Release(version, hash_of_all, code, archive.FORMAT, protocol.PROTOCOL)
        self.known.append(entry)
        place = self.folder / version
        listed = json.dumps([e._asdict() for e in self.known]).encode()
        if version != "0.2.0":  # which counts each file of ssj/ into its code hash
            files[program.RELEASES] = listed
        for name, data in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(data)
        assert program.digest(program.files(place)) == hash_of_all

    def ssj(self, version: str, project: Path, *arguments: str) -> CompletedProcess[str]:
        """A command of a release, as a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "ssj.cli", *arguments],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(self.folder / version)},
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def zip(self, version: str, outputs: Path) -> Path:
        """A release's program, put beside the archives as somebody would who kept it."""
        files = program.files(self.folder / version)
        path = outputs / program.KEPT / f"{program.digest(files)}.zip"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(program.packed(files))
        return path


def counted(name: str) -> bool:
    """Whether 0.2.0 counted a file into its code hash."""
    passed = ("notebooks/7_backtest", "notebooks/8_proof", "notebooks/9_training", "ssj/proof/")
    return (
        name.startswith(("ssj/", "notebooks/"))
        and not name.startswith(passed)
        and not name.endswith(".docx")
    )


@pytest.fixture(scope="module")
def releases(tmp_path_factory) -> Releases:
    return Releases(tmp_path_factory.mktemp("releases"))


ROUNDS = ("sample60", "u2", "u3", "u4", "u5")


def a_year(folder: Path) -> Path:
    """Five rounds on the small sample's rosters."""
    project = new_project(folder, "sample60")
    for name in ROUNDS[1:]:
        place = shutil.copytree(project / "params" / "sample60", project / "params" / name)
        plan = openpyxl.load_workbook(place / "plan.xlsx")
        for cell in (cell for sheet in plan for row in sheet.iter_rows() for cell in row):
            cell.value = name if cell.value == "sample60" else cell.value
        plan.save(place / "plan.xlsx")
        text = (place / "round.toml").read_text(encoding="utf-8")
        (place / "round.toml").write_text(
            re.sub("yearly_cap = .*", "yearly_cap = 60", text).replace('"sample60"', f'"{name}"'),
            encoding="utf-8",
        )
    return project


@pytest.fixture(scope="module")
def year(releases, tmp_path_factory):
    """The year, worked on by one release after the other; what each command said, by its words."""
    project, said = a_year(tmp_path_factory.mktemp("year")), {}

    def do(version: str, *arguments: str, code: int = 0) -> str:
        answer = releases.ssj(version, project, *arguments)
        assert answer.returncode == code, (version, arguments, answer.stdout)
        said[version, *arguments[:2]] = answer.stdout
        return answer.stdout

    do("0.2.0", "run", "sample60")
    do("0.2.0", "freeze", "u2")

    do("0.3.0", "status")
    do("0.3.0", "audit", "outputs/sample60", "--fast", code=6)
    do("0.3.0", "draw", "u2", code=4)
    releases.zip("0.2.0", project / "outputs")
    said["0.3.0", "draw", "u2, refused"] = said.pop(("0.3.0", "draw", "u2"))
    do("0.3.0", "draw", "u2")
    amend(do, "0.3.0", project, "sample60")
    do("0.3.0", "run", "u3")
    do("0.3.0", "freeze", "u4")

    do("0.4.0", "status")
    do("0.4.0", "draw", "u4")
    do("0.4.0", "results", "u3", "--sample")
    amend(do, "0.4.0", project, "u4")
    do("0.4.0", "freeze", "u5")
    do("0.4.0", "audit", "outputs/u3")
    for name, code in (("sample60", 6), ("u2", 6), ("u4", 0)):
        do("0.4.0", "audit", f"outputs/{name}", "--fast", code=code)
    return project, said


def amend(do, version: str, project: Path, name: str) -> None:
    """Somebody of the first team can't come; somebody else goes."""
    outputs = project / "outputs"
    entry = next(
        e for e in archive.read_entries(outputs) if (e["round"], e["stage"]) == (name, "03-draw")
    )
    record = archive.Archive(outputs, []).record(entry)
    for taken in protocol.teams_now(record)["officers"]:
        try:
            protocol.replace(record, taken["officer"], [taken["visit"]], False)
        except protocol.ProtocolError:
            continue
        asked = ("--officer", taken["officer"], "--visit", taken["visit"], "--reason", "回避")
        do(version, "amend", name, *asked, *approved())
        return
    raise AssertionError("nobody can be replaced")


def made_by(project: Path, name: str) -> dict[str, str]:
    """The version that made each stage of a round."""
    folder = project / "outputs" / name
    stages = sorted(p for p in folder.iterdir() if archive.STAGE_NAME.fullmatch(p.name))
    return {
        p.name: json.loads((p / "data/in/stage.json").read_text(encoding="utf-8"))["code"][
            "version"
        ]
        for p in stages
    }


def test_a_frozen_round_is_drawn_by_the_release_that_froze_it(year):
    project, said = year
    assert set(made_by(project, "u2").values()) == {"0.2.0"}
    refused = said["0.3.0", "draw", "u2, refused"]
    assert "封库时的程序与本机的不同，不能用来抽取；.programs 中没有做它的程序 ssj 0.2.0" in refused
    assert "取发布的 ssj 0.2.0" in refused
    assert "封库用的是 ssj 0.2.0：用留存的这一版程序抽取。" in said["0.3.0", "draw", "u2"]
    assert "封库用的是 ssj 0.3.0：用留存的这一版程序抽取。" in said["0.4.0", "draw", "u4"]
    assert made_by(project, "u4") == {
        **dict.fromkeys(("01-rosters", "02-freeze", "03-draw"), "0.3.0"),
        "04-amend": "0.4.0",
    }


def test_the_status_says_so_beforehand(year):
    _, said = year
    assert "封库用的是 ssj 0.2.0，与本机程序不同；.programs 中没有" in said["0.3.0", "status"]
    assert (
        "封库用的是 ssj 0.3.0，与本机程序不同；ssj draw 会用留存的那一版抽取"
        in said["0.4.0", "status"]
    )


def test_later_stages_run_under_newer_releases(year):
    project, _ = year
    assert made_by(project, "sample60")["04-amend"] == "0.3.0"
    assert made_by(project, "u3")["04-results"] == "0.4.0"
    assert set(made_by(project, "u5").values()) == {"0.4.0"}


def test_nothing_reads_as_forged(year):
    _, said = year
    audits = {words: text for words, text in said.items() if words[1] == "audit"}
    assert len(audits) == 5
    assert not [
        words for words, text in audits.items() if "不符——" in text or "结论：有不符" in text
    ]


def test_an_older_release_that_is_kept_checks_its_own_stages(year):
    """All ten steps hold, though the newest release derives, shows and renders otherwise."""
    _, said = year
    text = said["0.4.0", "audit", "outputs/u3"]
    assert all(f"V{n} " in text for n in range(1, 11)) and "：未核验" not in text
    assert "01-rosters、02-freeze、03-draw 用 ssj 0.3.0（已发布，与本机程序不同）；" in text
    assert "04-results 用 ssj 0.4.0（已发布，就是本机这一份）" in text
    assert said["0.4.0", "audit", "outputs/u4"].count("：未核验") == 2  # V9 and V10, left out


def test_what_only_an_older_program_could_tell_is_not_checked(year):
    """The oldest can't be asked for one stage: by the protocol's number its draws hold all the
    same.
    """
    _, said = year
    for name in ("sample60", "u2"):
        text = said["0.4.0", "audit", f"outputs/{name}"]
        for number, title in ((1, "留痕登记簿"), (2, "档案包"), (5, "抽取检查对象")):
            assert f"V{number} {title}：相符" in text
        assert "ssj 0.2.0 还不能单独核验一个阶段；请用那一版复核整个批次" in text
        assert "结论：没有发现不符，但有步骤未核验，不能视为通过。" in text


def test_the_oldest_release_still_audits_what_it_made(year, releases, tmp_path):
    """As the newest one advises: in a copy of the archives of that time."""
    project, _ = year
    old = shutil.copytree(project, tmp_path / "old")
    lines = (old / "outputs/ledger.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (old / "outputs/ledger.jsonl").write_text("".join(lines[:3]), encoding="utf-8")
    for path in (old / "outputs/sample60").glob("0[4-9]-*"):
        shutil.rmtree(path)
    answer = releases.ssj("0.2.0", old, "audit", "outputs/sample60")
    assert answer.returncode == 0, answer.stdout


@pytest.fixture
def copied_year(year, tmp_path):
    return shutil.copytree(year[0], tmp_path / "copy")


def test_only_released_programs_are_run(copied_year, releases):
    """An insider puts other code under a released program's name, or names a program of their
    own: neither is run, and neither passes.
    """
    files = program.files(releases.folder / "0.3.0")
    path = copied_year / "outputs" / program.KEPT / f"{program.digest(files)}.zip"
    mark = copied_year / "ran"
    evil = {**files, "ssj/audit/alone.py": f"open({str(mark)!r}, 'w')".encode()}
    path.write_bytes(program.packed(evil))
    answer = releases.ssj("0.4.0", copied_year, "audit", "outputs/u3")
    assert answer.returncode == 5 and not mark.exists(), answer.stdout
    assert answer.stdout.count("不符——") == 1 and "不是原来的程序，不要运行" in answer.stdout
    path.unlink()
    (path.parent / f"{program.digest(evil)}.zip").write_bytes(program.packed(evil))
    answer = releases.ssj("0.4.0", copied_year, "audit", "outputs/u3")
    assert answer.returncode == 6 and not mark.exists(), answer.stdout
    assert ".programs 中没有做它的程序 ssj 0.3.0" in answer.stdout


def test_another_environment_is_made_or_its_lack_told(copied_year, releases, tmp_path):
    """A newest release with another lock; there is no index, and no wheel fits."""
    place = shutil.copytree(releases.folder / "0.4.0", tmp_path / "program")
    with (place / "requirements.lock").open("a") as file:
        file.write("# another\n")
    (copied_year / "outputs" / program.KEPT / "wheels").mkdir()
    environments = tmp_path / "environments"
    for more, said in (
        (("--fast",), "它要另外的运行环境，--fast 不安装；请不带 --fast 再复核一次"),
        ((), "装不好它的运行环境"),
    ):
        answer = subprocess.run(
            [sys.executable, "-m", "ssj.cli", "audit", "outputs/u3", *more],
            cwd=copied_year,
            env={
                **os.environ,
                "PYTHONPATH": str(place),
                "SSJ_ENVIRONMENTS": str(environments),
            },
            encoding="utf-8",
            capture_output=True,
            check=False,
        )
        assert answer.returncode == 6, answer.stdout + answer.stderr
        assert said in answer.stdout and "V5 抽取检查对象：相符" in answer.stdout
    assert "--require-hashes" in answer.stdout and ".programs" in answer.stdout
    assert not list(environments.glob("*/ready"))


def test_a_year_planned_under_one_release_is_reviewed_under_the_next(releases, tmp_path):
    project = new_year(tmp_path / "project").parents[1]
    for version, *words in (
        ("0.3.0", "plan", "2021"),
        ("0.3.0", "run", "sample60"),
        ("0.4.0", "results", "sample60", "--sample"),
        ("0.4.0", "review", "2021"),
    ):
        answer = releases.ssj(version, project, *words)
        assert answer.returncode == 0, (version, words, answer.stdout)
    assert made_by(project, "2021") == {"01-plan": "0.3.0", "02-review": "0.4.0"}
    answer = releases.ssj("0.4.0", project, "audit", "outputs/2021")
    assert answer.returncode == 0 and "：未核验" not in answer.stdout, answer.stdout
    assert "01-plan 用 ssj 0.3.0（已发布，与本机程序不同）" in answer.stdout
    answer = releases.ssj("0.4.0", project, "audit", "--all", "--fast")
    assert answer.returncode == 0, answer.stdout
    answer = releases.ssj("0.3.0", project, "audit", "outputs/2021", "--fast")
    assert answer.returncode == 6 and "不符——" not in answer.stdout, answer.stdout


def test_an_archive_of_format_1_is_held_against_the_protocol(tmp_path):
    """Drawn by 0.1.0, which wrote other records: nothing reads as forged; a forged draw does."""
    program_of_then = tmp_path / "program"
    for name, data in from_history(FORMAT_1).items():
        (program_of_then / name).parent.mkdir(parents=True, exist_ok=True)
        (program_of_then / name).write_bytes(data)
    project = new_project(tmp_path / "project", "sample60")
    answer = process(project, "run", "sample60", env={"PYTHONPATH": str(program_of_then)})
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert (project / "outputs/sample60/02-draw").is_dir()
    report = report_of(project, fast=False)
    held = dict.fromkeys((1, 2, 4, 5, 6, 7), True)
    assert steps(report) == {**held, **dict.fromkeys((3, 8, 9, 10))} and report.exit_code == 6

    def otherwise(data: Path) -> None:
        path = data / "out" / "draw.json"
        record = archive.read_record(path)
        record["visits"].pop()
        path.write_bytes(protocol.canonical(record))

    forge(project, draw=otherwise)
    assert min(failing(report_of(project))) == 6
