"""一单两库 and the plan, read: raw tables become typed frames, with all that is wrong in any of the
four files.

Rows with an error are left out of the frames; a freeze stops at the first error anyway. Rows that a
reviewed exception (:mod:`ssj.rosters.exceptions`) excludes are left out too, and listed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ssj.base import formats
from ssj.base.errors import InputError, Problem, require
from ssj.base.params import Parameters, RoundPart
from ssj.protocol import Record
from ssj.rosters import exceptions, item_versions, others
from ssj.rosters.alike import few_of_each, order
from ssj.rosters.exceptions import Settled
from ssj.rosters.finders import FINDERS
from ssj.tables import parts, places, rules, scopes, typed
from ssj.tables.accounts import Tally
from ssj.tables.across import Context
from ssj.tables.cells import as_text
from ssj.tables.reader import Reader
from ssj.tables.schema import (
    FOREVER,
    OPTIONAL,
    TARGET_STATUS,
    TITLES,
    WHOLE_YEAR,
    label,
)


@dataclass(frozen=True)
class Rosters:
    """The typed frames (sorted by id, index = row as Excel counts; of a table in several files see
    :mod:`ssj.tables.parts`), what is wrong, and what was done on reading.

    ``recognised`` (互认检查结果, by target and item) and ``exceptions`` (例外登记表, as its file
    has them) are empty where a round has none.
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
    exceptions: pd.DataFrame = field(default_factory=pd.DataFrame)
    settled: tuple[
        Settled, ...
    ] = ()  # problems that reviewed exceptions settle: no errors any more, shown by themselves
    # 其他检查 of the year (:mod:`ssj.rosters.others`); None without the table
    others: tuple[Record, ...] | None = None
    # table → row with an error → raw texts of 编号 and 名称
    named: dict[str, dict[int, tuple[str, str]]] = field(default_factory=dict)

    def check(self) -> None:
        """Raises InputError with every error of every file; warnings alone pass."""
        require(self.problems)


def load(
    folder: Path,
    classes: Collection[str],
    round_id: str,
    window: tuple[dt.date, dt.date],
    plan: Path | None = None,
    today: dt.date | None = None,
    of_round: RoundPart | None = None,
) -> Rosters:
    """The tables of a round's folder, or of a stage's ``in/``, typed and checked.

    ``classes``: those of the round's scheme; ``window``: first and last day of visits; ``plan``:
    folder of the plan, if another; ``today``: no exception may be reviewed later (in a stage's
    ``in/``: than the stage); ``of_round``: the round whose year's other inspections are read too.
    Never raises for what the files hold or lack: problems of all files
    come back at once, errors first.
    """
    folder, readers = Path(folder), {}
    every: list[Problem] = []
    present = TITLES | {
        table: title
        for table, title in OPTIONAL.items()
        if folder.is_dir() and places.exists(folder, table)
    }
    for table in present:
        try:
            readers[table] = Reader(
                table,
                parts.read(Path(plan) if plan and table == "plan" else folder, table),
                tuple(classes),
                scopes.declared(folder),
            )
        except InputError as error:
            every += error.problems
    known = {table: reader.frame for table, reader in readers.items() if reader.whole}
    context = Context(known, round_id, window)
    for rule in rules.RULES:
        if rule.needs and all(len(known.get(table, ())) for table in rule.needs):
            for row, value, details in FINDERS[rule.code](context):
                readers[rule.needs[0]].add(
                    rule.code, row, label(rule.needs[0], rule.key), value, **details
                )
    settled: list[Settled] = []
    if (own := readers.get(exceptions.TABLE)) is not None:
        settled = exceptions.settle(
            own,
            {t: reader for t, reader in readers.items() if t != exceptions.TABLE},
            parts.taken_on(folder) or today,
            window,
        )
    listed = readers["targets"].listed() if "targets" in known else None
    categories = set() if listed is None else set(filter(None, listed["category"]))
    frames = {
        table: readers[table].typed(categories, listed)
        if table in readers
        else typed.frame(table, {})
        for table in TITLES | OPTIONAL
    }
    notes: list[str] = []
    for table, reader in readers.items():
        raw = reader.raw
        frames[table].attrs["place"] = {"file": raw.file, "sheet": raw.sheet}
        if raw.parts:
            frames[table].attrs["parts"] = tuple((part.file, part.sheet) for part in raw.parts)
        notes += reader.notes()
        every += sorted(reader.problems, key=order)
    today = parts.taken_on(folder) or today
    beside = others.read(folder, window[0].year, today, listed, of_round, plan)
    every += beside.problems
    every.sort(key=lambda p: p.severity)
    tallies = {table: reader.tally() for table, reader in readers.items()}
    named = {
        table: reader.named(tallies[table].refused)
        for table, reader in readers.items()
        if table in TITLES and reader.whole
    }
    return Rosters(
        **frames,
        problems=few_of_each(every),
        notes=tuple(notes),
        every=tuple(every),
        tallies=tallies,
        settled=tuple(settled),
        others=beside.rows,
        named=named,
    )


def load_round(folder: Path, parameters: Parameters, today: dt.date | None = None) -> Rosters:
    """:func:`load` with the parameters of the round that the folder is about."""
    window = parameters.round.window
    return load(
        folder,
        parameters.classes,
        parameters.round.id,
        (window.start, window.end),
        today=today,
        of_round=parameters.round,
    )


def changes(
    before: pd.DataFrame, after: pd.DataFrame, keys: Collection[str] | None = None
) -> pd.DataFrame:
    """What differs between two typed frames of one table, by id: id, change (新增, 删除, 变更),
    field, before, after.

    ``keys``: the columns to compare, by default all that both have. Sorted by id, then column.
    """
    old, new = before.set_index("id"), after.set_index("id")
    both = old.index.intersection(new.index)
    rows = [(code, "新增", "", "", "") for code in new.index.difference(old.index)]
    rows += [(code, "删除", "", "", "") for code in old.index.difference(new.index)]
    for key in [key for key in new.columns if key in old.columns and (keys is None or key in keys)]:
        rows += [
            (code, "变更", key, shown(a), shown(b))
            for code, a, b in zip(both, old.loc[both, key], new.loc[both, key], strict=True)
            if a != b
        ]
    frame = pd.DataFrame(rows, columns=["id", "change", "field", "before", "after"], dtype=object)
    return frame.sort_values("id", kind="stable", ignore_index=True)


def shown(value: object) -> str:
    """A typed value as people write it: ``shown(("燃气", "物业")) == "燃气、物业"``,
    ``shown(FOREVER) == "长期"``.
    """
    if isinstance(value, tuple):
        return "、".join(
            "至".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in value
        )
    if isinstance(value, dict):
        said = {name: formats.exact(ratio) for name, ratio in value.items()}
        return "；".join(text if name == "*" else f"{name} {text}" for name, text in said.items())
    return "长期" if value == FOREVER else as_text(value)


def coverage(
    rosters: Rosters, round_id: str, window: tuple[dt.date, dt.date] | None = None
) -> pd.DataFrame:
    """For each category: targets in scope by status, items that apply (with a ``window``: those in
    force through it), tasks of this round, and the gap in words.
    """
    items = rosters.items if window is None else item_versions.in_force(rosters.items, window)
    active = rosters.targets[rosters.targets["status"].map(TARGET_STATUS).eq(True)]
    tasks = [
        task
        for task, rounds in zip(rosters.plan["categories"], rosters.plan["rounds"], strict=True)
        if {round_id, WHOLE_YEAR} & set(rounds)
    ]
    names = {
        *rosters.targets["category"],
        *(n for own in items["categories"] for n in own),
        *(n for own in tasks for n in own),
    }
    rows = []
    for name in sorted(names):
        counts = (
            int((active["category"] == name).sum()),
            sum(name in own for own in items["categories"]),
            sum(name in own for own in tasks),
        )
        gap = "；".join(
            text
            for count, text in zip(
                counts,
                ("没有在册的检查对象", "没有适用的抽查事项", "本批次没有任务"),
                strict=True,
            )
            if not count
        )
        rows.append((name, *counts, gap))
    return pd.DataFrame(rows, columns=["category", "targets", "items", "tasks", "gap"])
