"""The returned 结果回填表 (results.xlsx, or one file for each section in results/), checked against the drawn visits.

A row is one visit and item. A row in which nothing is filled in but what was handed out is not answered yet, and only counted. Nothing
undrawn enters, and a reviewed finding changes only with a 更正 (``corrections``). What can lawfully differ (``Check.excusable``) passes with a
reason (例外说明) and a reviewer (审核人), counted in the open.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from ssj import lists, protocol, rosters, schema, tables, words
from ssj.errors import InputError, Problem
from ssj.protocol import Record
from ssj.reconcile import spellings
from ssj.rules import plain

TABLE = "results"
GIVEN = ("number", "target", "item", "officers", "remark")  # what the form is handed out with
FINDING = ("date", "officers", "results")  # what a review fixes
NO_PROBLEM = "未发现问题"
LEAST = 2  # officers at a visit
Key = tuple[str, str]  # 检查编号 and item


@dataclass(frozen=True)
class Check:
    """What may be wrong with a row: code, message and remedy with the names of its details; ``excusable`` with a reason and a reviewer."""

    code: str
    message: str
    remedy: str
    key: str = "number"
    severity: Literal["error", "warning"] = "error"
    excusable: bool = False


CHECKS = {check.code: check for check in (
    Check("E20", "本批次没有抽中这一户，没有这个检查编号", "请核对检查编号；没有抽中的检查不能录入。"),
    Check("E21", "编号与检查编号不是同一户，{number} 是 {target}", "请核对编号。", "target"),
    Check("E22", "这一户没有抽中这个事项（应为 {items}）", "请核对事项编号；没有抽中的事项不能录入。", "item"),
    Check("E23", "与{first}是同一检查、同一事项", "一户的一个事项只能有一个结果，请核对后删去一行。", "item"),
    Check("E24", "检查日期早于抽取（{drawn}）", "请核对日期；抽取以前的检查不是本批次的检查。", "date"),
    Check("E25", "{header}晚于今天（{today}）", "请核对日期。", "date"),
    Check("E26", "检查日期不在检查期间（{window}）内", "请核对日期；确有原因的，写明例外说明和审核人。", "date", excusable=True),
    Check("E27", "没有填{header}", "请补上；还没有检查的，这一行除发下时已有的以外都留空。", "date"),
    Check("E28", "不是这一户的检查人员：{names}（检查组：{team}）", "请核对；更换检查人员要先用 ssj amend 登记。确有原因的，写明例外说明和审核人。", "officers", excusable=True),
    Check("E29", "执法人员不足 {least} 名", "执法检查不得少于两名执法人员，专家不算；确有原因的，写明例外说明和审核人。", "officers", excusable=True),
    Check("E30", "“未发现问题”不能与其他结果同时写", "请核对检查结果。", "results"),
    Check("E31", "已写审核人，但这一户还有事项没有结果：{items}", "请补上各事项的结果，再审核。", "reviewer"),
    Check("E32", "这一户还有事项没有结果：{items}", "请补上；各事项都有结果，这一户才算录入完毕。", "item", "warning"),
    Check("E33", "已写审核人，但没有写{header}", "录入以后才能审核，请补上。", "reviewer"),
    Check("E34", "录入人和审核人是同一人", "请由另一人审核；人手不够的，可以不改。", "reviewer", "warning"),
    Check("E35", "{header}早于检查日期（{date}）", "请核对日期。", "date"),
    Check("E36", "还没有审核，不能公示", "请先审核，写明审核人。", "published_on"),
    Check("E37", "没有这种处置措施", "可以写：{words}。", "measure"),
    Check("E38", "发现问题，没有写处置措施", "请写明处置措施；不需要处置的，写“无需后续处置”。", "measure"),
    Check("E39", "写了整改期限或完结日期，没有写责任单位", "请写明由谁负责（谁审批谁负责、谁主管谁监管）。", "responsible"),
    Check("E40", "已审核的结果与上次归档的不同：{changes}", "已审核的结果不能直接改。确实有误的，先在更正撤下登记表中登记更正。", "results"),
    Check("E41", "已归档的结果不见了：{number} {item}（已审核）", "请从上次的结果回填表中恢复这一行。", "number"),
)}


@dataclass
class Findings:
    """What a round's results files hold: sound answered rows, problems (errors first), how many rows wait for an answer, what was excused."""

    rows: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    waiting: int = 0
    excused: int = 0

    def check(self) -> None:
        """``InputError`` with all errors; warnings pass."""
        if errors := [p for p in self.problems if p.severity == "error"]:
            raise InputError(errors)


def files(folder: Path) -> list[Path]:
    """The results files of a round's folder or of a stage's ``in/``: results.xlsx, or all tables in results/ (there: results-01.xlsx, …).

    ``InputError`` if there are none, or both ways are used.
    """
    many = sorted(p for p in (folder / TABLE).iterdir() if p.is_file() and p.suffix.lower() in tables.SUFFIXES and not p.name.startswith("~$")) \
        if (folder / TABLE).is_dir() else sorted(p for p in folder.iterdir() if re.fullmatch(rf"{TABLE}-\d+", p.stem))
    if many and tables.exists(folder, TABLE):
        raise InputError([Problem("E01", "既有 results.xlsx，又有 results 文件夹", "请只用一种：一份总表，或各股室一份、都放在 results 文件夹。", file=TABLE)])
    return many or [tables.find(folder, TABLE)]


def read(folder: Path, record: Record, time: str, earlier: Iterable[Record] = (), corrected: Iterable[Key] = ()) -> Findings:
    """All results files against the draw record (amended or not).

    ``time``: of the stage (ISO). ``earlier``: rows of the results stage before. ``corrected``: 检查编号 and item of registered
    corrections, an empty item for a whole visit.
    """
    result, checked = Findings(), _Checked(record, time)
    answered: dict[Key, Record] = {}
    spelt = lists.spelt_numbers(record)
    for path in files(folder):
        listing = rosters.load_list(folder, TABLE, path)
        result.problems += listing.problems
        for row in listing.rows:
            filled = [key for key, value in row.items() if key not in (*GIVEN, "row") and value not in ("", (), None)]
            if not filled:
                result.waiting += 1
                continue
            own = {**row, "number": spelt.get(row["number"], row["number"]), "file": listing.file, "sheet": listing.sheet}
            key = own["number"], own["item"]
            found = list(checked.row(own, answered.get(key)))
            answered.setdefault(key, own)
            result.excused += checked.excused(found)
            result.problems += [p for p, _ in found]
            if not any(p.severity == "error" for p, _ in found):
                result.rows.append(checked.recorded(own))
    result.problems += checked.visits(answered)
    result.problems += _sealed(earlier, answered, result.rows, set(corrected))
    result.problems.sort(key=lambda p: p.severity)
    result.rows.sort(key=lambda r: (r["number"], r["item"]))
    return result


class _Checked:
    """A draw record indexed for the checks of single rows."""

    def __init__(self, record: Record, time: str) -> None:
        numbers = lists.visit_numbers(record)
        self.visits_by_number = {numbers[v["id"]]: v for v in record["visits"]}
        self.people, self.team = lists.names(record, "officers"), teams(record)
        self.officers = {o["id"] for o in record["tables"]["officers"] if o["internal"]["kind"] == "officer"}
        self.drawn = datetime.fromisoformat(record["entropy"]["time"]).astimezone(words.BEIJING).date()
        window = record["parameters"]["window"]
        self.window, self.today = (date.fromisoformat(window["start"]), date.fromisoformat(window["end"])), datetime.fromisoformat(time).date()

    def row(self, row: Record, first: Record | None) -> Iterator[tuple[Problem, bool]]:
        """Problems of one answered row, and whether each was excused."""
        visit = self.visits_by_number.get(row["number"])
        for code, details, key in self._found(row, visit, first):
            check = CHECKS[code]
            passed = check.excusable and bool(row["excuse"] and row["reviewer"])
            found = problem(code, row, key, **details)
            yield replace(found, severity="warning" if passed else found.severity), passed

    @staticmethod
    def excused(found: list[tuple[Problem, bool]]) -> bool:
        return any(passed for _, passed in found)

    def _found(self, row: Record, visit: Record | None, first: Record | None) -> Iterator[tuple[str, dict[str, Any], str]]:
        """Codes, details and columns of what is wrong with a row."""
        if visit is None:
            yield "E20", {}, ""
            return
        if row["target"] != visit["id"]:
            yield "E21", {"target": visit["id"], "number": row["number"]}, ""
        if row["item"] not in visit["items"]:
            yield "E22", {"items": "、".join(visit["items"])}, ""
        if first is not None:
            yield "E23", {"first": f" {first['file']} 第 {first['row']} 行"}, ""
        yield from self._days(row)
        yield from self._people(row, visit)
        yield from _content(row)

    def _days(self, row: Record) -> Iterator[tuple[str, dict[str, Any], str]]:
        day, header = row["date"], lambda key: schema.label(TABLE, key)
        for key in ("date", "entered_on", "published_on", "closed_on"):
            if row[key] and row[key] > self.today:
                yield "E25", {"header": header(key), "today": self.today}, key
        for key in ("date", "results", "officers"):
            if not row[key]:
                yield "E27", {"header": header(key)}, key
        if day and day < self.drawn:
            yield "E24", {"drawn": self.drawn}, ""
        elif day and not self.window[0] <= day <= self.window[1]:
            yield "E26", {"window": f"{self.window[0]} 至 {self.window[1]}"}, ""
        for key in ("entered_on", "published_on", "closed_on", "due"):
            if day and row[key] and row[key] < day:
                yield "E35", {"header": header(key), "date": day}, key

    def _people(self, row: Record, visit: Record) -> Iterator[tuple[str, dict[str, Any], str]]:
        if not row["officers"]:
            return
        strangers, meant = [], set()
        for text, officer in zip(row["officers"], self.meant(row, visit), strict=True):
            (meant.add(officer) if officer else strangers.append(text))
        if strangers:
            team = "、".join(f"{self.people[o]}（{o}）" for o in sorted(self.team[visit["id"]]))
            yield "E28", {"names": "、".join(strangers), "team": team}, ""
        if len(meant & self.officers) < LEAST:
            yield "E29", {"least": LEAST}, ""

    def meant(self, row: Record, visit: Record) -> list[str]:
        """工号 of each person in 检查人员, by 工号, 姓名 or both; empty for one who never was of the team."""
        known = {text: o for o in sorted(self.team[visit["id"]]) for text in spellings(o, self.people[o])}
        return [known.get(plain(text), "") for text in row["officers"]]

    def visits(self, answered: dict[Key, Record]) -> Iterator[Problem]:
        """Visits with some answers, but not for all their items: an error once one of them is reviewed."""
        own: dict[str, list[Record]] = defaultdict(list)
        for (number, _), row in answered.items():
            own[number].append(row)
        for number, rows in own.items():
            missing = [i for i in self.visits_by_number.get(number, {"items": ()})["items"] if (number, i) not in answered]
            if missing:
                reviewed = next((r for r in rows if r["reviewer"]), None)
                yield problem("E31" if reviewed else "E32", reviewed or rows[0], items="、".join(missing))

    def recorded(self, row: Record) -> Record:
        """A sound row as results.json holds it."""
        visit = self.visits_by_number[row["number"]]
        officers = [officer or text for officer, text in zip(self.meant(row, visit), row["officers"], strict=True)]
        kept = {key: as_json(row[key]) for key in (c.key for c in schema.LATER[TABLE]) if key not in ("target", "officers")}
        return {"visit": visit["id"], **kept, "officers": officers, "file": row["file"], "row": row["row"]}


def _content(row: Record) -> Iterator[tuple[str, dict[str, Any], str]]:
    """What doesn't fit together within a row."""
    if NO_PROBLEM in row["results"] and len(row["results"]) > 1:
        yield "E30", {}, ""
    for key in ("entered_by", "entered_on"):
        if row["reviewer"] and not row[key]:
            yield "E33", {"header": schema.label(TABLE, key)}, ""
    if row["reviewer"] and row["reviewer"] == row["entered_by"]:
        yield "E34", {}, ""
    if row["published_on"] and not row["reviewer"]:
        yield "E36", {}, ""
    for one in row["measure"]:
        if one not in schema.FOLLOW_UP:
            yield "E37", {"words": "、".join(schema.FOLLOW_UP)}, ""
    if row["reviewer"] and any(map(schema.is_problem, row["results"])) and not row["measure"]:
        yield "E38", {}, ""
    if (row["due"] or row["closed_on"]) and not row["responsible"]:
        yield "E39", {}, ""


def _sealed(earlier: Iterable[Record], answered: dict[Key, Record], rows: list[Record], corrected: set[Key]) -> Iterator[Problem]:
    """Reviewed findings of the stage before that differ now without a correction, or are missing."""
    now = {(r["number"], r["item"]): r for r in rows}
    for before in earlier:
        key = before["number"], before["item"]
        if not before["reviewer"] or {key, (before["number"], "")} & corrected:
            continue
        if key not in answered:
            yield problem("E41", {**before, "sheet": "", "row": None, "file": TABLE}, number=before["number"], item=before["item"])
        elif key in now and (changed := [k for k in FINDING if before[k] != now[key][k]]):
            yield problem("E40", answered[key], changed[0], changes="、".join(schema.label(TABLE, k) for k in changed))


def problem(code: str, row: Record, key: str = "", **details: Any) -> Problem:
    """A problem of ``CHECKS`` at a row, in the check's own column or another."""
    check = CHECKS[code]
    at = key or check.key
    value = row.get(at, "")
    return Problem(code, check.message.format(**details), check.remedy.format(**details), row["file"], row.get("sheet", ""), row["row"],
                   schema.label(TABLE, at), rosters.shown(value)[:60] if value else "", check.severity)


def teams(record: Record) -> dict[str, set[str]]:
    """Target → everybody who was ever of its team: as drawn, and those who came by an amendment (officers and experts)."""
    own: dict[str, set[str]] = {v["id"]: set() for v in record["visits"]}
    taken = [t for kind in ("officers", "experts") for t in record[kind]["taken"]]
    for t in [*taken, *(t for now in protocol.teams_now(record).values() for t in now), *(t for a in record.get("amendments", []) for t in a["taken"])]:
        own[t["visit"]].add(t["officer"])
    return own


def as_json(value: Any) -> Any:
    """A typed cell as a record holds it: dates as text, tuples as lists, nothing as empty text."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else "" if value is None else value
