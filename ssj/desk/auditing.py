"""``ssj audit`` and ``ssj trace``: what archives say of themselves, in words; each ``do_…`` gives
the exit code.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssj import __version__
from ssj.base import files
from ssj.base.errors import SsjError
from ssj.desk import common, telling

if TYPE_CHECKING:  # what commands import must be quick
    from ssj.audit.outside import Values
    from ssj.audit.report import Report


def do_audit(options: argparse.Namespace) -> int:
    from ssj.audit import outside

    if options.timestamp_root and not options.timestamp:
        raise SsjError(
            "--timestamp-root 只与 --timestamp 同用", "请用 --timestamp 写出时间戳文件。"
        )
    if options.all:
        if options.commitment or options.notice or options.timestamp or options.record is not None:
            raise SsjError(
                "--commitment、--notice、--timestamp、--record 只用于一个批次",
                "与 --all 同用的外部凭据只有 --head；其余的，逐个批次复核。",
            )
        if not options.folder:
            common.require_archive(options)
        heads = outside.Values(heads=options.head)
        return report_all(options.folder or options.outputs, options.fast, options.json, heads)
    values = outside.Values(
        options.commitment,
        options.head,
        options.notice,
        options.timestamp,
        options.timestamp_root,
    )
    beside = options.outputs / options.folder  # a round may be named as in other commands
    if not options.folder.is_dir() and beside.is_dir():
        options.folder = beside
    if options.record is not None:
        return record(options, values)
    return report(options.folder, options.fast, options.json, values)


WORST = (0, 6, 5)  # exit codes
IN_SHORT = {0: "相符", 5: "有不符之处", 6: "有步骤未核验"}


def report_all(outputs: Path, fast: bool, target: Path | None, heads: Values) -> int:
    """Audit every round and year of an outputs folder and print a line for each, with the steps
    that do not hold, then what they come to together; the worst exit code. ``target``: a file for
    the JSON of all.
    """
    from ssj.audit import audit, earlier, outside, verdict
    from ssj.audit.report import made
    from ssj.casebook import runner
    from ssj.draw import lists

    names, codes, reports = earlier.rounds(outputs), [], []
    if not names:
        raise SsjError(f"{outputs} 中没有档案", "请写档案所在的文件夹，如 outputs。")
    for number, name in enumerate(names, 1):
        progress = telling.Progress()
        progress(f"复核 {name}：{number}/{len(names)}")
        try:
            found = audit.audit(outputs / name, fast, progress, heads)
        except SsjError as error:  # in the ledger, but not there
            progress.done(f"{name}：{IN_SHORT[5]}——{error.message}")
            codes.append(5)
            reports.append({"round": name, "exit_code": 5, "error": error.message})
            continue
        progress.done(f"{name}：{IN_SHORT[found.exit_code]}")
        for text in (*filter(None, [found.unproven]), *found.banners):
            print(f"     【{text}】")
        for row in outside.rows(v for v in found.outside if not v.holds):
            print(f"     外部凭据 {row['kind']}：{row['result']}——{row['detail']}")
        asked = [s for s in found.steps if s.holds is not True and s.detail != verdict.LEFT_OUT]
        for row in lists.step_rows(asked):
            print(f"{row['number']:>4} {row['step']}：{row['result']}——{row['detail']}")
        codes.append(found.exit_code)
        reports.append(found.as_json())
    together = over_rounds(outputs)
    if "unchecked" in together:
        codes.append(6)
    worst = max(codes, key=WORST.index)
    alarms = sum(f["who"] != "" for f in together.get("findings", ()))
    asked_for = f"各批次之间有警示 {alarms} 项，请逐项核对。" if alarms else ""
    print(f"共 {len(names)} 个批次和年度，结论：{IN_SHORT[worst]}。{asked_for}")
    if target is not None:
        runner.write_json(
            target,
            {"reports": reports, "together": together, "exit_code": worst, **made(common.now())},
        )
    return worst


def record(options: argparse.Namespace, values: Values) -> int:
    """Make the auditor's own record of an audit; the exit code of the audit."""
    from ssj.audit import recording

    progress = telling.Progress()
    made = recording.make(
        options.folder,
        Path(options.record) if options.record else None,
        options.fast,
        values,
        common.now(),
        progress,
    )
    progress.done(f"复核记录在 {made.folder.as_posix()}：{'、'.join(made.files)}")
    for text in made.said:
        print(text)
    if options.json is not None:
        files.write_whole((made.folder / recording.REPORT).read_bytes(), options.json)
    tell(made.report)
    return made.report.exit_code


def report(folder: Path, fast: bool, target: Path | None, values: Values | None = None) -> int:
    """Audit an archive and print what was found; the exit code. ``target``: a file for the JSON."""
    from ssj.audit import audit
    from ssj.casebook import runner

    progress = telling.Progress()
    found = audit.audit(folder, fast, progress, values)
    progress.done(f"复核 {found.round_id}：{'、'.join(found.stages)}")
    tell(found)
    if target is not None:
        runner.write_json(target, found.dated(common.now()))
    return found.exit_code


def tell(found: Report) -> None:
    """Print an audit: first what nobody may overlook, then each step and value, the verdict."""
    from ssj.audit import outside
    from ssj.casebook import runner
    from ssj.draw import lists

    if found.unproven:
        print(f"【{found.unproven}】")
    for text in found.banners:
        print(f"【{text}】")
    for row in lists.step_rows(found.steps):
        print(
            f"{row['number']:>4} {row['step']}：{row['result']}"
            + (f"——{row['detail']}" if row["detail"] else "")
        )
    for row in outside.rows(found.outside):
        print(f" 外部凭据 {row['kind']} {row['value']}：{row['result']}——{row['detail']}")
    for text in found.earlier:
        print(f"依据的较早档案 {text}")
    if found.junk:
        print("无关文件（不属于档案，不影响结论）：" + "、".join(found.junk))
    print(f"本机 Python {runner.versions()['python']}，ssj {__version__}")
    print(f"结论：{found.verdict}")


def do_trace(options: argparse.Namespace) -> int:
    """One visit back to its ticket and forward to its closing; reads archives only."""
    from ssj.audit import trace
    from ssj.casebook import runner

    common.require_archive(options)
    found = trace.trace(options.outputs, options.round, options.visit.strip())
    print("\n".join(found.lines()))
    if options.json is not None:
        runner.write_json(options.json, found.as_json())
    return found.exit_code


def over_rounds(outputs: Path) -> dict[str, Any]:
    """Print what all rounds of an outputs folder come to together (:mod:`ssj.audit.across`); the
    same for JSON: ``findings``, or why there are none (``unchecked``). Alarms change no exit code.
    """
    from ssj.audit import across
    from ssj.casebook import archive
    from ssj.protocol import ProtocolError

    progress = telling.Progress()
    progress("各批次之间对照抽中机会")
    try:
        found = across.findings(archive.reading(outputs))
    except (SsjError, ProtocolError, OSError) as error:
        why = error.message if isinstance(error, SsjError) else str(error)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        why = f"档案内容不完整：{type(error).__name__} {error}"
    else:
        progress.done("各批次之间：")
        print("\n".join(across.lines(found)) or "  还没有封库的批次")
        return {"findings": [f._asdict() for f in found]}
    progress.done(f"各批次之间：未核验——{why}。请先查明各批次的不符之处，再复核一次。")
    return {"unchecked": why}
