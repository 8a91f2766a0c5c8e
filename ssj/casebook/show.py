"""What notebooks and pages show: tables, facts, banners, charts.

Every function returns a `Shown`, which Jupyter, nbformat and GitHub display. Nothing here asks a
clock, a random generator or a font: the same values give the same bytes. Text from rosters is
escaped by the one Jinja2 template (``templates/table.html.j2``), so markup in a firm's name shows
as text. Charts are Vega-Lite specifications turned into SVG by vl_convert; all their places are
computed here, since a layout by Vega would measure installed fonts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html import escape
from itertools import pairwise
from numbers import Number
from typing import Any
from unicodedata import east_asian_width

from ssj.base.errors import Problem
from ssj.base.templates import template

TIGHT_EM, LONG_EM = 4, 14  # columns up to so many Chinese characters never wrap; never on a screen
SENTINEL = "SSJ-COMPLETE:"
SEVERITY = {"error": "错误", "warning": "提醒"}

_HASH = re.compile(r"[0-9a-f]{32,}")
# 0.05, 5 %; never bare digits, which may be an id
_NUMERAL = re.compile(r"-?[0-9]+(\.[0-9]+( ?%)?| ?%)")

Cell = tuple[str, str]  # kind (short, num, date, hash) and text
Rows = Any  # pandas.DataFrame or a sequence of mappings; pandas is not imported here


@dataclass(frozen=True)
class Shown:
    """Something to show: ``data`` maps a MIME type to text and always has ``text/plain``."""

    data: Mapping[str, str]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return dict(self.data)

    def __repr__(self) -> str:
        return self.data["text/plain"]

    @property
    def html(self) -> str:
        """The HTML, or the SVG of a chart, to be put into a page."""
        return self.data["text/html" if "text/html" in self.data else "image/svg+xml"]


def table(
    rows: Rows, caption: str, columns: Mapping[str, str] | None = None, limit: int | None = None
) -> Shown:
    """Show rows under a caption; the first column heads its rows.

    ``columns`` chooses, orders and labels the keys (default: all keys, labelled by themselves); a
    key that no row has raises KeyError. ``limit`` shows the first rows only and says how many there
    are.
    """
    records = _records(rows)
    known = list(
        dict.fromkeys([*getattr(rows, "columns", ()), *(key for row in records for key in row)])
    )
    labels = columns if columns is not None else {key: str(key) for key in known}
    if missing := [key for key in labels if known and key not in known]:
        raise KeyError(f"no such column: {missing}; there are {known}")
    shown = records if limit is None else records[:limit]
    cells = [[_cell(row.get(key)) for key in labels] for row in shown]
    heads = [
        (_kind(column), label)
        for column, label in zip(
            zip(*cells, strict=True) if cells else ((),) * len(labels), labels.values(), strict=True
        )
    ]
    cut = f"共 {len(records)} 行，显示前 {len(shown)} 行" if len(shown) < len(records) else ""
    return _shown(
        f"{caption}（{cut or f'{len(records)} 行'}）", "table", caption, cut, heads, cells
    )


def facts(pairs: Mapping[str, Any] | Iterable[tuple[str, Any]], caption: str) -> Shown:
    """Show names and their values, one to a line."""
    items = [
        (label, _cell(value))
        for label, value in (pairs.items() if isinstance(pairs, Mapping) else pairs)
    ]
    text = "\n".join([caption, *(f"{label}：{cell[1]}" for label, cell in items)])
    return _shown(text, "facts", caption, items)


def entries(rows: Iterable[Mapping[str, Any]], caption: str) -> Shown:
    """Show entries of three columns that stand below each other on a phone: ``name`` with ``ids``,
    ``date``, and ``lines`` (matter, finding, what follows) with ``notes``.
    """
    rows = list(rows)
    said = [
        " ".join(
            filter(
                None,
                (
                    row["ids"],
                    row["name"],
                    row["date"],
                    *("：".join(filter(None, line)) for line in row["lines"]),
                    *row["notes"],
                ),
            )
        )
        for row in rows
    ]
    return _shown(
        "\n".join([f"{caption}（{len(rows)} 户）", *said]),
        "entries",
        caption,
        f"{len(rows)} 户",
        rows,
    )


def banners(texts: Iterable[str]) -> Shown:
    """Show warnings that nobody may overlook, such as 演示批次：样例数据，不作执法依据; nothing for
    none.
    """
    texts = list(texts)
    return _shown("\n".join(f"【{text}】" for text in texts), "banners", texts)


def commitment(digest: str) -> Shown:
    """Show a hash of 64 lowercase hexadecimal digits in groups of 8; ValueError for all else."""
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ValueError(f"not 64 lowercase hexadecimal digits: {digest!r}")
    return _shown(
        " ".join(digest[at : at + 8] for at in range(0, 64, 8)), "commitment", ("hash", digest)
    )


def problems(found: Iterable[Problem], caption: str) -> Shown:
    """Show problems of the input with their place and their remedy; ``caption``: what they are
    about.
    """
    rows = [
        {
            "序号": number,
            "级别": SEVERITY[p.severity],
            "位置": p.place,
            "现值": p.value,
            "问题": p.message,
            "怎么办": p.remedy,
        }
        for number, p in enumerate(found, 1)
    ]
    return table(
        rows, caption, {key: key for key in ("序号", "级别", "位置", "现值", "问题", "怎么办")}
    )


def complete(stage: str) -> Shown:
    """Last cell of a notebook: the runner accepts a stage only where this sentinel was printed."""
    text, sentinel = "本阶段过程记录完整", SENTINEL + stage
    return _shown(f"{text} {sentinel}", "complete", text, sentinel)


def bars(rows: Rows, x: str, y: str, title: str, x_label: str = "", y_label: str = "") -> Shown:
    """Horizontal bars: key ``x`` holds the numbers (not negative), key ``y`` the names, in the
    order given.
    """
    records = _records(rows)
    return _chart(
        [(_cell(row[y])[1], [row[x]]) for row in records], [], title, x_label or x, y_label
    )


def stacked(
    rows: Rows,
    x: Sequence[str] | Mapping[str, str],
    y: str,
    title: str,
    x_label: str = "",
) -> Shown:
    """Horizontal bars of two to four parts: keys ``x`` (or key → label) hold the parts' numbers,
    ``y`` the names.
    """
    labels = dict(x) if isinstance(x, Mapping) else {key: key for key in x}
    if not 2 <= len(labels) <= len(COLOURS):
        raise ValueError(f"two to {len(COLOURS)} parts, not {len(labels)}")
    marks = [(_cell(row[y])[1], [row[key] for key in labels]) for row in _records(rows)]
    return _chart(marks, list(labels.values()), title, x_label, "")


def histogram(
    values: Iterable[Any],
    edges: Sequence[Any],
    title: str,
    x_label: str = "数量",
    y_label: str = "",
) -> Shown:
    """Count ``values`` between ascending ``edges`` (lower one included, the last interval closed)
    and show bars.

    Values outside the edges raise ValueError, since a chart must not lose any.
    """
    counts = [0] * (len(edges) - 1)
    for value in values:
        if not edges[0] <= value <= edges[-1]:
            raise ValueError(f"{value} lies outside {edges[0]} … {edges[-1]}")
        counts[min(bisect_right(edges, value), len(counts)) - 1] += 1
    names = [f"{_cell(low)[1]} 至不足 {_cell(high)[1]}" for low, high in pairwise(edges)]
    names[-1] = names[-1].replace("不足", "")
    return _chart(
        [(name, [count]) for name, count in zip(names, counts, strict=True)],
        [],
        title,
        x_label,
        y_label,
    )


# Cells


def _records(rows: Rows) -> list[Mapping[Any, Any]]:
    return rows.to_dict("records") if hasattr(rows, "to_dict") else list(rows)


def _cell(value: Any) -> Cell:
    """One value as (kind, text): ``_cell(("燃气", "物业")) == ("short", "燃气、物业")``."""
    if hasattr(value, "item") and not getattr(value, "shape", ()):
        value = value.item()  # numpy's scalars
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return "short", ""
    if isinstance(value, bool):
        return "short", "是" if value else "否"
    if isinstance(value, Number):
        nan = value != value  # noqa: PLR0124 - only NaN differs from itself
        return ("short", "") if nan else ("num", _number(value))
    if isinstance(value, datetime):
        plain = value.tzinfo is None and value.time() == value.time().min
        return ("date", value.date().isoformat()) if plain else ("short", value.isoformat(sep=" "))
    if isinstance(value, date):
        return "date", value.isoformat()
    if isinstance(value, Mapping):
        return "short", "；".join(f"{key} {_cell(part)[1]}" for key, part in value.items())
    if isinstance(value, (set, frozenset)):
        value = sorted(value)
    if isinstance(value, (tuple, list)):
        return "short", "、".join(_cell(part)[1] for part in value)
    text = str(value)
    kind = "hash" if _HASH.fullmatch(text) else "num" if _NUMERAL.fullmatch(text) else "short"
    return kind, text


def _number(value: Any) -> str:
    """Plain digits, without exponent: 3.0 is "3" (pandas turns integers with gaps into floats)."""
    if isinstance(value, (float, Decimal)):
        text = format(Decimal(repr(value)) if isinstance(value, float) else value, "f")
        return text.removesuffix(".0") if isinstance(value, float) else text
    return str(value)


def _kind(column: Sequence[Cell]) -> str:
    """A column's kind: all numbers, all hashes, or text that is tight (dates, a few letters),
    short, or long.
    """
    kinds = {kind for kind, text in column if text}
    if len(kinds) == 1 and kinds <= {"num", "hash"}:
        return kinds.pop()
    width = max((_em(text) for _, text in column), default=0)
    return (
        "tight"
        if kinds == {"date"} or width <= TIGHT_EM
        else "short"
        if width <= LONG_EM
        else "long"
    )


def _em(text: str) -> float:
    """Estimated width in units of the font size, the same on every machine."""
    return sum(1 if east_asian_width(char) in "WF" else 0.6 for char in text)


def _fit(text: str, width: float) -> str:
    """``text`` cut to ``width`` units, with an ellipsis if anything is missing."""
    if _em(text) <= width:
        return text
    while _em(text) > width - 1:
        text = text[:-1]
    return text + "…"


def _shown(text: str, macro: str, *values: Any) -> Shown:
    macros = template("table.html.j2").module
    return Shown({"text/html": str(getattr(macros, macro)(*values)), "text/plain": text})


# Charts, in pixels

FONT = "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
COLOURS = ("#1f4e79", "#e0a030", "#7fa6c9", "#6b6b6b")  # told apart in grey print too
INK, GRID = "#1f2328", "#d5d9de"
WIDTH, ROW, SIZE, LABEL_EM = 480, 28, 14, 13
VEGA_LITE = "6.4"

Bar = tuple[str, list[Any]]  # a name and the numbers of its parts, which lie end to end


def _chart(bars: list[Bar], parts: list[str], title: str, x_label: str, y_label: str) -> Shown:
    """Bars as SVG with a description in words; ``parts`` names the parts if there are several."""
    for name, numbers in bars:
        if any(not float(number) >= 0 for number in numbers):
            raise ValueError(f"a bar needs numbers from 0 up: {name} {numbers}")
    words = _words(bars, parts, title)
    if not bars:
        return _shown(words, "facts", title, [])
    import vl_convert

    svg = vl_convert.vegalite_to_svg(
        _specification(bars, parts, title, x_label, y_label), vl_version=VEGA_LITE
    )
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{escape(words)}" ', 1)
    return Shown({"image/svg+xml": svg, "text/plain": words})


def _words(bars: list[Bar], parts: list[str], title: str) -> str:
    """The chart in words, for screen readers and where SVG is not shown."""

    def numbers(bar: Bar) -> str:
        texts = [_cell(number)[1] for number in bar[1]]
        return (
            "、".join(f"{part} {text}" for part, text in zip(parts, texts, strict=True))
            if parts
            else texts[0]
        )

    return f"{title}：" + ("；".join(f"{bar[0]} {numbers(bar)}" for bar in bars) or "（无）")


def _specification(
    bars: list[Bar], parts: list[str], title: str, x_label: str, y_label: str
) -> dict[str, Any]:
    """The Vega-Lite specification, with every place fixed."""
    left = (
        round(
            SIZE * max(_em(_fit(text, LABEL_EM)) for text in [y_label, *(name for name, _ in bars)])
        )
        + 16
    )
    top = 40 + 28 * bool(parts or y_label)
    ends: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for row, (name, numbers) in enumerate(bars):
        end: float = 0
        for part, number in enumerate(numbers):
            start, end = end, end + float(number)
            rows.append({"row": row, "start": start, "end": end, "part": part})
        total = numbers[0] if len(numbers) == 1 else sum(Decimal(str(number)) for number in numbers)
        ends.append(
            {"row": row, "end": end, "name": _fit(name, LABEL_EM), "total": _cell(total)[1]}
        )
    right = round(SIZE * max(_em(row["total"]) for row in ends)) + 16
    whole = all(float(number).is_integer() for _, numbers in bars for number in numbers)
    row_axis = {
        "field": "row",
        "type": "ordinal",
        "axis": None,
        "scale": {"paddingInner": 0.35, "paddingOuter": 0.2},
    }
    value_axis = {
        "field": "end",
        "type": "quantitative",
        "scale": {
            "domain": [0, max(1 if whole else 0, *(row["end"] for row in ends)) or 1],
            "nice": 5,
        },
        "axis": {
            "title": x_label or None,
            "tickCount": 5,
            "tickMinStep": 1 if whole else 0,
            "format": "d" if whole else "~r",
            "minExtent": 24,
            "maxExtent": 24,
            "labelOverlap": False,
            "labelBound": False,
            "labelFlush": False,
            "aria": False,
        },
    }
    notes = [{"text": _fit(title, WIDTH / 16), "x": -left, "y": 18 - top, "size": 16}]
    if y_label:
        notes.append({"text": _fit(y_label, LABEL_EM), "x": -left, "y": -14, "size": SIZE})
    legend, at = [], 0
    for part, label in enumerate(parts):
        legend.append({"x": at, "y": -14, "part": part})
        notes.append({"text": label, "x": at + 12, "y": -14, "size": SIZE})
        at += round(SIZE * _em(label)) + 40
    colour = {
        "field": "part",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": list(range(len(COLOURS))), "range": COLOURS},
    }
    return {
        "width": WIDTH - left - right,
        "height": ROW * len(bars),
        "autosize": {"type": "none"},
        "padding": {"left": left, "right": right, "top": top, "bottom": 60 if x_label else 32},
        "background": "white",
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "text": {"color": INK, "fontSize": SIZE, "aria": False},
            "bar": {"aria": False},
            "square": {"aria": False},
            "axis": {
                "labelFontSize": SIZE - 1,
                "titleFontSize": SIZE,
                "titleFontWeight": "normal",
                "labelColor": INK,
                "titleColor": INK,
                "gridColor": GRID,
                "domainColor": GRID,
                "tickColor": GRID,
            },
        },
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "bar", "stroke": "white", "strokeWidth": 1 if parts else 0},
                "encoding": {
                    "y": row_axis,
                    "x": {**value_axis, "field": "start"},
                    "x2": {"field": "end"},
                    "color": colour,
                },
            },
            {
                "data": {"values": ends},
                "mark": {"type": "text", "align": "left", "dx": 5},
                "encoding": {"y": row_axis, "x": value_axis, "text": {"field": "total"}},
            },
            {
                "data": {"values": ends},
                "mark": {"type": "text", "align": "right"},
                "encoding": {"y": row_axis, "x": {"value": -8}, "text": {"field": "name"}},
            },
            {
                "data": {"values": notes},
                "mark": {"type": "text", "align": "left"},
                "encoding": {
                    **_fixed(),
                    "text": {"field": "text"},
                    "size": {"field": "size", "type": "quantitative", "scale": None},
                },
            },
            *(
                [
                    {
                        "data": {"values": legend},
                        "mark": {"type": "square", "size": 140, "opacity": 1, "xOffset": 2},
                        "encoding": {**_fixed(), "color": colour},
                    }
                ]
                if legend
                else []
            ),
        ],
    }


def _fixed() -> dict[str, Any]:
    """Encoding of a place in pixels from the corner of the bars' area."""
    return {
        axis: {"field": axis, "type": "quantitative", "scale": None, "axis": None} for axis in "xy"
    }
