"""What the commands do: each ``do_…`` takes the parsed options, works through the modules of a
round, prints, and gives the exit code.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from ssj import __version__
from ssj.base import words
from ssj.base.errors import RefusedError, SsjError
from ssj.desk import telling


def now() -> datetime:
    """The time in Beijing."""
    return datetime.now(words.BEIJING)


def folder_of(options: argparse.Namespace) -> Path:
    """The round's folder of inputs; ``SsjError`` if there is none."""
    folder = options.params / options.round
    if not folder.is_dir():
        known = (
            "、".join(sorted(p.parent.name for p in options.params.glob("*/round.toml"))) or "无"
        )
        raise SsjError(
            f"找不到批次文件夹 {folder}（现有：{known}）", "请核对批次号，并在项目文件夹中运行。"
        )
    return folder


def do_plan(options: argparse.Namespace) -> int:
    """Check a year's plan, simulate and archive it."""
    from ssj.base import params
    from ssj.casebook import archive, runner
    from ssj.stages import years

    folder, progress = folder_of(options), telling.Progress()
    if not years.is_year(folder):
        raise SsjError(
            f"{folder} 中没有 year.toml，不是年度计划的文件夹",
            f"年度计划放在 params/年份 中，如 {options.params / '2021'}。",
        )
    with archive.opened(options.outputs) as book:
        telling.recovered(book)
        with runner.workplace(book, options.round, "plan") as place:
            entry = years.plan(book, folder, now(), place, progress)
        record = runner.read_record(book.folder(entry) / "data" / "out" / runner.RECORDS["plan"])
        total = record["forecast"]["totals"]
        progress.done(
            "\n".join(
                [
                    *(f"【{text}】" for text in params.banners(record)),
                    f"已归档：{book.folder(entry)}",
                    (
                        f"预计全年入企检查 {total['visits']} 户次，多项任务合并减少 "
                        f"{total['saved']} 户次"
                    ),
                ]
            )
        )
        telling.copies(years.working_copies(book, options.round))
    return 0


def do_review(options: argparse.Namespace) -> int:
    """Review a year: count its indicators and archive them."""
    from ssj.base import params
    from ssj.casebook import archive, runner
    from ssj.stages import reviews, years
    from ssj.year import review

    folder, progress = folder_of(options), telling.Progress()
    if not years.is_year(folder):
        raise SsjError(
            f"{folder} 中没有 year.toml，不是年度的文件夹",
            f"请写年份，如 ssj review {folder.name[:4]}。",
        )
    with archive.opened(options.outputs) as book:
        telling.recovered(book)
        with runner.workplace(book, options.round, reviews.KIND) as place:
            entry = reviews.take_in(book, folder, now(), place, progress)
        record = runner.read_record(book.folder(entry) / "data" / "out" / review.FILE)
        open_ = (
            ""
            if record["finished"]
            else "（还有没有完成的："
            + "；".join(f"{o['round']} {o['text']}".strip() for o in record["running"])
            + "）"
        )
        progress.done(
            "\n".join(
                [
                    *(f"【{text}】" for text in params.banners(record)),
                    f"已归档：{book.folder(entry)}，截至 {record['as_of']}{open_}",
                    *(f"{i['name']}：{i['said']}" for i in record["indicators"]),
                ]
            )
        )
        telling.copies(reviews.working_copies(book, options.round))
    return 0


def do_stages(options: argparse.Namespace, *kinds: str) -> int:
    """Open the archive and make the named stages one after the other."""
    from ssj.casebook import archive, past_results, runner
    from ssj.stages import draw, freeze

    folder, progress = folder_of(options), telling.Progress()
    make = {"freeze": freeze.freeze, "draw": draw.draw}
    with archive.opened(options.outputs) as book:
        telling.recovered(book)
        for found in past_results.in_scope_again(book, folder) if "freeze" in kinds else ():
            print(f"提醒：{found}")
        with ExitStack() as places:  # the kernel of the next stage starts while this one runs
            ready = [
                (kind, places.enter_context(runner.workplace(book, options.round, kind)))
                for kind in kinds
            ]
            for kind, place in ready:
                entry = make[kind](book, folder, now(), place, progress)
                progress.done(telling.done(book, entry))
        _say_copies(book, options.round)
    return 0


def _say_copies(book, round_id: str) -> None:
    from ssj.site import copies
    from ssj.stages import provincial, returns

    try:
        made = (
            copies.working_copies(book, round_id, now().date())
            + provincial.working_copies(book, round_id)
            + returns.working_copies(book, round_id, now().date())
        )
    except SsjError as error:  # the stages are in the ledger already
        raise type(error)(
            f"档案已经封存、登记，不受影响；但{error.message}",
            f"{error.remedy}运行 ssj status 会补上。",
        ) from error
    telling.copies(made)


def do_run(options: argparse.Namespace) -> int:
    from ssj.base import params
    from ssj.casebook import archive, attempts

    if not params.read_round(folder_of(options) / "round.toml").round.demonstration:
        raise SsjError(
            "run 只用于演示批次",
            f"正式批次请依次：ssj freeze {options.round}，公开产生随机数，ssj draw "
            f"{options.round}。",
        )
    with archive.opened(options.outputs) as book:
        telling.recovered(book)
        state = attempts.state_of(book.stages(options.round))
        if state.next == "":
            _say_copies(book, options.round)
    if state.next == "":
        print(f"{options.round} 第 {state.attempt} 次抽取已经完成，不再抽取；现在复核档案。")
        return _report(options.outputs / options.round, fast=False, target=None)
    return do_stages(options, *(("freeze", "draw") if state.next == "freeze" else ("draw",)))


def _approved(options: argparse.Namespace):
    from ssj.stages import amend

    return amend.Approved(
        options.reason, options.note.strip(), options.approver.strip(), options.date
    )


def _one_stage(options: argparse.Namespace, kind: str, make: Callable[..., dict[str, Any]]) -> int:
    """Open the archive and make one stage that follows a draw; ``make`` gets the archive, the place
    and the progress.
    """
    from ssj.casebook import archive, runner

    progress = telling.Progress()
    with archive.opened(options.outputs) as book:
        telling.recovered(book)
        with runner.workplace(book, options.round, kind) as place:
            entry = make(book, place, progress)
        progress.done(telling.done(book, entry))
        _say_copies(book, options.round)
    return 0


def do_amend(options: argparse.Namespace) -> int:
    from ssj.stages import amend

    officer = options.officer.strip().upper()
    return _one_stage(
        options,
        "amend",
        lambda book, place, say: amend.amend(
            book, options.round, officer, options.visit, _approved(options), now(), place, say
        ),
    )


def do_platform(options: argparse.Namespace) -> int:
    from ssj.stages import provincial

    folder = folder_of(options)
    return _one_stage(
        options,
        "platform",
        lambda book, place, say: provincial.platform(book, folder, now(), place, say),
    )


def do_results(options: argparse.Namespace) -> int:
    from ssj.stages import returns

    folder = folder_of(options)
    if options.sample:
        path = returns.invent(reading(options)[0], folder, now().date())
        print(f"已编造样例结果：{path.as_posix()}（只供演示）。")
    return _one_stage(
        options,
        "results",
        lambda book, place, say: returns.take_in(book, folder, now(), place, say),
    )


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
    made = recognition.give(book, options.round, now().date(), options.to.strip())
    print(
        "\n".join(
            [
                *(f"【{text}】" for text in made.banners),
                (
                    f"已写出检查结果 {made.count} 条：{'、'.join(p.name for p in made.paths)}，"
                    f"在 {made.paths[0].parent.as_posix()}"
                ),
                f"文件校验码：{made.sha256}",
                "把 .json 文件发给对方，文件校验码另用电话等方式告知；.xlsx 供阅读。",
            ]
        )
    )
    return 0


def do_report(options: argparse.Namespace) -> int:
    from ssj.base import params
    from ssj.casebook import archive
    from ssj.desk import standing
    from ssj.papers import paperfiles, reporting

    book, progress = (
        archive.Archive(options.outputs, archive.read_entries(options.outputs)),
        telling.Progress(),
    )
    kept = standing.Standing(
        options.params / options.round, options.outputs, book.entries, now()
    ).report
    made = reporting.write(
        book, options.round, options.params / paperfiles.OWN_TEMPLATES, kept, progress
    )
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


def do_void(options: argparse.Namespace) -> int:
    """A void; after the event the draw is completed and archived first, so that its list stays
    known.
    """
    from ssj.casebook import archive, runner
    from ssj.stages import amend, draw

    progress = telling.Progress()
    with archive.opened(options.outputs) as book:
        telling.recovered(book)
        if amend.draw_waits(
            book, options.round, _approved(options), options.params / options.round, now()
        ):
            with runner.workplace(book, options.round, "draw") as place:
                entry = draw.draw(book, folder_of(options), now(), place, progress)
            progress.done(
                f"公开随机数已经产生，先完成抽取并归档，再作废。\n{telling.done(book, entry)}"
            )
        with runner.workplace(book, options.round, "void") as place:
            entry = amend.void(
                book,
                options.params / options.round,
                _approved(options),
                options.witness,
                now(),
                place,
                progress,
            )
        progress.done(telling.done(book, entry))
        print(
            "下一次抽取：在 round.toml 中另定公开随机数来源，移走旧的 entropy.toml，再封库："
            f"ssj freeze {options.round}"
        )
        _say_copies(book, options.round)
    return 0


def do_audit(options: argparse.Namespace) -> int:
    return _report(options.folder, options.fast, options.json)


def _report(folder: Path, fast: bool, target: Path | None) -> int:
    from ssj import protocol
    from ssj.audit import audit
    from ssj.casebook import runner
    from ssj.draw import lists

    progress = telling.Progress()
    report = audit.audit(folder, fast, progress)
    progress.done(f"复核 {report.round_id}：{'、'.join(report.stages)}")
    for text in report.banners:
        print(f"【{text}】")
    for row in lists.step_rows(report.steps):
        print(
            f"{row['number']:>4} {row['step']}：{row['result']}"
            + (f"——{row['detail']}" if row["detail"] else "")
        )
    if report.junk:
        print("无关文件（不属于档案，不影响结论）：" + "、".join(report.junk))
    print(f"本机 Python {runner.versions()['python']}，ssj {__version__}")
    verdict = {
        0: "结论：全部相符。" if not fast else "结论：所核验的步骤全部相符（按要求没有重新执行）。",
        5: "结论：有不符之处，见上。",
        6: "结论：没有发现不符，但有步骤未核验，不能视为通过。",
    }
    unchecked = [s for s in report.steps if s.holds is None and s.detail != audit.LEFT_OUT]
    if report.exit_code == 6 and all(protocol.EXTERNAL in s.detail for s in unchecked):
        verdict[6] = "结论：能核验的都相符；检查对象是外部抽取的，V5 不能核验，不能视为随机抽取。"
    print(verdict[report.exit_code])
    if target is not None:
        runner.write_json(
            target,
            {
                **report.as_json(),
                "time": now().isoformat(timespec="seconds"),
                "ssj": runner.code_identity(),
            },
        )
    return report.exit_code


def do_trace(options: argparse.Namespace) -> int:
    """One visit back to its ticket and forward to its closing; reads archives only."""
    from ssj.audit import trace
    from ssj.casebook import runner

    found = trace.trace(options.outputs, options.round, options.visit.strip())
    print("\n".join(found.lines()))
    if options.json is not None:
        runner.write_json(options.json, found.as_json())
    return found.exit_code


def do_status(options: argparse.Namespace) -> int:
    from ssj.casebook import archive
    from ssj.desk import standing, steps
    from ssj.stages import reviews, years
    from ssj.year import planning

    folders = steps.folders(options.params)
    if not folders:
        print(f"{options.params} 中还没有批次。下一步：ssj new 2026Q1")
        return 0
    with archive.opened(options.outputs) as book:
        telling.recovered(book)
        for folder in folders:
            it = standing.Standing(folder, options.outputs, book.entries, now())
            if it.parameters is None:
                print(f"{folder.name}\n  round.toml 有问题。下一步：ssj check {folder.name}")
                continue
            print(f"{steps.headline(it)}\n  下一步：{steps.next_text(it)}")
            if it.own:
                _say_copies(book, folder.name)
        for folder in sorted(p.parent for p in options.params.glob(f"*/{planning.FILE}")):
            entries = years.plans(book, folder.name)
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
                f"{folder.name}（核对），然后 ssj plan {folder.name}（归档）"
            )
            if reviewed := reviews.reviews(book, folder.name):
                print(
                    f"  年度评估  第 {len(reviewed)} 次归档 "
                    f"{reviewed[-1]['time'][:16].replace('T', ' ')}（有新的结果时再做：ssj "
                    f"review {folder.name}）"
                )
            telling.copies(
                years.working_copies(book, folder.name) + reviews.working_copies(book, folder.name)
            )
    return 0


def reading(options: argparse.Namespace):
    """The archive for reading only, and where the named round stands."""
    from ssj.casebook import archive, attempts

    book = archive.Archive(options.outputs, archive.read_entries(options.outputs))
    return book, attempts.state_of(book.stages(options.round))


def do_event(options: argparse.Namespace) -> int:
    from ssj.casebook import attempts
    from ssj.desk import event

    book, state = reading(options)
    if state.next != "draw":
        raise RefusedError(
            f"{options.round} 现在不能录入公开随机数："
            f"{'还没有封库' if state.next == 'freeze' else '已经抽取'}",
            f"进度请看 ssj status；封库用 ssj freeze {options.round}。",
        )
    frozen = attempts.current_record(book, state)
    path = event.record(frozen["event"], frozen["commitment"], folder_of(options), input, print)
    print(f"已写入 {path.as_posix()}。下一步：ssj draw {options.round}")
    return 0


def do_receipt(options: argparse.Namespace) -> int:
    from ssj.casebook import attempts
    from ssj.papers import receipts
    from ssj.site import copies

    book, state = reading(options)
    record = attempts.drawn_record(book, state)
    if not copies.published(record, now().date()):
        raise RefusedError(
            f"公布日 {words.day(record['parameters']['publication_day'])} 还没到，"
            "不能出具一户核验单",
            "请在公布日起再出具。",
        )
    if bool(options.id) == options.all:
        raise SsjError(
            "要么写一个或几个检查对象的编号，要么写 --all",
            f"例如：ssj receipt {options.round} --all",
        )
    ids = [t["id"] for t in record["tables"]["targets"]] if options.all else options.id
    progress = telling.Progress()
    made = receipts.write(record, ids, copies.receipts_folder(book, record), progress)
    progress.done(f"已出具一户核验单 {len(made) // 2} 份，在 {made[0].parent.as_posix()}")
    print("每份有一页 html（打印后交本户）和一个 json（用核验页核验）；含本户防推码，只交给本户。")
    return 0


def do_papers(options: argparse.Namespace) -> int:
    if options.scans and options.compare:
        raise SsjError(
            "--scans 和 --compare 一次只能写一个",
            f"收存用 --scans；核对用 --compare，如 ssj papers {options.round} --compare 文件夹",
        )
    return (
        _take_in_scans(options)
        if options.scans
        else _compare_scans(options)
        if options.compare
        else _write_papers(options)
    )


def _write_papers(options: argparse.Namespace) -> int:
    from ssj.base import params
    from ssj.papers import paperfiles, wordforms
    from ssj.results import scans

    folder, (book, state), progress = folder_of(options), reading(options), telling.Progress()
    own, target = (
        options.params / paperfiles.OWN_TEMPLATES,
        paperfiles.folder_of(book, options.round, state.attempt),
    )
    record = paperfiles.current(book, folder)
    if strange := wordforms.strangers(own):
        print(f"注意：{own.as_posix()} 中的 {'、'.join(strange)} 不是文书模板的名称，没有使用。")
    made = paperfiles.write(record, target, own, progress)
    form = paperfiles.refresh_confirmation(record, target.parent, own)
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
                else "封库、抽取以后再运行，生成封库公告和其余文书。"
            )
        )
    else:
        print(
            "文号、盖章、签字处留空。签字后扫描，与文书同名（如 "
            f"“{scans.prefix(record)}-001 现场检查记录.pdf”），放入一个文件夹，运行 ssj "
            f"papers {options.round} --scans 文件夹"
        )
    return 0


def _take_in_scans(options: argparse.Namespace) -> int:
    from ssj.casebook import archive
    from ssj.stages import intake

    progress = telling.Progress()
    with archive.opened(options.outputs) as book:
        telling.recovered(book)
        entry = intake.take_in(book, options.round, options.scans, now(), progress)
        progress.done(telling.done(book, entry))
        page = intake.copy_page(book, entry)
    print(f"收到哪些、还缺哪些，见 {page.as_posix()}")
    print(
        "扫描件本身不进入档案，档案中只有校验码：请把这些文件原样长期保存，与 outputs "
        "一起备份、移交。"
    )
    return 0


def _compare_scans(options: argparse.Namespace) -> int:
    from ssj.stages import intake

    (book, _), progress = reading(options), telling.Progress()
    found = intake.compare(book, options.round, options.compare, progress)
    progress.done(f"与档案对照：{options.compare.as_posix()}")
    for kind, file in found:
        print(f"{kind}：{file}")
    bad = [kind for kind, _ in found if kind in ("缺少", "已改动")]
    print(f"结论：缺少或已改动 {len(bad)} 份。" if bad else "结论：收存过的扫描件都在，没有改动。")
    return 5 if bad else 0
