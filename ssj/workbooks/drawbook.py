"""抽取结果.xlsx, from a draw record.

Nothing in it tells a target's risk class: no stratum, size or ticket, nor which targets were
certain (those are the class whose ratio is 100 %).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ssj import protocol
from ssj.base import formats, params, words
from ssj.draw import lists
from ssj.draw.lists import visit_numbers
from ssj.protocol import Record
from ssj.tables import writing
from ssj.tables.writing import Sheets


def sheets(record: Record) -> Sheets:
    """The workbook's sheets by name, in order."""
    view = _View(record)
    rows = {
        "入企检查": view.visits(),
        "检查对象": view.targets(),
        "检查事项": view.items(),
        "检查组": view.seats(),
        "人员工作量": view.workload(),
    }
    return {
        "说明": writing.about(params.banners(record), *_facts(record)),
        **{name: writing.sheet(part) for name, part in rows.items()},
    }


def _facts(record: Record) -> list[tuple[str, Any]]:
    p, event, total = record["parameters"], record["event"], lists.counts(record)
    return [
        (
            "内部使用",
            (
                f"{p['publication_day']} 公布日之前不得带出本单位；“是否公开”为“否”的对象，"
                "公布日之后也不公布名称"
            ),
        ),
        writing.WORKING_COPY,
        *params.about_round(record),
        ("名称", p["title"]),
        ("封库校验码", formats.digit_lines(record["commitment"])),
        ("公开随机数来源", words.event(event)),
        ("公开随机数", words.event_text(record)),
        (
            "公开随机数产生",
            f"{formats.time(record['entropy']['time'])}，{record['entropy']['place']}",
        ),
        ("公告的产生时间", f"{formats.time(event['time'])}，{event['place']}"),
        ("抽取随机数", formats.digit_lines(record["seed"])),
        ("公布日", p["publication_day"]),
        ("检查开始日", p["window"]["start"]),
        ("检查结束日", p["window"]["end"]),
        ("库内对象", f"{total['targets']} 个"),
        ("待抽对象", f"{total['eligible']} 个"),
        *(
            (
                "抽后调整",
                f"{a['date']}，{a['reason']}，{len(a['visits'])} 户次，审批人 {a['approver']}",
            )
            for a in record.get("amendments", [])
        ),
        *((f"抽中：{t['name']}", f"{t['drawn']} 户次") for t in total["tasks"]),
        ("各任务抽中合计", f"{total['unmerged']} 户次"),
        ("入企检查（合并后）", f"{total['visits']} 户次"),
        ("合并减少", f"{total['saved']} 户次"),
        ("执法人员", f"{total['officers']} 名"),
        ("专家", f"{total['experts']} 名"),
    ]


class _View:
    """A draw record indexed for the workbook; each method yields a sheet's rows by header."""

    def __init__(self, record: Record) -> None:
        self.record, self.number = record, visit_numbers(record)
        self.names = {table: lists.names(record, table) for table in record["tables"]}
        self.own = {table: lists.internals(record, table) for table in record["tables"]}
        self.officers, self.experts = map(_by_visit, protocol.teams_now(record).values())

    def _target(self, identifier: str) -> Record:
        return {
            "检查编号": self.number[identifier],
            "编号": identifier,
            "名称": self.names["targets"][identifier],
        }

    def _people(self, taken: list[Record]) -> list[str]:
        officers = [t["officer"] for t in taken]
        return [
            f"{self.names['officers'][i]}（{self.own['officers'][i]['department']}）"
            for i in officers
        ]

    def _list(self, table: str, ids: list[str]) -> list[str]:
        return [f"{i} {self.names[table][i]}" for i in ids]

    def visits(self) -> Iterator[Record]:
        for visit in self.record["visits"]:
            own = self.own["targets"][visit["id"]]
            yield {
                **self._target(visit["id"]),
                "类别": own["category"],
                "地址": own["address"],
                "所属区域": own["area"],
                "主管股室": own["section"],
                "任务": self._list("tasks", visit["tasks"]),
                "事项": self._list("items", visit["items"]),
                "检查人员": self._people(self.officers[visit["id"]]),
                "专家": self._people(self.experts[visit["id"]]),
                "是否公开": own["public"],
            }

    def targets(self) -> Iterator[Record]:
        parts = self.record["drawn"]
        # told of the task: of a target it would tell the class
        partly = {p["task"] for p in parts if p.get("n", 0) < p.get("count", 0)}
        elsewhere = protocol.drawn_elsewhere(self.record["parameters"])
        drawn = sorted({(i, p["task"]) for p in parts for i in protocol.drawn_ids(p)})
        for target, task in drawn:
            yield {
                **self._target(target),
                "类别": self.own["targets"][target]["category"],
                "任务编号": task,
                "任务名称": self.names["tasks"][task],
                "任务类型": self.own["tasks"][task]["kind"],
                "抽取方式": lists.EXTERNAL
                if elsewhere
                else "按比例抽取"
                if task in partly
                else "全部抽取",
            }

    def items(self) -> Iterator[Record]:
        for visit in self.record["visits"]:
            for item in visit["items"]:
                own = self.own["items"][item]
                yield {
                    **self._target(visit["id"]),
                    "事项编号": item,
                    "事项名称": self.names["items"][item],
                    "抽查主体": own["department"],
                    "抽查依据": own["basis"],
                    "抽查内容": own["content"],
                    "抽查方式": own["method"],
                    "工作指引": own["guide"],
                }

    def seats(self) -> Iterator[Record]:
        for visit in self.record["visits"]:
            for taken in [*self.officers[visit["id"]], *self.experts[visit["id"]]]:
                own = self.own["officers"][taken["officer"]]
                yield {
                    **self._target(visit["id"]),
                    "部门": own["department"],
                    "专业席位": taken["speciality"] or "不限专业",
                    "工号": taken["officer"],
                    "姓名": self.names["officers"][taken["officer"]],
                    "执法证号": own["certificate"],
                    "是否专家": own["kind"] == "expert",
                }

    def workload(self) -> Iterator[Record]:
        for row in lists.workload(self.record, *lists.teams_of(self.record)):
            own = self.own["officers"][row["officer"]]
            yield {
                "工号": row["officer"],
                "姓名": row["person"],
                "部门": row["department"],
                "岗位": own["post"],
                "是否专家": own["kind"] == "expert",
                "户次": row["visits"],
            }


def _by_visit(taken: list[Record]) -> dict[str, list[Record]]:
    seats: dict[str, list[Record]] = defaultdict(list)
    for seat in taken:
        seats[seat["visit"]].append(seat)
    return seats
