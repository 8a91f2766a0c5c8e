"""The steps of a quarter's work in their order, one row each: where it stands, what it is about, which command does it.

The menu (:mod:`ssj.desk.menu`) and ``ssj status`` both read this table, so that they say the same. Nothing here writes or asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from ssj.archiving import casebook
from ssj.drawing import words
from ssj.inputs import approvals, params, tables
from ssj.pages import files
from ssj.stages import papers, reporting, rounds
from ssj.archiving.archive import Archive
from ssj.archiving.casebook import kind_of
from ssj.errors import InputError

DONE, NOW, LATER, OUTSIDE = "已做", "现在可以做", "还不到时候", "在程序以外做"
REPORT = "复核报告.json"  # the last audit's, among the working copies


@dataclass(frozen=True)
class Standing:
    """Where a round stands, as read from its folder and the ledger; files that can't be read count as not there."""

    folder: Path
    outputs: Path
    entries: Sequence[dict[str, Any]]  # of all rounds
    now: datetime

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def files(self) -> Path:
        """Where the working copies are."""
        return self.outputs / self.id / "files"

    @cached_property
    def own(self) -> list[dict[str, Any]]:
        """The round's ledger entries."""
        return [e for e in self.entries if e["round"] == self.id]

    @cached_property
    def state(self) -> rounds.State:
        return rounds.state_of(self.own)

    @cached_property
    def parameters(self) -> params.Parameters | None:
        """``round.toml`` as it is now; nothing while it has problems."""
        with suppress(InputError):
            return params.read_round(self.folder / "round.toml")
        return None

    @cached_property
    def frozen(self) -> params.Parameters | None:
        """The parameters of the current attempt's freeze."""
        if self.state.freeze is None:
            return None
        with suppress(InputError):
            return params.read_round(Archive(self.outputs, []).folder(self.state.freeze) / "data" / "out" / "round.toml")
        return None

    @cached_property
    def entropy(self) -> params.Entropy | None:
        with suppress(InputError):
            return params.read_entropy(self.folder / "entropy.toml")
        return None

    @cached_property
    def report(self) -> dict[str, Any] | None:
        """The last audit's report that the menu kept, if it covers all stages there are now."""
        with suppress(OSError, ValueError, KeyError):
            report = json.loads((self.files / REPORT).read_text(encoding="utf-8"))
            return report if report["stages"] == sorted(e["stage"] for e in self.own) else None
        return None

    @cached_property
    def results(self) -> dict[str, Any] | None:
        """The last results record of the current attempt."""
        entry = next((e for e in reversed(self.own) if e["attempt"] == self.state.attempt and kind_of(e["stage"]) == "results"), None)
        with suppress(OSError, ValueError):
            return casebook.read_record(Archive(self.outputs, []).folder(entry) / "data" / "out" / casebook.RECORDS["results"]) if entry else None
        return None

    def counted(self, *states: str) -> int:
        """How many visits stand at one of the states, by the last results record."""
        return sum(v["state"] in states for v in self.results["visits"]) if self.results else 0

    @property
    def unapproved(self) -> bool:
        """Whether ``round.toml`` still lacks an approval, or has one that does not count."""
        return self.parameters is not None and any(p.severity == "error" for p in approvals.approval_problems(self.parameters))

    @property
    def declared(self) -> params.Parameters | None:
        """What holds for the current attempt: as frozen, or else as it is now."""
        return self.frozen or self.parameters

    @property
    def demonstration(self) -> bool:
        return self.declared is not None and self.declared.round.demonstration

    @property
    def year(self) -> str:
        """The year whose plan the round belongs to."""
        return str(self.declared.round.window.start.year) if self.declared else self.id[:4]

    @property
    def elsewhere(self) -> bool:
        """Whether the provincial platform draws the targets (外部抽取)."""
        return self.declared is not None and self.declared.round.official_draw == "platform"

    @property
    def dispatch(self) -> Path | None:
        """The papers' list for each section, which says that papers for visits were made."""
        folder = papers.folder_of(Archive(self.outputs, []), self.id, self.state.attempt)
        return next(iter(sorted(folder.glob(f"*{papers.DISPATCH}*"))), None)

    def list_missing(self, name: str) -> bool:
        """Whether a list of the provincial platform is not in the round's folder yet."""
        return not tables.exists(self.folder, name)

    @property
    def stale_event(self) -> bool:
        """Whether ``entropy.toml`` is left over from an attempt before: older than the announced time."""
        return bool(self.frozen and self.entropy and self.entropy.time < self.frozen.event.time)

    def last(self, kind: str) -> str:
        """When the current attempt's last stage of a kind was entered; empty if it never was."""
        return next((_moment(e["time"]) for e in reversed(self.own)
                     if e["attempt"] == self.state.attempt and kind_of(e["stage"]) == kind), "")

    def plan(self) -> str:
        """When the year's plan was last entered."""
        return next((_moment(e["time"]) for e in reversed(self.entries) if e["round"] == self.year and kind_of(e["stage"]) == "plan"), "")


def _moment(iso: str) -> str:
    return iso[:16].replace("T", " ")


@dataclass(frozen=True)
class Status:
    """A word, and after it when it was done, or what it waits for."""

    word: str
    detail: str = ""

    def __str__(self) -> str:
        return self.word + (f"（{self.detail}）" if self.word == DONE else f"：{self.detail}") * bool(self.detail)


@dataclass(frozen=True)
class Action:
    """A command of a step: what it is called in the menu, what to ask for first, whether it enters the ledger."""

    title: str
    command: str
    asks: str = ""                # a row of menu.QUESTIONS; without one the command takes the round (or year) alone
    confirm: str = ""             # the question before anything is entered; none for what only looks
    inputs: bool = False          # its files are among the inputs, not the working copies
    yearly: bool = False          # whether it is about the year, not the round


@dataclass(frozen=True)
class Step:
    """One row: ``status`` says where it stands, ``tell`` what ``ssj status`` calls it when it comes next.

    A step without ``tell`` never is the next one: people do it by hand, or only where they need it.
    """

    number: int
    title: str
    explain: str
    status: Callable[[Standing], Status]
    actions: tuple[Action, ...] = ()
    tell: Callable[[Standing], str] | None = None
    once: bool = False            # whether there is nothing to do once it is done


# Where each step stands

def _signed(it: Standing) -> Status:
    return Status(DONE, it.last("freeze")) if it.state.freeze else Status(OUTSIDE)


def _planned(it: Standing) -> Status:
    if it.plan():
        return Status(DONE, it.plan())
    return Status(NOW if (it.folder.parent / it.year / "year.toml").exists() else OUTSIDE)


def _approved(it: Standing) -> Status:
    if it.declared is None:
        return Status(NOW, "round.toml 还有要填、要改的")
    if it.state.freeze is None and it.unapproved:
        return Status(NOW, "审批还没有写好")
    return Status(DONE, max((a.date.isoformat() for a in it.declared.approval), default=""))


def _frozen(it: Standing) -> Status:
    if it.state.freeze:
        return Status(DONE, it.last("freeze"))
    return Status(LATER, "先填好 round.toml") if it.parameters is None or it.unapproved else Status(NOW)


def _event(it: Standing) -> Status:
    if not it.state.freeze:
        return Status(LATER, "先封库")
    if it.stale_event and not it.state.draw:
        return Status(NOW, "上一次的 entropy.toml 要先移走")
    if it.state.draw or (it.folder / "entropy.toml").exists():
        return Status(DONE, _moment(it.entropy.time.isoformat()) if it.entropy else "")
    return _from_event_on(it)


def _from_event_on(it: Standing) -> Status:
    if it.frozen and it.now < it.frozen.event.time:
        return Status(LATER, f"公告的时间是 {_moment(it.frozen.event.time.isoformat())}")
    return Status(NOW)


def _drawn(it: Standing) -> Status:
    if it.state.draw:
        return Status(DONE, it.last("draw"))
    if not it.state.freeze:
        return Status(LATER, "先封库")
    if it.stale_event or not (it.folder / "entropy.toml").exists():
        return Status(LATER, "先录入公开随机数")
    if it.elsewhere and it.list_missing("external"):
        return Status(LATER, "先放入平台抽取的名单 external.xlsx")
    return _from_event_on(it)


def _once_drawn(word: str, detail: str = "") -> Callable[[Standing], Status]:
    """A step that is of use from the draw on."""
    return lambda it: Status(word, detail) if it.state.draw else Status(LATER, "先抽取")


def _papers(it: Standing) -> Status:
    if not it.state.draw:
        return Status(LATER, "先抽取")
    if it.dispatch is None:
        return Status(NOW)
    made = _saved(it.dispatch)
    return Status(NOW, "更换了人员，要重新生成") if it.last("amend") > made else Status(DONE, made)


def _saved(path: Path) -> str:
    return _moment(datetime.fromtimestamp(path.stat().st_mtime, words.BEIJING).isoformat())


def _reconciled(it: Standing) -> Status:
    if it.last("platform"):
        return Status(DONE, it.last("platform"))
    return _once_drawn(OUTSIDE, "平台名单还没有导出")(it) if it.list_missing("platform") else _once_drawn(NOW)(it)


def _posted(it: Standing) -> Status:
    """Results reviewed and published, and the round's list as the platform has it."""
    if not it.state.draw or it.results is None and it.declared and it.now.date() < it.declared.round.window.start:
        return _visited(it)
    if it.results is None:
        return Status(NOW, "检查结果还没有归档")
    total, settled = len(it.results["visits"]), it.counted("published", "following", "closed")
    if settled < total:
        late = sum(v["overdue"] for v in it.results["visits"])
        return Status(NOW, f"已公示 {settled}/{total} 户次" + f"，超期 {late} 户次" * (late > 0))
    return _reconciled(it) if _reconciled(it).word == NOW else Status(DONE, it.last("results"))


def _followed(it: Standing) -> Status:
    """Problems that were found, until each is closed."""
    if it.results is None:
        return _once_drawn(OUTSIDE)(it)
    if open_ones := it.counted("following"):
        return Status(NOW, f"后续处置中 {open_ones} 户次")
    return Status(DONE, it.last("results")) if it.counted("published", "closed") == len(it.results["visits"]) else Status(OUTSIDE)


def _reported(it: Standing) -> Status:
    """The quarterly report, which is made from what is archived."""
    path = it.files / files.file_name(f"{reporting.QUARTERLY}.docx", it.state.attempt)
    return _once_drawn(NOW)(it) if it.results is None or not path.exists() else Status(DONE, _saved(path))


def _objected(it: Standing) -> Status:
    """Objections, until each is answered."""
    waiting = sum(not o["answered_on"] for o in it.results["objections"]) if it.results else 0
    return Status(NOW, f"还没有答复的异议 {waiting} 件") if waiting else _once_drawn(OUTSIDE)(it)


def _tell_results(it: Standing) -> str:
    if _reconciled(it).word == NOW:
        return f"ssj platform {it.id}（与平台核对）"
    missing = it.list_missing("results") and not (it.folder / "results").is_dir()
    return f"把填好的结果回填表存为 results.xlsx，放进批次文件夹，再运行 ssj results {it.id}" if missing else f"ssj results {it.id}（检查结果归档）"


def _replaced(it: Standing) -> Status:
    return Status(DONE, it.last("amend")) if it.last("amend") else _once_drawn(NOW, "没有要更换的，跳过")(it)


def _visited(it: Standing) -> Status:
    if not it.state.draw:
        return Status(LATER, "先抽取")
    start = it.declared and it.declared.round.window.start
    return Status(LATER, f"检查期间自 {start} 起") if start and it.now.date() < start else Status(OUTSIDE)


def _archived(it: Standing) -> Status:
    if not it.state.draw:
        return Status(LATER, "先抽取")
    if it.report and it.report["exit_code"] in ((0, 6) if it.elsewhere else (0,)):  # a draw made elsewhere can't be checked in full
        return Status(DONE, _saved(it.files / REPORT))
    return Status(NOW, "上次复核有不符或未核验之处" if it.report else "")


def _published(it: Standing) -> Status:
    if not it.state.draw:
        return Status(LATER, "先抽取")
    day = it.declared and it.declared.round.publication_day
    return Status(LATER, f"公布日是 {day}") if day and it.now.date() < day else Status(NOW)


def _voidable(it: Standing) -> Status:
    return Status(NOW, "确有理由才做") if it.state.freeze else Status(LATER, "还没有封库")


def _whole_demonstration(it: Standing) -> Status:
    if not it.demonstration:
        return Status(LATER, "只用于演示批次")
    if it.state.draw:
        return Status(DONE, it.last("draw"))
    if not (it.folder / "entropy.toml").exists():
        return Status(LATER, "没有演示用的 entropy.toml")
    return Status(LATER, "先放入 external.xlsx") if it.elsewhere and it.list_missing("external") else Status(NOW)


# The rows

CHECK = Action("核对资料", "check", inputs=True)
SCANS = Action("收存签字后的扫描件", "papers", asks="scans", confirm="扫描件的校验码会登入留痕登记簿，以后不能删改。现在收存吗？")
PAPERS = Action("生成文书", "papers")
RESULTS = Action("检查结果归档", "results", confirm="检查结果会封存、登入留痕登记簿；已审核的以后只能更正。现在归档吗？")
LIST_FIRST = "把省级平台抽取的名单存为 external.xlsx，放进批次文件夹，再运行 "


def _tell_freeze(it: Standing) -> str:
    if it.demonstration and (it.folder / "entropy.toml").exists():
        return f"{_tell_list(it)}ssj run {it.id}（演示：封库并抽取）"
    return f"ssj check {it.id}（核对资料），然后 ssj freeze {it.id}（封库）"


def _tell_draw(it: Standing) -> str:
    return f"{_tell_list(it)}ssj draw {it.id}（抽取）"


def _tell_list(it: Standing) -> str:
    return LIST_FIRST if it.elsewhere and it.list_missing("external") else ""


STEPS = (
    Step(1, "各股室核签名录",
         "各股室核对自己负责的名录，签字以后，填入 items、targets、officers 三张表。\n"
         "“核对资料”一次列出几张表和 round.toml 的全部问题，不写文件，可以反复做。\n"
         "核对以前，请保存并关闭 Excel、WPS。", _signed, (CHECK,)),
    Step(2, "年度计划审批、印发、公布",
         "一年一次，有变更的再做一次。计划放在以年份命名的资料文件夹里，批准后归档。\n"
         "程序检查计划，试算全年各户、各股室的检查次数，生成可以公布的网页。", _planned,
         (Action("核对年度计划", "check", inputs=True, yearly=True),
          Action("年度计划归档", "plan", confirm="年度计划会封存、登入留痕登记簿。现在归档吗？", yearly=True)),
         lambda it: f"ssj check {it.year}（核对年度计划），然后 ssj plan {it.year}（归档）"),
    Step(3, "本批次抽查方案审批",
         "方案批准以后，用记事本打开 round.toml，填写审批人、检查期间、公开活动等。\n"
         "审批要在公开活动之前，批准的人须有权批准。资料没有错误时，可以生成审批表。", _approved, (CHECK, PAPERS),
         lambda it: f"填写 round.toml，再运行 ssj check {it.id}"),
    Step(4, "封库、公告",
         "把名录、计划、参数和程序固定下来，得出封库校验码，登入留痕登记簿。\n"
         "以后不能改，只能作废重来。要先核对到没有错误。约半分钟。\n"
         "之后：校验码送两名保管人；封库公告、核验页上网；三个工作日以后举行公开活动。", _frozen,
         (CHECK, Action("封库", "freeze", confirm="封库以后不能修改。方案已经批准、资料核对没有错误，现在封库吗？")),
         _tell_freeze, once=True),
    Step(5, "公开活动、录入随机数",
         "按公告的时间、地点举行，主持、操作、记录、监督、见证在场。\n"
         "由两个人先后录入结果，后一个人看不到前一个人录入的；两次一致才写入。\n"
         "还要：在场人员的姓名；两名保管人收到校验码的时间和前 16 位。", _event, (Action("两人分别录入", "event", inputs=True),),
         lambda it: f"公开产生随机数后，运行 ssj event {it.id}（两人分别录入），再运行 ssj draw {it.id}", once=True),
    Step(6, "现场抽取",
         "由封库校验码和公开随机数算出抽中的检查对象和检查组，登入登记簿。约半分钟。\n"
         "只能抽一次：抽取以后不能重抽，只能作废，另定公开活动。", _drawn,
         (Action("抽取", "draw", confirm="抽取只有一次，结果登记以后不能改。现在抽取吗？"),), _tell_draw, once=True),
    Step(7, "现场记录、结果确认表签字",
         "当场打印“抽取现场记录及结果确认表”，在场人员逐页签字。\n"
         "签好以后扫描，文件名写明批次和文书名称，放在档案以外的文件夹里收存。", _once_drawn(OUTSIDE), (SCANS,)),
    Step(8, "回避、更换检查人员",
         "检查人员申报回避，或因请假、调离等不能参加的，由签号在后的人递补，不能指定。\n"
         "要有：这个人的工号，哪几户，理由，审批人和审批日期。原来的结果照样保留。", _replaced,
         (Action("更换检查人员", "amend", asks="amend", confirm="更换会登入留痕登记簿，以后不能删改。现在更换吗？"),)),
    Step(9, "检查审批、检查文书",
         "生成检查审批表、通知书、检查表、现场检查记录等，都是可以修改的 Word 文件。\n"
         "文号、盖章、签字处留空；改过的不会被覆盖。通知书一般在入企时当面交给企业。", _papers, (PAPERS,),
         lambda it: f"ssj papers {it.id}（生成检查文书）"),
    Step(10, "现场检查、检查记录",
         "两名以上执法人员到场，出示证件，按检查表逐项检查，当场记录，双方签字。\n"
         "企业拒签的，注明情况。检查对象不能替换：停业、找不到的，两人到场后如实记录。\n"
         "签好的记录扫描收存，文件名以检查编号开头，写明文书名称。", _visited, (SCANS,)),
    Step(11, "责令改正、复查",
         "发现问题的，发责令改正通知书，写明期限；到期复查。需要移送的，移送有关部门。\n"
         "填入后续处置表（followup.xlsx），再归档检查结果；签好的文书扫描以后收存。", _followed, (RESULTS, SCANS)),
    Step(12, "结果审核、录入平台、公示",
         "结果回填表审核以后，存为 results.xlsx，放进批次文件夹，再归档；可以做多次。\n"
         "检查结束起二十个工作日内公示；公示网页、网站文章、平台录入表在 files 中。\n"
         "与平台核对：从省级平台导出本批次的名单，存为 platform.xlsx，再逐行核对。", _posted,
         (RESULTS, Action("与平台核对", "platform", confirm="核对结果会封存、登入留痕登记簿。现在核对吗？")),
         _tell_results),
    Step(13, "异议、更正、撤下",
         "企业有异议的，书面受理、核实、答复，填入异议登记表（objections.xlsx）。\n"
         "更正、依法撤下的，填入更正撤下登记表（corrections.xlsx），再归档检查结果。\n"
         "企业要核对抽取的，给它一户核验单（见“出具一户核验单”）。", _objected, (RESULTS,)),
    Step(14, "季度小结",
         "由档案生成季度报告、简报、卷内目录、备考表，都是可以修改的 Word 文件。\n"
         "年末还要做年度评估：考核台账、公开用的数量，登入留痕登记簿；可以再做。", _reported,
         (Action("生成季度报告、简报", "report"), Action("年度评估", "review", confirm="年度评估会封存、登入留痕登记簿；可以再做。现在评估吗？", yearly=True),
          Action("生成全年简报", "report", yearly=True))),
    Step(15, "复核、归档、移交",
         "复核把整个批次重新算一遍，全部相符才能归档。约半分钟。\n"
         "复核以后再生成一次报告，得到一页的复核单，连同卷内目录、备考表交档案人员。\n"
         "交出：整个档案文件夹；整个项目文件夹的副本；复核报告；签字的纸质材料。", _archived,
         (Action("复核", "audit", asks="audit"), Action("核对扫描件有没有改动", "papers", asks="compare"), Action("生成复核单、卷内目录", "report")), lambda it: f"ssj audit {(it.outputs / it.id).as_posix()}（复核）"),
)
ANYTIME = (
    Step(16, "公布抽取结果",
         "公布日起，生成抽取结果公告和公开记录。放到网站上的只有这几个：\n"
         "封库公告（html、json）、核验.html、抽取结果公告、公开记录。其他是内部资料。", _published,
         (Action("生成公告", "status"),)),
    Step(17, "出具一户核验单",
         "公布日起，每户都可以要一份，抽没抽中都行。html 打印，与 json 一起交给本户。\n"
         "单上有本户的防推码，只交给本户，不要上网。", _published, (Action("出具", "receipt", asks="receipt"),)),
    Step(18, "本次抽取作废",
         "这一次抽取从此不作数，另定公开活动，从封库重来；作废的档案照样保留、公布。\n"
         "要有：理由，审批人，审批日期。公开随机数已经产生的，先完成抽取再作废。", _voidable,
         (Action("作废", "void", asks="void", confirm="作废会登入留痕登记簿，不能收回。确实要作废吗？"),)),
    Step(19, "试算（JupyterLab）",
         "在浏览器里逐格运行过程记录，看各表的数字。不留痕、不作数。\n"
         "看完关闭浏览器，在本窗口按 Ctrl+C 回到菜单。", lambda it: Status(NOW), (Action("打开", "lab", inputs=True),)),
    Step(20, "演示：一次完成封库和抽取",
         "演示批次的公开随机数事先写好，可以一次做完第 4 至 6 步，约半分钟。\n"
         "不作执法依据。", _whole_demonstration, (Action("运行", "run", confirm="会登入留痕登记簿（演示）。现在运行吗？"),), once=True),
)
REAL_ONLY = (2, 9, 12)  # a demonstration may leave them out


def current(it: Standing) -> Step | None:
    """The next step: the first that can be done now, or else the first that waits for its time; nothing if all is done."""
    leading = [(step, step.status(it).word) for step in STEPS if step.tell and not (it.demonstration and step.number in REAL_ONLY)]
    return next((step for word in (NOW, LATER) for step, own in leading if own == word), None)


def next_text(it: Standing) -> str:
    """What ``ssj status`` says to do next."""
    step = current(it)
    return step.tell(it) if step else f"都已做完；随时可以复核：{STEPS[14].tell(it)}"


def headline(it: Standing, most: int = 99) -> str:
    """A round and what has been done, in one line: its last stages, at most so many."""
    done = "；".join(f"{casebook.KINDS[kind_of(e['stage'])].title} {_moment(e['time'])}" for e in it.own[-most:])
    kind = "（演示批次）" if it.demonstration else ""
    return f"{it.id}{kind}  第 {it.state.attempt} 次抽取；{done or '尚未封库'}"


def folders(home: Path) -> list[Path]:
    """The rounds' folders."""
    return sorted(p.parent for p in home.glob("*/round.toml"))
