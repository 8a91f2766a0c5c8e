"""The draw protocol ssj/1: what is hashed, how targets are drawn, how officers are matched, how it
is verified.

Specification: ``docs/PROTOCOL.md`` (section numbers below are its own). Standard library only, pure
functions on integers and text, no clock, no randomness, no files but in :func:`main`. A copy lies
in every archived stage and re-derives the whole draw by itself::

    python protocol.py out/draw.json      (also: notice, public record, receipt, ledger.jsonl)
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

PROTOCOL = "ssj/1"
ALL = "*"  # the one stratum of a task with one ratio
M = 2**52  # ticket numbers are below M
LARGEST = 2**53 - 1  # integers beyond it are not exact in every JSON reader
LEAST_OUTCOMES = 2**40
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


class ProtocolError(ValueError):
    """Input that the protocol refuses; the message is Chinese, since auditors read it."""


class NotChecked(ProtocolError):
    """A verification step that can't be done here; the message says why."""


# --- §1 Canonical JSON and hashes -----------------------------------------------------------------


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of text, booleans, null, lists, integers within ±(2^53−1), and objects with
    ASCII keys.

    >>> canonical({"b": [1, True], "a": "甲"}).decode()
    '{"a":"甲","b":[1,true]}'
    """
    _refuse_inexact(value)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def _refuse_inexact(value: Any, depth: int = 0) -> None:
    if depth >= DEEPEST and isinstance(value, dict | list):
        raise ProtocolError(f"嵌套超过 {DEEPEST} 层")
    if isinstance(value, dict):
        for key, item in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise ProtocolError(f"键“{key}”不是 ASCII 文本")
            _refuse_inexact(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _refuse_inexact(item, depth + 1)
    elif isinstance(value, int):
        if abs(value) > LARGEST:
            raise ProtocolError(f"整数 {value} 超出 ±(2^53−1)")
    elif isinstance(value, str):
        if any("\ud800" <= c <= "\udfff" for c in value):
            raise ProtocolError("文本含不成对的代理码位")
    elif value is not None:
        raise ProtocolError(f"不能精确写入的类型：{type(value).__name__}")


def parse(text: str) -> Any:
    """Read JSON strictly: no floats, no duplicate keys, nothing that :func:`canonical` refuses."""

    def refuse(number: str) -> None:
        raise ProtocolError(f"记录含小数或非数值：{number}")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
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
        raise ProtocolError(f"不是完整的 JSON：{error}") from error
    return value


def sha256(data: bytes | str) -> str:
    """64 lowercase hexadecimal digits of the SHA-256 of bytes, or of UTF-8 text."""
    return hashlib.sha256(data.encode("utf-8") if isinstance(data, str) else data).hexdigest()


# --- §2 Ids ---------------------------------------------------------------------------------------

_ID = re.compile(r"[0-9A-Z()\-_./\u4e00-\u9fff]+")


def normalise_id(text: str) -> str:
    """NFKC, upper case; ``ProtocolError`` unless only ``0-9A-Z()-_./`` and U+4E00–9FFF remain.

    >>> normalise_id("ｓ（2021）-7号")
    'S(2021)-7号'
    """
    identifier = unicodedata.normalize("NFKC", text).upper()
    if not _ID.fullmatch(identifier):
        raise ProtocolError(f"编号“{text}”为空或含有不允许的字符")
    return identifier


# --- §3 Row salts, leaves, table roots, proofs ----------------------------------------------------


def row_salt(salt: str, table: str, identifier: str, part: str) -> str:
    """Salt of one ``part`` (``identity``, ``internal``, ``ticket``) of one row: HMAC-SHA256,
    hexadecimal.
    """
    return hmac.new(
        bytes.fromhex(salt), f"{table},{identifier},{part}".encode(), "sha256"
    ).hexdigest()


def part_hash(part_salt: str, values: Any) -> str:
    """Hash of one part of a row, hidden by its salt."""
    return sha256(canonical({"salt": part_salt, "values": values}))


def leaf(salt: str, table: str, row: Record) -> bytes:
    """Leaf data of a row ``{"id", "identity", "internal"}``: its id, the hashes of its two salted
    parts and of its ticket salt.
    """
    parts = {
        p: part_hash(row_salt(salt, table, row["id"], p), row[p]) for p in ("identity", "internal")
    }
    return leaf_data(
        row["id"], parts["identity"], parts["internal"], row_salt(salt, table, row["id"], "ticket")
    )


def leaf_data(identifier: str, identity: str, internal: str, ticket_salt: str) -> bytes:
    """Leaf data from the hashes of the two parts and the ticket salt itself."""
    return canonical(
        {
            "id": identifier,
            "identity": identity,
            "internal": internal,
            "ticket": sha256(ticket_salt),
        }
    )


def _leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1  # the largest power of two below count


def _root(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    k = _split(len(hashes))
    return _node_hash(_root(hashes[:k]), _root(hashes[k:]))


def merkle_root(leaves: Iterable[bytes]) -> str:
    """Root of the Merkle tree over leaf data in the given order (RFC 6962 §2.1)."""
    return _root([_leaf_hash(data) for data in leaves]).hex()


def merkle_proofs(leaves: Iterable[bytes]) -> list[list[str]]:
    """For each leaf the hashes that lead to the root, lowest first (RFC 6962 §2.1.1)."""

    def climb(hashes: Sequence[bytes]) -> tuple[bytes, list[list[str]]]:
        if len(hashes) <= 1:
            return _root(hashes), [[] for _ in hashes]
        k = _split(len(hashes))
        (left, lefts), (right, rights) = climb(hashes[:k]), climb(hashes[k:])
        for path in lefts:
            path.append(right.hex())
        for path in rights:
            path.append(left.hex())
        return _node_hash(left, right), lefts + rights

    return climb([_leaf_hash(data) for data in leaves])[1]


def merkle_proof(leaves: Sequence[bytes], index: int) -> list[str]:
    """Hashes that lead from leaf ``index`` to the root, lowest first."""
    if not 0 <= index < len(leaves):
        raise ProtocolError("证明所指的行不存在")
    return merkle_proofs(leaves)[index]


def root_from_proof(data: bytes, index: int, count: int, proof: Sequence[str]) -> str:
    """Root that a proof of leaf ``index`` among ``count`` leads to; compare it with the published
    one.
    """

    def climb(m: int, size: int, steps: Sequence[str]) -> bytes:
        if size == 1:
            if steps:
                raise ProtocolError("证明过长")
            return _leaf_hash(data)
        if not steps:
            raise ProtocolError("证明过短")
        k, side = _split(size), bytes.fromhex(steps[-1])
        if m < k:
            return _node_hash(climb(m, k, steps[:-1]), side)
        return _node_hash(side, climb(m - k, size - k, steps[:-1]))

    if not 0 <= index < count or not all(_is_hash(step) for step in proof):
        raise ProtocolError("证明所指的行不存在，或证明含有不是校验码的内容")
    return climb(index, count, proof).hex()


# --- §4 Public random event and commitment --------------------------------------------------------

_LOTTERIES = {  # kind → numbers drawn of how many, for both parts of a draw: 双色球, 超级大乐透
    "lottery": ((6, 33), (1, 16)),
    "lotto": ((5, 35), (2, 12)),
}
_NUMBER = {
    33: "(0[1-9]|[12][0-9]|3[0-3])",
    16: "(0[1-9]|1[0-6])",
    35: "(0[1-9]|[12][0-9]|3[0-5])",
    12: "(0[1-9]|1[0-2])",
}
_REVEAL = r"(\|[0-9a-f]{64})"


def event_outcomes(kind: str, count: int) -> int:
    """Number of equally likely outcomes: dice, draws of a lottery, or bits of a beacon."""
    base = {
        "dice": 6,
        "beacon": 2,
        **{k: math.prod(math.comb(of, m) for m, of in parts) for k, parts in _LOTTERIES.items()},
    }
    if (
        kind not in base
        or type(count) is not int
        or not 1 <= count <= 1024
        or (kind == "beacon" and count % 4)
    ):
        raise ProtocolError(f"不认识的公开随机数来源：{kind} × {count}")
    return base[kind] ** count


def event_form(kind: str, count: int, parties: int = 0) -> str:
    """Regular expression that the event's text must match in full, so that there is one way to
    write it.
    """
    event_outcomes(kind, count)
    if kind == "dice":
        form = f"[1-6]{{{count}}}"
    elif kind == "beacon":
        form = f"[0-9a-f]{{{count // 4}}}"
    else:
        draw = r"\+".join(
            _NUMBER[of] + f"(,{_NUMBER[of]}){{{m - 1}}}" * (m > 1) for m, of in _LOTTERIES[kind]
        )
        form = draw + f"(;{draw})" * (count - 1)
    return form + (f"{_REVEAL}{{{parties}}}" if parties else "")


def check_event(event: Record) -> None:
    """``ProtocolError`` unless the form is the kind's own, and the parties' hashes are hashes, each
    another.
    """
    parties = event.get("parties", [])
    hashes = [party["sha256"] for party in parties]
    named = all(isinstance(party["name"], str) for party in parties)
    if (
        not named
        or not all(map(_is_hash, hashes))
        or not len(set(hashes)) == len(hashes) <= MOST_PARTIES
    ):
        raise ProtocolError("参与方没有名称，或事先交存的校验码不是 64 位小写十六进制数，或有重复")
    if event["form"] != event_form(event["kind"], event["count"], len(hashes)):
        raise ProtocolError("公开随机数的书写格式与来源不符")


def check_event_text(event: Record, text: str) -> None:
    """``ProtocolError`` unless ``text`` is written exactly as the commitment announced, each
    party's part included.
    """
    check_event(event)
    if not re.fullmatch(event["form"], text):
        raise ProtocolError(f"公开随机数“{text}”与公告的书写格式 {event['form']} 不符")
    outcome, *reveals = text.split("|")
    for part in re.split("[;+]", outcome) if event["kind"] in _LOTTERIES else ():
        numbers = part.split(",")
        if sorted(set(numbers)) != numbers:
            raise ProtocolError(f"号码“{part}”应由小到大且不重复")
    for party, reveal in zip(event.get("parties", []), reveals, strict=True):
        if sha256(reveal) != party["sha256"]:
            raise ProtocolError(f"参与方“{party['name']}”公开的数与事先交存的校验码不符")


def public_list(record: Record) -> Record:
    """Ids and names of all targets but the sensitive ones, which are only counted."""
    rows = record["tables"]["targets"]
    named = [
        {"id": r["id"], "name": r["identity"]["name"]} for r in rows if r["internal"]["public"]
    ]
    return {"targets": named, "unnamed": len(rows) - len(named)}


def _integer(least: int, most: int = LARGEST) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _word(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _list(each: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(each, value))


def _fields(**kinds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """An object with at least these fields."""
    return lambda value: (
        isinstance(value, dict)
        and all(key in value and kind(value[key]) for key, kind in kinds.items())
    )


_INTERNAL = {  # what the protocol reads of each table's internal part, with its type (§10.5)
    "items": {
        "department": _word,
        "categories": _list(_text),
        "specialities": _list(_word),
        "expert": _flag,
    },
    "officers": {
        "kind": _text,
        "department": _text,
        "specialities": _list(_text),
        "authority": _list(_text),
        "recusals": _list(_text),
        "available": _flag,
        "cap": lambda v: v is None or _integer(0)(v),
    },
    "targets": {
        "category": _text,
        "public": _flag,
        "frames": _list(_fields(task=_text, stratum=_text, size=_integer(0))),
    },
    "tasks": {
        "items": _list(_text),
        "strata": _list(_fields(stratum=_text, ratio=_text)),
        "team_size": _integer(0, LARGEST_TEAM),
        "expert": _flag,
    },
}


_NAMED = _list(_fields(id=_text, name=_text))
# optional parameters, the first value if it is not there
_CHOICES = {"official_draw": ("here", PLATFORM), "team_mode": ("visits", GROUPS)}


def check_record(record: Record) -> None:
    """``ProtocolError`` unless a frozen record has the shape of §10.5: tables, ids in order, fields
    and their types.
    """
    top = {
        "round": _text,
        "attempt": _integer(1),
        "salt": _is_hash,
        "ledger_head": _is_hash,
        "event": _fields(),
        "code": _fields(),
        "parameters": _fields(slack=_integer(0), demonstration=_flag),
        "tables": _fields(),
    }
    if wrong := [
        name for name, kind in top.items() if name not in record or not kind(record[name])
    ]:
        raise ProtocolError(f"缺少或类型不对：{'、'.join(wrong)}")
    if wrong := [
        name
        for name, values in _CHOICES.items()
        if record["parameters"].get(name, values[0]) not in values
    ]:
        raise ProtocolError(f"参数的值不认识：{'、'.join(wrong)}")
    if sorted(record["tables"]) != list(TABLES):
        raise ProtocolError("表不齐或多余")
    check_event(record["event"])
    for name, fields in _INTERNAL.items():
        rows = record["tables"][name]
        ids = [row["id"] for row in rows]
        if sorted(set(ids)) != ids or any(normalise_id(i) != i for i in ids):
            raise ProtocolError(f"表 {name} 的编号重复、未排序或不规范")
        for row in rows:
            if row.keys() != {"id", "identity", "internal"} or row["identity"]["id"] != row["id"]:
                raise ProtocolError(f"表 {name} 的 {row['id']} 行含多余的内容，或编号不一致")
            if wrong := [
                f
                for f, kind in fields.items()
                if f not in row["internal"] or not kind(row["internal"][f])
            ]:
                raise ProtocolError(f"表 {name} 的 {row['id']} 行类型不对：{'、'.join(wrong)}")
            if name == "targets" and not isinstance(row["identity"].get("name"), str):
                raise ProtocolError(f"表 {name} 的 {row['id']} 行没有名称")
            if name == "targets" and not _list(_text)(row["internal"].get("rotation", [])):
                raise ProtocolError(f"表 {name} 的 {row['id']} 行类型不对：rotation")


def _is_hash(text: Any) -> bool:
    return isinstance(text, str) and re.fullmatch("[0-9a-f]{64}", text) is not None


def commitment_object(record: Record) -> Record:
    """The object whose hash is the commitment: all that is fixed before the event (§4.3)."""
    salt, tables = record["salt"], record["tables"]
    check_record(record)
    parameters_salt = row_salt(salt, "parameters", record["round"], "internal")
    return {
        "protocol": PROTOCOL,
        "round": record["round"],
        "attempt": record["attempt"],
        "demonstration": record["parameters"]["demonstration"],
        **({"official_draw": PLATFORM} if drawn_elsewhere(record["parameters"]) else {}),
        "tables": {
            name: {"rows": len(rows), "root": merkle_root(leaf(salt, name, row) for row in rows)}
            for name, rows in tables.items()
        },
        "public_list": sha256(canonical(public_list(record))),
        "parameters": part_hash(parameters_salt, record["parameters"]),
        "salt": sha256(bytes.fromhex(salt)),
        "event": record["event"],
        "code": record["code"],
        "ledger_head": record["ledger_head"],
    }


def commit(record: Record) -> str:
    """The commitment (封库校验码) of a frozen record."""
    return sha256(canonical(commitment_object(record)))


# --- §5 Seed and tickets --------------------------------------------------------------------------


def seed_of(commitment: str, text: str) -> str:
    """The seed (抽取随机数): from the commitment and the event's text, nothing else."""
    return sha256(f"{PROTOCOL},seed,{commitment},{text}")


def ticket(seed: str, purpose: str, identifier: str, ticket_salt: str) -> str:
    """A ticket (签号): 64 hexadecimal digits; anyone who has the salt can recompute it."""
    return sha256(f"{seed},{purpose},{identifier},{ticket_salt}")


def ticket_number(ticket_hex: str) -> int:
    """First 13 hexadecimal digits as an integer below 2^52."""
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
    """min(⌈ratio·N⌉, N), exact; ``ratio`` is decimal text above 0 and at most 1.

    >>> sample_size("0.05", 61)
    4
    """
    if not re.fullmatch(r"[01](\.[0-9]{1,9})?", ratio) or not 0 < Fraction(ratio) <= 1:
        raise ProtocolError(f"抽查比例“{ratio}”不是 0 到 1 的小数")
    return min(math.ceil(Fraction(ratio) * count), count)


def select(units: Iterable[Unit], n: int) -> tuple[list[str], list[str]]:
    """Draw ``n`` units with chances proportional to size: the certain ones, and the others in
    drawing order.

    Pareto order sampling (Rosén 1997) on integers, §6.3. Units of size 0 are never drawn.
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
    empty included.
    """
    keys = [
        (task["id"], stratum["stratum"])
        for task in record["tables"]["tasks"]
        for stratum in task["internal"]["strata"]
    ]
    result: dict[tuple[str, str], list[tuple[str, int]]] = {key: [] for key in keys}
    if len(result) < len(keys):
        raise ProtocolError("任务有重复的抽取组")
    for target in record["tables"]["targets"]:
        for frame in target["internal"]["frames"]:
            size, key = frame["size"], (frame["task"], frame["stratum"])
            if type(size) is not int or not 0 <= size <= LARGEST:
                raise ProtocolError(f"{target['id']} 的风险权数不是非负整数")
            if key not in result:
                raise ProtocolError(f"{target['id']} 所在的任务或抽取组不存在：{key}")
            result[key].append((target["id"], size))
        in_tasks = [frame["task"] for frame in target["internal"]["frames"]]
        if len(set(in_tasks)) < len(in_tasks):
            raise ProtocolError(f"{target['id']} 在同一任务中出现两次")
    return result


def draw_targets(record: Record, seed: str) -> list[Record]:
    """Drawn targets of every task and stratum (§6)."""
    tickets = {
        t["id"]: target_ticket(record, seed, "target", t["id"]) for t in record["tables"]["targets"]
    }
    framed, drawn = frames(record), []
    for task in record["tables"]["tasks"]:
        for stratum in task["internal"]["strata"]:
            units = [
                Unit(i, size, tickets[i]) for i, size in framed[task["id"], stratum["stratum"]]
            ]
            count = sum(u.size > 0 for u in units)
            n = sample_size(stratum["ratio"], count)
            certain, others = select(units, n)
            drawn.append(
                {
                    "task": task["id"],
                    "stratum": stratum["stratum"],
                    "count": count,
                    "n": n,
                    "certain": certain,
                    "by_ticket": others,
                }
            )
    return drawn


def drawn_ids(part: Record) -> list[str]:
    """Ids of a drawn part: in drawing order, the certain ones first; of a draw made elsewhere
    (§6.5) in id order.
    """
    return part["external"] if "external" in part else [*part["certain"], *part["by_ticket"]]


def drawn_elsewhere(holder: Any) -> bool:
    """Whether ``parameters``, or a commitment object, say that the provincial platform draws the
    targets (§6.5).
    """
    return isinstance(holder, dict) and holder.get("official_draw") == PLATFORM


def external_parts(record: Record, external: Any) -> list[Record]:
    """The drawn parts of a draw made elsewhere; ``external``: task → ids, in any order, a missing
    task has drawn nobody (§6.5).
    """
    if not drawn_elsewhere(record["parameters"]):
        raise ProtocolError("本批次的检查对象不由省级平台抽取，不能用外部名单")
    if not isinstance(external, dict):
        raise ProtocolError("本批次的检查对象由省级平台抽取，须有外部名单")
    parts = [
        {"task": t["id"], "external": sorted(external.get(t["id"], []))}
        for t in record["tables"]["tasks"]
    ]
    if stray := sorted(external.keys() - {t["id"] for t in record["tables"]["tasks"]}):
        raise ProtocolError(f"外部名单中的任务不在本批次中：{'、'.join(stray)}")
    roster = {t["id"] for t in record["tables"]["targets"]}
    for part in parts:
        if stray := sorted(set(part["external"]) - roster):
            raise ProtocolError(
                f"任务 {part['task']} 的外部名单中，有的编号不在检查对象名录库中："
                f"{'、'.join(stray)}"
            )
        if twice := sorted(i for i, n in Counter(part["external"]).items() if n > 1):
            raise ProtocolError(
                f"任务 {part['task']} 的外部名单中，有的编号重复：{'、'.join(twice)}"
            )
    return parts


# --- §7 Visits, seats, eligibility ----------------------------------------------------------------


def visits_of(record: Record, drawn: Iterable[Record]) -> list[Record]:
    """One visit for each drawn target, with all tasks that drew it, its items and its seats; in id
    order.
    """
    tasks = {t["id"]: t["internal"] for t in record["tables"]["tasks"]}
    items = {i["id"]: i["internal"] for i in record["tables"]["items"]}
    categories = {t["id"]: t["internal"]["category"] for t in record["tables"]["targets"]}
    drawn_by: dict[str, set[str]] = defaultdict(set)
    for part in drawn:
        for target in drawn_ids(part):
            drawn_by[target].add(part["task"])
    return [
        visit_of(target, categories[target], sorted(drawn_by[target]), tasks, items)
        for target in sorted(drawn_by)
    ]


def visit_of(
    target: str, category: str, task_ids: list[str], tasks: Record, items: Record
) -> Record:
    """The visit to ``target`` for ``task_ids``: items that fit its category, then seats (§7.1,
    §7.2).

    For each department of an item: one seat for each speciality that its items require, then
    general seats up to the team size of the tasks, never fewer than two. Experts have seats of
    their own.
    """
    fitting = sorted(
        {i for t in task_ids for i in tasks[t]["items"] if category in items[i]["categories"]}
    )
    if not fitting or any(not items[i]["department"] for i in fitting):
        raise ProtocolError(f"{target} 没有适用的检查事项，或事项没有抽查主体")
    size = max(2, *(tasks[t]["team_size"] for t in task_ids))
    seats = []
    for department in sorted({items[i]["department"] for i in fitting}):
        own = [items[i] for i in fitting if items[i]["department"] == department]
        specialities = sorted({s for item in own for s in item["specialities"]})
        specialities += [""] * (size - len(specialities))
        seats += [{"department": department, "speciality": s} for s in specialities]
    experts = sorted(
        {s for i in fitting if items[i]["expert"] for s in items[i]["specialities"] or [""]}
    )
    if not experts and any(tasks[t]["expert"] for t in task_ids):
        experts = [""]
    return {
        "id": target,
        "tasks": task_ids,
        "items": fitting,
        "seats": seats,
        "expert_seats": [{"department": "", "speciality": s} for s in experts],
    }


def fits(officer: Record, seat: Record, visit: Record, items: Record) -> bool:
    """Whether an officer may take a seat, recusal and caps left aside (§7.3).

    A general seat needs authority over one of the department's items, a speciality seat over all
    that require it.
    """
    own = officer["internal"]
    if not own["available"] or (
        seat["speciality"] and seat["speciality"] not in own["specialities"]
    ):
        return False
    if not seat["department"]:
        return own["kind"] == "expert"
    if own["kind"] != "officer" or own["department"] != seat["department"]:
        return False
    ids = [i for i in visit["items"] if items[i]["department"] == seat["department"]]
    if not own["authority"]:
        return True
    if seat["speciality"]:
        return all(
            i in own["authority"] for i in ids if seat["speciality"] in items[i]["specialities"]
        )
    return any(i in own["authority"] for i in ids)


# --- §8 Matching officers -------------------------------------------------------------------------


class Seat(NamedTuple):
    """A seat to fill: its visit, its description, who may take it, in lot order; ``lot``: all who
    fit, with what bars them.
    """

    visit: str
    place: Record
    candidates: list[str]
    lot: Sequence[tuple[str, str]] = ()


class Infeasible(ProtocolError):
    """No complete assignment: ``seats`` compete for ``officers`` (a Hall set); nobody else can take
    them, ``short`` stay empty.

    ``caps``: how many seats each of the officers may take at most.
    """

    def __init__(self, seats: list[Seat], short: int, caps: dict[str, int]) -> None:
        self.seats, self.short = seats, short
        self.officers = officers = sorted({o for s in seats for o in s.candidates})
        self.caps = {o: caps[o] for o in officers}
        wanted = "；".join(
            (
                f"{s.visit} "
                f"的{s.place['department'] or '专家'}“{s.place.get('speciality') or '不限专业'}”"
                "席位"
            )
            for s in seats
        )
        have = "、".join(officers) or "无人"
        super().__init__(
            f"检查组排不出来：{len(seats)} 个席位只有 {len(officers)} 人（{have}）可用，缺 "
            f"{short} 席：{wanted}"
        )


class Matching:
    """A complete assignment kept while seats are settled one by one (§8.2): an integral maximum
    flow.

    Flow runs officer (cap) → officer × visit (1) → seat (1); ``_reroute`` looks for an augmenting
    path backwards. Sets of officers that are searched again and again are integers with a bit for
    each officer.
    """

    def __init__(self, seats: list[Seat], caps: dict[str, int], ceilings: dict[str, int]) -> None:
        self.seats, self.caps, self.ceilings = seats, caps, ceilings
        self.officers = list(caps)
        self.bit = {o: 1 << n for n, o in enumerate(self.officers)}
        self.able = [sum(self.bit[o] for o in seat.candidates) for seat in seats]
        self.holder: list[str | None] = [None] * len(seats)
        self.load: Counter[str] = Counter()
        # seats of an officer that are not settled yet
        self.held: dict[str, set[int]] = defaultdict(set)
        self.seated: dict[tuple[str, str], int] = {}  # (officer, visit) → seat
        self.inside = {seat.visit: 0 for seat in seats}  # officers with a seat in a visit
        self.moving = dict(self.inside)  # those of them whose seat is not settled yet
        # officers below their cap
        self.free = sum(self.bit[o] for o, cap in caps.items() if cap > 0)
        self.raised: Counter[str] = Counter()
        self._fill()

    def _take(self, seat: int, officer: str) -> None:
        visit = self.seats[seat].visit
        self.holder[seat] = officer
        self.held[officer].add(seat)
        self.seated[officer, visit] = seat
        self.inside[visit] |= self.bit[officer]
        self.moving[visit] |= self.bit[officer]
        self._count(officer, 1)

    def _leave(self, seat: int) -> str | None:
        officer, visit = self.holder[seat], self.seats[seat].visit
        if officer is not None:
            self.holder[seat] = None
            self.held[officer].discard(seat)
            del self.seated[officer, visit]
            self.inside[visit] &= ~self.bit[officer]
            self.moving[visit] &= ~self.bit[officer]
            self._count(officer, -1)
        return officer

    def _count(self, officer: str, seats: int) -> None:
        self.load[officer] += seats
        self.free |= self.bit[officer]
        if self.load[officer] >= self.caps[officer]:
            self.free ^= self.bit[officer]

    def _named(self, officers: int) -> list[str]:
        found = []
        while officers:
            lowest = officers & -officers
            found.append(self.officers[lowest.bit_length() - 1])
            officers ^= lowest
        return found

    def _reroute(self, sources: Iterable[int]) -> tuple[set[int], set[str]]:
        """Refill one of ``sources`` and return empty sets; else the seats and officers that lead
        nowhere.
        """
        origin: dict[int, tuple[int, str] | None] = dict.fromkeys(sources)
        queue, reached = list(origin), 0
        for seat in queue:  # grows while it is read
            visit = self.seats[seat].visit
            inside = self.able[seat] & self.inside[visit]
            outside = self.able[seat] ^ inside
            if outside & self.free:
                self._shift(seat, self._named(outside & self.free)[0], origin)
                return set(), set()
            leads = [(o, s) for o in self._named(outside & ~reached) for s in self.held[o]]
            # only within the visit
            leads += [(o, self.seated[o, visit]) for o in self._named(inside & self.moving[visit])]
            for officer, other in leads:
                if other not in origin:
                    origin[other] = (seat, officer)
                    queue.append(other)
            reached |= outside
        return set(origin), set(self._named(reached))

    def _shift(self, seat: int, officer: str, origin: dict[int, tuple[int, str] | None]) -> None:
        moves = [(seat, officer)]
        while (step := origin[moves[-1][0]]) is not None:
            moves.append(step)
        for s, _ in moves:
            self._leave(s)
        for s, o in moves:
            self._take(s, o)

    def _fill(self) -> None:
        empty = [s for s in range(len(self.seats)) if self._reroute([s])[0]]
        while empty:
            seats, officers = self._reroute(empty)
            movable = [o for o in officers if self.caps[o] < self.ceilings[o]]
            if not movable:
                raise Infeasible([self.seats[s] for s in sorted(seats)], len(empty), self.caps)
            for officer in movable:
                self.caps[officer] += 1
                self.raised[officer] += 1
                self._count(officer, 0)
            empty = [s for s in empty if self._reroute([s])[0]]

    def full(self, officer: str) -> bool:
        """Whether the seats settled so far use up the officer's cap."""
        return self.load[officer] - len(self.held[officer]) >= self.caps[officer]

    def settle(self, seat: int, officer: str) -> set[str]:
        """Give ``seat`` to ``officer`` for good if the rest stays possible; else the visits left
        short, unchanged.
        """
        before, visit = self._leave(seat), self.seats[seat].visit
        clash = self.seated.get((officer, visit))
        if clash is not None:
            self._leave(clash)
        self._take(seat, officer)
        self.held[officer].discard(seat)
        self.moving[visit] &= ~self.bit[officer]
        over = self.load[officer] > self.caps[officer]
        sources = [clash] if clash is not None else sorted(self.held[officer]) if over else []
        seats = self._reroute(sources)[0] if sources else set()
        if seats:
            self._leave(seat)
            if clash is not None:
                self._take(clash, officer)
            self._take(seat, before)
        return {self.seats[s].visit for s in seats}


def first_caps(
    seats: list[Seat], pool: list[Record], slack: int
) -> tuple[dict[str, int], dict[str, int]]:
    """Caps to start from, ⌈seats / people⌉ + slack in each department, and personal ceilings, which
    never move.
    """
    wanted = Counter(s.place["department"] for s in seats)
    present = Counter(_pool_of(o) for o in pool)
    limits = {o["id"]: o["internal"]["cap"] for o in pool}
    ceilings = {i: len(seats) if limit is None else limit for i, limit in limits.items()}
    starts = {o["id"]: -(-wanted[_pool_of(o)] // present[_pool_of(o)]) + slack for o in pool}
    return {i: min(start, ceilings[i]) for i, start in starts.items()}, ceilings


def _pool_of(officer: Record) -> str:
    return officer["internal"]["department"] if officer["internal"]["kind"] == "officer" else ""


def _people(record: Record, purpose: str) -> list[Record]:
    """The pool: all available officers, or experts (``purpose`` is their kind)."""
    return [
        o
        for o in record["tables"]["officers"]
        if o["internal"]["kind"] == purpose and o["internal"]["available"]
    ]


def bars(record: Record) -> Callable[[str, str], str]:
    """Why somebody may not go to a target: recused, or there last time (rotation); empty if
    neither.
    """
    recusals = {o["id"]: set(o["internal"]["recusals"]) for o in record["tables"]["officers"]}
    rotation = {
        t["id"]: set(t["internal"].get("rotation", ())) for t in record["tables"].get("targets", ())
    }
    return lambda visit, officer: (
        "recusal"
        if visit in recusals[officer]
        else "rotation"
        if officer in rotation.get(visit, ())
        else ""
    )


def seats_of(
    record: Record,
    visits: Iterable[Record],
    seed: str,
    purpose: str,
    bar: Callable[[str, str], str],
) -> list[Seat]:
    """All seats of these visits in matching order, each with everyone who fits, in lot order."""
    items, pool = (
        {i["id"]: i["internal"] for i in record["tables"]["items"]},
        _people(record, purpose),
    )
    seats: list[Seat] = []
    fitting: dict[
        tuple[str, ...], set[str]
    ] = {}  # who fits depends on the seat and the visit's items alone
    for visit in sorted(visits, key=lambda v: target_ticket(record, seed, "visit", v["id"])):
        ticket_salt = row_salt(record["salt"], "targets", visit["id"], "ticket")
        lot = sorted(
            (o["id"] for o in pool),
            key=lambda o: ticket(seed, purpose, f"{visit['id']},{o}", ticket_salt),
        )
        for place in visit[_PLACES[purpose]]:
            key = (place["department"], place["speciality"], *visit["items"])
            if key not in fitting:
                fitting[key] = {o["id"] for o in pool if fits(o, place, visit, items)}
            own = [(o, bar(visit["id"], o)) for o in lot if o in fitting[key]]
            seats.append(
                Seat(visit["id"], place, [officer for officer, barred in own if not barred], own)
            )
    return seats


_PLACES = {"officer": "seats", "expert": "expert_seats"}


def match(record: Record, visits: list[Record], seed: str, purpose: str) -> Record:
    """Fill all seats of ``purpose`` ``officer`` or ``expert`` (§8): who sits where, caps raised,
    who was skipped.
    """
    if len({v["id"] for v in visits}) < len(visits):
        raise ProtocolError("同一检查对象有两次入企检查")
    seats = seats_of(record, visits, seed, purpose, bars(record))
    if purpose == "officer" and record["parameters"].get("team_mode") == GROUPS:
        return match_groups(record, seats, seed)
    return fill(seats, *first_caps(seats, _people(record, purpose), record["parameters"]["slack"]))


def fill(seats: list[Seat], caps: dict[str, int], ceilings: dict[str, int]) -> Record:
    """Settle seats one after the other: each goes to the first of its lot with whom the rest stays
    possible (§8.2, §8.3).
    """
    matching = Matching(seats, caps, ceilings)
    taken, skipped, seated = [], [], set()
    for number, seat in enumerate(seats):
        here = {"visit": seat.visit, **seat.place}
        for officer, reason in seat.lot:
            short: set[str] = set()
            if (seat.visit, officer) in seated:
                continue
            if not reason and matching.full(officer):
                reason = "cap"
            if not reason and (short := matching.settle(number, officer)):
                reason = "look_ahead"
            if not reason:
                taken.append({**here, "officer": officer, "choices": len(seat.candidates)})
                seated.add((seat.visit, officer))
                break
            skipped.append({**here, "officer": officer, "reason": reason, "short": sorted(short)})
    raised = [
        {"officer": o, "by": n, "cap": matching.caps[o]} for o, n in sorted(matching.raised.items())
    ]
    return {"taken": taken, "raised": raised, "skipped": skipped}


def teams_now(record: Record) -> dict[str, list[Record]]:
    """Who sits where after all amendments (§8.6), ``officers`` and ``experts``; as ``taken``, in
    matching order.
    """
    now = {key: list(record[key]["taken"]) for key in ("officers", "experts")}
    for amendment in record.get("amendments", []):
        instead = {t["visit"]: t for t in amendment["taken"]}
        for key, taken in now.items():
            now[key] = [
                instead.get(t["visit"], t) if t["officer"] == amendment["officer"] else t
                for t in taken
            ]
    return now


def replace(record: Record, officer: str, visits: list[str], whole: bool) -> Record:
    """Who goes instead of ``officer`` to ``visits`` (§8.6), by lot as in the draw:
    ``{"taken", "raised", "skipped"}``.

    ``whole``: the officer takes no further seat in this round. Nothing else can be chosen.
    """
    if (
        not isinstance(whole, bool)
        or not _list(_text)(visits)
        or not visits
        or sorted(set(visits)) != visits
    ):
        raise ProtocolError(
            "抽后调整的入企检查没有写、有重复或未按编号排列，或没有写明是否不再参加本批次"
        )
    purpose = next(
        (o["internal"]["kind"] for o in record["tables"]["officers"] if o["id"] == officer), ""
    )
    if purpose not in _PLACES:
        raise ProtocolError(f"执法检查人员名录库中没有执法人员或专家 {officer}")
    key, amendments = f"{purpose}s", record.get("amendments", [])
    now = teams_now(record)[key]
    places = {
        t["visit"]: {k: t[k] for k in ("department", "speciality")}
        for t in now
        if t["officer"] == officer
    }
    if unknown := [v for v in visits if v not in {w["id"] for w in record["visits"]}]:
        raise ProtocolError(f"没有这些入企检查：{'、'.join(unknown)}")
    if absent := [v for v in visits if v not in places]:
        raise ProtocolError(f"{officer} 现在不在这些入企检查的检查组中：{'、'.join(absent)}")
    usual, gone = bars(record), {officer} | {a["officer"] for a in amendments if a["all"]}
    left = {(v, a["officer"]) for a in amendments for v in a["visits"]}

    def bar(visit: str, other: str) -> str:
        return usual(visit, other) or ("amended" if other in gone or (visit, other) in left else "")

    vacated = {(v, officer) for v in visits}
    stays = {(t["visit"], t["officer"]) for t in now} - vacated
    seats = []
    for seat in seats_of(
        record, [v for v in record["visits"] if v["id"] in visits], record["seed"], purpose, bar
    ):
        if seat.place == places[seat.visit] and seat.visit not in {s.visit for s in seats}:
            lot = [(o, reason) for o, reason in seat.lot if (seat.visit, o) not in stays]
            seats.append(seat._replace(candidates=[o for o, reason in lot if not reason], lot=lot))
    load = Counter(o for _, o in stays)
    caps, ceilings = caps_now(record, purpose)
    room = [{o: limit - load[o] for o, limit in limits.items()} for limits in (caps, ceilings)]
    result = fill(seats, *room)
    return {
        **result,
        "raised": [{**r, "cap": r["cap"] + load[r["officer"]]} for r in result["raised"]],
    }


def caps_now(record: Record, purpose: str) -> tuple[dict[str, int], dict[str, int]]:
    """Caps as the draw and all amendments left them, and ceilings."""
    seats = [Seat(v["id"], place, []) for v in record["visits"] for place in v[_PLACES[purpose]]]
    caps, ceilings = first_caps(seats, _people(record, purpose), record["parameters"]["slack"])
    if groups := record[f"{purpose}s"].get("groups"):
        caps = {
            **dict.fromkeys(caps, 0),
            **{member: group["cap"] for group in groups["made"] for member in group["members"]},
        }
    for r in (
        r for part in (record[f"{purpose}s"], *record.get("amendments", [])) for r in part["raised"]
    ):
        if r["officer"] in caps:
            caps[r["officer"]] += r["by"]
    return caps, ceilings


class Group(NamedTuple):
    """Officers of one department who go together: their ids sorted, and joined by ``+``; the parts
    that they can do (numbers).
    """

    id: str
    members: list[str]
    able: set[int]


class NoGroups(ProtocolError):
    """A department's officers can't be cut into groups such that its visits can be allotted:
    ``parts`` are the hardest ones.
    """

    def __init__(self, department: str, parts: list[list[Seat]], tried: int) -> None:
        self.department, self.parts, self.tried = department, parts, tried
        named = "、".join(sorted({part[0].visit for part in parts}))
        super().__init__(
            f"先组后户排不出来：{department} 试了 {tried} 种分组，都不能使各户有检查组可去，"
            f"最难的是 {named}"
        )


def match_groups(record: Record, seats: list[Seat], seed: str) -> Record:
    """Fill the officers' seats by groups (§8.7); the departments one after the other, results in
    matching order.
    """
    parts: dict[str, list[list[Seat]]] = defaultdict(list)
    for seat in seats:
        own = parts[seat.place["department"]]
        if own and own[-1][0].visit == seat.visit:
            own[-1].append(seat)
        else:
            own.append([seat])
    made, allotted, passed, taken, skipped = [], [], [], [], []
    for department, own in sorted(parts.items()):
        groups, filled = _allot(record, department, own, seed)
        members = {g.id: g.members for g in groups}
        by = {r["officer"]: r["by"] for r in filled["raised"]}
        made += [
            {
                "id": g.id,
                "department": department,
                "k": filled["k"],
                "members": g.members,
                "by": by.get(g.id, 0),
                "cap": filled["caps"][g.id],
            }
            for g in sorted(groups, key=lambda g: g.id)
        ]
        allotted += [_renamed(t) for t in filled["taken"]]
        passed += [_renamed(s) for s in filled["skipped"]]
        for part, going in zip(own, filled["taken"], strict=True):
            result = fill(*_within(part, members[going["officer"]]))
            taken += [
                {**t, "choices": len(seat.candidates)}
                for seat, t in zip(part, result["taken"], strict=True)
            ]
            skipped += result["skipped"]
    order = {(seat.visit, seat.place["department"]): n for n, seat in enumerate(seats)}
    for rows in (allotted, passed, taken, skipped):  # stable: within a part they stay as they are
        rows.sort(key=lambda row: order[row["visit"], row["department"]])
    return {
        "taken": taken,
        "raised": [],
        "skipped": skipped,
        "groups": {"made": made, "allotted": allotted, "skipped": passed},
    }


def _renamed(row: Record) -> Record:
    return {"group" if key == "officer" else key: value for key, value in row.items()}


def _within(
    part: list[Seat], members: Sequence[str]
) -> tuple[list[Seat], dict[str, int], dict[str, int]]:
    """The seats of a part as only these people may take them, each once."""
    own = [
        s._replace(
            candidates=[o for o in s.candidates if o in members],
            lot=[x for x in s.lot if x[0] in members],
        )
        for s in part
    ]
    once = dict.fromkeys(members, 1)
    return own, once, once


def _allot(
    record: Record, department: str, parts: list[list[Seat]], seed: str
) -> tuple[list[Group], Record]:
    """The first cut of a department's officers with which all its parts can be allotted, and how
    they are.
    """
    people = {
        o["id"]: o["internal"]["cap"]
        for o in _people(record, "officer")
        if o["internal"]["department"] == department and o["internal"]["cap"] != 0
    }
    salts = {o: row_salt(record["salt"], "officers", o, "ticket") for o in people}
    limits = {o: len(parts) if cap is None else cap for o, cap in people.items()}
    # infeasible even without groups
    Matching([seat for part in parts for seat in _within(part, people)[0]], dict(limits), limits)
    count = len(people) // max(map(len, parts))
    bits = {o: 1 << n for n, o in enumerate(people)}
    masks = [
        [sum(bits[o] for o in seat.candidates if o in bits) for seat in part] for part in parts
    ]
    hardest: Counter[int] = Counter()
    for k in range(MOST_CUTS):
        lot = sorted(people, key=lambda o: (ticket(seed, f"group,{k}", o, salts[o]), o))
        cut = [sorted(lot[p::count]) for p in range(count)]
        groups = [
            Group("+".join(m), m, _able(parts, masks, m, sum(bits[o] for o in m))) for m in cut
        ]
        if left := set(range(len(parts))).difference(*(g.able for g in groups)):
            hardest.update(left)
            continue
        ceilings = {g.id: min(limits[m] for m in g.members) for g in groups}
        caps = {
            g: min(-(-len(parts) // count) + record["parameters"]["slack"], ceiling)
            for g, ceiling in ceilings.items()
        }
        lots = [
            _group_lot(record, seed, part[0].visit, number, groups)
            for number, part in enumerate(parts)
        ]
        places = [
            Seat(
                part[0].visit,
                {"department": department},
                [g for g, barred in lot if not barred],
                lot,
            )
            for part, lot in zip(parts, lots, strict=True)
        ]
        try:
            filled = fill(places, dict(caps), ceilings)
        except Infeasible as error:
            hardest.update(places.index(s) for s in error.seats)
            continue
        return groups, {
            **filled,
            "k": k,
            "caps": caps | {r["officer"]: r["cap"] for r in filled["raised"]},
        }
    most = max(hardest.values())
    raise NoGroups(
        department, [parts[n] for n, times in sorted(hardest.items()) if times == most], MOST_CUTS
    )


def _group_lot(
    record: Record, seed: str, visit: str, number: int, groups: list[Group]
) -> list[tuple[str, str]]:
    salt = row_salt(record["salt"], "targets", visit, "ticket")
    lot = sorted(groups, key=lambda g: (ticket(seed, "officer", f"{visit},{g.id}", salt), g.id))
    return [(g.id, "" if number in g.able else "unable") for g in lot]


def _able(
    parts: list[list[Seat]], masks: list[list[int]], members: list[str], group: int
) -> set[int]:
    """Numbers of the parts whose seats these people can fill all at once; ``masks``: who may take
    each seat, a bit for each person.
    """
    known: dict[tuple[int, ...], bool] = {}
    for part, own in zip(parts, masks, strict=True):
        key = tuple([mask & group for mask in own])
        if key not in known:
            try:
                Matching(*_within(part, members))
                known[key] = True
            except Infeasible:
                known[key] = False
    return {
        number for number, own in enumerate(masks) if known[tuple([mask & group for mask in own])]
    }


# --- §9 Ledger ------------------------------------------------------------------------------------


def ledger_line(entry: Record, previous: str) -> str:
    """A ledger line without its line end: the entry, the hash of the line before, its own hash."""
    body = {**entry, "previous": previous}
    return canonical({**body, "hash": sha256(canonical(body))}).decode()


def read_ledger(text: str) -> list[Record]:
    """Entries of a whole ledger; ``ProtocolError`` names the first line that breaks the chain."""
    entries: list[Record] = []
    head = NO_HEAD
    if text and not text.endswith("\n"):
        raise ProtocolError("留痕登记簿最后一行不完整")
    for number, line in enumerate(text.split("\n")[:-1], 1):
        try:
            entry = parse(line)
            body = {k: v for k, v in entry.items() if k not in ("previous", "hash")}
            sound = (
                type(entry["n"]) is int and entry["n"] == number and line == ledger_line(body, head)
            )
        except (ProtocolError, AttributeError, KeyError, TypeError):
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
    """One verification step: its number in §10, its name, whether it holds (None: not checked),
    what differs.
    """

    number: int
    name: str
    holds: bool | None
    detail: str = ""


def difference(derived: Any, recorded: Any, path: str = "") -> str:
    """The first place where two JSON values differ, in words; empty if they are equal.

    >>> difference({"a": [1, 2]}, {"a": [1, 3]})
    'a[1]：应为 2，记录为 3'
    """
    if type(derived) is type(recorded) and isinstance(derived, dict):
        for key in sorted(derived.keys() | recorded.keys()):
            if text := difference(
                derived.get(key, _ABSENT), recorded.get(key, _ABSENT), f"{path}.{key}".lstrip(".")
            ):
                return text
        return ""
    if type(derived) is type(recorded) and isinstance(derived, list):
        for index in range(max(len(derived), len(recorded))):
            pair = [v[index] if index < len(v) else _ABSENT for v in (derived, recorded)]
            if text := difference(*pair, f"{path}[{index}]"):
                return text
        return ""
    if type(derived) is type(recorded) and derived == recorded:
        return ""
    return f"{path}：应为 {_short(derived)}，记录为 {_short(recorded)}"


class _Absent:
    """Stands for what one side lacks; equal to no JSON value."""


_ABSENT = _Absent()


def _short(value: Any) -> str:
    if value is _ABSENT:
        return "（无）"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "…"


def draw(record: Record, text: str, external: Record | None = None) -> Record:
    """The whole draw from a frozen record and the event's text: all that ``draw.json`` adds to the
    record.

    ``external``: targets drawn elsewhere (§6.5), task → ids; exactly in the rounds whose parameters
    say so.
    """
    seed = seed_of(record["commitment"], text)
    elsewhere = external is not None or drawn_elsewhere(record["parameters"])
    drawn = external_parts(record, external) if elsewhere else draw_targets(record, seed)
    visits = visits_of(record, drawn)
    officers, experts = (match(record, visits, seed, purpose) for purpose in ("officer", "expert"))
    return {
        "seed": seed,
        "drawn": drawn,
        "visits": visits,
        "officers": officers,
        "experts": experts,
    }


def verify_frozen(record: Any) -> list[Step]:
    """Step 3 on a frozen or draw record."""

    def check_commitment() -> str:
        return _foreign(record) or difference(commit(record), record["commitment"], "commitment")

    return _steps({3: check_commitment})


def verify(record: Any) -> list[Step]:
    """Steps 3–7 on a draw record: each is derived anew from what the record says was fixed before
    it.
    """

    def check_drawn() -> str:
        if not drawn_elsewhere(record["parameters"]):
            return difference(draw_targets(record, record["seed"]), record["drawn"], "drawn")
        given = {part["task"]: part["external"] for part in record["drawn"]}
        if wrong := difference(external_parts(record, given), record["drawn"], "drawn"):
            return wrong
        raise NotChecked(EXTERNAL)

    def check_teams() -> str:
        derived = {
            f"{p}s": match(record, record["visits"], record["seed"], p)
            for p in ("officer", "expert")
        }
        return difference(derived, {k: record[k] for k in derived}) or _check_amendments(record)

    checks = {
        4: lambda: _check_seed(record, {"event": record["event"], **record["parameters"]}),
        5: check_drawn,
        6: lambda: difference(visits_of(record, record["drawn"]), record["visits"], "visits"),
        7: check_teams,
    }
    return verify_frozen(record) + _steps(checks)


def _check_amendments(record: Record) -> str:
    """Each amendment from those before it, as recorded (§8.6)."""
    amendments = record.get("amendments", [])
    if not isinstance(amendments, list):
        return "amendments：不是列表"
    for number, amendment in enumerate(amendments):
        before = {**record, "amendments": amendments[:number]}
        derived = replace(before, amendment["officer"], amendment["visits"], amendment["all"])
        if wrong := difference(
            derived, {k: amendment[k] for k in derived}, f"amendments[{number}]"
        ):
            return wrong
    return ""


def _foreign(document: Record) -> str:
    """What is wrong if a document follows another protocol than this one; else empty."""
    found = document["protocol"]
    return (
        ""
        if found == PROTOCOL
        else (
            f"protocol：记录用的是协议 {_short(found)}，这里只认识 {PROTOCOL}，"
            "请换用相应版本的核验工具"
        )
    )


def _check_seed(document: Record, committed: Record) -> str:
    event = committed["event"]
    check_event_text(event, document["entropy"]["text"])
    if (
        event_outcomes(event["kind"], event["count"]) < LEAST_OUTCOMES
        and committed["demonstration"] is not True
    ):
        return "公开随机数的可能结果不足 2^40 种"
    return difference(
        seed_of(document["commitment"], document["entropy"]["text"]), document["seed"], "seed"
    )


def verify_opened(document: Any) -> list[Step]:
    """Step 3 on what opens a commitment without the salt: notice, public record, receipt (§10.2,
    §10.3).
    """

    def check() -> str:
        if wrong := _foreign(document) or _foreign(document["committed"]):
            return wrong
        check_event(document["committed"]["event"])
        if wrong := difference(
            sha256(canonical(document["committed"])), document["commitment"], "commitment"
        ):
            return wrong
        return _check_row(document) if document["view"] == "receipt" else _check_list(document)

    return _steps({3: check})


def _check_list(document: Record) -> str:
    listed, table = document["public_list"], document["committed"]["tables"]["targets"]
    ids = [t["id"] for t in listed["targets"]]
    if (
        sorted(set(ids)) != ids
        or not all(isinstance(t["name"], str) for t in listed["targets"])
        or not _integer(0)(listed["unnamed"])
    ):
        return "public_list：编号重复或未排序，或没有名称，或不公开名称的户数不是整数"
    return difference(
        document["committed"]["public_list"], sha256(canonical(listed)), "public_list"
    ) or difference(table["rows"], len(listed["targets"]) + listed["unnamed"], "public_list")


def _check_row(document: Record) -> str:
    row, table = document["row"], document["committed"]["tables"]["targets"]
    if row["identity"]["values"]["id"] != row["id"] or normalise_id(row["id"]) != row["id"]:
        return "row.id：与登记内容中的编号不一致，或不规范"
    opened = not isinstance(row["internal"], str)
    hidden = (
        part_hash(row["internal"]["salt"], row["internal"]["values"]) if opened else row["internal"]
    )
    if not all(
        map(
            _is_hash,
            (
                row["identity"]["salt"],
                hidden,
                document["ticket_salt"],
                *([row["internal"]["salt"]] if opened else []),
            ),
        )
    ):
        return "row：防推码或校验码不是 64 位小写十六进制数"
    data = leaf_data(
        row["id"],
        part_hash(row["identity"]["salt"], row["identity"]["values"]),
        hidden,
        document["ticket_salt"],
    )
    return difference(
        table["root"], root_from_proof(data, row["index"], table["rows"], row["proof"]), "row"
    )


def verify_public(document: Any) -> list[Step]:
    """Steps 3–7 on a public record: who should have been drawn, and the teams, can't be derived
    from it.
    """

    def check_named() -> str:
        if not _list(
            _fields(
                id=_text,
                name=_text,
                items=_NAMED,
                officers=_list(_fields(name=_text, department=_text)),
            )
        )(document["visits"]):
            return "visits：缺少或类型不对"
        ids, listed = (
            [v["id"] for v in document["visits"]],
            {t["id"]: t["name"] for t in document["public_list"]["targets"]},
        )
        if sorted(set(ids)) != ids or type(document["unnamed_visits"]) is not int:
            return "visits：有重复，或未按编号排列，或不公开的户次数不是整数"
        if stray := [v["id"] for v in document["visits"] if listed.get(v["id"]) != v["name"]]:
            return f"visits：不在检查对象名单中，或名称不同：{'、'.join(stray)}"
        if not 0 <= document["unnamed_visits"] <= document["public_list"]["unnamed"]:
            return "unnamed_visits：多于名录库中不公开名称的对象"
        return ""

    return _verify_view(document, "抽中的都在名单中", check_named)


def verify_receipt(document: Any) -> list[Step]:
    """Steps 3–7 on a receipt: its ticket is derived, whether the ticket was small enough is not."""

    def check_ticket() -> str:
        if (
            not _NAMED(document["items"])
            or type(document["drawn"]) is not bool
            or document["drawn"] != bool(document["items"])
        ):
            return "drawn：与检查事项不一致"
        return difference(
            ticket(document["seed"], "target", document["row"]["id"], document["ticket_salt"]),
            document["ticket"],
            "ticket",
        )

    return _verify_view(document, "本户签号", check_ticket)


def _verify_view(document: Any, name: str, check: Callable[[], str]) -> list[Step]:
    """Steps 3 and 4, what of step 5 can be checked without the salt, and that steps 5 to 7
    themselves can't.
    """
    seed, own = _steps({4: lambda: _check_seed(document, document["committed"]), 5: check})
    elsewhere = isinstance(document, dict) and drawn_elsewhere(document.get("committed"))
    unchecked = (
        Step(
            n, STEPS[n], None, EXTERNAL if elsewhere and n == 5 else "须有全部资料，由复核人员核验"
        )
        for n in (5, 6, 7)
    )
    return [*verify_opened(document), seed, own._replace(name=name), *unchecked]


VIEWS = {"notice": verify_opened, "public": verify_public, "receipt": verify_receipt}


def examine(document: Any) -> list[Step]:
    """The steps that a document allows: draw record, frozen record, notice, public record or
    receipt (§10).
    """
    if isinstance(document, dict) and "tables" in document:
        steps = verify(document) if "entropy" in document else verify_frozen(document)
    elif (
        isinstance(document, dict)
        and isinstance(view := document.get("view"), str)
        and view in VIEWS
    ):
        steps = VIEWS[view](document)
    else:
        raise ProtocolError("不是抽取记录、封库记录、公告、公开记录或一户核验单")
    if document.get("protocol") != PROTOCOL:  # its other steps may mean something else
        return [
            s if s.number == 3 else s._replace(holds=None, detail="协议不同，不核验") for s in steps
        ]
    return steps


def verify_ledger(text: str) -> list[Step]:
    """Step 1 on the text of a ledger: that it chains."""
    return _steps({1: lambda: read_ledger(text) and ""})


def compare(documents: Sequence[Record], ledger: str | None = None) -> list[Step]:
    """Whether sound documents, and the text of a ledger, agree with each other (§10.4); what has no
    pair is not checked.
    """
    made: dict[tuple[str, int], list[str]] = defaultdict(list)
    for opened, commitment in ((d.get("committed", d), d["commitment"]) for d in documents):
        made[opened["round"], opened["attempt"]].append(commitment)
    pairs = [
        (r, lists)
        for r in documents
        if r.get("view") == "receipt"
        for lists in documents
        if "visits" in lists
        and lists["commitment"] == r["commitment"]
        and (
            "public_list" not in lists
            or r["row"]["id"] in {t["id"] for t in lists["public_list"]["targets"]}
        )
    ]

    def check_heads() -> str:
        known = {NO_HEAD, *(entry["hash"] for entry in read_ledger(ledger or ""))}
        unknown = {
            head for d in documents if (head := d.get("committed", d)["ledger_head"]) not in known
        }
        return f"ledger_head：登记簿中没有 {'、'.join(sorted(unknown))}" if unknown else ""

    def check_unique() -> str:
        twice = [
            f"{name} 第 {attempt} 次抽取"
            for (name, attempt), own in sorted(made.items())
            if len(set(own)) > 1
        ]
        return f"commitment：有不止一个封库校验码：{'；'.join(twice)}" if twice else ""

    def check_drawn() -> str:
        odd = [
            r["row"]["id"]
            for r, lists in pairs
            if r["drawn"] != (r["row"]["id"] in {v["id"] for v in lists["visits"]})
        ]
        return f"drawn：一户核验单与名单对是否抽中说法不一：{'、'.join(odd)}" if odd else ""

    apart = {
        1: ledger is None or not documents,
        3: all(len(own) == 1 for own in made.values()),
        6: not pairs,
    }
    steps = _steps(
        {
            n: check
            for n, check in {1: check_heads, 3: check_unique, 6: check_drawn}.items()
            if not apart[n]
        }
    )
    steps += [Step(n, "", None, "没有可以互相对照的文件") for n, alone in apart.items() if alone]
    return [s._replace(name="各份文件互相一致") for s in sorted(steps)]


def _steps(checks: dict[int, Callable[[], str]]) -> list[Step]:
    steps = []
    for number, check in checks.items():
        try:
            detail = check()
        except NotChecked as error:
            steps.append(Step(number, STEPS[number], None, str(error)))
            continue
        except ProtocolError as error:
            detail = str(error)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            detail = f"记录不完整或类型不对：{type(error).__name__} {error}"
        steps.append(Step(number, STEPS[number], not detail, detail))
    return steps


def require(steps: Iterable[Step]) -> None:
    """``ProtocolError`` that names every step that fails; one that can't be checked says so in the
    list of steps.
    """
    if failed := [f"V{s.number} {s.name}：{s.detail}" for s in steps if s.holds is False]:
        raise ProtocolError("核验不符：" + "；".join(failed))


def main(arguments: Sequence[str]) -> int:
    """Verify records, receipts and a ledger (``.jsonl``) from files; exit code 0 only if no step
    fails.
    """
    if not arguments:
        print(
            "用法：python protocol.py draw.json（公告、公开记录、一户核验单、ledger.jsonl "
            "也可以，几份一起还核对是否一致）"
        )
        return 2
    documents, ledger, steps = [], None, []
    for name in arguments:
        try:
            with open(name, encoding="utf-8", newline="") as file:
                text = file.read()
            if name.endswith(".jsonl"):
                ledger, own = text, verify_ledger(text)
            else:
                documents.append(parse(text))
                own = examine(documents[-1])
        except (OSError, UnicodeDecodeError, ProtocolError) as error:
            print(f"读不出 {name}：{error}")
            return 2
        steps += _said(own, f"{name}：" if len(arguments) > 1 else "")
    if len(arguments) > 1 and all(s.holds is not False for s in steps):
        steps += _said(compare(documents, ledger), "")
    if any(s.holds is False for s in steps):
        print("记录与重算结果不符。")
        return 1
    print(
        "由记录逐步重算，全部相符。"
        if all(s.holds for s in steps)
        else "能核验的都相符；未核验的不等于相符。"
    )
    return 0


def _said(steps: list[Step], before: str) -> list[Step]:
    for step in steps:
        result = {True: "相符", False: "不符——", None: "未核验——"}[step.holds]
        print(f"{before}V{step.number} {step.name}：{result}{step.detail}")
    return steps


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main(sys.argv[1:]))
