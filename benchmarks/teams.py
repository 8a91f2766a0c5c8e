"""Teams by the protocol beside HiGHS (and CP-SAT) that merely find some assignment of the same
instance.

Ours orders everyone by lot for every visit, raises caps where needed, fills seat after seat, and
gives the reason for everyone passed over. The solvers get who may take which seat and the caps that
ours ended with, and find any assignment: no lots, no order, no reasons. All in one run, medians;
the last lines are ratios.

    python benchmarks/teams.py [--repeat R] [VISITSxOFFICERS …]          300x40 if none is named

Needs scipy (in the ``test`` extra). Optional: ``pip install ortools``; what is not installed is
named and left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from ssj import protocol
from ssj.draw import matching

DEPARTMENTS, SKILLS = ("住建", "市场监管", "消防", "城管"), ("燃气", "施工", "质量", "消防", "电梯")
SEED, SALT, MIB = protocol.sha256("teams"), "5a" * 32, 2**20


def instance(visits: int, officers: int) -> dict[str, Any]:
    """A county: three officers in five of the lead department, few of each speciality, recusals,
    one visit in three by two departments.
    """
    source = random.Random(visits)
    items = [
        {
            "id": f"I{d}{s}",
            "internal": {"department": department, "specialities": [skill] if skill else []},
        }
        for d, department in enumerate(DEPARTMENTS)
        for s, skill in enumerate((*SKILLS, ""))
    ]
    people = []
    for n in range(officers):
        department = DEPARTMENTS[0] if n < 0.6 * officers else DEPARTMENTS[1 + n % 3]
        skills = [
            s
            for k, s in enumerate(SKILLS)
            if source.random() < 0.1 or (n % 5 == k and (n < 10 or department != DEPARTMENTS[0]))
        ]
        people.append(
            {
                "id": f"P{n:04}",
                "internal": {
                    "kind": "officer",
                    "department": department,
                    "specialities": skills,
                    "authority": [],
                    "available": True,
                    "cap": None,
                    "recusals": [f"V{source.randrange(visits):05}" for _ in range(2)],
                },
            }
        )
    found = []
    for n in range(visits):
        departments = [0] if source.random() < 0.7 else [0, source.randrange(1, 4)]
        chosen = sorted(
            {
                f"I{d}{source.randrange(len(SKILLS) + 1)}"
                for d in departments
                for _ in range(source.choice((1, 1, 2)))
            }
        )
        seats = []
        for d in departments:
            skills = [
                SKILLS[int(i[2])] for i in chosen if int(i[1]) == d and int(i[2]) < len(SKILLS)
            ]
            seats += [
                {"department": DEPARTMENTS[d], "speciality": s}
                for s in [*skills, *[""] * (2 - len(skills))]
            ]
        found.append({"id": f"V{n:05}", "items": chosen, "seats": seats, "expert_seats": []})
    return {
        "salt": SALT,
        "parameters": {"slack": 0},
        "visits": found,
        "tables": {"items": items, "officers": people, "targets": []},
    }


def ours(record: dict[str, Any]) -> dict[str, Any]:
    return matching.match(record, record["visits"], SEED, "officer")


def plain(record: dict[str, Any]) -> dict[str, Any]:
    """As the verifier does it, which is written to be read."""
    return protocol.match(record, record["visits"], SEED, "officer")


def edges_of(
    record: dict[str, Any], result: dict[str, Any]
) -> tuple[list[protocol.Seat], list[tuple[int, str]], dict[str, int]]:
    """Seats, who may take which, and the caps in the end: what a solver is told."""
    seats = protocol.seats_of(record, record["visits"], SEED, "officer", protocol.bars(record))
    caps = protocol.first_caps(seats, record["tables"]["officers"], record["parameters"]["slack"])[
        0
    ]
    return (
        seats,
        [(n, o) for n, s in enumerate(seats) for o in s.candidates],
        caps | {r["officer"]: r["cap"] for r in result["raised"]},
    )


def limits_of(seats: list[protocol.Seat], edges: list[tuple[int, str]]) -> dict[Any, list[int]]:
    """Numbers of the edges that share a seat, a person in a visit, or a person's cap."""
    found: dict[Any, list[int]] = {}
    for e, (s, o) in enumerate(edges):
        for key in ((s,), (seats[s].visit, o), o):
            found.setdefault(key, []).append(e)
    return found


def with_highs(
    seats: list[protocol.Seat], edges: list[tuple[int, str]], caps: dict[str, int]
) -> None:
    limits = limits_of(seats, edges)
    rows = np.concatenate([np.full(len(own), row) for row, own in enumerate(limits.values())])
    matrix = coo_array(
        (np.ones(len(rows)), (rows, np.concatenate(list(limits.values())))),
        shape=(len(limits), len(edges)),
    )
    upper = [caps[key] if isinstance(key, str) else 1 for key in limits]
    lower = [1 if isinstance(key, tuple) and len(key) == 1 else 0 for key in limits]
    answer = milp(
        np.zeros(len(edges)),
        integrality=np.ones(len(edges)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix.tocsr(), lower, upper),
    )
    if not answer.success:
        raise SystemExit(f"HiGHS: {answer.message}")


def with_cp_sat(
    seats: list[protocol.Seat], edges: list[tuple[int, str]], caps: dict[str, int]
) -> None:
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in edges]
    for key, own in limits_of(seats, edges).items():
        variables = [chosen[e] for e in own]
        if isinstance(key, str):
            model.add(sum(variables) <= caps[key])
        elif len(key) == 1:
            model.add_exactly_one(variables)
        elif len(own) > 1:
            model.add_at_most_one(variables)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise SystemExit("CP-SAT found no assignment")


def seconds(action: Callable[[], Any], repeat: int) -> float:
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak() -> int:
    """The largest memory that this process has had, in bytes."""
    if known := getattr(psutil.Process().memory_info(), "peak_wset", 0):
        return known
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def compare(visits: int, officers: int, repeat: int) -> dict[str, float]:
    """Prints seconds of ours and of the solvers; how many times as long each solver takes."""
    record = instance(visits, officers)
    result = ours(record)
    mine = seconds(lambda: ours(record), repeat)
    told = edges_of(record, result)
    print(
        f"\n{visits:,} visits, {officers} officers: {len(told[0]):,} seats, {len(told[1]):,} "
        "pairs; caps raised: "
        f"{sum(r['by'] for r in result['raised'])}, passed over: {len(result['skipped']):,}; "
        f"seconds, median of {repeat}"
    )
    print(f"    {'matching.match':24}{mine:10.2f}   peak {peak() / MIB:.0f} MiB")
    print(f"    {'protocol.match (plain)':24}{seconds(lambda: plain(record), repeat):10.2f}")
    rivals: dict[str, Callable[[], Any]] = {"HiGHS": lambda: with_highs(*told)}
    if importlib.util.find_spec("ortools"):
        rivals["CP-SAT"] = lambda: with_cp_sat(*told)
    taken = {who: seconds(act, repeat) for who, act in rivals.items()}
    for who, theirs in taken.items():
        print(f"    {who:24}{theirs:10.2f}")
    return {who: theirs / mine for who, theirs in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", default=["300x40"])
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    if not importlib.util.find_spec("ortools"):
        print("未安装，本次不比较：ortools（pip install ortools）")
    ratios = {}
    for size in options.sizes:
        visits, officers = map(int, size.split("x"))
        ratios[size] = compare(visits, officers, options.repeat)
    print(
        "\ntimes as fast: ours, order and reasons included, against a solver that finds any "
        "assignment"
    )
    for size, found in ratios.items():
        print(f"    {size:12}" + "".join(f"{who} {ratio:.1f}   " for who, ratio in found.items()))


if __name__ == "__main__":
    main()
