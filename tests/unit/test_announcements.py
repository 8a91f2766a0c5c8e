"""Announcements as articles: plain elements, what a portal's form asks for, the check in one line;
and what comes back after posting.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import replace

import pytest
from sites import EARLY, LATE, ODD, renamed, site_of
from warm import approved, run, tell

from ssj.base.errors import SsjError
from ssj.casebook import archive
from ssj.site import announcements, leaks, model, posted

NOTICE = "sample60-1-notice"
BEFORE = "2021-11-18 09:30"


@pytest.fixture
def project(published_sample60, tmp_path):
    return shutil.copytree(published_sample60, tmp_path / "project")


@pytest.fixture(scope="module")
def made(published_sample60):
    site = site_of(published_sample60)
    every = announcements.articles(site, published_sample60 / "outputs")
    return {a.name: (a, announcements.files_of(a, site)) for a in every}


def test_every_announcement_has_its_article(made):
    assert list(made) == [f"sample60-1-{kind}" for kind in ("notice", "draw", "results")]
    for article, files in made.values():
        page = files["article.html"].decode()
        assert set(re.findall(r"<([a-z0-9]+)", page)) <= {
            *("html", "head", "meta", "title", "body", "h1", "h2", "p", "strong", "ol", "li"),
            *("table", "thead", "tbody", "tr", "th", "td"),
        }
        assert article.title in files["article.txt"].decode()
        assert [line.partition("：")[0] for line in files["lines.txt"].decode().splitlines()] == [
            *("标题", "来源", "日期", "关键词", "摘要")
        ]
        for name, _, digest in article.attachments:
            assert digest in page
            assert hashlib.sha256(files[f"附件/{name}.txt"]).hexdigest() == digest


def test_the_check_stands_in_the_article_itself(made):
    text = made["sample60-1-draw"][1]["article.txt"].decode()
    line = re.search(r"ssj/1,seed,\S+", text)[0]
    digest = re.search(r"抽取随机数：([0-9a-f]{64})", text)[1]
    assert hashlib.sha256(line.encode()).hexdigest() == digest


def test_nothing_private_in_them(published_sample60, made):
    book = archive.reading(published_sample60 / "outputs")
    files = {f"{n}/{f}": c for n, (_, own) in made.items() for f, c in own.items()}
    assert leaks.leaks(book, files, LATE) == []


def test_names_are_text(published_sample60):
    site = renamed(site_of(published_sample60), [ODD["markup"]])
    for article in announcements.articles(site, published_sample60 / "outputs"):
        assert "<img" not in announcements.files_of(article, site)["article.html"].decode()


def test_before_the_day_only_the_notice(published_sample60):
    site = site_of(published_sample60, EARLY)
    every = announcements.articles(site, published_sample60 / "outputs")
    assert [a.kind for a in every] == ["notice"]


def test_a_void_has_an_article_and_marks_the_others(project):
    asked = ("--reason", "名录有误", *approved("演示局长"), "--yes")
    assert run(project, "void", "sample60", *asked) == 0
    every = announcements.articles(site_of(project), project / "outputs")
    assert every[-1].kind == "void" and "名录有误" in every[-1].summary
    assert all("已作废" in a.banners[0] for a in every if a.kind != "void")


def test_whom_to_ask(published_sample60):
    site = replace(site_of(published_sample60), about=model.About(telephone="0000-1"))
    for article in announcements.articles(site, published_sample60 / "outputs"):
        assert "电话：0000-1" in announcements.text(article)


# --- what comes back


def post(project, page, *more):
    asked = ("--address", "https://example.org/1", "--time", BEFORE, "--page", page, *more)
    return tell(project, "publish", "--posted", NOTICE, *asked)


def test_posted_and_the_same(project):
    assert tell(project, "publish", "--article")[0] == 0
    page = project / "outputs" / "articles" / NOTICE / "article.html"
    text = page.read_text(encoding="utf-8").replace("utf-8", "gb18030")
    saved = project / "saved.html"
    shell = f"<html><script>x</script><div class=nav>首页</div>{text}<p>版权所有</p></html>"
    saved.write_bytes(shell.encode("gb18030"))
    code, said = post(project, saved)
    assert code == 0 and "网页与公告一致" in said
    assert site_of_posted(project).announced
    assert tell(project, "publish")[0] == 0
    home = project / "outputs/site/rounds/sample60/index.html"
    assert "未先公告" not in home.read_text(encoding="utf-8")
    draw = next(a for a in articles(project) if a.kind == "draw")
    assert not any("未先公告" in text for text in draw.banners)


def articles(project):
    from datetime import date

    from ssj.site import publishing

    book = archive.reading(project / "outputs")
    return announcements.articles(
        publishing.read(book, project / "params", date(2030, 1, 1)), project / "outputs"
    )


def site_of_posted(project):
    from datetime import date

    from ssj.site import publishing

    book = archive.reading(project / "outputs")
    return publishing.read(book, project / "params", date(2030, 1, 1)).rounds[0].now


def test_a_page_that_lacks_something_was_not_posted(project):
    tell(project, "publish", "--article")
    page = project / "outputs" / "articles" / NOTICE / "article.html"
    text = page.read_text(encoding="utf-8")
    commitment = re.search(r"[0-9a-f]{64}", text)[0]
    saved = project / "saved.html"
    saved.write_text(text.replace(commitment, "0" * 64), encoding="utf-8")
    code, said = post(project, saved)
    assert code == 3 and commitment[:40] in said
    assert not site_of_posted(project).announced
    draw = next(a for a in articles(project) if a.kind == "draw")
    assert any("未先公告" in text for text in draw.banners)


def test_what_can_not_be_registered(project):
    page = project / "page.html"
    page.write_text("x")
    assert "要写明网址" in tell(project, "publish", "--posted", NOTICE)[1]
    code, said = tell(
        project, "publish", "--posted", "no", "--address", "x", "--time", BEFORE, "--page", page
    )
    assert code == 1 and "没有这篇公告" in said
    for when, why in (("昨天", "不对"), ("2999-01-01 10:00", "还没有到")):
        asked = ("--address", "https://x.cn/1", "--time", when, "--page", page)
        assert why in tell(project, "publish", "--posted", NOTICE, *asked)[1]
    with pytest.raises(SsjError, match="网址"):
        posted.register(project, {}, "example.org", "2021-11-18T09:30:00+08:00", "", b"")
    with pytest.raises(SsjError, match="时间"):
        posted.register(project, {}, "https://example.org", "昨天", "", b"")
    assert "找不到保存的网页" in post(project, project / "none.html")[1]


def test_a_register_that_is_broken_is_said(project):
    (project / "outputs" / posted.NAME).write_text("{\n")
    code, said = tell(project, "publish")
    assert code == 1 and "读不懂" in said
