"""Odd files of many kinds, singly and in sets, made of one invented round: what
``scripts/odd_files.py`` shows to the three verifiers.

A kind takes a random generator and gives a set of files by name. Its first word says what is
expected of the set: ``sound`` (nothing fails), ``refused`` (the file is none of ours), ``false``
(each file holds by itself, but they contradict each other), ``open`` (whatever it is, all verifiers
say the same).
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from vector_attestations import SECRETS, attestation, entry, public_key, receipts_of
from vector_inputs import LOTTERY, Case, amended, changed, county_frozen, elsewhere
from vector_inputs import groups_frozen as grouped

from ssj import protocol
from ssj.draw import disclosure

Files = dict[str, bytes]
Kind = Callable[[Random], Files]
AGAIN = "01,08,09,18,25,33+16;03,04,11,20,26,31+02"  # another outcome of two draws


# --- the round ---


def dumped(value: Any, **options: Any) -> bytes:
    """JSON as people keep it; surrogates and whatever else a change brought in included."""
    return json.dumps(value, ensure_ascii=False, **options).encode("utf-8", "surrogatepass")


@cache
def ledger(*stages: str, attempt: int = 1) -> bytes:
    text, head = "", protocol.NO_HEAD
    for number, stage in enumerate(stages, 1):
        said = {"n": number, "time": f"2021-11-2{number}T09:00:00+08:00", "round": "样例"}
        said |= {"attempt": attempt, "stage": stage, "bag": "ab" * 32}
        line = protocol.ledger_line(said, head)
        text, head = f"{text}{line}\n", protocol.parse(line)["hash"]
    return text.encode()


STAGES = ("01-rosters", "02-freeze", "03-draw")


def frozen(**change: Any) -> Case:
    """The county's record with custodians, a real head, and what is to be different."""
    keys = [{"name": n, "key": public_key(s)} for n, s in zip("甲乙", SECRETS, strict=False)]
    record = county_frozen()
    record["event"] = {**record["event"], "custodians": ["甲", "乙", "丙"], "keys": keys}
    first = ledger(*STAGES[:1]).decode().splitlines()[0]
    record |= {
        "round": "样例",
        "attempt": 1,
        "ledger_head": protocol.parse(first)["hash"],
        **change,
    }
    return {**record, "commitment": protocol.commit(record)}


def drawn(record: Case, text: str = LOTTERY, **entropy: Any) -> Case:
    """The draw record, with what was attested before."""
    notice = disclosure.notice(record)
    signed = [attestation(notice, n, s) for n, s in zip("甲乙", SECRETS, strict=False)]
    said: Case = {"text": text, "time": "2021-11-28T21:20:00+08:00", "place": "样例"}
    said |= {"attestation": [entry(s) for s in signed], **entropy}
    return {**record, "entropy": said, **protocol.draw(record, text)}


def one_left(record: Case, whole: bool) -> Case:
    """The record with the first officer gone whose seats others can take: all, or the first one."""
    for officer in sorted({t["officer"] for t in protocol.teams_now(record)["officers"]}):
        taken = protocol.teams_now(record)["officers"]
        own = sorted(t["visit"] for t in taken if t["officer"] == officer)
        with contextlib.suppress(protocol.Infeasible):
            return amended(record, (officer, own if whole else own[:1], whole))
    raise SystemExit("nobody can be replaced")


@cache
def values() -> dict[str, Case]:
    """The documents of the round that agree with each other, and some of others."""
    record = drawn(frozen())
    twice = one_left(one_left(record, whole=True), whole=False)
    once = {**twice, "amendments": twice["amendments"][:1]}
    receipts = receipts_of(record)
    went = [v["id"] for v in record["visits"]]
    stayed = [i for i in receipts if i not in went and i != "C009"]
    notice = disclosure.notice(record)
    return {
        "freeze": {key: record[key] for key in frozen()},
        "notice": notice,
        "draw": record,
        "once": once,
        "twice": twice,
        "public": disclosure.published(record),
        "public-once": disclosure.published(once),
        "public-twice": disclosure.published(twice),
        "went": receipts[went[0]],
        "went-too": receipts[went[-1]],
        "stayed": receipts[stayed[0]],
        "hidden": receipts["C009"],
        "attestation": attestation(notice, "甲", SECRETS[0]),
    }


@cache
def others() -> dict[str, Case]:
    """Documents that hold, of this attempt with another commitment, or of another round."""
    again, second = drawn(frozen(salt="5b" * 32)), drawn(frozen(attempt=2))
    groups, away = grouped(), elsewhere({"R1": ["S003"], "R2": ["S004", "S001"]})
    groups = {**groups, "entropy": {"text": LOTTERY}, **protocol.draw(groups, LOTTERY)}
    return {
        "again": again,
        "again-notice": disclosure.notice(again),
        "again-public": disclosure.published(again),
        "again-went": receipts_of(again)["C007"],
        "second": second,
        "second-notice": disclosure.notice(second),
        "second-public": disclosure.published(second),
        "groups": groups,
        "groups-public": disclosure.published(groups),
        "elsewhere": away,
        "elsewhere-public": disclosure.published(away),
        "elsewhere-receipt": receipts_of(away)["S003"],
    }


def named(*names: str) -> Files:
    """Files of the round, as the program writes them."""
    return {f"{n}.json": protocol.canonical({**values(), **others()}[n]) for n in names}


def any_document(random: Random) -> tuple[str, Case]:
    name = random.choice([*values(), *others()])
    return name, json.loads(json.dumps({**values(), **others()}[name]))


# --- one file, written otherwise ---

WRITTEN: dict[str, Callable[[Case], bytes]] = {
    "spaced": lambda d: dumped(d, indent=2),
    "lines-of-windows": lambda d: dumped(d, indent=1).replace(b"\n", b"\r\n"),
    "with-a-line-end": lambda d: protocol.canonical(d) + b"\n",
    "escaped": lambda d: json.dumps(d).encode(),
    "slashes-escaped": lambda d: json.dumps(d).replace("/", "\\/").encode(),
    "keys-in-another-order": lambda d: dumped(dict(reversed(d.items()))),
    "a-further-field": lambda d: (
        dumped({**d, "note": "样例"}) if d.get("view") != "attestation" else dumped(d)
    ),
}
SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "blank": lambda data: b" \n",
    "torn": lambda data: data[: len(data) // 2],
    "last-byte-missing": lambda data: data[:-1],
    "twice": lambda data: data * 2,
    "two-lines": lambda data: data + b"\n" + data,
    "text-after": lambda data: data + b" x",
    "text-before": lambda data: b"x " + data,
    "byte-order-mark": lambda data: b"\xef\xbb\xbf" + data,
    "utf-16": lambda data: data.decode().encode("utf-16"),
    "gb18030": lambda data: data.decode().encode("gb18030") + "样".encode("gb18030"),
    "not-utf-8": lambda data: data[:-1] + b"\xff}",
    "surrogates-as-bytes": lambda data: data[:-1] + b',"x":"\xed\xa0\x80"}',
    "null-byte-after": lambda data: data + b"\0",
    "duplicate-key": lambda data: data.replace(b'{"', b'{"protocol":"ssj/1","', 1),
    "duplicate-key-escaped": lambda data: b'{"\\u0070rotocol":"ssj/1",' + data[1:],
    "fraction": lambda data: data[:-1] + b',"x":1.0}',
    "exponent": lambda data: data[:-1] + b',"x":1e2}',
    "too-large": lambda data: data[:-1] + b',"x":9007199254740992}',
    "huge": lambda data: data[:-1] + b',"x":' + b"9" * 5000 + b"}",
    "leading-zero": lambda data: data[:-1] + b',"x":01}',
    "plus": lambda data: data[:-1] + b',"x":+1}',
    "nan": lambda data: data[:-1] + b',"x":NaN}',
    "minus-infinity": lambda data: data[:-1] + b',"x":-Infinity}',
    "half-a-pair": lambda data: data[:-1] + b',"x":"\\ud800"}',
    "halves-swapped": lambda data: data[:-1] + b',"x":"\\udc00\\ud800"}',
    "raw-line-end-in-text": lambda data: data[:-1] + b',"x":"\n"}',
    "unknown-escape": lambda data: data[:-1] + b',"x":"\\x41"}',
    "short-escape": lambda data: data[:-1] + b',"x":"\\u41"}',
    "chinese-key": lambda data: data[:-1] + ',"样例":1}'.encode(),
    "too-deep": lambda data: data[:-1] + b',"x":' + b"[" * 100 + b"]" * 100 + b"}",
    "far-too-deep": lambda data: b"[" * 100_000,
    "trailing-comma": lambda data: data[:-1] + b",}",
    "comment": lambda data: data + b"\n// x",
    "single-quotes": lambda data: data.replace(b'"', b"'"),
    "form-feed": lambda data: b"\x0c" + data,
    "no-break-space": lambda data: b"\xc2\xa0" + data,
    "words-in-capitals": lambda data: data[:-1] + b',"x":True}',
    "in-a-list": lambda data: b"[" + data + b"]",
    "as-text": lambda data: json.dumps(data.decode()).encode(),
    "null": lambda data: b"null",
    "number": lambda data: b"20211126",
    "another-object": lambda data: b'{"a":1}',
    "page": lambda data: "<!DOCTYPE html><title>抽查结果</title>".encode(),
    "table": lambda data: "编号,名称\nC001,样例\n".encode(),
    "workbook": lambda data: b"PK\x03\x04" + bytes(99),
    "picture": lambda data: b"\x89PNG\r\n\x1a\n" + bytes(99),
    "old-workbook": lambda data: b"\xd0\xcf\x11\xe0" + bytes(99),
    "results": lambda data: dumped({"protocol": "ssj/1", "round": "样例", "results": []}),
    "stage": lambda data: dumped({"round": "样例", "attempt": 1, "stage": "03-draw"}),
}


def written(way: Callable[[Case], bytes], random: Random) -> Files:
    name, document = any_document(random)
    return {f"{name}.json": way(document)}


def spoilt(way: Callable[[bytes], bytes], random: Random) -> Files:
    name, document = any_document(random)
    return {f"{name}.json": way(protocol.canonical(document))}


def of_unknown_view(random: Random) -> Files:
    name = random.choice([n for n, d in values().items() if "view" in d])
    view: Any = random.choice(("", "Notice", "draw", None, 1, ["public"], {}, True))
    return {f"{name}.json": dumped({**values()[name], "view": view})}


def without_view(random: Random) -> Files:
    name = random.choice([n for n, d in values().items() if "view" in d])
    return {f"{name}.json": dumped({k: v for k, v in values()[name].items() if k != "view"})}


def under_another_name(random: Random) -> Files:
    name, document = any_document(random)
    suffix = random.choice((".txt", ".JSONL", ".jsonl", ".JSON", "", ".xlsx", ".html", " (1).json"))
    return {f"公告{name}{suffix}": protocol.canonical(document)}


# --- one value changed ---

Place = tuple[Any, Any]  # a container and a key or index in it


def places(value: Any) -> Iterator[Place]:
    """All places in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in inner:
        yield value, key
        if isinstance(below, dict | list):
            yield from places(below)


def place(random: Random, document: Case, wanted: Callable[[Any], bool]) -> Place | None:
    """A place with such a value, in a part of the document that is chosen first, so that small
    parts have their turn.
    """
    parts = list(document)
    random.shuffle(parts)
    for part in parts:
        top = {part: document[part]}
        found = [(box, key) for box, key in places(top) if wanted(box[key])]
        if found:
            box, key = random.choice(found)
            return (document, part) if box is top else (box, key)
    return None


def is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_hash(value: Any) -> bool:
    return isinstance(value, str) and len(value) in (16, 64, 128) and value.islower()


def is_list(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1


def anything(value: Any) -> bool:
    return True


def of_another_type(random: Random, value: Any) -> Any:
    choices = [None, True, 0, 1, "", "1", [], {}, [value], {"a": value}, str(value)]
    return random.choice([c for c in choices if type(c) is not type(value)])


def one_digit(random: Random, value: str) -> str:
    at = random.randrange(len(value))
    return value[:at] + ("1" if value[at] != "1" else "2") + value[at + 1 :]


def exchanged(random: Random, value: list[Any]) -> list[Any]:
    one, two = random.sample(range(len(value)), 2)
    value = list(value)
    value[one], value[two] = value[two], value[one]
    return value


CHANGED: dict[str, tuple[Callable[[Any], bool], Callable[[Random, Any], Any]]] = {
    "null": (anything, lambda r, v: None),
    "another-type": (anything, of_another_type),
    "one-more": (is_number, lambda r, v: v + 1),
    "one-less": (is_number, lambda r, v: v - 1),
    "negative": (is_number, lambda r, v: -1 - v),
    "zero": (is_number, lambda r, v: 0),
    "large": (is_number, lambda r, v: 2**53 - 1),
    "number-as-text": (is_number, lambda r, v: str(v)),
    "number-as-boolean": (lambda v: is_number(v) and v in (0, 1), lambda r, v: bool(v)),
    "boolean-as-number": (lambda v: isinstance(v, bool), lambda r, v: int(v)),
    "the-other-boolean": (lambda v: isinstance(v, bool), lambda r, v: not v),
    "text-longer": (is_text, lambda r, v: v + r.choice(("X", " ", "\n", "\u200b", "号", "0"))),
    "text-shorter": (is_text, lambda r, v: v[:-1]),
    "text-empty": (is_text, lambda r, v: ""),
    "text-in-capitals": (is_text, lambda r, v: v.upper()),
    "text-in-full-width": (is_text, lambda r, v: v.replace("0", "０").replace("1", "１")),
    "text-another": (is_text, lambda r, v: r.choice(("P1", "C001", "T1", "I1", "E", "ssj/2", "*"))),
    "one-digit": (is_hash, one_digit),
    "another-hash": (is_hash, lambda r, v: r.choice("05f") * len(v)),
    "list-empty": (is_list, lambda r, v: []),
    "entry-twice": (is_list, lambda r, v: [*v, r.choice(v)]),
    "entry-missing": (is_list, lambda r, v: r.sample(v, len(v) - 1)),
    "last-missing": (is_list, lambda r, v: v[:-1]),
    "first-missing": (is_list, lambda r, v: v[1:]),
    "entries-exchanged": (is_list, exchanged),
    "list-reversed": (is_list, lambda r, v: v[::-1]),
    "entry-of-another-kind": (is_list, lambda r, v: [*v, r.choice((None, 1, "", [], {}))]),
    "further-field": (lambda v: isinstance(v, dict), lambda r, v: {**v, "x": r.choice((1, None))}),
    "field-missing": (
        lambda v: isinstance(v, dict) and bool(v),
        lambda r, v: {k: v[k] for k in r.sample(list(v), len(v) - 1)},
    ),
    "object-empty": (lambda v: isinstance(v, dict) and bool(v), lambda r, v: {}),
}
Change = tuple[Callable[[Any], bool], Callable[[Random, Any], Any]]


def change(random: Random, document: Case, way: Change) -> Case:
    """The document with one value changed, if it has one to change."""
    found = place(random, document, way[0])
    if found:
        box, key = found
        box[key] = way[1](random, box[key])
    return document


def altered(way: Change, random: Random) -> Files:
    name, document = any_document(random)
    return {f"{name}.json": dumped(change(random, document, way))}


def refitted(document: Case) -> Case:
    """What follows from the changed part made to fit, as far as it can be: the commitment, and of a
    record the draw.
    """
    try:
        if "committed" in document:
            fitting = protocol.sha256(protocol.canonical(document["committed"]))
            document = {**document, "commitment": fitting}
            if "seed" in document:
                seed = protocol.seed_of(fitting, document["entropy"]["text"])
                document = {**document, "seed": seed}
            if "ticket" in document:
                salt, who = document["ticket_salt"], document["row"]["id"]
                document["ticket"] = protocol.ticket(document["seed"], "target", who, salt)
        elif "tables" in document:
            document = {**document, "commitment": protocol.commit(document)}
            if "entropy" in document:
                lists = {p["task"]: p["external"] for p in document["drawn"] if "external" in p}
                text = document["entropy"]["text"]
                document |= protocol.draw(document, text, lists or None)
    except (protocol.ProtocolError, ValueError, LookupError, TypeError, AttributeError):
        return document  # what can't be made to fit stays as it was changed
    return document


def refitted_after(way: Change, random: Random) -> Files:
    name, document = any_document(random)
    part = (
        "committed" if "committed" in document else random.choice(("tables", "parameters", "event"))
    )
    if part in document:
        document[part] = change(random, {part: document[part]}, way)[part]
    return {f"{name}.json": dumped(refitted(document))}


def part_of_another(random: Random) -> Files:
    """A part of one document put into another."""
    (name, document), (_, other) = any_document(random), any_document(random)
    common = [key for key in document if key in other and document[key] != other[key]]
    if common:
        key = random.choice(common)
        document[key] = other[key]
    return {f"{name}.json": dumped(document)}


def some_parts_left_out(random: Random) -> Files:
    name, document = any_document(random)
    kept = [key for key in document if random.random() < 0.8]
    return {f"{name}.json": dumped({key: document[key] for key in kept})}


# --- ledgers ---

WHOLE = ledger(*STAGES)
LEDGERS: dict[str, Callable[[list[bytes]], bytes]] = {
    "a-line-changed": lambda ls: b"".join([ls[0].replace(b"rosters", b"roster"), *ls[1:]]),
    "a-line-dropped": lambda ls: b"".join([ls[0], *ls[2:]]),
    "first-line-dropped": lambda ls: b"".join(ls[1:]),
    "lines-swapped": lambda ls: b"".join(ls[::-1]),
    "a-line-twice": lambda ls: b"".join([ls[0], *ls]),
    "torn": lambda ls: b"".join(ls)[:-20],
    "torn-after-a-brace": lambda ls: b"".join(ls) + b"{",
    "blank-line": b"\n".join,
    "blank-last-line": lambda ls: b"".join(ls) + b"\n",
    "lines-of-windows": lambda ls: b"".join(ls).replace(b"\n", b"\r\n"),
    "byte-order-mark": lambda ls: b"\xef\xbb\xbf" + b"".join(ls),
    "spaced": lambda ls: b"".join(ls).replace(b'":', b'": '),
    "hash-in-capitals": lambda ls: ls[0].upper() + b"".join(ls[1:]),
    "wrong-number": lambda ls: b"".join(ls).replace(b'"n":2', b'"n":3'),
    "number-as-text": lambda ls: b"".join(ls).replace(b'"n":2', b'"n":"2"'),
    "number-as-boolean": lambda ls: ls[0].replace(b'"n":1', b'"n":true') + b"".join(ls[1:]),
    "without-previous": lambda ls: ls[0] + ls[1].replace(b'"previous"', b'"x"') + ls[2],
    "one-line-in-a-list": lambda ls: b"".join(ls) + b"[]\n",
    "a-page-after": lambda ls: b"".join(ls) + b"<html>",
    "null-bytes-after": lambda ls: b"".join(ls) + bytes(8),
    "not-utf-8": lambda ls: b"".join(ls) + b"\xff",
    "one-line-spaced": lambda ls: dumped(json.loads(ls[0]), indent=1),
    "one-line-with-a-view": lambda ls: dumped({**json.loads(ls[0]), "view": "notice"}),
    "rehashed-without-the-link": lambda ls: b"".join([ls[0], relinked(ls[1], "0" * 64), ls[2]]),
}
LEDGERS_THAT_HOLD: dict[str, bytes] = {
    "whole": WHOLE,
    "last-line-end-missing": WHOLE[:-1],
    "one-line": ledger(*STAGES[:1]),
    "one-line-no-line-end": ledger(*STAGES[:1])[:-1],
    "longer": ledger(*STAGES, "06-amend"),
    "of-further-fields": protocol.ledger_line({"n": 1}, protocol.NO_HEAD).encode(),
}


def relinked(line: bytes, previous: str) -> bytes:
    said = {k: v for k, v in json.loads(line).items() if k not in ("previous", "hash")}
    return protocol.ledger_line(said, previous).encode() + b"\n"


def ledger_spoilt(way: Callable[[list[bytes]], bytes], random: Random) -> Files:
    name = random.choice(("ledger.jsonl", "登记簿.txt", "ledger.json"))
    return {name: way(WHOLE.splitlines(keepends=True))}


# --- sets ---

ROUND = ("freeze", "notice", "draw", "public", "went", "stayed", "hidden", "attestation")
LATER = ("notice", "twice", "public-twice", "went", "went-too", "once", "public-once")


def agreeing(names: tuple[str, ...], random: Random) -> Files:
    """Some files of the round, perhaps with a ledger."""
    files = named(*random.sample(names, random.randint(2, len(names))))
    if random.random() < 0.5:
        files["ledger.jsonl"] = random.choice((WHOLE, ledger(*STAGES, "06-amend"), WHOLE[:-1]))
    shuffled = list(files)
    random.shuffle(shuffled)
    return {name: files[name] for name in shuffled}


def one_of_them_odd(random: Random) -> Files:
    """Files of the round, one of them changed by any of the kinds above."""
    files = agreeing(random.choice((ROUND, LATER)), random)
    name = random.choice(list(files))
    if name.endswith(".jsonl"):
        return {**files, name: random.choice(list(LEDGERS.values()))(WHOLE.splitlines(True))}
    if random.random() < 0.3:
        return {**files, name: random.choice(list(SPOILT.values()))(files[name])}
    way = random.choice(list(CHANGED.values()))
    return {**files, name: dumped(change(random, json.loads(files[name]), way))}


def uncommitted_changed(random: Random) -> Files:
    """Two copies of a document, or a pair that says the same, one with a change in what is not
    committed to.
    """
    name = random.choice(("draw", "once", "twice", "public", "public-once", "public-twice", "went"))
    partner = random.choice((name, "draw", "public", "twice", "public-twice", "went"))
    copy = json.loads(json.dumps(values()[name]))
    parts = [
        k
        for k in copy
        if k in ("entropy", "visits", "amendments", "drawn", "items", "officers", "checks")
    ]
    part = random.choice([*parts, "unnamed_visits"] if "unnamed_visits" in copy else parts)
    copy[part] = change(random, {part: copy[part]}, random.choice(list(CHANGED.values())))[part]
    return {**named(partner), "copy.json": dumped(copy)}


def with_change(name: str, path: str, value: Any, *beside: str) -> Files:
    """Files of the round beside a copy of one with another value at a path."""
    return {**named(*beside), "copy.json": dumped(changed(values()[name], path, value))}


def exchange_of_officers(random: Random) -> Files:
    visits = values()["public"]["visits"]
    one, two = random.sample(range(len(visits)), 2)
    copy = json.loads(json.dumps(values()["public"]))
    copy["visits"][one]["officers"] = [{"name": "样例Z", "department": "D"}]
    copy["visits"][two]["officers"] = visits[one]["officers"]
    return {**named(random.choice(("draw", "public"))), "copy.json": dumped(copy)}


def other_checks(random: Random) -> Files:
    """A root of the codes of visits that is not the record's, or a code ended that was not."""
    name = random.choice(("public", "public-once", "public-twice"))
    path, value = random.choice((("checks.0.root", "0" * 64), ("checks.1.ended", ["0" * 64])))
    if name == "public":
        path, value = "checks.0.root", "0" * 64
    size = len(changed(values()[name])["checks"])
    ended = values()[name]["checks"][1]["ended"] if size > 1 else []
    value = ["0" * 64, *ended[1:]] if path.endswith("ended") else value
    return {
        **named(random.choice(("twice", "public-twice"))),
        "copy.json": dumped(changed(values()[name], path, value)),
    }


def other_receipt(random: Random) -> Files:
    name = random.choice(("went", "stayed"))
    items = [{"id": "I1", "name": "样例I1"}] if name == "stayed" else []
    copy = {**values()[name], "drawn": name == "stayed", "items": items}
    beside = random.choice(("draw", "public", "twice", name))
    return {**named(beside), "copy.json": dumped(copy)}


def other_items(random: Random) -> Files:
    copy = json.loads(json.dumps(values()["went"]))
    copy["items"][0]["name"] = "另一事项"
    return {**named(random.choice(("draw", "public", "went"))), "copy.json": dumped(copy)}


def hidden_and_uncounted(random: Random) -> Files:
    """A firm that is not named holds a receipt for which the public count leaves no room."""
    hidden = values()["hidden"]
    drawn_too = hidden["drawn"]
    items = [] if drawn_too else [{"id": "I1", "name": "样例I1"}]
    copy = {**hidden, "drawn": not drawn_too, "items": items}
    return {**named("public"), "copy.json": dumped(copy)}


def other_event(random: Random) -> Files:
    """Another outcome of the event, everything after it made to fit."""
    other = drawn(frozen(), AGAIN)
    shown = random.choice((other, disclosure.published(other), receipts_of(other)["C007"]))
    return {**named(random.choice(("draw", "public", "went"))), "copy.json": dumped(shown)}


def other_time(random: Random) -> Files:
    name, field = random.choice(("draw", "public", "went")), random.choice(("time", "place"))
    copy = json.loads(json.dumps(values()[name]))
    copy["entropy"][field] += "1"
    return {**named(random.choice(("draw", "public", "went"))), "copy.json": dumped(copy)}


def attestation_left_out(random: Random) -> Files:
    copy = json.loads(json.dumps(values()["public"]))
    del copy["entropy"]["attestation"][0]
    return {**named(random.choice(("draw", "went"))), "copy.json": dumped(copy)}


def two_commitments(random: Random) -> Files:
    one = random.choice(("notice", "draw", "public", "went", "freeze"))
    other = random.choice(("again", "again-notice", "again-public", "again-went"))
    return named(one, other)


def other_ledger(random: Random) -> Files:
    """Two ledgers of which neither is the beginning of the other, or one that lacks the head."""
    parted = ledger(*STAGES[:2], "03-void")
    if random.random() < 0.5:
        return {"one.jsonl": WHOLE, "other.jsonl": parted}
    name = random.choice(("notice", "draw", "public"))
    return {**named(name), "ledger.jsonl": ledger("01-freeze", "02-draw")}


def other_amendment(random: Random) -> Files:
    other = one_left(values()["draw"], whole=False)
    shown = random.choice((other, disclosure.published(other)))
    return {**named(random.choice(("once", "twice", "public-once"))), "copy.json": dumped(shown)}


def other_reason(random: Random) -> Files:
    copy = changed(values()["public-twice"], "amendments.0.reason", "另一原因")
    return {**named(random.choice(("twice", "once", "public-once"))), "copy.json": dumped(copy)}


def strange_attestation(random: Random) -> Files:
    """Signed by one who is not announced, or with another key."""
    who, secret = random.choice((("丙", SECRETS[2]), ("丁", SECRETS[2]), ("甲", SECRETS[2])))
    signed = attestation(values()["notice"], who, secret)
    return {**named(random.choice(("notice", "draw", "public"))), "copy.json": dumped(signed)}


def not_of_one_attempt(random: Random) -> Files:
    one = random.choice(("notice", "draw", "public", "went"))
    other = random.choice(
        ("second", "second-notice", "second-public", "groups", "elsewhere-public")
    )
    return named(one, other)


def voided(random: Random) -> Files:
    name = random.choice(("draw", "public", "went", "notice"))
    return {**named(name), "ledger.jsonl": ledger(*STAGES, "04-void")}


def odd_attestations(random: Random) -> Files:
    """Attestations in a record, one of them not as it should be."""
    base = values()["notice"]
    one, two = (entry(attestation(base, n, s)) for n, s in zip("甲乙", SECRETS, strict=False))
    other = entry(attestation(disclosure.notice(frozen(attempt=2)), "乙", SECRETS[1]))
    late = entry(attestation(base, "乙", SECRETS[1], received="2021-11-29T10:00:00+08:00"))
    times = ("2021-11-20", "2021-02-30T10:00:00Z", "2021-11-20T24:00:00Z", "2021-11-20T10:00:00")
    typed = {k: v for k, v in two.items() if k != "signature"}
    odd: Any = random.choice(
        [
            [], {}, None, "甲", [one], [one, one], [one, typed], [typed],
            [one, {**two, "signature": one["signature"]}], [one, {**two, "first16": "0" * 16}],
            [one, {**two, "only": False}], [one, late], [one, other], [one, {**typed, "only": 1}],
            [one, {**typed, "custodian": "丁"}], [one, {**two, "signature": None}], [one, 1],
            [one, {**typed, "first16": two["first16"].upper() + "A"}],
            [one, {k: v for k, v in two.items() if k != random.choice(list(two))}],
            *[[one, {**typed, "received": t}] for t in times],
        ]
    )  # fmt: skip
    name = random.choice(("draw", "public", "went"))
    copy = changed(values()[name], "entropy.attestation", odd)
    return {"copy.json": dumped(copy)}


def odd_event(random: Random) -> Files:
    """A commitment to an event that the protocol refuses, or that needs a banner."""
    keys = frozen()["event"]["keys"]
    fields = random.choice(
        [
            {"keys": [*keys, keys[0]]}, {"keys": [{**keys[0], "name": "丁"}]}, {"keys": None},
            {"keys": [{**keys[0], "key": "01" + "00" * 31}]}, {"custodians": "甲"}, {"time": 1},
            {"keys": [{**keys[0], "key": "02" + "00" * 31}]}, {"custodians": []}, {"parties": []},
            {"parties": [{"name": "甲", "sha256": "0" * 64}]}, {"kind": "coin"}, {"count": 0},
            {"count": 1}, {"count": "2"}, {"kind": "beacon", "count": 40, "form": "[0-9a-f]{10}"},
            {"kind": "dice", "count": 3, "form": "[1-6]{3}"}, {"time": "2021-11-28"}, {"x": [[0]]},
        ]
    )  # fmt: skip
    notice = json.loads(json.dumps(values()[random.choice(("notice", "public", "went"))]))
    notice["committed"]["event"] |= fields
    return {"copy.json": dumped(refitted(notice))}


SETS: dict[str, Kind] = {
    "sound round": partial(agreeing, ROUND),
    "sound round-with-amendments": partial(agreeing, LATER),
    "sound of-several-attempts": not_of_one_attempt,
    "sound voided": voided,
    "open one-of-several-is-odd": one_of_them_odd,
    "open uncommitted-part-changed-beside-its-pair": uncommitted_changed,
    "open attestations-in-a-record": odd_attestations,
    "open events": odd_event,
    "false two-commitments": two_commitments,
    "false another-outcome-of-the-event": other_event,
    "false another-time-or-place": other_time,
    "false an-attestation-left-out": attestation_left_out,
    "false officers-exchanged": exchange_of_officers,
    "false other-checks": other_checks,
    "false a-receipt-that-says-otherwise": other_receipt,
    "false a-receipt-with-another-item": other_items,
    "false a-hidden-firm-not-counted": hidden_and_uncounted,
    "false another-amendment": other_amendment,
    "false another-reason": other_reason,
    "false a-strange-attestation": strange_attestation,
    "false another-ledger": other_ledger,
}


def kinds() -> dict[str, Kind]:
    """All kinds by name."""
    found: dict[str, Kind] = {}
    found |= {f"sound {n}": partial(written, way) for n, way in WRITTEN.items()}
    found["sound under-another-name"] = under_another_name
    found |= {f"refused {n}": partial(spoilt, way) for n, way in SPOILT.items()}
    found |= {"refused of-unknown-view": of_unknown_view, "refused without-view": without_view}
    found |= {f"open {n}": partial(altered, way) for n, way in CHANGED.items()}
    found |= {f"open {n}-and-refitted": partial(refitted_after, w) for n, w in CHANGED.items()}
    found |= {"open part-of-another": part_of_another, "open parts-left-out": some_parts_left_out}
    found |= {f"open ledger-{n}": partial(ledger_spoilt, way) for n, way in LEDGERS.items()}
    found |= {
        f"sound ledger-{n}": partial(lambda data, random: {"ledger.jsonl": data}, data)
        for n, data in LEDGERS_THAT_HOLD.items()
    }
    return found | SETS
