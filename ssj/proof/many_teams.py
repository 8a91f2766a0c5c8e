"""Teams over many seeds, for ``notebooks/8_proof.ipynb``: who goes how often, who goes with whom,
and whether equals are treated alike.

A sample round is frozen once and drawn with the seeds SHA-256("0"), SHA-256("1"), … by
:mod:`ssj.protocol` itself. The rule claims no probability for anyone (PROTOCOL §8), but it can't
tell officers apart who are equal in all that it reads: they may differ only by chance. Nothing here
enters an archive.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ssj import protocol
from ssj.base.formats import measured
from ssj.draw import matching
from ssj.proof.experiments import Rows, derived, upper

WORKERS, CHUNK = 2, 250  # processes, seeds at a time


class Tally(NamedTuple):
    """What many draws of a round gave: ``together[s, i, j]`` visits of both persons i and j in draw
    s, their own visits at i = j.
    """

    round: str
    people: list[protocol.Record]  # rows of the officer roster that can be sent
    together: NDArray[np.uint16]
    raised: int  # draws in which a cap had to rise
    failed: int  # draws without teams

    @property
    def loads(self) -> NDArray[np.int64]:
        """Visits of each person in each draw."""
        return np.diagonal(self.together, axis1=1, axis2=2).astype(np.int64)


def frozen(project: Path, round_id: str) -> protocol.Record:
    """What the draw of a sample round reads, as its freeze makes it without earlier rounds; the
    salt is the hash of its name.
    """
    own = derived(project, round_id)
    return {
        "round": round_id,
        "salt": protocol.sha256(round_id),
        "parameters": own.parameters.frozen(),
        "tables": own.tables,
    }


def tally(record: protocol.Record, seeds: int, workers: int = WORKERS) -> Tally:
    """Draw the round with so many seeds, in several processes."""
    people = [o for o in record["tables"]["officers"] if o["internal"]["available"]]
    chunks = [range(first, min(first + CHUNK, seeds)) for first in range(0, seeds, CHUNK)]
    if workers > 1 and len(chunks) > 1:
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            done = list(pool.map(_draws, [record] * len(chunks), chunks))
    else:
        done = [_draws(record, chunk) for chunk in chunks]
    return Tally(
        record["round"],
        people,
        np.concatenate([d[0] for d in done]),
        sum(d[1] for d in done),
        sum(d[2] for d in done),
    )


def _draws(record: protocol.Record, numbers: range) -> tuple[NDArray[np.uint16], int, int]:
    place = {
        o["id"]: n
        for n, o in enumerate(o for o in record["tables"]["officers"] if o["internal"]["available"])
    }
    together, raised, failed = np.zeros((len(numbers), len(place), len(place)), np.uint16), 0, 0
    for row, number in enumerate(numbers):
        seed = protocol.sha256(str(number))
        visits = protocol.visits_of(record, protocol.draw_targets(record, seed))
        try:
            teams = [
                matching.match(record, visits, seed, purpose) for purpose in ("officer", "expert")
            ]
        except (protocol.Infeasible, protocol.NoGroups):
            failed += 1
            continue
        raised += any(match["raised"] for match in teams)
        went: dict[str, list[int]] = defaultdict(list)
        for taken in (t for match in teams for t in match["taken"]):
            went[taken["visit"]].append(place[taken["officer"]])
        for team in went.values():
            together[row][np.ix_(team, team)] += 1
    return together, raised, failed


def equals(people: list[protocol.Record]) -> list[list[int]]:
    """Places of officers whom the rule can't tell apart: alike in all that it reads (PROTOCOL
    §10.5); groups of two or more.
    """
    found: dict[Any, list[int]] = defaultdict(list)
    for n, o in enumerate(people):
        own = o["internal"]
        lists = (tuple(sorted(own[key])) for key in ("specialities", "authority", "recusals"))
        found[own["kind"], own["department"], own["cap"], *lists].append(n)
    return [same for same in found.values() if len(same) > 1]


def chi_square(counts: NDArray[np.int64]) -> float | None:
    """χ² of the column sums, if in each row (a draw) the values are in random order; degrees of
    freedom: columns − 1.

    Within a draw only the order is random, so with σ² the variance of its m values a sum has the
    variance Σσ² over the draws, two of them the covariance −Σσ²/(m−1): exact, whatever the values
    are. None if no draw tells the columns apart.
    """
    m, spread = counts.shape[1], float(counts.var(axis=1).sum())
    if not spread:
        return None
    sums = counts.sum(axis=0)
    return float(((sums - sums.mean()) ** 2).sum() * (m - 1) / (m * spread))


# --- Tables ---------------------------------------------------------------------------------------


def summary(tallies: list[Tally]) -> Rows:
    """Each round's draws, those without teams and with raised caps; smallest and largest average
    visits of a person, and of two of one department together.
    """
    rows = []
    for t in tallies:
        average, together = t.loads.mean(axis=0), [value for value, *_ in _pairs(t)]
        rows.append(
            {
                "round": t.round,
                "draws": len(t.together),
                "failed": t.failed,
                "raised": t.raised,
                "least": measured(average.min()),
                "most": measured(average.max()),
                "rarest": measured(min(together)),
                "commonest": measured(max(together)),
            }
        )
    return rows


def _pairs(tally: Tally) -> list[tuple[float, int, int]]:
    """Average visits of every two officers of one department, and their places."""
    average, own = (
        tally.together.mean(axis=0),
        [(o["internal"]["kind"], o["internal"]["department"]) for o in tally.people],
    )
    return [
        (float(average[i, j]), i, j)
        for i, j in combinations(range(len(own)), 2)
        if own[i] == own[j] and own[i][0] == "officer"
    ]


def loads(tally: Tally) -> Rows:
    """Every person's visits in a draw: smallest, average, largest; busiest first within a
    department.
    """
    rows = [
        {
            "person": _name(o),
            "department": o["internal"]["department"]
            if o["internal"]["kind"] == "officer"
            else "专家",
            "specialities": tuple(o["internal"]["specialities"]),
            "least": int(own.min()),
            "average": measured(own.mean()),
            "most": int(own.max()),
        }
        for o, own in zip(tally.people, tally.loads.T, strict=True)
    ]
    return sorted(rows, key=lambda r: (r["department"], -r["average"]))


def pairs(tally: Tally, many: int = 3) -> Rows:
    """Pairs of a department that go together least and most often, visits in a draw on average."""
    found, own, rows = _pairs(tally), [o["internal"]["department"] for o in tally.people], []
    for department in sorted({own[i] for _, i, _ in found}):
        mine = sorted(x for x in found if own[x[1]] == department)
        chosen = mine[:many] + mine[max(many, len(mine) - many) :]
        rows += [
            {
                "department": department,
                "one": _name(tally.people[i]),
                "other": _name(tally.people[j]),
                "average": measured(value),
            }
            for value, i, j in chosen
        ]
    return rows


def alike(tally: Tally) -> Rows:
    """For each group of equals: their average visits, smallest and largest; χ² of their visits, and
    the largest χ² of their visits together with one and the same colleague (``free`` degrees of
    freedom, ``limit`` the end of the band).
    """
    rows = []
    for same in equals(tally.people):
        average = tally.loads[:, same].mean(axis=0)
        limit = measured(upper(len(same) - 1))
        visits = chi_square(tally.loads[:, same])
        shared = [
            x
            for c in range(len(tally.people))
            if c not in same
            and (x := chi_square(tally.together[:, same, c].astype(np.int64))) is not None
        ]
        chi, worst = measured(visits or 0), measured(max(shared, default=0))
        rows.append(
            {
                "people": tuple(_name(tally.people[i]) for i in same),
                "least": measured(average.min()),
                "most": measured(average.max()),
                "chi": chi,
                "colleagues": len(shared),
                "chi_shared": worst,
                "limit": limit,
                "holds": chi <= limit and worst <= limit,
            }
        )
    return rows


def _name(officer: protocol.Record) -> str:
    return f"{officer['identity']['name']}（{officer['id']}）"


def statements(tallies: list[Tally], rows: list[Rows]) -> Rows:
    """What the teams are to show, as :func:`ssj.proof.experiments.statements`; ``rows`` are those
    of :func:`alike`.
    """
    return list(_statements(tallies, [row for part in rows for row in part]))


def _statements(tallies: list[Tally], rows: Rows) -> Iterator[dict[str, Any]]:
    draws, failed = sum(len(t.together) for t in tallies), sum(t.failed for t in tallies)
    outside = [row for row in rows if not row["holds"]]
    worst = max(rows, key=lambda row: row["chi"] / row["limit"])
    found = [
        ("每次抽取都排得出检查组", f"{draws} 次，排不出 {failed} 次", not failed),
        (
            "同等人员的户次，以及各自与同一名同事同组的户次，相差只是偶然（卡方在界内）",
            (
                f"{len(rows)} 组同等人员，出界 {len(outside)} 组；最大的卡方 {worst['chi']}，界 "
                f"{worst['limit']}"
            ),
            bool(rows) and not outside,
        ),
    ]
    yield from (
        {"statement": statement, "figure": figure, "holds": "成立" if holds else "不成立"}
        for statement, figure, holds in found
    )
