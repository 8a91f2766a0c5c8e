"""One archived stage, checked by the program that made it: how later releases ask this one (V3 to
V7, V9, V10).

    python -m ssj.audit.alone OUTPUTS ROUND STAGE [--fast]

The last line printed is one JSON object, step number → ``{"found": […], "unchecked": "…"}``. Later
releases rely on this command and its answer: neither ever changes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from ssj import protocol
from ssj.audit import again, checks
from ssj.audit.verdict import found_by
from ssj.casebook import contents
from ssj.casebook.archive import Archive, read_entries
from ssj.casebook.kind import Archived
from ssj.stages import registry


def answer(outputs: Path, round_id: str, name: str, fast: bool) -> dict[int, protocol.Record]:
    """What each step finds in a stage, and why it could not be done; with ``fast`` nothing is
    executed.
    """
    book = Archive(outputs, read_entries(outputs))
    stage = Archived(outputs / round_id / name / "data", registry.kind(name), book)
    own: dict[int, again.Check] = {3: _derived, 10: again.pages}
    if stage.kind.has_draw:  # the record itself is judged by whoever asks
        own |= {n: partial(stage.kind.beyond_record, number=n) for n in (4, 5, 6, 7)}
    if not fast:
        own[9] = partial(again.execution, say=print)
    made = {number: found_by(partial(check, stage)) for number, check in own.items()}
    return {
        number: dict(zip(("found", "unchecked"), made.get(number, ([], "")), strict=True))
        for number in range(3, 11)
    }


def _derived(stage: Archived) -> Iterable[str]:
    """V3, and of V2 what only the program knows that made the stage: which files it holds."""
    yield from contents.archived(stage)
    yield from checks.derived(stage)


def main(arguments: list[str]) -> None:
    """Print the answer; ``arguments`` as the head of this module says."""
    where = [text for text in arguments if text != "--fast"]
    given = answer(Path(where[0]), where[1], where[2], "--fast" in arguments)
    print(json.dumps(given, ensure_ascii=False))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    main(sys.argv[1:])
