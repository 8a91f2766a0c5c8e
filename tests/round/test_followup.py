"""Follow-up and whole-process record in a whole round: shown, archived, in the workbook; what the
audit notices; what is refused.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from archived import failing, numbered, record_of, report_of
from faults.conftest import forge
from warm import run

from ssj import protocol
from ssj.casebook import archive
from ssj.stages import results as results_stage
from ssj.tables import schema, writing

ROUND = "sample60"
pytestmark = pytest.mark.slow
PAPERS, RESULTS, SECOND_RESULTS = numbered("freeze", "draw", "papers", "results", "results")[-3:]


def inputs(project: Path) -> Path:
    return project / "params" / ROUND


def read(path: Path) -> list[dict]:
    return pd.read_excel(path, dtype=object, engine="openpyxl").fillna("").to_dict("records")


def write(path: Path, rows: list[dict]) -> None:
    writing.write_xlsx(path, {"表": pd.DataFrame(rows, dtype=object)})


@pytest.fixture(scope="module")
def followed(done_sample60, tmp_path_factory) -> Path:
    """Photos and papers of two visits taken in; results in which the first visit has a problem that
    is closed, the second one that is not.
    """
    project = shutil.copytree(done_sample60, tmp_path_factory.mktemp("followed") / "project")
    folder = project / "扫描件"
    folder.mkdir()
    for n in ("001", "002"):
        for name in (
            "行政检查审批表.pdf",
            "行政检查通知书.pdf",
            "现场检查笔录.pdf",
            "检查表.pdf",
            "行政检查结果告知书.pdf",
            "送达回证.pdf",
            "责令改正通知书.pdf",
            "现场照片1.jpg",
            "执法音像1.mp4",
        ):
            if n == "001" or name != "送达回证.pdf":
                (folder / f"{ROUND}-{n} {name}").write_text(f"{n}{name}", encoding="utf-8")
    assert run(project, "papers", ROUND, "--scans", folder) == 0
    results_stage.invent(
        archive.Archive(project / "outputs", archive.read_entries(project / "outputs")),
        inputs(project),
        dt.date(2022, 3, 1),
    )
    rows = read(inputs(project) / "results.xlsx")
    for row in rows:
        row |= {
            "检查结果": "未发现问题",
            "处置措施": "",
            "责任单位": "",
            "整改期限": "",
            "完结日期": "",
        }
    first = next(r for r in rows if r["检查编号"] == f"{ROUND}-001")
    second = next(r for r in rows if r["检查编号"] == f"{ROUND}-002")
    for row in (first, second):
        row |= {"检查结果": "发现问题已责令改正", "处置措施": "责令改正"}
    blank = {c.header: "" for c in schema.LATER["followup"]}
    day = pd.Timestamp(first["检查日期"]).date()
    handled = [
        {
            **blank,
            "检查编号": r["检查编号"],
            "事项编号": r["事项编号"],
            "处置措施": "责令改正",
            "责任单位": "样例质量股",
            "期限": dt.date(2022, 1, 31),
        }
        for r in (first, second)
    ]
    handled[0] |= {
        "复查日期": day + dt.timedelta(9),
        "复查人员": "样例复查一、样例复查二",
        "复查结果": "已改正",
        "办结日期": day + dt.timedelta(10),
    }
    write(inputs(project) / "results.xlsx", rows)
    write(inputs(project) / "followup.xlsx", handled)
    assert run(project, "results", ROUND) == 0
    return project


def test_archived_shown_and_audited(followed):
    done = record_of(followed, RESULTS)
    assert [(f["number"], bool(f["closed_on"])) for f in done["followup"]] == [
        (f"{ROUND}-001", True),
        (f"{ROUND}-002", False),
    ]
    states = {v["number"]: v["state"] for v in done["visits"]}
    assert states[f"{ROUND}-002"] == "following" and states[f"{ROUND}-001"] != "following"
    data = followed / "outputs" / ROUND / RESULTS / "data"
    assert (data / "in" / "papers.json").read_bytes() == (
        followed / "outputs" / ROUND / PAPERS / "data" / "out" / "papers.json"
    ).read_bytes()
    internal, public = (
        (data / f"{name}.html").read_text(encoding="utf-8") for name in ("auditor", "public")
    )
    assert "问题台账" in internal and "各户的文书和影像" in internal
    assert not [
        word
        for word in ("问题台账", "样例质量股", "全过程记录", "法制审核", "到期与超期")
        if word in public
    ]
    assert failing(report_of(followed)) == {}


def test_the_workbook(followed):
    book = openpyxl.load_workbook(followed / "outputs" / ROUND / "files" / "后续处置台账.xlsx")
    kept = {
        row[0].value: [cell.value for cell in row[3:]]
        for row in book["全过程记录"].iter_rows(min_row=2)
    }
    assert kept[f"{ROUND}-001"] == ["1 份"] * 9
    assert kept[f"{ROUND}-002"] == ["1 份"] * 5 + ["缺"] + ["1 份"] * 3
    assert book["文书影像登记"].max_row == 1 + 17
    assert [row[0].value for row in book["问题台账"].iter_rows(min_row=2)] == [
        f"{ROUND}-001",
        f"{ROUND}-002",
    ]
    late = [row[0].value for row in book["到期与超期"].iter_rows(min_row=2)]
    assert len(late) == 1 and late[0].startswith("超期 ")


def test_a_closed_follow_up_can_t_change_unsaid(followed, tmp_path, capsys):
    project = shutil.copytree(followed, tmp_path / "project")
    path = inputs(project) / "followup.xlsx"
    rows = read(path)
    write(path, [{**rows[0], "复查人员": "样例复查一、样例复查三"}, *rows[1:]])
    assert run(project, "results", ROUND) == 3
    assert "已归档、已办结的处置与上次不同：复查人员" in capsys.readouterr().err
    write(path, rows[1:])
    assert run(project, "results", ROUND) == 3
    assert f"已归档、已办结的处置不见了：{ROUND}-001" in capsys.readouterr().err
    assert not (project / "outputs" / ROUND / SECOND_RESULTS).exists()


def test_papers_that_were_swapped_fail_the_audit(followed, tmp_path):
    project = shutil.copytree(followed, tmp_path / "project")

    def swap(data: Path) -> None:
        papers = archive.read_record(data / "in" / "papers.json")
        (data / "in" / "papers.json").write_bytes(
            protocol.canonical({**papers, "papers": papers["papers"][1:]})
        )

    forge(project, results=swap)
    assert failing(report_of(project)) == {3: f"{RESULTS}：in/papers.json 不是上一次收存的文书"}


def test_papers_that_were_left_out_fail_the_audit(followed, tmp_path):
    project = shutil.copytree(followed, tmp_path / "project")
    forge(project, results=lambda data: (data / "in" / "papers.json").unlink())
    assert failing(report_of(project)) == {3: f"{RESULTS}：in/papers.json 不是上一次收存的文书"}
