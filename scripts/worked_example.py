"""The small record drawn step by step: the worked example of ``docs/PROTOCOL.md``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vector_groups import groups
from vector_inputs import Case, amended, draw_record

from ssj import protocol
from ssj.draw import disclosure


def worked_example() -> str:
    """The small record drawn step by step, as Markdown."""
    record = draw_record("small")
    salt, seed, tables = record["salt"], record["seed"], record["tables"]
    lines = [
        *_example_freeze(record, salt, tables),
        *_example_selection(record, seed, tables),
        *_example_teams(record, salt, seed),
        *_example_amendments(record, seed),
        *_example_groups(),
    ]
    return "\n".join(lines).replace("\n\n\n", "\n\n").strip()


def _block(*lines: str) -> list[str]:
    return ["", "```text", *lines, "```", ""]


def _text(value: Any) -> str:
    return protocol.canonical(value).decode("utf-8")


def _example_freeze(record: Case, salt: str, tables: Case) -> Iterator[str]:
    row = tables["targets"][3]
    yield f"`salt` is `{salt}`."
    yield (
        f"Row `{row['id']}` of table `targets`; its parts in canonical form, their salts and "
        "hashes (§3):"
    )
    for part in ("identity", "internal"):
        own = protocol.row_salt(salt, "targets", row["id"], part)
        yield from _block(
            f"{part}  {_text(row[part])}",
            f"HMAC of targets,{row['id']},{part}",
            f"  salt {own}",
            f"  hash {protocol.part_hash(own, row[part])}",
        )
    leaves = [protocol.leaf(salt, "targets", r) for r in tables["targets"]]
    hashes = [protocol.merkle_root([data]) for data in leaves]
    yield (
        "Leaf data of that row, the five leaf hashes, the inner nodes and the root of table "
        "`targets`:"
    )
    yield from _block(
        leaves[3].decode("utf-8"),
        "",
        *(f"{r['id']} leaf  {h}" for r, h in zip(tables["targets"], hashes, strict=True)),
        "",
        f"1–2       {protocol.merkle_root(leaves[:2])}",
        f"3–4       {protocol.merkle_root(leaves[2:4])}",
        f"1–4       {protocol.merkle_root(leaves[:4])}",
        f"root 1–5  {protocol.merkle_root(leaves)}",
    )
    proof = disclosure.merkle_proofs(leaves)[3]
    yield (
        "Proof of row S004 (index 3 of 5), lowest hash first: its neighbour S003, nodes 1–2, "
        "leaf S005:"
    )
    yield from _block(*proof)
    own = protocol.row_salt(salt, "parameters", record["round"], "internal")
    yield "Public list, parameters and salt as the commitment holds them (§4.3, §4.4):"
    public = protocol.canonical(protocol.public_list(record))
    yield from _block(
        public.decode("utf-8"),
        f"  hash {protocol.sha256(public)}",
        _text(record["parameters"]),
        f"  salt {own}",
        f"  hash {protocol.part_hash(own, record['parameters'])}",
        f"hash of the 32 bytes of salt {protocol.sha256(bytes.fromhex(salt))}",
    )
    opened = protocol.canonical(protocol.commitment_object(record))
    yield f"Commitment object, {len(opened)} bytes, and its hash, the commitment:"
    yield from _block(opened.decode("utf-8"), "", record["commitment"])


def _example_selection(record: Case, seed: str, tables: Case) -> Iterator[str]:
    yield f"Event text `{record['entropy']['text']}`; text hashed for the seed, and the seed (§5):"
    yield from _block(f"ssj/1,seed,{record['commitment']},{record['entropy']['text']}", seed)
    yield (
        "Ticket salts (HMAC of `targets,{id},ticket`) and tickets, SHA-256 of `{seed},target,"
        "{id},{ticket salt}`:"
    )
    drawn_by = {
        t["id"]: protocol.target_ticket(record, seed, "target", t["id"]) for t in tables["targets"]
    }
    yield from _block(
        *(
            line
            for i, t in drawn_by.items()
            for line in (
                f"{i} salt   {protocol.row_salt(record['salt'], 'targets', i, 'ticket')}",
                f"     ticket {t}",
                f"     T      {protocol.ticket_number(t)}",
            )
        )
    )
    yield "Selection (§6): nobody is certain here; keys, and who is drawn, in drawing order."
    yield ""
    yield (
        "| task | stratum | N | ratio | n | W | keys | drawn |\n| --- | --- | --- | --- | --- | "
        "--- | --- | --- |"
    )
    framed = protocol.frames(record)
    ratios = {
        (t["id"], s["stratum"]): s["ratio"]
        for t in tables["tasks"]
        for s in t["internal"]["strata"]
    }
    for part in record["drawn"]:
        place = part["task"], part["stratum"]
        total, n = sum(w for _, w in framed[place]), part["n"]
        keys = [
            f"{i}: {selection_key(protocol.ticket_number(drawn_by[i]), w, n, total)}"
            for i, w in framed[place]
        ]
        numbers = f"{part['count']} | {ratios[place]} | {n} | {total}"
        yield (
            f"| {place[0]} | `{place[1]}` | {numbers} | {'<br>'.join(keys)} | "
            f"{', '.join(part['by_ticket'])} |"
        )


def selection_key(t: int, size: int, n: int, total: int) -> int:
    """The integer key of §6.3."""
    return protocol.M * t * (total - n * size) // (n * size * (protocol.M - t))


def _example_teams(record: Case, salt: str, seed: str) -> Iterator[str]:
    yield (
        "\nVisits (§7), by id:\n\n| visit | tasks | items | seats | expert seats |\n| --- | --- "
        "| --- | --- | --- |"
    )

    def seats(places: list[Case]) -> str:
        return (
            ", ".join(f"{p['department'] or '–'}/{p['speciality'] or 'general'}" for p in places)
            or "none"
        )

    for v in record["visits"]:
        lists = (
            ", ".join(v["tasks"]),
            ", ".join(v["items"]),
            seats(v["seats"]),
            seats(v["expert_seats"]),
        )
        yield f"| {v['id']} | {' | '.join(lists)} |"
    yield (
        "\nVisit tickets, smallest first; under each the lots of officers and experts, smallest "
        "ticket first (§8):"
    )
    order = {
        v["id"]: protocol.target_ticket(record, seed, "visit", v["id"]) for v in record["visits"]
    }
    lines = []
    for visit in sorted(order, key=lambda i: order[i]):
        own = protocol.row_salt(salt, "targets", visit, "ticket")
        lines.append(f"{visit} visit   {order[visit]}")
        for kind, people in (("officer", ("P1", "P2", "P3")), ("expert", ("P4",))):
            lot = {p: protocol.ticket(seed, kind, f"{visit},{p}", own) for p in people}
            lines += [f"  {p} {kind} {lot[p]}" for p in sorted(lot, key=lambda p: lot[p])]
    yield from _block(*lines)
    yield (
        "Caps start at ⌈6/3⌉ + 1 = 3 for the officers; for the expert at ⌈2/1⌉ + 1 = 3, but at "
        "most 2, the number"
    )
    yield "of all expert seats. None has to rise. Teams:"
    yield "\n| visit | seat | taken by | choices |\n| --- | --- | --- | --- |"
    for taken in (t for k in ("officers", "experts") for t in record[k]["taken"]):
        yield f"| {taken['visit']} | {seats([taken])} | {taken['officer']} | {taken['choices']} |"


def _example_amendments(record: Case, seed: str) -> Iterator[str]:
    """Two replacements in the small record (§8.6)."""
    whole = amended(record, ("P3", ["S001"], False), ("P3", ["S002", "S005"], True))
    caps = protocol.caps_now(record, "officer")[0]
    yield (
        "\nReplacements (§8.6): P3 is recused from S001 (`all` false), and is then unavailable for "
        "the rest of the round (`all` true, `visits` S002 and S005). Lots are those above; who "
        "sits in the visit is passed over silently. The draw left the caps "
        f"{', '.join(f'{o} {cap}' for o, cap in sorted(caps.items()))}."
    )
    columns = ("amendment", "vacated", "lot, but who sits there", "taken by", "choices", "skipped")
    yield "\n" + "\n".join(_head(*columns, "raised"))
    for number, amendment in enumerate(whole["amendments"], 1):
        before = {**record, "amendments": whole["amendments"][: number - 1]}
        sits = {(t["visit"], t["officer"]) for t in protocol.teams_now(before)["officers"]} - {
            (visit, amendment["officer"]) for visit in amendment["visits"]
        }
        skipped: dict[str, list[str]] = {}
        for s in amendment["skipped"]:
            skipped.setdefault(s["visit"], []).append(f"{s['officer']}: `{s['reason']}`")
        for taken in amendment["taken"]:
            visit = taken["visit"]
            own = protocol.row_salt(record["salt"], "targets", visit, "ticket")
            lot = sorted(
                (protocol.ticket(seed, "officer", f"{visit},{o}", own), o)
                for o in ("P1", "P2", "P3")
                if (visit, o) not in sits
            )
            yield (
                f"| {number} | {visit} {_seat(taken)} | {', '.join(o for _, o in lot)} | "
                f"{taken['officer']} | {taken['choices']} | "
                f"{', '.join(skipped.get(visit, [])) or 'none'} | "
                f"{', '.join(r['officer'] for r in amendment['raised']) or 'none'} |"
            )
    after = protocol.teams_now(whole)["officers"]
    gone = ", ".join(f"{t['visit']} {_seat(t)}: {t['officer']}" for t in after)
    yield f"\nWho goes after both, in matching order: {gone}."


def _head(*columns: str) -> tuple[str, str]:
    """The head of a table."""
    return f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"


def _seat(place: Case) -> str:
    return f"{place['department'] or '–'}/{place['speciality'] or 'general'}"


def _example_groups() -> Iterator[str]:
    """A case of ``groups.json``, step by step (§8.7)."""
    name = "unable-without-the-speciality"
    given = next(c["input"] for c in groups() if c["name"] == name)
    record, seed, visits = given["record"], given["seed"], given["visits"]
    result = protocol.match(record, visits, seed, "officer")
    people = [o["id"] for o in record["tables"]["officers"]]
    skills = {o["id"]: o["internal"]["specialities"] for o in record["tables"]["officers"]}
    made = result["groups"]["made"]
    named = [f"{o} ({skills[o][0]})" if skills[o] else o for o in people]
    parts = [f"{v['id']}: {', '.join(map(_seat, v['seats']))}" for v in visits]
    yield (
        f"\nGroups (§8.7): the case `{name}` of `groups.json`. Officers {', '.join(named)}; visits "
        f"{'; '.join(parts)}. g = {max(len(v['seats']) for v in visits)}, n = {len(people)}, "
        f"b = {len(made)} groups. `salt` is `{record['salt']}`, the seed"
    )
    yield from _block(seed)
    k = made[0]["k"]
    salts = {o: protocol.row_salt(record["salt"], "officers", o, "ticket") for o in people}
    lot = sorted((protocol.ticket(seed, f"group,{k}", o, salts[o]), o) for o in people)
    yield f"Tickets of `group,{k}`, smallest first, and the group that each is dealt to:"
    yield from _block(*(f"{o} {t} group {p % len(made)}" for p, (t, o) in enumerate(lot)))
    start = -(-len(visits) // len(made)) + record["parameters"]["slack"]
    ends = [f"{g['id']} ends at {g['cap']} (`by` {g['by']})" for g in made]
    yield (
        f"All parts can be allotted with k = {k}, the first that does. Caps start at "
        f"⌈{len(visits)}/{len(made)}⌉ + {record['parameters']['slack']} = {start}; "
        f"{', '.join(ends)}. Parts in matching order, with the lot of the groups, and in brackets "
        "the `choices` of each seat, its candidates in the whole pool:"
    )
    columns = ("visit", "lot of groups", "passed over", "allotted to", "choices", "seats")
    yield "\n" + "\n".join(_head(*columns))
    for allotted in result["groups"]["allotted"]:
        visit = allotted["visit"]
        own = protocol.row_salt(record["salt"], "targets", visit, "ticket")
        order = sorted(
            (protocol.ticket(seed, "officer", f"{visit},{g['id']}", own), g["id"]) for g in made
        )
        lots = ", ".join(f"{group} `{ticket[:8]}…`" for ticket, group in order)
        passed = [
            f"{s['group']}: `{s['reason']}`"
            for s in result["groups"]["skipped"]
            if s["visit"] == visit
        ]
        seats = [
            f"{_seat(t)}: {t['officer']} ({t['choices']})"
            for t in result["taken"]
            if t["visit"] == visit
        ]
        yield (
            f"| {visit} | {lots} | {', '.join(passed) or 'none'} | {allotted['group']} | "
            f"{allotted['choices']} | {', '.join(seats)} |"
        )
