"""ssj adopt: what an upper level's list changes in a round's, what it does not, and what is left to
a person.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from ssj import cli, protocol
from ssj.base.errors import SsjError
from ssj.rosters import rosters
from ssj.tables import parts, rawtables, schema, writing
from ssj.tables.table import Table
from ssj.upkeep import adoption

LIST, NEXT, OTHER = "省住建厅 2021 年版", "省住建厅 2022 年版", "省消防总队 2021 年版"
DAY = date(2022, 1, 1)


def item(code: str, name: str, **more) -> dict:
    return {
        "事项编号": code,
        "事项名称": name,
        "抽查依据": "样例条例",
        "抽查主体": "演示县住建局",
        "抽查内容": "样例内容",
        "抽查方式": "现场检查",
        "事项类别": "一般",
        "检查对象类别": "在建项目",
    } | more


OURS = [
    item("S01", "施工质量", 来源=LIST, 上级编号="P1"),
    item("S02", "燃气安全", 来源=LIST, 上级编号="P2", 抽查依据="旧条例", 生效日期="2020-01-01"),
    item("S03", "消防设施", 来源=OTHER, 上级编号="P1"),
    item("S04", "夜间施工", 来源="自建"),
    item("S05", "物业服务"),
    item("S06", "扬尘治理", 来源=LIST, 上级编号="P6"),
]


def table(rows: list[dict], file: str = "items.xlsx") -> Table:
    columns = [h for h in schema.headers("items") if any(h in row for row in rows)]
    return Table(
        file,
        frame=pd.DataFrame(
            [[row.get(h) for h in columns] for row in rows],
            columns=columns,
            index=range(2, len(rows) + 2),
            dtype=object,
        ),
    )


def adopted(upper: list[dict], ours: list[dict] | None = None, **more) -> adoption.Adoption:
    given = {"origin": NEXT, "replaces": (LIST,), "effective": DAY} | more
    return adoption.adopted(table(OURS if ours is None else ours), table(upper), **given)


def rows(made: adoption.Adoption) -> dict[str, dict]:
    return {row["事项名称"]: row for row in made.rows}


SAME = [
    {"事项编号": "P1", "事项名称": "施工质量"},
    {"事项编号": "P2", "事项名称": "燃气安全"},
    {"事项编号": "P6", "事项名称": "扬尘治理"},
]


def test_nothing_new():
    """The same list again: no row changes, not even in what the list does not say."""
    made = adopted(SAME, origin=LIST, replaces=())
    assert made.changes == [] and made.open == [] and made.lacking() == []
    assert [{k: v for k, v in row.items() if v is not None} for row in made.rows] == OURS
    assert made.counts() == {
        "更新": 0,
        "新增": 0,
        "失效": 0,
        "请人核对": 0,
        "没有变动的本级事项": 3,
    }


def test_field_by_field():
    """By 上级编号, so that even the name may change; only what the list says, and who adopted it
    from where.
    """
    made = adopted(
        [
            SAME[0],
            {
                "事项编号": "p2",
                "事项名称": "燃气使用安全",
                "抽查依据": "新条例",
                "事项类别": "重点检查事项",
                "抽查频次": "每年2次",
            },
            SAME[2],
        ]
    )
    assert made.changes == [
        ("S01", "施工质量", "变更", "来源", LIST, NEXT),
        ("S02", "燃气安全", "变更", "事项名称", "燃气安全", "燃气使用安全"),
        ("S02", "燃气安全", "变更", "抽查依据", "旧条例", "新条例"),
        ("S02", "燃气安全", "变更", "事项类别", "一般", "重点检查事项"),
        ("S02", "燃气安全", "变更", "抽查频次", "", "每年2次"),
        ("S02", "燃气安全", "变更", "来源", LIST, NEXT),
        ("S06", "扬尘治理", "变更", "来源", LIST, NEXT),
    ]
    assert rows(made)["燃气使用安全"] == item(
        "S02",
        "燃气使用安全",
        来源=NEXT,
        上级编号="P2",
        抽查依据="新条例",
        生效日期="2020-01-01",
        事项类别="重点检查事项",
        抽查频次="每年2次",
    )


def test_differences_in_writing_are_none():
    made = adopted(
        [
            SAME[0] | {"事项名称": " 施工 质量", "抽查依据": "样例条例\n"},
            SAME[1] | {"事项类别": "一般检查事项", "抽查比例": None},
            SAME[2],
        ],
        origin=LIST,
    )
    assert made.changes == []


def test_what_only_we_know_stays():
    made = adopted(
        [SAME[0] | {"抽查主体": "县级以上住建部门", "检查对象类别": "建筑工地"}, *SAME[1:]],
        origin=LIST,
    )
    assert made.changes == [] and made.open == [
        ("S01", "施工质量", adoption.KEPT, "抽查主体：本级“演示县住建局”，上级“县级以上住建部门”"),
        ("S01", "施工质量", adoption.KEPT, "检查对象类别：本级“在建项目”，上级“建筑工地”"),
    ]


def test_new_and_gone():
    """A new one at the end with where it is from and since when, its blanks named; one that is gone
    ends the day before.
    """
    made = adopted(
        [SAME[0], SAME[1], {"事项编号": "P9", "事项名称": "装配式建筑", "抽查依据": "新条例"}]
    )
    assert made.rows[-1] == {
        "事项编号": "P9",
        "事项名称": "装配式建筑",
        "抽查依据": "新条例",
        "来源": NEXT,
        "上级编号": "P9",
        "生效日期": DAY,
    }
    assert ("P9", "装配式建筑", "新增", "", "", "") in made.changes
    assert made.lacking() == [
        (8, "P9", "装配式建筑", ("抽查主体", "抽查内容", "抽查方式", "事项类别", "检查对象类别"))
    ]
    assert ("S06", "扬尘治理", "失效", "失效日期", "", "2021-12-31") in made.changes and rows(made)[
        "扬尘治理"
    ]["失效日期"] == date(2021, 12, 31)
    # another list's, ours, and one without origin
    assert [{k: v for k, v in row.items() if v is not None} for row in made.rows[2:5]] == OURS[2:5]


def test_gone_without_a_day():
    made = adopted(SAME[:2], effective=None)
    assert (
        "S06",
        "扬尘治理",
        adoption.GONE,
        "没有写 --effective，请核对后填失效日期",
    ) in made.open and rows(made)["扬尘治理"].get("失效日期") is None


def test_gone_from_a_list_that_is_not_replaced():
    """Without --replaces the items of another version are none of ours to end."""
    made = adopted([{"事项编号": "P9", "事项名称": "装配式建筑"}], replaces=())
    assert [change[2] for change in made.changes] == ["新增"]


# name → (ours, upper, id of ours that is meant)
MATCHES = {
    "by its number there": (
        item("S01", "甲", 来源=LIST, 上级编号="P1"),
        {"事项编号": "P1", "事项名称": "乙"},
        True,
    ),
    "by our number": (item("P1", "甲"), {"事项编号": "P1", "事项名称": "甲（新）"}, True),
    "by name": (item("S01", "施工 质量"), {"事项名称": "施工质量"}, True),
    "by name, with a number": (
        item("S01", "施工质量"),
        {"事项编号": "P1", "事项名称": "施工质量"},
        True,
    ),
    "another part of the name": (
        item("S01", "施工质量", 抽查子项="甲"),
        {"事项名称": "施工质量", "抽查子项": "乙"},
        False,
    ),
    "the number of another list": (
        item("S01", "甲", 来源=OTHER, 上级编号="P1"),
        {"事项编号": "P1", "事项名称": "乙"},
        False,
    ),
    "ours by declaration": (item("S01", "施工质量", 来源="自建"), {"事项名称": "施工质量"}, False),
}


@pytest.mark.parametrize(("ours", "upper", "same"), MATCHES.values(), ids=MATCHES)
def test_matching(ours, upper, same):
    made = adopted([upper], [ours])
    assert (len(made.rows) == 1) == same
    assert made.rows[0].get("来源") == (NEXT if same else ours.get("来源"))


def test_what_is_left_to_a_person():
    upper = [
        {"事项名称": "消防检查"},
        {"事项名称": "消防 检查"},
        {"事项名称": "两可"},
        {"事项编号": "P1", "事项名称": "施工质量", "事项类别": "特别"},
    ]
    ours = [
        item("S01", "施工质量", 来源=LIST, 上级编号="P1"),
        item("S07", "消防检查", 来源=LIST),
        item("S08", "两可"),
        item("S09", "两可"),
    ]
    made = adopted(upper, ours, origin=LIST)
    # S07 does not end: the list may still have it
    assert made.changes == [] and len(made.rows) == 4
    assert made.open == [
        ("", "消防检查", adoption.UNCLEAR, "上级清单中有几行编号或名称相同，没有采用"),
        ("", "消防 检查", adoption.UNCLEAR, "上级清单中有几行编号或名称相同，没有采用"),
        ("", "两可", adoption.UNCLEAR, "可能是本级的几个事项：S08、S09，没有采用"),
        ("S01", "施工质量", adoption.UNCLEAR, "上级的“事项类别”写法不能识别：特别"),
    ]


def test_two_of_theirs_may_be_one_of_ours():
    made = adopted(
        [{"事项编号": "P1", "事项名称": "施工质量"}, {"事项编号": "P2", "事项名称": "施工质量"}],
        [item("S01", "施工质量", 来源=LIST)],
        origin=LIST,
    )
    assert len(made.rows) == 1 and made.changes == []
    assert made.open == [
        (code, "施工质量", adoption.UNCLEAR, "上级清单中有 2 行像是本级的 S01，没有采用")
        for code in ("P1", "P2")
    ]


def test_numbers_before_names():
    """The upper list swaps two names: each row stays itself."""
    ours = [
        item("S01", "甲", 来源=LIST, 上级编号="P1"),
        item("S02", "乙", 来源=LIST, 上级编号="P2"),
    ]
    made = adopted(
        [{"事项编号": "P2", "事项名称": "甲"}, {"事项编号": "P1", "事项名称": "乙"}],
        ours,
        origin=LIST,
    )
    assert [(row["事项编号"], row["事项名称"]) for row in made.rows] == [
        ("S01", "乙"),
        ("S02", "甲"),
    ] and made.open == []


def test_one_that_ended_already_and_is_still_there():
    ours = [item("S01", "施工质量", 来源=LIST, 上级编号="P1", 失效日期=date(2021, 6, 30))]
    made = adopted(SAME[:1], ours, origin=LIST)
    assert made.changes == [] and made.open == [
        ("S01", "施工质量", adoption.UNCLEAR, "本级已写失效日期 2021-06-30，上级清单中仍有")
    ]


def test_the_list_itself_says_when_an_item_ends():
    made = adopted([SAME[0] | {"失效日期": "2021年9月30日"}], OURS[:1], origin=LIST)
    assert (
        made.changes == [("S01", "施工质量", "变更", "失效日期", "", "2021年9月30日")]
        and made.open == []
    )


def test_a_number_that_is_taken():
    """Ours by number belongs to another list: the new item gets none."""
    made = adopted([{"事项编号": "S03", "事项名称": "新事项"}], OURS)
    assert made.rows[-1]["事项编号"] is None and made.rows[-1]["上级编号"] == "S03"
    assert made.open == [
        ("S03", "新事项", adoption.UNCLEAR, "上级的编号在本级是另一个事项；事项编号留空，请另编")
    ]


LISTS = st.lists(
    st.builds(
        lambda n, name, basis: {"事项编号": f"P{n}", "事项名称": name, "抽查依据": basis},
        st.integers(1, 8),
        st.sampled_from("甲乙丙丁戊己"),
        st.sampled_from(["一", "二"]),
    ),
    max_size=8,
    unique_by=lambda row: row["事项编号"],
)


@given(LISTS, LISTS)
def test_properties(first, second):
    """No item of ours is ever lost; own ones and other lists' stay; adopting again changes nothing
    more; all that the list has is taken or left to a person.
    """
    made = adopted(first, origin=LIST, replaces=())
    again = adopted(second, [dict(row) for row in made.rows])
    for before, after in ((OURS, made), ([dict(row) for row in made.rows], again)):
        assert len(after.rows) >= len(before)
        for old, new in zip(before, after.rows, strict=False):
            assert old["事项编号"] == new["事项编号"]
            if old.get("来源") in ("自建", OTHER):
                assert {k: v for k, v in new.items() if v is not None} == {
                    k: v for k, v in old.items() if v is not None
                }
    last = [dict(row) for row in again.rows]
    once_more = adopted(second, [dict(row) for row in last])
    assert [{k: v for k, v in r.items() if v is not None} for r in once_more.rows] == [
        {k: v for k, v in r.items() if v is not None} for r in last
    ] and once_more.changes == []
    numbers = {adoption.as_text(row.get("上级编号")) for row in last if row.get("来源") == NEXT}
    assert all(
        row["事项编号"] in numbers or any(row["事项名称"] == name for _, name, *_ in again.open)
        for row in second
    )


# --- as files ---


@pytest.fixture
def folder(tmp_path) -> Path:
    return shutil.copytree(ROOT / "demo" / "params" / "sample60", tmp_path / "params" / "sample60")


def upper_file(folder: Path, rows: list[dict]) -> Path:
    path = folder / "上级清单.xlsx"
    columns = list(dict.fromkeys(key for row in rows for key in row))
    writing.write_xlsx(
        path,
        {
            "清单": pd.DataFrame(
                [[row.get(c) for c in columns] for row in rows], columns=columns, dtype=object
            )
        },
    )
    return path


def run(folder: Path, capsys, *arguments: str) -> tuple[int, str]:
    code = cli.main(
        [
            "adopt",
            "sample60",
            *arguments,
            "--params",
            str(folder.parent),
            "--outputs",
            str(folder.parents[1] / "outputs"),
        ]
    )
    out, err = capsys.readouterr()
    return code, out + err


def upper_rows(folder: Path) -> list[dict]:
    own = rawtables.read(folder / "items.xlsx", schema.headers("items")).frame.iloc[:2]
    kept = {
        "抽查依据": "检查依据",
        "抽查内容": "抽查内容",
        "抽查方式": "检查方式",
        "事项类别": "事项类别",
        "检查对象类别": "检查对象",
    }
    same = [
        {
            "抽查事项编号": f"P{n}",
            "抽查事项": row["事项名称"],
            "抽查子项": row["抽查子项"],
            **{theirs: row[ours] for ours, theirs in kept.items()},
        }
        for n, row in enumerate(own.to_dict("records"), 1)
    ]
    same[1]["检查依据"] = "新条例"
    return [
        *same,
        same[0]
        | {
            "抽查事项编号": "P3",
            "抽查事项": "样例新事项",
            "抽查子项": None,
            "检查依据": "另一条例",
        },
    ]


def test_command(folder, capsys):
    """Shown, written beside, and once it is renamed the next version, with its provenance, and with
    what adopting the next list adds to that.
    """
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    path = upper_file(folder.parent, upper_rows(folder))
    code, text = run(folder, capsys, str(path), "--origin", LIST, "--effective", "2021-10-01")
    target = folder / "items.adopted.xlsx"
    lines = text.splitlines()
    assert code == 0 and "上级清单.xlsx 的“检查依据”列按“抽查依据”读取。" in lines
    assert (
        "本级事项 8 项，上级清单 3 项；更新 2，新增 1，失效 0，请人核对 0，没有变动的本级事项 6。"
        in lines
    )
    assert "需补填的必填列：抽查主体 1 格。" in lines and lines[-1].startswith(
        f"已写出 {target.as_posix()}（原来的 items.xlsx 没有改动）。"
    )
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p != target} == before

    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["随机抽查事项清单", "采用说明", "需补填", "请人核对", "来源"]
    assert (book["来源"]["A2"].value, book["来源"]["C2"].value, book["来源"]["E2"].value) == (
        LIST,
        "上级清单.xlsx",
        "2021-10-01",
    )
    assert book["来源"]["D2"].value.replace(" ", "") == protocol.sha256(path.read_bytes())
    assert [cell.value for cell in book["需补填"][2]] == [10, "P3", "样例新事项", "抽查主体"]

    shutil.move(target, folder / "items.xlsx")
    found = rosters.load(folder, "ABCD", "sample60", (date(2021, 12, 6), date(2021, 12, 24)))
    assert [(p.code, p.row, p.column) for p in found.every if p.severity == "error"] == [
        ("I01", 10, "抽查主体")
    ]
    assert set(zip(found.items["origin"], found.items["origin_id"], strict=True)) == {
        ("", ""),
        (LIST, "P1"),
        (LIST, "P2"),
    }

    code, text = run(
        folder,
        capsys,
        str(upper_file(folder.parent, upper_rows(folder)[:1])),
        "--origin",
        NEXT,
        "--replaces",
        LIST,
        "--effective",
        "2022-01-01",
    )
    assert code == 0 and "失效 2" in text
    sources = openpyxl.load_workbook(target)["来源"]
    assert [row[0] for row in sources.iter_rows(min_row=2, values_only=True)] == [LIST, NEXT]


def test_single_entries_are_part_of_the_list(folder):
    (folder / "items").mkdir()
    entry = item("X1", "样例新事项", 来源=LIST, 上级编号="P9")
    pd.DataFrame([entry]).to_csv(folder / "items" / parts.ENTRIES, index=False)
    upper = upper_file(
        folder.parent, [*upper_rows(folder)[:1], {"抽查事项编号": "P9", "抽查事项": "样例改名事项"}]
    )
    made, _ = adoption.adopt(folder, upper, NEXT, (LIST,), DAY, DAY)
    assert rows(made)["样例改名事项"]["事项编号"] == "X1"
    assert "items/单户录入.csv 的行已并入，改名以后请把这个文件移走" in made.notes


def test_never_over_one_that_is_being_worked_on(folder, capsys):
    path = upper_file(folder.parent, upper_rows(folder))
    run(folder, capsys, str(path), "--origin", LIST)
    before = (folder / adoption.NAME).read_bytes()
    code, text = run(folder, capsys, str(path), "--origin", LIST)
    assert (
        code == 4
        and "可能正在核对、补填" in text
        and (folder / adoption.NAME).read_bytes() == before
    )


# name → (file, message)
UNREADABLE = {
    "no file": (None, "没有这个文件"),
    "another table": ([{"甲": 1, "乙": 2}], "缺少必填列"),
    "no names": (
        [
            {
                "抽查事项编号": "P1",
                "检查依据": "x",
                "检查主体": "x",
                "抽查内容": "x",
                "检查方式": "x",
                "事项类别": "一般",
            }
        ],
        "缺少必填列“事项名称”",
    ),
    "two columns that could be the name": (
        [
            {
                "检查事项": "甲",
                "抽查事项": "乙",
                "检查依据": "x",
                "检查主体": "x",
                "抽查内容": "x",
                "检查方式": "x",
                "事项类别": "一般",
            }
        ],
        "都可能是“事项名称”",
    ),
}


@pytest.mark.parametrize(("rows", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable(rows, message, folder, capsys):
    path = upper_file(folder.parent, rows) if rows else folder.parent / "没有.xlsx"
    code, text = run(folder, capsys, str(path), "--origin", LIST)
    assert code == 3 and message in text and not (folder / adoption.NAME).exists()


def test_origin_must_be_named(folder, capsys):
    code, text = run(
        folder, capsys, str(upper_file(folder.parent, upper_rows(folder))), "--origin", " "
    )
    assert code == 1 and "来源不能为空" in text


def test_the_folder_is_read_as_before(folder, capsys):
    """items.adopted.xlsx beside items.xlsx is no second list of items."""
    before = rosters.load(folder, "ABCD", "sample60", (date(2021, 12, 6), date(2021, 12, 24)))
    run(folder, capsys, str(upper_file(folder.parent, upper_rows(folder))), "--origin", LIST)
    after = rosters.load(folder, "ABCD", "sample60", (date(2021, 12, 6), date(2021, 12, 24)))
    assert after.every == before.every and after.items.equals(before.items)


def test_a_list_that_lacks_columns_and_rows_chosen_by_where(tmp_path):
    """An upper list with three of the eight required columns, of several departments."""
    path = tmp_path / "省级清单.xlsx"
    rows = [
        {"事项名称": f"事项{n}", "抽查依据": "法", "抽查主体": who}
        for n, who in enumerate("甲乙甲")
    ]
    writing.write_xlsx(path, {"清单": pd.DataFrame(rows)})
    whole = adoption.upper_list(path)
    assert len(whole.frame) == 3
    chosen = adoption.chosen_rows(whole, ["抽查主体=甲"])
    assert [*chosen.frame["事项名称"]] == ["事项0", "事项2"]
    assert len(adoption.chosen_rows(whole, ["抽查主体=甲、乙", "事项名称=事项1"]).frame) == 1
    with pytest.raises(SsjError, match="筛选条件“主体=甲”不能用"):
        adoption.chosen_rows(whole, ["主体=甲"])
    with pytest.raises(SsjError, match="没有一行符合"):
        adoption.chosen_rows(whole, ["抽查主体=丙"])
