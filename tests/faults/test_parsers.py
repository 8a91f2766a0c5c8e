"""Whatever bytes stand where a file of ours should be: nothing but the project's own errors, in
time; and whatever an insider writes into an archive: a verdict, and never that all is well.

``HYPOTHESIS_PROFILE=deep`` tries twenty times as many files and five times as many archives.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt
from archived import report_of
from conftest import DEEP, ROOT, examples
from faults.tampering.tools import DRAW, DRAW_2, FREEZE, PLAN, RESULTS, REVIEW, ROSTERS, VOID, Copy
from hypothesis import given
from hypothesis import strategies as st

from ssj import protocol
from ssj.audit import audit, verdict
from ssj.base import params, workdays
from ssj.base.errors import SsjError
from ssj.casebook import archive, bags
from ssj.results import exchange
from ssj.rosters import rosters
from ssj.tables import headings, schema
from ssj.year import planning

from .test_tampering import in_time

OUR_OWN = (SsjError, protocol.ProtocolError)
WINDOW = (dt.date(2021, 12, 6), dt.date(2021, 12, 24))
# what may stand behind an equals sign, and mostly should not
LITERALS = st.sampled_from(
    ['""', '"x"', "0", "-1", "1e400", "nan", "inf", "true", "[]", "{}", "[[]]", "[{}]", "[1, 'x']",
     "{a = 1}", "1979-05-27", "0001-01-01", "9999-12-31", "07:32:00", "1979-05-27T07:32:00Z",
     "1979-05-27T07:32:00", "9999-12-31T23:59:59-12:00", '"\\u0000"', '"2021-13-45"', '"../x"',
     "9" * 400, '"' + "9" * 5000 + '"', "[" * 200 + "]" * 200]
)  # fmt: skip


@st.composite
def bytes_like(draw: Any, sound: bytes) -> bytes:
    """Any bytes, or sound ones with a part changed, cut out, doubled, or moved."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300))
    data = bytearray(sound)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([1, 2, 7, 60, 400])))
        data[start:end] = draw(
            st.one_of(
                st.just(b""),
                st.binary(max_size=8),
                st.just(bytes(data[start:end]) * 2),
                st.sampled_from([b"\xef\xbb\xbf", b"\x00", b"\r\n", b'"', b"]", b"\xff\xfe"]),
            )
        )
    return bytes(data)


@st.composite
def toml_like(draw: Any, sound: bytes) -> bytes:
    """Sound TOML with values that don't belong there, lines that are gone, doubled or elsewhere."""
    lines = sound.decode("utf-8").splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        name, equals, _ = lines[at].partition("=")
        lines[at : at + 1] = draw(
            st.one_of(
                st.just([]),
                st.just([lines[at]] * 2),
                LITERALS.map(lambda value, n=name: [f"{n}= {value}"])
                if equals
                else st.just(["[x]"]),
                st.just([lines[at], "unknown = 1"]),
            )
        )
    return "\n".join(lines).encode()


def years_calendar(path: Path) -> None:
    workdays.read_calendar(path)(dt.date(2027, 5, 1))


def ledger(path: Path) -> None:
    archive.read_entries(path.parent)


def titles(path: Path) -> None:
    headings.read(path, "targets", schema.headers("targets"))


def year_of(path: Path) -> object:
    return planning.read(path.parent)


PARAMS = ROOT / "demo" / "params"
TOML: dict[str, tuple[str, bytes, Callable[[Path], object]]] = {
    "round": ("round.toml", (PARAMS / "sample60/round.toml").read_bytes(), params.read_round),
    "entropy": (
        "entropy.toml",
        (PARAMS / "sample60/entropy.toml").read_bytes(),
        params.read_entropy,
    ),
    "year": ("year.toml", (PARAMS / "2021/year.toml").read_bytes(), year_of),
    "mapping": (
        "mapping.toml",
        '[targets]\n"名称" = ["企业名称", "单位"]\n"编号" = "代码"\n'.encode(),
        titles,
    ),
    "calendar": (
        "calendar.toml",
        b"years = [2027]\nholidays = [2027-05-01]\nworkdays = [2027-05-09]\n",
        years_calendar,
    ),
}


def refused_or_read(folder: Path, name: str, data: bytes, read: Callable[[Path], object]) -> None:
    (folder / name).write_bytes(data)
    try:
        with in_time():
            read(folder / name)
    except OUR_OWN as error:
        assert str(error)


@pytest.mark.parametrize("name", TOML)
def test_toml(name, tmp_path):
    file, sound, read = TOML[name]
    (tmp_path / file).write_bytes(sound)
    read(tmp_path / file)

    @examples(2)
    @given(st.one_of(bytes_like(sound), toml_like(sound), toml_like(sound)))
    def inner(data):
        refused_or_read(tmp_path, file, data, read)

    inner()


@pytest.fixture(scope="module")
def archived(real_year) -> Copy:
    """To be read only."""
    return Copy(real_year)


def examined(path: Path) -> None:
    protocol.examine(archive.read_record(path))


def exchanged(path: Path) -> None:
    exchange.read(path.read_bytes(), path.name)


JSON: dict[str, tuple[str, Callable[[Path], object]]] = {
    "ledger.jsonl": ("ledger.jsonl", ledger),
    "draw.json": (f"{DRAW}/data/out/draw.json", examined),
    "notice.json": (f"{FREEZE}/data/out/notice.json", examined),
    "public.json": (f"{DRAW}/data/out/public.json", examined),
    "history.json": (f"{FREEZE}/data/in/history.json", archive.read_record),
    "published.json": (f"{RESULTS}/data/out/published.json", exchanged),
}


@pytest.mark.parametrize("name", JSON)
def test_json(name, archived, tmp_path):
    place, read = JSON[name]
    sound = (archived.outputs / place).read_bytes()
    file = Path(place).name

    @given(bytes_like(sound))
    def inner(data):
        refused_or_read(tmp_path, file, data, read)

    inner()


@pytest.mark.parametrize("file", ["manifest-sha256.txt", "tagmanifest-sha256.txt", "bagit.txt",
                                  "bag-info.txt", "data/in/stage.json"])  # fmt: skip
def test_tag_files_and_stage_json(file, archived, tmp_path):
    """Read by the audit's V2 and by every command that opens an archive."""
    bag = shutil.copytree(archived.bag(DRAW), tmp_path / "bag")
    sound = (bag / file).read_bytes()
    seal = protocol.sha256((bag / "tagmanifest-sha256.txt").read_bytes())

    @given(bytes_like(sound))
    def inner(data):
        (bag / file).write_bytes(data)
        with in_time():
            problems, junk = bags.problems(bag, seal)
            archive.other_format(bag / "data")
        assert bool(problems) == (data != sound) and junk == []

    inner()


def tables(folder: Path) -> dict[str, bytes]:
    """The targets of the small round in each kind of file."""
    frame = pd.read_excel(PARAMS / "sample60" / "targets.xlsx", dtype=str).fillna("")
    made = {"xlsx": (PARAMS / "sample60" / "targets.xlsx").read_bytes()}
    made["csv"] = frame.to_csv(index=False).encode("utf-8-sig")
    pq.write_table(pa.Table.from_pandas(frame), folder / "made.parquet")
    made["parquet"] = (folder / "made.parquet").read_bytes()
    book = xlwt.Workbook()
    sheet = book.add_sheet("名录")
    for row, values in enumerate([list(frame), *frame.to_numpy().tolist()]):
        for column, value in enumerate(values):
            sheet.write(row, column, value)
    book.save(str(folder / "made.xls"))
    return made | {"xls": (folder / "made.xls").read_bytes()}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "csv", "parquet"])
def test_tables(suffix, tmp_path):
    """Damaged files end in a problem that names them, or are read."""
    sound = tables(tmp_path)[suffix]
    place = tmp_path / "round"
    place.mkdir()

    @examples(1 / 2)
    @given(bytes_like(sound))
    def inner(data):
        (place / f"targets.{suffix}").write_bytes(data)
        with in_time():
            found = rosters.load(place, "ABCD", "2021Q4", WINDOW)
        assert "targets" in found.tallies or any(
            p.file.startswith("targets") and p.severity == "error" for p in found.problems
        )

    inner()


# --- archives with anything in them, all seals renewed ---

RECORDS = {
    at: ["in/stage.json", *files]
    for at, files in {
        ROSTERS: ["out/rosters.json", "in/history.json"],
        FREEZE: ["out/freeze.json", "out/notice.json", "out/chances.json", "in/history.json",
                 "in/year.json", "in/previous.json"],
        DRAW: ["out/draw.json", "out/public.json", "in/voided.json"],
        VOID: ["out/void.json"],
        DRAW_2: ["out/draw.json", "in/voided.json"],
        "sample60/08-platform": ["out/platform.json"],
        "sample60/09-amend": ["out/amend.json", "out/public.json"],
        "sample60/10-papers": ["out/papers.json", "in/scans.json", "in/earlier.json"],
        RESULTS: ["out/results.json", "out/published.json", "in/known.json"],
        PLAN: ["out/plan.json"],
        REVIEW: ["out/review.json", "in/ledger.json"],
    }.items()
}  # fmt: skip
# with which packages a stage was made, nothing can show that it wasn't; sealing sets the head anew
IMMATERIAL = {("in/stage.json", "versions"), ("in/stage.json", "ledger_head")}
ODD: list[Any] = [None, True, 0, -1, 2**53, "", "x", "../x", "甲" * 99, [], {}, [[]], {"x": 1}, 0.5,
                  "9999-12-31T23:59:59+14:00", "\ud800"]  # fmt: skip


def mutated(value: Any, rng: random.Random, path: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    """Change one thing somewhere inside, in place; where."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = rng.choice(keys)
    inner = value[key]
    if isinstance(inner, dict | list) and inner and rng.random() < 0.8:
        return mutated(inner, rng, (*path, key))
    before = json.dumps(value, sort_keys=True)
    while json.dumps(value, sort_keys=True) == before:
        match rng.randrange(4):
            case 0:
                value[key] = rng.choice(ODD)
            case 1:
                del value[key]
                break
            case 2 if isinstance(value, dict):
                value["other"] = inner
            case 3 if isinstance(value, list):
                value.insert(key, inner)
    return (*path, key)


def doubted(report: audit.Report) -> list[int]:
    """The steps that do not hold, or could not be checked."""
    return [s.number for s in report.steps if not s.holds and s.detail != verdict.LEFT_OUT]


MUTATIONS = 300 if DEEP else 60
PARTS = 3  # tests, so that workers share them


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_resealed_archives_end_in_a_verdict(real_year, tmp_path, part):
    """One member of a record or of ``stage.json`` changed, bags and ledger made to fit: the audit
    never crashes or hangs, and never finds everything in order.
    """
    project = shutil.copytree(real_year, tmp_path / "project")
    copy, whole, wrong = Copy(project), tmp_path / "outputs", []
    copy.outputs.rename(whole)
    for number in range(part, MUTATIONS, PARTS):
        rng = random.Random(number)
        at = rng.choice(sorted(RECORDS))
        file = rng.choice(RECORDS[at])
        shutil.copytree(whole, copy.outputs)
        path = copy.data(at) / file
        record = json.loads(path.read_text(encoding="utf-8"))
        place = mutated(record, rng) if record else ("x",)
        record = record or {"x": 1}
        path.write_text(json.dumps(record), encoding="utf-8")
        try:
            copy.reseal()
        except (KeyError, TypeError, protocol.ProtocolError):  # it can't even be sealed
            shutil.rmtree(copy.outputs)
            continue
        try:
            name = at.partition("/")[0]
            with in_time():
                found = doubted(report_of(project, round_id=name))
            if not found and (file, place[0]) not in IMMATERIAL:
                found = doubted(report_of(project, False, name))  # running it again tells the rest
                if not found:
                    wrong.append((number, at, file, place, "nothing found"))
        except Exception as error:
            wrong.append((number, at, file, place, repr(error)))
        shutil.rmtree(copy.outputs)
    assert wrong == []
