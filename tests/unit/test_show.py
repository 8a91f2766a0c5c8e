"""ssj.show: what a reader sees of each kind of value, escaping, stable bytes, cheap import."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from lxml import html as lxml_html

from ssj.base.errors import Problem
from ssj.casebook import show

DIGEST = "0123456789abcdef" * 4
SVG = "{http://www.w3.org/2000/svg}"


def tree(shown: show.Shown):
    return lxml_html.fragment_fromstring(shown.html, create_parent="body")


def texts(found) -> list[str]:
    return [element.text_content() for element in found]


CELLS = {
    "text": ("样例甲", "样例甲"),
    "none": (None, ""),
    "not a number": (float("nan"), ""),
    "missing in pandas": (pd.NA, ""),
    "missing time": (pd.NaT, ""),
    "true": (True, "是"),
    "numpy false": (np.bool_(False), "否"),
    "integer": (12, "12"),
    "numpy integer": (np.int64(12), "12"),
    "whole float": (3.0, "3"),
    "float without exponent": (0.00001, "0.00001"),
    "decimal keeps its digits": (Decimal("0.50"), "0.50"),
    "date": (date(2021, 12, 6), "2021-12-06"),
    "timestamp at midnight": (pd.Timestamp("2021-12-06"), "2021-12-06"),
    "time with zone": (
        datetime(2021, 11, 26, 10, 6, tzinfo=timezone(timedelta(hours=8))),
        "2021-11-26 10:06:00+08:00",
    ),
    "tuple": (("燃气", "物业"), "燃气、物业"),
    "set is sorted": (frozenset({"b", "a"}), "a、b"),
    "ratios by class": ({"A": "0.02", "B": "0.05"}, "A 0.02；B 0.05"),
    "hash": (DIGEST, DIGEST),
    "markup": ("<script>alert(1)</script>&", "<script>alert(1)</script>&"),
}


@pytest.mark.parametrize(("value", "expected"), CELLS.values(), ids=CELLS)
def test_a_cell_shows(value, expected):
    page = tree(show.table([{"id": "一", "value": value}], "表"))
    assert texts(page.xpath("//td")) == [expected]


def test_table_is_accessible():
    page = tree(
        show.table(
            [{"id": "T1", "name": "甲", "n": 3}], "抽中的检查对象", {"id": "编号", "n": "事项数"}
        )
    )
    region = page.xpath("./div")[0]
    assert dict(region.attrib) == {
        "class": "scroll",
        "tabindex": "0",
        "role": "region",
        "aria-label": "抽中的检查对象",
    }
    assert texts(page.xpath("//caption")) == ["抽中的检查对象"]
    assert texts(page.xpath("//thead//th[@scope='col']")) == ["编号", "事项数"]
    assert texts(page.xpath("//tbody//th[@scope='row']")) == ["T1"]
    assert page.xpath("//td/@class") == page.xpath("//thead/tr/th[2]/@class") == ["num"]


def test_frame_and_dicts_show_the_same():
    rows = [
        {"id": "T1", "tags": ("甲", "乙"), "n": 1, "ok": True, "on": date(2021, 1, 2)},
        {"id": "T2", "tags": (), "n": 2, "ok": False, "on": None},
    ]
    assert show.table(pd.DataFrame(rows, index=[5, 9]), "表").html == show.table(rows, "表").html


def test_roster_text_is_escaped_everywhere():
    evil = "<b onclick=x>'\"&"
    rows = [{evil: evil, "n": 1}]
    for shown in (
        show.table(rows, evil),
        show.table(rows, evil, {evil: evil}),
        show.facts({evil: evil}, evil),
        show.banners([evil]),
        show.complete(evil),
        show.problems([Problem("T1", evil, evil, value=evil)], "各张表的问题"),
        show.bars(rows, "n", evil, evil, evil, evil),
        show.stacked([{"a": 1, "b": 2, "y": evil}], ("a", "b"), "y", evil),
        show.stacked([{"a": 1, "b": 2, "y": "y"}], {"a": evil, "b": "b"}, "y", "t"),
    ):
        assert "<b" not in shown.html
        assert not tree(shown).xpath("//b | //@onclick")


def test_column_kinds():
    rows = [
        {
            "id": "001",
            "day": date(2021, 1, 1),
            "hash": DIGEST,
            "share": "5%",
            "name": "长" * 20,
            "items": "F01、F02、F03",
        },
        {"id": "002"},
    ]
    assert tree(show.table(rows, "表")).xpath("//thead/tr/th/@class") == [
        "tight",
        "tight",
        "hashes",
        "num",
        "long",
    ]


def test_limit_says_how_many():
    shown = show.table([{"n": n} for n in range(5)], "表", limit=2)
    assert "共 5 行，显示前 2 行" in tree(shown).xpath("string(//caption)")
    assert len(tree(shown).xpath("//tbody/tr")) == 2
    assert repr(shown) == "表（共 5 行，显示前 2 行）"
    assert "显示前" not in show.table([{"n": 1}], "表", limit=2).html


@pytest.mark.parametrize("rows", [[], pd.DataFrame({"id": [], "n": []})], ids=["list", "frame"])
def test_empty_table(rows):
    page = tree(show.table(rows, "表", {"id": "编号", "n": "数"}))
    assert texts(page.xpath("//tbody//td")) == ["（无）"]
    assert page.xpath("//td/@colspan") == ["2"]
    assert "（无）" in show.table([], "表").html


def test_unknown_column_is_refused_even_in_an_empty_frame():
    with pytest.raises(KeyError, match="nmae"):
        show.table([{"id": 1}], "表", {"nmae": "名称"})
    with pytest.raises(KeyError, match="nmae"):
        show.table(pd.DataFrame({"id": []}), "表", {"nmae": "名称"})


def test_commitment_in_groups_of_eight():
    shown = show.commitment(DIGEST)
    assert texts(tree(shown).xpath("//span[@class='hash']//span")) == [
        DIGEST[at : at + 8] for at in range(0, 64, 8)
    ]
    assert shown.html.count("<wbr>") == 7
    assert tree(shown).text_content().strip() == DIGEST, "copied from the page it has no blanks"
    assert repr(shown).split() == texts(tree(shown).xpath("//span[@class='hash']//span"))
    for wrong in (DIGEST[:-1], DIGEST.upper(), DIGEST + "\n", ""):
        with pytest.raises(ValueError):
            show.commitment(wrong)


def test_facts_banners_complete_problems():
    facts = tree(show.facts([("批次", "2021Q4"), ("演示", True)], "参数"))
    assert texts(facts.xpath("//th[@scope='row']")) == ["批次", "演示"]
    assert texts(facts.xpath("//td")) == ["2021Q4", "是"]
    banners = show.banners(["演示批次：样例数据，不作执法依据", "唯一性未证实"])
    assert texts(tree(banners).xpath("//p[@class='banner']")) == [
        "演示批次：样例数据，不作执法依据",
        "唯一性未证实",
    ]
    assert show.banners([]).html == ""
    done = show.complete("freeze")
    assert "本阶段过程记录完整" in done.html and "SSJ-COMPLETE:freeze" in done.html
    assert repr(done) == "本阶段过程记录完整 SSJ-COMPLETE:freeze"
    found = [
        Problem("T04", "编号重复", "请删去一行", "targets.xlsx", "名录", 17, "编号", "X1"),
        Problem("T09", "已过期", "请确认", severity="warning"),
    ]
    page = tree(show.problems(found, "各张表的问题"))
    assert texts(page.xpath("//thead//th")) == ["序号", "级别", "位置", "现值", "问题", "怎么办"]
    assert texts(page.xpath("//tbody/tr[1]/*")) == [
        "1",
        "错误",
        "targets.xlsx 工作表“名录” 第 17 行 “编号”列",
        "X1",
        "编号重复",
        "请删去一行",
    ]
    assert texts(page.xpath("//tbody/tr[2]/*"))[:2] == ["2", "提醒"]


def test_jupyter_finds_a_plain_fallback():
    from IPython.core.formatters import DisplayFormatter

    data, _ = DisplayFormatter().format(show.table([{"id": 1}], "表"))
    assert set(data) == {"text/html", "text/plain"} and data["text/plain"] == "表（1 行）"
    data, _ = DisplayFormatter().format(show.bars([{"n": 1, "y": "甲"}], "n", "y", "图"))
    assert set(data) == {"image/svg+xml", "text/plain"} and data["text/plain"] == "图：甲 1"


# Charts

ROWS = [
    {"n": 42, "m": 1, "y": "施工企业"},
    {"n": 0, "m": 2, "y": "燃气经营企业（含瓶装液化石油气充装站及供应站）"},
    {"n": 7, "m": 0, "y": "A"},
]
CHARTS = {
    "bars": lambda: show.bars(ROWS, "n", "y", "各类户数", x_label="户次", y_label="类别"),
    "bars of decimals": lambda: show.bars([{"n": "0.0512", "y": "A"}], "n", "y", "抽中机会"),
    "bars of zeros": lambda: show.bars([{"n": 0, "y": "A"}], "n", "y", "无"),
    "stacked": lambda: show.stacked(
        ROWS, {"n": "单独检查", "m": "合并检查"}, "y", "合并", x_label="户次"
    ),
    "histogram": lambda: show.histogram([1, 2, 4, 4], [0, 2, 4], "分布", x_label="人数"),
}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_chart_is_stable_labelled_and_harmless(chart):
    svg = chart().html
    assert svg == chart().html
    root = ET.fromstring(svg)
    assert (
        root.tag == f"{SVG}svg"
        and root.get("role") == "img"
        and root.get("aria-label") == repr(chart())
    )
    names = {name for element in root.iter() for name in element.attrib}
    assert not names & {
        "id",
        "href",
        "{http://www.w3.org/1999/xlink}href",
        "onclick",
        "style",
        "clip-path",
    }
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "g",
        "rect",
        "path",
        "line",
        "text",
    }
    assert "url(" not in svg and "nan" not in svg.lower()


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_chart_does_not_depend_on_fonts(chart, monkeypatch):
    """Were any place measured, another family with other widths would move it."""
    made = set()
    for family in ("Noto Sans CJK SC", "DejaVu Sans Mono", "Noto Serif CJK SC", "no such family"):
        monkeypatch.setattr(show, "FONT", family)
        made.add(chart().html.replace(family, "FONT"))
    assert len(made) == 1


def test_chart_text_is_real_text_and_values_are_right():
    words = [element.text for element in ET.fromstring(CHARTS["bars"]().html).iter(f"{SVG}text")]
    assert {
        "各类户数",
        "户次",
        "类别",
        "施工企业",
        "42",
        "A",
        "7",
        "燃气经营企业（含瓶装液化…",
    } <= set(words)
    assert repr(CHARTS["histogram"]()) == "分布：0 至不足 2 1；2 至 4 3"
    words = [element.text for element in ET.fromstring(CHARTS["stacked"]().html).iter(f"{SVG}text")]
    assert {"单独检查", "合并检查", "43"} <= set(words)


def test_bars_with_the_same_name_stay_apart():
    svg = show.bars([{"n": 1, "y": "甲"}, {"n": 2, "y": "甲"}], "n", "y", "图").html
    assert svg.count(">甲</text>") == 2 and svg.count('fill="#1f4e79"') == 2


def test_decimal_parts_add_exactly():
    assert (
        ">0.3</text>"
        in show.stacked([{"a": "0.1", "b": "0.2", "y": "甲"}], ("a", "b"), "y", "图").html
    )


def test_charts_refuse_what_they_cannot_show():
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError):
            show.bars([{"n": wrong, "y": "甲"}], "n", "y", "图")
    with pytest.raises(ValueError):
        show.histogram([5], [0, 2, 4], "分布")
    with pytest.raises(ValueError):
        show.stacked([], ("a",), "y", "图")
    assert "（无）" in show.bars([], "n", "y", "图").html
