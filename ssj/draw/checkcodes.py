"""The codes (检查码) that are printed on the notices of the visits (PROTOCOL §10.9)."""

from __future__ import annotations

import base64

from ssj import protocol
from ssj.draw.disclosure import merkle_proofs
from ssj.protocol import Check, Record


def codes(record: Record) -> dict[str, str]:
    """For each visit of a draw record the code that holds now: after the last amendment of it."""
    now: dict[str, str] = {}
    for made in protocol.checks_made(record):
        proofs = merkle_proofs(protocol.check_leaf(check) for check in made)
        pairs = zip(made, proofs, strict=bool(made))  # without visits one empty level
        now |= {check.visit: written(check._replace(proof=proof)) for check, proof in pairs}
    return now


def written(check: Check) -> str:
    """A check as its code."""
    *said, salt, proof = check
    way = bytes.fromhex(salt + "".join(proof))
    text = ".".join(["ssj1", *(_url(data) for data in (protocol.canonical(said), way))])
    return f"{text}.{protocol.sha256(text)[:8]}"


def _url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def known(public: Record, void: bool = False, names: bool = True) -> Record:
    """What a page of the verifier is published with of a public record that has ``checks``;
    ``names``: of firms, items and officers too.
    """
    top = public["committed"]
    return {
        "round": top["round"],
        "attempt": top["attempt"],
        "checks": public.get("checks", []),
        "void": void,
        "banners": [*(["voided"] if void else []), *protocol.banners(public)],
        "visits": public["visits"] if names else [],
    }
