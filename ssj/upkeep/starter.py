"""Beginnings: the folder of a new round, and a rehearsal (试算), which enters nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ssj.base import approvals, files, params, templates
from ssj.base.errors import RefusedError, SsjError
from ssj.casebook import program, runner
from ssj.casebook.archive import Archive
from ssj.casebook.kind import Kind, Work
from ssj.protocol import Record
from ssj.rosters import exceptions
from ssj.stages import draw, freeze, plan, rosters
from ssj.tables import fields, headings, paramfiles, parts, places, schema, writing
from ssj.workbooks import paramforms, rosterforms
from ssj.year import indicator_list, planning

BEGINNING: Record = {  # usual values of a first round, to be looked at
    "round": {},
    "authority": [{"matter": matter} for matter in approvals.DECLARED],
    "approval": [{"matter": matter} for matter in approvals.NEEDED],
    "classes": {
        "A": {"max_ratio": "0.05", "weight": 1},
        "B": {"max_ratio": "0.2", "weight": 2},
        "C": {"max_ratio": "0.6", "weight": 4},
        "D": {"max_ratio": "1", "weight": 8},
    },
    "cool_down": {"epsilon": "0.25"},
    "event": {
        "kind": "dice",
        "count": 16,
        "fallback": "如当日未能举行，顺延至次一工作日同一时间、同一地点",
    },
}

NOTEBOOK = runner.NOTEBOOK


def new_round(home: Path, round_id: str, source: str | None) -> Path:
    """Make ``home/round_id`` with the parameters to fill in and the four tables: of ``source``,
    parameters without what belongs to one round, or blank; for a year its plan.
    """
    if params.YEAR.fullmatch(round_id):
        return new_year(home, round_id, source)
    if not params.ROUND_ID.fullmatch(round_id):
        raise SsjError(f"批次号“{round_id}”不合要求", "只能用英文字母、数字和“-”，如 2026Q1。")
    folder = home / round_id
    if folder.exists():
        raise RefusedError(f"{folder} 已经存在", "请换一个批次号，或直接修改其中的文件。")
    if source and not (home / source).is_dir():
        raise SsjError(
            f"找不到批次 {source}",
            f"请核对；现有：{'、'.join(sorted(p.name for p in home.iterdir() if p.is_dir()))}",
        )
    before = paramfiles.read_round(home / source).model_dump(by_alias=True) if source else BEGINNING
    values = paramfiles.carried(fields.ROUND, before)
    values.setdefault("round", {})["id"] = round_id
    with whole_folder(folder) as made:
        if source:
            for path in _carried(home / source):
                copy = made / path.relative_to(home / source)
                copy.parent.mkdir(exist_ok=True)
                shutil.copyfile(path, copy)
        else:
            for stem in schema.TITLES:
                (made / f"{stem}.xlsx").write_bytes(rosterforms.form(stem))
        (made / "round.xlsx").write_bytes(paramforms.form(fields.ROUND, round_id, values))
        text = (templates.FOLDER / "entropy.toml").read_text(encoding="utf-8")
        (made / "entropy.example.toml").write_text(
            text.replace("{round}", round_id), encoding="utf-8", newline="\n"
        )
    return folder


def _carried(folder: Path) -> list[Path]:
    """What of a round holds for the next: the four tables, the settled headers, and the reviewed
    exceptions, each of which must still have its problem then.
    """
    tables = [path for table in schema.TITLES for path in parts.files(folder, table)]
    settled = {folder / headings.FILE, *(parts.mapping(folder, table) for table in schema.TITLES)}
    reviewed = (
        [places.find(folder, exceptions.TABLE)] if places.exists(folder, exceptions.TABLE) else []
    )
    return [*tables, *(path for path in settled if path.exists()), *reviewed]


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill that becomes ``folder`` if nothing fails, and is gone otherwise;
    ``SsjError`` if it can't be written.
    """
    made = folder.parent / f".{folder.name}.part"
    shutil.rmtree(made, ignore_errors=True)
    try:
        made.mkdir(parents=True)
        yield made
        made.rename(folder)
    except OSError as error:
        raise SsjError(
            f"不能建立 {folder.as_posix()}（{error.strerror}）",
            "请检查文件夹的写入权限和磁盘空间。",
        ) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def new_year(home: Path, year: str, source: str | None) -> Path:
    """Make ``home/year`` with its parameters to fill in, the indicators of its review, and the
    plan: of ``source`` (a year or a round), or blank.
    """
    folder = home / year
    if folder.exists():
        raise RefusedError(f"{folder} 已经存在", "请直接修改其中的文件。")
    if source and not (home / source).is_dir():
        raise SsjError(f"找不到文件夹 {home / source}", "请核对年份或批次号。")
    path = places.find(home / source, "plan") if source else None
    values = _of_year(home, int(year), source)
    with whole_folder(folder) as made:
        if path:
            shutil.copyfile(path, made / path.name)
        else:
            (made / "plan.xlsx").write_bytes(rosterforms.form("plan"))
        (made / "year.xlsx").write_bytes(paramforms.form(planning.FORM, year, values))
        writing.write_xlsx(
            made / f"{indicator_list.TABLE}.xlsx",
            {"考核指标": writing.sheet(indicator_list.template(int(year)))},
        )
    if not paramfiles.exists("calendar", home):  # all rounds share it
        files.write_whole(paramforms.form(fields.CALENDAR, "批次号", {}), home / "calendar.xlsx")
    return folder


def _of_year(home: Path, year: int, source: str | None) -> Record:
    """The parameters of a new year as far as they are known: of the year before, or of a round."""
    values: Record = {}
    if source and paramfiles.exists("year", home / source):
        before = planning.read(home / source).model_dump(by_alias=True)
        values = paramfiles.carried(planning.FORM, before)
    elif source:
        own = paramfiles.read_round(home / source).round
        values = {"bureau": own.bureau, "rosters": source}
    blank = {"matter": params.YEAR_PLAN}
    rounds = [{"id": f"{year}Q{quarter}"} for quarter in range(1, 5)]
    return {"authority": [blank], "approval": [blank], **values, "year": year, "rounds": rounds}


def rehearsal(book: Archive, folder: Path, now: datetime) -> Path:
    """A prepared folder beside ``outputs`` for running a stage's notebook by hand; the stage that
    comes next.

    A round that is drawn already is rehearsed from its rosters; a year's folder has its plan. For a
    freeze the rosters must be archived as they are now.
    """
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    work = Work(book, folder, now, lambda _: None)
    kind, fill = _next(work)
    place = book.outputs.parent / "rehearsal" / folder.name / kind.name
    shutil.rmtree(place, ignore_errors=True)
    (place / "in").mkdir(parents=True)
    (place / "out").mkdir()
    stage = {
        **program.identified(fill(work, place / "in"), kind.notebook),
        "rehearsal": True,
    }
    runner.write_json(place / "in" / "stage.json", stage)
    source = load_notebook_node(str(runner.ROOT / "notebooks" / kind.notebook))
    notebook = parameterize_notebook(source, runner.parameters_of(stage))
    notebook = runner.normalise(notebook)
    for cell in notebook.cells:  # the code is folded in; a click shows it
        if cell.cell_type == "code":
            cell.metadata.setdefault("jupyter", {})["source_hidden"] = True
    (place / NOTEBOOK).write_bytes(runner.notebook_bytes(notebook))
    return place


def _next(work: Work) -> tuple[Kind, Callable[[Work, Path], Record]]:
    """The kind of stage to rehearse, and what fills its ``in/`` without a look at what is wrong."""
    state = work.state
    if plan.is_year(work.folder):
        return plan.KIND, plan.stage
    if state.next == "draw" and (work.folder / "entropy.toml").exists():
        return draw.KIND, draw.stage
    if state.next == "freeze" and rosters.current(work.book, work.folder, state):
        return freeze.KIND, freeze.stage
    return rosters.KIND, rosters.stage
