"""JSON Schema in words: the rows of a table of fields."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

FORMATS = {"date-time": "RFC 3339 time", "date": "date", "uri": "URI", "binary": "bytes"}
NULL = {"type": "null"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A row of a table of fields."""

    name: str
    type: str
    object: str | None
    """The object that it is, or is a list of."""
    is_required: bool
    default: str | None
    """As JSON; None for none, and for null."""
    notes: tuple[str, ...]
    """What it means, and what it must keep to."""


def fields_of(schema: Schema, schemas: Schema) -> tuple[Field, ...]:
    """Return the fields of an object's schema. `schemas`: those that references point into."""
    required = schema.get("required", ())
    properties = schema.get("properties", {})
    return tuple(_field(name, part, schemas, is_required=name in required) for name, part in properties.items())


def field_words(schema: Schema, schemas: Schema) -> tuple[str, ...]:
    """Return what a field means, and what it must keep to."""
    core = _without_null(schema)
    return tuple(note for note in (_description(schema, core), *_limits(core, schemas)) if note)


def resolved(schema: Schema, schemas: Schema) -> Schema:
    """Return a schema, or the one that it refers to."""
    if "$ref" not in schema:
        return schema
    target: Schema = schemas[_target(schema)]
    return target


def _target(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def model_name(key: str) -> str:
    """Return the name of a model: one that reads and writes alike is one to a reader."""
    return key.removesuffix("-Input").removesuffix("-Output")


def _field(name: str, schema: Schema, schemas: Schema, *, is_required: bool) -> Field:
    default = schema.get("default")
    core = _without_null(schema)
    return Field(
        name=name,
        type=_type(schema, schemas),
        object=_object(core, schemas),
        is_required=is_required,
        default=None if default is None or default == "" else json.dumps(default, ensure_ascii=False),
        notes=field_words(schema, schemas),
    )


def _type(schema: Schema, schemas: Schema) -> str:
    if "$ref" in schema:
        target = resolved(schema, schemas)
        return model_name(_target(schema)) if _is_object(target) else _type(target, schemas)
    if "anyOf" in schema:
        return " or ".join(_type(option, schemas) for option in schema["anyOf"])
    if "prefixItems" in schema:
        return f"[{', '.join(_type(item, schemas) for item in schema['prefixItems'])}]"
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}), schemas)}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map of {_type(schema['additionalProperties'], schemas)}"
    return FORMATS.get(schema.get("format", ""), str(schema.get("type", "any")))


def _object(schema: Schema, schemas: Schema) -> str | None:
    inner = schema.get("items", schema)
    is_object = "$ref" in inner and _is_object(resolved(inner, schemas))
    return model_name(_target(inner)) if is_object else None


def _is_object(schema: Schema) -> bool:
    return schema.get("type") == "object"


def _without_null(schema: Schema) -> Schema:
    """Return the one thing that an optional field is, where it is one."""
    options = [option for option in schema.get("anyOf", ()) if option != NULL]
    return options[0] if len(options) == 1 else schema


def _description(schema: Schema, core: Schema) -> str:
    return str(schema.get("description") or core.get("description") or "")


def _limits(schema: Schema, schemas: Schema) -> list[str]:
    """Return what a value must keep to."""
    target = resolved(schema, schemas)
    item = resolved(target.get("items", {}), schemas)
    return [
        _choices(target) or _choices(item),
        _span(target.get("minLength"), target.get("maxLength"), "characters"),
        _span(target.get("minimum"), target.get("maximum"), ""),
        f"above {target['exclusiveMinimum']}" if "exclusiveMinimum" in target else "",
        "" if "prefixItems" in target else _span(target.get("minItems"), target.get("maxItems"), "entries"),
        target.get("pattern", ""),
    ]


def _choices(schema: Schema) -> str:
    return "one of " + ", ".join(map(str, schema["enum"])) if "enum" in schema else ""


def _span(low: float | None, high: float | None, unit: str) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f"at least {low:,} {unit}".strip()
    return (f"at most {high:,} {unit}" if low is None else f"{low:,} to {high:,} {unit}").strip()
