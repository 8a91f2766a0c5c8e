"""Column titles as files have them → the declared headers of a table.

An exact header wins, then a declared synonym; what several columns could be is reported, never
guessed. ``mapping.toml`` beside the file settles it for good::

    [targets]
    "编号" = "TYXYDM"
    "地址" = ["经营地址", "住所"]        # the first that is not blank
    sheet = ["施工企业", "物业服务"]      # where several sheets have the table's columns; or "全部"
    sheet_fills = "类别"                # the column that the sheet's name stands for

    [values]                            # column → text in the file → the word that it stands for
    "状态" = {"吊销，未注销" = "吊销"}

Where a round has no such file, its parameters may say the same (the sheet 映射 of round.xlsx).
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ssj.base import tomls
from ssj.base.errors import InputError, quoted
from ssj.tables import fields, paramfiles, rules
from ssj.tables.redaction import header_text
from ssj.tables.schema import COLUMNS, LATER, NAMES, headers

FILE = "mapping.toml"
VALUES = "values"  # its section of words that files write otherwise
SHEET, FILLS = "sheet", "sheet_fills"  # what it says of sheets, beside headers
SPECIAL = {"（工作表）": SHEET, "（工作表名作）": FILLS}  # as a round's parameters name these two
NEAR = 0.65  # of 1: how alike a title must be to be proposed
# columns that no table needs and every one may have: said, never warned of
FOR_PEOPLE = ("序号", "备注", "NO", "NO.", "XH", "BZ")
# table → header → other titles that mean it: Chinese, pinyin initials, English; compared without
# case, spaces and full-width forms
SYNONYMS: dict[str, dict[str, tuple[str, ...]]] = {
    "items": {
        "事项编号": (
            "抽查事项编号",
            "检查事项编号",
            "事项编码",
            "事项代码",
            "抽查事项编码",
            "抽查事项代码",
            "SXBH",
            "SXBM",
            "ITEM_ID",
            "ITEM_CODE",
        ),
        "事项名称": (
            "抽查事项",
            "抽查事项名称",
            "检查事项",
            "检查事项名称",
            "SXMC",
            "ITEM",
            "ITEM_NAME",
        ),
        "抽查依据": (
            "检查依据",
            "法律依据",
            "执法依据",
            "设定依据",
            "依据",
            "抽查依据及条款",
            "检查依据及条款",
            "法律依据及条款",
            "CCYJ",
            "JCYJ",
            "LEGAL_BASIS",
        ),
        "抽查主体": ("检查主体", "实施主体", "执法主体", "检查部门", "实施部门", "CCZT", "JCZT"),
        "抽查内容": ("检查内容", "检查内容及要点", "抽查内容及要点", "CCNR", "JCNR"),
        "抽查方式": ("检查方式", "抽查方法", "检查方法", "CCFS", "JCFS"),
        "事项类别": ("抽查事项类别", "检查事项类别", "抽查类别", "检查类别", "事项类型", "SXLB"),
        "检查对象类别": (
            "检查对象",
            "抽查对象",
            "对象类别",
            "抽查对象类别",
            "检查对象范围",
            "抽查对象范围",
            "JCDX",
            "CCDX",
        ),
        "抽查子项": ("检查子项", "事项子项", "子项"),
        "抽查比例": ("比例上限", "抽查比例上限"),
        "抽查频次": ("检查频次", "频次"),
        "检查人员要求": ("专业要求", "人员要求"),
        "工作指引": ("抽查工作指引", "检查指引"),
        "生效日期": ("施行日期", "实施日期"),
        "失效日期": ("废止日期", "停用日期"),
        "来源": ("事项来源",),
        "上级编号": ("上级事项编号", "上级事项编码"),
        "备注": ("说明", "BZ", "REMARK"),
    },
    "targets": {
        "编号": (
            "统一社会信用代码",
            "社会信用代码",
            "统一信用代码",
            "信用代码",
            "统一代码",
            "企业信用代码",
            "机构信用代码",
            "注册号",
            "工商注册号",
            "营业执照注册号",
            "施工许可证号",
            "施工许可证编号",
            "项目编码",
            "项目代码",
            "TYXYDM",
            "TYSHXYDM",
            "SHXYDM",
            "XYDM",
            "USCC",
            "ZCH",
            "CREDIT_CODE",
            "UNIFIED_SOCIAL_CREDIT_CODE",
            "SOCIAL_CREDIT_CODE",
            "UNISCID",
        ),
        "名称": (
            "企业名称",
            "单位名称",
            "公司名称",
            "机构名称",
            "市场主体名称",
            "经营主体名称",
            "主体名称",
            "对象名称",
            "检查对象名称",
            "检查对象",
            "被检查单位",
            "被检查单位名称",
            "被检查对象名称",
            "监管对象名称",
            "施工企业名称",
            "项目名称",
            "工程名称",
            "QYMC",
            "DWMC",
            "MC",
            "XMMC",
            "GCMC",
            "NAME",
            "COMPANY_NAME",
            "ENTNAME",
        ),
        "类别": (
            "对象类别",
            "检查对象类别",
            "检查对象类型",
            "对象类型",
            "企业类别",
            "主体类别",
            "监管类别",
            "行业",
            "所属行业",
            "行业类别",
            "行业门类",
            "LB",
            "CATEGORY",
            "INDUSTRY",
        ),
        "信用风险等级": (
            "信用等级",
            "企业信用等级",
            "信用级别",
            "风险等级",
            "风险级别",
            "风险分类",
            "信用风险级别",
            "信用风险分类",
            "信用风险分类等级",
            "信用风险分类结果",
            "信用分类",
            "企业信用风险分类",
            "企业信用风险等级",
            "分类等级",
            "XYDJ",
            "FXDJ",
            "RISK_CLASS",
            "RISK_LEVEL",
        ),
        "状态": (
            "企业状态",
            "经营状态",
            "经营状况",
            "企业经营状态",
            "存续状态",
            "登记状态",
            "企业登记状态",
            "主体状态",
            "市场主体状态",
            "项目状态",
            "工程状态",
            "施工状态",
            "在建状态",
            "ZT",
            "STATUS",
        ),
        "地址": (
            "经营地址",
            "注册地址",
            "住所",
            "登记住所",
            "企业住所",
            "经营场所",
            "详细地址",
            "企业地址",
            "单位地址",
            "公司地址",
            "生产经营地址",
            "项目地址",
            "工程地址",
            "工程地点",
            "项目地点",
            "建设地点",
            "DZ",
            "ZS",
            "ADDRESS",
        ),
        "所属区域": (
            "区域",
            "地区",
            "辖区",
            "所在区域",
            "所属辖区",
            "所属地区",
            "行政区划",
            "乡镇",
            "所属乡镇",
            "所在乡镇",
            "乡镇街道",
            "街道",
            "AREA",
        ),
        "主管股室": (
            "监管股室",
            "主管科室",
            "责任股室",
            "责任科室",
            "监管科室",
            "业务股室",
            "业务科室",
            "归口股室",
            "归口科室",
            "SECTION",
        ),
        "成立日期": ("创建日期", "注册日期", "成立时间", "设立日期", "登记日期", "CLRQ", "ESTDATE"),
        "有效期至": (
            "许可证有效期至",
            "资质有效期至",
            "有效期止",
            "有效期限",
            "证书有效期",
            "有效期",
        ),
        "许可证编号": ("资质证书编号", "资质证书号", "许可证号", "证书编号"),
        "许可证名称": ("资质证书名称", "证书名称"),
        "上次检查日期": (
            "上次检查时间",
            "最近检查日期",
            "最近检查时间",
            "最近一次检查日期",
            "最近一次检查时间",
        ),
        "投诉举报数": (
            "投诉举报次数",
            "投诉举报件数",
            "投诉举报数量",
            "投诉数",
            "投诉次数",
            "投诉件数",
        ),
        "处罚数": ("行政处罚数", "行政处罚次数", "行政处罚数量", "处罚次数", "处罚数量"),
        "标签": ("分类标注", "TAGS"),
    },
    "officers": {
        "工号": ("人员编号", "编号", "GH", "RYBH", "OFFICER_ID"),
        "姓名": ("人员姓名", "执法人员姓名", "执法人员", "XM", "NAME"),
        "部门": (
            "所在部门",
            "所属部门",
            "科室",
            "股室",
            "所在科室",
            "所在股室",
            "所属科室",
            "所属股室",
            "单位",
            "所在单位",
            "所属单位",
            "工作单位",
            "BM",
            "DEPARTMENT",
        ),
        "人员类别": ("人员类型", "人员性质", "人员属性", "身份类别", "RYLB"),
        "专业": (
            "业务专长",
            "专业特长",
            "专长",
            "专业类别",
            "专业领域",
            "业务领域",
            "擅长领域",
            "ZY",
            "SPECIALITY",
        ),
        "状态": ("人员状态", "在岗状态", "在岗情况", "在职状态", "工作状态", "ZT", "STATUS"),
        "执法证号": (
            "执法证号码",
            "执法证编号",
            "执法证件号",
            "执法证件号码",
            "执法证件编号",
            "执法证书编号",
            "行政执法证号",
            "行政执法证编号",
            "行政执法证件号",
            "ZFZH",
        ),
        "执法证有效期至": (
            "执法证有效期",
            "执法证有效期限",
            "执法证到期日",
            "执法证到期日期",
            "证件有效期至",
            "证件有效期",
            "证件到期日",
            "证件到期日期",
            "有效期至",
            "有效期",
        ),
        "岗位": ("GW",),
        "职务": ("ZW",),
        "回避对象": ("回避企业", "回避单位", "应回避企业", "应回避单位"),
        "请假": ("请假情况",),
    },
    "plan": {
        "任务编号": ("计划编号", "抽查计划编号", "抽查任务编号", "RWBH", "TASK_ID"),
        "任务名称": ("抽查任务", "抽查任务名称", "计划名称", "计划任务名称", "RWMC"),
        "任务类型": ("任务类别", "抽查类型", "RWLX"),
        "事项编号": ("抽查事项编号", "检查事项编号"),
        "对象范围": ("抽查对象范围", "检查对象范围", "抽查范围", "抽查对象", "检查对象"),
        "抽查比例": ("比例", "抽查比例(%)"),
        "时间": ("批次", "抽查时间", "检查时间", "实施时间"),
        "发起部门": ("牵头部门", "牵头科室", "牵头股室", "牵头单位", "发起单位"),
        "配合部门": ("参与部门", "参加部门", "联合部门", "配合单位", "参与单位", "参加单位"),
        "每组人数": ("检查组人数",),
    },
}
# lists of other offices (outside/): what they call their rows is what targets are called
SYNONYMS["outside"] = {
    "编号": (*SYNONYMS["targets"]["编号"], "许可证编号", "许可证号"),
    "名称": (*SYNONYMS["targets"]["名称"], "字号名称"),
    "类别": (*SYNONYMS["targets"]["类别"], "项目类别"),
    "状态": SYNONYMS["targets"]["状态"],
    "不列入理由": ("不列入原因", "不纳入理由", "不纳入原因"),
}
TABLES = (*COLUMNS, *LATER)  # that mapping.toml may speak of
_TARGET = {"编号": SYNONYMS["targets"]["编号"], "名称": SYNONYMS["targets"]["名称"]}
_OFFICERS = ("执法人员", "检查人", "检查人员姓名", "执法检查人员", "JCRY")
_NUMBERS = {
    "检查编号": ("检查单号", "检查任务编号", "JCBH"),
    "事项编号": SYNONYMS["items"]["事项编号"],
}
_TASK = SYNONYMS["plan"]["任务编号"]
_DATE = ("检查时间", "检查日", "实施日期", "JCRQ", "JCSJ")
# what comes after the freeze calls targets, tasks and items as the rosters do
SYNONYMS |= {
    "results": {
        **_TARGET,
        **_NUMBERS,
        "事项名称": SYNONYMS["items"]["事项名称"],
        "检查日期": _DATE,
        "检查人员": _OFFICERS,
        "检查结果": ("抽查结果", "检查结论", "抽查检查结果", "JCJG"),
        "处置措施": ("处理措施", "处置情况"),
        "整改期限": ("整改时限", "责令改正期限"),
        "录入人": ("填报人", "录入人员"),
        "录入日期": ("录入时间", "填报日期"),
        "公示日期": ("公示时间",),
    },
    "followup": {**_NUMBERS, "处置措施": ("处理措施",), "责任单位": ("责任部门",)},
    "corrections": {**_NUMBERS, "审批日期": ("审批时间",)},
    "objections": {**_NUMBERS, "收到日期": ("收到时间", "提出日期")},
    "postings": {
        "检查编号": _NUMBERS["检查编号"],
        "网址": ("公示网址",),
    },
    "external": {**_TARGET, "任务编号": _TASK, "平台任务编号": ("平台编号", "平台任务号")},
    "platform": {
        **_TARGET,
        "任务编号": _TASK,
        "平台任务编号": ("平台编号", "平台任务号"),
        "检查人员": _OFFICERS,
        "登记日期": ("登记时间", "录入日期"),
    },
    "recognised": {
        "编号": SYNONYMS["targets"]["编号"],
        "事项编号": _NUMBERS["事项编号"],
        "来源单位": ("检查单位", "检查部门", "来源部门"),
        "检查日期": _DATE,
        "检查结果": ("抽查结果", "检查结论"),
    },
    "other_inspections": {**_TARGET, "检查日期": _DATE, "检查类型": ("检查类别", "检查种类")},
}
# what a title says in brackets: a unit, the words to use, another name
_REMARK = re.compile(r"\([^()]*\)")


@lru_cache(maxsize=4096)
def plain(title: str) -> str:
    """A title as it is compared."""
    return re.sub("[_-]", "", header_text(title)).upper()


@lru_cache(maxsize=4096)
def _forms(title: str) -> tuple[str, ...]:
    """The forms under which a title is looked up: as it stands, then without what it says in
    brackets: ``企业(机构)名称`` is 企业名称.
    """
    return tuple(
        dict.fromkeys(filter(None, (plain(title), plain(_REMARK.sub("", header_text(title))))))
    )


@dataclass(frozen=True)
class Headings(Mapping[str, bool]):
    """The headers of a table, header → whether it is required, and what else may stand for each.

    ``chosen``: header → titles, from mapping.toml; it knows no synonyms then. ``sheets``: names of
    those to be read, where it says so; ``fills``: the header that a sheet's name stands for;
    ``spelt``: header → text in the file → the word that it stands for.
    """

    required: dict[str, bool]
    table: str = ""
    chosen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()
    fills: str = ""
    spelt: dict[str, dict[str, str]] = field(default_factory=dict)

    def __getitem__(self, header: str) -> bool:
        return self.required[header]

    def __iter__(self) -> Iterator[str]:
        return iter(self.required)

    def __len__(self) -> int:
        return len(self.required)

    def means(self, title: str) -> str:
        """The header that a title stands for, or all names set off by / in it; empty for none."""
        if "/" in (text := _REMARK.sub("", header_text(title))) and not self._one(title):
            found = {self._one(part) for part in text.split("/") if part}
            return found.pop() if len(found) == 1 else ""
        return self._one(title)

    def _one(self, title: str, most: int = 2) -> str:
        """The header of a title without /; ``most``: of how many of its forms."""
        forms = _forms(title)[:most]
        for header, titles in self.chosen.items():
            if forms and forms[0] in map(plain, titles):
                return header
        for text in forms:
            found = next((h for h in self.required if plain(h) == text), "") or next(
                (
                    h
                    for h, others in SYNONYMS.get(self.table, {}).items()
                    if text in map(plain, others)
                ),
                "",
            )
            if found:
                return "" if found in self.chosen else found
        return ""

    def match(
        self, titles: Sequence[Sequence[str]]
    ) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """Columns → headers: what is settled (several columns where mapping.toml names several, in
        its order), and what is ambiguous.

        ``titles``: for each column the texts that may name it, the fullest first.
        """
        found: dict[str, list[int]] = {}
        for at, names in enumerate(titles):
            if header := next(filter(None, map(self.means, names)), ""):
                found.setdefault(header, []).append(at)
        settled, open_ones = {}, {}
        for header, columns in found.items():
            exact = [at for at in columns if any(plain(n) == plain(header) for n in titles[at])]
            # what stands in brackets counts less
            whole = [at for at in columns if any(self._one(n, 1) == header for n in titles[at])]
            if header in self.chosen:
                order = [plain(t) for t in self.chosen[header]]
                places = {
                    at: min(order.index(plain(n)) for n in titles[at] if plain(n) in order)
                    for at in columns
                }
                settled[header] = sorted(columns, key=places.__getitem__)
            elif exact or len(columns) == 1 or len(whole) == 1:
                settled[header] = exact or (columns if len(columns) == 1 else whole)
            else:
                open_ones[header] = columns
        return settled, open_ones

    def nearest(self, missing: Collection[str], titles: Collection[str]) -> dict[str, str]:
        """For each missing header the title that is spelt most like it or one of its synonyms;
        those with none are left out.
        """
        found = {}
        for header in missing:
            names = [
                plain(name) for name in (header, *SYNONYMS.get(self.table, {}).get(header, ()))
            ]
            scores = {
                title: max(
                    difflib.SequenceMatcher(None, plain(title), name).ratio() for name in names
                )
                for title in titles
            }
            best = max(scores, key=scores.__getitem__, default="")
            if best and scores[best] >= NEAR:
                found[header] = best
        return found


MOSTLY, LEAST = 0.8, 3  # of the required columns of another table, to be taken for it


def other_table(table: str, titles: Sequence[Sequence[str]]) -> tuple[str, list[str]] | None:
    """The table that these titles are of, if it is another: its name and the headers found."""
    best: tuple[float, str, list[str]] | None = None
    for other in NAMES if table in NAMES else ():
        needed = headers(other)
        settled, several = Headings(needed, other).match(titles)
        found = [header for header in needed if needed[header] and header in settled | several]
        share = len(found) / sum(needed.values())
        if other == table or len(found) < LEAST or share < MOSTLY:
            continue
        if best is None or share > best[0]:
            best = share, other, found
    return best[1:] if best else None


def read(path: Path, table: str, required: dict[str, bool]) -> Headings:
    """The headings of a table, with what the mapping.toml at ``path`` settles, if there is one; in
    a table's own folder it is about that table alone. ``InputError`` with all that is wrong in it.
    """
    known = TABLES if path.name == FILE and path.parent.name != table else (table,)
    file = FILE if known is TABLES else f"{table}/{FILE}"
    whole = of_parameters(path.parent) if known is TABLES else {}
    if path.exists():
        if whole:
            raise InputError([rules.problem("F14/both", file)])
        try:
            whole = tomls.read(path)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError([rules.problem("F14", file)]) from error
    elif whole:
        file = paramfiles.file_of("round", path.parent)
    else:
        return Headings(required, table)
    problems = [
        rules.problem("F14/table", file, column=name, tables=quoted(known))
        for name in whole
        if name not in (*known, VALUES)
    ]
    chosen: dict[str, tuple[str, ...]] = {}
    sheets: tuple[str, ...] = ()
    fills = ""
    own = whole.get(table, {})
    for header, value in own.items() if isinstance(own, dict) else [(table, own)]:
        texts = _texts(value)
        if header == SHEET and texts:
            sheets = texts
        elif header == FILLS and value in required:
            fills = value
        elif header in (SHEET, FILLS) or header not in required or not texts:
            problems.append(
                rules.problem(
                    f"F14/{header}" if header in (SHEET, FILLS) else "F14/header",
                    file,
                    column=f"{table}.{header}",
                    value=str(value)[:60],
                    headers=quoted(required),
                )
            )
        else:
            chosen[header] = texts
    values: dict[str, dict[str, str]] = {}
    for header, words in (whole[VALUES] if isinstance(whole.get(VALUES), dict) else {}).items():
        if isinstance(words, dict) and all(isinstance(word, str) for word in words.values()):
            values[header] = words
        else:
            problems.append(
                rules.problem(
                    "F14/values",
                    file,
                    column=f"{VALUES}.{header}",
                    value=str(words)[:60],
                    form='"状态" = {"吊销，未注销" = "吊销"}',
                )
            )
    if problems:
        raise InputError(problems)
    return Headings(required, table, chosen, sheets, fills, values)


def of_parameters(folder: Path) -> dict[str, Any]:
    """What a round's parameters say of headers and words, as mapping.toml would; nothing where
    they can't be read, which is said elsewhere.
    """
    whole: dict[str, Any] = {}
    rows = paramfiles.raw(fields.ROUND, folder).get("mapping", ())
    for row in rows if isinstance(rows, list) else ():
        own = {k: str(v) for k, v in row.items()} if isinstance(row, dict) else {}
        table, header, written = (own.get(key, "") for key in ("table", "header", "written"))
        parts = [part for part in re.split(r"[、\n]", written) if part.strip()]
        if "means" in own:
            whole.setdefault(VALUES, {}).setdefault(header, {})[written] = own["means"]
        elif header in SPECIAL:
            single = header == "（工作表名作）"
            whole.setdefault(table, {})[SPECIAL[header]] = written if single else parts
        elif table:
            whole.setdefault(table, {})[header] = parts
    for own in whole.values():
        if own.get(SHEET) == ["全部"]:
            own[SHEET] = "全部"
    return whole


def _texts(value: object) -> tuple[str, ...]:
    """One text or several as a tuple; empty if it is anything else."""
    texts = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else ()
    return texts if all(isinstance(text, str) and text.strip() for text in texts) else ()
