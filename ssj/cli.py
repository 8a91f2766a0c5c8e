"""The ``ssj`` command line: parsing, and faults in words; :mod:`ssj.desk.commands` acts. All words
are Chinese, argparse's own included.

Exit codes: 0 done · 1 stopped by a fault · 2 wrong usage · 3 problems in the input · 4 refused by
the rules of a round · 5 audit: something does not hold · 6 audit: something was not checked.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

from ssj import __version__
from ssj.base import words
from ssj.base.errors import SsjError
from ssj.desk import (
    auditing,
    commands,
    common,
    helping,
    platforming,
    preparing,
    publishing,
    screen,
    stages,
)
from ssj.desk.common import round_name

EXIT_CODES = (
    "退出码：0 完成；1 因故障停止；2 命令写法不对；3 资料有问题；4 批次规则不允许；"
    "5 复核不符；6 复核有未核验的步骤或没有外部凭据"
)
_WORDS = {
    "usage: ": "用法：",
    "options": "选项",
    "positional arguments": "参数",
    "show this help message and exit": "显示本说明",
    "%(prog)s: error: %(message)s\n": "写法不对：%(message)s\n",
    "the following arguments are required: %s": "缺少：%s",
    "unrecognized arguments: %s": "不认识：%s",
    "expected one argument": "后面要有一个值",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s %(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "没有 %(value)s，可选 %(choices)s",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s 不明确，可能是 %(matches)s",
    "ignored explicit argument %r": "后面不能有值 %r",
    "subcommands": "命令",
    "invalid %(type)s value: %(value)r": "值不对：%(value)r",
}
# argparse looks its words up through gettext under this name; a dozen words need no compiled
# catalogue.
argparse._ = lambda text: _WORDS.get(text, text)  # type: ignore[attr-defined]


class _Demo(argparse.Action):
    """``--demo``: the folders of the demonstrations instead of the project's."""

    def __call__(self, _parser: Any, options: argparse.Namespace, *_: Any) -> None:
        options.demo = True
        options.params, options.outputs = common.DEMO / "params", common.DEMO / "outputs"


def _parser() -> argparse.ArgumentParser:
    parser = helping.Commands(
        prog="ssj",
        description="双随机、一公开：封库、抽取、留痕、复核。不带命令时显示菜单。",
        epilog=EXIT_CODES,
    )
    parser.add_argument(
        "--version", action="version", version=f"ssj {__version__}", help="显示版本"
    )
    parser.set_defaults(
        act=_menu, params=Path("params"), outputs=Path("outputs"), demo=False, yes=False
    )
    places = helping.Parser(add_help=False, argument_default=argparse.SUPPRESS)
    for its in (parser, places):
        its.add_argument(
            "--params", type=Path, metavar="文件夹", help="各批次资料所在文件夹（默认 params）"
        )
        its.add_argument(
            "--outputs", type=Path, metavar="文件夹", help="档案所在文件夹（默认 outputs）"
        )
        its.add_argument(
            "--demo",
            action=_Demo,
            nargs=0,
            help="演示：资料和档案在 demo 文件夹中，与正式的分开",
        )
    choices = parser.add_subparsers(
        title="可用的命令", metavar="命令", dest="command", parser_class=helping.Parser
    )
    parser.titles = {}

    def add(
        name: str, act: Callable[[argparse.Namespace], int], text: str, *, a_round: str | None = ""
    ) -> argparse.ArgumentParser:
        command = choices.add_parser(
            name,
            help=text,
            description=text,
            parents=[places],
            epilog=EXIT_CODES,
        )
        parser.titles[name] = text.partition("：")[0]
        command.set_defaults(act=act)
        if a_round is not None:
            command.add_argument(
                "round",
                type=round_name,
                metavar="批次",
                help="批次号，如 2021Q4",
                nargs=a_round or None,
            )
        return command

    add("status", commands.do_status, "进度：各批次做到哪一步、下一步做什么", a_round=None)
    new = add("new", preparing.do_new, "新批次：建立资料文件夹，或练习用的文件夹", a_round="?")
    new.add_argument(
        "--from", dest="source", type=round_name, metavar="批次", help="沿用这个批次的四张表"
    )
    new.add_argument(
        "--training",
        nargs="?",
        const="",
        metavar="文件夹",
        help="建立练习用的文件夹（默认 demo/training）",
    )
    new.set_defaults(
        act=lambda o: (
            preparing.do_new(o) if o.round or o.training is not None else new.error("缺少：批次")
        )
    )
    blank = add(
        "templates",
        preparing.do_templates,
        "空白表格：四张表的必填列、下拉列表、填写说明和示例行",
        a_round=None,
    )
    blank.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="文件夹",
        help="写到哪里（默认 params/模板）；已有的不覆盖",
    )
    add("plan", stages.do_plan, "年度计划：核对、模拟全年、归档，得出公布用的网页")
    checked = add(
        "check",
        preparing.do_check,
        "核对资料：一个批次或年度计划，先说要改什么；批次的全部问题写成问题清单，此外什么都不写",
    )
    checked.add_argument("--all", action="store_true", help="在屏幕上逐条列出全部问题")
    one = add(
        "add",
        preparing.do_add,
        "单户录入：给检查对象、检查人员或事项的表加一行，单独存放，核对无误才写入",
        a_round=None,
    )
    one.add_argument(
        "kind",
        metavar="哪张表",
        choices=("target", "officer", "item"),
        help="target 检查对象，officer 检查人员，item 事项",
    )
    one.add_argument("round", type=round_name, metavar="批次", help="批次号，如 2021Q4")
    one.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="列名=值",
        help="一列的值，每列写一次；都不写的，在屏幕上逐项询问",
    )
    differ = add(
        "diff", preparing.do_diff, "名录变动：两个批次的四张表有哪些新增、删除、变更", a_round=None
    )
    differ.add_argument("before", type=round_name, metavar="以前的批次", help="批次号，如 2021Q3")
    differ.add_argument("round", type=round_name, metavar="批次", help="批次号，如 2021Q4")
    differ.add_argument(
        "--archived", action="store_true", help="比较两次封库的档案，不读批次文件夹"
    )
    adopt = add(
        "adopt",
        preparing.do_adopt,
        "采用上级清单：列出与本批次事项清单的不同，另写出下一版，由人核对后改名使用",
    )
    adopt.add_argument("file", type=Path, metavar="清单文件", help="上级的事项清单")
    adopt.add_argument(
        "--origin", required=True, metavar="来源", help="清单的名称和版本，如“省住建厅 2021 年版”"
    )
    adopt.add_argument(
        "--replaces",
        action="append",
        default=[],
        metavar="来源",
        help="它代替的以前的版本，照事项清单“来源”列写；可写几次",
    )
    adopt.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="列名=内容",
        help="只采用符合的行，如 抽查主体=省住建厅；可写几次，都要符合",
    )
    adopt.add_argument(
        "--effective",
        type=_day,
        metavar="日期",
        help="新清单施行的日期：新事项从这一天生效，不再列入的在前一天失效",
    )
    add("rosters", stages.do_rosters, "名录核对：读取、核对四张表并归档；封库时没有做过的自动先做")
    add("freeze", stages.do_freeze, "封库：固定名录、计划和参数，得出封库校验码")
    add("event", commands.do_event, "录入公开随机数：产生以后由两个人分别录入，一致的才写成文件")
    add("draw", stages.do_draw, "抽取：公开随机数产生之后，抽取检查对象、指派检查人员")
    papers = add("papers", commands.do_papers, "检查文书：生成；签字以后，收存扫描件的校验码")
    papers.add_argument(
        "--scans",
        type=Path,
        metavar="文件夹",
        help="收存这个文件夹中签字后的扫描件，文件名以检查编号或批次开头，并写明文书名称",
    )
    papers.add_argument(
        "--compare", type=Path, metavar="文件夹", help="核对这个文件夹中的扫描件是否与收存时一致"
    )
    papers.add_argument(
        "--observers",
        action="store_true",
        help="观察员包：交给公开活动的观察员的须知、记录纸、封库公告和核验页；封库以后",
    )
    receipt = add("receipt", commands.do_receipt, "一户核验单：公布日起，为检查对象出具")
    receipt.add_argument("id", metavar="编号", nargs="*", help="检查对象的编号、检查编号或者名称")
    receipt.add_argument("--all", action="store_true", help="名录库中的全部检查对象")
    add("run", stages.do_run, "演示：演示批次（加 --demo）封库并抽取；已抽取的，复核")
    add(
        "rehearse",
        preparing.do_rehearse,
        "整季试算：用本批次的名录，把一个季度从封库走到季度报告，随机数和结果是编造的；不留痕、不作数",
    )
    amend = add(
        "amend",
        stages.do_amend,
        "抽后调整：某人不能参加检查时，由签号在后的人递补（须有理由和审批人）",
    )
    amend.add_argument(
        "--officer", required=True, metavar="工号", help="不能参加检查的执法人员或专家"
    )
    amend.add_argument(
        "--visit",
        action="append",
        default=[],
        metavar="检查",
        help="检查编号或检查对象编号，可写几次；不写的，是此人的全部检查",
    )
    _approval(amend, words.AMEND_REASONS)
    void = add(
        "void",
        stages.do_void,
        "作废：本次抽取作废（须有理由和审批人），可另行封库；公开随机数已产生的，先完成抽取",
    )
    _approval(void, words.VOID_REASONS)
    void.add_argument(
        "--witness",
        action="append",
        default=[],
        metavar="保管人",
        help="证明公开活动没有举行的保管人，写两次以上；只用于“活动未举行”",
    )
    listed = add(
        "platform",
        platforming.do_platform,
        "平台核对：与省级平台导出的名单逐行核对，结果归档；或写出平台导入表、对照平台上的名录",
    )
    listed.add_argument(
        "--export", action="store_true", help="写出平台导入表：名录、计划、抽中名单、检查结果"
    )
    listed.add_argument(
        "--rosters", type=Path, metavar="文件夹", help="把平台导出的名录、计划与本批次的逐行对照"
    )
    listed.add_argument(
        "--check", action="store_true", help="只核对平台的名单，写出平台名单问题清单，不归档"
    )
    results = add(
        "results",
        stages.do_results,
        "检查结果：核对结果回填表和各登记表，归档，得出公示用的网页；有新结果时再做",
    )
    results.add_argument("--sample", action="store_true", help="先编造样例结果（只用于演示批次）")
    results.add_argument(
        "--check", action="store_true", help="只核对，写出检查结果问题清单，不归档"
    )
    given = add(
        "exchange",
        commands.do_exchange,
        "结果互认：写出给其他部门的结果文件；或核对、收下其他部门的，供本批次封库使用",
    )
    given.add_argument(
        "--for", dest="to", default="", metavar="单位", help="提供给哪个单位（写在文件里）"
    )
    given.add_argument(
        "--take",
        type=Path,
        action="append",
        default=[],
        metavar="文件",
        help="收下其他部门的互认结果文件，可写几次；封库以前",
    )
    given.add_argument(
        "--sha256",
        default="",
        metavar="校验码",
        help="对方另外告知的文件校验码，与 --take 一个文件同用",
    )
    add(
        "review",
        stages.do_review,
        "年度评估：由各批次的档案计算考核指标，归档，得出考核台账；可以再做",
    )
    add(
        "report",
        commands.do_report,
        "报告：由档案生成季度报告、简报、卷内目录、备考表和复核单；写年份的，生成全年简报",
    )
    site = add(
        "publish",
        publishing.do_publish,
        "网站：由档案生成公开的网页和数据；另可写出公告文章，登记发布；含有不公开内容的，不生成",
        a_round=None,
    )
    site.add_argument(
        "--site", type=Path, metavar="文件夹", help="网站写到哪个文件夹（默认在 outputs 中）"
    )
    site.add_argument(
        "--article", action="store_true", help="另把每一篇公告写成可以粘贴到门户网站的文章"
    )
    site.add_argument(
        "--posted", metavar="公告", help="登记一篇公告（文章的文件夹名）已经发布，核对另存的网页"
    )
    site.add_argument("--address", default="", metavar="网址", help="与 --posted 同用：发布的网址")
    site.add_argument(
        "--time", default="", metavar="时间", help="与 --posted 同用：如 2021-11-18 09:30"
    )
    site.add_argument(
        "--page", type=Path, metavar="文件", help="与 --posted 同用：发布后另存的网页"
    )
    check = add(
        "audit",
        auditing.do_audit,
        "复核：一个批次（或全部）的档案，逐步重算，并重新执行过程记录",
        a_round=None,
    )
    check.add_argument(
        "folder",
        type=Path,
        metavar="档案文件夹",
        nargs="?",
        help="如 outputs/2021Q4（或批次 2021Q4）",
    )
    check.add_argument(
        "--all",
        action="store_true",
        help="依次复核全部批次和年度，各写一行；不写文件夹的，复核 outputs",
    )
    check.set_defaults(
        act=lambda o: auditing.do_audit(o) if o.folder or o.all else check.error("缺少：档案文件夹")
    )
    check.add_argument("--fast", action="store_true", help="不重新执行过程记录")
    check.add_argument("--json", type=Path, metavar="文件", help="另存 JSON 格式的复核报告")
    check.add_argument(
        "--record",
        nargs="?",
        const="",
        metavar="文件夹",
        help="另作复核记录：执行过的过程记录、网页、报告和一页复核单（默认 复核/批次-日期）",
    )
    for name, kind, metavar, what in (
        (
            "--commitment",
            _commitment,
            "校验码",
            "对方收到的封库校验码，64 位（不足 40 位的不作证明）",
        ),
        ("--head", _head, "校验码", "对方收到的登记簿校验码，64 位"),
        ("--notice", Path, "文件", "张贴、发布过的封库公告（封库公告的 JSON 文件，或网页）"),
        (
            "--timestamp",
            Path,
            "文件",
            "给封库校验码、封库公告或登记簿校验码盖的时间戳",
        ),
        ("--timestamp-root", Path, "文件", "核对时间戳所用的机构根证书"),
    ):
        check.add_argument(
            name,
            action="append",
            default=[],
            type=kind,
            metavar=metavar,
            help=f"外部凭据：{what}；可写几次",
        )
    trace = add(
        "trace",
        auditing.do_trace,
        "追溯：一户检查怎样抽中、由谁检查、办到哪一步，每条写明出自哪个档案（内部使用）",
    )
    trace.add_argument(
        "visit", metavar="编号", nargs="?", default="", help="检查编号或检查对象编号，如 2021Q4-001"
    )
    trace.add_argument("--json", type=Path, metavar="文件", help="另存 JSON 格式（内部使用）")
    lab = add(
        "lab",
        preparing.do_lab,
        "过程记录：用 JupyterLab 打开开始页；写明批次的，打开试算的过程记录（不留痕、不作数）",
        a_round="?",
    )
    lab.add_argument(
        "--prepare-only", action="store_true", help="只写出要打开的文件，不打开 JupyterLab"
    )
    for name in sorted(stages.names() - choices.choices.keys()):  # kinds that ask for no more
        add(name, stages.do_stage, stages.title(name))
    for name in stages.names():  # whatever enters the ledger
        choices.choices[name].add_argument(
            "--yes", action="store_true", help="不询问就登记（提醒照样显示）"
        )
    return parser


def _approval(command: argparse.ArgumentParser, reasons: Sequence[str]) -> None:
    """What every amendment and void must state."""
    command.add_argument(
        "--reason",
        required=True,
        choices=reasons,
        metavar="理由",
        help=f"可选：{'、'.join(reasons)}",
    )
    command.add_argument(
        "--approver", required=True, metavar="审批人", help="批准的人，须是封库时规定的审批人"
    )
    command.add_argument(
        "--date", required=True, type=_day, metavar="日期", help="审批日期，如 2021-12-07"
    )
    command.add_argument(
        "--note", default="", metavar="说明", help="情况说明；理由为“其他”的必须写"
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"日期“{text}”应写成 2021-12-07") from None


def _commitment(text: str) -> str:
    from ssj.audit import outside

    return _told(outside.commitment, text)


def _head(text: str) -> str:
    from ssj.audit import outside

    return _told(outside.head, text)


def _told(read: Callable[[str], str], text: str) -> str:
    try:
        return read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _menu(options: argparse.Namespace) -> int:
    """The menu for people; where nobody can answer, the status."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return commands.do_status(options)
    from ssj.desk import menu

    common.require_project(options)
    return menu.run(options.params, options.outputs, _typed)


def _typed(arguments: list[str]) -> int:
    """A command line of the menu, as if it had been typed."""
    try:
        return main(arguments)
    except SystemExit as end:
        return int(end.code or 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Every fault ends in a Chinese message, never a traceback."""
    with screen.shown():
        return _run(sys.argv[1:] if arguments is None else arguments)


def _run(arguments: Sequence[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    options, size = None, 0
    try:
        options = _parser().parse_args(arguments)
        with suppress(OSError):
            size = (options.outputs / "ledger.jsonl").stat().st_size
        with _ended_like_ctrl_c():
            return options.act(options)
    except SsjError as error:
        print(f"\n{error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # whoever read our output has gone
        sys.stdout = None
        return 1
    except KeyboardInterrupt:
        print(f"\n已中断，{_left(options, size)}。", file=sys.stderr)
        return 1
    except Exception as error:
        if os.environ.get("SSJ_DEBUG"):
            raise
        print(
            f"\n程序内部错误：{type(error).__name__}：{error}\n"
            "请把这段话和所用命令告诉技术人员（设 SSJ_DEBUG=1 可看详情）。",
            file=sys.stderr,
        )
        return 1


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """A request to end (SIGTERM) is taken as Ctrl-C is: the kernel is shut down, and it is said
    what the ledger has.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _left(options: argparse.Namespace | None, size: int) -> str:
    """What a command that was cut short has entered, read from the ledger, which had ``size``
    bytes before.
    """
    from ssj.casebook import ledger

    if options is None:
        return "没有留下未完成的阶段"
    return ledger.left(options.outputs, ledger.count(options.outputs, size))


if __name__ == "__main__":
    sys.exit(main())
