"""The Python client's types: a TypedDict for an object, a Literal for a choice."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from clients.generate.schemas import choices

if TYPE_CHECKING:
    from clients.generate.schemas import Book
    from service.api.openapi.schema_words import Schema

HEAD = '''"""What operations take and answer. Written by `python -m clients.generate`: change the service instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NotRequired, TypedDict
'''
PLAIN = {"integer": "int", "number": "float", "boolean": "bool", "string": "str", "null": "None"}
TIMES = {"date-time": "datetime | str", "date": "date | str"}


def types_module(book: Book) -> str:
    """Return the module's text."""
    requests = {book.name_of(book.request(operation)) for operation in book.operations.values()}
    parts = [HEAD]
    for key, schema in book.schemas.items():
        name = book.names[key]
        if name not in requests:
            parts.append(_definition(name, schema, book, is_sent=key in book.sent_only))
    return "\n\n".join(parts) + "\n"


def python_type(schema: Schema, book: Book, *, is_sent: bool) -> str:
    """Return the annotation of a value. What is sent may be any sequence or mapping, and a time of its own type."""
    if "$ref" in schema:
        return book.name_of(schema)
    if words := choices(schema):
        return f"Literal[{', '.join(map(repr, words))}]"
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(python_type(each, book, is_sent=is_sent) for each in schema[union]))
    if schema.get("type") == "array":
        return f"{'Sequence' if is_sent else 'list'}[{_entries(schema, book, is_sent=is_sent)}]"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        value = python_type(inner, book, is_sent=is_sent) if isinstance(inner, dict) else "Any"
        return f"{'Mapping' if is_sent else 'dict'}[str, {value}]"
    return _scalar(schema, is_sent=is_sent)


def _scalar(schema: Schema, *, is_sent: bool) -> str:
    if is_sent and "base64" in {schema.get("format"), schema.get("contentEncoding")}:
        return "bytes | str"
    if is_sent and schema.get("format") in TIMES:
        return TIMES[schema["format"]]
    return PLAIN.get(str(schema.get("type")), "Any")


def _entries(schema: Schema, book: Book, *, is_sent: bool) -> str:
    """Return the type of an array's entries; those of a fixed one may differ."""
    items = schema["prefixItems"] if "prefixItems" in schema else [schema.get("items") or {}]
    return " | ".join(dict.fromkeys(python_type(each, book, is_sent=is_sent) for each in items))


def _definition(name: str, schema: Schema, book: Book, *, is_sent: bool) -> str:
    about = _docstring(str(schema.get("description", "")))
    if "properties" not in schema:
        told = f"\n{about}" if about else ""
        return f"{name} = {python_type(schema, book, is_sent=is_sent)}{told}"
    if any(keyword.iskeyword(each.name) or not each.name.isidentifier() for each in book.properties(schema)):
        return _by_call(name, schema, book, is_sent=is_sent)
    lines = [f"class {name}(TypedDict):"]
    if about:
        lines += ["    " + line if line else "" for line in about.splitlines()]
    for each in book.properties(schema):
        kind = python_type(each.schema, book, is_sent=is_sent)
        lines.append(f"    {each.name}: {kind if each.is_required else f'NotRequired[{kind}]'}")
        if each.notes:
            lines.append(f"    {_docstring(each.notes)}")
    return "\n".join(lines)


def _by_call(name: str, schema: Schema, book: Book, *, is_sent: bool) -> str:
    """Return a definition for names that are no identifiers."""
    rows = []
    for each in book.properties(schema):
        kind = python_type(each.schema, book, is_sent=is_sent)
        rows.append(f"{each.name!r}: {kind!r}" if each.is_required else f"{each.name!r}: NotRequired[{kind!r}]")
    return f"{name} = TypedDict({name!r}, {{{', '.join(rows)}}})"


def _docstring(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"""', "'''").strip()
    if not escaped:
        return ""
    return f'"""{escaped}{" " if escaped.endswith(chr(34)) else ""}"""'
