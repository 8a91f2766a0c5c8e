"""False alarms and power of the alarms over many rounds (:mod:`ssj.audit.alarms`), on invented
years (:mod:`ssj.proof.quiet`).

    python benchmarks/across.py [--years Y] [--lives L] [--bureaus B]

Honest years, each of a bureau of its own, and lives of ten years: in how many there was any alarm,
at the declared rate and, so that there is something to count, at one fifty times as high. More than
chance allows (once in ten thousand) is exit code 1. Then each cheat: after how many rounds an alarm
names the firm, of so many bureaus. Ten minutes.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from ssj.audit.alarms import RATE, TOPICS, Across
from ssj.proof import quiet
from ssj.proof.quiet import Bureau

RATES = (RATE, 50 * RATE)
LIFE, MOST = 40, 80  # rounds
CHEATS = (
    *((quiet.FRIEND, letter) for letter in "DCB"),
    *((quiet.VOIDS, letter) for letter in "DCB"),
    (quiet.GRADER, "A"),
)


def honest(count: int, rounds: int, first: int) -> bool:
    """Whether no more bureaus than chance allows had an alarm."""
    begun, alarmed, sound = time.perf_counter(), [0] * len(RATES), True
    for seed in range(first, first + count):
        found = [Across(rate) for rate in RATES]
        quiet.counted(Bureau(seed), rounds, *found)
        alarmed = [n + bool(a.alarms) for n, a in zip(alarmed, found, strict=True)]
    for rate, number in zip(RATES, alarmed, strict=True):
        whole = len(TOPICS) * rate
        allowed = quiet.most_by_chance(whole, count, 1e-4)
        sound &= number <= allowed
        print(
            f"{count} honest bureaus of {rounds} rounds: an alarm in {number}; declared at most "
            f"{whole:.3f}, chance allows {allowed}"
        )
    print(f"  {time.perf_counter() - begun:.0f} s")
    return sound


def power(cheat: str, letter: str, bureaus: int) -> None:
    """Print after how many rounds a cheat is seen."""
    rounds = [
        quiet.seen_after(Bureau(seed, cheat, letter, draws=1, matched=1), MOST)
        for seed in range(bureaus)
    ]
    seen = sorted(r for r in rounds if r is not None)
    quarters = [
        str(seen[at]) if at < len(seen) else f">{MOST}"
        for at in (bureaus // 4, bureaus // 2, 3 * bureaus // 4)
    ]
    within = [sum(r <= 4 * y for r in seen) for y in (2, 5, 10, 20)]
    print(
        f"{cheat} in class {letter}: rounds (quartiles) {', '.join(quarters)}; of {bureaus} seen "
        f"within 2, 5, 10, 20 years: {', '.join(map(str, within))}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=1_000)
    parser.add_argument("--lives", type=int, default=100)
    parser.add_argument("--bureaus", type=int, default=40)
    options = parser.parse_args()
    sound = honest(options.years, quiet.YEAR, 0) & honest(options.lives, LIFE, 10**6)
    for cheat, letter in CHEATS:
        power(cheat, letter, options.bureaus)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
