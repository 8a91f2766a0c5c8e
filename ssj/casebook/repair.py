"""What an interruption left is put in order: by commands that write stages alone, with nothing
whole undone, and a ledger line for whatever is taken out of the way.

- A last line that lacks its line end, chains and fits a bag, is whole: the line end is put back.
- A sound bag that continues the ledger is whole, whatever became of its line: ``stage.json`` says
  which line it has (:func:`line_of`), and that line is written.
- What is left of a line that no bag completes can't be whole: its bytes are kept in ``.aside``, and
  an ``aside`` line takes their place (ARCHIVE §A2).
- A bag that is not sound, where its workplace shows that it was being moved, is set aside likewise;
  a whole one never.
- Anything else is no interruption's work: ``SsjError`` says what to do, and nothing is touched.

The line comes first, then the move, so that a second interruption leaves what can be finished.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from ssj import protocol
from ssj.base import formats
from ssj.base.errors import SsjError
from ssj.casebook import ledger
from ssj.casebook.ledger import Entry, Ledger

WORK, STAGE, KEPT = ".work", "stage", ".aside"
TORN = "ledger-line"


def put_in_order(outputs: Path, sound: Callable[[Path], bool]) -> tuple[list[Entry], list[str]]:
    """The entries of an outputs folder whose lock is held, and what was done; ``sound`` says
    whether a bag is whole in itself.
    """
    found, said = ledger.read(outputs), []
    bags = ledger.unlisted(outputs, found.lines)
    if len(bags) > 1:
        names = "、".join(f"{bag.parent.name}/{bag.name}" for bag in bags)
        raise SsjError(
            f"有 {len(bags)} 个档案包没有登记：{names}",
            "留痕登记簿可能丢失或被改动：请不要继续，从备份恢复 outputs/ledger.jsonl。",
        )
    if found.unended:
        _require_bag(outputs, found.lines[-1])
    whole = bool(bags) and sound(bags[0])
    line = line_of(bags[0], found) if whole else ""
    if bags and not line:
        _require_interrupted(outputs, bags[0], found, whole)
    path = outputs / ledger.NAME
    if found.unended:
        ledger.append(path, "\n")
        said.append("留痕登记簿最后一行缺换行，内容完整，已补上换行")
    if line:
        size = path.stat().st_size - len(found.torn) if path.exists() else 0
        ledger.write_at(path, size, line + "\n")
        found.lines.append(protocol.parse(line))
        said.append(
            f"{bags[0].parent.name}/{bags[0].name} 已经封存，还没有登记完就中断了；档案包完整，"
            "现已补登"
        )
    elif found.torn:
        said.append(_cut(outputs, found))
    if bags and not line:
        said.append(_set_aside(outputs, bags[0], found))
    said += _cleared(outputs / WORK, found)
    return found.lines, said


def line_of(bag: Path, found: Ledger) -> str:
    """The line that enters an unlisted bag, by what its ``stage.json`` says; empty if it does not
    continue the ledger, or what is left of a line is not the beginning of this one.
    """
    head = found.lines[-1]["hash"] if found.lines else protocol.NO_HEAD
    round_id = bag.parent.name
    number = 1 + sum(
        line["round"] == round_id and not ledger.is_aside(line) for line in found.lines
    )
    with suppress(OSError, ValueError, KeyError, TypeError):
        stage = json.loads((bag / "data" / "in" / "stage.json").read_text(encoding="utf-8"))
        line = protocol.ledger_line(
            {
                "n": len(found.lines) + 1,
                "time": stage["time"],
                "round": round_id,
                "attempt": stage["attempt"],
                "stage": bag.name,
                "bag": ledger.tag_hash(bag),
            },
            head,
        )
        entry = protocol.parse(line)
        if (
            (stage["round_id"], stage["ledger_head"]) == (round_id, head)
            and bag.name.startswith(f"{number:02}-")
            and not ledger.line_fault(entry)
            and not any(ledger.backwards([*found.lines[-1:], entry]))
            and line.encode("utf-8").startswith(found.torn.rstrip(b"\0"))
        ):
            return line
    return ""


def _require_bag(outputs: Path, last: Entry) -> None:
    """``SsjError`` unless a last line without its line end fits a bag."""
    if ledger.is_aside(last):
        return
    bag = outputs / last["round"] / last["stage"]
    if ledger.tag_hash(bag) != last["bag"]:
        raise SsjError(
            f"留痕登记簿最后一行缺换行，它登记的 {last['round']}/{last['stage']} "
            "不在，或与登记不符",
            f"登记簿或档案包可能被改动：{ledger.RESTORE}",
        )


def _require_interrupted(outputs: Path, bag: Path, found: Ledger, whole: bool) -> None:
    """``SsjError`` unless a bag that can't be entered is what an interruption leaves: it is not
    ``whole`` and its workplace is still there, or a line says already that it is set aside.
    """
    kind = bag.name.partition("-")[2]
    broken_off = not whole and (outputs / WORK / f"{bag.parent.name}-{kind}").is_dir()
    if not broken_off and not _told_already(bag, found):
        raise SsjError(
            f"{bag.parent.name}/{bag.name} 没有登记，也接不上留痕登记簿的最后一行，不是中断留下的",
            "留痕登记簿或这个文件夹可能被改动：请不要继续，先从备份恢复 outputs；"
            "确认是误放进来的文件夹，移出 outputs 后再运行。",
        )


def _told_already(bag: Path, found: Ledger) -> Entry | None:
    """The line that sets a bag aside, where only the move is missing."""
    name = (bag.parent.name, bag.name, ledger.tag_hash(bag))
    return next(
        (
            line
            for line in found.lines
            if ledger.is_aside(line) and (line["round"], line["name"], line["bag"]) == name
        ),
        None,
    )


def _cut(outputs: Path, found: Ledger) -> str:
    """Keep what is left of a line, and let an ``aside`` line take its place."""
    torn, path = found.torn, outputs / ledger.NAME
    place = _free(outputs, TORN)
    place.write_bytes(torn)
    size = path.stat().st_size - len(torn)
    _enter(path, size, found, "", ledger.NAME, protocol.sha256(torn), f"{KEPT}/{place.name}")
    found.torn = b""
    return (
        f"留痕登记簿最后一行没有写完，不作数，原文移到 outputs/{KEPT}/{place.name}，"
        f"登记簿第 {len(found.lines)} 行写明"
    )


def _set_aside(outputs: Path, bag: Path, found: Ledger) -> str:
    """Enter that a half bag is set aside, then move it."""
    line = _told_already(bag, found)
    name = f"{bag.parent.name}/{bag.name}"
    if line is None or (outputs / line["place"]).exists():
        place = _free(outputs, f"{bag.parent.name}-{bag.name}")
        path = outputs / ledger.NAME
        size = path.stat().st_size if path.exists() else 0
        where = (bag.parent.name, bag.name, ledger.tag_hash(bag), f"{KEPT}/{place.name}")
        line = _enter(path, size, found, *where)
    os.rename(bag, outputs / line["place"])
    return (
        f"{name} 没有写完，没有登记，不作数，已移到 outputs/{line['place']}，"
        f"登记簿第 {line['n']} 行写明"
    )


def _enter(
    path: Path, size: int, found: Ledger, round_id: str, name: str, digest: str, place: str
) -> Entry:
    """Write an ``aside`` line after the first ``size`` bytes of the ledger."""
    now = datetime.now(formats.BEIJING).replace(microsecond=0)
    times = [now, *(datetime.fromisoformat(line["time"]) for line in found.lines[-1:])]
    body = {
        "n": len(found.lines) + 1,
        "time": max(times).isoformat(),
        "round": round_id,
        "attempt": 0,
        "stage": ledger.ASIDE,
        "bag": digest,
        "name": name,
        "place": place,
    }
    head = found.lines[-1]["hash"] if found.lines else protocol.NO_HEAD
    line = protocol.ledger_line(body, head)
    ledger.write_at(path, size, line + "\n")
    found.lines.append(protocol.parse(line))
    return found.lines[-1]


def _free(outputs: Path, name: str) -> Path:
    kept = outputs / KEPT
    kept.mkdir(exist_ok=True)
    return next(p for n in range(1, 10_000) if not (p := kept / f"{name}-{n}").exists())


def _cleared(work: Path, found: Ledger) -> list[str]:
    """Remove what was in the making; what is said of it follows from the ledger."""
    if not work.exists():
        return []
    names = sorted(p.name for p in work.iterdir())
    last = found.lines[-len(names) :] if names else []
    kinds = {f"{line['round']}-{line['stage'].partition('-')[2]}" for line in last}
    entered = {name for name in names if name in kinds and not (work / name / STAGE).exists()}
    shutil.rmtree(work)
    given_up = "、".join(name for name in names if name not in entered)
    if not names or given_up:
        return [f"上次运行在“{given_up or '准备工作'}”时中断，这一阶段没有登记，现已清理"]
    return [f"上次运行在“{'、'.join(names)}”登记以后中断，登记的有效，现已清理"]
