"""平台核对.xlsx: a reconciliation with the provincial platform, for those who mend its list."""

from __future__ import annotations

from pathlib import Path

from ssj.base import formats, params
from ssj.casebook import archive
from ssj.protocol import Record
from ssj.results import reconciliation
from ssj.tables import writing
from ssj.tables.writing import Sheets

WORKBOOK = "平台核对.xlsx"
TO_MEND = {
    **{key: reconciliation.MENDING[key] for key in ("result", "task", "id", "named", "row")},
    "detail": "说明",
    "mend": "怎么办",
}
WHOLE = {
    **reconciliation.ROWS,
    "listed_name": "平台上的名称",
    "officers": "现在的检查组",
    "listed_officers": "平台上的检查人员",
    "remark": "备注",
}


def write(data: Path, path: Path) -> None:
    """Write the workbook of an archived reconciliation, whose folder is ``data``."""
    record = archive.read_record(data / "out" / archive.record_name("platform"))
    writing.write_workbook(path, sheets(record))


def sheets(record: Record) -> Sheets:
    """平台核对.xlsx: what to mend on the platform, every row, and the platform's task numbers."""
    rows = reconciliation.shown(record["rows"])
    return {
        "说明": writing.about(
            params.banners(record),
            ("内部使用", "含抽中的检查对象和检查人员，公布日之前不得带出本单位"),
            writing.WORKING_COPY,
            *params.about_round(record),
            ("平台名单", record["source"]["file"]),
            ("核对时间", formats.time(record["time"])),
            *reconciliation.facts(record).items(),
        ),
        "需更正": writing.sheet((row for row in rows if row["mend"]), TO_MEND),
        "全部": writing.sheet(rows, WHOLE),
        "平台任务编号": writing.sheet(record["tasks"], reconciliation.TASK_COLUMNS),
    }
