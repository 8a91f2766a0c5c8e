"""Typing and checking of the four tables: one case for each rule, asserted on whole messages."""

from __future__ import annotations

import copy
import datetime as dt
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import examples
from hypothesis import given
from hypothesis import strategies as st

from ssj.base.errors import InputError
from ssj.rosters import rosters
from ssj.tables import across, body, cells, rawtables, schema, writing
from ssj.tables.table import Table

WINDOW = (dt.date(2021, 12, 6), dt.date(2021, 12, 31))
# invented; the latter is the standard's own example
PHONE, IDENTITY = ("13912345678", "11010519491231002X")
BUREAU, MARKET = "样例县住建局", "样例县市场监管局"

GOOD: dict[str, list[dict[str, Any]]] = {
    "items": [
        {
            "事项编号": "S01",
            "事项名称": "施工质量",
            "抽查依据": "样例条例",
            "抽查主体": BUREAU,
            "抽查内容": "质量",
            "抽查方式": "现场检查、书面检查",
            "事项类别": "一般检查事项",
            "检查对象类别": "施工、监理",
            "抽查比例": "不超过5%",
            "是否需专家": "否",
            "生效日期": "2020年1月1日",
        },
        {
            "事项编号": "S02",
            "事项名称": "燃气安全",
            "抽查依据": "样例条例",
            "抽查主体": BUREAU,
            "抽查内容": "安全",
            "抽查方式": "现场检查",
            "事项类别": "重点",
            "检查对象类别": "燃气",
            "检查人员要求": "燃气",
            "是否需专家": "是",
        },
        {
            "事项编号": "S03",
            "事项名称": "登记信息",
            "抽查依据": "样例条例",
            "抽查主体": MARKET,
            "抽查内容": "信息",
            "抽查方式": "现场检查",
            "事项类别": "一般",
            "检查对象类别": "全部",
        },
    ],
    "targets": [
        {
            "编号": "91350100M000100Y43",
            "名称": "样例建筑〇〇一公司",
            "类别": "施工",
            "信用风险等级": "A",
            "状态": "存续",
            "标签": "专项整治、重点检查",
            "有效期至": "长期",
            "投诉举报数": 3,
        },
        {
            "编号": "91110000101623741K",
            "名称": "样例燃气〇〇二公司",
            "类别": "燃气",
            "信用风险等级": "d",
            "状态": "存续（在营、开业、在册）",
            "是否公开": "否",
            "不公开依据": "样例条例第一条",
            "成立日期": "2011/3/5",
        },
        {
            "编号": "330782202101010101",
            "名称": "样例项目〇〇三",
            "类别": "施工",
            "信用风险等级": "B",
            "状态": "竣工",
            "上次检查日期": "20210101",
            "上次检查结果": "发现问题已责令改正；未按规定公示应当公示的信息",
        },
        {
            "编号": 3307820000123,
            "名称": "样例监理〇〇四公司",
            "类别": "监理",
            "信用风险等级": "C",
            "状态": "正常",
        },
    ],
    "officers": [
        {
            "工号": 1001,
            "姓名": "样例甲",
            "部门": BUREAU,
            "人员类别": "执法",
            "专业": "施工；燃气",
            "状态": "在岗",
            "执法证号": "样证001",
            "执法证有效期至": "2024-06-30",
            "回避对象": "样例燃气〇〇二公司、91350100m000100y43",
            "请假": "2021-12-06至2021-12-10；2021-12-20",
            "年度上限": 12,
        },
        {
            "工号": "1002",
            "姓名": "样例乙",
            "部门": BUREAU,
            "人员类别": "专家",
            "专业": "燃气",
            "状态": "在岗",
        },
        {
            "工号": "1003",
            "姓名": "样例丙",
            "部门": MARKET,
            "人员类别": "执法",
            "专业": "登记",
            "状态": "在岗",
            "执法证号": "样证003",
            "执法证有效期至": "长期",
            "执法事项范围": "S01、s03",
        },
        {
            "工号": "1004",
            "姓名": "样例丁",
            "部门": BUREAU,
            "人员类别": "日常监管",
            "专业": "施工",
            "状态": "退休",
        },
    ],
    "plan": [
        {
            "任务编号": "T01",
            "任务名称": "施工抽查",
            "任务类型": "内部",
            "事项编号": "S01",
            "对象范围": "施工，监理",
            "方式": "不定向",
            "抽查比例": "5%",
            "时间": "2021Q4",
            "发起部门": BUREAU,
            "每组人数": "3",
        },
        {
            "任务编号": "T02",
            "任务名称": "联合抽查",
            "任务类型": "部门联合",
            "事项编号": "S01、S02、S03",
            "对象范围": "全部",
            "方式": "不定向",
            "抽查比例": "A 2%；B：5%，C=0.2、D 100%",
            "时间": "全年",
            "发起部门": BUREAU,
            "配合部门": MARKET,
            "专家": "是",
        },
        {
            "任务编号": "T03",
            "任务名称": "专项",
            "任务类型": "内部",
            "事项编号": "S01",
            "对象范围": "标签:专项整治",
            "方式": "定向",
            "抽查比例": "1",
            "时间": "2021Q3、2021Q4",
            "发起部门": BUREAU,
            "审批日期": "2021.11.15",
        },
    ],
}


def frame(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    used = [
        name
        for name, needed in schema.headers(table).items()
        if needed or any(name in row for row in rows)
    ]
    extra = [name for row in rows for name in row if name not in used]
    return pd.DataFrame(
        [[row.get(name) for name in [*used, *dict.fromkeys(extra)]] for row in rows],
        columns=[*used, *dict.fromkeys(extra)],
        dtype=object,
    )


def put(folder: Path, source: dict[str, list[dict[str, Any]]], kind: str = "xlsx") -> Path:
    for table, rows in source.items():
        data = frame(table, rows)
        if kind == "xlsx":
            writing.write_xlsx(folder / f"{table}.xlsx", {"表": data})
        elif kind == "parquet":
            data.map(lambda cell: None if cell is None else str(cell)).to_parquet(
                folder / f"{table}.parquet"
            )
        else:
            data.to_csv(folder / f"{table}.csv", index=False, encoding=kind)
    return folder


def load(folder: Path, classes: str = "ABCD") -> rosters.Rosters:
    return rosters.load(folder, classes, "2021Q4", WINDOW)


def test_typed_values(tmp_path: Path) -> None:
    found = load(put(tmp_path, GOOD))
    assert found.problems == ()
    found.check()
    item = found.items.set_index("id").loc["S01"]
    assert (
        item["kind"],
        item["categories"],
        item["ratio_limit"],
        item["expert"],
        item["effective"],
        item["specialities"],
        item["remark"],
    ) == ("一般", ("施工", "监理"), "0.05", False, dt.date(2020, 1, 1), (), "")
    assert found.items.set_index("id").loc["S03", "categories"] == ("施工", "燃气", "监理")
    targets = found.targets
    assert list(zip(targets.index, targets["id"], strict=True)) == [
        (5, "3307820000123"),
        (4, "330782202101010101"),
        (3, "91110000101623741K"),
        (2, "91350100M000100Y43"),
    ]
    assert list(targets["status"].map(schema.TARGET_STATUS)) == [True, False, True, True]
    assert list(targets["risk_class"]) == ["C", "B", "D", "A"] and list(targets["public"]) == [
        True,
        True,
        False,
        True,
    ]
    last = targets.loc[2]
    assert (last["tags"], last["permit_until"], last["complaints"], last["penalties"]) == (
        ("专项整治", "重点检查"),
        schema.FOREVER,
        3,
        0,
    )
    assert (targets["complaints"].dtype, targets["public"].dtype) == ("int64", "bool")
    assert (targets.loc[3, "founded"], targets.loc[4, "last_inspected"]) == (
        dt.date(2011, 3, 5),
        dt.date(2021, 1, 1),
    )
    assert list(targets["last_result"]) == [
        (),
        ("发现问题已责令改正", "未按规定公示应当公示的信息"),
        (),
        (),
    ]
    officer = found.officers.loc[2]
    assert officer["recusals"] == ("91110000101623741K", "91350100M000100Y43")
    assert officer["leave"] == (
        (dt.date(2021, 12, 6), dt.date(2021, 12, 10)),
        (dt.date(2021, 12, 20),) * 2,
    )
    assert (
        officer["id"],
        officer["yearly_cap"],
        found.officers.loc[3, "yearly_cap"],
        found.officers.loc[4, "authority"],
    ) == ("1001", 12, None, ("S01", "S03"))
    plan = found.plan.set_index("id")
    assert list(plan["ratios"]) == [
        {"*": "0.05"},
        {"A": "0.02", "B": "0.05", "C": "0.2", "D": "1"},
        {"*": "1"},
    ]
    assert list(plan["categories"]) == [
        ("施工", "监理"),
        ("施工", "燃气", "监理"),
        ("施工", "燃气", "监理"),
    ]
    assert list(plan["tags"]) == [(), (), ("专项整治",)] and list(plan["partners"]) == [
        (),
        (MARKET,),
        (),
    ]
    assert list(plan["rounds"]) == [("2021Q4",), ("全年",), ("2021Q3", "2021Q4")] and list(
        plan["team_size"]
    ) == [3, None, None]
    assert [list(getattr(found, table).columns) for table in schema.COLUMNS] == [
        [
            key
            for c in columns
            for key in (
                ("categories", "tags", "risk_classes", "conditions", "pool")
                if c.key == "scope"
                else (c.key,)
            )
        ]
        for columns in schema.COLUMNS.values()
    ]


@pytest.mark.parametrize("kind", ["utf-8", "utf-8-sig", "gb18030", "parquet"])
def test_every_kind_of_file_gives_equal_frames(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    one, other = load(put(tmp_path / "a", GOOD)), load(put(tmp_path / "b", GOOD, kind))
    assert other.problems == ()
    for table in schema.COLUMNS:
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table))


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_rows_give_equal_frames(seed: int, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    shuffled = {table: random.Random(seed).sample(rows, len(rows)) for table, rows in GOOD.items()}
    one, other = load(put(tmp_path / "a", GOOD)), load(put(tmp_path / "b", shuffled))
    for table in schema.COLUMNS:
        pd.testing.assert_frame_equal(
            getattr(one, table).reset_index(drop=True), getattr(other, table).reset_index(drop=True)
        )


# table, row (position), column, new value, message without its file and sheet; a list where several
# rules speak
CASES: dict[str, tuple[str, int, str, Any, str | list[str]]] = {
    "required cell empty": (
        "targets",
        0,
        "名称",
        " ",
        "第 2 行 “名称”列：必填的格是空的。请补上；如果这一行是说明、合计或空样例，请删去整行。",
    ),
    "only separators": (
        "items",
        0,
        "检查对象类别",
        "、",
        (
            "第 2 行 “检查对象类别”列：事项没有写检查对象类别，不知道适用于谁。请写明类别，"
            "写法与名录库一致；适用于所有对象的，写“全部”。"
        ),
    ),
    "id with a space": (
        "targets",
        3,
        "编号",
        "A 1",
        (
            "第 5 行 “编号”列：编号不能识别，现为“A 1”。编号只能用数字、字母、汉字和 ( ) - _ . "
            "/，中间不能有空格，请核对后重新录入。"
        ),
    ),
    "id twice after normalisation": (
        "targets",
        3,
        "编号",
        "９１３５０１００m000100Y43",
        (
            (
                "第 5 行 “编号”列：编号与第 2 行重复，名称却不同（第 2 行是“样例建筑〇〇一公司”），"
                "现为“91350100M000100Y43”。一个编号只能是一家（一人、一项）：请查清哪一行的编号"
                "录错，改正；更名的，删去旧名称的一行。"
            ),
            (
                "第 5 行 “编号”列：编号的写法不规范（全角字符、小写字母），按 91350100M000100Y43 "
                "读取，现为“９１３５０１００m000100Y43”。请在原系统改成半角大写、前后没有空格；"
                "不改也照这样读取。"
            ),
        ),
    ),
    "code stored as float": (
        "targets",
        3,
        "编号",
        9.14690062012665e17,
        (
            "第 5 行 “编号”列：编码被 Excel 存成数字，末几位已丢失，不能恢复，"
            "现为“9.14690062012665e+17”。"
            "请从原系统重新导出，先把该列设为“文本”格式；不要凭这一格补位。"
        ),
    ),
    "code written as float": (
        "targets",
        3,
        "编号",
        "9.14690062012665E+17",
        (
            "第 5 行 “编号”列：编码被 Excel 存成数字，末几位已丢失，不能恢复，"
            "现为“9.14690062012665E+17”。"
            "请从原系统重新导出，先把该列设为“文本”格式；不要凭这一格补位。"
        ),
    ),
    "number with places": (
        "targets",
        3,
        "编号",
        12.5,
        (
            "第 5 行 “编号”列：编码被 Excel 存成数字，末几位已丢失，不能恢复，现为“12.5”。"
            "请从原系统重新导出，先把该列设为“文本”格式；不要凭这一格补位。"
        ),
    ),
    "class of another scheme": (
        "targets",
        0,
        "信用风险等级",
        "E",
        (
            "第 2 行 “信用风险等级”列：等级不在本批次的分类方案中，现为“E”。方案中的等级是 A、B、"
            "C、D，请核对后改正。"
        ),
    ),
    "status unknown": (
        "targets",
        2,
        "状态",
        "失联",
        (
            "第 4 行 “状态”列：不认识的写法，现为“失联”。可以写："
            "“存续”“在业”“在营”“正常”“开业”“在建”“在册”"
            "“存续(在营、开业、在册)”“注销”“吊销”“吊销未注销”“停业”“迁出”“清算”“竣工”“停工”“歇业”“撤销”。"
        ),
    ),
    "kind of item": (
        "items",
        1,
        "事项类别",
        "专项",
        (
            "第 3 行 “事项类别”列：不认识的写法，现为“专项”。可以写："
            "“一般”“重点”“一般事项”“一般检查事项”“重点事项”“重点检查事项”。"
        ),
    ),
    "kind of officer": (
        "officers",
        1,
        "人员类别",
        "临聘",
        (
            "第 3 行 “人员类别”列：不认识的写法，现为“临聘”。可以写："
            "“执法”“日常监管”“专家”“执法人员”“日常监管人员”。"
        ),
    ),
    "kind of task": (
        "plan",
        0,
        "任务类型",
        "外部",
        (
            "第 2 行 “任务类型”列：不认识的写法，现为“外部”。可以写："
            "“内部”“部门联合”“部门内部”“联合”。"
        ),
    ),
    "method": (
        "plan",
        0,
        "方式",
        "随机",
        "第 2 行 “方式”列：不认识的写法，现为“随机”。可以写：“定向”“不定向”。",
    ),
    "no such day": (
        "targets",
        1,
        "成立日期",
        "2021-02-30",
        (
            "第 3 行 “成立日期”列：日期不能识别，现为“2021-02-30”。"
            "请写成 2021-12-31 这样的日期；长期有效写“长期”；一段时间写“2021-12-06至2021-12-10”。"
        ),
    ),
    "day as Excel's number": (
        "targets",
        1,
        "成立日期",
        44561,
        (
            "第 3 行 “成立日期”列：日期是 Excel 的日期序号，意思是 2021-12-31，现为“44561”。"
            "请在 Excel 中把这一列的格式设为“日期”，核对后保存；从系统导出的，请重新导出。"
        ),
    ),
    "leave ends before it starts": (
        "officers",
        0,
        "请假",
        "2021-12-10至2021-12-06",
        (
            "第 2 行 “请假”列：日期不能识别，现为“2021-12-10至2021-12-06”。"
            "请写成 2021-12-31 这样的日期；长期有效写“长期”；一段时间写“2021-12-06至2021-12-10”。"
        ),
    ),
    "no whole number": (
        "targets",
        0,
        "投诉举报数",
        "三",
        "第 2 行 “投诉举报数”列：应是不小于 0 的整数，现为“三”。请只写数字，如 0、3。",
    ),
    "neither yes nor no": (
        "targets",
        0,
        "是否公开",
        "Y",
        "第 2 行 “是否公开”列：应写“是”或“否”，现为“Y”。请改成“是”或“否”。",
    ),
    "hidden without basis": (
        "targets",
        1,
        "不公开依据",
        None,
        (
            "第 3 行 “不公开依据”列：是否公开为“否”，却没有写不公开依据。请写明法律依据；"
            "没有依据的应当公开。"
        ),
    ),
    "check digit": (
        "targets",
        0,
        "编号",
        "91350100M000100Y44",
        [
            (
                "第 2 行 “编号”列：统一社会信用代码的校验位不符，现为“91350100M000100Y44”。"
                "请与营业执照核对；确实如此的，登记为已复核的例外（exceptions.xlsx）。末尾是 000 "
                "的，可能曾被 Excel 存成数字。"
            ),
            (
                "officers.xlsx 工作表“表” 第 2 行 “回避对象”列：回避对象不在检查对象名录库中，"
                "现为“91350100m000100y43”。请写名录库里的编号或全称。"
            ),
        ],
    ),
    "no certificate": (
        "officers",
        0,
        "执法证号",
        None,
        (
            "第 2 行 “执法证号”列：执法人员没有执法证号。请补上；没有执法证的，"
            "人员类别改为“日常监管”。"
        ),
    ),
    "no certificate date": (
        "officers",
        0,
        "执法证有效期至",
        None,
        "第 2 行 “执法证有效期至”列：执法人员没有执法证有效期。请补上日期。",
    ),
    "certificate ends": (
        "officers",
        0,
        "执法证有效期至",
        "2021-12-30",
        (
            "第 2 行 “执法证有效期至”列：执法证在检查期结束（2021-12-31）前到期，本批次不能指派，"
            "现为“2021-12-30”。如已换证，请改为新的有效期。"
        ),
    ),
    "authority for nothing": (
        "officers",
        2,
        "执法事项范围",
        "S01、S99",
        (
            "第 4 行 “执法事项范围”列：执法事项范围里的编号不在事项清单中，现为“S99”。"
            "请核对事项编号；不限事项的，这一格留空。"
        ),
    ),
    "recusal of nobody": (
        "officers",
        0,
        "回避对象",
        "样例某公司",
        (
            "第 2 行 “回避对象”列：回避对象不在检查对象名录库中，现为“样例某公司”。"
            "请写名录库里的编号或全称。"
        ),
    ),
    "item not on the list": (
        "plan",
        0,
        "事项编号",
        "S01、S88",
        (
            "第 2 行 “事项编号”列：事项编号不在事项清单中，现为“S88”。请核对编号，"
            "或在事项清单中补上这一项。"
        ),
    ),
    "5 for 5 %": (
        "plan",
        0,
        "抽查比例",
        5,
        "第 2 行 “抽查比例”列：抽查比例大于 1，现为“5”。如果是百分之 5，请写成 5%。",
    ),
    "more than all": (
        "plan",
        0,
        "抽查比例",
        "120%",
        (
            "第 2 行 “抽查比例”列：抽查比例应大于 0、不超过 100%，小数最多 9 位，现为“120%”。"
            "请写成 5% 或 0.05。"
        ),
    ),
    "none at all": (
        "plan",
        0,
        "抽查比例",
        0,
        (
            "第 2 行 “抽查比例”列：抽查比例应大于 0、不超过 100%，小数最多 9 位，现为“0”。请写成 "
            "5% 或 0.05。"
        ),
    ),
    "a class missing": (
        "plan",
        0,
        "抽查比例",
        "A 2%；B 5%；C 20%",
        (
            "第 2 行 “抽查比例”列：各等级的比例不完整或不能识别，现为“A 2%；B 5%；C 20%”。"
            "请写一个比例（如 5%），或给方案中的每个等级（A、B、C、D）各写一个，如“A 2%；B 5%”。"
        ),
    ),
    "scope of no kind": (
        "plan",
        0,
        "对象范围",
        "区域：东片",
        (
            "第 2 行 “对象范围”列：对象范围不能识别，现为“区域：东片”。请写成“类别：燃气、"
            "供水供热；标签：专项整治；等级：C、D；条件：投诉举报数≥2”，用不到的不写；"
            "全部对象写“全部”。"
        ),
    ),
    "a colon too many": (
        "plan",
        0,
        "对象范围",
        "类别：施工：监理",
        (
            "第 2 行 “对象范围”列：对象范围不能识别，现为“类别：施工：监理”。请写成“类别：燃气、"
            "供水供热；标签：专项整治；等级：C、D；条件：投诉举报数≥2”，用不到的不写；"
            "全部对象写“全部”。"
        ),
    ),
    "a kind without words": (
        "plan",
        2,
        "对象范围",
        "类别：施工；标签：",
        (
            "第 4 行 “对象范围”列：对象范围不能识别，现为“类别：施工；标签：”。请写成“类别："
            "燃气、供水供热；标签：专项整治；等级：C、D；条件：投诉举报数≥2”，用不到的不写；"
            "全部对象写“全部”。"
        ),
    ),
    "a class of another scheme in the scope": (
        "plan",
        2,
        "对象范围",
        "等级：C、E",
        (
            "第 4 行 “对象范围”列：等级不在本批次的分类方案中，现为“等级：C、E”。方案中的等级是 "
            "A、B、C、D，请核对后改正。"
        ),
    ),
    "a condition on no declared column": (
        "plan",
        2,
        "对象范围",
        "条件：注册资本≥100",
        (
            "第 4 行 “对象范围”列：对象范围里的条件不能识别，现为“条件：注册资本≥100”。"
            "请写成“条件：投诉举报数≥2、距上次检查年数≥1”：可用的有 投诉举报数、处罚数、"
            "距上次检查年数，"
            "用 ≥、>、≤、<、= 与整数比较，几个条件用顿号隔开。"
        ),
    ),
    "a condition on no whole number": (
        "plan",
        2,
        "对象范围",
        "条件：处罚数≥1.5",
        (
            "第 4 行 “对象范围”列：对象范围里的条件不能识别，现为“条件：处罚数≥1.5”。"
            "请写成“条件：投诉举报数≥2、距上次检查年数≥1”：可用的有 投诉举报数、处罚数、"
            "距上次检查年数，"
            "用 ≥、>、≤、<、= 与整数比较，几个条件用顿号隔开。"
        ),
    ),
    "a condition without its kind": (
        "plan",
        2,
        "对象范围",
        "类别：施工；处罚数≥1",
        (
            "第 4 行 “对象范围”列：对象范围里的条件不能识别，现为“类别：施工；处罚数≥1”。"
            "请写成“条件：投诉举报数≥2、距上次检查年数≥1”：可用的有 投诉举报数、处罚数、"
            "距上次检查年数，"
            "用 ≥、>、≤、<、= 与整数比较，几个条件用顿号隔开。"
        ),
    ),
    "undirected by class and condition": (
        "plan",
        0,
        "对象范围",
        "类别：施工；等级：A；条件：处罚数<9",
        (
            "第 2 行 “方式”列：任务不定向，对象范围里却写了等级、条件，现为“不定向”。按标签、"
            "等级或条件选对象的，“方式”要写“定向”；不定向的，只能写类别。"
        ),
    ),
    "undirected by tag": (
        "plan",
        2,
        "方式",
        "不定向",
        (
            "第 4 行 “方式”列：任务不定向，对象范围里却写了标签，现为“不定向”。按标签、"
            "等级或条件选对象的，“方式”要写“定向”；不定向的，只能写类别。"
        ),
    ),
    "condition that brings in a category without item": (
        "plan",
        2,
        "对象范围",
        "类别：全部；条件：投诉举报数=0、距上次检查年数≥9",
        [
            (
                "第 4 行 “对象范围”列：这个类别的对象在任务范围内，任务的事项却都不适用于它，"
                "现为“燃气”。请补上适用的事项，或从对象范围中去掉这个类别。"
            )
        ],
    ),
    "last visit still to come": (
        "targets",
        2,
        "上次检查日期",
        "2022-01-01",
        (
            "第 4 行 “上次检查日期”列：上次检查日期晚于检查期的最后一天（2021-12-31），"
            "现为“2022-01-01”。上次检查应是已经做过的，请核对日期；不改的，年数按 0 计。"
        ),
    ),
    "result of no category": (
        "targets",
        2,
        "上次检查结果",
        "合格",
        (
            "第 4 行 “上次检查结果”列：不认识的写法，现为“合格”。"
            "可以写：“未发现问题”“发现问题已责令改正”"
            "“发现问题待后续处理”“未发现开展本次抽查涉及的经营活动”“已关闭停业或正在组织清算”"
            "“不配合检查情节严重”“迁移、注销等其他情况”“未按规定公示应当公示的信息”"
            "“公示信息隐瞒真实情况、弄虚作假”“通过登记的住所（经营场所）无法联系”“违反其他规定”。"
        ),
    ),
    "officer twice under one number": (
        "officers",
        3,
        "工号",
        "1003",
        (
            "第 5 行 “工号”列：编号与第 4 行重复，名称却不同（第 4 行是“样例丙”），现为“1003”。"
            "一个编号只能是一家（一人、一项）：请查清哪一行的编号录错，改正；更名的，"
            "删去旧名称的一行。"
        ),
    ),
    "officer twice by certificate": (
        "officers",
        2,
        "执法证号",
        "样证 001",
        (
            "第 4 行 “执法证号”列：执法证号与第 2 行相同，可能是同一人重复列入，现为“样证 001”。"
            "同一人只留一行；确是两人的，核对执法证号。"
        ),
    ),
    "officer twice by name and department": (
        "officers",
        3,
        "姓名",
        "样例甲",
        (
            "第 5 行 “姓名”列：姓名、部门与第 2 行相同，可能是同一人有两个工号，现为“样例甲”。"
            "同一人只留一行；确是同名的两人，可以不改。"
        ),
    ),
    "the same name in another department": ("officers", 2, "姓名", "样例甲", []),
    "a personal cap of 0": (
        "officers",
        0,
        "年度上限",
        0,
        (
            "第 2 行 “年度上限”列：年度上限是 0，意思是一户也不能派，现为“0”。不限户次的，"
            "这一格留空；本批次不派的，在“状态”写离岗，或填请假。"
        ),
    ),
    "officer of an unknown department": (
        "officers",
        0,
        "部门",
        "样例县住建居",
        [
            *(
                f"plan.xlsx 工作表“表” 第 {n} 行 “发起部门”列："
                "这个部门在人员名录库里没有在岗的执法人员，现为“样例县住建局”。请核对部门的写法"
                "（人员名录库里有：“样例县住建局”“样例县住建居”“样例县市场监管局”），或补上人员。"
                for n in (2, 3, 4)
            ),
            (
                "第 2 行 “部门”列：事项清单和计划里都没有这个部门，这名人员派不出去，"
                "现为“样例县住建居”。请核对部门的写法（用到的部门有："
                "“样例县住建局”“样例县市场监管局”）。"
            ),
        ],
    ),
    "unknown leading department": (
        "plan",
        0,
        "发起部门",
        "样例县某局",
        [
            (
                f"第 2 行 “事项编号”列：事项的抽查主体“{BUREAU}”不是本任务的发起部门或配合部门，"
                "现为“S01”。请改正任务的部门，或去掉这个事项。"
            ),
            (
                "第 2 行 “发起部门”列：这个部门在人员名录库里没有在岗的执法人员，现为“样例县某局”。"
                f"请核对部门的写法（人员名录库里有：“{BUREAU}”“{MARKET}”），或补上人员。"
            ),
        ],
    ),
    "two tasks with one number": (
        "plan",
        1,
        "任务编号",
        "t01",
        (
            "第 3 行 “任务编号”列：编号与第 2 行重复，现为“T01”。每个编号只能有一行，"
            "请核对后删去重复的行。"
        ),
    ),
    "category without targets": (
        "plan",
        0,
        "对象范围",
        "施工、市政",
        (
            "第 2 行 “对象范围”列：名录库里没有这个类别的检查对象，现为“市政”。"
            "请核对类别的写法是否与名录库一致。"
        ),
    ),
    "tag without targets": (
        "plan",
        2,
        "对象范围",
        "标签：无此标签",
        (
            "第 4 行 “对象范围”列：名录库里没有带这个标签的检查对象，现为“无此标签”。"
            "请核对标签的写法是否与名录库一致。"
        ),
    ),
    "category without item": (
        "plan",
        0,
        "对象范围",
        "施工、燃气",
        (
            "第 2 行 “对象范围”列：这个类别的对象在任务范围内，任务的事项却都不适用于它，"
            "现为“燃气”。请补上适用的事项，或从对象范围中去掉这个类别。"
        ),
    ),
    "item of another department": (
        "plan",
        1,
        "配合部门",
        None,
        [
            (
                f"第 3 行 “事项编号”列：事项的抽查主体“{MARKET}”不是本任务的发起部门或配合部门，"
                "现为“S03”。请改正任务的部门，或去掉这个事项。"
            ),
            (
                "第 3 行 “配合部门”列：任务类型是部门联合，却没有写配合部门。请补上配合部门；"
                "只有本部门的，任务类型改为“内部”。"
            ),
        ],
    ),
    "department without officers": (
        "plan",
        0,
        "配合部门",
        "样例县某局",
        [
            (
                "第 2 行 “配合部门”列：这个部门在人员名录库里没有在岗的执法人员，现为“样例县某局”。"
                f"请核对部门的写法（人员名录库里有：“{BUREAU}”“{MARKET}”），或补上人员。"
            ),
            (
                "第 2 行 “配合部门”列：任务类型是内部，却写了配合部门，现为“样例县某局”。"
                "有别的部门参加的，任务类型改为“部门联合”；没有的，删去配合部门。"
            ),
        ],
    ),
    "round in words": (
        "plan",
        0,
        "时间",
        "第四季度",
        (
            "第 2 行 “时间”列：时间应是批次号或“全年”，现为“第四季度”。请写批次号，如 2021Q4；"
            "几个批次用顿号隔开。"
        ),
    ),
    "team of one": (
        "plan",
        0,
        "每组人数",
        1,
        (
            "第 2 行 “每组人数”列：每组人数少于 2，现为“1”。执法检查不得少于两名执法人员，请改为 "
            "2 或更多；留空为 2。"
        ),
    ),
    "mobile number": (
        "targets",
        0,
        "地址",
        f"样例路1号，{PHONE}",
        (
            "第 2 行 “地址”列：文字里有身份证号或手机号，不得进入档案，现为“样例路1号,"
            "139******78”。请删去号码；确需保留的另存，不放进本表。"
        ),
    ),
    "identity number": (
        "items",
        0,
        "备注",
        IDENTITY,
        (
            "第 2 行 “备注”列：文字里有身份证号或手机号，不得进入档案，现为“110*************2X”。"
            "请删去号码；确需保留的另存，不放进本表。"
        ),
    ),
    "number in an unknown column": (
        "targets",
        0,
        "联络",
        int(PHONE),
        [
            (
                "第 2 行 “联络”列：文字里有身份证号或手机号，不得进入档案，现为“139******78”。"
                "请删去号码；确需保留的另存，不放进本表。"
            ),
            "第 1 行 “联络”列：不认识的列名，这一列不用。如果确实不用，可以不管。",
        ],
    ),
    "number where a word is due": (
        "targets",
        0,
        "状态",
        f"存续{PHONE}",
        [
            (
                "第 2 行 “状态”列：不认识的写法，现为“存续139******78”。"
                "可以写：“存续”“在业”“在营”“正常”“开业”“在建”“在册”“存续(在营、"
                "开业、在册)”“注销”“吊销”“吊销未注销”“停业”“迁出”“清算”“竣工”“停工”“歇业”“撤销”。"
            ),
            (
                "第 2 行 “状态”列：文字里有身份证号或手机号，不得进入档案，"
                "现为“存续139******78”。请删去号码；确需保留的另存，不放进本表。"
            ),
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_problems_in_whole_messages(case: str, tmp_path: Path) -> None:
    table, at, column, value, expected = CASES[case]
    source = copy.deepcopy(GOOD)
    source[table][at][column] = value
    found = load(put(tmp_path, source))
    messages = [
        m if m.startswith(("officers", "plan")) else f"{table}.xlsx 工作表“表” {m}"
        for m in ([expected] if isinstance(expected, str) else expected)
    ]
    assert [str(problem) for problem in found.problems] == messages
    assert PHONE not in str(found.problems) and IDENTITY not in str(found.problems)
    errors = [p for p in found.problems if p.severity == "error"]
    for name, rows in source.items():
        bad = {p.row for p in errors if p.file.startswith(name)}
        assert set(getattr(found, name).index) == {n + 2 for n in range(len(rows))} - bad
    if errors:
        with pytest.raises(InputError, match="输入资料有"):
            found.check()


def test_recusal_of_a_name_that_two_bear(tmp_path: Path) -> None:
    source = copy.deepcopy(GOOD)
    source["targets"][3]["名称"] = "样例燃气〇〇二公司"
    assert [str(p) for p in load(put(tmp_path, source)).problems if p.severity == "error"] == [
        (
            "officers.xlsx 工作表“表” 第 2 行 “回避对象”列：回避对象有几家同名（3307820000123、"
            "91110000101623741K），现为“样例燃气〇〇二公司”。请改写编号。"
        )
    ]


def test_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    source = copy.deepcopy(GOOD)
    source["items"] = []
    source["targets"][0]["状态"] = "失联"
    source["plan"][0]["时间"] = source["plan"][1]["时间"] = source["plan"][2]["时间"] = "2022Q1"
    put(tmp_path, source)
    (tmp_path / "officers.xlsx").write_bytes(b"PK\x03\x04")
    found = load(tmp_path)
    assert [(p.file, p.code) for p in found.problems] == [
        ("items.xlsx", "I11"),
        ("targets.xlsx", "T06"),
        ("officers.xlsx", "F04"),
        ("plan.xlsx", "P28"),
    ]
    assert found.problems[0].message == "表里没有数据行"
    assert str(found.problems[3]) == (
        "plan.xlsx 工作表“表” “时间”列：没有一个任务的时间包含本批次 2021Q4。"
        "请在要抽的任务的“时间”列写上 2021Q4 或“全年”。"
    )


def test_an_empty_folder(tmp_path: Path) -> None:
    found = rosters.load(tmp_path / "nowhere", "ABCD", "2021Q4", WINDOW)
    assert (
        [p.code for p in found.problems] == ["F01"] * 4
        and len(found.targets) == 0
        and "tags" in found.plan
    )
    assert list(rosters.coverage(found, "2021Q4").columns) == [
        "category",
        "targets",
        "items",
        "tasks",
        "gap",
    ]


def test_personal_columns_are_dropped_and_said(tmp_path: Path) -> None:
    source = copy.deepcopy(GOOD)
    source["officers"][0] |= {"身份证号": IDENTITY, "手机": PHONE}
    found = load(put(tmp_path, source))
    assert found.problems == ()
    assert found.notes == (
        "随机抽查事项清单（items.xlsx）：读取 3 行。",
        "检查对象名录库（targets.xlsx）：读取 4 行。",
        "执法检查人员名录库（officers.xlsx）：读取 4 行。",
        "officers.xlsx 的“身份证号”“手机”列含个人信息，读取时已略去，不进入档案。",
        "年度抽查计划（plan.xlsx）：读取 3 行。",
    )


def test_many_alike_are_counted(tmp_path: Path) -> None:
    source = copy.deepcopy(GOOD)
    source["targets"] += [{**GOOD["targets"][3], "编号": f"X{n}", "状态": "好"} for n in range(200)]
    found = load(put(tmp_path, source))
    assert len(found.problems) == 51 and len(found.targets) == 4
    assert str(found.problems[-1]).startswith(
        "targets.xlsx 工作表“表” “状态”列：同样的问题还有 150 处：不认识的写法。可以写："
    )


@pytest.mark.parametrize(
    ("ratio", "text"),
    {
        "5%": "0.05",
        "0.05": "0.05",
        0.05: "0.05",
        0.07: "0.07",
        1: "1",
        "100%": "1",
        "２.５％": "0.025",
        "0.50": "0.5",
    }.items(),
)
def test_ratios(ratio: object, text: str) -> None:
    assert cells.ratios(ratio, "ABCD") == {"*": text}


@pytest.mark.parametrize(
    "day",
    [
        "2021-12-31",
        "2021/12/31",
        "2021.12.31",
        "2021年12月31日",
        "20211231",
        20211231,
        dt.date(2021, 12, 31),
        dt.datetime(2021, 12, 31),
        "2021-12-31 00:00:00",
        "２０２１－１２－３１",
    ],
)
def test_dates(day: object) -> None:
    assert cells.PARSERS["date"](day) == dt.date(2021, 12, 31)


def test_a_day_runs_into_no_hour() -> None:
    assert cells.PARSERS["date"]("2021-1-1 00:00") == dt.date(2021, 1, 1)


@pytest.mark.parametrize(
    ("code", "checked"),
    {
        "91350100M000100Y43": True,
        "330782202101010101": False,
        "411002202101010101": False,
        "JZ2021-001": False,
        "52330782MJ9999999X": True,
        "911101066976941872": True,
    }.items(),
)
def test_what_looks_like_a_credit_code(code: str, checked: bool) -> None:
    assert across.looks_like_uscc(code) is checked


def test_changes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    source = copy.deepcopy(GOOD)
    source["targets"][0] |= {"信用风险等级": "B", "标签": "重点检查", "有效期至": "2022-01-01"}
    source["targets"][1]["名称"] = GOOD["targets"][1]["名称"]
    source["targets"][2] = {**GOOD["targets"][2], "编号": "330782202101010102"}
    before, after = (
        load(put(tmp_path / "a", GOOD)).targets,
        load(put(tmp_path / "b", source)).targets,
    )
    rows = [
        ("330782202101010101", "删除", "", "", ""),
        ("330782202101010102", "新增", "", "", ""),
        ("91350100M000100Y43", "变更", "risk_class", "A", "B"),
        ("91350100M000100Y43", "变更", "tags", "专项整治、重点检查", "重点检查"),
        ("91350100M000100Y43", "变更", "permit_until", "长期", "2022-01-01"),
    ]
    assert list(rosters.changes(before, after).itertuples(index=False, name=None)) == rows
    assert (
        list(rosters.changes(before, after, ["risk_class"]).itertuples(index=False, name=None))
        == rows[:3]
    )
    assert rosters.changes(before, before).empty
    assert [schema.label("changes", key) for key in rosters.changes(before, after)] == [
        "编号",
        "变动",
        "栏目",
        "原值",
        "现值",
    ]


def test_coverage(tmp_path: Path) -> None:
    source = copy.deepcopy(GOOD)
    source["plan"] = source["plan"][:1]
    source["items"][0]["检查对象类别"] = "施工、监理、市政"
    source["items"] = source["items"][:1]
    source["officers"][2]["执法事项范围"] = None
    found = load(put(tmp_path, source))
    assert list(rosters.coverage(found, "2021Q4").itertuples(index=False, name=None)) == [
        ("市政", 0, 1, 0, "没有在册的检查对象；本批次没有任务"),
        ("施工", 1, 1, 1, ""),
        ("燃气", 1, 0, 0, "没有适用的抽查事项；本批次没有任务"),
        ("监理", 1, 1, 1, ""),
    ]
    assert set(rosters.coverage(found, "2022Q1")["tasks"]) == {0}


def test_every_column_has_one_header_and_a_parser() -> None:
    for table, columns in schema.COLUMNS.items():
        assert len({c.header for c in columns}) == len({c.key for c in columns}) == len(columns)
        assert all(
            c.kind in cells.PARSERS or c.kind in ("choice", "class", "ratios", "scope")
            for c in columns
        )
        assert not any(rawtables.is_personal(c.header) for c in columns)
        assert [schema.label(table, c.key) for c in columns] == [c.header for c in columns]


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.text(max_size=12),
    st.sampled_from(
        [
            "全部",
            "S01",
            "5%",
            "A 2%；B 5%；C 20%；D 100%",
            "；",
            "类别：",
            "至",
            "2021-12-06至",
            "%",
            "=1+1",
            "9999-12-31",
            PHONE,
            IDENTITY,
        ]
    ),
)


@examples(1 / 4)
@given(
    changes=st.lists(
        st.tuples(st.sampled_from(list(GOOD)), st.integers(0, 9), st.integers(0, 30), CELLS),
        max_size=6,
    )
)
def test_any_cells_give_rows_or_problems(
    changes: list[tuple[str, int, int, Any]], tmp_path: Path
) -> None:
    source = copy.deepcopy(GOOD)
    for table, row, column, value in changes:
        names = list(schema.headers(table))
        source[table][row % len(source[table])][names[column % len(names)]] = value
    raw = {}
    for name, rows in source.items():
        cells = [[body._value(row.get(header)) for header in schema.headers(name)] for row in rows]
        kept = {n: row for n, row in enumerate(cells, 2) if any(cell is not None for cell in row)}
        raw[name] = pd.DataFrame(
            {
                header: pd.Series([row[at] for row in kept.values()], list(kept), dtype=object)
                for at, header in enumerate(schema.headers(name))
            }
        )
    real, rawtables.read = (
        rawtables.read,
        lambda path, headers: Table(path.name, "表", raw[path.stem], rows=len(raw[path.stem])),
    )
    try:
        found = load(put(tmp_path, GOOD) if not any(tmp_path.iterdir()) else tmp_path)
    finally:
        rawtables.read = real
    for name in source:
        bad = {
            p.row
            for p in found.problems
            if p.severity == "error" and p.file.startswith(name) and p.row is not None
        }
        assert len(getattr(found, name)) + len(bad) == len(raw[name])
    assert PHONE not in str(found.problems)
    rosters.coverage(found, "2021Q4")
    for name in GOOD:
        assert rosters.changes(getattr(found, name), getattr(found, name)).empty


# --- 互认检查结果, which a round may go without ---

RESULT = {
    "来源单位": MARKET,
    "编号": "91350100m000100y43",
    "事项编号": "s01",
    "检查日期": "2021-05-06",
    "检查结果": "未发现问题",
    "文件校验码": "AB" * 32,
}
# name → (changed cells, messages)
RECOGNISED = {
    "sound": ({}, []),
    "a target of nobody's": ({"编号": "91110000101623741X"}, ["M20"]),
    "an item of no list": ({"事项编号": "S99"}, ["M21"]),
    "inspected when the visits have begun": ({"检查日期": "2021-12-06"}, ["M22"]),
    "no hash": ({"文件校验码": "9f0b4cb7"}, ["M18"]),
    "a hash that is elsewhere": ({"文件校验码": "见附件"}, ["F20"]),
    "hash missing": ({"文件校验码": None}, ["M01"]),
    "target as a float": ({"编号": 9.1350100123456e17}, ["M04", "M01"][:1]),
}


@pytest.mark.parametrize(("change", "codes"), RECOGNISED.values(), ids=list(RECOGNISED))
def test_recognised_results(change, codes, tmp_path):
    found = rosters.load(
        put(tmp_path, {**GOOD, "recognised": [{**RESULT, **change}]}), "ABCD", "2021Q4", WINDOW
    )
    assert [p.code for p in found.problems if p.file == "recognised.xlsx"] == codes
    if not codes:
        assert found.recognised[["source", "target", "item", "date", "sha256"]].values.tolist() == [
            [MARKET, "91350100M000100Y43", "S01", dt.date(2021, 5, 6), "ab" * 32]
        ]
        assert "互认检查结果（recognised.xlsx）：读取 1 行。" in found.notes


def test_without_recognised_results(tmp_path):
    found = rosters.load(put(tmp_path, GOOD), "ABCD", "2021Q4", WINDOW)
    assert len(found.recognised) == 0 and list(found.recognised.columns)[:3] == [
        "source",
        "target",
        "item",
    ]
    assert not any("互认" in note for note in found.notes)


def test_several_items_of_one_target_are_no_duplicate(tmp_path):
    rows = [RESULT, {**RESULT, "事项编号": "S02"}]
    found = rosters.load(put(tmp_path, {**GOOD, "recognised": rows}), "ABCD", "2021Q4", WINDOW)
    assert list(found.recognised["item"]) == ["S01", "S02"] and not [
        p for p in found.problems if p.file == "recognised.xlsx"
    ]
