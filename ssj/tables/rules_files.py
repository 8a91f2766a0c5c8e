"""What can be said of files and layouts (codes F; :mod:`ssj.tables.rules`)."""

from __future__ import annotations

from ssj.tables.rule import of_files

FILES = (
    of_files(
        "F01",
        "文件夹",
        "文件夹“{folder}”里没有表格 {table}",
        "请放入 {table}.xlsx（也可以是 .xls、.csv 或 .parquet），文件名用小写字母。",
    ),
    of_files(
        "F01/other",
        "文件夹",
        "文件夹“{folder}”里没有表格 {table}，只有{found}",
        "请放入 {table}.xlsx（也可以是 .xls、.csv 或 .parquet），文件名用小写字母。",
    ),
    of_files(
        "F01/near",
        "文件夹",
        "文件夹“{folder}”里没有表格 {table}，像是它的有：{found}",
        "请核对后改名为 {table}.xlsx（也可以是 .xls、.csv 或 .parquet）。Windows 不显示扩展名的，"
        "改名时不要再写一次 .xlsx。",
    ),
    of_files(
        "F01/several",
        "文件夹",
        "同一张表有 {count} 个文件：{found}",
        "请只留下要用的一个，其余移到别的文件夹。",
    ),
    of_files("F01/gone", "文件", "没有这个文件", "请核对文件名和所在文件夹。"),
    of_files(
        "F01/both",
        "文件夹 targets",
        "既有文件夹 {table}，又有单独的表格 {table}",
        "一张表只用一种办法：分股室的放进文件夹，单独的那一个移走；或者相反。",
    ),
    of_files(
        "F01/strange",
        "文件夹 targets",
        "文件夹 {table} 里有不能作为表格读取的{names}",
        "请移走，或另存为 .xlsx（也可以是 .xls、.csv 或 .parquet）。",
    ),
    of_files(
        "F01/empty",
        "文件夹 targets",
        "文件夹 {table} 是空的",
        "请放入各股室的名录，每个股室一个文件；或者删去文件夹，用一个 {table}.xlsx。",
    ),
    of_files("F02", "文件", "表格正在 Excel 中打开", "请保存并关闭后再运行一次。"),
    of_files("F02/write", "文件", "表格正在 Excel 中打开，不能写入", "请关闭后再运行一次。"),
    of_files("F03", "文件", "文件超过 {most} MB", "请删去用不到的工作表和列，或改存为 parquet。"),
    of_files(
        "F03/rows",
        "工作表",
        "表格超过 {rows} 行或 {columns} 列",
        "请删去表格以外的内容，或分成几个批次。",
    ),
    of_files(
        "F03/together",
        "文件夹 targets",
        "文件夹 {table} 里各文件合计超过 {rows} 行",
        "请核对是否放重了；确有这么多行的，改存为 parquet。",
    ),
    of_files("F03/parquet", "文件", "文件展开后超过 {most} MB", "请只导出用得到的列。"),
    of_files(
        "F03/unpacked", "文件", "工作簿展开后超过 {most} MB", "请删去用不到的工作表、图片和格式。"
    ),
    of_files(
        "F03/texts",
        "文件",
        "工作簿的文字展开后超过 {most} MB",
        "请删去过长的文字，或分成几个文件。",
    ),
    of_files(
        "F04",
        "文件",
        "工作簿已损坏或不完整",
        "请在 Excel 或 WPS 中打开核对，另存为 .xlsx；打不开的，请从原系统重新导出。",
    ),
    of_files("F04/disk", "文件", "文件读不出来（系统错误 {number}）", "请核对磁盘或网络盘后再试。"),
    of_files(
        "F04/kind",
        "文件",
        "内容不是 {suffix} 表格，而是{kind}",
        "请从原系统导出为 .xlsx；只能用 Excel 或 WPS 另存的，另存后核对长编码没有变成 "
        "9.1E+17 的样子。",
    ),
    of_files(
        "F04/binary",
        "文件",
        "是 Excel 的二进制工作簿（xlsb），其中出错的格和数字的格式读不全",
        "请用 Excel 或 WPS 另存为 .xlsx，另存后核对长编码没有变成 9.1E+17 的样子。",
    ),
    of_files(
        "F04/own",
        "文件",
        "这是 ssj 写出的{name}，不是名录",
        "请放入原来的名录；改问题要改在原来的表里。",
    ),
    of_files(
        "F04/locked",
        "文件",
        "工作簿加了密码",
        "请在 Excel 中去掉打开密码（文件、信息、保护工作簿），保存后再试。",
    ),
    of_files(
        "F04/hidden", "文件", "工作簿里没有可见的工作表", "请取消隐藏要用的工作表，保存后再试。"
    ),
    of_files("F04/parquet", "文件", "parquet 文件已损坏或不完整", "请从原系统重新导出。"),
    of_files(
        "F04/quotes",
        "csv 的行",
        "第 {line} 行的逗号或引号不合 CSV 的写法",
        "请用记事本核对这一行；或从原系统导出为 .xlsx。",
    ),
    of_files(
        "F04/separator",
        "文件",
        "各列之间是{mark}，不是英文逗号",
        "请从原系统导出为 .xlsx，或“CSV UTF-8（逗号分隔）”；不要直接用 Excel 打开再保存，"
        "长编码会丢失末几位。",
    ),
    of_files(
        "F04/sizes",
        "文件",
        "工作簿写明的大小与实际不符",
        "这样的文件可能是恶意的，不要打开；请从原系统重新导出。",
    ),
    of_files(
        "F04/entities",
        "文件",
        "工作簿里有不该有的定义（DOCTYPE）",
        "这样的文件可能是恶意的，不要打开；请从原系统重新导出。",
    ),
    of_files(
        "F05",
        "文件",
        "文字编码既不是 UTF-8（第 {utf8} 行不合）也不是 GB18030（第 {gb} 行不合）",
        "请从原系统重新导出为 .xlsx，或“CSV UTF-8（逗号分隔）”。",
    ),
    of_files(
        "F05/big5",
        "文件",
        "文字编码是 Big5（繁体），简体字在里面已经丢失",
        "请从原系统重新导出为 .xlsx，或“CSV UTF-8（逗号分隔）”。",
    ),
    of_files(
        "F05/utf16",
        "文件",
        "文字编码像是 UTF-16，却没有开头的标记，或者不完整",
        "请从原系统导出为 .xlsx，或“CSV UTF-8（逗号分隔）”。",
    ),
    of_files(
        "F06",
        "表头",
        "缺少必填列{missing}；找到的列是{found}",
        "请补上这些列，或把列名改成这里的写法。",
    ),
    of_files(
        "F06/mapping",
        "表头",
        "缺少必填列{missing}；找到的列是{found}",
        "请补上这些列；列名不同的，改成这里的写法，或在同一文件夹的 mapping.toml 中写明，如 "
        "[{table}] 下写 {example}{like}。",
    ),
    of_files(
        "F06/table",
        "表头",
        "这张表像是{other}（有{found}等列），不是{title}",
        "请核对是不是放错了文件：{other}应叫 {name}.xlsx。",
    ),
    of_files("F07", "表头", "列名重复了 {count} 次", "请只留一列，或把其余的改名。"),
    of_files("F08", "表头", "不认识的列名，这一列不用", "如果确实不用，可以不管。", "warning"),
    of_files(
        "F08/near", "表头", "不认识的列名，这一列不用", "如果应是“{near}”，请改名。", "warning"
    ),
    of_files(
        "F09",
        "csv 的行",
        "有 {count} 个格在没有列名的位置",
        "请核对这一行是否错位；多出的内容请删去，或补上列名。",
    ),
    of_files(
        "F09/column",
        "工作表的列",
        "第 {at} 列没有列名，却有 {count} 个格有内容，没有读取",
        "要用的，请补上列名；不用的，请删去。",
        "warning",
    ),
    of_files(
        "F10",
        "单元格",
        "公式出错（如 #N/A、#REF!）",
        "请在 Excel 中打开、重新计算并改正，复制后选择性粘贴为数值，再保存。",
    ),
    of_files(
        "F10/optional",
        "列",
        "有 {count} 格是公式出错（如 #N/A、#REF!），按空白读取",
        "请在 Excel 中改正，复制后选择性粘贴为数值；本来就没有的，改为空白。",
        "warning",
    ),
    of_files(
        "F10/empty",
        "单元格",
        "公式没有算出的值",
        "请在 Excel 中打开、重新计算并改正，复制后选择性粘贴为数值，再保存。",
    ),
    of_files(
        "F11", "单元格", "文字有乱码或看不见的字符", "请从原系统重新导出，或手工重新录入这一格。"
    ),
    of_files(
        "F12",
        "文件",
        "有 {count} 张工作表都有这张表的列，不知道用哪一张，都没有读取：{sheets}",
        '请在 mapping.toml 的 [{table}] 中写明，如 sheet = "{first}"；几张都要的写 '
        'sheet = [{all}] 或 sheet = "全部"{fills}；不用的，也可以删去。',
    ),
    of_files(
        "F12/plain",
        "文件",
        "有 {count} 张工作表都有这张表的列，不知道用哪一张，都没有读取：{sheets}",
        "请删去不用的工作表；都要用的，合并成一张。",
    ),
    of_files(
        "F12/hidden",
        "文件",
        "这张表在隐藏的工作表上，没有读取：{called}",
        '请取消隐藏；确是要用的，也可以在 mapping.toml 的 [{table}] 中写 sheet = "{name}"。',
    ),
    of_files(
        "F12/unknown",
        "文件",
        "mapping.toml 的 [{table}] 写的工作表{names}，文件里没有；文件里有：{sheets}",
        "请改成文件里的名称。",
    ),
    of_files(
        "F12/continued",
        "文件",
        "工作表{sheets}像是接着“{first}”写的，没有表头，都没有读取",
        "请把这些行接到“{first}”的下面；或给它加上同样的表头，再在 mapping.toml 的 [{table}] 中写 "
        'sheet = "全部"。不用的，请删去这张工作表。',
    ),
    of_files(
        "F13",
        "单元格",
        "{rows}的{columns}几列合并成一格，不知道是哪一列的",
        "请取消合并，把值填进每一格。",
    ),
    of_files(
        "F14",
        "mapping.toml",
        "不合 TOML 书写规则",
        "请检查引号和方括号：等号两边的名称都要用英文引号。",
    ),
    of_files(
        "F14/both",
        "mapping.toml",
        "既有 mapping.toml，批次参数的“映射”又写了，不知道以哪一个为准",
        "请只留一处。",
    ),
    of_files("F14/table", "mapping.toml", "没有这张表", "可以写：{tables}。"),
    of_files(
        "F14/sheet",
        "mapping.toml",
        '应写成 sheet = "工作表名"，几张的写成 ["名一", "名二"]，全部的写 "全部"',
        "请照工作表下面标签上的名称写。",
    ),
    of_files(
        "F14/sheet_fills",
        "mapping.toml",
        '应写成 sheet_fills = "列名"，以工作表名作这一列的值',
        "列名可以是：{headers}。",
    ),
    of_files(
        "F14/values",
        "mapping.toml",
        "不合 [values] 的写法：列名后面应是文件中的写法和它的意思",
        "请写成 {form} 这样。",
    ),
    of_files(
        "F14/header",
        "mapping.toml",
        '应写成 "列名" = "文件中的列名"，几列的写成 ["列一", "列二"]',
        "列名可以是：{headers}。",
    ),
    of_files(
        "F15",
        "表头",
        "有 {count} 列都可能是“{header}”：{titles}",
        "请在 mapping.toml 的 [{table}] 中写明，如 {left} = {right}；前一列空着才用后一列的，"
        "写成 {left} = [{all}]。",
    ),
    of_files(
        "F15/optional",
        "表头",
        "有 {count} 列都可能是“{header}”：{titles}；都没有读取",
        "要用的，请在 mapping.toml 的 [{table}] 中写明，如 {left} = {right}；"
        "前一列空着才用后一列的，写成 {left} = [{all}]。",
        "warning",
    ),
    of_files(
        "F16",
        "工作表的列",
        "有 {count} 处合并单元格，合并的各行都按合并的值读取",
        "如果不是这个意思，请取消合并，把值填进每一格。",
        "warning",
    ),
    of_files(
        "F23",
        "行",
        "第 {rows} 行因为“{leading}”列合并成了一项，名称却不同（{names}）",
        "它们是不同的{kind}：请换一列作编号，或在表里另加一列，每项一个编号（如 1、2、3），"
        "再在 mapping.toml 写明是哪一列；“{leading}”列的合并请取消。",
    ),
    of_files(
        "F17",
        "行",
        "这一行疑似错位：从“{first}”列起，内容像是{side}一列的（{seen}）",
        "请对照原件核对整行，把内容移回各自的列；不要只改报错的几格。",
    ),
    of_files(
        "F18",
        "csv 的行",
        "有 {count} 行的格数少于表头的 {wide} 列，缺的格按空格读取",
        "请核对这些行是否被截断；末尾几列本来就空着的，可以不管。",
        "warning",
    ),
    of_files(
        "F19",
        "文件",
        "表里没有数据行，只有单户录入的 {count} 行",
        "请核对是否放错了文件；确是如此的，不必改。",
        "warning",
    ),
    of_files(
        "F21",
        "编号、证号",
        "编号按数字格式“{format}”显示，与存的数 {number} 不同，不知道以哪个为准",
        "请把这一列设为“文本”格式，照显示的样子重新录入；或从原系统重新导出。",
    ),
    of_files(
        "F22",
        "行",
        "有 {count} 行带删除线，同样读取：{rows}",
        "已经不用的，请删去整行；要用的，请去掉删除线。",
        "warning",
    ),
    of_files(
        "F20",
        "必填列",
        "必填的格写的是占位的字（无、/、待补充之类），不是内容",
        "请查清后补上真正的内容；查不到的，先不列入。",
    ),
    of_files(
        "F20/same",
        "必填列",
        "必填的格写的是“同上”，不知道是哪一行的值",
        "请把值填进这一格。",
    ),
    of_files(
        "F20/optional",
        "列",
        "有 {count} 格写的是“同上”一类，不照上一行填，按空白读取",
        "请把值填进这些格；本来就没有的，改为空白。",
        "warning",
    ),
)
