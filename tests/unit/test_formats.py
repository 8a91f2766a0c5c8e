"""How figures are said (``ssj.base.formats``), and that nobody says a percentage otherwise."""

import ast
import json
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssj.base import formats

ROOT = Path(__file__).parents[2]

# name → (part, whole, said)
SHARES = {
    "two thirds": (2, 3, "66.7 %"),
    "a third": (1, 3, "33.3 %"),
    "one twentieth": (1, 20, "5 %"),
    "one eighth": (1, 8, "12.5 %"),
    "half up": (1, 2_000, "0.1 %"),
    "half up, above": (123_5, 10_000, "12.4 %"),
    "all but one of many": (20_000, 20_001, "99.9 %"),
    "all but a little": (1_999, 2_000, "99.9 %"),
    "one of many": (1, 20_001, "不足 0.1 %"),
    "just below half a tenth": (499, 1_000_000, "不足 0.1 %"),
    "none": (0, 5, "0 %"),
    "all": (5, 5, "100 %"),
    "none of none": (0, 0, "分母为 0，不计算"),
    "a fraction": (Fraction(2, 3), 1, "66.7 %"),
    "decimal text": ("0.1250", 1, "12.5 %"),
    "decimal text that is rounded": ("0.9999", 1, "99.9 %"),
}


@pytest.mark.parametrize(("part", "whole", "said"), SHARES.values(), ids=list(SHARES))
def test_percent(part, whole, said):
    assert formats.percent(part, whole) == said


# name → (share, limit, said)
LIMITS = {
    "just above": (Fraction("0.0502"), Fraction("0.05"), "5.02 %"),
    "just below": (Fraction("0.94996"), Fraction("0.95"), "94.996 %"),
    "equal": (Fraction("0.05"), Fraction("0.05"), "5 %"),
    "told apart as it is": (Fraction(2, 3), Fraction("0.95"), "66.7 %"),
    "as good as all, all wanted": (Fraction(20_000, 20_001), Fraction(1), "99.9 %"),
    "next to none, none wanted": (Fraction(1, 20_001), Fraction(0), "不足 0.1 %"),
}


@pytest.mark.parametrize(("share", "limit", "said"), LIMITS.values(), ids=list(LIMITS))
def test_percent_held_against_a_limit(share, limit, said):
    assert formats.percent(share, limit=limit) == said


SOME = st.integers(1, 10**6).flatmap(
    lambda whole: st.integers(0, whole).map(lambda part: Fraction(part, whole))
)


def rank(said: str) -> Fraction:
    """Where a percentage stands among others."""
    if said == formats.LITTLE:
        return Fraction(1, 10**9)
    return Fraction(said.removesuffix(" %")) / 100


@given(SOME, SOME)
def test_percent_keeps_the_order_and_only_all_is_all_and_only_none_is_none(one, other):
    low, high = sorted([one, other])
    assert rank(formats.percent(low)) <= rank(formats.percent(high))
    for share in (one, other):
        said = formats.percent(share)
        assert (said == "100 %") == (share == 1) and (said == "0 %") == (share == 0)
        assert abs(rank(said) - share) <= Fraction(1, 1000)
        assert 0 < share < 1 or said in ("0 %", "100 %")


@given(SOME, SOME)
def test_a_share_is_said_like_its_limit_only_if_it_is_the_limit(share, limit):
    said = formats.percent(share, limit=limit)
    assert said == formats.LITTLE or rank(said) != limit or share == limit


@pytest.mark.parametrize("share", [Fraction(-1, 10), Fraction(11, 10)])
def test_what_is_no_share_is_refused(share):
    with pytest.raises(ValueError, match="not a share"):
        formats.percent(share)


def test_declared_ratios_keep_every_digit():
    said = {"0.05": "5 %", "1": "100 %", "0.0125": "1.25 %", "0.250000000": "25 %", "0": "0 %"}
    assert {text: formats.exact(text) for text in said} == said


# name → (number, places, text)
DECIMALS = {
    "a third": (Fraction(1, 3), 4, "0.3333"),
    "one": (Fraction(1), 9, "1.000000000"),
    "nothing": (Fraction(0), 2, "0.00"),
    "half up": (Fraction(5, 1000), 2, "0.01"),
    "half up, odd": (Fraction(15, 1000), 2, "0.02"),
    "small": (Fraction(1, 10**6), 6, "0.000001"),
    "no places": (2.5, 0, "3"),
    "a float that lies below the half": (0.285, 2, "0.28"),
    "negative": (-1.005, 1, "-1.0"),
    "never minus nothing": (-0.001, 2, "0.00"),
}


@pytest.mark.parametrize(("value", "places", "text"), DECIMALS.values(), ids=list(DECIMALS))
def test_decimal(value, places, text):
    assert formats.decimal(value, places) == text


def test_measured_numbers():
    assert formats.in_percent(-1 / 3) == Decimal("-33.33")
    assert formats.measured(2 / 3, 1) == Decimal("0.7")
    assert formats.with_sign(formats.in_percent(0.0001)) == "0.01 %"
    assert [formats.millionths(n) for n in (1_250_000, "250000", 1_000_000)] == [
        "1.25",
        "0.25",
        "1",
    ]


# name → (function, value, said)
SAID = {
    "a day": (formats.day, "2021-12-06", "2021年12月6日"),
    "a time": (formats.time, "2021-11-26T10:06:00+08:00", "2021年11月26日 10:06"),
    "a time of another zone": (formats.time, "2021-11-26T18:06:00+00:00", "2021年11月27日 02:06"),
    "a time without a zone": (formats.time, "2021-11-26T10:06:00", "2021年11月26日 10:06"),
    "a time for narrow places": (formats.stamp, "2021-11-26T18:06:00Z", "2021-11-27 02:06"),
    "no time": (formats.stamp, "", ""),
    "a month": (formats.month, date(2021, 3, 31), "2021年3月"),
    "a period": (
        formats.period,
        {"start": "2021-12-06", "end": "2021-12-31"},
        "2021年12月6日至2021年12月31日",
    ),
    "thousands": (formats.thousands, 1234567, "1,234,567"),
    "digits": (
        formats.digit_lines,
        "0123456789abcdef" * 4,
        ["01234567 89abcdef 01234567 89abcdef"] * 2,
    ),
}


@pytest.mark.parametrize(("function", "value", "said"), SAID.values(), ids=list(SAID))
def test_other_figures(function, value, said):
    assert function(value) == said


# --- nobody else ---


def programs() -> dict[str, ast.Module]:
    """Modules and notebooks but ``formats`` itself, by path."""
    modules = {
        path: path.read_text(encoding="utf-8")
        for path in (ROOT / "ssj").rglob("*.py")
        if path.name != "formats.py"
    }
    notebooks = {
        path: "\n".join(
            "".join(cell["source"])
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
            if cell["cell_type"] == "code"
        )
        for path in (ROOT / "notebooks").glob("*.ipynb")
    }
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(text)
        for path, text in (modules | notebooks).items()
    }


def percentages(tree: ast.Module) -> list[int]:
    """Lines that put a percent sign behind a value."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            for part, following in pairwise([*node.values, None]):
                spec = ast.unparse(part.format_spec) if getattr(part, "format_spec", None) else ""
                text = following.value if isinstance(following, ast.Constant) else ""
                if isinstance(part, ast.FormattedValue) and (
                    spec.endswith("%'") or re.match(r"\s?%", text)
                ):
                    found.add(node.lineno)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(r"^\s?%$|\}\s?%(?!\})", node.value)  # added to, or with a place to fill
        ):
            found.add(node.lineno)
    return sorted(found)


def test_percentages_are_found_in_all_their_spellings():
    source = """
a = f"{x} %"
b = f"{x:.1%}"
c = str(x) + "%"
d = "{} %".format(x)
e = f"{day:%Y-%m-%d}" + "95 % 区间"
"""
    assert percentages(ast.parse(source)) == [2, 3, 4, 5]


def test_nobody_else_says_a_percentage():
    """But for the remedy of a ratio above 1, which shows what to type: ``请写成 5%``."""
    found = {path: lines for path, tree in programs().items() if (lines := percentages(tree))}
    place = "ssj/tables/rules_cells.py"
    assert set(found) == {place} and len(found[place]) == 1, found


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "\ufeff", "\u2060", " ", "\u3000"])
def test_names_that_look_the_same_are_the_same(unseen):
    assert formats.plain(f"演示{unseen}甲") == formats.plain("演示甲")
