"""What each paper (检查文书) may say, from a record: the names that stand in the Word templates,
and the sheets of 任务派发表.xlsx.

Papers that leave the bureau know of no task, class, size, stratum, ticket or pool: a template can't
show what is not among its names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from ssj import protocol
from ssj.base import formats, params, words
from ssj.draw import checkcodes, factors, lists, year_counts
from ssj.papers import confirmation, pictures
from ssj.protocol import Record
from ssj.results import scans
from ssj.results.results import deadline_of
from ssj.tables import schema, scopes, writing
from ssj.tables.writing import Sheets

MATTER = "抽查方案"  # as round.toml names what the form for it approves
MARKS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
CHECK = "check"  # the picture of a visit's code (检查码)
CHECK_TAG = f"{CHECK}.picture"  # where templates have it
NO_SECTION = "（未写明股室）"
ACROSS, SINGLY = 8, 64  # cells in a row of 公开随机数记录纸; characters that get a cell each
SHORT = {"演示批次": confirmation.DEMONSTRATION}  # of banners, for headers


def common(record: Record) -> Record:
    """What every paper may name."""
    p, banners = record["parameters"], params.banners(record)
    heads = [text.partition("：")[0] for text in banners if "：" in text]
    return {
        "bureau": p["bureau"],
        "round": record["round"],
        "round_title": p["title"],
        "attempt": record["attempt"],
        "window": formats.period(p["window"]),
        "publication_day": formats.day(p["publication_day"]),
        "banners": banners,
        "banner": "　".join(SHORT.get(head, head) for head in heads),
    }


def event(record: Record) -> Record:
    """What papers say of the event that is announced."""
    announced = record["event"]
    source = f"（{announced['source']}）" if announced.get("source") else ""
    return {
        "event": words.event(announced) + source,
        "event_time": formats.time(announced["time"]),
        "event_place": announced["place"],
        "event_fallback": announced["fallback"].rstrip("。"),
        "custodians": "、".join(announced["custodians"]),
    }


# Before the draw


def scheme(record: Record) -> Record:
    """抽查方案审批表, of a frozen record or of what is to be frozen: inside the bureau, with ratios
    by class.
    """
    tasks = list(_tasks(record))
    return {
        **common(record),
        **event(record),
        "tasks": tasks,
        "total": sum(t["n"] for t in tasks),
        "rules": [*_rules(record["parameters"]), *_recognised(record)],
        "approvers": "、".join(_approvers(record["parameters"])),
    }


def _approvers(parameters: Record) -> list[str]:
    named = [
        name
        for a in parameters.get("authority", [])
        if a["matter"] == MATTER
        for name in a["approvers"]
    ]
    return named or list(
        dict.fromkeys(a["approver"] for a in parameters["approval"] if a["matter"] == MATTER)
    )


def _tasks(record: Record) -> Iterator[Record]:
    item_names = lists.names(record, "items")
    for task in record["tables"]["tasks"]:
        own, (count, n) = task["internal"], lists.planned(record, task)
        scope = scopes.text(
            own["categories"],
            own["tags"],
            own.get("risk_classes", ()),
            own.get("conditions", ()),
            own.get("pool", ""),
        )
        ratios = [
            (f"{s['stratum']} " if s["stratum"] != protocol.ALL else "") + formats.exact(s["ratio"])
            for s in own["strata"]
        ]
        yield {
            "id": task["id"],
            "name": task["identity"]["name"],
            "kind": own["kind"],
            "method": "定向" if own["directed"] else "不定向",
            "item_names": "、".join(item_names[i] for i in own["items"]),
            "scope": scope.removeprefix("类别："),
            "ratio": _pairs(ratios),
            "count": count,
            "n": n,
            "departments": "、".join(own["departments"]),
            "team_size": own["team_size"],
            "expert": own["expert"],
        }


def _pairs(texts: list[str]) -> str:
    """Two on a line."""
    return "；\n".join("；".join(texts[n : n + 2]) for n in range(0, len(texts), 2))


def _rules(p: Record) -> Iterator[str]:
    """What the approver must see besides."""
    if protocol.drawn_elsewhere(p):
        yield words.DRAWN_BY["platform"]
    for a in p.get("above_maximum", []):
        yield f"任务 {a['task']} 对 {a['class']} 类的抽查比例高于该类上限：{a['reason']}"
    for a in p.get("above_cap", []):
        yield f"任务 {a['task']} 不受年度上限限制：{a['reason']}"
    if rule := p.get("cool_down"):
        yield (
            f"近期已查降频：近 {rule['rounds']} 个批次查过的，抽中机会乘以 {rule['epsilon']}，"
            "其余相应补足"
        )
    if p.get("risk_factors"):
        said = factors.described(p["risk_factors"]).items()
        yield "风险因素：" + "；".join(
            f"{name} {'、'.join(own) if isinstance(own, tuple) else own}" for name, own in said
        )
    if p.get("team_mode") == "groups":
        yield "检查组先组后户：先由签号编组，再由签号分派检查"
    if p.get("rotation"):
        yield "轮换：上次检查过该户的人员，这次不去"
    caps = [
        f"{name} 类 {own['yearly_cap']} 户次"
        for name, own in p.get("classes", {}).items()
        if own.get("yearly_cap")
    ]
    year = p.get("year_caps") or {}
    together = (("本层级各部门合计", year.get("level")), ("各层级合计", year.get("together")))
    caps += [f"{name} {n} 次" for name, n in together if n]
    yield "年度检查频次上限：" + ("；".join(caps) or "不限")
    yield (
        "等级、标签、状态和风险因素的改动，以及因年度上限、结果互认不抽的对象，见封库过程记录（内部），"
        "已复核的例外见名录核对过程记录（内部），均在“请审批人逐条核对”各表"
    )


def _recognised(record: Record) -> Iterator[str]:
    """How many targets other departments have inspected, so that they are not drawn for a task (结
    果互认).
    """
    frames = [
        (t["id"], f["task"])
        for t in record["tables"]["targets"]
        for f in t["internal"]["frames"]
        if f.get("rule") == "X2"
    ]
    if frames:
        yield (
            f"结果互认：{len({i for i, _ in frames})} 户本年已由其他部门检查，共 "
            f"{len(frames)} 处（一户一项任务为一处）不抽；来源单位、事项、日期和文件校验码，"
            "逐户列在封库过程记录（内部）中"
        )


def notice(record: Record) -> Record:
    """封库公告, of a frozen record: for the public."""
    public = protocol.public_list(record)
    items = [
        {
            "id": i["id"],
            "name": i["identity"]["name"],
            **{key: i["internal"][key] for key in ("department", "kind", "basis", "method")},
        }
        for i in record["tables"]["items"]
    ]
    return {
        **common(record),
        **event(record),
        "commitment_lines": formats.digit_lines(record["commitment"]),
        "items": items,
        "targets": len(record["tables"]["targets"]),
        "unnamed": public["unnamed"],
        "people": len(record["tables"]["officers"]),
    }


def acknowledgement(record: Record, custodian: str) -> Record:
    """保管人回执, of a frozen record: the custodian writes the digits, so none stands in it."""
    return {**common(record), **event(record), "custodian": custodian}


def event_sheet(record: Record) -> Record:
    """公开随机数记录纸, of a frozen record: an empty cell for each die, figure or group of
    characters of the announced event.
    """
    announced = record["event"]
    drawn = protocol.EVENTS[announced["kind"]].separator
    return {
        **common(record),
        **event(record),
        "rows": list(_cells_to_fill(announced)),
        "drawing": "一期一行，加号后面的号码写在带“+”的格里。" if drawn else "次序事先定好。",
        "parties": [party["name"] for party in announced.get("parties", [])],
        "writing": words.form(announced),
        "roles": list(confirmation.SIGNERS),
    }


def _cells_to_fill(announced: Record) -> Iterator[Record]:
    """Rows of at most ``ACROSS`` cells, by what the kind of event says of its text."""
    kind, count = protocol.EVENTS[announced["kind"]], announced["count"]
    if kind.separator:
        first, _, after = kind.example.partition("+")
        marks = [str(n) for n, _ in enumerate(first.split(","), 1)]
        marks += [f"+{n}" for n, _ in enumerate(after.split(","), 1) if after]
        for n in range(1, count + 1):
            yield from _in_rows(marks, f"第 {n} {kind.unit}")
        return
    characters = count // kind.per
    each = 1 if characters <= SINGLY else kind.group
    starts = range(1, characters + 1, each)
    ends = [min(at + each - 1, characters) for at in starts]
    yield from _in_rows(
        [f"{at}" if at == end else f"{at}–{end}" for at, end in zip(starts, ends, strict=True)]
    )


def _in_rows(marks: list[str], label: str = "") -> Iterator[Record]:
    for at in range(0, len(marks), ACROSS):
        own = marks[at : at + ACROSS]
        yield {
            "label": label or f"第 {own[0].split('–')[0]} 至 {own[-1].split('–')[-1]}",
            "marks": own + [""] * (ACROSS - len(own)),
        }


# After the draw


def visits(record: Record) -> Iterator[tuple[Record, Record]]:
    """For each visit, in order of 检查编号: what its papers may say to the firm, and besides inside
    the bureau.
    """
    codes, page = checkcodes.codes(record), record["parameters"].get("check_page") or ""
    shared, numbers, people, items = (
        common(record),
        lists.visit_numbers(record),
        _people(record),
        _items(record),
    )
    results = [
        {
            "mark": mark,
            "name": name,
            "parts": list(schema.KINDS_TO_FOLLOW) * (name == schema.TO_FOLLOW),
        }
        for mark, name in zip(MARKS, schema.RESULTS, strict=False)
    ]
    own, tasks = lists.internals(record, "targets"), lists.names(record, "tasks")
    known = lists.names(record, "targets")
    for visit in sorted(record["visits"], key=lambda v: numbers[v["id"]]):
        i = visit["id"]
        sent, done = people[i], [items[item] for item in visit["items"]]
        outside = {
            **shared,
            "number": numbers[i],
            "year": _year(record, own[i], visit),
            "complaints": record["parameters"].get("complaints", ""),
            "check": {
                "text": f"{page}#{codes[i]}" if page else codes[i],
                "page": page,
                "picture": pictures.inline(CHECK, f"检查码：{codes[i]}"),
            },
            **{f"{name}_days": deadline_of(record, name) for name in schema.DEADLINES},
            "target": {
                "id": i,
                "name": known[i],
                "address": own[i]["address"],
                "area": own[i]["area"],
            },
            "people": sent,
            "officers": [p for p in sent if not p["expert"]],
            "experts": [p for p in sent if p["expert"]],
            "experts_text": "、".join(
                f"{p['name']}（{p['department']}）" for p in sent if p["expert"]
            ),
            "departments": list(dict.fromkeys(p["department"] for p in sent if not p["expert"])),
            "items": done,
            "methods": "、".join(dict.fromkeys(item["method"] for item in done)),
            "results": results,
            "follow_up": list(schema.FOLLOW_UP),
            "how": "由省级平台抽取"
            if protocol.drawn_elsewhere(record["parameters"])
            else "经公开随机抽取",
        }
        inside = {
            "year": _year(record, own[i], visit, internal=True),
            "tasks": [tasks[t] for t in visit["tasks"]],
            "target": {
                **outside["target"],
                "category": own[i]["category"],
                "section": own[i]["section"],
                "public": own[i]["public"],
            },
        }
        yield outside, {**outside, **inside}


def _year(record: Record, target: Record, visit: Record, internal: bool = False) -> Record:
    """What is said of the firm's year (年度检查频次): what the freeze counted, which this visit is,
    and the caps; the class's own cap is told inside the bureau only.
    """
    p = record["parameters"]
    caps, year = p.get("year_caps") or {}, p["window"]["start"][:4]
    spared = {a["task"] for a in p.get("above_cap", [])}
    counted = target.get("inspected")
    if counted is None:
        said = f"{year} 年已查＿＿次，本次为第＿＿次"
    else:
        count = year_counts.Count(**counted)
        kinds = zip(("随机抽查", "其他检查", "其他层级"), count, strict=False)
        which = (
            "本次依规定不计入"
            if set(visit["tasks"]) <= spared
            else f"本次为第 {count.together + 1} 次"
        )
        said = (
            f"{year} 年封库以前已查 {count.together} 次（"
            + "，".join(f"{name} {n} 次" for name, n in kinds)
            + f"；依法除外的 {count.exempt} 次另计），{which}"
        )
    own = p["classes"].get(target["risk_class"], {}).get("yearly_cap") if internal else None
    limits = [
        f"{name} {n} 次"
        for name, n in (
            ("本等级", own),
            ("本层级各部门合计", caps.get("level")),
            ("各层级合计", caps.get("together")),
        )
        if n
    ]
    return {"count": said, "limit": "，".join(limits) or "＿＿次"}


def _people(record: Record) -> dict[str, list[Record]]:
    """Who goes to each visit now, officers first."""
    known, own, sent = (
        lists.names(record, "officers"),
        lists.internals(record, "officers"),
        defaultdict(list),
    )
    for taken in protocol.teams_now(record).values():
        for seat in taken:
            o = own[seat["officer"]]
            sent[seat["visit"]].append(
                {
                    "id": seat["officer"],
                    "name": known[seat["officer"]],
                    "department": o["department"],
                    "certificate": o["certificate"],
                    "post": o["post"],
                    "expert": o["kind"] == "expert",
                }
            )
    return sent


def _items(record: Record) -> dict[str, Record]:
    return {
        i["id"]: {
            "id": i["id"],
            "name": i["identity"]["name"],
            "steps": steps(i["internal"]["guide"]),
            **{key: i["internal"][key] for key in ("department", "basis", "content", "method")},
        }
        for i in record["tables"]["items"]
    }


def steps(guide: str) -> list[str]:
    """A work guide (工作指引) as its steps: at the numbers 1. 2. 3. where it has them, or else at
    line ends and semicolons.

    >>> steps("1.出示证件；2.抽查2.5米处；当场签字")
    ['出示证件', '抽查2.5米处；当场签字']
    >>> steps("查台账；看现场")
    ['查台账', '看现场']
    """
    starts: list[tuple[int, int]] = []
    at = 0
    while found := re.compile(
        rf"(?<![0-9.])[（(]?{len(starts) + 1}(?:[.．](?![0-9])|[、)）])"
    ).search(guide, at):
        starts.append(found.span())
        at = found.end()
    parts = re.split(r"[；;\n]+", guide)
    if len(starts) > 1 or (starts and not guide[: starts[0][0]].strip()):
        ends = [*(start for start, _ in starts[1:]), len(guide)]
        parts = [
            guide[: starts[0][0]],
            *(guide[first:end] for (_, first), end in zip(starts, ends, strict=True)),
        ]
    return [text for part in parts if (text := " ".join(part.split()).strip("；; "))] or [
        "按抽查内容逐项检查"
    ]


def recusals(record: Record) -> Iterator[Record]:
    """回避声明: for everyone who goes now, with the targets, in order of 工号."""
    shared, mine, known = common(record), defaultdict(list), {}
    for outside, _ in visits(record):
        for person in outside["people"]:
            known[person["id"]] = person
            mine[person["id"]].append(
                {
                    "number": outside["number"],
                    "name": outside["target"]["name"],
                    "id": outside["target"]["id"],
                }
            )
    for i in sorted(known):
        yield {**shared, "officer": known[i], "visits": mine[i]}


# 任务派发表.xlsx


def dispatch(record: Record) -> Sheets:
    """The sheets of 任务派发表.xlsx: one for each section (主管股室) and for each department that
    sends people.
    """
    shared, sections, departments = common(record), defaultdict(list), defaultdict(list)
    for _, visit in visits(record):
        target, people, items = visit["target"], visit["people"], visit["items"]
        firm = f"{target['name']}\n{target['id']}" + (
            "" if target["public"] else "\n（不公开名称）"
        )
        row = {
            "检查编号": visit["number"],
            "检查对象": firm,
            "地址": f"{target['area']}\n{target['address']}".strip(),
        }
        blanks = {"拟检查日期": "", "领取人签字": ""}
        sections[target["section"] or NO_SECTION].append(
            {**row, "检查事项": _lines(items), "检查人员": _names(people), **blanks}
        )
        for name in dict.fromkeys(p["department"] for p in people):
            own = [item for item in items if item["department"] == name] or items
            departments[name].append(
                {
                    **row,
                    "检查事项": _lines(own),
                    "本部门人员": _names([p for p in people if p["department"] == name]),
                    "其他部门人员": _names([p for p in people if p["department"] != name]),
                    **blanks,
                }
            )
    opened = record["parameters"]["publication_day"]
    about = writing.about(
        shared["banners"],
        (
            "内部使用",
            f"{opened} 公布日之前不得带出本单位；注明不公开名称的对象，公布日之后也不公布名称",
        ),
        ("单位", shared["bureau"]),
        ("批次", f"{shared['round_title']}（{shared['round']}），第 {shared['attempt']} 次抽取"),
        ("检查期间", shared["window"]),
        *((f"股室：{name}", f"{len(rows)} 户次") for name, rows in sorted(sections.items())),
        *((f"部门：{name}", f"{len(rows)} 户次") for name, rows in sorted(departments.items())),
    )
    sheets = {"说明": about}
    for kind, by_name in (("股室", sections), ("部门", departments)):
        for name, rows in sorted(by_name.items()):
            sheets[writing.sheet_name(f"{kind} {name}", sheets)] = writing.sheet(rows)
    return sheets


def _names(people: list[Record]) -> list[str]:
    return [
        f"{p['name']}（{p['id']}{'，专家' if p['expert'] else ''}，{p['department']}）"
        for p in people
    ]


def _lines(items: list[Record]) -> list[str]:
    return [f"{i['id']} {i['name']}" for i in items]


def dispatch_header(record: Record) -> str:
    """What stands on every printed page of 任务派发表.xlsx."""
    shared = common(record)
    return "　".join(
        filter(
            None,
            [
                f"{shared['bureau']}任务派发表",
                f"{shared['round_title']}（{shared['round']}）",
                f"检查期间 {shared['window']}",
                "内部使用",
                shared["banner"],
            ],
        )
    )


def round_file(record: Record, name: str) -> str:
    """The name, without suffix, of a paper of the round: ``2021Q4 抽查方案审批表``."""
    return f"{scans.prefix(record)} {name}"
