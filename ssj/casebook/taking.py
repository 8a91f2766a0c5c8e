"""What a stage's ``in/`` takes: inputs byte for byte (tables without personal columns), records of
other stages, and all that can't be derived.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ssj.base import files, formats
from ssj.base.errors import InputError, Problem, RefusedError, SsjError
from ssj.casebook import runner
from ssj.casebook.archive import FORMAT, Archive, Entry, kind_of, record_name
from ssj.casebook.bags import JUNK
from ssj.casebook.kind import Work
from ssj.casebook.runner import Say
from ssj.protocol import Record
from ssj.tables.redacted import redact

REHEARSAL = "试算说明.txt"  # beside the outputs folder of a rehearsal

TABLES = ("items", "targets", "officers", "plan")


class Source(NamedTuple):
    """An input file; ``headers`` if it is a table; ``stem``: what its copy is called, if otherwise;
    ``inside``: the folder of the round's folder that it lies in.
    """

    path: Path
    headers: Mapping[str, bool] | None = None
    stem: str = ""
    inside: str = ""


def sources(folder: Path, plan: Path | None = None) -> Iterator[Source]:
    """A round's parameters and tables. ``plan``: folder of the plan, if another. Files in a table's
    folder (``targets/``) are numbered: names in an archive are ASCII.
    """
    from ssj.tables import headings, paramfiles, parts, places, schema

    yield Source(paramfiles.path_of("round", folder))
    if (folder / headings.FILE).exists():
        yield Source(folder / headings.FILE)
    optional = [table for table in schema.OPTIONAL if places.exists(folder, table)]
    for table in (*TABLES, *optional):
        home = plan if plan and table == "plan" else folder
        for n, path in enumerate(parts.files(home, table), 1):
            heads = parts.headings_of(home, table, path.name)
            inside = path.parent != home
            yield Source(path, heads, f"{table}-{n:03}", table) if inside else Source(path, heads)
        if (mapping := parts.mapping(home, table)).parent != home:
            yield Source(mapping, None, f"{table}-{mapping.stem}", table)
    if beside := _other_inspections(folder, plan):
        yield Source(beside, parts.headings_of(folder, "other_inspections"))


def _other_inspections(folder: Path, plan: Path | None) -> Path | None:
    """The 其他检查登记表 of the plan's or the round's year; none of a folder without good
    parameters.
    """
    from ssj.rosters import others
    from ssj.tables import paramfiles

    try:
        own = None if plan else paramfiles.read_round(folder).round
    except InputError:
        return None
    return others.find(folder, own, plan)


def lists_of_offices(folder: Path) -> Iterator[Source]:
    """The lists of other offices in ``outside/``."""
    from ssj.rosters import offices
    from ssj.tables import headings, schema

    heads = headings.read(folder / headings.FILE, offices.TABLE, schema.headers(offices.TABLE))
    for number, path in enumerate(offices.files(folder), 1):
        yield Source(path, heads, f"{offices.TABLE}-{number:02}", offices.FOLDER)


def take(inputs: Iterable[Source], target: Path) -> list[Record]:
    """Copy inputs byte for byte, but tables with personal columns without these; their accounts,
    as ``stage.json`` has them.
    """
    return [_take(source, target) for source in inputs]


def unchanged(folder: Path, stage: Record) -> bool:
    """Whether the inputs in a round's folder are those that an archived stage accounts for."""
    now = [*sources(folder), *lists_of_offices(folder)]
    accounts = [files.account(s.path, _named(s)) for s in now]
    return {(a["file"], a["sha256"]) for a in accounts} == {
        (a["file"], a["sha256"]) for a in (*stage["inputs"], *stage["outside"])
    }


def _named(source: Source) -> str:
    return f"{source.inside}/{source.path.name}" if source.inside else source.path.name


def _take(source: Source, target: Path) -> Record:
    """The file is read once: account, copy and what is left out of it are of the same bytes,
    whatever is saved meanwhile.
    """
    from ssj.tables import rawtables

    path, headers, stem, _ = source
    place = target / ".part"  # its copy may be called like a file that was taken before
    (place / "whole").mkdir(parents=True)
    whole = place / "whole" / path.name
    whole.write_bytes(_content(path, bool(headers)))
    redacted = redact(whole, place, headers) if headers else None
    dropped = rawtables.read(whole, headers).dropped if headers and redacted else None
    account = files.taken(whole, _named(source), dropped)
    copy = redacted or whole
    kept = copy.rename(target / (stem + copy.suffix.lower() if stem else copy.name))
    shutil.rmtree(place)
    return {**account, "kept": kept.name}


def _content(path: Path, table: bool) -> bytes:
    """A file's bytes; ``InputError`` if it is no readable table, but should be."""
    from ssj.tables import sheets
    from ssj.tables.grid import Unreadable

    try:
        return sheets.load(path) if table else path.read_bytes()
    except Unreadable as error:
        raise InputError([error.problem]) from None


def names(*tables: str) -> str:
    """A pattern of what tables are called in ``in/``: ``items.xlsx``, ``items-001.csv``."""
    from ssj.tables import places

    suffixes = "|".join(suffix[1:] for suffix in places.SUFFIXES)
    return rf"(?:{'|'.join(tables)})(?:-\d{{2,}})?\.(?i:{suffixes})"


def names_of_round() -> str:
    """A pattern of what the files of :func:`sources` are called."""
    from ssj.tables import parts, schema

    own = "|".join(parts.FOLDERS)
    tables = names(*TABLES, *schema.OPTIONAL, "other_inspections")
    return rf"round\.(?:toml|xlsx)|(?:(?:{own})-)?mapping\.toml|{tables}"


def take_list(
    folder: Path, table: str, target: Path, path: Path | None = None, stem: str = ""
) -> Record:
    """Copy a list that came after the freeze (``schema.LATER``) into a stage's ``in/``, from the
    folder or from the file ``path``, with the mapping.toml that settles it; its account.
    """
    from ssj.tables import parts, places

    found, mapping = path or places.find(folder, table), parts.mapping(folder, table)
    if mapping.exists():
        own = "" if mapping.parent == folder else f"{table}-"
        shutil.copyfile(mapping, target / f"{own}{mapping.name}")
    return _take(Source(found, parts.headings_of(folder, table), stem), target)


# what settles lists that came after the freeze, in a stage's ``in/``
MAPPING = r"(?:results-)?mapping\.toml"


def take_record(book: Archive, entry: Entry, target: Path) -> str:
    """Copy the record of an archived stage into another's ``in/``; its file name."""
    name = record_name(kind_of(entry["stage"]))
    shutil.copyfile(book.out(entry) / name, target / name)
    return name


def listed(folder: Path, say: Say) -> list[Record]:
    """All files of a folder and its subfolders: name, size, SHA-256. ``InputError`` with all that
    can't be read.
    """
    if not folder.is_dir():
        raise SsjError(f"找不到文件夹 {folder}", "请写签字扫描件所在的文件夹。")
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not JUNK.fullmatch(p.name))
    found, problems = [], []
    for number, path in enumerate(paths, 1):
        name = path.relative_to(folder).as_posix()
        say(f"计算校验码：{number}/{len(paths)}")
        try:
            name.encode("utf-8")
            found.append(files.account(path, name))
        except UnicodeError:
            problems.append(
                Problem(
                    "W03",
                    "文件名含有不能识别的字符",
                    "请改名。",
                    file=name.encode("utf-8", "replace").decode("utf-8"),
                )
            )
        except OSError as error:
            problems.append(
                Problem(
                    "W04",
                    f"读不出（{error.strerror}）",
                    "请关闭正在打开它的程序，或重新扫描。",
                    file=name,
                )
            )
    if problems:
        raise InputError(problems)
    return found


def require_place(work: Work, demonstration: bool, rehearsal: bool = False) -> None:
    """``RefusedError`` if a rehearsal (``rehearsal = true``) would enter a real ledger, or a real
    round that of a rehearsal; if a demonstration would enter the project's ``outputs``, or what is
    real an archive below ``demo``.
    """
    outputs = work.book.outputs.resolve()
    if rehearsal != (outputs.parent / REHEARSAL).exists():
        raise RefusedError(
            "试算的批次不能进入正式的档案"
            if rehearsal
            else "这个档案文件夹是试算用的，正式批次不能进入",
            "试算用 ssj rehearse；正式批次的参数里不写 rehearsal，档案放在 outputs。",
        )
    if demonstration and outputs == runner.ROOT / "outputs":
        raise RefusedError(
            "演示的批次、计划不能进入正式的档案 outputs",
            "演示的资料放在 demo/params，命令后面加 --demo；正式的，在参数中把“演示”改为“否”。",
        )
    if not demonstration and outputs.is_relative_to(runner.ROOT / formats.DEMO):
        raise RefusedError(
            "demo 里的档案是演示用的，正式的批次、计划不能进入",
            "正式的资料放在 params，命令后面不加 --demo。",
        )


def take_calendar(folder: Path, target: Path) -> None:
    """Take the declared holidays that all rounds share, if there are any, as ``calendar.toml``."""
    from ssj.tables import fields, paramfiles

    if paramfiles.exists("calendar", folder.parent):
        content = paramfiles.canonical(fields.CALENDAR, folder.parent)
        (target / "calendar.toml").write_bytes(content)


def stage_of(work: Work, attempt: int) -> Record:
    """What can't be derived: the content of ``stage.json`` that all stages have; the program that
    makes the stage is added by :func:`ssj.casebook.program.identified`.
    """
    return {
        "format": FORMAT,
        "round_id": work.round_id,
        "attempt": attempt,
        "time": work.now.isoformat(timespec="seconds"),
        "rehearsal": False,
        "ledger_head": work.book.head,
        "versions": runner.versions(),
    }
