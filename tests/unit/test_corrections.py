"""更正、撤下, 异议 and 公示登记: each check with its whole message; what an archived register may
still become.
"""

from __future__ import annotations

import pytest
from answered import (
    GAS,
    IS_WORKDAY,
    OPEN,
    SECRET,
    STAGE,
    TWO,
    correction,
    drawn,
    objection,
    posting,
    recorded,
    registered,
    row,
)

from ssj.base.errors import InputError
from ssj.results import corrections, postings, registers, results

BEFORE = recorded(
    [row(OPEN), row(TWO), row(TWO, "I2"), row(GAS, "I2", published_on="")],
    time="2021-12-31T10:00:00+08:00",
)
EARLIER = results.earlier_of(BEFORE)
CHANGED = [
    row(OPEN, results=["发现问题已责令改正"]),
    row(TWO),
    row(TWO, "I2"),
    row(GAS, "I2", published_on=""),
]
SAME = [row(OPEN), row(TWO), row(TWO, "I2"), row(GAS, "I2", published_on="")]


def said(rows, earlier=EARLIER, time=STAGE["time"], **tables) -> list[str]:
    found = corrections.problems(drawn(), time, rows, registered(**tables), earlier, IS_WORKDAY)
    return [f"{p.code} {p.severity[0]} {p}" for p in found]


CORRECTIONS = {
    "a correction that corrects": (CHANGED, correction(), []),
    "of one item": (CHANGED, correction(item="I1"), []),
    "by one who may not": (
        CHANGED,
        correction(approver="样例科长"),
        [
            (
                "B30 e corrections.xlsx 第 2 行 “审批人”列："
                "“样例科长”无权批准“公布”（规定的审批人：样例局长），现为“样例科长”。"
                "请由有权的人批准。"
            )
        ],
    ),
    "approved before the visit": (
        CHANGED,
        correction(approved_on="2021-12-09"),
        [
            (
                "B31 e corrections.xlsx 第 2 行 “审批日期”列："
                "审批日期早于检查日期（2021-12-10），现为“2021-12-09”。请核对日期。"
            )
        ],
    ),
    "nothing corrected": (
        SAME,
        correction(),
        [
            (
                "B32 e corrections.xlsx 第 2 行 “处理”列：登记了更正，"
                "但结果与上次归档的没有不同，现为“更正”。请先在结果回填表中改正；不需要更正的，"
                "删去这一行。"
            )
        ],
    ),
    "another item corrected than said": (
        [row(OPEN), row(TWO, results=["发现问题已责令改正"]), row(TWO, "I2")],
        correction(TWO, item="I2"),
        [
            (
                "B32 e corrections.xlsx 第 2 行 “处理”列：登记了更正，"
                "但结果与上次归档的没有不同，现为“更正”。请先在结果回填表中改正；不需要更正的，"
                "删去这一行。"
            )
        ],
    ),
    "never archived": (
        [*CHANGED, row(SECRET)],
        correction(SECRET),
        [
            (
                "B33 e corrections.xlsx 第 2 行 “检查编号”列：没有归档过已审核的结果，"
                "不用登记更正，现为“2021Q4-003”。还没有归档的，直接在结果回填表中改；"
                "请删去这一行。"
            )
        ],
    ),
    "a withdrawal": (SAME, correction(action="撤下"), []),
    "a withdrawal of what is not published": (
        SAME,
        correction(GAS, action="撤下"),
        [
            (
                "B34 e corrections.xlsx 第 2 行 “处理”列：还没有公示，不用撤下，现为“撤下”。"
                "依法不公示的，在结果回填表中写明不公示理由；已经公示的，先填公示日期。"
            )
        ],
    ),
    "an objection that nobody knows": (
        CHANGED,
        correction(objection="Y9"),
        [
            (
                "B35 e corrections.xlsx 第 2 行 “异议编号”列：异议登记表中没有这个异议编号，"
                "或者不是这一户的，现为“Y9”。请核对异议编号；不是因异议更正或撤下的，不填。"
            )
        ],
    ),
}


@pytest.mark.parametrize("case", CORRECTIONS)
def test_corrections(case):
    rows, register, expected = CORRECTIONS[case]
    assert said(rows, corrections=[register]) == expected


def test_a_withdrawal_of_what_stands_on_the_bureaus_site():
    assert said(SAME, corrections=[correction(GAS, action="撤下")], postings=[posting(GAS)]) == []


def test_the_same_correction_twice():
    assert said(CHANGED, corrections=[correction(), correction(n=1)]) == [
        (
            "B37 e corrections.xlsx 第 3 行 “检查编号”列：与第 2 行是同一次更正，"
            "现为“2021Q4-001”。请删去一行。"
        )
    ]


OBJECTIONS = {
    "in time, open": (objection(), []),
    "to an unreviewed visit": (
        objection(SECRET),
        [
            (
                "B40 e objections.xlsx 第 2 行 “检查编号”列：这一户还没有已审核的结果，"
                "现为“2021Q4-003”。异议是对已公示或已审核的结果提出的，请核对检查编号。"
            )
        ],
    ),
    "received before the visit": (
        objection(
            received_on="2021-12-09", handler="样例承办人", answered_on="2021-12-13", outcome="维持"
        ),
        [
            (
                "B31 e objections.xlsx 第 2 行 “收到日期”列：收到日期早于检查日期（2021-12-10），"
                "现为“2021-12-09”。请核对日期。"
            )
        ],
    ),
    "answered before it came": (
        objection(handler="样例承办人", answered_on="2022-01-04", outcome="维持"),
        [
            (
                "B41 e objections.xlsx 第 2 行 “答复日期”列：答复日期早于收到日期（2022-01-05），"
                "现为“2022-01-04”。请核对日期。"
            )
        ],
    ),
    "an outcome without a day": (
        objection(handler="样例承办人", outcome="维持"),
        [
            (
                "B42 e objections.xlsx 第 2 行 “答复日期”列：已经答复，没有写答复日期。请补上；"
                "还没有答复的，答复日期和处理结论都不填。"
            )
        ],
    ),
    "answered by nobody, without an outcome": (
        objection(answered_on="2022-01-14"),
        [
            (
                "B42 e objections.xlsx 第 2 行 “承办人”列：已经答复，没有写承办人。请补上；"
                "还没有答复的，答复日期和处理结论都不填。"
            ),
            (
                "B42 e objections.xlsx 第 2 行 “处理结论”列：已经答复，没有写处理结论。请补上；"
                "还没有答复的，答复日期和处理结论都不填。"
            ),
        ],
    ),
    "an outcome that nobody carried out": (
        objection(handler="样例承办人", answered_on="2022-01-14", outcome="更正"),
        [
            (
                "B43 e objections.xlsx 第 2 行 “处理结论”列：处理结论是“更正”，"
                "更正撤下登记表中没有写这个异议编号的更正，现为“更正”。请在更正撤下登记表中登记，"
                "写明异议编号。"
            )
        ],
    ),
    "overdue": (
        objection(received_on="2021-12-13"),
        [
            (
                "B44 w objections.xlsx 第 2 行 “答复日期”列：超过期限，还没有答复（2022-01-11，"
                "20 个工作日）。请尽快书面答复。"
            )
        ],
    ),
    "answered late": (
        objection(
            received_on="2021-12-13", handler="样例承办人", answered_on="2022-01-12", outcome="维持"
        ),
        [
            (
                "B44 w objections.xlsx 第 2 行 “答复日期”列：答复晚于期限（2022-01-11，20 "
                "个工作日），现为“2022-01-12”。请说明原因。"
            )
        ],
    ),
    "answered on the last day": (
        objection(
            received_on="2021-12-13", handler="样例承办人", answered_on="2022-01-11", outcome="维持"
        ),
        [],
    ),
}


@pytest.mark.parametrize("case", OBJECTIONS)
def test_objections(case):
    register, expected = OBJECTIONS[case]
    assert said(SAME, objections=[register]) == expected


def test_an_outcome_that_was_carried_out():
    answered = objection(handler="样例承办人", answered_on="2022-01-14", outcome="更正")
    assert said(CHANGED, corrections=[correction(objection="Y1")], objections=[answered]) == []
    assert [
        text[:3]
        for text in said(
            SAME, corrections=[correction(action="撤下", objection="Y1")], objections=[answered]
        )
    ] == ["B43"], "carried out otherwise"


# After archiving

ARCHIVED = results.earlier_of(
    recorded(CHANGED, corrections=[correction()], objections=[objection()])
)
GONE = (
    "已归档的{}有一行不见了，或者改动了：{}，现为“2021Q4-001”。请从上次的表中恢复这一行；"
    "有新情况的，另加一行。"
)
KEPT = {
    "as they were": ([correction()], [objection()], []),
    "in another file and row": ([correction(n=7, file="登记.xlsx")], [objection(n=3)], []),
    "another remark": ([correction(remark="样例")], [objection(remark="样例")], []),
    "an answer filled in": (
        [correction()],
        [objection(handler="样例承办人", answered_on="2022-01-14", outcome="维持")],
        [],
    ),
    "a correction gone": (
        [],
        [objection()],
        [
            "B36 e corrections.xlsx “检查编号”列："
            + GONE.format("更正撤下登记表", "2021Q4-001 更正")
        ],
    ),
    "a reason changed": (
        [correction(reason="别的")],
        [objection()],
        [
            "B36 e corrections.xlsx “检查编号”列："
            + GONE.format("更正撤下登记表", "2021Q4-001 更正")
        ],
    ),
    "an objection gone": (
        [correction()],
        [],
        ["B36 e objections.xlsx “检查编号”列：" + GONE.format("异议登记表", "Y1 2021Q4-001")],
    ),
    "what was objected, changed": (
        [correction()],
        [objection(content="别的")],
        ["B36 e objections.xlsx “检查编号”列：" + GONE.format("异议登记表", "Y1 2021Q4-001")],
    ),
}


@pytest.mark.parametrize("case", KEPT)
def test_archived_registers(case):
    corrected, objected, expected = KEPT[case]
    found = said(CHANGED, earlier=ARCHIVED, corrections=corrected, objections=objected)
    assert [text for text in found if text.startswith("B36")] == expected
    assert [text for text in found if not text.startswith(("B36", "B32"))] == [], (
        "a changed reason is a new row too, which corrects nothing"
    )


def test_an_archived_correction_excuses_no_further_change():
    register = registered(
        corrections=[correction(), correction(TWO, item="I2"), correction(GAS, action="撤下")]
    )
    assert register.corrected({}) == [("2021Q4-001", ""), ("2021Q4-002", "I2")], (
        "a withdrawal changes no result"
    )
    assert register.corrected(ARCHIVED) == [("2021Q4-002", "I2")]


# 公示登记

SHOT = [{"file": "截图/一.png", "size": 3, "sha256": "ab" * 32}]
PLACE = "postings.xlsx 第 2 行 "
POSTINGS = {
    "of all visits, with evidence": (posting(screenshot="截图/一.png"), []),
    "with its hash and a Windows path": (
        posting(screenshot="evidence\\截图\\一.png", sha256="ab" * 32),
        [],
    ),
    "of one visit": (posting(OPEN), []),
    "the screenshot is missing": (
        posting(screenshot="二.png"),
        [
            (
                f"B50 e {PLACE}“截图文件”列：文件夹 evidence 中没有这个截图，现为“二.png”。"
                "请把截图放入批次文件夹中的 evidence；归档以后也不要移走。"
            )
        ],
    ),
    "another screenshot than registered": (
        posting(screenshot="截图/一.png", sha256="cd" * 32),
        [
            (
                f"B51 e {PLACE}“截图校验码”列：截图的校验码不是登记的（现在是 "
                f"abababababababab…），现为“{('cd' * 32)[:60]}”。截图可能换过，请找回原来的；"
                "确实另截的，另起文件名，另登记一行。"
            )
        ],
    ),
    "an address that is none": (
        posting(address="www.example.org"),
        [
            (
                f"B52 e {PLACE}“网址”列：网址不对，现为“www.example.org”。请写完整的网址，以 "
                "http:// 或 https:// 开头。"
            )
        ],
    ),
    "a script as address": (
        posting(address="javascript:alert(1)"),
        [
            (
                f"B52 e {PLACE}“网址”列：网址不对，现为“javascript:alert(1)”。请写完整的网址，以 "
                "http:// 或 https:// 开头。"
            )
        ],
    ),
    "posted before it was entered": (
        posting(OPEN, posted_on="2021-12-10"),
        [
            (
                f"B53 e {PLACE}“公示日期”列：公示日期早于录入（2021-12-13），审核还在其后，"
                "现为“2021-12-10”。请核对日期。"
            )
        ],
    ),
    "not reviewed": (
        posting(GAS),
        [
            (
                f"B54 e {PLACE}“检查编号”列：这一户还没有审核，不能公示，现为“2021Q4-004”。"
                "请先审核；检查编号有误的，请核对。"
            )
        ],
    ),
    "not to be named": (
        posting(SECRET),
        [
            (
                f"B55 e {PLACE}“检查编号”列：这一户的结果依法不公示，却登记了公示，"
                "现为“2021Q4-003”。请核对检查编号；已经上网的，立即撤下。"
            )
        ],
    ),
    "a hash of nothing": (
        posting(sha256="ab" * 32),
        [f"B56 e {PLACE}“截图文件”列：写了截图校验码，没有写截图文件。请写截图的文件名。"],
    ),
}
POSTED_ROWS = [
    row(OPEN),
    row(TWO),
    row(TWO, "I2"),
    row(SECRET, published_on=""),
    row(GAS, "I2", reviewer="", published_on=""),
]


def posted(register, earlier=None, evidence=SHOT) -> list[str]:
    found = postings.problems(
        drawn(), POSTED_ROWS, registered(postings=register), earlier or {}, evidence
    )
    return [f"{p.code} {p.severity[0]} {p}" for p in found]


@pytest.mark.parametrize("case", POSTINGS)
def test_postings(case):
    register, expected = POSTINGS[case]
    assert posted([register]) == expected


def test_the_archive_knows_the_screenshots_hash():
    earlier = results.earlier_of(
        recorded([row(OPEN)], evidence=SHOT, postings=[posting(screenshot="截图/一.png")])
    )
    assert earlier["postings"][0]["sha256"] == "ab" * 32
    assert posted([posting(screenshot="截图/一.png")], earlier) == []
    assert posted([posting(screenshot="截图/一.png")], earlier, [{**SHOT[0], "sha256": "cd" * 32}])[
        0
    ] == (
        f"B51 e {PLACE}“截图文件”列：截图与上次归档的不同（现在是 cdcdcdcdcdcdcdcd…），"
        "现为“截图/一.png”。请找回原来的截图；确实另截的，另起文件名，另登记一行。"
    )
    assert posted([], earlier) == [
        (
            "B57 w postings.xlsx “检查编号”列：已归档的公示登记有一行不见了，或者改动了："
            "门户网站 2021-12-24 https://example.org/a。登记有误的，可以不管；误删的，请恢复。"
        )
    ]


def test_a_posting_of_the_whole_round_covers_what_was_reviewed_then():
    whole = posting(posted_on="2021-12-31")
    first = recorded([row(OPEN)], time="2021-12-31T10:00:00+08:00", postings=[whole])
    assert {v["id"]: v["posted_on"] for v in first["visits"]} == {
        OPEN: "2021-12-31",
        TWO: "",
        SECRET: "",
        GAS: "",
    }
    late = [row(OPEN), row(GAS, "I2"), row(SECRET)]
    second = recorded(late, earlier=results.earlier_of(first), postings=[whole])
    assert {v["id"]: v["posted_on"] for v in second["visits"]} == {
        OPEN: "2021-12-31",
        TWO: "",
        SECRET: "",
        GAS: "",
    }, "not what was reviewed later"
    third = recorded(
        late,
        earlier=results.earlier_of(second),
        postings=[whole, posting(GAS, posted_on="2022-01-14"), posting(posted_on="2022-01-17")],
    )
    assert {v["id"]: v["posted_on"] for v in third["visits"]} == {
        OPEN: "2021-12-31",
        TWO: "",
        SECRET: "",
        GAS: "2022-01-14",
    }


def test_a_publication_day_of_what_is_not_to_be_public():
    rows = [
        row(OPEN),
        row(TWO, row=5, not_public="样例条例第二条"),
        row(TWO, "I2", not_public="样例条例第二条", published_on=""),
        row(SECRET, row=7),
    ]
    said = (
        "“公示日期”列：这个结果依法不公示，却填了公示日期，现为“2021-12-20”。请核对；已经上网的，"
        "立即撤下，在更正撤下登记表中登记，不公示理由不填。"
    )
    assert [f"{p.code} {p}" for p in postings.problems(drawn(), rows, registered(), {}, [])] == [
        f"B58 results.xlsx 第 {n} 行 {said}" for n in (5, 7)
    ]


def test_errors_stop_and_warnings_pass():
    own = registered()
    own.problems += postings.problems(
        drawn(), [], registered(), {"postings": [posting(sha256="")]}, []
    )
    own.check()
    own.problems += postings.problems(
        drawn(), [], registered(postings=[posting(address="x")]), {}, []
    )
    with pytest.raises(InputError) as stopped:
        own.check()
    assert [p.code for p in stopped.value.problems] == ["B52"]
    assert registers.added("postings", [posting()], {}) == [posting()]
