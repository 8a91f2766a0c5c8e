"""Working copies for people: 抽取结果.xlsx and 抽取现场记录及结果确认表.docx, from a draw record.

They may be opened, printed, lost: the record in the sealed bag decides. Nothing in them tells a
target's risk class: no stratum, size or ticket, nor which targets were certain (those are the class
whose ratio is 100 %).
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from ssj import protocol
from ssj.drawing import lists, words
from ssj.drawing.lists import visit_numbers
from ssj.errors import InputError, RefusedError, SsjError
from ssj.inputs import params, workbooks
from ssj.pages import forms
from ssj.protocol import Record

RESULT, CONFIRMATION = "抽取结果.xlsx", "抽取现场记录及结果确认表.docx"
TEMPLATE = forms.TEMPLATES / CONFIRMATION
DEMONSTRATION = "演示批次（样例数据，不作执法依据）"
NOT_UNIQUE = "唯一性未证实"
NOT_DRAWN_HERE = "外部抽取"
STATEMENT = (
    "签字人确认：公开随机数按公告产生，如实记录；封库校验码与事前公告的一致；{}由程序据此算出，"
    "没有改动。"
)
COPIED = "抽中的检查对象照录省级平台的名单，没有增减；检查组"
SIGNERS = ("主持", "操作", "记录", "监督", "见证")
TRIES = 5  # of os.replace, a tenth of a second apart: virus scanners hold new files for a moment


def write_files(record: Record, folder: Path) -> list[Path]:
    """Write the working copies of a draw record into ``folder`` and return their paths; old ones
    are replaced. An amended record has no form to confirm.

    ``RefusedError`` if an old one is open elsewhere (it stays as it was; the other may be new by
    then), ``SsjError`` if the folder can't be written to or the Word template is not sound (both
    stay).
    """
    writers: dict[str, Callable[[Path], Any]] = {
        RESULT: lambda path: workbooks.write_xlsx(path, sheets(record)),
        CONFIRMATION: lambda path: path.write_bytes(
            forms.Form(TEMPLATE).fill(confirmation(record))
        ),
    }
    paths = {
        folder / name: write for name, write in zip(names(record), writers.values(), strict=False)
    }
    parts = {path: path.with_name(f".{path.stem}.part") for path in paths}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, write in paths.items():
            write(parts[path])
        for path, part in parts.items():
            replace(part, path)
    except (OSError, InputError) as error:
        raise unwritable(folder, error) from error
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
    return list(paths)


def copy_page(source: Path, path: Path) -> None:
    """Copy a page or record for people, whole or not at all; errors as :func:`write_files` has
    them.
    """
    write_whole(source.read_bytes(), path)


def write_whole(data: bytes, path: Path) -> None:
    """Write a page or record for people, whole or not at all; errors as :func:`write_files` has
    them.
    """
    write_all({path: data})


def write_all(contents: dict[Path, bytes]) -> None:
    """Write several files for people, all made aside first; errors as :func:`write_files` has them."""
    parts = {path: path.with_name(f".{path.name}.part") for path in contents}
    folder = next(iter(contents)).parent if contents else Path()
    try:
        for path, part in parts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(contents[path])
        for path, part in parts.items():
            replace(part, path)
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def write_workbook(path: Path, pages: dict[str, pd.DataFrame], header: str = "") -> None:
    """Write a workbook for people (``header`` on every printed page), whole or not at all; errors
    as :func:`write_files` has them.
    """
    write_made(path, lambda part: workbooks.write_xlsx(part, pages, header))


def write_made(path: Path, make: Callable[[Path], Any]) -> None:
    """Let ``make`` write a file for people, whole or not at all; errors as :func:`write_files` has
    them.
    """
    part = path.with_name(f".{path.stem}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        make(part)
        replace(part, path)
    except (OSError, InputError) as error:
        raise unwritable(path.parent, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def unwritable(folder: Path, error: Exception) -> SsjError:
    number = getattr(error, "errno", None)
    why = (
        "磁盘已满"
        if number == errno.ENOSPC
        else f"系统错误 {number}"
        if number in (errno.EIO, errno.ENOENT)
        else "没有写入权限"
    )
    return SsjError(
        f"工作副本写不进文件夹“{folder.name}”（{why}）", "请检查磁盘空间和写入权限后，再生成一次。"
    )


def file_name(name: str, attempt: int, amended: int = 0, checked: int = 1, given: int = 0) -> str:
    """``抽取结果.xlsx``; ``抽取结果（第2次，调整1）.xlsx`` for a later attempt and after an
    amendment; ``checked`` counts reconciliations, ``given`` results stages.
    """
    path = Path(name)
    notes = (
        [f"第{attempt}次"] * (attempt > 1)
        + [f"调整{amended}"] * (amended > 0)
        + [f"核对{checked}"] * (checked > 1)
        + [f"录入{given}"] * (given > 1)
    )
    return f"{path.stem}（{'，'.join(notes)}）{path.suffix}" if notes else name


def names(record: Record) -> list[str]:
    """The names of a record's working copies: the form to confirm belongs to the draw alone."""
    amended = len(record.get("amendments", []))
    return [
        file_name(name, record["attempt"], amended)
        for name in (RESULT, CONFIRMATION)[: 1 if amended else 2]
    ]


def replace(part: Path, path: Path) -> None:
    for left in reversed(range(TRIES)):
        try:
            os.replace(part, path)
            return
        except PermissionError as error:
            if not left:
                raise open_elsewhere(path) from error
            time.sleep(0.1)


def open_elsewhere(path: Path) -> RefusedError:
    """What to say of a working copy that another program holds open."""
    return RefusedError(
        f"工作副本“{path.name}”正在别的程序中打开，不能更新",
        "请在 Excel、WPS 或 Word 中关闭后，再生成一次；已封存的抽取记录不受影响。",
    )


# What both files say


def counts(record: Record) -> Record:
    """Counts of a draw, no names: ``targets`` in the roster, ``eligible`` ones in some frame,
    ``tasks`` with their ``count`` (in the frame), ``n`` and ``drawn``, ``visits``, ``unmerged``
    visits (drawn targets summed over tasks), ``saved`` by merging, ``officers`` and ``experts``
    taken.
    """
    rows = record["tables"]
    totals = {
        t["id"]: {"task": t["id"], "name": t["identity"]["name"], "count": 0, "n": 0, "drawn": 0}
        for t in rows["tasks"]
    }
    for task in rows["tasks"]:
        totals[task["id"]]["count"], totals[task["id"]]["n"] = lists.planned(record, task)
    for part in record["drawn"]:
        totals[part["task"]]["drawn"] += len(protocol.drawn_ids(part))
    unmerged, visits = sum(t["drawn"] for t in totals.values()), len(record["visits"])
    people = {
        kind: len({t["officer"] for t in taken})
        for kind, taken in protocol.teams_now(record).items()
    }
    return {
        "targets": len(rows["targets"]),
        "eligible": sum(
            any(f["size"] > 0 for f in t["internal"]["frames"]) for t in rows["targets"]
        ),
        "tasks": list(totals.values()),
        "visits": visits,
        "unmerged": unmerged,
        "saved": unmerged - visits,
        **people,
    }


def event_text(record: Record) -> str:
    """The event's text for people: dice and beacons in groups of 4, lottery draws as they are, one
    a line.
    """
    text = record["entropy"]["text"]
    outcome, *numbers = text.split("|")
    said = (
        outcome.replace(";", ";\n")
        if record["event"]["kind"] in ("lottery", "lotto")
        else words.grouped(outcome, 4)
    )
    return "\n|".join([said, *(words.grouped(number, 8) for number in numbers)])


def moment(text: str) -> str:
    """``2021-11-26T10:06:00+08:00`` → ``2021年11月26日 10:06``, Beijing time."""
    at = datetime.fromisoformat(text).astimezone(words.BEIJING)
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"


# 抽取结果.xlsx


def sheets(record: Record) -> dict[str, pd.DataFrame]:
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
        "说明": pd.DataFrame(_facts(record), columns=["项目", "内容"], dtype=object),
        **{name: pd.DataFrame(list(part), dtype=object) for name, part in rows.items()},
    }


def _facts(record: Record) -> list[tuple[str, Any]]:
    p, event, total = record["parameters"], record["event"], counts(record)
    opened = date.fromisoformat(p["publication_day"])
    return [
        *(("注意", text) for text in params.banners(record)),
        (
            "内部使用",
            f"{opened} 公布日之前不得带出本单位；“是否公开”为“否”的对象，公布日之后也不公布名称",
        ),
        ("说明", "本表是供工作使用的副本，以留痕登记簿所载的档案包为准"),
        ("单位", p["bureau"]),
        ("批次", record["round"]),
        ("名称", p["title"]),
        ("第几次抽取", f"第 {record['attempt']} 次"),
        ("封库校验码", "\n".join(digit_lines(record["commitment"]))),
        ("公开随机数来源", words.event(event)),
        ("公开随机数", event_text(record)),
        ("公开随机数产生", f"{moment(record['entropy']['time'])}，{record['entropy']['place']}"),
        ("公告的产生时间", f"{moment(event['time'])}，{event['place']}"),
        ("抽取随机数", "\n".join(digit_lines(record["seed"]))),
        ("公布日", opened),
        ("检查开始日", date.fromisoformat(p["window"]["start"])),
        ("检查结束日", date.fromisoformat(p["window"]["end"])),
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
    """A draw record indexed for the workbook; each method yields one sheet's rows, headers as keys."""

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

    def _people(self, taken: list[Record]) -> str:
        officers = [t["officer"] for t in taken]
        return "\n".join(
            f"{self.names['officers'][i]}（{self.own['officers'][i]['department']}）"
            for i in officers
        )

    def _list(self, table: str, ids: list[str]) -> str:
        return "\n".join(f"{i} {self.names[table][i]}" for i in ids)

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
        partly = {
            p["task"] for p in parts if p.get("n", 0) < p.get("count", 0)
        }  # told of the task: of a target it would tell the class
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


# 抽取现场记录及结果确认表.docx


def confirmation(record: Record) -> Record:
    """What the Word template may use; no name of a firm is among it."""
    p, event, entropy = record["parameters"], record["event"], record["entropy"]
    names = {r["role"]: r["name"] for r in entropy["roles"]}
    return {
        "bureau": p["bureau"],
        "title": p["title"],
        "round": record["round"],
        "attempt": record["attempt"],
        "banners": params.banners(record),
        "banner": "　".join(
            [DEMONSTRATION] * p["demonstration"]
            + [NOT_UNIQUE] * (not params.unique(record))
            + [NOT_DRAWN_HERE] * protocol.drawn_elsewhere(record["parameters"])
        ),
        "statement": STATEMENT.format(
            COPIED if protocol.drawn_elsewhere(record["parameters"]) else "以上结果"
        ),
        "approvals": [
            {**a, "date": moment(a["date"] + "T00:00+08:00").split()[0]} for a in p["approval"]
        ],
        "announced_time": moment(event["time"]),
        "announced_place": event["place"],
        "time": moment(entropy["time"]),
        "place": entropy["place"],
        "event_kind": words.event(event),
        "event_text": event_text(record),
        "commitment_lines": digit_lines(record["commitment"]),
        "commitment16": words.grouped(record["commitment"][:16], 8),
        "seed_lines": digit_lines(record["seed"]),
        "custodians": "、".join(event["custodians"]) or "（未交存）",
        "counts": counts(record),
        "signers": [
            {"role": r, "name": names.get(r, "")} for r in dict.fromkeys([*SIGNERS, *names])
        ],
    }


def digit_lines(digits: str) -> list[str]:
    """64 digits as two lines of four groups of 8."""
    return [words.grouped(digits[at : at + 32], 8) for at in range(0, len(digits), 32)]
