"""docs/ARCHIVE.md's tables are those of the code: kinds of stage, their files, fields, schemas."""

from __future__ import annotations

import re

import archive_by_text
import pytest
from conftest import ROOT

from ssj.casebook import contents, ledger, program, stated
from ssj.casebook.kind import YEAR, Kind
from ssj.stages.registry import kinds

TEXT = (ROOT / "docs" / "ARCHIVE.md").read_text(encoding="utf-8")


def section(number: str) -> str:
    return re.split(r"^## ", TEXT[TEXT.index(f"## {number} ") + 3 :], flags=re.MULTILINE)[0]


def rows(number: str) -> list[list[str]]:
    """The rows of a section's tables, as cells."""
    lines = [line for line in section(number).splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def named(cell: str) -> set[str]:
    return {name.replace("\\|", "|") for name in re.findall(r"`([^`]+)`", cell)}


BY_KIND = {row[0].strip("`"): row for row in rows("§A4") if row[0].strip("`") in kinds()}
ALL = [pytest.param(kind, id=kind.name) for kind in kinds().values()]


def test_every_kind_is_there():
    assert BY_KIND.keys() == kinds().keys()
    assert {row[0].strip("`") for row in rows("§A3")} == kinds().keys()


@pytest.mark.parametrize("kind", ALL)
def test_what_a_kind_is(kind: Kind):
    own = next(row for row in rows("§A3") if row[0] == f"`{kind.name}`")
    assert own[1] == ("year" if kind.belongs_to == YEAR else "round")
    assert own[2] == kind.title
    assert named(own[4]) == set(kind.rests_on)


@pytest.mark.parametrize("kind", ALL)
def test_which_files_a_kind_has(kind: Kind):
    _, notebook, out, always, perhaps, repeated, accounted = BY_KIND[kind.name]
    assert named(notebook) == {kind.notebook}
    assert named(out) == kind.outputs
    assert named(always) == kind.takes
    parts = [p.replace("(?:", "(") for p in re.split(r"\|(?![^(]*\))", kind.may_take) if p]
    # a name that is no pattern is written without its backslashes
    assert named(perhaps) == {p if "(" in p else p.replace("\\", "") for p in parts}
    assert named(repeated) == kind.repeats
    assert (repeated == "its record") == bool(kind.rests_on and not kind.repeats)
    keys = re.findall(r"`(\w+)`:", accounted)
    assert keys == [key for key, _ in kind.tables]


@pytest.mark.parametrize("kind", ALL)
def test_which_tables_a_kind_takes(kind: Kind):
    """Names that the text allows are allowed, others are not."""
    accounted = BY_KIND[kind.name][6]
    said_of = re.split(r", (?=`\w+`:)", accounted) if accounted != "–" else []
    for (_, pattern), said in zip(kind.tables, said_of, strict=True):
        own = said.partition(":")[2]
        tables = named(own.partition("T of")[2])
        if " P" in own:
            tables = {"items", "targets", "officers", "plan", "recognised", "exceptions"}
            for name in ("round.toml", "round.xlsx", "mapping.toml", "officers-mapping.toml"):
                assert re.fullmatch(pattern, name)
            assert not re.fullmatch(pattern, "plan-mapping.toml")
            assert bool(re.fullmatch(pattern, "year.toml")) == ("year" in own)
        for table in ("items", "plan", "outside", "results", "postings", "indicators", "platform"):
            for name in (f"{table}.xlsx", f"{table}-01.CSV", f"{table}-001.et"):
                assert bool(re.fullmatch(pattern, name)) == (table in tables), (table, name)
            for name in (f"{table}-1.xlsx", f"{table}.json", f"{table}x.csv"):
                assert not re.fullmatch(pattern, name)


def test_the_files_that_every_stage_has():
    sentence = re.search(r"the six that every stage has \(([^)]*)\)", section("§A4"))[1]
    assert named(sentence) == contents.ALWAYS


def test_the_tag_files():
    there = {row[0].strip("`") for row in rows("§A4")}
    assert there >= contents.TAG_FILES


def test_the_fields_of_a_ledger_line():
    own = {name for row in rows("§A2") for name in named(row[0])}
    assert own == ledger.FIELDS_ASIDE.keys()
    stage = {name for row in rows("§A2") if row[1] != "–" for name in named(row[0])}
    assert stage == ledger.FIELDS.keys()


@pytest.mark.parametrize("kind", ALL)
def test_the_fields_of_stage_json(kind: Kind):
    base = {
        name for row in rows("§A5") if not named(row[0]) & kinds().keys() for name in named(row[0])
    }
    assert base == stated.Stated.model_fields.keys()
    more = set()
    for row in rows("§A5"):
        if kind.name in named(row[0]):
            own = row[1].partition("; `previous`")[0] if "{" in row[1] else row[1]
            more |= {name for name in named(own) if re.fullmatch("[a-z]+", name)}
            more |= {"previous"} if "`previous`" in row[1] else set()
    more -= {"null", "rosters"}
    assert more == kind.stated.model_fields.keys() - base


def test_an_account_has_its_fields():
    own = re.search(r"took it in: `(\{[^`]*\})`", section("§A5"))[1]
    assert re.findall(r'"(\w+)"', own) == list(stated.Taken.model_fields)


def test_requirements_name_what_was_tried():
    security = (ROOT / "docs" / "SECURITY.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^### (.*)$", security, re.MULTILINE))
    own = re.findall(r"^\| B(\d+) \| .* \| (.*) \| (.*) \|$", section("§A11"), re.MULTILINE)
    assert [int(number) for number, *_ in own] == list(range(1, len(own) + 1))
    tried = {name for _, _, said in own for name in said.split("; ")}
    assert tried <= headings
    sections = {s for _, said, _ in own for s in re.findall(r"§A\d+", said)}
    assert sections <= set(re.findall(r"^## (§A\d+) ", TEXT, re.MULTILINE))


@pytest.mark.parametrize("kind", ALL)
def test_the_text_gives_the_code_hash(kind: Kind):
    """§A7, by an implementation of the text alone."""
    whole = program.files()
    own = archive_by_text.code_hash(kind.notebook.removesuffix(".ipynb"), dict(whole))
    assert own == program.code_identity(kind.notebook)["hash"]
    assert archive_by_text.program_digest(dict(whole)) == program.digest(whole)
