"""Working copies for people, read back as Excel and Word would."""

from __future__ import annotations

import copy
import json
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import docx
import openpyxl
import pytest

from ssj import protocol
from ssj.base import files, formats, words
from ssj.base.errors import RefusedError, SsjError
from ssj.draw import disclosure, lists
from ssj.papers import confirmation
from ssj.workbooks import drawbook

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from vector_attestations import SECRETS, attestation, entry, public_key

ITEM = {
    "kind": "一般",
    "basis": "《样例条例》第三条",
    "content": "安全生产",
    "method": "现场检查",
    "guide": "1.出示证件；\n2.查阅台账",
}
TARGET = {
    "status": "存续",
    "non_public_basis": "",
    "tags": ["专项整治"],
    "section": "燃气办公室",
    "area": "样例镇",
    "address": "样例路1号",
}
OFFICER = {"post": "燃气办公室", "certificate_until": "2022-12-31", "reason": ""}
TASK = {"kind": "内部", "directed": False, "categories": ["燃气"], "tags": []}
PARAMETERS = {
    "title": "样例抽查",
    "bureau": "样例局<甲>&乙",
    "disclosure": "sealed",
    "official_draw": "here",
    "window": {"start": "2021-12-06", "end": "2021-12-31"},
    "publication_day": "2021-12-06",
    "approval": [{"matter": "抽查方案", "approver": "样例局长", "date": "2021-11-15"}],
    "classes": {"A": {"max_ratio": "1", "weight": 1}, "B": {"max_ratio": "1", "weight": 2}},
    "above_maximum": [],
}
DICE = "1635241635241635"


def attested(record):
    """A real round's record, whose custodians all sign for the commitment."""
    record["parameters"]["demonstration"] = False
    custodians = list(zip(record["event"]["custodians"], SECRETS, strict=False))
    record["event"]["keys"] = [{"name": n, "key": public_key(s)} for n, s in custodians]
    record = redrawn(record)
    notice = disclosure.notice({k: v for k, v in record.items() if k not in protocol.DRAWN})
    record["entropy"]["attestation"] = [entry(attestation(notice, *one)) for one in custodians]
    return record


def redrawn(record: dict) -> dict:
    """The record with commitment and draw derived anew."""
    record["commitment"] = protocol.commit(record)
    return {**record, **protocol.draw(record, record["entropy"]["text"])}


@pytest.fixture
def record(small_record: dict) -> dict:
    """The small draw with all that a freeze puts into the rows; firms' names that Excel or XML
    could mistake.
    """
    record = copy.deepcopy(small_record)
    record["parameters"] |= PARAMETERS
    record["event"]["custodians"] = ["样例监察组", "样例市场局"]
    for table, more in (
        ("items", ITEM),
        ("targets", TARGET),
        ("officers", OFFICER),
        ("tasks", TASK),
    ):
        for row in record["tables"][table]:
            row["internal"] |= more
    for target, name in zip(
        record["tables"]["targets"],
        ('=HYPERLINK("http://x")', "样例<b>&公司", "+1公司", "00123", "@公司"),
        strict=True,
    ):
        target["identity"]["name"] = name
    record["entropy"] = {
        "text": DICE,
        "time": "2021-11-26T02:06:00Z",
        "place": "大厅",
        "attestation": [],
        "roles": [{"role": "主持", "name": "样例甲"}, {"role": "公证", "name": "样例庚"}],
    }
    return redrawn(record)


def book(path: Path) -> dict[str, list[tuple]]:
    return {sheet.title: list(sheet.values) for sheet in openpyxl.load_workbook(path)}


def rows(table: list[tuple]) -> list[dict]:
    return [dict(zip(table[0], row, strict=True)) for row in table[1:]]


def texts(part) -> list[str]:
    """Texts of all paragraphs of a document, header or footer, with those in tables, in order."""
    found = []
    for block in part.iter_inner_content():
        if isinstance(block, docx.table.Table):
            found += [text for row in block.rows for cell in row.cells for text in texts(cell)]
        else:
            found.append(block.text)
    return found


def form(path: Path) -> tuple[str, str, str]:
    """Body, header and footer of the confirmation form as text."""
    document = docx.Document(path)
    (section,) = document.sections
    return tuple("\n".join(texts(part)) for part in (document, section.header, section.footer))


def test_counts_by_hand(record):
    # R1: ⌈0.34·3⌉ of class A + ⌈0.5·2⌉ of class B; R2: ⌈0.4·5⌉
    found = lists.counts(record)
    assert [(t["task"], t["count"], t["n"], t["drawn"]) for t in found["tasks"]] == [
        ("R1", 5, 3, 3),
        ("R2", 5, 2, 2),
    ]
    drawn = {i for part in record["drawn"] for i in part["certain"] + part["by_ticket"]}
    assert (
        found["visits"] == len(drawn)
        and found["unmerged"] == 5
        and found["saved"] == 5 - len(drawn)
    )
    assert (found["targets"], found["eligible"]) == (5, 5)
    assert found["officers"] == len({t["officer"] for t in record["officers"]["taken"]})
    excluded = record["tables"]["targets"][0]["internal"]["frames"]
    for frame in excluded:
        frame["size"] = 0
    assert lists.counts(record)["eligible"] == 4


def test_workbook_says_what_was_drawn(record, tmp_path):
    path = confirmation.write_files(record, tmp_path / "2021Q4" / "files")[0]
    assert path.name == "抽取结果.xlsx"
    sheets = book(path)
    assert list(sheets) == ["说明", "入企检查", "检查对象", "检查事项", "检查组", "人员工作量"]
    names = {t["id"]: t["identity"]["name"] for t in record["tables"]["targets"]}
    visits = rows(sheets["入企检查"])
    assert [(v["检查编号"], v["编号"], v["名称"]) for v in visits] == [
        (f"tiny-{n:03}", v["id"], names[v["id"]]) for n, v in enumerate(record["visits"], 1)
    ]
    for row, visit in zip(visits, record["visits"], strict=True):
        assert row["任务"].split("\n") == [f"{t} 任务{t}" for t in visit["tasks"]]
        assert row["事项"].split("\n") == [f"{i} 事项{i}" for i in visit["items"]]
        assert len(row["检查人员"].split("\n")) == len(visit["seats"]) and row["检查人员"].count(
            "（住建）"
        ) == len(visit["seats"])
        assert (row["类别"], row["地址"], row["所属区域"], row["主管股室"]) == (
            "燃气",
            "样例路1号",
            "样例镇",
            "燃气办公室",
        )
        assert row["是否公开"] == ("否" if visit["id"] == "S005" else "是")
        assert (row["专家"] is None) == (not visit["expert_seats"])
    assert len(rows(sheets["检查对象"])) == 5
    item = rows(sheets["检查事项"])[0]
    assert (item["事项名称"], item["抽查依据"], item["工作指引"]) == (
        "事项I1",
        ITEM["basis"],
        ITEM["guide"],
    )
    seats = rows(sheets["检查组"])
    assert len(seats) == len(record["officers"]["taken"]) + len(record["experts"]["taken"])
    assert {
        (s["姓名"], s["执法证号"], s["是否专家"]) for s in seats if s["专业席位"] == "燃气"
    } == {("样例乙", "ZP2", "否"), ("样例丁", "ZP4", "是")}
    assert sum(r["户次"] for r in rows(sheets["人员工作量"])) == len(seats)


def test_facts_sheet(record, tmp_path):
    facts = book(confirmation.write_files(record, tmp_path)[0])["说明"][1:]
    told = dict(facts)
    assert [text.partition("：")[0] for label, text in facts if label == "注意"] == [
        "演示批次",
        "唯一性未证实",
    ]
    assert told["内部使用"].startswith("2021-12-06 公布日之前不得带出本单位")
    assert told["封库校验码"].replace("\n", " ").split() == [
        record["commitment"][n : n + 8] for n in range(0, 64, 8)
    ]
    assert told["公开随机数"] == "1635 2416 3524 1635"
    assert told["公布日"] == datetime(2021, 12, 6)
    assert told["公开随机数产生"] == "2021年11月26日 10:06，大厅"


def test_no_formula_no_link(record, tmp_path):
    path = confirmation.write_files(record, tmp_path)[0]
    cells = [
        cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row
    ]
    assert cells and not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]


def test_same_bytes(record, tmp_path):
    again = protocol.parse(json.dumps(record))
    one, two = (
        confirmation.write_files(r, tmp_path / name)[0].read_bytes()
        for r, name in ((record, "a"), (again, "b"))
    )
    assert one == two


def test_workbook_does_not_tell_the_class(record):
    plain = {name: frame.to_dict("records") for name, frame in drawbook.sheets(record).items()}
    assert not [
        title
        for rows in plain.values()
        for title in rows[0]
        if title in ("信用风险等级", "抽取组", "风险权数", "签号")
    ]
    changed = copy.deepcopy(record)
    for target in changed["tables"]["targets"]:
        target["internal"] |= {"risk_class": "D", "tags": []}
    for part in changed["drawn"]:  # who was certain, and in which stratum, must not show
        part |= {"stratum": "D", "certain": [], "by_ticket": part["certain"] + part["by_ticket"]}
    assert {
        name: frame.to_dict("records") for name, frame in drawbook.sheets(changed).items()
    } == plain
    assert {row["抽取方式"] for row in plain["检查对象"]} == {"按比例抽取"}


def test_a_task_that_draws_all_says_so(record):
    for stratum in record["tables"]["tasks"][1]["internal"]["strata"]:
        stratum["ratio"] = "1"
    ways = drawbook.sheets(redrawn(record))["检查对象"].groupby("任务编号")["抽取方式"].unique()
    assert ways["R1"].tolist() == ["按比例抽取"] and ways["R2"].tolist() == ["全部抽取"]


def test_confirmation_form(record, tmp_path):
    path = confirmation.write_files(record, tmp_path)[1]
    assert path.name == "抽取现场记录及结果确认表.docx"
    body, header, footer = form(path)
    digest = protocol.sha256(protocol.canonical(record))  # of draw.json
    for digits in (record["commitment"], record["seed"], digest):
        assert all(formats.grouped(digits[n : n + 32], 8) in body.split("\n") for n in (0, 32))
    total = lists.counts(record)
    for text in (
        "样例局<甲>&乙",
        "样例抽查（tiny），第 1 次抽取",
        "抽查方案：样例局长，2021年11月15日",
        "骰子 16 粒",
        "1635 2416 3524 1635",
        "2021年11月26日 10:00，大厅",
        "2021年11月26日 10:06，大厅",
        "样例监察组、样例市场局",
        "R1 任务R1\n5\n3\n3",
        "R2 任务R2\n5\n2\n2",
        f"{total['visits']} 户次；不合并为 5 户次，多项任务合并后减少 {total['saved']} 户次",
        "库内 5 个，其中待抽 5 个",
        f"执法人员 {total['officers']} 名，专家 {total['experts']} 名",
        "\n演示批次：",
        "\n唯一性未证实：",
        "主持\n样例甲\n\n",
        "监督\n\n\n",
        "公证\n样例庚\n\n",
    ):
        assert text in body, text
    assert (
        f"第 1 次抽取　封库校验码前 16 位 {formats.grouped(record['commitment'][:16], 8)}" in header
    )
    assert "演示批次（样例数据，不作执法依据）　唯一性未证实" in header
    signing, pages = footer.split("\n")
    assert [part.strip("_") for part in signing.split(" ")] == [
        "签字：主持",
        "操作",
        "记录",
        "监督",
        "见证",
    ]
    assert pages.replace("1", "X") == "第 X 页 共 X 页"


def test_form_names_no_firm_and_shows_no_emblem(record, tmp_path):
    path = confirmation.write_files(record, tmp_path)[1]
    with zipfile.ZipFile(path) as parts:
        assert not [name for name in parts.namelist() if name.startswith("word/media")]
        said = "".join(
            parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml")
        )
    for target in record["tables"]["targets"]:
        assert target["id"] not in said and target["identity"]["name"] not in "\n".join(form(path))
    assert " PAGE " in said and " NUMPAGES " in said and "{{" not in said and "{%" not in said


def test_a_real_round_that_custodians_attest_carries_no_banner(record, tmp_path):
    record = attested(record)
    workbook, document = confirmation.write_files(record, tmp_path)
    assert "注意" not in dict(book(workbook)["说明"][1:])
    body, header, _ = form(document)
    assert (
        "演示" not in body + header
        and "唯一性" not in body + header
        and len(header.split("\n")) == 1
    )


def test_a_real_round_that_custodians_attest_on_paper_says_that_alone(record, tmp_path):
    record = attested(record)
    for typed in record["entropy"]["attestation"]:
        del typed["signature"]
    workbook, document = confirmation.write_files(record, tmp_path)
    assert dict(book(workbook)["说明"][1:])["注意"] == protocol.BANNERS["typed"]
    assert "唯一性只有文字证明" in form(document)[1]


def test_second_attempt_has_names_and_numbers_of_its_own(record, tmp_path):
    first = confirmation.write_files(record, tmp_path)
    record["attempt"] = 2
    second = confirmation.write_files(redrawn(record), tmp_path)
    assert [p.name for p in second] == [
        "抽取结果（第2次）.xlsx",
        "抽取现场记录及结果确认表（第2次）.docx",
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in first + second)
    assert rows(book(second[0])["入企检查"])[0]["检查编号"] == "tiny(2)-001"


def test_numbers_sort_as_text_however_many():
    visits = [{"id": f"{n:05}"} for n in range(1200)]
    numbers = lists.visit_numbers({"round": "R", "attempt": 1, "parameters": {}, "visits": visits})
    assert list(numbers.values()) == sorted(numbers.values()) and numbers["00000"] == "R-0001"


def test_lottery_text_stays_as_announced(record):
    one = "01,02,03,04,05,06+07"
    record["event"] |= {"kind": "lottery", "count": 2}
    record["entropy"]["text"] = f"{one};{one}"
    assert words.event_text(record) == f"{one};\n{one}"


def test_copy_open_elsewhere_is_refused_and_kept(record, tmp_path, monkeypatch):
    def locked(source, target):
        raise PermissionError(13, "Permission denied")

    old = tmp_path / confirmation.RESULT
    old.write_bytes(b"old")
    monkeypatch.setattr(files.os, "replace", locked)
    monkeypatch.setattr(files.time, "sleep", lambda seconds: None)
    with pytest.raises(RefusedError) as refused:
        confirmation.write_files(record, tmp_path)
    assert str(refused.value).startswith("工作副本“抽取结果.xlsx”正在别的程序中打开")
    assert old.read_bytes() == b"old" and list(tmp_path.iterdir()) == [old]


def test_a_moment_of_lock_is_waited_out(record, tmp_path, monkeypatch):
    real, waits = files.os.replace, []

    def busy_once(source, target):
        if not waits:
            raise PermissionError(13, "Permission denied")
        real(source, target)

    monkeypatch.setattr(files.os, "replace", busy_once)
    monkeypatch.setattr(files.time, "sleep", waits.append)
    assert all(path.exists() for path in confirmation.write_files(record, tmp_path)) and waits == [
        0.1
    ]


def test_folder_that_cannot_be_written(record, tmp_path):
    (tmp_path / "files").write_text("", encoding="utf-8")
    with pytest.raises(SsjError, match="工作副本写不进文件夹“files”"):
        confirmation.write_files(record, tmp_path / "files")


@pytest.mark.parametrize(
    "text", ["{{ firm }}", "{% if %}", None], ids=["unknown name", "bad syntax", "no Word file"]
)
def test_template_spoilt_by_an_edit(record, tmp_path, monkeypatch, text):
    template, out = tmp_path / "confirmation.docx", tmp_path / "files"
    if text is None:
        template.write_bytes(b"PK")
    else:
        document = docx.Document()
        document.add_paragraph(text)
        document.save(template)
    monkeypatch.setattr(confirmation, "TEMPLATE", template)
    with pytest.raises(SsjError, match="Word 模板“confirmation.docx”不能使用"):
        confirmation.write_files(record, out)
    assert list(out.iterdir()) == []


def test_the_account_of_a_file(tmp_path):
    path = tmp_path / "名录.xlsx"
    path.write_bytes(b"abc")
    own = files.account(path)
    assert own == {"file": "名录.xlsx", "size": 3, "sha256": protocol.sha256(b"abc")}
    assert own.keys() == files.ACCOUNT.keys()
    whole, cut = files.taken(path), files.taken(path, "targets/名录.xlsx", ["联系电话"])
    assert whole == {**own, "redacted": False, "dropped": []} and whole.keys() == files.TAKEN.keys()
    assert (cut["file"], cut["redacted"], cut["dropped"]) == (
        "targets/名录.xlsx",
        True,
        ["联系电话"],
    )
    assert files.taken(path, dropped=[])["redacted"], "left out, though no column is named"
    assert files.same(whole, path) and files.same(cut, path)
    path.write_bytes(b"abd")
    assert not files.same(whole, path) and files.same(cut, path), "a redacted copy has another hash"
    path.unlink()
    assert not files.same(whole, path)


def test_the_draws_page_says_how_custodians_attest(record):
    signed = attested(record)
    when = "2021年11月20日 10:00收到，只收到这一个"
    assert lists.attested(signed)[0].endswith(f"（签名证明）：{when}")
    assert len(lists.attested(signed)) == len(signed["event"]["custodians"])
    del signed["entropy"]["attestation"][0]["signature"]
    assert lists.attested(signed)[0].endswith(f"（文字证明）：{when}")
    assert lists.attested(signed)[-1] == protocol.BANNERS["typed"]
