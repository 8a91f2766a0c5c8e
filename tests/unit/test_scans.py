"""Signed scans: which paper a file's name means, what is back, what is missing, and the folder
against the archive.
"""

from __future__ import annotations

import copy

import pytest
from unit.test_files import record  # noqa: F401 (a fixture)

from ssj import protocol
from ssj.draw import lists
from ssj.results import scans

STAGE = {"time": "2021-12-10T09:00:00+08:00"}
LATER = {"time": "2021-12-20T09:00:00+08:00"}


def file(name: str, content: str = "", size: int = 9) -> dict:
    return {"file": name, "size": size, "sha256": protocol.sha256((content or name).encode())}


def first(record) -> str:  # noqa: F811
    return min(lists.visit_numbers(record), key=lists.visit_numbers(record).get)


# --- names ---

MEANT = {  # file → number, officer, papers
    "tiny-001 现场检查笔录.pdf": ("tiny-001", "", ["现场检查笔录"]),
    "TINY_001现场检查笔录.PDF": ("tiny-001", "", ["现场检查笔录"]),
    "ｔｉｎｙ－００１　检查表（第2页）.jpg": ("tiny-001", "", ["检查表"]),
    "tiny001检查表.png": ("tiny-001", "", ["检查表"]),
    "tiny-1 检查表.tiff": ("tiny-001", "", ["检查表"]),
    "tiny - 001 - 送达 回证.ofd": ("tiny-001", "", ["送达回证"]),
    "一月/tiny-001 检查表 现场检查笔录.pdf": ("tiny-001", "", ["检查表", "现场检查笔录"]),
    "tiny-001.行政检查通知书.jpeg": ("tiny-001", "", ["行政检查通知书"]),
    "tiny–001 责令改正通知书 2.tif": ("tiny-001", "", ["责令改正通知书"]),
    "tiny 抽查方案审批表.pdf": ("tiny", "", ["抽查方案审批表"]),
    "tiny抽取现场记录及结果确认表-1.jpg": ("tiny", "", ["抽取现场记录及结果确认表"]),
    "tiny 回避声明 P1 样例甲.pdf": ("tiny", "P1", ["回避声明"]),
    "tiny 回避声明（p2）.pdf": ("tiny", "P2", ["回避声明"]),
    "tiny 保管人回执 样例监察组.pdf": ("tiny", "", ["保管人回执"]),
    "tiny 公开随机数记录纸.jpg": ("tiny", "", ["公开随机数记录纸"]),
    "tiny 核签表 targets_建筑股.xlsx.pdf": ("tiny", "", ["核签表"]),
    "抽取现场记录及结果确认表.pdf": ("tiny", "", ["抽取现场记录及结果确认表"]),
    "封库校验码交存单 样例监察组.pdf": ("tiny", "", ["封库校验码交存单"]),
}


@pytest.mark.parametrize(("name", "meant"), MEANT.items())
def test_what_a_name_means(record, name, meant):  # noqa: F811
    found = scans.meaning(record, name)
    assert (found[0]["number"], found[0]["officer"], [p["paper"] for p in found]) == meant
    assert {p["target"] for p in found} == {first(record) if meant[0] == "tiny-001" else ""}


UNCLEAR = {
    "tiny-001 现场检查笔录.docx": "不是扫描件",
    "tiny-001 现场检查笔录": "不是扫描件",
    "现场检查笔录.pdf": "不是以检查编号或批次开头",
    "抽查方案审批表.pdf": "不是以检查编号或批次开头",
    "抽取现场记录及结果确认表（第2次）.pdf": "不是以检查编号或批次开头",
    "tiny-001.pdf": "没有写明是哪种文书",
    "tiny-001 现场.pdf": "没有写明是哪种文书",
    "tiny.pdf": "没有写明是哪种文书",
    "tiny-999 检查表.pdf": "没有检查编号 tiny-999",
    "tiny-000 检查表.pdf": "没有检查编号 tiny-000",
    "tiny 检查表.pdf": "检查表前面应写检查编号",
    "tiny-001 抽查方案审批表.pdf": "抽查方案审批表前面应写批次，不写检查编号",
    "tiny-001 检查表 回避声明 P1.pdf": "回避声明前面应写批次，不写检查编号",
    "tiny 回避声明.pdf": "没有写明是谁的回避声明",
    "tiny 回避声明 P1 P2.pdf": "没有写明是谁的回避声明",
    "tiny(2)-001 检查表.pdf": "不是以检查编号或批次开头",
    "Xtiny-001 检查表.pdf": "不是以检查编号或批次开头",
}


@pytest.mark.parametrize(("name", "message"), UNCLEAR.items())
def test_names_that_mean_nothing(record, name, message):  # noqa: F811
    with pytest.raises(scans.Unclear) as unclear:
        scans.meaning(record, name)
    assert unclear.value.message == message and unclear.value.remedy


def test_all_problems_at_once(record):  # noqa: F811
    found = scans.problems(
        record,
        [file(name) for name in UNCLEAR]
        + [file("tiny-001 检查表.pdf", size=0), file("tiny-001 送达回证.pdf")],
    )
    assert [p.file for p in found] == [*UNCLEAR, "tiny-001 检查表.pdf"] and found[
        -1
    ].message == "是空文件"


def test_names_in_the_second_attempt(record):  # noqa: F811
    record = {**record, "attempt": 2}
    for name in ("tiny(2)-001 检查表.pdf", "tiny（2）001检查表.pdf"):
        assert scans.meaning(record, name)[0]["number"] == "tiny(2)-001"
    for name in ("tiny(2) 封库公告.pdf", "抽取现场记录及结果确认表（第2次）.pdf"):
        assert scans.meaning(record, name)[0]["number"] == "tiny(2)"
    with pytest.raises(scans.Unclear):
        scans.meaning(record, "抽取现场记录及结果确认表.pdf")
    with pytest.raises(scans.Unclear):
        scans.meaning(record, "tiny-001 检查表.pdf")


def test_an_officer_whose_id_is_part_of_another_s(record):  # noqa: F811
    record = copy.deepcopy(record)
    for officer, identifier in zip(
        record["tables"]["officers"], ("ZJ-1", "ZJ-11", "ZJ-111", "Q/1"), strict=True
    ):
        officer["id"] = identifier
    assert [
        scans.meaning(record, f"tiny 回避声明 {i}.pdf")[0]["officer"]
        for i in ("ZJ-1", "zj11", "ZJ_111", "Q~1")
    ] == ["ZJ-1", "ZJ-11", "ZJ-111", "Q/1"]


# --- what is back ---


def test_later_folders_add_to_earlier_ones(record):  # noqa: F811
    one = [file("tiny-001 检查表.pdf"), file("tiny-001 现场检查笔录.pdf")]
    before = scans.received(record, one, [], STAGE)
    two = [*one, file("tiny-001 送达回证.pdf"), file("tiny-001 行政检查审批表.pdf")]
    after = scans.received(record, two, before["papers"], LATER)
    assert [p["paper"] for p in after["papers"]] == [
        "行政检查审批表",
        "检查表",
        "现场检查笔录",
        "送达回证",
    ]
    assert [p["paper"] for p in scans.fresh(after, before["papers"])] == [
        "行政检查审批表",
        "送达回证",
    ]
    assert {p["time"] for p in scans.fresh(after, before["papers"])} == {LATER["time"]}
    assert (
        scans.unchanged(two, before["papers"]) == 2
        and scans.adds(record, one, before["papers"]) == []
    )
    assert (
        scans.by_visit(record, before)[0]["missing"] == ("行政检查审批表", "送达回证")
        and scans.by_visit(record, after)[0]["missing"] == ()
    )
    assert scans.summary(record, after)["其中文书收齐"] == 1
    assert {key for key in after if key != "papers"} == set(scans.KEPT)


def test_the_order_of_files_changes_nothing(record):  # noqa: F811
    files = [
        file("tiny-001 检查表.pdf"),
        file("tiny-001 检查表 2.pdf"),
        file("tiny 封库公告.pdf"),
        file("tiny 回避声明 P2.pdf"),
    ]
    assert scans.received(record, files, [], STAGE) == scans.received(
        record, files[::-1], [], STAGE
    )


def test_one_content_twice_is_said(record):  # noqa: F811
    first_one = scans.received(
        record, [file("tiny-001 检查表.pdf", "x"), file("tiny-001 检查表 副本.pdf", "x")], [], STAGE
    )
    assert len(first_one["papers"]) == 1  # the same paper, the same content
    files = [
        file("tiny-001 检查表 重扫.pdf", "x"),
        file("tiny-002 检查表.pdf", "x"),
        file("tiny-002 送达回证 现场检查笔录.pdf", "y"),
    ]
    after = scans.received(record, files, first_one["papers"], LATER)
    assert [r["file"] for r in scans.repeated(files, after, first_one["papers"])] == [
        "tiny-001 检查表 重扫.pdf"
    ]
    assert [r["papers"] for r in scans.alike(after)] == [("tiny-001 检查表", "tiny-002 检查表")]


def test_one_name_with_another_content(record):  # noqa: F811
    before = scans.received(record, [file("tiny-001 检查表.pdf", "x")], [], STAGE)
    after = scans.received(record, [file("tiny-001 检查表.pdf", "y")], before["papers"], LATER)
    assert [(r["sha256"], r["by"]) for r in scans.replaced(after)] == [
        (protocol.sha256(b"x"), protocol.sha256(b"y"))
    ]
    assert scans.by_visit(record, after)[0]["back"] == ("检查表（2 份）",)
    assert scans.differences(after, [file("tiny-001 检查表.pdf", "y")]) == []


def test_declarations_and_papers_of_the_round(record):  # noqa: F811
    going = sorted({t["officer"] for taken in protocol.teams_now(record).values() for t in taken})
    got = scans.received(
        record, [file(f"tiny 回避声明 {going[0]}.pdf"), file("tiny 抽查方案审批表.pdf")], [], STAGE
    )
    assert [(r["officer"], r["back"]) for r in scans.by_officer(record, got)] == [
        (i, i == going[0]) for i in going
    ]
    assert {r["paper"]: r["back"] for r in scans.of_round(got)} == {
        "核签表": "可以不收",
        "抽查方案审批表": "已收",
        "封库公告": "可以不收",
        "封库校验码交存单": "可以不收",
        "保管人回执": "缺",
        "公开随机数记录纸": "缺",
        "抽取现场记录及结果确认表": "缺",
        "任务派发表": "可以不收",
    }


def test_papers_of_which_there_are_several(record):  # noqa: F811
    signed = [{"file": f"{table}.xlsx"} for table in ("targets", "items")]
    record = {**record, "parameters": {**record["parameters"], "signed": signed}}

    def back(*names: str) -> dict[str, str]:
        got = scans.received(record, [file(name) for name in names], [], STAGE)
        return {r["paper"]: r["back"] for r in scans.of_round(got)}

    one = back("tiny 保管人回执 样例监察组.pdf", "tiny 核签表 targets.xlsx.pdf")
    assert (one["保管人回执"], one["核签表"]) == ("已收 1 份，应有 2 份",) * 2
    both = back("tiny 保管人回执 甲.pdf", "tiny 保管人回执 乙.jpg", "tiny 名录核签表.pdf")
    assert (both["保管人回执"], both["核签表"]) == ("已收", "已收 1 份，应有 2 份")


def test_scans_under_a_paper_s_former_name_are_the_same_paper(record):  # noqa: F811
    earlier = [
        {**p, "paper": old}
        for p, old in zip(
            scans.received(record, [file("tiny-001 检查审批表.pdf")], [], STAGE)["papers"],
            ["检查审批表"],
            strict=True,
        )
    ]
    again = scans.received(record, [file("tiny-001 检查审批表.pdf")], earlier, LATER)
    assert [p["paper"] for p in again["papers"]] == ["行政检查审批表"], "nothing twice"
    assert "行政检查审批表" in scans.by_visit(record, {"papers": earlier})[0]["back"]
    assert scans.meaning(record, "tiny-001 现场检查记录.pdf")[0]["paper"] == "现场检查笔录"


# --- the folder against the archive ---


def test_differences_between_folder_and_archive(record):  # noqa: F811
    kept = [
        file(f"tiny-001 {name}.pdf")
        for name in ("检查表", "送达回证", "现场检查笔录", "行政检查审批表")
    ]
    got = scans.received(record, kept, [], STAGE)
    assert scans.differences(got, kept) == []
    disk = [
        kept[0],
        file("tiny-001 送达回证.pdf", "changed"),
        {**kept[2], "file": "旧/记录.pdf"},
        file("另外.pdf"),
    ]
    assert scans.differences(got, disk) == [
        ("换了名字", "tiny-001 现场检查笔录.pdf → 旧/记录.pdf"),
        ("缺少", "tiny-001 行政检查审批表.pdf"),
        ("已改动", "tiny-001 送达回证.pdf"),
        ("没有收存", "另外.pdf"),
    ]


def test_a_copy_does_not_stand_in_for_a_changed_scan(record):  # noqa: F811
    got = scans.received(
        record, [file("tiny-001 检查表.pdf", "x"), file("tiny-002 检查表.pdf", "x")], [], STAGE
    )
    assert scans.differences(
        got, [file("tiny-001 检查表.pdf", "x"), file("tiny-002 检查表.pdf", "y")]
    ) == [("已改动", "tiny-002 检查表.pdf")]
