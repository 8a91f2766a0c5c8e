"""``ssj publish``: a site written whole, the same bytes each time, nothing else overwritten."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sites import EARLY, ODD, pages_of, renamed, site_of
from warm import tell

from ssj.site import frame, pages

NOW = "rounds/sample60/index.html"


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


@pytest.fixture
def project(published_sample60, tmp_path):
    return shutil.copytree(published_sample60, tmp_path / "project")


def test_the_same_bytes_each_time(project):
    assert tell(project, "publish")[0] == 0
    first = files_of(project / "outputs" / "site")
    assert tell(project, "publish")[0] == 0
    assert files_of(project / "outputs" / "site") == first
    assert tell(project, "publish", "--site", "elsewhere")[0] == 0
    assert files_of(project / "elsewhere") == first


def test_a_site_changed_by_hand_is_noticed_and_mended(project):
    tell(project, "publish")
    site = project / "outputs" / "site"
    whole = files_of(site)
    (site / "index.html").write_text("改过")
    (site / "plan.html").unlink()
    (site / "more.html").write_text("多的")
    code, said = tell(project, "publish")
    assert code == 0 and files_of(site) == whole
    for text in ("index.html（改动）", "plan.html（少了）", "more.html（多出）"):
        assert text in said


def test_another_folder_is_left_alone(project):
    (project / "mine").mkdir()
    (project / "mine" / "letter.txt").write_text("信")
    code, said = tell(project, "publish", "--site", "mine")
    assert code == 4 and "有别的东西" in said
    assert files_of(project / "mine") == {"letter.txt": "信".encode()}


def test_nothing_is_published_without_an_archive(tmp_path):
    code, said = tell(tmp_path, "publish")
    assert code == 1 and "还没有档案" in said and not (tmp_path / "outputs" / "site").exists()


def test_the_audit_goes_on_beside_a_site(project):
    tell(project, "publish")
    before = tell(project, "audit", "sample60", "--fast")
    shutil.rmtree(project / "outputs" / "site")
    assert tell(project, "audit", "sample60", "--fast") == before


def test_who_issues_it(project):
    (project / "params" / "site.toml").write_text(
        'bureau = "样例县局"\ntelephone = "0000-1234567"\nsite_code = "9999990001"\n',
        encoding="utf-8",
    )
    assert tell(project, "publish")[0] == 0
    for name, content in files_of(project / "outputs" / "site").items():
        if name.endswith(".html") and name != "check/verifier.html":
            text = content.decode()
            assert "主办：样例县局" in text and "监督电话：0000-1234567" in text
            assert '<meta name="SiteIDCode" content="9999990001">' in text
    (project / "params" / "site.toml").write_text('fax = "1"\n')
    assert tell(project, "publish")[0] == 3


class Links(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        own = dict(attrs)
        self.tags.append(tag)
        self.links += [own[k] for k in ("href", "src", "action") if own.get(k)]
        self.ids += [own["id"]] if "id" in own else []


def test_every_link_leads_somewhere(published_sample60):
    made = pages_of(published_sample60)
    parsed = {n: Links(c.decode()) for n, c in made.items() if n.endswith(".html")}
    for name, its in parsed.items():
        for link in its.links:
            path, _, anchor = link.partition("#")
            parts = [*name.split("/")[:-1], *path.split("/")] if path else name.split("/")
            where: list[str] = []
            for part in parts:
                where = where[:-1] if part == ".." else [*where, part]
            target = "/".join(where)
            assert target in made, (name, link)
            if anchor:
                assert anchor in parsed[target].ids, (name, link)


def test_pages_keep_their_frame(published_sample60):
    made = pages_of(published_sample60)
    for name, content in made.items():
        assert re.fullmatch(r"[-0-9A-Za-z_./]+", name)
        if not name.endswith(".html") or name == "check/verifier.html":
            continue
        text, its = content.decode(), Links(content.decode())
        assert its.tags.count("h1") == 1 and '<html lang="zh-CN">' in text
        scripts = its.tags.count("script")
        assert scripts == (name == "firm/index.html")
        assert ("script-src" in text) == (name == "firm/index.html")
        assert "演示" in text, "what is a demonstration says so"


def test_small_enough_for_a_phone(published_sample60):
    made = pages_of(published_sample60)
    assert len(made["index.html"]) < 60_000 and len(made["firm/index.html"]) < 60_000
    assert len(made[NOW]) < 100_000


@pytest.mark.parametrize("kind", list(ODD))
def test_odd_names_stay_text(published_sample60, kind):
    site = renamed(site_of(published_sample60), [ODD[kind]])
    made = pages.pages(site, published_sample60 / "outputs")
    plain = pages.pages(site_of(published_sample60), published_sample60 / "outputs")
    for name, content in made.items():
        if name.endswith(".html") and name != "check/verifier.html":
            assert Links(content.decode()).tags.count("script") == Links(
                plain[name].decode()
            ).tags.count("script")
            assert "<img" not in content.decode()
    table = made["data/sample60/1/drawn.csv"].decode("utf-8-sig")
    assert not re.search(r"(^|,)\"?=", table, re.MULTILINE), "no cell is a formula"
    if kind == "right to left":
        assert f"<bdi>{ODD[kind]}</bdi>" in made["rounds/sample60/1/draw.html"].decode()


def test_before_the_day_no_list(published_sample60):
    made = pages_of(published_sample60, EARLY)
    assert "rounds/sample60/1/draw.html" not in made
    assert "公布抽中的名单" in made[NOW].decode()


def test_an_old_address_carries_the_newest_banner(project):
    from warm import approved, run

    asked = ("--reason", "名录有误", *approved("演示局长"), "--yes")
    before = pages_of(project, date(2030, 1, 1))
    assert run(project, "void", "sample60", *asked) == 0
    made = pages_of(project, date(2030, 1, 1))
    assert {n for n in before if n.startswith("rounds/")} <= set(made)
    for name in ("notice", "draw", "results"):
        assert "已作废（名录有误" in made[f"rounds/sample60/1/{name}.html"].decode()
    assert "已作废" in made["index.html"].decode()


def test_without_rounds_there_is_a_home_page():
    from ssj.site import model

    made = pages.pages(model.Site(model.About()), Path("nowhere"))
    assert "还没有封库的批次" in made["index.html"].decode()
    assert frame.style() in made["plan.html"].decode()


def test_observers_get_the_commitments_of_rounds_to_come(published_sample60):
    site = site_of(published_sample60)
    (its,) = site.rounds
    undrawn = replace(its.now, event=replace(its.now.event, seed=""))
    to_come = replace(site, rounds=(replace(its, attempts=(*its.attempts[:-1], undrawn)),))
    for shown, held in ((site, False), (to_come, True)):
        page = dict(pages._check(shown))["check/observer.html"].decode()
        assert all(part in page for part in ("自己记", "verifier.html", "抄满 40 位"))
        digits = re.sub(r"<[^>]*>|\s", "", page)
        assert (its.now.commitment in digits) is held
