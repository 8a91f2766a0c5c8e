"""What the sample year adds to its plan: the indicators with invented 目标值, and invented
inspections that no draw called for.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ssj.year import indicator_list

GOALS = {
    "Z01": "不晚于2021-03-31",
    "Z02": "100%",
    "Z03": "≥90%",
    "Z04": "≥95%",
    "Z05": "≥20%",
    "Z06": "≥3",
    "Z08": "≥80%",
    "Z09": "≤0",
    "Z10": "100%",
    "Z12": "100%",
    "Z13": "100%",
    "Z14": "100%",
    "Z16": "≥90%",
    "Z17": "≥80%",
}
# 截止日 of what follows the visits of December
LATER = dict.fromkeys(("Z12", "Z13", "Z14", "Z16"), date(2022, 2, 28))
ISSUED = date(2021, 1, 20)  # 印发公示
# target's name, day, 检查类型, 检查事由, 除外依据 (empty: it counts), 检查部门
INSPECTIONS = (
    (
        "样例燃气〇〇一公司",
        (2021, 1, 26),
        "日常检查",
        "春节前安全检查",
        "",
        "样例县住房和城乡建设局",
    ),
    (
        "样例燃气〇〇二公司",
        (2021, 1, 26),
        "日常检查",
        "春节前安全检查",
        "",
        "样例县住房和城乡建设局",
    ),
    (
        "样例家园〇一二号项目",
        (2021, 4, 14),
        "投诉举报核查",
        "群众反映夜间施工",
        "样例县12345热线工单（样例）",
        "样例县住房和城乡建设局",
    ),
    (
        "样例物业〇二二公司",
        (2021, 5, 20),
        "投诉举报核查",
        "业主反映电梯停用",
        "样例县12345热线工单（样例）",
        "样例县住房和城乡建设局",
    ),
    (
        "样例建筑〇三一公司",
        (2021, 5, 27),
        "专项检查",
        "起重机械专项检查",
        "",
        "样例县住房和城乡建设局",
    ),
    (
        "样例水热〇〇二公司",
        (2021, 7, 15),
        "上级交办",
        "汛期供水安全",
        "样例市住建局交办通知（样例）",
        "样例县住房和城乡建设局",
    ),
    (
        "样例商砼〇〇三公司",
        (2021, 8, 12),
        "专项检查",
        "预拌混凝土质量专项检查",
        "",
        "样例县住房和城乡建设局",
    ),
    (
        "样例建筑〇〇八公司",
        (2021, 10, 12),
        "许可核查",
        "资质动态核查",
        "建筑业企业资质动态核查通知（样例）",
        "样例县住房和城乡建设局",
    ),
    (
        "样例燃气〇〇九公司",
        (2021, 11, 9),
        "日常检查",
        "入冬前安全检查",
        "",
        "样例县住房和城乡建设局",
    ),
    (
        "样例置业〇一三公司",
        (2021, 11, 18),
        "企业申请",
        "申请现场指导",
        "企业书面申请（样例）",
        "样例县住房和城乡建设局",
    ),
)


def indicator_rows() -> list[dict[str, Any]]:
    """indicators.xlsx of 2021."""
    return [
        {
            **row,
            "截止日": LATER.get(row["指标编号"], row["截止日"]),
            "目标值": GOALS.get(row["指标编号"], ""),
            "填报值": ISSUED if row["指标编号"] == "Z01" else "",
        }
        for row in indicator_list.template(2021)
    ]


def other_rows(ids: dict[str, str]) -> list[dict[str, Any]]:
    """other_inspections.xlsx of 2021; ``ids``: name → 编号."""
    return [
        {
            "编号": ids[name],
            "名称": name,
            "检查日期": date(*day),
            "检查类型": kind,
            "检查事由": reason,
            "是否除外": "是" if basis else "否",
            "除外依据": basis,
            "检查部门": department,
            "批准": "样例县人民政府 2021-03-01（样例）" if kind == "专项检查" else "",
            "备案号": "样例备〔2021〕3号" if kind == "专项检查" else "",
        }
        for name, day, kind, reason, basis, department in INSPECTIONS
    ]
