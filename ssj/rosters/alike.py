"""Problems alike told shortly: the first fifty of one kind in one column of a file, and how many
more there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from ssj.base.errors import Problem
from ssj.tables import parts

MOST_ALIKE = (
    50  # problems of one kind in one column of a file shown one by one; the rest are counted
)


def few(problems: list[Problem]) -> list[Problem]:
    """In order of rows; of problems alike in one column of a file the first fifty, and one line for
    how many more there are.
    """
    alike: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in sorted(problems, key=order):
        alike.setdefault((problem.file, problem.code, problem.column), []).append(problem)
    shown = [p for group in alike.values() for p in group[:MOST_ALIKE]]
    more = [
        Problem(
            p.code,
            f"同样的问题还有 {len(group) - MOST_ALIKE} 处：{p.message}",
            p.remedy,
            p.file,
            p.sheet,
            None,
            p.column,
            severity=p.severity,
        )
        for group in alike.values()
        if len(group) > MOST_ALIKE
        for p in group[-1:]
    ]
    return sorted(shown, key=order) + more


def few_of_each(every: Iterable[Problem]) -> tuple[Problem, ...]:
    """What is shown of all tables' problems, which stand table by table, errors first: :func:`few`
    of each.
    """
    tables = groupby(every, key=lambda p: (p.severity, parts.table_of(p.file)))
    return tuple(problem for _, own in tables for problem in few(list(own)))


def order(problem: Problem) -> tuple[str, int, str]:
    return problem.file, problem.row or 0, problem.code
