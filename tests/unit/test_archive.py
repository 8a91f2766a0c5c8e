"""Bags and the ledger transaction, on hand-made folders: what is caught, what is put in order, what
is left alone.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import socket
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


def link_to_file(path: Path) -> None:
    path.symlink_to(shutil.copyfile(path.parent / "x", path.with_name("elsewhere.json")))


def socket_at(path: Path) -> None:
    place = os.getcwd()
    os.chdir(path.parent)  # the whole path may be too long for a socket's name
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(place)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**31)


IRREGULAR = {
    "a link to a file": (link_to_file, "是链接"),
    "a link to a folder": (lambda p: p.symlink_to(p.parents[1]), "是链接"),
    "a link to nothing": (lambda p: p.symlink_to("nowhere"), "是链接"),
    "a pipe": (os.mkfifo, "是管道、设备一类的特殊文件"),
    "a socket": (socket_at, "是管道、设备一类的特殊文件"),
    "2 GB of nothing": (sparse, "过大（超过 512 MB）"),
}


@pytest.mark.skipif(os.name == "nt", reason="made with what Windows has not, or needs rights for")
@pytest.mark.parametrize("name", ["data/out/out.json", "data/in/more.json", "manifest-sha256.txt"])
@pytest.mark.parametrize(("make", "why"), IRREGULAR.values(), ids=list(IRREGULAR))
def test_what_is_no_plain_file_is_never_opened(bag, monkeypatch, make, why, name):
    folder, digest = bag
    shutil.copyfile(folder / "data/out/out.json", folder / "data/out/x")
    shutil.copyfile(folder / "data/out/out.json", folder / "data/in/x")
    shutil.copyfile(folder / "data/out/out.json", folder / "x")
    (folder / name).unlink(missing_ok=True)
    make(folder / name)
    opened, plain = [], io.open
    monkeypatch.setattr(io, "open", lambda p, *a, **k: opened.append(p) or plain(p, *a, **k))
    problems = archive.bag_problems(folder, digest)[0]
    assert f"{name} {why}，没有打开" in problems
    assert folder / name not in opened
    assert folder / archive.MANIFESTS[0] in opened  # so it is seen what is opened


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_in_place_of_a_bag_is_refused(bag):
    folder, digest = bag
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))
    assert archive.bag_problems(folder, digest) == (["档案包不能读：是链接"], [])


def test_nothing_is_sealed_that_no_audit_would_open(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "LARGEST_FILE", 10)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "large.xlsx").write_bytes(bytes(11))
    with pytest.raises(SsjError, match="large.xlsx 超过"):
        archive.seal(tmp_path, {})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in"]


def test_a_huge_manifest_lists_nothing(bag, monkeypatch):
    folder, digest = bag
    monkeypatch.setattr(archive, "LARGEST_MANIFEST", 10)
    assert EXTRA.format("data/out/out.json") in archive.bag_problems(folder, digest)[0]


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
