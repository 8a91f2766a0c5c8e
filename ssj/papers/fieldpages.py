"""现场检查表: one HTML page for each team, filled in at the visits without a network, from which
one file is exported that ``ssj results`` takes like a form (:mod:`ssj.results.fieldfiles`).

A page holds what its team's papers may say to the firm (:func:`ssj.papers.paperwork.visits`): no
class, ticket or other team's visit.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ssj.base import files, inlined
from ssj.papers import paperwork
from ssj.protocol import Record
from ssj.results import fieldfiles
from ssj.tables import schema
from ssj.workbooks import resultforms

HOME = Path(__file__).parent / "field"
LIBRARY = Path(__file__).parents[1] / "verifier" / "sha256.js"
LONGEST = 30  # characters of people's names in a file's name
NOTICE = "内部使用：{day}公布以前不得带出本单位。不要写身份证号、手机号。"


def pages(record: Record) -> Iterator[tuple[str, bytes]]:
    """For each team of a draw record the name of its page and the page; teams in the order of their
    first visit.
    """
    teams: dict[tuple[str, ...], list[Record]] = {}
    for outside, _ in paperwork.visits(record):
        team = tuple(sorted(person["id"] for person in outside["people"]))
        teams.setdefault(team, []).append(outside)
    for number, visits in enumerate(teams.values(), 1):
        names = "、".join(person["name"] for person in visits[0]["people"])
        short = names if len(names) <= LONGEST else f"{names[:LONGEST]}等"
        file = f"{paperwork.round_file(record, f'第{number:02}组')} {files.safe(short)}"
        yield file, page(record, visits, file)


def page(record: Record, visits: list[Record], file: str) -> bytes:
    """The page of a team, from what its visits' papers say (``outside``)."""
    first = visits[0]
    people = sorted(first["people"], key=lambda person: str(person["id"]))
    team = [
        {
            "id": person["id"],
            "name": person["name"],
            "said": f"{person['name']}（{person['id']}）",
            "expert": person["expert"],
        }
        for person in people
    ]
    items = ("id", "name", "basis", "content", "steps")
    data = {
        **{key: first[key] for key in ("round", "attempt", "bureau", "window", "banners")},
        "title": first["round_title"],
        "commitment": record["commitment"],
        "team": team,
        "file": file,
        "notice": NOTICE.format(day=first["publication_day"]),
        "visits": [
            {
                "number": own["number"],
                "target": own["target"]["id"],
                "name": own["target"]["name"],
                "address": own["target"]["address"],
                "items": [{key: item[key] for key in items} for item in own["items"]],
            }
            for own in visits
        ],
        "results": list(resultforms.CHOICES),
        "measures": list(schema.FOLLOW_UP),
        "columns": [[c.key, c.header] for c in schema.LATER["results"]],
        "mark": fieldfiles.MARK,
        "digest": fieldfiles.DIGEST,
    }
    filled = {
        "style": _parts()["page.css"],
        "library": LIBRARY.read_text(encoding="utf-8"),
        "script": _parts()["page.js"],
        "data": inlined.data(data),
    }
    return inlined.page(_parts()["page.html"], filled).encode("utf-8")


@cache
def _parts() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(HOME.glob("page.*"))}
