"""Spans that an operator's collector gets: what they say, and what they never say."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from service.api.tracing import TRACES
from service.settings import Settings
from tests.conftest import PASSWORD
from tests.valkeys import free_ports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.conftest import Installation

CANARY = "canary-of-a-stranger"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}


@asynccontextmanager
async def collector() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A collector's address, and the bodies that it was sent."""
    bodies: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app)
    await runner.setup()
    (port,) = free_ports(1)
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/v1/traces", bodies
    finally:
        await runner.cleanup()


async def spans_of(service: Installation, bodies: list[bytes]) -> list[Any]:
    """The spans that were sent, once all are."""
    app = service.client.app
    assert app is not None
    await asyncio.to_thread(app[TRACES].spans.close)
    requests = [ExportTraceServiceRequest.FromString(body) for body in bodies]
    return [span for each in requests for of in each.resource_spans for scope in of.scope_spans for span in scope.spans]


def attributes(span: Any) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


async def test_a_request_is_a_span_without_address_query_or_headers(
    install: Callable[..., Awaitable[Installation]],
) -> None:
    async with collector() as (endpoint, bodies):
        service = await install(otlp_endpoint=endpoint)
        link = await service.add_link()
        page = urlsplit(link["url"]).path
        basic = base64.b64encode(f"a:{PASSWORD}".encode()).decode()
        document = await service.client.get(f"{page}/tilejson.json", headers={"Authorization": f"Basic {basic}"})
        tiles = urlsplit((await document.json())["tiles"][0])
        tile = tiles.path.replace("{z}", "8").replace("{x}", "72").replace("{y}", "110")
        key = tiles.query.removeprefix("key=")
        sent = {"User-Agent": CANARY, "Cookie": CANARY, "X-Share-Password": CANARY, "Referer": CANARY, **PARENT}
        assert (await service.client.get(f"{tile}?{tiles.query}&{CANARY}=1", headers=sent)).status == 401
        assert (await service.client.get(f"{tile}?{tiles.query}", headers=PARENT)).status == 200
        assert (await service.client.get(f"/{CANARY}", headers=sent)).status == 404
        spans = await spans_of(service, bodies)

    told = b"".join(bodies)
    for secret in (CANARY, PASSWORD, basic, key, link["token"], service.api_key, TRACE):
        assert secret.encode() not in told, secret
    assert bytes.fromhex(TRACE) not in told, "who sends requests cannot choose whether and where they are collected"
    named = {span.name: attributes(span) for span in spans}
    route = "/s/{token}/{z}/{x}/{name}"
    assert named[f"GET {route}"] == {
        "http.request.method": "GET",
        "http.route": route,
        "http.response.status_code": 200,
        "tilegate.link_id": link["id"],
        "tilegate.request_id": named[f"GET {route}"]["tilegate.request_id"],
    }
    assert "other none" in named
    assert all(span.end_time_unix_nano > span.start_time_unix_nano for span in spans)


async def test_a_trusted_proxys_trace_goes_on(install: Callable[..., Awaitable[Installation]]) -> None:
    async with collector() as (endpoint, bodies):
        service = await install(otlp_endpoint=endpoint, trusted_proxies=(ip_network("127.0.0.0/8"),))
        await service.client.get("/openapi.json", headers=PARENT)
        spans = await spans_of(service, bodies)
    assert [span.trace_id.hex() for span in spans if span.name == "GET /openapi.json"] == [TRACE]


async def test_a_collector_that_is_away_costs_no_request(install: Callable[..., Awaitable[Installation]]) -> None:
    (nobody,) = free_ports(1)
    service = await install(otlp_endpoint=f"http://127.0.0.1:{nobody}/v1/traces")
    assert (await service.client.get("/healthz")).status == 200


def test_an_endpoint_is_an_address() -> None:
    with pytest.raises(ValueError, match="must start with http"):
        Settings(otlp_endpoint="collector:4318")
