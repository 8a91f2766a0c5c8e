"""docs/schemas: as the script writes them, true of the records that the program makes, and false of
damaged ones (docs/ARCHIVE.md §A6).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from jsonschema import Draft202012Validator

from ssj import protocol
from ssj.casebook import ledger
from ssj.casebook.archive import kind_of
from ssj.draw import disclosure
from ssj.stages.registry import kinds

sys.path.insert(0, str(ROOT / "scripts"))
import make_schemas
import schema_parts

FOLDER = ROOT / "docs" / "schemas"
REFERENCE = ROOT / "tests" / "reference"
VECTORS = ROOT / "tests" / "vectors"


@cache
def validator(name: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def wrong(name: str, record: Any) -> list[str]:
    """What of a record is not as its schema has it."""
    return [f"{e.json_path}: {e.message[:200]}" for e in validator(name).iter_errors(record)]


def files_of(stage: Path) -> Iterator[tuple[str, Path]]:
    """The JSON files of a stage folder, each with its path in it."""
    for part in ("in", "out"):
        for path in sorted((stage / part).glob("*.json")):
            yield f"{part}/{path.name}", path


STAGES = {kind.name: REFERENCE / Path(kind.notebook).stem for kind in kinds().values()}
RECORDS = [
    pytest.param(make_schemas.schema_for(kind, name), path, id=f"{kind}-{name}")
    for kind, stage in STAGES.items()
    for name, path in files_of(stage)
]


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def documents(name: str) -> list[Any]:
    """Documents of a view, from the vectors."""
    cases = [c for path in sorted(VECTORS.glob("*.json")) for c in read(path)["cases"]]
    return [
        c["input"]["document"]
        for c in cases
        if c["function"] == "examine"
        and isinstance(c["input"]["document"], dict)
        and c["input"]["document"].get("view") == name
        and all(holds is not False for _, holds in c["expected"])
    ]


@cache
def kept() -> dict[str, list[Any]]:
    """Documents that people keep: a receipt of every target of the reference draw, attestations."""
    draw = read(STAGES["draw"] / "out" / "draw.json")
    ids = [row["id"] for row in draw["tables"]["targets"]]
    opened = {**draw, "parameters": {**draw["parameters"], "receipt_internal": True}}
    opened["commitment"] = protocol.commit(opened)
    receipts = [*disclosure.receipts(draw, ids), *disclosure.receipts(opened, ids[:2])]
    return {"receipt": receipts, "attestation": documents("attestation")}


def test_schemas_are_as_the_script_writes_them(tmp_path):
    make_schemas.main(tmp_path)
    fresh = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    there = {p.name: p.read_bytes() for p in FOLDER.iterdir()}
    assert sorted(fresh) == sorted(there)
    assert [name for name in there if fresh[name] != there[name]] == [], (
        "python scripts/make_schemas.py writes them anew"
    )


@pytest.mark.parametrize(("name", "path"), RECORDS)
def test_the_reference_records_are_valid(name, path):
    assert wrong(name, read(path)) == []


@pytest.mark.parametrize("name", ["receipt", "attestation"])
def test_documents_that_people_keep_are_valid(name):
    assert kept()[name]
    assert [w for one in kept()[name] for w in wrong(name, one)] == []


def archived(outputs: Path) -> Iterator[tuple[str, str, Any]]:
    """Every record of an archive: its schema, its place, its content; and the ledger's lines."""
    for line in (outputs / ledger.NAME).read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        yield "ledger_line", f"line {entry['n']}", entry
        if entry["stage"] != ledger.ASIDE:
            stage = outputs / entry["round"] / entry["stage"]
            for name, path in files_of(stage / "data"):
                schema = make_schemas.schema_for(kind_of(entry["stage"]), name)
                yield schema, f"{entry['round']}/{entry['stage']}/{name}", read(path)


def test_the_records_of_a_round_are_valid(done_sample60):
    found = list(archived(done_sample60 / "outputs"))
    assert {"ledger_line", "rosters", "freeze", "draw", "stage-draw"} <= {f[0] for f in found}
    assert [
        (place, wrong(name, record)) for name, place, record in found if wrong(name, record)
    ] == []


@pytest.mark.slow
def test_the_records_of_a_year_are_valid(whole_year):
    found = list(archived(whole_year / "outputs"))
    assert {"plan", "amend", "void"} <= {f[0] for f in found}
    assert [
        (place, wrong(name, record)) for name, place, record in found if wrong(name, record)
    ] == []


# --- what is damaged ---


def objects(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every object in a record; of a list that of the first that it holds alone."""
    if isinstance(value, dict):
        yield path
        for key, own in value.items():
            yield from objects(own, (*path, key))
    elif isinstance(value, list):
        for index, own in enumerate(value[:1]):
            yield from objects(own, (*path, index))


def at(record: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        record = record[key]
    return record


# objects whose fields are names that the round chose
NAMES = {"versions", "classes", "ratios"}
SAMPLES = {
    **{name: read(path) for name, path in [p.values for p in RECORDS]},
    **{name: found[-1] for name, found in kept().items()},
    "ledger_line": {
        "n": 1,
        "previous": protocol.NO_HEAD,
        "hash": "1" * 64,
        "time": "2021-11-22T09:00:00+08:00",
        "round": "2021Q4",
        "attempt": 1,
        "stage": "01-rosters",
        "bag": "2" * 64,
    },
}


def required(schema: Any, path: tuple[Any, ...]) -> set[str]:
    """The fields that the schema of an object inside a record demands."""
    if "$ref" in schema:
        return required(schema_parts.DEFINITIONS[schema["$ref"].rpartition("/")[2]], path)
    if "anyOf" in schema:  # of which one is an object or list at the most, but for a ledger's line
        return required(next(s for s in schema["anyOf"] if {"properties", "$ref"} & s.keys()), path)
    if not path:
        return set(schema["required"])
    key, *rest = path
    inner = (
        schema["items"]
        if isinstance(key, int)
        else schema["properties"][key]
        if "properties" in schema
        else next(iter(schema["patternProperties"].values()))
    )
    return required(inner, tuple(rest))


def damaged(record: Any, schema: Any) -> Iterator[tuple[str, Any]]:
    """Copies of a record with one field missing, one of another type, one more, in every kind of
    object that it holds.
    """
    for path in objects(record):
        own = at(record, path)
        if path and path[-1] in NAMES:
            continue
        must = required(schema, path)
        for key in own:
            changed = deepcopy(record)
            at(changed, path)[key] = 1.5
            yield f"{(*path, key)} of another type", changed
            if key in must:
                changed = deepcopy(record)
                del at(changed, path)[key]
                yield f"{(*path, key)} missing", changed
        changed = deepcopy(record)
        at(changed, path)["more"] = 1
        yield f"{path} with a field more", changed


def test_every_schema_has_a_sample():
    assert sorted(SAMPLES) == sorted(make_schemas.SCHEMAS)


@pytest.mark.parametrize("name", [n for n, sample in SAMPLES.items() if sample is not None])
def test_damaged_records_are_not_valid(name):
    assert validator(name).is_valid(SAMPLES[name])
    cases = list(damaged(small(SAMPLES[name]), make_schemas.SCHEMAS[name]))
    assert cases
    assert [what for what, record in cases if validator(name).is_valid(record)] == []


def small(record: Any) -> Any:
    """A record with the first entry of each list alone, which is as valid and sooner looked at."""
    if isinstance(record, dict):
        return {key: small(own) for key, own in record.items()}
    return [small(own) for own in record[:1]] if isinstance(record, list) else record


# --- against the program's own checks ---


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_stage_json_is_as_strict_as_the_text_says(kind):
    name = f"stage-{kind}"
    odd = {"rehearsal": True, "time": "2021-11-22", "date": "22.11.2021"}
    own = odd.keys() & SAMPLES[name].keys()
    assert own >= {"rehearsal", "time"}
    assert [field for field in own if not wrong(name, SAMPLES[name] | {field: odd[field]})] == []


def test_shapes_of_the_protocol_keep_their_meaning():
    """A schema made of a shape accepts what :func:`protocol.problem` accepts."""
    notice = read(STAGES["freeze"] / "out" / "notice.json")["committed"]
    schema = schema_parts.of_shape(protocol.COMMITTED)
    own = Draft202012Validator(schema)
    assert own.is_valid(notice) and not protocol.problem(protocol.COMMITTED, notice)
    cases = list(damaged(notice, schema))
    assert len(cases) > 50
    for what, record in cases:
        assert own.is_valid(record) == (not protocol.problem(protocol.COMMITTED, record)), what


VALUES = ["", "x", "\n", "0" * 64, "0" * 63, "G" * 64, "0" * 16, "0" * 128, "S-1", "a", "甲", True]
VALUES += [0, 1, -1, 100, 101, protocol.LARGEST, protocol.LARGEST + 1, None, [], {}, 1.5]
VALUES += ["officer", "staff", "here", "platform", "visits", "groups"]


def kinds_in(shape: Any) -> Iterator[protocol.Kind]:
    if isinstance(shape, protocol.Kind):
        yield shape
    elif isinstance(shape, dict):
        for own in shape.values():
            yield from kinds_in(own)
    elif isinstance(shape, list):
        yield from kinds_in(shape[0])


def test_kinds_of_the_protocol_keep_their_meaning():
    shapes = [protocol.FROZEN, protocol.COMMITTED, protocol._ATTESTATION, protocol._ENTROPY]
    found = {kind.name: kind for shape in shapes for kind in kinds_in(shape)}
    assert set(found) == set(schema_parts.KINDS)
    for name, kind in found.items():
        own = Draft202012Validator(schema_parts.KINDS[name])
        for value in VALUES:
            assert own.is_valid(value) == kind.holds(value), (name, value)


def test_what_a_real_archive_reads_of_a_record_its_schema_demands():
    """§10.5: a frozen record without a field that the protocol reads is no valid one either."""
    freeze = make_schemas.SCHEMAS["freeze"]
    assert set(protocol.FROZEN) <= set(freeze["required"])
    for table, (row,) in protocol._ROWS.items():
        internal = make_schemas.INTERNAL[table]
        assert {f for f in row["internal"] if not f.endswith("?")} <= set(internal["required"])


def test_ledger_lines_have_the_fields_that_the_program_reads():
    stage, aside = make_schemas.LEDGER_LINE["anyOf"]
    assert stage["properties"].keys() == ledger.FIELDS.keys()
    assert aside["properties"].keys() == ledger.FIELDS_ASIDE.keys()
    assert set(stage["required"]) == set(ledger.FIELDS)


def test_the_text_lists_every_schema():
    text = (ROOT / "docs" / "ARCHIVE.md").read_text(encoding="utf-8")
    part = text[text.index("## §A6 ") : text.index("## §A7 ")]
    rows = re.findall(r"^\| (`[^|]*`) \|", part, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([\w{}-]+)`", row)}
    known = {name for name in make_schemas.SCHEMAS if not name.startswith("stage-")}
    assert named - {"stage-{kind}"} == known
