"""今日待办: what is due and overdue by date, over all rounds.

| what | its day | while |
| --- | --- | --- |
| 公开活动 | the announced one | frozen, no ``entropy.toml`` |
| 抽取 | the event's | the event's text is there, not drawn |
| 公布抽取结果 | the publication day | drawn, its page not made yet |
| 检查文书 | the first day of visits | drawn, no papers made |
| 扫描件 | the first day of visits; of papers of visits the last | signed papers are not back |
| 检查结果 | the last day of visits; then that of publication | visits without a whole result |
| 公示 | so many working days after the visit | entered, neither public nor lawfully withheld |
| 后续处置 | the limit that was set | not closed |
| 异议答复 | so many working days after it came | not answered |
| 执法证 | its last day | officers of a round whose visits are not over |
| 节假日安排 | today | a deadline needs a year that nobody has declared |

Demonstrations owe nothing. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, NamedTuple

from ssj.base import workdays
from ssj.base.errors import InputError
from ssj.casebook import archive
from ssj.casebook.archive import Archive
from ssj.desk import standing
from ssj.desk.standing import Standing
from ssj.tables import paramfiles

AHEAD = 14  # days within which something that is due is told
MOST = 12  # lines on a first screen
IsWorkday = Callable[[date], bool]


class Due(NamedTuple):
    """Something to be done by a day in a round."""

    day: date
    round_id: str
    text: str

    def said(self, today: date) -> str:
        late = (today - self.day).days
        when = f"超期 {late} 天" if late > 0 else "今天" if not late else f"还有 {-late} 天"
        return f"{self.day}（{when}）  {self.round_id}  {self.text}"


def lines(rounds: Iterable[Standing], today: date, most: int = MOST) -> list[str]:
    """What is due, the longest overdue first, with a heading; says so where nothing is."""
    found = sorted(due for it in rounds for due in of_round(it) if not _far(due, today))
    if not found:
        return [f"今日待办（{today}）：没有到期的"]
    late = sum(due.day < today for due in found)
    more = len(found) - most
    return [
        f"今日待办（{today}）：{len(found)} 件" + f"，已超期 {late} 件" * bool(late),
        *(f"  {due.said(today)}" for due in found[:most]),
        *([f"  另有 {more} 件"] if more > 0 else []),
    ]


def _far(due: Due, today: date) -> bool:
    return due.day > today + timedelta(AHEAD)


def of_round(it: Standing) -> Iterator[Due]:
    """All that a round owes, whenever it is due; nothing of a demonstration."""
    own = it.frozen
    if own is None or it.demonstration:
        return
    is_workday = paramfiles.read_calendar(it.folder.parent)
    for day, text in (*_before(it), *_afterwards(it, is_workday)):
        yield Due(day, it.id, text)


def _before(it: Standing) -> Iterator[tuple[date, str]]:
    """Up to the visits."""
    own, state = it.frozen, it.state
    if own is None:
        return
    event = own.event.time.date()
    if not state.draw:
        held = (it.folder / "entropy.toml").exists() and not it.stale_event
        yield event, "抽取" if held else "公开活动：产生公开随机数并录入"
        return
    if standing.published(it).word != standing.DONE:
        yield own.round.publication_day, "公布抽取结果（ssj status 生成公告）"
    if it.dispatch is None:
        yield own.round.window.start, "检查文书还没有生成"
    elif standing.papers_made(it).word == standing.NOW:
        yield own.round.window.start, "更换了人员，检查文书要重新生成"
    yield from _scans(it)
    if it.now.date() <= own.round.window.end:
        yield from _certificates(it)


def _scans(it: Standing) -> Iterator[tuple[date, str]]:
    """Signed papers whose scans were not taken in."""
    own, entry = it.frozen, it.state.draw
    if own is None or entry is None:
        return
    window = own.round.window
    if not it.last("papers"):
        yield window.end, "签字文书的扫描件还没有收存"
        return
    if it.scans is None:
        return
    from ssj.results import scans

    out = Archive(it.outputs, []).folder(entry) / "data" / "out"
    with suppress(OSError, ValueError, KeyError):
        lacking = [row["paper"] for row in scans.of_round(it.scans) if row["lacks"]]
        if lacking:
            yield window.start, f"没有收到签字的{'、'.join(lacking)}"
        record = archive.read_record(out / archive.record_name("draw"))
        visits = sum(bool(row["missing"]) for row in scans.by_visit(record, it.scans))
        if visits:
            yield window.end, f"签字的检查文书没有收齐的 {visits} 户次"


def _certificates(it: Standing) -> Iterator[tuple[date, str]]:
    """Certificates of the frozen officers that end before the visits do."""
    entry, own = it.state.freeze, it.frozen
    if entry is None or own is None:
        return
    out = Archive(it.outputs, []).folder(entry) / "data" / "out"
    with suppress(OSError, ValueError, KeyError):
        record = archive.read_record(out / archive.record_name("freeze"))
        for officer in record["tables"]["officers"]:
            until = officer["internal"]["certificate_until"]
            if until and date.fromisoformat(until) <= own.round.window.end:
                name = officer["identity"]["name"]
                yield date.fromisoformat(until), f"{name}的执法证到期，检查期内不能去"


def _afterwards(it: Standing, is_workday: IsWorkday) -> Iterator[tuple[date, str]]:
    """From the visits on."""
    own, results, today = it.frozen, it.results, it.now.date()
    if own is None or not it.state.draw:
        return
    end = own.round.window.end
    try:
        last = workdays.after(end, own.deadlines.publish, is_workday)
    except InputError as error:
        last = end
        yield today, f"算不出公示期限：{error.problems[0].message}，填写 params/calendar.xlsx"
    if results is None:
        yield end, "检查结果还没有归档"
        return
    open_ones: dict[date, int] = {}
    missing = 0
    for visit in results["visits"]:
        if visit["state"] in ("drawn", "visited"):
            missing += 1
        elif visit["state"] in ("entered", "reviewed") and not visit["not_public"]:
            day = date.fromisoformat(visit["deadline"])
            open_ones[day] = open_ones.get(day, 0) + 1
    if missing:
        yield (end if today <= end else last), f"还没有检查结果的 {missing} 户次"
    for day, count in open_ones.items():
        yield day, f"公示检查结果 {count} 户次"
    yield from _registers(results, own.deadlines.objection, is_workday)


def _registers(
    results: dict[str, Any], days: int, is_workday: IsWorkday
) -> Iterator[tuple[date, str]]:
    """Follow-ups and objections that are open."""
    told = {(row["number"], row["item"]) for row in results["followup"]}
    of_results = (r for r in results["rows"] if (r["number"], r["item"]) not in told)
    for row in (*results["followup"], *of_results):
        if row["due"] and not row["closed_on"]:
            yield date.fromisoformat(row["due"]), f"{row['number']} 的后续处置"
    for objection in results["objections"]:
        if not objection["answered_on"]:
            with suppress(InputError):  # an unknown year is told already
                came = date.fromisoformat(objection["received_on"])
                by = workdays.after(came, days, is_workday)
                yield by, f"答复异议 {objection['id']}"
