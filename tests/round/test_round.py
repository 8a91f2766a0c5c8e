"""A whole round: the sample round as it is archived, a real round from notice to publication,
voids, rehearsals.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import bagit
import docx
import pytest
from archived import DRAW, FREEZE, ROSTERS, last, numbered, record_of
from conftest import ROOT, new_project, ssj

from ssj import cli, protocol
from ssj.audit import audit, outside
from ssj.base import files
from ssj.casebook import archive
from ssj.desk import common
from ssj.papers import confirmation
from ssj.stages import registry
from ssj.workbooks import resultforms, rosterbooks

STAGES = numbered("freeze", "draw")
PAGES = (
    "名录核对过程记录（内部）.html",
    "封库公告.html",
    "封库过程记录（内部）.html",
    "抽取结果公告.html",
    "抽取过程记录（内部）.html",
)
RECORDS = {
    "封库公告.json": f"{FREEZE}/data/out/notice.json",
    "公开记录.json": f"{DRAW}/data/out/public.json",
}
VERIFIER = "核验.html"
CHECK_PAGE = "检查码核验.html"
WITNESS = "见证.html"
SAMPLE_CUSTODIANS = ("驻局纪检监察组（样例）", "样例县市场监督管理局")
CUSTODIANS = ("驻局纪检监察组（演示）", "演示县市场监督管理局")


def slips_for(custodians: tuple[str, ...]) -> list[str]:
    return [f"封库校验码交存单 {name}.docx" for name in custodians]


SLIPS = slips_for(CUSTODIANS)
VOID, SECOND_FREEZE = last("freeze", "void"), last("freeze", "void", "freeze")
SECOND_VOID = last("freeze", "void", "freeze", "draw", "void")
LAST_DRAW = last("freeze", "void", "freeze", "draw", "void", "freeze", "draw")


# --- what the sample round leaves ---


@pytest.mark.parametrize("stage", STAGES)
def test_both_bags_are_valid(done_2021q4, stage):
    bag = bagit.Bag(str(done_2021q4 / "outputs" / "2021Q4" / stage))
    bag.validate()
    data = {p.relative_to(bag.path).as_posix() for p in Path(bag.path).rglob("*") if p.is_file()}
    assert data >= {
        "data/notebook.ipynb",
        "data/auditor.html",
        "data/public.html",
        "data/protocol.py",
        "data/requirements.lock",
        "data/in/stage.json",
    }
    assert all(name.isascii() for name in data)


def test_the_ledger_has_three_lines(done_2021q4):
    lines = (done_2021q4 / "outputs" / archive.LEDGER).read_bytes().split(b"\n")
    assert len(lines) == 4 and lines[3] == b""
    entries = archive.read_entries(done_2021q4 / "outputs")
    assert [(e["n"], e["round"], e["attempt"], e["stage"]) for e in entries] == [
        (1, "2021Q4", 1, ROSTERS),
        (2, "2021Q4", 1, FREEZE),
        (3, "2021Q4", 1, DRAW),
    ]


def test_outputs_hold_nothing_else(done_2021q4):
    assert {p.name for p in (done_2021q4 / "outputs").iterdir()} - {".copies", ".lock"} == {
        *("2021Q4", "README.md", ".programs"),
        archive.LEDGER,
    }
    assert {p.name for p in (done_2021q4 / "outputs" / "2021Q4").iterdir()} == {*STAGES, "files"}


def test_the_working_copies_are_complete(done_2021q4):
    folder = done_2021q4 / "outputs" / "2021Q4"
    assert {p.name for p in (folder / "files").iterdir()} == {
        *PAGES,
        *RECORDS,
        VERIFIER,
        CHECK_PAGE,
        WITNESS,
        confirmation.RESULT,
        confirmation.CONFIRMATION,
        rosterbooks.WARNINGS,
        resultforms.FOLDER,
        *slips_for(SAMPLE_CUSTODIANS),
    }
    for copy, original in RECORDS.items():
        assert (folder / "files" / copy).read_bytes() == (folder / original).read_bytes()
    for copy, original in (
        ("封库公告", f"{FREEZE}/data/public"),
        ("封库过程记录（内部）", f"{FREEZE}/data/auditor"),
        ("抽取结果公告", f"{DRAW}/data/public"),
        ("抽取过程记录（内部）", f"{DRAW}/data/auditor"),
    ):
        assert (folder / "files" / f"{copy}.html").read_bytes() == (
            folder / f"{original}.html"
        ).read_bytes()


def test_the_archived_program_verifies_the_draw_by_itself(done_2021q4):
    """``python protocol.py out/draw.json``, as the auditor's page says: nothing but Python."""
    data = done_2021q4 / "outputs" / "2021Q4" / DRAW / "data"
    answer = subprocess.run(
        [sys.executable, "-I", "protocol.py", "out/draw.json"],
        cwd=data,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONUTF8": "1"},
        check=False,
    )
    assert answer.returncode == 0, answer.stdout
    assert "由记录逐步重算，全部相符。" in answer.stdout


# --- public pages ---

SECRET_WORDS = (
    "信用风险",
    "风险等级",
    "风险权数",
    "抽中机会",
    "抽取组",
    "签号",
    "末位",
    "防推码",
    "应抽数",
    "待抽数",
    "实际比例",
    "人员唯一",
    "全部抽取",
    "按签号抽取",
    "重点检查",
    "专项整治",
    "A 类",
    "D 类",
    "A类",
    "D类",
    "不公开依据",
    "风险因素",
    "投诉举报",
    "处罚数",
    "上次检查",
    "年数",
    "对象等级",
    "对象条件",
    "recognised.xlsx",
)


class Cells(HTMLParser):
    """Texts of all elements, of table cells apart, and all attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.cells: list[str] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, text):
        if "style" in self._open:
            return
        self.texts.append(text)
        if {"td", "th"} & set(self._open):
            self.cells[-1] += text


@pytest.fixture(
    scope="module",
    params=[f"{stage}/data/public.html" for stage in STAGES]
    + ["files/封库公告.html", "files/抽取结果公告.html"],
)
def public(request, done_2021q4) -> str:
    return (done_2021q4 / "outputs" / "2021Q4" / request.param).read_text(encoding="utf-8")


def secrets_of(record: protocol.Record) -> set[str]:
    """Salts, part hashes, tickets and ticket numbers of every row, in hexadecimal."""
    salt, seed = record["salt"], record["seed"]
    found = {salt, protocol.row_salt(salt, "parameters", record["round"], "internal")}
    for table, rows in record["tables"].items():
        for row in rows:
            found |= {
                protocol.row_salt(salt, table, row["id"], part)
                for part in ("identity", "internal", "ticket")
            }
    for target in record["tables"]["targets"]:
        found |= {
            protocol.target_ticket(record, seed, purpose, target["id"])
            for purpose in ("target", "visit")
        }
    for visit in record["visits"]:
        ticket_salt = protocol.row_salt(salt, "targets", visit["id"], "ticket")
        found |= {
            protocol.ticket(seed, purpose, f"{visit['id']},{o['id']}", ticket_salt)
            for purpose in ("officer", "expert")
            for o in record["tables"]["officers"]
        }
    return found


def test_public_pages_hold_no_secret_number(public, done_2021q4):
    """No salt, no ticket, not even a ticket's number: the only long hexadecimal numbers are public
    ones.
    """
    record = record_of(done_2021q4, DRAW, "2021Q4")
    text = "".join(Cells(public).texts).replace(" ", "")
    runs = "\n".join(re.findall(r"[0-9a-f]{13,}", text))
    windows = {runs[at : at + 13] for at in range(len(runs) - 12)}
    assert not windows & {secret[:13] for secret in secrets_of(record)}
    assert not set(re.findall(r"[0-9]{12,}", text)) & {
        str(protocol.ticket_number(secret)) for secret in secrets_of(record)
    }
    long = set(re.findall(r"[0-9a-f]{40,}", text))
    heads = {e["previous"] for e in archive.read_entries(done_2021q4 / "outputs")}
    known = {record["commitment"], record["seed"], record["commitment"] + record["seed"]}
    assert long <= known | heads and bool(long & heads) == bool(long & known)


def test_public_pages_hold_no_word_of_the_inside(public):
    text = "".join(Cells(public).texts)
    assert [word for word in SECRET_WORDS if word in text] == []


def test_public_pages_hold_no_class(public, done_2021q4):
    """Class letters are in no cell, neither alone nor as the first word."""
    classes = set("ABCD")
    assert [
        cell for cell in Cells(public).cells if set(re.split(r"[\s、；，：:]+", cell)) & classes
    ] == []


def test_public_pages_name_no_sensitive_target(public, done_2021q4):
    hidden = [
        t
        for t in record_of(done_2021q4, DRAW, "2021Q4")["tables"]["targets"]
        if not t["internal"]["public"]
    ]
    assert hidden
    assert [t["id"] for t in hidden if t["id"] in public or t["identity"]["name"] in public] == []


def without_namespaces(page: str) -> str:
    """The names of SVG's languages look like addresses, but nothing is fetched from them."""
    return re.sub(r'xmlns(:\w+)?="[^"]*"', "", page)


def test_public_pages_load_and_run_nothing(public):
    tags = Cells(public).tags
    assert not {tag for tag, _ in tags} & {
        "script",
        "link",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
        "img",
        "base",
    }
    assert not [
        name
        for _, attributes in tags
        for name in attributes
        if name.startswith("on") or name in ("src", "srcset")
    ]
    assert all(a.get("href", "#").startswith("#") for _, a in tags)
    assert not re.search(r"https?://|url\(|@import|javascript:", without_namespaces(public))
    assert "papermill" not in public and "import " not in "".join(Cells(public).texts)


def test_public_pages_say_what_they_must(public):
    text = "".join(Cells(public).texts)
    assert "演示批次" in text
    assert re.search(r'<html lang="zh-CN"', public) and '<meta charset="utf-8"' in public.lower()


def test_the_public_draw_lists_every_drawn_target_that_may_be_named(done_2021q4):
    record = record_of(done_2021q4, DRAW, "2021Q4")
    page = (done_2021q4 / "outputs" / "2021Q4" / DRAW / "data" / "public.html").read_text(
        encoding="utf-8"
    )
    cells = Cells(page).cells
    open_targets = {
        t["id"]: t["identity"]["name"]
        for t in record["tables"]["targets"]
        if t["internal"]["public"]
    }
    drawn = {v["id"] for v in record["visits"]}
    listed = [cell for cell in cells if cell in open_targets]
    assert listed == sorted(drawn & open_targets.keys()), "in the order of ids, each once"
    assert {open_targets[i] for i in listed} <= set(cells)
    text = "".join(Cells(page).texts)
    assert "唯一性未证实" in text and "未抽中不等于检查合格" in text
    assert record["commitment"] in text.replace(" ", "") and record["seed"] in text.replace(" ", "")


def test_the_public_notice_lists_the_whole_roster(done_2021q4):
    page = (done_2021q4 / "outputs" / "2021Q4" / FREEZE / "data" / "public.html").read_text(
        encoding="utf-8"
    )
    rows = record_of(done_2021q4, DRAW, "2021Q4")["tables"]["targets"]
    open_targets = [t["id"] for t in rows if t["internal"]["public"]]
    assert [cell for cell in Cells(page).cells if cell in set(open_targets)] == open_targets
    assert not [
        o
        for o in record_of(done_2021q4, DRAW, "2021Q4")["tables"]["officers"]
        if o["identity"]["name"] in page
    ], "no officer before the draw"


@pytest.mark.parametrize("stage", STAGES)
def test_auditor_pages_say_that_they_are_internal(done_2021q4, stage):
    page = (done_2021q4 / "outputs" / "2021Q4" / stage / "data" / "auditor.html").read_text(
        encoding="utf-8"
    )
    assert "不得对外公开" in page
    assert {ROSTERS: "入库数量", FREEZE: "信用风险等级", DRAW: "签号"}[stage] in page
    assert not re.search(r"<script|https?://|url\(", without_namespaces(page))


# --- the notebook is the record ---


def run_cells(notebook: Path, folder: Path) -> None:
    """The code cells of a notebook as one plain Python program in ``folder``: no Jupyter, no
    papermill, no runner.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    program = folder.parent / "cells.py"
    program.write_text(
        "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code"),
        encoding="utf-8",
    )
    answer = subprocess.run(
        [sys.executable, "-X", "utf8", str(program)],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONPATH": str(ROOT), "SYSTEMROOT": "C:\\Windows"},
        check=False,
    )
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("stage", STAGES)
def test_the_cells_of_an_archived_stage_give_the_same_bytes(done_2021q4, tmp_path, stage):
    data = done_2021q4 / "outputs" / "2021Q4" / stage / "data"
    folder = tmp_path / "stage"
    shutil.copytree(data / "in", folder / "in")
    (folder / "out").mkdir()
    run_cells(data / "notebook.ipynb", folder)
    written = {p.name: p.read_bytes() for p in (folder / "out").iterdir()}
    assert written == {p.name: p.read_bytes() for p in (data / "out").iterdir()}


@pytest.mark.parametrize("stage", STAGES)
def test_archived_notebooks_hold_no_time_and_no_path(done_2021q4, stage):
    text = (done_2021q4 / "outputs" / "2021Q4" / stage / "data" / "notebook.ipynb").read_text(
        encoding="utf-8"
    )
    notebook = json.loads(text)
    assert notebook["metadata"].keys() == {"kernelspec", "language_info"}
    assert {key for cell in notebook["cells"] for key in cell["metadata"]} <= {"tags"}
    assert str(ROOT) not in text and str(done_2021q4) not in text


# --- running again ---


@pytest.mark.slow
def test_run_again_audits(copy_sample60):
    outputs = copy_sample60 / "outputs"
    before = {p: p.read_bytes() for p in outputs.rglob("*") if p.is_file()}
    answer = ssj(copy_sample60, "run", "sample60")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "sample60 第 1 次抽取已经完成，不再抽取；现在复核档案。" in answer.stdout
    assert "V9 重新执行：相符" in answer.stdout and "结论：全部相符。" in answer.stdout
    assert {p: p.read_bytes() for p in outputs.rglob("*") if p.is_file()} == before


def test_lost_working_copies_are_made_again(copy_sample60, capsys, monkeypatch):
    monkeypatch.chdir(copy_sample60)
    shutil.rmtree("outputs/sample60/files")
    assert cli.main([]) == 0
    assert "工作副本在 outputs" in capsys.readouterr().out
    assert {p.name for p in Path("outputs/sample60/files").iterdir()} == {
        *PAGES,
        *RECORDS,
        VERIFIER,
        CHECK_PAGE,
        WITNESS,
        confirmation.RESULT,
        confirmation.CONFIRMATION,
        rosterbooks.WARNINGS,
        resultforms.FOLDER,
        *SLIPS,
    }


# --- a real round, step by step through time ---


class Bureau:
    """A project whose clock the test sets; commands run in this process."""

    def __init__(self, folder: Path, capsys, monkeypatch) -> None:
        self.folder, self.capsys = folder, capsys
        self.now = datetime.fromisoformat("2021-11-18T09:00:00+08:00")
        monkeypatch.chdir(folder)
        monkeypatch.setattr(common, "now", lambda: self.now)

    def at(self, moment: str, *arguments: str) -> str:
        """Run a command at a moment (Beijing time); what it said, its exit code first."""
        self.now = datetime.fromisoformat(f"{moment}:00+08:00")
        self.capsys.readouterr()
        code = cli.main(arguments)
        said = self.capsys.readouterr()
        return f"{code} {said.out}{said.err}"

    def edit(self, name: str, **changes: str) -> None:
        """Replace the values of lines ``key = …`` in a parameter file."""
        path = self.folder / "params" / "sample60" / name
        text = path.read_text(encoding="utf-8")
        for key, value in changes.items():
            text, count = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
            assert count == 1, key
        path.write_text(text, encoding="utf-8")

    def attest(self, *custodians: str) -> None:
        """Custodians' word for the commitment that was frozen last."""
        stage = max(p.name for p in (self.folder / "outputs" / "sample60").glob("*-freeze"))
        first16 = record_of(self.folder, stage)["commitment"][:16]
        with (self.folder / "params" / "sample60" / "entropy.toml").open(
            "a", encoding="utf-8"
        ) as file:
            for name in custodians:
                file.write(
                    f'\n[[attestation]]\ncustodian = "{name}"\n'
                    f'received = 2021-11-22T10:00:00+08:00\nfirst16 = "{first16}"\nonly = true\n'
                )

    def head(self, stage: str) -> str:
        """The hash of a stage's ledger line."""
        entries = archive.read_entries(self.folder / "outputs")
        return next(e["hash"] for e in entries if e["stage"] == stage)

    def slip(self, attempt: int) -> tuple[str, str]:
        """Commitment and head on a custodian's slip of an attempt, as they are printed."""
        name = files.file_name(SLIPS[0], attempt)
        table = docx.Document(self.folder / "outputs" / "sample60" / "files" / name).tables[0]
        rows = {row.cells[0].text: row.cells[1].text for row in table.rows}
        assert rows["保管人"] == CUSTODIANS[0]
        printed = [rows[key].partition("（")[0] for key in ("封库校验码", "登记簿校验码")]
        assert rows["前 16 位"] == printed[0][:17]
        return outside.commitment(printed[0]), outside.head(printed[1])

    def only_with_what_others_hold(self, commitment: str, head: str, earlier: str) -> audit.Report:
        """The audit ends with 0 only if a value reaches the last freeze; that report."""

        def look(**given: list[str]) -> audit.Report:
            folder, values = self.folder / "outputs" / "sample60", outside.Values(**given)
            return audit.audit(folder, True, lambda text: None, values)

        for given in ({}, {"heads": [earlier]}):
            report = look(**given)
            said = [text.partition("：")[0] for text in report.banners]
            assert (report.exit_code, said[0]) == (6, "唯一性只有文字证明")
            # of an attempt that nobody attested
            assert said[1:] == ["唯一性未证实"] * (len(said) > 1)
            assert report.unproven.startswith(outside.NOT_CHECKED)
            assert {s.holds for s in report.steps} == {True, None}
        assert look(commitments=[commitment], heads=[protocol.NO_HEAD]).exit_code == 5
        assert look(commitments=["0" * 16]).exit_code == 5
        assert look(commitments=[commitment[:16]]).exit_code == 6
        report = look(commitments=[commitment], heads=[head, earlier])
        assert (report.exit_code, report.unproven) == (0, ""), report.outside
        return report

    def copies(self) -> set[str]:
        return {p.name for p in (self.folder / "outputs" / "sample60" / "files").iterdir()}


@pytest.fixture
def bureau(tmp_path, capsys, monkeypatch) -> Bureau:
    made = Bureau(new_project(tmp_path, "sample60"), capsys, monkeypatch)
    made.edit("round.toml", demonstration="false")
    return made


def void(day: str) -> tuple[str, ...]:
    return (
        "void",
        "sample60",
        "--reason",
        "名录有误",
        "--note",
        "名录漏了一家",
        "--approver",
        "演示局长",
        "--date",
        day,
    )


@pytest.mark.slow
def test_a_real_round_with_voids(bureau):
    """Notice, void before the event, notice again, event, draw, publication, void afterwards, and a
    third attempt.
    """
    entropy = bureau.folder / "params" / "sample60" / "entropy.toml"
    drawn_text = entropy.read_text(encoding="utf-8")
    entropy.unlink()

    said = bureau.at("2021-11-18T09:00")
    assert (
        said.startswith("0 ")
        and "第 1 次抽取；尚未封库" in said
        and "下一步：ssj check sample60" in said
    )
    said = bureau.at("2021-11-18T09:05", "freeze", "sample60")
    assert (
        said.startswith("0 ")
        and "封库校验码：" in said
        and "演示" not in said.split("封库校验码")[0].split("已封库")[0]
    )
    assert bureau.copies() == {
        "名录核对过程记录（内部）.html",
        "封库公告.html",
        "封库公告.json",
        "封库过程记录（内部）.html",
        VERIFIER,
        WITNESS,
        rosterbooks.WARNINGS,
        *SLIPS,
    }
    said = bureau.at("2021-11-18T09:10", "status")
    assert "第 1 次抽取；名录核对 2021-11-18 09:05；封库 2021-11-18 09:05" in said
    assert (
        "公开产生随机数后，运行 ssj event sample60（两人分别录入），再运行 ssj draw sample60"
        in said
    )

    # before the event: the attempt ends, that is all
    said = bureau.at("2021-11-19T09:00", *void("2021-11-19"))
    assert said.startswith("0 ") and "已作废" in said
    assert record_of(bureau.folder, VOID) | {
        "parameters": 0,
        "commitment": 0,
        "protocol": 0,
    } == {
        "protocol": 0,
        "parameters": 0,
        "commitment": 0,
        "round": "sample60",
        "attempt": 1,
        "drawn": False,
        "time": "2021-11-19T09:00:00+08:00",
        "reason": "名录有误",
        "note": "名录漏了一家",
        "approver": "演示局长",
        "date": "2021-11-19",
        "witnesses": [],
    }
    assert "作废公告.html" in bureau.copies()
    assert "第 2 次抽取" in bureau.at("2021-11-19T09:10", "status")

    said = bureau.at("2021-11-22T09:00", "freeze", "sample60")
    assert said.startswith("0 ")
    assert record_of(bureau.folder, SECOND_FREEZE)["attempt"] == 2
    entropy.write_text(drawn_text, encoding="utf-8")
    bureau.attest("驻局纪检监察组（演示）", "演示县市场监督管理局")
    assert "ssj draw sample60（抽取）" in bureau.at("2021-11-24T09:00", "status")
    said = bureau.at("2021-11-25T10:00", "draw", "sample60")
    assert said.startswith("4 ") and "现在还没到，不能抽取" in said
    entropy.rename(entropy.with_suffix(".later"))
    # the event is known: no void until the draw is archived
    said = bureau.at("2021-11-26T10:10", *void("2021-11-26"))
    entropy.with_suffix(".later").rename(entropy)
    assert (
        said.startswith("4 ")
        and "须先完成抽取并归档，才能作废" in said
        and "ssj event sample60" in said
    )
    said = bureau.at("2021-11-26T10:30", "draw", "sample60")
    assert said.startswith("0 ") and "已抽取" in said
    assert re.findall("【(.*?)：", said) == ["唯一性只有文字证明"], "custodians attest on paper"

    second = {
        "抽取过程记录（内部）（第2次）.html",
        "抽取结果（第2次）.xlsx",
        "抽取现场记录及结果确认表（第2次）.docx",
    }
    assert second <= bureau.copies() and "抽取结果公告（第2次）.html" not in bureau.copies()
    bureau.at("2021-12-05T23:59", "status")
    public = {"抽取结果公告（第2次）.html", "公开记录（第2次）.json"}
    assert not public & bureau.copies(), "no names before the declared day"
    said = bureau.at("2021-12-05T23:59", "receipt", "sample60", "--all")
    assert said.startswith("4 ") and "公布日 2021年12月6日 还没到" in said
    bureau.at("2021-12-06T00:00", "status")
    assert public <= bureau.copies()
    said = bureau.at("2021-12-06T00:01", "receipt", "sample60", "--all")
    assert said.startswith("0 ") and "已出具一户核验单 60 份" in said
    assert (
        len(
            list(
                (bureau.folder / "outputs" / "sample60" / "files" / "一户核验单（第2次）").iterdir()
            )
        )
        == 120
    )
    assert bureau.slip(2) == (
        record_of(bureau.folder, SECOND_FREEZE)["commitment"],
        bureau.head(SECOND_FREEZE),
    )
    bureau.only_with_what_others_hold(*bureau.slip(2), bureau.head(FREEZE))

    # afterwards: the voided draw stays archived
    said = bureau.at("2021-12-07T09:00", *void("2021-12-07"))
    assert said.startswith("0 ")
    assert record_of(bureau.folder, SECOND_VOID)["drawn"] is True
    said = bureau.at("2021-12-08T09:00", "freeze", "sample60")
    assert said.startswith("3 ") and "已经过去，封库必须在前" in said, (
        "the next attempt needs a new event"
    )
    bureau.edit(
        "round.toml",
        time="2021-12-15T10:00:00+08:00",
        publication_day="2021-12-16",
        window="{ start = 2021-12-16, end = 2021-12-31 }",
    )
    assert bureau.at("2021-12-08T09:05", "freeze", "sample60").startswith("0 ")
    entropy.write_text(drawn_text, encoding="utf-8")
    said = bureau.at("2021-12-15T10:30", "draw", "sample60")
    assert said.startswith("3 ") and "早于公告的 2021-12-15T10:00:00+08:00" in said, (
        "the old event's text will not do"
    )
    bureau.edit(
        "entropy.toml",
        text='"1635241635241635"',
        text_again='"1635241635241635"',
        time="2021-12-15T10:05:00+08:00",
    )
    said = bureau.at("2021-12-15T10:40", "draw", "sample60")
    assert said.startswith("0 ") and "【唯一性未证实" in said
    report = bureau.only_with_what_others_hold(*bureau.slip(3), bureau.slip(2)[1])
    assert report.stages == numbered("freeze", "void", "freeze", "draw", "void", "freeze", "draw")
    assert record_of(bureau.folder, LAST_DRAW)["attempt"] == 3
    assert "下一步：ssj papers sample60" in bureau.at("2021-12-15T11:00", "status")


@pytest.mark.slow
def test_a_demonstration_before_its_publication_day(tmp_path, capsys, monkeypatch):
    bureau = Bureau(new_project(tmp_path, "sample60"), capsys, monkeypatch)
    bureau.edit("round.toml", publication_day="2999-12-31")
    assert bureau.at("2026-01-05T09:00", "run", "sample60").startswith("0 ")
    assert bureau.copies() == {
        *PAGES,
        *RECORDS,
        VERIFIER,
        CHECK_PAGE,
        WITNESS,
        confirmation.RESULT,
        confirmation.CONFIRMATION,
        rosterbooks.WARNINGS,
        resultforms.FOLDER,
        *SLIPS,
    } - {"抽取结果公告.html", "公开记录.json", CHECK_PAGE}
    assert (tmp_path / "outputs" / "sample60" / DRAW / "data" / "public.html").exists(), (
        "archived all the same"
    )


# --- new rounds and rehearsals ---


def test_a_new_round_from_an_old_one(tmp_path, capsys, monkeypatch):
    bureau = Bureau(new_project(tmp_path, "sample60"), capsys, monkeypatch)
    said = bureau.at("2026-01-05T09:00", "new", "2026Q1", "--from", "sample60")
    assert (
        said.startswith("0 ")
        and "下一步：填写 round.xlsx 和四张表，再运行 ssj check 2026Q1" in said
    )
    folder = tmp_path / "params" / "2026Q1"
    assert {p.name for p in folder.iterdir()} == {
        "round.xlsx",
        "entropy.example.toml",
        "items.xlsx",
        "targets.xlsx",
        "officers.xlsx",
        "plan.xlsx",
    }
    said = bureau.at("2026-01-05T09:00", "check", "2026Q1")
    assert said.startswith("3 ") and "还没有填" in said, (
        "nothing is drawn with what was left unfilled"
    )
    assert bureau.at("2026-01-05T09:00", "freeze", "2026Q1").startswith("3 ")
    assert bureau.at("2026-01-05T09:00", "new", "2026Q1").startswith("4 ")
    said = bureau.at("2026-01-05T09:00", "status")
    assert "2026Q1" in said and "ssj check 2026Q1" in said


def test_a_new_round_from_nothing(tmp_path, capsys, monkeypatch):
    (tmp_path / "params").mkdir()
    bureau = Bureau(tmp_path, capsys, monkeypatch)
    assert bureau.at("2026-01-05T09:00", "new", "2026Q1").startswith("0 ")
    said = bureau.at("2026-01-05T09:00", "check", "2026Q1")
    assert said.startswith("3 ") and said.count("表里没有数据行") == 8  # above the list and in it


@pytest.mark.parametrize("kind", ["rosters", "freeze", "draw"])
def test_a_rehearsal_enters_nothing(copy_sample60, capsys, monkeypatch, kind):
    """``ssj lab 批次`` prepares a folder in which the next stage's notebook runs by hand; a round
    that is drawn is rehearsed from its rosters.
    """
    bureau = Bureau(copy_sample60, capsys, monkeypatch)
    outputs = copy_sample60 / "outputs"
    stays = {"rosters": STAGES, "freeze": STAGES[:1], "draw": STAGES[:2]}[kind]
    for stage in STAGES[len(stays) :]:
        shutil.rmtree(outputs / "sample60" / stage)
    ledger = outputs / archive.LEDGER
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join(lines[: len(stays)]))
    before = {p: p.read_bytes() for p in outputs.rglob("*") if p.is_file()}
    said = bureau.at("2026-01-05T09:00", "lab", "sample60", "--prepare-only")
    assert said.startswith("0 ") and "试算文件夹：" in said and "不留痕、不作数" in said
    folder = copy_sample60 / "rehearsal" / "sample60" / kind
    assert (
        json.loads((folder / "in" / "stage.json").read_text(encoding="utf-8"))["rehearsal"] is True
    )
    run_cells(folder / "notebook.ipynb", folder)
    assert {p.name for p in (folder / "out").iterdir()} == registry.kinds()[kind].outputs
    assert {p: p.read_bytes() for p in outputs.rglob("*") if p.is_file()} == before
