"""Column titles as files have them → the declared headers of a table.

An exact header wins, then a declared synonym; what several columns could be is reported, never guessed. ``mapping.toml`` beside the file
settles it for good::

    [targets]
    "编号" = "TYXYDM"
    "地址" = ["经营地址", "住所"]        # the first that is not blank

"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ssj.errors import InputError, Problem, quoted
from ssj.inputs.redaction import header_text

FILE = "mapping.toml"
# table → header → other titles that mean it: Chinese, pinyin initials, English; compared without case, spaces and full-width forms
SYNONYMS: dict[str, dict[str, tuple[str, ...]]] = {
    "items": {
        "事项编号": ("抽查事项编号", "检查事项编号", "事项编码", "事项代码", "SXBH", "SXBM", "ITEM_ID"),
        "事项名称": ("抽查事项", "抽查事项名称", "检查事项", "检查事项名称", "SXMC", "ITEM"),
        "抽查依据": ("检查依据", "法律依据", "执法依据", "设定依据", "CCYJ", "JCYJ"),
        "抽查主体": ("检查主体", "实施主体", "执法主体", "CCZT", "JCZT"),
        "抽查内容": ("检查内容", "CCNR", "JCNR"),
        "抽查方式": ("检查方式", "CCFS", "JCFS"),
        "事项类别": ("抽查事项类别", "事项类型", "SXLB"),
        "检查对象类别": ("检查对象", "抽查对象", "对象类别", "JCDX", "CCDX"),
        "抽查子项": ("检查子项", "子项"), "抽查比例": ("比例上限", "抽查比例上限"), "抽查频次": ("检查频次", "频次"),
        "检查人员要求": ("专业要求", "人员要求"), "工作指引": ("抽查工作指引", "检查指引"), "备注": ("说明", "BZ", "REMARK"),
    },
    "targets": {
        "编号": ("统一社会信用代码", "社会信用代码", "统一信用代码", "信用代码", "统一代码", "注册号", "施工许可证号", "项目编码", "项目代码", "TYXYDM", "TYSHXYDM", "SHXYDM",
               "XYDM", "USCC", "ZCH", "CREDIT_CODE", "UNISCID"),
        "名称": ("企业名称", "单位名称", "市场主体名称", "主体名称", "对象名称", "检查对象名称", "项目名称", "工程名称", "QYMC", "DWMC", "MC", "NAME", "ENTNAME"),
        "类别": ("对象类别", "检查对象类别", "企业类别", "行业类别", "LB", "CATEGORY"),
        "信用风险等级": ("信用等级", "风险等级", "信用风险分类", "信用分类", "企业信用风险分类", "XYDJ", "FXDJ", "RISK_CLASS"),
        "状态": ("企业状态", "经营状态", "登记状态", "主体状态", "项目状态", "ZT", "STATUS"),
        "地址": ("经营地址", "注册地址", "住所", "经营场所", "企业地址", "项目地址", "DZ", "ZS", "ADDRESS"),
        "所属区域": ("区域", "地区", "辖区", "所在区域", "所属辖区", "乡镇", "AREA"),
        "主管股室": ("监管股室", "主管科室", "责任股室", "监管科室", "SECTION"),
        "成立日期": ("创建日期", "注册日期", "成立时间", "设立日期", "CLRQ", "ESTDATE"),
        "有效期至": ("许可证有效期至", "资质有效期至", "有效期止"), "许可证编号": ("资质证书编号", "许可证号", "证书编号"), "许可证名称": ("资质证书名称", "证书名称"),
        "上次检查日期": ("最近检查日期", "最近一次检查日期"), "投诉举报数": ("投诉举报次数", "投诉数"), "处罚数": ("行政处罚数", "处罚次数"), "标签": ("分类标注", "TAGS"),
    },
    "officers": {
        "工号": ("人员编号", "编号", "GH", "RYBH", "OFFICER_ID"), "姓名": ("人员姓名", "XM", "NAME"),
        "部门": ("所在部门", "所属部门", "科室", "股室", "所在单位", "工作单位", "BM", "DEPARTMENT"),
        "人员类别": ("人员类型", "RYLB"), "专业": ("业务专长", "专长", "专业类别", "ZY"), "状态": ("人员状态", "在岗状态", "ZT", "STATUS"),
        "执法证号": ("执法证编号", "执法证件编号", "行政执法证号", "ZFZH"), "执法证有效期至": ("执法证有效期", "证件有效期至", "证件有效期"),
        "岗位": ("GW",), "职务": ("ZW",), "回避对象": ("回避企业", "回避单位"), "请假": ("请假情况",),
    },
    "plan": {
        "任务编号": ("计划编号", "RWBH", "TASK_ID"), "任务名称": ("抽查任务", "抽查任务名称", "计划名称", "RWMC"), "任务类型": ("抽查类型", "RWLX"),
        "事项编号": ("抽查事项编号", "检查事项编号"), "对象范围": ("抽查对象范围", "检查对象范围", "抽查范围"), "抽查比例": ("比例", "抽查比例(%)"),
        "时间": ("批次", "抽查时间", "实施时间"), "发起部门": ("牵头部门", "发起单位"), "配合部门": ("参与部门", "联合部门", "配合单位"), "每组人数": ("检查组人数",),
    },
}
# lists of other offices (outside/): what they call their rows is what targets are called
SYNONYMS["outside"] = {
    "编号": (*SYNONYMS["targets"]["编号"], "施工许可证编号", "许可证编号", "许可证号"), "名称": (*SYNONYMS["targets"]["名称"], "字号名称"),
    "类别": (*SYNONYMS["targets"]["类别"], "行业", "行业门类", "所属行业", "项目类别"), "状态": SYNONYMS["targets"]["状态"], "不列入理由": ("不列入原因", "不纳入理由", "不纳入原因"),
}


@lru_cache(maxsize=4096)
def plain(title: str) -> str:
    """A title as it is compared."""
    return header_text(title).upper()


@dataclass(frozen=True)
class Headings(Mapping[str, bool]):
    """The headers of a table, header → whether it is required, and what else may stand for each.

    ``chosen``: header → titles, from mapping.toml; it knows no synonyms then.
    """

    required: dict[str, bool]
    table: str = ""
    chosen: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __getitem__(self, header: str) -> bool:
        return self.required[header]

    def __iter__(self) -> Iterator[str]:
        return iter(self.required)

    def __len__(self) -> int:
        return len(self.required)

    def means(self, title: str) -> str:
        """The header that a title stands for; empty for none."""
        text = plain(title)
        for header, titles in self.chosen.items():
            if text in map(plain, titles):
                return header
        found = next((h for h in self.required if plain(h) == text), "") or next(
            (h for h, others in SYNONYMS.get(self.table, {}).items() if text in map(plain, others)), "")
        return "" if found in self.chosen else found

    def match(self, titles: Sequence[Sequence[str]]) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """Columns → headers: what is settled (several columns where mapping.toml names several, in its order), and what is ambiguous.

        ``titles``: for each column the texts that may name it, the fullest first.
        """
        found: dict[str, list[int]] = {}
        for at, names in enumerate(titles):
            if header := next(filter(None, map(self.means, names)), ""):
                found.setdefault(header, []).append(at)
        settled, open_ones = {}, {}
        for header, columns in found.items():
            exact = [at for at in columns if any(plain(n) == plain(header) for n in titles[at])]
            if header in self.chosen:
                order = [plain(t) for t in self.chosen[header]]
                settled[header] = sorted(columns, key=lambda at, order=order: min(order.index(plain(n)) for n in titles[at] if plain(n) in order))
            elif len(columns) == 1 or exact:
                settled[header] = exact or columns
            else:
                open_ones[header] = columns
        return settled, open_ones


def read(folder: Path, table: str, required: dict[str, bool]) -> Headings:
    """The headings of a table whose file lies in ``folder``, with what mapping.toml settles there. ``InputError`` with all that is wrong in it."""
    path = folder / FILE
    if not path.exists():
        return Headings(required, table)
    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError([Problem("F14", "不合 TOML 书写规则", "请检查引号和方括号：等号两边的名称都要用英文引号", file=FILE)]) from error
    problems = [Problem("F14", "没有这张表", f"可以写：{quoted(SYNONYMS)}", file=FILE, column=name) for name in whole if name not in SYNONYMS]
    chosen: dict[str, tuple[str, ...]] = {}
    own = whole.get(table, {})
    for header, titles in own.items() if isinstance(own, dict) else [(table, own)]:
        texts = (titles,) if isinstance(titles, str) else tuple(titles) if isinstance(titles, list) else ()
        if header not in required or not texts or not all(isinstance(t, str) and t.strip() for t in texts):
            problems.append(Problem("F14", "应写成 \"列名\" = \"文件中的列名\"，几列的写成 [\"列一\", \"列二\"]", f"列名可以是：{quoted(required)}", file=FILE,
                                    column=f"{table}.{header}", value=str(titles)[:60]))
            continue
        chosen[header] = texts
    if problems:
        raise InputError(problems)
    return Headings(required, table, chosen)
