"""What the paths of the OpenAPI document are made of."""

from __future__ import annotations

from typing import Any

from service.api.problems import STATUS
from tiling.models import ImageFormat

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
PROBLEM_CONTENT = {"application/problem+json": {"schema": {"$ref": REF.format(model="Problem")}}}
PROBLEM_RESPONSE = {"description": "A problem", "content": PROBLEM_CONTENT}
TOKEN = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
BINARY = {"schema": {"type": "string", "format": "binary"}}
FILE = {"description": "The file", "content": {"*/*": BINARY}}
PART = {"description": "A part of the file", "content": {"*/*": BINARY}}
ZIP = {"description": "The archive", "content": {"application/zip": BINARY}}
PART_OF_ZIP = {"206": {"description": "A part of the archive", "content": {"application/zip": BINARY}}}
TOLD_TO_PEOPLE = {
    "default": {
        "description": "A problem; with `Accept: text/html` as a page",
        "content": {**PROBLEM_CONTENT, "text/html": {"schema": {"type": "string"}}},
    }
}
"""The errors of addresses that people open in browsers."""
PAGE: dict[str, Any] = {"description": "The page", "content": {"text/html": {"schema": {"type": "string"}}}}
FOR_RECIPIENTS: list[dict[str, list[str]]] = [{"link_password": []}, {"link_key": []}, {}]


def image(description: str) -> dict[str, Any]:
    """Return an answer that is a picture."""
    return {"description": description, "content": {image.media_type: BINARY for image in ImageFormat}}


def get(summary: str, parameters: list[dict[str, Any]], answers: dict[str, Any]) -> dict[str, Any]:
    """Return what GET of an address of a link takes and answers."""
    responses = {"default": PROBLEM_RESPONSE} | answers
    return {
        "summary": summary,
        "tags": ["recipients"],
        "security": FOR_RECIPIENTS,
        "parameters": parameters,
        "responses": responses,
    }


def parameter(name: str, kind: str, place: str = "path", description: str = "") -> dict[str, Any]:
    """Return a parameter of a path or a query."""
    made: dict[str, Any] = {"name": name, "in": place, "required": place == "path", "schema": {"type": kind}}
    return made | {"description": description} if description else made


IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Sent again with the same body within 24 hours, the call does nothing and gives its first answer",
    "schema": {"type": "string", "maxLength": 257, "pattern": '^"?[!#-~]{1,255}"?$'},
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}
