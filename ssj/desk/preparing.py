"""The commands that prepare a round: its folder and tables, single entries, what changed, and the
check of everything; each ``do_…`` gives the exit code.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ssj.base.errors import SsjError
from ssj.desk import common, telling


def do_new(options: argparse.Namespace) -> int:
    from ssj.desk import exercise
    from ssj.upkeep import starter

    if options.training is None:
        common.require_project(options)
        folder = starter.new_round(options.params, options.round, options.source)
        fill = (
            "year.xlsx 和 plan.xlsx" if (folder / "year.xlsx").exists() else "round.xlsx 和四张表"
        )
        print(f"已建立 {folder.as_posix()}。下一步：填写 {fill}，再运行 ssj check {options.round}")
        return 0
    if options.round or options.source:
        raise SsjError(
            "建立练习用的文件夹，不能同时写批次号或 --from",
            "请写 ssj new --training，或 ssj new --training 文件夹。",
        )
    folder = exercise.new(Path(options.training or exercise.FOLDER))
    place = folder.as_posix()
    print(
        f"已建立 {place}。下一步：ssj --params {place}/params --outputs {place}/outputs，"
        f"或用 JupyterLab 打开 {place}/{exercise.NOTEBOOK}"
    )
    return 0


def do_templates(options: argparse.Namespace) -> int:
    """Write blank workbooks of the four tables."""
    from ssj.tables import schema
    from ssj.workbooks import rosterforms

    if not options.folder:
        common.require_project(options)
    folder = options.folder or options.params / rosterforms.FOLDER
    made = rosterforms.write(folder)
    print(
        f"已写出空白表格，在 {folder.as_posix()}："
        + "、".join(f"{path.name}（{schema.TITLES[path.stem]}）" for path in made)
    )
    print(
        "第二个工作表是填写说明。填好以后放进 params/批次号，运行 ssj check 批次号；新批次用 "
        "ssj new 批次号，文件夹里已有这四张空白表格。"
    )
    return 0


def do_check(options: argparse.Namespace) -> int:
    from ssj.base import params
    from ssj.casebook import inspection, past, past_results
    from ssj.rosters import exceptions
    from ssj.stages import plan, review
    from ssj.tables import accounts, places
    from ssj.workbooks import rosterbooks, worklist
    from ssj.year import indicator_list

    folder, (book, _), command = (
        common.folder_of(options),
        common.reading(options),
        f"ssj check {options.round}",
    )
    if plan.is_year(folder):
        year = plan.inspect(book, folder, common.now())
        more = (
            review.problems(folder, common.now().date())
            if params.YEAR.fullmatch(folder.name) and places.exists(folder, indicator_list.TABLE)
            else []
        )
        sound = (
            f"没有错误，可以归档：ssj plan {options.round}。"
            if year.changed
            else "没有错误；计划已归档，没有变动。"
        )
        return telling.problems(
            [*year.problems, *more], year.notes, sound, command, whole=options.all
        )
    look = inspection.inspect(
        folder,
        common.now(),
        past.so_far(book, folder, common.now()),
    )
    again = (
        past_results.in_scope_again(book, look.parameters.round, look.rosters.targets)
        if look.parameters
        else []
    )
    every = [*look.every, *again]
    demonstration = look.parameters is not None and look.parameters.round.demonstration
    act = "run" if demonstration else "freeze"
    sound = f"没有错误，可以封库：ssj {act} {options.round}{' --demo' * options.demo}。"
    return telling.problems(
        every,
        look.notes,
        sound,
        command,
        [*accounts.lines(look.rosters.tallies), *exceptions.lines(look.rosters.settled)[:1]],
        options.all,
        lambda: worklist.write(
            options.outputs / folder.name / "files" / worklist.FILE,
            replace(look, every=every),
            folder,
            rosterbooks.extra(look.derived) if look.derived else {},  # noqa: S610 - no Django
            exceptions.candidates(look.rosters),
            now=common.now(),
        ).as_posix(),
        look.rosters.tallies,
    )


def do_add(options: argparse.Namespace) -> int:
    from ssj.desk import upkeep

    folder, (_, state) = common.folder_of(options), common.reading(options)
    return upkeep.add(folder, options.kind, options.set, state.freeze is not None, common.now)


def do_diff(options: argparse.Namespace) -> int:
    from ssj.desk import upkeep

    before = argparse.Namespace(params=options.params, round=options.before)
    return upkeep.diff(
        common.reading(options)[0],
        common.folder_of(before),
        common.folder_of(options),
        options.archived,
    )


def do_adopt(options: argparse.Namespace) -> int:
    from ssj.desk import upkeep

    return upkeep.adopt(
        common.folder_of(options),
        options.file,
        options.origin.strip(),
        options.replaces,
        options.effective,
        common.now().date(),
        options.where,
    )


def do_rehearse(options: argparse.Namespace) -> int:
    from ssj.desk import rehearsing

    return rehearsing.run(options)


def do_lab(options: argparse.Namespace) -> int:
    """Open the start page, or the notebook of a round's rehearsal, in JupyterLab."""
    from ssj.desk import lab, startpage
    from ssj.upkeep import starter

    base = options.params.parent
    if options.round:
        book = common.reading(options)[0]
        folder = starter.rehearsal(book, common.folder_of(options), common.now())
        print(f"试算文件夹：{folder.as_posix()}（不留痕、不作数）")
        notebook = folder / starter.NOTEBOOK
    else:
        common.require_project(options)
        notebook = startpage.write(options.params, options.outputs)
        print(f"已写出 {notebook.as_posix()}：各批次做到哪一步、下一步做什么、文件在哪里。")
    if options.prepare_only:
        return 0
    return lab.start(base, notebook)
