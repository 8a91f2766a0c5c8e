"""后续处置表 against the results: every check with its whole message; what may not change; the
lists that follow; the whole-process record.
"""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssj.results import (
    followup,
    followup_lists,
    invented_followup,
    process,
    registers,
    results,
    scans,
)
from ssj.tables import schema
from ssj.workbooks import followupbook

NUMBER, ITEM, DAY = "tiny-001", "I1", "2021-12-10"
PROBLEM = "发现问题已责令改正"


def named(identifier: str, name: str, **internal) -> dict:
    return {"id": identifier, "identity": {"id": identifier, "name": name}, "internal": internal}


@pytest.fixture
def record() -> dict:
    """Two visits, two items, three officers: as much of a draw record as the register looks at."""
    return {
        "round": "tiny",
        "parameters": {},
        "attempt": 1,
        "visits": [{"id": "S001", "items": ["I1", "I2"]}, {"id": "S002", "items": ["I1"]}],
        "tables": {
            "targets": [
                named("S001", "样例一公司", section="质量股"),
                named("S002", "样例二公司", section=""),
            ],
            "items": [
                named("I1", "事项一", department="住建"),
                named("I2", "事项二", department="市场监管"),
            ],
            "officers": [named("P1", "样例甲"), named("P2", "样例乙"), named("P3", "样例丙")],
        },
    }


def result(number: str = NUMBER, item: str = ITEM, visit: str = "S001", **change) -> dict:
    row = {
        "visit": visit,
        "number": number,
        "item": item,
        "date": DAY,
        "officers": ["P1", "P2"],
        "results": [PROBLEM],
        "entered_by": "录",
        "entered_on": DAY,
        "measure": ["责令改正"],
        "responsible": "",
        "due": "",
        "closed_on": "",
        "published_on": "2021-12-20",
        "address": "",
        "reviewer": "审",
        "excuse": "",
        "not_public": "",
        "remark": "",
        "file": "results.xlsx",
        "row": 2,
    }
    return {**row, **change}


def entry(number: str = NUMBER, item: str = ITEM, **change) -> dict:
    blank = {
        c.key: [] if c.kind == "words" else False if c.kind == "bool" else ""
        for c in schema.LATER["followup"]
    }
    return {
        **blank,
        "number": number,
        "item": item,
        "measure": "责令改正",
        "responsible": "质量股",
        "file": "followup.xlsx",
        "row": 2,
        **change,
    }


def own(*rows: dict, corrections: tuple[dict, ...] = ()) -> registers.Registers:
    made = registers.Registers()
    made.rows["followup"], made.rows["corrections"] = list(rows), list(corrections)
    return made


def correction(**change) -> dict:
    return (
        {c.key: "" for c in schema.LATER["corrections"]}
        | {"number": NUMBER, "item": ITEM, "action": "更正"}
        | change
    )


def found(
    record: dict,
    rows: list[dict],
    *entries: dict,
    earlier: tuple[dict, ...] = (),
    corrections: tuple[dict, ...] = (),
) -> list[str]:
    return [
        f"{p.code} {p.place}：{p.message}"
        for p in followup.problems(
            record, rows, own(*entries, corrections=corrections), {"followup": list(earlier)}
        )
    ]


AT = "followup.xlsx 第 2 行 "
REFER = {"measure": "移送办案机构", "referred_to": "执法队", "referred_on": "2021-12-13"}
MENDED = {"rechecked_on": "2021-12-24", "recheckers": ["样例甲", "样例丙"], "recheck": "已改正"}
DECIDED = {
    **REFER,
    "filed_on": "2021-12-14",
    "decision": "样例罚决〔2021〕1号",
    "decided_on": "2021-12-20",
}
REVIEWED = {"major": True, "legal_reviewer": "样例丁", "legal_reviewed_on": "2021-12-17"}
CASES = {  # what is in the row of the register, what the result's measures are → the whole message
    "sound": ({}, "责令改正", []),
    "sound and closed": ({**MENDED, "closed_on": "2021-12-25"}, "责令改正", []),
    "closed with a reason": ({"closed_on": "2021-12-25", "remark": "企业已注销"}, "责令改正", []),
    "sound referral": (
        {**DECIDED, **REVIEWED, "joint_punishment": True, "closed_on": "2021-12-20"},
        "移送办案机构",
        [],
    ),
    "another measure": (
        {**REFER},
        "责令改正",
        [f"K21 {AT}“处置措施”列：结果回填表中这一事项的处置措施是“责令改正”"],
    ),
    "no measure there": (
        {},
        "",
        [f"K21 {AT}“处置措施”列：结果回填表中这一事项的处置措施是“（空）”"],
    ),
    "re-check before the visit": (
        {**MENDED, "rechecked_on": "2021-12-09"},
        "责令改正",
        [f"K23 {AT}“复查日期”列：复查日期早于检查日期（2021-12-10）"],
    ),
    "re-check by one": (
        {**MENDED, "recheckers": ["样例甲"]},
        "责令改正",
        [f"K25 {AT}“复查人员”列：复查人员不足 2 名"],
    ),
    "re-check without its result": (
        {**MENDED, "recheck": ""},
        "责令改正",
        [f"K25 {AT}“复查结果”列：写了复查日期、复查人员，没有写复查结果"],
    ),
    "re-check without anybody": (
        {**MENDED, "recheckers": []},
        "责令改正",
        [f"K25 {AT}“复查人员”列：写了复查日期、复查结果，没有写复查人员"],
    ),
    "closed without a re-check": (
        {"closed_on": "2021-12-25"},
        "责令改正",
        [
            (
                f"K28 {AT}“办结日期”列：处置措施是“责令改正”，没有“已改正”的复查结果，"
                "也没有在备注中写明理由，不能办结"
            )
        ],
    ),
    "closed, not mended": (
        {**MENDED, "recheck": "部分改正", "closed_on": "2021-12-25"},
        "责令改正",
        [
            (
                f"K28 {AT}“办结日期”列：处置措施是“责令改正”，没有“已改正”的复查结果，"
                "也没有在备注中写明理由，不能办结"
            )
        ],
    ),
    "closed before the re-check": (
        {**MENDED, "closed_on": "2021-12-23"},
        "责令改正",
        [f"K24 {AT}“办结日期”列：办结日期早于复查日期（2021-12-24）"],
    ),
    "referred to nobody": (
        {"measure": "移送办案机构", "referred_on": "2021-12-13"},
        "移送办案机构",
        [f"K26 {AT}“移送单位”列：写了移送日期，没有写移送单位"],
    ),
    "referred on no day": (
        {"measure": "抄告相关部门", "referred_to": "市场局"},
        "抄告相关部门",
        [f"K26 {AT}“移送日期”列：写了移送单位，没有写移送日期"],
    ),
    "closed without a referral": (
        {"measure": "抄告相关部门", "closed_on": "2021-12-25"},
        "抄告相关部门",
        [f"K28 {AT}“办结日期”列：处置措施是“抄告相关部门”，没有移送单位、移送日期，不能办结"],
    ),
    "closed, other, unsaid": (
        {"measure": "其他", "closed_on": "2021-12-25"},
        "其他",
        [f"K28 {AT}“办结日期”列：处置措施是“其他”，没有在备注中写明怎样办结的，不能办结"],
    ),
    "filed before the referral": (
        {**DECIDED, "filed_on": "2021-12-12"},
        "移送办案机构",
        [f"K24 {AT}“立案日期”列：立案日期早于移送日期（2021-12-13）"],
    ),
    "decided before it was filed": (
        {**DECIDED, "filed_on": "2021-12-21"},
        "移送办案机构",
        [f"K24 {AT}“决定日期”列：决定日期早于立案日期（2021-12-21）"],
    ),
    "a decision without its number": (
        {**DECIDED, "decision": ""},
        "移送办案机构",
        [f"K27 {AT}“决定文书号”列：写了决定日期，没有写决定文书号"],
    ),
    "joint punishment without a decision": (
        {**REFER, "joint_punishment": True},
        "移送办案机构",
        [f"K29 {AT}“是否联合惩戒”列：列入联合惩戒，没有决定文书号和决定日期"],
    ),
    "a major decision not reviewed": (
        {**DECIDED, "major": True},
        "移送办案机构",
        [f"K30 {AT}“法制审核人”列：重大决定没有经过法制审核"],
    ),
    "a major decision still to be made": ({**REFER, "major": True}, "移送办案机构", []),
    "reviewed after the decision": (
        {**DECIDED, **REVIEWED, "legal_reviewed_on": "2021-12-21"},
        "移送办案机构",
        [f"K30 {AT}“法制审核日期”列：法制审核日期晚于决定日期（2021-12-20）"],
    ),
    "reviewed on no day": (
        {**DECIDED, **REVIEWED, "legal_reviewed_on": ""},
        "移送办案机构",
        [f"K30 {AT}“法制审核日期”列：写了法制审核人，没有写法制审核日期"],
    ),
    "reviewed by an inspector": (
        {**DECIDED, **REVIEWED, "legal_reviewer": "样例乙"},
        "移送办案机构",
        [f"K31 {AT}“法制审核人”列：法制审核人是这一户的检查人员或复查人员"],
    ),
    "reviewed by an inspector's number": (
        {**DECIDED, **REVIEWED, "legal_reviewer": "样例乙(p2)"},
        "移送办案机构",
        [f"K31 {AT}“法制审核人”列：法制审核人是这一户的检查人员或复查人员"],
    ),
    "reviewed by a re-checker": (
        {**MENDED, "legal_reviewer": "样例丙", "legal_reviewed_on": "2021-12-26"},
        "责令改正",
        [f"K31 {AT}“法制审核人”列：法制审核人是这一户的检查人员或复查人员"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_row_of_the_register(record, case):
    change, measure, messages = CASES[case]
    assert (
        found(record, [result(measure=[measure] if measure else [])], entry(**change)) == messages
    )


def test_a_problem_must_have_been_found(record):
    assert found(record, [result(results=["未发现问题"], measure=["责令改正"])], entry()) == [
        f"K20 {AT}“事项编号”列：这一户的这个事项没有发现问题"
    ]
    assert found(record, [], entry()) == [f"K20 {AT}“事项编号”列：这一户的这个事项还没有结果"]


def test_the_same_measure_twice(record):
    assert found(record, [result()], entry(), entry(row=3)) == [
        "K22 followup.xlsx 第 3 行 “处置措施”列：与第 2 行是同一户、同一事项、同一处置措施"
    ]


def test_all_problems_of_a_row_at_once(record):
    codes = [
        text[:3]
        for text in found(
            record,
            [result()],
            entry(
                rechecked_on="2021-12-01",
                referred_to="执法队",
                decision="1号",
                joint_punishment=True,
            ),
        )
    ]
    assert sorted(codes) == ["K23", "K25", "K26", "K27", "K29"]


def test_a_referral_closed_by_the_results_alone_is_said(record):
    problems = followup.problems(
        record, [result(measure=["移送办案机构"], closed_on="2021-12-30")], own(), {}
    )
    assert [(p.code, p.severity, p.place, p.message) for p in problems] == [
        (
            "K33",
            "warning",
            "results.xlsx 第 2 行 “完结日期”列",
            "“移送办案机构”只在结果回填表中写了完结日期",
        )
    ]


# --- what may not change ---

CLOSED = entry(**MENDED, closed_on="2021-12-25")


def test_a_closed_row_stays_as_it_was_archived(record):
    rows = [result()]
    assert found(record, rows, CLOSED, earlier=(CLOSED,)) == []
    assert (
        found(
            record,
            rows,
            {**CLOSED, "remark": "补记", "row": 9, "file": "x.xlsx"},
            earlier=(CLOSED,),
        )
        == []
    )
    late = {**CLOSED, "closed_on": "2021-12-26", "recheckers": ["样例甲", "样例乙"]}
    assert found(record, rows, late, earlier=(CLOSED,)) == [
        f"K32 {AT}“办结日期”列：已归档、已办结的处置与上次不同：复查人员、办结日期"
    ]
    assert found(record, rows, earlier=(CLOSED,)) == [
        "K32 followup “检查编号”列：已归档、已办结的处置不见了：tiny-001 I1 责令改正"
    ]


def test_a_row_that_is_open_may_change(record):
    assert found(record, [result()], CLOSED, earlier=(entry(),)) == []


@pytest.mark.parametrize("item", ["I1", ""])
def test_a_correction_lets_a_closed_row_change(record, item):
    late = {**CLOSED, "closed_on": "2021-12-26"}
    assert (
        found(record, [result()], late, earlier=(CLOSED,), corrections=(correction(item=item),))
        == []
    )
    assert (
        len(
            found(record, [result()], late, earlier=(CLOSED,), corrections=(correction(item="I2"),))
        )
        == 1
    )


@given(
    st.sampled_from(
        [
            c.key
            for c in schema.LATER["followup"]
            if c.key not in ("number", "item", "measure", "remark")
        ]
    )
)
def test_any_other_cell_that_changes_shows(key):
    other = (
        not CLOSED[key]
        if isinstance(CLOSED[key], bool)
        else ["另一人"]
        if isinstance(CLOSED[key], list)
        else f"{CLOSED[key]}9"
    )
    assert [p.code for p in followup.changed([CLOSED], [{**CLOSED, key: other}])] == ["K32"]
    assert followup.changed([CLOSED], [copy.deepcopy(CLOSED)]) == []


# --- when a visit is closed ---

CLOSING = {  # measures of the result, day in the results, rows of the register → when it was closed
    "by the results": (["责令改正"], "2021-12-28", [], "2021-12-28"),
    "not yet": (["责令改正"], "", [], ""),
    "by the register": (["责令改正"], "", [{"closed_on": "2021-12-25"}], "2021-12-25"),
    "the register decides": (["责令改正"], "2021-12-28", [{}], ""),
    "one of two measures": (["责令改正", "移送办案机构"], "", [{"closed_on": "2021-12-25"}], ""),
    "the other by the results": (
        ["责令改正", "移送办案机构"],
        "2021-12-28",
        [{"closed_on": "2021-12-25"}],
        "2021-12-28",
    ),
    "both": (
        ["责令改正", "移送办案机构"],
        "",
        [{"closed_on": "2021-12-25"}, {"measure": "移送办案机构", "closed_on": "2021-12-30"}],
        "2021-12-30",
    ),
}


@pytest.mark.parametrize("case", CLOSING)
def test_closed_when_every_measure_is(case):
    measures, day, rows, closed = CLOSING[case]
    given_ = own(*(entry(**row) for row in rows))
    row = result(measure=measures, closed_on=day)
    assert results.closed_on(row, given_) == closed
    assert results.state_of(1, [row], False, given_) == ("closed" if closed else "following")


# --- lists ---


@pytest.fixture
def done() -> dict:
    rows = [
        result(due="2021-12-30"),
        result(item="I2", measure=["移送办案机构", "抄告相关部门"]),
        result("tiny-002", visit="S002", due="2022-01-20"),
        result("tiny-003", item="I1", results=["未发现问题"], measure=[]),
    ]
    entries = [
        entry(due="2022-01-07", principle="谁审批谁负责"),
        entry(item="I2", **DECIDED, **REVIEWED, joint_punishment=True, closed_on="2021-12-20"),
    ]
    visits = [
        {"number": n, "name": name, "answered": 1, "date": DAY}
        for n, name in (
            (NUMBER, "样例一公司"),
            ("tiny-002", "样例二公司"),
            ("tiny-003", "样例三公司"),
        )
    ]
    return {
        "round": "tiny",
        "attempt": 1,
        "time": "2022-01-10T09:00:00+08:00",
        "rows": rows,
        "followup": entries,
        "visits": visits,
        "parameters": {"bureau": "样例局", "demonstration": True},
        "counts": {"following": 2},
    }


def test_the_register_of_problems(record, done):
    rows = followup_lists.register(record, done)
    assert [
        (
            r["number"],
            r["item"],
            r["measure"],
            r["responsible"],
            r["principle"],
            r["source"],
            r["due"],
            r["state"],
            r["left"],
        )
        for r in rows
    ] == [
        (
            NUMBER,
            "I1",
            "责令改正",
            "质量股",
            "谁审批谁负责",
            "后续处置表",
            "2022-01-07",
            "待复查",
            -3,
        ),
        (NUMBER, "I2", "移送办案机构", "质量股", "", "后续处置表", "", "已办结", None),
        (
            NUMBER,
            "I2",
            "抄告相关部门",
            "质量股",
            "谁主管谁监管",
            "未填，暂按主管股室",
            "",
            "待移送",
            None,
        ),
        (
            "tiny-002",
            "I1",
            "责令改正",
            "住建",
            "谁主管谁监管",
            "未填，暂按抽查主体",
            "2022-01-20",
            "待复查",
            10,
        ),
    ]
    assert followup_lists.counted(rows) == {
        "问题（户、事项、措施）": 4,
        "涉及户次": 2,
        "已办结": 1,
        "没有期限": 1,
        "已超期": 1,
        "7 日内到期": 0,
        "责任单位未填、暂定的": 2,
    }


def test_a_responsible_section_of_the_results_goes_before_a_proposal(record, done):
    done["rows"][2]["responsible"] = "质监站"
    assert [(r["responsible"], r["source"]) for r in followup_lists.register(record, done)][-1] == (
        "质监站",
        "结果回填表",
    )


@pytest.mark.parametrize(
    ("today", "when"),
    [
        ("2021-12-30", []),
        ("2021-12-31", ["7 日后到期"]),
        ("2022-01-07", ["今日到期"]),
        ("2022-01-13", ["超期 6 日", "7 日后到期"]),
    ],
)
def test_what_is_due(record, done, today, when):
    rows = followup_lists.register(record, {**done, "time": f"{today}T09:00:00+08:00"})
    assert [r["when"] for r in followup_lists.due_rows(rows)] == when


def test_overdue_by_section(record, done):
    assert followup_lists.by_section(followup_lists.register(record, done)) == [
        {"responsible": "质量股", "problems": 3, "open": 2, "overdue": 1, "soon": 0, "longest": 3},
        {"responsible": "住建", "problems": 1, "open": 1, "overdue": 0, "soon": 0, "longest": 0},
    ]


def test_referrals_for_each_department(record, done):
    rows = followup_lists.register(record, done)
    assert {
        key: [r["item"] for r in own_] for key, own_ in followup_lists.departments(rows).items()
    } == {("移送清单", "执法队"): ["I2"], ("抄告清单", "（没有写明单位）"): ["I2"]}


def test_joint_punishment_has_a_decision_or_is_not_listed(record, done):
    assert [
        (r["number"], r["decision"])
        for r in followup_lists.joint(followup_lists.register(record, done))
    ] == [(NUMBER, "样例罚决〔2021〕1号")]
    done["followup"][1] |= {"decision": ""}
    assert followup_lists.joint(followup_lists.register(record, done)) == []


def test_legal_review(record, done):
    assert [
        (r["legal_reviewer"], r["stand"])
        for r in followup_lists.legal(followup_lists.register(record, done))
    ] == [("样例丁", "已审核、已决定")]
    done["followup"][1] |= {
        "legal_reviewer": "",
        "legal_reviewed_on": "",
        "decided_on": "",
        "decision": "",
    }
    assert [r["stand"] for r in followup_lists.legal(followup_lists.register(record, done))] == [
        "待审核"
    ]


def test_re_checks_still_to_be_made_come_first(record, done):
    done["followup"][0] |= {**MENDED, "closed_on": "2022-01-05"}
    assert [
        (r["number"], r["recheck"])
        for r in followup_lists.rechecks(followup_lists.register(record, done))
    ] == [("tiny-002", ""), (NUMBER, "已改正")]


STATES = {
    "待复查": {},
    "复查未改正": {**MENDED, "recheck": "未改正"},
    "待办结": MENDED,
    "已办结": {**MENDED, "closed_on": "2021-12-25"},
}


@pytest.mark.parametrize("state", STATES)
def test_where_an_order_to_mend_stands(record, done, state):
    rows = followup_lists.register(record, {**done, "followup": [entry(**STATES[state])]})
    assert rows[0]["state"] == state


@pytest.mark.parametrize(
    ("keys", "state"),
    [
        ((), "待移送"),
        (("referred_to", "referred_on"), "已移送"),
        (("referred_on", "filed_on"), "已立案"),
        (("referred_on", "filed_on", "decided_on"), "已决定"),
    ],
)
def test_where_a_referral_stands(record, done, keys, state):
    row = entry(item="I2", measure="移送办案机构", **{key: DECIDED[key] for key in keys})
    assert followup_lists.register(record, {**done, "followup": [row]})[1]["state"] == state


# --- the whole-process record ---


def paper(number: str, name: str, content: str = "") -> dict:
    return {
        "number": number,
        "target": {"tiny-001": "S001", "tiny-002": "S002"}.get(number, ""),
        "officer": "",
        "paper": name,
        "file": f"{number} {name}{content}",
        "size": 9,
        "sha256": "0" * 64,
        "time": "2021-12-20T09:00:00+08:00",
    }


def test_what_is_there_of_each_visit(done):
    papers = {
        "papers": [
            *(paper(NUMBER, name) for name in (*process.WRITTEN, "责令改正通知书", "执法音像")),
            paper(NUMBER, "现场照片", "1"),
            paper(NUMBER, "现场照片", "2"),
            paper("tiny-002", "检查表"),
        ]
    }
    rows = process.rows(done, papers)
    assert (rows[0]["missing"], rows[0]["现场照片"], rows[0]["执法音像"]) == ((), "2 份", "1 份")
    assert (
        rows[1]["missing"]
        == (
            "行政检查审批表",
            "行政检查通知书",
            "现场检查笔录",
            "行政检查结果告知书",
            "送达回证",
            "责令改正通知书",
        )
        and rows[1]["现场照片"] == "—"
    )
    assert "责令改正通知书" not in rows[2]["missing"]  # nothing was ordered there
    assert process.counted(rows) == {
        "已检查（户次）": 3,
        "文字记录齐全": 1,
        "有现场照片": 1,
        "有执法音像": 1,
        "缺行政检查审批表": 2,
        "缺行政检查通知书": 2,
        "缺现场检查笔录": 2,
        "缺检查表": 1,
        "缺行政检查结果告知书": 2,
        "缺送达回证": 2,
        "缺责令改正通知书": 1,
    }


def test_a_visit_without_results_is_not_listed(done):
    done["visits"][0]["answered"] = 0
    assert [r["number"] for r in process.rows(done, {"papers": []})] == ["tiny-002", "tiny-003"]


NAMES = {
    "tiny-001 现场照片1.jpg": "现场照片",
    "TINY_001现场照片（门头）.HEIC": "现场照片",
    "tiny-2 执法音像1.mp4": "执法音像",
    "tiny-001 执法音像 录音.m4a": "执法音像",
}


@pytest.mark.parametrize("name", NAMES)
def test_photos_and_recordings_are_taken_in(record, name):
    assert [p["paper"] for p in scans.meaning(record, name)] == [NAMES[name]]


REFUSED = {
    "tiny-001 检查表.mp4": "检查表不能是 mp4 文件",
    "tiny-001 现场照片1.pdf": "现场照片不能是 pdf 文件",
    "tiny-001 执法音像.jpg": "执法音像不能是 jpg 文件",
    "tiny 现场照片.jpg": "现场照片前面应写检查编号",
    "tiny-001 录像.mp4": "没有写明是哪种文书",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_none(record, name):
    with pytest.raises(scans.Unclear) as unclear:
        scans.meaning(record, name)
    assert unclear.value.message == REFUSED[name]


def test_a_name_with_a_phone_number_is_refused(record):
    found_ = scans.problems(
        record, [{"file": "tiny-001 现场照片 13912345678.jpg", "size": 1, "sha256": "0" * 64}]
    )
    assert [(p.code, p.file) for p in found_] == [("W05", "tiny-001 现场照片 139******78.jpg")]


# --- the workbook, and what is invented ---


def test_the_workbook_has_a_sheet_for_each_department(record, done, monkeypatch):
    monkeypatch.setattr(followupbook.params, "banners", lambda _: ["演示批次"])
    sheets = followupbook.sheets(record, done, {"papers": [paper(NUMBER, "现场照片")]})
    assert list(sheets) == [
        "说明",
        "问题台账",
        "到期与超期",
        "各责任单位",
        "复查",
        "移送与抄告",
        "移送01",
        "抄告02",
        "联合惩戒",
        "法制审核",
        "全过程记录",
        "文书影像登记",
    ]
    assert (
        list(sheets["移送01"]["决定文书号"]) == ["样例罚决〔2021〕1号"]
        and len(sheets["问题台账"]) == 4
    )
    assert list(sheets["文书影像登记"]["原文件校验码"]) == ["0" * 64]


def invented_row(measure: str, closed) -> dict:
    import datetime as dt

    return {
        "检查编号": NUMBER,
        "事项编号": ITEM,
        "检查人员": "样例甲（P1）、样例乙（P2）",
        "检查日期": dt.date(2021, 12, 10),
        "处置措施": measure,
        "责任单位": "质量股",
        "整改期限": dt.date(2022, 1, 9),
        "完结日期": closed,
    }


@pytest.mark.parametrize(
    "measure", ["责令改正", "移送办案机构", "抄告相关部门", "反馈日常监管部门"]
)
@pytest.mark.parametrize("days", [0, 2, 12, 40])
def test_invented_follow_ups_are_sound(record, measure, days):
    import datetime as dt

    from ssj.results import findings
    from ssj.tables.cells import PARSERS, choice

    today = dt.date(2021, 12, 10) + dt.timedelta(days)
    closed = dt.date(2021, 12, 24) if days >= 14 else ""
    made = invented_followup.rows(
        "tiny",
        [invented_row(measure, closed), invented_row("", "")],
        today,
        lambda day: day.weekday() < 5,
    )
    assert len(made) == 1
    typed = {
        c.key: findings.as_json(
            (choice(made[0][c.header], c.words) if c.words else PARSERS[c.kind](made[0][c.header]))
            if made[0][c.header] != ""
            else c.default
        )
        for c in schema.LATER["followup"]
    }
    assert not any(
        isinstance(value, dt.date) and value > today
        for key, value in made[0].items()
        if key != "期限"
    )
    assert (
        found(
            record,
            [result(measure=[measure])],
            {**typed, "number": NUMBER, "file": "followup.xlsx", "row": 2},
        )
        == []
    )
    assert bool(typed["closed_on"]) == bool(closed)


def test_the_checks_are_all_documented():
    codes = {
        line.split("|")[1].strip()
        for line in followup.__doc__.splitlines()
        if line.startswith("| K")
    }
    assert codes == {f"K{n}" for n in range(20, 34)}
