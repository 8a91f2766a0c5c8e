"""今日待办: what is due and overdue by date, over all rounds."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from archived import DRAW, WITH_RESULTS, data_of, last, papers_made
from conftest import entered
from unit.test_files import record  # noqa: F401 (a fixture)
from unit.test_scans import STAGE, file

from ssj.casebook import archive
from ssj.desk import standing, steps, today
from ssj.results import scans
from ssj.stages import draw


def at(folder, when: str) -> standing.Standing:
    return standing.Standing(
        folder / "params" / "sample60",
        folder / "outputs",
        archive.read_entries(folder / "outputs"),
        datetime.fromisoformat(f"{when}T09:00:00+08:00"),
    )


def due(folder, when: str) -> list[str]:
    """What is due, without its heading; the round is in each line."""
    lines = today.lines([at(folder, when)], date.fromisoformat(when))
    assert lines[0].startswith(f"今日待办（{when}）：")
    assert all("  sample60  " in line for line in lines[1:])
    return [line.strip().replace("  sample60  ", "  ") for line in lines[1:]]


EVENT, PUBLISHED = "2021-11-26", "2021-12-06"
FIRST_DAY, PAPERS = "2021-12-06", last("freeze", "draw", "papers")
RESULT_ROWS = {"number": "sample60-001", "item": "ZJ-01"}


def results(folder, **given) -> None:
    """A results record: a visit for each state and deadline, follow-ups, objections."""
    content = {"visits": [], "rows": [], "followup": [], "objections": [], **given}
    content["visits"] = [
        {"state": state, "deadline": deadline, "not_public": reason}
        for state, deadline, reason in content["visits"]
    ]
    path = data_of(folder, last(*WITH_RESULTS)) / "out" / "results.json"
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_demonstration_and_a_round_that_is_not_frozen_owe_nothing(tmp_path):
    for name, folder in (
        ("demonstration", entered(tmp_path / "a", "freeze", demonstration=True)),
        ("new", entered(tmp_path / "b")),
    ):
        assert due(folder, "2022-06-01") == [], name
    assert today.lines([], date(2022, 1, 1)) == ["今日待办（2022-01-01）：没有到期的"]


def test_the_event_and_the_draw(tmp_path):
    folder = entered(tmp_path, "freeze", event=False)
    text = "公开活动：产生公开随机数并录入"
    assert due(folder, "2021-11-01") == [], "not within two weeks"
    assert due(folder, "2021-11-24") == [f"{EVENT}（还有 2 天）  {text}"]
    assert due(folder, EVENT) == [f"{EVENT}（今天）  {text}"]
    assert due(folder, "2021-11-29") == [f"{EVENT}（超期 3 天）  {text}"]
    with_event = entered(tmp_path / "event", "freeze")
    assert due(with_event, EVENT) == [f"{EVENT}（今天）  抽取"]


def test_publication_and_papers(tmp_path):
    folder = entered(tmp_path, "freeze", "draw")
    assert due(folder, PUBLISHED) == [
        f"{PUBLISHED}（今天）  公布抽取结果（ssj status 生成公告）",
        "2021-12-06（今天）  检查文书还没有生成",
    ]
    papers_made(folder, "2021-12-06T08:00:00+08:00")
    assert due(folder, PUBLISHED) == []


def test_results_that_are_not_entered(tmp_path):
    folder = entered(tmp_path, "freeze", "draw")
    papers_made(folder, "2021-12-06T08:00:00+08:00")
    assert due(folder, "2021-12-29") == [
        "2021-12-24（超期 5 天）  检查结果还没有归档",
        "2021-12-24（超期 5 天）  签字文书的扫描件还没有收存",
    ]
    folder = entered(tmp_path / "some", *WITH_RESULTS)
    papers_made(folder, "2021-12-06T08:00:00+08:00")
    results(folder, visits=[("drawn", "", ""), ("visited", "", ""), ("closed", "", "")])
    assert due(folder, "2021-12-23") == ["2021-12-24（还有 1 天）  还没有检查结果的 2 户次"]
    assert due(folder, "2022-01-25") == ["2022-01-24（超期 1 天）  还没有检查结果的 2 户次"], (
        "twenty working days after the last day of visits"
    )


def test_publication_of_results_by_working_day(tmp_path):
    folder = entered(tmp_path, *WITH_RESULTS)
    papers_made(folder, "2021-12-06T08:00:00+08:00")
    results(
        folder,
        visits=[
            ("reviewed", "2022-01-14", ""),
            ("entered", "2022-01-14", ""),
            ("reviewed", "2022-01-12", ""),
            ("entered", "2022-01-12", "依法不公示"),
            ("published", "2022-01-05", ""),
        ],
    )
    assert due(folder, "2022-01-13") == [
        "2022-01-12（超期 1 天）  公示检查结果 1 户次",
        "2022-01-14（还有 1 天）  公示检查结果 2 户次",
    ]


def test_follow_ups_and_objections(tmp_path):
    folder = entered(tmp_path, *WITH_RESULTS)
    papers_made(folder, "2021-12-06T08:00:00+08:00")
    results(
        folder,
        visits=[("following", "", "")],
        rows=[
            {**RESULT_ROWS, "due": "2022-01-10", "closed_on": ""},
            {"number": "sample60-002", "item": "ZJ-01", "due": "2022-01-11", "closed_on": ""},
            {"number": "sample60-003", "item": "ZJ-01", "due": "", "closed_on": ""},
        ],
        followup=[{**RESULT_ROWS, "due": "2022-01-12", "closed_on": ""}],
        objections=[
            {"id": "YY-01", "received_on": "2021-12-15", "answered_on": ""},
            {"id": "YY-02", "received_on": "2021-12-15", "answered_on": "2021-12-20"},
        ],
    )
    assert due(folder, "2022-01-11") == [
        "2022-01-11（今天）  sample60-002 的后续处置",
        "2022-01-12（还有 1 天）  sample60-001 的后续处置",
        "2022-01-13（还有 2 天）  答复异议 YY-01",
    ]
    assert steps.next_text(at(folder, "2022-01-11")) != "", "something comes next"


def test_it_is_not_said_to_be_done_while_something_is_owed(tmp_path, monkeypatch):
    folder = entered(tmp_path, *WITH_RESULTS)
    papers_made(folder, "2021-12-06T08:00:00+08:00")
    results(
        folder,
        visits=[("following", "", "")],
        followup=[{**RESULT_ROWS, "due": "2022-03-01", "closed_on": ""}],
    )
    monkeypatch.setattr(steps, "current", lambda _: None)
    text = steps.next_text(at(folder, "2022-01-11"))
    assert text == "还有没办完的 1 件，最早 2022-03-01：sample60-001 的后续处置"
    results(folder, visits=[("closed", "", "")])
    assert steps.next_text(at(folder, "2022-01-11")).startswith("都已做完")


def test_certificates_that_end_before_the_visits_do(tmp_path):
    folder = entered(tmp_path, "freeze", "draw")
    papers_made(folder, "2021-12-06T08:00:00+08:00")
    officers = [
        {"identity": {"name": name}, "internal": {"certificate_until": until}}
        for name, until in (("样例甲", "2021-12-20"), ("样例乙", "2022-01-01"), ("样例丙", ""))
    ]
    frozen = {"tables": {"officers": officers}}
    entry = at(folder, "2021-12-10").state.freeze
    path = data_of(folder, entry["stage"]) / "out" / "freeze.json"
    path.write_text(json.dumps(frozen), encoding="utf-8")
    assert due(folder, "2021-12-10") == [
        "2021-12-20（还有 10 天）  样例甲的执法证到期，检查期内不能去",
        "2021-12-24（还有 14 天）  检查结果还没有归档",
        "2021-12-24（还有 14 天）  签字文书的扫描件还没有收存",
    ]
    assert not any("执法证" in line for line in due(folder, "2022-01-05"))


def test_a_calendar_that_is_missing(tmp_path):
    folder = entered(tmp_path, "freeze", "draw")
    papers_made(folder, "2021-12-06T08:00:00+08:00")
    for path in folder.rglob("round.toml"):
        text = path.read_text(encoding="utf-8").replace("end = 2021-12-24", "end = 2026-12-25")
        path.write_text(text, encoding="utf-8")
    assert due(folder, "2026-12-24")[0] == (
        "2026-12-24（今天）  算不出公示期限：不知道 2027 年的节假日安排，填写 params/calendar.xlsx"
    )


def test_the_longest_overdue_come_first_and_a_screen_holds_them(tmp_path):
    folder = entered(tmp_path, *WITH_RESULTS)
    papers_made(folder, "2021-12-06T08:00:00+08:00")
    rows = [
        {"number": f"sample60-{n:03}", "item": "A", "due": f"2022-01-{n:02}", "closed_on": ""}
        for n in range(20, 0, -1)
    ]
    results(folder, visits=[("following", "", "")], rows=rows)
    lines = today.lines([at(folder, "2022-01-18")], date(2022, 1, 18))
    assert lines[0] == "今日待办（2022-01-18）：20 件，已超期 17 件"
    assert "超期 17 天" in lines[1] and lines[-1] == "  另有 8 件" and len(lines) == 14


@pytest.mark.parametrize("made", [False, True])
def test_the_step_of_publication_leads_until_its_page_is_made(tmp_path, made):
    folder = entered(tmp_path, "freeze", "draw")
    papers_made(folder, "2021-12-06T08:00:00+08:00")
    page = folder / "outputs" / "sample60" / "files" / standing.ANNOUNCEMENT
    if not made:
        page.unlink()
    assert steps.current(at(folder, PUBLISHED)).number == (12 if made else 16)
    assert f"{draw.KIND.pages[1]}.html" == standing.ANNOUNCEMENT


def test_scans_that_were_not_taken_in(tmp_path, record):  # noqa: F811
    """Papers of the round by the first day of visits, those of visits by the last."""
    folder = entered(tmp_path, "freeze", "draw", "papers")
    papers_made(folder, "2021-12-06T08:00:00+08:00")

    def taken(*names: str) -> None:
        got = scans.received(record, [file(name, name) for name in names], [], STAGE)
        for stage, name, content in ((PAPERS, "papers", got), (DRAW, "draw", record)):
            path = data_of(folder, stage) / "out" / f"{name}.json"
            path.write_text(json.dumps(content), encoding="utf-8")

    taken("tiny 抽查方案审批表.pdf")
    (late, later, *more) = (line for line in due(folder, "2021-12-12") if "签字" in line)
    assert not more and late == (
        f"{FIRST_DAY}（超期 6 天）  没有收到签字的保管人回执、公开随机数记录纸、"
        "抽取现场记录及结果确认表"
    )
    visits = len(record["visits"])
    assert later == f"2021-12-24（还有 12 天）  签字的检查文书没有收齐的 {visits} 户次"
    every = [p.name for p in scans.PAPERS if p.level == "visit" and p.back]
    of_round = [p.name for p in scans.PAPERS if p.level == "round" and p.back]
    taken(
        *(f"tiny-{n:03} {name}.pdf" for n in range(1, visits + 1) for name in every),
        *(f"tiny {name}{n}.pdf" for name in of_round for n in (1, 2)),  # for each custodian
    )
    assert not any("签字" in line for line in due(folder, "2021-12-12"))
