"""Who is available through the visit window, and named seats that nobody could take."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from conftest import small_frozen

from ssj import teams
from ssj.params import Window
from ssj.schema import FOREVER

WINDOW = Window(start=date(2021, 12, 6), end=date(2021, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


def officer(**change) -> dict:
    return {"id": "P1", "name": "样例甲", "department": "样例县住建局", "kind": "执法", "specialities": ("燃气",), "status": "在岗",
            "certificate": "Z1", "certificate_until": day("2024-06-30"), "post": "燃气股", "authority": (), "recusals": (),
            "leave": (), "yearly_cap": None, **change}


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
    "certificate ends a day before": ({"certificate_until": day("2021-12-30")}, "执法证 2021-12-30 到期，不能覆盖整个检查期间"),
    "certificate ended long ago": ({"certificate_until": day("2020-01-01")}, "执法证 2020-01-01 到期，不能覆盖整个检查期间"),
    "leave ends the day before": (leave(("2021-11-20", "2021-12-05")), ""),
    "leave begins the day after": (leave(("2022-01-01", "2022-01-09")), ""),
    "leave reaches into the first day": (leave(("2021-11-20", "2021-12-06")), "检查期间请假"),
    "leave begins on the last day": (leave(("2021-12-31", "2022-01-09")), "检查期间请假"),
    "one day of leave": (leave(("2021-12-20", "2021-12-20")), "检查期间请假"),
    "leave over the whole window": (leave(("2021-11-01", "2022-02-01")), "检查期间请假"),
    "second leave is within": (leave(("2021-10-01", "2021-10-02"), ("2021-12-10", "2021-12-11")), "检查期间请假"),
    "retired": ({"status": "退休"}, "状态为“退休”"),
    "retired comes before the certificate": ({"status": "退休", "certificate_until": day("2020-01-01")}, "状态为“退休”"),
    "staff": ({"kind": "日常监管", "certificate": "", "certificate_until": None}, "日常监管人员不单独执法"),
    "expert without certificate": ({"kind": "专家", "certificate": "", "certificate_until": None}, ""),
    "expert on leave": ({"kind": "专家", "certificate_until": None, **leave(("2021-12-20", "2021-12-20"))}, "检查期间请假"),
}


@pytest.mark.parametrize(("change", "reason"), AVAILABLE.values(), ids=list(AVAILABLE))
def test_availability(change, reason):
    own = internal(**change)
    assert (own["available"], own["reason"]) == (not reason, reason)


def test_rows_as_committed_to():
    rows = teams.officer_rows(pd.DataFrame([officer(recusals=("T2", "T1"), authority=("I1",), yearly_cap=3)], dtype=object), WINDOW)
    assert rows == [{"id": "P1", "identity": {"id": "P1", "name": "样例甲"}, "internal": {
        "kind": "officer", "department": "样例县住建局", "post": "燃气股", "specialities": ["燃气"], "authority": ["I1"],
        "recusals": ["T1", "T2"], "certificate": "Z1", "certificate_until": "2024-06-30", "available": True, "reason": "", "cap": 3}}]
    assert (internal()["cap"], internal(kind="专家", certificate_until=None)["certificate_until"]) == (None, "")
    assert [internal(kind=kind)["kind"] for kind in ("执法", "日常监管", "专家")] == ["officer", "staff", "expert"]


# --- seats: five gas firms; task R1 needs two officers (any), R2 one of them a gas specialist, and a gas expert ---


def people(record: dict) -> dict[str, dict]:
    return {o["id"]: o["internal"] for o in record["tables"]["officers"]}


def messages(change) -> list[tuple[str, str]]:
    record = small_frozen()
    change(record)
    found = teams.seat_problems(record)
    assert {(p.code, p.file, p.severity, p.remedy) for p in found} <= {
        ("O30", "officers", "error", "请补充有资格的人员，或调整任务、请假、回避与执法事项范围")}
    return [(p.value, p.message) for p in found]


FIRST, RECUSED = "S001 样例第1公司", "S003 样例第3公司"  # P3 is recused from S003, so that one is tried apart
BOTH = "席位排不满：住建（不限专业） × 1、住建（燃气） × 1，只有 {} 人有资格（{}）"
GAS = "席位排不满：住建（燃气） × 1，只有 {} 人有资格（{}）"


def everywhere(message: str) -> list[tuple[str, str]]:
    """The same shortage is said once, for the first target that it hits."""
    return [(FIRST, message)]


# name → (change of the record, [(target, message)])
SEATS = {
    "enough": (lambda r: None, []),
    "no specialist": (lambda r: people(r)["P2"].update(specialities=[]), everywhere(GAS.format(0, "无人"))),
    "specialist not available": (lambda r: people(r)["P2"].update(available=False), everywhere(GAS.format(0, "无人"))),
    "one officer for two seats": (lambda r: [people(r)[i].update(available=False) for i in ("P1", "P3")], [(FIRST, BOTH.format(1, "P2"))]),
    "recusal leaves one target short": (lambda r: people(r)["P1"].update(available=False), [(RECUSED, BOTH.format(1, "P2"))]),
    "recusal of the only expert": (lambda r: people(r)["P4"].update(recusals=["S004"]), [
        ("S004 样例第4公司", "席位排不满：专家（燃气） × 1，只有 0 人有资格（无人）")]),
    "personal cap 0": (lambda r: people(r)["P2"].update(cap=0), everywhere(GAS.format(1, "P2"))),
    "another department": (lambda r: [o.update(department="消防") for o in people(r).values()], everywhere(BOTH.format(0, "无人"))),
    "no authority over the item": (lambda r: people(r)["P2"].update(authority=["I1"]), everywhere(GAS.format(0, "无人"))),
    "excluded targets need nobody": (lambda r: [people(r)["P2"].update(available=False), *(
        f.update(size=0) for t in r["tables"]["targets"] for f in t["internal"]["frames"])], []),
    "a larger team": (lambda r: r["tables"]["tasks"][0]["internal"].update(team_size=4), [
        (FIRST, "席位排不满：住建（不限专业） × 3、住建（燃气） × 1，只有 3 人有资格（P1、P2、P3）"),
        (RECUSED, "席位排不满：住建（不限专业） × 3、住建（燃气） × 1，只有 2 人有资格（P1、P2）")]),
}


@pytest.mark.parametrize(("change", "expected"), SEATS.values(), ids=list(SEATS))
def test_seats_that_nobody_can_take(change, expected):
    assert messages(change) == expected


def test_seat_in_words():
    assert teams.seat_name({"department": "住建", "speciality": "燃气"}) == "住建（燃气）"
    assert teams.seat_name({"department": "住建", "speciality": ""}) == "住建（不限专业）"
    assert teams.seat_name({"department": "", "speciality": "燃气"}) == "专家（燃气）"
