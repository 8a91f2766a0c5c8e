"""Titles of columns: synonyms, what is ambiguous, mapping.toml."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ssj.base.errors import InputError, quoted
from ssj.rosters import rosters
from ssj.tables import headings, rawtables, schema

ROW = {
    "企业名称": "样例燃气一公司",
    "注册号": "469006000000017",
    "统一社会信用代码": "91350100M000100Y43",
    "对象类别": "燃气经营",
    "信用等级": "A",
    "ZT": "存续",
}
TARGETS = schema.headers("targets")


def text(folder: Path, row: dict[str, str], *more: str) -> Path:
    path = folder / "targets.csv"
    path.write_text(
        "\n".join([",".join(row), ",".join(row.values()), *more]) + "\n", encoding="utf-8"
    )
    return path


def mapped(folder: Path, content: str) -> headings.Headings:
    (folder / headings.FILE).write_text(content, encoding="utf-8")
    return headings.read(folder / headings.FILE, "targets", TARGETS)


def test_every_synonym_means_one_declared_header():
    for table, synonyms in headings.SYNONYMS.items():
        assert set(synonyms) <= set(schema.headers(table))
        said = [headings.plain(t) for header, titles in synonyms.items() for t in (header, *titles)]
        assert len(said) == len(set(said)), table
        assert not set(said) & {
            headings.plain(h) for h in set(schema.headers(table)) - set(synonyms)
        }, table


def test_synonyms_are_taken_and_said(tmp_path):
    row = {key: value for key, value in ROW.items() if key != "注册号"}
    table = rawtables.read(text(tmp_path, row), headings.Headings(TARGETS, "targets"))
    assert table.problems == [] and table.frame.to_dict("records") == [
        {
            "编号": "91350100M000100Y43",
            "名称": "样例燃气一公司",
            "类别": "燃气经营",
            "信用风险等级": "A",
            "状态": "存续",
        }
    ]
    assert table.titles == {
        "编号": "统一社会信用代码",
        "名称": "企业名称",
        "类别": "对象类别",
        "信用风险等级": "信用等级",
        "状态": "ZT",
    }
    loaded = rosters.load(tmp_path, "ABCD", "2021Q4", (date(2021, 12, 6),) * 2)
    assert "targets.csv 的“ZT”列按“状态”读取。" in loaded.notes


@pytest.mark.parametrize(
    ("title", "header"),
    {
        "统一社会\n信用代码": "编号",
        "统一社会信用代码/注册号": "编号",
        "统一社会信用代码（注册号）": "编号",
        "Unified Social Credit Code": "编号",
        "QY_MC": "名称",
        "*企业名称": "名称",
        "企业(机构)名称": "名称",
        "信用等级（A/B/C/D）": "信用风险等级",
        "成立日期（年/月/日）": "成立日期",
        "住所（经营场所）": "地址",
        "名称/类别": "",
        "企业名称/法定代表人": "",
        "（名称）": "",
        "法定代表人": "",
        "": "",
        "/": "",
        "()": "",
    }.items(),
)
def test_a_title_with_remarks_breaks_and_alternatives(title, header):
    assert headings.Headings(TARGETS, "targets").means(title) == header


def test_a_title_without_brackets_goes_before_one_with_them(tmp_path):
    row = {
        **{key: value for key, value in ROW.items() if key != "注册号"},
        "企业名称（曾用名）": "样例燃气旧公司",
    }
    table = rawtables.read(text(tmp_path, row), headings.Headings(TARGETS, "targets"))
    assert table.frame["名称"].tolist() == ["样例燃气一公司"] and [
        (p.code, p.column) for p in table.problems
    ] == [("F08", "企业名称(曾用名)")]


def test_the_exact_title_wins(tmp_path):
    table = rawtables.read(
        text(tmp_path, {**ROW, "编号": "SZ-001"}), headings.Headings(TARGETS, "targets")
    )
    assert table.frame["编号"].tolist() == ["SZ-001"] and "编号" not in table.titles
    assert [(p.code, p.column) for p in table.problems] == [
        ("F08", "注册号"),
        ("F08", "统一社会信用代码"),
    ]


def test_what_is_ambiguous_is_reported(tmp_path):
    (problem,) = rawtables.read(text(tmp_path, ROW), headings.Headings(TARGETS, "targets")).problems
    assert str(problem) == (
        "targets.csv 第 1 行 “编号”列：有 2 列都可能是“编号”：“注册号”“统一社会信用代码”。"
        '请在 mapping.toml 的 [targets] 中写明，如 "编号" = "注册号"；'
        '前一列空着才用后一列的，写成 "编号" = ["注册号", "统一社会信用代码"]。'
    )


def test_what_is_ambiguous_and_optional_is_left_unread(tmp_path):
    row = {key: value for key, value in ROW.items() if key != "注册号"} | {
        "注册地址": "甲",
        "经营地址": "乙",
    }
    table = rawtables.read(text(tmp_path, row), headings.Headings(TARGETS, "targets"))
    assert [(p.code, p.severity, p.column) for p in table.problems] == [("F15", "warning", "地址")]
    assert "地址" not in table.frame


def test_what_is_missing_is_proposed(tmp_path):
    row = {
        ("企业全名" if key == "企业名称" else key): value
        for key, value in ROW.items()
        if key != "注册号"
    }
    missing, unknown = rawtables.read(
        text(tmp_path, row), headings.Headings(TARGETS, "targets")
    ).problems
    assert (missing.code, unknown.code) == ("F06", "F08")
    assert missing.remedy == (
        "请补上这些列；列名不同的，改成这里的写法，或在同一文件夹的 mapping.toml 中写明，"
        '如 [targets] 下写 "名称" = "企业全名"（名称相近的列）。'
    )
    nothing = headings.Headings(TARGETS, "targets").nearest(["名称"], ["法人"])
    assert nothing == {}


def test_mapping_settles_it(tmp_path):
    path = text(tmp_path, ROW, "样例燃气二公司,469006000000025,,燃气经营,B,存续")
    one = rawtables.read(path, mapped(tmp_path, '[targets]\n"编号" = "注册号"\n'))
    assert one.frame["编号"].tolist() == ["469006000000017", "469006000000025"]
    assert [(p.code, p.column) for p in one.problems] == [("F08", "统一社会信用代码")]
    both = rawtables.read(
        path, mapped(tmp_path, '[targets]\n"编号" = ["统一社会信用代码", "注册号"]\n')
    )
    assert (
        both.frame["编号"].tolist() == ["91350100M000100Y43", "469006000000025"]
        and both.problems == []
    )
    assert both.titles["编号"] == "统一社会信用代码、注册号"


def test_mapping_of_a_title_that_is_no_synonym(tmp_path):
    row = {**ROW, "主体分类": "x"}
    del row["注册号"], row["对象类别"]
    assert rawtables.read(
        text(tmp_path, row), mapped(tmp_path, '[targets]\n"类别" = "主体分类"\n')
    ).frame["类别"].tolist() == ["x"]


def test_a_mapped_title_that_the_file_lacks(tmp_path):
    table = rawtables.read(text(tmp_path, ROW), mapped(tmp_path, '[targets]\n"编号" = "代码"\n'))
    assert [p.code for p in table.problems if p.severity == "error"] == ["F06"]


FAULTS = {
    "no TOML": (
        "编号 = 统一",
        ["mapping.toml：不合 TOML 书写规则。请检查引号和方括号：等号两边的名称都要用英文引号。"],
    ),
    "an unknown table": (
        '[firms]\n"编号" = "x"\n',
        [
            f"mapping.toml 参数 firms：没有这张表。可以写：{quoted(headings.TABLES)}。",
        ],
    ),
    "an unknown header": (
        '[targets]\n"代码" = "x"\n',
        [
            (
                "mapping.toml 参数 targets.代码："
                '应写成 "列名" = "文件中的列名"，几列的写成 ["列一", "列二"]，现为“x”。'
            )
        ],
    ),
    "a number": (
        '[targets]\n"编号" = 7\n',
        [
            (
                "mapping.toml 参数 targets.编号："
                '应写成 "列名" = "文件中的列名"，几列的写成 ["列一", "列二"]，现为“7”。'
            )
        ],
    ),
}


@pytest.mark.parametrize(("content", "said"), FAULTS.values(), ids=list(FAULTS))
def test_faults(content, said, tmp_path):
    with pytest.raises(InputError) as caught:
        mapped(tmp_path, content)
    assert [str(p).partition("列名可以是")[0] for p in caught.value.problems] == said


def test_a_fault_is_told_with_the_others(tmp_path):
    text(tmp_path, ROW)
    (tmp_path / headings.FILE).write_text("x", encoding="utf-8")
    loaded = rosters.load(tmp_path, "ABCD", "2021Q4", (date(2021, 12, 6),) * 2)
    assert "F14" in {p.code for p in loaded.problems}
