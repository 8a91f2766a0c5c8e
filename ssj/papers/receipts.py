"""一户核验单: for each target a page to read and print, and the same as JSON to verify (PROTOCOL
§10.3).

What a firm may see is decided in :mod:`ssj.draw.disclosure`; the page says it in words and adds
nothing of any other target.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ssj import protocol
from ssj.base import files, formats, params, words
from ssj.base.errors import SsjError, quoted
from ssj.base.templates import template
from ssj.draw import disclosure
from ssj.protocol import Record

NOT_A_FINDING = "未抽中不等于检查合格，抽中也不等于存在问题"
# characters of a firm's name and of an id in a file name: some 220 bytes at most with the rest, and
# room for a folder's path on Windows
LONGEST_NAME, LONGEST = 20, 40
MARK = "_核验单_"  # in a file's name, between the firm's name and its id
STEP = 100  # receipts between two words about progress


def write(
    record: Record, ids: Sequence[str], folder: Path, say: Callable[[str], None]
) -> list[Path]:
    """Write the receipts of the targets ``ids`` of a draw record into ``folder`` and return their
    paths, two for each.

    Ids may be typed in small or full-width letters. Old receipts are replaced, each file whole or
    not at all. ``SsjError`` for ids that are not in the roster (then nothing is written) and where
    the folder can't be written to; ``RefusedError`` if an old receipt is open elsewhere.
    """
    wanted = _wanted([row["id"] for row in record["tables"]["targets"]], ids)
    print_page, paths = _printer(record), []
    for number, receipt in enumerate(disclosure.receipts(record, wanted), 1):
        row = receipt["row"]
        name = file_name(row["id"], row["identity"]["values"]["name"])
        for suffix, data in (
            (".json", protocol.canonical(receipt)),
            (".html", print_page(receipt).encode("utf-8")),
        ):
            paths.append(folder / (name + suffix))
            files.write_whole(data, paths[-1])
        if number % STEP == 0 or number == len(wanted):
            say(f"一户核验单：第 {number}/{len(wanted)} 户")
    return paths


def differing(records: Iterable[Record], paths: Iterable[Path]) -> list[Path]:
    """Which of these files, called like receipts, are that of none of the draw records, to the
    byte. A draw's records are its own and its amendments': a receipt that was handed out stays
    good.
    """
    left = dict.fromkeys(paths)
    for record in records:
        targets, own = record["tables"]["targets"], defaultdict[str, list[Path]](list)
        ids = {file_name(t["id"], t["identity"]["name"]): t["id"] for t in targets}
        for path in left:
            if path.stem in ids and path.suffix in (".json", ".html") and not files.irregular(path):
                own[ids[path.stem]].append(path)
        print_page = _printer(record)
        for receipt in disclosure.receipts(record, own):
            for path in own[receipt["row"]["id"]]:
                made = (
                    protocol.canonical(receipt)
                    if path.suffix == ".json"
                    else print_page(receipt).encode("utf-8")
                )
                if path.read_bytes() == made:
                    del left[path]
    return list(left)


def file_name(identifier: str, name: str) -> str:
    """The name of a receipt's files without suffix: the firm's name first, by which people look for
    it; sound on Windows too and another for each id (PROTOCOL §2).

    ``~`` and ``=`` stand in no id: the one replaces ``/``, the other sets off the hash that tells
    long ids apart.

    >>> file_name("350/2021(7)", "样例燃气公司")
    '样例燃气公司_核验单_350~2021(7)'
    """
    own = identifier.replace("/", "~")
    if len(own) > LONGEST:
        own = f"{own[: LONGEST - 17]}={protocol.sha256(identifier)[:16]}"
    return f"{files.safe(name, LONGEST_NAME)}{MARK}{own}"


def _wanted(known: list[str], ids: Sequence[str]) -> list[str]:
    """``ids`` normalised, each once."""
    wanted, roster = list(dict.fromkeys(map(_normalised, ids))), set(known)
    if unknown := [i for i in wanted if i not in roster]:
        similar = difflib.get_close_matches(unknown[0], known, n=3)
        hint = f"与“{unknown[0]}”相近的编号：{'、'.join(similar)}。" if similar else ""
        raise SsjError(
            f"检查对象名录库中没有编号{quoted(unknown)}，没有出具核验单",
            f"{hint}请核对编号后再出具。",
        )
    return wanted


def _normalised(identifier: str) -> str:
    try:
        return protocol.normalise_id(identifier.strip())
    except protocol.ProtocolError:
        return identifier  # no roster has it


# The page


def _printer(record: Record) -> Callable[[Record], str]:
    """Receipt → its page; what all pages of a record share is worked out once."""
    event, parameters = record["event"], record["parameters"]
    tasks = {t["id"]: t["identity"]["name"] for t in record["tables"]["tasks"]}
    elsewhere = protocol.drawn_elsewhere(record["parameters"])
    shared = {
        "banners": params.banners(record),
        "elsewhere": elsewhere,
        "bureau": parameters["bureau"],
        "title": parameters["title"],
        "source": words.event(event) + (f"（{event['source']}）" if event.get("source") else ""),
        "moment": formats.time(record["entropy"]["time"]),
        "NOT_A_FINDING": NOT_A_FINDING,
    }

    def page(receipt: Record) -> str:
        own = receipt["row"]["internal"]
        opened = {} if isinstance(own, str) else own["values"]
        frames = list(_frames(opened["frames"], tasks, elsewhere)) if opened else None
        return template("receipt.html.j2", grouped=formats.grouped).render(
            **shared,
            r=receipt,
            file=file_name(receipt["row"]["id"], receipt["row"]["identity"]["values"]["name"])
            + ".json",
            frames=frames,
            risk_class=opened.get("risk_class") or "未分类",
        )

    return page


def _frames(
    frames: list[Record], tasks: dict[str, str], elsewhere: bool = False
) -> Iterator[tuple[str, str]]:
    """Task, and in words how the target stands in its frame; weight, points, factor and chance only
    where the row has them.

    A chance is not told of a draw made elsewhere: it would not be the one that counted.
    """
    for frame in frames:
        said = [f"抽取组 {words.stratum(frame['stratum'])}", f"风险权数 {frame['size']}"]
        if weight := frame.get("weight"):
            said.append(f"等级权数 {weight}")
        if points := frame.get("points"):
            said.append(f"风险因素分 {points}")
        if factor := frame.get("factor"):
            said.append(f"降频系数 {formats.millionths(factor)}")
        if (chance := frame.get("chance")) and not elsewhere:
            said.append(f"申报抽中机会 {formats.exact(chance)}")
        yield (
            f"{frame['task']} {tasks[frame['task']]}",
            "，".join(said) if frame["size"] else f"不抽：{frame.get('reason') or '未写明原因'}",
        )
