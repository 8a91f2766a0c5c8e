"""Reading and writing tables: whole messages, encodings, kinds of file, redaction, stable bytes."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from ssj.base.errors import InputError
from ssj.tables import places, rawtables, redacted, redaction, writing

HEADERS = {"编号": True, "名称": True, "状态": True, "备注": False}
TABLE = [
    ["编号", "名称", "状态", "备注"],
    ["A1", "样例建筑〇〇一公司", "存续", "甲"],
    ["A2", "样例建筑〇〇二公司", "存续", None],
]
# invented; the latter is the standard's own example
PHONE, IDENTITY = ("13912345678", "11010519491231002X")

GARBLED = "样例燃气工程有限公司".encode().decode("gbk", "replace").replace("\ufffd", "?")


def book(path: Path, *sheets: tuple[str, list[list[object]]], state: str = "visible") -> Path:
    """An xlsx made by openpyxl; the last of several sheets gets ``state``."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets:
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    sheet.sheet_state = state
    workbook.save(path)
    return path


def text(path: Path, rows: list[list[object]], encoding: str = "utf-8") -> Path:
    path.write_bytes(
        "".join(
            ",".join("" if cell is None else str(cell) for cell in row) + "\r\n" for row in rows
        ).encode(encoding)
    )
    return path


def old_book(path: Path, rows: list[list[object]]) -> Path:
    workbook = xlwt.Workbook(encoding="utf-8")
    sheet = workbook.add_sheet("名录")
    for n, row in enumerate(rows):
        for at, cell in enumerate(row):
            if cell is not None:
                sheet.write(n, at, cell)
    workbook.save(str(path))
    return path


def parquet(path: Path, rows: list[list[object]]) -> Path:
    pq.write_table(
        pa.table({name: list(column) for name, *column in zip(*rows, strict=True)}), path
    )
    return path


MAKERS = {
    "t.xlsx": lambda path: book(path, ("名录", TABLE)),
    "t.xls": lambda path: old_book(path, TABLE),
    "utf8.csv": lambda path: text(path, TABLE),
    "bom.csv": lambda path: text(path, TABLE, "utf-8-sig"),
    "gb.csv": lambda path: text(path, TABLE, "gb18030"),
    "utf16.csv": lambda path: text(path, TABLE, "utf-16"),
    "tabs.csv": lambda path: (
        path.write_text(
            text(path, TABLE).read_text(encoding="utf-8").replace(",", "\t"), encoding="utf-16"
        )
        and path
    ),
    "semicolons.csv": lambda path: (
        path.write_text(
            text(path, TABLE).read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8"
        )
        and path
    ),
    "t.parquet": lambda path: parquet(path, TABLE),
}


@pytest.mark.parametrize("name", MAKERS)
def test_every_kind_of_file_gives_the_same_rows(name: str, tmp_path: Path) -> None:
    table = rawtables.read(MAKERS[name](tmp_path / name), HEADERS)
    assert table.problems == []
    assert table.frame.to_dict("tight")["data"] == TABLE[1:]
    assert (list(table.frame.columns), list(table.frame.index)) == (TABLE[0], [2, 3])


MARKED = {
    '="00012"': "00012",
    "'00012": "00012",
    " '91350100M000100Y43": "91350100M000100Y43",
    '=""': None,
    "'甲'": "'甲'",
    "it's": "it's",
    "=1+1": "=1+1",
}


@pytest.mark.parametrize(("written", "read"), MARKED.items(), ids=list(MARKED))
def test_cells_of_a_csv_marked_as_text(written: str, read: str | None, tmp_path: Path) -> None:
    table = rawtables.read(
        text(tmp_path / "t.csv", [TABLE[0], ["A1", written, "存续", "证1"]]), HEADERS
    )
    assert table.frame["名称"].tolist() == [read] and len(table.notes) == (written != read)


def test_xls_that_is_xlsx_inside(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", ("名录", TABLE)).rename(tmp_path / "t.xls")
    assert (rawtables.read(path, HEADERS).sheet, len(rawtables.read(path, HEADERS).frame)) == (
        "名录",
        2,
    )


def test_rows_are_counted_as_excel_does(tmp_path: Path) -> None:
    rows = [
        [None],
        ["样例县检查对象名录"],
        [" 编 号*", "名称\n", "状　态"],
        [None, " "],
        ["A1", "甲", "存续"],
        [],
        ["A2", "乙", "存续"],
    ]
    for table in (
        rawtables.read(
            book(tmp_path / "t.xlsx", ("说明", [["请先阅读"]]), ("名录", rows)), HEADERS
        ),
        rawtables.read(
            text(
                tmp_path / "t.csv",
                [
                    ["", "", ""],
                    ["标题"],
                    TABLE[0][:3],
                    ["", " "],
                    ["A1", "甲", "存续"],
                    [],
                    ["A2", "乙", "存续"],
                ],
            ),
            HEADERS,
        ),
    ):
        assert table.problems == []
        assert list(table.frame.index) == [5, 7]
        assert list(table.frame.columns) == ["编号", "名称", "状态"]


def test_cell_types_are_kept(tmp_path: Path) -> None:
    path = book(
        tmp_path / "t.xlsx",
        (
            "a",
            [
                TABLE[0],
                [7, 0.05, True, dt.date(2021, 12, 31)],
                [9.14690062012665e17, "x", "007", dt.datetime(2021, 1, 2, 3, 4)],
            ],
        ),
    )
    assert rawtables.read(path, HEADERS).frame.values.tolist() == [
        [7, 0.05, True, dt.date(2021, 12, 31)],
        [9.14690062012665e17, "x", "007", dt.datetime(2021, 1, 2, 3, 4)],
    ]


def _formula(path: Path) -> None:
    book(path, ("名录", [*TABLE, ["=1+1", "丙", "存续", '=""'], ["A4", "丁", "#N/A"]]))


def _merged(path: Path) -> None:
    book(path, ("名录", [*TABLE, ["A3", "丙", "存续"]]))
    workbook = openpyxl.load_workbook(path)
    workbook.active.merge_cells("C2:C4")
    workbook.save(path)


def _far(path: Path) -> None:
    book(path, ("名录", TABLE))
    workbook = openpyxl.load_workbook(path)
    workbook.active["XFD1048576"] = "x"
    workbook.save(path)


CASES = {
    "not there": (
        "t.xlsx",
        lambda path: None,
        ["t.xlsx：没有这个文件。请核对文件名和所在文件夹。"],
    ),
    "open in Excel": (
        "t.xlsx",
        lambda path: (book(path, ("名录", TABLE)), path.with_name("~$t.xlsx").touch()),
        ["t.xlsx：表格正在 Excel 中打开。请保存并关闭后再运行一次。"],
    ),
    "truncated": (
        "t.xlsx",
        lambda path: path.write_bytes(book(path, ("名录", TABLE)).read_bytes()[:2000]),
        [
            (
                "t.xlsx：工作簿已损坏或不完整。请在 Excel 或 WPS 中打开核对，另存为 .xlsx；"
                "打不开的，请从原系统重新导出。"
            )
        ],
    ),
    "truncated xls": (
        "t.xls",
        lambda path: path.write_bytes(old_book(path, TABLE).read_bytes()[:3000]),
        [
            (
                "t.xls：工作簿已损坏或不完整。请在 Excel 或 WPS 中打开核对，另存为 .xlsx；"
                "打不开的，请从原系统重新导出。"
            )
        ],
    ),
    "xls of 2^32 rows": (
        "t.xls",
        lambda path: path.write_bytes(
            old_book(path, TABLE)
            .read_bytes()
            .replace(
                b"\x00\x02\x0e\x00" + bytes(4) + b"\x03\0\0\0",
                b"\x00\x02\x0e\x00" + bytes(4) + b"\xff" * 4,
            )
        ),
        [
            (
                "t.xls：工作簿已损坏或不完整。请在 Excel 或 WPS 中打开核对，另存为 .xlsx；"
                "打不开的，请从原系统重新导出。"
            )
        ],
    ),
    "password": (
        "t.xlsx",
        lambda path: path.write_bytes(
            b"\xd0\xcf\x11\xe0" + bytes(508) + "EncryptedPackage".encode("utf-16-le")
        ),
        [
            (
                "t.xlsx：工作簿加了密码。请在 Excel 中去掉打开密码（文件、信息、保护工作簿），"
                "保存后再试。"
            )
        ],
    ),
    "web page": (
        "t.xls",
        lambda path: path.write_text("<HTML><table></table>"),
        [
            (
                "t.xls：内容不是 xls 表格，而是网页（HTML），里面没有表。请从原系统导出为 .xlsx；"
                "只能用 Excel 或 WPS 另存的，另存后核对长编码没有变成 9.1E+17 的样子。"
            )
        ],
    ),
    "nothing": (
        "t.xlsx",
        lambda path: path.write_bytes(b""),
        [
            (
                "t.xlsx：内容不是 xlsx 表格，而是空文件。请从原系统导出为 .xlsx；只能用 Excel 或 "
                "WPS 另存的，另存后核对长编码没有变成 9.1E+17 的样子。"
            )
        ],
    ),
    "broken parquet": (
        "t.parquet",
        lambda path: path.write_bytes(b"PAR1" + bytes(40)),
        ["t.parquet：parquet 文件已损坏或不完整。请从原系统重新导出。"],
    ),
    "encoding": (
        "t.csv",
        lambda path: path.write_bytes("编号,名".encode() + b"\xff\xff"),
        [
            (
                "t.csv：文字编码既不是 UTF-8（第 1 行不合）也不是 GB18030（第 1 "
                "行不合）。请从原系统重新导出为 .xlsx，或“CSV UTF-8（逗号分隔）”。"
            )
        ],
    ),
    "quote": (
        "t.csv",
        lambda path: path.write_bytes('编号,名称,状态\nA1,"甲'.encode()),
        [
            (
                "t.csv：第 2 行的逗号或引号不合 CSV 的写法。请用记事本核对这一行；"
                "或从原系统导出为 .xlsx。"
            )
        ],
    ),
    "empty csv": (
        "t.csv",
        lambda path: path.write_bytes(b""),
        [
            (
                "t.csv：内容不是 csv 表格，而是空文件。请从原系统导出为 .xlsx；只能用 "
                "Excel 或 WPS 另存的，另存后核对长编码没有变成 9.1E+17 的样子。"
            )
        ],
    ),
    "another table": (
        "t.xlsx",
        lambda path: book(
            path, ("名录", [["某表"], ["企业名称", "注册号", "ZT"], ["甲", "1", "存续"]])
        ),
        [
            (
                "t.xlsx 工作表“名录” 第 2 行：缺少必填列“编号”“名称”“状态”；"
                "找到的列是“企业名称”“注册号”“ZT”。请补上这些列，或把列名改成这里的写法。"
            )
        ],
    ),
    "one header misspelt": (
        "t.csv",
        lambda path: text(path, [["编号", "名称", "状态词", "样例"], ["A1", "甲", "存续", "x"]]),
        [
            (
                "t.csv 第 1 行：缺少必填列“状态”；找到的列是“编号”“名称”“状态词”“样例”。"
                "请补上这些列，或把列名改成这里的写法。"
            ),
            "t.csv 第 1 行 “状态词”列：不认识的列名，这一列不用。如果应是“状态”，请改名。",
            "t.csv 第 1 行 “样例”列：不认识的列名，这一列不用。如果确实不用，可以不管。",
        ],
    ),
    "header twice": (
        "t.csv",
        lambda path: text(path, [["编号", "名称", "状态", "名称"], ["A1", "甲", "存续", "x"]]),
        ["t.csv 第 1 行 “名称”列：列名重复了 2 次。请只留一列，或把其余的改名。"],
    ),
    "row out of step": (
        "t.csv",
        lambda path: text(path, [*TABLE, ["A3", "丙", "存续", "x", "y"]]),
        [
            (
                "t.csv 第 4 行：有 1 个格在没有列名的位置。请核对这一行是否错位；"
                "多出的内容请删去，或补上列名。"
            )
        ],
    ),
    "nameless column": (
        "t.xlsx",
        lambda path: book(path, ("名录", [TABLE[0], [*TABLE[1], None, "注"], TABLE[2]])),
        [
            (
                "t.xlsx 工作表“名录” 第 2 行：第 6 列没有列名，却有 1 个格有内容，没有读取。"
                "要用的，请补上列名；不用的，请删去。"
            )
        ],
    ),
    "formulas": (
        "t.xlsx",
        _formula,
        [
            (
                "t.xlsx 工作表“名录” 第 4 行 “编号”列：公式没有算出的值。请在 Excel 中打开、"
                "重新计算并改正，复制后选择性粘贴为数值，再保存。"
            ),
            (
                "t.xlsx 工作表“名录” 第 4 行 “备注”列：公式没有算出的值。请在 Excel 中打开、"
                "重新计算并改正，复制后选择性粘贴为数值，再保存。"
            ),
        ],
    ),
    "merged cells": (
        "t.xlsx",
        _merged,
        [
            (
                "t.xlsx 工作表“名录” 第 2 行 “状态”列：有 1 处合并单元格，"
                "合并的各行都按合并的值读取。如果不是这个意思，请取消合并，把值填进每一格。"
            )
        ],
    ),
    "far-off cell": (
        "t.xlsx",
        _far,
        [
            (
                "t.xlsx 工作表“名录”：表格超过 200,000 行或 104 列。请删去表格以外的内容，"
                "或分成几个批次。"
            )
        ],
    ),
    "two sheets": (
        "t.xlsx",
        lambda path: book(path, ("东片", TABLE), ("西片", TABLE)),
        [
            (
                "t.xlsx：有 2 张工作表都有这张表的列，不知道用哪一张，都没有读取："
                "“东片”（2 行）、“西片”（2 行）。请删去不用的工作表；都要用的，合并成一张。"
            )
        ],
    ),
    "replacement character": (
        "t.csv",
        lambda path: text(path, [TABLE[0], ["A1", "甲\ufffd", "存续", "证1"]]),
        [
            (
                "t.csv 第 2 行 “名称”列：文字有乱码或看不见的字符，现为“甲\ufffd”。"
                "请从原系统重新导出，或手工重新录入这一格。"
            )
        ],
    ),
    "UTF-8 once read as GBK": (
        "t.csv",
        lambda path: text(path, [TABLE[0], ["A1", GARBLED, "存续", "证1"]]),
        [
            (
                f"t.csv 第 2 行 “名称”列：文字有乱码或看不见的字符，现为“{GARBLED}”。"
                "请从原系统重新导出，或手工重新录入这一格。"
            )
        ],
    ),
    "invisible character": (
        "t.csv",
        lambda path: text(path, [TABLE[0], ["A1", "甲\u200b乙", "存续", "证1"]]),
        [
            (
                "t.csv 第 2 行 “名称”列：文字有乱码或看不见的字符，现为“甲<U+200B>乙”。"
                "请从原系统重新导出，或手工重新录入这一格。"
            )
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_problems_in_whole_messages(case: str, tmp_path: Path) -> None:
    name, make, messages = CASES[case]
    make(tmp_path / name)
    assert [
        str(problem) for problem in rawtables.read(tmp_path / name, HEADERS).problems
    ] == messages


def test_a_hidden_sheet_with_the_same_columns_is_named(tmp_path: Path) -> None:
    """Nobody can know whether the visible one is the whole."""
    table = rawtables.read(
        book(tmp_path / "t.xlsx", ("名录", TABLE), ("旧名录", TABLE), state="hidden"), HEADERS
    )
    (problem,) = table.problems
    assert "“名录”（2 行）、“旧名录”（隐藏，2 行）" in problem.message
    assert (problem.severity, len(table.frame), table.rows, table.unread) == ("error", 0, 4, 4)


def test_find(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="里没有表格 items。请放入 items.xlsx"):
        places.find(tmp_path, "items")
    path = text(tmp_path / "items.CSV", TABLE)
    (tmp_path / "~$items.xlsx").touch()
    assert places.find(tmp_path, "items") == path
    text(tmp_path / "items.xlsx", TABLE)
    with pytest.raises(InputError, match="同一张表有 2 个文件：“items.CSV”“items.xlsx”"):
        places.find(tmp_path, "items")
    text(tmp_path / "Plan.xlsx", TABLE)
    with pytest.raises(InputError, match="里没有表格 plan，像是它的有：“Plan.xlsx”。"):
        places.find(tmp_path, "plan")


PERSONAL = [
    ["名单（联系人 " + PHONE + "）"],
    ["编号", "身份证号", "名称", "联系 电话", "状态", "执法证号"],
    ["A1", IDENTITY, "甲", PHONE, "存续", "证1"],
    ["A2", None, "乙", int(PHONE), "存续", "证2"],
]
MAKE_PERSONAL = {
    "t.xlsx": lambda path: book(path, ("名录", PERSONAL)),
    "t.xls": lambda path: old_book(path, PERSONAL),
    "t.csv": lambda path: text(path, PERSONAL, "gb18030"),
    "t.parquet": lambda path: parquet(
        path, [PERSONAL[1], PERSONAL[2], [str(c) if c else c for c in PERSONAL[3]]]
    ),
}


def everything(path: Path) -> bytes:
    """All bytes of a file, unpacked if it is a zip."""
    data = path.read_bytes()
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    return (
        b"".join(str(row).encode() for row in pq.read_table(path).to_pylist()) + data
        if data.startswith(b"PAR1")
        else data
    )


@pytest.mark.parametrize("name", MAKE_PERSONAL)
def test_redaction(name: str, tmp_path: Path) -> None:
    source, folder = MAKE_PERSONAL[name](tmp_path / name), tmp_path / "out"
    folder.mkdir()
    before = rawtables.read(source, HEADERS)
    assert before.dropped == ("身份证号", "联系电话")
    copy = redacted.redact(source, folder, HEADERS)
    assert (
        copy is not None
        and copy.parent == folder
        and copy.suffix == source.suffix.replace(".xls", ".xlsx").replace("xx", "x")
    )
    for secret in (PHONE, IDENTITY, "身份证号", "联系 电话"):
        assert secret.encode() not in everything(copy)
    after = rawtables.read(copy, HEADERS)
    assert (after.dropped, [p.code for p in after.problems]) == ((), ["F08"])
    pd.testing.assert_frame_equal(after.frame, before.frame)
    assert redacted.redact(copy, folder, HEADERS) is None
    first = copy.read_bytes()
    assert redacted.redact(source, folder, HEADERS).read_bytes() == first
    # without headers: the same row is found
    assert redacted.redact(source, folder).read_bytes() == first


def _with_comment(path: Path) -> Path:
    book(path, ("名录", TABLE))
    workbook = openpyxl.load_workbook(path)
    workbook.active["A2"].comment = openpyxl.comments.Comment("电 " + PHONE, "样例")
    workbook.save(path)
    return path


@pytest.mark.parametrize(
    "make",
    [
        lambda path: book(
            path, ("名录", TABLE), ("通讯录", [["姓名", "手机"], ["样例甲", PHONE]]), state="hidden"
        ),
        lambda path: book(path, ("名录", [TABLE[0], [*TABLE[1], None, f"联系 {PHONE}"], TABLE[2]])),
        _with_comment,
    ],
    ids=["hidden sheet", "nameless column", "comment"],
)
def test_redaction_of_what_is_not_read(make, tmp_path: Path) -> None:
    source, folder = make(tmp_path / "t.xlsx"), tmp_path / "out"
    folder.mkdir()
    copy = redacted.redact(source, folder, HEADERS)
    assert PHONE.encode() in everything(source) and PHONE.encode() not in everything(copy)
    pd.testing.assert_frame_equal(
        rawtables.read(copy, HEADERS).frame, rawtables.read(source, HEADERS).frame
    )


@pytest.mark.parametrize("name", MAKERS)
def test_nothing_to_redact(name: str, tmp_path: Path) -> None:
    assert redacted.redact(MAKERS[name](tmp_path / name), tmp_path, HEADERS) is None


def test_redaction_of_an_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="没有这个文件"):
        redacted.redact(tmp_path / "t.xlsx", tmp_path)


@pytest.mark.parametrize(
    ("header", "personal"),
    {
        "身份证号": True,
        "证件号码": True,
        "法人身份证": True,
        "手机 号": True,
        "联系方式": True,
        "投诉电话": True,
        "TEL": True,
        "传真": True,
        "执法证号": False,
        "许可证编号": False,
        "名称": False,
        "编号": False,
        "证照": False,
    }.items(),
)
def test_personal_headers(header: str, personal: bool) -> None:
    assert redaction.is_personal(header) is personal


@pytest.mark.parametrize(
    ("before", "after"),
    {
        f"电话{PHONE} 张": "电话139******78 张",
        "１３９１２３４５６７８": "139******78",
        "139-1234 5678": "139********78",
        "+86 13912345678": "+86**********78",
        IDENTITY: "110*************2X",
        "110105194912310021": "110105194912310021",
        "91350100M000100Y43": "91350100M000100Y43",
        "330782202101010101": "330782202101010101",
        "注册号330782191234567": "注册号330782191234567",
        "12345678901": "12345678901",
    }.items(),
)
def test_mask(before: str, after: str) -> None:
    assert redaction.mask(before) == after


# name → (value, cell)
CELLS = {
    "several, one a line": (["燃气", "物业"], "燃气\n物业"),
    "none": ((), ""),
    "counts": ({"A": 3, "B": 5}, "A 3；B 5"),
    "a day": ("2021-12-31", dt.date(2021, 12, 31)),
    "no day": ("2021-02-30", "2021-02-30"),
    "a time": ("2021-12-31 10:00", "2021-12-31 10:00"),
    "a number": (3, 3),
    "nothing": (None, None),
}


@pytest.mark.parametrize(("value", "cell"), CELLS.values(), ids=list(CELLS))
def test_a_sheet_for_people(value, cell):
    frame = writing.sheet([{"key": value, "other": 1}], {"key": "栏目", "missing": "没有"})
    assert list(frame.columns) == ["栏目", "没有"] and frame.iloc[0].tolist() == [cell, None]


def test_a_sheet_without_columns_has_those_of_its_rows():
    frame = writing.sheet([{"甲": 1}, {"甲": 2, "乙": 3}])
    assert frame.to_dict("list") == {"甲": [1, 2], "乙": [None, 3]}
    assert list(writing.sheet([], {"key": "栏目"}).columns) == ["栏目"]


def test_what_a_workbook_is_about():
    frame = writing.about(["演示批次"], ("单位", "样例局"), ("截至", "2021-12-31"))
    assert frame.to_dict("list") == {
        "项目": ["注意", "单位", "截至"],
        "内容": ["演示批次", "样例局", dt.date(2021, 12, 31)],
    }


def test_write_xlsx(tmp_path: Path) -> None:
    nasty = [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2",
        "@SUM(A1)",
        "http://x.invalid/",
        "00123",
        "{=1}",
        "\tx",
    ]
    frame = pd.DataFrame(
        {
            "文字": nasty,
            "日期": [dt.date(2021, 12, 31)] * 7 + [None],
            "数": [1, 2.5, 10**17, None, True, float("nan"), "", pd.NA],
            "多项": [("燃气", "物业")] * 8,
        },
        dtype=object,
    )
    path = tmp_path / "t.xlsx"
    writing.write_xlsx(path, {"名录": frame, "空表": frame.iloc[:0]})
    first = path.read_bytes()
    writing.write_xlsx(path, {"名录": frame, "空表": frame.iloc[:0]})
    assert path.read_bytes() == first
    sheet = openpyxl.load_workbook(path)["名录"]
    assert [cell.value for cell in sheet["A"]] == ["文字", *nasty]
    assert {cell.data_type for cell in sheet["A"]} == {"s"} and not any(
        cell.hyperlink for cell in sheet["A"]
    )
    assert (sheet["B2"].value, sheet["B2"].number_format) == (
        dt.datetime(2021, 12, 31),
        "yyyy-mm-dd",
    )
    assert [cell.value for cell in sheet["C"]][1:] == [
        1,
        2.5,
        str(10**17),
        None,
        "是",
        None,
        None,
        None,
    ]
    assert sheet["D2"].value == "燃气、物业"
    assert (
        sheet.freeze_panes,
        sheet.auto_filter.ref,
        sheet.print_title_rows,
        sheet["A1"].font.b,
    ) == ("A2", "A1:D9", "$1:$1", True)
    assert (
        sheet.page_setup.orientation,
        str(sheet.page_setup.paperSize),
        sheet.page_setup.fitToHeight,
    ) == ("landscape", "9", 0)
    assert b"<f>" not in everything(path)
    with pytest.raises(ValueError, match="row 2, column 1"):
        writing.write_xlsx(path, {"长": pd.DataFrame({"a": ["字" * 40000]})})


@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(lambda t: t.encode("utf-8", "ignore")),
        st.sampled_from([b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"]).flatmap(
            lambda head: st.binary(max_size=200).map(lambda tail: head + tail)
        ),
    )
)
def test_any_bytes_give_a_table_or_a_problem(data: bytes, tmp_path: Path) -> None:
    for name in ("t.csv", "t.xlsx"):
        (tmp_path / name).write_bytes(data)
        table = rawtables.read(tmp_path / name, HEADERS)
        assert table.problems or len(table.frame.columns) >= 2


@given(
    at=st.integers(0, 10**6),
    value=st.integers(0, 255),
    kind=st.sampled_from(["xlsx", "xls", "parquet"]),
)
def test_a_flipped_byte_never_gives_a_traceback(
    at: int, value: int, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / f"flip.{kind}"
    data = bytearray(MAKERS[f"t.{kind}"](path).read_bytes())
    data[at % len(data)] = value
    path.write_bytes(data)
    rawtables.read(path, HEADERS)
