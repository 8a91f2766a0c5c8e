"""Each kind of tampering in the table (:mod:`faults.tampering.table`) is caught by the step named
there, or shown by the value named there; and single bytes and files, one after another, are bound.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from archived import DRAW, FREEZE, numbered, report_of
from conftest import ROOT
from faults.tampering.table import NAMES, ROWS
from faults.tampering.tools import FREEZE as NEXT_FREEZE
from faults.tampering.tools import FREEZE_2, Copy, Tampering
from warm import ssj

from ssj import protocol
from ssj.audit import again, audit, checks
from ssj.casebook import archive, bags, runner

from .conftest import forge

sys.path.insert(0, str(ROOT / "scripts"))
import make_security

STAGES = numbered("freeze", "draw")
BINDING = bags.MANIFESTS
FREEZE_OF = {"sample60": FREEZE_2, "next60": NEXT_FREEZE}


LIMIT = 60  # seconds that an audit may take here


@pytest.fixture
def copy(real_year, tmp_path) -> Copy:
    return Copy(shutil.copytree(real_year, tmp_path / "project"))


@contextmanager
def in_time() -> Iterator[None]:
    """A failure instead of a hang; no error that an audit would take for one of the disk."""

    def late(*_: object) -> None:
        pytest.fail(f"not done after {LIMIT} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def marked(row: Tampering):
    return pytest.param(row, id=row.name, marks=[pytest.mark.slow] * row.full)


@pytest.mark.parametrize("row", [marked(row) for row in ROWS])
def test_the_step_named_catches_it(copy, row):
    row.do(copy, copy.bag(row.at))
    with in_time():
        report = report_of(copy.project, not row.full, row.round)
    if not row.caught:  # the archive alone doesn't tell, or it doesn't matter
        assert failed(report) == [], report.steps
        return
    found = step(report, int(row.caught[1:]))
    assert found.holds is (None if row.unchecked else False), report.steps
    assert row.says in found.detail
    if int(row.caught[1:]) > 2 and not row.says and not row.unchecked:
        assert f"{row.at.partition('/')[2]}：" in found.detail, found.detail


WITH_VALUES = [row for row in ROWS if row.outside in ("commitment", "notice", "head")]


@pytest.mark.parametrize("row", WITH_VALUES, ids=[row.name for row in WITH_VALUES])
def test_the_value_from_outside_shows_it(copy, real_year, row):
    """What a custodian, a website or a newspaper holds of the archive as it was."""
    held = {"head": copy.entries()[-1]["hash"]}
    freeze = copy.data(FREEZE_OF[row.round]) / "out"
    held["commitment"] = archive.read_record(freeze / "freeze.json")["commitment"]
    held["notice"] = freeze / "notice.json"
    if row.outside == "notice":
        held["notice"] = shutil.copyfile(held["notice"], copy.project / "notice.json")
    option = (f"--{row.outside}", held[row.outside])
    folder = f"outputs/{row.round}"
    assert ssj(copy.project, "audit", folder, "--fast", *option).returncode in (0, 6)
    row.do(copy, copy.bag(row.at))
    answer = ssj(copy.project, "audit", folder, "--fast", *option)
    assert answer.returncode == 5, answer.stdout + answer.stderr


def test_the_table_is_whole():
    assert len(ROWS) >= 120 and len(set(NAMES)) == len(NAMES)
    for row in ROWS:
        assert [bool(row.caught), bool(row.outside), bool(row.harmless)].count(True) == 1, row.name


def test_the_catalogue_is_printed():
    page = make_security.PAGE.read_text(encoding="utf-8")
    assert make_security.printed(page) == page, "run scripts/make_security.py"


def step(report: audit.Report, number: int) -> protocol.Step:
    return next(s for s in report.steps if s.number == number)


def failed(report: audit.Report) -> list[int]:
    return [s.number for s in report.steps if s.holds is False]


def files_of(project: Path) -> dict[str, Path]:
    """All files of both bags, by ``stage/path``."""
    folder = project / "outputs" / "sample60"
    return {
        p.relative_to(folder).as_posix(): p
        for s in STAGES
        for p in sorted((folder / s).rglob("*"))
        if p.is_file()
    }


@pytest.fixture
def seals(monkeypatch):
    """Audits do V1 and V2 only: hundreds of them in a few seconds."""
    for module, name in (
        (checks, "derived"),
        (checks, "of_step"),
        (again.Makers, "sources"),
        (again, "pages"),
    ):
        monkeypatch.setattr(module, name, lambda *_: ())


# --- bytes ---


def offsets(size: int, seed: str) -> list[int]:
    """First, middle, last, and five pseudo-random ones."""
    rng = random.Random(seed)
    return sorted({0, size // 2, size - 1, *(rng.randrange(size) for _ in range(5))})


def flipped(data: bytes, at: int) -> bytes:
    mask = random.Random(f"{at},{len(data)}").randrange(1, 256)
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def test_the_untouched_round_passes(done_sample60):
    report = report_of(done_sample60)
    assert (report.exit_code, failed(report), report.junk) == (0, [], [])


def test_a_byte_flip_in_any_file_is_caught(copy_sample60, seals):
    missed = []
    for name, path in files_of(copy_sample60).items():
        data = path.read_bytes()
        changes = [flipped(data, at) for at in offsets(len(data), name)] + [
            b"",
            data[:-1],
            data + b"\n",
        ]
        stage, _, file = name.partition("/")
        for number, change in enumerate(changes):
            path.write_bytes(change)
            report = report_of(copy_sample60)
            said = {  # a blank line more, or its line end less, is told for what it is
                f"{stage}：{file} 的内容与登记的不符",
                (
                    f"{stage}：1 个文件只差换行符、BOM 或空行，内容相同（编辑软件或 git 改的，"
                    f"请从备份恢复，或按使用手册“换行符被改”一节改回）：{file}"
                ),
            }
            if report.exit_code != 5 or not any(text in step(report, 2).detail for text in said):
                missed.append((name, number, step(report, 2).detail))
        path.write_bytes(data)
    assert not missed
    assert report_of(copy_sample60).exit_code == 0  # all is as it was


def test_every_single_byte_of_the_tag_manifests_is_bound(copy_sample60):
    """bagit alone misses about one flip in fourteen here."""
    missed = []
    for entry in archive.read_entries(copy_sample60 / "outputs"):
        bag = copy_sample60 / "outputs" / "sample60" / entry["stage"]
        path = bag / BINDING[0]
        data = path.read_bytes()
        for at in range(len(data)):
            path.write_bytes(flipped(data, at))
            problems, _ = bags.problems(bag, entry["bag"])
            if f"{BINDING[0]} 的内容与登记的不符" not in problems:
                missed.append((entry["stage"], at, problems))
        path.write_bytes(data)
    assert not missed


def test_a_byte_flip_in_any_ledger_line_is_caught(copy_sample60, seals):
    path = copy_sample60 / "outputs" / archive.LEDGER
    data = path.read_bytes()
    starts = [0, *(at + 1 for at, byte in enumerate(data) if byte == ord("\n"))]
    missed = []
    for line, (start, end) in enumerate(pairwise(starts), 1):
        for at in offsets(end - start, f"line {line}"):
            path.write_bytes(flipped(data, start + at))
            report = report_of(copy_sample60)
            if report.exit_code != 5 or not names_line(step(report, 1).detail, line):
                missed.append((line, at, step(report, 1).detail))
    assert not missed


def names_line(text: str, line: int) -> bool:
    return f"留痕登记簿第 {line} 行" in text or (line == 2 and "留痕登记簿最后一行不完整" in text)


def test_every_single_byte_of_the_ledger_is_bound(done_sample60):
    data = (done_sample60 / "outputs" / archive.LEDGER).read_bytes()
    for at in range(len(data)):
        with pytest.raises(protocol.ProtocolError):
            protocol.read_ledger(flipped(data, at).decode("utf-8", errors="surrogateescape"))


def test_a_removed_file_is_caught(copy_sample60, seals):
    missed = []
    for name, path in files_of(copy_sample60).items():
        data = path.read_bytes()
        path.unlink()
        report = report_of(copy_sample60)
        stage, _, file = name.partition("/")
        if report.exit_code != 5 or f"{stage}：{file} 不见了" not in step(report, 2).detail:
            missed.append((name, step(report, 2).detail))
        path.write_bytes(data)
    assert not missed


def test_without_a_ledger_a_changed_file_still_fails(copy_sample60):
    (copy_sample60 / "outputs" / archive.LEDGER).unlink()
    path = copy_sample60 / "outputs" / "sample60" / DRAW / "data" / "out" / "draw.json"
    path.write_bytes(flipped(path.read_bytes(), 1000))
    report = report_of(copy_sample60)
    assert report.exit_code == 5
    assert f"{DRAW}：data/out/draw.json 的内容与登记的不符" in step(report, 2).detail


# --- forged, and nothing of it is run ---


def test_a_forgery_that_changes_nothing_passes(copy_sample60):
    """So that the forgeries of the table are caught for what they change."""
    forge(copy_sample60)
    assert report_of(copy_sample60).exit_code == 0


def change_cell(mark: Path):
    """One more statement in a cell of the archived notebook, which would leave a mark if it were
    run.
    """

    def change(data: Path) -> None:
        notebook = json.loads((data / "notebook.ipynb").read_text(encoding="utf-8"))
        cell = next(c for c in notebook["cells"] if c["id"] == "write")
        cell["source"] = [*cell["source"], f"\nPath({str(mark)!r}).write_text('x')"]
        (data / "notebook.ipynb").write_text(
            json.dumps(notebook, ensure_ascii=False), encoding="utf-8"
        )

    return change


@pytest.mark.parametrize("kind", ["freeze", "draw"])
def test_a_changed_cell_fails_and_nothing_is_run(copy_sample60, tmp_path, monkeypatch, kind):
    mark = tmp_path / "ran"
    forge(copy_sample60, **{kind: change_cell(mark)})
    monkeypatch.setattr(runner, "fresh_kernel", lambda folder: pytest.fail("a kernel was started"))
    report = report_of(copy_sample60, fast=False)
    assert (report.exit_code, failed(report)) == (5, [8])
    assert "过程记录的单元 write 与发布的不同" in step(report, 8).detail
    assert step(report, 9).holds is None and "不运行" in step(report, 9).detail
    assert not mark.exists()


# --- stray files of operating systems and Excel ---

JUNK = [
    f"{DRAW}/Thumbs.db",
    f"{DRAW}/data/.DS_Store",
    f"{FREEZE}/data/in/~$targets.xlsx",
    f"{FREEZE}/data/out/Thumbs.db",
    f"{DRAW}/data/in/~$x.xlsx",
    f"{DRAW}/data/out/desktop.ini",
    ".DS_Store",
]


def test_junk_is_reported_and_does_not_matter(copy_sample60):
    for name in JUNK:
        (copy_sample60 / "outputs" / "sample60" / name).write_bytes(b"x")
    report = report_of(copy_sample60)
    assert (report.exit_code, failed(report)) == (0, [])
    assert sorted(report.junk) == sorted(JUNK)


@pytest.mark.slow
def test_junk_does_not_matter_to_re_execution(copy_sample60):
    for name in JUNK:
        (copy_sample60 / "outputs" / "sample60" / name).write_bytes(b"x")
    report = report_of(copy_sample60, fast=False)
    assert (report.exit_code, failed(report)) == (0, [])
