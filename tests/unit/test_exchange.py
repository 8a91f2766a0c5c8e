"""互认结果.json: what is in it and what is not; any changed byte is refused; what another bureau
takes of it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssj import protocol
from ssj.base.errors import InputError
from ssj.results import exchange
from ssj.tables.schema import KINDS_TO_FOLLOW, RESULTS

FILE = "互认结果.json"


def named(identifier: str, name: str, **internal) -> dict:
    return {"id": identifier, "identity": {"id": identifier, "name": name}, "internal": internal}


RECORD = {
    "tables": {
        "targets": [
            named(f"S{n:03}", f"样例{n}公司", risk_class="D", section="质量股") for n in range(1, 8)
        ],
        "items": [
            named("I1", "事项一", basis="条例第一条"),
            named("I2", "事项二", basis="条例第二条"),
        ],
        "officers": [named("P1", "样例甲", certificate="ZP1")],
    }
}


def result(number: int, item: str = "I1", **change) -> dict:
    return {
        "visit": f"S{number:03}",
        "number": f"tiny-{number:03}",
        "item": item,
        "date": "2021-12-10",
        "officers": ["P1"],
        "results": ["未发现问题"],
        "reviewer": "审",
        "published_on": "2021-12-20",
        "not_public": "",
        "measure": [],
        "responsible": "质量股",
        "entered_by": "录入员",
    } | change


def visit(number: int, **change) -> dict:
    return {
        "id": f"S{number:03}",
        "number": f"tiny-{number:03}",
        "state": "closed",
        "not_public": "",
        "withdrawn": False,
    } | change


def done(rows: list[dict], visits: list[dict], *corrections: dict) -> dict:
    return {
        "round": "tiny",
        "attempt": 1,
        "commitment": "c" * 64,
        "time": "2022-01-10T09:00:00+08:00",
        "parameters": {"bureau": "样例住建局", "demonstration": True},
        "rows": rows,
        "visits": visits,
        "corrections": list(corrections),
    }


ENTRY = {"stage": "03-results", "bag": "b" * 64}
SOUND = done(
    [result(1), result(1, "I2", results=["发现问题待后续处理", "违反其他规定"]), result(2)],
    [visit(1), visit(2)],
)


def given_away(record: dict = SOUND, to: str = "") -> bytes:
    return exchange.given(RECORD, record, ENTRY, to)


# --- what is given away ---


def test_what_is_in_the_file():
    content = json.loads(given_away(to="样例市场局"))
    assert {
        key: value for key, value in content.items() if key not in ("results", "content_sha256")
    } == {
        "view": "exchange",
        "format": "ssj-exchange/1",
        "bureau": "样例住建局",
        "given_to": "样例市场局",
        "round": "tiny",
        "attempt": 1,
        "demonstration": True,
        "commitment": "c" * 64,
        "stage": "03-results",
        "bag": "b" * 64,
        "time": "2022-01-10T09:00:00+08:00",
    }
    assert content["results"][1] == {
        "target": "S001",
        "name": "样例1公司",
        "item": "I2",
        "item_name": "事项二",
        "basis": "条例第二条",
        "date": "2021-12-10",
        "results": ["发现问题待后续处理", "违反其他规定"],
    }


def test_no_class_and_nobody_is_in_it():
    text = given_away().decode()
    assert not [
        word
        for word in (
            "risk_class",
            "样例甲",
            "P1",
            "录入员",
            "质量股",
            "officers",
            "measure",
            "section",
        )
        if word in text
    ]


NOT_GIVEN = {
    "not reviewed": ([result(1, reviewer="")], [visit(1, state="entered")], ()),
    "not published": ([result(1, published_on="")], [visit(1, state="reviewed")], ()),
    "lawfully not published": ([result(1)], [visit(1, not_public="涉密")], ()),
    "one item lawfully not": ([result(1, not_public="商业秘密")], [visit(1)], ()),
    "withdrawn": (
        [result(1)],
        [visit(1, withdrawn=True)],
        ({"number": "tiny-001", "item": "", "action": "撤下"},),
    ),
    "the item withdrawn": (
        [result(1)],
        [visit(1)],
        ({"number": "tiny-001", "item": "I1", "action": "撤下"},),
    ),
}


@pytest.mark.parametrize("case", NOT_GIVEN)
def test_what_is_not_given(case):
    rows, visits, corrections = NOT_GIVEN[case]
    both = done([*rows, result(2)], [*visits, visit(2)], *corrections)
    assert [r["target"] for r in exchange.rows(RECORD, both)] == ["S002"]


def test_a_corrected_result_is_given_as_it_is_now():
    assert (
        len(
            exchange.rows(
                RECORD,
                done(
                    [result(1)], [visit(1)], {"number": "tiny-001", "item": "I1", "action": "更正"}
                ),
            )
        )
        == 1
    )


# --- the file stands as it was given ---

ROWS = st.lists(
    st.tuples(
        st.integers(1, 7),
        st.sampled_from(["I1", "I2"]),
        st.dates(date(2021, 1, 1), date(2022, 12, 31)),
        st.lists(
            st.sampled_from([*RESULTS, *KINDS_TO_FOLLOW]), min_size=1, max_size=3, unique=True
        ),
    ),
    unique_by=lambda r: r[:2],
)


@given(ROWS, st.text(max_size=12).filter(str.isprintable))
def test_there_and_back(rows, to):
    record = done(
        [result(n, item, date=day.isoformat(), results=results) for n, item, day, results in rows],
        [visit(n) for n in range(1, 8)],
    )
    data = exchange.given(RECORD, record, ENTRY, to)
    content = exchange.read(data, FILE, protocol.sha256(data))
    assert [
        (r["target"], r["item"], r["date"], r["results"]) for r in content["results"]
    ] == sorted((f"S{n:03}", item, day.isoformat(), results) for n, item, day, results in rows)
    assert content["given_to"] == to and exchange.given(RECORD, record, ENTRY, to) == data


@given(st.integers(0, len(given_away()) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(at, by):
    data = bytearray(given_away())
    data[at] ^= by
    with pytest.raises(InputError) as refused:
        exchange.read(bytes(data), FILE)
    assert refused.value.problems[0].code in ("N01", "N02", "N03")


def test_every_flipped_bit_is_refused():
    data = given_away()
    passed = []
    for at in range(len(data)):
        for bit in range(8):
            try:
                exchange.read(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :], FILE)
                passed.append((at, bit))
            except InputError:
                pass
    assert passed == []


def rewritten(change) -> bytes:
    """The file after somebody changed it and was careful to state the new hash."""
    content = json.loads(given_away())
    del content["content_sha256"]
    change(content)
    return protocol.canonical(
        {**content, "content_sha256": protocol.sha256(protocol.canonical(content))}
    )


def stale() -> bytes:
    content = json.loads(given_away())
    content["results"][0]["results"] = ["不配合检查情节严重"]
    return protocol.canonical(content)


BROKEN = {  # bytes → the whole message
    "not UTF-8": (
        given_away().decode().encode("gb18030"),
        "N01 互认结果.json：读不出：不是 UTF-8 文本",
    ),
    "cut": (
        given_away()[:-9],
        ("N01 互认结果.json：读不出：不是完整的 JSON"),
    ),
    "saved again": (
        json.dumps(json.loads(given_away()), ensure_ascii=False, indent=1).encode(),
        "N01 互认结果.json：写法与 ssj exchange 写出的不同",
    ),
    "a line more": (given_away() + b"\n", "N01 互认结果.json：写法与 ssj exchange 写出的不同"),
    "something else": (b'{"view":"results"}', "N02 互认结果.json：不是互认结果文件：没有 view"),
    "a list": (b"[]", "N02 互认结果.json：不是互认结果文件：没有 view"),
    "another format": (
        rewritten(lambda c: c.update(format="ssj-exchange/9")),
        (
            "N02 互认结果.json：不是互认结果文件：格式是“ssj-exchange/9”，本程序认识的是 "
            "ssj-exchange/1"
        ),
    ),
    "a field less": (
        rewritten(lambda c: c.pop("bag")),
        "N02 互认结果.json：不是互认结果文件：缺少、多余或类型不对：bag",
    ),
    "a field more": (
        rewritten(lambda c: c.update(risk="D")),
        "N02 互认结果.json：不是互认结果文件：缺少、多余或类型不对：risk",
    ),
    "a type": (
        rewritten(lambda c: c.update(attempt=True)),
        "N02 互认结果.json：不是互认结果文件：缺少、多余或类型不对：attempt",
    ),
    "a row with officers": (
        rewritten(lambda c: c["results"][1].update(officers=["P1"])),
        "N02 互认结果.json：不是互认结果文件：第 2 条的内容不齐或类型不对",
    ),
    "an unknown category": (
        rewritten(lambda c: c["results"][0].update(results=["合格"])),
        "N02 互认结果.json：不是互认结果文件：第 1 条的检查结果“合格”不在结果类别中",
    ),
    "a category that is no text": (
        rewritten(lambda c: c["results"][0].update(results=[["合格"]])),
        "N02 互认结果.json：不是互认结果文件：第 1 条的检查结果“['合格']”不在结果类别中",
    ),
    "a bureau of two lines": (
        rewritten(lambda c: c.update(bureau="样例住建局\n样例")),
        "N02 互认结果.json：不是互认结果文件：单位、批次或时间不是一行文字",
    ),
    "nobody's": (
        rewritten(lambda c: c.update(bureau=" ")),
        "N02 互认结果.json：不是互认结果文件：单位、批次或时间不是一行文字",
    ),
    "a name of two lines": (
        rewritten(lambda c: c["results"][0].update(name="样例\x07")),
        "N02 互认结果.json：不是互认结果文件：第 1 条的名称不是一行文字",
    ),
    "no result": (
        rewritten(lambda c: c["results"][0].update(results=[])),
        "N02 互认结果.json：不是互认结果文件：第 1 条没有检查结果，或者检查日期不对",
    ),
    "no day": (
        rewritten(lambda c: c["results"][0].update(date="2021-13-01")),
        "N02 互认结果.json：不是互认结果文件：第 1 条没有检查结果，或者检查日期不对",
    ),
    "an id": (
        rewritten(lambda c: c["results"][0].update(target="s001")),
        "N02 互认结果.json：不是互认结果文件：第 1 条的编号不规范",
    ),
    "out of order": (
        rewritten(lambda c: c["results"].reverse()),
        "N02 互认结果.json：不是互认结果文件：各条没有按编号排列，或者重复",
    ),
    "twice": (
        rewritten(lambda c: c["results"].insert(0, c["results"][0])),
        "N02 互认结果.json：不是互认结果文件：各条没有按编号排列，或者重复",
    ),
    "another result": (stale(), "N03 互认结果.json：内容与它自己写明的校验码不符（内容的校验码是 "),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file(case):
    data, message = BROKEN[case]
    with pytest.raises(InputError) as refused:
        exchange.read(data, FILE)
    (problem,) = refused.value.problems
    assert (
        f"{problem.code} {problem.place}：{problem.message}".startswith(message) and problem.remedy
    )


def test_a_careful_forgery_needs_the_hash_told_by_another_way():
    forged = rewritten(lambda c: c["results"][0].update(results=["不配合检查情节严重"]))
    assert exchange.read(forged, FILE)["results"][0]["results"] == ["不配合检查情节严重"]
    with pytest.raises(InputError) as refused:
        exchange.read(forged, FILE, protocol.sha256(given_away()))
    assert [(p.code, p.message) for p in refused.value.problems] == [
        ("N04", "文件校验码与另外告知的不同")
    ]


# --- what is taken ---

OURS = exchange.Ours(
    "样例市场局",
    True,
    date(2021, 12, 27),
    {"I1": "事项一", "M2": "事项二", "I3": "事项三"},
    {f"S{n:03}": f"样例{n}公司" for n in range(1, 8)},
)
CONTENT = json.loads(given_away())


def take(ours: exchange.Ours = OURS, content: dict = CONTENT) -> exchange.Taken:
    return exchange.take(content, "d" * 64, FILE, ours)


def test_the_same_id_and_name_is_taken():
    taken = take()
    assert taken.rows == [
        {
            "source": "样例住建局",
            "target": f"S00{n}",
            "item": "I1",
            "date": date(2021, 12, 10),
            "result": "未发现问题",
            "sha256": "d" * 64,
            "remark": "",
        }
        for n in (1, 2)
    ]
    assert taken.unsettled == [
        {
            "source": "样例住建局",
            "their_item": "I2",
            "their_name": "事项二",
            "count": 1,
            "suggestion": "本单位的 M2 名称相同，编号不同",
        }
    ]
    assert (taken.known, taken.strangers, taken.untimely, taken.refused, taken.problems) == (
        [],
        [],
        [],
        [],
        [],
    )


SUGGESTED = {
    ("M2", "事项二"): "本单位的 M2 名称相同，编号不同",
    ("I1", "别的事项"): "本单位的 I1 编号相同，名称是“事项一”",
    ("Z9", "燃气经营企业安全生产检查"): "没有相近的",
    ("Z9", "事项一部"): "本单位的 I1“事项一”名称相近",
}


@pytest.mark.parametrize("theirs", SUGGESTED)
def test_a_suggestion_is_not_a_decision(theirs):
    item, name = theirs
    row = {**CONTENT["results"][0], "item": item, "item_name": name}
    taken = take(
        replace(OURS, items={"I1": "事项一", "M2": "事项二"}), {**CONTENT, "results": [row]}
    )
    if theirs == ("M2", "事项二"):
        assert len(taken.rows) == 1 and taken.unsettled == []  # same id, same name
    else:
        assert taken.rows == [] and [u["suggestion"] for u in taken.unsettled] == [
            SUGGESTED[theirs]
        ]


def test_the_mapping_table_settles_it():
    mapping, problems = exchange.mapping_of(
        [{"source": "样例住建局", "their_item": "I2", "item": "M2", "row": 2}],
        OURS.items,
        "exchange_items.xlsx",
    )
    taken = take(replace(OURS, mapping=mapping))
    assert problems == [] and taken.unsettled == []
    assert [(r["target"], r["item"], r["remark"]) for r in taken.rows] == [
        ("S001", "I1", ""),
        ("S001", "M2", "对方事项 I2 事项二，按对照表"),
        ("S002", "I1", ""),
    ]


def test_the_mapping_table_says_that_an_item_is_none_of_ours():
    mapping, _ = exchange.mapping_of(
        [{"source": "样例住建局", "their_item": "I2", "item": "不认", "row": 2}],
        OURS.items,
        "exchange_items.xlsx",
    )
    taken = take(replace(OURS, mapping=mapping))
    assert [r["item"] for r in taken.refused] == ["I2"] and taken.unsettled == []


def test_a_mapping_table_that_is_wrong():
    rows = [
        {"source": "样例住建局", "their_item": "I2", "item": item, "row": n}
        for n, item in enumerate(("M2", "", "Z9", "I3", "M2"), 2)
    ]
    _, problems = exchange.mapping_of(rows, OURS.items, "exchange_items.xlsx")
    assert [f"{p.code} {p.place}：{p.message}" for p in problems] == [
        "N08 exchange_items.xlsx 第 4 行 “本单位事项编号”列：本单位事项编号不在事项清单中",
        (
            "N09 exchange_items.xlsx 第 5 行 “本单位事项编号”列：同一来源单位的同一事项，"
            "前面写的是另一个编号"
        ),
    ]


def test_what_is_left_out_and_why():
    day = {
        "strangers": {"target": "X9"},
        "last year": {"date": "2020-12-10"},
        "too late": {"date": "2021-12-27"},
        "in time": {"date": "2021-12-26"},
    }
    rows = [
        {**CONTENT["results"][0], "target": f"S00{n}", **change}
        for n, change in enumerate(day.values(), 1)
    ]
    taken = take(content={**CONTENT, "results": rows})
    assert (
        [r["target"] for r in taken.strangers],
        [r["date"] for r in taken.untimely],
        [r["target"] for r in taken.rows],
    ) == (["X9"], ["2020-12-10", "2021-12-27"], ["S004"])


def test_another_name_of_the_same_target_is_remarked_on():
    taken = take(replace(OURS, targets={**OURS.targets, "S002": "样例更名公司"}))
    assert [r["remark"] for r in taken.rows] == ["", "对方名称“样例2公司”"]


def test_what_is_there_already_is_not_written_twice():
    taken = take(replace(OURS, recognised=tuple(take().rows)))
    assert taken.rows == [] and len(taken.known) == 2 and taken.problems == []


def test_another_result_than_the_one_that_is_there():
    old = {**take().rows[0], "result": "发现问题已责令改正"}
    assert [f"{p.code} {p.message}" for p in take(replace(OURS, recognised=(old,))).problems] == [
        (
            "N07 recognised 中已有这一户、这一事项、同一天的另一个结果：S001 I1 2021-12-10 "
            "发现问题已责令改正"
        )
    ]


def test_our_own_results_and_demonstrations_are_refused():
    assert [p.message for p in take(replace(OURS, bureau="样例 住建局")).problems] == [
        "是本单位自己的结果"
    ]
    assert [p.message for p in take(replace(OURS, demonstration=False)).problems] == [
        "是演示批次的结果，本批次是正式批次"
    ]
    assert take(replace(OURS, demonstration=False)).rows == []


def test_the_checks_are_all_documented():
    codes = {
        line.split("|")[1].strip()
        for line in exchange.__doc__.splitlines()
        if line.startswith("| N")
    }
    assert codes == {f"N{n:02}" for n in range(1, 11)}
