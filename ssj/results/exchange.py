"""Results that departments recognise of each other (结果互认): what one bureau gives away as a
file, and what another takes of it.

The file (互认结果.json) is canonical JSON. ``content_sha256`` is the hash of all its other fields,
so a changed byte shows; the 文件校验码 that both sides may compare by telephone, and that
recognised.xlsx names, is the hash of the whole file. It holds reviewed, published results of
targets that may be named, and nothing of classes, officers or follow-ups.

| code | what is wrong with a file |
| --- | --- |
| N01 | not UTF-8, no JSON, or not canonical |
| N02 | not a file of this kind, fields missing or too many |
| N03 | the hash that it states is not that of its content |
| N04 | not the hash that was told by another way (--sha256) |
| N05 | our own results |
| N06 | demonstration and real mixed |
| N07 | another result for a target, item and day that is there already |
| N08 | the mapping table names an item that we don't have |
| N09 | the mapping table settles one item in two ways |
| N10 | recognised.xlsx or the mapping table, as it is, can't be added to |
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ssj import protocol
from ssj.base.errors import InputError, Problem
from ssj.draw import lists
from ssj.protocol import ProtocolError, Record
from ssj.results.registers import of_visit
from ssj.tables import schema
from ssj.tables.cells import plain
from ssj.tables.schema import KINDS_TO_FOLLOW, RESULTS

VIEW, FORMAT = "exchange", "ssj-exchange/1"
PUBLISHED = ("published", "following", "closed")
TOP = {
    "view": str,
    "format": str,
    "bureau": str,
    "given_to": str,
    "round": str,
    "attempt": int,
    "demonstration": bool,
    "commitment": str,
    "stage": str,
    "bag": str,
    "time": str,
    "results": list,
    "content_sha256": str,
}
ROW = {
    "target": str,
    "name": str,
    "item": str,
    "item_name": str,
    "basis": str,
    "date": str,
    "results": list,
}
KNOWN = (*RESULTS, *KINDS_TO_FOLLOW)
NOT_OURS = "不认"  # in the mapping table: an item of theirs that is none of ours
Rows = list[dict[str, Any]]


# What is given away


def given(record: Record, done: Record, entry: Record, to: str = "") -> bytes:
    """互认结果.json of a results stage: ``record`` is the draw record, ``done`` ``results.json``,
    ``entry`` its ledger line, ``to`` for whom.
    """
    content = {
        "view": VIEW,
        "format": FORMAT,
        "bureau": done["parameters"]["bureau"],
        "given_to": to,
        "round": done["round"],
        "attempt": done["attempt"],
        "demonstration": done["parameters"]["demonstration"],
        "commitment": done["commitment"],
        "stage": entry["stage"],
        "bag": entry["bag"],
        "time": done["time"],
        "results": rows(record, done),
    }
    return protocol.canonical(
        {**content, "content_sha256": protocol.sha256(protocol.canonical(content))}
    )


def rows(record: Record, done: Record) -> Rows:
    """Reviewed and published results that were not withdrawn, by target and item."""
    names, items, own = (
        lists.names(record, "targets"),
        lists.names(record, "items"),
        lists.internals(record, "items"),
    )
    visits = {
        v["number"]: v
        for v in done["visits"]
        if v["state"] in PUBLISHED and not v["not_public"] and not v["withdrawn"]
    }
    found = [
        {
            "target": r["visit"],
            "name": names[r["visit"]],
            "item": r["item"],
            "item_name": items[r["item"]],
            "basis": own[r["item"]]["basis"],
            "date": r["date"],
            "results": r["results"],
        }
        for r in done["rows"]
        if r["number"] in visits
        and r["reviewer"]
        and r["published_on"]
        and not r["not_public"]
        and not _withdrawn(r, done)
    ]
    return sorted(found, key=lambda r: (r["target"], r["item"]))


def _withdrawn(row: Record, done: Record) -> bool:
    return any(
        c["action"] == "撤下" for c in of_visit(done["corrections"], row["number"], row["item"])
    )


# What is taken


def read(data: bytes, file: str, told: str = "") -> Record:
    """A file that another bureau gave; ``told`` is the 文件校验码 that came by another way.
    ``InputError`` if it is not as it was given away.
    """
    digest = protocol.sha256(data)
    if told and told != digest:
        raise InputError(
            [
                Problem(
                    "N04",
                    "文件校验码与另外告知的不同",
                    "文件不是对方给出的那一个，或者传送中变了：请对方重新提供。另外告知的是 "
                    f"{told}",
                    file=file,
                    value=digest,
                )
            ]
        )
    try:
        content = protocol.parse(data.decode("utf-8"))
        same = protocol.canonical(content) == data
    except (UnicodeDecodeError, ProtocolError) as error:
        why = str(error) if isinstance(error, ProtocolError) else "不是 UTF-8 文本"
        raise InputError(
            [
                Problem(
                    "N01",
                    f"读不出：{why}",
                    "文件不完整或被改动：请对方重新提供，收到后不要打开另存。",
                    file=file,
                )
            ]
        ) from error
    if not same:
        raise InputError(
            [
                Problem(
                    "N01",
                    "写法与 ssj exchange 写出的不同",
                    "文件可能打开后另存过：请对方重新提供，收到后不要打开另存。",
                    file=file,
                )
            ]
        )
    if wrong := _misshapen(content):
        raise InputError(
            [
                Problem(
                    "N02",
                    f"不是互认结果文件：{wrong}",
                    "请对方用 ssj exchange 生成 互认结果.json。",
                    file=file,
                )
            ]
        )
    rest = {key: value for key, value in content.items() if key != "content_sha256"}
    if (own := protocol.sha256(protocol.canonical(rest))) != content["content_sha256"]:
        raise InputError(
            [
                Problem(
                    "N03",
                    f"内容与它自己写明的校验码不符（内容的校验码是 {own[:16]}…）",
                    "文件被改动过：不能用，请对方重新提供。",
                    file=file,
                    value=f"{content['content_sha256'][:16]}…",
                )
            ]
        )
    return content


def _misshapen(content: Any) -> str:
    """What is wrong with the shape of a parsed file, in words; empty if nothing."""
    if not isinstance(content, dict) or content.get("view") != VIEW:
        return "没有 view"
    if content.get("format") != FORMAT:
        return f"格式是“{content.get('format')}”，本程序认识的是 {FORMAT}"
    if wrong := sorted({*TOP} ^ {*content}) or [
        key for key, kind in TOP.items() if type(content[key]) is not kind
    ]:
        return f"缺少、多余或类型不对：{'、'.join(wrong)}"
    if not content["bureau"].strip() or not all(
        content[key].isprintable() for key in ("bureau", "given_to", "round", "time")
    ):
        return "单位、批次或时间不是一行文字"
    for n, row in enumerate(content["results"], 1):
        if (
            not isinstance(row, dict)
            or row.keys() != ROW.keys()
            or any(type(row[key]) is not kind for key, kind in ROW.items())
        ):
            return f"第 {n} 条的内容不齐或类型不对"
        if strange := [r for r in row["results"] if r not in KNOWN]:
            return f"第 {n} 条的检查结果“{strange[0]}”不在结果类别中"
        if not row["results"] or not _is_day(row["date"]):
            return f"第 {n} 条没有检查结果，或者检查日期不对"
        if not (row["name"] + row["item_name"]).isprintable():
            return f"第 {n} 条的名称不是一行文字"
        try:
            if any(protocol.normalise_id(row[key]) != row[key] for key in ("target", "item")):
                raise ValueError
        except ValueError:
            return f"第 {n} 条的编号不规范"
    keys = [(r["target"], r["item"]) for r in content["results"]]
    return "" if keys == sorted(set(keys)) else "各条没有按编号排列，或者重复"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@dataclass
class Taken:
    """What one file comes to in our round: new rows of recognised.xlsx, and what was left out, with
    the reason.
    """

    rows: Rows = field(default_factory=list)
    known: Rows = field(default_factory=list)  # there already
    strangers: Rows = field(default_factory=list)  # targets that our roster doesn't have
    # not of this year, or not before the first day of visits
    untimely: Rows = field(default_factory=list)
    # items that the mapping table says are none of ours
    refused: Rows = field(default_factory=list)
    # items that nobody has settled: id, name, rows, suggestion
    unsettled: Rows = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Ours:
    """Our side: bureau, whether a demonstration, first day of visits, our items by id, our targets
    by id, the mapping table, what is recognised.
    """

    bureau: str
    demonstration: bool
    start: date
    items: dict[str, str]
    targets: dict[str, str]
    # their bureau (as compared) and item id → our item id, or NOT_OURS
    mapping: dict[tuple[str, str], str] = field(default_factory=dict)
    recognised: tuple[Record, ...] = ()


def take(content: Record, digest: str, file: str, ours: Ours) -> Taken:
    """What a sound file comes to: an item is taken by the same id and the same name, or as the
    mapping table says; never guessed. A target is taken by its id; another name is remarked on.
    """
    taken = Taken()
    if plain(content["bureau"]) == plain(ours.bureau):
        taken.problems.append(
            Problem(
                "N05",
                "是本单位自己的结果",
                "本单位查过的，从留痕登记簿的档案得知，不用互认。",
                file=file,
                value=content["bureau"],
            )
        )
    if content["demonstration"] != ours.demonstration:
        kinds = (
            ("演示批次" if content["demonstration"] else "正式批次"),
            ("演示批次" if ours.demonstration else "正式批次"),
        )
        taken.problems.append(
            Problem(
                "N06",
                f"是{kinds[0]}的结果，本批次是{kinds[1]}",
                "演示和正式的不能混用。",
                file=file,
            )
        )
    if taken.problems:
        return taken
    there = {(plain(r["source"]), r["target"], r["item"], r["date"]): r for r in ours.recognised}
    left: dict[tuple[str, str], int] = {}
    for row in content["results"]:
        day = date.fromisoformat(row["date"])
        item = settled(content["bureau"], row, ours)
        if row["target"] not in ours.targets:
            taken.strangers.append(row)
        elif day.year != ours.start.year or day >= ours.start:
            taken.untimely.append(row)
        elif item == NOT_OURS:
            taken.refused.append(row)
        elif not item:
            left[row["item"], row["item_name"]] = left.get((row["item"], row["item_name"]), 0) + 1
        elif (old := there.get((plain(content["bureau"]), row["target"], item, day))) is None:
            new = _recognised(content, digest, row, item, day, ours.targets[row["target"]])
            there[plain(content["bureau"]), row["target"], item, day] = new
            taken.rows.append(new)
        elif plain(old["result"]) != plain("；".join(row["results"])):
            taken.problems.append(
                Problem(
                    "N07",
                    f"recognised 中已有这一户、这一事项、同一天的另一个结果：{row['target']} "
                    f"{item} {row['date']} {old['result']}",
                    "对方可能更正过：请与对方核实，删去 recognised 中旧的一行，再收一次。",
                    file=file,
                    value="；".join(row["results"]),
                )
            )
        else:
            taken.known.append(row)
    taken.unsettled = [
        {
            "source": content["bureau"],
            "their_item": item,
            "their_name": name,
            "count": n,
            "suggestion": suggestion(item, name, ours.items),
        }
        for (item, name), n in sorted(left.items())
    ]
    return taken


def settled(bureau: str, row: Record, ours: Ours) -> str:
    """Our item id for one of theirs; empty while nobody has settled it."""
    if mapped := ours.mapping.get((plain(bureau), row["item"])):
        return mapped
    return row["item"] if plain(ours.items.get(row["item"], "")) == plain(row["item_name"]) else ""


def suggestion(item: str, name: str, ours: dict[str, str]) -> str:
    """What a person might look at first, in words; nothing is taken by it."""
    if same := [i for i, own in ours.items() if plain(own) == plain(name)]:
        return f"本单位的 {same[0]} 名称相同，编号不同"
    if item in ours:
        return f"本单位的 {item} 编号相同，名称是“{ours[item]}”"
    near = difflib.get_close_matches(plain(name), [plain(own) for own in ours.values()], 1, 0.6)
    return next(
        (
            f"本单位的 {i}“{own}”名称相近"
            for i, own in ours.items()
            if near and plain(own) == near[0]
        ),
        "没有相近的",
    )


def _recognised(
    content: Record, digest: str, row: Record, item: str, day: date, name: str
) -> Record:
    """A row of recognised.xlsx."""
    remarks = [f"对方事项 {row['item']} {row['item_name']}，按对照表"] * (item != row["item"]) + [
        f"对方名称“{row['name']}”"
    ] * (plain(name) != plain(row["name"]))
    return {
        "source": content["bureau"],
        "target": row["target"],
        "item": item,
        "date": day,
        "result": "；".join(row["results"]),
        "sha256": digest,
        "remark": "；".join(remarks),
    }


def mapping_of(
    listed: Iterable[Record], items: dict[str, str], file: str
) -> tuple[dict[tuple[str, str], str], list[Problem]]:
    """The mapping table's settled rows (their bureau and item → our item id, or :data:`NOT_OURS`),
    and what is wrong with them.
    """
    mapping: dict[tuple[str, str], str] = {}
    found = []
    for row in listed:
        if not row["item"]:
            continue
        if row["item"] not in (*items, NOT_OURS):
            found.append(
                Problem(
                    "N08",
                    "本单位事项编号不在事项清单中",
                    f"请写本单位的事项编号；不是本单位事项的，写“{NOT_OURS}”。",
                    file,
                    row.get("sheet", ""),
                    row["row"],
                    schema.label("exchange_items", "item"),
                    row["item"],
                )
            )
        elif (
            mapping.setdefault((plain(row["source"]), row["their_item"]), row["item"])
            != row["item"]
        ):
            found.append(
                Problem(
                    "N09",
                    "同一来源单位的同一事项，前面写的是另一个编号",
                    "一个事项只能对应一个，请核对后删去一行。",
                    file,
                    row.get("sheet", ""),
                    row["row"],
                    schema.label("exchange_items", "item"),
                    row["item"],
                )
            )
    return mapping, found
