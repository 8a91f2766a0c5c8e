"""What anyone may know of the results: reviewed ones, of targets that may be named (``published.json``). Classes and shares of a trade are never in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ssj import lists
from ssj.protocol import Record
from ssj.registers import of_visit

REVIEWED = ("reviewed", "published", "following", "closed")


def view(record: Record, results: Record) -> Record:
    """The public view of ``results.json``; ``record`` is the draw record. Visits by 检查编号; a withdrawn entry says so and has no content."""
    item_names = lists.names(record, "items")
    own: dict[str, list[Record]] = {}
    for row in results["rows"]:
        own.setdefault(row["number"], []).append(row)
    reviewed = [v for v in results["visits"] if v["state"] in REVIEWED]
    named = [v for v in reviewed if not v["not_public"]]
    visits = [_visit(v, own[v["number"]], results["corrections"], item_names) for v in named]
    return {"view": "results", "protocol": results["protocol"], "round": results["round"], "attempt": results["attempt"],
            "commitment": results["commitment"], "time": results["time"], "visits": visits, "unnamed": len(reviewed) - len(named),
            "waiting": len(results["visits"]) - len(reviewed)}


def _visit(visit: Record, rows: Iterable[Record], corrections: list[Record], names: dict[str, str]) -> Record:
    whole = {"number": visit["number"], "id": visit["id"], "name": visit["name"]}
    about = of_visit(corrections, visit["number"])
    if visit["withdrawn"]:
        return {**whole, "entry": "依法撤下", "date": "", "items": []}
    gone = {c["item"] for c in about if c["action"] == "撤下"}
    items: list[dict[str, Any]] = [{"id": r["item"], "name": names[r["item"]], "results": r["results"], "measure": r["measure"]}
                                   if r["item"] not in gone else {"id": r["item"], "name": names[r["item"]], "results": ["依法撤下"], "measure": []}
                                   for r in rows]
    return {**whole, "entry": "已更正" if any(c["action"] == "更正" for c in about) else "", "date": visit["date"], "items": items}


def rows(view: Record) -> list[Record]:
    """The public view as table rows, one a visit and item."""
    empty = [{"name": "", "results": [], "measure": []}]
    return [{"number": v["number"], "name": v["name"], "date": v["date"], "entry": v["entry"], "item": i["name"], "results": tuple(i["results"]),
             "measure": tuple(i["measure"])} for v in view["visits"] for i in v["items"] or empty]
