"""Which ids of a target roster should be 统一社会信用代码, and what is said of those that are not:
by the column and the category, never by the look of the id alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pandas as pd

from ssj.tables import codes, placeholders
from ssj.tables.across import looks_like_registration, looks_like_uscc
from ssj.tables.cells import as_text
from ssj.tables.screens import doubtful_codes
from ssj.tables.table import STEP

FEW = 3  # ids of a category; fewer tell nothing of it, so the whole column does
Finding = tuple[int, str, dict[str, Any]]  # row, rule, details


def findings(
    cells: Sequence[Any], frame: pd.DataFrame, titles: Sequence[str], spoilt: Collection[int]
) -> Iterator[Finding]:
    """``cells``: raw ids; ``frame``: the typed rows; ``titles``: how each file calls the column;
    ``spoilt``: rows of whose id enough is said.

    An id should be a code where its file's title says so, or most ids of its category are, damaged
    ones among them. Of a category with few ids the whole table tells, but only of damaged ones: its
    own numbers may be others.
    """
    ids, rows = frame["id"].tolist(), frame.index.tolist()
    doubtful = doubtful_codes(set(ids))
    odd = [
        n
        for n, (code, cell) in enumerate(zip(ids, cells, strict=True))
        if cell is not None and (len(code) != codes.LENGTH or code in doubtful or code != cell)
    ]
    regions = {code[2:8] for code in ids if len(code) == codes.LENGTH and code not in doubtful}
    nowhere = {region for region in regions if not codes.region_exists(region)}
    if nowhere:
        odd = sorted({*odd, *(n for n, code in enumerate(ids) if code[2:8] in nowhere)})
    if not odd:
        return
    expected = _expected(ids, [as_text(cells[n]) for n in odd], odd, frame["category"].tolist())
    declared = [codes.says_code(title) for title in titles]
    for n, (sure, should) in zip(odd, expected, strict=True):
        row, code, text = rows[n], ids[n], as_text(cells[n])
        if row in spoilt or placeholders.rule(text):
            continue
        if (
            sure
            or declared[row // STEP]
            or (should and codes.may_be(text))
            or looks_like_uscc(code)
        ):
            yield from _said(row, code, str(cells[n]), text)


def _expected(
    ids: Sequence[str], texts: Sequence[str], odd: Sequence[int], categories: Sequence[str]
) -> list[tuple[bool, bool]]:
    """For each odd id whether most of its category are codes, or look as if they had been, and the
    same where a category of few ids is told by the whole table.
    """
    total, unlike = Counter(categories), Counter[str]()
    for n, text in zip(odd, texts, strict=True):
        if placeholders.rule(text):
            total[categories[n]] -= 1
        elif not (_right(ids[n]) or codes.resembles(text)):
            unlike[categories[n]] += 1
    whole = sum(unlike.values()) * 2 < sum(total.values())
    most = {own: total[own] >= FEW and unlike[own] * 2 < total[own] for own in total}
    return [
        (most[own], most[own] or (total[own] < FEW and whole))
        for own in (categories[n] for n in odd)
    ]


def _right(code: str) -> bool:
    return len(code) == codes.LENGTH and not doubtful_codes([code])


def _said(row: int, code: str, raw: str, text: str) -> Iterator[Finding]:
    if _right(code) and codes.region_exists(code[2:8]):
        if raw != code:
            yield row, "T36", {"how": _how(raw), "sound": code}
        return
    if looks_like_registration(code) or codes.registration(code):
        return  # T23, T24
    if other := codes.other(text):
        yield row, "T35", {"other": other}
        return
    if code and not codes.may_be(text) and not codes.resembles(text):
        yield row, "T35", {"other": "别的编号"}
        return
    why = codes.damage(text)
    if not code:
        yield row, "02/code", {"why": why}
    elif why == codes.CHECK:
        if not looks_like_uscc(code):
            yield row, "T20", {}
    elif why:
        yield row, "T34", {"why": why}


def _how(raw: str) -> str:
    """``小写字母、前后有空格``"""
    stripped = raw.strip()
    return "、".join(
        name
        for name, there in (
            ("全角字符", not stripped.isascii()),
            ("小写字母", any(char.islower() for char in stripped)),
            ("前后有空格", stripped != raw),
        )
        if there
    )
