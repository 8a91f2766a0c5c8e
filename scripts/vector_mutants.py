"""Vectors that no mutant of ``ssj/protocol.py`` survives which isn't equivalent
(``scripts/mutate.py``): each field of a record, each limit at its edge, each order of more than a
few; one generator for each file.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from vector_attestations import (
    SECRETS,
    attestation,
    attested,
    attested_frozen,
    drawn_from,
    entry,
    public_key,
    refrozen,
)
from vector_inputs import (
    DICE,
    SALT,
    SEED,
    Case,
    amended,
    case,
    changed,
    draw_record,
    item_row,
    matching,
    officer_row,
    small_frozen,
)

from ssj import protocol
from ssj.draw import disclosure


def _one_of_each() -> Case:
    """A frozen record with one row in each table, and everything optional there."""
    record = small_frozen()
    items, officers, targets, tasks = (record["tables"][t][:1] for t in protocol.TABLES)
    targets[0]["internal"]["rotation"] = ["P1"]
    tasks[0]["internal"]["items"] = ["I1"]
    record["tables"] = {"items": items, "officers": officers, "targets": targets, "tasks": tasks}
    key = public_key(SECRETS[0])
    event = {"custodians": ["甲"], "keys": [{"name": "甲", "key": key}]}
    party = {"name": "甲", "sha256": protocol.sha256("7a" * 32)}
    event |= {"parties": [party], "form": protocol.event_form("dice", 16, 1)}
    record["event"] = {**record["event"], **event}
    return {key: value for key, value in record.items() if key != "commitment"}


READ = {  # place → fields that are read there
    "": "round attempt salt ledger_head event code parameters tables",
    "parameters.": "slack demonstration",
    "event.": "kind count form",
    "event.parties.0.": "name sha256",
    "event.keys.0.": "name key",
    "tables.items.0.": "id identity internal identity.id",
    "tables.items.0.internal.": "department categories specialities expert",
    "tables.officers.0.": "id identity internal identity.id",
    "tables.officers.0.internal.": "kind department specialities authority recusals available cap",
    "tables.targets.0.": "id identity internal identity.id identity.name",
    "tables.targets.0.internal.": "category public frames",
    "tables.targets.0.internal.frames.0.": "task stratum size",
    "tables.tasks.0.": "id identity internal identity.id",
    "tables.tasks.0.internal.": "items strata team_size expert",
    "tables.tasks.0.internal.strata.0.": "stratum ratio",
}
OPTIONAL = {
    "parameters.": "official_draw team_mode",
    "event.": "time custodians parties keys",
    "tables.targets.0.internal.": "rotation",
}
OF_TEXTS = {
    "event.": "custodians",
    "tables.items.0.internal.": "categories specialities",
    "tables.officers.0.internal.": "specialities authority recusals",
    "tables.targets.0.internal.": "rotation",
    "tables.tasks.0.internal.": "items",
}
OPEN = {  # objects that may have further fields
    "": "parameters event event.parties.0 event.keys.0",
    "tables.items.0.": "identity internal",
    "tables.tasks.0.internal.strata.": "0",
    "tables.targets.0.internal.frames.": "0",
}


def _paths(fields: dict[str, str]) -> list[str]:
    return [place + field for place, words in fields.items() for field in words.split()]


def record_fields() -> Iterator[Case]:
    """§10.5: a frozen record has every field that is read; none is null or of another type."""
    record = _one_of_each()
    yield case("all", "commitment", record=record)
    for path in _paths(READ):
        yield case(f"without-{path}", "commitment", record=_without(record, path))
        other = "1" if isinstance(_at(record, path), int) else 1
        if not path.endswith(".cap"):  # which may be either
            yield case(f"{path}-as-null", "commitment", record=changed(record, path, None))
            yield case(f"{path}-as-another", "commitment", record=changed(record, path, other))
    for path in _paths(OPTIONAL):
        yield case(f"{path}-as-null", "commitment", record=changed(record, path, None))
        yield case(f"{path}-as-object", "commitment", record=changed(record, path, {"a": 1}))
    for path in _paths(OF_TEXTS):
        yield case(f"{path}-of-null", "commitment", record=changed(record, path, [None]))
    for size in (0, 100):
        path = "tables.tasks.0.internal.team_size"
        yield case(f"team-size-{size}", "commitment", record=changed(record, path, size))
    for path in _paths(OPEN):
        yield case(f"further-field-in-{path}", "commitment", record=changed(record, f"{path}.x", 1))


def _at(value: Any, path: str) -> Any:
    for key in path.split(".") if path else ():
        value = value[int(key) if key.isdigit() else key]
    return value


def _without(document: Case, path: str) -> Case:
    copy, (way, _, last) = changed(document), path.rpartition(".")
    del _at(copy, way)[last]
    return copy


def limits() -> Iterator[Case]:
    """§4.1, §4.2, §7.2: limits at their edges."""
    for count in (100, 101):
        numbers = [protocol.sha256(f"party {n}") for n in range(count)]
        parties = [{"name": "甲", "sha256": protocol.sha256(number)} for number in numbers]
        form = protocol.event_form("dice", 16, count)
        event = {"kind": "dice", "count": 16, "form": form, "parties": parties}
        text = "|".join((DICE, *numbers))
        yield case(f"parties-{count}", "check_event_text", event=event, text=text)
        names = [f"保管人{n}" for n in range(count)]
        keys = [{"name": name, "key": public_key(protocol.sha256(name))} for name in names]
        event = {
            "kind": "dice",
            "count": 16,
            "form": "[1-6]{16}",
            "custodians": names,
            "keys": keys,
        }
        yield case(f"keys-{count}", "check_event_text", event=event, text=DICE)
    for kind, count, text in (
        ("beacon", 40, "0123456789"),
        ("beacon", 36, "012345678"),
        ("dice", 16, DICE),
        ("dice", 15, DICE[:15]),
        ("lottery", 1, "01,07,09,18,25,33+16"),
    ):
        event = {"kind": kind, "count": count, "form": protocol.event_form(kind, count)}
        for demonstration in (False, True):
            frozen = small_frozen()
            frozen["parameters"] = {**frozen["parameters"], "demonstration": demonstration}
            frozen["event"] = event
            record = drawn_from(refrozen(frozen, "event", event), text)
            label = f"{kind}-{count}" + "-as-a-demonstration" * demonstration
            yield case(label, "examine", document=disclosure.published(record))
    for size in (99, 100):
        given = {"target": "S", "category": "c", "task_ids": ["T"], "items": {"I": item_row()}}
        tasks = {"T": {"items": ["I"], "team_size": size, "expert": False}}
        yield case(f"team-of-{size}", "visit_of", **given, tasks=tasks)
    for field, value in (
        ("time", 1),
        ("custodians", [1]),
        ("count", "3"),
        ("kind", 1),
        ("form", 1),
    ):
        event = {"kind": "dice", "count": 3, "form": "[1-6]{3}", field: value}
        yield case(f"event-{field}-as-{value}", "check_event_text", event=event, text="163")
    yield case("last-code-of-a-half", "canonical", text=r'"\udfff"')
    yield case("first-code-of-a-second-half", "canonical", text=r'"\udc00"')


def true_is_not_one() -> Iterator[Case]:
    """§10.1: what follows is equal with its types: true is not 1, and 1 not true."""
    record = draw_record("small")
    for path in (
        "drawn.0.n", "drawn.1.n", "officers.taken.0.choices", "experts.taken.0.choices"
    ):  # fmt: skip
        value = _at(record, path)
        for name, other in (("true", True), ("text", str(value)), ("null", None)):
            yield case(f"{path}-as-{name}", "examine", document=changed(record, path, other))


def proofs() -> Iterator[Case]:
    """§3: entries and indices that are refused, though the proof is as long as it should be."""
    leaves = ["00", "01", "02", "03"]
    good = disclosure.merkle_proofs(map(bytes.fromhex, leaves))[0]
    for name, index, count, proof in (
        ("good", 0, 4, good),
        ("upper-case", 0, 4, [good[0].upper(), good[1]]),
        ("not-hexadecimal", 0, 4, ["g" * 64, good[1]]),
        ("a-digit-short", 0, 4, [good[0][:63], good[1]]),
        ("a-byte-short", 0, 4, [good[0][:62], good[1]]),
        ("a-number", 0, 4, [1, good[1]]),
        ("a-space-inside", 0, 4, [good[0][:2] + " " + good[0][3:], good[1]]),
        ("index-is-the-count", 4, 4, good),
        ("index-negative", -1, 4, good),
        ("index-negative-by-the-count", -4, 4, good),
        ("of-none", 0, 0, []),
        ("of-one-at-one", 1, 1, []),
    ):
        given = {"data": "00", "index": index, "count": count, "proof": proof}
        yield case(name, "root_from_proof", **given)
    for count in (1, 2, 3, 5, 6, 7, 11):
        many = [f"{n:02x}" for n in range(count)]
        for index in range(count):
            proof = disclosure.merkle_proofs(map(bytes.fromhex, many))[index]
            given = {"data": many[index], "index": index, "count": count, "proof": proof}
            yield case(f"{index}-of-{count}", "root_from_proof", **given)


def frames_refused() -> Iterator[Case]:
    """§6.1: frames of tasks or strata that there are not, or twice in a task; strata twice."""
    targets = [
        {"id": "A", "internal": {"frames": [{"task": "R", "stratum": "x", "size": 1}]}},
        {"id": "B", "internal": {"frames": []}},
    ]
    strata = [{"stratum": "x", "ratio": "0.5"}, {"stratum": "y", "ratio": "1"}]
    tasks = [{"id": "R", "internal": {"strata": strata}}]
    record = {"salt": SALT, "tables": {"targets": targets, "tasks": tasks}}
    own = "tables.targets.1.internal.frames"
    for name, path, value in (
        ("good", own, [{"task": "R", "stratum": "y", "size": 1}]),
        ("unknown-task", own, [{"task": "S", "stratum": "x", "size": 1}]),
        ("unknown-stratum", own, [{"task": "R", "stratum": "*", "size": 1}]),
        ("unknown-stratum-excluded", own, [{"task": "R", "stratum": "*", "size": 0}]),
        (
            "twice-in-a-task",
            own,
            [{"task": "R", "stratum": s, "size": 1} for s in ("x", "y")],
        ),
        (
            "twice-in-a-task-excluded-in-one",
            own,
            [{"task": "R", "stratum": s, "size": n} for n, s in enumerate(("x", "y"))],
        ),
        ("stratum-twice", "tables.tasks.0.internal.strata.1.stratum", "x"),
    ):
        yield case(name, "draw_targets", record=changed(record, path, value), seed=SEED)


def many() -> Iterator[Case]:
    """§7.2, §8.3, §8.4: orders that show only with more than a few."""
    words = list("gdbafec")
    items = {"I": item_row("".join(words), expert=True), "J": item_row("", "E", expert=True)}
    tasks = {"T": {"items": ["J", "I"], "team_size": 2, "expert": False}}
    given = {"target": "S", "category": "c", "task_ids": ["T"]}
    yield case("specialities", "visit_of", **given, tasks=tasks, items=items)
    items = {f"I{n}": item_row("", "EDGACBF"[n]) for n in range(7)}
    tasks = {
        f"T{n}": {"items": [f"I{n}"], "team_size": n, "expert": False}
        for n in (3, 6, 0, 5, 1, 4, 2)
    }
    given = {"target": "S", "category": "c", "task_ids": sorted(tasks)}
    yield case("departments-and-tasks", "visit_of", **given, tasks=tasks, items=items)
    empty = {"I": item_row("", ""), "J": item_row("", "E")}
    tasks = {"T": {"items": ["I", "J"], "team_size": 2, "expert": False}}
    given = {"target": "S", "category": "c", "task_ids": ["T"]}
    yield case("one-department-empty", "visit_of", **given, tasks=tasks, items=empty)
    officers = [officer_row(f"O{n}", "a", cap=0) for n in (4, 2, 6, 0, 5, 3, 1)]
    yield case("hall-set", "match", **matching(officers, ["a", "a", "a"]))
    scarce = [officer_row("S", "a", cap=7), *(officer_row(f"O{n}", cap=1) for n in range(7))]
    yield case("visits-left-short", "match", **matching(scarce, ["a-"] * 7))
    free = [officer_row(f"O{n}") for n in range(9)]
    yield case("raised", "match", **matching([*free, *_able("ab")], ["a", "ab", "ab", "a", "b"]))


def _able(specialities: str) -> list[Case]:
    return [officer_row(f"S{s}", s) for s in specialities]


def published_fields() -> Iterator[Case]:
    """§10.2, §10.3: what a public record and a receipt say of visits, items and replacements has
    each of its fields, with its type, and no others.
    """
    record = draw_record("small")
    public = disclosure.published(record)
    public["amendments"] = [{"date": "2021-12-01", "reason": "样例", "visits": 1}]
    receipt = next(disclosure.receipts(record, [record["visits"][0]["id"]]))
    said = {  # of a public record and of a receipt: fields, and objects without further ones
        "public": (
            public,
            {
                "": "visits unnamed_visits amendments public_list",
                "visits.0.": "id name items officers",
                "visits.0.items.0.": "id name",
                "visits.0.officers.0.": "name department",
                "amendments.0.": "date reason visits",
                "public_list.": "targets unnamed targets.0.id targets.0.name",
                "entropy.": "text",
            },
            ("visits.0", "visits.0.items.0", "visits.0.officers.0", "amendments.0"),
        ),
        "receipt": (
            receipt,
            {
                "": "row ticket ticket_salt drawn items entropy seed commitment committed",
                "row.": "id index proof identity internal",
                "row.identity.": "salt values values.id",
                "items.0.": "id name",
                "entropy.": "text",
            },
            ("items.0",),
        ),
    }
    for name, (document, fields, closed) in said.items():
        yield case(f"{name}-sound", "examine", document=document)
        for path in _paths(fields):
            yield case(f"{name}-without-{path}", "examine", document=_without(document, path))
            other = "1" if isinstance(_at(document, path), int) else 1
            for label, value in (("null", None), ("another", other)):
                odd = changed(document, path, value)
                yield case(f"{name}-{path}-as-{label}", "examine", document=odd)
        for path in closed:
            odd = changed(document, f"{path}.x", 1)
            yield case(f"{name}-further-field-in-{path}", "examine", document=odd)
    for count in (0, -1, True):
        odd = changed(public, "amendments.0.visits", count)
        yield case(f"replaced-visits-{count}", "examine", document=odd)


# --- changed, and all hashes made to fit ---


def _fitted(document: Case) -> Case:
    """A notice, public record or receipt whose commitment, seed and ticket follow from the rest."""
    commitment = protocol.sha256(protocol.canonical(document["committed"]))
    document = {**document, "commitment": commitment}
    if "seed" in document:
        document["seed"] = protocol.seed_of(commitment, document["entropy"]["text"])
    if "row" in document:
        given = (document["seed"], "target", document["row"]["id"], document["ticket_salt"])
        document["ticket"] = protocol.ticket(*given)
    return document


def _with_list(notice: Case, public_list: Case) -> Case:
    digest = protocol.sha256(protocol.canonical(public_list))
    notice = changed(notice, "committed.public_list", digest)
    return _fitted({**notice, "public_list": public_list})


def _of_one_row(receipt: Case, path: str, value: Any) -> Case:
    """The receipt of the only row of a table, whatever that row says; the root is made to fit."""
    receipt = changed(receipt, path, value)
    row = receipt["row"] = {**receipt["row"], "index": 0, "proof": []}
    parts = {}
    for part in ("identity", "internal"):
        said = row[part]
        hashed = isinstance(said, dict) and {"salt", "values"} <= said.keys()
        parts[part] = protocol.part_hash(said["salt"], said["values"]) if hashed else said
    data = {"id": row["id"], **parts, "ticket": protocol.sha256(receipt["ticket_salt"])}
    root = protocol.merkle_root([protocol.canonical(data)])
    return _fitted(changed(receipt, "committed.tables.targets", {"rows": 1, "root": root}))


def made_to_fit() -> Iterator[Case]:
    """§10.2, §10.3: what is wrong although every hash that is shown follows from what is shown."""
    notice, record = disclosure.notice(small_frozen()), draw_record("small")
    public, receipt = disclosure.published(record), next(disclosure.receipts(record, ["S002"]))
    named = notice["public_list"]["targets"]
    for name, targets, unnamed in (
        ("sound", named, 1),
        ("list-unsorted", named[::-1], 1),
        ("listed-twice", [*named, named[-1]], 0),
        ("one-more-unnamed", named, 2),
        ("one-less-unnamed", named, 0),
        ("id-not-normalised", [*named[:-1], {**named[-1], "id": "s004"}], 1),
        ("id-with-a-comma", [*named[:-1], {**named[-1], "id": "S004,"}], 1),
        ("id-empty", [{**named[0], "id": ""}, *named[1:]], 1),
        ("nobody-listed", [], 5),
    ):
        given = {"targets": targets, "unnamed": unnamed}
        yield case(f"list-{name}", "examine", document=_with_list(notice, given))
    keys = [{"name": "甲", "key": public_key(SECRETS[0])}]
    for name, change in (
        ("another-form", {"form": "[1-6]{15}"}),
        ("another-kind", {"kind": "coin"}),
        ("no-count", {"count": 0}),
        ("parties-that-copy", {"parties": [{"name": "甲", "sha256": "0" * 64}] * 2}),
        ("parties-not-in-the-form", {"parties": [{"name": "甲", "sha256": "0" * 64}]}),
        ("keys-of-nobody", {"keys": keys}),
        ("keys-twice", {"keys": keys * 2, "custodians": ["甲"]}),
        ("keys", {"keys": keys, "custodians": ["甲"]}),
    ):
        event = {**notice["committed"]["event"], **change}
        for document in (notice, public, receipt):
            fitted = _fitted(changed(document, "committed.event", event))
            yield case(f"{document['view']}-event-{name}", "examine", document=fitted)
    upper, opened = "AB" * 32, {"salt": "0" * 64, "values": {"a": 1}}
    for name, path, value in (
        ("sound", "drawn", receipt["drawn"]),
        ("id-not-normalised", "row.id", "s002"),
        ("another-id-inside", "row.identity.values.id", "S003"),
        ("identity-salt-in-capitals", "row.identity.salt", upper),
        ("identity-salt-short", "row.identity.salt", "ab"),
        ("ticket-salt-in-capitals", "ticket_salt", upper),
        ("internal-hash-in-capitals", "row.internal", upper),
        ("internal-hash-short", "row.internal", "ab"),
        ("internal-open", "row.internal", opened),
        ("internal-open-salt-in-capitals", "row.internal", {**opened, "salt": upper}),
        ("internal-open-values-as-list", "row.internal", {**opened, "values": [1]}),
        ("internal-open-further-field", "row.internal", {**opened, "x": 1}),
        ("internal-null", "row.internal", None),
        ("internal-without-salt", "row.internal", {"values": {}}),
        ("internal-without-values", "row.internal", {"salt": "0" * 64}),
    ):
        yield case(f"row-{name}", "examine", document=_of_one_row(receipt, path, value))
    inside = {"id": "s002", "identity": {**receipt["row"]["identity"], "values": {"id": "s002"}}}
    both = _of_one_row({**receipt, "row": {**receipt["row"], **inside}}, "drawn", receipt["drawn"])
    yield case("row-both-ids-not-normalised", "examine", document=both)
    for name, text in (
        ("few", DICE[1:]),
        ("many", DICE + "1"),
        ("seven", "7" + DICE[1:]),
        ("line-end", DICE + "\n"),
        ("full-width", "１" + DICE[1:]),
        ("empty", ""),
        ("a-party-more", f"{DICE}|{'0' * 64}"),
    ):
        for label, document in (("public", public), ("receipt", receipt), ("draw", record)):
            odd = changed(document, "entropy.text", text)
            odd["seed"] = protocol.seed_of(odd["commitment"], text)
            yield case(f"{label}-text-{name}", "examine", document=odd)


def one_field_of_a_draw() -> Iterator[Case]:
    """§10.1: a frozen record with any one field of a draw record is a draw record."""
    for field in ("entropy", "seed", "drawn", "visits", "officers", "experts", "amendments"):
        for name, value in (("null", None), ("empty", [])):
            document = {**small_frozen(), field: value}
            yield case(f"{field}-{name}", "examine", document=document)
    record = {**draw_record("small"), "committed": {}}
    yield case("a-further-field-committed", "examine", document=record)
    yield case("banners-of-a-further-field-committed", "banners", document=record, ledgers=[])


def staffing() -> Iterator[Case]:
    """§7.3, §8: authority by the items of each visit; two visits to one target."""
    items = [{"id": i, "internal": item_row("a")} for i in "IJ"]
    officers = [officer_row(f"O{k}", "a", authority=["IJ"[k % 2]]) for k in range(4)]
    given = matching(officers, ["a-", "a-"])
    given["record"]["tables"]["items"] = items
    given["visits"][1]["items"] = ["J"]
    yield case("authority-by-visit", "match", **given)
    given = matching([officer_row(f"O{k}") for k in range(4)], ["--", "--"])
    given["visits"][1]["id"] = "V0"
    yield case("two-visits-to-one-target", "match", **given)
    for number in (594, 790, 1470):  # by a search: what changes if a step of settling is left out
        yield case(f"few-officers-{number}", "match", **small_matching(number, groups=False))
    for number in (318, 334, 1522):  # two departments whose groups and visits cross
        yield case(f"crossing-groups-{number}", "match", **small_matching(number, groups=True))


def small_matching(number: int, groups: bool) -> Case:
    """Input of ``match``: a few visits of one or two departments and few officers, chosen by
    SHA-256, so that it is the same in every Python.
    """
    turns = itertools.count()

    def pick(among: Any) -> Any:
        digits = protocol.sha256(f"{number},{next(turns)}")[:8]
        return among[int(digits, 16) % len(among)]

    departments = pick(("D", "DE", "DE"))
    visits: list[Case] = []
    for v in range(pick((1, 2, 3, 4, 5))):
        own = pick((departments, departments[:1], departments[-1:]))
        seats = [
            {"department": d, "speciality": speciality}
            for d in own
            for speciality in pick((("", ""), ("a", ""), ("a", "b"), ("a", "b", ""), ("",)))
        ]
        items = [f"I{d}" for d in own]
        visits.append({"id": f"V{v}", "items": items, "seats": seats, "expert_seats": []})
    officers = [
        officer_row(
            f"P{n}",
            pick(("", "a", "b", "ab")),
            pick((None, None, 0, 1, 2)),
            [v["id"] for v in visits if pick((True, *[False] * 6))],
            department=pick(departments),
        )
        for n in range(pick((3, 5, 7, 9, 12)))
    ]
    parameters = {"slack": pick((0, 0, 1)), **({"team_mode": "groups"} if groups else {})}
    tables = {
        "items": [{"id": f"I{d}", "internal": item_row("", d)} for d in departments],
        "officers": officers,
    }
    record = {"salt": SALT, "parameters": parameters, "tables": tables}
    seed = protocol.sha256(f"seed {number}")
    return {"record": record, "visits": visits, "seed": seed, "purpose": "officer"}


def half_entries() -> Iterator[Case]:
    """§10.1: what has only one of the two fields of a ledger's lines is no ledger."""
    for name, text in (
        ("previous-alone", '{"previous":""}'),
        ("hash-alone", '{"hash":""}'),
        ("lines-with-previous-alone", '{"previous":""}\n{"previous":""}'),
        ("lines-with-hash-alone", '{"hash":""}\n{"hash":""}'),
        ("one-in-each-line", '{"hash":""}\n{"previous":""}'),
        ("last-line-alone", 'x\n{"hash":"","previous":""}'),
        # §1: what is read strictly holds nothing that can't be written canonically
        ("notice", '{"view":"notice"}'),
        ("key-not-ascii", '{"view":"notice","甲":1}'),
        ("large-integer", '{"view":"notice","a":9007199254740992}'),
        ("half-a-pair", r'{"view":"notice","a":"\ud800"}'),
        ("deep", '{"view":"notice","a":' + "[" * 100 + "]" * 100 + "}"),
        ("brackets-without-end", "[" * 5000),
    ):
        yield case(name, "kind_of_file", text=text)


def further_pairs() -> Iterator[Case]:
    """§10.4: attestations of another round, pairs beside another attempt, several draw records."""
    frozen, record = attested_frozen(), draw_record("small")
    notice, public = disclosure.notice(frozen), disclosure.published(record)
    for name, change in (
        ("of-this-round", dict[str, Any]()),
        ("of-another-round", {"round": "other"}),
        ("of-another-attempt", {"attempt": 2}),
    ):
        signed = attestation(notice, "甲", SECRETS[0], **change)
        yield case(name, "compare", documents=[notice, signed], ledgers=[])
    second = disclosure.notice(refrozen(small_frozen(), "attempt", 2))
    documents = [disclosure.notice(small_frozen()), public, second]
    yield case("a-pair-beside-another-attempt", "compare", documents=documents, ledgers=[])
    county = draw_record("county")
    once = amended(county, ("Q1", [_visits_of(county, "Q1")[0]], False))
    shown = disclosure.published(once)
    odd = changed(shown, "visits.0.officers", shown["visits"][0]["officers"][:1])
    for name, last in (("agree", shown), ("officers-left-out", odd)):
        for order, draws in (("draw-first", [county, once]), ("amended-first", [once, county])):
            label = f"two-draws-and-a-public-record-{name}-{order}"
            yield case(label, "compare", documents=[*draws, last], ledgers=[])


def _visits_of(record: Case, officer: str) -> list[str]:
    return sorted(t["visit"] for t in record["officers"]["taken"] if t["officer"] == officer)


def entropy_types() -> Iterator[Case]:
    """§10.2: time and place of the event are text."""
    record = draw_record("small")
    receipt = next(disclosure.receipts(record, ["S001"]))
    for name, document in (
        ("draw", record),
        ("public", disclosure.published(record)),
        ("receipt", receipt),
    ):
        for field in ("time", "place"):
            for value in ("样例", 1, None):
                odd = changed(document, f"entropy.{field}", value)
                yield case(f"{name}-{field}-as-{value}", "examine", document=odd)


def banners_of_odd_documents() -> Iterator[Case]:
    """§10.7: nothing malformed hides a banner."""
    frozen = attested_frozen()
    notice = disclosure.notice(frozen)
    signed = [attestation(notice, n, s) for n, s in zip("甲乙", SECRETS, strict=False)]
    record = attested(*map(entry, signed))
    receipt = next(disclosure.receipts(record, ["S001"]))
    public = disclosure.published(record)
    odd: list[tuple[str, Case]] = [("draw", record), ("public", public), ("receipt", receipt)]
    for path, value in (
        ("event.time", None),
        ("event.time", "明天"),
        ("round", 1),
        ("attempt", "1"),
    ):
        for name, document in (("draw", record), ("public", public), ("receipt", receipt)):
            place = path if name == "draw" else f"committed.{path}"
            odd.append((f"{name}-{path}-as-{value}", changed(document, place, value)))
            odd.append((f"{name}-without-{path}-{value}", _without(document, place)))
    bare = {**frozen, "event": {k: v for k, v in frozen["event"].items() if k != "keys"}}
    unkeyed = drawn_from({**bare, "commitment": protocol.commit(bare)})
    first16 = unkeyed["commitment"][:16]
    unkeyed["entropy"]["attestation"] = [{**entry(s), "first16": first16} for s in signed]
    yield case("signed-without-keys-examined", "examine", document=unkeyed)
    odd += [("signed-without-keys", unkeyed), ("published", disclosure.published(unkeyed))]
    keys = record["event"]["keys"]
    twice = [*keys, keys[0]]
    odd.append(("draw-with-a-key-twice", changed(record, "event.keys", twice)))
    odd.append(("public-with-a-key-twice", changed(public, "committed.event.keys", twice)))
    for name, document in odd:
        yield case(name, "banners", document=document, ledgers=[])
    for name, said in (
        ("a-void-of-nothing", {"stage": "04-void"}),
        ("a-void-of-the-round", {"stage": "04-void", "round": "tiny"}),
        ("a-void", {"stage": "04-void", "round": "tiny", "attempt": 1}),
        ("a-stage-that-is-a-number", {"stage": 4, "round": "tiny", "attempt": 1}),
    ):
        ledger = protocol.ledger_line({"n": 1, **said}, protocol.NO_HEAD)
        yield case(name, "banners", document=notice, ledgers=[ledger])
