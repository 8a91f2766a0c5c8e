"""Typed frames: which columns the frame of a table has, of what kind, and how one is made.

The columns are those of :data:`ssj.tables.schema.COLUMNS`, 对象范围 of the plan written out in its
parts (:class:`ssj.tables.scopes.Scope`). The index holds the rows as Excel counts them, numbered
through where a table has several files (:mod:`ssj.tables.parts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from ssj.tables.schema import COLUMNS
from ssj.tables.scopes import Scope

# parts of 对象范围 → kind
SCOPE = dict.fromkeys(Scope._fields, "words") | {"pool": "word"}


def kinds(table: str) -> dict[str, str]:
    """Column → kind (``cells.PARSERS``), in order.

    >>> list(kinds("recognised"))
    ['source', 'target', 'item', 'date', 'result', 'sha256', 'remark']
    """
    found: dict[str, str] = {}
    for column in COLUMNS[table]:
        found |= SCOPE if column.kind == "scope" else {column.key: column.kind}
    return found


def with_dtypes(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """A typed frame whose whole numbers and yes-or-no columns are stored as such, where no cell of
    them may be missing.
    """
    dtypes = {"int": "int64", "bool": "bool"}
    return frame.astype(
        {
            column.key: dtypes[column.kind]
            for column in COLUMNS[table]
            if column.kind in dtypes and column.default is not None
        }
    )


def frame(
    table: str, cells: Mapping[str, Iterable[Any]], index: Sequence[int] = ()
) -> pd.DataFrame:
    """A table's typed frame from its columns' cells; without cells an empty one."""
    rows = pd.Index(list(index), dtype="int64")
    columns = {key: pd.Series(list(cells.get(key, ())), rows, dtype=object) for key in kinds(table)}
    return with_dtypes(pd.DataFrame(columns, index=rows), table)
