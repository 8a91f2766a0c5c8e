"""The one table of checks on the four rosters.

Rules 01 to 19 are about single cells, their code begins with the table's letter (``T04``); later ones look across
rows and tables.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import pandas as pd
from stdnum.cn import uscc

from ssj.inputs.cells import PLAIN, word
from ssj.errors import quoted
from ssj.inputs.schema import ALL, OFFICER_STATUS, WHOLE_YEAR
from ssj.inputs.scopes import Scope, may_hold
from ssj.inputs.screens import doubtful_codes

# Rules across rows and tables: each yields (row, value, details)

@dataclass(frozen=True)
class Context:
    """All tables that could be read, rows with errors included, and what the round declares."""

    frames: dict[str, pd.DataFrame]
    round_id: str
    window: tuple[dt.date, dt.date]

    @cached_property
    def recusals(self) -> dict[str, set[str]]:
        return recusal_names(self.targets, self.officers["recusals"])

    def __getattr__(self, table: str) -> pd.DataFrame:
        return self.frames[table]


Finding = tuple[int | None, object, dict[str, object]]


def _each(frame: pd.DataFrame, *keys: str) -> Iterator[tuple]:
    return zip(frame.index, *(frame[key] for key in keys))


def _bad_check_digit(x: Context) -> Iterator[Finding]:
    doubtful = doubtful_codes(x.targets["id"])
    for row, code in _each(x.targets[x.targets["id"].isin(doubtful)], "id"):
        if looks_like_uscc(code) and not uscc.is_valid(code):
            yield row, code, {}


def looks_like_uscc(code: str) -> bool:
    """18 places with a registering body and a region; permit numbers (region, date, serial) are none."""
    return len(code) == 18 and bool(re.fullmatch(
        r"(?!\d{6}(?:19[89]\d|20\d\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4})"
        r"[1-9ANY][1-9](?:10|1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])\d{4}[0-9A-Z]{10}", code))


def _hidden_without_basis(x: Context) -> Iterator[Finding]:
    return ((row, "", {}) for row, public, basis in _each(x.targets, "public", "non_public_basis") if not public and not basis)


def _no_certificate(x: Context) -> Iterator[Finding]:
    return ((row, "", {}) for row, kind, number in _each(x.officers, "kind", "certificate") if kind == "执法" and not number)


def _no_certificate_date(x: Context) -> Iterator[Finding]:
    return ((row, "", {}) for row, kind, until in _each(x.officers, "kind", "certificate_until") if kind == "执法" and not until)


def _certificate_ends(x: Context) -> Iterator[Finding]:
    return ((row, until, {"end": x.window[1]}) for row, kind, until in _each(x.officers, "kind", "certificate_until")
            if kind == "执法" and until and until < x.window[1])


def _unknown_authority(x: Context) -> Iterator[Finding]:
    known = {*x.items["id"], ALL}
    return ((row, one, {}) for row, ids in _each(x.officers, "authority") for one in ids if one not in known)


def _same_certificate(x: Context) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for row, number in _each(x.officers, "certificate"):
        if number and first.setdefault(plain(number), row) != row:
            yield row, number, {"first": first[plain(number)]}


def _same_person(x: Context) -> Iterator[Finding]:
    """Same name and department under two numbers; who shares the certificate too is said already."""
    rows, certificates = {}, {}
    for row, name, department, number in _each(x.officers, "name", "department", "certificate"):
        key = plain(name), plain(department)
        first = rows.setdefault(key, row)
        certificates.setdefault(first, plain(number))
        if name and first != row and not (number and certificates[first] == plain(number)):
            yield row, name, {"first": first}


def _department_of_nothing(x: Context) -> Iterator[Finding]:
    used = {*x.items["department"], *x.plan["lead"], *(name for names in x.plan["partners"] for name in names)}
    return ((row, name, {"known": quoted(sorted(used - {""}))}) for row, name, kind in _each(x.officers, "department", "kind")
            if kind == "执法" and name and name not in used)


def _cap_of_nothing(x: Context) -> Iterator[Finding]:
    return ((row, cap, {}) for row, cap in _each(x.officers, "yearly_cap") if cap == 0)


def _visited_too_late(x: Context) -> Iterator[Finding]:
    return ((row, day, {"end": x.window[1]}) for row, day in _each(x.targets, "last_inspected")
            if day and x.window[1] > dt.date.min and day > x.window[1])


def _recusal_of_nobody(x: Context) -> Iterator[Finding]:
    known = x.recusals
    return ((row, one, {}) for row, names in _each(x.officers, "recusals") for one in names if not known.get(plain(one)))


def _recusal_of_several(x: Context) -> Iterator[Finding]:
    known = x.recusals
    return ((row, one, {"ids": "、".join(sorted(known[plain(one)]))}) for row, names in _each(x.officers, "recusals")
            for one in names if len(known.get(plain(one), ())) > 1)


def plain(text: str) -> str:
    return word(text).upper()


def recusal_names(targets: pd.DataFrame, recusals: Iterable[Collection[str]]) -> dict[str, set[str]]:
    """Id or name as compared, of those that officers' recusals name → the ids that it may mean; an id means only itself."""
    wanted = {plain(one) for names in recusals for one in names}
    names: dict[str, set[str]] = {}
    for _, code, name in _each(targets, "id", "name") if wanted else ():
        own = name.upper() if PLAIN["word"].fullmatch(name) else plain(name)
        if own in wanted:
            names.setdefault(own, set()).add(code)
    return names | {code: {code} for code in wanted.intersection(targets["id"])}


def _unknown_items(x: Context) -> Iterator[Finding]:
    known = set(x.items["id"])
    return ((row, one, {}) for row, ids in _each(x.plan, "items") for one in ids if one not in known)


def _empty_category(x: Context) -> Iterator[Finding]:
    known = {*x.targets["category"], ALL}
    return ((row, one, {}) for row, (names, *_) in _each(x.plan, "scope") for one in names if one not in known)


def _empty_tag(x: Context) -> Iterator[Finding]:
    known = {tag for tags in x.targets["tags"] for tag in tags}
    return ((row, one, {}) for row, (_, tags, *_) in _each(x.plan, "scope") for one in tags if one not in known)


def _empty_class(x: Context) -> Iterator[Finding]:
    known = set(x.targets["risk_class"])
    return ((row, one, {}) for row, (_, _, classes, *_) in _each(x.plan, "scope") for one in classes if one not in known)


def _undirected_choice(x: Context) -> Iterator[Finding]:
    for row, scope, method in _each(x.plan, "scope", "method"):
        kinds = [kind for kind, own in zip(("标签", "等级", "条件"), scope[1:]) if own]
        if method == "不定向" and kinds:
            yield row, method, {"kinds": "、".join(kinds) + (f"（专项库“{scope[4]}”里的也算）" if scope[4] else "")}


def _category_without_item(x: Context) -> Iterator[Finding]:
    covers = dict(zip(x.items["id"], x.items["categories"]))
    targets = x.targets.drop_duplicates(["category", "tags", "risk_class", "complaints", "penalties"])
    every = tuple(sorted(set(targets["category"]) - {""}))
    for row, scope, ids in _each(x.plan, "scope", "items"):
        covered = {name for one in ids for name in covers.get(one) or (ALL,)}
        if not any(scope) or ALL in covered:
            continue
        names = every if ALL in scope[0] or not scope[0] else scope[0]
        own = Scope(names, *scope[1:])
        inside = {t.category for t in targets.itertuples() if t.category not in covered and may_hold(own, t)}
        yield from ((row, name, {}) for name in sorted(inside))


def _item_of_another_department(x: Context) -> Iterator[Finding]:
    owner = dict(zip(x.items["id"], x.items["department"]))
    for row, ids, lead, partners in _each(x.plan, "items", "lead", "partners"):
        yield from ((row, one, {"owner": owner[one]}) for one in ids if owner.get(one, "") not in ("", lead, *partners))


def _department_without_officer(key: str) -> Callable[[Context], Iterator[Finding]]:
    def find(x: Context) -> Iterator[Finding]:
        staffed = {name for _, name, kind, status in _each(x.officers, "department", "kind", "status")
                   if kind == "执法" and OFFICER_STATUS.get(status, True)}
        known = quoted(sorted({*x.officers["department"]} - {""}))
        for row, names in _each(x.plan, key):
            yield from ((row, name, {"known": known}) for name in ((names,) if isinstance(names, str) else names)
                        if name and name not in staffed)
    return find


def _team_of_one(x: Context) -> Iterator[Finding]:
    return ((row, size, {}) for row, size in _each(x.plan, "team_size") if size is not None and size < 2)


def _round_without_task(x: Context) -> Iterator[Finding]:
    if not any({x.round_id, WHOLE_YEAR} & set(rounds) for rounds in x.plan["rounds"]):
        yield None, "", {"round": x.round_id}


def _unknown_recognised(key: str, table: str) -> Callable[[Context], Iterator[Finding]]:
    def find(x: Context) -> Iterator[Finding]:
        known = set(x.frames[table]["id"])
        return ((row, one, {}) for row, one in _each(x.recognised, key) if one and one not in known)
    return find


def _recognised_too_late(x: Context) -> Iterator[Finding]:
    return ((row, date, {"start": x.window[0]}) for row, date in _each(x.recognised, "date")
            if date and x.window[0] > dt.date.min and date >= x.window[0])


@dataclass(frozen=True)
class Rule:
    """A check: code, message and remedy with the names of its details; ``find`` for rules across rows and tables."""

    code: str
    message: str
    remedy: str
    severity: Literal["error", "warning"] = "error"
    key: str = ""
    find: Callable[[Context], Iterator[Finding]] | None = None
    needs: tuple[str, ...] = ()


RULES: tuple[Rule, ...] = (
    Rule("01", "必填的格是空的", "请补上；如果这一行是说明、合计或空样例，请删去整行。"),
    Rule("02", "编号不能识别", "编号只能用数字、字母、汉字和 ( ) - _ . /，中间不能有空格，请核对后重新录入。"),
    Rule("03", "编号与第 {first} 行重复", "每个编号只能有一行，请核对后删去重复的行。"),
    Rule("04", "编码被 Excel 存成数字，末几位已丢失，不能恢复", "请从原系统重新导出，先把该列设为“文本”格式；不要凭这一格补位。"),
    Rule("06", "不认识的写法", "可以写：{words}。"),
    Rule("07", "日期不能识别", "请写成 2021-12-31 这样的日期；长期有效写“长期”；一段时间写“2021-12-06至2021-12-10”。"),
    Rule("08", "应是不小于 0 的整数", "请只写数字，如 0、3。"),
    Rule("09", "应写“是”或“否”", "请改成“是”或“否”。"),
    Rule("10", "等级不在本批次的分类方案中", "方案中的等级是 {classes}，请核对后改正。"),
    Rule("11", "表里没有数据行", "请填入名单后保存；如果数据在别的工作表，请把它移到最前面。"),
    Rule("12", "抽查比例应大于 0、不超过 100%，小数最多 9 位", "请写成 5% 或 0.05。"),
    Rule("13", "抽查比例大于 1", "如果是百分之 {number}，请写成 {number}%。"),
    Rule("14", "各等级的比例不完整或不能识别", "请写一个比例（如 5%），或给方案中的每个等级（{classes}）各写一个，如“A 2%；B 5%”。"),
    Rule("15", "对象范围不能识别", "请写成“类别：燃气、供水供热；标签：专项整治；等级：C、D；条件：投诉举报数≥2”，用不到的不写；全部对象写“全部”。"),
    Rule("16", "时间应是批次号或“全年”", "请写批次号，如 2021Q4；几个批次用顿号隔开。"),
    Rule("17", "文字里有身份证号或手机号，不得进入档案", "请删去号码；确需保留的另存，不放进本表。"),
    Rule("18", "文件校验码不是 64 位十六进制数", "请写来源文件的 SHA-256 校验码，由来源单位提供。"),
    Rule("19", "对象范围里的条件不能识别", "请写成“条件：投诉举报数≥2、距上次检查年数≥1”：可用的有 {columns}，用 ≥、>、≤、<、= 与整数比较，几个条件用顿号隔开。"),
    Rule("T20", "统一社会信用代码的校验位不符，请核对", "如与营业执照一致，可以不改；末尾是 000 的，可能曾被 Excel 存成数字。", "warning", "id",
         _bad_check_digit, ("targets",)),
    Rule("T21", "是否公开为“否”，却没有写不公开依据", "请写明法律依据；没有依据的应当公开。", "error", "non_public_basis",
         _hidden_without_basis, ("targets",)),
    Rule("T22", "上次检查日期晚于检查期的最后一天（{end}）", "上次检查应是已经做过的，请核对日期；不改的，年数按 0 计。", "warning", "last_inspected",
         _visited_too_late, ("targets",)),
    Rule("O20", "执法人员没有执法证号", "请补上；没有执法证的，人员类别改为“日常监管”。", "error", "certificate", _no_certificate, ("officers",)),
    Rule("O21", "执法人员没有执法证有效期", "请补上日期。", "error", "certificate_until", _no_certificate_date, ("officers",)),
    Rule("O22", "执法证在检查期结束（{end}）前到期，本批次不能指派", "如已换证，请改为新的有效期。", "warning", "certificate_until",
         _certificate_ends, ("officers",)),
    Rule("O23", "执法事项范围里的编号不在事项清单中", "请核对事项编号；不限事项的，这一格留空。", "error", "authority",
         _unknown_authority, ("officers", "items")),
    Rule("O24", "回避对象不在检查对象名录库中", "请写名录库里的编号或全称。", "error", "recusals", _recusal_of_nobody, ("officers", "targets")),
    Rule("O25", "回避对象有几家同名（{ids}）", "请改写编号。", "error", "recusals", _recusal_of_several, ("officers", "targets")),
    Rule("O26", "执法证号与第 {first} 行相同，可能是同一人重复列入", "同一人只留一行；确是两人的，核对执法证号。", "warning", "certificate",
         _same_certificate, ("officers",)),
    Rule("O27", "姓名、部门与第 {first} 行相同，可能是同一人有两个工号", "同一人只留一行；确是同名的两人，可以不改。", "warning", "name",
         _same_person, ("officers",)),
    Rule("O28", "年度上限是 0，意思是一户也不能派", "不限户次的，这一格留空；本批次不派的，在“状态”写离岗，或填请假。", "error", "yearly_cap",
         _cap_of_nothing, ("officers",)),
    Rule("O29", "事项清单和计划里都没有这个部门，这名人员派不出去", "请核对部门的写法（用到的部门有：{known}）。", "warning", "department",
         _department_of_nothing, ("officers", "items", "plan")),
    Rule("P20", "事项编号不在事项清单中", "请核对编号，或在事项清单中补上这一项。", "error", "items", _unknown_items, ("plan", "items")),
    Rule("P21", "名录库里没有这个类别的检查对象", "请核对类别的写法是否与名录库一致。", "warning", "scope", _empty_category, ("plan", "targets")),
    Rule("P22", "名录库里没有带这个标签的检查对象", "请核对标签的写法是否与名录库一致。", "warning", "scope", _empty_tag, ("plan", "targets")),
    Rule("P30", "名录库里没有这个等级的检查对象", "请核对等级。", "warning", "scope", _empty_class, ("plan", "targets")),
    Rule("P29", "任务不定向，对象范围里却写了{kinds}", "按标签、等级或条件选对象的，“方式”要写“定向”；不定向的，只能写类别。", "error", "method",
         _undirected_choice, ("plan",)),
    Rule("P23", "这个类别的对象在任务范围内，任务的事项却都不适用于它", "请补上适用的事项，或从对象范围中去掉这个类别。", "error", "scope",
         _category_without_item, ("plan", "items", "targets")),
    Rule("P24", "事项的抽查主体“{owner}”不是本任务的发起部门或配合部门", "请改正任务的部门，或去掉这个事项。", "error", "items",
         _item_of_another_department, ("plan", "items")),
    Rule("P25", "这个部门在人员名录库里没有在岗的执法人员", "请核对部门的写法（人员名录库里有：{known}），或补上人员。", "error", "lead",
         _department_without_officer("lead"), ("plan", "officers")),
    Rule("P26", "这个部门在人员名录库里没有在岗的执法人员", "请核对部门的写法（人员名录库里有：{known}），或补上人员。", "error", "partners",
         _department_without_officer("partners"), ("plan", "officers")),
    Rule("P27", "每组人数少于 2", "执法检查不得少于两名执法人员，请改为 2 或更多；留空为 2。", "error", "team_size", _team_of_one, ("plan",)),
    Rule("P28", "没有一个任务的时间包含本批次 {round}", "请在要抽的任务的“时间”列写上 {round} 或“全年”。", "error", "rounds",
         _round_without_task, ("plan",)),
    Rule("P50", "没有声明专项库“{name}”", "请核对名称（已声明的有：{known}），或在 round.toml 的 [pools] 中写明它的筛选条件。"),
    Rule("P51", "专项库“{name}”的筛选条件不能识别", "请先改正 round.toml 的 [pools] 中的这一条。"),
    Rule("P52", "一个任务写了几个专项库", "一个任务只能用一个：请把几个的条件合成一个专项库，或分成几个任务。"),
    Rule("P53", "任务写的标签与专项库“{name}”的标签合不成一个范围", "请去掉任务的标签，或另设一个专项库，只写要用的标签。"),
    Rule("P54", "任务写的{kind}与专项库“{name}”的{kind}没有相同的，一户也抽不到", "请去掉任务的{kind}，或核对专项库。"),
    Rule("M20", "编号不在检查对象名录库中，这一行不用", "请核对编号；确实不在本库的，可以不管。", "warning", "target", _unknown_recognised("target", "targets"),
         ("recognised", "targets")),
    Rule("M21", "事项编号不在事项清单中，这一行不用", "请核对编号，或写本单位清单中的相应编号。", "warning", "item", _unknown_recognised("item", "items"),
         ("recognised", "items")),
    Rule("M22", "检查日期不早于本批次检查期的开始（{start}）", "互认的只能是已经作出的检查结果，请核对日期。", "error", "date",
         _recognised_too_late, ("recognised",)),
)
RULE = {rule.code: rule for rule in RULES}
