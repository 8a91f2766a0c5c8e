"""简报 for leaders, one page: a round or a year in ten numbers and three sentences, and what
leaders must decide (:mod:`ssj.papers.reports` counts).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ssj.base import formats, params
from ssj.papers import paperwork, reports
from ssj.papers.reports import Attempt
from ssj.protocol import Record

DECISIONS = 5  # at most, so that it stays one page


def briefing(attempts: list[Attempt]) -> Record:
    """What 简报.docx of a round may say: ten numbers, three sentences, what leaders must decide.
    The last attempt must be drawn.
    """
    now = attempts[-1]
    recorded, n = now.records.get("results"), reports.counts_of(now)
    voided = sum("void" in a.records for a in attempts)
    return {
        **paperwork.common(now.record),
        "title": now.record["parameters"]["title"],
        "as_of": reports.as_of(now),
        "counts": n,
        "numbers": _numbers(n, recorded),
        "done": _done(n, recorded, voided),
        "found": _in_short(n, recorded),
        "overdue": _late(n, recorded),
        "decisions": list(decisions(now, n))[:DECISIONS] or ["没有需要领导决定的事项。"],
    }


def _numbers(n: Record, recorded: Record | None) -> list[list[Record]]:
    """Two rows of five: label, number, unit."""

    def of(key: str) -> str:
        return str(n[key]) if recorded is not None else reports.NONE_YET

    published = reports.NONE_YET
    if recorded is not None and n["inspected"]:
        published = formats.percent(n["settled"], n["inspected"])
    cells = [
        ("抽查任务", str(n["tasks"]), "项"),
        ("名录库对象", str(n["targets"]), "个"),
        ("入企检查", str(n["visits"]), "户次"),
        ("合并减少", str(n["saved"]), "户次"),
        ("已检查", of("visited"), "户次"),
        ("发现问题", of("problem"), "户次"),
        ("已公示", of("published"), "户次"),
        ("公示率", published, "含依法不公示"),
        ("超期未公示", of("overdue"), "户次"),
        ("处置未办结", of("open"), "项"),
    ]
    made = [{"label": label, "value": value, "unit": unit} for label, value, unit in cells]
    return [made[:5], made[5:]]


def _done(n: Record, recorded: Record | None, voided: int) -> str:
    again = f"（另有作废的抽取 {voided} 次）" if voided else ""
    changed = f"，抽后更换检查人员 {n['amendments']} 次" if n["amendments"] else ""
    return (
        f"按 {n['tasks']} 项任务抽中 {n['unmerged']} 户次{again}，合并为入企检查 "
        f"{n['visits']} 户次，少进门 {n['saved']} 次，"
        f"随机选派执法人员 {n['officers']} 名"
        + (f"、专家 {n['experts']} 名" if n["experts"] else "")
        + changed
        + (f"；已检查 {n['visited']} 户次。" if recorded is not None else "；检查结果还没有归档。")
    )


def _in_short(n: Record, recorded: Record | None) -> str:
    if recorded is None:
        return "检查结果还没有归档。"
    worst = sorted(
        (s for s in reports.sections(recorded) if s["problem"]),
        key=lambda s: (-s["problem"], s["name"]),
    )
    where = (
        f"：{reports.of_sections(((s['name'], s['problem']) for s in worst), '户次')}"
        if worst
        else ""
    )
    gone = f"；已关闭、迁移或无法联系 {n['gone']} 户" if n["gone"] else ""
    return f"{reports.problems(n['problem'], n['visited'])}{where}{gone}。"


def _late(n: Record, recorded: Record | None) -> str:
    if recorded is None:
        return "检查结果还没有归档，不能统计。"
    texts = [
        text
        for count, text in (
            (
                n["overdue"],
                (
                    f"超过公示期限未公示 {n['overdue']} 户次"
                    f"（{reports.where(recorded, reports.is_overdue)}）"
                ),
            ),
            (n["late_open"], f"后续处置超过期限 {n['late_open']} 项"),
            (n["late"], f"已公示但超期 {n['late']} 户次"),
        )
        if count
    ]
    return ("；".join(texts) or "没有超期的事项") + "。"


def decisions(attempt: Attempt, n: Record) -> Iterator[str]:
    """What leaders must decide, a sentence each."""
    recorded = attempt.records.get("results")
    if recorded is None:
        yield "督促各股室完成检查，及时报送检查结果。"
        return
    if recorded["counts"]["drawn"] and date.fromisoformat(
        recorded["time"][:10]
    ) > date.fromisoformat(recorded["parameters"]["window"]["end"]):
        yield f"检查期间已过，{recorded['counts']['drawn']} 户次没有检查结果：怎样补查，由谁负责。"
    if n["overdue"]:
        yield f"{n['overdue']} 户次超期未公示：由谁负责，何时公示。"
    if n["late_open"]:
        yield f"{n['late_open']} 项后续处置超过期限：是否督办，或者同意延期。"
    if n["to_refer"]:
        yield f"{n['to_refer']} 项处置措施为移送办案机构，还没有登记移送：是否移送。"
    if n["gone"]:
        yield f"{n['gone']} 户已关闭、迁移或无法联系：是否移出检查对象名录库，或者转有关部门。"
    if n["unanswered"]:
        yield f"{n['unanswered']} 件异议还没有答复：由谁答复。"


# --- 简报 of a year ---


def briefing_of_year(review: Record) -> Record:
    """What 简报.docx of a year may say, from ``review.json`` alone."""

    def total(key: str) -> int:
        return sum(r[key] for r in review["rounds"])

    p, by_id = review["parameters"], {i["id"]: i for i in review["indicators"]}
    n: dict[str, int | None] = {
        key: total(key)
        for key in (
            "visits",
            "unmerged",
            "saved",
            "visited",
            "problems",
            "gone",
            "overdue",
            "follow_ups",
            "closed",
        )
    }
    n |= {"open": total("follow_ups") - total("closed"), "unpublished": _unpublished(by_id)}
    said = {
        key: by_id[key]["said"] if key in by_id and by_id[key]["value"] else reports.NONE_YET
        for key in ("Z08", "Z13")
    }
    cells = [
        ("批次", str(len(review["rounds"])), "个"),
        ("计划任务", str(review["plan"]["tasks"]), "项"),
        ("入企检查", str(n["visits"]), "户次"),
        ("合并减少", str(n["saved"]), "户次"),
        ("双随机占比", said["Z08"], "占日常涉企检查"),
        ("已检查", str(n["visited"]), "户次"),
        ("发现问题", str(n["problems"]), "户次"),
        ("公示率", said["Z13"], "口径见考核台账"),
        (
            "尚未公示",
            reports.NONE_YET if n["unpublished"] is None else str(n["unpublished"]),
            "户次",
        ),
        ("处置未办结", str(n["open"]), "项"),
    ]
    numbers = [{"label": label, "value": value, "unit": unit} for label, value, unit in cells]
    return {
        "bureau": p["bureau"],
        "title": p["title"],
        "banners": params.banners(review),
        "banner": "　".join(params.banners(review)),
        "as_of": f"{formats.day(review['as_of'])}（年终评估）",
        "counts": n,
        "numbers": [numbers[:5], numbers[5:]],
        "done": _year_done(review, n),
        "found": _year_found(review, n),
        "overdue": _year_late(review, n),
        "decisions": list(_year_decisions(review, n))[:DECISIONS] or ["没有需要领导决定的事项。"],
    }


def _unpublished(by_id: dict[str, Record]) -> int | None:
    """Inspected visits that are neither published nor lawfully not: what 公示率 lacks; none where
    it can't be said.
    """
    own = by_id.get("Z13", {})
    return (
        own["denominator"] - own["numerator"]
        if own.get("denominator") is not None and own.get("numerator") is not None
        else None
    )


def _year_done(review: Record, n: Record) -> str:
    changed = "".join(
        f"，{text} {len(review[key])} 次"
        for key, text in (("amendments", "抽后更换检查人员"), ("voids", "作废"))
        if review[key]
    )
    return (
        f"全年 {len(review['rounds'])} 个批次抽中 {n['unmerged']} 户次，合并为入企检查 "
        f"{n['visits']} 户次，少进门 {n['saved']} 次{changed}；"
        f"已检查 {n['visited']} 户次。"
    )


def _year_found(review: Record, n: Record) -> str:
    rounds = "、".join(
        f"{r['round']} {r['problems']} 户次"
        for r in review["rounds"][: reports.MOST]
        if r["problems"]
    )
    gone = f"；已关闭、迁移或无法联系 {n['gone']} 户" if n["gone"] else ""
    where = f"（{rounds}）" if rounds else ""
    return f"{reports.problems(n['problems'], n['visited'])}{where}{gone}。"


def _year_late(review: Record, n: Record) -> str:
    late = (
        f"超过公示期限 {n['overdue']} 户次（含后来公示的）"
        if n["overdue"]
        else "没有超过公示期限的"
    )
    late += f"，尚未公示 {n['unpublished']} 户次" if n["unpublished"] else ""
    left = f"；后续处置 {n['follow_ups']} 项，未办结 {n['open']} 项" if n["open"] else ""
    running = (
        f"；全年工作还没有全部完成的批次 {len({r['round'] for r in review['running']})} 个"
        if review["running"]
        else ""
    )
    return f"{late}{left}{running}。"


def _year_decisions(review: Record, n: Record) -> Iterator[str]:
    missed = [i for i in review["indicators"] if i["met"] is False]
    if missed:
        texts = "、".join(
            f"{i['name']} {i['said']}（目标 {i['target']}）" for i in missed[: reports.MOST]
        )
        yield (
            f"没有达到目标的指标 {len(missed)} 项："
            f"{texts}{'等' if len(missed) > reports.MOST else ''}。怎样改进，由谁负责。"
        )
    if n["unpublished"]:
        yield f"{n['unpublished']} 户次检查完毕，尚未公示：由谁负责，何时公示。"
    if n["open"]:
        yield f"{n['open']} 项后续处置没有办结：是否督办。"
    if n["gone"]:
        yield f"{n['gone']} 户已关闭、迁移或无法联系：是否移出检查对象名录库，或者转有关部门。"
    if review["running"]:
        yield (
            "没有全部完成的批次（"
            f"{'、'.join(dict.fromkeys(r['round'] for r in review['running'][: reports.MOST]))}）："
            "何时完成。"
        )
