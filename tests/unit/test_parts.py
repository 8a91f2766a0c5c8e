"""targets/ with a file for each section, and single entries beside a table: which files they are,
what is refused, how places are told; and the sections' signatures.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest
from conftest import new_project
from unit.test_rosters import GOOD, WINDOW, frame, put

from ssj import protocol
from ssj.base import params
from ssj.base.errors import InputError
from ssj.casebook import inspection, taking
from ssj.casebook.kind import Archived
from ssj.rosters import rosters, signing
from ssj.stages import rosters as rosters_stage
from ssj.tables import grid, parts, rawtables, schema, writing

DAY = dt.date(2021, 11, 22)
NAMES = ("targets/甲股.xlsx", "targets/乙股.csv")  # in the order of reading: 乙 comes first
NOW = dt.datetime.fromisoformat("2021-11-22T09:00:00+08:00")


def split(folder: Path, rows: list[dict] | None = None) -> Path:
    """The sound tables; of the targets the first two in one file, the others in another with other
    titles.
    """
    rows = copy.deepcopy(GOOD["targets"]) if rows is None else rows
    put(folder, {table: own for table, own in GOOD.items() if table != "targets"})
    (folder / "targets").mkdir()
    writing.write_xlsx(folder / NAMES[0], {"表": frame("targets", rows[:2])})
    frame("targets", rows[2:]).rename(columns={"名称": "企业名称"}).to_csv(
        folder / NAMES[1], index=False, encoding="gb18030"
    )
    return folder


CODES = {"items": "事项编号", "targets": "编号", "officers": "工号"}


def enter(folder: Path, table: str, *rows: dict) -> None:
    """Single entries beside a table."""
    (folder / table).mkdir(exist_ok=True)
    text = pd.DataFrame(rows, dtype=object).to_csv(index=False)
    (folder / table / parts.ENTRIES).write_text(text, encoding="utf-8-sig")


def load(folder: Path) -> rosters.Rosters:
    return rosters.load(folder, "ABCD", "2021Q4", WINDOW)


def test_two_files_are_one_table(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = load(put(tmp_path / "one", GOOD)), load(split(tmp_path / "two"))
    pd.testing.assert_frame_equal(
        one.targets.reset_index(drop=True), two.targets.reset_index(drop=True)
    )
    assert two.problems == ()
    assert [parts.place(two.targets, index) for index in two.targets.index] == [
        {"file": NAMES[1], "sheet": "", "row": 3},
        {"file": NAMES[1], "sheet": "", "row": 2},
        {"file": NAMES[0], "sheet": "表", "row": 3},
        {"file": NAMES[0], "sheet": "表", "row": 2},
    ]
    assert [n for n in two.notes if "targets" in n] == [
        "检查对象名录库（targets/乙股.csv）：读取 2 行。",
        "targets/乙股.csv 的“企业名称”列按“名称”读取。",
        "检查对象名录库（targets/甲股.xlsx）：读取 2 行。",
    ]
    assert parts.place(one.targets, 5) == {"file": "targets.xlsx", "sheet": "表", "row": 5}


def test_problems_name_file_sheet_and_row(tmp_path):
    rows = copy.deepcopy(GOOD["targets"])
    rows[0]["状态"], rows[3]["信用风险等级"] = "失联", "E"
    found = load(split(tmp_path, rows))
    assert [str(p) for p in found.problems] == [
        (
            "targets/乙股.csv 第 3 行 “信用风险等级”列：等级不在本批次的分类方案中，现为“E”。"
            "方案中的等级是 A、B、C、D，请核对后改正。"
        ),
        (
            "targets/甲股.xlsx 工作表“表” 第 2 行 “状态”列：不认识的写法，现为“失联”。可以写："
            "“存续”“在业”“在营”“正常”“开业”“在建”“在册”“存续(在营、开业、"
            "在册)”“注销”“吊销”“吊销未注销”“停业”“迁出”“清算”“竣工”“停工”“歇业”“撤销”。"
        ),
    ]
    assert [(one.file, one.used, [*one.refused]) for one in found.tallies["targets"].files] == [
        (NAMES[1], 1, [3]),
        (NAMES[0], 1, [2]),
    ]


def test_an_id_in_two_files(tmp_path):
    """And twice in one: the former names the file too."""
    rows = copy.deepcopy(GOOD["targets"])
    same = {key: rows[2][key] for key in ("编号", "名称")}
    rows[0], rows[1] = rows[0] | same, rows[1] | same
    found = [str(p) for p in load(split(tmp_path, rows)).problems if p.code == "T03"]
    assert [text.partition("现为")[0] for text in found] == [
        f"targets/甲股.xlsx 工作表“表” 第 {row} 行 “编号”列：编号与 targets/乙股.csv 第 2 行重复，"
        for row in (2, 3)
    ]
    rows[0] |= {key: GOOD["targets"][0][key] for key in same}
    rows[1] |= {key: rows[0][key] for key in same}
    rows[2]["编号"] = "X1"
    for path in (tmp_path / "targets").iterdir():
        path.unlink()
    (tmp_path / "targets").rmdir()
    assert [
        str(p).partition("现为")[0] for p in load(split(tmp_path, rows)).problems if p.code == "T03"
    ] == ["targets/甲股.xlsx 工作表“表” 第 3 行 “编号”列：编号与第 2 行重复，"]


def test_a_file_name_with_braces(tmp_path):
    rows = copy.deepcopy(GOOD["targets"])
    rows[0]["编号"] = rows[2]["编号"]
    split(tmp_path, rows)
    (tmp_path / NAMES[1]).rename(tmp_path / "targets" / "a{first}{0}.csv")
    assert [p.message for p in load(tmp_path).problems if p.code == "T05"] == [
        (
            "编号与 targets/a{first}{0}.csv 第 2 行重复，名称却不同（targets/a{first}{0}.csv 第 "
            "2 行是“样例项目〇〇三”）"
        )
    ]


# name → (what is done to a split folder, what its message says)
FILES = {
    "both ways": (
        lambda f: writing.write_xlsx(f / "targets.xlsx", {"表": frame("targets", GOOD["targets"])}),
        "既有文件夹 targets，又有单独的表格 targets",
    ),
    "both ways, and single entries": (
        lambda f: (
            writing.write_xlsx(f / "targets.xlsx", {"表": frame("targets", GOOD["targets"])}),
            enter(f, "targets", GOOD["targets"][0]),
        ),
        "既有文件夹 targets，又有单独的表格 targets",
    ),
    "an empty folder": (
        lambda f: [p.unlink() for p in (f / "targets").iterdir()],
        "文件夹 targets 是空的",
    ),
    "another kind of file": (
        lambda f: (f / "targets" / "说明.docx").write_bytes(b"x"),
        "文件夹 targets 里有不能作为表格读取的“说明.docx”",
    ),
    "a folder in it": (
        lambda f: (f / "targets" / "旧.xlsx").mkdir(),
        "文件夹 targets 里有不能作为表格读取的“旧.xlsx”",
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_what_is_refused_of_the_folder(case, tmp_path):
    spoil, message = FILES[case]
    spoil(split(tmp_path))
    assert [(p.code, p.message) for p in load(tmp_path).problems] == [("F01", message)]


def test_an_empty_folder_beside_a_table(tmp_path):
    """A killed ``ssj add`` may leave one."""
    put(tmp_path, GOOD)
    for table in parts.FOLDERS:
        (tmp_path / table).mkdir()
        (tmp_path / table / ".单户录入.csv.part").write_bytes(b"x")
    assert load(tmp_path).problems == ()


def test_entries_beside_tables(tmp_path):
    """Of officers and items too; problems name their file and row, and the other row's file."""
    put(tmp_path, GOOD)
    for table, code in CODES.items():
        enter(tmp_path, table, {**GOOD[table][0], code: "X1"}, GOOD[table][1])
    found = load(tmp_path)
    assert [
        (p.code, p.file, p.row, p.message.partition("，")[0])
        for p in found.problems
        if p.code[1:] == "03"
    ] == [
        (f"{letter}03", f"{table}/单户录入.csv", 3, f"编号与 {table}.xlsx 第 3 行重复")
        for table, letter in (("items", "I"), ("targets", "T"), ("officers", "O"))
    ]
    for table in CODES:
        assert "X1" in set(getattr(found, table)["id"])
        assert [one.file for one in found.tallies[table].files] == [
            f"{table}.xlsx",
            f"{table}/单户录入.csv",
        ]


def test_entries_are_taken_and_read_as_before(tmp_path):
    """The workbook under its name, the entries numbered; personal columns that somebody added are
    left out.
    """
    folder, target = tmp_path / "2021Q4", tmp_path / "in"
    folder.mkdir()
    target.mkdir()
    put(folder, GOOD)
    (folder / "round.toml").write_text("", encoding="utf-8")
    enter(folder, "targets", {**GOOD["targets"][0], "编号": "X1", "状态": "失联"})
    enter(folder, "officers", {**GOOD["officers"][0], "工号": "X1", "手机": "0000-0000000"})
    (folder / "mapping.toml").write_text('[targets]\n"编号" = "代码甲"\n', encoding="utf-8")
    book = frame("targets", GOOD["targets"]).rename(columns={"编号": "代码甲"})
    writing.write_xlsx(folder / "targets.xlsx", {"表": book})
    taken = taking.take(taking.sources(folder), target)
    assert [
        (t["file"], t["kept"], t["redacted"], t["dropped"]) for t in taken if t["kept"] != t["file"]
    ] == [
        ("targets/单户录入.csv", "targets-002.csv", False, []),
        ("officers/单户录入.csv", "officers-002.csv", True, ["手机"]),
    ]
    assert {"targets.xlsx", "targets-002.csv"} < {p.name for p in target.iterdir()}
    (target / "stage.json").write_text(
        json.dumps({"time": NOW.isoformat(), "inputs": taken}), encoding="utf-8"
    )
    (target / "targets-003.csv").write_bytes(b"x")  # nothing that was taken
    one, two = load(folder), load(target)
    assert [str(p) for p in one.problems] == [str(p) for p in two.problems]
    assert ("T06", "targets/单户录入.csv", 2) in {(p.code, p.file, p.row) for p in two.problems}
    for table in CODES:
        pd.testing.assert_frame_equal(getattr(one, table), getattr(two, table))


def test_stray_files_are_passed_over(tmp_path):
    split(tmp_path)
    for name in (".DS_Store", "Thumbs.db", "~$丙股.xlsx"):
        (tmp_path / "targets" / name).write_bytes(b"x")
    assert load(tmp_path).problems == ()


def test_a_part_with_headers_only_or_unreadable_is_said(tmp_path):
    split(tmp_path)
    writing.write_xlsx(tmp_path / "targets" / "丙股.xlsx", {"表": frame("targets", [])})
    (tmp_path / "targets" / "丁股.xls").write_bytes(b"x")
    found = load(tmp_path)
    assert {(p.code, p.file) for p in found.problems if p.code != "O24"} == {
        ("T11", "targets/丙股.xlsx"),
        ("F04", "targets/丁股.xls"),
    }
    assert found.tallies["targets"].used == 0 and found.tallies["targets"].unread == 4, (
        "a roster that can't be read whole is not used in part"
    )


def test_a_column_that_one_file_lacks_is_said_once(tmp_path):
    split(tmp_path)
    frame("targets", GOOD["targets"][2:]).drop(columns="状态").to_csv(
        tmp_path / NAMES[1], index=False
    )
    found = load(tmp_path)
    assert [
        (p.code, p.file) for p in found.problems if p.severity == "error" and p.file in NAMES
    ] == [("F06", NAMES[1])]
    assert found.tallies["targets"].unread == 4 and not len(found.targets)


def test_rows_are_limited_together(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "MAX_ROWS", 3)
    monkeypatch.setattr(parts, "MAX_PLAIN", {"csv": 3})
    assert [(p.code, p.message) for p in load(split(tmp_path)).problems] == [
        ("F03", "文件夹 targets 里各文件合计超过 3 行")
    ]
    assert grid.MAX_ROWS < parts.STEP and max(grid.MAX_PLAIN.values()) < parts.STEP


def test_mapping_of_the_folder_or_of_the_round(tmp_path):
    """A list of titles serves files whose titles differ."""
    split(tmp_path)
    mapping = '[targets]\n"编号" = ["编号", "许可证编号"]\n'
    for place in (tmp_path, tmp_path / "targets"):
        (place / "mapping.toml").write_text(mapping, encoding="utf-8")
        assert load(tmp_path).problems == ()
        (place / "mapping.toml").unlink()
    (tmp_path / "targets" / "mapping.toml").write_text(
        '[officers]\n"工号" = "编号"\n', encoding="utf-8"
    )
    assert [
        (p.code, p.file, p.column, p.remedy)
        for p in load(tmp_path).problems
        if p.severity == "error"
    ] == [("F14", "targets/mapping.toml", "officers", "可以写：“targets”。")]


def test_taken_under_other_names_and_read_as_before(tmp_path):
    """In a stage's in/ the files are numbered; people are told their own names."""
    folder, target = tmp_path / "2021Q4", tmp_path / "in"
    folder.mkdir()
    target.mkdir()
    rows = copy.deepcopy(GOOD["targets"])
    rows[0]["状态"] = "失联"
    rows[2] |= {"联系电话": "0000-0000000"}
    split(folder, rows)
    # the name of a table that was taken before
    (folder / NAMES[0]).rename(folder / "targets" / "items.xlsx")
    (folder / "round.toml").write_text("", encoding="utf-8")
    (folder / "targets" / "mapping.toml").write_text(
        '[targets]\n"名称" = ["名称", "企业名称"]\n', encoding="utf-8"
    )
    taken = taking.take(taking.sources(folder), target)
    assert sorted(p.name for p in target.iterdir()) == [
        "items.xlsx",
        "officers.xlsx",
        "plan.xlsx",
        "round.toml",
        "targets-001.xlsx",
        "targets-002.csv",
        "targets-mapping.toml",
    ]
    assert rawtables.read(target / "items.xlsx", schema.headers("items")).problems == []
    assert [
        (t["file"], t["kept"], t["redacted"], t["dropped"]) for t in taken if t["kept"] != t["file"]
    ] == [
        ("targets/items.xlsx", "targets-001.xlsx", False, []),
        ("targets/乙股.csv", "targets-002.csv", True, ["联系电话"]),
        ("targets/mapping.toml", "targets-mapping.toml", False, []),
    ]
    (target / "stage.json").write_text(
        json.dumps({"time": NOW.isoformat(), "inputs": taken}), encoding="utf-8"
    )
    one, two = load(folder), load(target)
    assert [str(p) for p in one.problems] == [str(p) for p in two.problems] and {
        p.code for p in two.problems
    } == {"T06"}
    pd.testing.assert_frame_equal(one.targets, two.targets)
    assert parts.taken_on(target) == DAY and parts.taken_on(folder) is None


def test_the_audit_compares_what_was_taken(tmp_path):
    folder = tmp_path / "01-rosters" / "data" / "in"
    folder.mkdir(parents=True)
    for name in ("items.xlsx", "targets-001.csv", "officers.xls"):
        (folder / name).write_bytes(b"x")
    own = {"size": 1, "sha256": protocol.sha256(b"x"), "redacted": False}
    stage = {
        "inputs": [
            {"file": "items.xlsx", "kept": "items.xlsx", **own},
            {"file": "targets/甲股.csv", "kept": "targets-001.csv", **own},
            {"file": "officers.xlsx", "kept": "officers.xls", **own, "redacted": True},
        ],
        "outside": [],
    }
    (folder / "stage.json").write_text(json.dumps(stage), encoding="utf-8")
    archived = Archived(folder.parent, rosters_stage.KIND, None)
    assert [*archived.accounted()] == []
    (folder / "targets-001.csv").write_bytes(b"y")
    (folder / "items.xlsx").unlink()
    assert [*archived.accounted()] == [
        "in/items.xlsx 的校验码与 stage.json 不一致",
        "in/targets-001.csv 的校验码与 stage.json 不一致",
    ]


def test_a_copy_without_personal_columns_keeps_its_name_for_people(tmp_path):
    put(tmp_path, {**GOOD, "targets": [{**row, "状态": "失联"} for row in GOOD["targets"]]})
    (tmp_path / "stage.json").write_text(
        json.dumps({"time": NOW.isoformat(), "inputs": [{"file": "targets.xls"}]}), encoding="utf-8"
    )
    assert {p.file for p in load(tmp_path).problems if p.code == "T06"} == {"targets.xls"}


@pytest.mark.parametrize(
    ("file", "table"),
    {
        "targets.xlsx": "targets",
        "targets/建筑市场股.xlsx": "targets",
        "targets/": "targets",
        "round.toml": "round",
        "": "",
    }.items(),
)
def test_the_table_of_a_file(file, table):
    assert parts.table_of(file) == table


# --- 核签 ---


def signed(folder: Path, *lines: tuple[str, str, str], real: bool = False) -> params.Parameters:
    """The sample parameters with signatures: file, section, date."""
    text = (new_project(folder / "p", "sample60") / "params" / "sample60" / "round.toml").read_text(
        encoding="utf-8"
    )
    more = "".join(
        f'[[signed]]\nfile = "{file}"\nsection = "{section}"\nby = "样例核签"\ndate = {day}\n'
        for file, section, day in lines
    )
    path = folder / "round.toml"
    path.write_text(
        (text.replace("demonstration = true", "demonstration = false") if real else text).replace(
            "[classes.A]", f"{more}[classes.A]", 1
        ),
        encoding="utf-8",
    )
    return params.read_round(path)


ALL = [(NAMES[0], "甲股", "2021-11-01"), (NAMES[1], "乙股", "2021-11-02")]
SIGNING = {
    "all signed": (ALL, []),
    "one lacks": (
        ALL[:1],
        [
            (
                "targets/乙股.csv：这个文件还没有股室核签。请在批次参数的“核签”中加一行，"
                "文件写“targets/乙股.csv”，写明股室、核签人和日期。"
            )
        ],
    ),
    "a file that is not there": (
        [*ALL, ("targets/丙股.xlsx", "丙股", "2021-11-02")],
        [
            (
                "round.toml 参数 signed.2.file：没有“targets/丙股.xlsx”这个文件，"
                "核签对不上，现为“targets/丙股.xlsx”。现有：“items.xlsx”“targets/乙股.csv”"
                "“targets/甲股.xlsx”“officers.xlsx”“plan.xlsx”；改名、移走的，改正这里。"
            )
        ],
    ),
    "signed tomorrow": (
        [ALL[0], (NAMES[1], "乙股", "2021-11-23")],
        [
            (
                "round.toml 参数 signed.1.date：“targets/乙股.csv”的核签日期晚于 2021-11-22，"
                "现为“2021-11-23”。核签应在封库以前，请核对日期；还没有核签的，先核签。"
            )
        ],
    ),
    "another section's rows": (
        [ALL[0], (NAMES[1], "丙股", "2021-11-02")],
        [
            (
                "targets/乙股.csv 第 3 行 “主管股室”列：有 1 行的主管股室是“乙股”，"
                "核签的却是“丙股”，现为“乙股”。请由主管股室核签，或改正主管股室。"
            )
        ],
    ),
    "the table as a whole": (
        [("officers.xlsx", "人事股", "2021-11-01"), ("targets", "乙股", "2021-11-01"), *ALL],
        [],
    ),
}


@pytest.mark.parametrize("case", SIGNING)
def test_signatures(case, tmp_path):
    lines, expected = SIGNING[case]
    rows = copy.deepcopy(GOOD["targets"])
    rows[3]["主管股室"] = "乙股"
    folder = tmp_path / "2021Q4"
    folder.mkdir()
    roster = load(split(folder, rows))
    found = signing.problems(signed(tmp_path, *lines, real=True), roster, DAY)
    assert [str(p) for p in found] == expected
    assert [p.severity for p in found] == [
        "warning" if case == "another section's rows" else "error"
    ] * len(expected)


def test_several_sections_sign_one_file(tmp_path):
    rows = [
        {**row, "主管股室": section}
        for row, section in zip(GOOD["targets"], ("甲股", "乙股", "丙股", None), strict=True)
    ]
    roster = load(put(tmp_path, {**GOOD, "targets": rows}))
    parameters = signed(
        tmp_path,
        ("targets.xlsx", "甲股", "2021-11-01"),
        ("targets.xlsx", "乙 股", "2021-11-01"),
        real=True,
    )
    assert [(p.code, p.row, p.value) for p in signing.problems(parameters, roster, DAY)] == [
        ("S23", 4, "丙股")
    ]
    assert [(r["file"], r["rows"], r["section"]) for r in signing.rows(parameters, roster)] == [
        ("targets.xlsx", 4, "甲股"),
        ("targets.xlsx", 4, "乙 股"),
    ]
    assert signing.problems(signed(tmp_path / "none", real=True), roster, DAY) == [], (
        "a single file need not be signed"
    )


# name → (what is signed, files that lack a signature)
ENTERED = {
    "nothing is signed": ([], []),
    "the workbook alone": (["targets.xlsx"], ["targets/单户录入.csv"]),
    "the table as a whole": (["targets.xlsx", "targets"], []),
    "both files": (["targets.xlsx", "targets/单户录入.csv"], []),
    "another table": (["items.xlsx"], []),
}


@pytest.mark.parametrize(("files", "lacking"), ENTERED.values(), ids=ENTERED)
def test_single_entries_beside_a_workbook_are_signed_where_that_is(files, lacking, tmp_path):
    (tmp_path / "2021Q4").mkdir()
    folder = put(tmp_path / "2021Q4", GOOD)
    enter(folder, "targets", {**GOOD["targets"][0], "编号": "X1", "名称": "样例一公司"})
    lines = [(file, "甲股", "2021-11-01") for file in files]
    parameters, roster = signed(tmp_path, *lines, real=True), load(folder)
    found = signing.problems(parameters, roster, DAY)
    assert [(p.code, p.file, p.severity) for p in found] == [
        ("S20", file, "error") for file in lacking
    ]
    rows = signing.rows(parameters, roster)
    assert [r["file"] for r in rows if r["section"] == "（没有核签）"] == lacking


def test_single_entries_beside_sections_are_signed(tmp_path):
    (tmp_path / "2021Q4").mkdir()
    folder = split(tmp_path / "2021Q4")
    enter(folder, "targets", {**GOOD["targets"][0], "编号": "X1", "名称": "样例一公司"})
    found = signing.problems(signed(tmp_path, *ALL, real=True), load(folder), DAY)
    assert [(p.code, p.file) for p in found] == [("S20", "targets/单户录入.csv")]


def test_who_has_not_signed_is_listed(tmp_path):
    folder = tmp_path / "2021Q4"
    folder.mkdir()
    roster, parameters = load(split(folder)), signed(tmp_path, ALL[0])
    assert [(r["file"], r["rows"], r["section"]) for r in signing.rows(parameters, roster)] == [
        (NAMES[0], 2, "甲股"),
        (NAMES[1], 2, "（没有核签）"),
    ]
    assert {p.severity for p in signing.problems(parameters, roster, DAY)} == {"warning"}, (
        "a demonstration"
    )
    assert all(set(row) == set(signing.COLUMNS) for row in signing.rows(parameters, roster))
    assert parameters.frozen()["signed"] == [
        {"file": NAMES[0], "section": "甲股", "by": "样例核签", "date": "2021-11-01"}
    ]


def test_check_tells_of_signatures_and_exceptions(tmp_path):
    folder = new_project(tmp_path, "sample60") / "params" / "sample60"
    (folder / "targets").mkdir()
    (folder / "targets.xlsx").rename(folder / "targets" / "甲股.xlsx")
    columns = [c.header for c in schema.COLUMNS["exceptions"]]
    writing.write_xlsx(
        folder / "exceptions.xlsx", {"例外登记": pd.DataFrame(columns=columns, dtype=object)}
    )
    look = inspection.inspect(folder, NOW)
    assert [(p.code, p.severity, p.file) for p in look.problems] == [
        ("S20", "warning", "targets/甲股.xlsx")
    ]
    assert "例外登记表（exceptions.xlsx）：读取 0 行。" in look.notes


def test_only_what_can_be_found_is_a_part(tmp_path):
    with pytest.raises(InputError, match="没有表格 targets"):
        parts.files(tmp_path, "targets")


def test_a_shifted_row_is_found_in_its_file(tmp_path):
    """With the file's own titles, in the second of two files."""
    rows = copy.deepcopy(GOOD["targets"])
    rows[0] |= {"类别": "A", "信用风险等级": "存续", "状态": "是"}
    found = [p for p in load(split(tmp_path, rows)).problems if p.code == "F17"]
    assert [(p.file, p.sheet, p.row) for p in found] == [(NAMES[0], "表", 2)]
