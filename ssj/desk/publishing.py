"""``ssj publish``: the website, the articles, what was posted; parsing and printing only."""

from __future__ import annotations

import argparse
from pathlib import Path

from ssj.base.errors import SsjError
from ssj.desk import common, telling


def do_publish(options: argparse.Namespace) -> int:
    from ssj.casebook import archive
    from ssj.site import abouts, datafiles, publishing

    book = archive.reading(options.outputs)
    telling.recovered(book)
    if not book.lines:
        raise SsjError(f"{options.outputs} 中还没有档案", "封库以后再生成网站：ssj freeze 批次。")
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
    return 0
