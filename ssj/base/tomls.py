"""Values → TOML, always the same text for the same values: what ``tomllib`` reads, written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

Table = Mapping[str, Any]


def dumps(table: Table) -> str:
    """Text, integers, booleans, days, times, lists and tables of these; ``None`` is left out:
    ``dumps({"a": 1, "b": None}).strip() == "a = 1"``.
    """
    return "\n".join(_lines((), table)).lstrip("\n") + "\n"


def _lines(name: tuple[str, ...], table: Table) -> Iterator[str]:
    given = {key: value for key, value in table.items() if value is not None}
    below = {key: value for key, value in given.items() if _tables(value)}
    for key, value in given.items():
        if key not in below:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in below.items():
        path = (*name, key)
        dotted = ".".join(map(_key, path))
        if isinstance(value, Mapping):
            if not value or not all(map(_tables, value.values())):
                yield from ("", f"[{dotted}]")
            yield from _lines(path, value)
        else:
            for each in value:
                yield from ("", f"[[{dotted}]]")
                yield from _lines(path, each)


def _tables(value: Any) -> bool:
    """Whether a value is a table, or several."""
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)
    )


def _key(key: str) -> str:
    return key if re.fullmatch("[0-9A-Za-z_-]+", key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, date):  # or a time
        return value.isoformat()
    # escapes of a basic string are JSON's but for U+007F
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
