"""What of an archive nobody outside may see, value by value, for :mod:`ssj.site.leaks`.

Taken from the records themselves, never from what the site shows, so that a fault there can't hide
what it lets out. A value that is also public (an address that is the event's place) is no secret.
"""

from __future__ import annotations

import hmac
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from ssj import protocol
from ssj.base.errors import SsjError
from ssj.casebook.archive import Archive, Entry, kind_of, read_record
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results.published import REVIEWED
from ssj.site.copies import published
from ssj.site.reading import label
from ssj.tables import schema

SHORTEST = 4  # characters of a text that is looked for
TICKET = 13  # hex digits: a ticket's number


@dataclass
class Totals:
    """Totals of findings of a round, or of a year (``round`` is empty): of everything, and of what
    is published. ``names``: how pages call it.
    """

    round: str
    names: tuple[str, ...]
    every: Counter[str] = field(default_factory=Counter)
    public: Counter[str] = field(default_factory=Counter)

    @property
    def telling(self) -> dict[int, str]:
        """Figures that only the whole has → what a reader gets by taking away what is published."""
        told: dict[int, str] = {}
        for what, number in self.every.items():
            if number and number not in self.public.values():
                told.setdefault(number, f"{what} {number}，减去已公示的 {self.public[what]}")
        return told


@dataclass
class Private:
    """Values by what they are. ``tokens`` stand for themselves (a number, a code); ``texts`` are
    found inside others; ``hexes`` by their first digits.
    """

    tokens: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    hexes: dict[str, str] = field(default_factory=dict)
    totals: list[Totals] = field(default_factory=list)
    waiting: dict[str, dict[str, str]] = field(default_factory=dict)  # round → number → why


def of_archive(book: Archive, today: date, hexes: frozenset[str]) -> Private:
    """Everything private of the rounds; of salted values those whose first digits are among
    ``hexes``, which the public files hold.
    """
    found, public = Private(), set[str]()
    for name in dict.fromkeys(e["round"] for e in book.entries):
        for record, results in _attempts(book, book.stages(name)):
            public |= set(_public(record))
            _of_draw(found, record, hexes)
            if "visits" in record:
                _of_visits(found, record, today)
            if results:
                _of_results(found, record, results)
    years: dict[str, Totals] = {}
    for own in found.totals:
        year = years.setdefault(own.names[-1], Totals("", (own.names[-1],)))
        year.every += own.every
        year.public += own.public
    found.totals += years.values()
    known = "\n".join(sorted(public))
    found.texts = {t: what for t, what in found.texts.items() if t not in known}
    found.tokens = {t: what for t, what in found.tokens.items() if t not in public}
    return found


def _attempts(book: Archive, entries: list[Entry]) -> Iterator[tuple[Record, Record | None]]:
    """The newest draw record of each attempt, with its last results; what can't be opened is left
    out, as it is on the site.
    """
    for number in dict.fromkeys(e["attempt"] for e in entries):
        mine = [e for e in entries if e["attempt"] == number]
        records = [
            _opened(book, e) for e in mine if kind_of(e["stage"]) in ("freeze", "draw", "amend")
        ]
        results = [_opened(book, e) for e in mine if kind_of(e["stage"]) == "results"]
        if whole := [r for r in records if r]:
            yield whole[-1], next((r for r in reversed(results) if r), None)


def _opened(book: Archive, entry: Entry) -> Record | None:
    try:
        kind = kind_of(entry["stage"])
        return read_record(book.folder(entry) / "data" / "out" / f"{kind}.json")
    except (SsjError, protocol.ProtocolError, OSError):
        return None


def _public(record: Record) -> Iterator[str]:
    """Texts of a record that are public by themselves."""
    own, event, tables = record["parameters"], record["event"], record["tables"]
    yield from (own["bureau"], own["title"], event["place"], event["fallback"])
    yield from event["custodians"]
    yield from (a["approver"] for a in own["approval"])
    yield from (a["approver"] for a in record.get("amendments", ()))
    if entropy := record.get("entropy"):
        yield entropy["place"]
    for row in tables["items"]:
        yield row["id"]
        yield row["identity"]["name"]
        yield from (row["internal"].get(key) or "" for key in ("department", "basis", "method"))
    for row in tables["targets"]:
        if row["internal"]["public"]:
            yield from (row["id"], row["identity"]["name"])
    for row in tables["officers"]:
        own = row["internal"]
        yield from (row["identity"]["name"], own["department"], own.get("certificate") or "")
    yield from (row["identity"]["name"] for row in tables["tasks"])
    yield from schema.RESULTS
    yield from schema.CHANGE_CATEGORIES


def _of_draw(found: Private, record: Record, hexes: frozenset[str]) -> None:
    salt, seed = record["salt"], record.get("seed")
    _hex(found, salt, "防推码", hexes)
    for table in ("targets", "officers"):
        for row in record["tables"][table]:
            salts = [_salted(salt, table, row["id"], p) for p in ("identity", "internal", "ticket")]
            for digits in salts:
                _hex(found, digits, f"{row['id']} 的防推码", hexes)
            if seed and table == "targets":
                ticket = protocol.ticket(seed, "target", row["id"], salts[2])
                _hex(found, ticket, f"{row['id']} 的签号", hexes)
    for row in record["tables"]["targets"]:
        own = row["internal"]
        if not own["public"]:
            found.tokens[row["id"]] = "不公开名称的对象的编号"
            _text(found, row["identity"]["name"], "不公开的名称")
            _text(found, own.get("non_public_basis"), "不公开依据")
        _text(found, own.get("address"), "地址")
    for row in record["tables"]["officers"]:
        found.tokens[row["id"]] = "工号"


def _salted(salt: str, table: str, identifier: str, part: str) -> str:
    """A row's salt (PROTOCOL §3), without the checks of what was read strictly already."""
    text = f"{table},{identifier},{part}".encode()
    return hmac.digest(bytes.fromhex(salt), text, "sha256").hex()


def _hex(found: Private, digits: str, what: str, hexes: frozenset[str]) -> None:
    if digits[:TICKET] in hexes:
        found.hexes[digits[:TICKET]] = what


def _text(found: Private, text: str | None, what: str) -> None:
    """Its longest piece between what breaks texts in files of any kind."""
    pieces = re.split(r'[<>"&\n\r\t]', text or "")
    longest = max(pieces, key=len).strip()
    if len(longest) >= SHORTEST:
        found.texts.setdefault(longest, what)


def _of_visits(found: Private, record: Record, today: date) -> None:
    numbers = lists.visit_numbers(record)
    public = {t["id"]: t["internal"]["public"] for t in record["tables"]["targets"]}
    named = published(record, today)
    for identifier, number in numbers.items():
        if not named:
            found.tokens[number] = "还没有到公布日的检查编号"
        elif not public[identifier]:
            found.tokens[number] = "不公开名称的对象的检查编号"
    for role in record["entropy"].get("roles", ()):
        _text(found, role["name"], "在场人员")


def _of_results(found: Private, record: Record, results: Record) -> None:
    for row in results["rows"]:
        for key, what in (
            ("remark", "结果备注"),
            ("not_public", "不公示理由"),
            ("excuse", "未签字的理由"),
            ("entered_by", "录入人"),
            ("reviewer", "审核人"),
        ):
            _text(found, row.get(key), what)
    for table, keys in (
        ("followup", ("problem", "recheck_note", "decision", "remark")),
        ("objections", ("content", "handler", "remark")),
        ("corrections", ("reason",)),
    ):
        for row in results.get(table, ()):
            for key in keys:
                if isinstance(row.get(key), str):
                    _text(found, row[key], "后续处置、异议、更正的内部记载")
    waiting = {
        v["number"]: "还没有审核的结果" for v in results["visits"] if v["state"] not in REVIEWED
    }
    found.waiting.setdefault(record["round"], {}).update(waiting)
    found.totals = [own for own in found.totals if own.round != record["round"]]  # a later attempt
    found.totals.append(_totals(results))


def _totals(results: Record) -> Totals:
    visits, own = results["visits"], results["parameters"]
    shown = {
        v["number"]
        for v in visits
        if v["state"] in REVIEWED and v["public"] and not v["not_public"]
    }
    public = _found_in(results, shown, published_only=True)
    public["已公示的户次"] = len(shown)
    year = own["window"]["start"][:4]
    names = (results["round"], label(results["round"], own["title"]), f"{year} 年")
    every = _found_in(results, {v["number"] for v in visits})
    return Totals(results["round"], names, every, public)


def _found_in(
    results: Record, numbers: Iterable[str], published_only: bool = False
) -> Counter[str]:
    wanted = set(numbers)
    rows = [
        r
        for r in results["rows"]
        if r["number"] in wanted and not (published_only and r["not_public"])
    ]
    counts: Counter[str] = Counter()
    bad = {r["number"] for r in rows if any(map(schema.is_problem, r["results"]))}
    counts["发现问题的户次"] = len(bad)
    counts["发现问题的事项"] = sum(any(map(schema.is_problem, r["results"])) for r in rows)
    for category in schema.RESULTS:
        if schema.is_problem(category):
            counts[category] = len({r["number"] for r in rows if category in r["results"]})
    return counts
