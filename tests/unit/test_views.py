"""Notice, public record, receipts: what they say, and that they tell nothing of anybody else."""

from __future__ import annotations

import json

import pytest
from conftest import small_frozen

from ssj import protocol
from ssj.draw import disclosure


@pytest.fixture
def receipts(small_record):
    return {
        r["row"]["id"]: r
        for r in disclosure.receipts(
            small_record, [t["id"] for t in small_record["tables"]["targets"]]
        )
    }


def text_of(document) -> str:
    return json.dumps(document, ensure_ascii=False)


def test_notice_tells_nothing_internal():
    record = small_frozen()
    notice = disclosure.notice(record)
    assert (
        notice["commitment"]
        == record["commitment"]
        == protocol.sha256(protocol.canonical(notice["committed"]))
    )
    assert [t["id"] for t in notice["public_list"]["targets"]] == [
        "S001",
        "S002",
        "S003",
        "S004",
    ] and notice["public_list"]["unnamed"] == 1
    assert [
        word
        for word in ("样例第5公司", "S005", record["salt"], "risk_class", "stratum", "size")
        if word in text_of(notice)
    ] == []


def test_public_record_names_visits_by_id_and_no_sensitive_target(small_record):
    published = disclosure.published(small_record)
    assert [v["id"] for v in published["visits"]] == ["S001", "S004"] and published[
        "unnamed_visits"
    ] == 1
    assert published["visits"][1] == {
        "id": "S004",
        "name": "样例第4公司",
        "items": [{"id": "I1", "name": "事项I1"}, {"id": "I2", "name": "事项I2"}],
        "officers": [
            {"name": "样例乙", "department": "住建"},
            {"name": "样例丙", "department": "住建"},
            {"name": "样例丁", "department": "住建"},
        ],
    }
    tickets = [
        protocol.target_ticket(small_record, small_record["seed"], "target", t["id"])
        for t in small_record["tables"]["targets"]
    ]
    hidden = (
        "样例第5公司",
        "S005",
        "R1",
        "R2",
        "stratum",
        "size",
        "risk_class",
        small_record["salt"],
        *tickets,
    )
    assert [word for word in hidden if word in text_of(published)] == []


def test_receipts_say_who_is_drawn(receipts):
    assert {i: (r["drawn"], [item["id"] for item in r["items"]]) for i, r in receipts.items()} == {
        "S001": (True, ["I1"]),
        "S002": (False, []),
        "S003": (False, []),
        "S004": (True, ["I1", "I2"]),
        "S005": (True, ["I1", "I2"]),
    }
    for receipt in receipts.values():
        assert [s.holds for s in protocol.examine(receipt)] == [True, True, True, None, None, None]


def secrets_of(record, row) -> list[str]:
    """All that a stranger must not learn of a row: salts, part hashes, ticket, name, and ids of
    what it stands in.
    """
    salts = {
        p: protocol.row_salt(record["salt"], "targets", row["id"], p)
        for p in ("identity", "internal", "ticket")
    }
    parts = [protocol.part_hash(salts[p], row[p]) for p in ("identity", "internal")]
    ticket = protocol.ticket(record["seed"], "target", row["id"], salts["ticket"])
    return [
        *salts.values(),
        *parts,
        protocol.sha256(salts["ticket"]),
        ticket,
        row["id"],
        row["identity"]["name"],
    ]


def test_no_two_receipts_tell_anything_of_a_third_target(small_record, receipts):
    rows = small_record["tables"]["targets"]
    for one in rows:
        for two in rows:
            bytes_of_both = text_of([receipts[one["id"]], receipts[two["id"]]])
            for third in rows:
                if third not in (one, two):
                    assert [s for s in secrets_of(small_record, third) if s in bytes_of_both] == []


def test_a_receipt_shows_its_class_only_if_the_parameters_say_so(small_record, receipts):
    assert "risk_class" not in text_of(receipts["S004"]) and "size" not in text_of(receipts["S004"])
    frozen = small_frozen()
    frozen["parameters"] = {**frozen["parameters"], "receipt_internal": True}
    frozen["commitment"] = protocol.commit(frozen)
    text = small_record["entropy"]["text"]
    opened = next(
        disclosure.receipts(
            {**frozen, "entropy": {"text": text}, **protocol.draw(frozen, text)}, ["S004"]
        )
    )
    assert opened["row"]["internal"]["values"] == frozen["tables"]["targets"][3]["internal"]
    assert [s.holds for s in protocol.examine(opened)] == [True, True, True, None, None, None]


def test_no_receipt_for_a_stranger(small_record):
    with pytest.raises(protocol.ProtocolError, match="名录库中没有编号 S009"):
        list(disclosure.receipts(small_record, ["S001", "S009"]))
