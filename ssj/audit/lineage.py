"""How one target came to be visited (追溯, backwards): from its row in the frozen roster through
ticket and draw to the team that goes now.

Everything is derived from the records of one attempt; :mod:`ssj.audit.trace` fetches them.
Internal: classes, sizes and chances are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ssj import protocol
from ssj.base import formats, words
from ssj.draw import lists, sizing
from ssj.protocol import Record


@dataclass(frozen=True)
class Line:
    """One fact: what it is about, in words, as values, and the archived file that holds it (``kind
    of stage/folder/file``).
    """

    about: str
    text: str
    source: str
    facts: dict[str, Any] = field(default_factory=dict)


def frozen_lines(
    record: Record, chances: Record, target: str, source: str, chances_source: str
) -> Iterator[Line]:
    """The commitment, the target's row, and how it stands in the frame of each task. ``chances`` is
    ``chances.json``.
    """
    row = next(t for t in record["tables"]["targets"] if t["id"] == target)
    own, elsewhere = row["internal"], protocol.drawn_elsewhere(record["parameters"])
    yield Line(
        "封库校验码",
        formats.grouped(record["commitment"], 8),
        source,
        {"commitment": record["commitment"]},
    )
    yield Line(
        "名录库中的登记",
        _joined(
            row["identity"]["name"],
            f"编号 {target}",
            f"类别 {own['category']}",
            f"信用风险等级 {own['risk_class'] or '未分类'}",
            own.get("section") and f"主管股室 {own['section']}",
            "公开" if own["public"] else f"不公开（{own.get('non_public_basis') or '未写明依据'}）",
        ),
        source,
        {
            "id": target,
            "name": row["identity"]["name"],
            "category": own["category"],
            "risk_class": own["risk_class"],
            "public": own["public"],
        },
    )
    told: Record = next((t for t in chances["targets"] if t["id"] == target), {"frames": []})
    if told.get("visit") and not elsewhere:
        ago = f"{told['last']} 个批次前抽中过" if told["last"] else "已归档的批次中没有抽中过"
        yield Line(
            "被任一任务抽中的机会",
            _joined(
                f"{formats.exact(told['visit'])}（模拟 {chances['draws']} 次）", ago, told["reason"]
            ),
            chances_source,
            {"visit": told["visit"], "last": told["last"], "draws": chances["draws"]},
        )
    calculated, methods = (
        {f["task"]: f for f in told["frames"]},
        {(s["task"], s["stratum"]): s for s in chances["strata"]},
    )
    names = lists.names(record, "tasks")
    if not own["frames"]:
        yield Line("任务", "不在本批次任何任务的对象范围内", source)
    for frame in own["frames"]:
        more, stratum = (
            calculated.get(frame["task"], {}),
            methods.get((frame["task"], frame["stratum"]), {}),
        )
        yield Line(
            f"任务 {frame['task']} {names[frame['task']]}",
            _standing(frame, more, stratum, elsewhere),
            f"{source}、{chances_source}",
            {
                **{key: frame[key] for key in ("task", "stratum", "size")},
                **{
                    key: more.get(key, "")
                    for key in ("weight", "points", "factor", "declared", "actual")
                },
                **{key: stratum.get(key, "") for key in ("count", "n", "method", "bound")},
            },
        )


def _standing(frame: Record, more: Record, stratum: Record, elsewhere: bool) -> str:
    """How a target stands in one frame, in words; no chance of a draw made elsewhere, since it was
    not the one that counted.
    """
    where = f"抽取组 {words.stratum(frame['stratum'])}"
    if not frame["size"]:
        return f"{where}，不抽：{frame.get('reason') or '未写明原因'}"
    said = [
        f"{where}：待抽 {stratum['count']} 户，应抽 {stratum['n']} 户" if stratum else where,
        f"风险权数 {frame['size']}",
    ]
    if more:
        said += [
            f"等级权数 {more['weight']}",
            f"风险因素分 {more['points']}",
            f"降频系数 {formats.millionths(more['factor'])}",
        ]
    if more and not elsewhere:
        actual = (
            f"实际抽中机会 {formats.exact(more['actual'])}"
            if more["actual"]
            else f"实际抽中机会未算出，与申报的相差不超过 {stratum.get('bound', '')}（相对）"
        )
        said += [
            f"申报抽中机会 {formats.exact(more['declared'])}",
            actual,
            sizing.METHODS.get(stratum.get("method", ""), ""),
        ]
    return _joined(*said)


def event_lines(record: Record, source: str) -> Iterator[Line]:
    """The announced event; drawn, also its text, who was there, and the seed, derived again."""
    event, entropy = record["event"], record.get("entropy")
    yield Line(
        "公告的公开随机数来源",
        _joined(
            words.event(event),
            formats.time(event["time"]),
            event["place"],
            f"保管人 {'、'.join(event['custodians']) or '无'}",
        ),
        source,
    )
    if entropy is None:
        return
    missing = protocol.unproven(record)
    unique = protocol.BANNERS.get(missing, "两名以上保管人签名证明只收到这一个封库校验码")
    yield Line(
        "公开随机数",
        _joined(
            entropy["text"],
            formats.time(entropy["time"]),
            entropy["place"],
            "、".join(f"{r['role']} {r['name']}" for r in entropy["roles"]),
            unique,
        ),
        source,
        {"text": entropy["text"]},
    )
    yield Line(
        "抽取随机数",
        f"{record['seed']}（封库校验码、公开随机数 → SHA-256）",
        source,
        {"seed": record["seed"]},
    )


def drawn_lines(record: Record, target: str, source: str) -> Iterator[Line]:
    """The target's ticket, and for each task how it was drawn, or that it was not."""
    if protocol.drawn_elsewhere(record["parameters"]):
        yield from _external(record, target, source)
        return
    ticket = protocol.target_ticket(record, record["seed"], "target", target)
    number = protocol.ticket_number(ticket)
    yield Line(
        "签号",
        f"{ticket}；签号数 {number}（由抽取随机数、编号和本户防推码重算；风险权数相同的，"
        "越小越先抽）",
        source,
        {"ticket": ticket, "number": number},
    )
    frames, sizes = (
        {f["task"]: f for f in lists.internals(record, "targets")[target]["frames"]},
        protocol.frames(record),
    )
    for part in record["drawn"]:
        frame = frames.get(part["task"])
        if frame is None or frame["stratum"] != part["stratum"] or not frame["size"]:
            continue
        last = (
            protocol.target_ticket(record, record["seed"], "target", part["by_ticket"][-1])
            if part["by_ticket"]
            else ""
        )
        place = part["by_ticket"].index(target) + 1 if target in part["by_ticket"] else 0
        how = "全部抽取" if target in part["certain"] else "按签号抽取" if place else ""
        text = (
            "抽中：全部抽取（必抽）"
            if how == "全部抽取"
            else f"抽中：按签号抽取，第 {place} 位（共抽 {len(part['by_ticket'])} 户）"
            if place
            else "没有抽中"
        )
        cut = (
            f"末位抽中签号 {last}（签号数 {protocol.ticket_number(last)}）"
            if last
            else "本抽取组没有按签号抽取的"
        )
        uneven = len({size for _, size in sizes[part["task"], part["stratum"]] if size}) > 1
        order = (
            f"组内风险权数不同（本户 {frame['size']}），先后按签号数和风险权数换算（协议 §6.3）"
            if uneven and last
            else ""
        )
        yield Line(
            f"任务 {part['task']} 的抽取",
            _joined(f"抽取组 {words.stratum(part['stratum'])}", text, cut, order),
            source,
            {
                "task": part["task"],
                "stratum": part["stratum"],
                "how": how,
                "place": place,
                "last": last,
            },
        )


def _external(record: Record, target: str, source: str) -> Iterator[Line]:
    listed = {
        row["task"]: row for row in record.get("platform_list", []) if row["target"] == target
    }
    for part in record["drawn"]:
        if target in part["external"]:
            row = listed.get(part["task"], {})
            where = (
                (
                    f"平台名单第 {row['row']} 行，平台任务编号 {row['number'] or '没有写'}，"
                    f"平台上的抽取时间 {row['time'] or '没有写'}"
                )
                if row
                else ""
            )
            yield Line(
                f"任务 {part['task']} 的抽取",
                _joined("外部抽取：由省级平台抽取，是否抽中与签号无关", where),
                source,
                {"task": part["task"], "how": "外部抽取"},
            )


def visit_lines(record: Record, target: str, source: str) -> Iterator[Line]:
    """The visit, its team as drawn, who was passed over for it and why; nothing for a target that
    was not drawn.
    """
    visit = next((v for v in record["visits"] if v["id"] == target), None)
    if visit is None:
        yield Line("入企检查", "本次没有抽中", source)
        return
    number, items = lists.visit_numbers(record)[target], lists.names(record, "items")
    yield Line(
        "入企检查",
        _joined(
            f"检查编号 {number}",
            f"任务 {'、'.join(visit['tasks'])}",
            f"事项 {'、'.join(f'{i} {items[i]}' for i in visit['items'])}",
        ),
        source,
        {"number": number, "tasks": visit["tasks"], "items": visit["items"]},
    )
    for kind, title in (("officers", "检查组"), ("experts", "专家")):
        match = record[kind]
        for group in (
            a for a in match.get("groups", {}).get("allotted", ()) if a["visit"] == target
        ):
            yield Line(
                "抽中的组（先组后户）",
                "、".join(people_of(record, group["group"].split("+"))),
                source,
                {"group": group["group"]},
            )
        yield from seat_lines(record, target, match, title, source)


def seat_lines(
    record: Record, target: str, match: Record, title: str, source: str
) -> Iterator[Line]:
    """Who takes which seat of the visit, and who came first by lot and was passed over; of the draw
    or of an amendment.
    """
    for row in (r for r in lists.seat_rows(record, match) if r["visit"] == target):
        yield Line(
            f"{title} {row['seat']}",
            _joined(
                f"{row['person']}（{row['officer']}）",
                row["certificate"] and f"执法证号 {row['certificate']}",
                row["note"],
            ),
            source,
            {"officer": row["officer"]},
        )
    for row in (r for r in lists.skipped_rows(record, match) if r["visit"] == target):
        left = f"将缺人的检查 {'、'.join(row['short'])}" if row["short"] else ""
        yield Line(
            f"签号在前而未指派（{row['seat']}）",
            _joined(f"{row['person']}（{row['officer']}）", row["reason"], left),
            source,
            {"officer": row["officer"]},
        )


def amended_lines(record: Record, target: str, sources: Iterable[str]) -> Iterator[Line]:
    """Amendments of the visit, and who goes now; ``sources``: the file of each amendment."""
    people, sources = lists.names(record, "officers"), list(sources)
    touched = False
    for number, (amendment, source) in enumerate(
        zip(record.get("amendments", ()), sources, strict=True), 1
    ):
        if target not in amendment["visits"]:
            continue
        touched, gone = True, amendment["officer"]
        yield Line(
            f"抽后调整（第 {number} 次）",
            _joined(
                f"{words.people(people, [gone])[0]}不能参加",
                f"理由 {amendment['reason']}",
                amendment["note"],
                f"审批人 {amendment['approver']}，{formats.day(amendment['date'])}",
            ),
            source,
            {key: amendment[key] for key in ("officer", "reason", "approver", "date")},
        )
        yield from seat_lines(record, target, amendment, "递补", source)
    if touched:
        now = [
            t["officer"]
            for taken in protocol.teams_now(record).values()
            for t in taken
            if t["visit"] == target
        ]
        yield Line(
            "现在的检查组", "、".join(people_of(record, now)), sources[-1], {"officers": now}
        )


def void_lines(void: Record, target: str, source: str) -> Iterator[Line]:
    """That the attempt was ended, and whether its event had drawn the target all the same."""
    yield Line(
        "作废",
        _joined(
            formats.time(void["time"]),
            f"理由 {void['reason']}",
            void["note"],
            f"审批人 {void['approver']}，{formats.day(void['date'])}",
            f"证明人 {'、'.join(void['witnesses'])}" if void["witnesses"] else "",
            "作废时已经抽取" if void["drawn"] else "作废时没有抽取",
        ),
        source,
        {key: void[key] for key in ("reason", "approver", "date", "drawn")},
    )
    if "unstaffed" in void:
        kept = void["unstaffed"]
        yield Line(
            "检查组排不出来的抽取",
            _joined(
                f"公开随机数 {kept['entropy']['text']}",
                "抽中了这一户" if target in kept["visits"] else "没有抽中这一户",
                kept["why"],
            ),
            source,
        )


def people_of(record: Record, ids: Iterable[str]) -> list[str]:
    """Officers as 姓名（工号）."""
    return words.people(lists.names(record, "officers"), ids)


def differing_sizes(record: Record, chances: Record, target: str) -> list[str]:
    """Tasks for which ``chances.json`` was calculated with another size than the one that was
    frozen.
    """
    told: list[Record] = next((t["frames"] for t in chances["targets"] if t["id"] == target), [])
    own = {f["task"]: f["size"] for f in lists.internals(record, "targets")[target]["frames"]}
    return sorted(
        task
        for task in own.keys() | {f["task"] for f in told}
        if own.get(task) != {f["task"]: f["size"] for f in told}.get(task)
    )


def _joined(*parts: Any) -> str:
    return "；".join(str(part) for part in parts if part)
