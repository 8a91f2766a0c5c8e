"""An input is read once: account, copy and redacted copy are of the same bytes, whatever is saved
meanwhile.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ssj import protocol
from ssj.base import files
from ssj.casebook import taking
from ssj.casebook.taking import Source

PLAIN = "编号,名称\nS1,样例甲\n"
PERSONAL = "编号,名称,联系电话\nS1,样例甲,0000-0000000\n"
HEADERS = {"编号": True, "名称": True}


@pytest.fixture
def saved_meanwhile(monkeypatch):
    """Somebody saves another file as soon as one was read."""
    whole = taking._content

    def read(path: Path, table: bool) -> bytes:
        data = whole(path, table)
        path.write_text("编号,名称\nS9,另一份\n", encoding="utf-8")
        return data

    monkeypatch.setattr(taking, "_content", read)


@pytest.mark.parametrize(
    ("text", "headers", "stem", "kept", "dropped"),
    [
        (PLAIN, HEADERS, "", "targets.csv", None),
        (PLAIN, HEADERS, "targets-001", "targets-001.csv", None),
        (PERSONAL, HEADERS, "", "targets.csv", ["联系电话"]),
        (PERSONAL, HEADERS, "targets-001", "targets-001.csv", ["联系电话"]),
        (PLAIN, None, "", "targets.csv", None),
    ],
)
def test_what_is_saved_meanwhile_does_not_count(
    tmp_path, saved_meanwhile, text, headers, stem, kept, dropped
):
    path, target = tmp_path / "targets.csv", tmp_path / "in"
    path.write_text(text, encoding="utf-8", newline="\n")
    target.mkdir()
    (account,) = taking.take([Source(path, headers, stem)], target)
    before = text.encode("utf-8")
    assert account == {
        "file": "targets.csv",
        "size": len(before),
        "sha256": protocol.sha256(before),
        "redacted": dropped is not None,
        "dropped": dropped or [],
        "kept": kept,
    }
    assert [p.name for p in target.iterdir()] == [kept]
    assert "样例甲" in (target / kept).read_text(encoding="utf-8")
    assert "0000-0000000" not in (target / kept).read_text(encoding="utf-8")
    assert files.same(account, target / kept)


def test_the_names_of_tables_are_whole_names():
    names = taking.names("targets", "officers")
    taken = ["targets.xlsx", "targets-001.csv", "officers.XLS", "officers-002.parquet"]
    assert all(re.fullmatch(names, name) for name in taken)
    others = ["targets", "targets-1.xlsx", "targets-draw.json", "targets.xlsx.json", "stargets.csv"]
    assert not any(
        re.fullmatch(names, name) for name in [*others, "../targets.csv", "targets-.csv"]
    )
