"""The public beacon that can be checked offline: drand's chain *quicknet* (decision 063).

Its round r appears at ``GENESIS + (r − 1) · PERIOD``; the round of an announced time is the first
that does not appear before it, so nobody can choose one. A round's signature is BLS over
BLS12-381, in G1, of SHA-256 of the round's number (scheme ``bls-unchained-g1-rfc9380``), and its
randomness is SHA-256 of the signature. That much needs no library; the signature itself is checked
where ``py-ecc`` is installed.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import NamedTuple

from ssj import protocol
from ssj.protocol import Record

NAME = re.compile(
    r"quicknet(?!-t)|52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
)
GENESIS, PERIOD = 1692803367, 3  # seconds; of the first round since 1970, and between rounds
PUBLIC_KEY = bytes.fromhex(
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
SUITE = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
LIBRARY = "py-ecc"
_ROUND = re.compile(r"第\s*([0-9]+)\s*轮|round\s*#?\s*([0-9]+)")


class Checked(NamedTuple):
    """Whether a beacon's record holds (None: it can't be told here), and what is said of it."""

    holds: bool | None
    said: str


def is_quicknet(event: Record) -> bool:
    """Whether an announced event is a round of drand quicknet: its ``source`` names the chain.

    >>> is_quicknet({"kind": "beacon", "source": "drand quicknet 第 123 轮"})
    True
    >>> is_quicknet({"kind": "beacon", "source": "样例信标"})
    False
    """
    return event["kind"] == "beacon" and bool(NAME.search(str(event.get("source", "")).lower()))


def round_at(time: str) -> int:
    """The number of the first round that does not appear before a time.

    >>> round_at("2023-08-23T15:09:27+00:00"), round_at("2023-08-23T15:09:27.5+00:00")
    (1, 2)
    """
    since = datetime.fromisoformat(time).timestamp() - GENESIS
    return max(1, int(-(-since // PERIOD)) + 1)


def announced_wrongly(event: Record) -> str:
    """What is wrong with the announcement of a round of quicknet: another round than that of the
    announced time, or more bits than a round has; empty if nothing is.
    """
    number = round_at(event["time"])
    if datetime.fromisoformat(event["time"]).timestamp() < GENESIS:
        return "drand quicknet 从 2023 年 8 月 23 日起才有"
    named = {int(a or b) for a, b in _ROUND.findall(event["source"].lower())}
    if named - {number}:
        return (
            f"drand quicknet 在公告的时间产生的是第 {number} 轮，source 写的是 "
            f"{'、'.join(map(str, sorted(named - {number})))}"
        )
    return "" if event["count"] <= 256 else "drand quicknet 每轮只有 256 位"


def published_wrongly(event: Record, text: str, raw: str) -> str:
    """What is wrong with the published record of the round (``raw``: its JSON), or with the event's
    text that was taken from it; the signature apart. Empty if nothing is.
    """
    number = round_at(event["time"])
    try:
        said = protocol.parse(raw)
        round_, signature = said["round"], bytes.fromhex(said["signature"])
        given = said.get("randomness", "")
    except (protocol.ProtocolError, ValueError, LookupError, TypeError, AttributeError):
        return "原始记录应是 drand 发布的 JSON，有 round 和 signature"
    if round_ != number or isinstance(round_, bool):
        return f"公告的时间产生的是第 {number} 轮，原始记录是第 {round_} 轮"
    randomness = hashlib.sha256(signature).hexdigest()
    if given not in ("", randomness):
        return "原始记录中的 randomness 不是 signature 的 SHA-256"
    digits = event["count"] // 4
    if text.partition("|")[0] != randomness[:digits]:
        return f"公开随机数应是这一轮 randomness 的前 {digits} 位：{randomness[:digits]}"
    return ""


def signature_of(event: Record, text: str, raw: str) -> Checked:
    """The published record of a round of quicknet, its signature included; not checked for other
    beacons, and where the library is not installed.
    """
    if not is_quicknet(event):
        return Checked(None, "只有 drand quicknet 的签名可以离线核验")
    if wrong := published_wrongly(event, text, raw):
        return Checked(False, wrong)
    number, signature = round_at(event["time"]), bytes.fromhex(protocol.parse(raw)["signature"])
    try:
        right = is_signed(number, signature)
    except ImportError:
        return Checked(None, f"没有安装 {LIBRARY}，签名没有核验（python -m pip install {LIBRARY}）")
    said = f"drand quicknet 第 {number} 轮的签名"
    return Checked(right, f"{said}{'相符' if right else '不符：不是 drand 发布的'}")


def is_signed(number: int, signature: bytes) -> bool:
    """Whether a signature is quicknet's for a round; ``ImportError`` without the library."""
    from py_ecc.bls import g2_primitives, hash_to_curve, point_compression
    from py_ecc.optimized_bls12_381 import FQ12, G2, final_exponentiate, is_inf, neg, pairing

    halves = (int.from_bytes(PUBLIC_KEY[:48]), int.from_bytes(PUBLIC_KEY[48:]))
    key = point_compression.decompress_G2(halves)
    if len(signature) != 48:
        return False
    try:
        point = point_compression.decompress_G1(int.from_bytes(signature))
    except ValueError:  # no point of the curve
        return False
    if is_inf(point) or not g2_primitives.subgroup_check(point):
        return False
    message = hashlib.sha256(number.to_bytes(8)).digest()
    hashed = hash_to_curve.hash_to_G1(message, SUITE, hashlib.sha256)
    both = pairing(G2, point, final_exponentiate=False) * pairing(
        key, neg(hashed), final_exponentiate=False
    )
    return bool(final_exponentiate(both) == FQ12.one())
