"""The commands that make no stage: what stands in the archives, shown, checked, written out for
people. Each ``do_…`` takes the parsed options and gives the exit code.
"""

from __future__ import annotations

import argparse
from datetime import datetime

from ssj.base import formats
from ssj.base.errors import RefusedError, SsjError
from ssj.desk import common, stages, telling
from ssj.desk.common import folder_of, reading
from ssj.protocol import Record


def do_exchange(options: argparse.Namespace) -> int:
    from ssj.upkeep import recognition

    told = "".join(options.sha256.lower().split())
    if options.take and options.to:
        raise SsjError(
            "--for 和 --take 一次只能写一个",
            f"提供给其他部门用 --for；收下用 --take，如 ssj exchange {options.round} --take "
            "互认结果.json",
        )
    if told and len(options.take) != 1:
        raise SsjError(
            "--sha256 要与一个 --take 同用",
            f"如 ssj exchange {options.round} --take 互认结果.json --sha256 校验码",
        )
    book, _ = reading(options)
    if options.take:
        return telling.recognised(
            *recognition.take(book, folder_of(options), options.take, told), bool(told)
        )
    made = recognition.give(book, options.round, common.now().date(), options.to.strip())
    print(
        "\n".join(
            [
                *(f"【{text}】" for text in made.banners),
                (
                    f"已写出检查结果 {made.count} 条：{'、'.join(p.name for p in made.paths)}，"
                    f"在 {made.paths[0].parent.as_posix()}"
                ),
                "文件校验码：",
                *formats.shown_digits(made.sha256),
                "把 .json 文件发给对方，文件校验码另用电话等方式告知；.xlsx 供阅读。",
            ]
        )
    )
    return 0


def do_report(options: argparse.Namespace) -> int:
    from ssj.base import params
    from ssj.casebook import archive
    from ssj.desk import standing
    from ssj.papers import paper_names, reporting
    from ssj.stages import registry

    common.require_archive(options)
    book, progress = archive.reading(options.outputs), telling.Progress()
    telling.recovered(book)
    kept = standing.Standing(
        options.params / options.round, options.outputs, book.entries, common.now()
    ).report
    own = options.params / paper_names.OWN_TEMPLATES
    made = reporting.write(book, options.round, own, kept, registry.title, progress)
    for text in params.banners(made.record):
        progress.done(f"【{text}】")
    progress.done(
        f"已生成{'、'.join(made.new)}，在 {made.folder.as_posix()}"
        if made.new
        else "没有新生成的。"
    )
    if made.edited:
        print(
            "生成以后有人改过，保留原样，没有更新（要重新生成的，先移走）："
            f"{'、'.join(made.edited)}"
        )
    for name, text in made.waiting.items():
        print(f"{name}：{text}")
    return 0


def do_status(options: argparse.Namespace) -> int:
    from ssj.casebook import archive
    from ssj.casebook.archive import kind_of
    from ssj.desk import older, standing, steps, today

    common.require_project(options)
    folders, demo = steps.folders(options.params), " --demo" * options.demo
    if not folders:
        print(f"{options.params.as_posix()} 中还没有批次。下一步：ssj new 2026Q1")
        if (options.params.parent / formats.DEMO).is_dir():
            print("先看看做出来是什么样子（演示，虚构的资料）：ssj run sample60 --demo")
        return 0
    book = archive.reading(options.outputs)
    telling.recovered(book)
    rounds = [
        standing.Standing(folder, options.outputs, book.entries, common.now()) for folder in folders
    ]
    if any(it.state.freeze and not it.demonstration for it in rounds):
        print("\n".join(today.lines(rounds, common.now().date())))
    for folder in folders:
        it = standing.Standing(folder, options.outputs, book.entries, common.now())
        if it.parameters is None:
            print(f"{folder.name}\n  批次参数有问题。下一步：ssj check {folder.name}")
            continue
        print(f"{steps.headline(it)}\n  下一步：{steps.next_text(it)}")
        if text := older.reminder(book, it.state):
            print(f"  提醒：{text}")
        if it.own:
            stages.offer_copies(book, folder.name)
    for folder in steps.years(options.params):
        stages_of = book.stages(folder.name)
        entries = [e for e in stages_of if kind_of(e["stage"]) == "plan"]
        print(
            f"{folder.name} 年度计划  "
            + (
                f"第 {len(entries)} 次归档 {entries[-1]['time'][:16].replace('T', ' ')}"
                if entries
                else "尚未归档"
            )
        )
        print(
            f"  下一步：{'计划变更的，改好后 ' if entries else ''}ssj check "
            f"{folder.name}{demo}（核对），然后 ssj plan {folder.name}{demo}（归档）"
        )
        if reviewed := [e for e in stages_of if kind_of(e["stage"]) == "review"]:
            print(
                f"  年度评估  第 {len(reviewed)} 次归档 "
                f"{reviewed[-1]['time'][:16].replace('T', ' ')}（有新的结果时再做：ssj "
                f"review {folder.name}）"
            )
        stages.offer_copies(book, folder.name)
    return 0


def do_event(options: argparse.Namespace) -> int:
    from ssj.casebook import attempts, ledger
    from ssj.desk import event

    book, state = reading(options)
    ledger.require_clock(book.lines, common.now())
    if state.next != "draw":
        raise RefusedError(
            f"{options.round} 现在不能录入公开随机数："
            f"{'还没有封库' if state.next == 'freeze' else '已经抽取'}",
            f"进度请看 ssj status；封库用 ssj freeze {options.round}。",
        )
    frozen = attempts.current_record(book, state)
    path = event.record(
        frozen["event"], frozen["commitment"], folder_of(options), input, print, common.now
    )
    print(f"已写入 {path.as_posix()}。下一步：ssj draw {options.round}")
    return 0


def do_receipt(options: argparse.Namespace) -> int:
    from ssj.casebook import attempts
    from ssj.papers import receipts
    from ssj.site import copies

    book, state = reading(options)
    record = attempts.drawn_record(book, state)
    if not copies.published(record, common.now().date()):
        raise RefusedError(
            f"公布日 {formats.day(record['parameters']['publication_day'])} 还没到，"
            "不能出具一户核验单",
            "请在公布日起再出具。",
        )
    if bool(options.id) == options.all:
        raise SsjError(
            "要么写一个或几个检查对象的编号，要么写 --all",
            f"例如：ssj receipt {options.round} --all",
        )
    ids = (
        [t["id"] for t in record["tables"]["targets"]]
        if options.all
        else [_target(record, text) for text in options.id]
    )
    progress = telling.Progress()
    made = receipts.write(record, ids, copies.receipts_folder(book, record), progress)
    progress.done(f"已出具一户核验单 {len(made) // 2} 份，在 {made[0].parent.as_posix()}")
    print("每份有一页 html（打印后交本户）和一个 json（用核验页核验）；含本户防推码，只交给本户。")
    return 0


def _target(record: Record, text: str) -> str:
    """The id of the target that a 检查编号 or a name stands for; any other text as it is.
    ``SsjError`` for a name that several have.
    """
    from ssj.draw import lists

    own = formats.plain(text)
    for number, target in {n: i for i, n in lists.visit_numbers(record).items()}.items():
        if formats.plain(number) == own:
            return target
    targets = record["tables"]["targets"]
    named = [t["id"] for t in targets if formats.plain(t["identity"]["name"]) == own]
    if len(named) > 1:
        raise SsjError(f"叫“{text}”的有 {len(named)} 户", f"请写编号：{'、'.join(named)}。")
    return named[0] if named else text


def do_papers(options: argparse.Namespace) -> int:
    if sum(map(bool, (options.scans, options.compare, options.observers))) > 1:
        raise SsjError(
            "--scans、--compare、--observers 一次只能写一个",
            f"收存用 --scans；核对用 --compare，如 ssj papers {options.round} --compare 文件夹",
        )
    return (
        stages.do_scans(options)
        if options.scans
        else _compare_scans(options)
        if options.compare
        else _write_kit(options)
        if options.observers
        else _write_papers(options)
    )


def _write_kit(options: argparse.Namespace) -> int:
    """观察员包, from the freeze on."""
    from ssj.base import params
    from ssj.casebook import attempts
    from ssj.casebook.render import verifier_page
    from ssj.papers import observers, paper_names
    from ssj.site import copies

    folder_of(options)
    book, state = reading(options)
    if state.freeze is None:
        raise RefusedError(
            "还没有封库，没有可以交给观察员的封库校验码",
            f"请先运行 ssj freeze {options.round}。",
        )
    record = attempts.current_record(book, state)
    notice = (book.out(state.freeze) / "notice.json").read_bytes()
    target = observers.folder_of(book.outputs, record)
    beside = {copies.NOTICE: notice, copies.VERIFIER: verifier_page().encode("utf-8")}
    new = observers.write(record, target, options.params / paper_names.OWN_TEMPLATES, beside)
    for text in params.banners(record):
        print(f"【{text}】")
    print(
        f"观察员包在 {target.as_posix()}：{'' if new else '其中的 Word 文件有人改过，保留原样；'}"
    )
    print("公开随机数产生以前，打印其中的 Word 文件，连同两个文件交给每名观察员。")
    if common.now() >= datetime.fromisoformat(record["event"]["time"]):
        print("注意：公告的时间已过，现在才拿到的封库校验码不能证明什么。")
    return 0


def _write_papers(options: argparse.Namespace) -> int:
    from ssj.base import params
    from ssj.papers import paper_names, paperfiles, paperwork, wordforms
    from ssj.results import scans

    folder, (book, state), progress = folder_of(options), reading(options), telling.Progress()
    own, target = (
        options.params / paper_names.OWN_TEMPLATES,
        paper_names.folder_of(book.outputs, options.round, state.attempt),
    )
    record = paperfiles.current(book, folder)
    if strange := wordforms.strangers(own):
        print(f"注意：{own.as_posix()} 中的 {'、'.join(strange)} 不是文书模板的名称，没有使用。")
    for name in wordforms.lacking(own, paperwork.CHECK_TAG):
        print(
            f"注意：{own.as_posix()} 中的 {name} 没有检查码"
            f"（标记 {{{{r {paperwork.CHECK_TAG} }}}}），"
            "企业不能扫码核对这次检查；请照原来的模板（ssj/papers/templates）补上。"
        )
    made = paperfiles.write(record, target, own, progress)
    form = (
        paperfiles.refresh_confirmation(book.record(state.draw), target.parent, own)
        if state.draw
        else None
    )
    for text in params.banners(record):
        progress.done(f"【{text}】")
    progress.done(
        f"已生成检查文书 {made.new} 份，在 {target.as_posix()}"
        + (f"；{form.name} 也已按本单位的模板更新" if form else "")
    )
    if made.edited:
        print(
            (
                f"有 {len(made.edited)} 份生成以后有人改过，保留原样，没有更新（要重新生成的，"
                "先移走）："
            )
            + "、".join(made.edited[:20])
            + ("等" if len(made.edited) > 20 else "")
        )
    if state.draw is None:
        print(
            "还没有抽取："
            + (
                "抽取以后再运行，生成其余文书。"
                if state.freeze
                else "封库以后再运行，生成封库公告、保管人回执、公开随机数记录纸；"
                "抽取以后生成其余文书。"
            )
        )
    else:
        print(
            "文号、盖章、签字处留空。签字后扫描，与文书同名（如 "
            f"“{scans.prefix(record)}-001 现场检查笔录.pdf”），放入一个文件夹，运行 ssj "
            f"papers {options.round} --scans 文件夹"
        )
    return 0


def _compare_scans(options: argparse.Namespace) -> int:
    from ssj.stages import papers

    (book, _), progress = reading(options), telling.Progress()
    found = papers.compare(book, options.round, options.compare, progress)
    progress.done(f"与档案对照：{options.compare.as_posix()}")
    for kind, file in found:
        print(f"{kind}：{file}")
    bad = [kind for kind, _ in found if kind in ("缺少", "已改动")]
    print(f"结论：缺少或已改动 {len(bad)} 份。" if bad else "结论：收存过的扫描件都在，没有改动。")
    return 5 if bad else 0
