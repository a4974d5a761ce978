"""geopera-share-operations: each operation, field, scope, effect, both routes, CLI and client names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from tilegate_client.operations import Operations

from service.cli.remote.description import operations
from service.operations.registry import OPERATIONS
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from tests.conftest import Installation

DOCUMENT = Path(__file__).parents[3] / "shared" / "reference" / "geopera-share-operations.md"


class Row(NamedTuple):
    """What the document says of an operation. Fields: name → (type, whether it is required)."""

    scope: str
    effect: str
    fields: dict[str, tuple[str, bool]]


# `expires_at` is required there; here `expires_in_hours` may stand in its place, and one of both must be given.
ROWS = {
    "share.link.create": Row(
        "shares:write",
        "export",
        {
            "target_type": ("choice", True),
            "target_id": ("string", True),
            "permission": ("choice", False),
            "password": ("string", True),
            "expires_at": ("date-time", False),
        },
    ),
    "share.link.revoke": Row("shares:write", "destructive", {"link_id": ("string", True)}),
    "share.link.validate": Row("shares:read", "read", {"token": ("string", True), "password": ("string", False)}),
    "share.tile.render": Row(
        "shares:read",
        "read",
        {
            "token": ("string", True),
            "password": ("string", False),
            "z": ("integer", True),
            "x": ("integer", True),
            "y": ("integer", True),
            "format": ("string", False),
            "profile": ("string", False),
        },
    ),
    "share.tilejson": Row(
        "shares:read", "read", {"token": ("string", True), "password": ("string", False), "profile": ("string", False)}
    ),
}
FIVE = pytest.mark.parametrize(("operation_id", "row"), ROWS.items(), ids=list(ROWS))


@FIVE
def test_each_operation_has_its_scope_effect_and_fields(operation_id: str, row: Row) -> None:
    operation = OPERATIONS[operation_id]
    assert (operation.scope, operation.effect) == (row.scope, row.effect)
    described = {field.name: field for field in operations()[operation_id].fields}
    for name, (kind, is_required) in row.fields.items():
        field = described[name]
        told = "choice" if field.choices else field.schema.get("format", field.schema["type"])
        assert told == kind, name
        assert operation.request.model_fields[name].is_required() == is_required or name == "password", name


@FIVE
def test_each_operation_has_both_routes_and_its_client_and_command_names(operation_id: str, row: Row) -> None:
    operation = OPERATIONS[operation_id]
    assert operation.operation_path == f"/v1/op/{operation_id}"
    assert operation.resource_path == "/v1/" + operation_id.replace(".", "/")
    assert operations()[operation_id].words == tuple(operation_id.split("."))
    method: Any = Operations(None)  # type: ignore[arg-type]
    for word in operation_id.split("."):
        method = getattr(method, word)
    assert callable(method)


@pytest.mark.skipif(not DOCUMENT.exists(), reason=f"{DOCUMENT} is not here")
def test_these_rows_are_the_documents() -> None:
    for section in DOCUMENT.read_text().split("\n## ")[1:]:
        operation_id = section.partition("`")[2].partition("`")[0]
        row = ROWS[operation_id]
        assert f"| **Scope** | `{row.scope}` |" in section
        assert f"| **Side-effect** | {row.effect} |" in section
        assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(row.fields)


async def test_the_five_in_a_row_on_both_routes(service: Installation) -> None:
    item = await service.add_item()
    wish = {
        "target_type": "item",
        "target_id": item["id"],
        "permission": "view",
        "password": PASSWORD,
        "expires_at": "2099-01-01T00:00:00Z",
    }
    for way in ("operation_path", "resource_path"):

        async def call(operation_id: str, headers: dict[str, str], way: str = way, **body: Any) -> Any:
            return await service.client.post(getattr(OPERATIONS[operation_id], way), json=body, headers=headers)

        created = await call("share.link.create", service.headers, **wish)
        link = await created.json()
        assert (created.status, created.headers["Location"]) == (200, link["url"])
        opened = await (await call("share.link.validate", {}, token=link["token"], password=PASSWORD)).json()
        assert (opened["target_type"], opened["target"]["kind"]) == ("item", "raster")
        tilejson = await (await call("share.tilejson", {}, token=link["token"], password=PASSWORD)).json()
        assert tilejson["tilejson"] == "3.0.0"
        place = {"z": 8, "x": 72, "y": 110, "format": "webp", "profile": opened["profiles"][0]["id"]}
        tile = await call("share.tile.render", {}, token=link["token"], password=PASSWORD, **place)
        assert (tile.status, tile.content_type) == (200, "image/webp")
        assert tile.headers["X-Metered"] == "1"  # to the sharer
        revoked = await call("share.link.revoke", service.headers, link_id=link["id"])
        assert (await revoked.json())["ok"]
        gone = await call("share.tilejson", {}, token=link["token"], password=PASSWORD)
        assert (gone.status, (await gone.json())["code"]) == (410, "share_revoked")
    assert (await service.usage())["renders"] == 2


async def test_a_bearer_is_needed_where_the_sharer_acts_and_only_editors_revoke(service: Installation) -> None:
    link = await service.add_link()
    for headers in ({}, {"Authorization": "Bearer tg_unknown"}):
        response = await service.post("share.link.revoke", headers, link_id=link["id"])
        assert (response.status, (await response.json())["code"]) == (401, "unauthenticated")
    await service.ask("project.create", name="Another")
    key = (await service.ask("api_key.create", label="reader", scopes=["shares:read"]))["api_key"]
    refused = await service.post("share.link.revoke", {"Authorization": f"Bearer {key}"}, link_id=link["id"])
    assert (refused.status, (await refused.json())["code"]) == (403, "scope_missing")
    by_header = await service.post("share.link.get", {"x-api-key": key}, link_id=link["id"])
    assert by_header.status == 200
