"""Small random rounds, drawn, amended and tampered with, as test vectors: what Python says, for the
other implementation to say too.

``python tests/browser/random_records.py FIRST COUNT`` writes one vector for each line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]
from vector_inputs import case  # noqa: E402

from ssj import protocol  # noqa: E402
from ssj.draw import disclosure  # noqa: E402

Record = dict[str, Any]
DEPARTMENTS, SPECIALITIES, CATEGORIES = ("甲局", "乙局"), "abc", "气水"


def _some(random: Random, values: Any, most: int) -> list[Any]:
    return sorted(random.sample(list(values), random.randint(0, min(most, len(values)))))


def frozen(random: Random) -> Record:
    """A frozen record: few targets, fewer officers, everything that the protocol reads varied."""

    def row(identifier: str, **internal: Any) -> Record:
        return {
            "id": identifier,
            "identity": {"id": identifier, "name": f"样例{identifier}"},
            "internal": internal,
        }

    departments = DEPARTMENTS[: random.choice((1, 1, 2))]
    items = [
        row(
            f"I{k}",
            department=random.choice(departments),
            specialities=_some(random, SPECIALITIES, random.choice((0, 1, 2))),
            categories=random.choice((["气", "水"], ["气", "水"], ["气"])),
            expert=random.random() < 0.2,
        )
        for k in range(random.randint(1, 4))
    ]
    item_ids, targets = [i["id"] for i in items], [f"S{k}" for k in range(random.randint(1, 7))]
    people = [f"P{k:02}" for k in range(random.choice((4, 7, 10, 14, 18, 24)))]
    officers = [
        row(
            p,
            kind=random.choice(("officer",) * 7 + ("expert",) * 2 + ("staff",)),
            department=random.choice(departments),
            specialities=_some(random, SPECIALITIES, 3),
            authority=random.choice(([], [], [], _some(random, item_ids, 4))),
            recusals=random.choice(([], _some(random, targets, 2))),
            available=random.random() < 0.93,
            cap=random.choice((None, None, None, None, random.randint(0, 5))),
        )
        for p in people
    ]
    strata = {f"R{k}": random.choice(("*", "AB")) for k in range(random.randint(1, 3))}
    tasks = [
        row(
            t,
            items=_some(random, item_ids, 3) or item_ids[:1],
            team_size=random.choice((0, 2, 2, 3)),
            expert=random.random() < 0.2,
            strata=[
                {"stratum": s, "ratio": random.choice(("0.2", "0.5", "0.9", "1"))} for s in own
            ],
        )
        for t, own in strata.items()
    ]
    rows = [
        row(
            t,
            category=random.choice(CATEGORIES),
            public=random.random() < 0.8,
            frames=[
                {
                    "task": task,
                    "stratum": random.choice(own),
                    "size": random.choice((0, 1, 1, 2, 5, 30)),
                }
                for task, own in strata.items()
                if random.random() < 0.8
            ],
            **({"rotation": _some(random, people, 3)} if random.random() < 0.4 else {}),
        )
        for t in targets
    ]
    parameters = {
        "slack": random.choice((0, 0, 1)),
        "demonstration": random.random() < 0.5,
        "receipt_internal": random.random() < 0.3,
    }
    if random.random() < 0.4:
        parameters["team_mode"] = random.choice(("visits", "groups", "groups", "groups"))
    if random.random() < 0.4:
        parameters["official_draw"] = random.choice(("here", "platform", "platform"))
    kind, count = random.choice((("dice", 16), ("beacon", 40), ("lotto", 2)))
    record = {
        "protocol": protocol.PROTOCOL,
        "round": "样例",
        "attempt": random.randint(1, 3),
        "salt": random.randbytes(32).hex(),
        "parameters": parameters,
        "tables": {"items": items, "officers": officers, "targets": rows, "tasks": tasks},
        "event": {"kind": kind, "count": count, "form": protocol.event_form(kind, count)},
        "code": {},
        "ledger_head": protocol.NO_HEAD,
    }
    return {**record, "commitment": protocol.commit(record)}


def _text(random: Random, event: Record) -> str:
    if event["kind"] == "dice":
        return "".join(random.choices("123456", k=event["count"]))
    if event["kind"] == "beacon":
        return "".join(random.choices("0123456789abcdef", k=event["count"] // 4))
    parts = [
        [
            ",".join(f"{n:02}" for n in sorted(random.sample(range(1, of + 1), m)))
            for m, of in ((5, 35), (2, 12))
        ]
        for _ in range(event["count"])
    ]
    return ";".join("+".join(part) for part in parts)


def _external(random: Random, record: Record) -> dict[str, Any]:
    """What a round drawn elsewhere is given besides the text."""
    if not protocol.drawn_elsewhere(record["parameters"]):
        return {}
    ids = [t["id"] for t in record["tables"]["targets"]]
    lists = {
        t["id"]: random.sample(ids, random.randint(0, len(ids)))
        for t in record["tables"]["tasks"]
        if random.random() < 0.8
    }
    if random.random() < 0.05:
        lists[random.choice(("R0", "R9"))] = [random.choice((*ids, "S99")), ids[0]]
    return {"external": lists}


def _request(random: Random, record: Record) -> tuple[str, list[str], bool]:
    """Who is taken off which visits; now and then somebody who has no seat there."""
    seated = [
        (t["officer"], t["visit"]) for taken in protocol.teams_now(record).values() for t in taken
    ]
    officer = (
        random.choice(seated)[0]
        if random.random() < 0.95
        else random.choice(record["tables"]["officers"])["id"]
    )
    own = sorted(v for o, v in seated if o == officer)
    if random.random() < 0.03:
        own = [*own[::-1], random.choice(record["visits"])["id"]]
    whole = random.random() < 0.5
    return (
        officer,
        own if whole else sorted(random.sample(own, random.randint(min(1, len(own)), len(own)))),
        whole,
    )


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list) and value:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, (*path, key))
    else:
        yield path


def _tampered(random: Random, document: Record) -> Record:
    """A copy with one value changed, in a part that is chosen first, so that small parts have their
    turn.
    """
    copy = json.loads(json.dumps(document))
    part = random.choice([key for key in copy if key != "code"])
    *way, last = random.choice(list(_leaves(copy[part], (part,))))
    inner: Any = copy
    for key in way:
        inner = inner[key]
    old = inner[last]
    other = (
        (not old)
        if isinstance(old, bool)
        else old + 1
        if isinstance(old, int)
        else random.choice((f"{old or ''}X", None, [], 7, "P01", "S1"))
    )
    if random.random() < 0.2 and isinstance(inner, list):
        inner.insert(last, old)
    elif random.random() < 0.2 or (inner is copy and last in ("protocol", "view")):
        del inner[last]
    else:
        inner[last] = other
    return copy


def vectors(number: int) -> Iterator[dict[str, Any]]:
    """Everything about one random round: its draw, its replacements, refusals among them, and its
    documents, sound and tampered with.
    """
    random = Random(number)
    record = frozen(random)
    given = {"record": record, "text": _text(random, record["event"]), **_external(random, record)}
    drawn = case(f"{number}-draw", "draw", **given)
    yield drawn
    if "expected" not in drawn:
        return
    record = {**record, "entropy": {"text": given["text"]}, **drawn["expected"]}
    for turn in range(random.choice((0, 1, 2, 4, 7)) if record["visits"] else 0):
        officer, visits, whole = _request(random, record)
        replaced = case(
            f"{number}-replace-{turn}",
            "replace",
            record=record,
            officer=officer,
            visits=visits,
            whole=whole,
        )
        yield replaced
        if "expected" in replaced:
            amendment = {
                "officer": officer,
                "visits": visits,
                "all": whole,
                "reason": "样例",
                "date": "2021-12-01",
                **replaced["expected"],
            }
            record = {**record, "amendments": [*record.get("amendments", []), amendment]}
    yield case(f"{number}-teams", "teams_now", record=record)
    documents = [
        record,
        disclosure.notice(record),
        disclosure.published(record),
        *disclosure.receipts(record, [random.choice(record["tables"]["targets"])["id"]]),
    ]
    for k, document in enumerate(documents):
        yield case(f"{number}-document-{k}", "examine", document=document)
    for k in range(12):
        yield case(
            f"{number}-tampered-{k}",
            "examine",
            document=_tampered(random, random.choice((record, record, record, *documents))),
        )


def agree(vector: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether the other's answer is the vector's; of steps only those up to the first that fails
    (§10.1).
    """
    if (
        vector["function"] == "draw"
        and vector["input"]["record"]["parameters"].get("team_mode") == protocol.GROUPS
    ):
        answer.pop("hall_set", None)  # what the refusal names is not specified (§8.7)
    wanted = {k: vector[k] for k in ("expected", "error", "hall_set") if k in vector}
    if vector["function"] == "examine" and "expected" in wanted and "expected" in answer:
        failing = next(
            (k for k, (_, holds) in enumerate(wanted["expected"]) if holds is False),
            len(wanted["expected"]),
        )
        wanted, answer = (
            {"expected": steps["expected"][: failing + 1]} for steps in (wanted, answer)
        )
    return wanted == answer


if __name__ == "__main__":
    first, count = map(int, sys.argv[1:])
    for one in range(first, first + count):
        for vector in vectors(one):
            print(json.dumps(vector, ensure_ascii=False))
