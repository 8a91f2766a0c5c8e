"""Real rosters and a real item list as they came: how many rows are read, refused and flagged, and
why (SSJ_REAL_DATA names their folder).

    SSJ_REAL_DATA=folder python -m pytest -m real tests/real/test_rosters.py

Counted twice: by ``rosters.load``, and here from the raw cells (openpyxl, calamine's cells, csv)
without the project's code. The files are other people's: nothing of them is kept. What a file lacks
is added in a temporary copy as an analyst would add it:

* **Rosters** lack 类别 and 信用风险等级 (Yiwu and Xinjiang also 状态): columns in front of the
  others; 类别 is 市场主体, 状态 存续, the class that of the first byte of SHA-256 of the row's
  number as Excel counts (below 128 A, 208 B, 244 C, else D). Nothing else is changed; types of
  cells stay.
* **Wanning** has two columns that could be 编号: mapping.toml says 统一社会信用代码 (TYXYDM) first,
  注册号 where that is blank.
* **Hainan** lacks 事项编号: a column behind the others, HN-1, HN-2 … from top to bottom, merged
  over the same rows as 抽查事项. mapping.toml says that 抽查类别 is 抽查内容.

The other tables are those of the sample round sample60; what is said of them is not counted. None
of its items applies to 市场主体, and none of its targets belongs to a category of the Hainan list,
so T33 is said of every target in scope and I20 of every item: true of this round that no bureau
has, and counted.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import os
import re
import shutil
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
import python_calamine
import xlwt
from conftest import ROOT

from ssj.casebook import inspection
from ssj.rosters import rosters
from ssj.tables import rawtables, schema

DATA = Path(os.environ.get("SSJ_REAL_DATA", ""))
ITEMS, WANNING, YIWU, XINJIANG, XINJIANG_XLS = (
    DATA / name
    for name in (
        "hainan_random_items_2020.xlsx",
        "wanning_entities_20210318_redacted.xls",
        "county_yiwu_330782_all.csv",
        "xinjiang_2002.csv",
        "xinjiang_2002.xls",
    )
)
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not os.environ.get("SSJ_REAL_DATA") or not ITEMS.exists(),
        reason="SSJ_REAL_DATA does not name a folder with the real files",
    ),
]
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
NOW = dt.datetime.fromisoformat("2021-11-22T09:00:00+08:00")


def right_code(text: object) -> bool:
    """Check digit of GB 32100-2015, worked out anew."""
    return (
        isinstance(text, str)
        and len(text) == 18
        and set(text) <= set(ALPHABET)
        and (
            sum(ALPHABET.index(char) * pow(3, n, 31) for n, char in enumerate(text[:17]))
            + ALPHABET.index(text[17])
        )
        % 31
        == 0
    )


def right_registration(digits: str) -> bool:
    """Check digit of a 注册号 of 15 places (ISO 7064, mod 11,10), worked out anew."""
    product = 10
    for digit in digits[:-1]:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return (product + int(digits[-1])) % 10 == 1


def raw(path: Path) -> list[list[object]]:
    if path.suffix == ".csv":
        return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    return (
        python_calamine.CalamineWorkbook.from_path(str(path))
        .get_sheet_by_index(0)
        .to_python(skip_empty_area=False)
    )


def a_class(row: int) -> str:
    byte = hashlib.sha256(str(row).encode()).digest()[0]
    return "A" if byte < 128 else "B" if byte < 208 else "C" if byte < 244 else "D"


def a_round(folder: Path, table: str, mapping: str = "") -> Path:
    """The sample round without one table."""
    shutil.copytree(ROOT / "demo" / "params" / "sample60", folder)
    (folder / f"{table}.xlsx").unlink()
    if mapping:
        (folder / "mapping.toml").write_text(f"[{table}]\n{mapping}", encoding="utf-8")
    return folder


def completed(source: Path, folder: Path, *added: str) -> None:
    """A roster with the columns that it lacks, in front."""
    rows = [
        [*added, *row]
        if n == 0
        else [
            *(
                {"类别": "市场主体", "状态": "存续", "信用风险等级": a_class(n + 1)}[name]
                for name in added
            ),
            *row,
        ]
        for n, row in enumerate(raw(source))
    ]
    if source.suffix == ".csv":
        with (folder / "targets.csv").open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows)
        return
    book = xlwt.Workbook(encoding="utf-8")
    sheet, day = book.add_sheet("名录"), xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for n, row in enumerate(rows):
        for at, cell in enumerate(row):
            if cell != "":
                sheet.write(n, at, cell, *([day] if isinstance(cell, dt.date) else []))
    book.save(str(folder / "targets.xls"))


def load(folder: Path) -> rosters.Rosters:
    return rosters.load(folder, "ABCD", "sample60", (dt.date(2021, 12, 6), dt.date(2021, 12, 24)))


def flagged(found: rosters.Rosters, table: str) -> Counter[tuple[str, str]]:
    """(code, column) → problems that stand in a row of data; what is said fifty times and more is
    counted from the last line.
    """
    own: Counter[tuple[str, str]] = Counter()
    for problem in found.problems:
        if problem.file.startswith(table) and problem.code not in (
            "F06",
            "F07",
            "F08",
            "F15",
            "F16",
        ):
            more = re.match("同样的问题还有 ([0-9]+) 处", problem.message)
            own[problem.code, problem.column] += int(more[1]) if more else 1
    return own


# --- the provincial item list ---


def items(tmp_path: Path) -> Path:
    folder = a_round(tmp_path / "sample60", "items", '"抽查内容" = "抽查类别"\n')
    book = openpyxl.load_workbook(ITEMS)
    sheet = book.active
    merged = {
        r.min_row: r.max_row for r in sheet.merged_cells.ranges if r.min_col == 4 == r.max_col
    }
    sheet["J2"] = "事项编号"
    sheet.merge_cells("J2:J3")
    number, row = 0, 4
    while row <= 390:
        number += 1
        sheet.cell(row, 10, f"HN-{number}")
        if row in merged:
            sheet.merge_cells(start_row=row, end_row=merged[row], start_column=10, end_column=10)
        row = merged.get(row, row) + 1
    book.save(folder / "items.xlsx")
    return folder


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_item_list(tmp_path):
    """391 rows, the last blank: a title, a header of two rows, 387 rows of data from row 4 on. 48
    names of items are merged and cover 102 rows besides their own (one more is the blank row 391),
    so there are 387 - 102 = 285 items. Eight have two kinds (一般检查事项 and 重点检查事项 in rows
    of one item).
    """
    sheet = openpyxl.load_workbook(ITEMS).active
    own = [r for r in sheet.merged_cells.ranges if r.min_col == 4 == r.max_col and r.min_row > 3]
    below = sum(min(r.max_row, 390) - r.min_row for r in own)
    kinds = [
        {str(sheet.cell(row, 6).value) for row in range(r.min_row, r.max_row + 1)} - {"None"}
        for r in own
    ]
    assert (sheet.max_row, len(sheet.merged_cells.ranges), len(own), below) == (391, 380, 48, 102)
    found = load(items(tmp_path))
    two_kinds = sum(len(kind) > 1 for kind in kinds)
    assert two_kinds == 8
    assert flagged(found, "items") == {
        ("I06", "事项类别"): two_kinds,
        ("I20", "检查对象（检查对象类别）"): 285,
    }
    assert (
        "随机抽查事项清单（items.xlsx）：表头下 387 行 = 使用 277 行 + 有错误 8 行（I06 8） "
        "+ 并入上一行 102 行。"
    ) in found.notes and len(found.items) == 285 - two_kinds
    several = found.items[found.items["basis"].str.contains("\n")]
    assert len(several) > 30 and found.items["id"].is_unique


# --- a county's roster ---


def test_wanning(tmp_path):
    """395 firms: 192 codes are text, all with a right check digit; 83 are floats, so that digits
    are lost for good; 120 are blank and have a 注册号 instead (a float below 10^15, exact, or
    text). One of the texts says that there is none (无资料内容). So
    395 - 83 - 1 = 311 rows are used. Of the 120, 101 have 15 places: 93 are digits, each with
    a right check digit (ISO 7064, mod 11,10), so T23 asks for the code of 18 places, and none is
    spoilt (T24); 8 hold Chinese. The others have 12 or 13 places, or 5: older numbers, which have
    no check digit; T35 says so of these 26.
    """
    rows = raw(WANNING)[1:]
    kinds = Counter("blank" if row[2] == "" else type(row[2]).__name__ for row in rows)
    assert kinds == {"str": 192, "float": 83, "blank": 120}
    assert all(right_code(row[2]) for row in rows if isinstance(row[2], str) and row[2])
    assert all(
        row[1] != "" and (isinstance(row[1], str) or row[1] < 1e15) for row in rows if row[2] == ""
    )
    folder = a_round(tmp_path / "sample60", "targets", '"编号" = ["TYXYDM", "注册号"]\n')
    completed(WANNING, folder, "类别", "信用风险等级")
    found = load(folder)
    shorter = [
        row[1] if isinstance(row[1], str) else str(int(row[1])) for row in rows if row[2] == ""
    ]
    registrations = [number for number in shorter if len(number) == 15 and number.isdigit()]
    assert (
        len([number for number in shorter if len(number) == 15]) == 101
        and len(registrations) == 93
        and all(map(right_registration, registrations))
    )
    assert flagged(found, "targets") == {
        ("T04", "TYXYDM、注册号（编号）"): 83,
        ("F20", "TYXYDM、注册号（编号）"): 1,
        ("T23", "TYXYDM、注册号（编号）"): 93,
        ("T35", "TYXYDM、注册号（编号）"): 26,
        ("T33", "类别"): 395,
    }
    assert (
        "检查对象名录库（targets.xls）：表头下 395 行 = 使用 311 行 + 有错误 84 行（F20 1、T04 "
        "83）。"
        in found.notes
        and len(found.targets) == 311
    )
    by_hand = {
        str(row[2]) if row[2] else str(int(row[1])) if isinstance(row[1], float) else row[1]
        for row in rows
        if not isinstance(row[2], float) and row[1] != "无资料内容"
    }
    assert set(found.targets["id"]) == by_hand


def test_wanning_as_it_came(tmp_path):
    """Without the mapping the two columns that could be 编号 are named, and nothing is chosen."""
    folder = a_round(tmp_path / "sample60", "targets")
    shutil.copy(WANNING, folder / "targets.xls")
    assert [
        (p.code, p.column)
        for p in load(folder).problems
        if p.file == "targets.xls" and p.severity == "error"
    ] == [("F06", ""), ("F15", "编号")]


def test_yiwu(tmp_path):
    """2,193 firms, every code right and once, every date as it should be: nothing to mend but the
    columns that the file lacks.
    """
    rows = raw(YIWU)
    codes = [row[rows[0].index("统一社会信用代码")] for row in rows[1:]]
    assert len(codes) == len(set(codes)) == 2193 and all(map(right_code, codes))
    folder = a_round(tmp_path / "sample60", "targets")
    completed(YIWU, folder, "类别", "信用风险等级", "状态")
    found = load(folder)
    assert flagged(found, "targets") == {("T33", "类别"): 2193} and set(found.targets["id"]) == set(
        codes
    )


# --- a region's firms, as csv and as xls ---


def test_xinjiang(tmp_path):
    """2,046 firms. Rows 2042 to 2047 are spoilt in the source: text lost (U+FFFD), name and code
    shifted. Their codes are names, so each is no code (T02), and each date is a code (T07): a code
    where the date should be tells that the row is shifted (F17, six times, and of no other row);
    row 2042 of the csv has a column too many (F09), the comma of 5,600 being unquoted. All others
    are sound: 2,040 are used.
    """
    rows = raw(XINJIANG)
    title = {name: at for at, name in enumerate(rows[0])}
    spoilt = [n for n, row in enumerate(rows, 1) if "\ufffd" in "".join(row)]
    assert spoilt == list(range(2042, 2048)) and [
        n for n, row in enumerate(rows, 1) if len(row) != 10
    ] == [2042]
    assert [
        n for n, row in enumerate(rows[1:], 2) if not right_code(row[title["统一社会信用代码"]])
    ] == spoilt
    folder = a_round(tmp_path / "sample60", "targets")
    completed(XINJIANG, folder, "类别", "信用风险等级", "状态")
    found = load(folder)
    assert all(right_code(rows[n - 1][title["注册日期"]]) for n in spoilt)
    expected = Counter(
        {
            ("F09", ""): 1,
            ("F17", "统一社会信用代码（编号）"): 6,
            ("T33", "类别"): 2046,
            ("T07", "注册日期（成立日期）"): 6,
        }
    )
    for row in rows[1:]:
        for name, cell in zip(rows[0], row, strict=False):  # some rows have more cells
            if "\ufffd" in cell:
                expected["F11", name] += 1
    own = flagged(found, "targets")
    assert {key: count for key, count in own.items() if key[0] != "F11"} == {
        key: count for key, count in expected.items() if key[0] != "F11"
    }
    assert sum(count for (code, _), count in own.items() if code == "F11") == sum(
        count for (code, _), count in expected.items() if code == "F11"
    )
    assert (
        len(found.targets) == 2040
        and (
            "检查对象名录库（targets.csv）：表头下 2046 行 = 使用 2040 行 + 有错误 6 行（F09 1、"
            "F11 6、F17 6、T07 6）。"
        )
        in found.notes
    )


def test_xinjiang_as_xls(tmp_path):
    """The xls holds row 2042 shifted the other way; the six rows are refused here too, and the used
    ones are the same.
    """
    for name, source in (("csv", XINJIANG), ("xls", XINJIANG_XLS)):
        completed(
            source, a_round(tmp_path / name / "sample60", "targets"), "类别", "信用风险等级", "状态"
        )
    one, other = load(tmp_path / "csv" / "sample60"), load(tmp_path / "xls" / "sample60")
    assert (
        sorted(other.tallies["targets"].refused)
        == sorted(one.tallies["targets"].refused)
        == list(range(2042, 2048))
    )
    assert list(one.targets["id"]) == list(other.targets["id"]) and len(other.targets) == 2040
    assert list(one.targets["name"]) == list(other.targets["name"]) and list(
        one.targets["founded"]
    ) == list(other.targets["founded"])


def test_the_same_rows_from_csv_and_xls(tmp_path):
    """Cell by cell but for the cells of row 2042, which the xls holds otherwise."""
    headers = {"企业名称": True, "统一社会信用代码": True, "注册日期": True}
    one, other = (rawtables.read(path, headers).frame for path in (XINJIANG, XINJIANG_XLS))
    assert (
        list(one.columns) == list(other.columns)
        and list(one.index) == list(other.index)
        and len(one) == 2046
    )
    differ = {
        (row, name)
        for name in one.columns
        for row, a, b in zip(one.index, one[name], other[name], strict=True)
        if str(a) != str(b)
    }
    assert {row for row, _ in differ} == {2042} and len(differ) == 4


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: completed(YIWU, a_round(folder, "targets"), "类别", "信用风险等级", "状态"),
        lambda folder: completed(
            XINJIANG, a_round(folder, "targets"), "类别", "信用风险等级", "状态"
        ),
        lambda folder: completed(
            WANNING,
            a_round(folder, "targets", '"编号" = ["TYXYDM", "注册号"]\n'),
            "类别",
            "信用风险等级",
        ),
    ],
    ids=["Yiwu", "Xinjiang", "Wanning"],
)
def test_no_row_is_lost(make, tmp_path):
    """Rows under the header = rows used + rows with errors + rows left out; errors come first."""
    make(tmp_path / "sample60")
    found = load(tmp_path / "sample60")
    tally = found.tallies["targets"]
    assert (
        tally.rows
        == len(raw(next((tmp_path / "sample60").glob("targets.*")))) - 1
        == tally.used + len(tally.refused) + len(tally.left_out) + len(tally.joined)
    )
    problems = inspection.inspect(tmp_path / "sample60", NOW).problems
    assert [p.severity for p in problems] == sorted(p.severity for p in problems)


# --- the provincial list adopted ---


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_adopting_the_item_list(tmp_path):
    """The same 285 items as they came: no number, no 抽查内容. By name and 子项 (there is none) 279
    names are different; six of them stand more than once, in 12 rows, which are left to a person.
    The other 273 are new; renamed and adopted once more, nothing changes. Nothing of our eight is
    touched.
    """
    from ssj.upkeep import adoption

    folder = shutil.copytree(ROOT / "demo" / "params" / "sample60", tmp_path / "sample60")
    sheet = openpyxl.load_workbook(ITEMS).active
    merged = {
        r.min_row: r.max_row for r in sheet.merged_cells.ranges if r.min_col == 4 == r.max_col
    }
    names, row = [], 4
    while row <= 390:
        names.append("".join(str(sheet.cell(row, 4).value).split()))
        row = merged.get(row, row) + 1
    several = {name: count for name, count in Counter(names).items() if count > 1}
    assert (len(names), sum(several.values())) == (285, 12)

    before = rawtables.read(folder / "items.xlsx", schema.headers("items")).frame
    made, path = adoption.adopt(folder, ITEMS, "样例来源", (), dt.date(2021, 1, 1), NOW.date())
    assert made.read == (8, 285) and made.counts() == {
        "更新": 0,
        "新增": 273,
        "失效": 0,
        "请人核对": 12,
        "没有变动的本级事项": 8,
    }
    assert Counter("".join(name.split()) for _, name, *_ in made.open) == several
    assert Counter(title for *_, blank in made.lacking() for title in blank) == {
        "事项编号": 273,
        "抽查内容": 273,
    }
    path.replace(folder / "items.xlsx")
    after = rawtables.read(folder / "items.xlsx", schema.headers("items")).frame
    assert len(after) == 281 and after.iloc[:8][list(before.columns)].equals(before)
    again, _ = adoption.adopt(folder, ITEMS, "样例来源", (), dt.date(2021, 1, 1), NOW.date())
    assert again.changes == [] and again.counts()["请人核对"] == 12 and len(again.rows) == 281
