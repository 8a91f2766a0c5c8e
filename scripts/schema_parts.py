"""From the program's own types to JSON Schema (2020-12): pydantic models, dataclasses, the shapes
of ``ssj/protocol.py``, the declared columns of tables. ``make_schemas.py`` puts records together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter

from ssj import protocol
from ssj.protocol import Kind
from ssj.tables import typed
from ssj.tables.schema import COLUMNS, LATER, Column

Schema = dict[str, Any]
DEFINITIONS: dict[str, Schema] = {}  # of models, by name; a schema takes along those that it names

TEXT: Schema = {"type": "string"}
WORD: Schema = {"type": "string", "minLength": 1}
FLAG: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "integer", "minimum": 1}
NOTHING: Schema = {"type": "null"}
DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
TIME: Schema = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\+08:00$",
}
DECIMAL: Schema = {"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$"}


def any_of(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def or_null(schema: Schema) -> Schema:
    return any_of(schema, NOTHING)


def or_blank(schema: Schema) -> Schema:
    """Text of a form, or none: what is missing is empty."""
    return any_of(schema, const(""))


def const(value: Any) -> Schema:
    return {"const": value}


def one_of(values: Iterable[Any]) -> Schema:
    return {"enum": list(values)}


def matching(pattern: str) -> Schema:
    """Text that matches in full."""
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


def many(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def tuple_of(*schemas: Schema) -> Schema:
    """A list of just these, in this order."""
    return {
        "type": "array",
        "prefixItems": list(schemas),
        "minItems": len(schemas),
        "maxItems": len(schemas),
    }


def table_of(schema: Schema) -> Schema:
    """An object from any name to values of one kind."""
    return {"type": "object", "additionalProperties": schema}


def record(fields: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object with these fields and no others."""
    return {
        "type": "object",
        "properties": {**fields, **(optional or {})},
        "required": list(fields),
        "additionalProperties": False,
    }


HASH = matching("[0-9a-f]{64}")
TEXTS, HASHES = many(TEXT), many(HASH)

# --- pydantic models and dataclasses ---


def of_model(model: type[BaseModel]) -> Schema:
    """A model as records hold it: every field, but those that are left out at their default
    (``params.later``).
    """
    made = model.model_json_schema(
        mode="serialization", by_alias=True, ref_template="#/$defs/{model}"
    )
    for name, own in made.pop("$defs", {}).items():
        DEFINITIONS[name] = _plain(own)
    DEFINITIONS[model.__name__] = _plain(made)
    _let_lack(model)
    return {"$ref": f"#/$defs/{model.__name__}"}


def _let_lack(model: type[BaseModel]) -> None:
    """All fields are required but those that are left out at their default; nested models too."""
    own = DEFINITIONS[model.__name__]
    lacking = {field.alias or n for n, field in model.model_fields.items() if field.exclude_if}
    own["required"] = [name for name in own["properties"] if name not in lacking]
    for field in model.model_fields.values():
        for part in _models(field.annotation):
            _let_lack(part)


def _models(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)


def of_dataclass(made_of: type) -> Schema:
    """A dataclass as ``dataclasses.asdict`` gives it: every field, dates as text."""
    whole = TypeAdapter(made_of).json_schema(ref_template="#/$defs/{model}", mode="serialization")
    for name, own in whole.pop("$defs", {}).items():
        DEFINITIONS[name] = _closed(own)
    DEFINITIONS[made_of.__name__] = _closed(whole)
    return {"$ref": f"#/$defs/{made_of.__name__}"}


def _closed(schema: Schema) -> Schema:
    return {
        **_plain(schema),
        "required": list(schema["properties"]),
        "additionalProperties": False,
    }


def fields_of(schema: Schema) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Required and other fields of a model's schema."""
    own = DEFINITIONS[schema["$ref"].rpartition("/")[2]]
    required = own.get("required", [])
    fields = own["properties"]
    return (
        {name: value for name, value in fields.items() if name in required},
        {name: value for name, value in fields.items() if name not in required},
    )


def _plain(value: Any) -> Any:
    """A schema without titles, defaults and docstrings, which repeat the code."""
    if isinstance(value, dict):
        return {
            key: {name: _plain(own) for name, own in inner.items()}
            if key == "properties"
            else _plain(inner)
            for key, inner in value.items()
            if key not in ("title", "default", "description")
        }
    return [_plain(one) for one in value] if isinstance(value, list) else value


# --- the protocol's shapes ---

LARGEST: Schema = {"maximum": protocol.LARGEST}
# by what messages call them; an unknown one is an error, and a test holds both sides together
KINDS: dict[str, Schema] = {
    "文字": TEXT,
    "非空的文字": WORD,
    "true 或 false": FLAG,
    "不小于 0 的整数": COUNT | LARGEST,
    "不小于 1 的整数": NUMBER | LARGEST,
    "0 至 100 的整数": COUNT | {"maximum": 100},
    "不小于 0 的整数或 null": or_null(COUNT | LARGEST),
    "64 位小写十六进制数": HASH,
    "16 位小写十六进制数": matching("[0-9a-f]{16}"),
    "128 位小写十六进制数": matching("[0-9a-f]{128}"),
    "规范的编号": matching("[0-9A-Z()\\-_./\u4e00-\u9fff]+"),
    "officer、expert 或 staff": one_of(("officer", "expert", "staff")),
    "here 或 platform": one_of(("here", "platform")),
    "visits 或 groups": one_of(("visits", "groups")),
    "platform": const("platform"),
}


def of_shape(shape: protocol.Shape) -> Schema:
    """A shape of the protocol (§10.5); only :class:`protocol.Exact` has no further fields."""
    if isinstance(shape, Kind):
        return KINDS[shape.name]
    if isinstance(shape, list):
        return many(of_shape(shape[0]))
    made: Schema = {
        "type": "object",
        "properties": {name.removesuffix("?"): of_shape(own) for name, own in shape.items()},
        "required": [name for name in shape if not name.endswith("?")],
    }
    closed = {"additionalProperties": False} if isinstance(shape, protocol.Exact) else {}
    return made | closed


def joined(*schemas: Schema) -> Schema:
    """Objects with the fields of all; without further fields if the last has none."""
    properties: dict[str, Schema] = {}
    required: dict[str, None] = {}
    for own in schemas:
        properties |= own["properties"]
        required |= dict.fromkeys(own["required"])
    closed = {key: own for key, own in schemas[-1].items() if key == "additionalProperties"}
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        **closed,
    }


ID = of_shape(protocol.ID)
IDS = many(ID)

# --- declared columns ---

CELLS: dict[str, Schema] = {
    "text": TEXT,
    "word": TEXT,
    "code": TEXT,
    "class": TEXT,
    "choice": TEXT,
    "id": ID,
    "digest": HASH,
    "limit": or_blank(DECIMAL),
    "date": DAY,
    "int": COUNT,
    "bool": FLAG,
    "ratios": table_of(DECIMAL),
    "leave": many(tuple_of(DAY, DAY)),
    **dict.fromkeys(("words", "names", "rounds", "results"), TEXTS),
    "ids": IDS,
}


def roster_row(table: str) -> Schema:
    """A row of a table in ``rosters.json`` but its number: what is missing is null."""
    own = {column.key: column for column in COLUMNS[table]}
    return record(
        {key: _roster_cell(own.get(key), kind) for key, kind in typed.kinds(table).items()}
    )


def _roster_cell(column: Column | None, kind: str) -> Schema:
    schema = CELLS[kind]
    if column is None or (column.required and not column.blank):
        return schema
    return or_null(schema) if column.default is None else _blank(column, schema)


def later_row(table: str, left_out: Iterable[str] = ()) -> dict[str, Schema]:
    """The fields of a row of a list that came after the freeze: what is missing is empty."""
    return {
        column.key: CELLS[column.kind]
        if column.required and not column.blank
        else _blank(column, CELLS[column.kind])
        for column in LATER[table]
        if column.key not in left_out
    }


def _blank(column: Column, schema: Schema) -> Schema:
    return or_blank(schema) if column.kind in ("id", "digest", "date", "int") else schema
