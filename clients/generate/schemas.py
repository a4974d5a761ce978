"""The schemas of the OpenAPI document by their names in a client, and the operations as a tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from service.api.openapi.schema_words import Schema, field_words
from service.cli.remote.description import JSON, Operation, described

Tree = dict[str, "Operation | Tree"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A field of an object."""

    name: str
    schema: Schema
    is_required: bool
    notes: str


@dataclass
class Book:
    """An OpenAPI document, as generators look things up in it."""

    document: Schema
    operations: dict[str, Operation] = field(init=False)
    schemas: dict[str, Schema] = field(init=False)
    names: dict[str, str] = field(init=False)
    """The name of a schema in a client, by its key in the document."""
    sent_only: set[str] = field(init=False)
    """Keys of what no answer holds."""

    def __post_init__(self) -> None:
        self.operations = described(self.document)
        everything = self.document["components"]["schemas"]
        answers = [self._answer(each) for each in self.operations.values()]
        known = _reachable([self.request(each) for each in self.operations.values()] + answers, everything)
        self.schemas = {key: schema for key, schema in everything.items() if key in known}
        self.names = _names(list(self.schemas))
        self.sent_only = set(self.schemas) - _reachable(answers, self.schemas)

    def name_of(self, reference: Schema) -> str:
        """Return the name of what a `$ref` refers to."""
        return self.names[_key(reference)]

    def request(self, operation: Operation) -> Schema:
        """Return the schema of a request, as a `$ref`."""
        body: Schema = self._post(operation)["requestBody"]["content"][JSON]["schema"]
        return body

    def response(self, operation: Operation) -> Schema | None:
        """Return the schema of a JSON answer, as a `$ref`; None for bytes."""
        answer = self._answer(operation)
        return answer or None

    def properties(self, schema: Schema) -> list[Property]:
        """Return the fields of an object."""
        required = schema.get("required", ())
        return [
            Property(
                name=name,
                schema=part,
                is_required=name in required,
                notes=". ".join(word[:1].upper() + word[1:] for word in field_words(part, self.schemas)),
            )
            for name, part in schema.get("properties", {}).items()
        ]

    def rows(self, operation: Operation) -> Schema:
        """Return the schema of a row, where an operation answers pages."""
        row: Schema = (operation.answer or {})["properties"][operation.rows]["items"]
        return row

    def tree(self) -> Tree:
        """Return the operations, nested by the words of their ids."""
        root: Tree = {}
        for operation in self.operations.values():
            *groups, last = operation.id.split(".")
            node: Any = root
            for group in groups:
                node = node.setdefault(group, {})
            node[last] = operation
        return root

    def _post(self, operation: Operation) -> Schema:
        post: Schema = self.document["paths"][f"/v1/op/{operation.id}"]["post"]
        return post

    def _answer(self, operation: Operation) -> Schema:
        answer: Schema = self._post(operation)["responses"]["200"]["content"].get(JSON, {}).get("schema", {})
        return answer


COUNTED = frozenset({"share.link.validate", "share.link.claim"})
"""These read, and yet each is a view of the link."""


def may_be_repeated(operation: Operation) -> bool:
    """Return whether a client may ask again where it does not know whether it was heard."""
    return operation.effect == "read" and not operation.is_binary and operation.id not in COUNTED


def choices(schema: Schema) -> list[str]:
    """Return the words that a value can be; none where it can be others."""
    return [schema["const"]] if "const" in schema else list(schema.get("enum", ()))


def page_method(operation: Operation) -> str:
    """Return the name of the method that goes through all pages: `list_all`."""
    return f"{operation.id.rpartition('.')[2]}_all"


def _names(keys: list[str]) -> dict[str, str]:
    """Return a name for each key. What is both sent and answered in two forms is `ProfileInput` and `Profile`."""
    names = {key: _short(key.removesuffix("-Output").removesuffix("-Input")) for key in keys}
    for key in keys:
        if key.endswith("-Input") and f"{key.removesuffix('-Input')}-Output" in names:
            names[key] += "Input"
    return names


def _short(key: str) -> str:
    """Return a name without its module; but two that are called alike keep the module's first word."""
    module, _, name = key.rpartition("__")
    prefix = module.rpartition("__")[2].partition("_")[0].capitalize()
    return re.sub(r"\W", "", prefix + name)


def _key(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _reachable(roots: list[Schema], schemas: dict[str, Schema]) -> set[str]:
    """Return the keys of all schemas that are referred to, directly or through another one."""
    found: set[str] = set()
    waiting: list[Any] = list(roots)
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "$ref" in part and _key(part) not in found:
                found.add(_key(part))
                waiting.append(schemas[_key(part)])
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return found
