"""与省级平台核对: every kind of row, the platform's task numbers, counts, words; bad cells."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from ssj import protocol
from ssj.base.errors import InputError
from ssj.draw import lists
from ssj.results import reconciliation
from ssj.tables import writing
from ssj.workbooks import platformbook

STAGE = {
    "time": "2021-12-01T09:00:00+08:00",
    "source": {"file": "platform.xlsx", "sha256": "0" * 64, "redacted": False, "dropped": []},
}


def row(
    number: int,
    task: str,
    target: str,
    name: str = "",
    officers: tuple[str, ...] = (),
    platform: str = "PT-1",
) -> dict:
    """A row of theirs as it is read."""
    return {
        "row": number,
        "number": platform,
        "task": task,
        "target": target,
        "name": name,
        "officers": officers,
        "date": dt.date(2021, 12, 1),
        "remark": "",
    }


def whole(record) -> list[dict]:
    """A list of theirs that agrees in all."""
    names, people, now = (
        lists.names(record, "targets"),
        lists.names(record, "officers"),
        protocol.teams_now(record)["officers"],
    )
    pairs = [(part["task"], i) for part in record["drawn"] for i in protocol.drawn_ids(part)]
    return [
        row(
            n,
            task,
            i,
            names[i],
            tuple(people[t["officer"]] for t in now if t["visit"] == i),
            f"PT-{task}",
        )
        for n, (task, i) in enumerate(pairs, 2)
    ]


def found(record, rows) -> list[tuple]:
    return [
        (r["task"], r["id"], r["row"], r["findings"])
        for r in reconciliation.compare(record, rows)
        if r["findings"] != ["agrees"]
    ]


def test_a_list_that_agrees(small_record):
    rows = reconciliation.compare(small_record, whole(small_record))
    assert all(r["findings"] == ["agrees"] for r in rows) and len(rows) == 5
    assert reconciliation.to_mend(rows) == [] and reconciliation.counts(rows) == {
        "drawn": 5,
        "listed": 5,
        "agrees": 5,
        "missing": 0,
        "extra": 0,
        "name": 0,
        "officers": 0,
        "twice": 0,
    }
    assert [
        (t["task"], t["numbers"], t["drawn"], t["listed"], t["agrees"])
        for t in reconciliation.tasks(small_record, rows)
    ] == [("R1", ["PT-R1"], 3, 3, 3), ("R2", ["PT-R2"], 2, 2, 2)]


@pytest.fixture
def kinds(small_record) -> dict:
    """name → (rows of theirs, what is found): the drawn are R1: S001, S004, S005; R2: S004, S005
    (see the test below).
    """
    rows = whole(small_record)
    assert [
        (r["task"], r["target"]) for r in sorted(rows, key=lambda r: (r["task"], r["target"]))
    ] == [("R1", "S001"), ("R1", "S004"), ("R1", "S005"), ("R2", "S004"), ("R2", "S005")]
    at = {(r["task"], r["target"]): r for r in rows}
    first = at["R1", "S001"]

    def instead(**change):
        return [{**r, **change} if r is first else r for r in rows]

    team = [
        t["officer"] for t in protocol.teams_now(small_record)["officers"] if t["visit"] == "S001"
    ]
    people = lists.names(small_record, "officers")
    other = next(o for o in ("P1", "P2", "P3") if o not in team)
    expert_team = [
        t["officer"] for t in protocol.teams_now(small_record)["officers"] if t["visit"] == "S004"
    ]
    n = first["row"]
    return {
        "missing": ([r for r in rows if r is not first], [("R1", "S001", 0, ["missing"])]),
        "nothing at all": ([], [(t, i, 0, ["missing"]) for t, i in sorted(at)]),
        "extra: not drawn": ([*rows, row(99, "R2", "S001")], [("R2", "S001", 99, ["extra"])]),
        "extra: unknown task": ([*rows, row(99, "R9", "S001")], [("R9", "S001", 99, ["extra"])]),
        "extra: unknown target": ([*rows, row(99, "R1", "S404")], [("R1", "S404", 99, ["extra"])]),
        "extra twice": (
            [*rows, row(98, "R9", "S001"), row(99, "R9", "S001")],
            [("R9", "S001", 98, ["extra"]), ("R9", "S001", 99, ["extra", "twice"])],
        ),
        "name": (instead(name="样例旧名公司"), [("R1", "S001", n, ["name"])]),
        "name in full width": (instead(name="样例第１ 公司"), []),
        "name left empty": (instead(name=""), []),
        "officers by id": (instead(officers=tuple(team)), []),
        "officers by both": (instead(officers=tuple(f"{people[o]}({o})" for o in team)), []),
        "officers left empty": (instead(officers=()), []),
        "one officer only": (instead(officers=(team[0],)), [("R1", "S001", n, ["officers"])]),
        "another officer": (instead(officers=(team[0], other)), [("R1", "S001", n, ["officers"])]),
        "one too many": (instead(officers=(*team, other)), [("R1", "S001", n, ["officers"])]),
        "nobody known": (instead(officers=("样例生人",)), [("R1", "S001", n, ["officers"])]),
        "both": (
            instead(name="样例旧名公司", officers=(other,)),
            [("R1", "S001", n, ["name", "officers"])],
        ),
        "experts may be named": (
            [
                {**r, "officers": (*expert_team, "样例丁")} if r["target"] == "S004" else r
                for r in rows
            ],
            [],
        ),
        "an expert instead of an officer": (
            [
                {**r, "officers": (expert_team[0], "样例丁")} if r is at["R1", "S004"] else r
                for r in rows
            ],
            [("R1", "S004", at["R1", "S004"]["row"], ["officers"])],
        ),
        "twice": ([*rows, {**first, "row": 99, "number": "PT-7"}], [("R1", "S001", 99, ["twice"])]),
        "twice and another name": (
            [*rows, {**first, "row": 99, "name": "样例旧名公司"}],
            [("R1", "S001", 99, ["name", "twice"])],
        ),
    }


def test_every_kind_of_row(small_record, kinds):
    for name, (rows, expected) in kinds.items():
        assert found(small_record, rows) == expected, name
    assert {f for _, expected in kinds.values() for *_, findings in expected for f in findings} | {
        "agrees"
    } == set(reconciliation.FINDINGS)


def test_each_difference_says_what_to_do(small_record, kinds):
    for name, (rows, expected) in kinds.items():
        mend = reconciliation.to_mend(reconciliation.compare(small_record, rows))
        assert len(mend) == len(expected) and all(r["result"] and r["mend"] for r in mend), name
    shown = reconciliation.to_mend(reconciliation.compare(small_record, kinds["both"][0]))[0]
    assert shown["result"] == "名称不同、检查人员不同"
    assert shown["detail"].startswith("名录库：样例第1公司；平台：样例旧名公司；现在的检查组：")
    notes = {
        name: reconciliation.to_mend(reconciliation.compare(small_record, kinds[name][0]))[0][
            "detail"
        ]
        for name in kinds
        if name.startswith("extra: ")
    }
    assert notes == {
        "extra: not drawn": "本任务没有抽中",
        "extra: unknown task": "任务编号不在本批次",
        "extra: unknown target": "编号不在检查对象名录库",
    }


def test_order_of_rows_changes_nothing_but_which_one_is_the_second(small_record, kinds):
    for name, (rows, _) in kinds.items():
        if "twice" not in name:
            assert reconciliation.compare(small_record, rows[::-1]) == reconciliation.compare(
                small_record, rows
            ), name


def test_who_goes_now_counts(small_record):
    """After an amendment the platform must name the one who came, not the one who was drawn."""
    rows = whole(small_record)
    seat = next(t for t in small_record["officers"]["taken"] if t["visit"] == "S001")
    replaced = protocol.replace(small_record, seat["officer"], ["S001"], False)
    amended = {
        **small_record,
        "amendments": [{"officer": seat["officer"], "visits": ["S001"], "all": False, **replaced}],
    }
    assert found(amended, rows) == [
        ("R1", "S001", next(r["row"] for r in rows if r["target"] == "S001"), ["officers"])
    ]
    assert found(amended, whole(amended)) == []


def test_the_record_and_the_workbook(small_record, kinds, tmp_path):
    rows, _ = kinds["both"]
    small_record["parameters"] |= {
        "title": "样例抽查",
        "bureau": "样例局",
        "publication_day": "2021-12-06",
    }
    record = reconciliation.recorded(
        small_record,
        STAGE,
        reconciliation.compare(small_record, [*rows, row(99, "R9", "S001", platform="PT-9")]),
    )
    path = tmp_path / "platform.json"
    path.write_bytes(protocol.canonical(record))
    assert [s.holds for s in reconciliation.written(record, path)] == [True]
    assert (
        reconciliation.numbers(record) == ["PT-9", "PT-R1", "PT-R2"]
        and record["tasks"][-1]["task"] == "R9"
    )
    assert reconciliation.facts(record) == {
        "抽中（各任务合计，户次）": 5,
        "平台登记（行）": 6,
        "一致": 4,
        "平台缺少": 0,
        "平台多出": 1,
        "名称不同": 1,
        "检查人员不同": 1,
        "重复": 0,
    }
    sheets = platformbook.sheets(record)
    assert list(sheets) == ["说明", "需更正", "全部", "平台任务编号"] and [
        len(sheets[s]) for s in ("需更正", "全部", "平台任务编号")
    ] == [2, 6, 3]
    writing.write_xlsx(tmp_path / "a.xlsx", sheets)
    path.write_bytes(protocol.canonical({**record, "counts": {**record["counts"], "agrees": 6}}))
    assert reconciliation.written(record, path)[0].detail == "counts.agrees：应为 4，记录为 6"


GOOD = {"平台任务编号": ["PT-1"], "任务编号": ["R1"], "编号": ["S001"]}
BAD = {
    "no file": (None, ["F01"]),
    "no rows": ({name: [] for name in GOOD}, ["L11"]),
    "no number": ({**GOOD, "平台任务编号": [None]}, ["L01"]),
    "lost digits": ({**GOOD, "平台任务编号": [1.4058100000000002e20]}, ["L04"]),
    "no date": ({**GOOD, "登记日期": ["年底"]}, ["L07"]),
    "identity number": ({**GOOD, "备注": ["11010519491231002X"]}, ["L17"]),
    "all at once": (
        {
            "平台任务编号": ["PT-1", None],
            "任务编号": ["R1", "R?"],
            "编号": ["S001", None],
            "登记日期": ["2021-12-01", "2021-13-01"],
        },
        ["L01", "L02", "L01", "L07"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_cells_are_refused_all_at_once(tmp_path, name):
    columns, expected = BAD[name]
    if columns is not None:
        writing.write_xlsx(tmp_path / "platform.xlsx", {"名单": pd.DataFrame(columns)})
    with pytest.raises(InputError) as raised:
        reconciliation.read(tmp_path)
    assert sorted(p.code for p in raised.value.problems) == sorted(expected)
    assert all(
        p.row and p.column for p in raised.value.problems if p.code[0] == "L" and p.code != "L11"
    )


def test_a_list_is_read_as_typed(tmp_path):
    columns = {
        **GOOD,
        "检查人员": ["样例甲、 样例乙"],
        "登记日期": ["2021年12月1日"],
        "多余": ["x"],
    }
    writing.write_xlsx(tmp_path / "platform.xlsx", {"名单": pd.DataFrame(columns)})
    listing = reconciliation.read(tmp_path)
    assert [(r["officers"], r["date"], r["name"], r["row"]) for r in listing.rows] == [
        (("样例甲", "样例乙"), dt.date(2021, 12, 1), "", 2)
    ]
    assert [p.code for p in listing.problems] == ["F08"]
