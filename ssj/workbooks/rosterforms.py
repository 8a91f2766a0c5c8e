"""Blank workbooks of the four tables: headers with notes, lists to choose from, formats that keep
codes whole, and an example row that the reader skips.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ssj.base import files
from ssj.base.errors import RefusedError
from ssj.tables import schema, writing
from ssj.workbooks import blanks

FOLDER = "模板"
ROWS = 20_000  # with lists to choose from
CLASSES = ("A", "B", "C", "D")  # an offer; the round's scheme decides
EXAMPLE = "示例 "  # in front of the first cell: the row is not read
COMMA = "几个用顿号隔开"
HOW: dict[tuple[str, str], str] = {  # where the kind of column doesn't say it
    ("items", "id"): "每个事项一个编号，全表不重复；计划里用它指事项。",
    ("items", "name"): "照上级公布的随机抽查事项清单写。",
    ("items", "basis"): "法律、法规、规章的名称和条款；几条写在一格。",
    (
        "items",
        "department",
    ): "实施抽查的部门；写法要与计划的“发起部门”“配合部门”、人员名录的“部门”一致。",
    ("items", "content"): "查什么。",
    ("items", "method"): "如现场检查、书面检查、网络监测。",
    (
        "items",
        "categories",
    ): f"适用于哪几类对象，{COMMA}，写法与检查对象名录库的“类别”一致；适用于所有类别写“全部”。",
    ("items", "sub"): "没有的不填。",
    ("items", "ratio_limit"): "一般事项每年抽查的最高比例，如 5%；没有规定的不填。",
    ("items", "frequency"): "写“每年1次”“每半年1次”“每季度1次”“每月1次”“每两年1次”或“不定期”。",
    (
        "items",
        "specialities",
    ): f"检查人员须有的专业，{COMMA}，写法与人员名录的“专业”一致；不要求的不填。",
    ("items", "guide"): "检查步骤，印在现场检查笔录上。",
    ("items", "effective"): "有效的第一天；没有限制的不填。",
    ("items", "ends"): "有效的最后一天（含当天）；没有限制的不填。",
    ("items", "origin"): "采用上级清单的，写是哪一级、哪一版；本单位自己定的写“自建”或不填。",
    ("items", "origin_id"): "这一项在上级清单中的编号；本单位自己的不填。",
    (
        "targets",
        "id",
    ): (
        "统一社会信用代码、施工许可证号等，全表不重复。这一列已设为文本，"
        "粘贴时选“只粘贴文本（值）”；末几位变成 0 的，要从原系统重新导出。"
    ),
    ("targets", "name"): "登记的全称。",
    (
        "targets",
        "category",
    ): (
        "如施工企业、物业服务、燃气经营、在建项目；写法与事项清单的“检查对象类别”、"
        "计划的“对象范围”一致。"
    ),
    (
        "targets",
        "risk_class",
    ): "本批次信用风险分类的等级（批次参数的“分类”），一般是 A、B、C、D。",
    (
        "targets",
        "status",
    ): "选一个。存续、在业、在营、正常、开业、在建、在册的，在检查范围内；其余的不抽。",
    ("targets", "public"): "选“是”或“否”；不填为“是”。",
    ("targets", "non_public_basis"): "“是否公开”为“否”的必填，写明法律依据。",
    ("targets", "tags"): f"如专项整治；{COMMA}。计划可以按标签选对象。",
    ("targets", "section"): "负责这一户的股室；结果回填表按股室分发。",
    ("targets", "permit_until"): "日期；长期有效的写“长期”。",
    ("targets", "last_inspected"): "最近一次检查的日期；没有检查过的不填。",
    ("targets", "last_result"): "照抽查结果的类别写，几种用；隔开。",
    ("targets", "complaints"): "近一年的件数，只写数字；没有的写 0 或不填。",
    ("targets", "penalties"): "近一年的件数，只写数字；没有的写 0 或不填。",
    ("officers", "id"): "每人一个，全表不重复；同名的人靠它区分。",
    ("officers", "department"): "独立的单位，如住建局；股室写在“岗位”。",
    ("officers", "kind"): "选“执法”“日常监管”或“专家”。专家不计入两名执法人员。",
    ("officers", "specialities"): f"{COMMA}，写法与事项清单的“检查人员要求”一致。",
    ("officers", "status"): "选一个；在岗、在职的才指派。",
    ("officers", "certificate"): "执法人员必填。",
    ("officers", "certificate_until"): "执法人员必填；要在整个检查期间有效。长期有效的写“长期”。",
    ("officers", "post"): "如工程监管股。",
    ("officers", "authority"): f"只能查某些事项的，写事项编号，{COMMA}；不限的不填。",
    ("officers", "recusals"): f"要回避的检查对象，写编号或全称，{COMMA}；没有的不填。",
    ("officers", "leave"): f"如 2021-12-06至2021-12-10，{COMMA}；没有的不填。",
    ("officers", "yearly_cap"): "一年最多派多少户次；不限的不填。",
    ("plan", "id"): "每项任务一个编号，全表不重复。",
    ("plan", "kind"): "选“内部”或“部门联合”。",
    ("plan", "items"): f"事项清单里的编号，{COMMA}。",
    (
        "plan",
        "scope",
    ): (
        "如“类别：施工企业、物业服务；标签：专项整治；等级：C、D；条件：投诉举报数≥2”，"
        "用不到的不写；全部对象写“全部”。"
    ),
    ("plan", "method"): "选“定向”或“不定向”；对象范围里写了标签、等级或条件的，是定向。",
    ("plan", "ratios"): "一个比例（5%），或每个等级各一个（A 2%；B 5%；C 20%；D 100%）。",
    ("plan", "rounds"): f"批次号，如 2021Q4，{COMMA}；每个批次都做的写“全年”。",
    ("plan", "lead"): "写法与事项清单的“抽查主体”、人员名录的“部门”一致。",
    ("plan", "partners"): f"联合抽查的其他部门，{COMMA}；没有的不填。",
    ("plan", "team_size"): "执法人员数，不少于 2；不填为 2。",
    ("plan", "expert"): "要不要专家：选“是”或“否”。",
    ("plan", "approver"): "批准年度计划的人。",
    ("plan", "approved_on"): "批准年度计划的日期。",
}
_CODE = "91999998MA000A001G"
EXAMPLES: dict[str, dict[str, Any]] = {  # invented; the region 999998 does not exist
    "items": {
        "id": "SX-01",
        "name": "施工现场安全生产监督检查",
        "basis": "《建设工程安全生产管理条例》第四十条、第四十三条",
        "department": "样例县住建局",
        "content": "安全责任制落实、临边洞口防护、临时用电",
        "method": "现场检查",
        "kind": "重点",
        "categories": "在建项目、施工企业",
        "sub": "现场防护",
        "ratio_limit": "5%",
        "frequency": "每年1次",
        "specialities": "施工安全",
        "guide": "出示执法证件；查阅安全管理资料；巡查作业面",
        "expert": "否",
        "effective": date(2021, 1, 1),
    },
    "targets": {
        "id": _CODE,
        "name": "样例建筑工程有限公司",
        "category": "施工企业",
        "risk_class": "B",
        "status": "存续",
        "public": "是",
        "tags": "专项整治",
        "address": "样例县样例路1号",
        "area": "样例镇",
        "section": "建筑业管理股",
        "permit_name": "建筑业企业资质证书",
        "permit_no": "样D399999800001",
        "permit_until": date(2026, 12, 31),
        "founded": date(2010, 5, 6),
        "last_inspected": date(2020, 9, 1),
        "last_result": "未发现问题",
        "complaints": 0,
        "penalties": 0,
    },
    "officers": {
        "id": "YL-001",
        "name": "样例甲",
        "department": "样例县住建局",
        "kind": "执法",
        "specialities": "施工安全、工程质量",
        "status": "在岗",
        "certificate": "999998-YL-001",
        "certificate_until": date(2026, 12, 31),
        "post": "工程监管股",
        "title": "科员",
        "recusals": _CODE,
        "leave": "2021-12-06至2021-12-10",
        "yearly_cap": 40,
    },
    "plan": {
        "id": "RW-01",
        "name": "施工企业安全生产抽查",
        "kind": "内部",
        "items": "SX-01",
        "scope": "类别：施工企业、在建项目",
        "method": "不定向",
        "ratios": "A 2%；B 5%；C 20%；D 100%",
        "rounds": "2021Q4",
        "lead": "样例县住建局",
        "team_size": 2,
        "expert": "否",
        "approver": "样例局长",
        "approved_on": date(2021, 1, 15),
    },
}
STEPS = (
    (
        "第一个工作表填数据，一行一条，从示例行下面写起，或者覆盖示例行；"
        "示例行（第一格以“示例”开头）不读取，留着、删去都可以。"
    ),
    (
        "橙色的列名是必填列，每行都要填；蓝色的有就填，用不到的列可以删去。列名不要改；"
        "列的次序可以变，可以加自己的列（不读，只提醒）。把鼠标放在列名上，看这一列怎样填。"
    ),
    (
        "编号、证号等列已设为文本。从别的表粘贴时，用“选择性粘贴、值”，不要带格式；"
        "粘贴以后看一看末几位是不是变成了 0。"
    ),
    (
        "下拉列表只是方便，可以直接写。日期写成 2021-12-31。不要合并单元格，不要写身份证号、"
        "手机号、电话。"
    ),
    "填好以后存为 params/批次号/{table}.xlsx，关闭文件，运行 ssj check 批次号。",
)
WIDE = {
    "name": 26,
    "basis": 34,
    "content": 34,
    "guide": 34,
    "address": 28,
    "scope": 34,
    "ratios": 28,
    "categories": 22,
    "permit_name": 22,
    "permit_no": 20,
    "certificate": 20,
    "non_public_basis": 22,
    "last_result": 20,
    "recusals": 24,
    "leave": 24,
    "specialities": 22,
    "department": 16,
    "lead": 16,
    "items": 20,
    "section": 16,
}
HEADS = {True: "#F8CBAD", False: "#DCE9F5"}  # required, optional


def write(folder: Path) -> list[Path]:
    """Write the four workbooks into a folder; their paths. ``RefusedError`` if one is there
    already.
    """
    made = {folder / f"{table}.xlsx": form(table) for table in schema.TITLES}
    if there := [path.name for path in made if path.exists()]:
        raise RefusedError(
            f"{folder.as_posix()} 中已有 {'、'.join(there)}，不覆盖",
            "请移走，或另写一个文件夹，如 ssj templates 新模板。",
        )
    files.write_all(made)
    return list(made)


def form(table: str) -> bytes:
    """A blank workbook of a table: the same bytes each time."""
    target = io.BytesIO()
    writing.save(target, lambda book: _fill(book, table, EXAMPLES[table]))
    return target.getvalue()


def how(table: str, column: schema.Column) -> str:
    """How to fill a column."""
    return (
        HOW.get((table, column.key))
        or blanks.made(column)
        or ("每行都要填。" if column.required else "没有的不填。")
    )


def _fill(book: Any, table: str, example: Mapping[str, Any]) -> None:
    page, columns = book.add_worksheet(schema.TITLES[table]), schema.COLUMNS[table]
    base = {"valign": "top", "align": "left", "text_wrap": True}
    kinds = {"date": "yyyy-mm-dd", "int": "General"}
    formats = {
        kind: (
            book.add_format(base | {"num_format": form}),
            book.add_format(
                base
                | {
                    "num_format": form,
                    "italic": True,
                    "font_color": "#7F7F7F",
                    "bg_color": "#F2F2F2",
                }
            ),
        )
        for kind, form in {**kinds, "text": "@"}.items()
    }
    heads = {
        needed: book.add_format(
            {
                "bold": True,
                "text_wrap": True,
                "valign": "vcenter",
                "border": 1,
                "border_color": "#B8C4CF",
                "bg_color": colour,
            }
        )
        for needed, colour in HEADS.items()
    }
    tallest = 1
    for at, column in enumerate(columns):
        cell, shown = formats[column.kind if column.kind in kinds else "text"]
        value = example.get(column.key)
        width = (
            26
            if at == 0
            else WIDE.get(
                column.key,
                12 if column.kind == "date" else max(10, writing.em(column.header) + 3),
            )
        )
        page.set_column(at, at, width, cell)
        page.write_string(0, at, column.header, heads[column.required])
        text = f"{blanks.REQUIRED if column.required else blanks.OPTIONAL}。{how(table, column)}"
        page.write_comment(0, at, text, blanks.comment(text))
        told = f"{EXAMPLE}{value}" if at == 0 else value
        writing.write_cell(page, 1, at, told, shown, shown, shown)
        tallest = max(tallest, writing.lines_of(value or "", width))
        if rule := _offer(column):
            page.data_validation(1, at, ROWS, at, {"ignore_blank": True, **rule})
    page.set_row(0, 24)
    writing.set_height(page, 1, tallest)
    page.freeze_panes(1, 2)
    writing.set_up(page, writing.A3, 0)
    rows = [(False, (str(n), step.format(table=table), "")) for n, step in enumerate(STEPS, 1)]
    rows += [(False, ("", "", "")), (True, ("列", "怎样填", "必填吗"))]
    rows += [
        (False, (c.header, how(table, c), blanks.REQUIRED if c.required else blanks.OPTIONAL))
        for c in columns
    ]
    blanks.explain(book, book.add_worksheet(blanks.HOW_TO), rows, (16, 96, 10))


def _offer(column: schema.Column) -> dict[str, Any] | None:
    """A list to choose from; where other texts are right too, they only raise a question."""
    if column.kind == "class":
        return blanks.offer(column, (list(CLASSES), "不在列表中。分类方案另有等级的，按“确定”。"))
    if column.kind == "results":
        return blanks.offer(
            column, (list(schema.RESULTS), "不在列表中。几种结果用；隔开；写对的，按“确定”。")
        )
    if column.key.endswith("until"):
        return {
            **(blanks.offer(column) or {}),
            "error_type": "information",
            "error_message": "请写成 2021-12-31 这样的日期；长期有效的写“长期”，按“确定”。",
        }
    return blanks.offer(column)
