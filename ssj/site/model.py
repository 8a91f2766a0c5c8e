"""What the website says, before any page: frozen values that only hold what anyone may know.

Computed by :mod:`ssj.site.reading` from the archives, shown by :mod:`ssj.site.pages`. Totals of
findings count published rows and nothing else: a total with the unnamed ones in it, less the rows
beside it, would tell what was found there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ssj import protocol

# What was found at a visit, worst first: how it counts in every picture and total
OUTCOMES = {
    "referred": "发现问题，转后续处理",
    "ordered": "发现问题，已责令改正",
    "none": "未发现问题",
    "gone": "已停业、迁移或没有这项经营",
    "withdrawn": "依法撤下",
}
PROBLEMS = ("referred", "ordered")


@dataclass(frozen=True)
class Line:
    """A line of the ledger."""

    n: int
    time: str
    round: str
    attempt: int
    stage: str
    title: str
    bag: str
    hash: str

    @property
    def kind(self) -> str:
        """``02-draw`` → ``draw``; nothing for what was set aside."""
        return self.stage.partition("-")[2]


@dataclass(frozen=True)
class Item:
    """An item of the list that goes out with a freeze (随机抽查事项)."""

    id: str
    name: str
    kind: str
    department: str
    basis: str
    method: str


@dataclass(frozen=True)
class Event:
    """The announced source of the seed, and what came of it: ``text`` and ``seed`` are empty
    before.
    """

    kind: str
    said: str
    time: str
    place: str
    fallback: str
    custodians: tuple[str, ...]
    text: str = ""
    happened: str = ""
    where: str = ""
    seed: str = ""
    attested: tuple[str, ...] = ()


@dataclass(frozen=True)
class Visit:
    """A drawn target that may be named, with who goes there now."""

    number: str
    id: str
    name: str
    items: tuple[str, ...]
    officers: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """What was found for one item; ``entry`` says that it was withdrawn."""

    item: str
    name: str
    results: tuple[str, ...]
    measure: tuple[str, ...]
    entry: str
    problem: bool


@dataclass(frozen=True)
class Result:
    """A published visit; ``days``: working days from the visit to the publication, if published."""

    number: str
    id: str
    name: str
    date: str
    entry: str
    outcome: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    published_on: str
    days: int | None

    @property
    def problem(self) -> bool:
        return self.outcome in PROBLEMS


@dataclass(frozen=True)
class Results:
    """The published results of an attempt; how many are not there, and why."""

    time: str
    line: Line
    shown: tuple[Result, ...]
    unnamed: int
    waiting: int
    withheld: int
    objections: int
    answered: int
    limit: int  # working days to publication

    @property
    def counts(self) -> dict[str, int]:
        """How many published visits have each outcome."""
        found = Counter(r.outcome for r in self.shown)
        return {key: found[key] for key in OUTCOMES}

    @property
    def problems(self) -> int:
        return sum(r.problem for r in self.shown)

    @property
    def in_time(self) -> tuple[int, int]:
        """How many of the published visits with a known day were published within the limit."""
        known = [r.days for r in self.shown if r.days is not None]
        return sum(d <= self.limit for d in known), len(known)

    @property
    def by_item(self) -> list[tuple[str, int, int]]:
        """Items with how many published visits had a problem there, and how many were looked at;
        most problems first.
        """
        looked: Counter[str] = Counter()
        found: Counter[str] = Counter()
        for finding in (f for r in self.shown for f in r.findings if not f.entry):
            looked[finding.name] += 1
            found[finding.name] += finding.problem
        return sorted(((i, found[i], n) for i, n in looked.items()), key=lambda x: (-x[1], x[0]))


@dataclass(frozen=True)
class Void:
    """Why an attempt does not count."""

    line: Line
    date: str
    reason: str
    approver: str
    drawn: bool


@dataclass(frozen=True)
class Change:
    """An amendment (抽后调整): who is replaced is not told, why and by whose approval is."""

    date: str
    reason: str
    approver: str
    visits: int


@dataclass(frozen=True)
class Attempt:
    """One freeze of a round and what followed. ``visits`` is None until the declared day."""

    number: int
    frozen: Line
    commitment: str
    event: Event
    roster: tuple[tuple[str, str], ...]  # of targets that may be named: id, name
    unnamed: int
    in_scope: int
    items: tuple[Item, ...]
    banners: tuple[str, ...]
    excluded: tuple[tuple[str, int], ...] = ()
    drawn: Line | None = None
    amended: Line | None = None  # the last amendment
    visits: tuple[Visit, ...] | None = None
    unnamed_visits: int = 0
    total: int = 0  # drawn targets, unnamed ones too
    apart: int = 0  # visits without merging
    changes: tuple[Change, ...] = ()
    results: Results | None = None
    void: Void | None = None
    against: tuple[tuple[str, Any], ...] = ()  # against the voided draw before
    files: tuple[tuple[str, str], ...] = ()  # public records: name and where in outputs
    posted: str = ""  # when the notice was registered as posted

    @property
    def targets(self) -> int:
        """How many targets the frozen roster has."""
        return len(self.roster) + self.unnamed

    @property
    def announced(self) -> bool:
        """Whether the notice is registered as posted before the event."""
        posted, event = protocol.moment(self.posted), protocol.moment(self.event.time)
        return posted is not None and event is not None and posted < event


@dataclass(frozen=True)
class Round:
    """A round with all its attempts, the last one counts."""

    id: str
    title: str
    bureau: str
    demonstration: bool
    publication_day: str
    window: tuple[str, str]
    approved: tuple[tuple[str, str], ...]  # who, when
    elsewhere: bool
    attempts: tuple[Attempt, ...]
    faults: tuple[str, ...] = ()

    @property
    def now(self) -> Attempt:
        return self.attempts[-1]

    @property
    def year(self) -> int:
        return int(self.window[0][:4])

    @property
    def results(self) -> Results | None:
        """Of the attempt that counts; a voided one's results are no longer this round's."""
        return None if self.now.void else self.now.results


@dataclass(frozen=True)
class Task:
    """A task of the year's plan, as it is public: no class, no tag, no ratio of a class."""

    name: str
    kind: str
    items: tuple[str, ...]
    categories: tuple[str, ...]
    rounds: tuple[str, ...]
    departments: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A year's plan in its last version."""

    year: int
    title: str
    bureau: str
    attempt: int
    line: Line
    approved: tuple[tuple[str, str], ...]
    rounds: tuple[tuple[str, str, str], ...]  # id, first and last day of the visits
    tasks: tuple[Task, ...]
    visits: str
    demonstration: bool
    reviewed: Line | None = None
    indicators: tuple[tuple[str, str, str, str], ...] = ()  # name, numerator, denominator, meaning


@dataclass(frozen=True)
class About:
    """``params/site.toml``: who issues the site and whom to ask; empty where it is not filled
    in.
    """

    bureau: str = ""
    telephone: str = ""
    address: str = ""
    site_code: str = ""
    domain: str = ""
    licence: str = "可以自由使用、转载，请注明来源"


@dataclass(frozen=True)
class Site:
    """Everything that the pages show."""

    about: About
    rounds: tuple[Round, ...] = ()
    plans: tuple[Plan, ...] = ()
    lines: tuple[Line, ...] = ()
    faults: tuple[str, ...] = ()
    today: str = ""
    aside: tuple[str, ...] = field(default=())

    @property
    def bureau(self) -> str:
        """Who issues it: as declared, else as the newest round says."""
        named = [r.bureau for r in self.rounds] + [p.bureau for p in self.plans]
        return self.about.bureau or (named[-1] if named else "")

    @property
    def head(self) -> str:
        return self.lines[-1].hash if self.lines else ""

    @property
    def as_of(self) -> str:
        """When the newest of what is shown was entered."""
        return self.lines[-1].time if self.lines else ""
