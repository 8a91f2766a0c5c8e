"""drand quicknet: rounds that were published, and records that no round is.

The signatures are drand's own, as its API gives them, and as other projects' tests have them.
"""

from __future__ import annotations

import builtins
import hashlib
import json

import pytest

from ssj.draw import beacons

PUBLISHED = {
    123: "b75c69d0b72a5d906e854e808ba7e2accb1542ac355ae486"
    "d591aa9d43765482e26cd02df835d3546d23c4b13e0dfc92",
    12040883: "929906c959032ab363c9f26570d215d66f5c06cb0c44fe50"
    "8c12bb5839f04ec895bb6868e5b9ff13ab289bdb5266b394",
    32285085: "81dbce51d584d90d618547f4b50391d53ace6f6b9aeb8fb6"
    "7e1879427af9d0310ac0ec6f519271d9a313ee84b378d416",
}
TIME = "2023-08-23T23:15:33+08:00"  # of round 123
RANDOMNESS = hashlib.sha256(bytes.fromhex(PUBLISHED[123])).hexdigest()
EVENT = {"kind": "beacon", "count": 64, "time": TIME, "source": "drand quicknet 第 123 轮"}
RAW = json.dumps({"round": 123, "randomness": RANDOMNESS, "signature": PUBLISHED[123]})


@pytest.fixture
def library():
    return pytest.importorskip("py_ecc", reason="py-ecc (extra audit) is not installed")


@pytest.mark.parametrize("number", PUBLISHED)
def test_published_rounds_are_signed(library, number):
    signature = bytes.fromhex(PUBLISHED[number])
    assert beacons.is_signed(number, signature)
    assert not beacons.is_signed(number + 1, signature)


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        bytes(48),
        b"\xc0" + bytes(47),  # the point at infinity
        b"\xff" * 48,
        bytes.fromhex(PUBLISHED[123])[:-1],
        bytes.fromhex(PUBLISHED[123]) + b"\0",
        bytes.fromhex(PUBLISHED[123])[:-1] + b"\x93",
        bytes([bytes.fromhex(PUBLISHED[123])[0] ^ 0x20]) + bytes.fromhex(PUBLISHED[123])[1:],
        b"\x80" + bytes(46) + b"\x04",  # on the curve, not in the group
    ],
    ids=["empty", "zeros", "infinity", "ones", "short", "long", "changed", "negated", "outside"],
)
def test_what_nobody_signed(library, signature):
    assert not beacons.is_signed(123, signature)


@pytest.mark.parametrize(
    ("time", "number"),
    [
        ("2023-08-23T15:09:27+00:00", 1),
        ("2023-08-23T15:09:28+00:00", 2),
        (TIME, 123),
        ("2023-08-23T23:15:30.000001+08:00", 123),
        ("2024-10-15T01:13:33+08:00", 12040883),
    ],
)
def test_the_round_follows_from_the_time(time, number):
    assert beacons.round_at(time) == number


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"source": "drand quicknet，公告时间的一轮，2023 年"}, ""),
        ({"source": "drand quicknet round 123"}, ""),
        ({"source": "drand quicknet 第 124 轮"}, "是第 123 轮，source 写的是 124"),
        ({"source": "drand quicknet round #9"}, "source 写的是 9"),
        ({"time": "2021-11-26T10:00:00+08:00"}, "从 2023 年 8 月 23 日起才有"),
        ({"count": 260}, "每轮只有 256 位"),
    ],
)
def test_what_is_announced(change, said):
    wrong = beacons.announced_wrongly({**EVENT, **change})
    assert said in wrong and bool(said) == bool(wrong)


def raw(**change):
    return json.dumps({**json.loads(RAW), **change})


@pytest.mark.parametrize(
    ("text", "record", "said"),
    [
        (RANDOMNESS[:16], RAW, ""),
        (RANDOMNESS[:16] + "|" + "0" * 64, RAW, ""),
        (RANDOMNESS[:16], json.dumps({"round": 123, "signature": PUBLISHED[123]}), ""),
        (RANDOMNESS[1:17], RAW, "的前 16 位"),
        (RANDOMNESS[:16], raw(round=124), "原始记录是第 124 轮"),
        (RANDOMNESS[:16], raw(round="123"), "原始记录是第 123 轮"),
        (RANDOMNESS[:16], raw(randomness="0" * 64), "不是 signature 的 SHA-256"),
        (RANDOMNESS[:16], raw(signature="x"), "应是 drand 发布的 JSON"),
        (RANDOMNESS[:16], raw(signature=5), "应是 drand 发布的 JSON"),
        (RANDOMNESS[:16], "[]", "应是 drand 发布的 JSON"),
        (RANDOMNESS[:16], "第 123 轮", "应是 drand 发布的 JSON"),
    ],
)
def test_what_was_published(text, record, said):
    wrong = beacons.published_wrongly(EVENT, text, record)
    assert said in wrong and bool(said) == bool(wrong)


@pytest.mark.parametrize(
    ("source", "known"),
    [
        ("drand Quicknet", True),
        ("drand 52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971", True),
        ("drand quicknet-t", False),
        ("drand", False),
        ("样例信标", False),
    ],
)
def test_which_beacon_it_is(source, known):
    assert beacons.is_quicknet({**EVENT, "source": source}) is known
    assert not beacons.is_quicknet({**EVENT, "kind": "dice", "source": source})


def test_a_record_with_its_signature(library):
    checked = beacons.signature_of(EVENT, RANDOMNESS[:16], RAW)
    assert checked == (True, "drand quicknet 第 123 轮的签名相符")
    # another round's signature, with all that follows from it
    other = PUBLISHED[12040883]
    randomness = hashlib.sha256(bytes.fromhex(other)).hexdigest()
    forged = raw(signature=other, randomness=randomness)
    checked = beacons.signature_of(EVENT, randomness[:16], forged)
    assert checked.holds is False and "不是 drand 发布的" in checked.said


def test_without_the_library_it_is_not_checked(monkeypatch):
    usual = builtins.__import__

    def without(name, *rest, **more):
        if name.startswith("py_ecc"):
            raise ImportError(name)
        return usual(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    checked = beacons.signature_of(EVENT, RANDOMNESS[:16], RAW)
    assert checked.holds is None and "没有安装 py-ecc" in checked.said
    assert beacons.signature_of(EVENT, RANDOMNESS[:16], raw(round=124)).holds is False


def test_another_beacon_is_not_checked():
    checked = beacons.signature_of({**EVENT, "source": "样例信标"}, "00", "原文")
    assert checked.holds is None and "只有 drand quicknet" in checked.said
