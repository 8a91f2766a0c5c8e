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
    from ssj.audit.audit import Report
    from ssj.audit.outside import Values


def do_audit(options: argparse.Namespace) -> int:
    from ssj.audit import outside

    values = outside.Values(options.commitment, options.head, options.notice)
    if options.record is not None:
        return record(options, values)
    return report(options.folder, options.fast, options.json, values)


def record(options: argparse.Namespace, values: Values) -> int:
    """Make the auditor's own record of an audit; the exit code of the audit."""
    from ssj.audit import recording
    from ssj.papers import paper_names

    progress = telling.Progress()
    made = recording.make(
        options.folder,
        Path(options.record) if options.record else None,
        options.fast,
        values,
        common.now(),
        options.params / paper_names.OWN_TEMPLATES,
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
    if found.junk:
        print("无关文件（不属于档案，不影响结论）：" + "、".join(found.junk))
    print(f"本机 Python {runner.versions()['python']}，ssj {__version__}")
    print(f"结论：{found.verdict}")


def do_trace(options: argparse.Namespace) -> int:
    """One visit back to its ticket and forward to its closing; reads archives only."""
    from ssj.audit import trace
    from ssj.casebook import runner

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
