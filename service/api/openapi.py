"""The OpenAPI 3.1 document and its page, both out of the registry."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic.json_schema import models_json_schema

from service.api.docs_page import docs_values
from service.api.keys import SERVICES
from service.api.problems import STATUS
from service.api.templates import page_response, render, root_path
from service.operations.registry import OPERATIONS
from tiling.models import ImageFormat

if TYPE_CHECKING:
    from pydantic import BaseModel

    from service.operations.operation import Operation

REF = "#/components/schemas/{model}"
PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": sorted(STATUS)},
        "request_id": {"type": "string"},
        "field": {"type": "string"},
    },
}
PROBLEM_RESPONSE = {
    "description": "A problem",
    "content": {"application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}},
}
TOKEN = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
SECURITY_SCHEMES = {
    "api_key": {"type": "http", "scheme": "bearer", "description": "A sharer's API key, tg_…"},
    "link_password": {"type": "http", "scheme": "basic", "description": "Any user name, the link's password"},
    "link_key": {"type": "apiKey", "in": "query", "name": "key", "description": "What the password was changed for"},
}
RECIPIENT_ANSWERS = ("share.tilejson", "share.tile.info", "share.profiles.list", "share.content.get")
BINARY = {"schema": {"type": "string", "format": "binary"}}
FILE = {"description": "The file", "content": {"application/octet-stream": BINARY}}
PART = {"description": "A part of the file", "content": {"application/octet-stream": BINARY}}
PAGE: dict[str, Any] = {"description": "The page", "content": {"text/html": {"schema": {"type": "string"}}}}
FOR_RECIPIENTS: list[dict[str, list[str]]] = [{"link_password": []}, {"link_key": []}, {}]


def add_routes(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/openapi.json", openapi)
    app.router.add_get("/docs", docs)


async def openapi(request: web.Request) -> web.Response:
    """Answer the document."""
    text = await asyncio.to_thread(_document_text, request.app[SERVICES].settings.base_url)
    return web.Response(text=text, content_type="application/json")


async def docs(request: web.Request) -> web.Response:
    """Answer a page that a person can read."""
    base_url, root = request.app[SERVICES].settings.base_url, root_path(request)
    return page_response(await asyncio.to_thread(_docs_text, base_url, root))


@cache
def _document_text(base_url: str) -> str:
    """Made once, in a thread: it takes longer than the event loop may be held."""
    return json.dumps(document(base_url))


@cache
def _docs_text(base_url: str, root: str) -> str:
    """Made once, in a thread, as `_document_text`."""
    return render("docs.html", root, **docs_values(document(base_url), STATUS))


def document(base_url: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of a service at `base_url`."""
    references, schemas = _schemas()
    paths: dict[str, Any] = {}
    for operation in OPERATIONS.values():
        paths[operation.operation_path] = {"post": _operation(operation, references, "op")}
        paths[operation.resource_path] = {"post": _operation(operation, references, "resource")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tilegate",
            "version": version("tilegate"),
            "description": "Password-protected, expiring, metered links to geodata.",
        },
        "servers": [{"url": base_url}],
        "paths": paths | _recipient_paths(references) | _file_paths(references),
        "components": {"schemas": schemas | {"Problem": PROBLEM}, "securitySchemes": SECURITY_SCHEMES},
    }


def _schemas() -> tuple[dict[Any, Any], dict[str, Any]]:
    """Return a reference for every model of the registry, and the schemas that they point at."""
    models: list[tuple[type[BaseModel], Any]] = []
    for operation in OPERATIONS.values():
        models.append((operation.request, "validation"))
        if operation.response is not None:
            models.append((operation.response, "serialization"))
    unique = list(dict.fromkeys(models))
    references, definitions = models_json_schema(unique, ref_template=REF)
    return dict(references), definitions["$defs"]


def _operation(operation: Operation, references: dict[Any, Any], route: str) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": references[operation.request, "validation"]}}}
    return {
        "operationId": operation.id if route == "resource" else f"op.{operation.id}",
        "summary": operation.summary,
        **({"description": operation.about} if operation.about else {}),
        "tags": [operation.id.split(".")[0]],
        "x-required-scope": operation.scope,
        "x-side-effect": operation.effect,
        "security": [{"api_key": []}, *FOR_RECIPIENTS] if operation.for_recipients else [{"api_key": []}],
        "requestBody": body,
        "responses": {"200": _answer(operation, references), "default": PROBLEM_RESPONSE, **_image_answers(operation)},
    }


def _answer(operation: Operation, references: dict[Any, Any]) -> dict[str, Any]:
    if operation.is_file:
        return FILE
    if operation.response is None:
        return _image("The image")
    reference = references[operation.response, "serialization"]
    answer: dict[str, Any] = {"description": "Done", "content": {"application/json": {"schema": reference}}}
    if operation.table is not None:
        answer["content"]["text/csv"] = {"schema": {"type": "string"}}
    if operation.location is not None:
        answer["headers"] = {"Location": {"schema": {"type": "string"}}}
    return answer


def _image_answers(operation: Operation) -> dict[str, Any]:
    if operation.is_file:
        return {"206": PART}
    return {"204": {"description": "A tile without data"}} if operation.response is None else {}


def _image(description: str) -> dict[str, Any]:
    return {"description": description, "content": {image.media_type: BINARY for image in ImageFormat}}


def _recipient_paths(references: dict[Any, Any]) -> dict[str, Any]:
    """Return the GET forms."""
    answers = {name: _answer(OPERATIONS[name], references) for name in RECIPIENT_ANSWERS}
    images = {"200": _image("The image"), "204": {"description": "A tile without data"}, "304": {"description": "Held"}}
    image_format = _parameter("format", "string", "path", "png, jpg or webp")
    tile_path = [TOKEN, *(_parameter(name, "integer") for name in ("z", "x", "y")), image_format]
    profile = _parameter("profile", "string", "query", "Default: the item's default profile")
    item = _parameter("item", "string", "query", "One layer of a map, or one item of a collection")
    empty = _parameter("empty", "string", "query", "transparent: draw a tile without data instead of answering 204")
    size = _parameter("size", "integer", "query", "Pixels of the longer side, at most 2048; default 512")
    tilesize = _parameter("tilesize", "integer", "query", "256 or 512 pixels; default 256")
    tile_format = image_format | {"in": "query", "required": False}
    return {
        "/s/{token}": {
            "get": _get("The share page; with `Accept: application/json` what it shows", [TOKEN], {"200": PAGE})
        },
        "/s/{token}/{z}/{x}/{y}.{format}": {
            "get": _get("A map tile; @2x before the dot: 512 pixels", [*tile_path, profile, empty], images)
        },
        "/s/{token}/preview.{format}": {
            "get": _get("A picture of the whole raster", [TOKEN, image_format, profile, size], images)
        },
        "/s/{token}/tilejson.json": {
            "get": _get("TileJSON 3.0.0", [TOKEN, profile, tile_format, tilesize], {"200": answers["share.tilejson"]})
        },
        "/s/{token}/info": {"get": _get("What the raster is", [TOKEN], {"200": answers["share.tile.info"]})},
        "/s/{token}/profiles": {"get": _get("The ways to render it", [TOKEN], {"200": answers["share.profiles.list"]})},
        "/s/{token}/content": {
            "get": _get(
                "A text, where a picture is, or what a map shows", [TOKEN, item], {"200": answers["share.content.get"]}
            )
        },
    }


def _file_paths(references: dict[Any, Any]) -> dict[str, Any]:
    """Return the GET forms of files."""
    listing = _answer(OPERATIONS["share.file.list"], references)
    listing = listing | {"content": listing["content"] | PAGE["content"]}
    either = listing | {"content": listing["content"] | FILE["content"]}
    sent = {"206": PART, "304": {"description": "Held"}, "416": {"description": "No such part"}}
    limit = _parameter("limit", "integer", "query", "How many entries at most; default 200")
    paging = [limit, _parameter("cursor", "string", "query", "`next_cursor` of the page before")]
    some = _parameter("path", "array", "query", "A file or folder; may be repeated. Default: all")
    some["schema"]["items"] = {"type": "string"}
    path = _parameter("path", "string", "path", "With slashes")
    return {
        "/s/{token}/files": {"get": _get("The files that the link shares", [TOKEN, *paging], {"200": listing})},
        "/s/{token}/files/{path}": {
            "get": _get("A file, or a folder's listing", [TOKEN, path, *paging], {"200": either, **sent})
        },
        "/s/{token}/archive.zip": {
            "get": _get("Several files as one ZIP; it can be resumed", [TOKEN, some], {"200": FILE, **sent})
        },
    }


def _get(summary: str, parameters: list[dict[str, Any]], answers: dict[str, Any]) -> dict[str, Any]:
    responses = answers | {"default": PROBLEM_RESPONSE}
    return {
        "summary": summary,
        "tags": ["recipients"],
        "security": FOR_RECIPIENTS,
        "parameters": parameters,
        "responses": responses,
    }


def _parameter(name: str, kind: str, place: str = "path", description: str = "") -> dict[str, Any]:
    parameter: dict[str, Any] = {"name": name, "in": place, "required": place == "path", "schema": {"type": kind}}
    return parameter | {"description": description} if description else parameter
