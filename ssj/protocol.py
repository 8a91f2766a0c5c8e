"""The draw protocol ssj/1: how a random inspection is fixed, drawn, staffed, and checked again.

**In plain words.** Think of a raffle whose organiser nobody needs to trust.

*The sealed box.* Before the draw all that decides it is written down: which firms (targets) may be
drawn and how heavily each counts, who may be sent, the settings, and a long secret number, the
salt. The fingerprint of it all, 64 digits called the commitment, is published. Whoever changes one
letter afterwards gets another fingerprint. The salt keeps the box opaque: nobody can guess its
contents and confirm the guess by its fingerprint.

*The dice.* On the announced day dice are rolled in public; a lottery or a beacon may take their
place. Nobody, the organiser included, knew the numbers when the box was sealed.

*The tickets.* Fingerprint and dice give the seed. The seed and a target's own piece of the salt
give its ticket, a number that nobody could know before and whoever holds the salt can recompute.

*The draw.* In each list the smallest tickets win. Where targets count differently, the ticket of a
heavier one is made smaller accordingly (§6).

*The teams.* At each visit the officers queue in the order of tickets of their own. Seat after seat
goes to the first in the queue with whom all seats that remain can still be filled (§8).

*The check.* Whoever has the record does it all again and compares every result (§10). Nothing is
believed but what was seen in public: the fingerprint before, the dice after.

**How to read on.** The authority is ``docs/PROTOCOL.md``; the section numbers are its own (its §11,
the test vectors, is ``tests/vectors``). First *parse*: a record is held against its shape, which
names every field that is read and its kind (:func:`problem`). Then *compute*: what follows relies
on that. Records stay as JSON has them, since they are hashed and compared with fields that nobody
reads. What is refused raises ``ProtocolError``. Standard library only; no clock, no randomness, no
floating-point number, no files but in :func:`main`. A copy lies in every archived stage and derives
the whole draw by itself::

    python protocol.py out/draw.json      (also: notice, public record, receipt, ledger.jsonl)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from fractions import Fraction
from functools import cache
from itertools import chain, pairwise
from math import ceil, comb
from typing import Any, NamedTuple

PROTOCOL = "ssj/1"
ALL = "*"  # the one stratum of a task with one ratio
M = 2**52  # ticket numbers are below M
LARGEST = 2**53 - 1  # integers beyond it are not exact in every JSON reader
LEAST_OUTCOMES = 2**40
LEAST_CUSTODIANS = 2  # who attest that a commitment is the only one
DEEPEST = 100  # levels of lists and objects
LARGEST_TEAM = 100
MOST_PARTIES = 100
MOST_CUTS = 1_000  # ways to cut a department's officers into groups that are tried
GROUPS = "groups"  # team_mode of a round with 先组后户
NO_HEAD = "0" * 64  # ledger head of an empty ledger
TABLES = ("items", "officers", "targets", "tasks")
PLATFORM = "platform"  # official_draw of a round whose targets are drawn elsewhere
EXTERNAL = "外部抽取：检查对象由省级平台抽取，本记录不能核验"

Record = dict[str, Any]
Rows = list[Record]
Caps = dict[str, int]  # officer → so many seats at most
Bar = Callable[[str, str], str]  # (visit, officer) → why the officer may not go there; empty: may


class ProtocolError(ValueError):
    """Input that the protocol refuses; the message is Chinese, since auditors read it."""


class NotChecked(ProtocolError):
    """A verification step that can't be done here; the message says why."""


# --- §1 Canonical JSON and hashes; shapes ---------------------------------------------------------


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of text, booleans, null, lists, integers within ±(2^53−1), and objects with
    ASCII keys; all else is refused.

    >>> canonical({"b": [1, True], "a": "甲"}).decode()
    '{"a":"甲","b":[1,true]}'
    """
    _refuse_inexact(value)
    return _written(value).encode("utf-8")


_written = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


_PLAIN = (str, int, dict, list, type(None))


def _refuse_inexact(value: Any) -> None:
    """Level by level, each as a whole: a record of a large round has millions of values."""
    level: list[Any] = [value]
    for depth in range(DEEPEST + 2):
        sorts: dict[type, list[Any]] = {sort: [] for sort in set(map(type, level))}
        for item in level:
            sorts[type(item)].append(item)
        texts, numbers, objects, lists = (
            [item for sort, items in sorts.items() if issubclass(sort, kind) for item in items]
            for kind in (str, int, dict, list)
        )
        if not all(issubclass(sort, _PLAIN) for sort in sorts):
            odd = next(v for v in level if not isinstance(v, _PLAIN))
            raise ProtocolError(f"不能精确写入的类型：{type(odd).__name__}")
        if texts and re.search("[\ud800-\udfff]", "".join(texts)):
            raise ProtocolError("文本含不成对的代理码位")
        if numbers and max(map(abs, numbers)) > LARGEST:
            raise ProtocolError(f"整数 {max(numbers, key=abs)} 超出 ±(2^53−1)")
        if not (objects or lists):
            return
        if depth >= DEEPEST:
            raise ProtocolError(f"嵌套超过 {DEEPEST} 层")
        for key in set().union(*objects):
            if not (isinstance(key, str) and key.isascii()):
                raise ProtocolError(f"键“{key}”不是 ASCII 文本")
        level = [v for item in objects for v in item.values()] + [v for item in lists for v in item]


def parse(text: str) -> Any:
    """Read JSON strictly: no floats, no duplicate keys, nothing that :func:`canonical` refuses.

    >>> parse('{"a": [1, true]}')
    {'a': [1, True]}
    """

    def refuse(number: str) -> None:
        raise ProtocolError(f"记录含小数或非数值：{number}")

    def unique(pairs: list[tuple[str, Any]]) -> Record:
        if len(dict(pairs)) != len(pairs):
            raise ProtocolError("记录含重复的键")
        return dict(pairs)

    try:
        value = json.loads(
            text, parse_float=refuse, parse_constant=refuse, object_pairs_hook=unique
        )
        _refuse_inexact(value)
    except ProtocolError:
        raise
    except (ValueError, RecursionError) as error:
        raise ProtocolError("不是完整的 JSON") from error
    return value


def sha256(data: bytes | str) -> str:
    """64 lowercase hexadecimal digits of the SHA-256 of bytes, or of UTF-8 text."""
    return hashlib.sha256(data.encode("utf-8") if isinstance(data, str) else data).hexdigest()


class Kind(NamedTuple):
    """A kind of value: what messages call it, and which values are of it."""

    name: str
    holds: Callable[[Any], bool]


def _text(name: str, pattern: str) -> Kind:
    form = re.compile(pattern, re.DOTALL)
    return Kind(name, lambda value: isinstance(value, str) and bool(form.fullmatch(value)))


def _integer(least: int, most: int = LARGEST) -> Kind:
    name = f"不小于 {least} 的整数" if most == LARGEST else f"{least} 至 {most} 的整数"
    return Kind(name, lambda value: type(value) is int and least <= value <= most)  # no boolean


TEXT, WORD = Kind("文字", lambda value: isinstance(value, str)), _text("非空的文字", ".+")
HASH = _text("64 位小写十六进制数", "[0-9a-f]{64}")
ID = _text("规范的编号", r"[0-9A-Z()\-_./\u4e00-\u9fff]+")
FLAG, COUNT = Kind("true 或 false", lambda value: isinstance(value, bool)), _integer(0)
Shape = Any  # a Kind, [shape of all entries], or {field: its shape}, "field?" if it is optional
_ABSENT = object()  # stands for what isn't there: of no kind, and equal to no JSON value


class Exact(dict[str, Shape]):
    """A shape of objects that have no further fields."""


NAMED = [Exact(id=TEXT, name=TEXT)]
CHECKS = [Exact(rows=COUNT, root=HASH, ended=[HASH])]  # of a public record (§10.9)


def problem(shape: Shape, value: Any, place: str = "") -> str:
    """The first place where a value is not of its shape, in words; empty if it is. Fields that the
    shape doesn't name are allowed, unless it is :class:`Exact`.

    >>> problem({"id": TEXT, "sizes": [COUNT], "note?": TEXT}, {"id": "S1", "sizes": [2, -1]})
    'sizes[1]：应为不小于 0 的整数，记录为 -1'
    """
    path, message = _first_wrong(shape, value)
    return message and f"{(place + path).lstrip('.') or '记录'}：{message}"


def _first_wrong(shape: Shape, value: Any) -> tuple[str, str]:
    """Where, from here, a value is not of its shape, and what is wrong there; both empty if it is.
    The path is made on the way back only: most values are right.
    """
    if isinstance(shape, dict) and isinstance(value, dict):
        for field, inner in shape.items():
            key = field.removesuffix("?")
            if key in value or key == field:
                path, message = _first_wrong(inner, value.get(key, _ABSENT))
                if message:
                    return f".{key}{path}", message
        more = value.keys() - {f.removesuffix("?") for f in shape} if type(shape) is Exact else ()
        return (f".{min(more)}", "不应有这一项") if more else ("", "")
    if isinstance(shape, list) and isinstance(value, list):
        for number, item in enumerate(value):
            path, message = _first_wrong(shape[0], item)
            if message:
                return f"[{number}]{path}", message
        return "", ""
    if isinstance(shape, Kind) and shape.holds(value):
        return "", ""
    name = shape.name if isinstance(shape, Kind) else "列表" if isinstance(shape, list) else "对象"
    return "", f"应为{name}，记录为 {_short(value)}"


def _require(shape: Shape, value: Any, place: str = "") -> None:
    if wrong := problem(shape, value, place):
        raise ProtocolError(wrong)


def difference(derived: Any, recorded: Any, path: str = "") -> str:
    """The first place where two JSON values differ, in words; empty if they are equal.

    >>> difference({"a": [1, 2]}, {"a": [1, 3]})
    'a[1]：应为 2，记录为 3'
    """
    return "" if _alike(derived, recorded) else _first_difference(derived, recorded, path)


def _alike(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal, at one go; ``true`` and ``1`` are not."""
    with suppress(TypeError, ValueError):
        return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    return False


def _first_difference(derived: Any, recorded: Any, path: str) -> str:
    if type(derived) is type(recorded) and isinstance(derived, dict | list):
        sides = [_inside(side, path) for side in (derived, recorded)]
        places = sorted(sides[0] | sides[1]) if isinstance(derived, dict) else sides[0] | sides[1]
        pairs = ([side.get(place, _ABSENT) for side in sides] + [place] for place in places)
        return next(filter(None, (_first_difference(*pair) for pair in pairs)), "")
    if type(derived) is type(recorded) and derived == recorded:
        return ""
    return f"{path}：应为 {_short(derived)}，记录为 {_short(recorded)}"


def _inside(value: Record | list[Any], path: str) -> Record:
    if isinstance(value, dict):
        return {f"{path}.{key}" if path else key: item for key, item in value.items()}
    return {f"{path}[{n}]": item for n, item in enumerate(value)}


def _short(value: Any) -> str:
    if value is _ABSENT:
        return "（无）"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "…"


# --- §2 Ids ---------------------------------------------------------------------------------------


def normalise_id(text: str) -> str:
    """NFKC, upper case; ``ProtocolError`` unless only ``0-9A-Z()-_./`` and U+4E00–9FFF remain.

    >>> normalise_id("ｓ（2021）-7号")
    'S(2021)-7号'
    """
    identifier = unicodedata.normalize("NFKC", text).upper()
    if not ID.holds(identifier):
        raise ProtocolError(f"编号“{text}”为空或含有不允许的字符")
    return identifier


# --- §3 Row salts, leaves, table roots, proofs ----------------------------------------------------


def row_salt(salt: str, table: str, identifier: str, part: str) -> str:
    """Salt of one ``part`` (``identity``, ``internal``, ``ticket``) of one row: HMAC-SHA256."""
    message = f"{table},{identifier},{part}".encode()
    return hmac.new(bytes.fromhex(salt), message, "sha256").hexdigest()


def part_hash(part_salt: str, values: Any) -> str:
    """Hash of one part of a row, hidden by its salt."""
    return sha256(canonical({"salt": part_salt, "values": values}))


def table_root(salt: str, table: str, rows: Rows) -> str:
    """Root over a table's rows in their order: ``merkle_root`` of their leaves."""
    _refuse_inexact(rows)  # once for all of them
    return merkle_root(_leaf(salt, table, row) for row in rows)


def leaf(salt: str, table: str, row: Record) -> bytes:
    """Leaf data of a row: its id, the hashes of its two salted parts and of its ticket salt."""
    _refuse_inexact(row)
    return _leaf(salt, table, row)


def _leaf(salt: str, table: str, row: Record) -> bytes:
    salts = {part: row_salt(salt, table, row["id"], part) for part in (*_PARTS, "ticket")}
    identity, internal = (
        sha256(_written({"salt": salts[part], "values": row[part]})) for part in _PARTS
    )
    return _leaf_data(row["id"], identity, internal, salts["ticket"])


_PARTS = ("identity", "internal")


def _leaf_data(identifier: str, identity: str, internal: str, ticket_salt: str) -> bytes:
    hashes = {"identity": identity, "internal": internal, "ticket": sha256(ticket_salt)}
    return _written({"id": identifier, **hashes}).encode("utf-8")


def _node(*parts: bytes) -> bytes:
    """Hash of a leaf (its data), or of an inner node (the two below it)."""
    return hashlib.sha256(b"".join((bytes([len(parts) - 1]), *parts))).digest()


def merkle_levels(leaves: Iterable[bytes]) -> list[list[bytes]]:
    """All levels of the Merkle tree of RFC 6962 §2.1, the leaves' hashes first: neighbours are
    paired, a last one without a neighbour moves up as it is.

    >>> [len(level) for level in merkle_levels([b"a", b"b", b"c"])]
    [3, 2, 1]
    """
    levels = [[_node(data) for data in leaves]]
    while len(level := levels[-1]) > 1:
        pairs = [level[n : n + 2] for n in range(0, len(level), 2)]
        levels.append([_node(*pair) if len(pair) == 2 else pair[0] for pair in pairs])
    return levels


def merkle_root(leaves: Iterable[bytes]) -> str:
    """Root of the Merkle tree over leaf data in the given order."""
    top = merkle_levels(leaves)[-1]
    return top[0].hex() if top else sha256(b"")


def root_from_proof(data: bytes, index: int, count: int, proof: Sequence[str]) -> str:
    """The root to which a proof of leaf ``index`` among ``count`` leads, to be compared.

    Raises ``ProtocolError`` if there is no such leaf, or the proof is too short or too long.

    >>> leaves = [b"a", b"b", b"c"]
    >>> root_from_proof(b"c", 2, 3, [merkle_root(leaves[:2])]) == merkle_root(leaves)
    True
    """
    if not 0 <= index < count or problem([HASH], list(proof)):
        raise ProtocolError("证明所指的行不存在，或证明含有不是校验码的内容")
    node, left = _node(data), [bytes.fromhex(step) for step in proof]
    while count > 1:
        if index ^ 1 < count:  # it has a neighbour on this level
            if not left:
                raise ProtocolError("证明过短")
            node = _node(left.pop(0), node) if index % 2 else _node(node, left.pop(0))
        index, count = index // 2, (count + 1) // 2
    if left:
        raise ProtocolError("证明过长")
    return node.hex()


# --- §4 Public random event and commitment --------------------------------------------------------


class EventKind(NamedTuple):
    """All that the program knows of a kind of public random event (§4.1, §4.2)."""

    name: str
    unit: str
    writing: str  # how the text is written, for people
    outcomes: int  # equally likely ones of a single die, draw or bit
    pattern: str  # expression of one draw; of one character where nothing separates them
    # As pattern allows: one draw; or characters. Each may follow the beginning of any other, so
    # that the first wrong character of a text can be told.
    example: str
    separator: str = ""  # between draws
    per: int = 1  # so many make one of pattern: 4 bits a hexadecimal digit
    group: int = 4  # so many characters are printed together, unless they are draws
    source: bool = True  # which draw or pulse is meant has to be announced
    raw: bool = False  # the source's own record has to be kept


_33, _16 = "(0[1-9]|[12][0-9]|3[0-3])", "(0[1-9]|1[0-6])"
_35, _12 = "(0[1-9]|[12][0-9]|3[0-5])", "(0[1-9]|1[0-2])"
EVENTS = {
    "dice": EventKind("骰子", "粒", "依次的点数，连写", 6, "[1-6]", "123456", source=False),
    "lottery": EventKind(
        "双色球",
        "期",
        "红球由小到大、用逗号分开，加号后为蓝球，各期用分号分开",
        comb(33, 6) * 16,
        rf"{_33}(,{_33}){{5}}\+{_16}",
        "01,02,03,11,12,13+01",
        separator=";",
    ),
    "lotto": EventKind(
        "超级大乐透",
        "期",
        "前区由小到大、用逗号分开，加号后为后区，各期用分号分开",
        comb(35, 5) * comb(12, 2),
        rf"{_35}(,{_35}){{4}}\+{_12}(,{_12}){{1}}",
        "01,02,03,11,12+01,02",
        separator=";",
    ),
    "beacon": EventKind(
        "公开随机数信标",
        "位",
        "小写十六进制数",
        2,
        "[0-9a-f]",
        "0123456789abcdef",
        per=4,
        raw=True,
    ),
}
_EVENT = {
    "kind": TEXT,
    "count": COUNT,
    "form": TEXT,
    "time?": TEXT,
    "custodians?": [TEXT],
    "parties?": [{"name": TEXT, "sha256": HASH}],
    "keys?": [{"name": TEXT, "key": HASH}],
}


def event_outcomes(kind: str, count: int) -> int:
    """Number of equally likely outcomes of ``count`` dice, draws of a lottery, or bits.

    >>> event_outcomes("dice", 2)
    36
    """
    known = EVENTS.get(kind)
    if known is None or problem(_integer(1, 1024), count) or count % known.per:
        raise ProtocolError(f"不认识的公开随机数来源：{kind} × {count}")
    return int(known.outcomes**count)


def event_form(kind: str, count: int, parties: int = 0) -> str:
    r"""Expression that the event's text must match in full: there is one way to write an outcome.

    >>> event_form("beacon", 40, parties=1)
    '[0-9a-f]{10}(\\|[0-9a-f]{64}){1}'
    """
    event_outcomes(kind, count)
    known, times = EVENTS[kind], count // EVENTS[kind].per
    form = f"{known.pattern}{{{times}}}"
    if known.separator:
        form = known.pattern + f"({known.separator}{known.pattern})" * (times - 1)
    return form + (rf"(\|[0-9a-f]{{64}}){{{parties}}}" if parties else "")


def check_event(event: Record) -> None:
    """Raises ``ProtocolError`` unless the form is the kind's own, the parties' hashes differ, and
    each key is that of one custodian.

    >>> check_event({"kind": "dice", "count": 16, "form": "[1-6]{16}"})
    """
    _require(_EVENT, event, "event")
    hashes = [party["sha256"] for party in event.get("parties", [])]
    if not len(set(hashes)) == len(hashes) <= MOST_PARTIES:
        raise ProtocolError(f"参与方多于 {MOST_PARTIES} 个，或事先交存的校验码有重复")
    if event["form"] != event_form(event["kind"], event["count"], len(hashes)):
        raise ProtocolError("公开随机数的书写格式与来源不符")
    _check_keys(event)


def _check_keys(event: Record) -> None:
    keys, custodians = event.get("keys", []), event.get("custodians", [])
    alone = all(len({k[field] for k in keys}) == len(keys) for field in ("name", "key"))
    if not alone or len(keys) > MOST_PARTIES or not {k["name"] for k in keys} <= {*custodians}:
        raise ProtocolError("保管人的公钥有重复，或不是公告的保管人的")
    if bad := [k["name"] for k in keys if _point(bytes.fromhex(k["key"])) is None]:
        raise ProtocolError(f"保管人“{'、'.join(bad)}”的公钥不是 Ed25519 公钥")


def check_event_text(event: Record, text: str) -> None:
    """Raises ``ProtocolError`` unless ``text`` is as announced, each party's number included.

    >>> check_event_text({"kind": "dice", "count": 3, "form": "[1-6]{3}"}, "163")
    """
    check_event(event)
    if not re.fullmatch(event["form"], text):
        raise ProtocolError(f"公开随机数“{text}”与公告的书写格式 {event['form']} 不符")
    outcome, *reveals = text.split("|")
    for part in re.split("[;+]", outcome):
        numbers = part.split(",")
        if sorted(set(numbers)) != numbers:
            raise ProtocolError(f"号码“{part}”应由小到大且不重复")
    for party, reveal in zip(event.get("parties", []), reveals, strict=True):
        if sha256(reveal) != party["sha256"]:
            raise ProtocolError(f"参与方“{party['name']}”公开的数与事先交存的校验码不符")


def public_list(record: Record) -> Record:
    """Ids and names of all targets but the sensitive ones, which are only counted (§4.4).

    >>> public_list(example())["unnamed"]
    0
    """
    rows = record["tables"]["targets"]
    public = [row for row in rows if row["internal"]["public"]]
    named = [{"id": row["id"], "name": row["identity"]["name"]} for row in public]
    return {"targets": named, "unnamed": len(rows) - len(named)}


# What is read of each table's rows, and of a frozen record (§10.5)
_CAP = Kind("不小于 0 的整数或 null", lambda value: value is None or COUNT.holds(value))
_PERSON = {"specialities": [TEXT], "authority": [TEXT], "recusals": [TEXT], "cap": _CAP}
_FRAME = {"task": TEXT, "stratum": TEXT, "size": COUNT}
_STRATA, _SIZE = [{"stratum": TEXT, "ratio": TEXT}], _integer(0, LARGEST_TEAM)
_OFFICER = _text("officer、expert 或 staff", "officer|expert|staff")
_INTERNAL: dict[str, Shape] = {
    "items": {"department": WORD, "categories": [TEXT], "specialities": [WORD], "expert": FLAG},
    "officers": {"kind": _OFFICER, "department": TEXT, "available": FLAG, **_PERSON},
    "targets": {"category": TEXT, "public": FLAG, "frames": [_FRAME], "rotation?": [TEXT]},
    "tasks": {"items": [TEXT], "strata": _STRATA, "team_size": _SIZE, "expert": FLAG},
}
_IDENTITY = {name: {"id": TEXT} for name in TABLES} | {"targets": {"id": TEXT, "name": TEXT}}
_ROWS = {
    name: [Exact(id=ID, identity=_IDENTITY[name], internal=_INTERNAL[name])] for name in TABLES
}
FROZEN = {
    "round": TEXT,
    "attempt": _integer(1),
    "salt": HASH,
    "ledger_head": HASH,
    "event": _EVENT,
    "code": {},
    "parameters": {
        "slack": COUNT,
        "demonstration": FLAG,
        "official_draw?": _text("here 或 platform", "here|platform"),
        "team_mode?": _text("visits 或 groups", "visits|groups"),
    },
    "tables": Exact(_ROWS),
}


def check_record(record: Record) -> None:
    """Raises ``ProtocolError`` unless a frozen record has its shape, and its ids are in order and
    refer to rows that there are (§10.5).

    >>> check_record(example())
    """
    _require(FROZEN, record)
    check_event(record["event"])
    for name, rows in record["tables"].items():
        ids = [row["id"] for row in rows]
        if sorted(set(ids)) != ids:
            raise ProtocolError(f"表 {name} 的编号重复或未排序")
        if odd := [row["id"] for row in rows if row["identity"]["id"] != row["id"]]:
            raise ProtocolError(f"表 {name} 的 {odd[0]} 行两处编号不一致")
    items = _internal(record, "items").keys()
    for task, internal in _internal(record, "tasks").items():
        strata = [s["stratum"] for s in internal["strata"]]
        if len(set(strata)) < len(strata) or not items >= set(internal["items"]):
            raise ProtocolError(f"任务 {task} 有重复的抽取组，或有清单中没有的事项")


def commitment_object(record: Record) -> Record:
    """The object whose hash is the commitment: all that is fixed before the event (§4.3).

    Raises ``ProtocolError`` if the record isn't sound (:func:`check_record`).
    """
    check_record(record)
    salt, parameters = record["salt"], record["parameters"]
    parameters_salt = row_salt(salt, "parameters", record["round"], "internal")
    roots = {
        name: {"rows": len(rows), "root": table_root(salt, name, rows)}
        for name, rows in record["tables"].items()
    }
    opened = {key: record[key] for key in ("round", "attempt", "event", "code", "ledger_head")}
    if drawn_elsewhere(parameters):
        opened["official_draw"] = PLATFORM
    return opened | {
        "protocol": PROTOCOL,
        "demonstration": parameters["demonstration"],
        "tables": roots,
        "public_list": sha256(canonical(public_list(record))),
        "parameters": part_hash(parameters_salt, parameters),
        "salt": sha256(bytes.fromhex(salt)),
    }


def commit(record: Record) -> str:
    """The commitment (封库校验码) of a frozen record; ``ProtocolError`` if it isn't sound."""
    return sha256(canonical(commitment_object(record)))


# A commitment object as others have it (§4.3)
COMMITTED = Exact(
    {key: FROZEN[key] for key in ("round", "attempt", "event", "code", "ledger_head")},
    **{"protocol": TEXT, "demonstration": FLAG, "official_draw?": _text(PLATFORM, PLATFORM)},
    tables=Exact({name: Exact(rows=COUNT, root=HASH) for name in TABLES}),
    **dict.fromkeys(("public_list", "parameters", "salt"), HASH),
)


# --- §5 Seed and tickets --------------------------------------------------------------------------


def seed_of(commitment: str, text: str) -> str:
    """The seed (抽取随机数): from the commitment and the event's text, nothing else."""
    return sha256(f"{PROTOCOL},seed,{commitment},{text}")


def ticket(seed: str, purpose: str, identifier: str, ticket_salt: str) -> str:
    """A ticket (签号): 64 hexadecimal digits; anyone who has the salt can recompute it."""
    return sha256(f"{seed},{purpose},{identifier},{ticket_salt}")


def ticket_number(ticket_hex: str) -> int:
    """First 13 hexadecimal digits as an integer below 2^52.

    >>> ticket_number("0" * 12 + "f" * 52)
    15
    """
    return int(ticket_hex[:13], 16)


def target_ticket(record: Record, seed: str, purpose: str, target: str) -> str:
    """A target's own ticket for ``purpose`` ``target`` or ``visit``, with its ticket salt."""
    return ticket(seed, purpose, target, row_salt(record["salt"], "targets", target, "ticket"))


# --- §6 Frames and selection ----------------------------------------------------------------------


class Unit(NamedTuple):
    """A target in a stratum: its id, size (integer, 0 = excluded) and ticket."""

    id: str
    size: int
    ticket: str


def sample_size(ratio: str, count: int) -> int:
    """min(⌈ratio·N⌉, N), exact; ``ratio`` is decimal text above 0 and at most 1, else refused.

    >>> sample_size("0.05", 61)
    4
    """
    if not re.fullmatch(r"[01](\.[0-9]{1,9})?", ratio) or not 0 < Fraction(ratio) <= 1:
        raise ProtocolError(f"抽查比例“{ratio}”不是 0 到 1 的小数")
    return min(ceil(Fraction(ratio) * count), count)


def select(units: Iterable[Unit], n: int) -> tuple[list[str], list[str]]:
    """Draw ``n`` units with chances proportional to size: the certain ones, and the others in
    drawing order.

    Pareto order sampling (Rosén 1997) on integers, §6.3. Units of size 0 are never drawn.

    >>> select([Unit("S1", 9, "7" * 64), Unit("S2", 1, "8" * 64), Unit("S3", 1, "6" * 64)], 2)
    (['S1'], ['S3'])
    """
    left = [u for u in units if u.size > 0]
    total, certain = sum(u.size for u in left), []
    while n and (sure := [u for u in left if n * u.size >= total]):
        left = [u for u in left if n * u.size < total]
        certain += [u.id for u in sure]
        n, total = n - len(sure), total - sum(u.size for u in sure)

    def order(u: Unit) -> tuple[int, str, str]:
        t, expected = ticket_number(u.ticket), n * u.size
        return M * t * (total - expected) // (expected * (M - t)), u.ticket, u.id

    return sorted(certain), [u.id for u in sorted(left, key=order)[:n]] if n else []


def frames(record: Record) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """Frames as frozen: (task, stratum) → targets with their sizes, in id order; strata that are
    empty included. ``ProtocolError`` where §6.1 doesn't allow them.

    >>> frames(example())
    {('R1', '*'): [('S1', 1), ('S2', 1), ('S3', 4)]}
    """
    tasks = record["tables"]["tasks"]
    keys = [(task["id"], s["stratum"]) for task in tasks for s in task["internal"]["strata"]]
    result: dict[tuple[str, str], list[tuple[str, int]]] = {key: [] for key in keys}
    if len(result) < len(keys):
        raise ProtocolError("任务有重复的抽取组")
    for target in record["tables"]["targets"]:
        listed = target["internal"]["frames"]
        for key, size in (((frame["task"], frame["stratum"]), frame["size"]) for frame in listed):
            if not COUNT.holds(size):
                raise ProtocolError(f"{target['id']} 的风险权数不是非负整数")
            if key not in result:
                raise ProtocolError(f"{target['id']} 所在的任务或抽取组不存在：{key}")
            result[key].append((target["id"], size))
        if len({frame["task"] for frame in listed}) < len(listed):
            raise ProtocolError(f"{target['id']} 在同一任务中出现两次")
    return result


def draw_targets(record: Record, seed: str) -> list[Record]:
    """Drawn targets of every task and stratum (§6.3), in the order of the record.

    >>> [drawn_ids(part) for part in draw_targets(example(), "5a" * 32)]
    [['S3', 'S2']]
    """
    ids = [target["id"] for target in record["tables"]["targets"]]
    tickets = {i: target_ticket(record, seed, "target", i) for i in ids}
    framed, drawn = frames(record), []
    for task in record["tables"]["tasks"]:
        for stratum in task["internal"]["strata"]:
            frame = framed[task["id"], stratum["stratum"]]
            count = sum(size > 0 for _, size in frame)
            n = sample_size(stratum["ratio"], count)
            certain, others = select([Unit(i, size, tickets[i]) for i, size in frame], n)
            part = {"task": task["id"], "stratum": stratum["stratum"], "count": count, "n": n}
            drawn.append({**part, "certain": certain, "by_ticket": others})
    return drawn


def drawn_ids(part: Record) -> list[str]:
    """Ids of a drawn part: in drawing order, the certain ones first; of a draw made elsewhere
    (§6.5) in id order.

    >>> drawn_ids({"certain": ["S3"], "by_ticket": ["S2", "S1"]})
    ['S3', 'S2', 'S1']
    """
    return part["external"] if "external" in part else [*part["certain"], *part["by_ticket"]]


def drawn_elsewhere(holder: Any) -> bool:
    """Whether ``parameters``, or a commitment object, say that the provincial platform draws the
    targets (§6.5).

    >>> drawn_elsewhere({"official_draw": "platform"})
    True
    """
    return isinstance(holder, dict) and holder.get("official_draw") == PLATFORM


def external_parts(record: Record, external: Any) -> list[Record]:
    """The drawn parts of a draw made elsewhere; ``external``: task → ids, in any order, a missing
    task has drawn nobody. ``ProtocolError`` where §6.5 doesn't allow it.

    >>> external_parts(example(official_draw="platform"), {"R1": ["S2", "S1"]})
    [{'task': 'R1', 'external': ['S1', 'S2']}]
    """
    if not drawn_elsewhere(record["parameters"]):
        raise ProtocolError("本批次的检查对象不由省级平台抽取，不能用外部名单")
    if not isinstance(external, dict):
        raise ProtocolError("本批次的检查对象由省级平台抽取，须有外部名单")
    tasks, roster = ([r["id"] for r in record["tables"][name]] for name in ("tasks", "targets"))
    if stray := sorted(external.keys() - set(tasks)):
        raise ProtocolError(f"外部名单中的任务不在本批次中：{'、'.join(stray)}")
    for task, ids in external.items():
        said, counts = f"任务 {task} 的外部名单中，有的编号", Counter[str](ids)
        if stray := sorted(counts.keys() - set(roster)):
            raise ProtocolError(f"{said}不在检查对象名录库中：{'、'.join(stray)}")
        if twice := sorted(i for i, times in counts.items() if times > 1):
            raise ProtocolError(f"{said}重复：{'、'.join(twice)}")
    return [{"task": task, "external": sorted(external.get(task, []))} for task in tasks]


# --- §7 Visits, seats, eligibility ----------------------------------------------------------------


class _Table(dict[str, Record]):
    """Internal parts of a table's rows by id; an id that isn't there is refused."""

    def __missing__(self, identifier: str) -> Record:
        raise ProtocolError(f"表中没有所引用的编号 {identifier}")


def _internal(record: Record, table: str) -> _Table:
    return _Table({row["id"]: row["internal"] for row in record["tables"][table]})


def visits_of(record: Record, drawn: Iterable[Record]) -> list[Record]:
    """One visit for each drawn target, with all tasks that drew it, its items and its seats; in id
    order.

    >>> [visit["id"] for visit in visits_of(example(), [{"task": "R1", "external": ["S2", "S1"]}])]
    ['S1', 'S2']
    """
    tasks, items, targets = (_internal(record, name) for name in ("tasks", "items", "targets"))
    drawn_by: dict[str, set[str]] = defaultdict(set)
    for part in drawn:
        for target in drawn_ids(part):
            drawn_by[target].add(part["task"])
    return [
        visit_of(target, targets[target]["category"], sorted(drawn_by[target]), tasks, items)
        for target in sorted(drawn_by)
    ]


def visit_of(
    target: str, category: str, task_ids: list[str], tasks: Record, items: Record
) -> Record:
    """The visit to ``target`` for ``task_ids``: items that fit its category, then seats (§7.1,
    §7.2). ``tasks`` and ``items``: internal parts by id. A visit without items is refused.

    For each department of an item: one seat for each speciality that its items require, then
    general seats up to the team size of the tasks, never fewer than two. Experts have seats of
    their own.

    >>> tasks, items = (_internal(example(), name) for name in ("tasks", "items"))
    >>> [seat["speciality"] for seat in visit_of("S1", "工地", ["R1"], tasks, items)["seats"]]
    ['燃气', '']
    """
    possible = {i for t in task_ids for i in tasks[t]["items"]}
    fitting = sorted(i for i in possible if category in items[i]["categories"])
    if not fitting or any(not items[i]["department"] for i in fitting):
        raise ProtocolError(f"{target} 没有适用的检查事项，或事项没有抽查主体")
    size, seats = max(2, *(tasks[t]["team_size"] for t in task_ids)), []
    for department in sorted({items[i]["department"] for i in fitting}):
        theirs = [items[i] for i in fitting if items[i]["department"] == department]
        specialities = sorted({s for item in theirs for s in item["specialities"]})
        specialities += [""] * (size - len(specialities))
        seats += [{"department": department, "speciality": s} for s in specialities]
    expert_items = [items[i] for i in fitting if items[i]["expert"]]
    experts = sorted({s for item in expert_items for s in item["specialities"] or [""]})
    if not experts and any(tasks[t]["expert"] for t in task_ids):
        experts = [""]
    expert_seats = [{"department": "", "speciality": s} for s in experts]
    visit = {"id": target, "tasks": task_ids, "items": fitting}
    return {**visit, "seats": seats, "expert_seats": expert_seats}


def fits(officer: Record, seat: Record, visit: Record, items: Record) -> bool:
    """Whether an officer may take a seat, recusal and caps left aside (§7.3).

    A general seat needs authority over one of the department's items, a speciality seat over all
    that require it.

    >>> fits(example()["tables"]["officers"][0], {"department": "消防", "speciality": ""}, {}, {})
    False
    """
    person, speciality = officer["internal"], seat["speciality"]
    if not person["available"] or (speciality and speciality not in person["specialities"]):
        return False
    if not seat["department"]:
        return bool(person["kind"] == "expert")
    if person["kind"] != "officer" or person["department"] != seat["department"]:
        return False
    ids = [i for i in visit["items"] if items[i]["department"] == seat["department"]]
    if not person["authority"]:
        return True
    if not speciality:
        return any(i in person["authority"] for i in ids)
    needed = [i for i in ids if speciality in items[i]["specialities"]]
    return all(i in person["authority"] for i in needed)


# --- §8 Matching officers -------------------------------------------------------------------------


class Seat(NamedTuple):
    """A seat to fill: its visit, its description, who may take it, in lot order; ``lot``: all who
    fit, each with what bars them (nothing: empty).
    """

    visit: str
    place: Record
    candidates: list[str]
    lot: Sequence[tuple[str, str]] = ()


class Infeasible(ProtocolError):
    """No complete assignment (§8.4): ``seats`` compete for ``officers`` (a Hall set) with these
    ``caps``; nobody else can take them, and ``short`` of them stay empty.
    """

    def __init__(self, seats: list[Seat], short: int, caps: dict[str, int]) -> None:
        self.seats, self.short = seats, short
        self.officers = sorted({o for s in seats for o in s.candidates})
        self.caps = {o: caps[o] for o in self.officers}
        places = [(s.place["department"], s.place.get("speciality")) for s in seats]
        named = (f"{d or '专家'}“{speciality or '不限专业'}”席位" for d, speciality in places)
        wanted = "；".join(f"{s.visit} 的{name}" for s, name in zip(seats, named, strict=True))
        super().__init__(
            f"检查组排不出来：{len(seats)} 个席位只有 {len(self.officers)} 人"
            f"（{'、'.join(self.officers) or '无人'}）可用，缺 {short} 席：{wanted}"
        )


class Matching:
    """A complete assignment, kept while the seats are settled one by one (§8.1, §8.2).

    Invariant, from ``__init__`` on: every seat has a holder, one of its candidates; nobody holds
    two seats of a visit, nor more seats than their cap; settled seats keep their holders.

    An empty seat is filled along an *augmenting path*: a candidate takes it and leaves another seat
    for it, a candidate of that seat takes it in turn, and so on, until one comes who has room. Who
    sits in the same visit can only leave the seat there, who has reached the cap any one; settled
    seats are never left. All paths are tried, shortest first; if none ends, the seats that were
    reached are those that compete for too few people.

    A holds the second seat, which nobody else can take, so the first goes to B. To settle the first
    on A would leave V2 short, and is undone:

    >>> seats = [Seat("V1", {}, ["A", "B"]), Seat("V2", {}, ["A"])]
    >>> matching = Matching(seats, caps={"A": 1, "B": 1}, ceilings={"A": 1, "B": 1})
    >>> matching.holders, matching.settle(0, "A"), matching.settle(0, "B")
    (['B', 'A'], {'V2'}, set())
    """

    def __init__(self, seats: list[Seat], caps: dict[str, int], ceilings: dict[str, int]) -> None:
        self.seats, self.caps, self.raised = seats, dict(caps), Counter[str]()
        self.holders: list[str | None] = [None] * len(seats)
        self.held: dict[str, dict[str, int]] = defaultdict(dict)  # officer → visit → seat
        self.settled: set[int] = set()
        empty = [seat for seat in range(len(seats)) if self._augment([seat])]
        while empty:  # §8.1: all whose cap stands in the way are raised together
            reached = self._augment(empty)
            sitting = {(s.visit, o) for s, o in zip(seats, self.holders, strict=True)}
            full = {(seats[s].visit, o) for s in reached for o in seats[s].candidates} - sitting
            movable = {o for _, o in full if self.caps[o] < ceilings[o]}
            if not movable:
                raise Infeasible([seats[s] for s in sorted(reached)], len(empty), self.caps)
            self.raised.update(movable)
            self.caps |= {o: self.caps[o] + 1 for o in movable}
            empty = [seat for seat in empty if self._augment([seat])]

    def _augment(self, sources: Iterable[int]) -> set[int]:
        """Fill one of ``sources`` anew; the seats reached, and nothing changed, if no path ends."""
        path: dict[int, tuple[int, str] | None] = dict.fromkeys(sources)  # seat → who leaves it for
        queue, at_cap = list(path), set[str]()
        for seat in queue:  # grows while it is read
            for officer in self.seats[seat].candidates:
                theirs, visit = self.held[officer], self.seats[seat].visit
                if visit in theirs:
                    leaves = [theirs[visit]]
                elif len(theirs) < self.caps[officer]:
                    moves = [(seat, officer)]
                    while (step := path[moves[-1][0]]) is not None:
                        moves.append(step)
                    for taken, _ in moves:
                        self._give(taken, None)
                    for move in moves:
                        self._give(*move)
                    return set()
                else:
                    leaves = [] if officer in at_cap else list(theirs.values())
                    at_cap.add(officer)
                fresh = [s for s in leaves if s not in path and s not in self.settled]
                path |= dict.fromkeys(fresh, (seat, officer))
                queue += fresh
        return set(path)

    def settle(self, seat: int, officer: str) -> set[str]:
        """Settle ``seat`` on ``officer`` if all that remain can still be filled; else nothing is
        changed. Returns the visits that could be the one left short: none if it is settled.
        """
        before, visit = self.holders[seat], self.seats[seat].visit
        self._give(seat, None)
        clash = self.held[officer].get(visit)
        if clash is not None:
            self._give(clash, None)
        self._give(seat, officer)
        self.settled.add(seat)
        sources = [] if clash is None else [clash]
        if clash is None and len(self.held[officer]) > self.caps[officer]:
            sources = sorted(set(self.held[officer].values()) - self.settled)
        reached = self._augment(sources) if sources else set()
        if reached:
            self.settled.remove(seat)
            self._give(seat, None)
            if clash is not None:
                self._give(clash, officer)
            self._give(seat, before)
        return {self.seats[s].visit for s in reached}

    def _give(self, seat: int, officer: str | None) -> None:
        """Seat somebody, or nobody, instead of who sits there."""
        visit, before = self.seats[seat].visit, self.holders[seat]
        if before is not None:
            del self.held[before][visit]
        if officer is not None:
            self.held[officer][visit] = seat
        self.holders[seat] = officer


def first_caps(seats: list[Seat], pool: Rows, slack: int) -> tuple[Caps, Caps]:
    """Caps to start from, ⌈seats / people⌉ + slack in each department, and ceilings (§8.1)."""
    people = {o["id"]: o["internal"] for o in pool}
    ceilings = {o: len(seats) if p["cap"] is None else p["cap"] for o, p in people.items()}
    where = {o: p["department"] if p["kind"] == "officer" else "" for o, p in people.items()}
    wanted, present = Counter(s.place["department"] for s in seats), Counter(where.values())
    starts = {o: -(-wanted[d] // present[d]) + slack for o, d in where.items()}
    return {o: min(start, ceilings[o]) for o, start in starts.items()}, ceilings


def _people(record: Record, purpose: str) -> Rows:
    """The pool: all available officers, or experts (``purpose`` is their kind)."""
    pool = [o for o in record["tables"]["officers"] if o["internal"]["kind"] == purpose]
    return [o for o in pool if o["internal"]["available"]]


def bars(record: Record) -> Bar:
    """Why an officer may not go to a target: ``recusal``; ``rotation`` (there last time); empty.

    >>> bars(example())("S1", "P1")
    ''
    """
    recusals = {o["id"]: set(o["internal"]["recusals"]) for o in record["tables"]["officers"]}
    targets = record["tables"].get("targets", ())
    rotation = {t["id"]: set(t["internal"].get("rotation", ())) for t in targets}

    def bar(visit: str, officer: str) -> str:
        if visit in recusals[officer]:
            return "recusal"
        return "rotation" if officer in rotation.get(visit, ()) else ""

    return bar


def seats_of(record: Record, visits: Rows, seed: str, purpose: str, bar: Bar) -> list[Seat]:
    """All seats of these visits in matching order, each with everyone who fits, in lot order."""
    items, pool = _internal(record, "items"), _people(record, purpose)
    seats: list[Seat] = []
    fitting: dict[tuple[str, ...], set[str]] = {}  # depends on the seat and the visit's items alone

    def able(place: Record, visit: Record) -> set[str]:
        key = (place["department"], place["speciality"], *visit["items"])
        if key not in fitting:
            fitting[key] = {o["id"] for o in pool if fits(o, place, visit, items)}
        return fitting[key]

    for visit in sorted(visits, key=lambda v: target_ticket(record, seed, "visit", v["id"])):
        target, salt = visit["id"], row_salt(record["salt"], "targets", visit["id"], "ticket")
        people = [(place, able(place, visit)) for place in visit[_PLACES[purpose]]]
        wanted = set[str]().union(*(fit for _, fit in people))
        tickets = {o: ticket(seed, purpose, f"{target},{o}", salt) for o in wanted}
        for place, fit in people:
            lot = sorted(fit, key=lambda o: (tickets[o], o))
            seats.append(_seat(target, place, [(o, bar(target, o)) for o in lot]))
    return seats


_PLACES = {"officer": "seats", "expert": "expert_seats"}


def _seat(visit: str, place: Record, lot: Sequence[tuple[str, str]]) -> Seat:
    return Seat(visit, place, [officer for officer, barred in lot if not barred], lot)


def match(
    record: Record, visits: Rows, seed: str, purpose: str, matching: type[Matching] = Matching
) -> Record:
    """Fill all seats of ``purpose`` ``officer`` or ``expert`` (§8).

    ``matching``: for many draws, a faster class that gives the same. Returns ``{"taken", "raised",
    "skipped"}``: who sits where, caps raised, who was passed over and why; in a round of groups
    ``"groups"`` too. Raises :class:`Infeasible`, :class:`NoGroups`.
    """
    if len({v["id"] for v in visits}) < len(visits):
        raise ProtocolError("同一检查对象有两次入企检查")
    seats, parameters = seats_of(record, visits, seed, purpose, bars(record)), record["parameters"]
    if purpose == "officer" and parameters.get("team_mode") == GROUPS:
        return _match_groups(record, seats, seed, matching)
    return _fill(matching(seats, *first_caps(seats, _people(record, purpose), parameters["slack"])))


def _fill(matching: Matching) -> Record:
    """Settle seat after seat on the first of its lot with whom the rest stays possible (§8.2)."""
    taken, skipped, load = [], [], Counter[str]()
    seated: set[tuple[str, str]] = set()
    for number, seat in enumerate(matching.seats):
        here = {"visit": seat.visit, **seat.place}
        for officer, barred in seat.lot:
            if (seat.visit, officer) in seated:
                continue
            reason = barred or ("cap" if load[officer] >= matching.caps[officer] else "")
            short = set() if reason else matching.settle(number, officer)
            if not reason and not short:
                taken.append({**here, "officer": officer, "choices": len(seat.candidates)})
                seated.add((seat.visit, officer))
                load[officer] += 1
                break
            passed = {"officer": officer, "reason": reason or "look_ahead", "short": sorted(short)}
            skipped.append({**here, **passed})
    rises = sorted(matching.raised.items())
    raised = [{"officer": o, "by": by, "cap": matching.caps[o]} for o, by in rises]
    return {"taken": taken, "raised": raised, "skipped": skipped}


def teams_now(record: Record) -> dict[str, Rows]:
    """Who sits where after all amendments (§8.6), as ``taken``: ``officers`` and ``experts``."""
    now = {key: list(record[key]["taken"]) for key in ("officers", "experts")}
    for amendment in record.get("amendments", []):
        gone, instead = amendment["officer"], {t["visit"]: t for t in amendment["taken"]}
        for taken in now.values():
            taken[:] = [instead.get(t["visit"], t) if t["officer"] == gone else t for t in taken]
    return now


def replace(record: Record, officer: str, visits: list[str], whole: bool) -> Record:
    """Who goes instead of ``officer`` to ``visits`` (§8.6), by lot as in the draw; ``whole``: the
    officer takes no further seat in this round. Nothing else can be chosen.

    Returns ``{"taken", "raised", "skipped"}``. Raises ``ProtocolError`` for a request that doesn't
    fit the record, :class:`Infeasible` if nobody is left.
    """
    if (
        problem([TEXT], visits)
        or not visits
        or sorted(set(visits)) != visits
        or problem(FLAG, whole)
    ):
        raise ProtocolError(
            "抽后调整的入企检查没有写、有重复或未按编号排列，或没有写明是否不再参加本批次"
        )
    purpose = _internal(record, "officers").get(officer, {"kind": ""})["kind"]
    if purpose not in _PLACES:
        raise ProtocolError(f"执法检查人员名录库中没有执法人员或专家 {officer}")
    now, amendments = teams_now(record)[f"{purpose}s"], record.get("amendments", [])
    places = {
        t["visit"]: {k: t[k] for k in ("department", "speciality")}
        for t in now
        if t["officer"] == officer
    }
    if unknown := [v for v in visits if v not in {w["id"] for w in record["visits"]}]:
        raise ProtocolError(f"没有这些入企检查：{'、'.join(unknown)}")
    if absent := [v for v in visits if v not in places]:
        raise ProtocolError(f"{officer} 现在不在这些入企检查的检查组中：{'、'.join(absent)}")
    key, usual = _PLACES[purpose], bars(record)
    vacated = [{**v, key: [places[v["id"]]]} for v in record["visits"] if v["id"] in visits]
    gone = {officer} | {a["officer"] for a in amendments if a["all"]}
    left = {(v, a["officer"]) for a in amendments for v in a["visits"]}
    stays = {(t["visit"], t["officer"]) for t in now} - {(v, officer) for v in visits}

    def bar(visit: str, other: str) -> str:
        amended = other in gone or (visit, other) in left
        return usual(visit, other) or ("amended" if amended else "")

    seats = [
        _seat(s.visit, s.place, [x for x in s.lot if (s.visit, x[0]) not in stays])
        for s in seats_of(record, vacated, record["seed"], purpose, bar)
    ]
    load, limits = Counter(o for _, o in stays), caps_now(record, purpose)
    room = [{o: cap - load[o] for o, cap in caps.items()} for caps in limits]
    result = _fill(Matching(seats, *room))
    raised = [{**r, "cap": r["cap"] + load[r["officer"]]} for r in result["raised"]]
    return {**result, "raised": raised}


def caps_now(record: Record, purpose: str) -> tuple[Caps, Caps]:
    """Caps as the draw and all amendments left them, and ceilings (§8.6)."""
    seats = [Seat(v["id"], place, []) for v in record["visits"] for place in v[_PLACES[purpose]]]
    caps, ceilings = first_caps(seats, _people(record, purpose), record["parameters"]["slack"])
    if groups := record[f"{purpose}s"].get("groups"):
        caps = dict.fromkeys(caps, 0) | {o: g["cap"] for g in groups["made"] for o in g["members"]}
    for part in (record[f"{purpose}s"], *record.get("amendments", [])):
        for rise in (r for r in part["raised"] if r["officer"] in caps):
            caps[rise["officer"]] += rise["by"]
    return caps, ceilings


class NoGroups(ProtocolError):
    """No cut of a department's officers into groups (§8.7) does; ``visits``: the hardest ones."""

    def __init__(self, department: str, visits: list[str], tried: int) -> None:
        self.department, self.visits, self.tried = department, visits, tried
        super().__init__(
            f"先组后户排不出来：{department} 试了 {tried} 种分组，都不能使各户有检查组可去，"
            f"最难的是 {'、'.join(visits)}"
        )


Parts = dict[str, list[Seat]]  # visit → its seats of one department


def _match_groups(record: Record, seats: list[Seat], seed: str, matching: type[Matching]) -> Record:
    """Fill the officers' seats by groups (§8.7), department by department; in matching order."""
    departments: dict[str, Parts] = defaultdict(lambda: defaultdict(list))
    for seat in seats:
        departments[seat.place["department"]][seat.visit].append(seat)
    allotted: Rows = []
    passed: Rows = []
    made, taken, skipped = [], [], []
    for department, parts in sorted(departments.items()):
        k, members, allotting = _allot(record, department, parts, seed, matching)
        for group in sorted(members):
            cap = {"by": allotting.raised[group], "cap": allotting.caps[group]}
            named = {"id": group, "department": department, "k": k, "members": members[group]}
            made.append({**named, **cap})
        result = _fill(allotting)
        for rows, kept in ((result["taken"], allotted), (result["skipped"], passed)):
            kept += [{"group" if k == "officer" else k: v for k, v in row.items()} for row in rows]
        for going in result["taken"]:
            part, once = parts[going["visit"]], dict.fromkeys(members[going["officer"]], 1)
            seated = _fill(matching([_among(seat, once) for seat in part], once, once))
            choices = [{"choices": len(seat.candidates)} for seat in part]
            taken += [sits | c for sits, c in zip(seated["taken"], choices, strict=True)]
            skipped += seated["skipped"]
    order = {(s.visit, s.place["department"]): place for place, s in enumerate(seats)}
    for rows in (allotted, passed, taken, skipped):  # stable: within a part they stay as they are
        rows.sort(key=lambda row: order[row["visit"], row["department"]])
    groups = {"made": made, "allotted": allotted, "skipped": passed}
    return {"taken": taken, "raised": [], "skipped": skipped, "groups": groups}


def _among(seat: Seat, people: Collection[str]) -> Seat:
    return _seat(seat.visit, seat.place, [(o, barred) for o, barred in seat.lot if o in people])


def _allot(
    record: Record, department: str, parts: Parts, seed: str, matching: type[Matching]
) -> tuple[int, dict[str, list[str]], Matching]:
    """The first cut of a department's officers with which all its parts can be allotted: its number
    k, the members of each group, and the matching of parts to groups.
    """
    pool = [o for o in _people(record, "officer") if o["internal"]["department"] == department]
    people = {o["id"]: o["internal"]["cap"] for o in pool if o["internal"]["cap"] != 0}
    limits = {o: len(parts) if cap is None else cap for o, cap in people.items()}
    # refused at once if there aren't enough people even without groups
    matching([_among(s, people) for part in parts.values() for s in part], limits, limits)
    count = len(people) // max(map(len, parts.values()))
    start = -(-len(parts) // count) + record["parameters"]["slack"]
    salts = {o: row_salt(record["salt"], "officers", o, "ticket") for o in people}
    candidates = {v: [frozenset(s.candidates) for s in part] for v, part in parts.items()}

    @cache
    def can_fill(seats: tuple[frozenset[str], ...]) -> bool:
        """Whether these seats of a visit, each as its candidates, can be filled at once."""
        once = dict.fromkeys(frozenset[str]().union(*seats), 1)
        try:
            matching([Seat("", {"department": ""}, sorted(s)) for s in seats], once, once)
        except Infeasible:
            return False
        return True

    def visits_for(officers: frozenset[str]) -> set[str]:
        return {v for v, c in candidates.items() if can_fill(tuple([s & officers for s in c]))}

    def part_of(visit: str, able: dict[str, set[str]]) -> Seat:
        """A part as a seat for a group, with the lot of the groups."""
        salt = row_salt(record["salt"], "targets", visit, "ticket")
        order = sorted(able, key=lambda g: (ticket(seed, "officer", f"{visit},{g}", salt), g))
        lot = [(group, "" if visit in able[group] else "unable") for group in order]
        return _seat(visit, {"department": department}, lot)

    hardest: Counter[str] = Counter()
    for k in range(MOST_CUTS):
        lot = sorted(people, key=lambda o: (ticket(seed, f"group,{k}", o, salts[o]), o))
        cut = [sorted(lot[place::count]) for place in range(count)]
        members = {"+".join(officers): officers for officers in cut}
        able = {group: visits_for(frozenset(officers)) for group, officers in members.items()}
        ceilings = {group: min(limits[o] for o in officers) for group, officers in members.items()}
        failed = parts.keys() - set[str]().union(*able.values())
        if not failed:
            caps = {group: min(start, ceiling) for group, ceiling in ceilings.items()}
            try:
                return k, members, matching([part_of(v, able) for v in parts], caps, ceilings)
            except Infeasible as error:
                failed = {seat.visit for seat in error.seats}
        hardest.update(failed)
    most = max(hardest.values())
    raise NoGroups(department, sorted(v for v, n in hardest.items() if n == most), MOST_CUTS)


# --- §9 Ledger ------------------------------------------------------------------------------------


def ledger_line(entry: Record, previous: str) -> str:
    """A ledger line without its line end: the entry, the hash of the line before, its own hash."""
    body = {**entry, "previous": previous}
    return canonical({**body, "hash": sha256(canonical(body))}).decode()


def read_ledger(text: str) -> Rows:
    r"""Entries of a whole ledger, whose last line may lack its line end (its hash shows that it is
    whole); ``ProtocolError`` names the first line that breaks the chain.

    >>> [entry["n"] for entry in read_ledger(ledger_line({"n": 1}, NO_HEAD) + "\n")]
    [1]
    """
    entries: Rows = []
    head = NO_HEAD
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else [], 1):
        try:
            entry = parse(line)
            _require({"n": _integer(number, number), "previous": TEXT, "hash": TEXT}, entry)
            sound = line == ledger_line({k: v for k, v in entry.items() if k != "hash"}, head)
        except ProtocolError:
            sound = False
        if not sound:
            raise ProtocolError(f"留痕登记簿第 {number} 行不符：内容被改动，或与上一行不相接")
        head = entry["hash"]
        entries.append(entry)
    return entries


# --- §10 Verification -----------------------------------------------------------------------------

STEPS = {
    1: "留痕登记簿",
    3: "封库校验码",
    4: "公开随机数与抽取随机数",
    5: "抽取检查对象",
    6: "入企检查与事项",
    7: "指派检查组",
}


class Step(NamedTuple):
    """One verification step (§10); ``holds`` is None if it is not checked."""

    number: int
    name: str
    holds: bool | None
    detail: str = ""


def _step(number: int, check: Callable[..., str], *documents: Any, malformed: str = "") -> Step:
    """A step holds if its check finds nothing wrong and refuses nothing."""
    try:
        detail = malformed or check(*documents)
    except NotChecked as error:
        return Step(number, STEPS[number], None, str(error))
    except ProtocolError as error:
        detail = str(error)
    return Step(number, STEPS[number], not detail, detail)


def _steps(document: Any, shape: Shape, checks: dict[int, Callable[[Record], str]]) -> list[Step]:
    """Steps on a document of this shape; each check holds what else it reads against its own."""
    wrong = problem({}, document) or _foreign(document) or problem(shape, document)
    return [_step(n, check, document, malformed=wrong) for n, check in checks.items()]


def _top(document: Record) -> Any:
    """Where round, attempt, event and ledger head stand."""
    return document if "tables" in document else document.get("committed", document)


def _declared(document: Record) -> Any:
    """Where it stands whether a round is a demonstration, or drawn elsewhere."""
    return document.get("parameters") if "tables" in document else document.get("committed")


def _foreign(document: Record) -> str:
    """What is wrong if a document follows another protocol than this one; else empty."""
    if (found := document.get("protocol", _ABSENT)) == PROTOCOL:
        return ""
    known = f"这里只认识 {PROTOCOL}，请换用相应版本的核验工具"
    return f"protocol：记录用的是协议 {_short(found)}，{known}"


def _recorded(document: Record, key: str, derived: Any) -> str:
    return difference(derived, document.get(key, _ABSENT), key)


def _check_commitment(record: Record) -> str:
    return _recorded(record, "commitment", commit(record))


def _check_seed(document: Record) -> str:
    """Step 4 on a draw record, a public record and a receipt."""
    _require({"commitment": TEXT, "entropy": _ENTROPY}, document)
    event, entropy = _top(document)["event"], document["entropy"]
    check_event_text(event, entropy["text"])
    few = event_outcomes(event["kind"], event["count"]) < LEAST_OUTCOMES
    if few and not _declared(document)["demonstration"]:
        return "公开随机数的可能结果不足 2^40 种"
    signed = [a for a in entropy.get("attestation", ()) if "signature" in a]
    if forged := [a["custodian"] for a in signed if not is_signed(document, a)]:
        return f"entropy.attestation：签名不是公告的保管人对本封库校验码的：{'、'.join(forged)}"
    return _recorded(document, "seed", seed_of(document["commitment"], entropy["text"]))


def _check_drawn(record: Record) -> str:
    _require({"seed": TEXT}, record)
    if not drawn_elsewhere(record["parameters"]):
        return _recorded(record, "drawn", draw_targets(record, record["seed"]))
    _require({"drawn": [{"task": TEXT, "external": [TEXT]}]}, record)
    given = {part["task"]: part["external"] for part in record["drawn"]}
    if wrong := _recorded(record, "drawn", external_parts(record, given)):
        return wrong
    raise NotChecked(EXTERNAL)


def _check_visits(record: Record) -> str:
    _require({"drawn": [{"task": TEXT}]}, record)
    for number, part in enumerate(record["drawn"]):
        keys = ("external",) if "external" in part else ("certain", "by_ticket")
        _require({key: [TEXT] for key in keys}, part, f"drawn[{number}]")
    return _recorded(record, "visits", visits_of(record, record["drawn"]))


def _check_teams(record: Record) -> str:
    seats = [{"department": TEXT, "speciality": TEXT}]
    visits = [{"id": TEXT, "items": [TEXT], "seats": seats, "expert_seats": seats}]
    amendments = [{"officer": TEXT, "visits": [TEXT], "all": FLAG}]
    _require({"seed": TEXT, "visits": visits, "amendments?": amendments}, record)
    for purpose in _PLACES:
        derived = match(record, record["visits"], record["seed"], purpose)
        if wrong := _recorded(record, f"{purpose}s", derived):
            return wrong
    return _check_amendments(record)


def _check_amendments(record: Record) -> str:
    """Each amendment from those before it, as recorded (§8.6)."""
    amendments = record.get("amendments", [])
    for number, amendment in enumerate(amendments):
        before = {**record, "amendments": amendments[:number]}
        derived = replace(before, amendment["officer"], amendment["visits"], amendment["all"])
        recorded = {key: amendment[key] for key in derived.keys() & amendment.keys()}
        if wrong := difference(derived, recorded, f"amendments[{number}]"):
            return wrong
    return ""


def _check_opened(document: Record) -> str:
    """What step 3 asks of a notice, a public record and a receipt alike."""
    if wrong := _foreign(committed := document["committed"]):
        return wrong
    check_event(committed["event"])
    return _recorded(document, "commitment", sha256(canonical(committed)))


_LISTED = {"public_list": Exact(targets=[Exact(id=ID, name=TEXT)], unnamed=COUNT)}


def _check_list(document: Record) -> str:
    """Step 3 on a notice and a public record (§10.2)."""
    _require(_LISTED, document)
    committed, listed = document["committed"], document["public_list"]
    ids = [target["id"] for target in listed["targets"]]
    if sorted(set(ids)) != ids:
        return "public_list：编号重复或未排序"
    rows, count = committed["tables"]["targets"]["rows"], len(ids) + listed["unnamed"]
    return (
        _check_opened(document)
        or difference(committed["public_list"], sha256(canonical(listed)), "public_list")
        or difference(rows, count, "public_list")
    )


def _check_row(document: Record) -> str:
    """Step 3 on a receipt (§10.3)."""
    identity = {"salt": HASH, "values": {"id": TEXT}}
    shape = {"id": ID, "index": COUNT, "proof": [HASH], "identity": identity}
    _require({"row": shape, "ticket_salt": HASH}, document)
    row, table = document["row"], document["committed"]["tables"]["targets"]
    internal = row.get("internal", _ABSENT)
    if isinstance(internal, dict):
        _require({"salt": HASH, "values": {}}, internal, "row.internal")
        internal = part_hash(internal["salt"], internal["values"])
    _require({"internal": HASH}, {"internal": internal}, "row")
    if row["identity"]["values"]["id"] != row["id"]:
        return "row.id：与登记内容中的编号不一致"
    hashed = part_hash(row["identity"]["salt"], row["identity"]["values"])
    data = _leaf_data(row["id"], hashed, internal, document["ticket_salt"])
    root = root_from_proof(data, row["index"], table["rows"], row["proof"])
    return _check_opened(document) or difference(table["root"], root, "row")


def _check_named(document: Record) -> str:
    """Step 5 on a public record: whoever it names is in its list, once."""
    officers = [Exact(name=TEXT, department=TEXT)]
    visits = [Exact(id=ID, name=TEXT, items=NAMED, officers=officers)]
    changed = [Exact(date=TEXT, reason=TEXT, visits=_integer(1))]
    shape = {"visits": visits, "unnamed_visits": COUNT, "amendments": changed}
    _require({**_LISTED, **shape, "checks?": CHECKS}, document)
    visits, listed = document["visits"], document["public_list"]
    if sorted({v["id"] for v in visits}) != [v["id"] for v in visits]:
        return "visits：有重复，或未按编号排列"
    names = {target["id"]: target["name"] for target in listed["targets"]}
    if stray := [v["id"] for v in visits if names.get(v["id"]) != v["name"]]:
        return f"visits：不在检查对象名单中，或名称不同：{'、'.join(stray)}"
    if document["unnamed_visits"] > listed["unnamed"]:
        return "unnamed_visits：多于名录库中不公开名称的对象"
    return _odd_checks(document) if "checks" in document else ""


def _odd_checks(document: Record) -> str:
    """Why the checks of a public record don't go with its visits and amendments (§10.9); empty if
    they do.
    """
    checks, changed = document["checks"], [a["visits"] for a in document["amendments"]]
    visits = len(document["visits"]) + document["unnamed_visits"]
    if [c["rows"] for c in checks] != [visits, *changed]:
        return "checks：与入企检查、抽后调整的户次不一致"
    if [len(c["ended"]) for c in checks] != [0, *changed]:
        return "checks：作废的检查码与抽后调整的户次不一致"
    ordered = all(sorted(set(c["ended"])) == c["ended"] for c in checks)
    return "" if ordered else "checks：作废的检查码重复或未排序"


def _check_ticket(document: Record) -> str:
    """Step 5 on a receipt: its ticket is the target's own."""
    shape = {"seed": TEXT, "items": NAMED, "drawn": FLAG, "ticket_salt": TEXT, "row": {"id": TEXT}}
    _require(shape, document)
    if document["drawn"] != bool(document["items"]):
        return "drawn：与检查事项不一致"
    seed, salt = document["seed"], document["ticket_salt"]
    return _recorded(document, "ticket", ticket(seed, "target", document["row"]["id"], salt))


def draw(record: Record, text: str, external: Record | None = None) -> Record:
    """All that ``draw.json`` adds to a frozen record, from the event's text.

    ``external``: targets drawn elsewhere (§6.5), task → ids; exactly in the rounds whose parameters
    say so.
    """
    seed = seed_of(record["commitment"], text)
    elsewhere = external is not None or drawn_elsewhere(record["parameters"])
    drawn = external_parts(record, external) if elsewhere else draw_targets(record, seed)
    visits = visits_of(record, drawn)
    teams = {f"{p}s": match(record, visits, seed, p) for p in _PLACES}
    return {"seed": seed, "drawn": drawn, "visits": visits, **teams}


def verify_frozen(record: Any) -> list[Step]:
    """Step 3 on a frozen or draw record."""
    return _steps(record, {}, {3: _check_commitment})


def verify(record: Any) -> list[Step]:
    """Steps 3–7 on a draw record, each derived from what it records of the steps before (§10.1)."""
    read = {key: FROZEN[key] for key in ("salt", "event", "parameters", "tables")}
    later = {4: _check_seed, 5: _check_drawn, 6: _check_visits, 7: _check_teams}
    return verify_frozen(record) + _steps(record, read, later)


def _verify_view(document: Record, view: str) -> list[Step]:
    """Step 3 on a notice and an attestation; on a public record and a receipt also step 4, what of
    step 5 can be checked without the salt, and that steps 5 to 7 themselves can't (§10.2, §10.3).
    """
    if view == "attestation":
        return _steps(document, _ATTESTATION, {3: _check_attestation})
    shape = {"commitment": TEXT, "committed": COMMITTED}
    if view == "notice":
        return _steps(document, shape, {3: _check_list})
    first, fifth = (_check_list, _check_named) if view == "public" else (_check_row, _check_ticket)
    *steps, known = _steps(document, shape, {3: first, 4: _check_seed, 5: fifth})
    name = "抽中的都在名单中" if view == "public" else "本户签号"
    reasons = dict.fromkeys((5, 6, 7), "须有全部资料，由复核人员核验")
    if drawn_elsewhere(document.get("committed")):
        reasons[5] = EXTERNAL
    unknown = [Step(number, STEPS[number], None, reason) for number, reason in reasons.items()]
    return [*steps, known._replace(name=name), *unknown]


DRAWN = ("entropy", "seed", "drawn", "visits", "officers", "experts", "amendments")


def kind_of(document: Any) -> str:
    """``draw``, ``frozen``, ``notice``, ``public``, ``receipt`` or ``attestation``, by content
    (§10.1); empty if it is none of them. A record that lacks a part of the draw is no whole draw
    record, but no frozen record either.

    >>> kind_of(example()), kind_of(example() | {"seed": ""}), kind_of({"view": "notice"})
    ('frozen', 'draw', 'notice')
    """
    if isinstance(document, dict) and "tables" in document:
        return "draw" if any(key in document for key in DRAWN) else "frozen"
    known = not problem({"view": _text("", "notice|public|receipt|attestation")}, document)
    return str(document["view"]) if known else ""


_TAKE = (
    "请改用同一处公布的 封库公告.json、公开记录.json，或本户的一户核验单（json 文件）；"
    "复核人员用 draw.json、ledger.jsonl"
)
_LOOKS = {
    b"PK": "Excel、Word 文件或压缩文件",
    b"\xd0\xcf\x11\xe0": "Excel 或 Word 文件",
    b"%PDF": "PDF 文件",
    b"<": "网页",
    b"\x89PNG": "图片",
    b"\xff\xd8": "图片",
}


def read_file(data: bytes) -> tuple[str, Any]:
    """What a file is, by its bytes alone, and what it holds: :func:`kind_of` and the document, or
    ``ledger`` and its text. ``ProtocolError`` says which file to take instead (§10.1).

    >>> read_file(ledger_line({"n": 1}, NO_HEAD).encode())[0]
    'ledger'
    """

    def is_entry(value: Any) -> bool:
        return isinstance(value, dict) and {"previous", "hash"} <= value.keys()

    def parsed(text: str) -> Any:
        try:
            return parse(text)
        except ProtocolError:
            return _ABSENT

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    document, start = parsed(text), data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if kind := kind_of(document):
        return kind, document
    if document is _ABSENT:
        lines = any(is_entry(parsed(line)) for line in text.split("\n"))
    else:
        lines = is_entry(document) and "view" not in document
    if lines:
        return "ledger", text
    if document is _ABSENT and start[:1] in (b"{", b"["):
        raise ProtocolError("文件不完整或已损坏，读不出来。请重新取得这份文件")
    looks = next((name for sign, name in _LOOKS.items() if start.startswith(sign)), "别的文件")
    raise ProtocolError(f"这是{looks if start else '空文件'}，不能用来核验。{_TAKE}")


def examine(document: Any) -> list[Step]:
    """The steps that a document allows (§10.1); ``ProtocolError`` if it is none of those that
    :func:`kind_of` tells.
    """
    kind = kind_of(document)
    if not kind:
        raise ProtocolError(f"这是别的文件，不能用来核验。{_TAKE}")
    if "tables" in document:
        steps = verify(document) if kind == "draw" else verify_frozen(document)
    else:
        steps = _verify_view(document, kind)
    if not _foreign(document):
        return steps
    other = Step(0, "", None, "协议不同，不核验")  # its other steps may mean something else
    return [s if s.number == 3 else other._replace(number=s.number, name=s.name) for s in steps]


def verify_ledger(text: str) -> list[Step]:
    """Step 1 on the text of a ledger: that it chains."""

    def check() -> str:
        read_ledger(text)
        return ""

    return [_step(1, check)]


def public_view(record: Record, count: int | None = None) -> Record:
    """What a public record shows of a draw record after its first ``count`` amendments (all if
    None): ``visits``, ``unnamed_visits``, ``amendments`` (§10.2).
    """
    amendments, tables = record.get("amendments", [])[:count], record["tables"]
    people = {
        o["id"]: {"name": o["identity"].get("name"), "department": o["internal"]["department"]}
        for o in tables["officers"]
    }
    named = {t["id"]: t["identity"]["name"] for t in tables["targets"] if t["internal"]["public"]}
    sent: dict[str, set[str]] = defaultdict(set)
    for team in teams_now({**record, "amendments": amendments}).values():
        for taken in team:
            sent[taken["visit"]].add(taken["officer"])
    items = _items_of(record)
    visits = [
        {
            "id": visit,
            "name": named[visit],
            "items": items[visit],
            "officers": [people[officer] for officer in sorted(sent[visit])],
        }
        for visit in items
        if visit in named
    ]
    changed = [
        {"date": a.get("date"), "reason": a.get("reason"), "visits": len(a["visits"])}
        for a in amendments
    ]
    return {"visits": visits, "unnamed_visits": len(items) - len(visits), "amendments": changed}


def _items_of(document: Record) -> dict[str, Rows]:
    """Visits of a draw or public record, each with its items and their names."""
    if "tables" not in document:
        return {visit["id"]: visit["items"] for visit in document["visits"]}
    names = {i["id"]: i["identity"].get("name") for i in document["tables"]["items"]}
    return {v["id"]: [{"id": i, "name": names[i]} for i in v["items"]] for v in document["visits"]}


# --- §10.4 Several documents ----------------------------------------------------------------------

Group = dict[str, Rows]  # documents of one commitment, by kind
APART = "不是同一批次、同一次抽取的文件，不能互相对照"


def _differing(values: Sequence[Any], place: str = "") -> Iterator[str]:
    """For each value but the first, how it differs from that; empty if it doesn't."""
    yield from (difference(values[0], other, place) for other in values[1:])


def _differing_beginnings(lists: Iterable[list[Any]], place: str) -> Iterator[str]:
    """For each list but the longest, how it differs from the beginning of the next longer one."""
    for shorter, longer in pairwise(sorted(lists, key=len)):
        yield difference(longer[: len(shorter)], shorter, place)


def _heads(documents: Sequence[Record], ledgers: Sequence[str]) -> Iterator[str]:
    books = [[entry["hash"] for entry in read_ledger(text)] for text in ledgers]
    yield from _differing_beginnings(books, "留痕登记簿")
    known = {NO_HEAD, *(line for book in books for line in book)}
    for document in documents if books else ():
        if kind_of(document) != "attestation" and (head := _top(document)["ledger_head"]):
            yield "" if head in known else f"ledger_head：登记簿中没有 {head}"


def _commitments(documents: Sequence[Record], groups: Iterable[Group]) -> Iterator[str]:
    made: dict[tuple[str, int], list[str]] = defaultdict(list)
    for document in documents:
        made[_top(document)["round"], _top(document)["attempt"]].append(document["commitment"])
    for (name, attempt), commitments in sorted(made.items()):
        several = f"commitment：{name} 第 {attempt} 次抽取有不止一个封库校验码"
        yield from (several if other != commitments[0] else "" for other in commitments[1:])
    for group in groups:
        others = [_top(d) for kind, found in group.items() if kind != "attestation" for d in found]
        for signed, top in ((s, t) for s in group["attestation"] for t in others):
            keys = {k["name"]: k["key"] for k in top["event"].get("keys", ())}
            right = {**signed, "round": top["round"], "attempt": top["attempt"]}
            right["key"] = keys.get(signed["custodian"], _ABSENT)
            yield difference(right, signed, "attestation")


def _events(group: Group) -> Iterator[str]:
    after = [*group["draw"], *group["public"], *group["receipt"]]
    yield from _differing(
        [{"seed": d["seed"], "entropy": event_shown(d["entropy"])} for d in after]
    )


def event_shown(entropy: Record) -> Record:
    """What of ``entropy`` a public record and a receipt show (§10.2)."""
    return {key: entropy[key] for key in ("text", "time", "place", "attestation") if key in entropy}


def _drawn(group: Group) -> Iterator[str]:
    yield from _differing([record["drawn"] for record in group["draw"]], "drawn")


def _visits(group: Group) -> Iterator[str]:
    draws, publics, receipts = (group[kind] for kind in ("draw", "public", "receipt"))
    yield from _differing([record["visits"] for record in draws], "visits")
    views = [public_view(record, 0) for record in draws[:1] if publics] + publics
    bare = [[{**visit, "officers": []} for visit in view["visits"]] for view in views]
    yield from _differing(bare, "visits")
    yield from _differing([view["unnamed_visits"] for view in views], "unnamed_visits")
    told: dict[str, Record] = {}
    for receipt in receipts:
        row, said = receipt["row"]["id"], {k: receipt[k] for k in ("drawn", "items")}
        if row in told:
            yield difference(told[row], said, f"一户核验单 {row}")
        told[row] = said
    for known in (*draws, *publics) if told else ():
        going, hidden = _items_of(known), Counter[bool]()
        listed = known["tables"] if "tables" in known else known["public_list"]
        ids = {target["id"] for target in listed["targets"]}
        for row, said in told.items():
            if row in ids:
                follows = {"drawn": row in going, "items": going.get(row, [])}
                yield difference(follows, said, f"一户核验单 {row}")
            else:
                hidden[said["drawn"]] += 1
        if hidden:
            rest = listed["unnamed"] - known["unnamed_visits"]
            right = hidden[True] <= known["unnamed_visits"] and hidden[False] <= rest
            yield "" if right else "unnamed_visits：与不公开名称的对象的一户核验单不符"


def _teams(group: Group) -> Iterator[str]:
    draws, views = group["draw"], list(group["public"])
    yield from _differing([{k: d[k] for k in ("officers", "experts")} for d in draws])
    yield from _differing_beginnings([d.get("amendments", []) for d in draws], "amendments")
    if draws and views:
        last = max(draws, key=lambda record: len(record.get("amendments", [])))
        most = len(last.get("amendments", []))
        counts = {most, *(n for view in views if (n := len(view["amendments"])) < most)}
        views += [public_view(last, count) for count in counts]
    yield from _differing_beginnings([view["amendments"] for view in views], "amendments")
    by_count: dict[int, Rows] = defaultdict(list)
    for view in views:
        by_count[len(view["amendments"])].append(view["visits"])
    for several in by_count.values():
        yield from _differing(several, "visits")
    known = [view["checks"] for view in group["public"] if "checks" in view]
    if known and draws:
        known.append(checks_of(last))
    yield from _differing_beginnings(known, "checks")


def compare(documents: Sequence[Record], ledgers: Sequence[str] = ()) -> list[Step]:
    """Whether documents and ledgers, each of which holds by itself, agree with each other (§10.4);
    what has no pair is not checked, nor that documents of several attempts agree.
    """
    by_commitment: dict[str, Group] = defaultdict(lambda: defaultdict(list))
    for document in documents:
        by_commitment[document["commitment"]][kind_of(document)].append(document)
    groups = list(by_commitment.values())
    attempts = {(_top(d)["round"], _top(d)["attempt"]) for d in documents}

    def check(number: int, found: Iterable[str]) -> str:
        compared = list(found)
        if wrong := next(filter(None, compared), ""):
            return wrong
        if number != 1 and len(attempts) > 1:
            raise NotChecked(APART)
        if not compared:
            raise NotChecked("没有可以互相对照的内容")
        return ""

    found = {1: _heads(documents, ledgers), 3: _commitments(documents, groups)}
    for number, agree in {4: _events, 5: _drawn, 6: _visits, 7: _teams}.items():
        found[number] = chain.from_iterable(map(agree, groups))
    return [_step(n, check, n, f)._replace(name="各份文件互相一致") for n, f in found.items()]


# --- §10.7 Banners, §10.8 attestations ------------------------------------------------------------

BANNERS = {
    "voided": "本次抽取已作废：留痕登记簿载明，这些文件不是本批次的结果",
    "demonstration": "演示批次：样例数据，公开随机数在封库前已知，不作执法依据",
    "elsewhere": EXTERNAL,
    "beacon": "公开信标的原始记录照录于档案，其签名未经本系统核验",
    "uniqueness": "唯一性未证实：没有两名以上保管人证明本批次本次只收到这一个封库校验码",
    "typed": "唯一性只有文字证明：没有两名以上保管人用公告的公钥签名证明",
}
_HOUR = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_TIME = re.compile(
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_HOUR}:[0-5][0-9](\.[0-9]{{1,6}})?(Z|[+-]{_HOUR})"
)
_SIGNATURE = _text("128 位小写十六进制数", "[0-9a-f]{128}")
_VOID = _text("", "[0-9]{2,}-void")
_SAID = {"custodian": TEXT, "received": TEXT, "only": FLAG}
_ATTESTED = {**_SAID, "first16": _text("16 位小写十六进制数", "[0-9a-f]{16}")}
_ATTESTED["signature?"] = _SIGNATURE
_ENTROPY = {"text": TEXT, "time?": TEXT, "place?": TEXT, "attestation?": [_ATTESTED]}
_ATTESTATION = Exact(
    view=TEXT,
    protocol=TEXT,
    round=TEXT,
    attempt=_integer(1),
    commitment=HASH,
    **{**_SAID, "key": HASH, "signature": _SIGNATURE},
)


def moment(text: str) -> datetime | None:
    """The moment that a text of the form of §10.8 names; None if it names none.

    >>> moment("2021-11-26T10:00:00+08:00") == moment("2021-11-26T02:00:00Z")
    True
    """
    try:
        return datetime.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        return None


def _check_attestation(document: Record) -> str:
    """Step 3 on an attestation document: its signature."""
    said = canonical({k: v for k, v in document.items() if k != "signature"})
    valid = valid_signature(document["key"], said, document["signature"])
    return "" if valid else "signature：签名与内容不符"


def is_signed(document: Record, attested: Record) -> bool:
    """Whether a custodian's signature is valid for the document's own commitment."""
    event = {"keys": _EVENT["keys?"], "custodians": [TEXT]}
    top, shape = _top(document), {"round": TEXT, "attempt": _integer(1), "event": event}
    if problem(shape, top):
        return False
    try:
        _check_keys(top["event"])  # keys that V3 refuses prove nothing
    except ProtocolError:
        return False
    said = {"view": "attestation", "protocol": PROTOCOL, "commitment": document["commitment"]}
    said |= {"round": top["round"], "attempt": top["attempt"]} | {k: attested[k] for k in _SAID}
    keys = {k["name"]: k["key"] for k in top["event"]["keys"]}
    if (key := keys.get(attested["custodian"])) is None:
        return False
    return valid_signature(key, canonical({**said, "key": key}), attested["signature"])


def attesting(document: Record) -> Rows:
    """The attestations of a draw record, public record or receipt that count: of announced
    custodians, received before the event, this commitment and no other (§10.8). Never raises.
    """
    top, items = _top(document), Kind("列表", lambda value: isinstance(value, list))
    shape = {"commitment": TEXT, "entropy": {"attestation": items}}
    announced = {"event": {"time": TEXT, "custodians": [TEXT]}}
    if problem(shape, document) or problem(announced, top):
        return []
    event, first16 = top["event"], document["commitment"][:16]

    def counts(a: Any) -> bool:
        if problem(_ATTESTED, a) or not a["only"] or a["first16"] != first16:
            return False
        received, time = moment(a["received"]), moment(event["time"])
        if received is None or time is None or received >= time:
            return False
        signed = "signature" not in a or is_signed(document, a)
        return a["custodian"] in event["custodians"] and signed

    return [a for a in document["entropy"]["attestation"] if counts(a)]


def unproven(document: Record) -> str:
    """The banner that says how little proves that a commitment is the only one: ``uniqueness``,
    ``typed``, or none. Never raises.
    """
    counted = attesting(document)
    signed = {a["custodian"] for a in counted if "signature" in a}
    if len({a["custodian"] for a in counted}) < LEAST_CUSTODIANS:
        return "uniqueness"
    return "typed" if len(signed) < LEAST_CUSTODIANS else ""


def _is_void(top: Any, ledgers: Sequence[str]) -> bool:
    """Whether a ledger that holds ends the attempt that stands in ``top``."""
    attempt = {"round": TEXT, "attempt": _integer(1)}
    voids = {**attempt, "stage": _VOID}
    entries = [e for text in ledgers for e in read_ledger(text) if not problem(voids, e)]
    here = None if problem(attempt, top) else [top[key] for key in attempt]
    return here in [[e[key] for key in attempt] for e in entries]


def banners(document: Record, ledgers: Sequence[str] = ()) -> list[str]:
    """Names of the banners (:data:`BANNERS`) that a document of :func:`kind_of` needs: each unless
    the document, or a ledger that holds, shows that it doesn't. Never raises.

    >>> banners(example()), banners(example(demonstration=True)), banners({"view": "notice"})
    ([], ['demonstration'], ['demonstration', 'elsewhere'])
    """
    kind, top, declared = kind_of(document), _top(document), _declared(document)
    drawn = kind in ("draw", "public", "receipt")
    no, usual = Kind("", lambda value: value is False), Kind("", lambda value: value == "here")
    known = {"event": {"kind": Kind("", lambda k: isinstance(k, str) and k != "beacon")}}
    shown = {
        "voided": _is_void(top, ledgers),
        "demonstration": kind != "attestation" and problem({"demonstration": no}, declared),
        "elsewhere": kind != "attestation" and problem({"official_draw?": usual}, declared),
        "beacon": drawn and problem(known, top),
    }
    missing = unproven(document) if drawn else ""
    return [name for name in BANNERS if shown.get(name) or name == missing]


# --- §10.9 Checks: what a firm reads at its door --------------------------------------------------


class Check(NamedTuple):
    """What a code (检查码) says of one visit, and its way to the root in the public record."""

    round: str
    attempt: int
    amendment: int  # after which it was made; 0: the draw
    position: int  # of its leaf
    visit: str
    items: list[str]
    officers: list[str]  # numbers of certificates
    experts: list[str]
    start: str  # the window of the visits
    end: str
    salt: str
    proof: list[str]


_CODE = re.compile(r"ssj1\.([0-9A-Za-z_-]+)\.([0-9A-Za-z_-]+)\.([0-9a-f]{8})")
_CHECK = {
    "round": TEXT,
    "attempt": _integer(1),
    "amendment": COUNT,
    "position": COUNT,
    "visit": ID,
    **{key: [TEXT] for key in ("items", "officers", "experts")},
    "start": TEXT,
    "end": TEXT,
}
SALT_BYTES = 16  # of a check's salt


def read_check(code: str) -> Check:
    """What a code says; ``ProtocolError`` if it is no whole code. That it was drawn only
    :func:`check_state` tells.
    """
    parts = _CODE.fullmatch(code)
    if not parts or sha256(code[:-9])[:8] != parts[3]:
        raise ProtocolError("检查码不完整，或者有抄错、改动的地方")
    said, way = (_decoded(part) for part in parts.groups()[:2])
    try:
        values = parse(said.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ProtocolError("检查码的内容读不出来") from error
    if not isinstance(values, list) or len(values) != len(_CHECK) or canonical(values) != said:
        raise ProtocolError("检查码的内容不是规定的写法")
    named = dict(zip(_CHECK, values, strict=True))
    _require(_CHECK, named, "检查码")
    if len(way) % 32 != SALT_BYTES:
        raise ProtocolError("检查码的证明不完整")
    steps = [way[at : at + 32].hex() for at in range(SALT_BYTES, len(way), 32)]
    return Check(**named, salt=way[:SALT_BYTES].hex(), proof=steps)


def _decoded(text: str) -> bytes:
    """Bytes of base64url without padding, written in the one way that there is."""
    padded = text + "=" * (-len(text) % 4)
    try:
        data = base64.urlsafe_b64decode(padded)
    except ValueError as error:
        raise ProtocolError("检查码含有不合写法的字符") from error
    if base64.urlsafe_b64encode(data).decode() != padded:
        raise ProtocolError("检查码含有不合写法的字符")
    return data


def check_leaf(check: Check) -> bytes:
    """Leaf data of a check: all that it says, hidden by its salt."""
    said = [v for k, v in check._asdict().items() if k not in ("position", "salt", "proof")]
    return canonical({"check": said, "salt": check.salt})


def checks_made(record: Record) -> list[list[Check]]:
    """The checks that a draw record's draw and each of its amendments made, without their proofs:
    of all visits, then of those that were amended; by their salts, so that a place tells nothing.
    """
    window, visits = record["parameters"].get("window"), {v["id"]: v for v in record["visits"]}
    window = window if isinstance(window, dict) else {}
    start, end = (t if TEXT.holds(t := window.get(k)) else "" for k in ("start", "end"))
    numbers = {}
    for officer in record["tables"]["officers"]:
        number = officer["internal"].get("certificate")
        numbers[officer["id"]] = number if WORD.holds(number) else officer["id"]
    made, amendments = [], record.get("amendments", [])
    for k in range(len(amendments) + 1):
        ids = set(amendments[k - 1]["visits"] if k else visits)
        sent: dict[str, dict[str, set[str]]] = {
            p: defaultdict(set) for p in ("officers", "experts")
        }
        for place, team in teams_now({**record, "amendments": amendments[:k]}).items():
            for taken in team:
                if taken["visit"] in ids:
                    sent[place][taken["visit"]].add(numbers[taken["officer"]])
        salts = {i: row_salt(record["salt"], "checks", i, str(k))[: 2 * SALT_BYTES] for i in ids}
        said = {
            i: {"items": visits[i]["items"]} | {p: sorted(own[i]) for p, own in sent.items()}
            for i in ids
        }
        common = {"round": record["round"], "attempt": record["attempt"], "amendment": k}
        common |= {"start": start, "end": end, "proof": []}
        order = enumerate(sorted(ids, key=salts.__getitem__))
        made.append(
            [Check(**common, **said[i], position=n, salt=salts[i], visit=i) for n, i in order]
        )
    return made


def checks_of(record: Record) -> Rows:
    """``checks`` of the public record that follows from a draw record (§10.9)."""
    last: dict[str, str] = {}
    checks: Rows = []
    for made in checks_made(record):
        leaves = {check.visit: check_leaf(check) for check in made}
        ended = sorted(last[visit] for visit in leaves if visit in last)
        checks.append({"rows": len(made), "root": merkle_root(leaves.values()), "ended": ended})
        last |= {visit: merkle_root([data]) for visit, data in leaves.items()}
    return checks


def check_state(code: str, documents: Sequence[Record], ledgers: Sequence[str] = ()) -> str:
    """What draw and public records and ledgers, each of which holds by itself, say of a code:
    ``current``, ``replaced`` by an amendment, ``void``, or ``unknown`` where none is of its attempt
    and has come so far. ``ProtocolError`` if it is no code, or was not drawn as it says.
    """
    check, known = read_check(code), []
    data = check_leaf(check)
    for document in documents:
        kind, top = kind_of(document), _top(document)
        if kind not in ("draw", "public") or [top["round"], top["attempt"]] != [*check[:2]]:
            continue
        checks = checks_of(document) if kind == "draw" else document.get("checks", [])
        if check.amendment < len(checks):
            known.append(checks)
    for checks in known:
        own = checks[check.amendment]
        if root_from_proof(data, check.position, own["rows"], check.proof) != own["root"]:
            raise ProtocolError("检查码与公开记录不符：不是这次抽取的，或者被改动过")
    if _is_void(check._asdict(), ledgers):
        return "void"
    later = [c["ended"] for checks in known for c in checks[check.amendment + 1 :]]
    if any(merkle_root([data]) in ended for ended in later):
        return "replaced"
    return "current" if known else "unknown"


_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
Point = tuple[int, int, int, int]  # x/z, y/z, z, x·y/z


def _point(data: bytes) -> Point | None:
    """The point of Ed25519 that 32 bytes stand for (RFC 8032 §5.1.3); None if there is none, or it
    is one whose y has two encodings or two signs (§10.8).
    """
    y, sign = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P)
    roots = [pow(square, (_P + 3) // 8, _P) * pow(2, (_P - 1) // 4 * k, _P) % _P for k in (0, 1)]
    x = next((root for root in roots if (root * root - square) % _P == 0), None)
    if x is None or not 2 <= y <= _P - 2:
        return None
    x = x if x % 2 == sign else _P - x
    return x, y, 1, x * y % _P


def _sum(a: Point, b: Point) -> Point:
    (x, y, z, t), (u, v, w, s) = a, b
    e, h = (y - x) * (v - u), (y + x) * (v + u)
    c, d = 2 * t * s * _D, 2 * z * w
    e, f, g, h = h - e, d - c, d + c, h + e
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(factor: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while factor:
        total = _sum(total, point) if factor % 2 else total
        factor, point = factor // 2, _sum(point, point)
    return total


def _encoded(point: Point) -> bytes:
    """The 32 bytes that stand for a point (RFC 8032 §5.1.2)."""
    back = pow(point[2], -1, _P)
    x, y = point[0] * back % _P, point[1] * back % _P
    return (y + (x % 2 << 255)).to_bytes(32, "little")


_BASE = _point(bytes([0x58] + [0x66] * 31)) or (0, 1, 1, 0)  # the point with y = 4/5


def valid_signature(key: str, message: bytes, signature: str) -> bool:
    """Whether an Ed25519 signature is valid (RFC 8032 §5.1.7, as §10.8 says); ``key`` of 64,
    ``signature`` of 128 hexadecimal digits.
    """
    public, signed = bytes.fromhex(key), bytes.fromhex(signature)
    point, second = _point(public), int.from_bytes(signed[32:], "little")
    if point is None or second >= _ORDER:
        return False
    hashed = hashlib.sha512(signed[:32] + public + message).digest()
    x, y, z, t = _times(int.from_bytes(hashed, "little") % _ORDER, point)
    return _encoded(_sum(_times(second, _BASE), (_P - x, y, z, _P - t))) == signed[:32]


def require(steps: Iterable[Step]) -> None:
    """Raises ``ProtocolError`` that names every step that fails; one not checked is no failure."""
    if failed := [f"V{s.number} {s.name}：{s.detail}" for s in steps if s.holds is False]:
        raise ProtocolError("核验不符：" + "；".join(failed))


# --- An example; the verifier of the command line -------------------------------------------------


def example(**parameters: Any) -> Record:
    """A small frozen round, with ``parameters`` of its own, for the examples of this file.

    From the freeze to the check (§4 to §10):

    >>> record, text = example(), "1635241635241635"
    >>> record["commitment"] == commit(record) == sha256(canonical(commitment_object(record)))
    True
    >>> check_event_text(record["event"], text)
    >>> seed = seed_of(record["commitment"], text)
    >>> salt = row_salt(record["salt"], "targets", "S1", "ticket")
    >>> target_ticket(record, seed, "target", "S1") == ticket(seed, "target", "S1", salt)
    True
    >>> drawn = draw_targets(record, seed)
    >>> visits = visits_of(record, drawn)
    >>> [visit["id"] for visit in visits]
    ['S1', 'S3']
    >>> teams = match(record, visits, seed, "officer")["taken"]
    >>> [(t["visit"], t["speciality"], t["officer"]) for t in teams]
    [('S1', '燃气', 'P3'), ('S1', '', 'P2'), ('S3', '燃气', 'P1'), ('S3', '', 'P2')]
    >>> record |= {"entropy": {"text": text}, **draw(record, text)}
    >>> require(verify(record))
    >>> amendment = {"officer": teams[0]["officer"], "visits": [teams[0]["visit"]], "all": True}
    >>> record["amendments"] = [amendment | replace(record, *amendment.values())]
    >>> [t["officer"] for t in teams_now(record)["officers"]]
    ['P1', 'P2', 'P1', 'P2']
    >>> [step.holds for step in examine(record)]
    [True, True, True, True, True]
    >>> record["seed"] = "0" * 64
    >>> [step.number for step in examine(record) if not step.holds]
    [4, 7]
    """

    def row(identifier: str, **internal: Any) -> Record:
        identity = {"id": identifier, "name": f"样例{identifier}"}
        return {"id": identifier, "identity": identity, "internal": internal}

    gas, site = {"department": "住建", "specialities": ["燃气"]}, "工地"
    officer = {**gas, "kind": "officer", "available": True, "cap": None}
    frames = [[{"task": "R1", "stratum": ALL, "size": size}] for size in (1, 1, 4)]
    task = {"items": ["I1"], "strata": [{"stratum": ALL, "ratio": "0.5"}], "team_size": 2}
    tables = {
        "items": [row("I1", **gas, categories=[site], expert=False)],
        "officers": [row(f"P{n}", **officer, authority=[], recusals=[]) for n in (1, 2, 3)],
        "targets": [
            row(f"S{n}", category=site, public=True, frames=f) for n, f in enumerate(frames, 1)
        ],
        "tasks": [row("R1", **task, expert=False)],
    }
    record = {
        "protocol": PROTOCOL,
        "round": "样例",
        "attempt": 1,
        "salt": "5a" * 32,
        "code": {},
        "ledger_head": NO_HEAD,
        "tables": tables,
        "event": {"kind": "dice", "count": 16, "form": "[1-6]{16}"},
        "parameters": {"slack": 0, "demonstration": False, **parameters},
    }
    return {**record, "commitment": commit(record)}


def main(arguments: Sequence[str]) -> int:
    """Verify files, told by their content, and compare those that hold with each other; exit code 0
    only if no step fails and each file could be read, 1 if a step fails, else 2.
    """
    if not arguments:
        kinds = "公告、公开记录、一户核验单、ledger.jsonl 也可以，几份一起还核对是否一致"
        print(f"用法：python protocol.py draw.json（{kinds}；检查码写在公开记录后面）")
        return 2
    found: list[tuple[str, str, Any, list[Step]]] = []
    codes = [text for text in arguments if text.startswith("ssj1.")]
    arguments = [name for name in arguments if name not in codes]
    for name in arguments:
        try:
            with open(name, "rb") as file:
                kind, content = read_file(file.read())
            steps = verify_ledger(content) if kind == "ledger" else examine(content)
            found.append((f"{name}：" if len(arguments) > 1 else "", kind, content, steps))
        except (OSError, ProtocolError) as error:
            why = error if isinstance(error, ProtocolError) else "打不开这个文件"
            print(f"没有核验 {name}：{why}")
    sound = [
        (k, content) for _, k, content, said in found if all(s.holds is not False for s in said)
    ]
    ledgers = [content for kind, content in sound if kind == "ledger"]
    for name, kind, content, steps in found:
        for banner in banners(content, ledgers) if kind != "ledger" else ():
            print(f"{name}！{BANNERS[banner]}")
        _say(steps, name)
    every = [step for *_, steps in found for step in steps]
    if len(found) > 1 and sound:
        together = compare([content for kind, content in sound if kind != "ledger"], ledgers)
        _say(together, "")
        every += together
    documents = [content for kind, content in sound if kind != "ledger"]
    checked = [_checked(code, documents, ledgers) for code in codes]
    _say(checked, "")
    every += checked
    unread = len(arguments) - len(found)
    if any(s.holds is False for s in every):
        print("记录与重算结果不符。")
    elif not any(s.holds for s in every):
        print("没有能核验的内容。")
    elif unread or not all(s.holds for s in every):
        print("能核验的都相符；未核验的不等于相符。")
    else:
        print("由记录逐步重算，全部相符。")
    return 1 if any(s.holds is False for s in every) else 2 if unread else 0


def _checked(code: str, documents: Sequence[Record], ledgers: Sequence[str]) -> Step:
    """What is said of a code (§10.9), as a step without a number."""
    try:
        check = read_check(code)
    except ProtocolError as error:
        return Step(0, "检查码", None, str(error))
    name = f"检查码 {check.round} {check.visit}"
    states = {
        "current": (True, f"，检查期间 {check.start} 至 {check.end}"),
        "replaced": (False, "抽后调整以后换了人，这份通知书已作废"),
        "void": (False, "这次抽取已作废"),
        "unknown": (None, "没有给出它那次抽取、有它那次调整的公开记录"),
    }
    try:
        return Step(0, name, *states[check_state(code, documents, ledgers)])
    except ProtocolError as error:
        return Step(0, name, False, str(error))


def _say(steps: Iterable[Step], before: str) -> None:
    for step in steps:
        result = {True: "相符", False: "不符——", None: "未核验——"}[step.holds]
        number = f"V{step.number} " if step.number else ""
        print(f"{before}{number}{step.name}：{result}{step.detail}")


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main(sys.argv[1:]))
