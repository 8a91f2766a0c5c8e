"""The file of the back-test: inspections of another city, each with what was known before it and
what it found.

The file is other people's and never part of the project: ``SSJ_REAL_DATA`` names its folder.
:data:`READERS` says how each column is read; rows that can't be read are left out, counted, with
the reason.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ssj.base.errors import InputError, SsjError
from ssj.proof.experiments import Rows
from ssj.tables import rawtables

FILE, VARIABLE = "chicago_canvass_2011_2013.csv", "SSJ_REAL_DATA"
LEVELS = {"Risk 1 (High)": 1, "Risk 2 (Medium)": 2, "Risk 3 (Low)": 3}
CLASS_WEIGHTS = {1: 4, 2: 2, 3: 1}


class Case(NamedTuple):
    """One inspection: who, when, what was known before it, and whether it found a critical
    violation.
    """

    id: str
    firm: str
    day: dt.date
    level: int  # class by law: 1 high, 2, 3
    failed: bool  # the firm's inspection before this one was failed
    critical: bool  # … and found a critical violation
    known: bool  # there is one before
    inspector: str  # a colour; "" for none
    found: bool

    @property
    def quarter(self) -> str:
        return f"{self.day.year}Q{(self.day.month + 2) // 3}"

    def size(self, policy: str) -> int:
        """The declared size (风险权数), an integer from what was known before."""
        legal, past = CLASS_WEIGHTS[self.level], 1 + 2 * self.failed + 2 * self.critical
        return {"uniform": 1, "legal": legal, "past": past, "both": legal * past}[policy]


class File(NamedTuple):
    """The inspections in order of day and number; ``read`` says how each column was read,
    ``left_out`` which rows were not used.
    """

    cases: list[Case]
    rows: int
    read: Rows
    left_out: Rows

    def summary(self) -> dict[str, Any]:
        """The file in a few figures."""
        return {
            "表中行数": self.rows,
            "采用": len(self.cases),
            "不采用": self.rows - len(self.cases),
            "企业（执照号）": len({c.firm for c in self.cases}),
            "检查日期": f"{self.cases[0].day} 至 {self.cases[-1].day}",
            "有过去记录的": sum(c.known for c in self.cases),
            "查出严重问题的": sum(c.found for c in self.cases),
        }


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def _flag(text: str) -> bool:
    return {"0": False, "1": True}[text]


# column → reader (KeyError or ValueError refuse), meaning, how it is read
READERS: dict[str, tuple[Callable[[str], Any], str, str]] = {
    "Inspection_ID": (str, "检查编号", "文字，原样，不得重复"),
    "License": (str, "企业（执照号）", "文字，原样"),
    "Inspection_Date": (dt.date.fromisoformat, "检查日期", "年-月-日"),
    "Risk": (LEVELS.__getitem__, "法定风险等级", "1 高、2 中、3 低，其余写法不收"),
    "criticalCount": (_whole, "本次严重问题数", "整数，不小于 0；大于 0 算查出"),
    "pastFail": (_flag, "上一次是否不合格", "0 或 1"),
    "pastCritical": (_whole, "上一次严重问题数", "整数，不小于 0；只看是否大于 0"),
    "firstRecord": (_flag, "是否该户在表中的首次", "0 或 1；首次的没有过去记录"),
    "sanitarian": (str, "检查人员（颜色代号）", "文字，可空"),
}
BLANK = {"sanitarian"}


def find(path: str = "") -> Path:
    """The file: ``path``, else in the folder that ``SSJ_REAL_DATA`` names. ``SsjError`` if it isn't
    there.
    """
    folder = os.environ.get(VARIABLE, "")
    place = Path(path) if path else Path(folder) / FILE
    if not path and not folder:
        raise SsjError(
            "没有指明回测数据在哪里，本记录不能往下做",
            f"数据是第三方的，不随本程序提供。请把环境变量 {VARIABLE} 设为 {FILE} "
            "所在的文件夹，或用参数 path 写明文件的位置。",
        )
    if not place.is_file():
        raise SsjError(
            f"找不到回测数据：{place}",
            f"数据是第三方的，不随本程序提供。请核对参数 path，或环境变量 {VARIABLE} "
            f"所指的文件夹里有没有 {FILE}。",
        )
    return place


def load(path: Path) -> File:
    """The file's inspections. ``InputError`` if a column is missing or the table can't be read;
    single rows are left out and counted.
    """
    table = rawtables.read(path, dict.fromkeys(READERS, True))
    if wrong := [p for p in table.problems if p.severity == "error" and p.column in ("", *READERS)]:
        raise InputError(wrong)
    cases, ids = [], set()
    reasons: dict[str, list[Any]] = defaultdict(list)
    values: dict[str, Counter[str]] = defaultdict(Counter)
    for number, *row in table.frame[list(READERS)].itertuples():
        texts = {
            name: "" if cell is None else str(cell) for name, cell in zip(READERS, row, strict=True)
        }
        for name, text in texts.items():
            values[name][text] += 1
        got = {}
        for name, (reader, _, how) in READERS.items():
            try:
                if not texts[name] and name not in BLANK:
                    raise ValueError(name)
                got[name] = reader(texts[name])
            except (KeyError, ValueError):
                reasons[f"“{name}”列读不了（{how}）"].append(number)
                break
        else:
            if got["Inspection_ID"] in ids:
                reasons["检查编号重复，只用第一行"].append(number)
                continue
            ids.add(got["Inspection_ID"])
            cases.append(
                Case(
                    got["Inspection_ID"],
                    got["License"],
                    got["Inspection_Date"],
                    got["Risk"],
                    got["pastFail"],
                    got["pastCritical"] > 0,
                    not got["firstRecord"],
                    got["sanitarian"],
                    got["criticalCount"] > 0,
                )
            )
    if not cases:
        raise SsjError(f"{path.name} 里没有一行能用", "请核对是不是这份数据。")
    read = [
        {"column": name, "meaning": meaning, "how": how, "found": _found(values[name])}
        for name, (_, meaning, how) in READERS.items()
    ]
    left_out = [
        {"reason": reason, "rows": len(rows), "first": rows[0]} for reason, rows in reasons.items()
    ]
    return File(
        sorted(cases, key=lambda c: (c.day, len(c.id), c.id)), len(table.frame), read, left_out
    )


def _found(counts: Counter[str]) -> str:
    """The values found, if few; else how many different ones, and the blank cells."""
    if len(counts) <= 8:
        return "，".join(f"{value or '（空）'}：{count}" for value, count in sorted(counts.items()))
    return f"{len(counts)} 个不同的值" + (f"，空 {counts['']}" if counts[""] else "")
