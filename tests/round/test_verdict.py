"""An audit ends in a verdict on any archive, says what values from elsewhere prove, looks at what
goes onto a site, and can be kept as a record of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import docx
import nbformat
import pytest
from archived import DRAW, FREEZE, data_of, record_of, report_of
from conftest import ssj
from faults.conftest import forge
from round.test_audit import change_shown
from unit.test_files import texts
from unit.test_timestamps import OPENSSL, Authority
from warm import tell

from ssj import protocol
from ssj.audit import audit, cells, checks, copied, outside, recording, verdict
from ssj.audit.again import Maker
from ssj.base import formats
from ssj.casebook import archive, bags, program
from ssj.casebook.kind import Archived
from ssj.papers import receipts

ROUND = "sample60"
DEEP = b"[" * 200_000 + b"]" * 200_000


def detail(report: audit.Report, number: int) -> str:
    return next(s.detail for s in report.steps if s.number == number)


# --- values from elsewhere ---


def test_values_that_fit_are_said_with_what_they_prove(done_sample60):
    commitment = record_of(done_sample60, FREEZE)["commitment"]
    head = archive.read_entries(done_sample60 / "outputs")[1]["hash"]
    code, said = tell(
        done_sample60,
        "audit",
        f"outputs/{ROUND}",
        "--fast",
        f"--commitment={formats.grouped(commitment, 8)}",
        f"--head={head}",
        f"--notice=outputs/{ROUND}/files/封库公告.json",
        f"--notice=outputs/{ROUND}/files/封库公告.html",
        f"--notice=outputs/{ROUND}/files/抽取结果公告.html",
    )
    assert code == 0, said
    assert said.count(f"相符——是第 1 次抽取（{FREEZE}，登记簿第 2 行）的。证明") == 3
    assert "逐项相同" in said
    assert f"（{ROUND}/{FREEZE}）的。证明：对方收到它以前，第 1 至 2 行" in said
    assert f"其后的 {DRAW} 不在证明之内" in said


def test_the_beginning_of_a_commitment_is_not_taken_as_proof(done_sample60):
    commitment = record_of(done_sample60, FREEZE)["commitment"]
    short = f"--commitment={commitment[:16].upper()}"
    code, said = tell(done_sample60, "audit", ROUND, "--fast", short)
    assert code == 6 and "未核对——前 16 位相同" in said and "不作证明" in said
    assert "给出的外部凭据有未核对的" in said and outside.NOT_CHECKED not in said


@pytest.mark.parametrize(
    ("option", "means"),
    [
        ("--commitment=" + "0" * 16, "没有留在档案里"),
        ("--head=" + "0" * 64, "登记簿被改写或者截短过"),
        ("--notice=other.json", "commitment：应为"),
    ],
)
def test_a_value_that_does_not_fit_fails_the_audit(copy_sample60, option, means):
    path = copy_sample60 / "other.json"
    own = json.loads((data_of(copy_sample60, FREEZE) / "out" / "notice.json").read_bytes())
    path.write_text(json.dumps(own | {"commitment": "0" * 64}), encoding="utf-8")
    code, said = tell(copy_sample60, "audit", f"outputs/{ROUND}", "--fast", option)
    assert code == 5 and "不符——" in said and means in said and "结论：有不符之处" in said


def test_a_value_that_is_none_is_wrong_usage(done_sample60):
    code, said = tell(done_sample60, "audit", f"outputs/{ROUND}", "--commitment=0123")
    assert code == 2 and "应是 16 到 64 位的 0-9、a-f（现有 4 位" in said


def real(project: Path) -> None:
    """The small round as if it were no demonstration (what its records say, not what they are)."""

    def change(data: Path) -> None:
        path = next(
            p
            for p in (data / "out").iterdir()
            if p.name in ("rosters.json", "freeze.json", "draw.json")
        )
        record = archive.read_record(path)
        record["parameters"]["demonstration"] = False
        path.write_bytes(protocol.canonical(record))

    forge(project, rosters=change, freeze=change, draw=change)


def test_a_real_round_without_any_value_says_so_at_its_head(copy_sample60, monkeypatch):
    real(copy_sample60)
    for name in ("derived", "of_step", "agreeing"):  # the records were changed
        monkeypatch.setattr(checks, name, lambda *_: ())
    monkeypatch.setattr(audit.copied, "pages", lambda *_: ())
    code, said = tell(copy_sample60, "audit", f"outputs/{ROUND}", "--fast")
    assert code == 6
    lines = [line for line in said.splitlines() if not line.startswith("  ")]
    assert lines[1].startswith("【时间和唯一性没有用外部凭据核对：公开随机数产生以后，整套档案可以")
    assert "结论：档案自身没有发现不符，但时间和唯一性没有核对，不能视为通过。" in said
    commitment = record_of(copy_sample60, FREEZE)["commitment"]
    asked = partial(tell, copy_sample60, "audit", f"outputs/{ROUND}", "--fast")
    code, said = asked(f"--commitment={commitment[:16]}")
    assert code == 6 and outside.NOT_CHECKED in said and "不作证明" in said
    code, said = asked(f"--commitment={commitment}")
    assert code == 0 and outside.NOT_CHECKED not in said


# --- a verdict on any archive ---


def in_ledger(content: bytes):
    def change(project: Path) -> None:
        path = project / "outputs" / archive.LEDGER
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(lines[0] + content + lines[2])

    return change


def odd_entry(**body):
    """A ledger that chains, with an entry of another shape."""

    def change(project: Path) -> None:
        line = protocol.ledger_line({"n": 1, **body}, protocol.NO_HEAD)
        (project / "outputs" / archive.LEDGER).write_text(line + "\n", encoding="utf-8")

    return change


def written(name: str, content: bytes, kind: str = "draw"):
    """A file of a resealed bag with another content."""

    def change(data: Path) -> None:
        (data / name).write_bytes(content)

    return lambda project: forge(project, **{kind: change})


def stage_json(content: bytes):
    """``stage.json`` of the draw, in a bag that the ledger fits."""

    def change(project: Path) -> None:
        bag = project / "outputs" / ROUND / DRAW
        (bag / "data" / "in" / "stage.json").write_bytes(content)
        from faults.conftest import rebuild

        rebuild(bag)
        *lines, last = archive.read_entries(project / "outputs")
        body = {k: v for k, v in last.items() if k not in ("previous", "hash")}
        seal = protocol.sha256((bag / bags.MANIFESTS[0]).read_bytes())
        line = protocol.ledger_line({**body, "bag": seal}, lines[-1]["hash"])
        path = project / "outputs" / archive.LEDGER
        kept = b"".join(path.read_bytes().splitlines(keepends=True)[:-1])
        path.write_bytes(kept + line.encode() + b"\n")

    return change


def piped(name: str):
    def change(project: Path) -> None:
        path = project / "outputs" / name
        path.unlink(missing_ok=True)
        os.mkfifo(path)

    return change


HOSTILE = {
    "a ledger line that never ends": (in_ledger(DEEP + b"\n"), 1),
    "a ledger of zeros": (in_ledger(bytes(1000)), 1),
    "an entry without a round": (odd_entry(stage=DRAW), 1),
    "an entry without a stage": (odd_entry(round=ROUND), 1),
    "an entry of another kind": (odd_entry(round=ROUND, stage=7, bag=[], attempt="x"), 1),
    "a stage that is a path": (odd_entry(round=ROUND, stage="../..", bag="", attempt=1), 1),
    "a ledger that is a pipe": (piped(archive.LEDGER), 1),
    "a record that is a pipe": (piped(f"{ROUND}/{DRAW}/data/out/draw.json"), 2),
    "a pipe beside the bags": (piped(f"{ROUND}/pipe"), 2),
    "a pipe in files": (piped(f"{ROUND}/files/封库公告.json"), 10),
    "a record nested deeply": (written("out/draw.json", DEEP), 4),
    "a frozen record nested deeply": (written("out/freeze.json", DEEP, "freeze"), 3),
    "a stage nested deeply": (stage_json(DEEP), 2),
    "a stage that is a list": (stage_json(b"[]"), 2),
    "a stage that is empty": (stage_json(b""), 2),
    "a stage of numbers": (stage_json(b'{"format": 2, "round_id": 1e999}'), 2),
    "a notebook nested deeply": (written("notebook.ipynb", DEEP), 8),
    "a notebook that is text": (written("notebook.ipynb", b"\xff"), 8),
    "a notebook of another shape": (written("notebook.ipynb", b'{"cells": [7]}'), 8),
    "a program that is not the released one": (written("protocol.py", b"print('ok')"), 8),
}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
@pytest.mark.parametrize(("change", "number"), HOSTILE.values(), ids=list(HOSTILE))
def test_every_archive_gets_a_verdict_in_words(copy_sample60, change, number):
    change(copy_sample60)
    code, said = tell(copy_sample60, "audit", f"outputs/{ROUND}", "--fast")
    assert code == 5 and "结论：有不符之处" in said
    line = next(line for line in said.splitlines() if line.strip().startswith(f"V{number} "))
    assert "不符——" in line
    assert "Traceback" not in said and "内部错误" not in said


def test_names_can_t_forge_lines_of_the_report(copy_sample60):
    place = copy_sample60 / "outputs" / ROUND
    for name in ("x\nV2 档案包：相符", "\x1b[2A\x1b[K", "\u202etxt.exe"):
        (place / name).write_bytes(b"")
    text = detail(report_of(copy_sample60), 2)
    assert text.isprintable() and "x V2 档案包：相符 是多出来的" in text


def test_a_million_findings_are_counted(copy_sample60):
    place = copy_sample60 / "outputs" / ROUND
    for n in range(verdict.MOST + 23):
        (place / f"more-{n:03}").touch()
    text = detail(report_of(copy_sample60), 2)
    assert text.count("是多出来的") == verdict.MOST and text.endswith("另有 23 处")


@pytest.mark.parametrize(
    ("error", "holds", "words"),
    [
        (MemoryError(), None, "本机内存不够"),
        (OSError(5, "Input/output error"), None, "磁盘读写出错"),
        (PermissionError(13, "Permission denied"), None, "没有权限读取"),
        (RecursionError(), False, "嵌套过深"),
        (FileNotFoundError(2, "No such file", "/a/b/draw.json"), False, "缺少文件 draw.json"),
        (KeyError("visits"), False, "缺少“visits”"),
        (ZeroDivisionError("division"), False, "内容不合规定"),
    ],
)
def test_faults_of_the_machine_say_nothing_of_an_archive(
    done_sample60, monkeypatch, error, holds, words
):
    def fail(stage: Archived) -> None:
        raise error

    monkeypatch.setattr(checks, "derived", fail)
    report = report_of(done_sample60)
    found = next(s for s in report.steps if s.number == 3)
    assert found.holds is holds and words in found.detail and "/a/b" not in found.detail
    assert report.exit_code == (6 if holds is None else 5)


# --- the program in the bag, the copies in files/ ---


def test_what_another_release_put_into_a_bag_is_not_checked(done_sample60, monkeypatch):
    stage = Archived(data_of(done_sample60, DRAW), None, None)
    assert list(copied.program(stage, Maker.OTHER)) == []
    monkeypatch.setattr(copied, "PROGRAM", {"protocol.py": "pyproject.toml"})
    with pytest.raises(copied.NotChecked, match=r"protocol\.py 是 ssj .* 的，与本机的 ssj"):
        list(copied.program(stage, Maker.OTHER))
    assert "不要运行档案包里的这一份" in next(iter(copied.program(stage, Maker.THIS)))


COPIES = [
    "封库公告.html",
    "封库公告.json",
    "抽取结果公告.html",
    "公开记录.json",
    "检查码核验.html",
    "核验.html",
    "见证.html",
    "抽取过程记录（内部）.html",
]


@pytest.mark.parametrize("name", COPIES)
def test_an_edited_page_is_found_and_made_anew(copy_sample60, name):
    path = copy_sample60 / "outputs" / ROUND / "files" / name
    before = path.read_bytes()
    path.write_bytes(before.replace("样例".encode(), "范例".encode(), 1) + b"\n")
    report = report_of(copy_sample60)
    assert [s.number for s in report.steps if s.holds is False] == [10]
    assert detail(report, 10).startswith(f"files/{name} 与档案包中的不同：查清以前不要公布")
    code, said = tell(copy_sample60, "status")
    assert code == 0 and name in said and path.read_bytes() == before
    assert report_of(copy_sample60).exit_code == 0


def test_workbooks_and_papers_are_people_s_own(copy_sample60):
    place = copy_sample60 / "outputs" / ROUND / "files"
    own = {p: b"edited" for p in place.rglob("*") if p.suffix in (".xlsx", ".docx")}
    assert len(own) > 3
    for path, content in own.items():
        path.write_bytes(content)
    (place / "说明.html").write_text("ours", encoding="utf-8")
    assert report_of(copy_sample60).exit_code == 0
    assert tell(copy_sample60, "status")[0] == 0
    assert {p: p.read_bytes() for p in own} == own


def test_a_copy_that_is_gone_is_not_missed(copy_sample60):
    shutil.rmtree(copy_sample60 / "outputs" / ROUND / "files")
    assert report_of(copy_sample60).exit_code == 0
    assert not (copy_sample60 / "outputs" / ROUND / "files").exists()


@pytest.mark.parametrize("name", ["核验.html", "观察员包/核验.html"])
def test_another_release_s_verifier_is_not_called_forged(copy_sample60, monkeypatch, name):
    path = copy_sample60 / "outputs" / ROUND / "files" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"an older one")
    assert detail(report_of(copy_sample60), 10).startswith(f"files/{name} 与档案包中的不同")
    newer = {**vars(program), "digest": lambda files: "0" * 64}  # the stages were made by another
    monkeypatch.setattr(copied, "programs", SimpleNamespace(**newer))
    report = report_of(copy_sample60)
    step = next(s for s in report.steps if s.number == 10)
    assert step.holds is None and f"files/{name}" in step.detail and report.exit_code == 6
    assert ("ssj status" in step.detail) == (path.parent.name == "files")


@pytest.mark.parametrize(
    ("suffix", "holds", "said"),
    [
        (".html", None, "出具的不同，不能对照"),  # its layout may be that of the other program
        (".json", False, "不是按抽取记录出具的"),  # its content is the protocol's
    ],
)
def test_another_release_s_receipts(copy_sample60, monkeypatch, suffix, holds, said):
    """The page of a receipt may look otherwise under another program, its data may not."""
    folder = copy_sample60 / "outputs" / ROUND / "files" / "一户核验单"
    folder.mkdir()
    record = record_of(copy_sample60, DRAW)
    firm = record["visits"][0]["id"]
    for path in receipts.write(record, [firm], folder, lambda _: None):
        if path.suffix == suffix:
            path.write_bytes(path.read_bytes().replace(firm.encode(), b"X"))
    newer = {**vars(program), "digest": lambda files: "0" * 64}
    monkeypatch.setattr(copied, "programs", SimpleNamespace(**newer))
    report = report_of(copy_sample60)
    step = next(s for s in report.steps if s.number == 10)
    assert step.holds is holds and said in step.detail and suffix in step.detail


# --- time-stamps ---


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    pytest.importorskip("rfc3161_client", reason="rfc3161-client (extra audit) is not installed")
    if not OPENSSL:
        pytest.skip("needs openssl on the path")
    return Authority(tmp_path_factory.mktemp("tsa") / "one", "Sample")


def test_time_stamps_in_a_command(copy_sample60, authority):
    """The sample's event is long past: tokens of today show what there is, not what came first."""
    head = archive.read_entries(copy_sample60 / "outputs")[-1]["hash"]
    commitment = record_of(copy_sample60, FREEZE)["commitment"]
    notice = (copy_sample60 / "outputs" / ROUND / "files" / "封库公告.json").read_bytes()
    for name, digest in (
        ("head", head),
        ("commitment", commitment),
        ("notice", hashlib.sha256(notice).hexdigest()),
    ):
        shutil.copy(authority.stamp(digest), copy_sample60 / f"{name}.tsr")
    shutil.copy(authority.root, copy_sample60 / "root.pem")

    def asked(*more):
        named = [f"--timestamp={name}.tsr" for name in more]
        root = "--timestamp-root=root.pem"
        return tell(copy_sample60, "audit", f"outputs/{ROUND}", "--fast", *named, root)

    code, said = asked("head")
    assert code == 0 and "登记簿第 3 行" in said and "不证明第 1 次抽取" in said
    for name in ("commitment", "notice"):
        code, said = asked(name)
        assert code == 6 and f"{name}.tsr：未核对" in said and "时间戳晚于公告的时间" in said
    shutil.copy(authority.stamp("0" * 64), copy_sample60 / "other.tsr")
    code, said = asked("head", "other")
    assert code == 5 and "有没有拿错文件" in said
    code, said = asked()
    assert code == 1 and "只与 --timestamp 同用" in said


def test_time_stamps_in_the_record(copy_sample60, authority):
    head = archive.read_entries(copy_sample60 / "outputs")[-1]["hash"]
    token, root = authority.stamp(head), authority.root
    asked = ("--record", "--fast", f"--timestamp={token}", f"--timestamp-root={root}")
    code, said = tell(copy_sample60, "audit", f"outputs/{ROUND}", *asked)
    assert code == 0, said
    (place,) = (copy_sample60 / "复核").iterdir()
    (value,) = json.loads((place / recording.REPORT).read_bytes())["outside"]
    assert (value["kind"], value["holds"]) == ("时间戳", True)


# --- the auditor's own record ---


def test_the_record(copy_sample60):
    before = {p: p.read_bytes() for p in (copy_sample60 / "outputs").rglob("*") if p.is_file()}
    commitment = record_of(copy_sample60, FREEZE)["commitment"]
    notice = f"outputs/{ROUND}/files/封库公告.json"
    asked = ("--record", "--fast", f"--commitment={commitment}", f"--notice={notice}")
    code, said = tell(copy_sample60, "audit", f"outputs/{ROUND}", *asked)
    assert code == 0, said
    assert {p: p.read_bytes() for p in before} == before
    (place,) = (copy_sample60 / "复核").iterdir()
    assert place.name.startswith(f"{ROUND}-2")
    assert sorted(p.name for p in place.iterdir()) == sorted(
        [recording.NOTEBOOK, recording.PAGE, recording.REPORT, recording.SHEET]
    )
    report = json.loads((place / recording.REPORT).read_bytes())
    assert [v["holds"] for v in report["outside"]] == [True, True] and report["exit_code"] == 0
    assert report["ssj"] == program.running()
    page = (place / recording.PAGE).read_text(encoding="utf-8")
    for number, name in audit.NAMES.items():
        assert f"V{number} {name}" in page
    assert "所核验的步骤全部相符" in page and "不得对外公开" in page
    sheet = "\n".join(texts(docx.Document(place / recording.SHEET)))
    assert "证明到登记簿第 2 行" in sheet
    notebook = nbformat.read(place / recording.NOTEBOOK, 4)
    assert all(c.execution_count for c in notebook.cells if c.cell_type == "code")

    code, said = tell(copy_sample60, "audit", f"outputs/{ROUND}", *asked)  # kept beside the first
    assert code == 0 and len(list((copy_sample60 / "复核").iterdir())) == 2


def test_a_record_of_a_forged_archive_is_complete_too(copy_sample60, monkeypatch):
    path = data_of(copy_sample60, DRAW) / "out" / "draw.json"
    path.write_bytes(path.read_bytes() + b" ")
    code, said = tell(copy_sample60, "audit", f"outputs/{ROUND}", "--fast", "--record", "mine")
    assert code == 5 and "没有复核单：" in said and "与登记不符" in said
    assert sorted(p.name for p in (copy_sample60 / "mine").iterdir()) == sorted(
        [recording.NOTEBOOK, recording.PAGE, recording.REPORT]
    )
    page = (copy_sample60 / "mine" / recording.PAGE).read_text(encoding="utf-8")
    assert "out/draw.json 的内容与登记的不符" in page


def test_a_record_never_lies_in_the_archive_and_replaces_none(copy_sample60):
    inside = f"outputs/{ROUND}/04-audit"
    code, said = tell(copy_sample60, "audit", f"outputs/{ROUND}", "--record", inside)
    assert code == 4 and "不能放在档案里" in said and not (copy_sample60 / inside).exists()
    (copy_sample60 / "mine").mkdir()
    (copy_sample60 / "mine" / "old.html").touch()
    code, said = tell(copy_sample60, "audit", f"outputs/{ROUND}", "--record", "mine")
    assert code == 4 and "以前的复核记录要保留" in said


@pytest.mark.slow
def test_the_record_shows_cell_by_cell_what_differs(copy_sample60, real_kernels):
    """In fresh kernels, one inside the other."""
    forge(copy_sample60, draw=change_shown)
    answer = ssj(copy_sample60, "audit", f"outputs/{ROUND}", "--record", "mine")
    assert answer.returncode == 5, answer.stdout + answer.stderr
    page = (copy_sample60 / "mine" / recording.PAGE).read_text(encoding="utf-8")
    assert "public-counts" in page and "抽中（户）" in page and "抽中（户次）" in page


def test_what_differs_between_notebooks():
    def notebook(**sources) -> bytes:
        made = [
            {"id": i, "cell_type": "code", "source": [s, "\nx"], "outputs": [], "metadata": {}}
            for i, s in sources.items()
        ]
        return json.dumps({"cells": made}).encode()

    rows = list(cells.differing(notebook(a="1", b="2", c="3"), notebook(a="1", b="4", d="5")))
    assert rows == [
        {"cell": "b", "part": "代码或文字", "archived": "2", "again": "4"},
        {"cell": "c", "part": "整个单元", "archived": "有", "again": "没有"},
        {"cell": "d", "part": "整个单元", "archived": "没有", "again": "有"},
    ]
    many = notebook(a="\n".join(map(str, range(100))))
    (row,) = cells.differing(many, notebook(a="z"))
    assert row["archived"].endswith("……共 100 行") and row["again"] == "z"
