"""The rows of a table.

Which columns a table has, and what they hold, is declared in :mod:`ssj.tables.schema`, where no
type checker sees it: the fields of a row may be anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ssj.protocol import Record


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """Each row as a named tuple with the columns as its fields; ``Index`` is its row in the file.

    >>> [row.id for row in rows_of(pd.DataFrame({"id": ["S001", "S002"]}))]
    ['S001', 'S002']
    """
    return frame.itertuples()


def records_of(frame: pd.DataFrame) -> list[Record]:
    """Each row as a dict by column.

    >>> records_of(pd.DataFrame({"id": ["S001", "S002"]}))
    [{'id': 'S001'}, {'id': 'S002'}]
    """
    return [{str(key): cell for key, cell in row.items()} for row in frame.to_dict("records")]
