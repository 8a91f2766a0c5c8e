"""Public sentences with a figure: what each counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sites import EARLY, site_of

from ssj.site import pages, sentences


@pytest.fixture(scope="module")
def its(published_sample60):
    return site_of(published_sample60).rounds[0]


def test_the_headline_counts_published_visits(its):
    now, results = its.now, its.results
    assert sentences.headline(its) == (
        f"{its.title}：从 {now.in_scope} 户中随机抽出 {now.total} 户检查，"
        f"已公示的 {len(results.shown)} 户中 {sum(r.problem for r in results.shown)} 户发现问题"
    )


def test_unnamed_and_waiting_visits_are_said_and_not_counted(its):
    shown = its.results.shown
    results = replace(its.results, shown=shown[:3], unnamed=2, waiting=len(shown) - 5)
    now = replace(its.now, results=results)
    assert sentences.published_of(now) == (
        f"抽中的 {now.total} 户中，3 户的结果已公示，2 户依法不公示，"
        f"{len(shown) - 5} 户还没有检查或者还没有审核。"
    )


def test_where_a_round_stands(its, published_sample60):
    early = site_of(published_sample60, EARLY).rounds[0]
    assert sentences.headline(early).endswith("抽取已完成，2021年12月6日公布抽中的名单")
    frozen = replace(
        early,
        attempts=(replace(early.now, drawn=None, event=replace(early.now.event, text="")),),
    )
    assert "2021年11月26日 10:00公开产生随机数" in sentences.headline(frozen)
    assert "可以到场见证" in sentences.lead(frozen)
    steps = sentences.timeline(frozen, "2021-11-20")
    assert [s.state for s in steps] == ["done", "done", "now", "later", "later", "later"]


def test_the_freeze_stands_before_the_event(its):
    steps = sentences.timeline(its, "2030-01-01")
    assert ["封库" in steps[1].text, "骰子" in steps[2].text] == [True, True]
    assert sentences.frozen_late(its.now), "a demonstration whose dice had fallen says so"
    assert any("正式批次不允许" in text for text in sentences.unproven(its))


def test_a_freeze_that_was_not_posted_before_the_event(its):
    assert sentences.NOT_ANNOUNCED in sentences.unproven(its)
    for posted, told in (("2021-11-18T09:00:00+08:00", False), ("2021-11-26T10:01:00+08:00", True)):
        now = replace(its.now, posted=posted)
        said = sentences.unproven(replace(its, attempts=(now,)))
        assert (sentences.NOT_ANNOUNCED in said) == told


def test_a_year_adds_up_published_rows(its, published_sample60):
    site = site_of(published_sample60)
    year = next(pages.years(site))
    assert year["shown"] == len(its.results.shown) == sum(n for _, n, _ in year["counts"])
    assert year["problems"] == its.results.problems
