"""Print the table of checks into the manual: ``python scripts/make_guide_checks.py``. A test fails
where the two differ.

The rows stand between two marks at the end of ``docs/GUIDE.zh-CN.md``; what a message names is
shown as ……
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from ssj.tables import rules, schema

GUIDE = ROOT / "docs" / "GUIDE.zh-CN.md"
BEGIN, END = "<!-- 以下由 scripts/make_guide_checks.py 写出，不要手改 -->", "<!-- 写到这里 -->"
PARTS = (
    ("文件和版式", rules.FILES, ""),
    (
        "单元格",
        rules.CELLS,
        (
            "编号中的 □ 是表的字母：I 随机抽查事项清单，T 检查对象名录库，O 执法检查人员名录库，"
            "P 年度抽查计划，M 互认检查结果；封库以后交回的表另有字母。"
        ),
    ),
    ("检查对象的编码", rules.CODES, "同类对象多数用统一社会信用代码的，其余的逐个核对。"),
    ("专项库", rules.POOLS, ""),
    ("行与行、表与表之间", rules.ACROSS, ""),
    ("与批次参数一起", rules.ROUND, "名录和计划没有错误以后才核对。"),
    ("例外登记表", rules.EXCEPTIONS, ""),
    ("核签", rules.SIGNING, ""),
    (
        "其他部门的名单",
        rules.OFFICES,
        "看不清的行只计数；整个文件读不出的、有身份证号手机号的，不能封库。",
    ),
    ("曾经关闭、迁出的", rules.GONE, "H01、H02 在检查结果归档时、H03 在核对和封库时提醒。"),
)


def lines() -> list[str]:
    """The tables as the manual prints them."""
    said = []
    for title, some, note in PARTS:
        said += [
            f"### {title}",
            "",
            *([note, ""] if note else []),
            "| 编号 | 表与列 | 问题 | 怎样改 | 级别 | 可作例外 |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        said += ["| " + " | ".join(_cells(rule)) + " |" for rule in some] + [""]
    return said[:-1]


def _cells(rule: rules.Rule) -> list[str]:
    code = f"□{rule.code}" if len(rule.code) == 2 else rule.code
    place = rule.where or (
        f"{(schema.TITLES | schema.OPTIONAL)[rule.needs[0]]} "
        f"{schema.label(rule.needs[0], rule.key)}"
    )
    return [
        code,
        place,
        _plain(rule.message),
        _plain(rule.remedy),
        {"error": "错误", "warning": "提醒"}[rule.severity],
        "可" if rule.excusable else "",
    ]


def _plain(text: str) -> str:
    return re.sub(r"\{\w+\}", "……", text).replace("|", "\\|")


def printed(text: str) -> str:
    """The manual's text with the tables in their place."""
    head, rest = text.split(BEGIN, 1)
    return "\n".join([head + BEGIN, "", *lines(), "", END]) + rest.split(END, 1)[1]


if __name__ == "__main__":
    GUIDE.write_text(printed(GUIDE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
