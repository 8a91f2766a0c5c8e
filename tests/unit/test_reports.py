"""季度报告, 简报, 卷内目录, 备考表 and 复核单: what each says of hand-made records, to the word,
and that no number comes from elsewhere.
"""

from __future__ import annotations

import copy
import re
import zipfile
from pathlib import Path

import docx
import pytest
from unit.test_files import attested, form, record, redrawn  # noqa: F401 (record is a fixture)

from ssj.base import files
from ssj.papers import briefings, confirmation, dossier, paper_names, reports, wordforms
from ssj.papers.dossier import Bag
from ssj.papers.reports import Attempt


def entry(n: int, stage: str, time: str, attempt: int = 1) -> dict:
    return {
        "n": n,
        "time": time,
        "round": "tiny",
        "attempt": attempt,
        "stage": stage,
        "bag": f"{n:064x}",
        "previous": "0" * 64,
        "hash": f"{n + 100:064x}",
    }


FREEZE, DRAW = (
    entry(1, "01-freeze", "2021-11-20T09:00:00+08:00"),
    entry(2, "02-draw", "2021-11-26T10:20:00+08:00"),
)
RESULTS = entry(3, "03-results", "2022-02-10T15:00:00+08:00")


def row(number: str, item: str, results: list[str], **more) -> dict:
    return {
        "number": number,
        "item": item,
        "results": results,
        "measure": [],
        "due": "",
        "closed_on": "",
        **more,
    }


def visit(number: str, section: str, items: list[str], state: str, **more) -> dict:
    return {
        "number": number,
        "section": section,
        "items": items,
        "state": state,
        "date": "",
        "deadline": "",
        "published_on": "",
        "not_public": "",
        "overdue": False,
        "problem": False,
        "gone": False,
        **more,
    }


def recorded() -> dict:
    """Four visits: published; overdue with a referral open; not made; lawfully not published,
    mended and closed.
    """
    rows = [
        row("tiny-001", "I1", ["未发现问题"]),
        row(
            "tiny-002",
            "I1",
            ["发现问题待后续处理", "违反其他规定"],
            measure=["移送办案机构"],
            due="2022-01-10",
        ),
        row("tiny-004", "I1", ["发现问题已责令改正"], measure=["责令改正"], closed_on="2022-01-05"),
        row("tiny-004", "I2", ["已关闭停业或正在组织清算"]),
    ]
    visits = [
        visit(
            "tiny-001",
            "燃气办公室",
            ["I1"],
            "closed",
            date="2021-12-08",
            deadline="2022-01-06",
            published_on="2021-12-20",
        ),
        visit(
            "tiny-002",
            "质量监督站",
            ["I1"],
            "reviewed",
            date="2021-12-09",
            deadline="2022-01-07",
            overdue=True,
            problem=True,
        ),
        visit("tiny-003", "质量监督站", ["I2"], "drawn"),
        visit(
            "tiny-004",
            "",
            ["I1", "I2"],
            "closed",
            date="2021-12-10",
            deadline="2022-01-10",
            not_public="涉及国家秘密",
            problem=True,
            gone=True,
        ),
    ]
    return {
        "round": "tiny",
        "attempt": 1,
        "time": RESULTS["time"],
        "rows": rows,
        "visits": visits,
        "followup": [],
        "corrections": [],
        "objections": [],
        "postings": [],
        "parameters": {
            "window": {"start": "2021-12-06", "end": "2021-12-31"},
            "deadlines": {"publish": 20, "objection": 20},
        },
        "counts": {
            "drawn": 1,
            "visited": 0,
            "entered": 0,
            "reviewed": 1,
            "published": 0,
            "following": 0,
            "closed": 2,
        },
    }


@pytest.fixture
def attempt(record) -> Attempt:  # noqa: F811
    return Attempt(
        1, [FREEZE, DRAW, RESULTS], {"freeze": record, "draw": record, "results": recorded()}
    )


@pytest.fixture
def before(record) -> Attempt:  # noqa: F811
    """Drawn, without results."""
    return Attempt(1, [FREEZE, DRAW], {"freeze": record, "draw": record})


def followed(**more) -> dict:
    return {
        "number": "tiny-002",
        "item": "I1",
        "measure": "移送办案机构",
        "due": "",
        "closed_on": "",
        "rechecked_on": "",
        "referred_on": "",
        "filed_on": "",
        "decided_on": "",
        "major": False,
        "legal_reviewed_on": "",
        **more,
    }


def bags() -> list[Bag]:
    one = {"file": "data/out/freeze.json", "size": 12345, "sha256": "ab" * 32}
    two = [
        {"file": "data/out/draw.json", "size": 700, "sha256": "cd" * 32},
        {"file": "bag-info.txt", "size": 90, "sha256": "ef" * 32},
    ]
    code = {"version": "0.1.0", "hash": "12" * 32}
    return [Bag(FREEZE, [one], code, "3.11.7", "封库"), Bag(DRAW, two, code, "3.11.7", "抽取")]


def report(**more) -> dict:
    steps = [{"number": n, "name": f"步骤{n}", "holds": True, "detail": ""} for n in range(1, 11)]
    return {
        "time": "2022-03-01T09:30:00+08:00",
        "ssj": {"version": "0.1.0", "hash": "12" * 32},
        "running_versions": {"python": "3.12.1"},
        "exit_code": 0,
        "junk": [],
        "stages": ["01-freeze", "02-draw"],
        "steps": steps,
        **more,
    }


# --- numbers ---


def test_counts_by_hand(attempt):
    n = reports.counts_of(attempt)
    expected = {
        "tasks": 2,
        "targets": 5,
        "visits": 4,
        "unmerged": 5,
        "saved": 1,
        "rows": 5,
        "visited": 3,
        "answered": 4,
        "problem": 2,
        "gone": 1,
        "inspected": 3,
        "exempt": 1,
        "due": 2,
        "published": 1,
        "settled": 2,
        "timely": 1,
        "late": 0,
        "overdue": 1,
        "waiting": 0,
        "closed": 1,
        "open": 1,
        "late_open": 1,
        "to_refer": 1,
        "no_measure": 0,
        "objections": 0,
        "unanswered": 0,
        "corrected": 0,
        "withdrawn": 0,
        "amendments": 0,
    }
    assert {key: n[key] for key in expected} == expected


def test_categories_by_hand(attempt):
    assert [
        (c["name"], c["count"], c["visits"]) for c in reports.categories(attempt.records["results"])
    ] == [
        ("未发现问题", 1, 1),
        ("发现问题已责令改正", 1, 1),
        ("发现问题待后续处理", 1, 1),
        ("　其中：违反其他规定", 1, 1),
        ("未发现开展本次抽查涉及的经营活动", 0, 0),
        ("已关闭停业或正在组织清算", 1, 1),
        ("不配合检查情节严重", 0, 0),
        ("迁移、注销等其他情况", 0, 0),
    ]


def test_a_kind_alone_counts_under_its_category():
    own = recorded()
    own["rows"] = [
        row("tiny-001", "I1", ["违反其他规定"]),
        row("tiny-001", "I2", ["违反其他规定", "发现问题待后续处理"]),
    ]
    assert [
        (c["count"], c["visits"])
        for c in reports.categories(own)
        if "待后续" in c["name"] or "违反" in c["name"]
    ] == [(2, 1), (2, 1)]


def test_sections_by_hand(attempt):
    keys = ("name", "drawn", "visited", "problem", "published", "exempt", "overdue", "open")
    assert [
        tuple(s[key] for key in keys) for s in reports.sections(attempt.records["results"])
    ] == [
        ("未写明股室", 1, 1, 1, 0, 1, 0, 0),
        ("燃气办公室", 1, 1, 0, 1, 0, 0, 0),
        ("质量监督站", 2, 1, 1, 0, 0, 1, 1),
    ]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([], ""),
        ([("乙股", 0), ("甲股", 2)], "甲股 2 户次"),
        ([("甲", 1), ("乙", 3), ("", 1)], "乙 3 户次、未写明股室 1 户次、甲 1 户次"),
        (
            [("一", 5), ("二", 4), ("三", 3), ("四", 2), ("五", 2), ("六", 1)],
            "一 5 户次、二 4 户次、三 3 户次、五 2 户次、其余 2 个股室 3 户次",
        ),
        ([("名称特别长的一个股室和它的全称", 1)], "名称特别长的一个股室和它的… 1 户次"),
    ],
)
def test_sections_in_a_sentence(counts, said):
    assert reports.of_sections(counts, "户次") == said


FOLLOW = {  # rows of 后续处置表 about tiny-002 → closed, open, overdue, to be referred
    "none": ([], (1, 1, 1, 1)),
    "in time": ([followed(due="2022-03-01")], (1, 1, 0, 1)),
    "referred": ([followed(due="2022-03-01", referred_on="2022-01-20")], (1, 1, 0, 0)),
    "closed": ([followed(due="2022-01-01", closed_on="2022-01-30")], (2, 0, 0, 0)),
    "half closed": (
        [
            followed(due="2022-01-01", closed_on="2022-01-30"),
            followed(measure="责令改正", due="2022-02-01"),
        ],
        (1, 1, 1, 1),
    ),
    "due on the day": ([followed(due="2022-02-10")], (1, 1, 0, 1)),
    "without a day of its own": ([followed()], (1, 1, 1, 1)),
    "of another item": ([followed(item="I2", closed_on="2022-01-30")], (1, 1, 1, 1)),
}


@pytest.mark.parametrize(("register", "numbers"), FOLLOW.values(), ids=FOLLOW)
def test_follow_up_by_the_register(attempt, register, numbers):
    attempt.records["results"]["followup"] = register
    n = reports.counts_of(attempt)
    assert (n["closed"], n["open"], n["late_open"], n["to_refer"]) == numbers


# --- what the papers say ---


def test_the_quarterly_report_to_the_word(attempt):
    c = reports.quarterly([attempt])
    commitment = attempt.record["commitment"]
    assert c["as_of"] == "2022年2月10日（最近一次归档的检查结果）"
    assert c["begun"] == (
        "本批次抽查方案样例局长于2021年11月15日批准。2021年11月20日封库，"
        "固定随机抽查事项清单、检查对象名录库（5 个对象，其中 5 个待抽）、"
        "执法检查人员名录库和抽查任务，"
        f"封库校验码前 16 位为 {commitment[:8]} {commitment[8:16]}。公开随机数（骰子 16 "
        "粒）2021年11月26日 10:06在大厅产生，2021年11月26日抽取。"
    )
    assert c["drawn"] == (
        "2 项抽查任务共抽中 5 户次，多项任务合并后入企检查 4 户次，减少 1 户次（进一次门、"
        "查多项事）；检查事项合计 5 项。随机选派执法人员 3 名、专家 1 名。"
    )
    assert c["changes"] == ["本批次没有作废的抽取，也没有抽后调整。"]
    assert [(s["name"], s["visits"]) for s in c["states"]] == [
        ("未检查", 1),
        ("已检查，未录完", 0),
        ("已录入，未审核", 0),
        ("已审核，未公示", 1),
        ("已公示，处置未填", 0),
        ("后续处置中", 0),
        ("已办结", 2),
    ]
    assert c["found"] == (
        "抽中的 4 户次中，已检查 3 户次；5 项检查事项中，已有结果 4 项。发现问题 2 户次，"
        "占已检查的 66.7 %。已关闭、迁移或无法联系的 1 户，作为检查结果如实记录，没有替换。"
    )
    assert c["published"] == (
        "公示期限为检查结束后 20 个工作日。已检查 3 户次，其中已公示 1 户次（按期 1 户次，"
        "超期 0 户次），依法不公示 1 户次（理由逐户记录）。公示率 66.7 %，"
        "即已公示和依法不公示的 2 户次，占已检查的 3 户次。尚未公示的，已超期 1 户次，"
        "未到期限 0 户次。"
    )
    assert c["followed"] == [
        (
            "发现问题的检查事项中，处置措施为：责令改正 1 项、移送办案机构 1 项。需要后续处置 2 "
            "项，已办结 1 项，未办结 1 项，其中超过期限 1 项。"
        )
    ]
    assert c["todo"] == [
        "1 户次还没有检查结果：质量监督站 1 户次。",
        "1 户次超过公示期限还没有公示：质量监督站 1 户次。",
        "1 项后续处置还没有办结，其中 1 项超过期限。",
        "还没有与省级平台的名单核对。",
        "4 户次签字的检查文书还没有收齐。",
    ]


def test_the_registers_in_words(attempt):
    own = attempt.records["results"]
    own["followup"] = [
        followed(
            referred_on="2022-01-20",
            filed_on="2022-01-25",
            decided_on="2022-02-01",
            major=True,
            legal_reviewed_on="2022-01-30",
        ),
        followed(
            number="tiny-004", measure="责令改正", rechecked_on="2022-01-05", closed_on="2022-01-05"
        ),
    ]
    own["objections"] = [{"answered_on": ""}, {"answered_on": "2022-01-30"}]
    own["corrections"] = [{"action": "更正"}, {"action": "撤下"}, {"action": "撤下"}]
    c = reports.quarterly([attempt])
    assert c["followed"][1:] == [
        (
            "后续处置表登记 2 条：复查 1 条，移送 1 条，立案 1 条，作出决定 1 条，"
            "其中重大决定经法制审核 1 条（重大决定共 1 条）。"
        ),
        "收到异议 2 件，已答复 1 件；更正 1 件，依法撤下 2 件。",
    ]
    assert "1 件异议还没有答复。" in c["todo"]


def test_what_is_still_to_do_in_every_state(attempt):
    own = attempt.records["results"]
    for v, state in zip(own["visits"], ("visited", "entered", "published", "closed"), strict=True):
        v["state"] = state
    own["visits"][0] |= {"published_on": "", "deadline": "2022-03-01"}
    own["counts"] = {
        **dict.fromkeys(own["counts"], 0),
        "visited": 1,
        "entered": 1,
        "published": 1,
        "closed": 1,
    }
    attempt.records["platform"] = {
        "counts": {
            "missing": 1,
            "extra": 0,
            "name": 2,
            "officers": 0,
            "twice": 0,
            "drawn": 5,
            "listed": 4,
            "agrees": 2,
        }
    }
    attempt.records["papers"] = {
        "papers": [
            {"target": "S001", "paper": p}
            for p in ("行政检查审批表", "检查表", "现场检查笔录", "送达回证")
        ]
    }
    assert reports.quarterly([attempt])["todo"] == [
        "1 户次结果没有填全，或者没有写明录入人：燃气办公室 1 户次。",
        "1 户次已录入，等待审核：质量监督站 1 户次。",
        "1 户次超过公示期限还没有公示：质量监督站 1 户次。",
        "1 户次在公示期限内，最早的一户到2022年3月1日为止。",
        "1 户次发现问题，还没有写明处置措施。",
        "1 项后续处置还没有办结，其中 1 项超过期限。",
        "与省级平台核对不一致 3 处，待在平台更正后再核对。",
        "3 户次签字的检查文书还没有收齐。",
    ]


def test_the_briefing_to_the_word(attempt):
    c = briefings.briefing([attempt])
    assert [(x["label"], x["value"], x["unit"]) for line in c["numbers"] for x in line] == [
        ("抽查任务", "2", "项"),
        ("名录库对象", "5", "个"),
        ("入企检查", "4", "户次"),
        ("合并减少", "1", "户次"),
        ("已检查", "3", "户次"),
        ("发现问题", "2", "户次"),
        ("已公示", "1", "户次"),
        ("公示率", "66.7 %", "含依法不公示"),
        ("超期未公示", "1", "户次"),
        ("处置未办结", "1", "项"),
    ]
    assert c["done"] == (
        "按 2 项任务抽中 5 户次，合并为入企检查 4 户次，少进门 1 次，随机选派执法人员 3 名、"
        "专家 1 名；已检查 3 户次。"
    )
    assert c["found"] == (
        "发现问题 2 户次，占已检查的 66.7 %：未写明股室 1 户次、质量监督站 1 户次；已关闭、"
        "迁移或无法联系 1 户。"
    )
    assert c["overdue"] == "超过公示期限未公示 1 户次（质量监督站 1 户次）；后续处置超过期限 1 项。"
    assert c["decisions"] == [
        "检查期间已过，1 户次没有检查结果：怎样补查，由谁负责。",
        "1 户次超期未公示：由谁负责，何时公示。",
        "1 项后续处置超过期限：是否督办，或者同意延期。",
        "1 项处置措施为移送办案机构，还没有登记移送：是否移送。",
        "1 户已关闭、迁移或无法联系：是否移出检查对象名录库，或者转有关部门。",
    ]


def test_within_the_window_nobody_decides_on_visits_to_come(attempt):
    attempt.records["results"]["time"] = "2021-12-31T18:00:00+08:00"
    assert not [
        text for text in briefings.briefing([attempt])["decisions"] if "检查期间已过" in text
    ]


def test_nothing_overdue_and_nothing_to_decide(attempt):
    own = attempt.records["results"]
    own["visits"], own["rows"] = own["visits"][:1], own["rows"][:1]
    own["counts"] = {**dict.fromkeys(own["counts"], 0), "closed": 1}
    c = briefings.briefing([attempt])
    assert (c["overdue"], c["decisions"]) == ("没有超期的事项。", ["没有需要领导决定的事项。"])


def test_before_any_results_no_number_is_made_up(before):
    c, b = reports.quarterly([before]), briefings.briefing([before])
    assert (
        c["as_of"] == "2021年11月26日（抽取以后，检查结果还没有归档）"
        and c["states"] == c["categories"] == c["sections"] == []
    )
    assert c["todo"][0] == "4 户次的检查结果还没有归档（检查期间 2021年12月6日至2021年12月31日）。"
    assert [x["value"] for line in b["numbers"] for x in line] == [
        "2",
        "5",
        "4",
        "1",
        "——",
        "——",
        "——",
        "——",
        "——",
        "——",
    ]
    assert b["found"] == "检查结果还没有归档。" and b["decisions"] == [
        "督促各股室完成检查，及时报送检查结果。"
    ]


VOID = {
    "reason": "名录有误",
    "note": "漏列两户",
    "approver": "样例局长",
    "date": "2021-11-22",
    "drawn": False,
}
AMENDMENT = {
    "date": "2021-12-03",
    "reason": "回避",
    "approver": "样例副局长",
    "officer": "P1",
    "visits": ["S001", "S002"],
    "taken": [{"visit": "S001", "officer": "P3"}, {"visit": "S002", "officer": "P3"}],
}


def amended(attempt: Attempt, *amendments: dict) -> Attempt:
    return Attempt(
        attempt.number,
        attempt.stages,
        {**attempt.records, "amend": {**attempt.records["draw"], "amendments": list(amendments)}},
    )


def test_changes_to_the_word(before):
    first = Attempt(
        1,
        [FREEZE, entry(2, "02-void", "2021-11-22T10:00:00+08:00")],
        {"freeze": before.records["freeze"], "void": VOID},
    )
    later = {**AMENDMENT, "reason": "请假", "visits": ["S001"]}
    assert list(reports.changes([first, amended(before, AMENDMENT, later, later)])) == [
        "第 1 次抽取在抽取以前作废：名录有误（漏列两户），样例局长于2021年11月22日批准。",
        (
            "抽后调整检查人员 3 次（请假 2 次、回避 1 次），涉及 2 户次，由签号在后的人员递补，"
            "审批人：样例副局长。"
        ),
    ]


def test_a_draw_made_elsewhere_says_so(attempt):
    attempt.record["parameters"]["official_draw"] = "platform"
    elsewhere = copy.deepcopy(attempt.record)
    elsewhere["drawn"] = [
        {"task": p["task"], "external": p["certain"] + p["by_ticket"]} for p in elsewhere["drawn"]
    ]
    c = reports.quarterly([Attempt(1, attempt.stages, {**attempt.records, "draw": elsewhere})])
    assert (
        c["drawn"].startswith("外部抽取：由省级平台抽取，本系统不能证明其随机性。")
        and "还没有与省级平台的名单核对。" not in c["todo"]
        and "外部抽取" in c["banner"]
    )


# --- 卷内目录, 备考表, 复核单 ---

SCANS = [
    {
        "number": "tiny-002",
        "target": "S002",
        "officer": "",
        "paper": "检查表",
        "file": "b.pdf",
        "size": 20,
        "sha256": "2" * 64,
        "time": "2022-01-02T09:00:00+08:00",
    },
    {
        "number": "tiny-002",
        "target": "S002",
        "officer": "",
        "paper": "现场检查笔录",
        "file": "b.pdf",
        "size": 20,
        "sha256": "2" * 64,
        "time": "2022-01-02T09:00:00+08:00",
    },
    {
        "number": "tiny",
        "target": "",
        "officer": "P1",
        "paper": "回避声明",
        "file": "p1.pdf",
        "size": 30,
        "sha256": "3" * 64,
        "time": "2022-01-02T09:00:00+08:00",
    },
    {
        "number": "tiny",
        "target": "",
        "officer": "P2",
        "paper": "回避声明",
        "file": "p2.pdf",
        "size": 40,
        "sha256": "4" * 64,
        "time": "2022-01-02T09:00:00+08:00",
    },
    {
        "number": "tiny",
        "target": "",
        "officer": "",
        "paper": "抽查方案审批表",
        "file": "a.pdf",
        "size": 1000,
        "sha256": "1" * 64,
        "time": "2022-01-02T09:00:00+08:00",
    },
]


def test_the_contents_to_the_word(before):
    before.records["papers"] = {"papers": SCANS}
    c = dossier.contents([before], bags())
    name = before.record["tables"]["targets"][1]["identity"]["name"]
    assert [(r["n"], r["title"], r["date"], r["pieces"], r["note"]) for r in c["rows"]] == [
        (1, "样例抽查：封库\n第 1 次抽取，档案包 01-freeze", "20211120", "1", "登记簿第 1 行"),
        (2, "样例抽查：抽取\n第 1 次抽取，档案包 02-draw", "20211126", "2", "登记簿第 2 行"),
        (3, "tiny 抽查方案审批表", "", "1", "有扫描件"),
        (4, "tiny 回避声明（2 人）", "", "2", "有扫描件"),
        (5, f"tiny-002 {name}：检查表、现场检查笔录", "", "1", "有扫描件"),
    ]
    assert {r["by"] for r in c["rows"]} == {"样例局<甲>&乙"} and (
        c["last_line"],
        c["last_hash"],
    ) == (2, DRAW["hash"])
    assert [
        (b["stage"], b["count"], b["size"], b["bag"], [(f["name"], f["size"]) for f in b["files"]])
        for b in c["bags"]
    ] == [
        ("01-freeze", 1, "12,345", FREEZE["bag"], [("01-freeze/data/out/freeze.json", "12,345")]),
        (
            "02-draw",
            2,
            "790",
            DRAW["bag"],
            [("02-draw/data/out/draw.json", "700"), ("02-draw/bag-info.txt", "90")],
        ),
    ]
    assert [(f["name"], f["size"], f["sha256"][0]) for f in c["scans"]] == [
        ("a.pdf", "1,000", "1"),
        ("b.pdf", "20", "2"),
        ("p1.pdf", "30", "3"),
        ("p2.pdf", "40", "4"),
    ]


def test_the_remarks_to_the_word(before):
    before.records["papers"] = {"papers": SCANS}
    c = dossier.remarks([before], bags(), report())
    assert (c["bags"], c["files"], c["size"], c["lines"], c["scans"], c["scan_size"]) == (
        2,
        3,
        "13,135",
        "2 行（第 1、2 行）",
        4,
        "1,090",
    )
    assert c["programs"] == [{"version": "0.1.0", "hash": "12" * 32, "python": "3.11.7"}] and c[
        "stages"
    ] == ["01-freeze 封库", "02-draw 抽取"]
    assert c["verified"] == "2022年3月1日 09:30复核（ssj 0.1.0，Python 3.12.1），全部相符。" and c[
        "said"
    ].startswith("V1 步骤1 相符；V2")
    assert dossier.remarks([before], bags(), None)["said"] == "——"


VERDICTS = {
    "all": (0, {}, "全部相符。"),
    "fast": (0, {8: None}, "所核验的步骤全部相符，没有重新执行。"),
    "fails": (5, {2: False}, "有不符之处。"),
    "unchecked": (6, {4: None}, "没有发现不符，但有步骤未核验。"),
}


@pytest.mark.parametrize(("code", "holds", "said"), VERDICTS.values(), ids=VERDICTS)
def test_the_verdict_never_says_more_than_the_audit(code, holds, said):
    own = report(exit_code=code)
    for n, value in holds.items():
        own["steps"][n]["holds"] = value
    assert dossier.verified(own).endswith(said)


def test_without_a_report_the_remarks_say_so():
    assert "还没有复核" in dossier.verified(None)


def test_the_sheet_to_the_word(before):
    first = Attempt(
        1,
        [FREEZE, entry(2, "02-void", "2021-11-22T10:00:00+08:00")],
        {"freeze": before.records["freeze"], "void": VOID},
    )
    second = amended(
        Attempt(
            2,
            [
                entry(3, "03-freeze", "2021-11-23T09:00:00+08:00", 2),
                entry(4, "04-draw", "2021-11-26T10:20:00+08:00", 2),
            ],
            before.records,
        ),
        AMENDMENT,
    )
    second.records["results"] = {
        "corrections": [
            {
                "approved_on": "2022-01-20",
                "action": "更正",
                "number": "tiny-002",
                "item": "I1",
                "reason": "录错",
                "approver": "样例局长",
            }
        ]
    }
    own = report()
    own["steps"][1] |= {"holds": False, "detail": "甲" * 100}
    c = dossier.sheet([first, second], own)
    assert (c["frozen"], c["drawn"], c["voided"]) == (2, 1, 1)
    assert [
        (a["n"], a["frozen"], a["drawn"], a["visits"], a["outcome"]) for a in c["attempts"]
    ] == [
        (1, "2021-11-20 09:00", "没有完成抽取", "", "作废：名录有误"),
        (2, "2021-11-23 09:00", "2021-11-26 10:20", 4, "有效"),
    ]
    assert [(x["date"], x["what"], x["approver"]) for x in c["changed"]] == [
        ("2021-11-22", "第 1 次抽取作废：名录有误", "样例局长"),
        ("2021-12-03", "更换检查人员 样例甲（回避），2 户次，递补 样例丙", "样例副局长"),
        ("2022-01-20", "结果更正 tiny-002 I1：录错", "样例局长"),
    ]
    assert c["approvals"] == ["抽查方案：样例局长，2021年11月15日"] and c["more"] == 0
    assert [s["result"] for s in c["steps"][:3]] == ["相符", "不符", "相符"] and c["steps"][1][
        "detail"
    ] == "甲" * 29 + "…"


HELD = {
    "kind": "封库校验码",
    "value": "07813372 5b85b54f",
    "holds": True,
    "detail": "前 16 位相同，是第 1 次抽取的",
    "line": 2,
}


@pytest.mark.parametrize(
    ("own", "rows", "verdict"),
    [
        ({}, [], "全部相符"),
        (
            {"exit_code": 6, "unproven": "时间和唯一性没有用外部凭据核对：…", "outside": []},
            [("凭据", "没有", "时间、唯一性未核对")],
            "没有发现不符，但有步骤未核验，时间和唯一性没有用外部凭据核对",
        ),
        (
            {"unproven": "", "outside": [HELD]},
            [("封库校验码 07813372 5b85b54f", "相符", "证明到登记簿第 2 行")],
            "全部相符",
        ),
        (
            {"exit_code": 5, "unproven": "…", "outside": [{**HELD, "holds": False, "line": 0}]},
            [("封库校验码 07813372 5b85b54f", "不符", "前 16 位相同，是第 1 次抽取的")],
            "有不符之处",
        ),
    ],
    ids=["a demonstration", "none", "one that fits", "one that does not"],
)
def test_the_sheet_says_what_others_hold(attempt, own, rows, verdict):
    made = dossier.sheet([attempt], report(**own))
    said = [(s["step"], s["result"], s["detail"]) for s in made["steps"] if s["number"] == "外部"]
    assert said == rows and made["verdict"].endswith(f"，{verdict}。")


def test_many_changes_are_summed_up_so_that_the_sheet_stays_one_page(before):
    c = dossier.sheet([amended(before, *[AMENDMENT] * 8)], report())
    assert (len(c["changed"]), c["more"]) == (5, 3)


# --- the year ---

YEAR = {
    "round": "2021",
    "attempt": 1,
    "year": 2021,
    "as_of": "2021-12-31",
    "time": "2022-01-20T09:00:00+08:00",
    "parameters": {
        "title": "2021年度双随机抽查工作计划",
        "bureau": "样例局",
        "demonstration": True,
    },
    "plan": {"tasks": 8},
    "rounds": [
        {
            "round": "2021Q1",
            "visits": 80,
            "unmerged": 100,
            "saved": 20,
            "visited": 80,
            "problems": 20,
            "gone": 1,
            "overdue": 0,
            "follow_ups": 15,
            "closed": 15,
        },
        {
            "round": "2021Q2",
            "visits": 60,
            "unmerged": 75,
            "saved": 15,
            "visited": 55,
            "problems": 7,
            "gone": 0,
            "overdue": 5,
            "follow_ups": 6,
            "closed": 4,
        },
    ],
    "indicators": [
        {
            "id": "Z08",
            "name": "双随机占日常涉企检查比例",
            "value": "0.8",
            "said": "80 %",
            "met": False,
            "target": "90%",
        },
        {
            "id": "Z13",
            "name": "公示率",
            "value": "0.9777",
            "said": "97.77 %",
            "met": None,
            "target": "100%",
            "numerator": 132,
            "denominator": 135,
        },
    ],
    "voids": [{"round": "2021Q1"}],
    "amendments": [{"round": "2021Q1"}, {"round": "2021Q2"}],
    "running": [{"round": "2021Q2", "text": "x"}],
}


def test_the_briefing_of_a_year_to_the_word():
    c = briefings.briefing_of_year(copy.deepcopy(YEAR))
    assert [(x["label"], x["value"]) for line in c["numbers"] for x in line] == [
        ("批次", "2"),
        ("计划任务", "8"),
        ("入企检查", "140"),
        ("合并减少", "35"),
        ("双随机占比", "80 %"),
        ("已检查", "135"),
        ("发现问题", "27"),
        ("公示率", "97.77 %"),
        ("尚未公示", "3"),
        ("处置未办结", "2"),
    ]
    assert (
        c["as_of"] == "2021年12月31日（年终评估）"
        and c["banner"] == "演示评估：样例数据，不作执法依据"
    )
    assert c["done"] == (
        "全年 2 个批次抽中 175 户次，合并为入企检查 140 户次，少进门 35 次，抽后更换检查人员 "
        "2 次，作废 1 次；已检查 135 户次。"
    )
    assert c["found"] == (
        "发现问题 27 户次，占已检查的 20 %（2021Q1 20 户次、2021Q2 7 户次）；已关闭、"
        "迁移或无法联系 1 户。"
    )
    assert c["overdue"] == (
        "超过公示期限 5 户次（含后来公示的），尚未公示 3 户次；后续处置 21 项，未办结 2 项；"
        "全年工作还没有全部完成的批次 1 个。"
    )
    assert c["decisions"] == [
        "没有达到目标的指标 1 项：双随机占日常涉企检查比例 80 %（目标 90%）。怎样改进，由谁负责。",
        "3 户次检查完毕，尚未公示：由谁负责，何时公示。",
        "2 项后续处置没有办结：是否督办。",
        "1 户已关闭、迁移或无法联系：是否移出检查对象名录库，或者转有关部门。",
        "没有全部完成的批次（2021Q2）：何时完成。",
    ]


def test_a_year_without_anything_left():
    own = {
        **copy.deepcopy(YEAR),
        "rounds": YEAR["rounds"][:1],
        "indicators": [],
        "running": [],
        "voids": [],
        "amendments": [],
    }
    own["rounds"] = [{**own["rounds"][0], "gone": 0}]
    c = briefings.briefing_of_year(own)
    assert (c["overdue"], c["decisions"]) == ("没有超过公示期限的。", ["没有需要领导决定的事项。"])


def test_an_indicator_that_can_t_be_worked_out_is_no_number():
    own = copy.deepcopy(YEAR)
    own["indicators"][1] |= {
        "value": "",
        "said": "分母为 0，不计算",
        "numerator": None,
        "denominator": 0,
    }
    c = briefings.briefing_of_year(own)
    assert [x["value"] for x in c["numbers"][1] if "公示" in x["label"]] == ["——", "——"] and not [
        text for text in c["decisions"] if "尚未公示" in text
    ]


# --- the papers themselves ---


def made(name: str, context: dict, folder: Path) -> Path:
    path = folder / f"{name}.docx"
    path.write_bytes(wordforms.Form(wordforms.find(name)).fill(context))
    return path


@pytest.fixture
def contexts(attempt) -> dict[str, dict]:
    attempt.records["papers"] = {"papers": SCANS}
    many = [amended(attempt, AMENDMENT)]
    return {
        "季度报告": reports.quarterly(many),
        "简报": briefings.briefing(many),
        "卷内目录": dossier.contents(many, bags()),
        "备考表": dossier.remarks(many, bags(), report()),
        "复核单": dossier.sheet(many, report()),
    }


def numbers_of(value) -> set[str]:
    """All runs of digits in the texts and integers of a context."""
    if isinstance(value, dict):
        return set().union(set(), *map(numbers_of, value.values()))
    if isinstance(value, list | tuple):
        return set().union(set(), *map(numbers_of, value))
    return set(re.findall(r"\d+", str(value))) if not isinstance(value, bool) else set()


# by the templates
PRINTED = {
    "季度报告": {"1", "2", "3", "4", "5", "6"},
    "简报": {"1", "2", "3", "4", "5"},
    "卷内目录": {"256"},
    "备考表": set(),
    "复核单": {"16"},
}


@pytest.mark.parametrize("name", paper_names.REPORTS)
def test_every_number_comes_from_the_records(contexts, tmp_path, name):
    body, header, _ = form(made(name, contexts[name], tmp_path))
    allowed = (
        numbers_of(contexts[name])
        | PRINTED[name]
        | {str(sum(t["n"] for t in contexts[name].get("tasks", [])))}
    )
    assert set(re.findall(r"\d+", body + header)) - allowed == set()


@pytest.mark.parametrize("name", paper_names.REPORTS)
def test_every_field_is_filled_and_every_banner_there(contexts, tmp_path, name):
    path = made(name, contexts[name], tmp_path)
    with zipfile.ZipFile(path) as parts:
        xml = "".join(
            parts.read(part).decode() for part in parts.namelist() if part.endswith(".xml")
        )
    text = "\n".join(form(path))
    assert "{{" not in xml and "{%" not in xml and "None" not in text and "<built-in" not in text
    assert (
        f"{confirmation.DEMONSTRATION}　唯一性未证实" in form(path)[1]
        and "内部使用" in form(path)[1]
        and "样例局<甲>&乙" in text
    )


BLANKS = {
    "季度报告": (
        "＿＿＿＿〔＿＿＿＿〕＿＿＿号",
        "（盖章处）",
        "年　　月　　日",
        "（由起草人填写）",
        "签发人",
    ),
    "简报": ("第＿＿期（总第＿＿期）", "领导批示", "签字：", "报送"),
    "卷内目录": ("档号：＿＿", "保管期限：＿＿", "＿＿/1"),
    "备考表": ("纸质 ＿＿＿ 件，共 ＿＿＿ 页", "立卷人", "检查人", "立卷时间", "本卷情况说明"),
    "复核单": ("复核人签字", "复核意见：", "年　　月　　日"),
}


@pytest.mark.parametrize("name", paper_names.REPORTS)
def test_blanks_are_never_filled_in(contexts, tmp_path, name):
    text = "\n".join(form(made(name, contexts[name], tmp_path)))
    assert [blank for blank in BLANKS[name] if blank not in text] == [] and not re.search(
        r"〔20\d\d〕\d+号", text
    )


def test_what_the_papers_say_stands_in_them(contexts, tmp_path):
    report_, brief = (
        form(made(name, contexts[name], tmp_path))[0] for name in ("季度报告", "简报")
    )
    for text in (
        contexts["季度报告"]["begun"],
        contexts["季度报告"]["published"],
        *contexts["季度报告"]["changes"],
        "R1 任务R1\n内部\n5\n3\n3",
        "未检查\n已检查，未录完",
        "质量监督站\n2\n1\n1\n0\n0\n1\n1",
    ):
        assert text in report_, text
    for text in (
        "公示率\n66.7 %\n含依法不公示",
        contexts["简报"]["done"],
        contexts["简报"]["found"],
        contexts["简报"]["overdue"],
        *contexts["简报"]["decisions"],
    ):
        assert text in brief, text
    table = docx.Document(tmp_path / "简报.docx").tables[0]
    assert (len(table.rows), len(table.columns)) == (2, 5)


def test_a_changed_record_changes_the_papers(attempt, tmp_path):
    before = {
        name: form(made(name, c, tmp_path))[0]
        for name, c in (
            ("季度报告", reports.quarterly([attempt])),
            ("简报", briefings.briefing([attempt])),
        )
    }
    attempt.records["results"]["visits"][1] |= {"published_on": "2022-01-05", "overdue": False}
    after = {
        name: form(made(name, c, tmp_path))[0]
        for name, c in (
            ("季度报告", reports.quarterly([attempt])),
            ("简报", briefings.briefing([attempt])),
        )
    }
    assert (
        "公示率 66.7 %" in before["季度报告"]
        and "公示率 100 %" in after["季度报告"]
        and "公示率\n100 %" in after["简报"]
    )
    assert "超期未公示\n1" in before["简报"] and "超期未公示\n0" in after["简报"]


def test_the_sheet_without_any_change_says_so(before, tmp_path):
    text = form(made("复核单", dossier.sheet([before], report()), tmp_path))[0]
    assert "没有作废的抽取，没有抽后调整，没有更正、撤下的结果。" in text and "另有" not in text


def test_a_quarter_without_results_has_no_empty_tables(before, tmp_path):
    text = form(made("季度报告", reports.quarterly([before]), tmp_path))[0]
    assert "主管股室" not in text and "涉及户次" not in text and "检查结果还没有归档" in text


def test_the_briefing_of_a_year_as_a_paper(tmp_path):
    body, header, _ = form(made("简报", briefings.briefing_of_year(copy.deepcopy(YEAR)), tmp_path))
    assert "演示评估" in header and "双随机占比\n80 %" in body and "公示率\n97.77 %" in body


def test_a_real_round_that_custodians_attest_carries_no_banner(record, tmp_path):  # noqa: F811
    record = attested(record)
    attempt = Attempt(1, [FREEZE, DRAW], {"freeze": record, "draw": record})
    for name, context in (
        ("季度报告", reports.quarterly([attempt])),
        ("复核单", dossier.sheet([attempt], report())),
    ):
        text = "\n".join(form(made(name, context, tmp_path)))
        assert "演示" not in text and "唯一性" not in text


def test_all_files_or_none(tmp_path, monkeypatch):
    """A disk that fills up at the last part leaves all that was there."""
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(
        Path,
        "write_bytes",
        lambda self, data, act=Path.write_bytes: (
            act(self, data)
            if ".b." not in self.name
            else (_ for _ in ()).throw(OSError(28, "full"))
        ),
    )
    with pytest.raises(files.SsjError, match="磁盘已满"):
        files.write_all({tmp_path / "a": b"new", tmp_path / "b": b"new"})
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"old")]
