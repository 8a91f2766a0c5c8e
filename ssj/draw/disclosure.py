"""What the public and a firm may see of a record: notice, public record, receipts (PROTOCOL §10.2,
§10.3).

Nothing here tells a class, size, stratum, ticket or order of any target but, in its own receipt,
the firm's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ssj import protocol
from ssj.protocol import ProtocolError, Record


def notice(record: Record, shown: Any = None) -> Record:
    """What anyone may know from the freeze on: the opened commitment and the public list of the
    target roster.

    ``shown``: a document that holds the opened commitment, which is taken from there if the
    record's commitment is its hash: to derive it is to hash every row.
    """
    committed = shown.get("committed") if isinstance(shown, dict) else None
    if protocol.sha256(protocol.canonical(committed)) != record["commitment"]:
        committed = protocol.commitment_object(record)
    return {
        "view": "notice",
        "protocol": protocol.PROTOCOL,
        "commitment": record["commitment"],
        "committed": committed,
        "public_list": protocol.public_list(record),
    }


def published(record: Record, shown: Any = None) -> Record:
    """What anyone may know of a draw from the publication day on; visits in id order, sensitive
    targets only counted. ``shown``: as for :func:`notice`.
    """
    view = protocol.public_view(record) | {"checks": protocol.checks_of(record)}
    return {**notice(record, shown), "view": "public", **_event(record), **view}


def unlike(record: Record, shown: Record) -> str:
    """How a public record differs from what follows from a record; empty if it doesn't. Those made
    before there were codes have no ``checks``.
    """
    derived = published(record, shown)
    if "checks" not in shown:
        del derived["checks"]
    return protocol.difference(derived, shown, "public.json")


def receipts(record: Record, ids: Iterable[str]) -> Iterator[Record]:
    """Receipts (一户核验单) of targets: own parts, proof and ticket; of other rows nothing but
    salted hashes.

    The internal part is opened only where the parameters say so. ``ProtocolError`` for an id that
    is not in the roster.
    """
    salt, rows = record["salt"], record["tables"]["targets"]
    leaves = [protocol.leaf(salt, "targets", row) for row in rows]
    proofs, places = merkle_proofs(leaves), {row["id"]: n for n, row in enumerate(rows)}
    common = {
        "view": "receipt",
        "protocol": protocol.PROTOCOL,
        "commitment": record["commitment"],
        "committed": protocol.commitment_object(record),
        **_event(record),
    }
    items = {i["id"]: i["identity"]["name"] for i in record["tables"]["items"]}
    visits = {v["id"]: [{"id": i, "name": items[i]} for i in v["items"]] for v in record["visits"]}
    for identifier in ids:
        if identifier not in places:
            raise ProtocolError(f"名录库中没有编号 {identifier}")
        row = rows[places[identifier]]
        salts = {
            p: protocol.row_salt(salt, "targets", identifier, p)
            for p in ("identity", "internal", "ticket")
        }
        internal = (
            {"salt": salts["internal"], "values": row["internal"]}
            if record["parameters"].get("receipt_internal")
            else protocol.part_hash(salts["internal"], row["internal"])
        )
        yield {
            **common,
            "row": {
                "id": identifier,
                "index": places[identifier],
                "proof": proofs[places[identifier]],
                "identity": {"salt": salts["identity"], "values": row["identity"]},
                "internal": internal,
            },
            "ticket_salt": salts["ticket"],
            "ticket": protocol.ticket(record["seed"], "target", identifier, salts["ticket"]),
            "drawn": identifier in visits,
            "items": visits.get(identifier, []),
        }


def merkle_proofs(leaves: Iterable[bytes]) -> list[list[str]]:
    """For each leaf the hashes that lead from it to the root, lowest first (PROTOCOL §3).

    >>> [len(proof) for proof in merkle_proofs([b"a", b"b", b"c"])]
    [2, 2, 1]
    """
    levels = protocol.merkle_levels(leaves)

    def proof(index: int) -> list[str]:
        beside = [(level, (index >> height) ^ 1) for height, level in enumerate(levels)]
        return [level[place].hex() for level, place in beside if place < len(level)]

    return [proof(index) for index in range(len(levels[0]))]


def _event(record: Record) -> Record:
    return {"entropy": protocol.event_shown(record["entropy"]), "seed": record["seed"]}
