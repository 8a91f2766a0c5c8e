"""Each firm's year: drawn visits, other inspections, caps (年度检查频次上限)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from made import BUREAU, parameters, roster, target, task, visited
from pydantic import ValidationError

from ssj import protocol
from ssj.base.params import RiskClass, YearCaps
from ssj.draw import exclusions, framing, year_counts
from ssj.draw.year_counts import Caps, Count, YearCounts
from ssj.rosters import others
from ssj.rosters.history import NOTHING, History
from ssj.tables import schema, writing


def row(
    firm: str,
    day: str,
    kind: str = "日常检查",
    exempt: bool = False,
    level: str = "",
    method: str = "",
) -> dict:
    return {
        "target": firm,
        "name": "",
        "date": day,
        "kind": kind,
        "reason": "样例",
        "exempt": exempt,
        "basis": "样例" if exempt else "",
        "department": "",
        "level": level,
        "method": method,
        "approval": "样例",
        "filing": "样例",
        "remark": "",
        "file": "other_inspections.xlsx",
        "sheet": "其他检查登记表",
        "row": 2,
    }


# T1 was drawn twice and had a complaint; T2 drawn once, and inspected specially by its own county;
# T3 by the city twice and the province once; T4 only asked for help; T5 was drawn for a task that
# no cap stops; T6 was inspected after the event; T7 off-site alone
DRAWN = visited(
    ("2020Q4", "2020-11-01", {"T4": ("R1",)}),
    ("2021Q1", "2021-03-01", {"T1": ("R1",), "T2": ("R1", "R9"), "T5": ("R9",)}),
    ("2021Q2", "2021-06-01", {"T1": ("R1",)}),
    spared=("R9",),
)
OTHERS = (
    row("T1", "2021-02-01", "投诉举报核查", exempt=True),
    row("T2", "2021-04-01", "专项检查"),
    row("T3", "2021-04-02", level="市级"),
    row("T3", "2021-05-02", "专项检查", level="市级"),
    row("T3", "2021-07-02", level="省级"),
    row("T4", "2021-05-02", "企业申请", exempt=True),
    row("T6", "2021-12-20"),
    row("T7", "2021-02-20", method="非现场"),
)
BY_HAND = {
    "T1": Count(drawn=2, exempt=1),
    "T2": Count(drawn=1, other=1),
    "T3": Count(elsewhere=3),
    "T4": Count(exempt=1),
    "T5": Count(exempt=1),
    "T6": Count(),
    "T7": Count(),
}


def capped(level: int | None = 2, together: int | None = 3, classes: dict | None = None):
    year = YearCaps(level=level, together=together) if level or together else None
    return parameters(caps=classes).model_copy(update={"year_caps": year})


def given(*tasks: dict, rows=OTHERS):
    firms = [target(f"T{n}") for n in range(1, 8)]
    return replace(roster(firms, list(tasks) or [task("R1", {"*": "0.5"})]), others=rows)


def test_the_year_of_each_firm_by_hand():
    counts = YearCounts(capped(), DRAWN, OTHERS)
    assert {firm: counts.of(firm) for firm in BY_HAND} == BY_HAND


def test_the_table_before_a_freeze_has_least_left_first():
    found = YearCounts(capped(), DRAWN, OTHERS).table(given().targets)
    assert found[["id", "drawn", "other", "elsewhere", "exempt", "left"]].values.tolist() == [
        ["T1", 2, 0, 0, 1, 0],
        ["T2", 1, 1, 0, 0, 0],
        ["T3", 0, 0, 3, 0, 0],
        ["T4", 0, 0, 0, 1, 2],
        ["T5", 0, 0, 0, 1, 2],
    ]
    assert list(found.columns) == list(year_counts.LISTED)
    assert YearCounts(capped(), DRAWN, OTHERS).reached(given().targets) == 3


# name → (level, together, caps of classes, firms that are kept out of a draw)
KEPT_OUT = {
    "no cap": (None, None, {}, []),
    "of the level": (2, None, {}, ["T1", "T2"]),
    "together": (None, 3, {}, ["T3"]),
    "both": (2, 3, {}, ["T1", "T2", "T3"]),
    "of the class, stricter": (3, None, {"A": 1}, ["T1", "T2"]),
    "of the level, stricter": (1, None, {"A": 3}, ["T1", "T2"]),
    "of the class alone": (None, None, {"A": 2}, ["T1", "T2"]),
}


@pytest.mark.parametrize(("level", "together", "classes", "out"), KEPT_OUT.values(), ids=KEPT_OUT)
def test_who_is_at_a_cap_is_not_drawn(level, together, classes, out):
    roster_, own = given(), capped(level, together, classes)
    frames = framing.frames(roster_, roster_.plan, own, DRAWN)
    assert list(frames.loc[frames["reason"] == exclusions.CAPPED, "id"]) == out
    assert list(frames.loc[frames["size"] == 0, "id"]) == out


def test_the_source_says_which_cap_and_what_was_counted():
    roster_ = given()
    frames = framing.frames(roster_, roster_.plan, capped(classes={"A": 2}), DRAWN)
    assert list(frames.loc[frames["size"] == 0, "source"]) == [
        "round.toml 的 classes.A.yearly_cap = 2，已抽 2 户次",
        "round.toml 的 classes.A.yearly_cap = 2，已抽 1 户次，其他检查 1 次",
        "round.toml 的 year_caps.together = 3，已抽 0 户次，其他层级 3 次",
    ]


def test_a_task_that_no_cap_stops_is_drawn_all_the_same():
    roster_ = given(task("R9", {"*": "1"}))
    own = parameters(spared=("R9",)).model_copy(update={"year_caps": YearCaps(level=1)})
    assert (framing.frames(roster_, roster_.plan, own, DRAWN)["size"] > 0).all()


@pytest.mark.parametrize("seed", range(8))
def test_no_draw_visits_a_firm_beyond_its_cap(seed):
    """Six rounds in a year, half of the roster each time, other inspections between them."""
    own, history, rows = capped(2, 3), [], list(OTHERS)
    for number in range(6):
        roster_ = given(task("R1", {"*": "0.5"}), rows=tuple(rows))
        past = History(list(history))
        frames = framing.frames(roster_, roster_.plan, own, past)
        units = [
            protocol.Unit(f.id, int(f.size), protocol.sha256(f"{seed},{number},{f.id}"))
            for f in frames.itertuples()
            if f.size
        ]
        sure, drawn = protocol.select(units, protocol.sample_size("0.5", len(units)))
        history.append(
            {
                "window": {"start": f"2021-0{number + 1}-01", "end": f"2021-0{number + 1}-28"},
                "above_cap": [],
                "visits": [{"id": i, "tasks": ["R1"]} for i in (*sure, *drawn)],
            }
        )
        counts = YearCounts(own, History(history), rows)
        firms = [v["id"] for v in history[-1]["visits"]]
        assert all(counts.of(i).own <= 2 and counts.of(i).together <= 3 for i in firms)
        if number == 2:
            rows.append(row("T7", "2021-03-30", "专项检查"))
    assert sum(len(r["visits"]) for r in history) > 6


def problems(own, rows=OTHERS, history=DRAWN):
    roster_ = given(rows=rows)
    frames = framing.frames(roster_, roster_.plan, own, history)
    found = framing.problems(frames, roster_.plan, own, roster_, history)
    return [p for p in found if p.code == "P49"]


def test_a_cap_below_what_was_done_is_said_at_its_row():
    found = problems(capped(level=2, together=2))
    assert len(found) == 1 and str(found[0]) == (
        "other_inspections.xlsx 工作表“其他检查登记表” 第 2 行 “编号”列：T3 本年已查的多于"
        "年度检查频次上限 1 次：随机抽查 0，其他检查 0，其他层级 3，现为“T3”。"
        "本批次不会再抽（不计上限任务除外）；请核对登记和是否除外，上限定低了的，请提高。"
    )
    assert found[0].severity == "warning"


def test_a_cap_lowered_below_what_was_drawn_is_said_of_the_parameters():
    found = problems(capped(None, None, {"A": 1}), rows=None)
    assert [(p.file, p.column, p.value) for p in found] == [
        ("round.toml", "classes.A.yearly_cap", "1")
    ]


def test_a_cap_that_was_kept_says_nothing():
    assert problems(capped()) == []


def test_records_without_other_inspections_say_nothing_of_the_year():
    """Older records must keep their hashes."""
    roster_, own = given(rows=None), parameters()
    frames = framing.frames(roster_, roster_.plan, own, DRAWN)
    tables = framing.tables(roster_, roster_.plan, frames, own, DRAWN)
    assert not any("inspected" in t["internal"] for t in tables["targets"])
    assert "year_caps" not in own.frozen()
    tables = framing.tables(given(), roster_.plan, frames, own, DRAWN)
    assert tables["targets"][1]["internal"]["inspected"] == {
        "drawn": 1,
        "other": 1,
        "elsewhere": 0,
        "exempt": 0,
    }


def test_caps_that_contradict_each_other_are_refused():
    with pytest.raises(ValidationError, match="低于本层级的上限"):
        YearCaps(level=4, together=2)
    with pytest.raises(ValidationError, match="不起作用"):
        YearCaps()


def test_the_strictest_cap_holds():
    assert year_counts.caps_of(None, None) == Caps(None, None)
    assert year_counts.caps_of(3, {"level": 2}) == Caps(2, None)
    assert year_counts.caps_of(1, YearCaps(level=2, together=4)) == Caps(1, 4)


def test_caps_in_words_tell_no_class():
    classes = {
        c: RiskClass(max_ratio="1", weight=1, yearly_cap=n).model_dump()
        for c, n in {"A": 1, "B": None, "C": 4}.items()
    }
    assert year_counts.published(classes, {"level": 2, "together": 4}) == (
        "同一层级的各部门合计 2 次",
        "各层级合计 4 次",
        "按分级分类，每户 1 至 4 次（有的不限）",
        "几项以最少的为准",
    )
    assert year_counts.published({"A": {"yearly_cap": None}}, None) == ("不限",)


# --- other_inspections.xlsx ---

GOOD = {
    "编号": "T1",
    "名称": "样例一",
    "检查日期": date(2021, 6, 1),
    "检查类型": "日常检查",
    "检查事由": "样例",
    "是否除外": "否",
}
# name → (cells of the second row, what is said of it)
BAD = {
    "no date": ({"检查日期": None}, ("Q01", "检查日期", "error")),
    "no firm": ({"编号": None}, ("Q01", "编号", "error")),
    "a date of another year": ({"检查日期": date(2020, 6, 1)}, ("Q20", "检查日期", "error")),
    "a daily inspection called exempt": (
        {"是否除外": "是", "除外依据": "样例"},
        ("Q27", "是否除外", "warning"),
    ),
    "a complaint that counts": ({"检查类型": "投诉举报"}, ("Q27", "是否除外", "warning")),
    "a special inspection without approval and filing number": (
        {"检查类型": "专项检查"},
        ("Q29", "批准", "warning"),
    ),
    "a special inspection that was not filed": (
        {"检查类型": "专项检查", "批准": "样例县政府 2021-03-01"},
        ("Q29", "备案号", "warning"),
    ),
    "an unknown level": ({"检查层级": "镇上"}, ("Q06", "检查层级", "error")),
    "a firm that is not in the roster": ({"编号": "T99"}, ("Q24", "编号", "warning")),
}


def written(folder: Path, *rows: dict) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(list(rows), columns=list(schema.headers(others.TABLE)), dtype=object)
    writing.write_xlsx(folder / "other_inspections.xlsx", {"其他检查登记表": frame})
    return folder


@pytest.mark.parametrize(("cells", "said"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_said_with_its_place(cells, said, tmp_path):
    folder = written(tmp_path / "2021", GOOD, {**GOOD, "检查事由": "样例二", **cells})
    found = others.read(folder, 2021, date(2021, 7, 1), given().targets).problems
    assert [(p.code, p.column, p.severity) for p in found] == [said]
    assert (found[0].file, found[0].sheet, found[0].row) == (
        "other_inspections.xlsx",
        "其他检查登记表",
        3,
    )
    assert found[0].message and found[0].remedy


def round_part(bureau: str = BUREAU, start: date = date(2021, 12, 6)):
    part = parameters().round
    window = part.window.model_copy(update={"start": start})
    return part.model_copy(update={"bureau": bureau, "window": window, "demonstration": True})


def test_the_year_is_found_from_the_round_and_named_if_there_are_two(tmp_path):
    written(tmp_path / "2021", GOOD)
    place, day, own = tmp_path / "2021Q3", date(2021, 7, 1), round_part()
    place.mkdir()
    found = others.read(place, 2021, day, own=own)
    assert [(r["target"], r["date"], r["row"]) for r in found.rows] == [("T1", "2021-06-01", 2)]
    later = round_part(start=date(2022, 1, 4))
    assert others.read(place, 2022, None, own=later).rows is None
    written(place, GOOD)
    assert [p.code for p in others.read(place, 2021, None, own=own).problems] == ["Q28"]


def test_a_demonstration_takes_no_table_of_another_bureau(tmp_path):
    year = written(tmp_path / "2021", GOOD)
    (year / "year.toml").write_text(f'bureau = "{BUREAU}"\n', encoding="utf-8")
    place = tmp_path / "2021Q3"
    place.mkdir()
    mine, theirs = round_part(), round_part("另一样例局")
    assert mine.demonstration and others.find(place, mine) and others.find(place, theirs) is None
    rows = [["项目", "内容"], ["单位全称", BUREAU]]
    writing.write_xlsx(year / "year.xlsx", {"基本": pd.DataFrame([["", ""], *rows])})
    (year / "year.toml").unlink()
    assert others.find(place, mine) and others.find(place, theirs) is None, "in a workbook too"
    real = theirs.model_copy(update={"demonstration": False})
    assert others.find(place, real), "a real folder is of one bureau; its name may be mistyped"


def test_nothing_declared_is_not_the_same_as_nothing_done(tmp_path):
    place, own = tmp_path / "2021Q3", round_part()
    place.mkdir()
    assert others.read(place, 2021, None, own=own) == others.Others()
    written(tmp_path / "2021")
    found = others.read(place, 2021, None, own=own)
    assert found.rows == () and [p.code for p in found.problems] == ["Q26"]
    assert YearCounts(capped(), NOTHING, found.rows).of("T1") == Count()
