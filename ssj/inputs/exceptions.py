"""Reviewed exceptions (exceptions.xlsx, 例外登记表): problems that somebody has looked at, and settled with a reason.

| 处理 | for | what becomes of the row |
| --- | --- | --- |
| 放行 | errors whose rule is excusable (``Rule.excusable``) | it is used as it is |
| 不列入 | any error of a row of targets or officers | it is left out of the roster, counted and listed; all its problems are settled |

An exception names a problem by its code and the raw texts of the row's 编号 and 名称, not by a row number, so that it holds after the table was sorted, and in the next
round. What it settles is no error any more, but is shown wherever the tables are. One that settles nothing, is not complete or may not be made is an error of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ssj.errors import Problem
from ssj.inputs.reader import LETTERS, Reader, raw_text
from ssj.inputs.rules import RULE, Rule, plain
from ssj.inputs.schema import COLUMNS as SCHEMA
from ssj.inputs.schema import EXCLUDED, OPTIONAL, PASSED, TITLES, label

TABLE = "exceptions"
EXCLUDABLE = ("targets", "officers")
OLDEST = timedelta(days=731)  # before the first day of visits
COLUMNS = {column.key: column.header for column in SCHEMA[TABLE]}

RULES: tuple[Rule, ...] = (
    Rule("U20", "“{table}”没有这个问题编号", "请照问题清单填写，如 T20。", key="code"),
    Rule("U21", "这个问题不能放行", "可以放行的只有 {codes}；其他的请改正，检查对象、检查人员的也可以写“不列入”。", key="treatment"),
    Rule("U22", "“{table}”的行不能写“不列入”", "可以不列入的只有检查对象和检查人员；其他的请改正，或从表中删去这一行。", key="treatment"),
    Rule("U23", "审核日期晚于{day}", "请核对日期；还没有复核的，先复核。", key="reviewed_on"),
    Rule("U24", "审核日期早于检查期开始前两年（{day}）", "请核对日期；确是那时复核的，请重新复核。", key="reviewed_on"),
    Rule("U25", "编号和名称都是空的，不知道是哪一行", "请照问题清单填写编号、名称；原表这两格都空着的，请在原表改正。", key="id"),
    Rule("U26", "“{table}”里没有这样的编号和名称", "编号、名称要与原表这一行写的完全相同，两样都要写；原表已改正或已删去这一行的，删去这条例外。", key="id"),
    Rule("U27", "这一行没有这个问题，这条例外用不上", "已改正的，删去这条例外；编号写错的，照问题清单改正。", key="code"),
    Rule("U28", "与第 {first} 行矛盾：同一行又放行又不列入", "请只留下一种处理。", key="treatment"),
    Rule("U29", "与第 {first} 行重复", "请删去一行。", key="code"),
    Rule("U30", "审核人是这名人员自己", "请由别人复核。", key="reviewer"),
    Rule("U32", "这一行有身份证号或手机号，不能用例外处理", "不列入的行也随原表进入档案：请先在原表删去号码。", key="code"),
    Rule("U31", "这个问题是提醒，不妨碍封库", "不用登记例外，请删去这一行。", key="code"),
)
_OWN = {rule.code: rule for rule in RULES}


@dataclass(frozen=True)
class Settled:
    """A problem that a reviewed exception settles: what it was, of which row, and the exception's own words."""

    problem: Problem
    table: str
    index: int
    id: str
    name: str
    treatment: str
    reason: str
    reviewer: str
    reviewed_on: date
    remark: str


def rule_of(code: str) -> Rule | None:
    """The rule with a code as problems have it, ``T04`` or ``T20``; none for problems of files (``F…``)."""
    return RULE.get(code) or RULE.get(code[1:])


def settle(own: Reader, readers: Mapping[str, Reader], day: date | None, window: tuple[date, date]) -> list[Settled]:
    """Let the exceptions of ``own`` act on the other tables; what they settle. Adds to ``own`` what is wrong with them.

    ``day``: of the freeze, or today, before which they must have been reviewed.
    """
    given = own.frame.loc[[row for row in own.frame.index if own.whole and row not in own.bad]]
    names = {table: reader.named() for table, reader in readers.items() if table in set(given["table"])}
    faults = {table: readers[table].faults() for table in names}
    first: dict[tuple[str, str, str], dict[str, Any]] = {}
    found: list[tuple[int, int, Any]] = []  # row of the exception, row of the table, the exception
    for row, one in zip(given.index, given.itertuples(index=False)):
        if _refused(own, row, one, day, window) or one.table not in readers or not readers[one.table].whole:
            continue
        key = one.table, raw_text(one.id), raw_text(one.name)
        rows = [index for index, texts in names[one.table].items() if texts == key[1:]]
        hit = [index for index in rows if any(p.code == one.code and p.severity == "error" for p in faults[one.table].get(index, ()))]
        before = first.setdefault(key, {"row": row, "treatment": one.treatment, "codes": {}})
        if before["treatment"] != one.treatment:
            _add(own, "U28", row, one, first=before["row"])
        elif one.code in before["codes"]:
            _add(own, "U29", row, one, first=before["codes"][one.code])
        elif any(_personal(p.code) for index in rows for p in faults[one.table].get(index, ())):
            _add(own, "U32", row, one)
        elif not hit:
            warned = any(p.code == one.code for index in rows for p in faults[one.table].get(index, ()))
            _add(own, "U31" if warned else "U27" if rows else "U26", row, one, table=_title(one.table))
        else:
            before["codes"][one.code] = row
            found += [(row, index, one) for index in hit]
    found = [(index, one) for row, index, one in found if row not in own.bad]
    settled = [Settled(p, one.table, index, *names[one.table][index], one.treatment, one.reason, one.reviewer, one.reviewed_on, one.remark)
               for index, one in found for p in faults[one.table][index] if p.code == one.code]
    for table in names:
        mine = [s for s in settled if s.table == table]
        readers[table].settle({(s.index, s.problem.code) for s in mine if s.treatment == PASSED}, {s.index for s in mine if s.treatment == EXCLUDED})
    return settled


def _add(own: Reader, code: str, row: int, one: Any, **details: object) -> None:
    rule = _OWN[code]
    own.add(rule, row, label(TABLE, rule.key), _title(one.table) if rule.key == "table" else getattr(one, rule.key) or "", **details)


def _refused(own: Reader, row: int, one: Any, day: date | None, window: tuple[date, date]) -> bool:
    """Whether an exception may not be made, whatever it is about; says why."""
    rule, file_problem = rule_of(one.code), one.code.startswith("F") and one.code[1:].isdigit()
    wrong: list[tuple[str, dict[str, object]]] = []
    if not file_problem and (rule is None or not one.code.startswith(LETTERS[one.table])):
        wrong.append(("U20", {"table": _title(one.table)}))
    elif rule is not None and rule.severity == "warning":
        wrong.append(("U31", {}))
    elif one.treatment == PASSED and (rule is None or not rule.excusable):
        wrong.append(("U21", {"codes": "、".join(sorted(code if len(code) > 2 else f"编号为 ×{code} 的" for code, r in RULE.items() if r.excusable)) or "（没有）"}))
    if one.treatment == EXCLUDED and one.table not in EXCLUDABLE:
        wrong.append(("U22", {"table": _title(one.table)}))
    if day and one.reviewed_on > day:
        wrong.append(("U23", {"day": f" {day}"}))
    if window[0] - date.min > OLDEST and one.reviewed_on < window[0] - OLDEST:
        wrong.append(("U24", {"day": window[0] - OLDEST}))
    if not raw_text(one.id) and not raw_text(one.name):
        wrong.append(("U25", {}))
    if one.table == "officers" and raw_text(one.name) and plain(one.reviewer) == plain(one.name):
        wrong.append(("U30", {}))
    for code, details in wrong:
        _add(own, code, row, one, **details)
    return bool(wrong)


def _personal(code: str) -> bool:
    """Whether the problem is a personal number, which no exception can keep out of the archive."""
    return code[1:] == "17"


def _title(table: str) -> str:
    return (TITLES | OPTIONAL)[table]


# --- to be shown ---

LISTED = {"treatment": "处理", "id": "编号", "name": "名称", "problem": "问题", "reason": "理由", "reviewed": "审核", "place": "位置", "remark": "备注"}


def rows(settled: Iterable[Settled]) -> list[dict[str, Any]]:
    """已复核的例外, for the approver and the auditor: keys of :data:`LISTED`."""
    return [{"treatment": s.treatment, "id": s.id, "name": s.name, "problem": _said(s.problem), "reason": s.reason, "reviewed": f"{s.reviewer} {s.reviewed_on}",
             "place": s.problem.place, "remark": s.remark} for s in settled]


def _said(problem: Problem) -> str:
    return f"{problem.code} {problem.message}" + (f"，现为“{problem.value}”" if problem.value else "")


def counts(settled: Iterable[Settled]) -> dict[str, int]:
    """How many rows were let through and left out; nothing else of them is public."""
    settled = tuple(settled)
    return {way: len({(s.table, s.index) for s in settled if s.treatment == way}) for way in (PASSED, EXCLUDED)}


def lines(settled: Iterable[Settled]) -> list[str]:
    """The same in words, for the screen; nothing where there is no exception."""
    settled = tuple(settled)
    if not settled:
        return []
    told = "、".join(f"{way} {count} 行" for way, count in counts(settled).items())
    return [f"已复核的例外：{told}。", *(f"  {s.treatment}：{s.problem.place} {s.id} {s.name}：{_said(s.problem)}。理由：{s.reason}（{s.reviewer}，{s.reviewed_on}）"
                                for s in settled)]


def candidates(rosters: Any) -> list[dict[str, Any]]:
    """Rows to begin an exceptions.xlsx with, for the errors of ``rosters`` that one may settle: keys of the table's columns; reason, reviewer and date
    are for people. A row whose errors may all be let through has one for each, another row of targets or officers has one to leave it out."""
    found = []
    for table, names in rosters.named.items():
        for index, codes in rosters.tallies[table].refused.items():
            passing = all((rule := rule_of(code)) is not None and rule.excusable for code in codes)
            if not any(names[index]) or any(map(_personal, codes)) or not passing and table not in EXCLUDABLE:
                continue
            blank = {"id": names[index][0], "name": names[index][1], "treatment": PASSED if passing else EXCLUDED, "reason": "", "reviewer": "", "reviewed_on": "", "remark": ""}
            found += [{"table": _title(table), "code": code, **blank} for code in (codes if passing else codes[:1])]
    return list({tuple(one.values()): one for one in found}.values())
