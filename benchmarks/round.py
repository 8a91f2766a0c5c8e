"""Time and peak memory of the sample round, beside the ``papermill`` and ``jupyter nbconvert``
commands.

Both do the same three notebooks on the same inputs in the same run; the last line is the ratio of
the medians. Ours also checks the inputs, certifies, renders two pages a stage instead of one, seals
and registers.

    python benchmarks/round.py [--repeat N] [ROUND]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
NOTEBOOKS = {"rosters": "1_rosters.ipynb", "freeze": "1a_freeze.ipynb", "draw": "2_draw.ipynb"}
SAID = {"freeze": "已封库", "draw": "已抽取"}  # a freeze is told with the rosters before it
MIB = 2**20


def measure(command: list[str], cwd: Path) -> tuple[list[tuple[float, str]], float, float]:
    """Lines of output with their times, seconds in all, and the largest memory of the process tree
    in MiB.
    """
    start, peak, lines = time.perf_counter(), 0, []
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )

    def watch() -> None:
        nonlocal peak
        while process.poll() is None:
            peak = max(peak, memory(process.pid))
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for line in process.stdout or ():
        lines.append((time.perf_counter() - start, line.rstrip()))
    watcher.join()
    if process.wait():
        raise SystemExit("\n".join(text for _, text in lines))
    return lines, time.perf_counter() - start, peak / MIB


def memory(pid: int) -> int:
    """Resident bytes of a process and all its children."""
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


def ours(home: Path, name: str) -> tuple[dict[str, float], float]:
    """Seconds of each stage of ``ssj run`` and in all; its peak memory."""
    shutil.copytree(ROOT / "demo" / "params" / name, home / "params" / name)
    lines, seconds, peak = measure([sys.executable, "-m", "ssj.cli", "run", name], home)
    ends = [next(at for at, text in lines if text.startswith(said)) for said in SAID.values()]
    return {"freeze": ends[0], "draw": ends[1] - ends[0], "all": seconds}, peak


def theirs(home: Path, archive: Path, name: str) -> tuple[dict[str, float], float]:
    """Seconds that the two commands take for the same notebooks on the same ``in/``; their peak
    memory.
    """
    times, peaks = dict.fromkeys(SAID, 0.0), []
    for number, (kind, notebook) in enumerate(NOTEBOOKS.items(), 1):
        folder = home / kind
        shutil.copytree(archive / f"{number:02}-{kind}" / "data" / "in", folder / "in")
        (folder / "out").mkdir()
        run = [
            sys.executable,
            "-m",
            "papermill",
            str(ROOT / "notebooks" / notebook),
            "executed.ipynb",
            "-k",
            "python3",
            "-r",
            "round_id",
            name,
            "-p",
            "attempt",
            "1",
        ]
        convert = [sys.executable, "-m", "nbconvert", "--to", "html", "executed.ipynb"]
        measured = [measure(command, folder) for command in (run, convert)]
        times["draw" if kind == "draw" else "freeze"] += sum(seconds for _, seconds, _ in measured)
        peaks += [peak for _, _, peak in measured]
    return {**times, "all": sum(times.values())}, max(peaks)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("round", nargs="?", default="2021Q4")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    results: dict[str, list[tuple[dict[str, float], float]]] = {
        "ssj run": [],
        "papermill + nbconvert": [],
    }
    for _ in range(options.repeat):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
            results["ssj run"].append(ours(Path(place), options.round))
            archive = Path(place) / "outputs" / options.round
            results["papermill + nbconvert"].append(
                theirs(Path(place) / "theirs", archive, options.round)
            )
    medians = {}
    print(
        f"{'':24}{'freeze s':>10}{'draw s':>10}{'all s':>10}{'peak MiB':>10}   (median of "
        f"{options.repeat})"
    )
    for who, runs in results.items():
        column = {
            key: statistics.median(times[key] for times, _ in runs)
            for key in ("freeze", "draw", "all")
        }
        medians[who] = column["all"]
        print(
            f"{who:24}"
            + "".join(f"{column[k]:10.2f}" for k in column)
            + f"{max(peak for _, peak in runs):10.0f}"
        )
    print(f"ratio {medians['ssj run'] / medians['papermill + nbconvert']:.2f}")


if __name__ == "__main__":
    main()
