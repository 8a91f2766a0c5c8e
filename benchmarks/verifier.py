"""The verifier page on a draw record of 20,000 targets and 7 tasks, beside ``protocol.py`` on the
same record.

``python benchmarks/verifier.py [targets]``; needs selenium, Chromium and chromedriver. The ratio
(page / Python) comes last.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from chromium import headless

from ssj import protocol
from ssj.casebook.render import verifier_page

DICE = "1635241635241635"
TASKS, OFFICERS, REPEATS = 7, 300, 3


def record(targets: int) -> protocol.Record:
    """A draw record: every target stands in all tasks with another size, all details pseudo-random
    but always the same.
    """
    chance = random.Random(20211126)

    def row(identifier: str, **internal) -> protocol.Record:
        return {
            "id": identifier,
            "identity": {"id": identifier, "name": f"样例{identifier}有限责任公司"},
            "internal": internal,
        }

    tables = {
        "items": [
            row(
                f"I{k}",
                department=f"样例{k % 3}局",
                categories=["c"],
                specialities=["abcd"[k % 4]] * (k % 2),
                expert=False,
            )
            for k in range(TASKS + 1)
        ],
        "officers": [
            row(
                f"P{k:03}",
                kind="officer",
                department=f"样例{k % 3}局",
                specialities=[s for s in "abcd" if chance.random() < 0.5],
                authority=[],
                recusals=[],
                available=True,
                cap=None,
            )
            for k in range(OFFICERS)
        ],
        "targets": [
            row(
                f"S{n:06}",
                category="c",
                public=True,
                frames=[
                    {
                        "task": f"T{k}",
                        "stratum": "*",
                        "size": chance.randint(1, 10**9),
                        "reason": "",
                    }
                    for k in range(TASKS)
                ],
            )
            for n in range(targets)
        ],
        "tasks": [
            row(
                f"T{k}",
                items=[f"I{k}", f"I{k + 1}"],
                strata=[{"stratum": "*", "ratio": "0.02"}],
                team_size=2,
                expert=False,
            )
            for k in range(TASKS)
        ],
    }
    frozen = {
        "protocol": protocol.PROTOCOL,
        "round": "benchmark",
        "attempt": 1,
        "salt": "5a" * 32,
        "parameters": {"slack": 2, "demonstration": True},
        "tables": tables,
        "event": {
            "kind": "dice",
            "count": 16,
            "form": protocol.event_form("dice", 16),
            "time": "2021-11-26T10:00:00+08:00",
            "custodians": [],
        },
        "code": {"version": "0", "hash": "0" * 64},
        "ledger_head": protocol.NO_HEAD,
    }
    frozen["commitment"] = protocol.commit(frozen)
    return {**frozen, "entropy": {"text": DICE}, **protocol.draw(frozen, DICE)}


def in_page(page: Path, file: Path) -> list[float]:
    """Seconds from choosing the file to the result, several times in one browser."""
    from selenium.webdriver.common.by import By

    browser = headless()
    times = []
    try:
        browser.get(page.as_uri())
        for number in range(1, REPEATS + 1):
            begin = time.perf_counter()
            browser.find_element(By.ID, "files").send_keys(str(file))
            while browser.execute_script("return document.body.dataset.done") != str(number):
                time.sleep(0.05)
            times.append(time.perf_counter() - begin)
            if browser.find_element(By.CSS_SELECTOR, ".verdict").text != "5 步全部相符。":
                raise SystemExit("the page does not verify the record")
    finally:
        browser.quit()
    return times


def in_python(file: Path) -> list[float]:
    times = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        if not all(
            s.holds for s in protocol.examine(protocol.parse(file.read_text(encoding="utf-8")))
        ):
            raise SystemExit("protocol.py does not verify the record")
        times.append(time.perf_counter() - begin)
    return times


def main(targets: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        page, file = Path(place) / "verify.html", Path(place) / "draw.json"
        page.write_text(verifier_page(), encoding="utf-8", newline="\n")
        made = record(targets)
        file.write_bytes(protocol.canonical(made))
        print(
            f"{targets} targets, {TASKS} tasks, {len(made['visits'])} visits, {OFFICERS} "
            f"officers, {file.stat().st_size / 2**20:.1f} MB"
        )
        page_seconds, python_seconds = (
            statistics.median(act())
            for act in (lambda: in_page(page, file), lambda: in_python(file))
        )
    print(
        f"page in Chromium  {page_seconds:6.2f} s (median of {REPEATS}; aim: under 7 s for "
        "20,000 targets)"
    )
    print(f"protocol.py       {python_seconds:6.2f} s")
    print(f"ratio             {page_seconds / python_seconds:6.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
