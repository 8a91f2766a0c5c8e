"""The first screen of ``ssj check`` on the real files: what to mend first is the first thing that
it says (SSJ_REAL_DATA names their folder).

Each file stands in for one table of the sample round sample60, as it came, or completed as
``test_rosters`` says. 问题清单.xlsx is opened, too.
"""

from __future__ import annotations

import re
import shutil

import openpyxl
import pytest
from real import test_rosters as real

from ssj import cli
from ssj.workbooks import worklist

pytestmark = real.pytestmark
BOTH = '"编号" = ["TYXYDM", "注册号"]\n'


def as_it_came(source, table):
    return lambda folder: shutil.copy(
        source, real.a_round(folder, table) / f"{table}{source.suffix}"
    )


def completed(source, *added, mapping=""):
    return lambda folder: real.completed(source, real.a_round(folder, "targets", mapping), *added)


# file → how it is put in, lines that the screen holds in this order, how many errors are of the
# sample's other tables (its officer's recusal is of its own roster)
SCREENS = {
    "Hainan as it came": (
        as_it_came(real.ITEMS, "items"),
        [
            (
                "随机抽查事项清单（items.xlsx）：表头下 387 行 = 使用 0 行 + 有错误 8 行（I06 "
                "8） + 并入上一行 102 行 + 没有读取 277 行（整张表不能读取：F06）。"
            ),
            "错误 9 个，共 2 种，按先后改：",
            "读不出的文件、认不出的列（改好以前，别的问题看不全；改好后再核对一次）：",
            "1. F06 items.xlsx 工作表“Sheet1” 第 2 行：缺少必填列“事项编号”“抽查内容”；找到的列是",
            "→ 请补上这些列；列名不同的，改成这里的写法，或在同一文件夹的 mapping.toml 中写明",
            (
                "2. I06 items.xlsx “事项类别”列 8 行（第 314、316、318、320、322 行等）："
                "不认识的写法，现为“一般检查事项（换行）重点检查事项”"
            ),
        ],
    ),
    "Wanning as it came": (
        as_it_came(real.WANNING, "targets"),
        [
            (
                "检查对象名录库（targets.xls）：表头下 395 行 = 使用 0 行 + 没有读取 395 "
                "行（整张表不能读取：F06、F15）。"
            ),
            "错误 2 个：",
            "1. targets.xls 工作表“20210318市场主体” 第 1 行：缺少必填列“类别”“信用风险等级”",
            (
                "2. targets.xls 工作表“20210318市场主体” 第 1 行 “编号”列：有 2 "
                "列都可能是“编号”：“注册号”“TYXYDM”。请在 mapping.toml 的 [targets] 中写明"
            ),
        ],
    ),
    "Wanning completed": (
        completed(real.WANNING, "类别", "信用风险等级", mapping=BOTH),
        [
            "检查对象名录库（targets.xls）：表头下 395 行 = 使用 311 行 + 有错误 84 行（F20 1、",
            "错误 85 个，共 3 种，按先后改：",
            "编号、错位、乱码，和成片的问题",
            (
                "1. T04 targets.xls “TYXYDM、注册号（编号）”列 83 行（第 3、4、8、13、19 行等）："
                "编码被 Excel 存成数字，末几位已丢失，不能恢复，现为“9.14690062012665e+17”"
            ),
            "→ 请从原系统重新导出，先把该列设为“文本”格式；不要凭这一格补位。",
            "单个的格：",
            "2. F20 targets.xls “TYXYDM、注册号（编号）”列 第 52 行",
            "3. O24 officers.xlsx “回避对象”列 第 4 行",
        ],
    ),
    "Yiwu as it came": (
        as_it_came(real.YIWU, "targets"),
        [
            (
                "检查对象名录库（targets.csv）：表头下 2193 行 = 使用 0 行 + 没有读取 2193 "
                "行（整张表不能读取：F06）。"
            ),
            "错误 1 个：",
            "1. targets.csv 第 1 行：缺少必填列“类别”“信用风险等级”“状态”",
        ],
    ),
    "Yiwu completed": (
        completed(real.YIWU, "类别", "信用风险等级", "状态"),
        [
            "检查对象名录库（targets.csv）：读取 2193 行。",
            "错误 1 个，共 1 种，按先后改：",
            "1. O24 officers.xlsx “回避对象”列 第 4 行",
        ],
    ),
    "Xinjiang completed": (
        completed(real.XINJIANG, "类别", "信用风险等级", "状态"),
        [
            "检查对象名录库（targets.csv）：表头下 2046 行 = 使用 2040 行 + 有错误 6 行（",
            "个，共 2 种原因，按先后改：",
            (
                "1. F11 targets.csv “企业名称”“统一社会信用代码”“地区”等 7 列 6 行 34 处（第 "
                "2042—2047 行）：文字有乱码或看不见的字符"
            ),
            "→ 请从原系统重新导出",
            "这些行还有 F09、F17、",
            "多由此引起：改好后再核对。",
        ],
    ),
    "Xinjiang completed, xls": (
        completed(real.XINJIANG_XLS, "类别", "信用风险等级", "状态"),
        [
            "检查对象名录库（targets.xls）：表头下 2046 行 = 使用 2040 行 + 有错误 6 行（",
            "1. F11 targets.xls",
            "（第 2042—2047 行）：文字有乱码或看不见的字符",
            "这些行还有 F17",
        ],
    ),
}


@pytest.mark.parametrize(("put", "lines"), SCREENS.values(), ids=SCREENS)
def test_first_screen(put, lines, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "params" / "sample60")
    assert cli.main(["check", "sample60"]) == 3
    text = capsys.readouterr().out
    at = 0
    for line in lines:
        assert line in text[at:], f"{line}\n\n{text}"
        at = text.index(line, at) + len(line)
    assert len(text.splitlines()) <= 30
    count = int(
        re.search(
            "全部问题见 outputs/sample60/files/问题清单.xlsx（([0-9]+) 条，点链接到格子）。", text
        )[1]
    )
    book = openpyxl.load_workbook(tmp_path / "outputs" / "sample60" / "files" / worklist.FILE)
    rows = [
        row for row in book[worklist.LIST].iter_rows(min_row=4) if isinstance(row[0].value, int)
    ]
    assert len(rows) == count
    for row in rows:
        if row[5].value is not None:
            name, cell = re.fullmatch("'(.+)'!([A-Z]+[0-9]+)", row[5].hyperlink.location).groups()
            assert (
                f"{row[2].value}：" in book[name][cell].comment.text
                and int(re.sub("[A-Z]", "", cell)) == row[5].value
            )
