"""The forms handed out after a draw: 结果回填表.xlsx, for all visits and for each section, and
blank tables for the registers.

A form is read back as it is (:mod:`ssj.results.findings`): a row for each visit and item,
pre-filled with what the draw says, and with what is archived already of the results. Lists to
choose from are offers, never a lock: nothing is protected, and several results or measures may be
written in one cell. Working copies, internal: they name drawn firms and officers.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ssj import protocol
from ssj.base import files, formats, params, words
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results.finding_checks import GIVEN
from ssj.tables import schema, writing
from ssj.workbooks import blanks
from ssj.workbooks.blanks import HOW_TO

FOLDER, NAME, SHEET = "结果回填表", "结果回填表", "检查结果"
NO_SECTION = "（未写明股室）"
BLANK_ROWS = 200  # with lists to choose from, in a blank register
HEADER_ROW = 2  # from 0: title and notes stand above it
WIDTHS = {
    "number": 15,
    "target": 26,
    "name": 22,
    "item": 10,
    "item_name": 22,
    "officers": 20,
    "results": 26,
    "measure": 14,
    "responsible": 14,
    "address": 26,
    "not_public": 16,
    "excuse": 18,
    "remark": 14,
    "reason": 24,
    "content": 26,
    "problem": 26,
    "sha256": 24,
}
OFFERED = tuple(
    f"{name}；{kind}"
    for name in schema.RESULTS
    if name == schema.TO_FOLLOW
    for kind in schema.KINDS_TO_FOLLOW
)
CHOICES = tuple(
    choice
    for name in schema.RESULTS
    for choice in (OFFERED if name == schema.TO_FOLLOW else (name,))
)
HAND_OUT, INSPECT, ENTER, REVIEW, PUBLISH = "发下时已有", "检查人员", "录入人", "审核人", "公开的人"
HOW: dict[str, tuple[str, str]] = {  # column of 结果回填表 → who fills it, and how
    "number": (HAND_OUT, "不改。一户一个检查编号。"),
    "target": (HAND_OUT, "不改。"),
    "name": (HAND_OUT, "不改，用来核对是否错行；企业更名的，写在备注。"),
    "item": (HAND_OUT, "不改。一户有几个事项就有几行，每行都要填。"),
    "item_name": (HAND_OUT, "不改。"),
    "date": (INSPECT, "实际到场检查的日期，写成 2021-12-31；须在抽取以后、检查期间以内。"),
    "officers": (
        INSPECT,
        (
            "已填检查组，实际去的人与此不同才改；写姓名、工号都可以，同名的写工号，"
            "几个人用顿号隔开。至少两名执法人员。换人要先办抽后调整。"
        ),
    ),
    "results": (
        INSPECT,
        (
            "从下拉列表选，或照下面的类别写；几种结果写在一格，用；隔开，如“发现问题已责令改正；"
            "发现问题待后续处理；违反其他规定”。"
            "企业已关闭、迁出、找不到的，也是结果，照实选。"
        ),
    ),
    "measure": (
        INSPECT,
        "发现问题的必填；几种写在一格，用顿号隔开。不需要处置的，写“无需后续处置”。",
    ),
    "responsible": (
        INSPECT,
        "负责后续处置的单位或股室（谁审批谁负责、谁主管谁监管）；写了期限或完结日期的必填。",
    ),
    "due": (INSPECT, "限期整改的最后一天；没有的不填。"),
    "closed_on": (INSPECT, "整改、处置完结的日期；后续处置表中另有登记的，以那张表为准。"),
    "entered_by": (ENTER, "谁录入，写谁的姓名。"),
    "entered_on": (ENTER, "录入当天。"),
    "reviewer": (
        REVIEW,
        "审核无误，写审核人姓名；一户的各事项都有结果才能审核。写了审核人的结果，以后只能更正。",
    ),
    "published_on": (PUBLISH, "在信用公示系统公示的日期；审核以后才能公示。"),
    "address": (PUBLISH, "公示的网址，没有的不填。"),
    "not_public": (REVIEW, "依法不公示这一事项的理由和依据；应当公示的不填。"),
    "excuse": (
        INSPECT,
        (
            "检查日期不在检查期间、执法人员不足、不是检查组的人等，确有原因的写明；由检查人员、"
            "录入人以外的人审核后放行，并在档案中列明。"
        ),
    ),
    "scan_code": (INSPECT, "省里实行扫码入企的，写这次入企的编号；没有的不填。"),
    "remark": ("谁都可以", "不进入公示，也不算作已检查；只写备注的行，仍是还没有检查。"),
}
STEPS = (
    "一行是一户的一个事项。还没有检查的，这一行除发下时已有的以外都留空，下次再填；留空不是错误。",
    (
        "填好以后：一份总表的，另存为 params/{round}/results.xlsx；各股室分别填的，"
        "各存一份放进文件夹 params/{round}/results，两种方法不能同时用。然后运行 ssj results "
        "{round}。"
    ),
    (
        "可以交许多次：每次在最新发下的表上接着填（已归档的结果已经填在里面），不要删行，"
        "也不要另起一张只写新结果的表。"
    ),
    (
        "列的次序可以变，可以加自己的列（不读，只提醒）；列名和表头以上的两行不要改。"
        "下拉列表只是方便，可以直接写。"
    ),
    "不要写身份证号、手机号。没有抽中的检查不写在这里。",
)
REGISTER_HOW = {  # table and key → how, where the kind of column doesn't say it
    ("corrections", "item"): "只涉及一个事项的写事项编号；涉及整户的不填。",
    ("objections", "item"): "只涉及一个事项的写事项编号；涉及整户的不填。",
    ("corrections", "reason"): "写清原来怎样、为什么要改；不公示。",
    ("corrections", "objection"): "因异议更正或撤下的，写异议登记表中的编号。",
    ("corrections", "approver"): "批次参数中规定可以批准“公布”的人。",
    ("postings", "number"): "只公示一户的写检查编号；整批公示的不填。",
    ("postings", "screenshot"): "截图放在批次文件夹的 evidence 中，这里写文件名。",
    ("postings", "sha256"): "不填的，由程序计算。",
}


@dataclass
class Sheet:
    """A table to be filled in: what stands above it, its columns, and rows by key."""

    name: str
    table: str
    notes: tuple[str, str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    blanks: int = 0


# What is handed out


def copies(record: Record, results: Record | None = None, stages: int = 0) -> dict[str, Any]:
    """File name in ``FOLDER`` → a function that makes its bytes; ``results``: the last
    ``results.json`` of the attempt, its ``stages``-th.
    """
    rows, sections = form_rows(record, results), lists.internals(record, "targets")
    parts: dict[str, list[dict[str, Any]]] = {"": rows}
    for row in rows:
        parts.setdefault(sections[row["target"]]["section"] or NO_SECTION, []).append(row)
    amended = len(record.get("amendments", []))
    made = {
        file_name(part, record["attempt"], amended, stages): lambda part=part, own=own: form(
            record, part, own
        )
        for part, own in sorted(parts.items())
    }
    return made | {
        f"{title}.xlsx": lambda table=table, title=title: register(record, table, title)
        for table, title in schema.REGISTERS.items()
    }


def file_name(section: str, attempt: int, amended: int, stages: int) -> str:
    """The name of the form of a section (empty: all) that is handed out after so many amendments
    and results stages of an attempt.
    """
    return files.file_name(
        f"{NAME} {files.safe(section)}.xlsx" if section else f"{NAME}.xlsx",
        attempt,
        amended,
        given=stages + 1 if stages else 0,
    )


def folder_name(attempt: int, amended: int, stages: int) -> str:
    """The folder of one generation of forms, named as :func:`file_name` names them."""
    return files.file_name(FOLDER, attempt, amended, given=stages + 1 if stages else 0)


def form_rows(record: Record, results: Record | None = None) -> list[dict[str, Any]]:
    """A row for each visit and item by 检查编号, keys as ``schema.LATER`` has them: what is handed
    out, and what is archived already.
    """
    numbers = lists.visit_numbers(record)
    targets, items, people = (
        lists.names(record, table) for table in ("targets", "items", "officers")
    )
    team: dict[str, list[str]] = {v["id"]: [] for v in record["visits"]}
    for taken in protocol.teams_now(record).values():
        for seat in taken:
            team[seat["visit"]].append(seat["officer"])
    known = {(r["number"], r["item"]): r for r in (results["rows"] if results else ())}

    def said(officers: Iterable[str]) -> str:
        return "、".join(words.people(people, officers))

    made = []
    for visit in sorted(record["visits"], key=lambda v: numbers[v["id"]]):
        for item in visit["items"]:
            given = {
                "number": numbers[visit["id"]],
                "target": visit["id"],
                "name": targets[visit["id"]],
                "item": item,
                "item_name": items[item],
                "officers": said(team[visit["id"]]),
            }
            row = known.get((given["number"], item))
            filled = (
                {
                    c.key: _cell(c, row.get(c.key, ""))
                    for c in schema.LATER["results"]
                    if c.key not in GIVEN
                }
                | {"officers": said(row["officers"]), "remark": row["remark"]}
                if row
                else {}
            )
            made.append(given | filled)
    return made


def _cell(column: schema.Column, value: Any) -> Any:
    """A value of a record as a cell that people would write."""
    if column.kind == "date":
        return date.fromisoformat(value) if value else ""
    return (
        ("；" if column.kind == "results" else "、").join(value)
        if isinstance(value, list)
        else value
    )


def form(record: Record, section: str, rows: list[dict[str, Any]]) -> bytes:
    """结果回填表 of a section, or of all if empty."""
    visits = len({row["number"] for row in rows})
    return workbook(
        record,
        Sheet(
            SHEET,
            "results",
            _notes(record, f"{NAME}{'　' * bool(section)}{section}（{visits} 户，{len(rows)} 行）"),
            rows,
        ),
    )


def register(record: Record, table: str, title: str) -> bytes:
    """A blank register."""
    return workbook(record, Sheet(title, table, _notes(record, title), blanks=BLANK_ROWS))


def _notes(record: Record, title: str) -> tuple[str, str]:
    p = record["parameters"]
    banners = "".join(f"【{text}】" for text in params.banners(record))
    return (
        (
            f"{title}　{p['bureau']}　{p['title']}（{record['round']}，第 {record['attempt']} "
            f"次抽取）　检查期间 {formats.period(p['window'])}"
        ),
        (
            f"{banners}内部使用：{p['publication_day']} 公布日之前不得带出本单位。怎样填，"
            f"见“{HOW_TO}”。"
        ),
    )


# The workbook


def workbook(record: Record, sheet: Sheet) -> bytes:
    """A table to be filled in, and its 填写说明: the same content gives the same bytes."""
    target = io.BytesIO()

    def fill(book: Any) -> None:
        page, how = book.add_worksheet(sheet.name), book.add_worksheet(HOW_TO)
        categories = _how_to(book, how, record, sheet)
        _Page(book, page, sheet).fill(categories)

    writing.save(target, fill)
    return target.getvalue()


class _Page:
    """The sheet that is filled in."""

    def __init__(self, book: Any, page: Any, sheet: Sheet) -> None:
        self.book, self.page, self.sheet = book, page, sheet
        self.columns = schema.LATER[sheet.table]
        self.given = set(GIVEN) - {"officers", "remark"} if sheet.table == "results" else set()
        base = {
            "valign": "top",
            "align": "left",
            "text_wrap": True,
            "border": 1,
            "border_color": "#B8C4CF",
        }
        self.formats = {
            (kind, given): book.add_format(
                base
                | {"num_format": "yyyy-mm-dd" if kind == "date" else "@"}
                | ({"bg_color": "#F2F2F2"} if given else {})
            )
            for kind in ("date", "text")
            for given in (False, True)
        }
        self.heads = {
            given: book.add_format(
                {
                    "bold": True,
                    "text_wrap": True,
                    "valign": "vcenter",
                    "border": 1,
                    "border_color": "#B8C4CF",
                    "bg_color": "#D9D9D9" if given else "#DCE9F5",
                }
            )
            for given in (False, True)
        }

    def fill(self, categories: str) -> None:
        """Notes, header, rows, lists to choose from, and how it prints; ``categories``: where the
        result categories stand.
        """
        page, first = self.page, HEADER_ROW + 1
        writing.notes(self.book, page, *self.sheet.notes)
        lines = [1] * len(self.sheet.rows)
        last = max(first, HEADER_ROW + len(self.sheet.rows) + self.sheet.blanks)
        for at, column in enumerate(self.columns):
            width = WIDTHS.get(column.key, 11)
            page.set_column(at, at, width)
            page.write_string(HEADER_ROW, at, column.header, self.heads[column.key in self.given])
            page.data_validation(
                HEADER_ROW,
                at,
                HEADER_ROW,
                at,
                {
                    "validate": "any",
                    "input_title": column.header,
                    "input_message": how(self.sheet.table, column)[1][:250],
                },
            )
            cell = self.formats[
                "date" if column.kind == "date" else "text", column.key in self.given
            ]
            for n in range(len(self.sheet.rows) + self.sheet.blanks):
                value = self.sheet.rows[n].get(column.key, "") if n < len(self.sheet.rows) else ""
                writing.write_cell(page, first + n, at, value, cell, cell, cell)
                if value:
                    lines[n] = max(lines[n], writing.lines_of(value, width))
            if rule := _offer(column, categories):
                page.data_validation(first, at, last, at, rule)
        for n, tallest in enumerate(lines):
            writing.set_height(page, first + n, tallest)
        page.autofilter(HEADER_ROW, 0, last, len(self.columns) - 1)
        page.freeze_panes(first, 3 if self.given else 1)
        writing.set_up(page, writing.A3, HEADER_ROW)
        page.set_footer("&C第 &P 页 共 &N 页")


def _offer(column: schema.Column, categories: str) -> dict[str, Any] | None:
    """A list to choose from, or that a cell holds a date. Where several may be written, another
    text only raises a question.
    """
    if column.kind == "results":
        return blanks.offer(
            column,
            (
                categories,
                "不在列表中。几种结果用；隔开，写法要与填写说明中的类别相同；写对的，按“确定”。",
            ),
        )
    if column.key == "measure":
        return blanks.offer(
            column,
            (list(schema.FOLLOW_UP), "不在列表中。几种处置措施用顿号隔开；写对的，按“确定”。"),
        )
    return blanks.offer(column)


def how(table: str, column: schema.Column) -> tuple[str, str]:
    """Who fills a column, and how."""
    if table == "results":
        return HOW[column.key]
    return blanks.REQUIRED if column.required else blanks.OPTIONAL, REGISTER_HOW.get(
        (table, column.key), blanks.made(column)
    )


def _how_to(book: Any, page: Any, record: Record, sheet: Sheet) -> str:
    """Fill 填写说明; where the result categories stand, as a list's source."""
    steps = (
        [step.format(round=record["round"]) for step in STEPS]
        if sheet.table == "results"
        else [
            (
                f"填好以后存为 params/{record['round']}/{sheet.table}.xlsx，运行 ssj results "
                f"{record['round']} 时一起归档。"
            ),
            "这是登记表，只增不减：以前的行保留，每次交回整张表。没有要登记的，不用放这张表。",
            "不要写身份证号、手机号。",
        ]
    )
    rows: list[tuple[bool, tuple[str, str, str]]] = [
        (False, (str(n), step, "")) for n, step in enumerate(steps, 1)
    ]
    rows += [
        (False, ("", "", "")),
        (True, ("列", "怎样填", "谁填" if sheet.table == "results" else "必填吗")),
    ]
    rows += [
        (False, (c.header, said, who))
        for c in schema.LATER[sheet.table]
        for who, said in [how(sheet.table, c)]
    ]
    source = ""
    if sheet.table == "results":
        rows += [
            (False, ("", "", "")),
            (
                True,
                (
                    "",
                    (
                        f"检查结果的类别（第 {schema.CATEGORIES_VERSION} 版；一格可以写几种，用；"
                        "隔开）"
                    ),
                    "",
                ),
            ),
        ]
        source = f"='{HOW_TO}'!$B${len(rows) + 1}:$B${len(rows) + len(CHOICES)}"
        rows += [(False, ("", choice, "")) for choice in CHOICES]
        rows += [
            (False, ("", "", "")),
            (True, ("", "处置措施（一格可以写几种，用顿号隔开）", "")),
        ] + [(False, ("", one, "")) for one in schema.FOLLOW_UP]
    blanks.explain(book, page, rows, (14, 96, 12))
    return source
