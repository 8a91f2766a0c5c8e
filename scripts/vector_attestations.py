"""Vectors of §10.7 and §10.8: attestations, banners and signatures; one generator for each file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from vector_inputs import DICE, Case, case, changed, draw_record, elsewhere, small_frozen

from ssj import protocol
from ssj.draw import disclosure


def without(document: Case, path: str) -> Case:
    """A copy without the field at a dotted path."""
    *way, last = path.split(".")
    copy = changed(document, "", None)
    inner = copy
    for key in way:
        inner = inner[key]
    del inner[last]
    return copy


def receipts_of(record: Case) -> dict[str, Case]:
    ids = [target["id"] for target in record["tables"]["targets"]]
    return {r["row"]["id"]: r for r in disclosure.receipts(record, ids)}


def _line(number: int, previous: str, **fields: Any) -> str:
    given = {"time": "2021-11-19T09:00:00+08:00", "round": "tiny", "attempt": 1, "bag": "ab" * 32}
    return protocol.ledger_line({"n": number, **given, **fields}, previous)


def ledger(*stages: str, **fields: Any) -> str:
    text, head = "", protocol.NO_HEAD
    for number, stage in enumerate(stages, 1):
        line = _line(number, head, stage=stage, **fields)
        text, head = f"{text}{line}\n", protocol.parse(line)["hash"]
    return text


def refrozen(frozen: Case, path: str, value: Any) -> Case:
    """The frozen record with another value at a path, and the commitment that belongs to it."""
    other = changed(frozen, path, value)
    return {**other, "commitment": protocol.commit(other)}


def drawn_from(frozen: Case, text: str = DICE) -> Case:
    return {**frozen, "entropy": {"text": text}, **protocol.draw(frozen, text)}


SECRETS = [protocol.sha256(f"custodian {name}") for name in "甲乙丙"]


def _sign(secret: str, message: bytes) -> str:
    """An Ed25519 signature (RFC 8032 §5.1.6) with the 32 bytes of ``secret``."""
    hashed = hashlib.sha512(bytes.fromhex(secret)).digest()
    scalar = int.from_bytes(hashed[:32], "little") & ~7 & (2**255 - 1) | 2**254
    public = protocol._encoded(protocol._times(scalar, protocol._BASE))
    nonce = int.from_bytes(hashlib.sha512(hashed[32:] + message).digest(), "little")
    first = protocol._encoded(protocol._times(nonce % protocol._ORDER, protocol._BASE))
    digest = hashlib.sha512(first + public + message).digest()
    second = (nonce + int.from_bytes(digest, "little") * scalar) % protocol._ORDER
    return (first + second.to_bytes(32, "little")).hex()


def public_key(secret: str) -> str:
    hashed = hashlib.sha512(bytes.fromhex(secret)).digest()
    scalar = int.from_bytes(hashed[:32], "little") & ~7 & (2**255 - 1) | 2**254
    return protocol._encoded(protocol._times(scalar, protocol._BASE)).hex()


def attestation(notice: Case, custodian: str, secret: str, **change: Any) -> Case:
    """A custodian's attestation document for the commitment of a notice."""
    said = {
        "view": "attestation",
        "protocol": protocol.PROTOCOL,
        "round": notice["committed"]["round"],
        "attempt": notice["committed"]["attempt"],
        "commitment": notice["commitment"],
        "custodian": custodian,
        "key": public_key(secret),
        "received": "2021-11-20T10:00:00+08:00",
        "only": True,
        **change,
    }
    return {**said, "signature": _sign(secret, protocol.canonical(said))}


def entry(signed: Case) -> Case:
    """What ``entropy.attestation`` holds of an attestation document."""
    kept = {key: signed[key] for key in ("custodian", "received", "only", "signature")}
    return {**kept, "first16": signed["commitment"][:16]}


def attested_frozen() -> Case:
    """The small record with three custodians, two of whom have keys."""
    frozen = small_frozen()
    keys = [{"name": n, "key": public_key(s)} for n, s in zip("甲乙", SECRETS, strict=False)]
    frozen["event"] = {**frozen["event"], "custodians": ["甲", "乙", "丙"], "keys": keys}
    frozen["parameters"] = {**frozen["parameters"], "demonstration": False}
    return {**frozen, "commitment": protocol.commit(frozen)}


def attested(*entries: Case, frozen: Case | None = None) -> Case:
    """A draw record with these attestations."""
    record = drawn_from(frozen or attested_frozen())
    return {**record, "entropy": {**record["entropy"], "attestation": list(entries)}}


def attestations() -> Iterator[Case]:
    """§10.8: attestation documents, alone and with what they attest; signed attestations in a
    record.
    """
    frozen = attested_frozen()
    notice = disclosure.notice(frozen)
    first, second = (attestation(notice, n, s) for n, s in zip("甲乙", SECRETS, strict=False))
    yield case("document", "examine", document=first)
    for field in first:
        yield case(f"document-without-{field}", "examine", document=without(first, field))
    for field, value in (
        ("round", "other"),
        ("attempt", 2),
        ("attempt", True),
        ("commitment", "0" * 64),
        ("custodian", "乙"),
        ("key", second["key"]),
        ("received", "2021-11-21T10:00:00+08:00"),
        ("only", False),
        ("only", 1),
        ("signature", second["signature"]),
        ("signature", first["signature"].upper()),
        ("signature", first["signature"][:126]),
        ("protocol", "ssj/2"),
        ("note", "x"),
    ):
        label = f"document-{field}-as-{value!r:.16}"
        yield case(label, "examine", document={**first, field: value})
    yield case(
        "received-in-words",
        "examine",
        document=attestation(notice, "甲", SECRETS[0], received="昨天"),
    )
    again = disclosure.notice(refrozen(frozen, "salt", "5b" * 32))
    other = disclosure.notice(refrozen(frozen, "attempt", 2))
    forged = attestation(notice, "甲", SECRETS[2])
    for name, documents in (
        ("with-the-notice", [notice, first, second]),
        ("two-alone", [first, second]),
        ("of-another-commitment", [notice, attestation(again, "甲", SECRETS[0])]),
        ("of-another-attempt", [notice, attestation(other, "甲", SECRETS[0])]),
        (
            "of-another-attempt-but-this-commitment",
            [notice, attestation(notice, "甲", SECRETS[0], attempt=2)],
        ),
        ("with-a-key-of-nobody", [notice, forged]),
        ("with-the-key-of-another", [notice, attestation(notice, "甲", SECRETS[1])]),
        ("of-a-custodian-without-key", [notice, attestation(notice, "丙", SECRETS[2])]),
        ("of-a-stranger", [notice, attestation(notice, "丁", SECRETS[0])]),
        ("with-a-draw-record", [drawn_from(frozen), first]),
        ("with-a-public-record", [disclosure.published(drawn_from(frozen)), second]),
        ("with-a-receipt", [receipts_of(drawn_from(frozen))["S001"], second]),
    ):
        yield case(name, "compare", documents=documents, ledgers=[])
    yield case("with-a-ledger", "compare", documents=[first], ledgers=[ledger("01-rosters")])
    typed = {k: v for k, v in entry(second).items() if k != "signature"}
    sound = entry(first)
    for name, entries in (
        ("signed-by-both", [sound, entry(second)]),
        ("signed-and-typed", [sound, typed]),
        ("forged", [{**sound, "signature": forged["signature"]}]),
        ("copied-from-another-custodian", [{**entry(second), "custodian": "甲"}]),
        ("copied-from-another-commitment", [entry(attestation(again, "甲", SECRETS[0]))]),
        ("another-time", [{**sound, "received": "2021-11-19T10:00:00+08:00"}]),
        ("another-answer", [{**sound, "only": False}]),
        ("without-key", [entry(attestation(notice, "丙", SECRETS[2]))]),
        ("only-as-number", [{**sound, "only": 1}]),
        ("first16-short", [{**typed, "first16": "0" * 15}]),
        ("received-left-out", [without(typed, "received")]),
        ("signature-as-null", [{**sound, "signature": None}]),
        ("more-is-kept-beside", [{**sound, "note": "样例"}]),
        ("an-entry-as-text", ["甲"]),
    ):
        yield case(f"record-{name}", "examine", document=attested(*entries))
    for name, value in (("object", {}), ("number", 5), ("null", None)):
        record = drawn_from(frozen)
        record["entropy"] = {**record["entropy"], "attestation": value}
        yield case(f"record-attestation-as-{name}", "examine", document=record)
        for document in (disclosure.published(record), receipts_of(record)["S001"]):
            yield case(f"{document['view']}-attestation-as-{name}", "examine", document=document)
    record = attested(sound, {**entry(second), "custodian": "甲"})
    yield case("public-copied", "examine", document=disclosure.published(record))
    yield case("receipt-copied", "examine", document=receipts_of(record)["S001"])
    one, other_record = attested(sound), attested(entry(second))
    yield case(
        "records-with-other-attestations", "compare", documents=[one, other_record], ledgers=[]
    )


def banners() -> Iterator[Case]:
    """§10.7: what is said before all steps, unless the document shows that it is not needed."""
    frozen = attested_frozen()
    notice = disclosure.notice(frozen)
    first, second = (
        entry(attestation(notice, n, s)) for n, s in zip("甲乙", SECRETS, strict=False)
    )
    typed = [{k: v for k, v in one.items() if k != "signature"} for one in (first, second)]

    def said(name: str, document: Any, *ledgers: str) -> Case:
        return case(name, "banners", document=document, ledgers=list(ledgers))

    sound = attested(first, second)
    yield said("nothing", sound)
    yield said("nothing-of-a-notice", notice)
    yield said("nothing-of-a-frozen-record", frozen)
    yield said("public-record", disclosure.published(sound))
    yield said("receipt", receipts_of(sound)["S001"])
    yield said("attestation", attestation(notice, "甲", SECRETS[0]))
    late = refrozen(frozen, "event.time", "2021-11-20T02:00:00Z")
    for name, entries in (
        ("typed-by-both", typed),
        ("signed-by-one-typed-by-the-other", [first, typed[1]]),
        ("one", [first]),
        ("one-twice", [first, first, typed[0]]),
        ("none", []),
        ("forged", [{**first, "signature": second["signature"]}, second]),
        ("not-the-only-one", [typed[0], {**typed[1], "only": False}]),
        ("another-commitment", [typed[0], {**typed[1], "first16": "0" * 16}]),
        ("a-stranger", [typed[0], {**typed[1], "custodian": "丁"}]),
        ("a-third-by-paper", [first, second, {**typed[0], "custodian": "丙"}]),
        ("not-a-time", [typed[0], {**typed[1], "received": "2021-11-20"}]),
        ("malformed", [typed[0], {**typed[1], "first16": 1}]),
        ("an-entry-as-text", [*typed, "甲"]),
    ):
        yield said(f"attested-{name}", attested(*entries))
    value: Any
    for name, value in (("object", {}), ("null", None), ("missing", [])):
        record = attested()
        record["entropy"]["attestation"] = value
        yield said(f"attestation-as-{name}", record)
    for name, time in TIMES.items():
        yield said(f"received-{name}", attested(typed[0], {**typed[1], "received": time}))
    yield said("event-before-the-receipt", attested(*typed, frozen=late))
    for path in ("event.time", "event.custodians"):
        bare = without(frozen, path)
        if path == "event.custodians":
            bare = without(bare, "event.keys")
        bare["commitment"] = protocol.commit(bare)
        own = [{**one, "first16": bare["commitment"][:16]} for one in typed]
        yield said(f"attested-without-{path.replace('.', '-')}", attested(*own, frozen=bare))
    small, public = draw_record("small"), disclosure.published(draw_record("small"))
    yield said("demonstration", small)
    yield said("demonstration-frozen", small_frozen())
    for holder, document in (
        ("parameters", sound),
        ("committed", disclosure.published(sound)),
        ("committed", notice),
    ):
        of = f"of-{document.get('view', 'draw')}"
        for value in (True, 0, "false", None):
            label = f"demonstration-as-{value}-{of}"
            yield said(label, changed(document, f"{holder}.demonstration", value))
        yield said(f"demonstration-missing-{of}", without(document, f"{holder}.demonstration"))
        for value in ("here", "platform", "there", None):
            yield said(
                f"official-draw-as-{value}-{of}",
                changed(document, f"{holder}.official_draw", value),
            )
        for value in (None, [], "x"):
            yield said(f"{holder}-as-{value!r}-{of}", {**document, holder: value})
        yield said(f"{holder}-missing-{of}", without(document, holder))
    yield said("elsewhere", elsewhere({"R1": ["S003"]}))
    for kind in ("beacon", "dice", None, 1):
        yield said(f"event-kind-{kind}", changed(sound, "event.kind", kind))
        yield said(f"event-kind-{kind}-before-the-event", changed(frozen, "event.kind", kind))
    yield said("event-missing", without(sound, "event"))
    yield said("event-as-text", {**public, "committed": {**public["committed"], "event": "dice"}})
    for left in ("entropy", "commitment"):
        yield said(f"{left}-missing", without(sound, left))
    one, voided = ledger("01-rosters", "02-freeze"), ledger("01-rosters", "02-freeze", "03-void")
    yield said("voided", sound, voided)
    yield said("voided-in-one-of-two-ledgers", sound, one, voided)
    yield said("not-voided", sound, one)
    for name, document in (
        ("notice", notice),
        ("frozen", frozen),
        ("attestation", attestation(notice, "甲", SECRETS[0])),
    ):
        yield said(f"voided-{name}", document, voided)
    yield said("voided-and-a-demonstration", small, voided)
    for name, fields in (("round", {"round": "other"}), ("attempt", {"attempt": 2})):
        yield said(f"voided-another-{name}", sound, ledger("03-void", **fields))
    for stage in ("03-avoid", "3-void", "003-void", "03-void-2", "void"):
        yield said(f"stage-{stage}", sound, ledger(stage))


TIMES = {
    "in-utc": "2021-11-20T02:00:00Z",
    "with-a-fraction": "2021-11-20T10:00:00.123456+08:00",
    "the-last-moment-before": "2021-11-26T09:59:59.999999+08:00",
    "at-the-event": "2021-11-26T10:00:00+08:00",
    "at-the-event-elsewhere": "2021-11-26T03:00:00+01:00",
    "just-before-elsewhere": "2021-11-25T21:59:59-04:00",
    "after": "2021-11-26T10:00:00.1+08:00",
    "on-a-day-that-is-not": "2021-02-29T10:00:00+08:00",
    "on-a-leap-day": "2020-02-29T10:00:00+08:00",
    "in-month-13": "2021-13-01T10:00:00+08:00",
    "on-day-0": "2021-11-00T10:00:00+08:00",
    "at-hour-24": "2021-11-20T24:00:00+08:00",
    "at-second-60": "2021-11-20T10:00:60+08:00",
    "with-seven-digits": "2021-11-20T10:00:00.1234567+08:00",
    "without-offset": "2021-11-20T10:00:00",
    "without-seconds": "2021-11-20T10:00+08:00",
    "with-a-space": "2021-11-20 10:00:00+08:00",
    "with-a-small-letter": "2021-11-20T02:00:00z",
    "with-a-line-end": "2021-11-20T10:00:00+08:00\n",
    "in-year-0": "0000-11-20T10:00:00+08:00",
    "in-year-1": "0001-01-01T00:00:00+08:00",
    "offset-of-a-day": "2021-11-20T10:00:00+24:00",
    "with-other-digits": "２０２１-11-20T10:00:00+08:00",
}

# RFC 8032 §7.1: key, message, signature
RFC_8032 = {
    "rfc-8032-test-1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    "rfc-8032-test-2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    "rfc-8032-test-3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
    "rfc-8032-test-sha-abc": (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
            "3dca179c138ac17ad9bef1177331a704"
        ),
    ),
}


def signatures() -> Iterator[Case]:
    """§10.8: Ed25519, the test vectors of RFC 8032 §7.1 and signatures that are not valid."""

    def signed(name: str, key: str, message: str, signature: str) -> Case:
        return case(name, "signature", key=key, message=message, signature=signature)

    for name, given in RFC_8032.items():
        yield signed(name, *given)
    key, message, signature = RFC_8032["rfc-8032-test-3"]
    own = _sign(SECRETS[0], bytes(1000))
    yield signed("a-long-message", public_key(SECRETS[0]), "00" * 1000, own)
    yield signed("another-message", key, "af83", signature)
    yield signed("another-key", RFC_8032["rfc-8032-test-2"][0], message, signature)
    for place in (0, 63, 64, 127):
        digit = "0" if signature[place] != "0" else "1"
        yield signed(
            f"digit-{place}-changed",
            key,
            message,
            signature[:place] + digit + signature[place + 1 :],
        )
    second = int.from_bytes(bytes.fromhex(signature[64:]), "little") + protocol._ORDER
    large = signature[:64] + second.to_bytes(32, "little").hex()
    yield signed("second-half-not-reduced", key, message, large)
    yield signed("the-other-sign", key[:62] + f"{int(key[62:], 16) ^ 0x80:02x}", message, signature)
    nothing = "01" + "00" * 31
    for name, odd in (
        ("order-1", nothing),
        ("order-2", "ec" + "ff" * 30 + "7f"),
        ("order-4", "00" * 32),
        ("y-is-p", "ed" + "ff" * 30 + "7f"),
        ("y-is-p-plus-1", "ee" + "ff" * 30 + "7f"),
        ("sign-of-zero", "01" + "00" * 30 + "80"),
        ("no-point", "02" + "00" * 31),
    ):
        yield signed(f"key-{name}", odd, message, nothing + "00" * 32)
    # a key of order 8 has a y of its own: S = 0 is below L, and L itself is not
    eighth = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"

    def times(text: str) -> int:
        hashed = hashlib.sha512(bytes.fromhex(nothing + eighth + text)).digest()
        return int.from_bytes(hashed, "little") % protocol._ORDER

    text = next(t for t in (f"{n:02x}" for n in range(256)) if times(t) % 8 == 0)
    for name, half in (("nothing", 0), ("the-order", protocol._ORDER)):
        second_half = half.to_bytes(32, "little").hex()
        yield signed(f"second-half-is-{name}", eighth, text, nothing + second_half)
