"""Vectors of §10: what committed objects, files, types and ranges are; documents that contradict
each other; one generator for each file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vector_attestations import (
    SECRETS,
    drawn_from,
    ledger,
    public_key,
    receipts_of,
    refrozen,
    without,
)
from vector_documents import _opened
from vector_inputs import (
    DICE,
    Case,
    amended,
    case,
    changed,
    draw_record,
    elsewhere,
    small_frozen,
    without_checks,
)

from ssj import protocol
from ssj.draw import disclosure


def rehashed(document: Case, committed: Case) -> Case:
    """The document with another commitment object, and the commitment that belongs to it."""
    return {
        **document,
        "committed": committed,
        "commitment": protocol.sha256(protocol.canonical(committed)),
    }


# --- §10.2: what ``committed`` must be ---


def committed_objects() -> Iterator[Case]:
    """§4.3, §10.2: a commitment object has every field with its type, and no others; its hash is
    right in all of these.
    """
    notice = disclosure.notice(small_frozen())
    record = draw_record("small")
    published, receipt = disclosure.published(record), next(disclosure.receipts(record, ["S001"]))
    for name, document in (("notice", notice), ("public", published), ("receipt", receipt)):
        opened = document["committed"]
        yield case(f"{name}-sound", "examine", document=rehashed(document, opened))
        for field in opened:
            less = without(opened, field)
            yield case(f"{name}-without-{field}", "examine", document=rehashed(document, less))
        for field, value in (
            ("round", 1),
            ("attempt", "1"),
            ("attempt", 0),
            ("attempt", True),
            ("demonstration", 1),
            ("demonstration", "false"),
            ("demonstration", None),
            ("official_draw", "here"),
            ("official_draw", None),
            ("tables.items.rows", -1),
            ("tables.items.rows", "2"),
            ("tables.officers.root", "0" * 63),
            ("tables.others", {"rows": 0, "root": protocol.sha256("")}),
            ("tables.tasks.note", "x"),
            ("public_list", "x"),
            ("parameters", "A" * 64),
            ("salt", None),
            ("event.count", "16"),
            ("event.time", 1),
            ("event.custodians", "甲"),
            ("event.parties", None),
            ("code", "0"),
            ("ledger_head", "0"),
            ("note", "x"),
        ):
            other = changed(opened, field, value)
            label = f"{name}-{field.replace('.', '-')}-as-{value!r:.12}"
            yield case(label, "examine", document=rehashed(document, other))
        yield case(
            f"{name}-code-without-version",
            "examine",
            document=rehashed(document, {**opened, "code": {}}),
        )


# --- §10.5: types and ranges of a record ---


def types_and_ranges() -> Iterator[Case]:
    """§10.5, §4.1: a frozen record whose commitment is that of these very values, but one of them
    has another type or range: V3 fails; what nobody reads may be anything.
    """
    frozen = small_frozen()
    key = public_key(SECRETS[0])
    keys = [{"name": "甲", "key": key}]
    named = changed(frozen, "event.custodians", ["甲", "乙"])
    refused: tuple[tuple[str, Any], ...] = (
        ("round", 1),
        ("attempt", 0),
        ("attempt", True),
        ("code", []),
        ("event.time", None),
        ("event.custodians", [1]),
        ("parameters.slack", -1),
        ("parameters.demonstration", 1),
        ("parameters.official_draw", "there"),
        ("parameters.team_mode", None),
        ("tables.others", []),
        ("tables.items.0.internal.department", ""),
        ("tables.items.0.internal.specialities", [""]),
        ("tables.items.0.internal.expert", 0),
        ("tables.officers.0.internal.kind", "manager"),
        ("tables.officers.0.internal.kind", ""),
        ("tables.officers.0.internal.cap", -1),
        ("tables.officers.0.internal.cap", "1"),
        ("tables.officers.0.internal.available", None),
        ("tables.officers.0.identity", None),
        ("tables.targets.0.internal.public", 1),
        ("tables.targets.0.internal.frames.0.size", -1),
        ("tables.targets.0.internal.frames.0.size", True),
        ("tables.targets.0.identity.name", None),
        ("tables.targets.0.note", "x"),
        ("tables.tasks.0.internal.team_size", 101),
        ("tables.tasks.0.internal.team_size", -1),
        ("tables.tasks.0.internal.items", ["I1", "I9"]),
        ("tables.tasks.0.internal.strata.1.stratum", "A"),
        ("tables.tasks.0.internal.strata.0.ratio", 1),
    )
    for path, value in refused:
        label = f"{path.removeprefix('tables.').replace('.', '-')}-as-{value!r:.16}"
        yield case(label, "commitment", record=_uncommitted(changed(frozen, path, value)))
        yield case(f"{label}-examined", "examine", document=changed(frozen, path, value))
    for name, given in (
        ("keys", keys),
        ("no-keys", []),
        ("key-of-nobody", [{"name": "丙", "key": key}]),
        ("key-twice", [*keys, {"name": "乙", "key": key}]),
        ("name-twice", [*keys, {"name": "甲", "key": public_key(SECRETS[1])}]),
        ("key-short", [{"name": "甲", "key": key[:62]}]),
        ("key-upper-case", [{"name": "甲", "key": key.upper()}]),
        ("key-that-is-no-point", [{"name": "甲", "key": "02" + "00" * 31}]),
        ("key-of-order-one", [{"name": "甲", "key": "01" + "00" * 31}]),
        ("key-with-a-second-encoding", [{"name": "甲", "key": "ee" + "ff" * 30 + "7f"}]),
        ("keys-as-object", {"A": key}),
    ):
        record = _uncommitted(changed(named, "event.keys", given))
        yield case(f"event-{name}", "commitment", record=record)
    allowed: tuple[tuple[str, Any], ...] = (
        ("code", {}),
        ("tables.officers.0.internal.department", ""),
        ("tables.officers.0.internal.kind", "staff"),
        ("tables.officers.0.internal.authority", ["I9"]),
        ("tables.officers.0.internal.recusals", ["S099"]),
        ("tables.targets.0.internal.rotation", ["P99"]),
        ("tables.tasks.0.internal.strata.0.ratio", "2"),
        ("tables.targets.0.internal.frames.0.task", "R9"),
        ("tables.items.0.internal.note", 1),
    )
    for path, value in allowed:
        label = f"allowed-{path.removeprefix('tables.').replace('.', '-')}-as-{value!r:.16}"
        yield case(label, "commitment", record=_uncommitted(changed(frozen, path, value)))


def _uncommitted(record: Case) -> Case:
    return {k: v for k, v in record.items() if k != "commitment"}


# --- §10.1: files told by content ---


def files_by_content() -> Iterator[Case]:
    """§10.1: what a file is, whatever its name; all else is refused."""
    record = draw_record("small")
    line = protocol.ledger_line({"n": 1}, protocol.NO_HEAD)
    texts = {
        "draw": protocol.canonical(record).decode(),
        "draw-with-spaces": "\r\n\t " + protocol.canonical(record).decode() + "\n",
        "frozen": protocol.canonical(small_frozen()).decode(),
        "frozen-with-a-view": protocol.canonical({**small_frozen(), "view": "notice"}).decode(),
        "tables-alone": '{"tables":null}',
        "tables-and-seed": '{"tables":[],"seed":0}',
        "notice": '{"view":"notice"}',
        "public": '{"view":"public"}',
        "receipt": '{"view":"receipt","previous":"","hash":""}',
        "attestation": '{"view":"attestation"}',
        "ledger-of-one-line": line,
        "ledger-of-one-line-ended": line + "\n",
        "ledger-of-two-lines": f"{line}\n{line}\n",
        "ledger-of-one-line-that-breaks-the-chain": '{"previous":1,"hash":2}',
        "ledger-with-other-line-ends": f"{line}\r\n{line}\r\n",
        "ledger-with-an-empty-line": f"\n{line}\n",
        "ledger-with-a-torn-line": f"{line}\n{line[:20]}",
        "ledger-whose-first-line-is-torn": f"{line[9:]}\n{line}\n",
        "ledger-with-a-byte-order-mark": f"\ufeff{line}\n{line}\n",
        "empty": "",
        "spaces": " \n",
        "a-number": "1",
        "a-list-of-a-notice": '[{"view":"notice"}]',
        "another-object": '{"a":1}',
        "another-view": '{"view":"ticket"}',
        "another-view-that-links": '{"view":null,"previous":"","hash":""}',
        "a-notice-torn": '{"view":"notice"',
        "a-notice-twice": '{"view":"notice"}{"view":"notice"}',
        "a-notice-with-a-byte-order-mark": '\ufeff{"view":"notice"}',
        "a-fraction": '{"view":"notice","x":1.5}',
        "web-page": "<!doctype html>\n<html></html>",
        "plain-text": "封库公告",
    }
    for name, text in texts.items():
        yield case(name, "kind_of_file", text=text)
    for name, data in (
        ("excel-or-word", b"PK\x03\x04\x14\x00"),
        ("old-excel", b"\xd0\xcf\x11\xe0\xa1\xb1"),
        ("pdf", b"%PDF-1.7\n\xe2\xe3"),
        ("picture", b"\x89PNG\r\n\x1a\n"),
        ("another-encoding", '{"view":"notice","name":"样例"}'.encode("gb18030")),
        ("utf-16", '{"view":"notice"}'.encode("utf-16")),
        ("ledger-with-one-wrong-byte", line.encode() + b"\n\xff\n"),
    ):
        yield case(name, "kind_of_file", hex=data.hex())


# --- §10.4: several documents ---


def contradictions() -> Iterator[Case]:
    """§10.4: documents that hold by themselves and contradict each other; sound pairs too."""
    small = small_frozen()
    record, other_text = draw_record("small"), drawn_from(small, DICE[::-1])
    public, receipts = disclosure.published(record), receipts_of(record)
    drawn, spared = receipts["S001"], receipts["S003"]

    def together(name: str, *documents: Case, ledgers: list[str] | None = None) -> Case:
        return case(name, "compare", documents=list(documents), ledgers=ledgers or [])

    # V1
    one, two = ledger("01-rosters"), ledger("01-rosters", "02-freeze")
    other_ledger = ledger("01-rosters", "02-freeze", bag="cd" * 32)
    head = protocol.read_ledger(one)[-1]["hash"]
    later = disclosure.notice(refrozen(small, "ledger_head", head))
    yield together("ledger-continued", ledgers=[two, one])
    yield together("ledger-twice", ledgers=[one, one])
    yield together("ledgers-that-part", ledgers=[two, other_ledger])
    yield together("ledgers-that-part-later", ledgers=[one, two, other_ledger])
    yield together("head-in-the-shorter-ledger", later, ledgers=[two, one])
    yield together("head-in-no-ledger", later, ledgers=[other_ledger])
    yield together("ledger-alone", ledgers=[one])
    yield together("an-empty-ledger-and-another", ledgers=["", one])
    # V3
    again = disclosure.notice(refrozen(small, "salt", "5b" * 32))
    yield together("two-commitments", disclosure.notice(small), again)
    yield together("two-commitments-of-a-draw-and-a-notice", record, again)
    yield together("the-same-commitment", disclosure.notice(small), small)
    second = disclosure.notice(refrozen(small, "attempt", 2))
    elsewhere_round = disclosure.notice(refrozen(small, "round", "other"))
    yield together("two-attempts", disclosure.notice(small), second)
    yield together("two-rounds", disclosure.notice(small), elsewhere_round)
    yield together("two-rounds-one-of-them-with-a-pair", small, record, elsewhere_round)
    yield together("two-rounds-and-a-contradiction", disclosure.notice(small), again, second)
    yield together("two-rounds-and-a-ledger", later, second, ledgers=[one])
    yield together("nothing")
    yield together("one-document", record)
    # V4
    yield together("event-another-text", record, disclosure.published(other_text))
    yield together("event-two-draws", record, other_text)
    yield together("event-two-receipts", drawn, receipts_of(other_text)["S001"])
    for key in ("time", "place"):
        said = {"entropy": {**record["entropy"], key: "样例"}}
        yield together(f"event-{key}-left-out", {**record, **said}, public)
        yield together(f"event-{key}-the-same", {**record, **said}, {**public, **said})
        there = {"entropy": {**record["entropy"], key: "别处"}}
        yield together(f"event-another-{key}", {**public, **there}, {**drawn, **said})
    free = {"entropy": {**record["entropy"], "roles": {"host": "样例"}}}
    yield together("event-what-is-not-shown", {**record, **free}, public)
    # V5 and what follows, of draws made elsewhere: no seed says who was drawn
    mine = elsewhere({"R1": ["S003"], "R2": ["S004"]})
    theirs = elsewhere({"R1": ["S003"], "R2": ["S001"]})
    yield together("elsewhere-two-lists", mine, theirs)
    yield together("elsewhere-public-of-another-list", mine, disclosure.published(theirs))
    yield together(
        "elsewhere-agrees", mine, disclosure.published(mine), *receipts_of(mine).values()
    )
    # V6
    bare = without_checks(public)
    yield together("all-agree", small, record, public, *receipts.values())
    yield together("public-visit-left-out", record, {**bare, "visits": public["visits"][1:]})
    yield together(
        "public-item-left-out",
        record,
        changed(public, "visits.1.items", public["visits"][1]["items"][:1]),
    )
    yield together(
        "public-item-renamed", record, changed(public, "visits.0.items.0.name", "别的事项")
    )
    yield together("public-unnamed-visits", record, {**bare, "unnamed_visits": 0})
    yield together("two-publics", public, {**bare, "unnamed_visits": 0})
    yield together("two-publics-agree", public, public)
    yield together("receipt-drawn-but-not-listed", drawn, {**bare, "visits": public["visits"][1:]})
    yield together("receipt-listed-but-not-drawn", public, {**drawn, "drawn": False, "items": []})
    yield together(
        "receipt-says-more-items",
        public,
        {**drawn, "items": [*drawn["items"], {"id": "I9", "name": "x"}]},
    )
    yield together("receipt-item-renamed", record, changed(drawn, "items.0.name", "别的事项"))
    yield together(
        "receipt-drawn-but-not-in-the-draw",
        record,
        {**spared, "drawn": True, "items": drawn["items"]},
    )
    yield together("two-receipts-of-one-row", drawn, {**drawn, "drawn": False, "items": []})
    yield together("two-receipts-of-two-rows", drawn, spared)
    yield together(
        "receipt-opened-and-closed", *(receipts_of(_opened(True))[i] for i in ("S001", "S001"))
    )
    hidden = receipts["S005"]
    yield together("hidden-drawn", public, hidden)
    yield together("hidden-not-drawn-but-counted", public, {**hidden, "drawn": False, "items": []})
    yield together("hidden-drawn-but-not-counted", {**bare, "unnamed_visits": 0}, hidden)
    yield together("hidden-twice", public, hidden, hidden)
    # V7
    county = draw_record("county")
    sits = county["officers"]["taken"]
    requests = (
        (sits[0]["officer"], [sits[0]["visit"]], False),
        (sits[3]["officer"], [sits[3]["visit"]], False),
    )
    once, twice = amended(county, requests[0]), amended(county, *requests)
    fork = amended(county, requests[1])
    publics = [disclosure.published(each) for each in (county, once, twice)]
    yield together(
        "public-officer-exchanged", record, changed(public, "visits.0.officers.0.name", "样例")
    )
    yield together("public-officer-left-out", record, changed(public, "visits.0.officers", []))
    yield together("amended-and-not-yet", county, once, twice)
    yield together("amended-otherwise", once, fork)
    yield together(
        "amended-with-another-reason", once, changed(twice, "amendments.0.reason", "其他")
    )
    yield together("amended-and-publics-of-all-times", twice, *publics)
    yield together("publics-of-all-times", *publics)
    yield together("public-newer-than-the-draw", once, publics[2])
    yield together("public-newer-but-of-another-amendment", fork, publics[2])
    yield together("public-counts-none", once, {**without_checks(publics[1]), "amendments": []})
    yield together(
        "public-with-the-officers-before", once, {**publics[1], "visits": publics[0]["visits"]}
    )
    yield together(
        "public-with-another-reason", once, changed(publics[1], "amendments.0.reason", "其他")
    )
    nine = changed(without_checks(publics[1]), "amendments.0.visits", 9)
    yield together("public-with-another-count", once, nine)
    yield together(
        "two-publics-with-other-officers",
        publics[1],
        {**publics[1], "visits": publics[0]["visits"]},
    )
    groups = draw_record("groups")
    yield together(
        "groups", groups, disclosure.published(groups), *list(receipts_of(groups).values())[:3]
    )
