"""The address of the parts of an upload into a storage root, in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from service.api.openapi.file_paths import COMPLETE, STATE, UPLOAD, body
from service.api.openapi.parts import PROBLEM_RESPONSE, parameter
from service.operations.files.root_uploads import PARTS
from service.operations.registry import OPERATIONS

TARGET = [
    parameter("project_id", "string", "query", "Of whose grant the root is") | {"required": True},
    parameter("root", "string", "query", "The storage root") | {"required": True},
    parameter("path", "string", "query", "Where the file lies in the end, with slashes") | {"required": True},
    UPLOAD | {"required": True},
]


def upload_paths() -> dict[str, Any]:
    """Return what can be asked of an upload that `root.upload` began."""
    offset = parameter("Upload-Offset", "integer", "header", "Where the part begins") | {"required": True}
    complete = parameter("Upload-Complete", "string", "header", COMPLETE)
    stored = {"201": {"description": "Stored: this was the last part"}, "204": STATE}
    patch = _asked("Send the next part of an upload into a storage root", [*TARGET, offset, complete], stored)
    return {
        PARTS: {
            "patch": patch | {"requestBody": body("application/partial-upload")},
            "head": _asked("How much of an upload into a storage root has come", TARGET, {"204": STATE}),
        }
    }


def _asked(summary: str, parameters: list[dict[str, Any]], answers: dict[str, Any]) -> dict[str, Any]:
    return {
        "summary": summary,
        "tags": ["root"],
        "x-required-scope": OPERATIONS["root.upload"].scope,
        "security": [{"api_key": []}],
        "parameters": parameters,
        "responses": {"default": PROBLEM_RESPONSE} | answers,
    }
