"""What comes back: a 结果回填表 of the small draw, as rows and a file; the platform's export."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from ssj import protocol
from ssj.draw import lists
from ssj.tables import schema, writing

TIME = "2021-12-20T09:00:00+08:00"
HEADERS = {c.key: c.header for c in schema.LATER["results"]}
WHOLE = ("S004", "I1")  # the row that the cases change; S004 has I1 and I2, S001 has I1 alone


def windowed(small_record: dict) -> dict:
    """The small draw with a window and sections; everybody's certificate lasts."""
    small_record["parameters"] |= {
        "window": {"start": "2021-12-06", "end": "2021-12-17"},
        "title": "样例抽查",
        "bureau": "样例局",
        "publication_day": "2021-12-06",
        "deadlines": {"publish": 20, "objection": 20},
    }
    for officer in small_record["tables"]["officers"]:
        officer["internal"]["certificate_until"] = "2040-01-01"
    for target in small_record["tables"]["targets"]:
        target["internal"] |= {
            "section": "甲股" if target["id"] == "S001" else "乙股",
            "non_public_basis": "",
        }
    return small_record


def blank_rows(record) -> list[dict]:
    """What is handed out, Chinese headers as keys."""
    numbers, names, items, people = (
        lists.visit_numbers(record),
        *(lists.names(record, t) for t in ("targets", "items", "officers")),
    )
    team = {
        v["id"]: [
            t["officer"] for t in protocol.teams_now(record)["officers"] if t["visit"] == v["id"]
        ]
        for v in record["visits"]
    }
    return [
        {
            "检查编号": numbers[v["id"]],
            "编号": v["id"],
            "名称": names[v["id"]],
            "事项编号": i,
            "事项名称": items[i],
            "检查人员": "、".join(f"{people[o]}（{o}）" for o in team[v["id"]]),
        }
        for v in record["visits"]
        for i in v["items"]
    ]


ANSWER = {
    "检查日期": "2021-12-08",
    "检查结果": "未发现问题",
    "录入人": "样例录入员",
    "录入日期": "2021-12-09",
    "审核人": "样例审核人",
}
PROBLEM = {"检查结果": "发现问题已责令改正", "处置措施": "责令改正", "责任单位": "乙股"}


def answered(record, **change) -> list[dict]:
    """All rows of S004 and S001 answered, with the cells of S004's first changed."""
    return [
        {
            **row,
            **(ANSWER if row["编号"] != "S005" else {}),
            **(change if (row["编号"], row["事项编号"]) == WHOLE else {}),
        }
        for row in blank_rows(record)
    ]


def write(folder: Path, rows: list[dict], name: str = "results.csv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    headers = list(dict.fromkeys([*HEADERS.values(), *(key for row in rows for key in row)]))
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, headers, restval="")
        out.writeheader()
        out.writerows(rows)
    return folder


def export(project: Path, record: protocol.Record, change=lambda rows: rows) -> None:
    """The platform's export as it would be after everything was entered there, changed."""
    names, people = lists.names(record, "targets"), lists.names(record, "officers")
    now = protocol.teams_now(record)["officers"]
    rows = [
        {
            "平台任务编号": f"PT-{part['task']}",
            "任务编号": part["task"],
            "编号": i,
            "名称": names[i],
            "检查人员": "、".join(people[t["officer"]] for t in now if t["visit"] == i),
            "登记日期": "2021-11-30",
            "联系电话": "13812345678",
        }
        for part in record["drawn"]
        for i in protocol.drawn_ids(part)
    ]
    writing.write_xlsx(
        project / "params" / record["round"] / "platform.xlsx", {"名单": pd.DataFrame(change(rows))}
    )
