"""``ssj rehearse``: a real round, not yet approved, from its freeze to its reports, marked 试算
everywhere, beside the real archive, which it only reads.
"""

from __future__ import annotations

import json
import re
import shutil
from datetime import datetime
from pathlib import Path

import docx
import openpyxl
import pytest
from archived import numbered
from conftest import new_project

from ssj import cli, protocol
from ssj.base import formats
from ssj.casebook import ledger
from ssj.desk import common, rehearsing

pytestmark = pytest.mark.slow
ROUND, MARK = "again", "试算：不留痕、不作数"
EARLIER, NOW = (datetime(2021, *day, 9, tzinfo=formats.BEIJING) for day in ((11, 27), (12, 1)))
CHANGES = (  # real, after sample60, nobody has approved yet, one custodian named
    ('id = "sample60"', f'id = "{ROUND}"'),
    ("demonstration = true", "demonstration = false"),
    ('approver = "演示局长"', 'approver = "请填写：审批人"'),
    ("2021-11-26T10:00", "2021-12-10T10:00"),
    ("start = 2021-12-06", "start = 2021-12-13"),
    ('custodians = ["驻局纪检监察组（演示）", ', 'custodians = ["请填写：保管人一", '),
)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def real_round(project: Path) -> Path:
    """A copy of sample60's folder as a real round's."""
    source, folder = project / "params" / "sample60", project / "params" / ROUND
    folder.mkdir()
    for path in source.iterdir():
        if path.suffix == ".xlsx":
            book = openpyxl.load_workbook(path)
            for cell in (cell for row in book.active.iter_rows() for cell in row):
                if cell.value == "sample60":
                    cell.value = ROUND
            book.save(folder / path.name)
    text = (source / "round.toml").read_text(encoding="utf-8")
    for old, new in CHANGES:
        assert old in text, old
        text = text.replace(old, new)
    text = re.sub(r"publication_day = \S+", "publication_day = 2021-12-10", text)
    (folder / "round.toml").write_text(text, encoding="utf-8", newline="\n")
    (folder / "results.xlsx").write_bytes(b"of another time")
    return folder


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory) -> Path:
    """The project in which the round was rehearsed, once an earlier one was drawn and archived."""
    project = new_project(tmp_path_factory.mktemp("rehearsed"), "sample60")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        with common.clock_at(EARLIER):
            assert cli.main(["run", "sample60"]) == 0
        real_round(project)
        before = tree(project)
        with common.clock_at(NOW):
            assert cli.main(["rehearse", ROUND]) == 0
    after = {
        path: value for path, value in tree(project).items() if not path.startswith("rehearsal")
    }
    assert after == before  # the real archive and the inputs were only read
    return project


def quarter(project: Path) -> Path:
    return project / "rehearsal" / ROUND / "quarter"


def files_of(project: Path) -> Path:
    return quarter(project) / "outputs" / ROUND / "files"


def test_the_whole_quarter_after_the_archives_of_earlier_rounds(rehearsed):
    lines = ledger.read(quarter(rehearsed) / "outputs").lines
    real = ledger.read(rehearsed / "outputs").lines
    assert lines[: len(real)] == real
    own = [line for line in lines if line["round"] == ROUND]
    assert [line["stage"] for line in own] == numbered("freeze", "draw", "results")
    assert [line["time"][:10] for line in own] == [
        "2021-12-01",
        "2021-12-01",
        "2021-12-10",
        "2021-12-25",
    ]
    history = quarter(rehearsed) / "outputs" / ROUND / "01-rosters/data/in/history.json"
    assert protocol.parse(history.read_text(encoding="utf-8"))["rounds"] == []  # demonstrations


def test_it_is_judged_as_a_real_round(rehearsed):
    report = json.loads((files_of(rehearsed) / "复核报告.json").read_text(encoding="utf-8"))
    assert report["exit_code"] == 0
    assert report["banners"] == [MARK, protocol.BANNERS["typed"]]
    assert [s["holds"] for s in report["steps"]] == [True] * 10
    assert not (quarter(rehearsed) / "params" / ROUND / "plan.xlsx").samefile(
        rehearsed / "params" / ROUND / "plan.xlsx"
    )


def test_every_page_paper_and_table_says_so(rehearsed):
    names = [p for p in sorted(files_of(rehearsed).rglob("*")) if p.is_file()]
    apart = ("核验.html", "检查码核验.html", "见证.html")
    pages = [p for p in names if p.suffix == ".html" and p.name not in apart]
    papers = [p for p in names if p.suffix == ".docx"]
    tables = [p for p in names if p.suffix == ".xlsx"]
    assert len(pages) > 60 and len(papers) > 90 and len(tables) > 10
    assert [p.name for p in pages if MARK not in p.read_text(encoding="utf-8")] == []
    for path in papers:
        document = docx.Document(path)
        (section,) = document.sections
        header = "".join(paragraph.text for paragraph in section.header.paragraphs)
        assert "试算" in header and "演示" not in header, path.name
    for path in tables:
        sheets = openpyxl.load_workbook(path).worksheets
        cells = {str(c.value) for s in sheets for row in s.iter_rows() for c in row}
        assert any("试算" in cell for cell in cells), path.name


def test_what_a_verifier_reads_says_so(rehearsed):
    notice = json.loads((files_of(rehearsed) / "封库公告.json").read_text(encoding="utf-8"))
    assert notice["committed"]["event"]["place"].startswith("试算：")
    assert notice["committed"]["demonstration"] is False
    assert len(notice["committed"]["event"]["custodians"]) == 2


def test_rehearsal_and_real_archive_stay_apart(rehearsed, tmp_path, capsys, monkeypatch):
    project = shutil.copytree(rehearsed, tmp_path / "project")
    monkeypatch.chdir(project)
    with common.clock_at(NOW):
        rehearsing_ = ["--params", str(quarter(project) / "params")]
        assert cli.main(["freeze", ROUND, *rehearsing_]) == 4
        assert "试算的批次不能进入正式的档案" in capsys.readouterr().err
    real = shutil.copytree(project / "params" / "sample60", project / "params" / "other")
    text = (real / "round.toml").read_text(encoding="utf-8")
    (real / "round.toml").write_text(text.replace('"sample60"', '"other"'), encoding="utf-8")
    with common.clock_at(datetime(2022, 1, 5, 9, tzinfo=formats.BEIJING)):
        assert cli.main(["rosters", "other", "--outputs", str(quarter(project) / "outputs")]) == 4
    assert "这个档案文件夹是试算用的" in capsys.readouterr().err


def test_errors_of_the_inputs_come_first(tmp_path, capsys, monkeypatch):
    project = new_project(tmp_path, "sample60")
    monkeypatch.chdir(project)
    path = project / "params" / "sample60" / "round.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("weight = 1\n", "weight = 0\n"))
    assert cli.main(["rehearse", "sample60"]) == 3
    assert "weight" in capsys.readouterr().err and not (project / "rehearsal").exists()


@pytest.mark.parametrize("kind", protocol.EVENTS)
def test_an_invented_text_is_of_the_announced_form(kind):
    event = {"kind": kind, "count": 40, "parties": []}
    event["form"] = protocol.event_form(kind, 40)
    text = rehearsing.invented_text({"event": event, "commitment": "0" * 64})
    protocol.check_event_text(event, text)
