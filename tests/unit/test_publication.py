"""The clock of publication over holidays with 调休, lists of what is due, rates with their
denominators, 平台录入表 and 公示进度.
"""

from __future__ import annotations

from datetime import date

import openpyxl
import pandas as pd
import pytest
from answered import (
    GAS,
    IS_WORKDAY,
    OPEN,
    SECRET,
    TWO,
    correction,
    day,
    drawn,
    objection,
    posting,
    recorded,
    row,
)
from hypothesis import given
from hypothesis import strategies as st

from ssj.base import workdays
from ssj.results import publication, results
from ssj.tables import writing

# Last day of the visit → its deadline, 20 working days, counted by hand in the State Council's
# calendars
DEADLINES = {
    "no holiday": ("2021-11-01", "2021-11-29"),
    "from a Saturday": ("2021-11-06", "2021-12-03"),
    "over New Year": ("2021-12-10", "2022-01-10"),
    "over Spring Festival 2022: 31 January to 6 February off, 29 and 30 January worked": (
        "2022-01-17",
        "2022-02-17",
    ),
    (
        "over mid-autumn and National Day 2021: 19 to 21 September, 1 to 7 October off, 18 and "
        "26 September, 9 October worked"
    ): (
        "2021-09-17",
        "2021-10-21",
    ),
    "from a holiday": ("2021-10-03", "2021-11-03"),
}


@pytest.mark.parametrize("case", DEADLINES)
def test_deadlines(case):
    visited, deadline = DEADLINES[case]
    made = recorded([row(OPEN, date=visited, published_on="")])["visits"][0]
    assert (made["date"], made["deadline"]) == (visited, deadline)


def clock(rows, today, **more) -> publication.Clock:
    record = recorded(rows, time=f"{today}T10:00:00+08:00", **more)
    return publication.Clock(drawn(), record, day(today), IS_WORKDAY)


LEFT = {  # today → working days left to 2022-02-17
    "2022-02-17": 0,
    "2022-02-16": 1,
    "2022-02-14": 3,
    "2022-02-11": 4,
    "2022-02-07": 8,
    "2022-02-06": 9,
    "2022-01-31": 9,
    "2022-01-30": 9,
    "2022-01-29": 10,
    "2022-01-28": 11,
    "2022-02-18": -1,
    "2022-02-19": -1,
    "2022-02-21": -2,
}


@pytest.mark.parametrize("today", LEFT)
def test_days_left_over_spring_festival(today):
    [waiting] = clock([row(OPEN, date="2022-01-17", published_on="")], today).waiting()
    assert (waiting["deadline"], waiting["left"]) == ("2022-02-17", LEFT[today])


def test_a_deadline_on_which_only_a_weekend_followed_is_passed_all_the_same():
    [waiting] = clock([row(OPEN, date="2021-11-05", published_on="")], "2021-12-04").waiting()
    assert (waiting["deadline"], waiting["left"]) == ("2021-12-03", -1), "2021-12-04 is a Saturday"


@given(st.dates(date(2021, 1, 1), date(2022, 12, 1)), st.dates(date(2021, 1, 1), date(2022, 12, 1)))
def test_days_left_count_as_the_deadline_does(today, deadline):
    one = publication.Clock(drawn(), recorded([]), today, IS_WORKDAY)
    left = one.left(deadline.isoformat())
    assert (left >= 0) == (today <= deadline)
    if left > 0:
        end = workdays.after(today, left, IS_WORKDAY)
        assert end <= deadline and not any(
            IS_WORKDAY(end + pd.Timedelta(days=n)) for n in range(1, (deadline - end).days + 1)
        )


ROWS = [
    row(OPEN, published_on=""),
    row(TWO, date="2021-12-20", published_on="", reviewer=""),
    row(TWO, "I2", date="2021-12-15", published_on="", reviewer="", entered_by="样例录入员二"),
    row(SECRET, published_on=""),
]


def test_whose_it_is():
    waiting = clock(ROWS, "2022-01-05", postings=[posting(OPEN, poster="样例公开人")]).waiting()
    assert [
        (
            r["number"],
            r["todo"],
            r["deadline"],
            r["left"],
            r["inspected"],
            r["entered"],
            r["reviewed"],
            r["posted_on"],
        )
        for r in waiting
    ] == [
        (
            "2021Q4-001",
            "待公示",
            "2022-01-10",
            3,
            "样例甲（P1）、样例乙（P2）",
            "样例录入员",
            "样例审核人、样例公开人",
            "2021-12-24",
        ),
        (
            "2021Q4-002",
            "待审核",
            "2022-01-18",
            9,
            "样例甲（P1）、样例乙（P2）",
            "样例录入员、样例录入员二",
            "",
            "",
        ),
    ], "what is lawfully not published is not waited for"


def test_due_overdue_and_not_inspected():
    on = {
        today: clock(ROWS, today)
        for today in ("2021-12-31", "2022-01-04", "2022-01-10", "2022-01-11")
    }
    numbers = {
        today: (
            [r["number"][-1] for r in c.soon()],
            [(r["number"][-1], r["by"]) for r in c.overdue()],
            [r["number"][-1] for r in c.uninspected()],
        )
        for today, c in on.items()
    }
    assert numbers == {
        "2021-12-31": ([*"1"], [], []),
        "2022-01-04": ([*"1"], [], [*"4"]),
        "2022-01-10": ([*"1"], [], [*"4"]),
        "2022-01-11": ([*"2"], [("1", 1)], [*"4"]),
    }
    assert on["2022-01-04"].uninspected()[0] == {
        "number": "2021Q4-004",
        "name": "样例S004公司",
        "section": "",
        "date": "",
        "todo": "待检查",
        "inspected": "样例甲（P1）、样例乙（P2）",
        "entered": "",
        "reviewed": "",
        "posted_on": "",
        "end": "2021-12-31",
        "missing": 1,
    }


def test_a_visit_with_one_item_missing_is_not_inspected_after_the_period():
    [missed] = [
        r for r in clock([row(TWO)], "2022-01-04").uninspected() if r["number"] == "2021Q4-002"
    ]
    assert (missed["missing"], missed["todo"]) == (1, "待录入")


def test_by_section_and_person():
    one = clock(ROWS, "2022-01-11")
    keys = ("visits", "done", "public", "lawful", "soon", "late", "missed")
    assert {r["section"]: tuple(r[key] for key in keys) for r in one.by_section()} == {
        "甲股": (2, 2, 0, 1, 0, 1, 0),
        "乙股": (1, 1, 0, 0, 1, 0, 0),
        "（没有写）": (1, 0, 0, 0, 0, 0, 1),
    }
    assert [(r["person"], r["role"], *(r[key] for key in keys)) for r in one.by_person()] == [
        ("样例甲（P1）", "检查", 4, 3, 0, 1, 1, 1, 1),
        ("样例乙（P2）", "检查", 4, 3, 0, 1, 1, 1, 1),
        ("样例录入员", "录入", 3, 3, 0, 1, 1, 1, 0),
        ("样例审核人", "审核、公开", 2, 2, 0, 1, 0, 1, 0),
        ("样例录入员二", "录入", 1, 1, 0, 0, 1, 0, 0),
    ]


# Rates


def rates(rows, today, **more) -> dict[tuple[str, str], tuple]:
    return {
        (r["site"][:2], r["name"]): (r["there"], r["lawful"], r["base"], r["rate"])
        for r in clock(rows, today, **more).rates()
    }


NONE = "分母为 0，不计算"


def test_before_anything_is_due_there_is_no_rate_of_nothing():
    assert rates([], "2021-12-06") == {
        (site, name): value
        for site in ("信用", "门户")
        for name, value in (
            ("到期公示率", (0, 0, 0, NONE)),
            ("按期公示率", (0, 0, 0, NONE)),
            ("全部公示率", (0, 0, 4, "0 %")),
        )
    }
    assert rates([row(OPEN)], "2022-01-10")["信用", "到期公示率"] == (0, 0, 0, NONE), (
        "its last day is not over"
    )


def test_all_published_or_lawfully_not_is_a_hundred():
    rows = [
        row(OPEN),
        row(TWO),
        row(TWO, "I2", not_public="样例条例第二条", published_on=""),
        row(SECRET, published_on=""),
        row(GAS, "I2", published_on="2022-01-11"),
    ]
    assert rates(rows, "2022-02-14", postings=[posting(posted_on="2022-01-10")]) == {
        ("信用", "到期公示率"): (3, 1, 4, "100 %"),
        ("信用", "按期公示率"): (2, 1, 4, "75 %"),
        ("信用", "全部公示率"): (3, 1, 4, "100 %"),
        ("门户", "到期公示率"): (3, 1, 4, "100 %"),
        ("门户", "按期公示率"): (3, 1, 4, "100 %"),
        ("门户", "全部公示率"): (3, 1, 4, "100 %"),
    }
    record = recorded(rows)
    assert publication.not_published(record) == [
        {"number": "2021Q4-002", "name": "样例S002公司", "item": "I2", "reason": "样例条例第二条"},
        {
            "number": "2021Q4-003",
            "name": "样例S003公司",
            "item": "（全部）",
            "reason": "样例条例第一条",
        },
    ]
    assert [v["state"] for v in record["visits"]] == ["closed"] * 4


def test_a_visit_never_made_counts_once_the_last_lawful_day_has_passed():
    """The period ends on 2021-12-31; 20 working days later it is 2022-01-29, a Saturday that was
    worked.
    """
    assert rates([row(OPEN)], "2022-01-29")["信用", "到期公示率"] == (1, 0, 1, "100 %")
    assert rates([row(OPEN)], "2022-01-30")["信用", "到期公示率"] == (1, 0, 4, "25 %"), (
        "the one not to be named too: without a visit there is nothing to withhold"
    )


def test_a_reason_for_one_item_excuses_no_other():
    rows = [row(TWO, published_on=""), row(TWO, "I2", not_public="样例条例第二条", published_on="")]
    visit = recorded(rows)["visits"][1]
    assert (visit["not_public"], visit["published_on"], visit["overdue"], visit["state"]) == (
        "",
        "",
        True,
        "reviewed",
    )
    both = [
        row(TWO, not_public="样例条例第二条", published_on=""),
        row(TWO, "I2", not_public="样例条例第三条", published_on=""),
    ]
    assert recorded(both)["visits"][1]["not_public"] == "样例条例第二条；样例条例第三条"


def test_objections_open_ones_first():
    one = clock(
        ROWS,
        "2022-02-14",
        objections=[
            objection(
                id="Y2",
                received_on="2021-12-13",
                handler="样例承办人",
                answered_on="2021-12-20",
                outcome="维持",
            ),
            objection(),
        ],
    )
    assert [(o["id"], o["deadline"], o["late"]) for o in one.objections()] == [
        ("Y1", "2022-02-07", "超期"),
        ("Y2", "2022-01-11", ""),
    ]


# Workbooks

FORMULA = '=HYPERLINK("http://example.org")'


def test_what_is_entered_in_the_credit_publicity_system():
    first = recorded([row(OPEN), row(TWO, reviewer=""), row(TWO, "I2", reviewer=""), row(SECRET)])
    now = [
        row(OPEN, results=["发现问题已责令改正"], measure=["责令改正"]),
        row(TWO),
        row(TWO, "I2", not_public="样例条例第二条"),
        row(SECRET),
        row(GAS, "I2"),
    ]
    record = recorded(
        now, corrections=[correction(), correction(GAS, n=1, action="撤下", category="公示期满")]
    )
    rows = list(publication.entered(drawn(), record, results.earlier_of(first)))
    assert [(r["本次变动"], r["检查编号"], r["事项编号"]) for r in rows] == [
        ("有改动", "2021Q4-001", "I1"),
        ("新增", "2021Q4-002", "I1"),
    ]
    assert rows[0] == {
        "本次变动": "有改动",
        "检查机关": "样例县住建局",
        "抽查计划名称": "样例抽查",
        "抽查批次": "2021Q4",
        "任务编号": "R1",
        "任务名称": "任务R1",
        "检查编号": "2021Q4-001",
        "统一社会信用代码或编号": "S001",
        "名称": "样例S001公司",
        "事项编号": "I1",
        "检查事项": "事项I1",
        "抽查依据": "样例依据",
        "抽查主体": "样例县住建局",
        "检查日期": "2021-12-10",
        "检查结果": "发现问题已责令改正",
        "处置措施": "责令改正",
        "检查人员": "样例甲、样例乙",
        "录入人": "样例录入员",
        "审核人": "样例审核人",
        "公示日期": "2021-12-20",
        "公示网址": "https://example.org/1",
    }
    assert [
        (r["本次变动"], r["检查编号"], r["检查事项"], r["处理"], r["理由类别"])
        for r in publication.changed(drawn(), record, {"corrections": [correction(n=5)]})
    ] == [
        ("", "2021Q4-001", "（全部事项）", "更正", "录入有误"),
        ("新增", "2021Q4-004", "（全部事项）", "撤下", "公示期满"),
    ]
    assert [
        r["本次变动"] for r in publication.entered(drawn(), record, results.earlier_of(record))
    ] == ["", ""]
    withheld = results.earlier_of(recorded([row(OPEN, not_public="样例条例第二条")]))
    assert [
        r["本次变动"] for r in publication.entered(drawn(), recorded([row(OPEN)]), withheld)
    ] == ["新增"], "it was not to be entered before"


def test_the_workbook_holds_text_never_formulas(tmp_path):
    record = recorded(
        [
            row(
                OPEN, results=["未发现问题"], address=FORMULA, entered_by="@样例", reviewer="-样例"
            ),
            row(GAS, "I2", entered_by="+1"),
        ]
    )
    sheets = publication.platform_sheets(drawn(), record, {})
    path = tmp_path / "平台录入表.xlsx"
    writing.write_xlsx(path, sheets)
    sheet = openpyxl.load_workbook(path)["录入"]
    cells = {sheet.cell(1, n).value: sheet.cell(2, n) for n in range(1, sheet.max_column + 1)}
    assert {cell.data_type for title, cell in cells.items() if "日期" not in title} <= {
        "s",
        "n",
    } and not any(c.data_type == "f" for r in sheet.rows for c in r)
    assert (cells["公示网址"].value, cells["公示网址"].data_type) == (FORMULA, "s")
    assert (
        cells["录入人"].value,
        cells["审核人"].value,
        cells["统一社会信用代码或编号"].data_type,
    ) == ("@样例", "-样例", "s")
    assert sheet.cell(3, [c.value for c in sheet[1]].index("录入人") + 1).value == "+1"
    rows = sheets["说明"].to_dict("records")
    told = {row["项目"]: row["内容"] for row in rows}
    assert (
        told["本次新增"] == "2 行"
        and "演示批次" in told["注意"] + rows[0]["内容"]
        and told["内部使用"].startswith("供录入")
    )
    assert {"信用风险等级", "风险权数", "抽取组", "签号"} & set(cells) == set()


def test_progress_says_what_it_is_and_keeps_its_headers():
    frames = publication.progress_sheets(drawn(), recorded(ROWS), day("2022-01-11"), IS_WORKDAY)
    sheets = {name: frame.to_dict("records") for name, frame in frames.items()}
    assert list(sheets) == [
        "说明",
        "公示率",
        "超期未公示",
        "待公示",
        "超期未检查",
        "按股室",
        "按人员",
        "依法不公示",
        "异议",
    ]
    told = {r["项目"]: r["内容"] for r in sheets["说明"]}
    assert (told["内部使用"], told["截至"], told["公示期限"]) == (
        "内部使用，不得对外公开",
        "2022年1月11日",
        "检查结束起 20 个工作日（含调休），检查结束的次日为第 1 日",
    )
    assert sheets["异议"] == []
    assert list(frames["异议"].columns) == list(publication.OBJECTIONS.values())
    assert [r["检查编号"] for r in sheets["超期未公示"]] == ["2021Q4-001"] and [
        r["检查编号"] for r in sheets["待公示"]
    ] == ["2021Q4-002"]
    assert sheets["超期未公示"][0]["超期工作日"] == 1
