"""The site's folder: written whole beside the old one, then put in its place; what somebody changed
in the old one by hand is noticed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ssj.base import files, formats
from ssj.base.errors import RefusedError, SsjError
from ssj.casebook.archive import Archive
from ssj.protocol import sha256
from ssj.site import abouts, announcements, leaks, model, pages, posted
from ssj.site.reading import Reader

FOLDER = formats.SITE  # in outputs/
KNOWN = ".site.json"  # what was written last, beside the other working copies' notes
NOTES = ".copies"


@dataclass(frozen=True)
class Published:
    """What came of it: the folder, how many files, what had been changed there by hand, and what of
    the archive could not be opened.
    """

    folder: Path
    count: int
    size: int
    by_hand: tuple[str, ...]
    site: model.Site


def read(book: Archive, params: Path, today: date) -> model.Site:
    """What may be shown on a day."""
    return Reader(book, today, posted.times(book.outputs)).site(abouts.read(params))


def publish(book: Archive, params: Path, folder: Path, today: date) -> Published:
    """Write the website of an archive. ``SsjError`` if a private value stands in it
    (:mod:`ssj.site.leaks`), ``RefusedError`` if what lies in ``folder`` is not ours.
    """
    site = read(book, params, today)
    made = pages.pages(site, book.outputs)
    leaks.require_none(book, made, today)
    before = _known(book.outputs, folder)
    by_hand = changed(folder, before)
    if before is None and _holds_anything(folder):
        raise RefusedError(
            f"文件夹 {folder} 里有别的东西，没有写入",
            "请先移走，或者用 --site 另指定一个文件夹；也可能是记着上次内容的文件丢了。",
        )
    _write(made, folder)
    _remember(book.outputs, folder, made)
    return Published(folder, len(made), sum(map(len, made.values())), tuple(by_hand), site)


def changed(folder: Path, before: Mapping[str, str] | None) -> list[str]:
    """Files of the site's folder that are not as they were written."""
    if before is None or not folder.is_dir():
        return []
    there = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if not p.is_dir()}
    found = [f"{name}（少了）" for name in before if name not in there]
    for name, path in there.items():
        if name not in before:
            found.append(f"{name}（多出）")
        elif files.irregular(path) or sha256(path.read_bytes()) != before[name]:
            found.append(f"{name}（改动）")
    return sorted(found)


def _holds_anything(folder: Path) -> bool:
    return os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir()))


def _write(made: Mapping[str, bytes], folder: Path) -> None:
    part, old = (folder.with_name(f".{folder.name}.{end}") for end in ("part", "old"))
    try:
        for path in (part, old):
            shutil.rmtree(path, ignore_errors=True)
        for name, content in made.items():
            path = part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if folder.is_dir():
            os.rename(folder, old)
        try:
            os.rename(part, folder)
        except OSError:
            if old.is_dir():
                os.rename(old, folder)
            raise
    except OSError as error:
        raise files.unwritable(folder, error) from error
    finally:
        for path in (part, old):
            shutil.rmtree(path, ignore_errors=True)


def _known(outputs: Path, folder: Path) -> dict[str, str] | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        whole = json.loads((outputs / NOTES / KNOWN).read_text(encoding="utf-8"))
        own: dict[str, str] = whole[folder.resolve().as_posix()]
        return own
    return None


def _remember(outputs: Path, folder: Path, made: Mapping[str, bytes]) -> None:
    path = outputs / NOTES / KNOWN
    whole: dict[str, dict[str, str]] = {}
    with suppress(OSError, ValueError):
        whole = json.loads(path.read_text(encoding="utf-8"))
    whole[folder.resolve().as_posix()] = {name: sha256(c) for name, c in sorted(made.items())}
    with suppress(SsjError):  # without it the next one says that it does not know the folder
        files.write_whole(json.dumps(whole, ensure_ascii=False).encode(), path)


def write_articles(book: Archive, params: Path, today: date) -> tuple[Path, list[str]]:
    """Write every announcement as an article into ``outputs/articles``; where, and their names.
    Errors as :func:`publish` has them.
    """
    site = read(book, params, today)
    made = {
        f"{article.name}/{name}": content
        for article in announcements.articles(site, book.outputs)
        for name, content in announcements.files_of(article, site).items()
    }
    leaks.require_none(book, made, today)
    folder = book.outputs / announcements.FOLDER
    for name, content in made.items():
        path = folder / name
        if not (path.is_file() and path.read_bytes() == content):
            files.write_whole(content, path)
    return folder, list(dict.fromkeys(name.partition("/")[0] for name in made))


def register_posting(
    book: Archive, params: Path, today: date, name: str, address: str, time: str, page: Path
) -> posted.Compared:
    """Enter that an announcement was posted, and compare the saved page with its article.
    ``SsjError`` if there is no such announcement or no such page.
    """
    site = read(book, params, today)
    every = {a.name: a for a in announcements.articles(site, book.outputs)}
    if name not in every:
        known = "、".join(every) or "无"
        raise SsjError(
            f"没有这篇公告：{name}（现有：{known}）", "名称是 outputs/articles 中的文件夹。"
        )
    if not page.is_file() or files.irregular(page):
        raise SsjError(f"找不到保存的网页 {page}", "请在浏览器中把发布后的网页另存为文件。")
    article = every[name]
    about = {"round": article.round, "attempt": article.attempt, "kind": article.kind}
    source = announcements.files_of(article, site)["article.html"].decode()
    return posted.register(book.outputs, about, address, time, source, page.read_bytes())
