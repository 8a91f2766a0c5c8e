"""结果互认 between two projects: one gives its results away, the other takes them in and freezes,
and those targets are out of the draw, counted.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from archived import DRAW, FREEZE, last, record_of
from conftest import new_project
from warm import run

from ssj import protocol
from ssj.audit import audit
from ssj.casebook import archive
from ssj.papers import paperwork
from ssj.results import exchange
from ssj.rosters import rosters
from ssj.tables import schema, writing

ROUND = "sample60"
pytestmark = pytest.mark.slow
RESULTS = last("freeze", "draw", "results")


def set_up(project: Path, **change: str) -> Path:
    """The small round of another bureau, whose visits come after the first one's; returns its
    folder.
    """
    folder = new_project(project, ROUND) / "params" / ROUND
    text = (folder / "round.toml").read_text(encoding="utf-8")
    for old, new in {
        'bureau = "演示县住房和城乡建设局"': (
            f'bureau = "{change.get("bureau", "样例市场监督管理局")}"'
        ),
        "start = 2021-12-06, end = 2021-12-24": "start = 2021-12-27, end = 2021-12-31",
        "publication_day = 2021-12-06": "publication_day = 2021-12-27",
    }.items():
        assert old in text
        text = text.replace(old, new)
    # fewer targets, so that sizes rounded up are a larger share
    text = re.sub(r'max_ratio = "[0-9.]+"', 'max_ratio = "1"', text)
    (folder / "round.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def giver(done_sample60, tmp_path_factory) -> Path:
    """A project with published results, some of which were given away."""
    project = shutil.copytree(done_sample60, tmp_path_factory.mktemp("giver") / "project")
    assert run(project, "results", ROUND, "--sample") == 0
    assert run(project, "exchange", ROUND, "--for", "样例市场监督管理局") == 0
    return project


def given_file(project: Path) -> Path:
    return project / "outputs" / ROUND / "files" / "互认结果（给样例市场监督管理局）.json"


@pytest.fixture
def taker(tmp_path) -> Path:
    set_up(tmp_path / "taker")
    return tmp_path / "taker"


def content_of(path: Path) -> dict:
    return exchange.read(path.read_bytes(), path.name)


def recognised(project: Path) -> Path:
    return project / "params" / ROUND / "recognised.xlsx"


def rewritten(path: Path, source: Path, change) -> Path:
    """A sound file of another bureau, made of the given one."""
    content = content_of(source)
    del content["content_sha256"]
    change(content)
    content["results"].sort(key=lambda r: (r["target"], r["item"]))
    path.write_bytes(
        protocol.canonical(
            {**content, "content_sha256": protocol.sha256(protocol.canonical(content))}
        )
    )
    return path


def test_what_is_given_away(giver):
    content, done = content_of(given_file(giver)), record_of(giver, RESULTS)
    entry = archive.read_entries(giver / "outputs")[-1]
    assert (content["bag"], content["stage"], content["commitment"]) == (
        entry["bag"],
        RESULTS,
        done["commitment"],
    )
    published = {(r["visit"], r["item"]) for r in done["rows"] if r["published_on"]}
    assert published and {(r["target"], r["item"]) for r in content["results"]} == published
    book = openpyxl.load_workbook(given_file(giver).with_suffix(".xlsx"))
    about = {row[0].value: row[1].value for row in book["说明"].iter_rows(min_row=2)}
    assert about["文件校验码"].replace(" ", "").replace("\n", "") == protocol.sha256(
        given_file(giver).read_bytes()
    )
    assert book["互认结果"].max_row == len(content["results"]) + 1


def test_taken_in_frozen_and_out_of_the_draw(giver, taker, capsys):
    source = given_file(giver)
    content, digest = content_of(source), protocol.sha256(source.read_bytes())
    assert run(taker, "exchange", ROUND, "--take", source, "--sha256", digest) == 0
    assert f"新收下：{len(content['results'])} 条" in capsys.readouterr().out
    listing = pd.read_excel(recognised(taker), dtype=str, engine="openpyxl")
    assert list(listing.columns) == [c.header for c in schema.COLUMNS["recognised"]]
    assert set(zip(listing["编号"], listing["事项编号"], strict=True)) == {
        (r["target"], r["item"]) for r in content["results"]
    }
    assert set(listing["文件校验码"]) == {digest} and set(listing["来源单位"]) == {
        content["bureau"]
    }

    assert run(taker, "run", ROUND) == 0
    frozen, drawn, done = (
        record_of(taker, FREEZE),
        record_of(taker, DRAW),
        {(r["target"], r["item"]) for r in content["results"]},
    )
    items = {i["id"]: i["internal"]["categories"] for i in frozen["tables"]["items"]}
    tasks = {t["id"]: t["internal"]["items"] for t in frozen["tables"]["tasks"]}
    out = set()
    for target in frozen["tables"]["targets"]:
        for frame in target["internal"]["frames"]:
            fitting = {
                i for i in tasks[frame["task"]] if target["internal"]["category"] in items[i]
            }
            whole = bool(fitting) and all((target["id"], i) in done for i in fitting)
            assert (frame.get("rule") == "X2") == whole
            if whole:
                assert frame["size"] == 0
                out.add((target["id"], frame["task"]))
    assert out  # the tasks of both rounds are the same
    assert [
        r
        for r in paperwork.scheme(frozen)["rules"]
        if r.startswith(f"结果互认：{len({i for i, _ in out})} 户") and f"共 {len(out)} 处" in r
    ]
    chosen = {(i, part["task"]) for part in drawn["drawn"] for i in protocol.drawn_ids(part)}
    assert chosen and not chosen & out
    page = (taker / "outputs" / ROUND / "files" / "封库过程记录（内部）.html").read_text(
        encoding="utf-8"
    )
    assert "收下的互认检查结果" in page and content["bureau"] in page
    notice = (taker / "outputs" / ROUND / "files" / "封库公告.html").read_text(encoding="utf-8")
    assert content["bureau"] not in notice
    report = audit.audit(taker / "outputs" / ROUND, True, lambda text: None)
    assert [s.number for s in report.steps if s.holds is False] == []
    assert run(taker, "exchange", ROUND, "--take", source) == 4  # frozen


def test_a_broken_file_writes_nothing(giver, taker, capsys):
    source = given_file(giver)
    broken = taker / "互认结果.json"
    broken.write_bytes(
        source.read_bytes().replace("未发现问题".encode(), "不配合检查情节严重".encode(), 1)
    )
    before = {p.name: p.read_bytes() for p in (taker / "params" / ROUND).iterdir()}
    for command in (
        ["--take", broken],
        ["--take", source, "--take", broken],
        ["--take", source, "--sha256", "0" * 64],
        ["--take", taker / "没有.json"],
    ):
        assert run(taker, "exchange", ROUND, *command) == 3
        assert {p.name: p.read_bytes() for p in (taker / "params" / ROUND).iterdir()} == before
    assert "内容与它自己写明的校验码不符" in capsys.readouterr().err


def test_what_was_there_stays_and_items_are_settled_by_people(giver, taker, capsys):
    folder, source, content = (
        taker / "params" / ROUND,
        given_file(giver),
        content_of(given_file(giver)),
    )
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["收到的互认结果"])
    sheet.append(
        ["备注", "编号", "来源单位", "事项编号", "检查日期", "检查结果", "文件校验码", "经手人"]
    )
    first = content["results"][0]
    sheet.append(
        [
            "原有",
            first["target"],
            "样例消防大队",
            first["item"],
            dt.date(2021, 3, 1),
            "未发现问题",
            "e" * 64,
            "样例甲",
        ]
    )
    book.save(recognised(taker))
    own = content["results"][0]["item"]
    other = rewritten(
        taker / "另一文件.json",
        source,
        lambda c: [
            r.update(item="Z-1", item_name="别的叫法") for r in c["results"] if r["item"] == own
        ],
    )

    assert run(taker, "exchange", ROUND, "--take", other) == 0
    said = capsys.readouterr().out
    assert "对方事项 Z-1 别的叫法" in said and "exchange_items.xlsx" in said
    rest = sum(r["item"] != own for r in content["results"])
    rows = [
        [cell.value for cell in row]
        for row in openpyxl.load_workbook(recognised(taker)).active.iter_rows()
    ]
    assert rows[:2] == [
        ["收到的互认结果"] + [None] * 7,
        ["备注", "编号", "来源单位", "事项编号", "检查日期", "检查结果", "文件校验码", "经手人"],
    ]
    assert rows[2][0] == "原有" and rows[2][7] == "样例甲" and len(rows) == 3 + rest

    mapping = pd.read_excel(folder / "exchange_items.xlsx", dtype=str, engine="openpyxl")
    assert list(mapping["对方事项编号"]) == ["Z-1"] and mapping["本单位事项编号"].isna().all()
    # nothing new, and the question is not put twice
    assert run(taker, "exchange", ROUND, "--take", other) == 0
    assert len(pd.read_excel(folder / "exchange_items.xlsx", engine="openpyxl")) == 1
    writing.write_xlsx(
        folder / "exchange_items.xlsx",
        {"互认事项对照表": mapping.assign(本单位事项编号=own).fillna("")},
    )
    assert run(taker, "exchange", ROUND, "--take", other) == 0
    loaded = rosters.load(
        folder, ("A", "B", "C", "D"), ROUND, (dt.date(2021, 12, 27), dt.date(2021, 12, 31))
    )
    mine = loaded.recognised[loaded.recognised["source"] == content["bureau"]]
    assert set(zip(mine["target"], mine["item"], strict=True)) == {
        (r["target"], r["item"]) for r in content["results"]
    }
    assert not [p for p in loaded.problems if p.file == "recognised.xlsx" and p.severity == "error"]


def test_a_table_that_can_t_be_added_to(giver, taker, capsys):
    heads = [c.header for c in schema.COLUMNS["recognised"]]
    (taker / "params" / ROUND / "recognised.csv").write_text(
        ",".join(heads)
        + (
            f"\n样例消防大队,{content_of(given_file(giver))['results'][0]['target']},X1,"
            f"2021-03-01,未发现问题,{'e' * 64},\n"
        ),
        encoding="utf-8",
    )
    before = (taker / "params" / ROUND / "recognised.csv").read_bytes()
    assert run(taker, "exchange", ROUND, "--take", given_file(giver)) == 3
    assert "recognised.csv：不能在这个文件中添加" in capsys.readouterr().err
    assert (taker / "params" / ROUND / "recognised.csv").read_bytes() == before and not recognised(
        taker
    ).exists()
    assert [p.name for p in (taker / "params" / ROUND).iterdir() if p.name.endswith(".part")] == []


def test_what_can_t_be_given_or_taken_now(giver, taker, tmp_path, capsys):
    assert run(taker, "exchange", ROUND) == 4  # not drawn
    assert run(giver, "exchange", ROUND, "--take", given_file(giver)) == 4  # frozen there
    # firms may not be named yet
    assert run(giver, "exchange", ROUND, when="2021-12-05T09:00:00+08:00") == 4
    assert "公布日 2021年12月6日 还没到" in capsys.readouterr().err
    set_up(tmp_path / "own", bureau="演示县住房和城乡建设局")
    assert run(tmp_path / "own", "exchange", ROUND, "--take", given_file(giver)) == 3
    assert (
        "是本单位自己的结果" in capsys.readouterr().err
        and not recognised(tmp_path / "own").exists()
    )
    for wrong in (["--for", "样例局", "--take", given_file(giver)], ["--sha256", "0" * 64]):
        assert run(taker, "exchange", ROUND, *wrong) == 1


def test_given_again_the_same_bytes(giver):
    before = given_file(giver).read_bytes()
    assert run(giver, "exchange", ROUND, "--for", "样例市场监督管理局") == 0
    assert given_file(giver).read_bytes() == before
