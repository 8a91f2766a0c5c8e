"""The last look: each kind of private value, planted in a public file, stops publishing."""

from __future__ import annotations

import io
import json
import zipfile

import answered
import pytest
from archived import record_of
from hypothesis import given
from hypothesis import strategies as st
from sites import EARLY, LATE, pages_of

from ssj import protocol
from ssj.base.errors import RefusedError
from ssj.casebook import archive
from ssj.site import leaks, private

HOME, CSV = "index.html", "data/sample60/1/drawn.csv"


@pytest.fixture(scope="module")
def made(published_sample60):
    return pages_of(published_sample60)


@pytest.fixture(scope="module")
def book(published_sample60):
    return archive.reading(published_sample60 / "outputs")


@pytest.fixture(scope="module")
def record(published_sample60):
    return record_of(published_sample60, "03-draw")


def found(book, made, path, more: bytes):
    """What is found when something is added to a file."""
    before = made[path]
    planted = {
        **made,
        path: before.replace(b"</main>", more + b"</main>")
        if b"</main>" in before
        else before + more,
    }
    assert planted[path] != before
    return [one for one in leaks.leaks(book, planted, LATE) if one.path == path]


def test_nothing_is_found_in_what_is_made(book, made):
    assert leaks.leaks(book, made, LATE) == []
    leaks.require_none(book, made, LATE)


def values(record, results):
    """Kind → a private value of the archive."""
    target = record["tables"]["targets"][0]
    secret = next(t for t in record["tables"]["targets"] if not t["internal"]["public"])
    salts = {
        p: protocol.row_salt(record["salt"], "targets", target["id"], p)
        for p in ("identity", "internal", "ticket")
    }
    ticket = protocol.ticket(record["seed"], "target", target["id"], salts["ticket"])
    return {
        "salt": record["salt"],
        **{f"row salt {p}": s for p, s in salts.items()},
        "officer's salt": protocol.row_salt(
            record["salt"], "officers", record["tables"]["officers"][0]["id"], "ticket"
        ),
        "ticket": ticket,
        "ticket's number": ticket[:13],
        "unnamed id": secret["id"],
        "unnamed name": secret["identity"]["name"],
        "why unnamed": secret["internal"]["non_public_basis"],
        "address": target["internal"]["address"],
        "officer's number": record["tables"]["officers"][0]["id"],
        "who entered": results["rows"][0]["entered_by"],
        "who reviewed": results["rows"][0]["reviewer"],
        "class": "演示公司 信用风险等级：D",
        "class in words": "属于 D 类企业",
    }


KINDS = (
    "salt",
    "row salt identity",
    "row salt internal",
    "row salt ticket",
    "officer's salt",
    "ticket",
    "ticket's number",
    "unnamed id",
    "unnamed name",
    "why unnamed",
    "address",
    "officer's number",
    "who entered",
    "who reviewed",
    "class",
    "class in words",
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", [HOME, CSV, "firm/s/0.js"])
def test_a_planted_value_is_found(book, made, record, published_sample60, kind, path):
    planted = values(record, record_of(published_sample60, "04-results"))
    assert planted.keys() == set(KINDS)
    assert found(
        book,
        made,
        path,
        f"<p>甲{planted[kind]}乙</p>".encode()
        if "id" not in kind and "number" not in kind
        else f"<p>{planted[kind]} </p>".encode(),
    )


@pytest.mark.parametrize(
    ("path", "more"),
    [
        (HOME, "<table><thead><tr><th>名称</th><th>签号</th></tr></thead></table>"),
        ("data/sample60/1/results.json", '{"risk_class":"A"}'),
        ("rounds/sample60/1/notice.html", "<!-- 抽中机会 --><th>抽中机会</th>"),
    ],
)
def test_an_internal_column_or_field_is_found(book, made, path, more):
    assert found(book, made, path, more.encode())


def test_metadata_and_names_of_files_are_looked_at(book, made, record):
    secret = next(t for t in record["tables"]["targets"] if not t["internal"]["public"])
    path = "data/sample60/1/sample60.xlsx"
    buffer = io.BytesIO(made[path])
    with zipfile.ZipFile(buffer, "a") as whole:
        whole.writestr("docProps/custom.xml", f"<x>{secret['identity']['name']}</x>")
    planted = {**made, path: buffer.getvalue(), f"data/{secret['id']}.csv": b"x"}
    assert {one.path for one in leaks.leaks(book, planted, LATE)} == {
        path,
        f"data/{secret['id']}.csv",
    }


def test_what_is_public_later_is_private_before(book, published_sample60):
    late = pages_of(published_sample60)
    told = leaks.leaks(book, late, EARLY)
    assert {"还没有到公布日的检查编号"} <= {one.what for one in told}
    assert leaks.leaks(book, pages_of(published_sample60, EARLY), EARLY) == []


def test_publishing_stops_with_what_and_where(book, made, record):
    planted = {**made, HOME: made[HOME] + record["salt"].encode()}
    with pytest.raises(RefusedError, match=r"没有发布.*index\.html：防推码"):
        leaks.require_none(book, planted, LATE)


# --- differences of totals


@pytest.fixture
def totals():
    """Results in which the unnamed target had a problem, and nobody else."""
    rows = [
        answered.row(answered.OPEN),
        answered.row(answered.TWO),
        answered.row(answered.TWO, "I2"),
        answered.row(
            answered.SECRET, results=["发现问题已责令改正"], measure=["责令改正"], published_on=""
        ),
        answered.row(answered.GAS, "I2"),
    ]
    return private._totals(answered.recorded(rows))


@pytest.mark.parametrize(
    ("path", "page", "leaks_out"),
    [
        ("rounds/2021Q4/index.html", "<p>共 4 户次，1 户发现问题</p>", True),
        ("rounds/2021Q4/index.html", "<p>已公示的 3 户中 0 户发现问题</p>", False),
        (
            "review.html",
            "<table><thead><tr><th>批次</th><th>发现问题</th></tr></thead><tbody><tr><th>2021Q4</th><td>1</td></tr></tbody></table>",
            True,
        ),
        ("review.html", "<dl><dt>2021年第四季度 发现问题（户次）</dt><dd>1</dd></dl>", True),
        ("review.html", "<p>2021年第四季度：1 户发现问题</p>", True),
        (
            "review.html",
            "<p>2020年第四季度：1 户</p><table><tr><th>批次</th><td>1</td></tr></table>",
            False,
        ),
    ],
)
def test_a_total_that_gives_the_unnamed_away(totals, path, page, leaks_out):
    assert totals.telling[1].startswith("发现问题的户次 1")
    whole = private.Private(totals=[totals])
    assert bool(list(leaks._totals(path, page, whole))) == leaks_out


def test_the_totals_of_json_that_the_archive_has_are_of_published_rows(made):
    view = json.loads(made["data/sample60/1/results.json"])
    assert set(view) & {"problems", "closed", "counts"} == set()


@given(
    st.lists(st.text(alphabet="甲乙丙a𠮷\u202e", min_size=4, max_size=7), max_size=8),
    st.text(alphabet="甲乙丙a𠮷\u202e", max_size=60),
)
def test_texts_are_found_all_at_once_as_one_by_one(values, text):
    assert set(leaks._Sought(values).found(text)) == {v for v in values if v in text}
