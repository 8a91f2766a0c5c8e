"""A draw record as lists for people, on the small record of conftest, which a reader can work by
hand.
"""

from __future__ import annotations

import pytest

from ssj import protocol
from ssj.draw import lists


def test_names_and_internals(small_record):
    assert lists.names(small_record, "officers") == {
        "P1": "样例甲",
        "P2": "样例乙",
        "P3": "样例丙",
        "P4": "样例丁",
    }
    assert lists.internals(small_record, "items")["I2"]["specialities"] == ["燃气"]


def test_public_roster_leaves_out_sensitive_targets(small_record):
    assert [r["id"] for r in lists.roster_rows(small_record)] == ["S001", "S002", "S003", "S004"]


def frames(*sizes: int, reason: str = "状态为“注销”") -> list[dict]:
    return [
        {"task": f"R{n}", "stratum": "*", "size": size, "reason": "" if size else reason}
        for n, size in enumerate(sizes)
    ]


OUT_OF_SCOPE = "不在本批次任务的对象范围内"
# name → (frames of each target, counts)
EXCLUDED = {
    "none": ([frames(1), frames(2, 1)], []),
    "excluded everywhere": ([frames(0, 0), frames(1)], [("状态为“注销”", 1)]),
    "excluded from one task only": ([frames(0, 1)], []),
    "in no task's scope": ([[], [], frames(1)], [(OUT_OF_SCOPE, 2)]),
    "several reasons": (
        [frames(0), frames(0, reason="状态为“停业”"), frames(0), []],
        [(OUT_OF_SCOPE, 1), ("状态为“停业”", 1), ("状态为“注销”", 2)],
    ),
}


@pytest.mark.parametrize(("given", "expected"), EXCLUDED.values(), ids=list(EXCLUDED))
def test_counts_by_reason(given, expected):
    record = {
        "tables": {
            "targets": [{"id": str(n), "internal": {"frames": f}} for n, f in enumerate(given)]
        }
    }
    assert [(r["reason"], r["targets"]) for r in lists.excluded_counts(record)] == expected


def of_numbers(public: str, **record: object) -> dict:
    """A record of visits to S0, S1 … of which those with a 1 are named."""
    ids = [f"S{n}" for n in range(len(public))]
    rows = [
        {"id": i, "internal": {"public": sign == "1"}} for i, sign in zip(ids, public, strict=True)
    ]
    return {
        "round": "2021Q4",
        "attempt": 1,
        "parameters": {"numbering": "named_first"},
        "visits": [{"id": i} for i in ids],
        "tables": {"targets": rows},
        **record,
    }


def test_visit_numbers_begin_with_the_named():
    """What is published runs on from 001 without a gap, whoever else was drawn."""
    numbers = lists.visit_numbers(of_numbers("01101"))
    assert [numbers[i] for i in ("S1", "S2", "S4")] == ["2021Q4-001", "2021Q4-002", "2021Q4-003"]
    assert [numbers[i] for i in ("S0", "S3")] == ["2021Q4-004", "2021Q4-005"]
    assert lists.visit_numbers(of_numbers("10", attempt=2)) == {
        "S0": "2021Q4(2)-001",
        "S1": "2021Q4(2)-002",
    }


def test_visit_numbers_of_records_frozen_before_the_rule():
    """Papers of such a round are printed: its numbers stay, in id order."""
    numbers = lists.visit_numbers(of_numbers("011", parameters={}))
    assert numbers == {"S0": "2021Q4-001", "S1": "2021Q4-002", "S2": "2021Q4-003"}


def test_drawn_rows_show_the_cut_off(small_record):
    rows = lists.drawn_rows(small_record, small_record["seed"], small_record["drawn"])
    assert [
        (r["task"], r["stratum"], r["count"], r["n"], r["certain"], r["by_ticket"]) for r in rows
    ] == [("R1", "A", 3, 2, 0, 2), ("R1", "B", 2, 1, 0, 1), ("R2", "全部", 5, 2, 0, 2)]
    last = small_record["drawn"][0]["by_ticket"][-1]
    assert rows[0]["last"] == protocol.target_ticket(
        small_record, small_record["seed"], "target", last
    )
    certain = [
        {"task": "R1", "stratum": "D", "count": 1, "n": 1, "certain": ["S001"], "by_ticket": []}
    ]
    assert lists.drawn_rows(small_record, small_record["seed"], certain)[0]["last"] == "", (
        "no ticket decided"
    )


def test_target_rows_in_drawing_order(small_record):
    rows = lists.target_rows(small_record, small_record["seed"], small_record["drawn"])
    assert [(r["task"], r["id"], r["how"]) for r in rows] == [
        ("R1", "S004", "按签号抽取"),
        ("R1", "S001", "按签号抽取"),
        ("R1", "S005", "按签号抽取"),
        ("R2", "S005", "按签号抽取"),
        ("R2", "S004", "按签号抽取"),
    ]
    first, second = (r["ticket"] for r in rows[:2])
    assert first < second, "equal sizes: the smaller ticket is drawn first"
    certain = [
        {"task": "R1", "stratum": "D", "count": 1, "n": 1, "certain": ["S001"], "by_ticket": []}
    ]
    assert lists.target_rows(small_record, small_record["seed"], certain)[0]["how"] == "全部抽取"


def test_merging(small_record):
    assert lists.merging(small_record["drawn"], small_record["visits"]) == {
        "不合并需检查（户次）": 5,
        "合并后（户次）": 3,
        "合并减少（户次）": 2,
    }


def matches(record):
    return record["officers"], record["experts"]


def test_visit_rows_in_words(small_record):
    rows = lists.visit_rows(small_record, small_record["visits"], *matches(small_record))
    assert rows[1] == {
        "id": "S004",
        "name": "样例第4公司",
        "category": "燃气",
        "tasks": ("R1", "R2"),
        "items": ("事项I1", "事项I2"),
        "officers": ("样例乙（住建，ZP2）", "样例丙（住建，ZP3）"),
        "experts": ("样例丁（住建，ZP4）",),
    }
    assert [r["experts"] for r in rows] == [(), ("样例丁（住建，ZP4）",), ("样例丁（住建，ZP4）",)]


def test_public_rows_leave_out_sensitive_targets(small_record):
    rows = lists.public_rows(small_record, small_record["visits"], *matches(small_record))
    assert [r["id"] for r in rows] == ["S001", "S004"], "in id order; S005 is not public"


def test_people_without_certificate(small_record):
    small_record["tables"]["officers"][3]["internal"]["certificate"] = ""
    rows = lists.visit_rows(small_record, small_record["visits"], *matches(small_record))
    assert rows[1]["experts"] == ("样例丁（住建）",)


def test_seat_rows_in_the_order_of_filling(small_record):
    rows = lists.seat_rows(small_record, small_record["officers"])
    assert [(r["visit"], r["seat"], r["officer"], r["note"]) for r in rows] == [
        ("S005", "住建（燃气）", "P2", "人员唯一"),
        ("S005", "住建（不限专业）", "P3", ""),
        ("S001", "住建（不限专业）", "P3", ""),
        ("S001", "住建（不限专业）", "P1", ""),
        ("S004", "住建（燃气）", "P2", "人员唯一"),
        ("S004", "住建（不限专业）", "P3", ""),
    ]
    assert lists.seat_rows(small_record, small_record["experts"])[0]["seat"] == "专家（燃气）"


REASONS = {
    "recusal": "回避",
    "rotation": "轮换：上一次检查过本户",
    "amended": "抽后调整中已换下",
    "cap": "已达户次上限",
    "look_ahead": "如选此人，其他检查将缺人",
}


@pytest.mark.parametrize(("reason", "words"), REASONS.items())
def test_skipped_rows_give_the_reason(reason, words, small_record):
    skipped = {
        "skipped": [
            {
                "visit": "S001",
                "department": "住建",
                "speciality": "",
                "officer": "P3",
                "reason": reason,
                "short": ["S004"],
            }
        ]
    }
    assert lists.skipped_rows(small_record, skipped) == [
        {
            "visit": "S001",
            "seat": "住建（不限专业）",
            "officer": "P3",
            "person": "样例丙",
            "reason": words,
            "short": ("S004",),
        }
    ]


def test_raised_rows(small_record):
    assert lists.raised_rows(small_record, {"raised": [{"officer": "P2", "by": 2, "cap": 4}]}) == [
        {"officer": "P2", "by": 2, "cap": 4, "person": "样例乙"}
    ]


def test_workload_counts_all_who_are_available(small_record):
    small_record["tables"]["officers"].append(
        {
            "id": "P5",
            "identity": {"id": "P5", "name": "样例戊"},
            "internal": {"kind": "officer", "department": "住建", "available": True},
        }
    )
    small_record["tables"]["officers"].append(
        {
            "id": "P6",
            "identity": {"id": "P6", "name": "样例己"},
            "internal": {"kind": "officer", "department": "住建", "available": False},
        }
    )
    rows = lists.workload(small_record, *matches(small_record))
    assert [(r["officer"], r["visits"]) for r in rows] == [
        ("P3", 3),
        ("P2", 2),
        ("P4", 2),
        ("P1", 1),
        ("P5", 0),
    ]


def test_by_category_most_first(small_record):
    for target, category in zip(
        small_record["tables"]["targets"], ("物业", "燃气", "燃气", "燃气", "燃气"), strict=True
    ):
        target["internal"]["category"] = category
    assert lists.by_category(small_record, small_record["visits"]) == [
        {"category": "燃气", "visits": 2},
        {"category": "物业", "visits": 1},
    ]


def test_unchecked_steps_never_read_as_sound():
    steps = [
        protocol.Step(3, "封库校验码", True),
        protocol.Step(4, "抽取随机数", False, "seed"),
        protocol.Step(9, "重新执行", None, "省略"),
    ]
    assert [(r["number"], r["result"], r["detail"]) for r in lists.step_rows(steps)] == [
        ("V3", "相符", ""),
        ("V4", "不符", "seed"),
        ("V9", "未核验", "省略"),
    ]


def test_groups_in_words(small_record):
    groups = {
        "made": [
            {
                "id": "P1+P2",
                "department": "住建",
                "k": 3,
                "members": ["P1", "P2"],
                "by": 1,
                "cap": 4,
            }
        ],
        "allotted": [
            {"visit": v, "department": "住建", "group": "P1+P2", "choices": 1}
            for v in ("S001", "S004")
        ],
        "skipped": [
            {
                "visit": "S004",
                "department": "住建",
                "group": "P1+P2",
                "reason": "unable",
                "short": [],
            }
        ],
    }
    match = {"taken": [], "raised": [], "skipped": [], "groups": groups}
    assert lists.group_rows(small_record, match) == [
        {
            "department": "住建",
            "k": 3,
            "members": ("样例甲（P1）", "样例乙（P2）"),
            "visits": 2,
            "cap": 4,
        }
    ]
    assert lists.skipped_rows(small_record, match) == [
        {
            "visit": "S004",
            "seat": "住建（整组）",
            "officer": "P1+P2",
            "person": "样例甲、样例乙",
            "reason": "组内人员坐不满本部门席位",
            "short": (),
        }
    ]
    assert lists.raised_rows(small_record, match) == [
        {"officer": "P1+P2", "by": 1, "cap": 4, "person": "样例甲、样例乙"}
    ]
    assert lists.group_rows(small_record, small_record["officers"]) == []


def test_drawn_elsewhere_in_words(small_record):
    drawn = [{"task": "R1", "external": ["S001", "S004"]}, {"task": "R2", "external": ["S004"]}]
    elsewhere = {
        **small_record,
        "parameters": {**small_record["parameters"], "official_draw": "platform"},
    }
    assert [
        (r["task"], r["stratum"], r["count"], r["n"], r["external"])
        for r in lists.drawn_rows(elsewhere, small_record["seed"], drawn)
    ] == [("R1", "外部抽取", 5, 3, 2), ("R2", "外部抽取", 5, 2, 1)]
    assert [
        (r["task"], r["id"], r["how"], r.get("ticket"))
        for r in lists.target_rows(elsewhere, small_record["seed"], drawn)
    ] == [
        ("R1", "S001", "外部抽取", None),
        ("R1", "S004", "外部抽取", None),
        ("R2", "S004", "外部抽取", None),
    ]
    assert lists.merging(drawn, [1, 2])["不合并需检查（户次）"] == 3
