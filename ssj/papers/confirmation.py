"""The working copies of a draw: 抽取结果.xlsx (:mod:`ssj.workbooks.drawbook`) and the form to sign
on the spot, 抽取现场记录及结果确认表.docx.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import formats, params, words
from ssj.base.errors import InputError
from ssj.base.files import file_name, replace, unwritable
from ssj.draw import lists
from ssj.papers import wordforms
from ssj.protocol import Record
from ssj.tables import writing
from ssj.workbooks import drawbook

RESULT, CONFIRMATION = "抽取结果.xlsx", "抽取现场记录及结果确认表.docx"
TEMPLATE = wordforms.TEMPLATES / CONFIRMATION
DEMONSTRATION = "演示批次（样例数据，不作执法依据）"
REHEARSAL = "试算"
NOT_DRAWN_HERE = "外部抽取"
STATEMENT = (
    "签字人确认：公开随机数按公告产生，如实记录；封库校验码与事前公告的一致；{}由程序据此算出，"
    "没有改动。"
)
COPIED = "抽中的检查对象照录省级平台的名单，没有增减；检查组"
SIGNERS = ("主持", "操作", "记录", "监督", "见证")


def write_files(record: Record, folder: Path) -> list[Path]:
    """Write the working copies of a draw record into ``folder`` and return their paths; old ones
    are replaced. An amended record has no form to confirm.

    ``RefusedError`` if an old one is open elsewhere (it stays as it was; the other may be new by
    then), ``SsjError`` if the folder can't be written to or the Word template is not sound (both
    stay).
    """
    writers: dict[str, Callable[[Path], Any]] = {
        RESULT: lambda path: writing.write_xlsx(path, drawbook.sheets(record)),
        CONFIRMATION: lambda path: path.write_bytes(
            wordforms.Form(TEMPLATE).fill(confirmation(record))
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


def names(record: Record) -> list[str]:
    """The names of a record's working copies: the form to confirm belongs to the draw alone."""
    amended = len(record.get("amendments", []))
    return [
        file_name(name, record["attempt"], amended)
        for name in (RESULT, CONFIRMATION)[: 1 if amended else 2]
    ]


def confirmation(record: Record) -> Record:
    """What the Word template may use, of the record that the draw wrote: no name of a firm is among
    it, but the record's own hash (that of ``draw.json``) is, so that the list signed for is bound.
    """
    p, event, entropy = record["parameters"], record["event"], record["entropy"]
    names = {r["role"]: r["name"] for r in entropy["roles"]}
    missing = protocol.unproven(record)
    return {
        "bureau": p["bureau"],
        "title": p["title"],
        "round": record["round"],
        "attempt": record["attempt"],
        "banners": params.banners(record),
        "banner": "　".join(
            [REHEARSAL] * p.get("rehearsal", False)
            + [DEMONSTRATION] * p["demonstration"]
            + ([protocol.BANNERS[missing].partition("：")[0]] if missing else [])
            + [NOT_DRAWN_HERE] * protocol.drawn_elsewhere(record["parameters"])
        ),
        "statement": STATEMENT.format(
            COPIED if protocol.drawn_elsewhere(record["parameters"]) else "以上结果"
        ),
        "approvals": [{**a, "date": formats.day(a["date"])} for a in p["approval"]],
        "announced_time": formats.time(event["time"]),
        "announced_place": event["place"],
        "time": formats.time(entropy["time"]),
        "place": entropy["place"],
        "event_kind": words.event(event),
        "event_text": words.event_text(record),
        "commitment_lines": formats.digit_lines(record["commitment"]),
        "commitment16": formats.grouped(record["commitment"][:16], 8),
        "seed_lines": formats.digit_lines(record["seed"]),
        "record_lines": formats.digit_lines(protocol.sha256(protocol.canonical(record))),
        "custodians": "、".join(event["custodians"]) or "（未交存）",
        "counts": lists.counts(record),
        "signers": [
            {"role": r, "name": names.get(r, "")} for r in dict.fromkeys([*SIGNERS, *names])
        ],
    }
