"""Two custodians at two browsers, each from a disk and a profile of their own, offline: they make
keys, a round is frozen with these, both sign; whatever is not what they signed fails at its named
step, in 核验.html as in protocol.py.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from browser.test_verifier import drop
from browser.test_witness import CUSTODIANS, DICE, Desk, frozen, notice_of
from conftest import ROOT

from ssj import protocol
from ssj.casebook.render import verifier_page, witness_page
from ssj.draw import disclosure

sys.path.insert(0, str(ROOT / "scripts"))
import vector_attestations

pytestmark = pytest.mark.browser
entry = vector_attestations.entry
TOGETHER = "各份文件互相一致"
STRANGER = "07" * 32  # a secret key of nobody announced


@pytest.fixture(scope="module")
def signed(two_browsers, tmp_path_factory):
    """The frozen record, its notice, the custodians' key files and what each of them signed."""
    folder = tmp_path_factory.mktemp("desks")
    desks, keys, documents = [], {}, []
    for browser, name in zip(two_browsers, CUSTODIANS, strict=True):
        home = folder / name
        home.mkdir()
        (home / "见证.html").write_bytes(witness_page().encode("utf-8"))
        desks.append(Desk(browser, home / "见证.html", home))
        keys[name] = desks[-1].make(name)
    record = frozen(keys)
    posted = notice_of(record, folder)
    for desk, name in zip(desks, CUSTODIANS, strict=True):
        desk.notice(shutil.copy(posted, folder / name / "封库公告.json"))
    for desk in desks:  # both pages stand open
        desk.until(record["commitment"][:8], "notice")
        desk.click("only")
        assert desk.browser.execute_script("return navigator.onLine") is False
    for desk in desks:
        desk.click("sign")
        documents.append(json.loads(desk.saved("attestation.json").read_bytes()))
    return record, keys, documents


@pytest.fixture(scope="module")
def verifier(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("verifier") / "核验.html"
    path.write_bytes(verifier_page().encode("utf-8"))
    return path


def first_failing(steps) -> int | None:
    """Of steps of the page (number, result) or of protocol.py."""
    return next((step[0] for step in steps if step[1] is False), None)


def judged(documents) -> list[int | None]:
    return [
        first_failing([(s.number, s.holds) for s in protocol.examine(document)])
        for document in documents
    ]


def test_each_signs_with_a_key_of_their_own(signed):
    _, _, (one, two) = signed
    assert [one["custodian"], two["custodian"]] == list(CUSTODIANS)
    assert one["key"] != two["key"] and judged([one, two]) == [None, None]


# what is done with the first custodian's document → by itself, and beside the notice
ALONE = {
    "as it was signed": (lambda one, two: one, None, None),
    "forged": (lambda one, two: {**one, "signature": "0" * 128}, 3, None),
    "the other's signature": (lambda one, two: {**one, "signature": two["signature"]}, 3, None),
    "the other's name": (lambda one, two: {**one, "custodian": two["custodian"]}, 3, None),
    "an earlier time": (lambda one, two: {**one, "received": "2026-01-01T10:00:00Z"}, 3, None),
    "by a stranger in their name": (
        lambda one, two: vector_attestations.attestation(
            {"committed": one, "commitment": one["commitment"]}, one["custodian"], STRANGER
        ),
        None,
        3,
    ),
}


@pytest.mark.parametrize("what", ALONE)
def test_an_attestation_beside_the_notice(two_browsers, verifier, signed, tmp_path, what):
    record, _, (one, two) = signed
    change, alone, beside = ALONE[what]
    document = change(one, two)
    path = tmp_path / "attestation.json"
    path.write_bytes(protocol.canonical(document))
    boxes = drop(two_browsers[0], verifier, path, notice_of(record, tmp_path))
    assert (first_failing(boxes[0][2]), judged([document])) == (alone, [alone])
    together = next((steps for head, _, steps, _ in boxes if head == TOGETHER), [])
    assert first_failing(together) == beside
    notice = disclosure.notice(record)
    if alone is None:
        found = protocol.compare([document, notice])
        assert first_failing([(s.number, s.holds) for s in found]) == beside
    assert ((3, True) in together) is (what == "as it was signed")


@pytest.mark.parametrize(
    ("change", "holds"),
    [({"attempt": 2}, None), ({"salt": "5b" * 32}, False)],
    ids=["another attempt", "another commitment of the attempt"],
)
def test_swapped_with_another_notice(two_browsers, verifier, signed, tmp_path, change, holds):
    _, keys, (one, _) = signed
    path = tmp_path / "attestation.json"
    path.write_bytes(protocol.canonical(one))
    boxes = drop(two_browsers[0], verifier, path, notice_of(frozen(keys, **change), tmp_path))
    head, verdict, steps, _ = boxes[-1]
    assert head == TOGETHER and dict(steps)[3] is holds
    assert verdict.startswith("不是同一批次、同一次" if holds is None else "不符：V3")


def typed(document: dict) -> dict:
    return {key: value for key, value in entry(document).items() if key != "signature"}


# what stands in the public record → the step that fails, the banner
RECORDED = {
    "both": (lambda a, b: [entry(a), entry(b)], None, []),
    "forged": (
        lambda a, b: [{**entry(a), "signature": "0" * 128}, entry(b)],
        4,
        ["唯一性未证实"],
    ),
    "copied": (
        lambda a, b: [{**entry(a), "signature": b["signature"]}, entry(b)],
        4,
        ["唯一性未证实"],
    ),
    "swapped": (
        lambda a, b: [
            {**entry(a), "custodian": b["custodian"]},
            {**entry(b), "custodian": a["custodian"]},
        ],
        4,
        ["唯一性未证实"],
    ),
    "one alone": (lambda a, b: [entry(a)], None, ["唯一性未证实"]),
    "typed": (lambda a, b: [typed(a), typed(b)], None, ["唯一性只有文字证明"]),
    "none": (lambda a, b: [], None, ["唯一性未证实"]),
}


def drawn(record: dict, *attested: dict) -> dict:
    entropy = {"text": DICE, "attestation": list(attested)}
    return {**record, "entropy": entropy, **protocol.draw(record, DICE)}


@pytest.mark.parametrize("what", RECORDED)
def test_attestations_in_the_public_record(two_browsers, verifier, signed, tmp_path, what):
    record, _, (one, two) = signed
    given, wanted, banners = RECORDED[what]
    document = disclosure.published(drawn(record, *given(one, two)))
    path = tmp_path / "公开记录.json"
    path.write_bytes(protocol.canonical(document))
    ((_, _, steps, text),) = drop(two_browsers[1], verifier, path)
    assert (first_failing(steps), judged([document])) == (wanted, [wanted])
    assert [b for b in ("唯一性未证实", "唯一性只有文字证明") if b in text] == banners


def test_a_signature_is_for_one_attempt(signed):
    _, keys, documents = signed
    again = drawn(frozen(keys, attempt=2), *map(entry, documents))
    assert judged([again]) == [4]
