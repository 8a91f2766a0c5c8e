"""What is looked for among officers, beside single cells (problems O20 to O37)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ssj.base.errors import quoted
from ssj.tables.across import Context, Finder, Finding, each, gaps
from ssj.tables.cells import plain
from ssj.tables.schema import ALL


def _no_certificate(x: Context) -> Iterator[Finding]:
    return (
        (row, "", {})
        for row, kind, number in each(x.officers, "kind", "certificate")
        if kind == "执法" and not number
    )


def _no_certificate_date(x: Context) -> Iterator[Finding]:
    return (
        (row, "", {})
        for row, kind, until in each(x.officers, "kind", "certificate_until")
        if kind == "执法" and not until
    )


def _certificate_ends(x: Context) -> Iterator[Finding]:
    start, end = x.window
    return (
        (row, until, {"end": end})
        for row, until in each(x.on_duty, "certificate_until")
        if until and start <= until < end
    )


def _certificate_ended(x: Context) -> Iterator[Finding]:
    return (
        (row, until, {"start": x.window[0]})
        for row, until in each(x.on_duty, "certificate_until")
        if until and until < x.window[0]
    )


def _unknown_authority(x: Context) -> Iterator[Finding]:
    known = {*x.items["id"], ALL}
    return (
        (row, one, {})
        for row, ids in each(x.officers, "authority")
        for one in ids
        if one not in known
    )


def _same_certificate(x: Context) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for row, number in each(x.officers, "certificate"):
        if number and first.setdefault(plain(number), row) != row:
            yield row, number, {"first": first[plain(number)]}


def _same_person(x: Context) -> Iterator[Finding]:
    """Same name and department under two numbers; a shared certificate is said already."""
    rows: dict[tuple[str, str], int] = {}
    certificates: dict[int, str] = {}
    for row, name, department, number in each(x.officers, "name", "department", "certificate"):
        key = plain(name), plain(department)
        first = rows.setdefault(key, row)
        certificates.setdefault(first, plain(number))
        if name and first != row and not (number and certificates[first] == plain(number)):
            yield row, name, {"first": first}


def _department_of_nothing(x: Context) -> Iterator[Finding]:
    used = {
        *x.items["department"],
        *x.plan["lead"],
        *(name for names in x.plan["partners"] for name in names),
    }
    return (
        (row, name, {"known": quoted(sorted(used - {""}))})
        for row, name, kind in each(x.officers, "department", "kind")
        if kind == "执法" and name and name not in used
    )


def _cap_of_nothing(x: Context) -> Iterator[Finding]:
    return ((row, cap, {}) for row, cap in each(x.officers, "yearly_cap") if cap == 0)


def _recusal_of_nobody(x: Context) -> Iterator[Finding]:
    known = x.recusals
    return (
        (row, one, {})
        for row, names in each(x.officers, "recusals")
        for one in names
        if not known.get(plain(one))
    )


def _recusal_of_several(x: Context) -> Iterator[Finding]:
    known = x.recusals
    return (
        (row, one, {"ids": "、".join(sorted(known[plain(one)]))})
        for row, names in each(x.officers, "recusals")
        for one in names
        if len(known.get(plain(one), ())) > 1
    )


def _no_speciality(x: Context) -> Iterator[Finding]:
    return ((row, "", {}) for row, names in each(x.officers, "specialities") if not names)


def _other_speciality(x: Context) -> Iterator[Finding]:
    """Only where items ask for one that nobody has: then the two may be the same, written in two
    ways.
    """
    asked = {name for names in x.items["specialities"] for name in names}
    missing = asked - {name for names in x.officers["specialities"] for name in names}
    for row, names in each(x.on_duty, "specialities") if missing else ():
        yield from (
            (row, one, {"missing": quoted(sorted(missing))}) for one in names if one not in asked
        )


def _authority_of_others(x: Context) -> Iterator[Finding]:
    known = set(x.items["id"])
    own: dict[str, set[str]] = {}
    for _, code, department in each(x.items, "id", "department"):
        own.setdefault(department, set()).add(code)
    for row, department, ids in each(x.on_duty, "department", "authority"):
        if ids and known.issuperset(ids) and department in own and own[department].isdisjoint(ids):
            yield row, "、".join(ids), {"department": department}


# of a department: bodies that may not inspect (国办发〔2024〕54号, 第二部分)
_THIRD = re.compile(
    r"公司|事务所|中介|第三方|协会|商会|学会|外包|劳务|领导小组|联席会议|指挥部|专班"
)


def _third_party(x: Context) -> Iterator[Finding]:
    return (
        (row, name, {})
        for row, name, kind in each(x.officers, "department", "kind")
        if kind == "执法" and _THIRD.search(name)
    )


FINDERS: dict[str, Finder] = {
    "O20": _no_certificate,
    "O21": _no_certificate_date,
    "O22": _certificate_ends,
    "O23": _unknown_authority,
    "O24": _recusal_of_nobody,
    "O25": _recusal_of_several,
    "O26": _same_certificate,
    "O27": _same_person,
    "O28": _cap_of_nothing,
    "O29": _department_of_nothing,
    "O32": _certificate_ended,
    "O33": _no_speciality,
    "O34": _other_speciality,
    "O35": _authority_of_others,
    "O36": gaps("officers"),
    "O37": _third_party,
}
