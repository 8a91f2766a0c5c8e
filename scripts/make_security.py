"""Print the table of tampering into ``docs/SECURITY.md``: ``python scripts/make_security.py``. A
test fails where the two differ.

The table is ``tests/faults/tampering``: what stands there is done to an archive, and this is what
must catch it.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
for folder in (ROOT, ROOT / "tests"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from faults.tampering.table import GROUPS, ROWS, Tampering

PAGE = ROOT / "docs" / "SECURITY.md"
BEGIN = "<!-- from here on written by scripts/make_security.py; do not edit -->"
END = "<!-- to here -->"


def lines() -> list[str]:
    """The tables as the page prints them."""
    shown = sum(bool(row.caught) for row in ROWS)
    outside = sum(bool(row.outside) for row in ROWS)
    rest = len(ROWS) - shown - outside
    count = f"{len(ROWS)} kinds: {shown} caught by a step of the audit, {outside} that no archive"
    said = [f"{count} can tell of itself, {rest} that don't matter.", ""]
    number = 0
    for group in GROUPS:
        said += [f"### {group.title}", "", f"By {group.who}.", ""]
        said += ["| | what is done | where | what shows it |", "| --- | --- | --- | --- |"]
        for row in group.rows:
            number += 1
            said.append(f"| {number} | {row.name} | {row.at} | {shows(row)} |")
        said.append("")
    return said[:-1]


def shows(row: Tampering) -> str:
    """What catches it, in words."""
    if row.caught:
        left = " (left unchecked, exit code 6)" if row.unchecked else ""
        return row.caught + (" (full audit)" if row.full else "") + left
    if row.harmless:
        return f"nothing: {row.harmless}"
    if row.outside.startswith("in words: "):
        return f"not catchable: {row.outside.removeprefix('in words: ')}"
    return f"not catchable from the archive; `--{row.outside}` shows it"


def printed(text: str) -> str:
    """The page's text with the tables in their place."""
    head, rest = text.split(BEGIN, 1)
    return "\n".join([head + BEGIN, "", *lines(), "", END]) + rest.split(END, 1)[1]


if __name__ == "__main__":
    PAGE.write_text(printed(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
