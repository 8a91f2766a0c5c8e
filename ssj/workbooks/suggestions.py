"""名录库更新建议.xlsx: what results say of the target roster, for those who keep it. Nothing is
applied by itself.
"""

from __future__ import annotations

from pathlib import Path

from ssj.base import formats, params
from ssj.protocol import Record
from ssj.results import gone
from ssj.tables import writing

WORKBOOK = "名录库更新建议.xlsx"


def write(record: Record, path: Path) -> None:
    """Write the workbook of a results record."""
    about = writing.about(
        params.banners(record),
        ("内部使用", "不得带出本单位"),
        (
            "依据",
            f"{record['round']} 截至 {formats.time(record['time'])} 归档的、已审核的结果",
        ),
        (
            "怎样用",
            (
                "供维护检查对象名录库的人核对后填入下一批次的 targets.xlsx；程序不会自动改名录。"
                "已关闭、迁出、无法联系的，先核实，再改状态。"
            ),
        ),
    )
    suggested = writing.sheet(gone.suggestions(record), {key: key for key in gone.SUGGESTED})
    writing.write_workbook(path, {"说明": about, "名录库更新建议": suggested})
