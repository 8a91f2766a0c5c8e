"""Make ``tests/reference/``: an executed stage folder for each notebook, of the small sample round.

What can't be derived is fixed, and the code's version and hash are zeros, since the hash changes with every edit: the
same bytes come out each time, until what the notebooks show or write changes. Run it then, and look at the difference::

    python scripts/make_reference.py [folder]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ssj import archive, casebook, protocol, rounds  # noqa: E402

ROUND = "sample60"
TIME = datetime.fromisoformat("2021-11-22T09:00:00+08:00")
FIXED = {
    "round_id": ROUND, "attempt": 1, "time": TIME.isoformat(), "rehearsal": False, "ledger_head": protocol.NO_HEAD,
    "code": {"version": "0", "hash": "0" * 64},
    "versions": {"python": "0", **dict.fromkeys(casebook.PACKAGES, "0")},
}
SALT = "60" * 32


def take_in(kind: str, book: archive.Archive, target: Path) -> dict[str, Any]:
    """Fill a stage's ``in/`` as the runner does; the content of its ``stage.json``, with what is fixed."""
    folder = ROOT / "params" / ROUND
    if kind == "freeze":
        return {**rounds.stage_freeze(book, folder, TIME, target), **FIXED, "salt": SALT}
    if kind == "draw":
        return {**rounds.stage_draw(book, folder, TIME, target), **FIXED}
    drawn = rounds.state_of(book.stages(ROUND)).draw
    shutil.copyfile(book.folder(drawn) / "data" / "out" / "draw.json", target / "draw.json")
    return {**FIXED, "voids": "draw.json", "reason": "演示：检验作废程序", "approver": "演示局长"}


def make(folder: Path, say: Callable[[str], None] = lambda text: None) -> None:
    """Write ``1_freeze``, ``2_draw`` and ``5_void`` into ``folder``, each with ``in/``, ``out/``, ``notebook.ipynb``."""
    with tempfile.TemporaryDirectory(prefix="ssj-reference-", ignore_cleanup_errors=True) as place, \
            archive.opened(Path(place) / "outputs") as book:
        for kind, its in casebook.KINDS.items():
            with rounds.workplace(book, ROUND, kind) as work:
                stage = take_in(kind, book, work.folder / "in")
                casebook.run_stage(work.folder, kind, work.kernel, stage, say)
                work.kernel.shutdown_kernel(now=True)
                target = folder / Path(its.notebook).stem
                shutil.rmtree(target, ignore_errors=True)
                for name in ("in", "out"):
                    shutil.copytree(work.folder / name, target / name)
                shutil.copyfile(work.folder / casebook.NOTEBOOK, target / casebook.NOTEBOOK)
                number = len(book.stages(ROUND)) + 1
                book.commit(work.folder, ROUND, 1, f"{number:02}-{kind}", stage["time"])


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "tests" / "reference", print)
