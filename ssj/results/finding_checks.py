"""What may be wrong with a row of the returned 结果回填表 (``CHECKS``), found by holding it against
the draw record.

What can lawfully differ (``Check.excusable``) passes with a reason (例外说明), reviewed (审核人) by
somebody who neither inspected nor entered it; the row says so for good (``excused``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from ssj.base import formats, words
from ssj.base.errors import Problem
from ssj.draw import lists
from ssj.protocol import Record
from ssj.results.reconciliation import spellings
from ssj.rosters import listings, rosters
from ssj.tables import schema
from ssj.tables.cells import plain

TABLE = "results"
# what the form is handed out with
GIVEN = ("number", "target", "name", "item", "item_name", "officers", "remark")
NOT_RECORDED = ("target", "name", "item_name", "officers")  # as the draw record has them, or as ids
IF_GIVEN = ("scan_code",)  # absent from a record where it is blank, as from those made before it
NO_PROBLEM, UNREACHABLE = "未发现问题", "通过登记的住所（经营场所）无法联系"
# closed, moved or unreachable
GONE = ("已关闭停业或正在组织清算", "迁移、注销等其他情况", UNREACHABLE)
LEAST = 2  # officers at a visit
# errors after which nobody knows which visit and item a row means
IDENTITY = {"E20", "E21", "E22", "E23", "E42"}
Found = tuple[str, dict[str, Any], str]  # code, details, column if not the check's own


@dataclass(frozen=True)
class Check:
    """What may be wrong with a row: code, message and remedy with the names of its details;
    ``excusable`` with a reason and a reviewer.
    """

    code: str
    message: str
    remedy: str
    key: str = "number"
    severity: Literal["error", "warning"] = "error"
    excusable: bool = False


EXCUSE = "确有原因的，写明例外说明，由检查人员、录入人以外的人审核。"
CHECKS = {
    check.code: check
    for check in (
        Check(
            "E20",
            "本批次没有抽中这一户，没有这个检查编号",
            "请核对检查编号；没有抽中的检查不能录入，别的批次、作废的抽取发下的表也不能用。",
        ),
        Check(
            "E21",
            "编号与检查编号不是同一户，{number} 是 {target}",
            "请核对编号，看这一行是否错位。",
            "target",
        ),
        Check(
            "E22",
            "这一户没有抽中这个事项（应为 {items}）",
            "请核对事项编号；没有抽中的事项不能录入。",
            "item",
        ),
        Check(
            "E23",
            "与 {first}是同一检查、同一事项",
            "一户的一个事项只能有一个结果，请核对后删去一行。",
            "item",
        ),
        Check(
            "E24",
            "检查日期早于抽取（{drawn}）",
            "请核对日期；抽取以前的检查不是本批次的检查。",
            "date",
        ),
        Check("E25", "{header}晚于今天（{today}）", "请核对日期。", "date"),
        Check(
            "E26",
            "检查日期不在检查期间（{window}）内",
            f"请核对日期；{EXCUSE}",
            "date",
            excusable=True,
        ),
        Check(
            "E27",
            "没有填{header}",
            "请补上；还没有检查的，这一行除发下时已有的以外都留空。",
            "date",
        ),
        Check(
            "E28",
            "不是这一户的检查人员：{names}（检查组：{team}）",
            f"请核对，同名的写工号；更换检查人员要先用 ssj amend 登记。{EXCUSE}",
            "officers",
            excusable=True,
        ),
        Check(
            "E29",
            "执法人员不足 {least} 名",
            f"执法检查不得少于两名执法人员，专家不算；{EXCUSE}",
            "officers",
            excusable=True,
        ),
        Check("E30", "“未发现问题”不能与其他结果同时写", "请核对检查结果。", "results"),
        Check(
            "E31",
            "已写审核人，但这一户还有事项没有结果：{items}",
            "请补上各事项的结果，再审核。",
            "reviewer",
        ),
        Check(
            "E32",
            "这一户还有事项没有结果：{items}",
            "请补上；各事项都有结果，这一户才算录入完毕。",
            "item",
            "warning",
        ),
        Check("E33", "已写审核人，但没有写{header}", "录入以后才能审核，请补上。", "reviewer"),
        Check(
            "E34",
            "录入人和审核人是同一人",
            "请由另一人审核；人手不够的，可以不改。",
            "reviewer",
            "warning",
        ),
        Check("E35", "{header}早于检查日期（{date}）", "请核对日期。", "date"),
        Check("E36", "还没有审核，不能公示", "请先审核，写明审核人。", "published_on"),
        Check("E37", "没有这种处置措施：{strange}", "可以写：{words}；几种用顿号隔开。", "measure"),
        Check(
            "E38",
            "发现问题，没有写处置措施",
            "请写明处置措施；不需要处置的，写“无需后续处置”。",
            "measure",
        ),
        Check(
            "E39",
            "写了整改期限或完结日期，没有写责任单位",
            "请写明由谁负责（谁审批谁负责、谁主管谁监管）。",
            "responsible",
        ),
        Check(
            "E40",
            "已审核的结果与上次归档的不同：{changes}",
            "已审核的结果不能直接改。确实有误的，在更正撤下登记表中登记更正，"
            "与改好的表一起交回；每登记一次，可以改一次。",
            "results",
        ),
        Check(
            "E41",
            "上次归档、已审核的结果不见了：{rows}",
            "请从上次的结果回填表中恢复这些行；每次交回的表要包括以前的结果。",
        ),
        Check(
            "E42",
            "{header}与封库时的不同（应为 {known}）",
            f"请看这一行是否错位，按发下的表改回，或删去这一列；企业更名的，写在备注。{EXCUSE}",
            "name",
            excusable=True,
        ),
        Check(
            "E43",
            "检查当天不在检查组：{names}",
            f"请核对检查日期和检查人员；抽后调整以前由原来的人去，以后由接替的人去。{EXCUSE}",
            "officers",
            excusable=True,
        ),
        Check(
            "E44",
            "检查当天执法证已经到期：{names}",
            f"请核对日期；已换证的，写明新证有效期作为例外说明。{EXCUSE}",
            "officers",
            excusable=True,
        ),
        Check(
            "E45",
            "检查组中没有写到：{names}",
            "请核对是否漏写；确实没有去的，在备注写明原因。",
            "officers",
            "warning",
        ),
        Check(
            "E46",
            "“{kind}”是“发现问题待后续处理”的一种，没有同时写后者",
            "请写成“发现问题待后续处理；{kind}”。",
            "results",
        ),
        Check(
            "E47",
            "“发现问题待后续处理”没有写明是哪一种",
            "请在后面加上：{kinds}。",
            "results",
            "warning",
        ),
        Check(
            "E48",
            "依法不公示的，又写了公示日期",
            "请核对；已经公示出去的，用更正撤下登记表登记撤下。",
            "published_on",
            "warning",
        ),
        Check(
            "E49",
            "同一次检查，这一事项写的是{gone}，别的事项不是",
            "请核对：关闭、迁移、无法联系的，各事项应当相同。",
            "results",
            "warning",
        ),
        Check(
            "E50",
            "既有 results.xlsx，又有 results 文件夹",
            "请只用一种：一份总表，或各股室一份、都放在 results 文件夹。",
            "",
        ),
        Check(
            "E51",
            "results 文件夹中有不是表格的文件：{names}",
            "请另存为 xlsx（也可以是 xls、csv、parquet），直接放在这个文件夹；"
            "不是结果回填表的，移走。",
            "",
        ),
        Check(
            "E52",
            "这份现场检查表的文件不完整，或者导出以后改动过",
            "请交页面导出的原文件，不要用 Excel 打开再保存；要改的，在页面上改后重新导出，"
            "或者改用结果回填表。",
            "",
        ),
        Check(
            "E53",
            "这份现场检查表是 {round} 第 {attempt} 次抽取的，不是本批次本次抽取的",
            "请放到它自己的批次；作废的抽取发下的页面不能再用。",
            "",
        ),
        Check(
            "E54",
            "这份现场检查表的检查组（{team}）不是这几户现在的检查组：{numbers}",
            "请交这几户检查组自己的文件；抽后调整以后，请运行 ssj papers，用重新生成的页面，"
            "或者改用结果回填表。",
            "",
        ),
    )
}
# excusable, in a few words
EXCUSED = {
    "E26": "检查日期不在检查期间",
    "E28": "不是检查组的人员",
    "E29": "执法人员不足",
    "E42": "名称与封库时不同",
    "E43": "检查当天不在检查组",
    "E44": "检查当天执法证已经到期",
}


class Checked:
    """A draw record indexed for the checks of single rows; ``time`` of the stage (ISO)."""

    def __init__(self, record: Record, time: str) -> None:
        numbers = lists.visit_numbers(record)
        self.visits = {numbers[v["id"]]: v for v in record["visits"]}
        self.numbers = numbers
        self.names = {
            table: lists.names(record, table) for table in ("targets", "items", "officers")
        }
        self.team, self.terms = teams(record), _terms(record)
        self.own = lists.internals(record, "officers")
        self.hidden = {t["id"] for t in record["tables"]["targets"] if not t["internal"]["public"]}
        self.drawn = (
            datetime.fromisoformat(record["entropy"]["time"]).astimezone(formats.BEIJING).date()
        )
        window = record["parameters"]["window"]
        self.window, self.today = (
            (date.fromisoformat(window["start"]), date.fromisoformat(window["end"])),
            datetime.fromisoformat(time).date(),
        )
        self._everybody = self._spelt(self.own)
        self._spellings: dict[str, dict[str, set[str]]] = {}

    def row(self, row: Record, first: Record | None) -> list[tuple[Problem, bool]]:
        """Problems of one answered row, and whether each was excused."""
        visit = self.visits.get(row["number"])
        result = []
        for code, details, key in (
            *self.identity(row, visit, first),
            *(() if visit is None else self._content(row, visit)),
        ):
            passed = visit is not None and CHECKS[code].excusable and self._excuses(row, visit)
            found = problem(code, row, key, **details)
            if passed:
                found = replace(
                    found,
                    severity="warning",
                    remedy=f"例外说明：{row['excuse']}；审核人：{row['reviewer']}",
                )
            result.append((found, passed))
        return result

    def identity(
        self, row: Record, visit: Record | None, first: Record | None = None
    ) -> Iterator[Found]:
        """Whether a row is about a drawn visit and item, about one alone, and no other row is;
        answered or not.
        """
        if visit is None:
            yield "E20", {}, ""
            return
        if row["target"] != visit["id"]:
            yield "E21", {"target": visit["id"], "number": row["number"]}, ""
        elif row["item"] not in visit["items"]:
            yield "E22", {"items": "、".join(visit["items"])}, ""
        elif first is not None:
            yield "E23", {"first": f"{first['file']} {listings.row_of(first, row)}"}, ""
        else:
            for key, table, own in (("name", "targets", "target"), ("item_name", "items", "item")):
                if row[key] and plain(row[key]) != plain(known := self.names[table][row[own]]):
                    yield "E42", {"header": schema.label(TABLE, key), "known": known}, key

    def _excuses(self, row: Record, visit: Record) -> bool:
        """Whether a reviewer who neither entered nor inspected has seen the reason."""
        involved = {plain(text) for text in (row["entered_by"], *row["officers"])}
        involved |= {
            text
            for o in self.meant(row, visit)
            if o
            for text in map(plain, spellings(o, self.names["officers"][o]))
        }
        return bool(row["excuse"] and row["reviewer"]) and plain(row["reviewer"]) not in involved

    def _content(self, row: Record, visit: Record) -> Iterator[Found]:
        for key in ("date", "officers", "results"):
            if not row[key]:
                yield "E27", {"header": schema.label(TABLE, key)}, key
        yield from self._days(row)
        if row["officers"]:
            yield from self._people(row, visit)
        yield from _results(row)
        yield from _course(row)
        if (
            row["published_on"]
            and row["reviewer"]
            and (row["not_public"] or visit["id"] in self.hidden)
        ):
            yield "E48", {}, ""

    def _days(self, row: Record) -> Iterator[Found]:
        day = row["date"]
        late = {
            key
            for key in ("date", "entered_on", "published_on", "closed_on")
            if row[key] and row[key] > self.today
        }
        yield from (
            ("E25", {"header": schema.label(TABLE, key), "today": self.today}, key)
            for key in sorted(late)
        )
        if not day or "date" in late:
            return
        if day < self.drawn:
            yield "E24", {"drawn": self.drawn}, ""
        elif not self.window[0] <= day <= self.window[1]:
            yield "E26", {"window": f"{self.window[0]} 至 {self.window[1]}"}, ""
        for key in ("entered_on", "published_on", "closed_on", "due"):
            if row[key] and row[key] < day:
                yield "E35", {"header": schema.label(TABLE, key), "date": day}, key

    def _people(self, row: Record, visit: Record) -> Iterator[Found]:
        meant, team = self.meant(row, visit), self.team[visit["id"]]
        if strangers := [
            text for text, o in zip(row["officers"], meant, strict=True) if o not in team
        ]:
            yield "E28", {"names": "、".join(strangers), "team": self._said(sorted(team))}, ""
        day = row["date"].isoformat() if row["date"] else ""
        terms = self.terms[visit["id"]]
        own, officers = (
            {o for o in meant if o in team},
            {o for o in meant if o and self.own[o]["kind"] == "officer"},
        )
        if away := sorted(o for o in own if day and not _sits(terms[o], day)):
            yield "E43", {"names": self._said(away)}, ""
        if len(officers) < LEAST:
            yield "E29", {"least": LEAST}, ""
        if ended := sorted(
            o for o in officers if day and "" < self.own[o]["certificate_until"] < day
        ):
            yield (
                "E44",
                {
                    "names": "、".join(
                        f"{self._said([o])} {self.own[o]['certificate_until']}" for o in ended
                    )
                },
                "",
            )
        absent = sorted(
            o
            for o in team - own
            if day and _goes(terms[o], day) and self.own[o]["kind"] == "officer"
        )
        if absent and not strangers and not away:
            yield "E45", {"names": self._said(absent)}, ""

    def _said(self, officers: list[str]) -> str:
        return "、".join(words.people(self.names["officers"], officers))

    def _spelt(self, officers: Any) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for o in officers:
            for text in spellings(o, self.names["officers"][o]):
                found[text].add(o)
        return found

    def meant(self, row: Record, visit: Record) -> list[str]:
        """工号 of each person in 检查人员, by 工号, 姓名 or both; of the team if one there fits,
        else of the roster; empty if none or several do.
        """
        if (team := self._spellings.get(visit["id"])) is None:
            team = self._spellings[visit["id"]] = self._spelt(self.team[visit["id"]])
        found = [
            team.get(text) or self._everybody.get(text, set())
            for text in map(plain, row["officers"])
        ]
        return [next(iter(ids)) if len(ids) == 1 else "" for ids in found]

    def recorded(self, row: Record, excused: list[str]) -> Record:
        """A sound row as results.json holds it; ``excused``: codes of what passed with a reason."""
        visit = self.visits[row["number"]]
        officers = [
            officer or text
            for officer, text in zip(self.meant(row, visit), row["officers"], strict=True)
        ]
        kept = {
            c.key: as_json(row[c.key])
            for c in schema.LATER[TABLE]
            if c.key not in NOT_RECORDED and (row[c.key] or c.key not in IF_GIVEN)
        }
        return {
            "visit": visit["id"],
            **kept,
            "officers": officers,
            "excused": sorted(set(excused)),
            "file": row["file"],
            "row": row["row"],
        }


def _results(row: Record) -> Iterator[Found]:
    """Result categories that don't go together."""
    found, kinds = row["results"], [r for r in row["results"] if r in schema.KINDS_TO_FOLLOW]
    if NO_PROBLEM in found and len(found) > 1:
        yield "E30", {}, ""
    elif kinds and schema.TO_FOLLOW not in found:
        yield "E46", {"kind": kinds[0]}, ""
    elif schema.TO_FOLLOW in found and not kinds:
        yield "E47", {"kinds": "、".join(schema.KINDS_TO_FOLLOW)}, ""


def _course(row: Record) -> Iterator[Found]:
    """What doesn't fit together of entry, review, publication and follow-up."""
    for key in ("entered_by", "entered_on"):
        if row["reviewer"] and not row[key]:
            yield "E33", {"header": schema.label(TABLE, key)}, ""
    if row["reviewer"] and plain(row["reviewer"]) == plain(row["entered_by"]):
        yield "E34", {}, ""
    if row["published_on"] and not row["reviewer"]:
        yield "E36", {}, ""
    if strange := [one for one in row["measure"] if one not in schema.FOLLOW_UP]:
        yield "E37", {"strange": "、".join(strange), "words": "、".join(schema.FOLLOW_UP)}, ""
    if row["reviewer"] and any(map(schema.is_problem, row["results"])) and not row["measure"]:
        yield "E38", {}, ""
    if (row["due"] or row["closed_on"]) and not row["responsible"]:
        yield "E39", {}, ""


def problem(code: str, row: Record, key: str = "", **details: Any) -> Problem:
    """A problem of ``CHECKS`` at a row, in the check's own column or another."""
    check = CHECKS[code]
    at = key or check.key
    value = row.get(at, "")
    value = "；".join(value) if at == "results" else value
    return Problem(
        code,
        check.message.format(**details),
        check.remedy.format(**details),
        row["file"],
        row.get("sheet", ""),
        row["row"],
        schema.label(TABLE, at) if at else "",
        rosters.shown(value)[:60] if value else "",
        check.severity,
    )


def teams(record: Record) -> dict[str, set[str]]:
    """Target → everybody who was ever of its team: as drawn, and those who came by an amendment
    (officers and experts).
    """
    return {visit: set(own) for visit, own in _terms(record).items()}


def who_goes(record: Record, day: str) -> dict[str, list[str]]:
    """Target → those of its officers (no experts) who would go on a day, as amendments have it; on
    an amendment's day who came by it.
    """
    kinds = {o["id"]: o["internal"]["kind"] for o in record["tables"]["officers"]}
    return {
        visit: [
            o
            for o, terms in own.items()
            if kinds[o] == "officer"
            and any(first <= day and (not last or day < last) for first, last in terms)
        ]
        for visit, own in _terms(record).items()
    }


def _terms(record: Record) -> dict[str, dict[str, list[list[str]]]]:
    """Target → officer or expert → first and last day in its team (empty: from the draw on, to the
    end).
    """
    own: dict[str, dict[str, list[list[str]]]] = {v["id"]: {} for v in record["visits"]}
    for seat in (t for kind in ("officers", "experts") for t in record[kind]["taken"]):
        own[seat["visit"]][seat["officer"]] = [["", ""]]
    for amendment in record.get("amendments", []):
        for visit in amendment["visits"]:
            own[visit][amendment["officer"]][-1][1] = amendment["date"]
        for seat in amendment["taken"]:
            own[seat["visit"]].setdefault(seat["officer"], []).append([amendment["date"], ""])
    return own


def _sits(terms: list[list[str]], day: str) -> bool:
    """Whether someone with these terms could go on a day; on the day of an amendment both can."""
    return any(first <= day and (not last or day <= last) for first, last in terms)


def _goes(terms: list[list[str]], day: str) -> bool:
    """Whether someone with these terms must have gone on a day: not on the day of an amendment,
    when another could.
    """
    return any((not first or first < day) and (not last or day < last) for first, last in terms)


def as_json(value: Any) -> Any:
    """A typed cell as a record holds it: dates as text, tuples as lists, nothing as empty text."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else "" if value is None else value
