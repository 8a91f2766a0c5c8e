"""结果互认 as files: 互认结果.json and .xlsx for another bureau, and theirs taken into our round's
recognised.xlsx, before its freeze.

Nothing is written before every file was found sound; what was in recognised.xlsx stays as it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import files, formats, params
from ssj.base.errors import InputError, Problem, RefusedError
from ssj.casebook import archive, attempts, past_results
from ssj.casebook.archive import Archive, kind_of
from ssj.protocol import Record
from ssj.results import exchange
from ssj.rosters import listings, rosters
from ssj.site import copies
from ssj.tables import paramfiles, parts, places, rawtables, schema, writing
from ssj.tables.cells import word
from ssj.tables.frames import records_of
from ssj.tables.redaction import header_text
from ssj.tables.writing import Sheets

NAME = "互认结果"
RECOGNISED, MAPPING = "recognised", "exchange_items"
TITLES = {RECOGNISED: "互认检查结果", MAPPING: "互认事项对照表"}
COLUMNS = {
    "target": "编号",
    "name": "名称",
    "item": "事项编号",
    "item_name": "事项名称",
    "basis": "抽查依据",
    "date": "检查日期",
    "results": "检查结果",
}


@dataclass
class Given:
    """What was written for another bureau: both files, how many results, and the hash to tell by
    another way.
    """

    paths: list[Path]
    count: int
    sha256: str
    banners: list[str]


def give(book: Archive, round_id: str, today: Any, to: str = "") -> Given:
    """Write 互认结果.json and .xlsx of the last results stage; ``RefusedError`` before there is
    anything that may be given away.
    """
    stages = book.stages(round_id)
    state = attempts.state_of(stages)
    attempts.drawn_record(book, state)
    entry = state.last("results")
    if entry is None:
        raise RefusedError("还没有归档检查结果", f"请先运行 ssj results {round_id}。")
    data = book.out(entry).parent
    done = archive.read_record(data / "out" / archive.record_name("results"))
    record = params.read_given(data / "in")
    if not copies.published(done, today):
        raise RefusedError(
            f"公布日 {formats.day(done['parameters']['publication_day'])} 还没到，不能提供",
            "请在公布日起再生成。",
        )
    content = exchange.given(record, done, entry, to)
    count = len(protocol.parse(content.decode("utf-8"))["results"])
    if not count:
        raise RefusedError(
            "还没有可以互认的结果",
            "已审核、已公示、没有撤下、可以公开名称的才能提供；公示以后填好公示日期，"
            "再归档一次检查结果。",
        )
    number = sum(
        kind_of(e["stage"]) == past_results.KIND and e["attempt"] == state.attempt for e in stages
    )
    name = f"{NAME}（给{files.safe(to)}）" if to else NAME
    paths = [
        book.outputs
        / round_id
        / "files"
        / files.file_name(f"{name}{suffix}", state.attempt, given=number)
        for suffix in (".json", ".xlsx")
    ]
    files.write_whole(content, paths[0])
    header = "　".join(
        [f"{done['parameters']['bureau']} {round_id} {NAME}", *params.banners(done)[:1]]
    )
    writing.write_workbook(
        paths[1],
        sheets(
            protocol.parse(content.decode("utf-8")), protocol.sha256(content), params.banners(done)
        ),
        header,
    )
    return Given(paths, count, protocol.sha256(content), params.banners(done))


def sheets(content: Record, digest: str, banners: Iterable[str]) -> Sheets:
    """互认结果.xlsx, for people; the json decides."""
    about = writing.about(
        banners,
        ("单位", content["bureau"]),
        ("提供给", content["given_to"] or "（不限）"),
        ("批次", content["round"]),
        ("第几次抽取", f"第 {content['attempt']} 次"),
        ("截至", formats.time(content["time"])),
        ("条数", len(content["results"])),
        ("文件校验码", formats.digit_lines(digest)),
        ("内容校验码", formats.digit_lines(content["content_sha256"])),
        ("封库校验码", formats.digit_lines(content["commitment"])),
        ("检查结果档案包", [content["stage"], *formats.digit_lines(content["bag"])]),
        (
            "范围",
            "已审核、已公示、没有撤下的检查结果；不含依法不公示的。不含信用风险等级和检查人员",
        ),
        (
            "怎样收",
            (
                "以同名的 .json 文件为准，本表只供阅读。收的单位运行 ssj exchange 批次 --take "
                "文件；文件校验码另用电话等方式核对（--sha256）"
            ),
        ),
    )
    return {"说明": about, "互认结果": writing.sheet(content["results"], COLUMNS)}


def take(
    book: Archive, folder: Path, sources: Iterable[Path], told: str = ""
) -> tuple[list[tuple[Path, Record, exchange.Taken]], list[Path]]:
    """Check files of other bureaus and add their results to recognised.xlsx of a round that is not
    frozen; what each came to, and what was written. ``InputError`` with all that is wrong,
    ``RefusedError`` after the freeze; nothing is written then.
    """
    if attempts.state_of(book.stages(folder.name)).freeze is not None:
        raise RefusedError(
            f"{folder.name} 已经封库，不能再收互认结果",
            "名录和互认结果在封库时固定；新收到的留给下一个批次。",
        )
    ours, found = _ours(folder)
    taken, problems = [], list(found)
    for source in sources:
        try:
            data = _bytes(source)
            content = exchange.read(data, source.name, told)
        except InputError as error:
            problems += error.problems
            continue
        own = exchange.take(content, protocol.sha256(data), source.name, ours)
        problems += own.problems
        ours = replace(ours, recognised=(*ours.recognised, *own.rows))
        taken.append((source, content, own))
    if problems:
        raise InputError(problems)
    waiting = {(m["source"], m["their_item"]): m for _, _, own in taken for m in own.unsettled}
    listed = {(r["source"], r["their_item"]) for r in _listing(folder).rows}
    new = {
        RECOGNISED: [r for _, _, own in taken for r in own.rows],
        MAPPING: [
            {**m, "item": "", "remark": ""}
            for key, m in sorted(waiting.items())
            if (word(key[0]), key[1]) not in listed
        ],
    }
    return taken, _written(folder, {table: rows for table, rows in new.items() if rows})


def _bytes(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise InputError(
            [
                Problem(
                    "N01",
                    f"读不出文件（{error.strerror}）",
                    "请核对文件名和所在的文件夹。",
                    file=source.as_posix(),
                )
            ]
        ) from error


def _ours(folder: Path) -> tuple[exchange.Ours, list[Problem]]:
    """Our side of it, and what is wrong with the tables that it needs."""
    parameters = paramfiles.read_round(folder)
    own = parameters.round
    roster = rosters.load_round(folder, parameters)
    needed = ("items", "targets", RECOGNISED)
    found = [
        p for p in roster.problems if p.severity == "error" and parts.table_of(p.file) in needed
    ]
    items, targets = (
        dict(zip(frame["id"], frame["name"], strict=True))
        for frame in (roster.items, roster.targets)
    )
    listing = _listing(folder)
    mapping, wrong = exchange.mapping_of(listing.rows, items, listing.file)
    return exchange.Ours(
        own.bureau,
        own.demonstration,
        own.window.start,
        items,
        targets,
        mapping,
        tuple(records_of(roster.recognised)),
    ), [*found, *(p for p in listing.problems if p.severity == "error"), *wrong]


def _listing(folder: Path) -> listings.Listing:
    """The mapping table; empty where there is none."""
    return listings.load(folder, MAPPING) if places.exists(folder, MAPPING) else listings.Listing()


def _written(folder: Path, new: dict[str, list[Record]]) -> list[Path]:
    """Add rows to tables of the folder, or make these; all or none."""
    parts: dict[Path, Path] = {}
    try:
        for table, rows in new.items():
            path = (
                places.find(folder, table)
                if places.exists(folder, table)
                else folder / f"{table}.xlsx"
            )
            parts[path] = part = path.with_name(f".{path.stem}.part")
            if path.exists():
                _append(path, part, table, rows)
            else:
                heads = {c.key: c.header for c in (schema.COLUMNS | schema.LATER)[table]}
                writing.write_xlsx(part, {TITLES[table]: writing.sheet(rows, heads)})
        for path, part in parts.items():
            files.replace(part, path)
    except OSError as error:
        raise files.unwritable(folder, error) from error
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
    return list(parts)


def _append(path: Path, part: Path, table: str, rows: list[Record]) -> None:
    """A copy of a workbook with rows added below the last one, everything else as it was."""
    import openpyxl

    columns, raw = (
        (schema.COLUMNS | schema.LATER)[table],
        rawtables.read(path, schema.headers(table)),
    )
    heads = {header_text(c.header): c.key for c in columns}
    book = openpyxl.load_workbook(path) if path.suffix.lower() == ".xlsx" else None
    sheet = book and book[raw.sheet]
    titles = (
        {n: {header_text(cell.value or ""): cell.column for cell in sheet[n]} for n in range(1, 11)}
        if sheet
        else {}
    )
    top = next(
        (
            n
            for n, own in titles.items()
            if all(header_text(c.header) in own for c in columns if c.required)
        ),
        None,
    )
    if book is None or sheet is None or top is None:
        raise InputError(
            [
                Problem(
                    "N10",
                    "不能在这个文件中添加：不是 .xlsx，或者表头不是原来的写法",
                    "请移走它，先收一次，得到新的文件，再把原来各行粘贴进去。",
                    file=path.name,
                )
            ]
        )
    last = max(
        cell.row for row in sheet.iter_rows(min_row=top) for cell in row if cell.value is not None
    )
    for n, row in enumerate(rows, last + 1):
        for text, column in titles[top].items():
            if text in heads and row[heads[text]] != "":
                cell = sheet.cell(n, column, row[heads[text]])
                # never a formula
                cell.number_format, cell.data_type = (
                    ("yyyy-mm-dd", "d") if heads[text] == "date" else ("@", "s")
                )
    book.save(part)
    if len(rawtables.read(part, schema.headers(table)).frame) != len(raw.frame) + len(rows):
        raise InputError(
            [
                Problem(
                    "N10",
                    "加在表末的行读不出来，表末可能有合计或说明",
                    "请删去表末的合计、说明和空格，再收一次。",
                    file=path.name,
                )
            ]
        )
