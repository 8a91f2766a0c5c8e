"""Where each visit stands, the clock of publication, what is new, and firms that are gone and found
again.
"""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from returned import ANSWER, PROBLEM, TIME, answered, blank_rows, windowed, write

from ssj.base import workdays
from ssj.base.errors import InputError
from ssj.results import findings, followup, gone, registers, results
from ssj.results.assemble import assemble

STAGE = {"time": TIME, "sources": []}


@pytest.fixture
def record(small_record) -> dict:
    return windowed(small_record)


def recorded(record, folder, rows, time: str = TIME, **more) -> dict:
    """results.json of rows, without registers unless they lie in the folder already."""
    write(folder, rows)
    own, found = registers.read(folder, record, time), findings.read(folder, record, time)
    assert [str(p) for p in (*own.problems, *found.problems) if p.severity == "error"] == []
    return results.recorded(
        record,
        {**STAGE, "time": time},
        found,
        own,
        workdays.read_calendar(folder / "calendar.toml"),
        **more,
    )


def visit(made: dict, target: str = "S004") -> dict:
    return next(v for v in made["visits"] if v["id"] == target)


def test_assembled_is_what_its_parts_come_to(record, tmp_path):
    """Every problem of any table, and the record that the parts make one by one."""
    write(tmp_path, answered(record, **PROBLEM))
    (tmp_path / "followup.csv").write_text(
        "检查编号,事项编号,处置措施,责任单位\nX-1,I1,责令改正,样例股\n", encoding="utf-8"
    )
    is_workday = workdays.read_calendar(tmp_path / "none")
    made = assemble(tmp_path, record, STAGE | {"time": TIME}, is_workday)
    own = registers.read(tmp_path, record, TIME)
    found = findings.read(tmp_path, record, TIME)
    assert [p.code for p in made.problems if p.severity == "error"] == ["B20"]
    own.problems += followup.problems(record, found.rows, own, results.earlier_of(None))
    assert made.problems == [*found.problems, *own.problems]
    assert made.record == results.recorded(record, STAGE | {"time": TIME}, found, own, is_workday)
    assert made.record["rows"] and not made.record["followup"]


# --- states ---

POSTED = {"公示日期": "2021-12-15"}
FOLLOWED = {**PROBLEM, **POSTED}
STATES = {  # name → (cells of both rows of S004, of its first alone, its state)
    "nobody has been there": (dict.fromkeys(ANSWER, ""), {}, "drawn"),
    "one item has no result": ({}, None, "visited"),
    "nobody has entered it": ({"录入人": "", "录入日期": "", "审核人": ""}, {}, "visited"),
    "one item is not entered": ({"审核人": ""}, {"录入人": "", "录入日期": ""}, "visited"),
    "entered": ({"审核人": ""}, {}, "entered"),
    "one item is not reviewed": ({}, {"审核人": ""}, "entered"),
    "reviewed": ({}, {}, "reviewed"),
    "one item is not published": (POSTED, {"公示日期": ""}, "reviewed"),
    "one item lawfully not published, the other is": (
        POSTED,
        {"公示日期": "", "不公示理由": "国家秘密"},
        "closed",
    ),
    "one item lawfully not published, the other not yet": (
        {},
        {"不公示理由": "国家秘密"},
        "reviewed",
    ),
    "lawfully not published at all": ({"不公示理由": "国家秘密"}, {}, "closed"),
    "published without a problem": (POSTED, {}, "closed"),
    "followed up": (POSTED, FOLLOWED, "following"),
    "closed by the row": (POSTED, {**FOLLOWED, "完结日期": "2021-12-16"}, "closed"),
    "nothing to follow up": (POSTED, {**FOLLOWED, "处置措施": "无需后续处置"}, "closed"),
    "firm is gone": ({**POSTED, "检查结果": "已关闭停业或正在组织清算"}, {}, "closed"),
}


@pytest.mark.parametrize("name", STATES)
def test_states(record, tmp_path, name):
    both, first, expected = STATES[name]
    rows = [
        {**row, **both, **((first or {}) if row["事项编号"] == "I1" else {})}
        if row["编号"] == "S004"
        else row
        for row in answered(record)
    ]
    if first is None:
        rows = [
            {**row, **dict.fromkeys(ANSWER, "")}
            if (row["编号"], row["事项编号"]) == ("S004", "I1")
            else {**row, "审核人": ""}
            for row in rows
        ]
    made = recorded(record, tmp_path, rows)
    assert (visit(made)["state"], visit(made, "S005")["state"]) == (expected, "drawn")
    assert made["counts"][expected] >= 1 and sum(made["counts"].values()) == len(record["visits"])


def test_every_state_but_one_is_among_the_cases():
    """已公示 without follow-up is a problem without a measure, which a review does not let pass."""
    assert {state for *_, state in STATES.values()} == set(results.STATES) - {"published"}


def test_the_register_of_follow_up_closes_before_the_row_does(record, tmp_path):
    head = "检查编号,事项编号,处置措施,责任单位,办结日期\n"
    rows = [
        {**row, **(POSTED if row["编号"] == "S004" else {})}
        for row in answered(record, **FOLLOWED, 完结日期="2021-12-16")
    ]
    (tmp_path / "followup.csv").write_text(head + "tiny-002,I1,责令改正,乙股,\n", encoding="utf-8")
    assert visit(recorded(record, tmp_path, rows))["state"] == "following"
    (tmp_path / "followup.csv").write_text(
        head + "tiny-002,I1,责令改正,乙股,2021-12-17\n", encoding="utf-8"
    )
    assert visit(recorded(record, tmp_path, rows))["state"] == "closed"


def test_an_empty_register_is_no_fault(record, tmp_path):
    (tmp_path / "objections.csv").write_text(
        "异议编号,检查编号,收到日期,异议内容\n", encoding="utf-8"
    )
    assert recorded(record, tmp_path, blank_rows(record))["objections"] == []


# --- the clock ---

CLOCK = {  # day of the visit → last day, 20 working days later
    "over New Year": ("2021-12-08", "2022-01-06"),  # 1 to 3 January off
    # off from 1 to 7 October; 9 October, a Saturday, worked
    "over the National Day": ("2021-09-27", "2021-10-29"),
    "before a Sunday that is worked": ("2021-09-24", "2021-10-27"),  # 26 September worked
    # off from 31 January to 6 February; 29 and 30 January worked
    "over Spring Festival": ("2022-01-24", "2022-02-24"),
}


@pytest.mark.parametrize("name", CLOCK)
def test_the_clock_counts_working_days(record, tmp_path, name):
    day, deadline = CLOCK[name]
    record["parameters"]["window"] = {"start": day, "end": day}
    record["entropy"]["time"] = f"{day}T00:30:00+08:00"
    entered = {"检查日期": day, "录入日期": day}
    rows = [
        {**row, **(entered if row["编号"] == "S004" else dict.fromkeys(ANSWER, ""))}
        for row in answered(record)
    ]
    for today, late in (
        (deadline, False),
        (
            (
                date.fromisoformat(deadline).replace(day=date.fromisoformat(deadline).day + 1)
            ).isoformat(),
            True,
        ),
    ):
        made = visit(recorded(record, tmp_path, rows, f"{today}T09:00:00+08:00"))
        assert (made["deadline"], made["overdue"]) == (deadline, late)


def test_the_clock_starts_with_the_last_item_and_stops_with_publication(record, tmp_path):
    rows = [
        {**row, **(POSTED if row["编号"] == "S004" else {})}
        for row in answered(record, 检查日期="2021-12-06")
    ]
    late = visit(recorded(record, tmp_path, rows, "2022-03-01T09:00:00+08:00"))
    assert (late["date"], late["deadline"], late["published_on"], late["overdue"]) == (
        "2021-12-08",
        "2022-01-06",
        "2021-12-15",
        False,
    )
    rows = [{**row, "公示日期": "2022-01-07"} if row["编号"] == "S004" else row for row in rows]
    assert visit(recorded(record, tmp_path, rows, "2022-03-01T09:00:00+08:00"))["overdue"] is True


def test_what_is_lawfully_not_public_is_never_overdue(record, tmp_path):
    next(t for t in record["tables"]["targets"] if t["id"] == "S004")["internal"].update(
        public=False, non_public_basis="样例依据"
    )
    made = visit(recorded(record, tmp_path, answered(record), "2022-03-01T09:00:00+08:00"))
    assert (made["not_public"], made["overdue"], made["state"]) == ("样例依据", False, "closed")


def test_the_parameter_and_a_calendar_that_overrides(record, tmp_path):
    record["parameters"]["deadlines"]["publish"] = 3
    assert visit(recorded(record, tmp_path, answered(record)))["deadline"] == "2021-12-13"
    (tmp_path / "calendar.toml").write_text(
        "years = [2021]\nholidays = [2021-12-10]\nworkdays = []\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="2021 年的节假日安排程序已经知道"):
        recorded(record, tmp_path, answered(record))


def test_a_year_whose_holidays_nobody_knows(record, tmp_path):
    record["parameters"]["window"] = {"start": "2031-03-03", "end": "2031-03-07"}
    rows = [
        {
            **row,
            **(
                {"检查日期": "2031-03-04", "录入日期": "2031-03-05"}
                if row["编号"] != "S005"
                else {}
            ),
        }
        for row in answered(record)
    ]
    with pytest.raises(InputError) as caught:
        recorded(record, tmp_path, rows, "2031-04-01T09:00:00+08:00")
    assert [str(p) for p in caught.value.problems] == [
        (
            "calendar.xlsx：不知道 2031 年的节假日安排，现为“2031-03-05”。"
            "请按国务院办公厅通知填写 params/calendar.xlsx。"
        )
    ]


# --- what is new ---


def test_the_same_rows_elsewhere_in_other_files_are_nothing_new(record, tmp_path):
    rows = answered(record, **PROBLEM)
    first = recorded(record, tmp_path, rows)
    assert not results.nothing_new(first, None)
    again = recorded(record, tmp_path, rows[::-1], "2022-01-20T09:00:00+08:00")
    assert again["rows"] != first["rows"] and results.nothing_new(again, first)
    assert not results.nothing_new(
        recorded(record, tmp_path, answered(record, **PROBLEM, 备注="样例")), first
    )


def test_files_of_a_folder_keep_the_names_under_which_they_were_given():
    sources = [{"file": "乙股.xlsx"}, {"file": "甲股.xlsx"}]
    assert [
        results.given(f, sources) for f in ("results-02.xlsx", "results.csv", "results-09.xlsx")
    ] == ["甲股.xlsx", "results.csv", "results-09.xlsx"]


# --- gone, and found again ---

GONE = {"检查结果": "已关闭停业或正在组织清算"}


def gone_and(record, folder, **change) -> tuple[dict, list[dict]]:
    """A stage in which S004 was gone, and the rows of a later one with both items changed."""
    rows = [{**row, **(GONE if row["编号"] == "S004" else {})} for row in answered(record)]
    return recorded(record, folder, rows), [
        {**row, **(change if row["编号"] == "S004" else {})} for row in rows
    ]


def test_a_firm_that_is_found_again_within_the_round(record, tmp_path):
    first, rows = gone_and(
        record, tmp_path, 检查结果="未发现问题", 检查日期="2021-12-10", 录入日期="2021-12-10"
    )
    assert (visit(first)["gone"], first["warnings"], [g["item"] for g in first["gone"]]) == (
        True,
        [],
        ["I1", "I2"],
    )
    second = recorded(record, tmp_path, rows, earlier=results.earlier_of(first))
    said = [
        (
            f"tiny-002 样例第4公司（{item}）：曾录入“已关闭停业或正在组织清算”（2021-12-08），"
            "现在是“未发现问题”（2021-12-10），请核实。"
        )
        for item in ("I1", "I2")
    ]
    assert second["warnings"] == [{"code": "H01", "message": text} for text in said]
    third = recorded(record, tmp_path, rows, earlier=results.earlier_of(second))
    assert third["warnings"] == second["warnings"], "it stays said"


def past(record, **change) -> dict:
    """A record of results of an earlier round, in which S004 was visited."""
    row = {
        "visit": "S004",
        "number": "2021Q3-007",
        "item": "I1",
        "date": "2021-09-03",
        "results": [GONE["检查结果"]],
        "reviewer": "样例审核人",
        **change,
    }
    return {"round": "2021Q3", "rows": [row]}


def test_a_firm_that_is_found_again_by_a_later_round(record, tmp_path):
    known = gone.known([past(record)], record["visits"])
    assert known == {
        "gone": [
            {
                "id": "S004",
                "round": "2021Q3",
                "number": "2021Q3-007",
                "date": "2021-09-03",
                "results": [GONE["检查结果"]],
            }
        ]
    }
    assert recorded(record, tmp_path, answered(record), known=known)["warnings"] == [
        {
            "code": "H02",
            "message": (
                "tiny-002 样例第4公司：2021Q3 的结果是“已关闭停业或正在组织清算”（2021-09-03），"
                "这次检查到了（2021-12-08），请核实名录和以前的结果。"
            ),
        }
    ]
    assert recorded(record, tmp_path, blank_rows(record), known=known)["warnings"] == [], (
        "nobody has been there yet"
    )
    assert (
        recorded(record, tmp_path, gone_and(record, tmp_path)[1], known=known)["warnings"] == []
    ), "still gone"


@pytest.mark.parametrize(
    "records",
    [
        [{"reviewer": ""}],
        [{"results": ["未发现问题"]}],
        [{"visit": "S002"}],
        [{}, {"date": "2021-10-01", "results": ["未发现问题"]}],
        [{"date": "2021-10-01", "results": ["未发现问题"]}, {}],
    ],
    ids=["not reviewed", "was there", "not drawn now", "seen since", "seen since, entered before"],
)
def test_what_makes_no_firm_known_as_gone(record, records):
    assert (
        gone.known([past(record, **change) for change in records], record["visits"]) == gone.NOTHING
    )


def test_a_visit_is_gone_if_one_item_says_so():
    row = past(None)["rows"][0]
    last = gone.last_results(
        [
            {
                "round": "2021Q3",
                "rows": [
                    row,
                    {**row, "item": "I2", "date": "2021-09-04", "results": ["未发现问题"]},
                ],
            }
        ]
    )
    assert (last["S004"]["gone"], last["S004"]["date"], last["S004"]["results"]) == (
        True,
        "2021-09-04",
        [GONE["检查结果"]],
    )


def test_a_roster_in_which_a_firm_that_is_gone_is_in_scope():
    targets = pd.DataFrame(
        {"id": ["S001", "S004", "S005"], "status": ["存续", "存续", "注销"]}, index=[2, 3, 4]
    )
    targets.attrs["place"] = {"file": "targets.xlsx", "sheet": "名录"}
    records = [past(None), past(None, visit="S005")]
    assert [str(p) for p in gone.in_scope_again(targets, records)] == [
        (
            "targets.xlsx 工作表“名录” 第 3 行 “状态”列：最近一次检查（2021Q3-007，"
            "2021-09-03）的结果是“已关闭停业或正在组织清算”，名录中的状态仍在检查范围内，"
            "现为“存续”。"
            "请核实企业现状，确已关闭、迁出的，更新状态；仍在经营的，可以不改。"
        )
    ]
    assert [p.severity for p in gone.in_scope_again(targets, records)] == ["warning"]


def test_what_the_rosters_keepers_are_told(record, tmp_path):
    first, _ = gone_and(record, tmp_path)
    assert gone.suggestions(first) == [
        {
            "编号": "S001",
            "名称": "样例第1公司",
            "上次检查日期": date(2021, 12, 8),
            "上次检查结果": "未发现问题",
            "状态请核实": "",
            "检查编号": "tiny-001",
        },
        {
            "编号": "S004",
            "名称": "样例第4公司",
            "上次检查日期": date(2021, 12, 8),
            "上次检查结果": "已关闭停业或正在组织清算",
            "状态请核实": "检查时已关闭、迁出或无法联系",
            "检查编号": "tiny-002",
        },
    ]
    assert list(gone.suggestions(first)[0]) == gone.SUGGESTED
