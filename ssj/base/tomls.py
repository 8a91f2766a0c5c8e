"""TOML that may come from anywhere, read in bounded time; values → TOML, always the same text for
the same values.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

Table = Mapping[str, Any]
LARGEST = 2**22  # bytes of a file
MOST = 500  # dots in a line: tomllib's time grows with the square of a key's parts


def read(path: Path) -> dict[str, Any]:
    """The content of a TOML file, with a byte-order mark or without. ``TOMLDecodeError`` if it is
    none, or takes too long to read; ``OSError`` and ``UnicodeDecodeError`` as reading has them.
    """
    if path.stat().st_size > LARGEST:
        raise tomllib.TOMLDecodeError(f"larger than {LARGEST} bytes")
    text = path.read_text(encoding="utf-8-sig")
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > MOST:
            raise tomllib.TOMLDecodeError(f"too many dots (at line {number}, column 1)")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets
        raise tomllib.TOMLDecodeError(str(error)) from error


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
