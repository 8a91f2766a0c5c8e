"""Papers of a whole round: written, signed scans taken back by hash, the audit of it, scans against
the archive.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from archived import DRAW, data_of, entered_stages, failing, numbered, record_of, report_of
from conftest import ran
from faults.conftest import forge
from warm import amend, tell

from ssj import protocol
from ssj.casebook import archive, attempts
from ssj.casebook.render import verifier_page
from ssj.draw import lists
from ssj.papers import paper_names
from ssj.results import scans
from ssj.stages import papers

ROUND = "sample60"
PAPERS, SECOND_PAPERS, AMEND, THIRD_PAPERS = numbered(
    "freeze", "draw", "papers", "papers", "amend", "papers"
)[-4:]


def copies(project: Path, *arguments: str) -> tuple[int, str]:
    return tell(project, "papers", ROUND, *arguments)


def scan(folder: Path, name: str, content: str = "") -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(content or name, encoding="utf-8")


@pytest.fixture(scope="module")
def taken_in(done_sample60, tmp_path_factory) -> Path:
    """The small round with scans taken back twice: two visits' papers first, then a folder that has
    them still, and more.
    """
    project = shutil.copytree(done_sample60, tmp_path_factory.mktemp("papers") / "project")
    folder = project / "扫描件"
    for name in ("行政检查审批表", "检查表", "现场检查笔录", "送达回证"):
        for number in (1, 2):
            scan(folder, f"{ROUND}-{number:03} {name}.pdf")
    scan(folder, "Thumbs.db")
    ran(project, "papers", ROUND, "--scans", "扫描件")
    scan(folder, f"{ROUND} 抽取现场记录及结果确认表.jpg")
    scan(folder, f"{ROUND}_003责令改正通知书.PNG")
    ran(project, "papers", ROUND, "--scans", "扫描件")
    return project


@pytest.fixture
def copy_taken_in(taken_in, tmp_path) -> Path:
    return shutil.copytree(taken_in, tmp_path / "project")


# --- written ---


def test_papers_of_the_drawn_round(copy_sample60):
    before = {p: p.read_bytes() for p in (copy_sample60 / "outputs").rglob("*") if p.is_file()}
    code, said = copies(copy_sample60)
    assert code == 0 and "【演示批次" in said and "已生成检查文书" in said
    record, folder = (
        record_of(copy_sample60, DRAW),
        copy_sample60 / "outputs" / ROUND / "files" / paper_names.FOLDER,
    )
    assert sorted(
        p.name.split()[0] for p in folder.iterdir() if p.name.startswith(f"{ROUND}-")
    ) == sorted(lists.visit_numbers(record).values())
    assert {p: p.read_bytes() for p in before} == before  # nothing else has changed
    assert failing(report_of(copy_sample60)) == {}
    code, said = copies(copy_sample60)
    assert code == 0 and "有人改过" not in said


def test_every_written_paper_s_name_is_one_of_a_scan(copy_sample60):
    """Whoever scans a printed paper under its own name is understood."""
    copies(copy_sample60)
    record, folder = (
        record_of(copy_sample60, DRAW),
        copy_sample60 / "outputs" / ROUND / "files" / paper_names.FOLDER,
    )
    own = [p for p in folder.parent.glob("*.docx") if p.stem.startswith(scans.WITHOUT_ROUND)]
    assert len(own) == 3
    for path in own:
        (meant,) = scans.meaning(record, path.with_suffix(".pdf").name)
        assert meant["number"] == ROUND and meant["paper"] in path.name
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".html":  # a team's page is no paper
            (meant,) = scans.meaning(record, path.with_suffix(".pdf").name)
            assert (
                meant["paper"] in path.name
                and path.name.startswith(meant["number"] + " ")
                and meant["officer"] in path.name
            )


def test_own_templates_and_strange_ones(copy_sample60):
    import docx

    own = copy_sample60 / "params" / "templates"
    own.mkdir()
    own_ones = (
        ("检查表", "本局 {{ number }}"),
        ("核查表", "x"),
        ("行政检查通知书", "{{ number }}"),
    )
    for name, text in own_ones:
        document = docx.Document()
        document.add_paragraph(text)
        document.save(own / f"{name}.docx")
    code, said = copies(copy_sample60)
    assert code == 0 and "核查表.docx 不是文书模板的名称，没有使用" in said
    assert said.count("没有检查码（标记 {{r check.picture }}）") == 1
    assert "行政检查通知书.docx 没有检查码" in said
    made = next(
        (copy_sample60 / "outputs" / ROUND / "files" / paper_names.FOLDER).glob(
            f"{ROUND}-001 */* 检查表.docx"
        )
    )
    assert docx.Document(made).paragraphs[0].text == f"本局 {ROUND}-001"
    document = docx.Document()
    document.add_paragraph("{{ numbre }}")
    document.save(own / "检查表.docx")
    code, said = copies(copy_sample60)
    assert (
        code == 1
        and "Word 模板“检查表.docx”不能使用：没有“numbre”这一项，见标记 {{ numbre }}" in said
    )


# --- scans ---


@pytest.mark.slow
def test_scans_taken_back_twice_audit_clean(taken_in):
    assert entered_stages(taken_in) == numbered("freeze", "draw", "papers", "papers")
    report = report_of(taken_in, fast=False)
    assert (report.exit_code, [s for s in report.steps if not s.holds]) == (0, [])
    record, got = record_of(taken_in, DRAW), record_of(taken_in, SECOND_PAPERS)
    assert len(record_of(taken_in, PAPERS)["papers"]) == 8 and len(got["papers"]) == 10
    visits = scans.by_visit(record, got)
    assert [v["missing"] for v in visits[:2]] == [(), ()] and visits[2]["back"] == (
        "责令改正通知书",
    )
    digest = protocol.sha256((taken_in / "扫描件" / f"{ROUND}-001 检查表.pdf").read_bytes())
    assert digest in {p["sha256"] for p in got["papers"]}


@pytest.mark.slow
def test_the_scans_themselves_enter_nothing(taken_in):
    for path in (taken_in / "outputs").rglob("*"):
        assert path.suffix.lower() not in scans.SUFFIXES
    data = taken_in / "outputs" / ROUND / SECOND_PAPERS / "data"
    assert sorted(p.name for p in (data / "in").iterdir()) == [
        "draw.json",
        "earlier.json",
        "scans.json",
        "stage.json",
    ]
    assert all(p.name.isascii() for p in data.rglob("*"))


@pytest.mark.slow
def test_the_pages_of_the_stage(taken_in):
    data = taken_in / "outputs" / ROUND / SECOND_PAPERS / "data"
    public, copied = (
        (p.read_text(encoding="utf-8"))
        for p in (data / "public.html", taken_in / "outputs" / ROUND / "files" / papers.PAGE)
    )
    record = record_of(taken_in, DRAW)
    known = [
        lists.names(record, table)[i]
        for table, i in [("targets", v["id"]) for v in record["visits"]]
        + [("officers", t["officer"]) for t in record["officers"]["taken"]]
    ]
    assert (
        not [name for name in known if name in public]
        and f"{ROUND}-001" not in public
        and "检查文书收存" in public
    )
    assert copied == (data / "auditor.html").read_text(encoding="utf-8")
    assert f"{ROUND}-001" in copied and "责令改正通知书" in copied


@pytest.mark.slow
def test_nothing_new_is_refused(copy_taken_in):
    code, said = copies(copy_taken_in, "--scans", "扫描件")
    assert code == 4 and "这些扫描件都已经收存，没有新的" in said
    assert len(entered_stages(copy_taken_in)) == 5


def test_unclear_names_are_listed_all_at_once_and_nothing_is_written(copy_sample60):
    for name in (
        "现场.pdf",
        f"{ROUND}-999 检查表.pdf",
        f"{ROUND}-001 检查表.docx",
        f"{ROUND}-001 检查表.pdf",
    ):
        scan(copy_sample60 / "扫描件", name)
    (copy_sample60 / "扫描件" / f"{ROUND}-002 检查表.pdf").write_bytes(b"")
    before = sorted(p for p in (copy_sample60 / "outputs").rglob("*"))
    code, said = copies(copy_sample60, "--scans", "扫描件")
    assert code == 3 and "有 4 个问题" in said and f"“{ROUND}-001 现场检查笔录.pdf”" in said
    assert sorted(p for p in (copy_sample60 / "outputs").rglob("*") if p.name != ".lock") == [
        p for p in before if p.name != ".lock"
    ]


@pytest.mark.parametrize(
    ("folder", "code", "message"),
    [
        ("没有", 1, "找不到文件夹"),
        ("空", 1, "中没有文件"),
        ("outputs/扫描件", 4, "扫描件不能放在 outputs 文件夹里"),
    ],
)
def test_folders_that_are_refused(copy_sample60, folder, code, message):
    (copy_sample60 / "空").mkdir()
    scan(copy_sample60 / "outputs" / "扫描件", f"{ROUND}-001 检查表.pdf")
    assert copies(copy_sample60, "--scans", folder)[0] == code
    assert message in copies(copy_sample60, "--scans", folder)[1]


def test_before_the_draw_there_is_nothing_to_take_back(tmp_path):
    from conftest import new_project

    project = new_project(tmp_path, ROUND)
    scan(project / "扫描件", f"{ROUND}-001 检查表.pdf")
    code, said = copies(project, "--scans", "扫描件")
    assert code == 4 and "还没有抽取" in said
    assert copies(project, "--compare", "扫描件")[0] == 4
    code, said = copies(project)
    assert code == 0 and "已生成检查文书 5 份" in said and "封库以后再运行" in said


def test_one_option_at_a_time(copy_sample60):
    assert copies(copy_sample60, "--scans", "a", "--compare", "b")[0] == 1


# --- edited archives ---


def edit(name: str, **changes):
    """An edit of ``out/papers.json`` or ``in/…`` of both papers stages."""

    def change(data: Path) -> None:
        path = data / name
        record = json.loads(path.read_text(encoding="utf-8"))
        for key, act in changes.items():
            record[key] = act(record[key])
        path.write_bytes(protocol.canonical(record))

    return change


def first(papers_: list[dict], **own) -> list[dict]:
    return [{**papers_[0], **own}, *papers_[1:]]


EDITS = {  # an insider rebuilds the bag and the ledger → what V3 says
    "another hash in papers.json": (
        edit("out/papers.json", papers=lambda p: first(p, sha256="0" * 64)),
        "papers.json",
    ),
    "a paper left out": (edit("out/papers.json", papers=lambda p: p[1:]), "papers.json"),
    "another visit": (
        edit("out/papers.json", papers=lambda p: first(p, number=f"{ROUND}-009")),
        "papers.json",
    ),
    "another hash in scans.json": (
        edit("in/scans.json", files=lambda f: first(f, sha256="0" * 64)),
        "papers.json",
    ),
    "earlier ones forgotten": (edit("in/earlier.json", papers=lambda p: p[1:]), "in/earlier.json"),
    "another record": (
        lambda data: shutil.copyfile(data / "in" / "stage.json", data / "in" / "draw.json"),
        f"in/draw.json 与 {DRAW} 的 out/ 不同",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("change", "said"), EDITS.values(), ids=EDITS.keys())
def test_an_edited_papers_stage_fails_v3(copy_taken_in, change, said):
    forge(copy_taken_in, papers=change)
    found = failing(report_of(copy_taken_in))
    assert min(found) == 3 and said in found[3]


# --- scans on disk against the archive ---


@pytest.mark.slow
def test_scans_compared_with_the_archive(copy_taken_in):
    code, said = copies(copy_taken_in, "--compare", "扫描件")
    assert code == 0 and "收存过的扫描件都在，没有改动" in said
    folder = copy_taken_in / "扫描件"
    scan(folder, f"{ROUND}-001 检查表.pdf", "改动")
    (folder / f"{ROUND}-001 送达回证.pdf").unlink()
    (folder / f"{ROUND}-002 送达回证.pdf").rename(folder / "x.pdf")
    code, said = copies(copy_taken_in, "--compare", "扫描件")
    assert code == 5 and "结论：缺少或已改动 2 份。" in said
    for line in (
        f"已改动：{ROUND}-001 检查表.pdf",
        f"缺少：{ROUND}-001 送达回证.pdf",
        f"换了名字：{ROUND}-002 送达回证.pdf → x.pdf",
    ):
        assert line in said.splitlines()


@pytest.mark.slow
def test_a_void_after_papers_starts_anew(copy_taken_in):
    """Papers of a voided attempt are not those of the next."""
    book = archive.Archive(
        copy_taken_in / "outputs", archive.read_entries(copy_taken_in / "outputs")
    )
    assert len(papers.taken_in(book, attempts.state_of(book.stages(ROUND)))) == 10


@pytest.mark.slow
def test_papers_after_an_amendment(copy_taken_in):
    """Who goes now is on the papers, and the stage rests on the amended record."""
    seat = record_of(copy_taken_in, DRAW)["officers"]["taken"][0]
    assert amend(copy_taken_in, seat["officer"], "回避", "--visit", seat["visit"])[0] == 0
    assert copies(copy_taken_in)[0] == 0
    record = record_of(copy_taken_in, AMEND)
    came = record["amendments"][0]["taken"][0]["officer"]
    assert list(
        (copy_taken_in / "outputs" / ROUND / "files" / paper_names.FOLDER / "回避声明").glob(
            f"* {came} *"
        )
    )
    scan(copy_taken_in / "扫描件", f"{ROUND} 回避声明 {came}.pdf")
    assert copies(copy_taken_in, "--scans", "扫描件")[0] == 0
    got = record_of(copy_taken_in, THIRD_PAPERS)
    assert (data_of(copy_taken_in, THIRD_PAPERS) / "in" / "amend.json").exists()
    assert len(got["papers"]) == 11
    assert next(o for o in scans.by_officer(record, got) if o["officer"] == came)["back"]
    assert failing(report_of(copy_taken_in)) == {}


# --- 观察员包 ---


def test_the_observers_kit(copy_sample60):
    code, said = copies(copy_sample60, "--observers")
    folder = copy_sample60 / "outputs" / ROUND / "files" / "观察员包"
    paper = folder / f"{ROUND} 观察员包.docx"
    assert code == 0 and "【演示批次" in said and "公告的时间已过" in said
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        [paper.name, "封库公告.json", "核验.html"]
    )
    notice = protocol.parse((folder / "封库公告.json").read_text(encoding="utf-8"))
    text = "".join(
        re.sub(r"\s", "", re.sub("<[^>]*>", "", parts.read("word/document.xml").decode("utf-8")))
        for parts in [zipfile.ZipFile(paper)]
    )
    assert notice["commitment"] in text, "whole, since the observer keeps the page"
    assert (folder / "核验.html").read_bytes() == verifier_page().encode("utf-8")
    assert failing(report_of(copy_sample60)) == {}
    paper.write_bytes(b"edited")
    code, said = copies(copy_sample60, "--observers")
    assert code == 0 and "保留原样" in said and paper.read_bytes() == b"edited"
    code, said = copies(copy_sample60, "--observers", "--scans", "扫描件")
    assert code == 1 and "一次只能写一个" in said


def test_there_is_no_kit_before_the_freeze(copy_sample60):
    shutil.rmtree(copy_sample60 / "outputs")
    code, said = copies(copy_sample60, "--observers")
    assert code == 4 and "还没有封库" in said
