"""The review of a year from its ``in/`` (tests/small_year.py), what is open, what people see; the
order of a year's stages; 考核台账.xlsx.
"""

from __future__ import annotations

import copy
import json
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from small_year import LISTS1, LISTS2, NAMES, PLAN, R1, R2, RESULTS1, RESULTS2, entry

from ssj import protocol
from ssj.audit import checks
from ssj.base import formats
from ssj.base.errors import InputError
from ssj.casebook import archive
from ssj.stages import registry
from ssj.tables import schema, writing
from ssj.workbooks import indicatorbook
from ssj.year import indicator_list, indicators, review

VOIDS = [
    {
        "round": "R2",
        "attempt": 1,
        "stage": "03-void",
        "approver": "样例局长",
        "date": "2021-08-01",
        "reason": "名录有误",
        "note": "",
    }
]
AMENDMENTS = [
    {
        "round": "R1",
        "attempt": 1,
        "approver": "样例副局长",
        "date": "2021-03-01",
        "reason": "请假",
        "officer": "O4",
        "name": "样例O4",
        "visits": 2,
    },
    {
        "round": "R1",
        "attempt": 1,
        "approver": "样例局长",
        "date": "2021-03-02",
        "reason": "回避",
        "officer": "O5",
        "name": "样例O5",
        "visits": 1,
    },
]
LEDGER = {
    "plan": {
        "time": "2021-01-12T09:00:00+08:00",
        "round": "2021",
        "attempt": 1,
        "stage": "01-plan",
        "bag": "0" * 64,
    },
    "entries": [],
    "rounds": [entry("R1"), entry("R2")],
    "open": [{"round": "R3", "text": "还没有封库"}],
    "voids": VOIDS,
    "amendments": AMENDMENTS,
}


def chances(record: dict) -> dict:
    return {
        "targets": [
            {
                "id": t["id"],
                "visit": "0.5",
                "frames": [
                    {"task": f["task"], "actual": "0.5", "declared": "0.5"}
                    for f in t["internal"]["frames"]
                ],
            }
            for t in record["tables"]["targets"]
        ]
    }


@pytest.fixture
def stage(tmp_path) -> tuple[Path, dict]:
    """A review's ``in/`` and its stage.json."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, content in {
        "plan": PLAN,
        "ledger": LEDGER,
        "R1-draw": R1,
        "R2-draw": R2,
        "R1-results": RESULTS1,
        "R2-results": RESULTS2,
        "R1-lists": LISTS1,
        "R2-lists": LISTS2,
        "R1-chances": chances(R1),
        "R2-chances": chances(R2),
    }.items():
        (folder / f"{name}.json").write_bytes(protocol.canonical(content))
    writing.write_xlsx(
        folder / "indicators.xlsx",
        {"考核指标": pd.DataFrame(indicator_list.template(2021), dtype=object)},
    )
    rows = [
        {
            "编号": "F2",
            "检查日期": date(2021, 6, 1),
            "检查类型": "日常检查",
            "检查事由": "样例",
            "是否除外": "否",
        },
        {
            "编号": "F1",
            "检查日期": date(2021, 5, 5),
            "检查类型": "投诉举报核查",
            "检查事由": "样例",
            "是否除外": "是",
            "除外依据": "样例工单",
        },
    ]
    frame = pd.DataFrame(rows, columns=list(schema.headers("other_inspections")), dtype=object)
    writing.write_xlsx(folder / "other_inspections.xlsx", {"其他检查登记表": frame})
    return folder, {
        "round_id": "2021",
        "attempt": 1,
        "time": "2022-01-10T09:00:00+08:00",
        "inputs": [],
    }


def change(folder: Path, name: str, edit) -> None:
    path = folder / f"{name}.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    edit(content)
    path.write_bytes(protocol.canonical(content))


def test_the_record(stage):
    found = review.derive(*stage)
    assert (found["year"], found["as_of"], found["finished"]) == (2021, "2021-12-31", False)
    assert found["running"] == [
        {"round": "R2", "text": "检查期间到 2021-09-30，还有 1 户次没有检查完"},
        {"round": "R3", "text": "还没有封库"},
    ]
    assert (
        found["plan"]["approved"] == [{"approver": "样例局长", "date": "2021-01-10"}]
        and found["plan"]["tasks"] == 3
    )
    numbers = {i["id"]: (i["numerator"], i["denominator"]) for i in found["indicators"]}
    # as test_indicators.py has them
    assert [numbers[c] for c in ("Z02", "Z08", "Z13", "Z16")] == [(3, 5), (5, 6), (3, 6), (1, 2)]
    one = found["rounds"][0]
    assert {
        key: one[key]
        for key in (
            "visits",
            "unmerged",
            "saved",
            "visited",
            "reviewed",
            "published",
            "lawfully_not",
            "overdue",
            "problems",
            "gone",
            "follow_ups",
            "closed",
        )
    } == {
        "visits": 3,
        "unmerged": 4,
        "saved": 1,
        "visited": 3,
        "reviewed": 3,
        "published": 3,
        "lawfully_not": 0,
        "overdue": 1,
        "problems": 1,
        "gone": 1,
        "follow_ups": 1,
        "closed": 1,
    }
    assert found["other"] == {
        "counted": 1,
        "exempt": 1,
        "kinds": [
            {"kind": "日常检查", "counted": 1, "exempt": 0},
            {"kind": "投诉举报核查", "counted": 0, "exempt": 1},
        ],
    }
    assert protocol.parse(protocol.canonical(found).decode()) == found


def test_the_last_day_for_publication(stage):
    """Twenty working days after 03-31 (04-03 to 05 are holidays, Sunday 04-25 is worked) and 09-30
    (10-01 to 07, Saturday 10-09).
    """
    assert [r.last for r in review.load(*stage).year.rounds] == ["2021-04-28", "2021-11-03"]


def test_a_sound_record_and_a_changed_one(stage):
    found = review.derive(*stage)
    assert [s.holds for s in review.verify(found, *stage)] == [True]
    spoilt = copy.deepcopy(found)
    next(i for i in spoilt["indicators"] if i["id"] == "Z13")["numerator"] = 5
    (step,) = review.verify(spoilt, *stage)
    assert step.holds is False and "indicators[12].numerator" in step.detail


def test_a_year_still_running(stage):
    """Reviewed in March: the second round has not begun, and the record says so."""
    folder, own = stage
    change(
        folder,
        "ledger",
        lambda w: (w["rounds"].pop(), w["open"].insert(0, {"round": "R2", "text": "还没有封库"})),
    )
    change(folder, "R1-results", lambda w: w["rows"].pop())
    (folder / "other_inspections.xlsx").unlink()  # they were in May and June
    found = review.derive(folder, {**own, "time": "2021-03-20T09:00:00+08:00"})
    assert found["as_of"] == "2021-03-20" and [o["round"] for o in found["running"]] == [
        "",
        "R1",
        "R2",
        "R3",
    ]
    assert (
        "本年还没有结束，只算到 2021-03-20" in found["running"][0]["text"]
        and "还有 1 户次没有检查完" in found["running"][1]["text"]
    )
    z02 = review.by_id(found)["Z02"]
    assert (
        (z02["denominator"], z02["said"]) == (0, formats.NOTHING)
        and "另有 5 个任务次检查期间未满" in z02["note"]
        and "算到 2021-03-20" in z02["note"]
    )


def test_a_finished_year(stage):
    folder, own = stage
    change(folder, "ledger", lambda w: w["open"].clear())
    change(
        folder,
        "R2-results",
        lambda w: (
            w["rows"].append(
                {**RESULTS2["rows"][1], "visit": "P1", "number": "R2-003", "item": "I3"}
            ),
            w["visits"][2].update(deadline="2021-10-15"),
        ),
    )
    found = review.derive(folder, own)
    assert (
        found["finished"]
        and found["running"] == []
        and review.facts(found)["各批次是否都已完成"] == "是"
    )


def test_a_round_without_results(stage):
    folder, own = stage
    change(folder, "ledger", lambda w: w["rounds"][1].update(results=""))
    (folder / "R2-results.json").unlink()
    found = review.derive(folder, own)
    assert (found["rounds"][1]["visited"], found["rounds"][1]["states"][0]) == (
        0,
        {"state": "未检查", "visits": 3},
    )
    assert [
        (review.by_id(found)[c]["numerator"], review.by_id(found)[c]["denominator"])
        for c in ("Z12", "Z13")
    ] == [(3, 3), (3, 6)]


def test_bad_tables_stop_the_review(stage):
    folder, own = stage
    writing.write_xlsx(
        folder / "indicators.xlsx",
        {"考核指标": pd.DataFrame(indicator_list.template(2021)[1:], dtype=object)},
    )
    with pytest.raises(InputError, match="缺少指标 Z01"):
        review.derive(folder, own)


def test_who_approved_is_shown_and_not_scored(stage):
    found = review.derive(*stage)
    assert found["approvers"] == [
        {"approver": "样例副局长", "voids": 0, "amendments": 1, "visits": 2},
        {"approver": "样例局长", "voids": 1, "amendments": 1, "visits": 1},
    ]
    assert found["voids"] == VOIDS and found["amendments"] == AMENDMENTS
    assert "样例副局长" not in json.dumps(found["indicators"], ensure_ascii=False)


def test_the_public_sees_counts_only(stage):
    """No name, no class, no rate; the indicator by class is not even named."""
    found = review.derive(*stage)
    columns = (review.PUBLIC, review.PUBLIC_DEFINITION)
    shown = [[r[key] for key in own] for own in columns for r in review.public_rows(found)]
    shown += [
        list(review.public_facts(found).items()),
        [[r[key] for key in review.PUBLIC_ROUND] for r in review.round_rows(found)],
    ]
    text = json.dumps(shown, ensure_ascii=False)
    assert (
        len(review.public_rows(found)) == 13
        and review.public_facts(found)["计划印发公示日期"] == "2021年1月10日"
    )
    assert not [
        word
        # of what was found no total: less the published rows it would tell of the others
        for word in (
            *NAMES.values(),
            "%",
            "Z11",
            "分类别",
            "样例副局长",
            "燃气",
            "发现问题",
            "办结",
        )
        if word in text
    ]
    assert not {"said", "value", "met", "target"} & {key for own in columns for key in own}


def test_what_is_missing(stage):
    found = review.derive(*stage)
    rows = review.missing_rows(found)
    assert {r["indicator"][:3] for r in rows} == {
        "Z02",
        "Z03",
        "Z04",
        "Z08",
        "Z10",
        "Z12",
        "Z13",
        "Z14",
        "Z16",
        "Z17",
    }
    assert [r["where"] for r in rows if r["indicator"].startswith("Z12")] == ["R2/03-results"]


def test_the_workbook(stage, tmp_path):
    found = review.derive(*stage)
    place = tmp_path / "outputs" / "2021" / "files"
    indicatorbook.write(found, place / indicatorbook.FILE, registry.title)
    book = openpyxl.load_workbook(place / indicatorbook.FILE)
    assert book.sheetnames[:11] == [
        "说明",
        "指标",
        "口径",
        "各批次",
        "分列",
        "年报",
        "年报明细",
        "每户次数",
        "可以合并",
        "作废",
        "更换检查人员",
    ] and len(book.sheetnames) == 12 + len(indicators.INDICATORS)
    heads = [c.value for c in book["指标"][1]]
    assert [
        h for h in ("口径", "分子", "分母", "值", "目标值", "截止日", "佐证材料") if h not in heads
    ] == [] and heads[-2:] == ["R1", "R2"]
    row = next(r for r in book["指标"].iter_rows(min_row=2) if r[0].value == "Z13")
    assert [c.value for c in row][heads.index("分子") : heads.index("值") + 1] == [3, 6, "50 %"]
    # written as Windows has it
    links = [row[heads.index(r)].hyperlink.target.replace("\\", "/") for r in ("R1", "R2")]
    assert links == [f"../../{r}/03-results/data/auditor.html" for r in ("R1", "R2")]
    own = [[c.value for c in r] for r in book["Z13 公示率"].iter_rows(min_row=2)]
    assert [r[0] for r in own] == ["否"] * 3 + ["是"] * 3 and {r[2] for r in own} == {
        f"{r}-00{n}" for r in ("R1", "R2") for n in (1, 2, 3)
    }
    assert (
        book["Z13 公示率"].cell(2, 7).hyperlink.target.endswith("auditor.html")
        and book["Z13 公示率"].cell(2, 7).value == "R2/03-results"
    )
    said = "\n".join(str(c.value) for r in book["说明"] for c in r)
    assert "演示评估" in said and "内部使用" in said and "不计分" in said
    first = (place / indicatorbook.FILE).read_bytes()
    indicatorbook.write(found, place / indicatorbook.FILE, registry.title)
    assert (place / indicatorbook.FILE).read_bytes() == first


def test_banners(stage):
    from ssj.base import params

    assert params.banners(review.derive(*stage)) == ["演示评估：样例数据，不作执法依据"]


ORDERS = {
    ("01-plan",): [],
    ("01-plan", "02-review", "03-review"): [],
    ("01-plan", "02-review", "03-plan", "04-review"): [],
    ("01-review",): ["01-review"],
    ("01-plan", "02-draw"): ["02-draw"],
    ("01-plan", "03-review"): ["03-review"],
}


@pytest.mark.parametrize("stages", ORDERS)
def test_the_order_of_a_years_stages(stages):
    count: dict[str, int] = {}
    entries = []
    for stage in stages:
        kind = archive.kind_of(stage)
        count[kind] = count.get(kind, 0) + 1
        entries.append({"stage": stage, "attempt": count[kind]})
    assert [text.split()[0] for text in checks.order(None, entries)] == ORDERS[stages]
    wrong = [{**e, "attempt": e["attempt"] + 1} for e in entries]
    assert len(list(checks.order(None, wrong))) == len(stages)


def test_nothing_of_in_is_written(stage):
    folder, own = stage
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    review.derive(folder, own)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    shutil.rmtree(folder)
