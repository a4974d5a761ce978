"""One registry: routes, index, OpenAPI, command line and both clients say the same of every operation."""

from __future__ import annotations

import inspect
import re
import typing
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import click
import pytest
from tilegate_client import AsyncTilegate, Tilegate
from tilegate_client import operations as python_operations
from tilegate_client.operations import AsyncOperations, Operations

from clients.generate.files import ROOT, generated
from service.cli import main
from service.cli.remote.command import FieldOption, OperationCommand
from service.cli.remote.description import Kind
from service.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from service.operations.core.operation import Operation
    from tests.conftest import Installation

TYPESCRIPT = ROOT / "clients" / "typescript" / "src"
OPERATION = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))


def test_what_is_generated_is_up_to_date() -> None:
    stale = [str(path.relative_to(ROOT)) for path, text in generated().items() if path.read_text() != text]
    assert stale == [], "run python -m clients.generate"


async def test_routes_index_and_document_have_every_operation(service: Installation) -> None:
    app = service.client.app
    assert app is not None
    routes = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource is not None}
    index = (await (await service.client.get("/v1/op")).json())["operations"]
    paths = (await (await service.client.get("/openapi.json")).json())["paths"]
    assert [row["id"] for row in index] == list(OPERATIONS)
    for operation, row in zip(OPERATIONS.values(), index, strict=True):
        assert row["routes"] == [operation.operation_path, operation.resource_path]
        assert {("POST", path) for path in row["routes"]} <= routes
        assert (row["scope"], row["side_effect"]) == (operation.scope, operation.effect)
        told = [paths[path]["post"] for path in row["routes"]]
        assert {each["x-required-scope"] for each in told} == {operation.scope}


def fields_of(operation: Operation) -> dict[str, bool]:
    """The fields of a request, and whether each is required: by pydantic's own word."""
    return {name: field.is_required() for name, field in operation.request.model_fields.items()}


def command_of(operation: Operation) -> OperationCommand:
    command: click.Command = main
    context = main.make_context("tilegate", [], resilient_parsing=True)
    for word in operation.id.split("."):
        found = command.get_command(context, word)  # type: ignore[attr-defined]
        assert found is not None, operation.id
        command = found
    assert isinstance(command, OperationCommand)
    return command


@OPERATION
def test_the_command_line_has_every_field_and_its_type(operation: Operation) -> None:
    options = [param for param in command_of(operation).params if isinstance(param, FieldOption)]
    assert {option.name: option.field.is_required for option in options} == fields_of(operation)
    for option in options:
        wanted = _json_words(_schema(operation, option.field.name)) - {type(None), list}
        assert wanted <= _option_words(option) or option.multiple, (operation.id, option.name)


@OPERATION
@pytest.mark.parametrize("client", [Operations, AsyncOperations])
def test_the_python_client_has_every_field_and_its_type(operation: Operation, client: type[Any]) -> None:
    method = _method(client(None), operation.id)
    parameters = inspect.signature(method).parameters
    assert {name: each.default is each.empty for name, each in parameters.items()} == fields_of(operation)
    hints = typing.get_type_hints(method, vars(python_operations) | {"datetime": datetime, "date": date})
    for name, field in operation.request.model_fields.items():
        wanted = _json_words(_schema(operation, name))
        assert wanted <= _python_words(hints[name]), (operation.id, name, field.annotation)
    answer = hints["return"]
    assert (answer is bytes) == (operation.response is None)
    if operation.response is not None:
        held = next(part for part in (*get_args(answer), answer) if hasattr(part, "__required_keys__"))
        assert held.__required_keys__ | held.__optional_keys__ == set(operation.response.model_fields)


@OPERATION
def test_the_typescript_client_has_every_field_and_its_type(operation: Operation) -> None:
    declared = (TYPESCRIPT / "operations.d.ts").read_text()
    words = operation.id.split(".")
    block = declared[declared.index("export interface Operations") :]
    for word in words[:-1]:
        block = re.split(rf"^\s+{word}: {{$", block, maxsplit=1, flags=re.MULTILINE)[1]
    match = re.search(
        rf"^\s+{words[-1]}\(request\??: types\.(\w+), options\?: CallOptions\): Promise<(.+)>;$", block, re.MULTILINE
    )
    assert match is not None, operation.id
    assert {name: is_required for name, (is_required, _) in _interface(match[1]).items()} == fields_of(operation)
    for name, (_, declared) in _interface(match[1]).items():
        wanted = {TYPESCRIPT_WORDS.get(word, word) for word in _json_words(_schema(operation, name))}
        assert wanted <= _typescript_words(declared), (operation.id, name, declared)
    if operation.response is None:
        assert match[2] == "Uint8Array"
    else:
        assert set(operation.response.model_fields) == set(_interface(match[2].split(" | ")[0].removeprefix("types.")))
    assert f'"{operation.id}": ' in (TYPESCRIPT / "operations.js").read_text()


def test_the_clients_have_those_operations() -> None:
    assert issubclass(Tilegate, Operations)
    assert issubclass(AsyncTilegate, AsyncOperations)


def _method(client: Any, operation_id: str) -> Any:
    found = client
    for word in operation_id.split("."):
        found = getattr(found, word)
    return found


def _interface(name: str) -> dict[str, tuple[bool, str]]:
    """The fields of an interface: whether each is required, and its type."""
    body = re.search(rf"^export interface {name} {{\n(.*?)^}}", _types(), re.MULTILINE | re.DOTALL)
    assert body is not None, name
    found = re.findall(r"^  (\w+)(\??): (.*);$", body[1], re.MULTILINE)
    return {field: (mark == "", declared) for field, mark, declared in found}


@cache
def _types() -> str:
    return (TYPESCRIPT / "types.d.ts").read_text()


TYPESCRIPT_WORDS: dict[Any, str] = {
    int: "number",
    float: "number",
    bool: "boolean",
    str: "string",
    type(None): "null",
    list: "list",
    dict: "object",
}


def _typescript_words(declared: str) -> set[str]:
    """What a type allows, in the words of `TYPESCRIPT_WORDS`; of a choice, its words."""
    found: set[str] = set()
    for part in declared.split(" | "):
        alias = re.search(rf"^export type {re.escape(part)} = (.*);$", _types(), re.MULTILINE)
        if alias is not None:
            found |= _typescript_words(alias[1])
        elif part.startswith(("Array<", "[")):
            found.add("list")
        elif part.startswith('"'):
            found.add(part.strip('"'))
        else:
            found.add(part if part in TYPESCRIPT_WORDS.values() else "object")
    return found


def _option_words(option: FieldOption) -> set[Any]:
    """What an option takes, as Python types; of a choice, its words."""
    kind = option.field.kind
    if kind is Kind.CHOICE:
        assert isinstance(option.type, click.Choice)
        return set(option.type.choices)
    return OPTION_WORDS[kind]


OPTION_WORDS: dict[Kind, set[Any]] = {
    Kind.TEXT: {str},
    Kind.WHOLE: {int},
    Kind.NUMBER: {float},
    Kind.FLAG: {bool},
    Kind.INSTANT: {str},
    Kind.DAY: {str},
    Kind.TUPLE: {list},
    Kind.OBJECT: {dict},
    Kind.ANY: {str, int, float, bool, dict},
}


def _schema(operation: Operation, name: str) -> dict[str, Any]:
    schema = _whole_schema(operation)
    return {**schema["properties"][name], "$defs": schema.get("$defs", {})}


@cache
def _whole_schema(operation: Operation) -> dict[str, Any]:
    return operation.request.model_json_schema()


PYTHON = {
    "integer": int,
    "number": float,
    "boolean": bool,
    "string": str,
    "null": type(None),
    "array": list,
    "object": dict,
}


def _json_words(schema: dict[str, Any]) -> set[Any]:
    """The Python types of all that JSON Schema allows; of a choice, its words."""
    definitions = schema.get("$defs", {})
    if "$ref" in schema:
        return _json_words({**definitions[schema["$ref"].rpartition("/")[2]], "$defs": definitions})
    if "anyOf" in schema:
        return set().union(*(_json_words({**each, "$defs": definitions}) for each in schema["anyOf"]))
    if "enum" in schema:
        return set(schema["enum"])
    return {PYTHON[schema["type"]]} if "type" in schema else set()


def _python_words(hint: Any) -> set[Any]:
    origin = get_origin(hint)
    if origin is Literal:
        return set(get_args(hint))
    if origin is not None and not isinstance(origin, type):
        return set().union(*map(_python_words, get_args(hint)))
    if hasattr(hint, "__required_keys__"):
        return {dict}
    if isinstance(origin, type) and get_args(hint):
        name = origin.__name__
        if name == "UnionType":
            return set().union(*map(_python_words, get_args(hint)))
        return {dict} if name in {"Mapping", "dict"} else {list}
    return {hint}
