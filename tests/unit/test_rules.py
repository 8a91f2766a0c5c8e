"""The table of checks: for every rule a case that raises it and a near miss that does not; what the
table promises, and what the manual prints.
"""

from __future__ import annotations

import contextlib
import copy
import io
import re
import shutil
import string
import sys
import zipfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, examples
from hypothesis import given
from hypothesis import strategies as st
from unit.test_rosters import BUREAU, GOOD, MARKET, PHONE, RESULT, WINDOW, put

from ssj.base.errors import InputError, Problem
from ssj.rosters import finders, rosters
from ssj.tables import (
    across,
    delimited,
    packages,
    parts,
    rawtables,
    reader,
    rules,
    schema,
    sheets,
    workbook,
    writing,
)

if str(ROOT / "scripts") not in sys.path:
    sys.path.insert(0, str(ROOT / "scripts"))
import make_guide_checks

HEADERS = {"编号": True, "名称": True, "备注": False}
SOUND = [
    ["编号", "名称", "备注"],
    ["A1", "样例建筑〇〇一公司", "甲"],
    ["A2", "样例建筑〇〇二公司", "乙"],
]
Make = Callable[[Path], Iterable[Problem]]


# --- what a case is made of ---


def given_rows(
    *changes: tuple[str, int, str, Any], more: dict[str, list[dict[str, Any]]] | None = None
) -> Make:
    """All problems of the sound tables with some cells changed (table, row from 0, column, value)
    and rows added.
    """

    def make(folder: Path) -> Iterable[Problem]:
        source = copy.deepcopy(GOOD)
        for table, rows in (more or {}).items():
            source[table] = [*source.get(table, []), *rows]
        for table, row, column, value in changes:
            source[table][row][column] = value
        return rosters.load(put(folder, source), "ABCD", "2021Q4", WINDOW).every

    return make


def entered(source: dict[str, list[dict[str, Any]]], *rows: dict[str, Any]) -> Make:
    """All problems of tables beside which there are single entries of targets."""

    def make(folder: Path) -> Iterable[Problem]:
        (put(folder, source) / "targets").mkdir()
        text = pd.DataFrame(rows, dtype=object).to_csv(index=False)
        (folder / "targets" / parts.ENTRIES).write_text(text, encoding="utf-8-sig")
        return rosters.load(folder, "ABCD", "2021Q4", WINDOW).every

    return make


def pooled(scope: str) -> Make:
    """The sound tables, the third task with this 对象范围, beside a round.toml with pools."""

    def make(folder: Path) -> Iterable[Problem]:
        (folder / "round.toml").write_text(
            '[pools]\n"重点库" = "标签：重点检查、专项整治"\n'
            '"燃气库" = "类别：燃气"\n"坏库" = "区域：东"\n',
            encoding="utf-8",
        )
        return given_rows(("plan", 2, "对象范围", scope))(folder)

    return make


def without(table: str, name: str = "", data: bytes = b"") -> Make:
    """The sound tables, one of them missing; another file in its place."""

    def make(folder: Path) -> Iterable[Problem]:
        put(folder, GOOD)
        (folder / f"{table}.xlsx").unlink()
        if name:
            (folder / name).write_bytes(data)
        return rosters.load(folder, "ABCD", "2021Q4", WINDOW).every

    return make


def file(
    name: str, content: bytes | list[list[Any]] | Callable[[Path], Any] = b"", **patched: Any
) -> Make:
    """One file as read; ``content``: bytes, rows (of a workbook or csv), or what makes it.
    ``patched``: limits of files.
    """

    def make(folder: Path) -> Iterable[Problem]:
        path = folder / name
        if callable(content):
            content(path)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        elif path.suffix == ".csv":
            path.write_text("".join(",".join(row) + "\n" for row in content), encoding="utf-8")
        else:
            book(path, content)
        with ExitStack() as limits:  # each module has its own name of a limit
            for module in (sheets, workbook, delimited):
                own = {name: most for name, most in patched.items() if hasattr(module, name)}
                if own:
                    limits.enter_context(mock.patch.multiple(module, **own))
            return rawtables.read(path, HEADERS).problems

    return make


def book(
    path: Path, *tables_of: list[list[Any]], change: Callable[[Any], Any] | None = None
) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for rows in tables_of:
        sheet = made.create_sheet()
        for row in rows:
            sheet.append(row)
    if change:
        change(made.worksheets[0])
    made.save(path)
    return path


def _kept(folder: Path, **parts: str) -> Iterable[Problem]:
    """A zip file that holds these files, each in its folder, read as a table."""
    with zipfile.ZipFile(folder / "t.xlsx", "w") as made:
        for own, name in parts.items():
            made.writestr(f"{own}/{name}", b"")
    return rawtables.read(folder / "t.xlsx", HEADERS).problems


def titled(path: Path, *names: str) -> None:
    """A workbook with sheets of these names."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name in names:
        made.create_sheet(name).append(["编号"])
    made.save(path)


def part(path: Path, name: str, old: bytes, new: bytes) -> None:
    """A sound workbook with one part of it changed."""
    book(path, SOUND)
    with (
        zipfile.ZipFile(io.BytesIO(path.read_bytes())) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.namelist():
            target.writestr(
                entry,
                source.read(entry).replace(old, new, 1) if entry == name else source.read(entry),
            )


def with_patch(module: Any, name: str, value: Any, make: Make) -> Make:
    def patched(folder: Path) -> Iterable[Problem]:
        with mock.patch.object(module, name, value):
            return make(folder)

    return patched


def written(folder: Path) -> Iterable[Problem]:
    try:
        writing.write_xlsx(folder / "t.xlsx", {"表": pd.DataFrame(SOUND[1:], columns=SOUND[0])})
    except InputError as error:
        return error.problems
    return ()


def opened(lock: str) -> Make:
    return file("t.xlsx", lambda path: (book(path, SOUND), path.with_name(lock).touch()))


def parquet(path: Path) -> None:
    pq.write_table(
        pa.table({"编号": [f"A{n}" for n in range(2000)], "名称": ["样例建筑〇〇一公司"] * 2000}),
        path,
        use_dictionary=False,
        compression="zstd",
    )


def wide(path: Path) -> Path:
    return book(path, [SOUND[0], *([f"A{n}", "样例建筑〇〇一公司", "甲"] for n in range(500))])


DECLARED = '[[mapping]]\ntable = "targets"\nheader = "编号"\nwritten = "编号"\n'


def mapped(text: str, declared: str = "") -> Make:
    def make(folder: Path) -> Iterable[Problem]:
        put(folder, GOOD)
        (folder / "round.toml").write_text(declared, encoding="utf-8")
        (folder / "mapping.toml").write_text(text, encoding="utf-8")
        return rosters.load(folder, "ABCD", "2021Q4", WINDOW).every

    return make


def _coded(code: str) -> Make:
    """A target with this id among others of its category with sound codes."""
    sound = ["91350100M000100Y43", "91110000101623741K", "911101066976941872"]
    others = [target(编号=own, 名称=f"样例甲{own}公司", 类别="甲") for own in sound if own != code]
    return given_rows(more={"targets": [*others, target(编号=code, 名称="样例乙公司", 类别="甲")]})


def officer(**cells: Any) -> dict[str, Any]:
    return {
        "工号": "2001",
        "姓名": "样例戊",
        "部门": BUREAU,
        "人员类别": "执法",
        "专业": "燃气",
        "状态": "在岗",
        "执法证号": "样证009",
        "执法证有效期至": "长期",
        **cells,
    }


def target(**cells: Any) -> dict[str, Any]:
    return {
        "编号": "JZ2021-001",
        "名称": "样例建筑〇〇九公司",
        "类别": "施工",
        "信用风险等级": "A",
        "状态": "存续",
        **cells,
    }


def recognised(**cells: Any) -> Make:
    return given_rows(more={"recognised": [{**RESULT, **cells}]})


PERMIT = {"许可证名称": "燃气经营许可证", "许可证编号": "样燃001", "有效期至": "2030-01-01"}
# rule → (what raises it, what nearly does)
ITEM = GOOD["items"][0] | {"事项编号": "S09", "事项名称": "样例事项"}

CASES: dict[str, tuple[Make, Make]] = {
    "F01": (without("items"), without("items", "items.csv")),
    "F01/other": (without("items", "items.docx"), without("items", "other.txt")),
    "F01/near": (without("items", "items（新）.xlsx"), without("items", "other.xlsx")),
    "F01/several": (
        lambda f: ((f / "items.csv").touch(), given_rows()(f))[1],
        lambda f: ((f / "items2.csv").touch(), given_rows()(f))[1],
    ),
    "F01/gone": (file("t.xlsx", lambda path: None), file("t.xlsx", SOUND)),
    "F02": (opened("~$t.xlsx"), opened("~$other.xlsx")),
    "F02/write": (
        with_patch(
            writing, "zipfile", mock.Mock(ZipFile=mock.Mock(side_effect=PermissionError)), written
        ),
        written,
    ),
    "F03": (file("t.xlsx", SOUND, MAX_BYTES=2000), file("t.xlsx", SOUND, MAX_BYTES=10**6)),
    "F03/rows": (file("t.xlsx", SOUND, MAX_ROWS=2), file("t.xlsx", SOUND, MAX_ROWS=3)),
    "F03/parquet": (
        file("t.parquet", parquet, MAX_BYTES=30_000),
        file("t.parquet", parquet, MAX_BYTES=10**6),
    ),
    "F03/unpacked": (file("t.xlsx", wide, MAX_BYTES=30_000), file("t.xlsx", wide, MAX_BYTES=10**6)),
    "F03/texts": (
        with_patch(packages, "_text_bytes", lambda *_: 2**40, file("t.xlsx", SOUND)),
        file("t.xlsx", SOUND),
    ),
    "F04": (file("t.xlsx", b"PK\x03\x04"), file("t.xlsx", SOUND)),
    "F04/disk": (
        with_patch(
            Path, "read_bytes", mock.Mock(side_effect=OSError(5, "x")), file("t.xlsx", SOUND)
        ),
        file("t.xlsx", SOUND),
    ),
    "F04/kind": (file("t.xlsx", b"<html>"), file("t.csv", b"<h>")),
    "F04/binary": (
        lambda f: _kept(f, xl="workbook.bin"),
        lambda f: _kept(f, word="document.xml"),
    ),
    "F04/own": (
        file("t.xlsx", lambda path: titled(path, "问题清单", "读取情况")),
        file("t.xlsx", lambda path: titled(path, "问题清单", "名录")),
    ),
    "F05/big5": (
        file("t.csv", ("編號,名稱,類別,狀態\n" * 9).encode("big5")),
        file("t.csv", ("编号,名称,类别,状态\n" * 9).encode("gbk")),
    ),
    "F06/table": (
        lambda f: _swapped(f, "officers"),
        lambda f: _swapped(f, "targets"),
    ),
    "F04/locked": (
        file("t.xlsx", b"\xd0\xcf\x11\xe0" + bytes(508) + "EncryptedPackage".encode("utf-16-le")),
        file("t.xlsx", b"\xd0\xcf\x11\xe0" + bytes(508)),
    ),
    "F04/hidden": (
        file(
            "t.xlsx",
            lambda path: part(path, "xl/workbook.xml", b'state="visible"', b'state="hidden"'),
        ),
        file("t.xlsx", SOUND),
    ),
    "F04/parquet": (file("t.parquet", b"PAR1" + bytes(40)), file("t.parquet", parquet)),
    "F04/quotes": (
        file("t.csv", '编号,名称,备注\nA1,"甲'.encode()),
        file("t.csv", '编号,名称,备注\nA1,"甲",乙'.encode()),
    ),
    "F04/separator": (
        file("t.csv", "编号，名称，备注\nA1，甲，乙".encode()),
        file("t.csv", "编号;名称;备注\nA1;甲，乙，丙;丁".encode()),
    ),
    "F04/sizes": (
        with_patch(packages, "_unpacked", lambda *_: None, file("t.xlsx", SOUND)),
        file("t.xlsx", SOUND),
    ),
    "F04/entities": (
        file(
            "t.xlsx",
            lambda path: part(path, "xl/workbook.xml", b"<workbook", b"<!DOCTYPE x><workbook"),
        ),
        file("t.xlsx", SOUND),
    ),
    "F05": (
        file("t.csv", "编号,名".encode() + b"\xff\xff"),
        file("t.csv", "编号,名称\nA1,甲".encode("gb18030")),
    ),
    "F05/utf16": (
        file("t.csv", "编号,名称\nA1,B\n".encode("utf-16")[:-1]),
        file("t.csv", "编号,名称\nA1,甲".encode("utf-8-sig")),
    ),
    "F06": (
        file("t.csv", [["编号", "备注"], ["A1", "甲"]]),
        file("t.csv", [["编号", "名称"], ["A1", "甲"]]),
    ),
    "F07": (file("t.csv", [["编号", "名称", "名称"], ["A1", "甲", "乙"]]), file("t.csv", SOUND)),
    "F08": (file("t.csv", [["编号", "名称", "样例"], ["A1", "甲", "乙"]]), file("t.csv", SOUND)),
    "F08/near": (
        file("t.csv", [["编号", "名称", "备 注栏"], ["A1", "甲", "乙"]]),
        file("t.csv", [["编号", "名称", "备 注"], ["A1", "甲", "乙"]]),
    ),
    "F09": (
        file("t.csv", [*SOUND, ["A3", "丙", "x", "y"]]),
        file("t.csv", [*SOUND, ["A3", "丙", "x", ""]]),
    ),
    "F09/column": (file("t.xlsx", [SOUND[0], [*SOUND[1], None, "注"]]), file("t.xlsx", SOUND)),
    "F10": (
        given_rows(("targets", 3, "名称", "#N/A")),
        given_rows(("targets", 3, "名称", "N/A")),
    ),
    "F10/optional": (
        given_rows(("targets", 3, "地址", "#REF!")),
        given_rows(("targets", 3, "地址", "REF路1号")),
    ),
    "F21": (lambda f: _formatted(f, ";;;"), lambda f: _formatted(f, "000")),
    "F22": (lambda f: _formatted(f, strike=True), lambda f: _formatted(f, strike=False)),
    "F20": (
        given_rows(("targets", 3, "名称", "待补充")),
        given_rows(("targets", 3, "名称", "无锡样例公司")),
    ),
    "F20/same": (
        given_rows(("targets", 3, "名称", "同 上")),
        given_rows(("targets", 3, "名称", "同上样例公司")),
    ),
    "F20/optional": (
        given_rows(("targets", 3, "地址", "〃")),
        given_rows(("targets", 3, "地址", "无")),
    ),
    "F10/empty": (
        file("t.xlsx", [SOUND[0], ["A1", "=1+1", "甲"]]),
        file("t.xlsx", [SOUND[0], ["A1", "1+1", "甲"]]),
    ),
    "F11": (
        file("t.csv", [SOUND[0], ["A1", "甲\ufffd", "乙"]]),
        file("t.csv", [SOUND[0], ["A1", "甲？", "乙"]]),
    ),
    "F12": (
        lambda f: _sheets(f, ""),
        lambda f: _sheets(f, '[targets]\nsheet = "乙"\n'),
    ),
    "F12/plain": (
        file("t.xlsx", lambda path: book(path, SOUND, SOUND)),
        file("t.xlsx", lambda path: book(path, SOUND, [["说明"]])),
    ),
    "F12/hidden": (
        lambda f: _sheets(f, "", "hidden", again=False),
        lambda f: _sheets(f, '[targets]\nsheet = "甲"\n', "hidden", again=False),
    ),
    "F12/continued": (
        lambda f: _continued(f, *GOOD["targets"][0]),
        lambda f: _continued(f, "名称"),
    ),
    "F12/unknown": (
        lambda f: _sheets(f, '[targets]\nsheet = "丙"\n'),
        lambda f: _sheets(f, '[targets]\nsheet = ["甲"]\n'),
    ),
    "F13": (
        file("t.xlsx", lambda path: book(path, SOUND, change=lambda s: s.merge_cells("A2:B2"))),
        file("t.xlsx", lambda path: book(path, SOUND, change=lambda s: s.merge_cells("C2:D2"))),
    ),
    "F14": (mapped("编号 = x"), mapped('[targets]\n"地址" = "DZ"\n')),
    "F14/both": (
        mapped('[targets]\n"编号" = "编号"\n', DECLARED),
        mapped('[targets]\n"编号" = "编号"\n'),
    ),
    "F14/table": (mapped('[firms]\n"编号" = "ID"\n'), mapped('[targets]\n"编号" = "编号"\n')),
    "F14/sheet": (mapped("[targets]\nsheet = 1\n"), mapped('[targets]\nsheet = "名录"\n')),
    "F14/sheet_fills": (
        mapped('[targets]\nsheet_fills = "种类"\n'),
        mapped('[targets]\nsheet_fills = "类别"\n'),
    ),
    "F14/values": (
        mapped('[values]\n"状态" = "吊销"\n'),
        mapped('[values]\n"状态" = {"没了" = "注销"}\n'),
    ),
    "F23": (lambda f: _joined(f, "甲", "乙"), lambda f: _joined(f, "甲", "甲")),
    "F14/header": (mapped('[targets]\n"代码" = "ID"\n'), mapped('[targets]\n"编号" = ["编号"]\n')),
    "F06/mapping": (
        lambda f: _two_columns(f, "[targets]\n", "类别"),
        lambda f: _two_columns(f, "[targets]\n"),
    ),
    "F15/optional": (
        lambda f: _two_columns(f, "[targets]\n", 注册地址="甲", 经营地址="乙"),
        lambda f: _two_columns(f, "[targets]\n", 注册地址="甲"),
    ),
    "F15": (
        lambda f: _two_columns(f, "[targets]\n"),
        lambda f: _two_columns(f, '[targets]\n"编号" = "TYXYDM"\n'),
    ),
    "F16": (
        file("t.xlsx", lambda path: book(path, SOUND, change=lambda s: s.merge_cells("C2:C3"))),
        file("t.xlsx", SOUND),
    ),
    "F17": (
        given_rows(
            ("targets", 0, "类别", "B"),
            ("targets", 0, "信用风险等级", "存续"),
            ("targets", 0, "状态", None),
        ),
        given_rows(("targets", 0, "信用风险等级", "存续"), ("targets", 0, "状态", "失联")),
    ),
    "F18": (file("t.csv", [*SOUND, ["A3", "丙"]]), file("t.csv", [*SOUND, ["A3", "丙", ""]])),
    "F19": (
        entered({**GOOD, "targets": []}, GOOD["targets"][0]),
        entered(GOOD, {**GOOD["targets"][0], "编号": "X1", "名称": "样例一公司"}),
    ),
    "01": (given_rows(("targets", 0, "名称", " ")), given_rows(("targets", 0, "地址", " "))),
    "02": (given_rows(("targets", 3, "编号", "A 1")), given_rows(("targets", 3, "编号", " A1 "))),
    "02/code": (_coded("9135010 0M000100Y43"), _coded("91350100M000100Y43")),
    "T34": (_coded("91350100M000100Y4"), _coded("91350100M000100Y40")),
    "T35": (_coded("95028578-3"), _coded("91350100M000100Y43")),
    "T36": (_coded("91350100m000100y43"), _coded("91350100M000100Y43")),
    "T37": (
        given_rows(("targets", 3, "名称", "样例 建筑公司")),
        given_rows(("targets", 3, "名称", "样例 A 公司")),
    ),
    "O36": (
        given_rows(("officers", 0, "姓名", "样 戊")),
        given_rows(("officers", 0, "姓名", " 样戊 ")),
    ),
    "03": (
        given_rows(
            ("targets", 3, "编号", "91350100m000100y43"),
            ("targets", 3, "名称", "样例建筑〇〇一公司"),
        ),
        given_rows(("targets", 3, "名称", "样例建筑〇〇一公司")),
    ),
    "04": (
        given_rows(("targets", 3, "编号", 9.14690062012665e17)),
        given_rows(("targets", 3, "编号", 330782000012)),
    ),
    "05": (
        given_rows(("targets", 3, "编号", "91350100M000100Y43")),
        given_rows(
            ("targets", 3, "编号", "91350100M000100Y43"),
            ("targets", 3, "名称", "样例建筑〇〇一公司 "),
        ),
    ),
    "06": (
        given_rows(("targets", 2, "状态", "失联")),
        given_rows(("targets", 2, "状态", "存续（在营、开业、在册）")),
    ),
    "07": (
        given_rows(("targets", 1, "成立日期", "2021-02-30")),
        given_rows(("targets", 1, "成立日期", "2020-02-29")),
    ),
    "07/serial": (
        given_rows(("targets", 3, "成立日期", 44561)),
        given_rows(("targets", 3, "成立日期", 445610)),
    ),
    "08": (
        given_rows(("targets", 0, "投诉举报数", "三")),
        given_rows(("targets", 0, "投诉举报数", "３")),
    ),
    "09": (
        given_rows(("targets", 0, "是否公开", "Y")),
        given_rows(("targets", 0, "是否公开", " 是")),
    ),
    "10": (
        given_rows(("targets", 0, "信用风险等级", "E")),
        given_rows(("targets", 0, "信用风险等级", "ｄ")),
    ),
    "11": (
        lambda f: rosters.load(put(f, {**GOOD, "targets": []}), "ABCD", "2021Q4", WINDOW).every,
        given_rows(),
    ),
    "12": (
        given_rows(("plan", 0, "抽查比例", "120%")),
        given_rows(("plan", 0, "抽查比例", "100%")),
    ),
    "13": (given_rows(("plan", 0, "抽查比例", 5)), given_rows(("plan", 0, "抽查比例", 1))),
    "14": (
        given_rows(("plan", 0, "抽查比例", "A 2%；B 5%；C 20%")),
        given_rows(("plan", 0, "抽查比例", "A 2%；B 5%；C 20%；D 1")),
    ),
    "15": (
        given_rows(("plan", 0, "对象范围", "区域：东片")),
        given_rows(("plan", 0, "对象范围", "类别：施工")),
    ),
    "16": (
        given_rows(("plan", 0, "时间", "第四季度")),
        given_rows(("plan", 0, "时间", "2021Q4、2022Q1")),
    ),
    "17": (
        given_rows(("targets", 0, "地址", f"样例路，{PHONE}")),
        given_rows(("targets", 0, "地址", "样例路139123456789012号")),
    ),
    "18": (recognised(文件校验码="9f0b4cb7"), recognised()),
    "19": (
        given_rows(("plan", 2, "对象范围", "条件：注册资本≥100")),
        given_rows(("plan", 2, "对象范围", "标签：专项整治；条件：处罚数>=0")),
    ),
    "I20": (
        given_rows(("items", 1, "检查对象类别", "市政")),
        given_rows(("items", 1, "检查对象类别", "市政、燃气")),
    ),
    "I21": (
        given_rows(("items", 1, "检查人员要求", "燃气安全")),
        given_rows(("items", 1, "检查人员要求", "燃气、施工")),
    ),
    "I22": (given_rows(("items", 1, "抽查依据", None)), given_rows(("items", 1, "抽查子项", None))),
    "I23": (
        given_rows(("items", 1, "检查对象类别", "、")),
        given_rows(("items", 1, "检查对象类别", "全部")),
    ),
    "I40": (
        given_rows(more={"items": [ITEM | {"生效日期": "2022-02-01", "失效日期": "2022-01-31"}]}),
        given_rows(more={"items": [ITEM | {"生效日期": "2022-02-01", "失效日期": "2022-02-01"}]}),
    ),
    "I44": (
        given_rows(
            more={
                "items": [
                    ITEM | {"来源": "省清单", "上级编号": "a1"},
                    ITEM | {"事项编号": "S10", "来源": "省清单", "上级编号": "A1"},
                ]
            }
        ),
        given_rows(
            more={
                "items": [
                    ITEM | {"来源": "省清单", "上级编号": "a1"},
                    ITEM | {"事项编号": "S10", "来源": "国家清单", "上级编号": "a1"},
                ]
            }
        ),
    ),
    "T20": (
        given_rows(("targets", 0, "编号", "91350100M000100Y44")),
        given_rows(("targets", 0, "编号", "911101066976941872")),
    ),
    "T21": (
        given_rows(("targets", 1, "不公开依据", None)),
        given_rows(("targets", 0, "不公开依据", None)),
    ),
    "T22": (
        given_rows(("targets", 2, "上次检查日期", "2022-01-01")),
        given_rows(("targets", 2, "上次检查日期", "2021-12-31")),
    ),
    "T23": (
        given_rows(("targets", 3, "编号", 110000000000017)),
        given_rows(("targets", 3, "编号", 110000000000017), ("targets", 3, "状态", "注销")),
    ),
    "T24": (
        given_rows(("targets", 3, "编号", 110000000000012)),
        given_rows(("targets", 3, "编号", 990000000000012)),
    ),
    "T25": (
        given_rows(("targets", 3, "名称", "样例建筑 〇〇一公司")),
        given_rows(("targets", 2, "名称", "样例建筑〇〇一公司")),
    ),
    "T26": (
        given_rows(("targets", 0, "有效期至", "2021-12-30")),
        given_rows(("targets", 0, "有效期至", "2021-12-31")),
    ),
    "T27": (
        given_rows(("targets", 0, "有效期至", "2021-12-05")),
        given_rows(("targets", 2, "有效期至", "2021-12-05")),
    ),
    "T28": (
        given_rows(
            more={
                "targets": [
                    target(**PERMIT, 编号="J1"),
                    target(编号="J2", 许可证名称="燃气经营许可证"),
                ]
            }
        ),
        given_rows(more={"targets": [target(编号="J2", 许可证名称="燃气经营许可证")]}),
    ),
    "T29": (
        given_rows(
            more={"targets": [target(**PERMIT, 编号="J1"), target(编号="J2", 许可证编号="样燃002")]}
        ),
        given_rows(more={"targets": [target(编号="J2", 许可证编号="样燃002")]}),
    ),
    "T30": (
        given_rows(
            more={
                "targets": [
                    target(**PERMIT, 编号="J1"),
                    target(编号="J2", 许可证名称="燃气经营许可证", 许可证编号="样燃002"),
                ]
            }
        ),
        given_rows(
            more={
                "targets": [
                    target(**PERMIT, 编号="J1"),
                    target(编号="J2", 许可证名称="施工许可证", 许可证编号="样施002"),
                ]
            }
        ),
    ),
    "T31": (
        given_rows(("targets", 1, "成立日期", "2021-12-07")),
        given_rows(("targets", 1, "成立日期", "2021-12-06")),
    ),
    "T32": (
        given_rows(("targets", 2, "成立日期", "2021-01-02")),
        given_rows(("targets", 2, "成立日期", "2021-01-01")),
    ),
    "T33": (
        given_rows(("items", 2, "检查对象类别", "燃气"), ("targets", 3, "类别", "市政")),
        given_rows(("targets", 3, "类别", "市政")),
    ),
    "O20": (
        given_rows(("officers", 0, "执法证号", None)),
        given_rows(("officers", 1, "执法证号", None)),
    ),
    "O21": (
        given_rows(("officers", 0, "执法证有效期至", None)),
        given_rows(("officers", 1, "执法证有效期至", None)),
    ),
    "O22": (
        given_rows(("officers", 0, "执法证有效期至", "2021-12-06")),
        given_rows(("officers", 0, "执法证有效期至", "2021-12-31")),
    ),
    "O23": (
        given_rows(("officers", 2, "执法事项范围", "S01、S99")),
        given_rows(("officers", 2, "执法事项范围", "全部")),
    ),
    "O24": (
        given_rows(("officers", 0, "回避对象", "样例某公司")),
        given_rows(("officers", 0, "回避对象", "样例燃气〇〇二 公司")),
    ),
    "O25": (
        given_rows(("targets", 3, "名称", "样例燃气〇〇二公司")),
        given_rows(("targets", 3, "名称", "样例建筑〇〇一公司")),
    ),
    "O26": (
        given_rows(("officers", 2, "执法证号", "样证 001")),
        given_rows(("officers", 2, "执法证号", "样证0010")),
    ),
    "O27": (
        given_rows(("officers", 3, "姓名", "样例甲")),
        given_rows(("officers", 2, "姓名", "样例甲")),
    ),
    "O28": (
        given_rows(("officers", 0, "年度上限", 0)),
        given_rows(("officers", 0, "年度上限", None)),
    ),
    "O29": (
        given_rows(more={"officers": [officer(部门="样例县住建居")]}),
        given_rows(more={"officers": [officer(部门="样例县住建居", 人员类别="日常监管")]}),
    ),
    "O32": (
        given_rows(("officers", 0, "执法证有效期至", "2021-12-05")),
        given_rows(more={"officers": [officer(执法证有效期至="2021-12-05", 状态="退休")]}),
    ),
    "O33": (given_rows(("officers", 0, "专业", None)), given_rows(("officers", 0, "岗位", None))),
    "O34": (
        given_rows(("items", 1, "检查人员要求", "燃气安全")),
        given_rows(("items", 1, "检查人员要求", None)),
    ),
    "O35": (
        given_rows(("officers", 2, "执法事项范围", "S01、S02")),
        given_rows(("officers", 2, "执法事项范围", "S01、S99")),
    ),
    "O37": (
        given_rows(("officers", 2, "部门", "样例检测技术有限公司")),
        given_rows(
            ("officers", 2, "部门", "样例检测技术有限公司"), ("officers", 2, "人员类别", "专家")
        ),
    ),
    "P20": (
        given_rows(("plan", 0, "事项编号", "S01、S88")),
        given_rows(("plan", 0, "事项编号", "s01")),
    ),
    "P21": (
        given_rows(("plan", 0, "对象范围", "施工、市政")),
        given_rows(("plan", 0, "对象范围", "施工、监理")),
    ),
    "P22": (
        given_rows(("plan", 2, "对象范围", "标签：无此标签")),
        given_rows(("plan", 2, "对象范围", "标签：重点检查")),
    ),
    "P33": (
        given_rows(("plan", 0, "备注", "全年发现问题不少于50个")),
        given_rows(("plan", 0, "备注", "发现问题的，一周内复查")),
    ),
    "P34": (
        given_rows(("plan", 0, "任务名称", "罚款指标攻坚检查")),
        given_rows(("plan", 0, "任务名称", "燃气安全检查")),
    ),
    "P23": (
        given_rows(("plan", 0, "对象范围", "施工、燃气")),
        given_rows(("plan", 1, "对象范围", "施工、燃气")),
    ),
    "P24": (
        given_rows(("plan", 1, "配合部门", None)),
        given_rows(
            ("plan", 1, "事项编号", "S01、S02"), ("plan", 1, "对象范围", "施工、监理、燃气")
        ),
    ),
    "P25": (
        given_rows(("plan", 0, "发起部门", "样例县某局")),
        given_rows(("plan", 0, "发起部门", BUREAU + " ")),
    ),
    "P26": (
        given_rows(("plan", 1, "配合部门", f"{MARKET}、样例县某局")),
        given_rows(("plan", 1, "配合部门", f"{MARKET}、")),
    ),
    "P27": (given_rows(("plan", 0, "每组人数", 1)), given_rows(("plan", 0, "每组人数", 2))),
    "P28": (
        given_rows(*(("plan", n, "时间", "2022Q1") for n in range(3))),
        given_rows(*(("plan", n, "时间", "2022Q1") for n in range(2))),
    ),
    "P29": (
        given_rows(("plan", 2, "方式", "不定向")),
        given_rows(("plan", 2, "方式", "不定向"), ("plan", 2, "对象范围", "施工")),
    ),
    "P30": (
        given_rows(
            ("plan", 2, "对象范围", "标签：专项整治；等级：A"), ("targets", 0, "信用风险等级", "B")
        ),
        given_rows(("plan", 2, "对象范围", "标签：专项整治；等级：A")),
    ),
    "P50": (pooled("专项库：重点"), pooled("专项库：重点库")),
    "P51": (pooled("专项库：坏库"), pooled("专项库：重点库；标签：专项整治")),
    "P52": (pooled("专项库：重点库、燃气库"), pooled("专项库：重点库、重点库")),
    "P53": (pooled("专项库：重点库；标签：老旧"), pooled("专项库：燃气库；标签：专项整治")),
    "P54": (pooled("专项库：燃气库；类别：施工"), pooled("专项库：燃气库；类别：施工、燃气")),
    "P31": (
        given_rows(("plan", 1, "配合部门", BUREAU)),
        given_rows(("plan", 1, "配合部门", None), ("plan", 1, "任务类型", "内部")),
    ),
    "P32": (
        given_rows(("plan", 0, "配合部门", MARKET)),
        given_rows(("plan", 0, "配合部门", MARKET), ("plan", 0, "任务类型", "部门联合")),
    ),
    "M20": (recognised(编号="91110000101623741X"), recognised(编号="91110000101623741k")),
    "M21": (recognised(事项编号="S99"), recognised(事项编号="S02")),
    "M22": (recognised(检查日期="2021-12-06"), recognised(检查日期="2021-12-05")),
}


def split_roster(spoil: Callable[[Path], object] = bool, **limits: Any) -> Make:
    """The sound tables, the targets in a folder of two files, spoilt in some way."""

    def make(folder: Path) -> Iterable[Problem]:
        put(folder, {table: rows for table, rows in GOOD.items() if table != "targets"})
        (folder / "targets").mkdir()
        for name, some in (("甲股", slice(0, 2)), ("乙股", slice(2, None))):
            pd.DataFrame(GOOD["targets"][some]).to_csv(
                folder / "targets" / f"{name}.csv", index=False
            )
        spoil(folder)
        with mock.patch.multiple(parts, **limits) if limits else contextlib.nullcontext():
            return rosters.load(folder, "ABCD", "2021Q4", WINDOW).every

    return make


CASES |= {
    "F01/both": (split_roster(lambda f: put(f, {"targets": GOOD["targets"]})), split_roster()),
    "F01/strange": (
        split_roster(lambda f: (f / "targets" / "说明.docx").write_bytes(b"x")),
        split_roster(lambda f: (f / "targets" / ".DS_Store").write_bytes(b"x")),
    ),
    "F01/empty": (
        split_roster(lambda f: [p.unlink() for p in (f / "targets").iterdir()]),
        split_roster(),
    ),
    "F03/together": (split_roster(MAX_PLAIN={"csv": 3}), split_roster(MAX_PLAIN={"csv": 4})),
}
ROUND = {  # said of a round's tasks and teams together with round.toml → the test that shows it
    "O30": ("test_teams.py", '"O30"'),
    "O31": ("test_teams.py", '"O31"'),
    "O31/groups": ("test_teams.py", "请改为逐户排人"),
    "P40": ("test_plan.py", "计划中没有本批次的任务"),
    "P41": ("test_plan.py", "没有可抽的检查对象"),
    "P42": ("test_inspection.py", "的抽查比例高于该类上限"),
    "P43": ("test_inspection.py", "“超上限任务”提到的任务"),
    "P44": ("test_plan.py", '"P44"'),
    **{code: ("test_item_versions.py", f'    "{code}": (') for code in ("I41", "I42", "I43")},
    "P45": ("test_plan.py", '"P45"'),
    "P46": ("test_factors.py", '"P46"'),
    "P49": ("test_year_counts.py", '"P49"'),
    "P47": ("test_factors.py", '"P47"'),
    "P48": ("test_plan.py", "中风险较低的"),
    "P55": ("test_pools.py", '"P55"'),
    "P56": ("test_pools.py", '"P56"'),
}


def _two_columns(folder: Path, mapping: str, *without: str, **more: str) -> Iterable[Problem]:
    put(folder, {table: rows for table, rows in GOOD.items() if table != "targets"})
    data = (
        pd.DataFrame(GOOD["targets"])
        .rename(columns={"编号": "TYXYDM"})
        .assign(注册号="1", **more)
        .drop(columns=list(without))
    )
    writing.write_xlsx(folder / "targets.xlsx", {"表": data})
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    return rosters.load(folder, "ABCD", "2021Q4", WINDOW).every


def _formatted(folder: Path, code: str = "General", strike: bool = False) -> Iterable[Problem]:
    """The first target's id as a number of this format, its name struck through."""
    put(folder, GOOD)
    made = openpyxl.load_workbook(folder / "targets.xlsx")
    cell = made.worksheets[0]["A2"]
    cell.value, cell.number_format = 5, code
    made.worksheets[0]["B2"].font = openpyxl.styles.Font(strike=strike)
    made.save(folder / "targets.xlsx")
    return rosters.load(folder, "ABCD", "2021Q4", WINDOW).every


def _joined(folder: Path, *names: str) -> Iterable[Problem]:
    """Targets of these names under one merged id."""
    put(folder, GOOD)
    made = openpyxl.load_workbook(folder / "targets.xlsx")
    page = made.worksheets[0]
    for row, name in enumerate(names, 2):
        page[f"B{row}"] = name
    page.merge_cells(f"A2:A{1 + len(names)}")
    made.save(folder / "targets.xlsx")
    return rosters.load(folder, "ABCD", "2021Q4", WINDOW).every


def _swapped(folder: Path, table: str) -> Iterable[Problem]:
    """That table as targets.xlsx."""
    put(folder, GOOD)
    shutil.copyfile(folder / f"{table}.xlsx", folder / ".targets")
    (folder / ".targets").replace(folder / "targets.xlsx")
    return rosters.load(folder, "ABCD", "2021Q4", WINDOW).every


def _sheets(
    folder: Path, mapping: str, state: str = "visible", again: bool = True
) -> Iterable[Problem]:
    """The targets on sheet 甲, in this state; on sheet 乙 again, or something else."""
    put(folder, {table: rows for table, rows in GOOD.items() if table != "targets"})
    data = pd.DataFrame(GOOD["targets"])
    path = folder / "targets.xlsx"
    writing.write_xlsx(path, {"甲": data, "乙": data if again else pd.DataFrame({"说明": ["无"]})})
    made = openpyxl.load_workbook(path)
    made["甲"].sheet_state, made.active = state, 1
    made.save(path)
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    return rosters.load(folder, "ABCD", "2021Q4", WINDOW).every


def _continued(folder: Path, *columns: str) -> Iterable[Problem]:
    """The targets, and on another sheet more rows without a header, of these columns."""
    put(folder, {table: rows for table, rows in GOOD.items() if table != "targets"})
    data = pd.DataFrame(GOOD["targets"])
    book = openpyxl.Workbook()
    book.active.append([*data])
    for _ in range(4):
        for row in data.values.tolist():
            book.active.append(row)
    more = book.create_sheet("续")
    for row in data[list(columns)].values.tolist() * 4:
        more.append(row)
    book.save(folder / "targets.xlsx")
    return rosters.load(folder, "ABCD", "2021Q4", WINDOW).every


def says(problem: Problem, rule: rules.Rule) -> bool:
    """Whether a problem is what the rule says: code, severity, message and remedy."""
    code = problem.code[1:] if len(rule.code) == 2 else problem.code
    return (
        code == rule.code
        and problem.severity == rule.severity
        and all(
            re.fullmatch(
                "".join(
                    ".*" if n % 2 else re.escape(piece)
                    for n, piece in enumerate(re.split(r"(\{\w+\})", text))
                ),
                said,
                re.DOTALL,
            )
            for text, said in ((rule.message, problem.message), (rule.remedy, problem.remedy))
        )
    )


@pytest.mark.parametrize("name", CASES)
def test_a_case_raises_its_rule_and_a_near_miss_does_not(name: str, tmp_path: Path) -> None:
    (tmp_path / "case").mkdir(), (tmp_path / "near").mkdir()
    case, near = CASES[name]
    assert [p for p in case(tmp_path / "case") if says(p, rules.RULE[name])]
    assert not [p for p in near(tmp_path / "near") if says(p, rules.RULE[name])]


def test_no_rule_is_without_a_case() -> None:
    # the latter: test_exceptions.py, test_parts.py, test_unlisted.py, test_results.py
    elsewhere = (*rules.ROUND, *rules.EXCEPTIONS, *rules.SIGNING, *rules.OFFICES, *rules.GONE)
    assert set(CASES) == {rule.name for rule in rules.RULES if rule not in elsewhere} and set(
        ROUND
    ) == {rule.name for rule in rules.ROUND}
    for name, (file_name, said) in ROUND.items():
        text = (ROOT / "tests" / "unit" / file_name).read_text(encoding="utf-8")
        assert "".join(said.split()) in "".join(text.split()), name


# --- what the table promises ---


def test_the_table_is_whole() -> None:
    """Names once; every rule across rows has its finder and no other; it speaks of a column that
    there is.
    """
    assert len({rule.name for rule in rules.RULES}) == len(rules.RULES)
    assert (
        set(finders.FINDERS)
        == {rule.code for rule in rules.ACROSS}
        == {rule.code for rule in rules.RULES if rule.needs}
    )
    for rule in rules.ACROSS:
        assert (
            reader.LETTERS[rule.needs[0]] == rule.code[0]
            and schema.label(rule.needs[0], rule.key)
            and not rule.where
        )
    assert all(
        rule.where and not rule.key
        for rule in (
            *rules.FILES,
            *rules.CELLS,
            *rules.CODES,
            *rules.ROUND,
            *rules.OFFICES,
            *rules.GONE,
        )
    )
    assert all(
        re.fullmatch(r"(F\d\d|[01]\d|[ITOPMUSH][2345]\d|H0\d)(/\w+)?", rule.name)
        for rule in rules.RULES
    )
    assert all(rule.message and rule.remedy for rule in rules.RULES)


def test_a_problem_finds_its_rule() -> None:
    """By its code, whichever table's letter that has."""
    assert (
        rules.RULE["T04"] is rules.RULE["O04"] is rules.RULE["04"]
        and rules.RULE["F04"].name == "F04"
        and rules.RULE["T20"].excusable
    )
    assert all(
        rules.RULE[letter + rule.code] is rule
        for rule in rules.CELLS
        if rule.name == rule.code
        for letter in reader.LETTERS.values()
    )
    assert set(reader.LETTERS.values()) <= set(string.ascii_uppercase) - {"F"}


def test_what_may_be_excused() -> None:
    """Errors only, of rows whose every cell could be read, in rosters that have exceptions."""
    excusable = [rule for rule in rules.RULES if rule.excusable]
    assert {rule.code for rule in excusable} == {"T20", "T34", "O24", "O33", "O37"}
    assert all(rule.severity == "error" and rule.code[0] in "TO" for rule in excusable)


def test_nothing_is_said_of_rosters_outside_the_table() -> None:
    """No module makes a problem of such a code with words of its own."""
    said = re.compile(r"Problem\(\s*f?\"(?:[FITOPMUS]\d\d|H2\d)\"(?!,\s*shortage)")
    assert [
        path.name
        for path in (ROOT / "ssj").rglob("*.py")
        if said.search(path.read_text(encoding="utf-8"))
    ] == []


def test_details_are_not_read_as_placeholders() -> None:
    found = rules.problem("05", "t.xlsx", row=3, letter="T", first=2, name="{first} 样例{0}")
    assert (found.code, found.message) == (
        "T05",
        "编号与第 2 行重复，名称却不同（第 2 行是“{first} 样例{0}”）",
    )


# --- what finders look at ---


@pytest.mark.parametrize(
    ("one", "other", "same"),
    {
        "full-width and spaces": ("样例建筑 Ａ（甲）公司", "样例建筑a(甲)公司", True),
        "brackets": ("样例〔甲〕公司", "样例（甲）公司", True),
        "square ones": ("样例【甲】公司", "样例[甲]公司", True),
        "another firm": ("样例甲公司", "样例乙公司", False),
        "brackets left out": ("样例甲公司", "样例（甲）公司", False),
    }.values(),
)
def test_names_as_they_are_compared(one: str, other: str, same: bool) -> None:
    assert (
        across.folded(pd.Series([one, "样例公司"], dtype=object))[0]
        == across.folded(pd.Series([other], dtype=object))[0]
    ) is same


@given(st.lists(st.text(max_size=8), max_size=6))
def test_names_are_folded_one_by_one_and_once(names: list[str]) -> None:
    found = across.folded(pd.Series(names, dtype=object))
    assert found == [across.plain(name).translate(across.BRACKETS) for name in names]
    assert across.folded(pd.Series(["样例", *names], dtype=object))[1:] == found


@pytest.mark.parametrize(
    ("code", "like"),
    {
        "110000000000011": True,
        "469006000031296": True,
        "990000000000011": False,
        "11000000000001": False,
        "11000000000001A": False,
        "１10000000000011": False,
    }.items(),
)
def test_what_looks_like_a_registration_number(code: str, like: bool) -> None:
    assert across.looks_like_registration(code) is like


def test_a_category_without_items_is_said_of_every_row(tmp_path: Path) -> None:
    """One problem a row, so that each can be marked; what is shown of them is limited elsewhere."""
    make = given_rows(
        ("items", 2, "检查对象类别", "燃气"),
        more={
            "targets": [target(编号=f"J{n}", 名称=f"样例市政{n}", 类别="市政") for n in range(60)]
        },
    )
    assert [p.row for p in make(tmp_path) if p.code == "T33"] == list(range(6, 66))


SHIFTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "to the right, the code under 名称": (
        {
            "名称": "91350100M000100Y43",
            "类别": "样例建筑〇〇一公司",
            "信用风险等级": "施工",
            "状态": "A",
            "是否公开": "存续",
        },
        ["名称"],
    ),
    "to the left, from 类别 on": (
        {"类别": "A", "信用风险等级": "存续", "状态": "是", "是否公开": None},
        ["类别"],
    ),
    "class and status exchanged": ({"信用风险等级": "存续", "状态": "A"}, []),  # not one side
    "a class that is none": ({"信用风险等级": "存续续", "状态": "A级"}, []),
    "one cell in the wrong place": ({"状态": "是"}, []),
    "sound": ({}, []),
}


BY_OTHERS = ("T34", "T35")  # what is said of a code depends on those of its category


@pytest.mark.parametrize(("cells", "columns"), SHIFTS.values(), ids=list(SHIFTS))
def test_shifted_rows(cells: dict[str, Any], columns: list[str], tmp_path: Path) -> None:
    """Said once for a row, beside what is wrong with its cells; nothing is put right."""
    row = {
        "编号": "JZ2021-001",
        "名称": "样例建筑〇〇九公司",
        "类别": "施工",
        "信用风险等级": "A",
        "状态": "存续",
        "是否公开": "是",
        "不公开依据": None,
        **cells,
    }
    found = given_rows(more={"targets": [row]})(tmp_path)
    assert [p.column for p in found if p.code == "F17"] == columns and {
        p.row for p in found if p.code not in BY_OTHERS
    } <= {6}
    assert not columns or len([p for p in found if p.severity == "error"]) > 1


def test_a_shifted_row_says_what_tells(tmp_path: Path) -> None:
    cells = SHIFTS["to the left, from 类别 on"][0]
    found = [
        p
        for p in given_rows(more={"targets": [target(是否公开="是") | cells]})(tmp_path)
        if p.code == "F17"
    ]
    assert [p.message for p in found] == [
        (
            "这一行疑似错位：从“类别”列起，内容像是右边一列的（“类别”列的“A”像是“信用风险等级”；"
            "“信用风险等级”列的“存续”像是“状态”；“状态”列的“是”像是“是否公开”）"
        )
    ]


# --- a sound row says nothing of others ---


@examples(1 / 8)
@given(
    name=st.sampled_from(
        [
            n
            for n in CASES
            if n[0] in "012TOP"
            and n
            not in (
                "11",
                "11/entries",
                "P28",
                "P25",
                "P26",
                "T20",
                "O24",
                "O34",
                "P21",
                "P22",
                "P30",
            )
        ]
    ),
    number=st.integers(100, 999),
)
def test_a_sound_row_more_adds_no_problem(
    name: str, number: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A further target and a further officer, both sound, at the end."""
    more = {
        "targets": [target(编号=f"Z-{number}", 名称=f"样例建筑{number}公司")],
        "officers": [
            officer(工号=f"Z-{number}", 姓名=f"样例{number}", 执法证号=f"样证{number}", 专业="施工")
        ],
    }
    make = CASES[name][0]
    before = {(p.file, p.code, p.row, p.column) for p in make(tmp_path_factory.mktemp("a"))}
    with mock.patch.dict(GOOD, {table: [*GOOD[table], *rows] for table, rows in more.items()}):
        after = {(p.file, p.code, p.row, p.column) for p in make(tmp_path_factory.mktemp("b"))}
    own = {(f"{table}.xlsx", len(GOOD[table]) + 2) for table in more}
    moved = {
        (
            p[0],
            p[1],
            p[2] - 1
            if p[0] in ("targets.xlsx", "officers.xlsx")
            and p[2]
            and p[2] > len(GOOD[p[0][:-5]]) + 2
            else p[2],
            p[3],
        )
        for p in after
    }
    moved, after = ({p for p in own if p[1] not in BY_OTHERS} for own in (moved, after))
    assert moved <= before and not {(p[0], p[2]) for p in after - before} & own


# --- the manual ---


def test_the_manual_prints_the_table() -> None:
    """Every rule once, as the table has it; made by ``python scripts/make_guide_checks.py``."""
    text = make_guide_checks.GUIDE.read_text(encoding="utf-8")
    assert text == make_guide_checks.printed(text)
    rows = [
        line
        for line in text.split(make_guide_checks.BEGIN)[1].splitlines()
        if re.match(r"\| (?:□|[A-Z])?\d\d ", line)
    ]
    assert len(rows) == len(rules.RULES) and sum(line.endswith("| 可 |") for line in rows) == sum(
        rule.excusable for rule in rules.RULES
    )
    assert all(len(re.split(r"(?<!\\)\|", line)) == 8 and "{" not in line for line in rows)
