"""一单两库 and the plan, read: raw tables become typed frames, with all that is wrong in any of the four files.

Rows with an error are left out of the frames; a freeze stops at the first error anyway.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any

import pandas as pd

from ssj.inputs import headings, item_versions, rules, scopes, screens, shifted, tables
from ssj.inputs.across import Context, recusal_names
from ssj.inputs.cells import CODES, PARSERS, PLAIN, Refused, as_text, choice, plain, ratios, risk_class
from ssj.errors import InputError, Problem, quoted
from ssj.inputs.redaction import holds_personal, mask
from ssj.inputs.finders import FINDERS
from ssj.inputs.schema import ALL, COLUMNS, FOREVER, LATER, OPTIONAL, REGISTERS, TARGET_STATUS, TITLES, WHOLE_YEAR, Column, headers, label

LETTERS = {"items": "I", "targets": "T", "officers": "O", "plan": "P", "recognised": "M", "external": "X", "platform": "L",
           "results": "E", "followup": "K", "corrections": "C", "objections": "J", "postings": "G", "exchange_items": "N",
           "indicators": "D", "other_inspections": "Q"}
SUSPECT = ("02", "04", "06", "07", "08", "09", "10")  # a cell of another kind than its column's
MOST_ALIKE = 50  # problems of one kind in one column shown one by one; the rest are counted


@dataclass(frozen=True)
class Tally:
    """Where the rows of a file went that hold something under the header: every one is used, refused (row → codes), left out (row → why),
    joined to an earlier one (row → the record's first row), or unread, since the table as a whole can't be (``whole``: codes)."""

    rows: int
    used: int
    refused: dict[int, tuple[str, ...]]
    left_out: dict[int, str]
    joined: dict[int, int]
    unread: int = 0
    whole: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rosters:
    """The typed frames (sorted by id, index = Excel row), what is wrong, and what was done on reading.

    ``recognised`` (互认检查结果, by target and item) is empty where a round has none.
    """

    items: pd.DataFrame
    targets: pd.DataFrame
    officers: pd.DataFrame
    plan: pd.DataFrame
    recognised: pd.DataFrame
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    every: tuple[Problem, ...] = ()  # ``problems`` without the limit on those alike
    tallies: dict[str, Tally] = field(default_factory=dict)

    def check(self) -> None:
        """Raises InputError with every error of every file; warnings alone pass."""
        if errors := [problem for problem in self.problems if problem.severity == "error"]:
            raise InputError(errors)


class _Reader:
    """One table on its way from raw cells to a typed frame; collects its problems."""

    def __init__(self, table: str, path: Path, classes: Collection[str], pools: Mapping[str, str] | None = None) -> None:
        self.table, self.raw = table, tables.read(path, headings.read(path.parent, table, headers(table)))
        self.problems = list(self.raw.problems)
        self.bad = {problem.row for problem in self.problems if problem.severity == "error" and problem.row is not None}
        self.whole = not any(p.code in ("F06", "F07") or p.severity == "error" and p.row is None for p in self.problems)
        self.parsers = PARSERS | {"class": lambda value: risk_class(value, classes), "ratios": lambda value: ratios(value, classes),
                                  "scope": lambda value: scopes.parse(value, classes, pools)}
        if self.whole and self.raw.frame.empty and table not in REGISTERS:  # of a register nothing may have happened yet
            self.add("11")
        self._personal()
        self.frame = pd.DataFrame({column.key: self._column(column) for column in (COLUMNS | LATER)[table]}, index=self.raw.frame.index)
        self._duplicates()
        self._shifted()

    def add(self, code: str, row: int | None = None, header: str = "", value: object = "", **details: object) -> None:
        """Record a problem by its rule; personal numbers in the value are masked."""
        if rules.RULE[code].severity == "error":
            self.bad.add(row)
        details = {name: mask(str(detail)) for name, detail in details.items()}
        self.problems.append(rules.problem(code, self.raw.file, self.raw.sheet, row, self._title(header), tables.spelt(mask(as_text(value)))[:60],
                                           LETTERS[self.table], **details))

    def _title(self, header: str) -> str:
        """A header for people: with the file's own title, if it has another."""
        return f"{self.raw.titles[header]}（{header}）" if header in self.raw.titles else header

    def notes(self) -> list[str]:
        """What was done on reading, in words: rows, titles that were taken for others, rows that are no data, personal columns."""
        file = self.raw.file
        said = [f"{file} {note}。" for note in self.raw.notes]
        said += [f"{file} 的{quoted([title])}列按“{header}”读取。" for header, title in self.raw.titles.items()]
        for why in dict.fromkeys(self.raw.left_out.values()):
            rows = [row for row, own in self.raw.left_out.items() if own == why]
            said.append(f"{file} 的第 {'、'.join(map(str, rows[:20]))} 行是{why}，没有读取。")
        if self.raw.dropped:
            said.append(f"{file} 的{quoted(self.raw.dropped)}列含个人信息，读取时已略去，不进入档案。")
        return said

    def _column(self, column: Column) -> pd.Series:
        """Typed values of one column; refused cells get the default."""
        if column.header not in self.raw.frame:
            return pd.Series([column.default] * len(self.raw.frame), self.raw.frame.index, dtype=object)
        parse, plain = self._parser(column), PLAIN.get(column.kind)
        cells = self.raw.frame[column.header].tolist()
        if set(map(type, cells)) <= {str, type(None)}:
            keys, texts = cells, self._texts(column.header)
            others = {text: text for text, hit in zip(texts, map(plain.fullmatch, texts) if plain else repeat(None)) if hit is None}
            others |= {None: None} if None in cells else {}
        else:
            keys = [*zip(map(type, cells), cells)]  # 1 and True are equal, and differ
            others = dict(zip(keys, cells))
        if not others:  # all are given back as they are
            return self.raw.frame[column.header]
        parsed, refused = {}, {}
        for key, value in others.items():
            try:
                parsed[key] = _parsed(column, parse, value)
            except Refused as why:
                parsed[key], refused[key] = column.default, why
        for row, key, value in zip(self.raw.frame.index, keys, cells) if refused else ():
            if key in refused:
                self.add(refused[key].rule, row, column.header, value, **refused[key].details)
        return pd.Series([parsed.get(key, key) for key in keys], self.raw.frame.index, dtype=object)

    def _parser(self, column: Column) -> Any:
        return self.parsers.get(column.kind) if column.words is None else lambda value: choice(value, column.words)

    def _texts(self, header: str) -> list[str]:
        """The distinct texts of a column."""
        return self.raw.texts[header] if header in self.raw.texts else screens.texts(self.raw.frame[header])

    def _duplicates(self) -> None:
        if "id" not in self.frame:
            return
        first: dict[str, int] = {}
        for row, code in self.frame["id"][self.frame["id"].duplicated(keep=False)].items():
            if code and first.setdefault(code, row) != row:
                names = [self.frame.at[n, "name"] for n in (row, first[code])] if "name" in self.frame else ["", ""]
                differ = self.table != "plan" and all(names) and plain(names[0]) != plain(names[1])
                self.add("05" if differ else "03", row, label(self.table, "id"), code, first=first[code], name=names[1])

    def _shifted(self) -> None:
        """Rows whose cells stand one column beside their own, among those with an error."""
        def takes(column: Column, value: Any) -> bool:
            try:
                _parsed(column, self._parser(column), value)
            except Refused:
                return False
            return True

        columns, suspects = (COLUMNS | LATER)[self.table], {}
        headers = {self._title(column.header): column.header for column in columns}
        for problem in self.problems if self.whole else ():
            if problem.code[0] != "F" and problem.code[1:] in SUSPECT and problem.column in headers:
                suspects.setdefault(problem.row, []).append(headers[problem.column])
        for row, header, details in shifted.rows(self.raw, columns, takes, suspects) if suspects else ():
            self.add("F17", row, header, **details)

    def _personal(self) -> None:
        codes = {column.header for column in (COLUMNS | LATER)[self.table] if column.kind in CODES}
        for header in self.raw.frame.columns.difference(list(codes), sort=False):
            cells = self.raw.frame[header]
            texts, kinds = self._texts(header), set(map(type, cells.tolist()))
            numbers = [as_text(cell) for cell in cells if isinstance(cell, int)] if kinds - {str, type(None)} else []
            if any(map(holds_personal, screens.with_long_numbers([*texts, *numbers]))):
                for row, cell in cells.items():
                    if holds_personal(as_text(cell)):
                        self.add("17", row, mask(header), cell)

    def tally(self) -> Tally:
        codes: dict[int, list[str]] = {}
        for problem in self.problems:
            if problem.severity == "error" and problem.row is not None:
                codes.setdefault(problem.row, []).append(problem.code)
        raw, bad = self.raw, [row for row in self.frame.index if row in self.bad]
        used = len(self.frame) - len(bad) if self.whole else 0
        whole = () if self.whole else tuple(dict.fromkeys(p.code for p in self.problems if p.severity == "error" and (
            p.row is None or p.code in ("F06", "F07"))))
        unread = raw.rows - used - len(bad) - len(raw.left_out) - len(raw.joined)
        return Tally(raw.rows, used, {row: tuple(dict.fromkeys(codes[row])) for row in bad}, raw.left_out, raw.joined, unread, whole)

    def typed(self, categories: Collection[str], targets: pd.DataFrame | None) -> pd.DataFrame:
        """The frame without bad rows: scope split in four, 全部 spelt out, recusals as ids; sorted by id."""
        good = [self.whole and row not in self.bad for row in self.frame.index]
        frame = self.frame[pd.Series(good, self.frame.index, dtype=bool)].copy()
        every = tuple(sorted(categories))

        def spelt_out(names: tuple[str, ...]) -> tuple[str, ...]:
            return every if ALL in names or not names else names

        if self.table == "items":
            frame = frame.assign(categories=_objects(map(spelt_out, frame["categories"]), frame))
        if self.table == "officers":
            known = {} if targets is None else recusal_names(targets, frame["recusals"])
            ids = (tuple(dict.fromkeys(one for name in names for one in known.get(plain(name), ()))) for names in frame["recusals"])
            some = (() if ALL in ids else ids for ids in frame["authority"])
            frame = frame.assign(recusals=_objects(ids, frame), authority=_objects(some, frame))
        if self.table == "plan":
            at = frame.columns.get_loc("scope")
            for place, key in enumerate(scopes.Scope._fields):
                words = (spelt_out(own[place]) if key == "categories" else own[place] for own in frame["scope"])
                frame.insert(at + place, key, _objects(words, frame))
            frame = frame.drop(columns="scope")
        kinds = {c.key: c.kind for c in COLUMNS[self.table] if c.default is not None and c.kind in ("int", "bool")}
        return frame.astype({key: "int64" if kind == "int" else "bool" for key, kind in kinds.items()}).sort_values(
            "id" if "id" in frame else ["target", "item"])


def _parsed(column: Column, parse: Any, value: Any) -> Any:
    """The typed value of one cell. Raises ``Refused``."""
    if value is None:
        if column.required and not column.blank:
            raise Refused("01")
        return column.default
    typed = parse(value)
    if column.required and not column.blank and typed in ("", ()):  # nothing but separators
        raise Refused("01")
    return typed


def _objects(values: Any, frame: pd.DataFrame) -> pd.Series:
    return pd.Series(list(values), frame.index, dtype=object)


def load(folder: Path, classes: Collection[str], round_id: str, window: tuple[dt.date, dt.date], plan: Path | None = None) -> Rosters:
    """The four tables of a round's folder, typed and checked.

    ``classes``: those of the round's scheme; ``window``: first and last day of visits; ``plan``: folder of the plan, if another. Never raises for what the files
    hold or lack: problems of all files come back at once, errors first.
    """
    readers: dict[str, _Reader] = {}
    problems: list[Problem] = []
    every: list[Problem] = []
    notes: list[str] = []
    present = TITLES | {table: title for table, title in OPTIONAL.items() if Path(folder).is_dir() and tables.exists(Path(folder), table)}
    for table, title in present.items():
        try:
            readers[table] = reader = _Reader(table, tables.find(Path(plan if plan and table == "plan" else folder), table), tuple(classes), scopes.declared(Path(folder)))
        except InputError as error:
            problems += error.problems
            every += error.problems
            continue
        notes.append(f"{title}（{reader.raw.file}）：读取 {len(reader.raw.frame)} 行。")
        notes += reader.notes()
    known = {table: reader.frame for table, reader in readers.items() if reader.whole}
    context = Context(known, round_id, window)
    for rule in rules.RULES:
        if rule.needs and all(len(known.get(table, ())) for table in rule.needs):
            for row, value, details in FINDERS[rule.code](context):
                readers[rule.needs[0]].add(rule.code, row, label(rule.needs[0], rule.key), value, **details)
    categories = set(filter(None, known["targets"]["category"])) if "targets" in known else set()
    frames = {table: readers[table].typed(categories, known.get("targets")) if table in readers else _empty(table)
              for table in TITLES | OPTIONAL}
    for table, reader in readers.items():
        frames[table].attrs["place"] = {"file": reader.raw.file, "sheet": reader.raw.sheet}
        problems += few(reader.problems)
        every += sorted(reader.problems, key=lambda p: (p.row or 0, p.code))
    shown, whole = (tuple(sorted(some, key=lambda p: p.severity)) for some in (problems, every))
    return Rosters(**frames, problems=shown, notes=tuple(notes), every=whole, tallies={table: reader.tally() for table, reader in readers.items()})


def _empty(table: str) -> pd.DataFrame:
    keys = [key for column in COLUMNS[table] for key in (scopes.Scope._fields if column.key == "scope" else (column.key,))]
    return pd.DataFrame({key: pd.Series([], dtype=object) for key in keys}, index=pd.Index([], dtype="int64"))


def few(problems: list[Problem]) -> list[Problem]:
    """In order of rows; of problems alike in one column the first fifty, and one line for how many more there are."""
    alike: dict[tuple[str, str], list[Problem]] = {}
    for problem in sorted(problems, key=lambda p: (p.row or 0, p.code)):
        alike.setdefault((problem.code, problem.column), []).append(problem)
    shown = [p for group in alike.values() for p in group[:MOST_ALIKE]]
    more = [Problem(p.code, f"同样的问题还有 {len(group) - MOST_ALIKE} 处：{p.message}", p.remedy, p.file, p.sheet, None, p.column,
                    severity=p.severity) for group in alike.values() if len(group) > MOST_ALIKE for p in group[-1:]]
    return sorted(shown, key=lambda p: (p.row or 0, p.code)) + more


@dataclass(frozen=True)
class Listing:
    """A list that came after the freeze as read: sound rows in the file's order (``row`` as Excel counts), all problems, its place; the rows with an
    error (cells that could not be read are blank), and whether it could be read as such a list at all."""

    rows: tuple[dict[str, Any], ...] = ()
    problems: tuple[Problem, ...] = ()
    file: str = ""
    sheet: str = ""
    bad: tuple[dict[str, Any], ...] = ()
    whole: bool = False


def load_list(folder: Path, table: str, path: Path | None = None) -> Listing:
    """One of the lists that come after the freeze (``schema.LATER``), in the folder or in the named file. Never raises for what
    the file holds or lacks."""
    try:
        reader = _Reader(table, path or tables.find(folder, table), ())
    except InputError as error:
        return Listing(problems=error.problems)
    rows = [{"row": int(row), **cells} for row, cells in zip(reader.frame.index, reader.frame.to_dict("records"))] if reader.whole else []
    sound, bad = (tuple(r for r in rows if (r["row"] in reader.bad) is wrong) for wrong in (False, True))
    return Listing(sound, tuple(sorted(few(reader.problems), key=lambda p: p.severity)), reader.raw.file, reader.raw.sheet, bad, reader.whole)


def changes(before: pd.DataFrame, after: pd.DataFrame, keys: Collection[str] | None = None) -> pd.DataFrame:
    """What differs between two typed frames of one table, by id: id, change (新增, 删除, 变更), field, before, after.

    ``keys``: the columns to compare, by default all that both have. Sorted by id, then column.
    """
    old, new = before.set_index("id"), after.set_index("id")
    both = old.index.intersection(new.index)
    rows = [(code, "新增", "", "", "") for code in new.index.difference(old.index)]
    rows += [(code, "删除", "", "", "") for code in old.index.difference(new.index)]
    for key in [key for key in new.columns if key in old.columns and (keys is None or key in keys)]:
        rows += [(code, "变更", key, shown(a), shown(b)) for code, a, b in zip(both, old.loc[both, key], new.loc[both, key])
                 if a != b]
    frame = pd.DataFrame(rows, columns=["id", "change", "field", "before", "after"], dtype=object)
    return frame.sort_values("id", kind="stable", ignore_index=True)


def shown(value: object) -> str:
    """A typed value as people write it: ``shown(("燃气", "物业")) == "燃气、物业"``, ``shown(FOREVER) == "长期"``."""
    if isinstance(value, tuple):
        return "、".join("至".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in value)
    if isinstance(value, dict):
        return "；".join(ratio if name == "*" else f"{name} {ratio}" for name, ratio in value.items())
    return "长期" if value == FOREVER else as_text(value)


def coverage(rosters: Rosters, round_id: str, window: tuple[dt.date, dt.date] | None = None) -> pd.DataFrame:
    """For each category: targets in scope by status, items that apply (with a ``window``: those in force through it), tasks of this round, and the gap in words."""
    items = rosters.items if window is None else item_versions.in_force(rosters.items, window)
    active = rosters.targets[rosters.targets["status"].map(TARGET_STATUS).eq(True)]
    tasks = [task for task, rounds in zip(rosters.plan["categories"], rosters.plan["rounds"]) if {round_id, WHOLE_YEAR} & set(rounds)]
    names = {*rosters.targets["category"], *(n for own in items["categories"] for n in own), *(n for own in tasks for n in own)}
    rows = []
    for name in sorted(names):
        counts = (int((active["category"] == name).sum()), sum(name in own for own in items["categories"]),
                  sum(name in own for own in tasks))
        gap = "；".join(text for count, text in zip(counts, ("没有在册的检查对象", "没有适用的抽查事项", "本批次没有任务")) if not count)
        rows.append((name, *counts, gap))
    return pd.DataFrame(rows, columns=["category", "targets", "items", "tasks", "gap"])
