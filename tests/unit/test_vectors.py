"""The test vectors: each is run, none has drifted, and expected values follow from the
specification by other means.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import sys
from collections import Counter
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from functools import cache
from math import ceil, floor
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
VECTORS = PROJECT / "tests" / "vectors"
sys.path.insert(0, str(PROJECT / "scripts"))
import make_vectors  # noqa: E402
import vector_inputs  # noqa: E402

FILES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(VECTORS.glob("*.json"))
}
ALL = [
    pytest.param(c, id=f"{name}-{c['name']}") for name, file in FILES.items() for c in file["cases"]
]


def cases(function):
    """Inputs and expected values of all cases of one function that are not errors."""
    return [
        pytest.param(c["input"], c["expected"], id=f"{name}-{c['name']}")
        for name, file in FILES.items()
        for c in file["cases"]
        if c["function"] == function and "expected" in c
    ]


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value):
    """Canonical text of what has neither floats nor keys beyond ASCII, by the json module alone."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def salt_of(salt, *words):
    return hmac.digest(bytes.fromhex(salt), ",".join(words).encode(), "sha256").hex()


@pytest.mark.parametrize("vector", ALL)
def test_vector(vector):
    answer = vector_inputs.run(vector["function"], vector["input"])
    assert answer == {k: v for k, v in vector.items() if k not in ("name", "function", "input")}


def test_vectors_are_as_the_script_writes_them(tmp_path):
    make_vectors.main(tmp_path)
    fresh = {p.name: p.read_bytes() for p in (tmp_path / "vectors").iterdir()}
    kept = {p.name: p.read_bytes() for p in VECTORS.iterdir()}
    assert sorted(fresh) == sorted(kept)
    assert [name for name in kept if fresh[name] != kept[name]] == [], (
        "python scripts/make_vectors.py writes them anew"
    )


def test_the_worked_example_is_as_the_script_writes_it():
    text = (PROJECT / "docs" / "PROTOCOL.md").read_text(encoding="utf-8")
    assert make_vectors.with_example(text) == text, "python scripts/make_vectors.py writes it anew"


def test_every_requirement_names_its_vectors():
    """PROTOCOL §12: requirements are numbered on, and each file of vectors belongs to one."""
    text = (PROJECT / "docs" / "PROTOCOL.md").read_text(encoding="utf-8")
    part = text[text.index("## §12 ") : text.index("## §13 ")]
    rows = re.findall(r"^\| Q(\d+) \| .* \| (.*) \| (.*) \|$", part, re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, len(rows) + 1))
    named = [name for _, _, files in rows for name in re.findall(r"`(\w+)`", files)]
    assert sorted(named) == sorted(FILES)
    sections = {s for _, said, _ in rows for s in re.findall(r"§[\d.]+", said)}
    assert sections <= set(re.findall(r"^#+ (§[\d.]+) ", text, re.MULTILINE))


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_one_purpose_and_each_case_a_name(name):
    file = FILES[name]
    assert file["purpose"] == name
    assert file["section"].startswith("§")
    assert max(Counter(c["name"] for c in file["cases"]).values()) == 1
    assert all(("expected" in c) != ("error" in c) for c in file["cases"])


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("commitment", 3),
        ("seed", 4),
        ("selection", 5),
        ("visits", 6),
        ("teams", 7),
        ("groups", 7),
        ("amendments", 7),
    ],
)
def test_what_is_tampered_with_fails_first_at_its_own_step(name, step):
    assert {c["expected"] for c in FILES[f"tampered_{name}"]["cases"]} == {step}


# --- §3 to §5 by hashlib alone ---

# of the reference tests of Certificate Transparency (RFC 6962), for its first 0 to 8 leaves
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_merkle_roots_are_the_published_ones():
    assert [c["expected"] for c in FILES["merkle_roots"]["cases"][:9]] == CT_ROOTS


def root_of(leaves):
    """Root by pairing level by level; an odd one out moves up as it is."""
    level = [hashlib.sha256(b"\0" + data.encode()).digest() for data in leaves] or [
        hashlib.sha256(b"").digest()
    ]
    while len(level) > 1:
        pairs = [level[k : k + 2] for k in range(0, len(level), 2)]
        level = [
            hashlib.sha256(b"\1" + b"".join(p)).digest() if len(p) == 2 else p[0] for p in pairs
        ]
    return level[0].hex()


@pytest.mark.parametrize(("given", "expected"), cases("commitment"))
def test_commitment(given, expected):
    record, salt = given["record"], given["record"]["salt"]

    def hidden(table, identifier, part, values):
        return sha(plain({"salt": salt_of(salt, table, identifier, part), "values": values}))

    def leaf(table, row):
        return plain(
            {
                "id": row["id"],
                **{p: hidden(table, row["id"], p, row[p]) for p in ("identity", "internal")},
                "ticket": sha(salt_of(salt, table, row["id"], "ticket")),
            }
        )

    targets = record["tables"]["targets"]
    named = [
        {"id": t["id"], "name": t["identity"]["name"]} for t in targets if t["internal"]["public"]
    ]
    opened = {
        **{
            key: record[key]
            for key in ("protocol", "round", "attempt", "event", "code", "ledger_head")
        },
        "demonstration": record["parameters"]["demonstration"],
        "tables": {
            n: {"rows": len(t), "root": root_of(leaf(n, r) for r in t)}
            for n, t in record["tables"].items()
        },
        "public_list": sha(plain({"targets": named, "unnamed": len(targets) - len(named)})),
        "parameters": hidden("parameters", record["round"], "internal", record["parameters"]),
        "salt": hashlib.sha256(bytes.fromhex(salt)).hexdigest(),
    }
    if record["parameters"].get("official_draw") == "platform":
        opened["official_draw"] = "platform"
    assert plain(opened) == expected["object"]
    assert sha(plain(opened)) == expected["commitment"]


@pytest.mark.parametrize(("given", "expected"), cases("seed_of"))
def test_seed(given, expected):
    assert sha("ssj/1,seed," + given["commitment"] + "," + given["text"]) == expected


@pytest.mark.parametrize(("given", "expected"), cases("ticket"))
def test_ticket(given, expected):
    assert (
        sha(",".join(given[k] for k in ("seed", "purpose", "identifier", "ticket_salt")))
        == expected
    )


def test_ledger_lines_link():
    lines = [
        json.loads(c["expected"])
        for c in FILES["ledger_chain"]["cases"]
        if c["function"] == "ledger_line"
    ]
    for line in lines:
        assert line["hash"] == sha(plain({k: v for k, v in line.items() if k != "hash"}))
    assert [line["previous"] for line in lines] == ["0" * 64, lines[0]["hash"]]


# --- §6 in decimal and rational numbers ---


@pytest.mark.parametrize(("given", "expected"), cases("sample_size"))
def test_sample_size(given, expected):
    exact = Decimal(given["ratio"]) * given["count"]
    assert expected == min(int(exact.to_integral_value(ROUND_CEILING)), given["count"])


@pytest.mark.parametrize(("given", "expected"), cases("select"))
def test_selection(given, expected):
    left, n, certain = [u for u in given["units"] if u["size"]], given["n"], []
    while n:
        chance = {u["id"]: Fraction(n * u["size"], sum(v["size"] for v in left)) for u in left}
        sure = [i for i, c in chance.items() if c >= 1]
        if not sure:
            break
        certain, n, left = certain + sure, n - len(sure), [u for u in left if u["id"] not in sure]
    assert sorted(certain) == expected["certain"]

    def key(u):
        place, c = Fraction(int(u["ticket"][:13], 16), 2**52), chance[u["id"]]
        return floor(2**52 * place / (1 - place) * (1 - c) / c), u["ticket"], u["id"]

    assert (
        [u["id"] for u in sorted(left, key=key)[:n]] == expected["by_ticket"]
        if n
        else expected["by_ticket"] == []
    )


def test_equal_sizes_draw_the_smallest_tickets():
    for vector in FILES["select_equal_sizes"]["cases"]:
        ids = [u["id"] for u in sorted(vector["input"]["units"], key=lambda u: u["ticket"])]
        assert vector["expected"] == {"certain": [], "by_ticket": ids[: vector["input"]["n"]]}


# --- §8 by its definition: every question is answered by trying all assignments ---


def filled(seats, caps):
    """The largest number of seats that can be filled; a seat is (visit, candidates)."""
    people = sorted(caps)

    @cache
    def best(k, left, here):
        if k == len(seats):
            return 0
        visit, candidates = seats[k]
        here = here if k and seats[k - 1][0] == visit else frozenset()
        answer = best(k + 1, left, here)
        for o in candidates:
            p = people.index(o)
            if left[p] > 0 and o not in here and answer < len(seats) - k:
                answer = max(
                    answer, 1 + best(k + 1, (*left[:p], left[p] - 1, *left[p + 1 :]), here | {o})
                )
        return answer

    return best(0, tuple(caps[p] for p in people), frozenset())


def vectors_of(function):
    """Vectors of one function that are about its matter: an answer, or a Hall set."""
    return [
        p
        for p in ALL
        if p.values[0]["function"] == function
        and ("expected" in p.values[0] or "hall_set" in p.values[0])
    ]


def pool_of(record, purpose):
    return {
        o["id"]: o["internal"]
        for o in record["tables"]["officers"]
        if o["internal"]["kind"] == purpose and o["internal"]["available"]
    }


def lots_of(record, seed, purpose, visits):
    """(place, lot) of each seat in matching order; the lot: all who fit, by their tickets."""
    people, found = pool_of(record, purpose), []
    salts = {v["id"]: salt_of(record["salt"], "targets", v["id"], "ticket") for v in visits}
    for v in sorted(visits, key=lambda v: sha(f"{seed},visit,{v['id']},{salts[v['id']]}")):
        lot = sorted(people, key=lambda o: sha(f"{seed},{purpose},{v['id']},{o},{salts[v['id']]}"))
        for place in v["seats" if purpose == "officer" else "expert_seats"]:
            found.append(
                (
                    {"visit": v["id"], **place},
                    [
                        o
                        for o in lot
                        if place["speciality"] in ("", *people[o]["specialities"])
                        and (purpose == "expert" or authorised(record, people[o], v, place))
                    ],
                )
            )
    return found


def authorised(record, person, visit, place):
    """§7.3: over all items that require the speciality, or for a general seat over one at least."""
    items = {i["id"]: i["internal"] for i in record["tables"]["items"]}
    here = {i for i in visit["items"] if items[i]["department"] == place["department"]}
    needed = {i for i in here if place["speciality"] in items[i]["specialities"]}
    own = set(person["authority"])
    return not own or (needed <= own if place["speciality"] else bool(here & own))


def barred(record, purpose):
    """Why an officer may not go to a visit: recusal, rotation, or nothing."""
    people = pool_of(record, purpose)
    rotation = {
        t["id"]: t["internal"].get("rotation", []) for t in record["tables"].get("targets", [])
    }
    return lambda v, o: (
        "recusal" if v in people[o]["recusals"] else "rotation" if o in rotation.get(v, []) else ""
    )


def first_caps(record, purpose, number):
    """Caps to start from, with ``number`` seats in all, and ceilings; one department."""
    people = pool_of(record, purpose)
    start = ceil(Fraction(number, len(people) or 1)) + record["parameters"]["slack"]
    ceilings = {o: number if own["cap"] is None else own["cap"] for o, own in people.items()}
    return {o: min(start, ceilings[o]) for o in people}, ceilings


def by_definition(lots, bar, first, ceilings, kept):
    """§8.1 to §8.4: what a matching of these lots gives, or its Hall set; ``kept``: seats that each
    has besides.
    """
    seats = [
        (place["visit"], [o for o in lot if not bar(place["visit"], o)]) for place, lot in lots
    ]
    caps = dict(first)
    while filled(seats, caps) < len(seats):
        more = [
            o
            for o in caps
            if caps[o] < ceilings[o]
            and filled(seats, {**caps, o: caps[o] + 1}) > filled(seats, caps)
        ]
        if not more:
            short = [
                k
                for k in range(len(seats))
                if filled(seats[:k] + seats[k + 1 :], caps) == filled(seats, caps)
            ]
            officers = sorted({o for k in short for o in seats[k][1]})
            return {
                "error": "ProtocolError",
                "hall_set": {"seats": [lots[k][0] for k in short], "officers": officers},
            }
        caps = {o: c + (o in more) for o, c in caps.items()}
    raised = [
        {"officer": o, "by": caps[o] - first[o], "cap": caps[o] + kept[o]}
        for o in sorted(caps)
        if caps[o] > first[o]
    ]
    taken, skipped, settled = [], [], []
    for k, (visit, candidates) in enumerate(seats):
        place, lot = lots[k]
        for o in lot:
            if (visit, o) in settled:
                continue
            rest = [
                (v, [c for c in own if (v, c) not in [*settled, (visit, o)]])
                for v, own in seats[k + 1 :]
            ]
            used = Counter(c for _, c in [*settled, (visit, o)])
            reason, short, left = bar(visit, o), [], {c: caps[c] - used[c] for c in caps}
            if not reason and used[o] > caps[o]:
                reason = "cap"
            elif not reason and filled(rest, left) < len(rest):
                reason = "look_ahead"
                short = sorted(
                    {
                        v
                        for j, (v, _) in enumerate(rest)
                        if filled(rest[:j] + rest[j + 1 :], left) == len(rest) - 1
                    }
                )
            if not reason:
                taken.append({**place, "officer": o, "choices": len(candidates)})
                settled.append((visit, o))
                break
            skipped.append({**place, "officer": o, "reason": reason, "short": short})
    return {"expected": {"taken": taken, "raised": raised, "skipped": skipped}}


def answer(vector):
    return {k: v for k, v in vector.items() if k not in ("name", "function", "input")}


def in_groups(vector):
    return (
        vector["input"]["record"]["parameters"].get("team_mode") == "groups"
        and vector["input"]["purpose"] == "officer"
    )


@pytest.mark.parametrize("vector", [p for p in vectors_of("match") if not in_groups(p.values[0])])
def test_matching(vector):
    record, visits, seed, purpose = (
        vector["input"][k] for k in ("record", "visits", "seed", "purpose")
    )
    lots = lots_of(record, seed, purpose, visits)
    caps = first_caps(record, purpose, len(lots))
    assert by_definition(lots, barred(record, purpose), *caps, Counter()) == answer(vector)


@pytest.mark.parametrize(
    "vector", [p for p in ALL if p.values[0]["function"] == "match" and in_groups(p.values[0])]
)
def test_groups(vector):
    """§8.7 sentence by sentence; departments don't touch each other."""
    record, visits, seed = (vector["input"][k] for k in ("record", "visits", "seed"))
    departments = sorted({s["department"] for v in visits for s in v["seats"]})
    found = [groups_of(record, visits, seed, department) for department in departments]
    if None in found:
        assert vector["error"] == "ProtocolError"
        return
    order = list(dict.fromkeys(p["visit"] for p, _ in lots_of(record, seed, "officer", visits)))

    def together(key):
        """In matching order: visits by their tickets, in a visit the departments sorted."""
        rows = [row for own in found for row in own[key]]
        return sorted(rows, key=lambda row: (order.index(row["visit"]), row["department"]))

    assert vector["expected"] == {
        "taken": together("taken"),
        "raised": [],
        "skipped": together("skipped"),
        "groups": {
            "made": [group for own in found for group in own["made"]],
            "allotted": together("allotted"),
            "skipped": together("passed"),
        },
    }


def groups_of(record, visits, seed, department):
    """One department's groups, parts and seats; None if no cut will do."""
    there = [o for o in record["tables"]["officers"] if o["internal"]["department"] == department]
    record = {**record, "tables": {**record["tables"], "officers": there}}
    seats = {v["id"]: [s for s in v["seats"] if s["department"] == department] for v in visits}
    visits = [{**v, "seats": seats[v["id"]]} for v in visits if seats[v["id"]]]
    lots, bar, people = (
        lots_of(record, seed, "officer", visits),
        barred(record, "officer"),
        pool_of(record, "officer"),
    )
    order = list(dict.fromkeys(place["visit"] for place, _ in lots))
    parts = {v: [(place, lot) for place, lot in lots if place["visit"] == v] for v in order}
    limits = {
        o: len(parts) if own["cap"] is None else own["cap"]
        for o, own in people.items()
        if own["cap"] != 0
    }
    b = len(limits) // max(map(len, parts.values()))

    def ticket(purpose, name, table, row):
        return sha(f"{seed},{purpose},{name},{salt_of(record['salt'], table, row, 'ticket')}")

    def can(members, v):
        seats = [(v, [o for o in lot if o in members and not bar(v, o)]) for _, lot in parts[v]]
        return filled(seats, dict.fromkeys(members, 1)) == len(seats)

    for k in range(1000 if b else 0):
        dealt = sorted(limits, key=lambda o: (ticket(f"group,{k}", o, "officers", o), o))
        groups = {"+".join(m): m for m in (sorted(dealt[p::b]) for p in range(b))}
        able = {(v, g) for v in order for g, m in groups.items() if can(m, v)}
        ceilings = {g: min(limits[o] for o in m) for g, m in groups.items()}
        first = {
            g: min(ceil(Fraction(len(parts), b)) + record["parameters"]["slack"], c)
            for g, c in ceilings.items()
        }
        own = [
            (
                {"visit": v, "department": department},
                sorted(groups, key=lambda g: (ticket("officer", f"{v},{g}", "targets", v), g)),
            )
            for v in order
        ]
        found = by_definition(
            own,
            lambda v, g, able=able: "" if (v, g) in able else "unable",
            first,
            ceilings,
            Counter(),
        )
        if "expected" in found:
            break
    else:
        return None
    rows = {
        key: [
            {("group" if k == "officer" else k): v for k, v in row.items()}
            for row in found["expected"][key]
        ]
        for key in ("taken", "skipped")
    }
    by = {r["officer"]: r["by"] for r in found["expected"]["raised"]}
    made = [
        {
            "id": g,
            "department": department,
            "k": k,
            "members": groups[g],
            "by": by.get(g, 0),
            "cap": first[g] + by.get(g, 0),
        }
        for g in sorted(groups)
    ]
    taken, skipped = [], []
    for row in rows["taken"]:
        members = groups[row["group"]]
        inside = [(place, [o for o in lot if o in members]) for place, lot in parts[row["visit"]]]
        once = dict.fromkeys(members, 1)
        seated = by_definition(inside, bar, once, once, Counter())["expected"]
        candidates = [sum(not bar(row["visit"], o) for o in lot) for _, lot in parts[row["visit"]]]
        taken += [{**t, "choices": c} for t, c in zip(seated["taken"], candidates, strict=True)]
        skipped += seated["skipped"]
    return {
        "taken": taken,
        "skipped": skipped,
        "made": made,
        "allotted": rows["taken"],
        "passed": rows["skipped"],
    }


@pytest.mark.parametrize(
    "vector",
    [
        p
        for p in vectors_of("replace")
        if "groups" not in p.values[0]["input"]["record"]["officers"]
    ],
)
def test_replacement(vector):
    """§8.6 sentence by sentence: who sits where and under which caps, then the vacated seats by
    §8.1 to §8.4.
    """
    record, officer, visits = (vector["input"][k] for k in ("record", "officer", "visits"))
    purpose = next(
        o["internal"]["kind"] for o in record["tables"]["officers"] if o["id"] == officer
    )
    places, amendments = (
        {"officer": "seats", "expert": "expert_seats"}[purpose],
        record.get("amendments", []),
    )
    sits = {
        (t["visit"], t["officer"]): {"department": t["department"], "speciality": t["speciality"]}
        for t in record[f"{purpose}s"]["taken"]
    }
    caps, ceilings = first_caps(record, purpose, sum(len(v[places]) for v in record["visits"]))
    rises = record[f"{purpose}s"]["raised"] + [r for a in amendments for r in a["raised"]]
    caps = {o: c + sum(r["by"] for r in rises if r["officer"] == o) for o, c in caps.items()}
    for amendment in amendments:
        for t in amendment["taken"]:
            sits[t["visit"], t["officer"]] = sits.pop((t["visit"], amendment["officer"]))
    vacated = {v: sits.pop((v, officer)) for v in visits}
    kept = Counter(o for _, o in sits)
    off = {
        (v, a["officer"])
        for a in amendments
        for v in (a["visits"] if not a["all"] else [w["id"] for w in record["visits"]])
    }
    bar = barred(record, purpose)
    lots = lots_of(
        record,
        record["seed"],
        purpose,
        [{**v, places: [vacated[v["id"]]]} for v in record["visits"] if v["id"] in vacated],
    )
    lots = [(place, [o for o in lot if (place["visit"], o) not in sits]) for place, lot in lots]
    room = [{o: c - kept[o] for o, c in limits.items()} for limits in (caps, ceilings)]
    found = by_definition(
        lots,
        lambda v, o: bar(v, o) or ("amended" if o == officer or (v, o) in off else ""),
        *room,
        kept,
    )
    assert found == answer(vector)


@pytest.mark.parametrize(("given", "expected"), cases("teams_now"))
def test_who_goes_now(given, expected):
    record = given["record"]
    for key in ("officers", "experts"):
        now = list(record[key]["taken"])
        for amendment in record.get("amendments", []):
            for t in amendment["taken"]:
                now = [
                    t if (s["visit"], s["officer"]) == (t["visit"], amendment["officer"]) else s
                    for s in now
                ]
        assert now == expected[key]


@pytest.mark.parametrize(
    ("given", "expected"), [p for p in cases("draw") if "external" in p.values[0]]
)
def test_a_list_from_elsewhere_is_taken_as_it_is(given, expected):
    drawn = [
        {"task": t["id"], "external": sorted(given["external"].get(t["id"], []))}
        for t in given["record"]["tables"]["tasks"]
    ]
    assert expected["drawn"] == drawn
    assert [v["id"] for v in expected["visits"]] == sorted(
        {i for part in drawn for i in part["external"]}
    )
