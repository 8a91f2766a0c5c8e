"""The one table of all that can be said about rosters: files and their layout, single cells, rows
and tables together.

Codes: ``F`` is about files and layouts; 01 to 19 are about single cells, and a problem's code
begins with its table's letter (``T04``); later ones look across rows and tables
(:mod:`ssj.rosters.finders`), and last at the plan and the officers together with round.toml. Where
one code has several messages, a rule's name goes on after a slash (``F04/locked``). A reviewed
exception (exceptions.xlsx) may let a row through whose only errors are *excusable*. The manual
prints this table (``scripts/make_guide_checks.py``).
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ssj.base.errors import Problem


@dataclass(frozen=True)
class Rule:
    """What can be said: message and remedy with the names of their details. Of a rule across rows:
    the tables that it ``needs``, first the one whose column ``key`` it speaks of; of any other:
    ``where``, in words.
    """

    name: str
    message: str
    remedy: str
    severity: Literal["error", "warning"] = "error"
    key: str = ""
    needs: tuple[str, ...] = ()
    where: str = ""
    excusable: bool = False

    @property
    def code(self) -> str:
        return self.name.partition("/")[0]


def _file(
    name: str,
    where: str,
    message: str,
    remedy: str,
    severity: Literal["error", "warning"] = "error",
) -> Rule:
    return Rule(name, message, remedy, severity, where=where)


def _cell(name: str, where: str, message: str, remedy: str) -> Rule:
    return Rule(name, message, remedy, where=where)


FILES = (
    _file(
        "F01",
        "文件夹",
        "文件夹“{folder}”里没有表格 {table}",
        "请放入 {table}.xlsx（也可以是 .xls、.csv 或 .parquet），文件名用小写字母。",
    ),
    _file(
        "F01/other",
        "文件夹",
        "文件夹“{folder}”里没有表格 {table}，只有{found}",
        "请放入 {table}.xlsx（也可以是 .xls、.csv 或 .parquet），文件名用小写字母。",
    ),
    _file(
        "F01/several",
        "文件夹",
        "同一张表有 {count} 个文件：{found}",
        "请只留下要用的一个，其余移到别的文件夹。",
    ),
    _file("F01/gone", "文件", "没有这个文件", "请核对文件名和所在文件夹。"),
    _file(
        "F01/both",
        "文件夹 targets",
        "既有文件夹 {table}，又有单独的表格 {table}",
        "一张表只用一种办法：分股室的放进文件夹，单独的那一个移走；或者相反。",
    ),
    _file(
        "F01/strange",
        "文件夹 targets",
        "文件夹 {table} 里有不能作为表格读取的{names}",
        "请移走，或另存为 .xlsx（也可以是 .xls、.csv 或 .parquet）。",
    ),
    _file(
        "F01/empty",
        "文件夹 targets",
        "文件夹 {table} 是空的",
        "请放入各股室的名录，每个股室一个文件；或者删去文件夹，用一个 {table}.xlsx。",
    ),
    _file("F02", "文件", "表格正在 Excel 中打开", "请保存并关闭后再运行一次。"),
    _file("F02/write", "文件", "表格正在 Excel 中打开，不能写入", "请关闭后再运行一次。"),
    _file("F03", "文件", "文件超过 {most} MB", "请删去用不到的工作表和列，或改存为 parquet。"),
    _file(
        "F03/rows",
        "工作表",
        "表格超过 {rows} 行或 {columns} 列",
        "请删去表格以外的内容，或分成几个批次。",
    ),
    _file(
        "F03/together",
        "文件夹 targets",
        "文件夹 {table} 里各文件合计超过 {rows} 行",
        "请核对是否放重了；确有这么多行的，改存为 parquet。",
    ),
    _file("F03/parquet", "文件", "文件展开后超过 {most} MB", "请只导出用得到的列。"),
    _file(
        "F03/unpacked", "文件", "工作簿展开后超过 {most} MB", "请删去用不到的工作表、图片和格式。"
    ),
    _file(
        "F03/texts",
        "文件",
        "工作簿的文字展开后超过 {most} MB",
        "请删去过长的文字，或分成几个文件。",
    ),
    _file(
        "F04",
        "文件",
        "工作簿已损坏或不完整",
        "请在 Excel 或 WPS 中打开核对，另存为 .xlsx；打不开的，请从原系统重新导出。",
    ),
    _file("F04/disk", "文件", "文件读不出来（系统错误 {number}）", "请核对磁盘或网络盘后再试。"),
    _file(
        "F04/kind",
        "文件",
        "内容不是 {suffix} 表格，而是{kind}",
        "请从原系统导出为 .xlsx；只能用 Excel 或 WPS 另存的，另存后核对长编码没有变成 "
        "9.1E+17 的样子。",
    ),
    _file(
        "F04/locked",
        "文件",
        "工作簿加了密码",
        "请在 Excel 中去掉打开密码（文件、信息、保护工作簿），保存后再试。",
    ),
    _file("F04/hidden", "文件", "工作簿里没有可见的工作表", "请取消隐藏要用的工作表，保存后再试。"),
    _file("F04/parquet", "文件", "parquet 文件已损坏或不完整", "请从原系统重新导出。"),
    _file(
        "F04/quotes",
        "csv 的行",
        "第 {line} 行的逗号或引号不合 CSV 的写法",
        "请用记事本核对这一行；或从原系统导出为 .xlsx。",
    ),
    _file(
        "F04/separator",
        "文件",
        "各列之间是{mark}，不是英文逗号",
        "请从原系统导出为 .xlsx，或“CSV UTF-8（逗号分隔）”；不要直接用 Excel 打开再保存，"
        "长编码会丢失末几位。",
    ),
    _file(
        "F04/sizes",
        "文件",
        "工作簿写明的大小与实际不符",
        "这样的文件可能是恶意的，不要打开；请从原系统重新导出。",
    ),
    _file(
        "F04/entities",
        "文件",
        "工作簿里有不该有的定义（DOCTYPE）",
        "这样的文件可能是恶意的，不要打开；请从原系统重新导出。",
    ),
    _file(
        "F05",
        "文件",
        "文字编码既不是 UTF-8（第 {utf8} 个字节不合）也不是 GB18030（第 {gb} 个字节不合）",
        "请从原系统重新导出为 .xlsx，或“CSV UTF-8（逗号分隔）”。",
    ),
    _file(
        "F05/utf16",
        "文件",
        "文字编码像是 UTF-16，却没有开头的标记，或者不完整",
        "请从原系统导出为 .xlsx，或“CSV UTF-8（逗号分隔）”。",
    ),
    _file(
        "F06",
        "表头",
        "缺少必填列{missing}；找到的列是{found}",
        "请补上这些列，或把列名改成这里的写法。",
    ),
    _file(
        "F06/mapping",
        "表头",
        "缺少必填列{missing}；找到的列是{found}",
        "请补上这些列；列名不同的，改成这里的写法，或在同一文件夹的 mapping.toml 中写明，如 "
        "[{table}] 下写 {example}{like}。",
    ),
    _file("F07", "表头", "列名重复了 {count} 次", "请只留一列，或把其余的改名。"),
    _file("F08", "表头", "不认识的列名，这一列不用", "如果确实不用，可以不管。", "warning"),
    _file("F08/near", "表头", "不认识的列名，这一列不用", "如果应是“{near}”，请改名。", "warning"),
    _file(
        "F09",
        "csv 的行",
        "有 {count} 个格在没有列名的位置",
        "请核对这一行是否错位；多出的内容请删去，或补上列名。",
    ),
    _file(
        "F09/column",
        "工作表的列",
        "第 {at} 列没有列名，却有 {count} 个格有内容，没有读取",
        "要用的，请补上列名；不用的，请删去。",
        "warning",
    ),
    _file(
        "F10",
        "单元格",
        "公式出错（如 #N/A、#REF!）",
        "请在 Excel 中打开、重新计算并改正，复制后选择性粘贴为数值，再保存。",
    ),
    _file(
        "F10/empty",
        "单元格",
        "公式没有算出的值",
        "请在 Excel 中打开、重新计算并改正，复制后选择性粘贴为数值，再保存。",
    ),
    _file(
        "F11", "单元格", "文字有乱码或看不见的字符", "请从原系统重新导出，或手工重新录入这一格。"
    ),
    _file(
        "F12",
        "工作表",
        "工作表“{other}”也有同样的表头，没有读取",
        "一个文件只读一个工作表；不用的删去，要用的合并成一个，或者各存为一个文件，"
        "放进文件夹 targets（检查对象）。",
        "warning",
    ),
    _file(
        "F13",
        "单元格",
        "{rows}的{columns}几列合并成一格，不知道是哪一列的",
        "请取消合并，把值填进每一格。",
    ),
    _file(
        "F14",
        "mapping.toml",
        "不合 TOML 书写规则",
        "请检查引号和方括号：等号两边的名称都要用英文引号。",
    ),
    _file("F14/table", "mapping.toml", "没有这张表", "可以写：{tables}。"),
    _file(
        "F14/header",
        "mapping.toml",
        '应写成 "列名" = "文件中的列名"，几列的写成 ["列一", "列二"]',
        "列名可以是：{headers}。",
    ),
    _file(
        "F15",
        "表头",
        "有 {count} 列都可能是“{header}”：{titles}",
        "请在 mapping.toml 的 [{table}] 中写明，如 {left} = {right}；前一列空着才用后一列的，"
        "写成 {left} = [{all}]。",
    ),
    _file(
        "F15/optional",
        "表头",
        "有 {count} 列都可能是“{header}”：{titles}；都没有读取",
        "要用的，请在 mapping.toml 的 [{table}] 中写明，如 {left} = {right}；"
        "前一列空着才用后一列的，写成 {left} = [{all}]。",
        "warning",
    ),
    _file(
        "F16",
        "工作表的列",
        "有 {count} 处合并单元格，合并的各行都按合并的值读取",
        "如果不是这个意思，请取消合并，把值填进每一格。",
        "warning",
    ),
    _file(
        "F17",
        "行",
        "这一行疑似错位：从“{first}”列起，内容像是{side}一列的（{seen}）",
        "请对照原件核对整行，把内容移回各自的列；不要只改报错的几格。",
    ),
    _file(
        "F18",
        "csv 的行",
        "有 {count} 行的格数少于表头的 {wide} 列，缺的格按空格读取",
        "请核对这些行是否被截断；末尾几列本来就空着的，可以不管。",
        "warning",
    ),
    _file(
        "F19",
        "文件",
        "表里没有数据行，只有单户录入的 {count} 行",
        "请核对是否放错了文件；确是如此的，不必改。",
        "warning",
    ),
)
CELLS = (
    _cell("01", "必填列", "必填的格是空的", "请补上；如果这一行是说明、合计或空样例，请删去整行。"),
    _cell(
        "02",
        "编号、工号、事项编号、任务编号",
        "编号不能识别",
        "编号只能用数字、字母、汉字和 ( ) - _ . /，中间不能有空格，请核对后重新录入。",
    ),
    _cell(
        "03",
        "编号、工号、事项编号、任务编号",
        "编号与第 {first} 行重复",
        "每个编号只能有一行，请核对后删去重复的行。",
    ),
    _cell(
        "04",
        "编号、证号",
        "编码被 Excel 存成数字，末几位已丢失，不能恢复",
        "请从原系统重新导出，先把该列设为“文本”格式；不要凭这一格补位。",
    ),
    _cell(
        "05",
        "编号、工号、事项编号",
        "编号与第 {first} 行重复，名称却不同（第 {first} 行是“{name}”）",
        "一个编号只能是一家（一人、一项）：请查清哪一行的编号录错，改正；更名的，"
        "删去旧名称的一行。",
    ),
    _cell("06", "状态、类别等只能用规定词语的列", "不认识的写法", "可以写：{words}。"),
    _cell(
        "07",
        "日期、请假",
        "日期不能识别",
        "请写成 2021-12-31 这样的日期；长期有效写“长期”；一段时间写“2021-12-06至2021-12-10”。",
    ),
    _cell(
        "08",
        "投诉举报数、处罚数、年度上限、每组人数",
        "应是不小于 0 的整数",
        "请只写数字，如 0、3。",
    ),
    _cell("09", "是否公开、是否需专家、专家", "应写“是”或“否”", "请改成“是”或“否”。"),
    _cell(
        "10",
        "信用风险等级、对象范围",
        "等级不在本批次的分类方案中",
        "方案中的等级是 {classes}，请核对后改正。",
    ),
    _cell(
        "11",
        "整张表",
        "表里没有数据行",
        "请填入名单后保存；如果数据在别的工作表，请把它移到最前面。",
    ),
    _cell("12", "抽查比例", "抽查比例应大于 0、不超过 100%，小数最多 9 位", "请写成 5% 或 0.05。"),
    _cell("13", "抽查比例", "抽查比例大于 1", "如果是百分之 {number}，请写成 {number}%。"),
    _cell(
        "14",
        "抽查比例",
        "各等级的比例不完整或不能识别",
        "请写一个比例（如 5%），或给方案中的每个等级（{classes}）各写一个，如“A 2%；B 5%”。",
    ),
    _cell(
        "15",
        "对象范围",
        "对象范围不能识别",
        "请写成“类别：燃气、供水供热；标签：专项整治；等级：C、D；条件：投诉举报数≥2”，"
        "用不到的不写；全部对象写“全部”。",
    ),
    _cell("16", "时间", "时间应是批次号或“全年”", "请写批次号，如 2021Q4；几个批次用顿号隔开。"),
    _cell(
        "17",
        "编号、证号以外的列",
        "文字里有身份证号或手机号，不得进入档案",
        "请删去号码；确需保留的另存，不放进本表。",
    ),
    _cell(
        "18",
        "文件校验码",
        "文件校验码不是 64 位十六进制数",
        "请写来源文件的 SHA-256 校验码，由来源单位提供。",
    ),
    _cell(
        "19",
        "对象范围",
        "对象范围里的条件不能识别",
        "请写成“条件：投诉举报数≥2、距上次检查年数≥1”：可用的有 {columns}，用 ≥、>、≤、<、= "
        "与整数比较，几个条件用顿号隔开。",
    ),
)
POOLS = (  # 专项库 in a task's 对象范围 (ssj.tables.scopes)
    Rule(
        "P50",
        "没有声明专项库“{name}”",
        "请核对名称（已声明的有：{known}），或在批次参数的“专项库”中写明它的筛选条件。",
        where="对象范围",
    ),
    Rule(
        "P51",
        "专项库“{name}”的筛选条件不能识别",
        "请先改正批次参数的“专项库”中的这一条。",
        where="对象范围",
    ),
    Rule(
        "P52",
        "一个任务写了几个专项库",
        "一个任务只能用一个：请把几个的条件合成一个专项库，或分成几个任务。",
        where="对象范围",
    ),
    Rule(
        "P53",
        "任务写的标签与专项库“{name}”的标签合不成一个范围",
        "请去掉任务的标签，或另设一个专项库，只写要用的标签。",
        where="对象范围",
    ),
    Rule(
        "P54",
        "任务写的{kind}与专项库“{name}”的{kind}没有相同的，一户也抽不到",
        "请去掉任务的{kind}，或核对专项库。",
        where="对象范围",
    ),
)
ACROSS = (
    Rule(
        "I20",
        "名录库里没有一户在册的对象属于这些类别",
        "请核对类别的写法是否与名录库一致；本单位没有这类对象的，可以不改。",
        "warning",
        "categories",
        ("items", "targets"),
    ),
    Rule(
        "I21",
        "事项要求的专业“{speciality}”，{department}没有一名在岗的执法人员具备",
        "请核对专业的写法（在岗人员的专业有：{known}），或补充人员；这个专业的席位排不出人。",
        "warning",
        "specialities",
        ("items", "officers"),
    ),
    Rule(
        "I22",
        "事项没有抽查依据",
        "请写明法律、法规、规章的名称和条款；没有依据的，不得抽查，请删去整行。",
        "error",
        "basis",
        ("items",),
    ),
    Rule(
        "I23",
        "事项没有写检查对象类别，不知道适用于谁",
        "请写明类别，写法与名录库一致；适用于所有对象的，写“全部”。",
        "error",
        "categories",
        ("items",),
    ),
    Rule(
        "I40",
        "失效日期早于生效日期（{effective}）",
        "请核对两个日期。",
        "error",
        "ends",
        ("items",),
    ),
    Rule(
        "I44",
        "来源和上级编号与第 {first} 行相同，两项同时有效，可能是同一事项列了两次",
        "请只留一行；旧的一行已停用的，写上失效日期。",
        "warning",
        "origin_id",
        ("items",),
    ),
    Rule(
        "T20",
        "统一社会信用代码的校验位不符",
        "请与营业执照核对；确实如此的，登记为已复核的例外（exceptions.xlsx）。末尾是 000 的，"
        "可能曾被 Excel 存成数字。",
        "error",
        "id",
        ("targets",),
        excusable=True,
    ),
    Rule(
        "T21",
        "是否公开为“否”，却没有写不公开依据",
        "请写明法律依据；没有依据的应当公开。",
        "error",
        "non_public_basis",
        ("targets",),
    ),
    Rule(
        "T22",
        "上次检查日期晚于检查期的最后一天（{end}）",
        "上次检查应是已经做过的，请核对日期；不改的，年数按 0 计。",
        "warning",
        "last_inspected",
        ("targets",),
    ),
    Rule(
        "T23",
        "编号是 15 位注册号，不是 18 位统一社会信用代码",
        "请换成营业执照上的统一社会信用代码，才能与别的系统核对；确实没有换照的，可以不改。",
        "warning",
        "id",
        ("targets",),
    ),
    Rule(
        "T24",
        "编号像是 15 位注册号，校验位却不符",
        "请与营业执照核对，有新照的换成统一社会信用代码；不是注册号的，可以不改。",
        "warning",
        "id",
        ("targets",),
    ),
    Rule(
        "T25",
        "名称与第 {first} 行相同，编号却不同（第 {first} 行是 {id}）",
        "同一家只留一行，否则抽中的机会加倍；确是两家的，可以不改。",
        "warning",
        "name",
        ("targets",),
    ),
    Rule(
        "T26",
        "许可证在检查期结束（{end}）前到期",
        "已经延续的，改为新的有效期；没有延续的，检查时核对。",
        "warning",
        "permit_until",
        ("targets",),
    ),
    Rule(
        "T27",
        "许可证在检查期开始（{start}）前已经到期",
        "已经延续的，改为新的有效期；没有延续的，核对是否还在经营，检查时核对。",
        "warning",
        "permit_until",
        ("targets",),
    ),
    Rule(
        "T28",
        "写了许可证名称，没有写许可证编号",
        "请补上编号；没有许可证的，删去名称。",
        "warning",
        "permit_no",
        ("targets",),
    ),
    Rule(
        "T29",
        "写了许可证编号，没有写许可证名称",
        "请补上名称。",
        "warning",
        "permit_name",
        ("targets",),
    ),
    Rule(
        "T30",
        "许可证没有写有效期，同样的许可证别家都写了",
        "请补上日期；长期有效的写“长期”。",
        "warning",
        "permit_until",
        ("targets",),
    ),
    Rule(
        "T31",
        "成立日期晚于检查期的第一天（{start}）",
        "请核对日期。",
        "warning",
        "founded",
        ("targets",),
    ),
    Rule(
        "T32",
        "上次检查日期早于成立日期（{founded}）",
        "请核对这两个日期。",
        "warning",
        "last_inspected",
        ("targets",),
    ),
    Rule(
        "T33",
        "没有一个抽查事项适用于这个类别，这一户抽不到",
        "请核对类别的写法（事项清单中的类别有：{known}），或在事项清单中补上适用的事项。",
        "warning",
        "category",
        ("targets", "items"),
    ),
    Rule(
        "O20",
        "执法人员没有执法证号",
        "请补上；没有执法证的，人员类别改为“日常监管”。",
        "error",
        "certificate",
        ("officers",),
    ),
    Rule(
        "O21",
        "执法人员没有执法证有效期",
        "请补上日期。",
        "error",
        "certificate_until",
        ("officers",),
    ),
    Rule(
        "O22",
        "执法证在检查期结束（{end}）前到期，本批次不能指派",
        "如已换证，请改为新的有效期。",
        "warning",
        "certificate_until",
        ("officers",),
    ),
    Rule(
        "O23",
        "执法事项范围里的编号不在事项清单中",
        "请核对事项编号；不限事项的，这一格留空。",
        "error",
        "authority",
        ("officers", "items"),
    ),
    Rule(
        "O24",
        "回避对象不在检查对象名录库中",
        "请写名录库里的编号或全称。",
        "error",
        "recusals",
        ("officers", "targets"),
        excusable=True,
    ),
    Rule(
        "O25",
        "回避对象有几家同名（{ids}）",
        "请改写编号。",
        "error",
        "recusals",
        ("officers", "targets"),
    ),
    Rule(
        "O26",
        "执法证号与第 {first} 行相同，可能是同一人重复列入",
        "同一人只留一行；确是两人的，核对执法证号。",
        "warning",
        "certificate",
        ("officers",),
    ),
    Rule(
        "O27",
        "姓名、部门与第 {first} 行相同，可能是同一人有两个工号",
        "同一人只留一行；确是同名的两人，可以不改。",
        "warning",
        "name",
        ("officers",),
    ),
    Rule(
        "O28",
        "年度上限是 0，意思是一户也不能派",
        "不限户次的，这一格留空；本批次不派的，在“状态”写离岗，或填请假。",
        "error",
        "yearly_cap",
        ("officers",),
    ),
    Rule(
        "O29",
        "事项清单和计划里都没有这个部门，这名人员派不出去",
        "请核对部门的写法（用到的部门有：{known}）。",
        "warning",
        "department",
        ("officers", "items", "plan"),
    ),
    Rule(
        "O32",
        "执法证在检查期开始（{start}）前已经到期，本批次不能指派",
        "请办理换证，改为新的有效期；不再执法的，人员类别改为“日常监管”。",
        "warning",
        "certificate_until",
        ("officers",),
    ),
    Rule(
        "O33",
        "人员没有写专业",
        "请写明专业，写法与事项清单的“检查人员要求”一致；没有专长的写“综合”。",
        "error",
        "specialities",
        ("officers",),
        excusable=True,
    ),
    Rule(
        "O34",
        "没有事项要求这个专业，事项要求的{missing}却没有人具备",
        "可能是同一个专业的两种写法，请改成一样的；不是的，可以不改。",
        "warning",
        "specialities",
        ("officers", "items"),
    ),
    Rule(
        "O35",
        "执法事项范围里没有一项是本部门的，这名人员派不出去",
        "请补上本部门（{department}）的事项编号；不限事项的，这一格留空。",
        "warning",
        "authority",
        ("officers", "items"),
    ),
    Rule(
        "P20",
        "事项编号不在事项清单中",
        "请核对编号，或在事项清单中补上这一项。",
        "error",
        "items",
        ("plan", "items"),
    ),
    Rule(
        "P21",
        "名录库里没有这个类别的检查对象",
        "请核对类别的写法是否与名录库一致。",
        "warning",
        "scope",
        ("plan", "targets"),
    ),
    Rule(
        "P22",
        "名录库里没有带这个标签的检查对象",
        "请核对标签的写法是否与名录库一致。",
        "warning",
        "scope",
        ("plan", "targets"),
    ),
    Rule(
        "P30",
        "名录库里没有这个等级的检查对象",
        "请核对等级。",
        "warning",
        "scope",
        ("plan", "targets"),
    ),
    Rule(
        "P29",
        "任务不定向，对象范围里却写了{kinds}",
        "按标签、等级或条件选对象的，“方式”要写“定向”；不定向的，只能写类别。",
        "error",
        "method",
        ("plan",),
    ),
    Rule(
        "P23",
        "这个类别的对象在任务范围内，任务的事项却都不适用于它",
        "请补上适用的事项，或从对象范围中去掉这个类别。",
        "error",
        "scope",
        ("plan", "items", "targets"),
    ),
    Rule(
        "P24",
        "事项的抽查主体“{owner}”不是本任务的发起部门或配合部门",
        "请改正任务的部门，或去掉这个事项。",
        "error",
        "items",
        ("plan", "items"),
    ),
    Rule(
        "P25",
        "这个部门在人员名录库里没有在岗的执法人员",
        "请核对部门的写法（人员名录库里有：{known}），或补上人员。",
        "error",
        "lead",
        ("plan", "officers"),
    ),
    Rule(
        "P26",
        "这个部门在人员名录库里没有在岗的执法人员",
        "请核对部门的写法（人员名录库里有：{known}），或补上人员。",
        "error",
        "partners",
        ("plan", "officers"),
    ),
    Rule(
        "P27",
        "每组人数少于 2",
        "执法检查不得少于两名执法人员，请改为 2 或更多；留空为 2。",
        "error",
        "team_size",
        ("plan",),
    ),
    Rule(
        "P28",
        "没有一个任务的时间包含本批次 {round}",
        "请在要抽的任务的“时间”列写上 {round} 或“全年”。",
        "error",
        "rounds",
        ("plan",),
    ),
    Rule(
        "P31",
        "任务类型是部门联合，却没有写配合部门",
        "请补上配合部门；只有本部门的，任务类型改为“内部”。",
        "warning",
        "partners",
        ("plan",),
    ),
    Rule(
        "P32",
        "任务类型是内部，却写了配合部门",
        "有别的部门参加的，任务类型改为“部门联合”；没有的，删去配合部门。",
        "warning",
        "partners",
        ("plan",),
    ),
    Rule(
        "M20",
        "编号不在检查对象名录库中，这一行不用",
        "请核对编号；确实不在本库的，可以不管。",
        "warning",
        "target",
        ("recognised", "targets"),
    ),
    Rule(
        "M21",
        "事项编号不在事项清单中，这一行不用",
        "请核对编号，或写本单位清单中的相应编号。",
        "warning",
        "item",
        ("recognised", "items"),
    ),
    Rule(
        "M22",
        "检查日期不早于本批次检查期的开始（{start}）",
        "互认的只能是已经作出的检查结果，请核对日期。",
        "error",
        "date",
        ("recognised",),
    ),
)
# Said once the rosters are sound, of plan and officers together with round.toml: framing, teams
ROUND = (
    Rule(
        "O30",
        "席位排不满：{seats}，只有 {count} 人有资格（{people}），缺 {short} 席",
        "再有 {more} 名{who}即可{others}",
        where="检查组",
    ),
    Rule(
        "O31",
        "试抽第 {made} 次就有检查组排不出来，正式抽取很可能也排不出来：{failed}",
        "请提高年度上限，或补充人员",
        where="检查组",
    ),
    Rule(
        "O31/groups",
        "试抽第 {made} 次就有检查组排不出来，正式抽取很可能也排不出来：{failed}",
        "请改为逐户排人，或补充人员、提高年度上限",
        where="检查组",
    ),
    Rule(
        "P40",
        "计划中没有本批次的任务",
        "请核对“时间”列与批次参数的批次号",
        where="年度抽查计划 时间",
    ),
    Rule(
        "P41",
        "任务 {task} 没有可抽的检查对象",
        "请核对对象范围，或检查对象的状态",
        where="年度抽查计划 对象范围",
    ),
    Rule(
        "P42",
        "任务 {task} 对 {risk_class} 类的抽查比例高于该类上限 {limit}",
        "请降低比例，或在批次参数的“超上限任务”中写明理由",
        where="年度抽查计划 抽查比例",
    ),
    Rule(
        "P43",
        "“超上限任务”提到的任务 {task} 或 {risk_class} 类不在本批次中",
        "请核对",
        where="批次参数 超上限任务",
    ),
    Rule(
        "P44",
        "{risk_class} 类的年度上限低于计划本身的要求：按 {tasks} 全部抽取，一年要查 {times} 户次",
        "请提高上限、改计划，或在“不计上限任务”中写明不受上限限制的任务和理由",
        where="批次参数 分类",
    ),
    Rule(
        "P45", "“不计上限任务”提到的任务 {task} 不在计划中", "请核对", where="批次参数 不计上限任务"
    ),
    Rule(
        "P46",
        "风险因素提到的任务 {task} 不在计划中",
        "请核对任务编号",
        where="批次参数 降频和风险因素",
    ),
    Rule(
        "P47",
        "名录库里没有一户有{what}，这项加分不起作用",
        "请补上这一列；不用的，删去这个参数",
        "warning",
        where="批次参数 降频和风险因素",
    ),
    Rule(
        "P48",
        "任务 {task} 中风险较低的 {low} 类，抽查比例高于风险较高的 {high} 类",
        "请核对；确有理由的，可以不改",
        "warning",
        where="年度抽查计划 抽查比例",
    ),
    Rule(
        "P55",
        "专项库“{name}”的筛选条件不能识别：{why}",
        "请照计划的对象范围改正：{how}",
        where="批次参数 专项库",
    ),
    Rule(
        "P56",
        "专项库“{name}”里没有可抽的检查对象",
        "请核对筛选条件、名录库的标签和状态；不用的，删去这一条",
        "warning",
        where="批次参数 专项库",
    ),
    Rule(
        "I41",
        "本批次的任务 {tasks} 用到这个事项，它在检查期的最后一天（{end}）以前失效",
        "法律依据已变、事项停用的，请从任务的“事项编号”列去掉；日期有误的，请改正",
        where="随机抽查事项清单 失效日期",
    ),
    Rule(
        "I42",
        "本批次的任务 {tasks} 用到这个事项，它在检查期的第一天（{start}）还没有生效",
        "请从任务的“事项编号”列去掉，或核对生效日期",
        where="随机抽查事项清单 生效日期",
    ),
    Rule(
        "I43",
        "这个事项在检查期内、或检查期结束（{end}）后 {days} 天内失效",
        "请及早准备代替它的事项，并调整以后批次的计划",
        "warning",
        where="随机抽查事项清单 失效日期",
    ),
)
# Of reviewed exceptions themselves (ssj.rosters.exceptions)
# and of the sections' signatures (ssj.rosters.signing)
EXCEPTIONS = (
    Rule(
        "U20",
        "“{table}”没有这个问题编号",
        "请照问题清单填写，如 T20。",
        key="code",
        where="例外登记表 问题编号",
    ),
    Rule(
        "U21",
        "这个问题不能放行",
        "可以放行的只有 {codes}；其他的请改正，检查对象、检查人员的也可以写“不列入”。",
        key="treatment",
        where="例外登记表 处理",
    ),
    Rule(
        "U22",
        "“{table}”的行不能写“不列入”",
        "可以不列入的只有检查对象和检查人员；其他的请改正，或从表中删去这一行。",
        key="treatment",
        where="例外登记表 处理",
    ),
    Rule(
        "U23",
        "审核日期晚于{day}",
        "请核对日期；还没有复核的，先复核。",
        key="reviewed_on",
        where="例外登记表 审核日期",
    ),
    Rule(
        "U24",
        "审核日期早于检查期开始前两年（{day}）",
        "请核对日期；确是那时复核的，请重新复核。",
        key="reviewed_on",
        where="例外登记表 审核日期",
    ),
    Rule(
        "U25",
        "编号和名称都是空的，不知道是哪一行",
        "请照问题清单填写编号、名称；原表这两格都空着的，请在原表改正。",
        key="id",
        where="例外登记表 编号",
    ),
    Rule(
        "U26",
        "“{table}”里没有这样的编号和名称",
        "编号、名称要与原表这一行写的完全相同，两样都要写；原表已改正或已删去这一行的，"
        "删去这条例外。",
        key="id",
        where="例外登记表 编号",
    ),
    Rule(
        "U27",
        "这一行没有这个问题，这条例外用不上",
        "已改正的，删去这条例外；编号写错的，照问题清单改正。",
        key="code",
        where="例外登记表 问题编号",
    ),
    Rule(
        "U28",
        "与第 {first} 行矛盾：同一行又放行又不列入",
        "请只留下一种处理。",
        key="treatment",
        where="例外登记表 处理",
    ),
    Rule("U29", "与第 {first} 行重复", "请删去一行。", key="code", where="例外登记表 问题编号"),
    Rule(
        "U30", "审核人是这名人员自己", "请由别人复核。", key="reviewer", where="例外登记表 审核人"
    ),
    Rule(
        "U31",
        "这个问题是提醒，不妨碍封库",
        "不用登记例外，请删去这一行。",
        key="code",
        where="例外登记表 问题编号",
    ),
    Rule(
        "U32",
        "这一行有身份证号或手机号，不能用例外处理",
        "不列入的行也随原表进入档案：请先在原表删去号码。",
        key="code",
        where="例外登记表 问题编号",
    ),
)
SIGNING = (
    Rule(
        "S20",
        "这个文件还没有股室核签",
        "请在批次参数的“核签”中加一行，文件写“{own}”，写明股室、核签人和日期",
        where="文件夹 targets 的文件",
    ),
    Rule(
        "S20/demonstration",
        "这个文件还没有股室核签",
        "正式批次须在批次参数的“核签”中加一行，文件写“{own}”，写明股室、核签人和日期",
        "warning",
        where="文件夹 targets 的文件",
    ),
    Rule(
        "S21",
        "没有“{own}”这个文件，核签对不上",
        "现有：{files}；改名、移走的，改正这里",
        where="批次参数 核签",
    ),
    Rule(
        "S22",
        "“{own}”的核签日期晚于 {day}",
        "核签应在封库以前，请核对日期；还没有核签的，先核签",
        where="批次参数 核签",
    ),
    Rule(
        "S23",
        "有 {count} 行的主管股室是“{section}”，核签的却是{sections}",
        "请由主管股室核签，或改正主管股室",
        "warning",
        where="检查对象名录库 主管股室",
    ),
)
OFFICES = (  # of other offices' lists (ssj.rosters.offices)
    Rule(
        "H20",
        "不是能读的表格，没有与名录库比对",
        "请换成 .xlsx、.xls、.csv 或 .parquet；不用的，请移走",
        "warning",
        where="文件夹 outside 的文件",
    ),
    Rule(
        "H21",
        "有 {count} 个格有身份证号或手机号，不得进入档案",
        "请删去这一列或这些号码",
        where="其他部门的名单",
    ),
    Rule(
        "H22",
        "“{source}”有几个文件，不知道用哪一个",
        "请只留一个，或改名",
        where="文件夹 outside 的文件",
    ),
    Rule(
        "H23",
        "“其他部门的名单”提到的“{source}”没有文件",
        "请放进 {folder} 文件夹，或删去这一条",
        "warning",
        where="批次参数 其他部门的名单",
    ),
    Rule(
        "H24",
        "“其他部门的名单”按类别选“{source}”的行，表里却没有“类别”列",
        "请在 mapping.toml 的 [outside] 中写明是哪一列，或删去批次参数中的这一条",
        where="其他部门的名单",
    ),
    Rule(
        "H25",
        "{why}；改按名称比对",
        "请从原系统重新导出，该列先设为“文本”",
        "warning",
        where="其他部门的名单 编号",
    ),
    Rule("H26", "没有能用来比对的编号和名称", "请补上其中一个", "warning", where="其他部门的名单"),
)
RULES: tuple[Rule, ...] = (*FILES, *CELLS, *POOLS, *ACROSS, *ROUND, *EXCEPTIONS, *SIGNING, *OFFICES)
# By name, and by code as problems have it; of several rules with one code the first
RULE: dict[str, Rule] = (
    {
        letter + rule.code: rule
        for rule in CELLS
        for letter in string.ascii_uppercase
        if letter != "F"
    }
    | {rule.code: rule for rule in reversed(RULES)}
    | {rule.name: rule for rule in RULES}
)


def problem(
    name: str,
    /,
    file: str = "",
    sheet: str = "",
    row: int | None = None,
    column: str = "",
    value: str = "",
    letter: str = "",
    **details: object,
) -> Problem:
    """What a rule says of a place; ``letter``: of the table, for rules about single cells."""
    rule, (message, remedy) = RULE[name], _said(name, tuple(details.items()))
    return Problem(
        (letter if len(rule.code) == 2 else "") + rule.code,
        message,
        remedy,
        file,
        sheet,
        row,
        column,
        value,
        rule.severity,
    )


@lru_cache(maxsize=4096)
def _said(name: str, details: tuple[tuple[str, object], ...]) -> tuple[str, str]:
    """Message and remedy; those of very many rows alike are held once."""
    return RULE[name].message.format(**dict(details)), RULE[name].remedy.format(**dict(details))
