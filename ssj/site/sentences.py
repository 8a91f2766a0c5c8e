"""What the public is told in sentences: what happened, how many, what was found. Each figure says
what it counts; totals of findings are of published visits alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ssj import protocol
from ssj.base import formats
from ssj.site.model import Attempt, Round, Site

NOT_COMPLIANT = "没有抽中，不等于检查合格。"
ONLY_THEN = "只说明检查当时、所查事项的情况。"
NOT_ANNOUNCED = (
    "未先公告：没有登记封库公告在公开随机数产生以前已经发布。您如果在那以前存有公告，可以用它核对。"
)
NOT_FOUND = "只能查到已经公布的检查。查无记录，不代表未列入名录库，也不代表检查合格。"
EVENT = {
    "dice": "当众掷出的 {count} 粒骰子",
    "lottery": "事先公告的 {count} 期双色球开奖号码",
    "lotto": "事先公告的 {count} 期超级大乐透开奖号码",
}
HAPPENS = {"dice": "当众掷骰子", "lottery": "双色球开奖", "lotto": "超级大乐透开奖"}


@dataclass(frozen=True)
class Step:
    """A step of a round's timeline: done, going on (``now``), or still to come."""

    day: str
    text: str
    state: str


def by_what(attempt: Attempt) -> str:
    """Which public event decided, in words."""
    count = attempt.event.said.split()[1]
    return EVENT.get(attempt.event.kind, "事先公告的公开随机数").format(count=count)


def headline(its: Round) -> str:
    """A round in one sentence: where it stands, how many, what was found."""
    now, results, name = its.now, its.results, its.title
    if now.void:
        return f"{name}：第 {now.number} 次抽取已作废，要重新封库、抽取"
    if not now.drawn:
        return (
            f"{name}：{formats.time(now.event.time)}公开产生随机数，"
            f"从 {now.in_scope} 户中抽取检查对象"
        )
    if now.visits is None:
        return f"{name}：抽取已完成，{formats.day(its.publication_day)}公布抽中的名单"
    verb = "省级平台从" if its.elsewhere else "从"
    how = "抽出" if its.elsewhere else "随机抽出"
    drawn = f"{name}：{verb} {now.in_scope} 户中{how} {now.total} 户检查"
    if results is None or not results.shown:
        return drawn
    return f"{drawn}，已公示的 {len(results.shown)} 户中 {results.problems} 户发现问题"


def lead(its: Round) -> str:
    """What else must be known at once: how it was decided, and what the figures leave out."""
    now, results = its.now, its.results
    if now.void:
        return (
            f"作废理由：{now.void.reason}；{now.void.approver}批准，{formats.day(now.void.date)}。"
            "原来的档案保留不动，仍然可以核对。"
        )
    if not now.drawn:
        return (
            f"名单、规则已经固定，用封库校验码锁住。抽中谁，将由{by_what(now)}决定，"
            f"谁也不能事先知道。地点：{now.event.place}，可以到场见证。"
        )
    decided = (
        "检查对象由省级平台抽取，本系统不能证明其随机性；检查人员由公开随机数指派。"
        if its.elsewhere
        else f"抽中谁由{by_what(now)}决定，任何人都可以核对。"
    )
    if now.visits is None:
        return decided
    if results is None:
        return (
            f"{decided}检查期间：{formats.period({'start': its.window[0], 'end': its.window[1]})}。"
        )
    return decided + published_of(now)


def published_of(now: Attempt) -> str:
    """Of all drawn visits, how many results are published, and where the others are."""
    results = now.results
    if results is None:
        return ""
    rest = [f"{results.unnamed} 户依法不公示"] * bool(results.unnamed) + [
        f"{results.waiting} 户还没有检查或者还没有审核"
    ] * bool(results.waiting)
    return (
        f"抽中的 {now.total} 户中，{'，'.join([f'{len(results.shown)} 户的结果已公示', *rest])}。"
    )


def timeline(its: Round, today: str) -> list[Step]:
    """The six steps of a round, the freeze before the event: days as they were entered, or as
    announced for what is still to come.
    """
    now, results = its.now, its.results
    what = HAPPENS.get(now.event.kind, "公开随机数产生")
    approved = max((day for _, day in its.approved), default="")
    event = now.event.happened or now.event.time
    since, until = its.window
    steps = [
        (approved, "方案批准", True),
        (now.frozen.time[:10], f"封库、公告：{now.targets} 户的名录库固定", True),
        (event, what, bool(now.drawn)),
        (
            its.publication_day,
            f"公布抽中的 {now.total} 户" if now.visits is not None else "公布抽中的名单",
            now.visits is not None,
        ),
        (since, f"检查，到{_short(until, since[:4])}为止", today > until),
        (
            results.time[:10] if results else "",
            f"已公示 {len(results.shown)} 户" if results else "公示检查结果",
            bool(results and not results.waiting),
        ),
    ]
    done = [True if now.void and not d else d for _, _, d in steps]
    current = next((n for n, d in enumerate(done) if not d), len(steps))
    year, made = "", []
    for n, (day, text, _) in enumerate(steps):
        shown = _short(day, year) if day else "待定"
        if day and len(day) > 10 and n == 2:
            shown += f" {day[11:16]}"
        year = day[:4] or year
        state = "done" if done[n] else "now" if n == current else "later"
        made.append(Step(shown, text, state))
    return made


def _short(iso: str, year: str) -> str:
    """A day without its year where that was just said: ``11月18日``."""
    value = date.fromisoformat(iso[:10])
    text = f"{value.month}月{value.day}日"
    return text if iso[:4] == year else f"{value.year}年{text}"


def frozen_late(now: Attempt) -> bool:
    """Whether the event was over when the round was frozen, as only a demonstration may."""
    event = now.event.happened or now.event.time
    moments = [protocol.moment(text) for text in (now.frozen.time, event)]
    return None not in moments and moments[0] >= moments[1]  # type: ignore[operator]


def unproven(its: Round) -> list[str]:
    """What is not proven of a round, or must be known of it, in full."""
    now = its.now
    said = list(now.banners)
    if not now.announced:
        said.append(NOT_ANNOUNCED)
    if frozen_late(now):
        said.append("这一批次是演示：封库的时候，公开随机数已经产生。正式批次不允许这样。")
    return [*said, *its.faults]


def coming(site: Site) -> list[Round]:
    """Rounds whose event is still to come, the next one first."""
    open_ones = [r for r in site.rounds if not r.now.drawn and not r.now.void]
    return sorted(open_ones, key=lambda r: r.now.event.time)


def newest(site: Site) -> Round | None:
    """The round that the home page is about: the last one that is drawn, or the last one at all."""
    drawn = [r for r in site.rounds if r.now.drawn and not r.now.void]
    every = drawn or list(site.rounds)
    return every[-1] if every else None
