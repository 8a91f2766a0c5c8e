"""季度报告: what a round came to, in plain words and counts, each worked out from its archived
records and nothing else; the counts of 简报 too.

No clock: what is overdue is so on the day of the last results stage, which both papers name.
Numbers of documents, seals, signatures and dates of signing are blanks of the templates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ssj import protocol
from ssj.base import formats, words
from ssj.draw import lists
from ssj.papers import paperwork
from ssj.protocol import Record
from ssj.results import results, scans
from ssj.results.registers import Registers
from ssj.tables import schema

NONE_YET = "——"  # in place of a number that no archived record gives
LONGEST = 14  # characters of a section's name in a sentence
MOST = 4  # sections named in a sentence
NO_SECTION = "未写明股室"


@dataclass(frozen=True)
class Attempt:
    """One attempt (第×次抽取) of a round as archived: its ledger entries, and what the last stage
    of each kind left.
    """

    number: int
    stages: list[Record]
    records: dict[str, Record]

    @property
    def record(self) -> Record:
        """The draw record with its amendments; of an attempt without a draw the frozen one."""
        return next(
            self.records[kind] for kind in ("amend", "draw", "freeze") if kind in self.records
        )

    @property
    def drawn(self) -> bool:
        """Whether there is a draw that counts."""
        return "draw" in self.records and "void" not in self.records

    def time(self, kind: str) -> str:
        """When the last stage of a kind was entered (ISO); empty if there is none."""
        return next(
            (e["time"] for e in reversed(self.stages) if e["stage"].partition("-")[2] == kind), ""
        )


# --- counts ---


def publication(recorded: Record) -> dict[str, int]:
    """Of the visits with a date (``inspected``): lawfully not published (``exempt``), and of the
    ``due`` others how many are published in time or late, not published though overdue, or still
    within their time; ``settled``: published or lawfully not.
    """
    visited = [v for v in recorded["visits"] if v["date"]]
    due = [v for v in visited if not v["not_public"]]
    out = [v for v in due if v["published_on"]]
    exempt = len(visited) - len(due)
    return {
        "inspected": len(visited),
        "exempt": exempt,
        "due": len(due),
        "published": len(out),
        "settled": len(out) + exempt,
        "timely": sum(not v["overdue"] for v in out),
        "late": sum(v["overdue"] for v in out),
        "overdue": sum(v["overdue"] and not v["published_on"] for v in due),
        "waiting": sum(not v["overdue"] and not v["published_on"] for v in due),
    }


def problems(n: int, inspected: int) -> str:
    """How many visits found problems, and their share, if there are any visits yet.

    >>> problems(1, 3), problems(0, 0)
    ('发现问题 1 户次，占已检查的 33.3 %', '发现问题 0 户次')
    """
    share = f"，占已检查的 {formats.percent(n, inspected)}" if inspected else ""
    return f"发现问题 {n} 户次{share}"


def open_follow_ups(recorded: Record) -> tuple[list[Record], list[Record], list[Record]]:
    """Findings (visit and item) that are to be followed up: closed ones, open ones, and those of
    the open whose time is over.
    """
    registers, today = (
        Registers({table: recorded[table] for table in schema.REGISTERS}),
        recorded["time"][:10],
    )
    closed, left, late = [], [], []
    for row in recorded["rows"]:
        if not results.needs_follow_up(row):
            continue
        if results.closed_on(row, registers):
            closed.append(row)
            continue
        left.append(row)
        if any(due and due < today for due in _dues(recorded, row)):
            late.append(row)
    return closed, left, late


def _dues(recorded: Record, row: Record) -> Iterator[str]:
    """Until when each open measure of a finding is to be done, by 后续处置表 or else by the row
    itself; empty where nobody says.
    """
    own = {f["measure"]: f for f in _followed(recorded, row)}
    yield from (f["due"] or row["due"] for f in own.values() if not f["closed_on"])
    if not row["closed_on"] and any(
        m not in own and m != results.NO_FOLLOW_UP for m in row["measure"]
    ):
        yield row["due"]


def _followed(recorded: Record, row: Record) -> list[Record]:
    return [
        f for f in recorded["followup"] if (f["number"], f["item"]) == (row["number"], row["item"])
    ]


def to_refer(recorded: Record) -> list[Record]:
    """Open findings whose measure is 移送办案机构, and that the register does not show as referred
    yet.
    """
    return [
        row
        for row in open_follow_ups(recorded)[1]
        if "移送办案机构" in row["measure"]
        and not any(f["referred_on"] for f in _followed(recorded, row))
    ]


def categories(recorded: Record) -> list[Record]:
    """Every result category with its items and visits; kinds of 发现问题待后续处理 where there are
    any, set in.
    """
    kinds = set(schema.KINDS_TO_FOLLOW)
    own = [
        (
            {*row["results"], schema.TO_FOLLOW}
            if kinds & set(row["results"])
            else set(row["results"]),
            row["number"],
        )
        for row in recorded["rows"]
    ]
    found = []
    for name in schema.RESULTS:
        found.append({"name": name, **_counted(own, name)})
        if name == schema.TO_FOLLOW:
            found += [
                {"name": f"　其中：{kind}", **counts}
                for kind in schema.KINDS_TO_FOLLOW
                if (counts := _counted(own, kind))["count"]
            ]
    return found


def _counted(rows: list[tuple[set[str], str]], name: str) -> dict[str, int]:
    mine = [number for said, number in rows if name in said]
    return {"count": len(mine), "visits": len(set(mine))}


def sections(recorded: Record) -> list[Record]:
    """Each section (主管股室) with its visits: drawn, visited, with problems, published, overdue,
    not closed.
    """
    left = {row["number"] for row in open_follow_ups(recorded)[1]}
    found = []
    for name in sorted({v["section"] for v in recorded["visits"]}):
        own = [v for v in recorded["visits"] if v["section"] == name]
        counts = publication({"visits": own})
        found.append(
            {
                "name": name or NO_SECTION,
                "drawn": len(own),
                "visited": len(own) - sum(v["state"] == "drawn" for v in own),
                "problem": sum(v["problem"] for v in own),
                "published": counts["published"],
                "exempt": counts["exempt"],
                "overdue": counts["overdue"],
                "open": sum(v["number"] in left for v in own),
            }
        )
    return found


def of_sections(counts: Iterable[tuple[str, int]], unit: str) -> str:
    """``样例股 3 户次、样例站 1 户次``: the largest first, at most ``MOST`` of them, the rest
    summed up.
    """
    known = sorted(
        ((n, name or NO_SECTION) for name, n in counts if n), key=lambda one: (-one[0], one[1])
    )
    texts = [
        f"{name if len(name) <= LONGEST else name[: LONGEST - 1] + '…'} {n} {unit}"
        for n, name in known[:MOST]
    ]
    rest = known[MOST:]
    return "、".join(
        texts + [f"其余 {len(rest)} 个股室 {sum(n for n, _ in rest)} {unit}"] * bool(rest)
    )


def counts_of(attempt: Attempt) -> Record:
    """All numbers that the papers use; those of results only where results are archived."""
    total, recorded = lists.counts(attempt.record), attempt.records.get("results")
    amendments = attempt.record.get("amendments", [])
    counts = {
        **total,
        "tasks": len(total["tasks"]),
        "amendments": len(amendments),
        "amended": len({i for a in amendments for i in a["visits"]}),
        "rows": sum(len(v["items"]) for v in attempt.record["visits"]),
    }
    if recorded is None:
        return counts
    closed, left, late = open_follow_ups(recorded)
    return {
        **counts,
        **publication(recorded),
        "visited": counts["visits"] - recorded["counts"]["drawn"],
        "answered": len(recorded["rows"]),
        "problem": sum(v["problem"] for v in recorded["visits"]),
        "gone": sum(v["gone"] for v in recorded["visits"]),
        "closed": len(closed),
        "open": len(left),
        "late_open": len(late),
        "to_refer": len(to_refer(recorded)),
        "no_measure": sum(v["state"] == "published" for v in recorded["visits"]),
        "objections": len(recorded["objections"]),
        "unanswered": sum(not o["answered_on"] for o in recorded["objections"]),
        "corrected": sum(c["action"] == "更正" for c in recorded["corrections"]),
        "withdrawn": sum(c["action"] == "撤下" for c in recorded["corrections"]),
    }


# --- 季度报告 ---


def quarterly(attempts: list[Attempt]) -> Record:
    """What 季度报告.docx may say; the last attempt must be drawn."""
    now = attempts[-1]
    record, recorded, n = now.record, now.records.get("results"), counts_of(now)
    return {
        **paperwork.common(record),
        "as_of": as_of(now),
        "counts": n,
        "begun": _begun(now, n),
        "tasks": _tasks(record),
        "drawn": _drawn(record, n),
        "changes": list(changes(attempts)),
        "states": _states(recorded),
        "categories": categories(recorded) if recorded else [],
        "sections": sections(recorded) if recorded else [],
        "found": _found(recorded, n),
        "published": _published(recorded, n),
        "followed": list(_followed_up(recorded, n)),
        "todo": list(todo(now, n)) or ["各项都已完成。"],
    }


def as_of(attempt: Attempt) -> str:
    """The day that the numbers are of, in words: of the last results, or else of the draw or its
    last amendment.
    """
    kind = next(k for k in ("results", "amend", "draw") if attempt.time(k))
    return (
        f"{formats.day(attempt.time(kind)[:10])}（"
        f"{'最近一次归档的检查结果' if kind == 'results' else '抽取以后，检查结果还没有归档'}）"
    )


def _begun(attempt: Attempt, n: Record) -> str:
    record = attempt.record
    approved = [
        f"{a['approver']}于{formats.day(a['date'])}批准"
        for a in record["parameters"]["approval"]
        if a["matter"] == paperwork.MATTER
    ]
    return (
        f"本批次抽查方案{'、'.join(approved) or '的审批见抽查方案审批表'}。"
        f"{formats.day(attempt.time('freeze')[:10])}封库，固定随机抽查事项清单、检查对象名录库"
        f"（{n['targets']} 个对象，其中 {n['eligible']} 个待抽）、"
        "执法检查人员名录库和抽查任务，封库校验码前 16 位为 "
        f"{formats.grouped(record['commitment'][:16], 8)}。"
        "公开随机数"
        f"（{words.event(record['event'])}）{formats.time(record['entropy']['time'])}在"
        f"{record['entropy']['place']}产生，{formats.day(attempt.time('draw')[:10])}抽取。"
    )


def _tasks(record: Record) -> list[Record]:
    kinds = lists.internals(record, "tasks")
    return [{**t, "kind": kinds[t["task"]]["kind"]} for t in lists.counts(record)["tasks"]]


def _drawn(record: Record, n: Record) -> str:
    elsewhere = (
        f"{words.DRAWN_BY['platform']}。" if protocol.drawn_elsewhere(record["parameters"]) else ""
    )
    return (
        f"{elsewhere}{n['tasks']} 项抽查任务共抽中 {n['unmerged']} 户次，"
        f"多项任务合并后入企检查 {n['visits']} 户次，减少 {n['saved']} 户次"
        f"（进一次门、查多项事）；检查事项合计 {n['rows']} 项。随机选派执法人员 {n['officers']} 名"
        + (f"、专家 {n['experts']} 名" if n["experts"] else "")
        + "。"
    )


def changes(attempts: list[Attempt]) -> Iterator[str]:
    """What was changed after a freeze: voided attempts and amendments, a sentence each; one that
    says so if nothing was.
    """
    changed = False
    for a in attempts:
        if void := a.records.get("void"):
            changed = True
            note = f"（{void['note']}）" if void["note"] else ""
            yield (
                f"第 {a.number} 次抽取{'在抽取以后' if void['drawn'] else '在抽取以前'}作废："
                f"{void['reason']}{note}，{void['approver']}于{formats.day(void['date'])}批准。"
            )
    record = attempts[-1].record
    if made := record.get("amendments", []):
        changed = True
        reasons = "、".join(
            f"{reason} {n} 次" for reason, n in Counter(a["reason"] for a in made).most_common()
        )
        approvers = "、".join(dict.fromkeys(a["approver"] for a in made))
        yield (
            f"抽后调整检查人员 {len(made)} 次（{reasons}），涉及 "
            f"{len({i for a in made for i in a['visits']})} 户次，由签号在后的人员递补，审批人："
            f"{approvers}。"
        )
    if not changed:
        yield "本批次没有作废的抽取，也没有抽后调整。"


def _states(recorded: Record | None) -> list[Record]:
    return (
        [{"name": name, "visits": recorded["counts"][key]} for key, name in results.STATES.items()]
        if recorded
        else []
    )


def _found(recorded: Record | None, n: Record) -> str:
    if recorded is None:
        return "检查结果还没有归档。"
    gone = (
        f"已关闭、迁移或无法联系的 {n['gone']} 户，作为检查结果如实记录，没有替换。"
        if n["gone"]
        else ""
    )
    return (
        f"抽中的 {n['visits']} 户次中，已检查 {n['visited']} 户次；{n['rows']} 项检查事项中，"
        f"已有结果 {n['answered']} 项。"
        f"{problems(n['problem'], n['visited'])}。{gone}"
    )


def _published(recorded: Record | None, n: Record) -> str:
    if recorded is None:
        return "检查结果还没有归档，没有公示情况可以统计。"
    days = results.deadline_of(recorded, "publish")
    return (
        f"公示期限为检查结束后 {days} 个工作日。已检查 {n['inspected']} 户次，其中已公示 "
        f"{n['published']} 户次（按期 {n['timely']} 户次，超期 {n['late']} 户次），"
        f"依法不公示 {n['exempt']} 户次（理由逐户记录）。公示率 "
        f"{formats.percent(n['settled'], n['inspected'])}，"
        f"即已公示和依法不公示的 {n['settled']} 户次，占已检查的 "
        f"{n['inspected']} 户次。尚未公示的，已超期 {n['overdue']} 户次，未到期限 "
        f"{n['waiting']} 户次。"
    )


def _followed_up(recorded: Record | None, n: Record) -> Iterator[str]:
    if recorded is None:
        yield "检查结果还没有归档，没有后续处置可以统计。"
        return
    measures = Counter(
        m for row in recorded["rows"] if results.has_problem(row) for m in row["measure"]
    )
    said = "、".join(f"{name} {measures[name]} 项" for name in schema.FOLLOW_UP if measures[name])
    yield (
        f"发现问题的检查事项中，处置措施为：{said or '无'}。需要后续处置 "
        f"{n['closed'] + n['open']} 项，已办结 {n['closed']} 项，"
        f"未办结 {n['open']} 项，其中超过期限 {n['late_open']} 项。"
    )
    register = recorded["followup"]
    if register:
        yield (
            f"后续处置表登记 {len(register)} 条：复查 "
            f"{sum(bool(f['rechecked_on']) for f in register)} 条，移送 "
            f"{sum(bool(f['referred_on']) for f in register)} 条，"
            f"立案 {sum(bool(f['filed_on']) for f in register)} 条，作出决定 "
            f"{sum(bool(f['decided_on']) for f in register)} 条，"
            "其中重大决定经法制审核 "
            f"{sum(bool(f['major'] and f['legal_reviewed_on']) for f in register)} "
            f"条（重大决定共 {sum(bool(f['major']) for f in register)} 条）。"
        )
    if n["objections"] or n["corrected"] or n["withdrawn"]:
        yield (
            f"收到异议 {n['objections']} 件，已答复 {n['objections'] - n['unanswered']} 件；"
            f"更正 {n['corrected']} 件，依法撤下 {n['withdrawn']} 件。"
        )


def todo(attempt: Attempt, n: Record) -> Iterator[str]:
    """What is still to be done, a sentence each."""
    recorded, record = attempt.records.get("results"), attempt.record
    if recorded is None:
        yield (
            f"{n['visits']} 户次的检查结果还没有归档（检查期间 "
            f"{formats.period(record['parameters']['window'])}）。"
        )
    else:
        yield from _unfinished(recorded, n)
    if not protocol.drawn_elsewhere(record["parameters"]):
        platform = attempt.records.get("platform")
        wrong = (
            0
            if platform is None
            else sum(
                platform["counts"][key] for key in ("missing", "extra", "name", "officers", "twice")
            )
        )
        if platform is None:
            yield "还没有与省级平台的名单核对。"
        elif wrong:
            yield f"与省级平台核对不一致 {wrong} 处，待在平台更正后再核对。"
    kept = attempt.records.get("papers")
    missing = (
        n["visits"]
        if kept is None
        else sum(bool(v["missing"]) for v in scans.by_visit(record, kept))
    )
    if missing:
        yield f"{missing} 户次签字的检查文书还没有收齐。"


def _unfinished(recorded: Record, n: Record) -> Iterator[str]:
    state = recorded["counts"]
    if state["drawn"]:
        yield (
            f"{state['drawn']} 户次还没有检查结果："
            f"{where(recorded, lambda v: v['state'] == 'drawn')}。"
        )
    if state["visited"]:
        yield (
            f"{state['visited']} 户次结果没有填全，或者没有写明录入人："
            f"{where(recorded, lambda v: v['state'] == 'visited')}。"
        )
    if state["entered"]:
        yield (
            f"{state['entered']} 户次已录入，等待审核："
            f"{where(recorded, lambda v: v['state'] == 'entered')}。"
        )
    if n["overdue"]:
        yield f"{n['overdue']} 户次超过公示期限还没有公示：{where(recorded, is_overdue)}。"
    if n["waiting"]:
        first = min(
            v["deadline"]
            for v in recorded["visits"]
            if v["date"] and not (v["not_public"] or v["overdue"] or v["published_on"])
        )
        yield f"{n['waiting']} 户次在公示期限内，最早的一户到{formats.day(first)}为止。"
    if n["no_measure"]:
        yield f"{n['no_measure']} 户次发现问题，还没有写明处置措施。"
    if n["open"]:
        yield (
            f"{n['open']} 项后续处置还没有办结"
            + (f"，其中 {n['late_open']} 项超过期限" if n["late_open"] else "")
            + "。"
        )
    if n["unanswered"]:
        yield f"{n['unanswered']} 件异议还没有答复。"


def is_overdue(visit: Record) -> bool:
    return visit["overdue"] and not visit["published_on"]


def where(recorded: Record, wanted: Any) -> str:
    return of_sections(
        Counter(v["section"] for v in recorded["visits"] if wanted(v)).items(), "户次"
    )
