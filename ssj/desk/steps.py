"""The steps of a quarter's work in their order, one row each: where it stands, what it is about,
which command does it.

The menu (:mod:`ssj.desk.menu`) and ``ssj status`` both read this table, so that they say the same.
Nothing here writes or asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ssj.base import formats
from ssj.casebook.archive import Archive
from ssj.desk import standing, today
from ssj.desk.standing import Standing, Status
from ssj.tables import paramfiles


@dataclass(frozen=True)
class Action:
    """A command of a step: what it is called in the menu, what to ask for first, whether it enters
    the ledger.

    Where ``first`` finds errors, nothing is asked.
    """

    title: str
    command: str
    asks: str = (
        ""  # a row of questions.QUESTIONS; without one the command takes the round (or year) alone
    )
    confirm: str = ""  # the question before anything is entered; none for what only looks
    first: tuple[str, ...] = ()  # a command that looks at the inputs before the question
    inputs: bool = False  # its files are among the inputs, not the working copies
    yearly: bool = False  # whether it is about the year, not the round


@dataclass(frozen=True)
class Step:
    """One row: ``status`` says where it stands, ``tell`` what ``ssj status`` calls it when it comes
    next.

    A step without ``tell`` never is the next one: people do it by hand, or only where they need it.
    """

    number: int
    title: str
    explain: str
    status: Callable[[Standing], Status]
    actions: tuple[Action, ...] = ()
    tell: Callable[[Standing], str] | None = None
    once: bool = False  # whether there is nothing to do once it is done
    after: Action | None = None  # but this, until the draw


# The rows

CHECK = Action("核对资料", "check", inputs=True)
SCANS = Action(
    "收存签字后的扫描件",
    "papers",
    asks="scans",
    confirm="扫描件的校验码会登入留痕登记簿，以后不能删改。现在收存吗？",
)
PAPERS = Action("生成文书", "papers")
RESULTS = Action(
    "检查结果归档",
    "results",
    first=("results", "--check"),
    confirm="检查结果会封存、登入留痕登记簿；已审核的以后只能更正。现在归档吗？",
)
LIST_FIRST = "把省级平台抽取的名单存为 external.xlsx，放进批次文件夹，再运行 "


def _tell_freeze(it: Standing) -> str:
    if it.demonstration and (it.folder / "entropy.toml").exists():
        return f"{_tell_list(it)}ssj run {it.id}（演示：封库并抽取）"
    return f"ssj check {it.id}（核对资料），然后 ssj freeze {it.id}（封库）"


def _tell_draw(it: Standing) -> str:
    return f"{_tell_list(it)}ssj draw {it.id}（抽取）"


def _tell_list(it: Standing) -> str:
    return LIST_FIRST if it.elsewhere and it.list_missing("external") else ""


def _tell_results(it: Standing) -> str:
    if standing.reconciled(it).word == standing.NOW:
        return f"ssj platform {it.id}（与平台核对）"
    missing = it.list_missing("results") and not (it.folder / "results").is_dir()
    return (
        f"把填好的结果回填表存为 results.xlsx，放进批次文件夹，再运行 ssj results {it.id}"
        if missing
        else f"ssj results {it.id}（检查结果归档）"
    )


STEPS = (
    Step(
        1,
        "各股室核签名录",
        "各股室核对自己负责的名录，签字以后，填入三张表。做以前，请关闭 Excel、WPS。\n"
        "“核对资料”先说要改什么，全部问题写在“问题清单.xlsx”；可以反复做。\n"
        "加一户、一人、一项时逐项询问，核对无误才写入表中。",
        standing.signed,
        (
            CHECK,
            Action("加一户、一人或一项", "add", asks="add", inputs=True),
            Action("与另一批次相比，名录有哪些变动", "diff", asks="diff"),
        ),
    ),
    Step(
        2,
        "年度计划审批、印发、公布",
        "一年一次，有变更的再做一次。计划放在以年份命名的资料文件夹里，批准后归档。\n"
        "程序检查计划，试算全年各户、各股室的检查次数，生成可以公布的网页。",
        standing.planned,
        (
            Action("核对年度计划", "check", inputs=True, yearly=True),
            Action(
                "年度计划归档",
                "plan",
                first=("check",),
                confirm="年度计划会封存、登入留痕登记簿。现在归档吗？",
                yearly=True,
            ),
        ),
        lambda it: f"ssj check {it.year}（核对年度计划），然后 ssj plan {it.year}（归档）",
    ),
    Step(
        3,
        "本批次抽查方案审批",
        "方案批准以后，用 Excel、WPS 打开 round.xlsx，填写审批、检查期间、公开活动。\n"
        "审批要在公开活动之前，批准的人须有权批准。资料没有错误时，可以生成审批表。",
        standing.approved,
        (CHECK, PAPERS),
        lambda it: f"填写 {paramfiles.file_of('round', it.folder)}，再运行 ssj check {it.id}",
    ),
    Step(
        4,
        "封库、公告",
        "把名录、计划、参数和程序固定下来，得出封库校验码，登入留痕登记簿。\n"
        "以后不能改，只能作废重来；先核对到没有错误。约半分钟。再选一次：观察员包。\n"
        "之后：校验码送两名保管人；封库公告、核验页上网；三个工作日以后举行公开活动。",
        standing.frozen,
        (
            CHECK,
            Action(
                "封库",
                "freeze",
                first=("check",),
                confirm="封库以后不能修改。方案已经批准、资料核对没有错误，现在封库吗？",
            ),
        ),
        _tell_freeze,
        once=True,
        after=Action(
            "生成观察员包",
            "papers",
            asks="observers",
            confirm="公开活动以前，发给每名观察员一份。现在生成观察员包吗？",
        ),
    ),
    Step(
        5,
        "公开活动、录入随机数",
        "按公告的时间、地点举行，主持、操作、记录、监督、见证在场。\n"
        "由两个人先后录入结果，后一个人看不到前一个人录入的；两次一致才写入。\n"
        "还要：在场人员的姓名；两名保管人收到校验码的时间和前 16 位。",
        standing.event,
        (Action("两人分别录入", "event", inputs=True),),
        lambda it: (
            f"公开产生随机数后，运行 ssj event {it.id}（两人分别录入），再运行 ssj draw {it.id}"
        ),
        once=True,
    ),
    Step(
        6,
        "现场抽取",
        "由封库校验码和公开随机数算出抽中的检查对象和检查组，登入登记簿。约半分钟。\n"
        "只能抽一次：抽取以后不能重抽，只能作废，另定公开活动。",
        standing.drawn,
        (Action("抽取", "draw", confirm="抽取只有一次，结果登记以后不能改。现在抽取吗？"),),
        _tell_draw,
        once=True,
    ),
    Step(
        7,
        "现场记录、结果确认表签字",
        "当场打印“抽取现场记录及结果确认表”，在场人员逐页签字。\n"
        "签好以后扫描，文件名写明批次和文书名称，放在档案以外的文件夹里收存。",
        standing.once_drawn(standing.OUTSIDE),
        (SCANS,),
    ),
    Step(
        8,
        "回避、更换检查人员",
        "检查人员申报回避，或因请假、调离等不能参加的，由签号在后的人递补，不能指定。\n"
        "要有：这个人的工号，哪几户，理由，审批人和审批日期。原来的结果照样保留。",
        standing.replaced,
        (
            Action(
                "更换检查人员",
                "amend",
                asks="amend",
                confirm="更换会登入留痕登记簿，以后不能删改。现在更换吗？",
            ),
        ),
    ),
    Step(
        9,
        "检查审批、检查文书",
        "生成审批表、通知书、检查表、现场检查笔录等，都是可以修改的 Word 文件。\n"
        "文号、盖章、签字处留空；改过的不会被覆盖。通知书一般在入企时当面交给企业。",
        standing.papers_made,
        (PAPERS,),
        lambda it: f"ssj papers {it.id}（生成检查文书）",
    ),
    Step(
        10,
        "现场检查、检查记录",
        "两名以上执法人员到场，出示证件，按检查表逐项检查，当场记录，双方签字。\n"
        "企业拒签的，注明情况。检查对象不能替换：停业、找不到的，两人到场后如实记录。\n"
        "签好的记录扫描收存，文件名以检查编号开头，写明文书名称。",
        standing.visited,
        (SCANS,),
    ),
    Step(
        11,
        "责令改正、复查",
        "发现问题的，发责令改正通知书，写明期限；到期复查。需要移送的，移送有关部门。\n"
        "填入后续处置表（followup.xlsx），再归档检查结果；签好的文书扫描以后收存。",
        standing.followed,
        (RESULTS, SCANS),
    ),
    Step(
        12,
        "结果审核、录入平台、公示",
        "结果回填表审核以后，存为 results.xlsx，放进批次文件夹，再归档；可以做多次。\n"
        "检查结束起二十个工作日内公示；公示网页、网站文章、平台录入表在 files 中。\n"
        "与平台核对：从省级平台导出本批次的名单，存为 platform.xlsx，再逐行核对。",
        standing.posted,
        (
            RESULTS,
            Action(
                "与平台核对", "platform", confirm="核对结果会封存、登入留痕登记簿。现在核对吗？"
            ),
        ),
        _tell_results,
    ),
    Step(
        13,
        "异议、更正、撤下",
        "企业有异议的，书面受理、核实、答复，填入异议登记表（objections.xlsx）。\n"
        "更正、依法撤下的，填入更正撤下登记表（corrections.xlsx），再归档检查结果。\n"
        "企业要核对抽取的，给它一户核验单（见“出具一户核验单”）。",
        standing.objected,
        (RESULTS,),
    ),
    Step(
        14,
        "季度小结",
        "由档案生成季度报告、简报、卷内目录、备考表，都是可以修改的 Word 文件。\n"
        "年末还要做年度评估：考核台账、公开用的数量，登入留痕登记簿；可以再做。",
        standing.reported,
        (
            Action("生成季度报告、简报", "report"),
            Action(
                "年度评估",
                "review",
                confirm="年度评估会封存、登入留痕登记簿；可以再做。现在评估吗？",
                yearly=True,
            ),
            Action("生成全年简报", "report", yearly=True),
        ),
    ),
    Step(
        15,
        "复核、归档、移交",
        "复核把整个批次重新算一遍，全部相符才能归档。约半分钟。\n"
        "复核以后再生成一次报告，得到一页的复核单，连同卷内目录、备考表交档案人员。\n"
        "交出：整个档案文件夹；整个项目文件夹的副本；复核报告；签字的纸质材料。",
        standing.archived,
        (
            Action("复核", "audit", asks="audit"),
            Action("核对扫描件有没有改动", "papers", asks="compare"),
            Action("生成复核单、卷内目录", "report"),
        ),
        lambda it: f"ssj audit {(it.outputs / it.id).as_posix()}（复核）",
    ),
)
ANYTIME = (
    Step(
        16,
        "公布抽取结果",
        "公布日起，生成抽取结果公告和公开记录。放到网站上的只有这几个：\n"
        "封库公告（html、json）、核验.html、检查码核验.html、抽取结果公告、公开记录。\n"
        "其他是内部资料。",
        standing.published,
        (Action("生成公告", "status"),),
        lambda _: "ssj status（生成抽取结果公告，放到网站上）",
    ),
    Step(
        17,
        "出具一户核验单",
        "公布日起，每户都可以要一份，抽没抽中都行。html 打印，与 json 一起交给本户。\n"
        "单上有本户的防推码，只交给本户，不要上网。",
        standing.published,
        (Action("出具", "receipt", asks="receipt"),),
    ),
    Step(
        18,
        "本次抽取作废",
        "这一次抽取从此不作数，另定公开活动，从封库重来；作废的档案照样保留、公布。\n"
        "要有：理由，审批人，审批日期。公开随机数已经产生的，先完成抽取再作废。",
        standing.voidable,
        (
            Action(
                "作废",
                "void",
                asks="void",
                confirm="作废会登入留痕登记簿，不能收回。确实要作废吗？",
            ),
        ),
    ),
    Step(
        19,
        "试算",
        "整季试算：用本批次的名录，从封库走到季度报告，看看会得出什么；约两分钟。\n"
        "JupyterLab：在浏览器里逐格运行过程记录，看完关闭浏览器，在本窗口按 Ctrl+C。\n"
        "都不留痕、不作数。",
        lambda _: Status(standing.NOW),
        (
            Action("整季试算", "rehearse", inputs=True),
            Action("打开 JupyterLab", "lab", inputs=True),
        ),
    ),
    Step(
        20,
        "演示：一次完成封库和抽取",
        "演示批次的公开随机数事先写好，可以一次做完第 4 至 6 步，约半分钟。\n不作执法依据。",
        standing.whole_demonstration,
        (Action("运行", "run", confirm="会登入留痕登记簿（演示）。现在运行吗？"),),
        once=True,
    ),
)
DEMONSTRATION = ANYTIME[-1]
REAL_ONLY = (2, 9, 12, 16)  # a demonstration may leave them out


def anytime(it: Standing) -> list[Step]:
    """The rows of a round that have no place in its order."""
    return [step for step in ANYTIME if it.demonstration or step is not DEMONSTRATION]


def current(it: Standing) -> Step | None:
    """The next step: the first that can be done now, or else the first that waits for its time;
    nothing if all is done.
    """
    leading = [
        (step, step.status(it).word)
        for step in (*STEPS[:9], ANYTIME[0], *STEPS[9:])  # publication comes before the visits
        if step.tell and not (it.demonstration and step.number in REAL_ONLY)
    ]
    return next(
        (step for word in (standing.NOW, standing.LATER) for step, own in leading if own == word),
        None,
    )


def next_text(it: Standing) -> str:
    """What ``ssj status`` says to do next."""
    step = current(it)
    if step:
        return _told(step, it)
    if owed := list(today.of_round(it)):
        return f"还有没办完的 {len(owed)} 件，最早 {min(owed).day}：{min(owed).text}"
    return f"都已做完；随时可以复核：{_told(STEPS[14], it)}"


def _told(step: Step, it: Standing) -> str:
    text = step.tell(it) if step.tell else step.title
    if it.folder.absolute().parents[1].name != formats.DEMO:
        return text
    return re.sub(rf"ssj (?:[a-z]+ {re.escape(it.id)}|status)", r"\g<0> --demo", text)


def headline(it: Standing, most: int = 99) -> str:
    """A round and what has been done, in one line: its last stages, at most so many."""
    book = Archive(it.outputs, [])  # the bags' own words: to load the kinds of stage takes long
    done = "；".join(f"{book.title(e)} {formats.stamp(e['time'])}" for e in it.own[-most:])
    kind = "（演示批次）" if it.demonstration else ""
    return f"{it.id}{kind}  第 {it.state.attempt} 次抽取；{done or '尚未封库'}"


def folders(home: Path) -> list[Path]:
    """The rounds' folders."""
    return paramfiles.folders("round", home)


def years(home: Path) -> list[Path]:
    """The years' folders."""
    return paramfiles.folders("year", home)
