"""A rule: one thing that can be said about rosters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Rule:
    """What can be said: message and remedy with the names of their details. Of a rule across rows:
    the tables that it ``needs``, first the one whose column ``key`` it speaks of; of any other:
    ``where``, in words.
    """

    name: str
    message: str
    remedy: str
    severity: Literal["error", "warning"] = "error"
    key: str = ""
    needs: tuple[str, ...] = ()
    where: str = ""
    excusable: bool = False

    @property
    def code(self) -> str:
        return self.name.partition("/")[0]


def of_files(
    name: str,
    where: str,
    message: str,
    remedy: str,
    severity: Literal["error", "warning"] = "error",
) -> Rule:
    return Rule(name, message, remedy, severity, where=where)


def of_cells(name: str, where: str, message: str, remedy: str) -> Rule:
    return Rule(name, message, remedy, where=where)
