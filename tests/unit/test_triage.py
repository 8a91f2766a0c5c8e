"""Many problems told shortly: which kinds there are, in which order, on how many lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssj.base import triage
from ssj.base.errors import InputError, Problem


def problem(
    code: str, row: int | None = None, column: str = "", file: str = "targets.xlsx", **more
) -> Problem:
    return Problem(code, more.pop("message", "错了"), "请改。", file, "名录", row, column, **more)


ROWS = {
    "one": ([3], "第 3 行"),
    "some": ([3, 4, 8], "第 3、4、8 行"),
    "a run": ([2, 3, 4, 5], "第 2—5 行"),
    "runs and more": ([2, 3, 4, 9, 11, 13, 15, 17], "第 2—4、9、11、13、15 行等"),
}


@pytest.mark.parametrize(("rows", "text"), ROWS.values(), ids=ROWS)
def test_rows_in_words(rows, text):
    assert triage.numbers(rows) == text


ALIKE = {
    "the same": (["a", "a"], "a"),
    "a number differs": (["编号与第 3 行重复", "编号与第 31 行重复"], "编号与第 … 行重复"),
    "more than a word": (
        ["缺专业“工程质量”，样例县住建局没有一人", "缺专业“消防”，样例县消防大队没有一人"],
        "缺专业“工程质量”，样例县住建局没有一人，等 2 种",
    ),
    "little in common": (["还没有填写", "应为日期"], "还没有填写，等 2 种"),
}


@pytest.mark.parametrize(("texts", "text"), ALIKE.values(), ids=ALIKE)
def test_what_messages_share(texts, text):
    assert triage.alike(texts) == text


def test_kinds_come_in_the_order_in_which_to_mend_them():
    """What hides others, then spoilt ids and rows, then many rows, then cells, then parameters;
    warnings last, whatever they hit.
    """
    found = [
        *(problem("F08", 1, f"列{n}", severity="warning") for n in range(40)),
        problem("R02", None, "round.title", "round.toml"),
        problem("T06", 7, "状态"),
        problem("T11", None),
        problem("T04", 9, "编号"),
        *(problem("T09", n, "是否公开") for n in range(30, 60)),
        problem("F15", 1, "编号"),
        problem("F11", 9, "名称"),
        problem("P20", 3, "事项编号", "plan.xlsx"),
        problem("F01", None, file="officers"),
    ]
    assert [kind.first.code for kind in triage.kinds(found)] == [
        "F15",
        "F01",
        "T11",
        "T09",
        "F11",
        "T04",
        "P20",
        "T06",
        "R02",
        "F08",
    ]
    assert triage.ordered(found)[0].code == "F15" and len(triage.ordered(found)) == len(found)


def test_a_kind_in_many_columns_is_one_in_few_one_for_each():
    few, many = ([problem("T01", n, f"列{n % columns}") for n in range(12)] for columns in (3, 4))
    assert [len(kind.problems) for kind in triage.kinds(few)] == [4, 4, 4]
    assert [kind.where for kind in triage.kinds(many)] == [
        "targets.xlsx “列0”“列1”“列2”等 4 列 12 行（第 0—11 行）"
    ]


def test_the_summary_line_by_line():
    found = [
        *(
            problem("T04", n, "编号", message="编码末几位已丢失", value=f"9.1{n}E+17")
            for n in (3, 4, 8, 9, 10, 20, 22, 24)
        ),
        *(problem("F11", n, "名称", message="文字有乱码", value="\ufffd\ufffd") for n in (3, 4)),
        problem("T06", 3, "状态", message="不认识的写法", value="一<U+000A>二"),
        problem(
            "P21",
            2,
            "对象范围",
            "plan.xlsx",
            message="没有这个类别",
            value="燃气",
            severity="warning",
        ),
        problem("R02", None, "round.title", "round.toml", message="还没有填写"),
    ]
    assert triage.summary(found) == [
        "错误 12 个，共 4 种，按先后改：",
        "  编号、错位、乱码，和成片的问题（多是同一个原因，从原系统重新导出往往一次改好）：",
        (
            "  1. T04 targets.xlsx “编号”列 8 行（第 3、4、8—10、20、22 行等）："
            "编码末几位已丢失，现为“9.13E+17”“9.14E+17”“9.18E+17”等"
        ),
        "     → 请改。",
        "  2. F11 targets.xlsx “名称”列 2 行（第 3、4 行）：文字有乱码（这些行都有第 1 种问题）",
        "     → 请改。",
        "  单个的格：",
        (
            "  3. T06 targets.xlsx “状态”列 第 3 行：不认识的写法，"
            "现为“一（换行）二”（这些行都有第 1 种问题）"
        ),
        "     → 请改。",
        "  参数文件：",
        "  4. R02 round.toml 参数 round.title：还没有填写",
        "     → 请改。",
        "提醒 1 个（可以不改，但要看过）：",
        "  P21 plan.xlsx “对象范围”列 第 2 行：没有这个类别，现为“燃气”",
    ]


PROBLEMS = st.lists(
    st.builds(
        problem,
        st.sampled_from(
            ["T01", "T04", "T06", "F06", "F08", "F11", "R02", "P20", "T20", "H03", "X"]
        ),
        st.none() | st.integers(1, 200),
        st.sampled_from(["", "编号", "名称", "类别", "状态", "地址"]),
        st.sampled_from(["targets.xlsx", "targets/甲股.xlsx", "plan.csv", "round.toml", ""]),
        message=st.text(max_size=300),
        value=st.text(max_size=80),
        severity=st.sampled_from(["error", "warning"]),
    ),
    max_size=120,
)


@given(PROBLEMS)
def test_no_problem_is_lost_and_a_screen_holds_the_summary(found):
    kinds = triage.kinds(found)
    assert sorted(map(str, triage.ordered(found))) == sorted(map(str, found))
    assert [kind.first.severity for kind in kinds] == sorted(kind.first.severity for kind in kinds)
    lines = triage.summary(found)
    assert len(lines) <= triage.LINES + triage.WARNINGS + 4
    errors = sum(p.severity == "error" for p in found)
    assert (
        lines[0].startswith(f"错误 {errors} 个")
        if errors
        else not any(line.startswith("错误") for line in lines)
    )
    said = triage.listed(found)
    assert len(said) == len(found) + len({kind.first.severity for kind in kinds})
    assert all(sum(str(p) in line for line in said) for p in found)


# what is wrong in rows → which of it is told beneath another, and beneath which
CAUSES = {
    "out of step": (
        [("T06", 3, "状态"), ("F17", 3, "等级"), ("T09", 3, "是否公开"), ("T09", 4, "是否公开")],
        {("T06", 3): "F17", ("T09", 3): "F17"},
    ),
    "garbled in several cells, which looks out of step": (
        [("F11", 3, "名称"), ("F11", 3, "状态"), ("F17", 3, "等级"), ("T10", 3, "等级")],
        {("F17", 3): "F11", ("T10", 3): "F11"},
    ),
    "one garbled cell explains itself alone": (
        [("F11", 3, "状态"), ("T06", 3, "状态"), ("T02", 3, "编号")],
        {("T06", 3): "F11"},
    ),
    "one garbled cell in a row out of step": (
        [("F11", 3, "状态"), ("T06", 3, "状态"), ("F17", 3, "等级"), ("T02", 3, "编号")],
        {("T06", 3): "F11", ("T02", 3): "F17"},
    ),
    "of other files and sheets nothing": ([("F17", 3, "等级"), ("P20", 3, "事项编号")], {}),
}


@pytest.mark.parametrize(("given", "explained"), CAUSES.values(), ids=CAUSES)
def test_a_row_is_listed_under_the_cause_that_explains_the_rest(given, explained):
    found = [
        problem(code, row, column, "plan.xlsx" if code[0] == "P" else "targets.xlsx")
        for code, row, column in given
    ]
    why = triage.causes(found)
    assert {(p.code, p.row): why[id(p)].code for p in found if id(p) in why} == explained
    under = {
        (p.code, p.row): kind.first.code for kind in triage.kinds(found) for p in kind.explained
    }
    assert under == explained
    lines = triage.listed(found)
    assert sum(line.startswith("     由此引起：") for line in lines) == len(explained)


def test_a_warning_of_a_row_out_of_step_is_no_warning_of_its_own():
    found = [problem("F17", 3, "等级"), problem("T31", 3, "成立日期", severity="warning")]
    assert triage.summary(found)[0] == "错误 1 个，共 1 种原因，按先后改："
    assert triage.summary(found)[-1] == "     这些行还有 T31 共 1 个，多由此引起：改好后再核对。"


def test_an_error_of_many_problems_names_the_command_that_lists_them():
    many = [problem("T04", n, "编号") for n in range(100)]
    few, short, whole = (
        str(InputError(many[:12])),
        str(InputError(many, "ssj check 2021Q4")),
        str(InputError(many)),
    )
    assert few.count("\n  ") == 12 and "按先后改" not in few
    assert (
        len(short.splitlines()) == 6
        and "100 行（第 0—99 行）" in short
        and "全部问题见 ssj check 2021Q4。" in short
    )
    assert whole.count("第 57 行") == 1 and "归类如下：" in whole, (
        "where no command lists them, all are here"
    )


def test_parameters_of_a_workbook_come_last_and_name_their_sheet():
    """As those of round.toml do; rows of two sheets have nothing in common."""
    found = [
        Problem("R02", "还没有填", "请填写", "round.xlsx", sheet, row, column)
        for sheet, column, rows in (
            ("审批权限", "可以批准的人", (3, 4)),
            ("审批", "审批日期", (3, 4)),
        )
        for row in rows
    ]
    lines = triage.summary([*found, problem("T06", 5, "状态")])
    assert lines[1].startswith(f"  {triage.STEPS[2]}") and f"  {triage.STEPS[3]}：" in lines
    assert (
        "  2. R02 round.xlsx 工作表“审批权限” “可以批准的人”列 2 行（第 3、4 行）：还没有填"
        in lines
    )
    assert not any("这些行都有" in line for line in lines)
