"""后续处置台账.xlsx: everything that follows a problem, and the whole-process record, as one
workbook for the bureau's own use.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ssj.base import files, formats, params
from ssj.casebook import archive
from ssj.protocol import Record
from ssj.results import followup_lists, process
from ssj.tables import writing
from ssj.tables.writing import Sheets

WORKBOOK = "后续处置台账.xlsx"
FILES = {
    "number": "检查编号",
    "name": "名称",
    "paper": "文书或影像",
    **files.ACCOUNT,
    "time": "收存时间",
}


def of_stage(data: Path) -> tuple[Sheets, str]:
    """The workbook of an archived results stage (its ``data`` folder): sheets, and what every
    printed page says.
    """
    drawn, done = (
        params.read_given(data / "in"),
        archive.read_record(data / "out" / archive.record_name("results")),
    )
    header = "　".join(
        [
            f"{done['parameters']['bureau']} {done['round']} 后续处置台账",
            "仅供公务使用",
            *params.banners(done)[:1],
        ]
    )
    return sheets(drawn, done, process.read(data / "in" / "papers.json")), header


def sheets(record: Record, done: Record, papers: Record) -> Sheets:
    """The sheets by name: what it is, the register, and what is due, re-checked, referred, punished
    jointly, reviewed; forms and photos.
    """
    own = followup_lists.register(record, done)
    departments = {
        f"{kind[:2]}{n:02}": (kind, name, rows)
        for n, ((kind, name), rows) in enumerate(followup_lists.departments(own).items(), 1)
    }
    listed = [
        {
            "sheet": sheet,
            "list": kind,
            "department": name,
            "count": len(rows),
            "open": sum(not r["closed_on"] for r in rows),
        }
        for sheet, (kind, name, rows) in departments.items()
    ]
    completeness = process.rows(done, papers)
    return {
        "说明": _about(done, own, completeness),
        "问题台账": writing.sheet(own, followup_lists.PROBLEMS),
        "到期与超期": writing.sheet(followup_lists.due_rows(own), followup_lists.DUE),
        "各责任单位": writing.sheet(followup_lists.by_section(own), followup_lists.SECTIONS),
        "复查": writing.sheet(followup_lists.rechecks(own), followup_lists.RECHECKS),
        "移送与抄告": writing.sheet(
            listed,
            {
                "sheet": "工作表",
                "list": "清单",
                "department": "单位",
                "count": "户、事项",
                "open": "未办结",
            },
        ),
        **{
            sheet: writing.sheet(rows, followup_lists.SENT)
            for sheet, (_, _, rows) in departments.items()
        },
        "联合惩戒": writing.sheet(followup_lists.joint(own), followup_lists.JOINT),
        "法制审核": writing.sheet(followup_lists.legal(own), followup_lists.LEGAL),
        "全过程记录": writing.sheet(completeness, process.SHOWN),
        "文书影像登记": writing.sheet(process.register(record, papers), FILES),
    }


def _about(done: Record, own: list[Record], completeness: list[Record]) -> pd.DataFrame:
    """Whose workbook this is, as of when, counts, and how it is to be read."""
    return writing.about(
        params.banners(done),
        (
            "内部使用",
            "含企业的问题和未公开的处置情况，不得带出本单位；移送、抄告时只给有关的一张表",
        ),
        writing.WORKING_COPY,
        *params.about_round(done),
        ("截至", formats.time(done["time"])),
        ("后续处置中（户次）", done["counts"]["following"]),
        *followup_lists.counted(own).items(),
        *process.counted(completeness).items(),
        (
            "责任单位",
            (
                "谁审批谁负责、谁主管谁监管。后续处置表、结果回填表都没有写的，"
                "暂按主管股室（没有主管股室的，按事项的抽查主体），并注明未填"
            ),
        ),
        ("到期", f"按归档那天计算；列出超期的和 {followup_lists.AHEAD} 日内到期的"),
        ("复查", "复查不是抽中的检查：不计入年度检查频次上限，也不影响近期已查降频"),
        ("联合惩戒", "只列有决定文书号和决定日期的"),
        (
            "全过程记录",
            (
                "“缺”是应当有而没有收存的；“—”是没有收存、程序不知道是否应当有的。"
                "文件由本单位保存，档案中只有名称、大小和校验码"
            ),
        ),
    )
