"""Time and peak memory of the results stages of a year: four rounds with 3,000 visits in all, all
results of each handed in at once.

The rounds are drawn first (not measured), from the sample round's inputs made larger; the results
are invented. Each stage is the whole command: files read and checked, notebook, pages, seal,
working copies with the forms for the next time. The demand: 15 s and 1 GB for the slowest.

    python benchmarks/results.py [--visits 3000] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import contextlib
import re
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from round import measure

from ssj.casebook import archive
from ssj.casebook.attempts import state_of
from ssj.stages import results
from ssj.tables import places, rawtables, schema, writing

BASE, BASE_VISITS = "2021Q4", 100
ROUNDS: tuple[str, ...] = ("2021Q1", "2021Q2", "2021Q3", "2021Q4")
SECONDS, MIB = 15, 1024


def enlarge(place: Path, times: int) -> None:
    """The base round's inputs ``times`` over for each round of the year: more firms, more officers,
    each task all year.
    """
    source = ROOT / "demo" / "params" / BASE
    frames = {
        table: rawtables.read(places.find(source, table), schema.headers(table)).frame
        for table in schema.TITLES
    }
    for table, own in {
        "targets": ("编号", "名称", "许可证编号"),
        "officers": ("工号", "姓名", "执法证号"),
    }.items():
        parts = [
            frames[table].assign(
                **{c: frames[table][c].map(lambda text, n=n: text and f"{text}-{n}") for c in own}
            )
            for n in range(times)
        ]
        frames[table] = pd.concat(parts, ignore_index=True)
    frames["officers"] = frames["officers"].assign(回避对象="")  # named by a firm's id
    frames["plan"] = frames["plan"].assign(时间=schema.WHOLE_YEAR)
    text = re.sub(
        r"yearly_cap = \d+", "yearly_cap = 9", (source / "round.toml").read_text(encoding="utf-8")
    )
    for name in ROUNDS:
        (place / name).mkdir(parents=True)
        for table, frame in frames.items():
            writing.write_xlsx(
                place / name / f"{table}.xlsx",
                {schema.TITLES[table]: frame.astype(object).where(frame.notna(), "")},
            )
        (place / name / "round.toml").write_text(
            text.replace(f'id = "{tomllib.loads(text)["round"]["id"]}"', f'id = "{name}"'),
            encoding="utf-8",
        )
        shutil.copyfile(source / "entropy.toml", place / name / "entropy.toml")


@contextlib.contextmanager
def folder(keep: Path | None) -> Iterator[Path]:
    """A temporary folder, or one that stays."""
    if keep:
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="ssj-bench-", ignore_cleanup_errors=True) as place:
        yield Path(place)


def ssj(home: Path, *arguments: str) -> tuple[list[tuple[float, str]], float, float]:
    return measure([sys.executable, "-m", "ssj.cli", *arguments], home)


def stages(home: Path) -> list[tuple[str, int, int, float, float]]:
    """Round, visits, rows, seconds and peak MiB of each results stage of the year."""
    found = []
    for name in ROUNDS:
        book = archive.reading(home / "outputs")
        if not (home / "params" / name / "results.xlsx").exists():
            results.invent(book, home / "params" / name, date.today())
        _, seconds, peak = ssj(home, "results", name)
        record = book.record(archive.reading(home / "outputs").stages(name)[-1])
        found.append((name, len(record["visits"]), len(record["rows"]), seconds, peak))
        print(
            f"results {name}: {found[-1][1]} visits, {found[-1][2]} rows, {seconds:.1f} s, "
            f"{peak:.0f} MiB",
            flush=True,
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--visits", type=int, default=3000)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with folder(options.keep) as home:
        if not (home / "params").exists():
            enlarge(home / "params", max(1, round(options.visits / len(ROUNDS) / BASE_VISITS)))
        for name in ROUNDS:
            if state_of(archive.reading(home / "outputs").stages(name)).draw is None:
                began = time.perf_counter()
                ssj(home, "run", name)
                print(f"drawn {name} in {time.perf_counter() - began:.0f} s", flush=True)
        found = stages(home)
    visits, seconds, peak = (
        sum(f[1] for f in found),
        max(f[3] for f in found),
        max(f[4] for f in found),
    )
    print(
        f"{visits} visits; the slowest stage {seconds:.1f} s of {SECONDS}, peak {peak:.0f} "
        f"MiB of {MIB}"
    )
    if seconds > SECONDS or peak > MIB:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
