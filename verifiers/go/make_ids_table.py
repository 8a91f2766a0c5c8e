"""Write ids_table.go: the characters that §2 of docs/PROTOCOL.md turns into characters of an id.

    python verifiers/go/make_ids_table.py

Go's standard library has no NFKC. An id allows so few characters that a map of single characters
does for it: a character that NFKC joins from several (a letter and an accent) is never one of them,
in upper case neither. That is checked here, not believed.
"""

import sys
import unicodedata
from pathlib import Path

ALLOWED = frozenset(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ()-_./" + "".join(map(chr, range(0x4E00, 0xA000)))
)


def of_an_id(text: str) -> bool:
    return bool(text) and ALLOWED.issuperset(text)


def main() -> None:
    runs: list[list[int]] = []  # first, last, the character that the first becomes
    texts: dict[int, str] = {}
    for number in range(sys.maxunicode + 1):
        if 0xD800 <= number < 0xE000:
            continue
        character = chr(number)
        becomes = unicodedata.normalize("NFKC", character).upper()
        canonical = unicodedata.normalize("NFD", character)
        joined = len(canonical) > 1
        assert not (joined and of_an_id(becomes)), f"U+{number:04X} is joined from several"
        if becomes == character or not of_an_id(becomes):
            continue
        if len(becomes) > 1:
            texts[number] = becomes
        elif runs and number == runs[-1][1] + 1 and ord(becomes) - runs[-1][2] == number - runs[-1][0]:
            runs[-1][1] = number
        else:
            runs.append([number, number, ord(becomes)])
    lines = [
        f"// Written by make_ids_table.py from Unicode {unicodedata.unidata_version}; not to be edited.",
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
    Path(__file__).with_name("ids_table.go").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(len(runs), "runs,", len(texts), "texts")


if __name__ == "__main__":
    main()
