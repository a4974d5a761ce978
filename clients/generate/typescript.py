"""The TypeScript client's types, and the table that its methods are made from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clients.generate.schemas import choices, may_be_repeated, page_method
from service.cli.remote.description import CSV, Operation

if TYPE_CHECKING:
    from clients.generate.schemas import Book, Tree
    from service.api.openapi.schema_words import Schema

HEAD = "// Written by `python -m clients.generate`: change the service instead.\n"
PLAIN = {"integer": "number", "number": "number", "boolean": "boolean", "string": "string", "null": "null"}


def types_declaration(book: Book) -> str:
    """Return `types.d.ts`: an interface for every object that is sent or answered."""
    return "\n".join([HEAD, *(_definition(book.names[key], schema, book) for key, schema in book.schemas.items())])


def operations_table(book: Book) -> str:
    """Return `operations.js`: what the client must know of each operation."""
    facts = {
        each.id: {"again": may_be_repeated(each), "keyed": each.takes_key, "rows": each.rows}
        for each in book.operations.values()
    }
    rows = [f"  {json.dumps(name)}: {json.dumps(each)}," for name, each in facts.items()]
    about = "/** @type {Record<string, {again: boolean, keyed: boolean, rows: string | null}>} */"
    return "\n".join([HEAD, about, "export const OPERATIONS = {", *rows, "};", ""])


def operations_declaration(book: Book) -> str:
    """Return `operations.d.ts`: the methods, nested as their ids are."""
    lines = [HEAD, 'import type { CallOptions } from "./client.js";', 'import type * as types from "./types.js";', ""]
    lines += [
        "export declare const OPERATIONS: Record<string, { again: boolean; keyed: boolean; rows: string | null }>;"
    ]
    lines += [
        "",
        "/** All operations. */",
        "export interface Operations {",
        *_members(book.tree(), book, "  "),
        "}",
        "",
    ]
    return "\n".join(lines)


def typescript_type(schema: Schema, book: Book, prefix: str = "") -> str:
    """Return the type of a value."""
    if "$ref" in schema:
        return prefix + book.name_of(schema)
    if words := choices(schema):
        return " | ".join(map(json.dumps, words))
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(typescript_type(each, book, prefix) for each in schema[union]))
    if "prefixItems" in schema:
        return f"[{', '.join(typescript_type(each, book, prefix) for each in schema['prefixItems'])}]"
    if schema.get("type") == "array":
        return f"Array<{typescript_type(schema.get('items') or {}, book, prefix)}>"
    return _scalar(schema, book, prefix)


def _scalar(schema: Schema, book: Book, prefix: str) -> str:
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties")
        value = typescript_type(inner, book, prefix) if isinstance(inner, dict) else "unknown"
        return f"Record<string, {value}>"
    return PLAIN.get(str(schema.get("type")), "unknown")


def _definition(name: str, schema: Schema, book: Book) -> str:
    about = _comment(str(schema.get("description", "")), "")
    if "properties" not in schema:
        return f"{about}export type {name} = {typescript_type(schema, book)};\n"
    lines = [f"{about}export interface {name} {{"]
    for each in book.properties(schema):
        mark = "" if each.is_required else "?"
        lines.append(f"{_comment(each.notes, '  ')}  {each.name}{mark}: {typescript_type(each.schema, book)};")
    if schema.get("additionalProperties") is True:
        lines.append("  [name: string]: unknown;")
    return "\n".join([*lines, "}", ""])


def _members(tree: Tree, book: Book, indent: str) -> list[str]:
    lines = []
    for word, node in tree.items():
        if isinstance(node, Operation):
            lines += _methods(word, node, book, indent)
        else:
            lines += [f"{indent}{word}: {{", *_members(node, book, indent + "  "), f"{indent}}};"]
    return lines


def _methods(word: str, operation: Operation, book: Book, indent: str) -> list[str]:
    request = typescript_type(book.request(operation), book, "types.")
    sent = f"request{'' if operation.required else '?'}: {request}, options?: CallOptions"
    told = _comment(f"{operation.summary}.\n\n{operation.about}".strip(), indent)
    lines = [f"{told}{indent}{word}({sent}): Promise<{_answer(operation, book)}>;"]
    if operation.rows:
        row = typescript_type(book.rows(operation), book, "types.")
        told = _comment(f"{operation.summary}: the rows of all pages, asked for as they are needed.", indent)
        lines.append(f"{told}{indent}{page_method(operation)}({sent}): AsyncGenerator<{row}, void, undefined>;")
    return lines


def _answer(operation: Operation, book: Book) -> str:
    response = book.response(operation)
    if response is None:
        return "Uint8Array"
    answer = typescript_type(response, book, "types.")
    return f"{answer} | string" if CSV in operation.media_types else answer


def _comment(text: str, indent: str) -> str:
    """Return a JSDoc comment, ending its line; nothing for nothing."""
    lines = text.replace("*/", "* /").strip().split("\n")
    if lines == [""]:
        return ""
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return "\n".join([f"{indent}/**", *(f"{indent} * {line}".rstrip() for line in lines), f"{indent} */", ""])
