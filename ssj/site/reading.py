"""Archives → :mod:`ssj.site.model`, through the ledger alone: which stages a round has, which
attempt counts and what it rests on follow from its lines, never from what a file is called.

Of an archived record only what is named here is taken. A bag that is missing or not as it was
registered is not opened: what it would say is left out, and a sentence says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import params, words
from ssj.base.errors import SsjError
from ssj.base.workdays import read_calendar
from ssj.casebook.archive import Archive, Entry, kind_of, read_record
from ssj.casebook.ledger import is_aside
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results import published
from ssj.results.finding_checks import GONE
from ssj.results.results import deadline_of
from ssj.site import model
from ssj.tables import schema
from ssj.year import review

_QUARTER = re.compile(r"(\d{4})Q([1-4])")
NOT_OPENED = "（档案缺失或与登记不符，没有打开）"


def label(round_id: str, title: str) -> str:
    """What people call a round: ``2021年第四季度`` for ``2021Q4``, else its title."""
    found = _QUARTER.fullmatch(round_id)
    return f"{found[1]}年第{'一二三四'[int(found[2]) - 1]}季度" if found else title


@dataclass
class Reader:
    """One reading of an archive, as of a day: drawn firms and officers are named from the declared
    day on. ``postings``: (round, attempt) → when its notice was registered as posted.
    """

    book: Archive
    today: date
    postings: dict[tuple[str, int], str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def site(self, about: model.About) -> model.Site:
        """Everything that may be shown."""
        lines = tuple(self._line(e) for e in self.book.lines)
        rounds: list[model.Round] = []
        plans: list[model.Plan] = []
        for name in dict.fromkeys(e["round"] for e in self.book.entries):
            entries = self.book.stages(name)
            if any(kind_of(e["stage"]) == "plan" for e in entries):
                plans += self._plan(entries)
            else:
                rounds += self._round(name, entries)
        return model.Site(
            about,
            tuple(sorted(rounds, key=lambda r: (r.window, r.id))),
            tuple(sorted(plans, key=lambda p: p.year)),
            lines,
            tuple(self.faults),
            self.today.isoformat(),
            tuple(self.book.set_aside),
        )

    # --- one stage

    def _line(self, entry: Entry) -> model.Line:
        if is_aside(entry):
            return model.Line(entry["n"], entry["time"], "", 0, "", "移开的残留", "", entry["hash"])
        own = {key: entry[key] for key in ("n", "time", "round", "attempt", "stage", "bag", "hash")}
        return model.Line(title=self.book.title(entry), **own)

    def _record(self, entry: Entry, name: str = "", found: list[str] | None = None) -> Any:
        """A file of an archived ``out/`` (by default its record); None, and a fault told, if the
        bag is not as registered.
        """
        try:
            out = self.book.out(entry)
            return read_record(out / name) if name else self.book.record(entry)
        except (SsjError, protocol.ProtocolError, OSError, KeyError):
            text = f"{entry['round']} 的档案包 {entry['stage']}{NOT_OPENED}"
            if text not in self.faults:
                self.faults.append(text)
            if found is not None and text not in found:
                found.append(text)
            return None

    # --- a round

    def _round(self, name: str, entries: list[Entry]) -> Iterator[model.Round]:
        faults: list[str] = []
        attempts, own = [], None
        for number in dict.fromkeys(e["attempt"] for e in entries):
            mine = [e for e in entries if e["attempt"] == number]
            made = self._attempt(mine, faults)
            if made:
                attempt, own = made
                attempts.append(attempt)
        if own is None:
            return  # not frozen yet, or nothing of it can be opened: the ledger's page shows it
        parameters = own["parameters"]
        yield model.Round(
            name,
            label(name, parameters["title"]),
            parameters["bureau"],
            parameters["demonstration"],
            parameters["publication_day"],
            (parameters["window"]["start"], parameters["window"]["end"]),
            _approved(parameters["approval"], params.SCHEME),
            protocol.drawn_elsewhere(parameters),
            tuple(attempts),
            tuple(faults),
        )

    def _attempt(
        self, entries: list[Entry], faults: list[str]
    ) -> tuple[model.Attempt, Record] | None:
        """An attempt and its newest record."""

        def last(*kinds: str) -> Entry | None:
            return next((e for e in reversed(entries) if kind_of(e["stage"]) in kinds), None)

        freeze, draw, amend = last("freeze"), last("draw"), last("amend")
        if freeze is None or (frozen := self._record(freeze, found=faults)) is None:
            return None
        newest = frozen
        for entry in (draw, amend):
            if entry and (record := self._record(entry, found=faults)):
                newest = record
        attempt = self._frozen(freeze, frozen)
        if draw and "entropy" in newest:
            attempt = self._drawn(attempt, draw, amend, newest, faults)
        if attempt.visits is not None and (entry := last("results")):
            attempt = replace(attempt, results=self._results(entry, faults))
            if attempt.results:
                attempt = self._file(attempt, "results.json", entry, "published.json")
        if (entry := last("void")) and (record := self._record(entry, found=faults)):
            void = model.Void(
                self._line(entry), *(record[k] for k in ("date", "reason", "approver", "drawn"))
            )
            attempt = replace(attempt, void=void)
        return attempt, newest

    def _frozen(self, entry: Entry, record: Record) -> model.Attempt:
        event, roster = record["event"], protocol.public_list(record)
        attempt = model.Attempt(
            entry["attempt"],
            self._line(entry),
            record["commitment"],
            model.Event(
                event["kind"],
                words.event(event),
                event["time"],
                event["place"],
                event["fallback"],
                tuple(event["custodians"]),
            ),
            tuple((row["id"], row["name"]) for row in roster["targets"]),
            roster["unnamed"],
            sum(
                any(f["size"] > 0 for f in t["internal"]["frames"])
                for t in record["tables"]["targets"]
            ),
            tuple(_items(record)),
            tuple(params.banners(record)),
            tuple((row["reason"], row["targets"]) for row in lists.excluded_counts(record)),
            posted=self.postings.get((entry["round"], entry["attempt"]), ""),
        )
        return self._file(attempt, "notice.json", entry, "notice.json")

    def _drawn(
        self,
        attempt: model.Attempt,
        draw: Entry,
        amend: Entry | None,
        record: Record,
        faults: list[str],
    ) -> model.Attempt:
        entropy, day = record["entropy"], record["parameters"]["publication_day"]
        event = replace(
            attempt.event,
            text=entropy["text"],
            happened=entropy["time"],
            where=entropy["place"],
            seed=record["seed"],
            attested=lists.attested(record),
        )
        attempt = replace(
            attempt,
            event=event,
            drawn=self._line(draw),
            amended=self._line(amend) if amend else None,
            banners=tuple(params.banners(record)),
        )
        if self.today < date.fromisoformat(day):
            return attempt
        shown = lists.public_rows(record, record["visits"], *lists.teams_of(record))
        numbers = lists.visit_numbers(record)
        merged = lists.merging(record["drawn"], record["visits"])
        attempt = replace(
            attempt,
            visits=tuple(
                model.Visit(
                    numbers[v["id"]], v["id"], v["name"], v["items"], v["officers"] + v["experts"]
                )
                for v in shown
            ),
            total=len(record["visits"]),
            unnamed_visits=len(record["visits"]) - len(shown),
            apart=merged["不合并需检查（户次）"],
            changes=tuple(
                model.Change(a["date"], a["reason"], a["approver"], len(a["visits"]))
                for a in record.get("amendments", ())
            ),
            against=self._against(draw, record["visits"]),
        )
        # the newest bag that could be opened, as the record itself
        return self._file(attempt, "public.json", amend or draw, "public.json")

    def _against(self, draw: Entry, visits: list[Record]) -> tuple[tuple[str, Any], ...]:
        """What this draw lost and gained against the voided one before, as its ``in/`` has it."""
        path = self.book.folder(draw) / "data" / "in" / "voided.json"
        voided = read_record(path)
        return tuple(lists.against_voided(visits, voided).items()) if voided["attempt"] else ()

    def _file(self, attempt: model.Attempt, name: str, entry: Entry, own: str) -> model.Attempt:
        path = (self.book.folder(entry) / "data" / "out" / own).relative_to(self.book.outputs)
        return replace(attempt, files=(*attempt.files, (name, path.as_posix())))

    # --- results

    def _results(self, entry: Entry, faults: list[str]) -> model.Results | None:
        view = self._record(entry, "published.json", faults)
        whole = self._record(entry, found=faults)
        if view is None or whole is None:
            return None
        days = _days(self.book.folder(entry) / "data" / "in" / "calendar.toml")
        published_on = {v["number"]: v["published_on"] for v in whole["visits"]}
        notes = {row["ids"]: row["notes"] for row in published.entries(view)}
        return model.Results(
            view["time"],
            self._line(entry),
            tuple(
                _result(v, published_on[v["number"]], notes[f"{v['number']}　{v['id']}"], days)
                for v in view["visits"]
            ),
            view["unnamed"],
            view["waiting"],
            view["withheld"],
            view["objections"]["received"],
            view["objections"]["answered"],
            deadline_of(whole, "publish"),
        )

    # --- a year

    def _plan(self, entries: list[Entry]) -> Iterator[model.Plan]:
        mine = [e for e in entries if kind_of(e["stage"]) == "plan"]
        if (record := self._record(mine[-1])) is None:
            return
        own, names = record["parameters"], {i["id"]: i["name"] for i in record["items"]}
        reviews = [e for e in entries if kind_of(e["stage"]) == "review"]
        told = self._record(reviews[-1]) if reviews else None
        yield model.Plan(
            record["year"],
            own["title"],
            own["bureau"],
            len(mine),
            self._line(mine[-1]),
            _approved(own["approval"], params.YEAR_PLAN),
            tuple((r["id"], r["start"], r["end"]) for r in own["rounds"]),
            tuple(
                model.Task(
                    t["name"],
                    t["kind"],
                    tuple(names.get(i, i) for i in t["items"]),
                    tuple(t["categories"]),
                    tuple(t["rounds"]),
                    tuple(dict.fromkeys([t["lead"], *t["partners"]])),
                )
                for t in record["tasks"]
            ),
            record["forecast"]["totals"]["visits"],
            own["demonstration"],
            self._line(reviews[-1]) if told else None,
            tuple(
                (i["name"], _count(i["numerator"]), _count(i["denominator"]), i["definition"])
                for i in (review.public_rows(told) if told else ())
            ),
        )


def _count(value: Any) -> str:
    return "" if value is None else str(value)


def _approved(rows: Iterable[Record], matter: str) -> tuple[tuple[str, str], ...]:
    return tuple((r["approver"], r["date"]) for r in rows if r["matter"] == matter)


def _items(record: Record) -> Iterator[model.Item]:
    for row in record["tables"]["items"]:
        own = row["internal"]
        yield model.Item(
            row["id"],
            row["identity"]["name"],
            *(own.get(key) or "" for key in ("kind", "department", "basis", "method")),
        )


def _result(view: Record, published_on: str, notes: list[str], days: Any) -> model.Result:
    findings = tuple(
        model.Finding(
            i["id"],
            i["name"],
            tuple(i["results"]),
            tuple(i["measure"]),
            i["entry"],
            any(map(schema.is_problem, i["results"])),
        )
        for i in view["items"]
    )
    return model.Result(
        view["number"],
        view["id"],
        view["name"],
        view["date"],
        view["entry"],
        outcome(findings),
        findings,
        tuple(notes),
        published_on,
        days(view["date"], published_on) if view["date"] and published_on else None,
    )


def outcome(findings: Iterable[model.Finding]) -> str:
    """How a visit counts: by the worst that was found for one of its items."""
    shown = [f for f in findings if not f.entry]
    told = {text for f in shown for text in f.results}
    if not shown:
        return "withdrawn"
    if any(f.problem for f in shown):
        only_ordered = all(
            t == "发现问题已责令改正" for f in shown for t in f.results if schema.is_problem(t)
        )
        return "ordered" if only_ordered else "referred"
    aside = {*GONE, "未发现开展本次抽查涉及的经营活动"}
    return "gone" if told and told <= aside else "none"


def _days(path: Path) -> Any:
    """Working days from one day (not counted) to another; None where the calendar does not know
    the year.
    """
    is_workday = read_calendar(path)

    def count(first: str, last: str) -> int | None:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
        try:
            return sum(is_workday(start + timedelta(n)) for n in range(1, (end - start).days + 1))
        except SsjError:
            return None

    return count
