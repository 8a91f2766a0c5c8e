"""Who is available through the visit window, and named seats that nobody could take."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from conftest import small_frozen

from ssj import protocol
from ssj.base.errors import RefusedError, SsjError
from ssj.base.params import Window
from ssj.draw import teams
from ssj.tables.schema import FOREVER

WINDOW = Window(start=date(2021, 12, 6), end=date(2021, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


def officer(**change) -> dict:
    return {
        "id": "P1",
        "name": "样例甲",
        "department": "样例县住建局",
        "kind": "执法",
        "specialities": ("燃气",),
        "status": "在岗",
        "certificate": "Z1",
        "certificate_until": day("2024-06-30"),
        "post": "燃气股",
        "authority": (),
        "recusals": (),
        "leave": (),
        "yearly_cap": None,
        **change,
    }


def internal(**change) -> dict:
    (row,) = teams.officer_rows(pd.DataFrame([officer(**change)], dtype=object), WINDOW)
    return row["internal"]


def leave(*spans: tuple[str, str]) -> dict:
    return {"leave": tuple((day(a), day(b)) for a, b in spans)}


# name → (what differs from a certified officer on duty, the reason; empty: available)
AVAILABLE = {
    "certified, on duty": ({}, ""),
    "certificate for good": ({"certificate_until": FOREVER}, ""),
    "certificate ends on the last day": ({"certificate_until": day("2021-12-31")}, ""),
    "certificate ends a day before": (
        {"certificate_until": day("2021-12-30")},
        "执法证 2021-12-30 到期，不能覆盖整个检查期间",
    ),
    "certificate ended long ago": (
        {"certificate_until": day("2020-01-01")},
        "执法证 2020-01-01 到期，不能覆盖整个检查期间",
    ),
    "leave ends the day before": (leave(("2021-11-20", "2021-12-05")), ""),
    "leave begins the day after": (leave(("2022-01-01", "2022-01-09")), ""),
    "leave reaches into the first day": (leave(("2021-11-20", "2021-12-06")), "检查期间请假"),
    "leave begins on the last day": (leave(("2021-12-31", "2022-01-09")), "检查期间请假"),
    "one day of leave": (leave(("2021-12-20", "2021-12-20")), "检查期间请假"),
    "leave over the whole window": (leave(("2021-11-01", "2022-02-01")), "检查期间请假"),
    "second leave is within": (
        leave(("2021-10-01", "2021-10-02"), ("2021-12-10", "2021-12-11")),
        "检查期间请假",
    ),
    "retired": ({"status": "退休"}, "状态为“退休”"),
    "retired comes before the certificate": (
        {"status": "退休", "certificate_until": day("2020-01-01")},
        "状态为“退休”",
    ),
    "staff": (
        {"kind": "日常监管", "certificate": "", "certificate_until": None},
        "日常监管人员不单独执法",
    ),
    "expert without certificate": (
        {"kind": "专家", "certificate": "", "certificate_until": None},
        "",
    ),
    "expert on leave": (
        {"kind": "专家", "certificate_until": None, **leave(("2021-12-20", "2021-12-20"))},
        "检查期间请假",
    ),
}


@pytest.mark.parametrize(("change", "reason"), AVAILABLE.values(), ids=list(AVAILABLE))
def test_availability(change, reason):
    own = internal(**change)
    assert (own["available"], own["reason"]) == (not reason, reason)


def test_rows_as_committed_to():
    rows = teams.officer_rows(
        pd.DataFrame(
            [officer(recusals=("T2", "T1"), authority=("I1",), yearly_cap=3)], dtype=object
        ),
        WINDOW,
    )
    assert rows == [
        {
            "id": "P1",
            "identity": {"id": "P1", "name": "样例甲"},
            "internal": {
                "kind": "officer",
                "department": "样例县住建局",
                "post": "燃气股",
                "specialities": ["燃气"],
                "authority": ["I1"],
                "recusals": ["T1", "T2"],
                "certificate": "Z1",
                "certificate_until": "2024-06-30",
                "available": True,
                "reason": "",
                "cap": 3,
            },
        }
    ]
    assert (
        internal()["cap"],
        internal(kind="专家", certificate_until=None)["certificate_until"],
    ) == (None, "")
    assert [internal(kind=kind)["kind"] for kind in ("执法", "日常监管", "专家")] == [
        "officer",
        "staff",
        "expert",
    ]


# --- seats: five gas firms; task R1 needs two officers (any), R2 one of them a gas specialist, and


def people(record: dict) -> dict[str, dict]:
    return {o["id"]: o["internal"] for o in record["tables"]["officers"]}


def messages(change) -> list[tuple[str, str, str]]:
    record = small_frozen()
    change(record)
    found = teams.seat_problems(record)
    assert {(p.code, p.file, p.severity) for p in found} <= {("O30", "officers", "error")}
    return [(p.value, p.message, p.remedy) for p in found]


# P3 is recused from S003, so that one is tried apart
FIRST, RECUSED = ("S001 样例第1公司", "S003 样例第3公司")
BOTH = "席位排不满：住建（不限专业） × 1、住建（燃气） × 1，只有 {} 人有资格（{}），缺 {} 席"
GAS = "席位排不满：住建（燃气） × 1，只有 {} 人有资格（{}），缺 1 席"
MORE, MORE_GAS = "再有 {} 名住建的执法人员即可", "再有 {} 名住建的执法人员（燃气专业）即可"
COME = "；或使下列人员能来："
NOBODY = "无人"


def off(record: dict, *ids: str, reason: str = "检查期间请假") -> None:
    for i in ids:
        people(record)[i].update(available=False, reason=reason)


# name → (change of the record, [(target, message, remedy)]); the same shortage is said once, for
# the first target that it hits
SEATS = {
    "enough": (lambda r: None, []),
    "no specialist": (
        lambda r: people(r)["P2"].update(specialities=[]),
        [(FIRST, GAS.format(0, NOBODY), MORE_GAS.format(1))],
    ),
    "specialist on leave": (
        lambda r: off(r, "P2"),
        [(FIRST, GAS.format(0, NOBODY), MORE_GAS.format(1) + COME + "样例乙（P2）：检查期间请假")],
    ),
    "specialist not available, nobody says why": (
        lambda r: people(r)["P2"].update(available=False),
        [(FIRST, GAS.format(0, NOBODY), MORE_GAS.format(1) + COME + "样例乙（P2）：不可指派")],
    ),
    "one officer for two seats": (
        lambda r: off(r, "P1", "P3", reason="执法证 2021-12-20 到期，不能覆盖整个检查期间"),
        [
            (
                FIRST,
                BOTH.format(1, "样例乙（P2）", 1),
                MORE.format(1)
                + COME
                + "样例甲（P1）：执法证 2021-12-20 到期，不能覆盖整个检查期间；"
                "样例丙（P3）：执法证 2021-12-20 到期，不能覆盖整个检查期间",
            )
        ],
    ),
    "recusal leaves one target short": (
        lambda r: off(r, "P1"),
        [
            (
                RECUSED,
                BOTH.format(1, "样例乙（P2）", 1),
                MORE.format(1) + COME + "样例甲（P1）：检查期间请假；样例丙（P3）：回避 S003",
            )
        ],
    ),
    "rotation leaves one target short": (
        lambda r: [
            off(r, "P1"),
            people(r)["P3"].update(recusals=[]),
            r["tables"]["targets"][1]["internal"].update(rotation=["P3"]),
        ],
        [
            (
                "S002 样例第2公司",
                BOTH.format(1, "样例乙（P2）", 1),
                MORE.format(1) + COME + "样例甲（P1）：检查期间请假；样例丙（P3）：因轮换不去 S002",
            )
        ],
    ),
    "recusal of the only expert": (
        lambda r: people(r)["P4"].update(recusals=["S004"]),
        [
            (
                "S004 样例第4公司",
                "席位排不满：专家（燃气） × 1，只有 0 人有资格（无人），缺 1 席",
                "再有 1 名专家（燃气专业）即可" + COME + "样例丁（P4）：回避 S004",
            )
        ],
    ),
    "personal cap 0": (
        lambda r: people(r)["P2"].update(cap=0),
        [
            (
                FIRST,
                GAS.format(1, "样例乙（P2）"),
                MORE_GAS.format(1) + COME + "样例乙（P2）：年度上限只有 0 户次",
            )
        ],
    ),
    "another department": (
        lambda r: [o.update(department="消防") for o in people(r).values()],
        [(FIRST, BOTH.format(0, NOBODY, 2), MORE_GAS.format(2))],
    ),
    "no authority over the item": (
        lambda r: people(r)["P2"].update(authority=["I1"]),
        [
            (
                FIRST,
                GAS.format(0, NOBODY),
                MORE_GAS.format(1) + COME + "样例乙（P2）：执法事项范围不含有关事项",
            )
        ],
    ),
    "officers and experts": (
        lambda r: [o.update(specialities=[]) for o in people(r).values()],
        [
            (
                FIRST,
                "席位排不满：专家（燃气） × 1，只有 0 人有资格（无人），缺 1 席",
                "再有 1 名专家（燃气专业）即可",
            ),
            (FIRST, GAS.format(0, NOBODY), MORE_GAS.format(1)),
        ],
    ),
    "excluded targets need nobody": (
        lambda r: [
            people(r)["P2"].update(available=False),
            *(f.update(size=0) for t in r["tables"]["targets"] for f in t["internal"]["frames"]),
        ],
        [],
    ),
    "a larger team": (
        lambda r: r["tables"]["tasks"][0]["internal"].update(team_size=4),
        [
            (
                FIRST,
                (
                    "席位排不满：住建（不限专业） × 3、住建（燃气） × 1，只有 3 "
                    "人有资格（样例甲（P1）、样例乙（P2）、样例丙（P3）），缺 1 席"
                ),
                MORE.format(1),
            ),
            (
                RECUSED,
                (
                    "席位排不满：住建（不限专业） × 3、住建（燃气） × 1，只有 2 "
                    "人有资格（样例甲（P1）、样例乙（P2）），缺 2 席"
                ),
                MORE.format(2) + COME + "样例丙（P3）：回避 S003",
            ),
        ],
    ),
}


@pytest.mark.parametrize(("change", "expected"), SEATS.values(), ids=list(SEATS))
def test_seats_that_nobody_can_take(change, expected):
    assert messages(change) == expected


def test_a_draw_that_fails_says_which_visits_lack_whom():
    record = small_frozen()
    off(record, "P1")
    people(record)["P2"].update(cap=2)
    people(record)["P3"].update(recusals=["S001", "S003"])
    visits = protocol.visits_of(
        record,
        [
            {"task": "R1", "certain": ["S001", "S002", "S003"], "by_ticket": []},
            {"task": "R2", "certain": ["S002"], "by_ticket": []},
        ],
    )
    with pytest.raises(SsjError) as caught:
        teams.match(record, visits, "0" * 64, "officer")
    assert caught.value.message == (
        "检查组排不出来：\n  1. 席位排不满：住建（不限专业） × 4、住建（燃气） × 1，只有 1 "
        "人有资格（样例乙（P2）），缺 3 席。涉及 S001、S002、S003。"
        "再有 1 名住建的执法人员（燃气专业）即可；或使下列人员能来：样例甲（P1）："
        "检查期间请假；样例乙（P2）：年度上限只有 2 户次；样例丙（P3）：回避 S001、S003。"
    )
    assert teams.match(record, visits, "0" * 64, "expert")["taken"], "experts are another matter"


def test_groups_that_fail_say_so(monkeypatch):
    monkeypatch.setattr(protocol, "MOST_CUTS", 5)
    record = small_frozen()
    record["parameters"]["team_mode"] = "groups"
    people(record)["P1"].update(cap=1)
    visits = protocol.visits_of(
        record, [{"task": "R1", "certain": ["S001", "S002"], "by_ticket": []}]
    )
    with pytest.raises(SsjError, match="先组后户排不出来：住建 试了 5 种分组") as caught:
        teams.match(record, visits, "0" * 64, "officer")
    assert "逐户排人" in str(caught.value)


def test_a_replacement_that_fails_says_who_is_lacking(small_record):
    record = small_record
    (lone,) = {t["officer"] for t in record["officers"]["taken"] if t["speciality"] == "燃气"}
    visits = sorted(
        t["visit"]
        for t in record["officers"]["taken"]
        if t["officer"] == lone and t["speciality"] == "燃气"
    )[:1]
    people(record)["P1"].update(specialities=["燃气"], available=False, reason="检查期间请假")
    with pytest.raises(RefusedError) as caught:
        teams.replace(record, lone, visits, False)
    assert caught.value.message == (
        "没有可以更换的人员：席位排不满：住建（燃气） × 1，只有 0 人有资格（无人），缺 1 席。"
        "再有 1 名住建的执法人员（燃气专业）即可；"
        "或使下列人员能来：样例甲（P1）：检查期间请假；样例乙（P2）：在抽后调整中已换下"
    )
    with pytest.raises(RefusedError, match="P9"):
        teams.replace(record, "P9", visits, False)
    people(record)["P1"].update(available=True, cap=0)
    with pytest.raises(RefusedError, match="样例甲（P1）：年度上限只有 0 户次"):
        teams.replace(record, lone, visits, False)


def test_seat_in_words():
    assert teams.seat_name({"department": "住建", "speciality": "燃气"}) == "住建（燃气）"
    assert teams.seat_name({"department": "住建", "speciality": ""}) == "住建（不限专业）"
    assert teams.seat_name({"department": "", "speciality": "燃气"}) == "专家（燃气）"


def test_groups_that_a_trial_draw_does_not_get(monkeypatch):
    def none(*given):
        raise RefusedError("样例县住建局只有 1 组", "")

    monkeypatch.setattr(teams, "match", none)
    record = small_frozen()
    record["parameters"]["team_mode"] = "groups"
    assert [str(p) for p in teams.seat_problems(record)] == [
        (
            "officers：试抽第 1 次就有检查组排不出来，正式抽取很可能也排不出来："
            "样例县住建局只有 1 组。"
            "请改为逐户排人，或补充人员、提高年度上限。"
        )
    ]


def test_a_round_whose_caps_or_groups_may_fail_is_tried_before_the_freeze(monkeypatch):
    tried = []
    original = teams.match
    monkeypatch.setattr(teams, "match", lambda *given: tried.append(given[3]) or original(*given))
    record = small_frozen()
    assert teams.seat_problems(record) == [] == tried, (
        "nobody has a cap: if each visit alone can be staffed, all can"
    )
    people(record)["P2"].update(cap=len(record["tables"]["targets"]))
    assert teams.seat_problems(record) == [] == tried, "no draw reaches such a cap"
    people(record)["P2"].update(cap=len(record["tables"]["targets"]) - 1)
    assert teams.seat_problems(record) == [] and tried == ["officer", "expert"] * teams.TRIALS
    people(record)["P2"].update(cap=1)
    (problem,) = teams.seat_problems(record)
    assert (
        problem.code == "O31"
        and "试抽第 1 次就有检查组排不出来" in problem.message
        and "样例乙（P2）：年度上限只有 1 户次" in problem.message
    )
    assert "提高年度上限" in problem.remedy and "\n" not in str(problem)
    assert teams.seat_problems({"tables": record["tables"]}) == [], (
        "without parameters each visit alone"
    )
    assert (
        teams.seat_problems(
            {**record, "parameters": {**record["parameters"], "official_draw": "platform"}}
        )
        == []
    )
    people(record)["P2"].update(cap=None)
    monkeypatch.setattr(teams, "LARGEST_TRIAL", 4)
    tried.clear()
    assert (
        teams.seat_problems(
            {**record, "parameters": {**record["parameters"], "team_mode": "groups"}}
        )
        == []
        and 0 < len(tried) <= 4
    ), "a large round: fewer"
