"""The OpenAPI 3.1 document and its page, both out of the registry."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic.json_schema import models_json_schema

from service.api.idempotency import takes_key
from service.api.keys import SERVICES
from service.api.openapi.docs_page import docs_values
from service.api.openapi.get_paths import RECIPIENT_ANSWERS, recipient_paths
from service.api.openapi.parts import (
    BINARY,
    FILE,
    FOR_RECIPIENTS,
    IDEMPOTENCY,
    PART,
    PART_OF_ZIP,
    PROBLEM,
    PROBLEM_RESPONSE,
    REF,
    ZIP,
    image,
)
from service.api.openapi.upload_paths import upload_paths
from service.api.pages.templates import page_response, render, root_path
from service.api.problems import STATUS
from service.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from pydantic import BaseModel

    from service.operations.core.operation import Operation

SECURITY_SCHEMES = {
    "api_key": {"type": "http", "scheme": "bearer", "description": "A sharer's API key, tg_…, or a session token"},
    "link_password": {"type": "http", "scheme": "basic", "description": "Any user name, the link's password"},
    "link_key": {"type": "apiKey", "in": "query", "name": "key", "description": "What the password was changed for"},
}


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
    answers = {name: _answer(OPERATIONS[name], references) for name in RECIPIENT_ANSWERS}
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
        "paths": paths | recipient_paths(answers) | upload_paths(),
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
        **({"parameters": [IDEMPOTENCY]} if takes_key(operation) else {}),
        "requestBody": body,
        "responses": {"200": _answer(operation, references), "default": PROBLEM_RESPONSE, **_image_answers(operation)},
    }


def _answer(operation: Operation, references: dict[Any, Any]) -> dict[str, Any]:
    if operation.is_file:
        return FILE if operation.media_type is None else ZIP
    if operation.media_type is not None:
        return {"description": "The document", "content": {operation.media_type: BINARY}}
    if operation.response is None:
        return image("The image")
    reference = references[operation.response, "serialization"]
    answer: dict[str, Any] = {"description": "Done", "content": {"application/json": {"schema": reference}}}
    if operation.table is not None:
        answer["content"]["text/csv"] = {"schema": {"type": "string"}}
    if operation.location is not None:
        answer["headers"] = {"Location": {"schema": {"type": "string"}}}
    return answer


def _image_answers(operation: Operation) -> dict[str, Any]:
    if operation.is_file:
        return {"206": PART} if operation.media_type is None else PART_OF_ZIP
    is_image = operation.response is None and operation.media_type is None
    return {"204": {"description": "A tile without data"}} if is_image else {}
