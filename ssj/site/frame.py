"""The frame of every page of the website: who issues it, where one is, what must not be overlooked,
whom to ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

from ssj.base import formats, templates
from ssj.base.templates import template
from ssj.site import firms, model, pictures, sentences

NAV = (
    ("home", "首页", "index.html"),
    ("rounds", "各批次", "rounds/index.html"),
    ("firm", "查一户", "firm/index.html"),
    ("items", "事项清单", "items.html"),
    ("plan", "年度计划", "plan.html"),
    ("review", "年度情况", "review.html"),
    ("check", "怎样核对", "check/index.html"),
    ("data", "数据", "data/index.html"),
)
SECTIONS = {key: text for key, text, _ in NAV}
ORDER = ("none", "ordered", "referred", "gone", "withdrawn")  # of the parts of a bar
SCRIPTS = "; script-src 'unsafe-inline' 'self' file:"  # of the search alone


@cache
def style() -> str:
    """The site's style sheet in one line for each rule, comments left out."""
    text = "\n".join(
        (templates.FOLDER / name).read_text(encoding="utf-8")
        for name in ("design.css", "site/site.css")
    )
    return re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()


def page(
    site: model.Site,
    name: str,
    path: str,
    title: str,
    *,
    key: str,
    here: str = "",
    its: model.Round | None = None,
    now: model.Attempt | None = None,
    source: str = "",
    strips: list[tuple[str, str, str, str]] | None = None,
    scripts: str = "",
    **values: Any,
) -> tuple[str, bytes]:
    """One page: its address and bytes. ``its`` and ``now``: the round and attempt that it is
    about.
    """
    root = "../" * path.count("/")
    crumbs = [("首页", "index.html")]
    if its and path != f"rounds/{its.id}/index.html":
        crumbs += [("各批次", "rounds/index.html"), (its.title, f"rounds/{its.id}/index.html")]
    elif its:
        crumbs += [("各批次", "rounds/index.html")]
    elif here and key == "firm" and path != "firm/index.html":
        crumbs += [("查一户", "firm/index.html")]
    frame = {
        "title": title,
        "root": root,
        "key": key,
        "nav": NAV,
        "meta": _meta(site, key, title, its, now),
        "style": style_text(),
        "strips": strips if strips is not None else _strips(site, its, now, root),
        "crumbs": crumbs if here else [],
        "here": here,
        "source": source,
        "scripts": scripts,
    }
    context = {
        "site": site,
        "page": frame,
        "its": its,
        "now": now,
        "words": sentences,
        "pictures": pictures,
        "outcomes": model.OUTCOMES,
        "parts_of": parts_of,
        "firm_link": firms.link,
        "parts_items": lambda items: _markup("itemtable", items=items),
        **values,
    }
    return path, _template(name).render(context).encode()


def style_text() -> Any:
    from markupsafe import Markup

    return Markup(style())  # noqa: S704 - our own file


def _template(name: str) -> Any:
    return template(
        f"site/{name}.html.j2",
        time=formats.time,
        day=formats.day,
        stamp=formats.stamp,
        groups=_groups,
        whole=_whole,
    )


def _markup(name: str, **values: Any) -> Any:
    from markupsafe import Markup

    return Markup(_template(name).render(values))  # noqa: S704 - autoescaped


def _groups(digits: str) -> list[str]:
    return formats.grouped(digits, 8).split()


def _whole(number: str) -> str:
    return formats.decimal(Fraction(number), 0)


def _meta(
    site: model.Site,
    key: str,
    title: str,
    its: model.Round | None,
    now: model.Attempt | None,
) -> Iterator[tuple[str, str]]:
    """The labels that pages of government sites carry (国办发〔2017〕47号, 网页标签规范)."""
    yield "SiteName", f"{site.bureau}双随机、一公开"
    if site.about.domain:
        yield "SiteDomain", site.about.domain
    if site.about.site_code:
        yield "SiteIDCode", site.about.site_code
    yield "ColumnName", SECTIONS.get(key, "双随机、一公开")
    yield "ColumnType", "双随机、一公开"
    if its and now:
        entered = now.results.time if now.results else now.frozen.time
        yield "ArticleTitle", title
        yield "PubDate", formats.stamp(entered)
        yield "ContentSource", its.bureau
        yield "Keywords", f"双随机，一公开，{its.title}"
        yield "Description", sentences.headline(its)


def _strips(
    site: model.Site, its: model.Round | None, now: model.Attempt | None, root: str
) -> list[tuple[str, str, str, str]]:
    """One line for each thing that must not be overlooked: kind, text, where more is said."""
    made = []
    if its and now and now.void:
        again = f"现行的是第 {its.now.number} 次抽取" if its.now is not now else "还没有重新抽取"
        text = (
            f"第 {now.number} 次抽取已作废（{now.void.reason}，{formats.day(now.void.date)}），"
            f"不作数；{again}。"
        )
        made.append(("stop", text, f"{root}rounds/{its.id}/index.html", "看现行的"))
    elif its and now and now.changes:
        text = f"抽取以后更换过检查人员 {len(now.changes)} 次，本页按现在的人员。"
        made.append(("", text, f"{root}rounds/{its.id}/changes.html", "更换与更正"))
    if its and its.faults:
        made.append(("stop", "；".join(its.faults), "", ""))
    elif not its and site.faults:
        made.append(("stop", "；".join(site.faults), "", ""))
    if its and now:
        said = [*now.banners]
        if said:
            more = len(sentences.unproven(its)) - 1
            link = f"{root}rounds/{its.id}/index.html#limits"
            made.append(("", said[0], link if more else "", f"另有 {more} 项要留意"))
    elif any(r.demonstration for r in site.rounds) or any(p.demonstration for p in site.plans):
        made.append(("", "演示：含样例数据，不作执法依据", "", ""))
    return made


def parts_of(results: model.Results) -> list[tuple[str, int, str]]:
    """The parts of an outcome bar, the harmless first as it is read from the left."""
    counts = results.counts
    return [(model.OUTCOMES[key], counts[key], key) for key in ORDER]
