"""A roster that stays, in the back-test: whom the same frame draws again and again, with and
without cool-down.

Each firm of the file stands once, with what was known before its last inspection; every round draws
the same share of them with a random event of its own. The cool-down is
:mod:`ssj.draw.cooldown`'s, with working sizes as a freeze of such a large frame has them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from ssj import protocol
from ssj.base.formats import in_percent, measured
from ssj.draw import chances, cooldown
from ssj.proof.backtest import POLICIES, many, tickets_of
from ssj.proof.backtest_file import Case, File
from ssj.proof.experiments import Rows

EPSILON, MEMORY = Fraction(1, 4), 4  # as the template of round.toml has them
OFTEN = 4  # visits of a firm that are many


class Run(NamedTuple):
    """One policy through all rounds: firms by their number of visits, and firms visited in two
    rounds running.
    """

    visits: Counter[int]
    repeats: int


def roster(file: File) -> list[Case]:
    """Each firm's last inspection."""
    return list({case.firm: case for case in file.cases}.values())


def standing(file: File, ratio: str, rounds: int, seeds: int) -> Rows:
    """For each policy without and with cool-down, averages over the seeds: firms never and often
    visited, most visits of one firm, share of visits that come right after one, in the round
    before.
    """
    firms = roster(file)
    n = protocol.sample_size(ratio, len(firms))
    runs = many(partial(_through, firms, n, rounds), range(seeds))
    rows = []
    for (policy, cooled), label in ((key, POLICIES[key[0]]) for key in _keys()):
        own = [run[policy, cooled] for run in runs]
        rows.append(
            {
                "policy": label + ("，降频" if cooled else ""),
                "firms": len(firms),
                "visits": n * rounds,
                "never": in_percent(sum(r.visits[0] for r in own) / len(own) / len(firms), 1),
                "often": in_percent(
                    sum(count for r in own for v, count in r.visits.items() if v >= OFTEN)
                    / len(own)
                    / len(firms)
                ),
                "most": measured(sum(max(r.visits) for r in own) / len(own), 1),
                "repeats": in_percent(
                    sum(r.repeats for r in own) / len(own) / (n * (rounds - 1)), 1
                )
                if rounds > 1
                else None,
            }
        )
    return rows


def _keys() -> list[tuple[str, bool]]:
    return [(policy, cooled) for policy in POLICIES for cooled in (False, True)]


def _through(
    firms: Sequence[Case], n: int, rounds: int, number: int
) -> dict[tuple[str, bool], Run]:
    tickets = [
        tickets_of(f"常设名录第{r}批次", number, [f.firm for f in firms]) for r in range(rounds)
    ]
    return {
        (policy, cooled): _rounds([f.size(policy) for f in firms], n, tickets, cooled)
        for policy, cooled in _keys()
    }


def _rounds(sizes: list[int], n: int, tickets: Sequence[Sequence[str]], cooled: bool) -> Run:
    """Units are alike where their sizes are: their designed past is kept once for each size."""
    chance = dict(zip(sizes, chances.declared(sizes, n), strict=True))
    designed = {size: cooldown.History.never(MEMORY).recent for size in chance}
    last, visits, repeats = [0] * len(sizes), [0] * len(sizes), 0
    for own in tickets:
        working = sizes
        if cooled:
            factors = {
                size: cooldown.factors(cooldown.History(0, designed[size]), chance[size], EPSILON)
                for size in chance
            }
            # none within memory: the last entry
            working = [size * factors[size][ago - 1] for size, ago in zip(sizes, last, strict=True)]
            designed = {
                size: cooldown.after(
                    cooldown.History(0, designed[size]), chance[size], factors[size]
                ).recent
                for size in chance
            }
        certain, others = protocol.select(
            map(protocol.Unit, map(str, range(len(sizes))), working, own), n
        )
        went = {int(i) for i in certain + others}
        repeats += sum(last[i] == 1 for i in went)
        last = [
            1 if i in went else ago + 1 if 0 < ago < MEMORY else 0 for i, ago in enumerate(last)
        ]
        for i in went:
            visits[i] += 1
    return Run(Counter(visits), repeats)
