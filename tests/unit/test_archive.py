"""Bags and the ledger transaction, on hand-made folders: what is caught, what is put in order, what
is left alone.
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from ssj import protocol
from ssj.base.errors import RefusedError, SsjError
from ssj.casebook import archive

TIME = "2021-11-22T09:00:00+08:00"


def stage(folder: Path) -> Path:
    """An unsealed stage folder of two small files."""
    for name in ("in", "out"):
        (folder / name).mkdir(parents=True)
        (folder / name / f"{name}.json").write_text(f'"{name}"', encoding="utf-8")
    return folder


def commit(
    book: archive.Archive, round_id: str = "R", name: str = "01-freeze", attempt: int = 1
) -> dict:
    with book.workplace(f"{round_id}-{name}") as place:
        return book.commit(stage(place / "stage"), round_id, attempt, name, "抽取", TIME)


@pytest.fixture
def bag(tmp_path) -> tuple[Path, str]:
    """A sealed bag and the hash of its tag manifest."""
    folder = stage(tmp_path / "bag")
    return folder, archive.seal(folder, {"Bagging-Date": "2021-11-22"})


# --- bags ---


def test_a_bag_says_what_it_holds(tmp_path):
    with archive.opened(tmp_path) as book:
        entry = commit(book)
        assert book.title(entry) == "抽取"
        (book.folder(entry) / "bag-info.txt").write_text("Payload-Oxum: 1.1\n", encoding="utf-8")
        assert book.title(entry) == "freeze"
        (book.folder(entry) / "bag-info.txt").unlink()
        assert book.title(entry) == "freeze"


def test_sealing(bag):
    folder, digest = bag
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == [
        "bag-info.txt",
        "bagit.txt",
        "data/in/in.json",
        "data/out/out.json",
        "manifest-sha256.txt",
        "tagmanifest-sha256.txt",
    ]
    assert digest == protocol.sha256((folder / "tagmanifest-sha256.txt").read_bytes())
    assert archive.bag_problems(folder, digest) == ([], [])
    assert archive.bag_problems(folder, None) == ([], []), (
        "without a ledger the rest is still checked"
    )


def test_sealing_the_same_gives_the_same(tmp_path):
    assert (
        len({archive.seal(stage(tmp_path / name), {"Bagging-Date": "2021-11-22"}) for name in "ab"})
        == 1
    )


def flip(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])


def remove(path: Path) -> None:
    path.unlink() if path.is_file() else shutil.rmtree(path)


CHANGED, GONE, EXTRA = "{} 的内容与登记的不符", "{} 不见了", "{} 是多出来的文件"
TAGS = (
    "bag-info.txt",
    "bagit.txt",
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
    "data/in/in.json",
    "data/out/out.json",
)
# name → (what is done to the bag, what must be among the problems)
TAMPERING = {
    **{
        f"byte of {name} flipped": (lambda b, name=name: flip(b / name), CHANGED.format(name))
        for name in TAGS
    },
    **{
        f"{name} deleted": (lambda b, name=name: remove(b / name), GONE.format(name))
        for name in TAGS
    },
    "file added to in": (lambda b: (b / "data/in/x.json").touch(), EXTRA.format("data/in/x.json")),
    "file added to the bag": (lambda b: (b / "x.txt").touch(), EXTRA.format("x.txt")),
    "another manifest added": (
        lambda b: (b / "manifest-md5.txt").touch(),
        EXTRA.format("manifest-md5.txt"),
    ),
    "two files swapped": (
        lambda b: [
            (b / "data/in/in.json").rename(b / "x"),
            (b / "data/out/out.json").rename(b / "data/in/in.json"),
            (b / "x").rename(b / "data/out/out.json"),
        ],
        CHANGED.format("data/in/in.json"),
    ),
    "out deleted": (lambda b: remove(b / "data/out"), "缺少 data/in 或 data/out"),
    "bag deleted": (lambda b: remove(b), "档案包不见了"),
}


@pytest.mark.parametrize(("tamper", "problem"), TAMPERING.values(), ids=list(TAMPERING))
def test_tampering_is_named(tamper, problem, bag):
    folder, digest = bag
    tamper(folder)
    assert problem in archive.bag_problems(folder, digest)[0]


def test_manifests_made_anew_are_caught_by_the_ledger_only(bag):
    folder, digest = bag
    flip(folder / "data" / "out" / "out.json")
    for name in ("in", "out"):
        shutil.move(folder / "data" / name, folder.parent / "forged" / name)
    forged = folder.parent / "forged"
    archive.seal(forged, {"Bagging-Date": "2021-11-22"})
    assert archive.bag_problems(forged, None) == ([], [])
    assert archive.bag_problems(forged, digest)[0] == [CHANGED.format("tagmanifest-sha256.txt")]


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_is_no_file(bag):
    folder, digest = bag
    shutil.copyfile(folder / "data/out/out.json", folder.parent / "elsewhere.json")
    (folder / "data/out/out.json").unlink()
    (folder / "data/out/out.json").symlink_to(folder.parent / "elsewhere.json")
    assert archive.bag_problems(folder, digest)[0] == [GONE.format("data/out/out.json")]


@pytest.mark.parametrize(
    "name", ["~$frozen.xlsx", "Thumbs.db", "desktop.ini", ".DS_Store", "._out.json"]
)
def test_known_junk_is_no_tampering(name, bag):
    folder, digest = bag
    (folder / "data" / "in" / name).write_text("x", encoding="utf-8")
    assert archive.bag_problems(folder, digest) == ([], [f"data/in/{name}"])


# --- the ledger transaction ---


def test_commits_chain(tmp_path):
    with archive.opened(tmp_path / "outputs") as book:
        assert (book.entries, book.head, book.recovered) == ([], protocol.NO_HEAD, [])
        first = commit(book)
        second = commit(book, "S")
        assert book.head == second["hash"] and second["previous"] == first["hash"]
        assert [e["n"] for e in book.entries] == [1, 2] and book.stages("R") == [first]
        assert book.folder(first) == tmp_path / "outputs" / "R" / "01-freeze"
    assert archive.read_entries(tmp_path / "outputs") == [first, second]
    assert archive.bag_problems(book.folder(second), second["bag"]) == ([], [])
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
        pytest.raises(SsjError, match="磁盘已满，没有留下未完成的阶段"),
        archive.opened(tmp_path / "outputs") as book,
    ):
        commit(book)
        monkeypatch.setattr(archive, "_append", full)
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
        "读写文件出错：broken（outputs/a）\n请检查磁盘后再运行一次。",
    ),
}


@pytest.mark.parametrize(("error", "message"), DISK.values(), ids=list(DISK))
def test_disk_errors_in_words(error, message):
    assert str(archive.disk_error(Path("outputs"), error)) == message


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
        assert archive.bag_problems(book.folder(book.entries[0]), book.entries[0]["bag"]) == (
            [],
            [],
        )
        commit(book, name="02-draw")


def test_nothing_to_recover(outputs):
    assert archive.recover(outputs).recovered == []
    kept(outputs)


def test_torn_last_line(outputs):
    ledger = outputs / "ledger.jsonl"
    whole = ledger.read_bytes()
    ledger.write_bytes(whole + whole[:40])
    assert archive.recover(outputs).recovered == [
        "留痕登记簿最后一行写到一半，已截去，原文移到 outputs/.aside"
    ]
    assert ledger.read_bytes() == whole
    assert (outputs / ".aside" / "ledger-line-1").read_bytes() == whole[:40]
    kept(outputs)


def test_bag_without_a_line(outputs):
    shutil.copytree(outputs / "R" / "01-freeze", outputs / "R" / "02-draw")
    for number in (1, 2):
        assert archive.recover(outputs).recovered == [
            f"R/02-draw 没有登记，不作数，已移到 outputs/.aside/R-02-draw-{number}"
        ]
        assert (outputs / ".aside" / f"R-02-draw-{number}" / "data").is_dir() and not (
            outputs / "R" / "02-draw"
        ).exists()
        shutil.copytree(outputs / "R" / "01-freeze", outputs / "R" / "02-draw")
    shutil.rmtree(outputs / "R" / "02-draw")
    kept(outputs)


def test_bag_whose_line_was_torn(outputs):
    with archive.opened(outputs) as book:
        commit(book, name="02-draw")
    ledger = outputs / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes()[:-1])
    assert len(archive.recover(outputs).recovered) == 2
    assert not (outputs / "R" / "02-draw").exists()
    kept(outputs)


def test_work_left_behind(outputs):
    stage(outputs / ".work" / "R-draw" / "stage")
    assert archive.recover(outputs).recovered == [
        "上次运行在“R-draw”时中断，没有留下任何阶段，现已清理"
    ]
    assert not (outputs / ".work").exists()
    kept(outputs)


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
    "an empty line": (lambda text: text + "\n", "留痕登记簿第 3 行不符"),
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
