"""What ``stage.json`` holds, to the field: nothing missing, nothing more,
each of its type. A kind of stage that states more has a model of its own (``Kind.stated``).
ARCHIVE §A5.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from ssj.base.params import Strict
from ssj.casebook import ledger
from ssj.casebook.archive import FORMAT


def _time(text: str) -> str:
    if not ledger.is_time(text):
        raise ValueError(text)
    return text


def _date(text: str) -> str:
    if date.fromisoformat(text).isoformat() != text:
        raise ValueError(text)
    return text


def _false(value: bool) -> bool:
    if value:
        raise ValueError(value)
    return value


Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Time = Annotated[str, AfterValidator(_time)]
Date = Annotated[str, AfterValidator(_date)]
Count = Annotated[int, Field(ge=0)]
Number = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(min_length=1)]


class Code(Strict):
    """Which program."""

    version: Name
    hash: Hash


class Taken(Strict):
    """An input that was taken in (:func:`ssj.casebook.taking.take`)."""

    file: Name
    size: Count
    sha256: Hash
    redacted: bool
    dropped: list[str]
    kept: Name


class Listed(Strict):
    """A file that was seen and stays outside the archive (:func:`ssj.casebook.taking.listed`)."""

    file: Name
    size: Count
    sha256: Hash


class Listing(Strict):
    """``scans.json``, ``evidence.json``."""

    files: list[Listed]


class Entered(Strict):
    """Which stage of another round, by its ledger line."""

    round: Name
    attempt: Number
    time: Time
    bag: Hash


class Stated(Strict):
    """``stage.json`` as all kinds have it."""

    format: Literal[FORMAT]  # type: ignore[valid-type]
    round_id: Name
    attempt: Number
    time: Time
    rehearsal: Annotated[bool, AfterValidator(_false)]
    ledger_head: Hash
    code: Code
    versions: dict[Name, Name]


class Approved(Stated):
    """``stage.json`` of what somebody approved after the freeze."""

    reason: Name
    note: str
    approver: Name
    date: Date


def problems(model: type[Strict], value: Any, place: str) -> list[str]:
    """What of a value is not as the model says, field by field, in words."""
    try:
        model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False)
        named = [(".".join(map(str, e["loc"])), _WORDS.get(e["type"], "不合要求")) for e in found]
        return [f"{place} 的 {field or '内容'} {words}" for field, words in named]
    return []


_WORDS = {"missing": "没有写", "extra_forbidden": "是多出来的"}
