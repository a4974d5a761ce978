"""The OpenAPI document, the index, the docs page, TileJSON: valid, complete, and without anything from outside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from openapi_spec_validator import OpenAPIV31SpecValidator

from service.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from tests.conftest import Installation


async def test_openapi_is_valid_and_has_every_operation_on_both_routes(service: Installation) -> None:
    document = await (await service.client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()
    for operation in OPERATIONS.values():
        for path in (operation.operation_path, operation.resource_path):
            entry = document["paths"][path]["post"]
            assert (entry["x-required-scope"], entry["x-side-effect"]) == (operation.scope, operation.effect)
    assert "/v1/op/share.link.create" in document["paths"]
    assert "/v1/share/tilejson" in document["paths"]


async def test_every_route_for_programs_is_described(service: Installation) -> None:
    document = await (await service.client.get("/openapi.json")).json()
    routes = {
        (route.resource.canonical, route.method.lower())
        for route in service.client.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/v1/")
    }
    described = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert {route for route in routes if route[0] not in {"/v1/op", "/v1/{path}"}} - described == set()


async def test_the_fields_of_the_five_are_the_promised_ones(service: Installation) -> None:
    document = await (await service.client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]

    def required(path: str) -> set[str]:
        reference = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        return set(schemas[reference.rpartition("/")[2]]["required"])

    assert required("/v1/op/share.link.create") == {"target_type", "target_id", "password"}
    assert required("/v1/op/share.link.revoke") == {"link_id"}
    assert required("/v1/op/share.link.validate") == {"token"}
    assert required("/v1/op/share.tile.render") == {"token", "z", "x", "y"}
    assert required("/v1/op/share.tilejson") == {"token"}


async def test_the_index_lists_every_operation(service: Installation) -> None:
    index = await (await service.client.get("/v1/op")).json()
    assert [row["id"] for row in index["operations"]] == list(OPERATIONS)


async def test_the_docs_page_names_every_operation_and_loads_nothing_from_outside(service: Installation) -> None:
    response = await service.client.get("/docs")
    text = await response.text()
    assert response.status == 200
    for operation_id in OPERATIONS:
        assert operation_id in text
    loaded = re.findall(r'<link[^>]+href="([^"]+)"|src="([^"]+)"', text)
    assert loaded
    assert [url for pair in loaded for url in pair if url.startswith(("http", "//"))] == []


async def test_metrics_carry_no_token(service: Installation) -> None:
    link = await service.add_link()
    await service.client.get(f"/s/{link['token']}/info")
    text = await (await service.client.get("/metrics")).text()
    assert 'route="/s/{token}/info"' in text
    assert link["token"] not in text
