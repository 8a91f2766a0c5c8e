"""Checks of the training folder, step by step: what is left to do, in plain words. Nothing is
written; commands do the work.

The guided notebook calls :func:`check` after each step, the menu shows :func:`progress`; both say
the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import formats, params
from ssj.base.errors import InputError, Problem, SsjError
from ssj.casebook import archive, attempts
from ssj.casebook import inspection as inputs
from ssj.desk import event, exercise
from ssj.desk.standing import DONE, REPORT, Standing
from ssj.desk.steps import STEPS
from ssj.papers import confirmation
from ssj.site import copies

MOST = 8  # problems shown at once
# a certificate that ends within the visit window: only a warning, but the training wants it seen
CERTIFICATE = "O22"


@dataclass(frozen=True)
class Place:
    """The training folder, read anew for each check."""

    folder: Path

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs"

    @property
    def own(self) -> Path:
        """The training round's inputs."""
        return self.folder / "params" / exercise.ROUND

    @property
    def files(self) -> Path:
        return self.outputs / exercise.ROUND / "files"

    @cached_property
    def problems(self) -> list[Problem]:
        return inputs.inspect(self.own, datetime.now(formats.BEIJING)).problems

    @cached_property
    def book(self) -> archive.Archive:
        return archive.Archive(self.outputs, archive.read_entries(self.outputs))

    @cached_property
    def state(self) -> attempts.State:
        return attempts.state_of(self.book.stages(exercise.ROUND))

    @cached_property
    def record(self) -> protocol.Record:
        """The frozen, drawn or amended record, whichever came last."""
        return attempts.current_record(self.book, self.state)


@dataclass(frozen=True)
class Outcome:
    """What a check found: done or not, and lines that say what was seen or what is left."""

    title: str
    done: bool
    lines: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join(
            [
                f"{'✓' if self.done else '✗ 还没有做好'} {self.title}",
                *(f"  {line}" for line in self.lines),
            ]
        )

    def _repr_html_(self) -> str:
        mark, colour = ("✓", "#1a7f37") if self.done else ("✗ 还没有做好：", "#b42318")
        items = "".join(f"<li>{escape(line)}</li>" for line in self.lines)
        head = f'<p style="color:{colour}"><strong>{mark} {escape(self.title)}</strong></p>'
        return f"{head}<ul>{items}</ul>"


@dataclass(frozen=True)
class Task:
    """A step of the training: what to do, and the check, which gives what is left and what was seen
    when nothing is.
    """

    key: str
    title: str
    todo: str
    look: Callable[[Place], tuple[list[str], list[str]]]


Found = tuple[list[str], list[str]]  # left, seen


def _without_problems(stems: Sequence[str], codes: Sequence[str] = ()) -> Callable[[Place], Found]:
    """No error in some files, and none of the named warnings."""

    def look(place: Place) -> Found:
        own = [p for p in place.problems if not stems or p.file.partition(".")[0] in stems]
        left = [str(p) for p in own if p.severity == "error" or p.code in codes]
        more = [f"……还有 {len(left) - MOST} 处"] if len(left) > MOST else []
        return left[:MOST] + more, [
            "没有错误了。",
            *(f"提醒：{p}" for p in own if p.severity == "warning"),
        ][:MOST]

    return look


def _frozen(place: Place) -> Found:
    if place.state.freeze is None:
        return ["还没有封库。先把前面几步做完，再封库。"], []
    record = place.record
    return [], [
        (
            f"封库校验码前 16 位：{formats.grouped(record['commitment'][:16], 8)}。真实批次中，"
            "当天要送两名保管人。"
        ),
        f"封库公告在 {place.files.as_posix()}。",
    ]


def _event(place: Place) -> Found:
    if place.state.freeze is None:
        return ["先封库。"], []
    path = place.own / "entropy.toml"
    if not path.exists():
        return [
            (
                "还没有录入公开随机数。先掷 16 次骰子，依次记下点数，写法如 "
                f"{event.example(place.record['event'])}。"
            )
        ], []
    try:
        entropy = params.read_entropy(path)
    except InputError as error:
        return [str(p) for p in error.problems], []
    frozen = params.read_round(
        place.book.folder(place.state.freeze) / "data" / "out" / "round.toml"
    )
    attested = [a for a in entropy.attestation if a.only and a.received < frozen.event.time]
    if len({a.custodian for a in attested}) < params.LEAST_CUSTODIANS:
        return [
            "没有两名保管人在活动以前收到封库校验码的证明，每页都会写“唯一性未证实”。",
            (
                f"把 entropy.toml 移走（如移到 {exercise.FOLDER} 文件夹），再录入一遍；"
                "收到的时间写 2021-11-23 09:00。"
            ),
        ], []
    return [], [
        f"{'、'.join(entropy.typed_by)}分别录入，一致：{entropy.text}。",
        f"{len(attested)} 名保管人证明只收到这一个校验码。",
    ]


def _drawn(place: Place) -> Found:
    if place.state.draw is None:
        return ["还没有抽取。"], []
    record = place.record
    return [], [
        (
            f"抽中 {len(record['visits'])} 户，每户一个检查组。"
            f"名单在“{confirmation.RESULT}”，可以打开看。"
        ),
        (
            "再运行一次抽取试试：程序会拒绝。"
            f"打印“{confirmation.CONFIRMATION}”，真实批次中要逐页签字。"
        ),
    ]


def _amended(place: Place) -> Found:
    if place.state.draw is None:
        return ["先抽取。"], []
    amended = place.record.get("amendments", [])
    if not amended:
        people = {row["id"]: row["identity"]["name"] for row in place.record["tables"]["officers"]}
        someone = place.record["officers"]["taken"][0]
        return [
            (
                f"还没有更换。例如 {people[someone['officer']]}（工号 "
                f"{someone['officer']}）对检查对象 {someone['visit']} 申报回避。"
            )
        ], []
    return [], [
        (
            f"已更换 {len(amended)} 次，最近一次的理由是“{amended[-1]['reason']}”。"
            "谁来递补由签号定，不能指定。"
        )
    ]


def _papers(place: Place) -> Found:
    if place.state.draw is None:
        return ["先抽取。"], []
    it = Standing(place.own, place.outputs, place.book.entries, datetime.now(formats.BEIJING))
    status = next(step for step in STEPS if step.number == 9).status(it)
    if status.word != DONE or it.dispatch is None:
        return [f"还没有生成检查文书{f'（{status.detail}）' if status.detail else ''}。"], []
    return [], [
        (
            f"检查文书在 {it.dispatch.parent.as_posix()}，一户一个文件夹。打开几份看看：文号、"
            "盖章、签字处留空。"
        ),
        "真实批次中，签字以后扫描，再收存扫描件的校验码（菜单第 7、10、11 步）。",
    ]


def _receipts(place: Place) -> Found:
    if place.state.draw is None:
        return ["先抽取。"], []
    found = sorted(copies.receipts_folder(place.book, place.record).glob("*.json"))
    if not found:
        return ["还没有出具一户核验单。"], []
    bad = [path.name for path in found if not _sound(path)]
    if bad:
        return [f"这几份与封库、抽取的内容不符，请重新出具：{'、'.join(bad[:MOST])}"], []
    return [], [
        (
            f"{len(found)} 份一户核验单都能核验。自己也试一次：用浏览器打开“核验.html”，把一份 "
            "json 放进去。"
        )
    ]


def _sound(path: Path) -> bool:
    try:
        steps = protocol.examine(protocol.parse(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError):
        return False
    return not any(step.holds is False for step in steps)


def _audited(place: Place) -> Found:
    if place.state.draw is None:
        return ["先抽取。"], []
    report = _report(place.files.parent)
    stages = sorted(e["stage"] for e in place.book.stages(exercise.ROUND))
    if report is None or report["stages"] != stages:
        return ["还没有复核，或复核以后又有新的阶段。"], []
    if bad := _failing(report):
        return [f"复核发现不符：{one}" for one in bad], []
    return [], [f"复核了 {'、'.join(stages)}，没有不符。V1 至 V10 各查什么，看屏幕上的每一行。"]


def _found_out(place: Place) -> Found:
    report = _report(place.folder / exercise.TAMPERED / exercise.ROUND)
    if report is None:
        return ["还没有复核那份被人改动过的档案。"], []
    if not (bad := _failing(report)):
        return ["报告里没有不符：复核的不是被改动过的那一份。"], []
    return [], ["被发现了。有人在抽中名单里换了一户：", *bad[:MOST]]


def _report(folder: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        report = json.loads((folder / "files" / REPORT).read_text(encoding="utf-8"))
        return report if {"stages", "steps"} <= set(report) else None
    return None


def _failing(report: dict[str, Any]) -> list[str]:
    return [
        f"V{step['number']} {step['name']}：{step['detail']}"
        for step in report["steps"]
        if step["holds"] is False
    ]


TASKS = (
    Task(
        "targets",
        "检查对象名录库",
        f"用 Excel 或 WPS 打开 params/training/targets.xlsx，对照“{exercise.FACTS}”改正，"
        "保存并关闭。",
        _without_problems(["targets"]),
    ),
    Task(
        "officers",
        "执法检查人员名录库",
        "打开 officers.xlsx，删去重复的一行；已换发新证的，把有效期改成新的。",
        _without_problems(["officers"], [CERTIFICATE]),
    ),
    Task(
        "plan", "抽查计划", "打开 plan.xlsx，改正抽查比例。", _without_problems(["plan", "items"])
    ),
    Task(
        "parameters",
        "抽查方案和审批",
        "打开 round.xlsx：补上公开活动的地点；审批人须有权批准，按批准件改。",
        _without_problems(["round"]),
    ),
    Task(
        "check",
        "全部核对",
        "核对资料（菜单第 1 步，或 ssj check training），直到没有错误。",
        _without_problems([]),
    ),
    Task("freeze", "封库、公告", "封库（菜单第 4 步，或 ssj freeze training）。", _frozen),
    Task(
        "event",
        "公开活动",
        "由两个人先后录入公开随机数（菜单第 5 步，或 ssj event training）。",
        _event,
    ),
    Task("draw", "现场抽取", "抽取（菜单第 6 步，或 ssj draw training）。", _drawn),
    Task(
        "amend", "回避、更换", "让一名检查人员回避一户（菜单第 8 步）；审批人写演示局长。", _amended
    ),
    Task("papers", "检查文书", "生成检查文书（菜单第 9 步，或 ssj papers training）。", _papers),
    Task(
        "receipts",
        "一户核验单",
        "出具一户核验单（菜单第 17 步，或 ssj receipt training --all）。",
        _receipts,
    ),
    Task("audit", "复核", "复核（菜单第 15 步）。", _audited),
    Task(
        "tampered",
        "找出被改动的档案",
        "练习菜单中的“找错”：复核一份被人改动过的档案，看哪几步不符。",
        _found_out,
    ),
)


def check(folder: Path, key: str) -> Outcome:
    """How one step of the training stands now."""
    return _outcome(next(task for task in TASKS if task.key == key), Place(folder))


def _outcome(task: Task, place: Place) -> Outcome:
    try:
        left, seen = task.look(place)
    except (SsjError, protocol.ProtocolError) as error:
        left, seen = str(error).splitlines(), []
    return Outcome(task.title, not left, tuple([*left, f"怎样做：{task.todo}"] if left else seen))


def outcomes(folder: Path) -> list[Outcome]:
    """How all steps stand now."""
    place = Place(folder)
    return [_outcome(task, place) for task in TASKS]


def tampered_copy(folder: Path) -> Outcome:
    """Make the copy of the archive that somebody has changed, and say where it is."""
    try:
        place = exercise.tamper(folder)
    except SsjError as error:
        return Outcome("复制档案", False, tuple(str(error).splitlines()))
    return Outcome("档案已复制，并换掉了抽中名单里的一户", True, (f"在 {place.as_posix()}。",))


def summary(folder: Path) -> Outcome:
    """All steps at once: which are done."""
    found = outcomes(folder)
    lines = tuple(f"{'✓' if one.done else '✗'} {one.title}" for one in found)
    return Outcome(
        f"练习：{sum(one.done for one in found)}/{len(found)} 步已做好",
        all(one.done for one in found),
        lines,
    )


def progress(folder: Path) -> list[str]:
    """All steps for the menu; of the first that is not done, what is left."""
    found = outcomes(folder)
    lines = [
        f"  {'[已做好]' if one.done else '[      ]'} {number:>2} {one.title}"
        for number, one in enumerate(found, 1)
    ]
    following = next((one for one in found if not one.done), None)
    if following is None:
        return [*lines, "全部做好了。练完可以把整个练习文件夹删去。"]
    return [
        *lines,
        f"接下来：{following.title}",
        *(f"  {number}. {line}" for number, line in enumerate(following.lines, 1)),
    ]
