"""Write verifiers/go/ids_table.go: the characters that §2 of docs/PROTOCOL.md turns into
characters of an id.

    python scripts/make_go_table.py

Go's standard library has no NFKC. An id allows so few characters that a map of single characters
does for it: a character that NFKC joins from several (a letter and an accent) is never one of them,
in upper case neither. That is checked here, not believed.
"""

import sys
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = frozenset(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ()-_./" + "".join(map(chr, range(0x4E00, 0xA000)))
)


def of_an_id(text: str) -> bool:
    return bool(text) and ALLOWED.issuperset(text)


def continues(run: tuple[int, int, int], number: int, becomes: int) -> bool:
    """Whether the next character goes on as the run does."""
    first, last, start = run
    return number == last + 1 and becomes - start == number - first


def table() -> str:
    """Go source: runs of characters that become such a run, and those that become several."""
    runs: list[tuple[int, int, int]] = []  # first, last, what the first becomes
    texts: dict[int, str] = {}
    for number in range(sys.maxunicode + 1):
        if 0xD800 <= number < 0xE000:
            continue
        character = chr(number)
        becomes = unicodedata.normalize("NFKC", character).upper()
        joined = len(unicodedata.normalize("NFD", character)) > 1
        if joined and of_an_id(becomes):
            raise SystemExit(f"U+{number:04X} is joined from several: a map will not do")
        if becomes == character or not of_an_id(becomes):
            continue
        if len(becomes) > 1:
            texts[number] = becomes
        elif runs and continues(runs[-1], number, ord(becomes)):
            runs[-1] = (runs[-1][0], number, runs[-1][2])
        else:
            runs.append((number, number, ord(becomes)))
    lines = [
        f"// Written by scripts/{Path(__file__).name} from Unicode {unicodedata.unidata_version}.",
        "",
        "package main",
        "",
        "// idRuns: from the first to the last of each, characters become those from the third on.",
        "var idRuns = [][3]rune{",
        *(f"\t{{{first:#x}, {last:#x}, {becomes:#x}}}," for first, last, becomes in runs),
        "}",
        "",
        "// idTexts: characters that become several.",
        "var idTexts = map[rune]string{",
        *(f'\t{number:#x}: "{becomes}",' for number, becomes in sorted(texts.items())),
        "}",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / "verifiers" / "go" / "ids_table.go").write_text(table(), encoding="utf-8")
