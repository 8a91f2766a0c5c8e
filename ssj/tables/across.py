"""What the finders look at: all tables of a round as read, and how names and codes in them are
compared.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ssj.tables import screens
from ssj.tables.cells import PLAIN, plain
from ssj.tables.schema import ALL, OFFICER_STATUS, TARGET_STATUS

BRACKETS = str.maketrans("〔〕[]【】{}〈〉《》", "()()()()()()")
# characters that comparing a name may change: all but digits, capitals and Chinese ones
_SIMPLE = np.ones(0x110000, dtype=np.uint8)
for _first, _last in ("09", "AZ", "\u4e00\u9fff"):
    _SIMPLE[ord(_first) : ord(_last) + 1] = 0
Finding = tuple[int | None, object, dict[str, Any]]  # row, value, details of the message


@dataclass(frozen=True)
class Context:
    """All tables that could be read, rows with errors included, and what the round declares."""

    frames: dict[str, pd.DataFrame]
    round_id: str
    window: tuple[dt.date, dt.date]

    @cached_property
    def recusals(self) -> dict[str, set[str]]:
        return recusal_names(self.targets, self.officers["recusals"])

    @cached_property
    def active(self) -> list[bool]:
        """For each target whether it is in scope by its status."""
        return [TARGET_STATUS.get(status, False) for status in self.targets["status"]]

    @cached_property
    def on_duty(self) -> pd.DataFrame:
        """The officers (执法) on duty; a status that can't be read counts."""
        duty = [
            kind == "执法" and OFFICER_STATUS.get(status, True)
            for _, kind, status in each(self.officers, "kind", "status")
        ]
        return self.officers[pd.Series(duty, self.officers.index, dtype=bool)]

    @cached_property
    def covered(self) -> set[str]:
        """The categories that items apply to, 全部 among them as such; of an item that names none
        nothing is known, so it may be all.
        """
        return {name for names in self.items["categories"] for name in names or (ALL,)}

    def __getattr__(self, table: str) -> pd.DataFrame:
        return self.frames[table]


Finder = Callable[[Context], Iterator[Finding]]
# where a character that a system doesn't know was: a blank or a mark between two Chinese ones
_GAP = re.compile(r"[\u3400-\u9fff](?:([^\S\n]+)|([?？□■〓]+))(?=[\u3400-\u9fff(（]|$)")
_GAPS = screens.table(" \u00a0\u3000\u2002\u2003\u2009\t?？□■〓")


def gaps(table: str) -> Finder:
    """Names in which a rare character may have been lost."""

    def find(x: Context) -> Iterator[Finding]:
        frame = x.frames[table]
        suspects = set(screens.holding(screens.texts(frame["name"]), _GAPS))
        for row, name in each(frame, "name") if suspects else ():
            if name in suspects and (found := _GAP.search(name)):
                what = "两个汉字之间有空格" if found[1] else f"汉字后面有“{found[2]}”"
                yield row, name, {"what": what}

    return find


def each(frame: pd.DataFrame, *keys: str) -> Iterator[tuple[Any, ...]]:
    return zip(frame.index, *(frame[key] for key in keys), strict=True)


def looks_like_uscc(code: str) -> bool:
    """18 places with a registering body and a region; permit numbers (region, date, serial) are
    none.
    """
    return len(code) == 18 and bool(
        re.fullmatch(
            r"(?!\d{6}(?:19[89]\d|20\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4})"
            r"[1-9ANY][1-9](?:10|1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])\d{4}"
            r"[0-9A-Z]{10}",
            code,
        )
    )


def looks_like_registration(code: str) -> bool:
    """15 digits, the registering body's region first: a 注册号 as it was given until 2015."""
    return len(code) == 15 and bool(
        re.fullmatch(
            r"(?:10|1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])\d{13}", code, re.ASCII
        )
    )


def folded(names: pd.Series) -> list[str]:
    """Names as they are compared: full-width forms and brackets made plain, no white space, no
    difference of case.
    """
    odd = {
        name: plain(name).translate(BRACKETS)
        for name in screens.holding(screens.texts(names), _SIMPLE)
    }
    return [odd.get(name, name) for name in names] if odd else names.tolist()


def recusal_names(
    targets: pd.DataFrame, recusals: Iterable[Collection[str]]
) -> dict[str, set[str]]:
    """Id or name as compared, of those that officers' recusals name → the ids that it may mean; an
    id means only itself.
    """
    wanted = {plain(one) for names in recusals for one in names}
    names: dict[str, set[str]] = {}
    for _, code, name in each(targets, "id", "name") if wanted else ():
        own = name.upper() if PLAIN["word"].fullmatch(name) else plain(name)
        if own in wanted:
            names.setdefault(own, set()).add(code)
    return names | {code: {code} for code in wanted.intersection(targets["id"])}
