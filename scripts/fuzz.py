"""Coverage-guided fuzzing of the parsers of what others send or keep, by atheris, which is no
dependency of the project: ``pip install atheris``, then ``python scripts/fuzz.py document 300``.

Whatever the bytes, a parser reads them or refuses them with an error of ours; anything else ends
the run with the bytes that did it.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

atheris: Any = import_module("atheris")

with atheris.instrument_imports(include=["ssj", "json", "tomllib"]):
    from ssj import protocol
    from ssj.base import params, workdays
    from ssj.base.errors import SsjError
    from ssj.casebook import ledger
    from ssj.results import exchange
    from ssj.rosters import rosters
    from ssj.tables import headings, schema
    from ssj.year import planning

DRAW = ROOT / "tests" / "reference" / "2_draw"
FREEZE = ROOT / "tests" / "reference" / "1a_freeze"
SAMPLE = ROOT / "demo" / "params" / "sample60"
YEAR = ROOT / "demo" / "params" / "2021"


def document(data: bytes) -> None:
    kind, content = protocol.read_file(data)
    if kind == "ledger":
        protocol.verify_ledger(content)
    elif kind:
        protocol.banners(content)
        if all(step.holds is not False for step in protocol.examine(content)):
            protocol.compare([content])


def in_a_file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    path = Path(tempfile.mkdtemp()) / name

    def act(data: bytes) -> None:
        path.write_bytes(data)
        read(path)

    return act


def table(suffix: str) -> Callable[[bytes], object]:
    window = (dt.date(2021, 12, 6), dt.date(2021, 12, 24))
    return in_a_file(
        f"targets.{suffix}", lambda path: rosters.load(path.parent, "ABCD", "2021Q4", window)
    )


def parquet() -> Path:
    """The sample's targets as Parquet."""
    path = Path(tempfile.mkdtemp()) / "targets.parquet"
    pd.read_excel(SAMPLE / "targets.xlsx", dtype=str).to_parquet(path)
    return path


# what is fuzzed, and sound files to begin with
PARSERS: dict[str, tuple[Callable[[bytes], object], list[Path]]] = {
    "document": (document, [DRAW / "out/draw.json", DRAW / "out/public.json",
                            FREEZE / "out/notice.json", FREEZE / "out/freeze.json"]),
    "ledger": (in_a_file(ledger.NAME, lambda path: ledger.read(path.parent)), []),
    "round": (in_a_file("round.toml", params.read_round), [SAMPLE / "round.toml"]),
    "entropy": (in_a_file("entropy.toml", params.read_entropy), [SAMPLE / "entropy.toml"]),
    "csv": (table("csv"), [ROOT / "tests/cases/61-csv-of-error-cells/targets.csv"]),
    "xlsx": (table("xlsx"), [ROOT / "tests/cases/60-placeholders-in-name/targets.xlsx"]),
    "xls": (table("xls"), [ROOT / "tests/cases/K-biff5/targets.xls"]),
    "parquet": (table("parquet"), [parquet()]),
    "year": (in_a_file("year.toml", lambda path: planning.read(path.parent)), [YEAR / "year.toml"]),
    "calendar": (in_a_file("calendar.toml", workdays.read_calendar), []),
    "mapping": (
        in_a_file(headings.FILE,
                  lambda path: headings.read(path, "targets", schema.headers("targets"))),
        [],
    ),
    "exchange": (lambda data: exchange.read(data, "互认结果.json"), []),
}  # fmt: skip


def main() -> None:
    name, seconds = sys.argv[1], int(sys.argv[2])
    act, sound = PARSERS[name]
    seeds = Path(tempfile.mkdtemp())
    for number, path in enumerate(sound):
        (seeds / str(number)).write_bytes(path.read_bytes())
    if name == "ledger":
        entry = {"round": "R", "attempt": 1, "stage": "01-freeze", "bag": "0" * 64}
        entry["time"] = "2021-11-22T09:00:00+08:00"
        line = protocol.ledger_line(entry, protocol.NO_HEAD)
        (seeds / "line").write_text(line, encoding="utf-8", newline="\n")

    def once(data: bytes) -> None:
        with suppress(SsjError, protocol.ProtocolError):
            act(data)

    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-max_len=400000", str(seeds)], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
