"""A whole year on drives with other rules than a Linux disk's: Windows' own, slow ones, ones whose
rename is not atomic; killed there, with a workbook open in Excel, with a scanner that holds files.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from archived import numbered, report_of
from conftest import ROOT, WHOLE_YEAR, new_project, run_year
from faults import two_rounds
from faults.two_rounds import FIRST, SECOND, YEAR
from warm import amend, tell

from ssj.audit import audit
from ssj.casebook import archive

from .conftest import stages_of, tree, whole_stages
from .test_interruptions import in_fork, look, timed
from .windows_drive import missing, mounted, refused, seen, want

why = missing()
pytestmark = pytest.mark.skipif(bool(why), reason=why)
BASE = 120  # characters of the folder that holds a project
BELOW_OUTPUTS = 120  # characters of the longest path there: with the base well below 260
KILLS, SEED = 12, 20211126


@pytest.fixture
def drive(tmp_path):
    """An empty drive, on which a path may have 259 characters, ``BASE`` of them before its root."""
    try:
        with mounted(tmp_path, BASE) as place:
            yield place
    except RuntimeError as error:
        pytest.skip(str(error))


@contextmanager
def excel(path: Path):
    """A workbook open in Excel: a handle that is held, and the lock file beside it."""
    lock = path.with_name(f"~${path.name}")
    lock.write_bytes(b"x")
    with path.open("rb"):
        yield
    lock.unlink()


# --- the drive itself ---


def made(path: Path) -> int:
    """0, or the error's number."""
    try:
        path.write_bytes(b"x")
    except OSError as error:
        return error.errno
    return 0


NAMES = {
    **dict.fromkeys(("抽取结果（第2次，调整1）.xlsx", "console.txt", ".part", "~$a.xlsx"), 0),
    **dict.fromkeys(
        ("a:b", "a*", "a?", 'a"', "a<b", "a>", "a|b", "a\\b", "a\tb", "a.", "a ", "CON", "nul.txt",
         "Com1.tar.gz", "lpt9", "AUX .txt"),
        errno.EINVAL,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names(drive, name):
    assert refused(name) == bool(NAMES[name])
    assert made(drive / name) == NAMES[name]
    assert sorted(p.name for p in drive.iterdir()) == [name] * (not NAMES[name])


def test_any_case_finds_a_file_and_no_second_one_is_made(drive):
    (drive / "Outputs").mkdir()
    (drive / "outputs" / "Draw.json").write_text("1")
    (drive / "OUTPUTS" / "draw.JSON").write_text("2")
    assert [p.name for p in (drive / "Outputs").iterdir()] == ["Draw.json"]
    assert (drive / "outputs" / "Draw.json").read_text() == "2"
    os.rename(drive / "outputs" / "Draw.json", drive / "outputs" / "draw.json")
    assert [p.name for p in (drive / "Outputs").iterdir()] == ["draw.json"]
    with pytest.raises(FileExistsError):
        (drive / "OUTPUTS").mkdir()


def test_paths_are_not_longer_than_windows_allows(drive):
    longest = 259 - BASE - 1
    assert made(drive / ("x" * longest)) == 0
    assert made(drive / ("x" * (longest + 1))) == errno.ENOENT
    assert seen(drive)["longest"] == "/" + "x" * longest


def test_an_open_file_is_neither_renamed_nor_replaced_nor_removed(drive):
    folder = drive / "folder"
    folder.mkdir()
    path, other = folder / "a", drive / "b"
    path.write_text("a"), other.write_text("b")
    with path.open():
        for act in (path.unlink, lambda: path.rename(drive / "c"), lambda: other.replace(path),
                    lambda: folder.rename(drive / "d")):  # fmt: skip
            with pytest.raises(PermissionError):
                act()
        assert (path.read_text(), other.read_text()) == ("a", "b")
    other.replace(path)
    folder.rename(drive / "d")
    assert (drive / "d" / "a").read_text() == "b"


def test_what_excel_holds_is_read_but_not_written(drive):
    path = drive / "a.xlsx"
    path.write_text("a")
    with excel(path):
        assert path.read_text() == "a" and made(path) == errno.EACCES
    assert made(path) == 0


def test_no_links(drive):
    (drive / "a").write_text("a")
    for link in (os.symlink, os.link):
        with pytest.raises(PermissionError):
            link(drive / "a", drive / "b")


def test_a_rename_that_is_not_atomic_is_seen_by_others(drive):
    """So that the tests below do try something."""
    (drive / "a").write_text("old")
    want(drive, atomic=False)
    gone, stop = [], threading.Event()

    def look_in() -> None:
        while not stop.is_set():
            gone.append(not (drive / "a").exists())

    other = threading.Thread(target=look_in)
    other.start()
    for _ in range(50):
        (drive / "b").write_text("new")
        os.replace(drive / "b", drive / "a")
    stop.set()
    other.join()
    assert any(gone) and (drive / "a").read_text() == "new"


def test_an_operation_fails_when_it_is_told_to(drive):
    want(drive, fail="write", after=2, error=errno.ENOSPC)
    assert [made(drive / "a") for _ in range(4)] == [0, errno.ENOSPC, 0, 0]
    want(drive, fail="fsync", after=1, error=errno.EIO, lasting=True)
    with (drive / "a").open("wb") as file:
        for _ in range(2):
            with pytest.raises(OSError) as error:
                os.fsync(file.fileno())
            assert error.value.errno == errno.EIO
    assert seen(drive)["failed"] == 2


# --- a year on it ---

DRIVES = {
    "as Windows": {},
    "slow": {"delay": 0.002},
    "not atomic": {"atomic": False},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DRIVES)
def test_a_year_of_two_rounds(drive, name):
    want(drive, **DRIVES[name])
    two_rounds.make(drive)
    assert tell(drive, "papers", FIRST)[0] == 0  # the papers' blanks have the longest names
    outputs = drive / "outputs"
    assert len(whole_stages(outputs)) == 16
    for round_id in (YEAR, FIRST, SECOND):
        report = report_of(drive, round_id=round_id)
        assert [(s.number, s.detail) for s in report.steps if s.holds is False] == []
    longest = max((str(p.relative_to(outputs)) for p in outputs.rglob("*")), key=len)
    assert len(longest) < BELOW_OUTPUTS, longest
    ever = seen(drive)["longest"].removeprefix("/outputs/")
    assert len(ever) < BELOW_OUTPUTS, ever  # what was made and is gone, too


@pytest.mark.slow
def test_the_sample_year(drive):
    run_year(drive)
    whole_stages(drive / "outputs")
    for name in (YEAR, *WHOLE_YEAR):
        report = report_of(drive, round_id=name)
        assert (name, report.exit_code) == (name, 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["as Windows", "not atomic"])
def test_killed_at_random_moments(drive, done_sample60, capsys, monkeypatch, name):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "tests")]))
    want(drive, **DRIVES[name])
    base = new_project(drive / "base", "sample60")
    last = timed(base, drive / "timed", "run", in_fork)
    rng, found = random.Random(SEED), set()
    for number in range(KILLS):
        project = shutil.copytree(base, drive / f"killed-{number}")
        in_fork(project, "run", rng.random() * last)
        stages = look(project, capsys, monkeypatch)
        found.add(len(stages))
        if number % 4 == 0:
            assert tell(project, "run", "sample60")[0] == 0
            assert whole_stages(project / "outputs") == numbered(
                "freeze", "draw", inside="sample60/"
            )
        monkeypatch.chdir(drive)  # out of what goes now
        shutil.rmtree(project)
    assert len(found) > 1, found


# --- held by others ---


@pytest.fixture
def round_on_drive(drive, done_sample60) -> Path:
    for folder in ("params", "outputs"):
        shutil.copytree(done_sample60 / folder, drive / folder)
    return drive


def test_a_roster_open_in_excel_while_freezing(drive):
    project = new_project(drive, "sample60")
    with excel(project / "params" / "sample60" / "targets.xlsx"):
        code, said = tell(project, "freeze", "sample60")
    assert code == 3 and "targets.xlsx" in said and "关闭" in said
    assert stages_of(project / "outputs") == []
    assert tell(project, "freeze", "sample60")[0] == 0


def test_a_working_copy_open_in_excel_undoes_nothing(round_on_drive):
    """What an amendment renews is open: the stage is archived all the same, and it is said."""
    files = round_on_drive / "outputs" / "sample60" / "files"
    form = next((files / "结果回填表").glob("*.xlsx"))
    record = two_rounds.drawn(round_on_drive, "sample60")
    officer = two_rounds.replaceable(record, whole=True)[0]
    held = [form, files / "抽取结果.xlsx"]
    with excel(held[0]), excel(held[1]):
        code, said = amend(round_on_drive, officer, "请假")
        assert "Traceback" not in said
        assert whole_stages(round_on_drive / "outputs")[-1] == "sample60/04-amend"
        if code:
            assert "正在别的程序中打开" in said and "不受影响" in said
    assert tell(round_on_drive, "status")[0] == 0
    assert (files / "抽取结果（调整1）.xlsx").exists()
    assert not [p.name for p in files.glob(".*")]


def test_a_roster_of_the_archive_open_in_excel(round_on_drive):
    """Somebody looks into the archive while it is audited, and while the next stage is made."""
    outputs = round_on_drive / "outputs"
    with excel(outputs / "sample60" / "01-rosters" / "data" / "in" / "targets.xlsx"):
        report = report_of(round_on_drive)
        assert (report.exit_code, report.junk) == (0, ["01-rosters/data/in/~$targets.xlsx"])
        record = two_rounds.drawn(round_on_drive, "sample60")
        officer = two_rounds.replaceable(record, whole=True)[0]
        assert amend(round_on_drive, officer, "请假")[0] == 0
    assert whole_stages(outputs)[-1] == "sample60/04-amend"


@contextmanager
def scanner(place: Path, name: str, seconds: float):
    """Opens each new file of this name once, as soon as it is seen, and holds it for a while."""
    stop, opened = threading.Event(), set()

    def scan() -> None:
        while not stop.is_set():
            with suppress(OSError):  # folders come and go
                for path in list(place.rglob(name)):
                    if (changed := path.stat().st_mtime_ns) not in opened:
                        with path.open("rb"):
                            opened.add(changed)
                            time.sleep(seconds)
            time.sleep(0.01)

    thread = threading.Thread(target=scan)
    thread.start()
    try:
        yield opened
    finally:
        stop.set()
        thread.join()


@pytest.mark.slow
def test_a_scanner_holds_a_new_file_for_a_moment(drive, monkeypatch):
    """The stage's folder can't be renamed while a file in it is open; a moment later it can."""
    project = new_project(drive, "sample60")
    refusals, rename = [], os.rename

    def noting(*names):
        try:
            rename(*names)
        except PermissionError:
            refusals.append(names)
            raise

    monkeypatch.setattr(os, "rename", noting)
    with scanner(project / "outputs" / ".work", "notebook.ipynb", 0.3) as opened:
        (project / "outputs").mkdir()
        code, said = tell(project, "freeze", "sample60")
    assert code == 0, said
    assert opened and refusals
    assert whole_stages(project / "outputs") == numbered("freeze", inside="sample60/")


def test_a_file_that_is_held_for_good_leaves_no_stage(drive, monkeypatch):
    project = new_project(drive, "sample60")
    flush, held = archive._flush_tree, []

    def hold(folder: Path) -> None:
        flush(folder)
        held.append((folder / "data" / "notebook.ipynb").open("rb"))

    with monkeypatch.context() as patch:
        patch.setattr(archive, "_flush_tree", hold)
        patch.setattr(time, "sleep", lambda seconds: None)
        code, said = tell(project, "freeze", "sample60")
    assert code == 1 and "被其他程序打开" in said and "Traceback" not in said
    assert stages_of(project / "outputs") == []
    held[0].close()
    assert tell(project, "freeze", "sample60")[0] == 0
    whole_stages(project / "outputs")


def test_a_ledger_that_fails_while_a_scanner_holds_the_new_stage(drive, monkeypatch):
    """The stage is taken back; not at once, but as soon as the scanner lets it go."""
    project = new_project(drive, "sample60")
    assert tell(project, "rosters", "sample60")[0] == 0
    append, handles = archive._append, []

    def fail(ledger: Path, line: str) -> None:
        stage = ledger.parent / "sample60" / "02-freeze" / "data" / "notebook.ipynb"
        handles.append(stage.open("rb"))
        threading.Timer(0.2, handles[0].close).start()
        raise OSError(errno.EIO, "Input/output error", str(ledger))

    with monkeypatch.context() as patch:
        patch.setattr(archive, "_append", fail)
        code, said = tell(project, "freeze", "sample60")
    assert code == 1 and "读写文件出错" in said
    assert whole_stages(project / "outputs") == numbered("freeze", inside="sample60/")[:-1]
    assert append is archive._append and tell(project, "freeze", "sample60")[0] == 0


# --- not atomic, and broken off ---


def test_a_rename_that_breaks_off_leaves_a_whole_stage_or_none(drive, capsys, monkeypatch):
    """The connection goes while a stage moves into place file by file."""
    project = new_project(drive, "sample60")
    assert tell(project, "rosters", "sample60")[0] == 0
    before, rename = tree(project / "outputs"), os.rename

    def torn(source, target):
        if str(target).endswith("02-freeze"):
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("public.html"))
            raise OSError(errno.EIO, "Input/output error", str(target))
        rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", torn)
        code, said = tell(project, "freeze", "sample60")
    assert code == 1 and "读写文件出错" in said
    assert whole_stages(project / "outputs") == ["sample60/01-rosters"]
    code, said = tell(project, "freeze", "sample60")
    assert code == 0, said
    assert whole_stages(project / "outputs") == numbered("freeze", inside="sample60/")
    after = tree(project / "outputs")
    assert all(after[name] == data for name, data in before.items() if "rosters/" in name)
    assert audit.audit(project / "outputs" / "sample60", True, lambda text: None).exit_code == 6
