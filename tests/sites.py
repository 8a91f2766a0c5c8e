"""Websites in memory: of a project's archive, or with other values in its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from ssj.casebook import archive
from ssj.site import model, pages
from ssj.site.reading import Reader

LATE, EARLY = date(2030, 1, 1), date(2021, 12, 1)  # after, and before, sample60 names anybody
ODD = {
    "markup": "<script>document.title='坏'</script><img src=x onerror=alert(1)>公司",
    "quotes": "\"双引号\" '单引号' & 公司`${1}`",
    "right to left": "\u202e司公例样\u202c\u200f公司",
    "long": "样例" * 100,
    "formula": '=HYPERLINK("http://x")公司',
    "end of script": "</script></style></table>公司",
}


def site_of(project: Path, today: date = LATE, about: model.About | None = None) -> model.Site:
    """What may be shown of a project on a day."""
    return Reader(archive.reading(project / "outputs"), today).site(about or model.About())


def pages_of(project: Path, today: date = LATE) -> pages.Pages:
    """The pages of a project on a day."""
    return pages.pages(site_of(project, today), project / "outputs")


def renamed(site: model.Site, names: list[str]) -> model.Site:
    """A site whose first drawn targets are called otherwise."""
    its = site.rounds[0]
    now = its.now
    visits = [replace(v, name=name) for v, name in zip(now.visits or (), names, strict=False)]
    given = {v.id: v.name for v in visits}
    rest = (now.visits or ())[len(visits) :]
    results = now.results and replace(
        now.results,
        shown=tuple(replace(r, name=given.get(r.id, r.name)) for r in now.results.shown),
    )
    roster = tuple((i, given.get(i, name)) for i, name in now.roster)
    now = replace(now, visits=(*visits, *rest), results=results, roster=roster)
    return replace(site, rounds=(replace(its, attempts=(*its.attempts[:-1], now)),))
