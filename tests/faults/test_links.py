"""An archive from elsewhere is looked at: nothing is written through a link that lies in it,
nothing waits at a pipe, and no page of a bag that was changed becomes a copy for publication.
"""

from __future__ import annotations

import os

import pytest
from archived import DRAW
from warm import ssj

from ssj.base import files
from ssj.base.errors import SsjError
from ssj.casebook import archive

PAGE = "抽取结果公告.html"


@pytest.fixture
def precious(tmp_path):
    """A file of somebody's, outside of the archive."""
    path = tmp_path / "precious.txt"
    path.write_bytes(b"mine")
    return path


def untouched(path) -> bool:
    return path.read_bytes() == b"mine"


@pytest.mark.parametrize(
    "write",
    [
        lambda path: files.write_whole(b"new", path),
        lambda path: files.write_made(path, lambda part: part.write_bytes(b"new")),
    ],
    ids=["a page", "a workbook"],
)
def test_a_file_in_the_making_is_not_written_through_a_link(tmp_path, precious, write):
    path = tmp_path / PAGE
    for part in (f".{path.name}.part", f".{path.stem}.part"):
        (tmp_path / part).symlink_to(precious)
    write(path)
    assert untouched(precious)
    assert path.read_bytes() == b"new" and not path.is_symlink()


@pytest.mark.parametrize("name", ["sample60/files", ".copies"])
def test_copies_are_not_made_through_a_link(copy_sample60, tmp_path, name):
    elsewhere, place = tmp_path / "elsewhere", copy_sample60 / "outputs" / name
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    (elsewhere / PAGE).unlink(missing_ok=True)
    before = sorted(elsewhere.iterdir())
    answer = ssj(copy_sample60, "status")
    assert answer.returncode == 1 and f"{name} 是链接" in answer.stderr
    assert sorted(elsewhere.iterdir()) == before


@pytest.mark.parametrize("name", [".work", ".aside", ".programs", "sample60"])
def test_no_stage_is_written_through_a_link(copy_sample60, tmp_path, name):
    elsewhere, place = tmp_path / "elsewhere", copy_sample60 / "outputs" / name
    if place.exists():
        place.rename(elsewhere)
    else:
        elsewhere.mkdir()
    place.symlink_to(elsewhere)
    with (
        pytest.raises(SsjError, match=f"{name} 是链接"),
        archive.opened(copy_sample60 / "outputs"),
    ):
        pytest.fail("it was opened")


def test_no_command_waits_at_a_pipe(copy_sample60):
    outputs = copy_sample60 / "outputs"
    for path in (
        outputs / ".copies" / "sample60.json",
        outputs / "sample60" / DRAW / "bag-info.txt",
    ):
        path.unlink()
        os.mkfifo(path)
        assert ssj(copy_sample60, "status").returncode in (0, 1)
        path.unlink()


def test_no_page_of_a_changed_bag_becomes_a_copy(copy_sample60):
    folder = copy_sample60 / "outputs" / "sample60"
    page, copy = folder / DRAW / "data" / "public.html", folder / "files" / PAGE
    page.write_bytes(page.read_bytes() + b"<p>forged</p>")
    copy.unlink()
    answer = ssj(copy_sample60, "status")
    assert answer.returncode == 1 and f"sample60/{DRAW} 与登记不符" in answer.stderr
    assert not copy.exists()
