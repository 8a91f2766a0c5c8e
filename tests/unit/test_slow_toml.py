"""TOML that somebody made to be slow, or to end a command with an error of the program."""

from __future__ import annotations

import time
import tomllib

import pytest

from ssj.base import params, tomls, workdays
from ssj.base.errors import InputError

SLOW = {
    "a key of many parts": f"x{'.a' * 100_000} = 1",
    "many keys of many parts": "\n".join(f"x{'.a' * 600}.b{n} = 1" for n in range(1_000)),
    "a table of many parts": f"[a{'.b' * 50_000}]",
    "a key of many parts inside": f"x = {{ a{'.b' * 50_000} = 1 }}",
    "a number of thousands of digits": "x = " + "9" * 5_000,
    "a thousand brackets": "x = " + "[" * 100_000 + "]" * 100_000,
    "megabytes": "# " + "x" * 2**22,
}


@pytest.mark.parametrize("text", SLOW.values(), ids=list(SLOW))
def test_what_is_slow_is_no_toml(tmp_path, text):
    path, start = tmp_path / "calendar.toml", time.process_time()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(tomllib.TOMLDecodeError):
        tomls.read(path)
    with pytest.raises(InputError, match="不合 TOML 书写规则"):
        params.read_entropy(path)
    with pytest.raises(InputError, match="不合 TOML 书写规则"):
        workdays.read_calendar(path)
    assert time.process_time() - start < 2


def test_all_else_is_read(tmp_path):
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xef\xbb\xbfa.b = 1\r\nraw = '1...2'\r\n")
    assert tomls.read(path) == {"a": {"b": 1}, "raw": "1...2"}
    with pytest.raises(FileNotFoundError):
        tomls.read(tmp_path / "none.toml")
