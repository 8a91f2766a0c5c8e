"""The audit as auditors use it: full, fast, as JSON, without a ledger, with other versions, on an
unfinished round.
"""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from archived import DRAW, FREEZE, numbered, report_of
from conftest import ssj
from faults.conftest import forge

from ssj import __version__, cli
from ssj.audit import again, audit
from ssj.casebook import archive, making, program, runner
from ssj.stages import registry

BANNERS = [
    "演示批次：样例数据，公开随机数在封库前已知，不作执法依据",
    "唯一性未证实：没有两名以上保管人证明本批次本次只收到这一个封库校验码",
]


def results(report: audit.Report) -> dict[int, bool | None]:
    return {s.number: s.holds for s in report.steps}


def details(report: audit.Report) -> dict[int, str]:
    """What is said of the steps that do not hold."""
    return {s.number: s.detail for s in report.steps if not s.holds}


def changed(results_: dict[int, bool | None], **others) -> dict[int, bool | None]:
    return results_ | {int(number[1:]): holds for number, holds in others.items()}


MADE_HERE = f"01-rosters、02-freeze、03-draw 用 ssj {__version__}（未发布，就是本机这一份）"
ALL = dict.fromkeys(range(1, 11), True)
FAST = {**ALL, 9: None, 10: None}


@pytest.mark.slow
def test_the_full_audit(done_sample60, tmp_path):
    """As the auditor's page says, in one command; banners are no failed steps."""
    answer = ssj(
        done_sample60, "audit", "outputs/sample60", "--json", str(tmp_path / "report.json")
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    for number, name in audit.NAMES.items():
        assert f"V{number} {name}：相符" in answer.stdout
    assert all(f"【{text}】" in answer.stdout for text in BANNERS)
    assert "结论：全部相符。" in answer.stdout
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report.pop("ssj") == program.running() and datetime.fromisoformat(
        report.pop("time")
    ).utcoffset() == timedelta(hours=8)
    assert report == {
        "round": "sample60",
        "stages": numbered("freeze", "draw"),
        "exit_code": 0,
        "unproven": "",
        "outside": [],
        "banners": BANNERS,
        "junk": [],
        "earlier": [],
        "running_versions": runner.versions(),
        "steps": [
            {"number": n, "name": name, "holds": True, "detail": MADE_HERE if n == 8 else ""}
            for n, name in audit.NAMES.items()
        ],
    }


def test_the_fast_audit(done_sample60, capsys):
    assert cli.main(["audit", str(done_sample60 / "outputs" / "sample60"), "--fast"]) == 0
    said = capsys.readouterr().out
    assert "V9 重新执行：未核验——按要求省略（--fast）" in said
    assert "结论：所核验的步骤全部相符（按要求没有重新执行）。" in said


def test_an_audit_changes_nothing(copy_sample60):
    before = {p: p.read_bytes() for p in copy_sample60.rglob("*") if p.is_file()}
    report_of(copy_sample60)
    assert {p: p.read_bytes() for p in copy_sample60.rglob("*") if p.is_file()} == before


def test_without_a_ledger(copy_sample60, capsys):
    """A copy of the bags alone: they agree with themselves, which is not enough."""
    alone = copy_sample60 / "alone" / "sample60"
    shutil.copytree(copy_sample60 / "outputs" / "sample60", alone)
    assert cli.main(["audit", str(alone), "--fast"]) == 6
    said = capsys.readouterr().out
    assert "V1 留痕登记簿：未核验——没有留痕登记簿 ledger.jsonl" in said
    assert "V2 档案包：未核验——没有留痕登记簿" in said
    assert "结论：没有发现不符，但有步骤未核验，不能视为通过。" in said


def test_another_nbconvert(done_sample60, monkeypatch):
    own = runner.versions()
    monkeypatch.setattr(runner, "versions", lambda: {**own, "nbconvert": "0.1"})
    monkeypatch.setattr(again, "execution", lambda *_: ())
    report = report_of(done_sample60, fast=False)
    assert (report.exit_code, results(report)) == (6, changed(ALL, V10=None))
    assert details(report)[10] == f"nbconvert 版本不同（档案 {own['nbconvert']}）"


@pytest.mark.slow
def test_another_python_and_other_packages(done_sample60, monkeypatch):
    """The versions that an archive names are its own; an audit on others must pass."""
    own = runner.versions()
    monkeypatch.setattr(
        runner,
        "versions",
        lambda: {name: v if name == "nbconvert" else "99.9" for name, v in own.items()},
    )
    report = report_of(done_sample60, fast=False)
    assert (report.exit_code, results(report)) == (0, ALL)
    assert report.as_json()["running_versions"]["python"] == "99.9"


@pytest.mark.parametrize("path", ["ssj/draw/lists.py", "notebooks/2_draw.ipynb"])
def test_another_program(done_sample60, monkeypatch, path):
    """What another program made is checked by the protocol's number; what only that program could
    tell is not checked, and nothing of the archive is run.
    """
    own = program.files()
    changed_file = own[path].replace(b"protocol", b"protocol ", 1)
    monkeypatch.setattr(program, "files", lambda: {**own, path: changed_file})
    monkeypatch.setattr(runner, "fresh_kernel", lambda folder: pytest.fail("a kernel was started"))
    report = report_of(done_sample60, fast=False)
    unchecked = {"V3": None, "V8": None, "V9": None, "V10": None}
    assert (report.exit_code, results(report)) == (6, changed(ALL, **unchecked))
    assert details(report)[8].startswith(
        f"01-rosters、02-freeze、03-draw 用 ssj {__version__}（未发布，与本机程序不同）；"
        f"做它的程序 ssj {__version__}（校验码 "
    )
    assert all("不在本机所知的发布版本中，不运行" in details(report)[n] for n in (3, 8, 9, 10))


def test_an_unfinished_round(copy_sample60):
    """Frozen, not drawn: what there is holds, the rest is not checked."""
    outputs = copy_sample60 / "outputs"
    shutil.rmtree(outputs / "sample60" / DRAW)
    shutil.rmtree(outputs / "sample60" / "files")  # else pages of a draw that never was
    ledger = outputs / archive.LEDGER
    ledger.write_bytes(b"".join(ledger.read_bytes().splitlines(keepends=True)[:2]))
    report = report_of(copy_sample60)
    assert (report.exit_code, results(report)) == (
        6,
        changed(FAST, V4=None, V5=None, V6=None, V7=None),
    )
    assert details(report)[4] == "还没有抽取"
    assert report.banners == BANNERS[:1]


def test_a_removed_stage(copy_sample60, capsys):
    shutil.rmtree(copy_sample60 / "outputs" / "sample60" / FREEZE)
    assert cli.main(["audit", str(copy_sample60 / "outputs" / "sample60"), "--fast"]) == 5
    said = capsys.readouterr().out
    assert f"V2 档案包：不符——{FREEZE}：档案包不见了" in said
    assert "结论：有不符之处，见上。" in said


def change_shown(data: Path) -> None:
    """What the notebook shows, not what it says or wrote; the page is made from it."""
    path = data / runner.NOTEBOOK
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(c for c in notebook["cells"] if c["id"] == "public-counts")
    text = json.dumps(cell["outputs"], ensure_ascii=False)
    cell["outputs"] = json.loads(text.replace("抽中（户次）", "抽中（户）"))
    path.write_text(
        json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n"
    )
    for audience, page in making.render_pages(data, registry.kinds()["draw"], "sample60").items():
        (data / f"{audience}.html").write_bytes(page.encode("utf-8"))


@pytest.mark.slow
def test_what_a_notebook_shows_is_executed_again(copy_sample60):
    """The fast audit can't see it, which is why it is only fast."""
    forge(copy_sample60, draw=change_shown)
    shutil.rmtree(copy_sample60 / "outputs" / "sample60" / "files")  # whose pages would show it
    assert report_of(copy_sample60).exit_code == 0
    report = report_of(copy_sample60, fast=False)
    assert (report.exit_code, results(report)) == (5, changed(ALL, V9=False))
    assert (
        f"{DRAW}：重新执行得到的过程记录不同（单元" in details(report)[9]
        and "public-counts" in details(report)[9]
    )


def test_rounds_share_a_ledger(copy_sample60):
    """A line of another round, even one whose bag lies elsewhere, does not matter to this one."""
    from ssj import protocol

    outputs = copy_sample60 / "outputs"
    entries = archive.read_entries(outputs)
    line = protocol.ledger_line(
        {
            "n": len(entries) + 1,
            "time": entries[-1]["time"],
            "round": "2026Q1",
            "attempt": 1,
            "stage": FREEZE,
            "bag": "0" * 64,
        },
        entries[-1]["hash"],
    )
    with (outputs / archive.LEDGER).open("a", encoding="utf-8", newline="\n") as file:
        file.write(line + "\n")
    assert report_of(copy_sample60).exit_code == 0
