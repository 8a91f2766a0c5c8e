"""Time and peak memory of a year's review: the four sample rounds, their rosters multiplied until
the year has about 3,000 visits.

Plan, freezes, draws and invented results are made first (some minutes); then ``ssj review`` and the
audit's steps without executing again are measured. What is demanded: the review under 30 s, 1 GB.

    python benchmarks/review.py [--times N] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

import openpyxl

sys.path.insert(0, str(Path(__file__).parent))

from round import ENVIRONMENT, ROOT, measure

YEAR, ROUNDS = "2021", ("2021Q1", "2021Q2", "2021Q3", "2021Q4")
# what must differ between copies of a row
KEYS = {"targets": ("编号", "名称", "许可证编号"), "officers": ("工号", "姓名", "执法证号")}
BLANK = ("回避对象",)  # of copies: recusals are the original's


def enlarge(path: Path, times: int) -> None:
    """A roster with every row ``times`` times, each copy with ids and names of its own."""
    keys = KEYS[path.stem]
    book = openpyxl.load_workbook(path)
    sheet = book.active
    top = next(n for n, row in enumerate(sheet.iter_rows(values_only=True), 1) if keys[0] in row)
    heads = [cell.value for cell in sheet[top]]
    rows = list(sheet.iter_rows(min_row=top + 1, values_only=True))
    for copy in range(2, times + 1):
        for row in rows:
            sheet.append(
                [
                    f"{cell}-{copy}" if head in keys and cell else None if head in BLANK else cell
                    for head, cell in zip(heads, row, strict=True)
                ]
            )
    book.save(path)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ssj.cli", *arguments]


def make(project: Path, times: int) -> None:
    """The year up to its results."""
    for name in (YEAR, *ROUNDS):
        shutil.copytree(ROOT / "demo" / "params" / name, project / "params" / name)
    for name in ROUNDS:
        for table in KEYS:
            enlarge(project / "params" / name / f"{table}.xlsx", times)
    for arguments in (
        ("plan", YEAR),
        *(
            (act, name, *more)
            for name in ROUNDS
            for act, *more in (("run",), ("results", "--sample"))
        ),
    ):
        _, seconds, peak = measure(command(*arguments), project)
        print(f"{' '.join(arguments):<24}{seconds:8.1f} s{peak:8.0f} MiB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--times", type=int, default=8, help="how many times each row of the rosters (default 8)"
    )
    parser.add_argument(
        "--keep", type=Path, help="make the year in this folder, or use the one that is there"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ssj-review-") as place:
        project = options.keep or Path(place)
        if not (project / "outputs").is_dir():
            make(project, options.times)
        _, seconds, peak = measure(command("review", YEAR), project)
        last = max((project / "outputs" / YEAR).glob("*-review"))
        record = json.loads((last / "data" / "out" / "review.json").read_text(encoding="utf-8"))
        visits, rows = (
            sum(r["visits"] for r in record["rounds"]),
            sum(len(i["rows"]) for i in record["indicators"]),
        )
        print(
            f"ssj review {YEAR}: {len(record['rounds'])} rounds, {visits} visits, "
            f"{record['rounds'][-1]['targets']} targets, {rows} rows: {seconds:.1f} s, "
            f"{peak:.0f} MiB"
        )


if __name__ == "__main__":
    assert ENVIRONMENT["PYTHONPATH"] == str(ROOT)
    main()
