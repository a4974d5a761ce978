"""The operations as their OpenAPI document describes them: what commands and clients are made from.

The document lies beside this module (`python -m clients.generate` writes it), so that a command starts without
importing the service, which takes seconds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from service.api.openapi.schema_words import NULL, Schema, field_words, resolved

DOCUMENT = Path(__file__).with_name("openapi.json")
JSON, CSV = "application/json", "text/csv"
MAKERS = frozenset({"create", "drop", "set", "upload"})
"""What these need is not what they are about."""


class Kind(StrEnum):
    """What a value is, to somebody who types it."""

    TEXT = "text"
    CHOICE = "choice"
    WHOLE = "whole"
    NUMBER = "number"
    FLAG = "flag"
    INSTANT = "instant"
    DAY = "day"
    TUPLE = "tuple"
    """A fixed number of numbers: a bounding box."""
    OBJECT = "object"
    ANY = "any"
    """JSON of any shape."""


FORMATS = {"date-time": Kind.INSTANT, "date": Kind.DAY}
TYPES = {"integer": Kind.WHOLE, "number": Kind.NUMBER, "boolean": Kind.FLAG, "string": Kind.TEXT, "object": Kind.OBJECT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a request. `schema` is that of a single value: of an entry, where the field is a list."""

    name: str
    kind: Kind
    schema: Schema
    is_list: bool
    is_required: bool
    is_nullable: bool
    default: Any
    notes: tuple[str, ...]
    """What it means, and what it must keep to."""

    @property
    def option(self) -> str:
        """Its option: `--target-type`."""
        return "--" + self.name.replace("_", "-")

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that it can be."""
        return tuple(map(str, self.schema.get("enum", ())))

    @property
    def is_base64(self) -> bool:
        """Whether it holds bytes."""
        return "base64" in {self.schema.get("format"), self.schema.get("contentEncoding")}

    @property
    def takes_long_text(self) -> bool:
        """Whether it is a text that somebody may have in a file."""
        return self.kind is Kind.TEXT and self.name != "password" and self.schema.get("maxLength", 0) >= 1000  # noqa: PLR2004


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation, as far as a caller has to know it."""

    id: str
    summary: str
    about: str
    effect: str
    needs_key: bool
    """Whether a caller needs an API key: recipients do not."""
    fields: tuple[Field, ...]
    answer: Schema | None
    """The schema of a JSON answer, resolved; None for an image or a file."""
    media_types: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Its command: `share`, `link`, `create`."""
        return tuple(self.id.replace("_", "-").split("."))

    @property
    def takes_key(self) -> bool:
        """Whether an `Idempotency-Key` makes it one call, however often it is sent."""
        return self.effect != "read" and not self.is_binary

    @property
    def is_binary(self) -> bool:
        """Whether it answers bytes."""
        return self.answer is None

    @cached_property
    def required(self) -> tuple[Field, ...]:
        """The fields that must be given."""
        return tuple(field for field in self.fields if field.is_required)

    @cached_property
    def subject(self) -> Field | None:
        """The first field that must be given, where it says what the operation is about: it needs no option."""
        first = next((field for field in self.required if field.name != "password"), None)
        if first is None or first.is_list or first.kind is not Kind.TEXT or self.words[-1] in MAKERS:
            return None
        return first if len(self.required) == 1 or first.name.endswith(("token", "_id")) else None

    @cached_property
    def rows(self) -> str | None:
        """The name of the list in an answer that comes in pages; None for all others."""
        properties = {} if self.answer is None else self.answer.get("properties", {})
        if "next_cursor" not in properties or self.field("cursor") is None:
            return None
        return next((name for name, schema in properties.items() if schema.get("type") == "array"), None)

    def field(self, name: str) -> Field | None:
        """Return a field by its name."""
        return next((field for field in self.fields if field.name == name), None)


def is_text(media_type: str) -> bool:
    """Return whether a terminal can show it."""
    return media_type.startswith("text/") or media_type.endswith(("/xml", "+xml", "/json", "+json"))


@cache
def operations() -> dict[str, Operation]:
    """Return the operations by id, in the registry's order."""
    return described(json.loads(DOCUMENT.read_bytes()))


def described(document: Schema) -> dict[str, Operation]:
    """Return the operations of an OpenAPI document by id."""
    schemas = document["components"]["schemas"]
    posts = (methods["post"] for methods in document["paths"].values() if "post" in methods)
    found = (post for post in posts if "x-required-scope" in post and not post["operationId"].startswith("op."))
    return {post["operationId"]: _operation(post, schemas) for post in found}


def _operation(post: Schema, schemas: Schema) -> Operation:
    request = resolved(post["requestBody"]["content"][JSON]["schema"], schemas)
    content = post["responses"]["200"]["content"]
    required = request.get("required", ())
    properties = request.get("properties", {})
    return Operation(
        id=post["operationId"],
        summary=post["summary"],
        about="\n\n".join(filter(None, (post.get("description", ""), request.get("description", "")))),
        effect=post["x-side-effect"],
        needs_key={} not in post["security"],
        fields=tuple(_field(name, part, schemas, is_required=name in required) for name, part in properties.items()),
        answer=resolved(content[JSON]["schema"], schemas) if JSON in content else None,
        media_types=tuple(content),
    )


def _field(name: str, schema: Schema, schemas: Schema, *, is_required: bool) -> Field:
    options = [option for option in schema.get("anyOf", ()) if option != NULL]
    core = resolved(options[0] if len(options) == 1 else schema, schemas)
    is_list = core.get("type") == "array" and "prefixItems" not in core
    single = resolved(core.get("items", {}), schemas) if is_list else core
    return Field(
        name=name,
        kind=_kind(single),
        schema=single,
        is_list=is_list,
        is_required=is_required,
        is_nullable=NULL in schema.get("anyOf", ()),
        default=schema.get("default"),
        notes=field_words(schema, schemas),
    )


def _kind(schema: Schema) -> Kind:
    if "enum" in schema:
        return Kind.CHOICE
    if schema.get("type") == "array":
        return Kind.TUPLE if "prefixItems" in schema else Kind.ANY
    return FORMATS.get(schema.get("format", ""), TYPES.get(str(schema.get("type")), Kind.ANY))
