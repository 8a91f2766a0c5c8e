"""结果回填表 against the drawn visits: each code once with its whole message, excuses, what a
review fixes, several files; nothing is lost.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returned import ANSWER, PROBLEM, TIME, WHOLE, answered, blank_rows, windowed, write

from ssj import protocol
from ssj.base.errors import InputError
from ssj.draw import lists
from ssj.results import fieldfiles, finding_checks, findings
from ssj.tables import schema


@pytest.fixture
def record(small_record) -> dict:
    return windowed(small_record)


def read(record, folder: Path, rows: list[dict], **more) -> findings.Findings:
    return findings.read(write(folder, rows), record, more.pop("time", TIME), **more)


def said(found: findings.Findings) -> list[str]:
    return [str(p) for p in found.problems]


def test_the_form_as_handed_out_waits_without_a_problem(record, tmp_path):
    found = read(record, tmp_path, blank_rows(record))
    assert (said(found), found.rows, found.waiting, found.wrong) == ([], [], 5, 0)


def test_answered_rows_are_recorded(record, tmp_path):
    found = read(record, tmp_path, answered(record, **PROBLEM, 备注="样例"))
    assert (said(found), found.waiting, found.wrong, len(found.rows)) == ([], 2, 0, 3)
    assert [r for r in found.rows if (r["visit"], r["item"]) == WHOLE] == [
        {
            "visit": "S004",
            "number": "tiny-002",
            "item": "I1",
            "date": "2021-12-08",
            "officers": ["P2", "P3"],
            "results": ["发现问题已责令改正"],
            "measure": ["责令改正"],
            "responsible": "乙股",
            "due": "",
            "closed_on": "",
            "entered_by": "样例录入员",
            "entered_on": "2021-12-09",
            "reviewer": "样例审核人",
            "published_on": "",
            "address": "",
            "not_public": "",
            "excuse": "",
            "remark": "样例",
            "excused": [],
            "file": "results.csv",
            "row": 3,
        }
    ]


def test_the_number_of_the_province_s_code_is_kept_beside_it(record, tmp_path):
    """And is absent where nobody has one, as in records that were made before."""
    found = read(record, tmp_path, answered(record, 扫码入企编号="SM20211208001"))
    assert [r.get("scan_code") for r in found.rows].count("SM20211208001") == 1
    assert said(found) == []


# name → (cells of S004's row I1, what is said)
CASES: dict[str, tuple[dict, list[str]]] = {
    "E20 not drawn": (
        {"检查编号": "tiny-009"},
        [
            (
                "results.csv 第 3 行 “检查编号”列：本批次没有抽中这一户，没有这个检查编号，"
                "现为“TINY-009”。请核对检查编号；没有抽中的检查不能录入，别的批次、"
                "作废的抽取发下的表也不能用。"
            ),
        ],
    ),
    "E20 another attempt": (
        {"检查编号": "tiny(2)-002"},
        [
            (
                "results.csv 第 3 行 “检查编号”列：本批次没有抽中这一户，没有这个检查编号，"
                "现为“TINY(2)-002”。请核对检查编号；没有抽中的检查不能录入，别的批次、"
                "作废的抽取发下的表也不能用。"
            ),
        ],
    ),
    "E21 another firm": (
        {"编号": "S001"},
        [
            (
                "results.csv 第 3 行 “编号”列：编号与检查编号不是同一户，tiny-002 是 S004，"
                "现为“S001”。请核对编号，看这一行是否错位。"
            ),
        ],
    ),
    "E22 item": (
        {"事项编号": "I9"},
        [
            (
                "results.csv 第 3 行 “事项编号”列：这一户没有抽中这个事项（应为 I1、I2），"
                "现为“I9”。请核对事项编号；没有抽中的事项不能录入。"
            ),
        ],
    ),
    "E42 the other item of the same firm": (
        {"事项编号": "I2"},
        [
            (
                "results.csv 第 3 行 “事项名称”列：事项名称与封库时的不同（应为 事项I2），"
                "现为“事项I1”。请看这一行是否错位，按发下的表改回，或删去这一列；企业更名的，"
                "写在备注。确有原因的，写明例外说明，由检查人员、录入人以外的人审核。"
            ),
        ],
    ),
    "E24 before the draw": (
        {"检查日期": "2021-11-25"},
        [
            (
                "results.csv 第 3 行 “检查日期”列：检查日期早于抽取（2021-11-26），"
                "现为“2021-11-25”。请核对日期；抽取以前的检查不是本批次的检查。"
            ),
        ],
    ),
    "E25 in the future": (
        {"检查日期": "2021-12-21"},
        [
            (
                "results.csv 第 3 行 “检查日期”列：检查日期晚于今天（2021-12-20），"
                "现为“2021-12-21”。请核对日期。"
            ),
        ],
    ),
    "E25 entered in the future": (
        {"录入日期": "2021-12-31"},
        [
            (
                "results.csv 第 3 行 “录入日期”列：录入日期晚于今天（2021-12-20），"
                "现为“2021-12-31”。请核对日期。"
            ),
        ],
    ),
    "E26 outside the window": (
        {"检查日期": "2021-12-18", "录入日期": "2021-12-19"},
        [
            (
                "results.csv 第 3 行 “检查日期”列：检查日期不在检查期间（2021-12-06 至 "
                "2021-12-17）内，现为“2021-12-18”。请核对日期；确有原因的，写明例外说明，"
                "由检查人员、录入人以外的人审核。"
            ),
        ],
    ),
    "E26 excused": (
        {"检查日期": "2021-12-18", "录入日期": "2021-12-19", "例外说明": "样例原因"},
        [
            (
                "results.csv 第 3 行 “检查日期”列：检查日期不在检查期间（2021-12-06 至 "
                "2021-12-17）内，现为“2021-12-18”。例外说明：样例原因；审核人：样例审核人。"
            ),
        ],
    ),
    "E26 excused by who entered it": (
        {
            "检查日期": "2021-12-18",
            "录入日期": "2021-12-19",
            "例外说明": "样例原因",
            "录入人": "样例审核人",
        },
        [
            (
                "results.csv 第 3 行 “检查日期”列：检查日期不在检查期间（2021-12-06 至 "
                "2021-12-17）内，现为“2021-12-18”。请核对日期；确有原因的，写明例外说明，"
                "由检查人员、录入人以外的人审核。"
            ),
            (
                "results.csv 第 3 行 “审核人”列：录入人和审核人是同一人，现为“样例审核人”。"
                "请由另一人审核；人手不够的，可以不改。"
            ),
        ],
    ),
    "E26 excused by who inspected": (
        {
            "检查日期": "2021-12-18",
            "录入日期": "2021-12-19",
            "例外说明": "样例原因",
            "审核人": "样例丙",
        },
        [
            (
                "results.csv 第 3 行 “检查日期”列：检查日期不在检查期间（2021-12-06 至 "
                "2021-12-17）内，现为“2021-12-18”。请核对日期；确有原因的，写明例外说明，"
                "由检查人员、录入人以外的人审核。"
            ),
        ],
    ),
    "E27 no date": (
        {"检查日期": ""},
        [
            (
                "results.csv 第 3 行 “检查日期”列：没有填检查日期。请补上；还没有检查的，"
                "这一行除发下时已有的以外都留空。"
            ),
        ],
    ),
    "E27 no results": (
        {"检查结果": ""},
        [
            (
                "results.csv 第 3 行 “检查结果”列：没有填检查结果。请补上；还没有检查的，"
                "这一行除发下时已有的以外都留空。"
            ),
        ],
    ),
    "E27 no officers": (
        {"检查人员": ""},
        [
            (
                "results.csv 第 3 行 “检查人员”列：没有填检查人员。请补上；还没有检查的，"
                "这一行除发下时已有的以外都留空。"
            ),
        ],
    ),
    "E28 a stranger": (
        {"检查人员": "样例乙、样例丙、样例生人"},
        [
            (
                "results.csv 第 3 行 “检查人员”列：不是这一户的检查人员：样例生人（检查组："
                "样例乙（P2）、样例丙（P3）、样例丁（P4）），现为“样例乙、样例丙、样例生人”。"
                "请核对，同名的写工号；更换检查人员要先用 ssj amend 登记。确有原因的，"
                "写明例外说明，由检查人员、录入人以外的人审核。"
            ),
        ],
    ),
    "E28 excused": (
        {"检查人员": "样例乙、样例丙、样例生人", "例外说明": "样例原因"},
        [
            (
                "results.csv 第 3 行 “检查人员”列：不是这一户的检查人员：样例生人（检查组："
                "样例乙（P2）、样例丙（P3）、样例丁（P4）），现为“样例乙、样例丙、样例生人”。"
                "例外说明：样例原因；审核人：样例审核人。"
            ),
        ],
    ),
    "E28 of the roster": (
        {"检查人员": "样例乙、样例丙、P1"},
        [
            (
                "results.csv 第 3 行 “检查人员”列：不是这一户的检查人员：P1（检查组："
                "样例乙（P2）、样例丙（P3）、样例丁（P4）），现为“样例乙、样例丙、P1”。请核对，"
                "同名的写工号；更换检查人员要先用 ssj amend 登记。确有原因的，写明例外说明，"
                "由检查人员、录入人以外的人审核。"
            ),
        ],
    ),
    "E29 one officer and an expert": (
        {"检查人员": "样例乙、样例丁"},
        [
            (
                "results.csv 第 3 行 “检查人员”列：执法人员不足 2 名，现为“样例乙、样例丁”。"
                "执法检查不得少于两名执法人员，专家不算；确有原因的，写明例外说明，由检查人员、"
                "录入人以外的人审核。"
            ),
            (
                "results.csv 第 3 行 “检查人员”列：检查组中没有写到：样例丙（P3），现为“样例乙、"
                "样例丁”。请核对是否漏写；确实没有去的，在备注写明原因。"
            ),
        ],
    ),
    "E30": (
        {"检查结果": "未发现问题；发现问题已责令改正", "处置措施": "责令改正"},
        [
            (
                "results.csv 第 3 行 “检查结果”列：“未发现问题”不能与其他结果同时写，"
                "现为“未发现问题；发现问题已责令改正”。请核对检查结果。"
            ),
        ],
    ),
    "E33 nobody entered it": (
        {"录入人": ""},
        [
            (
                "results.csv 第 3 行 “审核人”列：已写审核人，但没有写录入人，现为“样例审核人”。"
                "录入以后才能审核，请补上。"
            ),
        ],
    ),
    "E33 no day of entry": (
        {"录入日期": ""},
        [
            (
                "results.csv 第 3 行 “审核人”列：已写审核人，但没有写录入日期，现为“样例审核人”。"
                "录入以后才能审核，请补上。"
            ),
        ],
    ),
    "E34 who entered it reviewed it": (
        {"录入人": "样例审核人"},
        [
            (
                "results.csv 第 3 行 “审核人”列：录入人和审核人是同一人，现为“样例审核人”。"
                "请由另一人审核；人手不够的，可以不改。"
            ),
        ],
    ),
    "E35 entered before the visit": (
        {"录入日期": "2021-12-07"},
        [
            (
                "results.csv 第 3 行 “录入日期”列：录入日期早于检查日期（2021-12-08），"
                "现为“2021-12-07”。请核对日期。"
            ),
        ],
    ),
    "E35 published before the visit": (
        {"公示日期": "2021-12-07"},
        [
            (
                "results.csv 第 3 行 “公示日期”列：公示日期早于检查日期（2021-12-08），"
                "现为“2021-12-07”。请核对日期。"
            ),
        ],
    ),
    "E36 not reviewed": (
        {"审核人": "", "公示日期": "2021-12-10"},
        [
            (
                "results.csv 第 3 行 “公示日期”列：还没有审核，不能公示，现为“2021-12-10”。"
                "请先审核，写明审核人。"
            ),
        ],
    ),
    "E37 measure": (
        {"检查结果": "发现问题已责令改正", "处置措施": "责令改正、罚款、没收", "责任单位": "乙股"},
        [
            (
                "results.csv 第 3 行 “处置措施”列：没有这种处置措施：罚款、没收，现为“责令改正、"
                "罚款、没收”。可以写：无需后续处置、责令改正、移送办案机构、抄告相关部门、"
                "反馈日常监管部门、其他；几种用顿号隔开。"
            ),
        ],
    ),
    "E38 no measure": (
        {"检查结果": "发现问题已责令改正"},
        [
            (
                "results.csv 第 3 行 “处置措施”列：发现问题，没有写处置措施。请写明处置措施；"
                "不需要处置的，写“无需后续处置”。"
            ),
        ],
    ),
    "E39 nobody responsible": (
        {
            "检查结果": "发现问题已责令改正",
            "处置措施": "责令改正",
            "责任单位": "",
            "整改期限": "2022-01-10",
        },
        [
            (
                "results.csv 第 3 行 “责任单位”列：写了整改期限或完结日期，没有写责任单位。"
                "请写明由谁负责（谁审批谁负责、谁主管谁监管）。"
            ),
        ],
    ),
    "E42 name": (
        {"名称": "样例第5公司"},
        [
            (
                "results.csv 第 3 行 “名称”列：名称与封库时的不同（应为 样例第4公司），"
                "现为“样例第5公司”。请看这一行是否错位，按发下的表改回，或删去这一列；"
                "企业更名的，写在备注。确有原因的，写明例外说明，由检查人员、录入人以外的人审核。"
            ),
        ],
    ),
    "E42 name of the item": (
        {"事项名称": "事项I2"},
        [
            (
                "results.csv 第 3 行 “事项名称”列：事项名称与封库时的不同（应为 事项I1），"
                "现为“事项I2”。请看这一行是否错位，按发下的表改回，或删去这一列；企业更名的，"
                "写在备注。确有原因的，写明例外说明，由检查人员、录入人以外的人审核。"
            ),
        ],
    ),
    "E42 renamed, excused": (
        {"名称": "样例新名公司", "例外说明": "样例原因"},
        [
            (
                "results.csv 第 3 行 “名称”列：名称与封库时的不同（应为 样例第4公司），"
                "现为“样例新名公司”。例外说明：样例原因；审核人：样例审核人。"
            ),
        ],
    ),
    "E46 kind alone": (
        {"检查结果": "违反其他规定", "处置措施": "责令改正", "责任单位": "乙股"},
        [
            (
                "results.csv 第 3 行 “检查结果”列：“违反其他规定”是“发现问题待后续处理”的一种，"
                "没有同时写后者，现为“违反其他规定”。请写成“发现问题待后续处理；违反其他规定”。"
            ),
        ],
    ),
    "E47 no kind": (
        {"检查结果": "发现问题待后续处理", "处置措施": "责令改正", "责任单位": "乙股"},
        [
            (
                "results.csv 第 3 行 “检查结果”列：“发现问题待后续处理”没有写明是哪一种，"
                "现为“发现问题待后续处理”。请在后面加上：未按规定公示应当公示的信息、"
                "公示信息隐瞒真实情况、弄虚作假、通过登记的住所（经营场所）无法联系、"
                "违反其他规定。"
            ),
        ],
    ),
    "E48": (
        {"不公示理由": "国家秘密", "公示日期": "2021-12-10"},
        [
            (
                "results.csv 第 3 行 “公示日期”列：依法不公示的，又写了公示日期，"
                "现为“2021-12-10”。请核对；已经公示出去的，用更正撤下登记表登记撤下。"
            ),
        ],
    ),
    "E49 gone for one item": (
        {"检查结果": "已关闭停业或正在组织清算"},
        [
            (
                "results.csv 第 3 行 “检查结果”列：同一次检查，"
                "这一事项写的是“已关闭停业或正在组织清算”，别的事项不是，"
                "现为“已关闭停业或正在组织清算”。请核对：关闭、迁移、无法联系的，各事项应当相同。"
            ),
        ],
    ),
    "category not in the table": (
        {"检查结果": "合格"},
        [
            (
                "results.csv 第 3 行 “检查结果”列：不认识的写法，现为“合格”。"
                "可以写：“未发现问题”“发现问题已责令改正”“发现问题待后续处理”"
                "“未发现开展本次抽查涉及的经营活动”“已关闭停业或正在组织清算”“不配合检查情节严重”"
                "“迁移、注销等其他情况”“未按规定公示应当公示的信息”“公示信息隐瞒真实情况、"
                "弄虚作假”“通过登记的住所（经营场所）无法联系”“违反其他规定”。"
            ),
        ],
    ),
    "a date that is none": (
        {"检查日期": "十二月八日"},
        [
            (
                "results.csv 第 3 行 “检查日期”列：日期不能识别，现为“十二月八日”。请写成 "
                "2021-12-31 这样的日期；长期有效写“长期”；一段时间写“2021-12-06至2021-12-10”。"
            ),
        ],
    ),
    "a day that doesn't exist": (
        {"检查日期": "2021-02-30"},
        [
            (
                "results.csv 第 3 行 “检查日期”列：日期不能识别，现为“2021-02-30”。请写成 "
                "2021-12-31 这样的日期；长期有效写“长期”；一段时间写“2021-12-06至2021-12-10”。"
            ),
        ],
    ),
    "a phone number": (
        {"备注": "电话13812345678"},
        [
            (
                "results.csv 第 3 行 “备注”列：文字里有身份证号或手机号，不得进入档案，"
                "现为“电话138******78”。请删去号码；确需保留的另存，不放进本表。"
            ),
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_fault_is_said_once(record, tmp_path, name):
    change, expected = CASES[name]
    assert said(read(record, tmp_path, answered(record, **change))) == expected


def codes(found: findings.Findings) -> list[tuple[str, str, int | None]]:
    return [(p.code, p.severity, p.row) for p in found.problems]


def row_of(rows: list[dict], number: str, item: str) -> dict:
    return next(r for r in rows if (r["检查编号"], r["事项编号"]) == (number, item))


def test_what_passes_with_a_reason_is_recorded_with_it(record, tmp_path):
    change, _ = CASES["E26 excused"]
    found = read(record, tmp_path, answered(record, **change))
    assert [
        (r["visit"], r["item"], r["excused"], r["excuse"], r["reviewer"]) for r in found.excused
    ] == [("S004", "I1", ["E26"], "样例原因", "样例审核人")]
    assert set(finding_checks.EXCUSED) == {
        c.code for c in finding_checks.CHECKS.values() if c.excusable
    }


def test_items_without_a_result(record, tmp_path):
    rows = answered(record, 审核人="")
    row_of(rows, "tiny-002", "I2").update(dict.fromkeys(ANSWER, ""))
    assert said(read(record, tmp_path, rows)) == [
        (
            "results.csv 第 3 行 “事项编号”列：这一户还有事项没有结果：I2，现为“I1”。请补上；"
            "各事项都有结果，这一户才算录入完毕。"
        )
    ]
    row_of(rows, "tiny-002", "I1")["审核人"] = "样例审核人"
    assert said(read(record, tmp_path, rows)) == [
        (
            "results.csv 第 3 行 “审核人”列：已写审核人，但这一户还有事项没有结果：I2，"
            "现为“样例审核人”。请补上各事项的结果，再审核。"
        )
    ]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"检查日期": "某日"},
        {"事项编号": ""},
        {"编号": "S001"},
        {"检查编号": "tiny-009"},
        {"名称": "样例新名公司"},
    ],
)
def test_a_faulty_row_makes_no_other_fault(record, tmp_path, spoilt):
    """Nor is its visit said to lack an item, nor the reviewed row to be missing."""
    before = read(record, tmp_path, answered(record)).rows
    assert len(read(record, tmp_path, answered(record, **spoilt), earlier=before).problems) == 1


def test_the_same_item_twice_in_one_file_and_across_files(record, tmp_path):
    rows = answered(record)
    twice = row_of(rows, "tiny-002", "I1")
    assert codes(read(record, tmp_path / "one", [*rows, twice])) == [("E23", "error", 7)]
    assert said(read(record, tmp_path / "one", [*rows, twice])) == [
        (
            "results.csv 第 7 行 “事项编号”列：与 results.csv 第 3 行是同一检查、同一事项，"
            "现为“I1”。一户的一个事项只能有一个结果，请核对后删去一行。"
        )
    ]
    folder = tmp_path / "many" / "results"
    (
        write(folder, rows[:2], "甲股.csv"),
        write(
            folder,
            [*rows[2:], {**twice, "检查结果": "不配合检查情节严重", "处置措施": "移送办案机构"}],
            "乙股.csv",
        ),
    )
    assert said(findings.read(tmp_path / "many", record, TIME)) == [
        (
            "甲股.csv 第 3 行 “事项编号”列：与 乙股.csv 第 5 行是同一检查、同一事项，现为“I1”。"
            "一户的一个事项只能有一个结果，请核对后删去一行。"
        )
    ]


def test_a_blank_row_beside_an_answered_one_is_no_second_result(record, tmp_path):
    rows = answered(record)
    found = read(record, tmp_path, [*rows, *(r for r in blank_rows(record) if r["编号"] == "S004")])
    assert (said(found), found.waiting) == ([], 4)


def test_a_blank_row_must_belong_to_the_round_too(record, tmp_path):
    rows = [
        {**blank_rows(record)[0], "检查编号": "tiny(2)-001"},
        {**blank_rows(record)[1], "编号": "S001"},
        *blank_rows(record)[2:],
    ]
    assert codes(read(record, tmp_path, rows)) == [("E20", "error", 2), ("E21", "error", 3)]


def test_both_ways_at_once_and_files_that_are_no_tables(record, tmp_path):
    write(tmp_path, blank_rows(record)), write(tmp_path / "results", blank_rows(record))
    with pytest.raises(InputError) as caught:
        findings.read(tmp_path, record, TIME)
    assert [str(p) for p in caught.value.problems] == [
        (
            "results：既有 results.xlsx，又有 results 文件夹。请只用一种：一份总表，"
            "或各股室一份、都放在 results 文件夹。"
        )
    ]
    (tmp_path / "results.csv").unlink()
    (tmp_path / "results" / "~$乙股.xlsx").write_bytes(b"lock")
    assert findings.read(tmp_path, record, TIME).waiting == 5
    (tmp_path / "results" / "丙股.et").write_bytes(b"x")
    (problem,) = findings.read(tmp_path, record, TIME).problems
    assert problem.severity == "error" and "内容不是 et 表格" in problem.message
    (tmp_path / "results" / "丙股.et").rename(tmp_path / "results" / "丙股.docx")
    with pytest.raises(InputError) as caught:
        findings.read(tmp_path, record, TIME)
    assert [str(p) for p in caught.value.problems] == [
        (
            "results：results 文件夹中有不是表格的文件：丙股.docx。请另存为 xlsx（也可以是 xls、"
            "csv、parquet），直接放在这个文件夹；不是结果回填表的，移走。"
        )
    ]


# --- what a review has fixed ---

LATER = {  # cells that differ from the stage before → what is said to have changed
    "results": (PROBLEM, "检查结果"),
    "date": ({"检查日期": "2021-12-07"}, "检查日期"),
    "officers": ({"检查人员": "样例丙、样例丁、样例乙"}, "检查人员"),
    "entered by": ({"录入人": "样例录入员乙"}, "录入人"),
    "entered on": ({"录入日期": "2021-12-08"}, "录入日期"),
    "the review taken back": ({"审核人": ""}, "审核人"),
    "another reviewer": ({"审核人": "样例审核人乙"}, "审核人"),
    "a reason not to publish": ({"不公示理由": "国家秘密"}, "不公示理由"),
    "two": ({"检查日期": "2021-12-07", **PROBLEM}, "检查日期、检查结果"),
}


@pytest.mark.parametrize("name", LATER)
def test_a_reviewed_result_changes_only_with_a_correction(record, tmp_path, name):
    change, fields = LATER[name]
    before = read(record, tmp_path, answered(record)).rows
    found = read(record, tmp_path, answered(record, **change), earlier=before)
    assert [p.message for p in found.problems if p.severity == "error"] == [
        f"已审核的结果与上次归档的不同：{fields}"
    ]
    for corrected in (("tiny-002", "I1"), ("tiny-002", "")):
        assert [
            p
            for p in read(
                record, tmp_path, answered(record, **change), earlier=before, corrected=[corrected]
            ).problems
            if p.severity == "error"
        ] == []
    assert (
        codes(
            read(
                record,
                tmp_path,
                answered(record, **change),
                earlier=before,
                corrected=[("tiny-002", "I2"), ("tiny-001", "")],
            )
        )[0][0]
        == "E40"
    )


def test_what_is_filled_in_later_is_fixed_then(record, tmp_path):
    before = read(record, tmp_path, answered(record, **PROBLEM)).rows
    posted = answered(
        record, **PROBLEM, 公示日期="2021-12-14", 完结日期="2021-12-15", 整改期限="2022-01-08"
    )
    found = read(record, tmp_path, posted, earlier=before)
    assert said(found) == []
    changed = answered(
        record, **{**PROBLEM, "处置措施": "其他"}, 公示日期="2021-12-13", 整改期限="2022-02-08"
    )
    assert said(read(record, tmp_path, changed, earlier=found.rows)) == [
        (
            "results.csv 第 3 行 “处置措施”列：已审核的结果与上次归档的不同：处置措施、公示日期、"
            "完结日期，现为“其他”。"
            "已审核的结果不能直接改。确实有误的，在更正撤下登记表中登记更正，与改好的表一起交回；"
            "每登记一次，可以改一次。"
        )
    ]


def test_what_was_not_reviewed_may_change_or_go(record, tmp_path):
    before = read(record, tmp_path, [{**r, "审核人": ""} for r in answered(record)]).rows
    assert (
        len(before) == 3
        and said(read(record, tmp_path, answered(record, **PROBLEM), earlier=before)) == []
    )
    assert said(read(record, tmp_path, blank_rows(record), earlier=before)) == []


def test_reviewed_rows_that_are_missing_are_said_once_for_each_file(record, tmp_path):
    before = read(record, tmp_path, answered(record)).rows
    before = [{**r, "file": "乙股.csv" if r["visit"] == "S004" else "甲股.csv"} for r in before]
    found = read(record, tmp_path, blank_rows(record), earlier=before)
    assert said(found) == [
        (
            f"{file} “检查编号”列：上次归档、已审核的结果不见了：{rows}。"
            "请从上次的结果回填表中恢复这些行；每次交回的表要包括以前的结果。"
        )
        for file, rows in (("甲股.csv", "tiny-001 I1"), ("乙股.csv", "tiny-002 I1、tiny-002 I2"))
    ]


# --- who was there ---


def amended(record, day: str) -> dict:
    """P2 leaves the team of S004 on ``day``, and P1 comes."""
    team = [t["officer"] for t in record["officers"]["taken"] if t["visit"] == "S004"]
    left, came = team[0], next(o for o in ("P1", "P2", "P3") if o not in team)
    seat = next(
        t for t in record["officers"]["taken"] if t["visit"] == "S004" and t["officer"] == left
    )
    return {
        **record,
        "amendments": [
            {
                "officer": left,
                "visits": ["S004"],
                "all": False,
                "date": day,
                "taken": [{**seat, "officer": came}],
                "raised": [],
                "skipped": [],
            }
        ],
    }


@pytest.mark.parametrize(
    ("day", "went", "expected"),
    [
        ("2021-12-08", "now", []),
        ("2021-12-08", "before", []),
        ("2021-12-07", "now", []),
        ("2021-12-09", "before", []),
        ("2021-12-07", "before", [("E43", "样例乙（P2）")]),
        ("2021-12-09", "now", [("E43", "样例甲（P1）")]),
    ],
)
def test_who_left_and_who_came_count_on_their_own_days(record, tmp_path, day, went, expected):
    """The visit was on 2021-12-08."""
    changed = amended(record, day)
    rows = answered(changed)
    for row in rows:
        if row["编号"] == "S004":
            row["检查人员"] = {"now": "P1、P3", "before": "P2、P3"}[went]
    found = read(changed, tmp_path, rows)
    assert sorted({(p.code, p.message.partition("：")[2]) for p in found.problems}) == expected


@pytest.mark.parametrize(
    ("day", "goes"), [("2021-12-07", "came"), ("2021-12-08", "came"), ("2021-12-09", "left")]
)
def test_who_would_go_on_a_day(record, day, goes):
    """The visit is on 2021-12-08; ``day`` is the amendment's. Invented results take those, so that
    demonstrations amended years later are sound.
    """
    changed = amended(record, day)
    left, came = (
        changed["amendments"][0]["officer"],
        changed["amendments"][0]["taken"][0]["officer"],
    )
    team = finding_checks.who_goes(changed, "2021-12-08")["S004"]
    assert (
        {"left": left, "came": came}[goes] in team,
        {"left": came, "came": left}[goes] in team,
        len(team),
    ) == (True, False, 2)


def test_a_certificate_that_has_ended(record, tmp_path):
    next(o for o in record["tables"]["officers"] if o["id"] == "P3")["internal"][
        "certificate_until"
    ] = "2021-12-07"
    assert said(read(record, tmp_path, [r for r in answered(record) if r["编号"] != "S001"]))[
        0
    ] == (
        "results.csv 第 2 行 “检查人员”列：检查当天执法证已经到期：样例丙（P3） 2021-12-07，"
        "现为“样例乙(P2)、样例丙(P3)”。请核对日期；已换证的，写明新证有效期作为例外说明。"
        "确有原因的，写明例外说明，由检查人员、录入人以外的人审核。"
    )


def test_people_of_the_same_name_are_told_apart_by_their_numbers(record, tmp_path):
    for officer in record["tables"]["officers"]:
        officer["identity"]["name"] = "样例同名"
    rows = answered(record, 检查人员="样例同名、P3")
    found = read(record, tmp_path, rows)
    assert [(p.code, p.row) for p in found.problems] == [("E28", 3), ("E29", 3)]


def exported(record, folder: Path, change=lambda first: first, spoil=lambda text: text) -> list:
    """What is said of the file that S004's team exports from its page (现场检查表), with another
    first line, or spoilt after its digest was made.
    """
    number = lists.visit_numbers(record)["S004"]
    rows = [r for r in answered(record) if r["检查编号"] == number]
    seats = [t for own in protocol.teams_now(record).values() for t in own]
    team = "、".join(sorted({t["officer"] for t in seats if t["visit"] == "S004"}))
    first = [record["round"], str(record["attempt"]), record["commitment"], team, TIME]
    head = ",".join([fieldfiles.MARK, *change(first)]) + "\r\n"
    table = io.StringIO()
    writer = csv.DictWriter(table, [c.header for c in schema.LATER["results"]])
    writer.writeheader()
    writer.writerows(rows)
    digest = protocol.sha256(head + table.getvalue())
    text = f"\ufeff{head}{fieldfiles.DIGEST},{digest}\r\n{table.getvalue()}"
    (folder / "results.csv").write_bytes(spoil(text).encode("utf-8"))
    found = findings.read(folder, record, TIME)
    return [len(found.rows), *(str(p) for p in found.problems if p.severity == "error")]


def test_a_file_that_a_team_exported(record, tmp_path):
    """E52 to E54, and what is read where nothing is wrong."""
    assert exported(record, tmp_path) == [2]
    assert exported(record, tmp_path, spoil=lambda text: text.replace("未发现问题", "")) == [
        0,
        (
            "results.csv：这份现场检查表的文件不完整，或者导出以后改动过。请交页面导出的原文件，"
            "不要用 Excel 打开再保存；要改的，在页面上改后重新导出，或者改用结果回填表。"
        ),
    ]
    assert exported(record, tmp_path, lambda first: ["2020Q1", *first[1:]]) == [
        0,
        (
            "results.csv：这份现场检查表是 2020Q1 第 1 次抽取的，不是本批次本次抽取的。"
            "请放到它自己的批次；作废的抽取发下的页面不能再用。"
        ),
    ]
    assert exported(record, tmp_path, lambda first: [*first[:3], "P1、P9", TIME]) == [
        0,
        (
            "results.csv：这份现场检查表的检查组（P1、P9）不是这几户现在的检查组：tiny-002。"
            "请交这几户检查组自己的文件；抽后调整以后，请运行 ssj papers，用重新生成的页面，"
            "或者改用结果回填表。"
        ),
    ]


def test_every_check_has_its_case():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [
        code
        for code in finding_checks.CHECKS
        if code not in source and finding_checks.CHECKS[code].message[:6] not in source
    ] == []


# --- nothing is lost ---

CELLS = {
    "检查编号": ["tiny-001", "tiny-002", "tiny-003", "tiny-9", ""],
    "编号": ["S001", "S004", "S005", "S9", ""],
    "事项编号": ["I1", "I2", "I9", ""],
    "检查日期": ["", "2021-12-08", "2021-12-30", "某日"],
    "检查人员": ["", "P2、P3", "P1、P2", "样例生人"],
    "检查结果": ["", "未发现问题", "合格", "违反其他规定", "已关闭停业或正在组织清算"],
    "录入人": ["", "样例录入员"],
    "录入日期": ["", "2021-12-09"],
    "审核人": ["", "样例审核人"],
    "备注": ["", "样例"],
}


@given(
    rows=st.lists(
        st.fixed_dictionaries({key: st.sampled_from(values) for key, values in CELLS.items()}),
        min_size=1,
        max_size=8,
    ),
    split=st.integers(0, 8),
)
def test_every_row_is_recorded_waits_or_is_wrong(record, tmp_path_factory, rows, split):
    folder = tmp_path_factory.mktemp("rows")
    given_rows = [row for row in rows if any(row.values())]
    for name, part in (("a.csv", given_rows[:split]), ("b.csv", given_rows[split:])):
        if part:
            write(folder / "results", part, name)
    if not given_rows:
        return
    found = findings.read(folder, record, TIME)
    assert len(found.rows) + found.waiting + found.wrong == len(given_rows)
    keys = [(r["number"], r["item"]) for r in found.rows]
    assert len(keys) == len(set(keys)) and all(
        item in {"S001": ["I1"]}.get(r["visit"], ["I1", "I2"])
        for r, (_, item) in zip(found.rows, keys, strict=True)
    )
    assert bool(found.wrong) <= any(p.severity == "error" for p in found.problems)
    assert dt.datetime.fromisoformat(TIME).date().isoformat() >= max(
        [r["date"] for r in found.rows], default=""
    )
