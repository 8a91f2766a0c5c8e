"""Whole columns looked at once: the few texts that an exact check has to see, among very many that
it need not.

Each screen lets through every text that its exact check would find, and as few others as is cheap
(tests compare both).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

DIGITS_OF_A_NUMBER = 11  # of the shortest personal number, a mobile one
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015
_WEIGHTS = np.array([3**n % 31 for n in range(17)] + [1], dtype=np.int16)
_VALUES = np.full(256, 99, dtype=np.int16)
_VALUES[list(_ALPHABET.encode())] = range(31)


def texts(cells: Iterable[Any]) -> list[str]:
    """The distinct texts among cells."""
    distinct = set(cells)
    distinct.discard(None)
    return (
        list(distinct)
        if set(map(type, distinct)) == {str}
        else [cell for cell in distinct if isinstance(cell, str)]
    )


def table(chars: Iterable[str]) -> np.ndarray:
    """What :func:`holding` takes: each of the characters counts one."""
    marks = np.zeros(0x110000, dtype=np.uint8)
    marks[[ord(char) for char in chars]] = 1
    return marks


def holding(texts: Sequence[str], marks: np.ndarray, least: int = 1) -> list[str]:
    """The texts whose characters count ``least`` or more together:
    ``holding(["ab", "c"], table("b")) == ["ab"]``.
    """
    found = marks[_codes(texts)]
    at = np.flatnonzero(found)
    if not len(at):
        return []
    owner = np.searchsorted(np.cumsum([len(text) for text in texts]), at, side="right")
    return [
        texts[n] for n in np.flatnonzero(np.bincount(owner, weights=found[at]) >= least).tolist()
    ]


def with_long_numbers(texts: Sequence[str]) -> list[str]:
    """The texts that, once NFKC, have as many digits as a personal number, wherever these stand."""
    present = np.flatnonzero(np.bincount(_codes(texts), minlength=1))
    marks = np.zeros(0x110000, dtype=np.uint8)
    for code in present:
        marks[code] = sum(char.isdecimal() for char in unicodedata.normalize("NFKC", chr(code)))
    return holding(texts, marks, DIGITS_OF_A_NUMBER)


def with_forms_of(texts: Sequence[str], chars: frozenset[str]) -> list[str]:
    """The texts that, once NFKC, hold one of the characters."""
    marks = np.zeros(0x110000, dtype=np.uint8)
    for code in np.flatnonzero(np.bincount(_codes(texts), minlength=1)):
        marks[code] = not chars.isdisjoint(unicodedata.normalize("NFKC", chr(code)))
    return holding(texts, marks)


def doubtful_codes(codes: Collection[str]) -> set[str]:
    """Those of 18 places that are not certainly right as 统一社会信用代码: check digit, alphabet,
    eight digits first.
    """
    long = [code for code in codes if len(code) == 18]
    if not long:
        return set()
    values = _VALUES[np.frombuffer("".join(long).encode("latin-1", "replace"), np.uint8)].reshape(
        -1, 18
    )
    # of codes in the alphabet at most 18 · 30 · 30, no overflow
    right = (
        (values < 31).all(axis=1) & (values[:, :8] < 10).all(axis=1) & (values @ _WEIGHTS % 31 == 0)
    )
    return {long[n] for n in np.flatnonzero(~right)}


def _codes(texts: Sequence[str]) -> np.ndarray:
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
