"""Layouts of real spreadsheets: where the header is, what its titles are, what belongs to a row,
what is no data.
"""

from __future__ import annotations

import random
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssj.tables import headings, layout, rawtables, redacted, schema

HEADERS = headings.Headings(schema.headers("items"), "items")
TITLES = [
    "事项编号",
    "事项名称",
    "抽查依据",
    "抽查主体",
    "抽查内容",
    "抽查方式",
    "事项类别",
    "检查对象类别",
]
ROWS = [
    ["SX-01", "样例事项一", "样例法第一条", "样例局", "内容一", "现场检查", "一般", "燃气经营"],
    [
        "SX-02",
        "样例事项二",
        "样例法第二条",
        "样例局",
        "内容二",
        "书面检查",
        "重点",
        "物业服务、燃气经营",
    ],
    ["SX-03", "样例事项三", "样例法第三条", "样例局", "内容三", "现场检查", "一般", "物业服务"],
]


def sheet(path: Path, rows: list[list[object]], *merged: str) -> Path:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    for one in merged:
        workbook.active.merge_cells(one)
    workbook.save(path)
    return path


TITLE = [["样例县随机抽查事项清单\n（2021 年版）"]]
TWO_LEVELS = [
    ["事项编号", "抽查项目", None, None, *TITLES[4:]],
    [None, "抽查事项", "检查依据", "检查主体"],
]
TWO_MERGED = ("A2:A3", "B2:D2", "E2:E3", "F2:F3", "G2:G3", "H2:H3")
WIDE = [None] * 90
# name → rows, merged ranges, first row of data, rows left out
LAYOUTS = {
    "plain": ([TITLES, *ROWS], (), 2, {}),
    "a title above": ([*TITLE, TITLES, *ROWS], ("A1:H1",), 3, {}),
    "a title, blank rows and a date above": (
        [*TITLE, [], [None] * 6 + ["2021 年 11 月"], TITLES, *ROWS],
        (),
        5,
        {},
    ),
    "a header of two rows": ([*TITLE, *TWO_LEVELS, *ROWS], ("A1:H1", *TWO_MERGED), 4, {}),
    "synonyms": (
        [
            [
                "SXBH",
                "检查事项",
                "法律依据",
                "实施主体",
                "检查内容",
                "检查方式",
                "事项类型",
                "检查对象",
            ],
            *ROWS,
        ],
        (),
        2,
        {},
    ),
    "titles spread by spaces, marked, full width": (
        [
            [
                "事项 编号*",
                "事项　名称",
                "抽查依据\n",
                "抽查主体",
                "抽查内容",
                " 抽查方式",
                "事项类别",
                "ＪＣＤＸ",
            ],
            *ROWS,
        ],
        (),
        2,
        {},
    ),
    "an example row": ([TITLES, ["示例：SX-00", *ROWS[0][1:]], *ROWS], (), 3, {2: "示例行"}),
    "how to fill it in, under the header": (
        [TITLES, ["填写要求", *["必填"] * 7], *ROWS],
        (),
        3,
        {2: "说明行"},
    ),
    "notes and a footer": (
        [
            TITLES,
            ["填表说明：按事项逐行填写"],
            *ROWS,
            [],
            ["合计", 3],
            ["填表人：", None, None, "样例甲"],
        ],
        (),
        3,
        {2: "说明行", 7: "小计行", 8: "表尾"},
    ),
    "blank columns far to the right": (
        [[*TITLES, *WIDE], *([*row, *WIDE] for row in ROWS)],
        (),
        2,
        {},
    ),
}


@pytest.mark.parametrize(
    ("rows", "merged", "first", "left_out"), LAYOUTS.values(), ids=list(LAYOUTS)
)
def test_layouts(rows, merged, first, left_out, tmp_path):
    table = rawtables.read(sheet(tmp_path / "items.xlsx", rows, *merged), HEADERS)
    assert [p for p in table.problems if p.severity == "error"] == []
    assert table.frame[TITLES].values.tolist() == ROWS and list(table.frame.index) == [
        first,
        first + 1,
        first + 2,
    ]
    assert table.left_out == left_out


@pytest.mark.parametrize("tall", [False, True], ids=["wide", "wide and tall"])
def test_titles_of_groups(tall, tmp_path):
    """Titles between the rows, merged over the columns or numbered, and a single cell that is no
    title.
    """
    rows = [
        ["序号", *TITLES],
        ["燃气经营"],
        [1, *ROWS[0]],
        ["（二）物业服务"],
        [2, *ROWS[1]],
        [3, *ROWS[2]],
        [None, "SX-04"],
        ["第三建筑公司"],
    ]
    table = rawtables.read(
        sheet(tmp_path / "items.xlsx", rows, "A2:I2", *(["E5:E6"] if tall else [])), HEADERS
    )
    assert (
        table.left_out == {2: "小标题行", 4: "小标题行"}
        and list(table.frame.index) == [3, 5, 6, 7, 8]
        and table.rows == 7
    )
    assert [p.code for p in table.problems] == ["F16"] * tall and "的“序号”列不用" in table.notes


def test_titles_of_a_header_of_two_rows(tmp_path):
    rows = [
        ["编号", "许可证", None, "资质", None],
        [None, "编号", "有效期至", "编号", "等级"],
        ["A1", "X", "2022-01-01", "Y", "一级"],
    ]
    table = rawtables.read(
        sheet(tmp_path / "t.xlsx", rows, "A1:A2", "B1:C1", "D1:E1"),
        {"编号": True, "许可证编号": False},
    )
    assert list(table.frame.columns) == [
        "编号",
        "许可证编号",
        "有效期至",
        "资质编号",
        "等级",
    ] and table.frame.values.tolist() == [rows[2]]


def test_a_record_of_several_rows(tmp_path):
    """An item with two legal bases: its other cells are merged, the bases stand one below the
    other.
    """
    rows = [TITLES, ROWS[0], [None, None, "样例条例第九条"], ROWS[1], ROWS[2]]
    table = rawtables.read(
        sheet(tmp_path / "items.xlsx", rows, *(f"{c}2:{c}3" for c in "ABDEFGH")), HEADERS
    )
    assert table.frame["抽查依据"].tolist() == [
        "样例法第一条\n样例条例第九条",
        "样例法第二条",
        "样例法第三条",
    ]
    assert table.frame.drop(columns="抽查依据").values.tolist() == [
        [*row[:2], *row[3:]] for row in ROWS
    ] and list(table.frame.index) == [2, 4, 5]
    assert [p.message for p in table.problems] == [
        "有 1 处合并单元格，合并的各行都按合并的值读取"
    ] * 7


def test_a_value_for_several_rows(tmp_path):
    rows = [
        TITLES,
        *([*row[:3], "样例局" if n == 0 else None, *row[4:]] for n, row in enumerate(ROWS)),
    ]
    table = rawtables.read(sheet(tmp_path / "items.xlsx", rows, "D2:D4"), HEADERS)
    assert table.frame["抽查主体"].tolist() == ["样例局"] * 3 and len(table.frame) == 3


def test_cells_merged_over_columns_say_nothing_sure(tmp_path):
    table = rawtables.read(
        sheet(
            tmp_path / "items.xlsx",
            [TITLES, ROWS[0], [*ROWS[1][:4], "现场", None, *ROWS[1][6:]]],
            "E3:F3",
        ),
        HEADERS,
    )
    assert [str(p) for p in table.problems] == [
        (
            "items.xlsx 工作表“Sheet” 第 3 行 “抽查内容”列：第 3 "
            "行的“抽查内容”“抽查方式”几列合并成一格，不知道是哪一列的。"
            "请取消合并，把值填进每一格。"
        )
    ]


def test_a_redacted_copy_reads_the_same(tmp_path):
    """Merged cells are kept in a copy without personal columns."""
    rows = [
        *TITLE,
        [*TWO_LEVELS[0], "联系电话"],
        TWO_LEVELS[1],
        *([*row, "13912345678"] for row in ROWS),
    ]
    source = sheet(tmp_path / "items.xlsx", rows, "A1:H1", *TWO_MERGED, "I2:I3", "D4:D6")
    (tmp_path / "in").mkdir()
    copy = redacted.redact(source, tmp_path / "in", HEADERS)
    before, after = rawtables.read(source, HEADERS), rawtables.read(copy, HEADERS)
    pd.testing.assert_frame_equal(before.frame, after.frame)
    assert (before.dropped, after.dropped) == (
        ("联系电话",),
        (),
    ) and b"13912345678" not in copy.read_bytes()


@given(
    st.integers(0, 2**32),
    st.integers(0, 3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2),
)
def test_whatever_the_layout(tmp_path, seed, above, two_levels, example, shuffled, footers):
    """The same rows come out of any layout, none lost: used + left out = all rows that hold
    something under the header.
    """
    generator = random.Random(seed)
    order = list(range(8))
    if shuffled and not two_levels:
        generator.shuffle(order)
    names = {title: [title, *headings.SYNONYMS["items"].get(title, ())] for title in TITLES}
    head = TWO_LEVELS if two_levels else [[generator.choice(names[TITLES[at]]) for at in order]]
    body = (
        [["示例", *["x"] * 7]] * example
        + [[row[at] for at in order] for row in ROWS]
        + [["合计", 3], ["填表人：样例甲"]][:footers]
    )
    rows = [[f"样例标题 {n}"] for n in range(above)] + head + body
    merged = (
        [
            f"{ref[0]}{int(ref[1]) + above - 1}:{ref[3]}{int(ref[4]) + above - 1}"
            for ref in TWO_MERGED
        ]
        if two_levels
        else []
    )
    table = rawtables.read(sheet(tmp_path / "items.xlsx", rows, *merged), HEADERS)
    assert [p for p in table.problems if p.severity == "error"] == []
    assert table.frame[TITLES].values.tolist() == ROWS
    assert len(table.frame) + len(table.left_out) == len(body)


def test_no_data():
    assert [
        layout.no_data(row, last)
        for row, last in (
            (["示例", "a", "b"], False),
            (["说明：x"], False),
            (["说明：x", "b", "c"], False),
            (["合计", 3], True),
            (["合计", 3], False),
            (["合计建筑公司", *"abcdefg"], True),
            ([None, None], True),
            (["审核人：", None, "x"], True),
            (["一、燃气"], False),
            (["（十二）物业"], True),
            (["一、燃气", "x"], False),
            (["一号工程"], False),
            (["必填", "选填", "x"], False),
        )
    ] == [
        "示例行",
        "说明行",
        "",
        "小计行",
        "小计行",
        "",
        "",
        "表尾",
        "小标题行",
        "小标题行",
        "",
        "",
        "说明行",
    ]
