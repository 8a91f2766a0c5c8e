"""What can be said of the rosters together with round.toml, reviewed exceptions, signatures and
other offices' lists (:mod:`ssj.tables.rules`).
"""

from __future__ import annotations

from ssj.tables.rule import Rule

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
        "P49",
        "{target} 本年已查的多于年度检查频次上限 {over} 次：{counted}",
        "本批次不会再抽（不计上限任务除外）；请核对登记和是否除外，上限定低了的，请提高",
        "warning",
        where="其他检查登记表 编号；批次参数 年度检查频次上限",
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

GONE = (  # of firms that were closed, moved or unreachable (ssj.results.gone)
    Rule(
        "H01",
        "曾录入“{before}”（{was}），现在是“{now}”（{day}）",
        "请核实",
        "warning",
        where="检查结果 检查结果",
    ),
    Rule(
        "H02",
        "{round} 的结果是“{before}”（{was}），这次检查到了（{day}）",
        "请核实名录和以前的结果",
        "warning",
        where="检查结果 检查结果",
    ),
    Rule(
        "H03",
        "最近一次检查（{number}，{day}）的结果是“{before}”，名录中的状态仍在检查范围内",
        "请核实企业现状，确已关闭、迁出的，更新状态；仍在经营的，可以不改",
        "warning",
        where="检查对象名录库 状态",
    ),
)
