"""What anyone may know of the results: reviewed ones, of targets that may be named
(``published.json``).

Classes, strata, lots and shares of a trade are never in it, nor why in words something was
corrected: only the category. A withdrawn entry says so and has no content; what stood there before
stays in the archive of the earlier stage.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ssj.draw import lists
from ssj.protocol import Record
from ssj.results.registers import of_visit

REVIEWED = ("reviewed", "published", "following", "closed")
CORRECTED, WITHDRAWN = "已更正", "依法撤下"
ENTRIES = {"更正": CORRECTED, "撤下": WITHDRAWN}
LIMITS = (
    "没有列出的，是还没有检查、还没有审核，或者依法不公示的，不等于没有问题。"
    "列出的结果只说明检查当时、所查事项的情况。"
    "对公示的结果有异议的，可以向本单位书面提出。"
)
HOW_TO_CHECK = (
    "核对办法：抽中了谁，可在“核验.html”中打开“公开记录.json”核对；"
    "公示内容的数据是“检查结果公示.json”，它的校验码（SHA-256）列在公示页上，"
    "并收在本批次档案包的文件清单中，清单的校验码登记在留痕登记簿。"
)


def view(record: Record, results: Record) -> Record:
    """The public view of ``results.json``; ``record`` is the draw record. Visits by 检查编号."""
    names = lists.names(record, "items")
    own: dict[str, list[Record]] = {}
    for row in results["rows"]:
        own.setdefault(row["number"], []).append(row)
    reviewed = [v for v in results["visits"] if v["state"] in REVIEWED]
    named = [v for v in reviewed if v["public"] and not v["not_public"]]
    answered = [o for o in results["objections"] if o["answered_on"]]
    return {
        "view": "results",
        **{key: results[key] for key in ("protocol", "round", "attempt", "commitment", "time")},
        "visits": [_visit(v, own[v["number"]], results["corrections"], names) for v in named],
        "unnamed": len(reviewed) - len(named),
        "waiting": len(results["visits"]) - len(reviewed),
        "withheld": sum(bool(r["not_public"]) for v in named for r in own[v["number"]]),
        "objections": {
            "received": len(results["objections"]),
            "answered": len(answered),
            "changed": sum(o["outcome"] in ENTRIES for o in answered),
        },
    }


def _visit(
    visit: Record, rows: Iterable[Record], corrections: list[Record], names: dict[str, str]
) -> Record:
    """A visit with its items; what was withdrawn has no content, what is lawfully not published is
    left out.
    """
    about = of_visit(corrections, visit["number"])
    if withdrawn := [c for c in about if c["action"] == "撤下" and not c["item"]]:
        return {
            **_known(visit),
            "entry": WITHDRAWN,
            "date": "",
            "items": [],
            "changes": _changes(withdrawn, names),
        }
    gone = {c["item"] for c in about if c["action"] == "撤下"}
    items = [
        {
            "id": r["item"],
            "name": names[r["item"]],
            **(
                {"entry": WITHDRAWN, "results": [], "measure": []}
                if r["item"] in gone
                else {"entry": "", "results": r["results"], "measure": r["measure"]}
            ),
        }
        for r in rows
        if not r["not_public"]
    ]
    shown = {i["id"] for i in items}
    changes = [
        c
        for c in about
        if not c["item"]
        or (c["item"] in shown and (c["action"] == "撤下" or c["item"] not in gone))
    ]
    everything_gone = bool(items) and shown <= gone
    return {
        **_known(visit),
        "entry": WITHDRAWN
        if everything_gone
        else CORRECTED
        if any(c["action"] == "更正" for c in changes)
        else "",
        "date": "" if everything_gone else visit["date"],
        "items": items,
        "changes": _changes(changes, names),
    }


def _known(visit: Record) -> Record:
    return {key: visit[key] for key in ("number", "id", "name")}


def _changes(corrections: Iterable[Record], names: dict[str, str]) -> list[Record]:
    """When something was corrected or withdrawn, and the category of the reason."""
    return [
        {
            "entry": ENTRIES[c["action"]],
            "item": c["item"],
            "name": names.get(c["item"], ""),
            "date": c["approved_on"],
            "category": c["category"],
        }
        for c in corrections
    ]


def entries(view: Record) -> list[Record]:
    """The public view for reading, one entry a visit: who, when, a line for each item, notes."""
    return [
        {
            "name": v["name"],
            "ids": f"{v['number']}　{v['id']}",
            "date": v["date"],
            "lines": [
                (i["name"], i["entry"] or "；".join(i["results"]), "、".join(i["measure"]))
                for i in v["items"]
            ],
            "notes": [_said(c) for c in v["changes"]],
        }
        for v in view["visits"]
    ]


def _said(change: dict[str, Any]) -> str:
    """A correction or withdrawal in words: ``已更正：2022-01-10，录入有误``."""
    return (
        f"{change['entry']}{'（' + change['name'] + '）' if change['item'] else ''}："
        f"{change['date']}，{change['category']}"
    )


def facts(view: Record) -> dict[str, Any]:
    """How many are listed, and how many are not, in words."""
    total, objections = len(view["visits"]) + view["unnamed"] + view["waiting"], view["objections"]
    return {
        "抽中（户次）": total,
        "已审核、列在下面的": len(view["visits"]),
        "已审核、依法不公示的": view["unnamed"],
        "还没有检查或还没有审核的": view["waiting"],
        **({"列出的各户中，依法不公示的（项）": view["withheld"]} if view["withheld"] else {}),
        "收到的异议（件）": objections["received"],
        **(
            {
                "已答复的异议（件）": objections["answered"],
                "因异议更正或撤下的（件）": objections["changed"],
            }
            if objections["received"]
            else {}
        ),
    }
