"""Every public sentence with a figure, with what it counts: of the site and of the articles.

A sentence that is not in the table fails, and so does a figure that is not what the table counts,
once as published, once with unnamed and waiting visits. Each run draws anew, so a sentence that
only some draws have (an unnamed firm was drawn) stands in the table too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from archived import record_of
from sites import LATE, site_of

from ssj.results.published import REVIEWED
from ssj.site import announcements, firms, model, pages
from ssj.tables import schema

INLINE = re.compile(r"</?(?:b|strong|a|span|code|em|bdi|time|small|data|wbr|abbr|tspan)\b[^>]*>")
HIDDEN = re.compile(r"<(style|script|head)\b.*?</\1>", re.DOTALL)
COUNTED = re.compile(r"\d ?(?:个工作日|户|次|件|项|人|[%％]|张|份|行)")
# days, numbers of pages, lines and attempts count nothing
NAMED = re.compile(r"\d{4}年\d+月\d+日(?: \d+:\d+)?|(?<!\d)\d+月\d+日|第 \d+ [页次行]")


def shapes(text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Sentences of a page or an article with the figures replaced by ``N``."""
    text = INLINE.sub("", HIDDEN.sub("", text))
    for piece in re.split(r"<[^>]*>|[\r\n]+", text):
        for said in re.split(r"(?<=[。；])", " ".join(html.unescape(piece).split())):
            plain = NAMED.sub("…", said)
            if COUNTED.search(plain):
                found = re.findall(r"\d+", plain)
                yield re.sub(r"\d+", "N", plain), tuple(int(n) for n in found)


Count = Callable[["Counts"], "tuple[int, ...] | set[tuple[int, ...]]"]


class Counts:
    """What can be counted: ``drawn`` visits, ``shown`` results (published rows of targets that may
    be named), of the one round of a site.
    """

    def __init__(self, site: model.Site) -> None:
        (self.its,) = site.rounds
        self.site, self.now = site, self.its.now
        assert self.now.results and self.now.visits is not None
        self.results, shown = self.now.results, self.now.results.shown
        self.drawn, self.shown = self.now.total, len(shown)
        self.unnamed, self.waiting = self.results.unnamed, self.results.waiting
        assert self.drawn == self.shown + self.unnamed + self.waiting
        self.roster = len(self.now.roster) + self.now.unnamed
        self.problems = sum(any(f.problem for f in r.findings) for r in shown)
        self.known = sum(r.days is not None for r in shown)
        self.in_time = sum(r.days is not None and r.days <= self.results.limit for r in shown)
        self.firms = firms.firms(site)

    def outcome(self, key: str) -> tuple[int]:
        return (sum(r.outcome == key for r in self.results.shown),)


T = "六十户小样例双随机抽查"
NAME_SHOWN = "名录库中可以公开名称的检查对象"
SENTENCES: dict[str, Count] = {
    # drawn visits, published results, and those of them with a problem
    f"{T}：从 N 户中随机抽出 N 户检查，已公示的 N 户中 N 户发现问题": lambda c: (
        c.now.in_scope,
        c.drawn,
        c.shown,
        c.problems,
    ),
    "抽中 N 户，公示 N 户，N 户发现问题": lambda c: (c.drawn, c.shown, c.problems),
    "N 年：抽中 N 户次，已公示的 N 户次中 N 户次发现问题": lambda c: (
        c.its.year,
        c.drawn,
        c.shown,
        c.problems,
    ),
    f"检查结果：{T}已公示 N 户，N 户发现问题": lambda c: (c.shown, c.problems),
    "已公示的 N 户中 N 户发现问题。": lambda c: (c.shown, c.problems),
    "抽中的 N 户中，N 户的结果已公示。": lambda c: (c.drawn, c.shown),
    "抽中的 N 户中，N 户的结果已公示，N 户依法不公示。": lambda c: (c.drawn, c.shown, c.unnamed),
    "抽中的 N 户中，N 户的结果已公示，N 户依法不公示，N 户还没有检查或者还没有审核。": (
        lambda c: (c.drawn, c.shown, c.unnamed, c.waiting)
    ),
    "检查结果（已公示 N 户）": lambda c: (c.shown,),
    "…已公示 N 户": lambda c: (c.shown,),
    "…已公示 N 户（正在进行）": lambda c: (c.shown,),
    "依法不公示的 N 户次不在内。": lambda c: (c.unnamed,),
    "公示了的 N 户次中，N 户次在期限内公示。": lambda c: (c.known, c.in_time),
    "N 户中 N 户在检查结束后 N 个工作日内公示。": lambda c: (
        c.known,
        c.in_time,
        c.results.limit,
    ),
    "N 个工作日期限": lambda c: (c.results.limit,),
    # published results by outcome
    "发现问题的（N 户）": lambda c: (c.problems,),
    "没有发现问题的（N 户）": lambda c: (c.shown - c.problems - c.outcome("withdrawn")[0],),
    "展开 N 户": lambda c: (c.shown - c.problems - c.outcome("withdrawn")[0],),
    **{
        f"{name} N {unit}": lambda c, key=key: c.outcome(key)
        for key, name in model.OUTCOMES.items()
        for unit in ("户", "户次")
    },
    # targets: of the frozen roster, in scope, drawn
    "从 N 户中抽中 N 户。": lambda c: (c.now.in_scope, c.drawn),
    "从 N 户中抽中 N 户，其中 N 户依法不公开名称。": lambda c: (
        c.now.in_scope,
        c.drawn,
        c.now.unnamed_visits,
    ),
    f"抽取结果：{T}抽中 N 户": lambda c: (c.drawn,),
    "抽取，抽中 N 户": lambda c: (c.drawn,),
    "…公布抽中的 N 户": lambda c: (c.drawn,),
    "实心的是抽中的 N 户。": lambda c: (len(c.now.visits),),
    "不合并要检查 N 户次，合并以后 N 户次（进一次门、查多项事）": lambda c: (
        c.now.apart,
        c.drawn,
    ),
    "N 户的名录库、检查人员、事项和规则已经固定。": lambda c: (c.roster,),
    f"封库公告：{T}，N 户的名录库已经固定": lambda c: (c.roster,),
    "…封库、公告：N 户的名录库固定": lambda c: (c.roster,),
    "N 户，其中 N 户依法不公开名称": lambda c: (c.roster, c.now.unnamed),
    "N 户": lambda c: {(c.now.in_scope,), *((n,) for _, n in c.now.excluded)},
    f"{NAME_SHOWN}（N 户）": lambda c: (len(c.now.roster),),
    "名录库中可以公开名称的 N 户，按编号排列，一户一个点；": lambda c: (len(c.now.roster),),
    "下面列出 N 户，另有 N 户依法不公开名称。": lambda c: (
        len(c.now.visits),
        c.now.unnamed_visits,
    ),
    "其中 N 户依法不公开名称。": lambda c: (c.now.unnamed_visits,),
    "另有 N 户依法不公开名称。": lambda c: (c.now.unnamed,),
    "另有 N 户依法不公开名称，不在图上。": lambda c: (c.now.unnamed,),
    "全部名单（N 户）": lambda c: (len(c.firms),),
    # what happened to a round, and the rest
    f"{T}：封库 N 次": lambda c: (len(c.its.attempts),),
    f"{T}：更换检查人员 N 次，更正、撤下 N 户": lambda c: (
        len(c.now.changes),
        sum(bool(r.notes) for r in c.results.shown),
    ),
    "随机抽查事项清单：N 项": lambda c: (len(c.now.items),),
    "演示批次：样例数据，公开随机数在封库前已知，不作执法依据 另有 N 项要留意": lambda c: {
        (n,) for n in range(1, 4)
    },
    "留痕登记簿：N 行，只增不改": lambda c: (len(c.site.lines),),
}
# a firm's own page: how often it was drawn, over the rounds
OF_FIRM = re.compile(r"\S+ 抽中 N 次")


def said(site: model.Site, outputs: Any) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    made = pages.pages(site, outputs)
    texts = {
        name: content.decode()
        for name, content in made.items()
        if name.endswith(".html") and name != "check/verifier.html"
    }
    for article in announcements.articles(site, outputs):
        texts[article.name] = announcements.text(article)
    for name, text in texts.items():
        for shape, figures in shapes(text):
            yield name, shape, figures


def partly(site: model.Site) -> model.Site:
    """The same round, of whose visits some are waiting and some are not published."""
    (its,) = site.rounds
    shown = its.now.results.shown
    kept = tuple(r for n, r in enumerate(shown) if n % 3)
    results = replace(its.now.results, shown=kept, unnamed=2, waiting=its.now.total - len(kept) - 2)
    return replace(site, rounds=(replace(its, attempts=(replace(its.now, results=results),)),))


@pytest.mark.parametrize("state", ["published", "partly"])
def test_every_sentence_with_a_figure_counts_what_the_table_says(published_sample60, state):
    site = site_of(published_sample60, LATE)
    site = site if state == "published" else partly(site)
    counts, seen = Counts(site), set()
    for name, shape, figures in said(site, published_sample60 / "outputs"):
        if OF_FIRM.fullmatch(shape):
            count = figures[-1]
            assert count in {len(f.seen) for f in counts.firms}, (name, shape, figures)
            continue
        assert shape in SENTENCES, f"not in the table: {shape} ({name})"
        expected = SENTENCES[shape](counts)
        assert figures in expected if isinstance(expected, set) else figures == expected, (
            name,
            shape,
            figures,
            expected,
        )
        seen.add(shape)
    assert len(seen) > 30


def test_what_is_counted_is_what_the_archive_has(published_sample60):
    """The values behind the table against the records themselves."""
    draw = record_of(published_sample60, "03-draw")
    results = record_of(published_sample60, "04-results")
    counts = Counts(site_of(published_sample60, LATE))
    public = {
        v["number"]
        for v in results["visits"]
        if v["state"] in REVIEWED and v["public"] and not v["not_public"]
    }
    assert counts.drawn == len(draw["visits"]) and counts.shown == len(public)
    assert counts.roster == len(draw["tables"]["targets"])
    assert counts.problems == len(
        {
            r["number"]
            for r in results["rows"]
            if r["number"] in public
            and not r["not_public"]
            and any(map(schema.is_problem, r["results"]))
        }
    )


def test_a_sentence_that_counts_otherwise_is_noticed(published_sample60):
    counts = Counts(partly(site_of(published_sample60, LATE)))
    shape, figures = next(
        shapes(f"<p>抽中 {counts.shown} 户，公示 {counts.drawn} 户，1 户发现问题</p>")
    )
    assert SENTENCES[shape](counts) != figures
    assert next(shapes("<p>共入企检查 38 户次</p>"))[0] not in SENTENCES
