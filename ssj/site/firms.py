"""One firm over the rounds: pages that stay where they are, and the index that finds them.

A firm's page follows from its id alone (:func:`shard`), so its address stays as others come. The
index lies in buckets by two characters of a name, or by a whole code: a search loads one bucket,
not all names. ``ssj/templates/site/search.js`` reads it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from ssj.base import inlined
from ssj.base.formats import plain
from ssj.protocol import sha256
from ssj.site.model import Result, Round, Site, Visit

SHARDS = 512
BUCKET = 24_000  # bytes that a bucket should hold
COMMON = 400  # firms: two characters that more have in their names find nobody in particular
PER_LIST = 400


@dataclass
class Firm:
    """A drawn target that may be named, with every visit of an attempt that counts."""

    id: str
    name: str
    seen: list[tuple[Round, int, Visit, Result | None]] = field(default_factory=list)

    @property
    def link(self) -> str:
        """Its page, from the site's root."""
        return link(self.id)


def shard(identifier: str) -> str:
    """The page of a target: ``1a3``, three hex digits below 512."""
    return f"{int(sha256(identifier.encode())[:8], 16) % SHARDS:03x}"


def link(identifier: str) -> str:
    """The address of a target's entry, from the site's root."""
    return f"firm/{shard(identifier)}.html#{identifier}"


def firms(site: Site) -> list[Firm]:
    """All firms in order of their ids, newest visit first; a name is as the newest round has it."""
    found: dict[str, Firm] = {}
    for its in reversed(site.rounds):
        now = its.now
        if now.void or now.visits is None:
            continue
        results = {r.id: r for r in now.results.shown} if now.results else {}
        for visit in now.visits:
            firm = found.setdefault(visit.id, Firm(visit.id, visit.name))
            firm.seen.append((its, now.number, visit, results.get(visit.id)))
    return [found[i] for i in sorted(found)]


def index(every: list[Firm]) -> tuple[int, list[str], dict[int, bytes]]:
    """How many buckets there are, which pairs of characters are too common to be indexed, and the
    buckets that hold anything, as scripts.
    """
    rows: dict[str, dict[tuple[str, str], list[object]]] = defaultdict(dict)
    for firm in every:
        whole = plain(firm.name)
        pairs = {a + b for a, b in pairwise(whole)}
        for _, _, visit, _ in firm.seen:
            number = plain(visit.number)
            row = [firm.name, firm.id, number, shard(firm.id), len(firm.seen)]
            rows[number][firm.id, number] = row
        row = [firm.name, firm.id, "", shard(firm.id), len(firm.seen)]
        for key in {*pairs, whole, plain(firm.id)}:
            rows[key][firm.id, ""] = row
    common = sorted(key for key, own in rows.items() if len(key) == 2 and len(own) > COMMON)
    for key in common:
        del rows[key]
    size = sum(len(own) for own in rows.values()) * 90
    count = 1
    while count * BUCKET < size:
        count *= 2
    buckets: dict[int, dict[tuple[str, str], list[object]]] = defaultdict(dict)
    for key, own in rows.items():
        buckets[bucket(key, count)].update(own)
    return count, common, {n: _script(n, own) for n, own in sorted(buckets.items())}


def bucket(key: str, count: int) -> int:
    """The bucket of a key, as the page computes it too."""
    number = 0
    for character in key:
        number = (number * 31 + ord(character)) % 2**31
    return number % count


def _script(number: int, rows: dict[tuple[str, str], list[object]]) -> bytes:
    text = inlined.data([rows[key] for key in sorted(rows)])
    return f"ssj({number},{text});\n".encode()
