"""One table on its way from raw cells to a typed frame, with all that is wrong in it and where its
rows went.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from ssj.base.errors import Problem, quoted
from ssj.tables import (
    accounts,
    coded,
    placeholders,
    rawtables,
    rules,
    scopes,
    screens,
    shifted,
    typed,
)
from ssj.tables.accounts import Tally
from ssj.tables.across import recusal_names
from ssj.tables.cells import (
    CODES,
    PARSERS,
    PLAIN,
    Refused,
    as_text,
    choice,
    plain,
    ratios,
    risk_class,
    spelt,
    word,
)
from ssj.tables.parts import ENTRIES
from ssj.tables.redaction import holds_personal, mask
from ssj.tables.schema import ALL, COLUMNS, LATER, REGISTERS, Column, label
from ssj.tables.table import STEP, Table

LETTERS = {
    "items": "I",
    "targets": "T",
    "officers": "O",
    "plan": "P",
    "recognised": "M",
    "external": "X",
    "platform": "L",
    "results": "E",
    "followup": "K",
    "corrections": "C",
    "objections": "J",
    "postings": "G",
    "exchange_items": "N",
    "indicators": "D",
    "other_inspections": "Q",
    "exceptions": "U",
}
MAY_BE_EMPTY = (*REGISTERS, "exceptions")  # nothing may have happened yet
REPEATED = ("exceptions",)  # tables that may name an id several times
SUSPECT = ("02", "04", "06", "07", "08", "09", "10")  # a cell of another kind than its column's


class Reader:
    """A table as found, its problems, and what becomes of its rows. Rows are numbered through where
    it has several files (:mod:`ssj.tables.parts`).
    """

    def __init__(
        self,
        table: str,
        raw: Table,
        classes: Collection[str],
        pools: Mapping[str, str] | None = None,
    ) -> None:
        self.table, self.raw, self.parts = table, raw, raw.parts or (raw,)
        self.problems = [problem for part in self.parts for problem in part.problems]
        self.at = [
            None if problem.row is None else problem.row + n * STEP
            for n, part in enumerate(self.parts)
            for problem in part.problems
        ]
        self.bad = {
            row
            for row, problem in zip(self.at, self.problems, strict=True)
            if problem.severity == "error" and row is not None
        }
        self.excluded: dict[int, tuple[str, ...]] = {}
        self.said: list[tuple[int, str]] = []  # notes: number of the part, what was done
        self.whole = not any(map(rawtables.of_all, self.problems))
        self.classes = tuple(classes)
        self.parsers = PARSERS | {
            "class": lambda value: risk_class(value, classes),
            "ratios": lambda value: ratios(value, classes),
            "scope": lambda value: scopes.parse(value, classes, pools),
        }
        if not classes:  # round.toml says so itself where it can't be read; nothing follows from it
            self.parsers |= {
                "class": lambda value: word(value).upper(),
                "ratios": lambda _: {"*": "1"},
                "scope": lambda _: scopes.Scope(),
            }
        for n, part in enumerate(self.parts):
            if (
                part.frame.empty
                and table not in MAY_BE_EMPTY
                and not part.file.endswith(ENTRIES)
                and not any(map(rawtables.of_all, part.problems))
            ):
                # beside one workbook all other rows are single entries
                beside = any(own.file != part.file for own in self.parts)
                entered = len(raw.frame) if beside and "/" not in part.file else 0
                self.add("F19" if entered else "11", part=n, count=entered)
        self._personal()
        self.frame = pd.DataFrame(
            {column.key: self._column(column) for column in (COLUMNS | LATER)[table]},
            index=self.raw.frame.index,
        )
        if table not in REPEATED:
            self._duplicates()
        self._shifted()
        self._codes()

    def add(
        self,
        code: str,
        row: int | None = None,
        header: str = "",
        value: object = "",
        part: int = 0,
        **details: Any,
    ) -> None:
        """Record a problem by its rule; personal numbers in the value are masked. A number as
        detail ``first`` is another row of the table.
        """
        if rules.RULE[code].severity == "error" and row is not None:
            self.bad.add(row)
        own, number = (
            self.parts[part if row is None else row // STEP],
            None if row is None else row % STEP,
        )
        other, first = own, details.get("first")
        if len(self.parts) > 1 and isinstance(first, int):
            other, details["first"] = self.parts[first // STEP], first % STEP
        details = {name: mask(str(detail)) for name, detail in details.items()}
        found = rules.problem(
            code,
            own.file,
            own.sheet,
            number,
            _title(own, header),
            rawtables.spelt(mask(as_text(value)))[:60],
            LETTERS[self.table],
            **details,
        )
        if other is not own:
            place = f" {other.file} " if other.file != own.file else f"工作表“{other.sheet}”"
            found = replace(
                found,
                message=found.message.replace(
                    f"第 {details['first']} 行", f"{place}第 {details['first']} 行"
                ).replace("（ ", "（"),
            )
        self.problems.append(found)
        self.at.append(row)

    def notes(self) -> list[str]:
        """What was done on reading, in words: of each part its account, then its remarks."""
        lines = accounts.lines({self.table: self.tally()})
        return [said for n, line in enumerate(lines) for said in (line, *self._remarks(n))]

    def remarks(self) -> list[str]:
        """What was done on reading beside the account: titles that were taken for others, rows that
        are no data, personal columns.
        """
        return [said for n in range(len(self.parts)) for said in self._remarks(n)]

    def _remarks(self, n: int) -> list[str]:
        """Those of one part."""
        part = self.parts[n]
        file = (
            f"{part.file} 工作表“{part.sheet}”"
            if len({own.file for own in self.parts}) < len(self.parts) and part.sheet
            else part.file
        )
        said = [f"{file} {note}。" for note in part.notes]
        said += [f"{file} {note}。" for at, note in self.said if at == n]
        said += [
            f"{file} 的{quoted([title])}列按“{header}”读取。"
            for header, title in part.titles.items()
        ]
        for why in dict.fromkeys(part.left_out.values()):
            rows = [row for row, own in part.left_out.items() if own == why]
            said.append(f"{file} 的第 {'、'.join(map(str, rows[:20]))} 行是{why}，没有读取。")
        if part.dropped:
            said.append(f"{file} 的{quoted(part.dropped)}列含个人信息，读取时已略去，不进入档案。")
        return said

    def _column(self, column: Column) -> pd.Series:
        """Typed values of one column; refused cells get the default."""
        if column.header not in self.raw.frame:
            return pd.Series(
                [column.default] * len(self.raw.frame), self.raw.frame.index, dtype=object
            )
        parse, plain = self._parser(column), PLAIN.get(column.kind)
        others: dict[Any, Any]
        cells = self.raw.frame[column.header].tolist()
        vacant = self._vacant(column)
        if set(map(type, cells)) <= {str, type(None)}:
            keys, texts = cells, self._texts(column.header)
            others = {text: text for text in texts if not (plain and plain.fullmatch(text))}
            others |= {text: text for text in vacant} | ({None: None} if None in cells else {})
        else:
            keys = [*zip(map(type, cells), cells, strict=True)]  # 1 and True are equal, and differ
            others = dict(zip(keys, cells, strict=True))
        if not others:  # all are given back as they are
            return self.raw.frame[column.header]
        parsed, refused, usual = {}, {}, dict[Any, str]()
        for key, value in others.items():
            if isinstance(value, str) and value in vacant:
                parsed[key] = column.default
                if column.required and not column.blank:
                    refused[key] = Refused(vacant[value])
                continue
            if value is not None and (own := spelt(value, column, self.classes)):
                usual[key] = own
            try:
                parsed[key] = typed_cell(column, parse, usual.get(key, value))
            except Refused as why:
                parsed[key], refused[key] = column.default, why
        rows = zip(self.raw.frame.index, keys, cells, strict=True) if refused else ()
        for row, key, value in rows:
            # a file that lacks the column says so once
            if key in refused and column.header in self.parts[row // STEP].frame:
                self.add(refused[key].rule, row, column.header, value, **refused[key].details)
        for key, own in usual.items():
            self._say_spelt(column, key, own, keys, others)
        if vacant and not (column.required and not column.blank):
            self._say_vacant(column, vacant, cells)
        return pd.Series([parsed.get(key, key) for key in keys], self.raw.frame.index, dtype=object)

    def _vacant(self, column: Column) -> dict[str, str]:
        """The texts of a column that stand for no value → their rule. A blank 执法事项范围 means
        every item, so there nothing counts as blank.
        """
        if column.kind == "ids" and not column.required:
            return {}
        return placeholders.among(self._texts(column.header))

    def _say_vacant(self, column: Column, vacant: Mapping[str, str], cells: Sequence[Any]) -> None:
        """What an optional column holds instead of values: once for each part and kind."""
        found: dict[tuple[int, str], list[tuple[int, str]]] = {}
        for row, cell in zip(self.raw.frame.index, cells, strict=True):
            if isinstance(cell, str) and cell in vacant:
                found.setdefault((row // STEP, vacant[cell]), []).append((row, cell.strip()))
        for (part, rule), own in found.items():
            if rule == "F20":
                words = quoted(dict.fromkeys(word for _, word in own))
                title = quoted([_title(self.parts[part], column.header)])
                self.said.append((part, f"的{title}列有 {len(own)} 格写的是{words}，按空白读取"))
            else:
                name = "F10/optional" if rule == "F10" else "F20/optional"
                self.add(name, own[0][0], column.header, own[0][1], count=len(own))

    def _say_spelt(
        self, column: Column, key: Any, own: str, keys: Sequence[Any], others: Mapping[Any, Any]
    ) -> None:
        """A usual spelling that was taken for a word: once for each part."""
        rows = zip(self.raw.frame.index, keys, strict=True)
        for part, count in Counter(row // STEP for row, other in rows if other == key).items():
            title = quoted([_title(self.parts[part], column.header)])
            text = as_text(others[key])
            self.said.append((part, f"的{title}列有 {count} 格的“{text}”按“{own}”读取"))

    def _parser(self, column: Column) -> Any:
        return (
            self.parsers.get(column.kind)
            if column.words is None
            else lambda value: choice(value, column.words)
        )

    def _texts(self, header: str) -> list[str]:
        """The distinct texts of a column."""
        return (
            self.raw.texts[header]
            if header in self.raw.texts
            else screens.texts(self.raw.frame[header])
        )

    def _duplicates(self) -> None:
        if "id" not in self.frame:
            return
        first: dict[str, int] = {}
        codes = self.frame["id"][self.frame["id"].duplicated(keep=False)]
        for row, code in zip(codes.index, codes, strict=True):
            if code and first.setdefault(code, row) != row:
                names: list[Any] = (
                    [self.frame.at[n, "name"] for n in (row, first[code])]
                    if "name" in self.frame
                    else ["", ""]
                )
                differ = self.table != "plan" and all(names) and plain(names[0]) != plain(names[1])
                self.add(
                    "05" if differ else "03",
                    row,
                    label(self.table, "id"),
                    code,
                    first=first[code],
                    name=names[1],
                )

    def _shifted(self) -> None:
        """Rows whose cells stand one column beside their own, among those with an error."""

        def takes(column: Column, value: Any) -> bool:
            try:
                typed_cell(column, self._parser(column), value)
            except Refused:
                return False
            return True

        columns = (COLUMNS | LATER)[self.table]
        for n, part in enumerate(self.parts if self.whole else ()):
            headers = {_title(part, column.header): column.header for column in columns}
            suspects: dict[int, list[str]] = {}
            for row, problem in zip(self.at, self.problems, strict=True):
                if (
                    row is not None
                    and problem.row is not None
                    and row // STEP == n
                    and problem.code[0] != "F"
                    and problem.code[1:] in SUSPECT
                    and problem.column in headers
                ):
                    suspects.setdefault(problem.row, []).append(headers[problem.column])
            for row, header, details in (
                shifted.rows(part, columns, takes, suspects) if suspects else ()
            ):
                self.add("F17", row + n * STEP, header, **details)

    def _codes(self) -> None:
        """Ids of targets that should be 统一社会信用代码 and are not, or not quite."""
        header = label("targets", "id")
        if self.table != "targets" or not self.whole or header not in self.raw.frame:
            return
        own = {name for p in self.parts for name in (_title(p, header), p.titles.get(header))}
        spoilt = {  # said of already, by what explains more
            row
            for row, problem in zip(self.at, self.problems, strict=True)
            if row is not None
            and (
                problem.code in ("F17", "T04")
                or (problem.code in ("F11", "F20") and problem.column in own)
            )
        }
        titles = [part.titles.get(header, header) for part in self.parts]
        unread = {
            row: n
            for n, (row, problem) in enumerate(zip(self.at, self.problems, strict=True))
            if problem.code == "T02" and row is not None
        }
        gone = {unread[row] for row in spoilt if row in unread}
        for row, rule, details in coded.findings(
            self.raw.frame[header].tolist(), self.frame, titles, spoilt
        ):
            if rule == "02/code":
                gone.add(unread[row])
            self.add(rule, row, header, self.raw.frame.at[row, header], **details)
        if gone:
            kept = [n for n in range(len(self.problems)) if n not in gone]
            self.problems = [self.problems[n] for n in kept]
            self.at = [self.at[n] for n in kept]

    def _personal(self) -> None:
        codes = {column.header for column in (COLUMNS | LATER)[self.table] if column.kind in CODES}
        for header in self.raw.frame.columns.difference(list(codes), sort=False):
            cells = self.raw.frame[header]
            texts, kinds = self._texts(header), set(map(type, cells.tolist()))
            numbers = (
                [as_text(cell) for cell in cells if isinstance(cell, int)]
                if kinds - {str, type(None)}
                else []
            )
            if any(map(holds_personal, screens.with_long_numbers([*texts, *numbers]))):
                for row, cell in zip(cells.index, cells, strict=True):
                    if holds_personal(as_text(cell)):
                        self.add("17", row, mask(header), cell)

    # --- what a reviewed exception does to a row ---

    def faults(self) -> dict[int, list[Problem]]:
        """Problems by row, those of a joined row with its record."""
        joined = {
            row + n * STEP: first + n * STEP
            for n, part in enumerate(self.parts)
            for row, first in part.joined.items()
        }
        found: dict[int, list[Problem]] = {}
        for row, problem in zip(self.at, self.problems, strict=True):
            if row is not None:
                found.setdefault(joined.get(row, row), []).append(problem)
        return found

    def named(self, rows: Iterable[int] | None = None) -> dict[int, tuple[str, str]]:
        """The raw texts of 编号 and 名称 (工号 and 姓名) of all rows, or of some, as lists of
        problems show them.
        """
        heads = [label(self.table, key) for key in ("id", "name")]
        frame = self.raw.frame if rows is None else self.raw.frame.loc[[*rows]]
        cells = [frame[head].tolist() if head in frame else [None] * len(frame) for head in heads]
        return {
            row: (raw_text(code), raw_text(name))
            for row, code, name in zip(frame.index, *cells, strict=True)
        }

    def settle(self, passed: Collection[tuple[int, str]], excluded: Collection[int]) -> None:
        """Take away the problems (row, code) that an exception lets through, and the rows that one
        excludes with all their problems.
        """
        if not passed and not excluded:
            return
        faults = self.faults()
        gone = {
            id(p)
            for row, own in faults.items()
            for p in own
            if row in excluded or (row, p.code) in passed
        }
        self.excluded = {
            row: tuple(dict.fromkeys(p.code for p in faults[row] if p.severity == "error"))
            for row in sorted(excluded)
        }
        kept = [
            (row, p) for row, p in zip(self.at, self.problems, strict=True) if id(p) not in gone
        ]
        self.at, self.problems = [row for row, _ in kept], [p for _, p in kept]
        left = {
            row for row, own in self.faults().items() if any(p.severity == "error" for p in own)
        }
        self.bad -= {row for row in (*excluded, *(row for row, _ in passed)) if row not in left}

    # --- what comes of it ---

    def listed(self) -> pd.DataFrame:
        """The typed cells of all rows but those that an exception excludes."""
        return self.frame.drop(index=list(self.excluded)) if self.excluded else self.frame

    def tally(self) -> Tally:
        codes: dict[int, list[str]] = {}
        for row, problem in zip(self.at, self.problems, strict=True):
            if problem.severity == "error" and row is not None:
                codes.setdefault(row, []).append(problem.code)
        bad = [row for row in self.frame.index if row in self.bad]
        whole = (
            ()
            if self.whole
            else tuple(dict.fromkeys(p.code for p in self.problems if rawtables.of_all(p)))
        )
        tallies, files = [], [part.file for part in self.parts]
        for n, part in enumerate(self.parts):
            refused = {
                row % STEP: tuple(dict.fromkeys(codes[row])) for row in bad if row // STEP == n
            }
            excluded = {row % STEP: own for row, own in self.excluded.items() if row // STEP == n}
            good = len(part.frame) - len(refused) - len(excluded)
            tallies.append(
                Tally(
                    part.rows,
                    good if self.whole else 0,
                    refused,
                    part.left_out,
                    part.joined,
                    part.unread + (0 if self.whole else good),
                    whole,
                    excluded,
                    part.file,
                    sheet=part.sheet if files.count(part.file) > 1 else "",
                    others=part.others,
                )
            )
        return tallies[0] if len(tallies) == 1 else accounts.total(tallies, STEP, self.raw.file)

    def typed(self, categories: Collection[str], targets: pd.DataFrame | None) -> pd.DataFrame:
        """The frame without bad and excluded rows: scope split in four, 全部 spelt out, recusals as
        ids; sorted by id.
        """
        good = [
            self.whole and row not in self.bad and row not in self.excluded
            for row in self.frame.index
        ]
        frame = self.frame[pd.Series(good, self.frame.index, dtype=bool)].copy()
        every = tuple(sorted(categories))

        def spelt_out(names: tuple[str, ...]) -> tuple[str, ...]:
            return every if ALL in names or not names else names

        if self.table == "items":
            frame = frame.assign(categories=objects(map(spelt_out, frame["categories"]), frame))
        if self.table == "officers":
            known = {} if targets is None else recusal_names(targets, frame["recusals"])
            ids = (
                tuple(dict.fromkeys(one for name in names for one in known.get(plain(name), ())))
                for names in frame["recusals"]
            )
            some = (() if ALL in ids else ids for ids in frame["authority"])
            frame = frame.assign(recusals=objects(ids, frame), authority=objects(some, frame))
        if self.table == "plan":
            at = list(frame.columns).index("scope")
            for place, key in enumerate(scopes.Scope._fields):
                words = (
                    spelt_out(own[place]) if key == "categories" else own[place]
                    for own in frame["scope"]
                )
                frame.insert(at + place, key, objects(words, frame))
            frame = frame.drop(columns="scope")
        frame = typed.with_dtypes(frame, self.table)
        if self.table in REPEATED:
            return frame
        return frame.sort_values("id" if "id" in frame else ["target", "item"])


def _title(part: Table, header: str) -> str:
    """A header for people: with the file's own title, if it has another."""
    return f"{part.titles[header]}（{header}）" if header in part.titles else header


def raw_text(cell: object) -> str:
    """A raw cell as lists of problems show it, and exceptions name it."""
    return rawtables.spelt(mask(as_text(cell))).strip()


def typed_cell(column: Column, parse: Any, value: Any) -> Any:
    """The typed value of one cell. Raises ``Refused``."""
    if value is None:
        if column.required and not column.blank:
            raise Refused("01")
        return column.default
    typed = parse(value)
    if column.required and not column.blank and typed in ("", ()):  # nothing but separators
        raise Refused("01")
    return typed


def objects(values: Any, frame: pd.DataFrame) -> pd.Series:
    return pd.Series(list(values), frame.index, dtype=object)
