"""Pictures of the website as inline SVG: real text, colours by the page's custom properties, places
computed here from integers, so that the same values give the same bytes. What a picture shows
stands in words or in a table beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import isqrt

from markupsafe import Markup

from ssj.base import formats

Parts = Sequence[tuple[str, int, str]]  # name, number, class of its colour
_PIPS = {
    1: ((12, 12),),
    2: ((7, 7), (17, 17)),
    3: ((7, 7), (12, 12), (17, 17)),
    4: ((7, 7), (17, 7), (7, 17), (17, 17)),
    5: ((7, 7), (17, 7), (12, 12), (7, 17), (17, 17)),
    6: ((7, 6), (17, 6), (7, 12), (17, 12), (7, 18), (17, 18)),
}


def tenth(value: int, whole: int, width: int) -> str:
    """A share of a width, in tenths of a unit: ``tenth(1, 3, 100) == "33.3"``."""
    return formats.decimal(Fraction(value * width, whole or 1), 1)


def _svg(width: int, height: int, label: str, *inside: str, css: str = "") -> Markup:
    kind = Markup(' class="%s"') % css if css else ""
    return Markup('<svg viewBox="0 0 %d %d"%s role="img" aria-label="%s">%s</svg>') % (
        width,
        height,
        kind,
        label,
        Markup("").join(inside),
    )


def event(kind: str, text: str) -> Markup:
    """What fell, as it fell: dice as dice, the balls of a lottery as balls, all else in groups."""
    outcome, *parties = text.split("|")
    if kind == "dice":
        made = dice(outcome)
    elif re.fullmatch(r"[0-9,]+\+[0-9,]+(;[0-9,]+\+[0-9,]+)*", outcome):
        made = balls(outcome)
    else:
        made = Markup('<p class="digits">%s</p>') % formats.grouped(outcome, 8)
    return made + Markup("").join(
        Markup('<p class="digits">| %s</p>') % formats.grouped(p, 8) for p in parties
    )


def dice(text: str) -> Markup:
    """Dice in the order in which they were read, eight to a row."""
    made = []
    for place, digit in enumerate(text):
        pips = Markup("").join(
            Markup('<circle cx="%d" cy="%d" r="2.3" class="pip"/>') % at for at in _PIPS[int(digit)]
        )
        made.append(
            Markup(
                '<g transform="translate(%d,%d)">'
                '<rect width="24" height="24" rx="5" class="die"/>%s</g>'
            )
            % (place % 8 * 30 + 2, place // 8 * 30 + 2, pips)
        )
    rows = -(-len(text) // 8)
    said = f"{len(text)} 粒骰子，依次是 {' '.join(text)}"
    return _svg(240, rows * 30 - 2, said, *made, css="dice")


def balls(text: str) -> Markup:
    """Draws of a lottery, one a row, the numbers behind the plus sign in the other colour."""
    made, draws = [], text.split(";")
    for row, draw in enumerate(draws):
        front, _, back = draw.partition("+")
        numbers = [(n, "red") for n in front.split(",")] + [(n, "blue") for n in back.split(",")]
        made += [
            Markup(
                '<g transform="translate(%d,%d)"><circle cx="13" cy="13" r="12" class="ball %s"/>'
                '<text x="13" y="17.5" class="on-ball">%s</text></g>'
            )
            % (at * 30 + 2, row * 32 + 2, colour, number)
            for at, (number, colour) in enumerate(numbers)
        ]
    said = f"{len(draws)} 期开奖号码：{text.replace(';', '；')}"
    return _svg(240, len(draws) * 32, said, *made, css="dice")


def bar(parts: Parts) -> Markup:
    """One bar of parts that are all of it, each with its number where it fits: boxes of HTML, since
    their text keeps its size on every screen and its contrast can be decided.
    """
    whole = sum(n for _, n, _ in parts)
    boxes = Markup("").join(
        Markup('<span class="%s" style="flex-grow:%d">%s</span>')
        % (css, number, number if number * 16 >= whole else "")
        for _, number, css in parts
        if number
    )
    said = "，".join(f"{name} {number} 户" for name, number, _ in parts if number) or "没有"
    return Markup('<div class="bar" role="img" aria-label="%s">%s</div>') % (said, boxes)


def small_bar(part: int, whole: int, most: int) -> Markup:
    """``part`` of ``whole`` on a scale that ends at ``most``; the numbers stand beside it."""
    return Markup(
        '<svg viewBox="0 0 200 14" preserveAspectRatio="none" aria-hidden="true" class="small">'
        '<rect width="%s" height="14" class="none"/><rect width="%s" height="14" class="ordered"/>'
        "</svg>"
    ) % (tenth(whole, most, 200), tenth(part, most, 200))


def funnel(steps: Sequence[tuple[str, int]]) -> Markup:
    """From all to few: a bar for each step with its name and number as text."""
    most, made = max([1, *(n for _, n in steps)]), []
    for row, (name, number) in enumerate(steps):
        made.append(
            Markup(
                '<text x="0" y="%d" class="tick">%s</text>'
                '<rect x="0" y="%d" width="%s" height="16" rx="2" class="brand"/>'
                '<text x="%s" y="%d" class="tick strong">%d</text>'
            )
            % (
                row * 46 + 14,
                name,
                row * 46 + 21,
                tenth(max(number, 1) if number else 0, most, 330),
                formats.decimal(Fraction(number * 330, most) + 6, 1),
                row * 46 + 34,
                number,
            )
        )
    said = "，".join(f"{name} {number} 户" for name, number in steps)
    return _svg(380, len(steps) * 46, said, *made, css="funnel")


def dots(ids: Iterable[str], drawn: Iterable[str]) -> Markup:
    """A dot for each named target of the roster in order of its id, the drawn ones filled: no
    pattern to be seen is what chance looks like.
    """
    every, chosen = list(ids), set(drawn)
    across = max(20, min(80, isqrt(len(every) * 3)))
    rows = -(-len(every) // across) or 1
    empty: list[str] = []
    full: list[str] = []
    for place, identifier in enumerate(every):
        at = f"M{place % across * 10 + 5} {place // across * 10 + 5}h0"
        (full if identifier in chosen else empty).append(at)
    said = f"名录库中可以公开名称的 {len(every)} 户，每户一个点，实心的 {len(full)} 户抽中"
    return _svg(
        across * 10,
        rows * 10,
        said,
        Markup('<path d="%s" class="dot"/>') % "".join(empty) if empty else "",
        Markup('<path d="%s" class="dot full"/>') % "".join(full) if full else "",
        css="dots",
    )


def days(counted: Sequence[int], limit: int) -> Markup:
    """How many working days each publication took: a bar for each number of days, and the line that
    no publication may cross.
    """
    last = max([limit + 3, *counted])
    heights = [counted.count(day) for day in range(last + 1)]
    most, step = max([1, *heights]), 400 // (last + 1)
    made = []
    for day, number in enumerate(heights):
        if number:
            tall = max(2, number * 90 // most)
            made.append(
                Markup('<rect x="%d" y="%d" width="%d" height="%d" class="%s"/>')
                % (day * step + 2, 100 - tall, step - 2, tall, "late" if day > limit else "brand")
            )
    line = (limit + 1) * step + 1
    made += [
        Markup('<path d="M0 100.5H400" class="axis"/>'),
        Markup('<path d="M%d 4V108" class="line"/>') % line,
        Markup('<text x="%d" y="14" class="tick strong" text-anchor="end">%d 个工作日期限</text>')
        % (line - 6, limit),
    ]
    made += [
        Markup('<text x="%d" y="118" class="tick" text-anchor="middle">%d</text>')
        % (day * step + step // 2 + 1, day)
        for day in range(0, last + 1, 5)
    ]
    late = sum(day > limit for day in counted)
    said = f"{len(counted)} 户中 {len(counted) - late} 户在 {limit} 个工作日内公示，{late} 户超期"
    return _svg(400, 124, said, *made, css="days")


def chain(links: Sequence[tuple[str, str]]) -> Markup:
    """What follows from what: a box for each thing with what it is held by, arrows between."""
    made = []
    for n, (name, digits) in enumerate(links):
        x = n * 160
        if n:
            made.append(Markup('<path d="M%d 30h16m-6 -5l6 5l-6 5" class="arrow"/>') % (x - 19))
        made.append(
            Markup(
                '<rect x="%d" y="1" width="138" height="58" rx="6" class="box"/>'
                '<text x="%d" y="25" class="tick strong" text-anchor="middle">%s</text>'
                '<text x="%d" y="46" class="tick mono" text-anchor="middle">%s</text>'
            )
            % (x + 1, x + 70, name, x + 70, digits)
        )
    said = " → ".join(name for name, _ in links)
    return _svg(len(links) * 160 - 20, 60, said, *made, css="chain")
