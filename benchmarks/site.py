"""Time and peak memory of ``ssj publish``: the website of 40 rounds with 1,000 visits each.

One round is drawn and its results invented (not measured), from the sample round's inputs made
larger; the others are copies of it under other names, sealed and entered as stages are. The
demand: 60 s and 1 GB.

    python benchmarks/site.py [--rounds 40] [--visits 1000] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import results

from ssj import protocol
from ssj.casebook import archive, bags, ledger
from ssj.casebook.archive import kind_of

SECONDS, MIB = 60, 1024
BASE = "2021Q1"


def one_round(home: Path, visits: int) -> None:
    """A round of its own archive, drawn, with all results."""
    results.ROUNDS = (BASE,)
    results.enlarge(home / "params", max(1, round(visits / results.BASE_VISITS)))
    results.ssj(home, "run", BASE)
    results.stages(home)


def many(source: Path, outputs: Path, rounds: int) -> None:
    """The archive of ``rounds`` copies of the one in ``source``; what the website doesn't read is
    left out.
    """
    outputs.mkdir(parents=True)
    book, head = archive.reading(source), protocol.NO_HEAD
    lines: list[str] = []
    stages = [e for e in book.stages(BASE) if kind_of(e["stage"]) in ("freeze", "draw", "results")]
    for number in range(rounds):
        name = f"{2000 + number // 4}Q{number % 4 + 1}"
        for entry in stages:
            bag = outputs / name / entry["stage"]
            for part in ("in", "out"):
                for path in sorted((book.folder(entry) / "data" / part).rglob("*")):
                    if path.suffix in (".json", ".toml"):
                        copy = bag / part / path.name
                        copy.parent.mkdir(parents=True, exist_ok=True)
                        text = path.read_text(encoding="utf-8")
                        copy.write_text(text.replace(BASE, name), encoding="utf-8", newline="\n")
            title, day = book.title(entry), entry["time"]
            own = {
                **{k: v for k, v in entry.items() if k not in ("hash", "previous")},
                "n": len(lines) + 1,
                "round": name,
                "bag": bags.seal(bag, bags.label(name, entry["stage"], title, day)),
            }
            line = protocol.ledger_line(own, head)
            head = protocol.parse(line)["hash"]
            lines.append(line)
    ledger.append(outputs / "ledger.jsonl", "".join(f"{line}\n" for line in lines))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--visits", type=int, default=1000)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with results.folder(options.keep) as home:
        if not (home / "one" / "params").exists():
            one_round(home / "one", options.visits)
        if not (home / "outputs").exists():
            many(home / "one" / "outputs", home / "outputs", options.rounds)
        shutil.rmtree(home / "outputs" / "site", ignore_errors=True)
        _, seconds, peak = results.ssj(home, "publish")
    print(f"{options.rounds} rounds: {seconds:.1f} s of {SECONDS}, peak {peak:.0f} MiB of {MIB}")
    if seconds > SECONDS or peak > MIB:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
