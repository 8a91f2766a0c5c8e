"""Receipts: what the page says, what a verifier finds, and that nothing of another target is in
them, byte by byte.
"""

from __future__ import annotations

import copy
import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, small_frozen
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from ssj import protocol
from ssj.base import files
from ssj.base.errors import RefusedError, SsjError
from ssj.desk import commands
from ssj.draw import disclosure, lists
from ssj.papers import receipts

DICE = "1635241635241635"
EVIL = "样例<script>alert(1)</script>&\"'{{ 7 * 7 }}公司"
CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
PARAMETERS = {"title": "样例抽查", "bureau": "样例局<甲>", "publication_day": "2021-12-06"}


def record_of(opened: bool = False, targets: list[dict] | None = None) -> dict:
    """A draw record of the small frozen one, or with other targets."""
    record = small_frozen()
    record["parameters"] |= {**PARAMETERS, "receipt_internal": opened}
    record["tables"]["targets"] = targets or record["tables"]["targets"]
    record["commitment"] = protocol.commit(record)
    entropy = {
        "text": DICE,
        "time": "2021-11-26T02:06:00Z",
        "place": "大厅",
        "roles": [{"role": "主持", "name": "样例甲"}],
        "attestation": [],
    }
    return {**record, "entropy": entropy, **protocol.draw(record, DICE)}


def sixty(opened: bool = False) -> dict:
    one = small_frozen()["tables"]["targets"][0]["internal"]
    ids = [f"9135000{n:011d}" for n in range(60)]
    return record_of(
        opened,
        [
            {
                "id": i,
                "identity": {"id": i, "name": f"样例第{n}公司"},
                "internal": copy.deepcopy(one),
            }
            for n, i in enumerate(ids)
        ],
    )


def write(record: dict, folder: Path, *ids: str) -> list[Path]:
    return receipts.write(
        record, ids or [t["id"] for t in record["tables"]["targets"]], folder, lambda text: None
    )


def page_of(record: dict, folder: Path, identifier: str):
    return lxml_html.document_fromstring(
        write(record, folder, identifier)[1].read_text(encoding="utf-8")
    )


def named(identifier: str) -> str:
    """The name of a receipt's files, of the small record."""
    (name,) = (
        t["identity"]["name"] for t in record_of()["tables"]["targets"] if t["id"] == identifier
    )
    return receipts.file_name(identifier, name)


def said(record: dict, folder: Path, identifier: str) -> str:
    return " ".join(page_of(record, folder, identifier).find("body").text_content().split())


# What is written


def test_two_files_for_each_target(tmp_path):
    record, progress = sixty(), []
    ids = [t["id"] for t in record["tables"]["targets"]]
    made = receipts.write(record, ids, tmp_path / "files" / "一户核验单", progress.append)
    names = {t["id"]: t["identity"]["name"] for t in record["tables"]["targets"]}
    assert [p.name for p in made] == [
        f"{names[i]}_核验单_{i}.{kind}" for i in ids for kind in ("json", "html")
    ]
    assert sorted(p.name for p in made[0].parent.iterdir()) == sorted(p.name for p in made), (
        "no part of a file stays"
    )
    assert progress == ["一户核验单：第 60/60 户"]


def test_json_is_the_canonical_receipt_and_verifies_by_itself(tmp_path):
    record = record_of()
    for path, receipt in zip(
        write(record, tmp_path)[::2],
        disclosure.receipts(record, [t["id"] for t in record["tables"]["targets"]]),
        strict=True,
    ):
        assert path.read_bytes() == protocol.canonical(receipt)
        answer = subprocess.run(
            [sys.executable, ROOT / "ssj" / "protocol.py", path],
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            check=False,
        )
        assert (answer.returncode, "V5 本户签号：相符" in answer.stdout) == (0, True), answer.stdout


def checked(value, path=()):
    """Paths to all text and whole numbers of a document but those that no step reads."""
    if isinstance(value, dict | list):
        for key, own in value.items() if isinstance(value, dict) else enumerate(value):
            if (*path, key) not in {
                ("view",),
                ("items",),
                ("entropy", "time"),
                ("entropy", "place"),
                ("drawn",),
            }:
                yield from checked(own, (*path, key))
    elif type(value) in (str, int):
        yield path, value


@pytest.mark.parametrize("opened", [False, True])
def test_a_changed_digit_fails(tmp_path, opened):
    """What the page promises: codes, random numbers, ticket and the firm's own row, changed in one
    place, don't hold.
    """
    text = write(record_of(opened), tmp_path, "S002")[0].read_text(encoding="utf-8")
    places = list(checked(protocol.parse(text)))
    assert len(places) > 30 and {
        ("ticket",),
        ("seed",),
        ("ticket_salt",),
        ("row", "proof", 0),
        ("entropy", "text"),
    } <= {p for p, _ in places}
    for path, value in places:
        document = part = protocol.parse(text)
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = (
            value + 1 if type(value) is int else value[:-1] + ("0" if value[-1:] != "0" else "1")
        )
        assert any(s.holds is False for s in protocol.examine(document)), path


def test_ids_as_people_type_them_and_each_once(tmp_path):
    assert [p.name for p in write(record_of(), tmp_path, " ｓ００２", "s001", "S002")] == [
        f"{named('S002')}.json",
        f"{named('S002')}.html",
        f"{named('S001')}.json",
        f"{named('S001')}.html",
    ]


UNKNOWN = {
    "one letter off": (
        ["S001", "S0O1"],
        (
            "检查对象名录库中没有编号“S0O1”，没有出具核验单\n与“S0O1”相近的编号：S001。"
            "请核对编号后再出具。"
        ),
    ),
    "like many": (
        ["S00"],
        (
            "检查对象名录库中没有编号“S00”，没有出具核验单\n与“S00”相近的编号：S005、S004、S003。"
            "请核对编号后再出具。"
        ),
    ),
    "two": (
        ["X", "样例"],
        "检查对象名录库中没有编号“X”“样例”，没有出具核验单\n请核对编号后再出具。",
    ),
    "no id at all": (
        ["S 001,"],
        (
            "检查对象名录库中没有编号“S 001,”，没有出具核验单\n与“S 001,”相近的编号：S001、S005、"
            "S004。请核对编号后再出具。"
        ),
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_ids_write_nothing(tmp_path, name):
    ids, message = UNKNOWN[name]
    with pytest.raises(SsjError) as caught:
        write(record_of(), tmp_path, *ids)
    assert str(caught.value) == message
    assert list(tmp_path.iterdir()) == []


NAMES = {
    "plain": ("91350100M000100Y43", "样例公司", "样例公司_核验单_91350100M000100Y43"),
    "slash": ("350/2021", "样例/甲", "样例_甲_核验单_350~2021"),
    "Chinese and brackets": ("S(2021)-7号", "样例", "样例_核验单_S(2021)-7号"),
    "dots": ("..", "..", "__核验单_.."),
    "reserved on Windows": ("CON", "CON", "CON_核验单_CON"),
    "long": (
        "长" * 61,
        "名" * 61,
        "名" * 20
        + "_核验单_"
        + "长" * 23
        + "="
        + hashlib.sha256(("长" * 61).encode()).hexdigest()[:16],
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_file_names(name):
    identifier, firm, expected = NAMES[name]
    assert receipts.file_name(identifier, firm) == expected
    assert len((expected + ".html").encode()) < 240 and not re.search(
        r'[<>:"/\\|?*\x00-\x1f]', expected
    )


@given(
    st.lists(
        st.text(alphabet="01AZ()-_./一长", min_size=1, max_size=70),
        unique=True,
        min_size=2,
        max_size=30,
    )
)
def test_no_two_ids_share_a_file(ids):
    assert len({receipts.file_name(i, "样例").casefold() for i in ids}) == len(ids)


def test_old_receipts_are_replaced(tmp_path):
    (tmp_path / f"{named('S001')}.html").write_text("旧", encoding="utf-8")
    assert "一户核验单" in write(record_of(), tmp_path, "S001")[1].read_text(encoding="utf-8")


FAULTS = {
    "open elsewhere": (
        "replace",
        PermissionError(errno.EACCES, "in use"),
        RefusedError,
        "正在别的程序中打开",
    ),
    "disk full": ("write_bytes", OSError(errno.ENOSPC, "full"), SsjError, "磁盘已满"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_leave_old_receipts_and_no_parts(tmp_path, monkeypatch, name):
    call, fault, kind, message = FAULTS[name]
    old = tmp_path / f"{named('S001')}.json"
    old.write_bytes(b"old")

    def fail(*_):
        raise fault

    monkeypatch.setattr(files, "TRIES", 1)
    monkeypatch.setattr(
        *((os, "replace", fail) if call == "replace" else (Path, "write_bytes", fail))
    )
    with pytest.raises(kind, match=message):
        write(record_of(), tmp_path, "S001")
    assert [(p, p.read_bytes()) for p in tmp_path.iterdir()] == [(old, b"old")]


# The page


def test_page_basics(tmp_path):
    page = page_of(record_of(), tmp_path, "S001")
    assert page.get("lang") == "zh-CN"
    assert page.xpath("//meta/@charset") == ["utf-8"]
    assert page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content") == [CSP]
    assert page.xpath("//title/text()") == ["一户核验单 S001"]
    assert page.xpath("//main/h1/text()") == ["一户核验单"]
    assert page.xpath("//p[@class='banner']/text()") == [
        "演示批次：样例数据，公开随机数在封库前已知，不作执法依据",
        "唯一性未证实：没有两名以上保管人证明本批次本次只收到这一个封库校验码",
    ]
    assert not page.xpath(
        "//script | //iframe | //object | //embed | //link | //base | //form | //img | //svg | //a"
    )
    assert {name for one in page.iter() for name in one.attrib} <= {
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "role",
        "scope",
    }
    assert "url(" not in page.xpath("string(//style)") and "@import" not in page.xpath(
        "string(//style)"
    )


def test_names_stay_text(tmp_path):
    record = record_of()
    record["tables"]["targets"][0]["identity"]["name"] = record["parameters"]["title"] = record[
        "entropy"
    ]["place"] = EVIL
    text = write(record, tmp_path, "S001")[1].read_text(encoding="utf-8")
    assert "<script" not in text
    assert lxml_html.document_fromstring(text).text_content().count(EVIL) == 3


def test_the_line_gives_the_ticket(tmp_path):
    page = page_of(record_of(), tmp_path, "S003")
    line, cells = page.xpath("string(//code[@class='line'])"), page.xpath("//td//text()")
    assert hashlib.sha256(line.encode()).hexdigest() in cells
    assert line.split(",")[1:3] == ["target", "S003"]


@pytest.mark.parametrize("identifier", ["S001", "S004"])
def test_drawn_or_not(tmp_path, identifier):
    record = record_of()
    visits = {v["id"]: v["items"] for v in record["visits"]}
    text = said(record, tmp_path, identifier)
    assert receipts.NOT_A_FINDING in text
    assert page_of(record, tmp_path, identifier).xpath("//span[@class='result']/text()") == [
        "抽中" if identifier in visits else "未抽中"
    ]
    assert [i for i in ("I1", "I2") if f"{i} 事项{i}" in text] == visits.get(identifier, [])


def test_facts_in_words(tmp_path):
    record = record_of()
    text = said(record, tmp_path, "S005")
    grouped = " ".join(record["commitment"][n : n + 8] for n in range(0, 64, 8))
    for fact in (
        grouped,
        record["seed"],
        DICE,
        "骰子 16 粒；2021年11月26日 10:06，大厅",
        "样例局<甲> 样例抽查 批次 tiny，第 1 次抽取",
        "共 5 户，本户在第 5 位",
        "核验.html",
        f'python protocol.py "{named("S005")}.json"',
        "样例第5公司",
    ):
        assert fact in text


def test_class_only_where_the_parameters_open_it(tmp_path):
    closed, opened = (
        said(record_of(), tmp_path, "S003"),
        said(record_of(opened=True), tmp_path, "S003"),
    )
    assert "信用风险分类属内部信息" in closed and "未核验" in closed
    assert not any(word in closed for word in ("信用风险等级", "风险权数", "抽取组"))
    assert "信用风险等级：B。" in opened and "未核验" in opened
    assert "R1 任务R1：抽取组 B，风险权数 1 R2 任务R2：抽取组 全部，风险权数 2" in opened


def test_frames_in_words(tmp_path):
    record = record_of(opened=True)
    record["tables"]["targets"][0]["internal"]["frames"] = [
        {
            "task": "R1",
            "stratum": "A",
            "size": 500_000,
            "weight": 2,
            "points": 3,
            "factor": 250_000,
            "chance": "0.052631579",
            "reason": "",
        },
        {
            "task": "R2",
            "stratum": "*",
            "size": 0,
            "weight": 0,
            "factor": 1_000_000,
            "chance": "",
            "reason": "状态为“停业”",
        },
    ]
    record["tables"]["targets"][1]["internal"]["frames"] = []
    assert (
        "R1 任务R1：抽取组 A，风险权数 500000，等级权数 2，风险因素分 3，降频系数 0.25，"
        "申报抽中机会 5.2631579 % R2 任务R2：不抽：状态为“停业”"
    ) in said(record, tmp_path, "S001")
    assert "不在本批次任何抽查任务的范围内" in said(record, tmp_path, "S002")


# What nobody else may learn


def secrets(record: dict, row: dict) -> set[str]:
    """All that would tell something of a row: id, name, salts, part hashes, tickets, and the hash
    of the ticket salt.
    """
    salts = {
        p: protocol.row_salt(record["salt"], "targets", row["id"], p)
        for p in ("identity", "internal", "ticket")
    }
    parts = {protocol.part_hash(salts[p], row[p]) for p in ("identity", "internal")}
    tickets = {
        protocol.ticket(record["seed"], purpose, row["id"], salts["ticket"])
        for purpose in ("target", "visit")
    }
    return {
        row["id"],
        row["identity"]["name"],
        *salts.values(),
        *parts,
        *tickets,
        protocol.sha256(salts["ticket"]),
    }


@pytest.mark.parametrize("opened", [False, True])
def test_nothing_of_any_other_row(tmp_path, opened):
    record = sixty(opened)
    rows = record["tables"]["targets"]
    made, hidden = write(record, tmp_path), {row["id"]: secrets(record, row) for row in rows}
    people = {o["identity"]["name"] for o in record["tables"]["officers"]}
    for n, row in enumerate(rows):
        for path in made[2 * n : 2 * n + 2]:
            text = path.read_text(encoding="utf-8")
            assert row["id"] in text
            assert [
                x for other in rows if other is not row for x in hidden[other["id"]] if x in text
            ] == []
            assert record["salt"] not in text and not any(name in text for name in people)


def test_two_receipts_show_only_node_hashes_of_a_third(tmp_path):
    """Every hash in them is public, the two firms' own, or a node of the tree, of which no leaf's
    content can be had without its salts.
    """
    record = sixty()
    rows = record["tables"]["targets"]
    leaves = [protocol.leaf(record["salt"], "targets", row) for row in rows]
    nodes = {h for proof in disclosure.merkle_proofs(leaves) for h in proof}
    public = set(re.findall("[0-9a-f]{64}", str(protocol.commitment_object(record)))) | {
        record["commitment"],
        record["seed"],
    }
    for one, other in ((0, 1), (6, 7), (30, 59)):
        found = set(
            re.findall(
                "[0-9a-f]{64}",
                "".join(
                    p.read_text(encoding="utf-8")
                    for p in write(record, tmp_path, rows[one]["id"], rows[other]["id"])
                ),
            )
        )
        own = secrets(record, rows[one]) | secrets(record, rows[other])
        assert found <= public | own | nodes
        thirds = {
            x for n, row in enumerate(rows) if n not in (one, other) for x in secrets(record, row)
        }
        assert thirds.isdisjoint(nodes) and thirds.isdisjoint(found), (
            "no part of a third leaf's content"
        )


# On paper


def crowded() -> str:
    """A page as full as they come: twenty hashes, seven open tasks, six items, three banners,
    parties' numbers.
    """
    record = record_of(opened=True)
    receipt = next(disclosure.receipts(record, ["S001"]))
    record["tables"]["tasks"] = [
        {"id": f"S0{n}", "identity": {"name": "建筑施工安全生产和工程质量部门联合抽查"}}
        for n in range(7)
    ]
    record["event"] |= {"kind": "beacon", "count": 512, "source": "样例信标 2.0 第 1234567 号脉冲"}
    receipt["entropy"]["text"] = "|".join(["0f" * 64, "1e" * 32, "2d" * 32])
    receipt["row"] |= {"proof": [f"{n:064x}" for n in range(20)]}
    receipt["row"]["identity"]["values"]["name"] = (
        "样例城乡天然气输配充装供应服务有限责任公司第二分公司"
    )
    receipt["items"], receipt["drawn"] = (
        [{"id": f"I{n}", "name": "施工许可证和施工现场安全生产管理情况的检查"} for n in range(6)],
        True,
    )
    receipt["row"]["internal"]["values"]["frames"] = [
        {
            "task": f"S0{n}",
            "stratum": "*",
            "size": 123_456_789,
            "weight": 2,
            "factor": 1_128_205,
            "chance": "0.052631579",
            "reason": "",
        }
        for n in range(7)
    ]
    return receipts._printer(record)(receipt)


@pytest.mark.browser
def test_one_sheet_of_paper(tmp_path):
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    chromium = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if not chromium:
        pytest.skip("needs Chromium on the path")
    pages = {
        "crowded": crowded(),
        "plain": write(record_of(), tmp_path, "S001")[1].read_text(encoding="utf-8"),
    }
    for name, text in pages.items():
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
        subprocess.run(
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                f"--user-data-dir={tmp_path / 'profile'}",
                "--no-pdf-header-footer",
                f"--print-to-pdf={tmp_path / name}.pdf",
                (tmp_path / f"{name}.html").as_uri(),
            ],
            capture_output=True,
            check=True,
            timeout=120,
        )
        printed = pypdf.PdfReader(tmp_path / f"{name}.pdf").pages
        assert (name, len(printed), [round(float(x)) for x in printed[0].mediabox[2:]]) == (
            name,
            1,
            [595, 842],
        )


def test_a_receipt_is_asked_for_by_id_number_or_name(small_record):
    record = copy.deepcopy(small_record)
    targets = record["tables"]["targets"]
    numbers = lists.visit_numbers(record)
    own = next(t for t in targets if t["id"] in numbers)
    name = own["identity"]["name"]
    for text in (own["id"], numbers[own["id"]], f" {numbers[own['id']].lower()}", f"{name}　"):
        assert commands._target(record, text).upper() == own["id"]
    assert commands._target(record, "NOBODY") == "NOBODY", "refused where the receipt is written"
    other = next(t for t in targets if t is not own)
    other["identity"]["name"] = name
    with pytest.raises(SsjError, match=f"叫“{name}”的有 2 户"):
        commands._target(record, name)
