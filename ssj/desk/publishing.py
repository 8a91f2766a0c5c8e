"""``ssj publish``: the website, the articles, what was posted; parsing and printing only."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from ssj.base import formats
from ssj.base.errors import InputError, SsjError
from ssj.desk import common, telling


def do_publish(options: argparse.Namespace) -> int:
    from ssj.casebook import archive
    from ssj.site import abouts, datafiles, publishing

    book = archive.reading(options.outputs)
    telling.recovered(book)
    if not book.lines:
        raise SsjError(f"{options.outputs} 中还没有档案", "封库以后再生成网站：ssj freeze 批次。")
    if options.posted:
        return _posted(book, options)
    folder = options.site or options.outputs / publishing.FOLDER
    made = publishing.publish(book, options.params, Path(folder), common.now().date())
    for text in made.by_hand:
        print(f"【网站文件夹被人改动过，已恢复】{text}")
    for text in made.site.faults:
        print(f"【网页上已写明】{text}")
    if missing := abouts.blank(made.site.about):
        print(f"提醒：{options.params / abouts.NAME} 没有填写{'、'.join(missing)}，网页上不显示。")
    index = (made.folder / "index.html").as_posix()
    print(
        f"网站已生成：{index}，{made.count} 个文件，{datafiles.said(made.size)}。"
        "用浏览器打开即可查看。"
    )
    if options.article:
        place, names = publishing.write_articles(book, options.params, common.now().date())
        print(f"公告文章 {len(names)} 篇，在 {place.as_posix()}：{'、'.join(names)}")
    return 0


def _posted(book: Any, options: argparse.Namespace) -> int:
    from ssj.site import publishing

    if not (options.address and options.time and options.page):
        raise SsjError(
            "--posted 要写明网址、时间和保存的网页",
            "如 ssj publish --posted 2021Q4-1-notice --address 网址 --time "
            '"2021-11-18 09:30" --page 保存的网页.html',
        )
    compared = publishing.register_posting(
        book,
        options.params,
        common.now().date(),
        options.posted,
        options.address,
        _moment(options.time),
        options.page,
    )
    if compared.same:
        print(f"已登记。网页与公告一致（{compared.lines} 段都在）。")
        return 0
    print(f"已登记。但网页上缺 {len(compared.missing)} 段，与公告不一致，不算已经公告：")
    for text in compared.missing[:5]:
        print(f"  缺：{text[:60]}")
    print("请在网站上补全，再保存网页、登记一次。")
    return InputError.exit_code


def _moment(text: str) -> str:
    """A time of Beijing as a register holds it; ``SsjError`` if it is none, or still to come."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise SsjError(f"时间“{text}”不对", "请写成 2021-11-18 09:30。") from None
    at = at if at.tzinfo else at.replace(tzinfo=formats.BEIJING)
    if at > common.now():
        raise SsjError(f"时间“{text}”还没有到", "请写公告实际发布的时间。")
    return at.isoformat(timespec="seconds")
