"""A year small enough to work by hand: two drawn rounds R1 and R2 of a handful of visits, a third
one planned and never begun.

R1 (list day 2021-02-10, visits in March): task T1 (item I1, by class) draws F1 and F2; task T2
(joint, item I3) draws F2 and F3. R2 (list day 2021-08-10, visits in September): T1 draws F1 and F4;
T2 draws P1, who is not to be named and was not inspected.

| visit | inspected | found | entered | published | deadline | follow-up |
| --- | --- | --- | --- | --- | --- | --- |
| R1-001 F1 I1 | 03-05 | nothing | 03-08 | 03-20 | 04-02 | |
| R1-002 F2 I1, I3 | 03-09, 03-10 | I1: ordered to mend | 03-11 | 04-20 (late) | 04-08 | I1 04-01 |
| R1-003 F3 I3 | 03-12 | closed down | 03-15 | 03-30 | 04-12 | |
| R2-001 F1 I1 | 09-06 | to be followed up | 09-07 | no | 10-12 | referred, open |
| R2-002 F4 I1 | 09-08 | nothing | no | no | 10-14 | |
| R2-003 P1 I3 | no | | | | | |
"""

from __future__ import annotations

from datetime import date
from typing import Any

from ssj.year import indicator_list
from ssj.year.measures import Round, Year

Record = dict[str, Any]
CLASSES = {
    c: {"max_ratio": "1", "weight": 1, "yearly_cap": cap}
    for c, cap in (("A", 1), ("B", 2), ("C", 2), ("D", 2))
}
FIRMS = {"F1": "A", "F2": "B", "F3": "D", "F4": "A", "F5": "C", "F6": "A", "P1": "B"}
NAMES = {i: f"样例{i}公司" for i in FIRMS}
REGISTERS = ("followup", "corrections", "objections", "postings")


def row(identifier: str, name: str, **internal: Any) -> Record:
    return {"id": identifier, "identity": {"id": identifier, "name": name}, "internal": internal}


def target(identifier: str, sized: bool) -> Record:
    frames = [
        {"task": "T1", "stratum": FIRMS[identifier], "size": int(sized), "weight": 1},
        {"task": "T2", "stratum": "*", "size": int(sized), "weight": 1},
    ]
    return row(
        identifier,
        NAMES[identifier],
        category="燃气",
        risk_class=FIRMS[identifier],
        public=identifier != "P1",
        section="样例股",
        non_public_basis="样例依据" * (identifier == "P1"),
        frames=frames,
    )


def officer(
    identifier: str, department: str, available: bool = True, kind: str = "officer"
) -> Record:
    return row(
        identifier,
        f"样例{identifier}",
        kind=kind,
        department=department,
        available=available,
        certificate="Z" * (kind == "officer"),
    )


def draw(
    name: str, window: tuple[str, str], event: str, visits: Record, sized: str, o4: bool
) -> Record:
    """A draw record, as far as a review looks at it; ``sized``: who could be drawn."""
    tasks = [
        row(
            "T1",
            "样例任务一",
            kind="内部",
            items=["I1"],
            departments=["样例住建"],
            risk_classes=[],
            conditions=[],
            strata=[
                {"stratum": c, "ratio": r}
                for c, r in (("A", "0.5"), ("B", "1"), ("C", "0.5"), ("D", "0.5"))
            ],
        ),
        row(
            "T2",
            "样例任务二",
            kind="部门联合",
            items=["I3"],
            departments=["样例住建", "样例消防"],
            risk_classes=[],
            conditions=[],
            strata=[{"stratum": "*", "ratio": "0.5"}],
        ),
    ]
    return {
        "protocol": "ssj/1",
        "round": name,
        "attempt": 1,
        "commitment": "0" * 64,
        "parameters": {
            "demonstration": True,
            "deadlines": {"publish": 20, "objection": 20},
            "bureau": "样例局",
            "title": f"样例{name}",
            "window": dict(zip(("start", "end"), window, strict=True)),
            "above_cap": [],
            "classes": CLASSES,
            "official_draw": "here",
        },
        "event": {"kind": "dice", "time": f"{event}T10:00:00+08:00"},
        "entropy": {"time": f"{event}T10:06:00+08:00", "attestation": []},
        "tables": {
            "items": [row(i, f"样例事项{i}") for i in ("I1", "I2", "I3")],
            "targets": [target(i, i in sized.split()) for i in FIRMS],
            "tasks": tasks,
            "officers": [
                officer("O1", "样例住建"),
                officer("O2", "样例住建"),
                officer("O3", "样例消防"),
                officer("O4", "样例住建", o4),
                officer("O5", "样例院", kind="expert"),
            ],
        },
        "visits": [
            {"id": i, "tasks": tasks_, "items": items} for i, (tasks_, items) in visits.items()
        ],
        "drawn": [
            {
                "task": t,
                "stratum": s,
                "certain": [],
                "by_ticket": sorted(
                    i for i, (own, _) in visits.items() if t in own and s in (FIRMS[i], "*")
                ),
            }
            for t, s in (*(("T1", c) for c in "ABCD"), ("T2", "*"))
        ],
    }


def answer(
    number: str,
    visit: str,
    item: str,
    day: str,
    officers: str,
    *found: str,
    entered: str = "",
    published: str = "",
    measure: str = "",
    due: str = "",
    closed: str = "",
) -> Record:
    return {
        "visit": visit,
        "number": number,
        "item": item,
        "date": day,
        "officers": officers.split(),
        "results": list(found),
        "measure": [measure] * bool(measure),
        "responsible": "样例股" * bool(due),
        "due": due,
        "closed_on": closed,
        "entered_by": "样例甲" * bool(entered),
        "entered_on": entered,
        "reviewer": "样例乙" * bool(entered),
        "published_on": published,
        "address": "",
        "not_public": "",
        "excuse": "",
        "remark": "",
        "file": "results.xlsx",
        "row": 2,
    }


def results(rows: list[Record], visits: list[tuple[str, str, str, str]]) -> Record:
    """results.json; visits as 检查编号, target, publication, deadline."""
    own = [
        {
            "id": i,
            "number": n,
            "name": NAMES[i],
            "published_on": p,
            "deadline": d,
            "not_public": "样例依据" * (i == "P1"),
            "state": "drawn",
            "gone": any(
                r["visit"] == i and "已关闭停业或正在组织清算" in r["results"] for r in rows
            ),
        }
        for n, i, p, d in visits
    ]
    return {
        "rows": rows,
        "visits": own,
        **{table: [] for table in REGISTERS},
        "counts": {
            s: len(own) * (s == "drawn")
            for s in ("drawn", "visited", "entered", "reviewed", "published", "following", "closed")
        },
    }


R1 = draw(
    "R1",
    ("2021-03-01", "2021-03-31"),
    "2021-02-10",
    {"F1": (["T1"], ["I1"]), "F2": (["T1", "T2"], ["I1", "I3"]), "F3": (["T2"], ["I3"])},
    "F1 F2 F3 F4 P1",
    True,
)
R2 = draw(
    "R2",
    ("2021-09-01", "2021-09-30"),
    "2021-08-10",
    {"F1": (["T1"], ["I1"]), "F4": (["T1"], ["I1"]), "P1": (["T2"], ["I3"])},
    "F1 F2 F4 F5 P1",
    False,
)
NONE = "未发现问题"
RESULTS1 = results(
    [
        answer(
            "R1-001",
            "F1",
            "I1",
            "2021-03-05",
            "O1 O2",
            NONE,
            entered="2021-03-08",
            published="2021-03-20",
        ),
        answer(
            "R1-002",
            "F2",
            "I1",
            "2021-03-09",
            "O1 O3",
            "发现问题已责令改正",
            entered="2021-03-11",
            published="2021-04-20",
            measure="责令改正",
            due="2021-04-09",
            closed="2021-04-01",
        ),
        answer(
            "R1-002",
            "F2",
            "I3",
            "2021-03-10",
            "O1 O3",
            NONE,
            entered="2021-03-11",
            published="2021-04-20",
        ),
        answer(
            "R1-003",
            "F3",
            "I3",
            "2021-03-12",
            "O2 O3",
            "已关闭停业或正在组织清算",
            entered="2021-03-15",
            published="2021-03-30",
        ),
    ],
    [
        ("R1-001", "F1", "2021-03-20", "2021-04-02"),
        ("R1-002", "F2", "2021-04-20", "2021-04-08"),
        ("R1-003", "F3", "2021-03-30", "2021-04-12"),
    ],
)
RESULTS2 = results(
    [
        answer(
            "R2-001",
            "F1",
            "I1",
            "2021-09-06",
            "O1 O2",
            "发现问题待后续处理",
            "违反其他规定",
            entered="2021-09-07",
            measure="移送办案机构",
            due="2021-10-10",
        ),
        answer("R2-002", "F4", "I1", "2021-09-08", "O1 O2", NONE),
    ],
    [
        ("R2-001", "F1", "", "2021-10-12"),
        ("R2-002", "F4", "", "2021-10-14"),
        ("R2-003", "P1", "", ""),
    ],
)


def listed(founded: Record, until: str) -> Record:
    """What a freeze's lists say of dates: F3 is still listed as active, O4's certificate ends."""
    return {
        "items": [{"id": i, "name": i, "since": ""} for i in ("I1", "I2", "I3")],
        "targets": [
            {"id": i, "name": NAMES[i], "since": since, "active": True}
            for i, since in founded.items()
        ],
        "officers": [{"id": "O4", "name": "样例O4", "on_duty": True, "certificate_until": until}],
    }


OLD = dict.fromkeys(("F1", "F2", "F3", "F4", "P1"), "2015-01-01")
# F6 was missing in R1
LISTS1, LISTS2 = (
    listed(OLD, "2021-07-01"),
    listed({**OLD, "F5": "2021-05-01", "F6": "2021-01-15"}, "2021-07-01"),
)
PLAN = {
    "round": "2021",
    "attempt": 1,
    "year": 2021,
    "parameters": {
        "year": 2021,
        "title": "样例计划",
        "bureau": "样例局",
        "demonstration": True,
        "rosters": "R1",
        "rounds": [
            {"id": "R1", "start": "2021-03-01", "end": "2021-03-31"},
            {"id": "R2", "start": "2021-09-01", "end": "2021-09-30"},
            {"id": "R3", "start": "2021-11-01", "end": "2021-11-30"},
        ],
        "authority": [],
        "approval": [{"matter": "年度计划", "approver": "样例局长", "date": "2021-01-10"}],
    },
    "tasks": [
        {"id": "T1", "name": "样例任务一", "rounds": ["R1", "R2"]},
        {"id": "T2", "name": "样例任务二", "rounds": ["R1", "R2"]},
        {"id": "T3", "name": "样例任务三", "rounds": ["R3"]},
    ],
    "items": [{"id": i, "name": f"样例事项{i}"} for i in ("I1", "I2", "I3")],
}
OTHER = [
    {
        "target": "F2",
        "name": NAMES["F2"],
        "date": "2021-06-01",
        "kind": "日常检查",
        "reason": "样例",
        "exempt": False,
        "basis": "",
        "department": "",
        "level": "",
        "method": "",
        "approval": "",
        "filing": "",
        "remark": "",
        "file": "other_inspections.xlsx",
        "sheet": "其他检查登记表",
        "row": 2,
    },
    {
        "target": "F1",
        "name": NAMES["F1"],
        "date": "2021-05-05",
        "kind": "投诉举报核查",
        "reason": "样例",
        "exempt": True,
        "basis": "样例工单",
        "department": "",
        "level": "",
        "method": "",
        "approval": "",
        "filing": "",
        "remark": "",
        "file": "other_inspections.xlsx",
        "sheet": "其他检查登记表",
        "row": 3,
    },
]


def entry(name: str, stage: str = "03-results") -> Record:
    return {
        "round": name,
        "attempt": 1,
        "stage": "02-draw",
        "bag": "0" * 64,
        "freeze": "01-freeze",
        "frozen_on": "2026-01-01",
        "results": stage,
        "platform": None,
    }


def year() -> Year:
    """The year anew, to be changed by a test. Twenty working days after the rounds' windows: 04-28
    and, over the holidays of October, 11-03.
    """
    rounds = [
        Round(entry("R1"), R1, RESULTS1, LISTS1, "2021-04-28"),
        Round(entry("R2"), R2, RESULTS2, LISTS2, "2021-11-03"),
    ]
    return Year(2021, PLAN, "01-plan", rounds, list(OTHER), {"Z01": date(2021, 1, 20)})


def declared(**targets: str) -> list[Record]:
    """Rows of indicators.xlsx as they are read."""
    keys = {
        "指标编号": "id",
        "指标名称": "name",
        "口径": "definition",
        "分子": "numerator",
        "分母": "denominator",
        "佐证材料": "evidence",
    }
    return [
        {
            **{key: r[header] for header, key in keys.items()},
            "cutoff": "2021-12-31",
            "target": targets.get(r["指标编号"], ""),
            "declared": "",
            "remark": "",
            "row": 2,
        }
        for r in indicator_list.template(2021)
    ]
