"""检查结果公示（网站文章）: what is public of the results as an article for the bureau's site, as
HTML to be copied into an editor and as text.
"""

from __future__ import annotations

from typing import Any

from ssj.base import formats, params
from ssj.base.templates import template
from ssj.protocol import Record
from ssj.results import published

NAME = "检查结果公示（网站文章）"


def content(view: Record, results: Record, attachments: list[tuple[str, str]]) -> dict[str, Any]:
    """Title, day, paragraphs, entries and attachments (file name, what it is), from the public view
    alone but for the round's own name.
    """
    parameters, facts = results["parameters"], published.facts(view)
    total, listed, unnamed, waiting = list(facts.values())[:4]
    bureau, title = parameters["bureau"], parameters["title"]
    rest = [f"依法不公示的 {unnamed} 户次"] * bool(unnamed) + [
        f"还没有检查或者还没有审核的 {waiting} 户次"
    ] * bool(waiting)
    objections = view["objections"]
    paragraphs = [
        (
            f"{title}（批次 {view['round']}）共抽中 {total} 户次。"
            f"截至{formats.time(view['time'])}，已审核、列在下面的 {listed} 户次"
        )
        + "".join(f"，{text}" for text in rest)
        + ("，现公示如下。" if view["visits"] else "。"),
        published.LIMITS,
        *(
            [
                (
                    f"截至同一时间，收到异议 {objections['received']} 件，已答复 "
                    f"{objections['answered']} 件，其中更正或撤下 {objections['changed']} 件。"
                )
            ]
            if objections["received"]
            else []
        ),
        published.HOW_TO_CHECK,
    ]
    return {
        "title": f"{bureau}{title}检查结果公示",
        "bureau": bureau,
        "day": formats.day(view["time"][:10]),
        "banners": params.banners(results),
        "paragraphs": paragraphs,
        "entries": published.entries(view),
        "attachments": attachments,
    }


def html(article: dict[str, Any]) -> str:
    """The article as a page of plain elements."""
    return template("article.html.j2", said=said).render(article)


def text(article: dict[str, Any]) -> str:
    """The article as text to paste."""
    lines = [
        article["title"],
        f"{article['bureau']}　{article['day']}",
        "",
        *(f"【{text}】" for text in article["banners"]),
    ]
    for paragraph in article["paragraphs"]:
        lines += [f"　　{paragraph}"]
    for number, row in enumerate(article["entries"], 1):
        lines += [
            "",
            f"{number}. {row['name']}（{row['ids']}）"
            + (f"，检查日期 {row['date']}" if row["date"] else ""),
            *(f"　　{said(line)}" for line in row["lines"]),
            *(f"　　{note}" for note in row["notes"]),
        ]
    lines += [
        "",
        "附件：",
        *(
            f"{number}. {name}（{what}）"
            for number, (name, what) in enumerate(article["attachments"], 1)
        ),
    ]
    return "\r\n".join([*lines, ""])  # for Windows' own editor


def said(line: tuple[str, str, str]) -> str:
    """Matter, finding and what follows in one line."""
    matter, found, then = line
    return f"{matter}：{found}" + (f"（处置：{then}）" if then else "")
