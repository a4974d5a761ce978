"""The OpenAPI document as a page that a person reads: what its template is given."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import TYPE_CHECKING, Any

from service.api.openapi.schema_words import Field, fields_of, model_name, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Schema = dict[str, Any]

GROUPS = {
    "share": "Links",
    "item": "Items",
    "project": "Projects",
    "member": "Members",
    "api_key": "API keys",
    "usage": "Usage",
}
SAMPLES: dict[str, Any] = {
    "api_key_id": "key_…",
    "email": "ada@example.org",
    "expires_in_hours": 168,
    "item_id": "itm_…",
    "link_id": "lnk_…",
    "label": "billing job",
    "name": "Maps",
    "organization_id": "org_…",
    "password": "correct horse battery",
    "path": "scene.tif",
    "profiles": [{"id": "gray", "label": "Gray", "kind": "raw", "rescale": [[0, 3000]]}],
    "project_id": "prj_…",
    "role": "editor",
    "root": "files",
    "scopes": ["shares:read"],
    "target_id": "itm_…",
    "target_type": "item",
    "token": "TOKEN",
    "user_id": "usr_…",
    "x": 145,
    "y": 220,
    "z": 9,
}
ALSO_SHOWN = {"password", "expires_in_hours"}  # not required on their own, but without them nothing comes of it


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationView:
    """An operation as the page shows it."""

    id: str
    summary: str
    about: str
    routes: tuple[str, str]
    scope: str
    effect: str
    needs_key: bool
    """Whether a caller needs an API key: recipients do not."""
    request: tuple[Field, ...]
    response: tuple[Field, ...] | None
    """None for an image."""
    curl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """Operations on one kind of thing."""

    id: str
    title: str
    operations: tuple[OperationView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressView:
    """A GET form."""

    path: str
    summary: str
    parameters: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectView:
    """A schema that fields refer to."""

    id: str
    about: str
    fields: tuple[Field, ...]


def docs_values(document: Schema, status: Mapping[str, int]) -> dict[str, Any]:
    """Return the values of the template. `status`: the HTTP status of each error code."""
    schemas = document["components"]["schemas"]
    operations = list(_operations(document))
    return {
        "version": document["info"]["version"],
        "base_url": document["servers"][0]["url"],
        "groups": list(_groups(operations)),
        "addresses": list(_addresses(document)),
        "objects": [_object(name, schemas) for name in sorted(_shown_objects(operations, schemas))],
        "errors": list(_errors(status)),
    }


def _operations(document: Schema) -> Iterator[OperationView]:
    """Yield each operation once, of its two routes."""
    for path, methods in document["paths"].items():
        operation = methods.get("post")
        if operation and "x-required-scope" in operation and not operation["operationId"].startswith("op."):
            yield _operation(operation, path, document)


def _operation(operation: Schema, path: str, document: Schema) -> OperationView:
    schemas = document["components"]["schemas"]
    request = resolved(operation["requestBody"]["content"]["application/json"]["schema"], schemas)
    content = operation["responses"]["200"]["content"]
    answer = content.get("application/json")
    needs_key = {} not in operation["security"]
    return OperationView(
        id=operation["operationId"],
        summary=operation["summary"],
        about=request.get("description", ""),
        routes=(path, f"/v1/op/{operation['operationId']}"),
        scope=operation["x-required-scope"],
        effect=operation["x-side-effect"],
        needs_key=needs_key,
        request=fields_of(request, schemas),
        response=None if answer is None else fields_of(resolved(answer["schema"], schemas), schemas),
        curl=_curl(document["servers"][0]["url"] + path, request, needs_key=needs_key, saved_as=_saved_as(content)),
    )


def _curl(address: str, request: Schema, *, needs_key: bool, saved_as: str | None) -> str:
    required = request.get("required", [])
    names = [name for name in request.get("properties", {}) if name in required or name in ALSO_SHOWN]
    body = json.dumps({name: SAMPLES.get(name, "…") for name in names}, ensure_ascii=False)
    lines = [f"curl {address}", "-H 'Content-Type: application/json'", f"-d '{body}'"]
    if needs_key:
        lines.insert(1, '-H "Authorization: Bearer $TILEGATE_API_KEY"')
    if saved_as is not None:
        lines.append(f"-o {saved_as}")
    return " \\\n  ".join(lines)


def _saved_as(content: Schema) -> str | None:
    """Return how an answer that is no JSON is saved."""
    if "application/json" in content:
        return None
    return "image.png" if "image/png" in content else "file"


def _groups(operations: list[OperationView]) -> Iterator[GroupView]:
    for key, members in groupby(operations, key=lambda operation: operation.id.split(".")[0]):
        yield GroupView(id=key, title=GROUPS.get(key, key.capitalize()), operations=tuple(members))


def _addresses(document: Schema) -> Iterator[AddressView]:
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        if "get" in methods:
            parameters = [parameter for parameter in methods["get"]["parameters"] if parameter["in"] == "query"]
            schema = {"properties": {each["name"]: {**each["schema"], **_told(each)} for each in parameters}}
            yield AddressView(path=path, summary=methods["get"]["summary"], parameters=fields_of(schema, schemas))


def _told(parameter: Schema) -> Schema:
    return {"description": parameter["description"]} if "description" in parameter else {}


def _shown_objects(operations: list[OperationView], schemas: Schema) -> set[str]:
    """Return the names of all objects that a table points at, directly or through another object."""
    found: set[str] = set()
    waiting = {field.object for each in operations for field in (*each.request, *(each.response or ()))}
    while waiting:
        name = waiting.pop()
        if name and name not in found:
            found.add(name)
            waiting |= {field.object for field in _object(name, schemas).fields}
    return found


def _object(name: str, schemas: Schema) -> ObjectView:
    schema = next(schema for key, schema in schemas.items() if model_name(key) == name)
    return ObjectView(id=name, about=schema.get("description", ""), fields=fields_of(schema, schemas))


def _errors(status: Mapping[str, int]) -> Iterator[tuple[int, str, list[str]]]:
    """Yield each status with its phrase and codes."""
    ordered = sorted(status.items(), key=lambda item: item[1])
    for number, members in groupby(ordered, key=lambda item: item[1]):
        yield number, HTTPStatus(number).phrase, [code for code, _ in members]
