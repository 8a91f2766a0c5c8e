"""The year's plan: year.toml, the one table of checks, what is archived of it, and a round against
it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from conftest import ROOT, new_year

from ssj.base import params
from ssj.base.errors import InputError
from ssj.draw.derive import derive
from ssj.year import planned, planning

TODAY = date(2021, 1, 20)
HEADERS = {"items": 1, "targets": 2, "officers": 1, "plan": 1}


@pytest.fixture
def folder(tmp_path) -> Path:
    """params/2021 of a year around the small round."""
    return new_year(tmp_path)


def cell(folder: Path, table: str, row: int, header: str, value: object) -> None:
    """Set one cell; the plan is the year's, other tables are the small round's."""
    path = (folder if table == "plan" else folder.parent / "sample60") / f"{table}.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.active
    sheet.cell(
        row, next(c.column for c in sheet[HEADERS[table]] if c.value == header)
    ).value = value
    book.save(path)


def toml(folder: Path, old: str, new: str) -> None:
    path = folder / "year.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def read(folder: Path):
    own = planning.read(folder)
    base = params.read_round(folder.parent / own.rosters / "round.toml")
    return own, base, planning.load(folder.parent / own.rosters, own, base, folder)


def found(folder: Path, newest: str | None = None, rehearsal: bool = False) -> list:
    own, base, roster = read(folder)
    return [
        *roster.problems,
        *planning.problems(roster, own, base, folder.name, TODAY, newest, rehearsal),
    ]


def test_the_sample_years_are_sound(folder):
    for one in (folder, ROOT / "demo" / "params" / "2021"):
        assert [str(p) for p in found(one) if p.severity == "error"] == []


# --- year.toml ---

TOML = {
    "unknown parameter": (
        'rosters = "sample60"',
        'rosters = "sample60"\nbase = 1',
        "year.toml 参数 base：不认识的参数，现为“1”。请删去，或核对拼写。",
    ),
    "year as text": (
        "year = 2021",
        'year = "2021"',
        "year.toml 参数 year：应为整数，现为“2021”。请改为整数，不加引号。",
    ),
    "no such year": (
        "year = 2021",
        "year = 21",
        "year.toml 参数 year：值不合要求，现为“21”。请改到规定范围内（不小于 2000）。",
    ),
    "a round named like a year": (
        'rosters = "sample60"',
        'rosters = "2020"',
        "year.toml 参数 rosters：批次号不能只是年份：年份留给年度计划，现为“2020”。请修改。",
    ),
    "text for a date": (
        "start = 2021-12-06",
        'start = "2021-12-06"',
        "year.toml 参数 rounds.1.start：应为日期，现为“2021-12-06”。请写成 2021-12-06，不加引号。",
    ),
    "left as it came": (
        'approver = "演示局长"',
        'approver = "请填写：审批人"',
        "year.toml 参数 approval.0.approver：还没有填写，现为“请填写：审批人”。请修改。",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), TOML.values(), ids=list(TOML))
def test_year_toml(old, new, message, folder):
    toml(folder, old, new)
    with pytest.raises(InputError) as caught:
        planning.read(folder)
    assert [str(p) for p in caught.value.problems] == [message]


# --- the table of checks: name → (changes of year.toml, cells, code, message) ---

ROUND = '[[rounds]]\nid = "sample60"\nstart = 2021-12-06\nend = 2021-12-24\n'
APPROVED = 'approver = "演示局长"\ndate = 2021-01-15'
PLACE = "plan.xlsx 工作表“年度抽查工作计划” 第 {} 行 “{}”列："
ITEMS = "items.xlsx 工作表“随机抽查事项清单” 第 {} 行 “{}”列："
CASES = {
    "another year": (
        [("year = 2021", "year = 2022")],
        [],
        "Y01",
        "year.toml 参数 year：年度与文件夹名“2021”不一致，现为“2022”。请改成一致。",
    ),
    "a round twice": (
        [(ROUND, ROUND + ROUND)],
        [],
        "Y02",
        "year.toml 参数 rounds.2.id：批次写了两遍，现为“sample60”。每个批次只写一段。",
    ),
    "window reversed": (
        [("end = 2021-12-24", "end = 2021-12-01")],
        [],
        "Y03",
        "year.toml 参数 rounds.1.end：检查期间的结束日早于开始日，现为“2021-12-01”。请核对日期。",
    ),
    "round of another year": (
        [(ROUND, ROUND.replace("2021-", "2022-"))],
        [],
        "Y03",
        (
            "year.toml 参数 rounds.1.start：检查期间的开始日不在 2021 年，现为“2022-12-06”。"
            "请核对日期；别的年度的批次写在别的年度。"
        ),
    ),
    "task outside the year": (
        [],
        [("plan", 2, "时间", "2022Q1")],
        "Y04",
        PLACE.format(2, "时间")
        + (
            "任务 S01 的时间不是 2021 年的批次，现为“2022Q1”。本年的批次：sample60-6、sample60；"
            "请改正，或在年度参数中加上这个批次。"
        ),
    ),
    "item not on the list": (
        [],
        [("plan", 2, "事项编号", "ZJ-01、ZJ-99")],
        "P20",
        PLACE.format(2, "事项编号")
        + "事项编号不在事项清单中，现为“ZJ-99”。请核对编号，或在事项清单中补上这一项。",
    ),
    "unknown department": (
        [],
        [("plan", 4, "配合部门", "演示县气象局")],
        "P26",
        PLACE.format(4, "配合部门")
        + (
            "这个部门在人员名录库里没有在岗的执法人员，现为“演示县气象局”。"
            "请核对部门的写法（人员名录库里有：“演示县住建局”“演示县消防救援大队”），或补上人员。"
        ),
    ),
    "two tasks with one number": (
        [],
        [("plan", 3, "任务编号", "S01")],
        "P03",
        PLACE.format(3, "任务编号")
        + "编号与第 2 行重复，现为“S01”。每个编号只能有一行，请核对后删去重复的行。",
    ),
    "key item not planned": (
        [],
        [("plan", 2, "事项编号", "ZJ-02、ZJ-06")],
        "Y10",
        ITEMS.format(2, "事项编号")
        + (
            "事项“工程质量责任主体行为及实体质量监督检查”重点事项没有列入计划，现为“ZJ-01”。"
            "请安排到某个任务的“事项编号”列。"
        ),
    ),
    "less often than the frequency": (
        [],
        [("items", 2, "抽查频次", "每半年1次")],
        "Y11",
        ITEMS.format(2, "抽查频次")
        + (
            "事项“工程质量责任主体行为及实体质量监督检查”达不到抽查频次：1至6月安排的批次不足 1 "
            "个，现为“每半年1次”。请增加批次或任务；频次写错的，改事项清单。"
        ),
    ),
    "ratio above the item's": (
        [],
        [("items", 4, "抽查比例", "不超过5%")],
        "Y20",
        PLACE.format(2, "抽查比例")
        + (
            "任务 S01 的抽查比例高于一般事项 ZJ-06 的抽查比例 5 %，现为“18.6 %”。请降低比例，"
            "或把这个事项从任务中去掉；规定有误的，改事项清单。"
        ),
    ),
    "no approval": (
        [('[[approval]]\nmatter = "年度计划"\n' + APPROVED + "\n", "")],
        [],
        "R21",
        (
            "year.toml 参数 approval：没有“年度计划”的审批。"
            "请在批准之后，在“审批”中加一行，写明审批人和日期。"
        ),
    ),
    "approved by whoever may not": (
        [(APPROVED, APPROVED.replace("演示局长", "演示科员"))],
        [],
        "R22",
        (
            "year.toml 参数 approval.0.approver：“演示科员”无权批准“年度计划”（规定的审批人："
            "演示局长），现为“演示科员”。请由有权的人批准；规定有误的，改“审批权限”。"
        ),
    ),
    "approved too late": (
        [("date = 2021-01-15", "date = 2021-06-07")],
        [],
        "R23",
        (
            "year.toml 参数 approval.0.date："
            "“年度计划”的审批日期晚于第一个批次检查期间开始的前一天 2021-06-06，"
            "审批必须在前，现为“2021-06-07”。请核对审批日期；确实没有批准的，先报批。"
        ),
    ),
    "task approved by whoever may not": (
        [],
        [("plan", 2, "审批人", "演示科员")],
        "Y21",
        PLACE.format(2, "审批人")
        + (
            "这一任务的审批人无权批准年度计划（规定的审批人：演示局长），现为“演示科员”。"
            "请由有权的人批准；规定有误的，改年度参数的“审批权限”。"
        ),
    ),
    "task approved too late": (
        [],
        [("plan", 2, "审批日期", "2021-12-06")],
        "Y22",
        PLACE.format(2, "审批日期")
        + (
            "这一任务的审批日期不早于它的第一个批次（2021-12-06 开始），现为“2021-12-06”。"
            "请核对审批日期。"
        ),
    ),
}


@pytest.mark.parametrize(("changes", "cells", "code", "message"), CASES.values(), ids=list(CASES))
def test_errors(changes, cells, code, message, folder):
    for old, new in changes:
        toml(folder, old, new)
    for change in cells:
        cell(folder, *change)
    own = [p for p in found(folder) if p.code == code]
    assert [str(p) for p in own] == [message] and own[0].severity == "error"


def test_all_at_once(folder):
    cell(folder, "plan", 2, "时间", "2022Q1")
    cell(folder, "plan", 3, "事项编号", "ZJ-99")
    cell(folder, "plan", 4, "配合部门", "演示县气象局")
    cell(folder, "plan", 5, "任务编号", "S01")
    toml(folder, "date = 2021-01-15", "date = 2021-07-01")
    codes = [p.code for p in found(folder) if p.severity == "error"]
    assert {"P20", "P26", "P03", "Y04", "R23"} <= set(codes)


WARNINGS = {
    "frequency not understood": ([("items", 2, "抽查频次", "经常")], "Y13"),
    "frequency longer than a year, not planned": (
        [
            ("items", 4, "事项编号", "ZJ-66"),
            ("items", 4, "抽查频次", "每两年1次"),
            ("plan", 2, "事项编号", "ZJ-01、ZJ-02、ZJ-08"),
        ],
        "Y14",
    ),
    "neither planned nor with a frequency": (
        [
            ("items", 4, "事项编号", "ZJ-66"),
            ("items", 4, "抽查频次", None),
            ("plan", 2, "事项编号", "ZJ-01、ZJ-02、ZJ-08"),
        ],
        "Y12",
    ),
    "no joint task": ([("plan", 4, "任务类型", "内部")], "Y06"),
}


@pytest.mark.parametrize(("cells", "code"), WARNINGS.values(), ids=list(WARNINGS))
def test_warnings(cells, code, folder):
    for change in cells:
        cell(folder, *change)
    own = [p for p in found(folder) if p.code == code]
    assert len(own) == 1 and own[0].severity == "warning", [str(p) for p in found(folder)]


def test_a_round_without_task(folder):
    toml(
        folder, ROUND, ROUND + '\n[[rounds]]\nid = "2021Q9"\nstart = 2021-12-27\nend = 2021-12-31\n'
    )
    for row in (3, 5):
        cell(folder, "plan", row, "时间", "sample60-6、sample60")
    assert [(p.code, p.value) for p in found(folder) if p.code == "Y05"] == [("Y05", "2021Q9")]


def test_caps_below_the_plan(folder):
    """Both rounds draw all of class D; a cap of one visit can't hold."""
    path = folder.parent / "sample60" / "round.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("yearly_cap = 6", "yearly_cap = 1"),
        encoding="utf-8",
    )
    own = [p for p in found(folder) if p.code == "P44"]
    assert [p.message for p in own] == [
        "D 类的年度上限低于计划本身的要求：按 S01、S04 全部抽取，一年要查 2 户次"
    ]


def test_a_rehearsal_may_come_before_the_approval(folder):
    toml(folder, '[[approval]]\nmatter = "年度计划"\n' + APPROVED + "\n", "")
    assert [p.severity for p in found(folder, rehearsal=True) if p.code == "R21"] == ["warning"]


def test_a_changed_plan_needs_an_approval_of_its_own(folder):
    assert [p.code for p in found(folder, newest="2021-01-15") if p.severity == "error"] == ["Y23"]
    toml(folder, "date = 2021-01-15", "date = 2021-01-18")
    assert [p.code for p in found(folder, newest="2021-01-15") if p.severity == "error"] == []
    toml(folder, "date = 2021-01-18", "date = 2021-01-21")
    assert [str(p) for p in found(folder, newest="2021-01-15") if p.severity == "error"] == [
        (
            "year.toml 参数 approval.0.date：“年度计划”的审批日期晚于今天 2021-01-20，"
            "审批必须在前，现为“2021-01-21”。请核对审批日期；确实没有批准的，先报批。"
        )
    ]


OFTEN = {
    "每年1次": (1, 12),
    "每年一次": (1, 12),
    "1年1次": (1, 12),
    "一年两次": (2, 12),
    "1次/年": (1, 12),
    "每年不少于2次": (2, 12),
    "每年至少1次": (1, 12),
    "每半年1次": (1, 6),
    "每季度1次": (1, 3),
    "每季1次": (1, 3),
    "1次/季度": (1, 3),
    "每月1次": (1, 1),
    "每2个月1次": (1, 2),
    "每两年1次": (1, 24),
    "每三年一次": (1, 36),
    "": None,
    "不定期": None,
    "根据需要": None,
}


@pytest.mark.parametrize(("text", "meant"), OFTEN.items())
def test_frequencies(text, meant):
    assert planning.often(text) == meant


@pytest.mark.parametrize("text", ["经常", "每年", "1次", "每年0次", "每十天1次", "随时1次/年吧"])
def test_unknown_frequencies(text):
    with pytest.raises(ValueError):
        planning.often(text)


def test_items_that_come_into_force_during_the_year(folder):
    """A period that had begun before is not asked for; an item of the next year not at all."""
    cell(folder, "items", 2, "抽查频次", "每半年1次")
    cell(folder, "items", 2, "生效日期", "2021-03-01")
    assert not [p for p in found(folder) if p.code == "Y11"]
    cell(folder, "plan", 2, "事项编号", "ZJ-02、ZJ-06")
    assert [p.code for p in found(folder) if p.severity == "error"] == ["Y10"]
    cell(folder, "items", 2, "生效日期", "2022-01-01")
    assert not [p for p in found(folder) if p.code == "Y10"]


def test_shares(folder):
    own, base, roster = read(folder)
    shares = planned.shares(roster, planning.frames(roster, own, base))
    assert shares["S02"] == Fraction(1, 20) and shares["S03"] == Fraction(1, 5)
    framed = derive(roster, base).frames
    part = framed[(framed["task"] == "S01") & (framed["size"] > 0)]["risk_class"].value_counts()
    ratios = {"A": Fraction(1, 20), "B": Fraction(3, 20), "C": Fraction(1, 2), "D": Fraction(1)}
    assert shares["S01"] == sum(ratios[c] * int(n) for c, n in part.items()) / int(part.sum())


def test_what_the_public_sees(folder):
    own, base, roster = read(folder)
    text = str(planned.public_rows(roster, own, planning.frames(roster, own, base)))
    assert "专项整治、" not in text and "标签" not in text and "A " not in text
    assert (
        "'share': '20 %'" in text
        and "燃气经营企业安全生产检查" in text
        and "'rounds': ('全年',)" in text
    )


# --- a round against the archived plan ---


def archived(folder: Path) -> dict:
    """year.json as a freeze would have it."""
    own, _, roster = read(folder)
    return {
        "title": own.title,
        "attempt": 1,
        "time": "2021-01-20T09:00:00+08:00",
        "bag": "0" * 64,
        "round": "2021",
        "tasks": planned.task_rows(roster),
    }


def against(folder: Path, plan_of_the_year: dict | None, approved: bool = False) -> list[str]:
    _, base, roster = read(folder)
    if approved:
        given = params.Approval(matter="计划变更", approver="演示局长", date=date(2021, 11, 15))
        base = base.model_copy(update={"approval": [*base.approval, given]})
    return [f"{p.severity} {p}" for p in planned.against(roster, base, plan_of_the_year)]


def test_the_same_tasks(folder):
    known = archived(folder)
    assert against(folder, known) == [] == against(folder, None)
    cell(folder, "plan", 2, "审批人", "演示某某")
    cell(folder, "plan", 3, "时间", "sample60")  # in this round all the same
    assert against(folder, known) == []


def test_differing_missing_and_extra_tasks(folder):
    known = archived(folder)
    cell(folder, "plan", 2, "抽查比例", "A 5%；B 15%；C 50%；D 90%")
    cell(folder, "plan", 3, "任务编号", "S09")
    remedy = "请改回；确需变更的，报批后在批次参数的“审批”中加一行，事项写“计划变更”。"
    assert against(folder, known) == [
        "error "
        + PLACE.format(2, "抽查比例")
        + (
            "任务 S01 的抽查比例与已归档的年度计划不同，计划中是“A 5 %；B 15 %；C 50 %；D 100 "
            f"%”，现为“A 5 %；B 15 %；C 50 %；D 90 %”。{remedy}"
        ),
        f"error plan.xlsx 工作表“年度抽查工作计划”：年度计划中本批次的任务 S02 没有列入。{remedy}",
        (
            "error plan.xlsx 工作表“年度抽查工作计划” 第 3 行：任务 S09 不在年度计划的本批次中。"
            f"{remedy}"
        ),
    ]
    assert {text.partition(" ")[0] for text in against(folder, known, approved=True)} == {"warning"}
    _, base, roster = read(folder)
    assert {p.severity for p in planned.against(roster, base, known, rehearsal=True)} == {"warning"}


def test_an_approval_by_whoever_may_not_changes_nothing(folder):
    known = archived(folder)
    cell(folder, "plan", 3, "任务编号", "S09")
    _, base, roster = read(folder)
    given = params.Approval(matter="计划变更", approver="演示科员", date=date(2021, 11, 15))
    base = base.model_copy(update={"approval": [*base.approval, given]})
    assert {p.severity for p in planned.against(roster, base, known)} == {"error"}


def test_tasks_are_plain_values(folder):
    from ssj import protocol

    rows = archived(folder)["tasks"]
    assert protocol.parse(protocol.canonical(rows).decode()) == rows
    assert rows[0]["ratios"] == {"A": "0.05", "B": "0.15", "C": "0.5", "D": "1"} and rows[1][
        "ratios"
    ] == {"*": "0.05"}
    _, _, roster = read(folder)
    every = tuple(sorted(set(roster.targets["category"])))
    spelt = replace(roster, plan=roster.plan.assign(categories=[every] * len(roster.plan)))
    assert planned.task_rows(spelt)[0]["categories"] == ["全部"], (
        "all categories mean all, whatever the roster gains later"
    )


# --- what a year's publications reveal ---


def revealed(folder: Path) -> list[str]:
    own = [p for p in found(folder) if p.code in ("Y24", "Y25", "Y26")]
    assert all(p.severity == "warning" for p in own)
    return [f"{p.code} {p.row or ''} {p.value or ''}".strip() for p in own]


# In the first round stand only S02 and S04, which looks at a tag and draws all of class D.
WHOLE, ALWAYS, ALONE = "Y24 2 D", "Y25", "Y26 5 ZJ-02、ZJ-14"


def test_what_the_sample_years_reveal(folder):
    assert revealed(folder) == [WHOLE, ALWAYS, ALONE]
    assert revealed(ROOT / "demo" / "params" / "2021") == [
        "Y24 2 D",
        "Y24 3 D",
        "Y24 5 D",
        "Y24 6 D",
        "Y24 7 D",
        "Y25",
        "Y26 8 ZJ-03、ZJ-07",
        "Y26 9 ZJ-11、ZJ-13",
    ]


LOWER = "A 5%；B 15%；C 50%；D 60%"
REVEALED = {
    "a lower ratio": ([(2, "抽查比例", LOWER)], [ALWAYS, ALONE]),
    "directed": ([(2, "方式", "定向")], [ALWAYS, ALONE]),
    "one ratio of 1": ([(2, "抽查比例", "100%")], ["Y24 2 *", ALWAYS, ALONE]),
    "never alone, in one round only": ([(5, "时间", "sample60")], [WHOLE]),
    "certain in another task": (
        [(3, "抽查比例", "100%"), (5, "抽查比例", LOWER)],
        [WHOLE, "Y24 3 *", ALWAYS, ALONE],
    ),
    "another task has the item": (
        [(5, "对象范围", "类别：施工企业；标签：专项整治"), (5, "事项编号", "ZJ-08")],
        [WHOLE, ALWAYS],
    ),
    "chosen by nothing internal": (
        [(5, "对象范围", "在建项目、施工企业、燃气经营")],
        [WHOLE, ALWAYS],
    ),
    "chosen by the class": (
        [(5, "对象范围", "类别：在建项目、施工企业、燃气经营；等级：C、D")],
        [WHOLE, ALWAYS, ALONE],
    ),
}


@pytest.mark.parametrize(("cells", "codes"), REVEALED.values(), ids=list(REVEALED))
def test_what_a_year_reveals(cells, codes, folder):
    for change in cells:
        cell(folder, "plan", *change)
    assert revealed(folder) == codes


def test_words_of_what_a_year_reveals(folder):
    cell(folder, "plan", 3, "抽查比例", "100%")
    assert [str(p) for p in found(folder) if p.code in ("Y24", "Y25", "Y26")][1:] == [
        PLACE.format(3, "抽查比例")
        + "不定向任务 S02 对全部对象的抽查比例是 1：户户必抽，没有随机可言；"
        "没有公布检查的必不在其中，公布了的多半在其中，现为“*”。"
        "请降低比例；确要全部检查的，改作定向任务。",
        (
            "plan.xlsx 工作表“年度抽查工作计划” “抽查比例”列：按现有名录，有 30 户在本年的 2 个"
            "批次中每次必被抽中：批批都公布检查，外人就可推知它们的信用风险等级或标签。"
            "请降低抽查比例，或者由审批人知悉。"
        ),
        PLACE.format(5, "事项编号")
        + "任务 S04 按标签选取对象，事项 ZJ-02、ZJ-14 在同一批次中又只有它使用："
        "公布的检查有这些事项，外人就知道这一户在其中，现为“ZJ-02、ZJ-14”。"
        "请让同一批次的其他任务也使用这些事项，或者由审批人知悉。",
    ]
