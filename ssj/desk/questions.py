"""What the actions of the menu ask for: each gives the arguments that follow the command. Answers
are checked against what is archived where they can be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ssj.base import approvals, formats, params, words
from ssj.base.errors import SsjError
from ssj.casebook import archive, attempts
from ssj.desk import standing, steps
from ssj.desk.dialogue import Dialogue, Say
from ssj.desk.standing import Standing
from ssj.draw import change_rules
from ssj.protocol import Record


class Menu(Protocol):
    """What is used of the menu that asks."""

    talk: Dialogue
    say: Say
    place: Path
    outputs: Path

    def entries(self) -> list[Record]: ...


def _approval(menu: Menu, it: Standing, matter: str, reasons: Sequence[str]) -> list[str]:
    """Reason, approver, date and note of an amendment or a void."""
    talk = menu.talk
    reason = reasons[talk.choose("理由", reasons)]
    named = approvals.approvers(it.frozen.frozen(), matter) if it.frozen else []
    approver = talk.text(
        f"审批人（可以批准的：{'、'.join(named)}；直接回车为{named[0]}）："
        if named
        else "审批人：",
        named[0] if named else None,
    )
    day = talk.day("审批日期")
    note = talk.text(
        "情况说明：" if reason == change_rules.OTHER else "情况说明（没有的直接回车）：",
        None if reason == change_rules.OTHER else "",
    )
    return [
        f"--reason={reason}",
        f"--approver={approver}",
        f"--date={day}",
        *[f"--note={note}"] * bool(note),
    ]


def _amend(menu: Menu, it: Standing) -> list[str]:
    officer = _officer(menu, it)
    visits = menu.talk.codes(
        "哪几户：检查编号或检查对象编号，用空格隔开（此人的全部检查都换，直接回车）："
    )
    approval = _approval(menu, it, words.AMENDING, words.AMEND_REASONS)
    return [it.id, f"--officer={officer}", *(f"--visit={one}" for one in visits), *approval]


def _officer(menu: Menu, it: Standing) -> str:
    """The number of an officer whom the archived draw knows, as far as it can be read."""
    prompt = "不能参加检查的人的工号（在“抽取结果.xlsx”的“检查组”表中；0 返回）："
    known: dict[str, str] = {}
    with suppress(SsjError, OSError, ValueError, KeyError):
        record = attempts.drawn_record(archive.Archive(menu.outputs, menu.entries()), it.state)
        known = {o["id"]: o["identity"]["name"] for o in record["tables"]["officers"]}
    while True:
        typed = menu.talk.text(prompt)
        own = formats.plain(typed)
        if not known or own in known:
            return typed
        same = [i for i, name in known.items() if formats.plain(name) == own]
        hint = f"“{typed}”的工号是 {'、'.join(same)}。" if same else ""
        menu.say(f"没有“{typed}”这个工号。{hint}请重新输入；0 返回。")


def _void(menu: Menu, it: Standing) -> list[str]:
    approval = _approval(menu, it, words.VOIDING, words.VOID_REASONS)
    witnesses = []
    if f"--reason={change_rules.NOT_HELD}" in approval and (
        named := it.frozen.event.custodians if it.frozen else []
    ):
        witnesses = menu.talk.several(
            "证明活动没有举行的保管人", named, min(len(named), params.LEAST_CUSTODIANS)
        )
    return [it.id, *approval, *(f"--witness={one}" for one in witnesses)]


def _scans(menu: Menu, it: Standing) -> list[str]:
    return [
        it.id,
        f"--scans={menu.talk.folder('放扫描件的文件夹（可以拖到这个窗口里；0 返回）：')}",
    ]


def _compare(menu: Menu, it: Standing) -> list[str]:
    return [
        it.id,
        f"--compare={menu.talk.folder('放扫描件的文件夹（可以拖到这个窗口里；0 返回）：')}",
    ]


KINDS = {"target": "检查对象（一户）", "officer": "检查人员（一人）", "item": "抽查事项（一项）"}


def _add(menu: Menu, it: Standing) -> list[str]:
    return [[*KINDS][menu.talk.choose("加到哪张表", [*KINDS.values()])], it.id]


def _diff(menu: Menu, it: Standing) -> list[str]:
    others = [folder.name for folder in steps.folders(menu.place) if folder.name != it.id]
    if not others:
        raise SsjError("没有别的批次可以相比", f"批次的资料在 {menu.place.as_posix()}。")
    return [others[menu.talk.choose("与哪个批次相比", others, always=True)], it.id]


def _receipt(menu: Menu, it: Standing) -> list[str]:
    ids = menu.talk.codes("哪几户：编号、检查编号或名称，用空格隔开（全部都出具，直接回车）：")
    return [it.id, "--", *ids] if ids else [it.id, "--all"]


def _audit(menu: Menu, it: Standing) -> list[str]:
    own = (menu.outputs / it.id).as_posix()
    folder = menu.talk.text(f"复核哪个文件夹（直接回车为 {own}；0 返回）：", own).strip("\"'")
    files = Path(folder) / "files"
    if Path(folder).is_dir():
        files.mkdir(exist_ok=True)
    return [*_outside(menu, it), f"--json={files / standing.REPORT}", "--", folder]


def _outside(menu: Menu, it: Standing) -> list[str]:
    """Values that others hold; a demonstration needs none."""
    if it.demonstration:
        return []
    menu.say(
        "  档案自己证明不了时间和唯一性。保管人、公告网站、报纸手里的值，在这里核对；没有的直接"
        "回车，\n  复核的结论就会写明没有核对。"
    )
    commitment = menu.talk.text("保管人收到的封库校验码（64 位，可以分组）：", "")
    head = menu.talk.text("保管人收到的登记簿校验码（64 位）：", "")
    notice = menu.talk.text("张贴、发布过的封库公告文件（可以拖到这个窗口里）：", "").strip("\"'")
    stamp = menu.talk.text("封库以后盖的时间戳文件（.tsr、.tst）：", "").strip("\"'")
    root = menu.talk.text("时间戳机构的根证书文件：", "").strip("\"'") if stamp else ""
    given = {"commitment": commitment, "head": head, "notice": notice}
    given |= {"timestamp": stamp, "timestamp-root": root}
    return [f"--{name}={value}" for name, value in given.items() if value]


QUESTIONS: dict[str, Callable[[Menu, Standing], list[str]]] = {
    "amend": _amend,
    "void": _void,
    "scans": _scans,
    "compare": _compare,
    "observers": lambda _, it: [it.id, "--observers"],
    "receipt": _receipt,
    "audit": _audit,
    "add": _add,
    "diff": _diff,
}
