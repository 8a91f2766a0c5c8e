"""The commands that make stages: each ``do_…`` takes the parsed options and gives the exit code."""

from __future__ import annotations

import argparse
import pkgutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ssj import stages as kinds_of_stage
from ssj.base.errors import SsjError
from ssj.desk import auditing, common, returned, telling
from ssj.desk.common import folder_of, reading


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[Any]:
    """The archive, to write stages, once what was put in order is said; ``RefusedError`` if the
    clock is behind the ledger's last line.
    """
    from ssj.casebook import archive, ledger

    common.require_archive(options)
    with archive.opened(options.outputs) as book:
        telling.recovered(book)
        ledger.require_clock(book.lines, common.now())
        yield book


def make(options: argparse.Namespace, *names: str, asked: Any = None) -> int:
    """Make stages of the named kinds one after the other and enter them; the exit code."""
    with opened(options) as book:
        make_in(book, options, *names, asked=asked)
        say_copies(book, options.round)
    return 0


def make_in(book: Any, options: argparse.Namespace, *names: str, asked: Any = None) -> None:
    """As :func:`make`, in an archive that is open."""
    from ssj.casebook import making
    from ssj.casebook.kind import Work
    from ssj.stages.registry import kinds

    folder, progress = options.params / options.round, telling.Progress()
    with ExitStack() as places:  # the kernel of the next stage starts while this one runs
        ready = [
            places.enter_context(making.workplace(book, options.round, kinds()[name]))
            for name in names
        ]
        for place in ready:
            agree = telling.Agreement(progress, options.yes or place.kind.name == "rosters")
            work = Work(book, folder, common.now(), progress, asked, agree=agree)
            entry = making.make(work, place)
            progress.done(telling.done(book, entry))


def say_copies(book: Any, round_id: str) -> None:
    """Make what is missing of the working copies, and say so."""
    from ssj.casebook.archive import UnsoundError
    from ssj.stages import registry

    try:
        made = registry.working_copies(book, round_id, common.now().date())
    except UnsoundError:
        raise
    except SsjError as error:  # the stages are in the ledger already
        raise type(error)(
            f"档案已经封存、登记，不受影响；但{error.message}",
            f"{error.remedy}运行 ssj status 会补上。",
        ) from error
    telling.copies(made)


def offer_copies(book: Any, round_id: str) -> None:
    """As :func:`say_copies`, after reading only: where the archive is in order, can be written to,
    and nobody else is at work in it.
    """
    from ssj.casebook import archive

    if not book.recovered:
        with archive.unused(book.outputs) as free:
            if free:
                say_copies(book, round_id)


def _of_year(options: argparse.Namespace) -> None:
    from ssj.stages import plan

    folder = folder_of(options)
    if not plan.is_year(folder):
        raise SsjError(
            f"{folder} 中没有 year.xlsx，不是年度的文件夹",
            f"年度计划和评估放在 params/年份 中，如 {options.params / '2021'}。",
        )


def do_plan(options: argparse.Namespace) -> int:
    """Check a year's plan, simulate and archive it."""
    _of_year(options)
    return make(options, "plan")


def do_review(options: argparse.Namespace) -> int:
    """Review a year: count its indicators and archive them."""
    _of_year(options)
    return make(options, "review")


def do_rosters(options: argparse.Namespace) -> int:
    """Read, check and archive a round's rosters."""
    folder_of(options)
    return make(options, "rosters")


def do_freeze(options: argparse.Namespace, *then: str) -> int:
    """Freeze; where the rosters were not archived as they are now, that comes first."""
    from ssj.casebook import attempts
    from ssj.stages import rosters

    folder = folder_of(options)
    with opened(options) as book:
        state = attempts.state_of(book.stages(options.round))
        before = () if state.freeze or rosters.current(book, folder, state) else ("rosters",)
        make_in(book, options, *before, "freeze", *then)
        say_copies(book, options.round)
    return 0


def do_draw(options: argparse.Namespace) -> int:
    """Draw; a round that another program froze is drawn by that one."""
    from ssj.casebook import archive, attempts
    from ssj.desk import older

    folder_of(options)
    with archive.opened(options.outputs) as book:
        telling.recovered(book)
        stage = older.frozen_with(book, attempts.state_of(book.stages(options.round)))
        if stage is None:
            make_in(book, options, "draw")
            say_copies(book, options.round)
            return 0
    return older.draw(options, book, stage)  # that program opens the archive itself


def do_run(options: argparse.Namespace) -> int:
    """A demonstration from its rosters to its draw; one that is drawn is audited."""
    from ssj.casebook import attempts
    from ssj.tables import paramfiles

    if not paramfiles.read_round(folder_of(options)).round.demonstration:
        raise SsjError(
            "run 只用于演示批次",
            (
                f"正式批次请依次：ssj freeze {options.round}，公开产生随机数，ssj draw "
                f"{options.round}。"
            ),
        )
    options.yes = True  # nothing of a demonstration counts
    with opened(options) as book:
        state = attempts.state_of(book.stages(options.round))
        if state.next == "":
            say_copies(book, options.round)
    if state.next == "":
        print(f"{options.round} 第 {state.attempt} 次抽取已经完成，不再抽取；现在复核档案。")
        return auditing.report(options.outputs / options.round, fast=False, target=None)
    return do_freeze(options, "draw") if state.next == "freeze" else do_draw(options)


def _approved(options: argparse.Namespace) -> Any:
    from ssj.stages import amend

    return amend.Approved(
        options.reason, options.note.strip(), options.approver.strip(), options.date
    )


def do_amend(options: argparse.Namespace) -> int:
    from ssj.stages import amend

    officer = options.officer.strip().upper()
    asked = amend.Replacement(officer, options.visit, _approved(options))
    return make(options, "amend", asked=asked)


def do_void(options: argparse.Namespace) -> int:
    """A void; after the event the draw is completed and archived first, so that its list stays
    known.
    """
    from ssj.casebook.kind import Work
    from ssj.stages import void

    asked = void.Voiding(_approved(options), options.witness)
    folder = options.params / options.round
    with opened(options) as book:
        if void.draw_waits(Work(book, folder, common.now(), telling.Progress(), asked)):
            print("公开随机数已经产生，先完成抽取并归档，再作废。")
            make_in(book, options, "draw")
        make_in(book, options, "void", asked=asked)
        print(
            "下一次抽取：在批次参数中另定公开活动，移走旧的 entropy.toml，再封库："
            f"ssj freeze {options.round}"
        )
        say_copies(book, options.round)
    return 0


def do_platform(options: argparse.Namespace) -> int:
    folder_of(options)
    return make(options, "platform")


def do_results(options: argparse.Namespace) -> int:
    from ssj.stages import results

    folder = folder_of(options)
    if options.check:
        return returned.check_results(options)
    if options.sample:
        path = results.invent(reading(options)[0], folder, common.now().date())
        print(f"已编造样例结果：{path.as_posix()}（只供演示）。")
    return make(options, "results")


def do_scans(options: argparse.Namespace) -> int:
    """Take signed scans in."""
    make(options, "papers", asked=Path(options.scans))
    print(
        "扫描件本身不进入档案，档案中只有校验码：请把这些文件原样长期保存，与 outputs "
        "一起备份、移交。"
    )
    return 0


def do_stage(options: argparse.Namespace) -> int:
    """A kind of stage that asks for nothing but the round."""
    folder_of(options)
    return make(options, options.command)


def names() -> set[str]:
    """The kinds of stage, found without loading them: the command must start quickly."""
    return {m.name for m in pkgutil.iter_modules(kinds_of_stage.__path__)} - {"registry"}


def title(name: str) -> str:
    """What a kind of stage is called."""
    from ssj.stages.registry import kinds

    return kinds()[name].title
