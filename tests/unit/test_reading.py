"""The website's values from an archive: what may be shown when, by the ledger, and what is told of
what can't be opened.
"""

from __future__ import annotations

import json
import shutil

from archived import record_of
from sites import EARLY, LATE, site_of
from warm import approved, run

from ssj.draw import lists
from ssj.site import model, reading


def test_a_drawn_round(published_sample60):
    its = site_of(published_sample60).rounds[0]
    record = record_of(published_sample60, "03-draw")
    counts = lists.counts(record)
    now = its.now
    assert (now.targets, now.in_scope, now.total) == (
        counts["targets"],
        counts["eligible"],
        counts["visits"],
    )
    assert now.event.text == record["entropy"]["text"] and now.event.seed == record["seed"]
    assert {v.id for v in now.visits} <= {v["id"] for v in record["visits"]}
    numbers = lists.visit_numbers(record)
    assert all(v.number == numbers[v.id] for v in now.visits)
    assert [name for name, _ in now.files] == ["notice.json", "public.json", "results.json"]


def test_results_are_the_published_ones(published_sample60):
    results = site_of(published_sample60).rounds[0].results
    view = json.loads(
        (published_sample60 / "outputs/sample60/04-results/data/out/published.json").read_text(
            encoding="utf-8"
        )
    )
    assert [r.number for r in results.shown] == [v["number"] for v in view["visits"]]
    assert sum(results.counts.values()) == len(view["visits"])
    assert results.problems == sum(
        any("发现问题已" in t or "待后续" in t for i in v["items"] for t in i["results"])
        for v in view["visits"]
    )
    assert results.in_time[1] == sum(bool(r.published_on) for r in results.shown)


def test_nobody_is_named_before_the_day(published_sample60):
    now = site_of(published_sample60, EARLY).rounds[0].now
    assert now.visits is None and now.results is None and now.total == 0
    assert now.event.text, "what fell is public at once"
    assert [name for name, _ in now.files] == ["notice.json"]


def test_a_voided_attempt_stays_and_counts_no_more(published_sample60, tmp_path):
    project = shutil.copytree(published_sample60, tmp_path / "project")
    asked = ("--reason", "名录有误", *approved("演示局长"), "--yes")
    assert run(project, "void", "sample60", *asked) == 0
    its = site_of(project).rounds[0]
    assert its.now.void and its.now.void.reason == "名录有误"
    assert its.now.visits is not None and its.results is None
    assert run(project, "run", "sample60") == 0
    again = site_of(project).rounds[0]
    assert [a.number for a in again.attempts] == [1, 2]
    assert again.attempts[0].void and not again.now.void
    assert dict(again.now.against)["作废的抽取"] == "第 1 次"


def test_what_can_not_be_opened_is_told(published_sample60, tmp_path):
    project = shutil.copytree(published_sample60, tmp_path / "project")
    with (project / "outputs/sample60/04-results/data/out/published.json").open("a") as file:
        file.write(" ")
    site = site_of(project)
    assert site.rounds[0].results is None and site.rounds[0].now.visits is not None
    assert site.faults == (f"sample60 的档案包 04-results{reading.NOT_OPENED}",)
    shutil.rmtree(project / "outputs/sample60/02-freeze")
    site = site_of(project)
    assert site.rounds == () and any("02-freeze" in text for text in site.faults)


def test_an_archive_without_rounds(tmp_path):
    (tmp_path / "outputs").mkdir()
    site = site_of(tmp_path)
    assert site == model.Site(model.About(), today=LATE.isoformat())


def test_a_name_in_a_file_counts_for_nothing(published_sample60, tmp_path):
    """A stage folder that no ledger line has is not read."""
    project = shutil.copytree(published_sample60, tmp_path / "project")
    home = project / "outputs" / "sample60"
    shutil.copytree(home / "04-results", home / "05-results")
    assert site_of(project) == site_of(published_sample60)


def finding(*results: str, entry: str = "") -> model.Finding:
    problem = any(r.startswith("发现问题") or "不配合" in r for r in results)
    return model.Finding("I", "事项", results, (), entry, problem)


def test_a_visit_counts_by_its_worst():
    none, ordered, referred = "未发现问题", "发现问题已责令改正", "发现问题待后续处理"
    cases = {
        (finding(none),): "none",
        (finding(none), finding(ordered)): "ordered",
        (finding(ordered), finding(referred)): "referred",
        (finding("不配合检查情节严重"),): "referred",
        (finding("已关闭停业或正在组织清算"),): "gone",
        (finding("迁移、注销等其他情况"), finding(none)): "none",
        (finding(entry="依法撤下"),): "withdrawn",
        (): "withdrawn",
    }
    assert {case: reading.outcome(case) for case in cases} == cases


def test_labels():
    assert reading.label("2021Q4", "某抽查") == "2021年第四季度"
    assert reading.label("sample60", "六十户抽查") == "六十户抽查"
