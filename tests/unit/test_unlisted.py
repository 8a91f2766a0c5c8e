"""Lists of other offices: read in any layout, compared row by row; no row is lost."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssj.rosters import offices, unlisted
from ssj.rosters.offices import Listing, Row
from ssj.tables import across, schema, writing

CODES = ("91350100M000100Y43", "91110000101623741K", "911101066976941872")


def given_list(folder, text: str, name: str = "工商登记.csv"):
    (folder / offices.FOLDER).mkdir(exist_ok=True)
    (folder / offices.FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    return folder


def listings(folder, text=None, chosen=None):
    return offices.read(folder if text is None else given_list(folder, text), chosen or {})


def said(found):
    return [(p.code, p.severity, p.file, p.row) for p in offices.problems(found)]


# name → (csv, rows, problems (code, severity, row))
FILES = {
    "title, footer, columns of its own": (
        (
            f"某县市场主体名单,,\n企业名称,统一社会信用代码,法定代表人\n样例甲公司,{CODES[0]},"
            "样例\n合计,1,\n"
        ),
        [Row(3, CODES[0], "样例甲公司")],
        [],
    ),
    "names alone": ("工程名称\n样例家园\n", [Row(2, "", "样例家园")], []),
    "everything": (
        (
            f"名称,编号,行业,登记状态,不列入原因\n样例 甲,{CODES[0].lower()},物业 管理,存 续,"
            "在省厅监管\n"
        ),
        [Row(2, CODES[0], "样例 甲", "物业管理", "存续", "在省厅监管")],
        [],
    ),
    "a code that is lost": (
        "名称,编号\n样例甲,9.14690062012665E+17\n",
        [Row(2, "", "样例甲")],
        [("H25", "warning", 2)],
    ),
    "a code that is lost, and no name": (
        "名称,编号,状态\n,9.14690062012665E+17,存续\n",
        [Row(2, "", "", status="存续", unread="编码被 Excel 存成数字，末几位已丢失，不能恢复")],
        [("H25", "warning", 2), ("H26", "warning", 2)],
    ),
    "neither": (
        "名称,编号,状态\n,,存续\n",
        [Row(2, "", "", status="存续", unread="编号和名称都是空的")],
        [("H26", "warning", 2)],
    ),
    "a garbled name": (
        f"名称,编号\n锟斤拷,{CODES[0]}\n锟斤拷,\n",
        [Row(2, CODES[0], ""), Row(3, "", "", unread="文字有乱码或看不见的字符")],
        [("F11", "warning", 2), ("F11", "warning", 3), ("H26", "warning", 3)],
    ),
    "garbled where nothing is read": (
        f"名称,编号,备注\n样例甲,{CODES[0]},锟斤拷\n",
        [Row(2, CODES[0], "样例甲")],
        [],
    ),
    "another table": ("甲,乙\n1,2\n", [], [("F06", "error", 1)]),
    "two columns for the code": (
        "名称,统一社会信用代码,注册号\n甲,1,2\n",
        [Row(2, "", "甲")],
        [("F15", "warning", 1)],
    ),
    "a mobile number in a remark": (
        "名称,情况\n样例甲,联系13912345678\n",
        [Row(2, "", "样例甲")],
        [("H21", "error", 2)],
    ),
    "no rows": ("名称,编号\n", [], []),
}


@pytest.mark.parametrize("name", FILES)
def test_files(tmp_path, name):
    text, rows, problems = FILES[name]
    (found,) = listings(tmp_path, text)
    assert (found.source, found.file, list(found.rows)) == (
        "工商登记",
        "outside/工商登记.csv",
        rows,
    )
    assert [
        (p.code, p.severity, p.row) for p in sorted(found.problems, key=lambda p: (p.row, p.code))
    ] == problems
    assert {p.file for p in found.problems} <= {"outside/工商登记.csv"}


def test_mapping_settles_it(tmp_path):
    (tmp_path / "mapping.toml").write_text(
        '[outside]\n"编号" = ["统一社会信用代码", "注册号"]\n', encoding="utf-8"
    )
    (found,) = listings(
        tmp_path,
        f"名称,统一社会信用代码,注册号\n甲,{CODES[0]},330000000000001\n乙,,330000000000002\n",
    )
    assert [(r.name, r.id) for r in found.rows] == [
        ("甲", CODES[0]),
        ("乙", "330000000000002"),
    ] and found.problems == ()
    (tmp_path / "mapping.toml").write_text("[outside]\n编号 = 1", encoding="utf-8")
    assert said(listings(tmp_path)) == [("F14", "error", "mapping.toml", None)]


def test_a_folder(tmp_path):
    assert offices.read(tmp_path, {}) == [] and offices.files(tmp_path) == []
    given_list(given_list(tmp_path, "名称\n甲\n"), "名称\n乙\n", "施工许可.csv")
    frame = pd.DataFrame({"名称": ["丙"], "联系电话": ["13912345678"]})
    writing.write_xlsx(tmp_path / offices.FOLDER / "施工许可.xlsx", {"表": frame})
    for junk in ("~$别的.xlsx", ".DS_Store", "Thumbs.db", "来函.pdf"):
        (tmp_path / offices.FOLDER / junk).write_bytes(b"x")
    found = offices.read(tmp_path, {"工商登记": ["物业"], "税务": ["物业"]})
    assert said(found) == [
        ("H24", "error", "outside/工商登记.csv", None),
        ("H22", "error", "outside/施工许可", None),
        ("H20", "warning", "outside/来函.pdf", None),
        ("H23", "warning", "round.toml", None),
    ]
    assert found[2].notes == (
        "outside/施工许可.xlsx：读取 1 行。",
        "outside/施工许可.xlsx 的“联系电话”列含个人信息，读取时已略去，不进入档案。",
    )


def test_fifty_problems_alike_at_most(tmp_path):
    (found,) = listings(tmp_path, "名称,编号\n" + "".join(f"样例{n},9.1E+17\n" for n in range(60)))
    assert (
        len(found.rows) == 60
        and len(found.problems) == 51
        and found.problems[-1].message.startswith("同样的问题还有 10 处")
    )


def targets(*rows: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        [(*row, "存续", "燃气股")[:4] if len(row) == 2 else (*row, "燃气股") for row in rows],
        columns=["id", "name", "status", "section"],
    )


KNOWN = targets(
    ("A1", "样例甲(北)公司"),
    ("A2", "样例乙公司"),
    ("A3", "同名公司"),
    ("A4", "同名公司"),
    ("A5", "样例戊公司", "注销"),
)
# name → (row, result, findings, target)
ROWS = {
    "by code": (Row(2, "A1", "样例甲(北)公司"), "在库", [], "A1"),
    "by code, without a name": (Row(2, "A1", ""), "在库", [], "A1"),
    "by name, as people write it": (Row(2, "", "样例甲（北） 公司"), "在库", [], "A1"),
    "another code": (Row(2, "B9", "样例乙公司"), "在库", ["编号不一致"], "A2"),
    "another name": (Row(2, "A2", "样例丙公司"), "在库", ["名称不一致"], "A2"),
    "code of one and name of another": (Row(2, "A1", "样例乙公司"), "在库", ["名称不一致"], "A1"),
    "one of two with that name": (Row(2, "", "同名公司"), "在库", [], "A3"),
    "cancelled there, active here": (
        Row(2, "A1", "样例甲(北)公司", status="吊销,未注销"),
        "在库",
        ["应出未出"],
        "A1",
    ),
    "cancelled in both": (Row(2, "A5", "样例戊公司", status="注销"), "在库", [], "A5"),
    "only stopped there": (Row(2, "A1", "样例甲(北)公司", status="停业"), "在库", [], "A1"),
    "new": (Row(2, "B1", "样例己公司"), "应入未入", [], ""),
    "new, without a code": (Row(2, "", "样例己公司"), "应入未入", [], ""),
    "new, in its category": (Row(2, "B1", "样例己公司", category="物业 管理"), "应入未入", [], ""),
    "new, of another category": (Row(2, "B1", "样例己公司", category="餐饮"), "不适用", [], ""),
    "new, with a reason": (
        Row(2, "B1", "样例己公司", category="物业管理", reason="省厅监管"),
        "不适用",
        [],
        "",
    ),
    "new and cancelled": (
        Row(2, "B1", "样例己公司", category="物业管理", status="已注销"),
        "不适用",
        [],
        "",
    ),
    "new and stopped": (
        Row(2, "B1", "样例己公司", category="物业管理", status="停业"),
        "不适用",
        [],
        "",
    ),
    "nothing to read": (Row(2, "", "", unread="编号和名称都是空的"), "不能识别", [], ""),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows(name):
    row, result, findings, found = ROWS[name]
    chosen = {"工商登记": ["物业管理"]} if row.category else {}
    (own,) = unlisted.compare([Listing("工商登记", "f", (row,))], KNOWN, chosen)
    assert (own["result"], [kind for kind, _ in own["findings"]], own["target"]) == (
        result,
        findings,
        found,
    )


@given(st.text(max_size=12))
def test_names_are_folded_as_other_tables_are(name):
    assert unlisted.folded(name) == across.folded(pd.Series([name], dtype=object))[0]


ENDED = {
    "注销": True,
    "已注销": True,
    "吊销未注销": True,
    "吊销，未注销": True,
    "存续（未注销）": False,
    "存续": False,
    "未吊销": False,
    "": False,
    "竣工": True,
    "未竣工": False,
    "停业": False,
    "迁出": True,
}


@pytest.mark.parametrize("status", ENDED)
def test_ended(status):
    assert unlisted.ended(status) is ENDED[status]


def test_a_row_is_missing_once():
    lists = [
        Listing(
            "甲",
            "f",
            (Row(2, "B1", "样例己公司"), Row(3, "B1", "样例己"), Row(4, "", "样例庚公司")),
        ),
        Listing("乙", "g", (Row(2, "B1", "另一名称"), Row(3, "", " 样例庚公司"))),
    ]
    rows = unlisted.compare(lists, KNOWN, {})
    assert [row["result"] for row in rows] == ["应入未入", "重复", "应入未入", "重复", "重复"]
    assert unlisted.counts(lists, rows)[-1] == {
        "source": "合计",
        **dict.fromkeys(list(unlisted.COUNTS)[1:], 0),
        "rows": 5,
        "应入未入": 2,
        "重复": 3,
    }


def test_what_a_check_says_of_them():
    lists = [
        Listing("甲", "f", (Row(2, "A1", "", status="注销"), Row(3, "B1", "样例己公司"))),
        Listing("乙", "g", (Row(2, "B2", "样例辛公司"),)),
        Listing("", "outside"),
    ]
    assert unlisted.notes(lists, unlisted.compare(lists, KNOWN, {}), 0) == [
        "甲 与名录库对照：在库 1，应入未入 1，应出未出 1 行。",
        "乙 与名录库对照：应入未入 1 行。",
    ]
    assert (
        unlisted.notes(lists, unlisted.compare(lists, KNOWN, {}), 3)[1]
        == "乙 与名录库对照：应入未入 1 行（名录库有 3 行有错误，没有算在库里）。"
    )
    assert unlisted.notes([], [], 0) == []


def test_reasons_are_counted():
    rows = (
        Row(2, "B1", "a", reason="省厅监管"),
        Row(3, "B2", "b", reason="总部"),
        Row(4, "B3", "c", status="注销"),
        Row(5, "B4", "d", category="餐饮"),
        Row(6, "B5", "e"),
    )
    found = unlisted.compare([Listing("甲", "f", rows)], KNOWN, {"甲": ["物业"]})
    assert {(r["detail"], r["count"]) for r in unlisted.reasons(found)} == {
        ("不列入理由", 2),
        ("状态为“注销”", 1),
        ("类别“餐饮”不在选定的类别中", 1),
        ("类别“（空）”不在选定的类别中", 1),
    }


CELL = st.sampled_from(["", "A1", "A2", "B1", "B2"])
NAME = st.sampled_from(["", "样例甲(北)公司", "样例乙公司", "同名公司", "样例己公司", "样例庚公司"])
ROW = st.builds(
    lambda i, n, c, s, r: Row(2, i, n, c, s, r, "" if i or n else "空"),
    CELL,
    NAME,
    st.sampled_from(["", "物业"]),
    st.sampled_from(["", "存续", "注销", "停业"]),
    st.sampled_from(["", "", "省厅"]),
)


@given(st.lists(st.lists(ROW, max_size=8), max_size=3), st.booleans())
def test_counts_add_up(rows, narrowed):
    lists = [Listing(f"源{n}", "f", tuple(own)) for n, own in enumerate(rows)]
    found = unlisted.compare(lists, KNOWN, {"源0": ["物业"]} if narrowed else {})
    assert len(found) == sum(map(len, rows))
    for count, listing in zip(unlisted.counts(lists, found), lists, strict=False):
        assert (
            count["rows"] == len(listing.rows) == sum(count[result] for result in unlisted.RESULTS)
        )
        assert (
            len([f for f in unlisted.findings(found) if f["source"] == listing.source])
            == count["应出未出"] + count["名称不一致"] + count["编号不一致"]
        )
    for row in found:
        there = row["id"] in set(KNOWN["id"]) or row["name"] in set(KNOWN["name"])
        assert (row["result"] == "在库") == there, (
            "in the roster by code or by name, and never otherwise"
        )
    missing = unlisted.of(found, unlisted.MISSING)
    assert len({row["id"] or row["name"] for row in missing}) == len(missing)


def test_the_columns_are_declared():
    assert [c.key for c in schema.LATER[offices.TABLE]] == ["code", *Row._fields[2:6]]
