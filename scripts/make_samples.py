"""Make the invented sample rounds: ``python scripts/make_samples.py [FOLDER]`` (default
``demo/params/``).

2021Q4 is made from the tables below; 2021Q1 to 2021Q3 are the same rosters with CHANGES undone;
sample60 is a small round of its own, 2021 the year's plan. What looks random comes from SHA-256 of
names, and workbooks are stored without compression, so that every machine writes the same bytes.
Nothing here is a real bureau, firm or person.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import zipfile
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from sample_items import (
    ABOVE,
    ABOVE60,
    CLOSING,
    EFFECTIVE,
    FIRE,
    HOUSING,
    ITEMS,
    ITEMS60,
    MARKET,
    OPENING,
    TASKS,
    TASKS60,
)
from sample_year import indicator_rows, other_rows
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_10

Row = dict[str, Any]  # Chinese header -> text, int, float (shown as per cent), date or ""
NO_EXPIRY = date(9999, 9, 9)  # 长期有效

# category, section, name, numbering, targets in class (A, B, C, D), permit, prefix of its number
TRADES = (
    (
        "施工企业",
        "建筑业管理股",
        "{}建筑{}公司",
        "credit",
        (52, 40, 19, 7),
        "建筑业企业资质证书",
        "样D3",
    ),
    (
        "房地产开发",
        "住房保障股",
        "{}置业{}公司",
        "credit",
        (16, 15, 8, 3),
        "房地产开发企业资质证书",
        "样房开",
    ),
    ("物业服务", "住房保障股", "{}物业{}公司", "credit", (30, 22, 10, 4), "", ""),
    ("燃气经营", "燃气办公室", "{}燃气{}公司", "credit", (14, 12, 6, 2), "燃气经营许可证", "样燃"),
    ("供水供热", "市政管理股", "{}水热{}公司", "credit", (12, 7, 2, 1), "取水许可证", "样水"),
    (
        "预拌混凝土",
        "质量监督站",
        "{}商砼{}公司",
        "credit",
        (5, 5, 3, 1),
        "建筑业企业资质证书",
        "样D3",
    ),
    (
        "工程监理",
        "建筑业管理股",
        "{}监理{}公司",
        "credit",
        (11, 6, 2, 1),
        "工程监理资质证书",
        "样E2",
    ),
    (
        "造价咨询",
        "建筑业管理股",
        "{}造价{}公司",
        "credit",
        (10, 4, 1, 1),
        "工程造价咨询企业资质证书",
        "样造",
    ),
    (
        "工程检测",
        "质量监督站",
        "{}检测{}公司",
        "credit",
        (5, 3, 1, 1),
        "建设工程质量检测机构资质证书",
        "样检",
    ),
    (
        "房地产中介",
        "住房保障股",
        "{}房产经纪{}店",
        "shop",
        (36, 22, 13, 3),
        "房地产经纪机构备案证明",
        "样中介",
    ),
    ("市政设施", "市政管理股", "{}市政设施{}号", "SZ", (15, 7, 2, 0), "", ""),
    ("人防工程", "质量监督站", "{}人防工程{}号", "RF", (18, 9, 3, 0), "人防工程验收备案表", "样防"),
    (
        "在建项目",
        "质量监督站",
        "{}家园{}号项目",
        "project",
        (82, 53, 26, 9),
        "建筑工程施工许可证",
        "样施",
    ),
)
SIZES60 = {
    "施工企业": (8, 5, 2, 1),
    "物业服务": (7, 4, 2, 1),
    "燃气经营": (3, 2, 1, 0),
    "在建项目": (12, 8, 3, 1),
}
TRADES60 = tuple(
    (*trade[:4], SIZES60[trade[0]], *trade[5:]) for trade in TRADES if trade[0] in SIZES60
)

AREAS = ("样例城区", "样例开发区", "样例东镇", "样例西镇", "样例南乡", "样例北乡")
WATER = "《中华人民共和国政府信息公开条例》第十四条（公开可能危及公共安全）"
SECRET = "《中华人民共和国保守国家秘密法》；《中华人民共和国政府信息公开条例》第十四条"
HIDDEN = {
    "样例水热〇〇一公司": WATER,
    "样例水热〇〇四公司": WATER,
    "样例燃气〇〇三公司": WATER,
    "样例燃气〇一七公司": WATER,
    "样例人防工程〇〇二号": SECRET,
    "样例人防工程〇〇七号": SECRET,
    "样例人防工程〇一一号": SECRET,
    "样例人防工程〇一九号": SECRET,
    "样例人防工程〇二六号": SECRET,
    "样例家园〇三三号项目": SECRET,
    "演示燃气〇〇二公司": WATER,
}
CLOSED = {
    "样例建筑〇二三公司": "注销",
    "样例建筑〇七一公司": "停业",
    "样例建筑一〇四公司": "注销",
    "样例物业〇一五公司": "停业",
    "样例物业〇四八公司": "注销",
    "样例造价〇〇九公司": "注销",
    "样例房产经纪〇一二店": "注销",
    "样例房产经纪〇三七店": "停业",
    "样例房产经纪〇六六店": "注销",
    "演示物业〇〇九公司": "注销",
}
RESULTS = ("未发现问题", "发现问题已责令改正", "发现问题待后续处理")
# tag: how many in class (A, B, C, D), from which categories
TAGS = {
    "专项整治": ((8, 12, 11, 6), ("在建项目", "施工企业", "燃气经营", "物业服务")),
    "重点检查": (
        (10, 13, 14, 8),
        ("在建项目", "燃气经营", "供水供热", "预拌混凝土", "工程检测", "人防工程"),
    ),
}
TAGS60 = {
    "专项整治": ((4, 4, 5, 2), ("在建项目", "施工企业", "燃气经营")),
    "重点检查": ((2, 2, 2, 1), ("在建项目", "燃气经营")),
}

# 工号 begins with, department, section, title of the first, then the specialities of each officer
STAFF = (
    (
        "ZJ",
        HOUSING,
        "质量监督站",
        "站长",
        ("工程质量、施工安全、建筑市场",)
        + ("工程质量、施工安全",) * 3
        + ("工程质量",) * 2
        + ("施工安全",) * 2,
    ),
    ("ZJ", HOUSING, "建筑业管理股", "股长", ("建筑市场、施工安全",) * 2 + ("建筑市场",) * 3),
    (
        "ZJ",
        HOUSING,
        "市政管理股",
        "股长",
        ("市政公用、燃气安全", "市政公用、工程质量", "市政公用、施工安全", "市政公用"),
    ),
    (
        "ZJ",
        HOUSING,
        "住房保障股",
        "股长",
        ("房地产市场、物业管理",) * 3 + ("物业管理、建筑市场", "房地产市场"),
    ),
    (
        "ZJ",
        HOUSING,
        "燃气办公室",
        "主任",
        ("燃气安全、市政公用",) * 2 + ("燃气安全、施工安全", "燃气安全"),
    ),
    ("XF", FIRE, "监督执法股", "股长", ("消防安全",) * 5),
    (
        "SJ",
        MARKET,
        "价格监督检查股",
        "股长",
        ("价格监管、合同广告",) * 2 + ("价格监管",) * 2 + ("合同广告",),
    ),
    (
        "ZY",
        HOUSING,
        "专家库（样例设计院）",
        "高级工程师",
        ("工程质量、施工安全", "施工安全", "施工安全"),
    ),
    (
        "ZY",
        HOUSING,
        "专家库（样例燃气协会）",
        "高级工程师",
        ("燃气安全", "燃气安全", "燃气安全、市政公用"),
    ),
)
STAFF60 = (
    (
        "ZJ",
        HOUSING,
        "工程监管股",
        "股长",
        ("工程质量、施工安全", "工程质量、建筑市场", "施工安全、建筑市场", "工程质量、施工安全"),
    ),
    (
        "ZJ",
        HOUSING,
        "物业和燃气股",
        "股长",
        ("物业管理、燃气安全、建筑市场", "物业管理、燃气安全", "物业管理、燃气安全、工程质量"),
    ),
    ("XF", FIRE, "监督执法股", "股长", ("消防安全",) * 3),
)
UNLICENSED = {"人员类别": "日常监管", "执法证号": "", "执法证有效期至": ""}
STAFF_NOTES: dict[
    str, Row
] = {  # 工号: cells that differ from the rule; 回避对象 by the target's name
    "ZJ-002": {"回避对象": "样例家园〇一二号项目"},
    "ZJ-005": {"年度上限": 40},
    "ZJ-006": {"执法证有效期至": date(2021, 12, 20)},  # within the visit window of 2021Q4
    "ZJ-008": UNLICENSED,
    "ZJ-010": {"回避对象": "样例建筑〇〇五公司、样例监理〇〇三公司"},
    "ZJ-012": {"请假": "2021-12-08至2021-12-24"},
    "ZJ-017": UNLICENSED,
    "ZJ-019": {"回避对象": "样例物业〇一一公司"},
    "ZJ-021": {"年度上限": 36},
    "ZJ-022": {"执法事项范围": "ZJ-17、ZJ-18、ZJ-19"},
    "ZJ-026": {"执法事项范围": "ZJ-14、ZJ-15、ZJ-16"},
    "XF-002": {"回避对象": "样例燃气〇〇六公司"},
    "XF-005": {"执法事项范围": "XF-01"},
    "SJ-005": UNLICENSED,
}
STAFF_NOTES60: dict[str, Row] = {"ZJ-003": {"回避对象": "演示建筑〇〇二公司"}}

# What was different up to and including a round: (last such round, table, key, column, value then);
# with no
# column the row was not there yet. Targets are named by 名称, officers by 工号, items by 事项编号.
CHANGES: tuple[tuple[str, str, str, str, Any], ...] = (
    *(
        ("2021Q1", "targets", f"样例家园{n}号项目", "", "")
        for n in ("一五六", "一五七", "一五八", "一五九", "一六〇")
    ),
    *(
        ("2021Q2", "targets", f"样例家园{n}号项目", "", "")
        for n in ("一六一", "一六二", "一六三", "一六四")
    ),
    *(
        ("2021Q3", "targets", f"样例家园{n}号项目", "", "")
        for n in ("一六五", "一六六", "一六七", "一六八", "一六九", "一七〇")
    ),
    ("2021Q1", "targets", "样例建筑一一五公司", "", ""),
    ("2021Q1", "targets", "样例物业〇六四公司", "", ""),
    ("2021Q2", "targets", "样例建筑一一六公司", "", ""),
    ("2021Q2", "targets", "样例房产经纪〇七二店", "", ""),
    ("2021Q3", "targets", "样例建筑一一八公司", "", ""),
    ("2021Q3", "targets", "样例房产经纪〇七四店", "", ""),
    ("2021Q1", "targets", "样例建筑〇二三公司", "状态", "正常"),
    ("2021Q2", "targets", "样例建筑〇七一公司", "状态", "正常"),
    ("2021Q2", "targets", "样例物业〇一五公司", "状态", "正常"),
    ("2021Q3", "targets", "样例房产经纪〇三七店", "状态", "正常"),
    ("2021Q1", "targets", "样例建筑〇〇八公司", "信用风险等级", "C"),
    ("2021Q1", "targets", "样例家园〇四一号项目", "信用风险等级", "B"),
    ("2021Q2", "targets", "样例建筑〇三一公司", "信用风险等级", "B"),
    ("2021Q2", "targets", "样例物业〇二二公司", "信用风险等级", "C"),
    ("2021Q2", "targets", "样例燃气〇〇九公司", "信用风险等级", "B"),
    ("2021Q3", "targets", "样例家园〇九七号项目", "信用风险等级", "C"),
    ("2021Q3", "targets", "样例置业〇一三公司", "信用风险等级", "C"),
    ("2021Q3", "targets", "样例房产经纪〇二〇店", "信用风险等级", "B"),
    ("2021Q1", "targets", "样例家园〇九七号项目", "信用风险等级", "D"),
    ("2021Q2", "targets", "样例物业〇二二公司", "投诉举报数", 0),
    ("2021Q1", "officers", "ZJ-013", "", ""),
    ("2021Q2", "officers", "SJ-004", "", ""),
    ("2021Q2", "officers", "ZJ-004", "岗位", "建筑业管理股"),
    ("2021Q2", "officers", "ZJ-015", "执法证有效期至", date(2021, 10, 31)),
    ("2021Q3", "officers", "ZJ-012", "请假", ""),
    ("2021Q2", "items", "ZJ-20", "", ""),
)
# 审批权限: matter -> titles of those who may approve it
APPROVERS = {
    "抽查方案": ("局长",),
    "公布": ("局长",),
    "抽后调整": ("局长", "分管副局长"),
    "作废": ("局长",),
    "计划变更": ("局长",),
}
PLAN_APPROVED = date(2021, 1, 15)
KEYS = {"items": "事项编号", "targets": "名称", "officers": "工号"}
# after that round
REGISTERED = {"2021Q1": date(2021, 3, 8), "2021Q2": date(2021, 6, 1), "2021Q3": date(2021, 9, 1)}

# Columns with their widths; the drop-down lists of some.
COLUMNS = {
    "items": {
        "事项编号": 10,
        "事项名称": 26,
        "抽查依据": 34,
        "抽查主体": 24,
        "抽查子项": 16,
        "抽查内容": 30,
        "抽查方式": 11,
        "事项类别": 9,
        "检查对象类别": 15,
        "抽查比例": 9,
        "抽查频次": 10,
        "检查人员要求": 13,
        "工作指引": 46,
        "是否需专家": 11,
        "生效日期": 12,
    },
    "targets": {
        "编号": 26,
        "名称": 22,
        "类别": 12,
        "信用风险等级": 13,
        "状态": 7,
        "是否公开": 9,
        "不公开依据": 30,
        "标签": 18,
        "主管股室": 14,
        "所属区域": 12,
        "地址": 31,
        "许可证名称": 26,
        "许可证编号": 19,
        "有效期至": 12,
        "成立日期": 12,
        "上次检查日期": 13,
        "上次检查结果": 20,
        "投诉举报数": 11,
        "处罚数": 8,
    },
    "officers": {
        "工号": 9,
        "姓名": 11,
        "部门": 24,
        "岗位": 24,
        "职务": 14,
        "人员类别": 10,
        "专业": 29,
        "状态": 7,
        "执法证号": 16,
        "执法证有效期至": 15,
        "执法事项范围": 22,
        "回避对象": 40,
        "请假": 25,
        "年度上限": 9,
    },
    "plan": {
        "任务编号": 10,
        "任务名称": 35,
        "任务类型": 10,
        "事项编号": 34,
        "对象范围": 38,
        "方式": 9,
        "抽查比例": 30,
        "时间": 36,
        "发起部门": 16,
        "配合部门": 24,
        "每组人数": 9,
        "专家": 7,
        "审批人": 11,
        "审批日期": 12,
    },
    "indicators": {
        "指标编号": 9,
        "指标名称": 24,
        "口径": 50,
        "分子": 22,
        "分母": 24,
        "截止日": 12,
        "佐证材料": 26,
        "目标值": 17,
        "填报值": 12,
        "备注": 22,
    },
    "other_inspections": {
        "编号": 26,
        "名称": 24,
        "检查日期": 12,
        "检查类型": 14,
        "检查事由": 26,
        "是否除外": 9,
        "除外依据": 32,
        "检查部门": 24,
    },
}
LISTS = {
    "事项类别": ["一般", "重点"],
    "是否需专家": ["是", "否"],
    "信用风险等级": ["A", "B", "C", "D"],
    "状态": [],
    "是否公开": ["是", "否"],
    "人员类别": ["执法", "日常监管", "专家"],
    "任务类型": ["内部", "部门联合"],
    "方式": ["定向", "不定向"],
    "专家": ["是", "否"],
}
STATUS = {"targets": ["正常", "注销", "停业"], "officers": ["在岗", "借调", "离岗"]}
LISTS |= {
    "检查类型": [
        "日常检查",
        "专项检查",
        "投诉举报核查",
        "上级交办",
        "复查",
        "企业申请",
        "许可核查",
        "其他",
    ],
    "是否除外": ["是", "否"],
}
SHEETS = {
    "items": "随机抽查事项清单",
    "targets": "检查对象名录库",
    "officers": "执法检查人员名录库",
    "plan": "年度抽查工作计划",
    "indicators": "考核指标",
    "other_inspections": "其他检查登记表",
}


@dataclass(frozen=True)
class Round:
    """Dates of one round and the sample that it belongs to."""

    id: str
    title: str
    window: tuple[date, date]
    event: date
    approved: date
    word: str  # 样例 or 演示: begins every invented name
    area: str  # invented area code


ROUNDS = (
    Round(
        "2021Q1",
        "2021年第一季度双随机抽查",
        (date(2021, 3, 8), date(2021, 3, 31)),
        date(2021, 2, 18),
        date(2021, 2, 5),
        "样例",
        "999999",
    ),
    Round(
        "2021Q2",
        "2021年第二季度双随机抽查",
        (date(2021, 6, 7), date(2021, 6, 30)),
        date(2021, 5, 18),
        date(2021, 5, 7),
        "样例",
        "999999",
    ),
    Round(
        "2021Q3",
        "2021年第三季度双随机抽查",
        (date(2021, 9, 6), date(2021, 9, 30)),
        date(2021, 8, 17),
        date(2021, 8, 6),
        "样例",
        "999999",
    ),
    Round(
        "2021Q4",
        "2021年第四季度双随机抽查",
        (date(2021, 12, 6), date(2021, 12, 31)),
        date(2021, 11, 26),
        date(2021, 11, 15),
        "样例",
        "999999",
    ),
    Round(
        "sample60",
        "六十户小样例双随机抽查",
        (date(2021, 12, 6), date(2021, 12, 24)),
        date(2021, 11, 26),
        date(2021, 11, 15),
        "演示",
        "999998",
    ),
)


def pick(text: str, below: int) -> int:
    """A fixed whole number in 0 … below-1 for a text: ``pick("样例甲,证", 10)`` is the same
    everywhere.
    """
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big") % below


def shuffled(values: list[Any], label: str) -> list[Any]:
    """The values in the order of the hash of their text."""
    return sorted(values, key=lambda value: hashlib.sha256(f"{label},{value}".encode()).digest())


def chinese(number: int) -> str:
    """``7`` → ``〇〇七``."""
    return "".join("〇一二三四五六七八九"[int(digit)] for digit in f"{number:03d}")


def person(word: str, number: int) -> str:
    """Invented names: 样例甲 … 样例癸, then 样例甲戌, 样例乙亥 … (the sixty-year cycle)."""
    return (
        word
        + "甲乙丙丁戊己庚辛壬癸"[number % 10]
        + ("子丑寅卯辰巳午未申酉戌亥"[number % 12] if number >= 10 else "")
    )


def target_id(kind: str, area: str, category: int, number: int, founded: date) -> str:
    """A credit code, a shop's 15-digit registration number, a facility's or a project's number."""
    serial = category * 1000 + number
    if kind == "project":
        return f"{founded.year}-{area}-47-03-{serial:06d}"
    if kind in ("RF", "SZ"):
        return f"{kind}-{area}-{number:04d}"
    if kind == "shop" and number % 25 == 5:  # a few old registrations, as they still occur
        body = f"{area}60{serial:06d}"
        return body + mod_11_10.calc_check_digit(body)
    body = f"{'92' if kind == 'shop' and number % 3 else '91'}{area}MA{serial:07d}"
    return body + uscc.calc_check_digit(body)


def founding_day(name: str, kind: str) -> date:
    """The day of registration; for a target that came during the year, after the last round without
    it.
    """
    last = [
        until
        for until, table, key, column, _ in CHANGES
        if (table, key, column) == ("targets", name, "")
    ]
    if last:
        return REGISTERED[last[0]] + timedelta(days=pick(f"{name},成立", 50))
    if kind == "project":
        return date(2019, 3, 1) + timedelta(days=pick(f"{name},成立", 660))
    return date(1998, 3, 1) + timedelta(days=pick(f"{name},成立", 8000))


def last_visit(name: str, risk: int, founded: date) -> Row:
    """The last visit before 2021 and what it found; none for a third, and for those that came
    later.
    """
    day = date(2018, 3, 1) + timedelta(days=pick(f"{name},上次", 1030))  # to 2020-12-24
    if day <= founded or pick(f"{name},查过", 3) == 0:
        return {"上次检查日期": "", "上次检查结果": ""}
    found = 0 if pick(f"{name},结果", 10) >= 1 + 2 * risk else 1 + pick(f"{name},问题", 2)
    return {"上次检查日期": day, "上次检查结果": RESULTS[found]}


def make_targets(word: str, area: str, trades: tuple, tags: dict) -> list[Row]:
    """The target roster, trade by trade; classes are spread by hash in the exact numbers of the
    table.
    """
    rows: list[Row] = []
    for place, (category, section, pattern, kind, sizes, permit, prefix) in enumerate(trades, 1):
        names = [pattern.format(word, chinese(number)) for number in range(1, sum(sizes) + 1)]
        letters = "".join(c * n for c, n in zip("ABCD", sizes, strict=True))
        classes = dict(zip(shuffled(names, "等级"), letters, strict=True))
        for number, name in enumerate(names, 1):
            founded, risk = founding_day(name, kind), "ABCD".index(classes[name])
            area_name = AREAS[pick(f"{name},区域", len(AREAS))].replace("样例", word)
            lasting = not permit or kind in ("RF", "project")
            rows.append(
                {
                    "编号": target_id(kind, area, place, number, founded),
                    "名称": name,
                    "类别": category,
                    "信用风险等级": classes[name],
                    "状态": CLOSED.get(name, "正常"),
                    "是否公开": "否" if name in HIDDEN else "是",
                    "不公开依据": HIDDEN.get(name, ""),
                    "主管股室": section,
                    "所属区域": area_name,
                    "地址": f"{word}县{area_name}{word}路{1 + pick(f'{name},地址', 280)}号",
                    "许可证名称": permit,
                    "许可证编号": f"{prefix}{area}{number:04d}" if permit else "",
                    "有效期至": ""
                    if lasting
                    else NO_EXPIRY
                    if kind == "shop"
                    else date(2021, 11, 20) + timedelta(days=pick(f"{name},有效期", 1500)),
                    "成立日期": founded,
                    **last_visit(name, risk, founded),
                    "投诉举报数": pick(f"{name},投诉", 1 + 2 * risk),
                    "处罚数": pick(f"{name},处罚", 1 + risk),
                }
            )
    for tag, (sizes, categories) in tags.items():
        for grade, size in zip("ABCD", sizes, strict=True):
            able = [
                row["名称"]
                for row in rows
                if row["类别"] in categories
                and row["信用风险等级"] == grade
                and row["状态"] == "正常"
            ]
            chosen = set(shuffled(able, tag)[:size])
            for row in rows:
                row["标签"] = "、".join(
                    filter(None, (row.get("标签", ""), tag if row["名称"] in chosen else ""))
                )
    return rows


def make_officers(
    word: str, area: str, staff: tuple, notes: dict[str, Row], targets: list[Row]
) -> list[Row]:
    """The officer roster: rules first, then the notes on single officers; recusals by id, one by
    name.
    """
    ids = {row["名称"]: row["编号"] for row in targets}
    rows: list[Row] = []
    counts: dict[str, int] = {}
    for prefix, department, section, title, specialities in staff:
        for place, speciality in enumerate(specialities):
            counts[prefix] = counts.get(prefix, 0) + 1
            number, name, expert = (
                f"{prefix}-{counts[prefix]:03d}",
                person(word, len(rows)),
                prefix == "ZY",
            )
            row = {
                "工号": number,
                "姓名": name,
                "部门": department.format(word),
                "岗位": section.replace("样例", word),
                "职务": title
                if expert or place == 0
                else "一级科员"
                if place < 3
                else "四级主任科员",
                "人员类别": "专家" if expert else "执法",
                "专业": speciality,
                "状态": "在岗",
                "执法证号": "" if expert else f"{area}-{number}",
                "执法证有效期至": ""
                if expert
                else date(2022, 6, 30) + timedelta(days=pick(f"{name},证", 1200)),
                "执法事项范围": "",
                "请假": "",
                "年度上限": "",
                **notes.get(number, {}),
            }
            wanted = row.get("回避对象", "")
            row["回避对象"] = (
                wanted if prefix == "XF" else "、".join(ids[n] for n in wanted.split("、") if n)
            )
            rows.append(row)
    return rows


def make_items(word: str, items: tuple, experts: bool) -> list[Row]:
    """The item list from sample_items; without experts in the roster no item asks for one."""
    keys = (
        "事项编号",
        "事项名称",
        "抽查主体",
        "事项类别",
        "检查对象类别",
        "检查人员要求",
        "是否需专家",
        "抽查比例",
        "抽查依据",
        "抽查子项",
        "抽查内容",
    )
    rows = []
    for *cells, guide in items:
        row = dict(zip(keys, cells, strict=True))
        effective = EFFECTIVE.get(row["事项编号"])
        categories = "、".join(
            c for c in row["检查对象类别"].split("、") if experts or c in SIZES60
        )
        rows.append(
            {
                **row,
                "抽查主体": row["抽查主体"].format(word),
                "检查对象类别": categories,
                "抽查方式": "现场检查",
                "抽查频次": "每年1次",
                "是否需专家": row["是否需专家"] if experts else "否",
                "工作指引": OPENING + guide + CLOSING,
                "生效日期": date(*effective) if effective else "",
            }
        )
    return rows


def make_plan(word: str, tasks: tuple) -> list[Row]:
    """The year's plan, approved once; every round carries a copy."""
    keys = (
        "任务编号",
        "任务名称",
        "任务类型",
        "事项编号",
        "对象范围",
        "方式",
        "抽查比例",
        "时间",
        "配合部门",
        "每组人数",
        "专家",
    )
    return [
        {
            **row,
            "发起部门": HOUSING.format(word),
            "配合部门": row["配合部门"].format(word),
            "审批人": f"{word}局长",
            "审批日期": PLAN_APPROVED,
        }
        for row in (dict(zip(keys, task, strict=True)) for task in tasks)
    ]


def as_it_was(table: str, rows: list[Row], round_id: str) -> list[Row]:
    """The rows of 2021Q4 as they stood in an earlier round: all CHANGES that lasted at least until
    it are undone.
    """
    rows = [dict(row) for row in rows]
    lasting = [change for change in CHANGES if change[1] == table and round_id <= change[0]]
    for _, _, key, column, value in sorted(lasting, key=lambda change: change[0], reverse=True):
        (row,) = (row for row in rows if row[KEYS[table]] == key)
        if column:
            row[column] = value
        else:
            rows.remove(row)
    return rows


def workbook(table: str, title: str, rows: list[Row]) -> bytes:
    """A roster as .xlsx bytes; the target roster has a title row above its header, as such lists
    often do.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties(
        {"title": title, "author": "样例数据，非真实单位", "created": datetime(2021, 1, 1)}
    )
    sheet = book.add_worksheet(SHEETS[table])
    cell = {
        "font_name": "宋体",
        "font_size": 11,
        "border": 1,
        "valign": "vcenter",
        "text_wrap": True,
    }
    text = book.add_format({**cell, "num_format": "@"})
    short, number, day, percent = (
        book.add_format({**cell, "num_format": code, "align": "center"})
        for code in ("@", "0", "yyyy-mm-dd", "0%")
    )
    head = book.add_format({**cell, "bold": True, "align": "center", "bg_color": "#DDE8F3"})
    columns, top = COLUMNS[table], 0
    if table == "targets":
        large = book.add_format(
            {"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"}
        )
        sheet.merge_range(0, 0, 0, len(columns) - 1, title, large)
        sheet.set_row(0, 30)
        top = 1
    sheet.set_row(top, 24)
    for line, row in enumerate(rows, top + 1):
        sheet.set_row(
            line,
            5 + 15 * max(lines(row.get(column, ""), width) for column, width in columns.items()),
        )
    for place, (column, width) in enumerate(columns.items()):
        sheet.set_column(place, place, width)
        sheet.write_string(top, place, column, head)
        options = STATUS[table] if column == "状态" else LISTS.get(column)
        if options and rows:
            sheet.data_validation(
                top + 1, place, top + len(rows), place, {"validate": "list", "source": options}
            )
        for line, row in enumerate(rows, top + 1):
            value = row.get(column, "")
            if isinstance(value, date):
                sheet.write_datetime(line, place, datetime(value.year, value.month, value.day), day)
            elif isinstance(value, int | float):
                sheet.write_number(
                    line, place, value, percent if isinstance(value, float) else number
                )
            elif value:
                sheet.write_string(line, place, value, short if width < 14 else text)
            else:
                sheet.write_blank(line, place, None, text)
    sheet.freeze_panes(top + 1, 2)
    sheet.autofilter(top, 0, top + len(rows), len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    sheet.set_footer("&L样例数据，不作执法依据&R第 &P 页，共 &N 页")
    book.close()
    return stored(buffer.getvalue())


def lines(value: Any, width: int) -> int:
    """Lines of a text in a column of a width; a Chinese character is as wide as two digits."""
    return (
        -(-sum(2 if char > "\u2000" else 1 for char in value) // (width - 1))
        if isinstance(value, str) and value
        else 1
    )


def stored(xlsx: bytes) -> bytes:
    """The same workbook without compression: compressed bytes depend on the machine's zlib and
    system.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 0
            new.writestr(entry, old.read(name))
    return buffer.getvalue()


FACTORS = """
[risk_factors]
complaints = 1
penalties = 1
last_problem = 2
years = 1
never = 1
most = 5
"""


POOLS = """
[pools]
"重点检查库" = "标签：重点检查；等级：C、D"
"""


def authority_toml(word: str, matters: dict[str, tuple[str, ...]]) -> str:
    """``[[authority]]``: who may approve what, by title; the invented word comes before each."""
    named = {
        matter: ", ".join(f'"{word}{title}"' for title in titles)
        for matter, titles in matters.items()
    }
    return "".join(
        f'\n[[authority]]\nmatter = "{matter}"\napprovers = [{names}]\n'
        for matter, names in named.items()
    )


def round_toml(it: Round, above: tuple) -> str:
    """``round.toml`` of a demonstration whose event is 16 dice."""
    classes = "".join(
        f'\n[classes.{risk}]\nmax_ratio = "{ratio}"\nweight = {weight}\nyearly_cap = {cap}\n'
        for risk, ratio, weight, cap in (
            ("A", "0.05", 1, 2),
            ("B", "0.20", 2, 2),
            ("C", "0.60", 4, 4),
            ("D", "1", 8, 6),
        )
    )
    more = "".join(
        f'\n[[above_maximum]]\ntask = "{task}"\nclass = "{risk}"\n'
        'reason = "列入专项整治或部门联合检查，经局长办公会同意提高比例（样例）"\n'
        for task, risk in above
    )
    factors = "" if it.id == "sample60" else FACTORS
    pools = POOLS if it.id == "2021Q4" else ""
    return f'''# 演示批次：单位、对象、人员均为虚构样例，不作执法依据。
[round]
id = "{it.id}"
title = "{it.title}"
bureau = "{it.word}县住房和城乡建设局"
demonstration = true
disclosure = "sealed"
official_draw = "here"
window = {{ start = {it.window[0]}, end = {it.window[1]} }}
publication_day = {it.window[0]}
slack = 1
{authority_toml(it.word, APPROVERS)}
[[approval]]
matter = "抽查方案"
approver = "{it.word}局长"
date = {it.approved}

[[approval]]
matter = "公布"
approver = "{it.word}局长"
date = {it.approved}
{classes}{more}
[cool_down]
epsilon = "0.25"
rounds = 4
{factors}{pools}
[event]
kind = "dice"
count = 16
time = {it.event}T10:00:00+08:00
place = "{it.word}县住建局一楼大厅"
fallback = "如当日未能举行，顺延至次一工作日同一时间、同一地点"
notice_days = 3
custodians = ["驻局纪检监察组（{it.word}）", "{it.word}县市场监督管理局"]
'''


def entropy_toml(it: Round) -> str:
    """``entropy.toml``: what the 16 dice of the round showed."""
    dice = "".join(str(1 + pick(f"{it.id},第{place}枚", 6)) for place in range(1, 17))
    roles = "".join(
        f'"{role}" = "{person(it.word, place)}"\n'
        for role, place in (("主持", 0), ("操作", 8), ("记录", 5), ("监督", 3), ("见证", 7))
    )
    typists = ", ".join(f'"{person(it.word, place)}"' for place in (5, 3))
    return (
        f'# 演示批次：16 枚骰子的点数为虚构样例。\ntext = "{dice}"\ntext_again = "{dice}"\n'
        f"typed_by = [{typists}]\ntime = {it.event}T10:06:00+08:00\n"
        f'place = "{it.word}县住建局一楼大厅"\n\n[roles]\n{roles}'
    )


def year_toml(rounds: tuple[Round, ...], rosters: str) -> str:
    """``year.toml`` of a year with these rounds, whose plan is checked with the rosters of one of
    them.
    """
    word, number = rounds[0].word, rounds[0].window[0].year
    own = "".join(
        f'\n[[rounds]]\nid = "{it.id}"\nstart = {it.window[0]}\nend = {it.window[1]}\n'
        for it in rounds
    )
    return f'''# 演示：单位、对象、人员均为虚构样例，不作执法依据。
year = {number}
title = "{number}年度双随机抽查工作计划"
bureau = "{word}县住房和城乡建设局"
demonstration = true
rosters = "{rosters}"
{own}{authority_toml(word, {"年度计划": ("局长",)})}
[[approval]]
matter = "年度计划"
approver = "{word}局长"
date = {PLAN_APPROVED}
'''


def make_year() -> dict[str, bytes]:
    """The sample year's folder: its plan, of which every round has a copy."""
    rounds = tuple(it for it in ROUNDS if it.id != "sample60")
    ids = {row["名称"]: row["编号"] for row in make_targets("样例", rounds[-1].area, TRADES, TAGS)}
    rows = {
        "plan": make_plan("样例", TASKS),
        "indicators": indicator_rows(),
        "other_inspections": other_rows(ids),
    }
    return {
        **{
            f"{table}.xlsx": workbook(
                table, f"样例县住房和城乡建设局{SHEETS[table]}（虚构样例）", own
            )
            for table, own in rows.items()
        },
        "year.toml": year_toml(rounds, rounds[0].id).encode("utf-8"),
    }


def make_small_year() -> dict[str, bytes]:
    """A year around the small round, for tests: with a round before it that has the tasks of the
    whole year only.
    """
    (own,) = (it for it in ROUNDS if it.id == "sample60")
    before = replace(own, id="sample60-6", window=(date(2021, 6, 7), date(2021, 7, 2)))
    return {
        "plan.xlsx": make_round(own)["plan.xlsx"],
        "indicators.xlsx": workbook("indicators", "演示", indicator_rows()),
        "year.toml": year_toml((before, own), own.id).encode("utf-8"),
    }


def make_round(it: Round) -> dict[str, bytes]:
    """All files of one round's folder, by name."""
    small = it.id == "sample60"
    targets = make_targets(
        it.word, it.area, TRADES60 if small else TRADES, TAGS60 if small else TAGS
    )
    tables = {
        "items": make_items(it.word, ITEMS60 if small else ITEMS, experts=not small),
        "targets": targets,
        "officers": make_officers(
            it.word,
            it.area,
            STAFF60 if small else STAFF,
            STAFF_NOTES60 if small else STAFF_NOTES,
            targets,
        ),
    }
    if not small:
        tables = {table: as_it_was(table, rows, it.id) for table, rows in tables.items()}
    tables["plan"] = make_plan(it.word, TASKS60 if small else TASKS)
    files = {
        f"{table}.xlsx": workbook(
            table, f"{it.word}县住房和城乡建设局{SHEETS[table]}（虚构样例）", rows
        )
        for table, rows in tables.items()
    }
    files["round.toml"] = round_toml(it, ABOVE60 if small else ABOVE).encode("utf-8")
    files["entropy.toml"] = entropy_toml(it).encode("utf-8")
    return files


def main(folder: Path) -> None:
    """Write the folders of the year and of every round below ``folder``."""
    for name, files in [("2021", make_year()), *((it.id, make_round(it)) for it in ROUNDS)]:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (folder / name / file).write_bytes(content)
        print(folder / name, sum(map(len, files.values())), "bytes")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Make the invented rounds.")
    options.add_argument(
        "folder", type=Path, nargs="?", default=Path(__file__).parents[1] / "demo" / "params"
    )
    main(options.parse_args().folder)
