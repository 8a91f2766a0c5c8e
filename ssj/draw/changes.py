"""What an amendment (抽后调整) or a void (作废) leaves as a record: derived from the record before
it and the request in ``stage.json``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import formats, params
from ssj.draw.lists import names
from ssj.protocol import ProtocolError, Record

APPROVED = ("reason", "note", "approver", "date")  # what both state
REQUEST = ("officer", "visits", "all", "time", *APPROVED)  # of an amendment


def amended(record: Record, stage: Record) -> Record:
    """A draw record with one amendment more: the request of ``stage.json`` and what follows from it
    (PROTOCOL §8.6).
    """
    request = {key: stage[key] for key in REQUEST}
    replaced = protocol.replace(record, request["officer"], request["visits"], request["all"])
    return {**record, "amendments": [*record.get("amendments", []), {**request, **replaced}]}


def voided(record: Record, stage: Record, entropy: Record | None = None) -> Record:
    """The record of a void: which attempt ended, why, who approved it, whether it had been drawn,
    who confirms that no event was held.

    ``entropy``: of an event whose draw has no teams (检查组排不出来); what it drew is kept in the
    record.
    """
    kept = {
        key: record[key] for key in ("protocol", "round", "attempt", "parameters", "commitment")
    }
    known = (
        {"unstaffed": {"entropy": entropy, **unstaffed(record, entropy["text"])}} if entropy else {}
    )
    return {
        **kept,
        "drawn": "drawn" in record,
        **{key: stage[key] for key in (*APPROVED, "time", "witnesses")},
        **known,
    }


def unstaffed(record: Record, text: str) -> Record:
    """What a frozen record draws with the event's ``text`` where no teams can be made (PROTOCOL
    §8.4): seed, drawn, visits, why.

    ``ProtocolError`` if teams can be made: then the draw is to be completed.
    """
    protocol.check_event_text(record["event"], text)
    seed = protocol.seed_of(record["commitment"], text)
    drawn = protocol.draw_targets(record, seed)
    visits = protocol.visits_of(record, drawn)
    for purpose in ("officer", "expert"):
        try:
            protocol.match(record, visits, seed, purpose)
        except ProtocolError as error:
            return {
                "seed": seed,
                "drawn": drawn,
                "visits": [v["id"] for v in visits],
                "why": str(error),
            }
    raise ProtocolError("检查组排得出来，应当完成抽取")


def entropy_of(inputs: Path) -> Record | None:
    """The event's text and who was there, if a void's ``in/`` holds them."""
    path = inputs / "entropy.toml"
    return params.read_entropy(path).recorded() if path.exists() else None


def void_facts(record: Record) -> dict[str, Any]:
    """A void in words, for everybody."""
    return {
        "封库校验码": record["commitment"],
        "作废时是否已抽取": record["drawn"],
        "理由": record["reason"],
        "情况说明": record["note"],
        "审批人": record["approver"],
        "审批日期": formats.day(record["date"]),
        "时间": formats.time(record["time"]),
        "证明公开活动没有举行的保管人": tuple(record["witnesses"]) or "（不适用）",
        **(
            {
                "公开随机数": record["unstaffed"]["entropy"]["text"],
                "抽取随机数": record["unstaffed"]["seed"],
                "按此抽中（户次），但检查组排不出来": len(record["unstaffed"]["visits"]),
            }
            if "unstaffed" in record
            else {}
        ),
    }


def unstaffed_rows(before: Record, record: Record) -> list[dict[str, str]]:
    """Targets that a voided attempt without teams had drawn; none for other voids."""
    known = names(before, "targets") if "unstaffed" in record else {}
    return [{"id": i, "name": known[i]} for i in record.get("unstaffed", {}).get("visits", [])]
