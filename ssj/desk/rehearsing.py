"""``ssj rehearse``: the whole quarter on the round's own rosters, with an invented event and
invented results, under a clock that is moved from the freeze to the end of the inspections.

Everything stays below ``rehearsal/<round>/quarter``: a copy of the round's inputs, and an outputs
folder of its own that begins with the archives of earlier rounds, so that history, yearly caps and
the year's plan are the real ones. Its ``round.toml`` says ``rehearsal = true``: every page, table
and paper carries the banner 试算; title and place of the event begin with it, since a notice for
the verifier tells no more. The commands are those of a real round, and so are their rules; who
approves and who keeps the commitment may still be open.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ssj import protocol
from ssj.base import params, tomls
from ssj.base.errors import SsjError
from ssj.desk import auditing, commands, common, stages
from ssj.rosters import others
from ssj.tables import paramfiles, schema

MARK = "试算："
LATER_TABLES = {"entropy", "results", "platform", "evidence", *schema.REGISTERS}
CUSTODIANS = ("试算保管人一", "试算保管人二")
ROLES = {
    role: f"试算{name}"
    for role, name in zip(("主持", "操作", "记录", "监督", "见证"), "甲乙丙丁戊", strict=True)
}
HELD = timedelta(minutes=6)  # after the announced time


def run(options: argparse.Namespace) -> int:
    """Rehearse a round from its freeze to its reports; the exit code of its audit. ``InputError``
    with all errors of its inputs.
    """
    source = common.folder_of(options)
    home = options.outputs.parent / "rehearsal" / source.name / "quarter"
    own = _prepare(source, options.outputs, home)
    args = argparse.Namespace(
        round=source.name,
        params=home / "params",
        outputs=home / "outputs",
        sample=True,
        scans=None,
        compare=None,
        observers=False,
        id=[],
        all=True,
        command="",
        yes=True,
        check=False,
    )
    now, event, window = common.now(), own.event.time, own.round.window
    drawn = max(now, event + 2 * HELD)
    published = max(drawn, _morning(own.round.publication_day, event))
    ended = max(published, _morning(window.end + timedelta(days=1), event))
    steps: tuple[tuple[str, datetime, Callable[[], int]], ...] = (
        ("名录核对、封库", now, lambda: stages.do_freeze(args)),
        ("公开活动（随机数是编造的）、抽取", drawn, lambda: _draw(args, own)),
        ("检查文书", drawn, lambda: commands.do_papers(args)),
        ("公布、一户核验单", published, lambda: _publish(args)),
        ("检查结果（编造的）", ended, lambda: stages.do_results(args)),
        ("复核", ended, lambda: _audit(args)),
        ("季度报告等", ended, lambda: commands.do_report(args)),
    )
    code = 0
    for title, moment, act in steps:
        print(f"\n{MARK}{title}（当作 {moment:%Y-%m-%d %H:%M}）")
        with common.clock_at(moment):
            code = act() or code
    print(
        "\n整个季度试算完了，不留痕、不作数。文件在 "
        f"{(args.outputs / source.name / 'files').as_posix()}，"
        f"看完可以把 {home.as_posix()} 整个删去。"
    )
    return code


def _morning(day: Any, event: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=event.tzinfo)


def _prepare(source: Path, outputs: Path, home: Path) -> params.Parameters:
    """The rehearsal's folder anew; the parameters that stand in it."""
    from ssj.casebook import taking

    own = paramfiles.read_draft(source)
    whole = own.model_dump(by_alias=True, exclude_none=True)
    whole["round"] |= {"rehearsal": True, "title": MARK + own.round.title}
    whole["event"] |= {
        "place": MARK + own.event.place,
        "custodians": (own.event.custodians + list(CUSTODIANS))[
            : max(2, len(own.event.custodians))
        ],
    }
    for name in ("parties", "keys"):  # nobody can invent what they handed in, or sign for them
        whole["event"].pop(name, None)
    try:
        shutil.rmtree(home, ignore_errors=True)
        folder = home / "params" / source.name
        shutil.copytree(source, folder, ignore=_later)
        for name in ("round.toml", "round.xlsx"):
            (folder / name).unlink(missing_ok=True)
        (folder / "round.toml").write_text(tomls.dumps(whole), encoding="utf-8", newline="\n")
        if paramfiles.exists("calendar", source.parent):
            calendar = paramfiles.path_of("calendar", source.parent)
            shutil.copyfile(calendar, folder.parent / calendar.name)
        year = others.find(source, own.round)
        if year and year.parent != source:
            shutil.copyfile(year, folder / year.name)
        templates = source.parent / "templates"
        if templates.is_dir():
            shutil.copytree(templates, folder.parent / "templates")
        _earlier_archives(outputs, home / "outputs", source.name)
        (home / taking.REHEARSAL).write_text(
            "这里是试算：不留痕、不作数，可以整个删去。\n", encoding="utf-8", newline="\n"
        )
    except OSError as error:
        raise SsjError(
            f"不能建立试算文件夹 {home.as_posix()}（{error.strerror}）",
            "请关闭打开着的试算文件，检查磁盘空间和写入权限后，再运行一次。",
        ) from error
    return paramfiles.read_round(folder)


def _later(_folder: str, names: list[str]) -> set[str]:
    """What of a round comes after its freeze."""
    return {name for name in names if name.partition(".")[0] in LATER_TABLES}


def _earlier_archives(outputs: Path, target: Path, round_id: str) -> None:
    """The ledger up to the round's own first line, with the bags and programs that belong to it."""
    from ssj.casebook import ledger

    target.mkdir(parents=True)
    lines = (
        (outputs / ledger.NAME).read_bytes().splitlines(keepends=True)
        if (outputs / ledger.NAME).exists()
        else []
    )
    kept: list[bytes] = []
    for line, entry in zip(lines, ledger.read(outputs).lines, strict=False):
        if entry["round"] == round_id:
            break
        kept.append(line)
        bag = outputs / entry["round"] / entry["stage"]
        if bag.is_dir() and not ledger.is_aside(entry):
            shutil.copytree(bag, target / entry["round"] / entry["stage"])
    if kept:
        (target / ledger.NAME).write_bytes(b"".join(kept))
    if kept and (outputs / ".programs").is_dir():
        shutil.copytree(outputs / ".programs", target / ".programs")


def _draw(args: argparse.Namespace, own: params.Parameters) -> int:
    """Invent what the event brought, and draw."""
    from ssj.casebook import archive, attempts

    book = archive.reading(args.outputs)
    state = attempts.state_of(book.stages(args.round))
    record = attempts.current_record(book, state)
    received = datetime.fromisoformat(state.known("freeze")["time"]) + timedelta(minutes=1)
    text, kind = invented_text(record), protocol.EVENTS[own.event.kind]
    entropy = {
        "text": text,
        "text_again": text,
        "typed_by": ["试算录入甲", "试算录入乙"],
        "time": own.event.time + HELD,
        "place": own.event.place,
        **({"raw": "试算：编造的原文"} if kind.raw else {}),
        "roles": ROLES,
        "attestation": [
            {
                "custodian": name,
                "received": received,
                "first16": record["commitment"][:16],
                "only": True,
            }
            for name in own.event.custodians
            if received < own.event.time
        ],
    }
    path = args.params / args.round / "entropy.toml"
    path.write_text(tomls.dumps(entropy), encoding="utf-8", newline="\n")
    return stages.do_draw(args)


def invented_text(record: protocol.Record) -> str:
    """A text of the announced form that follows from the commitment; of lotteries the example."""
    event, kind = record["event"], protocol.EVENTS[record["event"]["kind"]]
    times = event["count"] // kind.per
    if kind.separator:
        return kind.separator.join([kind.example] * times)
    return "".join(
        kind.example[int(protocol.sha256(f"{record['commitment']},{n}"), 16) % len(kind.example)]
        for n in range(times)
    )


def _publish(args: argparse.Namespace) -> int:
    with stages.opened(args) as book:
        stages.say_copies(book, args.round)
    return commands.do_receipt(args)


def _audit(args: argparse.Namespace) -> int:
    from ssj.audit import outside
    from ssj.casebook import archive, attempts
    from ssj.desk import standing

    book = archive.reading(args.outputs)
    record = attempts.drawn_record(book, attempts.state_of(book.stages(args.round)))
    folder = args.outputs / args.round
    values = outside.Values([record["commitment"]], [], [])
    return auditing.report(folder, False, folder / "files" / standing.REPORT, values)
