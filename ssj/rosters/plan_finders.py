"""What is looked for in the plan, beside single cells (problems P20 to P34)."""

from __future__ import annotations

from collections.abc import Iterator

from ssj.base.errors import quoted
from ssj.tables.across import Context, Finder, Finding, each
from ssj.tables.frames import rows_of
from ssj.tables.schema import ALL, OFFICER_STATUS, TIED, WHOLE_YEAR
from ssj.tables.scopes import Scope, may_hold


def _unknown_items(x: Context) -> Iterator[Finding]:
    known = set(x.items["id"])
    return ((row, one, {}) for row, ids in each(x.plan, "items") for one in ids if one not in known)


def _empty_category(x: Context) -> Iterator[Finding]:
    known = {*x.targets["category"], ALL}
    return (
        (row, one, {})
        for row, (names, *_) in each(x.plan, "scope")
        for one in names
        if one not in known
    )


def _empty_tag(x: Context) -> Iterator[Finding]:
    known = {tag for tags in x.targets["tags"] for tag in tags}
    return (
        (row, one, {})
        for row, (_, tags, *_) in each(x.plan, "scope")
        for one in tags
        if one not in known
    )


def _empty_class(x: Context) -> Iterator[Finding]:
    known = set(x.targets["risk_class"])
    return (
        (row, one, {})
        for row, (_, _, classes, *_) in each(x.plan, "scope")
        for one in classes
        if one not in known
    )


def _undirected_choice(x: Context) -> Iterator[Finding]:
    for row, scope, method in each(x.plan, "scope", "method"):
        kinds = [
            kind for kind, own in zip(("标签", "等级", "条件"), scope[1:4], strict=True) if own
        ]
        if method == "不定向" and kinds:
            yield (
                row,
                method,
                {
                    "kinds": "、".join(kinds)
                    + (f"（专项库“{scope[4]}”里的也算）" if scope[4] else "")
                },
            )


def _category_without_item(x: Context) -> Iterator[Finding]:
    covers = dict(zip(x.items["id"], x.items["categories"], strict=True))
    targets = x.targets.drop_duplicates(
        ["category", "tags", "risk_class", "complaints", "penalties"]
    )
    every = tuple(sorted(set(targets["category"]) - {""}))
    for row, scope, ids in each(x.plan, "scope", "items"):
        covered = {name for one in ids for name in covers.get(one) or (ALL,)}
        if not any(scope) or ALL in covered:
            continue
        names = every if ALL in scope[0] or not scope[0] else scope[0]
        own = Scope(names, *scope[1:])
        inside = {
            t.category for t in rows_of(targets) if t.category not in covered and may_hold(own, t)
        }
        yield from ((row, name, {}) for name in sorted(inside))


def _item_of_another_department(x: Context) -> Iterator[Finding]:
    owner = dict(zip(x.items["id"], x.items["department"], strict=True))
    for row, ids, lead, partners in each(x.plan, "items", "lead", "partners"):
        yield from (
            (row, one, {"owner": owner[one]})
            for one in ids
            if owner.get(one, "") not in ("", lead, *partners)
        )


def _department_without_officer(key: str) -> Finder:
    def find(x: Context) -> Iterator[Finding]:
        staffed = {
            name
            for _, name, kind, status in each(x.officers, "department", "kind", "status")
            if kind == "执法" and OFFICER_STATUS.get(status, True)
        }
        known = quoted(sorted({*x.officers["department"]} - {""}))
        for row, names in each(x.plan, key):
            yield from (
                (row, name, {"known": known})
                for name in ((names,) if isinstance(names, str) else names)
                if name and name not in staffed
            )

    return find


def _team_of_one(x: Context) -> Iterator[Finding]:
    return (
        (row, size, {}) for row, size in each(x.plan, "team_size") if size is not None and size < 2
    )


def _round_without_task(x: Context) -> Iterator[Finding]:
    if not any({x.round_id, WHOLE_YEAR} & set(rounds) for rounds in x.plan["rounds"]):
        yield None, "", {"round": x.round_id}


def _joint_alone(x: Context) -> Iterator[Finding]:
    return (
        (row, "", {})
        for row, kind, lead, partners in each(x.plan, "kind", "lead", "partners")
        if kind == "部门联合" and lead and not set(partners) - {lead}
    )


def _internal_with_partners(x: Context) -> Iterator[Finding]:
    return (
        (row, "、".join(partners), {})
        for row, kind, partners in each(x.plan, "kind", "partners")
        if kind == "内部" and partners
    )


def _quota(key: str) -> Finder:
    """Numbers of inspections, findings or fines ordered, or an assessment tied to them."""

    def found(x: Context) -> Iterator[Finding]:
        return ((row, text, {}) for row, text in each(x.plan, key) if TIED.search(text))

    return found


FINDERS: dict[str, Finder] = {
    "P20": _unknown_items,
    "P21": _empty_category,
    "P22": _empty_tag,
    "P30": _empty_class,
    "P29": _undirected_choice,
    "P23": _category_without_item,
    "P24": _item_of_another_department,
    "P25": _department_without_officer("lead"),
    "P26": _department_without_officer("partners"),
    "P27": _team_of_one,
    "P28": _round_without_task,
    "P33": _quota("remark"),
    "P34": _quota("name"),
    "P31": _joint_alone,
    "P32": _internal_with_partners,
}
