"""The one table of all that can be said about rosters: files and their layout, single cells, rows
and tables together.

Codes: ``F`` is about files and layouts; 01 to 19 are about single cells, and a problem's code
begins with its table's letter (``T04``); later ones look across rows and tables
(:mod:`ssj.rosters.finders`), and last at the plan and the officers together with round.toml. Where
one code has several messages, a rule's name goes on after a slash (``F04/locked``). A reviewed
exception (exceptions.xlsx) may let a row through whose only errors are *excusable*. The manual
prints this table (``scripts/make_guide_checks.py``).
"""

from __future__ import annotations

import string
from functools import lru_cache

from ssj.base.errors import Problem
from ssj.tables.rule import Rule
from ssj.tables.rules_across import ACROSS
from ssj.tables.rules_cells import CELLS, CODES, POOLS
from ssj.tables.rules_files import FILES
from ssj.tables.rules_round import EXCEPTIONS, GONE, OFFICES, ROUND, SIGNING

__all__ = [
    "ACROSS",
    "CELLS",
    "CODES",
    "EXCEPTIONS",
    "FILES",
    "GONE",
    "OFFICES",
    "POOLS",
    "ROUND",
    "RULE",
    "RULES",
    "SIGNING",
    "Rule",
    "problem",
]
RULES: tuple[Rule, ...] = (
    *FILES,
    *CELLS,
    *CODES,
    *POOLS,
    *ACROSS,
    *ROUND,
    *EXCEPTIONS,
    *SIGNING,
    *OFFICES,
    *GONE,
)
# By name, and by code as problems have it; of several rules with one code the first
RULE: dict[str, Rule] = (
    {
        letter + rule.code: rule
        for rule in reversed(CELLS)
        for letter in string.ascii_uppercase
        if letter != "F"
    }
    | {rule.code: rule for rule in reversed(RULES)}
    | {rule.name: rule for rule in RULES}
)


def problem(
    name: str,
    /,
    file: str = "",
    sheet: str = "",
    row: int | None = None,
    column: str = "",
    value: str = "",
    letter: str = "",
    **details: object,
) -> Problem:
    """What a rule says of a place; ``letter``: of the table, for rules about single cells."""
    rule, (message, remedy) = RULE[name], _said(name, tuple(details.items()))
    return Problem(
        (letter if len(rule.code) == 2 else "") + rule.code,
        message,
        remedy,
        file,
        sheet,
        row,
        column,
        value,
        rule.severity,
    )


@lru_cache(maxsize=4096)
def _said(name: str, details: tuple[tuple[str, object], ...]) -> tuple[str, str]:
    """Message and remedy; those of very many rows alike are held once."""
    return RULE[name].message.format(**dict(details)), RULE[name].remedy.format(**dict(details))
