"""The public view: reviewed results of targets that may be named, and nothing else; corrections and
withdrawals; page and article.
"""

from __future__ import annotations

import re

import pytest
from answered import GAS, NUMBERS, OPEN, SECRET, TWO, correction, drawn, objection, recorded, row
from hypothesis import given
from hypothesis import strategies as st

from ssj import protocol
from ssj.casebook import show
from ssj.results import published
from ssj.site import article

MARK = {"results": "发现问题已责令改正", "measure": "责令改正"}


def view(rows, **more):
    return published.view(drawn(), recorded(rows, **more))


def test_a_reviewed_result():
    made = view(
        [row(OPEN, results=["发现问题待后续处理", "违反其他规定"], measure=["移送办案机构"])]
    )
    assert made["visits"] == [
        {
            "number": "2021Q4-001",
            "id": "S001",
            "name": "样例S001公司",
            "entry": "",
            "date": "2021-12-10",
            "changes": [],
            "items": [
                {
                    "id": "I1",
                    "name": "事项I1",
                    "entry": "",
                    "results": ["发现问题待后续处理", "违反其他规定"],
                    "measure": ["移送办案机构"],
                }
            ],
        }
    ]
    assert {
        key: made[key] for key in ("view", "round", "unnamed", "waiting", "withheld", "objections")
    } == {
        "view": "results",
        "round": "2021Q4",
        "unnamed": 0,
        "waiting": 3,
        "withheld": 0,
        "objections": {"received": 0, "answered": 0, "changed": 0},
    }


CASES = {
    "unreviewed": ([row(OPEN, reviewer="", published_on="")], {}, []),
    "one item of two not answered": ([row(TWO)], {}, []),
    "one item of two not reviewed": (
        [row(TWO), row(TWO, "I2", reviewer="", published_on="")],
        {},
        [],
    ),
    "not to be named": ([row(SECRET)], {}, []),
    "one item lawfully not public": (
        [row(TWO, not_public="样例条例第二条"), row(TWO, "I2")],
        {},
        [("", "2021-12-10", ["未发现问题"], [])],
    ),
    "corrected": (
        [row(OPEN)],
        {"corrections": [correction()]},
        [("已更正", "2021-12-10", ["未发现问题"], ["已更正：2022-01-10，录入有误"])],
    ),
    "one item corrected": (
        [row(TWO), row(TWO, "I2")],
        {"corrections": [correction(TWO, item="I2", category="异议成立")]},
        [
            (
                "已更正",
                "2021-12-10",
                ["未发现问题", "未发现问题"],
                ["已更正（事项I2）：2022-01-10，异议成立"],
            )
        ],
    ),
    "withdrawn": (
        [row(OPEN)],
        {"corrections": [correction(action="撤下", category="公示期满")]},
        [("依法撤下", "", [], ["依法撤下：2022-01-10，公示期满"])],
    ),
    "one item withdrawn": (
        [row(TWO), row(TWO, "I2", **{k: [v] for k, v in MARK.items()})],
        {"corrections": [correction(TWO, item="I2", action="撤下")]},
        [
            (
                "",
                "2021-12-10",
                ["未发现问题", "依法撤下"],
                ["依法撤下（事项I2）：2022-01-10，录入有误"],
            )
        ],
    ),
    "all items withdrawn one by one": (
        [row(TWO), row(TWO, "I2")],
        {"corrections": [correction(TWO, item=i, action="撤下") for i in ("I1", "I2")]},
        [
            (
                "依法撤下",
                "",
                ["依法撤下", "依法撤下"],
                [
                    "依法撤下（事项I1）：2022-01-10，录入有误",
                    "依法撤下（事项I2）：2022-01-10，录入有误",
                ],
            )
        ],
    ),
    "corrected, then withdrawn": (
        [row(OPEN)],
        {"corrections": [correction(), correction(action="撤下", approved_on="2022-01-12", n=1)]},
        [("依法撤下", "", [], ["依法撤下：2022-01-12，录入有误"])],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_listed(case):
    rows, registers, expected = CASES[case]
    made = view(rows, **registers)
    assert [
        (v["entry"], e["date"], [line[1] for line in e["lines"]], e["notes"])
        for v, e in zip(made["visits"], published.entries(made), strict=True)
    ] == expected


def test_who_is_not_listed_is_counted():
    made = view(
        [
            row(OPEN),
            row(SECRET),
            row(TWO, not_public="样例条例第二条"),
            row(TWO, "I2", not_public="样例条例第二条"),
        ],
        objections=[
            objection(handler="样例承办人", answered_on="2022-01-14", outcome="撤下"),
            objection(id="Y2"),
        ],
    )
    assert published.facts(made) == {
        "抽中（户次）": 4,
        "已审核、列在下面的": 1,
        "已审核、依法不公示的": 2,
        "还没有检查或还没有审核的": 1,
        "收到的异议（件）": 2,
        "已答复的异议（件）": 1,
        "因异议更正或撤下的（件）": 1,
    }


ITEMS = {OPEN: ("I1",), TWO: ("I1", "I2"), SECRET: ("I1",), GAS: ("I2",)}
KEYS = [(target, item) for target, items in ITEMS.items() for item in items]


@st.composite
def situations(draw):
    """Rows whose date and result tell which they are, and corrections about them."""
    rows = [
        row(
            target,
            item,
            date=f"2021-12-{10 + n}",
            results=[f"结果〔{target}{item}〕"],
            measure=[f"处置〔{target}{item}〕"],
            excuse="内部〔说明〕",
            remark="内部〔备注〕",
            reviewer=draw(st.sampled_from(("样例审核人", ""))),
            not_public=draw(st.sampled_from(("", "", "内部〔理由〕"))),
        )
        for n, (target, item) in enumerate(KEYS)
        if draw(st.booleans())
    ]
    changes = [
        correction(
            target,
            n,
            item=draw(st.sampled_from(("", *ITEMS[target]))),
            action=draw(st.sampled_from(("更正", "撤下"))),
            reason="内部〔缘由〕",
        )
        for n, target in enumerate(draw(st.lists(st.sampled_from(list(ITEMS)), max_size=4)))
    ]
    return rows, changes


@given(situations())
def test_nothing_gets_out_that_may_not(situation):
    rows, changes = situation
    made = view(rows, corrections=changes, objections=[objection(content="内部〔异议〕")])
    text = protocol.canonical(made).decode("utf-8")
    texts = [
        text,
        show.entries(published.entries(made), "检查结果").html,
        article.html(article.content(made, recorded(rows), [])),
        article.text(article.content(made, recorded(rows), [])),
    ]
    reviewed = {
        t
        for t, items in ITEMS.items()
        if all(
            any((r["visit"], r["item"], bool(r["reviewer"])) == (t, i, True) for r in rows)
            for i in items
        )
    }
    gone = {
        (t, i)
        for t, i in KEYS
        for c in changes
        if c["action"] == "撤下" and c["number"] == NUMBERS[t] and c["item"] in ("", i)
    }
    for r in rows:
        target, item = r["visit"], r["item"]
        may = (
            target in reviewed
            and target != SECRET
            and not r["not_public"]
            and (target, item) not in gone
        )
        assert all((f"〔{target}{item}〕" in one) == may for one in texts), (target, item)
    for one in texts:
        assert (
            "内部" not in one
            and f"样例{SECRET}公司" not in one
            and NUMBERS[SECRET] not in one
            and SECRET not in one
        )
        assert not any(
            word in one
            for word in (
                "risk_class",
                "信用风险",
                "stratum",
                "签号",
                "样例录入员",
                "样例审核人",
                "样例甲",
            )
        )
    assert [v["number"] for v in made["visits"]] == sorted(v["number"] for v in made["visits"])
    assert len(made["visits"]) + made["unnamed"] + made["waiting"] == len(ITEMS)


@given(situations())
def test_a_wholly_withdrawn_entry_keeps_no_date(situation):
    rows, changes = situation
    for visit in view(rows, corrections=changes)["visits"]:
        if visit["entry"] == "依法撤下":
            assert (
                visit["date"] == ""
                and all(i["results"] == i["measure"] == [] for i in visit["items"])
                and visit["changes"]
            )


# The page's entries and the article

EVIL = "样例<script>alert(1)</script>&公司"


def evil():
    record = drawn()
    record["tables"]["targets"][0]["identity"]["name"] = EVIL
    return record, recorded(
        [row(OPEN, measure=["责令改正"], results=["发现问题已责令改正"]), row(TWO), row(TWO, "I2")],
        record=record,
        corrections=[correction(TWO, action="撤下", category="公示期满")],
    )


def test_entries_escape_markup_and_read_as_text():
    record, made = evil()
    one = show.entries(published.entries(published.view(record, made)), "检查结果")
    assert "<script>" not in one.html and "&lt;script&gt;" in one.html
    assert repr(one) == (
        "检查结果（2 户）\n2021Q4-001　S001 样例<script>alert(1)</script>&公司 2021-12-10 "
        "事项I1：发现问题已责令改正：责令改正\n"
        "2021Q4-002　S002 样例S002公司 依法撤下：2022-01-10，公示期满"
    )
    assert "（无）" in show.entries([], "检查结果").html


ATTACHED = [("检查结果公示.html", "公示页"), ("检查结果公示.json", "数据")]


def test_article_as_text():
    record, made = evil()
    text = article.text(article.content(published.view(record, made), made, ATTACHED))
    assert text.splitlines() == [
        "样例县住建局样例抽查检查结果公示",
        "样例县住建局　2022年1月20日",
        "",
        "【演示批次：样例数据，公开随机数在封库前已知，不作执法依据】",
        "【唯一性未证实：没有两名以上保管人证明本批次本次只收到这一个封库校验码】",
        (
            "　　样例抽查（批次 2021Q4）共抽中 4 户次。截至2022年1月20日 10:00，已审核、"
            "列在下面的 2 户次，还没有检查或者还没有审核的 2 户次，现公示如下。"
        ),
        f"　　{published.LIMITS}",
        f"　　{published.HOW_TO_CHECK}",
        "",
        f"1. {EVIL}（2021Q4-001　S001），检查日期 2021-12-10",
        "　　事项I1：发现问题已责令改正（处置：责令改正）",
        "",
        "2. 样例S002公司（2021Q4-002　S002）",
        "　　依法撤下：2022-01-10，公示期满",
        "",
        "附件：",
        "1. 检查结果公示.html（公示页）",
        "2. 检查结果公示.json（数据）",
    ]


def test_article_as_html_is_plain():
    record, made = evil()
    page = article.html(article.content(published.view(record, made), made, ATTACHED))
    assert "&lt;script&gt;" in page and not re.search(
        r"<(script|style|link|img|iframe|form)|style=|class=|\son\w+=|https?:", page
    )
    assert set(re.findall(r"<([a-z0-9]+)", page)) == {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "h1",
        "p",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "br",
        "ol",
        "li",
    }
    assert page.count("<tr>") == 3 and "没有列出的" in page and "不等于没有问题" in page


def test_article_of_nothing():
    empty = view([])
    made = article.content(empty, recorded([]), [])
    assert "<table" not in article.html(made) and made["paragraphs"][0].endswith(
        "已审核、列在下面的 0 户次，还没有检查或者还没有审核的 4 户次。"
    )
