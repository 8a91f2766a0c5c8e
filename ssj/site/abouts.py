"""``params/site.toml``: who issues the pages, and whom to ask; every name may be left out."""

from __future__ import annotations

from pathlib import Path

from ssj.base import params
from ssj.site.model import About

NAME = "site.toml"


class SiteFile(params.Strict):
    """The names that the file may have."""

    bureau: str = ""
    telephone: str = ""
    address: str = ""
    site_code: str = ""
    domain: str = ""
    licence: str = About.licence


LABELS = {
    "bureau": "主办单位",
    "telephone": "监督电话",
    "address": "地址",
    "site_code": "网站标识码",
}


def read(folder: Path) -> About:
    """What the file says; nothing where there is none. ``InputError`` with all its problems."""
    path = folder / NAME
    if not path.exists():
        return About()
    return About(**params.read(SiteFile, path).model_dump())


def blank(about: About) -> list[str]:
    """What a reader would look for and does not find."""
    return [label for key, label in LABELS.items() if not getattr(about, key)]
