"""The pages of the website: :mod:`ssj.site.model` → addresses and bytes.

Addresses are ASCII, relative, and stay: a round's page is that of its newest attempt, each attempt
keeps its own notice, list and results under its number. No page loads or runs anything, but for the
search and the verifier.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ssj.base import templates
from ssj.casebook import render
from ssj.casebook.archive import read_record
from ssj.draw import checkcodes
from ssj.protocol import Record
from ssj.site import datafiles, firms, model, sentences
from ssj.site.datafiles import Shared
from ssj.site.frame import ORDER, SCRIPTS, page

Pages = dict[str, bytes]
ROSTER_PAGE = 3000  # names on a page; more are on pages of their own
HOME_SHOWS = 8  # rounds on the home page


def pages(site: model.Site, outputs: Path) -> Pages:
    """Every page and file of the website by address."""
    shared = {its.id: datafiles.of_round(its, outputs) for its in site.rounds}
    others = datafiles.of_site(site, outputs)
    made: Pages = {}
    for maker in (_home, _years, _check, _firms):
        made.update(maker(site))
    for its in site.rounds:
        made.update(_round(site, its))
    made.update(_data(site, shared, others))
    for file in [*others, *(f for own in shared.values() for f in own)]:
        made[file.path] = file.content
    made["check/verifier.html"] = render.verifier_page(list(_known(site, outputs))).encode()
    return made


def _known(site: model.Site, outputs: Path) -> Iterator[Record]:
    """What the verifier's page says of codes on notices by itself: of all rounds, with names of
    this year's and last year's.
    """
    for its in site.rounds:
        for attempt in its.attempts:
            public = dict(attempt.files).get("public.json")
            if public is not None:
                shown, recent = read_record(outputs / public), its.year >= int(site.today[:4]) - 1
                yield checkcodes.known(shown, attempt.void is not None, recent)


# --- home, rounds


def _home(site: model.Site) -> Iterator[tuple[str, bytes]]:
    its = sentences.newest(site)
    title = sentences.headline(its) if its else "双随机、一公开"
    known = {r.id for r in site.rounds}
    planned = next(
        (r for p in site.plans for r in p.rounds if r[0] not in known and r[1] > site.today),
        None,
    )
    yield page(
        site,
        "home",
        "index.html",
        title,
        key="home",
        its=None,
        source="各批次的档案包" if its else "",
        results=its.results if its else None,
        coming=sentences.coming(site),
        planned=planned,
        shown=list(reversed(site.rounds))[:HOME_SHOWS],
        more=len(site.rounds) if len(site.rounds) > HOME_SHOWS else 0,
        newest=its,
    )
    yield page(site, "rounds", "rounds/index.html", "各批次", key="rounds")


def _round(site: model.Site, its: model.Round) -> Iterator[tuple[str, bytes]]:
    place, now, results = f"rounds/{its.id}", its.now, its.results
    about: dict[str, Any] = {"its": its, "now": now, "key": "rounds"}
    drawn = [] if now.visits is None else [v.id for v in now.visits]
    days = [r.days for r in results.shown if r.days is not None] if results else []
    counted = Counter(days)
    yield page(
        site,
        "round",
        f"{place}/index.html",
        sentences.headline(its),
        here=its.title,
        source=_source(its, now),
        results=results,
        happened_head="骰子掷出的数" if now.event.kind == "dice" else "公开产生的数",
        file_names=datafiles.NAMES,
        funnel=_funnel(now),
        roster_ids=[i for i, _ in now.roster],
        drawn_ids=drawn,
        most_looked=max([1, *(n for _, _, n in results.by_item)]) if results else 1,
        counted_days=days,
        days_rows=sorted(counted.items()),
        chain=_chain(site, now),
        unproven=sentences.unproven(its),
        **about,
    )
    told = its.results.shown if its.results else ()
    corrected = [r for r in told if r.notes]
    name = f"{its.title}每一次抽取"
    voided = sum(a.void is not None for a in its.attempts)
    yield page(
        site, "attempts", f"{place}/attempts.html", name, here="每一次抽取", **about, voided=voided
    )
    name = f"{its.title}更换与更正"
    yield page(
        site,
        "changes",
        f"{place}/changes.html",
        name,
        here="更换与更正",
        **about,
        corrected=corrected,
    )
    for attempt in its.attempts:
        yield from _attempt(site, its, attempt)


def _attempt(
    site: model.Site, its: model.Round, attempt: model.Attempt
) -> Iterator[tuple[str, bytes]]:
    place = f"rounds/{its.id}/{attempt.number}"
    source = _source(its, attempt)
    about: dict[str, Any] = {"its": its, "now": attempt, "key": "rounds", "source": source}
    nth = f"第 {attempt.number} 次" if len(its.attempts) > 1 else ""
    title = f"{its.title}封库公告{nth}"
    every = attempt.roster
    rosters = [every[n : n + ROSTER_PAGE] for n in range(0, len(every), ROSTER_PAGE)]
    links = [(rows[0][0], f"roster-{n}.html") for n, rows in enumerate(rosters, 1)]
    yield page(
        site,
        "notice",
        f"{place}/notice.html",
        title,
        here=f"封库公告{nth}",
        parts_of_roster=links,
        **about,
    )
    for number, rows in enumerate(rosters if len(rosters) > 1 else (), 1):
        yield page(
            site,
            "roster",
            f"{place}/roster-{number}.html",
            f"{its.title}名录库{nth}",
            here=f"名录库第 {number} 页",
            rows=rows,
            number=number,
            pages=len(rosters),
            **about,
        )
    if attempt.visits is not None:
        title = f"{its.title}抽取结果{nth}"
        yield page(site, "draw", f"{place}/draw.html", title, here=f"抽取结果{nth}", **about)
    if results := attempt.results:
        yield page(
            site,
            "results",
            f"{place}/results.html",
            f"{its.title}检查结果{nth}",
            here=f"检查结果{nth}",
            results=results,
            problems=sorted(
                (r for r in results.shown if r.problem), key=lambda r: r.outcome != "referred"
            ),
            changed=[r for r in results.shown if r.outcome == "withdrawn"],
            others=[r for r in results.shown if not r.problem and r.outcome != "withdrawn"],
            **about,
        )


def _source(its: model.Round, attempt: model.Attempt) -> str:
    last = attempt.results.line if attempt.results else attempt.amended or attempt.drawn
    line = last or attempt.frozen
    return f"档案包 {its.id}/{line.stage}（登记簿第 {line.n} 行）"


def _funnel(now: model.Attempt) -> list[tuple[str, int]]:
    steps = [("名录库", now.targets), ("属于本批次范围", now.in_scope), ("抽中", now.total)]
    return [*steps, *([("已公示", len(now.results.shown))] if now.results else [])]


def _chain(site: model.Site, now: model.Attempt) -> list[tuple[str, str]]:
    links = [("封库公告", now.commitment[:8])]
    if now.event.seed:
        what = {"dice": "骰子"}.get(now.event.kind, "公开随机数")
        links.append((f"{what} → 随机数", now.event.seed[:8]))
    if now.drawn:
        links.append(("抽取名单", now.drawn.bag[:8]))
    return [*links, ("留痕登记簿", site.head[:8])]


# --- years, check, firms, data


def _years(site: model.Site) -> Iterator[tuple[str, bytes]]:
    its = site.rounds[-1] if site.rounds else None
    items = its.now.items if its else ()
    yield page(
        site,
        "items",
        "items.html",
        "随机抽查事项清单",
        key="items",
        here="事项清单",
        items=items,
        newest=its,
    )
    plans = list(reversed(site.plans))
    known = {r.id: r for r in site.rounds}
    yield page(
        site,
        "plan",
        "plan.html",
        "年度抽查工作计划",
        key="plan",
        here="年度计划",
        plans=plans,
        known=known,
        months=months,
    )
    yield page(
        site,
        "review",
        "review.html",
        "年度情况",
        key="review",
        here="年度情况",
        years=list(years(site)),
    )
    yield page(
        site, "ledger", "ledger.html", "留痕登记簿", key="check", here="留痕登记簿", known=known
    )


def months(plan: model.Plan) -> set[int]:
    """The months in which a plan has visits."""
    return {
        month
        for _, start, end in plan.rounds
        for month in range(date.fromisoformat(start).month, date.fromisoformat(end).month + 1)
    }


def years(site: model.Site) -> Iterator[Mapping[str, Any]]:
    """What a year's published results add up to, newest year first: of published rows alone."""
    for year in sorted({r.year for r in site.rounds}, reverse=True):
        rounds = [
            r for r in site.rounds if r.year == year and r.now.visits is not None and not r.now.void
        ]
        results = [r.results for r in rounds if r.results]
        if not results:
            continue
        counts: Counter[str] = Counter()
        for its in results:
            counts.update(its.counts)
        plan = next((p for p in site.plans if p.year == year), None)
        yield {
            "year": year,
            "rounds": rounds,
            "drawn": sum(r.now.total for r in rounds),
            "shown": sum(len(s.shown) for s in results),
            "problems": sum(s.problems for s in results),
            "unnamed": sum(s.unnamed for s in results),
            "in_time": sum(s.in_time[0] for s in results),
            "known": sum(s.in_time[1] for s in results),
            "counts": [(model.OUTCOMES[key], counts[key], key) for key in ORDER],
            "plan": plan,
        }


def _check(site: model.Site) -> Iterator[tuple[str, bytes]]:
    drawn = [r for r in site.rounds if r.now.event.seed and not r.now.void]
    its = drawn[-1] if drawn else None
    yield page(
        site,
        "check",
        "check/index.html",
        "怎样核对",
        key="check",
        here="怎样核对",
        its=None,
        newest=its,
    )
    yield page(
        site,
        "observer",
        "check/observer.html",
        "观察员：看什么、记什么、怎样核对",
        key="check",
        here="观察员",
        waiting=[r for r in site.rounds if not r.now.event.seed and not r.now.void],
    )


def _firms(site: model.Site) -> Iterator[tuple[str, bytes]]:
    every = firms.firms(site)
    count, common, buckets = firms.index(every)
    size = firms.PER_LIST
    parts = [every[n : n + size] for n in range(0, len(every), size)]
    lists = [(f"第 {n} 页：{part[0].id} 起", f"list-{n}.html") for n, part in enumerate(parts, 1)]
    script = (templates.FOLDER / "site" / "search.js").read_text(encoding="utf-8")
    yield page(
        site,
        "firms",
        "firm/index.html",
        "查一户",
        key="firm",
        here="查一户",
        count=len(every),
        lists=lists,
        buckets=count,
        common=common,
        script=script,
        scripts=SCRIPTS,
    )
    for number, part in enumerate(parts, 1):
        yield page(
            site,
            "firmlist",
            f"firm/list-{number}.html",
            "名单",
            key="firm",
            here=f"名单第 {number} 页",
            firms=part,
            number=number,
            pages=len(parts),
        )
    for n, content in buckets.items():
        yield f"firm/s/{n}.js", content
    shards: dict[str, list[firms.Firm]] = {}
    for firm in every:
        shards.setdefault(firms.shard(firm.id), []).append(firm)
    for name, own in sorted(shards.items()):
        yield page(
            site, "firm", f"firm/{name}.html", "检查对象", key="firm", here="检查对象", firms=own
        )


def _data(
    site: model.Site, shared: dict[str, list[Shared]], others: list[Shared]
) -> Iterator[tuple[str, bytes]]:
    every = [*others, *(f for own in shared.values() for f in own)]
    groups = [(its, shared[its.id]) for its in reversed(site.rounds)]
    yield page(
        site,
        "data",
        "data/index.html",
        "数据下载",
        key="data",
        here="数据",
        groups=groups,
        others=others,
        count=len(every),
        size=datafiles.said(sum(len(f.content) for f in every)),
        meanings=[(datafiles.WHAT[n], list(c.items())) for n, c in datafiles.COLUMNS.items()],
    )
