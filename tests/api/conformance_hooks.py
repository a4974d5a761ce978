"""What schemathesis loads beside the OpenAPI document. `TEST_THINGS` names, as JSON, what the service has."""

from __future__ import annotations

import json
import os
from typing import Any

import schemathesis

THINGS: dict[str, str] = json.loads(os.environ["TEST_THINGS"])
"""A valid value by the name of a field: without it nearly all that is drawn would end at "no such link"."""
LONGEST = 64

schemathesis.serializer.alias("application/partial-upload", "application/octet-stream")


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Say what any value of a tuple may be: schemathesis turns `prefixItems` into what its validator refuses."""
    pending: list[Any] = [raw_schema]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if isinstance(part.get("prefixItems"), list):
                part["items"] = {"anyOf": part.pop("prefixItems")}
            pending += part.values()
        elif isinstance(part, list):
            pending += part


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Put in what is there, but for operations that would end it."""
    if not isinstance(body, dict) or context.operation.definition.raw.get("x-side-effect") == "destructive":
        return body
    return body | {
        name: value
        for name, value in THINGS.items()
        if isinstance(given := body.get(name), str) and 0 < len(given) <= LONGEST
    }
