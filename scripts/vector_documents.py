"""Vectors of §10: records tampered with, receipts, public records, several documents; one generator
for each file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vector_inputs import (
    DICE,
    SALT,
    Case,
    case,
    changed,
    county_frozen,
    draw_record,
    elsewhere,
    small_frozen,
    tampered,
    without_checks,
)

from ssj import protocol
from ssj.draw import disclosure


def tampered_commitment() -> Iterator[Case]:
    """§10 V3: something that was fixed at the freeze is changed afterwards."""
    yield tampered("protocol", ("protocol", "ssj/2"))
    yield tampered("commitment", ("commitment", "0" * 64))
    yield tampered("attempt", ("attempt", 2))
    yield tampered("attempt-as-text", ("attempt", "1"))
    yield tampered("salt", ("salt", "5b" + SALT[2:]))
    yield tampered("name-of-a-target", ("tables.targets.0.identity.name", "样例第9公司"))
    yield tampered("size", ("tables.targets.3.internal.frames.1.size", 3))
    yield tampered("status-behind-the-public-list", ("tables.targets.4.internal.public", True))
    yield tampered("row-removed", ("tables.officers", small_frozen()["tables"]["officers"][1:]))
    yield tampered("ratio", ("tables.tasks.0.internal.strata.0.ratio", "0.67"))
    yield tampered(
        "field-that-the-draw-does-not-read", ("tables.officers.0.internal.certificate", "Z9")
    )
    yield tampered("place-of-the-event", ("event.place", "小会议室"))
    yield tampered("parameter", ("parameters.slack", 0))
    yield tampered("ledger-head", ("ledger_head", "1" * 64))
    yield tampered("code", ("code.hash", "1" * 64))
    row = small_frozen()["tables"]["targets"][0]
    yield tampered("row-field-that-is-not-committed", ("tables.targets.0", {**row, "note": "x"}))
    yield tampered("two-ids-in-one-row", ("tables.targets.0.identity.id", "S009"))


def incomplete_records() -> Iterator[Case]:
    """§10.1: a draw record from which something was taken is no frozen record."""
    for name in ("entropy", "seed", "drawn", "visits", "officers"):
        left = {key: value for key, value in draw_record("small").items() if key != name}
        yield case(f"{name}-left-out", "examine", document=left)
    yield case("frozen", "examine", document=small_frozen())
    yield case("frozen-with-teams", "examine", document={**small_frozen(), "officers": {}})


def tampered_seed() -> Iterator[Case]:
    """§10 V4: event text or seed do not follow from the commitment."""
    yield tampered("seed", ("seed", "0" * 64))
    yield tampered("seed-upper-case", ("seed", draw_record("small")["seed"].upper()))
    yield tampered("another-text", ("entropy.text", "2" + DICE[1:]))
    yield tampered("text-of-the-wrong-form", ("entropy.text", "7" + DICE[1:]))
    yield tampered("text-with-a-line-end", ("entropy.text", DICE + "\n"))
    frozen = county_frozen()
    frozen["event"] = {
        **frozen["event"],
        "kind": "dice",
        "count": 3,
        "form": protocol.event_form("dice", 3),
    }
    frozen["commitment"] = protocol.commit(frozen)
    poor = {
        **{key: frozen[key] for key in ("event", "commitment")},
        "entropy": {"text": "163"},
        **protocol.draw(frozen, "163"),
    }
    yield tampered("too-few-outcomes", *poor.items(), base="county")


def tampered_selection() -> Iterator[Case]:
    """§10 V5: drawn targets do not follow from the seed; V6 fails too unless the visits were
    changed to fit.
    """
    yield tampered("friend-spared", ("drawn.0.by_ticket.1", "S002"))
    frozen, record = small_frozen(), draw_record("small")
    record["drawn"][0]["by_ticket"][1] = "S002"
    visits = protocol.visits_of(frozen, record["drawn"])
    teams = {
        f"{p}s": protocol.match(frozen, visits, record["seed"], p) for p in ("officer", "expert")
    }
    yield tampered(
        "friend-spared-and-the-rest-made-to-fit",
        ("drawn", record["drawn"]),
        ("visits", visits),
        *teams.items(),
    )
    yield tampered("order", ("drawn.0.by_ticket", ["S001", "S004"]))
    yield tampered("sample-size", ("drawn.0.n", 1))
    yield tampered("count", ("drawn.0.count", 4))
    yield tampered("stratum-left-out", ("drawn", draw_record("small")["drawn"][1:]))
    yield tampered(
        "certainty-as-lot",
        ("drawn.0.certain", []),
        ("drawn.0.by_ticket", _all_of("county", 0)),
        base="county",
    )


def _all_of(base: str, index: int) -> list[str]:
    part = draw_record(base)["drawn"][index]
    return part["certain"] + part["by_ticket"]


def tampered_visits() -> Iterator[Case]:
    """§10 V6: visits do not follow from the drawn targets; V7 fails too where teams depend on what
    was changed.
    """
    record = draw_record("small")
    yield tampered("visit-left-out", ("visits", record["visits"][1:]))
    yield tampered("seat-left-out", ("visits.1.seats", record["visits"][1]["seats"][:1]))
    yield tampered("item-left-out", ("visits.1.items", ["I1"]))
    yield tampered("task-left-out", ("visits.1.tasks", ["R1"]))
    yield tampered("expert-left-out", ("visits.1.expert_seats", []))
    yield tampered("order-of-visits", ("visits", record["visits"][::-1]))
    yield tampered(
        "task-that-reads-as-nothing", ("visits.0.tasks", [*record["visits"][0]["tasks"], "（无）"])
    )
    yield tampered("key-with-null", ("visits.0", {**record["visits"][0], "x": None}))


def tampered_teams() -> Iterator[Case]:
    """§10 V7: teams, caps or skipped officers do not follow from seed and visits."""
    record = draw_record("county")
    look = next(
        k for k, s in enumerate(record["officers"]["skipped"]) if s["reason"] == "look_ahead"
    )
    yield tampered("another-officer", ("officers.taken.1.officer", "P1"))
    yield tampered("choices", ("officers.taken.1.choices", 1))
    yield tampered("expert", ("experts.taken.0.officer", "P1"))
    yield tampered("cap", ("officers.raised.0.cap", 1), base="county")
    yield tampered("raise-left-out", ("officers.raised", []), base="county")
    yield tampered(
        "skipped-left-out", ("officers.skipped", record["officers"]["skipped"][1:]), base="county"
    )
    yield tampered("reason", (f"officers.skipped.{look}.reason", "recusal"), base="county")
    yield tampered("short", (f"officers.skipped.{look}.short", []), base="county")


def _opened(internal: bool) -> Case:
    """The small draw record, whose parameters open the internal part of receipts or don't."""
    frozen = small_frozen()
    frozen["parameters"] = {**frozen["parameters"], "receipt_internal": internal}
    frozen["commitment"] = protocol.commit(frozen)
    return {**frozen, "entropy": {"text": DICE}, **protocol.draw(frozen, DICE)}


def external_draw() -> Iterator[Case]:
    """§6.5: targets drawn elsewhere and entered here; V5 is not checked, the form of ``drawn``
    is.
    """
    record = elsewhere({"R2": ["S004", "S001"], "R1": ["S003"]})
    frozen = {k: v for k, v in record.items() if k in small_frozen()}

    def drawing(name: str, external: Any, base: Case = frozen) -> Case:
        return case(name, "draw", record=base, text=DICE, external=external)

    yield drawing("in-any-order", {"R2": ["S004", "S001"], "R1": ["S003"]})
    yield drawing("a-task-that-drew-nobody", {"R1": ["S003"]})
    yield drawing("nobody", {})
    yield drawing("one-target-by-two-tasks", {"R1": ["S005"], "R2": ["S005"]})
    yield drawing("task-unknown", {"R1": ["S003"], "R9": []})
    yield drawing("target-unknown", {"R1": ["S003", "S009"]})
    yield drawing("target-twice", {"R1": ["S003", "S003"]})
    yield case("no-list-where-it-is-needed", "draw", record=frozen, text=DICE)
    yield drawing("a-list-where-it-is-drawn-here", {"R1": ["S003"]}, small_frozen())
    here = small_frozen()
    here["parameters"]["official_draw"] = "here"
    yield case(
        "drawn-here-said-so",
        "draw",
        record={**here, "commitment": protocol.commit(here)},
        text=DICE,
    )
    for name, part in (
        ("ids-by-lot", draw_record("county")["drawn"][0]),
        ("ids-from-elsewhere", record["drawn"][1]),
    ):
        yield case(name, "drawn_ids", part=part)
    for name, base in (("commitment", frozen), ("commitment-drawn-here", here)):
        yield case(name, "commitment", record={k: v for k, v in base.items() if k != "commitment"})
    for name, value in (("another-place", "there"), ("null", None), ("boolean", True)):
        yield case(
            f"commitment-{name}",
            "commitment",
            record=changed(here, "parameters.official_draw", value),
        )
    yield case("frames-are-not-read", "examine", document=_uncovered(record))
    yield case("examined", "examine", document=record)
    one, two = record["drawn"]
    for name, drawn in (
        ("entries-in-another-order", [two, one]),
        ("entry-missing", [one]),
        ("entry-twice", [one, two, two]),
        ("task-strange", [one, {**two, "task": "R9"}]),
        ("ids-unsorted", [one, {**two, "external": ["S004", "S001"]}]),
        ("id-twice", [one, {**two, "external": ["S001", "S001"]}]),
        ("id-unknown", [one, {**two, "external": ["S009"]}]),
        ("ids-as-text", [one, {**two, "external": "S001"}]),
        ("task-as-number", [{**one, "task": 1}, two]),
        ("task-as-list", [{**one, "task": []}, two]),
        ("without-task", [{"external": one["external"]}, two]),
        ("with-a-count", [{**one, "count": 1}, two]),
        ("as-if-drawn-here", draw_record("small")["drawn"]),
        ("none", []),
    ):
        yield case(f"changed-{name}", "examine", document={**record, "drawn": drawn})
    silent = {k: v for k, v in record["parameters"].items() if k != "official_draw"}
    yield case("changed-declaration-left-out", "examine", document={**record, "parameters": silent})
    yield case(
        "changed-visit-dropped", "examine", document={**record, "visits": record["visits"][1:]}
    )
    yield case(
        "from-elsewhere-but-drawn-here",
        "examine",
        document={**draw_record("small"), "drawn": record["drawn"]},
    )
    public, (drawn, spared) = (
        disclosure.published(record),
        disclosure.receipts(record, ["S001", "S002"]),
    )
    for name, document in (
        ("notice", disclosure.notice(record)),
        ("public", public),
        ("receipt-drawn", drawn),
        ("receipt-not-drawn", spared),
    ):
        yield case(name, "examine", document=document)
    yield case(
        "changed-public-declaration-left-out",
        "examine",
        document={
            **public,
            "committed": {k: v for k, v in public["committed"].items() if k != "official_draw"},
        },
    )
    yield case("agree", "compare", documents=[record, public, drawn, spared], ledgers=[])


def _uncovered(record: Case) -> Case:
    """The record with a frame of no task, as a round drawn elsewhere may have it, drawn again."""
    frozen = changed(
        {k: v for k, v in record.items() if k in small_frozen()},
        "tables.targets.0.internal.frames.0.task",
        "R9",
    )
    frozen["commitment"] = protocol.commit(frozen)
    return {**frozen, "entropy": {"text": DICE}, **protocol.draw(frozen, DICE, {"R1": ["S001"]})}


def receipts() -> Iterator[Case]:
    """§10.3: receipts with and without the internal part, of drawn, spared and sensitive targets;
    changed ones.
    """
    ids = [t["id"] for t in small_frozen()["tables"]["targets"]]
    every = list(disclosure.receipts(_opened(False), ids))
    sealed, opened = (
        next(r for r in disclosure.receipts(_opened(i), ids) if r["drawn"]) for i in (False, True)
    )
    for name, document in (
        ("drawn", sealed),
        ("not-drawn", next(r for r in every if not r["drawn"])),
        ("sensitive", every[4]),
        ("internal-part", opened),
    ):
        yield case(name, "examine", document=document)
    for name, path, value in (
        ("name", "row.identity.values.name", "样例第9公司"),
        ("identity-salt", "row.identity.salt", "0" * 64),
        ("id", "row.id", "S009"),
        ("internal-hash", "row.internal", "0" * 64),
        ("ticket-salt", "ticket_salt", "0" * 64),
        ("index", "row.index", sealed["row"]["index"] + 1),
        ("negative-index", "row.index", -1),
        ("proof-short", "row.proof", sealed["row"]["proof"][:-1]),
        ("proof-of-another-root", "row.proof.0", "0" * 64),
        ("proof-upper-case", "row.proof.0", sealed["row"]["proof"][0].upper()),
        ("root", "committed.tables.targets.root", "0" * 64),
        ("rows", "committed.tables.targets.rows", 4),
        ("commitment", "commitment", "0" * 64),
        ("newer-protocol", "protocol", "ssj/2"),
        ("text", "entropy.text", "2" + DICE[1:]),
        ("seed", "seed", "0" * 64),
        ("ticket", "ticket", "0" * 64),
        ("ticket-one-digit", "ticket", "f" + sealed["ticket"][1:]),
        ("drawn-without-items", "drawn", False),
        ("items-without-drawn", "items", []),
        ("drawn-as-number", "drawn", 1),
        ("row-missing", "row", None),
    ):
        yield case(f"changed-{name}", "examine", document=changed(sealed, path, value))
    yield case(
        "changed-size-of-the-internal-part",
        "examine",
        document=changed(opened, "row.internal.values.frames.1.size", 9),
    )
    yield case(
        "internal-part-swapped-in",
        "examine",
        document=changed(sealed, "row.internal", opened["row"]["internal"]),
    )
    yield case("no-view", "examine", document={k: v for k, v in sealed.items() if k != "view"})
    yield case("unknown-view", "examine", document=changed(sealed, "view", "ticket"))
    yield case("view-is-a-list", "examine", document=changed(sealed, "view", ["receipt"]))
    yield case("not-an-object", "examine", document=["receipt"])


def public_records() -> Iterator[Case]:
    """§10.2: notices and public records, sound and changed; frozen and draw records of a newer
    protocol.
    """
    notice, published = (
        disclosure.notice(small_frozen()),
        disclosure.published(draw_record("small")),
    )
    yield case("notice", "examine", document=notice)
    yield case("public", "examine", document=published)
    yield case("frozen", "examine", document=small_frozen())
    yield case(
        "frozen-that-calls-itself-a-notice",
        "examine",
        document={**small_frozen(), "view": "notice"},
    )
    yield case(
        "frozen-newer-protocol", "examine", document=changed(small_frozen(), "protocol", "ssj/2")
    )
    named = published["public_list"]["targets"]
    for name, path, value in (
        ("firm-left-out-of-the-list", "public_list.targets", named[1:]),
        ("list-name", "public_list.targets.0.name", "样例第9公司"),
        ("firm-hidden", "public_list", {"targets": named[1:], "unnamed": 2}),
        ("event-time", "committed.event.time", "2021-11-27T10:00:00+08:00"),
        ("event-form", "committed.event.form", "[0-9]{16}"),
        ("commitment", "commitment", "0" * 64),
        ("newer-protocol", "protocol", "ssj/2"),
        ("newer-protocol-inside", "committed.protocol", "ssj/2"),
        ("text", "entropy.text", "2" + DICE[1:]),
        ("seed", "seed", "0" * 64),
        ("visit-of-a-stranger", "visits.0.id", "S000"),
        ("visit-twice", "visits", published["visits"][:1] * 2),
        ("visit-renamed", "visits.0.name", "样例第9公司"),
        ("unnamed-visits", "unnamed_visits", 2),
        ("unnamed-as-text", "unnamed_visits", "1"),
        ("visits-unordered", "visits", published["visits"][::-1]),
        ("no-entropy", "entropy", None),
    ):
        yield case(f"changed-{name}", "examine", document=changed(published, path, value))


def several_documents() -> Iterator[Case]:
    """§10.4: documents that must agree with each other and with a ledger."""
    record = draw_record("small")
    notice, published = disclosure.notice(small_frozen()), disclosure.published(record)
    drawn, spared = disclosure.receipts(
        record,
        [
            record["visits"][0]["id"],
            next(
                t["id"]
                for t in record["tables"]["targets"]
                if t["id"] not in {v["id"] for v in record["visits"]}
            ),
        ],
    )
    again = small_frozen()
    again["salt"] = "5b" * 32
    again = disclosure.notice({**again, "commitment": protocol.commit(again)})
    later = {**small_frozen(), "ledger_head": protocol.sha256("line")}
    later = disclosure.notice({**later, "commitment": protocol.commit(later)})
    entry = {
        "n": 1,
        "time": "2021-11-19T09:00:00+08:00",
        "round": "tiny",
        "attempt": 1,
        "stage": "01-freeze",
        "bag": "ab" * 32,
    }
    line = protocol.ledger_line(entry, protocol.NO_HEAD) + "\n"
    yield case("agree", "compare", documents=[notice, published, drawn, spared], ledgers=[line])
    yield case("without-ledger", "compare", documents=[notice, published], ledgers=[])
    yield case("two-commitments", "compare", documents=[notice, again], ledgers=[])
    yield case("unknown-head", "compare", documents=[later], ledgers=[line])
    yield case("empty-ledger", "compare", documents=[notice], ledgers=[""])
    yield case(
        "drawn-but-not-listed",
        "compare",
        documents=[{**without_checks(published), "visits": []}, drawn],
        ledgers=[],
    )
    yield case(
        "listed-but-not-drawn",
        "compare",
        documents=[published, {**drawn, "drawn": False, "items": []}],
        ledgers=[],
    )
    yield case(
        "sensitive-is-not-listed",
        "compare",
        documents=[published, next(disclosure.receipts(record, ["S005"]))],
        ledgers=[],
    )
    yield case(
        "sensitive-in-the-draw-record",
        "compare",
        ledgers=[],
        documents=[
            record,
            {**next(disclosure.receipts(record, ["S005"])), "drawn": False, "items": []},
        ],
    )
