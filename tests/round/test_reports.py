"""``ssj report`` on archived rounds: which papers it makes when, that they follow from the archive
alone, that edited ones are kept.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import docx
import pytest
from archived import DRAW, last, numbered
from conftest import ssj
from unit.test_files import texts
from warm import tell

from ssj import protocol
from ssj.casebook import archive
from ssj.desk import common, standing
from ssj.draw import lists
from ssj.papers import paper_names

ROUND = "sample60"
RESULTS = last("freeze", "draw", "results")
SECOND_DRAW = last("freeze", "draw", "void", "freeze", "draw")


def files_of(project: Path) -> Path:
    return project / "outputs" / ROUND / "files"


def text_of(project: Path, name: str) -> str:
    return "\n".join(texts(docx.Document(files_of(project) / f"{name}.docx")))


def papers_of(project: Path) -> list[str]:
    return [name for name in paper_names.REPORTS if (files_of(project) / f"{name}.docx").exists()]


@pytest.fixture(scope="module")
def with_results(done_sample60, tmp_path_factory) -> Path:
    """The small round with invented results archived."""
    project = shutil.copytree(done_sample60, tmp_path_factory.mktemp("reports") / "project")
    answer = ssj(project, "results", ROUND, "--sample")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return project


@pytest.fixture
def copy_with_results(with_results, tmp_path) -> Path:
    return shutil.copytree(with_results, tmp_path / "project")


def test_after_the_draw_all_papers_but_the_sheet(copy_sample60):
    before = {p: p.read_bytes() for p in (copy_sample60 / "outputs").rglob("*") if p.is_file()}
    code, said = tell(copy_sample60, "report", ROUND)
    assert (
        code == 0
        and "【演示批次" in said
        and papers_of(copy_sample60) == ["季度报告", "简报", "卷内目录", "备考表"]
    )
    assert (
        f"复核单：先复核：ssj audit outputs/{ROUND} --json "
        f"outputs/{ROUND}/files/{standing.REPORT}，再运行 ssj report {ROUND}"
    ) in said
    assert {p: p.read_bytes() for p in before} == before  # nothing else has changed
    made = {
        name: (files_of(copy_sample60) / f"{name}.docx").read_bytes()
        for name in papers_of(copy_sample60)
    }
    assert tell(copy_sample60, "report", ROUND)[0] == 0
    assert {
        name: (files_of(copy_sample60) / f"{name}.docx").read_bytes() for name in made
    } == made  # the same archive, the same bytes


def test_the_contents_list_every_file_of_every_bag_with_its_hash(copy_sample60):
    tell(copy_sample60, "report", ROUND)
    text, outputs = text_of(copy_sample60, "卷内目录"), copy_sample60 / "outputs"
    for entry in archive.read_entries(outputs):
        bag = outputs / ROUND / entry["stage"]
        listed = dict(
            line.split(maxsplit=1)[::-1]
            for line in (bag / "manifest-sha256.txt").read_text(encoding="utf-8").splitlines()
        )
        for path, digest in listed.items():
            assert f"{entry['stage']}/{path}\n{(bag / path).stat().st_size:,}\n{digest}" in text
        assert entry["bag"] in text
    assert archive.read_entries(outputs)[-1]["hash"] in text and archive.read_entries(outputs)[-1][
        "hash"
    ] in text_of(copy_sample60, "备考表")


def test_with_a_current_audit_report_the_sheet_too(copy_sample60):
    target = f"outputs/{ROUND}/files/{standing.REPORT}"
    assert (
        tell(
            copy_sample60,
            "audit",
            f"outputs/{ROUND}",
            "--fast",
            "--json",
            target,
        )[0]
        == 0
    )
    code, said = tell(copy_sample60, "report", ROUND)
    assert (
        code == 0 and papers_of(copy_sample60) == list(paper_names.REPORTS) and "先复核" not in said
    )
    text, kept = (
        text_of(copy_sample60, "复核单"),
        json.loads((copy_sample60 / target).read_text(encoding="utf-8")),
    )
    for row in lists.step_rows(protocol.Step(**s) for s in kept["steps"]):
        assert f"{row['number']}\n{row['step']}\n{row['result']}" in text
    assert (
        "封库 1 次，抽取 1 次，作废 0 次" in text
        and "没有重新执行" in text
        and "没有重新执行" in text_of(copy_sample60, "备考表")
    )


@pytest.mark.parametrize(
    "change",
    [{"time": "2021-01-01T00:00:00+08:00"}, {"stages": numbered("freeze")}, {"time": None}],
    ids=["older", "other stages", "without a time"],
)
def test_a_report_that_is_not_current_gives_no_sheet(copy_sample60, change):
    path = files_of(copy_sample60) / standing.REPORT
    tell(
        copy_sample60,
        "audit",
        f"outputs/{ROUND}",
        "--fast",
        "--json",
        str(path),
    )
    own = {**json.loads(path.read_text(encoding="utf-8")), **change}
    path.write_text(
        json.dumps({key: value for key, value in own.items() if value is not None}),
        encoding="utf-8",
    )
    assert "复核单：先复核" in tell(copy_sample60, "report", ROUND)[1]
    assert "复核单" not in papers_of(copy_sample60) and "还没有复核" in text_of(
        copy_sample60, "备考表"
    )


@pytest.mark.slow
def test_the_papers_say_what_is_archived(copy_with_results):
    assert tell(copy_with_results, "report", ROUND)[0] == 0
    out = copy_with_results / "outputs" / ROUND
    drawn, own = (
        archive.read_record(out / stage / "data" / "out" / name)
        for stage, name in ((DRAW, "draw.json"), (RESULTS, "results.json"))
    )
    report, brief = text_of(copy_with_results, "季度报告"), text_of(copy_with_results, "简报")
    visited = sum(v["state"] != "drawn" for v in own["visits"])
    published, problem = (
        sum(bool(v["published_on"]) and not v["not_public"] for v in own["visits"]),
        sum(v["problem"] for v in own["visits"]),
    )
    assert (
        f"抽中的 {len(drawn['visits'])} 户次中，已检查 {visited} 户次" in report
        and f"其中已公示 {published} 户次" in report
    )
    for label, value in (
        ("入企检查", len(drawn["visits"])),
        ("已检查", visited),
        ("发现问题", problem),
        ("已公示", published),
    ):
        assert f"{label}\n{value}\n户次" in brief
    for name, count in (
        ("未发现问题", sum("未发现问题" in r["results"] for r in own["rows"])),
        ("发现问题已责令改正", sum("发现问题已责令改正" in r["results"] for r in own["rows"])),
    ):
        assert f"{name}\n{count}\n" in report
    names = [v["name"] for v in own["visits"]] + [
        o["identity"]["name"] for o in drawn["tables"]["officers"]
    ]
    # firms and officers are named in neither
    assert not [name for name in names if name in report.replace("演示局长", "") or name in brief]


def test_an_edited_paper_is_kept_and_said(copy_sample60):
    tell(copy_sample60, "report", ROUND)
    path = files_of(copy_sample60) / "季度报告.docx"
    document = docx.Document(path)
    document.paragraphs[2].text = "样建〔2022〕3 号"
    document.core_properties.modified = __import__("datetime").datetime(2022, 1, 5)
    document.save(path)
    edited, other = path.read_bytes(), files_of(copy_sample60) / "简报.docx"
    other.write_bytes(b"")  # not a paper at all, so not ours to overwrite
    code, said = tell(copy_sample60, "report", ROUND)
    assert (
        code == 0
        and "生成以后有人改过，保留原样，没有更新（要重新生成的，先移走）：季度报告.docx、简报.docx"
        in said
    )
    assert (path.read_bytes(), other.read_bytes()) == (edited, b"")
    path.unlink()
    assert "已生成季度报告.docx" in tell(copy_sample60, "report", ROUND)[1]


def test_own_templates(copy_sample60):
    own = copy_sample60 / "params" / "templates"
    own.mkdir()
    document = docx.Document()
    document.add_paragraph("本局简报 {{ counts.visits }} 户次")
    document.save(own / "简报.docx")
    assert tell(copy_sample60, "report", ROUND)[0] == 0
    drawn = archive.read_record(
        copy_sample60 / "outputs" / ROUND / DRAW / "data" / "out" / "draw.json"
    )
    assert text_of(copy_sample60, "简报") == f"本局简报 {len(drawn['visits'])} 户次"
    document = docx.Document()
    document.add_paragraph("{{ counts.visit }}")
    document.save(own / "简报.docx")
    old = {
        name: (files_of(copy_sample60) / f"{name}.docx").read_bytes()
        for name in papers_of(copy_sample60)
    }
    code, said = tell(copy_sample60, "report", ROUND)
    assert code == 1 and "Word 模板“简报.docx”不能使用：没有“visit”这一项" in said
    assert {name: (files_of(copy_sample60) / f"{name}.docx").read_bytes() for name in old} == old


def test_an_auditor_s_copy_without_any_params(copy_sample60):
    shutil.rmtree(copy_sample60 / "params")
    assert tell(copy_sample60, "report", ROUND)[0] == 0 and len(papers_of(copy_sample60)) == 4


def test_a_changed_archive_gives_no_papers(copy_sample60):
    path = copy_sample60 / "outputs" / ROUND / DRAW / "data" / "out" / "draw.json"
    path.write_bytes(path.read_bytes().replace(b'"attempt":1', b'"attempt":2'))
    code, said = tell(copy_sample60, "report", ROUND)
    assert code == 1 and f"{ROUND}/{DRAW} 与登记不符" in said and papers_of(copy_sample60) == []


def test_nothing_archived_is_refused(tmp_path):
    (tmp_path / "params").mkdir()
    code, said = tell(tmp_path, "report", "2026Q4")
    assert code == 4 and "还没有归档的，没有可以报告的" in said


@pytest.mark.slow
def test_a_voided_round_has_only_the_archivist_s_papers(copy_sample60):

    today = common.now().date().isoformat()
    assert (
        tell(
            copy_sample60,
            "void",
            ROUND,
            "--reason",
            "名录有误",
            "--approver",
            "演示局长",
            "--date",
            today,
        )[0]
        == 0
    )
    code, said = tell(copy_sample60, "report", ROUND)
    assert (
        code == 0
        and "季度报告：抽取以后再生成" in said
        and papers_of(copy_sample60) == ["卷内目录", "备考表"]
    )
    assert "第 1 次抽取已作废" in text_of(copy_sample60, "备考表")
    code, said = tell(copy_sample60, "run", ROUND)  # a second attempt
    assert code == 0, said
    assert tell(copy_sample60, "report", ROUND)[0] == 0
    assert "第 1 次抽取在抽取以后作废：名录有误，演示局长于" in text_of(
        copy_sample60, "季度报告"
    ) and "（另有作废的抽取 1 次）" in text_of(copy_sample60, "简报")
    assert f"第 2 次抽取，档案包 {SECOND_DRAW}" in text_of(copy_sample60, "卷内目录")
