"""Time and peak memory of reading and checking a target roster of many rows, beside
``pandas.read_excel`` that merely reads it.

The roster is invented: 15 columns, the other tables and the parameters of the sample round
sample60; some mistakes are planted, and each run must find just those (and that an officer's
recusal names nobody here). Ours is ``rosters.load``: headers matched, every cell parsed, all checks
within and across the four tables, rows sorted. Each run has a process of its own. All files hold
the same rows; the last line is our whole intake of the workbook over pandas' reading of it.

    python benchmarks/intake.py [--repeat R] [--large] [ROWS] 100000 unless named; --large adds
    1,000,000 rows as Parquet
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import psutil

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

MIB = 2**20
WEIGHTS, ALPHABET = (
    (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28),
    "0123456789ABCDEFGHJKLMNPQRTUWXY",
)
# code → rows with it, in every file
PLANTED = {"T05": 50, "T04": 40, "T06": 30, "T07": 20, "T10": 10, "T20": 60, "T01": 25}
OURS = """
import datetime as dt, json, sys, time
from collections import Counter
from pathlib import Path
from ssj.rosters import rosters
start, cpu = time.perf_counter(), time.process_time()
window = (dt.date(2021, 12, 6), dt.date(2021, 12, 24))
found = rosters.load(Path(sys.argv[1]), ("A", "B", "C", "D"), "sample60", window)
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
codes = sorted({p.code for p in found.problems})
print(json.dumps({"seconds": seconds, "cpu": cpu, "rows": len(found.targets), "codes": codes,
                  "lines": len(found.problems)}))
"""
THEIRS = """
import json, sys, time
from pathlib import Path
import pandas as pd
start, cpu = time.perf_counter(), time.process_time()
frame = pd.read_excel(Path(sys.argv[1]) / "targets.xlsx", engine="openpyxl", dtype=object)
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
print(json.dumps({"seconds": seconds, "cpu": cpu, "rows": len(frame)}))
"""


def code(number: int) -> str:
    """A credit code with its check digit, of a region that does not exist."""
    text = f"91140999MA{number:07X}"
    return (
        text
        + ALPHABET[
            (31 - sum(ALPHABET.index(c) * w for c, w in zip(text, WEIGHTS, strict=True)) % 31) % 31
        ]
    )


def roster(rows: int) -> pd.DataFrame:
    """The invented roster, mistakes planted in rows chosen by a fixed seed."""
    source = random.Random(rows)
    days = [(date(2000, 1, 1) + timedelta(n)).isoformat() for n in range(7000)]
    trades = ("施工企业", "物业服务", "燃气经营", "在建项目")
    frame = pd.DataFrame(
        {
            "编号": [code(n) for n in range(rows)],
            "名称": [f"演示{n:07}号建筑工程有限公司" for n in range(rows)],
            "类别": source.choices(trades, k=rows),
            "信用风险等级": source.choices("ABCD", (60, 25, 10, 5), k=rows),
            "状态": source.choices(("存续", "正常", "注销"), (80, 15, 5), k=rows),
            "是否公开": source.choices(("是",), k=rows),
            "标签": source.choices(("", "专项整治", "专项整治、重点检查"), (90, 8, 2), k=rows),
            "地址": [f"演示县演示{n % 40}乡演示路{n % 9973}号" for n in range(rows)],
            "所属区域": [f"演示{n % 40}乡" for n in range(rows)],
            "主管股室": source.choices(("建筑业管理股", "物业管理股", "燃气管理股"), k=rows),
            "许可证编号": [f"样D{n:010}" for n in range(rows)],
            "有效期至": [f"202{n % 7 + 2}-0{n % 9 + 1}-{n % 28 + 1:02}" for n in range(rows)],
            "成立日期": source.choices(days[:3500], k=rows),
            "上次检查日期": source.choices(days[3500:], k=rows),
            "投诉举报数": source.choices(("0", "1", "2"), (90, 8, 2), k=rows),
        }
    )
    places = iter(source.sample(range(1, rows), sum(PLANTED.values())))
    ids = frame["编号"].tolist()
    for fault, count in PLANTED.items():
        for _ in range(count):
            at = next(places)
            column, value = {
                "T05": ("编号", frame.at[0, "编号"]),
                "T04": ("编号", "9.11409990062012E+17"),
                "T06": ("状态", "营业中"),
                "T07": ("成立日期", "去年"),
                "T10": ("信用风险等级", "E"),
                "T20": ("编号", ids[at][:-1] + ("0" if ids[at][-1] != "0" else "1")),
                "T01": ("名称", ""),
            }[fault]
            frame.at[at, column] = value
    return frame


def make(folder: Path, frame: pd.DataFrame, kind: str) -> None:
    """A round's folder with the roster in one kind of file."""
    shutil.copytree(ROOT / "demo" / "params" / "sample60", folder)
    (folder / "targets.xlsx").unlink()
    if kind == "csv":
        frame.to_csv(folder / "targets.csv", index=False, encoding="utf-8-sig")
    elif kind == "parquet":
        frame.replace("", None).to_parquet(folder / "targets.parquet", index=False)
    else:
        import xlsxwriter

        with xlsxwriter.Workbook(
            str(folder / "targets.xlsx"), {"constant_memory": True, "strings_to_numbers": False}
        ) as book:
            sheet = book.add_worksheet("检查对象名录库")
            for n, row in enumerate([tuple(frame.columns), *frame.itertuples(index=False)]):
                sheet.write_row(n, 0, row)


def measure(program: str, folder: Path) -> dict:
    """What a program prints, with its peak memory in MiB."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    peak = 0

    def watch() -> None:
        nonlocal peak
        own = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                peak = max(peak, own.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    said, faults = process.communicate()
    watcher.join()
    if process.returncode:
        raise SystemExit(faults)
    return {**json.loads(said), "peak": peak / MIB}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="?", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    medians = {}
    print(f"{'':34}{'rows':>10}{'s':>9}{'cpu s':>9}{'peak MiB':>10}   (median of {options.repeat})")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        sizes = [(options.rows, kind) for kind in ("xlsx", "csv", "parquet")] + [
            (1_000_000, "parquet")
        ] * options.large
        for rows, kind in sizes:
            folder = Path(place) / f"{rows}{kind}" / "sample60"
            make(folder, roster(rows), kind)
            programs = {
                f"rosters.load {kind}": OURS,
                **({"pandas.read_excel openpyxl": THEIRS} if kind == "xlsx" else {}),
            }
            for name, program in programs.items():
                runs = [measure(program, folder) for _ in range(options.repeat)]
                last = runs[-1]
                if "codes" in last and (
                    set(last["codes"]) - {"O24"} != {*PLANTED}
                    or rows - last["rows"] != sum(PLANTED.values())
                ):
                    raise SystemExit(f"{name}: not what was planted: {last}")
                medians[name, rows] = statistics.median(run["seconds"] for run in runs)
                print(
                    f"{name:34}{rows:>10,}{medians[name, rows]:9.2f}"
                    f"{statistics.median(run['cpu'] for run in runs):9.2f}"
                    f"{max(run['peak'] for run in runs):10.0f}",
                    flush=True,
                )
            shutil.rmtree(folder)
    theirs = medians["pandas.read_excel openpyxl", options.rows]
    print(f"ratio {medians['rosters.load xlsx', options.rows] / theirs:.2f}")


if __name__ == "__main__":
    main()
