"""Reviewed exceptions: what they settle, what is refused of them (whole messages), what is shown,
and that rows always add up.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.test_rosters import GOOD, PHONE, WINDOW, put

from ssj.base.errors import SsjError
from ssj.rosters import exceptions, rosters
from ssj.tables import accounts, rawtables, reader, rules, schema, writing
from ssj.tables.table import Table

FOURTH = str(GOOD["targets"][3]["编号"])
BAD = "91350100M000100Y44"  # the check digit is wrong
TODAY = dt.date(2021, 11, 22)
PASS = {
    "表": "检查对象名录库",
    "问题编号": "T20",
    "编号": BAD,
    "名称": "样例建筑〇〇一公司",
    "处理": "放行",
    "理由": "与营业执照一致",
    "审核人": "样例复核",
    "审核日期": "2021-11-20",
}
SPOILT = {
    **PASS,
    "问题编号": "T06",
    "编号": FOURTH,
    "名称": "样例监理〇〇四公司",
    "处理": "不列入",
    "理由": "已查明注销",
}


def source(**changes: Any) -> dict[str, list[dict[str, Any]]]:
    """The sound tables, the first target with a wrong check digit, the fourth with a status that
    nobody knows.
    """
    made = copy.deepcopy(GOOD)
    made["targets"][0]["编号"] = BAD
    made["officers"][0]["回避对象"] = "样例燃气〇〇二公司"
    made["targets"][3]["状态"] = "失联"
    for (table, row, column), value in changes.get("also", {}).items():
        made[table][row][column] = value
    return made


def load(
    folder: Path,
    given: list[dict[str, Any]],
    tables_: dict | None = None,
    today: dt.date | None = TODAY,
) -> rosters.Rosters:
    put(folder, {**(tables_ or source()), "exceptions": given})
    return rosters.load(folder, "ABCD", "2021Q4", WINDOW, today=today)


def test_without_exceptions_both_are_errors(tmp_path):
    put(tmp_path, source())
    found = rosters.load(tmp_path, "ABCD", "2021Q4", WINDOW)
    assert (
        sorted(p.code for p in found.problems) == ["T06", "T20"]
        and len(found.targets) == 2
        and found.settled == ()
    )


def test_both_are_settled_and_shown(tmp_path):
    found = load(tmp_path, [PASS, SPOILT])
    assert found.problems == () and found.every == ()
    assert set(found.targets["id"]) == {BAD, "91110000101623741K", "330782202101010101"}
    tally = found.tallies["targets"]
    assert (tally.rows, tally.used, tally.refused, tally.excluded) == (4, 3, {}, {5: ("T06",)})
    assert exceptions.counts(found.settled) == {"放行": 1, "不列入": 1}
    assert [
        [row[key] for key in ("treatment", "id", "problem", "reason", "reviewed", "place")]
        for row in exceptions.rows(found.settled)
    ] == [
        [
            "放行",
            BAD,
            f"T20 统一社会信用代码的校验位不符，现为“{BAD}”",
            "与营业执照一致",
            "样例复核 2021-11-20",
            "targets.xlsx 工作表“表” 第 2 行 “编号”列",
        ],
        [
            "不列入",
            FOURTH,
            "T06 不认识的写法，现为“失联”",
            "已查明注销",
            "样例复核 2021-11-20",
            "targets.xlsx 工作表“表” 第 5 行 “状态”列",
        ],
    ]
    assert all(set(row) == set(exceptions.LISTED) for row in exceptions.rows(found.settled))
    assert (
        exceptions.lines(found.settled)[0] == "已复核的例外：放行 1 行、不列入 1 行。"
        and exceptions.lines(()) == []
    )
    assert (
        "检查对象名录库（targets.xlsx）：表头下 4 行 = 使用 3 行 + 不列入 1 行（T06 1）。"
        in found.notes
    )
    assert "例外登记表（exceptions.xlsx）：读取 2 行。" in found.notes


def test_they_hold_after_sorting(tmp_path):
    again = source()
    again["targets"].reverse()
    found = load(tmp_path, [SPOILT, PASS], again)
    assert found.problems == () and [s.problem.row for s in found.settled] == [2, 5]


def test_an_excluded_row_takes_all_its_problems_with_it(tmp_path):
    found = load(
        tmp_path,
        [PASS, SPOILT],
        source(
            also={("targets", 3, "信用风险等级"): "E", ("targets", 3, "上次检查日期"): "2022-03-01"}
        ),
    )
    assert found.problems == () and found.tallies["targets"].excluded == {5: ("T10", "T06")}


def test_a_passed_row_with_another_error_stays_refused(tmp_path):
    found = load(tmp_path, [PASS, SPOILT], source(also={("targets", 0, "信用风险等级"): "E"}))
    assert (
        [p.code for p in found.problems] == ["T10"]
        and found.tallies["targets"].refused == {2: ("T10",)}
        and len(found.settled) == 2
    )


def test_an_excluded_target_is_nobodys_recusal_and_no_category(tmp_path):
    """The only target of its category, and one that an officer steps aside for."""
    found = load(
        tmp_path, [PASS, SPOILT], source(also={("officers", 0, "回避对象"): "样例监理〇〇四公司"})
    )
    assert found.problems == () and found.officers.loc[2, "recusals"] == ()
    assert found.items.set_index("id").loc["S03", "categories"] == ("施工", "燃气")


def test_an_officer_may_be_left_out(tmp_path):
    one = {**SPOILT, "表": "officers", "问题编号": "O21", "编号": "1003", "名称": "样例丙"}
    extra = [{**GOOD["officers"][2], "工号": "1009", "姓名": "样例戊", "执法证号": "样证009"}]
    tables_ = {**copy.deepcopy(GOOD), "officers": [*copy.deepcopy(GOOD["officers"]), *extra]}
    tables_["officers"][2]["执法证有效期至"] = None
    found = load(tmp_path, [one], tables_)
    assert (
        found.problems == ()
        and "1003" not in set(found.officers["id"])
        and exceptions.counts(found.settled) == {"放行": 0, "不列入": 1}
    )


def test_a_damaged_code_is_found_by_its_text(tmp_path):
    """Raw texts as the list of problems shows them, not the typed values."""
    tables_ = source(
        also={("targets", 3, "编号"): 9.14690062012665e17, ("targets", 3, "状态"): "正常"}
    )
    put(tmp_path, tables_)
    row = next(
        c
        for c in exceptions.candidates(rosters.load(tmp_path, "ABCD", "2021Q4", WINDOW))
        if c["treatment"] == "不列入"
    )
    assert (row["code"], row["id"], row["name"]) == (
        "T04",
        "9.14690062012665e+17",
        "样例监理〇〇四公司",
    )
    assert (
        load(tmp_path, [PASS, {**SPOILT, "问题编号": "T04", "编号": row["id"]}], tables_).problems
        == ()
    )


def test_a_personal_number_is_no_exception(tmp_path):
    """The row would go into the archive with the file, excluded or not."""
    tables_ = source(also={("targets", 3, "地址"): PHONE})
    put(tmp_path, tables_)
    assert [
        c["code"] for c in exceptions.candidates(rosters.load(tmp_path, "ABCD", "2021Q4", WINDOW))
    ] == ["T20"]
    for code in ("T06", "T17"):
        found = load(tmp_path, [PASS, {**SPOILT, "问题编号": code}], tables_)
        assert sorted(p.code for p in found.problems) == ["T06", "T17", "U32"]


def test_candidates_are_rows_to_fill_in(tmp_path):
    put(tmp_path, source(also={("targets", 0, "信用风险等级"): "E", ("plan", 2, "每组人数"): 1}))
    open_ = rosters.load(tmp_path, "ABCD", "2021Q4", WINDOW)
    blank = {"reason": "", "reviewer": "", "reviewed_on": "", "remark": ""}
    assert exceptions.candidates(open_) == [
        {
            "table": "检查对象名录库",
            "code": "T20",
            "id": BAD,
            "name": "样例建筑〇〇一公司",
            "treatment": "不列入",
            **blank,
        }
        | {"code": "T10"},
        {
            "table": "检查对象名录库",
            "code": "T06",
            "id": FOURTH,
            "name": "样例监理〇〇四公司",
            "treatment": "不列入",
            **blank,
        },
    ]
    assert set(exceptions.candidates(open_)[0]) == {c.key for c in schema.COLUMNS["exceptions"]}


def test_filled_in_candidates_settle_everything(tmp_path):
    put(tmp_path, source())
    open_ = rosters.load(tmp_path, "ABCD", "2021Q4", WINDOW)
    heads = {c.key: c.header for c in schema.COLUMNS["exceptions"]}
    rows = [
        {
            heads[key]: value
            for key, value in {
                **one,
                "reason": "样例理由",
                "reviewer": "样例复核",
                "reviewed_on": "2021-11-20",
            }.items()
        }
        for one in exceptions.candidates(open_)
    ]
    assert [r["处理"] for r in rows] == ["放行", "不列入"]
    assert load(tmp_path, rows).problems == ()


U = "exceptions.xlsx 工作表“表” 第 2 行 "
# name → (changes of PASS, its message)
REFUSED = {
    "unknown table": (
        {"表": "企业名录"},
        (
            "“表”列：不认识的写法，现为“企业名录”。可以写："
            "“随机抽查事项清单”“items”“检查对象名录库”“targets”“执法检查人员名录库”“officers”"
            "“年度抽查计划”“plan”“互认检查结果”“recognised”。"
        ),
    ),
    "unknown code": (
        {"问题编号": "T99"},
        "“问题编号”列：“检查对象名录库”没有这个问题编号，现为“T99”。请照问题清单填写，如 T20。",
    ),
    "another table's code": (
        {"问题编号": "O20"},
        "“问题编号”列：“检查对象名录库”没有这个问题编号，现为“O20”。请照问题清单填写，如 T20。",
    ),
    "a code that may not pass": (
        {"问题编号": "T06"},
        (
            "“处理”列：这个问题不能放行，现为“放行”。可以放行的只有 O24、O33、O37、T20、T34；"
            "其他的请改正，检查对象、检查人员的也可以写“不列入”。"
        ),
    ),
    "a warning": (
        {"问题编号": "T22"},
        "“问题编号”列：这个问题是提醒，不妨碍封库，现为“T22”。不用登记例外，请删去这一行。",
    ),
    "no reason": (
        {"理由": None},
        "“理由”列：必填的格是空的。请补上；如果这一行是说明、合计或空样例，请删去整行。",
    ),
    "no reviewer": (
        {"审核人": None},
        "“审核人”列：必填的格是空的。请补上；如果这一行是说明、合计或空样例，请删去整行。",
    ),
    "no date": (
        {"审核日期": None},
        "“审核日期”列：必填的格是空的。请补上；如果这一行是说明、合计或空样例，请删去整行。",
    ),
    "unknown treatment": (
        {"处理": "忽略"},
        "“处理”列：不认识的写法，现为“忽略”。可以写：“放行”“不列入”。",
    ),
    "reviewed tomorrow": (
        {"审核日期": "2021-11-23"},
        (
            "“审核日期”列：审核日期晚于 2021-11-22，现为“2021-11-23”。请核对日期；还没有复核的，"
            "先复核。"
        ),
    ),
    "reviewed long ago": (
        {"审核日期": "1999-11-22"},
        (
            "“审核日期”列：审核日期早于检查期开始前两年（2019-12-06），现为“1999-11-22”。"
            "请核对日期；确是那时复核的，请重新复核。"
        ),
    ),
    "nobody's row": (
        {"编号": None, "名称": None},
        (
            "“编号”列：编号和名称都是空的，不知道是哪一行。请照问题清单填写编号、名称；"
            "原表这两格都空着的，请在原表改正。"
        ),
    ),
    "a row that is not there": (
        {"名称": "样例建筑〇〇一有限公司"},
        (
            f"“编号”列：“检查对象名录库”里没有这样的编号和名称，现为“{BAD}”。"
            "编号、名称要与原表这一行写的完全相同，两样都要写；原表已改正或已删去这一行的，"
            "删去这条例外。"
        ),
    ),
    "stale": (
        {"编号": "91110000101623741K", "名称": "样例燃气〇〇二公司"},
        (
            "“问题编号”列：这一行没有这个问题，这条例外用不上，现为“T20”。已改正的，"
            "删去这条例外；编号写错的，照问题清单改正。"
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_in_whole_messages(case, tmp_path):
    change, message = REFUSED[case]
    found = load(tmp_path, [{**PASS, **change}, SPOILT])
    assert [str(p) for p in found.problems if p.file == "exceptions.xlsx"] == [U + message]
    assert [p.code for p in found.problems if p.file == "targets.xlsx"] == ["T20"], (
        "what it should have settled is still an error"
    )
    assert found.tallies["exceptions"].refused.keys() == {2} and exceptions.counts(
        found.settled
    ) == {"放行": 0, "不列入": 1}


def test_only_targets_and_officers_may_be_left_out(tmp_path):
    one = {**SPOILT, "表": "年度抽查计划", "问题编号": "P27", "编号": "T03", "名称": "专项"}
    found = load(tmp_path, [PASS, SPOILT, one], source(also={("plan", 2, "每组人数"): 1}))
    assert [str(p).partition(" 第 ")[2] for p in found.problems if p.file == "exceptions.xlsx"] == [
        (
            "4 行 “处理”列：“年度抽查计划”的行不能写“不列入”，现为“不列入”。"
            "可以不列入的只有检查对象和检查人员；其他的请改正，或从表中删去这一行。"
        )
    ]
    assert [p.code for p in found.problems if p.file == "plan.xlsx"] == ["P27"]


def test_contradicting_and_repeated(tmp_path):
    other = {**PASS, "处理": "不列入"}
    found = load(tmp_path, [PASS, other, SPOILT, SPOILT])
    assert [str(p).partition(" 第 ")[2] for p in found.problems if p.file == "exceptions.xlsx"] == [
        "3 行 “处理”列：与第 2 行矛盾：同一行又放行又不列入，现为“不列入”。请只留下一种处理。",
        "5 行 “问题编号”列：与第 4 行重复，现为“T06”。请删去一行。",
    ]


def test_one_of_two_rows_alike_is_left_out_and_the_other_let_through(tmp_path):
    """A row twice, both with a wrong check digit: what is proposed may be done."""
    twice = source(
        also={
            ("targets", 3, "状态"): "存续",
            ("targets", 3, "编号"): BAD,
            ("targets", 3, "名称"): "样例建筑〇〇一公司",
        }
    )
    found = load(
        tmp_path,
        [PASS, {**SPOILT, "问题编号": "T03", "编号": BAD, "名称": "样例建筑〇〇一公司"}],
        twice,
    )
    assert found.problems == () and exceptions.counts(found.settled) == {"放行": 1, "不列入": 1}
    assert found.tallies["targets"].used == 3 and found.targets["id"].tolist().count(BAD) == 1


def test_nobody_reviews_himself(tmp_path):
    one = {
        **SPOILT,
        "表": "执法检查人员名录库",
        "问题编号": "O21",
        "编号": "1003",
        "名称": "样例丙",
        "审核人": "样例 丙",
    }
    tables_ = source(also={("officers", 2, "执法证有效期至"): None})
    found = load(tmp_path, [PASS, SPOILT, one], tables_)
    assert sorted(p.code for p in found.problems) == ["O21", "U30"]


def test_without_a_day_no_review_is_too_late(tmp_path):
    assert load(tmp_path, [{**PASS, "审核日期": "2031-11-23"}, SPOILT], today=None).problems == ()


def test_the_stage_says_the_day(tmp_path):
    (tmp_path / "stage.json").write_text(
        '{"time": "2021-11-19T09:00:00+08:00", "inputs": []}', encoding="utf-8"
    )
    assert {p.code for p in load(tmp_path, [PASS, SPOILT], today=None).problems} == {
        "U23",
        "T20",
        "T06",
    }


def test_an_empty_list_is_none(tmp_path):
    found = load(tmp_path, [], copy.deepcopy(GOOD))
    assert found.problems == () and found.tallies["exceptions"].rows == 0


def test_of_a_table_that_cannot_be_read_nothing_is_said(tmp_path):
    put(tmp_path, {**source(), "exceptions": [PASS]})
    (tmp_path / "targets.xlsx").write_bytes(b"PK\x03\x04")
    assert {p.code for p in rosters.load(tmp_path, "ABCD", "2021Q4", WINDOW).problems} == {"F04"}


def test_every_rule_of_exceptions_has_a_case():
    told = "".join(message for _, message in REFUSED.values())
    untold = {
        rule.code
        for rule in rules.EXCEPTIONS
        if not re.search(re.sub(r"\\{\w+\\}", ".*", re.escape(rule.message)), told)
    }
    assert untold == {"U22", "U28", "U29", "U30", "U32"}, "those have tests of their own above"
    assert rules.RULE["T20"].excusable and rules.RULE["T20"].severity == "error"


# --- rows add up ---

ROW = st.fixed_dictionaries(
    {
        "编号": st.sampled_from(["X1", "X2", "X3", "x1", BAD, "9.1E+17", None]),
        "名称": st.sampled_from(["甲", "乙", "合计", "示例：甲", None]),
        "类别": st.sampled_from(["施工", None]),
        "信用风险等级": st.sampled_from(["A", "E"]),
        "状态": st.sampled_from(["存续", "失联"]),
        "主管股室": st.sampled_from(["甲股", None]),
    }
)


@given(
    data=st.data(),
    parts=st.lists(st.lists(ROW, min_size=1, max_size=4), min_size=1, max_size=3),
    folder=st.booleans(),
)
def test_rows_in_are_rows_used_and_rows_with_a_reason(data, parts, folder, tmp_path):
    """Random rosters, in one file or several, with exceptions for some of their errors: every row
    is told, and the frame has those that are used.
    """
    for path in sorted(tmp_path.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    heads = [*parts[0][0]]
    files = [
        pd.DataFrame(rows, columns=heads, dtype=object)
        for rows in (parts if folder else [[row for part in parts for row in part]])
    ]
    put(tmp_path, {table: rows for table, rows in GOOD.items() if table != "targets"})
    if folder:
        (tmp_path / "targets").mkdir()
    names = [
        tmp_path / "targets" / f"{n}.csv" if folder else tmp_path / "targets.csv"
        for n in range(len(files))
    ]
    for path, frame in zip(names, files, strict=True):
        frame.to_csv(path, index=False)
    open_ = rosters.load(tmp_path, "ABCD", "2021Q4", WINDOW)
    columns = {c.key: c.header for c in schema.COLUMNS["exceptions"]}
    chosen = [c for c in exceptions.candidates(open_) if data.draw(st.booleans())]
    given = [
        {
            columns[key]: value
            for key, value in {
                **one,
                "reason": "样例",
                "reviewer": "样例复核",
                "reviewed_on": "2021-11-20",
            }.items()
        }
        for one in chosen
    ]
    writing.write_xlsx(
        tmp_path / "exceptions.xlsx",
        {"例外登记": pd.DataFrame(given, columns=[*columns.values()], dtype=object)},
    )
    found = rosters.load(tmp_path, "ABCD", "2021Q4", WINDOW, today=TODAY)
    tally, held = (
        found.tallies["targets"],
        [int(frame.notna().any(axis=1).sum()) for frame in files],
    )
    assert [one.rows for one in tally.files] == held and tally.rows == sum(held)
    for one in (tally, *tally.files):
        assert (
            one.rows
            == one.used
            + len(one.refused)
            + len(one.excluded)
            + len(one.left_out)
            + len(one.joined)
            + one.unread
        )
    assert tally.used == len(found.targets) and not {*found.targets.index} & {
        *tally.refused,
        *tally.excluded,
        *tally.left_out,
    }
    assert len(tally.excluded) == len(
        {s.index for s in found.settled if s.table == "targets" and s.treatment == "不列入"}
    ) and all(tally.excluded.values())
    assert sum(row["used"] for row in accounts.rows({"targets": tally})) == tally.used
    assert not [p for p in found.problems if p.code.startswith("U")], "what is proposed may be done"


def test_a_tally_that_does_not_add_up_is_refused():
    with pytest.raises(SsjError, match="targets.xlsx 的行数对不上：表头下 5 行，去向写明的 4 行"):
        accounts.Tally(5, 3, {2: ("T01",)}, {}, {}, file="targets.xlsx")


def test_a_lost_row_stops_the_reading(tmp_path):
    """A reader that forgets a row can't say so: the tally raises."""
    table = rawtables.read(put(tmp_path, GOOD) / "targets.xlsx", schema.headers("targets"))
    made = reader.Reader("targets", table, "ABCD")
    made.tally()
    made.frame, made.parts = (
        made.frame.iloc[1:],
        (Table(table.file, table.sheet, table.frame.iloc[1:], rows=table.rows),),
    )
    with pytest.raises(SsjError, match="行数对不上"):
        made.tally()
