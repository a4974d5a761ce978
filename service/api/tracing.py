"""Spans of requests, for those who collect them: one a request, made when it was answered.

A span says what the access log says: method, route template, status, the link's id, the request's id. No address, no
query string, no header, no body: keys, tokens and passwords are in those.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from service.api.requests.params import is_in

if TYPE_CHECKING:
    from service.settings import Settings

NO_ROUTE = "none"
TRACEPARENT = "traceparent"
MISSING = (
    "TILEGATE_OTLP_ENDPOINT needs OpenTelemetry: install Tilegate with the extra otel (pip install 'tilegate[otel]'), "
    "or do not set it."
)


class Spans(Protocol):
    """Where answered requests are reported to; never raises, never waits."""

    def answered(
        self, method: str, route: str, status: int, seconds: float, link_id: str, request_id: str, parent: str | None
    ) -> None:
        """Report a request that was answered now. `parent`: a `traceparent` (W3C) that is believed."""

    def close(self) -> None:
        """Send what is left. Blocks for some seconds at most."""


@dataclass(frozen=True, slots=True)
class Traces:
    """Reports answered requests as spans."""

    spans: Spans
    proxies: tuple[IPv4Network | IPv6Network, ...]
    """Whose word is believed for the trace that a request belongs to: a stranger could have all of theirs collected."""

    def answered(
        self, request: web.Request, route: str, status: int, seconds: float, link_id: str, request_id: str
    ) -> None:
        """Report a request that was answered now."""
        method = "other" if route == NO_ROUTE else request.method
        parent = request.headers.get(TRACEPARENT) if is_in(request.remote or "", self.proxies) else None
        self.spans.answered(method, route, status, seconds, link_id, request_id, parent)


TRACES = web.AppKey("traces", Traces)


def open_traces(settings: Settings) -> Traces | None:
    """Return what sends spans to the operator's collector; None where there is none. Raises RuntimeError."""
    if settings.otlp_endpoint is None:
        return None
    try:
        otel = importlib.import_module("service.api.otel")
    except ModuleNotFoundError as exc:
        raise RuntimeError(MISSING) from exc
    spans: Spans = otel.OtelSpans(settings.otlp_endpoint, settings.trace_ratio)
    return Traces(spans, settings.trusted_proxies)
