"""行政执法统计年报: each figure of a small year by hand, with the rows behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_year import OTHER, year

from ssj.rosters import history
from ssj.tables import schema
from ssj.year import frequency, statistics

END = "2021-12-31"
F2 = OTHER[0]
ROWS = [
    *OTHER,
    {**F2, "date": "2021-07-01", "kind": "专项检查", "method": "非现场"},
    {**F2, "target": "F3", "date": "2021-07-02", "kind": "专项检查"},
    {**F2, "target": "F3", "date": "2021-07-03", "level": "市级"},
    {**F2, "target": "F4", "date": "2022-01-03"},
]


def figures(it=None, until=END):
    it = it or replace(year(), other=ROWS)
    return {f["name"]: f for f in statistics.recorded(it, until)}


def test_every_figure_is_the_number_of_its_rows():
    for figure in figures().values():
        assert figure["value"] == len(figure["rows"])


def test_the_figures_by_hand():
    drawn = len(year().inspected(END))
    found = {name: f["value"] for name, f in figures().items()}
    assert drawn > 0
    assert found["行政检查"] == drawn + 4, "not the city's, not next year's"
    assert found["其中：随机抽查"] == drawn
    assert found["其中：其他日常检查"] == 1
    assert found["其中：专项检查"] == 2
    assert found["其中：个案检查"] == 1
    assert found["现场检查"] + found["非现场检查"] == found["行政检查"]
    assert found["非现场检查"] == 1
    problems = sum(v["problem"] for _, v in year().inspected(END))
    assert found["发现问题的随机抽查"] == problems > 0


def test_the_parts_are_the_whole():
    found = figures()
    parts = [f["value"] for name, f in found.items() if name.startswith("其中：")]
    assert sum(parts) == found["行政检查"]["value"]


def test_firms_are_counted_once():
    rows = figures()["检查的企业（项目）"]["rows"]
    assert len(rows) == len({r["id"] for r in rows})
    assert {"F1", "F2", "F3"} <= {r["id"] for r in rows}


def test_what_came_later_is_not_counted():
    early = figures(until="2021-06-30")
    assert early["其中：专项检查"]["value"] == 0
    assert all(r["text"][:10] <= "2021-06-30" for f in early.values() for r in f["rows"])


def test_without_other_inspections_only_draws_count():
    found = figures(replace(year(), other=None))
    assert found["行政检查"]["value"] == found["其中：随机抽查"]["value"]


METHODS = {
    "现场检查": False,
    "书面检查": True,
    "网络监测、书面检查": True,
    "现场检查、网络监测": False,
    "非现场检查": True,
    "实地核查": False,
    "抽样检测": False,
    "": False,
    "大数据比对、现场核查": False,
}


@pytest.mark.parametrize(("method", "off"), METHODS.items())
def test_which_items_are_inspected_off_site(method, off):
    assert schema.off_site(method) is off


def test_a_visit_is_off_site_if_all_its_items_are():
    methods = {"I1": "书面检查", "I2": "现场检查"}
    assert history.off_site({"items": ["I1"]}, methods)
    assert not history.off_site({"items": ["I1", "I2"]}, methods)


def test_off_site_inspections_are_no_visits():
    it = replace(year(), other=[{**F2, "method": "非现场", "target": "F9"}])
    assert frequency.firms(it, END)["F9"].count.together == 0
    past = history.History(
        [
            {
                "window": {"start": "2021-03-01"},
                "above_cap": [],
                "visits": [
                    {"id": "T1", "tasks": ["R1"], "off_site": True},
                    {"id": "T2", "tasks": ["R1"]},
                ],
            }
        ]
    )
    assert dict(past.counted(2021)) == {"T2": 1} and not past.exempt(2021)


def test_several_inspections_in_one_quarter_are_named():
    it = replace(year(), other=ROWS)
    merge = frequency.recorded(it, END)["merge"]
    assert merge and all("；" in row["text"] for row in merge)
    assert {r["quarter"] for r in merge if r["id"] == "F3"} <= {
        f"2021 年第 {n} 季度" for n in (1, 2, 3, 4)
    }
    public = frequency.public_facts({"frequency": frequency.recorded(it, END)})
    assert set(public) == {"年度检查频次上限", "达到上限的（户）", "其中超过上限的（户）"}
