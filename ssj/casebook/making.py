"""A stage is made: its ``in/`` filled, its notebook executed and certified, its pages rendered, the
folder sealed and entered in the ledger. Nothing about a draw is computed here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssj.base.errors import SsjError
from ssj.base.params import banners
from ssj.casebook import contents, ledger, program, runner
from ssj.casebook.archive import Archive, Entry, read_record
from ssj.casebook.kind import Kind, Work
from ssj.casebook.render import Audience, render
from ssj.casebook.runner import NOTEBOOK, Say
from ssj.protocol import Record

PAGES: tuple[Audience, ...] = ("auditor", "public")


@dataclass
class Workplace:
    """A stage in the making: its folder on the outputs' file system and a kernel that is starting
    in it.
    """

    kind: Kind
    folder: Path
    kernel: Any


@contextmanager
def workplace(book: Archive, round_id: str, kind: Kind) -> Iterator[Workplace]:
    """An empty stage folder with a fresh kernel; both gone afterwards, unless the folder was
    committed.
    """
    with book.workplace(f"{round_id}-{kind.name}") as place:
        folder = place / "stage"
        (folder / "in").mkdir(parents=True)
        with runner.fresh_kernel(folder) as kernel:
            yield Workplace(kind, folder, kernel)


def make(work: Work, place: Workplace) -> Entry:
    """Make the stage of a workplace and enter it; its ledger entry. ``SsjError``, with nothing
    entered, if it is refused, does not run to its end, or must not be sealed.
    """
    ledger.require_clock(work.book.lines, work.now)
    ledger.require_name(work.book.entries, work.round_id)
    kind, say, failure = place.kind, work.say, None
    stage = program.identified(kind.fill(work, place.folder / "in"), kind.notebook)
    work.agree(kind.title, work.reminders)
    try:
        run(place.folder, kind, place.kernel, stage, say)
    except SsjError as error:
        failure = error
    kind.judge(work, place.folder)
    if failure:
        raise failure
    contents.require(kind, stage, kind.last(work.stages, *kind.rests_on), place.folder)
    # nothing may hold or change a file of the folder from here on
    place.kernel.shutdown_kernel(now=True)
    say("封存、登记")
    program.keep(work.book.outputs, place.folder.parent)
    name = f"{len(work.stages) + 1:02}-{kind.name}"
    return work.book.commit(
        place.folder, stage["round_id"], stage["attempt"], name, kind.title, stage["time"]
    )


def run(folder: Path, kind: Kind, kernel: Any, stage: Record, say: Say) -> None:
    """Execute a stage and complete its folder: ``in/stage.json``, ``notebook.ipynb``, the pages,
    ``protocol.py``, ``requirements.lock``; ``out/`` is the notebook's.
    """
    runner.write_json(folder / "in" / "stage.json", stage)
    (folder / "out").mkdir()
    (folder / NOTEBOOK).write_bytes(execute(folder, kind, kernel, stage, say))
    say("生成网页")
    for audience, page in render_pages(folder, kind, stage["round_id"]).items():
        (folder / f"{audience}.html").write_bytes(page.encode("utf-8"))
    shutil.copyfile(runner.ROOT / "ssj" / "protocol.py", folder / "protocol.py")
    shutil.copyfile(runner.ROOT / "requirements.lock", folder / "requirements.lock")


def execute(folder: Path, kind: Kind, kernel: Any, stage: Record, say: Say) -> bytes:
    """Run the released notebook of a kind in ``folder``, whose ``in/`` is filled; the normalised
    notebook's bytes.
    """
    executed = runner.execute(
        runner.read_notebook(runner.ROOT / "notebooks" / kind.notebook),
        kernel,
        runner.parameters_of(stage),
        lambda done, total: say(f"运行过程记录 {kind.notebook}：{done}/{total}"),
    )
    runner.certify(executed, kind.name, kind.outputs, folder / "out")
    return runner.notebook_bytes(runner.normalise(executed))


def render_pages(folder: Path, kind: Kind, round_id: str) -> dict[str, str]:
    """The auditor's and the public page of an executed stage folder, by audience."""
    texts = banners(read_record(folder / "out" / kind.record))
    title = f"{round_id} {kind.title}"
    return {audience: render(folder / NOTEBOOK, audience, title, texts) for audience in PAGES}
