"""Bags on hand-made folders: what is sealed, what is caught."""

from __future__ import annotations

import errno
import io
import os
import shutil
import socket
from pathlib import Path

import bagit
import pytest

from ssj import protocol
from ssj.base.errors import SsjError
from ssj.casebook import bags


def stage(folder: Path) -> Path:
    """An unsealed stage folder of two small files."""
    for name in ("in", "out"):
        (folder / name).mkdir(parents=True)
        (folder / name / f"{name}.json").write_text(f'"{name}"', encoding="utf-8")
    return folder


@pytest.fixture
def bag(tmp_path) -> tuple[Path, str]:
    """A sealed bag and the hash of its tag manifest."""
    folder = stage(tmp_path / "bag")
    return folder, bags.seal(folder, {"Bagging-Date": "2021-11-22"})


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
    assert bags.problems(folder, digest) == ([], [])
    assert bags.problems(folder, None) == ([], []), "without a ledger the rest is still checked"


def test_sealing_the_same_gives_the_same(tmp_path):
    assert (
        len({bags.seal(stage(tmp_path / name), {"Bagging-Date": "2021-11-22"}) for name in "ab"})
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
    assert problem in bags.problems(folder, digest)[0]


def test_manifests_made_anew_are_caught_by_the_ledger_only(bag):
    folder, digest = bag
    flip(folder / "data" / "out" / "out.json")
    for name in ("in", "out"):
        shutil.move(folder / "data" / name, folder.parent / "forged" / name)
    forged = folder.parent / "forged"
    bags.seal(forged, {"Bagging-Date": "2021-11-22"})
    assert bags.problems(forged, None) == ([], [])
    assert bags.problems(forged, digest)[0] == [CHANGED.format("tagmanifest-sha256.txt")]


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
    problems = bags.problems(folder, digest)[0]
    assert f"{name} {why}，没有打开" in problems
    assert folder / name not in opened
    assert folder / bags.MANIFESTS[0] in opened  # so it is seen what is opened


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_in_place_of_a_bag_is_refused(bag):
    folder, digest = bag
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))
    assert bags.problems(folder, digest) == (["档案包不能读：是链接"], [])


def test_nothing_is_sealed_that_no_audit_would_open(tmp_path, monkeypatch):
    monkeypatch.setattr(bags, "LARGEST", 10)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "large.xlsx").write_bytes(bytes(11))
    with pytest.raises(SsjError, match="large.xlsx 超过"):
        bags.seal(tmp_path, {})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in"]


def test_what_keeps_a_bag_from_being_sealed_is_raised_alone(tmp_path, monkeypatch, caplog):
    def fails(*_, **__):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(bagit, "make_manifests", fails)
    with pytest.raises(OSError, match="full"):
        bags.seal(stage(tmp_path / "bag"), {})
    assert caplog.records == []


@pytest.mark.parametrize(
    ("manifest", "name"),
    [("manifest-sha256.txt", "bagit.txt"), ("tagmanifest-sha256.txt", "data/in/in.json")],
)
def test_a_manifest_lists_no_file_of_the_other(bag, manifest, name):
    """Else the one could overrule the digest that the other has (ARCHIVE §A4)."""
    folder, _ = bag
    with (folder / manifest).open("a", encoding="utf-8") as file:
        file.write(f"{protocol.sha256((folder / name).read_bytes())}  {name}\n")
    seal = folder / "tagmanifest-sha256.txt"
    if manifest != seal.name:
        lines = seal.read_text(encoding="utf-8").splitlines()
        names = [line.split(maxsplit=1)[1] for line in lines]
        hashes = {n: protocol.sha256((folder / n).read_bytes()) for n in names}
        seal.write_text("".join(f"{h} {n}\n" for n, h in hashes.items()), encoding="utf-8")
    digest = protocol.sha256(seal.read_bytes())
    assert bags.problems(folder, digest)[0] == [f"{manifest} 不该列 {name}"]


def test_a_huge_manifest_lists_nothing(bag, monkeypatch):
    folder, digest = bag
    monkeypatch.setattr(bags, "LARGEST_MANIFEST", 10)
    assert EXTRA.format("data/out/out.json") in bags.problems(folder, digest)[0]


@pytest.mark.parametrize(
    "name", ["~$frozen.xlsx", "Thumbs.db", "desktop.ini", ".DS_Store", "._out.json"]
)
def test_known_junk_is_no_tampering(name, bag):
    folder, digest = bag
    (folder / "data" / "in" / name).write_text("x", encoding="utf-8")
    assert bags.problems(folder, digest) == ([], [f"data/in/{name}"])


MARKS = {
    "Windows line ends": (lambda data: data.replace(b"\n", b"\r\n"), "换行符（CRLF）"),
    "a byte-order mark": (lambda data: b"\xef\xbb\xbf" + data, "开头的 BOM"),
    "blank lines": (lambda data: b"\n" + data.replace(b"\n", b"\n\n"), "空行"),
    "all of them": (
        lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n\r\n"),
        "开头的 BOM、换行符（CRLF）、空行",
    ),
    "the last line end only": (lambda data: data[:-1] + b"\r\n", "换行符（CRLF）"),
}


@pytest.mark.parametrize(
    "name", ["manifest-sha256.txt", "tagmanifest-sha256.txt", "bagit.txt", "data/in/in.json"]
)
@pytest.mark.parametrize("mark", [m for m, _ in MARKS.values()], ids=list(MARKS))
def test_marks_in_a_bag_are_told_for_what_they_are(tmp_path, name, mark):
    folder = stage(tmp_path / "bag")
    (folder / "in" / "in.json").write_bytes(b"{\n}\n")
    digest = bags.seal(folder, {"Bagging-Date": "2021-11-22"})
    path = folder / name
    path.write_bytes(mark(path.read_bytes()))
    (problem,) = bags.problems(folder, digest)[0]
    assert problem.startswith("1 个文件只差换行符、BOM 或空行，内容相同")
    assert problem.endswith(f"：{name}") and "使用手册“换行符被改”" in problem


def test_line_ends_changed_everywhere_come_in_one_sentence(bag):
    folder, digest = bag
    paths = [p for p in folder.rglob("*") if p.is_file() and b"\n" in p.read_bytes()]
    for path in paths:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (problem,) = bags.problems(folder, digest)[0]
    assert problem.startswith(f"{len(paths)} 个文件只差换行符") and len(paths) == 4
