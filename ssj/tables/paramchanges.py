"""What two rounds' parameters say otherwise, by the sheets of the form: a cap, a factor or a
custodian that changes or is left out is shown to the approver. What belongs to one round alone
(names, days, times) is not compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from ssj.base import params
from ssj.tables import fields, paramfiles
from ssj.tables.fields import KEY, WHOLE, Field, Form, Section

COLUMNS = ["id", "name", "change", "field", "before", "after"]
# sheets that a frozen record lacks: no draw rests on them
UNFROZEN = ("早期预警", "其他部门的名单", "映射")
Values = Mapping[str, Any]


def changes(form: Form, before: Values, after: Values) -> pd.DataFrame:
    """One row a change: sheet, entry, 变更 or 新增 or 删除, what, before, after. Parameters as
    their models dump them.
    """
    found = [
        (section.sheet, *change)
        for section in form.sections
        if not section.once
        for change in (_of_table if section.table else _of_list)(form, section, before, after)
    ]
    return pd.DataFrame(found, columns=COLUMNS, dtype=object)


def since(previous: Path, parameters: params.Parameters) -> pd.DataFrame:
    """What changed in a round's parameters since an earlier frozen record, if there is one."""
    if not previous.exists():
        return pd.DataFrame(columns=COLUMNS)
    record = json.loads(previous.read_text(encoding="utf-8"))
    now = {"parameters": parameters.frozen(), "event": parameters.event.announced()}
    return of_records(record, now)


def of_records(before: Values, after: Values) -> pd.DataFrame:
    """What two frozen records' parameters say otherwise."""
    found = changes(fields.ROUND, _of_frozen(before), _of_frozen(after))
    return found[~found["id"].isin(UNFROZEN)].reset_index(drop=True)


def _of_frozen(record: Values) -> dict[str, Any]:
    """The parameters of a frozen record as the model dumps them."""
    frozen = record["parameters"]
    own = {key: frozen[key] for key in params.RoundPart.model_fields if key in frozen}
    pools = {pool["name"]: pool["filter"] for pool in frozen.get("pools", [])}
    return {**frozen, "round": own, "pools": pools, "event": record["event"]}


def lines(found: pd.DataFrame) -> Iterator[str]:
    """Every change in words."""
    for sheet, name, change, field, before, after in found.itertuples(index=False):
        of = f"{sheet} {name}".strip()
        if change == "变更":
            yield f"{of}：{field}由“{before or '（空）'}”改为“{after or '（空）'}”"
        else:
            yield f"{of}：{change}"


def _of_list(
    form: Form, section: Section, before: Values, after: Values
) -> Iterator[tuple[str, ...]]:
    for own in section.fields:
        if not own.once:
            default = fields.described(form, section, own)[1]
            given = (paramfiles.lookup(values, own.key) for values in (before, after))
            yield from _changed("", own, *(default if v is None else v for v in given))


def _of_table(
    _: Form, section: Section, before: Values, after: Values
) -> Iterator[tuple[str, ...]]:
    one, other = (_entries(section, paramfiles.lookup(v, section.path)) for v in (before, after))
    for name in {**one, **other}:
        if name in one and name in other:
            for own in section.fields:
                if own.key != KEY and not own.once:
                    yield from _changed(name, own, one[name].get(own.key), other[name].get(own.key))
        else:
            yield (name, "新增" if name in other else "删除", "", "", "")


def _entries(section: Section, value: Any) -> dict[str, Values]:
    """A table's entries by name; those without one are named by all that they say."""
    if isinstance(value, Mapping):
        return {k: dict(e) if isinstance(e, Mapping) else {WHOLE: e} for k, e in value.items()}
    rows = [dict(e) if isinstance(e, Mapping) else {WHOLE: e} for e in value or ()]
    kept = [own for own in section.fields if not own.once]
    return {"，".join(str(paramfiles.shown(o, row.get(o.key))) for o in kept): row for row in rows}


def _changed(name: str, own: Field, before: Any, after: Any) -> Iterator[tuple[str, ...]]:
    if own.kind == "ratio":
        same = _ratio(before) == _ratio(after)
    else:
        same = before == after or all(value in (None, "", []) for value in (before, after))
    if not same:
        said = (str(paramfiles.shown(own, value)) for value in (before, after))
        yield (name, "变更", own.label, *said)


def _ratio(text: Any) -> Fraction | None:
    return None if text is None else Fraction(text)
