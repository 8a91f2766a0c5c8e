"""The ledger transaction, on hand-made folders: what is caught, what is put in order, what is left
alone.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from unit.test_bags import IRREGULAR, MARKS, flip, stage

from ssj import protocol
from ssj.base.errors import RefusedError, SsjError
from ssj.casebook import archive, bags, ledger

TIME = "2021-11-22T09:00:00+08:00"


def commit(
    book: archive.Archive, round_id: str = "R", name: str = "01-freeze", attempt: int = 1
) -> dict:
    with book.workplace(f"{round_id}-{archive.kind_of(name)}") as place:
        folder = stage(place / "stage")
        said = {
            "format": archive.FORMAT,
            "round_id": round_id,
            "attempt": attempt,
            "time": TIME,
            "ledger_head": book.head,
        }
        (folder / "in" / "stage.json").write_text(json.dumps(said), encoding="utf-8")
        return book.commit(folder, round_id, attempt, name, "抽取", TIME)


# --- the ledger transaction ---


def test_a_bag_says_what_it_holds(tmp_path):
    with archive.opened(tmp_path) as book:
        entry = commit(book)
        assert book.title(entry) == "抽取"
        (book.folder(entry) / "bag-info.txt").write_text("Payload-Oxum: 1.1\n", encoding="utf-8")
        assert book.title(entry) == "freeze"
        (book.folder(entry) / "bag-info.txt").unlink()
        assert book.title(entry) == "freeze"


def test_commits_chain(tmp_path):
    with archive.opened(tmp_path / "outputs") as book:
        assert (book.entries, book.head, book.recovered) == ([], protocol.NO_HEAD, [])
        first = commit(book)
        second = commit(book, "S")
        assert book.head == second["hash"] and second["previous"] == first["hash"]
        assert [e["n"] for e in book.entries] == [1, 2] and book.stages("R") == [first]
        assert book.folder(first) == tmp_path / "outputs" / "R" / "01-freeze"
    assert archive.read_entries(tmp_path / "outputs") == [first, second]
    assert bags.problems(book.folder(second), second["bag"]) == ([], [])
    assert not (tmp_path / "outputs" / ".work").exists()


def test_one_at_a_time(tmp_path):
    with (
        archive.opened(tmp_path),
        pytest.raises(
            RefusedError, match="另一个 ssj 正在使用这个 outputs 文件夹\n请等它结束后再运行。"
        ),
        archive.opened(tmp_path),
    ):
        pass


def test_full_disk_while_entering_leaves_no_stage(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "full")

    with (
        pytest.raises(SsjError, match="磁盘已满，已经封存、登记的有效：R/01-freeze\n"),
        archive.opened(tmp_path / "outputs") as book,
    ):
        commit(book)
        monkeypatch.setattr(archive, "_append", full)
        commit(book, name="02-draw")
    with (
        pytest.raises(SsjError, match="磁盘已满，没有留下未完成的阶段\n"),
        archive.opened(tmp_path / "outputs") as book,
    ):
        commit(book, name="02-draw")
    assert sorted(p.name for p in (tmp_path / "outputs" / "R").iterdir()) == ["01-freeze"]
    assert len(archive.read_entries(tmp_path / "outputs")) == 1


DISK = {
    "full": (
        OSError(errno.ENOSPC, "x"),
        "磁盘已满，没有留下未完成的阶段\n请清理 outputs 所在的磁盘后再运行一次。",
    ),
    "read-only": (
        OSError(errno.EROFS, "x", "outputs/a"),
        (
            "不能写入 outputs/a，没有留下未完成的阶段\n请检查文件夹的写入权限，"
            "或文件是否被其他程序打开。"
        ),
    ),
    "not allowed": (
        PermissionError(errno.EACCES, "x"),
        (
            "不能写入 outputs，没有留下未完成的阶段\n请检查文件夹的写入权限，"
            "或文件是否被其他程序打开。"
        ),
    ),
    "other": (
        OSError(errno.EIO, "broken", "outputs/a"),
        "读写文件出错：broken（outputs/a），没有留下未完成的阶段\n请检查磁盘后再运行一次。",
    ),
}


@pytest.mark.parametrize(("error", "message"), DISK.values(), ids=list(DISK))
def test_disk_errors_in_words(error, message):
    left = "没有留下未完成的阶段"
    assert str(archive.disk_error(Path("outputs"), error, left)) == message
    assert str(archive.disk_error(Path("outputs"), error)) == message.replace(f"，{left}", "")


# --- what an interruption leaves ---


@pytest.fixture
def outputs(tmp_path) -> Path:
    """An outputs folder with one entered stage."""
    with archive.opened(tmp_path / "outputs") as book:
        commit(book)
    return tmp_path / "outputs"


def kept(outputs: Path) -> None:
    """The entered stage is untouched and the folder is usable."""
    with archive.opened(outputs) as book:
        assert book.recovered == [], "put in order once"
        assert bags.problems(book.folder(book.entries[0]), book.entries[0]["bag"]) == (
            [],
            [],
        )
        commit(book, name="02-draw")


def test_nothing_to_recover(outputs):
    assert archive.recover(outputs).recovered == []
    kept(outputs)


def trees(outputs: Path) -> dict[str, bytes]:
    """All files but the lock."""
    return {
        p.relative_to(outputs).as_posix(): p.read_bytes()
        for p in outputs.rglob("*")
        if p.is_file() and p.name != ".lock"
    }


def drawn(outputs: Path) -> bytes:
    """One more stage; the whole ledger."""
    with archive.opened(outputs) as book:
        commit(book, name="02-draw")
    return (outputs / "ledger.jsonl").read_bytes()


def only_read(outputs: Path) -> archive.Archive:
    """What a command that only reads sees; it leaves everything as it is."""
    before = trees(outputs)
    book = archive.reading(outputs)
    assert trees(outputs) == before
    return book


@pytest.mark.parametrize("cut", [1, 2, 3, 50, 250, None])
def test_a_stage_whose_line_was_trimmed_is_not_undone(outputs, cut):
    """One byte, more, or the whole last line is gone: the bag is whole, and says what it was."""
    whole = drawn(outputs)
    ledger = outputs / "ledger.jsonl"
    ledger.write_bytes(whole[: whole.index(b"\n") + 1 if cut is None else -cut])
    before = only_read(outputs)
    assert len(before.entries) == (2 if cut == 1 else 1) and before.recovered
    assert archive.recover(outputs).recovered == [
        "留痕登记簿最后一行缺换行，内容完整，已补上换行"
        if cut == 1
        else "R/02-draw 已经封存，还没有登记完就中断了；档案包完整，现已补登"
    ]
    assert ledger.read_bytes() == whole
    assert not (outputs / ".aside").exists()
    assert archive.recover(outputs).recovered == only_read(outputs).recovered == []


def test_a_power_cut_may_leave_zeros(outputs):
    whole = drawn(outputs)
    ledger = outputs / "ledger.jsonl"
    ledger.write_bytes(whole[:-100] + bytes(100))
    archive.recover(outputs)
    assert ledger.read_bytes() == whole


@pytest.mark.parametrize("torn", [b"{", b'{"attempt":1,"bag":"ab', b"\0\0\0"])
def test_what_is_left_of_a_line_is_kept_and_entered(outputs, torn):
    ledger = outputs / "ledger.jsonl"
    whole = ledger.read_bytes()
    ledger.write_bytes(whole + torn)
    assert only_read(outputs).recovered == [
        "留痕登记簿最后一行没有写完，不作数；下一次运行写档案的命令时会处理"
    ]
    book = archive.recover(outputs)
    assert book.recovered == [
        (
            "留痕登记簿最后一行没有写完，不作数，原文移到 outputs/.aside/ledger-line-1，"
            "登记簿第 2 行写明"
        )
    ]
    assert (outputs / ".aside" / "ledger-line-1").read_bytes() == torn
    assert ledger.read_bytes().startswith(whole)
    line = archive.read_entries(outputs)[1]
    assert (line["stage"], line["round"], line["attempt"]) == ("aside", "", 0)
    assert (line["bag"], line["name"], line["place"]) == (
        protocol.sha256(torn),
        "ledger.jsonl",
        ".aside/ledger-line-1",
    )
    assert len(book.entries) == 1 and book.head == line["hash"]
    assert len(book.set_aside) == 1 and "ledger.jsonl 已移到 .aside" in book.set_aside[0]
    kept(outputs)
    book = archive.reading(outputs)
    assert [(e["n"], e["stage"]) for e in book.entries] == [(1, "01-freeze"), (3, "02-draw")]
    assert book.before("R", "02-draw").head == book.entries[1]["previous"] == line["hash"]


@pytest.mark.parametrize(
    "tail",
    [b"x", b'{"attempt":1}', b"[]", b'{"attempt":1,"bag":"' + b"a" * 1000, b'{"attempt":1}{"att'],
)
def test_a_tail_that_is_no_torn_line_stops_everything(outputs, tail):
    ledger = outputs / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes() + tail)
    before = trees(outputs)
    for act in (archive.recover, archive.reading):
        with pytest.raises(SsjError, match="留痕登记簿第 2 行不符"):
            act(outputs)
    assert trees(outputs) == before


def test_a_whole_line_that_fits_no_bag_stops_everything(outputs):
    whole = drawn(outputs)
    (outputs / "ledger.jsonl").write_bytes(whole[:-1])
    flip(outputs / "R" / "02-draw" / "tagmanifest-sha256.txt")
    before = trees(outputs)
    with pytest.raises(SsjError, match="最后一行缺换行，它登记的 R/02-draw 不在，或与登记不符"):
        archive.recover(outputs)
    assert trees(outputs) == before


STRANGE = {
    "a copy of another stage": lambda outputs: shutil.copytree(
        outputs / "R" / "01-freeze", outputs / "R" / "02-freeze"
    ),
    "an empty folder": lambda outputs: (outputs / "R" / "02-draw").mkdir(),
    "another round's": lambda outputs: shutil.copytree(
        outputs / "R" / "01-freeze", outputs / "S" / "01-freeze"
    ),
}


@pytest.mark.parametrize("make", STRANGE.values(), ids=list(STRANGE))
def test_a_folder_that_no_interruption_left_stops_everything(outputs, make):
    make(outputs)
    before = trees(outputs)
    with pytest.raises(SsjError, match="接不上留痕登记簿的最后一行，不是中断留下的"):
        archive.recover(outputs)
    assert trees(outputs) == before and len(only_read(outputs).recovered) == 1


def test_a_whole_bag_is_never_set_aside(outputs):
    """It can't be entered, since another line took its place; that its workplace is still there
    makes it no half one.
    """
    STRANGE["a copy of another stage"](outputs)
    (outputs / ".work" / "R-freeze" / "stage").mkdir(parents=True)
    before = trees(outputs)
    with pytest.raises(SsjError, match="接不上留痕登记簿的最后一行，不是中断留下的"):
        archive.recover(outputs)
    assert trees(outputs) == before


def half(outputs: Path) -> Path:
    """A bag that a rename, which was no single step, left half in place."""
    drawn(outputs)
    ledger, bag = outputs / "ledger.jsonl", outputs / "R" / "02-draw"
    ledger.write_bytes(ledger.read_bytes().splitlines(keepends=True)[0])
    (bag / "data" / "out" / "out.json").unlink()
    stage(outputs / ".work" / "R-draw" / "stage")
    return bag


def test_half_a_bag_is_set_aside_and_entered(outputs):
    bag = half(outputs)
    digest = protocol.sha256((bag / "tagmanifest-sha256.txt").read_bytes())
    book = archive.recover(outputs)
    assert book.recovered == [
        (
            "R/02-draw 没有写完，没有登记，不作数，已移到 outputs/.aside/R-02-draw-1，"
            "登记簿第 2 行写明"
        ),
        "上次运行在“R-draw”时中断，这一阶段没有登记，现已清理",
    ]
    assert not bag.exists() and (outputs / ".aside" / "R-02-draw-1" / "data").is_dir()
    assert (book.lines[1]["name"], book.lines[1]["bag"]) == ("02-draw", digest)
    assert book.stages("R") == book.entries and len(book.entries) == 1
    kept(outputs)


def test_setting_aside_is_finished_after_another_interruption(outputs, monkeypatch):
    bag = half(outputs)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "rename", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        archive.recover(outputs)
    assert bag.exists() and len(archive.read_entries(outputs)) == 2
    archive.recover(outputs)
    assert not bag.exists() and (outputs / ".aside" / "R-02-draw-1").is_dir()
    assert len(archive.read_entries(outputs)) == 2, "said once"
    kept(outputs)


def test_work_left_behind(outputs):
    stage(outputs / ".work" / "R-draw" / "stage")
    assert archive.recover(outputs).recovered == [
        "上次运行在“R-draw”时中断，这一阶段没有登记，现已清理"
    ]
    assert not (outputs / ".work").exists()
    kept(outputs)


def test_work_left_behind_after_its_line(outputs):
    (outputs / ".work" / "R-freeze" / "ipython").mkdir(parents=True)
    assert archive.recover(outputs).recovered == [
        "上次运行在“R-freeze”登记以后中断，登记的有效，现已清理"
    ]
    kept(outputs)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_between_renaming_and_the_line_waits_for_the_line(outputs, monkeypatch, number):
    append = archive._append
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), archive.opened(outputs) as book:
            monkeypatch.setattr(
                archive, "_append", lambda *a: (signal.raise_signal(number), append(*a))
            )
            commit(book, name="02-draw")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert [e["stage"] for e in archive.read_entries(outputs)] == ["01-freeze", "02-draw"]
    assert archive.ledger.left(outputs, 1) == "已经封存、登记的有效：R/02-draw"
    assert archive.ledger.left(outputs, 2) == "没有留下未完成的阶段"


def test_a_line_that_a_failing_disk_kept_keeps_its_bag(outputs, monkeypatch):
    append = archive._append

    def kept_but_failed(*arguments):
        append(*arguments)
        raise OSError(errno.EIO, "broken")

    with (
        pytest.raises(SsjError, match="已经封存、登记的有效：R/02-draw"),
        archive.opened(outputs) as book,
    ):
        monkeypatch.setattr(archive, "_append", kept_but_failed)
        commit(book, name="02-draw")
    entries = archive.read_entries(outputs)
    assert bags.problems(outputs / "R" / "02-draw", entries[1]["bag"]) == ([], [])


def test_a_line_of_other_fields_is_refused(outputs):
    line = protocol.ledger_line({"n": 2, "round": "../x", "stage": "02-draw"}, protocol.NO_HEAD)
    for change in (
        {"round": "../../x"},
        {"stage": "draw"},
        {"attempt": 0},
        {"time": "2021-11-22T09:00:00"},
        {"more": 1},
        {"stage": "aside"},
    ):
        body = {**archive.read_entries(outputs)[0], **change}
        line = protocol.ledger_line(
            {k: v for k, v in body.items() if k not in ("hash", "previous")}, protocol.NO_HEAD
        )
        other = outputs.parent / "other"
        other.mkdir(exist_ok=True)
        (other / "ledger.jsonl").write_text(line + "\n", encoding="utf-8", newline="\n")
        with pytest.raises(SsjError, match="留痕登记簿第 1 行 的 "):
            archive.reading(other)


@pytest.mark.skipif(os.name == "nt", reason="made with what Windows has not, or needs rights for")
@pytest.mark.parametrize(("make", "why"), IRREGULAR.values(), ids=list(IRREGULAR))
def test_a_ledger_that_is_no_plain_file_is_never_opened(outputs, make, why):
    path = outputs / archive.LEDGER
    path.rename(outputs / "x")
    make(path)
    for act in (archive.recover, archive.reading):
        with pytest.raises(SsjError, match=f"留痕登记簿{why}，没有打开"):
            act(outputs)


# --- line ends, byte-order marks, blank lines ---


@pytest.mark.parametrize(("mark", "words"), MARKS.values(), ids=list(MARKS))
def test_marks_in_the_ledger_are_told_for_what_they_are(outputs, mark, words):
    ledger = outputs / "ledger.jsonl"
    ledger.write_bytes(mark(drawn(outputs)))
    before = trees(outputs)
    for act in (archive.recover, archive.reading):
        with pytest.raises(SsjError, match="使用手册“换行符被改”") as caught:
            act(outputs)
        assert caught.value.message == f"留痕登记簿只差{words}，内容相同"
    ledger.write_bytes(ledger.read_bytes().replace(b"02-draw", b"03-draw"))
    with pytest.raises(SsjError, match="登记簿可能被改动"):
        archive.reading(outputs)
    ledger.write_bytes(before["ledger.jsonl"])
    assert trees(outputs) == before


@pytest.mark.skipif(os.name != "posix", reason="the shell of the test")
@pytest.mark.parametrize("mark", [m for m, _ in MARKS.values()], ids=list(MARKS))
def test_the_guides_command_brings_the_bytes_back(outputs, mark):
    guide = (Path(__file__).parents[2] / "docs" / "GUIDE.zh-CN.md").read_text(encoding="utf-8")
    command = next(line for line in guide.splitlines() if line.startswith("python -c "))
    names = ["ledger.jsonl", "R/01-freeze/manifest-sha256.txt", "R/01-freeze/bag-info.txt"]
    before = trees(outputs)
    for name in names:
        (outputs / name).write_bytes(mark((outputs / name).read_bytes()))
    command = command.replace("outputs/ledger.jsonl", " ".join(names))
    command = command.replace("python", sys.executable, 1)
    subprocess.run(command, shell=True, check=True, cwd=outputs)
    assert trees(outputs) == before


# --- the clock ---


def test_times_that_run_backwards_are_seen():
    lines = [
        {"n": n, "time": time}
        for n, time in enumerate(
            ["2021-11-22T09:00:00+08:00", "2021-11-22T01:00:00+00:00", "2021-11-22T08:59:59+08:00"],
            1,
        )
    ]
    (text,) = archive.ledger.backwards(lines)
    assert text.startswith("留痕登记簿第 3 行的时间 2021-11-22T08:59:59+08:00 早于上一行的")


@pytest.mark.parametrize(("second", "refused"), [(-1, True), (0, False), (1, False)])
def test_a_clock_behind_the_last_line_is_refused(outputs, second, refused):
    lines = archive.read_entries(outputs)
    now = datetime.fromisoformat(TIME) + timedelta(seconds=second)
    if refused:
        with pytest.raises(RefusedError, match="比上一次登记（2021-11-22 09:00:00）早"):
            archive.ledger.require_clock(lines, now)
    else:
        archive.ledger.require_clock(lines, now)
    archive.ledger.require_clock([], now)


def test_a_round_called_as_another_but_for_capitals_is_refused(outputs):
    lines = archive.read_entries(outputs)
    (own,) = {line["round"] for line in lines}
    with pytest.raises(RefusedError, match="只差大小写"):
        archive.ledger.require_name(lines, own.swapcase())
    for good in (own, "2022", own + "a"):
        archive.ledger.require_name(lines, good)


def test_other_folders_are_left_alone(outputs):
    for name in ("R/files", "R/notes", "site", ".hidden/02-draw"):
        (outputs / name).mkdir(parents=True)
    assert archive.recover(outputs).recovered == []
    assert all(
        (outputs / name).is_dir() for name in ("R/files", "R/notes", "site", ".hidden/02-draw")
    )


LEDGER = {
    "a byte changed": (
        lambda text: text.replace('"attempt":1', '"attempt":2', 1),
        "留痕登记簿第 1 行不符",
    ),
    "the first line deleted": (lambda text: text.split("\n", 1)[1], "留痕登记簿第 1 行不符"),
    "lines swapped": (
        lambda text: "".join(reversed(text.splitlines(keepends=True))),
        "留痕登记簿第 1 行不符",
    ),
    "a line twice": (
        lambda text: text + text.splitlines(keepends=True)[-1],
        "留痕登记簿第 3 行不符",
    ),
    "an empty object": (lambda text: text + "{}\n", "留痕登记簿第 3 行不符"),
    "no UTF-8 in line 2": (
        lambda text: text.encode()[:-2] + b"\xff\n",
        "留痕登记簿第 2 行不是 UTF-8 文本",
    ),
}


@pytest.mark.parametrize(("change", "message"), LEDGER.values(), ids=list(LEDGER))
def test_a_changed_ledger_stops_everything(change, message, outputs):
    with archive.opened(outputs) as book:
        commit(book, name="02-draw")
    ledger = outputs / "ledger.jsonl"
    changed = change(ledger.read_text(encoding="utf-8"))
    ledger.write_bytes(changed if isinstance(changed, bytes) else changed.encode())
    before = ledger.read_bytes()
    with pytest.raises(SsjError, match=message) as caught:
        archive.recover(outputs)
    assert (
        caught.value.remedy == "登记簿可能被改动：请不要继续，先运行 ssj audit 查明，并从备份恢复。"
    )
    assert ledger.read_bytes() == before and (outputs / "R" / "02-draw").is_dir(), (
        "nothing is touched"
    )


def test_a_round_may_have_more_than_99_stages(tmp_path):
    """The hundredth line must not make the whole ledger unreadable."""
    head, lines = protocol.NO_HEAD, []
    for n in range(1, 102):
        entry = {
            "n": n,
            "time": "2021-11-22T09:00:00+08:00",
            "round": "r",
            "attempt": 1,
            "stage": f"{n:02}-papers",
            "bag": "0" * 64,
        }
        lines.append(protocol.ledger_line(entry, head))
        head = protocol.parse(lines[-1])["hash"]
    (tmp_path / archive.LEDGER).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    stages = [entry["stage"] for entry in archive.read_entries(tmp_path)]
    assert stages[-2:] == ["100-papers", "101-papers"]
    assert sorted(stages, key=ledger.place) == stages
