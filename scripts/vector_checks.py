"""Vectors of §10.9: codes of visits and what public records say of them; one generator for each
file.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import cache
from typing import Any

from vector_inputs import Case, amended, case, changed, draw_record, small_frozen, without_checks

from ssj import protocol
from ssj.draw import checkcodes, disclosure

WINDOW = {"start": "2021-12-06", "end": "2021-12-24"}


def _drawn(base: str = "small", window: Any = None, **more: Any) -> Case:
    """A draw record with a window, one officer more, and certificates of all officers but P2."""
    record = draw_record(base)
    record = {key: value for key, value in record.items() if key not in protocol.DRAWN}
    record |= {"parameters": {**record["parameters"], "window": window or WINDOW}, **more}
    record["tables"]["officers"].append(changed(record["tables"]["officers"][0], "id", "P5"))
    record["tables"]["officers"][-1]["identity"] = {"id": "P5", "name": "样例庚"}
    for officer in record["tables"]["officers"]:
        if officer["id"] != "P2":
            officer["internal"]["certificate"] = f"苏Z-{officer['id']}"
    record["commitment"] = protocol.commit(record)
    text = draw_record(base)["entropy"]["text"]
    return {**record, "entropy": {"text": text}, **protocol.draw(record, text)}


@cache
def _rounds() -> tuple[Case, Case, Case]:
    """A draw record; that after a replacement in its first visit; and that after a second, of
    whoever came, there and in other visits.
    """
    record = _drawn()
    visit = record["visits"][0]["id"]
    gone = next(t["officer"] for t in record["officers"]["taken"] if t["visit"] == visit)
    once = amended(record, (gone, [visit], False))
    came = once["amendments"][0]["taken"][0]["officer"]
    team = protocol.teams_now(once)["officers"]
    return (
        record,
        once,
        amended(once, (came, sorted(t["visit"] for t in team if t["officer"] == came), True)),
    )


def _code(record: Case, visit: str = "") -> str:
    codes = checkcodes.codes(record)
    return codes[visit or min(codes)]


def _again(code: str, **change: Any) -> str:
    """The code with some of its values changed, and the digits at its end made to fit."""
    return checkcodes.written(protocol.read_check(code)._replace(**change))


def _sealed(*parts: str) -> str:
    """A code of any parts, with the digits that go with them."""
    text = ".".join(("ssj1", *parts))
    return f"{text}.{protocol.sha256(text)[:8]}"


def _url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def checks() -> Iterator[Case]:
    """§10.9: checks that follow from a draw record, and what a code says."""
    record, _, twice = _rounds()
    yield case("drawn", "checks_of", record=record)
    yield case("amended-twice", "checks_of", record=twice)
    yield case("no-window-no-certificates", "checks_of", record=draw_record("small"))
    yield case("odd-window", "checks_of", record=_drawn(window={"start": 7, "end": "2021-12-24"}))
    yield case("window-that-is-text", "checks_of", record=_drawn(window="十二月"))
    yield case("second-attempt", "checks_of", record=_drawn(attempt=2))
    nobody = {**record, "drawn": [], "visits": []}
    nobody |= {
        place: {"taken": [], "raised": [], "skipped": []} for place in ("officers", "experts")
    }
    yield case("nobody-drawn", "checks_of", record=nobody)
    blank = changed(record, "tables.officers.0.internal.certificate", "")
    yield case("empty-certificate", "checks_of", record=blank)
    number = changed(record, "tables.officers.0.internal.certificate", 7)
    yield case("certificate-that-is-no-text", "checks_of", record=number)
    yield case("county", "checks_of", record=draw_record("county"))
    for visit in ("S001", "S003", "S005"):
        yield case(f"code-of-{visit}", "read_check", code=_code(record, visit))
    yield case("code-after-an-amendment", "read_check", code=_code(twice, "S004"))
    alone = _again(_code(record, "S001"), proof=[])
    yield case("code-without-a-way", "read_check", code=alone)
    yield case("code-with-long-text", "read_check", code=_again(alone, items=["项目" * 200]))


def codes_refused() -> Iterator[Case]:
    """§10.9: texts that are no whole code."""
    code = _code(_drawn(), "S001")
    said, way = code.split(".")[1:3]
    text = base64.urlsafe_b64decode(said + "=" * (-len(said) % 4))
    data = base64.urlsafe_b64decode(way + "=" * (-len(way) % 4))
    values = protocol.parse(text.decode())
    other = "A" if way[-9] != "A" else "B"
    short = _url(data[:16])  # 22 characters, of the last of which 4 bits count for nothing
    texts = {
        "empty": "",
        "half": code[: len(code) // 2],
        "second-half": code[len(code) // 2 :],
        "last-digit-left-out": code[:-1],
        "one-character-changed": code.replace(way, way[:-9] + other + way[-8:]),
        "digits-of-another": code[:-8] + "0" * 8,
        "upper-case-digits": code[:-8] + code[-8:].upper(),
        "line-end": code + "\n",
        "space-inside": code.replace(".", " .", 1),
        "fragment-sign": "#" + code,
        "another-kind": "ssj2" + code[4:],
        "a-part-more": _sealed(said, way, "AAAA"),
        "a-part-less": _sealed(said),
        "padding": _sealed(said + "=" * (-len(said) % 4 or 4), way),
        "one-character-too-many": _sealed(said, short + "AAA"),
        "bits-beyond-the-end": _sealed(said, short[:-1] + chr(ord(short[-1]) + 1)),
        "salt-too-short": _sealed(said, _url(data[:15])),
        "way-cut-inside-a-hash": _sealed(said, _url(data[:-1])),
        "not-json": _sealed(_url(text[:-1]), way),
        "not-utf-8": _sealed(_url(b"\xff"), way),
        "spaces": _sealed(_url(text.replace(b",", b", ", 1)), way),
        "an-object": _sealed(_url(b"{}"), way),
        "a-number": _sealed(_url(b"7"), way),
        "null": _sealed(_url(b"null"), way),
        "a-value-less": _sealed(_url(protocol.canonical(values[:-1])), way),
        "a-value-more": _sealed(_url(protocol.canonical([*values, ""])), way),
    }  # fmt: skip
    for name, own in texts.items():
        yield case(name, "read_check", code=own)
    odd: dict[str, Any] = {
        "round": 1,
        "attempt": 0,
        "amendment": -1,
        "position": True,
        "visit": "s001",
        "items": ["ZJ-01", 1],
        "officers": "P1",
        "experts": None,
        "start": 20211206,
        "end": [],
    }
    for field, value in odd.items():
        yield case(f"odd-{field}", "read_check", code=_again(code, **{field: value}))


def check_states() -> Iterator[Case]:
    """§10.9: what records and ledgers say of a code; ``current`` of nothing that isn't."""
    record, once, twice = _rounds()
    public, later, last = map(disclosure.published, (record, once, twice))
    first = _code(record, "S001")
    head, line = protocol.NO_HEAD, {"n": 1, "round": "tiny", "attempt": 1}
    void = protocol.ledger_line({**line, "stage": "04-void"}, head)

    def state(name: str, code: str, *documents: Case, ledger: str = "") -> Case:
        texts = [ledger] if ledger else []
        return case(name, "check_state", code=code, documents=[*documents], ledgers=texts)

    yield state("current", first, public)
    yield state("current-by-the-draw-record", first, record)
    yield state("current-of-a-firm-that-is-not-named", _code(record, "S005"), public)
    yield state("nothing-known", first)
    yield state("only-a-notice", first, disclosure.notice(small_frozen()))
    with_checks = {**disclosure.notice(record), "checks": public["checks"]}
    yield state("a-notice-with-checks", first, with_checks)
    bare = without_checks(public)
    yield state("a-public-record-without-checks", first, bare)
    yield state("a-public-record-without-checks-and-one-with", first, bare, public)
    yield state("another-attempt", _code(_drawn(attempt=2)), public)
    yield state("another-round", _code(_drawn(round="大的")), public)
    second = disclosure.published(_drawn(attempt=2))
    yield state("the-record-of-its-round-among-others", first, second, public)
    yield state("replaced", first, later)
    yield state("replaced-by-the-draw-record", first, once)
    yield state("replaced-later-on", first, last)
    yield state("replaced-as-one-record-knows", first, public, later)
    yield state("not-the-visit-that-was-amended", _code(record, "S003"), later)
    yield state("replaced-by-the-second", _code(record, "S003"), last)
    yield state("printed-anew", _code(once, "S001"), later)
    yield state("printed-anew-and-replaced-again", _code(once, "S001"), last)
    yield state("printed-anew-record-of-before", _code(once, "S001"), public)
    yield state("printed-anew-record-of-before-and-of-now", _code(once, "S001"), public, later)
    yield state("printed-anew-after-the-second", _code(twice, "S004"), last)
    yield state("void", first, public, ledger=void)
    yield state("void-and-replaced", first, later, ledger=void)
    yield state("void-without-a-record", first, ledger=void)
    other = protocol.ledger_line({**line, "stage": "04-void", "attempt": 2}, head)
    yield state("another-attempt-void", first, public, ledger=other)
    other = protocol.ledger_line({**line, "stage": "04-amend"}, head)
    yield state("no-void", first, public, ledger=other)
    text = protocol.ledger_line({**line, "stage": "4-void"}, head)
    yield state("a-stage-of-another-name", first, public, ledger=text)
    yield state("half-a-code", first[: len(first) // 2], public)
    whole = disclosure.published(draw_record("small"))
    yield state("same-round-another-commitment", first, whole)
    yield state("contradicting-records", first, public, whole)
    yield state("altered-and-void", _again(first, visit="S003"), public, ledger=void)


def altered_codes() -> Iterator[Case]:
    """§10.9: codes that were changed and whose digits at the end were made to fit: none is
    verified.
    """
    record, _, twice = _rounds()
    public = disclosure.published(twice)
    code = _code(record, "S003")
    own, other = protocol.read_check(code), protocol.read_check(_code(record, "S005"))
    made_anew = _code(twice, "S003")
    changes: dict[str, tuple[str, Case]] = {
        "visit": (code, {"visit": "S002"}),
        "item-left-out": (code, {"items": own.items[1:]}),
        "item-more": (code, {"items": [*own.items, "I9"]}),
        "items-in-another-order": (code, {"items": own.items[::-1]}),
        "officer-replaced": (code, {"officers": ["苏Z-P9", *own.officers[1:]]}),
        "officer-left-out": (code, {"officers": own.officers[1:]}),
        "officer-more": (code, {"officers": [*own.officers, "苏Z-P9"]}),
        "expert-left-out": (code, {"experts": []}),
        "officer-as-expert": (code, {"officers": own.officers[1:], "experts": own.officers[:1]}),
        "later-end": (code, {"end": "2022-12-24"}),
        "earlier-start": (code, {"start": "2021-01-01"}),
        "position": (code, {"position": (own.position + 1) % 4}),
        "position-beyond-the-visits": (code, {"position": 4}),
        "salt": (code, {"salt": "0" * 32}),
        "a-step-of-the-way": (code, {"proof": ["0" * 64, *own.proof[1:]]}),
        "way-in-another-order": (code, {"proof": own.proof[::-1]}),
        "way-too-short": (code, {"proof": own.proof[1:]}),
        "way-too-long": (code, {"proof": [*own.proof, "0" * 64]}),
        "way-of-another-visit": (code, {"proof": other.proof, "position": other.position}),
        "salt-and-way-of-another-visit": (
            code,
            {key: getattr(other, key) for key in ("salt", "proof", "position")},
        ),
        "after-an-amendment-that-it-is-not-of": (code, {"amendment": 1}),
        "of-the-draw-though-made-anew": (made_anew, {"amendment": 0}),
        "all-of-another-visit-but-its-name": (_code(record, "S005"), {"visit": "S003"}),
        "made-up": (code, {"salt": "5a" * 16, "proof": ["ab" * 32, "cd" * 32]}),
    }  # fmt: skip
    for name, (text, change) in changes.items():
        altered = _again(text, **change)
        yield case(name, "check_state", code=altered, documents=[public], ledgers=[])


def published_checks() -> Iterator[Case]:
    """§10.9: ``checks`` of a public record must go with its visits and amendments, and agree with
    those of others.
    """
    record, once, twice = _rounds()
    public, later, last = map(disclosure.published, (record, once, twice))
    zero, one, two = (digit * 64 for digit in "012")
    yield case("amended-twice", "examine", document=last)
    yield case("none", "examine", document=without_checks(last))
    more = changed(without_checks(last), "unnamed_visits", 2)
    yield case("none-and-more-unnamed-visits-than-targets", "examine", document=more)
    for name, (path, value) in {
        "null": ("checks", None),
        "no-list": ("checks", {}),
        "empty": ("checks", []),
        "one-left-out": ("checks", last["checks"][:2]),
        "one-more": ("checks", [*last["checks"], last["checks"][2]]),
        "rows-of-the-draw": ("checks.0.rows", 5),
        "rows-of-an-amendment": ("checks.2.rows", 1),
        "rows-as-text": ("checks.0.rows", "4"),
        "root-upper-case": ("checks.0.root", "A" * 64),
        "ended-at-the-draw": ("checks.0.ended", [zero]),
        "ended-one-left-out": ("checks.2.ended", last["checks"][2]["ended"][:2]),
        "ended-twice": ("checks.2.ended", [zero, zero, one]),
        "ended-not-in-order": ("checks.2.ended", [zero, two, one]),
        "ended-no-hash": ("checks.1.ended", ["x"]),
        "a-field-more": ("checks.0.visits", []),
        "another-root": ("checks.0.root", zero),
    }.items():
        yield case(name, "examine", document=changed(last, path, value))
    for path in ("rows", "root", "ended"):
        left = {key: value for key, value in last["checks"][0].items() if key != path}
        yield case(f"without-{path}", "examine", document=changed(last, "checks.0", left))

    def together(name: str, *documents: Case) -> Case:
        return case(name, "compare", documents=[*documents], ledgers=[])

    bare = without_checks(public)
    yield together("with-the-draw-record", twice, last, later, public)
    yield together("earlier-draw-record", record, last)
    yield together("public-records-of-before-and-after", public, last)
    yield together("only-one-has-checks", bare, last)
    yield together("none-has-checks", bare, bare)
    yield together("draw-record-and-none-with-checks", twice, bare)
    yield together("root-changed", public, changed(public, "checks.0.root", zero))
    yield together(
        "root-not-that-of-the-draw-record", record, changed(public, "checks.0.root", zero)
    )
    ended = changed(last, "checks.1.ended", [zero])
    yield together("ended-not-that-of-the-draw-record", twice, ended)
    yield together("ended-unlike-an-earlier-record", later, ended)
    odd = changed(last, "checks.0.root", zero)
    yield together("changed-beside-one-without-checks", bare, odd, twice)
