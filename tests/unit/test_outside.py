"""Values from elsewhere held against an archive: what fits, what it proves, what it means if it
does not, and when time and uniqueness count as checked.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from ssj import protocol
from ssj.audit import outside
from ssj.audit.outside import Values

FIRST, SECOND = hashlib.sha256(b"1").hexdigest(), hashlib.sha256(b"2").hexdigest()
ROUND = "2026Q4"
# what the ledger has: another round, then two attempts, the first voided
LINES = (
    ("2026Q3", 1, "01-draw"),
    (ROUND, 1, "01-rosters"),
    (ROUND, 1, "02-freeze"),
    (ROUND, 1, "03-void"),
    (ROUND, 2, "04-freeze"),
    (ROUND, 2, "05-draw"),
)


EVENT_TIMES = {1: "2026-11-02T10:00:00+08:00", 2: "2026-11-20T10:00:00+08:00"}


class Book:
    """A ledger as far as it is asked."""

    def __init__(self, *lines: tuple[str, int, str]) -> None:
        self.entries = self.lines = [
            {
                "n": n,
                "round": r,
                "attempt": a,
                "stage": s,
                "hash": hashlib.sha256(s.encode()).hexdigest(),
            }
            for n, (r, a, s) in enumerate(lines, 1)
        ]

    def stages(self, round_id: str) -> list[dict]:
        return [e for e in self.entries if e["round"] == round_id]

    def head(self, n: int) -> str:
        return self.entries[n - 1]["hash"]


def notice(commitment: str) -> dict:
    return {"view": "notice", "commitment": commitment, "public_list": {"unnamed": 3}}


def freeze(name: str, attempt: int, commitment: str) -> SimpleNamespace:
    return SimpleNamespace(
        name=name,
        kind=SimpleNamespace(name="freeze", documents={"notice.json"}),
        record={
            "attempt": attempt,
            "commitment": commitment,
            "event": {"time": EVENT_TIMES[attempt]},
        },
        wrote=lambda _: notice(commitment),
    )


BOOK = Book(*LINES)
SOUND = [freeze("02-freeze", 1, FIRST), freeze("04-freeze", 2, SECOND)]


def one(**values) -> outside.Held:
    (found,) = outside.held(Values(**values), BOOK, ROUND, SOUND)
    return found


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        (FIRST, FIRST),
        (FIRST.upper(), FIRST),
        (" ".join(FIRST[n : n + 8] for n in range(0, 64, 8)), FIRST),
        ("ＡＢＣＤ　ＥＦ01 2345 6789", "abcdef0123456789"),
        (FIRST[:16], FIRST[:16]),
    ],
)
def test_a_commitment_as_it_is_typed(text, digits):
    assert outside.commitment(text) == digits


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (outside.commitment, FIRST[:15]),
        (outside.commitment, FIRST + "0"),
        (outside.commitment, FIRST[:-1] + "g"),
        (outside.commitment, ""),
        (outside.head, FIRST[:63]),
    ],
)
def test_what_is_no_value_is_refused_in_words(read, text):
    with pytest.raises(ValueError, match=r"应是 .*64 位的 0-9、a-f"):
        read(text)


@pytest.mark.parametrize(
    ("value", "attempt", "line"),
    [(FIRST, 1, 3), (FIRST[:40], 1, 3), (SECOND, 2, 5), (SECOND[:63], 2, 5)],
)
def test_a_commitment_that_fits(value, attempt, line):
    found = one(commitments=[value])
    assert (found.holds, found.line) == (True, line)
    assert f"第 {attempt} 次抽取" in found.detail and f"登记簿第 {line} 行" in found.detail
    assert (f"前 {len(value)} 位相同" in found.detail) == (len(value) < 64)


@pytest.mark.parametrize("digits", [16, 39])
def test_the_beginning_of_a_commitment_proves_nothing(digits):
    found = one(commitments=[SECOND[:digits]])
    assert (found.holds, found.line) == (None, 0)
    assert "不作证明" in found.detail and "第 2 次抽取" in found.detail
    assert one(commitments=["f" * digits]).holds is False


def test_a_commitment_that_does_not_fit_says_what_that_means():
    found = one(commitments=[hashlib.sha256(b"another").hexdigest()])
    assert (found.holds, found.line) == (False, 0)
    for digits in (FIRST[:8], SECOND[:8]):
        assert digits in found.detail
    assert "抄错" in found.detail and "被换过" in found.detail and "没有留在档案里" in found.detail


@pytest.mark.parametrize("n", range(1, 7))
def test_a_head_proves_everything_up_to_its_line(n):
    found = one(heads=[BOOK.head(n)])
    assert (found.holds, found.line) == (True, n)
    after = [
        stage for m, (round_id, _, stage) in enumerate(LINES, 1) if m > n and round_id == ROUND
    ]
    assert (f"其后的 {'、'.join(after)} 不在证明之内" in found.detail) == bool(after)
    assert f"第 1 至 {n} 行" in found.detail


@pytest.mark.parametrize("value", [protocol.NO_HEAD, FIRST])
def test_a_head_that_no_line_has(value):
    found = one(heads=[value])
    assert found.holds is False and "被改写或者截短过" in found.detail


def posted(tmp_path: Path, content: str | bytes, name: str = "封库公告.json") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def test_a_posted_notice(tmp_path):
    text = json.dumps(notice(SECOND), ensure_ascii=False, indent=2)
    found = one(notices=[posted(tmp_path, "\ufeff" + text)])
    assert (found.holds, found.line) == (True, 5) and "逐项相同" in found.detail
    found = one(notices=[posted(tmp_path, text.replace(": 3", ": 4"))])
    assert found.holds is False and "public_list.unnamed：应为 3，记录为 4" in found.detail


def grouped(commitment: str) -> str:
    groups = "".join(f"<span>{commitment[n : n + 8]}</span>\n" for n in range(0, 64, 8))
    return f"<html><h1>封库公告</h1><p>{groups}</p><p>自 12 月起</p></html>"


def test_of_a_page_the_commitment_counts(tmp_path):
    """A site's editor changes what stands around it."""
    found = one(notices=[posted(tmp_path, grouped(FIRST), "p.html")])
    assert (found.holds, found.line) == (True, 3)
    found = one(notices=[posted(tmp_path, grouped(hashlib.sha256(b"x").hexdigest()), "p.html")])
    assert found.holds is False and "被换过" in found.detail


def test_a_page_with_many_commitments_proves_none(tmp_path):
    """Else whoever posts a hundred, hidden or not, chooses among them after the event."""
    hidden = f"{grouped(FIRST)}<div hidden>{hashlib.sha256(b'x').hexdigest()}</div>"
    found = one(notices=[posted(tmp_path, hidden, "p.html")])
    assert found.holds is None and "分不清" in found.detail
    run = grouped(FIRST).replace(FIRST[:8], "0" * 64 + FIRST[:8])
    assert one(notices=[posted(tmp_path, run, "p.html")]).holds is None
    other = "b" * 63 + FIRST[0]  # its last digit is the first of ours
    assert one(notices=[posted(tmp_path, other[:-1] + FIRST, "p.html")]).holds is None
    assert one(notices=[posted(tmp_path, FIRST + "b" * 60, "p.html")]).holds is None
    seen = f"{chr(0x200B).join('b' * 64)}<span hidden>{FIRST}</span>"
    assert one(notices=[posted(tmp_path, seen, "p.html")]).holds is None
    wide = "".join(chr(ord(c) + 0xFEE0) for c in "b" * 64)
    assert one(notices=[posted(tmp_path, f"{wide}<i hidden>{FIRST}</i>", "p.html")]).holds is None
    own = f"{grouped(SECOND)}<p>{FIRST}</p>"  # of an earlier attempt
    assert one(notices=[posted(tmp_path, own, "p.html")]).holds is True


@pytest.mark.parametrize("member", ["entropy", "event", "amendments"])
def test_a_name_that_is_a_hash_makes_no_commitment_known(tmp_path, member):
    """Who was present at the event is entered after it."""
    other = hashlib.sha256(b"x").hexdigest()
    record = {"commitment": FIRST, "seed": other[::-1], member: {"roles": [{"seed": other}]}}
    draw = SimpleNamespace(
        name="05-draw",
        kind=SimpleNamespace(name="draw", documents=frozenset({"public.json"})),
        wrote=lambda _: record,
    )
    page = posted(tmp_path, f"{grouped(FIRST)}<p>{other}</p>", "p.html")
    (found,) = outside.held(Values(notices=[page]), BOOK, ROUND, [*SOUND, draw])
    assert found.holds is None
    page = posted(tmp_path, f"{grouped(FIRST)}<p>{other[::-1]}</p>", "p.html")
    (found,) = outside.held(Values(notices=[page]), BOOK, ROUND, [*SOUND, draw])
    assert found.holds is True


def test_a_key_that_the_commitment_covers_is_no_other_commitment(tmp_path):
    key = hashlib.sha256(b"key").hexdigest()
    own = freeze("02-freeze", 1, FIRST)
    posting = notice(FIRST) | {"committed": {"event": {"keys": [{"key": key}]}}}
    own.wrote = lambda _: posting
    page = posted(tmp_path, f"{grouped(FIRST)}<p>{key}</p>", "p.html")
    (found,) = outside.held(Values(notices=[page]), BOOK, ROUND, [own])
    assert found.holds is True
    (found,) = outside.held(Values(notices=[page]), BOOK, ROUND, SOUND)
    assert found.holds is None


def test_a_page_of_nothing_but_brackets_is_read_at_once(tmp_path):
    path = tmp_path / "p.html"
    path.write_text("<" * 2_000_000)
    assert one(notices=[path]).holds is None


def test_the_head_of_a_line_that_sets_something_aside_fits():
    book = Book(*LINES)
    aside = {"n": 7, "round": ROUND, "attempt": 0, "stage": "aside", "hash": FIRST}
    book.lines = [*book.entries, aside]
    (found,) = outside.held(Values(heads=[FIRST]), book, ROUND, SOUND)
    assert (found.holds, found.line) == (True, 7) and "其后" not in found.detail


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"",
        b"<p>nothing</p>",
        b"{",
        b'{"a": 0.5}',
        b"[" * 100_000 + b"]",
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_notice_is_not_checked(tmp_path, content):
    assert one(notices=[posted(tmp_path, content)]).holds is None


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_a_pipe_or_nothing_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert one(notices=[tmp_path / "pipe"]).detail == "不能读：是管道、设备一类的特殊文件"
    assert one(notices=[tmp_path / "none"]).detail == "找不到这个文件"


def test_without_a_ledger_nothing_can_be_told():
    values = Values([FIRST], [SECOND])
    assert [v.holds for v in outside.held(values, None, ROUND, SOUND)] == [None, None]
    assert outside.unproven([], None, ROUND).startswith(outside.NOT_CHECKED)


REACHED = {
    "no value": ({}, False),
    "the commitment of the last attempt": ({"commitments": [SECOND]}, True),
    "that of the voided one": ({"commitments": [FIRST]}, False),
    "the head after the last freeze": ({"heads": [BOOK.head(5)]}, True),
    "the head of today": ({"heads": [BOOK.head(6)]}, True),
    "a head from before the last freeze": ({"heads": [BOOK.head(4)]}, False),
    "a head that does not fit": ({"heads": [FIRST]}, False),
    "both": ({"commitments": [FIRST], "heads": [BOOK.head(5)]}, True),
}


@pytest.mark.parametrize(("values", "reached"), REACHED.values(), ids=list(REACHED))
def test_time_and_uniqueness_are_checked_only_if_a_value_reaches_the_last_freeze(values, reached):
    found = outside.held(Values(**values), BOOK, ROUND, SOUND)
    text = outside.unproven(found, BOOK, ROUND)
    assert (text == "") == reached
    if not reached:
        assert text.startswith("时间和唯一性没有用外部凭据核对") and "--commitment" in text


def test_a_year_needs_a_head_of_its_last_stage():
    book = Book(("2026", 1, "01-plan"), (ROUND, 1, "01-freeze"), ("2026", 1, "02-review"))
    for n, reached in ((1, False), (2, False), (3, True)):
        found = outside.held(Values(heads=[book.head(n)]), book, "2026", [])
        assert (outside.unproven(found, book, "2026") == "") == reached
