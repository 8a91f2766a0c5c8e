"""The Chinese words for the keys of records, the same everywhere (the field's words: see docs)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ssj import protocol
from ssj.base import formats

_LABELS = {
    "id": "编号",
    "name": "名称",
    "category": "类别",
    "risk_class": "信用风险等级",
    "status": "状态",
    "reason": "原因",
    "task": "任务编号",
    "tasks": "任务",
    "stratum": "抽取组",
    "size": "风险权数",
    "in_scope": "范围内",
    "excluded": "不抽",
    "count": "待抽数",
    "ratio": "抽查比例",
    "n": "应抽数",
    "share": "实际比例",
    "maximum": "该类上限",
    "targets": "检查对象",
    "items": "检查事项",
    "how": "抽中方式",
    "ticket": "签号",
    "visit": "检查对象编号",
    "target": "检查对象",
    "seat": "席位",
    "officer": "工号",
    "person": "姓名",
    "department": "部门",
    "certificate": "执法证号",
    "note": "说明",
    "short": "将缺人的检查",
    "visits": "户次",
    "officers": "检查人员",
    "experts": "专家",
    "certain": "全部抽取",
    "by_ticket": "按签号抽取",
    "last": "末位抽中签号",
    "external": "平台抽取数",
    "change": "变动",
    "field": "栏目",
    "before": "原值",
    "after": "现值",
    "gap": "缺口",
    "role": "职责",
    "matter": "审批事项",
    "approver": "审批人",
    "date": "日期",
    "table": "表",
    "rows": "行数",
    "root": "根校验码",
    "weight": "等级权数",
    "factor": "降频系数",
    "chance": "申报抽中机会",
    "actual": "实际抽中机会",
    "bound": "误差上限",
    "by": "提高",
    "cap": "提高后的户次上限",
    "number": "步骤",
    "step": "核验",
    "result": "结果",
    "detail": "说明",
    "file": "文件",
    "package": "程序包",
    "version": "版本",
    "basis": "抽查依据",
    "kind": "类型",
    "directed": "定向",
    "departments": "部门",
    "tags": "标签",
    "categories": "检查对象类别",
    "method": "抽查方式",
    "content": "抽查内容",
    "points": "风险因素分",
    "rule": "规则",
    "source": "见何处",
}
TABLES = {
    "items": "随机抽查事项清单",
    "officers": "执法检查人员名录库",
    "targets": "检查对象名录库",
    "tasks": "抽查任务",
}
_FIELDS = {  # of frozen rows, where the word differs from the one for tables or is not among them
    "kind": "类别或类型",
    "department": "部门",
    "specialities": "专业",
    "expert": "是否需专家",
    "guide": "工作指引",
    "public": "是否公开",
    "non_public_basis": "不公开依据",
    "section": "主管股室",
    "address": "地址",
    "area": "所属区域",
    "strata": "抽查比例",
    "team_size": "每组人数",
    "post": "岗位",
    "authority": "执法事项范围",
    "recusals": "回避对象",
    "risk_classes": "对象等级",
    "conditions": "对象条件",
    "complaints": "投诉举报数",
    "penalties": "处罚数",
    "last_inspected": "上次检查日期",
    "last_result": "上次检查结果",
    "certificate_until": "执法证有效期至",
    "tags": "标签",
    "available": "可指派",
    "cap": "年度上限",
}
DRAWN_BY = {
    "here": "由本系统用抽取随机数抽取",
    "platform": "外部抽取：由省级平台抽取，本系统不能证明其随机性",
}
AMENDING, VOIDING = "抽后调整", "作废"  # matters that somebody approves (审批权限)
RECUSAL = "回避"
AMEND_REASONS = (RECUSAL, "请假", "调离", "证件失效", "公务冲突", "其他")
VOID_REASONS = (
    "名录有误",
    "计划变更",
    "参数有误",
    "活动未举行",
    "检查组排不出来",
    "程序故障",
    "其他",
)


def columns(keys: str, **renamed: str) -> dict[str, str]:
    """Keys, separated by spaces, with their labels, for :func:`ssj.casebook.show.table`;
    ``renamed`` where a table differs.
    """
    return {key: renamed.get(key, _LABELS[key]) for key in keys.split()}


def field(key: str) -> str:
    """A field of a frozen row in words; empty for none."""
    return _FIELDS.get(key) or _LABELS.get(key, key)


def stratum(name: str) -> str:
    """A stratum in words."""
    return "全部" if name == protocol.ALL else name


def people(names: Mapping[str, str], ids: Iterable[str]) -> list[str]:
    """People as 姓名（工号）; by number alone where no name is known."""
    return [f"{names[i]}（{i}）" if i in names else i for i in ids]


def event(announced: dict[str, Any]) -> str:
    """The announced source in words: ``骰子 16 粒``."""
    kind = protocol.EVENTS[announced["kind"]]
    return f"{kind.name} {announced['count']} {kind.unit}"


def event_kinds() -> str:
    """All kinds of event as a parameter file writes them, each with its name."""
    return "；".join(f"{kind} {row.name}" for kind, row in protocol.EVENTS.items())


def drawn_by(parameters: dict[str, Any]) -> str:
    """Who draws the targets of a round, in words."""
    return DRAWN_BY[parameters.get("official_draw", "here")]


def form(announced: dict[str, Any]) -> str:
    """How the event's text is written, for readers who know no regular expressions."""
    parties = "，再依次接“|”和各参与方公开的 64 位数" if announced.get("parties") else ""
    return protocol.EVENTS[announced["kind"]].writing + parties


def event_text(record: protocol.Record) -> str:
    """The event's text for people: characters that run together in groups, draws as they are, one a
    line.
    """
    kind = protocol.EVENTS[record["event"]["kind"]]
    outcome, *numbers = record["entropy"]["text"].split("|")
    said = (
        outcome.replace(kind.separator, f"{kind.separator}\n")
        if kind.separator
        else formats.grouped(outcome, kind.group)
    )
    return "\n|".join([said, *(formats.grouped(number, 8) for number in numbers)])
